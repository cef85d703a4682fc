"""Several analysts' ratios of the same items, pooled: who leans which way, who is bold, who is noisy.

With y_im = 10·log10 R of item i as analyst m states it,

    y_im = b_m + c_m θ_i + σ_m t_4        Σ b = 0, b ~ N(0, 1 dB)     mean c = 1, log c ~ N(0, .3)
    σ_m ~ LogNormal(ln 1.5 dB, .5)        θ_i ~ N(μ, ω), μ ~ N(0, 2 dB), ω ~ LogNormal(ln 3 dB, .5)

What is pooled is E[θ_i | y], with its variance. θ_i is integrated on an even grid. Where analysts answer in words, they
often say the very same, and σ may be a tenth of a decibel: such peaks an even grid would miss, and invent others at its
nodes. Then each peak has nodes of its own, dense where it is and ever wider away from it. The other 3m
unknowns are integrated by importance sampling at Sobol points. To plug in their mode alone, as EM would, is not enough:
of two analysts either may be the noisy one, the mode knows of one of them only, and E[θ_i | y] is missed by up to one
decibel. The points are the same every time, so that the same digits come.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache

import numpy as np
from scipy.linalg import helmert

from forecast.core.equality import ByValue
from forecast.core.importance import Gaussian, at_mode, explore
from forecast.core.numerics import Array, Mask

FREEDOM = 4
"""Degrees of freedom of the noise: now and then somebody is far off."""

BIAS, BOLDNESS = 1.0, 0.3
"""Standard deviations of b, in decibans, and of log c."""

NOISE = (np.log(1.5), 0.5)
"""Mean and standard deviation of log σ."""

CENTRE = (0.0, 2.0)
"""Mean and standard deviation of μ, in decibans."""

SPREAD = (np.log(3.0), 0.5)
"""Mean and standard deviation of log ω."""

_POINTS = 512
"""Points of each of three Gaussians; a power of two, as Sobol points need."""
_MARGIN, _STEP = 12.0, 0.55
"""Decibans by which the grid of an item's θ goes beyond 0 and what is stated of it, and its widest step."""
_UNRESOLVED = 0.02
"""Share of the posterior that may lie where σ/c is less than half a step, for the even grid to do."""
_AXIS = np.linspace(-3.5, 3.5, 21)
"""Nodes about each peak of p(y | θ); E[θ] is good to a hundredth of a decibel."""
_FEW = 12
"""Statements up to which the posterior is so near the prior that its mode need not be found."""
_CELLS = 500_000
"""Numbers in one block of work, which bounds the memory."""


@dataclass(frozen=True, eq=False)
class Pool(ByValue):
    """What a panel of analysts makes of items; decibans throughout."""

    mean: Array
    """E[θ | y]; shape (item,)."""
    variance: Array
    """Var[θ | y]; shape (item,)."""
    bias: Array
    """b, how far an analyst leans towards the event; shape (analyst,)."""
    boldness: Array
    """c, how many times as far as the others he goes; shape (analyst,)."""
    noise: Array
    """σ; shape (analyst,)."""


def pool(stated: Array) -> Pool:
    """Pool what analysts state of items; what was computed is kept. The order of items and analysts is irrelevant.

    Parameters
    ----------
    stated : Array
        Decibans, NaN where an analyst says nothing of an item; shape (item, analyst), no item without a value.
    """
    values = np.where(np.isfinite(stated), stated, np.inf)
    analyst = np.lexsort(np.sort(values, axis=0)[::-1])
    # Words stand for ratios, so that many items are stated alike: each statement is computed once.
    rows = list(map(tuple, values[:, analyst].tolist()))
    times = Counter(rows)
    alike = sorted(times)
    found = _pool(tuple(alike), tuple(times[row] for row in alike))
    place = {row: index for index, row in enumerate(alike)}
    items, analysts = [place[row] for row in rows], np.argsort(analyst)
    return Pool(found.mean[items], found.variance[items], found.bias[analysts], found.boldness[analysts],
                found.noise[analysts])


@lru_cache(maxsize=512)
def _pool(alike: tuple[tuple[float, ...], ...], times: tuple[int, ...]) -> Pool:
    return _Fit(np.array(alike), np.array(times, float)).pool()


@cache
def _contrasts(analysts: int) -> Array:
    """Orthonormal directions in which a sum over the analysts stays the same; shape (analyst − 1, analyst)."""
    return np.asarray(helmert(analysts))


@dataclass(frozen=True, eq=False)
class _Unknowns:
    """The unknowns but θ at many points; each of shape (point, analyst) or (point,)."""

    bias: Array
    boldness: Array
    noise: Array
    centre: Array
    spread: Array

    @classmethod
    def at(cls, points: Array, analysts: int) -> _Unknowns:
        """From free parameters: contrasts of b and of log c, then log σ, μ and log ω.

        Gaussians that are told to sum to zero are independent in any orthonormal contrasts; and c does not change
        with what all log c have in common.
        """
        contrasts = _contrasts(analysts)
        free = analysts - 1
        boldness = np.exp(points[:, free:2 * free] @ contrasts)
        return cls(points[:, :free] @ contrasts, boldness / boldness.mean(axis=1, keepdims=True),
                   np.exp(points[:, 2 * free:-2]), points[:, -2], np.exp(points[:, -1]))


@dataclass(frozen=True, eq=False)
class _Fit:
    """The posterior of one table of values."""

    stated: Array
    """Decibans, infinite where an analyst says nothing; shape (item, analyst), no two rows alike."""
    times: Array
    """How many items are stated so; shape (item,)."""
    at_peaks: bool = False
    """Whether the nodes are laid where p(y | θ) has its peaks, instead of evenly."""

    @property
    def analysts(self) -> int:
        return self.stated.shape[1]

    @cached_property
    def seen(self) -> Mask:
        return np.isfinite(self.stated)

    @cached_property
    def said(self) -> Array:
        """How many items each analyst has stated; shape (analyst,)."""
        return self.times @ self.seen

    @cached_property
    def grid(self) -> Array:
        """Values of θ; shape (item, node)."""
        values = np.where(self.seen, self.stated, 0.0)
        low, high = np.minimum(values.min(axis=1), 0) - _MARGIN, np.maximum(values.max(axis=1), 0) + _MARGIN
        return np.linspace(low, high, int(np.max(high - low) / _STEP) + 2, axis=1)

    def nodes(self, at: _Unknowns) -> tuple[Array, Array]:
        """Values of θ, and how much of the line each stands for; both of a shape like (point, item, node).

        Each peak has nodes of its own, θ = place + 2·scale·sinh(u) at even u. The line is shared out among the peaks
        by the inverse fourth power of the distance, softened by the scale, as Becke (1988, doi:10.1063/1.454033)
        shares space out among atoms; so that each sees a smooth function.
        """
        if not self.at_peaks:
            return self.grid[None], np.ones((1, 1, 1))
        place, scale = self._peaks(at)
        reach = 2 * scale[..., None]
        theta = (place[..., None] + reach * np.sinh(_AXIS)).reshape(*place.shape[:2], -1)
        shares = sum((4 * scale[:, :, peak, None] ** 2 + (theta - place[:, :, peak, None]) ** 2) ** -2.0
                     for peak in range(place.shape[2]))
        return theta, ((reach * np.cosh(_AXIS)) ** -3.0).reshape(theta.shape) / shares

    def _peaks(self, at: _Unknowns) -> tuple[Array, Array]:
        """Where θ is likely and how widely, by μ, ω and by what each analyst states; shape (point, item, peak)."""
        shape = len(at.centre), len(self.stated)
        places = [np.broadcast_to(at.centre[:, None], shape)]
        scales = [np.broadcast_to(at.spread[:, None], shape)]
        for analyst in range(self.analysts):
            seen, boldness = self.seen[:, analyst], at.boldness[:, analyst, None]
            said = np.where(seen, self.stated[:, analyst], 0.0) - at.bias[:, analyst, None]
            places.append(np.where(seen, said / boldness, places[0]))
            scales.append(np.where(seen, at.noise[:, analyst, None] / boldness, scales[0]))
        return np.stack(places, axis=2), np.stack(scales, axis=2)

    @cached_property
    def prior(self) -> Gaussian:
        """The prior of the free parameters."""
        m = self.analysts
        sd = np.concatenate([np.full(m - 1, BIAS), np.full(m - 1, BOLDNESS), np.full(m, NOISE[1]),
                             [CENTRE[1], SPREAD[1]]])
        return Gaussian(np.concatenate([np.zeros(2 * m - 2), np.full(m, NOISE[0]), [CENTRE[0], SPREAD[0]]]),
                         np.diag(sd))

    def pool(self) -> Pool:
        """Integrate over everything but θ.

        Points come from the prior, from the Gaussian at the mode, and from one that is fitted to what these find.
        """
        proposals = [self.prior]
        if self.said.sum() > _FEW:
            proposals.append(at_mode(self._differentiated, self.prior.mean, step=1e-4))
        points, weight, (theta, square) = explore(self._computed, proposals, _POINTS)
        at, mean = _Unknowns.at(points, self.analysts), weight @ theta
        unresolved = weight @ ((at.noise / at.boldness).min(axis=1) < _STEP / 2)
        if unresolved > _UNRESOLVED and not self.at_peaks:
            return replace(self, at_peaks=True).pool()
        return Pool(mean, weight @ square - mean**2, weight @ at.bias, weight @ at.boldness, weight @ at.noise)

    def _computed(self, points: Array) -> tuple[Array, Array, Array]:
        """Log evidence, shape (point,), with E[θ] and E[θ²], shape (point, item), in blocks of bounded memory."""
        step = max(1, _CELLS // self.cells)
        parts = [self._moments(points[start:start + step]) for start in range(0, len(points), step)]
        log_evidence, mean, square = (np.concatenate(part) for part in zip(*parts, strict=True))
        return log_evidence, mean, square

    @property
    def cells(self) -> int:
        """How many numbers one point takes."""
        return len(self.stated) * len(_AXIS) * (1 + self.analysts) if self.at_peaks else self.grid.size

    def _moments(self, points: Array) -> tuple[Array, Array, Array]:
        log_evidence, weight, theta = self._posterior(points)
        return (log_evidence, np.einsum("kig,kig->ki", weight, theta), np.einsum("kig,kig->ki", weight, theta**2))

    def _posterior(self, points: Array) -> tuple[Array, Array, Array]:
        """Log of prior × likelihood of points, shape (point,); p(θ | y, point), and θ, shape (point, item, node)."""
        at = _Unknowns.at(points, self.analysts)
        theta, width = self.nodes(at)
        likelihood = np.ones((len(points), *theta.shape[1:]))
        for analyst in range(self.analysts):
            scaled = self._residual(at, theta, analyst)
            scaled /= at.noise[:, analyst, None, None]
            likelihood *= 1 + scaled**2 / FREEDOM
        log_density = -(FREEDOM + 1) / 2 * np.log(likelihood) - self._away(at, theta) ** 2 / 2
        top = log_density.max(axis=2, keepdims=True)
        weight = np.exp(log_density - top) * width
        total = weight.sum(axis=2, keepdims=True)
        weight /= total
        log_evidence = (np.log(total) + top).sum(axis=2) @ self.times - self.times.sum() * np.log(at.spread)
        log_evidence -= np.log(at.noise) @ self.said
        theta = np.broadcast_to(theta, weight.shape)
        return log_evidence + self.prior.log_density(points), weight, theta

    def _residual(self, at: _Unknowns, theta: Array, analyst: int) -> Array:
        """y − b − cθ of one analyst, 0 where he says nothing; shape (point, item, node)."""
        expected = at.bias[:, analyst, None, None] + at.boldness[:, analyst, None, None] * theta
        return np.where(self.seen[:, analyst, None], self.stated[:, analyst, None] - expected, 0.0)

    def _away(self, at: _Unknowns, theta: Array) -> Array:
        """(θ − μ)/ω; shape (point, item, node)."""
        return (theta - at.centre[:, None, None]) / at.spread[:, None, None]

    def _differentiated(self, points: Array) -> tuple[Array, Array]:
        """Log evidence with its gradient; (ν + 1)/(ν + residual²/σ²) are the weights of EM."""
        log_evidence, weight, theta = self._posterior(points)
        at, m = _Unknowns.at(points, self.analysts), self.analysts
        weight *= self.times[:, None]
        by_bias, by_boldness, by_noise = np.empty((3, len(points), m))
        for analyst in range(m):
            residual = self._residual(at, theta, analyst)
            pull = (FREEDOM + 1) * residual / (FREEDOM * at.noise[:, analyst, None, None] ** 2 + residual**2)
            pull *= weight
            by_bias[:, analyst] = pull.sum(axis=(1, 2))
            by_boldness[:, analyst] = at.boldness[:, analyst] * (pull * theta).sum(axis=(1, 2))
            by_noise[:, analyst] = (pull * residual).sum(axis=(1, 2)) - self.said[analyst]
        by_boldness -= at.boldness / m * by_boldness.sum(axis=1, keepdims=True)
        contrasts, away = _contrasts(m), self._away(at, theta)
        by_centre = (weight * away).sum(axis=(1, 2)) / at.spread
        by_spread = (weight * away**2).sum(axis=(1, 2)) - self.times.sum()
        likelihood = np.concatenate([by_bias @ contrasts.T, by_boldness @ contrasts.T, by_noise,
                                     by_centre[:, None], by_spread[:, None]], axis=1)
        return log_evidence, likelihood - (points - self.prior.mean) / np.diag(self.prior.root) ** 2
