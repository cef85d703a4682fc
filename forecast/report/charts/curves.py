"""Charts over time: the cumulative curve, the weekly timing, the hazard, and the history of the forecast."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from forecast.core import text as wording
from forecast.report.charts.axes import TimeAxis, ceiling, percents
from forecast.report.charts.style import (
    AWAY,
    EVENT,
    INK,
    LINE,
    MUTED,
    NARROW,
    PAPER,
    PRIOR,
    Chart,
    Records,
    finish,
    plot,
    tinted,
)
from forecast.report.words import Document, band, chance, fine, iso, median, name_of, short, span

LABEL = 118
"""Room for the label of a key date, in pixels."""


def cumulative(document: Document, width: int) -> Chart:
    """Probability that the event has come by each date: forecast with band, prior alone, key dates."""
    import altair as alt

    right = 8 if width == NARROW else 104
    axis = _time(document, width - 44 - right)
    weeks = _weeks(document)
    start = {"last": document["as_of"], "cumulative": 0.0, "low": 0.0, "high": 0.0, "prior_cumulative": 0.0}
    base = plot([start, *document["curve"]]).encode(x=alt.X("last:T", scale=axis.scale, axis=axis.axis))
    top = max(row[key] for row in document["curve"] for key in ("high", "prior_cumulative"))
    y = alt.Y("cumulative:Q", axis=percents(top), scale=alt.Scale(domain=[0, ceiling(top)], nice=False))
    shade = base.mark_area(color=EVENT, opacity=0.16).encode(
        y=alt.Y("low:Q", axis=percents(top), scale=alt.Scale(domain=[0, ceiling(top)])), y2="high:Q")
    prior = base.mark_line(color=PRIOR, strokeDash=[5, 4], strokeWidth=1.75).encode(
        y=alt.Y("prior_cumulative:Q", axis=percents(top)))
    line = base.mark_line(color=EVENT, strokeWidth=2.5).encode(y=y)
    tall = 260 if width == NARROW else 300
    layers = [shade, prior, line, *_key_dates(document, axis, width, tall, ceiling(top)),
              *_ends(document, axis, width), _hover(weeks, axis)]
    days = f"{short(document['as_of'])} to {short(document['question']['horizon'])}"
    return finish(layers, f"Probability that it has come by each date: {name_of(document)}",
                  f"{days}. Line: forecast. Shaded: 5–95 % band. Dashed: the prior alone. Dots: key dates.",
                  width, (width - 44 - right, tall))


def weekly(document: Document, width: int) -> Chart:
    """Probability that the event falls in each week, and when half of it has fallen."""
    import altair as alt

    axis = _time(document, width - 60)
    weeks = _weeks(document)
    top = max(max(row["probability"], row["prior"]) for row in weeks)
    scale = alt.Scale(domain=[0, top * 1.3], nice=False)
    base = plot(weeks).encode(x=alt.X("start:T", scale=axis.scale, axis=axis.axis), x2="end:T")
    bars = base.mark_rect(color=EVENT, stroke=PAPER, strokeWidth=0.2 if width == NARROW else 0.5).encode(
        y=alt.Y("probability:Q", scale=scale, axis=percents(top, "a week")), y2="zero:Q",
        fillOpacity=alt.condition("datum.days < 7", alt.value(0.5), alt.value(0.9)))
    prior = base.mark_rule(color=PRIOR, strokeWidth=1.75).encode(y=alt.Y("prior:Q", scale=scale))
    layers = [bars, prior, *_quartiles(document, axis, scale, top), _hover(weeks, axis)]
    return finish(layers, f"Probability that it comes in each week: {name_of(document)}",
                  f"By week, {_dates(document)}. Bars: forecast, paler where a week is cut short. Grey dashes: the "
                  "prior alone. Bracket: when half, and nine tenths, of the probability falls.",
                  width, (width - 60, 230))


def hazard(document: Document, width: int) -> Chart:
    """Chance that the event comes in a week, given that it has not come before."""
    import altair as alt

    axis = _time(document, width - 60)
    weeks = _weeks(document)
    top = max(row["hazard"] for row in weeks)
    base = plot(weeks).encode(x=alt.X("start:T", scale=axis.scale, axis=axis.axis), x2="end:T")
    steps = base.mark_rule(color=EVENT, strokeWidth=2.5).encode(
        y=alt.Y("hazard:Q", scale=alt.Scale(domain=[0, top * 1.12], nice=False), axis=percents(top, "a week")),
        opacity=alt.condition("datum.days < 7", alt.value(0.45), alt.value(1)))
    return finish([steps, _hover(weeks, axis)],
                  f"Chance that it comes in a week, if it has not come before: {name_of(document)}",
                  f"Hazard by week, {_dates(document)}; paler where a week is cut short.",
                  width, (width - 60, 170))


def history(document: Document, width: int) -> Chart | None:
    """The forecast as it stood in each report."""
    import altair as alt

    past = document.get("history") or []
    if len(past) < 2:
        return None
    rows = [{"day": row["as_of"], "p": row["probability"], "low": row["band"][0], "high": row["band"][1],
             "when": short(row["as_of"]), "value": chance(row["probability"]), "band": band(row["band"])}
            for row in past]
    ends = {rows[0]["day"]: "left", rows[-1]["day"]: "right"}
    top = max(row["high"] for row in rows)
    x = alt.X("day:T", scale=alt.Scale(type="utc", nice=False), axis=None)
    y = {"scale": alt.Scale(domain=[0, ceiling(top)]), "axis": percents(top)}
    base = plot(rows).encode(x=x)
    tooltip = [alt.Tooltip("when:N", title="Report as of"), alt.Tooltip("value:N", title="Probability"),
               alt.Tooltip("band:N", title="5–95 % band")]
    layers = [base.mark_area(color=EVENT, opacity=0.14).encode(y=alt.Y("low:Q", **y), y2="high:Q"),
              base.mark_line(color=EVENT, strokeWidth=2).encode(y=alt.Y("p:Q", **y)),
              base.mark_circle(color=EVENT, size=60, opacity=1).encode(y=alt.Y("p:Q", **y), tooltip=tooltip),
              *(plot([row]).mark_text(color=MUTED, baseline="top", align=ends.get(row["day"], "center")).encode(
                  x=x, y=alt.value(157), text="when:N") for row in _thinned(rows, width)),
              *(plot([row]).mark_text(dy=-13, align=ends[row["day"]], fontWeight="bold").encode(
                  x=x, y=alt.Y("p:Q", **y), text="value:N") for row in (rows[0], rows[-1]))]
    return finish(layers, f"The forecast, report by report: {name_of(document)}",
                  f"Probability by {short(document['question']['horizon'])} as each report stated it; shaded: 5–95 % "
                  "band.",
                  width, (width - 64, 150))


def _thinned(rows: Records, width: int) -> Records:
    """The last row and as many before it, at even steps, as have room for a date."""
    step = -(-len(rows) // max(2, width // 90))
    return rows[::-1][::step][::-1]


def _dates(document: Document) -> str:
    return span(document["curve"][0]["first"], document["question"]["horizon"])


def _weeks(document: Document) -> Records:
    """The curve's rows with the ends of their days and what a tooltip says."""
    rows = []
    for row in document["curve"]:
        first, last = iso(row["first"]), iso(row["last"])
        rows.append({"zero": 0.0, "start": row["first"], "end": str(last + timedelta(days=1)),
                     "days": (last - first).days + 1,
                     "probability": row["probability"], "prior": row["prior"], "hazard": row["hazard"],
                     "week": span(row["first"], row["last"]), "inside": fine(row["probability"]),
                     "until": f"{fine(row['cumulative'])} (band {band([row['low'], row['high']])})",
                     "given": fine(row["hazard"]),
                     "was": f"{fine(row['prior'])}, {fine(row['prior_cumulative'])} by its end"})
    return rows


def _time(document: Document, width: int) -> TimeAxis:
    return TimeAxis(iso(document["as_of"]), iso(document["question"]["horizon"]) + timedelta(days=1), width)


def _hover(weeks: Records, axis: TimeAxis) -> Chart:
    """An invisible column over each week that tells its numbers and is tinted under the pointer."""
    import altair as alt

    pointed = alt.selection_point(name="pointed", on="pointerover", clear="pointerout", empty=False)
    return plot(weeks).mark_rect(color=AWAY).encode(
        x=alt.X("start:T", scale=axis.scale, axis=axis.axis), x2="end:T",
        fillOpacity=tinted(pointed, 0.12),
        tooltip=[alt.Tooltip("week:N", title="Week"), alt.Tooltip("inside:N", title="Comes in it"),
                 alt.Tooltip("until:N", title="Has come by its end"),
                 alt.Tooltip("given:N", title="Comes in it if not before"),
                 alt.Tooltip("was:N", title="Prior alone")]).add_params(pointed)


def _key_dates(document: Document, axis: TimeAxis, width: int, tall: float, top: float) -> list[Chart]:
    """Dots at the key dates, with labels below and to the right of them, where a rising curve leaves room."""
    import altair as alt

    days = sorted(day for day in document["by"] if day > document["as_of"])
    points = [{"day": str(iso(day) + timedelta(days=1)), "p": document["by"][day],
               "label": f"{short(day)}: {chance(document['by'][day])}"} for day in days]
    x = alt.X("day:T", scale=axis.scale, axis=axis.axis)
    layers = [plot(points).mark_point(color=EVENT, filled=True, size=62, opacity=1, stroke=PAPER).encode(
        x=x, y="p:Q")] if points else []
    labelled = [point for point in points if width != NARROW and point["day"] != str(axis.last)]
    for drop, left, group in _placed(labelled, axis, tall, top):
        layers.append(plot(group).mark_text(
            align="right" if left else "left", dx=-8 if left else 8, dy=drop, fontWeight="bold").encode(
                x=x, y="p:Q", text="label:N"))
    return layers


def _placed(points: Records, axis: TimeAxis, tall: float, top: float) -> list[tuple[float, bool, Records]]:
    """Give each label a place where it touches no other: (pixels below its dot, left of it or right, its record)."""
    taken: list[tuple[float, float]] = []
    result = []
    for point in points:
        x, y = axis.x(iso(point["day"])), tall * (1 - point["p"] / top)
        left = x > axis.width - LABEL
        drop = -10.0 if left else 11.0
        start = x - LABEL if left else x
        while any(abs(start - a) < LABEL and abs(y + drop - b) < 14 for a, b in taken) and abs(drop) < 80:
            drop += -14 if left else 14
        taken.append((start, y + drop))
        result.append((drop, left, [point]))
    return result


def _ends(document: Document, axis: TimeAxis, width: int) -> list[Chart]:
    """Labels at the right end of the curves; a narrow chart has no room for them."""
    import altair as alt

    if width == NARROW:
        return []
    last = document["curve"][-1]
    labels = [(last["cumulative"], f"Forecast {chance(last['cumulative'])}", INK),
              (last["prior_cumulative"], f"Prior alone {chance(last['prior_cumulative'])}", MUTED),
              (last["high"], f"95 %: {wording.percent(last['high'])}", MUTED),
              (last["low"], f"5 %: {wording.percent(last['low'])}", MUTED)]
    rows = [{"day": str(axis.last), "p": p, "label": label, "tone": tone} for p, label, tone in _apart(labels, last)]
    return [plot(rows).mark_text(align="left", dx=7).encode(
        x=alt.X("day:T", scale=axis.scale, axis=axis.axis), y="p:Q", text="label:N",
        color=alt.Color("tone:N", scale=None))]


def _apart(labels: list[tuple[float, str, str]], last: dict[str, float]) -> list[tuple[float, str, str]]:
    """Move labels apart that would touch, keeping their order; in the unit of the axis."""
    room = ceiling(max(last["high"], last["prior_cumulative"])) * 14 / 300
    placed: list[tuple[float, str, str]] = []
    for p, label, tone in sorted(labels):
        lowest = placed[-1][0] + room if placed else p
        placed.append((max(p, lowest), label, tone))
    return placed


def _quartiles(document: Document, axis: TimeAxis, scale: Any, top: float) -> list[Chart]:
    """A bracket above the bars: when 5, 25, 50, 75 and 95 % of the event has come, if it comes."""
    import altair as alt

    timing = document["timing"]
    if not all(timing.values()):
        return []
    row = {"a": timing["0.05"], "b": timing["0.25"], "m": timing["0.5"], "c": timing["0.75"], "d": timing["0.95"],
           "y": top * 1.12, "label": f"half of it by {median(document)}"}
    base = plot([row]).encode(y=alt.Y("y:Q", scale=scale))

    def x(field: str) -> Any:
        return alt.X(f"{field}:T", scale=axis.scale, axis=axis.axis)

    middle = axis.x(iso(timing["0.5"])) / axis.width
    align = "left" if middle < 0.3 else "right" if middle > 0.7 else "center"
    return [base.mark_rule(color=LINE, strokeWidth=2).encode(x=x("a"), x2="d:T"),
            base.mark_rule(color=MUTED, strokeWidth=5).encode(x=x("b"), x2="c:T"),
            base.mark_tick(color=INK, thickness=2.5, size=16, orient="vertical").encode(x=x("m")),
            base.mark_text(align=align, dy=-15, color=INK).encode(x=x("m"), text="label:N")]
