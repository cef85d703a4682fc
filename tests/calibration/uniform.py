"""Whether ranks of the truth are uniform, and probabilities come true as often as they say (Talts et al. 2018)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]

BINS = 10

PASSES, FAILS = 0.01, 1e-6
"""p values above which ranks pass for uniform, and below which a mistake counts as found out."""


def p_value(ranks: Sequence[float] | Array) -> float:
    """Of a chi-square test that ranks in [0, 1] are uniform."""
    counts, _ = np.histogram(ranks, BINS, (0, 1))
    assert counts.sum() == len(ranks)
    return float(stats.chisquare(counts).pvalue)


def p_value_of_reliability(stated: Sequence[float] | Array, came: Sequence[bool] | NDArray[np.bool_]) -> float:
    """Of a chi-square test that what is stated comes true as often: tenths of the worlds, by what is stated."""
    p, truth = np.asarray(stated, float), np.asarray(came, float)
    parts = [part for part in np.array_split(np.argsort(p, kind="stable"), BINS) if len(part)]
    variance = np.array([(p[part] * (1 - p[part])).sum() for part in parts])
    surprise = np.array([(truth[part] - p[part]).sum() for part in parts]) / np.sqrt(np.maximum(variance, 1e-12))
    return float(stats.chi2(len(parts)).sf((surprise**2).sum()))


def placed(probability: Array, truth: int, u: float) -> float:
    """The rank of a true state among discrete ones, at random within its own probability; u in [0, 1]."""
    return float(np.clip(probability[:truth].sum() + u * probability[truth], 0, 1))


def rank(draws: Array, truth: float) -> float:
    """The share of draws below the truth."""
    return float(np.mean(draws < truth))
