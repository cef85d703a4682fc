"""What would change our mind: indicators by expected information, and the ratio that would take us to a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from forecast.core.errors import ForecastError
from forecast.core.numerics import Z95
from forecast.engine.encoding import Array, reaches, stated
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.records.evidence import Indicator, Item
from forecast.records.types import Estimate

EXTREME = 700.0
"""The largest logarithm of a ratio that is shown; e to its power is still a number."""

LIMIT = 1000.0
"""A break-even ratio is looked for between 1/1000 and 1000."""


@dataclass(frozen=True)
class Watch:
    """What seeing, or not seeing, an indicator by its date would do to P(event)."""

    indicator: Indicator
    chance: float
    """P(seen)."""
    if_seen: float
    """P(event | seen)."""
    if_not_seen: float
    """P(event | not seen)."""
    bits: float
    """Mutual information with whether the event happens by the horizon, in bits."""


def watch(forecast: Forecast) -> list[Watch]:
    """Rank the open indicators of a case by the information expected from them, the most telling first.

    Seen has likelihood w v_event + (1−w) v_b in state (k, b) and v_b in (never, b), with the reach w from the as-of
    date; not seen the complement. An observation is taken as certain.
    """
    case = forecast.case
    pending = tuple(indicator for indicator in case.indicators if indicator.by > case.as_of)
    reach = reaches(pending, case.weeks, case.question.half_life)
    result = [_watch(indicator, forecast, w) for indicator, w in zip(pending, reach, strict=True)]
    return sorted(result, key=lambda row: (-round(row.bits, 9), row.indicator.id))


def _watch(indicator: Indicator, forecast: Forecast, reach: Array) -> Watch:
    log_value, _ = stated(indicator, forecast.case.question.hypotheses, 1.0)
    value = np.exp(log_value)
    seen = reach[:, None] * value[0] + (1 - reach[:, None]) * value[1:]
    joint = np.array([[np.sum((forecast.states * likelihood)[part]) for part in (slice(None, -1), slice(-1, None))]
                      for likelihood in (seen, 1 - seen)])
    chance, event = joint.sum(axis=1), joint.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = joint * np.log2(joint / np.outer(chance, event))
    return Watch(indicator, float(chance[0]), float(joint[0, 0] / chance[0]), float(joint[1, 0] / chance[1]),
                 max(0.0, float(np.nansum(terms))))


def as_ratios(item: Item, case: Case) -> dict[str, Estimate]:
    """An item's stated values as likelihood ratios against the reference, before standing, however it is encoded."""
    question = case.question
    log_value, log_sd = stated(item, question.hypotheses, question.default_spread)
    base = question.hypotheses.index(question.reference)
    log_ratio, spread = log_value - log_value[base], Z95 * log_sd
    ratios = np.exp(np.clip([log_ratio, log_ratio - spread, log_ratio + spread], -EXTREME, EXTREME))
    return {name: Estimate(*map(float, row)) for name, row in zip(question.hypotheses, ratios.T, strict=True)}


def with_ratio(case: Case, item: Item, event_ratio: float) -> Case:
    """The case with one item restated as ratios, its event's ratio replaced; all else is kept."""
    question = case.question
    ratios: Mapping[str, Estimate] = as_ratios(item, case) | {question.event.id: Estimate(event_ratio)}
    restated = item.model_copy(update={
        "likelihood_ratio": {name: value for name, value in ratios.items() if name != question.reference},
        "probability": None, "counts": None, "seen": True})
    return case.with_item(restated)


@dataclass(frozen=True)
class BreakEven:
    """The ratio of one item that would take P(event by a date) to a target."""

    item: Item
    by: date
    target: float
    stated: float
    """v_event / v_reference as stated, before standing."""
    ratio: float | None
    """The ratio that reaches the target, None if none between 1/1000 and 1000 does."""
    probability: float
    """P(event by the date) at the stated ratio."""


def break_even(case: Case, name: str, target: float, by: date | None = None) -> BreakEven:
    """Find x such that v_event = x · v_reference of an item takes P(event by a date) to a target.

    Everything else is recomputed, echo and direction too; of several solutions the one nearest the stated value in
    logs counts. Where P jumps across the target, because a change of direction reorders a group, there is none.

    Raises
    ------
    ForecastError
        If the item is not active, the target is no probability, or the date is not in the future of the case.
    """
    day = by or case.question.horizon
    item = case.active_item(name)
    if not 0 < target < 1:
        raise ForecastError(f"--target {target:g}: no probability between 0 and 1; write one such as 0.5")
    if not case.as_of < day <= case.question.horizon:
        raise ForecastError(f"--by {day}: not after the as-of date {case.as_of} and up to {case.question.horizon}")
    ratio = as_ratios(item, case)[case.question.event.id].stated

    def gap(log_ratio: float) -> float:
        return Exact(with_ratio(case, item, float(np.exp(log_ratio)))).forecast.by(day) - target

    roots = _roots(gap, -np.log(LIMIT), np.log(LIMIT))
    nearest = min(roots, key=lambda root: abs(root - np.log(ratio)), default=None)
    return BreakEven(item, day, target, ratio, None if nearest is None else float(np.exp(nearest)),
                     Exact(case).forecast.by(day))


def _roots(function, low: float, high: float, pieces: int = 96) -> list[float]:  # type: ignore[no-untyped-def]
    """Every root that an even grid of brackets shows; a jump across zero is no root."""
    from scipy.optimize import brentq

    grid = np.linspace(low, high, pieces + 1)
    values = [function(x) for x in grid]
    roots = [float(x) for x, value in zip(grid, values, strict=True) if value == 0]
    for a, b, left, right in zip(grid[:-1], grid[1:], values[:-1], values[1:], strict=True):
        if left * right < 0:
            root = float(brentq(function, a, b, xtol=1e-12))
            if abs(function(root)) < 1e-8:
                roots.append(root)
    return roots
