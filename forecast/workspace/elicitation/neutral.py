"""Neutral cases: questions with facts but without numbers, one YAML file each, as encoders are given them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from forecast.core.errors import ForecastError, Problem, refuse
from forecast.core.scalars import Refused
from forecast.records.elicitation import NeutralCase
from forecast.records.faults import refusals
from forecast.records.types import dotted
from forecast.workspace.files import contents, yaml_files
from forecast.workspace.gate.one_file import DEFAULTS
from forecast.workspace.gate.places import label
from forecast.workspace.yaml.reader import read


@dataclass(frozen=True)
class NeutralFile:
    """One neutral case and where it was read."""

    path: Path
    case: NeutralCase
    fields: Mapping[str, Any]
    """What the file states."""

    @property
    def id(self) -> str:
        """The id of its question."""
        return self.case.question.id


def read_neutral(paths: Iterable[Path]) -> list[NeutralFile]:
    """Read neutral cases in the order given; those of a folder by first date, then id.

    Raises `InputError` with every problem of every file.
    """
    found: list[NeutralFile] = []
    problems: list[Problem] = []
    for path in paths:
        if path.is_dir():
            inside = [file for file in yaml_files(path) if file.name != DEFAULTS]
            if not inside:
                raise ForecastError(f"{path}: holds no question; name a folder with files such as ID.yaml")
            cases = [case for file in inside if (case := _read(file, problems))]
            found += sorted(cases, key=lambda each: (each.case.first, each.id))
        elif case := _read(path, problems):
            found.append(case)
    problems += _repeated(found)
    refuse(problems)
    return found


def _repeated(found: Iterable[NeutralFile]) -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for each in found:
        if first.setdefault(each.id, each.path) is not each.path:
            yield Problem(str(each.path), 1, "question.id", f"{each.id} is the question of {first[each.id]} too; "
                                                            "name each question once")


def _read(path: Path, problems: list[Problem]) -> NeutralFile | None:
    try:
        data = contents(path)
    except (OSError, Refused) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        problems.append(Problem(str(path), 1, "", f"cannot be read ({reason}); name a file or a folder of questions"))
        return None
    document = read(data)
    problems += [Problem(str(path), line, dotted(where), what) for where, line, what in document.flaws]
    if not isinstance(document.value, dict):
        if not document.flaws:
            problems.append(Problem(str(path), 1, "", "is not a mapping; write question: ..., evidence: ... and so on"))
        return None
    try:
        return NeutralFile(path, NeutralCase.model_validate(document.value), document.value)
    except ValidationError as error:
        problems += [Problem(str(path), document.line(fault.path), label(document.value, fault.path), fault.what)
                     for fault in refusals(error, NeutralCase, document.value)]
        return None
