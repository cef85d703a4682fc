"""The front page of a report: an answer in five seconds, why in thirty, trust in five minutes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from forecast.core import text
from forecast.core.text import band, chance, counted, day, listed, percent, short, whole
from forecast.report.document import Answer, CaseDocument, Change, CrossingRow, ReportDocument, ShiftRow, StepRow
from forecast.report.page import (
    Block,
    Card,
    Cards,
    Columns,
    Faint,
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
from forecast.report.track import Moved, comparable, moves, said_a_month_ago, track
from forecast.report.words import (
    change_label,
    component_label,
    happens,
    item_note,
    paragraphs,
    points,
    quoted,
    source_names,
    web_address,
)

MOVERS = 5
"""Items that are told for and against."""
CAUSES = 3
"""Causes of a change that are told."""
BEGINNING = 170
"""Letters of the resolution that the head holds."""
OTHERS = 2
"""Other outcomes that are told in a sentence; the bar has all."""
FRAGILE = 0.75
"""A share of the way to an input's low or high that is little."""
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
        title=quoted(document.question.title), subtitle=f"Forecast of {day(document.as_of)}", number="", words="",
        notices=tuple(notices(document)), links=_links(document, known), head=tuple(_head(document)),
        sections=(
            Section("when", "When", tuple(_when(document))),
            Section("how-it-got-here", "How it got here", tuple(_history(document, known))),
            Section("why", "Why", tuple(_why(document))),
            Section("change-our-mind", "What would change our mind", tuple(_change_our_mind(document))),
            Section("trust", "How far to trust it", tuple(_trust(document, known)))),
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
    verdict_, *rest = answer(document, change, document.crossings)
    return [verdict_, *rest, *_counts(document)]


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
    event, *rest = document.hypotheses.items()
    ranked = sorted(rest, key=lambda part: -part[1])
    if len(ranked) > 1 and ranked[0][1] > event[1]:
        return _likelier(document, ranked)
    told = [f"{quoted(document.question.names[name])} ({chance(p)})" for name, p in ranked[:OTHERS]]
    left = ranked[OTHERS:]
    if left:
        told.append(f"one of {len(left)} others ({chance(sum(p for _, p in left))})")
    return f"Otherwise: {listed(told, 'or')}."


def _likelier(document: Answer, ranked: list[tuple[str, float]]) -> str:
    """What is likelier than the event, and what is left."""
    (first, p), *rest = ranked
    name = quoted(document.question.names[first])
    left = sum(each for _, each in rest)
    others = quoted(document.question.names[rest[0][0]]) if len(rest) == 1 else f"one of {len(rest)} others"
    return f"The likeliest outcome is another: {name} ({chance(p)}). Otherwise: {others} ({chance(left)})."


def _parts(document: Answer) -> tuple[Part, ...]:
    return tuple(Part(quoted(document.question.names[name]), p, chance(p)) for name, p in document.hypotheses.items())


def _by_when(document: Answer) -> Card:
    ahead = [when for when in sorted(document.by) if document.as_of < when < document.question.horizon]
    chosen = sorted({ahead[0], ahead[len(ahead) // 2], ahead[-1]}) if ahead else []
    median = document.timing["0.5"]
    if median is None:
        return Card("No date", (("It cannot happen any more.",),))
    even = (f"If it happens, there is an even chance that it is before {short(median)}.",)
    if not chosen:
        return Card(short(median), (even,))
    return Card(" · ".join(chance(document.by[when]) for when in chosen),
                ((f"by {' · '.join(_dates(chosen))}",), even))


def _dates(days: Sequence[date]) -> list[str]:
    """Dates in a row, the year with the last of each year."""
    last = {day.year: day for day in days}
    return [short(day) if last[day.year] == day else short(day).removesuffix(f" {day.year}") for day in days]


def _soon(document: Answer) -> Card:
    soon, on = document.next, document.preparing
    until = "" if soon.until < document.question.horizon else ", up to the horizon"
    return Card(f"{whole(soon.probability)} in 13 weeks",
                ((f"{whole(soon.prior)} without the evidence{until}",),
                 (f"{whole(on.now)} that it is being prepared now ({whole(on.prior)} without the evidence)",)))


def _since(document: Answer, change: Change | None) -> Card:
    if change is None:
        return Card("First report", (("There is no earlier one to compare it with.",),))
    moved = document.event - change.probability
    if abs(moved) < LITTLE:
        return Card("No real change", ((f"since {short(change.since)}",),))
    cause = _largest(change.steps, 1)[0]
    return Card(f"{points(moved)} point{'' if f'{abs(100 * moved):.0f}' == '1' else 's'}",
                ((f"since {short(change.since)}",), (f"Mostly: {_cause(cause)}",)))


def _firmness(document: Answer, crossings: Sequence[CrossingRow]) -> Card:
    nu = document.worth
    firm = "as firm as a rate that is known" if nu is None else (
        f"as firm as a rate seen in about {counted(round(nu), 'similar case')}")
    lines: list[Line] = [(firm,)]
    nearest = _nearest(crossings)
    if nearest:
        lines.append((f"Fragile: {_turn(*nearest)}" if abs(nearest[1].place) < FRAGILE else f"But {_turn(*nearest)}",))
    return Card(f"Precision: {document.words.precision}", tuple(lines))


def _nearest(crossings: Sequence[CrossingRow]) -> tuple[CrossingRow, ShiftRow] | None:
    """The one input that has to move least, within its stated range, to change the wording."""
    pairs = [(crossing, shift) for crossing in crossings for shift in crossing.alone]
    return min(pairs, key=lambda pair: abs(pair[1].place), default=None)


def _turn(crossing: CrossingRow, shift: ShiftRow) -> str:
    """What one input has to be for another wording."""
    return f"with {shift.value} instead of {shift.stated} {_input(shift)} we would say “{crossing.term}”"


def _input(shift: ShiftRow) -> str:
    """An input in a sentence: items by their title, a prior by its name, others by what is moved."""
    label = quoted(shift.label)
    if shift.kind == "ratio":
        return f"for “{label}”"
    if shift.kind == "prior":
        return f"in {label.partition(' in ')[2] or label}"
    return f"for the {label[0].lower()}{label[1:]}"


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
                  frozenset({1, 2, 3}), folded=True)]


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
        blocks += [Figure("history", f"All outcomes in the reports so far; the event: {', '.join(told)}."),
                   *largest_moves(document, known)]
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


def largest_moves(document: CaseDocument, known: Sequence[CaseDocument]) -> list[Block]:
    """The numbered moves through the reports, with what moved them."""
    moved = [move for move in moves(document, known) if move.number]
    if not moved:
        return []
    return [Moves("The largest moves so far, in points", tuple(
        Move(points(move.points, 1), move.points > 0, (f"{move.number}. {short(move.day)}: {_causes(move)}",))
        for move in moved))]


def _causes(move: Moved) -> str:
    """What moved the forecast between two reports, the largest cause first."""
    return listed([_cause(step) for step in move.causes]) if move.causes else "several small causes"


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

    def side(caption: str, sign: int) -> Moves:
        chosen = [item for item in ranked if sign * item.shapley_points > 0]
        rows = tuple(Move(points(item.shapley_points, 1), sign > 0, (_titled(item.title, item.url),),
                          (item_note(item, sources),)) for item in chosen[:MOVERS])
        return Moves(caption, rows)

    sides: list[Block] = [Columns(((side("What speaks for it", 1),), (side("What speaks against it", -1),)))]
    return [*blocks, *sides,
            Paragraph((Faint(f"Points are each item's share of the forecast (its Shapley value), rounded; they may not "
                             f"add up. {_more(document)}".strip()),)),
            Figure("timeline", findings.timeline_alt(document)),
            Figure("flow", findings.flow_alt(document), findings.flow_note(document))]


def _more(document: CaseDocument) -> str:
    """How many items the two lists leave out."""
    for_it = sum(item.shapley_points > 0 for item in document.evidence) - MOVERS
    against = sum(item.shapley_points < 0 for item in document.evidence) - MOVERS
    told = [f"{number} more {side} it" for number, side in ((for_it, "for"), (against, "against")) if number > 0]
    return f"{listed(told)[:1].upper()}{listed(told)[1:]}: in the appendix." if told else ""


def _titled(title: str, url: str | None) -> Link | str:
    address = web_address(url)
    return Link(quoted(title), address) if address else quoted(title)


# --- what would change our mind -------------------------------------------------------------------------------------


def _change_our_mind(document: CaseDocument) -> list[Block]:
    blocks: list[Block] = []
    if document.indicators:
        rows = tuple(row(((quoted(each.title),), (Faint(f"by {short(each.by)}"),)),
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
    return [f"{told[0].upper()}{told[1:]}." for shift in crossing.alone for told in (_turn(crossing, shift),)]


# --- how far to trust it ---------------------------------------------------------------------------------------------


def _trust(document: ReportDocument, known: Sequence[CaseDocument]) -> list[Block]:
    lines: list[Line] = [_range_of_priors(document), _fragility(document), *_sources(document),
                         *_earlier(document, known), *_calibrated(document), *_panel(document), _left_out(document),
                         (Strong("Calculation. "), findings.engines(document.engines))]
    confidence = document.question.confidence
    if confidence:
        lines.insert(0, (Strong(f"Analytic confidence: {confidence['level']}. "), quoted(confidence["because"])))
    moved = any(each.items and abs(each.now - each.given) >= findings.LITTLE for each in document.reliability)
    return [findings.bullets(lines), *([Figure("sources", findings.sources_alt(document))] if moved else [])]


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
        parts.append(findings.sentence([_turn(*nearest)]))
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
        lines.append((Strong("A month ago. "), f"On {day(then.as_of)} we gave {percent(then.probability)} to its "
                      "happening by now. It has not happened."))
    found = track(document, known)
    if found:
        better = "better than" if found.brier < found.prior else "worse than" if found.brier > found.prior else "as"
        lines.append((Strong("Earlier reports. "), f"On the key dates that have passed they scored {found.brier:.3f} "
                      f"(Brier, less is better), {better} the outside view alone ({found.prior:.3f})."))
    return lines


def _calibrated(document: CaseDocument) -> list[Line]:
    weight = document.question.evidence_weight[1]
    full = "Evidence counts in full (κ = 1)" if weight == 1 else f"Evidence counts at κ = {weight:g} of its weight"
    if document.question.calibration:
        return [(Strong("Calibration. "), f"{full}, learned on resolved questions "
                 f"({quoted(document.question.calibration)}).")]
    return [(Strong("Calibration. "), f"{full}; nothing has been learned from resolved questions.")]


def _panel(document: CaseDocument) -> list[Line]:
    """How many analysts stand behind the numbers."""
    if not document.evidence:
        return []
    names = sorted({item.analyst for item in document.evidence if item.analyst})
    if len(names) < 2:
        return [(Strong("Panel. "), "One analyst's numbers; nobody has given a second opinion.")]
    return [(Strong("Panel. "), f"Items were encoded by {listed([quoted(name) for name in names])}; forecast panel "
             "shows where they disagree.")]


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
