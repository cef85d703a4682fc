"""Tables that analysts keep as CSV: past cases, forecasts of others, and whatever is imported. One rule for all.

A byte order mark, blank rows and columns that nobody asked for do no harm. Whatever would shift or drop a cell is
refused with its line, and everything that is wrong in a file is found in one pass.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple, cast

from forecast.core.cure_model import Outcome, PastCase
from forecast.core.errors import InputError, Problem, refuse
from forecast.core.numerics import is_number
from forecast.core.scalars import Refused, decoded, scalar
from forecast.core.text import counted
from forecast.records.history import MOST_CASES, misfits, useless
from forecast.records.types import parsed_day, repeated
from forecast.workspace.files import contents

MOST_FLAWS = 1_000
"""Flaws after which a table is read no further."""

_MOST_LINES = 1_000_000
_PAST_CASE = ("case", "weeks", "outcome")
_SHORTEST = 4
"""Letters of a name from which a word that is off by one letter is taken for a slip."""
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?UTC|Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_UNIX = re.compile(r"(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d\d){1,2}$)"
                   r"(?:\d{9,10}|\d{12,13})", re.ASCII)
"""Seconds or milliseconds; not what may as well be the day and the hour, 2024011218."""


class Flaw(NamedTuple):
    """What is wrong in one row of a table."""

    line: int
    column: str
    what: str


class Row(NamedTuple):
    """The cells of a row by their columns, and the line on which it begins."""

    line: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """A cell; empty if the row or the table does not have it."""
        return self.cells.get(column, "")

    def quoted(self, column: str) -> str:
        """A cell as a message shows it."""
        return quoted(self.get(column))


@dataclass
class Table:
    """The rows of a table that fit its header, and everything that is wrong so far."""

    columns: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)

    def refuse(self, line: int, column: str, what: str) -> None:
        """Note what is wrong; `Refused` after a thousand flaws."""
        self.flaws.append(Flaw(line, column, what))
        if len(self.flaws) >= MOST_FLAWS:
            raise Refused(f"has {MOST_FLAWS:,} flaws up to here; mend them first, the rest is not read", line)


@dataclass(frozen=True)
class Layout:
    """How the cells of a table are told apart."""

    separator: str = ","
    quotes: bool = True
    """Whether a cell that holds a separator or a line break is written in quotes."""
    columns: tuple[str, ...] = ()
    """Names of the columns of a table whose first row does not name them."""


COMMAS = Layout()


def read_table(data: bytes, required: Sequence[str], most_rows: float = math.inf, layout: Layout = COMMAS,
               others: Sequence[Sequence[str]] = (), optional: Sequence[str] = ()) -> Table:
    """Read a table whose first row names its columns; cells are stripped of blanks around them.

    The required columns must be there, or all of one of `others`; more may be. One that is meant for one of `optional`
    and named otherwise is refused, since it would be left out without a word. What follows after `most_rows` rows is
    refused.
    """
    table = Table()
    try:
        rows = _rows(decoded(data), layout)
        line, header = (1, list(layout.columns)) if layout.columns else next(rows, (1, []))
        table.columns = _columns(line, header, (required, *others))
        _refuse_misnamed(line, table.columns, optional)
        for line, cells in rows:
            if (misfit := _misfit(cells, table.columns)) is not None:
                table.refuse(line, *misfit)
            else:
                table.rows.append(Row(line, dict(zip(table.columns, cells, strict=True))))
            if len(table.rows) > most_rows:
                raise Refused(f"has more than {most_rows:,} rows; write fewer", line)  # noqa: TRY301
    except Refused as error:
        table.flaws.append(Flaw(error.line, "", str(error)))
    return table


def table_by_id[Value](path: Path, columns: Sequence[str], read: Callable[[Row], Value | Flaw]) -> dict[str, Value]:
    """Read a table that a command was given, with a row for each question, whose id is in the column of this name.

    `read` makes the value of a row, or says what is wrong with it. Raises `InputError` with every row that cannot be
    read.
    """
    try:
        table = read_table(contents(path), ("id", *columns))
    except Refused as error:
        raise InputError([Problem(str(path), 1, "", str(error))]) from None
    found: dict[str, Value] = {}
    for row in table.rows:
        name = row.get("id")
        if not name:
            table.flaws.append(Flaw(row.line, "id", "is empty; write that of a question"))
        elif name in found:
            table.flaws.append(Flaw(row.line, "id", f"{quoted(name)} is repeated here; keep one row"))
        elif isinstance(value := read(row), Flaw):
            table.flaws.append(value)
        else:
            found[name] = value
    refuse(Problem(str(path), *flaw) for flaw in table.flaws)
    return found


def _rows(text: str, layout: Layout = COMMAS) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line on which it begins."""
    if len(text) > _MOST_LINES and max(text.count("\n"), text.count("\r")) > _MOST_LINES:
        raise Refused(f"has more than {_MOST_LINES:,} lines; write fewer")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=layout.separator != "\t",
                        delimiter=layout.separator, quoting=csv.QUOTE_MINIMAL if layout.quotes else csv.QUOTE_NONE)
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + 1, [cell.strip() for cell in cells]
            before = reader.line_num
    except csv.Error as error:
        if "field limit" in str(error):
            raise Refused(f"has a cell of more than {csv.field_size_limit():,} characters, or quotes that are not "
                          "closed; write a shorter one", before + 1) from None
        raise Refused(f"is not CSV: {_of_quotes(str(error))}", before + 1) from None


def _of_quotes(error: str) -> str:
    """What is wrong with the quotes of a cell, for which Python's reader has words of its own."""
    if "end of data" in error:
        return "quotes that open a cell are not closed; close them, or double those that are part of its text"
    if "expected after" in error:
        return "a cell goes on after its closing quotes; double the quotes that are part of its text"
    return f"{error}; write cells separated by commas"


def _columns(line: int, names: list[str], forms: Sequence[Sequence[str]]) -> tuple[str, ...]:
    required = min(forms, key=lambda form: len(set(form) - set(names)) / max(len(form), 1))
    missing = [name for name in required if name not in names]
    if missing:
        separator = next((sign for sign in ";\t" if sign in "".join(names)), None)
        alike = [name for name in names if name.casefold() in missing]
        hint = f"write {','.join(required)} in its first row"
        if alike:
            hint += f", in small letters where it has {', '.join(alike)}"
        if separator is not None:
            hint = "its cells are separated by semicolons or tabs; save it with commas"
        raise Refused(f"has no column {', '.join(missing)}; {hint}", line)
    twice = next((name for name, times in Counter(names).items() if name and times > 1), None)
    if twice is not None:
        raise Refused(f"has two columns {quoted(twice)}; rename one", line)
    return tuple(names)


def _refuse_misnamed(line: int, columns: Sequence[str], optional: Sequence[str]) -> None:
    """Raise `Refused` if a column that may be left out is there under a name in other letters, or with a slip in it."""
    for name in optional:
        meant = [] if name in columns else [column for column in columns if _is_meant(column.casefold(), name)]
        if meant:
            raise Refused(f"has a column {quoted(meant[0])}, which is read only as {name}; write it so, or give it "
                          "quite another name", line)


def _is_meant(word: str, name: str) -> bool:
    """Whether a word is a name, or a longer name but for one letter after the first, or for two that are swapped."""
    slips = [name]
    for place in range(1, len(name) + 1) if len(name) >= _SHORTEST else ():
        before, after = name[:place], name[place:]
        slips += [f"{before}.{after}", f"{before}.?{after[1:]}", f"{before}{after[:2][::-1]}{after[2:]}"]
    return re.fullmatch("|".join(slips), word) is not None


def _misfit(cells: Sequence[str], columns: Sequence[str]) -> tuple[str, str] | None:
    """Where the cells of a row do not fit the header, and why; None if they do.

    A blank cell too many counts: where a comma has shifted the row, what is left over may be blank. So does one too
    few: where rows may leave their last cell off, one that a comma has shifted looks whole.
    """
    if len(cells) > len(columns):
        return "", (f"has {len(cells)} cells, the first row has {len(columns)}; put a cell that holds what separates "
                    "cells in quotes, write decimals with a point, and leave out a separator too many at the end")
    if len(cells) < len(columns):
        return columns[len(cells)], (f"an empty cell is left off: the row has {counted(len(cells), 'cell')}, the first "
                                     f"row has {len(columns)}; write the separators of empty cells too")
    nameless = [cell for cell, name in zip(cells, columns, strict=True) if cell and not name]
    if nameless:
        return "", f"has {quoted(nameless[0])} in a column without a name; name it in the first row"
    return None


def quoted(text: str) -> str:
    """A cell as a message shows it."""
    return text[:40] or "an empty cell"


def probability(cell: str) -> float:
    """The probability in a cell, a fraction or a percent such as 35%; NaN if there is no number."""
    if cell.endswith("%"):
        return number(cell.removesuffix("%").rstrip()) / 100
    return number(cell)


def cut_in_two(row: Row, column: str, read: Sequence[str]) -> str | None:
    """What is wrong with a 0 that may be all that a comma has left of a decimal; None if it cannot be.

    The digits after the comma are in the next cell then, unless that is one of the columns which are `read`.
    """
    if row.get(column) != "0":
        return None
    names = list(row.cells)
    after = names[names.index(column) + 1:]
    if not after or after[0] in read or re.fullmatch(r"\d+", row.get(after[0]), re.ASCII) is None:
        return None
    digits = row.get(after[0])[:20]
    return f"is 0 with {digits} in the next cell; write 0.{digits} if a comma has cut that in two, else 0.0"


def improbable(cell: str) -> str:
    """What is wrong with a cell that holds no probability."""
    return f"{quoted(cell)} is not a probability; write a number from 0 to 1 with a point, or a percent such as 35%"


def moment(cell: str) -> tuple[date, datetime | None] | None:
    """The day in a cell and, where it is given, the moment; None if there is no day.

    Times may be such as `2024-01-12T18:00:00Z`, or Unix times in seconds or milliseconds; their day is that of UTC.
    """
    try:
        if _UNIX.fullmatch(cell):
            found = datetime.fromtimestamp(int(cell) / (1 if len(cell) < 12 else 1000), UTC)
        elif _TIME.fullmatch(cell):
            found = datetime.fromisoformat(cell.replace(" UTC", "Z").replace("UTC", "Z"))
            found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        else:
            day = parsed_day(cell)
            return None if day is None else (day, None)
    except (ValueError, OverflowError):
        return None
    return found.date(), found


def number(cell: str) -> float:
    """The number in a cell; NaN if there is none."""
    try:
        value = scalar(cell)
        return float(value) if is_number(value) else math.nan
    except (Refused, OverflowError):
        return math.nan


# Past cases of a reference class.


def past_cases(data: bytes) -> tuple[tuple[PastCase, ...], list[Flaw]]:
    """Read past cases from the columns case, weeks, outcome and weight (1 if left out); other columns are ignored.

    Returns the rows that are right, and everything that is wrong with the others, found in one pass.
    """
    table = read_table(data, _PAST_CASE, MOST_CASES, optional=("weight",))
    cases: list[PastCase] = []
    try:
        for row in table.rows:
            outcome = cast(Outcome, row.get("outcome"))
            case = PastCase(row.get("case"), number(row.get("weeks")), outcome, number(row.get("weight") or "1"))
            wrong: list[tuple[str, str]] = list(misfits(case, row.quoted))
            if (cut := cut_in_two(row, "weight", _PAST_CASE)) is not None:
                wrong.append(("weight", cut))
            for column, what in wrong:
                table.refuse(row.line, column, what)
            if not wrong:
                cases.append(case)
        if not table.flaws and (misfit := useless(cases)) is not None:
            table.refuse(1, *misfit)
    except Refused as error:
        table.flaws.append(Flaw(error.line, "", str(error)))
    return tuple(cases), table.flaws


def repeated_cases(data: bytes) -> list[int]:
    """The lines of past cases that an earlier row of the table states in the same cells throughout."""
    rows = read_table(data, _PAST_CASE).rows
    cells = [tuple((name, cell) for name, cell in row.cells.items() if cell) for row in rows]
    return [rows[index].line for index, _ in repeated(cells)]
