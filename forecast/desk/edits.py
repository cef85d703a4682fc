"""Changes on the desk, one for each place, and the scenario that they amount to.

Every change stands by itself, so that any of them can be taken back alone. Together they are a scenario on top of the
files, and nothing else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any

from scipy.special import expit, logit

from forecast.analysis.restated import as_ratios
from forecast.core.errors import ForecastError
from forecast.desk.controls.inputs import ADDED, ENCODING, HOW, OFF, encoding, record, stated
from forecast.engine.encoding import chance
from forecast.records.case import Case
from forecast.records.evidence import ENCODINGS, Item
from forecast.records.question import Question
from forecast.records.scenario import Changes, Scenario, apply
from forecast.records.types import Steps
from forecast.workspace.yaml.writer import written

Edits = Mapping[Steps, Any]
"""New values by place, in the order in which they were last changed; None leaves a field out."""

NAME = "On the desk"
"""What the scenario of a desk is called before it has a name."""

_WHERE = re.compile(rf"^(?:{re.escape(NAME)}: )?(?:[\w.\[\]-]+: )*")
"""What an error says of its place: the page shows it there."""


@dataclass(frozen=True)
class State:
    """What can be undone: the changes of each analyst, and the date."""

    seats: Mapping[str, Edits]
    as_of: date


def in_words(error: ForecastError) -> str:
    """What is wrong, without the place at which it is shown."""
    return "; ".join(dict.fromkeys(_WHERE.sub("", line) for line in str(error).splitlines()))


def place_of(place: Steps) -> Steps:
    """The place under which a change is kept: everything that an item says is one."""
    return (*place[:2], ENCODING) if place[0] == "item" and place[2] in (*ENCODINGS, HOW) else place


def changed(base: Case, now: Case, edits: Edits, place: Steps, value: Any, is_opinion: bool = False) -> Edits:
    """The changes with one more, from a place to a value; what is again as in the files leaves no trace.

    `base` is the files, `now` what the changes have made of them. Another analyst's opinion stays where it agrees
    with the files, and takes nothing from them.
    """
    key = place_of(place)
    if key[2] == ENCODING and place[2] != ENCODING:
        value = _encoding(base, now, place, value, is_opinion and key not in edits)
    if (added := (*key[:2], ADDED)) in edits and key != added:
        return _to_added(edits, added, key, value)
    whole = next((other for other in edits if len(other) < len(key) and key[:len(other)] == other), None)
    if whole is not None:
        inside = deepcopy(edits[whole])
        _put(inside, key[len(whole):], value)
        return {**{other: kept for other, kept in edits.items() if other != whole}, whole: inside}
    rest = {other: kept for other, kept in edits.items() if other != key}
    return rest if not is_opinion and is_stated(base, key, value) else rest | {key: value}


def is_stated(base: Case, place: Steps, value: Any) -> bool:
    """Whether the files hold a value already, written out or by a default that stands for what they leave out."""
    if value == stated(base, place):
        return True
    try:
        after = apply(base, scenario(base, {place: value}))
    except ForecastError:
        return False  # it may fit the files together with others
    return record(after, place) == record(base, place)


def refitted(base: Case, edits: Edits, is_opinion: Callable[[Steps], bool]) -> tuple[Edits, list[Steps]]:
    """The changes without those that the files have by now; then the places of those that no longer fit the files."""
    kept, lost = dict[Steps, Any](), []
    for place, value in edits.items():
        try:
            if is_opinion(place) or not is_stated(base, place, value):
                apply(base, scenario(base, kept | {place: value}))
                kept[place] = value
        except (ForecastError, LookupError, AttributeError, TypeError):
            lost.append(place)
    return kept, lost


def merged(before: Edits, after: Edits, mine: Edits) -> Edits:
    """An opinion whose file has changed: what its analyst changed since `before` was read stays, on top of `after`."""
    own = {place: value for place, value in mine.items() if before.get(place) != value}
    taken_back = {place for place in before if place not in mine and after.get(place) == before[place]}
    return {place: value for place, value in after.items() if place not in taken_back} | own


def _to_added(edits: Edits, added: Steps, key: Steps, value: Any) -> Edits:
    """A change of an item that the desk has added goes into its fields; leaving it out takes it away."""
    rest = {other: kept for other, kept in edits.items() if other != added}
    if key[2] == OFF:
        return rest
    fields = value if key[2] == ENCODING else {str(key[2]): value}
    return rest | {added: _merged(edits[added], fields)}


def _merged(fields: Changes, changes: Changes) -> Changes:
    """Fields of an item with changes; an encoding replaces every other one, and None removes."""
    if any(changes.get(name) is not None for name in ENCODINGS):
        fields = {name: value for name, value in fields.items() if name not in ENCODINGS}
    return {name: value for name, value in (fields | changes).items() if value is not None}


def _encoding(base: Case, now: Case, place: Steps, value: Any, is_first: bool) -> Changes:
    """What an item says once one of its values, or its encoding, is another; first of all it says that and no more."""
    item, before = record(now, place), record(base, place)
    if not isinstance(item, Item):
        raise ForecastError("This item is not on the desk any more; put it there again first")
    if place[2] == HOW:
        fields = restated(now, item, value)
    elif len(place) == 3:
        fields = {str(place[2]): value}
    else:
        name = str(place[2])
        others = dict(encoding(item).get(name, {}))
        if is_first:
            event = {now.question.event.id: 1.0}
            others = event if name == "likelihood_ratio" else dict.fromkeys(now.question.hypotheses, value)
        fields = {name: others | {str(place[3]): value}}
    seen = item.seen or (place[2] == HOW and value != item.encoding)
    return says_as(before if isinstance(before, Item) else item, fields, item.is_report, seen)


def restated(case: Case, item: Item, how: str) -> Changes:
    """The fields by which an item says the same by another encoding, as nearly as that one can.

    What its values speak of, fact or report, stays as it was.
    """
    if how == item.encoding:
        return encoding(item)
    ratios = as_ratios(item, case)
    reference = case.question.reference
    match how:
        case "likelihood_ratio":
            values = {name: _rounded(ratio) for name, ratio in ratios.items() if name != reference}
            return {how: values}
        case "probability":
            top = max(ratio.stated for ratio in ratios.values())
            scale = min(0.5, 0.9 / top)
            return {how: {name: float(f"{scale * ratio.stated:.6g}") for name, ratio in ratios.items()}}
        case "kept":
            event = ratios[case.question.event.id].stated
            return {how: float(f"{expit(logit(chance(item, case)) + math.log(event)):.4g}")}
        case _:
            raise ForecastError("Counts cannot be made up; write them into the file")


def says_as(before: Item, fields: Changes, is_report: bool, seen: bool = True) -> Changes:
    """An encoding with what else must be said, so that its values speak of what they spoke of.

    `before` is the item in the files; `is_report` is whether the values speak of the report, and `seen` whether
    what they speak of was seen.
    """
    more: Changes = {} if before.seen or not seen else {"seen": None}
    if "kept" in fields:
        return fields | more | ({"says": None} if before.says == "fact" else {})
    cleared: Changes = dict.fromkeys(ENCODINGS) | {"seen": before.seen or seen}
    after = before.model_copy(update=cleared | fields)
    return fields | more | ({} if after.is_report == is_report else {"says": "report" if is_report else "fact"})


def _rounded(ratio: Any) -> Any:
    low, high = ratio.bounds()
    values = [float(f"{value:.6g}") for value in (low, ratio.stated, high)]
    return values[1] if ratio.bare else values


# --- to a scenario --------------------------------------------------------------------------------------------------


def scenario(base: Case, edits: Edits) -> Scenario:
    """The scenario that changes amount to. The date of the desk is no part of it: it is what commands are told."""
    revise: dict[str, Changes] = {}
    records: dict[str, dict[str, Changes]] = {"source": {}, "group": {}}
    question: Changes = {}
    drop, add = [], []
    for place, value in edits.items():
        kind, name, field = place[0], str(place[1]), str(place[2])
        if kind == "question":
            _set(question, base.question, place[2:], value)
        elif kind != "item":
            records[str(kind)].setdefault(name, {})[field] = value
        elif field == OFF:
            drop.append(name)
        elif field == ADDED:
            add.append(value)
        else:
            revise.setdefault(name, {}).update(value if field == ENCODING else {field: value})
    return Scenario(name=NAME, revise=revise, sources=records["source"], groups=records["group"], question=question,
                    drop=tuple(drop), add=tuple(add))


def _set(fields: Changes, question: Question, path: Steps, value: Any) -> None:
    """Put a value into the fields of a question; a list or mapping is replaced whole."""
    name = str(path[0])
    if len(path) == 1:
        fields[name] = deepcopy(value)
        return
    _put(fields.setdefault(name, deepcopy(written(getattr(question, name)))), path[1:], value)


def _put(inside: Any, path: Steps, value: Any) -> None:
    """Put a value at a place; another analyst's prior may not have it."""
    try:
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = value
    except (LookupError, TypeError):
        raise ForecastError("It is not there any more; take the change back") from None


# --- from a scenario ------------------------------------------------------------------------------------------------


def edits_of(base: Case, found: Scenario) -> Edits:
    """The changes that a scenario makes, place by place."""
    return {place: value for place, value in _places(base, found) if not is_stated(base, place, value)}


def _places(base: Case, found: Scenario) -> Iterator[tuple[Steps, Any]]:
    for name, fields in found.question.items():
        yield from _leaves(base, ("question", base.question.id, name), fields)
    for kind, records in (("source", found.sources), ("group", found.groups)):
        for name, fields in records.items():
            yield from (((kind, name, field), value) for field, value in fields.items())
    for name, fields in found.revise.items():
        says = {field: value for field, value in fields.items() if field in ENCODINGS and value is not None}
        if says:
            yield ("item", name, ENCODING), says
        yield from ((("item", name, field), value) for field, value in fields.items() if field not in ENCODINGS)
    for name in found.drop:
        yield ("item", name, OFF), True
    for fields in found.add:
        yield ("item", str(fields["id"]), ADDED), dict(fields)


def _leaves(base: Case, place: Steps, value: Any) -> Iterator[tuple[Steps, Any]]:
    """The places inside a field of the question that differ, or the whole field where its shape does."""
    before = stated(base, place)
    if isinstance(value, Mapping) and isinstance(before, Mapping) and value.keys() >= before.keys():
        for name, part in value.items():
            yield from _leaves(base, (*place, name), part)
    elif _alike(value, before) and place[2] in ("prior", "alternatives"):
        for index, part in enumerate(value):
            yield from _leaves(base, (*place, index), part)
    else:
        yield place, value


def _alike(value: Any, before: Any) -> bool:
    """Whether two lists hold the same records with other numbers."""
    def shape(entries: Any) -> list[Any]:
        return [(sorted(entry), entry.get("kind"), entry.get("id")) if isinstance(entry, Mapping) else None
                for entry in entries]

    if not isinstance(value, list | tuple) or not isinstance(before, list):
        return False
    return all(isinstance(entry, Mapping) for entry in value) and shape(value) == shape(before)
