"""Every table that a command reads, spoilt at random or odd from the start: read whole, or refused line by line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.core.errors import InputError, Problem
from forecast.core.scalars import control
from forecast.workspace.crowd import Outside, read_crowd
from forecast.workspace.csv_tables import Flaw, past_cases, read_table
from forecast.workspace.imports.drafts import _NO_VALUE, import_drafts
from forecast.workspace.loader import load
from forecast.workspace.yaml.reader import read
from tests.robustness import FUZZED
from tests.robustness.hostile.fuzzer import spoilt_table
from tests.robustness.reading.example import CASES as PAST_CASES
from tests.robustness.reading.example import FILES, contents, written

TODAY = date(2031, 5, 1)
OUTSIDE = ("date,by,probability,note\n2031-04-01,2031-06-30,0.25,first\n2031-04-02T10:00:00Z,2031-06-30,35%,\n"
           "2031-04-02T18:00:00+02:00,2031-06-30,0.4,\"a, b\"\n,,,\n2031-04-09,2031-12-31,1,\n")
TIMELINE = ("date,statement,source,url,credibility,region\n2031-04-01,\"No talks, says the union\",Union paper,"
            "https://example.org/1,2,north\n\n2031-04-02,Переговоры,Газета,,,юг\n2031-04-03,A ballot,wire,,,\n")
Reader = Callable[[bytes], tuple[Sequence[Any], list[Flaw]]]


def outside_forecasts(data: bytes) -> tuple[tuple[Outside, ...], list[Flaw]]:
    found, flaws = read_crowd(data, date(2031, 12, 31))
    return found.forecasts, flaws


READERS: dict[str, tuple[Reader, str]] = {
    "past cases": (past_cases, FILES[PAST_CASES]), "outside forecasts": (outside_forecasts, OUTSIDE)}


def spoilt_tables(name: str, text: str) -> list[bytes]:
    count = -(-FUZZED // 3)
    return [spoilt_table(text, Random(f"{name}-{number}")) for number in range(count)]


def rows_of(data: bytes) -> int:
    text = data.decode("utf-8-sig")
    delimiter = max(",;\t|", key=text.partition("\n")[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return sum(1 for row in rows if any(cell.strip() for cell in row)) - 1


def has_places(data: bytes, flaws: Sequence[Flaw]) -> None:
    last = len(re.findall(rb"\r\n?|\n", data)) + 1
    for flaw in flaws:
        assert 1 <= flaw.line <= last, flaw
        assert ";" in flaw.what, "says what to write instead"
        assert str(Problem("table.csv", *flaw)).isprintable()


@pytest.mark.parametrize("name", READERS)
def test_a_spoilt_table_is_read_whole_or_refused_with_lines(name: str) -> None:
    reader, text = READERS[name]
    outcomes = set()
    for data in spoilt_tables(name, text):
        found, flaws = reader(data)
        has_places(data, flaws)
        if not flaws and name == "past cases":
            assert len(found) == rows_of(data), data
        outcomes.add(bool(flaws))
    assert outcomes == {True, False}, "neither all deadly nor all harmless"


def test_a_cell_that_is_too_long_is_called_so() -> None:
    (flaw,) = read_table(b"date,title\n2031-01-01," + b"x" * 200_000 + b"\n", ()).flaws
    assert flaw.line == 2
    assert flaw.what.startswith("has a cell of more than 131,072 characters")


def test_a_spoilt_timeline_becomes_a_draft_for_each_row_or_is_refused(tmp_path: Path) -> None:
    root = written(tmp_path / "w", contents())
    workspace, table, outcomes = load(root), tmp_path / "table.csv", set()
    for data in spoilt_tables("timeline", TIMELINE):
        table.write_bytes(data)
        try:
            made = import_drafts(workspace, table, TODAY)
        except InputError as error:
            has_places(data, [Flaw(problem.line, problem.field, problem.what) for problem in error.problems])
            outcomes.add(False)
            continue
        drafts = read((root / made.files[0]).read_bytes())
        assert (drafts.flaws, len(drafts.value)) == ([], rows_of(data))
        assert {draft["id"] for draft in drafts.value} == set(made.drafts)
        (root / made.files[0]).unlink()
        outcomes.add(True)
    assert outcomes == {True, False}


CELLS = st.text(max_size=20).filter(lambda text: control(text) is None and not _NO_VALUE.fullmatch(text.strip()))
KNOWN = {("source", "wire"): "wire", ("source", "news wire"): "wire", ("source", "union"): "union",
         ("source", "union paper"): "union", ("group", "rumour"): "rumour", ("group", "one rumour"): "rumour"}
"""What names of the workspace stand for."""
NAMES = st.sampled_from(("source", "url", "credibility", "group", "note", "rationale", "recorded", "grade", "id",
                         "Region"))


@settings(max_examples=150, deadline=None)
@given(st.lists(NAMES, unique=True), st.data())
def test_no_cell_of_a_timeline_is_lost(tmp_path_factory: pytest.TempPathFactory, names: list[str], data: Any) -> None:
    rows = data.draw(st.lists(st.tuples(CELLS.filter(str.strip), *(_cells(name) for name in names)), min_size=1,
                              max_size=4))
    text = io.StringIO()
    csv.writer(text).writerows([("date", "statement", *names), *(("2031-04-01", *row) for row in rows)])
    folder = tmp_path_factory.mktemp("import")
    root = written(folder / "w", contents())
    (folder / "table.csv").write_bytes(text.getvalue().encode())
    made = import_drafts(load(root), folder / "table.csv", TODAY)
    for row, draft in zip(rows, read((root / made.files[0]).read_bytes()).value, strict=True):
        told = [_plain(str(value)) for value in draft.values()]
        for name, cell in zip(("statement", *names), row, strict=True):
            known = KNOWN.get((name, " ".join(cell.split()).casefold()))
            assert draft[name] == known if known else any(_plain(cell) in value for value in told), (name, cell)
        assert draft["title"] == row[0].strip()
        assert draft["recorded"] == str(TODAY)
        assert ("source" in draft) == bool("source" in names and row[1 + names.index("source")].strip())


def _cells(name: str) -> st.SearchStrategy[str]:
    if name == "credibility":
        return st.sampled_from(("", "1", "6"))
    return CELLS | st.sampled_from(("", "wire", "Union paper", "Газета", "draft", "One rumour"))


def _plain(text: str) -> str:
    """A text without what the ends of its lines may lose."""
    return "".join(text.split())
