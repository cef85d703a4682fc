"""What stands on the page after somebody did something: messages in, parts of the page out, no browser."""

from __future__ import annotations

import html
import random
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from forecast.core.errors import ForecastError
from forecast.core.text import tenth
from forecast.desk.actions import ACTIONS
from forecast.desk.controls.inputs import inputs_of, one_word
from forecast.desk.page import answers, left
from forecast.desk.page.page import Page
from forecast.desk.page.results import Work
from forecast.desk.page.view import FILES, TABS, value_of
from forecast.desk.server import MOST_PAGES, Desk
from forecast.records.evidence import Group, Item, Source
from forecast.workspace.loader import load
from tests.project.desk.conftest import workspace

RATIO = "item/union-hall/likelihood_ratio/strike"


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(workspace(tmp_path / "toy"))


def shown(page: Page, part: str) -> str:
    """A part of the page as text."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.parts()[part])).split())


def box(page: Page, name: str) -> str:
    """What stands in a box."""
    tag = re.search(rf'<input[^>]*id="{re.escape(name)}"[^>]*>', page.parts()["left"])
    assert tag is not None, name
    value = re.search(r'value="([^"]*)"', tag[0])
    return "" if value is None else html.unescape(value[1])


def enter(page: Page, text: str, part: str = "stated", **more: Any) -> None:
    page.act({"do": "enter", "id": RATIO, "part": part, "text": text, **more})


def test_a_text_is_taken_whole_or_refused(page: Page) -> None:
    enter(page, "5")
    reason = {"do": "why", "id": "item/union-hall"}
    with pytest.raises(ForecastError, match="more than 10,000 letters"):
        page.act(reason | {"text": "b" * 10_001})
    page.act(reason | {"text": "b" * 10_000})
    assert len(page.sitting.reason(("item", "union-hall"))) == 10_000
    page.act({"do": "seat", "name": None})
    assert list(page.sitting.seats) == ["desk"], "nobody is called None"


def test_the_words_of_a_slider_are_no_stops_of_the_tab_key(page: Page) -> None:
    page.act({"do": "choose", "id": "item/union-hall"})
    words = re.findall(r'<button[^>]*class="mark[^>]*>', page.parts()["left"])
    assert words
    assert all('tabindex="-1"' in word for word in words), "the slider reaches all that they do"


def test_what_is_not_worked_out_yet_is_pale(page: Page) -> None:
    page.settle()
    assert '<ul class="legend ">' in page.parts()["curve"]
    enter(page, "5")
    assert '<ul class="legend stale">' in page.parts()["curve"]


def test_the_page_shows_the_number_of_the_forecast_and_how_it_moved(page: Page) -> None:
    before = page.sitting.forecast.event
    assert tenth(before) in shown(page, "middle")
    assert "as in the files" in shown(page, "middle")
    enter(page, "5")
    now = page.sitting.forecast.event
    assert f"files {tenth(before)} → now {tenth(now)}: +{100 * (now - before):.1f} points" in shown(page, "middle")
    assert "The union has booked a hall" in shown(page, "right")
    page.settle()
    assert f"+{100 * (now - before):.1f}" in shown(page, "right")


def test_what_was_typed_stays_beside_what_is_wrong_with_it(page: Page) -> None:
    page.act({"do": "choose", "id": "item/union-hall"})
    before = page.sitting.forecast.event
    enter(page, "1,5", soft=True)
    assert page.view.errors == {}
    enter(page, "1,5")
    assert "1,5 has a comma; write 1.5" in shown(page, "left")
    assert box(page, f"{RATIO}:stated") == "1,5"
    assert page.sitting.forecast.event == before
    enter(page, "1.5")
    assert "has a comma" not in shown(page, "left")
    assert box(page, f"{RATIO}:stated") == "1.5"


def test_what_is_refused_takes_back_what_its_beginning_did(page: Page) -> None:
    enter(page, "3")
    before = page.sitting.forecast.event
    for text in ("1", "1,", "1,5"):
        enter(page, text, soft=True, gesture="one")
    enter(page, "1,5", gesture="one")
    assert page.sitting.forecast.event == before


def test_low_beyond_stated_is_refused_until_the_rest_follows(page: Page) -> None:
    page.act({"do": "choose", "id": "item/union-hall"})
    enter(page, "4", "low")
    assert "is not in order" in shown(page, "left")
    assert box(page, f"{RATIO}:low") == "4"
    enter(page, "6", "high")
    enter(page, "5")
    assert page.view.errors == {}
    assert page.sitting.scenario().revise["union-hall"]["likelihood_ratio"]["strike"] == [4.0, 5.0, 6.0]


def test_keys_of_one_number_scale_low_and_high_from_where_it_began(page: Page) -> None:
    for text in ("0.", "0.4", "0.45"):
        enter(page, text, soft=True, gesture="one")
    low, stated, high = page.sitting.scenario().revise["union-hall"]["likelihood_ratio"]["strike"]
    assert (low / stated, high / stated) == pytest.approx((1.2 / 2, 3.3 / 2), rel=1e-3)
    page.act({"do": "undo"})
    assert page.sitting.edits() == {}


def test_the_drawer_shows_reasons_before_numbers_and_then_why(page: Page) -> None:
    page.act({"do": "choose", "id": "item/union-hall"})
    text = page.parts()["left"]
    order = [text.index(part) for part in ("Halls are booked before strikes", f'id="{RATIO}:stated"',
                                           f'id="{RATIO}:slider"', "Why?")]
    assert order == sorted(order)
    assert all(word in text for word in ("barely", "somewhat", "clearly", "strongly"))
    assert 'class="why "' in text
    enter(page, "5")
    assert 'class="why needed"' in page.parts()["left"]
    page.act({"do": "why", "id": "item/union-hall", "text": "Halls were booked in 2019 too."})
    assert 'class="why needed"' not in page.parts()["left"]
    assert "Halls were booked in 2019 too." in shown(page, "right")


def test_every_input_of_the_forecast_is_somewhere_on_the_page(page: Page) -> None:
    case, seen = page.sitting.case, set()
    records: list[Item | Source | Group] = [*case.items, *case.sources, *case.groups]
    for record in records:
        kind = type(record).__name__.lower()
        page.act({"do": "choose", "id": f"{kind}/{record.id}"})
        seen |= set(re.findall(r'data-input="([^"]+)"', page.parts()["left"]))
    for tab in ("prior", "model"):
        page.act({"do": "tab", "id": tab})
        seen |= set(re.findall(r'data-input="([^"]+)"', page.parts()["left"]))
    known = [each.id for about in (*records, case.question) for each in inputs_of(case, about)]
    assert set(known) == {html.unescape(name) for name in seen}


def test_each_change_is_named_and_has_a_cross(page: Page) -> None:
    enter(page, "5")
    page.act({"do": "enter", "id": "source/union/grade", "part": "text", "text": "E"})
    crosses = re.findall(r'data-do="revert" data-id="([^"]+)"', page.parts()["middle"])
    assert crosses == ["source/union/grade", "item/union-hall/encoding"]
    page.act({"do": "revert", "id": crosses[1]})
    assert re.findall(r'data-do="revert" data-id="([^"]+)"', page.parts()["middle"]) == crosses[:1]


def test_a_question_that_a_scenario_changes_is_told_in_words_and_beside_no_number_of_another_date(
        tmp_path: Path) -> None:
    root = workspace(tmp_path / "toy")
    known = load(root).question
    later = known.horizon + timedelta(70)
    near = known.opens + timedelta(30)
    folder = root / "evidence/scenarios"
    folder.mkdir(exist_ok=True)
    (folder / "longer.yaml").write_text(
        f"name: Longer\nquestion:\n  horizon: {later}\n  key_dates: [{near}, {later - timedelta(7)}]\n"
        "  confidence: {level: low, because: One source.}\n", encoding="utf-8")
    page = Page(root)
    page.act({"do": "load", "id": "longer"})
    head, base = answers.headline(page.sitting), page.sitting.base().forecast
    assert [each.base for each in head.dates] == [base.by(near), None], "the files have nothing beyond their horizon"
    assert head.dates[1].now > 0
    changes = {change.id.rsplit("/", 1)[1]: change.after for change in answers.changes(page.sitting)}
    assert changes["key_dates"] == f"{near}, {later - timedelta(7)}"
    assert changes["confidence"] == "level low; because One source."
    assert not re.search(r"[\[{'].*\d{4}", shown(page, "middle"))


def test_a_source_and_a_group_have_as_many_items_in_the_drawer_as_in_the_table(tmp_path: Path) -> None:
    root = workspace(tmp_path / "toy")
    opens = load(root).question.opens
    later = (root / "evidence/halls.yaml").read_text(encoding="utf-8").replace(str(opens), str(opens + timedelta(3)))
    (root / "evidence/later.yaml").write_text(
        later.replace("id: union-hall", "id: later\n  group: wage-round"), encoding="utf-8")
    page = Page(root)
    for day, reports in ((opens, 2), (opens + timedelta(3), 3)):
        page.act({"do": "as-of", "text": str(day)})
        assert max(line.items for line in left.source_lines(page.sitting)) == reports
        for line in (*left.source_lines(page.sitting), *left.group_lines(page.sitting)):
            page.act({"do": "choose", "id": line.id})
            found = left.drawer(page.sitting, page.view)
            assert found is not None
            assert f" {line.items} item" in f" {found.facts}"


def test_items_are_sorted_by_any_column(page: Page) -> None:
    page.settle()

    def order() -> list[str]:
        return re.findall(r'id="row-([^"]+)"', page.parts()["left"])

    for column in ("title", "kind", "source", "ratio", "weight", "changed"):
        page.act({"do": "sort", "id": column})
        first = order()
        assert f'aria-sort="{"descending" if page.view.descending else "ascending"}"' in page.parts()["left"]
        page.act({"do": "sort", "id": column})
        assert sorted(order()) == sorted(first)
    page.act({"do": "sort", "id": "title"})
    titles = {item.id: item.title.lower() for item in page.sitting.case.items}
    assert [titles[name] for name in order()] == sorted(titles[name] for name in order())


def test_an_indicator_is_supposed_seen_and_no_more(page: Page) -> None:
    page.act({"do": "tab", "id": "indicators"})
    page.settle()
    (found,) = page.sitting.findings.watched  # type: ignore[union-attr, misc]
    assert f"if seen → {tenth(found.if_seen)}" in shown(page, "left")
    before = page.sitting.forecast.event
    page.act({"do": "suppose", "id": found.indicator.id, "seen": True})
    assert page.sitting.forecast.event == pytest.approx(found.if_seen, abs=0.05)
    assert page.sitting.forecast.event > before
    page.settle()
    supposed = next(each for each in left.indicator_lines(page.sitting) or () if each.seen is not None)
    assert supposed.watched == found, "what is supposed is not counted a second time"
    page.act({"do": "suppose", "id": found.indicator.id, "seen": False})
    assert page.sitting.forecast.event < before
    page.act({"do": "suppose", "id": found.indicator.id, "seen": None})
    assert page.sitting.forecast.event == before


def test_nothing_of_a_forecast_is_shown_to_the_blind(page: Page) -> None:
    page.settle()
    page.act({"do": "seat", "name": "Bob", "blind": True})
    page.settle()
    for tab in TABS:
        page.act({"do": "tab", "id": tab})
        rest = " ".join(shown(page, part) for part in ("left", "middle", "curve", "right"))
        assert tenth(page.sitting.forecast.event) not in rest
    page.act({"do": "choose", "id": "item/union-hall"})
    assert "Halls are booked before strikes" not in shown(page, "left")
    assert box(page, f"{RATIO}:stated") == ""
    enter(page, "1.4")
    assert box(page, f"{RATIO}:stated") == "1.4"
    assert "Halls are booked before strikes" in shown(page, "left")
    page.act({"do": "reveal"})
    assert tenth(page.sitting.forecast.event) in shown(page, "middle")


BLIND = """analyst: {id: ann, blind: true, known: 0.5}
"""
OTHER = """analyst: {id: bob}
items: {union-hall: {likelihood_ratio: {strike: [2.77, 4.37, 8.93]}}}
prior:
  - {kind: elicited, probability: [0.21, 0.43, 0.67], weeks: [3.7, 11.3, 31.9], weight: 1}
"""


@pytest.fixture
def blind(tmp_path: Path) -> Page:
    """The page of a blind analyst whose file holds no opinion yet, beside another's."""
    root = workspace(tmp_path / "toy")
    question = root / "priors/question.yaml"
    question.write_text(question.read_text().replace("[0.1, 0.25, 0.5], weeks: [3, 10, 30]",
                                                     "[0.137, 0.263, 0.519], weeks: [3.31, 10.7, 29.1]")
                        .replace("weeks: 60", "weeks: 61.7").replace("share: 0.6", "share: 0.618"), encoding="utf-8")
    hall = root / "evidence/halls.yaml"
    hall.write_text(hall.read_text().replace("[1.2, 2, 3.3]", "[1.2, 2.17, 3.3]"), encoding="utf-8")
    (root / "evidence/opinions").mkdir()
    for name, text in (("ann", BLIND), ("bob", OTHER)):
        (root / f"evidence/opinions/{name}.yaml").write_text(text, encoding="utf-8")
    page = Page(root)
    page.act({"do": "speak", "id": "ann"})
    page.settle()
    return page


def test_the_blind_see_nobodys_outside_view_and_no_ratio_before_stating_their_own(blind: Page) -> None:
    assert blind.sitting.hidden
    seen = ""
    for message in ({"do": "tab", "id": "prior"}, {"do": "choose", "id": "item/union-hall"},
                    {"do": "choose", "id": "source/union"}):
        blind.act(message)
        seen += "".join(blind.parts().values())
    for stated in ("13.7", "26.3", "51.9", "10.7", "3.31", "61.7", "61.8", "43%", "11.3", "4.37", "2.17"):
        assert not re.search(rf"(?<![\d.]){re.escape(stated)}", seen), stated
    assert re.search(rf'id="{re.escape(RATIO)}:stated"[^>]*value=""', seen)


def test_the_blind_state_the_outside_view_whole_and_their_own(blind: Page) -> None:
    at = "question/toy/prior"
    blind.act({"do": "tab", "id": "prior"})
    blind.act({"do": "enter", "id": f"{at}/0/weight", "part": "stated", "text": "10%"})
    assert box(blind, f"{at}/0/weight:stated") == "10%"
    assert "of all weights" not in shown(blind, "left")
    blind.act({"do": "why", "id": at, "text": "Strikes are rare."})
    blind.act({"do": "saving", "id": "files"})
    blind.act({"do": "fill", "id": "initials", "text": "AN"})
    blind.act({"do": "propose"})
    assert "State all of the outside view" in shown(blind, "top")
    # The last one agrees with the files, and is an opinion all the same.
    for part, text in (("0/events", "2"), ("0/weeks", "80"), ("1/weight", "50%")):
        blind.act({"do": "enter", "id": f"{at}/{part}", "part": "stated", "text": text})
    for part, texts in (("1/probability", ("10%", "30%", "60%")), ("1/weeks", ("2", "8", "20"))):
        for name, text in zip(("low", "stated", "high"), texts, strict=True):
            blind.act({"do": "enter", "id": f"{at}/{part}", "part": name, "text": text, "soft": True})
    assert "of all weights" in shown(blind, "left")
    blind.act({"do": "propose"})
    blind.act({"do": "confirm"})
    found = next(each for each in blind.sitting.workspace.opinions if each.analyst.id == "ann")
    assert (found.analyst.blind, found.analyst.known) == (True, 0.5)
    assert [each.weight for each in found.prior] == [0.1, 0.5]
    assert not blind.sitting.hidden


def test_a_first_ratio_takes_nothing_over_from_the_desk(blind: Page) -> None:
    blind.act({"do": "enter", "id": "item/ballot-announced/likelihood_ratio/talks", "part": "stated", "text": "1.5"})
    assert blind.sitting.scenario().revise["ballot-announced"]["likelihood_ratio"] == {
        "strike": 1.0, "talks": 1.5}
    assert not blind.sitting.move(("item", "union-hall", "likelihood_ratio", "strike"), [1.2, 2.17, 3.3])
    assert ("item", "union-hall", "encoding") in blind.sitting.edits()


@pytest.mark.parametrize("keys", [("1", "1.", "1.2"), ("1.2",)])
def test_keys_of_a_first_ratio_take_no_range_over(blind: Page, keys: tuple[str, ...]) -> None:
    for text in keys:
        enter(blind, text, soft=True, gesture="one")
    assert blind.sitting.scenario().revise["union-hall"]["likelihood_ratio"] == {"strike": 1.2}


def test_a_first_ratio_that_is_refused_leaves_no_opinion(blind: Page) -> None:
    for text in ("1", "1,", "1,5"):
        enter(blind, text, soft=True, gesture="one")
    enter(blind, "1,5", gesture="one")
    assert blind.sitting.edits() == {}


def test_an_analyst_reads_what_the_desk_thinks_of_an_item_once_his_own_is_stated(page: Page) -> None:
    page.settle()
    page.act({"do": "seat", "name": "Ann"})
    page.settle()
    (row,) = (row for row in left.item_rows(page.sitting, page.view) if row.id == "union-hall")
    assert (row.ratio, row.weight) == (None, None)
    page.act({"do": "choose", "id": "item/union-hall"})
    assert "Halls are booked before strikes" not in shown(page, "left")
    enter(page, "1.4")
    page.settle()
    (row,) = (row for row in left.item_rows(page.sitting, page.view) if row.id == "union-hall")
    assert row.ratio == 1.4
    assert row.weight is not None
    assert "Halls are booked before strikes" in shown(page, "left")


def test_an_analyst_needs_a_name_that_nobody_has(page: Page) -> None:
    page.act({"do": "speak", "id": "+"})
    for name, says in (("", "Write a name"), ("Дмитрий", "in Latin letters"), ("desk", "sits here already")):
        page.act({"do": "seat", "name": name})
        assert says in shown(page, "top")
    page.act({"do": "seat", "name": "Ann Lée"})
    assert page.sitting.who == "ann-lee"
    assert "Remove Ann Lée" in shown(page, "top")


def test_a_text_of_the_files_is_never_markup(tmp_path: Path) -> None:
    root = workspace(tmp_path / "toy")
    file = root / "evidence/halls.yaml"
    file.write_text(file.read_text().replace("The union has booked", "<img src=x> {{ 1 }} booked"), encoding="utf-8")
    page = Page(root)
    page.settle()
    for message in ({"do": "tab"}, {"do": "choose", "id": "item/union-hall"}, {"do": "enter", "id": RATIO,
                    "part": "stated", "text": '"><img src=y>'}, {"do": "as-of", "text": "<img src=z>"}):
        page.act(message)
        assert "<img" not in "".join(page.parts().values())
    assert "<img src=x> {{ 1 }} booked" in shown(page, "left")


def test_only_what_has_changed_is_sent_and_all_of_it_to_who_missed_something(tmp_path: Path) -> None:
    desk = Desk(workspace(tmp_path / "toy"))
    first = desk.open({})
    assert set(first["parts"]) == {"top", "left", "middle", "curve", "right"}
    told = {"token": first["token"], "turn": first["turn"]}
    assert desk.do(told | {"do": "tab", "id": "model"})["parts"].keys() == {"left"}
    assert len(desk.do(told | {"do": "tab", "id": "model"})["parts"]) == 5
    assert desk.open({"token": first["token"]})["token"] == first["token"]
    assert desk.do({"token": "other"}) == {"gone": True}


def test_a_page_with_changes_is_the_last_to_go(tmp_path: Path) -> None:
    desk = Desk(workspace(tmp_path / "toy"))
    changed = [desk.open({})["token"] for _ in range(2)]
    for token in changed:
        desk.do({"token": token, "do": "enter", "id": RATIO, "part": "stated", "text": "5"})
    others = [desk.open({})["token"] for _ in range(MOST_PAGES - 1)]
    answers = {token: desk.do({"token": token, "do": "tab", "id": "model"}) for token in (*changed, *others)}
    assert [token for token, answer in answers.items() if answer == {"gone": True}] == others[:1]


def test_no_key_waits_for_what_takes_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(workspace(tmp_path / "toy"))
    first = desk.open({})
    told = {"token": first["token"], "turn": first["turn"]}
    answers, run = [], Work.run

    def run_and_type(work: Work, going: Any) -> None:
        answers.append(desk.do(told | {"do": "enter", "id": RATIO, "part": "stated", "text": "5"}))
        run(work, going)

    monkeypatch.setattr(Work, "run", run_and_type)
    late = desk.later(told)
    assert "middle" in answers[0]["parts"]
    assert not late["settled"], "what was worked out is a change behind"
    assert len(late["parts"]) == 5, "the browser has not seen the answer in between"
    monkeypatch.setattr(Work, "run", run)
    assert desk.later(told | {"turn": late["turn"]})["settled"]


# --- what the page sends --------------------------------------------------------------------------------------------

def sent(page: Page) -> list[dict[str, Any]]:
    """Every message that the controls of the page would send as it is, boxes for free text apart."""
    found = Controls()
    found.feed("".join(page.parts().values()))
    return found.messages


class Controls(HTMLParser):
    """The messages of buttons, choices and ticks; of a slider, those of both ends."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self._select: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "disabled" in given:
            return
        if tag == "select":
            self._select = given
        elif tag == "option" and (given["value"] or "data-load" not in self._select):
            self._choose(self._select, given["value"])
        elif "data-enter" in given:
            self._enter(given["data-enter"], given["data-part"], given["data-text"])
        elif "data-do" in given:
            message: dict[str, Any] = {"do": given["data-do"], "id": given.get("data-id", "")}
            message |= {"text": given["data-text"]} if "data-text" in given else {}
            if "data-seen" in given:
                message["seen"] = {"yes": True, "no": False}.get(given["data-seen"])
            self.messages.append(message)
        elif given.get("type") in ("radio", "checkbox", "range"):
            self._choose(given, given.get("value", ""))

    def _choose(self, given: dict[str, str], value: str) -> None:
        if "data-load" in given:
            self.messages.append({"do": "load", "id": value})
        elif "data-beside" in given:
            self.messages.append({"do": "beside", "id": given["data-beside"]})
        elif "data-as-of" in given:
            self.messages += [{"do": "as-of", "text": day} for day in given["data-as-of"].split("|")]
        elif "data-stops" in given:
            stops = given["data-stops"].split("|")
            for stop in (stops[0], stops[-1]):
                self._enter(given["data-input"], "slider", stop)
        elif "data-input" in given:
            for text in ("on", "off") if given.get("type") == "checkbox" else (value,):
                self._enter(given["data-input"], "text", text)

    def _enter(self, name: str, part: str, text: str) -> None:
        self.messages.append({"do": "enter", "id": name, "part": part, "text": text})


STATES = [{"do": "tab", "id": "items"}, {"do": "choose", "id": "item/union-hall"},
          {"do": "choose", "id": "item/ballot-announced"}, {"do": "choose", "id": "group/wage-round"},
          *({"do": "tab", "id": name} for name in TABS), {"do": "saving", "id": "files"}, {"do": "speak", "id": "+"}]


def test_the_page_takes_every_value_that_its_controls_hold(tmp_path: Path) -> None:
    root = workspace(tmp_path / "toy")
    (root / "evidence/scenarios").mkdir()
    (root / "evidence/scenarios/no-hall.yaml").write_text("name: No hall\ndrop: [union-hall]\n", encoding="utf-8")
    page, known = Page(root), list[dict[str, Any]]()
    page.settle()
    sitting, view = page.sitting, page.view
    for state in STATES:
        page.act(state)
        if state["id"] == "indicators":
            page.settle()
        for message in sent(page):
            if message in known or message["do"] == "propose":  # it asks for initials
                continue
            known.append(message)
            before = sitting.state, view.tab, view.chosen
            page.act(message)
            assert (view.errors, sitting.notice) == ({}, ""), message
            sitting.state, view.tab, view.chosen = before
    kinds = {message["do"] for message in known}
    assert kinds >= {"enter", "load", "beside", "as-of", "tab", "choose", "sort", "suppose", "saving", "speak"}


def test_the_files_as_they_are_are_loaded_in_the_place_of_all_changes(tmp_path: Path) -> None:
    root = workspace(tmp_path / "toy")
    (root / "evidence/scenarios").mkdir()
    (root / "evidence/scenarios/no-hall.yaml").write_text("name: No hall\ndrop: [union-hall]\n", encoding="utf-8")
    page = Page(root)
    (name,) = re.findall(r'<option value="([^"]+)">the files as they are', page.parts()["top"])
    enter(page, "5")
    page.act({"do": "load", "id": name})
    assert (page.sitting.edits(), page.sitting.notice) == ({}, "")


def test_every_table_has_a_name_and_every_head_of_it_a_direction(page: Page) -> None:
    page.settle()
    enter(page, "5")
    page.act({"do": "seat", "name": "Ann"})
    enter(page, "1.4")
    page.settle()
    shown_tables = set[str]()
    for tab in TABS:
        page.act({"do": "tab", "id": tab})
        text = "".join(page.parts().values())
        tables = re.findall(r"<table[^>]*>", text)
        shown_tables |= set(tables)
        assert all("aria-label=" in table for table in tables), tables
        heads = re.findall(r"<th\b[^>]*>", text)
        assert [head for head in heads if 'scope="' not in head] == []
        assert not re.search(r"<th\b[^>]*></th>", text), "nobody hears an empty head"
    assert len(shown_tables) >= 7


# --- what is refused ------------------------------------------------------------------------------------------------

TALKS = "item/ballot-announced/likelihood_ratio/talks"


def refuse(page: Page) -> None:
    """Type what cannot be read into an item."""
    page.act({"do": "enter", "id": TALKS, "part": "stated", "text": "4,5"})
    assert page.view.typed[TALKS] == {"stated": "4,5"}


@pytest.mark.parametrize("message", [
    {"do": "revert", "id": "item/union-hall/encoding"}, {"do": "undo"}, {"do": "load", "id": FILES},
    {"do": "speak", "id": "ann"}])
def test_what_was_refused_stays_when_something_else_is_taken_back(page: Page, message: dict[str, Any]) -> None:
    page.act({"do": "seat", "name": "Ann"})
    page.act({"do": "speak", "id": "desk"})
    enter(page, "5")
    refuse(page)
    page.act(message)
    if message["do"] == "speak":
        assert (page.view.typed, page.view.errors) == ({}, {}), "another analyst has typed nothing yet"
        page.act({"do": "speak", "id": "desk"})
    else:
        assert page.sitting.edits() == {}
    page.act({"do": "choose", "id": "item/ballot-announced"})
    assert box(page, f"{TALKS}:stated") == "4,5"
    assert "4,5 has a comma" in shown(page, "left")


def test_what_was_refused_goes_with_the_change_beneath_it_and_with_its_box(page: Page) -> None:
    for undone in ({"do": "revert", "id": "item/ballot-announced/encoding"}, {"do": "undo"}):
        page.act({"do": "enter", "id": TALKS, "part": "stated", "text": "3"})
        refuse(page)
        page.act(undone)
        assert (page.view.typed, page.view.errors) == ({}, {})
    page.act({"do": "tab", "id": "indicators"})
    page.settle()
    (found,) = page.sitting.findings.watched  # type: ignore[union-attr, misc]
    name = found.indicator.id
    page.act({"do": "suppose", "id": name, "seen": True})
    page.act({"do": "enter", "id": f"item/{name}/date", "part": "text", "text": "soon"})
    assert page.view.typed
    page.act({"do": "undo"})
    assert page.view.typed == {}


# --- a long session -------------------------------------------------------------------------------------------------

TYPED = ["", "2", "0.3", "1/4", "1,5", "0", "-1", "abc", "clearly against", "35%", "100%", "13w", "10d", "never",
         "soon", "3 of 4", "2 right, 1 wrong", "every 4w", "2099-01-01 to 2099-02-01", "x" * 300, "on", "off", "A", "E"]


def anything(page: Page, rng: random.Random) -> dict[str, Any]:
    """Something that somebody could do, writing apart."""
    sitting = page.sitting
    case = sitting.case
    records: list[Item | Source | Group] = [*case.items, *case.sources, *case.groups]
    about = rng.choice([*records, case.question])
    each = rng.choice(list(inputs_of(case, about)))
    now = value_of(sitting, each.place)
    shape = each.form.drawn(now, now)
    options = [key for key, _ in shape.get("options", ())]
    record = rng.choice(records)
    what = rng.choice([*ACTIONS, *["enter"] * 14, "revert"])
    names = {"enter": [each.id], "tab": list(TABS), "choose": [f"{type(record).__name__.lower()}/{record.id}"],
             "revert": [one_word(place) for place in sitting.edits()], "speak": [*sitting.seats, "+"],
             "load": list(sitting.workspace.scenarios), "beside": list(sitting.workspace.scenarios),
             "suppose": [each.id for each in case.indicators], "why": ["item/union-hall"], "sort": ["weight", "title"],
             "saving": ["files", "scenario"], "fill": ["initials", "file", "name"]}.get(what) or ["nothing"]
    kinds = options or (TYPED if rng.random() < 0.3 else shape.get("stops") or TYPED)
    return {"do": what, "part": rng.choice(["stated", "slider", "low", "high"]) if "stops" in shape else "text",
            "text": rng.choice([*kinds, str(rng.choice(case.items).date)]) if what == "as-of" or rng.random() < 0.05
            else rng.choice(kinds),
            "name": rng.choice(["", "Ann", "Bob", "a b c"]), "blind": rng.random() < 0.3,
            "seen": rng.choice([True, False, None]), "soft": rng.random() < 0.3,
            "gesture": rng.choice(["", "", "one", "two"]),
            "id": rng.choice(names) if rng.random() < 0.95 else rng.choice(["nothing", "item/", "", each.id])}


def growth(page: Page) -> int:
    """Things that a page keeps, beside the reasons that somebody typed."""
    sitting = page.sitting
    engines = vars(sitting.engines).values()
    return (sum(len(kept) for kept in engines) + len(sitting.past) + len(page.view.typed) + len(page.view.errors)
            + len(page.view.beside) + len(sitting.edits()))


def test_five_hundred_random_actions_leave_no_error_and_no_growth(tmp_path: Path) -> None:
    root = workspace(tmp_path / "toy")
    (root / "evidence/scenarios").mkdir()
    (root / "evidence/scenarios/no-hall.yaml").write_text("name: No hall\ndrop: [union-hall]\n", encoding="utf-8")
    files = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    page, rng, refused, most = Page(root), random.Random(1953), 0, 0
    for turn in range(500):
        message = anything(page, rng)
        if message["do"] != "confirm":
            page.act(message)
        refused += bool(page.view.errors)
        most = max(most, len(page.sitting.edits()))
        assert tenth(page.sitting.forecast.event)
        if turn % 4 == 0:
            parts = page.parts()
            assert page.sitting.hidden or tenth(page.sitting.forecast.event) in parts["middle"]
        if turn % 20 == 0:
            page.settle()
            assert page.settled
        assert growth(page) < 200
    assert 0 < refused < 500
    assert most > 5
    for who in page.sitting.seats:
        page.sitting.who = who
        while page.sitting.edits():
            place, *_ = page.sitting.edits()
            assert page.sitting.revert(place) == ""
        assert page.sitting.forecast.event == page.sitting.base().forecast.event
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == files
