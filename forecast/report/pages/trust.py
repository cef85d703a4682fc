"""How far to trust a report, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.core.text import counted, day, number, short, shortened, whole
from forecast.report.contents.track import said_a_month_ago, track
from forecast.report.document import CaseDocument, QuestionPart, ReportDocument
from forecast.report.page import Block, Figure, Line, Strong
from forecast.report.pages import findings
from forecast.report.pages.head import nearest, turn
from forecast.report.pages.opinions import alone, pooled
from forecast.report.words import component_label, points, quoted
from forecast.workspace.yaml.reader import read


def trust(document: ReportDocument, known: Sequence[CaseDocument]) -> list[Block]:
    """What the forecast rests on, how firm that is, and how earlier reports did."""
    lines: list[Line] = [_range_of_priors(document), _fragility(document), *_sources(document),
                         *_earlier(document, known), *pooled(document.crowd, document.question.horizon),
                         calibrated(document.question, _taught(document)), *_panel(document), _left_out(document),
                         (Strong("Calculation. "), findings.engines(document.engines))]
    confidence = document.question.confidence
    if confidence:
        lines.insert(0, (Strong(f"Analytic confidence: {confidence['level']}. "), quoted(confidence["because"])))
    moved = findings.moved_sources(document)
    return [findings.bullets(lines), *([Figure("sources", findings.sources_alt(moved))] if moved else [])]


def _range_of_priors(document: CaseDocument) -> Line:
    if len(document.components) == 1:
        return (Strong("One outside view. "), f"All of it rests on “{component_label(document.components[0])}”.")
    ends = sorted(document.components, key=lambda each: each.posterior)
    low, high = ends[0], ends[-1]
    if whole(low.posterior) == whole(high.posterior):
        return (Strong("The outside views agree. "),
                f"With the same evidence, each of the {len(ends)} alone gives {whole(low.posterior)}.")
    return (Strong("The outside views differ. "),
            f"With the same evidence, “{component_label(low)}” alone gives {whole(low.posterior)}, "
            f"“{component_label(high)}” alone {whole(high.posterior)}.")


def _fragility(document: CaseDocument) -> Line:
    found, joint = nearest(document.crossings), [each for each in document.crossings if each.distance is not None]
    parts = []
    if found:
        parts.append(findings.sentence([turn(*found)]))
    if joint:
        closest = min(joint, key=lambda each: each.distance or 0)
        distance = closest.distance or 0.0
        parts.append(f"Small joint shifts {'are enough' if distance < 1 else 'would not be enough'} "
                     f"({number(distance)} standard deviations).")
    if not parts:
        parts.append("No single stated range, and no joint shift within six standard deviations, changes the wording.")
    return (Strong("Fragility. "), " ".join(parts))


def _sources(document: CaseDocument) -> list[Line]:
    told = [f"{quoted(each.name)} {points(each.now - each.given)}" for each in findings.moved_sources(document)]
    if not told:
        return [(Strong("Sources. "), "No source's reliability has changed noticeably.")]
    failed = [each for each in document.closed_claims if each.reliability < each.without]
    failures = f" {counted(len(failed), 'dated claim')} had failed by {short(document.as_of)}." if failed else ""
    return [(Strong("Sources. "), "Trust earned or lost by what came of their claims, in points: "
             f"{shortened(told, 4, '; ')}.", failures)]


def _earlier(document: CaseDocument, known: Sequence[CaseDocument]) -> list[Line]:
    lines: list[Line] = []
    then = said_a_month_ago(document, known)
    if then:
        lines.append((Strong("Looking back. "), f"On {day(then[0])} we gave it a chance of {whole(then[1])} by now. It "
                      "has not happened."))
    found = track(document, known)
    if found:
        ours, prior = (round(score, 3) for score in found)
        better = "better than" if ours < prior else "worse than" if ours > prior else "as well as"
        lines.append((Strong("Earlier reports. "), f"On the key dates that have passed they scored {ours:.3f} "
                      f"(Brier, less is better), {better} the outside view alone ({prior:.3f})."))
    return lines


def _taught(document: ReportDocument) -> int | None:
    """On how many questions the calibration was learned that the report was made from."""
    stored = document.provenance.inputs.get(f"priors/{document.question.calibration}")
    fields = None if stored is None else read(stored.text.encode()).value
    questions = fields.get("questions") if isinstance(fields, dict) else None
    return questions if isinstance(questions, int) else None


def calibrated(question: QuestionPart, taught: int | None) -> Line:
    """At what weight evidence counts, and on how many questions that was learned."""
    weight = question.evidence_weight[1]
    full = "Evidence counts in full (κ = 1)" if weight == 1 else f"Evidence counts at κ = {weight:g} of its weight"
    if not question.calibration:
        return (Strong("Calibration. "), f"{full}; nothing has been learned from resolved questions.")
    on = "resolved questions" if taught is None else counted(taught, "resolved question")
    return (Strong("Calibration. "), f"{full}, learned on {on} ({quoted(question.calibration)}).")


def _panel(document: CaseDocument) -> list[Line]:
    """What each analyst alone would forecast, and what they disagree about most."""
    if not document.evidence:
        return []
    if document.panel is None:
        return [(Strong("Panel. "), "One analyst's numbers; nobody has given a second opinion.")]
    told = alone({each.id: each.alone for each in document.panel.members})
    if document.panel.items:
        most = document.panel.items[0]
        low, high = (whole(end) for end in sorted((most.low, most.high)))
        if low != high:
            told += (f" Of what they disagree about, “{quoted(most.title)}” matters most: {low} or {high}, "
                     "depending on who is right.")
    return [(Strong("Panel. "), told)]


def _left_out(document: CaseDocument) -> Line:
    unsaid = sum(item.recorded is None for item in document.evidence)
    late = sum(item.recorded is not None and item.recorded > document.as_of for item in document.evidence)
    by_then = len(document.evidence) - unsaid - late
    are = "is" if 1 in (by_then, len(document.evidence)) else "are"
    entered = f"{by_then} of {counted(len(document.evidence), 'item')} {are} marked as recorded by then"
    unknown = f"; {unsaid} {'does' if unsaid == 1 else 'do'} not say" if unsaid else ""
    after = f"; {late} {'was' if late == 1 else 'were'} entered later" if late else ""
    told = f" {entered}{unknown}{after}." if document.evidence else ""
    return (Strong("Left out. "), "What nobody entered; dependence between reports beyond the stated groups; and how "
            f"well the question fits what matters.{told}")
