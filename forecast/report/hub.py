"""Forecasts as a Hubverse hub: dated model output, its configuration and, once known, the outcome.

The hub of one question has a few targets; a hub of many has those of each, told apart by the id of the question.
Formats: Hubverse schemas v6.0.0, https://github.com/hubverse-org/schemas.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from forecast.records.question import Hub, Question
from forecast.report import hub_config
from forecast.report.document import QuestionPart, ReportDocument
from forecast.report.hub_config import Layout, Task, model_name
from forecast.report.words import quoted

NEVER = "never"
"""The last of the weeks."""


@dataclass(frozen=True)
class Entry:
    """A question of a hub as it stands, with all its reports."""

    question: Question
    documents: Sequence[ReportDocument]


def hub_files(documents: Sequence[ReportDocument], question: Question) -> dict[str, str]:
    """Write all reports of a question as the files of a hub.

    Parameters
    ----------
    documents : sequence of ReportDocument
        The reports.
    question : Question
        The question as it stands, with the hub's names and, once it is resolved, the outcome.

    Returns
    -------
    dict
        Texts by path relative to the hub; empty without names or reports.
    """
    if question.hub is None or not documents:
        return {}
    return _files([Entry(question, documents)], question.hub, quoted(question.title), Layout(is_joint=False))


def joint_hub_files(entries: Sequence[Entry], hub: Hub) -> dict[str, str]:
    """Write the reports of many questions as the files of one hub, in which tasks name their question.

    Parameters
    ----------
    entries : sequence of Entry
        The questions, each with at least one report and an id of its own.
    hub : Hub
        The names under which all of them go.

    Returns
    -------
    dict
        Texts by path relative to the hub.
    """
    return _files(entries, hub, joint_title(hub), Layout(is_joint=True))


def joint_title(hub: Hub) -> str:
    """What a hub of many questions is called."""
    return f"All forecasts of {model_name(hub)}"


def _files(entries: Sequence[Entry], hub: Hub, title: str, layout: Layout) -> dict[str, str]:
    name, days = model_name(hub), _by_day(entries)
    columns = ("origin_date", *layout.ids, "output_type", "output_type_id", "value")
    files = {f"model-output/{name}/{day}-{name}.csv": _csv(columns, (
        (day, *layout.named(question, task), repr(value)) for question, task, value in rows))
        for day, rows in days.items()}
    asked = {day: [(question, task) for question, task, _ in rows] for day, rows in days.items()}
    titles = {entry.question.id: quoted(entry.question.title) for entry in entries}
    newest = [max(entry.documents, key=lambda document: document.as_of) for entry in entries]
    files |= {f"model-metadata/{name}.yml": hub_config.metadata(hub, (
                  part.kind for document in newest for part in document.components)),
              "hub-config/admin.json": _json(hub_config.admin(hub, title)),
              "hub-config/tasks.json": _json(hub_config.tasks(asked, titles, layout)),
              "hub-config/target-data.json": _json(hub_config.target_data(layout)),
              "hub-config/model-metadata-schema.json": _json(hub_config.metadata_schema())}
    resolved = [entry for entry in entries if entry.question.resolved is not None]
    return files | (_outcomes(resolved, layout) if resolved else {})


def _by_day(entries: Sequence[Entry]) -> dict[date, list[tuple[str, Task, float]]]:
    """What was forecast of which question on each day."""
    days: dict[date, list[tuple[str, Task, float]]] = {}
    for entry in entries:
        for document in entry.documents:
            days.setdefault(document.as_of, []).extend((entry.question.id, *row) for row in forecasts(document))
    return days


def forecasts(document: ReportDocument) -> Iterator[tuple[Task, float]]:
    """Everything that a report forecasts, with its probability."""
    question, horizon = document.question, str(document.question.horizon)
    never = sum(p for name, p in document.hypotheses.items() if name != question.event)
    for day in question.key_dates:
        yield ("event by date", str(day), "pmf", "yes"), document.by[day]
        # Never, or later: where both are tiny, 1 − P would be all rounding.
        later = never + max(0.0, document.event - document.by[day])
        yield ("event by date", str(day), "pmf", "no"), min(later, 1.0)
    weeks = {week.last: week for week in document.curve}
    for day in week_ends(question):
        yield ("event date", horizon, "cdf", str(day)), weeks[day].cumulative if day in weeks else 0.0
    for day in week_ends(question):
        yield ("event week", horizon, "pmf", str(day)), weeks[day].probability if day in weeks else 0.0
    yield ("event week", horizon, "pmf", NEVER), min(never, 1.0)
    for hypothesis, probability in document.hypotheses.items():
        yield ("hypothesis", horizon, "pmf", hypothesis), probability


def _outcomes(entries: Sequence[Entry], layout: Layout) -> dict[str, str]:
    """What came of the questions that are decided, by task and, of the event by each key date, as it was observed."""
    oracle: dict[tuple[str, ...], int] = {}
    observed: dict[tuple[str, ...], int] = {}
    for entry in entries:
        name = entry.question.id
        for task in dict.fromkeys(task for document in entry.documents for task, _ in forecasts(document)):
            oracle[layout.named(name, task)] = truth(task, entry.question)
            if (task[0], task[-1]) == ("event by date", "yes"):
                observed[layout.named(name, task)[:-2]] = truth(task, entry.question)
    return {"target-data/oracle-output.csv": _csv((*layout.ids, "output_type", "output_type_id", "oracle_value"),
                                                  ((*task, value) for task, value in oracle.items())),
            "target-data/time-series.csv": _csv((*layout.ids, "observation"),
                                                ((*unit, value) for unit, value in observed.items()))}


def week_ends(question: QuestionPart | Question) -> list[date]:
    """The last days of the weeks of a question: the same in all its reports."""
    weeks = range((question.horizon - question.opens).days // 7 + 1)
    return [min(question.opens + timedelta(7 * week + 6), question.horizon) for week in weeks]


def truth(task: Task, question: Question) -> int:
    """Whether what a task asks for came true: 1 or 0."""
    target, target_date, _, asked = task
    resolved, due = question.resolved, date.fromisoformat(target_date)
    assert resolved is not None, "asked of resolved questions only"
    came = resolved.date if resolved.outcome == question.event.id else date.max
    if target == "hypothesis":
        return int(asked == resolved.outcome)
    if target == "event date":
        return int(came <= date.fromisoformat(asked))
    if target == "event week":
        return int(asked == (NEVER if came > due else str(next(day for day in week_ends(question) if day >= came))))
    return int((came <= due) == (asked == "yes"))


def _csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
