"""The fan: the chance that the event has happened by each date, with its range, key dates and what silence will do."""

from __future__ import annotations

from datetime import timedelta

from forecast.core.text import chance, fine, short, span, whole
from forecast.report.charts.spec import (
    Days,
    Percents,
    Spec,
    band,
    dot_labels,
    end_labels,
    label_room,
    layer,
    line,
    narrow,
    plot,
    tipped,
    titled,
    without_evidence,
)
from forecast.report.charts.style import AWAY, EVENT, INK, MUTED, PAPER, PRIOR, Records
from forecast.report.document import ChartDocument, CurveRow
from forecast.report.pages.findings import fan as finding
from forecast.report.words import event_name

SMALL = 0.02
"""A chance a week below which a picture of weeks would be a magnifier."""


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
    start = {"day": str(document.as_of), "p": 0.0, "low": 0.0, "high": 0.0, "prior": 0.0}
    rows: Records = [start, *({"day": str(week.last), "p": week.cumulative, "low": week.low, "high": week.high,
                               "prior": week.prior_cumulative} for week in document.curve)]
    x = Days(document.as_of, document.question.horizon, size[0])
    y = Percents(max(max(row["high"], row["prior"]) for row in rows), size[1])
    days = sorted(day for day in document.by if document.as_of < day < document.question.horizon)
    dots = [{"day": str(day), "p": document.by[day]} for day in days]
    labels = [(day, document.by[day], f"{whole(document.by[day])} by {short(day)}") for day in days]
    last = rows[-1]
    layers = [band(rows, EVENT, x("day"), y),
              without_evidence(rows, x("day"), y), line(rows, EVENT, x("day"), y("p"), 2.5),
              layer([*dots, {"day": last["day"], "p": last["p"]}],
                    {"type": "point", "filled": True, "color": EVENT, "size": 60, "opacity": 1, "stroke": PAPER},
                    x=x("day"), y=y("p"))]
    if small:
        labels = [(day, p, whole(p)) for day, p, _ in labels]
        ends = [(last["p"], chance(last["p"]), INK)]
    layers += [*_haloed(dot_labels(labels, x, y)),
               end_labels(ends, last["day"], right - (4 if small else 10), x("day"), y), _hover(document, x)]
    return titled(plot(layers, *size), finding(document),
                  f"Chance of “{event_name(document.question)}” by each date. Shaded: 90% range. "
                  "Dashed: without the evidence. Dots: key dates.", width)


def _haloed(labels: Spec) -> list[Spec]:
    """Labels on a rim of paper, so that lines behind them leave them legible."""
    return [labels | {"mark": labels["mark"] | {"stroke": PAPER, "strokeWidth": 6, "strokeJoin": "round"}}, labels]


def weekly(document: ChartDocument, width: int) -> Spec:
    """The chance of each week."""
    size = width - 60, 170
    rows: Records = [{"start": str(week.first), "end": str(week.last + timedelta(1)), "p": week.probability,
                      "prior": week.prior, "pale": 0.5 if (week.last - week.first).days < 6 else 0.9, "zero": 0}
                     for week in document.curve]
    x = Days(document.as_of, document.question.horizon + timedelta(1), size[0])
    highest = max(max(row["p"], row["prior"]) for row in rows)
    y = Percents(highest, size[1])
    peak = max(document.curve, key=lambda week: week.probability)
    small = f" All of it is below {whole(SMALL)} a week." if highest < SMALL else ""
    layers = [layer(rows, {"type": "rect", "color": EVENT, "stroke": PAPER, "strokeWidth": 0.4}, x=x("start"),
                    x2={"field": "end"}, y=y("p"), y2={"field": "zero"},
                    fillOpacity={"field": "pale", "type": "quantitative", "scale": None, "legend": None}),
              layer(rows, {"type": "rule", "color": PRIOR, "strokeWidth": 1.75}, x=x("start"), x2={"field": "end"},
                    y=y("prior")),
              _hover(document, x)]
    return titled(plot(layers, *size),
                  f"No week has more than {fine(peak.probability)}; the highest begins on {short(peak.first)}",
                  f"Chance that it happens in each week; paler where a week is cut short. Grey: without the evidence."
                  f"{small}", width)


def _hover(document: ChartDocument, x: Days) -> Spec:
    """An invisible column over each week that tells its numbers under the pointer."""
    rows = [{"start": str(week.first), "end": str(week.last + timedelta(1)), "tip": _tip(week)}
            for week in document.curve]
    return tipped(rows, {"type": "rect", "color": AWAY, "fillOpacity": 0}, x=x("start"), x2={"field": "end"})


def _tip(week: CurveRow) -> str:
    return (f"{span(week.first, week.last)}: {fine(week.probability)} in this week, {fine(week.cumulative)} by its end "
            f"({fine(week.low)} to {fine(week.high)}), {fine(week.hazard)} if not before")
