"""Pages at every width of a terminal, with titles of every script: no line is wider, and nothing is lost."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.engine.exact import Exact
from forecast.evaluation.backtest import Dates, backtest
from forecast.evaluation.scoreboard import Scoreboard
from forecast.records.result import Result
from forecast.report.contents.what_if import (
    BreakEvenDocument,
    explain_document,
    update_document,
    watch_document,
)
from forecast.report.page import Bullets, Page, Paragraph, Row, Section, Strong, Table
from forecast.report.pages import comparison, plot, screens, sensitivity
from forecast.report.pages.evaluation import backtest as backtests
from forecast.report.pages.evaluation import scores
from forecast.report.terminal import NARROWEST, columns, console, show
from tests.project.report.documents import case_of, comparison_of, earlier_document, plain_document, sensitivity_of

WIDTHS = st.integers(NARROWEST, 200)
TITLES = st.one_of(
    st.text("abc XYZ-", min_size=1, max_size=200), st.text("абвгд ЁЖ", min_size=1, max_size=120),
    st.text("工会宣布罢工，", min_size=1, max_size=120), st.text("가나다 ", min_size=1, max_size=60),
    st.text("e\u0301o\u0308 ", min_size=1, max_size=60), st.just("w" * 300), st.just("\N{NO-BREAK SPACE}à la une")
).filter(str.strip)


def cells(line: str) -> int:
    """How many characters of a terminal a line takes, by the tables of Unicode."""
    return sum(0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
               for sign in line)


def written(page: Page, width: int) -> str:
    out = io.StringIO()
    show(page, console(out, width))
    return out.getvalue()


Verb = tuple[Callable[[Any], Page], type[Result], Any]
"""How the page of a verb is made, of what document, and one such document as JSON has it."""


@cache
def _documents() -> dict[str, Verb]:
    case = case_of()
    engine = Exact(case)
    (tested,) = backtest([case], Dates(every=28))
    break_even = BreakEvenDocument(id="x", title="x", by=case.question.horizon, probability=0.3, stated=2.0,
                                   target=0.5, ratio=3.5)
    found: dict[str, tuple[Callable[[Any], Page], Result]] = {
        "update": (screens.update_page, update_document(engine.forecast, plain_document().change)),
        "explain": (screens.explain_page, explain_document(engine)),
        "explain an item": (screens.item_page, explain_document(engine, case.active[0].id)),
        "watch": (screens.watch_page, watch_document(engine)),
        "breakeven": (screens.break_even_page, break_even),
        "compare": (comparison.page, comparison_of()),
        "sensitivity": (sensitivity.page, sensitivity_of()),
        "backtest": (backtests.backtest_page, tested.document()),
        "backtests": (backtests.brief_page, tested.document()),
        "score": (scores.page, Scoreboard.model_validate(_BOARD)),
    }
    for name in ("fan", "history", "timeline", "ledger"):
        found[name] = partial(plot.page, name, known=[earlier_document()]), plain_document()
    return {verb: (make, type(document), document.model_dump(mode="json")) for verb, (make, document) in found.items()}


_PART = {"mean": 0.2, "reliability": 0.1, "resolution": 0.05, "uncertainty": 0.15, "count": 3}
_PAIRS = {"pairs": 12, "brier": _PART, "log": _PART}
_LOSS = {"score": 0.2, "baseline": 0.3, "skill": 0.33}
_BOARD: dict[str, Any] = {
    "as_of": None,
    "questions": [{
        "id": "a", "title": "x", "event": "strike", "phrase": None, "names": {"strike": "x", "calm": "y"},
        "resolved": None, "came": None, "until": "2031-06-30", "speaker": "reports", "stale": [], "claims": [],
        "series": {"reports": {
            "name": "reports", "forecasts": 12, "first": "2031-03-01", "last": "2031-06-01",
            "deadlines": [{"by": "2031-06-30", "outcome": 0} | _PAIRS], "all": _PAIRS, "crps": 1.5,
            "until": "2031-06-30", "by_date": [],
            "skill": [{"name": "prior", "baseline": "the prior", "pairs": 12, "brier": _LOSS, "log": _LOSS,
                       "crps": _LOSS}],
            "outside": {"desk-b": {"name": "desk-b", "matched": 3, "left_out": 2, "brier": _LOSS, "log": _LOSS}}}},
        "ratios": [{"by": by, "id": "wire", "items": 1, "came": 0, "right": 1, "failed": 1, "cllr": 0.9,
                    "calibration": 0.1, "cost_came": None, "cost_failed": 0.5, "reliability": 0.7}
                   for by in ("all", "source")],
        "record_proposals": [{"source": "wire", "id": "x", "title": "x", "known": "2031-06-30", "right": True,
                              "entry": "{date: 2031-06-30, right: 1, wrong: 0}", "dated": False}],
        "unread_drafts": ["evidence/drafts/old.yaml"]}],
    "left_out": [{"id": "b", "why": "b: has no outcome yet"}], "ratios": [],
    "calibration": {"questions": 1, "needed": 20, "curve": []} | _PAIRS}


def retitled(value: Any, title: str) -> Any:
    """A document whose every title and name is another one."""
    if isinstance(value, dict):
        return {key: title if key in ("title", "label", "story", "rationale") and isinstance(entry, str)
                else dict.fromkeys(entry, title) if key in ("names", "titles") and isinstance(entry, dict)
                else retitled(entry, title) for key, entry in value.items()}
    return [retitled(entry, title) for entry in value] if isinstance(value, list) else value


@pytest.mark.parametrize("verb", ["update", "explain", "explain an item", "watch", "breakeven", "compare",
                                  "sensitivity", "backtest", "backtests", "score", "fan", "history", "timeline",
                                  "ledger"])
@settings(max_examples=12)
@given(width=WIDTHS, title=TITLES)
def test_no_line_of_a_page_is_wider_than_the_terminal(verb: str, width: int, title: str) -> None:
    make, kind, told = _documents()[verb]
    lines = written(make(kind.model_validate(retitled(told, title))), width).splitlines()
    assert len(lines) > 2
    assert max(map(cells, lines)) <= width
    assert all(line == line.rstrip() for line in lines)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A table with numbers beside texts, and cells of several lines."""
    count = draw(st.integers(1, 9))
    texts = TITLES | st.just("")
    numbers = st.floats(-99, 99).map("{:+.2f}".format)
    numeric = draw(st.frozensets(st.integers(0, count - 1)))
    rows = tuple(Row(tuple(tuple((text,) for text in draw(st.lists(numbers if place in numeric else texts, min_size=1,
                                                                     max_size=2))) for place in range(count)))
                 for _ in range(draw(st.integers(0, 4))))
    return Table(draw(TITLES), tuple(draw(texts) for _ in range(count)), rows, numeric)


@given(table=tables(), width=WIDTHS)
def test_no_table_is_wider_than_the_terminal_and_no_number_of_it_is_lost_or_torn(table: Table, width: int) -> None:
    page = Page("x", "", (Section("x", "", (table,)),))
    lines = written(page, width).splitlines()
    assert max(map(cells, lines)) <= width
    shown = re.findall(r"(?<!\S)[+-]\d+\.\d\d(?!\S)", "\n".join(lines))
    stated = [text for row in table.rows for place in table.numeric for line in row.cells[place] for text in line]
    repeats = 0 in table.numeric
    assert set(shown) >= set(stated) if repeats else sorted(shown) == sorted(stated)


@given(texts=st.lists(TITLES, min_size=1, max_size=5), width=WIDTHS)
def test_sentences_are_wrapped_and_no_letter_of_them_is_lost(texts: list[str], width: int) -> None:
    blocks = (Bullets(tuple((text,) for text in texts)), Paragraph(tuple(Strong(text) for text in texts)))
    shown = written(Page("", "", (Section("x", "", blocks),)), width)
    assert max(map(cells, shown.splitlines())) <= width
    stated = "".join(texts + texts)
    assert "".join(re.sub(r"^- ", "", shown, flags=re.MULTILINE).split()) == "".join(stated.split()).replace("\xa0", "")


@pytest.mark.parametrize(("stated", "width"), [
    ("20", 20), ("200", 200), ("1", 20), ("0", 80), ("-5", 80), ("", 80), ("x", 80), ("1e3", 80), ("²", 80), ("٨٠", 80),
    ("9" * 30, 80), (" 90", 80), (None, 80)])
def test_a_width_that_is_none_is_that_of_a_pipe(stated: str | None, width: int,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    if stated is None:
        monkeypatch.delenv("COLUMNS", raising=False)
    else:
        monkeypatch.setenv("COLUMNS", stated)
    out = io.StringIO()
    assert console(out).width == width
    assert columns(out) in (width, 1)


@given(st.integers(1, 60), st.integers(1, 30), st.booleans())
def test_a_table_that_is_cut_says_how_many_rows_there_are(count: int, most: int, evenly: bool) -> None:
    rows = tuple(Row(((("r",),), ((f"{place}",),))) for place in range(count))
    table = Table("x", ("a", "b"), rows, most=most, evenly=evenly)
    shown = written(Page("", "", (Section("x", "", (table,)),)), 80)
    listed = [int(number) for number in re.findall(r"^r +(\d+)$", shown, re.MULTILINE)]
    assert len(listed) <= most
    if count <= most:
        assert listed == list(range(count))
    elif evenly:
        assert listed[-1] == count - 1
        assert f"{len(listed)} of {count} rows" in shown
    else:
        assert listed == list(range(most))
        assert f"and {count - most} more" in shown
