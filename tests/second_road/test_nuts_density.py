"""The density in PyMC against the same formulas written plainly, at points of the unknowns drawn at random.

Nothing is sampled here: at one point every number is known to the last digits.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from forecast.core.cure_model import LOG_SCALE, LOG_SHAPE
from forecast.engine.nuts.density import build
from forecast.engine.nuts.sampler import Compiled, compiled
from forecast.records.case import Case
from forecast.records.question import Elicited, Exposure, Prior, ReferenceClass
from tests.golden.test_vectors import VECTORS, case_of
from tests.second_road import monte_carlo as plain

Array = NDArray[np.float64]
Point = dict[str, Any]

POINTS = range(1)

# Three workspaces in which, between them, every kind of component, encoding and item occurs.
some = pytest.mark.parametrize("folder", [VECTORS[index] for index in (0, 3, 6)], ids=lambda folder: folder.name)

pytestmark = pytest.mark.slow


@cache
def functions_of(folder: Any) -> Compiled:
    return compiled(build(case_of(folder)))


def point_of(functions: Compiled, seed: int) -> Point:
    return functions.report(functions.start(seed))


def masses(case: Case, point: Point) -> Array:
    """Prior mass of each live week, and of never, at a point."""
    x, used = np.array(plain.edges(case)), [c for c in case.question.prior if c.weight > 0]
    cumulative = np.zeros(len(x))
    for component in used:
        index = [c for c in used if unknown(c) == unknown(component)].index(component)
        cumulative += component.weight / sum(c.weight for c in used) * reached(component, x, point, index)
    return np.append(np.diff(cumulative), 1 - cumulative[-1])


def unknown(component: Prior) -> str:
    """Name of the component's unknowns in the model, empty where its probability is known for certain."""
    match component:
        case ReferenceClass():
            return "reference"
        case Exposure():
            return "exposure_rate"
        case Elicited():
            low, stated, high = plain.limits(component.probability)
            return "elicited_probability" if plain.beta_parameters(low, stated, high) else ""


def reached(component: Prior, x: Array, point: Point, index: int) -> Array:
    """F(x) of one component."""
    match component:
        case ReferenceClass():
            share, scale, shape = (point[f"reference_{name}"][index] for name in ("share", "scale", "shape"))
            return np.asarray(share * -np.expm1(-((x / scale) ** shape)))
        case Exposure():
            return np.asarray(-np.expm1(-point["exposure_rate"][index] * x))
        case Elicited():
            low, median, high = component.weeks
            timing = stats.norm.cdf(np.log(x / median) / (np.log(high / low) / plain.RANGE))
            p = point["elicited_probability"][index] if unknown(component) else component.probability.stated
            return np.asarray(p * timing / timing[-1])


def said(case: Case, point: Point) -> dict[plain.State, float]:
    """κ Σ log L of each state, with the terms in z."""
    kappa, weeks, q = case.question.evidence_weight.stated, plain.live_weeks(case), plain.echoes(case)
    names = [source.id for source in case.sources]
    total = dict.fromkeys(plain.states(case), 0.0)
    for row, item in enumerate(case.active):
        r = np.array([point["reliability"][names.index(item.source)]])
        log_l = plain.log_l(item, case, r, q[item.id])
        trusted, level = plain.reliability_of_item(item, r) * q[item.id], plain.likelihoods(item, case, r, q[item.id])
        tau = [float((kappa * trusted * v / mean * sigma)[0])
               for (v, sigma), mean in zip(plain.values(item, case).values(), level, strict=True)]
        for k, b in total:
            w = plain.reach_in((k, b), item, case, weeks)
            event, other = w * tau[0], (1 - w) * tau[1 + b]
            push = event * point["z"][row, 0] + other * point["z"][row, 1 + b] - (event**2 + other**2) / 2
            total[k, b] += kappa * float(log_l[k, b][0]) + push
    return total


def log_joint(case: Case, point: Point) -> Array:
    """Of each state, without the past cases and the prior of the unknowns; shape (alternative, state)."""
    items, mass = said(case, point), masses(case, point)
    weeks = [*range(len(mass) - 1), None]
    return np.array([[np.log(mass[index]) + np.log(share) + items[k, b] for index, k in enumerate(weeks)]
                     for b, share in enumerate(point["share"])])


@some
@pytest.mark.parametrize("seed", POINTS)
def test_every_state_has_the_probability_that_the_plain_formulas_give_it(folder: Any, seed: int) -> None:
    point = point_of(functions_of(folder), seed)
    joint = log_joint(case_of(folder), point)
    np.testing.assert_allclose(point["state_probability"], np.exp(joint - special.logsumexp(joint)), rtol=1e-8,
                               atol=1e-12)


@some
@pytest.mark.parametrize("seed", POINTS)
def test_past_cases_silence_and_evidence_add_up_to_the_likelihood(folder: Any, seed: int) -> None:
    case, point = case_of(folder), point_of(functions_of(folder), seed)
    past, silence, evidence = point["log_likelihood"]
    used = [c for c in case.question.prior if isinstance(c, ReferenceClass) and c.weight > 0]
    known = sum(float(plain.log_likelihood_of_history(
        case.histories[c.file], *(point[f"reference_{name}"][[index]] for name in ("share", "scale", "shape")))[0])
        for index, c in enumerate(used))
    assert past == pytest.approx(known, rel=1e-9)
    assert silence == pytest.approx(np.log(masses(case, point).sum()), rel=1e-9, abs=1e-12)
    # Likelihoods are stated relative to the neutral level g. With a window it is not taken out with n; it is the same
    # for all states and unknowns.
    level = sum(np.log(plain.neutral_level(item, case)) for item in case.active if item.window)
    total = special.logsumexp(log_joint(case, point)) - case.question.evidence_weight.stated * level
    assert silence + evidence == pytest.approx(total, rel=1e-9)


@some
@pytest.mark.parametrize("seed", POINTS)
def test_the_prior_of_each_unknown_is_the_stated_one(folder: Any, seed: int) -> None:
    case, functions = case_of(folder), functions_of(folder)
    point, model = point_of(functions, seed), build(case)
    found = dict(zip(model.coords["unknown"], point["log_prior"], strict=True))
    alpha, beta = np.array([plain.beta_of_source(source, case.as_of) for source in case.sources]).T
    known = {"reliability": stats.beta.logpdf(point["reliability"], alpha, beta).sum(),
             "z": stats.norm.logpdf(point["z"]).sum()}
    if "reference_share" in point:
        known |= {"reference_share": stats.beta.logpdf(point["reference_share"], 2, 2).sum()}
        for name, (mean, sd) in {"reference_scale": LOG_SCALE, "reference_shape": LOG_SHAPE}.items():
            known[name] = stats.lognorm.logpdf(point[name], sd, scale=np.exp(mean)).sum()
    if "exposure_rate" in point:
        used = [c for c in case.question.prior if isinstance(c, Exposure) and c.weight > 0]
        known["exposure_rate"] = sum(stats.gamma.logpdf(rate, c.events + 0.5, scale=1 / c.weeks)
                                     for rate, c in zip(point["exposure_rate"], used, strict=True))
    # PyTensor folds the constant of Beta(2, 2) in single precision.
    assert {name: found[name] for name in known} == pytest.approx(known, rel=1e-9, abs=1e-7)


@some
def test_the_gradient_is_that_of_the_density(folder: Any) -> None:
    functions, step = functions_of(folder), 1e-6
    x = functions.start(1)
    found = [(functions.log_density(x + step * e)[0] - functions.log_density(x - step * e)[0]) / (2 * step)
             for e in np.eye(len(x))]
    np.testing.assert_allclose(functions.log_density(x)[1], found, rtol=1e-5, atol=1e-5)
