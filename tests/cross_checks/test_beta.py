"""Judged ranges and reliabilities against SciPy's Beta and adaptive quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forecast.core.numerics import Beta, beta_from_range, widest_range
from forecast.engine.reliability import Factor, reliability
from tests.cross_checks.plain import Density
from tests.cross_checks.plain_bands import beta_parameters
from tests.strategies import real, whole


@settings(max_examples=10)
@given(real(0.05, 0.95), real(0.01, 1))
def test_a_judged_range_becomes_the_beta_of_its_mean_and_width(mean: float, part: float) -> None:
    width = part * 0.999 * widest_range(mean)
    fitted, plain = beta_from_range(mean, mean, mean + width), beta_parameters(mean, mean, mean + width)
    assert fitted is not None
    assert plain is not None
    exact = stats.beta(fitted.alpha, fitted.beta)
    assert exact.mean() == pytest.approx(mean, rel=1e-9)
    assert exact.ppf(0.95) - exact.ppf(0.05) == pytest.approx(width, rel=1e-7)
    assert fitted.alpha + fitted.beta >= 2 - 1e-9
    assert (fitted.alpha, fitted.beta) == pytest.approx(plain, rel=1e-5)


def test_a_range_of_no_width_is_a_point_and_one_that_is_too_wide_is_no_beta() -> None:
    point = beta_from_range(0.3, 0.3, 0.3)
    assert isinstance(point, Beta)
    assert point.is_point
    assert beta_from_range(0.3, 0.3, 0.3 + 1.01 * widest_range(0.3)) is None


factors = st.lists(st.tuples(real(0.01, 1), real(-0.99, 3), whole(0, 20)).map(
    lambda each: (each[0], each[1] * each[0], float(each[2]))), max_size=5)


@given(st.sampled_from([(9.5, 0.5), (1.0, 1.0), (2.0, 8.0), (6.0, 4.0), (8.0, 2.0)]), factors)
def test_the_mean_of_a_reliability_is_its_integral(beta: tuple[float, float], drawn: list[Factor]) -> None:
    expected = Density(*beta, tuple(drawn)).mean
    assert reliability(*beta, drawn).mean == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("alpha", "beta"), [(9.5, 0.5), (1.0, 1.0), (25.0, 3.0), (700.0, 300.0), (1e5, 5.0),
                                             (9.5 + 1e9, 0.5), (7e8, 3e8), (2.0, 8.0 + 1e9)])
@pytest.mark.parametrize("slope", [0.0, -0.9, 4.0])
def test_a_reliability_is_integrated_however_long_the_record(alpha: float, beta: float, slope: float) -> None:
    """Times 1 + b·r the moments of a Beta are known."""
    first, second = alpha / (alpha + beta), alpha / (alpha + beta) * (alpha + 1) / (alpha + beta + 1)
    expected = (first + slope * second) / (1 + slope * first)
    known = reliability(alpha, beta, [(1.0, slope, 1.0)])
    assert known.mean == pytest.approx(expected, rel=1e-9)
    draws = known.draw(np.random.default_rng(1), 20_000)
    assert draws.mean() == pytest.approx(expected, abs=5 * draws.std() / np.sqrt(len(draws)) + 1e-12)


def test_factors_of_one_kind_are_one_factor_whatever_their_order() -> None:
    one = reliability(6.0, 4.0, [(1.0, -0.5, 1.0), (0.0, 1.0, 3.0), (1.0, -0.5, 2.0), (1.0, -1.0, 2.0)])
    other = reliability(6.0, 4.0, [(1.0, -1.0, 2.0), (1.0, -0.5, 3.0), (0.0, 1.0, 3.0)])
    assert one == other
    assert (one.alpha, one.beta) == (9.0, 6.0)
