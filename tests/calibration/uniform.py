"""Whether ranks of the truth are uniform, as they must be if the posterior is right (Talts et al. 2018)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]

BINS = 10


def p_value(ranks: Sequence[float]) -> float:
    """Of a chi-square test that ranks in [0, 1] are uniform."""
    counts, _ = np.histogram(ranks, BINS, (0, 1))
    assert counts.sum() == len(ranks)
    return float(stats.chisquare(counts).pvalue)


def placed(probability: Array, truth: int, u: float) -> float:
    """The rank of a true state among discrete ones, at random within its own probability; u in [0, 1]."""
    return float(np.clip(probability[:truth].sum() + u * probability[truth], 0, 1))


def rank(draws: Array, truth: float) -> float:
    """The share of draws below the truth."""
    return float(np.mean(draws < truth))
