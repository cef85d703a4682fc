"""Integrals over a handful of unknowns by importance sampling at points that fill the space evenly.

No random number is used: the same digits come every time. Points come from a few Gaussians, the later ones fitted to
what the earlier ones found, and all are weighted against their mixture (adaptive multiple importance sampling, Cornuet,
Marin, Mira & Robert 2012).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtri

from forecast.core.numerics import Array

Differentiated = Callable[[Array], tuple[Array, Array]]
"""From points, shape (point, unknown), to a log density, shape (point,), and its gradient, shape (point, unknown)."""

_STEP = 1e-3
WIDER = 1.15
"""By how much Gaussians are made wider than what they stand for, so that no point gets too much weight."""


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A Gaussian from which points come."""

    mean: Array
    root: Array
    """A square root of its covariance."""

    def points(self, count: int, scramble: int) -> Array:
        """Points that fill it evenly; shape (count, unknown)."""
        result: Array = self.mean + _normal(len(self.mean), count, scramble) @ self.root.T
        return result

    def log_density(self, points: Array) -> Array:
        """Up to a constant that all Gaussians of one size share; shape (point,)."""
        normal = np.linalg.solve(self.root, (points - self.mean).T)
        result: Array = -(normal**2).sum(axis=0) / 2 - np.linalg.slogdet(self.root)[1]
        return result


@lru_cache(maxsize=64)
def _normal(size: int, count: int, scramble: int) -> Array:
    return np.asarray(ndtri(sobol(size, count, scramble)))


def differentiated(log_density: Callable[[Array], Array]) -> Differentiated:
    """A log density with its gradient, by central differences."""
    def both(points: Array) -> tuple[Array, Array]:
        count, unknowns = points.shape
        steps = _STEP * np.eye(unknowns)
        sides = np.concatenate([points[:, None] + steps, points[:, None] - steps], axis=1)
        up, down = np.split(log_density(sides.reshape(-1, unknowns)).reshape(count, -1), 2, axis=1)
        return log_density(points), (up - down) / (2 * _STEP)

    return both


def at_mode(density: Differentiated, start: Array, step: float = _STEP) -> Gaussian:
    """The Gaussian at the mode of a density, its curvature by differences of the gradient; begins at `start`."""
    from scipy.optimize import minimize

    def loss(point: Array) -> tuple[float, Array]:
        log_density, gradient = density(point[None])
        return -float(log_density[0]), -gradient[0]

    mode = minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-3}).x
    steps = step * np.eye(len(mode))
    up, down = np.split(density(np.concatenate([mode + steps, mode - steps]))[1], 2)
    curvature = (down - up) / (2 * step)
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    # The widest direction comes first, and so has the most even of the Sobol points.
    return Gaussian(mode, WIDER * vectors / np.sqrt(np.maximum(values, 1e-2)))


def explore(computed: Callable[[Array], tuple[Array, ...]], proposals: Sequence[Gaussian], count: int, rounds: int = 1
            ) -> tuple[Array, Array, list[Array]]:
    """Compute a density and what else is wanted at points, with the weight of each point in the integral.

    `computed` leads from points, shape (point, unknown), to the log density, shape (point,), and anything else by
    point. So many points (`count`, a power of two) come from each of the proposals, such as the prior, and then, in
    each round, from one more Gaussian that is fitted to what has been found.

    Returns the points, their weights, which sum to one, and what else was computed.
    """
    chosen = list(proposals)
    points = np.concatenate([each.points(count, k) for k, each in enumerate(chosen)])
    found = list(computed(points))
    for _ in range(rounds):
        chosen.append(_fitted(points, _weights(found[0], points, chosen)))
        more = chosen[-1].points(count, len(chosen))
        points = np.concatenate([points, more])
        found = [np.concatenate(pair) for pair in zip(found, computed(more), strict=True)]
    return points, _weights(found[0], points, chosen), found[1:]


def _weights(log_density: Array, points: Array, proposals: Sequence[Gaussian]) -> Array:
    """Weights of points that come from several Gaussians in equal numbers; they sum to one."""
    log_weight = log_density - logsumexp([each.log_density(points) for each in proposals], axis=0)
    weight: Array = np.exp(log_weight - log_weight.max())
    return weight / weight.sum()


def _fitted(points: Array, weight: Array) -> Gaussian:
    centre = weight @ points
    covariance = (weight[:, None] * (points - centre)).T @ (points - centre)
    factor = np.linalg.cholesky(covariance + 1e-6 * np.eye(len(centre)))
    return Gaussian(centre, WIDER * factor.astype(np.float64))


_BITS = 30
"""Bits of a point."""


def sobol(size: int, count: int, seed: int) -> Array:
    """Scrambled Sobol points of the unit cube, bit for bit those of `scipy.stats.qmc`, which takes a second to load.

    A point is the sum, without carry, of direction numbers that its index chooses (Joe & Kuo 2008); they and a shift
    are scrambled by random bits, so that no point lies on a corner (Matoušek 1998). `count` is a power of two. Shape
    (count, size).
    """
    known, chosen = directions(), count.bit_length() - 1
    rng = np.random.default_rng(seed)
    if size > known.shape[0] or chosen > known.shape[1]:
        from scipy.stats import qmc

        return np.asarray(qmc.Sobol(size, rng=rng).random(count))
    (rng,) = rng.spawn(1)
    powers = 2 ** np.arange(_BITS, dtype=np.uint32)
    shift = rng.integers(2, size=(size, _BITS), dtype=np.uint32) @ powers
    mixing = np.tril(rng.integers(2, size=(size, _BITS, _BITS), dtype=np.uint32), -1) + np.eye(_BITS, dtype=np.uint32)
    digits = known.shape[1]
    stated = known[:size, None, :chosen] >> np.arange(digits - 1, -1, -1, dtype=np.uint32)[:, None] & 1
    scrambled = powers[::-1] @ (mixing[:, :, :digits] @ stated % 2)
    result = np.tile(shift, (count, 1))
    index = np.arange(count, dtype=np.uint32)
    for place in range(chosen):
        result ^= ((index ^ index >> 1) >> place & 1)[:, None] * scrambled[:, place]
    return result / 2.0**_BITS


@cache
def directions() -> NDArray[np.uint32]:
    """The first ten direction numbers of thirty unknowns, as SciPy has them, in units of two to the minus ten."""
    text = Path(__file__).with_name("sobol.json").read_text(encoding="utf-8")
    return np.array(json.loads(text), np.uint32)
