"""What would change our mind: indicators by expected information, and the ratio that would take us to a target."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from math import ceil, exp, log
from numbers import Real
from typing import NamedTuple

import numpy as np
from scipy.special import expit, xlogy

from forecast.analysis.restated import EXTREME, held
from forecast.analysis.rewrites import rewritten
from forecast.core.errors import InputError
from forecast.core.numerics import Array, logsumexp
from forecast.core.text import chance, probability_of
from forecast.engine.encoding import stated
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Indicator, Item, Source
from forecast.records.types import day_of, shown

LIMIT = 1000.0
"""A break-even ratio is looked for between 1/1000 and 1000, and farther where the item's own lies beyond them."""

ROOM = 10.0
"""How many times farther than an item's own ratio, if that lies beyond the limits."""

PIECES, MOST_PIECES = 96, 384
"""Brackets between 1/1000 and 1000 in which a break-even ratio is looked for, and at most where it goes farther."""

_CERTAIN = Source(id="certain", name="Whoever would see it", grade="A")


@dataclass(frozen=True)
class Watch:
    """What seeing, or not seeing, an indicator by its date would do to the forecast."""

    indicator: Indicator
    chance: float
    """P(seen)."""
    if_seen: float
    """P(event | seen)."""
    if_not_seen: float
    """P(event | not seen)."""
    soon_if_seen: float
    """P(event within thirteen weeks | seen)."""
    soon_if_not_seen: float
    """P(event within thirteen weeks | not seen)."""
    bits: float
    """Mutual information with whether the event happens by the horizon, in bits."""

    def __repr__(self) -> str:
        return f"Watch({self.indicator.id!r}: {chance(self.if_seen)} if seen, {chance(self.if_not_seen)} if not)"


def watch(engine: Exact | Case) -> list[Watch]:
    """Rank the open indicators of a case by the information expected from them, the most telling first.

    Seen is the item as of the date, not seen its complement. The chance of being seen is P(on)·v_event +
    (1 − P(on))·v̄, with P(on) that of the preparation, of the climate or, of a claim, of its days.
    """
    engine = Exact.of(engine)
    pending = [indicator for indicator in engine.case.indicators if indicator.by > engine.case.as_of]
    return most_telling(_watch(indicator, engine) for indicator in pending)


def most_telling(rows: Iterable[Watch]) -> list[Watch]:
    """Indicators by the information expected from them, the most first."""
    return sorted(rows, key=lambda row: (-round(row.bits, 9), row.indicator.id))


def _watch(indicator: Indicator, engine: Exact) -> Watch:
    case = engine.settled
    log_value, _ = stated(indicator, case)
    event, rest = exp(log_value[0]), exp(logsumexp(log_value[1:] + np.log(case.question.shares)).item())
    on = _on(indicator, engine)
    seen = on * event + (1 - on) * rest
    (p, soon), (p_not, soon_not) = (_after(case, indicator, was_seen) for was_seen in (True, False))
    bits = _entropy(seen * p + (1 - seen) * p_not) - seen * _entropy(p) - (1 - seen) * _entropy(p_not)
    return Watch(indicator, seen, p, p_not, soon, soon_not, max(0.0, bits))


def _on(indicator: Indicator, engine: Exact) -> float:
    """P(what an indicator speaks of is so now)."""
    if indicator.kind == "sign":
        return engine.preparing.now
    if indicator.kind == "condition":
        return engine.climate.now
    assert indicator.window is not None
    first, last = (day.toordinal() - engine.case.days.first for day in indicator.window)
    log_days, log_rest = engine.states
    total = logsumexp(np.append(log_days, log_rest)).item()
    return float(np.exp(log_days[max(first, 0):max(last + 1, 0)] - total).sum())


def _after(case: Case, indicator: Indicator, seen: bool) -> tuple[float, float]:
    """P(event), by the horizon and within thirteen weeks, once an indicator was seen or was not."""
    forecast = Exact(with_outcome(case, indicator, seen)).forecast
    return forecast.event, forecast.next.probability


def with_outcome(case: Case, indicator: Indicator, seen: bool) -> Case:
    """The case with an indicator that was seen, or not, as an item of its date; certain without a source of its own."""
    source = indicator.source or _CERTAIN.id
    item = Item(id=_free(case), title=indicator.title, date=case.as_of, source=source, about=indicator.about,
                window=indicator.window, probability=indicator.probability, seen=seen,
                says="fact" if indicator.source else "report", credibility=indicator.credibility,
                rationale=indicator.rationale)
    sources = case.sources if indicator.source else (*case.sources, _CERTAIN)
    return case.changed(sources=sources).holding(item)


def _free(case: Case) -> str:
    """An id that no item has."""
    taken = {item.id for item in case.items}
    return next(name for number in range(len(taken) + 1) if (name := f"indicator-{number}") not in taken)


def _entropy(p: float) -> float:
    """Entropy of a coin in bits."""
    return float(-(xlogy(p, p) + xlogy(1 - p, 1 - p)) / log(2))


@dataclass(frozen=True)
class BreakEven:
    """The lift of one item that would take P(event by a date) to a target."""

    item: Item
    by: date
    target: float
    stated: float
    """R = v_event/v̄ as stated, before standing."""
    ratio: float | None
    """The lift R that reaches the target, None if none of those that were looked at does."""
    probability: float
    """P(event by the date) at the stated lift."""
    over: float | None = field(default=None, repr=False)
    """A lift, nearer than `ratio`, over which P jumps past the target."""
    under: float | None = field(default=None, repr=False)
    """A lift, nearer than `ratio`, under which P jumps past the target."""
    searched: tuple[float, float] = field(default=(1 / LIMIT, LIMIT), repr=False)
    """The lifts between which `ratio` was looked for: 1/1000 and 1000, or farther if `stated` lies beyond them."""


def break_even(case: Case | Exact, name: str, target: float | str, by: date | str | None = None) -> BreakEven:
    """Find R such that v_event = R·v̄ of an item takes P(event by a date) to a target.

    Everything else is recomputed, echo and direction too; of several solutions the one nearest the stated value in
    logs counts. Where items of a group exchange their ranks, or one changes its direction, P can jump past the target:
    no lift gives it, and `over` or `under` is where the jump is.

    Parameters
    ----------
    case : Case or Exact
        The case, or its engine.
    name : str
        The id of an active item.
    target : float or str
        The probability to reach, such as 0.5 or "50%".
    by : date or str, optional
        The date of the probability; the horizon by default.

    Raises
    ------
    ForecastError
        If the item is not active, the target is not a probability, or the date is not in the future of the case.
    """
    case = Exact.of(case).case
    day = case.question.horizon if by is None else day_of("by", by)
    item = case.active_item(name)
    target = _chance(target)
    if not case.as_of < day <= case.question.horizon:
        raise InputError.of("by", f"{day} is not among the days ahead; write a date after {case.as_of}, at the latest "
                                  f"{case.question.horizon}")
    case = Exact(case).settled
    question = case.question
    engine = Exact(case.changed(question=rewritten(question, key_dates=(*question.key_dates, day))))
    place = engine.evidence.items.index(item)
    log_value, _ = held(item, case)
    now = float(log_value[0]) - logsumexp(log_value[1:] + np.log(question.shares)).item()
    periods = 1.0 if item.standing is None else item.standing.multiple(item.date, case.as_of)
    standing = float(engine.evidence.log_lift[place])

    def beyond(log_lift: Array) -> Array:
        """P − target, given log R before standing; from (value,) to (value,)."""
        log_odds = engine.log_odds_restated(place, standing + periods * (log_lift - now), day)
        return np.asarray(expit(log_odds)) - target

    low, high = _searched(now)
    crossed = sorted(_crossings(beyond, low, high, _pieces(high - low)),
                     key=lambda crossing: abs(crossing.place - now))
    reached = next((exp(crossing.place) for crossing in crossed if not crossing.jumps), None)
    over = under = None
    if crossed and crossed[0].jumps:
        is_below = float(beyond(np.array([now])).item()) < 0
        if crossed[0].rises == is_below:
            over = exp(crossed[0].place)
        else:
            under = exp(crossed[0].place)
    return BreakEven(item, day, target, exp(now), reached, Exact(case).forecast.by(day), over, under,
                     (exp(low), exp(high)))


def _searched(now: float) -> tuple[float, float]:
    """The logs between which a break-even ratio is looked for, given that of the item's own."""
    limit = log(LIMIT)
    farther = min(abs(now) + log(ROOM), EXTREME)
    return -farther if now < -limit else -limit, farther if now > limit else limit


def _pieces(length: float) -> int:
    """How many brackets are laid over a range of logs: so many to a length, but not without end."""
    return min(MOST_PIECES, ceil(PIECES * length / (2 * log(LIMIT))))


def _chance(target: float | str) -> float:
    """A probability between 0 and 1; percents are texts."""
    number = probability_of(target) if isinstance(target, str) else target
    if isinstance(number, bool) or not isinstance(number, Real) or not 0 < number < 1:
        told = f"{number:g}" if isinstance(number, float) else shown(target)
        raise InputError.of("target", f"{told} is not a probability between 0 and 1; write one such as 0.5")
    return float(number)


class _Crossing(NamedTuple):
    """Where a function crosses zero, from left to right."""

    place: float
    jumps: bool
    """Whether it is not zero there, since it jumps."""
    rises: bool


def _crossings(function: Callable[[Array], Array], low: float, high: float, pieces: int) -> list[_Crossing]:
    """Every crossing of zero that an even grid of brackets shows."""
    from scipy.optimize import brentq

    def one(x: float) -> float:
        return float(function(np.array([x]))[0])

    grid = np.linspace(low, high, pieces + 1)
    values = function(grid)
    found = [_Crossing(place, jumps=False, rises=True) for place in grid[values == 0].tolist()]
    for start in np.flatnonzero(values[:-1] * values[1:] < 0).tolist():
        place = float(brentq(one, grid[start], grid[start + 1], xtol=1e-12))
        found.append(_Crossing(place, jumps=abs(one(place)) >= 1e-8, rises=bool(values[start] < 0)))
    return found
