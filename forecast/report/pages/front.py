"""The front page of a report: an answer in five seconds, why in thirty, trust in five minutes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from forecast.core import text
from forecast.core.text import band, chance, counted, day, listed, short, whole
from forecast.report.contents.periods import periods, weeks_each
from forecast.report.contents.track import comparable, moves
from forecast.report.document import Answer, CaseDocument, Change, ReportDocument
from forecast.report.page import (
    Block,
    Columns,
    Faint,
    Figure,
    Fold,
    Heading,
    Line,
    Link,
    Move,
    Moves,
    Page,
    Paragraph,
    Section,
    Strong,
    Table,
    row,
)
from forecast.report.pages import findings
from forecast.report.pages.appendix import appendix
from forecast.report.pages.head import LITTLE, cause, head, largest, notices, turn
from forecast.report.pages.opinions import said
from forecast.report.pages.trust import trust
from forecast.report.words import (
    capital,
    change_label,
    copy_link,
    item_note,
    linked,
    moves_it,
    points,
    quoted,
    source_names,
)

MOVERS = 5
"""Items listed for it, and against it."""

SMALL = 0.01
"""A chance below which whole percents say nothing."""

CAUSES = 3
"""Causes listed of a change."""


def page(document: ReportDocument, earlier: Sequence[CaseDocument] = ()) -> Page:
    """A report with its appendix; the earlier reports of the workspace are in any order."""
    known = comparable(document, earlier)
    return Page(
        quoted(document.question.title), f"Forecast of {day(document.as_of)}", (
            Section("when", "When", tuple(_when(document))),
            Section("how-it-got-here", "How it got here", tuple(_history(document, known))),
            Section("why", "Why", tuple(_why(document))),
            Section("change-our-mind", "What would change our mind", tuple(_change_our_mind(document))),
            Section("trust", "How far to trust it", tuple(trust(document, known)))),
        notices=tuple(notices(document)), head=tuple(head(document)), links=_links(document, known),
        appendix=appendix(document))


def _links(document: CaseDocument, known: Sequence[CaseDocument]) -> Line:
    """Ways to the previous report and to all, and when the next one is due."""
    links: list[Link | str] = []
    if known:
        before = known[-1].as_of
        links += [Link(f"previous: {short(before)}", f"../{before}/report.html"), " · "]
        due = document.as_of + (document.as_of - before)
        if due < document.question.horizon and document.as_of - before <= timedelta(31):
            links += [f"next due {short(due)} · "]
    return (*links, Link("all reports", "../index.html"))


# --- when -----------------------------------------------------------------------------------------------------------


def _when(document: CaseDocument) -> list[Block]:
    horizon = document.question.horizon
    ahead = document.ahead[-1] if document.ahead else None
    falls = (f" If nothing happens until {short(ahead.day)}, the forecast will be {whole(ahead.event)}." if ahead
             else "")
    alt = (f"Curve of the chance that it has happened by each date, from 0% on {day(document.as_of)} to "
           f"{chance(document.event)} on {day(horizon)}, range {band(document.band)}; without the evidence "
           f"{whole(document.prior[document.question.event])}.{falls}")
    return [Figure("fan", alt, findings.ahead(document),
                   bars=tuple(week[2] for week in document.weeks),
                   ends=(short(document.weeks[0][0]), short(document.weeks[-1][1])),
                   drawn="The chance of each week."),
            *key_dates(document),
            _week_by_week(document)]


def key_dates(document: Answer) -> list[Block]:
    """The chance by each key date to come."""
    ahead = [when for when in sorted(document.by) if when > document.as_of]
    if not ahead:
        return []
    horizon = document.question.horizon
    rows = [row(day(when), Strong(chance(document.event) if when == horizon else whole(document.by[when])),
                band(document.by_band[when]), whole(document.prior_by[when])) for when in ahead]
    return [Table("Chance that it has happened, by key date", ("By the end of", "Forecast", "90% range",
                                                              "Without the evidence"), tuple(rows),
                  range(1, 4), folded=True)]


def _week_by_week(document: CaseDocument) -> Fold:
    """Every week, or in a long question several together."""
    weeks, shown = weeks_each(document.curve), periods(document.curve)
    peak = max(shown, key=lambda each: each.probability)
    rows = tuple(row(short(each.first), text.fine(each.probability), text.fine(each.cumulative),
                     _range(each.low, each.high), text.fine(each.hazard), text.fine(each.prior_cumulative))
                 for each in shown)
    title, each, start, inside, end = "Week by week", "week", "Week from", "In the week", "By its end"
    said: list[Block] = []
    if weeks > 1:
        each = f"{weeks} weeks"
        title, start, inside, end = f"{each} at a time".capitalize(), "From", "In these weeks", "By their end"
        said.append(Paragraph((f"This question is long: each bar and each row stands for {each} and has the sum of "
                               "their chances. The report's forecast.json has every week.",)))
    figure = Figure("weekly", f"Bars of the chance of each {each}; the highest is {text.fine(peak.probability)} in the "
                    f"{each} from {day(peak.first)}.")
    table = Table(f"Chance of each {each}", (start, inside, end, "90% range", "If not before",
                                             f"{end}, without the evidence"), rows, range(1, 6), paper=False)
    return Fold(title, (*said, figure, table))


def _range(low: float, high: float) -> str:
    """A range whose whole percents would leave no number has as many digits as it needs."""
    return band((low, high)) if high >= SMALL else f"{text.fine(low)} to {text.fine(high)}"


# --- how it got here -----------------------------------------------------------------------------------------------


def _history(document: CaseDocument, known: Sequence[CaseDocument]) -> list[Block]:
    change = document.change if isinstance(document, ReportDocument) else None
    crowd = document.crowd if isinstance(document, ReportDocument) else None
    blocks: list[Block] = []
    if known:
        blocks += [Figure("history", findings.history_alt([*known, document])), *largest_moves(document, known)]
    beside = said(crowd, document.question.horizon)
    if beside:
        blocks += [Heading("What others say"), *beside]
    if change is None:
        return [*blocks, Paragraph(("This is the first report on this question.",))]
    return [*blocks, *what_changed(document, change)]


def what_changed(document: Answer, change: Change) -> list[Block]:
    """What moved the forecast since an earlier report, in points."""
    moved = document.event - change.probability
    if abs(moved) < LITTLE and all(abs(step.points or 0) < 2 * LITTLE for step in change.steps):
        return [Paragraph((Strong("No real change"), f" since {day(change.since)}: it was "
                                    f"{chance(change.probability)}, and it is {chance(document.event)}."))]
    told_steps = tuple(Move(points(step.points or 0, 1), (step.points or 0) > 0, (change_label(step),))
                       for step in largest(change.steps, CAUSES))
    left = len(change.steps) - len(told_steps)
    more = f"; {counted(left, 'smaller step')} not shown" if left else ""
    then, now = change.thirteen_weeks
    return [Moves(f"Since {day(change.since)}, in points: from {text.tenth(change.probability)} to "
                  f"{text.tenth(document.event)}{more}", told_steps),
            Paragraph((f"Within 13 weeks: {whole(then)} then, {whole(now)} now. Being prepared: "
                       f"{whole(change.preparing[0])} then, {whole(change.preparing[1])} now.",))]


def largest_moves(document: CaseDocument, known: Sequence[CaseDocument]) -> list[Block]:
    """The numbered moves through the reports, with what moved them."""
    moved = [move for move in moves(document, known) if move.number]
    if not moved:
        return []
    told = []
    for move in moved:
        causes = listed([cause(step) for step in move.causes]) or "several small causes"
        told.append(Move(points(move.points, 1), move.points > 0,
                         (Strong(str(move.number)), f" · {short(move.day)}: {causes}")))
    return [Moves("The largest moves so far, in points", tuple(told))]


# --- why -------------------------------------------------------------------------------------------------------------


def _why(document: CaseDocument) -> list[Block]:
    blocks: list[Block] = [Figure("bridge", findings.bridge_alt(document))]
    if not document.evidence:
        return [*blocks, Paragraph(("There is no evidence yet: this is the outside view and the silence so far.",))]
    sources = source_names(document)
    ranked = sorted(document.evidence, key=lambda item: (-round(abs(item.shapley_points), 9), item.id))

    def side(caption: str, sign: int) -> Moves:
        chosen = [item for item in ranked if sign * item.shapley_points > 0 and moves_it(item.shapley_points)]
        rows = tuple(Move(points(item.shapley_points, 1), sign > 0, (linked(item.title, item.url),),
                          (item_note(item, sources), *copy_link(item, document))) for item in chosen[:MOVERS])
        return Moves(caption, rows)

    sides: list[Block] = [Columns(((side("What speaks for it", 1),), (side("What speaks against it", -1),)))]
    return [*blocks, *sides,
            Paragraph((Faint(f"Points are each item's share of the forecast (its Shapley value), rounded; they may not "
                             f"add up. {_more(document)}".strip()),)),
            Figure("timeline", findings.timeline_alt(document)),
            Figure("flow", findings.flow_alt(document), findings.flow_note(document))]


def _more(document: CaseDocument) -> str:
    """How many items the two lists leave out."""
    moved = [item.shapley_points for item in document.evidence if moves_it(item.shapley_points)]
    for_it = sum(share > 0 for share in moved) - MOVERS
    against = sum(share < 0 for share in moved) - MOVERS
    left = ((for_it, "for"), (against, "against"))
    told = listed([f"{number} more {side} it" for number, side in left if number > 0])
    return f"{capital(told)}: in the appendix." if told else ""


# --- what would change our mind -------------------------------------------------------------------------------------


def _change_our_mind(document: CaseDocument) -> list[Block]:
    blocks: list[Block] = []
    if document.indicators:
        rows = tuple(row(((quoted(each.title),), (Faint(f"by {short(each.by)}"),)),
                         whole(each.chance), Strong(whole(each.if_seen)), whole(each.if_not_seen))
                     for each in document.indicators[:MOVERS])
        more = len(document.indicators) - len(rows)
        blocks.append(Table("What to watch for" + (f" (and {more} more in the appendix)" if more else ""),
                            ("Sign", "Chance", "If seen", "If not"), rows, range(1, 4)))
    turning: list[str] = []
    for crossing in document.crossings:
        turning += [findings.sentence([turn(crossing, shift)]) for shift in crossing.alone]
    if turning:
        blocks += [Heading("Turning points"), findings.bullets(turning[:3])]
    return blocks or [Paragraph(("Nothing is being watched for, and no single stated range changes the wording.",))]
