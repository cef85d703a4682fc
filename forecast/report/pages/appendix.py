"""The appendix of a report: every item with its path, the ledger, what it rests on, and how it was made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import groupby

from forecast.analysis.panel import Spread
from forecast.core.text import band, counted, day, db, percent, ratio, short, signed, tenth, whole
from forecast.records.result import Range
from forecast.report.contents.what_if import ExplainDocument
from forecast.report.document import (
    Asked,
    BreakEvenRow,
    CaseDocument,
    ComponentRow,
    CrossingRow,
    EvidenceRow,
    IndicatorRow,
    ProcessPart,
    QuestionPart,
    ReportDocument,
    SharingPart,
)
from forecast.report.page import (
    Block,
    Cell,
    Code,
    Faint,
    Figure,
    Line,
    Listing,
    Paragraph,
    Section,
    Strong,
    Table,
    row,
)
from forecast.report.pages.findings import bullets, engines
from forecast.report.pages.opinions import opinions_of, panel_blocks
from forecast.report.words import (
    capital,
    component_label,
    copy_link,
    item_note,
    lift,
    linked,
    paragraphs,
    points,
    quoted,
    source_names,
    stated_percent,
    step_label,
)
from forecast.workspace.csv_tables import read_table

DECIBANS = ("Ten decibans (dB) are a factor of ten in the odds, three about a factor of two; near even odds one "
            "deciban is worth some six points.")
ROUNDED = "Each number is rounded by itself; they may not add up."


def appendix(document: ReportDocument) -> tuple[Section, ...]:
    """All that is folded away."""
    return (
        Section("question", "The question", tuple(_question(document))),
        Section("evidence", "Every item of evidence", tuple(_evidence(document))),
        *((Section("panel", "The panel", tuple(panel_blocks(document.panel))),) if document.panel else ()),
        Section("ledger", "The ledger, in decibans", tuple(ledger_blocks(document))),
        Section("outside-view", "The outside view", tuple(_outside_view(document))),
        Section("sources", "Sources and groups", tuple(_sources(document))),
        Section("indicators", "Everything that is being watched for", (watched(document.indicators),)),
        Section("sensitivity", "What every input could move", tuple(_sensitivity(document))),
        Section("checks", "Checks on the calculation", tuple(_checks(document))),
        Section("provenance", "What this report was made from", tuple(_provenance(document))))


def _question(document: CaseDocument) -> list[Block]:
    question = document.question
    rows = [row("Counts from", day(question.opens)), row("To", day(question.horizon)),
            row("Preparation", _process(question.preparation)), row("Climate", _process(question.climate)),
            row("Evidence weight κ", f"{question.evidence_weight[1]:g}"),
            row("Model error", f"{question.model_error[1]:g} in natural log odds")]
    return [*_resolution(question.resolution), Table("Settings", ("Setting", "Value"), tuple(rows))]


def _resolution(text: str | None) -> list[Block]:
    """The text that says what counts, its lists as lists."""
    blocks: list[Block] = []
    for is_list, run in groupby(paragraphs(text, lists=True), key=lambda part: part.startswith("- ")):
        parts = list(run)
        blocks += [bullets(part[2:] for part in parts)] if is_list else [Paragraph((part,)) for part in parts]
    return blocks


def _process(process: ProcessPart) -> str:
    lead = _ranged(process.lead_weeks, "{:g}".format, " weeks")
    return (f"lead {lead}, carried out {_ranged(process.carried_out, stated_percent)}, events without it "
            f"{_ranged(process.unprepared, stated_percent)}")


def _ranged(value: Range, write: Callable[[float], str], unit: str = "") -> str:
    """An estimate as it was stated, with its low and high if it has them."""
    low, stated, high = value
    ends = f" ({write(low)} to {write(high)})" if low is not None and high is not None else ""
    return f"{write(stated)}{unit}{ends}"


# --- evidence --------------------------------------------------------------------------------------------------------


def _evidence(document: CaseDocument) -> list[Block]:
    if not document.evidence:
        return [Paragraph(("No item was public and active on this date.",))]
    sources, rows = source_names(document), []
    for item in document.evidence:
        cited = (Faint(item_note(item, sources)), *copy_link(item, document))
        rows.append(row(((linked(item.title, item.url),), cited), item.kind, lift(item.lift), lift(item.effective),
                        points(item.shapley_points, 1), signed(item.leave_one_out),
                        more=tuple(item_path(item, document))))
    return [Table("Items by date", ("Item", "Kind", "Stated", "Left", "Points", "dB"), tuple(rows), range(2, 6)),
            Paragraph((f"Stated: how many times likelier under the event than without it. Left: after reliability, "
                       f"repetition and weight. Points: share of the forecast. dB: the forecast with it less that "
                       f"without it. {ROUNDED} {DECIBANS}",))]


def item_path(item: EvidenceRow, document: CaseDocument | ExplainDocument) -> list[Line]:
    """What becomes of an item, step by step, so that a reader can redo it."""
    question = document.question
    lines: list[Line] = [(Strong("As stated: "), _stated(item, document)), *_pooled(item, document)]
    if item.periods != 1:
        lines.append((Strong("Standing: "), f"it has spoken {item.periods:.2f} times; the lift R is "
                      f"{lift(item.lift)}."))
    else:
        lines.append((Strong("Lift R: "), f"{lift(item.lift)}, the event against the mix of alternatives."))
    if item.says == "report":
        lines.append((Strong("Speaker: "), "it speaks of hearing this report, so nothing is discounted (r = 1)."))
    else:
        lines.append((Strong("Speaker: "), f"source {whole(item.source_reliability)}, with its credibility r = "
                      f"{item.reliability:.3f}; left: {lift(item.reliable)}."))
    if item.group:
        lines.append((Strong("Repetition: "), f"{counted(item.stronger, 'stronger item')} in “{quoted(item.group)}”, "
                      f"overlap {item.overlap:g}, so q = {item.echo:.3f}; left: {lift(item.echoed)}."))
    lines.append((Strong("Weight: "), f"κ = {item.weight:g}, so R̃ = {lift(item.effective)}."))
    lines.append((Strong("Background: "), "; ".join(
        f"{quoted(question.names[name])} {lift(value)}" for name, value in item.effective_background.items()) + "."))
    lines += _in_the_forecast(item, document)
    lines += [(part,) for part in paragraphs(item.note)] + [(part,) for part in paragraphs(item.rationale)]
    return lines


def _pooled(item: EvidenceRow, document: CaseDocument | ExplainDocument) -> list[Line]:
    """What each analyst states of an item that several have encoded; nothing if one has."""
    if isinstance(document, ExplainDocument):
        spreads: Sequence[Spread] = document.opinions.spreads if document.opinions else ()
    else:
        spreads = document.panel.items if document.panel else ()
    return [(Strong("Panel: "), f"{counted(len(each.ratios), 'analyst')} state it; their lifts are "
             f"{opinions_of(each.ratios)}. R is pooled from these, allowing for how each of them leans, and how bold "
             "and noisy he is; so is the background.") for each in spreads if each.id == item.id]


def _stated(item: EvidenceRow, document: Asked) -> str:
    names = document.question.names
    told = []
    for name, value in item.values.items():
        if item.encoding == "counts":
            told.append(f"{quoted(names[name])} {value[0]} of {value[1]}")
        else:
            write = ratio if item.encoding == "likelihood_ratio" else stated_percent
            told.append(f"{quoted(names[name])} {_ranged(value, write)}")  # type: ignore[arg-type]
    kind = {"counts": "seen", "probability": "probability", "kept": "kept",
            "likelihood_ratio": "ratio against the reference"}[item.encoding]
    absent = ", looked for and not seen" if not item.seen else ""
    chance_of = "" if item.chance is None else f"; the outside view gave its days {whole(item.chance)}"
    return f"{kind}: {'; '.join(told)}{absent}{chance_of}{_in_ratios(item, document)}."


def _in_ratios(item: EvidenceRow, document: Asked) -> str:
    """What another encoding comes to in ratios; nothing of what is stated as one."""
    if item.encoding == "likelihood_ratio":
        return ""
    question = document.question
    told = [f"{quoted(question.names[name])} {ratio(stated)}" for name, (_, stated, _) in item.stated.items()
            if name != question.reference]
    return f"; as a ratio against the reference: {'; '.join(told)}"


def _in_the_forecast(item: EvidenceRow, document: Asked) -> list[Line]:
    effect = (f"P by the horizon {tenth(item.without)} without it, {tenth(document.event)} with it; within 13 weeks "
              f"{tenth(item.soon_without)} and {tenth(document.next.probability)}.")
    if item.sharing is not None:
        return [(Strong(f"Through the {item.sharing.process}: "), _shared(item.sharing)), (Strong("Effect: "), effect)]
    if item.live_window is None and item.window is not None:
        return [(Strong("Window: "), _closed(item, item.window, document.question))]
    first, last = item.live_window or (item.date, item.date)
    return [(Strong("Window: "), f"it multiplies the odds of each day from {short(first)} to {short(last)} by R̃."),
            (Strong("Effect: "), effect)]


def _closed(item: EvidenceRow, window: tuple[date, date], question: QuestionPart) -> str:
    """Why a claim bears on no live day, and what is left of it."""
    first, last = window
    if first > question.horizon:
        return "lies after the horizon; the item bears on no day of the question."
    if last < item.date:
        return "ended before the item was published; it bears on no day of the question."
    if last < question.opens:
        return "ended before the question opened; the item bears on no day of it."
    left = "speaks of its source alone" if item.says == "fact" else "bears on no day any more"
    return f"ended on {day(last)}, and it did not happen; the item {left}."


def _shared(sharing: SharingPart) -> str:
    others = f" with {counted(sharing.others, 'other item')} of that day" if sharing.others else ""
    return (f"on {short(sharing.day)} the lift was w = {sharing.lift_before:.3f}; its day{others} has M = "
            f"{lift(sharing.together)}, so v = M·w/(1 − u·w + u·w·M) = {sharing.lift_after:.3f} with u = "
            f"{sharing.false_share:.4f}; carried to now with all items v = {sharing.lift_now:.3f}, without it "
            f"{sharing.lift_without:.3f}. S of tomorrow: {sharing.tomorrow[0]:.3f} without, {sharing.tomorrow[1]:.3f} "
            f"with; of the horizon {sharing.at_horizon[0]:.3f} and {sharing.at_horizon[1]:.3f}.")


# --- the ledger ------------------------------------------------------------------------------------------------------


def ledger_blocks(document: CaseDocument | ExplainDocument) -> list[Block]:
    """How the forecast adds up, and where the evidence goes."""
    opens = document.question.opens
    steps = tuple(row(step_label(step, document.as_of, opens), "" if step.kind == "opening" else db(step.decibans),
                      "" if step.points is None else points(step.points, 1), db(step.total), tenth(step.probability))
                  for step in document.ledger)
    flows = tuple(row(capital(each.stage), f"{each.towards:.2f}", f"{each.away:.2f}")
                  for each in document.flow)
    return [Table("From the outside view to the forecast",
                  ("Step", "Adds, dB", "Adds, points", "Reaches, dB", "Reaches"), steps, range(1, 5)),
            Paragraph((f"{ROUNDED} {DECIBANS}",)),
            Table("Where the evidence goes, in decibans", ("Stage", "For", "Against"), flows, range(1, 3))]


# --- what it rests on -------------------------------------------------------------------------------------------------


def _outside_view(document: CaseDocument) -> list[Block]:
    rows = tuple(row(component_label(each), percent(each.weight), whole(each.opening), whole(each.prior),
                     whole(each.posterior)) for each in document.components)
    return [Table("Components", ("Outside view", "Weight", "At the opening", "Now, without evidence", "With it"), rows,
                  range(1, 5)),
            *(block for place, each in enumerate(document.components, 1) if each.kind == "reference_class"
              for block in _past_cases(place, each, document))]


def _past_cases(place: int, component: ComponentRow, document: CaseDocument) -> list[Block]:
    """One reference class: what it says, and its cases by name where the document holds its file."""
    name = quoted(component.stated["file"])
    blocks: list[Block] = [Figure(f"past-cases-{place}", f"What the past cases of {name} alone say by each key date.")]
    stored = document.provenance.inputs.get(f"priors/{component.stated['file']}") if isinstance(
        document, ReportDocument) else None
    cases = [] if stored is None else read_table(stored.text.encode(), ("case", "weeks", "outcome")).rows
    if not cases:
        return blocks
    rows = tuple(row(_named(each.cells), quoted(each.get("weeks")), quoted(each.get("outcome")),
                     quoted(each.get("weight") or "1")) for each in cases)
    ends = Counter(each.get("outcome") for each in cases)
    told = {"event": "with the event", "ended": "ended without it", "censored": "still open"}
    found = ", ".join(f"{ends[end]} {words}" for end, words in told.items() if ends[end])
    return [*blocks, Table(f"{counted(len(rows), 'past case')} of {name}: {found}",
                           ("Case", "Weeks", "Outcome", "Weight"), rows, (1, 3), folded=True)]


def _named(case: Mapping[str, str]) -> Cell:
    """A past case with all that its file says of it beside its time and weight."""
    known = {"case", "weeks", "outcome", "weight"}
    beside = [quoted(value) for key, value in case.items() if key and key not in known and value]
    first: Line = (quoted(case["case"]),)
    return (first, (Faint(" · ".join(beside)),)) if beside else (first,)


def _sources(document: CaseDocument) -> list[Block]:
    rows = tuple(row(quoted(each.name), each.grade, whole(each.given), whole(each.now), str(each.items))
                 for each in document.reliability)
    blocks: list[Block] = [Table("How far we trust the report of each source",
                                 ("Source", "Grade", "By grade", "Now", "Items"), rows, range(2, 5))]
    if document.groups:
        groups = tuple(row(quoted(each.name), str(each.items), f"{each.effective:.1f}") for each in document.groups)
        blocks.append(Table("Groups that may share one origin", ("Group", "Items", "Worth, in items"), groups,
                            range(1, 3)))
    if document.closed_claims:
        titles = {item.id: quoted(item.title) for item in document.evidence}
        closed = tuple(row(titles.get(each.id, each.id), short(each.ended), whole(each.without),
                           whole(each.reliability)) for each in document.closed_claims)
        blocks.append(Table("Claims whose days have passed without the event, and what that did to their source",
                            ("Claim", "Its days ended", "Source without it", "Source with it"), closed, range(2, 4)))
    return blocks


def watched(indicators: Sequence[IndicatorRow], nothing: str = "Nothing is being watched for.") -> Block:
    """Indicators with what seeing each of them, or not, would do."""
    if not indicators:
        return Paragraph((nothing,))
    rows = tuple(row(quoted(each.title), each.id, f"{short(each.by)}{'' if each.certain else ', as reported'}",
                     whole(each.chance), Strong(whole(each.if_seen)), whole(each.if_not_seen),
                     whole(each.soon_if_seen), f"{each.bits:.3f}") for each in indicators)
    return Table("What would change the forecast, by expected information; certain once seen, unless “as reported”",
                 ("Indicator", "Id", "By", "Chance", "If seen", "If not", "13 weeks, if seen", "Bits"), rows,
                 range(3, 8))


def _sensitivity(document: CaseDocument) -> list[Block]:
    rows = tuple(row(quoted(each.label), each.low, each.high, tenth(each.probability[0]), tenth(each.probability[1]),
                     "" if each.by_file else "by convention") for each in document.sensitivity)
    blocks: list[Block] = []
    if rows:
        blocks += [Figure("tornado", "The widest inputs and what they could move; the table has all of them."),
                   Table("Every input at its low and high", ("Input", "Low", "High", "Forecast at low", "At high", ""),
                         rows, range(3, 5), paper=False)]
    if document.break_even:
        even = tuple(row(quoted(each.title), lift(each.stated), each.term, _needed(each, document.crossings))
                     for each in document.break_even)
        blocks.append(Table("How far one judgement must change to change our wording",
                            ("Item", "Lift as stated", "To say", "Lift needed"), even, (1, 3)))
    return blocks or [Paragraph(("No input has a stated range.",))]


def _needed(each: BreakEvenRow, crossings: Sequence[CrossingRow]) -> str:
    """The lift that an item would need, or the jump of the forecast past the edge between its low and its high.

    Reports do not store the jump with the ratio; it is told by what crosses the edge alone.
    """
    if each.ratio is not None:
        return ratio(each.ratio)
    labels = (each.title, f"{each.title} (pooled)")
    for crossing in crossings:
        for shift in crossing.alone:
            is_own = crossing.target == each.target and shift.id == each.id and shift.label in labels
            if is_own and shift.kind == "ratio":
                there, stated = (float(told.split()[-1].replace(",", "")) for told in (shift.value, shift.stated))
                return f"anything {'over' if shift.place > 0 else 'under'} {ratio(each.stated * there / stated)}"
    return "no exact one"


# --- how it was made ---------------------------------------------------------------------------------------------


def _checks(document: ReportDocument) -> list[Block]:
    found = document.engines
    blocks: list[Block] = [Paragraph((engines(found),))]
    if found.nuts is None:
        return blocks
    nuts, names = found.nuts, document.question.names
    rows = tuple(row(quoted(names.get(each.name, each.name)), f"{each.exact:.4f}", f"{each.nuts:.4f}",
                     f"{each.difference:+.4f}".replace("-", "−"), f"{each.allowed:.4f}") for each in found.agreement)
    blocks += [
        Table("The two engines", ("Probability", "Exact", "Sampled", "Difference", "Allowed"), rows, range(1, 5)),
        Paragraph((f"{nuts.sampler}: {nuts.chains} chains of {nuts.draws} draws, seed {nuts.seed}; R-hat "
                   f"{nuts.r_hat:.3f}, ESS {nuts.ess_bulk:.0f} (bulk) and {nuts.ess_tail:.0f} (tail), "
                   f"{counted(nuts.divergences, 'divergence')}; its 90% range {band(nuts.band)}.",))]
    if found.power_scaling:
        scaled = tuple(row(quoted(each.name), _plain(each.prior), _plain(each.likelihood), each.diagnosis)
                       for each in found.power_scaling)
        blocks += [Paragraph((
            "Above 0.05, an unknown moves noticeably where its prior, or the evidence, counts a little more. A strong "
            "prior is to be expected of what items state: beside the statement, little is known of it.",)),
            Table("How far prior and evidence move each unknown (power scaling)",
                  ("Unknown", "Prior", "Evidence", ""), scaled, range(1, 3))]
    if found.parameters:
        ends = tuple(row(quoted(each.name), _three(each.prior), _three(each.posterior)) for each in found.parameters)
        blocks.append(Table("Unknowns before and after the evidence: mean (90% range)", ("Unknown", "Before", "After"),
                            ends))
    return blocks


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _three(values: tuple[float, float, float]) -> str:
    low, mean, high = values
    return f"{mean:.3g} ({low:.3g} to {high:.3g})"


def _provenance(document: ReportDocument) -> list[Block]:
    made = document.provenance
    files = tuple(row(Code(path), Code(stored.sha256)) for path, stored in sorted(made.inputs.items()))
    versions = ", ".join(f"{name} {number}" for name, number in sorted(made.versions.items()))
    return [Paragraph((f"Made with {versions}; seed {made.seed}. This page works offline.",)),
            Listing(made.commands), Table("Inputs", ("File", "SHA-256"), files, paper=False)]
