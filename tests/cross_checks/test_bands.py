"""Draws for the band against a plain Monte Carlo, and the slopes that they are made with against differences."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray
from scipy import stats

from forecast.engine.bands import Grid
from forecast.engine.encoding import CLAIM, effective, effective_slopes
from forecast.engine.exact import Exact
from forecast.records.case import Case
from tests.builders import (
    day,
    draws_of,
    forecast_of,
    make_case,
    make_item,
    make_question,
    make_source,
)
from tests.cross_checks import plain_bands
from tests.cross_checks.plain import Plain
from tests.cross_checks.random_cases import random_case
from tests.strategies import cases, fractions, real

Array = NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

SEEDS = (0, 4)


@cache
def sampled(seed: int) -> plain_bands.Weighted:
    return plain_bands.monte_carlo(random_case(seed, longest=10), 10_000, seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_band_mean_and_worth_agree_with_a_plain_monte_carlo(seed: int) -> None:
    sample, found = sampled(seed), draws_of(random_case(seed, longest=10), 30_000, seed).event
    effective_size = sample.weight.sum() ** 2 / (sample.weight**2).sum()
    assert effective_size > 4000
    expected = [sample.quantile(share) for share in QUANTILES]
    np.testing.assert_allclose(np.quantile(found, QUANTILES), expected, atol=0.015)
    error = np.sqrt(found.var() * (1 / len(found) + 1 / effective_size))
    assert found.mean() == pytest.approx(sample.mean, abs=4 * error)
    assert found.mean() * (1 - found.mean()) / found.var() - 1 == pytest.approx(sample.worth, rel=0.06)


def changed(case: Case, what: str) -> Case:
    if what == "model error":
        return replace(case, question=case.question.model_copy(update={"model_error": make_question(
            model_error=1.0).model_error}))
    return replace(case, items=tuple(item for item in case.items if item.id != strongest(case)))


def strongest(case: Case) -> str:
    engine = Exact(case)
    return engine.evidence.items[int(np.argmax(np.abs(engine.heard.log_lift) * ~engine.evidence.silent))].id


@pytest.mark.parametrize("what", ["model error", "an item"])
def test_the_plain_monte_carlo_would_notice(what: str) -> None:
    found = draws_of(changed(random_case(0, longest=10), what), 30_000, 1).event
    expected = [sampled(0).quantile(share) for share in QUANTILES]
    assert np.abs(np.quantile(found, QUANTILES) - expected).max() > 0.015


# --- slopes ---------------------------------------------------------------------------------------------------------

@settings(max_examples=12)
@given(cases(min_items=2, max_items=6))
def test_slopes_are_finite_differences_of_the_plain_log_likelihood(case: Case) -> None:
    engine, plain = Exact(case), Plain(case)
    grid = Grid(engine)
    found = grid.slopes.shares @ grid.slopes.profiles
    expected = plain_bands.gradients(plain)
    # A span stands for its mean day: only spans of one day are compared to the digit.
    ends = np.append(grid.first[1:], plain.prior.days.stop)
    single = np.flatnonzero(ends - grid.first == 1)
    at = grid.first[single] - plain.prior.days.start
    np.testing.assert_allclose(found[:, single], expected[:, at], atol=1e-6)
    np.testing.assert_allclose(found[:, -1], expected[:, -1], atol=1e-6)


@settings(max_examples=12)
@given(cases(min_items=2, max_items=6))
def test_g_is_a_finite_difference_of_the_log_likelihood_of_every_day(case: Case) -> None:
    engine = Exact(case)
    for index, (process, members) in enumerate(zip(engine.processes, engine.members, strict=True)):
        if not len(members):
            continue
        days = process.as_of + np.arange(1, 400, 13)
        log_m = engine.by_day(engine.heard.log_lift)[index]
        phi, psi = process.smoothed(log_m)
        weight = process.weight(days)
        by_day = weight / (1 + weight * (process.lift(log_m) - 1))
        found = phi[:, None] + psi[:, None] * by_day
        np.testing.assert_allclose(found, differences(engine, index, log_m, days), atol=1e-6)
        assert np.all((found >= -1e-12) & (found <= 1 + 1e-12))


def differences(engine: Exact, index: int, log_m: Array, days: NDArray[np.int64]) -> Array:
    """∂ log S(k)/∂ log M_j by central differences of the package's own S(k) and of the likelihood of never at all."""
    process, step, rows = engine.processes[index], 1e-5, []
    for j in range(len(log_m)):
        ends = []
        for sign in (1, -1):
            moved = log_m + sign * step * (np.arange(len(log_m)) == j)
            ends.append(process.log_likelihood(days, process.lift(moved)) + log_never(process.share, process.decay,
                                                                                     moved))
        rows.append((ends[0] - ends[1]) / (2 * step))
    return np.array(rows)


def log_never(u: float, decay: Array, log_m: Array) -> float:
    """log F_n: the likelihood under the false chain, by its two states."""
    off, on, total = 1 - u, u, 0.0
    for d, m in zip(decay[:-1], np.exp(log_m), strict=True):
        stays, begins = u + (1 - u) * d, u * (1 - d)
        off, on = off * (1 - begins) + on * (1 - stays), (off * begins + on * stays) * m
        total += np.log(off + on)
        off, on = off / (off + on), on / (off + on)
    return float(total)


@given(real(-20, 20), fractions)
def test_slopes_of_what_is_left_are_finite_differences(log_lift: float, rho: float) -> None:
    rho, step = 0.001 + 0.998 * rho, 1e-6
    by_lift, by_rho = effective_slopes(np.array(log_lift), np.array(rho))
    up, down = effective(np.array([log_lift + step, log_lift - step]), np.array(rho))
    assert by_lift == pytest.approx((up - down) / (2 * step), abs=1e-7)
    up, down = effective(np.array(log_lift), np.array([rho + step / 2, rho - step / 2]))
    assert by_rho == pytest.approx((up - down) / step, rel=1e-4, abs=1e-7)


@settings(max_examples=12)
@given(cases(min_items=2, max_items=8))
def test_what_items_are_multiplied_by_agrees_with_differences(case: Case) -> None:
    grid, plain = Grid(Exact(case)), Plain(case)
    spread = [plain_bands.by_lift(plain, each) * each.says.spread for each in plain.heard]
    np.testing.assert_allclose(grid.by_lift, spread, rtol=1e-5, atol=1e-7)
    by_source = [plain_bands.by_reliability(plain, each) for each in plain.heard]
    np.testing.assert_allclose(grid.by_source, by_source, rtol=1e-4, atol=1e-6)


# --- what is drawn --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("seed", SEEDS)
def test_reliabilities_are_drawn_from_their_density(seed: int) -> None:
    case = random_case(seed)
    drawn, plain = draws_of(case, 20_000, seed).reliability, Plain(case)
    expected = plain_bands.draw_reliability(plain, np.random.default_rng(seed), 20_000)
    for name, draws in drawn.items():
        assert stats.ks_2samp(draws, expected[name]).pvalue > 1e-4
        assert np.mean(draws) == pytest.approx(plain.reliability[name], abs=4 * np.std(draws) / np.sqrt(len(draws)))


@pytest.mark.parametrize(("grade", "right", "wrong"), [("A", 0, 0), ("F", 0, 0), ("B", 40, 3), ("D", 300, 700)])
def test_a_source_that_claimed_nothing_is_drawn_from_its_beta(grade: str, right: int, wrong: int) -> None:
    source = make_source("quiet", grade, right, wrong)
    draws = draws_of(make_case(make_question(), sources=[source]), 20_000, 1).reliability["quiet"]
    alpha, beta = source.prior
    assert stats.kstest(draws, stats.beta(alpha + right, beta + wrong).cdf).pvalue > 1e-4


def test_evidence_for_days_that_hardly_any_mass_is_left_for_gives_a_band_all_the_same() -> None:
    """The days at which the items point have no mass in single precision, the others no weight from the items."""
    prior = {"kind": "exposure", "events": 1000, "weeks": 100, "weight": 1.0}
    window = (day(7 * 38), day(7 * 39))
    items = [make_item(f"report-{index}", likelihood_ratio={"strike": 1e9}, window=window) for index in range(20)]
    forecast = forecast_of(make_case(make_question(prior=[prior]), items, [make_source(grade="A", right=10**6)]))
    assert np.all(np.isfinite(forecast.draws.spans)) and np.all(np.isfinite(forecast.band))


@pytest.mark.parametrize("kind", ["sign", "condition", "claim"])
def test_what_is_stated_less_surely_gives_a_wider_band_and_the_same_headline(kind: str) -> None:
    where = {"window": [day(30), day(120)]} if kind == "claim" else {"about": kind}

    def forecast(spread: float) -> tuple[float, float]:
        ratios = {"strike": [2 / spread, 2, 2 * spread]}
        item = make_item("report", likelihood_ratio=ratios, date=day(10), says="report", **where)
        judged = {"kind": "elicited", "probability": 0.4, "weeks": [5, 15, 40], "weight": 1.0}
        question = make_question(prior=[judged], model_error=0)
        found = forecast_of(make_case(question, [item], [make_source()], as_of=day(15)))
        return found.event, found.band.high - found.band.low

    (sharp, narrow), (vague, wide) = forecast(1.2), forecast(4)
    assert sharp == vague
    assert wide > 3 * narrow > 0


def test_kinds_of_items_share_what_they_move() -> None:
    """Every item has a part in the profiles: a process in two of its own, a claim in its window."""
    engine = Exact(random_case(2))
    grid = Grid(engine)
    for index in range(len(engine.evidence)):
        parts = np.flatnonzero(grid.slopes.shares[index])
        if engine.evidence.kind[index] == CLAIM:
            assert len(parts) == (0 if engine.evidence.silent[index] else 1)
            assert np.all(parts >= 4)
        else:
            assert set(parts) <= {2 * engine.evidence.kind[index], 2 * engine.evidence.kind[index] + 1}
