"""What it means that two forecasts are the same."""

from __future__ import annotations

import numpy as np

from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from tests.builders import forecast_of


def assert_same_event(one: Case, other: Case, tolerance: float = 1e-9) -> None:
    """Both cases give the event the same probability on every day, and the same odds."""
    _same_event(forecast_of(one), forecast_of(other), tolerance)


def assert_same_background(one: Case, other: Case, tolerance: float = 1e-9) -> None:
    """Both cases give the same shares to the alternatives, in their order."""
    np.testing.assert_allclose(forecast_of(one).alternatives, forecast_of(other).alternatives, rtol=0, atol=tolerance)


def assert_same_headline(one: Case, other: Case, tolerance: float = 1e-9) -> None:
    """Both cases give the same days, hypotheses, processes, sources and decibans, whatever their names are."""
    a, b = forecast_of(one), forecast_of(other)
    _same_event(a, b, tolerance)
    np.testing.assert_allclose(list(a.hypotheses.values()), list(b.hypotheses.values()), rtol=0, atol=tolerance)
    assert_same_processes(a, b, tolerance)
    assert_same_sources(a, b, tolerance)


def _same_event(a: Forecast, b: Forecast, tolerance: float) -> None:
    np.testing.assert_allclose(a.daily, b.daily, rtol=0, atol=tolerance)
    np.testing.assert_allclose(a.decibans, b.decibans, rtol=tolerance, atol=100 * tolerance)


def assert_same_processes(a: Forecast, b: Forecast, tolerance: float) -> None:
    """The event is being prepared, and the climate is favourable, to the same probability."""
    np.testing.assert_allclose(a.preparing, b.preparing, rtol=0, atol=tolerance)
    np.testing.assert_allclose(a.climate, b.climate, rtol=0, atol=tolerance)


def assert_same_sources(a: Forecast, b: Forecast, tolerance: float) -> None:
    """Sources that both forecasts know come out alike."""
    for name in a.reliability.keys() & b.reliability.keys():
        np.testing.assert_allclose(a.reliability[name], b.reliability[name], rtol=0, atol=tolerance)
