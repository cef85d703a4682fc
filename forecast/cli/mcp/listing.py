"""What there is to ask about: questions, and their items as stated, as typed documents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from forecast.core.errors import InputError, did_you_mean
from forecast.records.case import Case
from forecast.records.evidence import Kind
from forecast.records.result import Result
from forecast.report.assembly import item_rows, question_part
from forecast.report.document import ItemRow, QuestionPart
from forecast.workspace.loader import Workspace


class QuestionRow(Result):
    """A question, and what can be named when one asks about it."""

    question: QuestionPart
    scenarios: dict[str, str]
    """Titles by name."""
    sources: dict[str, str]
    """Names by id."""
    groups: dict[str, str]
    """Names by id."""


class QuestionsDocument(Result):
    """The questions of some workspaces."""

    questions: tuple[QuestionRow, ...]


class ItemsDocument(Result):
    """Items that are active on a date, as they are stated."""

    as_of: date
    items: tuple[ItemRow, ...]


def questions_document(workspaces: Iterable[Workspace]) -> QuestionsDocument:
    """List the questions of workspaces."""
    return QuestionsDocument(questions=tuple(map(_row, workspaces)))


def _row(workspace: Workspace) -> QuestionRow:
    return QuestionRow(question=question_part(workspace.whole),
                       scenarios={name: scenario.name for name, scenario in workspace.scenarios.items()},
                       sources={source.id: source.name for source in workspace.sources},
                       groups={group.id: group.name for group in workspace.groups})


def items_document(case: Case, source: str | None = None, group: str | None = None, kind: Kind | None = None,
                   contains: str = "") -> ItemsDocument:
    """List the active items of a case: of a source, of a group, of a kind, with words in title, rationale or note.

    Raises `InputError` if the question has no such source or group.
    """
    _refuse_unknown("source", source, [each.id for each in case.sources])
    _refuse_unknown("group", group, [each.id for each in case.groups])
    words = contains.casefold()
    return ItemsDocument(as_of=case.as_of, items=tuple(
        row for row in item_rows(case)
        if source in (None, row.source) and group in (None, row.group) and kind in (None, row.kind)
        and words in "\n".join([row.title, row.rationale, row.note or ""]).casefold()))


def _refuse_unknown(field: str, name: str | None, known: list[str]) -> None:
    if name is not None and name not in known:
        raise InputError.of(field, f"{name} is not a {field} of this question; {did_you_mean(name, known)}")
