"""The questions that `forecast new` asks, and what it shows before it writes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import typer

from forecast.core import text as wording
from forecast.core.errors import ForecastError, did_you_mean
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.workspace.editing import Proposal, friday, from_indicator, propose
from forecast.workspace.loader import Workspace


def new_item(workspace: Workspace, name: str, as_of: date | None, day: date | None, given: Mapping[str, Any],
             how_often: Sequence[str], indicator: str | None, *, seen: bool, yes: bool) -> None:
    """Ask for what is missing, show what the item does to the forecast, and write it once that is confirmed.

    Raises
    ------
    ForecastError
        If something is missing and nobody can be asked, or the item would not pass the gate.
    """
    case = workspace.case(as_of)
    public = day or case.as_of
    case = case.at(max(case.as_of, public))
    fields: dict[str, Any] = {"id": name, "title": None, "date": public, "recorded": friday(public), "source": None}
    fields |= {} if indicator is None else from_indicator(case, indicator, seen, public) | {"id": name}
    fields |= {field: value for field, value in given.items() if value is not None}
    fields["title"] = fields["title"] or _ask("--title", "What became public?")
    fields["source"] = fields["source"] or _ask(
        "--source", f"Who says it? ({', '.join(source.id for source in workspace.sources)})")
    if indicator is None:
        fields["probability"] = _how_often(workspace, how_often, seen)
        if not seen:
            fields["seen"] = False
    rationale = fields.pop("rationale", None) or _ask("--rationale", "Why these numbers?")
    proposal = propose(workspace, {**fields, "rationale": rationale}, without=indicator)
    typer.echo(effect(case, proposal))
    if not yes and sys.stdin.isatty() and not typer.confirm("Write it?", default=True):
        typer.echo("Nothing was written.")
        return
    proposal.write()
    typer.echo(f"{name}: written to {', '.join(sorted(proposal.files))}")


def _ask(option: str, question: str) -> str:
    if not sys.stdin.isatty():
        raise ForecastError(f"{option} is missing; state it, or run the command in a terminal to be asked")
    answer: str = typer.prompt(question)
    return answer


def _how_often(workspace: Workspace, stated: Sequence[str], seen: bool) -> dict[str, Any]:
    """How likely such an item is under each hypothesis: from the command line, or asked."""
    names = workspace.question.names
    answers = {}
    for pair in stated:
        hypothesis, _, value = pair.partition("=")
        if hypothesis not in names:
            raise ForecastError(f"--if {pair}: {hypothesis} is no hypothesis; {did_you_mean(hypothesis, names)}")
        answers[hypothesis] = _numbers(value)
    thing = "this" if seen else "what you looked for and did not see"
    for hypothesis, label in names.items():
        if hypothesis not in answers:
            answers[hypothesis] = _numbers(_ask(
                f"--if {hypothesis}=P", f"How often would you see {thing} if “{label}” were coming true? "
                "(0.3, or low,stated,high)"))
    return {hypothesis: answers[hypothesis] for hypothesis in names}


def _numbers(text: str) -> float | list[float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise ForecastError(f"{text}: no probability; write 0.3, or low,stated,high such as 0.2,0.3,0.45") from None
    return values[0] if len(values) == 1 else values


def effect(case: Case, proposal: Proposal) -> str:
    """Say what a proposal does to the forecast of a case."""
    before, after = Exact(case).forecast, Exact(proposal.workspace.case(case.as_of)).forecast
    return (f"As of {case.as_of} it takes the forecast from {wording.tenth(before.event)} to "
            f"{wording.tenth(after.event)} ({wording.db(after.decibans - before.decibans)} decibans; "
            f"{wording.term(after.event)}).")
