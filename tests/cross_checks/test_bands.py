"""Draws of the stated unknowns against their distributions, and against nodes that lie closer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from forecast.engine.exact import Exact
from forecast.records.case import Case
from tests.builders import day, make_case, make_item, make_question, make_source
from tests.second_road.random_cases import random_case

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def one_source() -> Case:
    """A case in which the reliability of a single source is almost all that is unknown."""
    items = [make_item(f"report-{index}", likelihood_ratio={"strike": [20, 20, 20]}, source="leaker")
             for index in range(3)]
    return make_case(make_question(), items, [make_source("leaker", "F")])


CASES = [one_source(), *map(random_case, range(6))]


@pytest.mark.parametrize("case", CASES)
def test_draws_between_nodes_are_as_good_as_draws_from_nodes_that_lie_closer(case: Case) -> None:
    at_nodes, closer = (Exact(case, refine).forecast.draws.event for refine in (1, 8))
    np.testing.assert_allclose(np.quantile(at_nodes, QUANTILES), np.quantile(closer, QUANTILES), atol=0.01)
    assert np.std(at_nodes) == pytest.approx(np.std(closer), rel=0.03)


@pytest.mark.parametrize("case", CASES)
def test_reliabilities_are_drawn_with_the_mean_of_their_posterior(case: Case) -> None:
    forecast = Exact(case).forecast
    for name, draws in forecast.draws.reliability.items():
        error = np.std(draws) / np.sqrt(len(draws))
        assert np.mean(draws) == pytest.approx(forecast.reliability[name], abs=4 * error)


def test_evidence_for_weeks_that_hardly_any_mass_is_left_for_gives_a_band_all_the_same() -> None:
    """The weeks at which the items point have no mass in single precision, the others no weight from the items."""
    prior = {"kind": "exposure", "events": 1000, "weeks": 100, "weight": 1.0}
    window = (day(7 * 38), day(7 * 39))
    items = [make_item(f"report-{index}", likelihood_ratio={"strike": 1e9}, window=window) for index in range(20)]
    forecast = Exact(make_case(make_question(prior=[prior]), items, [make_source(grade="A", right=10**6)])).forecast
    assert np.all(np.isfinite(forecast.draws.weekly)) and np.all(np.isfinite(forecast.band))


@pytest.mark.parametrize(("grade", "right", "wrong"), [("A", 0, 0), ("F", 0, 0), ("B", 40, 3), ("D", 300, 700)])
def test_a_source_without_items_is_drawn_from_its_beta(grade: str, right: int, wrong: int) -> None:
    source = make_source("quiet", grade, record={"right": right, "wrong": wrong})
    case = replace(make_case(make_question()), sources=(source,))
    draws = Exact(case).forecast.draws.reliability["quiet"]
    beta = stats.beta(*source.reliability(case.as_of))
    shares = beta.cdf(np.quantile(draws, QUANTILES))
    np.testing.assert_allclose(shares, QUANTILES, atol=0.015)
