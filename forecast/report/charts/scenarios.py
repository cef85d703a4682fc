"""Scenarios beside the base case: their curves, how far each moves the forecast, and two inputs at once."""

from __future__ import annotations

import json
from collections.abc import Sequence

from forecast.core import text
from forecast.core.text import tenth
from forecast.report.charts.rows import rows
from forecast.report.charts.spec import AS_STATED, Days, Percents, Plot, Spec, chart, label_room, layer, narrow, tipped
from forecast.report.charts.style import AWAY, EVENT, GRID, INK, LETTER, PALETTE, Records, wrap
from forecast.report.contents.what_if import BaseRow, ComparisonDocument, MapPart
from forecast.report.document import QuestionPart
from forecast.report.words import event_name, moves_it, points, quoted

DASHES = [[6, 3], [2, 2], [8, 3, 2, 3], [4, 2], [10, 4], [3, 5]]
"""Dashes of scenarios, so that none is told by its colour alone; more scenarios begin again."""

BANDED = 3
"""Scenarios that are so few that each curve has its own range."""


def curves(question: QuestionPart, base: BaseRow, scenarios: Sequence[tuple[str, BaseRow]], width: int,
           keyed: bool = False) -> Spec:
    """The cumulative curve of each scenario, by its title, over the base case's.

    A narrow chart has no room for labels at the ends of curves; if `keyed`, it has a key below them.
    """
    small = narrow(width)
    everything = [("Base case", base), *((quoted(title), each) for title, each in scenarios)]
    right = 12 if small else label_room([f"{name} 100%" for name, _ in everything], 220)
    size = width - 46 - right, 250 if small else 300
    # A scenario may have an as-of date and a horizon of its own.
    x = Days(min(each.as_of for _, each in everything), max(each.curve[-1].last for _, each in everything), size[0])
    banded = len(scenarios) <= BANDED
    highest = [week.high if banded else week.cumulative for _, each in everything for week in each.curve]
    plot = Plot(x, Percents(max(*highest, *(week.high for week in base.curve)), size[1]))
    layers, ends, key = [], [], []
    for place, (name, each) in enumerate(everything):
        tone = PALETTE[place % len(PALETTE)]
        dash = [1, 0] if place == 0 else DASHES[(place - 1) % len(DASHES)]
        rows_of = _corners(each)
        if banded or place == 0:
            layers.append(plot.band(rows_of, tone))
        layers.append(plot.line(rows_of, tone, 2.5 if place == 0 else 2, dash))
        said = text.whole(each.event) if place else text.chance(each.event)
        ends.append((each.curve[-1].cumulative, f"{name} {said}", tone if place else INK))
        key.append((f"{name} {said}", tone, dash))
    if not small:
        layers.append(plot.end_labels(ends, str(x.last), right - 12))
    elif keyed:
        layers += plot.key(key)
    chances = [each.event for _, each in scenarios] or [base.event]
    return plot.drawn(
        layers, f"The scenarios span {text.whole(min(chances))} to {text.whole(max(chances))}; the base case says "
        f"{text.chance(base.event)}", f"Chance of “{event_name(question)}” by each date. Shaded: 90% "
        f"range{'' if banded else ' of the base case'}.", width)


def _corners(each: BaseRow) -> Records:
    """The points of a curve: the ends of weeks and, for they are in the table, the key dates between them."""
    found = {each.as_of: (0.0, 0.0, 0.0)}
    found |= {when: (p, *each.by_band[when]) for when, p in each.by.items() if each.as_of < when < each.curve[-1].last}
    found |= {week.last: (week.cumulative, week.low, week.high) for week in each.curve}
    return [{"day": str(when), "p": p, "low": low, "high": high} for when, (p, low, high) in sorted(found.items())]


def differences(document: ComparisonDocument, width: int) -> Spec | None:
    """How far each scenario moves the forecast, in points; the farthest first. None without scenarios."""
    ordered = sorted(document.scenarios, key=lambda each: (-abs(round(each.difference.points, 9)), each.name))
    if not ordered:
        return None
    layout = rows([(quoted(each.title), "") for each in ordered], width, margin=60, space=8)
    most = max(abs(each.difference.points) for each in ordered) or 0.01
    middle = (layout.left + layout.right) / 2
    length = (layout.right - layout.left) / 2 - 30
    placed = layout.place([
        {"middle": middle, "to": middle + length * each.difference.points / most,
         "tone": EVENT if each.difference.points >= 0 else AWAY, "label": points(each.difference.points, 1),
         "right": each.difference.points >= 0} for each in ordered])
    layers = [layout.bars(placed, "middle", "to"), layout.rules(placed, {"color": GRID}, "middle")]
    for right, align, dx in ((True, "left", 6), (False, "right", -6)):
        layers.append(layout.texts([row for row in placed if row["right"] is right],
                                   {"align": align, "dx": dx, "fontWeight": "bold"}, "to"))
    first = ordered[0]
    farthest = f"“{quoted(first.title)}” moves it farthest: {points(first.difference.points, 1)} points"
    return layout.drawn(
        layers, farthest if moves_it(first.difference.points) else "No scenario moves it",
        "Difference from the base case in points; right: towards the event.")


def two_way(part: MapPart, term: str, width: int) -> Spec:
    """P(event) in cells: the more of it the fuller the colour; cells that keep the stated term are framed."""
    # Fuller cells would leave their numbers too little contrast in the dark.
    cells = [{"column": x, "row": y, "p": 0.55 * p, "label": text.chance(p), "frame": 2 if text.term(p) == term else 0,
              "tip": f"{part.rows[y]}, {part.columns[x]}: {text.chance(p, 1)}, {text.term(p)}"}
             for y, line in enumerate(part.probability) for x, p in enumerate(line)]
    left = 84 if narrow(width) else 110
    inside, height = min(width, 560) - left - 8, 36 * len(part.rows)

    def ordinal(field: str, names: tuple[str, ...], title: str, room: float, each: float) -> Spec:
        labels = [wrap(name, each / (11 * LETTER)) for name in names]
        axis = {"title": wrap(title, room / (11 * LETTER)), "labelExpr": f"{json.dumps(labels)}[datum.value]",
                "labelAngle": 0, "ticks": False, "domain": False, "grid": False, "labelOverlap": False}
        return {"field": field, "type": "ordinal", "axis": axis}

    x = ordinal("column", part.columns, quoted(part.across), inside, inside / len(part.columns) - 4)
    y = ordinal("row", part.rows, quoted(part.down), height, left - 36) | {"sort": "descending"}
    layers = [tipped(cells, {"type": "rect", "fill": EVENT, "stroke": INK}, x=x, y=y,
                     fillOpacity=AS_STATED | {"field": "p"}, strokeWidth=AS_STATED | {"field": "frame"}),
              layer(cells, {"type": "text", "color": INK}, x=x, y=y, text={"field": "label"})]
    values = [p for line in part.probability for p in line]
    return chart(layers, (inside, height), f"Together they take it from {tenth(min(values))} to {tenth(max(values))}",
                 f"Framed: we would still say “{term}”.", width)
