"""How wrong would we have to be: the changes of inputs that take a forecast across the edge of its term."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from forecast.analysis.sensitivity import Input, Swing, tornado
from forecast.core import text as wording
from forecast.core.equality import ByValue
from forecast.core.numerics import Z95, Array, decibans
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case

PLACES = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Where the inputs of a two-way map are put."""

_PARTS = ("prior weight", "share")
"""Inputs that are parts of one whole: to move one moves the others, so that two of them cannot be put at two places."""

FARTHEST = 6.0
"""The longest joint change that is looked for, in standard deviations."""


@dataclass(frozen=True)
class Shift:
    """An input, and the place to which it goes: −1 is its low, 0 what is stated, 1 its high."""

    input: Input
    place: float


@dataclass(frozen=True)
class Crossing:
    """What takes P(event) to an edge of its term."""

    target: float
    """Probability at the edge."""
    term: str
    """The term beyond it."""
    alone: tuple[Shift, ...]
    """Inputs each of which does it alone within its low and high, the smallest change first."""
    together: tuple[Shift, ...]
    """The smallest change of all inputs at once, the largest shift first; empty if none was found."""
    distance: float | None
    """Euclidean length of that change in standard deviations, of which low and high are ±1.64; None without one."""


@dataclass(frozen=True, eq=False)
class TwoWay(ByValue):
    """P(event) with two inputs moved at once."""

    across: Input
    down: Input
    columns: tuple[float, ...]
    rows: tuple[float, ...]
    probability: Array
    """Shape (row, column)."""

    def __repr__(self) -> str:
        return f"TwoWay({self.across.label!r} by {self.down.label!r})"


@dataclass(frozen=True)
class Study:
    """How much the forecast of a case hangs on its inputs."""

    base: Forecast
    swings: tuple[Swing, ...]
    """Every input at its low and high, the widest first."""
    crossings: tuple[Crossing, ...]
    """The lower edge of the term, then the upper one; 0 and 1 are none."""
    maps: tuple[TwoWay, ...]
    """The widest inputs, two by two; no two parts of one whole."""

    @property
    def leaving(self) -> list[Swing]:
        """Inputs that, at their low or high, alone give the forecast another term."""
        term = wording.term(self.base.event)
        return [swing for swing in self.swings if any(wording.term(p) != term for p in swing.probabilities)]


def study(case: Case, widest: int = 3) -> Study:
    """Move every input of a case: one at a time, the widest two at a time, and all at once to the edges of its term.

    Parameters
    ----------
    case : Case
        The case.
    widest : int
        Number of widest inputs that are crossed two by two, but for parts of one whole.
    """
    case = Exact(case).settled
    base = Exact(case).forecast
    swings = tornado(case)
    edges = [edge for edge in wording.range_of(base.event) if 0 < edge < 1]
    pairs = combinations((swing.input for swing in swings[:widest]), 2)
    maps = tuple(two_way(case, a, b) for a, b in pairs if not (a.kind == b.kind and a.kind in _PARTS))
    return Study(base, tuple(swings), tuple(_crossings(case, edges, swings)), maps)


def crossing(case: Case, target: float) -> Crossing:
    """What takes P(event) of a case to a target in (0, 1)."""
    case = Exact(case).settled
    return next(iter(_crossings(case, [target], tornado(case))))


def two_way(case: Case, across: Input, down: Input) -> TwoWay:
    """P(event) with two inputs moved from low to high at once."""
    case = Exact(case).settled
    columns, rows = (tuple(place for place in PLACES if not each.steps or place == round(place))
                     for each in (across, down))
    belows = [down.move(case, place) for place in rows]
    values = [[Exact(across.move(below, place)).forecast.event for place in columns] for below in belows]
    return TwoWay(across, down, columns, rows, np.array(values))


def _crossings(case: Case, edges: Sequence[float], swings: Sequence[Swing]) -> list[Crossing]:
    result, base = [], _decibans(case)
    for target in edges:
        goal = 10 * math.log10(target / (1 - target))
        distance, together = _nearest(case, goal, swings)
        beyond = target if goal > base else math.nextafter(target, 0)
        result.append(Crossing(target, wording.term(beyond), _alone(case, goal, swings), together, distance))
    return result


def _alone(case: Case, goal: float, swings: Sequence[Swing]) -> tuple[Shift, ...]:
    """Inputs that reach a number of decibans alone, each where it first does."""
    from scipy.optimize import brentq

    found = []
    for swing in swings:
        ends = [(place, end) for place, end in ((-1.0, swing.low.decibans), (1.0, swing.high.decibans))
                if (end - goal) * (swing.base.decibans - goal) <= 0]
        places = [end if swing.input.steps else float(brentq(
            lambda place, each=swing.input: _decibans(each.move(case, place)) - goal, 0.0, end, xtol=1e-9))
            for end, _ in ends]
        found += [Shift(swing.input, min(places, key=abs))] if places else []
    return tuple(sorted(found, key=lambda shift: (round(abs(shift.place), 6), shift.input.kind, shift.input.label)))


def _decibans(case: Case) -> float:
    return decibans(Exact(case).log_odds())


def _follows(each: Input, case: Case) -> bool:
    """Whether an input is what others leave: the share of the reference, and the weight of the first component."""
    return ((each.kind == "share" and each.id == case.question.reference)
            or (each.kind == "prior weight" and each.id.startswith("prior 1 ")))


def _nearest(case: Case, goal: float, swings: Sequence[Swing]) -> tuple[float | None, tuple[Shift, ...]]:
    """A short change of all inputs at once that takes D to a goal, in standard deviations: low and high are ±1.64.

    The direction is that of steepest ascent, each input's slope taken from its own swing on the side on which it helps
    (the first step of Hasofer & Lind 1974); along it the goal is looked for exactly. So the length is an upper bound.
    """
    sign = math.copysign(1.0, goal - _decibans(case))
    shifts = []
    for swing in swings:
        if swing.input.steps or _follows(swing.input, case):
            continue
        gain, place = max((sign * (swing.low.decibans - swing.base.decibans), -1.0),
                          (sign * (swing.high.decibans - swing.base.decibans), 1.0))
        if gain > 0:
            shifts.append(Shift(swing.input, place * gain))
    length = math.hypot(*(Z95 * shift.place for shift in shifts))
    if not shifts:
        return None, ()

    def beyond(distance: float) -> bool:
        return sign * (_decibans(_moved(case, shifts, distance / length)) - goal) >= 0

    steps = [distance for distance in np.linspace(0, FARTHEST, 13)[1:].tolist() if beyond(distance)]
    if not steps:
        return None, ()
    low, high = steps[0] - FARTHEST / 12, steps[0]
    for _ in range(16):
        middle = (low + high) / 2
        low, high = (low, middle) if beyond(middle) else (middle, high)
    found = [Shift(shift.input, shift.place * high / length) for shift in shifts]
    kept = [shift for shift in found if abs(shift.place) > 1e-6]
    return high, tuple(sorted(kept, key=lambda shift: (-round(abs(shift.place), 9), shift.input.kind,
                                                       shift.input.label)))


def _moved(case: Case, shifts: Sequence[Shift], scale: float) -> Case:
    for shift in shifts:
        case = shift.input.move(case, shift.place * scale)
    return case
