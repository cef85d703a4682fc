"""Two analysts and more at one desk: where they disagree, and what all of them hold together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forecast.core.errors import ForecastError
from forecast.desk.edits import scenario
from forecast.desk.engines import let_go, with_edits
from forecast.desk.inputs import ENCODING, encoding, record, stated
from forecast.desk.naming import label, words_of
from forecast.desk.opinions import is_open, opinion_of
from forecast.desk.session import Sitting
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.opinion import DESK, pooled_prior
from forecast.records.scenario import apply
from forecast.records.types import Steps

_GONE = object()
"""What somebody holds of a place who has not moved it."""


@dataclass(frozen=True)
class Disagreement:
    """One input on which analysts differ."""

    place: Steps
    label: str
    says: Mapping[str, str]
    """What each of those says who says anything, by analyst."""
    points: float
    """How far it alone moves the forecast of the one who speaks, from the lowest opinion of it to the highest."""


@dataclass(frozen=True)
class Meeting:
    """What the analysts at a desk make of the case."""

    rows: tuple[Disagreement, ...]
    """The largest first."""
    alone: Mapping[str, float]
    """What each would forecast alone."""
    pooled: float | None
    """What they forecast together; None for one alone."""
    unseen: int
    """On how many inputs the one who speaks does not see the others' opinions, not having said anything himself."""


def meet(sitting: Sitting) -> Meeting:
    """Work out where analysts disagree; it takes a forecast for each opinion of each input."""
    places = dict.fromkeys(place for who in sitting.seats for place in sitting.edits(who))
    base, rows, unseen = sitting.plain.at(sitting.state.as_of), [], 0
    for place in places:
        said = _said(sitting, base, place)
        if said is None:
            continue
        if sitting.sees(place):
            rows.append(_row(sitting, base, place, said))
        else:
            unseen += 1
    ordered = sorted(rows, key=lambda row: (-round(row.points, 9), row.label))
    own = _own(sitting)
    alone = {who: sitting.engine(who).forecast.event for who in sitting.seats} | {DESK: Exact(own).forecast.event}
    return Meeting(tuple(ordered), alone, _pooled(sitting, own), unseen)


def _own(sitting: Sitting) -> Case:
    """What the desk holds apart from the panel; components of the prior that others stated are not its own."""
    plain = sitting.plain.at(sitting.state.as_of)
    count = len(plain.question.prior)
    edits = {place: value for place, value in sitting.edits(DESK).items()
             if place[2] != "prior" or len(place) == 3 or int(place[3]) < count}
    try:
        return apply(plain, scenario(plain, edits))
    except ForecastError:
        return plain


def _is_encoding(place: Steps) -> bool:
    return place[0] == "item" and place[2] == ENCODING


def _said(sitting: Sitting, base: Case, place: Steps) -> dict[str, Any] | None:
    """What each who says anything of a place says; None where all say the same.

    Who has stated no opinion of an item, or of the outside view, says nothing of it. Of all else everybody holds what
    the files state.
    """
    values = {who: sitting.edits(who).get(place, _GONE) for who in sitting.seats
              if place in sitting.edits(who) or who == DESK or not is_open(place)}
    plain = stated(base, place)
    shown = [plain if value is _GONE else value for value in values.values()]
    return None if all(value == shown[0] for value in shown) else values


def _row(sitting: Sitting, base: Case, place: Steps, values: Mapping[str, Any]) -> Disagreement:
    """What each says of a place, and how far that goes apart."""
    reached = [event for value in values.values() if (event := _reached(sitting, base, place, value)) is not None]
    cases = {who: base if value is _GONE else sitting.engine(who).case for who, value in values.items()}
    said = dict(zip(cases, words_of(list(cases.values()), place), strict=True))
    return Disagreement(place, label(base, sitting.case, place), said,
                        max(reached) - min(reached) if reached else 0.0)


def _reached(sitting: Sitting, base: Case, place: Steps, value: Any) -> float | None:
    """The forecast of the one who speaks with another's value at one place; None where it does not fit."""
    edits = {other: kept for other, kept in sitting.edits().items() if other != place}
    if value is not _GONE:
        edits[place] = value
    elif _is_encoding(place) and isinstance(item := record(base, place), Item):
        edits[place] = encoding(item)
    try:
        engine = with_edits(sitting.base(), edits)
        event = engine.forecast.event
    except ForecastError:
        return None
    let_go(engine)
    return event


def _pooled(sitting: Sitting, own: Case) -> float | None:
    """The forecast of all at the desk together, as the panel pools them."""
    others = [who for who in sitting.seats if who != DESK and sitting.edits(who)]
    if not others:
        return None
    opinions = [opinion_of(sitting.seats[who], sitting.engine(who).case, sitting.edits(who), {}) for who in others]
    question = own.question.model_copy(update={"prior": pooled_prior(own.question.prior, opinions)})
    return Exact(own.changed(question=question, opinions=tuple(opinions))).forecast.event
