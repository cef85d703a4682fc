"""The band a second time: a plain Monte Carlo of section 5, one normal for each item, day by day.

The package draws a day and then the unknowns given that day. Here the parameters of the prior are drawn from their own
distributions and weighted by what they make of the evidence; the day follows. Arrays have one row for each draw.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from forecast.records.case import Case
from forecast.records.question import Elicited, Exposure, ReferenceClass
from tests.cross_checks.plain import (
    RANGE,
    Heard,
    Plain,
    Shared,
    covers,
    density,
    is_report,
    live,
    log_effective,
    log_likelihood_of_history,
    log_likelihoods,
    reliability,
    shared,
)

Array = NDArray[np.float64]
Rng = np.random.Generator

STEP = 1e-4


@dataclass(frozen=True)
class Weighted:
    """Draws of P(event | unknowns) and their weights."""

    event: Array
    weight: Array

    def quantile(self, share: float) -> float:
        order = np.argsort(self.event)
        cumulative = np.cumsum(self.weight[order])
        return float(self.event[order][np.searchsorted(cumulative, share * cumulative[-1])])

    @cached_property
    def mean(self) -> float:
        return float(self.weight @ self.event / self.weight.sum())

    @cached_property
    def worth(self) -> float:
        variance = float(self.weight @ (self.event - self.mean) ** 2 / self.weight.sum())
        return self.mean * (1 - self.mean) / variance - 1


def beta_parameters(low: float, stated: float, high: float) -> tuple[float, float] | None:
    """The Beta with this mean and the largest concentration from 2 whose 5-95 % width is high − low; None: a point."""
    if high - low < 1e-12:
        return None

    def excess(concentration: float) -> float:
        beta = stats.beta(stated * concentration, (1 - stated) * concentration)
        return float(beta.ppf(0.95) - beta.ppf(0.05)) - (high - low)

    upper = 2.0
    while upper < 1e6 and not (excess(upper) >= 0 > excess(1.25 * upper)):
        upper *= 1.25
    concentration = optimize.brentq(excess, upper, 1.25 * upper)
    return stated * concentration, (1 - stated) * concentration


def draw_cumulative(case: Case, rng: Rng, count: int) -> tuple[Array, Array]:
    """F on the day before the first live one and on each live day, and the log weight; (draw, day + 1) and (draw,)."""
    opens = case.question.opens.toordinal()
    days = live(case)
    x = np.array([(day - opens + 1) / 7 for day in range(days.start - 1, days.stop)])[:, None]
    before = np.maximum(x, 1e-12)
    pooled, log_weight = np.zeros((len(x), count)), np.zeros(count)
    total = sum(component.weight for component in case.question.prior)
    for component in case.question.prior:
        match component:
            case ReferenceClass():
                pi, scale = rng.beta(2, 2, count), np.exp(rng.normal(math.log(26), 1, count))
                shape = np.exp(rng.normal(0, 0.5, count))
                log_weight += log_likelihood_of_history(case.histories[component.file], pi, scale, shape)
                cumulative = pi * -np.expm1(-((before / scale) ** shape))
            case Exposure():
                cumulative = -np.expm1(-rng.gamma(component.events + 0.5, 1 / component.weeks, count) * x)
            case Elicited():
                chance, (low, median, high) = component.probability, component.weeks
                ends = (chance.low, chance.stated, chance.high)
                fitted = None if chance.low is None else beta_parameters(*ends)  # type: ignore[arg-type]
                p = rng.beta(*fitted, count) if fitted else np.full(count, chance.stated)
                timing = special.ndtr(np.log(before / median) / (math.log(high / low) / RANGE))
                cumulative = p * timing / timing[-1]
        pooled += component.weight / total * cumulative
    return pooled.T, log_weight


def masses(plain: Plain, cumulative: Array) -> Array:
    """Mass of each day, live and beyond the horizon, and of never at all; the split of what is later stays as it is."""
    later = np.append(plain.prior.masses[len(live(plain.case)):], plain.prior.never_at_all)
    return np.concatenate([np.diff(cumulative), np.outer(1 - cumulative[:, -1], later / later.sum())], axis=1)


def gradients(plain: Plain) -> Array:
    """G_ik of each item on each day and never at all, by differences of log L; shape (item, day + 1)."""
    rows = []
    for each in plain.heard:
        if each.item.window is not None:
            rows.append(np.append(covers(each.item, plain.prior.days), 0.0))
            continue
        up, down = (_log_s(_moved(plain, each, step), plain) for step in (STEP, -STEP))
        rows.append((up - down) / (2 * STEP))
    return np.array(rows).reshape(len(plain.heard), len(plain.prior.days) + 1)


def _moved(plain: Plain, moved: Heard, step: float) -> Shared:
    """The process behind an item if its log R̃ were larger by a step."""
    items = [each._replace(log_lift=each.log_lift + step) if each is moved else each for each in plain.heard]
    return shared(plain.prior, items, moved.item.about or "sign")


def _log_s(process: Shared, plain: Plain) -> Array:
    return np.append(process.log_s(plain.prior.days), process.log_f[-1])


def by_lift(plain: Plain, each: Heard) -> float:
    """∂ log R̃/∂ log R."""
    kappa, rho = plain.case.question.evidence_weight.stated, each.q * each.r
    up, down = (log_effective(each.says.log_lift + step, rho, kappa) for step in (STEP, -STEP))
    return (up - down) / (2 * STEP)


def by_reliability(plain: Plain, each: Heard) -> float:
    """∂ log R̃/∂ r of its source."""
    if is_report(each.item):
        return 0.0
    mean, kappa = plain.reliability[each.item.source], plain.case.question.evidence_weight.stated
    step = STEP * min(mean, 1 - mean)
    up, down = (log_effective(each.says.log_lift, each.q * reliability(each.item, {each.item.source: r}), kappa)
                for r in (mean + step, mean - step))
    return (up - down) / (2 * step)


def draw_reliability(plain: Plain, rng: Rng, count: int) -> dict[str, Array]:
    """r_s from its density, by resampling from its Beta."""
    result = {}
    for source in plain.case.sources:
        known = density(source, plain.prior)
        r = rng.beta(known.alpha, known.beta, 20 * count)
        log_weight = sum((n * np.log(a + b * r) for a, b, n in known.factors), start=np.zeros(len(r)))
        weight = np.exp(log_weight - log_weight.max())
        result[source.id] = rng.choice(r, count, p=weight / weight.sum())
    return result


def monte_carlo(case: Case, count: int, seed: int) -> Weighted:
    """Draws of P(event | unknowns)."""
    plain, rng = Plain(case), np.random.default_rng(seed)
    log_days, log_rest = log_likelihoods(plain.prior, plain.heard)
    log_l = np.append(log_days, log_rest)
    log_l -= log_l.max()
    cumulative, log_weight = draw_cumulative(case, rng, count)
    mass = masses(plain, cumulative)
    joint = mass * np.exp(log_l)
    weight = np.exp(log_weight - log_weight.max()) * joint.sum(axis=1)
    reached = np.cumsum(joint, axis=1)
    k = (reached < rng.random(count)[:, None] * reached[:, -1:]).sum(axis=1)

    g = gradients(plain)
    t = g * np.array([by_lift(plain, each) * each.says.spread for each in plain.heard])[:, None]
    z = rng.standard_normal((count, len(t))) + t[:, k].T
    log_state = np.log(np.maximum(mass, 1e-300)) + log_l + z @ t - 0.5 * (t**2).sum(axis=0)
    r = draw_reliability(plain, rng, count)
    for each, row in zip(plain.heard, g, strict=True):
        name = each.item.source
        log_state += np.outer(r[name] - plain.reliability[name], row * by_reliability(plain, each))
    days = len(live(case))
    log_state[:, :days] += case.question.model_error.stated * rng.standard_normal(count)[:, None]
    return Weighted(special.softmax(log_state, axis=1)[:, :days].sum(axis=1), weight)
