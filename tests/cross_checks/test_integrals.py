"""Small pieces of Bayesian arithmetic against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import expit

from forecast.core.numerics import Beta, beta_from_range, beta_nodes, widest_range
from tests.second_road.monte_carlo import beta_parameters

RECORDS = [(9.5, 0.5), (1.0, 1.0), (4.0, 6.0), (0.5, 9.5), (25.0, 3.0), (700.0, 300.0), (1e5, 5.0), (9.5 + 1e9, 0.5),
           (7e8, 3e8), (2.0, 8.0 + 1e9)]


@pytest.mark.parametrize(("alpha", "beta"), RECORDS)
def test_nodes_integrate_moments_of_a_beta_however_long_the_record(alpha: float, beta: float) -> None:
    nodes, exact = beta_nodes(alpha, beta, alpha + beta), stats.beta(alpha, beta)
    weight = np.exp(nodes.log_weight)
    assert weight.sum() == pytest.approx(1, abs=1e-12)
    assert weight @ nodes.r == pytest.approx(exact.mean(), rel=1e-6)
    assert weight @ expit(-nodes.log_odds) == pytest.approx(beta / (alpha + beta), rel=1e-6)
    assert weight @ (nodes.r - exact.mean()) ** 2 == pytest.approx(exact.var(), rel=1e-4)
    assert len(nodes.r) <= 400


@pytest.mark.parametrize(("alpha", "beta"), RECORDS[:6])
def test_nodes_integrate_the_square_root_that_credibility_takes(alpha: float, beta: float) -> None:
    nodes, odds = beta_nodes(alpha, beta, alpha + beta), 0.25

    def averaged(r: float) -> float:
        return float(np.sqrt(r * odds) / (np.sqrt(r * odds) + np.sqrt(1 - r)))

    # In the quantile, where the density is one.
    expected = integrate.quad(lambda u: averaged(stats.beta.ppf(u, alpha, beta)), 0, 1, limit=200, epsabs=1e-9)[0]
    root, rest = np.sqrt(nodes.r * odds), np.sqrt(expit(-nodes.log_odds))
    assert np.exp(nodes.log_weight) @ (root / (root + rest)) == pytest.approx(expected, abs=1e-7)


@given(st.floats(0.05, 0.95), st.floats(0.01, 1))
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
