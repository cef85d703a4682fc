"""From one case to another, record by record: the change since an earlier forecast, and what makes a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from forecast.analysis.attribution import Kind, Step, joining, step, steps
from forecast.core.numerics import decibans
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.question import Question
from forecast.records.types import Record


class Stage(NamedTuple):
    """One step of the way, and the case after it."""

    kind: Kind
    id: str
    label: str
    case: Case


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
    before = decibans(Exact(old).log_odds())
    then = {item.id for item in old.active}
    result = []
    for stage in _since(old, new):
        after = decibans(Exact(stage.case).log_odds())
        result.append(step(stage.kind, stage.id, stage.label, before, after))
        before = after
    engine = Exact(new)
    joins = [index for index, item in enumerate(engine.evidence.items) if item.id not in then]
    reached = [before, *joining(engine, np.array(joins, int))[1:]]
    return result + steps("new", [engine.evidence.items[index] for index in joins], reached)


def _since(old: Case, new: Case) -> Iterator[Stage]:
    """The way from an earlier case to a later one, up to the new items."""
    then = {item.id: _unretracted(item) for item in old.active}
    now = {item.id: _unretracted(item) for item in new.active}
    case = _with_names_of(old, new).changed(as_of=new.as_of, items=tuple(then.values()))
    yield Stage("time", "", f"From {old.as_of} to {new.as_of}", case)
    for name in [name for name in then if name not in now]:
        case = case.without([name])
        yield Stage("withdrawn", name, then[name].title, case)
    comparable = old.question.hypotheses == new.question.hypotheses
    for name in [name for name in then if name in now and then[name] != now[name] and comparable]:
        case = case.holding(now[name])
        yield Stage("revised", name, now[name].title, case)
    differing = _settings(old, new)
    if differing:
        kept = tuple(now[item.id] for item in case.items)
        yield Stage("settings", "", ", ".join(differing), new.changed(items=kept))


def stages(base: Case, new: Case) -> Iterator[Stage]:
    """The way from a case to a scenario of it, record by record.

    In this order: as-of date, items that are dropped, question, sources, groups, items that are revised, items that are
    added.
    """
    case = base.changed(former=new.former)
    if new.as_of != base.as_of:
        case = case.changed(as_of=new.as_of)
        yield Stage("time", "", f"As of {new.as_of} instead of {base.as_of}", case)
    then, now = ({item.id: item for item in each.items} for each in (base, new))
    for name in [name for name in then if name not in now]:
        case = case.without([name])
        yield Stage("withdrawn", name, then[name].title, case)
    for label, question in _questions(base.question, new.question):
        case = case.changed(question=question)
        yield Stage("settings", "question", label, case)
    for kind in ("sources", "groups"):
        before, after = ({record.id: record for record in getattr(each, kind)} for each in (base, new))
        for name in [name for name in after if after[name] != before.get(name)]:
            records = {record.id: record for record in getattr(case, kind)} | {name: after[name]}
            changes: dict[str, Any] = {kind: tuple(records.values())}
            case = case.changed(**changes)
            yield Stage("settings", name, f"{after[name].name}: {_differing(before.get(name), after[name])}", case)
    for name in [name for name in now if then.get(name) != now[name]]:
        case = case.holding(now[name])
        yield Stage("revised" if name in then else "new", name, now[name].title, case)
    if case != new:
        yield Stage("settings", "", "the rest", new)


def _unretracted(item: Item) -> Item:
    return item.model_copy(update={"retracted": None})


def _with_names_of(old: Case, new: Case) -> Case:
    """The old case, with the sources and groups that only revised items will name; alone they change nothing."""
    sources, groups = {s.id for s in old.sources}, {g.id for g in old.groups}
    return old.changed(sources=(*old.sources, *(s for s in new.sources if s.id not in sources)),
                   groups=(*old.groups, *(g for g in new.groups if g.id not in groups)))


_TOLD_LATER = {"resolved", "reconstructed", "confidence", "hub", "title", "resolution", "key_dates", "pool"}
"""Fields of a question that change no forecast."""


def _settings(old: Case, new: Case) -> list[str]:
    """Name the settings that differ and can change a forecast."""
    names = ["question", "sources", "groups", "reference class", "opinions"]
    before = (_bearing(old.question), set(old.sources), set(old.groups), dict(old.histories), old.opinions)
    after = (_bearing(new.question), set(new.sources), set(new.groups), dict(new.histories), new.opinions)
    return [name for name, a, b in zip(names, before, after, strict=True) if a != b]


def _bearing(question: Question) -> dict[str, Any]:
    return {name: getattr(question, name) for name in Question.model_fields if name not in _TOLD_LATER}


def _questions(old: Question, new: Question) -> Iterator[tuple[str, Question]]:
    """The way from one question to another: field by field, or at once where hypotheses or dates differ."""
    whole = (old.hypotheses, old.reference, old.opens, old.horizon) != (
        new.hypotheses, new.reference, new.opens, new.horizon)
    differing = [name for name in Question.model_fields if getattr(old, name) != getattr(new, name)]
    for place, name in enumerate(differing):
        if not whole or place == len(differing) - 1:
            chosen = set(differing[:place + 1])
            fields = {each: getattr(new if each in chosen else old, each) for each in Question.model_fields}
            yield ", ".join(differing if whole else [name]).replace("_", " "), Question.model_construct(**fields)


def _differing(old: Record | None, new: Record) -> str:
    """Name the fields in which a record differs, with short values."""
    if old is None:
        return "added"
    names = [name for name in type(new).model_fields if getattr(old, name) != getattr(new, name)]
    return ", ".join(f"{name} {getattr(old, name)} → {value}" if isinstance(value := getattr(new, name), str) else name
                     for name in names)
