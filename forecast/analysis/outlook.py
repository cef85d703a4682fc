"""Where the evidence goes, what a question can be told at all, and how its forecast falls if nothing happens."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from forecast.core.numerics import Array, decibans
from forecast.engine.encoding import effective
from forecast.engine.exact import Exact
from forecast.records.result import Chance, Result

FRIDAYS = 8
"""Coming Fridays for which it is said what the forecast will be if nothing happens."""

STRONG = 39.0
"""The largest ratio that a source of grade A is believed."""


class Flow(Result):
    """What all items together say at one stage on their way into the forecast, in decibans."""

    stage: str
    towards: float
    """Σ over the items that speak for the event."""
    away: float
    """Σ over those that speak against it, positive."""


def flow(engine: Exact) -> list[Flow]:
    """Where the evidence goes: Σ of 10·|log10 R| towards and away at each stage.

    As stated (after standing); after reliability and credibility; after echo; after the evidence weight; then what each
    item does alone, with no other, to P by the horizon and to P in the next thirteen weeks (sharing and windows).
    """
    ev, heard = engine.evidence, engine.heard
    alone = np.eye(len(ev), dtype=bool)
    nothing = np.zeros((1, len(ev)), bool)
    days = engine.case.days
    by_horizon, soon = (engine.log_odds_of(alone, day) - engine.log_odds_of(nothing, day)
                        for day in (days.horizon, days.thirteen_weeks))
    stages = {
        "as stated": ev.log_lift,
        "after reliability": effective(ev.log_lift, heard.reliability),
        "after echo": effective(ev.log_lift, heard.echo * heard.reliability),
        "after the evidence weight": heard.log_lift,
        "alone, on the event by the horizon": by_horizon,
        "alone, on the event within thirteen weeks": soon,
    }
    return [Flow(stage=name, towards=_sum(np.maximum(values, 0)), away=_sum(np.maximum(-values, 0)))
            for name, values in stages.items()]


def _sum(log_values: Array) -> float:
    return decibans(float(log_values.sum()))


class Ceiling(Result):
    """P(event by the horizon) today from one sign and nothing else: the most that signs can tell this question."""

    sure: Chance
    """From a sign that is sure."""
    strong: Chance
    """From a sign of 39 : 1, the most that a source of grade A is believed."""
    prior: Chance
    """From no sign."""


def ceiling(engine: Exact) -> Ceiling:
    """The question's ceiling as of the date of a case."""
    spans, process = engine.spans, engine.processes[0]
    live = spans.until(engine.case.question.horizon.toordinal())
    mass, weighed = spans.sums[0], spans.sums[1]

    def probability(ratio: float) -> float:
        lift = 1 / max(process.share + (1 - process.share) / ratio, np.finfo(float).tiny)
        likelihood = mass + (lift - 1) * weighed
        event, never = likelihood[:live].sum(), likelihood[live:].sum() + engine.prior.rest
        return float(event / (event + never))

    return Ceiling(sure=probability(np.inf), strong=probability(STRONG), prior=probability(1.0))


class Ahead(Result):
    """The forecast of a coming day if nothing new is heard and the event does not happen."""

    day: date
    event: Chance
    """P(event by the horizon)."""
    thirteen_weeks: Chance
    preparing: Chance


def if_nothing_happens(engine: Exact, count: int = FRIDAYS) -> list[Ahead]:
    """The forecasts of the coming Fridays before the horizon, with no new item and no event."""
    case = engine.case
    friday = case.as_of + timedelta((4 - case.as_of.weekday() - 1) % 7 + 1)
    fridays = [friday + timedelta(7 * week) for week in range(count)]
    result = []
    for day in (day for day in fridays if day < case.question.horizon):
        forecast = Exact(case.moved_to(day)).forecast
        result.append(Ahead(day=day, event=forecast.event, thirteen_weeks=forecast.next.probability,
                            preparing=forecast.preparing.now))
    return result


