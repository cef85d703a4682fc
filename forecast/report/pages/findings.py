"""What charts and lists say in words: titles that are findings, and texts for those who do not see the picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from forecast.analysis.headline import Headline
from forecast.analysis.outlook import Ahead
from forecast.core.text import chance, counted, day, listed, percent, short, shortened, whole
from forecast.engine.nuts.agreement import Compared
from forecast.report.document import Answer, CaseDocument, ChartDocument, QuestionPart, SourceRow, StepRow
from forecast.report.page import Bullets, Line
from forecast.report.words import at_opening, capital, in_points, likeliest, moves_it, points, quoted

LITTLE = 0.01
"""A change of a source's reliability that is worth a word."""

STEADY = 0.02
"""A forecast that has moved by less than two points has been steady."""


def sentence(parts: Iterable[str]) -> str:
    """Parts as one sentence with a capital and a full stop."""
    told = "; ".join(parts)
    return f"{capital(told)}." if told else ""


def bullets(lines: Iterable[Line | str]) -> Bullets:
    """A list of lines."""
    return Bullets(tuple((line,) if isinstance(line, str) else line for line in lines))


def fan(document: Answer) -> str:
    """When the chance falls, as a finding."""
    median = document.timing["0.5"]
    if median is None or document.event < STEADY:
        return f"Hardly any chance on any date: {chance(document.event)} by {short(document.question.horizon)}"
    whole = (document.question.horizon - document.as_of).days
    share = (median - document.as_of).days / max(1, whole)
    opening = "The risk is front-loaded" if share < 0.4 else "The risk is spread out" if share < 0.6 else (
        "The risk lies late")
    # The median is the first day by whose end half of it has fallen, and in a few days that may be much more.
    return f"{opening}: at least half of it falls by {day(median)}"


def ahead(document: CaseDocument) -> str:
    """How the forecast falls if nothing happens, as a sentence."""
    if not document.ahead:
        return ""
    last = document.ahead[-1]
    falls = last.event < document.event and whole(last.event) != whole(document.event)
    why = ": the longer nothing happens, the less time is left" if falls and _runs_out(document, last) else ""
    return f"If nothing happens until {short(last.day)}, the forecast will be {whole(last.event)}{why}."


def _runs_out(document: CaseDocument, later: Ahead) -> bool:
    """Whether a forecast falls since time runs out: were all days alike, at least half of the fall would be left.

    Elsewhere days pass that a claim has named, or the silence makes the outside view another one; before a question
    opens, no time of it runs.
    """
    windows = [item.live_window for item in document.evidence if item.live_window is not None]
    if document.as_of < document.question.opens or any(last <= later.day for _, last in windows):
        return False
    horizon = document.question.horizon
    alike = 1 - (1 - document.event) ** ((horizon - later.day).days / (horizon - document.as_of).days)
    return document.event - alike >= (document.event - later.event) / 2


def history(document: Answer, known: Sequence[Answer]) -> str:
    """How the forecast has moved through the reports, as a finding."""
    back = [each for each in known if document.as_of - each.as_of >= timedelta(21)]
    start = back[-1] if back else known[0]
    moved = document.event - start.event
    first = (f"Steady since {short(start.as_of)}" if abs(moved) < STEADY else
             f"{'Up' if moved > 0 else 'Down'} {in_points(moved)} since {short(start.as_of)}")
    leaders, before = likeliest(document.hypotheses), likeliest(start.hypotheses)
    event = document.question.event
    names = ["it" if name == event else f"“{quoted(document.question.names[name])}”" for name in leaders]
    if leaders == before or len(leaders) == len(document.hypotheses):
        return first
    if len(leaders) > 1:
        return f"{first}; {listed(names)} are now the likeliest"
    return f"{first}; it is now the likeliest outcome" if leaders == [event] else (
        f"{first}; {names[0]} is now the likeliest")


def history_alt(reports: Sequence[Answer]) -> str:
    """The history of the event in numbers, as far as a sentence holds them."""
    told = ", ".join(f"{short(each.as_of)} {chance(each.event)}" for each in reports[-8:])
    return f"All outcomes in the reports so far; the event: {told}."


def bridge(event: float, ledger: Sequence[StepRow]) -> str:
    """What makes the number: outside view, silence, evidence."""
    opening, silence = ledger[0].probability, ledger[1].points or 0.0
    evidence = event - ledger[1].probability
    parts = [f"the outside view says {whole(opening)}"]
    if abs(silence) >= 0.005:
        parts.append(f"time without it {'takes off' if silence < 0 else 'adds'} {in_points(silence)}")
    if len(ledger) == 2:
        parts.append("there is no evidence")
    elif abs(evidence) < 0.005:
        parts.append("the evidence hardly moves it")
    else:
        size = in_points(evidence)
        told = size.removesuffix(" points") if parts[-1].endswith(" points") else size
        parts.append(f"the evidence {'adds' if evidence > 0 else 'takes off'} {told}")
    return f"Why {chance(event)}: {', '.join(parts[:-1])}, {parts[-1]}"


def bridge_alt(document: CaseDocument) -> str:
    """The bridge in numbers."""
    opening, silence = document.ledger[0].probability, document.ledger[1].probability
    pieces = counted(len(document.evidence), "piece")
    evidence = f", {chance(document.event)} with {pieces} of evidence." if document.evidence else (
        ". There is no evidence.")
    return (f"Steps to the forecast: {whole(opening)} {at_opening(document.question.opens, document.as_of)}, "
            f"{whole(silence)} after the days without it until {day(document.as_of)}{evidence}")


def timeline(document: ChartDocument) -> str:
    """What the evidence looks like as a whole, as a finding."""
    towards = sum(item.shapley_points > 0 for item in document.evidence)
    against = sum(item.shapley_points < 0 for item in document.evidence)
    heaviest = max(document.evidence, key=lambda item: abs(item.shapley_points))
    if not moves_it(heaviest.shapley_points):
        return "1 item, which does not move it" if len(document.evidence) == 1 else (
            f"{counted(len(document.evidence), 'item')}, none of which moves it")
    moves = "adds" if heaviest.shapley_points > 0 else "takes off"
    return (f"{counted(towards, 'item')} for it, {against} against; the heaviest {moves} "
            f"{abs(100 * heaviest.shapley_points):.1f} points")


def timeline_alt(document: ChartDocument) -> str:
    """The timeline in words."""
    first, last = min(item.date for item in document.evidence), max(item.date for item in document.evidence)
    heaviest = max(document.evidence, key=lambda item: abs(item.shapley_points))
    days = f"from {short(first)} to {short(last)}" if first < last else f"of {short(first)}"
    return (f"Dots for {counted(len(document.evidence), 'item')} {days}, by date and group; the heaviest: "
            f"{quoted(heaviest.title)} ({points(heaviest.shapley_points, 1)} points).")


def flow(document: CaseDocument) -> str:
    """How much of what was stated is left, as a finding."""
    stated, doubted, echoed = (row.towards + row.away for row in document.flow[:3])
    if stated <= 0:
        return "The evidence says nothing of the event"
    return (f"Of all that was stated, {_left(doubted / stated)} is left after doubt about sources and "
            f"{_left(echoed / stated)} after repetition")


def _left(share: float) -> str:
    return percent(round(share, 9))


def flow_alt(document: CaseDocument) -> str:
    """The flow in numbers."""
    told = "; ".join(f"{row.stage} {row.towards:.1f}, {row.away:.1f}" for row in document.flow)
    return f"What the evidence says for and against it, in decibans: {told}."


def flow_note(document: CaseDocument) -> str:
    """Why so little of it moves the forecast, and where that ends."""
    ceiling = document.ceiling
    return (f"A sign can at most prove that it is being prepared; without other evidence that would take "
            f"{whole(ceiling.prior)} to {whole(ceiling.sure)}. Only a claim that names days can take it further.")


def moved_sources(document: CaseDocument) -> list[SourceRow]:
    """Sources of active items that have earned or lost trust worth a word, the most first."""
    moved = [each for each in document.reliability if each.items and abs(each.now - each.given) >= LITTLE]
    return sorted(moved, key=lambda each: (-abs(each.now - each.given), -each.now, each.id))


def sources_alt(moved: Sequence[SourceRow]) -> str:
    """The strip of sources in words."""
    told = [f"{quoted(each.name)} {whole(each.now)} instead of {whole(each.given)}" for each in moved]
    return f"How far we trust the reports of sources that have earned or lost trust: {shortened(told, 6, '; ')}."


def engines(found: Compared) -> str:
    """Whether both engines agree, in one line."""
    if found.nuts is None:
        return "Only one engine has computed these numbers; no second one has confirmed them."
    largest = max((abs(row.difference) for row in found.agreement), default=0.0)
    if not found.confirmed:
        return f"The two engines do not confirm each other: {'; '.join(found.failures)}."
    return (f"Two engines agree on all {len(found.agreement)} probabilities; the largest difference is "
            f"{100 * largest:.2f} points.")


def until(forecast: Headline, question: QuestionPart) -> str:
    """The forecast in a subtitle."""
    return f"As of {day(forecast.as_of)}: {chance(forecast.event)} by {day(question.horizon)}"
