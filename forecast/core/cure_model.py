"""Times to the event: the Weibull cure model that learns from past cases, and the log-normal of a judgement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import log_ndtr, ndtr

from forecast.core.numerics import Z95, Array, logsumexp

LOG_SCALE = (np.log(26.0), 1.0)
"""Mean and standard deviation of log λ (weeks) before any case."""
LOG_SHAPE = (0.0, 0.5)
"""Mean and standard deviation of log γ before any case."""


Outcome = Literal["event", "ended", "censored"]
"""How a past case came out: the event, an end without it, or not yet."""


class PastCase(NamedTuple):
    """One case of a reference class, followed for so many weeks."""

    case: str
    weeks: float
    outcome: Outcome
    weight: float = 1.0


def log_weibull_survival(x: Array, scale: Array, shape: Array) -> Array:
    """Log of S(x) = exp(−(x/λ)^γ)."""
    return -np.exp(np.minimum(shape * (np.log(np.maximum(x, 1e-300)) - np.log(scale)), 700.0))


def lognormal_share(x: Array, low: float, median: float, high: float) -> Array:
    """G(x)/G(x[-1]) for the log-normal G with this median and σ = ln(high/low)/(2·1.644854)."""
    log_g = log_ndtr(_normal(x, low, median, high))
    return np.exp(log_g - log_g[-1])


def lognormal_shares(edges: Array, low: float, median: float, high: float) -> Array:
    """What `lognormal_share` grows by from edge to edge, with all its digits beyond the median, too.

    There G is next to one, and its differences are taken of 1 − G.
    """
    z = _normal(edges, low, median, high)
    grown, fallen = np.diff(lognormal_share(edges, low, median, high)), -np.diff(ndtr(-z)) / max(ndtr(z[-1]), 0.5)
    return np.where(z[:-1] > 0, fallen, grown)


def _normal(x: Array, low: float, median: float, high: float) -> Array:
    """Logarithms of times, in standard deviations from the median; σ = ln(high/low)/(2·1.644854)."""
    sigma = np.log(high / low) / (2 * Z95)
    z: Array = np.log(np.maximum(x, 1e-300) / median) / sigma
    return z


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

    @cached_property
    def _cumulative(self) -> dict[float, float]:
        return {}

    def cumulative(self, x: Array) -> Array:
        """E[F(x)] = E[π (1 − S(x))]; shape of x. Each time is computed once, however priors are pooled."""
        times, known = x.tolist(), self._cumulative
        new = np.array([time for time in dict.fromkeys(times) if time not in known])
        fallen = -np.expm1(log_weibull_survival(new[:, None], self.scale, self.shape))
        # Row by row, so that the last digit does not depend on which times were asked for before.
        known.update(zip(new.tolist(), (fallen * self.cell_mean).sum(axis=1).tolist(), strict=True))
        return np.array([known[time] for time in times])

    def means(self) -> dict[str, float]:
        """Posterior means of π, λ and γ."""
        cells = self.weight.sum(axis=0)
        return {"share": float(self.share @ self.weight.sum(axis=1)), "scale": float(cells @ self.scale),
                "shape": float(cells @ self.shape)}


class UnresolvedError(ArithmeticError):
    """The posterior of past cases could not be integrated to the accuracy that is promised."""


_TOO_CLOSE = ("the past cases lie too close together for their posterior to be integrated; "
              "give them the spread that their dates really have")


TOLERANCE = 5e-4
"""How far a grid and one with half as many nodes along each axis may differ in any E[F(x)].

The trapezoid rule's error is squared, at least, when its nodes are doubled, so that the finer grid is then good to
2.5e-7.
"""

_COARSE = (25, 25, 25)
_GRIDS = ((57, 73, 73), (113, 145, 145))
_ZOOMS = 40
_EXPECTATIONS = 60
_DEEPEST = 32.0
"""Nats below the top beyond which nothing is integrated."""
_START = ((-25.0, 25.0), (-12.0, 12.0), (-5.0, 21.0))
"""Ends of the axes logit π, z and log γ at first; the last are never left: beyond, all durations are one and the same.
"""


@dataclass(frozen=True)
class _Table:
    """Past cases as arrays, and the coordinates in which their posterior is wide in no direction.

    Durations that lie close together pin log λ to 1/γ of a week's share, so that the ridge is ever thinner the larger
    γ is. Hence λ is measured from the middle m(γ) of its own distribution given γ, in units of a width s(γ) that is
    about its own: log λ = m + s·z.
    """

    events: Array
    event_weight: Array
    ended: float
    censored: Array
    censored_weight: Array

    @classmethod
    def of(cls, cases: tuple[PastCase, ...]) -> _Table:
        rows = {kind: [case for case in cases if case.outcome == kind] for kind in ("event", "ended", "censored")}
        return cls(np.log([case.weeks for case in rows["event"]]), np.array([case.weight for case in rows["event"]]),
                   float(sum(case.weight for case in rows["ended"])),
                   np.log([case.weeks for case in rows["censored"]]),
                   np.array([case.weight for case in rows["censored"]]))

    def scale(self, log_shape: Array) -> tuple[Array, Array]:
        """Middle m and width s of log λ given log γ, from the cases and the prior; each of the same shape.

        A censored case counts in the middle by how probable it is that its event is still to come (EM; Dempster, Laird
        & Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x): many of them move it by many widths.
        """
        shape, weight = np.exp(log_shape), self.event_weight.sum()
        width = 1 / np.sqrt(1 / LOG_SCALE[1] ** 2 + weight * shape**2)
        if not len(self.events):
            return np.full_like(log_shape, LOG_SCALE[0]), width
        precise = weight * shape**2 * width**2
        log_coming, total = np.full((len(shape), len(self.censored)), -np.inf), self.censored_weight.sum()
        for _ in range(_EXPECTATIONS if len(self.censored) else 1):
            # log Σ w (t/λ)^γ = log weight is where the cases alone would put λ.
            came = shape[:, None] * self.events + np.log(self.event_weight)
            coming = shape[:, None] * self.censored + np.log(self.censored_weight) + log_coming
            powers = np.concatenate([came, coming], axis=1)
            middle = precise * (logsumexp(powers, axis=1) - np.log(weight)) / shape + (1 - precise) * LOG_SCALE[0]
            share = (2 + weight + np.exp(log_coming) @ self.censored_weight) / (4 + weight + self.ended + total)
            power = np.exp(np.minimum(shape[:, None] * (self.censored - middle[:, None]), 600.0))
            log_coming = -np.logaddexp(0, (np.log1p(-share) - np.log(share))[:, None] + power)
        return middle, width

    def log_density(self, y: Array, z: Array, v: Array) -> tuple[Array, Array, Array]:
        """Log density at logit π, z and log γ, shape (y, z, v); log λ and log γ of each cell, shape (z, v)."""
        middle, width = self.scale(v)
        log_scale, shape = middle + width * z[:, None], np.exp(v)
        log_shape = np.broadcast_to(v, log_scale.shape)
        cells = (np.log(width) - 0.5 * ((log_scale - LOG_SCALE[0]) / LOG_SCALE[1]) ** 2
                 - 0.5 * ((log_shape - LOG_SHAPE[0]) / LOG_SHAPE[1]) ** 2)
        for time, weight in zip(self.events, self.event_weight, strict=True):
            power = shape * (time - log_scale)
            cells = cells + weight * (log_shape - time + power - np.exp(np.minimum(power, 600.0)))
        log_pi, log_rest = -np.logaddexp(0, -y), -np.logaddexp(0, y)
        # Beta(2, 2) in logit π is π² (1 − π)² up to a constant.
        rows = (2 + self.event_weight.sum()) * log_pi + (2 + self.ended) * log_rest
        density = rows[:, None, None] + cells
        pi, rest = np.exp(log_pi)[:, None, None], np.exp(log_rest)[:, None, None]
        for time, weight in zip(self.censored, self.censored_weight, strict=True):
            survival = np.exp(-np.exp(np.minimum(shape * (time - log_scale), 600.0)))
            density = density + weight * np.log(rest + pi * survival)
        return density, log_scale, log_shape


@lru_cache(maxsize=32)
def learn(cases: tuple[PastCase, ...]) -> CureModel:
    """Learn the cure model from past cases; cached by content.

    A coarse grid zooms in on the region within 32 nats of the mode. An even grid then fills it: the trapezoid rule
    converges exponentially for a density that vanishes at the ends (Trefethen & Weideman 2014,
    doi:10.1137/130932132). Every second node of each axis makes a grid of its own; where the two differ by more than
    `TOLERANCE` in E[F(x)] at any x, the grid is made finer, and in the end refused. Nodes without weight are left out.

    Parameters
    ----------
    cases : tuple of PastCase
        Past cases; the order is irrelevant.

    Raises
    ------
    UnresolvedError
        If no grid passes, which takes durations that are all but equal and very many.
    """
    table = _Table.of(merged(cases))
    box = _zoomed(table)
    for counts in _GRIDS:
        model = _filled(table, box, counts, 1)
        if _apart(model, _filled(table, box, counts, 2)) <= TOLERANCE:
            return model
    raise UnresolvedError(_TOO_CLOSE)


def _zoomed(table: _Table) -> Array:
    """Ends of each axis around all that lies within some nats of the mode; shape (axis, 2).

    Each axis shrinks to what lies near the top, and grows where the box has cut that off.
    """
    box = np.array(_START)
    for _ in range(_ZOOMS):
        axes = [np.linspace(low, high, count) for (low, high), count in zip(box, _COARSE, strict=True)]
        density = table.log_density(*axes)[0]
        near = density > density.max() - _DEEPEST
        before, cut = box.copy(), False
        for dimension, axis in enumerate(axes):
            inside = np.flatnonzero(near.any(axis=tuple({0, 1, 2} - {dimension})))
            ends, size = (int(inside[0]), int(inside[-1])), np.ptp(axis)
            low = axis[ends[0] - 1] if ends[0] else axis[0] - size / 2
            high = axis[ends[1] + 1] if ends[1] < len(axis) - 1 else axis[-1] + size / 2
            if dimension == 2:
                low, high = np.clip([low, high], *_START[2])
            cut |= low < axis[0] or high > axis[-1]
            box[dimension] = low, high
        if not cut and np.ptp(box, axis=1) @ (1 / np.ptp(before, axis=1)) > 2.9:
            return box
    raise UnresolvedError(_TOO_CLOSE)


def _filled(table: _Table, box: Array, counts: tuple[int, ...], step: int) -> CureModel:
    """The posterior on an even grid over a box, or on every so many-th node of it."""
    y, z, v = (np.linspace(low, high, count)[::step] for (low, high), count in zip(box, counts, strict=True))
    density, log_scale, log_shape = table.log_density(y, z, v)
    weight = np.exp(density - density.max()).reshape(len(y), -1)
    weight /= weight.sum()
    cells, shares = (weight.max(axis=axis) > 1e-13 * weight.max() for axis in (0, 1))
    return CureModel(share=1 / (1 + np.exp(-y[shares])), scale=np.exp(log_scale.ravel()[cells]),
                     shape=np.exp(log_shape.ravel()[cells]), weight=weight[np.ix_(shares, cells)])


def _apart(one: CureModel, other: CureModel) -> float:
    """The largest difference of E[F(x)] anywhere in the spread of the durations."""
    x = np.quantile(np.concatenate([one.scale, other.scale]), np.linspace(0.001, 0.999, 41))
    x = np.unique(np.concatenate([x, x * 0.97, x * 1.03, np.geomspace(0.1, 2000, 40)]))
    return float(np.abs(one.cumulative(x) - other.cumulative(x)).max())


def merged(cases: tuple[PastCase, ...]) -> tuple[PastCase, ...]:
    """Join cases of equal weeks and outcome by adding their weights, and drop those of weight 0; in a fixed order."""
    total: dict[tuple[str, float], float] = {}
    for case in sorted(cases, key=lambda c: (c.outcome, c.weeks, c.weight)):
        key = (case.outcome, 0.0 if case.outcome == "ended" else case.weeks)
        total[key] = total.get(key, 0.0) + case.weight
    return tuple(PastCase("", weeks or 1.0, outcome, weight)  # type: ignore[arg-type]
                 for (outcome, weeks), weight in total.items() if weight > 0)
