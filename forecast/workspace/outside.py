"""Forecasts of others for the same question: `priors/outside/*.csv` with the columns date, by, probability."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from forecast.core.errors import InputError, Problem
from forecast.core.scalars import Refused, decoded, scalar
from forecast.records.messages import faults
from forecast.records.types import Day, Record
from forecast.workspace.files import Folder


class Outside(Record):
    """A probability that somebody else stated on a day for the event by a deadline."""

    date: Day
    by: Day
    probability: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def outside_forecasts(root: Path) -> dict[str, tuple[Outside, ...]]:
    """Read the forecasts of others in a workspace, by the names of their files.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    found: dict[str, tuple[Outside, ...]] = {}
    problems: list[Problem] = []
    files = Folder(root)
    for path in sorted((root / "priors" / "outside").glob("*.csv")):
        name = path.relative_to(root).as_posix()
        rows = list(_read(files, name))
        problems += [Problem(name, line, field, what) for line, field, what in
                     (row for row in rows if not isinstance(row, Outside))]
        found[path.stem] = tuple(row for row in rows if isinstance(row, Outside))
    if problems:
        raise InputError(problems)
    return found


Flaw = tuple[int, str, str]
"""Line, column and what is wrong there."""


def _read(files: Mapping[str, bytes], path: str) -> Iterator[Outside | Flaw]:
    """Each row of a file, or what is wrong in it."""
    lines = None
    try:
        lines = csv.reader(io.StringIO(decoded(files[path]), newline=""), strict=True)
        header = [cell.strip() for cell in next(lines, [])]
        columns = list(Outside.model_fields)
        if any(header.count(column) != 1 for column in columns):
            yield 1, "", f"does not name each of its columns once; write {','.join(columns)} in the first line"
            return
        for cells in lines:
            row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            if any(row.values()):
                yield from _parsed(lines.line_num, {column: row.get(column, "") for column in columns})
    except Refused as error:
        yield error.line, "", str(error)
    except csv.Error as error:
        yield lines.line_num if lines else 1, "", f"is no CSV: {error}; write cells separated by commas"


def _parsed(line: int, row: dict[str, str]) -> Iterator[Outside | Flaw]:
    try:
        fields = {column: scalar(cell) for column, cell in row.items()}
    except Refused as error:
        yield line, "", str(error)
        return
    try:
        yield Outside.model_validate(fields)
    except ValidationError as error:
        yield from ((line, ".".join(map(str, fault.path)), fault.what) for fault in faults(error, Outside, fields))
