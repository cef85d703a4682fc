"""The cure model against lifelines, which fits the same curves by maximum likelihood.

Past cases of great weight drown the priors, so that the posterior is a spike at the maximum of the likelihood.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lifelines import MixtureCureFitter, WeibullFitter
from lifelines.datasets import load_dd, load_waltons

from forecast.core.cure_model import PastCase, _Table, learn

HEAVY = 1e4

Times = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


def leaders() -> Times:
    """1,808 spells of political leaders in years, of which 1,468 were seen to end."""
    table = load_dd()
    return table["duration"].to_numpy(float), table["observed"].to_numpy(bool)


def waltons() -> Times:
    """163 flies in days, of which 156 were seen to die."""
    table = load_waltons()
    return table["T"].to_numpy(float), table["E"].to_numpy(bool)


def partly_cured() -> Times:
    """400 simulated cases of which two in five never see the event."""
    rng = np.random.default_rng(1)
    coming, followed = rng.random(400) < 0.6, rng.uniform(20, 90, 400)
    time = np.where(coming, 20 * rng.weibull(1.4, 400), np.inf)
    return np.minimum(time, followed), time <= followed


def past_cases(data: Times) -> tuple[PastCase, ...]:
    return tuple(PastCase("", float(time), "event" if seen else "censored", HEAVY)
                 for time, seen in zip(*data, strict=True))


@pytest.mark.parametrize("data", [leaders, waltons, partly_cured])
def test_the_posterior_of_heavy_cases_is_the_maximum_of_their_likelihood(data: Any) -> None:
    durations, observed = data()
    fitted = MixtureCureFitter(base_fitter=WeibullFitter()).fit(durations, observed)
    model = learn(past_cases((durations, observed)))
    assert model.means() == pytest.approx({"share": 1 - fitted.cured_fraction_, "scale": fitted.lambda_,
                                           "shape": fitted.rho_}, rel=5e-5)
    x = np.quantile(durations, [0.1, 0.5, 0.9])
    curve = 1 - model.cell_mean @ (1 - model.survival(x))
    np.testing.assert_allclose(curve, np.ravel(fitted.survival_function_at_times(x)), atol=5e-5)


@pytest.mark.parametrize(("data", "scale", "shape"),
                         [(leaders, 6.110199, 0.942644), (waltons, 55.733097, 3.450505)])
def test_where_every_case_is_bound_to_see_the_event_the_mode_is_the_published_weibull_fit(
        data: Any, scale: float, shape: float) -> None:
    durations, observed = data()
    fitted = WeibullFitter().fit(durations, observed)
    assert (fitted.lambda_, fitted.rho_) == pytest.approx((scale, shape), abs=1e-6)
    table = _Table.of(past_cases((durations, observed)))
    certain, step, mode = np.array([40.0]), 1e-4, np.log([scale, shape])

    def log_density(point: np.ndarray[Any, Any]) -> float:
        """Of every case at log λ and log γ, given that all of them see the event."""
        middle, width = table.scale(point[1:])
        density, _, _ = table.log_density(certain, (point[:1] - middle) / width, point[1:])
        # The width of z is no part of the likelihood.
        return float(density[0, 0, 0] - np.log(width[0])) / HEAVY

    at = {(i, j): log_density(mode + step * np.array([i, j])) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    slope = np.array([at[1, 0] - at[-1, 0], at[0, 1] - at[0, -1]]) / (2 * step)
    mixed = (at[1, 1] - at[1, -1] - at[-1, 1] + at[-1, -1]) / 4
    curve = np.array([[at[1, 0] + at[-1, 0] - 2 * at[0, 0], mixed],
                      [mixed, at[0, 1] + at[0, -1] - 2 * at[0, 0]]]) / step**2
    assert np.all(np.linalg.eigvalsh(curve) < 0)
    # One step of Newton's leads nowhere else.
    assert np.abs(np.linalg.solve(curve, slope)).max() < 1e-5


def test_leaders_are_as_many_as_published() -> None:
    durations, observed = leaders()
    assert (len(durations), int(observed.sum())) == (1808, 1468)


def test_no_flies_are_cured_and_the_published_fit_is_that_of_the_cure_model_too() -> None:
    means = learn(past_cases(waltons())).means()
    assert means["share"] == pytest.approx(1, abs=1e-5)
    assert (means["scale"], means["shape"]) == pytest.approx((55.733097, 3.450505), rel=1e-5)
