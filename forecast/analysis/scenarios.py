"""Scenarios beside the base case: differences, what makes them, and interactions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.analysis.attribution import Kind, Step, farthest, leave_one_out
from forecast.core.equality import ByValue
from forecast.core.errors import ForecastError, did_you_mean
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.records.question import Question
from forecast.records.scenario import Scenario, apply, combine
from forecast.records.types import Record

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
        """What makes the difference, one record after the other; sums exactly to `decibans`.

        In this order: as-of date, items that are dropped, question, sources, groups, items that are revised, items
        that are added. What changes nothing is left out.
        """
        steps, before = [], self.base.decibans
        for kind, name, label, case in _stages(self.base.case, self.forecast.case):
            after = Exact(case).forecast.decibans
            if after != before:
                steps.append(Step(kind, name, label, after - before, after))
            before = after
        return steps

    @cached_property
    def weights(self) -> dict[str, float]:
        """How much more each item moves D than in the base case: leave-one-out there minus leave-one-out here.

        An item that is active in one of the two alone moves nothing in the other. The largest first.
        """
        before, after = (leave_one_out(Exact(each.case)) for each in (self.base, self.forecast))
        moved = {name: after.get(name, 0.0) - before.get(name, 0.0) for name in (before | after)}
        return {name: moved[name] for name in farthest(moved)}


Stage = tuple[Kind, str, str, Case]
"""Kind, id and label of a step, and the case after it."""


def _stages(base: Case, new: Case) -> Iterator[Stage]:
    """The way from one case to another, record by record."""
    case = base
    if new.as_of != base.as_of:
        case = replace(base, as_of=new.as_of)
        yield "time", "", f"As of {new.as_of} instead of {base.as_of}", case
    then, now = ({item.id: item for item in each.items} for each in (base, new))
    for name in [name for name in then if name not in now]:
        case = case.without([name])
        yield "withdrawn", name, then[name].title, case
    for label, question in _questions(base.question, new.question):
        case = replace(case, question=question)
        yield "settings", "question", label, case
    for kind in ("sources", "groups"):
        before, after = ({record.id: record for record in getattr(each, kind)} for each in (base, new))
        for name in [name for name in after if after[name] != before.get(name)]:
            records = {record.id: record for record in getattr(case, kind)} | {name: after[name]}
            changes: dict[str, Any] = {kind: tuple(records.values())}
            case = replace(case, **changes)
            yield "settings", name, f"{after[name].name}: {_differing(before.get(name), after[name])}", case
    for name in [name for name in now if then.get(name) != now[name]]:
        case = case.with_item(now[name])
        yield "revised" if name in then else "new", name, now[name].title, case
    if case != new:
        yield "settings", "", "the rest", new


def _questions(old: Question, new: Question) -> Iterator[tuple[str, Question]]:
    """The way from one question to another: field by field, or at once where hypotheses or dates differ."""
    whole = (old.hypotheses, old.reference, old.opens, old.horizon) != (
        new.hypotheses, new.reference, new.opens, new.horizon)
    differing = [name for name in Question.model_fields if getattr(old, name) != getattr(new, name)]
    for place, name in enumerate(differing):
        if not whole or place == len(differing) - 1:
            chosen = set(differing[:place + 1])
            fields = {each: getattr(new if each in chosen else old, each) for each in Question.model_fields}
            yield ", ".join(differing if whole else [name]).replace("_", " "), Question.model_construct(**fields)


def _differing(old: Record | None, new: Record) -> str:
    """Name the fields in which a record differs, with short values."""
    if old is None:
        return "added"
    names = [name for name in type(new).model_fields if getattr(old, name) != getattr(new, name)]
    return ", ".join(f"{name} {getattr(old, name)} → {value}" if isinstance(value := getattr(new, name), str) else name
                     for name in names)


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
        If a scenario does not fit the case.

    Examples
    --------
    >>> case = forecast.load(".").case()
    >>> (row,) = forecast.compare(case, {"slow": case.with_(question={"half_life": "26w"})})
    >>> row.points, row.decibans, row.steps
    """
    base = Exact(case).forecast
    rows = []
    for name, stated in scenarios.items():
        title, story = (stated.name, stated.story or "") if isinstance(stated, Scenario) else (name, "")
        changed = apply(case, stated) if isinstance(stated, Scenario) else stated
        rows.append(Comparison(name, title, story, base, Exact(changed).forecast))
    return rows


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


def matrix(case: Case, scenarios: Mapping[str, Scenario], dates: Sequence[date]) -> Array:
    """P(event) of the base case and of scenarios at many as-of dates; shape (1 + scenario, date).

    A scenario that sets an as-of date of its own has the same value at every date.
    """
    if not dates:
        return np.zeros((1 + len(scenarios), 0))
    bases = [case.at(day) for day in dates]
    rows = [bases, *([apply(base, scenario) for base in bases] for scenario in scenarios.values())]
    return np.array([[Exact(each).forecast.event for each in row] for row in rows])
