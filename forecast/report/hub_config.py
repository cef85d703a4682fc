"""What configures a hub: admin, tasks, target data and the metadata of the model, by the Hubverse schemas v6.0.0."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from forecast.core.text import listed
from forecast.records.question import Hub

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

    Parameters
    ----------
    asked : mapping
        Tasks with the ids of their questions, by day.
    titles : mapping
        Titles of the questions by their ids.
    layout : Layout
        Whether tasks name their question.
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


_OUTSIDE = {"reference_class": "past cases", "exposure": "a rate", "elicited": "judgement"}


def metadata(hub: Hub, kinds: Iterable[str]) -> str:
    """What the model is, as YAML, from the kinds of the components of its priors."""
    outside = listed(list(dict.fromkeys(_OUTSIDE[kind] for kind in kinds)))
    values = {"team_abbr": hub.team, "model_abbr": hub.model, "model_name": model_name(hub), "designated_model": True,
              "methods": f"Bayesian survival model with a prior from {outside} and likelihood ratios for each item"}
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in values.items())


def metadata_schema() -> dict[str, Any]:
    """What the metadata of a model must hold."""
    text = {"type": "string"}
    name = text | {"pattern": "^[A-Za-z0-9_]+$"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Model metadata", "type": "object",
            "properties": {"team_abbr": name, "model_abbr": name, "model_name": text,
                           "designated_model": {"type": "boolean"}, "methods": text},
            "required": ["team_abbr", "model_abbr", "designated_model"], "additionalProperties": False}
