"""Days of a question, and how dates map to the model's time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from forecast.core.numerics import Array, Ints

FAR = 91
"""Days of the second headline: thirteen weeks."""


@dataclass(frozen=True)
class LiveDays:
    """The days on which the event can still happen, and the weeks to which they are summed for reading.

    Live are the days from max(as-of + 1, opens) to the horizon. x(d) = ((d − opens) + 1)/7 is the time in weeks at
    the end of day d. Week j covers the days opens + 7j … opens + 7j + 6, cut at both ends of the live days.
    """

    opens: date
    horizon: date
    as_of: date

    def __post_init__(self) -> None:
        if not self.as_of < self.horizon:
            raise ValueError(f"{self.as_of} is not before the horizon {self.horizon}")

    @cached_property
    def first(self) -> int:
        """The first live day, as an ordinal."""
        return max(self.as_of.toordinal() + 1, self.opens.toordinal())

    @cached_property
    def ordinals(self) -> Ints:
        """Every live day, as an ordinal; shape (day,)."""
        return np.arange(self.first, self.horizon.toordinal() + 1)

    def __len__(self) -> int:
        return self.horizon.toordinal() + 1 - self.first

    @cached_property
    def starts(self) -> Ints:
        """Index of the first day of each live week; shape (week,)."""
        week = (self.ordinals - self.opens.toordinal()) // 7
        return np.flatnonzero(np.diff(week, prepend=-1))

    @cached_property
    def spans(self) -> list[tuple[date, date]]:
        """First and last live day of each week."""
        firsts = self.ordinals[self.starts]
        lasts = np.append(firsts[1:] - 1, self.horizon.toordinal())
        return [(date.fromordinal(int(first)), date.fromordinal(int(last)))
                for first, last in zip(firsts, lasts, strict=True)]

    def weekly(self, daily: Array) -> Array:
        """Sum days to weeks; from (…, day) to (…, week)."""
        return np.add.reduceat(daily, self.starts, axis=-1)

    def until(self, day: date) -> int:
        """How many live days lie up to and including a day."""
        return min(max(day.toordinal() + 1 - self.first, 0), len(self))

    @property
    def thirteen_weeks(self) -> date:
        """The last of the next 91 days, cut at the horizon."""
        return date.fromordinal(min(self.first - 1 + FAR, self.horizon.toordinal()))

    def day_reaching(self, share: float, daily: Array) -> date | None:
        """First day whose end reaches a share in (0, 1) of the event, given that it happens; None if it cannot.

        `daily` is the probability of the event on each live day; shape (day,).
        """
        total = float(daily.sum())
        if not total > 0:
            return None
        reached = int(np.searchsorted(np.cumsum(daily) / total, share - 1e-12))
        return date.fromordinal(self.first + min(reached, len(self) - 1))


def ordinals(days: Collection[date]) -> Ints:
    """Turn dates into ordinals."""
    return np.fromiter((day.toordinal() for day in days), np.int64, len(days))
