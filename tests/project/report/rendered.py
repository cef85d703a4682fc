"""Pages of every kind, each rendered once: plain ones, and ones in which every text is hostile."""

from __future__ import annotations

from functools import cache, partial

from altair.vegalite.v6.schema.core import load_schema
from jsonschema import Draft7Validator

from forecast.evaluation.backtest import BacktestDocument, Dates, backtest
from forecast.records.question import Resolution
from forecast.report.charts import backtests, drawing
from forecast.report.charts.spec import Spec
from forecast.report.document import CaseDocument, ReportDocument
from forecast.report.folder import render_index
from forecast.report.html import render_page
from forecast.report.page import Page
from forecast.report.pages import comparison, front, sensitivity
from forecast.report.pages.evaluation.backtest import backtest_page
from tests.builders import day
from tests.project.report.documents import (
    Word,
    bare_document,
    case_of,
    comparison_of,
    earlier_document,
    hostile,
    hostile_document,
    plain_document,
    sensitivity_of,
)

KINDS = ("report", "index", "comparison", "sensitivity", "backtest")
"""The kinds of pages."""


@cache
def vega_lite() -> Draft7Validator:
    """What every chart must meet; one for all is ten times as fast as a chart of altair's that checks its parts."""
    return Draft7Validator(load_schema())


def word_of(attacked: bool) -> Word:
    return hostile if attacked else str


@cache
def backtest_of(word: Word = str) -> BacktestDocument:
    """A backtest of a question that was decided."""
    case = case_of(word)
    resolved = Resolution(outcome="strike", date=day(170))
    question = case.question.model_copy(update={"resolved": resolved})
    (found,) = backtest([case.changed(question=question)], Dates(every=28))
    return found.document()


def report_page(attacked: bool = False) -> Page:
    """The report after another one."""
    return front.page(hostile_document() if attacked else plain_document(), [earlier_document(word_of(attacked))])


@cache
def report_charts(attacked: bool, width: int) -> dict[str, Spec]:
    """Its charts."""
    document = hostile_document() if attacked else plain_document()
    return drawing.charts(document, [earlier_document(word_of(attacked))], width)


def rendered_report(document: ReportDocument, earlier: tuple[CaseDocument, ...] = ()) -> str:
    """A report as HTML."""
    return render_page(front.page(document, earlier), partial(drawing.charts, document, earlier))


def rendered_backtest(document: BacktestDocument) -> str:
    """A backtest as HTML."""
    return render_page(backtest_page(document), partial(backtests.charts, document))


@cache
def rendered(kind: str, attacked: bool = False) -> str:
    """A page of a kind as HTML."""
    word = word_of(attacked)
    match kind:
        case "report":
            return render_page(report_page(attacked), partial(report_charts, attacked))
        case "bare":
            return rendered_report(bare_document())
        case "index":
            return render_index([earlier_document(word), hostile_document() if attacked else plain_document()])
        case "comparison":
            return comparison.render_comparison(comparison_of(word))
        case "sensitivity":
            return sensitivity.render_sensitivity(sensitivity_of(word))
        case _:
            return rendered_backtest(backtest_of(word))
