"""Simulation-based calibration: the truth ranks uniformly in the posterior, and a wrong posterior is found out.

Talts, Betancourt, Simpson, Vehtari & Gelman 2018, doi:10.48550/arXiv.1804.06788.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from forecast.core.cure_model import CureModel, learn
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.question import Elicited
from forecast.records.types import Estimate
from tests.builders import draws_of, forecast_of
from tests.recovery.uniform import p_value, placed, rank
from tests.recovery.worlds import (
    COUNTED,
    JUDGED,
    LEARNED,
    RELIABILITIES,
    SILENT_WEEKS,
    WEEKS,
    World,
    draw_past_cases,
    draw_world,
    likelihood,
)

Array = NDArray[np.float64]

PASSES, FAILS = 0.01, 1e-6
"""p values above which ranks pass for uniform, and below which a mistake counts as found out."""

PLANS: dict[str, dict[str, Any]] = {
    "judged": {"prior": JUDGED, "worlds": 800, "facts": 7},
    "counted": {"prior": COUNTED, "worlds": 500},
    "learned": {"prior": LEARNED, "worlds": 150},
    "rumours": {"prior": JUDGED, "worlds": 1000, "facts": 1, "claims": 1, "copies": 6},
    "silent": {"prior": JUDGED, "worlds": 1000, "facts": 0, "claims": 1},
}


@cache
def worlds(name: str) -> list[World]:
    rng = np.random.default_rng([20180418, sorted(PLANS).index(name)])
    plan = {key: value for key, value in PLANS[name].items() if key != "worlds"}
    return [draw_world(rng, **plan) for _ in range(PLANS[name]["worlds"])]


@cache
def forecasts(name: str) -> list[Forecast]:
    return [forecast_of(world.case) for world in worlds(name)]


class Ranks(NamedTuple):
    """Ranks of the truth, one for each world."""

    event: list[float]
    """Whether the event comes by the horizon."""
    timing: list[float]
    """In which week it comes, or under which alternative it never does."""


def ranks(truths: list[World], found: list[Forecast]) -> Ranks:
    u = np.random.default_rng(1).random((len(truths), 2))
    event, timing = [], []
    for world, forecast, (first, second) in zip(truths, found, u, strict=True):
        weeks = len(forecast.weekly)
        state = world.week if world.week < weeks else weeks + world.alternative
        event.append(placed(np.array([forecast.event, 1 - forecast.event]), int(world.week == weeks), first))
        timing.append(placed(np.append(forecast.weekly, forecast.states[-1]), state, second))
    return Ranks(event, timing)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANS)
def test_the_event_and_its_timing_rank_uniformly(name: str) -> None:
    found = ranks(worlds(name), forecasts(name))
    assert p_value(found.event) > PASSES
    assert p_value(found.timing) > PASSES


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANS)
def test_stated_probabilities_come_true_as_often_as_they_say(name: str) -> None:
    stated = np.array([forecast.event for forecast in forecasts(name)])
    came = np.array([world.week < len(world.case.weeks) for world in worlds(name)])
    for part in np.array_split(np.argsort(stated), 5):
        surprise = (came[part] - stated[part]).sum() / np.sqrt((stated[part] * (1 - stated[part])).sum())
        assert abs(surprise) < 3


def known_probability(world: World) -> float:
    """P(event | θ): what would be forecast if the prior's parameters and the shares were known."""
    weight = world.mass[:, None] * world.shares
    weeks = range(len(world.mass) - 1)
    for item in spoken(world.case):
        assert item.probability is not None
        values = np.array([estimate.stated for estimate in item.probability.values()])
        held = likelihood(values if item.seen else 1 - values, RELIABILITIES[item.source])
        first, last = item.window or (world.case.question.opens, world.case.question.horizon)
        spans = world.case.weeks.spans
        bears = np.array([first <= spans[k][0] and spans[k][1] <= last for k in weeks] + [False])
        weight = weight * np.where(bears[:, None], held[0], held[1:])
    return float(weight[:-1].sum() / weight.sum())


def spoken(case: Case) -> list[Item]:
    """Every item once, copies of a rumour together as one."""
    return [item for item in case.items if item.group is None or item.id == "rumour-0"]


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANS)
def test_probability_given_the_unknowns_ranks_uniformly_in_the_draws_of_the_band(name: str) -> None:
    placed_at = []
    for index, (world, forecast) in enumerate(zip(worlds(name), forecasts(name), strict=True)):
        placed_at.append(rank(draws_of(forecast, 500, index).event, known_probability(world)))
    assert p_value(placed_at) > PASSES


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANS)
def test_parameters_of_the_prior_rank_uniformly_given_all_the_evidence(name: str) -> None:
    """Of each kind of prior the probability that the event never comes, which every parameter moves."""
    placed_at = []
    for index, (world, forecast) in enumerate(zip(worlds(name), forecasts(name), strict=True)):
        rng = np.random.default_rng(index)
        by_week = forecast.states.sum(axis=1)
        week = rng.choice(len(by_week), size=500, p=by_week / by_week.sum())
        placed_at.append(rank(Exact(world.case).pool.draw_given(rng, week)[:, -1], world.mass[-1]))
    assert p_value(placed_at) > PASSES


def marginal_rank(model: CureModel, parameters: tuple[float, ...]) -> list[float]:
    """Ranks of π, λ and γ in their posterior given past cases."""
    cells = model.weight.sum(axis=0)
    places = []
    for nodes, weight, truth in zip((model.share, model.scale, model.shape), (model.weight.sum(axis=1), cells, cells),
                                    parameters, strict=True):
        values, which = np.unique(nodes, return_inverse=True)
        mass = np.bincount(which, weight)
        places.append(float(np.interp(truth, values, np.cumsum(mass) - mass / 2, 0, 1)))
    return places


def parameter_ranks(weight: float) -> Array:
    """Ranks of the true parameters where each past case is counted with a weight; shape (world, 3)."""
    result = []
    for world in worlds("learned"):
        past = tuple(case._replace(weight=weight) for case in world.case.histories["past.csv"])
        result.append(marginal_rank(learn(past, 0.5), world.parameters))
    return np.array(result)


@pytest.mark.slow
def test_parameters_of_past_cases_rank_uniformly() -> None:
    for column in parameter_ranks(1.0).T:
        assert p_value(column) > PASSES


@pytest.mark.slow
def test_past_cases_counted_three_times_are_found_out() -> None:
    assert min(p_value(column) for column in parameter_ranks(3.0).T) < FAILS


def evidence_twice(case: Case) -> Case:
    again = (item.model_copy(update={"id": f"{item.id}-again"}) for item in case.items)
    return replace(case, items=(*case.items, *again))


def silence_twice(case: Case) -> Case:
    """The judgement is lowered for the silent weeks by hand, and the engine lowers it once more."""
    judged = case.question.prior[0]
    assert isinstance(judged, Elicited)
    quiet = forecast_of(case.without(item.id for item in case.items)).event
    lowered = judged.model_copy(update={"probability": Estimate(quiet)})
    return replace(case, question=case.question.model_copy(update={"prior": (lowered,)}))


def copies_in_full(case: Case) -> Case:
    return replace(case, items=tuple(item.model_copy(update={"group": None}) for item in case.items))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "mistake"), [("judged", evidence_twice), ("silent", silence_twice),
                                               ("rumours", copies_in_full)])
def test_a_mistake_in_the_count_is_found_out(name: str, mistake: Callable[[Case], Case]) -> None:
    mistaken = ranks(worlds(name), [forecast_of(mistake(world.case)) for world in worlds(name)])
    assert min(p_value(mistaken.event), p_value(mistaken.timing)) < FAILS


def test_some_worlds_are_silent_for_long_enough_that_silence_tells() -> None:
    world = worlds("judged")[0]
    bare = world.case.without(item.id for item in world.case.items)
    assert forecast_of(bare).event < forecast_of(bare.at(bare.question.opens)).event - 0.05
    assert len(bare.weeks.spans) == WEEKS - SILENT_WEEKS


@pytest.mark.parametrize("count", [3, 12])
def test_past_cases_are_of_every_kind(count: int) -> None:
    drawn = draw_past_cases(np.random.default_rng(3), (0.5, 20.0, 1.0), 40 * count)
    assert {case.outcome for case in drawn} == {"event", "ended", "censored"}
