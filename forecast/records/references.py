"""What one record says of others: the rules that hold across files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forecast.core.errors import did_you_mean
from forecast.records.evidence import ENCODINGS
from forecast.records.question import Question
from forecast.records.types import Fault, shown

Fields = Mapping[str, Any]
"""The fields of a record as a file gives them, parsed or not."""


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
            yield Fault((field,), f"{shown(name)} is not in priors/{field}s.yaml; {did_you_mean(name, known)}")
    for encoding in ENCODINGS:  # kept is no mapping, and names no hypothesis
        values = fields.get(encoding)
        if isinstance(values, Mapping) and names.hypotheses is not None:
            yield from _misnamed(encoding, values, names, names.hypotheses)


def _misnamed(encoding: str, values: Fields, names: Names, hypotheses: tuple[str, ...]) -> Iterator[Fault]:
    for name in values:
        if name not in hypotheses:
            yield Fault((encoding, name), f"is no hypothesis of the question; {did_you_mean(name, hypotheses)}")
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


def names(question: Question | Fields | None, sources: Collection[str] | None, groups: Collection[str] | None) -> Names:
    """Collect the ids to which records may refer, from a question or from what a file gives for one."""
    if isinstance(question, Question):
        return Names(sources, groups, question.event.id, question.hypotheses[1:], question.reference)
    event, alternatives, reference = ((question or {}).get(name) for name in ("event", "alternatives", "reference"))
    ids = [_id(alternative) for alternative in alternatives] if isinstance(alternatives, list) else [None]
    return Names(sources, groups, _id(event), tuple(name for name in ids if name) if all(ids) else None,
                 reference if isinstance(reference, str) else None)


def _id(fields: object) -> str | None:
    name = fields.get("id") if isinstance(fields, Mapping) else None
    return name if isinstance(name, str) else None
