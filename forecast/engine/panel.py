"""What several analysts hold of the items of a case, pooled: the case with one value for each item.

Lift and background are pooled apart: 10·log10 R, and 10·log10 β of each alternative, before standing. The variance of
the pooled lift joins the mean of σ_R² of the analysts; β are scaled so that Σ s̄ β = 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.core.equality import ByValue
from forecast.core.numerics import logsumexp
from forecast.engine.encoding import stated
from forecast.engine.pooling import Pool, pool
from forecast.engine.prior import Prior
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.opinion import Settled, analyst_of

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

DECIBAN = float(np.log(10) / 10)
"""A deciban in natural log odds."""


@dataclass(frozen=True, eq=False)
class Encoded(ByValue):
    """What each analyst states of the items that more than one of them has encoded; decibans, NaN for nothing."""

    items: tuple[Item, ...]
    analysts: tuple[str, ...]
    lift: Array
    """10·log10 R; shape (item, analyst)."""
    lift_sd: Array
    """Its standard deviation as stated; shape (item, analyst)."""
    background: Array
    """10·log10 β; shape (alternative, item, analyst)."""

    @property
    def pooled(self) -> Pool:
        """The lift, pooled."""
        return pool(self.lift)

    @property
    def pooled_sd(self) -> Array:
        """√(mean σ_R² + Var[θ | y]); shape (item,)."""
        return np.sqrt(np.nanmean(self.lift_sd**2, axis=1) + self.pooled.variance)


def encoded(case: Case, prior: Prior) -> Encoded:
    """Collect what analysts state of the active items of a case, where more than one has encoded an item."""
    versions = {item.id: _versions(item, case) for item in case.active}
    items = tuple(item for item in case.active if len(versions[item.id]) > 1)
    analysts = tuple(sorted({analyst_of(each) for item in items for each in versions[item.id]}))
    alternatives = len(case.question.alternatives)
    lift, lift_sd = np.full((2, len(items), len(analysts)), np.nan)
    background = np.full((alternatives, len(items), len(analysts)), np.nan)
    for row, item in enumerate(items):
        chance = _chance(item, prior)
        for each in versions[item.id]:
            column = analysts.index(analyst_of(each))
            log_value, log_sd = stated(each, case.question.hypotheses, case.question.default_spread, chance)
            lift[row, column], lift_sd[row, column], background[:, row, column] = split(
                log_value, log_sd, case.question.shares)
    return Encoded(items, analysts, lift / DECIBAN, lift_sd / DECIBAN, background / DECIBAN)


def _versions(item: Item, case: Case) -> list[Item]:
    """An item as each analyst encodes it, its own first."""
    others = (opinion.of(item) for opinion in case.opinions)
    return [item, *(each for each in others if each is not None)]


def _chance(item: Item, prior: Prior) -> float:
    """p of a claim, as `kept` needs it."""
    if item.window is None:
        return 0.5
    first, last = (np.array([day.toordinal()]) for day in item.window)
    return float(prior.chance(np.array([item.date.toordinal()]), first, last)[0])


def split(log_value: Array, log_sd: Array, shares: Sequence[float]) -> tuple[float, float, Array]:
    """log R, σ_R and log β of the values of one item."""
    weight = np.array(shares)
    mean = float(logsumexp(log_value[1:] + np.log(weight)))
    log_background = log_value[1:] - mean
    spread = float(np.sum(np.exp(log_background) * weight * log_sd[1:]))
    return float(log_value[0]) - mean, float(np.hypot(log_sd[0], spread)), log_background


def settle(case: Case, prior: Prior) -> Case:
    """The case with one value for each item: the panel's, where several analysts have encoded it.

    A case without opinions stays as it is, and so does an item that one analyst has encoded.
    """
    if not case.opinions:
        return case
    found = encoded(case, prior)
    if not found.items:
        return case.changed(opinions=())
    values = np.column_stack([found.pooled.mean * DECIBAN, _background(found, case.question.shares)])
    sds = np.zeros_like(values)
    sds[:, 0] = found.pooled_sd * DECIBAN
    settled = {item.id: Settled(tuple(value), tuple(sd))
               for item, value, sd in zip(found.items, values.tolist(), sds.tolist(), strict=True)}
    return case.changed(opinions=(), settled={**case.settled, **settled})


def _background(found: Encoded, shares: Sequence[float]) -> Array:
    """log β as the panel has it, scaled so that Σ s̄ β = 1; shape (item, alternative)."""
    if len(shares) == 1:
        return np.zeros((len(found.items), 1))
    log_background = np.column_stack([pool(values).mean for values in found.background]) * DECIBAN
    scaled: Array = log_background - logsumexp(log_background + np.log(shares), axis=1)[:, None]
    return scaled


def alone(case: Case, analyst: str) -> Case:
    """The case as one analyst alone would have it; where he says nothing, what the file says is kept."""
    opinion = next((each for each in case.opinions if each.analyst.id == analyst), None)
    items = case.items if opinion is None else tuple(opinion.of(item) or item for item in case.items)
    own = tuple(component for component in case.question.prior if analyst_of(component) == analyst)
    question = case.question.model_copy(update={"prior": own}) if own else case.question
    return case.changed(question=question, items=items, opinions=())


def analysts(case: Case) -> tuple[str, ...]:
    """Everybody whose encoding, or prior, differs from that of another; empty where there is one analyst."""
    found = {analyst_of(item) for item in case.items if any(item.id in opinion.items for opinion in case.opinions)}
    found |= {opinion.analyst.id for opinion in case.opinions if opinion.items}
    priors = {analyst_of(component) for component in case.question.prior}
    return tuple(sorted(found | priors)) if len(priors) > 1 else tuple(sorted(found))
