"""What the page answers: the number and from where it has moved, the changes that moved it, and the curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forecast.core import text as wording
from forecast.desk.controls.inputs import OFF, one_word, subject
from forecast.desk.controls.naming import label, words, words_of
from forecast.desk.page.view import is_blinded
from forecast.desk.session import Sitting
from forecast.engine.forecast import Forecast
from forecast.records.opinion import DESK
from forecast.report.charts.drawing import specification, svg
from forecast.report.charts.scenarios import DASHES, curves
from forecast.report.charts.style import NARROW, PALETTE
from forecast.report.contents.assembly import question_part
from forecast.report.contents.what_if import base_row
from forecast.report.words import quoted


@dataclass(frozen=True)
class Moved:
    """A probability in the files and on the desk."""

    label: str
    base: float | None
    """None for what the files do not have."""
    now: float

    @property
    def points(self) -> str:
        """How far it has moved, in points; empty if it has not."""
        if self.base is None:
            return ""
        moved = wording.points(self.now - self.base)
        return "" if moved == "0.0" and self.now == self.base else moved


@dataclass(frozen=True)
class Change:
    """One change on the desk."""

    id: str
    label: str
    before: str
    after: str
    points: float | None
    """What it does alone, the others kept; None while that is not worked out yet."""
    about: str
    """What its reason is given for."""
    why: str
    needs_why: bool


@dataclass(frozen=True)
class Headline:
    """What the middle says."""

    event: str
    horizon: date
    main: Moved
    term: str
    band: str
    """Range and precision; empty while they are not worked out yet."""
    is_stale: bool
    """Whether the range is that of an earlier change."""
    beside: tuple[Moved, ...]
    outcomes: tuple[Moved, ...]
    dates: tuple[Moved, ...]


def headline(sitting: Sitting) -> Headline:
    """The forecast of the analyst who speaks, beside that of the files."""
    base, now, question = sitting.base().forecast, sitting.forecast, sitting.case.question
    names = {name: quoted(title) for name, title in question.names.items()}
    until = now.next.until
    beside = (Moved("Being prepared now", base.preparing.now, now.preparing.now),
              Moved(f"Within 13 weeks, by {wording.short(until)}", _by(base, until), now.next.probability))
    outcomes = tuple(Moved(names[name], base.hypotheses.get(name), value) for name, value in now.hypotheses.items())
    dates = tuple(Moved(f"By {wording.short(day)}", _by(base, day), value) for day, value in now.by_key_date.items()
                  if now.as_of < day < question.horizon)
    found = sitting.findings
    band = "" if found is None else (f"{wording.band(found.band)} (90% range); precision "
                                     f"{wording.precision(found.worth)}: {wording.firmness(found.worth)}")
    return Headline(names[question.event.id], question.horizon, Moved("", base.event, now.event),
                    wording.term(now.event), band, not sitting.settled, beside, outcomes, dates)


def _by(base: Forecast, day: date) -> float | None:
    """What the files say by a date; None for one beyond their horizon."""
    return base.by(day) if base.covers(day) else None


def changes(sitting: Sitting) -> list[Change]:
    """All changes of the analyst who speaks, the last one first."""
    base, now, found = sitting.base().case, sitting.case, sitting.findings
    effects, missing = found.effects if found else {}, set(sitting.unexplained)
    rows = []
    for place in reversed(list(sitting.edits())):
        about, (before, after) = subject(place), words_of([base, now], place)
        if is_blinded(sitting, place[:3]):  # parts of a whole would tell what the desk has stated of the rest
            before, after = "", words(now, place, as_part=False)
        rows.append(Change(one_word(place), label(base, now, place), before, after, effects.get(place),
                           one_word(about), "" if place[2] == OFF else sitting.reason(about),
                           about in missing and place[2] != OFF))
    return rows


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
    scenarios = [(name, base_row(each)) for name, each in shown]
    spec = curves(question_part(base.case), base_row(base), scenarios, NARROW)
    del spec["title"]  # the page has its own heading, and a legend
    lines = [Line("The files", base.event, PALETTE[0], "")]
    for place, (name, each) in enumerate(shown):
        dash = " ".join(map(str, DASHES[place % len(DASHES)]))
        lines.append(Line(quoted(name), each.event, PALETTE[(place + 1) % len(PALETTE)], dash))
    return Picture(svg(specification(spec)), tuple(lines))


def scenarios(sitting: Sitting) -> dict[str, str]:
    """Scenarios of the files, by the names of their files."""
    return {name: quoted(each.name) for name, each in sorted(sitting.workspace.scenarios.items())}
