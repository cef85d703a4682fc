"""What a source turns out to be worth, in closed form.

A claim that is over multiplies the density of r by a factor that is linear in r, and so does an answer of a record.
With the Beta of a grade, the mean of r is a ratio of its moments.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import Polynomial

from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from tests.builders import LATE, day, forecast_of, make_case, make_group, make_item, make_question, make_source
from tests.strategies import choice, ratios, real, whole

AS_OF = 55
"""Days that have passed without the event."""

STATED = {"A": (9.5, 0.5), "B": (8.0, 2.0), "C": (6.0, 4.0), "D": (4.0, 6.0), "E": (2.0, 8.0), "F": (1.0, 1.0)}


def claim(name: str, ratio: float, first: int, last: int, **fields: Any) -> Item:
    """A dated claim: above one that the event happens in these days, below one that it does not."""
    return make_item(name, likelihood_ratio={"strike": ratio}, window=[day(first), day(last)], **fields)


def case_with(items: list[Item], grade: str = "C", as_of: int = AS_OF, **source: Any) -> Case:
    return make_case(make_question(prior=[LATE]), items, [make_source("wire", grade, **source)],
                     [make_group(0.5)], day(as_of))


def mean(grade: str, factor: Polynomial) -> float:
    """E[r] under a Beta times a polynomial."""
    alpha, beta = (Fraction(part) for part in STATED[grade])
    moments = [Fraction(1)]
    for step in range(len(factor.coef) + 1):
        moments.append(moments[-1] * (alpha + step) / (alpha + beta + step))
    coefficients = [Fraction(float(value)) for value in factor.coef]
    above = sum(c * moment for c, moment in zip(coefficients, moments[1:], strict=False))
    return float(above / sum(c * moment for c, moment in zip(coefficients, moments, strict=False)))


def factor(ratio: float, chance: float) -> Polynomial:
    """What a claim that is over says of r."""
    delta = abs(ratio - 1) / (ratio + 1)
    if ratio > 1:
        return Polynomial([1, -delta])
    return Polynomial([1 - delta, 0]) + delta * (Polynomial([0, 1]) + Polynomial([1, -1]) * (1 - chance))


def chance_of(case: Case, first: int, last: int, made: int) -> float:
    """The prior's chance, on the day of the claim, that the event falls into the rest of its window."""
    bare = forecast_of(make_case(case.question, as_of=day(made)))
    inside = bare.by(day(last)) - bare.by(day(max(first - 1, made)))
    return min(max(inside, 1e-6), 1 - 1e-6)


@given(choice(*"ABCDEF"), st.lists(ratios, min_size=1, max_size=6))
def test_claims_that_are_over_move_reliability_as_in_closed_form(grade: str, claimed: list[float]) -> None:
    spans = [(5 * index, 5 * index + 20) for index in range(len(claimed))]
    items = [claim(f"claim-{index}", ratio, *span) for index, (ratio, span) in
             enumerate(zip(claimed, spans, strict=True))]
    case, product = case_with(items, grade), Polynomial([1.0])
    for ratio, (first, last) in zip(claimed, spans, strict=True):
        product *= factor(ratio, chance_of(case, first, last, 0))
    assert forecast_of(case).reliability["wire"] == pytest.approx(mean(grade, product), abs=1e-9)


@given(choice(*"ABCDEF"), whole(0, 6), whole(0, 6), real(0, 0.9))
def test_a_record_moves_reliability_as_in_closed_form(grade: str, right: int, wrong: int, base: float) -> None:
    record = {"right": right, "wrong": wrong, "base": base}
    product = Polynomial([base, 1 - base]) ** right * Polynomial([1, -1]) ** wrong
    found = forecast_of(case_with([], grade, record=record)).reliability["wire"]
    assert found == pytest.approx(mean(grade, product), abs=1e-9)


def test_an_answer_that_comes_true_anyway_teaches_little() -> None:
    learned = {base: forecast_of(case_with([], record={"right": 5, "wrong": 0, "base": base})).reliability["wire"]
               for base in (0.0, 0.5, 0.9)}
    assert learned[0.0] > learned[0.5] > learned[0.9] > 0.6
    assert learned[0.0] == pytest.approx(11 / 15)


def reliability_after(claimed: list[float], as_of: int = AS_OF, **fields: Any) -> float:
    items = [claim(f"claim-{index}", ratio, 10 * index, 10 * index + 9, **fields)
             for index, ratio in enumerate(claimed)]
    return forecast_of(case_with(items, as_of=as_of)).reliability["wire"]


@pytest.mark.parametrize("ratio", [4.0, 0.25])
def test_every_further_claim_moves_reliability_the_same_way(ratio: float) -> None:
    path = [reliability_after([ratio] * count, as_of=89) for count in range(9)]
    steps = np.diff(path)
    assert np.all(steps < 0) if ratio > 1 else np.all(steps > 0)


def test_claims_that_are_open_early_reported_or_of_no_direction_teach_nothing() -> None:
    none = reliability_after([])
    assert forecast_of(case_with([claim("open", 9, 10, AS_OF + 1)])).reliability["wire"] == none
    assert forecast_of(case_with([claim("early", 9, -20, -1, date=day(-30))])).reliability["wire"] == none
    assert reliability_after([9.0], says="report") == none
    assert reliability_after([1.0]) == none
    assert reliability_after([9.0], group="rumour") < none
    kept = make_item("kept", kept=0.9, window=[day(1), day(5)])
    assert forecast_of(case_with([kept])).reliability["wire"] == none
    assert forecast_of(case_with([claim("last-day", 9, 10, AS_OF)])).reliability["wire"] < none
    assert forecast_of(case_with([claim("first-day", 9, -20, 0, date=day(-30))])).reliability["wire"] < none


@given(st.lists(real(1.05, 30), min_size=2, max_size=5), real(0.1, 0.9))
def test_rivals_in_one_group_are_counted_by_direction(towards: list[float], away: float) -> None:
    """Of the claims that the event happens the most definite, and of the denials too."""
    items = [claim(f"claim-{index}", ratio, 0, 20, group="rumour") for index, ratio in enumerate(towards)]
    denials = [claim("denial-0", away, 0, 20, group="rumour"), claim("denial-1", away / 2, 0, 20, group="rumour")]
    case = case_with([*items, *denials])
    chance = chance_of(case, 0, 20, 0)
    expected = mean("C", factor(max(towards), chance) * factor(away / 2, chance))
    assert forecast_of(case).reliability["wire"] == pytest.approx(expected, abs=1e-9)
    counted = Exact(case).credit.counting(np.ones((1, len(case.items)), bool))[0]
    assert counted.sum() == 2


def test_a_claim_that_failed_takes_weight_from_everything_that_its_source_says() -> None:
    fact = make_item("fact", likelihood_ratio={"strike": 5.0}, date=day(AS_OF))
    trusted, doubted = (case_with([fact, claim("claim", ratio, 0, 20)]) for ratio in (0.1, 9.0))
    alone = forecast_of(case_with([fact]))
    assert forecast_of(doubted).event < alone.event < forecast_of(trusted).event


def test_reliability_is_learned_on_the_day_on_which_a_window_closes_and_not_before() -> None:
    case = case_with([claim("claim", 6.0, 14, 40)])
    path = [forecast_of(case.at(day(number))).reliability["wire"] for number in range(30, 50)]
    assert path[:10] == [0.6] * 10
    assert len(set(path[10:])) == 1
    assert path[10] < 0.6
