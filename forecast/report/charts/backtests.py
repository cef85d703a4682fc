"""A backtest through time: the forecast with its moves, its key dates, and all outcomes."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from forecast.core.text import counted, short, whole
from forecast.evaluation.backtest import BacktestDocument
from forecast.report.charts.spec import DOT, Days, Percents, Plot, Spec, as_is, label_room, layer, narrow
from forecast.report.charts.style import AWAY, DASHES, EVENT, INK, PALETTE, Records
from forecast.report.words import quoted

MOVES = 8
"""How many of the largest moves have a number."""


class Moved(NamedTuple):
    """A date on which items had come or gone since the one before, and how the forecast moved."""

    day: date
    event: float
    change: float
    new: tuple[str, ...]
    gone: tuple[str, ...]
    number: int
    """1, 2, … by date for the largest moves; 0 for the others."""


def moves(document: BacktestDocument) -> list[Moved]:
    """Every date on which evidence came or went, in order; the largest moves are numbered."""
    found = [Moved(row.as_of, row.event, row.event - before.event, row.new, row.gone, 0)
             for before, row in pairwise(document.rows) if row.new or row.gone]
    largest = {move.day for move in sorted(found, key=lambda move: (-abs(move.change), move.day))[:MOVES]}
    numbers = {day: number for number, day in enumerate(sorted(largest), start=1)}
    return [move._replace(number=numbers.get(move.day, 0)) for move in found]


def charts(document: BacktestDocument, width: int) -> dict[str, Spec]:
    """Every chart that a backtest has the numbers for; none for a single date."""
    if len(document.rows) < 2:
        return {}
    return {"curve": curve(document, width), "outcomes": outcomes(document, width),
            "key-dates": key_dates(document, width)}


def curve(document: BacktestDocument, width: int) -> Spec:
    """P(event by the horizon) through time, with its range and the prior; a triangle where evidence arrived."""
    size = width - 56, 300
    event = document.question.event
    rows: Records = [{"day": str(row.as_of), "p": row.event, "low": row.band[0], "high": row.band[1],
                      "prior": row.prior[event]} for row in document.rows]
    plot = _plot(document, size, max(max(row["high"], row["p"], row["prior"]) for row in rows))
    told = moves(document)
    marks = [{"day": str(move.day), "p": move.event, "tone": EVENT if move.change > 0 else AWAY,
              "shape": "triangle-up" if move.change > 0 else "triangle-down"} for move in told]
    numbered = [(move.day, move.event, move.number, move.change > 0) for move in told]
    prior: Records = [{"day": row["day"], "p": row["prior"]} for row in rows]
    layers = [plot.band(rows, EVENT), plot.without_evidence(rows), plot.line(rows, EVENT),
              plot.marks(marks, DOT, color=as_is("tone"), shape=as_is("shape")), *plot.numbers(numbered, [prior])]
    first, last = document.rows[0].event, document.rows[-1].event
    return plot.drawn([*layers, *_happened(document, plot.x)],
                      f"From {whole(first)} to {whole(last)} in {counted(len(rows), 'forecast')}",
                      f"Chance by {short(document.question.horizon)} as of each date. Shaded: 90% range; dashed: "
                      "without the evidence. Triangles: evidence arrived; the largest moves have numbers.", width)


def outcomes(document: BacktestDocument, width: int) -> Spec:
    """All outcomes through time."""
    small = narrow(width)
    names = {name: f"{quoted(document.question.names[name])} {whole(last)}"
             for name, last in document.rows[-1].hypotheses.items()}
    right = 12 if small else label_room(names.values(), 240)
    size = width - 46 - right, 220
    plot = _plot(document, size, max(max(row.hypotheses.values()) for row in document.rows))
    layers, ends, key = [], [], []
    for place, name in enumerate(document.rows[-1].hypotheses):
        tone, dash = PALETTE[place % len(PALETTE)], DASHES[place % len(DASHES)]
        rows = [{"day": str(row.as_of), "p": row.hypotheses[name]} for row in document.rows]
        layers.append(plot.line(rows, tone, dash=dash))
        last = document.rows[-1].hypotheses[name]
        ends.append((last, names[name], tone))
        key.append((names[name], tone, dash))
    layers += plot.key(key) if small else [plot.end_labels(ends, str(plot.x.last), right - 12)]
    leader = max(document.rows[-1].hypotheses, key=lambda name: document.rows[-1].hypotheses[name])
    return plot.drawn([*layers, *_happened(document, plot.x)],
                      f"In the end “{quoted(document.question.names[leader])}” was the likeliest outcome",
                      "All outcomes as of each date.", width)


def key_dates(document: BacktestDocument, width: int) -> Spec:
    """The chance by each key date, as of each date before it."""
    size = width - 58, 240
    after = _days(document, size[0])
    room = label_room([short(when) for when in document.rows[0].by], 110)
    before = timedelta(round((after.last - after.first).days * room / (size[0] - room)))
    days = sorted(document.rows[0].by)
    shown = [[(row.as_of, row.by[when]) for row in document.rows if row.as_of < when] for when in days]
    plot = Plot(Days(after.first - before, after.last, size[0]),
                Percents(max((p for rows in shown for _, p in rows), default=1.0), size[1]))
    layers, starts = [], []
    for place, (when, rows) in enumerate(zip(days, shown, strict=True)):
        if not rows:
            continue
        tone = PALETTE[place % len(PALETTE)]
        layers.append(plot.line([{"day": str(day), "p": p} for day, p in rows], tone,
                                dash=DASHES[place % len(DASHES)]))
        starts.append((rows[0][1], short(when), tone))
    layers.append(plot.end_labels(starts, str(after.first), room, before=True))
    most = max((rows[0][1] for rows in shown if rows), default=0.0)
    return plot.drawn([*layers, *_happened(document, plot.x)],
                      f"The first forecast gave its key dates up to {whole(most)}",
                      "Chance by each key date, which stands before its line, as of each date before it.", width)


def _plot(document: BacktestDocument, size: tuple[float, float], highest: float) -> Plot:
    return Plot(_days(document, size[0]), Percents(highest, size[1]))


def _days(document: BacktestDocument, width: float) -> Days:
    first, last = document.rows[0].as_of, document.rows[-1].as_of
    return Days(first, last + timedelta(max(3, (last - first).days // 40)), width)


def _happened(document: BacktestDocument, x: Days) -> list[Spec]:
    """A line on the day of the event, if it happened while the backtest ran or soon after."""
    resolved = document.question.resolved
    if resolved is None or resolved["outcome"] != document.question.event:
        return []
    when = date.fromisoformat(resolved["date"])
    if when > x.last:
        return []
    row = [{"day": str(when), "label": f"it happened on {short(when)}"}]
    return [layer(row, {"type": "rule", "color": INK, "strokeWidth": 1.5}, x=x("day")),
            layer(row, {"type": "text", "align": "right", "dx": -6, "fontWeight": "bold"}, x=x("day"), y={"value": 8},
                  text={"field": "label"})]
