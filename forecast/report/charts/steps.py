"""Charts of weight in decibans: waterfalls, what each item weighs, and what each stated input could move."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

from forecast.core.numerics import probability
from forecast.core.text import signed
from forecast.report.charts.rowed import MOST, deciban_axes, hover, reference_line
from forecast.report.charts.style import AWAY, EVENT, INK, LINE, PRIOR, Chart, Records, finish, plot, rows
from forecast.report.words import (
    Document,
    change_label,
    item_note,
    name_of,
    quoted,
    short,
    span,
    step_label,
    tenth,
)

LARGE = 12
"""Items that a long ledger shows one by one; smaller ones between them are joined."""


def ledger(document: Document, width: int) -> Chart:
    """Waterfall from the opening prior through silence to each item."""
    steps = _joined([row | {"label": step_label(row)} for row in document["ledger"]], document)
    return _waterfall(steps, width, f"From the prior to the forecast, step by step: {name_of(document)}",
                      f"Log odds of the event by {short(document['question']['horizon'])}: first the prior, then the "
                      "silence so far, then the items by date. The steps add up to the forecast.")


def change(document: Document, width: int) -> Chart | None:
    """Waterfall of the change since the last report."""
    since = document.get("change")
    if not since:
        return None
    before = {"label": f"Report of {short(since['since'])}", "kind": "before", "decibans": since["decibans"],
              "total": since["decibans"]}
    steps = [before, *(row | {"label": change_label(row)} for row in since["steps"])]
    return _waterfall(steps, width, f"What changed since {short(since['since'])}: {name_of(document)}",
                      f"Log odds of the event by {short(document['question']['horizon'])}, from one report to the "
                      "next. The steps add up to the change.")


def _joined(steps: list[dict[str, Any]], document: Document) -> list[dict[str, Any]]:
    """Join small items that follow each other, so that a long ledger stays a picture; the table has each."""
    items = [row for row in steps if row["kind"] == "item"]
    if len(items) <= MOST:
        return steps
    dates = {item["id"]: item["date"] for item in document["evidence"]}
    large = {row["id"] for row in sorted(items, key=lambda row: -abs(row["decibans"]))[:LARGE]}
    result: list[dict[str, Any]] = []
    for alone, run in groupby(steps, key=lambda row: row["kind"] != "item" or row["id"] in large):
        group = list(run)
        if alone or len(group) == 1:
            result += group
        else:
            days = span(dates[group[0]["id"]], dates[group[-1]["id"]])
            result.append(group[-1] | {"label": f"{len(group)} smaller items, {days}",
                                       "decibans": sum(row["decibans"] for row in group)})
    return result


def _waterfall(steps: Sequence[dict[str, Any]], width: int, title: str, subtitle: str) -> Chart:
    """Bars from each running total to the next; the first row and the last state totals."""
    import altair as alt

    layout = rows([*((step["label"], "") for step in steps), ("Forecast", "")], width, 104)
    placed = layout.place(_bars(steps))
    x, axes = deciban_axes(layout, [row[end] for row in placed for end in ("a", "b")])
    colour = alt.Color("tone:N", scale=None)
    base = plot(placed).encode(y=layout.y("y"))
    joints = [] if layout.narrow else [{"x": a["b"], "upper": a["y"], "lower": b["y"]} for a, b in pairwise(placed)]
    layers = [
        *axes,
        plot(joints).mark_rule(color=LINE).encode(x=x("x"), y=layout.y("upper"), y2=alt.Y2("lower:Q")),
        base.mark_rect().encode(x=x("a"), x2=alt.X2("b:Q"), y=layout.y("upper"), y2=alt.Y2("lower:Q"), color=colour),
        base.mark_tick(thickness=2, size=13, orient="vertical").encode(x=x("b"), color=colour),
        base.mark_text(align="left", dx=6).encode(x=x("edge"), text=alt.Text("label:N")),
        layout.labels(), hover(placed, layout, width, what="Step", step="Adds", total="Reaches")]
    return finish(layers, title, subtitle, width, (width, layout.height), own_axes=True)


def _bars(steps: Sequence[dict[str, Any]]) -> Records:
    """What each row of a waterfall draws and says; each number is rounded by itself."""
    records, before = [], 0.0
    for step in steps:
        total = step["total"]
        reached = f"{signed(total)} dB, {tenth(probability(total))}"
        states = step["kind"] in ("opening", "before")
        start = total if step["kind"] == "before" else before
        records.append({
            "a": start, "b": total, "edge": max(start, total),
            "what": step["label"], "label": reached if states else signed(step["decibans"]),
            "step": f"{signed(step['decibans'])} dB",
            "total": reached, "tone": PRIOR if states else EVENT if step["decibans"] >= 0 else AWAY})
        before = total
    return [*records, {"a": before, "b": before, "edge": before, "what": "Forecast", "label": reached, "step": "",
                       "total": reached, "tone": INK}]


def evidence(document: Document, width: int) -> Chart | None:
    """What each item adds, whatever the order: Shapley value and leave-one-out."""
    import altair as alt

    shapley, without = document["shapley"], document["leave_one_out"]
    items = sorted(document["evidence"], key=lambda item: (-abs(shapley[item["id"]]), item["id"]))[:MOST]
    if not items:
        return None
    layout = rows([(quoted(item["title"]), item_note(document, item)) for item in items], width, 60)
    placed = layout.place(_weights(quoted(item["title"]), shapley[item["id"]], without[item["id"]]) for item in items)
    x, axes = deciban_axes(layout, [0.0, *(row[key] for row in placed for key in ("b", "out"))])
    base = plot(placed).encode(y=layout.y("y"))
    layers = [
        axes[0],
        base.mark_rect().encode(x=x("a"), x2=alt.X2("b:Q"), y=layout.y("upper"), y2=alt.Y2("lower:Q"),
                                color=alt.Color("tone:N", scale=None)),
        base.mark_tick(thickness=2, size=17, orient="vertical", color=INK).encode(x=x("out")),
        base.mark_text(align="left", dx=7).encode(x=x("edge"), text=alt.Text("label:N")),
        reference_line(placed, layout, x, 0.0, opacity=0.7), layout.labels(),
        hover(placed, layout, width, what="Item", shapley="Shapley value", without="Leave one out")]
    return finish(layers,
                  f"What each item weighs, whatever the order: {name_of(document)}",
                  "Bar and number: Shapley value, dB of log odds. Black tick: what leaving the item out would take "
                  f"away. Right (orange): for the event. Left (blue): against.{_of(document['evidence'])}",
                  width, (width, layout.height), own_axes=True)


def _weights(title: str, shapley: float, without: float) -> dict[str, Any]:
    return {"a": 0.0, "b": shapley, "out": without, "edge": max(shapley, without, 0.0), "what": title,
            "label": signed(shapley), "shapley": f"{signed(shapley)} dB", "without": f"{signed(without)} dB",
            "tone": EVENT if shapley >= 0 else AWAY}


def _of(everything: Sequence[Any]) -> str:
    return f" The {MOST} largest of {len(everything)}." if len(everything) > MOST else ""


def tornado(document: Document, width: int) -> Chart | None:
    """How far each stated input moves the forecast between its low and its high."""
    import altair as alt

    swings = document["sensitivity"][:MOST]
    if not swings:
        return None
    base = document["decibans"]
    layout = rows([(quoted(row["label"]), f"{row['low']} to {row['high']}") for row in swings], width, 44)
    placed = layout.place({"a": base, "low": row["decibans"][0], "high": row["decibans"][1],
                           "what": quoted(row["label"]), "range": f"{row['low']} to {row['high']}",
                           "moves": " to ".join(tenth(p) for p in row["probability"])} for row in swings)
    x, axes = deciban_axes(layout, [base, *(v for row in swings for v in row["decibans"])])
    chart = plot(placed).encode(y=layout.y("upper"), y2=alt.Y2("lower:Q"))
    layers = [
        *axes,
        *(chart.mark_rect(color=colour, opacity=0.85).encode(x=x("a"), x2=f"{end}:Q")
          for end, colour in (("low", AWAY), ("high", EVENT))),
        reference_line(placed, layout, x, base), layout.labels(),
        hover(placed, layout, width, what="Input", range="From low to high", moves="Forecast at low, at high")]
    return finish(layers,
                  f"Which stated inputs matter most: {name_of(document)}",
                  "The forecast with one input at its low (blue) and at its high (orange); black line: as stated."
                  + _of(document["sensitivity"]), width, (width, layout.height), own_axes=True)
