"""What pydantic refuses, in the analyst's words: a path into the record and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from forecast.core.errors import did_you_mean
from forecast.records.types import IDENT, MOST_FAULTS, Fault, Record, Steps, shown

Context = Mapping[str, Any]

_PATTERNS = {
    f"^{IDENT}$": "is not an id; write at most 60 small letters, digits and hyphens, no hyphen first",
    r"^[A-Za-z0-9_]+$": "is not a name of a hub; write letters, digits and underscores",
    r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$": "is not a repository; write owner/name",
}
_WORDS: dict[str, Callable[[str, Context], str]] = {
    "missing": lambda _, __: "is missing; add it",
    "string_type": lambda value, _: f"{value} is not a text; write a text, in quotes if need be",
    "string_too_long": lambda value, limit: f"{value} is too long; write at most {limit['max_length']} characters",
    "string_unicode": lambda value, _: f"{value} holds a byte that is not UTF-8, or half a letter; write it in UTF-8",
    "bool_type": lambda value, _: f"{value} is neither true nor false; write one of the two",
    "int_type": lambda value, _: f"{value} is not a whole number; write one such as 3",
    "int_from_float": lambda value, _: f"{value} is not a whole number; write one such as 3",
    "float_type": lambda value, _: f"{value} is not a number; write one such as 1.5",
    "finite_number": lambda value, _: f"{value} is not finite; write a number such as 1.5",
    "greater_than": lambda value, limit: f"{value} is not above {limit['gt']:g}; write a greater number",
    "greater_than_equal": lambda value, limit: f"{value} is below {limit['ge']:g}; write {limit['ge']:g} or more",
    "less_than": lambda value, limit: f"{value} is not below {limit['lt']:g}; write a smaller number",
    "less_than_equal": lambda value, limit: f"{value} is above {limit['le']:g}; write {limit['le']:g} or less",
    "literal_error": lambda value, known: f"{value} is not known; {_choice(value, known['expected'])}",
    "union_tag_invalid": lambda value, known: f"{value} is not known; {_choice(value, known['expected_tags'])}",
    "union_tag_not_found": lambda _, __: "is missing; add it",
    "string_pattern_mismatch": lambda value, known: f"{value} {_PATTERNS[known['pattern']]}",
    "too_long": lambda _, limit: f"has more than {limit['max_length']} entries; write fewer",
    "too_short": lambda _, __: "is empty; write at least one entry",
    "dict_type": lambda value, _: f"{value} is not a mapping; write name: value for each",
    "model_type": lambda value, _: f"{value} is not a mapping; write its fields, each as name: value",
    "model_attributes_type": lambda value, _: f"{value} is not a mapping; write its fields, each as name: value",
    "list_type": lambda value, _: f"{value} is not a list; write [one, another]",
    "tuple_type": lambda value, _: f"{value} is not a list; write [one, another]",
    "wrong": lambda _, error: str(error["what"]),
}


def faults(error: ValidationError, record: type[Record], fields: object) -> Iterator[Fault]:
    """Tell what is wrong with the fields of a record, fault by fault.

    Parameters
    ----------
    error : ValidationError
        What pydantic said of the fields.
    record : type of Record
        The record that they were to make.
    fields : object
        What was validated. Those fields that are right are examined for contradictions all the same, so that one
        pass finds everything.
    """
    details = error.errors(include_url=False)[:MOST_FAULTS + 1]
    found = [fault for detail in details for fault in _faults(detail, record)]
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


def _faults(detail: ErrorDetails, record: type[Record]) -> Iterator[Fault]:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    path, inside = _path(detail["loc"], record)
    if kind == "contradictory":
        yield from (Fault(path + tuple(fault.path), fault.what) for fault in context["faults"])
    elif kind == "extra_forbidden":
        known = _fields(inside)
        yield Fault(path, f"is not known here; {did_you_mean(str(path[-1]), known) if known else 'leave it out'}")
    elif kind == "too_short" and value:
        return  # the entries are there, but wrong, and each is reported
    elif kind == "union_tag_invalid":
        yield Fault((*path, "kind"), _WORDS[kind](shown(value["kind"]), context))
    else:
        words = _WORDS.get(kind)
        what = words(shown(value), context) if words else f"{shown(value)}: {detail['msg']}; write another value"
        yield Fault((*path, "kind") if kind == "union_tag_not_found" else path, what)


def _choice(value: str, expected: str) -> str:
    """Name the nearest of the values that pydantic lists in quotes."""
    return did_you_mean(value, re.findall(r"'([^']*)'", expected))


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


def _fields(records: Iterable[type[Record]]) -> set[str]:
    return {name for record in records for name in record.model_fields}
