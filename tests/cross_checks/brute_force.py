"""The posterior of the states by dense lattices over every unknown, from the plain statement of the model.

A distribution is replaced by equally probable values, the middles of equal slices of its probability. Only the
parameters that past cases inform lie on a grid of fixed steps.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from forecast.core.cure_model import PastCase
from forecast.records.case import Case
from forecast.records.question import Elicited, Exposure, ReferenceClass
from tests.second_road.monte_carlo import (
    State,
    active_items,
    beta_of_source,
    echoes,
    edges,
    log_l,
    log_likelihood_of_history,
    shares,
    states,
)

Array = NDArray[np.float64]

SLICES = 4000


def middles(distribution: stats.rv_continuous) -> Array:
    """Equally probable values of a distribution."""
    return np.asarray(distribution.ppf((np.arange(SLICES) + 0.5) / SLICES))


@cache
def history_nodes(cases: tuple[PastCase, ...], points: int = 140) -> tuple[Array, Array, Array]:
    """Values of λ and γ, and E[π; λ, γ] given past cases: π by a Gauss-Jacobi rule, the others by even steps."""
    steps = np.linspace(-6, 6, points)
    jacobi, jacobi_weight = special.roots_jacobi(24, 1, 1)
    scale, shape = (axis.ravel() for axis in np.meshgrid(np.exp(math.log(26) + steps), np.exp(0.5 * steps)))
    prior = np.outer(stats.norm.pdf(steps), stats.norm.pdf(steps)).ravel()
    shares_of_event = (jacobi + 1) / 2
    weight = np.array([w * prior * np.exp(log_likelihood_of_history(cases, np.full_like(scale, pi), scale, shape))
                       for pi, w in zip(shares_of_event, jacobi_weight, strict=True)])
    return scale, shape, shares_of_event @ weight / weight.sum()


def expected_cumulative(case: Case) -> Array:
    """E[F] at the edges of the live weeks."""
    x = np.array(edges(case))[:, None]
    pooled, total = np.zeros(len(x)), sum(component.weight for component in case.question.prior)
    for component in case.question.prior:
        match component:
            case ReferenceClass():
                scale, shape, coming = history_nodes(case.histories[component.file])
                cumulative = (1 - np.exp(-np.exp(np.minimum(shape * np.log(x / scale), 700.0)))) @ coming
            case Exposure():
                rate = middles(stats.gamma(component.events + 0.5, scale=1 / component.weeks))
                cumulative = (1 - np.exp(-rate * x)).mean(axis=1)
            case Elicited():
                low, median, high = component.weeks
                timing = stats.lognorm(math.log(high / low) / (2 * 1.644854), scale=median)
                cumulative = component.probability.stated * (timing.cdf(x) / timing.cdf(x[-1]))[:, 0]
        pooled += component.weight / total * cumulative
    return pooled


def brute_force(case: Case) -> tuple[dict[State, float], dict[str, float]]:
    """Posterior of every state, and posterior mean reliability of every source."""
    cumulative, kappa, q = expected_cumulative(case), case.question.evidence_weight.stated, echoes(case)
    posterior, means = {}, {}
    for k, b in states(case):
        mass = 1 - cumulative[-1] if k is None else cumulative[k + 1] - cumulative[k]
        posterior[k, b] = mass * shares(case)[b]
    for source in case.sources:
        r = middles(stats.beta(*beta_of_source(source, case.as_of)))
        said = [log_l(item, case, r, q[item.id]) for item in active_items(case) if item.source == source.id]
        likelihood = {state: np.exp(kappa * sum((log[state] for log in said), start=np.zeros(SLICES)))
                      for state in posterior}
        posterior = {state: value * float(likelihood[state].mean()) for state, value in posterior.items()}
        means[source.id] = {state: float(value @ r / value.sum()) for state, value in likelihood.items()}
    total = sum(posterior.values())
    posterior = {state: value / total for state, value in posterior.items()}
    return posterior, {source: sum(posterior[state] * mean[state] for state in posterior)
                       for source, mean in means.items()}
