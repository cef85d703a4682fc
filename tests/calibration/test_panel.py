"""A panel recovers what its analysts saw, and both ways of computing it agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from forecast.engine import pooling
from forecast.engine.pooling import FREEDOM, NOISE, pool

Array = NDArray[np.float64]


def simulated(rng: np.random.Generator, items: int = 40, analysts: int = 5, wild: float = 0.04) -> tuple[Array, Array]:
    """What is so of items, and what analysts state, in decibans; now and then one states anything at all."""
    truth = rng.normal(0, 4, items)
    bias, boldness = rng.normal(0, 1, analysts), np.exp(rng.normal(0, 0.3, analysts))
    bias, boldness = bias - bias.mean(), boldness / boldness.mean()
    noise = rng.lognormal(*NOISE, analysts)
    stated = bias + boldness * truth[:, None] + noise * rng.standard_t(FREEDOM, (items, analysts))
    is_wild = rng.random(stated.shape) < wild
    stated[is_wild] = rng.normal(0, 15, is_wild.sum())
    return truth, stated


def _error(found: Array, truth: Array) -> float:
    return float(np.mean((found - truth) ** 2))


def test_five_analysts_are_worth_more_than_their_mean_or_median() -> None:
    errors = []
    for seed in range(6):
        truth, stated = simulated(np.random.default_rng([2026, seed]))
        errors.append([_error(stated, truth[:, None]), _error(stated.mean(axis=1), truth),
                       _error(np.median(stated, axis=1), truth), _error(pool(stated).mean, truth)])
    one, mean, median, panel = np.sqrt(np.mean(errors, axis=0))
    assert panel < 0.95 < median < 1.3 < mean < 2.1 < 2.8 < one


def test_the_variance_is_that_of_the_error() -> None:
    places = []
    for seed in range(10):
        truth, stated = simulated(np.random.default_rng([2027, seed]), items=12, analysts=3)
        found = pool(stated)
        places.append((truth - found.mean) / np.sqrt(found.variance))
    inside = np.mean(np.abs(np.concatenate(places)) < 1.645)
    assert 0.82 < inside < 0.96


def test_who_is_noisy_bold_or_biased_is_found_out() -> None:
    rng = np.random.default_rng(7)
    truth = rng.normal(0, 4, 60)
    stated = np.column_stack([truth + rng.normal(0, 0.7, 60), 1.5 * truth + rng.normal(0, 0.7, 60),
                              truth + 2 + rng.normal(0, 0.7, 60), truth + rng.normal(0, 4, 60)])
    found = pool(stated)
    assert found.boldness.argmax() == 1
    assert found.bias.argmax() == 2
    assert found.noise.argmax() == 3
    assert found.noise[3] > 2.5 > 1.5 > found.noise[:3].max()


def in_words(rng: np.random.Generator, items: int) -> Array:
    """What two analysts state who have words for ratios, and nearly always choose the same one."""
    words = 10 * np.log10([1 / 10, 1 / 4, 1 / 2, 1 / 1.25, 1, 1.25, 2, 4, 10])
    chosen = rng.integers(1, len(words) - 1, items)
    other = np.where(rng.random(items) < 0.9, chosen, chosen + rng.choice([-1, 1], items))
    return np.column_stack([words[chosen], words[other]])


def evenly(stated: Array, step: float, monkeypatch: pytest.MonkeyPatch) -> pooling.Pool:
    """The pool of a table on an even grid, whether that resolves it or not."""
    with monkeypatch.context() as patched:
        patched.setattr(pooling, "_STEP", step)
        patched.setattr(pooling, "_UNRESOLVED", 1.0)
        patched.setattr(pooling, "_pool", pooling._pool.__wrapped__)
        return pool(stated)


@pytest.mark.parametrize(("seed", "items"), [(1, 30), (2, 40)])
def test_words_that_are_mostly_alike_are_pooled_as_on_a_very_fine_grid(seed: int, items: int,
                                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    stated = in_words(np.random.default_rng([2031, seed]), items)
    found, fine = pool(stated), evenly(stated, 0.03, monkeypatch)
    assert found.noise.max() < 1
    np.testing.assert_allclose(found.mean, fine.mean, atol=0.05)
    np.testing.assert_allclose(found.noise, fine.noise, rtol=0.1)
    assert np.abs(evenly(stated, 0.55, monkeypatch).mean - fine.mean).max() > 0.15, "an even grid does not do"


@pytest.mark.parametrize("log_noise", [-4.0, -2.0, 0.0])
def test_nodes_at_the_peaks_integrate_as_a_very_fine_grid_does(log_noise: float, monkeypatch: pytest.MonkeyPatch
                                                               ) -> None:
    _, stated = simulated(np.random.default_rng([2032]), items=6, analysts=3)
    stated[1, 0] = stated[2, 1] = np.inf
    monkeypatch.setattr(pooling, "_STEP", 0.1 * np.exp(min(log_noise, 0)))
    even = pooling._Fit(stated, np.ones(6))
    points = even.prior.mean + 0.3 * (even.prior.points(16, 1) - even.prior.mean)
    points[:, 4:7] += log_noise
    log_evidence, mean, square = even._computed(points)
    again = replace(even, at_peaks=True)._computed(points)
    np.testing.assert_allclose(again[0] - again[0].mean(), log_evidence - log_evidence.mean(), atol=0.01)
    np.testing.assert_allclose(again[1], mean, atol=0.01)
    np.testing.assert_allclose(again[2], square, rtol=0.01, atol=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(("items", "analysts"), [(40, 5)])
def test_nuts_agrees_on_every_item(items: int, analysts: int) -> None:
    from forecast.engine.nuts.panel import pool_nuts

    _, stated = simulated(np.random.default_rng([2028, items]), items, analysts)
    stated[0, 0] = np.nan
    found, again = pool(stated), pool_nuts(stated, draws=2000)
    assert np.all(np.abs(found.mean - again.pool.mean) <= 0.15 + 4 * again.error)
    assert np.sqrt(found.variance) == pytest.approx(np.sqrt(again.pool.variance), rel=0.15, abs=0.1)
    assert found.bias == pytest.approx(again.pool.bias, abs=0.15)
    assert found.noise == pytest.approx(again.pool.noise, rel=0.1)
