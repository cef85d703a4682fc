"""What moved the forecast: ledger, leave-one-out, Shapley values, and the change since an earlier forecast.

All of it is in decibans D = 10·log10(P/(1−P)) of the event by the horizon (Good 1950), and every decomposition sums
exactly to the difference that it explains.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from forecast.bayes import decibans, probability
from forecast.case import Case
from forecast.evidence import Item
from forecast.exact import Exact, log_odds
from forecast.likelihood import Array, Mask

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


class Walk:
    """Log odds as items are added and taken away one by one; only the sources that this touches are integrated anew.

    Parameters
    ----------
    engine : Exact
        The engine of the case with all items.
    start : Mask or bool
        The items to start from: all or none, or those of a mask.
    """

    def __init__(self, engine: Exact, start: Mask | bool) -> None:
        self.engine = engine
        self.chosen = np.full(len(engine.evidence.items), start)
        self.echo = engine.evidence.echo(self.chosen)
        self.joint = engine.log_prior.copy()
        self._terms: list[Array | float] = [0.0] * len(engine.members)
        self._integrate(range(len(engine.members)))

    @property
    def decibans(self) -> float:
        """D of the chosen items."""
        return decibans(log_odds(self.joint))

    def toggle(self, item: int) -> float:
        """Add an item or take it away; returns the decibans reached."""
        ev = self.engine.evidence
        self.chosen[item] = not self.chosen[item]
        touched = {int(ev.source[item])}
        if ev.bucket[item] >= 0:
            before, self.echo = self.echo, ev.echo(self.chosen)
            touched.update(map(int, ev.source[self.chosen & (before != self.echo)]))
        self._integrate(touched)
        return self.decibans

    def _integrate(self, sources: Iterable[int]) -> None:
        for source in sources:
            members = self.engine.members[source]
            picked = members[self.chosen[members]]
            term = self.engine.source_term(source, picked, self.echo)[0] if len(picked) else 0.0
            self.joint += term - self._terms[source]
            self._terms[source] = term


def ledger(engine: Exact) -> list[Step]:
    """Decompose D from the opening prior through silence to each active item in date order (ties: id).

    The opening is D as of the question's first day without evidence; silence moves the as-of date and adds no
    evidence; items follow, as of the date of the case throughout. The sum is D of the forecast.
    """
    case = engine.case
    opening = Exact(replace(case, as_of=case.question.opens, items=())).log_odds()
    steps = [_step("opening", "", "Prior at the opening", 0.0, decibans(opening))]
    walk = Walk(engine, start=False)
    steps.append(_step("silence", "", f"No event until {case.as_of}", steps[-1].total, walk.decibans))
    for index, item in enumerate(engine.evidence.items):
        steps.append(_step("item", item.id, item.title, steps[-1].total, walk.toggle(index)))
    return steps


def _step(kind: Kind, name: str, label: str, before: float, after: float) -> Step:
    return Step(kind, name, label, after - before, after)


def leave_one_out(engine: Exact) -> dict[str, float]:
    """D(all) − D(all but i) of each active item, in decibans."""
    walk = Walk(engine, start=True)
    full = walk.decibans
    result = {}
    for index, item in enumerate(engine.evidence.items):
        result[item.id] = full - walk.toggle(index)
        walk.toggle(index)
    return result


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
    rng = np.random.default_rng(seed)
    items = engine.evidence.items
    total = np.zeros(len(items))
    order = np.arange(len(items))
    walk = Walk(engine, start=False)
    for turn in range(permutations):
        downwards = turn % 2 == 1
        if not downwards:
            order = rng.permutation(len(items))
        # The reverse of an order has, at each item, the items behind it before it: taking the items away again in
        # the same order walks it, and no walk has to be undone.
        before = walk.decibans
        for index in order:
            after = walk.toggle(int(index))
            total[index] += before - after if downwards else after - before
            before = after
    return dict(zip((item.id for item in items), map(float, total / permutations), strict=True))


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
    walk = Walk(engine, np.array([item.id in then for item in engine.evidence.items], bool))
    for index in np.flatnonzero(~walk.chosen):
        item = engine.evidence.items[index]
        after = walk.toggle(int(index))
        steps.append(_step("new", item.id, item.title, before, after))
        before = after
    return steps


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
