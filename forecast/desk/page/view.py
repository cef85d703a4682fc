"""What one page shows of the inputs, and what stands in their boxes: nothing of it bears on a forecast."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from forecast.desk.controls.forms import Texts
from forecast.desk.controls.inputs import (
    ADDED,
    HOW,
    Input,
    inputs_of,
    one_word,
    prior_inputs,
    record,
    stated,
    subject,
)
from forecast.desk.edits import Edits, place_of
from forecast.desk.opinions import is_open
from forecast.desk.session import Sitting
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.opinion import DESK
from forecast.records.types import Record, Steps
from forecast.workspace.editing import Proposal

TABS = {"items": "Items", "sources": "Sources", "prior": "Outside view", "model": "Model", "indicators": "Indicators"}
"""The parts of the left column."""

SAVES = {"files": "Change the files", "scenario": "Save as a scenario"}
"""What can be done with what is on the desk."""

FILES = "-"
"""What the page calls the files as they are, where scenarios are named; no scenario's file can be called so."""


@dataclass(frozen=True)
class Offer:
    """A change of files that is shown, and waits for a yes."""

    proposal: Proposal
    edits: Edits
    """What was on the desk when it was made; once that is another, it is made anew."""
    who: str


@dataclass
class View:
    """The state of a page beside the sitting."""

    tab: str = "items"
    chosen: Steps | None = None
    """The record in the drawer."""
    sort: str = "date"
    descending: bool = True
    order: list[str] = field(default_factory=list)
    """The items as the table had them last: a drawer leads to its neighbours there."""
    typed: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was typed and refused, by input and box; it stays until it fits or is taken back."""
    errors: dict[str, str] = field(default_factory=dict)
    """What is wrong with it; also with forms, by their names."""
    who: str = DESK
    """Whose typing this is."""
    aside: dict[str, tuple[dict[str, dict[str, str]], dict[str, str]]] = field(default_factory=dict)
    """What other analysts typed, and what is wrong with it; it waits until they speak again."""
    anchor: tuple[str, str, Any] = ("", "", None)
    """The gesture that is being made, the input that it moves, and what that was before."""
    beside: list[str] = field(default_factory=list)
    """Scenarios that are laid beside the desk."""
    saving: str | None = None
    """What the panel for saving shows; None if it is shut."""
    seating: bool = False
    """Whether the form for another analyst is open."""
    forms: dict[str, str] = field(default_factory=dict)
    """What stands in the boxes of forms."""
    offer: Offer | None = None
    said: str = ""
    """What was done last."""

    def anchored(self, gesture: str, name: str, now: Any) -> Any:
        """What an input was before the gesture that moves it: low and high follow from there, not from each key."""
        if not gesture or self.anchor[:2] != (gesture, name):
            self.anchor = gesture, name, now
        return self.anchor[2]

    def forget(self, name: str) -> None:
        """Let go of what was refused for an input."""
        self.typed.pop(name, None)
        self.errors.pop(name, None)

    def turn_to(self, who: str) -> None:
        """Lay aside what one analyst typed, and take up what the one who speaks did."""
        if who != self.who:
            typed, errors = self.aside.pop(who, ({}, {}))
            if "as-of" in self.typed:  # the date is everybody's
                typed["as-of"], errors["as-of"] = self.typed.pop("as-of"), self.errors.pop("as-of")
            self.aside[self.who] = self.typed, self.errors
            self.typed, self.errors, self.who = typed, errors, who


TEXT = "text"
"""The only box of an input that is no quantity."""


@dataclass(frozen=True)
class Drawn:
    """One input on the page."""

    id: str
    label: str
    asks: str
    hint: str
    boxes: tuple[tuple[str, str], ...]
    """Names and texts."""
    shape: dict[str, Any]
    """What the form needs beside them."""
    slider: int
    """The stop at which the slider is."""
    changed: bool
    before: str
    """What the files state, in words, if it is changed."""
    error: str
    more: bool
    open: bool
    """Whether the analyst who speaks may move it."""


@dataclass(frozen=True)
class Section:
    """Inputs that one reason is given for."""

    about: Steps
    title: str
    fields: tuple[Drawn, ...]
    why: str
    needs_why: bool
    """Whether it is changed."""

    @property
    def id(self) -> str:
        return one_word(self.about)


def names_of(shape: dict[str, Any]) -> Texts:
    """The names of the boxes of a form."""
    return tuple(shape.get("boxes", (TEXT,)))


def input_of(sitting: Sitting, name: str) -> Input | None:
    """The input with an id; None if there is none by now."""
    kind, _, rest = name.partition("/")
    about = record_of(sitting, (kind, rest.partition("/")[0]))
    if about is None:
        return None
    return next((each for each in inputs_of(_case_of(sitting, about), about) if each.id == name), None)


def record_of(sitting: Sitting, about: Steps) -> Record | None:
    """A record as it is on the desk or, if it is left out there, in the files."""
    if about[0] not in ("item", "source", "group", "question"):
        return None
    return record(sitting.case, about) or record(sitting.base().case, about)


def _case_of(sitting: Sitting, about: Record) -> Case:
    """The case that holds a record."""
    if isinstance(about, Item) and about not in sitting.case.items:
        return sitting.base().case
    return sitting.case


def value_of(sitting: Sitting, place: Steps) -> Any:
    """What a place holds now; of an item that is left out, what the files state."""
    if place[0] == "item" and place[2] != "off" and record(sitting.case, place) is None:
        return stated(sitting.base().case, place)
    return stated(sitting.case, place)


def drawn(sitting: Sitting, view: View, each: Input) -> Drawn:
    """An input as the page draws it."""
    now = value_of(sitting, each.place)
    added = (*each.place[:2], ADDED) in sitting.edits()
    base = now if added else _base(sitting, each, now)
    texts, shape = each.form.texts(now), each.form.drawn(now, base)
    is_changed = now != base
    if is_blinded(sitting, each.place):
        texts, shape = tuple("" for _ in texts), each.form.drawn()
    hint = "" if each.place[-1] == "weight" and is_blinded(sitting, each.place[:3]) else each.hint
    names, typed = names_of(shape), view.typed.get(each.id, {})
    stops = shape.get("stops", ())
    slider = stops.index(texts[len(texts) // 2]) if any(texts) and stops else len(stops) // 2
    return Drawn(each.id, each.label, each.asks, hint,
                 tuple((name, typed.get(name, text)) for name, text in zip(names, texts, strict=True)), shape, slider,
                 is_changed, each.form.words(base) if is_changed else "", view.errors.get(each.id, ""), each.more,
                 may_move(sitting, each.place))


def _base(sitting: Sitting, each: Input, now: Any) -> Any:
    """What the files state of a place; of what they state otherwise, or not at all, what the desk says."""
    try:
        base = stated(sitting.base().case, each.place)
        each.form.texts(base)
    except (LookupError, TypeError, AttributeError, ValueError):
        return now
    return now if base is None and "stops" in each.form.drawn(now, now) else base


def sees(sitting: Sitting, place: Steps) -> bool:
    """Whether the analyst who speaks may see what others say of a place: not before saying it himself.

    Only what opinions hold is hidden, and nobody's own encoding in the evidence. Who is blind has stated the outside
    view once all of it is stated.
    """
    if sitting.who == DESK or not is_open(place) or sitting.holds(sitting.who, place):
        return True
    parts = [place_of(place)]
    if place[0] == "question":
        inputs = [each.place for each in prior_inputs(sitting.case.question) if is_open(each.place)]
        parts = [part for part in inputs if part[:len(place)] == place] or parts
    enough = all if sitting.seats[sitting.who].blind else any
    return enough(any(part[:len(mine)] == mine for mine in sitting.edits()) for part in parts)


def is_blinded(sitting: Sitting, place: Steps) -> bool:
    """Whether the analyst who speaks has to say it himself before seeing what others say of it."""
    return (place[0] == "item" or sitting.seats[sitting.who].blind) and not sees(sitting, place)


def may_move(sitting: Sitting, place: Steps) -> bool:
    """Whether the analyst who speaks may move a place; to say something in another way, it must be said first."""
    return sitting.who == DESK or (is_open(place) and (place[2] != HOW or sees(sitting, place)))


def sections(sitting: Sitting, view: View, inputs: Iterable[Input], titles: dict[str, str] | None = None
             ) -> list[Section]:
    """Inputs by what a reason is given for."""
    found: dict[Steps, list[Drawn]] = {}
    for each in inputs:
        found.setdefault(subject(each.place), []).append(drawn(sitting, view, each))
    needed = set(sitting.explainable)
    return [Section(about, (titles or {}).get(str(about[-1]), ""), tuple(fields), sitting.reason(about),
                    about in needed) for about, fields in found.items()]


def is_changed(sitting: Sitting, about: Steps) -> bool:
    """Whether anything of a record is changed."""
    return any(place[:len(about)] == about for place in sitting.edits())
