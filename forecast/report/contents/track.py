"""How earlier reports did, as far as the days since have shown: nothing had happened by the date of this one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from forecast.report.document import Answer, CaseDocument, ReportDocument, StepRow

POINT, MOVES = 0.01, 5
"""A move that is worth a number, and how many have one."""

LITTLE = 0.002
"""A step that is no cause of a move."""

MONTH = timedelta(28)
"""How old a report has to be for its word about today to be told."""


def track(document: CaseDocument, earlier: Sequence[CaseDocument]) -> tuple[float, float] | None:
    """Mean Brier scores of earlier reports, and of their priors alone, on the key dates that have passed since.

    Nothing had happened by these dates. None if there are none; reports of another horizon or event are left out.
    """
    scores = []
    for report in comparable(document, earlier):
        passed = [day for day in report.by if report.as_of < day <= document.as_of]
        scores += [(report.by[day] ** 2, report.prior_by[day] ** 2) for day in passed]
    if not scores:
        return None
    forecast, prior = (sum(column) / len(scores) for column in zip(*scores, strict=True))
    return forecast, prior


def said_a_month_ago(document: CaseDocument, earlier: Sequence[CaseDocument]) -> tuple[date, float] | None:
    """The date of the newest report that is at least four weeks old, and its P(event by the date of this one)."""
    old = [report for report in comparable(document, earlier) if report.as_of <= document.as_of - MONTH]
    if not old:
        return None
    report = max(old, key=lambda each: each.as_of)
    return report.as_of, said_by(report, document.as_of)


def said_by(report: CaseDocument, day: date) -> float:
    """P(event by the end of a day) as a report stated it, linear between week ends and key dates."""
    before = report.curve[0].first - timedelta(1)
    stated = {before: 0.0} | {row.last: row.cumulative for row in report.curve}
    stated |= {key_date: p for key_date, p in report.by.items() if key_date > before}
    days = sorted(stated)
    return float(np.interp(day.toordinal(), [each.toordinal() for each in days], [stated[each] for each in days]))


@dataclass(frozen=True)
class Moved:
    """How the forecast moved from one report to the next, and why."""

    day: date
    event: float
    points: float
    """From −1 to 1."""
    causes: tuple[StepRow, ...]
    """The two largest steps in its direction."""
    number: int
    """1, 2, … by date for the largest moves, 0 for the others."""


def moves(document: Answer, known: Sequence[Answer]) -> list[Moved]:
    """Every move between reports of a question, in order; the largest of a point or more are numbered."""
    found = [Moved(after.as_of, after.event, after.event - before.event, _causes(before, after), 0)
             for before, after in pairwise([*known, document])]
    large = sorted((move for move in found if abs(move.points) >= POINT), key=lambda move: -abs(move.points))[:MOVES]
    days = sorted(move.day for move in large)
    return [replace(move, number=days.index(move.day) + 1 if move.day in days else 0) for move in found]


def _causes(before: Answer, after: Answer) -> tuple[StepRow, ...]:
    change = after.change if isinstance(after, ReportDocument) else None
    if change is None or change.since != before.as_of:
        return ()
    sign = 1 if after.event > before.event else -1
    steps = [step for step in change.steps if sign * (step.points or 0.0) >= LITTLE]
    return tuple(sorted(steps, key=lambda step: -sign * (step.points or 0.0))[:2])


def comparable[Earlier: Answer](document: Answer, earlier: Iterable[Earlier]) -> list[Earlier]:
    """Earlier reports of the same question, in date order."""
    asked = document.question
    found = [report for report in earlier if report.as_of < document.as_of
             and (report.question.identity, report.question.horizon) == (asked.identity, asked.horizon)]
    return sorted(found, key=lambda report: report.as_of)
