"""Exact and brute force agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from forecast.records.case import Case
from tests.builders import forecast_of
from tests.second_road.brute_force import brute_force
from tests.second_road.random_cases import random_case
from tests.strategies import cases


def assert_agrees(case: Case, tolerance: float) -> None:
    forecast = forecast_of(case)
    states, reliability = brute_force(case)
    expected = np.reshape(list(states.values()), forecast.states.shape)
    np.testing.assert_allclose(forecast.states, expected, rtol=0, atol=tolerance)
    for name, mean in reliability.items():
        assert forecast.reliability[name] == pytest.approx(mean, abs=10 * tolerance)


@settings(max_examples=30)
@given(cases(max_items=8))
def test_exact_and_brute_force_agree_on_generated_cases(case: Case) -> None:
    assert_agrees(case, 2e-5)


@pytest.mark.parametrize("seed", range(8))
def test_exact_and_brute_force_agree_where_every_feature_is_at_work(seed: int) -> None:
    assert_agrees(random_case(seed), 5e-6)
