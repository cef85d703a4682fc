"""The cure model that learns from past cases, against brute force and closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate, optimize

from forecast.core.cure_model import PastCase, UnresolvedError, learn, merged
from tests.cross_checks.plain import history_nodes, log_likelihood_of_history

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
    np.testing.assert_allclose(expected_fall(HISTORIES[name]), brute, rtol=0, atol=1e-7)
    assert learn(HISTORIES[name]).means()["share"] == pytest.approx(coming.sum(), abs=1e-7)


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


# --- large tables, whose posterior is narrow ------------------------------------------------------------------------

def table_of(seed: int) -> tuple[PastCase, ...]:
    """Some hundreds of cases in whole weeks, followed for a long or a short time, a few of them very regular."""
    rng = np.random.default_rng(seed)
    count, shape, scale = int(rng.integers(100, 3000)), float(np.exp(rng.normal(0.5, 0.8))), float(rng.uniform(15, 90))
    share, cases = float(rng.uniform(0.2, 0.95)), []
    for index in range(count):
        time = scale * rng.weibull(shape) if rng.random() < share else np.inf
        limit = float(rng.uniform(0.3, 4) * scale)
        weeks = max(1.0, np.ceil(min(time, limit)))
        outcome = "event" if time <= limit else "ended" if index % 3 == 0 and np.isinf(time) else "censored"
        cases.append(PastCase(str(index), float(weeks), outcome, 0.5 if index % 5 == 0 else 1.0))
    return tuple(cases)


def log_posterior(cases: tuple[PastCase, ...], point: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Log density at logit π, log λ and log γ, up to a constant; from (3, …) to (…)."""
    y, log_scale, log_shape = point
    pi = 1 / (1 + np.exp(-y))
    prior = 2 * np.log(pi) + 2 * np.log1p(-pi) - (log_scale - np.log(26)) ** 2 / 2 - 2 * log_shape**2
    return prior + log_likelihood_of_history(cases, pi, np.exp(log_scale), np.exp(log_shape))


def normal_grid(cases: tuple[PastCase, ...]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Nodes around the mode, along the axes of the normal distribution that fits there, and their weights."""
    start = np.array([0.0, np.log(np.average([case.weeks for case in cases])), 0.5])
    mode = optimize.minimize(lambda at: -log_posterior(cases, at), start, method="Nelder-Mead",
                             options={"xatol": 1e-5, "fatol": 1e-6}).x
    step = 1e-3
    unit = step * np.eye(3)
    curve = np.array([[sum(i * j * log_posterior(cases, mode + i * one + j * other) for i in (1, -1) for j in (1, -1))
                       for other in unit] for one in unit]) / (4 * step**2)
    root = np.linalg.cholesky(np.linalg.inv(-curve))
    axis = np.linspace(-8, 8, 25)
    offsets = np.stack(np.meshgrid(axis, axis, axis)).reshape(3, -1)
    nodes = mode[:, None] + root @ offsets
    density = log_posterior(cases, nodes)
    weight = np.exp(density - density.max())
    return nodes, weight / weight.sum()


@pytest.mark.parametrize("seed", [0, 5, 6])
def test_large_tables_are_integrated_as_well_as_small_ones(seed: int) -> None:
    cases = table_of(seed)
    (y, log_scale, log_shape), weight = normal_grid(merged(cases))
    fallen = -np.expm1(-np.exp(np.exp(log_shape) * (np.log(X[:, None]) - log_scale)))
    expected = fallen / (1 + np.exp(-y)) @ weight
    np.testing.assert_allclose(expected_fall(cases), expected, rtol=0, atol=1e-6)


def test_a_posterior_that_does_not_fit_its_box_is_refused_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = table_of(1)
    monkeypatch.setattr("forecast.core.cure_model._ZOOMS", 2)
    learn.cache_clear()
    with pytest.raises(UnresolvedError, match="lie too close together"):
        learn(cases)
    monkeypatch.undo()
    learn(cases)


def test_a_grid_that_does_not_pass_its_check_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forecast.core.cure_model._GRIDS", ((5, 5, 5),))
    learn.cache_clear()
    with pytest.raises(UnresolvedError):
        learn(HISTORIES["many"])
