"""Every number on a page is the document's, rounded by itself."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forecast.analysis.scenarios import ComparisonTable, compare
from forecast.core.text import band, chance, ratio, short, tenth, term, whole
from forecast.engine.exact import Exact
from forecast.records.opinion import Opinion
from forecast.report.charts.style import WIDE
from forecast.report.contents.what_if import comparison_document, explain_document
from forecast.report.document import ReportDocument
from forecast.report.folder import index_page
from forecast.report.page import Cards, Moves, Outcomes, Page
from forecast.report.pages import comparison, front
from forecast.report.pages.comparison import render_comparison
from forecast.report.pages.screens import item_page
from forecast.report.pages.sensitivity import render_sensitivity
from forecast.report.words import points
from tests.builders import day, make_case, make_item, make_question, make_source
from tests.project.report.documents import case_of, comparison_of, earlier_document, plain_document, sensitivity_of
from tests.project.report.generated import likely, sized
from tests.project.report.reading import blocks, column, lines, plain, said, table

DOCUMENTS = {"plain": plain_document, "never": lambda: likely(plain_document(), 0.0004),
             "surely": lambda: likely(plain_document(), 0.9996), "rare": lambda: likely(plain_document(), 0.04),
             "many": lambda: sized(plain_document(), 200, 6), "one": lambda: sized(plain_document(), 1, 1),
             "none": lambda: sized(plain_document(), 0, 2)}


@pytest.fixture(params=DOCUMENTS)
def document(request: pytest.FixtureRequest) -> ReportDocument:
    return DOCUMENTS[request.param]()


@pytest.fixture
def content(document: ReportDocument) -> Page:
    return front.page(document, [earlier_document()])


def test_the_head_has_the_numbers_of_the_document(document: ReportDocument, content: Page) -> None:
    (bar,) = (block for block in content.head if isinstance(block, Outcomes))
    assert [(part.probability, part.label) for part in bar.parts] == [
        (p, chance(p) if name == document.question.event else whole(p)) for name, p in document.hypotheses.items()]
    assert sum(part.probability for part in bar.parts) == pytest.approx(1)
    (cards,) = (block for block in content.head if isinstance(block, Cards))
    assert set(re.findall(r"(?:under |over )?[\d.]+%", cards.cards[0].title)) <= set(
        map(whole, document.by.values()))
    assert cards.cards[1].title.startswith(whole(document.next.probability))
    assert whole(document.preparing.now) in plain(cards.cards[1].lines[1])
    verdict = plain(content.head[0].runs)  # type: ignore[union-attr]
    assert chance(document.event) in verdict
    assert band(document.band) in verdict
    assert verdict.lower().startswith(term(document.event))


def test_a_forecast_that_stayed_says_what_cancelled_out() -> None:
    document = plain_document()
    assert document.change is not None
    steps = tuple(document.change.steps[0].model_copy(update={"id": str(place), "points": moved})
                  for place, moved in enumerate((0.019, -0.013, -0.008)))
    stayed = document.change.model_copy(update={"probability": document.event, "steps": steps})
    (cards,) = (block for block in front.page(document.model_copy(update={"change": stayed})).head
                if isinstance(block, Cards))
    assert cards.cards[2].title == "No real change"
    assert plain(cards.cards[2].lines[1]) == "+1.9 and −2.1 points cancel out"
    quiet = stayed.model_copy(update={"steps": steps[:1]})
    (cards,) = (block for block in front.page(document.model_copy(update={"change": quiet})).head
                if isinstance(block, Cards))
    assert len(cards.cards[2].lines) == 1


def _since_card(before: float, now: float, *moved: float) -> list[str]:
    document = plain_document()
    assert document.change is not None
    steps = tuple(document.change.steps[0].model_copy(update={"id": str(place), "label": str(place), "kind": "new",
                                                              "points": points}) for place, points in enumerate(moved))
    change = document.change.model_copy(update={"probability": before, "steps": steps})
    names = document.hypotheses | {document.question.event: now}
    (cards,) = (block for block in front.page(document.model_copy(update={"change": change, "hypotheses": names})).head
                if isinstance(block, Cards))
    return [cards.cards[2].title, *map(plain, cards.cards[2].lines)]


def test_the_main_cause_of_a_fall_is_one_that_lowers_it() -> None:
    title, _, cause = _since_card(0.5, 0.43, 0.045, *[-0.014] * 7, -0.017)
    assert title == "−7 points"
    assert cause == "Mostly: “8”"


def test_a_small_change_that_crosses_an_edge_says_so() -> None:
    assert _since_card(0.4487, 0.4515, 0.0028)[0::2] == ["No real change", "44.9%, “unlikely”, then"]


@pytest.mark.parametrize(("window", "fields", "told"), [
    ((day(10), day(25)), {}, "ended on 26 March 2031, and it did not happen; the item speaks of its source alone."),
    ((day(10), day(25)), {"says": "report"},
     "ended on 26 March 2031, and it did not happen; the item bears on no day any more."),
    ((day(-60), day(-30)), {"date": day(-61)}, "ended before the question opened; the item bears on no day of it."),
    ((day(2), day(4)), {}, "ended before the item was published; it bears on no day of the question."),
    ((day(2000), day(2010)), {}, "lies after the horizon; the item bears on no day of the question.")])
def test_a_claim_that_bears_on_no_day_says_why(window: Any, fields: dict[str, Any], told: str) -> None:
    item = make_item("vote", **{"date": day(5), "likelihood_ratio": {"strike": 3}, "window": window, **fields})
    case = replace(case_of(), items=(item,))
    page = item_page(explain_document(Exact(case), "vote"))
    assert f"Window: {told}" in [line for block in blocks(page) for line in lines(block)]


def test_the_key_dates_are_those_of_the_document(document: ReportDocument, content: Page) -> None:
    rows = table(content, "Chance that it has happened")
    ahead = [day for day in sorted(document.by) if day > document.as_of]
    horizon = document.question.horizon
    assert column(rows, 1) == [chance(document.event) if day == horizon else whole(document.by[day]) for day in ahead]
    assert column(rows, 2) == [band(document.by_band[day]) for day in ahead]
    assert column(rows, 3) == [whole(document.prior_by[day]) for day in ahead]


def test_the_reasons_are_the_largest_shares_in_their_order(document: ReportDocument, content: Page) -> None:
    told = [block for block in blocks(content) if isinstance(block, Moves) and block.caption.startswith("What speaks")]
    if not document.evidence:
        assert told == []
        return
    for sign, block in zip((1, -1), told, strict=True):
        shares = sorted((item.shapley_points for item in document.evidence if sign * item.shapley_points > 0),
                        key=lambda share: -abs(share))
        assert [move.points for move in block.moves] == [points(share, 1) for share in shares[:5]]


def test_the_indicators_have_their_numbers(document: ReportDocument, content: Page) -> None:
    if not document.indicators:
        assert "Nothing is being watched for" in said(content, "indicators")
        return
    rows = table(content, "What to watch for")
    assert column(rows, 1) == [whole(each.chance) for each in document.indicators[:5]]
    assert column(rows, 2) == [whole(each.if_seen) for each in document.indicators[:5]]
    assert column(rows, 3) == [whole(each.if_not_seen) for each in document.indicators[:5]]


def test_the_ledger_reaches_the_numbers_of_the_document(document: ReportDocument, content: Page) -> None:
    rows = table(content, "From the outside view")
    assert column(rows, 4) == [tenth(step.probability) for step in document.ledger]
    assert len(table(content, "Items by date").rows if document.evidence else ()) == document.items


def test_the_list_of_reports_has_their_numbers(document: ReportDocument) -> None:
    rows = table(index_page([earlier_document(), document]), "All reports")
    assert column(rows, 1) == [chance(document.event), chance(earlier_document().event)]
    assert column(rows, 2) == [points(document.event - earlier_document().event), ""]
    assert column(rows, 3) == [band(document.band), band(earlier_document().band)]


def test_a_page_of_a_reconstructed_case_says_so() -> None:
    compared, studied = comparison_of(), sensitivity_of()
    told = {"reconstructed": "Written afterwards.", "resolved": {"outcome": "calm", "date": "2031-12-31"}}
    for document, render in ((compared, render_comparison), (studied, render_sensitivity)):
        question = document.question.model_copy(update=told)
        page = render(document.model_copy(update={"question": question}))
        assert "Reconstructed case" in page
        assert "This question has since been decided" in page
        assert "Reconstructed case" not in render(document)
    document = plain_document()
    question = document.question.model_copy(update=told)
    assert [notice.title for notice in index_page([document.model_copy(update={"question": question})]).notices] == [
        "Reconstructed case", "This question has been decided"]


def test_a_comparison_is_by_size_of_difference_and_has_its_numbers() -> None:
    document = comparison_of()
    rows = table(comparison.page(document), "The base case and the scenarios")
    ordered = sorted(document.scenarios, key=lambda each: (-abs(round(each.difference.points, 9)), each.name))
    assert column(rows, 0) == ["Base case", *(each.title for each in ordered)]
    assert column(rows, 1) == [tenth(each.event) for each in (document.base, *ordered)]
    assert column(rows, 2) == ["", *(points(each.difference.points, 1) for each in ordered)]


def test_a_key_date_has_its_own_number_in_each_scenario_or_none() -> None:
    base, first, last = case_of(), day(60), day(270)
    stated = {"key_dates": (first, last)}
    case = base.with_(question=stated, as_of=day(30))
    changed = {"others": case.with_(question={"key_dates": [day(100)]}),
               "shorter": case.with_(question={"horizon": day(200), "key_dates": []}),
               "later": case.with_(as_of=day(90))}
    table_of = ComparisonTable(Exact(case).forecast, tuple(compare(case, changed)), {}, (), np.zeros((4, 0)))
    document = comparison_document(table_of)
    by = {name: Exact(each).forecast.by for name, each in changed.items()}
    rows = table(comparison.page(document), "The base case and the scenarios")
    found = dict(zip(column(rows, 0), zip(column(rows, 6), column(rows, 7), strict=True), strict=True))
    assert found == {
        "Base case": (tenth(document.base.by[first]), tenth(document.base.by[last])),
        "others": (tenth(by["others"](first)), tenth(by["others"](last))),
        "shorter": (tenth(by["shorter"](first)), "–"),
        "later": ("–", tenth(by["later"](last)))}
    differences = {each.name: each.difference.by for each in document.scenarios}
    assert differences["others"] == {first: 0.0, last: 0.0}
    assert differences["shorter"][last] is None


def test_a_scenario_of_an_earlier_date_does_not_say_that_time_passed() -> None:
    case = case_of().at(day(30))
    rows = compare(case, {"earlier": case.with_(as_of=day(10)), "later": case.with_(as_of=day(50))})
    document = comparison_document(ComparisonTable(Exact(case).forecast, tuple(rows), {}, (), np.zeros((3, 0))))
    told = said(comparison.page(document), "what")
    for number in (10, 50):
        assert f"As of {short(day(number))} instead of {short(day(30))}: " in told
    assert "Time passed" not in told


def test_an_item_that_the_date_of_a_comparison_cannot_know_is_named() -> None:
    case = case_of().at(day(30))
    vote = next(item for item in case.items if item.id == "vote")
    later = make_item("zz", title="Later", date=day(50), likelihood_ratio={"strike": 6})
    moved = {"added": case.with_item(later), "postponed": case.with_item(vote.model_copy(update={"date": day(40)})),
             "same": case, "then": case.with_item(later).at(day(60))}
    rows = compare(case, moved)
    document = comparison_document(ComparisonTable(Exact(case).forecast, tuple(rows), {}, (), np.zeros((5, 0))))
    assert [(each.scenario, each.id, each.date) for each in document.matrix.unknown] == [
        ("added", "zz", day(50)), ("postponed", "vote", day(40))]
    told = said(comparison.page(document), "what")
    assert told.count("which it changes, is public from") == 2
    assert f"“{vote.title}”, which it changes, is public from 10 April 2031; the forecast as of 31 March 2031" in told
    many = case.changed(items=(*case.items, *(later.model_copy(update={"id": f"z{n}", "title": f"Z{n}",
                                                                       "date": day(50 - n)}) for n in range(3))))
    document = comparison_document(ComparisonTable(Exact(case).forecast, tuple(compare(case, {"many": many})), {}, (),
                                                   np.zeros((2, 0))))
    assert ("3 items that it changes are not public yet as of 31 March 2031: “Z2” (18 Apr 2031), "
            "“Z1” (19 Apr 2031) and 1 more.") in said(comparison.page(document), "what")


def test_scenarios_that_change_nothing_are_not_told_to_make_a_difference() -> None:
    case = case_of()
    for names in (["one"], ["one", "two"]):
        rows = compare(case, dict.fromkeys(names, case))
        document = comparison_document(ComparisonTable(Exact(case).forecast, tuple(rows), {}, (), np.zeros((3, 0))))
        content, drawn = comparison.page(document), comparison.charts(document, WIDE)["differences"]
        assert "largest" not in str(content.head)
        assert "0.0" not in str(content.head)
        assert "moves it farthest" not in str(drawn["title"])


def test_the_path_of_an_item_says_which_lifts_of_a_panel_are_pooled() -> None:
    case = case_of()
    item = next(each for each in case.active if each.likelihood_ratio is not None)
    event = case.question.event.id
    other = Opinion.model_validate({"analyst": {"id": "mia"}, "items": {
        item.id: {"likelihood_ratio": {event: 0.7}}}})
    document = explain_document(Exact(case.changed(opinions=(other,))), item.id)
    alone = explain_document(Exact(case), item.id)
    assert document.opinions is not None
    assert alone.opinions is None
    (spread,) = document.opinions.spreads
    told = said(item_page(document), "path")
    assert all(f"{name} {ratio(value)}" in told for name, value in spread.ratios.items())
    assert spread.ratios["desk"] == pytest.approx(alone.evidence[0].lift / alone.evidence[0].periods)
    assert document.evidence[0].lift != alone.evidence[0].lift
    assert "Panel: " not in said(item_page(alone), "path")


@pytest.mark.parametrize(("encoding", "told"), [
    ({"probability": {"strike": 0.6, "slow": 0.3, "calm": 0.2}}, "Strike 3; slow 1.5"),
    ({"probability": {"strike": 0.6, "slow": 0.2, "calm": 0.2}, "seen": False}, "Strike 0.5; slow 1"),
    ({"counts": {"strike": [2, 4], "slow": [4, 4], "calm": [1, 4]}}, "Strike 1.67; slow 3"),
    ({"likelihood_ratio": {"strike": 2}}, "")])
def test_the_path_of_an_item_has_its_ratios_however_it_is_encoded(encoding: dict[str, Any], told: str) -> None:
    question = make_question({"slow": 0.5, "calm": 0.5})
    item = make_item("one", source="wire", date=day(10), **encoding)
    case = make_case(question, [item], [make_source()], as_of=day(20))
    page = item_page(explain_document(Exact(case), "one"))
    path = " ".join(line for block in blocks(page) for line in lines(block))
    assert ("as a ratio against the reference: " in path) == bool(told)
    assert told in path
