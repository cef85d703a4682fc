"""Laws of what others say: a pool lies between its parts, and nothing of it moves a forecast of ours."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.crowd import Pooled, beside
from forecast.core.numerics import of_crowd
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.workspace.crowd import Crowd, Outside
from tests.builders import STEADY, day, make_case, make_item, make_question, make_source

HORIZON = make_question().horizon
CHANCES = st.floats(0, 1)


@cache
def _forecast(ratio: float = 3.0) -> Forecast:
    item = make_item("vote", likelihood_ratio={"strike": ratio})
    case = make_case(make_question(prior=[STEADY], key_dates=[day(100)]), [item], [make_source()], as_of=day(30))
    return Exact(case).forecast


def _pooling(forecast: Forecast, weights: dict[str, float]) -> Forecast:
    question = forecast.case.question.model_copy(update={"pool": weights})
    return replace(forecast, case=replace(forecast.case, question=question))


def _pooled(weights: dict[str, float], said: dict[str, float], ratio: float = 3.0) -> Pooled:
    crowds = {name: Crowd(forecasts=(Outside(day(20), HORIZON, p),)) for name, p in said.items()}
    found = beside(_pooling(_forecast(ratio), weights), crowds)
    assert found is not None
    (pooled,) = found.pooled
    return pooled


@given(CHANCES, CHANCES, st.sampled_from([0.01, 1.0, 3.0, 200.0]))
def test_a_pool_lies_between_its_parts(theirs: float, weight: float, ratio: float) -> None:
    pooled = _pooled({"crowd": weight}, {"crowd": theirs}, ratio)
    low, high = sorted((pooled.ours, float(of_crowd(theirs))))
    assert low - 1e-12 <= pooled.probability <= high + 1e-12


@given(CHANCES)
def test_without_weight_it_is_ours_and_with_all_of_it_theirs(theirs: float) -> None:
    pooled = _pooled({"crowd": 0.0}, {"crowd": theirs})
    assert pooled.probability == pytest.approx(pooled.ours, rel=1e-12)
    assert _pooled({"crowd": 1.0}, {"crowd": theirs}).probability == pytest.approx(float(of_crowd(theirs)), rel=1e-12)


@given(CHANCES, st.floats(0, 0.9))
def test_more_weight_goes_further_towards_them(theirs: float, weight: float) -> None:
    less, more = (_pooled({"crowd": w}, {"crowd": theirs}).probability for w in (weight, weight + 0.1))
    assert abs(more - float(of_crowd(theirs))) <= abs(less - float(of_crowd(theirs))) + 1e-12


@given(CHANCES, CHANCES, st.floats(0, 0.5), st.floats(0, 0.5))
def test_the_order_of_several_does_not_matter_and_twins_are_one(a: float, b: float, u: float, v: float) -> None:
    assert _pooled({"a": u, "b": v}, {"a": a, "b": b}).probability == pytest.approx(
        _pooled({"b": v, "a": u}, {"b": b, "a": a}).probability, rel=1e-12)
    assert _pooled({"a": u, "b": v}, {"a": a, "b": a}).probability == pytest.approx(
        _pooled({"one": u + v}, {"one": a}).probability, rel=1e-9)


def test_known_numbers() -> None:
    """Odds of 1/4 and 4 with half the weight each are even odds."""
    forecast = _forecast()
    ours = forecast.event
    theirs = 1 / (1 + ours / (1 - ours))
    assert _pooled({"crowd": 0.5}, {"crowd": theirs}).probability == pytest.approx(0.5)


def test_what_was_said_later_or_of_other_days_is_not_known() -> None:
    known = (Outside(day(10), HORIZON, 0.2), Outside(day(30), HORIZON, 0.3), Outside(day(30), day(100), 0.1))
    others = (Outside(day(31), HORIZON, 0.9), Outside(day(10), day(30), 0.9), Outside(day(10), day(900), 0.9))
    forecast = _pooling(_forecast(), {"crowd": 0.5})
    found = beside(forecast, {"crowd": Crowd(forecasts=tuple(sorted(known + others)))})
    assert found == beside(forecast, {"crowd": Crowd(forecasts=known)})
    assert found is not None
    assert [(row.by, row.last, row.ours) for row in found.said] == [
        (HORIZON, (day(30), 0.3), forecast.event), (day(100), (day(30), 0.1), forecast.by(day(100)))]
    assert [row.by for row in found.pooled] == [HORIZON, day(100)]
    assert beside(forecast, {"crowd": Crowd(forecasts=others)}) is None


def test_nothing_is_pooled_unless_the_question_says_so() -> None:
    crowds = {"crowd": Crowd(forecasts=(Outside(day(20), HORIZON, 0.9),))}
    found = beside(_forecast(), crowds)
    assert found is not None
    assert (len(found.said), found.pooled) == (1, ())
    assert beside(_pooling(_forecast(), {"other": 0.5}), crowds) == found
