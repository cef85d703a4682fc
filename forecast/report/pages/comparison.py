"""Scenarios beside the base case as a page in the style of the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecast.core import text as wording
from forecast.report.charts.axes import TimeAxis, ceiling, percents
from forecast.report.charts.style import AWAY, EVENT, INK, MUTED, NARROW, PRIOR, WIDE, Chart, finish, plot
from forecast.report.html import render_page
from forecast.report.page import Block, Bullets, Figure, Heading, Page, Paragraph, Row, Section, Table, row
from forecast.report.words import KINDS, Document, band, chance, day, iso, name_of, paragraphs, quoted, short, tenth

LINES = ((AWAY, [1, 0]), ("#009e73", [6, 3]), ("#cc79a7", [2, 2]), (PRIOR, [8, 3, 2, 3]), (MUTED, [4, 2]),
         ("#9a7b00", [10, 4]))
"""Colour and dash of each scenario's curve; more scenarios begin again."""

MOST_STEPS, MOST_WEIGHTS = 8, 5
"""Steps and items that are told of each scenario."""

FELT = 0.05
"""Decibans by which an item's weight has changed so far that it is worth a word."""

BANDED = 3
"""Scenarios that are so few that each curve has its own band."""


def render_comparison(document: Document) -> str:
    """Write a comparison as one self-contained page."""
    return render_page(page(document), charts(document, WIDE), charts(document, NARROW))


def page(document: Document) -> Page:
    """Everything a comparison says, in its order."""
    base = document["base"]
    sections = [
        Section("side-by-side", "Side by side", (_table(document), Figure("differences", _said(document)))),
        Section("when", "When", (Figure("curves", "Cumulative probability of the base case and of each scenario, "
                                        "with 5–95% bands. The table above has the numbers."),)),
        Section("what", "What makes the difference", tuple(_what(document))),
    ]
    if document["interactions"]:
        sections.append(Section("together", "Two at once", (_interactions(document),)))
    if document["matrix"]["dates"]:
        sections.append(Section("through-time", "Through time", (_matrix(document), *_unknown(document))))
    return Page(title=quoted(document["question"]["title"]),
                subtitle=f"Scenarios as of {day(base['as_of'])}", number=chance(_p(document, base)),
                words=f"in the base case; {base['words']['term']}; 5–95% band {band(base['band'])}",
                notices=(), sections=tuple(sections))


def _p(document: Document, forecast: Mapping[str, Any]) -> float:
    return float(forecast["hypotheses"][document["question"]["event"]])


def _table(document: Document) -> Table:
    base, names = document["base"], document["question"]["names"]
    others = [name for name in names if name != document["question"]["event"]]
    days = sorted(date for date in base["by"] if date > base["as_of"])

    def cells(label: str, forecast: Mapping[str, Any], difference: Mapping[str, float] | None) -> Row:
        return row(label, tenth(_p(document, forecast)), band(forecast["band"]),
                   wording.points(difference["points"]) if difference else "",
                   wording.db(difference["decibans"]) if difference else "",
                   *(tenth(forecast["hypotheses"][name]) for name in others),
                   *(tenth(forecast["by"].get(when, 0.0)) for when in days), total=difference is None)

    columns = ("Scenario", "Probability", "5–95%", "Points", "Decibans", *(quoted(names[name]) for name in others),
               *(f"By {short(when)}" for when in days))
    rows = [cells("Base case", base, None)]
    rows += [cells(quoted(each["name"]), each, each["difference"]) for each in document["scenarios"]]
    return Table("Probability of the event and of the alternatives, and by each key date; differences from the base "
                 "case.", columns, tuple(rows), frozenset(range(1, len(columns))))


def _said(document: Document) -> str:
    return "Difference of each scenario from the base case: " + "; ".join(
        f"{quoted(each['name'])} {wording.db(each['difference']['decibans'])} decibans"
        for each in document["scenarios"]) + "."


def _what(document: Document) -> list[Block]:
    blocks: list[Block] = []
    for each in document["scenarios"]:
        blocks.append(Heading(quoted(each["title"])))
        blocks += [Paragraph((text,)) for text in paragraphs(each["story"])]
        moved = sorted((step for step in each["steps"] if abs(step["decibans"]) >= 0.005),
                       key=lambda step: -abs(step["decibans"]))
        blocks.append(Bullets(tuple(
            (f"{KINDS[step['kind']]}: {quoted(step['label'])}: {wording.db(step['decibans'])} decibans",)
            for step in moved[:MOST_STEPS])) if moved else Paragraph(("It makes no difference to the forecast.",)))
        if len(moved) > MOST_STEPS:
            rest = sum(step["decibans"] for step in moved[MOST_STEPS:])
            smaller = wording.counted(len(moved) - MOST_STEPS, "smaller step")
            blocks.append(Paragraph((f"{smaller}: {wording.db(rest)} decibans.",)))
        blocks += _weights(each, {step["id"] for step in moved})
    return blocks


def _weights(scenario: Mapping[str, Any], told: set[str]) -> list[Block]:
    """Items that the scenario leaves as they are, and that weigh more or less in it."""
    moved = [row for row in scenario["weights"] if abs(row["decibans"]) >= FELT and row["id"] not in told]
    if not moved:
        return []
    parts = wording.shortened([f"{quoted(row['title'])} {wording.db(row['decibans'])}" for row in moved], MOST_WEIGHTS,
                              "; ")
    return [Paragraph((f"Items that weigh more or less in it (leave-one-out, decibans): {parts}.",))]


def _interactions(document: Document) -> Table:
    rows = [row(quoted(name), *(wording.db(each[part]) for part in ("first", "second", "interaction", "both")))
            for name, each in document["interactions"].items()]
    return Table("Decibans of each scenario alone, of their interaction, and of both together: the first three add up "
                 "to the fourth.", ("Scenarios", "First", "Second", "Interaction", "Together"), tuple(rows),
                 frozenset(range(1, 5)))


def _matrix(document: Document) -> Table:
    matrix = document["matrix"]
    rows = [row(quoted(name), *(tenth(value) for value in line))
            for name, line in zip(matrix["names"], matrix["probability"], strict=True)]
    return Table("Probability of the event at each date.", ("Scenario", *(short(when) for when in matrix["dates"])),
                 tuple(rows), frozenset(range(1, 1 + len(matrix["dates"]))))


def _unknown(document: Document) -> list[Block]:
    """What a date cannot know, so that a scenario changes nothing there."""
    return [Paragraph((f"“{quoted(each['title'])}”, which {quoted(each['scenario'])} changes, is public from "
                       f"{day(each['date'])}; the dates before do not know it.",))
            for each in document["matrix"]["unknown"]]


def charts(document: Document, width: int) -> dict[str, Chart]:
    """Draw the charts of a comparison."""
    return {"curves": curves(document, width), "differences": _differences(document, width)}


def curves(document: Document, width: int) -> Chart:
    """Draw the cumulative curve of each scenario over the base case's."""
    import altair as alt

    base, right = document["base"], 8 if width == NARROW else 150
    inside = width - 44 - right
    everything = [base, *document["scenarios"]]
    # A scenario may have an as-of date and a horizon of its own.
    axis = TimeAxis(min(iso(each["as_of"]) for each in everything),
                    max(iso(each["curve"][-1]["last"]) for each in everything), inside)
    banded = len(everything) <= BANDED + 1 and all("high" in each["curve"][-1] for each in everything)
    end = "high" if banded else "cumulative"
    top = max(base["curve"][-1]["high"], *(each["curve"][-1][end] for each in everything))
    scale = alt.Scale(domain=[0, ceiling(top)], nice=False)
    x = alt.X("last:T", scale=axis.scale, axis=axis.axis)
    start = {"last": base["as_of"], "cumulative": 0.0, "low": 0.0, "high": 0.0}
    layers = [plot([start, *base["curve"]]).mark_area(color=EVENT, opacity=0.14).encode(
        x=x, y=alt.Y("low:Q", scale=scale, axis=percents(top)), y2=alt.Y2("high:Q"))]
    looks = [(EVENT, [1, 0]), *(LINES[place % len(LINES)] for place in range(len(document["scenarios"])))]
    if banded:
        for each, (colour, _) in zip(document["scenarios"], looks[1:], strict=True):
            edges = [{"last": each["as_of"], "low": 0.0, "high": 0.0}, *each["curve"]]
            layers.append(plot(edges).mark_area(color=colour, opacity=0.1).encode(
                x=x, y=alt.Y("low:Q", scale=scale, axis=percents(top)), y2=alt.Y2("high:Q")))
    ends, pointed = [], []
    for each, (colour, dash) in zip(everything, looks, strict=True):
        name = quoted(each.get("name", "Base case"))
        points = [{"last": point["last"], "cumulative": point["cumulative"], "name": name,
                   "told": f"{tenth(point['cumulative'])} by {short(point['last'])}"}
                  for point in [{"last": each["as_of"], "cumulative": 0.0}, *each["curve"]]]
        line = plot(points).encode(x=x, y=alt.Y("cumulative:Q", scale=scale, axis=percents(top)))
        layers.append(line.mark_line(color=colour, strokeDash=dash, strokeWidth=2.25))
        pointed.append(line.mark_point(opacity=0, size=120).encode(
            tooltip=[alt.Tooltip("name:N", title="Scenario"), alt.Tooltip("told:N", title="Has come")]))
        ends.append((each["curve"][-1]["cumulative"], name, colour))
    if width != NARROW:
        gap = ceiling(top) * 15 / 300
        height = None
        for value, name, colour in sorted(ends):
            height = value if height is None else max(value, height + gap)
            layers.append(plot([{"x": str(document["question"]["horizon"]), "y": height, "name": name[:22]}]).mark_text(
                align="left", dx=6, color=INK if colour == EVENT else colour, clip=False).encode(
                x=alt.X("x:T", scale=axis.scale, axis=axis.axis), y=alt.Y("y:Q", scale=scale), text=alt.Text("name:N")))
    else:
        # A phone has no room beside the lines: their names stand below the plot, with a piece of each line.
        for place, (_, name, colour) in enumerate(ends):
            y = alt.value(300 + 40 + 16 * place)
            layers.append(plot([{"name": name}]).mark_rule(color=colour, strokeDash=looks[place][1],
                                                           strokeWidth=2.25, clip=False).encode(
                x=alt.value(0), x2=alt.value(22), y=y))
            layers.append(plot([{"name": name}]).mark_text(align="left", color=INK, clip=False).encode(
                x=alt.value(28), y=y, text=alt.Text("name:N")))
    shaded = "5–95% bands" if banded else "the 5–95% band of the base case"
    return finish([*layers, *pointed], f"Probability that it has come by each date: {name_of(document)}",
                  f"Orange line: base case. Other lines: scenarios. Shaded: {shaded}.", width,
                  (inside, 300))


def _differences(document: Document, width: int) -> Chart:
    import altair as alt

    rows = [{"name": quoted(each["name"]), "decibans": each["difference"]["decibans"],
             "label": wording.db(each["difference"]["decibans"]),
             "moves": f"{wording.db(each['difference']['decibans'])} dB, "
                      f"{wording.points(each['difference']['points'])} points",
             "colour": EVENT if each["difference"]["decibans"] >= 0 else AWAY, "zero": 0.0}
            for each in document["scenarios"]]
    names = 130 if width == NARROW else 230
    y = alt.Y("name:N", sort=None, axis=alt.Axis(title=None, labelLimit=names, ticks=False, domain=False))
    base = plot(rows).encode(y=y)
    reach = max((abs(each["decibans"]) for each in rows), default=0.0) * (1.7 if width == NARROW else 1.25) or 1.0
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    bars = base.mark_bar(height=14).encode(
        tooltip=[alt.Tooltip("name:N", title="Scenario"), alt.Tooltip("moves:N", title="Moves")],
        x=alt.X("decibans:Q", scale=scale, axis=alt.Axis(title="Decibans from the base case", tickCount=5)),
        x2="zero:Q", color=alt.Color("colour:N", scale=None))
    labels = [base.transform_filter(f"datum.decibans {sign} 0").mark_text(align=align, dx=dx, color=INK).encode(
        x=alt.X("decibans:Q", scale=scale), text=alt.Text("label:N"))
        for sign, align, dx in ((">=", "left", 4), ("<", "right", -4))]
    return finish([bars, *labels], "How far each scenario moves the forecast",
                  "Right: towards the event. Left: away from it.", width, (width - names - 12, 24 * max(1, len(rows))))
