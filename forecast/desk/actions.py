"""What somebody does on the page, as messages: each changes the sitting or the view, and is refused in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from forecast.core.errors import ForecastError
from forecast.desk import saving
from forecast.desk.controls.inputs import ADDED, Input, one_word, stated
from forecast.desk.edits import in_words, place_of
from forecast.desk.opinions import Seat
from forecast.desk.page.view import (
    FILES,
    SAVES,
    TABS,
    TEXT,
    View,
    input_of,
    is_blinded,
    may_move,
    names_of,
    record_of,
    value_of,
)
from forecast.desk.proposal import refused_name
from forecast.desk.session import Sitting
from forecast.records.opinion import DESK
from forecast.workspace.editing import from_indicator
from forecast.workspace.imports.drafts import slug

Message = Mapping[str, Any]
Action = Callable[[Sitting, View, Message], None]

_AGAIN = "press “Show what would be written” again"
"""What somebody does at the desk where a message for the command line asks to run the command again."""

LONGEST = 10_000
"""Letters of a text that is typed."""


def act(sitting: Sitting, view: View, message: Message) -> None:
    """Do what a message says; what a page of this desk never sends is passed over."""
    action = ACTIONS.get(str(message.get("do")))
    if action is not None:
        view.said = ""
        action(sitting, view, message)
        view.turn_to(sitting.who)


def _text(message: Message, name: str) -> str:
    text = message.get(name, "")
    if not isinstance(text, str):
        return ""
    if len(text) > LONGEST:
        raise ForecastError(f"This text has more than {LONGEST:,} letters; shorten it")
    return text


# --- inputs ---------------------------------------------------------------------------------------------------------


def enter(sitting: Sitting, view: View, message: Message) -> None:
    """Take what stands in a box, or where a slider is; while it is being typed nothing is said against it."""
    each = input_of(sitting, _text(message, "id"))
    if each is None or not may_move(sitting, each.place):
        return
    part, gesture = _text(message, "part") or TEXT, _text(message, "gesture")
    # Who begins without an opinion begins with empty boxes, and takes no low and high over from the files.
    now, is_blank = view.anchored(gesture, each.id, (value_of(sitting, each.place), is_blinded(sitting, each.place)))
    try:
        value = _read(sitting, view, each, part, _text(message, "text"), now, is_blank)
        why = sitting.move(each.place, value, f"{each.id} {gesture}" if gesture else "")
    except ForecastError as error:
        why = in_words(error)
    if not why:
        view.forget(each.id)
        return
    if gesture:
        # What was typed up to here may have fitted: 1 of 1,5. What is refused changes nothing.
        if is_blank:
            sitting.revert(place_of(each.place), f"{each.id} {gesture}")
        else:
            sitting.move(each.place, now, f"{each.id} {gesture}")
    view.typed.setdefault(each.id, {})["stated" if part == "slider" else part] = _text(message, "text")
    if not message.get("soft"):
        view.errors[each.id] = why


def _read(sitting: Sitting, view: View, each: Input, part: str, text: str, now: Any, is_blank: bool) -> Any:
    """The value of an input with another text in one of its boxes."""
    base = stated(sitting.base().case, each.place) if (*each.place[:2], ADDED) not in sitting.edits() else now
    names = names_of(each.form.drawn(now, now))
    shown = ("",) * len(names) if is_blank else each.form.texts(now)
    boxes = dict(zip(names, shown, strict=True)) | view.typed.get(each.id, {})
    box = "stated" if part == "slider" else part
    if box not in boxes:
        raise ForecastError("There is no such box")
    texts = tuple((boxes | {box: text})[name] for name in names)
    return each.form.read(texts, now, now if base is None else base, part)


def take_back(sitting: Sitting, view: View, message: Message) -> None:
    """Take one change back."""
    place = next((place for place in sitting.edits() if one_word(place) == _text(message, "id")), None)
    if place is not None:
        before = _beneath(sitting, view)
        sitting.notice = sitting.revert(place)
        _forget_moved(sitting, view, before)


def undo(sitting: Sitting, view: View, message: Message) -> None:
    """Take the last change back."""
    before, who = _beneath(sitting, view), sitting.who
    sitting.undo()
    if sitting.who == who:
        _forget_moved(sitting, view, before)


def _beneath(sitting: Sitting, view: View) -> dict[str, Any]:
    """The values of the inputs in which something stands that was refused."""
    found = {name: input_of(sitting, name) for name in view.typed}
    values = {name: value_of(sitting, each.place) for name, each in found.items() if each is not None}
    return values | {"as-of": sitting.state.as_of}


def _forget_moved(sitting: Sitting, view: View, before: Mapping[str, Any]) -> None:
    """Let go of what was refused where the value beneath has moved, or there is no box for it any more."""
    now = _beneath(sitting, view)
    for name in [*view.typed]:
        if name not in now or now[name] != before.get(name):
            view.forget(name)
    view.forget("save")


def why(sitting: Sitting, view: View, message: Message) -> None:
    """Take a reason."""
    about = next((about for about in _subjects(sitting) if one_word(about) == _text(message, "id")), None)
    if about is not None:
        sitting.give_reason(about, _text(message, "text"))
        view.offer = None


def _subjects(sitting: Sitting) -> set[tuple[str | int, ...]]:
    """All that a reason can be given for."""
    case = sitting.case
    found: set[tuple[str | int, ...]] = set(sitting.explainable)
    found |= {("item", item.id) for item in case.items} | {("source", source.id) for source in case.sources}
    return found | {("group", group.id) for group in case.groups}


def suppose(sitting: Sitting, view: View, message: Message) -> None:
    """Suppose that an indicator is seen, or is not, on the as-of date; or suppose it no more."""
    name, seen = _text(message, "id"), message.get("seen")
    if sitting.who != DESK or name not in {each.id for each in sitting.case.indicators}:
        return
    place = ("item", name, ADDED)
    if seen is None:
        sitting.notice = sitting.revert(place)
        return
    fields = from_indicator(sitting.base().case, name, bool(seen), sitting.state.as_of)
    fields["date"] = str(fields["date"])
    if "source" not in fields:
        best = min(sitting.case.sources, key=lambda source: source.grade, default=None)
        if best is None:
            sitting.notice = "There is no source that could report it; write one into priors/sources.yaml"
            return
        fields |= {"source": best.id, "says": "report"}
    sitting.notice = sitting.revert(place) or sitting.move(place, fields)


# --- where to look --------------------------------------------------------------------------------------------------


def tab(sitting: Sitting, view: View, message: Message) -> None:
    """Show another part of the left column."""
    if _text(message, "id") in TABS:
        view.tab, view.chosen = _text(message, "id"), None


def choose(sitting: Sitting, view: View, message: Message) -> None:
    """Open the drawer of a record, or shut it."""
    kind, _, name = _text(message, "id").partition("/")
    found = record_of(sitting, (kind, name)) if kind != "question" else None
    view.chosen = (kind, name) if found is not None else None
    if found is not None:
        view.tab = "items" if kind == "item" else "sources"


def sort(sitting: Sitting, view: View, message: Message) -> None:
    """Sort the items by another column, or the other way round."""
    name = _text(message, "id")
    view.descending = not view.descending if view.sort == name else name in ("date", "weight", "ratio", "changed")
    view.sort = name


def as_of(sitting: Sitting, view: View, message: Message) -> None:
    """Look from another date."""
    text, gesture = _text(message, "text"), _text(message, "gesture")
    view.forget("as-of")
    if (why_not := sitting.look_from(text, f"as-of {gesture}" if gesture else "")):
        view.typed["as-of"] = {TEXT: text}
        view.errors["as-of"] = why_not


def beside(sitting: Sitting, view: View, message: Message) -> None:
    """Lay a scenario of the files beside the desk, or take it away."""
    name = _text(message, "id")
    if name in view.beside:
        view.beside.remove(name)
    elif name in sitting.workspace.scenarios:
        try:
            sitting.other(name).forecast  # noqa: B018  one that cannot be computed is refused
        except ForecastError as error:
            sitting.notice = in_words(error)
        else:
            view.beside.append(name)


def load(sitting: Sitting, view: View, message: Message) -> None:
    """Put a scenario of the files on the desk, or the files as they are, in the place of all changes."""
    name = _text(message, "id")
    if sitting.who == DESK:
        before = _beneath(sitting, view)
        sitting.notice = sitting.load("" if name == FILES else name)
        _forget_moved(sitting, view, before)


# --- analysts -------------------------------------------------------------------------------------------------------


def speak(sitting: Sitting, view: View, message: Message) -> None:
    """Let another analyst speak, or open the form for a new one."""
    name = _text(message, "id")
    view.seating = name == "+"
    view.forget("analyst")
    if name in sitting.seats:
        sitting.who = name
        view.forget("save")
        view.offer = None
        view.saving = None


def seat(sitting: Sitting, view: View, message: Message) -> None:
    """Give a new analyst a seat."""
    name, blind = _text(message, "name").strip(), bool(message.get("blind"))
    view.forms["analyst"] = name
    taken = slug(name)
    if refused_name(taken):
        view.errors["analyst"] = (f"{name} cannot name a file; write some of it in Latin letters" if name
                                  else "Write a name")
    elif taken in sitting.seats:
        view.errors["analyst"] = f"{name} sits here already; write another name"
    else:
        view.forget("analyst")
        view.forms.pop("analyst")
        view.seating = False
        sitting.seat(Seat(taken, name, blind))


def unseat(sitting: Sitting, view: View, message: Message) -> None:
    """Let the analyst go who speaks and came here."""
    sitting.unseat()
    speak(sitting, view, {"id": sitting.who})


def reveal(sitting: Sitting, view: View, message: Message) -> None:
    """Show the forecast to an analyst who was blind until now."""
    sitting.reveal()


# --- saving ---------------------------------------------------------------------------------------------------------


def open_saving(sitting: Sitting, view: View, message: Message) -> None:
    """Open the panel for saving, or shut it."""
    name = _text(message, "id")
    view.saving = name if name in SAVES and view.saving != name else None
    view.offer = None
    view.forget("save")


def fill(sitting: Sitting, view: View, message: Message) -> None:
    """Keep what stands in a box of a form."""
    name = _text(message, "id")
    if name in ("initials", "file", "name", "story", "analyst"):
        view.forms[name] = _text(message, "text")
        view.offer = None


def propose(sitting: Sitting, view: View, message: Message) -> None:
    """Show what would be written."""
    view.forget("save")
    try:
        view.offer = saving.offer(sitting, view)
    except ForecastError as error:
        view.offer, view.errors["save"] = None, str(error)


def confirm(sitting: Sitting, view: View, message: Message) -> None:
    """Write what was shown."""
    offer = view.offer
    view.forget("save")
    if offer is None:
        return
    if offer.edits is not sitting.edits() or offer.who != sitting.who:
        view.offer, view.errors["save"] = None, f"The changes or the files are not what was shown; {_AGAIN}"
        return
    try:
        view.said = saving.write(sitting, view, offer)
    except ForecastError as error:
        view.errors["save"] = str(error).replace("run the command again", _AGAIN)
        return
    finally:
        view.offer = None
    view.saving = None


ACTIONS: dict[str, Action] = {
    "enter": enter, "revert": take_back, "undo": undo, "why": why, "suppose": suppose, "tab": tab, "choose": choose,
    "sort": sort, "as-of": as_of, "beside": beside, "load": load, "speak": speak, "seat": seat, "unseat": unseat,
    "reveal": reveal,
    "saving": open_saving, "fill": fill, "propose": propose, "confirm": confirm}
"""What can be done on the page, by name."""
