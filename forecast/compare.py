"""Scenarios beside the base case: differences, what makes them, interactions, and the way into the next term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecast.attribution import Step, change
from forecast.case import Case
from forecast.errors import ForecastError, did_you_mean
from forecast.exact import Exact
from forecast.posterior import Forecast
from forecast.scenario import Scenario, apply, combine
from forecast.sensitivity import Input, Rewrite, inputs, shifted, spreads

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """One scenario beside the base case."""

    name: str
    title: str
    story: str
    base: Forecast
    forecast: Forecast

    @property
    def decibans(self) -> float:
        """D(scenario) − D(base)."""
        return self.forecast.decibans - self.base.decibans

    @property
    def points(self) -> float:
        """P(event | scenario) − P(event | base)."""
        return self.forecast.event - self.base.event

    @property
    def by(self) -> dict[date, float]:
        """Difference of P(event by each key date of the base case)."""
        return {day: self.forecast.by(day) - value for day, value in self.base.by_key_date.items()}

    @cached_property
    def steps(self) -> list[Step]:
        """What makes the difference, as the change from the base case: sums exactly to `decibans`."""
        return change(self.base.case, self.forecast.case)


def named(scenarios: Mapping[str, Scenario], name: str) -> Scenario:
    """Find a scenario by its name; `a+b` applies a, then b.

    Raises
    ------
    ForecastError
        If there is no such scenario, or both of `a+b` set one field.
    """
    parts = name.split("+")
    for part in parts:
        if part not in scenarios:
            raise ForecastError(f"{part}: no such scenario in evidence/scenarios/; {did_you_mean(part, scenarios)}")
    result = scenarios[parts[0]]
    for part in parts[1:]:
        result = combine(result, scenarios[part])
    return result


def compare(case: Case, scenarios: Mapping[str, Scenario]) -> list[Comparison]:
    """Compute scenarios beside the base case; both are exact, so that differences carry no noise."""
    base = Exact(case).forecast
    return [Comparison(name, scenario.name, scenario.story or "", base, Exact(apply(case, scenario)).forecast)
            for name, scenario in scenarios.items()]


@dataclass(frozen=True)
class Interaction:
    """Two scenarios at once: what the pair does beyond the sum of what each does alone, in decibans."""

    first: float
    second: float
    both: float

    @property
    def interaction(self) -> float:
        """Both − first − second; the three add up exactly."""
        return self.both - self.first - self.second


def interaction(case: Case, first: Scenario, second: Scenario) -> Interaction:
    """Compute two scenarios, alone and together, as differences of D from the base case."""
    base = Exact(case).forecast.decibans
    return Interaction(*(Exact(apply(case, scenario)).forecast.decibans - base
                         for scenario in (first, second, combine(first, second))))


@dataclass(frozen=True)
class ComparisonTable:
    """What `forecast compare` shows."""

    base: Forecast
    rows: tuple[Comparison, ...]
    interactions: Mapping[str, Interaction]
    """Of the scenarios of two, `a+b`, by their names."""
    dates: tuple[date, ...]
    matrix: Array
    """P(event) of the base case and of each scenario at the dates; shape (1 + scenario, date)."""


def matrix(case: Case, scenarios: Mapping[str, Scenario], dates: Sequence[date]) -> Array:
    """P(event) of the base case and of scenarios at many as-of dates; shape (1 + scenario, date).

    A scenario that sets an as-of date of its own has the same value at every date.
    """
    if not dates:
        return np.zeros((1 + len(scenarios), 0))
    rows = [[Exact(case.at(day)).forecast.event for day in dates]]
    rows += [[Exact(apply(case.at(day), scenario)).forecast.event for day in dates]
             for scenario in scenarios.values()]
    return np.array(rows)


def heat_map(case: Case, across: Sequence[Rewrite], down: Sequence[Rewrite]) -> Array:
    """P(event) under every pair of two lists of rewrites; shape (down, across)."""
    return np.array([[Exact(right(below(case))).forecast.event for right in across] for below in down])


@dataclass(frozen=True)
class Crossing:
    """The smallest joint change of stated ratios that takes P(event) to the edge of the next term."""

    target: float
    """Probability at the edge."""
    distance: float | None
    """Euclidean length of the change, in standard deviations of the stated logs; None if none was found."""
    shifts: tuple[tuple[str, str, float], ...]
    """Item, hypothesis and shift of log v in its own standard deviations, the largest first."""


def crossing(case: Case, target: float, most: float = 6.0) -> Crossing:
    """Find the smallest change of all stated ratios at once that takes P(event) to a target.

    Every log v_ih may shift by u_ih of its own standard deviations σ_ih; of all shifts with D(u) = D(target) the one
    with the smallest |u| is sought along the gradient of D, walked anew after each step: the design point of
    first-order reliability analysis (Hasofer & Lind 1974).

    Parameters
    ----------
    case : Case
        The case.
    target : float
        Probability of the event to reach, in (0, 1).
    most : float
        The longest change that is looked for.
    """
    movable = [(item, name, sd) for item in case.active for name, sd in spreads(case, item)]
    if not movable:
        return Crossing(target, None, ())
    goal = float(10 * np.log10(target / (1 - target)))

    def at(u: Array) -> float:
        moved = case
        for item in {item.id: item for item, _, _ in movable}.values():
            shift = {name: float(u[k] * sd) for k, (other, name, sd) in enumerate(movable) if other.id == item.id}
            moved = shifted(moved, item, shift)
        return Exact(moved).forecast.decibans

    u = np.zeros(len(movable))
    for _ in range(4):
        here = at(u)
        step = 1e-4
        slope = np.array([(at(u + step * unit) - here) / step for unit in np.eye(len(u))])
        if not np.any(slope):
            return Crossing(target, None, ())
        # The nearest point of the tangent plane D(u) + slope·(x − u) = goal to the origin.
        following = slope * (goal - here + slope @ u) / (slope @ slope)
        if np.linalg.norm(following) > most:
            return Crossing(target, None, ())
        done = np.linalg.norm(following - u) < 1e-3
        u = following
        if done:
            break
    order = np.argsort(-np.abs(u))
    return Crossing(target, float(np.linalg.norm(u)),
                    tuple((movable[k][0].id, movable[k][1], float(u[k])) for k in order if abs(u[k]) > 1e-6))


def single_crossings(case: Case, target: float) -> list[Input]:
    """Inputs that alone, within their stated range, take P(event) across a target."""
    base = Exact(case).forecast.event
    return [each for each in inputs(case)
            if any((Exact(rewrite(case)).forecast.event - target) * (base - target) <= 0
                   for rewrite in (each.at_low, each.at_high))]
