"""The gate: from the files of a workspace to records that cannot be wrong, or to every problem at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from forecast.core.cure_model import PastCase
from forecast.core.errors import InputError, Problem
from forecast.core.scalars import Refused
from forecast.core.text import counted
from forecast.records.case import Case, default_as_of
from forecast.records.evidence import Group, Indicator, Item, Source
from forecast.records.opinion import Opinion, pooled_prior
from forecast.records.question import Calibration, Question
from forecast.records.scenario import Scenario
from forecast.records.types import day_of, dotted, shown
from forecast.workspace.cited.copies import Archive, read_archive
from forecast.workspace.crowd import Crowd
from forecast.workspace.files import Folder
from forecast.workspace.gate.one_file import Beside, OneFile, OneFileGate, cases_in, is_case
from forecast.workspace.gate.one_pass import Gate
from forecast.workspace.gate.places import Place
from forecast.workspace.yaml.reader import read

_MAPPINGS = ("histories", "scenarios", "inputs", "places", "said")
"""Fields that nobody may write to."""


@dataclass(frozen=True)
class Workspace:
    """Everything that analysts wrote, parsed and checked; what is in here cannot be wrong."""

    root: Path
    question: Question
    sources: tuple[Source, ...] = ()
    groups: tuple[Group, ...] = ()
    items: tuple[Item, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    histories: Mapping[str, tuple[PastCase, ...]] = field(default_factory=dict)
    """Past cases by the file that a reference class names."""
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    """Scenarios by the name of their file."""
    inputs: Mapping[str, bytes] = field(default_factory=dict)
    """Content of each file that bears on forecasts or is shown beside them, by its path in the workspace."""
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict, compare=False, repr=False)
    """Where each record stands, by its kind (question, source, group, item, indicator) and id."""
    drafts: tuple[str, ...] = ()
    """Paths of draft files, which forecasts ignore."""
    opinions: tuple[Opinion, ...] = ()
    """What other analysts hold of the items, and of the prior."""
    calibration: Calibration | None = None
    """What resolved questions taught, if the question takes it."""
    file: str | None = None
    """The name of the one file that holds all of it; None if a folder does."""
    said: Mapping[str, Crowd] = field(default_factory=dict)
    """What others forecast, by the name of their file, as far as it could be read."""
    unread: tuple[Problem, ...] = ()
    """What is wrong in priors/outside/; it bears on no forecast, and stops only who asks for `crowds`."""

    def __repr__(self) -> str:
        return (f"Workspace({str(self.root)!r}: {self.question.id}, {counted(len(self.items), 'item')}, "
                f"{counted(len(self.scenarios), 'scenario')})")

    @property
    def reports(self) -> Path:
        """The folder of its reports."""
        return reports_of(self.root if self.file is None else self.root / self.file)

    @property
    def crowds(self) -> Mapping[str, Crowd]:
        """What others forecast, by the name of their file in priors/outside/; raises `InputError` if any is wrong."""
        if self.unread:
            raise InputError(self.unread)
        return self.said

    @property
    def archive(self) -> Archive:
        """Copies of cited pages as they are now; a case in one file has none. Raises `InputError` if they are wrong."""
        return Archive() if self.file else read_archive(self.root)

    @property
    def whole(self) -> Case:
        """The case as of its first date, with items of every date; even where the event has happened."""
        prior = pooled_prior(self.question.prior, self.opinions)
        question = self.question
        if prior is not question.prior:
            question = question.model_copy(update={"prior": prior})
        return Case.unchecked(question=question, as_of=question.begins, sources=self.sources, groups=self.groups,
                              items=self.items, indicators=self.indicators, histories=self.histories,
                              opinions=self.opinions, settled={}, former={}, calibration=self.calibration)

    def __post_init__(self) -> None:
        for name in _MAPPINGS:
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[type[Workspace], tuple[Any, ...]]:
        """Pickle plain mappings; those that cannot be written to cannot be pickled."""
        stated = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return type(self), tuple((stated | {name: dict(stated[name]) for name in _MAPPINGS}).values())

    def case(self, as_of: date | str | None = None, today: date | str | None = None) -> Case:
        """The case as of a date; by default today or, outside the question, the date of the newest item inside.

        Raises
        ------
        InputError
            If the date is outside the question, or the event had happened by its end.
        """
        present = date.today() if today is None else day_of("today", today)
        return self.whole.at(default_as_of(self.question, self.items, present) if as_of is None else as_of)


def find_workspace(start: Path) -> Path:
    """Find the workspace that a folder lies in, by walking up.

    Raises `InputError` if neither the folder nor any above it is a workspace.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "priors/question.yaml").exists() or ((folder / "priors").is_dir()
                                                          and (folder / "evidence").is_dir()):
            return folder
    raise InputError.of("workspace", f"none in {start} or above; go to the folder that holds priors/ and evidence/, "
                                     "or name it")


def reports_of(path: Path) -> Path:
    """The folder for reports of a workspace: `reports/` in its folder or, of NAME.yaml, `reports/NAME/` beside it."""
    return path.parent / "reports" / path.stem if is_case(path) and not path.is_dir() else path / "reports"


def workspaces_in(path: Path) -> list[Path]:
    """The workspaces that a path names: a folder, a file, or all cases of a folder that holds one file for each.

    Raises `InputError` if there is none.
    """
    if path.is_file() and is_case(path):
        return [path]
    if not path.is_dir():
        what = "is not read" if path.exists() else "is not there"
        raise InputError.of(str(path), f"{what}; write a folder that holds priors/ and evidence/, or a file NAME.yaml "
                                       "that holds a whole case")
    if (path / "priors").is_dir() or not (found := cases_in(path)):
        return [path]
    return found


def load(root: Path | str) -> Workspace:
    """Load the workspace in a folder, or in one file.

    Raises
    ------
    InputError
        With every problem that one pass finds.
    """
    if not isinstance(root, str | os.PathLike):
        raise InputError.of("root", f"{shown(root)} is not a path; write that of a folder, or of a file NAME.yaml")
    path = Path(root)
    if path.is_dir() or not is_case(path):
        try:
            return _load(Gate(Folder(path)), path)
        except InputError as error:
            raise InputError([*error.problems, *_in_archive(path)]) from None
    return _load(OneFileGate(OneFile(path.name, Beside(path.parent))), path.parent, path.name)


def load_texts(files: Mapping[str, bytes]) -> Workspace:
    """Load a workspace from stored contents by path, such as `Workspace.inputs`; as strictly as from a folder."""
    case = next((name for name in files if "/" not in name and is_case(Path(name))), None)
    if case is None:
        return _load(Gate(files), Path())
    return _load(OneFileGate(OneFile(case, files)), Path(), case)


def _load(gate: Gate, root: Path, file: str | None = None) -> Workspace:
    gate.pass_through()
    if gate.problems:
        raise InputError([*gate.problems, *gate.unread])
    return Workspace(root, gate.records(Question)[0], gate.records(Source), gate.records(Group), gate.records(Item),
                     gate.records(Indicator), gate.histories, gate.scenarios, gate.inputs, gate.places,
                     tuple(gate.drafts), tuple(gate.opinions.values()), gate.calibration, file,
                     gate.crowds, tuple(gate.unread))


def problems_beside(workspace: Workspace) -> list[Problem]:
    """What is wrong with what bears on no forecast: what others say, drafts, and the copies of cited pages."""
    copies = [] if workspace.file else _in_archive(workspace.root)
    return [*workspace.unread, *_in_drafts(workspace), *copies]


def _in_archive(root: Path) -> list[Problem]:
    """What is wrong with the copies of cited pages of a folder."""
    try:
        read_archive(root)
    except InputError as error:
        return list(error.problems)
    return []


def _in_drafts(workspace: Workspace) -> Iterator[Problem]:
    """What keeps drafts from being read; whether they are items is asked when somebody makes them so."""
    folder = Folder(workspace.root)
    for path in workspace.drafts:
        try:
            yield from (Problem(path, flaw.line, dotted(flaw.path), flaw.what) for flaw in read(folder[path]).flaws)
        except Refused as error:
            yield Problem(path, 1, "", str(error))
