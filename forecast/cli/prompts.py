"""How `forecast new` asks, and what it shows before it writes.

An answer that is wrong is asked for again, and no other answer is lost by it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import typer

from forecast.cli.questions import ESTIMATE, LAST_QUESTIONS, OPTIONS_ALONE, QUESTIONS, READERS, Question, Stated
from forecast.core import text as wording
from forecast.core.errors import ForecastError, did_you_mean
from forecast.core.scalars import control
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.messages import field_faults
from forecast.records.references import dangling, names
from forecast.records.types import Fault, dotted
from forecast.workspace.editing import Proposal, entered, from_indicator, propose, write_item
from forecast.workspace.loader import Workspace
from forecast.workspace.yaml_writer import entry

Fields = dict[str, Any]
Answers = Mapping[str, str | None]
"""What the command line answers, by field."""


@dataclass(frozen=True)
class Wanted:
    """What is to be done with the item."""

    name: str
    as_of: date | None = None
    day: date | None = None
    indicator: str | None = None
    seen: bool = True
    yes: bool = False
    dry_run: bool = False


def new_item(workspace: Workspace, wanted: Wanted, given: Answers, stated: Stated, today: date) -> None:
    """Ask for what is missing, show what the item does to the forecast, and write it once that is confirmed.

    Raises
    ------
    ForecastError
        If something is missing and nobody can be asked, or the item would not pass the gate.
    """
    case = workspace.case(wanted.as_of)
    public = wanted.day or case.as_of
    case = case.at(max(case.as_of, public))
    dialogue = Dialogue(workspace, case, {"id": wanted.name, "title": None, "date": public,
                                          "recorded": entered(public, today)})
    dialogue.check("id", wanted.name)
    if wanted.indicator is not None:
        dialogue.fields |= from_indicator(case, wanted.indicator, wanted.seen, public) | {"id": wanted.name}
    with _kept(dialogue):
        dialogue.ask_all(given, stated, wanted)
        proposal = propose(workspace, dialogue.fields, without=wanted.indicator)
        typer.echo(effect(case, proposal))
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
        if dialogue.was_asked:
            typer.echo(f"\nNothing was written. What you have entered, to go on with:\n\n{entry(dialogue.fields)}",
                       err=True)
        raise


@dataclass
class Dialogue:
    """The item as far as it is known, and whoever can be asked for the rest."""

    workspace: Workspace
    case: Case
    fields: Fields
    was_asked: bool = False
    hypotheses: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.hypotheses = self.workspace.question.names

    def ask_all(self, given: Answers, stated: Stated, wanted: Wanted) -> None:
        """Fill every field, from the command line or by asking."""
        whole = given.get("title") is None and wanted.indicator is None
        for question in (*QUESTIONS, *OPTIONS_ALONE):
            self._fill(question, given, whole)
        if wanted.indicator is None:
            self._encode(stated, wanted.seen)
        elif any((stated.probability, stated.counts, stated.likelihood_ratio)):
            raise ForecastError("--from-indicator takes the numbers of the indicator; leave out --if, --counts and "
                                "--ratio, or the indicator")
        for question in LAST_QUESTIONS:
            self._fill(question, given, whole)

    def _fill(self, question: Question, given: Answers, whole: bool) -> None:
        name, answer = question.field, given.get(question.field)
        if answer is not None:
            self.fields[name] = self._read(question, answer)
        elif self.fields.get(name) is None and question.words and (question.is_needed or (whole and _is_terminal())):
            self.fields[name] = self._ask(question)

    def _read(self, question: Question, answer: str) -> Any:
        try:
            return self.check(question.field, question.read(answer))
        except ForecastError as error:
            raise ForecastError(f"{question.option} {answer}: {error}") from None

    def _ask(self, question: Question) -> Any:
        words = question.words
        if question.field in ("source", "group"):
            known = ", ".join(each.id for each in getattr(self.workspace, f"{question.field}s"))
            words = f"{words} ({known or 'there is none yet'})"

        def read(answer: str) -> Any:
            return self.check(question.field, question.read(answer)) if answer.strip() or question.is_needed else None

        return self.again(replace(question, words=words, read=read))

    def again(self, question: Question) -> Any:
        """Ask until the answer can be read."""
        while True:
            if not _is_terminal():
                raise ForecastError(f"{question.option} is missing; state it, or run the command in a terminal to be "
                                    "asked")
            answer: str = typer.prompt(question.words, default=None if question.is_needed else "", show_default=False)
            self.was_asked = True
            try:
                return question.read(answer)
            except ForecastError as error:
                typer.echo(str(error))

    def check(self, name: str, value: Any) -> Any:
        """The value of a field if it can stand, by itself and among the records of the workspace."""
        if isinstance(value, str) and (place := control(value)) is not None:
            raise ForecastError(f"holds the control character U+{ord(value[place]):04X}; remove it")
        faults = field_faults(Item, name, value) if name in Item.model_fields else []
        if name in ("source", "group"):
            known = names(self.case.question, [each.id for each in self.workspace.sources],
                          [each.id for each in self.workspace.groups])
            faults += dangling({name: value}, known)
        if name == "id" and ("item", value) in self.workspace.places:
            place_of = self.workspace.places["item", value]
            faults.append(Fault(("id",), f"is an item already, in {place_of.file}:{place_of.line('id')}; write another "
                                         "id"))
        if faults:
            raise ForecastError("; ".join(": ".join(filter(None, (_inner(path), what))) for path, what in faults))
        return value

    def _encode(self, stated: Stated, seen: bool) -> None:
        """The encoding: as stated, and asked for where a hypothesis is left out."""
        for encoding, option in Stated.OPTIONS.items():
            pairs = [self._pair(option, encoding, text) for text in getattr(stated, encoding)]
            if pairs:
                self.fields[encoding] = dict(pairs)
        given = [encoding for encoding in Stated.OPTIONS if encoding in self.fields]
        if not given or given in (["probability"], ["counts"]):
            self._ask_encoding(given[0] if given else None, seen)
        if not seen:
            self.fields["seen"] = False

    def _pair(self, option: str, encoding: str, text: str) -> tuple[str, Any]:
        name, sign, value = text.partition("=")
        if name not in self.hypotheses or not sign:
            raise ForecastError(f"{option} {text}: {name or '(nothing)'} is not a hypothesis; "
                                f"{did_you_mean(name, self.hypotheses)}, as in {name or 'open'}=0.3")
        try:
            return name, self._value(encoding, name, value)
        except ForecastError as error:
            raise ForecastError(f"{option} {text}: {error}") from None

    def _value(self, encoding: str, name: str, answer: str) -> Any:
        """The value for one hypothesis, as a file would state it."""
        value = READERS[encoding](answer)
        self.check(encoding, {name: value})
        return value

    def _ask_encoding(self, encoding: str | None, seen: bool) -> None:
        """Ask for what each hypothesis lacks; the first answer may be a count, or ask for ratios instead."""
        thing = "this" if seen else "what you looked for and did not see"
        answers: Fields = self.fields.setdefault(encoding, {}) if encoding else {}
        for hypothesis, label in self.hypotheses.items():
            if hypothesis in answers:
                continue
            how = {None: f"{ESTIMATE}; 3/4 if you counted; or the word ratio, to compare instead",
                   "probability": ESTIMATE, "counts": "3/4 for seen in three of four"}[encoding]
            words = f"How often would you see {thing} if “{label}” were coming true? ({how})"
            encoding, value = self.again(Question("", f"--if {hypothesis}=P", words, self._reader(encoding, hypothesis),
                                                  is_needed=True))
            if encoding == "likelihood_ratio":
                self._ask_ratios(thing)
                return
            answers[hypothesis] = value
            self.fields[encoding] = answers
        if encoding is not None:
            self.fields[encoding] = {hypothesis: answers[hypothesis] for hypothesis in self.hypotheses}

    def _reader(self, encoding: str | None, hypothesis: str) -> Callable[[str], tuple[str, Any]]:
        def read(answer: str) -> tuple[str, Any]:
            if encoding is None and answer.strip().lower() == "ratio":
                return "likelihood_ratio", None
            kind = encoding or ("counts" if "/" in answer else "probability")
            return kind, self._value(kind, hypothesis, answer)

        return read

    def _ask_ratios(self, thing: str) -> None:
        question = self.case.question
        answers: Fields = {}
        for hypothesis, label in self.hypotheses.items():
            if hypothesis == question.reference:
                continue
            words = (f"How many times likelier is {thing} if “{label}” were coming true than if "
                     f"“{self.hypotheses[question.reference]}” were? (1.5, or low,stated,high)")
            _, answers[hypothesis] = self.again(Question(
                "", f"--ratio {hypothesis}=R", words, self._reader("likelihood_ratio", hypothesis), is_needed=True))
            self.fields["likelihood_ratio"] = answers


def _inner(path: tuple[str | int, ...]) -> str:
    """Where in a field a fault is."""
    return dotted(path[1:])


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def effect(case: Case, proposal: Proposal) -> str:
    """Say what a proposal does to the forecast of a case."""
    before, after = Exact(case).forecast, Exact(proposal.workspace.case(case.as_of)).forecast
    return (f"As of {case.as_of} it takes the forecast from {wording.tenth(before.event)} to "
            f"{wording.tenth(after.event)} ({wording.db(after.decibans - before.decibans)} decibans; "
            f"{wording.term(after.event)}).")
