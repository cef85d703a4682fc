"""What the items say: stated values, their lift and background, and what is left of them.

Formulas follow docs/model.md, “What one item says”. Hypotheses are ordered with the event first; everything is kept in
logs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.special import expit, logit, polygamma

from forecast.core.numerics import Z95, Array, Ints, Mask, earlier_within, logsumexp
from forecast.engine.prior import Prior
from forecast.engine.prior import prior as prior_of
from forecast.records.case import Case
from forecast.records.evidence import CREDIBILITIES, KINDS, Indicator, Item, Tally
from forecast.records.question import Question
from forecast.records.types import Estimate

SIGN, CONDITION, CLAIM = range(len(KINDS))
"""Indices of the three kinds."""

PLACES = 9
"""Decimals to which logs are rounded before they are compared, so that the last digit decides nothing."""

_BITS = 32
"""Alternatives up to which a set of them is written as the bits of a number."""

_LEVELS: dict[int | None, float] = {code: float(logit(c)) / 2 for code, c in CREDIBILITIES.items()}
"""½ logit c of each credibility that is a statement."""


def chance(item: Item, case: Case) -> float:
    """p of a claim, the prior's chance of what is left of its window on its date; ½ for other items."""
    return chance_by(item, prior_of(case.question, case.histories)) if item.window is not None else 0.5


def chance_by(item: Item, prior: Prior) -> float:
    """p of a claim by the prior of its case."""
    assert item.window is not None
    first, last = (np.array([day.toordinal()]) for day in item.window)
    return float(prior.chance(np.array([item.date.toordinal()]), first, last)[0])


def stated(item: Item | Indicator, case: Case) -> tuple[Array, Array]:
    """Log value and log standard deviation that an item states for each hypothesis, before standing.

    ======================  ==========================  ==============================================
    encoding                v                           σ
    ======================  ==========================  ==============================================
    counts [seen, of]       (seen + ½)/(of + 1)         √(ψ₁(seen + ½) − ψ₁(of + 1))
    probability             stated                      ln(high/low)/(2·1.644854)
    kept                    odds(kept)/odds(p), else 1  (logit high − logit low)/(2·1.644854), else 0
    likelihood_ratio        stated; 1 if left out       as probability; a bare number by the default
    ======================  ==========================  ==============================================

    `seen: false` turns (v, σ) into (1 − v, σ·v/(1 − v)), and counts [s, n] into [n − s, n].

    Parameters
    ----------
    item : Item or Indicator
        What is encoded.
    case : Case
        Whose question has the hypotheses, the event first, and the factor either way of a bare likelihood ratio; its
        prior gives p of `kept`.

    Returns
    -------
    log_value, log_sd : Array
        Each of shape (hypothesis,).
    """
    question = case.question
    p = chance(item, case) if isinstance(item, Item) and item.kept is not None else 0.5
    log_value, log_sd = _stated(item, question.hypotheses, question.default_spread, p)
    return np.array(log_value), np.array(log_sd)


def _stated(item: Item | Indicator, hypotheses: Sequence[str], default_spread: float, chance: float
            ) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if isinstance(item, Item) and item.kept is not None:
        rest = (0.0,) * (len(hypotheses) - 1)
        return (float(logit(item.kept.stated) - logit(chance)), *rest), (_kept_spread(item.kept), *rest)
    values: Mapping[str, Estimate | Tally] = (
        item.probability if isinstance(item, Indicator) else getattr(item, item.encoding))
    spread = default_spread if isinstance(item, Item) and item.likelihood_ratio is not None else 1.0
    seen = isinstance(item, Indicator) or item.seen
    log_value, log_sd = zip(*[_row(values.get(hypothesis), spread, seen) for hypothesis in hypotheses], strict=True)
    return log_value, log_sd


def _kept_spread(kept: Estimate) -> float:
    low, high = kept.bounds()
    return float(logit(high) - logit(low)) / (2 * Z95)


SUREST = float(np.nextafter(1, 0))
"""The largest probability below 1: what an input that is moved towards 1 ends at, where 1 − P still has a logarithm."""


@lru_cache(maxsize=2**16)
def _row(value: Estimate | Tally | None, spread: float, seen: bool) -> tuple[float, float]:
    if value is None:
        return 0.0, 0.0
    if isinstance(value, Tally):
        count = value.seen if seen else value.of - value.seen
        return (math.log((count + 0.5) / (value.of + 1)),
                math.sqrt(polygamma(1, count + 0.5) - polygamma(1, value.of + 1)))
    low, high = value.bounds(spread)
    log_value, log_sd = math.log(value.stated), (math.log(high) - math.log(low)) / (2 * Z95)
    if seen:
        return log_value, log_sd
    log_complement = math.log1p(-min(value.stated, SUREST))
    return log_complement, log_sd * math.exp(log_value - log_complement)


def effective(log_lift: Array, rho: Array) -> Array:
    """log R̃ at κ = 1: what is left of a lift R of which the share ρ is heard, the rest being noise.

    R̃ = (1−ρ + ρ·2R/(1+R)) / (1−ρ + ρ·2/(1+R)) = (1+ρt)/(1−ρt) with t = (R−1)/(R+1), so that log R̃(1/R) = −log R̃(R),
    and |log R̃| is bounded by log((1+ρ)/(1−ρ)). Arguments broadcast; ρ in [0, 1].
    """
    return np.where(rho == 1, log_lift, 2 * np.arctanh(np.where(rho == 1, 0.0, rho * np.tanh(log_lift / 2))))


def effective_background(log_background: Array, rho: Array) -> Array:
    """log B = log(1−ρ′ + ρ′β) at κ = 1. Arguments broadcast; ρ′ in [0, 1]."""
    with np.errstate(divide="ignore"):
        result: Array = np.logaddexp(np.log1p(-rho), np.log(rho) + log_background)
    return result


def effective_slopes(log_lift: Array, rho: Array) -> tuple[Array, Array]:
    """∂ log R̃/∂ log R and ∂ log R̃/∂ρ at κ = 1.

    With t = (R−1)/(R+1) these are ρ(1−t²)/(1−ρ²t²) and 2t/(1−ρ²t²). Arguments broadcast.
    """
    t = np.tanh(log_lift / 2)
    left = np.maximum(1 - (rho * t) ** 2, np.finfo(float).tiny)
    by_lift = rho * 4 * expit(log_lift) * expit(-log_lift) / left
    return np.where(rho == 1, 1.0, by_lift), 2 * t / left


def numbered(rows: Mask) -> Ints:
    """A number for each row, the same for equal rows only; from (row, column) to (row,)."""
    if rows.shape[1] < _BITS:
        return rows @ (1 << np.arange(rows.shape[1]))
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)


@dataclass(frozen=True, eq=False)
class Evidence:
    """The active items of a case as arrays, by date and id."""

    items: tuple[Item, ...]
    kind: Ints
    """Sign, condition or claim; shape (item,)."""
    day: Ints
    """d, the day on which it became public, as an ordinal; shape (item,)."""
    speaks: Ints
    """f, the last known day of standing, else d; shape (item,)."""
    first: Ints
    """First day of a claim's window, as an ordinal, else 0; shape (item,)."""
    last: Ints
    """Last day of a claim's window, as an ordinal, else −1; shape (item,)."""
    chance: Array
    """p_i of a claim, else ½; shape (item,)."""
    log_lift: Array
    """log R after standing; shape (item,)."""
    log_lift_sd: Array
    """σ_R; shape (item,)."""
    log_background: Array
    """log β after standing; shape (item, alternative)."""
    slope: Array
    """½ where a credibility c is stated, else 1; shape (item,)."""
    level: Array
    """½ logit c where a credibility c is stated, else 0; shape (item,)."""
    report: Mask
    """Whether the values speak of hearing the report, so that r = 1; shape (item,)."""
    source: Ints
    """Index of the item's source; shape (item,)."""
    group: Ints
    """Index of the item's group, −1 without one; shape (item,)."""
    overlap: Array
    """ρ of the item's group, 0 without one; shape (item,)."""
    memory: Array
    """Days within which items of the group echo each other; shape (item,)."""
    silent: Mask
    """A claim none of whose days is live or among the days beyond the horizon; shape (item,)."""

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def direction(self) -> Ints:
        """Sign of log R, 0 if it is 0 to 9 decimals; shape (item,)."""
        return np.sign(np.round(self.log_lift, PLACES)).astype(int)

    @cached_property
    def definite(self) -> Array:
        """δ = |R−1|/(R+1), how definite an item is; shape (item,)."""
        return np.abs(np.tanh(self.log_lift / 2))

    @cached_property
    def favoured(self) -> Ints:
        """Which set of alternatives an item favours, those with the largest β to 9 decimals; shape (item,)."""
        rounded = np.round(self.log_background, PLACES)
        largest = rounded == rounded.max(axis=1, keepdims=True, initial=-np.inf)
        return numbered(largest)

    def reliability(self, mean: Array) -> Array:
        """r_i of each item given r̄ of each source: logit r_i = slope·logit r̄ + level; 1 for reports.

        From (…, source) to (…, item).
        """
        with np.errstate(divide="ignore"):
            averaged = expit(self.slope * logit(mean[..., self.source]) + self.level)
        return np.where(self.report, 1.0, averaged)

    def strength(self, reliability: Array) -> Array:
        """Strength for the event, |log R̃| at q = 1 and κ = 1; 0 for a claim that is over; shape of `reliability`."""
        strength = np.round(np.abs(effective(self.log_lift, reliability)), PLACES)
        return np.where(self.silent | (self.direction == 0), 0.0, strength)

    def background_strength(self, reliability: Array) -> Array:
        """Strength for the background, max log B − min log B at q′ = 1 and κ = 1; shape of `reliability`."""
        log_b = effective_background(self.log_background, reliability[..., None])
        return np.round(np.ptp(log_b, axis=-1), PLACES)

    def rank(self, reliability: Array) -> Ints:
        """j, how many stronger items of its group and direction each item echoes; shape (item,)."""
        return self._rank(self.direction, self.strength(reliability))

    def ranks(self, reliability: Array) -> tuple[Ints, Ints]:
        """The same for the event and for the background."""
        return self.rank(reliability), self._rank(self.favoured, self.background_strength(reliability))

    def left(self, rank: Ints, reliability: Array) -> Array:
        """log R̃ at κ = 1 of each item after so many stronger ones of its group; shape (item,)."""
        return effective(self.log_lift, (1 - self.overlap) ** rank * reliability)

    def _rank(self, side: Ints, strength: Array) -> Ints:
        """How many stronger items of its group and side lie within its group's memory; 0 where it is not ranked."""
        rank = np.zeros(len(self), int)
        ranked = np.flatnonzero((self.group >= 0) & (strength > 0))
        if len(ranked):
            # Items lie by date and id already, which decides between equals.
            order = ranked[np.argsort(-strength[ranked], kind="stable")]
            low, high = int(side.min()), int(side.max())
            bucket = self.group[order] * (high - low + 1) + side[order] - low
            rank[order] = earlier_within(bucket, self.day[order], self.memory[order])
        return rank


_Known = tuple[Item, tuple[str, ...], float, tuple[float, ...]]
_KNOWN: dict[int, _Known] = {}
"""Rows by the identity of their item, so that a case that is changed a little is not read again."""

_MOST_KNOWN = 50_000
_FIXED = 7
"""Numbers of a row before its log values."""


def _row_of(item: Item, hypotheses: tuple[str, ...], spread: float) -> tuple[float, ...]:
    # Plain numbers, so that the garbage collector has nothing to follow in a hundred thousand of them.
    found = _KNOWN.get(id(item))
    if found is not None and found[0] is item and found[1] == hypotheses and found[2] == spread:
        return found[3]
    window = item.window
    first, last = (0, -1) if window is None else (window.first.toordinal(), window.last.toordinal())
    slope = 0.5 if item.credibility in _LEVELS else 1.0
    log_value, log_sd = _stated(item, hypotheses, spread, 0.5)
    row = (KINDS.index(item.kind), item.date.toordinal(), first, last, slope, _LEVELS.get(item.credibility, 0.0),
           item.is_report, *log_value, *log_sd)
    if len(_KNOWN) >= _MOST_KNOWN:
        _KNOWN.clear()
    _KNOWN[id(item)] = (item, hypotheses, spread, row)
    return row


def rows_of(items: Sequence[Item], question: Question) -> tuple[Array, Array]:
    """What items bring to the arrays, whatever the date of the case.

    Kind, day, first and last day of the window, slope, level, and whether it is a report, of shape (item, 7); and log
    values with their spreads, of `kept` at even odds of its window, of shape (item, 2, hypothesis).
    """
    hypotheses, spread = question.hypotheses, question.default_spread
    rows = np.array([_row_of(item, hypotheses, spread) for item in items], float)
    rows = rows.reshape(len(items), _FIXED + 2 * len(hypotheses))
    return rows[:, :_FIXED], rows[:, _FIXED:].reshape(len(items), 2, len(hypotheses))


def evidence(case: Case, prior: Prior) -> Evidence:
    """Turn the active items of a case into arrays."""
    question, items, as_of = case.question, case.active, case.as_of
    shares = np.log(question.shares)
    fixed, values = rows_of(items, question)
    kind, day, first, last = fixed[:, :4].astype(int).T
    chance = np.full(len(items), 0.5)
    dated = kind == CLAIM
    chance[dated] = prior.chance(day[dated], first[dated], last[dated])
    kept = [index for index, item in enumerate(items) if item.kept is not None]
    values[kept, 0, 0] -= logit(chance[kept])
    for index, item in enumerate(items if case.settled else ()):
        if item.id in case.settled:
            values[index] = case.settled[item.id]
    speaks, periods = day.copy(), np.ones(len(items))
    for index, item in enumerate(items):
        if item.standing is not None:
            speaks[index] = item.standing.end(as_of).toordinal()
            periods[index] = item.standing.multiple(item.date, as_of)
    log_value, log_sd = values[:, 0] * periods[:, None], values[:, 1] * periods[:, None]
    mean = logsumexp(log_value[:, 1:] + shares, axis=1)
    log_background = log_value[:, 1:] - mean[:, None]
    spread = np.sum(np.exp(log_background + shares) * log_sd[:, 1:], axis=1)

    sources = {source.id: index for index, source in enumerate(case.sources)}
    groups: dict[str | None, int] = {group.id: index for index, group in enumerate(case.groups)} | {None: -1}
    group = np.array([groups[item.group] for item in items], int)
    overlap = np.array([*(group.overlap.stated for group in case.groups), 0.0])
    memory = np.array([*(7 * group.memory for group in case.groups), 0.0])
    live = case.days.first
    return Evidence(
        items=items, kind=kind, day=day, speaks=speaks, first=first, last=last, chance=chance,
        log_lift=log_value[:, 0] - mean, log_lift_sd=np.hypot(log_sd[:, 0], spread), log_background=log_background,
        slope=fixed[:, 4], level=fixed[:, 5], report=fixed[:, 6] > 0,
        source=np.array([sources[item.source] for item in items], int),
        group=group, overlap=overlap[group], memory=memory[group],
        silent=dated & ((last < live) | (first >= prior.opens + len(prior.mass))))
