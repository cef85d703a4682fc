"""The head of a report: the answer in one sentence, all outcomes, four cards, and what must be said first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date

from forecast.core import text
from forecast.core.text import band, chance, day, firmness, listed, short, whole
from forecast.evaluation.backtest import BacktestQuestion
from forecast.report.document import (
    Answer,
    CaseDocument,
    Change,
    CrossingRow,
    QuestionPart,
    ReportDocument,
    ShiftRow,
    StepRow,
)
from forecast.report.page import Block, Card, Cards, Line, Notice, Outcomes, Paragraph, Part, Strong
from forecast.report.pages import findings
from forecast.report.words import (
    capital,
    counted_points,
    dates_ahead,
    happens,
    likeliest,
    outcome_chance,
    paragraphs,
    points,
    quoted,
    resolution,
)

BEGINNING = 170
"""Letters of the resolution that the head holds."""

OTHERS = 2
"""Other outcomes that a sentence names; the bar has all."""

FRAGILE = 0.75
"""Share of the way to an input's low or high below which a wording is fragile."""

LITTLE = 0.005
"""A change of less than half a point is no real change."""


def of_question(question: QuestionPart | BacktestQuestion, as_of: date | None = None) -> list[Notice]:
    """What must be said of a question on every page about it; of one that tells what was known on a date, that too."""
    found = []
    if question.reconstructed:
        found.append(Notice("Reconstructed case", (quoted(question.reconstructed),)))
    if question.resolved and as_of is None:
        found.append(Notice("This question has been decided", (f"{resolution(question)}.",)))
    elif question.resolved:
        found.append(Notice("This question has since been decided", (
            f"{resolution(question)}. What follows was known on {day(as_of)}.",)))
    return found


def notices(document: ReportDocument) -> list[Notice]:
    """What must be said before anything else."""
    found = of_question(document.question, document.as_of)
    if not document.engines.confirmed:
        found.append(Notice("Unconfirmed", (findings.sentence(document.engines.failures),)))
    return found


def head(document: CaseDocument) -> list[Block]:
    """The answer at a glance, and how the text begins that says what counts."""
    change = document.change if isinstance(document, ReportDocument) else None
    return [*answer(document, change, document.crossings), *_counts(document)]


def _counts(document: CaseDocument) -> list[Block]:
    """How the text begins that says what counts; the appendix has all of it."""
    told = paragraphs(document.question.resolution)
    if not told:
        return []
    words, chosen = told[0].split(), 0
    while chosen < len(words) and len(" ".join(words[:chosen + 1])) <= BEGINNING:
        chosen += 1
    whole = chosen == len(words) and len(told) == 1
    return [Paragraph((Strong("What counts. "), " ".join(words[:chosen or 1]), "" if whole else " … (in full in the "
                       "appendix)"), short=True)]


def answer(document: Answer, change: Change | None, crossings: Sequence[CrossingRow] = ()) -> list[Block]:
    """The answer at a glance: one sentence, all outcomes, and four cards."""
    cards = (_by_when(document), _soon(document), _since(document, change), _firmness(document, crossings))
    return [Paragraph(verdict(document), lead=True), outcomes(document.hypotheses, document.question), Cards(cards)]


def verdict(document: Answer) -> Line:
    """The answer in one sentence, and what is likely otherwise in another."""
    question, p = document.question, document.event
    return (Strong(f"{capital(text.term(p))}: {chance(p)}"),
            f" (90% range {band(document.band)}) that {happens(question)}. ", _otherwise(document))


def _otherwise(document: Answer) -> str:
    """What is likely if the event does not happen, in words."""
    event, *rest = document.hypotheses.items()
    ranked = sorted(rest, key=lambda part: -part[1])
    if len(ranked) > 1 and event[0] not in likeliest(document.hypotheses):
        return _likelier(document, ranked)
    named = len(ranked) if len(ranked) == OTHERS + 1 else OTHERS  # one that is left has a name too
    told = [f"“{quoted(document.question.names[name])}” ({whole(p)})" for name, p in ranked[:named]]
    left = ranked[named:]
    if left:
        told.append(f"one of {len(left)} others ({whole(sum(p for _, p in left))})")
    return f"Otherwise: {listed(told, 'or')}."


def _likelier(document: Answer, ranked: list[tuple[str, float]]) -> str:
    """What is likelier than the event, and what is left."""
    level = len(likeliest(document.hypotheses))
    names = [f"“{quoted(document.question.names[name])}”" for name, _ in ranked]
    chosen, others = listed(names[:level]), names[level:]
    said = (f"The likeliest outcome is {chosen} ({whole(ranked[0][1])})." if level == 1 else
            f"The likeliest outcomes are {chosen} ({whole(ranked[0][1])} each).")
    if not others:
        return said
    left = sum(each for _, each in ranked[level:])
    return f"{said} Otherwise: {others[0] if len(others) == 1 else f'one of {len(others)} others'} ({whole(left)})."


def outcomes(hypotheses: Mapping[str, float], question: QuestionPart) -> Outcomes:
    """All outcomes with their probabilities."""
    return Outcomes(tuple(Part(quoted(question.names[name]), p, outcome_chance(name, p, question))
                          for name, p in hypotheses.items()))


def _by_when(document: Answer) -> Card:
    ahead = dates_ahead(document, document.question)
    chosen = sorted({ahead[0], ahead[len(ahead) // 2], ahead[-1]}) if ahead else []
    median = document.timing["0.5"]
    if median is None:
        return Card("No date", (("It cannot happen any more.",),))
    if not chosen:
        return Card(short(median), (("If it happens, there is at least an even chance that it is by then.",),))
    even = (f"If it happens, there is at least an even chance that it is by {short(median)}.",)
    return Card(" · ".join(whole(document.by[when]) for when in chosen),
                ((f"by {' · '.join(_dates(chosen))}",), even))


def _dates(days: Sequence[date]) -> list[str]:
    """Dates in a row, the year with the last of each year."""
    last = {day.year: day for day in days}
    return [short(day) if last[day.year] == day else short(day).removesuffix(f" {day.year}") for day in days]


def _soon(document: Answer) -> Card:
    soon, on = document.next, document.preparing
    question = document.question
    until = "" if soon.until < question.horizon else ", up to the horizon"
    counted: list[Line] = [(f"counted from {short(question.opens)}",)] if question.opens > document.as_of else []
    return Card(f"{whole(soon.probability)} in 13 weeks",
                (*counted, (f"{whole(soon.prior)} without the evidence{until}",),
                 (f"{whole(on.now)} that it is being prepared now ({whole(on.prior)} without the evidence)",)))


def _since(document: Answer, change: Change | None) -> Card:
    if change is None:
        return Card("First report", (("There is no earlier one to compare it with.",),))
    moved = document.event - change.probability
    since = (f"since {short(change.since)}",)
    if abs(moved) < LITTLE:
        return Card("No real change", (since, *_renamed(document, change), *_cancelled(change.steps)))
    alike = [step for step in change.steps if (step.points or 0.0) * moved > 0]
    return Card(counted_points(moved), (since, *[(f"Mostly: {cause(step)}",) for step in largest(alike, 1)]))


def _renamed(document: Answer, change: Change) -> list[Line]:
    """That a change of next to nothing has crossed the edge of a term, if so."""
    before, now = text.term(change.probability), text.term(document.event)
    return [] if before == now else [(f"{chance(change.probability)}, “{before}”, then",)]


def _cancelled(steps: Sequence[StepRow]) -> list[Line]:
    """That a forecast stayed where it was although much moved, if so."""
    moved = [step.points or 0.0 for step in steps]
    up, down = sum(each for each in moved if each > 0), sum(each for each in moved if each < 0)
    return [(f"{points(up, 1)} and {points(down, 1)} points cancel out",)] if min(up, -down) > 2 * LITTLE else []


def _firmness(document: Answer, crossings: Sequence[CrossingRow]) -> Card:
    firm = firmness(math.inf if document.worth is None else document.worth)
    lines: list[Line] = [(firm,)]
    found = nearest(crossings)
    if found:
        lines.append((f"Fragile: {turn(*found)}" if abs(found[1].place) < FRAGILE else f"But {turn(*found)}",))
    return Card(f"Precision: {document.words.precision}", tuple(lines))


def nearest(crossings: Sequence[CrossingRow]) -> tuple[CrossingRow, ShiftRow] | None:
    """The one input that has to move least, within its stated range, to change the wording."""
    pairs = [(crossing, shift) for crossing in crossings for shift in crossing.alone]
    return min(pairs, key=lambda pair: abs(pair[1].place), default=None)


def turn(crossing: CrossingRow, shift: ShiftRow) -> str:
    """What one input has to be for another wording."""
    instead = "" if shift.value.endswith(f" {shift.stated}") else f" instead of {shift.stated}"
    return f"with {shift.value}{instead} {_input(shift)} we would say “{crossing.term}”"


def _input(shift: ShiftRow) -> str:
    """An input in a sentence: items by their title, a prior by its name, others by what is moved."""
    label = quoted(shift.label)
    if shift.kind == "ratio":
        return f"as the value of “{label.removesuffix(' (pooled)')}”"
    if shift.kind == "prior":
        return f"in {label.partition(' in ')[2] or label}"
    return f"for the {label[0].lower()}{label[1:]}"


def largest(steps: Sequence[StepRow], most: int) -> list[StepRow]:
    """The steps that move a forecast most, the largest first."""
    return sorted(steps, key=lambda step: -abs(round(step.points or 0, 9)))[:most]


def cause(step: StepRow) -> str:
    """What a step of a change is, inside a sentence."""
    label = quoted(step.label)
    return {"time": "time passed", "withdrawn": f"“{label}” was withdrawn", "revised": f"“{label}” was revised",
            "settings": f"changed settings ({label})", "new": f"“{label}”"}[step.kind]
