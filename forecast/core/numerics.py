"""Small exact pieces of Bayesian arithmetic; NumPy and SciPy only."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, expit, logit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

Z95 = 1.644854
"""The 95 % point of the standard normal, as the model states it."""

CROWD_EDGE = 1e-3
"""How near to certainty a crowd is taken to be at most."""

_POINT = 1e-12


def plain(value: Any) -> Any:
    """A value with Python's own number or truth value in the place of each one of NumPy, in lists and mappings too.

    Numbers out of data frames are such ones. Anything else stays as it is.
    """
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        entries = [plain(entry) for entry in value]
        return type(value)(*entries) if hasattr(value, "_fields") else type(value)(entries)
    if isinstance(value, np.bool):
        return bool(value)
    if isinstance(value, np.integer) and not isinstance(value, np.timedelta64):
        return int(value)
    return float(value) if isinstance(value, np.floating) else value


def unwritable[Numbers: NDArray[Any]](values: Numbers) -> Numbers:
    """An array that nobody can write to any more, since what is read off it would contradict it."""
    values.setflags(write=False)
    return values


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a number of Python's own, which a truth value is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class Beta(NamedTuple):
    """A Beta distribution by its two parameters; a point mass has infinite ones and `mean`."""

    alpha: float
    beta: float
    mean: float

    @property
    def is_point(self) -> bool:
        """Whether all mass lies on the mean."""
        return self.alpha == np.inf


def _width(mean: float, concentration: Array) -> Array:
    alpha, beta = mean * concentration, (1 - mean) * concentration
    return np.asarray(betaincinv(alpha, beta, 0.95) - betaincinv(alpha, beta, 0.05))


@lru_cache(maxsize=1024)
def widest_range(mean: float) -> float:
    """Width of the widest 5-95 % range of a Beta with this mean and a concentration of at least 2."""
    return float(_width(mean, np.geomspace(2, 200, 200)).max())


@lru_cache(maxsize=1024)
def beta_from_range(low: float, mean: float, high: float) -> Beta | None:
    """Fit a Beta to [low, stated, high].

    Its mean is the stated value, and its concentration the largest ≥ 2 whose 5-95 % width equals high − low;
    low = high gives a point mass. Low and high need not be its quantiles. None if no concentration ≥ 2 gives so wide a
    range.
    """
    width = high - low
    if width < _POINT:
        return Beta(np.inf, np.inf, mean)
    # A normal range is 2 z sqrt(mean (1 - mean) / concentration) wide, which bounds the search from above.
    largest = max(4.0, 40 * mean * (1 - mean) * (2 * Z95 / width) ** 2)
    grid = np.geomspace(largest, 2, 400)
    for _ in range(8):
        wide = _width(mean, grid) >= width
        if not wide.any():
            return None
        first = max(int(np.argmax(wide)), 1)
        grid = np.geomspace(grid[first - 1], grid[first], 100)
    concentration = float(grid[0])
    return Beta(mean * concentration, (1 - mean) * concentration, mean)


def decibans(log_odds: float) -> float:
    """Express natural log odds in decibans, 10·log10 of the odds (Good 1950)."""
    return float(log_odds) * 10 / math.log(10)


def probability(db: float) -> float:
    """Turn decibans into the probability that has these odds."""
    return float(expit(db * math.log(10) / 10))


def of_crowd(probability: Array | float) -> Array:
    """A crowd's probability as a pool takes it: a price of 0 or 1 would leave nobody else a say."""
    return np.clip(probability, CROWD_EDGE, 1 - CROWD_EDGE)


def log_odds_pool(weights: Array, probabilities: Array) -> Array:
    """Pool probabilities by a weighted mean of their log odds; from (…, source) and (source, …) to (…, …)."""
    return np.asarray(expit(weights @ logit(probabilities)))


def logsumexp(values: Array, axis: int | tuple[int, ...] | None = None) -> Array:
    """Sum in log space; −∞ where every term is −∞. A lean form of SciPy's, which costs more than the sum."""
    top = values.max(axis=axis, keepdims=True)
    if not np.isfinite(top).all():
        top = np.where(np.isfinite(top), top, 0.0)
    scaled = values - top
    with np.errstate(divide="ignore"):
        total: Array = np.log(np.exp(scaled, out=scaled).sum(axis=axis))
    return total + (top.item() if axis is None else top.squeeze(axis))


def entries_below(cumulative: Array, row: Ints, u: Array) -> Ints:
    """How many entries of a row of distribution functions are at most u < 1, for each draw's row and u.

    Each row of `cumulative`, shape (row, n), ends at one. Shape of `row` and u.
    """
    # All rows in one ascending table, each one higher than the one before.
    table = cumulative + np.arange(len(cumulative))[:, None]
    below: Ints = np.searchsorted(table.ravel(), row + u, side="right") - row * cumulative.shape[1]
    return below


_FEW = 256
"""Entries up to which every pair is looked at: that is faster than merges."""


def earlier_within(bucket: Ints, place: Ints, reach: Array) -> Ints:
    """How many earlier entries of its bucket lie within its reach of each entry's place, the ends included.

    All have shape (n,). Buckets count from 0, a place is anywhere on a line, and the reach, either way, is at least 0
    and perhaps infinite. O(n log² n).
    """
    if len(bucket) <= _FEW:
        near = (bucket[:, None] == bucket) & (np.abs(place[:, None] - place) <= reach[:, None])
        return np.asarray(np.tril(near, -1).sum(axis=1))
    low, high = place.min(initial=0), place.max(initial=0)
    width = int(high - low) + 2
    spot = bucket * width + (place - low)
    within = np.minimum(reach, width).astype(int)
    first = np.maximum(spot - within, bucket * width)
    last = np.minimum(spot + within, bucket * width + width - 1)
    return _earlier_up_to(spot, last) - _earlier_up_to(spot, first - 1)


def _earlier_up_to(values: Ints, limits: Ints) -> Ints:
    """How many of the entries before each one are at most its limit: each pair meets in one merge of halves."""
    count = len(values)
    result, index, size = np.zeros(count, int), np.arange(count), 1
    span = int(max(values.max(initial=0), limits.max(initial=0))) + 2
    while size < count:
        block = index // size
        inside = np.sort(block * span + values)
        right = np.flatnonzero(block % 2)
        before = block[right] - 1
        found = np.searchsorted(inside, before * span + np.maximum(limits[right], -1), side="right")
        result[right] += found - before * size
        size *= 2
    return result


def pairs_within(bucket: Ints, place: Ints, reach: Array, names: Ints) -> Ints:
    """Every pair of entries of one bucket that lie within its reach of each other, the earlier first; shape (pair, 2).

    All have shape (n,). Places ascend; the reach is the same for all entries of a bucket, perhaps infinite; `names` are
    those of the entries in the result.
    """
    order = np.argsort(bucket, kind="stable")
    width = int(np.ptp(place)) + 1 if len(place) else 1
    number = np.cumsum(np.diff(bucket[order], prepend=bucket[order][:1]) != 0)
    spot = 2 * width * number + place[order] - place.min(initial=place[0] if len(place) else 0)
    ends = np.searchsorted(spot, spot + np.minimum(reach[order], width), side="right")
    count = ends - np.arange(len(order)) - 1
    earlier = np.repeat(np.arange(len(order)), count)
    later = earlier + 1 + np.arange(len(earlier)) - np.repeat(np.cumsum(count) - count, count)
    return np.stack([names[order][earlier], names[order][later]], axis=1)


def inside_unit(value: float, digits: int) -> float:
    """A number in (0, 1) with so many significant digits, and its complement with at least one fewer."""
    places = digits - 1 - math.floor(math.log10(value))
    if value < 1:
        places = max(places, digits - 2 - math.floor(math.log10(1 - value)))
    return round(value, places)
