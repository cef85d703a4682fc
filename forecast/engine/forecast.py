"""A forecast: the posterior over states, and everything that is read off it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.core.equality import ByValue
from forecast.core.numerics import decibans
from forecast.core.weeks import LiveWeeks
from forecast.records.case import Case

Array = NDArray[np.float64]

BAND = (0.05, 0.95)
"""Probabilities of the ends of a band."""

TIMING = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Shares of the event at which its timing is stated."""


class Band(NamedTuple):
    """A 5-95 % range."""

    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Draws(ByValue):
    """Draws of the probabilities that would be stated if the stated unknowns were known."""

    weekly: Array
    """P(event in the week | θ, z); shape (draw, week)."""
    alternatives: Array
    """P(alternative, never | θ, z); shape (draw, alternative)."""
    reliability: Mapping[str, Array]
    """r of each source; shape (draw,)."""

    @cached_property
    def event(self) -> Array:
        """P(event by the horizon | θ, z); shape (draw,)."""
        return self.weekly.sum(axis=1)

    def by(self, share: Array) -> Array:
        """P(event by a day | θ, z), given each week's share of live days until then; shape (draw,)."""
        return self.weekly @ share


@dataclass(frozen=True)
class Kept:
    """A sampler whose draws are made already."""

    draws: Draws

    def __call__(self) -> Draws:
        """The draws."""
        return self.draws


@dataclass(frozen=True, eq=False)
class Forecast(ByValue):
    """The posterior of a case over states, labelled; arrays have dims (state, alternative), never last."""

    case: Case
    engine: str
    states: Array
    """Posterior probability of each state; sums to one."""
    prior_states: Array
    """Prior probability of each state as of the same date, without evidence; sums to one."""
    log_odds: float
    """Natural log odds of the event by the horizon."""
    reliability: Mapping[str, float]
    """Posterior mean reliability of each source."""
    sampler: Callable[[], Draws] = field(repr=False, compare=False)

    def __reduce__(self) -> tuple[type[Forecast], tuple[Any, ...]]:
        """Pickle the draws in the place of what would make them, so that every band stays as it is."""
        stated = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return type(self), tuple((stated | {"sampler": Kept(self.draws)}).values())

    @cached_property
    def draws(self) -> Draws:
        """Draws for the bands, made when first asked for."""
        return self.sampler()

    @property
    def as_of(self) -> date:
        """The last day on which anything is known."""
        return self.case.as_of

    @property
    def weeks(self) -> LiveWeeks:
        """The live weeks."""
        return self.case.weeks

    @cached_property
    def weekly(self) -> Array:
        """Probability that the event falls in each live week; shape (week,)."""
        return self.states[:-1].sum(axis=1)

    @cached_property
    def prior_weekly(self) -> Array:
        """The same without evidence; shape (week,)."""
        return self.prior_states[:-1].sum(axis=1)

    @property
    def event(self) -> float:
        """P(event by the horizon)."""
        return float(self.states[:-1].sum())

    @property
    def decibans(self) -> float:
        """D = 10·log10(P/(1−P)), from logs, so that it stays finite."""
        return decibans(self.log_odds)

    def _by_hypothesis(self, states: Array) -> dict[str, float]:
        values = [states[:-1].sum(), *states[-1]]
        return dict(zip(self.case.question.hypotheses, map(float, values), strict=True))

    @cached_property
    def hypotheses(self) -> dict[str, float]:
        """Posterior probability of each hypothesis, the event first."""
        return self._by_hypothesis(self.states)

    @cached_property
    def prior(self) -> dict[str, float]:
        """Probability of each hypothesis as of the date without evidence."""
        return self._by_hypothesis(self.prior_states)

    def by(self, day: date) -> float:
        """P(event by a day): live weeks up to it, a cut week in proportion to its live days; 0 up to the as-of."""
        return float(self.weekly @ self.weeks.share_until(day))

    @cached_property
    def by_key_date(self) -> dict[date, float]:
        """P(event by each key date)."""
        return {day: self.by(day) for day in self.case.question.key_dates}

    @cached_property
    def cumulative(self) -> Array:
        """P(event by the end of each live week); shape (week,)."""
        return np.cumsum(self.weekly)

    @cached_property
    def hazard(self) -> Array:
        """P(k)/P(not before k) of each live week; shape (week,)."""
        later = np.cumsum(self.weekly[::-1])[::-1] + self.states[-1].sum()
        return np.divide(self.weekly, later, out=np.zeros_like(later), where=later > 0)

    @cached_property
    def timing(self) -> dict[float, date | None]:
        """Dates by which 5, 25, 50, 75 and 95 % of the event has fallen, given that it comes."""
        return {share: self.weeks.day_reaching(share, self.weekly) for share in TIMING}

    @cached_property
    def band(self) -> Band:
        """5-95 % range of P(event | θ, z)."""
        return _band(self.draws.event)

    def band_by(self, day: date) -> Band:
        """5-95 % range of P(event by a day | θ, z)."""
        return _band(self.draws.by(self.weeks.share_until(day)))

    @cached_property
    def cumulative_band(self) -> Array:
        """5 and 95 % points of the cumulative curve; shape (2, week)."""
        return np.quantile(np.cumsum(self.draws.weekly, axis=1), BAND, axis=0)

    @cached_property
    def worth(self) -> float:
        """ν = 1/R − 1 like cases, R = Var(P(event | θ, z))/(P(1−P)); infinite if nothing is unknown."""
        spread = self.event * (1 - self.event)
        variance = float(np.var(self.draws.event))
        return max(0.0, spread / variance - 1) if variance > 0 else np.inf


def _band(values: Array) -> Band:
    low, high = np.quantile(values, BAND)
    return Band(float(low), float(high))
