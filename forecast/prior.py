"""Prior mass over the live weeks and never: what each kind of prior component computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecast.bayes import beta_from_range
from forecast.question import Elicited, Exposure, Prior, Question, ReferenceClass
from forecast.survival import CureModel, PastCase, learn, lognormal_share

Array = NDArray[np.float64]
Rng = np.random.Generator


class Component(Protocol):
    """One component of the linear pool, at fixed edges of the live weeks.

    States are indexed 0 … K−1 for the live weeks and K for never; mass(k) = F(edge k+1) − F(edge k),
    mass(never) = 1 − F(H).
    """

    def mean(self) -> Array:
        """E[mass], with its parameters integrated; shape (K+1,)."""
        ...

    def draw(self, rng: Rng, count: int) -> Array:
        """Draw mass from the component's own distribution; shape (count, K+1)."""
        ...

    def draw_tilted(self, rng: Rng, state: NDArray[np.int64]) -> Array:
        """Draw mass with the parameters tilted by the mass of a given state; shape (len(state), K+1)."""
        ...


@dataclass(frozen=True)
class ExposureMass:
    """F(x) = 1 − e^(−hx), h ~ Gamma(n + ½, rate W); in the mean 1 − (W/(W+x))^(n+½)."""

    edges: Array
    shape: float
    weeks: float

    def mean(self) -> Array:
        survival = np.exp(-self.shape * np.log1p(self.edges / self.weeks))
        return np.append(survival[:-1] - survival[1:], survival[-1])

    def _mass(self, rate: Array) -> Array:
        survival = np.exp(-rate[:, None] * self.edges)
        return np.append(survival[:, :-1] - survival[:, 1:], survival[:, -1:], axis=1)

    def draw(self, rng: Rng, count: int) -> Array:
        return self._mass(rng.gamma(self.shape, 1 / self.weeks, count))

    def draw_tilted(self, rng: Rng, state: NDArray[np.int64]) -> Array:
        # Given the moment x of the event, h ~ Gamma(n + 3/2, W + x), and W + x has a Pareto tail between the edges.
        never = state == len(self.edges) - 1
        low = self.edges[state]
        high = self.edges[np.minimum(state + 1, len(self.edges) - 1)]
        u = rng.random(len(state))
        tails = [(self.weeks + edge) ** -self.shape for edge in (low, high)]
        moment = (tails[0] + u * (tails[1] - tails[0])) ** (-1 / self.shape)
        rate_scale = np.where(never, self.weeks + low, moment)
        return self._mass(rng.gamma(np.where(never, self.shape, self.shape + 1)) / rate_scale)


@dataclass(frozen=True)
class ElicitedMass:
    """F(x) = p·G(x)/G(H), p ~ Beta from [low, stated, high], G log-normal from [low, median, high] weeks."""

    edges: Array
    component: Elicited

    @cached_property
    def timing(self) -> Array:
        """Share of the event that falls on each live week; shape (K,); less than one in sum after the opening."""
        return np.diff(lognormal_share(self.edges, *self.component.weeks))

    def _mass(self, p: Array) -> Array:
        return np.append(p[:, None] * self.timing, 1 - p[:, None], axis=1)

    def mean(self) -> Array:
        return self._mass(np.array([self.component.probability.stated]))[0]

    def _p(self, rng: Rng, event: Array, never: Array) -> Array:
        low, high = self.component.probability.bounds()
        beta = beta_from_range(low, self.component.probability.stated, high)
        if beta is None:
            raise ValueError("the gate lets no impossible range pass")
        if beta.is_point:
            return np.full(len(event), beta.mean)
        return rng.beta(beta.alpha + event, beta.beta + never)

    def draw(self, rng: Rng, count: int) -> Array:
        return self._mass(self._p(rng, np.zeros(count), np.zeros(count)))

    def draw_tilted(self, rng: Rng, state: NDArray[np.int64]) -> Array:
        never = (state == len(self.edges) - 1).astype(float)
        return self._mass(self._p(rng, 1 - never, never))


@dataclass(frozen=True)
class ReferenceMass:
    """F(x) = π (1 − S(x)) with (π, λ, γ) from the posterior of past cases."""

    edges: Array
    model: CureModel

    @cached_property
    def _survival(self) -> Array:
        return self.model.survival(self.edges)

    @cached_property
    def _falls(self) -> Array:
        return self._survival[:, :-1] - self._survival[:, 1:]

    def mean(self) -> Array:
        cells = self.model.cell_mean
        return np.append(cells @ self._falls, 1 - cells @ (1 - self._survival[:, -1]))

    def _mass(self, share: NDArray[np.int64], cell: NDArray[np.int64]) -> Array:
        pi = self.model.share[share]
        return np.append(pi[:, None] * self._falls[cell], (1 - pi * (1 - self._survival[cell, -1]))[:, None], axis=1)

    def draw(self, rng: Rng, count: int) -> Array:
        joint = _choose(rng, self.model.weight.ravel(), count)
        return self._mass(*np.divmod(joint, len(self.model.scale)))

    def draw_tilted(self, rng: Rng, state: NDArray[np.int64]) -> Array:
        size = len(self.model.scale)
        share, cell = np.empty(len(state), int), np.empty(len(state), int)
        never = state == len(self.edges) - 1
        if never.any():
            gone = self.model.share[:, None] * (1 - self._survival[:, -1])
            joint = _choose(rng, (self.model.weight * (1 - gone)).ravel(), int(never.sum()))
            share[never], cell[never] = np.divmod(joint, size)
        for week in np.unique(state[~never]):
            here = np.flatnonzero(state == week)
            cell[here] = _choose(rng, self.model.cell_mean * self._falls[:, week], len(here))
        given = np.cumsum(self.model.share[:, None] * self.model.weight, axis=0)
        coming = np.flatnonzero(~never)
        column = given[:, cell[coming]]
        share[coming] = (column < rng.random(len(coming)) * column[-1]).sum(axis=0)
        return self._mass(share, cell)


def _choose(rng: Rng, weight: Array, count: int) -> NDArray[np.int64]:
    """Draw indices with probability proportional to weights."""
    total = np.cumsum(weight)
    return np.minimum(np.searchsorted(total, rng.random(count) * total[-1], side="right"), len(weight) - 1)


@dataclass(frozen=True)
class Pool:
    """The linear pool F = Σ w_j F_j at given edges; weights normalised."""

    weights: Array
    components: tuple[Component, ...]

    @cached_property
    def component_means(self) -> Array:
        """E[mass] of each component; shape (component, K+1)."""
        return np.array([component.mean() for component in self.components])

    @property
    def mean(self) -> Array:
        """E[mass] of the pool; shape (K+1,). It is not renormalised: what is missing is what silence removed."""
        return self.weights @ self.component_means

    def draw_given(self, rng: Rng, state: NDArray[np.int64]) -> Array:
        """Draw the pool's mass from its distribution given the state; shape (len(state), K+1).

        The component that is responsible for the state is chosen with probability ∝ w_j E[mass_j(state)] and
        tilted; the others keep their own distributions.
        """
        odds = np.cumsum(self.weights[:, None] * self.component_means, axis=0)[:, state]
        responsible = (odds < rng.random(len(state)) * odds[-1]).sum(axis=0)
        mass = np.zeros((len(state), self.component_means.shape[1]))
        for index, (weight, component) in enumerate(zip(self.weights, self.components, strict=True)):
            if weight == 0:
                continue
            tilted = responsible == index
            mass[tilted] += weight * component.draw_tilted(rng, state[tilted])
            mass[~tilted] += weight * component.draw(rng, int((~tilted).sum()))
        return mass


def component_mass(component: Prior, histories: Mapping[str, tuple[PastCase, ...]], edges: Array) -> Component:
    """Build the component of the pool that a prior record states, at the edges of the live weeks."""
    match component:
        case ReferenceClass():
            return ReferenceMass(edges, learn(histories[component.file]))
        case Exposure():
            return ExposureMass(edges, component.events + 0.5, component.weeks)
        case Elicited():
            return ElicitedMass(edges, component)


def pool(question: Question, histories: Mapping[str, tuple[PastCase, ...]], edges: Array) -> Pool:
    """Build the prior of a question at the edges of the live weeks."""
    weights = np.array([component.weight for component in question.prior])
    return Pool(weights / weights.sum(), tuple(component_mass(c, histories, edges) for c in question.prior))
