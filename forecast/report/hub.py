"""Forecasts as a Hubverse hub: dated model output, its configuration and, once known, the outcome.

The hub of one question has a few targets; a hub of many has those of each, told apart by the id of the question.
Formats: Hubverse schemas v6.0.0, https://github.com/hubverse-org/schemas.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from forecast.core.text import listed
from forecast.records.question import Hub, Question
from forecast.records.types import parsed_day
from forecast.report.document import QuestionPart, ReportDocument
from forecast.report.words import quoted

NEVER = "never"
"""The last of the weeks."""


@dataclass(frozen=True)
class Entry:
    """A question of a hub as it stands, with all its reports."""

    question: Question
    documents: Sequence[ReportDocument]


def of_question(documents: Iterable[ReportDocument], question: Question) -> list[ReportDocument]:
    """The reports that are of a question, whatever its horizon was; those of what was asked before it are left out."""
    return [document for document in documents if document.question.identity == question.identity]


def hub_files(documents: Sequence[ReportDocument], question: Question) -> dict[str, str]:
    """The files of a hub of one question, as it stands, by their paths; none without names or reports of it."""
    own = of_question(documents, question)
    if question.hub is None or not own:
        return {}
    return _files([Entry(question, own)], question.hub, quoted(question.title), Layout(is_joint=False))


def joint_hub_files(entries: Sequence[Entry], hub: Hub) -> dict[str, str]:
    """The files of one hub of many questions, by their paths: tasks name their question.

    Each question has at least one report, and an id of its own.
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
    files |= {f"model-metadata/{name}.yml": metadata(hub, (
                  part.kind for document in newest for part in document.components)),
              "hub-config/admin.json": _json(admin(hub, title)),
              "hub-config/tasks.json": _json(tasks(asked, titles, layout)),
              "hub-config/target-data.json": _json(target_data(layout)),
              "hub-config/model-metadata-schema.json": _json(metadata_schema())}
    resolved = [entry for entry in entries if entry.question.resolved is not None]
    return files | (_outcomes(resolved, layout) if resolved else {})


_PARTS = ("model-output/*/*.csv", "model-metadata/*.yml", "target-data/*.csv")
"""Where a hub has files that a later run may not make."""


def leftovers(folder: Path, files: Collection[str]) -> list[str]:
    """The files of a hub of one question that are not among those it has by now."""
    there = [path.relative_to(folder).as_posix() for part in _PARTS for path in folder.glob(part)]
    return sorted(set(there) - set(files))


def is_ours(folder: Path, path: str) -> bool:
    """Whether a file of a hub of one question was written here: one of a model that says what ours are, or outcomes."""
    part, (kind, *_) = Path(path), path.split("/")
    try:
        if kind == "target-data":
            return (folder / path).read_text(encoding="utf-8").startswith(_HEADS.get(part.name, path))
        name = part.stem if kind == "model-metadata" else part.parent.name
        about = (folder / f"model-metadata/{name}.yml").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    is_named = kind == "model-metadata" or parsed_day(part.stem.removesuffix(f"-{name}")) is not None
    return is_named and f'methods: "{_METHODS}' in about


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
        for task, value in _truths(entry).items():
            oracle[layout.named(entry.question.id, task)] = value
            if (task[0], task[-1]) == ("event by date", "yes"):
                observed[layout.named(entry.question.id, task)[:-2]] = value
    return {"target-data/oracle-output.csv": _csv((*layout.ids, "output_type", "output_type_id", "oracle_value"),
                                                  ((*task, value) for task, value in oracle.items())),
            "target-data/time-series.csv": _csv((*layout.ids, "observation"),
                                                ((*unit, value) for unit, value in observed.items()))}


def _truths(entry: Entry) -> dict[Task, int]:
    """What came of each task of a question that is decided; not of those that its reports mean differently."""
    found: dict[Task, set[int | None]] = {}
    for document in entry.documents:
        for task, _ in forecasts(document):
            found.setdefault(task, set()).add(truth(task, document.question, entry.question))
    return {task: value for task, (value, *others) in found.items() if value is not None and not others}


def week_ends(question: QuestionPart | Question) -> list[date]:
    """The last days of the weeks of a question: the same in all its reports."""
    weeks = range((question.horizon - question.opens).days // 7 + 1)
    return [min(question.opens + timedelta(7 * week + 6), question.horizon) for week in weeks]


def truth(task: Task, asked: QuestionPart, question: Question) -> int | None:
    """Whether what a report asked came true, 1 or 0, by the outcome of its question; None if that does not decide it.

    The question may have been changed since: a report is held to what it asked, as far as the outcome tells of that.
    """
    target, target_date, _, label = task
    resolved, due = question.resolved, date.fromisoformat(target_date)
    assert resolved is not None, "asked of resolved questions only"
    came = resolved.date if resolved.outcome == question.event.id else date.max
    until = date.max if came < date.max else question.horizon
    last = min(date.fromisoformat(label), due) if target == "event date" else due
    if not question.opens <= asked.opens <= came or last > until:
        return None
    if target == "hypothesis":
        known = asked.event if came <= due else resolved.outcome
        return int(label == known) if known in asked.names and (came <= due or came == date.max) else None
    if target == "event date":
        return int(came <= last)
    if target == "event week":
        return int(label == (NEVER if came > due else str(next(day for day in week_ends(asked) if day >= came))))
    return int((came <= due) == (label == "yes"))


def _csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


_SCHEMAS = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0"

Task = tuple[str, str, str, str]
"""What is forecast: target, target date, output type, output type id."""

Asked = tuple[str, Task]
"""The id of a question, and one of its tasks."""

TYPES = {"event by date": "binary", "event date": "date", "event week": "ordinal", "hypothesis": "nominal"}
"""The targets: pmf over yes and no for each key date, cdf at the end of each week, and two more pmf.

All but the first have the horizon as their target date. The cdf says what the weeks say: those who draw curves take it,
and those who score with hubEvals, which takes pmf alone, the weeks.
"""


@dataclass(frozen=True)
class Layout:
    """Whether tasks name their question: in a hub of one they do not."""

    is_joint: bool

    @property
    def ids(self) -> tuple[str, ...]:
        """Columns that name a task; the date of the forecast aside."""
        return ("question", "target", "target_date") if self.is_joint else ("target", "target_date")

    def target(self, question: str, target: str) -> str:
        """What a target of a question is called: each has a name of its own, since others score by that alone."""
        return f"{question} {target}" if self.is_joint else target

    def named(self, question: str, task: Task) -> tuple[str, ...]:
        """The task of a question by its columns."""
        target, *others = task
        return (question, self.target(question, target), *others) if self.is_joint else task

    def target_id(self, question: str, target: str) -> str:
        """A name for a target of at most 30 letters."""
        if not self.is_joint:
            return target
        short = question if len(question) <= 16 else f"{question[:11]}-{sha256(question.encode()).hexdigest()[:4]}"
        return f"{short} {target}"


def model_name(hub: Hub) -> str:
    """The name under which the model's files go."""
    return f"{hub.team}-{hub.model}"


def admin(hub: Hub, title: str) -> dict[str, Any]:
    """Who keeps the hub, and where."""
    # The schema lists no name for UTC itself; Abidjan keeps it all the year round.
    return {"schema_version": f"{_SCHEMAS}/admin-schema.json", "name": title, "maintainer": hub.team,
            "contact": {"name": hub.team}, "repository": _repository(hub), "file_format": ["csv"],
            "timezone": "Africa/Abidjan"}


def _repository(hub: Hub) -> dict[str, str]:
    """Where the hub is, if the question says so; the schema wants host, owner and name, and none is made up."""
    if hub.repository is None:
        return {}
    owner, name = hub.repository.split("/")
    return {"host": "github", "owner": owner, "name": name}


def tasks(asked: Mapping[date, Sequence[Asked]], titles: Mapping[str, str], layout: Layout) -> dict[str, Any]:
    """What is asked for on each day; days on which the same is asked for share a round.

    The titles are those of the questions, by their ids.
    """
    rounds: dict[tuple[Asked, ...], list[str]] = {}
    for day, named in sorted(asked.items()):
        rounds.setdefault(tuple(named), []).append(str(day))
    return {"schema_version": f"{_SCHEMAS}/tasks-schema.json", "output_type_id_datatype": "character",
            "rounds": [_round(named, days, titles, layout) for named, days in rounds.items()]}


def _round(asked: Iterable[Asked], days: Sequence[str], titles: Mapping[str, str], layout: Layout) -> dict[str, Any]:
    targets: dict[tuple[str, str], list[Task]] = {}
    for question, task in asked:
        targets.setdefault((question, task[0]), []).append(task)
    return {"round_id_from_variable": True, "round_id": "origin_date",
            "model_tasks": [_model_task(question, named, days, layout) | {"target_metadata": [
                _target(question, target, titles[question], layout)]} for (question, target), named in targets.items()],
            "submissions_due": {"relative_to": "origin_date", "start": 0, "end": 6}}


def _model_task(question: str, tasks: Sequence[Task], days: Sequence[str], layout: Layout) -> dict[str, Any]:
    named = [layout.named(question, task)[:-2] for task in tasks]
    task_ids = {"origin_date": {"required": None, "optional": list(days)}}
    for name, values in zip(layout.ids, zip(*named, strict=True), strict=True):
        task_ids[name] = {"required": list(dict.fromkeys(values)), "optional": None}
    return {"task_ids": task_ids, "output_type": {tasks[0][2]: {
        "output_type_id": {"required": list(dict.fromkeys(asked for *_, asked in tasks))},
        "is_required": True, "value": {"type": "double", "minimum": 0, "maximum": 1}}}}


def _target(question: str, target: str, title: str, layout: Layout) -> dict[str, Any]:
    named = layout.target(question, target)
    return {"target_id": layout.target_id(question, target), "target_name": named.capitalize(),
            "target_units": "probability", "target_keys": {"target": named}, "description": title,
            "target_type": TYPES[target], "is_step_ahead": False}


def target_data(layout: Layout) -> dict[str, Any]:
    """What the files of outcomes hold."""
    return {"schema_version": f"{_SCHEMAS}/target-data-schema.json", "observable_unit": list(layout.ids),
            "date_col": "target_date", "versioned": False, "oracle-output": {"has_output_type_ids": True}}


_HEADS = {"oracle-output.csv": "target,target_date,output_type,output_type_id,oracle_value\n",
          "time-series.csv": "target,target_date,observation\n"}
"""What files of outcomes of a hub of one question begin with."""

_METHODS = "Bayesian survival model with a prior from "
"""What the metadata of every model of ours say of it."""

_OUTSIDE = {"reference_class": "past cases", "exposure": "a rate", "elicited": "judgement"}


def metadata(hub: Hub, kinds: Iterable[str]) -> str:
    """What the model is, as YAML, from the kinds of the components of its priors."""
    outside = listed(list(dict.fromkeys(_OUTSIDE[kind] for kind in kinds)))
    values = {"team_abbr": hub.team, "model_abbr": hub.model, "model_name": model_name(hub), "designated_model": True,
              "methods": f"{_METHODS}{outside} and likelihood ratios for each item"}
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in values.items())


def metadata_schema() -> dict[str, Any]:
    """What the metadata of a model must hold."""
    text = {"type": "string"}
    name = text | {"pattern": "^[A-Za-z0-9_]+$"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Model metadata", "type": "object",
            "properties": {"team_abbr": name, "model_abbr": name, "model_name": text,
                           "designated_model": {"type": "boolean"}, "methods": text},
            "required": ["team_abbr", "model_abbr", "designated_model"], "additionalProperties": False}
