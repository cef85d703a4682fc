"""What a change is called, and what it changes, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forecast.core import text as wording
from forecast.desk.controls.inputs import (
    ADDED,
    ENCODING,
    OFF,
    TITLES,
    component_name,
    inputs_of,
    item_values,
    record,
    stated,
)
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.question import Elicited, Exposure, Prior, Question
from forecast.records.types import Steps
from forecast.report.words import quoted


def words_of(cases: Sequence[Case], place: Steps) -> list[str]:
    """The value of a place in several cases, in words; parts of an encoding that are the same in all are left out."""
    items = [record(case, place) for case in cases]
    if place[2] == ENCODING and all(isinstance(item, Item) for item in items):
        parts = [_encoding_parts(case, item) for case, item in zip(cases, items, strict=True) if isinstance(item, Item)]
        if all(part.keys() == parts[0].keys() for part in parts):
            names = [name for name in parts[0] if len({part[name] for part in parts}) > 1]
            if names:
                return ["; ".join(_part(name, part, len(parts[0])) for name in names) for part in parts]
    return [words(case, place) for case in cases]


def label(base: Case, now: Case, place: Steps) -> str:
    """What a place is called among all others."""
    if place[0] == "question":
        for source in (now, base):
            for each in inputs_of(source, source.question):
                if each.place == place:
                    return each.label
        return TITLES.get(str(place[2]), str(place[2]).replace("_", " ").capitalize())
    found = record(now, place) or record(base, place)
    name = quoted(getattr(found, "title", None) or getattr(found, "name", None) or place[1])
    part = {ENCODING: "", OFF: "left out", ADDED: "supposed"}.get(str(place[2]), str(place[2]).replace("_", " "))
    return f"{name}: {part}" if part else name


def words(case: Case, place: Steps, as_part: bool = True) -> str:
    """The value of a place in words; a weight or share as a part of the whole, or as it is stated."""
    found = record(case, place)
    if found is None:
        return "not there" if place[2] != OFF else "off"
    match place[2]:
        case "off":
            return "on"
        case "added":
            assert isinstance(found, Item)
            return "seen" if found.seen else "not seen"
        case "encoding":
            assert isinstance(found, Item)
            parts = _encoding_parts(case, found)
            return "; ".join(_part(name, parts, len(parts)) for name in parts)
    if place[0] == "question" and as_part:
        if place[-1] in ("weight", "share"):
            return _part_words(case.question, place)
        if len(place) == 3 and place[2] in ("prior", "alternatives"):
            return _parts_words(case.question, str(place[2]))
    for each in inputs_of(case, found):
        if each.place == place:
            return each.form.words(stated(case, place))
    return _plainly(stated(case, place))


def _plainly(value: Any) -> str:
    """A value for which the page has no box, without the brackets and quotes of a file."""
    match value:
        case None:
            return "not stated"
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return "; ".join(f"{str(name).replace('_', ' ')} {_plainly(part)}" for name, part in value.items())
        case list() | tuple():
            return ", ".join(map(_plainly, value)) or "none"
        case _:
            return str(value)


def _encoding_parts(case: Case, item: Item) -> dict[str, str]:
    """What an item says, by what it says it of."""
    return {each.label: each.form.words(stated(case, each.place)) for each in item_values(case, item)}


def _part(name: str, parts: Mapping[str, str], count: int) -> str:
    return parts[name] if count == 1 else f"{name} {parts[name]}"


def _parts_words(question: Question, name: str) -> str:
    """All components of the prior, or all alternatives, with their parts of the whole."""
    if name == "prior":
        total = sum(each.weight for each in question.prior)
        return ", ".join(f"{component_name(each)} {wording.percent(each.weight / total)}{_component_words(each)}"
                         for each in question.prior)
    pairs = zip(question.alternatives, question.shares, strict=True)
    return ", ".join(f"{quoted(each.name)} {wording.percent(share / sum(question.shares))}" for each, share in pairs)


def _component_words(component: Prior) -> str:
    """What a component of the prior states, in brackets; past cases are in a table, and have nothing here."""
    match component:
        case Exposure():
            return f" ({component.events:g} in {wording.counted(component.weeks, 'week')})"
        case Elicited():
            return f" ({wording.percent(component.probability.stated)})"
        case _:
            return ""


def _part_words(question: Question, place: Steps) -> str:
    """A weight or share as a part of the whole."""
    parts: Sequence[Any] = getattr(question, str(place[2]))
    index = int(place[3])
    if index >= len(parts):
        return "not there"
    values = [getattr(part, str(place[4])) for part in parts]
    return wording.percent(values[index] / sum(values))

