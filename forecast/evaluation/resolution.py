"""What happened: how far it is known, and what that decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forecast.core.errors import ForecastError
from forecast.records.question import Question


@dataclass(frozen=True)
class Outcome:
    """Whether and when the event came, as far as it is known."""

    came: date | None
    """The day of the event; None if it had not come by `until`."""
    until: date
    """The last day of which it is known whether the event had come by its end."""

    def decided(self, first: date, last: date) -> tuple[date, bool] | None:
        """When it was known whether the event came from one day to another, and whether it did; None if unknown."""
        if self.came is not None and self.came <= last:
            return self.came, first <= self.came
        return (last, False) if last <= self.until else None


def resolved_as(question: Question) -> dict[str, str] | None:
    """How a question was resolved, as documents have it; None while it is open."""
    return None if question.resolved is None else question.resolved.model_dump(mode="json")


def outcome(question: Question, as_of: date | None = None) -> Outcome:
    """Say what is known of a question's outcome, by `resolved` or, up to a date, by the word of whoever names it.

    A question that is resolved is known to its horizon. One that is not says nothing, and neither does the
    calendar: that a day has passed does not tell that nothing happened. Who gives an as-of date says, here as
    everywhere, that the event had not come by its end unless `resolved` says so.

    Raises
    ------
    ForecastError
        If the question is not resolved and no date is given.
    """
    resolved = question.resolved
    if resolved is None and as_of is None:
        raise ForecastError(
            f"{question.id}: has no outcome yet; when it has, write `resolved: {{outcome: {question.event.id}, date: "
            "YYYY-MM-DD}` (or the alternative that came true) in priors/question.yaml; while it is open, name an as-of "
            "date: up to it, deadlines that passed without the event are scored")
    until = min(as_of or question.horizon, question.horizon)
    return Outcome(resolved.date if resolved and question.decided_by(until) else None, until)
