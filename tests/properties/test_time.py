"""Silence, windows that pass, and the coherence of what is said about time."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import lognorm

from forecast.analysis.outlook import if_nothing_happens
from forecast.core.cure_model import learn
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import DatedTest
from forecast.records.question import Elicited, Exposure, Prior
from tests.builders import (
    OPENS,
    day,
    forecast_of,
    make_case,
    make_item,
    make_question,
    make_source,
    with_parts,
)
from tests.properties.same import (
    assert_same_background,
    assert_same_event,
    assert_same_headline,
    assert_same_processes,
)
from tests.strategies import BEYOND, HISTORIES, cases, choice, components, extra, whole


@given(cases())
def test_probabilities_sum_to_one_and_the_cumulative_curve_never_falls(case: Case) -> None:
    forecast = forecast_of(case)
    assert sum(forecast.hypotheses.values()) == pytest.approx(1, abs=1e-12)
    assert sum(forecast.prior.values()) == pytest.approx(1, abs=1e-12)
    assert forecast.alternatives.sum() == pytest.approx(1, abs=1e-12)
    assert np.all(forecast.daily >= 0)
    assert forecast.by_week.sum() == pytest.approx(forecast.event, abs=1e-12)
    curve = [forecast.by(case.as_of + timedelta(step)) for step in range((case.question.horizon - case.as_of).days + 1)]
    assert curve[0] == 0
    assert np.all(np.diff(curve) >= -1e-15)
    assert curve[-1] == pytest.approx(forecast.event, abs=1e-12)
    assert np.all((forecast.hazard >= 0) & (forecast.hazard <= 1 + 1e-12))


@given(cases())
def test_an_earlier_day_is_never_likelier_than_a_later_one(case: Case) -> None:
    forecast = forecast_of(case)
    dates = sorted({*forecast.by_key_date, forecast.next.until, case.question.horizon})
    probabilities = [forecast.by(each) for each in dates]
    assert probabilities == sorted(probabilities)
    assert forecast.next.probability <= forecast.event + 1e-15
    reached = [each for each in forecast.timing.values() if each is not None]
    assert reached == sorted(reached)
    for share, each in forecast.timing.items():
        assert each is not None
        assert forecast.by(each) >= share * forecast.event - 1e-9


@settings(max_examples=10)
@given(st.data(), cases(min_items=1, max_items=5))
def test_news_of_later_days_is_not_in_what_is_forecast_if_nothing_happens(data: st.DataObject, case: Case) -> None:
    later = case.as_of + timedelta(data.draw(whole(1, 50)))
    ended = [item.model_copy(update={"retracted": later, "standing": item.standing and item.standing.model_copy(
        update={"until": later})}) for item in case.active]
    going_on = [item.model_copy(update={"retracted": None, "standing": item.standing and item.standing.model_copy(
        update={"until": None})}) for item in case.active]
    sources = [source.model_copy(update={"record": ()}) for source in case.sources]
    wrong = DatedTest(date=later, right=0, wrong=5)
    failed = [source.model_copy(update={"record": (wrong,)}) for source in case.sources]
    new = data.draw(extra(case, date=later, kind="sign"))
    told = make_case(case.question, [*ended, new], failed, case.groups, case.as_of, histories=HISTORIES)
    untold = make_case(case.question, going_on, sources, case.groups, case.as_of, histories=HISTORIES)
    assert if_nothing_happens(Exact(told)) == if_nothing_happens(Exact(untold))


@given(cases())
def test_processes_have_probabilities(case: Case) -> None:
    forecast = forecast_of(case)
    for found in (forecast.preparing, forecast.climate):
        assert all(0 <= value <= 1 + 1e-12 for value in found)
        assert found.leads_to_event <= min(found.now, forecast.event) + 1e-12
        assert found.false_share <= 0.5


EARLY = {"kind": "elicited", "probability": 0.5, "weeks": [2, 3, 3.75], "weight": 1.0}
"""A prior that leaves nothing, in double precision, for most weeks."""


@settings(max_examples=10)
@given(cases())
@example(make_case(make_question(prior=[EARLY])))
def test_bands_lie_inside_zero_and_one_and_their_ends_never_fall(case: Case) -> None:
    forecast = forecast_of(case)
    ends = np.column_stack([forecast.cumulative_band, forecast.band])
    assert np.all((ends >= 0) & (ends <= 1 + 1e-12))
    assert np.all(np.diff(ends, axis=1) >= -1e-12)
    assert np.all(np.diff(ends, axis=0) >= 0)
    assert forecast.worth >= 0
    assert forecast.band_by(case.question.horizon) == pytest.approx(forecast.band, abs=1e-6)


@settings(max_examples=10)
@given(cases(max_items=0))
def test_a_forecast_of_which_nothing_is_unknown_has_no_band(case: Case) -> None:
    prior = ({"kind": "elicited", "probability": 0.4, "weeks": [5, 15, 40], "weight": 1.0},)
    question = make_question({"calm": 1.0}, prior, 40, model_error=0, default_spread=1)
    items = [make_item("told", likelihood_ratio={"strike": 6}, says="report")]
    forecast = forecast_of(make_case(question, items, [make_source()], as_of=day(20)))
    assert forecast.band == pytest.approx((forecast.event, forecast.event), abs=1e-5)
    assert forecast.worth > 1e6


# --- claims whose days are over -------------------------------------------------------------------------------------

@given(st.data(), cases(), choice("over", "beyond"))
def test_a_claim_none_of_whose_days_is_left_says_nothing_of_the_event(
        data: st.DataObject, case: Case, when: str) -> None:
    case = with_parts(case, sources=[make_source("prophet", "C")])
    last = case.as_of - timedelta(data.draw(whole(0, 30)))
    if when == "beyond":
        # The days beyond the horizon are 7·⌈4·60⌉ at most.
        last = day(BEYOND + 7 * 4 * 60)
    window = (last - timedelta(data.draw(whole(0, 30))), last)
    claim = data.draw(extra(case, kind="claim", source="prophet", window=window))
    assert_same_event(case, case.with_item(claim))
    assert_same_processes(forecast_of(case), forecast_of(case.with_item(claim)), 1e-9)


def test_what_is_left_of_a_claim_that_is_over_is_its_background_and_doubt_about_its_source() -> None:
    question = make_question({"calm": 0.5, "covert": 0.5})
    claim = make_item("claim", likelihood_ratio={"strike": 8, "calm": 3}, window=[day(2), day(20)])
    case = make_case(question, [claim], [make_source()], as_of=day(20))
    before, after = forecast_of(case.without(["claim"])), forecast_of(case)
    assert after.event == pytest.approx(before.event, abs=1e-12)
    assert after.reliability["wire"] < before.reliability["wire"]
    assert after.alternatives[0] > before.alternatives[0] + 0.1


@given(st.data(), cases())
def test_the_rest_of_a_window_is_all_that_a_claim_speaks_of(data: st.DataObject, case: Case) -> None:
    """Days of the window that have passed already change nothing, but for what `kept` and reliability make of them."""
    case = with_parts(case, sources=[make_source("new", "B", checked=False)])
    last = case.as_of + timedelta(data.draw(whole(1, 200)))
    values = {case.question.event.id: data.draw(choice(0.2, 3.0))}
    claim = data.draw(extra(case, kind="claim", source="new", likelihood_ratio=values, group=None,
                            window=(case.as_of + timedelta(1), last)))
    longer = claim.model_copy(update={"window": claim.window._replace(first=case.as_of - timedelta(40))
                                      if claim.window else None})
    assert_same_headline(case.with_item(claim), case.with_item(longer), 1e-12)


# --- silence --------------------------------------------------------------------------------------------------------

def cumulative(component: Prior, x: float, horizon: float) -> float:
    """F(x) of one component, its parameters integrated, by the formulas of the model."""
    match component:
        case Exposure(events=events, weeks=weeks):
            return float(1 - (weeks / (weeks + x)) ** (events + 0.5))
        case Elicited(probability=probability, weeks=(low, median, high)):
            timing = lognorm(np.log(high / low) / (2 * 1.644854), scale=median)
            return float(probability.stated * timing.cdf(x) / timing.cdf(horizon))
        case _:
            learned = learn(HISTORIES[component.file])
            fallen = 1 - np.exp(-((x / learned.scale) ** learned.shape))
            return float(learned.share @ learned.weight @ fallen)


@given(st.lists(components(), min_size=1, max_size=3), st.data(), whole(140, 420))
def test_without_evidence_the_posterior_is_the_prior_given_silence(
        prior: list[dict[str, object]], data: st.DataObject, length: int) -> None:
    question = make_question({"calm": 0.4, "covert": 0.6}, prior, length / 7)
    as_of = data.draw(whole(0, length - 2))
    weights = np.array([component.weight for component in question.prior])
    total = [float(weights / weights.sum() @ [cumulative(component, x, length / 7) for component in question.prior])
             for x in ((as_of + 1) / 7, length / 7)]
    p, fallen = total[1], total[0] / total[1]
    forecast = forecast_of(make_case(question, as_of=day(as_of), histories=HISTORIES))
    assert forecast.event == pytest.approx(p * (1 - fallen) / (1 - p * fallen), rel=1e-7, abs=1e-12)
    assert forecast.hypotheses["covert"] == pytest.approx(0.6 * (1 - forecast.event), abs=1e-12)
    assert forecast.hypotheses == pytest.approx(forecast.prior, abs=1e-12)
    np.testing.assert_allclose(forecast.daily, forecast.prior_daily, rtol=0, atol=1e-12)


@given(cases(max_items=0))
def test_silence_never_raises_the_probability_of_an_event_without_evidence(case: Case) -> None:
    assert forecast_of(case).event <= forecast_of(case.at(case.question.begins)).event + 1e-12


@given(cases(max_items=0), whole(1, 100))
def test_days_before_the_opening_are_no_silence(case: Case, early: int) -> None:
    question = case.question.model_copy(update={"asked": OPENS - timedelta(100)})
    asked = make_case(question, histories=HISTORIES, as_of=OPENS - timedelta(early))
    on_the_eve = make_case(question, histories=HISTORIES, as_of=OPENS - timedelta(1))
    np.testing.assert_array_equal(forecast_of(asked).daily, forecast_of(on_the_eve).daily)


@pytest.mark.parametrize("about", ["sign", "condition"])
def test_a_sign_speaks_louder_of_days_that_are_near(about: str) -> None:
    case = make_case(make_question(), [make_item("told", likelihood_ratio={"strike": 9}, about=about)], [make_source()])
    forecast = forecast_of(case)
    moved = forecast.daily[10:] / forecast.prior_daily[10:]
    assert np.all(np.diff(moved) < 0)


def test_what_is_published_after_the_as_of_date_is_not_known() -> None:
    question = make_question()
    item = make_item("late", date=day(10), likelihood_ratio={"strike": 5})
    case = make_case(question, [item], [make_source()], as_of=day(9))
    assert_same_headline(case, make_case(question, [], [make_source()], as_of=day(9)), 0.0)
    assert forecast_of(case.at(day(10))).event > forecast_of(case.without(["late"]).at(day(10))).event
    assert_same_background(case, case.without(["late"]))
