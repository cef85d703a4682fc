"""Numbers at the ends of what the gate admits: each verb gives finite numbers, and nothing is said on the way."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator
from typing import Any

import pytest

from forecast.analysis.indicators import break_even
from forecast.cli import commands
from forecast.engine.exact import Exact
from forecast.evaluation.backtest import Dates, backtest
from forecast.report import terminal
from forecast.report.charts.style import WIDE
from forecast.report.contents.what_if import (
    break_even_document,
    comparison_document,
    explain_document,
    update_document,
    watch_document,
)
from forecast.report.markdown import page_markdown
from forecast.report.pages import front, screens
from forecast.report.pages.comparison import charts
from forecast.report.pages.comparison import page as comparison_page
from forecast.workspace.lint import lint
from forecast.workspace.loader import load_texts
from tests.project.report.documents import report_of
from tests.robustness.reading.example import (
    CASES,
    FILES,
    GROUPS,
    INDICATORS,
    ITEMS,
    QUESTION,
    SCENARIO,
    SOURCES,
    contents,
)

_PRIOR = FILES[QUESTION][FILES[QUESTION].index("prior:\n"):]
_ELICITED = "prior: [{kind: elicited, probability: %s, weeks: %s, weight: 1}]"
_EXPOSURE = "prior: [{kind: exposure, events: %s, weeks: %s, weight: 1}]"
_RATIOS = "{strike: [1.5, 2, 3], slowdown: 1.2}"
_CHANCES = "{strike: 0.2, slowdown: [0.3, 0.4, 0.5], calm: 0.6}"
_COUNTS = "{strike: [4, 5], slowdown: [3, 5], calm: [1, 6]}"
_STANDING = "{every: 4w, at_most: 12w, until: 2031-06-01}"

EXTREMES: dict[str, tuple[str, str, str]] = {
    "an event every second": (QUESTION, _PRIOR, _EXPOSURE % ("1e9", "1")),
    "an event every nanosecond": (QUESTION, _PRIOR, _EXPOSURE % ("1e9", "1e-9")),
    "a hundred events a week": (QUESTION, _PRIOR, _EXPOSURE % ("100", "1")),
    "no event in an instant": (QUESTION, _PRIOR, _EXPOSURE % ("0", "1e-9")),
    "a time that is over": (QUESTION, _PRIOR, _ELICITED % ("[0.1, 0.3, 0.5]", "[1e-9, 2e-9, 3e-9]")),
    "a time that is far": (QUESTION, _PRIOR, _ELICITED % ("0.3", "[1e8, 5e8, 1e9]")),
    "a moment": (QUESTION, _PRIOR, _ELICITED % ("0.3", "[20, 20, 20.000000000001]")),
    "a probability of nothing": (QUESTION, _PRIOR, _ELICITED % ("5e-324", "[5, 15, 40]")),
    "a component of no weight": (QUESTION, _PRIOR, "prior: [{kind: elicited, probability: 0.3, weeks: [0.1, 0.2, 0.3], "
                                                   "weight: 1e-9}, {kind: exposure, events: 1, weeks: 9, weight: 0}]"),
    "past cases without end": (CASES, "12.5,event,0.5", "1e9,event,1e9\nmid,1e-9,event,1e9\nold,1e9,censored,1e9"),
    "a share of nearly all": (QUESTION, "share: 0.4}", "share: 1e9}"),
    "a share of nearly nothing": (QUESTION, "share: 0.4}", "share: 1e-9}"),
    "evidence to the hundredth power": (QUESTION, "[0.5, 0.8, 1]", "[0, 100, 100]"),
    "a preparation of an instant": (QUESTION, "preparation: {lead: 13w}", "preparation: {lead: 0.000000001w}"),
    "a preparation that never leads there": (QUESTION, "preparation: {lead: 13w}",
                                             "preparation: {lead: [1w, 13w, 1000w], carried_out: 1e-9, "
                                             "unprepared: 1e-9}"),
    "a preparation that always does": (QUESTION, "preparation: {lead: 13w}",
                                       "preparation: {lead: 13w, carried_out: 0.999999999, "
                                       "unprepared: 0.999999999}"),
    "ratios that differ by all that can be written": (ITEMS, _RATIOS, "{strike: 5e-324, slowdown: 1e308}"),
    "a ratio of unknown size": (ITEMS, _RATIOS, "{strike: [5e-324, 1, 1.7e308], slowdown: 1e-308}"),
    "near certainties": (ITEMS, _CHANCES, "{strike: 5e-324, slowdown: [1e-300, 0.4, 0.9999999999999999], "
                                          "calm: 0.9999999999999999}"),
    "a thousand billion counts": (ITEMS, _COUNTS, "{strike: [1000000000000000, 1000000000000000], "
                                                  "slowdown: [0, 1000000000000000], calm: [0, 0]}"),
    "a fact that repeats itself": (ITEMS, _STANDING, "{every: 0.000000001w, at_most: never}"),
    "an item from antiquity": (ITEMS, "date: 2031-03-10\n  recorded: 2031-03-12", "date: 0001-01-01"),
    "a window of all time": (ITEMS, "[2031-04-01, 2031-05-31]", "[0001-01-01, 9999-12-31]"),
    "a source that was never wrong": (SOURCES, "{right: 3, wrong: 1}", "{right: 1000000000000000, wrong: 0}"),
    "an echo of nearly everything": (GROUPS, "[0.4, 0.6, 0.8]", "0.9999999999999999"),
    "an indicator that tells all": (INDICATORS, "{strike: 0.7, slowdown: 0.3, calm: 0.1}",
                                    "{strike: 5e-324, slowdown: 0.9999999999999999, calm: 5e-324}"),
    "a horizon in twenty years": (QUESTION, "horizon: 2031-12-31", "horizon: 2051-12-31"),
    "a scenario of twenty years": (SCENARIO, "  preparation: {lead: 4w}", "  horizon: 2051-12-31"),
}


TOGETHER = (
    ("an event every second", "a source that was never wrong", "a window of all time"),
    ("a hundred events a week", "a thousand billion counts", "an indicator that tells all", "an item from antiquity"),
    ("a time that is over", "a share of nearly all", "near certainties", "an echo of nearly everything"),
    ("a component of no weight", "a ratio of unknown size", "a share of nearly nothing"),
    ("past cases without end", "evidence to the hundredth power", "a fact that repeats itself"),
    ("a preparation that never leads there", "a ratio of unknown size"),
    ("a preparation that always does", "a probability of nothing"),
    ("a time that is far", "ratios that differ by all that can be written", "a preparation of an instant",
     "a scenario of twenty years"))
"""What the short run tries; a long one, with FORECAST_FUZZ in the environment, tries each extreme by itself too."""


def _numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    for key, entry in entries:
        yield from _numbers(entry, f"{path}/{key}")
    if isinstance(value, float):
        yield path, value


@pytest.mark.parametrize("names", TOGETHER + tuple((name,) for name in EXTREMES if "FORECAST_FUZZ" in os.environ),
                         ids=" and ".join)
def test_extreme_numbers_give_finite_ones_by_every_verb(names: tuple[str, ...]) -> None:
    files = dict(FILES)
    for file, old, new in map(EXTREMES.__getitem__, names):
        assert old in files[file]
        files[file] = files[file].replace(old, new)
    workspace = load_texts(contents(**files))
    case = workspace.case(None)
    lint(workspace, case)
    engine, out = Exact(case), terminal.console(io.StringIO())
    document = report_of(case)
    told = document.model_dump()
    for path, value in _numbers(told):
        assert math.isfinite(value), path
    assert sum(document.hypotheses.values()) == pytest.approx(1)
    for p in (*document.hypotheses.values(), *document.by.values(), *document.sources.values(), *document.band):
        assert 0 <= p <= 1
    table = comparison_document(commands.compare(workspace, [], None, []))
    name = case.active[0].id
    pages = [screens.update_page(update_document(engine.forecast, None)),
             screens.explain_page(explain_document(engine)),
             screens.item_page(explain_document(engine, name)), screens.watch_page(watch_document(engine)),
             screens.break_even_page(break_even_document(break_even(case, name, 0.5))), comparison_page(table)]
    for page in pages:
        terminal.show(page, out)
    charts(table, WIDE)
    backtest([case], Dates(every=1000))
    page_markdown(front.page(document))
