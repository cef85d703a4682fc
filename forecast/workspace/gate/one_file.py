"""A small question in one file: `NAME.yaml` holds what a folder keeps in many, and `defaults.yaml` beside it the rest.

The sections of the file are given to the gate as if each were a file of a folder. Of `defaults.yaml` a case takes the
sources and groups that it does not write itself, by their ids, and of the question each field that it leaves out.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from forecast.core.errors import did_you_mean
from forecast.core.scalars import Refused
from forecast.records.faults import id_of
from forecast.records.types import IDENT, Steps, dotted, shown
from forecast.workspace.files import (
    EVIDENCE,
    GROUPS,
    INDICATORS,
    OPINIONS,
    QUESTION,
    SOURCES,
    contents_inside,
    yaml_files,
)
from forecast.workspace.gate.one_pass import Gate
from forecast.workspace.gate.places import Place
from forecast.workspace.yaml.reader import Document, Flaw, read

DEFAULTS, CALIBRATION = "defaults.yaml", "calibration.yaml"
RESERVED = frozenset({DEFAULTS, CALIBRATION})
"""Files beside cases that are no cases."""

SECTIONS = {"question": QUESTION, "sources": SOURCES, "groups": GROUPS, "evidence": f"{EVIDENCE}items.yaml",
            "indicators": INDICATORS, "opinions": OPINIONS}
"""The keys of a case, and where a folder would have what each holds."""

_SHARED: dict[str, type[Any]] = {"question": dict, "sources": list, "groups": list}
"""What `defaults.yaml` may hold, and in which form."""

_FORMS: tuple[dict[str, type], dict[str, type]] = ({"opinions": dict}, _SHARED)
"""In which form keys must be in a case, as far as the gate does not say it, and in defaults.yaml."""


def cases_in(folder: Path) -> list[Path]:
    """The one-file cases of a folder, by name; hidden files are none.

    Raises `InputError` if a file looks like one but for its name.
    """
    return [path for path in yaml_files(folder) if path.name not in RESERVED]


def is_case(path: Path) -> bool:
    """Whether a path is, by its name, that of a one-file case."""
    return path.suffix == ".yaml" and path.name not in RESERVED


@dataclass(frozen=True)
class OneFile(Mapping[str, bytes]):
    """The text of a case and what lies beside it, by the name in the folder.

    Looked up by the paths of a folder workspace, so that `priors/x.csv` is x.csv beside the case.
    """

    name: str
    """Of the case, with .yaml."""
    texts: Mapping[str, bytes]
    """Contents by name: the case, defaults.yaml if there is one, and tables; or a folder that is read on demand."""

    def __getitem__(self, path: str) -> bytes:
        return self.texts[posixpath.relpath(path, "priors") if path.startswith("priors/") else path]

    def __iter__(self) -> Iterator[str]:
        yield from self.parts

    def __len__(self) -> int:
        return len(self.parts)

    @cached_property
    def parts(self) -> dict[str, Section]:
        """The sections by the paths that they would have in a folder."""
        return dict(self._parts())

    @cached_property
    def document(self) -> Document | str:
        """The case itself, or why it cannot be read."""
        try:
            return read(self.texts[self.name])
        except KeyError:
            return "is not there; write the name of a file or folder that is"
        except Refused as error:
            return str(error)

    @cached_property
    def defaults(self) -> Document:
        """defaults.yaml; empty if there is none."""
        try:
            return _read_shared(self.texts[DEFAULTS])
        except KeyError:
            return Document({})
        except Refused as error:
            return Document({}, [Flaw((), 1, str(error))])

    @cached_property
    def case(self) -> Document:
        """The case itself; empty if it cannot be read."""
        return self.document if isinstance(self.document, Document) else Document({})

    def _parts(self) -> Iterator[tuple[str, Section]]:
        own, shared = (each.value if isinstance(each.value, dict) else {} for each in (self.case, self.defaults))
        for key, path in SECTIONS.items():
            form = _SHARED.get(key, dict)
            mine = own.get(key, form())
            if key == "opinions":
                for analyst in filter(_is_id, _opinions(own)):
                    value = self._of(own[key][analyst], (key, analyst))
                    yield f"{OPINIONS}{analyst}.yaml", Section(f"{key}.{analyst}", value)
            elif key in _SHARED and isinstance(shared.get(key), form) and isinstance(mine, form):
                both = self._question(mine, shared[key]) if key == "question" else self._table(key, mine, shared[key])
                yield path, both
            elif key in own:
                yield path, Section(key, self._of(mine, (key,)))

    def _of(self, value: Any, path: Steps) -> Document:
        """A part of the case as a document, which knows the lines of the whole."""
        return Document(value, start=self.case.line(path), lines=self.case.lines, excuses=self.case.excuses)

    def _question(self, own: dict[str, Any], shared: dict[str, Any]) -> Section:
        value = shared | own
        borrowed = frozenset(name for name in shared if name not in own)
        lines = {name: (self.defaults if name in borrowed else self.case).line(("question", name)) for name in value}
        return Section("question", self._both(value, lines, ("question",)), borrowed)

    def _table(self, key: str, own: list[Any], shared: list[Any]) -> Section:
        taken = {id_of(entry) for entry in own}
        kept = [index for index, entry in enumerate(shared) if id_of(entry) is None or id_of(entry) not in taken]
        value = [*own, *(shared[index] for index in kept)]
        lines = [*(self.case.line((key, index)) for index in range(len(own))),
                 *(self.defaults.line((key, index)) for index in kept)]
        return Section(key, self._both(value, lines, (key,)), frozenset(range(len(own), len(value))))

    def _both(self, value: Any, lines: Any, path: Steps) -> Document:
        """A document that is made of the case and of defaults.yaml."""
        return Document(value, start=self.case.line(path), excuses=self.case.excuses | self.defaults.excuses,
                        lines={**self.defaults.lines, **self.case.lines, id(value): lines})


def _opinions(fields: Mapping[str, Any]) -> list[str]:
    """The analysts whose opinions a case holds."""
    return list(found) if isinstance(found := fields.get("opinions"), dict) else []


def _is_id(name: str) -> bool:
    return re.fullmatch(IDENT, name) is not None


@dataclass(frozen=True)
class Section:
    """One key of a case as the gate reads it."""

    key: str
    document: Document
    borrowed: frozenset[str | int] = frozenset()
    """Fields, or entries, that defaults.yaml gives."""


@lru_cache(maxsize=8)
def _read_shared(text: bytes) -> Document:
    """One defaults.yaml, which a thousand cases share."""
    return read(text)


@dataclass(frozen=True)
class Beside(Mapping[str, bytes]):
    """The files of a folder by name, read on demand; `Refused` for links out of it and what is not a regular file."""

    folder: Path

    def __getitem__(self, name: str) -> bytes:
        path = self.folder / name
        outside = "leaves the folder of the case; put the file there"
        place = Path(os.path.realpath(path.parent)) / path.name
        return contents_inside(str(place), os.path.realpath(self.folder), outside)

    def __iter__(self) -> Iterator[str]:
        return (path.name for path in self.folder.iterdir())

    def __len__(self) -> int:
        return sum(1 for _ in self)


class OneFileGate(Gate):
    """The gate for a case in one file: problems name that file, or defaults.yaml, and their lines there."""

    files: OneFile

    def pass_through(self) -> None:
        """Read the case and check every rule."""
        case, document = self.files, self.files.document
        if isinstance(document, str):
            self._problem(case.name, 1, "", document)
            return
        self._examine(case.name, document, tuple(SECTIONS))
        self._examine(DEFAULTS, case.defaults, tuple(_SHARED))
        if isinstance(document.value, dict) and not (document.broken or case.defaults.broken):
            super().pass_through()
        if not self.problems:
            own = {name: case.texts[name] for name in (case.name, DEFAULTS) if name in case.texts}
            self.inputs = own | {path.removeprefix("priors/"): text for path, text in self.inputs.items()}

    @property
    def places(self) -> dict[tuple[str, str], Place]:
        """Where each record is, by kind and id."""
        return {key: place._replace(file=self._spot(*place)[0]) for key, place in super().places.items()}

    def _examine(self, name: str, document: Document, keys: tuple[str, ...]) -> None:
        """Report what is wrong with a file as YAML, and keys that it may not have."""
        for path, line, what in document.flaws:
            self._problem(name, line, dotted(path), what)
        if document.broken:
            return
        if not isinstance(document.value, dict):
            self._problem(name, 1, "", f"is not a mapping; write {keys[0]}: and so on")
            return
        for key, value in document.value.items():
            if key not in keys:
                self._problem(name, document.line((key,)), key, f"is not known here; {did_you_mean(key, keys)}")
            elif not isinstance(value, form := _FORMS[name == DEFAULTS].get(key, object)):
                what = "a list; write - id: ..." if form is list else "a mapping; write name: value for each"
                self._problem(name, document.line((key,)), key, f"is not {what}")
        for analyst in _opinions(document.value) if "opinions" in keys else ():
            if not _is_id(analyst):
                self._problem(name, document.line(("opinions", analyst)), "opinions", f"{shown(analyst)} is not an id; "
                              "write that of an analyst, of small letters, digits and hyphens")

    def _read(self, file: str) -> Document | None:
        if file in SECTIONS.values() or file.startswith(OPINIONS):
            section = self.files.parts.get(file)
            return None if section is None else section.document
        return super()._read(file)

    def _spot(self, file: str, document: Document, path: Steps) -> tuple[str, int, str]:
        file, line, name = super()._spot(file, document, path)
        section = self.files.parts.get(file)
        if section is None:
            return file, line, name
        borrowed = bool(path) and path[0] in section.borrowed
        return DEFAULTS if borrowed else self.files.name, line, f"{section.key}.{name}" if name else section.key

    def _problem(self, file: str, line: int, name: str, what: str) -> None:
        if (section := self.files.parts.get(file)) is not None:
            line, name = section.document.start, section.key
        for path in SECTIONS.values():
            what = what.replace(path, self.files.name)
        is_section = file in SECTIONS.values() or file.startswith(OPINIONS)
        super()._problem(self.files.name if is_section else file.removeprefix("priors/"), line, name, what)
