"""The left of the page: items with their switches, the editor of one, sources, the prior, and the indicators.

Every widget shows what the opinion on the desk says, and a change goes through `Sitting.attempt`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import streamlit as st

from forecast.analysis.restated import as_ratios
from forecast.core import text as wording
from forecast.core.text import short
from forecast.desk.edits import added, dated, moved, regraded, restated, revised, reweighted, switched
from forecast.desk.session import Sitting
from forecast.records.case import Case
from forecast.records.evidence import GRADES, Indicator, Item
from forecast.records.question import Prior
from forecast.records.scenario import Scenario
from forecast.records.types import Estimate
from forecast.report.words import quoted
from forecast.workspace.editing import from_indicator
from forecast.workspace.yaml_writer import written

_E24 = (1.0, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.7, 3.0, 3.3, 3.6, 3.9, 4.3, 4.7, 5.1, 5.6, 6.2, 6.8, 7.5,
        8.2, 9.1)
"""Steps of a decade that are about equal on a log scale (IEC 60063)."""

_RATIOS = (*(float(f"{step * scale:.3g}") for scale in (0.01, 0.1, 1, 10) for step in _E24), 100.0)
"""Where a slider of ratios stops."""

_NONE = "none"

_CREDIBILITIES = {_NONE: "not stated", 1: "1 confirmed", 2: "2 probably true", 3: "3 possibly true", 4: "4 doubtful",
                  5: "5 improbable", 6: "6 cannot be judged"}


@dataclass
class _Bound:
    """A widget that shows a value of the opinion."""

    key: str
    value: Any
    """What the opinion says, or what it was told last."""
    change: Callable[[Any], None]

    @property
    def shown(self) -> Any:
        """What the widget shows."""
        return st.session_state.get(self.key, self.value)


def _bounds() -> dict[str, _Bound]:
    known: dict[str, _Bound] = st.session_state.setdefault("bound", {})
    return known


def bound(name: str, value: Any, change: Callable[[Any], None]) -> dict[str, Any]:
    """Arguments of a widget that shows a value of the opinion and hands on, by `catch_up`, what it is changed to.

    A value that something else has moved, or a refused change, makes a new widget in the place of the old one. The
    browser sends what all of its widgets show with every click: of one that it has not yet drawn anew this would be
    taken for a change.
    """
    turn = st.session_state.setdefault(f"turn-{name}", 0)
    if not _same(st.session_state.get(f"w-{name}-{turn}", value), value):
        turn = st.session_state[f"turn-{name}"] = turn + 1
    key = f"w-{name}-{turn}"
    # Told once only: a value that is told again would take back what a faster hand has moved meanwhile.
    st.session_state.setdefault(key, value)
    _bounds()[name] = _Bound(key, value, change)
    return {"key": key}


def catch_up() -> None:
    """Hand on what widgets were changed to since they were drawn.

    Not by their callbacks: a click that comes meanwhile ends a callback half-way, and what it was called for is lost.
    """
    for each in list(_bounds().values()):
        if not _same(shown := each.shown, each.value):
            each.value = shown
            each.change(shown)


def waiting() -> bool:
    """Whether a widget was changed and nobody has been told."""
    return any(not _same(each.shown, each.value) for each in _bounds().values())


def _same(shown: Any, value: Any) -> bool:
    if isinstance(shown, float) and isinstance(value, float):
        return math.isclose(shown, value)
    return bool(shown == value)


def timeline(sitting: Sitting) -> None:
    """The slider of as-of dates, week by week, and the base case's own date."""
    question, base = sitting.workspace.question, sitting.base.case
    weeks = range(0, (question.horizon - question.opens).days, 7)
    days = {question.opens + timedelta(day) for day in weeks} | {base.as_of, sitting.case.as_of}
    days = {day for day in days if not question.decided_by(day)}
    st.select_slider("What would we have said then? As of", sorted(days), format_func=wording.day, **bound(
        "as-of", sitting.case.as_of, lambda day: sitting.attempt(lambda: dated(sitting.scenario, base, day))))


def show(sitting: Sitting) -> None:
    """The part of the inputs that is chosen."""
    parts = {"Items": items, "Sources": sources, "Prior": prior, "Indicators": indicators}
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        chosen = st.segmented_control("Change", list(parts), default="Items", required=True, key="part",
                                      label_visibility="collapsed")
        if chosen == "Items":
            st.segmented_control("Order", ["by date", "by group"], default="by date", required=True, key="order",
                                 label_visibility="collapsed")
    parts[chosen or "Items"](sitting)


def items(sitting: Sitting) -> None:
    """All items with their switches, and the editor of the chosen one."""
    everything = _listed(sitting)
    if not everything:
        st.caption("There are no items yet.")
        return
    if st.session_state.get("chosen") not in everything:
        active = [item.id for item in sitting.case.active]
        st.session_state["chosen"] = active[-1] if active else next(iter(everything))
    by, chosen = st.session_state["order"], st.session_state["chosen"]
    with st.container(height=270, key="list"):
        for number, (title, members) in enumerate(_sections(sitting, everything.values(), by)):
            _section(sitting, f"{by}-{number}", title, members, opened=number == 0)
        later = sum(item.id not in everything for item in sitting.case.items)
        if later:
            st.caption(f"{later} later items were not public on {wording.day(sitting.case.as_of)}.")
    with st.container(border=True, key="editor"):
        with st.container(horizontal=True, vertical_alignment="center", key="chosen-item"):
            st.selectbox("Item in the editor; type to search", list(everything), label_visibility="collapsed",
                         format_func=lambda name: _named(everything[name]), **bound("chosen", chosen, _choose))
            _switch(sitting, everything[chosen], "editor", "counts")
        here = {item.id: item for item in sitting.case.items}
        if chosen in here:
            _editor(sitting, here[chosen])


def _listed(sitting: Sitting) -> dict[str, Item]:
    """Items that were public by the date on the desk, newest first; what is switched off is as the files have it."""
    found = {item.id: item for item in sitting.base.case.items} | {item.id: item for item in sitting.case.items}
    public = [item for item in found.values() if item.date <= sitting.case.as_of]
    return {item.id: item for item in sorted(public, key=lambda item: (item.date, item.id), reverse=True)}


def _sections(sitting: Sitting, everything: Iterable[Item], by: str) -> list[tuple[str, list[Item]]]:
    def month(item: Item) -> str:
        return f"{item.date:%B %Y}"

    def group(item: Item) -> str:
        return names.get(item.group or "", "~ in no group")

    names = {each.id: quoted(each.name) for each in sitting.case.groups}
    rows = list(everything)
    if by == "by group":
        rows.sort(key=group)
    grouped = [(title, list(members)) for title, members in groupby(rows, key=month if by == "by date" else group)]
    return [(title.removeprefix("~ ").capitalize(), members) for title, members in grouped]


def _section(sitting: Sitting, key: str, title: str, members: list[Item], *, opened: bool) -> None:
    active = {item.id for item in sitting.case.active}
    speaking = sum(item.id in active for item in members)
    label = f"{title}: {len(members)} items" if len(members) > 1 else f"{title}: 1 item"
    if speaking < len(members):
        label += f", {len(members) - speaking} off or retracted"
    with st.expander(label, opened, key=f"section-{key}", on_change="rerun") as part:
        # A closed section costs nothing: its widgets are not even made.
        for item in members if part.open else ():
            with st.container(horizontal=True, vertical_alignment="center"):
                _switch(sitting, item, key, _named(item))
                st.button("Edit", key=f"edit-{key}-{item.id}", type="tertiary", on_click=_choose, args=(item.id,),
                          help=f"Edit {item.id}")


def _choose(name: str) -> None:
    st.session_state["chosen"] = name


def _named(item: Item) -> str:
    return f"{short(str(item.date))}: {quoted(item.title)}"


def _switch(sitting: Sitting, item: Item, where: str, label: str) -> None:
    on = any(other.id == item.id for other in sitting.case.items)
    st.toggle(label, width="content" if where == "editor" else "stretch", **bound(
        f"switch-{where}-{item.id}", on,
        lambda wanted: sitting.attempt(lambda: switched(sitting.scenario, item.id, wanted))))


def _editor(sitting: Sitting, item: Item) -> None:
    if item.retracted and not item.active(sitting.case.as_of):
        st.caption(f"It was retracted on {wording.day(item.retracted)} and says nothing since.")
    question = sitting.case.question
    ratios = _ratios(item, sitting.case)
    for name in question.hypotheses:
        if name != question.reference:
            _ratio(sitting, item, name, ratios)
    change = _changer(sitting, item.id)
    left, right = st.columns(2)
    with left:
        st.selectbox("Credibility", list(_CREDIBILITIES), format_func=_CREDIBILITIES.__getitem__, **bound(
            f"credibility-{item.id}", item.credibility or _NONE, lambda value: change({"credibility": _stated(value)})))
    with right:
        names = {_NONE: "in no group"} | {group.id: quoted(group.name) for group in sitting.case.groups}
        st.selectbox("Group", list(names), format_func=names.__getitem__, **bound(
            f"group-{item.id}", item.group or _NONE, lambda value: change({"group": _stated(value)})))
        st.text_input("Window: first and last day", placeholder="2023-01-08 2023-01-31", **bound(
            f"window-{item.id}", " ".join(map(str, item.window or ())),
            lambda text: change({"window": text.split() or None})))
    st.markdown(f"{quoted(item.rationale.strip())} (*{item.id}*, source: {item.source})")


def _stated(choice: Any) -> Any:
    return None if choice == _NONE else choice


def _changer(sitting: Sitting, name: str) -> Callable[[dict[str, Any]], None]:
    return lambda changes: sitting.attempt(lambda: revised(sitting.scenario, sitting.base.case, name, changes))


def _ratios(item: Item, case: Case) -> dict[str, Estimate]:
    """The ratios of an item, however it is encoded; low and high are the stated value where it states none."""
    return {name: Estimate(value.stated, *value.bounds()) for name, value in as_ratios(item, case).items()}


def _ratio(sitting: Sitting, item: Item, name: str, ratios: Mapping[str, Estimate]) -> None:
    """Sliders on a log scale: the stated ratio, its low and its high."""
    question = sitting.case.question
    in_files = {other.id: other for other in sitting.base.case.items}
    before = _ratios(in_files.get(item.id, item), sitting.base.case).get(name, ratios[name])

    def move(shift: Callable[[Estimate], Estimate]) -> None:
        # Another click that came at the same time may have taken the item out.
        now = next((other for other in sitting.case.items if other.id == item.id), item)
        asked = _ratios(now, sitting.case)
        changes = restated(now, asked | {name: shift(asked[name])}, question.reference)
        sitting.attempt(lambda: revised(sitting.scenario, sitting.base.case, item.id, changes))

    def slide(place: Any, part: str, title: str, put: Callable[[Estimate, float], Estimate]) -> None:
        now, was = getattr(ratios[name], part), getattr(before, part)
        stops = _stops(now, was)
        place.select_slider(title, sorted(stops.values()), format_func=wording.ratio, **bound(
            f"{part}-{item.id}-{name}", stops[wording.ratio(now)], lambda value: move(lambda old: put(old, value))))

    slide(st, "stated", f"{quoted(question.names[name])}: times likelier than under "
          f"{quoted(question.names[question.reference])}", moved)
    left, right = st.columns(2)
    slide(left, "low", f"Low: {name}", lambda old, value: old._replace(low=min(value, old.stated)))
    slide(right, "high", f"High: {name}", lambda old, value: old._replace(high=max(value, old.stated)))


def _stops(now: float, was: float) -> dict[str, float]:
    """Where a slider stops, by label: steps of equal ratio, where it is, and what the files state, to go back there.

    A label stands for one stop alone, since a browser tells them apart by it, and what the files state goes first:
    stops that changed under a hand would take the slider from it.
    """
    return {wording.ratio(value): value for value in (now, *_RATIOS, was)}


def sources(sitting: Sitting) -> None:
    """Every source that has an item, with its grade."""
    speaking = {item.source for item in sitting.case.active}
    reliability = sitting.forecast.reliability
    for source in sorted(sitting.case.sources, key=lambda source: (source.id not in speaking, source.name)):
        now = f"{wording.percent(reliability[source.id])} reliable" if source.id in speaking else "says nothing yet"
        st.segmented_control(f"{quoted(source.name)} ({now})", list(GRADES), required=True, **bound(
            f"grade-{source.id}", source.grade, _grader(sitting, source.id)))


def _grader(sitting: Sitting, name: str) -> Callable[[str], None]:
    return lambda grade: sitting.attempt(lambda: regraded(sitting.scenario, sitting.base.case, name, grade))


def prior(sitting: Sitting) -> None:
    """The components of the prior with their weights."""
    st.caption("Weights are normalised; 0 leaves a component out.")
    for place, component in enumerate(sitting.case.question.prior):
        steps = sorted({*(round(0.05 * step, 2) for step in range(21)), component.weight,
                        *_weights(sitting.base.case.question.prior, place)})
        st.select_slider(_component(component), steps, format_func=lambda weight: f"{weight:g}", **bound(
            f"weight-{place}", component.weight, _weigher(sitting, place)))


def _weigher(sitting: Sitting, place: int) -> Callable[[float], None]:
    return lambda weight: sitting.attempt(lambda: reweighted(sitting.scenario, sitting.base.case, place, weight))


def _weights(components: tuple[Prior, ...], place: int) -> list[float]:
    return [components[place].weight] if place < len(components) else []


def _component(component: Prior) -> str:
    told = written(component)
    facts = "; ".join(f"{name} {_said(value)}" for name, value in told.items() if name not in ("kind", "weight"))
    return quoted(f"{told['kind'].replace('_', ' ').capitalize()}: {facts}")


def _said(value: Any) -> str:
    return ", ".join(map(_said, value)) if isinstance(value, list) else f"{value:g}" if isinstance(
        value, float) else str(value)


def indicators(sitting: Sitting) -> None:
    """Indicators to be supposed seen, or looked for in vain, on the as-of date."""
    pending = sitting.workspace.indicators
    if not pending or not sitting.case.sources:
        st.caption("There are no indicators." if not pending else "There is no source that could report one.")
        return
    names = {source.id: source.name for source in sorted(sitting.case.sources, key=lambda each: each.grade)}
    st.selectbox("Reported by", list(names), key="reporter", format_func=lambda name: quoted(names[name]))
    supposed = {fields["id"]: fields.get("seen", True) for fields in sitting.scenario.add}
    for indicator in pending:
        state = None if indicator.id not in supposed else "seen" if supposed[indicator.id] else "not seen"
        st.segmented_control(
            f"{quoted(indicator.title)} (by {short(str(indicator.by))})", ["seen", "not seen"], **bound(
                f"indicator-{indicator.id}", state, _supposer(sitting, indicator)))


def _supposer(sitting: Sitting, indicator: Indicator) -> Callable[[str | None], None]:
    return lambda state: sitting.attempt(lambda: _supposed(sitting, indicator, state))


def _supposed(sitting: Sitting, indicator: Indicator, state: str | None) -> Scenario:
    if state is None:
        return switched(sitting.scenario, indicator.id, False)
    day: date = sitting.case.as_of
    fields = from_indicator(sitting.base.case, indicator.id, state == "seen", day)
    return added(sitting.scenario, fields | {"source": st.session_state["reporter"], "credibility": 1})
