"""Worlds drawn from the model: truth first, then what an analyst would have seen of it.

An item with probabilities v_h from a source of known reliability r is seen with probability L_h/(L_h + L'_h), where L_h
is the likelihood of seeing it and L'_h that of not seeing it; the denominator is the same under every hypothesis. Reach
is 0 or 1, where a report says the same of all states that it bears on. These are the worlds in which the model's
likelihood is the probability of the data, so that posteriors must be calibrated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from forecast.core.cure_model import PastCase
from forecast.core.numerics import beta_from_range
from forecast.records.case import Case
from forecast.records.evidence import Item
from tests.builders import day, known_source, make_case, make_group, make_item, make_question

Array = NDArray[np.float64]
Rng = np.random.Generator

WEEKS = 26
SILENT_WEEKS = 10
"""Weeks that have passed in every world when the analyst looks."""

SHARES = {"calm": 0.3, "covert": 0.7}
CONCENTRATION = 10.0
RELIABILITIES = {"sharp": 0.9, "blunt": 0.6}

JUDGED: Mapping[str, Any] = {"kind": "elicited", "probability": [0.35, 0.6, 0.8], "weeks": [4, 10, 25], "weight": 1.0}
COUNTED: Mapping[str, Any] = {"kind": "exposure", "events": 2, "weeks": 60.0, "weight": 1.0}
LEARNED: Mapping[str, Any] = {"kind": "reference_class", "file": "past.csv", "weight": 1.0}


@dataclass(frozen=True)
class World:
    """What is true, and the case that an analyst makes of what is seen."""

    case: Case
    mass: Array
    """Prior mass of the live weeks, then never, under the true parameters."""
    shares: Array
    week: int
    """Live week of the event; the number of live weeks for never."""
    alternative: int
    parameters: tuple[float, ...]
    """True π, λ and γ where past cases were drawn; else empty."""


def draw_world(rng: Rng, prior: Mapping[str, Any], **plan: Any) -> World:
    """Draw parameters and a state, until one is drawn in which the event has not yet come; then what is seen."""
    while True:
        parameters, cumulative = _draw_parameters(rng, prior["kind"])
        mass = np.append(np.diff(cumulative), 1 - cumulative[-1])
        week = int(rng.choice(len(mass) + 1, p=[cumulative[0], *mass])) - 1
        if week >= 0:
            break
    shares = rng.dirichlet(CONCENTRATION * np.array(list(SHARES.values())))
    alternative = int(rng.choice(len(SHARES), p=shares))
    question = make_question(SHARES, [prior], WEEKS, half_life="never", share_concentration=CONCENTRATION)
    items = _draw_items(rng, week, alternative, **plan)
    sources = [known_source(r, name) for name, r in RELIABILITIES.items()]
    histories = {"past.csv": draw_past_cases(rng, parameters)} if parameters else {}
    case = make_case(question, items, sources, [make_group(1.0)], day(7 * SILENT_WEEKS - 1), histories=histories)
    return World(case, mass, shares, week, alternative, parameters)


def _draw_parameters(rng: Rng, kind: str) -> tuple[tuple[float, ...], Array]:
    """Parameters of the prior, and F at the end of the silent weeks and of each later one."""
    x = np.arange(SILENT_WEEKS, WEEKS + 1.0)
    if kind == "elicited":
        fitted, (low, median, high) = beta_from_range(*JUDGED["probability"]), JUDGED["weeks"]
        assert fitted is not None
        timing = stats.lognorm(math.log(high / low) / (2 * 1.644854), scale=median)
        return (), rng.beta(fitted.alpha, fitted.beta) * timing.cdf(x) / timing.cdf(x[-1])
    if kind == "exposure":
        return (), 1 - np.exp(-rng.gamma(COUNTED["events"] + 0.5, 1 / COUNTED["weeks"]) * x)
    pi, scale, shape = rng.beta(2, 2), math.exp(rng.normal(math.log(26), 1)), math.exp(rng.normal(0, 0.5))
    return (pi, scale, shape), pi * (1 - np.exp(-((x / scale) ** shape)))


def draw_past_cases(rng: Rng, parameters: tuple[float, ...], count: int = 12) -> tuple[PastCase, ...]:
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


def _draw_items(rng: Rng, week: int, alternative: int, facts: int = 5, claims: int = 3, copies: int = 0) -> list[Item]:
    """Facts that bear on every week, claims about four weeks each, and copies of one rumour in a group."""
    items = []
    for index in range(facts + claims):
        first = int(rng.integers(0, WEEKS - SILENT_WEEKS - 4))
        window = range(first, first + 4) if index >= facts else range(WEEKS - SILENT_WEEKS)
        items.append(_draw_item(rng, f"item-{index}", week if week in window else -1, alternative,
                                first if index >= facts else None))
    if copies:
        rumour = _draw_item(rng, "rumour", 0 if week < WEEKS - SILENT_WEEKS else -1, alternative, None)
        items += [rumour.model_copy(update={"id": f"rumour-{index}", "group": "rumour"}) for index in range(copies)]
    return items


def _draw_item(rng: Rng, name: str, week: int, alternative: int, first: int | None) -> Item:
    """Whether an item was seen in a state in which it bears on the event, or not (−1)."""
    values = rng.uniform(0.1, 0.9, 1 + len(SHARES))
    source = str(rng.choice(list(RELIABILITIES)))
    held = 0 if week >= 0 else 1 + alternative
    seen, missed = (likelihood(v, RELIABILITIES[source])[held] for v in (values, 1 - values))
    fields: dict[str, Any] = {"probability": dict(zip(["strike", *SHARES], map(float, values), strict=True)),
                              "source": source, "seen": bool(rng.random() < seen / (seen + missed))}
    if first is not None:
        fields["window"] = [day(7 * (SILENT_WEEKS + first)), day(7 * (SILENT_WEEKS + first + 4) - 1)]
    return make_item(name, **fields)


def likelihood(values: Array, r: float) -> Array:
    """L of each hypothesis: r v + (1 − r) g."""
    shares = np.array(list(SHARES.values()))
    neutral = math.exp(0.5 * math.log(values[0]) + 0.5 * float(shares @ np.log(values[1:])))
    return r * values + (1 - r) * neutral
