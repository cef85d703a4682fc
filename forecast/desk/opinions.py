"""Opinions as changes on top of what the desk holds, and changes as opinions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forecast.core.errors import ForecastError
from forecast.desk.controls.inputs import ADDED, ENCODING, HOW, OFF, stated
from forecast.desk.edits import Edits, says_as
from forecast.records.case import Case
from forecast.records.evidence import ENCODINGS
from forecast.records.opinion import Opinion
from forecast.records.types import Steps
from forecast.workspace.yaml.writer import written


@dataclass(frozen=True)
class Seat:
    """One analyst at the desk."""

    id: str
    name: str
    blind: bool = False
    """Whether this analyst encodes before any forecast or other opinion is seen."""
    known: float | None = None
    """How surely this analyst knew the outcome beforehand, if a file says so."""
    filed: bool = False
    """Whether the workspace has a file of this analyst's opinion."""


def seat_of(opinion: Opinion) -> Seat:
    """The seat of an analyst whose opinion is in a file."""
    analyst = opinion.analyst
    return Seat(analyst.id, analyst.name or analyst.id, analyst.blind, analyst.known, filed=True)


def is_open(place: Steps) -> bool:
    """Whether an analyst other than the desk may move a place: opinions hold what items say, and the prior."""
    if place[0] == "item":
        return place[2] not in (OFF, ADDED) and place[2] in (*ENCODINGS, ENCODING, HOW)
    return place[0] == "question" and place[2] == "prior"


def filed_edits(plain: Case, opinion: Opinion) -> Edits:
    """An opinion as changes on top of what the desk holds."""
    items = {item.id: item for item in plain.items}
    found: dict[Steps, Any] = {}
    for name, each in opinion.items.items():
        fields = {field: written(value) for field in ENCODINGS if (value := getattr(each, field)) is not None}
        found["item", name, ENCODING] = says_as(items[name], fields, items[name].is_report, items[name].seen)
    if opinion.prior:
        found["question", plain.question.id, "prior"] = written(opinion.prior)
    return found


def filed_reasons(opinion: Opinion) -> dict[Steps, str]:
    """The notes of an opinion as reasons."""
    return {("item", name): each.note for name, each in opinion.items.items() if each.note}


def opinion_of(seat: Seat, case: Case, edits: Edits, notes: Mapping[Steps, str]) -> Opinion:
    """What an analyst at the desk holds, as an opinion; a prior is part of it where any of it is changed.

    The case is as the analyst sees it; the notes say why, by item. Raises `ForecastError` if nothing is stated.
    """
    items = {}
    for place, value in edits.items():
        if place[0] == "item" and place[2] == ENCODING:
            note = notes.get(place[:2])
            said = {name: part for name, part in value.items() if name in ENCODINGS}
            items[str(place[1])] = said | ({"note": note} if note else {})
    analyst: dict[str, Any] = {"id": seat.id, "blind": seat.blind}
    if seat.name != seat.id:
        analyst["name"] = seat.name
    if seat.known is not None:
        analyst["known"] = seat.known
    fields: dict[str, Any] = {"analyst": analyst}
    if items:
        fields["items"] = items
    if any(place[0] == "question" and place[2] == "prior" for place in edits):
        prior = stated(case, ("question", case.question.id, "prior"))
        fields["prior"] = [{name: part for name, part in each.items() if name != "analyst" or part == seat.id}
                           for each in prior]
    if len(fields) == 1:
        raise ForecastError("nothing is stated yet; state a ratio first")
    return Opinion.model_validate(fields)
