"""Small exact pieces of Bayesian arithmetic; NumPy and SciPy only."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, expit, roots_legendre

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

Z95 = 1.644854
"""The 95 % point of the standard normal, as the model states it."""

_POINT = 1e-12

_NEGLIGIBLE = 40.0
"""Nats below the top of a density at which what is left of it is no longer felt."""

_MOST_NODES = 512
"""Nodes of one integral at most; only ratios beyond thousands and records of thousands would ask for more."""


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
    low = high gives a point mass. Low and high need not be its quantiles.

    Returns
    -------
    Beta or None
        None if no concentration ≥ 2 gives so wide a range.
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
    """How many entries of a row of distribution functions are at most u < 1; shape of `row` and u.

    Parameters
    ----------
    cumulative : Array
        Distribution functions, each row ending at one; shape (row, n).
    row : Ints
        The row of each draw.
    u : Array
        Uniform draws.
    """
    # All rows in one ascending table, each one higher than the one before.
    table = cumulative + np.arange(len(cumulative))[:, None]
    below: Ints = np.searchsorted(table.ravel(), row + u, side="right") - row * cumulative.shape[1]
    return below


class Nodes(NamedTuple):
    """Quadrature for a Beta: nodes r in (0, 1), their log odds, and log weights whose exponentials sum to one."""

    r: Array
    log_odds: Array
    log_weight: Array


@lru_cache(maxsize=64)
def legendre(count: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on [−1, 1]."""
    nodes, weights = roots_legendre(count)
    return nodes, weights


@lru_cache(maxsize=4096)
def beta_nodes(alpha: float, beta: float, sharpness: float, tilt: float = 0.0, steepness: float = 0.0,
               refine: int = 1) -> Nodes:
    """Gauss-Legendre nodes for integrals over Beta(α, β), in φ with r = sin²φ.

    The density in φ is proportional to sin^(2α−1) φ cos^(2β−1) φ, smooth at both ends for α, β ≥ ½, and the square
    root that a report's credibility takes of r/(1−r) is the smooth tan φ. The second derivative of its logarithm is
    −(2α−1)/sin²φ − (2β−1)/cos²φ, at most −(√(2α−1) + √(2β−1))², so that the nodes need cover no more than a
    stretch about its mode, however long the record of a source.

    Parameters
    ----------
    alpha, beta : float
        Parameters of the Beta, at least ½.
    sharpness : float
        About how many observations the sharpest integrand is worth; the number of nodes grows with its root.
    tilt : float
        How far the logarithm of what is integrated against the Beta can range.
    steepness : float
        The same of the steepest single factor r v + (1 − r) g, which turns from one to the other within about
        exp(−steepness/2) of an end in φ; as nodes crowd there, their number grows with exp(steepness/4).
    refine : int
        Factor on the number of nodes, to check by doubling.
    """
    a, b = max(2 * alpha - 1, 0.0), max(2 * beta - 1, 0.0)
    mode = math.atan2(math.sqrt(a), math.sqrt(b))
    reach = math.sqrt(2 * (_NEGLIGIBLE + tilt)) / max(math.sqrt(a) + math.sqrt(b), 1e-9)
    low, high = max(mode - reach, 0.0), min(mode + reach, math.pi / 2)
    needed = 4 + 6 * math.exp(min(steepness / 4, 10.0)) + 4 * math.sqrt(sharpness) * (high - low) / (math.pi / 2)
    # Steps of 8 keep the number of different rules small, so that they are found in the cache.
    nodes, weights = legendre(8 * math.ceil(min(needed, _MOST_NODES) / 8) * refine)
    phi = low + (high - low) / 2 * (nodes + 1)
    square, complement = np.sin(phi) ** 2, np.cos(phi) ** 2
    log_weight = np.log(weights) + a / 2 * _log(square, complement) + b / 2 * _log(complement, square)
    log_weight -= log_weight.max()
    return Nodes(square, np.log(square) - np.log(complement), log_weight - logsumexp(log_weight))


def _log(part: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of a part of one, accurate near 0 and near 1."""
    return np.where(part < 0.5, np.log(part), np.log1p(-np.minimum(rest, 0.5)))
