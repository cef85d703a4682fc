"""What moved the forecast: ledger, leave-one-out, Shapley values, and the change since an earlier forecast.

All of it is in decibans D = 10·log10(P/(1−P)) of the event by the horizon (Good 1950), and every decomposition sums
exactly to the difference that it explains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import batched, islice, pairwise
from typing import Literal

import numpy as np

from forecast.core.numerics import decibans, probability
from forecast.engine.encoding import Ints, Mask
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item

_SUBSETS, _CELLS = 20_000, 100_000_000
"""Subsets of items that are computed at once, and cells of (subset, item) at most: the more there are, the more of what
sources say in them is the same."""

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
    def points(self) -> float:
        """What it adds to P(event)."""
        return self.probability - probability(self.total - self.decibans)


def ledger(engine: Exact) -> list[Step]:
    """Decompose D from the opening prior through silence to each active item in date order (ties: id).

    The opening is D as of the question's first day without evidence; silence moves the as-of date and adds no
    evidence; items follow, as of the date of the case throughout. The sum is D of the forecast.
    """
    case, items = engine.case, engine.evidence.items
    opening = decibans(Exact(replace(case, as_of=case.question.opens, items=())).log_odds())
    reached = _reached(engine, np.arange(len(items)))
    return [_step("opening", "", "Prior at the opening", 0.0, opening),
            _step("silence", "", f"No event until {case.as_of}", opening, reached[0]),
            *_steps("item", items, reached)]


def _reached(engine: Exact, order: Ints) -> list[float]:
    """D before the items of an order, and after each of them joined; those outside it are there from the start."""
    return [decibans(value) for block in _joining(order, len(engine.evidence.items))
            for value in engine.log_odds_of(block)]


def _joining(order: Ints, count: int) -> Iterator[Mask]:
    """Whether an item is there before any of an order, and after each of them joined; blocks of (subset, item)."""
    place = np.full(count, -1)
    place[order] = np.arange(len(order))
    for joined in batched(range(len(order) + 1), _block(count)):
        yield place < np.array(joined)[:, None]


def _block(count: int) -> int:
    """How many subsets of so many items are computed at once."""
    return max(1, min(_SUBSETS, _CELLS // max(1, count)))


def _step(kind: Kind, name: str, label: str, before: float, after: float) -> Step:
    return Step(kind, name, label, after - before, after)


def _steps(kind: Kind, items: Iterable[Item], reached: Iterable[float]) -> list[Step]:
    return [_step(kind, item.id, item.title, *ends) for item, ends in zip(items, pairwise(reached), strict=True)]


def leave_one_out(engine: Exact) -> dict[str, float]:
    """D(all) − D(all but i) of each active item, in decibans."""
    items = engine.evidence.items
    everything, full = np.arange(len(items)), engine.forecast.decibans
    return {items[index].id: full - decibans(value)
            for batch in batched(everything, _block(len(items)))
            for index, value in zip(batch, engine.log_odds_of(everything != np.array(batch)[:, None]), strict=True)}


def farthest(moves: Mapping[str, float]) -> list[str]:
    """Names by how far each moves D, the farthest first; what is as far to 9 decimals goes by name."""
    return sorted(moves, key=lambda name: (-round(abs(moves[name]), 9), name))


def shapley(engine: Exact, permutations: int = 200, seed: int = 1953) -> dict[str, float]:
    """Shapley value of each active item in decibans, the mean over antithetic permutations.

    Every second permutation is the reverse of the one before. Whatever their number, the values sum exactly to
    D(all) − D(no items).

    Parameters
    ----------
    engine : Exact
        The engine of the case.
    permutations : int
        Number of permutations.
    seed : int
        Seed of the permutations.
    """
    items = engine.evidence.items
    total = np.zeros(len(items))
    orders = islice(_antithetic(np.random.default_rng(seed), len(items)), permutations)
    for batch in batched(orders, max(1, _block(len(items)) // (len(items) + 1))):
        log_odds = engine.log_odds_of(np.concatenate([block for order in batch
                                                      for block in _joining(order, len(items))]))
        np.add.at(total, np.array(batch), np.diff(log_odds.reshape(len(batch), -1)))
    return {item.id: decibans(value / permutations) for item, value in zip(items, total, strict=True)}


def _antithetic(rng: np.random.Generator, count: int) -> Iterator[Ints]:
    """Permutations without end, every second one the reverse of the one before."""
    while True:
        order = rng.permutation(count)
        yield order
        yield order[::-1]


def change(old: Case, new: Case) -> list[Step]:
    """Decompose the change of D from an earlier forecast, in this order; sums exactly to D(new) − D(old).

    1. time: the old inputs and the items active then, as of the new date;
    2. withdrawn items, those retracted in between too;
    3. revised items;
    4. settings: question, prior, sources, groups;
    5. new items in date order, those of the old files that became public since too.

    Parameters
    ----------
    old, new : Case
        Inputs and as-of dates of the two forecasts; the new date must lie inside the old question too.
    """
    start = Exact(old).log_odds()
    then = {item.id: _unretracted(item) for item in old.active}
    now = {item.id: _unretracted(item) for item in new.active}
    stage = replace(_with_names_of(old, new), as_of=new.as_of, items=tuple(then.values()))
    trail = [_Stage("time", "", f"From {old.as_of} to {new.as_of}", stage)]
    for name in [name for name in then if name not in now]:
        stage = stage.without([name])
        trail.append(_Stage("withdrawn", name, then[name].title, stage))
    comparable = old.question.hypotheses == new.question.hypotheses
    for name in [name for name in then if name in now and then[name] != now[name] and comparable]:
        stage = stage.with_item(now[name])
        trail.append(_Stage("revised", name, now[name].title, stage))
    differing = _settings(old, new)
    if differing:
        kept = tuple(now[item.id] for item in stage.items)
        trail.append(_Stage("settings", "", ", ".join(differing), replace(new, items=kept)))
    steps: list[Step] = []
    before = decibans(start)
    for part in trail:
        after = decibans(Exact(part.case).log_odds())
        steps.append(_step(part.kind, part.id, part.label, before, after))
        before = after
    engine = Exact(new)
    joining = [index for index, item in enumerate(engine.evidence.items) if item.id not in then]
    reached = [before, *_reached(engine, np.array(joining, int))[1:]]
    return steps + _steps("new", [engine.evidence.items[index] for index in joining], reached)


@dataclass(frozen=True)
class _Stage:
    kind: Kind
    id: str
    label: str
    case: Case


def _unretracted(item: Item) -> Item:
    return item.model_copy(update={"retracted": None})


def _with_names_of(old: Case, new: Case) -> Case:
    """The old case, with the sources and groups that only revised items will name; alone they change nothing."""
    sources, groups = {s.id for s in old.sources}, {g.id for g in old.groups}
    return replace(old, sources=(*old.sources, *(s for s in new.sources if s.id not in sources)),
                   groups=(*old.groups, *(g for g in new.groups if g.id not in groups)))


def _settings(old: Case, new: Case) -> list[str]:
    """Name the settings that differ."""
    names = ["question", "sources", "groups", "reference class"]
    before = (old.question, set(old.sources), set(old.groups), dict(old.histories))
    after = (new.question, set(new.sources), set(new.groups), dict(new.histories))
    return [name for name, a, b in zip(names, before, after, strict=True) if a != b]
