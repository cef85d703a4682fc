"""Scenarios beside the base case: differences, what makes them, and interactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from forecast.analysis.attribution import Step, farthest, leave_one_out, step
from forecast.analysis.case_diff import stages
from forecast.core.equality import ByValue
from forecast.core.errors import ForecastError, InputError, Problem, did_you_mean, refuse
from forecast.core.numerics import Array, decibans
from forecast.core.text import counted
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.records.scenario import Scenario, apply, combine
from forecast.records.types import shown


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
    def by(self) -> dict[date, float | None]:
        """Difference of P(event by each key date of the base case); None for a day outside the scenario's question."""
        return {day: self.forecast.by(day) - value if self.forecast.covers(day) else None
                for day, value in self.base.by_key_date.items()}

    @cached_property
    def steps(self) -> list[Step]:
        """What makes the difference, one record after the other; sums exactly to `decibans`.

        What changes nothing is left out.
        """
        result, before = [], self.base.decibans
        for stage in stages(self.base.case, self.forecast.case):
            after = decibans(Exact(stage.case).log_odds())
            if after != before:
                result.append(step(stage.kind, stage.id, stage.label, before, after))
            before = after
        return result

    @cached_property
    def weights(self) -> dict[str, float]:
        """How much more each item moves D than in the base case: leave-one-out there minus leave-one-out here.

        An item that is active in one of the two alone moves nothing in the other. The largest first.
        """
        before, after = (leave_one_out(Exact(each.case)) for each in (self.base, self.forecast))
        moved = {name: after.get(name, 0.0) - before.get(name, 0.0) for name in (before | after)}
        return {name: moved[name] for name in farthest(moved)}


def named(scenarios: Mapping[str, Scenario], name: str) -> Scenario:
    """Find a scenario by its name; `a+b` applies a, then b.

    Raises
    ------
    ForecastError
        If there is no such scenario, one is named twice, or both of `a+b` set one field.
    """
    parts = name.split("+")
    if not all(parts):
        raise ForecastError(f"{shown(name)}: a name is empty; write that of a scenario, or a+b for two at once")
    if len(set(parts)) < len(parts):
        raise ForecastError(f"{name}: holds a scenario twice; name each once")
    for part in parts:
        if part not in scenarios:
            hint = did_you_mean(part, scenarios) if scenarios else f"write it as {part}.yaml there"
            raise ForecastError(f"{part}: no such scenario in evidence/scenarios/; {hint}")
    result = scenarios[parts[0]]
    for part in parts[1:]:
        result = combine(result, scenarios[part])
    return result


def compare(case: Case, scenarios: Mapping[str, Scenario | Case]) -> list[Comparison]:
    """Compute scenarios beside the base case; all are exact, so that differences carry no noise.

    Parameters
    ----------
    case : Case
        The base case.
    scenarios : mapping
        By name: scenarios as files state them, or cases as `Case.with_` makes them.

    Raises
    ------
    ForecastError
        If a scenario does not fit the case, or a case asks another question.

    Examples
    --------
    >>> case = forecast.load(".").case()
    >>> (row,) = forecast.compare(case, {"doubt": case.with_(question={"evidence_weight": 0.5})})
    >>> row.points, row.decibans, row.steps
    """
    base = Exact(case).forecast
    _refuse_unstated(scenarios)
    rows = []
    for name, stated in scenarios.items():
        title, story = (stated.name, stated.story or "") if isinstance(stated, Scenario) else (name, "")
        changed = apply(case, stated) if isinstance(stated, Scenario) else stated
        if changed.question.identity != case.question.identity:
            pairs = zip(changed.question.identity, case.question.identity, strict=True)
            asked, in_base = next(pair for pair in pairs if pair[0] != pair[1])
            raise ForecastError(f"{name}: asks {asked}, and the base case {in_base}; compare cases of one question")
        rows.append(Comparison(name, title, story, base, Exact(changed).forecast))
    return rows


def _refuse_unstated(scenarios: object) -> None:
    """Raise `InputError` unless each scenario has a name, and is one or a case."""
    if not isinstance(scenarios, Mapping):
        raise InputError.of("scenarios", f"{shown(scenarios)} is not a mapping; write {{name: scenario or case}}")
    wrong = {name: stated for name, stated in scenarios.items() if not isinstance(stated, Scenario | Case)}
    refuse(Problem("", 0, f"scenarios.{name}", f"{shown(stated)} is neither a scenario nor a case; write one, such as "
                                               "workspace.scenarios[name] or case.with_(...)")
           for name, stated in wrong.items())


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
    base = decibans(Exact(case).log_odds())
    return Interaction(*(decibans(Exact(apply(case, scenario)).log_odds()) - base
                         for scenario in (first, second, combine(first, second))))


@dataclass(frozen=True, eq=False)
class ComparisonTable(ByValue):
    """What `forecast compare` shows."""

    base: Forecast
    rows: tuple[Comparison, ...]
    interactions: Mapping[str, Interaction]
    """Of the scenarios of two, `a+b`, by their names."""
    dates: tuple[date, ...]
    matrix: Array
    """P(event) of the base case and of each scenario at the dates; shape (1 + scenario, date)."""

    def __repr__(self) -> str:
        return f"ComparisonTable({counted(len(self.rows), 'scenario')} beside {self.base!r})"


def matrix(case: Case, scenarios: Mapping[str, Scenario], dates: Sequence[date]) -> Array:
    """P(event) of the base case and of scenarios at many as-of dates; shape (1 + scenario, date).

    A scenario that sets an as-of date of its own has the same value at every date.
    """
    if not dates:
        return np.zeros((1 + len(scenarios), 0))
    bases = [case.at(day) for day in dates]
    rows = [bases, *([apply(base, scenario) for base in bases] for scenario in scenarios.values())]
    return np.array([[Exact(each).forecast.event for each in row] for row in rows])
