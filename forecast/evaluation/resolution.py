"""What happened: how far it is known, and what that decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forecast.core.errors import ForecastError
from forecast.records.question import Question


@dataclass(frozen=True)
class Outcome:
    """Whether and when the event happened, as far as it is known."""

    came: date | None
    """The day of the event; None if it had not happened by `until`."""
    until: date
    """The last day by whose end it is known whether the event had happened."""

    def decided(self, first: date, last: date) -> tuple[date, bool] | None:
        """When it was known whether the event happened from one day to another, and whether it did; None if unknown."""
        if self.came is not None and self.came <= last:
            return self.came, first <= self.came
        return (last, False) if last <= self.until else None


def resolved_as(question: Question) -> dict[str, str] | None:
    """How a question was resolved, as documents have it; None while it is open."""
    return None if question.resolved is None else question.resolved.model_dump(mode="json")


def outcome(question: Question, as_of: date | None = None) -> Outcome:
    """What is known of a question's outcome, from `resolved` or, up to a date, on the word of whoever gives the date.

    A resolved question is known up to its horizon. The calendar alone shows nothing of an open one: a day that has
    passed is no proof that nothing happened. Whoever gives an as-of date states, here as everywhere, that the event
    had not happened by its end unless `resolved` has it so.

    Raises
    ------
    ForecastError
        If the question is not resolved and no date is given.
    """
    resolved = question.resolved
    if resolved is None and as_of is None:
        raise ForecastError(
            f"{question.id}: has no outcome yet; when it has, write `resolved: {{outcome: {question.event.id}, date: "
            "YYYY-MM-DD}` (or the alternative that came true) into its question; while it is open, name an as-of "
            "date: up to it, deadlines that passed without the event are scored")
    until = min(as_of or question.horizon, question.horizon)
    return Outcome(resolved.date if resolved and question.decided_by(until) else None, until)
