"""One pass over the files of a workspace that collects records and problems; the loader is its door."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, TypeVar

from pydantic import ValidationError

from forecast.core.cure_model import PastCase
from forecast.core.errors import Problem, did_you_mean
from forecast.core.scalars import Refused
from forecast.core.text import article
from forecast.records.evidence import Group, Indicator, Item, Source
from forecast.records.faults import Fields, dangling, field_faults, id_of, refusals, unfitting
from forecast.records.opinion import Analyst, Opinion
from forecast.records.question import TAKEN, Calibration, Question, beside
from forecast.records.scenario import Parts, Scenario, rewritten
from forecast.records.types import MOST_FAULTS, Fault, Record, Steps, shown
from forecast.workspace.crowd import Crowd, folded, read_crowd
from forecast.workspace.csv_tables import past_cases
from forecast.workspace.files import (
    DRAFTS,
    EVIDENCE,
    GROUPS,
    INDICATORS,
    OPINIONS,
    OUTSIDE,
    QUESTION,
    SCENARIOS,
    SOURCES,
    stray,
)
from forecast.workspace.gate.places import Entry, Place, label
from forecast.workspace.yaml.reader import Document, read

MOST_PROBLEMS = 20_000
"""Problems after which a pass ends: whoever has so many mends them by the hundred."""

AnyRecord = TypeVar("AnyRecord", bound=Record)


class _Enough(Exception):  # noqa: N818  it ends the pass
    """More problems than anybody reads."""


@dataclass
class Gate:
    """The state of one pass."""

    files: Mapping[str, bytes]
    problems: list[Problem] = field(default_factory=list)
    unread: list[Problem] = field(default_factory=list)
    """What is wrong with the forecasts of others, on which nothing else depends."""
    entries: dict[type[Record], list[Entry]] = field(default_factory=dict)
    histories: dict[str, tuple[PastCase, ...]] = field(default_factory=dict)
    scenarios: dict[str, Scenario] = field(default_factory=dict)
    opinions: dict[str, Opinion] = field(default_factory=dict)
    """Opinions by the id of the analyst."""
    crowds: dict[str, Crowd] = field(default_factory=dict)
    """Forecasts of others by the name of their file."""
    calibration: Calibration | None = None
    inputs: dict[str, bytes] = field(default_factory=dict)
    drafts: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    """Files that could not be read to their end, so that nothing can be said of what they lack."""
    event: str | None = None
    """The id of the event, for examples in messages."""

    def pass_through(self) -> None:
        """Read every file and check every rule."""
        try:
            listed = self._listed()
            self._read_records(listed[EVIDENCE])
            for path in listed[OUTSIDE]:
                self._read_crowd(path)
            for entry in self.entries[Question]:
                self._report(entry.place, self._unknown_in_pool(entry.fields, listed[OUTSIDE]))
            question = self.records(Question) or [entry.fields for entry in self.entries[Question]] or [{}]
            parts = Parts(question[0], self._by_id(Source, SOURCES), self._by_id(Group, GROUPS),
                          self._by_id(Item) or {}, self._by_id(Indicator) or {}, self.histories)
            known = parts.names
            for entry in (*self.entries[Item], *self.entries[Indicator]):
                self._report(entry.place, dangling(entry.fields, known))
            is_complete = self.broken.isdisjoint(listed[EVIDENCE])
            for path in listed[OPINIONS]:
                self._read_opinion(path, parts, is_complete)
            for path in listed[SCENARIOS]:
                self._read_scenario(path, parts, is_complete)
        except _Enough:
            last = self.problems[-1]
            self.problems.append(Problem(last.file, last.line, "", f"more than {MOST_PROBLEMS:,} problems up to here; "
                                                                   "mend these first"))

    def records(self, kind: type[AnyRecord]) -> tuple[AnyRecord, ...]:
        """The records of one kind that are right."""
        return tuple(entry.record for entry in self.entries[kind] if isinstance(entry.record, kind))

    @property
    def places(self) -> dict[tuple[str, str], Place]:
        """Where each record stands, by kind and id."""
        return {(kind.__name__.lower(), str(entry.id)): entry.place
                for kind, entries in self.entries.items() for entry in entries}

    def _by_id(self, kind: type[Record], file: str = "") -> dict[str, Any] | None:
        """Records, or what files give for them, by id; None if the file could not be read to its end."""
        if file in self.broken:
            return None
        # In reverse, so that of several entries with one id the first stays.
        entries = reversed(self.entries[kind])
        return {entry.id: entry.record or entry.fields for entry in entries if entry.id is not None}

    def _listed(self) -> dict[str, list[str]]:
        """The files of scenarios, opinions, crowds and evidence by folder; what has no place there is a problem."""
        found: dict[str, list[str]] = {folder: [] for folder in (SCENARIOS, OPINIONS, OUTSIDE, EVIDENCE)}
        for path in self.files:
            folder = next(filter(path.startswith, found), "")
            if (why := stray(path)) is not None:
                self._problem(path.removesuffix("/"), 1, "", why)
            elif path.startswith(DRAFTS):
                self.drafts.append(path)
            elif folder and path.endswith(".csv" if folder == OUTSIDE else ".yaml") and path != INDICATORS:
                found[folder].append(path)
        return found

    def _read_records(self, evidence: Iterable[str]) -> None:
        self.entries = {Question: list(self._read_question()), Source: list(self._read_table(SOURCES, Source)),
                        Group: list(self._read_table(GROUPS, Group)),
                        Item: [entry for path in evidence for entry in self._read_table(path, Item)],
                        Indicator: list(self._read_table(INDICATORS, Indicator))}
        for entries in self.entries.values():
            self._refuse_repeated(entries)
        self._refuse_both()

    def _read_question(self) -> Iterator[Entry]:
        place = self._mapping(QUESTION, "write id: ..., title: ... and so on",
                              "is missing; write the question, or make a workspace by forecast init")
        if place is not None:
            fields = place.document.value
            self.event = id_of(fields.get("event"))
            yield self._entry(place, fields | self._learned(place, fields), Question)
            self._read_histories(place, fields)

    def _mapping(self, file: str, instead: str, missing: str = "") -> Place | None:
        """A file that must hold a mapping; None if it does not, or is not there."""
        document = self._read(file)
        if document is not None and isinstance(document.value, dict):
            return Place(file, document, ())
        what = missing if document is None else f"is not a mapping; {instead}"
        if what and file not in self.broken:
            self._problem(file, 1, "", what)
        return None

    def _learned(self, place: Place, fields: Mapping[str, Any]) -> dict[str, Any]:
        """What the calibration that a question names gives to it."""
        name = fields.get("calibration")
        if not isinstance(name, str) or not name.strip():
            return {}
        self._report(place, beside(fields))
        path = posixpath.normpath(posixpath.join("priors", name))
        if path in (QUESTION, SOURCES, GROUPS):
            self._report(place, [Fault(("calibration",), f"{shown(name)} is not a calibration; write one by forecast "
                                                         "calibrate")])
            return {}
        found = None
        if path.startswith("priors/"):
            found = self._mapping(path, "write the file anew by forecast calibrate")
        if path not in self.inputs and path not in self.broken:
            self._report(place, [Fault(("calibration",), f"{shown(name)} is not in priors/; put the file there, or "
                                                         "write one by forecast calibrate")])
        record = None if found is None else self._entry(found, found.document.value, Calibration).record
        if not isinstance(record, Calibration):
            return {}
        self.calibration = record
        return {field: getattr(record, field) for field in TAKEN if field not in fields}

    def _read_table(self, file: str, kind: type[Record]) -> Iterator[Entry]:
        document = self._read(file)
        if document is None:
            return
        value = document.value
        rows: list[tuple[Steps, Any]] = []
        if isinstance(value, list):
            rows = [((index,), fields) for index, fields in enumerate(value)]
        elif isinstance(value, dict) and kind is Item:
            rows = [((), value)]
        elif not document.broken:
            self._problem(file, 1, "", "is not a list; begin each entry with a hyphen: - id: ...")
        for path, fields in rows:
            place = Place(file, document, path)
            if isinstance(fields, dict):
                yield self._entry(place, fields, kind)
            else:
                self._report(place, [Fault((), f"{shown(fields)} is not {article(kind.__name__.lower())}; "
                                               "write its fields, each as name: value")])

    def _entry(self, place: Place, fields: Mapping[str, Any], kind: type[Record]) -> Entry:
        try:
            record = kind.model_validate(fields)
        except ValidationError as error:
            self._report(place, refusals(error, kind, fields, self.event))
            record = None
        return Entry(place, fields, record)

    def _refuse_repeated(self, entries: Iterable[Entry]) -> None:
        first: dict[str, Entry] = {}
        for entry in entries:
            if entry.id is None:
                continue
            other = first.setdefault(entry.id, entry)
            if other is not entry:
                what = f"{shown(entry.id)} is already in {other.place.file}:{other.place.line('id')}; write another id"
                self._report(entry.place, [Fault(("id",), what)])

    def _refuse_both(self) -> None:
        """Refuse an item that has the id of an indicator: what was seen, or was not, is looked for no longer."""
        pending = {entry.id: entry.place for entry in self.entries[Indicator] if entry.id is not None}
        for entry in self.entries[Item]:
            if (place := pending.get(entry.id or "")) is not None:
                self._report(entry.place, [Fault(("id",), (
                    f"{shown(entry.id)} is an indicator in {place.file}:{place.line('id')}; remove it there if this is "
                    "what was looked for, or write another id"))])

    def _read_histories(self, place: Place, fields: Mapping[str, Any]) -> None:
        """Read the tables that the reference classes of a question, or of a scenario's question, name."""
        prior = fields.get("prior")
        for index, component in enumerate(prior if isinstance(prior, list) else ()):
            name = component.get("file") if isinstance(component, dict) else None
            if isinstance(name, str) and name.strip() and component.get("kind") == "reference_class":
                try:
                    self._read_history(name, is_input=not place.file.startswith(SCENARIOS))
                except Refused as error:
                    self.histories.setdefault(name, ())
                    self._report(place, [Fault(("prior", index, "file"), f"{shown(name)} {error}")])

    def _read_history(self, name: str, is_input: bool) -> None:
        path = posixpath.normpath(posixpath.join("priors", name))
        if not path.startswith("priors/"):
            raise Refused("leaves priors/; put the table there and write its path from there")
        try:
            data = self.files[path]
        except KeyError:
            raise Refused("is not there; put the table into priors/, or write the path from there") from None
        if name not in self.histories:
            self.histories[name], flaws = past_cases(data)
            for line, column, what in flaws:
                self._problem(path, line, column, what)
        if is_input:
            self.inputs[path] = data

    def _read_crowd(self, file: str) -> None:
        """Read what others forecast; where they name no deadline it is the horizon, if there is a right one."""
        horizon = next((question.horizon for question in self.records(Question)), date.max)
        stem = PurePosixPath(file).stem
        alike = next((name for name in self.crowds if folded(name) == folded(stem)), None)
        if alike is not None:
            self._problem(file, 1, "", f"has a name that reads like {alike}.csv where both are shown; rename one")
        try:
            self.inputs[file] = self.files[file]
            self.crowds[stem], flaws = read_crowd(self.inputs[file], horizon)
        except Refused as error:
            self._problem(file, 1, "", str(error))
            return
        for line, column, what in flaws:
            self._problem(file, line, column, what)

    def _unknown_in_pool(self, fields: Mapping[str, Any], crowds: Iterable[str]) -> Iterator[Fault]:
        """Names in `pool` of files that are not there."""
        pool, known = fields.get("pool"), [PurePosixPath(path).stem for path in crowds]
        for name in pool if isinstance(pool, dict) else ():
            if name not in known:
                hint = did_you_mean(str(name), known) if known else f"put {name}.csv there, or leave pool out"
                yield Fault(("pool", name), f"is not a table in {OUTSIDE}; {hint}")

    def _read_opinion(self, file: str, parts: Parts, is_complete: bool) -> None:
        name = PurePosixPath(file).stem
        place = self._mapping(file, "write analyst: ..., items: ... and so on")
        if place is None:
            return
        self._read_histories(place, place.document.value)
        fields = place.document.value
        opinion = self._entry(place, fields, Opinion).record
        analyst = id_of(fields.get("analyst"))
        if analyst not in (None, name) and not field_faults(Analyst, "id", analyst):
            self._report(place, [Fault(("analyst", "id"), f"is {analyst}, and the name of the opinion is {name}; "
                                                          "write the same in both places")])
        if is_complete:
            items = {entry.id: entry.record for entry in self.entries[Item] if entry.id is not None}
            encodings = opinion.items if isinstance(opinion, Opinion) else _mappings(fields.get("items"))
            self._report(place, unfitting(analyst, encodings, items, parts.names))
        if isinstance(opinion, Opinion):
            self.opinions[name] = opinion

    def _read_scenario(self, file: str, parts: Parts, is_complete: bool) -> None:
        name = PurePosixPath(file).stem
        if "+" in name:
            self._problem(file, 1, "", "has a + in its name, which joins two scenarios; rename it")
        place = self._mapping(file, "write name: ..., drop: [...] and so on")
        if place is None:
            return
        fields, wrong = {"name": name, **place.document.value}, set[Steps]()
        if isinstance(fields.get("question"), dict):
            self._read_histories(place._replace(path=("question",)), fields["question"])
        try:
            scenario = Scenario.model_validate(fields)
        except ValidationError as error:
            found = list(refusals(error, Scenario, fields))
            self._report(place, found)
            wrong = {fault.path[:2] for fault in found}
            scenario = _as_far_as_right(fields, wrong, name)
        if is_complete:
            self._report(place, (fault for fault in rewritten(parts, scenario)[1] if fault.path[:2] not in wrong))
        self.scenarios[name] = scenario

    def _read(self, file: str) -> Document | None:
        """One YAML file with its flaws reported; None if there is none, or none that can be read."""
        try:
            data = self.files[file]
        except KeyError:
            return None
        except Refused as error:
            self._problem(file, 1, "", str(error))
            self.broken.add(file)
            return None
        document = read(data)
        for path, line, what in document.flaws:
            self._problem(file, line, _label(file, document, path), what)
        if document.broken:
            self.broken.add(file)
        if not file.startswith(SCENARIOS):
            self.inputs[file] = data
        return document

    def _report(self, place: Place, faults: Iterable[Fault]) -> None:
        file, document, base = place
        told = iter(faults)
        for fault in islice(told, MOST_FAULTS):
            path = base + fault.path
            if not document.excused(path):
                self._problem(*self._spot(file, document, path), fault.what)
        if next(told, None) is not None:
            self._problem(*self._spot(file, document, base),
                          f"has more than {MOST_FAULTS:,} problems; mend these first")

    def _spot(self, file: str, document: Document, path: Steps) -> tuple[str, int, str]:
        """File, line and name of a place, as a problem tells them."""
        return file, document.line(path), _label(file, document, path)

    def _problem(self, file: str, line: int, name: str, what: str) -> None:
        found = self.unread if file.startswith(OUTSIDE) else self.problems
        found.append(Problem(file, line, name, what))
        if len(self.problems) >= MOST_PROBLEMS:
            raise _Enough


def _mappings(fields: object) -> dict[str, Fields]:
    """The entries of a mapping that are mappings themselves, by names that are texts."""
    entries = fields.items() if isinstance(fields, dict) else ()
    return {name: value for name, value in entries if isinstance(name, str) and isinstance(value, dict)}


def _as_far_as_right(fields: dict[str, Any], wrong: Collection[Steps], name: str) -> Scenario:
    """A scenario without its fields and entries that are wrong; in lists something else has their place."""
    whole = {path[0] for path in wrong if len(path) == 1}
    right = {key: value for key, value in fields.items() if key not in whole}
    lists: dict[str, tuple[Any, ...]] = {}
    for key, value in right.items():
        if isinstance(value, dict):
            right[key] = {step: entry for step, entry in value.items() if (key, step) not in wrong}
        elif isinstance(value, list):
            instead: Any = {} if key == "add" else ""
            lists[key] = tuple(instead if (key, index) in wrong else entry for index, entry in enumerate(value))
    right = {key: value for key, value in right.items() if key not in lists}
    return Scenario.model_validate({"name": name} | right).model_copy(update=lists)


def _label(file: str, document: Document, path: Steps) -> str:
    is_item = file.startswith(EVIDENCE) and not file.startswith(SCENARIOS)
    return label(document.value, path, with_own=is_item)
