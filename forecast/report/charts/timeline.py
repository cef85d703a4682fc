"""The evidence timeline: a dot for each item by date and group, its size by its share, its shape by its kind."""

from __future__ import annotations

from datetime import timedelta

from forecast.core.text import short
from forecast.report.charts.spec import Days, Spec, as_is, layer, narrow, pixels, plot, tipped, titled
from forecast.report.charts.style import AWAY, EVENT, GRID, LETTER, MUTED, PAPER, SIZE, Records, width_of, wrap
from forecast.report.document import ChartDocument, EvidenceRow
from forecast.report.pages.findings import timeline as finding
from forecast.report.words import points, quoted

SHAPES = {"sign": "circle", "condition": "square", "claim": "triangle-up"}
ROW, MOST = 26, 14
"""Height of a row in pixels, and how many groups have one; the rest share the last."""


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
                    size={"field": "size", "type": "quantitative", "scale": None, "legend": None}),
              layer(told, {"type": "text", "align": "left", "baseline": "middle"},
                    x=x("x"), y=pixels("y", height), text={"field": "text"})]
    return titled(plot(layers, *size), finding(document),
                  "By date and group; larger: more points. Orange: for it; blue: against. Circle: sign of "
                  "preparation; square: condition; triangle: dated claim.", width)


def lanes(document: ChartDocument) -> tuple[list[str], list[str]]:
    """Ids of the groups that have a row, the farthest first, and the labels of all rows; the rest share the last."""
    names = {group.id: quoted(group.name) for group in document.groups}
    weight: dict[str, float] = {}
    for item in document.evidence:
        weight[item.group or ""] = weight.get(item.group or "", 0.0) + abs(item.shapley_points)
    ranked = sorted((name for name in weight if name), key=lambda name: -weight[name])
    kept = ranked[:MOST]
    labels = [names[name] for name in kept]
    if "" in weight or len(ranked) > MOST:
        labels.append("In no group" if len(ranked) <= MOST else "In no group, or in smaller ones")
    return kept, labels


def lane(item: EvidenceRow, kept: list[str]) -> int:
    """The row of an item."""
    return kept.index(item.group) if item.group in kept else len(kept)


def _dot(item: EvidenceRow, kept: list[str], most: float, tall: float, small: bool) -> Spec:
    return {"day": str(item.date), "y": tall * (lane(item, kept) + (0.72 if small else 0.5)),
            "tone": EVENT if item.shapley_points > 0 else AWAY if item.shapley_points < 0 else MUTED,
            "shape": SHAPES[item.kind], "size": 24 + 420 * abs(item.shapley_points) / most,
            "tip": f"{quoted(item.title)}, {short(item.date)}: {points(item.shapley_points, 1)} points"}
