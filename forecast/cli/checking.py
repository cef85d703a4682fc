"""What `forecast check` finds, for other programs: as JSON, and as workflow commands of GitHub.

GitHub shows these in a change beside the line that they name; the format is
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal, Self

from forecast.analysis import outlook
from forecast.cli.output import refused
from forecast.core.errors import Problem, inert, refuse
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.result import Result
from forecast.workspace.loader import Workspace, find_workspace, problems_beside
from forecast.workspace.stored.issued import damage


def refuse_wrong(workspace: Workspace) -> None:
    """Raise `InputError` with every problem of what verbs read beside the evidence: stored forecasts, too."""
    stored = damage(workspace.reports, workspace.question.id)
    refuse([*problems_beside(workspace), *(Problem("", 0, "", what) for what in stored)])


class Finding(Result):
    """One error or warning, at its place."""

    file: str
    line: int
    field: str
    message: str


class Checked(Result):
    """Everything that is wrong with a workspace or, if nothing is, what there is and what is doubtful."""

    valid: bool
    as_of: date | None = None
    items: int | None = None
    indicators: int | None = None
    scenarios: int | None = None
    ceiling: outlook.Ceiling | None = None
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @classmethod
    def refused(cls, problems: Iterable[Problem]) -> Self:
        """Of a workspace that cannot be read."""
        return cls(valid=False, errors=_findings(problems))

    @classmethod
    def of(cls, workspace: Workspace, case: Case, warnings: Iterable[Problem]) -> Self:
        """Of a workspace as of the date of a case."""
        return cls(valid=True, as_of=case.as_of, items=len(workspace.items), indicators=len(workspace.indicators),
                   scenarios=len(workspace.scenarios), warnings=_findings(warnings),
                   ceiling=outlook.ceiling(Exact(case)))


def _findings(problems: Iterable[Problem]) -> tuple[Finding, ...]:
    return tuple(Finding(file=each.file, line=each.line, field=each.field, message=each.what) for each in problems)


def annotate(level: Literal["error", "warning"], problems: Iterable[Problem], workspace: Path | None) -> None:
    """Print a workflow command for each problem; files are named as in the repository in which the workspace lies."""
    for problem in problems:
        if problem.file:
            where = f" file={_property(_in_repository(problem.file, workspace))},line={problem.line}"
            what = f"{problem.field}: {problem.what}" if problem.field else problem.what
        else:
            where, what = "", refused(problem)
        print(f"::{level}{where}::{_escaped(inert(what))}")


def _in_repository(file: str, workspace: Path | None) -> str:
    folder = workspace or find_workspace(Path.cwd())
    root = folder.parent if folder.is_file() else folder
    return os.path.relpath(root / file, os.environ.get("GITHUB_WORKSPACE") or None)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
