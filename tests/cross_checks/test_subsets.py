"""Every subset of the items, computed together, against an engine of its own for each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from forecast.engine import exact
from forecast.engine.exact import Exact
from forecast.records.case import Case
from tests.cross_checks.random_cases import random_case
from tests.strategies import cases, whole


def alone(case: Case, kept: NDArray[np.bool_]) -> Exact:
    """An engine of its own for some of the active items."""
    return Exact(case.without(item.id for item, stays in zip(case.active, kept, strict=True) if not stays))


@settings(max_examples=25)
@given(cases(min_items=2), whole(0, 2**32 - 1), st.sampled_from(["horizon", "thirteen weeks", "key date"]))
def test_every_subset_says_what_a_case_of_these_items_says(case: Case, seed: int, when: str) -> None:
    engine = Exact(case)
    subsets = np.random.default_rng(seed).random((6, len(case.active))) < 0.6
    by = {"horizon": None, "thirteen weeks": case.days.thirteen_weeks,
          "key date": next((each for each in case.question.key_dates if each > case.as_of), None)}[when]
    found = engine.log_odds_of(subsets, by)
    expected = []
    for kept in subsets:
        forecast = alone(case, kept).forecast
        p = forecast.by(by or case.question.horizon)
        expected.append(forecast.log_odds if by is None else np.log(p) - np.log1p(-p))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_leaving_each_item_out_where_every_feature_is_at_work(seed: int) -> None:
    case = random_case(seed, count=24)
    engine = Exact(case)
    everyone_but = ~np.eye(len(case.active), dtype=bool)
    expected = [alone(case, kept).log_odds() for kept in everyone_but]
    np.testing.assert_allclose(engine.log_odds_of(everyone_but), expected, rtol=0, atol=1e-12)
    assert engine.log_odds_of(np.ones((1, len(case.active)), bool))[0] == pytest.approx(engine.log_odds(), abs=1e-12)


def test_subsets_are_the_same_however_many_are_computed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    case = random_case(2, count=20)
    subsets = np.random.default_rng(1).random((50, len(case.active))) < 0.5
    together = Exact(case).log_odds_of(subsets)
    monkeypatch.setattr(exact, "_CELLS", 1)
    np.testing.assert_allclose(Exact(case).log_odds_of(subsets), together, rtol=0, atol=1e-12)


def test_no_subset_is_no_number() -> None:
    engine = Exact(random_case(0))
    assert engine.log_odds_of(np.zeros((0, len(engine.evidence)), bool)).shape == (0,)
