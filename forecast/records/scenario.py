"""What if: a stated rewrite of a case (`evidence/scenarios/NAME.yaml`), from case to case."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field, ValidationError

from forecast.core.errors import ForecastError, did_you_mean
from forecast.core.text import article
from forecast.records.case import Case
from forecast.records.evidence import ENCODINGS, Group, Indicator, Item, Source
from forecast.records.faults import Fields, Names, dangling, id_of, misdated, names, refusals, unread
from forecast.records.opinion import versions
from forecast.records.question import TAKEN, Question
from forecast.records.types import Day, Fault, Record, Steps, Text, dotted, repeated, shown

Changes = dict[str, Any]
"""Fields to replace, as a file gives them; null removes one, and another encoding of an item replaces the old one."""


class Scenario(Record):
    """A stated rewrite, applied in the order as_of, question, sources, groups, revise, drop, add."""

    name: Text
    story: str | None = None
    """What is supposed, and why it is worth a look."""
    drop: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Ids of items that are left out."""
    revise: dict[str, Changes] = Field(default_factory=dict)
    """Fields of items that are replaced, by the item's id."""
    add: Annotated[tuple[Changes, ...], Field(strict=False)] = ()
    """Whole items that are added."""
    sources: dict[str, Changes] = Field(default_factory=dict)
    """Fields of sources that are replaced, by the source's id."""
    groups: dict[str, Changes] = Field(default_factory=dict)
    """Fields of groups that are replaced, by the group's id."""
    question: Changes = Field(default_factory=dict)
    """Fields of the question that are replaced; lists are replaced whole."""
    as_of: Day | None = None
    """The date as of which the forecast is made instead."""

    def faults(self) -> Iterator[Fault]:
        """An item is dropped once."""
        for index, name in repeated(self.drop or ()):
            yield Fault(("drop", index), _twice(name))


def _twice(name: str) -> str:
    return f"{shown(name)} is dropped twice; write it once"


@dataclass(frozen=True)
class Parts:
    """What a scenario rewrites: records by their ids or, where a file is wrong, the fields that it gives for one.

    Sources and groups are None where they could not be read: nothing can be said of references to them.
    """

    question: Question | Fields
    sources: Mapping[str, Source | Fields] | None
    groups: Mapping[str, Group | Fields] | None
    items: Mapping[str, Item | Fields]
    indicators: Mapping[str, Indicator | Fields]
    files: Collection[str]
    """Files of past cases that a reference class may name."""

    @property
    def names(self) -> Names:
        """The ids to which items may refer."""
        return names(self.question, self.sources, self.groups)


def stated(fields: Changes) -> Scenario:
    """A scenario from its fields, as a file gives them; `ForecastError` with everything that is wrong in them."""
    try:
        return Scenario.model_validate(fields)
    except ValidationError as error:
        faults = refusals(error, Scenario, fields)
        raise ForecastError("\n".join(f"{fields.get('name', 'scenario')}: {dotted(fault.path)}: {fault.what}"
                                      for fault in faults)) from None


def apply(case: Case, scenario: Scenario) -> Case:
    """Rewrite a case; only the records that the scenario touches are validated anew.

    Raises `ForecastError` if the scenario does not fit the case: unknown ids or fields, bad values, references to
    nothing, or an as-of date outside the question.
    """
    before = Parts(case.question, {source.id: source for source in case.sources},
                   {group.id: group for group in case.groups}, {item.id: item for item in case.items},
                   {indicator.id: indicator for indicator in case.indicators}, case.histories)
    parts, faults = rewritten(before, scenario)
    if faults:
        raise ForecastError("\n".join(f"{scenario.name}: {dotted(path)}: {what}" for path, what in faults))
    changed: dict[str, Any] = {name: tuple(getattr(parts, name).values()) for name in ("sources", "groups", "items")}
    changed["question"] = parts.question
    revised = [name for name, changes in scenario.revise.items() if _encodes(changes)]
    gone = [*revised, *scenario.drop]  # what others hold of an item that is revised or dropped goes with it
    stated = {name: versions(case.item(name), case.opinions) for name in gone if name in before.items}
    changed["former"] = {**case.former, **{name: each for name, each in stated.items() if len(each) > 1}}
    if isinstance(parts.question, Question) and case.calibration:
        # What a scenario removes of what the calibration gave is the default, and not given again.
        changed["question"] = parts.question.model_copy(update={name: getattr(parts.question, name) for name in TAKEN})
    own = case.unopposed(gone) if gone else case
    changed["settled"] = {name: value for name, value in own.settled.items() if name in parts.items}
    return replace(own, as_of=scenario.as_of or case.as_of, **changed)


def rewritten(parts: Parts, scenario: Scenario) -> tuple[Parts, list[Fault]]:
    """Rewrite the parts of a case, and find everything that the scenario gets wrong, with paths into the scenario.

    In the parts afterwards a question that was to become wrong stays as it was; other records that do are there as
    the fields that were to be theirs, so that one pass finds what else is wrong with these.
    """
    faults: list[Fault] = []
    question = parts.question
    if "id" in scenario.question:
        faults.append(Fault(("question", "id"), "cannot be replaced, since reports refer to it; leave it out"))
    elif scenario.question:
        changed = _changed(Question, question, scenario.question, ("question",), faults)
        question = changed if isinstance(changed, Question) else question
        if "calibration" in scenario.question:
            faults.append(Fault(("question", "calibration"), "is taken with the whole workspace; write evidence_weight "
                                                             "and model_error here"))
    sources = _changed_each(Source, parts.sources, scenario.sources, "sources", faults)
    groups = _changed_each(Group, parts.groups, scenario.groups, "groups", faults)
    items = dict(_changed_each(Item, parts.items, scenario.revise, "revise", faults) or {})
    for index, name in enumerate(scenario.drop):
        if name in scenario.drop[:index]:
            faults.append(Fault(("drop", index), _twice(name)))
        elif items.pop(name, None) is None:
            faults.append(Fault(("drop", index), f"{shown(name)} is not an item; {did_you_mean(name, parts.items)}"))
    for index, fields in enumerate(scenario.add):
        _add(items, fields, index, faults)
    after = replace(parts, question=question, sources=sources, groups=groups, items=items)
    if isinstance(question, Question):
        if scenario.as_of is not None and (what := misdated(question, scenario.as_of)) is not None:
            faults.append(Fault(("as_of",), what))
        faults += unread(question, parts.files)
    faults += _dangling(parts, after, scenario)
    return after, faults


def given(record: Record | Fields) -> Fields:
    """The fields that a file gives for a record; defaults are left out."""
    if isinstance(record, Record):
        return {name: getattr(record, name) for name in record.model_fields_set}
    return record


def _changed(kind: type[Record], before: Any, changes: Changes, path: Steps,
             faults: list[Fault]) -> Any:
    """The record with its changes or, if these or itself are wrong, the fields that it would have."""
    wrong = [Fault((*path, name), f"is not known here; {did_you_mean(name, kind.model_fields)}")
             for name, value in changes.items() if value is None and name not in kind.model_fields]
    fields = {name: value for name, value in given(before).items()
              if name not in changes and not (name in ENCODINGS and _encodes(changes))}
    fields |= _without_null(changes)
    try:
        after: Any = kind.model_validate(fields)
    except ValidationError as error:
        # In a record that was wrong before, only what the scenario itself writes is its fault.
        wrong += [Fault(path + fault.path, fault.what) for fault in refusals(error, kind, fields)
                  if isinstance(before, Record) or (fault.path and fault.path[0] in changes)]
        after = fields
    faults += wrong
    return fields if wrong else after


def _encodes(changes: Changes) -> bool:
    return any(changes.get(name) is not None for name in ENCODINGS)


def _changed_each(kind: type[Record], records: Mapping[str, Any] | None, changes: Mapping[str, Changes], field: str,
                  faults: list[Fault]) -> Mapping[str, Any] | None:
    if records is None or not changes:
        return records
    after = dict(records)
    for name, change in changes.items():
        path = (field, name)
        if name not in records:
            told = article(kind.__name__.lower())
            faults.append(Fault(path, f"is not {told} of the workspace; {did_you_mean(name, records)}"))
        elif "id" in change:
            faults.append(Fault((*path, "id"), "cannot be replaced, since others refer to it; leave it out"))
        else:
            after[name] = _changed(kind, records[name], change, path, faults)
    return after


def _add(items: dict[str, Item | Fields], fields: Changes, index: int, faults: list[Fault]) -> None:
    item: Item | Changes = fields
    try:
        item = Item.model_validate(fields)
    except ValidationError as error:
        faults += [Fault(("add", index, *fault.path), fault.what) for fault in refusals(error, Item, fields)]
    name = id_of(fields)
    if name in items:
        faults.append(Fault(("add", index, "id"), f"{name} is an item already; write another id, or drop that one"))
    elif name is not None:
        items[name] = item


def _dangling(before: Parts, after: Parts, scenario: Scenario) -> Iterator[Fault]:
    """References to nothing that the scenario brings; those of the base are reported where they stand."""
    old, new = before.names, after.names
    for index, fields in enumerate(scenario.add):
        yield from (Fault(("add", index, *path), what) for path, what in dangling(fields, new))
    touched: dict[str, Steps] = {name: ("revise", name) for name in scenario.revise}
    added = {id_of(fields) for fields in scenario.add} - (before.items.keys() - set(scenario.drop))
    renamed = (old.hypotheses, old.reference) != (new.hypotheses, new.reference)
    for name in after.items if renamed else [name for name in touched if name in after.items]:
        if name in added:
            continue
        known = set(dangling(given(before.items[name]), old)) if name in before.items else set()
        for path, what in dangling(given(after.items[name]), new):
            if (path, what) not in known:
                yield _blamed(touched.get(name), f"item {name}", path, what)
    for name, indicator in after.indicators.items() if renamed else ():
        for path, what in dangling(given(indicator), new):
            yield _blamed(None, f"indicator {name}", path, what)


def _blamed(place: Steps | None, record: str, path: Steps, what: str) -> Fault:
    """A fault of a record that the scenario writes itself, or of one that its question no longer fits."""
    if place is not None:
        return Fault(place + path, what)
    return Fault(("question",), f"does not fit {record} any more: its {dotted(path)} {what}")


def combine(first: Scenario, second: Scenario) -> Scenario:
    """The scenario `first+second`, which has the effect of the first and then the second.

    Raises `ForecastError` if both set one field of one record, or the second builds on what the first drops.
    """
    clashes = list(_clashes(first, second))
    if clashes:
        raise ForecastError(f"{first.name} + {second.name}: both set {', '.join(clashes)}; take it out of one of them")
    brought = _brought(first)
    added = [_without_null(fields | second.revise.get(name, {})) for name, fields in brought.items()
             if name not in second.drop]
    return Scenario(
        name=f"{first.name} + {second.name}", as_of=first.as_of or second.as_of,
        story="\n\n".join(filter(None, (first.story, second.story))) or None,
        question=first.question | second.question, sources=_merged(first.sources, second.sources),
        groups=_merged(first.groups, second.groups),
        revise=_merged(first.revise, {name: changes for name, changes in second.revise.items() if name not in brought}),
        drop=tuple(dict.fromkeys((*first.drop, *(name for name in second.drop if name not in brought)))),
        add=(*added, *second.add))


def _brought(scenario: Scenario) -> dict[str, Changes]:
    return {str(fields.get("id")): fields for fields in scenario.add}


def _merged(first: Mapping[str, Changes], second: Mapping[str, Changes]) -> dict[str, Changes]:
    return {name: first.get(name, {}) | second.get(name, {}) for name in (*first, *second)}


def _without_null(fields: Changes) -> Changes:
    return {name: value for name, value in fields.items() if value is not None}


def _clashes(first: Scenario, second: Scenario) -> Iterator[str]:
    if first.as_of and second.as_of:
        yield "as_of"
    yield from (f"question.{field}" for field in first.question if field in second.question)
    brought = _brought(first)
    yield from (f"{name} (the first drops it)" for name in first.drop if name in second.revise and name not in brought)
    yield from (name for name in _brought(second) if name in brought and name not in second.drop)
    for ours, theirs in ((first.sources, second.sources), (first.groups, second.groups),
                         (first.revise | brought, second.revise)):
        for name in (name for name in ours if name in theirs):
            yield from (f"{name}.{field}" for field in sorted(ours[name].keys() & theirs[name].keys()))
            yield from _other_encoding(name, ours[name].keys() & ENCODINGS.keys(),
                                       theirs[name].keys() & ENCODINGS.keys())


def _other_encoding(item: str, ours: AbstractSet[str], theirs: AbstractSet[str]) -> Iterator[str]:
    """An encoding decides that there is no other one, so that two set the same although the names differ."""
    if ours and theirs and not ours & theirs:
        yield f"{item}.{min(ours)}, the second as {item}.{min(theirs)}"
