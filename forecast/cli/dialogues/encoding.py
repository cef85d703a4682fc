"""`forecast encode`: the dialogue with an encoder, in words with people and in lines of JSON with everything else."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import typer

from forecast.core.errors import ForecastError, inert
from forecast.core.numerics import is_number
from forecast.core.scalars import Refused, scalar
from forecast.core.text import counted, probability_of, shortened
from forecast.records.types import IDENT, WORDS
from forecast.workspace.elicitation.neutral import NeutralFile, read_neutral
from forecast.workspace.elicitation.session import Rejected, Request, Session
from forecast.workspace.files import QUESTION
from forecast.workspace.imports.json_files import read_json

MOST_CHARACTERS = 100_000
"""Length of the longest answer."""


def encode(questions: Iterable[Path], analyst: str, out: Path, *, as_json: bool, at_once: bool) -> int:
    """Ask an encoder about questions until they are answered or no answer is left; returns the exit code."""
    session = Session(read_neutral(questions), analyst, out)
    if as_json:
        return by_lines(session, sys.stdin, at_once=at_once)
    by_words(session)
    return 0


def collect(questions: Iterable[Path], logs: Sequence[Path], out: Path, outcomes: Path | None, *, force: bool) -> str:
    """Make cases from what encoders answered; says what was written."""
    from forecast.workspace.elicitation import collecting

    files = read_neutral(questions)
    if (out / "priors").is_dir():
        if outcomes is not None:
            raise ForecastError(f"--outcomes {outcomes}: is not taken into a workspace; write resolved: into {out}/"
                                f"{QUESTION}")
        return _recode(files, logs, out)
    resolved = None if outcomes is None else collecting.outcomes(outcomes)
    written = collecting.collect(files, collecting.encoders(logs), out, resolved, force=force)
    unknown = sorted((resolved or {}).keys() - {file.id for file in files})
    beside = f"\n{outcomes}: not one of the questions, and not used: {shortened(unknown, 8)}" if unknown else ""
    return f"{out}: {counted(len(written), 'case')} written{beside}"


def _recode(files: Sequence[NeutralFile], logs: Sequence[Path], folder: Path) -> str:
    """Give the items of a workspace the values of their encoders; says what was written."""
    from forecast.workspace.elicitation import collecting
    from forecast.workspace.loader import load

    workspace = load(folder)
    file = next((each for each in files if each.id == workspace.question.id), None)
    if file is None:
        raise ForecastError(f"{folder}: asks {workspace.question.id}, which is none of the questions")
    change = collecting.recoded(workspace, file, collecting.encoders(logs))
    change.write()
    return f"{folder}: {counted(len(file.case.items), 'item')} encoded anew in {counted(len(change.after), 'file')}"


def by_lines(session: Session, answers: TextIO, *, at_once: bool = False) -> int:
    """One JSON object a line: what is asked on stdout, answers from stdin; 1 if an answer does not fit."""
    shown: set[tuple[str, str]] = set()
    while waiting := session.pending():
        for request in waiting if at_once else waiting[:1]:
            name = (request.case.question.id, request.item.id if request.item else "")
            if name not in shown:
                _line(request.document())
                shown.add(name)
        answer = next(_lines(answers), None)
        if answer is None:
            return 0
        try:
            written = session.answer(_decoded(answer), at_once=at_once)
        except Rejected as error:
            first = waiting[0]
            _line({"error": str(error), "question": first.case.question.id,
                   "item": first.item.id if first.item else None})
            return 1
        _line({"stored": "outside" if waiting[0].item is None else waiting[0].item.id, "hash": written})
    _line({"ask": None, "done": len(session.answered.outside), "head": session.log.head})
    return 0


def _line(content: Mapping[str, Any]) -> None:
    print(json.dumps(content, ensure_ascii=False), flush=True)


def _lines(answers: TextIO) -> Iterator[str]:
    while line := answers.readline(MOST_CHARACTERS + 1):
        if line.strip():
            yield line


def _decoded(line: str) -> dict[str, Any]:
    if len(line) > MOST_CHARACTERS:
        raise Rejected(f"is longer than {MOST_CHARACTERS:,} characters; write one answer on each line")
    try:
        answer = read_json(line, "write one object on one line")
    except Refused as error:
        raise Rejected(str(error)) from None
    if not isinstance(answer, dict):
        raise Rejected("is not an object; write {\"question\": ..., ...}")
    return answer


# With people.

def by_words(session: Session) -> None:
    """Ask in the terminal; what is wrong is asked again."""
    while waiting := session.pending():
        request = waiting[0]
        _show(request)
        while True:
            answer = _outside(request) if request.item is None else _item(request)
            try:
                request.accept(answer)
            except Rejected as error:
                typer.echo(f"That does not fit: {inert(str(error))}\nPlease answer again.")
                continue
            if typer.confirm("Write it? It cannot be changed afterwards", default=True):
                break
        typer.echo(f"Written, {session.answer(answer)[:12]}.\n")
    typer.echo(f"Encoded: {counted(len(session.questions), 'question')}. The log ends with {session.log.head}")


def _show(request: Request) -> None:
    for name, value in request.document().items():
        if name not in ("ask", "answer", "question", "item"):
            typer.echo(f"{name.replace('_', ' ')}: {inert(_plain(value))}")


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(entry)}" for name, entry in value.items())
    return " | ".join(map(_plain, value)) if isinstance(value, list) else " ".join(str(value).split())


def _outside(request: Request) -> dict[str, Any]:
    question = request.case.question
    answer: dict[str, Any] = {"question": question.id}
    answer["known"] = _asked("How probable is it that you know how this was resolved (0 to 1)?", _number)
    if answer["known"] > 0:
        known = _asked(f"Which, if you believe to know it ({', '.join(question.hypotheses)}; - for none)?", str)
        answer |= {} if known == "-" else {"known_outcome": known}
    answer["probability"] = _asked(f"Probability by {question.horizon}, judged on {request.case.first}: "
                                   "low, stated, high", _numbers)
    answer["quartiles"] = _asked("Given that it happens: the dates, or weeks after the first date, by which 25, 50, "
                                 "75 % of it will have happened", _moments)
    if len(question.alternatives) > 1:
        answer["shares"] = {each.id: _asked(f"If it does not happen: how probable is {each.name}?", _number)
                            for each in question.alternatives}
    answer["reference_class"] = _asked("Which class of cases do you compare it with?", str)
    answer["reason"] = _asked("Why this probability and timing?", str)
    return answer


def _item(request: Request) -> dict[str, Any]:
    item, question = request.item, request.case.question
    assert item is not None  # the caller asks about an item
    answer: dict[str, Any] = {"question": question.id, "item": item.id}
    kept = " (or kept)" if item.takes_kept else ""
    word = _asked(f"How much does it say: {', '.join(WORDS)}{kept}?", str)
    if word == "kept":
        answer["kept"] = _asked("How many are kept: a number, or low, stated, high", _estimate)
    else:
        answer |= {"word": word} | _side(word, "the event") | _leanings(request)
    answer["reason"] = _asked("Why?", str)
    return answer


def _leanings(request: Request) -> dict[str, Any]:
    """What an item says of the alternatives against each other, where there are several."""
    question, found = request.case.question, dict[str, Any]()
    for each in question.alternatives:
        if each.id != question.reference:
            word = _asked(f"If the event does not happen, how much does it say on {each.name} against "
                          f"{question.names[question.reference]}: {', '.join(WORDS)}?", str)
            found[each.id] = {"word": word} | _side(word, each.name)
    return {"background": found} if found else {}


def _side(word: str, what: str) -> dict[str, str]:
    return {} if word == "nothing" else {"side": _asked(f"For or against {what}?", str)}


def _asked[Value](question: str, parse: Callable[[str], Value]) -> Value:
    def parsed(text: str) -> Value:
        try:
            return parse(text.strip())
        except (Refused, ValueError) as error:
            raise typer.BadParameter(str(error)) from None

    answer: Value = typer.prompt(question, value_proc=parsed)
    return answer


def _number(text: str) -> float:
    percent = probability_of(text) if text.endswith("%") else None
    value = scalar(text) if percent is None else percent
    if not is_number(value):
        raise ValueError(f"{text} is not a number; write one such as 0.3")
    return value


def _numbers(text: str) -> list[float]:
    return [_number(part.strip()) for part in text.split(",")]


def _estimate(text: str) -> float | list[float]:
    values = _numbers(text)
    return values[0] if len(values) == 1 else values


def _moments(text: str) -> list[Any]:
    return [scalar(part.strip()) for part in text.split(",")]


def checked_analyst(name: str | None) -> str:
    """An encoder's id, which becomes the name of his log."""
    if name is None:
        raise ForecastError("--analyst is missing; write the id of the encoder, or --collect to make cases from logs")
    if re.fullmatch(IDENT, name) is None:
        raise ForecastError(f"--analyst {name}: is not an id; write small letters, digits and hyphens")
    return name
