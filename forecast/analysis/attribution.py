"""What moved the forecast: ledger, leave-one-out and Shapley values, in decibans.

D = 10·log10(P/(1−P)) of the event by the horizon (Good 1950), and every decomposition sums exactly to the difference
that it explains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import expit

from forecast.core.errors import whole
from forecast.core.numerics import Array, Ints, Mask, decibans, probability
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item

PERMUTATIONS, SEED = 200, 1953
"""Permutations of the Shapley values, and the seed of their order."""

_EVALUATIONS = 40_000
"""Subsets that the Shapley values of very many items may take; at least two permutations are made."""

Kind = Literal["opening", "silence", "time", "withdrawn", "revised", "settings", "item", "new"]


@dataclass(frozen=True)
class Step:
    """One row of a ledger: what it is, what it adds in decibans, and the decibans reached."""

    kind: Kind
    id: str
    """Id of the item, or empty."""
    label: str
    decibans: float
    total: float

    @property
    def probability(self) -> float:
        """P(event) reached."""
        return probability(self.total)

    @property
    def points(self) -> float | None:
        """What it adds to P(event); None for the opening, before which there is nothing."""
        if self.kind == "opening":
            return None
        return self.probability - probability(self.total - self.decibans)


def ledger(engine: Exact | Case) -> list[Step]:
    """Decompose D from the opening prior through silence to each active item in date order (ties: id).

    The opening is D as of the question's first day without evidence; silence moves the as-of date and adds no
    evidence; items follow, as of the date of the case throughout. The sum is D of the forecast.
    """
    engine = Exact.of(engine)
    case, items = engine.case, engine.evidence.items
    opening = decibans(Exact(case.changed(as_of=case.question.opens, items=())).log_odds())
    reached = joining(engine, np.arange(len(items)))
    return [step("opening", "", "Prior at the opening", 0.0, opening),
            step("silence", "", f"No event until {case.as_of}", opening, reached[0]),
            *steps("item", items, reached)]


def joining(engine: Exact, order: Ints) -> list[float]:
    """D before the items of an order, and after each of them joined; those outside it are there from the start."""
    return [decibans(value) for value in engine.log_odds_joining(order)]


def step(kind: Kind, name: str, label: str, before: float, after: float) -> Step:
    """One row, from the decibans before and after it."""
    return Step(kind, name, label, after - before, after)


def steps(kind: Kind, items: Iterable[Item], reached: Iterable[float]) -> list[Step]:
    """One row for each item, from the decibans before all of them and after each."""
    return [step(kind, item.id, item.title, *ends) for item, ends in zip(items, pairwise(reached), strict=True)]


def leave_one_out(engine: Exact | Case) -> dict[str, float]:
    """D(all) − D(all but i) of each active item, in decibans."""
    engine = Exact.of(engine)
    full = engine.log_odds()
    moved = full - engine.log_odds_without_each()
    return {item.id: decibans(value) for item, value in zip(engine.evidence.items, moved.tolist(), strict=True)}


def farthest(moves: Mapping[str, float]) -> list[str]:
    """Names by how far each moves D, the farthest first; what is as far to 9 decimals goes by name."""
    return sorted(moves, key=lambda name: (-round(abs(moves[name]), 9), name))


class Share(NamedTuple):
    """What one item contributes to a forecast, its Shapley value."""

    decibans: float
    """Of D; all of them sum to D(all) − D(no items)."""
    points: float
    """Of P(event); all of them sum to P(all) − P(no items)."""


def shapley(engine: Exact | Case, permutations: int | None = None, seed: int = SEED) -> dict[str, Share]:
    """Shapley value of each active item, the mean over antithetic permutations; for D and for P(event).

    Every second permutation is the reverse of the one before. Whatever their number, the values sum exactly.

    Parameters
    ----------
    engine : Exact or Case
        The case, or its engine.
    permutations : int, optional
        Number of permutations; 200, and fewer where there are very many items.
    seed : int
        Seed of the permutations.
    """
    engine = Exact.of(engine)
    if permutations is not None:
        whole("permutations", permutations, least=1)
    whole("seed", seed)
    items = engine.evidence.items
    count = permutations or _permutations(len(items))
    log_odds, chances = np.zeros(len(items)), np.zeros(len(items))
    orders = list(islice(_antithetic(np.random.default_rng(seed), len(items)), count))
    for order, reached in zip(orders, _reached(engine, orders), strict=True):
        log_odds[order] += np.diff(reached)
        chances[order] += np.diff(expit(reached))
    return {item.id: Share(decibans(value / count), float(chance / count))
            for item, value, chance in zip(items, log_odds.tolist(), chances.tolist(), strict=True)}


def _permutations(items: int) -> int:
    """Two hundred, or as many pairs as the most evaluations allow, but one pair at least."""
    return max(2, min(PERMUTATIONS, 2 * (_EVALUATIONS // (2 * max(items, 1)))))


def _reached(engine: Exact, orders: list[Ints]) -> Iterator[Array]:
    """Log odds before the items of an order and after each of them joined; an array for each order."""
    count = len(engine.evidence)
    if count > Exact.MANY:
        for order in orders:
            yield engine.log_odds_joining(order)
        return
    subsets = np.concatenate([_growing(order) for order in orders] or [np.zeros((0, count), bool)])
    yield from engine.log_odds_of(subsets).reshape(len(orders), count + 1)


def _growing(order: Ints) -> Mask:
    """Whether an item is there before any of an order joined, and after each; shape (len(order) + 1, item)."""
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))
    return place < np.arange(len(order) + 1)[:, None]


def _antithetic(rng: np.random.Generator, count: int) -> Iterator[Ints]:
    """Permutations without end, every second one the reverse of the one before."""
    while True:
        order = rng.permutation(count)
        yield order
        yield order[::-1]
