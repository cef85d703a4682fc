"""The front page of a report: an answer in five seconds, why in thirty, trust in five minutes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from forecast.core import text
from forecast.core.text import band, chance, counted, day, listed, short
from forecast.report.document import Answer, CaseDocument, Change, CrossingRow, ReportDocument, ShiftRow, StepRow
from forecast.report.page import (
    Block,
    Card,
    Cards,
    Columns,
    Figure,
    Fold,
    Heading,
    Line,
    Link,
    Move,
    Moves,
    Notice,
    Outcomes,
    Page,
    Paragraph,
    Part,
    Section,
    Strong,
    Table,
    row,
)
from forecast.report.pages import findings
from forecast.report.pages.appendix import appendix
from forecast.report.track import comparable, said_a_month_ago, track
from forecast.report.words import (
    change_label,
    component_label,
    happens,
    item_note,
    points,
    quoted,
    source_names,
    web_address,
)

MOVERS = 5
"""Items that are told for and against."""
CAUSES = 3
"""Causes of a change that are told."""
OTHERS = 2
"""Other outcomes that are told in a sentence; the bar has all."""
LITTLE = 0.005
"""A change of less than half a point is no real change."""


def page(document: ReportDocument, earlier: Sequence[CaseDocument] = ()) -> Page:
    """A report with its appendix.

    Parameters
    ----------
    document : ReportDocument
        The report.
    earlier : sequence of CaseDocument
        Earlier reports of the workspace, in any order.
    """
    known = comparable(document, earlier)
    return Page(
        title=quoted(document.question.title), subtitle=_kicker(document, known), number="", words="",
        notices=tuple(notices(document)), links=_links(known), head=tuple(_head(document)),
        sections=(
            Section("when", "When", tuple(_when(document))),
            Section("how-it-got-here", "How it got here", tuple(_history(document, known))),
            Section("why", "Why", tuple(_why(document))),
            Section("change-our-mind", "What would change our mind", tuple(_change_our_mind(document))),
            Section("trust", "How far to trust it", tuple(_trust(document, known)))),
        appendix=appendix(document))


def _kicker(document: CaseDocument, known: Sequence[CaseDocument]) -> str:
    parts = [f"Forecast of {day(document.as_of)}"]
    if known:
        before = known[-1].as_of
        parts += [f"previous report {short(before)}"]
        due = document.as_of + (document.as_of - before)
        if due < document.question.horizon and document.as_of - before <= timedelta(31):
            parts += [f"next due {short(due)}"]
    return " · ".join(parts)


def _links(known: Sequence[CaseDocument]) -> Line:
    links: list[Link | str] = [Link("All reports", "../index.html")]
    if known:
        links += [" · ", Link(f"Report of {short(known[-1].as_of)}", f"../{known[-1].as_of}/report.html")]
    return tuple(links)


def notices(document: ReportDocument) -> list[Notice]:
    """What must be said before anything else."""
    question, found = document.question, []
    if question.reconstructed:
        found.append(Notice("Reconstructed case", (quoted(question.reconstructed),)))
    if question.resolved:
        outcome = quoted(question.names.get(question.resolved["outcome"], question.resolved["outcome"]))
        found.append(Notice("This question has since been decided", (
            f"{outcome}, {day(question.resolved['date'])}. What follows was known on {day(document.as_of)}.",)))
    if not document.engines.confirmed:
        found.append(Notice("Unconfirmed", (findings.sentence(document.engines.failures),)))
    return found


# --- the head -----------------------------------------------------------------------------------------------------


def _head(document: CaseDocument) -> list[Block]:
    change = document.change if isinstance(document, ReportDocument) else None
    return answer(document, change, document.crossings)


def answer(document: Answer, change: Change | None, crossings: Sequence[CrossingRow] = ()) -> list[Block]:
    """The answer at a glance: one sentence, all outcomes, and four cards."""
    cards = (_by_when(document), _soon(document), _since(document, change), _firmness(document, crossings))
    return [Paragraph(verdict(document), lead=True), Outcomes(_parts(document)), Cards(cards)]


def verdict(document: Answer) -> Line:
    """The answer in one sentence, and what is likely otherwise in another."""
    question, p = document.question, document.event
    opening = text.term(p)
    first = opening[0].upper() + opening[1:]
    return (Strong(f"{first}: {chance(p)}"), f" (90% range {band(document.band)}) that {happens(question)}. ",
            _otherwise(document))


def _otherwise(document: Answer) -> str:
    """What is likely if the event does not happen, in words."""
    _, *rest = document.hypotheses.items()
    ranked = sorted(rest, key=lambda part: -part[1])
    told = [f"{quoted(document.question.names[name])} ({chance(p)})" for name, p in ranked[:OTHERS]]
    left = ranked[OTHERS:]
    if left:
        told.append(f"one of {len(left)} others ({chance(sum(p for _, p in left))})")
    return f"Otherwise: {listed(told, 'or')}."


def _parts(document: Answer) -> tuple[Part, ...]:
    return tuple(Part(quoted(document.question.names[name]), p, chance(p)) for name, p in document.hypotheses.items())


def _by_when(document: Answer) -> Card:
    ahead = [when for when in sorted(document.by) if document.as_of < when < document.question.horizon]
    chosen = sorted({ahead[0], ahead[len(ahead) // 2], ahead[-1]}) if ahead else []
    if chosen:
        return Card(" · ".join(chance(document.by[when]) for when in chosen),
                    ((f"by {' · '.join(short(when) for when in chosen)}",),))
    median = document.timing["0.5"]
    if median is None:
        return Card("No date", (("It cannot happen any more.",),))
    return Card(short(median), (("If it happens, there is an even chance that it is before this date.",),))


def _soon(document: Answer) -> Card:
    soon, on = document.next, document.preparing
    until = "" if soon.until < document.question.horizon else ", up to the horizon"
    return Card(f"{chance(soon.probability)} within 13 weeks",
                ((f"{chance(soon.prior)} without the evidence{until}",),
                 (f"Being prepared now: {chance(on.now)} ({chance(on.prior)} without the evidence)",)))


def _since(document: Answer, change: Change | None) -> Card:
    if change is None:
        return Card("First report", (("There is no earlier one to compare it with.",),))
    moved = document.event - change.probability
    if abs(moved) < LITTLE:
        return Card("No real change", ((f"since {short(change.since)}",),))
    cause = _largest(change.steps, 1)[0]
    return Card(f"{points(moved)} point{'' if f'{abs(100 * moved):.0f}' == '1' else 's'}",
                ((f"since {short(change.since)}",), (f"mostly: {_cause(cause)}",)))


def _firmness(document: Answer, crossings: Sequence[CrossingRow]) -> Card:
    nu = document.worth
    firm = "as firm as a rate that is known" if nu is None else (
        f"as firm as a rate seen in about {counted(round(nu), 'similar case')}")
    lines: list[Line] = [(firm,)]
    nearest = _nearest(crossings)
    if nearest:
        lines.append((f"With {nearest[1].value} instead of {nearest[1].stated} in {_input(nearest[1])} we would say "
                      f"“{nearest[0].term}”.",))
    return Card(f"Precision: {document.words.precision}", tuple(lines))


def _nearest(crossings: Sequence[CrossingRow]) -> tuple[CrossingRow, ShiftRow] | None:
    """The one input that has to move least, within its stated range, to change the wording."""
    pairs = [(crossing, shift) for crossing in crossings for shift in crossing.alone]
    return min(pairs, key=lambda pair: abs(pair[1].place), default=None)


def _input(shift: ShiftRow) -> str:
    """An input in a sentence: the label with a small first letter, items by their title."""
    label = quoted(shift.label)
    return f"“{label}”" if shift.kind == "ratio" else label[0].lower() + label[1:]


# --- when -----------------------------------------------------------------------------------------------------------


def _when(document: CaseDocument) -> list[Block]:
    horizon = document.question.horizon
    ahead = document.ahead[-1] if document.ahead else None
    falls = (f" If nothing happens until {short(ahead.day)}, the forecast falls to {chance(ahead.event)}." if ahead
             else "")
    alt = (f"Curve of the chance that it has happened by each date, from 0% on {day(document.as_of)} to "
           f"{chance(document.event)} on {day(horizon)}, range {band(document.band)}; without the evidence "
           f"{chance(document.prior[document.question.event])}.{falls}")
    return [Figure("fan", alt, findings.ahead(document),
                   bars=tuple(week[2] for week in document.weeks),
                   ends=(short(document.weeks[0][0]), short(document.weeks[-1][1]))),
            *_key_dates(document),
            Fold("Week by week", (Figure("weekly", _weekly_alt(document)), _weeks(document)))]


def _key_dates(document: CaseDocument) -> list[Block]:
    ahead = [when for when in sorted(document.by) if when > document.as_of]
    if not ahead:
        return []
    rows = [row(day(when), Strong(chance(document.by[when])), band(document.by_band[when]),
                chance(document.prior_by[when])) for when in ahead]
    return [Table("Chance that it has happened, by key date", ("By the end of", "Forecast", "90% range",
                                                              "Without the evidence"), tuple(rows),
                  frozenset({1, 2, 3}))]


def _weekly_alt(document: CaseDocument) -> str:
    peak = max(document.curve, key=lambda week: week.probability)
    return (f"Bars of the chance of each week; the highest is {text.fine(peak.probability)} in the week from "
            f"{day(peak.first)}.")


def _weeks(document: CaseDocument) -> Table:
    rows = tuple(row(short(week.first), text.fine(week.probability), text.tenth(week.cumulative),
                     band((week.low, week.high)), text.fine(week.hazard), text.tenth(week.prior_cumulative))
                 for week in document.curve)
    return Table("Chance of each week", ("Week from", "In the week", "By its end", "90% range", "If not before",
                                         "By its end, without the evidence"), rows, frozenset({1, 2, 3, 4, 5}),
                 paper=False)


# --- how it got here -----------------------------------------------------------------------------------------------


def _history(document: CaseDocument, known: Sequence[CaseDocument]) -> list[Block]:
    change = document.change if isinstance(document, ReportDocument) else None
    blocks: list[Block] = []
    if known:
        told = [f"{short(each.as_of)} {chance(each.event)}" for each in [*known, document][-8:]]
        blocks.append(Figure("history", f"All outcomes in the reports so far; the event: {', '.join(told)}.",
                             "Each step includes everything since the previous date."))
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
                       for step in _largest(change.steps, CAUSES))
    left = len(change.steps) - len(told_steps)
    more = f"; {counted(left, 'smaller step')} not shown" if left else ""
    then, now = change.thirteen_weeks
    return [
            Moves(f"Since {day(change.since)}, in points: from {text.tenth(change.probability)} to "
                  f"{text.tenth(document.event)}{more}", told_steps),
            Paragraph((f"Within 13 weeks: {text.tenth(then)} then, {text.tenth(now)} now. Being prepared: "
                       f"{text.tenth(change.preparing[0])} then, {text.tenth(change.preparing[1])} now.",))]


def _largest(steps: Sequence[StepRow], most: int) -> list[StepRow]:
    return sorted(steps, key=lambda step: -abs(round(step.points or 0, 9)))[:most]


def _cause(step: StepRow) -> str:
    """What a step of a change is, inside a sentence."""
    label = quoted(step.label)
    return {"time": "time passed", "withdrawn": f"“{label}” was withdrawn", "revised": f"“{label}” was revised",
            "settings": f"changed settings ({label})", "new": f"“{label}”"}[step.kind]


# --- why -------------------------------------------------------------------------------------------------------------


def _why(document: CaseDocument) -> list[Block]:
    blocks: list[Block] = [Figure("bridge", findings.bridge_alt(document))]
    if not document.evidence:
        return [*blocks, Paragraph(("There is no evidence yet: this is the outside view and the silence so far.",))]
    sources = source_names(document)
    ranked = sorted(document.evidence, key=lambda item: (-round(abs(item.shapley_points), 9), item.id))

    def moves(caption: str, sign: int) -> Moves:
        chosen = [item for item in ranked if sign * item.shapley_points > 0]
        rows = tuple(Move(points(item.shapley_points, 1), sign > 0, (_titled(item.title, item.url),),
                          (item_note(item, sources),)) for item in chosen[:MOVERS])
        more = f" (and {len(chosen) - MOVERS} more)" if len(chosen) > MOVERS else ""
        return Moves(f"{caption}{more}", rows)

    sides: list[Block] = [Columns(((moves("What speaks for it", 1),), (moves("What speaks against it", -1),)))]
    return [*blocks, *sides,
            Paragraph(("Points are each item's share of the forecast (its Shapley value), rounded; they may not add "
                       "up.",)),
            Figure("timeline", findings.timeline_alt(document)),
            Figure("flow", findings.flow_alt(document), findings.flow_note(document))]


def _titled(title: str, url: str | None) -> Link | str:
    address = web_address(url)
    return Link(quoted(title), address) if address else quoted(title)


# --- what would change our mind -------------------------------------------------------------------------------------


def _change_our_mind(document: CaseDocument) -> list[Block]:
    blocks: list[Block] = []
    if document.indicators:
        rows = tuple(row(((quoted(each.title),), (f"by {short(each.by)}{', if certain' if each.certain else ''}",)),
                         chance(each.chance), Strong(chance(each.if_seen)), chance(each.if_not_seen))
                     for each in document.indicators[:MOVERS])
        more = len(document.indicators) - len(rows)
        blocks.append(Table("What to watch for" + (f" (and {more} more in the appendix)" if more else ""),
                            ("Sign", "Chance", "If seen", "If not"), rows, frozenset({1, 2, 3})))
    turning = [line for crossing in document.crossings for line in _turning(crossing)][:3]
    if turning:
        blocks += [Heading("Turning points"), findings.bullets(turning)]
    return blocks or [Paragraph(("Nothing is being watched for, and no single stated range changes the wording.",))]


def _turning(crossing: CrossingRow) -> list[str]:
    return [f"We would say “{crossing.term}” with {shift.value} instead of {shift.stated} in {_input(shift)}."
            for shift in crossing.alone]


# --- how far to trust it ---------------------------------------------------------------------------------------------


def _trust(document: ReportDocument, known: Sequence[CaseDocument]) -> list[Block]:
    lines: list[Line] = [_range_of_priors(document), _fragility(document), *_sources(document),
                         *_earlier(document, known), *_calibrated(document), _left_out(document),
                         (findings.engines(document.engines),)]
    confidence = document.question.confidence
    if confidence:
        lines.insert(0, (Strong(f"Analytic confidence: {confidence['level']}. "), quoted(confidence["because"])))
    used = any(each.items for each in document.reliability)
    return [findings.bullets(lines), *([Figure("sources", findings.sources_alt(document))] if used else [])]


def _range_of_priors(document: CaseDocument) -> Line:
    if len(document.components) == 1:
        return (Strong("One outside view. "), f"All of it rests on “{component_label(document.components[0])}”.")
    ends = sorted(document.components, key=lambda each: each.posterior)
    low, high = ends[0], ends[-1]
    return (Strong("The outside views differ. "),
            f"With the same evidence, “{component_label(low)}” alone gives {chance(low.posterior)}, "
            f"“{component_label(high)}” alone {chance(high.posterior)}.")


def _fragility(document: CaseDocument) -> Line:
    nearest, joint = _nearest(document.crossings), [each for each in document.crossings if each.distance is not None]
    parts = []
    if nearest:
        parts.append(f"With {nearest[1].value} instead of {nearest[1].stated} in {_input(nearest[1])} we would say "
                     f"“{nearest[0].term}”.")
    if joint:
        closest = min(joint, key=lambda each: each.distance or 0)
        parts.append(f"Small joint shifts {'are enough' if (closest.distance or 9) < 1 else 'would not be enough'} "
                     f"({closest.distance:.2f} standard deviations).")
    if not parts:
        parts.append("No single stated range, and no joint shift within six standard deviations, changes the wording.")
    return (Strong("Fragility. "), " ".join(parts))


def _sources(document: CaseDocument) -> list[Line]:
    changed = [each for each in document.reliability if each.items and abs(each.now - each.given) >= 0.01]
    told = [f"{quoted(each.name)} {points(each.now - each.given)}" for each in
            sorted(changed, key=lambda each: -abs(each.now - each.given))[:4]]
    if not told:
        return [(Strong("Sources. "), "No source's reliability has changed noticeably.")]
    more = f" and {len(changed) - 4} more" if len(changed) > 4 else ""
    return [(Strong("Sources. "), f"Earned or lost by what came of their claims, in points: {'; '.join(told)}{more}.",
             *_failed(document))]


def _failed(document: CaseDocument) -> Line:
    failed = [each for each in document.closed_claims if each.reliability < each.without]
    return (f" {counted(len(failed), 'dated claim')} had failed by {short(document.as_of)}.",) if failed else ()


def _earlier(document: CaseDocument, known: Sequence[CaseDocument]) -> list[Line]:
    lines: list[Line] = []
    then = said_a_month_ago(document, known)
    if then:
        lines.append((Strong("A month ago. "), f"On {day(then.as_of)} we gave {chance(then.probability)} to its "
                      "happening by now. It has not happened."))
    found = track(document, known)
    if found:
        better = "better than" if found.brier < found.prior else "worse than" if found.brier > found.prior else "as"
        lines.append((Strong("Earlier reports. "), f"On the key dates that have passed they scored {found.brier:.3f} "
                      f"(Brier, less is better), {better} the outside view alone ({found.prior:.3f})."))
    return lines


def _calibrated(document: CaseDocument) -> list[Line]:
    weight = document.question.evidence_weight[1]
    if document.question.calibration:
        return [(Strong("Calibration. "), f"Evidence counts at κ = {weight:g}, learned on resolved questions "
                 f"({quoted(document.question.calibration)}).")]
    return [(Strong("Calibration. "), f"Evidence counts at κ = {weight:g}; nothing has been learned from resolved "
             "questions.")]


def _left_out(document: CaseDocument) -> Line:
    unsaid = sum(item.recorded is None for item in document.evidence)
    late = sum(item.recorded is not None and item.recorded > document.as_of for item in document.evidence)
    by_then = len(document.evidence) - unsaid - late
    entered = f"{by_then} of {counted(len(document.evidence), 'item')} are marked as recorded by then"
    unknown = f"; {unsaid} {'does' if unsaid == 1 else 'do'} not say" if unsaid else ""
    after = f"; {late} {'was' if late == 1 else 'were'} entered later" if late else ""
    told = f" {entered}{unknown}{after}." if document.evidence else ""
    return (Strong("Left out. "), "What nobody entered; dependence between reports beyond the stated groups; and how "
            f"well the question fits what matters.{told}")
