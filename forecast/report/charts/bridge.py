"""Bars that lead from one number to another: the bridge to the forecast, and what is left of the evidence."""

from __future__ import annotations

from forecast.core.text import chance, counted, listed, short
from forecast.report.charts.spec import Spec, as_is, layer, pixels, plot, titled
from forecast.report.charts.style import AWAY, EVENT, GRID, INK, PRIOR, Records, rows
from forecast.report.document import CaseDocument
from forecast.report.pages.findings import bridge as bridge_finding
from forecast.report.pages.findings import flow as flow_finding
from forecast.report.words import points

STAGES = {"as stated": "As stated", "after reliability": "After doubt about sources",
          "after echo": "After repetition", "after the evidence weight": "After the evidence weight",
          "alone, on the event by the horizon": "Each item alone, on the forecast",
          "alone, on the event within thirteen weeks": "Each item alone, within 13 weeks"}


def bridge(document: CaseDocument, width: int) -> Spec:
    """Outside view, silence, evidence: three bars in percent of probability."""
    opening, silence = document.ledger[0].probability, document.ledger[1].probability
    days = (document.as_of - document.question.opens).days
    quiet = counted(round(days / 7), "week") if days >= 14 else counted(max(days, 0), "day")
    steps = [("Outside view when the question opened", _kinds(document), 0.0, opening, PRIOR, chance(opening)),
             (f"{quiet[0].upper()}{quiet[1:]} without it", "", opening, silence, _tone(opening, silence),
              f"{_points(silence - opening)} → {chance(silence)}"),
             (f"{counted(len(document.evidence), 'piece')} of evidence", _independent(document), silence,
              document.event, _tone(silence, document.event),
              f"{_points(document.event - silence)} → {chance(document.event)}")]
    layout = rows([(label, note) for label, note, *_ in steps], width, margin=150, space=14)
    top = max(0.05, *(max(a, b) for *_, a, b, _, _ in steps)) * 1.02
    length = layout.right - layout.left - 12

    def at(p: float) -> float:
        return layout.left + 8 + length * p / top

    placed = layout.place([{"from": at(min(a, b)), "to": max(at(max(a, b)), at(min(a, b)) + 2), "tone": tone,
                            "end": at(max(a, b)) + 8, "label": label, "zero": at(0), "full": at(top)}
                           for _, _, a, b, tone, label in steps])
    y, y2 = pixels("upper", layout.height), {"field": "lower"}
    layers = [layer(placed, {"type": "rect", "color": GRID}, x=pixels("zero", width), x2={"field": "full"}, y=y, y2=y2),
              layer(placed, {"type": "rect"}, x=pixels("from", width), x2={"field": "to"}, y=y, y2=y2,
                    color=as_is("tone")),
              layer(placed, {"type": "text", "align": "left", "baseline": "middle", "fontWeight": "bold"},
                    x=pixels("end", width), y=pixels("y", layout.height), text={"field": "label"}),
              layout.labels()]
    return titled(plot(layers, width, layout.height), bridge_finding(document),
                  f"Chance by {short(document.question.horizon)}, in points.", width)


def _points(difference: float) -> str:
    told = points(difference)
    return f"{told} point" if told in ("+1", "−1") else f"{told} points"


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
    y, y2 = pixels("upper", layout.height), {"field": "lower"}
    text = {"type": "text", "baseline": "middle", "color": INK}
    layers = [layer(placed, {"type": "rect", "color": EVENT}, x=pixels("middle", width), x2={"field": "for"}, y=y,
                    y2=y2),
              layer(placed, {"type": "rect", "color": AWAY}, x=pixels("against", width), x2={"field": "middle"}, y=y,
                    y2=y2),
              layer(placed, text | {"align": "left", "dx": 6}, x=pixels("for", width), y=pixels("y", layout.height),
                    text={"field": "plus"}),
              layer(placed, text | {"align": "right", "dx": -6}, x=pixels("against", width),
                    y=pixels("y", layout.height), text={"field": "minus"}),
              layout.labels()]
    return titled(plot(layers, width, layout.height), flow_finding(document),
                  "Sums over all items in decibans; right: for the event, left: against it.", width)
