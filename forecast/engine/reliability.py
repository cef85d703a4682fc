"""Reliability of sources, learned from what can be checked alone.

The density of r_s is a Beta times a polynomial: one linear factor for each answer of its record and for each of its
closed claims. Nothing else teaches it, neither the forecast nor items without a window (a cut: Plummer 2015,
doi:10.1007/s11222-014-9503-z).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import zip_longest

import numpy as np
from scipy.special import expit

from forecast.core.numerics import Array, Ints, Mask
from forecast.engine.encoding import CLAIM, PLACES, Evidence, numbered
from forecast.records.case import Case
from forecast.records.evidence import Source

Factor = tuple[float, float, float]
"""(a, b, n): a factor (a + b·r)^n of the density of r."""

_NODES = 129
_FAINT = 40.0
"""Nats below the top of the density beyond which nothing is integrated."""
_TOLERANCE = 1e-13
_TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True)
class Reliability:
    """Density of a source's r ∝ r^(α−1) (1−r)^(β−1) Π (a + b·r)^n; every factor is log-concave, so it has one mode."""

    alpha: float
    beta: float
    factors: tuple[Factor, ...] = ()

    def log_density(self, y: Array) -> Array:
        """Log density of y = logit r, up to a constant; shape of y."""
        r = expit(y)
        log_r, log_rest = -np.logaddexp(0, -y), -np.logaddexp(0, y)
        total = self.alpha * log_r + self.beta * log_rest
        for a, b, n in self.factors:
            total = total + n * np.log(np.maximum(a + b * r, _TINY))
        return total

    @cached_property
    def nodes(self) -> tuple[Array, Array]:
        """Even nodes in logit r that hold all the mass, and their weights; the trapezoid rule converges fast there.

        The number of nodes is doubled until the mean of r stays the same to 1e-13.
        """
        low, high = self._ends()
        count, mean = _NODES, np.nan
        while True:
            y = np.linspace(low, high, count)
            log_weight = self.log_density(y)
            weight = np.exp(log_weight - log_weight.max())
            weight /= weight.sum()
            before, mean = mean, float(weight @ expit(y))
            if abs(mean - before) <= _TOLERANCE or count > 2**16:
                return expit(y), weight
            count = 2 * count - 1

    def _ends(self) -> tuple[float, float]:
        """Where the density has fallen by 40 nats on either side of its mode."""
        low, high = -2 * _FAINT / min(self.alpha, 1.0), 2 * _FAINT / min(self.beta, 1.0)
        for _ in range(60):
            y = np.linspace(low, high, 65)
            density = self.log_density(y)
            near = np.flatnonzero(density > density.max() - _FAINT)
            ends = float(y[max(near[0] - 1, 0)]), float(y[min(near[-1] + 1, 64)])
            if ends[1] - ends[0] > 0.8 * (high - low):
                return ends
            low, high = ends
        return low, high

    @cached_property
    def mean(self) -> float:
        """r̄, the mean of r."""
        if not self.factors:
            return self.alpha / (self.alpha + self.beta)
        r, weight = self.nodes
        return float(weight @ r)

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """Draws of r; shape (count,)."""
        if not self.factors:
            return rng.beta(self.alpha, self.beta, count)
        r, weight = self.nodes
        cumulative = np.cumsum(weight) - weight / 2
        return np.interp(rng.random(count), cumulative, r)


@lru_cache(maxsize=4096)
def _learned(alpha: float, beta: float, factors: tuple[Factor, ...]) -> Reliability:
    """One object for each density, so that its integral is computed once."""
    return Reliability(alpha, beta, factors)


def reliability(alpha: float, beta: float, factors: Iterable[Factor]) -> Reliability:
    """The density with these parameters; factors (r)^n and (1−r)^n join the Beta, and equal ones are merged."""
    powers: dict[tuple[float, float], float] = defaultdict(float)
    for a, b, n in factors:
        if (a, b) == (0, 1):
            alpha += n
        elif (a, b) == (1, -1):
            beta += n
        elif b and n:
            powers[a, b] += n
    return _learned(alpha, beta, tuple((a, b, n) for (a, b), n in sorted(powers.items())))


@dataclass(frozen=True, eq=False)
class Credit:
    """What teaches the reliability of each source of a case: its grade and record, and its claims that are over."""

    base: tuple[Reliability, ...]
    """By grade and record alone; one for each source."""
    claims: Ints
    """Indices of the items that are closed claims and can count, ordered so that the most definite come first."""
    rival: Ints
    """Claims of one source, group and direction, of which the first that is there counts; a number; (claim,)."""
    source: Ints
    """Index of the claim's source; (claim,)."""
    factor: tuple[Factor, ...]
    """What each claim says of r."""

    @cached_property
    def taught(self) -> Ints:
        """Sources with claims that can count."""
        return np.unique(self.source)

    @cached_property
    def by_rival(self) -> tuple[Ints, Ints]:
        """Claims so that rivals lie side by side, and where in this order the first rival of each lies; (claim,)."""
        order = np.argsort(self.rival, kind="stable")
        return order, np.searchsorted(self.rival[order], self.rival[order])

    def counting(self, chosen: Mask) -> Mask:
        """Which claims count in each of many subsets of the items; from (subset, item) to (subset, claim)."""
        order, first = self.by_rival
        here = chosen[:, self.claims[order]]
        before: Ints = np.cumsum(here, axis=1) - here
        result = np.empty_like(here)
        result[:, order] = here & (before == before[:, first])
        return result

    def of(self, chosen: Mask | None = None) -> list[Reliability]:
        """The reliability of each source, given a subset of the items; all by default."""
        if chosen is None:
            chosen = np.ones(self.claims.max(initial=-1) + 1, bool)
        counts = self.counting(chosen[None])[0]
        result = list(self.base)
        for source in self.taught:
            result[source] = self._learned(source, np.flatnonzero(counts & (self.source == source)))
        return result

    def means(self, chosen: Mask | None = None) -> Array:
        """r̄ of each source, given a subset of the items; all by default; shape (source,)."""
        return np.array([known.mean for known in self.of(chosen)])

    def means_in(self, subsets: Mask) -> tuple[Array, Ints]:
        """r̄ of each source given each of many subsets of the items, each value computed once.

        From (subset, item) to the values, of shape (value, source), and which one holds, of shape (subset, source).
        """
        counts = self.counting(subsets)
        values = [[known.mean] for known in self.base]
        which = np.zeros((len(subsets), len(self.base)), int)
        for source in self.taught:
            own = np.flatnonzero(self.source == source)
            _, example, which[:, source] = np.unique(numbered(counts[:, own]), return_index=True, return_inverse=True)
            values[source] = [self._learned(source, own[counts[row, own]]).mean for row in example.tolist()]
        table = np.array(list(zip_longest(*values, fillvalue=np.nan)))
        return table.reshape(max(map(len, values), default=1), len(values)), which

    def _learned(self, source: int, claims: Ints) -> Reliability:
        """What a source's grade, record and these of its claims say of it."""
        known = self.base[source]
        factors = [self.factor[claim] for claim in claims.tolist()]
        return reliability(known.alpha, known.beta, [*known.factors, *factors]) if factors else known


@lru_cache(maxsize=4096)
def _by_record(source: Source, as_of: date) -> Reliability:
    """What a source's grade and record say of it on a date."""
    factors = [factor for test in source.tests(as_of)
               for factor in ((test.base, 1 - test.base, test.right), (1.0, -1.0, test.wrong))]
    return reliability(*source.prior, factors)


def credit(case: Case, evidence: Evidence) -> Credit:
    """What teaches the reliability of the sources of a case.

    A claim of R > 1 whose window has closed was wrong, and multiplies the density by 1 − δr. One of R < 1 was right, as
    it would have been by chance with 1 − p, and multiplies it by 1 − δ + δ(r + (1−r)(1−p)). δ = |R−1|/(R+1).
    """
    base = tuple(_by_record(source, case.as_of) for source in case.sources)
    opens, as_of = case.question.opens.toordinal(), case.as_of.toordinal()
    checked = np.array([source.checked for source in case.sources], bool)
    counts = ((evidence.kind == CLAIM) & ~evidence.report & (evidence.direction != 0)
              & (evidence.last >= opens) & (evidence.last <= as_of))
    claims = np.flatnonzero(counts & checked[evidence.source]) if len(checked) else np.zeros(0, int)
    # Items lie by date and id, which decides between equally definite ones.
    claims = claims[np.argsort(-np.round(np.abs(evidence.log_lift[claims]), PLACES), kind="stable")]
    rivals = [(evidence.source[i], evidence.group[i], evidence.direction[i]) if evidence.group[i] >= 0 else i
              for i in claims.tolist()]
    number: dict[object, int] = {}
    rival = np.array([number.setdefault(key, len(number)) for key in rivals], int)
    return Credit(base, claims, rival, evidence.source[claims],
                  tuple(_factor(evidence, i) for i in claims.tolist()))


def _factor(evidence: Evidence, claim: int) -> Factor:
    definite, chance = float(evidence.definite[claim]), float(evidence.chance[claim])
    if evidence.direction[claim] > 0:
        return 1.0, -definite, 1.0
    return 1 - definite * chance, definite * chance, 1.0
