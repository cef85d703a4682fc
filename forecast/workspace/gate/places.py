"""Where the records of a workspace are, and how messages name what is in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from forecast.records.faults import id_of
from forecast.records.types import IDENT, Record, Steps, dotted, shown
from forecast.workspace.yaml.reader import Document


class Place(NamedTuple):
    """Where a record stands."""

    file: str
    document: Document
    path: Steps

    def line(self, *path: str | int) -> int:
        """Line of a field or, where that is left out, of the record."""
        return self.document.line(self.path + path)


class Entry(NamedTuple):
    """One record of a file: what the file gives, and the record if that is right."""

    place: Place
    fields: Mapping[str, Any]
    record: Record | None

    @property
    def id(self) -> str | None:
        """The id, right or wrong; None if there is none."""
        return id_of(self.fields)


def label(value: Any, path: Steps, *, with_own: bool = False) -> str:
    """A path in what a file holds as analysts read it: entries of lists by their ids if they have one.

    The id of the whole value comes first if `with_own` is true.
    """
    steps: list[str | int] = [name] if with_own and (name := _name(value)) else []
    for step in path:
        inside = isinstance(value, dict) and step in value
        inside |= isinstance(value, list) and isinstance(step, int) and step < len(value)
        value = value[step] if inside else None
        steps.append(_name(value) or step if isinstance(step, int) else shown(step))
    return dotted(tuple(steps))


def _name(value: object) -> str | None:
    name = id_of(value)
    return name if name is not None and re.fullmatch(IDENT, name) else None
