"""Times to the event: the Weibull cure model that learns from past cases, and the log-normal of a judgement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from forecast.core.numerics import Z95

Array = NDArray[np.float64]

LOG_SCALE = (np.log(26.0), 1.0)
"""Mean and standard deviation of log λ (weeks) before any case."""
LOG_SHAPE = (0.0, 0.5)
"""Mean and standard deviation of log γ before any case."""


class PastCase(NamedTuple):
    """One case of a reference class, followed for so many weeks."""

    case: str
    weeks: float
    outcome: Literal["event", "ended", "censored"]
    weight: float = 1.0


def log_weibull_survival(x: Array, scale: Array, shape: Array) -> Array:
    """Log of S(x) = exp(−(x/λ)^γ)."""
    return -((x / scale) ** shape)


def lognormal_share(x: Array, low: float, median: float, high: float) -> Array:
    """G(x)/G(x[-1]) for the log-normal G with this median and σ = ln(high/low)/(2·1.644854)."""
    sigma = np.log(high / low) / (2 * Z95)
    log_g = log_ndtr(np.log(np.maximum(x, 1e-300) / median) / sigma)
    return np.exp(log_g - log_g[-1])


@dataclass(frozen=True)
class CureModel:
    """Posterior of a mixture cure model with Weibull times (Berkson & Gage 1952), on a grid.

    A share π of cases sees the event, after a Weibull(λ, γ) time:
    π ~ Beta(2, 2), λ ~ LogNormal(ln 26, 1), γ ~ LogNormal(0, 0.5). A case of t weeks and weight w adds w·log ℓ with
    ℓ = π f(t) if the event came, 1 − π if it ended without, 1 − π + π S(t) if it is censored.

    Attributes
    ----------
    share : Array
        Nodes of π; shape (p,).
    scale, shape : Array
        Nodes of λ in weeks and of γ, a flattened grid; shape (c,).
    weight : Array
        Posterior probability of each node; shape (p, c); sums to one.
    """

    share: Array
    scale: Array
    shape: Array
    weight: Array

    @cached_property
    def cell_mean(self) -> Array:
        """E[π; cell], the joint weight of each (λ, γ) and a coming event; shape (c,)."""
        return self.share @ self.weight

    @cached_property
    def nodes(self) -> Array:
        """Distribution function of the flat nodes (π, cell)."""
        return np.cumsum(self.weight)

    @cached_property
    def lasting(self) -> Array:
        """Sums of E[1 − π; node] over the flat nodes, of what never happens however long one waits."""
        return np.cumsum(self.weight * (1 - self.share[:, None]))

    @cached_property
    def share_given(self) -> Array:
        """Distribution function of π given a cell and a coming event; shape (c, p), each row ending at one."""
        given = np.cumsum((self.share[:, None] * self.weight).T, axis=1)
        return given / given[:, -1:]

    @cached_property
    def _survival(self) -> dict[float, Array]:
        return {}

    def survival(self, x: Array) -> Array:
        """S(x) at each (λ, γ); shape (c, len(x)). Each time is computed once: as weeks pass, most stay the same."""
        times, known = x.tolist(), self._survival
        new = [time for time in times if time not in known]
        values = np.exp(log_weibull_survival(np.array(new)[:, None], self.scale, self.shape))
        known.update(zip(new, values, strict=True))
        return np.array([known[time] for time in times]).T

    def means(self) -> dict[str, float]:
        """Posterior means of π, λ and γ."""
        cells = self.weight.sum(axis=0)
        return {"share": float(self.share @ self.weight.sum(axis=1)), "scale": float(cells @ self.scale),
                "shape": float(cells @ self.shape)}


def _log_density(cases: tuple[PastCase, ...], y: Array, u: Array, v: Array) -> Array:
    """Log posterior density in logit π, log λ, log γ, on the outer grid of y (p,) and paired u, v (c,)."""
    log_pi, log_rest = -np.logaddexp(0, -y), -np.logaddexp(0, y)
    weeks = {kind: np.array([c.weeks for c in cases if c.outcome == kind]) for kind in ("event", "censored")}
    weights = {kind: np.array([c.weight for c in cases if c.outcome == kind])
               for kind in ("event", "ended", "censored")}
    shape = np.exp(v)
    # Beta(2, 2) in logit π is π² (1 − π)² up to a constant.
    rows = (2 + weights["event"].sum()) * log_pi + (2 + weights["ended"].sum()) * log_rest
    ratio = np.log(weeks["event"])[:, None] - u
    log_f = v - u + (shape - 1) * ratio - np.exp(np.minimum(shape * ratio, 600.0))
    columns = (weights["event"] @ log_f - 0.5 * ((u - LOG_SCALE[0]) / LOG_SCALE[1]) ** 2
               - 0.5 * ((v - LOG_SHAPE[0]) / LOG_SHAPE[1]) ** 2)
    density = rows[:, None] + columns[None, :]
    pi, rest = np.exp(log_pi)[:, None], np.exp(log_rest)[:, None]
    for week, weight in zip(weeks["censored"], weights["censored"], strict=True):
        survival = np.exp(-np.exp(np.minimum(shape * (np.log(week) - u), 600.0)))
        density += weight * np.log(rest + pi * survival)
    return density


@lru_cache(maxsize=32)
def learn(cases: tuple[PastCase, ...], refine: float = 1) -> CureModel:
    """Learn the cure model from past cases; cached by content.

    A coarse grid in logit π, log λ and log γ zooms in on the region within 30 nats of the mode. An even grid then
    fills it: the trapezoid rule converges exponentially for a density that vanishes at the ends (Trefethen &
    Weideman 2014, doi:10.1137/130932132). Nodes without weight are left out.

    Parameters
    ----------
    cases : tuple of PastCase
        Past cases; the order is irrelevant.
    refine : float
        Factor on the number of nodes along each axis, to check by doubling.
    """
    cases = merged(cases)
    box = np.array([[-20.0, 20.0], [LOG_SCALE[0] - 9, LOG_SCALE[0] + 9], [LOG_SHAPE[0] - 4.5, LOG_SHAPE[0] + 4.5]])
    for _ in range(_ZOOMS):
        axes, density = _on_grid(cases, box, (25, 25, 25))
        near = density > density.max() - 30
        for dimension, axis in enumerate(axes):
            inside = np.flatnonzero(near.any(axis=tuple({0, 1, 2} - {dimension})))
            box[dimension] = axis[max(inside[0] - 1, 0)], axis[min(inside[-1] + 1, 24)]
    (y, u, v), density = _on_grid(cases, box, tuple(int(refine * count) for count in _GRID))
    weight = np.exp(density - density.max()).reshape(len(y), -1)
    weight /= weight.sum()
    log_scale, log_shape = (axis.ravel() for axis in np.meshgrid(u, v, indexing="ij"))
    cells, shares = (weight.max(axis=axis) > 1e-13 * weight.max() for axis in (0, 1))
    return CureModel(share=1 / (1 + np.exp(-y[shares])), scale=np.exp(log_scale[cells]),
                     shape=np.exp(log_shape[cells]), weight=weight[np.ix_(shares, cells)])


_ZOOMS = 5
_GRID = (64, 80, 64)


def _on_grid(cases: tuple[PastCase, ...], box: Array, counts: tuple[int, ...]) -> tuple[list[Array], Array]:
    """Log density on an even grid over a box in (logit π, log λ, log γ); axes and an array of three dims."""
    axes = [np.linspace(low, high, count) for (low, high), count in zip(box, counts, strict=True)]
    u, v = (axis.ravel() for axis in np.meshgrid(axes[1], axes[2], indexing="ij"))
    return axes, _log_density(cases, axes[0], u, v).reshape(counts)


def merged(cases: tuple[PastCase, ...]) -> tuple[PastCase, ...]:
    """Join cases of equal weeks and outcome by adding their weights, and drop those of weight 0; in a fixed order."""
    total: dict[tuple[str, float], float] = {}
    for case in sorted(cases, key=lambda c: (c.outcome, c.weeks, c.weight)):
        key = (case.outcome, 0.0 if case.outcome == "ended" else case.weeks)
        total[key] = total.get(key, 0.0) + case.weight
    return tuple(PastCase("", weeks or 1.0, outcome, weight)  # type: ignore[arg-type]
                 for (outcome, weeks), weight in total.items() if weight > 0)
