"""The gate: from the files of a workspace to records that cannot be wrong, or to every problem at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from forecast.core.cure_model import PastCase
from forecast.core.errors import InputError
from forecast.records.case import Case, default_as_of
from forecast.records.evidence import Group, Indicator, Item, Source
from forecast.records.question import Question
from forecast.records.scenario import Scenario
from forecast.workspace.files import Folder
from forecast.workspace.gate import Gate, Place


def _frozen(mapping: Mapping[Any, Any] | None = None) -> Any:
    return MappingProxyType(dict(mapping or {}))


@dataclass(frozen=True)
class Workspace:
    """Everything that analysts wrote, parsed and checked; what is in here cannot be wrong."""

    root: Path
    question: Question
    sources: tuple[Source, ...] = ()
    groups: tuple[Group, ...] = ()
    items: tuple[Item, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    histories: Mapping[str, tuple[PastCase, ...]] = field(default_factory=_frozen)
    """Past cases by the file that a reference class names."""
    scenarios: Mapping[str, Scenario] = field(default_factory=_frozen)
    """Scenarios by the name of their file."""
    inputs: Mapping[str, bytes] = field(default_factory=_frozen)
    """Content of each file that bears on forecasts, by its path in the workspace."""
    places: Mapping[tuple[str, str], Place] = field(default_factory=_frozen, compare=False, repr=False)
    """Where each record stands, by its kind (question, source, group, item, indicator) and id."""
    drafts: tuple[str, ...] = ()
    """Paths of draft files, which forecasts ignore."""

    @property
    def whole(self) -> Case:
        """The case as of its first date, with items of every date; even where the event has happened."""
        return Case.unchecked(question=self.question, as_of=self.question.begins, sources=self.sources,
                              groups=self.groups, items=self.items, indicators=self.indicators,
                              histories=self.histories)

    def case(self, as_of: date | None = None, today: date | None = None) -> Case:
        """The case as of a date; by default today or, outside the question, the date of the newest item inside.

        Raises
        ------
        InputError
            If the date is outside the question, or the event had happened by its end.
        """
        day = as_of or default_as_of(self.question, self.items, today or date.today())
        return self.whole.at(day)


def find_workspace(start: Path) -> Path:
    """Find the workspace that a folder lies in, by walking up.

    Raises
    ------
    InputError
        If neither the folder nor any above it is a workspace.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "priors/question.yaml").exists() or ((folder / "priors").is_dir()
                                                          and (folder / "evidence").is_dir()):
            return folder
    raise InputError.of("workspace", f"none in {start} or above; go to the folder that holds priors/ and evidence/, "
                                     "or name it")


def load(root: Path | str) -> Workspace:
    """Load the workspace in a folder.

    Raises
    ------
    InputError
        With every problem that one pass finds.
    """
    return _load(Folder(Path(root)), Path(root))


def load_texts(files: Mapping[str, bytes]) -> Workspace:
    """Load a workspace from stored contents by path, such as `Workspace.inputs`; as strictly as from a folder."""
    return _load(files, Path())


def _load(files: Mapping[str, bytes], root: Path) -> Workspace:
    gate = Gate(files)
    gate.pass_through()
    if gate.problems:
        raise InputError(gate.problems)
    return Workspace(root, gate.records(Question)[0], gate.records(Source), gate.records(Group), gate.records(Item),
                     gate.records(Indicator), _frozen(gate.histories), _frozen(gate.scenarios), _frozen(gate.inputs),
                     _frozen(gate.places), tuple(gate.drafts))
