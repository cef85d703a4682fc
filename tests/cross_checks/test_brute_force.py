"""Exact and brute force agree: days, hypotheses, whether it is being prepared, and the slopes of the band."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from forecast.engine.bands import Grid
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from tests.builders import day, make_case, make_group, make_item, make_question, make_source
from tests.cross_checks.brute_force import Story, stories
from tests.cross_checks.plain import Plain, Shared, covers, shared, shares

SEEDS = range(4)

KINDS = ("sign", "condition")


@cache
def small_case(seed: int) -> Case:
    """A question of six weeks with at most three days of evidence for each process, and two claims."""
    rng = np.random.default_rng(seed)
    prior = {"kind": "elicited", "probability": float(rng.uniform(0.2, 0.8)), "weeks": [1, 3, 9], "weight": 1.0}
    question = make_question(
        {"calm": 0.3, "covert": 0.7}, [prior], 6, evidence_weight=float(rng.uniform(0.6, 1.3)),
        preparation={"lead": "1w", "carried_out": float(rng.uniform(0.3, 0.8)), "unprepared": 0.2},
        climate={"lead": "2w", "carried_out": float(rng.uniform(0.3, 0.8)), "unprepared": 0.05})
    items = [report(rng, index) for index in range(8)]
    sources = [make_source("wire", "B", 2, 1), make_source("leak", "D")]
    return make_case(question, items, sources, [make_group(0.5)], day(20))


def report(rng: np.random.Generator, index: int) -> Item:
    ratios = {"strike": float(np.exp(rng.normal(0.3, 1))), "calm": float(np.exp(rng.normal(0, 0.5)))}
    where = {"about": KINDS[index % 2]} if index < 6 else {"window": [day(18), day(int(rng.integers(22, 60)))]}
    group = {"group": "rumour"} if index % 3 == 0 else {}
    return make_item(f"item-{index}", date=day([6, 13, 20][int(rng.integers(3))]), likelihood_ratio=ratios,
                     source=["wire", "leak"][index % 2], credibility=int(rng.integers(1, 7)), **where, **group)


def processes(plain: Plain) -> list[Shared]:
    return [shared(plain.prior, plain.heard, kind) for kind in KINDS]


@cache
def every_story(seed: int) -> tuple[Plain, list[list[list[Story]]]]:
    """The stories of each process, for each day and for never at all."""
    plain = Plain(small_case(seed))
    days: list[int | None] = [*plain.prior.days, None]
    return plain, [[stories(process, each) for each in days] for process in processes(plain)]


def joint(seed: int) -> np.ndarray:
    """Probability of each day, live and beyond the horizon, and of never at all, with each background; (day + 1, b)."""
    plain, told = every_story(seed)
    mass = np.append(plain.prior.masses, plain.prior.never_at_all)
    for days in told:
        mass = mass * [sum(story.weight for story in each) for each in days]
    background = np.array(shares(plain.case))
    for each in plain.heard:
        background = background * np.exp(each.log_background)
        if each.item.window is not None:
            mass = mass * np.append(np.exp(covers(each.item, plain.prior.days) * each.log_lift), 1.0)
    result = np.outer(mass, background)
    return result / result.sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_days_and_hypotheses_agree(seed: int) -> None:
    forecast, expected = Exact(small_case(seed)).forecast, joint(seed)
    live = len(forecast.daily)
    np.testing.assert_allclose(forecast.daily, expected[:live].sum(axis=1), rtol=0, atol=1e-12)
    assert list(forecast.hypotheses.values()) == pytest.approx(
        [expected[:live].sum(), *expected[live:].sum(axis=0)], abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("index", [0, 1])
def test_whether_a_process_is_on_agrees(seed: int, index: int) -> None:
    forecast, told = Exact(small_case(seed)).forecast, every_story(seed)[1][index]
    by_day, live = joint(seed).sum(axis=1), len(Exact(small_case(seed)).forecast.daily)
    totals = [sum(story.weight for story in each) for each in told]
    begun = np.array([sum(s.weight for s in each if s.begun) for each in told]) / totals
    on = np.array([sum(s.weight for s in each if s.begun or s.false_now) for each in told]) / totals
    found = (forecast.preparing, forecast.climate)[index]
    assert found.leads_to_event == pytest.approx(by_day[:live] @ begun[:live], abs=1e-12)
    assert found.now == pytest.approx(by_day @ on, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_slopes_are_the_smoothed_probabilities_that_a_process_was_on(seed: int) -> None:
    engine, (plain, told) = Exact(small_case(seed)), every_story(seed)
    grid = Grid(engine)
    found = grid.slopes.shares @ grid.slopes.profiles
    ends = np.append(grid.first[1:], plain.prior.days.stop)
    single = np.flatnonzero(ends - grid.first == 1)
    for row, each in zip(found, plain.heard, strict=True):
        if each.item.window is not None:
            continue
        index = KINDS.index(each.item.about or "sign")
        place = processes(plain)[index].days.index(each.item.date.toordinal())
        smoothed = [sum(s.weight for s in day_ if s.on[place]) / sum(s.weight for s in day_) for day_ in told[index]]
        at = [*(grid.first[single] - plain.prior.days.start).tolist(), -1]
        np.testing.assert_allclose(row[[*single.tolist(), -1]], np.array(smoothed)[at], rtol=0, atol=1e-10)
