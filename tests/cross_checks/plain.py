"""The whole model a second time, as plainly as it can be written: importance sampling from the prior.

Nothing here uses the package's mathematics; only its records are read. Loops follow the sentences of docs/model.md,
section by section. Arrays have one entry for each draw of the unknowns θ = (prior parameters, s, r).

A state is (k, b): the event falls in live week k, and until then the world looks like alternative b; k is None for
never.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from forecast.core.cure_model import PastCase
from forecast.records.case import Case
from forecast.records.evidence import Item, Source, Tally
from forecast.records.question import Elicited, Exposure, ReferenceClass
from forecast.records.types import Estimate

Array = NDArray[np.float64]
Rng = np.random.Generator
Span = tuple[date, date]
State = tuple[int | None, int]

MEAN_RELIABILITY = {"A": 0.95, "B": 0.80, "C": 0.60, "D": 0.40, "E": 0.20}
CREDIBILITY = {1: 0.95, 2: 0.80, 3: 0.60, 4: 0.40, 5: 0.20}
RANGE = 2 * 1.644854


# 1. What is being asked


def live_weeks(case: Case) -> list[Span]:
    """First and last live day of each week that has any."""
    opens, horizon = case.question.opens, case.question.horizon
    spans = []
    for start in range(0, (horizon - opens).days + 1, 7):
        first = max(opens + timedelta(start), case.as_of + timedelta(1))
        last = min(opens + timedelta(start + 6), horizon)
        if first <= last:
            spans.append((first, last))
    return spans


def weeks_between(earlier: date, later: date) -> float:
    return (later - earlier).days / 7


def time(case: Case, day: date) -> float:
    """The time x(d) in weeks at the end of a day."""
    return ((day - case.question.opens).days + 1) / 7


def edges(case: Case) -> list[float]:
    """The times at the end of the as-of date and of each live week."""
    return [time(case, case.as_of)] + [time(case, last) for _, last in live_weeks(case)]


def shares(case: Case) -> list[float]:
    total = sum(alternative.share for alternative in case.question.alternatives)
    return [alternative.share / total for alternative in case.question.alternatives]


def states(case: Case) -> list[State]:
    weeks = [*range(len(live_weeks(case))), None]
    return [(k, b) for k in weeks for b in range(len(case.question.alternatives))]


# 2. Prior over states


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


def log_likelihood_of_history(cases: tuple[PastCase, ...], pi: Array, scale: Array, shape: Array) -> Array:
    """Σ w log ℓ over the past cases."""
    total = np.zeros_like(pi)
    for past in cases:
        log_ratio = np.log(past.weeks / scale)
        fallen = np.exp(np.minimum(shape * log_ratio, 700.0))
        log_density = np.log(shape / scale) + (shape - 1) * log_ratio - fallen
        log_l = {"event": np.log(pi) + log_density, "ended": np.log1p(-pi),
                 "censored": np.log1p(-pi + pi * np.exp(-fallen))}[past.outcome]
        total += past.weight * log_l
    return total


def draw_cumulative(case: Case, rng: Rng, count: int) -> tuple[Array, Array]:
    """Draw F at the edges, and the log weight of the draw; shapes (edge, draw) and (draw,)."""
    x = np.array(edges(case))[:, None]
    pooled, log_weight = np.zeros((len(x), count)), np.zeros(count)
    total = sum(component.weight for component in case.question.prior)
    for component in case.question.prior:
        match component:
            case ReferenceClass():
                pi, scale = rng.beta(2, 2, count), np.exp(rng.normal(math.log(26), 1, count))
                shape = np.exp(rng.normal(0, 0.5, count))
                log_weight += log_likelihood_of_history(case.histories[component.file], pi, scale, shape)
                cumulative = pi * (1 - np.exp(-((x / scale) ** shape)))
            case Exposure():
                rate = rng.gamma(component.events + 0.5, 1 / component.weeks, count)
                cumulative = 1 - np.exp(-rate * x)
            case Elicited():
                chance, (low, median, high) = component.probability, component.weeks
                fitted = beta_parameters(*limits(chance)) if chance.low is not None else None
                p = rng.beta(*fitted, count) if fitted else np.full(count, chance.stated)
                timing = stats.lognorm(math.log(high / low) / RANGE, scale=median)
                cumulative = p * timing.cdf(x) / timing.cdf(x[-1])
        pooled += component.weight / total * cumulative
    return pooled, log_weight


def limits(estimate: Estimate) -> tuple[float, float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.stated, estimate.high


# 3. What one item says


def values(item: Item, case: Case) -> dict[str, tuple[float, float]]:
    """(v, σ) of each hypothesis, after standing."""
    result = {}
    for hypothesis in hypotheses(case):
        v, sigma = before_standing(item, hypothesis, case.question.default_spread)
        if not item.seen:
            v, sigma = 1 - v, sigma * v / (1 - v)
        multiple = standing_multiple(item, case.as_of)
        result[hypothesis] = v**multiple, sigma * multiple
    return result


def before_standing(item: Item, hypothesis: str, default_spread: float) -> tuple[float, float]:
    stated: Tally | Estimate | None
    if item.counts is not None:
        stated = item.counts[hypothesis]
        seen, of = stated.seen, stated.of
        sigma = math.sqrt(special.polygamma(1, seen + 0.5) - special.polygamma(1, of + 1))
        return (seen + 0.5) / (of + 1), sigma
    if item.probability is not None:
        stated = item.probability[hypothesis]
        return stated.stated, 0.0 if stated.low is None else log_range(stated)
    stated = (item.likelihood_ratio or {}).get(hypothesis)
    if stated is None:
        return 1.0, 0.0
    return stated.stated, 2 * math.log(default_spread) / RANGE if stated.low is None else log_range(stated)


def log_range(estimate: Estimate) -> float:
    low, _, high = limits(estimate)
    return math.log(high / low) / RANGE


def hypotheses(case: Case) -> list[str]:
    return [case.question.event.id, *(alternative.id for alternative in case.question.alternatives)]


def standing_multiple(item: Item, as_of: date) -> float:
    if item.standing is None:
        return 1.0
    at_most = 4 * item.standing.every if item.standing.at_most is None else item.standing.at_most
    return min(at_most, weeks_between(item.date, last_standing_day(item, as_of))) / item.standing.every


def last_standing_day(item: Item, as_of: date) -> date:
    if item.standing is None:
        return item.date
    return as_of if item.standing.until is None else min(as_of, item.standing.until)


def beta_of_source(source: Source, as_of: date) -> tuple[float, float]:
    alpha, beta = 1.0, 1.0
    if source.grade != "F":
        mean = MEAN_RELIABILITY[source.grade]
        alpha, beta = 10 * mean, 10 * (1 - mean)
    record = source.record
    for entry in record if isinstance(record, tuple) else [record] if record else []:
        if getattr(entry, "date", as_of) <= as_of:
            alpha, beta = alpha + entry.right, beta + entry.wrong
    return alpha, beta


def reliability_of_item(item: Item, r: Array) -> Array:
    if item.credibility is None or item.credibility == 6:
        return r
    c = CREDIBILITY[item.credibility]
    return np.asarray(special.expit(0.5 * special.logit(r) + 0.5 * math.log(c / (1 - c))))


def neutral_level(item: Item, case: Case) -> float:
    """g, the geometric middle between the event and the alternatives."""
    logs = [math.log(v) for v, _ in values(item, case).values()]
    return math.exp(0.5 * logs[0] + 0.5 * sum(s * log for s, log in zip(shares(case), logs[1:], strict=True)))


def likelihoods(item: Item, case: Case, r: Array, q: float) -> list[Array]:
    """L of each hypothesis."""
    trusted, g = reliability_of_item(item, r) * q, neutral_level(item, case)
    return [trusted * v + (1 - trusted) * g for v, _ in values(item, case).values()]


def reach(item: Item, case: Case, span: Span) -> float:
    """w, in one live week."""
    first, last = span
    half_life = case.question.half_life if item.half_life is None else item.half_life
    if item.window is not None and item.half_life is None:
        half_life = math.inf
    middle = (first.toordinal() + last.toordinal()) / 2
    lead = max(0.0, (middle - last_standing_day(item, case.as_of).toordinal()) / 7)
    result = float(2 ** (-lead / half_life))
    if item.window is not None:
        week = [first + timedelta(step) for step in range((last - first).days + 1)]
        result *= sum(item.window[0] <= day <= item.window[1] for day in week) / len(week)
    return result


def reach_in(state: State, item: Item, case: Case, weeks: list[Span]) -> float:
    return 0.0 if state[0] is None else reach(item, case, weeks[state[0]])


def log_l(item: Item, case: Case, r: Array, q: float) -> dict[State, Array]:
    """log L in every state."""
    event, *rest = (np.log(level) for level in likelihoods(item, case, r, q))
    neutral = np.zeros_like(r) if item.window else sum(s * log for s, log in zip(shares(case), rest, strict=True))
    weeks = live_weeks(case)
    result = {}
    for state in states(case):
        w, b = reach_in(state, item, case, weeks), state[1]
        result[state] = w * event + (1 - w) * rest[b] - neutral
    return result


def active_items(case: Case) -> list[Item]:
    return [item for item in case.items
            if item.date <= case.as_of and (item.retracted is None or item.retracted > case.as_of)]


def echoes(case: Case) -> dict[str, float]:
    """q of each active item."""
    ranked: dict[tuple[str, bool], list[tuple[float, date, str]]] = {}
    overlap = {group.id: group.overlap.stated for group in case.groups}
    beta = {source.id: beta_of_source(source, case.as_of) for source in case.sources}
    q = {}
    for item in active_items(case):
        q[item.id] = 1.0
        if item.group is None:
            continue
        alpha, other = beta[item.source]
        everywhere = [float(log[0]) for log in log_l(item, case, np.array([alpha / (alpha + other)]), 1.0).values()]
        strength = round(max(everywhere) - min(everywhere), 9)
        event, *rest = (math.log(v) for v, _ in values(item, case).values())
        towards = round(event - sum(s * log for s, log in zip(shares(case), rest, strict=True)), 9) >= 0
        ranked.setdefault((item.group, towards), []).append((-strength, item.date, item.id))
    for (group, _), members in ranked.items():
        for place, (_, _, name) in enumerate(sorted(members)):
            q[name] = (1 - overlap[group]) ** place
    return q


# 4. Posterior


@dataclass(frozen=True)
class Weighted:
    """Draws from the prior with their weights, and the posterior of the states given each draw."""

    weight: Array
    """Proportional to the likelihood of everything that is known; shape (draw,)."""
    given: dict[State, Array]
    """P(state | θ); each of shape (draw,)."""
    r: dict[str, Array]

    def mean(self, value: Array) -> tuple[float, float]:
        """Posterior mean, and its standard error by linearisation of the ratio."""
        total = self.weight.sum()
        mean = float(self.weight @ value / total)
        return mean, float(np.sqrt(np.sum((self.weight * (value - mean)) ** 2)) / total)

    def quantile(self, value: Array, share: float) -> float:
        order = np.argsort(value)
        cumulative = np.cumsum(self.weight[order])
        return float(value[order][np.searchsorted(cumulative, share * cumulative[-1])])

    def probability(self, chosen: list[State]) -> Array:
        """P(one of these states | θ); shape (draw,)."""
        return np.asarray(sum(self.given[state] for state in chosen))

    @property
    def event(self) -> Array:
        return self.probability([state for state in self.given if state[0] is not None])


def monte_carlo(case: Case, count: int, seed: int, spreads: bool = False) -> Weighted:
    """Sample the prior and weigh by the likelihood; with spreads the stated values are unknowns too (the band)."""
    rng = np.random.default_rng(seed)
    cumulative, log_weight = draw_cumulative(case, rng, count)
    concentration = case.question.share_concentration
    s = rng.dirichlet([concentration * share for share in shares(case)], count).T
    r = {source.id: rng.beta(*beta_of_source(source, case.as_of), count) for source in case.sources}
    log_joint = {}
    for k, b in states(case):
        mass = 1 - cumulative[-1] if k is None else cumulative[k + 1] - cumulative[k]
        log_joint[k, b] = log_weight + np.log(mass + 1e-300) + np.log(s[b] + 1e-300)
    kappa, q, weeks = case.question.evidence_weight.stated, echoes(case), live_weeks(case)
    for item in active_items(case):
        said = log_l(item, case, r[item.source], q[item.id])
        push = random_push(item, case, rng, r[item.source], q[item.id]) if spreads else None
        for state in log_joint:
            log_joint[state] += kappa * said[state]
            if push is not None:
                log_joint[state] += push(reach_in(state, item, case, weeks), state[1])
    total = np.asarray(special.logsumexp(list(log_joint.values()), axis=0))
    return Weighted(np.exp(total - total.max()), {state: np.exp(log - total) for state, log in log_joint.items()}, r)


def random_push(item: Item, case: Case, rng: Rng, r: Array, q: float):  # type: ignore[no-untyped-def]
    """The logarithm of the factor of mean one by which unknown values move a state of reach w and alternative b."""
    trusted, kappa = reliability_of_item(item, r) * q, case.question.evidence_weight.stated
    tau = [kappa * trusted * v / level * sigma
           for (v, sigma), level in zip(values(item, case).values(), likelihoods(item, case, r, q), strict=True)]
    z = [rng.standard_normal(len(r)) for _ in tau]

    def push(w: float, b: int) -> Array:
        event, other = w * tau[0], (1 - w) * tau[b + 1]
        return np.asarray(event * z[0] + other * z[b + 1] - 0.5 * (event**2 + other**2))

    return push
