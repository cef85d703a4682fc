"""Scores of ways of forecasting beside each other: each question counts once, and clusters err together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from forecast.core.numerics import Array, Mask, log_odds_pool, of_crowd
from forecast.core.proper_scores import brier, calibration, clustered_mean, log_score, log_score_of, ratio_score
from forecast.evaluation.calibration.model import Rows
from forecast.evaluation.calibration.readings import Reading
from forecast.evaluation.calibration.results import Curve, Movement, Part, RatioCost, Scored, Scores

_SEED = 20220921
_POOLS = np.linspace(0, 1, 101)
"""Weights of the crowd that are tried."""


def scores(name: str, ways: Mapping[str, Array], rows: Rows, chosen: Mask, baseline: str) -> Scores | None:
    """Score ways of forecasting on the rows that are chosen; None if there are none.

    `ways` has log odds, each of shape (row,), by the name of the way; gains are stated against `baseline`.
    """
    if not chosen.any():
        return None
    outcome, cluster, weight = rows.outcome[chosen], rows.cluster[chosen], shared_weight(rows, chosen)
    losses = {way: (brier(expit(log_odds[chosen]), outcome), log_score_of(log_odds[chosen], outcome))
              for way, log_odds in ways.items()}
    result = []
    for way, (squared, logarithmic) in losses.items():
        gains = [clustered_mean(base - own, weight, cluster)
                 for base, own in zip(losses[baseline], (squared, logarithmic), strict=True)]
        result.append(Scored(
            name=way, brier=float(np.average(squared, weights=weight)),
            log=float(np.average(logarithmic, weights=weight)), brier_gain=gains[0][0], brier_error=gains[0][1],
            log_gain=gains[1][0], log_error=gains[1][1]))
    questions = rows.question[chosen]
    return Scores(name=name, baseline=baseline, questions=len(np.unique(questions)), clusters=len(np.unique(cluster)),
                  happened=len(np.unique(questions[outcome > 0])), rows=tuple(result))


def shared_weight(rows: Rows, chosen: Mask) -> Array:
    """Weights of chosen rows, those of a question summing to what it counts; shape (chosen,)."""
    question, weight = rows.question[chosen], rows.weight[chosen]
    whole = np.bincount(rows.question, rows.weight)
    return weight * (whole / np.maximum(np.bincount(question, weight, len(whole)), 1e-300))[question]


def base_rate(rows: Rows) -> Array:
    """The share of events among the questions of all other clusters; shape (row,)."""
    happened = np.bincount(rows.cluster, rows.weight * rows.outcome)
    counted = np.bincount(rows.cluster, rows.weight)
    others = np.maximum(counted.sum() - counted, 1e-300)
    return ((happened.sum() - happened + 0.5) / (others + 1))[rows.cluster]


@dataclass(frozen=True, eq=False)
class CrowdPool:
    """A pool of log odds with the crowd."""

    probability: Array
    """By the weight that all other clusters taught; NaN without a crowd; shape (row,)."""
    weight: tuple[float, float, float]
    """The least of these weights, that of all clusters, and the largest."""


def with_crowd(ours: Array, crowd: Array, rows: Rows) -> CrowdPool:
    """Pool our forecasts of clusters left out with the crowd's (NaN where there is none); both of shape (row,).

    The weight is that which the other clusters taught.
    """
    there = np.isfinite(crowd)
    weights = np.stack([1 - _POOLS, _POOLS], axis=1)
    pooled = log_odds_pool(weights, np.stack([ours, of_crowd(np.where(there, crowd, 0.5))]))
    weight = np.zeros(len(rows))
    weight[there] = shared_weight(rows, there)
    losses = np.stack([log_score(p, rows.outcome) * weight for p in pooled])
    by_cluster = np.stack([np.bincount(rows.cluster, loss) for loss in losses])
    best = np.argmin(by_cluster.sum(axis=1, keepdims=True) - by_cluster, axis=0)
    found = np.where(there, pooled[best[rows.cluster], np.arange(len(rows))], np.nan)
    ends = _POOLS[best[np.unique(rows.cluster[there])]]
    return CrowdPool(found, (float(ends.min()), float(_POOLS[by_cluster.sum(axis=1).argmin()]), float(ends.max())))


def parts(labels: str, readings: Sequence[Reading], rows: Rows) -> tuple[Part, ...]:
    """What the items of each kind, or of each source (`labels`), do to the log score at κ = 1; a reading a row."""
    known: list[Mapping[str, tuple[float, float]]] = [getattr(each, labels) for each in readings]
    whole = np.array([each.main.at_one() for each in readings])
    result = []
    for name in sorted({name for each in known for name in each}):
        chosen = np.array([name in each for each in known])
        with_it, without = np.array([each[name] for each in known if name in each]).T
        outcome, weight, cluster = rows.outcome[chosen], shared_weight(rows, chosen), rows.cluster[chosen]
        prior, everything = rows.prior[chosen], whole[chosen]
        nothing, alone, others, both = (log_score_of(prior + pull, outcome)
                                        for pull in (np.zeros(len(prior)), with_it, without, everything))
        gained, gained_error = clustered_mean(nothing - alone, weight, cluster)
        added, added_error = clustered_mean(others - both, weight, cluster)
        result.append(Part(name=name, questions=len(np.unique(rows.question[chosen])), alone=gained,
                           alone_error=gained_error, added=added, added_error=added_error))
    return tuple(result)


def costs(readings: Sequence[Reading], rows: Rows, first: Mask) -> tuple[RatioCost, ...]:
    """Cllr of items alone, by kind and together, and of all evidence of a question; as of first dates."""
    found: dict[str, list[tuple[float, float]]] = {"all evidence": [], "items": []}
    for reading, outcome, counts in zip(readings, rows.outcome.tolist(), first.tolist(), strict=True):
        if not counts:
            continue
        found["all evidence"].append((reading.main.at_one(), outcome))
        for kind, alone in reading.items:
            found["items"].append((alone, outcome))
            found.setdefault(f"{kind}s", []).append((alone, outcome))
    return tuple(_cost(name, pairs) for name, pairs in found.items() if pairs)


def _cost(name: str, pairs: Iterable[tuple[float, float]]) -> RatioCost:
    log_ratio, outcome = np.array(list(pairs)).T
    found = ratio_score(log_ratio, outcome)
    return RatioCost(name=name, ratios=len(outcome), cllr=found.cllr, calibration=found.calibration)


def movement(probability: Array, dates: Sequence[int], rows: Rows) -> Movement | None:
    """How far forecasts of questions with several dates move, the outcome last, and how much p(1−p) falls meanwhile.

    `probability` and `dates`, which are ordinals, have one number for each row.
    """
    moved, learned, clusters = [], [], []
    for question in np.unique(rows.question).tolist():
        own = np.flatnonzero(rows.question == question)
        if len(own) < 2:
            continue
        own = own[np.argsort(np.array(dates)[own])]
        path = np.append(probability[own], rows.outcome[own[0]])
        moved.append(float((np.diff(path) ** 2).sum()))
        learned.append(float(path[0] * (1 - path[0])))
        clusters.append(int(rows.cluster[own[0]]))
    if not moved:
        return None
    excess = np.array(moved) - np.array(learned)
    mean, error = clustered_mean(excess, np.ones(len(excess)), np.unique(clusters, return_inverse=True)[1])
    return Movement(questions=len(moved), moved=float(np.mean(moved)), learned=float(np.mean(learned)), excess=mean,
                    error=error)


def reliability(probability: Array, rows: Rows, no_weight: float) -> Curve:
    """The reliability diagram of forecasts, with bars of consistency."""
    number = np.unique(rows.question, return_inverse=True)[1]
    found = calibration(probability, rows.outcome, number, np.random.default_rng(_SEED), no_weight=no_weight)
    return Curve(level=tuple(found.level.tolist()), frequency=tuple(found.frequency.tolist()),
                 low=tuple(found.low.tolist()), high=tuple(found.high.tolist()))
