"""How much evidence was worth: a regression of outcomes on the prior and on what evidence adds.

    logit P(y_j = 1) = a + b·logit π_jt + e_jt(κ_m) + u_cluster(j)
    a ~ N(0, .5)   b ~ N(1, .25)   log κ_m ~ N(μ, τ), μ ~ N(0, .5), τ ~ HalfNormal(.3)   u ~ N(0, ω), ω ~ HalfNormal(.5)

Each question counts once, shared among its dates. Where the weights of kinds are learned apart, there is one κ for each
kind in the place of one for each analyst. `fit` integrates, `fit_nuts` samples the same density.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product
from typing import Any

import numpy as np
from scipy.fft import dct
from scipy.special import expit, log_expit, logsumexp, ndtr, ndtri

from forecast.core.errors import ForecastError
from forecast.core.importance import Gaussian, at_mode, differentiated, explore
from forecast.core.numerics import Array, Ints
from forecast.engine.nuts import kept_code
from forecast.records.evidence import KINDS
from forecast.records.types import Estimate

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
_LOG_WEIGHTS = np.log(_WEIGHTS / _WEIGHTS.sum())

BAND = (0.05, 0.5, 0.95)

_POINTS = 1024
"""Points of each round; a power of two."""

# Functions on the evidence weights, as Chebyshev polynomials: exact at their nodes, smooth between them.

LARGEST = 4.0
"""The largest weight that is looked at; beyond it a function is taken to stay as it is."""

TOGETHER, APART = 25, 7
"""Nodes for one weight of all evidence, and for each weight of a kind."""


@cache
def nodes(count: int) -> Array:
    """Weights from 0 to 4 at which functions are computed, rising; shape (count,)."""
    return LARGEST / 2 * (1 - np.cos(np.pi * np.arange(count) / (count - 1)))


@cache
def grid(count: int, weights: int) -> Array:
    """All combinations of nodes of several weights, the last one running fastest; shape (count^weights, weights)."""
    return np.array(list(product(nodes(count), repeat=weights)))


def coefficients(values: Array, count: int, weights: int) -> Array:
    """Coefficients of the polynomials that have these values on a grid; from and to (…, count^weights)."""
    shaped = values.reshape(*values.shape[:-1], *[count] * weights)
    for axis in range(-weights, 0):
        shaped = dct(np.flip(shaped, axis), type=1, axis=axis) / (count - 1)
        ends = [slice(None)] * shaped.ndim
        ends[axis] = slice(None, None, count - 1)
        shaped[tuple(ends)] /= 2
    return shaped.reshape(values.shape)


def basis(weight: Array, count: int) -> Array:
    """Values of the polynomials whose coefficients these are; from (…, weight) to (…, count^weights)."""
    place = np.clip(weight, 0, LARGEST) * 2 / LARGEST - 1
    degree = np.arange(count)
    each = np.cos(degree * np.arccos(place)[..., None])
    result = each[..., 0, :]
    for axis in range(1, weight.shape[-1]):
        result = (result[..., :, None] * each[..., axis, None, :]).reshape(*result.shape[:-1], -1)
    return result


# The regression.


@dataclass(frozen=True, eq=False)
class Rows:
    """What the regression sees: one row for each question, date and forecaster."""

    question: Ints
    """Shape (row,)."""
    cluster: Ints
    """Shape (row,)."""
    forecaster: Ints
    """Whose κ counts; shape (row,)."""
    forecasters: tuple[str, ...]
    prior: Array
    """logit π; shape (row,)."""
    pull: Array
    """Coefficients of e; shape (row, 25), or (row, 343) where weights of kinds are learned apart."""
    outcome: Array
    """1 where the event happened, else 0; shape (row,)."""
    weight: Array
    """How much a row counts; those of a question sum to what the question does; shape (row,)."""

    def __len__(self) -> int:
        return len(self.question)

    @property
    def is_apart(self) -> bool:
        """Whether the kinds have weights of their own."""
        return self.pull.shape[1] != TOGETHER

    def basis(self, kappa: Array) -> Array:
        """The polynomials at draws of κ; from (draw, κ) to (draw, forecaster, coefficient)."""
        if self.is_apart:
            return basis(kappa, APART)[:, None]
        return basis(kappa[..., None], TOGETHER)

    def without_evidence(self) -> Rows:
        """The same rows with the prior alone."""
        return replace(self, pull=np.zeros_like(self.pull))

    @property
    def can_teach(self) -> bool:
        """Whether some events happened and some did not."""
        return len(set(self.outcome.tolist())) > 1

    @property
    def weights(self) -> int:
        """How many weights of evidence there are to learn."""
        return len(KINDS) if self.is_apart else len(self.forecasters)


@dataclass(frozen=True, eq=False)
class Fitted:
    """Draws from the posterior of the regression."""

    rows: Rows
    shift: Array
    """a; shape (draw,)."""
    slope: Array
    """b; shape (draw,)."""
    kappa: Array
    """κ of each forecaster, or of each kind; shape (draw, κ)."""
    typical: Array
    """exp(μ), of one more forecaster; shape (draw,)."""
    error: Array
    """ω; shape (draw,)."""
    share: Array
    """How much of the posterior a draw stands for; shape (draw,), summing to one."""

    @property
    def weight(self) -> Estimate:
        """κ: of the only forecaster or, where there are several, of one like them."""
        return self.estimate(self.kappa[:, 0] if self.kappa.shape[1] == 1 else self.typical)

    def estimate(self, draws: Array) -> Estimate:
        """5 %, median and 95 % of something that has been drawn, with three digits."""
        order = np.argsort(draws, kind="stable")
        reached = np.cumsum(self.share[order]) - self.share[order] / 2
        low, stated, high = (float(f"{value:.3g}") for value in np.interp(BAND, reached, draws[order]))
        return Estimate(stated, low, high)

    @cached_property
    def linear(self) -> Array:
        """a + b·logit π + e(κ) of each row; shape (draw, row)."""
        return _linear(self.rows, self.shift, self.slope, self.kappa)

    @cached_property
    def log_likelihood(self) -> Array:
        """Log likelihood of each cluster, its own u integrated out; shape (draw, cluster)."""
        return _log_likelihood(self.rows, self.linear, self.error)

    @cached_property
    def left_out(self) -> Array:
        """How much of the posterior without a cluster each draw stands for; shape (cluster, draw)."""
        log_share = np.log(self.share) - self.log_likelihood.T
        result: Array = np.exp(log_share - logsumexp(log_share, axis=1, keepdims=True))
        return result

    @property
    def effective(self) -> float:
        """The fewest draws that a posterior without one of the clusters is worth."""
        return float((1 / (self.left_out**2).sum(axis=1)).min())

    def predicted(self) -> Array:
        """P(event) of each row by what all other clusters taught, its own u unknown; shape (row,)."""
        return self._predicted(1.0)

    def log_odds(self) -> Array:
        """The log odds of these, which are finite where P is 1 but for what a number cannot hold; shape (row,)."""
        return np.log(self._predicted(1.0)) - np.log(self._predicted(-1.0))

    def _predicted(self, sign: float) -> Array:
        """P(event), or of none with the sign −1."""
        chance = np.zeros(self.linear.shape)
        for z, share in zip(_NODES, np.exp(_LOG_WEIGHTS), strict=True):
            chance += share * expit(sign * (self.linear + self.error[:, None] * z))
        return np.einsum("rd,dr->r", self.left_out[self.rows.cluster], chance)


def _linear(rows: Rows, shift: Array, slope: Array, kappa: Array) -> Array:
    each = rows.basis(kappa)
    pulled = np.empty((len(shift), len(rows)))
    for forecaster in range(each.shape[1]):
        own = np.full(len(rows), True) if rows.is_apart else rows.forecaster == forecaster
        pulled[:, own] = each[:, forecaster] @ rows.pull[own].T
    return shift[:, None] + slope[:, None] * rows.prior + pulled


def _log_likelihood(rows: Rows, linear: Array, error: Array) -> Array:
    order = np.argsort(rows.cluster, kind="stable")
    starts = np.flatnonzero(np.diff(rows.cluster[order], prepend=-1))
    sign, weight = np.where(rows.outcome > 0, 1.0, -1.0)[order], rows.weight[order]
    place, by_cluster = sign * linear[:, order], []
    for z in _NODES.tolist():
        log_p = weight * log_expit(place + (error * z)[:, None] * sign)
        by_cluster.append(np.add.reduceat(log_p, starts, axis=1))
    result: Array = logsumexp(np.array(by_cluster) + _LOG_WEIGHTS[:, None, None], axis=0)
    return result


def build(rows: Rows) -> Any:
    """The regression as a PyMC model; its numbers are data of free length, so that one compiled function serves all."""
    kept_code.load()
    import pymc as pm
    import pytensor.tensor as pt

    coords = {"kappa": range(rows.weights), "cluster": range(int(rows.cluster.max()) + 1), "row": range(len(rows)),
              "coefficient": range(rows.pull.shape[1])}
    with pm.Model(coords=coords, check_bounds=False) as model:
        shift, slope = pm.Normal("shift", 0, 0.5), pm.Normal("slope", 1, 0.25)
        centre, spread = pm.Normal("centre", 0, 0.5), pm.HalfNormal("spread", 0.3)
        kappa = pm.Deterministic("weight", pt.exp(centre + spread * pm.Normal("place", dims="kappa")), dims="kappa")
        error = pm.HalfNormal("error", 0.5)
        off = error * pm.Normal("off", dims="cluster")
        pulled = _pulled(rows, kappa, pm, pt)
        linear = (shift + slope * pm.Data("prior", rows.prior, dims="row") + pulled
                  + off[pm.Data("own_cluster", rows.cluster, dims="row")])
        sign = pm.Data("sign", np.where(rows.outcome > 0, 1.0, -1.0), dims="row")
        share = pm.Data("share", rows.weight, dims="row")
        pm.Potential("outcomes", -(share * pt.softplus(-sign * linear)).sum())
    return model


def _pulled(rows: Rows, kappa: Any, pm: Any, pt: Any) -> Any:
    """e(κ) of each row."""
    pull = pm.Data("pull", rows.pull, dims=("row", "coefficient"))
    place = pt.minimum(kappa, LARGEST) * (2 / LARGEST) - 1
    each = _chebyshev(place, APART if rows.is_apart else TOGETHER, pt)
    if rows.is_apart:
        crossed = (each[0][:, None, None] * each[1][None, :, None] * each[2][None, None, :]).flatten()
        return pull @ crossed
    return (pull * each[pm.Data("own_forecaster", rows.forecaster, dims="row")]).sum(axis=1)


def _chebyshev(place: Any, count: int, pt: Any) -> Any:
    """T_0 … T_(count−1) at places in [−1, 1], by their recursion; shape (κ, count)."""
    terms = [pt.ones_like(place), place]
    while len(terms) < count:
        terms.append(2 * place * terms[-1] - terms[-2])
    return pt.stack(terms, axis=1)


def _refuse_useless(rows: Rows) -> None:
    if not rows.can_teach:
        raise ForecastError("nothing can be learned unless some events happened and some did not; name more questions")


def fit(rows: Rows) -> Fitted:
    """Integrate the regression at points that fill the space of its unknowns; a second where NUTS takes a minute.

    Raises `ForecastError` if there is nothing to learn from.
    """
    _refuse_useless(rows)

    def unknowns(points: Array) -> tuple[Array, Array, Array, Array, Array]:
        shift, slope = 0.5 * points[:, 0], 1 + 0.25 * points[:, 1]
        centre, spread, error = 0.5 * points[:, 2], 0.3 * _half(points[:, 3]), 0.5 * _half(points[:, 4])
        return shift, slope, np.exp(centre[:, None] + spread[:, None] * points[:, 5:]), np.exp(centre), error

    def computed(points: Array) -> tuple[Array, ...]:
        shift, slope, kappa, _, error = unknowns(points)
        log_likelihood = _log_likelihood(rows, _linear(rows, shift, slope, kappa), error).sum(axis=1)
        return (log_likelihood - (points**2).sum(axis=1) / 2,)

    size = 5 + rows.weights
    prior = Gaussian(np.zeros(size), np.eye(size))
    mode = at_mode(differentiated(lambda points: computed(points)[0]), prior.mean)
    points, share, _ = explore(computed, [prior, mode], _POINTS, rounds=2)
    kept = share > share.max() * 1e-9
    shift, slope, kappa, typical, error = (part[kept] for part in unknowns(points))
    return Fitted(rows, shift, slope, kappa, typical, error, share[kept] / share[kept].sum())


def _half(normal: Array) -> Array:
    """A half-normal number from a normal one, by their ranks."""
    return np.asarray(-ndtri(ndtr(-normal) / 2))


def fit_nuts(rows: Rows) -> Fitted:
    """Sample the regression; `ForecastError` if there is nothing to learn from, or the chains do not mix."""
    from forecast.engine.nuts.gated import sampled

    _refuse_useless(rows)
    structure = f"calibration of {rows.pull.shape} by {len(rows.forecasters)} in {int(rows.cluster.max()) + 1}"
    tree = sampled(build(rows), "the calibration", structure, draws=1000, tune=1000)
    found = {name: tree["posterior"][name].values.reshape(-1, *tree["posterior"][name].shape[2:])
             for name in ("shift", "slope", "weight", "centre", "error")}
    return Fitted(rows, found["shift"], found["slope"], found["weight"], np.exp(found["centre"]), found["error"],
                  np.full(len(found["shift"]), 1 / len(found["shift"])))


def rows_of(question: Sequence[int], cluster: Sequence[str], forecaster: Sequence[str], prior: Sequence[float],
            pull: Sequence[Array], outcome: Sequence[bool], no_weight: float = 1.0) -> Rows:
    """Rows from columns; the rows of one question share its weight, which is 1, or `no_weight` if it did not happen."""
    clusters, names = sorted(set(cluster)), tuple(sorted(set(forecaster)))
    number, happened = np.array(question, int), np.array(outcome, float)
    counts = np.where(happened > 0, 1.0, no_weight)
    return Rows(number, np.array([clusters.index(name) for name in cluster], int),
                np.array([names.index(name) for name in forecaster], int), names, np.array(prior, float),
                np.array(pull, float), happened, counts / np.bincount(number)[number])
