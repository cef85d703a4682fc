"""What one record says of others: the rules that hold across files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forecast.core.errors import did_you_mean
from forecast.records.evidence import ENCODINGS, Group, Indicator, Item, Source
from forecast.records.opinion import Opinion, analyst_of
from forecast.records.question import Question, ReferenceClass
from forecast.records.types import Fault, Record, shown

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
        yield from _repeated(kind, records)
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


def opposed(opinions: Iterable[Opinion], items: Mapping[str, Item], known: Names) -> Iterator[Fault]:
    """Find what opinions get wrong about the items that they speak of; paths begin with the analyst."""
    seen = set[str]()
    for opinion in opinions:
        name = opinion.analyst.id
        if name in seen:
            yield Fault(("opinion", name, "analyst"), f"{name} has two opinions; write them in one file")
        seen.add(name)
        yield from (Fault(("opinion", name, *path), what) for path, what in unfitting(opinion, items, known))


def unfitting(opinion: Opinion, items: Mapping[str, Any], known: Names) -> Iterator[Fault]:
    """Find what one opinion gets wrong about the items that it speaks of; of those that are wrong, nothing is said."""
    for name, encoding in opinion.items.items():
        if name not in items:
            yield Fault(("items", name), f"is not an item; {did_you_mean(name, items)}")
        if not isinstance(item := items.get(name), Item):
            continue
        if analyst_of(item) == opinion.analyst.id:
            yield Fault(("items", name), f"{name} is {opinion.analyst.id}'s own encoding; leave it out here")
        found = (*dangling(vars(encoding), known), *encoding.misfits(item))
        yield from (Fault(("items", name, *path), what) for path, what in found)


def _repeated(kind: str, records: Iterable[Record]) -> Iterator[Fault]:
    seen = set[str]()
    for record in records:
        name = vars(record)["id"]
        if name in seen:
            yield Fault((kind, name, "id"), f"{name} is given twice; write another id")
        seen.add(name)


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
