"""How wrong would we have to be: the changes of inputs that take a forecast across the edge of its term."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from forecast.analysis.sensitivity import Input, Swing, inputs, tornado
from forecast.core import text as wording
from forecast.core.equality import ByValue
from forecast.core.numerics import Z95
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case

Array = NDArray[np.float64]

PLACES = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Where the inputs of a two-way map are put."""

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


@dataclass(frozen=True)
class Study:
    """How much the forecast of a case hangs on its inputs."""

    base: Forecast
    swings: tuple[Swing, ...]
    """Every input at its low and high, the widest first."""
    crossings: tuple[Crossing, ...]
    """The lower edge of the term, then the upper one; 0 and 1 are none."""
    maps: tuple[TwoWay, ...]
    """The widest inputs, two by two."""

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
        Number of widest inputs that are crossed two by two.
    """
    base = Exact(case).forecast
    swings = tornado(case)
    edges = [edge for edge in wording.range_of(base.event) if 0 < edge < 1]
    maps = tuple(two_way(case, a.input, b.input) for a, b in combinations(swings[:widest], 2))
    return Study(base, tuple(swings), tuple(_crossings(case, edges, swings)), maps)


def crossing(case: Case, target: float) -> Crossing:
    """What takes P(event) of a case to a target in (0, 1)."""
    return next(iter(_crossings(case, [target], tornado(case))))


def two_way(case: Case, across: Input, down: Input) -> TwoWay:
    """P(event) with two inputs moved from low to high at once."""
    columns, rows = (tuple(place for place in PLACES if not each.steps or place == round(place))
                     for each in (across, down))
    belows = [down.at(case, place) for place in rows]
    values = [[Exact(across.at(below, place)).forecast.event for place in columns] for below in belows]
    return TwoWay(across, down, columns, rows, np.array(values))


def _crossings(case: Case, edges: Sequence[float], swings: Sequence[Swing]) -> list[Crossing]:
    surface = _Surface(case)
    result = []
    for target in edges:
        goal = 10 * math.log10(target / (1 - target))
        distance, together = surface.nearest(goal)
        beyond = target if goal > surface.base else math.nextafter(target, 0)
        result.append(Crossing(target, wording.term(beyond), _alone(case, goal, swings), together, distance))
    return result


def _alone(case: Case, goal: float, swings: Sequence[Swing]) -> tuple[Shift, ...]:
    """Inputs that reach a number of decibans alone, each where it first does."""
    from scipy.optimize import brentq

    found = []
    for swing in swings:
        ends = [(place, end) for place, end in ((-1.0, swing.low), (1.0, swing.high))
                if (end - goal) * (swing.base - goal) <= 0]
        places = [end if swing.input.steps else float(brentq(
            lambda place, each=swing.input: Exact(each.at(case, place)).forecast.decibans - goal, 0.0, end, xtol=1e-9))
            for end, _ in ends]
        found += [Shift(swing.input, min(places, key=abs))] if places else []
    return tuple(sorted(found, key=lambda shift: (round(abs(shift.place), 6), shift.input.kind, shift.input.label)))


def _follows(each: Input, case: Case) -> bool:
    """Whether an input is what others leave: the share of the reference, and the weight of the first component."""
    return ((each.kind == "share" and each.id == case.question.reference)
            or (each.kind == "prior weight" and each.id.startswith("prior 1 ")))


class _Surface:
    """D as a function of all inputs that move evenly, in standard deviations: low and high are ±1.64."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.inputs = [each for each in inputs(case) if not each.steps and not _follows(each, case)]
        self.base = Exact(case).forecast.decibans
        self._first: Array | None = None

    def nearest(self, goal: float) -> tuple[float | None, tuple[Shift, ...]]:
        """Find the shortest change u with D(u) at the goal or just beyond it.

        The design point of first-order reliability analysis (Hasofer & Lind 1974): from the nearest point of the
        tangent plane to the next one. D may jump where a change turns the direction of an item in a group, so the
        goal is looked for along the way to each of these points, and the shortest way counts.
        """
        u, found = np.zeros(len(self.inputs)), []
        for _ in range(3):
            slope = self._slope(u)
            if not np.any(slope):
                break
            u = slope * (goal - self.decibans(u) + slope @ u) / (slope @ slope)
            u *= min(1.0, FARTHEST / max(float(np.linalg.norm(u)), 1e-300))
            found += self._along(u, goal)
        best = min(found, key=np.linalg.norm, default=None)
        if best is None:
            return None, ()
        order = [k for k in np.argsort(-np.abs(best), kind="stable") if abs(best[k]) > 1e-6]
        return float(np.linalg.norm(best)), tuple(Shift(self.inputs[k], float(best[k] / Z95)) for k in order)

    def _along(self, u: Array, goal: float) -> list[Array]:
        """The first point beyond the goal on the way to u, and as far again; none if there is none, or far away."""
        beyond = [scale for scale in np.linspace(0.25, 2, 8)
                  if (self.decibans(scale * u) - goal) * (self.base - goal) <= 0]
        if not beyond:
            return []
        low, high = beyond[0] - 0.25, beyond[0]
        for _ in range(16):
            middle = (low + high) / 2
            if (self.decibans(middle * u) - goal) * (self.base - goal) <= 0:
                high = middle
            else:
                low = middle
        return [high * u] if np.linalg.norm(high * u) <= FARTHEST else []

    def decibans(self, u: Array) -> float:
        return Exact(self._moved(u)).forecast.decibans

    def _moved(self, u: Array) -> Case:
        case = self.case
        for each, distance in zip(self.inputs, u / Z95, strict=True):
            if distance:
                case = each.at(case, float(distance))
        return case

    def _slope(self, u: Array, step: float = 0.25) -> Array:
        """How D rises with each input, on the side on which it lies.

        The step is no small one: an item that points nowhere changes its direction in a group at the least touch.
        """
        if self._first is not None and not np.any(u):
            return self._first
        moved = self._moved(u)
        here = Exact(moved).forecast.decibans
        to = u + np.where(u < 0, -step, step)
        slope = np.array([Exact(each.move(moved, float(a / Z95), float(b / Z95))).forecast.decibans - here
                          for each, a, b in zip(self.inputs, u, to, strict=True)]) / (to - u)
        if not np.any(u):
            self._first = slope
        return slope
