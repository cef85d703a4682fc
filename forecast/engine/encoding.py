"""What the items say: values, spreads, reliability, echo and reach, as labelled arrays.

Formulas follow docs/model.md, section "What one item says". Hypotheses are ordered with the event first; states are
the live weeks 0 … K−1 and never, at index K, where every reach is 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, polygamma

from forecast.core.numerics import Z95
from forecast.core.weeks import LiveWeeks
from forecast.records.case import Case
from forecast.records.evidence import CREDIBILITIES, Indicator, Item, Tally
from forecast.records.types import NEVER, Estimate

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


_LEVELS: dict[int | None, float] = {code: float(logit(c)) / 2 for code, c in CREDIBILITIES.items()}
"""½ logit c of each credibility that is a statement."""


def stated(item: Item | Indicator, hypotheses: tuple[str, ...], default_spread: float) -> tuple[Array, Array]:
    """Log value and log standard deviation that an item states for each hypothesis, before standing.

    ======================  =======================  ==============================================
    encoding                v                        σ
    ======================  =======================  ==============================================
    counts [seen, of]       (seen + ½)/(of + 1)      √(ψ₁(seen + ½) − ψ₁(of + 1))
    probability             stated                   ln(high/low)/(2·1.644854)
    likelihood_ratio        stated; 1 if left out    the same; a bare number spreads by the default
    ======================  =======================  ==============================================

    `seen: false` turns (v, σ) into (1 − v, σ·v/(1 − v)).

    Returns
    -------
    log_value, log_sd : Array
        Each of shape (hypothesis,).
    """
    log_value, log_sd = zip(*_rows(item, hypotheses, default_spread), strict=True)
    return np.array(log_value), np.array(log_sd)


def _rows(item: Item | Indicator, hypotheses: tuple[str, ...], default_spread: float) -> Iterator[tuple[float, float]]:
    values: Mapping[str, Estimate | Tally]
    name, values = ("probability", item.probability) if isinstance(item, Indicator) else item.encoding
    spread = default_spread if name == "likelihood_ratio" else 1.0
    negated = isinstance(item, Item) and not item.seen
    for hypothesis in hypotheses:
        value = values.get(hypothesis)
        log_value, log_sd = (0.0, 0.0) if value is None else _row(value, spread)
        if negated:
            log_complement = math.log(-math.expm1(log_value))
            log_value, log_sd = log_complement, log_sd * math.exp(log_value - log_complement)
        yield log_value, log_sd


@lru_cache(maxsize=2**16)
def _row(value: Estimate | Tally, spread: float) -> tuple[float, float]:
    if isinstance(value, Tally):
        log_value = math.log((value.seen + 0.5) / (value.of + 1))
        return log_value, math.sqrt(polygamma(1, value.seen + 0.5) - polygamma(1, value.of + 1))
    low, high = value.bounds(spread)
    return math.log(value.stated), (math.log(high) - math.log(low)) / (2 * Z95)


def half_life(item: Item | Indicator, default: float) -> float:
    """Half-life of an item's reach in weeks: its own, none for a dated claim, else the question's."""
    if item.half_life is not None:
        return item.half_life
    return NEVER if item.window is not None else default


def reaches(items: tuple[Item, ...] | tuple[Indicator, ...], weeks: LiveWeeks, default_half_life: float) -> Array:
    """Reach w of each item at each live week, and 0 at never; shape (item, week + 1), in [0, 1].

    2^(−lead/half-life), with the lead from the item's date (standing: from the last known day of standing;
    indicators: from the as-of date) to the middle of the week, times the share of the week's live days inside the
    window of a dated claim.
    """
    since = np.array([_speaks_from(item, weeks).toordinal() for item in items], int)
    lives = np.array([half_life(item, default_half_life) for item in items])
    reach = np.zeros((len(items), len(weeks) + 1))
    live = reach[:, :-1]
    # In place: with 100,000 items a copy costs more than the arithmetic.
    np.maximum(np.subtract(weeks.middle, since[:, None], out=live), 0, out=live)
    np.exp2(np.multiply(live, (-1 / 7 / lives)[:, None], out=live), out=live)
    dated = np.flatnonzero([item.window is not None for item in items])
    windows = [window for item in items if (window := item.window) is not None]
    live[dated] *= weeks.share_inside(np.array([float(window.first.toordinal()) for window in windows]),
                                      np.array([float(window.last.toordinal()) for window in windows]))
    return reach


def _speaks_from(item: Item | Indicator, weeks: LiveWeeks):  # type: ignore[no-untyped-def]
    if isinstance(item, Indicator):
        return weeks.as_of
    return item.standing.end(weeks.as_of) if item.standing else item.date


def averaged(log_odds: Array, slope: Array, level: Array) -> tuple[Array, Array]:
    """Average a source's reliability r and a report's credibility c: logit r_i = slope · logit r + level.

    Slope and level are ½ and ½ logit c or, where the credibility cannot be judged, 1 and 0. Arguments broadcast.

    Returns
    -------
    r_i, 1 − r_i : Array
        Each accurate on its own near 0.
    """
    averaged = slope * log_odds + level
    return expit(averaged), expit(-averaged)


@dataclass(frozen=True)
class Evidence:
    """The active items of a case as arrays; dims item, hypothesis (event first), state (weeks, then never)."""

    items: tuple[Item, ...]
    log_value: Array
    """log v after standing; shape (item, hypothesis)."""
    log_sd: Array
    """σ after standing; shape (item, hypothesis)."""
    reach: Array
    """w; shape (item, state)."""
    undated: Array
    """1 for an item without a window, whose level n is taken out; else 0; shape (item,)."""
    slope: Array
    """½ where a credibility c is stated, else 1; shape (item,)."""
    level: Array
    """½ logit c where a credibility c is stated, else 0; shape (item,)."""
    source: Ints
    """Index of the item's source; shape (item,)."""
    overlap: Array
    """ρ of the item's group, 0 without one; shape (item,)."""
    bucket: Ints
    """Group and direction in which items echo each other, −1 without a group; shape (item,)."""
    shares: Array
    """s̄; shape (alternative,)."""
    reliability: Array
    """Prior mean of r of the item's source; shape (item,)."""

    @cached_property
    def log_lift(self) -> Array:
        """log v − log g with g = exp(½ log v_event + ½ Σ s̄_b log v_b); shape (item, hypothesis)."""
        event, rest = self.log_value[:, 0], self.log_value[:, 1:] @ self.shares
        return self.log_value - (event / 2 + rest / 2)[:, None]

    @cached_property
    def place(self) -> Ints:
        """Place in the order of strength, the strongest first; a permutation; shape (item,).

        Strength is the range of log L over all states, at q = 1 and the prior mean of r. It is rounded to 9
        decimals; ties go to the earlier date, then the smaller id, the order of `items`.
        """
        everything = np.arange(len(self.items))
        r, complement = averaged(logit(self.reliability), self.slope, self.level)
        log_l = self.log_likelihood(everything, r, complement, np.ones(len(everything)))
        event, rest = log_l[:, :1], log_l[:, 1:]
        near = self.reach.max(axis=1, initial=0.0)[:, None]
        strength = np.round(np.ptp(np.hstack([rest, near * event + (1 - near) * rest]), axis=1), 9)
        place = np.empty(len(everything), int)
        place[np.argsort(-strength, kind="stable")] = everything
        return place

    def rank(self, chosen: Mask) -> Ints:
        """Place j of each item among the chosen ones that it echoes, the strongest at 0; shape of `chosen`.

        Parameters
        ----------
        chosen : Mask
            Items that are there; the rank of the others is meaningless, and 0 without a group; shape (…, item).
        """
        rank = np.zeros(chosen.shape, int)
        grouped = np.flatnonzero(self.bucket >= 0)
        if len(grouped):
            order = grouped[np.lexsort((self.place[grouped], self.bucket[grouped]))]
            here = chosen[..., order]
            before = np.cumsum(here, axis=-1) - here
            starts = np.flatnonzero(np.diff(self.bucket[order], prepend=-1))
            first = np.repeat(starts, np.diff(starts, append=len(order)))
            rank[..., order] = before - before[..., first]
        return rank

    def echo(self, chosen: Mask | None = None) -> Array:
        """q = (1 − ρ)^j of each item, ranked among the chosen ones, all by default; shape (item,)."""
        chosen = np.ones(len(self.items), bool) if chosen is None else chosen
        return (1 - self.overlap) ** self.rank(chosen)

    def log_likelihood(self, chosen: Ints, reliability: Array, complement: Array, echo: Array) -> Array:
        """log L − log g of chosen items, L = r q v + (1 − r q) g; the constant g tells no states apart.

        Parameters
        ----------
        chosen : Ints
            Indices of the items; shape (n,).
        reliability, complement : Array
            r_i and 1 − r_i; shape (n, …).
        echo : Array
            q_i; shape (n,).

        Returns
        -------
        Array
            Shape (n, hypothesis, …).
        """
        each = (...,) + (None,) * (reliability.ndim - 1)
        lift, q = self.log_lift[chosen][each], echo[each]
        top = np.maximum(lift, 0)
        silent, speaks = (complement + reliability * (1 - q))[:, None], (reliability * q)[:, None]
        return np.log(silent * np.exp(-top) + speaks * np.exp(lift - top)) + top


def evidence(case: Case) -> Evidence:
    """Turn the active items of a case into arrays."""
    question, items, weeks = case.question, case.active, case.weeks
    hypotheses = question.hypotheses
    shares = np.array(question.shares)
    numbers = (number for item in items for row in _rows(item, hypotheses, question.default_spread) for number in row)
    values = np.fromiter(numbers, float, len(items) * len(hypotheses) * 2).reshape(len(items), len(hypotheses), 2)
    multiple = np.array([item.standing.multiple(item.date, case.as_of) if item.standing else 1.0
                         for item in items]).reshape(-1, 1, 1)
    log_value, log_sd = np.moveaxis(values * multiple, 2, 0)
    reach = reaches(items, weeks, question.half_life)
    level = np.array([_LEVELS.get(item.credibility, 0.0) for item in items])
    slope = np.array([0.5 if item.credibility in _LEVELS else 1.0 for item in items])
    source_index = {source.id: index for index, source in enumerate(case.sources)}
    source = np.array([source_index[item.source] for item in items], int)
    group_index = {group.id: index for index, group in enumerate(case.groups)}
    overlaps = {group.id: group.overlap.stated for group in case.groups}
    group = np.array([-1 if item.group is None else group_index[item.group] for item in items], int)
    undated = np.array([item.window is None for item in items], float)
    overlap = np.array([0.0 if item.group is None else overlaps[item.group] for item in items])

    towards = np.round(log_value[:, 0] - log_value[:, 1:] @ shares, 9) >= 0
    bucket = np.where(group < 0, -1, 2 * group + towards)
    mean = np.array([alpha / (alpha + beta) for alpha, beta in
                     (source.reliability(case.as_of) for source in case.sources)]).reshape(-1)
    return Evidence(items, log_value, log_sd, reach, undated, slope, level, source, overlap, bucket, shares,
                    mean[source])
