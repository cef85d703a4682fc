"""What several analysts hold of the items of a case, pooled: the case with one value for each item.

Lift and background are pooled apart: 10·log10 R, and 10·log10 β of each alternative, before standing. The variance of
the pooled lift joins the mean of σ_R² of the analysts; β are scaled so that Σ s̄ β = 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import logit

from forecast.core.equality import ByValue
from forecast.core.numerics import Array, logsumexp
from forecast.engine.encoding import chance_by, rows_of
from forecast.engine.pooling import Pool, pool
from forecast.engine.prior import Prior
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.opinion import Settled, analyst_of, versions

DECIBAN = float(np.log(10) / 10)
"""A deciban in natural log odds."""


@dataclass(frozen=True, eq=False)
class Encoded(ByValue):
    """What each analyst states of the items that more than one of them has encoded; decibans, NaN for nothing."""

    items: tuple[Item, ...]
    """Items that are there, in the first rows of the tables."""
    analysts: tuple[str, ...]
    lift: Array
    """10·log10 R; shape (item, analyst)."""
    lift_sd: Array
    """Its standard deviation as stated; shape (item, analyst)."""
    background: Array
    """10·log10 β; shape (alternative, item, analyst)."""

    @cached_property
    def pooled(self) -> Pool:
        """The lift, pooled."""
        return pool(self.lift)

    @cached_property
    def pooled_sd(self) -> Array:
        """√(mean σ_R² + Var[θ | y]); shape (item,)."""
        return np.sqrt(np.nanmean(self.lift_sd**2, axis=1) + self.pooled.variance)


def encoded(case: Case, prior: Prior) -> Encoded:
    """Collect what analysts state of the active items of a case, where more than one has encoded an item.

    What they state of items that a scenario took away still tells who leans which way, so that it comes after these.
    """
    others = {name for opinion in case.opinions for name in opinion.items}
    here = {item.id: versions(item, case.opinions) for item in case.active if item.id in others}
    rows = [each for each in here.values() if len(each) > 1]
    items = tuple(own for own, *_ in rows)
    rows += [each for name, each in case.former.items()
             if each[0].active(case.as_of) and len(here.get(name, ())) < 2]
    analysts = tuple(sorted({analyst_of(each) for row in rows for each in row}))
    shape = len(rows), len(analysts)
    place = [(row, analysts.index(analyst_of(each))) for row, found in enumerate(rows) for each in found]
    lift, lift_sd, *background = np.full((2 + len(case.question.alternatives), *shape), np.nan)
    if place:
        where = tuple(np.array(place).T)
        log_lift, log_sd, log_background = _split([each for row in rows for each in row], case, prior)
        lift[where], lift_sd[where] = log_lift / DECIBAN, log_sd / DECIBAN
        for table, values in zip(background, log_background.T, strict=True):
            table[where] = values / DECIBAN
    return Encoded(items, analysts, lift, lift_sd, np.array(background))


def _split(items: Sequence[Item], case: Case, prior: Prior) -> tuple[Array, Array, Array]:
    """log R and σ_R of items, shape (item,), and log β, shape (item, alternative), before standing."""
    shares, values = np.array(case.question.shares), rows_of(items, case.question)[1]
    log_value, log_sd = values[:, 0], values[:, 1]
    for row, item in enumerate(items):
        if item.kept is not None:
            log_value[row, 0] -= logit(chance_by(item, prior))
    mean = logsumexp(log_value[:, 1:] + np.log(shares), axis=1)
    log_background = log_value[:, 1:] - mean[:, None]
    spread = np.sum(np.exp(log_background) * shares * log_sd[:, 1:], axis=1)
    return log_value[:, 0] - mean, np.hypot(log_sd[:, 0], spread), log_background


def settle(case: Case, prior: Prior) -> Case:
    """The case with one value for each item: the panel's, where several analysts have encoded it.

    A case without opinions stays as it is, and so does an item that one analyst has encoded.
    """
    if not case.opinions:
        return case
    found = encoded(case, prior)
    if not found.items:
        return case.changed(opinions=(), former={})
    values = np.column_stack([found.pooled.mean * DECIBAN, _background(found, case.question.shares)])
    sds = np.zeros_like(values)
    sds[:, 0] = found.pooled_sd * DECIBAN
    rows = zip(found.items, values[:len(found.items)].tolist(), sds[:len(found.items)].tolist(), strict=True)
    settled = {item.id: Settled(tuple(value), tuple(sd)) for item, value, sd in rows}
    return case.changed(opinions=(), former={}, settled={**case.settled, **settled})


def _background(found: Encoded, shares: Sequence[float]) -> Array:
    """log β as the panel has it, scaled so that Σ s̄ β = 1; shape (item, alternative)."""
    if len(shares) == 1:
        return np.zeros((len(found.lift), 1))
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
