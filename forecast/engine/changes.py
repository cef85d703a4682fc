"""Subsets of very many items, each from what changes between one and the next.

An item adds to one column of a row: to its day of evidence of either process or, as a claim, to a run of spans. What a
weaker item of its group adds rises or falls as stronger ones come and go. So leaving out each of n items, or letting
them join one by one, takes n rows of columns and the pairs that can echo each other, and not n × n items.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecast.core.numerics import Array, Ints, Mask
from forecast.engine.encoding import effective

if TYPE_CHECKING:
    from forecast.engine.exact import Exact


_CELLS = 1_000_000
"""Numbers in one block of rows, which bounds the memory."""

_PAIRS = 64
"""Pairs by item up to which ranks are counted from them; merges are faster where groups are very large."""


class _Columns(NamedTuple):
    """Where each item adds to a row; the columns of both processes come first, then one more than there are spans."""

    first: Ints
    """Column to which an item adds, −1 for one that says nothing; shape (item,)."""
    last: Ints
    """Column from which a claim adds no more, −1 for signs and conditions; shape (item,)."""
    ends: tuple[int, int, int]
    """Where the columns of the preparation, of the climate, and all of them end."""


class _Events(NamedTuple):
    """Changes of what an item adds: in which row, which item, by how much."""

    row: Ints
    item: Ints
    change: Array


def without_each(engine: Exact) -> Array:
    """Log odds of the event by the horizon without each of the items in turn; shape (item,)."""
    ev, heard = engine.evidence, engine.heard
    count = len(ev)
    strong, weak = _stronger(engine, heard.reliability)
    rank = ev.rank(heard.reliability)
    fewer = (1 - ev.overlap) ** np.maximum(rank - 1, 0)
    gain = engine.kappa * effective(ev.log_lift, fewer * heard.reliability) - heard.log_lift
    everything, teaching = np.arange(count), engine.credit.claims
    plain, silenced = ~np.isin(everything, teaching), ~np.isin(strong, teaching)
    strong, weak, alone = strong[silenced], weak[silenced], everything[plain]
    events = [_Events(np.concatenate([alone, strong]), np.concatenate([alone, weak]),
                      np.concatenate([-heard.log_lift[alone], gain[weak]]))]
    # A claim that teaches its source changes what all its other items say.
    for claim in teaching:
        change = _left(engine, everything != claim) - heard.log_lift
        moved = np.flatnonzero(change)
        events.append(_Events(np.full(len(moved), claim), moved, change[moved]))
    together = _Events(*(np.concatenate(parts) for parts in zip(*events, strict=True)))
    return _log_odds(engine, heard.log_lift, together, count, running=False)


def joining(engine: Exact, order: Ints) -> Array:
    """Log odds before the items of an order, and after each of them joined; shape (len(order) + 1,)."""
    there = np.ones(len(engine.evidence), bool)
    there[order] = False
    parts: list[Array] = []
    for stretch in _stretches(engine, order):
        found = _joining(engine, there, stretch)
        parts.append(found if not parts else found[1:])
        there[stretch] = True
    return np.concatenate(parts)


def _stretches(engine: Exact, order: Ints) -> Iterator[Ints]:
    """Cut an order before each item that, as it joins, teaches its source; every stretch but the first begins so."""
    teaches = np.isin(order, engine.credit.claims)
    cuts = np.flatnonzero(teaches[1:]) + 1 if len(order) else np.zeros(0, int)
    yield from np.split(order, cuts)


def _joining(engine: Exact, there: Mask, order: Ints) -> Array:
    """The same, while no reliability changes but at the first item of the order."""
    ev = engine.evidence
    there_then = there.copy()
    there_then[order[:1]] = True
    reliability = _reliability(engine, there_then)
    time = np.where(there, 0, -1)
    time[order] = np.arange(1, len(order) + 1)
    strong, weak = _stronger(engine, reliability)
    kept = (time[strong] >= 0) & (time[weak] >= 0)
    strong, weak = strong[kept], weak[kept]
    sequence = np.lexsort((time[strong], weak))
    strong, weak = strong[sequence], weak[sequence]
    starts = np.flatnonzero(np.diff(weak, prepend=-1))
    place = np.arange(len(weak)) - np.repeat(starts, np.diff(starts, append=len(weak)))
    before = time[strong] <= time[weak]
    rank = np.bincount(weak[before], minlength=len(ev))
    joined = np.flatnonzero(time > 0)
    later = ~before
    base = engine.kappa * ev.left(rank, reliability)
    events = _Events(np.concatenate([time[joined], time[strong[later]]]), np.concatenate([joined, weak[later]]),
                     np.concatenate([base[joined], _fall(engine, reliability, weak[later], place[later])]))
    found = _log_odds(engine, np.where(time == 0, base, 0.0), events, len(order) + 1, running=True)
    if len(order) and not there[order[0]] and np.isin(order[0], engine.credit.claims):
        found[0] = _subset(engine, there)
    return found


def _fall(engine: Exact, reliability: Array, item: Ints, rank: Ints) -> Array:
    """How log R̃ of an item changes as its rank rises by one."""
    ev = engine.evidence
    overlap, r, lift = ev.overlap[item], reliability[item], ev.log_lift[item]
    before, after = (effective(lift, (1 - overlap) ** (rank + more) * r) for more in (0, 1))
    return engine.kappa * (after - before)


def _reliability(engine: Exact, there: Mask) -> Array:
    return engine.evidence.reliability(engine.credit.means(there))


def _left(engine: Exact, there: Mask) -> Array:
    """log R̃ of each item in one subset of the items, from its ranks; 0 where it is not there; shape (item,)."""
    ev, reliability = engine.evidence, _reliability(engine, there)
    if len(engine.pairs) > _PAIRS * len(ev):
        rank = ev.rank(np.where(there, reliability, 0.0))
    else:
        strong, weak = _stronger(engine, reliability)
        rank = np.bincount(weak[there[strong] & there[weak]], minlength=len(ev))
    return np.where(there, engine.kappa * ev.left(rank, reliability), 0.0)


def _subset(engine: Exact, there: Mask) -> float:
    """Log odds given one subset of the items."""
    nothing = _Events(np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    return float(_log_odds(engine, _left(engine, there), nothing, 1, running=False)[0])


def _stronger(engine: Exact, reliability: Array) -> tuple[Ints, Ints]:
    """Pairs of a stronger item and a weaker one that it silences."""
    strength = engine.evidence.strength(reliability)
    early, late = engine.pairs.T
    ranked = (strength[early] > 0) & (strength[late] > 0)
    early, late = early[ranked], late[ranked]
    first = strength[early] >= strength[late]
    return np.where(first, early, late), np.where(first, late, early)


def _columns(engine: Exact) -> _Columns:
    ev, spans = engine.evidence, engine.spans
    first, last = np.full(len(ev), -1), np.full(len(ev), -1)
    end = 0
    ends = []
    for process, members in zip(engine.processes, engine.members, strict=True):
        first[members] = end + np.searchsorted(process.days, ev.speaks[members])
        end += len(process.days)
        ends.append(end)
    first[spans.claims] = end + np.searchsorted(spans.first, ev.first[spans.claims])
    last[spans.claims] = end + np.searchsorted(spans.first, ev.last[spans.claims], side="right")
    return _Columns(first, last, (ends[0], ends[1], end + len(spans.first) + 1))


def _log_odds(engine: Exact, log_lift: Array, events: _Events, rows: int, *, running: bool) -> Array:
    """Log odds of each row: the given log R̃ with the events of the row or, if running, of it and all before."""
    columns = _columns(engine)
    width = columns.ends[2]
    base = _added(columns, np.zeros(len(log_lift), int), np.arange(len(log_lift)), log_lift, 1)[0]
    order = np.argsort(events.row, kind="stable")
    row, item, change = events.row[order], events.item[order], events.change[order]
    result = np.empty(rows)
    size = max(1, _CELLS // width)
    for start in range(0, rows, size):
        count = min(size, rows - start)
        low, high = np.searchsorted(row, [start, start + count])
        block = _added(columns, row[low:high] - start, item[low:high], change[low:high], count)
        if running:
            block[0] += base
            block = np.cumsum(block, axis=0, out=block)
            base = block[-1].copy()
        else:
            block += base
        preparation, climate, _ = columns.ends
        first, second = engine.processes
        lifts = first.lift(block[:, :preparation]), second.lift(block[:, preparation:climate])
        claims = np.cumsum(block[:, climate:-1], axis=1)
        result[start:start + count] = engine.log_odds_given(lifts, claims, engine.case.question.horizon)
    return result


def _added(columns: _Columns, row: Ints, item: Ints, change: Array, rows: int) -> Array:
    """Sum changes of items into rows of columns; shape (row, column)."""
    width = columns.ends[2]
    flat = np.zeros(rows * width)
    for column, sign in ((columns.first, 1.0), (columns.last, -1.0)):
        heard = column[item] >= 0
        flat += sign * np.bincount(row[heard] * width + column[item[heard]], change[heard], minlength=rows * width)
    return flat.reshape(rows, width)
