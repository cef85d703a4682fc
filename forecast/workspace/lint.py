"""Doubts about the reasoning in a workspace that is formally right; each has its section in docs/guide.md."""

from __future__ import annotations

import math
import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np

from forecast.core.errors import InputError, Problem
from forecast.core.numerics import logsumexp
from forecast.core.pages import page_of, web_address
from forecast.core.text import counted, shortened
from forecast.engine.encoding import chance, stated
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.question import Elicited
from forecast.records.types import Steps, dotted
from forecast.workspace.cited.copies import INDEX, Archive, changed
from forecast.workspace.csv_tables import repeated_cases
from forecast.workspace.loader import Workspace

STRONG = 30.0
"""The ratio, or one over it, beyond which a number should rest on counts."""

CLOSE = timedelta(days=28)
"""Time within which items of one source are likely to have one origin."""

LITTLE, TOO_MANY, FEWEST = 1.0, 0.7, 3
"""Decibans below which an item hardly counts, the share of such items that is too many, and items for which to ask."""
CANCELLING, HEAVY = 10.0, 10.0
"""How many times more is stated than is left where items cancel, and the decibans that each side has at least."""


class Doubt(NamedTuple):
    """One doubt: the record, by kind and id, the field, the reason and what to do; of a file, its path and a line."""

    kind: str
    id: str
    path: Steps
    what: str


@dataclass(frozen=True)
class Desk:
    """What the checks look at: a workspace seen at the date of a case."""

    workspace: Workspace
    case: Case

    @cached_property
    def items(self) -> list[Item]:
        """All items that are not retracted on the as-of date, also those of later days; by date and id."""
        return [item for item in self.case.items if item.retracted is None or item.retracted > self.case.as_of]

    @cached_property
    def archive(self) -> Archive:
        """Copies of the pages that are cited; none where the index cannot be read, which `check` tells."""
        with suppress(InputError):
            return self.workspace.archive
        return Archive()

    @cached_property
    def log_values(self) -> dict[str, np.ndarray]:
        """Log v of each item, before standing, by hypothesis, the event first."""
        return {item.id: self._log_value(item) for item in self.items}

    def _log_value(self, item: Item) -> np.ndarray:
        log_value = stated(item, self.case)[0]
        # Where no day was left when it was announced, a share that is kept has no chance to be held against.
        before = max(item.date, self.case.question.opens - timedelta(1))
        is_over = item.kept is not None and item.window is not None and item.window.last <= before
        return np.zeros_like(log_value) if is_over else log_value

    @cached_property
    def decibans(self) -> dict[str, float]:
        """How far each item, as stated and at its full length, moves the odds of the event."""
        return {item.id: 10 / math.log(10) * self._log_lift(item) * self.length(item) for item in self.items}

    def _log_lift(self, item: Item) -> float:
        values = self.log_values[item.id]
        return float(values[0]) - logsumexp(values[1:] + np.log(self.case.question.shares)).item()

    def length(self, item: Item) -> float:
        """How many times an item speaks, if it goes on until the horizon."""
        return max(item.standing.multiple(item.date, self.case.question.horizon), 0.0) if item.standing else 1.0

    def direction(self, item: Item) -> int:
        """1 towards the event, −1 away from it, 0 if the item tells neither."""
        return int(np.sign(round(self._log_lift(item), 9)))

    def where(self, item: Item) -> str:
        """An item and its place, as a message names it."""
        place = self.workspace.places["item", item.id]
        return f"{item.id} ({place.file}:{place.line()})"


def lint(workspace: Workspace, case: Case) -> list[Problem]:
    """Doubt the reasoning of a workspace, seen at the date of a case.

    The doubts are in the order of files and lines; each says why, what to do, and where the guide explains it.
    """
    desk = Desk(workspace, case)
    found = [_problem(workspace, doubt, anchor) for anchor, check in CHECKS.items() for doubt in check(desk)]
    return sorted(found)


def _problem(workspace: Workspace, doubt: Doubt, anchor: str) -> Problem:
    what = f"{doubt.what}; see docs/guide.md#{anchor}"
    if doubt.kind == "file":
        return Problem(doubt.id, int(doubt.path[0]) if doubt.path else 1, "", what)
    place = workspace.places[doubt.kind, doubt.id]
    prefix = () if doubt.kind == "question" else (doubt.id,)
    return Problem(place.file, place.line(*doubt.path), dotted(prefix + doubt.path), what)


def _without_url(desk: Desk) -> Iterator[Doubt]:
    for item in desk.items:
        if not (item.url or "").strip():
            if item.seen:  # nobody saw a page of what was not there
                yield Doubt("item", item.id, (), "has no url, so nobody can look it up; add one if there is a page")
        elif web_address(item.url) is None:
            yield Doubt("item", item.id, ("url",), "is not an address that can be followed; write the whole of one, "
                                                   "https://…, without spaces or brackets, or put it into note")


def _strong(desk: Desk) -> Iterator[Doubt]:
    question = desk.case.question
    reference = question.hypotheses.index(question.reference)
    for item in desk.items:
        if item.counts is not None:
            continue
        ratios = (desk.log_values[item.id] - desk.log_values[item.id][reference]) * desk.length(item)
        strongest = int(np.argmax(np.abs(ratios)))
        if abs(ratios[strongest]) > math.log(STRONG) + 1e-9:
            yield Doubt("item", item.id, (item.encoding,), (
                f"{question.hypotheses[strongest]} has {_times(ratios[strongest])} against {question.reference}"
                f"{' at the full length of standing' if item.standing else ''}, and rests on no count; "
                f"state counts of comparable cases, or {_weaker(item, desk.case)}"))


def _weaker(item: Item, case: Case) -> str:
    if item.kept is None:
        return "a ratio nearer to 1"
    return f"a share nearer to the {chance(item, case):.2g} that the prior gives its days anyway"


def _times(log_ratio: float) -> str:
    """A ratio in words, however large."""
    power = abs(log_ratio) / math.log(10)
    number = f"{10**power:.3g}" if power < 6 else f"10^{power:.0f}"
    return f"the ratio {number}" if log_ratio > 0 else f"the ratio 1/{number}"


def _moves_nothing(desk: Desk) -> Iterator[Doubt]:
    active = desk.case.active
    small = [item for item in active if abs(desk.decibans[item.id]) < LITTLE]
    if len(active) >= FEWEST and len(small) > TOO_MANY * len(active):
        yield Doubt("question", desk.case.question.id, ("event",), (
            f"{len(small)} of {len(active)} items state less than one deciban (a ratio of 1.26), so nothing here will "
            "move the forecast; say more where you know more, and leave out what says nothing"))


def _cancelling(desk: Desk) -> Iterator[Doubt]:
    stated = [desk.decibans[item.id] for item in desk.case.active]
    towards, away = sum(value for value in stated if value > 0), -sum(value for value in stated if value < 0)
    left = towards - away
    if min(towards, away) >= HEAVY and towards + away > CANCELLING * abs(left):
        yield Doubt("question", desk.case.question.id, ("event",), (
            f"the items state {towards:.0f} decibans towards the event and {away:.0f} away from it, of which "
            f"{abs(left):.0f} are left; look for facts that are told twice, once for each side"))


def _piled_up(desk: Desk) -> Iterator[Doubt]:
    alone = [item for item in desk.case.active if item.kind == "condition" and item.group is None]
    for way, name in ((1, "towards"), (-1, "away from")):
        members = [item.id for item in alone if desk.decibans[item.id] * way > 0]
        together = sum(desk.decibans[name] for name in members) * math.log(10) / 10
        if len(members) > 1 and abs(together) > math.log(STRONG) + 1e-9:
            yield Doubt("question", desk.case.question.id, ("event",), (
                f"{shortened(members, 3)} are conditions {name} the event without a group, and multiply to "
                f"{_times(together)}; conditions of one time seldom tell so much apart from each other, so give them a "
                "group"))


def _same_url(desk: Desk) -> Iterator[Doubt]:
    earlier: dict[str, dict[str | None, Item]] = defaultdict(dict)
    for item in desk.items:
        url = page_of(item.url or "")
        other = next((one for group, one in earlier[url].items() if group is None or group != item.group), None)
        if url and other is not None:
            yield Doubt("item", item.id, ("url",), f"is the url of {desk.where(other)} too, so both have one origin; "
                                                   "put them into one group, or make them one item")
        earlier[url].setdefault(item.group, item)


def _stale_window(desk: Desk) -> Iterator[Doubt]:
    checked = {source.id: source.checked for source in desk.case.sources}
    for item in desk.case.active:
        if item.window is None or item.window.last > desk.case.as_of:
            continue
        last = item.window.last
        if last < max(item.date, desk.case.question.opens):
            before = "the item was published" if last < item.date else "the question opened"
            what = (f"ended on {last}, before {before}; check the year, or enter the claim in "
                    f"the record of {item.source} instead")
        elif item.is_report or not checked[item.source]:
            what = (f"ended on {last}, so that the item bears on no day any more; leave it as it is, and enter a claim "
                    "that was renewed as an item of its own")
        else:
            what = (f"ended on {last}, so that the item now speaks of its source alone; leave it as it is, count it "
                    f"in no record of {item.source}, and enter a claim that was renewed as an item of its own")
        yield Doubt("item", item.id, ("window",), what)


def _after_the_horizon(desk: Desk) -> Iterator[Doubt]:
    horizon = desk.case.question.horizon
    for item in desk.workspace.items:
        begins = [("date", item.date)]
        if item.window is not None:
            begins.append(("window", item.window.first))
        for field, day in begins:
            if day > horizon:
                yield Doubt("item", item.id, (field,), f"{day} lies after the horizon, {horizon}, so that it bears on "
                                                       "no day of the question; check the year")


def _hindsight(desk: Desk) -> Iterator[Doubt]:
    for item in desk.case.active:
        if item.entered > desk.case.as_of:
            yield Doubt("item", item.id, ("recorded",), (
                f"{item.entered} lies after the as-of date {desk.case.as_of}, so the item is hindsight there; "
                "leave it as it is, and use --known-then where hindsight matters"))


def _one_source(desk: Desk) -> Iterator[Doubt]:
    last: dict[str, Item] = {}
    for item in desk.items:
        if item.group is not None:
            continue
        before = last.get(item.source)
        if before is not None and item.date - before.date <= CLOSE:
            yield Doubt("item", item.id, ("source",), (
                f"comes from {item.source}, as does {desk.where(before)} at most {CLOSE.days} days before it, and "
                "neither has a group; give both one group if they may go back to one origin"))
        last[item.source] = item


def _both_directions(desk: Desk) -> Iterator[Doubt]:
    members: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for item in desk.items:
        if item.group is not None:
            members[item.group][desk.direction(item)].append(item.id)
    for group, sides in members.items():
        if sides[1] and sides[-1]:
            yield Doubt("group", group, (), (
                f"holds {shortened(sides[1], 3)} towards the event and {shortened(sides[-1], 3)} away from it, which "
                "do not echo each other; split the group by direction"))


def _bare(desk: Desk) -> Iterator[Doubt]:
    what = "claims to be exact; write [low, stated, high]"
    for kind, records in (("item", desk.items), ("indicator", desk.case.indicators)):
        for record in records:
            bare = [name for name, value in (record.probability or {}).items() if value.bare]
            if bare:
                yield Doubt(kind, record.id, ("probability", bare[0]), f"{', '.join(bare)}: a bare number {what}")
    for item in desk.items:
        if item.kept is not None and item.kept.bare:
            yield Doubt("item", item.id, ("kept",), f"a bare number {what}")
    for index, component in enumerate(desk.case.question.prior):
        if isinstance(component, Elicited) and component.probability.bare:
            yield Doubt("question", desk.case.question.id, ("prior", index, "probability"), f"a bare number {what}")


def _past_its_date(desk: Desk) -> Iterator[Doubt]:
    for indicator in desk.case.indicators:
        if indicator.by <= desk.case.as_of:
            yield Doubt("indicator", indicator.id, ("by",), (
                f"{indicator.by} has passed; make it an item (forecast new ID --from-indicator {indicator.id}, with "
                "--not-seen if it was not seen; either takes it off the list), or set a later day"))


def _one_way(desk: Desk) -> Iterator[Doubt]:
    directions = {desk.direction(item) for item in desk.case.active} - {0}
    if len(desk.case.active) > 1 and len(directions) == 1:
        way = "towards" if directions == {1} else "away from"
        yield Doubt("question", desk.case.question.id, ("event",), (
            f"all {len(desk.case.active)} items point {way} the event; look for what speaks against, and for what "
            "did not happen (seen: false)"))


def _without_a_copy(desk: Desk) -> Iterator[Doubt]:
    linked = [item for item in desk.items if web_address(item.url)]
    there = desk.archive.by_item(linked)
    missing = [item.id for item in linked if item.id not in there]
    if desk.archive.index is not None and missing:
        yield Doubt("file", INDEX, (), f"{len(missing)} of {counted(len(linked), 'link')} have no copy: "
                                       f"{shortened(missing, 3)}; keep them with forecast archive")


def _changed_copies(desk: Desk) -> Iterator[Doubt]:
    if names := changed(desk.workspace.root, desk.archive):
        yield Doubt("file", INDEX, (), f"{shortened(names, 3)}: no longer what was kept, or its text is not; restore "
                                       "the files from a backup, or keep the pages again with --again")


def _repeated_cases(desk: Desk) -> Iterator[Doubt]:
    for name in desk.case.histories:
        path = posixpath.normpath(posixpath.join("priors", name))
        lines = repeated_cases(desk.workspace.inputs.get(path, b""))
        if lines:
            which = f"lines {shortened([str(line) for line in lines], 8)} repeat" if len(lines) > 1 else "repeats"
            yield Doubt("file", path, (lines[0],), (
                f"{which} an earlier row in every cell, so that one case counts several times; leave out what is "
                "repeated, or tell the cases apart by their names"))


def _drafts(desk: Desk) -> Iterator[Doubt]:
    for path in desk.workspace.drafts:
        yield Doubt("file", path, (), "is a draft, which no forecast counts; complete it and move it to evidence/, "
                                       "or remove it")


CHECKS: dict[str, Callable[[Desk], Iterable[Doubt]]] = {
    "no-url": _without_url,
    "a-strong-ratio-without-counts": _strong,
    "most-items-say-next-to-nothing": _moves_nothing,
    "items-that-cancel": _cancelling,
    "conditions-that-pile-up": _piled_up,
    "the-same-url-twice": _same_url,
    "a-stale-window": _stale_window,
    "a-day-after-the-horizon": _after_the_horizon,
    "recorded-after-the-as-of-date": _hindsight,
    "several-items-of-one-source": _one_source,
    "a-group-of-both-directions": _both_directions,
    "a-bare-probability": _bare,
    "an-indicator-past-its-date": _past_its_date,
    "all-items-point-one-way": _one_way,
    "links-without-a-copy": _without_a_copy,
    "a-copy-that-changed": _changed_copies,
    "a-past-case-that-is-repeated": _repeated_cases,
    "drafts-are-waiting": _drafts,
}
"""Every check by the anchor of its section in docs/guide.md."""
