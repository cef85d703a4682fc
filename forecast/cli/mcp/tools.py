"""What a program may ask: each tool is a record of arguments and the document that answers it; nothing writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from forecast.analysis.crowd import beside
from forecast.analysis.scenarios import ComparisonTable, compare, matrix, named
from forecast.core.errors import ForecastError, InputError, Problem, did_you_mean
from forecast.engine.exact import Exact
from forecast.evaluation.batch import open_all
from forecast.records.evidence import Kind
from forecast.records.faults import refusals
from forecast.records.result import Result
from forecast.records.scenario import Changes, apply, stated
from forecast.records.types import Day, Record, Text, dotted
from forecast.report.contents.assembly import item_rows, question_part
from forecast.report.contents.in_numbers import UpdateHeadline, update_headline
from forecast.report.contents.what_if import (
    ComparisonDocument,
    ExplainDocument,
    comparison_document,
    explain_document,
)
from forecast.report.document import ItemRow, QuestionPart
from forecast.workspace.loader import Workspace, load

Served = Mapping[str, Path]
"""The workspaces that can be asked, by the ids of their questions."""


class Anything(Record):
    """There is nothing to choose."""


class Asked(Record):
    """Which question, and as of when."""

    question_id: str | None = None
    """Id of the question; may be left out where there is only one."""
    as_of: Day | None = None
    """Last day on which anything is known; left out: today or, outside the question, the newest item's date."""


class ItemsAsked(Asked):
    """Which items."""

    source: str | None = None
    """Only those of the source with this id."""
    group: str | None = None
    """Only those of the group with this id."""
    kind: Kind | None = None
    """Only signs, conditions or claims."""
    contains: Text | None = None
    """Only those with these words in title, rationale or note."""


class ForecastAsked(Asked):
    """Which forecast."""

    scenario: str | None = None
    """Name of a scenario, or a+b for two at once; left out: the base case."""


class ExplainAsked(Asked):
    """Which item."""

    item: str | None = None
    """Id of an active item; left out: all of them."""


class WhatIfAsked(Asked):
    """What is supposed."""

    changes: Changes
    """What a file of scenarios may hold: drop, revise, add, sources, groups, question, as_of."""


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


def served(folders: Sequence[Path]) -> Served:
    """Load workspaces once, for the ids of their questions; `ForecastError` if two have the same one."""
    workspaces = zip(folders, open_all(folders), strict=True)
    return {workspace.question.id: folder.resolve() for folder, workspace in workspaces}


def _workspace(folders: Served, asked: Asked) -> Workspace:
    """Load the workspace of a question, as its files are now."""
    name = asked.question_id
    if name is None and len(folders) == 1:
        name = next(iter(folders))
    if name is None or name not in folders:
        what = "is missing" if name is None else f"{name} is not a question here"
        raise InputError.of("question_id", f"{what}; {did_you_mean(name or '', folders)}")
    workspace = load(folders[name])
    if asked.question_id is not None and (now := workspace.question.id) != name:
        raise InputError.of("question_id", f"{name} is called {now} in its files by now; start the server again")
    return workspace


def _questions(folders: Served, _: Anything) -> QuestionsDocument:
    """List the questions, what resolves each, and the names of its scenarios, sources and groups."""
    return QuestionsDocument(questions=tuple(
        QuestionRow(question=question_part(each.whole),
                    scenarios={name: scenario.name for name, scenario in each.scenarios.items()},
                    sources={source.id: source.name for source in each.sources},
                    groups={group.id: group.name for group in each.groups})
        for each in open_all(folders.values())))


def _items(folders: Served, asked: ItemsAsked) -> ItemsDocument:
    """List the items of evidence that are active on a date, as analysts stated them."""
    case = _workspace(folders, asked).case(asked.as_of)
    for field, name, records in (("source", asked.source, case.sources), ("group", asked.group, case.groups)):
        known = [each.id for each in records]
        if name is not None and name not in known:
            raise InputError.of(field, f"{name} is not a {field} of this question; {did_you_mean(name, known)}")
    words = (asked.contains or "").casefold()
    return ItemsDocument(as_of=case.as_of, items=tuple(
        row for row in item_rows(case)
        if asked.source in (None, row.source) and asked.group in (None, row.group) and asked.kind in (None, row.kind)
        and words in "\n".join([row.title, row.rationale, row.note or ""]).casefold()))


def _forecast(folders: Served, asked: ForecastAsked) -> UpdateHeadline:
    """Forecast a question, in the base case or in a scenario; what `forecast update --json` prints."""
    workspace = _workspace(folders, asked)
    case = workspace.case(asked.as_of)
    if asked.scenario is not None:
        case = apply(case, named(workspace.scenarios, asked.scenario))
    forecast = Exact(case).forecast
    return update_headline(forecast, beside(forecast, workspace.crowds))


def _explain(folders: Served, asked: ExplainAsked) -> ExplainDocument:
    """Say what moves a forecast, and what becomes of one item or of each; what `forecast explain --json` prints."""
    return explain_document(Exact(_workspace(folders, asked).case(asked.as_of)), asked.item)


def _what_if(folders: Served, asked: WhatIfAsked) -> ComparisonDocument:
    """Forecast under changes that are supposed, beside the base case; what `forecast compare --json` prints."""
    case = _workspace(folders, asked).case(asked.as_of)
    supposed = {"what-if": stated({"name": "changes"} | asked.changes)}
    rows = compare(case, supposed)
    return comparison_document(ComparisonTable(rows[0].base, tuple(rows), {}, (), matrix(case, supposed, ())))


TOOLS: dict[str, tuple[type[Record], Callable[[Served, Any], Result]]] = {
    "questions": (Anything, _questions), "items": (ItemsAsked, _items), "forecast": (ForecastAsked, _forecast),
    "explain": (ExplainAsked, _explain), "what_if": (WhatIfAsked, _what_if)}
"""What each tool takes, and what answers it."""


def answer(folders: Served, name: str, arguments: Mapping[str, Any]) -> Result:
    """Answer a call of a tool; `ForecastError` if the files, or what was asked, are at fault."""
    if name not in TOOLS:
        raise ForecastError(f"{name}: no such tool; {did_you_mean(name, TOOLS)}")
    kind, tool = TOOLS[name]
    try:
        asked = kind.model_validate(arguments)
    except ValidationError as error:
        found = refusals(error, kind, arguments)
        raise InputError(Problem("", 0, dotted(path), what) for path, what in found) from None
    return tool(folders, asked)
