"""Charts of a backtest: deadlines, hypotheses and sources through time, with the evidence on the curve."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle, pairwise
from typing import Any

from forecast import wording
from forecast.report.curves import _Axis, _ceiling, _data, _moment, _percent_axis
from forecast.report.style import (
    AWAY,
    CONFIG,
    EVENT,
    INK,
    LETTER,
    LETTER_BOLD,
    MUTED,
    NARROW,
    PAPER,
    PRIOR,
    Chart,
    Records,
    finish,
    wrap,
)
from forecast.report.words import Document, chance, iso, name_of, quoted, short

PALETTE = (AWAY, PRIOR, "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Colours of lines beside the event's own, from Okabe & Ito (2008)."""

DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]]
"""Dashes of lines, so that none is told by its colour alone."""

MOVES = 8
"""How many of the largest moves of a week are numbered."""

SOURCES = 8
"""How many sources, those that changed most, have a line of their own."""

LABELS = 170
"""Room for labels at the right end of lines, in pixels."""


def timelines(document: Document, width: int) -> dict[str, Chart]:
    """Draw every chart of a backtest that has more than one date.

    Parameters
    ----------
    document : dict
        What `Backtest.document` gives.
    width : int
        Width in pixels: `style.WIDE` or `style.NARROW`.
    """
    drawn: dict[str, Callable[[Document, int], Chart | None]] = {
        "curve": curve, "deadlines": deadlines, "hypotheses": hypotheses, "sources": sources}
    if len(document["rows"]) < 2:
        return {}
    return {name: chart for name, draw in drawn.items() if (chart := draw(document, width)) is not None}


def moves(document: Document) -> Records:
    """Change of P(event) from each date to the next, with the items that came in between; the largest have a number."""
    event, rows = document["question"]["event"], document["rows"]
    found = [{"day": row["as_of"], "p": row["hypotheses"][event], "items": row["new"], "gone": row["gone"],
              "change": row["hypotheses"][event] - before["hypotheses"][event], "number": ""}
             for before, row in pairwise(rows)]
    largest = sorted((row for row in found if row["items"] or row["gone"]), key=lambda row: -abs(row["change"]))[:MOVES]
    for number, row in enumerate(sorted(largest, key=lambda row: str(row["day"])), start=1):
        row["number"] = str(number)
    return found


def curve(document: Document, width: int) -> Chart:
    """P(event by the horizon) through time, with band and prior; a dot where evidence came."""
    import altair as alt

    question, rows = document["question"], document["rows"]
    event = question["event"]
    shown = [{"day": row["as_of"], "p": row["hypotheses"][event], "low": row["band"][0], "high": row["band"][1],
              "prior": row["prior"][event]} for row in rows]
    top = _ceiling(max(max(row["high"], row["prior"]) for row in shown))
    x, y = _encodings(_axis(document, width - 64), (0.0, top))
    base = alt.Chart(_data(shown)).encode(x=x("day"))
    dots = [{**row, "tone": EVENT if row["change"] > 0 else AWAY, "shape": "triangle-up" if row["change"] > 0
             else "triangle-down"} for row in moves(document) if row["items"] or row["gone"]]
    layers = [base.mark_area(color=EVENT, opacity=0.14).encode(y=y("low"), y2="high:Q"),
              base.mark_line(color=PRIOR, strokeDash=[5, 4], strokeWidth=1.5).encode(y=y("prior")),
              base.mark_line(color=EVENT, strokeWidth=2).encode(y=y("p")),
              alt.Chart(_data(dots)).mark_point(filled=True, size=46, opacity=1, stroke=PAPER, strokeWidth=0.6).encode(
                  x=x("day"), y=y("p"), color=alt.Color("tone:N", scale=None, legend=None),
                  shape=alt.Shape("shape:N", scale=None, legend=None)),
              alt.Chart(_data([row for row in dots if row["number"]])).mark_text(dy=-15, fontWeight="bold").encode(
                  x=x("day"), y=y("p"), text="number:N"),
              *_event(document, x)]
    return finish(alt.layer(*layers), f"The forecast through time: {name_of(document)}",
                  f"Probability by {short(question['horizon'])} as of each date; shaded: 5–95 % band; dashed: the "
                  "prior, given silence. Triangles: evidence came, and the forecast rose or fell; the largest moves "
                  "have numbers.",
                  width, (width - 64, 300))


def deadlines(document: Document, width: int) -> Chart | None:
    """P(event by each key date) through time, one panel each, until the date has passed."""
    panels = []
    for day in sorted(document["rows"][0]["by"]):
        shown = [{"day": row["as_of"], "p": row["by"][day], "low": row["by_band"][day][0],
                  "high": row["by_band"][day][1]} for row in document["rows"] if row["as_of"] < day]
        if shown:
            label = f"By {short(day)}: {_outcome(document, day)}last forecast {chance(shown[-1]['p'])}"
            panels.append(_Panel(label, shown, (0.0, _ceiling(max(row["high"] for row in shown))), day))
    return _panels(document, panels, width, 84, f"Probability by each key date, through time: {name_of(document)}",
                   "One panel for each date, until it passed (dotted line); shaded: 5–95 % band.")


def _outcome(document: Document, day: str) -> str:
    resolved = document["question"]["resolved"]
    if resolved is None:
        return ""
    return "it came; " if resolved["outcome"] == document["question"]["event"] and resolved["date"] <= day \
        else "it did not come; "


def hypotheses(document: Document, width: int) -> Chart:
    """Every hypothesis through time, named at the end of its line or, on a narrow chart, in a legend."""
    import altair as alt

    names, event, rows = document["question"]["names"], document["question"]["event"], document["rows"]
    tones = dict(zip((event, *(name for name in names if name != event)), cycle((EVENT, *PALETTE)), strict=False))
    narrow = width == NARROW
    room = 64 if narrow else 64 + LABELS
    points = [{"day": row["as_of"], "name": name, "p": p} for row in rows for name, p in row["hypotheses"].items()]
    top = _ceiling(max(row["p"] for row in points))
    x, y = _encodings(_axis(document, width - room), (0.0, top))
    legend = alt.Legend(orient="bottom", columns=1, title=None, labelLimit=0, labelExpr=_named(names))
    lines = alt.Chart(_data(points)).mark_line(strokeWidth=2).encode(
        x=x("day"), y=y("p"),
        color=alt.Color("name:N", scale=alt.Scale(domain=list(tones), range=list(tones.values())),
                        legend=legend if narrow else None),
        strokeDash=alt.StrokeDash("name:N", scale=alt.Scale(domain=list(tones), range=DASHES), legend=None))
    layers = [lines, *_event(document, x)]
    if not narrow:
        ends = [(row["p"], f"{quoted(names[row['name']])} {chance(row['p'])}", tones[row["name"]])
                for row in points[-len(names):]]
        layers.append(_labels(ends, rows[-1]["as_of"], top, x, y))
    return finish(alt.layer(*layers), "What the world looks like, through time",
                  "Probability of each hypothesis; they sum to 100 %.", width, (width - room, 260))


def _named(names: dict[str, str]) -> str:
    """A Vega expression that gives a hypothesis its name."""
    return f"{json.dumps({key: quoted(name) for key, name in names.items()})}[datum.label]"


def sources(document: Document, width: int) -> Chart | None:
    """Reliability of the sources through time, one panel each, all with as many points from bottom to top."""
    rows = document["rows"]
    speaking = {item["source"] for item in document["evidence"]}
    paths = {source["id"]: [row["sources"][source["id"]] for row in rows] for source in document["sources"]
             if source["id"] in speaking}
    span = {name: max(path) - min(path) for name, path in paths.items()}
    moving = sorted(paths, key=lambda name: (-span[name], name))[:SOURCES]
    tall = max([0.02, *span.values()]) * 1.15
    names = {source["id"]: f"{quoted(source['name'])} (grade {source['grade']})" for source in document["sources"]}
    panels = []
    for name in moving:
        path = paths[name]
        middle = (max(path) + min(path)) / 2
        low = min(max(middle - tall / 2, 0.0), 1 - tall)
        label = f"{names[name]}: {wording.percent(path[0])}, then {wording.percent(path[-1])}"
        panels.append(_Panel(label, [{"day": row["as_of"], "p": p} for row, p in zip(rows, path, strict=True)],
                             (low, low + tall), None, AWAY))
    more = f" The {len(moving)} that changed most of {len(paths)}." if len(paths) > len(moving) else ""
    return _panels(document, panels, width, 46, "What sources earned and lost, through time",
                   f"Mean reliability of each source that spoke; the panels have one scale.{more}")


@dataclass(frozen=True)
class _Panel:
    """One of several charts below each other: a line with or without a band."""

    label: str
    rows: Records
    domain: tuple[float, float]
    deadline: str | None
    tone: str = EVENT


def _panels(document: Document, panels: Sequence[_Panel], width: int, tall: int, title: str,
            subtitle: str) -> Chart | None:
    import altair as alt

    if not panels:
        return None
    heading = alt.TitleParams(text=wrap(title, width / (14 * LETTER_BOLD)),
                              subtitle=wrap(subtitle, width / (12 * LETTER)))
    drawn = [_panel(document, panel, width - 64, tall, last=panel is panels[-1]) for panel in panels]
    return alt.vconcat(*drawn, spacing=12).properties(title=heading).configure(**CONFIG)


def _panel(document: Document, panel: _Panel, width: int, tall: int, last: bool) -> Chart:
    import altair as alt

    axis = _axis(document, width)
    x, y = _encodings(axis, panel.domain, labelled=last, ticks=3, title=None)
    base = alt.Chart(_data(panel.rows)).encode(x=x("day"))
    layers = [base.mark_line(color=panel.tone, strokeWidth=2).encode(y=y("p")), *_event(document, x, named=False)]
    if "low" in panel.rows[0]:
        layers.insert(0, base.mark_area(color=panel.tone, opacity=0.14).encode(y=y("low"), y2="high:Q"))
    if panel.deadline and iso(panel.deadline) <= axis.last:
        layers.append(alt.Chart(_data([{"day": panel.deadline}])).mark_rule(color=MUTED, strokeDash=[2, 3]).encode(
            x=x("day")))
    label = alt.TitleParams(text=wrap(panel.label, (width + 50) / (12 * LETTER_BOLD)), fontSize=12, offset=4, anchor="start",
                            lineHeight=15)
    return alt.layer(*layers).properties(width=width, height=tall, title=label)


def _labels(ends: Sequence[tuple[float, str, str]], day: str, top: float, x: Any, y: Any) -> Chart:
    """Labels at the ends of lines, moved apart where they would touch."""
    import altair as alt

    step = top * 15 / 260
    placed: Records = []
    for p, text, tone in sorted(ends):
        parts = wrap(text, LABELS / (12 * LETTER))
        lowest = placed[-1]["p"] + step if placed else p
        start = max(p - step * (len(parts) - 1) / 2, lowest)
        placed += [{"day": day, "p": start + step * line, "label": part, "tone": tone}
                   for line, part in enumerate(reversed(parts))]
    # What would stand above the plot moves all of them down.
    excess = max(0.0, placed[-1]["p"] - top)
    return alt.Chart(_data([row | {"p": row["p"] - excess} for row in placed])).mark_text(
        align="left", dx=7, baseline="middle").encode(
            x=x("day"), y=y("p"), text="label:N", color=alt.Color("tone:N", scale=None, legend=None))


def _event(document: Document, x: Any, named: bool = True) -> list[Chart]:
    """A line at the day of the event, if it came while the backtest ran or soon after."""
    import altair as alt

    resolved = document["question"]["resolved"]
    came = resolved is not None and resolved["outcome"] == document["question"]["event"]
    if not came or iso(resolved["date"]) > _last(document):
        return []
    row = [{"day": resolved["date"], "label": f"it came on {short(resolved['date'])}"}]
    layers = [alt.Chart(_data(row)).mark_rule(color=INK, strokeWidth=1.5).encode(x=x("day"))]
    if named:
        layers.append(alt.Chart(_data(row)).mark_text(align="right", dx=-6, fontWeight="bold").encode(
            x=x("day"), y=alt.value(8), text="label:N"))
    return layers


def _last(document: Document) -> date:
    """The end of the axis: a little after the last date, so that an event that followed is seen."""
    first, last = (iso(document["rows"][place]["as_of"]) for place in (0, -1))
    return last + timedelta(max(7, (last - first).days // 25))


def _axis(document: Document, width: int) -> _Axis:
    return _Axis(iso(document["rows"][0]["as_of"]), _last(document), width)


def _encodings(axis: _Axis, domain: tuple[float, float], labelled: bool = True, ticks: int = 5,
               title: str | None = "Probability, %") -> tuple[Callable[[str], Any], Callable[[str], Any]]:
    """Encodings of a date and of a probability, each by the name of its field."""
    import altair as alt

    across, up = axis.axis.copy(), _percent_axis(domain[1] - domain[0])
    across.labels, up.tickCount, up.title = labelled, ticks, title
    time = alt.Scale(type="utc", nice=False, domain=[_moment(axis.first), _moment(axis.last)])
    return (lambda field: alt.X(f"{field}:T", scale=time, axis=across),
            lambda field: alt.Y(f"{field}:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=up))
