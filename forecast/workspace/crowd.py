"""Forecasts of others: tables that analysts keep, and exports of forecasting platforms as they come.

Whatever a platform exports, one value a day is kept for each deadline: the last one of the day, in UTC. What a file is
taken for is told by `forecast check`; what cannot be taken for sure is refused with its line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from forecast.core.scalars import Refused
from forecast.core.text import listed
from forecast.records.types import Day
from forecast.workspace.csv_tables import (
    Flaw,
    Row,
    Table,
    cut_in_two,
    improbable,
    moment,
    probability,
    quoted,
    read_table,
)


class Form(NamedTuple):
    """The columns by which one kind of table says when, and how probable."""

    name: str
    moment: str
    probability: str
    only: tuple[str, str] | None = None
    """A column, and what it holds in the rows that count."""
    alike: tuple[str, ...] = ()
    """Columns that must hold one and the same in all rows that count, if they are there."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Those by which it is known."""
        return (self.moment, *(self.only[:1] if self.only else ()), self.probability)


FORMS = (
    Form("a table of days", "date", "probability"),
    Form("forecast_data.csv of Metaculus, its community prediction", "Start Time", "Probability Yes",
         ("Forecaster Username", "recency_weighted"), ("Question ID",)),
    Form("bets of Manifold", "createdTime", "probAfter", None, ("contractId", "answerId")),
    Form("a price history of Polymarket", "Timestamp (UTC)", "Price"))


@dataclass(frozen=True, order=True)
class Outside:
    """A probability that somebody else stated on a day for the event by a deadline."""

    date: Day
    by: Day
    probability: float


@dataclass(frozen=True)
class Crowd:
    """What one file says that others forecast."""

    form: str = FORMS[0].name
    forecasts: tuple[Outside, ...] = ()
    """One for each day and deadline, by day."""
    dated: bool = True
    """Whether the file names deadlines; if it does not, the horizon of the question was taken."""

    @property
    def taken(self) -> str:
        """What the file was taken for, in words."""
        days = sorted({each.date for each in self.forecasts})
        deadlines = [str(day) for day in sorted({each.by for each in self.forecasts})]
        by = f"by {listed(deadlines)}"
        if not self.dated:
            by += ", the horizon, since it has no column by"
        when = f"1 day, {days[0]}" if len(days) == 1 else f"{len(days)} days from {days[0]} to {days[-1]}"
        return f"read as {self.form}: {when}, the last value of each day in UTC, for the event {by}"


class _Stated(NamedTuple):
    line: int
    moment: datetime | None
    probability: float


def folded(name: str) -> str:
    """The name of a file without what a reader does not see where it is shown."""
    return unicodedata.normalize("NFC", re.sub(r"[-_ ]+", " ", name).casefold())


def read_crowd(data: bytes, horizon: date) -> tuple[Crowd, list[Flaw]]:
    """Read forecasts of others from a table of one of the `FORMS`, and find everything that is wrong in it.

    Probabilities may be percents such as `35%`. Times may be such as `2024-01-12T18:00:00Z` or Unix times, in seconds
    or milliseconds; their day is that of UTC. Of several values of one day for one deadline the last one counts; which
    one that is, only a time can say. Other columns are ignored; where there is no column `by`, the horizon is the
    deadline.
    """
    own, *exports = (form.columns for form in FORMS)
    table = read_table(data, own, others=exports, optional=("by",))
    form = next((form for form in FORMS if set(form.columns) <= set(table.columns)), FORMS[0])
    stated: dict[tuple[date, date], list[_Stated]] = {}
    try:
        for row in _counting(form, table):
            read = _read(form, row, table, horizon)
            if read is not None:
                stated.setdefault(read[0], []).append(read[1])
        last = {days: _last(each, form, table) for days, each in stated.items()}
        if not (last or table.flaws):
            table.refuse(1, "", _nothing(form))
    except Refused as error:
        return Crowd(), [*table.flaws, Flaw(error.line, "", str(error))]
    found = tuple(sorted(Outside(*days, value) for days, value in last.items()))
    return Crowd(form.name, found, "by" in table.columns), table.flaws


def _counting(form: Form, table: Table) -> Iterator[Row]:
    """The rows that count, unless they are about another question than the first of them."""
    first: Row | None = None
    for row in table.rows:
        if form.only is not None and row.get(form.only[0]) != form.only[1]:
            continue
        first = first or row
        other = next((name for name in form.alike if row.get(name) != first.get(name)), None)
        if other is None:
            yield row
        else:
            table.refuse(row.line, other, f"{quoted(row.get(other))} is not {quoted(first.get(other))} as in line "
                                          f"{first.line}; keep the rows of one question alone")


def _nothing(form: Form) -> str:
    if form.only is None:
        return "holds no forecast; write one row for each day"
    column, value = form.only
    return f"has no row whose {column} is {value}; export it with these rows, or write date,by,probability"


def _read(form: Form, row: Row, table: Table, horizon: date) -> tuple[tuple[date, date], _Stated] | None:
    """The day and the deadline of a row, and what it states; None if anything in it is wrong."""
    when = moment(row.get(form.moment))
    deadline = moment(row.get("by")) if "by" in table.columns else (horizon, None)
    for column, read in ((form.moment, when), ("by", deadline)):
        if read is None:
            table.refuse(row.line, column, f"{quoted(row.get(column))} is not a date; write YYYY-MM-DD")
    value = probability(row.get(form.probability))
    if not 0 <= value <= 1:
        table.refuse(row.line, form.probability, improbable(row.get(form.probability)))
    elif form is FORMS[0] and (what := cut_in_two(row, form.probability, (form.moment, "by"))) is not None:
        table.refuse(row.line, form.probability, what)
    elif when is not None and deadline is not None and "by" in table.columns and deadline[0] < when[0]:
        table.refuse(row.line, "by", (f"{deadline[0]} lies before {when[0]}, the day of the forecast; write a later "
                                      "day, or leave the row out"))
    elif when is not None and deadline is not None:
        return (when[0], deadline[0]), _Stated(row.line, when[1], value)
    return None


def _last(stated: list[_Stated], form: Form, table: Table) -> float:
    """The last value of a day; several that may each be the last are refused unless they are the same."""
    timed = [each.moment for each in stated if each.moment is not None]
    latest = [each for each in stated if each.moment is None or each.moment == max(timed)]
    first, *others = latest
    for other in others:
        if other.probability != first.probability:
            table.refuse(other.line, form.probability, (
                f"{other.probability:g} is another probability for the day and deadline of line {first.line}; keep one "
                "of the two, or write the time of day of each, such as 2024-01-12T18:00"))
    return first.probability
