"""What moved the forecast: every decomposition adds up, and each part is what the engine says without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.analysis.attribution import leave_one_out, ledger, shapley
from forecast.analysis.case_diff import change
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.types import Estimate
from tests.builders import forecast_of, make_case, make_group, make_item, make_question, make_source
from tests.strategies import cases, extra


def crowd(count: int, group: str | None) -> Case:
    """A case in which one source says many things, in one group or in none."""
    rng = np.random.default_rng(count)
    items = [make_item(f"report-{index:02}", likelihood_ratio={"strike": float(np.exp(rng.normal(0, 0.5)))},
                       group=group, credibility=int(rng.integers(1, 6))) for index in range(count)]
    return make_case(make_question(preparation={"lead": "9w"}), items, [make_source()], [make_group(0.4)] if group else [])


def alone(case: Case, kept: np.ndarray) -> float:
    """Log odds from an engine of its own for some of the active items."""
    gone = [item.id for item, stays in zip(case.active, kept, strict=True) if not stays]
    return Exact(case.without(gone)).log_odds()


@settings(max_examples=40)
@given(st.data(), cases(max_items=8))
def test_every_subset_of_the_items_says_what_a_case_of_these_items_says(data: st.DataObject, case: Case) -> None:
    size = len(case.active)
    subsets = np.array(data.draw(st.lists(st.lists(st.booleans(), min_size=size, max_size=size), min_size=1,
                                          max_size=5)), bool)
    expected = [alone(case, kept) for kept in subsets]
    np.testing.assert_allclose(Exact(case).log_odds_of(subsets), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("group", [None, "rumour"])
def test_leaving_one_of_many_out_is_a_case_without_it(group: str | None) -> None:
    case = crowd(30, group)
    full = forecast_of(case).decibans
    for name, moved in leave_one_out(Exact(case)).items():
        assert moved == pytest.approx(full - forecast_of(case.without([name])).decibans, abs=1e-8)


@given(cases())
def test_the_ledger_goes_from_the_opening_to_the_forecast(case: Case) -> None:
    steps = ledger(Exact(case))
    assert [step.id for step in steps[2:]] == [item.id for item in case.active]
    assert sum(step.decibans for step in steps) == pytest.approx(forecast_of(case).decibans, abs=1e-8)
    before = 0.0
    for step in steps:
        assert step.total == pytest.approx(before + step.decibans, abs=1e-9)
        before = step.total


@settings(max_examples=25)
@given(cases(max_items=6), st.integers(1, 5))
def test_shapley_values_add_up_to_all_that_the_items_move_however_few_permutations(case: Case, count: int) -> None:
    values, engine = shapley(Exact(case), count), Exact(case)
    moved = engine.forecast.decibans - Exact(replace(case, items=())).forecast.decibans
    assert sum(share.decibans for share in values.values()) == pytest.approx(moved, abs=1e-8)
    points = engine.forecast.event - Exact(replace(case, items=())).forecast.event
    assert sum(share.points for share in values.values()) == pytest.approx(points, abs=1e-9)


@pytest.mark.parametrize("group", [None, "rumour"])
def test_shapley_values_approach_the_mean_over_all_permutations(group: str | None) -> None:
    case = crowd(4, group)
    engine, exact = Exact(case), np.zeros(4)
    orders = list(permutations(range(4)))
    for order in orders:
        subsets = np.argsort(order) < np.arange(5)[:, None]
        exact[list(order)] += np.diff(engine.log_odds_of(subsets)) * 10 / np.log(10) / len(orders)
    np.testing.assert_allclose([share.decibans for share in shapley(engine, 2000).values()], exact, atol=0.02 * np.abs(exact).max())


@settings(max_examples=40)
@given(st.data(), cases(max_items=6), st.integers(0, 60))
def test_the_change_since_a_forecast_adds_up_whatever_changed(data: st.DataObject, case: Case, days: int) -> None:
    later = min(case.as_of + timedelta(days), case.question.horizon - timedelta(1))
    new = case.with_item(data.draw(extra(case))).at(later)
    if case.items and data.draw(st.booleans()):
        new = new.without([case.items[0].id])
    if data.draw(st.booleans()):
        new = replace(new, question=new.question.model_copy(update={"share_concentration": 11.0, "evidence_weight": Estimate(0.7)}))
    if data.draw(st.booleans()):
        new = new.with_item(data.draw(extra(case, name=new.items[-1].id)))
    steps = change(case, new)
    difference = forecast_of(new).decibans - forecast_of(case).decibans
    assert sum(step.decibans for step in steps) == pytest.approx(difference, abs=1e-7)


@given(cases())
def test_nothing_changes_from_a_forecast_to_itself(case: Case) -> None:
    assert [(step.kind, step.decibans) for step in change(case, case)] == [("time", 0.0)]
