"""Proper scores of probabilities, of dates and of likelihood ratios, and what they are made of.

Probabilities, outcomes and weights are arrays of shape (forecast,); an outcome is 1 if the thing came, else 0.
Scores are losses: 0 is best. The arithmetic of single scores is that of `scoringrules`, but for the logarithm of a
small probability, which is not taken as 1 less its complement.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from forecast.core.numerics import Array, Ints

Score = Callable[[Array, Array], Array]

ENOUGH = 20
"""Resolved questions from which calibration is stated; with fewer its band would span most of what is possible."""

RESAMPLES = 400
BAND = (0.05, 0.95)


@cache
def _rules() -> Any:
    """The package scoringrules, without its Numba kernels: they serve ensembles and take seconds to compile."""
    numba = sys.modules.get("numba")
    sys.modules["numba"] = None  # type: ignore[assignment]
    try:
        import scoringrules
    finally:
        if numba is None:
            del sys.modules["numba"]
        else:
            sys.modules["numba"] = numba
    return scoringrules


def brier(probability: Array, outcome: Array) -> Array:
    """Brier score (p − y)², in [0, 1] (Brier 1950)."""
    return np.asarray(_rules().brier_score(outcome, probability, backend="numpy"))


def log_score(probability: Array, outcome: Array) -> Array:
    """Logarithmic score −ln p(y) in nats, from 0 to infinity (Good 1952)."""
    with np.errstate(divide="ignore"):
        return -np.where(outcome > 0, np.log(probability), np.log1p(-probability))


def log_score_of(log_odds: Array, outcome: Array) -> Array:
    """The same by the log odds of the forecasts, which tell how far a forecast near 1 is from it."""
    return np.logaddexp(0, np.where(outcome > 0, -log_odds, log_odds))


SCORES: Mapping[str, Score] = {"brier": brier, "log": log_score}
"""The scores of probabilities by name."""


def timing(cumulative: Array, came: int | None) -> Array:
    """Score the date of an event by the ranked probability score over days, in weeks.

    It is Σ_d (F(d) − 1{T ≤ d})²/7 over the days d on which it is known whether the event had come: the continuous
    ranked probability score of the date with a weight of one up to the last of them and none after it (Gneiting &
    Ranjan 2011, doi:10.1198/jbes.2010.08110). The weight is chosen without regard to the outcome, so that the score
    stays proper although what comes later is censored; an event that never comes counts as later.

    Parameters
    ----------
    cumulative : Array
        F(d), probability that the event has come by the end of each day; shape (…, day), not falling along days.
    came : int or None
        Index of the day of the event; None if it had not come by the last day.

    Returns
    -------
    Array
        Shape (…,), from 0 to the length of the days in weeks.
    """
    days = cumulative.shape[-1]
    within = np.diff(cumulative, axis=-1, prepend=0.0)
    categories = np.append(within, 1 - cumulative[..., -1:], axis=-1)
    observed = np.zeros_like(categories)
    observed[..., days if came is None else came] = 1
    return np.asarray(_rules().rps_score(observed, categories, onehot=True, backend="numpy")) / 7


@dataclass(frozen=True)
class Isotonic:
    """Recalibrated forecasts: for each level that was forecast, the frequency that fits best and never falls."""

    level: Array
    """The distinct forecasts, rising; shape (level,)."""
    frequency: Array
    """Recalibrated probability of each level; shape (level,)."""
    row: Ints
    """Level of each forecast; shape (forecast,)."""

    @property
    def recalibrated(self) -> Array:
        """Recalibrated probability of each forecast; shape (forecast,)."""
        return self.frequency[self.row]


def isotonic(forecast: Array, outcome: Array, weight: Array | None = None) -> Isotonic:
    """Recalibrate forecasts by pooling adjacent violators; equal forecasts share one level."""
    from scipy.optimize import isotonic_regression

    weight = np.ones(len(forecast)) if weight is None else weight
    level, row = np.unique(forecast, return_inverse=True)
    total = np.bincount(row, weight)
    frequency = np.bincount(row, weight * outcome) / total
    return Isotonic(level, np.clip(isotonic_regression(frequency, weights=total).x, 0, 1), row)


@dataclass(frozen=True)
class Decomposition:
    """A mean score and its parts: mean = reliability − resolution + uncertainty."""

    mean: float
    reliability: float
    """What is lost because forecasts do not mean what they say; 0 is best."""
    resolution: float
    """What is gained by telling cases apart."""
    uncertainty: float
    """The score of the mean outcome, stated every time."""
    count: int


def decompose(score: Score, forecast: Array, outcome: Array, weight: Array | None = None) -> Decomposition:
    """Decompose a mean score by recalibration (CORP; Dimitriadis, Gneiting & Jordan 2021, doi:10.1073/pnas.2016191118).

    With S the mean score, S_C that of the recalibrated forecasts and S_R that of the mean outcome:
    reliability = S − S_C, resolution = S_R − S_C, uncertainty = S_R. No bins are chosen, and all three are ≥ 0.

    Raises
    ------
    ValueError
        If there is no forecast.
    """
    if not len(forecast):
        raise ValueError("no forecast to decompose")
    weight = np.ones(len(forecast)) if weight is None else weight
    typical = np.full(len(forecast), np.average(outcome, weights=weight))
    stated, best, reference = (float(np.average(score(p, outcome), weights=weight)) for p in
                               (forecast, isotonic(forecast, outcome, weight).recalibrated, typical))
    return Decomposition(stated, stated - best, reference - best, reference, len(forecast))


def skill(score: float, baseline: float) -> float:
    """Share of a baseline's loss that is saved, 1 − S/S_0; negative if more is lost, NaN if nothing can be saved."""
    return 1 - score / baseline if 0 < baseline < np.inf else np.nan


@dataclass(frozen=True)
class Calibration:
    """How often the event came at each level of forecast, over many questions."""

    level: Array
    frequency: Array
    low: Array
    """Between low and high lies the frequency in nine of ten cases if the forecasts are calibrated."""
    high: Array
    questions: int


def calibration(forecast: Array, outcome: Array, question: Ints, rng: np.random.Generator,
                resamples: int = RESAMPLES, no_weight: float = 1.0) -> Calibration:
    """Recalibrate over many questions (CORP), beside the band in which calibrated forecasts would lie.

    All forecasts of one question share its fate. So each question weighs the same whatever its number of forecasts,
    and the band comes from resampled fates: with U uniform for each question, a forecast p of it comes true if U < p.
    That keeps every forecast calibrated and the outcomes of one question as much alike as they can then be
    (consistency bands: Bröcker & Smith 2007, doi:10.1175/WAF993.1).

    Parameters
    ----------
    forecast, outcome : Array
        Shape (forecast,).
    question : Ints
        Number of each forecast's question, from 0; shape (forecast,).
    rng : numpy.random.Generator
        For the resampling.
    resamples : int
        How many fates are drawn for each question.
    no_weight : float
        How much a question counts whose event did not come, where those that came were sought out; fates are then drawn
        as often as they are found.
    """
    sizes = np.bincount(question)
    found = no_weight * forecast / (1 - forecast + no_weight * forecast)
    level = np.linspace(forecast.min(), forecast.max(), 41)

    def curve(happened: Array) -> Array:
        fit = isotonic(forecast, happened, np.where(happened > 0, 1.0, no_weight) / sizes[question])
        return np.interp(level, fit.level, fit.frequency)

    fates = (rng.random(len(sizes))[question] < found for _ in range(resamples))
    low, high = np.quantile([curve(fate.astype(float)) for fate in fates], BAND, axis=0)
    return Calibration(level, curve(outcome), low, high, len(sizes))


@dataclass(frozen=True)
class RatioScore:
    """The cost of likelihood ratios in bits: Cllr and its parts; NaN where one of the two outcomes never came."""

    cllr: float
    calibration: float
    """Cllr − Cllr_min: what is lost because the ratios are too large, too small or the wrong way round."""
    came: int
    failed: int
    cost_came: float
    """Mean log2(1 + 1/ratio) where the thing came; NaN if none did."""
    cost_failed: float
    """Mean log2(1 + ratio) where it did not; NaN if none failed."""


def ratio_score(log_ratio: Array, outcome: Array) -> RatioScore:
    """Score likelihood ratios by their cost Cllr (Brümmer & du Preez 2006, doi:10.1016/j.csl.2005.08.001).

    Cllr = ½ mean_came log2(1 + 1/LR) + ½ mean_failed log2(1 + LR): the logarithmic score in bits of a judge who
    starts from even odds. Ratios of 1 cost one bit; Cllr_min is what the ratios would cost after recalibration by
    pooling adjacent violators.

    Parameters
    ----------
    log_ratio : Array
        Natural logarithms of the ratios of "it happens" to "it does not"; finite.
    outcome : Array
        1 where it happened, else 0.
    """
    came = outcome > 0
    counts = int(came.sum()), int((~came).sum())
    cost = np.logaddexp(0, np.where(came, -log_ratio, log_ratio)) / np.log(2)
    means = [float(cost[part].mean()) if part.any() else np.nan for part in (came, ~came)]
    if not all(counts):
        return RatioScore(np.nan, np.nan, *counts, *means)
    weight = np.where(came, 0.5 / counts[0], 0.5 / counts[1])
    best = weight @ log_score(isotonic(log_ratio, outcome, weight).recalibrated, outcome) / np.log(2)
    cllr = sum(means) / 2
    return RatioScore(cllr, cllr - float(best), *counts, *means)


def clustered_mean(values: Array, weight: Array, cluster: Ints) -> tuple[float, float]:
    """A weighted mean, and its standard error if what belongs to one cluster errs together; NaN with one cluster.

    Clusters are numbered from 0; each argument has shape (row,).
    """
    mean = float(np.average(values, weights=weight))
    sums = np.bincount(cluster, weight * (values - mean))
    count = len(np.unique(cluster))
    if count < 2:
        return mean, np.nan
    return mean, float(np.sqrt(count / (count - 1) * (sums**2).sum()) / weight.sum())
