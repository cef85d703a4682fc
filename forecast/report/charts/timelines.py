"""Charts of a backtest: the forecast, its key dates, the hypotheses and the sources through time.

They are written as Vega-Lite specifications, since years of weeks are many rows, and Altair copies each of them many
times over; a test holds every one against the schema.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle, pairwise
from typing import Any

from forecast.core import text as wording
from forecast.report.charts.axes import ceiling, moment
from forecast.report.charts.style import (
    AWAY,
    CONFIG,
    EVENT,
    INK,
    LEADING,
    LETTER,
    LETTER_BOLD,
    MUTED,
    NARROW,
    PAPER,
    PRIOR,
    SIZE,
    Records,
    width_of,
    wrap,
)
from forecast.report.words import Document, chance, iso, name_of, quoted, short

Spec = dict[str, Any]
"""A Vega-Lite specification, or a part of one."""

PALETTE = (EVENT, AWAY, PRIOR, "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Colours of lines, the event's own first; from Okabe & Ito (2008)."""

DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]]
"""Dashes of lines, so that none is told by its colour alone."""

MOVES = 8
"""How many of the largest moves have a number."""

SOURCES = 8
"""How many sources, those that changed most, are drawn."""

MARGIN, LABELS = 64, 172
"""Room for the vertical axis, and for labels at the right ends of lines, in pixels."""


def timelines(document: Document, width: int) -> dict[str, Spec]:
    """Draw every chart that a backtest has the numbers for; none for a single date.

    Parameters
    ----------
    document : dict
        What `Backtest.document` gives.
    width : int
        Width in pixels: `style.WIDE` for a page or paper, `style.NARROW` for a phone.
    """
    drawn: dict[str, Callable[[Document, int], Spec | None]] = {
        "curve": curve, "deadlines": deadlines, "hypotheses": hypotheses, "sources": sources}
    if len(document["rows"]) < 2:
        return {}
    return {name: spec for name, draw in drawn.items() if (spec := draw(document, width)) is not None}


def moves(document: Document) -> Records:
    """Each date on which items had come or gone since the one before, and how P(event) moved; the largest numbered."""
    event = document["question"]["event"]
    found = [{"day": row["as_of"], "p": row["hypotheses"][event], "new": row["new"], "gone": row["gone"],
              "change": row["hypotheses"][event] - before["hypotheses"][event], "number": ""}
             for before, row in pairwise(document["rows"]) if row["new"] or row["gone"]]
    largest = sorted(found, key=lambda row: (-abs(row["change"]), row["day"]))[:MOVES]
    for number, row in enumerate(sorted(largest, key=lambda row: str(row["day"])), start=1):
        row["number"] = str(number)
    return found


def curve(document: Document, width: int) -> Spec:
    """P(event by the horizon) through time, with band and prior; a triangle where evidence came."""
    event, horizon = document["question"]["event"], short(document["question"]["horizon"])
    rows = [{"day": row["as_of"], "p": row["hypotheses"][event], "low": row["band"][0], "high": row["band"][1],
             "prior": row["prior"][event]} for row in document["rows"]]
    top = ceiling(max(max(row["high"], row["prior"]) for row in rows))
    x, y = _across(document, width - MARGIN), _up((0.0, top))
    marks = [row | {"tone": EVENT if row["change"] > 0 else AWAY,
                    "shape": "triangle-up" if row["change"] > 0 else "triangle-down"} for row in moves(document)]
    spec = {"layer": [
        _band(rows, EVENT, x, y),
        _layer(rows, {"type": "line", "color": PRIOR, "strokeDash": [5, 4], "strokeWidth": 1.5}, x=x("day"),
               y=y("prior")),
        _layer(rows, {"type": "line", "color": EVENT, "strokeWidth": 2}, x=x("day"), y=y("p")),
        _layer(marks, {"type": "point", "filled": True, "size": 46, "opacity": 1, "stroke": PAPER, "strokeWidth": 0.6},
               x=x("day"), y=y("p"), color=_as_is("tone"), shape=_as_is("shape")),
        *(_layer([row for row in marks if row["number"] and row["tone"] == tone],
                 {"type": "text", "dy": dy, "fontWeight": "bold"}, x=x("day"), y=y("p"), text={"field": "number"})
          for tone, dy in ((EVENT, -14), (AWAY, 14))),
        *_event(document, x)], "width": width - MARGIN, "height": 300}
    return _titled(spec, f"The forecast through time: {name_of(document)}",
                   f"Probability by {horizon} as of each date; shaded: 5–95 % band; dashed: the prior, given silence. "
                   "Triangles: evidence came, and the forecast rose or fell; the largest moves have numbers.", width)


def deadlines(document: Document, width: int) -> Spec | None:
    """P(event by each key date) through time, one panel each, until the date has passed."""
    panels = []
    for day in sorted(document["rows"][0]["by"]):
        rows = [{"day": row["as_of"], "p": row["by"][day], "low": row["by_band"][day][0],
                 "high": row["by_band"][day][1]} for row in document["rows"] if row["as_of"] < day]
        if rows:
            label = f"By {short(day)}{_outcome(document, day)}: {chance(rows[-1]['p'])} at the last"
            panels.append(_Panel(label, rows, (0.0, ceiling(max(row["high"] for row in rows))), EVENT, day))
    return _panels(document, panels, width, 84, f"Probability by each key date, through time: {name_of(document)}",
                   "One panel for each date, until it passed (dotted line); shaded: 5–95 % band.")


def _outcome(document: Document, day: str) -> str:
    resolved = document["question"]["resolved"]
    if resolved is None:
        return ""
    came = resolved["outcome"] == document["question"]["event"] and resolved["date"] <= day
    return " (it came)" if came else " (it did not)"


def sources(document: Document, width: int) -> Spec | None:
    """Reliability of the sources through time, one panel each, all of them on one scale."""
    rows, speaking = document["rows"], {item["source"] for item in document["evidence"]}
    paths = {source["id"]: [row["sources"][source["id"]] for row in rows]
             for source in document["sources"] if source["id"] in speaking}
    span = {name: max(path) - min(path) for name, path in paths.items()}
    moving = sorted(paths, key=lambda name: (-span[name], name))[:SOURCES]
    tall = max([0.02, *span.values()]) * 1.2
    names = {source["id"]: f"{quoted(source['name'])}, grade {source['grade']}" for source in document["sources"]}
    panels = []
    for name in moving:
        path = paths[name]
        low = min(max((max(path) + min(path) - tall) / 2, 0.0), 1 - tall)
        label = f"{names[name]}: {wording.percent(path[0])}, at the last {wording.percent(path[-1])}"
        points = [{"day": row["as_of"], "p": p} for row, p in zip(rows, path, strict=True)]
        panels.append(_Panel(label, points, (low, low + tall), AWAY))
    more = f" The {len(moving)} that changed most of {len(paths)}." if len(paths) > len(moving) else ""
    return _panels(document, panels, width, 46, "What sources earned and lost, through time",
                   f"Mean reliability of each source that spoke; the panels have one scale.{more}")


def hypotheses(document: Document, width: int) -> Spec:
    """Every hypothesis through time, named at the end of its line or, on a narrow chart, in a legend."""
    names, event, rows = document["question"]["names"], document["question"]["event"], document["rows"]
    tones = dict(zip((event, *(name for name in names if name != event)), cycle(PALETTE), strict=False))
    narrow = width == NARROW
    plot = width - MARGIN - (0 if narrow else LABELS)
    points = [{"day": row["as_of"], "name": name, "p": p} for row in rows for name, p in row["hypotheses"].items()]
    top = ceiling(max(row["p"] for row in points))
    x, y = _across(document, plot), _up((0.0, top))
    called = json.dumps({key: quoted(name) for key, name in names.items()})
    legend = {"orient": "bottom", "columns": 1, "title": None, "labelLimit": 0, "labelExpr": f"{called}[datum.label]"}
    layers = [_layer(points, {"type": "line", "strokeWidth": 2}, x=x("day"), y=y("p"),
                     color={"field": "name", "scale": {"domain": list(tones), "range": list(tones.values())},
                            "legend": legend if narrow else None},
                     strokeDash={"field": "name", "legend": None, "scale": {
                         "domain": list(tones), "range": DASHES}}),
              *_event(document, x)]
    if not narrow:
        ends = [(p, quoted(names[name]), tones[name]) for name, p in rows[-1]["hypotheses"].items()]
        layers.append(_labels(ends, rows[-1]["as_of"], top, x, y))
    return _titled({"layer": layers, "width": plot, "height": 260}, "What the world looks like, through time",
                   "Probability of each hypothesis; they sum to 100 %.", width)


@dataclass(frozen=True)
class _Panel:
    """One of several charts below each other: a line, with or without a band."""

    label: str
    rows: Records
    domain: tuple[float, float]
    tone: str
    deadline: str | None = None


def _panels(document: Document, panels: Sequence[_Panel], width: int, tall: int, title: str,
            subtitle: str) -> Spec | None:
    if not panels:
        return None
    drawn = [_panel(document, panel, width - MARGIN, tall, last=panel is panels[-1]) for panel in panels]
    return _titled({"vconcat": drawn, "spacing": 12}, title, subtitle, width)


def _panel(document: Document, panel: _Panel, width: int, tall: int, last: bool) -> Spec:
    x, y = _across(document, width, labelled=last), _up(panel.domain, ticks=3, title=None)
    layers = [_layer(panel.rows, {"type": "line", "color": panel.tone, "strokeWidth": 2}, x=x("day"), y=y("p")),
              *_event(document, x, named=False)]
    if "low" in panel.rows[0]:
        layers.insert(0, _band(panel.rows, panel.tone, x, y))
    if panel.deadline and iso(panel.deadline) <= _end(document):
        layers.append(_layer([{"day": panel.deadline}], {"type": "rule", "color": MUTED, "strokeDash": [2, 3]},
                             x=x("day")))
    label = {"text": wrap(panel.label, (width + MARGIN) / (SIZE * LETTER_BOLD)), "fontSize": SIZE, "offset": 4,
             "anchor": "start", "frame": "group", "lineHeight": LEADING}
    return {"layer": layers, "width": width, "height": tall, "title": label}


Channel = Callable[[str], Spec]
"""An encoding of a position by the name of its field."""


def _across(document: Document, width: int, labelled: bool = True) -> Channel:
    first, last = iso(document["rows"][0]["as_of"]), _end(document)
    axis = {"title": None, "grid": False, "tickCount": max(3, width // 70), "labels": labelled, "labelFlush": False,
            "labelOverlap": "greedy",
            "labelExpr": "utcFormat(datum.value, utcdate(datum.value) > 1 ? '%-d %b' : "
                         "datum.index == 0 || utcmonth(datum.value) == 0 ? '%b %Y' : '%b')"}
    scale = {"type": "utc", "nice": False, "domain": [moment(first), moment(last)]}
    return lambda field: {"field": field, "type": "temporal", "scale": scale, "axis": axis}


def _up(domain: tuple[float, float], ticks: int = 5, title: str | None = "Probability, %") -> Channel:
    span = domain[1] - domain[0]
    digits = 0 if span > 0.08 else 1 if span > 0.008 else 2
    axis = {"title": title, "tickCount": ticks, "domain": False, "ticks": False,
            "labelExpr": f"format(100 * datum.value, '.{digits}f') + ' %'"}
    return lambda field: {"field": field, "type": "quantitative", "axis": axis,
                          "scale": {"domain": list(domain), "nice": False, "zero": False}}


def _layer(rows: Iterable[dict[str, Any]], mark: Spec, **encoding: Spec) -> Spec:
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def _band(rows: Records, tone: str, x: Channel, y: Channel) -> Spec:
    return _layer(rows, {"type": "area", "color": tone, "opacity": 0.14}, x=x("day"), y=y("low"), y2={"field": "high"})


def _as_is(field: str) -> Spec:
    """An encoding of a colour or shape that the data name themselves."""
    return {"field": field, "type": "nominal", "scale": None, "legend": None}


def _labels(ends: Sequence[tuple[float, str, str]], day: str, top: float, x: Channel, y: Channel) -> Spec:
    """Names and last values at the ends of lines, moved apart where they would touch."""
    step = top * LEADING / 260
    placed: Records = []
    for p, name, tone in sorted(ends):
        limit = LABELS / (SIZE * LETTER)
        *parts, last = wrap(name, limit)
        parts += [f"{last} {chance(p)}"] if width_of(f"{last} {chance(p)}") <= limit else [last, chance(p)]
        lowest = placed[-1]["p"] + step if placed else p
        start = max(p - step * (len(parts) - 1) / 2, lowest)
        placed += [{"day": day, "p": start + step * line, "label": part, "tone": tone}
                   for line, part in enumerate(reversed(parts))]
    # What would stand above the plot moves all of them down.
    excess = max(0.0, placed[-1]["p"] - top)
    return _layer([row | {"p": row["p"] - excess} for row in placed],
                  {"type": "text", "align": "left", "dx": 7, "baseline": "middle"},
                  x=x("day"), y=y("p"), text={"field": "label"}, color=_as_is("tone"))


def _event(document: Document, x: Channel, named: bool = True) -> list[Spec]:
    """A line at the day of the event, if it came while the backtest ran or soon after."""
    resolved = document["question"]["resolved"]
    came = resolved is not None and resolved["outcome"] == document["question"]["event"]
    if not came or iso(resolved["date"]) > _end(document):
        return []
    row = [{"day": resolved["date"], "label": f"it came on {short(resolved['date'])}"}]
    layers = [_layer(row, {"type": "rule", "color": INK, "strokeWidth": 1.5}, x=x("day"))]
    if named:
        layers.append(_layer(row, {"type": "text", "align": "right", "dx": -6, "fontWeight": "bold"},
                             x=x("day"), y={"value": 8}, text={"field": "label"}))
    return layers


def _end(document: Document) -> date:
    """The end of the time axis: a little after the last date, so that an event that followed is seen."""
    first, last = (iso(document["rows"][place]["as_of"]) for place in (0, -1))
    return last + timedelta(max(7, (last - first).days // 25))


def _titled(spec: Spec, title: str, subtitle: str, width: int) -> Spec:
    heading = {"text": wrap(title, width / (14 * LETTER_BOLD)), "subtitle": wrap(subtitle, width / (SIZE * LETTER))}
    return {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "title": heading, "config": CONFIG} | spec
