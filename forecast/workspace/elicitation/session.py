"""Encoding questions in an order that cannot be changed: the outside view first, then item by item, into a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from forecast.core.errors import ForecastError, InputError, Problem, refuse
from forecast.records.elicitation import ItemView, NeutralCase, NeutralItem, OutsideView
from forecast.records.faults import refusals
from forecast.records.types import WORDS, Record
from forecast.workspace.elicitation.chained_log import ChainedLog, canonical, hash_of
from forecast.workspace.elicitation.neutral import NeutralFile
from forecast.workspace.stored.documents import Part
from forecast.workspace.writing import refuse_read

FORMAT = 1
"""Of the log; written in its first line."""

Fields = dict[str, Any]


class Rejected(ForecastError):  # noqa: N818  it is a verdict on an answer
    """An answer that does not fit; nothing was written."""


@dataclass(frozen=True)
class Request:
    """What is asked next: the outside view of a question or, with an item, what that item says."""

    case: NeutralCase
    item: NeutralItem | None = None

    @property
    def shown(self) -> str:
        """The hash of the facts that the encoder sees, without the words around them."""
        seen = _facts(self.case) if self.item is None else _facts_of(self.case, self.item)
        return hash_of(seen)

    @property
    def set_before(self) -> str:
        """The hash of what bears on the forecast, was set before any encoder, and is not shown to him.

        What is learned later is not part of it: when an item ended or was taken back, and a calibration.
        """
        if self.item is None:
            return _hash_of_set(self.case.question, _SET_OF_QUESTION)
        groups = [_hash_of_set(group, {"memory"}) for group in self.case.groups if group.id == self.item.group]
        standing = self.item.standing and _hash_of_set(self.item.standing, {"at_most"})
        return hash_of({"item": _hash_of_set(self.item, {"source", "seen"}), "groups": groups, "standing": standing})

    def document(self) -> Fields:
        """What the encoder sees."""
        return _outside(self.case) if self.item is None else _item(self.case, self.item)

    def accept(self, answer: Mapping[str, Any]) -> None:
        """Check an answer; raises `Rejected` with everything that is wrong with it."""
        try:
            canonical(answer).encode()
        except (ValueError, TypeError, RecursionError):
            raise Rejected("holds what cannot be written down; write texts in UTF-8 and finite numbers") from None
        if self.item is None:
            wrong = list(_parsed(OutsideView, answer).misfits(self.case))
        else:
            view = _parsed(ItemView, answer)
            wrong = [*view.misfits(self.case, self.item), *view.unheard()]
        if wrong:
            raise Rejected("; ".join(map(str, wrong)))


def _parsed[View: Record](kind: type[View], answer: Mapping[str, Any]) -> View:
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        raise Rejected("; ".join(map(str, refusals(error, kind, answer)))) from None


_SET_OF_QUESTION = {"preparation", "climate", "default_spread", "share_concentration", "evidence_weight", "model_error"}


def _hash_of_set(record: Record, names: set[str]) -> str:
    """A hash of some fields; those that are left out and those that say what they are if left out are alike."""
    return hash_of({"set": record.model_dump_json(include=names, exclude_defaults=True)})


class _Line(Part):
    """A line of a log after its first."""

    entry: Literal["outside", "item"]
    question: str
    shown: str
    set_before: str | None = None
    answer: Fields
    item: str = ""
    items: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class Stored[View: Record]:
    """An answer in a log, and what its encoder was shown."""

    answer: View
    shown: str
    set_before: str | None = None
    """Of what was set and not shown; older logs do not have it."""
    items: tuple[str, ...] = ()
    """With an outside view: the items that are asked after it."""

    def was_of(self, request: Request) -> bool:
        """Whether it answered a request as that is now."""
        return self.shown == request.shown and self.set_before in (None, request.set_before)


@dataclass
class Answered:
    """What a log holds, by question."""

    outside: dict[str, Stored[OutsideView]] = field(default_factory=dict)
    items: dict[str, dict[str, Stored[ItemView]]] = field(default_factory=dict)

    def left(self, question: str) -> list[str]:
        """Ids of the items of a question that wait for their answer."""
        done = self.items.get(question, {})
        return [name for name in self.outside[question].items if name not in done]

    def add(self, fields: Fields) -> str:
        """Take a line in; returns what is wrong with it or with its place in the order."""
        try:
            line = _Line.model_validate(fields)
            if what := self._misplaced(line):
                return what
            if line.entry == "outside":
                view = OutsideView.model_validate(line.answer)
                self.outside[line.question] = Stored(view, line.shown, line.set_before, tuple(line.items))
            else:
                said = Stored(ItemView.model_validate(line.answer), line.shown, line.set_before)
                self.items.setdefault(line.question, {})[line.item] = said
        except ValidationError:
            return "is not an answer that was accepted"
        return ""

    def _misplaced(self, line: _Line) -> str:
        if line.entry == "outside":
            return f"holds a second outside view of {line.question}" if line.question in self.outside else ""
        if line.question not in self.outside:
            return "holds what was written before the outside view of its question"
        if line.item not in self.left(line.question):
            return f"holds a second answer to {line.item}, or one to an item that was not asked"
        return ""


def replayed(log: ChainedLog, analyst: str) -> Answered:
    """What an encoder has answered.

    Raises `InputError` if the lines are not in the order that the protocol demands; names the line.
    """
    found = Answered()
    for number, line in enumerate(log.lines, start=1):
        if number == 1:
            fits = (line.get("entry"), line.get("analyst"), line.get("format")) == ("begin", analyst, FORMAT)
            what = "" if fits else f"is not the beginning of a log of {analyst} in format {FORMAT}"
        else:
            what = found.add(line)
        if what:
            raise InputError([Problem(str(log.path), number, "", f"{what}; restore the log from a backup")])
    return found


def changed(file: NeutralFile, answered: Answered, analyst: str) -> list[Problem]:
    """Where a question is not what an encoder was shown."""
    outside, answers = answered.outside[file.id], answered.items.get(file.id, {})
    items = {item.id: item for item in file.case.items}
    places = [] if outside.was_of(Request(file.case)) else ["question"]
    places += [] if outside.items == tuple(items) else ["evidence"]
    places += [f"evidence.{name}" for name, stored in answers.items()
               if name in items and not stored.was_of(Request(file.case, items[name]))]
    what = f"was changed after {analyst} had been shown it; restore it as it was"
    if not places:
        misfits = [*outside.answer.misfits(file.case)]
        for name, stored in answers.items():
            misfits += stored.answer.misfits(file.case, items[name])
        places = ["question"] if misfits else []
        what = f"is not what {analyst} answered ({misfits[0]}); restore the log from a backup" if misfits else ""
    return [Problem(str(file.path), 1, place, what) for place in places]


class Session:
    """The questions of one encoder, and how far he has come.

    They are asked in the order in which they are given, but for one that is begun, which comes first. The log
    ANALYST.log.jsonl lies in the folder, or is begun there.

    Raises `InputError` if the log is not what was written or a question was changed after it had been shown, and
    `ForecastError` if a question is begun, not finished, and not among the questions, or a workspace is read from the
    folder.
    """

    def __init__(self, questions: Sequence[NeutralFile], analyst: str, folder: Path) -> None:
        refuse_read(folder)
        self.analyst = analyst
        self.log = ChainedLog(folder / f"{analyst}.log.jsonl")
        self.answered = replayed(self.log, analyst)
        known = {each.id for each in questions}
        for name in self.answered.outside:
            if name not in known and self.answered.left(name):
                raise ForecastError(f"{name} is begun and not finished in {self.log.path}; name its file too")
        problems = [problem for each in questions if each.id in self.answered.outside
                    for problem in changed(each, self.answered, analyst)]
        refuse(problems)
        self.questions = sorted(questions, key=lambda each: each.id not in self.answered.outside)

    def pending(self) -> list[Request]:
        """What is asked next and, if that is an item, the others of its block after it; empty when all is done."""
        for file in self.questions:
            if file.id not in self.answered.outside:
                return [Request(file.case)]
            if waiting := self.answered.left(file.id):
                left = [item for item in file.case.items if item.id in waiting]
                block = file.case.block(left[0])
                return [Request(file.case, item) for item in left if file.case.block(item) == block]
        return []

    def answer(self, answer: Mapping[str, Any], *, at_once: bool = False) -> str:
        """Write the answer to what is asked next, for good; returns the hash of its line.

        The answer has the fields of an `OutsideView` or an `ItemView`; `at_once` says that the items of the block were
        shown together, and the log says so too. Raises `Rejected` if it does not fit; nothing is written then.
        """
        request = self.pending()[0]
        request.accept(answer)
        if not self.log.lines:
            self.log.append({"entry": "begin", "analyst": self.analyst, "format": FORMAT})
        case = request.case
        line: Fields = {"question": case.question.id, "shown": request.shown, "set_before": request.set_before,
                        "answer": dict(answer)}
        if request.item is None:
            line |= {"entry": "outside", "first": str(case.first), "items": [item.id for item in case.items]}
        else:
            line |= {"entry": "item", "item": request.item.id, "at_once": at_once}
        written = self.log.append(line)
        self.answered.add(self.log.lines[-1])
        return written


# What an encoder is shown.

_JUDGED = {
    "fact": "Judge the thing reported as if it were so: how far the source can be trusted is counted elsewhere.",
    "report": "Judge hearing this from this speaker, reasons to say so included: nothing is discounted afterwards.",
}
_WORDS = ", ".join(f"{word} {ratio:g}" for word, ratio in WORDS.items())


def _facts(case: NeutralCase) -> Fields:
    question = case.question
    return {"question": question.id, "title": question.title, "resolution": question.resolution,
            "opens": str(question.opens), "deadline": str(question.horizon), "first_date": str(case.first),
            "event": question.event.phrase or question.event.name,
            "otherwise": {each.id: each.name for each in question.alternatives}}


def _facts_of(case: NeutralCase, item: NeutralItem) -> Fields:
    source = next((each.name for each in case.sources if each.id == item.source), item.source)
    facts = {"question": case.question.id, "item": item.id, "title": item.title, "date": str(item.date),
             "seen_on": str(case.block(item)), "source": source, "kind": item.kind,
             "window": item.window and [str(day) for day in item.window],
             "says": "report" if item.is_report else "fact", "credibility": item.credibility,
             "group": _group(case, item), "note": item.note,
             "lasting": item.standing and f"It goes on: judge what {item.standing.every:g} weeks of it say."}
    return {name: value for name, value in facts.items() if value is not None}


def _outside(case: NeutralCase) -> Fields:
    question = case.question
    several = len(question.alternatives) > 1
    answer = {
        "question": question.id,
        "known": "the probability, 0 to 1, that you know how this was resolved",
        "known_outcome": f"optional: {' or '.join(question.hypotheses)}",
        "probability": f"[low, stated, high] that it happens by {question.horizon}, judged on {case.first}, "
                       "given that it had not happened by then; low and high are 5 and 95 %",
        "quartiles": f"given that it happens by {question.horizon}: the dates, or weeks after {case.first}, by which "
                     "25, 50 and 75 % of it will have happened"}
    if several:
        answer["shares"] = "if it does not happen: " + ", ".join(
            f"{each.id}: probability" for each in question.alternatives)
    answer |= {"reference_class": "the class of cases that you compare it with",
               "reason": "why this probability and timing"}
    return {"ask": "outside"} | _facts(case) | {"answer": answer}


def _item(case: NeutralCase, item: NeutralItem) -> Fields:
    question, answer = case.question, {"question": case.question.id, "item": item.id}
    answer |= {"word": _WORDS, "side": "for or against the event; left out with nothing"}
    if item.takes_kept:
        answer["kept"] = ("instead of word and side, if it announces the event: of announcements like this, how many "
                          "are kept? [low, stated, high] or a number")
    others = [each for each in question.alternatives if each.id != question.reference]
    if others:
        answer["background"] = (
            "optional, with a word: what it says if the event does not happen: "
            f"{{{others[0].id}: {{word: ..., side: for or against}}}}, against {question.reference}")
    facts = _facts_of(case, item)
    return {"ask": "item"} | facts | {"asks": asks(case, item), "judge": _JUDGED[facts["says"]],
                                      "answer": answer | {"reason": "why"}}


def _group(case: NeutralCase, item: NeutralItem) -> Fields | None:
    """The group of an item with those of its other members that are known on the day."""
    group = next((group for group in case.groups if group.id == item.group), None)
    if group is None:
        return None
    others = [each for each in case.evidence if each.group == group.id and each.id != item.id
              and case.block(each) <= case.block(item)]
    return {"name": group.name, "overlap": group.overlap.stated,
            "others": [f"{each.date} {each.title}" for each in others]}


def asks(case: NeutralCase, item: NeutralItem) -> str:
    """The question that the kind of an item puts to its encoder."""
    event = case.question.event.name
    if item.window is not None:
        days = f"from {item.window.first} to {item.window.last}"
        kept = " Or, if this announces the event: of announcements like this, how many are kept?"
        return (f"How much likelier is it that they say so if the event ({event}) happens {days} than if it does not?"
                f"{kept if item.takes_kept else ''}")
    if item.kind == "condition":
        return (f"How much likelier is this while things are such that the event ({event}) may well happen than while "
                "they are not?")
    return f"How much likelier is this if the event ({event}) is being prepared now than if it is not?"
