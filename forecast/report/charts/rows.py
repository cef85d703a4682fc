"""Charts of labelled rows: where each row lies, and the marks in it; places on the horizontal axis are in pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from forecast.report.charts.spec import Spec, as_is, chart, layer, narrow, pixels
from forecast.report.charts.style import INK, LEADING, LETTER, MUTED, SIZE, Records, width_of, wrap


@dataclass(frozen=True)
class Rows:
    """Labelled rows of a chart in pixels, top down.

    On a wide chart labels stand in a column on the left, on a narrow one above their row's marks.
    """

    centre: tuple[float, ...]
    """Middle of each row's marks."""
    top: tuple[float, ...]
    bottom: tuple[float, ...]
    height: float
    width: int
    left: float
    """Where the marks' axis begins."""
    right: float
    """Where it ends."""
    lines: Records
    """The lines of all labels."""

    def axis(self, before: float, after: float, lowest: float = 0.0, highest: float = 1.0) -> Callable[[float], float]:
        """Where values lie, in pixels, between margins before and after them inside the marks' axis."""
        length = self.right - self.left - before - after
        return lambda value: self.left + before + length * (value - lowest) / (highest - lowest)

    def place(self, records: Iterable[dict[str, Any]]) -> Records:
        """Give each row's record its position: `y`, that of its bar (`upper`, `lower`), and its `top` and `bottom`."""
        return [{"y": y, "upper": y - 6.5, "lower": y + 6.5, "top": top, "bottom": bottom} | record
                for y, top, bottom, record in zip(self.centre, self.top, self.bottom, records, strict=True)]

    def marks(self, rows: Records, mark: Spec, x: str, y: str = "y", **encoding: Spec) -> Spec:
        """Marks of one kind, each at its place."""
        return layer(rows, mark, x=pixels(x, self.width), y=pixels(y, self.height), **encoding)

    def bars(self, rows: Records, start: str, end: str, tone: str | None = None) -> Spec:
        """Bars from one place to another, each in its own `tone` unless all have one."""
        mark = {"type": "rect"} if tone is None else {"type": "rect", "color": tone}
        own = {"color": as_is("tone")} if tone is None else {}
        return self.marks(rows, mark, start, "upper", x2={"field": end}, y2={"field": "lower"}, **own)

    def spans(self, rows: Records, mark: Spec, start: str, end: str, **encoding: Spec) -> Spec:
        """Thin lines from one place to another."""
        return self.marks(rows, {"type": "rule", "strokeWidth": 4} | mark, start, "y", x2={"field": end}, **encoding)

    def rules(self, rows: Records, mark: Spec, x: str, **encoding: Spec) -> Spec:
        """Lines from the top of each row to its bottom."""
        return self.marks(rows, {"type": "rule"} | mark, x, "top", y2={"field": "bottom"}, **encoding)

    def texts(self, rows: Records, mark: Spec, x: str, field: str = "label") -> Spec:
        return self.marks(rows, {"type": "text", "baseline": "middle"} | mark, x, text={"field": field})

    def drawn(self, layers: Sequence[Spec], title: str, subtitle: str, below: float = 0) -> Spec:
        """The chart of some layers and of the labels, with room below the rows."""
        labels = layer(self.lines, {"type": "text", "align": "left", "baseline": "middle"}, x={"value": 0},
                       y=pixels("y", self.height), text={"field": "text"}, color=as_is("tone"))
        return chart([*layers, labels], (self.width, self.height + below), title, subtitle, self.width)


def rows(labels: Iterable[tuple[str, str]], width: int, margin: float = 64, space: float = 8) -> Rows:
    """Lay out rows with a label and a note in grey each, which may be empty; all sizes are in pixels.

    The margin is on the right of the axis, for values at the ends of bars, and the space between rows.
    """
    small = narrow(width)
    letter = SIZE * LETTER
    limit = width / letter if small else 0.42 * width / letter
    texts = [[(line, INK) for line in wrap(label, limit)] + [(line, MUTED) for line in wrap(note, limit) if note]
             for label, note in labels]
    widest = max((width_of(line) for block in texts for line, _ in block), default=0.0)
    centre, top, bottom, lines, y = [], [], [], [], 0.0
    for block in texts:
        tall = LEADING * len(block)
        height = tall + 20 + space if small else tall + space
        first = y + LEADING / 2 + (0 if small else space / 2)
        lines += [{"y": first + LEADING * place, "text": text, "tone": tone}
                  for place, (text, tone) in enumerate(block)]
        centre.append(y + tall + 10 if small else y + height / 2)
        top.append(y)
        bottom.append(y + height)
        y += height
    left = 0.0 if small else widest * letter + 18
    return Rows(tuple(centre), tuple(top), tuple(bottom), max(y, 1.0), width, left, width - margin, lines)
