"""Bars that lead from one number to another: the bridge to the forecast, its ledger, and what is left of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from forecast.core.text import chance, counted, listed, short, tenth, whole
from forecast.report.charts.rows import rows
from forecast.report.charts.spec import Spec
from forecast.report.charts.style import AWAY, EVENT, GRID, INK, PRIOR, Records
from forecast.report.document import CaseDocument, StepRow
from forecast.report.pages.findings import bridge as bridge_finding
from forecast.report.pages.findings import flow as flow_finding
from forecast.report.words import at_opening, capital, counted_points, step_label

MOST = 12
"""Items of a ledger that have a bar of their own."""

STAGES = {"as stated": "As stated", "after reliability": "After doubt about sources",
          "after echo": "After repetition", "after the evidence weight": "After the evidence weight",
          "alone, on the event by the horizon": "Each item alone, on the forecast",
          "alone, on the event within thirteen weeks": "Each item alone, within 13 weeks"}


def bridge(document: CaseDocument, width: int) -> Spec:
    """Outside view, silence, evidence: three bars in percent of probability."""
    opening, silence = document.ledger[0].probability, document.ledger[1].probability
    days = (document.as_of - document.question.opens).days
    quiet = counted(round(days / 7), "week") if days >= 14 else counted(max(days, 0), "day")
    begun = at_opening(document.question.opens, document.as_of)
    evidence = f"{counted(len(document.evidence), 'piece')} of evidence" if document.evidence else "No evidence"
    bars = [_Bar(f"Outside view {begun}", _kinds(document), 0.0, opening, PRIOR, whole(opening)),
            _Bar(f"{capital(quiet)} without it", "", opening, silence, _tone(opening, silence),
                 f"{counted_points(silence - opening)} → {whole(silence)}"),
            _Bar(evidence, _independent(document), silence, document.event, _tone(silence, document.event),
                 f"{counted_points(document.event - silence)} → {chance(document.event)}")]
    top = max(0.05, *(max(bar.start, bar.end) for bar in bars)) * 1.02
    return _waterfall(bars, (0.0, top), 14, bridge_finding(document.event, document.ledger),
                      f"Chance by {short(document.question.horizon)}, in points.", width)


def ledger(steps: Sequence[StepRow], as_of: date, horizon: date, width: int, opens: date = date.min) -> Spec:
    """The ledger: from the outside view through silence and each item in date order to the forecast."""
    opening, *others = parts(steps, as_of, opens)
    bars = [_Bar(opening.label, "", opening.after, opening.after, PRIOR, tenth(opening.after)),
            *(_Bar(part.label, "", part.before, part.after, _tone(part.before, part.after),
                   f"{counted_points(part.after - part.before, 1)} → {tenth(part.after)}") for part in others)]
    return _waterfall(bars, extent([opening, *others]), 6, bridge_finding(steps[-1].probability, steps),
                      f"Chance by {short(horizon)}, in points. Each bar begins where the one above it ends."
                      + left_out(steps), width)


class Part(NamedTuple):
    """A step of a ledger, or several small ones in a row: from one P(event) to another."""

    label: str
    before: float
    after: float


def parts(steps: Sequence[StepRow], as_of: date, opens: date = date.min) -> list[Part]:
    """Each step of a ledger that matters, and small items in a row together, unless they add nothing."""
    opening, silence, *items = steps
    largest = {step.id for step in sorted(items, key=lambda step: (-abs(step.points or 0.0), step.id))[:MOST]}
    before = silence.probability
    found = [Part(step_label(opening, as_of, opens), 0.0, opening.probability),
             Part(step_label(silence, as_of), opening.probability, before)]
    for name, run in groupby(items, key=lambda step: step.id if step.id in largest else ""):
        part = list(run)
        after = part[-1].probability
        if name:
            found.append(Part(step_label(part[0], as_of), before, after))
        elif round(after - before, 3):
            found.append(Part(counted(len(part), "smaller item"), before, after))
        before = after
    return found


def extent(found: Sequence[Part]) -> tuple[float, float]:
    """The least and the largest P(event) of a ledger, at least two points apart."""
    ends = [part.after for part in found]
    return min(ends), max(*ends, min(ends) + 0.02)


def left_out(steps: Sequence[StepRow]) -> str:
    """What is said of items that have no bar, if there may be such."""
    return " Small items that together add nothing are left out." if len(steps) - 2 > MOST else ""


class _Bar(NamedTuple):
    """A bar from one probability to another."""

    name: str
    note: str
    start: float
    end: float
    tone: str
    label: str


def _waterfall(bars: Sequence[_Bar], ends: tuple[float, float], space: float, title: str, subtitle: str,
               width: int) -> Spec:
    """Bars below each other on one axis of probability between its ends."""
    layout = rows([(bar.name, bar.note) for bar in bars], width, margin=150, space=space)
    at = layout.axis(8, 4, *ends)
    placed = []
    for bar in bars:
        left, right = sorted((at(bar.start), at(bar.end)))
        placed.append({"from": left, "to": max(right, left + 2), "end": right + 8, "tone": bar.tone, "label": bar.label,
                       "zero": at(ends[0]), "full": at(ends[1])})
    placed = layout.place(placed)
    return layout.drawn([layout.bars(placed, "zero", "full", GRID), layout.bars(placed, "from", "to"),
                         layout.texts(placed, {"align": "left", "fontWeight": "bold"}, "end")], title, subtitle)


def _kinds(document: CaseDocument) -> str:
    """What the outside view rests on."""
    named = {"reference_class": "past cases", "exposure": "the rate so far", "elicited": "our judgement"}
    return listed(list(dict.fromkeys(named[each.kind] for each in document.components)))


def _independent(document: CaseDocument) -> str:
    """How many independent items all of them amount to."""
    grouped = sum(group.items for group in document.groups)
    worth = len(document.evidence) - grouped + sum(group.effective for group in document.groups)
    if not document.evidence or round(worth) >= len(document.evidence):
        return ""
    return f"counting as about {round(worth)} independent ones"


def _tone(before: float, after: float) -> str:
    return EVENT if after > before else AWAY


def flow(document: CaseDocument, width: int) -> Spec | None:
    """What all items say for and against at each stage on their way into the forecast; None without evidence."""
    if not document.evidence:
        return None
    stages = document.flow
    layout = rows([(STAGES.get(each.stage, each.stage), "") for each in stages], width, margin=48, space=6)
    most = max(max(each.towards, each.away) for each in stages) or 1.0
    middle = (layout.left + layout.right) / 2 + 10
    length = (layout.right - layout.left) / 2 - 40
    placed: Records = layout.place([
        {"middle": middle, "for": middle + length * each.towards / most, "against": middle - length * each.away / most,
         "plus": f"{each.towards:.0f}" if each.towards >= 1 else f"{each.towards:.1f}",
         "minus": f"{each.away:.0f}" if each.away >= 1 else f"{each.away:.1f}"} for each in stages])
    layers = [layout.bars(placed, "middle", "for", EVENT), layout.bars(placed, "against", "middle", AWAY),
              layout.texts(placed, {"color": INK, "align": "left", "dx": 6}, "for", "plus"),
              layout.texts(placed, {"color": INK, "align": "right", "dx": -6}, "against", "minus")]
    return layout.drawn(layers, flow_finding(document), "What all items say, in decibans (10: a factor of ten in the "
                        "odds). Orange: for it; blue: against.")
