"""Past cases of a reference class, read from a CSV file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Literal, NamedTuple, cast

from forecast.core.cure_model import PastCase
from forecast.core.errors import did_you_mean
from forecast.core.scalars import Refused, decoded, scalar
from forecast.records.types import LARGEST, SMALLEST

_REQUIRED = ("case", "weeks", "outcome")
_OUTCOMES = ("event", "ended", "censored")
_MOST_FLAWS = 1_000
_MOST_LINES = 20_000


class RowFlaw(NamedTuple):
    """What is wrong in one row of a table."""

    line: int
    column: str
    what: str


def read_cases(data: bytes) -> tuple[tuple[PastCase, ...], list[RowFlaw]]:
    """Read past cases from the columns case, weeks, outcome and weight (1 if left out); other columns are ignored.

    Returns
    -------
    cases : tuple of PastCase
        The rows that are right.
    flaws : list of RowFlaw
        Everything that is wrong, in one pass.
    """
    flaws: list[RowFlaw] = []
    cases: list[PastCase] = []
    try:
        rows = _rows(decoded(data))
        header = _header(*next(rows, (1, [])))
        for line, cells in rows:
            row = dict(zip_longest(header, cells, fillvalue=""))
            wrong = list(_flaws(line, row))
            if len(cells) > len(header):
                wrong = [RowFlaw(line, "", f"has {len(cells)} cells, but the header has {len(header)}; "
                                           "put a cell that holds a comma in quotes")]
            flaws += wrong
            if not wrong:
                cases.append(_case(row))
            if len(flaws) >= _MOST_FLAWS:
                raise Refused(f"has {_MOST_FLAWS:,} flaws up to here; mend them first", line)  # noqa: TRY301
        if not cases and not flaws:
            raise Refused("holds no case; write one row for each past case")  # noqa: TRY301
    except Refused as error:
        flaws.append(RowFlaw(error.line, "", str(error)))
    return tuple(cases), flaws


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line on which it begins."""
    if len(text) > _MOST_LINES and max(text.count("\n"), text.count("\r")) > _MOST_LINES:
        raise Refused(f"has more than {_MOST_LINES:,} lines; write fewer, with weights for cases that are alike")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + 1, [cell.strip() for cell in cells]
            before = reader.line_num
    except csv.Error as error:
        raise Refused(f"is no CSV: {error}; write cells separated by commas", before + 1) from None


def _header(line: int, names: list[str]) -> list[str]:
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise Refused(f"has no column {', '.join(missing)}; write case,weeks,outcome,weight in its first row", line)
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise Refused(f"has two columns {_cell(twice)}; rename one", line)
    return names


def _flaws(line: int, row: Mapping[str, str]) -> Iterator[RowFlaw]:
    if not row["case"]:
        yield RowFlaw(line, "case", "is empty; write a name")
    if not SMALLEST <= _number(row["weeks"]) <= LARGEST:
        yield RowFlaw(line, "weeks", f"{_cell(row['weeks'])} is no duration; write weeks as a number above 0")
    if row["outcome"] not in _OUTCOMES:
        yield RowFlaw(line, "outcome", f"{_cell(row['outcome'])} is no outcome; "
                                       f"{did_you_mean(row['outcome'], _OUTCOMES)}")
    if not (_weight(row) == 0 or SMALLEST <= _weight(row) <= LARGEST):
        yield RowFlaw(line, "weight", f"{_cell(row['weight'])} is no weight; write a number from 0")


def _case(row: Mapping[str, str]) -> PastCase:
    outcome = cast(Literal["event", "ended", "censored"], row["outcome"])
    return PastCase(row["case"], _number(row["weeks"]), outcome, _weight(row))


def _cell(text: str) -> str:
    return text[:40] or "an empty cell"


def _weight(row: Mapping[str, str]) -> float:
    return _number(row.get("weight") or "1")


def _number(cell: str) -> float:
    """The number in a cell; NaN if there is none."""
    try:
        value = scalar(cell)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except (Refused, OverflowError):
        return math.nan
