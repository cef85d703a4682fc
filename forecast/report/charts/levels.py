"""Levels on an axis of percent: sources, past cases, and what inputs could move."""

from __future__ import annotations

from forecast.core.text import chance, counted, day, tenth, whole
from forecast.report.charts.spec import Spec, layer, pixels, plot, titled
from forecast.report.charts.style import AWAY, EVENT, GRID, INK, LINE, MUTED, PAPER, PRIOR, rows
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
    y = pixels("y", layout.height)
    text = {"type": "text", "baseline": "middle", "fontWeight": "bold"}
    layers = [layer(placed, {"type": "rule", "color": GRID, "strokeWidth": 4}, x=pixels("zero", width),
                    x2={"field": "full"}, y=y),
              layer(placed, {"type": "rule", "color": LINE, "strokeWidth": 4}, x=pixels("given", width),
                    x2={"field": "now"}, y=y),
              layer(placed, {"type": "point", "size": 60, "color": MUTED, "fill": PAPER, "filled": True,
                             "stroke": MUTED, "opacity": 1}, x=pixels("given", width), y=y),
              layer(placed, {"type": "point", "filled": True, "size": 70, "opacity": 1, "color": INK},
                    x=pixels("now", width), y=y),
              *(layer([row for row in placed if row["align"] == align], text | {"align": align},
                      x=pixels("side", width), y=y, text={"field": "label"}) for align in ("left", "right")),
              layout.labels()]
    still = sum(each.items > 0 for each in document.reliability) - len(moved)
    rest = f" {counted(len(moved) - MOST, 'other')} changed by less than these." if len(moved) > MOST else ""
    rest += f" {counted(still, 'other')} changed by less than a point." if still else ""
    up = sum(each.now > each.given for each in moved)
    told = [f"{counted(number, 'source')} {'has' if number == 1 else 'have'} {what} trust"
            for number, what in ((up, "earned"), (len(moved) - up, "lost")) if number]
    title = ", ".join(told)
    subtitle = f"How far we trust the report of each source, 0 to 100%. Hollow: by its grade; full: now.{rest}"
    return titled(plot(layers, width, layout.height), title, subtitle, width)


def past_cases(document: CaseDocument, place: int, width: int) -> Spec | None:
    """What one reference class says beside the whole outside view; None for other kinds of component."""
    component = document.components[place]
    if component.kind != "reference_class":
        return None
    dates = sorted(document.by)
    if not dates:
        return None
    layout = rows([(f"by {day(when)}", "") for when in dates], width, margin=60, space=6)
    at = layout.axis(10, 10)
    placed = layout.place([{"zero": at(0.0), "to": at(component.by.get(when, 0.0)), "mark": at(document.by[when]),
                            "label": whole(component.by.get(when, 0.0)),
                            "end": at(max(component.by.get(when, 0.0), document.by[when]))} for when in dates])
    y = pixels("y", layout.height)
    layers = [layer(placed, {"type": "rect", "color": PRIOR}, x=pixels("zero", width), x2={"field": "to"},
                    y=pixels("upper", layout.height), y2={"field": "lower"}),
              layer(placed, {"type": "tick", "color": EVENT, "thickness": 2.5, "size": 18, "orient": "vertical"},
                    x=pixels("mark", width), y=y),
              layer(placed, {"type": "text", "align": "left", "dx": 6, "baseline": "middle"}, x=pixels("end", width),
                    y=y, text={"field": "label"}),
              layout.labels()]
    return titled(plot(layers, width, layout.height),
                  f"Past cases alone say {whole(component.posterior)}; all outside views {chance(document.event)}",
                  "With the same evidence, by key date. Bars: past cases alone; ticks: the forecast.", width)


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
    y, y2 = pixels("upper", layout.height), {"field": "lower"}
    text = {"type": "text", "baseline": "middle", "fontSize": 11, "color": MUTED}
    layers = [layer(placed, {"type": "rect", "color": AWAY}, x=pixels("from", width), x2={"field": "base"}, y=y, y2=y2),
              layer(placed, {"type": "rect", "color": EVENT}, x=pixels("base", width), x2={"field": "to"}, y=y, y2=y2),
              layer(placed, text | {"align": "right", "dx": -5}, x=pixels("from", width), y=pixels("y", layout.height),
                    text={"field": "minus"}),
              layer(placed, text | {"align": "left", "dx": 5}, x=pixels("to", width), y=pixels("y", layout.height),
                    text={"field": "plus"}),
              layer(placed, {"type": "rule", "color": INK}, x=pixels("base", width), y=pixels("top", layout.height),
                    y2={"field": "bottom"}),
              layout.labels()]
    widest = shown[0]
    return titled(plot(layers, width, layout.height),
                  f"No input moves it further than “{quoted(widest.label)}”: {tenth(min(widest.probability))} to "
                  f"{tenth(max(widest.probability))}",
                  "The forecast with each input at its low and at its high, all else as stated.", width)
