"""The right: the curve over that of the files, with scenarios beside it, and where analysts disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forecast.analysis.headline import headline_fields
from forecast.core import text as wording
from forecast.desk.session import Sitting
from forecast.engine.forecast import Forecast
from forecast.records.opinion import DESK
from forecast.report.assembly import curve, question_part
from forecast.report.charts.drawing import specification, svg
from forecast.report.charts.scenarios import DASHES, curves
from forecast.report.charts.style import NARROW, PALETTE
from forecast.report.what_if import BaseRow, ComparisonDocument, Difference, MatrixPart, ScenarioRow
from forecast.report.words import quoted


@dataclass(frozen=True)
class Line:
    """A curve by its colour and dashes."""

    name: str
    event: float
    colour: str
    dash: str


@dataclass(frozen=True)
class Picture:
    """The curves."""

    svg: str
    lines: tuple[Line, ...]

    @property
    def described(self) -> str:
        """What they show, in words."""
        ends = ", ".join(f"{line.name} {wording.tenth(line.event)}" for line in self.lines)
        return f"Chance that it has happened by each date; by the horizon: {ends}"


def picture(sitting: Sitting, beside: Sequence[str]) -> Picture:
    """The curve of the desk over that of the files, and scenarios."""
    base = sitting.base().forecast
    shown: list[tuple[str, Forecast]] = []
    if sitting.edits():
        shown.append(("Now" if sitting.who == DESK else sitting.seats[sitting.who].name, sitting.forecast))
    known = sitting.workspace.scenarios
    shown += [(known[name].name, sitting.other(name).forecast) for name in beside if name in known]
    document = ComparisonDocument(
        question=question_part(base.case), base=BaseRow(**headline_fields(base), curve=curve(base)),
        scenarios=tuple(_row(name, each, base) for name, each in shown), interactions=(),
        matrix=MatrixPart(dates=(), names=(), probability=(), unknown=()))
    spec = curves(document, NARROW)
    del spec["title"]  # the page has its own heading, and a legend
    ends = [("The files", base), *shown]
    lines = tuple(Line(quoted(name), each.event, PALETTE[place % len(PALETTE)], _dash(place))
                  for place, (name, each) in enumerate(ends))
    return Picture(svg(specification(spec)), lines)


def _dash(place: int) -> str:
    return " ".join(map(str, DASHES[(place - 1) % len(DASHES)])) if place else ""


def _row(name: str, forecast: Forecast, base: Forecast) -> ScenarioRow:
    moved = Difference(points=forecast.event - base.event, decibans=forecast.decibans - base.decibans, by={},
                       thirteen_weeks=forecast.next.probability - base.next.probability,
                       preparing=forecast.preparing.now - base.preparing.now)
    return ScenarioRow(**headline_fields(forecast), curve=curve(forecast), name=name, title=name, story="",
                       difference=moved, steps=(), weights=())


def scenarios(sitting: Sitting) -> dict[str, str]:
    """Scenarios of the files, by the names of their files."""
    return {name: quoted(each.name) for name, each in sorted(sitting.workspace.scenarios.items())}
