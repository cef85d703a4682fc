"""Each doubt about the reasoning: raised where it should be, and only there."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given

from forecast.core.errors import Problem
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.workspace.lint import CHECKS, Desk, lint
from forecast.workspace.loader import load_texts
from tests import ROOT
from tests.robustness.reading.example import CASES, FILES, GROUPS, INDICATORS, ITEMS, QUESTION, SOURCES
from tests.strategies import cases

AS_OF = date(2031, 6, 15)


def item(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "title": name, "date": "2031-03-10", "source": "wire", "url": f"https://example.org/{name}",
            "likelihood_ratio": {"strike": 2}, "rationale": "For a test."} | fields


AWAY = item("away", date="2031-04-20", likelihood_ratio={"strike": 0.5})
"""Keeps a file from pointing one way."""


INDICATOR = FILES[INDICATORS].replace("{strike: 0.7, slowdown: 0.3, calm: 0.1}", (
    "{strike: [0.5, 0.7, 0.9], slowdown: [0.2, 0.3, 0.5], calm: [0.05, 0.1, 0.2]}"))
"""The indicator of the example, with ranges."""


def doubts(*items: dict[str, Any], **files: str) -> list[Problem]:
    texts = {path: FILES[path] for path in (QUESTION, SOURCES, GROUPS, CASES)}
    texts |= {ITEMS: yaml.safe_dump(list(items), sort_keys=False), **files}
    workspace = load_texts({path: text.encode() for path, text in texts.items()})
    return lint(workspace, workspace.case(AS_OF))


def found(*items: dict[str, Any], **files: str) -> list[tuple[str, str]]:
    """Field and anchor of each doubt."""
    return [(problem.field, problem.what.rpartition("#")[2]) for problem in doubts(*items, **files)]


def test_sound_items_raise_no_doubt() -> None:
    assert found(item("one"), AWAY) == []


def test_a_past_case_that_is_stated_again_in_every_cell() -> None:
    head, first, *rest = FILES[CASES].splitlines()
    repeated = {CASES: "\n".join((head, first, *rest, first, first.replace(",", ", "), ""))}
    (doubt,) = doubts(item("one"), AWAY, **repeated)
    assert (doubt.file, doubt.line) == (CASES, len(rest) + 3)
    assert doubt.what.startswith(f"lines {len(rest) + 3}, {len(rest) + 4} repeat an earlier row in every cell, ")
    other = {CASES: "\n".join((head, first, *rest, f"another {first}", ""))}
    assert doubts(item("one"), AWAY, **other) == []


def test_an_item_without_a_url() -> None:
    assert found(item("one", url=None), AWAY) == [("one", "no-url")]
    assert ("one", "no-url") not in found(item("one", url=None, likelihood_ratio=None, seen=False, probability={
        "strike": [0.5, 0.6, 0.7], "slowdown": [0.5, 0.6, 0.7], "calm": [0.3, 0.4, 0.5]}), AWAY)


@pytest.mark.parametrize("url", ["example.org/page", "httpss://example.org", "ftp://example.org", "Le Monde, p. 3",
                                 "https://example.org/a page", "https://"])
def test_an_address_that_cannot_be_followed(url: str) -> None:
    assert found(item("one", url=url), AWAY) == [("one.url", "no-url")]


@pytest.mark.parametrize(("fields", "doubted"), [
    ({"likelihood_ratio": {"strike": 30}}, False),
    ({"likelihood_ratio": {"strike": 30.1}}, True),
    ({"likelihood_ratio": {"strike": 2, "slowdown": 0.03}}, True),
    ({"likelihood_ratio": None, "probability": {"strike": [0.5, 0.6, 0.7], "slowdown": [0.1, 0.2, 0.3],
                                                "calm": [0.005, 0.01, 0.02]}}, True),
    ({"likelihood_ratio": None, "seen": False,
      "probability": {"strike": [0.5, 0.6, 0.7], "slowdown": [0.1, 0.2, 0.3], "calm": [0.005, 0.01, 0.02]}}, False),
    ({"likelihood_ratio": None, "counts": {"strike": [99, 99], "slowdown": [9, 99], "calm": [0, 99]}}, False),
    ({"likelihood_ratio": {"strike": 2.3}, "standing": {"every": "1w"}}, False),
    ({"likelihood_ratio": {"strike": 2.4}, "standing": {"every": "1w"}}, True),
    ({"likelihood_ratio": {"strike": 2.4}, "standing": {"every": "1w", "until": "2031-03-31"}}, False),
    ({"likelihood_ratio": {"strike": 1.1}, "standing": {"every": "1w", "at_most": "never"}}, True),
    ({"likelihood_ratio": {"strike": 0.93}, "standing": {"every": "1w", "at_most": "30w"}}, False),
])
def test_a_ratio_is_strong_beyond_thirty_at_its_full_length_unless_it_was_counted(fields: Any, doubted: bool) -> None:
    # The direction of an item is not at issue here: two more point both ways.
    anchors = [anchor for _, anchor in found(item("one", **fields), item("up", source="union"), AWAY)]
    assert anchors == ["a-strong-ratio-without-counts"] * doubted


def kept(name: str, share: list[float], first: str, last: str, **fields: Any) -> dict[str, Any]:
    return item(name, likelihood_ratio=None, kept=share, window=[first, last], date="2031-06-01") | fields


def test_a_kept_share_is_held_against_what_the_prior_gives_its_days() -> None:
    month = kept("month", [0.2, 0.3, 0.4], "2031-07-01", "2031-07-31", group="rumour")
    up = item("up", source="union", group="rumour")
    assert found(month, up) == [("event", "all-items-point-one-way")], "3 of 10 are many for one month"
    assert found(month, AWAY | {"source": "union", "group": "rumour"}) == [("rumour", "a-group-of-both-directions")]
    for_ever = kept("ever", [0.2, 0.3, 0.4], "2031-06-02", "2032-12-31")
    assert found(for_ever, AWAY | {"source": "union"}) == [("event", "all-items-point-one-way")], "and few for all days"


def test_a_kept_share_far_above_what_the_prior_gives_its_days_is_strong() -> None:
    (doubt,) = doubts(kept("two-days", [0.97, 0.98, 0.99], "2031-07-01", "2031-07-02"), AWAY | {"source": "union"})
    assert (doubt.field, doubt.what.rpartition("#")[2]) == ("two-days.kept", "a-strong-ratio-without-counts")
    assert re.search("or a share nearer to the 0\\.00[0-9]+ that the prior gives its days anyway", doubt.what)


def test_a_share_that_is_kept_of_days_that_were_over_says_nothing() -> None:
    over = kept("over", [0.2, 0.3, 0.4], "2031-05-01", "2031-05-31")
    assert found(over, item("up"), AWAY | {"source": "union"}) == [("over.window", "a-stale-window")]


@given(case=cases(min_items=1))
def test_items_point_where_the_forecast_takes_them(case: Case) -> None:
    desk = Desk(load_texts({path: text.encode() for path, text in FILES.items()}), case)
    evidence = Exact(case).evidence
    for item, direction, is_silent in zip(evidence.items, evidence.direction, evidence.silent, strict=True):
        if not is_silent and item.standing is None:
            assert desk.direction(item) == direction


@pytest.mark.parametrize(("ratios", "doubted"), [
    ([1.1, 1.2, 0.9, 2], True), ([1.1, 1.2, 0.85, 2], True), ([1.1, 1.2, 0.5, 2], False), ([1.3, 1.3, 0.7], False),
    ([1.1, 0.9], False)])
def test_items_that_say_next_to_nothing(ratios: list[float], doubted: bool) -> None:
    entries = [item(f"item-{place}", date=f"2031-{3 + place:02}-10", likelihood_ratio={"strike": ratio})
               for place, ratio in enumerate(ratios) if place < 3]
    entries += [item("last", source="union", likelihood_ratio={"strike": ratio}) for ratio in ratios[3:]]
    assert found(*entries) == [("event", "most-items-say-next-to-nothing")] * doubted


@pytest.mark.parametrize(("towards", "away", "doubted"), [(20, 1 / 20, True), (20, 1 / 10.5, False), (20, 1 / 19, True),
                                                          (8, 1 / 8, False)])
def test_items_that_cancel(towards: float, away: float, doubted: bool) -> None:
    entries = [item("up", likelihood_ratio={"strike": towards}), item("down", source="union",
                                                                      likelihood_ratio={"strike": away})]
    assert found(*entries) == [("event", "items-that-cancel")] * doubted


@pytest.mark.parametrize(("fields", "doubted"), [({}, True), ({"group": "rumour"}, False), ({"about": "sign"}, False)])
def test_conditions_that_pile_up(fields: Any, doubted: bool) -> None:
    entries = [item(name, date=f"2031-0{month}-10", likelihood_ratio={"strike": 6}, about="condition") | fields
               for name, month in (("one", 3), ("two", 5))]
    anchors = [anchor for _, anchor in found(*entries, item("down", source="union", likelihood_ratio={"strike": 0.7}))]
    assert anchors == ["conditions-that-pile-up"] * doubted


def test_one_url_twice_outside_one_group() -> None:
    page = {"url": "https://example.org/page"}
    first, second = item("one", **page), item("two", source="union", **page)
    assert found(first, second, AWAY) == [("two.url", "the-same-url-twice")]
    grouped = [entry | {"group": "rumour"} for entry in (first, second)]
    assert found(*grouped, AWAY) == []
    assert found(grouped[0], second, AWAY) == [("two.url", "the-same-url-twice")]


def test_a_window_that_is_over_by_the_as_of_date_is_stale() -> None:
    assert found(item("one", window=["2031-05-01", "2031-06-15"]), AWAY) == [("one.window", "a-stale-window")]
    assert found(item("one", window=["2031-05-01", "2031-06-16"]), AWAY) == []


def test_a_window_that_was_over_before_the_item_was_public_is_called_so() -> None:
    (doubt,) = doubts(item("one", window=["2030-05-01", "2030-06-15"]), AWAY)
    assert "check the year" in doubt.what


def test_a_claim_that_teaches_nothing_of_its_source_is_not_said_to_speak_of_it() -> None:
    (plain,) = doubts(item("one", window=["2031-05-01", "2031-06-15"]), AWAY)
    (report,) = doubts(item("one", window=["2031-05-01", "2031-06-15"], says="report"), AWAY)
    assert "speaks of its source alone" in plain.what
    assert "bears on no day any more" in report.what
    assert "its source" not in report.what


def test_a_day_after_the_horizon_is_doubted_as_of_any_date() -> None:
    late = item("one", date="2032-01-02"), item("two", window=["2032-01-02", "2032-02-01"])
    assert found(*late, AWAY) == [("one.date", "a-day-after-the-horizon"), ("two.window", "a-day-after-the-horizon")]


def test_an_item_that_was_entered_after_the_as_of_date_is_hindsight() -> None:
    assert found(item("one", recorded="2031-06-16"), AWAY) == [("one.recorded", "recorded-after-the-as-of-date")]
    assert found(item("one", recorded="2031-06-15"), AWAY) == []
    assert found(item("one", date="2031-06-16", recorded="2031-06-17"), item("up"), AWAY) == []


def test_items_of_one_source_within_28_days_need_a_group() -> None:
    first = item("one")
    assert found(first, item("two", date="2031-04-07"), AWAY | {"source": "union"}) == \
        [("two.source", "several-items-of-one-source")]
    (doubt,) = doubts(first, item("two", date="2031-04-07"), AWAY | {"source": "union"})
    assert doubt.what.startswith(f"comes from wire, as does one ({ITEMS}:1) at most 28 days before it, and neither has")
    assert found(first, item("two", date="2031-04-08"), AWAY | {"source": "union"}) == []
    assert found(first, item("two", source="union"), AWAY) == []
    assert found(*(entry | {"group": "rumour"} for entry in (first, item("two"))), AWAY) == []


def test_a_group_holds_one_direction() -> None:
    group = {"group": "rumour"}
    assert found(item("one", **group), AWAY | group) == [("rumour", "a-group-of-both-directions")]
    silent = item("silent", source="union", likelihood_ratio={"strike": 1}, **group)
    assert found(item("one", **group), silent, AWAY) == []


def test_a_bare_probability_claims_to_be_exact() -> None:
    bare = {"likelihood_ratio": None, "probability": {"strike": [0.3, 0.4, 0.5], "slowdown": 0.3, "calm": 0.2}}
    (doubt,) = doubts(item("one", **bare), AWAY)
    assert (doubt.field, doubt.line) == ("one.probability.slowdown", 13)
    assert "slowdown, calm" in doubt.what


def test_a_bare_probability_of_an_indicator_does_too() -> None:
    found_in = found(item("one"), AWAY, **{INDICATORS: FILES[INDICATORS]})
    assert found_in == [("fund-opened.probability.strike", "a-bare-probability")]
    assert found(item("one"), AWAY, **{INDICATORS: INDICATOR}) == []


def test_a_bare_share_of_kept_claims_does_too() -> None:
    claim = {"likelihood_ratio": None, "says": "report", "window": ["2031-03-15", "2031-12-31"]}
    assert found(item("one", **claim, kept=0.9), AWAY) == [("one.kept", "a-bare-probability")]
    assert found(item("one", **claim, kept=[0.7, 0.9, 0.97]), AWAY) == []


def test_a_bare_probability_in_the_prior_claims_to_be_exact_too() -> None:
    question = FILES[QUESTION].replace("probability: [0.1, 0.3, 0.5]", "probability: 0.3")
    assert found(item("one"), AWAY, **{QUESTION: question}) == [("prior[3].probability", "a-bare-probability")]


def test_an_indicator_is_due_on_its_day() -> None:
    for by, expected in (("2031-06-15", [("fund-opened.by", "an-indicator-past-its-date")]), ("2031-06-16", [])):
        text = INDICATOR.replace("2031-09-30", by)
        assert found(item("one"), AWAY, **{INDICATORS: text}) == expected


def test_items_that_all_point_one_way() -> None:
    assert found(item("one"), item("two", source="union")) == [("event", "all-items-point-one-way")]
    assert found(item("one"), AWAY | {"date": "2031-06-16"}) == []
    assert found(item("one")) == []


def test_a_retracted_item_raises_no_doubt() -> None:
    assert found(item("one", url=None, retracted="2031-06-15"), item("up"), AWAY) == []


def test_drafts_are_listed() -> None:
    (doubt,) = doubts(item("one"), AWAY, **{"evidence/drafts/a.yaml": ""})
    assert (doubt.file, doubt.line, doubt.field) == ("evidence/drafts/a.yaml", 1, "")


def test_every_check_has_its_section_in_the_guide() -> None:
    guide = (ROOT / "docs/guide.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", guide, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(CHECKS) <= anchors
