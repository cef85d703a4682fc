"""Small exact pieces of Bayesian arithmetic; NumPy and SciPy only."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betaincinv, betaln, expit

Z95 = 1.644854
"""The 95 % point of the standard normal, as the model states it."""

_POINT = 1e-12


class Beta(NamedTuple):
    """A Beta distribution by its two parameters; a point mass has infinite ones and `mean`."""

    alpha: float
    beta: float
    mean: float

    @property
    def is_point(self) -> bool:
        """Whether all mass lies on the mean."""
        return self.alpha == np.inf


def _width(mean: float, concentration: float) -> float:
    alpha, beta = mean * concentration, (1 - mean) * concentration
    return float(betaincinv(alpha, beta, 0.95) - betaincinv(alpha, beta, 0.05))


@lru_cache(maxsize=1024)
def widest_range(mean: float) -> float:
    """Width of the widest 5-95 % range of a Beta with this mean and a concentration of at least 2."""
    return max(_width(mean, concentration) for concentration in np.geomspace(2, 200, 200))


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
    for upper, lower in zip(grid[:-1], grid[1:], strict=True):
        if _width(mean, lower) >= width:
            concentration = float(brentq(lambda c: _width(mean, c) - width, lower, upper, xtol=1e-12, rtol=1e-14))
            return Beta(mean * concentration, (1 - mean) * concentration, mean)
    return None


def decibans(log_odds: float) -> float:
    """Express natural log odds in decibans, 10·log10 of the odds (Good 1950)."""
    return float(log_odds) * 10 / np.log(10)


def probability(db: float) -> float:
    """Turn decibans into the probability that has these odds."""
    return float(expit(db * np.log(10) / 10))


def logsumexp(values: NDArray[np.float64], axis: int | tuple[int, ...] | None = None) -> NDArray[np.float64]:
    """Sum in log space; −∞ where every term is −∞. A lean form of SciPy's, which costs more than the sum."""
    top = np.max(values, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        total = np.log(np.sum(np.exp(values - top), axis=axis, keepdims=True)) + top
    return np.squeeze(total, axis=axis) if axis is not None else total.reshape(())[()]


class Nodes(NamedTuple):
    """Quadrature for a Beta: nodes r in (0, 1), their complements, and log weights that sum to one."""

    r: NDArray[np.float64]
    complement: NDArray[np.float64]
    log_weight: NDArray[np.float64]


@lru_cache(maxsize=64)
def legendre(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre nodes and weights on [−1, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights


def beta_nodes(alpha: float, beta: float, count: int) -> Nodes:
    """Gauss-Legendre nodes for an integral over Beta(α, β), in φ with r = sin²φ.

    The density in φ is 2 sin^(2α−1) φ cos^(2β−1) φ / B(α, β), smooth at both ends for α, β ≥ ½, and the square
    root that a report's credibility takes of r/(1−r) is the smooth tan φ.

    Parameters
    ----------
    alpha, beta : float
        Parameters of the Beta, at least ½.
    count : int
        Number of nodes.
    """
    nodes, weights = legendre(count)
    phi = np.pi / 4 * (nodes + 1)
    sine, cosine = np.sin(phi), np.cos(phi)
    log_weight = (np.log(np.pi / 2 * weights) + (2 * alpha - 1) * np.log(sine) + (2 * beta - 1) * np.log(cosine)
                  - betaln(alpha, beta))
    return Nodes(sine**2, cosine**2, log_weight)
