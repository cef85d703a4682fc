"""What the desk asks of the files: whether they have changed, and from which dates there is something to see."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forecast.core.errors import ForecastError
from forecast.records.faults import misdated
from forecast.records.question import Question
from forecast.records.types import parsed_day
from forecast.workspace.archive import stored_reports
from forecast.workspace.loader import Workspace

Fingerprint = frozenset[tuple[str, int, int]]


@dataclass(frozen=True)
class Stop:
    """A date at which there is something to see."""

    day: date
    has_report: bool
    items: int
    """How many items became public on this day."""


def dated(question: Question, text: str) -> date:
    """The date that a text says, if the question can be forecast as of it; else `ForecastError`."""
    if (day := parsed_day(text.strip())) is None:
        raise ForecastError(f"{text or 'Nothing'} is not a date; write YYYY-MM-DD")
    if (what := misdated(question, day)) is not None:
        raise ForecastError(what)
    return day


def report_dates(workspace: Workspace) -> list[date]:
    """The dates of the reports of a workspace as of which the question can be forecast."""
    days = {report.as_of for report in stored_reports(workspace.reports)}
    return sorted(day for day in days if misdated(workspace.question, day) is None)


def first_date(workspace: Workspace) -> date:
    """The date of the last report, else the one that every command takes."""
    return max(report_dates(workspace), default=workspace.case().as_of)


def stops(workspace: Workspace, as_of: date) -> list[Stop]:
    """All dates at which there is something to see, and the one from which the desk looks now."""
    items = Counter(item.date for item in workspace.items)
    reports = set(report_dates(workspace))
    days = sorted({*items, *reports, workspace.case().as_of, as_of})
    return [Stop(day, day in reports, items[day]) for day in days if misdated(workspace.question, day) is None]


def fingerprint(root: Path) -> Fingerprint:
    """Paths, sizes and times of all that a workspace may be read from."""
    found = set()
    for folder in ("priors", "evidence"):
        for path in (root / folder).rglob("*"):
            try:
                state = path.stat()
            except OSError:
                continue
            found.add((str(path), state.st_mtime_ns, state.st_size))
    return frozenset(found)
