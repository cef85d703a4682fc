"""What a source turns out to be worth, in worlds in which it was right, wrong, or both: by how much, in closed form.

With one alternative, a claim of ratio v from a source of reliability r has L = r v + (1 − r)√v where it bears on the
event, and r + (1 − r)√v elsewhere. Both are linear in r, so that its posterior mean is a ratio of moments of a Beta.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from forecast.records.case import Case
from forecast.records.evidence import Item
from tests.builders import LATE, day, forecast_of, make_case, make_item, make_question, make_source

Array = NDArray[np.float64]

AS_OF = 55
"""Days that have passed without the event."""

grades = st.sampled_from("ABCDEF")
records = st.integers(0, 15)
ratios = st.floats(0.1, 10)


def claim(name: str, ratio: float, first: int, last: int) -> Item:
    """A dated claim: above one the event comes in these days, below one it does not."""
    return make_item(name, likelihood_ratio={"strike": ratio}, window=[day(first), day(last)])


def case_with(items: list[Item], grade: str = "C", right: int = 0, wrong: int = 0, as_of: int = AS_OF) -> Case:
    return make_case(make_question(prior=[LATE]), items, [make_source("wire", grade, right, wrong)], as_of=day(as_of))


def moments(alpha: float, beta: float, count: int) -> Array:
    """E[r^j] of a Beta, j = 0 … count."""
    steps = np.arange(count)
    return np.cumprod(np.append(1.0, (alpha + steps) / (alpha + beta + steps)))


def bears(ratio: float) -> Polynomial:
    """L of the event in r: √v + (v − √v) r."""
    return Polynomial([np.sqrt(ratio), ratio - np.sqrt(ratio)])


def elsewhere(ratio: float) -> Polynomial:
    """L of everything else in r: √v + (1 − √v) r."""
    return Polynomial([np.sqrt(ratio), 1 - np.sqrt(ratio)])


def expected_reliability(alpha: float, beta: float, worlds: list[tuple[float, Polynomial]]) -> float:
    """E[r | claims] over worlds of a prior probability and a likelihood that is a polynomial in r."""
    total = sum((weight * likelihood for weight, likelihood in worlds), start=Polynomial([0.0]))
    below = moments(alpha, beta, len(total.coef))
    coefficients = np.asarray(total.coef, float)
    return float(coefficients @ below[1:] / (coefficients @ below[:-1]))


def product(ratios: list[float]) -> Polynomial:
    return math.prod((elsewhere(ratio) for ratio in ratios), start=Polynomial([1.0]))


@given(grades, records, records, st.lists(ratios, min_size=1, max_size=8))
def test_claims_whose_windows_have_passed_move_reliability_as_in_closed_form(
        grade: str, right: int, wrong: int, claimed: list[float]) -> None:
    items = [claim(f"claim-{index}", ratio, 5 * index, 5 * index + 9) for index, ratio in enumerate(claimed)]
    case = case_with(items, grade, right, wrong)
    alpha, beta = case.sources[0].reliability(case.as_of)
    assert forecast_of(case).reliability["wire"] == pytest.approx(
        expected_reliability(alpha, beta, [(1.0, product(claimed))]), abs=1e-10)


@given(grades, ratios, st.integers(1, 20))
def test_a_claim_about_weeks_to_come_moves_reliability_as_in_closed_form(grade: str, ratio: float, weeks: int) -> None:
    first = AS_OF + 1 + 7 * 8
    case = case_with([claim("claim", ratio, first, first + 7 * weeks - 1)], grade)
    bare = forecast_of(case.without(["claim"]))
    inside = bare.by(day(first + 7 * weeks - 1)) - bare.by(day(first - 1))
    alpha, beta = case.sources[0].reliability(case.as_of)
    worlds = [(inside, bears(ratio)), (1 - inside, elsewhere(ratio))]
    assert forecast_of(case).reliability["wire"] == pytest.approx(expected_reliability(alpha, beta, worlds), abs=1e-10)


WORLDS: dict[str, list[float]] = {"right": [0.25] * 4, "wrong": [4.0] * 4, "mixed": [0.25, 4.0, 4.0, 0.25]}


def reliability_after(claimed: list[float], **fields: Any) -> float:
    items = [claim(f"claim-{index}", ratio, 10 * index, 10 * index + 9) for index, ratio in enumerate(claimed)]
    return forecast_of(case_with(items, **fields)).reliability["wire"]


def test_a_source_that_was_right_rises_one_that_was_wrong_falls_and_a_mixed_one_lies_between() -> None:
    before = reliability_after([])
    after = {name: reliability_after(claimed) for name, claimed in WORLDS.items()}
    assert after["wrong"] < after["mixed"] < after["right"]
    assert after["wrong"] < before - 0.05
    assert after["right"] > before + 0.05
    # By hand: grade C is Beta(6, 4), √v is 2 or ½, and L = 2 − r or ½ + ½ r.
    assert before == pytest.approx(0.6)
    assert after["wrong"] == pytest.approx(expected_reliability(6, 4, [(1.0, Polynomial([2, -1]) ** 4)]))
    assert after["right"] == pytest.approx(expected_reliability(6, 4, [(1.0, Polynomial([0.5, 0.5]) ** 4)]))


@pytest.mark.parametrize("kind", ["right", "wrong"])
def test_every_further_claim_moves_reliability_the_same_way(kind: str) -> None:
    path = [reliability_after((WORLDS[kind] * 2)[:count], as_of=79) for count in range(9)]
    steps = np.diff(path)
    assert np.all(steps > 0) if kind == "right" else np.all(steps < 0)


def test_reliability_falls_day_by_day_while_the_window_of_a_claim_passes_without_the_event() -> None:
    judged = {"kind": "elicited", "probability": 0.9, "weeks": [2, 8, 30], "weight": 1.0}
    case = make_case(make_question(prior=[judged]), [claim("claim", 6.0, 14, 55)], [make_source()])
    path = [forecast_of(case.at(day(number))).reliability["wire"] for number in range(14, 56)]
    assert np.all(np.diff(path) < 0)
    assert path[-1] == pytest.approx(expected_reliability(6, 4, [(1.0, elsewhere(6.0))]), abs=1e-10)
    later = forecast_of(case.at(day(90))).reliability["wire"]
    assert later == pytest.approx(path[-1], abs=1e-12)


def test_a_failed_claim_takes_weight_from_everything_that_its_source_says() -> None:
    fact = make_item("fact", likelihood_ratio={"strike": 5.0}, date=day(AS_OF))
    trusted, doubted = (case_with([fact, claim("claim", ratio, 0, 20)]) for ratio in (0.2, 5.0))
    alone = forecast_of(case_with([fact]))
    assert forecast_of(doubted).event < alone.event < forecast_of(trusted).event


def test_a_long_record_does_not_give_way_to_one_failed_claim() -> None:
    moved = [reliability_after([]) - reliability_after([4.0]),
             reliability_after([], right=600, wrong=400) - reliability_after([4.0], right=600, wrong=400)]
    assert moved[0] > 50 * moved[1] > 0
