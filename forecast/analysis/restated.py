"""Items stated anew: as ratios against the reference, with another ratio of the event, or with one value moved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from forecast.core.numerics import Z95
from forecast.engine.encoding import stated
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.types import Estimate

EXTREME = 700.0
"""The largest logarithm of a ratio that is shown, or that an input is moved to; e to its power is still a number."""


def as_ratios(item: Item, case: Case) -> dict[str, Estimate]:
    """An item's stated values as likelihood ratios against the reference, before standing, however it is encoded.

    Low and high are those of the file: of a ratio its own, or stated/spread and stated·spread of a bare one. Other
    encodings state no range of a ratio, and have none here.
    """
    question = case.question
    log_value, _ = stated(item, case)
    base = question.hypotheses.index(question.reference)
    ratios = np.exp(np.clip(log_value - log_value[base], -EXTREME, EXTREME)).tolist()
    result = {name: Estimate(ratio) for name, ratio in zip(question.hypotheses, ratios, strict=True)}
    for name, value in (item.likelihood_ratio or {}).items():
        low, high = value.bounds(question.default_spread)
        result[name] = Estimate(value.stated, low, high)
    return result


def held(item: Item, case: Case) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log values and spreads of an item: the panel's where it has settled on them, else those that it states."""
    if (settled := case.settled.get(item.id)) is not None:
        return np.array(settled.log_value), np.array(settled.log_sd)
    return stated(item, case)


def restated(item: Item, **fields: Any) -> Item:
    """An item with another encoding; what its values speak of, fact or report, stays as it was."""
    cleared = {"likelihood_ratio": None, "probability": None, "counts": None, "kept": None, "seen": True,
               "says": "report" if item.is_report else "fact"}
    return item.model_copy(update=cleared | fields)


def ends(item: Item, case: Case) -> dict[str, tuple[float, float, float]]:
    """Low, stated and high of each value that an item states with a range, by hypothesis, in the file's own terms."""
    spread = case.question.default_spread
    if item.kept is not None:
        low, high = item.kept.bounds()
        return {case.question.event.id: (low, item.kept.stated, high)} if low < high else {}
    if item.counts is not None:
        log_value, log_sd = stated(item, case)
        rows = zip(case.question.hypotheses, log_value.tolist(), log_sd.tolist(), strict=True)
        return {name: (math.exp(v - Z95 * sd), math.exp(v), min(math.exp(v + Z95 * sd), (1 + math.exp(v)) / 2))
                for name, v, sd in rows}
    values: Mapping[str, Estimate] = item.likelihood_ratio or item.probability or {}
    bounds = {name: value.bounds(spread if item.likelihood_ratio else 1.0) for name, value in values.items()}
    return {name: (low, values[name].stated, high) for name, (low, high) in bounds.items() if low < high}


def moved(item: Item, case: Case, hypothesis: str, value: float) -> Item:
    """An item with the value of one hypothesis replaced, in the file's own terms; counts become probabilities."""
    if item.kept is not None:
        return restated(item, kept=Estimate(value))
    if item.likelihood_ratio is not None:
        return item.model_copy(update={"likelihood_ratio": item.likelihood_ratio | {hypothesis: Estimate(value)}})
    if item.probability is not None:
        return item.model_copy(update={"probability": item.probability | {hypothesis: Estimate(value)}})
    log_value, _ = stated(item, case)
    values = dict(zip(case.question.hypotheses, map(Estimate, np.exp(log_value).tolist()), strict=True))
    return restated(item, probability=values | {hypothesis: Estimate(value)})


def between(low: float, middle: float, high: float, place: float, *, odds: bool) -> float:
    """A value at a place from −1 (low) through 0 to 1 (high) and beyond, even in logs or in log odds."""
    end = high if place > 0 else low
    if odds:
        return float(expit(logit(middle) + abs(place) * (logit(end) - logit(middle))))
    log_middle = math.log(middle)
    moved = log_middle + abs(place) * (math.log(end) - log_middle)
    return math.exp(min(max(moved, -EXTREME), EXTREME))
