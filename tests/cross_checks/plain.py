"""The whole model a second time, as plainly as it can be written: loops over items and days.

Nothing here uses the package's mathematics; only its records are read. Functions follow the sentences of docs/model.md,
section by section, with its formulas as they are printed there. Days are ordinals. Likelihoods are kept in logs, since
the product of a few standing reports overflows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, special, stats

from forecast.core.cure_model import PastCase
from forecast.records.case import Case
from forecast.records.evidence import DatedTest, Item, Source, Tally, Tested
from forecast.records.question import Elicited, Exposure, Process, ReferenceClass
from forecast.records.types import Estimate

Array = NDArray[np.float64]

MEAN_RELIABILITY = {"A": 0.95, "B": 0.80, "C": 0.60, "D": 0.40, "E": 0.20}
CREDIBILITY = {1: 0.95, 2: 0.80, 3: 0.60, 4: 0.40, 5: 0.20}
RANGE = 2 * 1.644854


# 1. What is being asked


def live(case: Case) -> range:
    """The days on which the event can still happen."""
    first = max(case.as_of.toordinal() + 1, case.question.opens.toordinal())
    return range(first, case.question.horizon.toordinal() + 1)


def shares(case: Case) -> list[float]:
    total = sum(alternative.share for alternative in case.question.alternatives)
    return [alternative.share / total for alternative in case.question.alternatives]


def hypotheses(case: Case) -> list[str]:
    return [case.question.event.id, *(alternative.id for alternative in case.question.alternatives)]


def active_items(case: Case) -> list[Item]:
    return [item for item in case.items
            if item.date <= case.as_of and (item.retracted is None or item.retracted > case.as_of)]


# 2. Prior over states


def log_likelihood_of_history(cases: tuple[PastCase, ...], pi: Array, scale: Array, shape: Array) -> Array:
    """Σ w log ℓ over the past cases."""
    total = np.zeros(np.broadcast_shapes(pi.shape, scale.shape))
    for past in cases:
        log_ratio = np.log(past.weeks / scale)
        fallen = np.exp(np.minimum(shape * log_ratio, 700.0))
        log_density = np.log(shape / scale) + (shape - 1) * log_ratio - fallen
        log_l = {"event": np.log(pi) + log_density, "ended": np.log1p(-pi),
                 "censored": np.log1p(-pi + pi * np.exp(-fallen))}[past.outcome]
        total = total + past.weight * log_l
    return total


@cache
def history_nodes(cases: tuple[PastCase, ...], points: int = 141) -> tuple[Array, Array, Array]:
    """Values of λ and γ, and E[π; λ, γ] given past cases: λ and γ by even steps, π by a Gauss-Jacobi rule.

    The powers of π and 1 − π that the prior and the cases bring, of any exponent, belong to the rule.
    """
    weight = {kind: sum(past.weight for past in cases if past.outcome == kind) for kind in ("event", "ended")}
    x, rule = special.roots_jacobi(24, 1 + weight["ended"], 1 + weight["event"])
    pi, steps = (x[:, None] + 1) / 2, np.linspace(-9, 9, points)
    scale, shape = (axis.ravel() for axis in np.meshgrid(np.exp(math.log(26) + steps), np.exp(0.5 * steps)))
    prior = np.outer(stats.norm.pdf(steps), stats.norm.pdf(steps)).ravel()
    powers = weight["event"] * np.log(pi) + weight["ended"] * np.log1p(-pi)
    node = rule[:, None] * prior * np.exp(log_likelihood_of_history(cases, pi, scale, shape) - powers)
    return scale, shape, (pi * node).sum(axis=0) / node.sum()


@cache
def _falls(cases: tuple[PastCase, ...], x: float) -> float:
    scale, shape, coming = history_nodes(cases)
    return float(-np.expm1(-np.exp(np.minimum(shape * np.log(x / scale), 700.0))) @ coming)


@dataclass(frozen=True)
class Prior:
    """F of every day, by the linear pool up to the horizon and by a constant hazard beyond it."""

    case: Case

    @cached_property
    def opens(self) -> int:
        return self.case.question.opens.toordinal()

    @cached_property
    def horizon(self) -> int:
        return self.case.question.horizon.toordinal()

    def _component(self, component: ReferenceClass | Exposure | Elicited, x: float, end: float) -> float:
        """F_j(x), its parameters integrated."""
        match component:
            case ReferenceClass():
                return _falls(self.case.histories[component.file], x)
            case Exposure():
                return 1 - (component.weeks / (component.weeks + x)) ** (component.events + 0.5)
            case Elicited():
                low, median, high = component.weeks
                sigma = math.log(high / low) / RANGE
                by_x, by_end = (special.ndtr(math.log(time / median) / sigma) for time in (x, end))
                return float(component.probability.stated * by_x / by_end)

    @cached_property
    def _up_to_horizon(self) -> list[float]:
        """F at the end of each day from the opening to the horizon."""
        question = self.case.question
        total, end = sum(c.weight for c in question.prior), (self.horizon - self.opens + 1) / 7
        times = [(day - self.opens + 1) / 7 for day in range(self.opens, self.horizon + 1)]
        return [sum(c.weight / total * self._component(c, x, end) for c in question.prior) for x in times]

    @cached_property
    def further(self) -> int:
        """J, the number of days beyond the horizon."""
        question = self.case.question
        return 7 * math.ceil(4 * max(question.preparation.lead.stated, question.climate.lead.stated))

    @cached_property
    def hazard(self) -> float:
        """h of each of these days."""
        n = max(1, min(91, self.horizon - self.opens))
        last, before = self._up_to_horizon[-1], self._up_to_horizon[-1 - n]
        return float(-math.expm1(math.log((1 - last) / (1 - before)) / n))

    def cumulative(self, day: int) -> float:
        """F of a day."""
        if day < self.opens:
            return 0.0
        if day <= self.horizon:
            return self._up_to_horizon[day - self.opens]
        beyond = min(day - self.horizon, self.further)
        return 1 - (1 - self._up_to_horizon[-1]) * (1 - self.hazard) ** beyond

    def mass(self, day: int) -> float:
        """Of a day up to the horizon or of the days beyond it."""
        if day <= self.horizon:
            return self.cumulative(day) - self.cumulative(day - 1)
        return (1 - self._up_to_horizon[-1]) * self.hazard * (1 - self.hazard) ** (day - self.horizon - 1)

    @cached_property
    def never_at_all(self) -> float:
        return (1 - self._up_to_horizon[-1]) * (1 - self.hazard) ** self.further

    @cached_property
    def days(self) -> range:
        """The live days and those beyond the horizon."""
        return range(live(self.case).start, self.horizon + self.further + 1)

    @cached_property
    def masses(self) -> Array:
        """Mass of each of these days; shape (day,)."""
        return np.array([self.mass(day) for day in self.days])

    def chance(self, item: Item) -> float:
        """p_i of a claim."""
        assert item.window is not None
        since, last = item.date.toordinal(), item.window.last.toordinal()
        begin = max(item.window.first.toordinal(), since + 1)
        inside = self.cumulative(last) - self.cumulative(begin - 1) if last >= begin else 0.0
        return min(max(inside / (1 - self.cumulative(since)), 1e-6), 1 - 1e-6)


# 3. What one item says


def odds(p: float) -> float:
    return p / (1 - p)


def log_range(estimate: Estimate) -> float:
    """σ of [low, stated, high]; 0 of a bare number."""
    if estimate.low is None or estimate.high is None:
        return 0.0
    return math.log(estimate.high / estimate.low) / RANGE


def value(item: Item, hypothesis: str, prior: Prior) -> tuple[float, float]:
    """(v, σ) of a hypothesis, before standing."""
    is_event = hypothesis == prior.case.question.event.id
    if item.kept is not None:
        if not is_event:
            return 1.0, 0.0
        low, high = (item.kept.low, item.kept.high) if item.kept.low is not None else (item.kept.stated,) * 2
        assert low is not None
        assert high is not None
        sigma = (math.log(odds(high)) - math.log(odds(low))) / RANGE
        return odds(item.kept.stated) / odds(prior.chance(item)), sigma
    if item.counts is not None:
        return tally(item.counts[hypothesis], item.seen)
    if item.probability is not None:
        estimate = item.probability[hypothesis]
        v, sigma = estimate.stated, log_range(estimate)
        return (v, sigma) if item.seen else (1 - v, sigma * v / (1 - v))
    assert item.likelihood_ratio is not None
    if hypothesis not in item.likelihood_ratio:
        return 1.0, 0.0
    estimate = item.likelihood_ratio[hypothesis]
    bare = 2 * math.log(prior.case.question.default_spread) / RANGE
    return estimate.stated, bare if estimate.low is None else log_range(estimate)


def tally(counts: Tally, seen: bool) -> tuple[float, float]:
    s, n = counts.seen if seen else counts.of - counts.seen, counts.of
    return (s + 0.5) / (n + 1), math.sqrt(special.polygamma(1, s + 0.5) - special.polygamma(1, n + 1))


def last_day(item: Item, case: Case) -> int:
    """f_i."""
    if item.standing is None:
        return item.date.toordinal()
    ends = [case.as_of] if item.standing.until is None else [case.as_of, item.standing.until]
    return min(ends).toordinal()


def periods(item: Item, case: Case) -> float:
    """How many periods of standing have spoken; 1 for what does not stand."""
    if item.standing is None:
        return 1.0
    at_most = 4 * item.standing.every if item.standing.at_most is None else item.standing.at_most
    return min(at_most, (last_day(item, case) - item.date.toordinal()) / 7) / item.standing.every


class Says(NamedTuple):
    """What an item says, after standing."""

    log_lift: float
    """log R."""
    spread: float
    """σ_R."""
    log_background: list[float]
    """log β of each alternative."""


def says(item: Item, prior: Prior) -> Says:
    case, times = prior.case, periods(item, prior.case)
    logs, sigmas = [], []
    for hypothesis in hypotheses(case):
        v, sigma = value(item, hypothesis, prior)
        logs.append(times * math.log(v))
        sigmas.append(times * sigma)
    log_mean = float(special.logsumexp(logs[1:], b=shares(case)))
    background = [log - log_mean for log in logs[1:]]
    common = sum(s * math.exp(b) * sigma for s, b, sigma in zip(shares(case), background, sigmas[1:], strict=True))
    return Says(logs[0] - log_mean, math.hypot(sigmas[0], common), background)


def kind(item: Item) -> str:
    return "claim" if item.window is not None else item.about or "sign"


def is_report(item: Item) -> bool:
    if item.kept is not None:
        return True
    if item.says is not None:
        return item.says == "report"
    return item.counts is not None or not item.seen


def direction(said: Says) -> int:
    return int(np.sign(round(said.log_lift, 9)))


# Reliability


@dataclass(frozen=True)
class Density:
    """r^(α−1) (1−r)^(β−1) Π (a + b r)^n, not normalised."""

    alpha: float
    beta: float
    factors: tuple[tuple[float, float, float], ...]

    @cached_property
    def ends(self) -> tuple[float, float]:
        """Powers of r and 1 − r that are infinite at their end; adaptive quadrature has a rule for these."""
        return min(self.alpha - 1, 0.0), min(self.beta - 1, 0.0)

    def log_rest(self, r: float) -> float:
        """Log of all other factors."""
        low, high = self.ends
        total = (self.alpha - 1 - low) * _log(r) if self.alpha - 1 > low else 0.0
        total += (self.beta - 1 - high) * _log(1 - r) if self.beta - 1 > high else 0.0
        return total + sum(n * math.log(a + b * r) for a, b, n in self.factors if n)

    @cached_property
    def mean(self) -> float:
        """r̄."""
        top = max(self.log_rest(step / 1000) for step in range(1, 1000))

        def moment(power: int) -> float:
            found, _ = integrate.quad(lambda r: r**power * math.exp(self.log_rest(r) - top), 0, 1,
                                      weight="alg", wvar=self.ends, limit=200, epsabs=0, epsrel=1e-11)
            return float(found)

        return moment(1) / moment(0)


def density(source: Source, prior: Prior) -> Density:
    """What is known of a source's reliability."""
    case, factors = prior.case, []
    alpha, beta = (1.0, 1.0) if source.grade == "F" else (
        10 * MEAN_RELIABILITY[source.grade], 10 * (1 - MEAN_RELIABILITY[source.grade]))
    for test in tests(source, case):
        factors.append((test.base, 1 - test.base, float(test.right)))
        # (1−r)^wrong: the constant (1−t)^wrong falls away.
        beta += test.wrong
    for item in counting(source, prior):
        said = says(item, prior)
        delta = abs(math.expm1(said.log_lift)) / (math.exp(said.log_lift) + 1)
        p = prior.chance(item)
        # 1 − δ r, or 1 − δ + δ (r + (1−r)(1−p)) = 1 − δ p + δ p r.
        factors.append((1.0, -delta, 1.0) if said.log_lift > 0 else (1 - delta * p, delta * p, 1.0))
    # r^right where no base is stated joins the Beta's own power.
    alpha += sum(n for a, _, n in factors if a == 0)
    return Density(alpha, beta, tuple(factor for factor in factors if factor[0] != 0))


def tests(source: Source, case: Case) -> Iterator[Tested | DatedTest]:
    record = source.record
    for test in record if isinstance(record, tuple) else [record] if record else []:
        if not isinstance(test, DatedTest) or test.date <= case.as_of:
            yield test


def counting(source: Source, prior: Prior) -> list[Item]:
    """The claims that teach how reliable a source is."""
    case, best = prior.case, {}
    for item in active_items(case):
        if item.source != source.id or not source.checked or item.window is None or is_report(item):
            continue
        said = says(item, prior)
        if not case.question.opens <= item.window.last <= case.as_of or not direction(said):
            continue
        key = (item.group, direction(said)) if item.group is not None else (item.id, 0)
        rank = (-round(abs(said.log_lift), 9), item.date, item.id)
        if key not in best or rank < best[key][0]:
            best[key] = (rank, item)
    return [item for _, item in best.values()]


def reliability(item: Item, mean: Mapping[str, float]) -> float:
    """r_i."""
    if is_report(item):
        return 1.0
    r = mean[item.source]
    if item.credibility is None or item.credibility == 6:
        return r
    c = CREDIBILITY[item.credibility]
    return float(special.expit(0.5 * special.logit(r) + 0.5 * math.log(odds(c))))


# Echo, and what is left


def log_effective(log_lift: float, rho: float, kappa: float = 1.0) -> float:
    """log R̃ = κ log [(1−ρ + ρ·2R/(1+R))/(1−ρ + ρ·2/(1+R))]."""
    if rho == 1:
        return kappa * log_lift
    if log_lift < 0:
        # The same with numerator and denominator exchanged, so that nothing overflows.
        return -log_effective(-log_lift, rho, kappa)
    inverse = math.exp(-log_lift)
    said, unsaid = 2 / (1 + inverse), 2 * inverse / (1 + inverse)
    return kappa * math.log((1 - rho + rho * said) / (1 - rho + rho * unsaid))


def log_left_of_background(log_background: list[float], rho: float, kappa: float = 1.0) -> list[float]:
    """log B = κ log (1−ρ′ + ρ′ β)."""
    return [kappa * math.log(1 - rho + rho * math.exp(log)) for log in log_background]


def favoured(said: Says) -> frozenset[int]:
    rounded = [round(log, 9) for log in said.log_background]
    return frozenset(b for b, log in enumerate(rounded) if log == max(rounded))


def echoes(ranked: dict[str, tuple[object, float]], case: Case) -> dict[str, float]:
    """q of each active item, given its side and its strength."""
    memory = {group.id: group.memory for group in case.groups}
    overlap = {group.id: group.overlap.stated for group in case.groups}
    items, q = {item.id: item for item in active_items(case)}, {}

    def order(item: Item) -> tuple[float, object, str]:
        return -ranked[item.id][1], item.date, item.id

    for item in items.values():
        q[item.id] = 1.0
        side, strength = ranked[item.id]
        if item.group is None or strength == 0:
            continue
        stronger = [other for other in items.values()
                    if other.group == item.group and ranked[other.id][0] == side and ranked[other.id][1] > 0
                    and abs((other.date - item.date).days) / 7 <= memory[item.group] and order(other) < order(item)]
        q[item.id] = (1 - overlap[item.group]) ** len(stronger)
    return q


class Heard(NamedTuple):
    """What is left of an item."""

    item: Item
    says: Says
    r: float
    q: float
    background_q: float
    log_lift: float
    """log R̃."""
    log_background: list[float]
    """log B."""


def silent(item: Item, prior: Prior) -> bool:
    """Whether it is a claim none of whose days is live, or among the days beyond the horizon."""
    if item.window is None:
        return False
    first, last = item.window.first.toordinal(), item.window.last.toordinal()
    return last < prior.days.start or first >= prior.days.stop


def heard(prior: Prior, mean: Mapping[str, float]) -> list[Heard]:
    case, kappa = prior.case, prior.case.question.evidence_weight.stated
    said = {item.id: says(item, prior) for item in active_items(case)}
    r = {item.id: reliability(item, mean) for item in active_items(case)}
    for_event: dict[str, tuple[object, float]] = {}
    for_background: dict[str, tuple[object, float]] = {}
    for item in active_items(case):
        mine = said[item.id]
        strength = round(abs(log_effective(mine.log_lift, r[item.id])), 9)
        mute = silent(item, prior) or direction(mine) == 0
        for_event[item.id] = direction(mine), 0.0 if mute else strength
        left = log_left_of_background(mine.log_background, r[item.id])
        for_background[item.id] = favoured(mine), round(max(left) - min(left), 9)
    q, background_q = echoes(for_event, case), echoes(for_background, case)
    return [Heard(item, said[item.id], r[item.id], q[item.id], background_q[item.id],
                  log_effective(said[item.id].log_lift, q[item.id] * r[item.id], kappa),
                  log_left_of_background(said[item.id].log_background, background_q[item.id] * r[item.id], kappa))
            for item in active_items(case)]


# 4. Signs share one preparation, conditions one climate


@dataclass(frozen=True)
class Shared:
    """One process, as of a date: what its items say of every day."""

    process: Process
    prior: Prior
    log_m: Mapping[int, float]
    """log M of each day on which its items speak."""

    @cached_property
    def as_of(self) -> int:
        return self.prior.case.as_of.toordinal()

    def decay(self, days: float) -> float:
        """2^(−days/7/T)."""
        return float(2 ** (-days / 7 / self.process.lead.stated))

    @cached_property
    def eta(self) -> float:
        return self.process.unprepared.stated

    @cached_property
    def rho(self) -> float:
        """How probable it is that a true process is under way, without evidence."""
        decayed = np.array([self.decay(day - self.as_of) for day in self.prior.days])
        masses = self.prior.masses
        return float((1 - self.eta) * (masses @ decayed) / (masses.sum() + self.prior.never_at_all))

    @cached_property
    def u(self) -> float:
        c = self.process.carried_out.stated
        return min(0.5, self.rho * (1 - c) / (c * (1 - self.rho))) if self.rho < 1 else 0.5

    @cached_property
    def days(self) -> list[int]:
        """f_1 < … < f_n."""
        return sorted(self.log_m)

    @cached_property
    def forward(self) -> list[tuple[float, float]]:
        """Log of the joint probability of days 1 … j and of the false chain being off, or on, on day j; j from 1."""
        result: list[tuple[float, float]] = []
        for j, day in enumerate(self.days):
            if j == 0:
                off, on = math.log(1 - self.u), _log(self.u)
            else:
                off, on = self.carried(*result[-1], self.decay(day - self.days[j - 1]))
            result.append((off, on + self.log_m[day]))
        return result

    def carried(self, off: float, on: float, decay: float) -> tuple[float, float]:
        """The same some days later, before anything is seen; P(on → on) = u + (1−u)·decay."""
        stays_on, goes_on = self.u + (1 - self.u) * decay, self.u * (1 - decay)
        return (float(np.logaddexp(off + _log(1 - goes_on), on + _log(1 - stays_on))),
                float(np.logaddexp(off + _log(goes_on), on + _log(stays_on))))

    @cached_property
    def log_f(self) -> list[float]:
        """log F_j, j = 0 … n."""
        return [0.0, *(float(np.logaddexp(*pair)) for pair in self.forward)]

    def terms(self, days: Iterable[int]) -> Array:
        """Logs of the n + 1 terms of S(k), without η F_n; shape (term, day)."""
        days, n = list(days), len(self.days)
        o = np.zeros((n + 2, len(days)))
        o[-1] = 1.0
        for j, f in enumerate(self.days):
            o[j + 1] = [self.decay(day - f) for day in days]
        rows = []
        for j in range(n + 1):
            later = sum(self.log_m[f] for f in self.days[j:])
            with np.errstate(divide="ignore"):
                rows.append(np.log((1 - self.eta) * (o[j + 1] - o[j])) + self.log_f[j] + later)
        return np.array(rows)

    def log_s(self, days: Iterable[int]) -> Array:
        """log S(k) of each day."""
        days = list(days)
        unprepared = np.full((1, len(days)), _log(self.eta) + self.log_f[-1])
        return np.logaddexp.reduce(np.concatenate([unprepared, self.terms(days)]), axis=0)

    def begun(self, days: Iterable[int]) -> Array:
        """P(begun by a | k) of each day."""
        days, last = list(days), self.days[-1] if self.days else None
        terms = self.terms(days)
        by_a = np.array([self.decay(day - self.as_of) for day in days])
        before = np.array([self.decay(day - last) for day in days]) if last is not None else np.zeros(len(days))
        with np.errstate(divide="ignore"):
            terms[-1] += np.log((by_a - before) / (1 - before))
        return np.asarray(np.exp(np.logaddexp.reduce(terms, axis=0) - self.log_s(days)))

    @cached_property
    def false_now(self) -> float:
        """The false chain's filtered probability of being on, carried on to a."""
        if not self.days:
            return self.u
        off, on = self.carried(*self.forward[-1], self.decay(self.as_of - self.days[-1]))
        return float(np.exp(on - np.logaddexp(off, on)))


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def shared(prior: Prior, items: list[Heard], which: str) -> Shared:
    """The process behind signs, or conditions."""
    question, log_m = prior.case.question, dict[int, float]()
    for each in items:
        if kind(each.item) == which:
            day = last_day(each.item, prior.case)
            log_m[day] = log_m.get(day, 0.0) + each.log_lift
    return Shared(question.preparation if which == "sign" else question.climate, prior, log_m)


# 5. Posterior


def covers(item: Item, days: Iterable[int]) -> Array:
    """w_ik of a claim."""
    assert item.window is not None
    first, last = item.window.first.toordinal(), item.window.last.toordinal()
    return np.array([1.0 if first <= day <= last else 0.0 for day in days])


def log_likelihoods(prior: Prior, items: list[Heard]) -> tuple[Array, float]:
    """log L of each day, live and beyond the horizon, and of never at all."""
    total, rest = np.zeros(len(prior.days)), 0.0
    for which in ("sign", "condition"):
        process = shared(prior, items, which)
        total += process.log_s(prior.days)
        rest += process.log_f[-1]
    for each in items:
        if each.item.window is not None:
            total += covers(each.item, prior.days) * each.log_lift
    return total, rest


class Preparing(NamedTuple):
    now: float
    leads_to_event: float
    prior: float
    false_share: float


@dataclass(frozen=True)
class Plain:
    """The posterior of a case."""

    case: Case

    @cached_property
    def prior(self) -> Prior:
        return Prior(self.case)

    @cached_property
    def reliability(self) -> dict[str, float]:
        return {source.id: density(source, self.prior).mean for source in self.case.sources}

    @cached_property
    def heard(self) -> list[Heard]:
        return heard(self.prior, self.reliability)

    @cached_property
    def posterior(self) -> tuple[Array, float]:
        """P(k) of each day, live and beyond the horizon, and P(never at all)."""
        log_days, log_rest = log_likelihoods(self.prior, self.heard)
        with np.errstate(divide="ignore"):
            log_joint = np.append(np.log(self.prior.masses) + log_days, _log(self.prior.never_at_all) + log_rest)
        joint = np.exp(log_joint - special.logsumexp(log_joint))
        return joint[:-1], float(joint[-1])

    @cached_property
    def daily(self) -> Array:
        return self.posterior[0][:len(live(self.case))]

    @cached_property
    def never(self) -> float:
        return float(self.posterior[0][len(live(self.case)):].sum()) + self.posterior[1]

    @cached_property
    def alternatives(self) -> list[float]:
        """P(b)."""
        said = [each.log_background for each in self.heard]
        weights = [math.log(s) + sum(row[b] for row in said) for b, s in enumerate(shares(self.case))]
        return [float(p) for p in special.softmax(weights)]

    @cached_property
    def hypotheses(self) -> list[float]:
        """P(event) and P(never, b)."""
        return [float(self.daily.sum()), *(self.never * p for p in self.alternatives)]

    def process(self, which: str) -> Preparing:
        process = shared(self.prior, self.heard, which)
        begun = self.posterior[0] * process.begun(self.prior.days)
        q = float(begun.sum())
        return Preparing(q + (1 - q) * process.false_now, float(begun[:len(live(self.case))].sum()),
                         process.rho + (1 - process.rho) * process.u, process.u)
