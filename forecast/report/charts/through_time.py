"""Pictures through time: the fan of the forecast, its weeks, its history, and the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from forecast.analysis.crowd import Said
from forecast.core.text import chance, fine, percent, short, span, whole
from forecast.report.charts.spec import (
    AS_STATED,
    DOT,
    HALO,
    Days,
    Percents,
    Plot,
    Spec,
    as_is,
    chart,
    label_room,
    layer,
    narrow,
    pixels,
    tipped,
)
from forecast.report.charts.style import (
    AWAY,
    DASHES,
    EVENT,
    GRID,
    INK,
    LETTER,
    MUTED,
    PALETTE,
    PAPER,
    PRIOR,
    SIZE,
    Records,
    width_of,
    wrap,
)
from forecast.report.contents.periods import periods, weeks_each
from forecast.report.contents.track import moves
from forecast.report.document import Answer, ChartDocument, EvidenceRow, PlotDocument, ReportDocument
from forecast.report.pages import findings
from forecast.report.pages.opinions import MOST
from forecast.report.words import crowd_name, dates_ahead, event_name, outcome_chance, points, quoted

SMALL = 0.02
"""A chance a week below which a picture of weeks would be a magnifier."""

RIMMED = 3
"""Width of a bar in pixels from which on it has a rim; narrower ones would be pale."""

SHAPES = {"sign": "circle", "condition": "square", "claim": "triangle-up"}
ROW, LANES = 26, 14
"""Height of a row in pixels, and how many groups have one; the rest share the last."""


class Corner(NamedTuple):
    """A point of the cumulative curve, which is joined to the next by a straight line."""

    day: date
    p: float
    low: float
    high: float
    prior: float


def corners(document: ChartDocument) -> list[Corner]:
    """The cumulative curve with its range and without the evidence: at the ends of weeks, and where it bends between.

    A key date has a dot, which must lie on the curve; the days that a claim names are seldom whole weeks.
    """
    found = {document.as_of: Corner(document.as_of, 0.0, 0.0, 0.0, 0.0)}
    for when in dates_ahead(document, document.question):
        found[when] = Corner(when, document.by[when], *document.by_band[when], document.prior_by[when])
    edges = document.edges if isinstance(document, PlotDocument | ReportDocument) else ()
    for edge in edges:
        found[edge.day] = Corner(edge.day, edge.cumulative, edge.low, edge.high, edge.prior_cumulative)
    for week in document.curve:
        found[week.last] = Corner(week.last, week.cumulative, week.low, week.high, week.prior_cumulative)
    return [found[when] for when in sorted(found)]


def fan(document: ChartDocument, width: int) -> Spec:
    """The cumulative curve."""
    small = narrow(width)
    end = document.curve[-1]
    ends = [
        (end.cumulative, f"{chance(end.cumulative)} by {short(document.question.horizon)}", INK),
        (end.high, f"{whole(end.high)} high", MUTED), (end.low, f"{whole(end.low)} low", MUTED),
        (end.prior_cumulative, f"{whole(end.prior_cumulative)} without the evidence", MUTED)]
    right = 40 if small else label_room([label for _, label, _ in ends], 180)
    size = width - 46 - right, 250 if small else 300
    rows: Records = [{"day": str(each.day), "p": each.p, "low": each.low, "high": each.high, "prior": each.prior}
                     for each in corners(document)]
    x = Days(document.as_of, document.question.horizon, size[0])
    plot = Plot(x, Percents(max(max(row["high"], row["p"], row["prior"]) for row in rows), size[1]))
    days = dates_ahead(document, document.question)
    dots = [{"day": str(day), "p": document.by[day]} for day in days]
    labels = [(day, document.by[day], f"{whole(document.by[day])} by {short(day)}") for day in days]
    last = rows[-1]
    layers = [plot.band(rows, EVENT), plot.without_evidence(rows), plot.line(rows, EVENT, 2.5),
              plot.marks([*dots, {"day": last["day"], "p": last["p"]}], DOT | {"color": EVENT, "size": 60})]
    if small:
        labels = [(day, p, whole(p)) for day, p, _ in labels]
        ends = [(last["p"], chance(last["p"]), INK)]
    told = plot.dot_labels(labels)
    layers += [told | {"mark": told["mark"] | HALO}, told,
               plot.end_labels(ends, last["day"], right - (4 if small else 10)), _hover(document, x, timedelta(1))]
    return plot.drawn(layers, findings.fan(document),
                      f"Chance of “{event_name(document.question)}” by each date. Shaded: 90% range. "
                      "Dashed: without the evidence. Dots: key dates.", width)


def weekly(document: ChartDocument, width: int) -> Spec:
    """The chance of each week; of several together in a long question."""
    size = width - 60, 170
    weeks, shown = weeks_each(document.curve), periods(document.curve)
    rows: Records = [{"start": str(each.first), "end": str(each.last + timedelta(1)), "p": each.probability,
                      "prior": each.prior, "zero": 0,
                      "pale": 0.5 if (each.last - each.first).days < 7 * weeks - 1 else 0.9} for each in shown]
    rim = {"stroke": PAPER, "strokeWidth": 0.4} if size[0] >= RIMMED * len(rows) else {}
    x = Days(document.as_of, document.question.horizon + timedelta(1), size[0])
    highest = max(max(row["p"], row["prior"]) for row in rows)
    plot = Plot(x, Percents(highest, size[1]))
    peak = max(shown, key=lambda each: each.probability)
    each, begins = ("week", "week begins") if weeks == 1 else (f"{weeks} weeks", f"{weeks} weeks begin")
    small = "" if highest >= SMALL else f" All of it is below {whole(SMALL)} {'a' if weeks == 1 else 'in'} {each}."
    cut = "a week is" if weeks == 1 else "they are"
    end = {"field": "end"}
    layers = [plot.marks(rows, {"type": "rect", "color": EVENT} | rim, "start", x2=end, y2={"field": "zero"},
                         fillOpacity=AS_STATED | {"field": "pale"}),
              plot.marks(rows, {"type": "rule", "color": PRIOR, "strokeWidth": 1.75}, "start", "prior", x2=end),
              _hover(document, x)]
    return plot.drawn(layers,
                      f"The likeliest {begins} on {short(peak.first)}: {fine(peak.probability)}",
                      f"Chance that it happens in each {each}; paler where {cut} cut short. Grey: without the "
                      f"evidence.{small}", width)


def _hover(document: ChartDocument, x: Days, earlier: timedelta = timedelta(0)) -> Spec:
    """An invisible column over each week that tells its numbers under the pointer.

    Columns begin with their first day and end with their last, or are that much `earlier`: an axis of the ends of days
    has the end of the day before where the first day begins.
    """
    rows: Records = []
    weeks = weeks_each(document.curve)
    inside = "in this week" if weeks == 1 else f"in these {weeks} weeks"
    for week in periods(document.curve):
        told = (f"{span(week.first, week.last)}: {fine(week.probability)} {inside}, {fine(week.cumulative)} by its "
                f"end ({fine(week.low)} to {fine(week.high)}), {fine(week.hazard)} if not before")
        start, end = week.first - earlier, week.last + timedelta(1) - earlier
        rows.append({"start": str(start), "end": str(end), "tip": told})
    return tipped(rows, {"type": "rect", "color": AWAY, "fillOpacity": 0}, x=x("start"), x2={"field": "end"})


def history(document: Answer, known: Sequence[Answer], width: int, alone: bool = False) -> Spec | None:
    """The forecasts of all reports up to this one; None if it is the first.

    The largest moves have numbers unless it stands `alone`, without the list that says what they were.
    """
    if not known:
        return None
    numbered = [] if alone else [move for move in moves(document, known) if move.number]
    reports = [*known, document]
    small = narrow(width)
    crowds = _crowds(document, reports[0].as_of)
    names = [f"{quoted(document.question.names[name])} {outcome_chance(name, p, document.question)}"
             for name, p in document.hypotheses.items()]
    right = 40 if small else label_room([*names, "Being prepared 100%", *(each.label for each in crowds)], 210)
    size = width - 46 - right, 190 if small else 220
    x = Days(reports[0].as_of, document.as_of, size[0], [each.as_of for each in reports])
    event = document.question.event
    bands: Records = [{"day": str(each.as_of), "low": each.band[0], "high": each.band[1]} for each in reports]
    highest = [max(*each.hypotheses.values(), each.band[1], each.preparing.now) for each in reports]
    plot = Plot(x, Percents(max([*highest, *(each.highest for each in crowds)]), size[1]))
    lines: Records = []
    others: list[Records] = []
    ends = []
    for place, (name, last) in enumerate(document.hypotheses.items()):
        tone, dash = PALETTE[place % len(PALETTE)], DASHES[place % len(DASHES)]
        rows = [{"day": str(each.as_of), "p": each.hypotheses[name]} for each in reports if name in each.hypotheses]
        lines.append(plot.line(rows, tone, 2.5 if name == event else 1.75, dash))
        ends.append((last, names[place], tone))
        others += [rows] if name != event else []
    on = [{"day": str(each.as_of), "p": each.preparing.now} for each in reports]
    lines.append(plot.line(on, MUTED, dash=[1, 3]))
    others.append(on)
    ends.append((document.preparing.now, f"Being prepared {whole(document.preparing.now)}", MUTED))
    for each in crowds:
        mark = {"type": "line", "color": MUTED, "strokeWidth": 1, "interpolate": "step-after"}
        lines.append(plot.marks(each.rows, mark))
        ends.append((each.last, each.label, MUTED))
    told = [{"day": str(each.as_of), "p": each.event, "tone": EVENT,
             "tip": f"Report of {short(each.as_of)}: {chance(each.event)}"} for each in reports]
    dots = tipped(told, DOT, x=x("day"), y=plot.y("p"), color=as_is("tone"))
    moved = [(move.day, move.event, move.number, move.points > 0) for move in numbered]
    if small:
        ends = [(p, chance(p) if tone == EVENT else whole(p), tone) for p, _, tone in ends]
    layers = [plot.band(bands, EVENT), *lines, dots, *plot.numbers(moved, others),
              plot.end_labels(ends, str(document.as_of), right - (4 if small else 12))]
    key = "Solid and shaded: the event with its range; dotted: being prepared now; others dashed." if small else (
        "Shaded: 90% range of the event.")
    key += " Thin: what others said, each value until the next." if crowds else ""
    key += " Numbers: the moves below." if numbered else ""
    return plot.drawn(layers, findings.history(document, known), f"As stated in each report. {key}", width)


@dataclass(frozen=True)
class _Line:
    """What one crowd said of the horizon, as a line of the chart."""

    rows: Records
    last: float
    label: str

    @property
    def highest(self) -> float:
        return max(float(row["p"]) for row in self.rows)


def _crowds(document: Answer, first: date) -> list[_Line]:
    """What others said of the horizon between two days; a value holds until the next, and the first of them before."""
    crowd = document.crowd if isinstance(document, ReportDocument) else None
    rows = [row for row in (crowd.said if crowd is not None else ()) if row.by == document.question.horizon]
    return [_line(row, first, document.as_of) for row in rows[:MOST]]


def _line(row: Said, first: date, last: date) -> _Line:
    before = [p for day, p in row.values if day < first]
    inside = [(day, p) for day, p in row.values if day >= first]
    points = [*((first, p) for p in before[-1:]), *inside, (last, row.last[1])]
    return _Line([{"day": str(day), "p": p} for day, p in points], row.last[1],
                 f"{crowd_name(row.name)} {percent(row.last[1])}")


def timeline(document: ChartDocument, width: int) -> Spec | None:
    """All active items; None if there are none."""
    if not document.evidence:
        return None
    kept, labels = lanes(document)
    letter = SIZE * LETTER
    texts = [wrap(label, (width if narrow(width) else 0.36 * width - 18) / letter)[:2] for label in labels]
    widest = max(width_of(line) for block in texts for line in block)
    left = 0 if narrow(width) else widest * letter + 18
    tall = 40 if narrow(width) else ROW
    height = float(tall * len(labels))
    days = [item.date for item in document.evidence]
    first, last = min(days) - timedelta(4), max(*days, document.as_of) + timedelta(4)
    size = width - left - 16, height
    x = Days(first, last, size[0])
    most = max(abs(item.shapley_points) for item in document.evidence) or 1.0
    rows = [_dot(item, kept, most, tall, narrow(width)) for item in document.evidence]
    lines: Records = [{"y": tall * (place + (0.72 if narrow(width) else 0.5)), "zero": x.at(0), "full": x.at(size[0])}
                      for place in range(len(labels))]
    told: Records = [{"x": x.at(-left),
                      "y": tall * place + (10 if narrow(width) else tall / 2) + 13 * (line - (len(block) - 1) / 2),
                      "text": part}
                     for place, block in enumerate(texts) for line, part in enumerate(block)]
    layers = [layer(lines, {"type": "rule", "color": GRID}, x=x("zero"), x2={"field": "full"},
                    y=pixels("y", height)),
              tipped(rows, {"type": "point", "filled": True, "opacity": 0.85, "stroke": PAPER, "strokeWidth": 0.7},
                    x=x("day"), y=pixels("y", height), color=as_is("tone"), shape=as_is("shape"),
                    size=AS_STATED | {"field": "size"}),
              layer(told, {"type": "text", "align": "left", "baseline": "middle"},
                    x=x("x"), y=pixels("y", height), text={"field": "text"})]
    return chart(layers, size, findings.timeline(document),
                 "By date and group; larger: more points. Orange: for it; blue: against. Circle: sign of preparation; "
                 "square: condition; triangle: dated claim.", width)


def lanes(document: ChartDocument) -> tuple[list[str], list[str]]:
    """Ids of the groups that have a row, the farthest first, and the labels of all rows; the rest share the last."""
    names = {group.id: quoted(group.name) for group in document.groups}
    weight: dict[str, float] = {}
    for item in document.evidence:
        weight[item.group or ""] = weight.get(item.group or "", 0.0) + abs(item.shapley_points)
    ranked = sorted((name for name in weight if name), key=lambda name: -weight[name])
    kept = ranked[:LANES]
    labels = [names[name] for name in kept]
    if "" in weight or len(ranked) > LANES:
        labels.append("In no group" if len(ranked) <= LANES else "In no group, or in smaller ones")
    return kept, labels


def lane(item: EvidenceRow, kept: list[str]) -> int:
    """The row of an item."""
    return kept.index(item.group) if item.group in kept else len(kept)


def _dot(item: EvidenceRow, kept: list[str], most: float, tall: float, small: bool) -> Spec:
    return {"day": str(item.date), "y": tall * (lane(item, kept) + (0.72 if small else 0.5)),
            "tone": EVENT if item.shapley_points > 0 else AWAY if item.shapley_points < 0 else MUTED,
            "shape": SHAPES[item.kind], "size": 24 + 420 * abs(item.shapley_points) / most,
            "tip": f"{quoted(item.title)}, {short(item.date)}: {points(item.shapley_points, 1)} points"}
