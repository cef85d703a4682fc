"""What is said of a forecast in words: causes that are known, ties, times to come, and pictures that are there."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from forecast.analysis.outlook import Ahead
from forecast.core.text import whole
from forecast.engine.exact import Exact
from forecast.report.charts import drawing
from forecast.report.charts.bridge import bridge, ledger
from forecast.report.charts.style import WIDE
from forecast.report.contents.what_if import UpdateDocument, update_document, watch_document
from forecast.report.document import ReportDocument
from forecast.report.page import Figure, Moves, Page, Section
from forecast.report.pages import findings, front, plot, screens
from forecast.report.pages import sensitivity as sensitivity_pages
from forecast.report.pages.evaluation.backtest import backtest_page
from forecast.report.pages.head import verdict
from forecast.report.terminal import console, show
from forecast.report.words import step_label
from tests.builders import STEADY, day, make_case, make_indicator, make_item, make_question, make_source
from tests.project.report.documents import bare_document, case_of, earlier_document, plain_document, sensitivity_of
from tests.project.report.rendered import backtest_of

TIME = "the less time is left"


def shown(content: Page, width: int = 80) -> str:
    out = io.StringIO()
    show(content, console(out, width))
    return " ".join(out.getvalue().split())


def changed(**fields: Any) -> ReportDocument:
    return plain_document().model_copy(update=fields)


# --- what a silence does ----------------------------------------------------------------------------------------------


def ahead(fall: float, days: int = 56, **fields: Any) -> str:
    """What is said of a fall of so much in so many days; nothing is claimed unless the fields say so."""
    document = changed(evidence=(), **fields)
    later = Ahead(day=document.as_of + timedelta(days), event=document.event - fall, thirteen_weeks=0, preparing=0)
    return findings.ahead(document.model_copy(update={"ahead": (later,)}))


def test_less_time_is_the_cause_only_of_a_fall_that_it_causes() -> None:
    document = plain_document()
    left = (document.question.horizon - document.as_of).days
    by_time = document.event - (1 - (1 - document.event) ** (1 - 56 / left))
    assert by_time > 0.02
    assert TIME in ahead(by_time)
    assert TIME in ahead(1.9 * by_time)
    assert TIME not in ahead(2.1 * by_time)
    assert "the forecast will be" in ahead(2.1 * by_time)


def test_a_claim_whose_days_pass_or_an_opening_to_come_is_another_cause() -> None:
    document = plain_document()
    claim = next(item for item in document.evidence if item.kind == "claim")
    assert TIME in ahead(0.02)
    for days, is_time in ((56, False), (57, True)):
        window = (document.as_of, document.as_of + timedelta(days))
        later = Ahead(day=document.as_of + timedelta(56), event=document.event - 0.02, thirteen_weeks=0, preparing=0)
        told = changed(evidence=(claim.model_copy(update={"live_window": window}),), ahead=(later,))
        assert (TIME in findings.ahead(told)) == is_time
    to_come = document.question.model_copy(update={"opens": document.as_of + timedelta(7)})
    assert TIME not in ahead(0.02, question=to_come)


# --- before the question opens ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("opens", "told"), [(1, "when the question opens"), (0, "when the question opened")])
def test_the_outside_view_is_of_an_opening_that_may_be_to_come(opens: int, told: str) -> None:
    document = plain_document()
    begins = document.as_of + timedelta(opens)
    document = changed(question=document.question.model_copy(update={"opens": begins}))
    pictures = [bridge(document, WIDE), ledger(document.ledger, document.as_of, begins, WIDE, begins)]
    pages = [plot.page("ledger", document), front.page(document)]
    said = [step_label(document.ledger[0], document.as_of, begins), findings.bridge_alt(document), *map(str, pictures),
            *map(str, pages)]
    assert all(told in text for text in said)


# --- ties -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("strike", "calm", "slow", "told"), [
    (0.20, 0.40, 0.40, "The likeliest outcomes are “Calm” and “Go-slow” (40% each)."),
    (0.20, 0.402, 0.398, "The likeliest outcomes are “Calm” and “Go-slow” (40% each)."),
    (0.20, 0.39, 0.41, "The likeliest outcome is “Go-slow” (41%). Otherwise: “Calm” (39%)."),
    (0.332, 0.3335, 0.3345, "Otherwise: “Go-slow” (33%) or “Calm” (33%)."),
    (0.40, 0.401, 0.199, "Otherwise: “Calm” (40%) or “Go-slow” (20%).")])
def test_outcomes_that_are_written_alike_are_equally_likely(strike: float, calm: float, slow: float, told: str) -> None:
    document = changed(hypotheses={"strike": strike, "calm": calm, "slow": slow})
    assert verdict(document)[-1] == told


@pytest.mark.parametrize(("before", "now", "told"), [
    ((0.5, 0.3, 0.2), (0.2, 0.4, 0.4), "“Calm” and “Go-slow” are now the likeliest"),
    ((0.5, 0.3, 0.2), (0.401, 0.399, 0.2), "it and “Calm” are now the likeliest"),
    ((0.5, 0.3, 0.2), (0.2, 0.45, 0.35), "“Calm” is now the likeliest"),
    ((0.3, 0.5, 0.2), (0.5, 0.3, 0.2), "it is now the likeliest outcome"),
    ((0.2, 0.4, 0.4), (0.2, 0.401, 0.399), None),
    ((0.5, 0.3, 0.2), (0.334, 0.333, 0.333), None)])
def test_the_history_names_all_that_are_now_the_likeliest(before: tuple[float, ...], now: tuple[float, ...],
                                                          told: str | None) -> None:
    names = plain_document().hypotheses
    then = earlier_document().model_copy(update={"hypotheses": dict(zip(names, before, strict=True))})
    said = findings.history(changed(hypotheses=dict(zip(names, now, strict=True))), [then])
    assert said.endswith(f"; {told}") if told else "likeliest" not in said


# --- what moves nothing -----------------------------------------------------------------------------------------------


def of_points(*shares: float) -> ReportDocument:
    """A report whose items have these shares of the forecast."""
    items = plain_document().evidence
    return changed(evidence=tuple(item.model_copy(update={"shapley_points": share})
                                  for item, share in zip(items, shares, strict=False)))


def moved(document: UpdateDocument) -> str:
    return shown(screens.update_page(document))


def test_what_is_written_as_nothing_is_not_listed_as_a_reason() -> None:
    page = front.page(of_points(0.02, 0.0004, -0.0004))
    (why,) = [section for section in page.sections if section.id == "why"]
    lists = [part for block in why.blocks if hasattr(block, "columns") for column in block.columns for part in column]
    assert [len(each.moves) for each in lists if isinstance(each, Moves)] == [1, 0]
    assert findings.timeline(of_points(0.0004, -0.0004)) == "2 items, none of which moves it"
    assert findings.timeline(of_points(0.0004)) == "1 item, which does not move it"
    assert findings.timeline(of_points(0.0006)).endswith("the heaviest adds 0.1 points")
    assert "▲" not in str(plot.page("timeline", of_points(0.0004, -0.0004)).sections[0].blocks[0].drawing)  # type: ignore[union-attr]


def test_a_screen_lists_what_moves_a_forecast_and_says_if_nothing_does() -> None:
    document = update_document(case_of().forecast(), None)
    first, *others = document.movers
    still = [each.model_copy(update={"points": 0.0004}) for each in others]
    told = moved(document.model_copy(update={"movers": (first, *still)}))
    assert f"(Shapley values); and {len(others)} more" in told
    assert "0.0 " not in told
    assert f"None of the {len(others)} items moves it." in moved(document.model_copy(update={"movers": tuple(still)}))
    assert "The one item does not move it." in moved(document.model_copy(update={"movers": tuple(still[:1])}))


def test_a_single_day_and_no_evidence_are_said_as_such() -> None:
    document = of_points(0.02)
    (item,) = document.evidence
    assert f"Dots for 1 item of {item.date.day} " in findings.timeline_alt(document)
    assert " to " not in findings.timeline_alt(document).partition(",")[0]
    assert findings.bridge_alt(bare_document()).endswith(". There is no evidence.")
    bars = str(drawing.charts(bare_document())["bridge"])
    assert "No evidence" in bars
    assert "0 pieces" not in bars


@pytest.mark.parametrize(("by", "told"), [
    ((), "this date; write evidence/indicators.yaml"), ((30,), "the date of the only one has passed. Write another"),
    ((30, 40), "the dates of all 2 have passed. Write another")])
def test_indicators_that_are_there_are_not_asked_for(by: tuple[int, ...], told: str) -> None:
    indicators = [make_indicator(f"i{number}", by=day(number), probability={"strike": 0.5, "calm": 0.1})
                  for number in by]
    case = make_case(make_question(prior=[STEADY]), as_of=day(60), indicators=indicators)
    assert told in shown(screens.watch_page(watch_document(Exact(case))))


# --- pictures in a terminal -------------------------------------------------------------------------------------------


def test_a_terminal_says_of_its_bars_what_they_show() -> None:
    told = shown(backtest_page(backtest_of()))
    assert "The forecast as of each date." in told
    assert "with its range" not in told
    assert "Framed" not in shown(sensitivity_pages.page(sensitivity_of()))


@pytest.mark.parametrize(("values", "width", "told"), [
    (80, 80, "The chance of each week."), (81, 80, "The chance of each week. Each bar: the mean of 2 of them."),
    (900, 80, "The chance of each week. Each bar: the mean of 12 of them.")])
def test_bars_that_stand_for_several_values_say_so(values: int, width: int, told: str) -> None:
    figure = Figure("weekly", "The chance of each week.", bars=(0.01,) * values)
    assert shown(Page("Bars", "", (Section("when", "", (figure,)),)), width).endswith(told)


def test_bars_of_a_long_question_are_of_several_weeks() -> None:
    case = replace(case_of(), question=make_question({"calm": 0.7, "slow": 0.3}, [STEADY], weeks=500, key_dates=()),
                   items=(make_item("vote", likelihood_ratio={"strike": 2}),), groups=(), indicators=(),
                   sources=(make_source(),), as_of=date(2031, 5, 1))
    document = update_document(case.forecast(), None)
    assert "Each bar: the mean of " in moved(document)
    assert whole(document.event) in moved(document)
