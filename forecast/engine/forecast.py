"""A forecast: the posterior over days and backgrounds, and everything that is read off it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import forecast as public  # as in `records.case`
from forecast.core import text
from forecast.core.days import LiveDays
from forecast.core.equality import ByValue
from forecast.core.numerics import Array, Ints, decibans, unwritable
from forecast.records.case import Case
from forecast.records.types import day_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


BAND = (0.05, 0.95)
"""Probabilities of the ends of a band."""

TIMING = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Shares of the event at which its timing is stated."""

ROUNDING = 1e-22
"""The largest variance of equal numbers p, in p(1−p): what their mean is off by, squared, and a margin."""


class Band(NamedTuple):
    """A 5-95 % range."""

    low: float
    high: float


class Preparing(NamedTuple):
    """Whether the process behind signs, or conditions, is on."""

    now: float
    """P(on as of the date)."""
    leads_to_event: float
    """P(on, and it leads to the event by the horizon)."""
    prior: float
    """P(on as of the date) without evidence."""
    false_share: float
    """u, the share of the time in which a process is on that leads to nothing."""


class Next(NamedTuple):
    """The second headline: the event within the next thirteen weeks."""

    until: date
    probability: float
    prior: float


@dataclass(frozen=True, eq=False)
class Draws(ByValue):
    """Draws of the probabilities that would be stated if the stated unknowns were known."""

    spans: Array
    """P(event in the span of days | unknowns); shape (draw, span)."""
    ends: Ints
    """How many live days there are up to the end of each span; shape (span,)."""
    reliability: Mapping[str, Array]
    """r of each source; shape (draw,)."""

    def __post_init__(self) -> None:
        for values in (self.spans, self.ends, *self.reliability.values()):
            unwritable(values)

    def __repr__(self) -> str:
        return f"Draws({len(self.spans)} of {text.counted(self.spans.shape[1], 'span')} of days)"

    @cached_property
    def event(self) -> Array:
        """P(event by the horizon | unknowns); shape (draw,)."""
        return unwritable(self.spans.sum(axis=1))

    @cached_property
    def cumulative(self) -> Array:
        """P(event by the end of each span | unknowns); shape (draw, span)."""
        return unwritable(np.cumsum(self.spans, axis=1))

    def by(self, days: int) -> Array:
        """P(event within so many live days | unknowns), linear within a span; shape (draw,)."""
        ends = np.append(0, self.ends)
        place = float(np.interp(days, ends, np.arange(len(ends))))
        whole = int(place)
        result = self.spans[:, :whole].sum(axis=1)
        if whole < self.spans.shape[1]:
            result = result + (place - whole) * self.spans[:, whole]
        return result


@dataclass(frozen=True)
class Kept:
    """A sampler whose draws are made already."""

    draws: Draws

    def __call__(self) -> Draws:
        """The draws."""
        return self.draws


@dataclass(frozen=True, eq=False)
class Forecast(ByValue):
    """The posterior of a case over the days of the event and the background, P(k, b) = P(k)·P(b)."""

    case: Case
    engine: str
    log_odds: float
    """Natural log odds of the event by the horizon."""
    daily: Array
    """P(event on each live day); shape (day,)."""
    never: float
    """P(not by the horizon), as a sum and not as a difference from one."""
    alternatives: Array
    """P(b), the background, whether or not the event happens; shape (alternative,)."""
    prior_daily: Array
    """P(event on each live day) as of the same date, without evidence; shape (day,)."""
    prior_never: float
    """P(not by the horizon) as of the same date, without evidence."""
    prior_alternatives: Array
    """s̄; shape (alternative,)."""
    preparing: Preparing
    """Whether the event is being prepared now."""
    climate: Preparing
    """Whether things stand so that the event may well happen."""
    reliability: Mapping[str, float]
    """r̄, the mean reliability of each source."""
    sampler: Callable[[], Draws] = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        for values in (self.daily, self.alternatives, self.prior_daily, self.prior_alternatives):
            unwritable(values)

    def __repr__(self) -> str:
        soon, question = self.next, self.case.question
        return (f"{text.chance(self.event)} ({text.band(self.band)}) by {text.short(question.horizon)}; "
                f"{text.chance(soon.probability)} by {text.short(soon.until)}; preparing "
                f"{text.chance(self.preparing.now)}; {text.counted(len(self.case.active), 'item')}, {self.engine}")

    def _repr_html_(self) -> str:
        """What a notebook shows: the same, and the curve P(event by each day)."""
        rising = self.cumulative / max(self.event, np.finfo(float).tiny)
        places = zip(np.linspace(0, 300, len(rising)).tolist(), (60 - 58 * rising).tolist(), strict=True)
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        return (f'<p>{escape(self.case.question.title)}<br>{escape(repr(self))}</p>'
                f'<svg width="300" height="60" role="img" aria-label="P(event) by day">'
                f'<polyline points="{path}" fill="none" stroke="currentColor" stroke-width="2"/></svg>')

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
    def days(self) -> LiveDays:
        """The live days."""
        return self.case.days

    @cached_property
    def event(self) -> float:
        """P(event by the horizon)."""
        return float(self.daily.sum())

    @property
    def decibans(self) -> float:
        """D = 10·log10(P/(1−P)), from logs, so that it stays finite."""
        return decibans(self.log_odds)

    @cached_property
    def by_week(self) -> Array:
        """P(event in each live week); shape (week,)."""
        return unwritable(self.days.weekly(self.daily))

    @cached_property
    def prior_by_week(self) -> Array:
        """The same without evidence; shape (week,)."""
        return unwritable(self.days.weekly(self.prior_daily))

    @property
    def hypotheses(self) -> dict[str, float]:
        """Posterior probability of each hypothesis, the event first."""
        return self._by_hypothesis(self.event, self.never, self.alternatives)

    @property
    def prior(self) -> dict[str, float]:
        """Probability of each hypothesis as of the date without evidence."""
        return self._by_hypothesis(float(self.prior_daily.sum()), self.prior_never, self.prior_alternatives)

    def _by_hypothesis(self, event: float, never: float, alternatives: Array) -> dict[str, float]:
        values = [event, *(never * alternatives).tolist()]
        return dict(zip(self.case.question.hypotheses, values, strict=True))

    def covers(self, day: date) -> bool:
        """Whether a day lies within the question: nothing is said of the event by a later one."""
        return self.case.question.opens <= day <= self.case.question.horizon

    def by(self, day: date | str) -> float:
        """P(event by a day); 0 up to the as-of date, and that by the horizon for any day after it."""
        return float(self.daily[:self._until(day)].sum())

    def prior_by(self, day: date | str) -> float:
        """The same without evidence."""
        return float(self.prior_daily[:self._until(day)].sum())

    def _until(self, day: date | str) -> int:
        """How many live days there are up to a day; `InputError` if it is none."""
        return self.days.until(day_of("day", day))

    @property
    def by_key_date(self) -> dict[date, float]:
        """P(event by each key date)."""
        return {day: self.by(day) for day in self.case.question.key_dates}

    @cached_property
    def next(self) -> Next:
        """P(event within 91 days, cut at the horizon), with what the prior alone says."""
        until = self.days.thirteen_weeks
        return Next(until, self.by(until), self.prior_by(until))

    @cached_property
    def cumulative(self) -> Array:
        """P(event by the end of each live week); shape (week,)."""
        return unwritable(np.cumsum(self.by_week))

    @cached_property
    def hazard(self) -> Array:
        """P(week)/P(not before it) of each live week; shape (week,)."""
        later = np.cumsum(self.by_week[::-1])[::-1] + self.never
        return unwritable(np.divide(self.by_week, later, out=np.zeros_like(later), where=later > 0))

    @property
    def timing(self) -> dict[float, date | None]:
        """Dates by which 5, 25, 50, 75 and 95 % of the event has fallen, given that it happens."""
        return {share: self.days.day_reaching(share, self.daily) for share in TIMING}

    @cached_property
    def band(self) -> Band:
        """5-95 % range of P(event | unknowns)."""
        return _band(self.draws.event)

    def band_by(self, day: date | str) -> Band:
        """5-95 % range of P(event by a day | unknowns)."""
        return _band(self.draws.by(self._until(day)))

    @cached_property
    def cumulative_band(self) -> Array:
        """5 and 95 % points of the cumulative curve at the end of each live week; shape (2, week)."""
        starts = np.append(self.days.starts[1:], len(self.days))
        at = np.searchsorted(self.draws.ends, starts)
        return unwritable(np.quantile(self.draws.cumulative[:, at], BAND, axis=0))

    @property
    def curves(self) -> dict[str, Array]:
        """What is told of each live week, by the names that it has in a report; shape (week,) each."""
        low, high = self.cumulative_band
        return {"probability": self.by_week, "cumulative": self.cumulative, "low": low, "high": high,
                "hazard": self.hazard, "prior": self.prior_by_week, "prior_cumulative": self.prior_by_week.cumsum()}

    def to_frame(self) -> pd.DataFrame:
        """Live weeks as a pandas data frame: `first` and `last` day, and the columns of a report.

        `probability` is that of the week, `cumulative` that by its end with its range from `low` to `high`, `hazard`
        that of the week if the event has not happened before, `prior` and `prior_cumulative` those without evidence.
        """
        import pandas as pd

        firsts, lasts = (pd.to_datetime(days) for days in zip(*self.days.spans, strict=True))
        return pd.DataFrame({"first": firsts, "last": lasts} | self.curves)

    def to_dataset(self) -> xr.Dataset:
        """The forecast as an xarray dataset with named dimensions.

        The weeks have the columns of `to_frame`, with the probability of each week as `weekly`. `states` says whether
        a preparation and a climate are on, and `hypotheses` how probable each outcome is, `with` and `without` the
        evidence. Other attributes are NumPy arrays: loading xarray takes longer than a forecast.
        """
        import xarray as xr

        frame = self.to_frame().rename(columns={"first": "week", "probability": "weekly"})
        weeks = xr.Dataset(frame.set_index("week")).set_coords("last")
        states = [[process.now, process.prior] for process in (self.preparing, self.climate)]
        outcomes = [[p, self.prior[name]] for name, p in self.hypotheses.items()]
        return weeks.assign(
            states=(("process", "evidence"), states), hypotheses=(("hypothesis", "evidence"), outcomes)
        ).assign_coords(process=["preparation", "climate"], hypothesis=list(self.hypotheses),
                        evidence=["with", "without"]).assign_attrs(as_of=str(self.as_of), engine=self.engine)

    @property
    def weekly(self) -> xr.DataArray:
        """P(event in each live week), by the first day of the week; dimension (week)."""
        return self.to_dataset()["weekly"]

    @property
    def states(self) -> xr.DataArray:
        """P(preparation) and P(climate) now, with the evidence and without; dimensions (process, evidence)."""
        return self.to_dataset()["states"]

    @cached_property
    def plot(self) -> public.Plots:
        """Its pictures: `forecast.plot.cumulative()` and others, as Altair charts."""
        return public.Plots(self)

    @cached_property
    def worth(self) -> float:
        """ν = p̄(1−p̄)/Var(P(event | draw)) − 1 similar cases, at least 0; infinite if nothing is unknown."""
        mean, variance = float(self.draws.event.mean()), float(np.var(self.draws.event))
        largest = max(0.0, mean * (1 - mean))
        return max(0.0, largest / variance - 1) if variance > ROUNDING * largest else np.inf


def _band(values: Array) -> Band:
    low, high = np.quantile(values, BAND)
    return Band(float(low), float(high))
