"""The prior over days: what each kind of component states, their pool, and how it goes on beyond the horizon."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecast.core.cure_model import CureModel, PastCase, UnresolvedError, learn, lognormal_shares
from forecast.core.errors import ForecastError
from forecast.core.numerics import Array, Ints, beta_from_range, entries_below, logsumexp
from forecast.records.question import Elicited, Exposure, Question, ReferenceClass
from forecast.records.question import Prior as PriorRecord

Single = NDArray[np.float32]
Rng = np.random.Generator

FREE = -1
"""In the place of a state: the component's own distribution."""


class Component(Protocol):
    """One component of the linear pool, at fixed edges of spans of days, the last of them the horizon.

    States are indexed 0 … K−1 for the spans and K for not by the horizon; mass(k) = F(edge k+1) − F(edge k),
    mass(K) = 1 − F(H).
    """

    def log_mean(self) -> Array:
        """log E[mass], with its parameters integrated; shape (K+1,)."""
        ...

    def draw(self, rng: Rng, state: Ints) -> Single:
        """Draw mass with the parameters tilted by the mass of a state, or not where the state is `FREE`.

        Shape (len(state), K+1), in single precision.
        """
        ...


@dataclass(frozen=True)
class ExposureMass:
    """F(x) = 1 − e^(−hx), h ~ Gamma(n + ½, rate W); in the mean 1 − (W/(W+x))^(n+½)."""

    edges: Array
    shape: float
    weeks: float

    def log_mean(self) -> Array:
        log_survival = -self.shape * np.log1p(self.edges / self.weeks)
        return np.append(log_survival[:-1] + np.log(-np.expm1(np.diff(log_survival))), log_survival[-1])

    def _mass(self, rate: Array) -> Single:
        survival = np.exp(-rate.astype(np.float32)[:, None] * self.edges.astype(np.float32))
        survival[:, :-1] -= survival[:, 1:]
        return survival

    def draw(self, rng: Rng, state: Ints) -> Single:
        # Given the moment x of the event, h ~ Gamma(n + 3/2, W + x), and W + x has a Pareto tail between the edges.
        never = len(self.edges) - 1
        at = np.maximum(state, 0)
        low, high = self.edges[at], self.edges[np.minimum(at + 1, never)]
        beyond = ((self.weeks + high) / (self.weeks + low)) ** -self.shape
        moment = (self.weeks + low) * (1 - rng.random(len(state)) * (1 - beyond)) ** (-1 / self.shape)
        rate = np.select([state == FREE, state == never], [self.weeks, self.weeks + low], moment)
        comes = (state != FREE) & (state != never)
        return self._mass(rng.standard_gamma(self.shape + comes) / rate)


@dataclass(frozen=True)
class ElicitedMass:
    """F(x) = p·G(x)/G(H), p ~ Beta from [low, stated, high], G log-normal from [low, median, high] weeks."""

    edges: Array
    component: Elicited

    @cached_property
    def timing(self) -> Array:
        """Share of the event that falls into each span; shape (K,); less than one in sum after the opening."""
        return lognormal_shares(self.edges, *self.component.weeks)

    def _mass(self, p: Array) -> Single:
        mass = p.astype(np.float32)[:, None] * np.append(self.timing, -1).astype(np.float32)
        mass[:, -1] += 1
        return mass

    def log_mean(self) -> Array:
        p = self.component.probability.stated
        return _log(np.append(p * self.timing, 1 - p))

    def draw(self, rng: Rng, state: Ints) -> Single:
        low, high = self.component.probability.bounds()
        beta = beta_from_range(low, self.component.probability.stated, high)
        if beta is None:
            raise ValueError("the gate lets no impossible range pass")
        if beta.is_point:
            return self._mass(np.full(len(state), beta.mean))
        never = state == len(self.edges) - 1
        comes = (state != FREE) & ~never
        return self._mass(rng.beta(beta.alpha + comes, beta.beta + never))


@dataclass(frozen=True)
class ReferenceMass:
    """F(x) = π (1 − S(x)) with (π, λ, γ) from the posterior of past cases."""

    edges: Array
    model: CureModel

    @cached_property
    def _parts(self) -> Array:
        """Fall of S over each span, and S(H), what happens after the horizon; shape (cell, K+1)."""
        survival = self.model.survival(self.edges)
        return np.append(survival[:, :-1] - survival[:, 1:], survival[:, -1:], axis=1)

    def log_mean(self) -> Array:
        cumulative = self.model.cumulative(self.edges)
        return _log(np.append(np.diff(cumulative), 1 - cumulative[-1]))

    @cached_property
    def _single(self) -> Single:
        """The parts in single precision."""
        return self._parts.astype(np.float32)

    def _mass(self, share: Ints, cell: Ints) -> Single:
        pi = self.model.share[share].astype(np.float32)[:, None]
        mass = self._single[cell]
        mass *= pi
        mass[:, -1] += 1 - pi[:, 0]
        return mass

    def draw(self, rng: Rng, state: Ints) -> Single:
        model, never = self.model, len(self.edges) - 1
        u = rng.random((3, len(state)))
        node = np.empty(len(state), int)
        # What never happens lasts for ever, or would happen after the horizon: that is one more week.
        after = float(model.cell_mean @ self._parts[:, never])
        lasts = (state == never) & (u[2] * (model.lasting[-1] + after) < model.lasting[-1])
        for these, cumulative in ((state == FREE, model.nodes), (lasts, model.lasting)):
            node[these] = np.searchsorted(cumulative, u[0, these] * cumulative[-1], side="right")
        comes = np.flatnonzero((state != FREE) & ~lasts)
        weeks, row = np.unique(state[comes], return_inverse=True)
        given_week = np.cumsum((model.cell_mean[:, None] * self._parts[:, weeks]).T, axis=1)
        given_week /= np.maximum(given_week[:, -1:], np.finfo(float).tiny)
        cell = np.minimum(entries_below(given_week, row, u[0, comes]), len(model.scale) - 1)
        share = (model.share_given[cell] < u[1, comes, None]).sum(axis=1)
        node[comes] = share * len(model.scale) + cell
        return self._mass(*np.divmod(np.minimum(node, model.weight.size - 1), len(model.scale)))


def _log(values: Array) -> Array:
    """Logarithm of masses; what is too small for a number counts as the smallest, so that log odds stay finite."""
    return np.log(np.maximum(values, np.finfo(float).tiny))


@dataclass(frozen=True)
class Pool:
    """The linear pool F = Σ w_j F_j at given edges; weights normalised."""

    weights: Array
    components: tuple[Component, ...]

    @cached_property
    def log_means(self) -> Array:
        """log w_j E[mass_j] of each component; shape (component, K+1)."""
        with np.errstate(divide="ignore"):
            log_weight = np.log(self.weights)
        return log_weight[:, None] + np.array([component.log_mean() for component in self.components])

    @property
    def log_mean(self) -> Array:
        """log E[mass] of the pool; shape (K+1,). It is not renormalised: what is missing, silence has removed."""
        return logsumexp(self.log_means, axis=0)

    def draw_given(self, rng: Rng, state: Ints) -> Single:
        """Draw the pool's mass from its distribution given the state; shape (len(state), K+1).

        The component that is responsible for the state is chosen with probability ∝ w_j E[mass_j(state)] and
        tilted; the others keep their own distributions.
        """
        odds = np.cumsum(np.exp(self.log_means[:, state] - self.log_mean[state]), axis=0)
        responsible = (odds < rng.random(len(state)) * odds[-1]).sum(axis=0)
        mass = np.zeros((len(state), self.log_means.shape[1]), np.float32)
        for index, (weight, component) in enumerate(zip(self.weights, self.components, strict=True)):
            if weight > 0:
                drawn = component.draw(rng, np.where(responsible == index, state, FREE))
                drawn *= np.float32(weight)
                mass += drawn
        # Where silence makes all of it too small for single precision, the state itself is all that is left.
        lost = np.flatnonzero(~mass.any(axis=1))
        mass[lost, state[lost]] = 1
        return mass


def pool(components: tuple[PriorRecord, ...], histories: Mapping[str, tuple[PastCase, ...]], edges: Array) -> Pool:
    """Build the pool of a prior over spans of days that end at `edges`, in weeks from the opening.

    Raises
    ------
    ForecastError
        If a reference class cannot be learned to the accuracy that is promised.
    """
    weights = np.array([component.weight for component in components])
    return Pool(weights / weights.sum(), tuple(_component(stated, histories, edges) for stated in components))


def _component(stated: PriorRecord, histories: Mapping[str, tuple[PastCase, ...]], edges: Array) -> Component:
    match stated:
        case ReferenceClass():
            try:
                return ReferenceMass(edges, learn(histories[stated.file]))
            except UnresolvedError as error:
                raise ForecastError(f"priors/{stated.file}: {error}") from None
        case Exposure():
            return ExposureMass(edges, stated.events + 0.5, stated.weeks)
        case Elicited():
            return ElicitedMass(edges, stated)


HAZARD_DAYS = 91
"""Days up to the horizon whose mean hazard goes on beyond it."""


@dataclass(frozen=True, eq=False)
class Prior:
    """E[mass] of each day of a question, of J further days beyond its horizon, and of never at all."""

    opens: int
    """The first day, as an ordinal."""
    horizon: int
    """The last day on which the event counts, as an ordinal."""
    mass: Array
    """From the opening to the horizon, then of the J days beyond; shape (day,)."""
    rest: float
    """Never at all."""

    @cached_property
    def survival(self) -> Array:
        """1 − F before each day, and at the end of the last one, as sums of what is left; shape (day + 1,)."""
        return np.append(np.cumsum(self.mass[::-1])[::-1], 0.0) + self.rest

    def left(self, day: Ints) -> Array:
        """1 − F(x(day)): 1 before the opening; after the last of the further days, never at all."""
        return self.survival[np.clip(day - self.opens + 1, 0, len(self.mass))]

    def chance(self, day: Ints, first: Ints, last: Ints) -> Array:
        """P(the event falls into what is left of a window | not by a day), within 1e-6 … 1 − 1e-6.

        p_i = (F(last) − F(the day before max(first, day + 1)))/(1 − F(day)).
        """
        begin = np.maximum(first, day + 1)
        inside = np.where(last >= begin, self.left(begin - 1) - self.left(last), 0.0)
        return np.clip(inside / self.left(day), 1e-6, 1 - 1e-6)

    def since(self, day: int) -> Array:
        """Mass of each day from a day on, beyond the horizon too; shape (day,)."""
        return self.mass[max(day - self.opens, 0):]


def prior(question: Question, histories: Mapping[str, tuple[PastCase, ...]]) -> Prior:
    """E[mass] over the days of a question and beyond; cached by content.

    Beyond the horizon the hazard of the last n = 91 days goes on (of all days, if there are fewer): the
    J = 7·⌈4·max(lead)⌉ further days carry (1 − F(H)) h (1−h)^(j−1), and never at all the rest, with
    h = 1 − ((1 − F(H))/(1 − F(x(horizon − n))))^(1/n).
    """
    days = (question.horizon - question.opens).days + 1
    total = sum(component.weight for component in question.prior)
    daily = np.zeros(days + 1)
    for component in question.prior:
        if component.weight > 0:
            cases = histories[component.file] if isinstance(component, ReferenceClass) else ()
            alone = component.model_copy(update={"weight": 1.0})
            daily += component.weight / total * _daily(alone, cases, days)
    # What is too small for a number counts as the smallest: a prior that was sure of an earlier day still expects
    # the event rather than never.
    daily = np.maximum(daily, np.finfo(float).tiny)
    never = daily[-1]
    n = max(1, min(HAZARD_DAYS, len(daily) - 2))
    # Of these n days and never together, never is (1−h)^n.
    log_lasting = np.log(never / (daily[-1 - n:].sum())) / n
    further = 7 * math.ceil(4 * max(process.lead.stated for process in question.processes))
    lasting = np.exp(log_lasting * np.arange(further + 1))
    beyond = never * -np.expm1(log_lasting) * lasting[:-1]
    rest = max(float(never * lasting[-1]), np.finfo(float).tiny)
    return Prior(question.opens.toordinal(), question.horizon.toordinal(), np.append(daily[:-1], beyond), rest)


@lru_cache(maxsize=256)
def _daily(component: PriorRecord, cases: tuple[PastCase, ...], days: int) -> Array:
    """E[mass] of each day by one component, and of not by the last one; shape (day + 1,)."""
    file = component.file if isinstance(component, ReferenceClass) else ""
    return np.exp(_component(component, {file: cases}, np.arange(days + 1) / 7).log_mean())
