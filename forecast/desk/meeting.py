"""Two analysts and more at one desk: opinions as changes, changes as opinions, and where they disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecast.core.errors import ForecastError
from forecast.desk.edits import Edits, says_as
from forecast.desk.inputs import ENCODING, OFF, encoding, record, stated
from forecast.desk.naming import label, words
from forecast.desk.session import Sitting
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import ENCODINGS, Item
from forecast.records.opinion import DESK, Opinion, pooled_prior
from forecast.records.types import Steps
from forecast.workspace.yaml_writer import written

_GONE = object()


# --- opinions and changes -------------------------------------------------------------------------------------------


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


def opinion_of(sitting: Sitting, who: str, notes: dict[Steps, str] | None = None) -> Opinion:
    """What an analyst at the desk holds, as an opinion; a prior is part of it where any of it is changed.

    Raises
    ------
    ForecastError
        If the analyst has stated nothing.
    """
    seat, edits, reasons = sitting.seats[who], sitting.edits(who), notes or {}
    items = {}
    for place, value in edits.items():
        if place[0] == "item" and place[2] == ENCODING:
            about = place[:2]
            note = reasons.get(about) or sitting.reason(about, who).strip() or None
            items[str(place[1])] = {name: part for name, part in value.items() if name in ENCODINGS} | (
                {"note": note} if note else {})
    fields: dict[str, Any] = {"analyst": {"id": seat.id, "blind": seat.blind}}
    if seat.name != seat.id:
        fields["analyst"]["name"] = seat.name
    if items:
        fields["items"] = items
    if any(place[:1] == ("question",) and place[2] == "prior" for place in edits):
        case = sitting.engine(who).case
        prior = stated(case, ("question", case.question.id, "prior"))
        fields["prior"] = [{name: part for name, part in each.items() if name != "analyst"} for each in prior]
    if "items" not in fields and "prior" not in fields:
        raise ForecastError("nothing is stated yet; state a ratio first")
    return Opinion.model_validate(fields)


def pooled(sitting: Sitting) -> Exact | None:
    """The forecast of all at the desk together, as the panel pools them; None for one alone."""
    others = [who for who in sitting.seats if who != DESK and sitting.edits(who)]
    if not others:
        return None
    opinions = [opinion_of(sitting, who) for who in others]
    desk = sitting.plain.at(sitting.state.as_of)
    from forecast.desk.edits import scenario
    from forecast.records.scenario import apply

    own = apply(desk, scenario(desk, sitting.edits(DESK)))
    question = own.question.model_copy(update={"prior": pooled_prior(own.question.prior, opinions)})
    return Exact(own.changed(question=question, opinions=tuple(opinions)))


# --- where they disagree --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Disagreement:
    """One input on which analysts differ."""

    place: Steps
    label: str
    says: dict[str, str]
    """What each of those says who says anything, by analyst."""
    points: float
    """How far it alone moves the forecast of the one who speaks, from the lowest opinion of it to the highest."""


@dataclass(frozen=True)
class Meeting:
    """What the analysts at a desk make of the case."""

    rows: tuple[Disagreement, ...]
    """The largest first."""
    alone: dict[str, float]
    """What each would forecast alone."""
    pooled: float | None
    unseen: int
    """How many rows the one who speaks does not see, since he has not said anything himself."""


def meet(sitting: Sitting) -> Meeting:
    """Work out where analysts disagree; takes longer, and is kept until one of them moves."""
    key = (sitting.state.seats, sitting.state.as_of, sitting.who, sitting.workspace.whole)
    known = getattr(sitting, "_meeting", None)
    if known is None or known[0] != key:
        known = (key, _met(sitting))
        vars(sitting)["_meeting"] = known
    found: Meeting = known[1]
    return found


def _met(sitting: Sitting) -> Meeting:
    places = dict.fromkeys(place for who in sitting.seats for place in sitting.edits(who))
    rows, unseen = [], 0
    for place in places:
        found = _row(sitting, place)
        if found is None:
            continue
        if place[0] == "item" and place[2] == ENCODING and not sitting.sees(str(place[1])):
            unseen += 1
        else:
            rows.append(found)
    together = pooled(sitting)
    return Meeting(tuple(sorted(rows, key=lambda row: (-round(abs(row.points), 9), row.label))),
                   {who: sitting.engine(who).forecast.event for who in sitting.seats},
                   together.forecast.event if together else None, unseen)


def _row(sitting: Sitting, place: Steps) -> Disagreement | None:
    """What each says of a place, and what that does; None where all say the same."""
    base, values = sitting.plain.at(sitting.state.as_of), {}
    for who in sitting.seats:
        has_said = place in sitting.edits(who)
        if has_said or who == DESK or not (place[0] == "item" and place[2] == ENCODING):
            values[who] = sitting.edits(who).get(place, _GONE)
    plain = stated(base, place)
    said = {who: plain if value is _GONE else value for who, value in values.items()}
    if len(said) < 2 or all(value == next(iter(said.values())) for value in said.values()):
        return None
    reached = [event for value in values.values() if (event := _reached(sitting, base, place, value)) is not None]
    cases = {who: sitting.engine(who).case if value is not _GONE else base for who, value in values.items()}
    return Disagreement(place, label(base, sitting.case, place),
                        {who: words(case, place) for who, case in cases.items()},
                        max(reached) - min(reached) if reached else 0.0)


def _reached(sitting: Sitting, base: Case, place: Steps, value: Any) -> float | None:
    """The forecast of the one who speaks with another's value at one place; None where it does not fit."""
    edits = {other: kept for other, kept in sitting.edits().items() if other != place}
    if value is not _GONE:
        edits[place] = value
    elif place[0] == "item" and place[2] == ENCODING and isinstance(item := record(base, place), Item):
        edits[place] = encoding(item)
    try:
        return sitting.with_edits(edits).forecast.event
    except ForecastError:
        return None


def is_open(place: Steps) -> bool:
    """Whether an analyst other than the desk may move a place: what items say, and the prior, are in opinions."""
    return (place[0] == "item" and place[2] not in (OFF, "added") and (
        place[2] in (*ENCODINGS, ENCODING, "how"))) or (place[0] == "question" and place[2] == "prior")
