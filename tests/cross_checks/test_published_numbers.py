"""Textbook numbers, through the package's own engine.

A textbook's evidence bears on the hypothesis as such: here on all days of the question, as a claim about them. It takes
its witnesses as certain: here they are reports, whose values speak of hearing them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import brentq
from scipy.stats import lognorm

from forecast.core.cure_model import CureModel
from forecast.core.numerics import decibans, probability
from forecast.engine.prior import ReferenceMass
from forecast.records.case import Case
from tests.builders import day, forecast_of, known_source, make_case, make_item, make_question
from tests.strategies import real

WEEKS = 40

ALWAYS = [day(0), day(7 * WEEKS - 1)]
"""The days of the whole question."""


def expecting(p: float) -> dict[str, Any]:
    """A prior of known probability p that expects nothing on the opening day."""
    return {"kind": "elicited", "probability": p, "weeks": [15, 20, 30], "weight": 1.0}


def case_with(p: float, *values: dict[str, Any], shares: dict[str, float] | None = None,
              reliability: float = 1.0) -> Case:
    """Claims of one known source about the whole question."""
    question = make_question(shares, [expecting(p)], WEEKS)
    items = [make_item(f"item-{index:02}", source="known", window=ALWAYS, **value)
             for index, value in enumerate(values)]
    return make_case(question, items, [known_source(reliability)])


def report(**values: Any) -> dict[str, Any]:
    return {"says": "report"} | values


def test_twenty_ratios_of_two_against_one_to_ten_thousand() -> None:
    """The General Report on Tunny (1945): 20.2060 decibans, odds of 104.8576."""
    forecast = forecast_of(case_with(1 / 10_001, *[report(likelihood_ratio={"strike": 2})] * 20))
    assert forecast.decibans == pytest.approx(20.2060, abs=1e-4)
    assert forecast.event == pytest.approx(0.990553347, abs=1e-8)
    assert decibans(np.log(104.8576)) == pytest.approx(20.2060, abs=1e-4)
    assert probability(20.2060) == pytest.approx(0.990553347, abs=1e-6)


def test_mammography() -> None:
    forecast = forecast_of(case_with(0.01, report(probability={"strike": 0.8, "calm": 0.096})))
    assert forecast.event == pytest.approx(0.0776397516, abs=1e-9)


EITHER = {"tuberculosis": 0.01 * 0.05 + 0.99 * 0.01, "healthy": 1 - (0.01 * 0.05 + 0.99 * 0.01)}
LUNG_CANCER = 0.5 * 0.1 + 0.5 * 0.01


def tuberculosis(hypotheses: dict[str, float]) -> float:
    """Tuberculosis is independent of lung cancer, and as frequent with it as without."""
    return hypotheses["tuberculosis"] + hypotheses["strike"] * EITHER["tuberculosis"]


def test_chest_clinic_after_a_positive_x_ray() -> None:
    """Lauritzen & Spiegelhalter (1988, doi:10.1111/j.2517-6161.1988.tb01721.x), lung cancer as the event.

    One item that tells the event and both alternatives apart is Bayes' theorem to the letter.
    """
    x_ray = report(probability={"strike": 0.98, "tuberculosis": 0.98, "healthy": 0.05})
    found = forecast_of(case_with(LUNG_CANCER, x_ray, shares=EITHER)).hypotheses
    assert found["strike"] == pytest.approx(0.488711, abs=1e-6)
    assert tuberculosis(found) == pytest.approx(0.092411, abs=1e-6)


def test_chest_clinic_after_an_uncertain_x_ray() -> None:
    """A reading that is ten times likelier if the picture shows something: virtual evidence."""
    ill, healthy = 0.98 * 10 + 0.02, 0.05 * 10 + 0.95
    reading = report(likelihood_ratio={"strike": ill / healthy, "tuberculosis": ill / healthy})
    found = forecast_of(case_with(LUNG_CANCER, reading, shares=EITHER)).hypotheses
    assert found["strike"] == pytest.approx(0.271051, abs=1e-6)
    assert tuberculosis(found) == pytest.approx(0.051253, abs=1e-6)


def widgets(bad_in_a_row: int) -> dict[str, float]:
    """The posterior of Jaynes's three machines, whose third is as good as excluded at first; a row is one item."""
    bad = {"strike": (1 / 3) ** bad_in_a_row, "one-in-six": (1 / 6) ** bad_in_a_row, "nearly-all": 0.99**bad_in_a_row}
    first, third = (1 - 1e-6) / 11, 1e-6
    shares = {"one-in-six": 1 - first - third, "nearly-all": third}
    return forecast_of(case_with(first, report(probability=bad), shares=shares)).hypotheses


def test_after_eleven_bad_widgets_in_a_row_the_third_hypothesis_overtakes_the_first() -> None:
    """Jaynes (2003), chapter 4."""
    ten, eleven = widgets(10), widgets(11)
    assert ten["nearly-all"] < ten["strike"]
    assert eleven["nearly-all"] > eleven["strike"]
    joint = np.array([1 / 11 * (1 - 1e-6), 10 / 11 * (1 - 1e-6), 1e-6]) * np.array([1 / 3, 1 / 6, 0.99]) ** 11
    assert list(eleven.values()) == pytest.approx(list(joint / joint.sum()), abs=1e-6)


def cascaded(a: float, b: float, h: float, f: float) -> float:
    """The likelihood ratio of a report as the engine computes it.

    The thing happens with probability a or b under the hypotheses; the witness tells of it with probability h if it
    happened and f if it did not. That is a source of which r/(1−r) = (h−f)(a+b)/(2f), and the ratio a : b.
    """
    heard = (h - f) * (a + b) / (2 * f)
    case = case_with(0.5, {"probability": {"strike": a, "calm": b}, "says": "fact"}, reliability=heard / (1 + heard))
    return float(np.exp(forecast_of(case).log_odds - forecast_of(case.without(["item-00"])).log_odds))


def test_cascaded_inference() -> None:
    """Schum (1994): what a witness tells is worth less than what he tells of."""
    assert cascaded(0.9, 0.1, 0.8, 0.2) == pytest.approx(2.846154, abs=1e-6)


rates = real(0.02, 0.98)


@given(rates, rates, rates, rates)
def test_a_report_is_worth_no_more_than_its_witness_can_tell_apart(x: float, y: float, u: float, v: float) -> None:
    a, b = max(x, y), min(x, y)
    h, f = max(u, v) + 0.01, min(u, v)
    ratio = cascaded(a, b, h, f)
    assert ratio == pytest.approx((a * h + (1 - a) * f) / (b * h + (1 - b) * f), rel=1e-6)
    assert ratio <= h / f * (1 + 1e-9)


def test_silence_of_a_cure_model() -> None:
    """P(still to come | none yet) = πS/(1 − π + πS) = 0.268941 at π = ½, S = 1/e."""
    known = CureModel(np.array([0.5]), np.array([1.0]), np.array([1.0]), np.array([[1.0]]))
    mass = np.exp(ReferenceMass(np.arange(1.0, 60.0), known).log_mean())
    assert 1 - mass[-1] / mass.sum() == pytest.approx(0.268941, abs=1e-6)


def test_silence_of_a_judgement() -> None:
    """The same number where half is expected by the horizon, and 1 − 1/e of that by the as-of date."""
    as_of, weeks = 69, 60

    def fallen(median: float) -> float:
        timing = lognorm(np.log(9) / (2 * 1.644854), scale=median)
        return float(timing.cdf((as_of + 1) / 7) / timing.cdf(weeks)) - (1 - np.exp(-1))

    median = brentq(fallen, 1, 50)
    judged = {"kind": "elicited", "probability": 0.5, "weeks": [median / 3, median, median * 3], "weight": 1.0}
    forecast = forecast_of(make_case(make_question(prior=[judged], weeks=weeks), as_of=day(as_of)))
    assert forecast.event == pytest.approx(0.268941, abs=1e-6)


def test_silence_of_a_steady_rate() -> None:
    """Half the window gone: a steady hazard that expects 33 % by the end leaves 1 − √0.67."""
    rate = -np.log(1 - 0.33) / 60
    prior = {"kind": "exposure", "events": rate * 1e9, "weeks": 1e9, "weight": 1.0}
    forecast = forecast_of(make_case(make_question(prior=[prior], weeks=60), as_of=day(7 * 30 - 1)))
    assert forecast.event == pytest.approx(1 - np.sqrt(0.67), abs=1e-6)
