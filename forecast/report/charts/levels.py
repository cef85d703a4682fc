"""Levels on an axis of percent: sources, past cases, and what inputs could move."""

from __future__ import annotations

from forecast.core.text import chance, counted, day, tenth, whole
from forecast.report.charts.rows import rows
from forecast.report.charts.spec import DOT, Spec
from forecast.report.charts.style import AWAY, EVENT, GRID, INK, LINE, MUTED, PAPER, PRIOR
from forecast.report.document import CaseDocument, SwingRow
from forecast.report.pages.findings import moved_sources
from forecast.report.words import quoted

MOST = 12
"""Rows that a chart of the largest ones shows; the tables hold all."""


def sources(document: CaseDocument, width: int) -> Spec | None:
    """How far the reports of each source are trusted, and what it was given; None if none has moved."""
    moved = moved_sources(document)
    if not moved:
        return None
    shown = moved[:MOST]
    layout = rows([(quoted(each.name), f"grade {each.grade}") for each in shown], width, margin=60, space=6)
    at = layout.axis(10, 10)
    placed = layout.place([{"zero": at(0), "full": at(1), "given": at(each.given), "now": at(each.now),
                            "label": whole(each.now), "side": at(each.now) + (10 if each.now >= each.given else -10),
                            "align": "left" if each.now >= each.given else "right"} for each in shown])
    hollow = {"size": 60, "color": MUTED, "fill": PAPER, "stroke": MUTED}
    layers = [layout.spans(placed, {"color": GRID}, "zero", "full"),
              layout.spans(placed, {"color": LINE}, "given", "now"),
              layout.marks(placed, DOT | hollow, "given"),
              layout.marks(placed, {"type": "point", "filled": True, "size": 70, "opacity": 1, "color": INK}, "now"),
              *(layout.texts([row for row in placed if row["align"] == align], {"fontWeight": "bold", "align": align},
                             "side") for align in ("left", "right"))]
    still = sum(each.items > 0 for each in document.reliability) - len(moved)
    rest = f" {counted(len(moved) - MOST, 'other')} changed by less than these." if len(moved) > MOST else ""
    rest += f" {counted(still, 'other')} changed by less than a point." if still else ""
    up = sum(each.now > each.given for each in moved)
    told = [f"{counted(number, 'source')} {'has' if number == 1 else 'have'} {what} trust"
            for number, what in ((up, "earned"), (len(moved) - up, "lost")) if number]
    return layout.drawn(layers, ", ".join(told), "How far we trust the report of each source, 0 to 100%. Hollow: by "
                        f"its grade; full: now.{rest}")


def past_cases(document: CaseDocument, place: int, width: int) -> Spec | None:
    """What one reference class says beside the whole outside view; None for other kinds of component."""
    component = document.components[place]
    if component.kind != "reference_class":
        return None
    dates = [when for when in sorted(document.by) if when > document.as_of]
    if not dates:
        return None
    layout = rows([(f"by {day(when)}", "") for when in dates], width, margin=60, space=6)
    at = layout.axis(10, 10)
    placed = layout.place([{"zero": at(0.0), "to": at(component.by.get(when, 0.0)), "mark": at(document.by[when]),
                            "label": whole(component.by.get(when, 0.0)),
                            "end": at(max(component.by.get(when, 0.0), document.by[when]))} for when in dates])
    tick = {"type": "tick", "color": EVENT, "thickness": 2.5, "size": 18, "orient": "vertical"}
    layers = [layout.bars(placed, "zero", "to", PRIOR), layout.marks(placed, tick, "mark"),
              layout.texts(placed, {"align": "left", "dx": 6}, "end")]
    return layout.drawn(
        layers, f"Past cases alone say {whole(component.posterior)}; all outside views {chance(document.event)}",
        "With the same evidence, by key date. Bars: past cases alone; ticks: the forecast.")


def tornado(swings: tuple[SwingRow, ...], event: float, width: int) -> Spec | None:
    """What the widest inputs do to the forecast; None if none has a range."""
    shown = swings[:MOST]
    if not shown:
        return None
    layout = rows([(quoted(each.label), f"{each.low} to {each.high}") for each in shown], width, margin=70, space=6)
    lowest = min(event, *(min(each.probability) for each in shown))
    highest = max(event, *(max(each.probability) for each in shown))
    highest = max(highest, lowest + 0.02)
    at = layout.axis(50, 20, lowest, highest)
    placed = layout.place([{"from": at(min(event, *each.probability)), "to": at(max(event, *each.probability)),
                            "base": at(event), "minus": tenth(min(event, *each.probability)),
                            "plus": tenth(max(event, *each.probability))} for each in shown])
    text = {"fontSize": 11, "color": MUTED}
    layers = [layout.bars(placed, "from", "base", AWAY), layout.bars(placed, "base", "to", EVENT),
              layout.texts(placed, text | {"align": "right", "dx": -5}, "from", "minus"),
              layout.texts(placed, text | {"align": "left", "dx": 5}, "to", "plus"),
              layout.rules(placed, {"color": INK}, "base")]
    widest = shown[0]
    return layout.drawn(
        layers, f"No input moves it further than “{quoted(widest.label)}”: {tenth(min(widest.probability))} to "
        f"{tenth(max(widest.probability))}", "The forecast with each input at its low and at its high, all else as "
        "stated.")
