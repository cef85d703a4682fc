"""The vocabulary of all charts: Vega-Lite specifications as plain data, with axes of dates and percents.

Charts are written as data and not with a builder: pages draw some twenty of them at two widths, and building them would
take longer than drawing them. A test holds every one against the Vega-Lite schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from forecast.report.charts.style import (
    CONFIG,
    INK,
    LABELS,
    LEADING,
    LETTER,
    LETTER_BOLD,
    NARROW,
    PAPER,
    PRIOR,
    SIZE,
    TITLE,
    Records,
    width_of,
    wrap,
)

Spec = dict[str, Any]
"""A Vega-Lite specification, or a part of one."""

DOT: Spec = {"type": "point", "filled": True, "size": 40, "opacity": 1, "stroke": PAPER}
"""A dot on a rim of paper."""

HALO: Spec = {"stroke": PAPER, "strokeWidth": 6, "strokeJoin": "round"}
"""A rim of paper below labels, so that lines behind them leave them legible."""

KEY, SAMPLE = 36, 30
"""How far below a plot its key begins, and how long its samples of lines are, in pixels."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

STEPS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
"""Round steps of an axis of probability."""


def layer(rows: Iterable[dict[str, Any]], mark: Spec, **encoding: Spec) -> Spec:
    """Marks of one kind with their data."""
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


AS_STATED: Spec = {"type": "quantitative", "scale": None, "legend": None}
"""An encoding of a number that the data state as it is drawn; its field is to be added."""


def tipped(rows: Iterable[dict[str, Any]], mark: Spec, **encoding: Spec) -> Spec:
    """Marks whose field `tip` is read where the pointer is; the picture holds it as their description."""
    return layer(rows, mark | {"aria": True}, description={"field": "tip", "type": "nominal"}, **encoding)


def as_is(field: str) -> Spec:
    """An encoding of a colour, dash or shape that the data name themselves."""
    return {"field": field, "type": "nominal", "scale": None, "legend": None}


def chart(layers: Sequence[Spec], size: tuple[float, float], title: str, subtitle: str, width: int) -> Spec:
    """Layers over each other in a plot of a size in pixels.

    The title is what they show, as a finding, and the subtitle how to read it; both wrap within the width and stay
    whole.
    """
    heading = {"text": wrap(title, width / (TITLE * LETTER_BOLD)), "subtitle": wrap(subtitle, width / (SIZE * LETTER))}
    return {"$schema": SCHEMA, "title": heading, "config": CONFIG, "layer": list(layers), "width": size[0],
            "height": size[1]}


def moment(day: date) -> int:
    """A date as the axis counts: milliseconds since 1970, UTC."""
    return (day - date(1970, 1, 1)).days * 86_400_000


class Days:
    """A horizontal axis of dates with round ticks, or with ticks on a few given days."""

    def __init__(self, first: date, last: date, width: float, days: Sequence[date] = ()) -> None:
        self.first, self.last, self.width = first, last, width
        self.days = days if len(days) * 80 <= width else ()

    def __call__(self, field: str, labelled: bool = True) -> Spec:
        """An encoding of a position by a date."""
        every = _every((self.last - self.first).days, max(2, int(self.width // 80)))
        form = "'%b %Y' : '%b'" if every["interval"] in ("month", "year") else "'%-d %b %Y' : '%-d %b'"
        axis: Spec = {"title": None, "grid": False, "tickCount": every, "labels": labelled, "labelFlush": False,
                "labelOverlap": "greedy",
                "labelExpr": f"utcFormat(datum.value, datum.index == 0 || utcmonth(datum.value) == 0 ? {form})"}
        if self.days:
            axis |= {"values": [moment(day) for day in self.days], "labelOverlap": False,
                     "labelExpr": "utcFormat(datum.value, datum.index == 0 ? '%-d %b %Y' : '%-d %b')"}
        scale = {"type": "utc", "nice": False, "domain": [moment(self.first), moment(self.last)]}
        return {"field": field, "type": "temporal", "scale": scale, "axis": axis}

    def x(self, day: date) -> float:
        """Where a date lies, in pixels."""
        return self.width * (day - self.first).days / max(1, (self.last - self.first).days)

    def at(self, x: float) -> int:
        """The moment at a place in pixels, as the axis counts."""
        return moment(self.first) + round(x / self.width * (moment(self.last) - moment(self.first)))


def _every(days: int, most: int) -> Spec:
    """The interval of at most so many ticks: days or weeks for short times, else months or years."""
    if days <= 14 * most and days < 150:
        step = next((step for step in (1, 2, 7, 14, 28, 56) if days / step <= most), 56)
        return {"interval": "day", "step": step} if step < 7 else {"interval": "week", "step": step // 7}
    step = next((step for step in (1, 2, 3, 6) if days / 30.4 / step <= most), 12)
    if step < 12:
        return {"interval": "month", "step": step}
    return {"interval": "year", "step": next((step for step in (1, 2, 5, 10, 20, 50) if days / 365 / step <= most), 50)}


class Percents:
    """A vertical axis of probability from 0 to a round number."""

    def __init__(self, highest: float, height: float, title: str | None = None, most: int = 5) -> None:
        step = next(step for step in STEPS if max(highest, 1e-9) / step <= most or step == STEPS[-1])
        self.top, self.height, self.title = min(1.0, step * -(-highest * 1.0001 // step)) or step, height, title
        self.step = step

    def __call__(self, field: str) -> Spec:
        """An encoding of a position by a probability."""
        digits = max(0, -int(f"{self.step:e}".split("e")[1]) - 2)
        ticks = [round(self.step * place, 10) for place in range(round(self.top / self.step) + 1)]
        axis = {"title": self.title, "values": ticks, "domain": False, "ticks": False,
                "labelExpr": f"format(100 * datum.value, '.{digits}f') + '%'"}
        return {"field": field, "type": "quantitative", "axis": axis,
                "scale": {"domain": [0, self.top], "nice": False, "zero": True}}

    def y(self, p: float) -> float:
        """Where a probability lies, in pixels from the top."""
        return self.height * (1 - p / self.top)

    def p(self, y: float) -> float:
        """The probability at a place, in pixels from the top."""
        return self.top * (1 - y / self.height)


class Plot:
    """A plot of probability over dates: rows name a `day` and a `p`, unless other fields are asked for."""

    def __init__(self, x: Days, y: Percents) -> None:
        self.x, self.y = x, y

    def marks(self, rows: Iterable[dict[str, Any]], mark: Spec, day: str = "day", p: str = "p",
              **encoding: Spec) -> Spec:
        """Marks of one kind, each at its day and probability."""
        return layer(rows, mark, x=self.x(day), y=self.y(p), **encoding)

    def line(self, rows: Records, tone: str, width: float = 2, dash: Sequence[float] | None = None) -> Spec:
        """A line through places, dashed if asked for."""
        dashed = {} if dash is None else {"strokeDash": list(dash)}
        return self.marks(rows, {"type": "line", "color": tone, "strokeWidth": width} | dashed)

    def without_evidence(self, rows: Records) -> Spec:
        """The line of the field `prior` in a chart of the forecast."""
        return self.marks(rows, {"type": "line", "color": PRIOR, "strokeWidth": 1.5, "strokeDash": [5, 4]}, p="prior")

    def band(self, rows: Records, tone: str) -> Spec:
        """A shaded range between the fields `low` and `high`."""
        return self.marks(rows, {"type": "area", "color": tone, "opacity": 0.14}, p="low", y2={"field": "high"})

    def numbers(self, places: Sequence[tuple[date, float, int, bool]], lines: Sequence[Records] = ()) -> list[Spec]:
        """Numbers of moves beside a line: (day, probability, number, whether it rose) each; 0 is none.

        They stand above where it rose and below where it fell, unless one would leave the plot, and so lie on the axis,
        or touch the other `lines` or another number.
        """
        x, y = self.x, self.y
        taken: list[tuple[float, float]] = []
        placed: Records = []
        for day, p, number, risen in places:
            if not number:
                continue
            start = min(x.x(day), x.width - 8)  # where lines end, labels begin
            others = [y.y(other) for rows in lines for other in _between(rows, day)]
            others += [other for at, other in taken if abs(at - start) < LEADING]
            sides = (-13, 14, -27, 28) if risen else (14, -13, 28, -27)
            inside = [y.y(p) + side for side in sides if 6 <= y.y(p) + side <= y.height - 6]
            free = [middle for middle in inside if all(abs(middle - other) >= 9 for other in others)]
            middle = free[0] if free else max(inside, key=lambda at: min(abs(at - other) for other in others))
            taken.append((start, middle))
            placed.append({"x": x.at(start), "y": y.p(middle), "label": str(number)})
        told = self.marks(placed, {"type": "text", "baseline": "middle", "fontWeight": "bold"}, "x", "y",
                          text={"field": "label"})
        return [told | {"mark": told["mark"] | HALO | {"strokeWidth": 4}}, told]

    def end_labels(self, ends: Sequence[tuple[float, str, str]], day: str, room: float,
                   before: bool = False) -> Spec:
        """Labels at the ends of lines, moved apart where they would touch: (probability, label, colour) each.

        They stand on the right of the day, or `before` it.
        """
        y = self.y
        told = [(y.y(p), wrap(label, room / (SIZE * LETTER_BOLD)), tone) for p, label, tone in sorted(ends)]
        tops, lowest = [], y.height + LEADING / 2
        for at, parts, _ in told:
            tops.append(min(at + LEADING * len(parts) / 2, lowest) - LEADING * len(parts))
            lowest = tops[-1]
        placed: Records = []
        highest = 0.0
        # Only those that would lie above the plot, or that such ones push, move down.
        for top, (_, parts, tone) in zip(tops[::-1], told[::-1], strict=True):
            highest = max(top, highest)
            placed += [{"day": day, "y": y.p(highest + LEADING * (place + 0.5)), "label": part,
                        "tone": LABELS.get(tone, tone)} for place, part in enumerate(parts)]
            highest += LEADING * len(parts)
        side = {"align": "right", "dx": -8} if before else {"align": "left", "dx": 8}
        return self.marks(placed, {"type": "text", "baseline": "middle", "fontWeight": "bold"} | side, p="y",
                          text={"field": "label"}, color=as_is("tone"))

    def dot_labels(self, points: Sequence[tuple[date, float, str]]) -> Spec:
        """Labels beside dots of a rising curve, below and to the right of each, else above and to the left.

        The last dot is first, so that of two that are close each has its label on its own side. A label that would
        touch one that is there already moves further; one that finds no place is left out.
        """
        x, y = self.x, self.y
        taken: list[tuple[float, float, float]] = []
        placed: Records = []
        for day, p, label in reversed(points):
            wide = width_of(label) * SIZE * LETTER_BOLD
            dot = x.x(day), y.y(p)
            for drop in (12, -11, 26, -25, 40):
                start = dot[0] + 9 if drop > 0 else dot[0] - wide - 9
                middle = dot[1] + drop
                free = all(abs(middle - other) >= LEADING - 1 or start > b + 6 or start + wide < a - 6
                           for a, b, other in taken)
                if free and 6 <= middle <= y.height - 6 and 0 <= start <= x.width - wide - 3:
                    taken.append((start, start + wide, middle))
                    placed.append({"x": x.at(start), "y": y.p(middle), "label": label})
                    break
        mark = {"type": "text", "align": "left", "baseline": "middle", "fontWeight": "bold", "color": INK}
        return self.marks(placed, mark, "x", "y", text={"field": "label"})

    def key(self, lines: Sequence[tuple[str, str, Sequence[float]]]) -> list[Spec]:
        """What each line is, below the axis, where no label at its end has room: (label, colour, dash) each."""
        x, y = self.x, self.y
        layers: list[Spec] = []
        placed: Records = []
        top = y.height + KEY
        for label, tone, dash in lines:
            sample = [{"x": x.at(at), "y": y.p(top)} for at in (0, SAMPLE)]
            mark = {"type": "line", "color": tone, "strokeWidth": 2, "strokeDash": list(dash)}
            layers.append(self.marks(sample, mark, "x", "y"))
            for part in wrap(label, (x.width - SAMPLE - 8) / (SIZE * LETTER)):
                placed.append({"x": x.at(SAMPLE + 8), "y": y.p(top), "label": part})
                top += LEADING
            top += 2
        mark = {"type": "text", "align": "left", "baseline": "middle"}
        return [*layers, self.marks(placed, mark, "x", "y", text={"field": "label"})]

    def drawn(self, layers: Sequence[Spec], title: str, subtitle: str, width: int) -> Spec:
        """The chart of some layers."""
        return chart(layers, (self.x.width, self.y.height), title, subtitle, width)


def _between(rows: Records, day: date) -> list[float]:
    """The field `p` of a line on a day, straight between its places; nothing before it begins and after it ends."""
    days = [date.fromisoformat(row["day"]).toordinal() for row in rows]
    if not days or not days[0] <= day.toordinal() <= days[-1]:
        return []
    return [float(np.interp(day.toordinal(), days, [row["p"] for row in rows]))]


def label_room(labels: Iterable[str], most: float) -> float:
    """Room in pixels for labels at the ends of lines: that of the widest, or `most`, in which the others wrap."""
    return min(most, max(map(width_of, labels), default=0.0) * SIZE * LETTER_BOLD + 26)


def pixels(field: str, length: float) -> Spec:
    """An encoding of a position that is in pixels."""
    return {"field": field, "type": "quantitative", "axis": None,
            "scale": {"domain": [0, length], "range": [0, length], "nice": False, "zero": False}}


def present(drawn: Mapping[str, Spec | None]) -> dict[str, Spec]:
    """Charts by their names, without those for which there is nothing to draw."""
    return {name: spec for name, spec in drawn.items() if spec is not None}


def narrow(width: float) -> bool:
    """Whether a chart is one for a phone."""
    return width <= NARROW
