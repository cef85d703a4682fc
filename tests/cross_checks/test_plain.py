"""The exact engine against plain Monte Carlo, on random cases in which every feature is at work."""

from __future__ import annotations

import numpy as np
import pytest

from tests.builders import forecast_of
from tests.second_road.monte_carlo import active_items, live_weeks, monte_carlo
from tests.second_road.random_cases import random_case

COUNT = 40_000

SEEDS = range(8)


@pytest.mark.parametrize("seed", SEEDS)
def test_hypotheses_weeks_and_sources_agree_within_four_standard_errors(seed: int) -> None:
    case = random_case(seed)
    forecast, sample = forecast_of(case), monte_carlo(case, COUNT, seed)
    assert len(forecast.weekly) == len(live_weeks(case))
    alternatives = range(len(case.question.alternatives))
    agrees = [sample.mean(sample.event), *(sample.mean(sample.given[None, b]) for b in alternatives),
              *(sample.mean(sample.probability([(k, b) for b in alternatives])) for k in range(len(forecast.weekly))),
              *(sample.mean(sample.r[name]) for name in forecast.reliability)]
    mean, error = np.array(agrees).T
    exact = np.array([*forecast.hypotheses.values(), *forecast.weekly, *forecast.reliability.values()])
    assert np.all(np.abs(exact - mean) <= 4 * error)
    assert error[0] < 0.005


@pytest.mark.parametrize("seed", SEEDS)
def test_band_and_worth_agree(seed: int) -> None:
    case = random_case(seed)
    forecast, sample = forecast_of(case), monte_carlo(case, COUNT, seed, spreads=True)
    assert forecast.band.low == pytest.approx(sample.quantile(sample.event, 0.05), abs=0.03)
    assert forecast.band.high == pytest.approx(sample.quantile(sample.event, 0.95), abs=0.03)
    mean, _ = sample.mean(sample.event)
    variance, _ = sample.mean((sample.event - mean) ** 2)
    assert 1 + forecast.worth == pytest.approx(mean * (1 - mean) / variance, rel=0.25)


@pytest.mark.parametrize("seed", SEEDS)
def test_monte_carlo_would_notice_a_single_item_that_is_left_out(seed: int) -> None:
    case = random_case(seed)
    sample = monte_carlo(case, COUNT, seed)
    mean, error = sample.mean(sample.event)
    moved = [abs(forecast_of(case.without([item.id])).event - mean) for item in active_items(case)]
    assert np.mean(np.array(moved) > 4 * error) > 0.5
