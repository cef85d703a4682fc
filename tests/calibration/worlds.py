"""Worlds of the model's section 4: what is true first, then what an analyst would have seen of it.

The event falls on a day drawn from the prior, prepared or not; false preparations come and go, and so the climate.
A report that is likely with probability v while its process is on, or in the days of a claim, and v̄ else, is seen or
looked for in vain. A source of reliability r passes on of a fact what the model says is left of it. In such worlds the
model's likelihood is the probability of the data, so that its posteriors must be calibrated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from forecast.core.cure_model import PastCase
from forecast.core.numerics import beta_from_range
from forecast.records.case import Case
from forecast.records.evidence import Item, Source
from tests.builders import day, known_source, make_case, make_group, make_item, make_question, make_source
from tests.cross_checks.plain import Plain, log_effective, shared
from tests.cross_checks.story import Acted, act

Array = NDArray[np.float64]
Rng = np.random.Generator

WEEKS, AS_OF = 26, 90
"""Length of every question, and the day on which the analyst looks."""

SHARES = {"calm": 0.3, "covert": 0.7}
RELIABILITIES = {"sharp": 0.9, "blunt": 0.5}
KINDS = ("sign", "condition")

JUDGED: Mapping[str, Any] = {"kind": "elicited", "probability": [0.35, 0.6, 0.8], "weeks": [5, 14, 40], "weight": 1.0}
COUNTED: Mapping[str, Any] = {"kind": "exposure", "events": 2, "weeks": 60.0, "weight": 1.0}


@dataclass(frozen=True)
class World:
    """What is true, and the case that an analyst makes of what is seen."""

    case: Case
    mass: Array
    """Prior mass of the live days, then not by the horizon, under the true parameters."""
    day: int
    """Live day of the event; the number of live days for not by the horizon."""
    alternative: int
    on: tuple[bool, bool]
    """Whether the event is being prepared, and whether the climate is favourable, as of the date."""
    reliability: Mapping[str, float]
    """What each source is worth."""


@cache
def empty_case(kind: str) -> Case:
    """The question before anything is seen."""
    prior = {"elicited": JUDGED, "exposure": COUNTED}[kind]
    question = make_question(SHARES, [prior], WEEKS, model_error=0,
                             preparation={"lead": "4w", "carried_out": 0.4, "unprepared": 0.1},
                             climate={"lead": "9w", "carried_out": 0.5, "unprepared": 0.2})
    return make_case(question, as_of=day(AS_OF))


@cache
def prior_of(kind: str) -> tuple[Array, Array, tuple[float, float]]:
    """Days live and beyond, the split of what is not by the horizon, and u of both processes."""
    plain = Plain(empty_case(kind))
    live = len(plain.daily)
    later = np.append(plain.prior.masses[live:], plain.prior.never_at_all)
    first, second = (shared(plain.prior, [], process).u for process in KINDS)
    return np.array(plain.prior.days), later / later.sum(), (first, second)


def draw_world(rng: Rng, kind: str = "elicited", **plan: Any) -> World:
    """Draw parameters and a day, until one is drawn on which the event has not yet happened; then what is seen."""
    days, split, false_share = prior_of(kind)
    while True:
        cumulative = _draw_cumulative(rng, kind)
        chances = np.append(np.diff(cumulative), 1 - cumulative[-1])
        drawn = int(rng.choice(len(chances) + 1, p=[cumulative[0], *chances])) - 1
        if drawn >= 0:
            break
    live = len(chances) - 1
    later = int(rng.choice(len(split), p=split)) if drawn == live else 0
    event = float(days[drawn + later]) if drawn + later < len(days) else math.inf
    case, world = empty_case(kind), World(empty_case(kind), chances, drawn, int(rng.random() < 0.7), (False, False), {})
    times = sorted({*rng.integers(day(0).toordinal() - 20, day(AS_OF).toordinal() + 1, 6).tolist()})
    acts = [act(rng, process, u, np.array([event]), [*times, case.as_of.toordinal()])
            for process, u in zip(case.question.processes, false_share, strict=True)]
    preparing, favourable = (bool(acted.on[-1, 0]) for acted in acts)
    return _seen(rng, replace(world, on=(preparing, favourable)), acts, times, event, **plan)


def _draw_cumulative(rng: Rng, kind: str) -> Array:
    """F as of the date and at the end of each live day, under parameters drawn from the prior."""
    x = (np.arange(AS_OF, 7 * WEEKS) + 1) / 7
    if kind == "exposure":
        return -np.expm1(-rng.gamma(COUNTED["events"] + 0.5, 1 / COUNTED["weeks"]) * x)
    fitted, (low, median, high) = beta_from_range(*JUDGED["probability"]), JUDGED["weeks"]
    assert fitted is not None
    timing = special.ndtr(np.log(x / median) / (math.log(high / low) / (2 * 1.644854)))
    return np.asarray(rng.beta(fitted.alpha, fitted.beta) * timing / timing[-1])


def _seen(rng: Rng, world: World, acts: list[Acted], times: list[int], event: float, reports: int = 8, claims: int = 2,
          copies: int = 0, backgrounds: int = 2, prophets: int = 0) -> World:
    items: list[Item] = []
    for index in range(reports):
        process, when = int(rng.random() < 0.3), int(rng.integers(len(times)))
        on = bool(acts[process].on[when, 0])
        items.append(_report(rng, f"report-{index}", on, _date(times[when]), about=KINDS[process]))
    for index in range(claims):
        first = AS_OF + 1 + int(rng.integers(0, 7 * 10))
        window = (day(first), day(first + 27))
        items.append(_report(rng, f"claim-{index}", _inside(event, window), day(AS_OF), window=window))
    if copies:
        rumour = _report(rng, "rumour", bool(acts[0].on[-1, 0]), day(AS_OF), about="sign")
        items += [rumour.model_copy(update={"id": f"rumour-{index}", "group": "rumour"}) for index in range(copies)]
    items += [_background(rng, f"background-{index}", world.alternative) for index in range(backgrounds)]
    known = [known_source(r, name) for name, r in RELIABILITIES.items()]
    drawn, told, worth = _prophets(rng, event, prophets)
    case = replace(world.case, items=(*items, *told), sources=(*known, *drawn), groups=(make_group(1.0),))
    return replace(world, case=Case(case.question, case.as_of, case.sources, case.groups, case.items),
                   reliability=worth)


def _date(ordinal: int) -> Any:
    return day(ordinal - day(0).toordinal())


def _inside(event: float, window: tuple[Any, Any]) -> bool:
    return window[0].toordinal() <= event <= window[1].toordinal()


def _report(rng: Rng, name: str, on: bool, when: Any, **fields: Any) -> Item:
    """Something likelier, or less likely, while its process is on; a report of it, or the fact from a source."""
    if_on, if_off = rng.uniform(0.05, 0.95, 2)
    source = str(rng.choice(list(RELIABILITIES)))
    fact = rng.random() < 0.5
    chance = (if_on if on else if_off) if not fact else _passed_on(if_on, if_off, RELIABILITIES[source], on)
    seen = bool(rng.random() < chance)
    return make_item(name, date=when, source=source, says="fact" if fact else "report", seen=seen,
                     probability={"strike": float(if_on), **dict.fromkeys(SHARES, float(if_off))}, **fields)


def _passed_on(if_on: float, if_off: float, r: float, on: bool) -> float:
    """How likely a source of reliability r is to say that it was seen, so that saying so has R̃, and denying it R̃′."""
    seen = math.exp(log_effective(math.log(if_on / if_off), r))
    unseen = math.exp(log_effective(math.log((1 - if_on) / (1 - if_off)), r))
    off = (1 - unseen) / (seen - unseen)
    return off * seen if on else off


def _background(rng: Rng, name: str, alternative: int) -> Item:
    """A report that tells the alternatives apart and nothing of the event."""
    values = dict(zip(SHARES, rng.uniform(0.1, 0.9, 2).tolist(), strict=True))
    mean = sum(share * values[other] for other, share in SHARES.items())
    return make_item(name, date=day(AS_OF), source="sharp", says="report", about="condition",
                     seen=bool(rng.random() < list(values.values())[alternative]),
                     probability={"strike": mean, **values})


# --- sources that must be learned -----------------------------------------------------------------------------------

DEFINITE = 0.9
"""δ of the claims that are over: nineteen to one."""

NINETEEN = 19.0


def _prophets(rng: Rng, event: float, count: int) -> tuple[list[Source], list[Item], dict[str, float]]:
    """Sources of which nothing is known but their failed claims and their record, and what each says of days to come.

    Every one of a source's four claims failed: such worlds are as frequent as Π (1 − δ r). Its record is of ten
    answers, right with r + (1−r)·t. It says of days to come what it would, if it knew, with 19 : 1, and else with
    even odds.
    """
    sources, items, worth = [], [], {}
    for index in range(count):
        name = f"prophet-{index}"
        while True:
            r = float(rng.beta(1, 1))
            if rng.random() < (1 - DEFINITE * r) ** 4:
                break
        right = int(rng.binomial(2, r + (1 - r) * 0.3))
        sources.append(make_source(name, "F", record={"right": right, "wrong": 2 - right, "base": 0.3}))
        items += [make_item(f"{name}-failed-{claim}", date=day(0), source=name, window=[day(1), day(20 + claim)],
                            likelihood_ratio={"strike": NINETEEN}) for claim in range(4)]
        first = AS_OF + 1 + int(rng.integers(0, 7 * 5))
        window = (day(first), day(first + 55))
        said = rng.random() < 0.5 + (0.45 if _inside(event, window) else -0.45) * r
        items.append(make_item(f"{name}-says", date=day(AS_OF), source=name, window=window,
                               likelihood_ratio={"strike": NINETEEN if said else 1 / NINETEEN}))
        worth[name] = r
    return sources, items, worth


# --- past cases -----------------------------------------------------------------------------------------------------

def draw_past_cases(rng: Rng, parameters: tuple[float, float, float], count: int = 12) -> tuple[PastCase, ...]:
    """Half of the cases are followed to their end, the others for a limited time."""
    pi, scale, shape = parameters
    cases = []
    for index in range(count):
        time = scale * rng.weibull(shape) if rng.random() < pi else math.inf
        limit = rng.uniform(5, 60)
        if index % 2 and time > limit:
            cases.append(PastCase(str(index), limit, "censored"))
        elif time < math.inf:
            cases.append(PastCase(str(index), max(time, 1e-9), "event"))
        else:
            cases.append(PastCase(str(index), limit, "ended"))
    return tuple(cases)


def draw_parameters(rng: Rng) -> tuple[float, float, float]:
    """π, λ and γ from their priors."""
    return float(rng.beta(2, 2)), math.exp(rng.normal(math.log(26), 1)), math.exp(rng.normal(0, 0.5))
