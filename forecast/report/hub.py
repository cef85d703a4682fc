"""Forecasts as a Hubverse hub: dated model output, its configuration and, once known, the outcome.

Formats: Hubverse schemas v6.0.0, https://github.com/hubverse-org/schemas.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from forecast.records.question import Question
from forecast.report.words import Document, iso, quoted

_SCHEMAS = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0"
_COLUMNS = ("origin_date", "target", "target_date", "output_type", "output_type_id", "value")
_ORACLE = ("target", "target_date", "output_type", "output_type_id", "oracle_value")

Task = tuple[str, str, str, str]
"""What is forecast: target, target date, output type, output type id."""


def hub_files(documents: Sequence[Document], question: Question) -> dict[str, str]:
    """Write all reports of a question as the files of a hub.

    The targets are `event by date` (pmf over yes and no, for each key date), `event date` (cdf at the end of each
    week) and `hypothesis` (pmf), the last two with the horizon as their target date.

    Parameters
    ----------
    documents : sequence of dict
        The forecast documents.
    question : Question
        The question as it stands, with the hub's names and, once it is resolved, the outcome.

    Returns
    -------
    dict
        Texts by path relative to the hub; empty without names or reports.
    """
    if question.hub is None or not documents:
        return {}
    name = f"{question.hub.team}-{question.hub.model}"
    files = {f"model-output/{name}/{document['as_of']}-{name}.csv":
             _csv(_COLUMNS, ((document["as_of"], *task, repr(value)) for task, value in forecasts(document)))
             for document in documents}
    files |= {f"model-metadata/{name}.yml": _metadata(question, name),
              "hub-config/admin.json": _json(_admin(question)),
              "hub-config/tasks.json": _json(_tasks(documents)),
              "hub-config/target-data.json": _json(_target_data()),
              "hub-config/model-metadata-schema.json": _json(_metadata_schema())}
    if question.resolved is not None:
        tasks = dict.fromkeys(task for document in documents for task, _ in forecasts(document))
        files["target-data/oracle-output.csv"] = _csv(_ORACLE, ((*task, truth(task, question)) for task in tasks))
    return files


def forecasts(document: Document) -> Iterator[tuple[Task, float]]:
    """Everything that a document forecasts, with its probability."""
    question, hypotheses = document["question"], document["hypotheses"]
    horizon, event = question["horizon"], question["event"]
    never = sum(p for name, p in hypotheses.items() if name != event)
    for day in question["key_dates"]:
        yield ("event by date", day, "pmf", "yes"), _share(document["by"][day])
        # Never, or later: where both are tiny, 1 − P would be all rounding.
        yield ("event by date", day, "pmf", "no"), _share(never + max(0.0, hypotheses[event] - document["by"][day]))
    reached = {week["last"]: week["cumulative"] for week in document["curve"]}
    for day in week_ends(question):
        yield ("event date", horizon, "cdf", day), _share(reached.get(day, 0.0))
    for hypothesis, probability in hypotheses.items():
        yield ("hypothesis", horizon, "pmf", hypothesis), _share(probability)


def _share(probability: float) -> float:
    """A probability without what rounding has put on top of it."""
    return min(max(probability, 0.0), 1.0)


def week_ends(question: Document) -> list[str]:
    """The last days of the weeks of a question: the same in all its reports."""
    opens, horizon = iso(question["opens"]), iso(question["horizon"])
    weeks = range((horizon - opens).days // 7 + 1)
    return [str(min(opens + timedelta(days=7 * week + 6), horizon)) for week in weeks]


def truth(task: Task, question: Question) -> int:
    """Whether what a task asks for came true: 1 or 0."""
    target, target_date, _, asked = task
    resolved = question.resolved
    assert resolved is not None, "asked of resolved questions only"
    came = resolved.date if resolved.outcome == question.event.id else date.max
    if target == "hypothesis":
        return int(asked == resolved.outcome)
    if target == "event date":
        return int(came <= iso(asked))
    return int((came <= iso(target_date)) == (asked == "yes"))


def _csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _admin(question: Question) -> dict[str, Any]:
    assert question.hub is not None, "asked of questions with a hub only"
    team = question.hub.team
    # The schema lists no name for UTC itself; Abidjan keeps it all the year round.
    return {"schema_version": f"{_SCHEMAS}/admin-schema.json", "name": quoted(question.title), "maintainer": team,
            "contact": {"name": team}, "repository": {"host": "github", "owner": team, "name": question.id},
            "file_format": ["csv"], "timezone": "Africa/Abidjan"}


def _tasks(documents: Sequence[Document]) -> dict[str, Any]:
    """What is asked for; reports that ask for the same share a round."""
    rounds: dict[tuple[Task, ...], list[str]] = {}
    for document in documents:
        rounds.setdefault(tuple(task for task, _ in forecasts(document)), []).append(document["as_of"])
    return {"schema_version": f"{_SCHEMAS}/tasks-schema.json", "output_type_id_datatype": "character",
            "rounds": [_round(tasks, days) for tasks, days in rounds.items()]}


def _round(tasks: Sequence[Task], days: Sequence[str]) -> dict[str, Any]:
    targets = dict.fromkeys(target for target, *_ in tasks)
    return {"round_id_from_variable": True, "round_id": "origin_date",
            "model_tasks": [_model_task([task for task in tasks if task[0] == target], days) for target in targets],
            "submissions_due": {"relative_to": "origin_date", "start": 0, "end": 6}}


_TYPES = {"event by date": "binary", "event date": "date", "hypothesis": "nominal"}


def _model_task(tasks: Sequence[Task], days: Sequence[str]) -> dict[str, Any]:
    target, _, output_type, _ = tasks[0]
    return {
        "task_ids": {"origin_date": {"required": None, "optional": list(days)},
                     "target": {"required": [target], "optional": None},
                     "target_date": {"required": list(dict.fromkeys(day for _, day, _, _ in tasks)), "optional": None}},
        "output_type": {output_type: {
            "output_type_id": {"required": list(dict.fromkeys(asked for *_, asked in tasks))},
            "is_required": True, "value": {"type": "double", "minimum": 0, "maximum": 1}}},
        "target_metadata": [{"target_id": target, "target_name": target.capitalize(), "target_units": "probability",
                             "target_keys": {"target": target}, "target_type": _TYPES[target],
                             "is_step_ahead": False}]}


def _target_data() -> dict[str, Any]:
    return {"schema_version": f"{_SCHEMAS}/target-data-schema.json", "observable_unit": ["target", "target_date"],
            "date_col": "target_date", "versioned": False, "oracle-output": {"has_output_type_ids": True}}


def _metadata(question: Question, name: str) -> str:
    assert question.hub is not None, "asked of questions with a hub only"
    values = {"team_abbr": question.hub.team, "model_abbr": question.hub.model, "model_name": name,
              "designated_model": True,
              "methods": "Bayesian survival model with a reference-class prior and likelihood ratios for each item"}
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in values.items())


def _metadata_schema() -> dict[str, Any]:
    text = {"type": "string"}
    name = text | {"pattern": "^[A-Za-z0-9_]+$"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Model metadata", "type": "object",
            "properties": {"team_abbr": name, "model_abbr": name, "model_name": text,
                           "designated_model": {"type": "boolean"}, "methods": text},
            "required": ["team_abbr", "model_abbr", "designated_model"], "additionalProperties": False}
