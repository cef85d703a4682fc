"""Scores against numbers from outside, brute force and their own definitions."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import expit

from forecast.core import proper_scores as scoring
from forecast.core.proper_scores import (
    brier,
    calibration,
    decompose,
    isotonic,
    log_score,
    log_score_of,
    ratio_score,
    skill,
    timing,
)

Array = NDArray[np.float64]


def forecasts(most: int = 9) -> st.SearchStrategy[tuple[Array, Array, Array]]:
    """Forecasts, outcomes and weights; few levels, so that forecasts tie."""
    row = st.tuples(st.sampled_from([0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95]), st.integers(0, 1), st.integers(1, 4))
    return st.lists(row, min_size=1, max_size=most).map(lambda rows: tuple(np.array(rows, float).T))


def test_published_scores() -> None:
    assert brier(np.array([0.7]), np.array([1.0])) == pytest.approx([0.09])
    assert log_score(np.array([0.7, 0.7]), np.array([1.0, 0.0])) == pytest.approx(-np.log([0.7, 0.3]))
    assert 7 * timing(np.array([0.2, 0.5]), 0) == pytest.approx(0.89)
    third, none = np.log([1 / 3, 1 / 3, 3, 3]), np.zeros(4)
    outcome = np.array([0.0, 0.0, 1.0, 1.0])
    assert ratio_score(third, outcome).cllr == pytest.approx(0.4150374993, abs=1e-10)
    assert ratio_score(none, outcome).cllr == pytest.approx(1)


def test_a_lost_certainty_costs_everything() -> None:
    assert log_score(np.array([0.0, 1.0]), np.array([1.0, 1.0])).tolist() == [np.inf, 0.0]


@given(st.floats(1e-300, 1 - 1e-16), st.integers(0, 1))
def test_a_log_score_is_as_large_as_its_probability_is_small(p: float, outcome: int) -> None:
    right = Decimal(p) if outcome else 1 - Decimal(p)
    (found,) = log_score(np.array([p]), np.array([float(outcome)]))
    assert found == pytest.approx(float(-right.ln()), rel=1e-12)


@given(st.floats(-700, 700), st.integers(0, 1))
def test_a_log_score_by_log_odds_is_the_same(log_odds: float, outcome: int) -> None:
    one_sided = log_odds if outcome else -log_odds
    (found,) = log_score_of(np.array([log_odds]), np.array([float(outcome)]))
    assert found == pytest.approx(float((1 + Decimal(-one_sided).exp()).ln()), rel=1e-12)
    if abs(log_odds) < 10:
        assert found == pytest.approx(log_score(expit(np.array([log_odds])), np.array([float(outcome)]))[0], rel=1e-9)


def test_the_timing_score_of_a_normal_date_is_the_published_crps() -> None:
    """CRPS of Normal(0, 1) at 0.1 is 0.2376810789; here a day is a thousandth of its standard deviation."""
    from scipy.stats import norm

    step = 1e-3
    ends = np.arange(-6, 6, step)
    came = int(np.searchsorted(ends, 0.1))
    assert 7 * step * timing(norm.cdf(ends), came) == pytest.approx(0.2376810789, abs=1e-3)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=12), st.data())
def test_the_timing_score_is_the_censored_integral(steps: list[float], data: st.DataObject) -> None:
    """∫ (F(t) − 1{T ≤ t})² dt up to the last known day, for a date that is known or later than that."""
    cumulative = np.sort(np.array(steps))
    came = data.draw(st.none() | st.integers(0, len(steps) - 1))

    def distance(day: float) -> float:
        happened = came is not None and int(day) >= came
        return float((cumulative[int(day)] - happened) ** 2)

    brute = sum(quad(distance, day, day + 1)[0] for day in range(len(steps))) / 7
    assert timing(cumulative, came) == pytest.approx(brute, abs=1e-12)


@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=8), st.lists(st.floats(0.01, 1), min_size=8, max_size=8),
       st.integers(1, 6))
def test_no_forecast_of_the_date_is_expected_to_score_better_than_the_truth(
        truth: list[float], other: list[float], last: int) -> None:
    """Also where everything after a fixed day is censored, whatever happened before it."""
    real, stated = np.array(truth) / sum(truth), np.array(other[:len(truth)]) / sum(other[:len(truth)])
    known = min(last, len(truth) - 1)

    def expected(forecast: Array) -> float:
        cumulative = np.cumsum(forecast)[:known]
        return float(sum(p * timing(cumulative, day if day < known else None) for day, p in enumerate(real)))

    assert expected(real) <= expected(stated) + 1e-12


@pytest.mark.parametrize("name", scoring.SCORES)
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_no_probability_is_expected_to_score_better_than_the_truth(name: str, truth: float, other: float) -> None:
    score = scoring.SCORES[name]

    def expected(p: float) -> float:
        came, not_come = score(np.array([p, p]), np.array([1.0, 0.0]))
        return float(truth * came + (1 - truth) * not_come)

    assert expected(truth) <= expected(other) + 1e-12


@given(forecasts())
def test_pooling_adjacent_violators_is_the_best_rising_fit(rows: tuple[Array, Array, Array]) -> None:
    """Brute force: of all ways to cut the levels into blocks, the rising one that loses least squares."""
    forecast, outcome, weight = rows
    levels = np.unique(forecast)
    best, fit = np.inf, np.zeros(0)
    for cuts in range(2 ** (len(levels) - 1)):
        block = np.concatenate([[0], np.cumsum([cuts >> place & 1 for place in range(len(levels) - 1)])]).astype(int)
        own = block[np.searchsorted(levels, forecast)]
        mean = np.bincount(own, weight * outcome) / np.bincount(own, weight)
        loss = float(np.sum(weight * (outcome - mean[own]) ** 2))
        if all(a <= b for a, b in pairwise(mean)) and loss < best - 1e-12:
            best, fit = loss, mean[block]
    assert isotonic(forecast, outcome, weight).frequency == pytest.approx(fit, abs=1e-9)


@pytest.mark.parametrize("name", scoring.SCORES)
@given(forecasts(40))
def test_a_decomposition_sums_to_the_score(name: str, rows: tuple[Array, Array, Array]) -> None:
    forecast, outcome, weight = rows
    parts = decompose(scoring.SCORES[name], forecast, outcome, weight)
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(parts.mean, abs=1e-12)
    assert parts.mean == pytest.approx(np.average(scoring.SCORES[name](forecast, outcome), weights=weight))
    assert min(parts.reliability, parts.resolution, parts.uncertainty) >= -1e-12


@given(forecasts(20))
def test_what_is_recalibrated_is_reliable(rows: tuple[Array, Array, Array]) -> None:
    forecast, outcome, weight = rows
    again = isotonic(forecast, outcome, weight).recalibrated
    assert decompose(brier, again, outcome, weight).reliability == pytest.approx(0, abs=1e-12)


def test_the_brier_score_of_binned_forecasts_decomposes_as_murphy_has_it() -> None:
    """Murphy (1973) groups equal forecasts; where their frequencies rise that is CORP too."""
    forecast = np.array([0.1] * 10 + [0.4] * 10 + [0.9] * 5)
    outcome = np.array([1] * 2 + [0] * 8 + [1] * 3 + [0] * 7 + [1] * 4 + [0] * 1, float)
    size, level, came = np.array([10, 10, 5]), np.array([0.1, 0.4, 0.9]), np.array([0.2, 0.3, 0.8])
    mean = outcome.mean()
    parts = decompose(brier, forecast, outcome)
    assert parts.reliability == pytest.approx(size @ (level - came) ** 2 / 25)
    assert parts.resolution == pytest.approx(size @ (came - mean) ** 2 / 25)
    assert parts.uncertainty == pytest.approx(mean * (1 - mean))


def test_where_the_outcome_never_varies_everything_is_reliability() -> None:
    parts = decompose(log_score, np.array([0.2, 0.6]), np.zeros(2))
    assert (parts.uncertainty, parts.resolution) == (0, 0)
    assert parts.reliability == parts.mean > 0


def test_no_forecasts_have_no_decomposition() -> None:
    with pytest.raises(ValueError, match="no forecast"):
        decompose(brier, np.zeros(0), np.zeros(0))


def test_skill_is_the_share_of_loss_that_is_saved() -> None:
    assert skill(0.1, 0.4) == pytest.approx(0.75)
    assert skill(0.6, 0.4) == pytest.approx(-0.5)
    assert np.isnan(skill(0.1, 0.0))
    assert np.isnan(skill(0.1, np.inf))


@given(st.lists(st.tuples(st.floats(-30, 30), st.booleans()), min_size=2, max_size=30))
def test_the_cost_of_ratios_is_the_log_score_from_even_odds(rows: list[tuple[float, bool]]) -> None:
    log_ratio, came = np.array([ratio for ratio, _ in rows]), np.array([float(outcome) for _, outcome in rows])
    found = ratio_score(log_ratio, came)
    if not 0 < came.sum() < len(came):
        assert np.isnan(found.cllr)
        return
    sides = [np.mean([np.log2(1 + np.exp(sign * ratio)) for ratio, outcome in rows if outcome == (sign < 0)])
             for sign in (-1, 1)]
    assert found.cllr == pytest.approx(sum(sides) / 2)
    assert -1e-12 <= found.calibration <= found.cllr + 1e-12


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=4, max_size=30).filter(
    lambda rows: len({came for _, came in rows}) == 2))
def test_recalibrated_ratios_lose_nothing_more_by_calibration(rows: list[tuple[int, bool]]) -> None:
    log_ratio, came = np.array([float(r) for r, _ in rows]), np.array([float(outcome) for _, outcome in rows])
    share = came.mean()
    weight = np.where(came > 0, 0.5 / share, 0.5 / (1 - share))
    posterior = np.clip(isotonic(log_ratio, came, weight).recalibrated, 1e-12, 1 - 1e-12)
    best = ratio_score(np.log(posterior / (1 - posterior)), came)
    before = ratio_score(log_ratio, came)
    assert best.calibration == pytest.approx(0, abs=1e-9)
    assert best.cllr == pytest.approx(before.cllr - before.calibration, abs=1e-9)


def test_ratios_that_are_only_too_bold_lose_by_calibration_alone() -> None:
    rng = np.random.default_rng(3)
    came = (rng.random(40_000) < 0.5).astype(float)
    honest = rng.normal(np.where(came > 0, 0.5, -0.5), 1)   # ln LR of two normals one apart: itself
    bold = ratio_score(3 * honest, came)
    plain = ratio_score(honest, came)
    assert plain.calibration < 0.01 < 0.2 < bold.calibration
    assert bold.cllr - bold.calibration == pytest.approx(plain.cllr - plain.calibration)


def worlds(rng: np.random.Generator, questions: int, bold: float) -> tuple[Array, Array, NDArray[np.int64]]:
    """Questions with five forecasts each, calibrated for bold = 1 and too bold above."""
    chance = rng.uniform(0.05, 0.95, questions)
    stated = 1 / (1 + ((1 - chance) / chance) ** bold)
    outcome = (rng.random(questions) < chance).astype(float)
    number = np.repeat(np.arange(questions), 5)
    return np.clip(stated[number] + rng.normal(0, 0.01, len(number)), 0.01, 0.99), outcome[number], number


@pytest.mark.parametrize(("bold", "inside"), [(1.0, True), (3.0, False)])
def test_calibrated_forecasts_and_only_they_lie_in_the_band(bold: float, inside: bool) -> None:
    rng = np.random.default_rng(11)
    shares = []
    for _ in range(20):
        found = calibration(*worlds(rng, 150, bold), rng, resamples=100)
        shares.append(np.mean((found.low <= found.frequency) & (found.frequency <= found.high)))
    assert bool(np.mean(shares) > 0.82) is inside


def test_every_question_weighs_the_same_in_calibration() -> None:
    """A question with many forecasts counts no more than one with a single forecast."""
    forecast = np.array([0.5] * 10 + [0.5, 0.5])
    outcome = np.array([1.0] * 10 + [0.0, 0.0])
    question = np.array([0] * 10 + [1, 2])
    found = calibration(forecast, outcome, question, np.random.default_rng(0), resamples=10)
    assert found.frequency == pytest.approx(np.full(41, 1 / 3))
    assert found.questions == 3
