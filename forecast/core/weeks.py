"""Weeks of a question, and how dates map to the model's time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LiveWeeks:
    """The weeks of a question that still hold live days after the as-of date.

    Week k covers the days opens+7k … opens+7k+6, the last one cut at the horizon and the first live one after the
    as-of date; x(d) = ((d − opens) + 1)/7 is the time in weeks at the end of day d.
    """

    opens: date
    horizon: date
    as_of: date

    def __post_init__(self) -> None:
        if not self.opens <= self.as_of < self.horizon:
            raise ValueError(f"as-of {self.as_of} is outside {self.opens} … {self.horizon}")

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """First live day of each live week, as an ordinal; shape (week,)."""
        start = (self.as_of - self.opens).days + 1
        weeks = np.arange(start // 7, (self.horizon - self.opens).days // 7 + 1)
        return np.maximum(7 * weeks, start) + self.opens.toordinal()

    @cached_property
    def last(self) -> NDArray[np.int64]:
        """Last day of each live week, as an ordinal; shape (week,)."""
        return np.append(self.first[1:] - 1, self.horizon.toordinal())

    @cached_property
    def days(self) -> NDArray[np.int64]:
        """Number of live days of each live week; shape (week,)."""
        return self.last - self.first + 1

    @cached_property
    def edges(self) -> Array:
        """Times x at the as-of date and at the end of each live week; shape (week + 1,), the last one H."""
        ends = np.append(self.as_of.toordinal(), self.last)
        return (ends - self.opens.toordinal() + 1) / 7

    @cached_property
    def middle(self) -> Array:
        """Mean of the first and last live day of each week, as an ordinal; shape (week,)."""
        return (self.first + self.last) / 2

    def __len__(self) -> int:
        return len(self.first)

    def share_until(self, day: date) -> Array:
        """Share of each week's live days up to and including a day, in [0, 1]; shape (week,)."""
        return np.clip((day.toordinal() - self.first + 1) / self.days, 0, 1)

    def share_inside(self, first: Array, last: Array) -> Array:
        """Share of each week's live days inside windows of days (both included); shape (window, week)."""
        inside = np.minimum(last[:, None], self.last) - np.maximum(first[:, None], self.first) + 1
        return np.clip(inside / self.days, 0, 1)

    @cached_property
    def spans(self) -> list[tuple[date, date]]:
        """First and last live day of each week."""
        return [(date.fromordinal(int(a)), date.fromordinal(int(b)))
                for a, b in zip(self.first, self.last, strict=True)]

    def day_reaching(self, share: float, weekly: Array) -> date | None:
        """First day whose end reaches a share of the event, given that it comes.

        Parameters
        ----------
        share : float
            In (0, 1).
        weekly : Array
            Probability of the event in each live week; linear in live days within it; shape (week,).

        Returns
        -------
        date or None
            None if the event cannot come.
        """
        total = float(np.sum(weekly))
        if not total > 0:
            return None
        before = np.concatenate([[0.0], np.cumsum(weekly) / total])
        k = min(int(np.searchsorted(before[1:], share - 1e-12)), len(self) - 1)
        part = (share - before[k]) / (before[k + 1] - before[k])
        days = max(1, int(np.ceil(part * self.days[k] - 1e-9)))
        return date.fromordinal(int(self.first[k])) + timedelta(days=min(days, int(self.days[k])) - 1)
