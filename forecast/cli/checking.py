"""What `forecast check` finds, for other programs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Self

from forecast.analysis import outlook
from forecast.core.errors import Problem
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.result import Result
from forecast.workspace.loader import Workspace


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
