"""Simulation-based calibration: the truth ranks uniformly in the posterior, and a wrong posterior is found out.

Talts, Betancourt, Simpson, Vehtari & Gelman 2018, doi:10.48550/arXiv.1804.06788.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.records.evidence import Window
from forecast.records.question import Elicited
from forecast.records.types import Estimate
from tests.builders import day, draws_of, forecast_of
from tests.calibration.uniform import FAILS, PASSES, p_value, p_value_of_reliability, placed, rank
from tests.calibration.worlds import AS_OF, World, draw_world

Array = NDArray[np.float64]

PLANS: dict[str, dict[str, Any]] = {
    "judged": {"worlds": 350, "reports": 10, "claims": 5},
    "counted": {"kind": "exposure", "worlds": 250},
    "rumours": {"worlds": 250, "reports": 1, "claims": 0, "copies": 8, "backgrounds": 0},
    "silent": {"worlds": 300, "reports": 0, "claims": 0, "backgrounds": 0},
    "prophets": {"worlds": 300, "reports": 1, "claims": 0, "backgrounds": 0, "prophets": 9},
}


@cache
def worlds(name: str) -> list[World]:
    rng = np.random.default_rng([20180418, sorted(PLANS).index(name)])
    plan = {key: value for key, value in PLANS[name].items() if key != "worlds"}
    return [draw_world(rng, **plan) for _ in range(PLANS[name]["worlds"])]


@cache
def forecasts(name: str) -> list[Forecast]:
    return [forecast_of(world.case) for world in worlds(name)]


def p_values(truths: list[World], found: list[Forecast]) -> dict[str, float]:
    """Of the day on which the event falls, of whether it happens, and of both processes."""
    u = np.random.default_rng(1).random(len(truths))
    days = [placed(np.append(forecast.daily, forecast.never), world.day, each)
            for world, forecast, each in zip(truths, found, u, strict=True)]
    came = [world.day < len(forecast.daily) for world, forecast in zip(truths, found, strict=True)]
    result = {"day": p_value(days), "event": p_value_of_reliability([each.event for each in found], came)}
    for index, name in enumerate(("preparing", "climate")):
        stated = [getattr(forecast, name).now for forecast in found]
        result[name] = p_value_of_reliability(stated, [world.on[index] for world in truths])
    return result


@pytest.mark.parametrize("name", PLANS)
def test_what_is_forecast_comes_true_as_often_as_it_says(name: str) -> None:
    found = p_values(worlds(name), forecasts(name))
    assert {what: p for what, p in found.items() if p <= PASSES} == {}


def test_the_background_is_as_often_what_it_is_said_to_be() -> None:
    stated = [forecast.alternatives[1] for forecast in forecasts("judged")]
    assert np.std(stated) > 0.15
    assert p_value_of_reliability(stated, [world.alternative == 1 for world in worlds("judged")]) > PASSES


def test_sources_are_worth_what_is_learned_of_them() -> None:
    """The truth ranks uniformly in each source's density, given its record and its claims that failed."""
    places, means = [], []
    for world in worlds("prophets"):
        for source, known in zip(world.case.sources, Exact(world.case).credit.of(), strict=True):
            if source.id in world.reliability:
                r, weight = known.nodes
                middles = np.cumsum(weight) - weight / 2
                places.append(float(np.interp(world.reliability[source.id], r, middles, 0, 1)))
                means.append(known.mean)
    assert p_value(places) > PASSES
    assert 0.05 < np.mean(means) < 0.3


# --- mistakes that must be found out --------------------------------------------------------------------------------

def evidence_doubled(case: Case) -> Case:
    return replace(case, question=case.question.model_copy(update={"evidence_weight": Estimate(2.0)}))


def signs_as_independent(case: Case) -> Case:
    """Every sign and condition bears on all days to come by itself, as if it were a claim about them."""
    window = Window(day(AS_OF + 1), case.question.horizon)
    return replace(case, items=tuple(item.model_copy(update={"about": None, "window": window})
                                     if item.window is None else item for item in case.items))


def failures_forgiven(case: Case) -> Case:
    return case.without(item.id for item in case.items if "failed" in item.id)


def copies_in_full(case: Case) -> Case:
    return replace(case, items=tuple(item.model_copy(update={"group": None}) for item in case.items))


def silence_twice(case: Case) -> Case:
    """The judgement is lowered for the silent weeks by hand, and the engine lowers it once more."""
    judged = case.question.prior[0]
    assert isinstance(judged, Elicited)
    quiet = forecast_of(replace(case, items=())).event
    lowered = judged.model_copy(update={"probability": Estimate(quiet)})
    return replace(case, question=case.question.model_copy(update={"prior": (lowered,)}))


def nothing_is_false(case: Case) -> Case:
    """Every preparation is taken to be carried out."""
    preparation = case.question.preparation.model_copy(update={"carried_out": Estimate(0.99)})
    return replace(case, question=case.question.model_copy(update={"preparation": preparation}))


@pytest.mark.parametrize(("name", "mistake"), [
    ("judged", evidence_doubled), ("judged", signs_as_independent), ("judged", nothing_is_false),
    ("prophets", failures_forgiven), ("rumours", copies_in_full), ("silent", silence_twice)])
def test_a_mistake_is_found_out(name: str, mistake: Callable[[Case], Case]) -> None:
    mistaken = p_values(worlds(name), [forecast_of(mistake(world.case)) for world in worlds(name)])
    assert min(mistaken.values()) < FAILS


# --- unknowns -------------------------------------------------------------------------------------------------------

def known_probability(world: World) -> float:
    """P(event | θ): what would be forecast if the prior's parameters were known."""
    forecast = forecast_of(world.case)
    likelihood = np.append(forecast.daily / forecast.prior_daily, forecast.never / forecast.prior_never)
    joint = world.mass * likelihood
    return float(joint[:-1].sum() / joint.sum())


@pytest.mark.parametrize("name", ["judged", "counted"])
def test_probability_given_the_parameters_of_the_prior_ranks_uniformly_in_the_draws_of_the_band(name: str) -> None:
    """Only the prior is unknown here: the ratios are stated as they are, sources are known, no model error."""
    places = [rank(draws_of(world.case, 200, index).event, known_probability(world))
              for index, world in enumerate(worlds(name)[:150])]
    assert p_value(places) > PASSES


def test_some_worlds_are_silent_for_long_enough_that_silence_tells() -> None:
    bare = replace(worlds("judged")[0].case, items=())
    assert forecast_of(bare).event < forecast_of(bare.at(bare.question.opens)).event - 0.05
