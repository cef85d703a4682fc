"""What it means that two forecasts are the same."""

from __future__ import annotations

import numpy as np

from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from tests.builders import forecast_of


def assert_same_headline(one: Case, other: Case, tolerance: float = 1e-9) -> None:
    """Both cases give the same weeks, hypotheses, sources and decibans, whatever their alternatives are called."""
    a, b = forecast_of(one), forecast_of(other)
    np.testing.assert_allclose(a.weekly, b.weekly, rtol=0, atol=tolerance)
    np.testing.assert_allclose(list(a.hypotheses.values()), list(b.hypotheses.values()), rtol=0, atol=tolerance)
    assert_same_sources(a, b, tolerance)
    np.testing.assert_allclose(a.decibans, b.decibans, rtol=tolerance, atol=100 * tolerance)


def assert_same_sources(a: Forecast, b: Forecast, tolerance: float) -> None:
    """Sources that both forecasts know come out alike."""
    for name in a.reliability.keys() & b.reliability.keys():
        np.testing.assert_allclose(a.reliability[name], b.reliability[name], rtol=0, atol=tolerance)
