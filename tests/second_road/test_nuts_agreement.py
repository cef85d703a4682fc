"""The PyMC engine against the exact one: hypotheses, key dates, reliabilities, band and worth."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from forecast.engine.nuts.density import build
from forecast.engine.nuts.result import NutsResult, agreement, forecast_nuts
from forecast.engine.nuts.sampler import run
from forecast.records.case import Case
from forecast.records.evidence import Item
from tests.builders import forecast_of
from tests.golden.test_vectors import VECTORS, case_of, expected

# All three kinds of prior component and two alternatives.
FOLDER = VECTORS[3]

pytestmark = pytest.mark.slow


@cache
def sampled() -> NutsResult:
    return forecast_nuts(case_of(FOLDER))


def test_the_sample_passes_its_checks_at_the_first_target() -> None:
    assert sampled().diagnostics.passed
    assert sampled().diagnostics.target_accept == 0.9


def test_hypotheses_and_key_dates_agree() -> None:
    rows = agreement(forecast_of(case_of(FOLDER)), sampled())
    assert {row.name for row in rows} == {*expected(FOLDER)["hypotheses"], *expected(FOLDER)["by"]}
    assert [row.name for row in rows if not row.agrees] == []


def test_reliabilities_of_sources_agree() -> None:
    # A reliability has a standard deviation of at most 0.3 and an effective sample size in the thousands.
    assert sampled().forecast.reliability == pytest.approx(expected(FOLDER)["sources"], abs=0.015)


def test_band_and_worth_agree() -> None:
    assert list(sampled().forecast.band) == pytest.approx(expected(FOLDER)["band"], abs=0.02)
    assert sampled().forecast.worth == pytest.approx(expected(FOLDER)["worth"], rel=0.1)


def test_one_changed_ratio_makes_the_agreement_fail() -> None:
    case = case_of(FOLDER)
    original = agreement(forecast_of(case), sampled())
    changed = agreement(forecast_of(with_one_ratio_doubled(case)), sampled())
    assert all(row.agrees for row in original)
    assert case.question.event.id in [row.name for row in changed if not row.agrees]


def with_one_ratio_doubled(case: Case) -> Case:
    """The case with the ratio of the event doubled in the item that moves the forecast most by it."""
    event, before = case.question.event.id, forecast_of(case).event

    def doubled(item: Item) -> Case:
        ratios = dict(item.likelihood_ratio or {})
        ratios[event] = ratios[event]._replace(stated=2 * ratios[event].stated, low=None, high=None)
        new = item.model_copy(update={"likelihood_ratio": ratios})
        return replace(case, items=tuple(new if each.id == item.id else each for each in case.items))

    rewrites = [doubled(item) for item in case.active if item.likelihood_ratio]
    return max(rewrites, key=lambda rewrite: abs(forecast_of(rewrite).event - before))


def test_the_same_seed_gives_the_same_digits_and_another_does_not() -> None:
    model = build(case_of(FOLDER))
    first, again, other = (
        run(model, draws=50, tune=50, chains=2, seed=seed, target_accept=0.9)["posterior"].dataset["state_probability"]
        for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
