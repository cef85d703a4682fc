"""What is wrong with records, in the analyst's words: what pydantic refuses in one, and the rules across files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from forecast.core.errors import did_you_mean
from forecast.records.evidence import ENCODINGS, Group, Indicator, Item, Source
from forecast.records.opinion import Encoding, Opinion, analyst_of
from forecast.records.question import Question, ReferenceClass
from forecast.records.types import IDENT, MOST_FAULTS, Fault, Record, Steps, repeated, shown

Fields = Mapping[str, Any]
"""The fields of a record as a file gives them, parsed or not."""

_PATTERNS = {
    f"^{IDENT}$": "is not an id; write at most 60 small letters, digits and hyphens, no hyphen first",
    r"^[A-Za-z0-9_]+$": "is not a name of a hub; write letters, digits and underscores",
    r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$": "is not a repository; write owner/name",
}
_SAID = {
    "missing": "is missing; add it",
    "string_type": "{value} is not a text; write a text, in quotes if need be",
    "read_as_number": "is read as the number {value} and not as a text; put it in quotes",
    "string_too_long": "{value} is too long; write at most {max_length} characters",
    "string_unicode": "{value} holds a byte that is not UTF-8, or half a letter; write it in UTF-8",
    "bool_type": "{value} is neither true nor false; write one of the two",
    **dict.fromkeys(("int_type", "int_from_float"), "{value} is not a whole number; write one such as 3"),
    "float_type": "{value} is not a number; write one such as 1.5",
    "finite_number": "{value} is not finite; write a number such as 1.5",
    "greater_than": "{value} is not above {gt:g}; write a greater number",
    "greater_than_equal": "{value} is below {ge:g}; write {ge:g} or more",
    "less_than": "{value} is not below {lt:g}; write a smaller number",
    "less_than_equal": "{value} is above {le:g}; write {le:g} or less",
    **dict.fromkeys(("literal_error", "union_tag_invalid"), "{value} is not known; {choice}"),
    "union_tag_not_found": "is missing; add it",
    "string_pattern_mismatch": "{value} {misfit}",
    "too_long": "has more than {max_length} entries; write fewer",
    "too_short": "is empty; write at least one entry",
    "dict_type": "{value} is not a mapping; write {{{name}: {example}}}",
    **dict.fromkeys(("model_type", "model_attributes_type"),
                    "{value} is not a mapping; write its fields, each as name: value"),
    **dict.fromkeys(("list_type", "tuple_type"), "{value} is not a list; write [one, another]"),
    "wrong": "{what}",
}
"""What to say of each kind of error, with the value and what pydantic tells of it (its `ctx`)."""


def refusals(error: ValidationError, record: type[Record], fields: object, event: str | None = None
             ) -> Iterator[Fault]:
    """What pydantic refuses in the fields of a record, in the analyst's words: paths into it and what to write instead.

    Those fields that are right are examined for contradictions all the same, so that one pass finds everything. The
    id of the event is for examples, where it is known.
    """
    details = error.errors(include_url=False)[:MOST_FAULTS + 1]
    found = [fault for detail in details for fault in _faults(detail, record, event)]
    yield from found
    if isinstance(fields, Mapping) and not any(detail["type"] == "contradictory" for detail in details):
        yield from _contradictions(record, fields, {fault.path[0] for fault in found if fault.path})


def field_faults(record: type[Record], name: str, value: object) -> list[Fault]:
    """Tell what is wrong with one field by itself, as a file states it; None is a field that is left out."""
    if value is None:
        return []
    try:
        _parser(record, name).validate_python(value)
    except ValidationError as error:
        details = error.errors(include_url=False)[:MOST_FAULTS]
        located = [detail | {"loc": (name, *detail["loc"])} for detail in details]
        return [fault for detail in located for fault in _faults(detail, record)]
    return []


def _contradictions(record: type[Record], fields: Mapping[str, Any], wrong: set[str | int]) -> Iterator[Fault]:
    known = record.model_fields.keys()
    right = {name: _parser(record, name).validate_python(fields[name])
             for name in record.model_fields if name in fields and name not in wrong}
    partly = record.model_construct(**right | dict.fromkeys(known & wrong, False))
    yield from (fault for fault in partly.faults() if not fault.path or fault.path[0] not in wrong)


@cache
def _parser(record: type[Record], name: str) -> TypeAdapter[Any]:
    info = record.model_fields[name]
    annotation: Any = Annotated[info.annotation, info]
    return TypeAdapter(annotation)


def _faults(detail: ErrorDetails, record: type[Record], event: str | None = None) -> Iterator[Fault]:
    kind, value = detail["type"], detail["input"]
    context: dict[str, Any] = detail.get("ctx", {})
    path, inside = _path(detail["loc"], record)
    if kind in ("contradictory", "several"):
        yield from (Fault(path + tuple(fault.path), fault.what) for fault in context["faults"])
    elif kind == "extra_forbidden":
        known = {name for each in inside for name in each.model_fields}
        if value is None and re.fullmatch(r"[0-9]+[wd]", str(path[-1])):  # {every: 4,5w}
            hint = f"write decimals with a point, such as 1.{path[-1]}"
        else:
            hint = did_you_mean(str(path[-1]), known) if known else "leave it out"
        yield Fault(path, f"is not known here; {hint}")
    elif kind == "too_short" and value:
        return  # the entries are there, but wrong, and each is reported
    elif kind in _SAID:
        if kind == "string_type" and isinstance(value, float):  # 1e5, which nobody wrote as 100000.0
            kind = "read_as_number"
        at = (*path, "kind") if kind.startswith("union_tag") else path
        if kind == "dict_type":
            context = _as_mapping(path, value, event)
        yield Fault(at, _said(kind, shown(value["kind"] if kind == "union_tag_invalid" else value), context))
    else:
        yield Fault(path, f"{shown(value)}: {detail['msg']}; write another value")


def _as_mapping(path: Steps, value: object, event: str | None) -> dict[str, Any]:
    """How to write a mapping in the place of what is none: values of an encoding go by hypothesis, the event first."""
    if path and path[-1] in ENCODINGS:
        is_number = isinstance(value, int | float | list | tuple) and not isinstance(value, bool)
        more = "" if path[-1] == "likelihood_ratio" else ", and so on for each hypothesis"
        number = shown(value) if is_number else "value"
        return {"name": shown(event) if event else "event", "example": f"{number}{more}"}
    return {"name": "name", "example": "value, another: value"}


def _said(kind: str, value: str, context: Mapping[str, Any]) -> str:
    about = {**context, "value": value}
    if expected := context.get("expected") or context.get("expected_tags"):  # pydantic lists them in quotes
        about["choice"] = did_you_mean(value, re.findall(r"'([^']*)'", expected))
    if kind == "string_pattern_mismatch":
        about["misfit"] = _PATTERNS[context["pattern"]]
    return _SAID[kind].format(**about)


def _path(location: Steps, record: type[Record]) -> tuple[Steps, list[type[Record]]]:
    """Drop the tags of unions from a location, and follow it to the records that may stand at its end."""
    path: list[str | int] = []
    inside = [record]
    for step in location:
        tagged = [one for one in inside if len(inside) > 1 and step in _tags(one)]
        if tagged:
            inside = tagged
            continue
        path.append(step)
        for one in inside:
            if step in one.model_fields:
                inside = list(_records(one.model_fields[str(step)].annotation))
                break
    return tuple(path), inside


def _tags(record: type[Record]) -> tuple[str, ...]:
    kind = record.model_fields.get("kind")
    return (record.__name__, *(get_args(kind.annotation) if kind else ()))


def _records(annotation: Any) -> Iterator[type[Record]]:
    if isinstance(annotation, type) and issubclass(annotation, Record):
        yield annotation
    for part in get_args(annotation):
        yield from _records(part)


# What one record says of others.


@dataclass(frozen=True)
class Names:
    """The ids to which other records may refer; None where they could not be read, and nothing can be said."""

    sources: Collection[str] | None
    groups: Collection[str] | None
    event: str | None
    alternatives: tuple[str, ...] | None
    reference: str | None

    @property
    def hypotheses(self) -> tuple[str, ...] | None:
        """All hypotheses, the event first."""
        return None if self.event is None or self.alternatives is None else (self.event, *self.alternatives)


def dangling(fields: Fields, names: Names) -> Iterator[Fault]:
    """Find the references of an item or indicator to sources, groups and hypotheses that are not as they must be."""
    for field, known in (("source", names.sources), ("group", names.groups)):
        name = fields.get(field)
        if known is not None and isinstance(name, str) and name not in known:
            where = f"add it to the {field}s (priors/{field}s.yaml)"
            yield Fault((field,), f"{shown(name)} is not among the {field}s; {did_you_mean(name, known, where)}")
    for encoding in ENCODINGS:  # kept is not a mapping, and names no hypothesis
        values = fields.get(encoding)
        if isinstance(values, Mapping) and names.hypotheses is not None:
            yield from _misnamed(encoding, values, names, names.hypotheses)


def _misnamed(encoding: str, values: Fields, names: Names, hypotheses: tuple[str, ...]) -> Iterator[Fault]:
    for name in values:
        if name not in hypotheses:
            yield Fault((encoding, name), f"is not a hypothesis of the question; {did_you_mean(name, hypotheses)}")
    if encoding != "likelihood_ratio":
        left_out = [name for name in hypotheses if name not in values]
        if left_out:
            yield Fault((encoding,), f"leaves out {', '.join(left_out)}; give a value for every hypothesis")
        return
    if names.event not in values:
        yield Fault((encoding,), f"leaves out the event; give a ratio for {names.event}")
    if names.reference in values:
        yield Fault((encoding, str(names.reference)),
                    "is the reference, whose ratio is always 1; leave it out, and state the others against it")


def between(question: Question, sources: Iterable[Source], groups: Iterable[Group], items: Iterable[Item],
            indicators: Iterable[Indicator], files: Collection[str]) -> Iterator[Fault]:
    """Find what records that are right by themselves get wrong together; paths begin with the kind and the id."""
    known = names(question, frozenset(source.id for source in sources), frozenset(group.id for group in groups))
    for kind, records in (("source", sources), ("group", groups), ("item", items), ("indicator", indicators)):
        again = repeated(vars(record)["id"] for record in records)
        yield from (Fault((kind, name, "id"), f"{name} is given twice; write another id") for _, name in again)
    for kind, stated in (("item", items), ("indicator", indicators)):
        for record in stated:
            yield from (Fault((kind, record.id, *path), what) for path, what in dangling(vars(record), known))
    yield from unread(question, files)


def unread(question: Question, files: Collection[str]) -> Iterator[Fault]:
    """Find the past cases of a question that were not read."""
    for index, component in enumerate(question.prior):
        if isinstance(component, ReferenceClass) and component.file not in files:
            yield Fault(("question", "prior", index, "file"),
                        f"{shown(component.file)} was not read; "
                        f"{did_you_mean(component.file, files, 'put it into priors/')}")


def opposed(opinions: Collection[Opinion], items: Mapping[str, Item], known: Names) -> Iterator[Fault]:
    """Find what opinions get wrong about the items that they speak of; paths begin with the analyst."""
    for _, name in repeated(opinion.analyst.id for opinion in opinions):
        yield Fault(("opinion", name, "analyst"), f"{name} has two opinions; write them in one file")
    for opinion in opinions:
        found = unfitting(opinion.analyst.id, opinion.items, items, known)
        yield from (Fault(("opinion", opinion.analyst.id, *path), what) for path, what in found)


def unfitting(analyst: str | None, encodings: Mapping[str, Encoding | Fields], items: Mapping[str, Any], known: Names
              ) -> Iterator[Fault]:
    """Find what an opinion gets wrong about the items that it speaks of, whether these and itself are right or not.

    Where an encoding is wrong, its fields are those of the file.
    """
    for name, encoding in encodings.items():
        if name not in items and re.fullmatch(IDENT, name):
            yield Fault(("items", name), f"is not an item; {did_you_mean(name, items)}")
        item = items.get(name)
        found = list(dangling(vars(encoding) if isinstance(encoding, Encoding) else encoding, known))
        if isinstance(item, Item):
            if analyst_of(item) == analyst:
                yield Fault(("items", name), f"{name} is {analyst}'s own encoding; leave it out here")
            found += _encoding(encoding).misfits(item)
        yield from (Fault(("items", name, *path), what) for path, what in found)


def _encoding(given: Encoding | Fields) -> Encoding:
    if isinstance(given, Encoding):
        return given
    return Encoding.model_construct(**{name: given.get(name) for name in ENCODINGS})


def misdated(question: Question, as_of: date) -> str | None:
    """What is wrong with a date as of which a question is to be forecast; None if nothing is."""
    if not question.begins <= as_of < question.horizon:
        return (f"{as_of} is outside the question; "
                f"write a date from {question.begins} to the day before {question.horizon}")
    if question.decided_by(as_of):
        resolved = question.resolved.date if question.resolved else as_of
        return f"resolved on {resolved}: the event had happened by {as_of}; write an earlier date"
    return None


def names(question: Question | Fields | None, sources: Collection[str] | None, groups: Collection[str] | None) -> Names:
    """Collect the ids to which records may refer, from a question or from what a file gives for one."""
    if isinstance(question, Question):
        return Names(sources, groups, question.event.id, question.hypotheses[1:], question.reference)
    event, alternatives, reference = ((question or {}).get(name) for name in ("event", "alternatives", "reference"))
    ids = [id_of(alternative) for alternative in alternatives] if isinstance(alternatives, list) else [None]
    return Names(sources, groups, id_of(event), tuple(name for name in ids if name) if all(ids) else None,
                 reference if isinstance(reference, str) else None)


def id_of(fields: object) -> str | None:
    """The id that a file gives to a record, right or wrong; None if there is none."""
    name = fields.get("id") if isinstance(fields, Mapping) else None
    return name if isinstance(name, str) else None
