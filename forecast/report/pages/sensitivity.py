"""What every input does to a forecast, as a page in the style of the report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from forecast.core import text as wording
from forecast.report.charts.steps import tornado
from forecast.report.charts.style import EVENT, INK, LETTER, NARROW, WIDE, Chart, finish, plot, wrap
from forecast.report.html import render_page
from forecast.report.page import Block, Figure, Heading, Page, Paragraph, Row, Section, Table, row
from forecast.report.words import Document, band, chance, counted, day, event_of, name_of, quoted, tenth

LISTED = 15
"""Inputs that a terminal lists."""

TOGETHER = 10
"""Shifts of the smallest joint change that are told."""


def render_sensitivity(document: Document) -> str:
    """Write a study of sensitivity as one self-contained page."""
    return render_page(page(document), charts(document, WIDE), charts(document, NARROW))


def page(document: Document) -> Page:
    """Everything a study says, in its order."""
    sections = [Section("holds", "Does the term hold?", tuple(_holds(document)), short="The term"),
                Section("wrong", "How wrong would we have to be?", tuple(_crossings(document)), short="How wrong")]
    if document["maps"]:
        sections.append(Section("two", "Two inputs at once", tuple(_maps(document)), short="Two at once"))
    return Page(title=quoted(document["question"]["title"]),
                subtitle=f"Sensitivity as of {day(document['as_of'])}", number=chance(event_of(document)),
                words=f"“{name_of(document)}”; {document['words']['term']}; 5–95% band {band(document['band'])}",
                notices=(), sections=tuple(sections))


def _holds(document: Document) -> list[Block]:
    swings, leaving = document["sensitivity"], document["leaving"]
    low, high = document["range"]
    term = document["words"]["term"]
    said = (f"“{term[:1].upper()}{term[1:]}” means {wording.reach(low, high)}. Each of "
            f"{counted(len(swings), 'input')} was moved alone to its low and to its high, and "
            f"{len(swings) - len(leaving)} of them leave that term as it is.")
    blocks: list[Block] = [Paragraph((said,), lead=True)]
    if leaving:
        blocks.append(_table("Inputs that alone give the forecast another term", leaving, folded=False))
    if swings:
        blocks += [Figure("tornado", "How far each input moves the forecast. The table below has all inputs."),
                   _table("All inputs at their lows and highs", swings, folded=True)]
    return blocks


def _table(caption: str, swings: list[dict[str, Any]], *, folded: bool) -> Table:
    def at(probability: float) -> tuple[tuple[str], ...]:
        return ((tenth(probability),), (wording.term(probability),))

    rows = tuple(row(quoted(swing["label"]), f"{swing['low']} to {swing['high']}", *map(at, swing["probability"]),
                     f"{abs(swing['decibans'][1] - swing['decibans'][0]):.2f}") for swing in swings)
    return Table(caption, ("Input", "Low to high", "At low", "At high", "Low to high, dB"), rows,
                 frozenset({2, 3, 4}), folded=folded, most=LISTED)


def _crossings(document: Document) -> list[Block]:
    blocks: list[Block] = [Paragraph((
        "The smallest changes that take the forecast to the edges of its term. A change is measured on the way "
        "from the stated value to its low or high; all at once, in standard deviations, of which low and high "
        "are 1.64 away, as if the inputs were independent.",))]
    for crossing in document["crossings"]:
        blocks.append(Heading(f"To “{crossing['term']}”: {wording.percent(crossing['target'])}"))
        if crossing["alone"]:
            blocks.append(_shifts("Each of these does it alone", crossing["alone"]))
        else:
            blocks.append(Paragraph(("No input does it alone between its low and its high.",)))
        if crossing["distance"] is None:
            blocks.append(Paragraph(("No change of all inputs at once was found that does it.",)))
        else:
            together = crossing["together"]
            of = f"; the {TOGETHER} largest shifts of {len(together)}" if len(together) > TOGETHER else ""
            blocks.append(_shifts(f"All at once: {crossing['distance']:.2f} standard deviations suffice{of}",
                                  together[:TOGETHER]))
    return blocks


def _shifts(caption: str, shifts: list[dict[str, Any]]) -> Table:
    def told(shift: Mapping[str, Any]) -> Row:
        way = f"{wording.percent(abs(shift['place']))} to its {'high' if shift['place'] > 0 else 'low'}"
        return row(quoted(shift["label"]), shift["kind"], shift["stated"], shift["value"], way)

    return Table(caption, ("Input", "Kind", "Stated", "Instead", "Of the way"), tuple(map(told, shifts)),
                 frozenset({2, 3, 4}))


def _maps(document: Document) -> list[Block]:
    blocks: list[Block] = [Paragraph(("The widest inputs, two by two. Framed: where the forecast keeps its term.",))]
    for place, each in enumerate(document["maps"]):
        across, down = quoted(each["across"]), quoted(each["down"])
        rows = tuple(row(name, *map(tenth, line))
                     for name, line in zip(each["rows"], each["probability"], strict=True))
        blocks += [Figure(f"map-{place + 1}", f"Probability of the event by {down} and {across}. The table below has "
                          "the numbers."),
                   Table(f"{down} (down) and {across} (across)", ("", *each["columns"]), rows,
                         frozenset(range(1, 1 + len(each["columns"]))), folded=True, paper=False)]
    return blocks


def charts(document: Document, width: int) -> dict[str, Chart]:
    """Draw the charts of a study."""
    drawn = {"tornado": tornado(document, width)} if document["sensitivity"] else {}
    return drawn | {f"map-{place + 1}": _map(document, each, width) for place, each in enumerate(document["maps"])}


def _map(document: Document, each: Mapping[str, Any], width: int) -> Chart:
    """P(event) in cells: the more of it the fuller the colour; cells of the stated term are framed."""
    import altair as alt

    term = document["words"]["term"]
    cells = [{"column": x, "row": y, "p": p, "label": wording.percent(p), "frame": 2 if wording.term(p) == term else 0,
              "across": each["columns"][x], "down": each["rows"][y], "told": f"{tenth(p)}, {wording.term(p)}"}
             for y, line in enumerate(each["probability"]) for x, p in enumerate(line)]
    left = 84 if width == NARROW else 110
    inside, height = min(width, 520) - left - 8, 36 * len(each["rows"])

    def axis(names: list[str], title: str, room: float, angle: int = 0) -> Any:
        return alt.Axis(title=wrap(title, room / (11 * LETTER)), labelExpr=f"{json.dumps(names)}[datum.value]",
                        labelAngle=angle, ticks=False, domain=False, grid=False, labelOverlap=False)

    x = alt.X("column:O", axis=axis(each["columns"], quoted(each["across"]), inside))
    y = alt.Y("row:O", sort="descending", axis=axis(each["rows"], quoted(each["down"]), height))
    base = plot(cells).encode(x=x, y=y)
    pointed = [alt.Tooltip("down:N", title="Down"), alt.Tooltip("across:N", title="Across"),
               alt.Tooltip("told:N", title="Forecast")]
    layers = [
        base.mark_rect(fill=EVENT, stroke=INK).encode(
            fillOpacity=alt.Opacity("p:Q", scale=alt.Scale(domain=[0, 1], range=[0, 0.6]), legend=None),
            strokeWidth=alt.StrokeWidth("frame:Q", scale=None), tooltip=pointed),
        base.mark_text(color=INK).encode(text="label:N", tooltip=pointed)]
    return finish(layers, f"Two inputs at once: {name_of(document)}",
                  "Probability of the event; framed: the term stays as it is.", width, (inside, height))
