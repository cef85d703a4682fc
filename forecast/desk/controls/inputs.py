"""Every input of a forecast: where it is stated, what it is called, what is asked, and how it is typed.

A place is a path: the kind of the record, its id, and the steps to the value in it. The encoding of an item is one
place, whatever it holds, since another encoding replaces the old one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecast.core import text as wording
from forecast.desk.controls import forms, quantities
from forecast.desk.controls.forms import Choice, Form, Switch
from forecast.records.case import Case
from forecast.records.evidence import ENCODINGS, GRADES, Group, Item, Source
from forecast.records.question import Elicited, Exposure, Prior, Question, ReferenceClass
from forecast.records.types import Record, Steps
from forecast.report.words import quoted
from forecast.workspace.yaml.writer import written

ENCODING, OFF, ADDED, HOW = "encoding", "off", "added", "how"
"""Places of an item beside its fields: what it says, whether it is left out, all of one that the desk adds, and by
which encoding it says it."""

_CREDIBILITIES = {None: "not stated", 1: "1 confirmed", 2: "2 probably true", 3: "3 possibly true", 4: "4 doubtful",
                  5: "5 improbable", 6: "6 cannot be judged"}
_ENCODED = {"likelihood_ratio": "as a ratio", "probability": "by probabilities", "counts": "by counts",
            "kept": "by how many are kept"}


TITLES = {"prior": "Outside view", "alternatives": "If it does not happen", "preparation": "Preparation",
          "climate": "Climate", "share_concentration": "Firmness of the shares", "evidence_weight": "All evidence",
          "model_error": "Model error", "default_spread": "Bare ratios"}
"""What the parts of the question are called."""


@dataclass(frozen=True)
class Input:
    """One thing that can be moved."""

    place: Steps
    label: str
    form: Form
    asks: str = ""
    """The question that it answers, in full."""
    hint: str = ""
    more: bool = False
    """Whether it is shown only when asked for."""

    @property
    def id(self) -> str:
        return one_word(self.place)


def one_word(place: Steps) -> str:
    """A place, or what it lies in, as the page names it."""
    return "/".join(map(str, place))


def subject(place: Steps) -> Steps:
    """What a reason is given for: a record, or a field of the question."""
    return place[:3] if place[0] == "question" else place[:2]


# --- values in a case -----------------------------------------------------------------------------------------------


def record(case: Case, place: Steps) -> Record | None:
    """The record in which a place lies; None if the case does not have it."""
    if place[0] == "question":
        return case.question
    records: Sequence[Item | Source | Group] = getattr(case, f"{place[0]}s")
    return next((each for each in records if each.id == place[1]), None)


def stated(case: Case, place: Steps) -> Any:
    """The value of a place as a file would state it; None where nothing is stated."""
    found: Any = record(case, place)
    if place[2] == OFF:
        return None if found is not None else True
    if found is None:
        return None
    if place[2] == ENCODING:
        return encoding(found)
    if place[2] == ADDED:
        return written(found)
    if place[2] == HOW:
        return found.encoding
    for step in place[2:]:
        found = _step(found, step)
        if found is None:
            return 1.0 if place[2] == "likelihood_ratio" else None
    value = written(found)
    return str(value) if hasattr(value, "isoformat") else _plain(value)


def _step(found: Any, step: str | int) -> Any:
    match found:
        case Mapping():
            return found.get(step)
        case Sequence():
            return found[step] if isinstance(step, int) and step < len(found) else None
        case _:
            return getattr(found, str(step), None)


def _plain(value: Any) -> Any:
    """Dates as a file states them, in lists and mappings too."""
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return str(value) if hasattr(value, "isoformat") else value


def encoding(item: Item) -> dict[str, Any]:
    """The fields by which an item says what it says."""
    fields: dict[str, Any] = {item.encoding: written(getattr(item, item.encoding))}
    return fields


# --- the catalogue --------------------------------------------------------------------------------------------------


def item_inputs(case: Case, item: Item) -> Iterator[Input]:
    """What can be moved of an item."""
    place = ("item", item.id)
    yield from item_values(case, item)
    yield Input((*place, OFF), "Counts", Switch(off=True), hint="untick to leave it out of the forecast")
    names: dict[Any, str] = {None: "in no group"} | {group.id: quoted(group.name) for group in case.groups}
    sources = {source.id: f"{quoted(source.name)} ({source.grade})" for source in case.sources}
    kinds = {None: "sign", "condition": "condition"}
    if item.window is None:
        yield Input((*place, "about"), "Kind", Choice(kinds if item.about != "sign" else {"sign": "sign"} | kinds),
                    hint="a sign is of the event being prepared, a condition of favourable times", more=True)
    yield Input((*place, "says"), "Its numbers speak of", Choice(
        {None: f"{'hearing this report' if _reports(item) else 'the fact itself'}, by default",
         "fact": "the fact itself", "report": "hearing this report"}), more=True)
    yield Input((*place, "credibility"), "Credibility", Choice(_CREDIBILITIES), more=True)
    yield Input((*place, "source"), "Source", Choice(sources), more=True)
    yield Input((*place, "group"), "Group", Choice(names), more=True)
    yield Input((*place, "window"), "Days that it speaks of", forms.WINDOW, more=True)
    yield Input((*place, "standing"), "Goes on", forms.STANDING, more=True)
    yield Input((*place, "date"), "Public since", forms.DAY, more=True)
    yield Input((*place, "retracted"), "Retracted on", forms.DAY, more=True)
    yield Input((*place, HOW), "Stated", Choice({name: _ENCODED[name] for name in _encodings(item)}), more=True)
    if item.probability is not None or item.counts is not None:
        yield Input((*place, "seen"), "Was seen", Switch(), more=True,
                    hint="untick for what was looked for, and not there")


def _reports(item: Item) -> bool:
    """What an item speaks of where it does not say."""
    return item.counts is not None or item.kept is not None or not item.seen


def _encodings(item: Item) -> list[str]:
    """The encodings to which an item can go from its own: counts cannot be made up."""
    return [name for name in ENCODINGS if name == item.encoding or name in ("likelihood_ratio", "probability")
            or (name == "kept" and item.window is not None)]


def item_values(case: Case, item: Item) -> Iterator[Input]:
    """What an item says, hypothesis by hypothesis."""
    question, place = case.question, ("item", item.id)
    names = {name: quoted(title) for name, title in question.names.items()}
    reference = names[question.reference]
    if item.kept is not None:
        yield Input((*place, "kept"), "Kept", quantities.CHANCES, "Of announcements like this one, how many are kept?")
    elif item.likelihood_ratio is not None:
        for name in question.hypotheses:
            if name != question.reference:
                asks = kind_question(question, item) if name == question.event.id else (
                    f"If the event does not happen: how much likelier under “{names[name]}” than under “{reference}”?")
                yield Input((*place, "likelihood_ratio", name), names[name], quantities.RATIOS, asks,
                            f"compared with “{reference}”; type a number, 1/4, or words such as clearly against")
    else:
        thing = "this" if item.seen else "what was looked for, and not there,"
        for name in question.hypotheses:
            asks = f"How likely is {thing} if “{names[name]}” is coming true?"
            if item.counts is not None:
                asks = f"Of comparable occasions under “{names[name]}”, how often was it there?"
            form: Form = quantities.CHANCES if item.counts is None else forms.COUNTS
            yield Input((*place, item.encoding, name), names[name], form, asks)


def kind_question(question: Question, item: Item) -> str:
    """The question that the kind of an item puts to its encoder."""
    event = quoted(question.event.name)
    match item.kind:
        case "claim":
            assert item.window is not None
            days = wording.span(item.window.first, item.window.last)
            return f"How much likelier do they say so if “{event}” happens on {days} than if it does not?"
        case "condition":
            return f"How much likelier is this while “{event}” may well happen than while it may not?"
        case _:
            return f"How much likelier is this if “{event}” is being prepared now than if not?"


def source_inputs(source: Source) -> Iterator[Input]:
    """What can be moved of a source."""
    place = ("source", source.id)
    means = {grade: f"{grade} {100 * mean:.0f}%" for grade, mean in GRADES.items()}
    yield Input((*place, "grade"), "Grade", Choice(means, few=True), asks="How reliable is this source?",
                hint="Admiralty grades with the reliability that each stands for; F: cannot be judged")
    yield Input((*place, "record"), "Checked claims", forms.RECORD, hint="base: how often such claims come true anyway")
    yield Input((*place, "checked"), "Learns from its claims", Switch(),
                hint="untick for a kind of source rather than a speaker")


def group_inputs(group: Group) -> Iterator[Input]:
    """What can be moved of a group."""
    place = ("group", group.id)
    yield Input((*place, "overlap"), "Overlap", quantities.FRACTIONS,
                "How much of a further report have the others already told?", "0%: nothing; 100%: everything")
    yield Input((*place, "memory"), "Memory", forms.MEMORY, hint="how far apart two reports may be and still echo")


def prior_inputs(question: Question) -> Iterator[Input]:
    """What can be moved of the outside view: weights, every parameter, and the shares of the alternatives."""
    place = ("question", question.id)
    total = sum(component.weight for component in question.prior)
    for index, component in enumerate(question.prior):
        name = component_name(component)
        at = (*place, "prior", index)
        share = "" if abs(total - 1) < 0.005 else f"{wording.percent(component.weight / total)} of all weights"
        yield Input((*at, "weight"), f"{name}: weight", quantities.WEIGHTS, hint=share)
        match component:
            case Exposure():
                yield Input((*at, "events"), f"{name}: events", quantities.NUMBERS)
                yield Input((*at, "weeks"), f"{name}: weeks", quantities.NUMBERS, hint="of comparable exposure")
            case Elicited():
                bare = component.probability.bare
                yield Input((*at, "probability"), f"{name}: probability",
                            quantities.CHANCES if bare else quantities.SURE_CHANCES, hint="by the horizon")
                yield Input((*at, "weeks"), f"{name}: weeks", quantities.TIMINGS,
                            hint="low, median, high from the opening, if it happens")
    if len(question.alternatives) > 1:
        shares = dict(zip((each.id for each in question.alternatives), question.shares, strict=True))
        for index, each in enumerate(question.alternatives):
            yield Input((*place, "alternatives", index, "share"), f"{quoted(each.name)}: share", quantities.SHARES,
                        hint=f"{wording.percent(shares[each.id])} of all that is not the event")
        yield Input((*place, "share_concentration"), "Firmness of the shares", quantities.NUMBERS,
                    hint="how many similar cases the shares are worth")


def component_name(component: Prior) -> str:
    """What a component of the prior is called."""
    whose = f" of {quoted(component.analyst)}" if component.analyst else ""
    match component:
        case ReferenceClass():
            return f"Past cases{whose}"
        case Exposure():
            return f"Rate{whose}"
        case _:
            return f"Judgement{whose}"


def model_inputs(question: Question) -> Iterator[Input]:
    """What can be moved of the model: the two processes, and how far evidence is trusted as a whole."""
    place = ("question", question.id)
    for name, label in (("preparation", "Preparation"), ("climate", "Climate")):
        yield Input((*place, name, "lead"), f"{label}: lead", quantities.SPANS,
                    hint="half of the events happen within this time of its start")
        yield Input((*place, name, "carried_out"), f"{label}: carried out", quantities.CHANCES,
                    hint="share of them that ends in the event")
        yield Input((*place, name, "unprepared"), f"{label}: events without", quantities.FRACTIONS,
                    hint="share of events that happen without it")
    yield Input((*place, "evidence_weight"), "Weight of all evidence (κ)", quantities.POWERS,
                hint="1: as stated; 0: none; 2: twice")
    yield Input((*place, "model_error"), "Model error", quantities.ERRORS,
                hint="what such forecasts are off by, in natural log odds; widens the range alone")
    yield Input((*place, "default_spread"), "Spread of a bare ratio", quantities.FACTORS,
                hint="factor either way; widens the range alone")


def inputs_of(case: Case, about: Record) -> Iterator[Input]:
    """Everything that can be moved of a record."""
    match about:
        case Item():
            yield from item_inputs(case, about)
        case Source():
            yield from source_inputs(about)
        case Group():
            yield from group_inputs(about)
        case _:
            yield from prior_inputs(case.question)
            yield from model_inputs(case.question)
