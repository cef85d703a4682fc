"""The cure model that learns from past cases, against brute force and closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate

from forecast.core.cure_model import PastCase, learn
from tests.second_road.brute_force import history_nodes

X = np.array([1.0, 5.0, 13.0, 26.0, 52.0, 104.0])

HISTORIES: dict[str, tuple[PastCase, ...]] = {
    "one event": (PastCase("a", 10, "event"),),
    "one that ended": (PastCase("a", 10, "ended"),),
    "one censored": (PastCase("a", 30, "censored"),),
    "all kinds": (PastCase("a", 8, "event"), PastCase("b", 19, "event"), PastCase("c", 40, "censored"),
                  PastCase("d", 12, "ended"), PastCase("e", 3, "event")),
    "small weights": (PastCase("a", 8, "event", 0.3), PastCase("b", 70, "event", 0.1),
                      PastCase("c", 40, "censored", 0.5), PastCase("d", 12, "ended", 0.2)),
    "heavy weights": (PastCase("a", 8, "event", 3), PastCase("b", 21, "event", 2), PastCase("c", 60, "censored", 4),
                      PastCase("d", 12, "ended", 1.5)),
    "many": tuple(PastCase(str(t), t, "ended" if t % 5 == 0 else "censored" if t % 3 == 0 else "event", 0.2)
                  for t in range(1, 40)),
    "weightless": (PastCase("a", 8, "event", 0), PastCase("b", 12, "censored")),
}


def expected_fall(cases: tuple[PastCase, ...]) -> np.ndarray[Any, Any]:
    """E[π (1 − S(x))] by the package."""
    model = learn(cases)
    return np.asarray(model.cell_mean @ (1 - model.survival(X)))


@pytest.mark.parametrize("name", HISTORIES)
def test_the_cumulative_prior_equals_brute_force(name: str) -> None:
    scale, shape, coming = history_nodes(HISTORIES[name])
    brute = (1 - np.exp(-np.exp(np.minimum(shape * np.log(X[:, None] / scale), 700.0)))) @ coming
    np.testing.assert_allclose(expected_fall(HISTORIES[name]), brute, rtol=0, atol=2e-6)
    assert learn(HISTORIES[name]).means()["share"] == pytest.approx(coming.sum(), abs=2e-6)


def test_without_past_cases_the_prior_is_returned() -> None:
    means = learn(()).means()
    assert means["share"] == pytest.approx(0.5, abs=1e-8)
    assert means["scale"] == pytest.approx(26 * np.exp(0.5), rel=1e-6)
    assert means["shape"] == pytest.approx(np.exp(0.125), rel=1e-6)

    def fallen(z_shape: float, z_scale: float) -> float:
        """Normal density of both, times the share of a coming event that falls within 13 weeks."""
        exponent = np.exp(0.5 * z_shape) * (np.log(13.0 / 26) - z_scale)
        density = np.exp(-(z_shape**2 + z_scale**2) / 2) / (2 * np.pi)
        return float(density * -np.expm1(-np.exp(exponent)))

    by_quadrature = integrate.dblquad(fallen, -7, 7, -7, 7, epsabs=1e-7)[0]
    assert expected_fall(())[2] == pytest.approx(by_quadrature / 2, abs=1e-6)


def test_cases_that_ended_inform_the_share_alone() -> None:
    ended = (PastCase("a", 3, "ended", 0.7), PastCase("b", 80, "ended", 2.5))
    model = learn(ended)
    assert model.means()["share"] == pytest.approx(2 / (4 + 3.2), abs=1e-8)
    np.testing.assert_allclose(expected_fall(ended), expected_fall(()) / 0.5 * 2 / 7.2, rtol=1e-6)


def test_a_weight_of_two_is_two_cases() -> None:
    twice = (PastCase("a", 8, "event"), PastCase("b", 8, "event"), PastCase("c", 20, "censored", 0.4))
    np.testing.assert_allclose(expected_fall(twice), expected_fall((PastCase("a", 8, "event", 2),
                                                                    PastCase("c", 20, "censored", 0.4))), atol=1e-12)
