"""The history: all outcomes, and whether the event is being prepared, through the reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forecast.analysis.crowd import Said
from forecast.core.text import chance, percent, short, whole
from forecast.report.charts.spec import (
    Days,
    Percents,
    Spec,
    as_is,
    band,
    end_labels,
    label_room,
    layer,
    line,
    narrow,
    numbers,
    plot,
    tipped,
    titled,
)
from forecast.report.charts.style import DASHES, EVENT, MUTED, PALETTE, PAPER, Records
from forecast.report.document import Answer, ReportDocument
from forecast.report.pages.crowd import MOST
from forecast.report.pages.findings import history as finding
from forecast.report.track import moves
from forecast.report.words import crowd_name, outcome_chance, quoted


def history(document: Answer, known: Sequence[Answer], width: int, alone: bool = False) -> Spec | None:
    """The forecasts of all reports up to this one; None if it is the first.

    The largest moves have numbers unless it stands `alone`, without the list that says what they were.
    """
    if not known:
        return None
    numbered = [] if alone else [move for move in moves(document, known) if move.number]
    reports = [*known, document]
    small = narrow(width)
    crowds = _crowds(document, reports[0].as_of)
    names = [f"{quoted(document.question.names[name])} {outcome_chance(name, p, document.question)}"
             for name, p in document.hypotheses.items()]
    right = 40 if small else label_room([*names, "Being prepared 100%", *(each.label for each in crowds)], 210)
    size = width - 46 - right, 190 if small else 220
    x = Days(reports[0].as_of, document.as_of, size[0], [each.as_of for each in reports])
    event = document.question.event
    bands: Records = [{"day": str(each.as_of), "low": each.band[0], "high": each.band[1]} for each in reports]
    highest = [max(*each.hypotheses.values(), each.band[1]) for each in reports]
    y = Percents(max([*highest, *(each.highest for each in crowds)]), size[1])
    lines: Records = []
    ends = []
    for place, (name, last) in enumerate(document.hypotheses.items()):
        tone, dash = PALETTE[place % len(PALETTE)], DASHES[place % len(DASHES)]
        rows = [{"day": str(each.as_of), "p": each.hypotheses[name]} for each in reports if name in each.hypotheses]
        lines.append(line(rows, tone, x("day"), y("p"), 2.5 if name == event else 1.75, dash))
        ends.append((last, names[place], tone))
    on = [{"day": str(each.as_of), "p": each.preparing.now} for each in reports]
    lines.append(line(on, MUTED, x("day"), y("p"), dash=[1, 3]))
    ends.append((document.preparing.now, f"Being prepared {whole(document.preparing.now)}", MUTED))
    for each in crowds:
        mark = {"type": "line", "color": MUTED, "strokeWidth": 1, "interpolate": "step-after"}
        lines.append(layer(each.rows, mark, x=x("day"), y=y("p")))
        ends.append((each.last, each.label, MUTED))
    told = [{"day": str(each.as_of), "p": each.event, "tone": EVENT,
             "tip": f"Report of {short(each.as_of)}: {chance(each.event)}"} for each in reports]
    dots = tipped(told, {"type": "point", "filled": True, "size": 40, "opacity": 1, "stroke": PAPER}, x=x("day"),
                 y=y("p"), color=as_is("tone"))
    moved = [(move.day, move.event, move.number, move.points > 0) for move in numbered]
    if small:
        ends = [(p, chance(p) if tone == EVENT else whole(p), tone) for p, _, tone in ends]
    layers = [band(bands, EVENT, x("day"), y), *lines, dots, *numbers(moved, x("day"), y, -12, 14),
              end_labels(ends, str(document.as_of), right - (4 if small else 12), x("day"), y)]
    key = "Solid and shaded: the event with its range; dotted: being prepared now; others dashed." if small else (
        "Shaded: 90% range of the event.")
    key += " Thin: what others said, each value until the next." if crowds else ""
    key += " Numbers: the moves below." if numbered else ""
    return titled(plot(layers, *size), finding(document, known), f"As stated in each report. {key}", width)


@dataclass(frozen=True)
class _Line:
    """What one crowd said of the horizon, as a line of the chart."""

    rows: Records
    last: float
    label: str

    @property
    def highest(self) -> float:
        return max(float(row["p"]) for row in self.rows)


def _crowds(document: Answer, first: date) -> list[_Line]:
    """What others said of the horizon between two days; a value holds until the next, and the first of them before."""
    crowd = document.crowd if isinstance(document, ReportDocument) else None
    rows = [row for row in (crowd.said if crowd is not None else ()) if row.by == document.question.horizon]
    return [_line(row, first, document.as_of) for row in rows[:MOST]]


def _line(row: Said, first: date, last: date) -> _Line:
    before = [p for day, p in row.values if day < first]
    inside = [(day, p) for day, p in row.values if day >= first]
    points = [*((first, p) for p in before[-1:]), *inside, (last, row.last[1])]
    return _Line([{"day": str(day), "p": p} for day, p in points], row.last[1],
                 f"{crowd_name(row.name)} {percent(row.last[1])}")
