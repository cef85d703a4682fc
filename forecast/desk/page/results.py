"""What takes longer than a number, worked out on a copy so that no key waits for it: weights, curve, disagreement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from forecast.analysis.indicators import Watch, most_telling, watch
from forecast.core.errors import ForecastError
from forecast.desk.controls.inputs import ADDED, ENCODING, encoding, record, stated
from forecast.desk.controls.naming import label, words_of
from forecast.desk.edits import scenario
from forecast.desk.engines import Findings, findings, let_go, with_edits
from forecast.desk.opinions import is_open, opinion_of
from forecast.desk.page.answers import Picture, picture
from forecast.desk.page.view import sees
from forecast.desk.session import Sitting
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.opinion import DESK, pooled_prior
from forecast.records.scenario import apply
from forecast.records.types import Steps

_GONE = object()
"""What somebody holds of a place who has not moved it."""


LISTED = 10
"""Disagreements that the page lists."""


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

    @property
    def listed(self) -> tuple[Disagreement, ...]:
        """The rows that the page has room for."""
        return self.rows[:LISTED]


def meet(sitting: Sitting) -> Meeting:
    """Work out where analysts disagree; it takes a forecast for each opinion of each input."""
    places = dict.fromkeys(place for who in sitting.seats for place in sitting.edits(who))
    base, rows, unseen = sitting.plain.at(sitting.state.as_of), [], 0
    for place in places:
        said = _said(sitting, base, place) if _counts(base, place) else None
        if said is None:
            continue
        if sees(sitting, place):
            rows.append(_row(sitting, base, place, said))
        else:
            unseen += 1
    ordered = sorted(rows, key=lambda row: (-round(row.points, 9), row.label))
    own = _own(sitting)
    alone = {who: sitting.engine(who).forecast.event for who in sitting.seats} | {DESK: Exact(own).forecast.event}
    return Meeting(tuple(ordered), alone, _pooled(sitting, own), unseen)


def _counts(base: Case, place: Steps) -> bool:
    """Whether a place bears on the forecast as of the date of the desk, as no item does that is dated later."""
    item = record(base, place) if place[0] == "item" else None
    return not isinstance(item, Item) or item.active(base.as_of)


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


def _watched(sitting: Sitting) -> list[Watch]:
    """What seeing each indicator would do, the most telling first.

    Of one that is supposed it is what that did, or its opposite would do: it is not counted a second time.
    """
    engine, edits = sitting.engine(), sitting.edits()
    found = {each.indicator.id: each for each in watch(engine)}
    for name in [str(place[1]) for place in edits if place[2] == ADDED and place[1] in found]:
        rest = {place: value for place, value in edits.items() if place[:2] != ("item", name)}
        case = apply(sitting.base().case, scenario(sitting.base().case, rest))
        alone = tuple(each for each in case.indicators if each.id == name)
        found |= {each.indicator.id: each for each in watch(Exact(case.changed(indicators=alone)))}
    return most_telling(found.values())


def _said(sitting: Sitting, base: Case, place: Steps) -> dict[str, Any] | None:
    """What each who says anything of a place says; None where all say the same.

    What the files say by an item is what its analyst says, and the desk where they name nobody; the outside view is the
    desk's. Who else has stated no opinion of it says nothing of it. Of all else everybody holds what the files state.
    """
    values = {who: sitting.edits(who).get(place, _GONE) for who in sitting.seats
              if place in sitting.edits(who) or sitting.holds(who, place) or not is_open(place)}
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
    elif place[2] == ENCODING and isinstance(item := record(base, place), Item):
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
    opinions = []
    for who, seat in sitting.seats.items():
        encoded, stated_beside = sitting.parted(who)
        if who != DESK and encoded:
            held = {item.id for item in own.items}
            own = apply(own, scenario(own, {place: value for place, value in encoded.items() if place[1] in held}))
        if who != DESK and stated_beside:
            opinions.append(opinion_of(seat, sitting.engine(who).case, stated_beside, {}))
    if not opinions:
        return None
    question = own.question.model_copy(update={"prior": pooled_prior(own.question.prior, opinions)})
    return Exact(own.changed(question=question, opinions=tuple(opinions))).forecast.event


Key = tuple[Any, ...]
"""What a result was worked out from: it holds as long as these are the same objects."""


def same(one: Key | None, other: Key) -> bool:
    """Whether two keys hold the same objects; names are compared by what they are."""
    return one is not None and all(a is b or (isinstance(a, str | tuple) and a == b)
                                   for a, b in zip(one, other, strict=True))


@dataclass
class Settled:
    """The curve and the meeting, as last worked out, and from what."""

    curve_of: Key | None = None
    curve: Picture | None = None
    meeting_of: Key | None = None
    meeting: Meeting | None = None

    def is_of(self, sitting: Sitting, beside: Sequence[str]) -> bool:
        """Whether they are those of a sitting as it is now."""
        return same(self.curve_of, curve_key(sitting, beside)) and same(self.meeting_of, meeting_key(sitting))


def curve_key(sitting: Sitting, beside: Sequence[str]) -> Key:
    """What the curve is made from."""
    return sitting.engine(), sitting.base(), tuple(beside)


def meeting_key(sitting: Sitting) -> Key:
    """What a meeting is made from."""
    return sitting.state, sitting.who, sitting.workspace


@dataclass
class Work:
    """What has yet to be worked out for a page as it is now."""

    sitting: Sitting
    beside: tuple[str, ...]
    settled: Settled
    watched: bool
    """Whether the indicators are asked for."""
    findings: Findings | None = None

    def run(self, going: Callable[[], bool]) -> None:
        """Work it out step by step; no further step begins once the page has moved on, and is not `going` as it was."""
        sitting, settled = self.sitting, self.settled
        engine, found = sitting.engine(), sitting.findings
        if found is None or found.engine is not engine:
            found = findings(sitting.base(), engine, sitting.edits(), going)
        if found is not None and self.watched and found.watched is None and going():
            found = replace(found, watched=tuple(_watched(sitting)))
        self.findings = found
        if going() and not same(settled.curve_of, key := curve_key(sitting, self.beside)):
            settled.curve, settled.curve_of = picture(sitting, self.beside), key
        if going() and not same(settled.meeting_of, key := meeting_key(sitting)):
            settled.meeting, settled.meeting_of = meet(sitting), key


def work(sitting: Sitting, beside: Sequence[str], settled: Settled, watched: bool) -> Work:
    """What has yet to be worked out, on a copy: what is done on the page meanwhile does not touch it."""
    for who in sitting.seats:
        sitting.engine(who)
    copied = copy(sitting)
    copied.engines = sitting.engines.copied()
    return Work(copied, tuple(beside), copy(settled), watched)
