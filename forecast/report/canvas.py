"""Pictures in letters: the bars, curves and strips that a terminal shows, in signs that it can write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from forecast.core.errors import inert
from forecast.core.numerics import Array
from forecast.core.text import encodable
from forecast.report.charts.spec import Percents
from forecast.report.page import Curves, Strip, Strips

HEIGHT = 13
"""Lines of a picture of curves, so that its three or four ticks are as far from each other."""

WIDE = 60
"""Columns from which the labels of strips stand beside them, and not above."""

HEAVY = 1 / 3
"""Share of the heaviest place of a picture from which another one is heavy, too."""

BARS, SHADE = " ▁▂▃▄▅▆▇█", "░"
_PLAIN = str.maketrans("▁▂▃▄▅▆▇█░▒│▲▼·•◆", ".:-=+*#@.=|^v.*o")
"""What stands for the signs of pictures where there are letters alone."""


@dataclass(frozen=True)
class Canvas:
    """Lines that were drawn, and where their axis lies."""

    lines: tuple[str, ...]
    width: int
    """Columns of the axis."""
    left: int = 0
    """Columns before it."""
    joined: int = 1
    """Values of which a bar is the mean."""


@dataclass(frozen=True)
class Pen:
    """Draws pictures for an output."""

    out: Console
    room: int
    """Columns of a picture."""

    def written(self, text: str) -> str:
        """A text, or signs of a picture, as the output can write them."""
        plain = encodable("█░", self.out.encoding) != "█░"
        return encodable(inert(text.translate(_PLAIN) if plain else text), self.out.encoding)

    def bars(self, values: Sequence[float]) -> Canvas:
        """One bar for each value, from none to the largest; neighbours are joined where they are too many."""
        step = -(-len(values) // self.room)
        parts = [values[start:start + step] for start in range(0, len(values), step)]
        heights = [sum(part) / len(part) for part in parts]
        top = max(heights, default=0.0)
        line = "".join(BARS[round(8 * height / top)] if top > 0 else BARS[0] for height in heights)
        return Canvas((self.written(line),), len(line), joined=step)

    def curves(self, drawing: Curves) -> Canvas:
        """Curves on axes of time and probability; later ones hide earlier ones, and all of them the band."""
        highest = max([p for curve in drawing.curves for _, p in curve.points] + [high for *_, high in drawing.band])
        axis = Percents(highest, HEIGHT - 1, most=4)
        ticks = [axis.step * place for place in range(round(axis.top / axis.step) + 1)]
        labels = {round(axis.y(tick)): f"{100 * tick:g}%" for tick in ticks}
        left = max(map(len, labels.values())) + 1
        width = self.room - left
        grid = [[" "] * width for _ in range(HEIGHT)]
        for column, low, high in _between(drawing.band, width):
            for row in range(round(axis.y(high)), round(axis.y(low)) + 1):
                grid[row][int(column)] = SHADE
        for curve in drawing.curves:
            dots = [(_column(place, width), p) for place, p in curve.points]
            for column, p in _between(curve.points, width) if curve.joined else dots:
                grid[round(axis.y(p))][int(column)] = curve.sign
        lines = [f"{labels.get(place, ''):>{left - 1}} {self.written(''.join(row))}" for place, row in enumerate(grid)]
        return Canvas(tuple(lines), width, left)

    def strips(self, drawing: Strips) -> Canvas:
        """Rows of marks on one axis, each beside its label or, where there is little room, below it."""
        beside = self.room >= WIDE
        values = [self.written(strip.value) for strip in drawing.strips]
        labels = [Text(self.written(strip.label)) for strip in drawing.strips]
        left, tail = 0, 0
        if beside:
            left = min(max(label.cell_len for label in labels), 2 * self.room // 5) + 2
            tail = max(map(cell_len, values)) + 1 if any(values) else 0
        width = self.room - left - tail
        weights = [_weights(strip, width) for strip in drawing.strips]
        heaviest = max(float(np.nanmax(np.abs(row))) for row in weights)
        lines = []
        for label, value, row in zip(labels, values, weights, strict=True):
            signs = [_dot(weight, heaviest) if drawing.dots else _part(weight) for weight in row.tolist()]
            strip = self.written("".join(signs))
            if beside:
                first, *others = self.wrapped(label, left - 2)
                lines += [first + " " * (left - cell_len(first)) + strip + f"{value:>{tail}}", *others]
            else:
                lines += [*self.wrapped(label.append(f": {value}" if value else ""), self.room), strip]
        return Canvas(tuple(lines), width, left)

    def wrapped(self, label: Text, room: int) -> list[str]:
        return [line.plain.rstrip() for line in label.wrap(self.out, room, overflow="fold")]


def _column(place: float, width: int) -> int:
    return min(width - 1, max(0, round(place * (width - 1))))


def _between(points: Sequence[tuple[float, ...]], width: int) -> list[tuple[float, ...]]:
    """What lies on the lines between points, by columns: each column with its values."""
    if not points:
        return []
    places, *values = np.array(points).T
    columns = np.arange(_column(places[0], width), _column(places[-1], width) + 1)
    found = [np.interp(columns / (width - 1), places, each).tolist() for each in values]
    return list(zip(columns.tolist(), *found, strict=True))


def _weights(strip: Strip, width: int) -> Array:
    """What the marks of a strip weigh together in each column; NaN where there is none."""
    weights = np.full(width, np.nan)
    for mark in strip.marks:
        covered = slice(_column(mark.start, width), _column(mark.end, width) + 1)
        weights[covered] = np.nan_to_num(weights[covered]) + mark.weight
    return weights


def _part(weight: float) -> str:
    """A column of a bar."""
    return " " if np.isnan(weight) else "█" if weight > 0 else "▒" if weight < 0 else "│"


def _dot(weight: float, heaviest: float) -> str:
    """A column with dots."""
    if np.isnan(weight) or weight == 0:
        return " " if np.isnan(weight) else "·"
    heavy = abs(weight) >= HEAVY * heaviest
    return ("▲" if heavy else "+") if weight > 0 else ("▼" if heavy else "−")
