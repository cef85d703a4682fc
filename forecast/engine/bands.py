"""Draws of what would be forecast if the stated unknowns were known: the band and the worth of a forecast.

A day is drawn from the posterior, then the unknowns given that day; the probability of every day given those unknowns
follows. The ratios enter through Σ_i t_ik z_i alone, which for either process is affine in one function of the day, so
that the number of normals a draw needs does not grow with the items.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast.core.numerics import Array, Ints, logsumexp
from forecast.engine.encoding import effective_slopes
from forecast.engine.forecast import Draws
from forecast.engine.prior import Pool, pool

if TYPE_CHECKING:
    from forecast.engine.exact import Exact

Single = NDArray[np.float32]

DRAWS = 8192
"""Number of draws for the band: its ends, between 0 and 1, then have a standard error of 0.006 at most."""

SEED = 20220921

_FURTHER = 64
"""Into how many spans at most the days beyond the horizon are cut."""


@dataclass(frozen=True, eq=False)
class Slopes:
    """How the log likelihood of a span of days moves with the items: G, and what it is multiplied by.

    Every item belongs to one profile over the spans. For a process there are two, 1 and e(k), of which item i has the
    shares φ_i and ψ_i; a claim has that of its window. So Σ_i t_ik z_i = Σ_p profile_p(k) · (a normal each).
    """

    profiles: Array
    """Shape (profile, span); the last span is never at all."""
    shares: Array
    """How much of each profile an item has; shape (item, profile)."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Spans of days that the draws, and the sampler, tell apart, and what each weighs.

    Live days are cut at weeks, key dates and the windows of claims; days beyond the horizon into 64 runs at most. What
    is said of a span is said of its mean day; the mass of a span is exact.
    """

    engine: Exact

    @cached_property
    def first(self) -> Ints:
        """First day of each span, as an ordinal; shape (span,)."""
        days, fixed = self.engine.case.days, self.engine.spans.first
        beyond = len(self.engine.prior.since(days.first)) - len(days)
        step = 7 * max(1, round(beyond / 7 / _FURTHER))
        further = days.first + len(days) + np.arange(0, beyond, step)
        return np.unique(np.concatenate([fixed, days.first + days.starts, further]))

    @cached_property
    def live(self) -> int:
        """How many of the spans are live."""
        return int(np.searchsorted(self.first, self.engine.case.days.horizon.toordinal(), side="right"))

    @cached_property
    def ends(self) -> Ints:
        """How many live days there are up to the end of each live span; shape (live,)."""
        days = self.engine.case.days
        return np.append(self.first[1:self.live], days.first + len(days)) - days.first

    @cached_property
    def _starts(self) -> Ints:
        return self.first - self.engine.case.days.first

    @cached_property
    def mass(self) -> Array:
        """E[mass] of each span and of never at all; shape (span + 1,)."""
        engine = self.engine
        summed = np.add.reduceat(engine.prior.since(engine.case.days.first), self._starts)
        return np.append(summed, engine.prior.rest)

    @cached_property
    def log_likelihood(self) -> Array:
        """Log of the mean likelihood of each span, weighed by its days' mass, and 0 for never at all; (span + 1,).

        Minus infinity for a span without mass.
        """
        log_days, _ = self.engine.states
        log_span = np.logaddexp.reduceat(log_days, self._starts)
        return np.append(log_span - np.log(np.maximum(self.mass[:-1], np.finfo(float).tiny)), 0.0)

    @cached_property
    def span_of_day(self) -> Ints:
        """The span of each day from now on; shape (day,)."""
        days = self.engine.case.days.first + np.arange(len(self.engine.states[0]))
        return np.searchsorted(self.first, days, side="right") - 1

    @cached_property
    def share_of_span(self) -> Array:
        """P(event on each day | event in its span); shape (day,)."""
        log_days, _ = self.engine.states
        weight = np.exp(log_days - log_days.max())
        return weight / np.maximum(np.bincount(self.span_of_day, weight), np.finfo(float).tiny)[self.span_of_day]

    @cached_property
    def edges(self) -> Array:
        """Where the live spans begin, and the last one ends, in weeks from the opening; shape (live + 1,)."""
        question = self.engine.case.question
        return (np.append(self.first[:self.live], question.horizon.toordinal() + 1) - question.opens.toordinal()) / 7

    @cached_property
    def pool(self) -> Pool:
        """The prior over the live spans and not by the horizon."""
        return pool(self.engine.case.question.prior, self.engine.case.histories, self.edges)

    @cached_property
    def split(self) -> Array:
        """Share of each span beyond the horizon, and of never at all, of what does not happen by it; (later,)."""
        later = self.mass[self.live:]
        return later / later.sum()

    @cached_property
    def slopes(self) -> Slopes:
        """How the log likelihood of each span moves with log R̃ of each item."""
        engine, ev = self.engine, self.engine.evidence
        middle = np.append(self.first[1:], self.engine.case.days.first + len(
            engine.prior.since(engine.case.days.first))) - 1
        middle = (self.first + middle) / 2
        claims, windows = engine.spans.claims, np.zeros((0, len(self.first)))
        which = np.zeros(0, int)
        if len(claims):
            covers = (ev.first[claims, None] <= self.first) & (ev.last[claims, None] >= self.first)
            windows, which = np.unique(covers, axis=0, return_inverse=True)
        profiles = np.zeros((4 + len(windows), len(self.first) + 1))
        profiles[4:, :-1] = windows
        shares = np.zeros((len(ev), len(profiles)))
        shares[claims, 4 + which.reshape(-1)] = 1
        log_m = engine.by_day(engine.heard.log_lift)
        for index, (process, members) in enumerate(zip(engine.processes, engine.members, strict=True)):
            phi, psi = process.smoothed(log_m[index])
            on = np.searchsorted(process.days, ev.speaks[members])
            shares[members, 2 * index], shares[members, 2 * index + 1] = phi[on], psi[on]
            weight = process.weight(middle)
            profiles[2 * index] = 1
            profiles[2 * index + 1, :-1] = weight / (1 + weight * (engine.lift[index] - 1))
        return Slopes(profiles, shares)

    @cached_property
    def by_lift(self) -> Array:
        """(∂ log R̃/∂ log R)·σ_R of each item; shape (item,)."""
        heard, ev = self.engine.heard, self.engine.evidence
        return self.engine.kappa * effective_slopes(ev.log_lift, heard.echo * heard.reliability)[0] * ev.log_lift_sd

    @cached_property
    def by_source(self) -> Array:
        """∂ log R̃/∂ r_s of each item, by its source's reliability; shape (item,)."""
        heard, ev = self.engine.heard, self.engine.evidence
        mean = np.array([known.mean for known in self.engine.reliabilities])[ev.source]
        inner = ev.slope * heard.reliability * (1 - heard.reliability) / np.maximum(mean * (1 - mean), 1e-300)
        by_rho = effective_slopes(ev.log_lift, np.where(ev.report, 0.0, heard.echo * heard.reliability))[1]
        return np.where(ev.report, 0.0, self.engine.kappa * by_rho * heard.echo * inner)

    @cached_property
    def source_slopes(self) -> Array:
        """Σ of ∂ log R̃/∂ r_s over each source's items, profile by profile; shape (source, profile)."""
        ev, shares = self.engine.evidence, self.slopes.shares
        total = np.zeros((len(self.engine.case.sources), shares.shape[1]))
        np.add.at(total, ev.source, self.by_source[:, None] * shares)
        return total

    @cached_property
    def spread(self) -> Array:
        """Σ_i shares·sharesᵀ·(∂ log R̃_i/∂ log R_i σ_R,i)², so that Σ_i t_ik² is a form in the profiles; (p, p)."""
        scaled = self.by_lift[:, None] * self.slopes.shares
        return scaled.T @ scaled

    @cached_property
    def squares(self) -> Array:
        """Σ_i t_ik² of each span; shape (span + 1,)."""
        profiles = self.slopes.profiles
        return np.einsum("pk,pq,qk->k", profiles, self.spread, profiles)


def draw(engine: Exact, count: int = DRAWS, seed: int = SEED) -> Draws:
    """Draw P(event | unknowns) from the posterior of the stated unknowns, by composition.

        log weight(k) = log mass(k; drawn parameters) + log L(k) + Σ_i (t_ik z_i − ½ t_ik²)
                        + Σ_s (r_s − r̄_s) Σ_{i of s} G_ik ∂ log R̃_i/∂ r_s   (+ ε on every live day)

    Days are systematic draws, the rest is pseudo-random with a fixed seed, in single precision.

    Parameters
    ----------
    engine : Exact
        The engine of the case.
    count, seed : int
        Number of draws, and the seed of the generator.
    """
    rng, grid = np.random.default_rng(seed), Grid(engine)
    log_posterior = np.log(np.maximum(grid.mass, np.finfo(float).tiny)) + grid.log_likelihood
    cumulative = np.cumsum(np.exp(log_posterior - logsumexp(log_posterior)))
    state = np.searchsorted(cumulative, (np.arange(count) + 0.5) / count * cumulative[-1])
    mass = grid.pool.draw_given(rng, np.minimum(state, grid.live))

    profiles = grid.slopes.profiles
    moved = _normals(rng, grid.spread, profiles[:, state])
    drawn = {source.id: known.draw(rng, count)
             for source, known in zip(engine.case.sources, engine.reliabilities, strict=True)}
    for known, slopes, r in zip(engine.reliabilities, grid.source_slopes, drawn.values(), strict=True):
        if slopes.any():
            moved += np.outer(r - known.mean, slopes)
    log_weight: Single = moved.astype(np.float32) @ profiles.astype(np.float32)
    log_weight += (grid.log_likelihood - grid.squares / 2).astype(np.float32)
    error = engine.case.question.model_error.stated
    log_weight[:, :grid.live] += (error * rng.standard_normal(count))[:, None].astype(np.float32)
    with np.errstate(divide="ignore"):
        log_weight[:, :grid.live] += np.log(mass[:, :-1])
        log_weight[:, grid.live:] += np.log(mass[:, -1:]) + np.log(grid.split).astype(np.float32)
    log_weight -= log_weight.max(axis=1, keepdims=True)
    weight = np.exp(log_weight, out=log_weight)
    live = weight[:, :grid.live].astype(float)
    return Draws(live / (live.sum(axis=1) + weight[:, grid.live:].sum(axis=1))[:, None], grid.ends, drawn)


def _normals(rng: np.random.Generator, covariance: Array, profiles: Array) -> Array:
    """Draws of Σ_i shares_i s_i z_i given each drawn state, z_i ~ N(t_ik, 1): N(C·profile(k), C); shape (draw, p)."""
    used = np.flatnonzero(np.diag(covariance) > 0)
    result = np.zeros((profiles.shape[1], len(covariance)))
    if len(used):
        value, vector = np.linalg.eigh(covariance[np.ix_(used, used)])
        root = vector * np.sqrt(np.maximum(value, 0))
        normal = rng.standard_normal((profiles.shape[1], len(used)))
        result[:, used] = normal @ root.T
    return result + profiles.T @ covariance
