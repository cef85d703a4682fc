"""How `forecast new` asks, and what it shows before it writes.

An answer that is wrong is asked for again, and no other answer is lost by it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import typer

from forecast.cli.dialogues.questions import (
    COUNTS,
    ESTIMATE,
    HOW,
    KINDS_OF_QUESTION,
    LAST_QUESTIONS,
    QUESTIONS,
    READERS,
    Question,
    Stated,
)
from forecast.core import text as wording
from forecast.core.errors import ForecastError, did_you_mean
from forecast.core.scalars import unwritable
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import KINDS, Group, Item
from forecast.records.faults import dangling, field_faults, misdated, names
from forecast.records.types import Fault
from forecast.workspace.editing import Proposal, from_indicator, in_order, propose, write_item
from forecast.workspace.loader import Workspace, load
from forecast.workspace.yaml.writer import entry

Fields = dict[str, Any]
Answers = Mapping[str, str | None]
"""What the command line answers, by field."""


@dataclass(frozen=True)
class Wanted:
    """What is to be done with the item."""

    name: str
    as_of: date | None = None
    indicator: str | None = None
    seen: bool = True
    yes: bool = False
    dry_run: bool = False


def new_item(workspace: Workspace, wanted: Wanted, given: Answers, stated: Stated, today: date) -> None:
    """Ask for what is missing, show what the item does to the forecast, and write it once that is confirmed.

    Raises `ForecastError` if something is missing and nobody can be asked, or the item would not pass the gate.
    """
    case = workspace.case(wanted.as_of)
    dialogue = Dialogue(workspace, case, {"id": wanted.name, "title": None, "date": None, "recorded": today}, today)
    dialogue.check("id", wanted.name)
    if wanted.indicator is not None:
        found = from_indicator(case, wanted.indicator, wanted.seen, dialogue.usual_day)
        dialogue.fields |= found | {"id": wanted.name, "date": None}
    with _kept(dialogue):
        dialogue.ask_all(given, stated, wanted)
        proposal = propose(dialogue.workspace, dialogue.fields, without=wanted.indicator)
        if dialogue.was_asked and not wanted.dry_run:
            typer.echo(f"\n{entry(in_order(dialogue.fields))}")
        typer.echo(effect(case.at(max(case.as_of, dialogue.fields["date"])), proposal))
        if wanted.dry_run:
            typer.echo(f"{proposal.diff}Nothing was written.")
        elif wanted.yes or not _is_terminal() or typer.confirm("Write it?", default=True):
            written = write_item(workspace, dialogue.fields, without=wanted.indicator)
            typer.echo(f"{wanted.name}: written to {', '.join(sorted(written.after))}")
        else:
            typer.echo("Nothing was written.")


@contextmanager
def _kept(dialogue: Dialogue) -> Iterator[None]:
    """Print what somebody has typed if it cannot be written after all."""
    try:
        yield
    except (ForecastError, typer.Abort):
        dialogue.tidy()
        if dialogue.was_asked:
            entered = entry(in_order(dialogue.fields))
            typer.echo(f"\nNothing was written. What you have entered, to go on with:\n\n{entered}", err=True)
        raise


@dataclass
class Dialogue:
    """The item as far as it is known, and whoever can be asked for the rest."""

    workspace: Workspace
    case: Case
    fields: Fields
    today: date
    was_asked: bool = False
    hypotheses: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.hypotheses = self.workspace.question.names

    def ask_all(self, given: Answers, stated: Stated, wanted: Wanted) -> None:
        """Fill every field, from the command line or by asking."""
        whole = given.get("title") is None and wanted.indicator is None
        given = dict(given) | {"kind": given.get("about")}
        if given.get("window") is not None or stated.kept is not None:
            self.fields["kind"] = "claim"
        for question in QUESTIONS:
            self._fill(question, given, whole)
        self.fields["date"] = self.fields["date"] or self.usual_day
        if wanted.indicator is None:
            self._encode(stated, wanted.seen)
        elif any((stated.probability, stated.counts, stated.likelihood_ratio, stated.kept)):
            raise ForecastError("--from-indicator takes the numbers of the indicator; leave out --if, --counts, "
                                "--ratio and --kept, or the indicator")
        for question in LAST_QUESTIONS:
            self._fill(question, given, whole)
        self.tidy()

    def tidy(self) -> None:
        """What was asked as the kind, in the terms of a file: a claim is what has a window."""
        kind = self.fields.pop("kind", None)
        if kind not in (None, "claim"):
            self.fields["about"] = kind

    @property
    def usual_day(self) -> date:
        """The date of an item of which nobody states one: the as-of date, or today if that is earlier."""
        return min(self.case.as_of, self.today)

    @property
    def kind(self) -> str:
        """sign, condition or claim, as far as it is known."""
        return self.fields.get("kind") or ("claim" if self.fields.get("window") else "sign")

    def _fill(self, question: Question, given: Answers, whole: bool) -> None:
        name, answer = question.field, given.get(question.field)
        is_asked = question.is_needed or (whole and _is_terminal())
        if name == "date":  # of an indicator too, whose outcome is often learned later
            is_asked = given.get("title") is None and _is_terminal()
        elif name == "window":
            is_asked = self.kind == "claim"
        elif self.kind == "claim" and name == "standing":
            is_asked = False
        if answer is not None:
            with _naming(f"{question.option} {answer}"):
                self.fields[name] = self.check(name, question.read(answer))
        elif self.fields.get(name) is None and is_asked:
            self.fields[name] = self._ask(question)

    def _ask(self, question: Question) -> Any:
        words, is_needed = question.words, question.is_needed or question.field == "window"
        if question.field == "date":
            words = f"{words} (Enter: {self.usual_day})"
        if question.field == "source":
            words = f"{words} ({', '.join(each.id for each in self.workspace.sources) or 'there is none yet'})"
        if question.field == "group":
            words = f"{words}{''.join(map(self._members, self.workspace.groups)) or ' (there is none yet)'}"
        return self.again(question.option, words, lambda answer: self.check(question.field, question.read(answer)),
                          is_needed=is_needed)

    def _members(self, group: Group) -> str:
        """A group with what joined it last."""
        members = [item for item in self.case.items if item.group == group.id and item.date <= self.case.as_of]
        recent = "; ".join(f"{item.title} ({item.date})" for item in members[:-4:-1])
        return f"\n  {group.id}: {recent or 'nothing yet'}"

    def again(self, option: str, words: str, read: Callable[[str], Any], *, is_needed: bool = True) -> Any:
        """Ask until the answer can be read; nothing, where an answer is not needed, is None."""
        while True:
            if not _is_terminal():
                raise ForecastError(f"{option} is missing; state it, or run the command in a terminal to be asked")
            suffix = " " if words.endswith("?") else ": "
            answer: str = typer.prompt(words, default=None if is_needed else "", show_default=False,
                                       prompt_suffix=suffix)
            self.was_asked = True
            try:
                return read(answer) if is_needed or answer.strip() else None
            except ForecastError as error:
                typer.echo(str(error))

    def check(self, name: str, value: Any) -> Any:
        """The value of a field if it can stand, by itself and among the records of the workspace."""
        if isinstance(value, str) and (what := unwritable(value)) is not None:
            raise ForecastError(what)
        faults = field_faults(Item, name, value) if name in Item.model_fields else []
        if name == "date" and not faults:
            faults = self._date_faults(value)
        if name == "kind" and value not in KINDS:
            faults = [Fault((name,), f"{value or '(nothing)'} is not a kind; {did_you_mean(str(value), KINDS)}")]
        if name in ("source", "group"):
            self._look_again(name, value)
            known = names(self.case.question, [each.id for each in self.workspace.sources],
                          [each.id for each in self.workspace.groups])
            faults += dangling({name: value}, known)
        if name == "id" and ("item", value) in self.workspace.places:
            place_of = self.workspace.places["item", value]
            faults.append(Fault(("id",), f"{value} is an item already, in {place_of.file}:{place_of.line('id')}; write "
                                         "another id"))
        if faults:
            raise ForecastError("; ".join(str(Fault(path[1:], what)) for path, what in faults))
        return value

    def _look_again(self, field: str, name: str | None) -> None:
        """Read the workspace anew where somebody who was told of a missing source or group may have added it."""
        records = self.workspace.sources if field == "source" else self.workspace.groups
        if self.was_asked and name not in [each.id for each in records]:
            self.workspace = load(self.workspace.root)

    def _date_faults(self, day: date) -> list[Fault]:
        """What is wrong with the day on which something became public, as far as the question and the calendar go."""
        what = None
        if day > self.today:
            what = f"{day} lies after today, {self.today}; write the day on which it became public"
        elif day > self.case.as_of:
            what = misdated(self.case.question, day)
        return [] if what is None else [Fault(("date",), what)]

    def _encode(self, stated: Stated, seen: bool) -> None:
        """The encoding: as stated, and asked for where a hypothesis is left out."""
        for encoding, option in Stated.OPTIONS.items():
            pairs = [self._pair(option, encoding, text) for text in getattr(stated, encoding)]
            named = [name for name, _ in pairs]
            if twice := next((name for name in named if named.count(name) > 1), None):
                raise ForecastError(f"{option}: {twice} is given twice; leave one out")
            if pairs:
                self.fields[encoding] = dict(pairs)
        if stated.kept is not None:
            with _naming(f"--kept {stated.kept}"):
                self.fields["kept"] = self.check("kept", READERS["kept"](stated.kept))
        given = [encoding for encoding in READERS if encoding in self.fields]
        thing = "this" if seen else "what you looked for and did not see"
        if not given:
            self._ask_kind(thing, seen)
        elif given in (["probability"], ["counts"]):
            self._ask_each(given[0], thing)
        if not seen:
            self.fields["seen"] = False

    def _ask_kind(self, thing: str, seen: bool) -> None:
        """The question of the item's kind; another encoding may be chosen instead of an answer."""
        others = "the words counts, if you have counted, or probability, to say how often in each world"
        words = KINDS_OF_QUESTION[self.kind].format(thing=thing)
        if self.kind == "claim" and seen:
            words = f"{words}\n  a share such as 0.2, or low,stated,high; or the word ratio; or {others}"
            encoding, value = self.again("--kept", words, partial(self._first, "kept"))
        elif seen:
            words = f"{words}\n  {HOW}; or {others}"
            encoding, value = self.again("--ratio", words, partial(self._first, "likelihood_ratio"))
        else:  # what was not seen has a complement, which a ratio has not
            encoding, value = "probability", None
        if encoding == "kept":
            self.fields["kept"] = value
        elif encoding == "likelihood_ratio":
            self._ask_ratios(thing, value)
        else:
            self._ask_each(encoding, thing)

    def _first(self, encoding: str, answer: str) -> tuple[str, Any]:
        """The encoding that an answer chooses, or its value by the one that was asked for."""
        names = {"ratio": "likelihood_ratio", "counts": "counts", "probability": "probability"}
        if chosen := names.get(answer.strip().lower()):
            return chosen, None
        if encoding == "kept":
            return encoding, self.check("kept", READERS["kept"](answer))
        return encoding, self._value(encoding, self.case.question.event.id, answer)

    def _pair(self, option: str, encoding: str, text: str) -> tuple[str, Any]:
        name, sign, value = text.partition("=")
        with _naming(f"{option} {text}"):
            if name not in self.hypotheses:
                raise ForecastError(f"{name or '(nothing)'} is not a hypothesis; {did_you_mean(name, self.hypotheses)}")
            if not sign:
                raise ForecastError(f"the number is missing; write {name}=0.3")
            return name, self._value(encoding, name, value)

    def _value(self, encoding: str, name: str, answer: str) -> Any:
        """The value for one hypothesis, as a file would state it."""
        value = READERS[encoding](answer)
        self.check(encoding, {name: value})
        return value

    def _ask_each(self, encoding: str, thing: str) -> None:
        """Probabilities or counts of every hypothesis that lacks one."""
        how = {"probability": ESTIMATE, "counts": COUNTS}[encoding]
        answers: Fields = self.fields.setdefault(encoding, {})
        for hypothesis, label in self.hypotheses.items():
            if hypothesis not in answers:
                words = f"How often would you see {thing} if “{label}” were coming true? ({how})"
                answers[hypothesis] = self.again(f"--if {hypothesis}=P", words,
                                                 partial(self._value, encoding, hypothesis))
        self.fields[encoding] = {hypothesis: answers[hypothesis] for hypothesis in self.hypotheses}

    def _ask_ratios(self, thing: str, event: Any) -> None:
        """Ratios against the reference: the event's, if it was not stated yet, and those of the other alternatives."""
        question = self.case.question
        reference = self.hypotheses[question.reference]
        answers: Fields = {} if event is None else {question.event.id: event}
        self.fields["likelihood_ratio"] = answers
        for hypothesis, label in self.hypotheses.items():
            if hypothesis in answers or hypothesis == question.reference:
                continue
            is_needed = hypothesis == question.event.id
            words = (f"How often would you see {thing} under “{label}”, against how often under “{reference}”?"
                     f"\n  {HOW}{'' if is_needed else ' (Enter: as often)'}")
            value = self.again(f"--ratio {hypothesis}=R", words,
                               partial(self._value, "likelihood_ratio", hypothesis), is_needed=is_needed)
            if value is not None:
                answers[hypothesis] = value


@contextmanager
def _naming(typed: str) -> Iterator[None]:
    """Say of an error which words of the command line it is about."""
    try:
        yield
    except ForecastError as error:
        raise ForecastError(f"{typed}: {error}") from None


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def effect(case: Case, proposal: Proposal) -> str:
    """Say what a proposal does to the three headlines of a case."""
    before, after = Exact(case).forecast, Exact(proposal.workspace.case(case.as_of)).forecast
    pairs = {f"the forecast by {wording.short(case.question.horizon)}": (before.event, after.event),
             f"the one by {wording.short(before.next.until)}": (before.next.probability, after.next.probability),
             "that it is being prepared now": (before.preparing.now, after.preparing.now)}
    moves = [f"{what} from {wording.chance(then, 1)} to {wording.chance(now, 1)}"
             for what, (then, now) in pairs.items()]
    return (f"As of {case.as_of} it takes {', '.join(moves[:2])}, and the chance {moves[2]} "
            f"({wording.db(after.decibans - before.decibans)} decibans; {wording.term(after.event)}).")
