"""What resolved questions teach: the weight of evidence is found again, nothing is found in chance, and no question
is predicted by its own outcome."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from forecast.core.errors import ForecastError
from forecast.core.proper_scores import calibration, log_score
from forecast.evaluation.calibration.model import (
    APART,
    TOGETHER,
    Fitted,
    Rows,
    basis,
    coefficients,
    fit,
    fit_nuts,
    grid,
)
from forecast.evaluation.calibration.scoring import base_rate, movement, with_crowd
from tests.calibration.questions import pull_of, resolved, rows_from

Array = NDArray[np.float64]

SEEDS = range(3)


def stated(rows: Rows) -> Array:
    """Forecasts with the evidence as it was stated."""
    return expit(rows.prior + rows.pull @ basis(np.ones(1), TOGETHER))


def loss(probability: Array, rows: Rows) -> float:
    return float(log_score(probability, rows.outcome).mean())


# --- recovery -------------------------------------------------------------------------------------------------------

def test_thirty_questions_find_evidence_that_is_worth_twice_what_was_stated() -> None:
    found = [(rows := resolved(seed, 30, 2.0), fit(rows)) for seed in SEEDS]
    for rows, fitted in found:
        low, high = fitted.weight.bounds()
        assert low <= 2 <= high
        assert fitted.weight.stated > 1
        assert loss(fitted.predicted(), rows) < loss(expit(rows.prior), rows) - 0.1
    gains = [loss(stated(rows), rows) - loss(fitted.predicted(), rows) for rows, fitted in found]
    assert np.mean(gains) > 0.02


def test_thirty_questions_shrink_evidence_that_is_worth_half_of_what_was_stated() -> None:
    rows = [resolved(seed, 30, 0.5) for seed in SEEDS]
    weights = [fit(each).weight for each in rows]
    assert np.mean([low <= 0.5 <= high for low, high in (each.bounds() for each in weights)]) >= 2 / 3
    assert np.exp(np.mean([np.log(each.stated) for each in weights])) < 0.9


def test_shuffled_outcomes_teach_that_evidence_is_worth_next_to_nothing() -> None:
    """The negative control: the same evidence, and outcomes that have nothing to do with it."""
    for seed in SEEDS:
        rows = resolved(seed, 30, 2.0)
        shuffled = replace(rows, outcome=np.random.default_rng(seed).permutation(rows.outcome))
        fitted = fit(shuffled)
        assert fitted.weight.stated < 0.4
        assert fitted.weight.bounds()[1] < 0.75
        assert loss(fitted.predicted(), shuffled) < loss(stated(shuffled), shuffled) - 0.3


@pytest.mark.slow
def test_nuts_samples_what_is_integrated() -> None:
    rows = resolved(0, 12, 1.0)
    rows = replace(rows, cluster=rows.cluster // 2)
    one, other = fit(rows), fit_nuts(rows)
    for name in ("shift", "slope", "typical", "error"):
        drawn = other.estimate(getattr(other, name))
        width = drawn.bounds()[1] - drawn.bounds()[0]
        assert np.abs(np.array(one.estimate(getattr(one, name))) - np.array(drawn)).max() < 0.1 * width
    assert one.predicted() == pytest.approx(other.predicted(), abs=0.03)


def test_nothing_is_learned_where_everything_happened() -> None:
    rows = resolved(0, 6, 1.0)
    with pytest.raises(ForecastError, match="some events happened and some did not"):
        fit(replace(rows, outcome=np.ones(len(rows))))


def test_a_question_counts_once_however_many_dates_it_has() -> None:
    rows = resolved(1, 12, 1.0)
    order = np.repeat(np.arange(len(rows)), 3)
    thrice = Rows(rows.question[order], rows.cluster[order], rows.forecaster[order], rows.forecasters,
                  rows.prior[order], rows.pull[order], rows.outcome[order], rows.weight[order] / 3)
    one, other = fit(rows), fit(thrice)
    assert np.array(other.weight) == pytest.approx(np.array(one.weight), rel=1e-6)
    assert other.predicted()[::3] == pytest.approx(one.predicted(), abs=1e-6)


# --- never in-sample ------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def clustered() -> Rows:
    """Eight clusters of three questions; in the first all three happened against all odds."""
    pulls = [pull_of(0.2, 1 + number % 3) for number in range(24)]
    outcomes = [number < 3 or number % 5 == 0 for number in range(24)]
    return rows_from(pulls, outcomes, [f"cluster-{number // 3}" for number in range(24)])


def in_sample(fitted: Fitted) -> Array:
    """What all questions would say of each, its own outcome among them."""
    return fitted.share @ expit(fitted.linear)


def without(rows: Rows, cluster: int) -> Rows:
    kept = rows.cluster != cluster
    names = np.unique(rows.cluster[kept], return_inverse=True)[1]
    return Rows(np.arange(kept.sum()), names, rows.forecaster[kept], rows.forecasters, rows.prior[kept],
                rows.pull[kept], rows.outcome[kept], rows.weight[kept])


def of_others(rows: Rows, cluster: int) -> Array:
    """Predictions of a cluster by a regression that never saw it."""
    seen = fit(without(rows, cluster))
    own = rows.cluster == cluster
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    pulled = basis(seen.kappa, TOGETHER) @ rows.pull[own].T
    linear = seen.shift[:, None] + seen.slope[:, None] * rows.prior[own] + pulled
    chance = expit(linear[..., None] + seen.error[:, None, None] * nodes) @ (weights / weights.sum())
    result: Array = seen.share @ chance
    return result


def test_a_cluster_is_predicted_as_by_a_regression_that_never_saw_it(clustered: Rows) -> None:
    fitted = fit(clustered)
    for cluster in (0, 5):
        own = clustered.cluster == cluster
        assert fitted.predicted()[own] == pytest.approx(of_others(clustered, cluster), abs=0.01)
    # What the questions themselves would say is another number: the test would notice if it were given.
    assert np.abs(in_sample(fitted) - fitted.predicted())[:3].max() > 0.03


def test_no_outcome_moves_its_own_prediction(clustered: Rows) -> None:
    flipped = replace(clustered, outcome=np.where(clustered.cluster == 0, 0.0, clustered.outcome))
    one, other = fit(clustered), fit(flipped)
    assert one.predicted()[:3] == pytest.approx(other.predicted()[:3], abs=0.01)
    assert np.abs(one.predicted()[3:] - other.predicted()[3:]).max() > 0.03
    assert np.abs(in_sample(one)[:3] - in_sample(other)[:3]).min() > 0.03


def test_neither_base_rate_nor_crowd_pool_sees_the_outcome_that_it_predicts(clustered: Rows) -> None:
    flipped = replace(clustered, outcome=np.where(clustered.cluster == 0, 0.0, clustered.outcome))
    crowd = np.where(clustered.cluster == 0, 0.8, 0.1 + 0.02 * np.arange(24))
    ours, crowd = np.full(24, 0.3), np.where(np.arange(24) % 3 == 2, np.nan, crowd)
    for function in (base_rate, lambda rows: with_crowd(ours, crowd, rows).probability):
        one, other = function(clustered), function(flipped)
        assert one[:3] == pytest.approx(other[:3], abs=1e-12, nan_ok=True)
        assert not np.allclose(one[3:], other[3:], equal_nan=True)


# --- parts ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("count", "weights"), [(TOGETHER, 1), (APART, 3)])
def test_polynomials_keep_what_they_were_given(count: int, weights: int) -> None:
    def curve(kappa: Array) -> Array:
        return np.asarray(np.tanh(0.4 * kappa.sum(axis=-1) - 1) + 0.1 * kappa[..., 0])

    kept = coefficients(curve(grid(count, weights)), count, weights)
    assert basis(grid(count, weights), count) @ kept == pytest.approx(curve(grid(count, weights)), abs=1e-12)
    between = np.random.default_rng(3).uniform(0, 4, (50, weights))
    assert basis(between, count) @ kept == pytest.approx(curve(between), abs=1e-6 if weights == 1 else 0.02)


def test_forecasts_of_a_martingale_move_as_much_as_they_learn() -> None:
    rng = np.random.default_rng(7)
    first = rng.choice([0.2, 0.5], 1000)
    second = np.where(rng.random(1000) < 0.5, first - 0.15, first + 0.15)
    outcome = rng.random(1000) < second
    pulls = [pull_of(0.2, 2)] * 1000
    rows = rows_from(pulls, outcome.tolist())
    order = np.repeat(np.arange(1000), 2)
    twice = replace(rows, question=rows.question[order], cluster=rows.cluster[order], outcome=rows.outcome[order])
    found = movement(np.stack([first, second], axis=1).ravel(), [0, 1] * 1000, twice)
    assert found is not None
    assert found.error is not None
    assert abs(found.excess) < 3 * found.error
    restless = movement(np.stack([1 - first, second], axis=1).ravel(), [0, 1] * 1000, twice)
    assert restless is not None
    assert restless.error is not None
    assert restless.excess > 3 * restless.error


def test_a_reliability_diagram_counts_sought_events_as_rare_as_they_are() -> None:
    """Of questions whose event did not happen two of three were left away: weighed by 3, forecasts are calibrated."""
    rng = np.random.default_rng(11)
    forecast = rng.uniform(0.05, 0.9, 30_000)
    outcome = (rng.random(30_000) < forecast).astype(float)
    kept = (outcome > 0) | (rng.random(30_000) < 1 / 3)
    forecast, outcome, number = forecast[kept], outcome[kept], np.arange(kept.sum())
    right = calibration(forecast, outcome, number, np.random.default_rng(1), 40, no_weight=3.0)
    assert np.abs(right.frequency - right.level)[5:-5].max() < 0.06
    assert np.mean((right.low <= right.frequency + 0.02) & (right.frequency - 0.02 <= right.high)) > 0.9
    wrong = calibration(forecast, outcome, number, np.random.default_rng(1), 40)
    assert (wrong.frequency - wrong.level)[5:-5].min() > 0.06
