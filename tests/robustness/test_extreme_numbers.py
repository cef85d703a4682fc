"""Numbers at the edges of what a file may say: probabilities stay probabilities, and nothing overflows.

Warnings are errors in all tests, those of NumPy included.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.records.evidence import Item
from tests.builders import day, forecast_of, make_case, make_group, make_item, make_question, make_source
from tests.strategies import choice, flag, whole

RATIOS = (1e-300, 1e-12, 0.5, 1.0, 2.0, 1e12, 1e300)
CHANCES = (1e-15, 1e-6, 0.5, 1 - 1e-6, 1 - 1e-15)


def assert_sound(forecast: Forecast) -> None:
    values = [*forecast.daily, *forecast.hypotheses.values(), *forecast.preparing, *forecast.climate,
              *forecast.reliability.values(), *forecast.next[1:]]
    assert np.all(np.isfinite(values))
    assert np.all((np.array(values) >= 0) & (np.array(values) <= 1 + 1e-9))
    assert sum(forecast.hypotheses.values()) == pytest.approx(1, abs=1e-9)
    assert np.isfinite(forecast.log_odds)
    assert np.isfinite(forecast.decibans)


def assert_band_is_sound(forecast: Forecast) -> None:
    assert np.all(np.isfinite(forecast.band))
    assert 0 <= forecast.band.low <= forecast.band.high <= 1 + 1e-6
    assert forecast.worth >= 0


@st.composite
def priors(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(choice("elicited", "exposure"))
    if kind == "exposure":
        return {"kind": kind, "events": draw(choice(0.0, 1e-9, 1.0, 1e9)), "weeks": draw(choice(1e-9, 1.0, 1e9)),
                "weight": draw(choice(1e-9, 1.0))}
    weeks = draw(choice((1e-9, 1e-8, 1e-7), (1.0, 1.0, 1.0000001), (1e-9, 1.0, 1e9), (1e8, 5e8, 1e9)))
    return {"kind": kind, "probability": draw(choice(*CHANCES)), "weeks": weeks, "weight": draw(choice(1e-9, 1.0))}


def process(draw: st.DrawFn) -> dict[str, Any]:
    return {"lead": draw(choice("0.000001w", "1d", "8w", "900w")), "carried_out": draw(choice(*CHANCES)),
            "unprepared": draw(choice(0.0, 1e-12, 0.5, 1.0))}


def report(draw: st.DrawFn, index: int, as_of: int) -> Item:
    windows = ((day(0), day(60)), (day(as_of), day(as_of + 1)), (day(-9), day(9999)))
    kind = draw(choice("sign", "condition", "claim"))
    where: dict[str, Any] = {"window": draw(choice(*windows))} if kind == "claim" else {"about": kind}
    fields: dict[str, Any] = {"date": day(as_of - draw(choice(0, 1, 30))), "says": draw(choice("fact", "report"))}
    if draw(flag):
        fields["standing"] = {"every": draw(choice("1d", "0.000001w", "900w")), "at_most": draw(choice("never", "1w"))}
    if draw(flag):
        fields["group"] = "rumour"
    ratios = {"strike": draw(choice(*RATIOS)), "covert": draw(choice(*RATIOS))}
    return make_item(f"item-{index}", likelihood_ratio=ratios, **where, **fields)


@st.composite
def extreme_cases(draw: st.DrawFn) -> Case:
    length = draw(choice(2, 8, 200))
    question = make_question(
        {"covert": draw(choice(1e-9, 1.0)), "calm": draw(choice(1.0, 1e9))}, [draw(priors()) for _ in range(
            draw(whole(1, 2)))], length / 7, preparation=process(draw), climate=process(draw),
        evidence_weight=draw(choice(0.0, 1e-9, 1.0, 100.0)), model_error=draw(choice(0.0, 10.0)))
    as_of = draw(choice(0, length - 2))
    sources = [make_source("wire", draw(choice("A", "E", "F")), *draw(choice((0, 0), (10**12, 0), (0, 10**12))))]
    groups = [make_group(draw(choice(0.0, 1.0, 0.5)), memory=draw(choice("never", "0.000001w")))]
    items = [report(draw, index, as_of) for index in range(draw(whole(0, 5)))]
    return make_case(question, items, sources, groups, day(as_of))


@settings(max_examples=80)
@given(extreme_cases())
def test_whatever_a_file_may_say_a_forecast_is_made_of_probabilities(case: Case) -> None:
    forecast = forecast_of(case)
    assert_sound(forecast)
    engine = Exact(case)
    assert np.all(np.isfinite(engine.log_odds_of(~np.eye(len(engine.evidence), dtype=bool))))


@settings(max_examples=15)
@given(extreme_cases())
def test_whatever_a_file_may_say_a_band_has_two_ends(case: Case) -> None:
    assert_band_is_sound(forecast_of(case))


def test_a_question_of_a_hundred_years_is_forecast() -> None:
    question = make_question(weeks=36525 / 7, climate={"lead": "2000w"})
    case = make_case(question, [make_item("told", likelihood_ratio={"strike": 3})], [make_source()], as_of=day(20))
    assert_sound(forecast_of(case))


@pytest.mark.parametrize("process", ["preparation", "climate"])
def test_a_lead_of_more_than_a_hundred_years_is_refused(process: str) -> None:
    """There are four leads of days beyond the horizon: a lead without end would take all memory."""
    make_question(**{process: {"lead": "5200w"}})
    with pytest.raises(ValidationError, match="write a lead of at most"):
        make_question(**{process: {"lead": "6000w"}})
    with pytest.raises(ValidationError, match="write a lead of at most"):
        make_question(**{process: {"lead": ["1w", "8w", "1000000000w"]}})


def test_a_question_of_one_day_that_is_left_is_forecast() -> None:
    case = make_case(make_question(weeks=2), [make_item("told", likelihood_ratio={"strike": 3})], [make_source()])
    last = case.at(case.question.horizon - timedelta(1))
    assert len(last.days) == 1
    assert_sound(forecast_of(last))
    assert_band_is_sound(forecast_of(last))


@pytest.mark.parametrize("kind", ["sign", "condition", "claim"])
def test_thousands_of_items_that_agree_leave_odds_that_are_numbers(kind: str) -> None:
    where: dict[str, Any] = {"window": [day(0), day(279)]} if kind == "claim" else {"about": kind}
    items = [make_item(f"item-{index}", date=day(index % 20), says="report", likelihood_ratio={"strike": 50}, **where)
             for index in range(3000)]
    forecast = forecast_of(make_case(make_question(), items, [make_source()], as_of=day(20)))
    assert_sound(forecast)
    assert forecast.event > 0.4
    if kind == "claim":
        assert forecast.decibans == pytest.approx(3000 * 10 * np.log10(50) + 10 * np.log10(0.3 / 0.7), abs=1)


@pytest.mark.parametrize("p", [1e-6, 0.05, 0.2, 0.5, 0.7, 0.95])
def test_a_forecast_of_which_nothing_is_unknown_is_worth_more_than_any_number_of_cases(p: float) -> None:
    exact = {"kind": "elicited", "probability": p, "weeks": [5, 10, 20], "weight": 1}
    question = make_question(prior=[exact], model_error=0, evidence_weight=1)
    assert forecast_of(make_case(question, as_of=day(30))).worth == np.inf
