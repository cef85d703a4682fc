"""Silence, windows that pass, and the coherence of what is said about time."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import lognorm

from forecast.analysis.indicators import watch
from forecast.core.cure_model import learn
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.question import Elicited, Exposure, Prior
from tests.builders import OPENS, day, forecast_of, make_case, make_indicator, make_item, make_question, make_source
from tests.laws.same import assert_same_headline
from tests.strategies import HISTORIES, cases, components, extra, half_lives, windows


@given(cases())
def test_probabilities_sum_to_one_and_the_cumulative_curve_never_falls(case: Case) -> None:
    forecast = forecast_of(case)
    assert sum(forecast.hypotheses.values()) == pytest.approx(1, abs=1e-12)
    assert sum(forecast.prior.values()) == pytest.approx(1, abs=1e-12)
    assert np.all(forecast.weekly >= 0)
    curve = [forecast.by(case.as_of + timedelta(step)) for step in range((case.question.horizon - case.as_of).days + 1)]
    assert curve[0] == 0
    assert np.all(np.diff(curve) >= -1e-15)
    assert curve[-1] == pytest.approx(forecast.event, abs=1e-12)
    assert np.all((forecast.hazard >= 0) & (forecast.hazard <= 1 + 1e-12))


EARLY = {"kind": "elicited", "probability": 0.5, "weeks": [2, 3, 3.75], "weight": 1.0}
"""A prior that leaves nothing, in double precision, for most weeks."""


@given(cases())
@example(make_case(make_question(prior=[EARLY])))
def test_bands_lie_inside_zero_and_one_and_their_ends_never_fall(case: Case) -> None:
    forecast = forecast_of(case)
    ends = np.column_stack([forecast.cumulative_band, forecast.band])
    assert np.all((ends >= 0) & (ends <= 1 + 1e-12))
    assert np.all(np.diff(ends, axis=1) >= -1e-12)
    assert np.all(np.diff(ends, axis=0) >= 0)
    assert forecast.worth >= 0


@given(st.data(), cases())
def test_a_claim_whose_window_has_passed_tells_the_event_from_nothing_any_more(
        data: st.DataObject, case: Case) -> None:
    over = data.draw(st.integers(0, 30))
    window = (case.as_of - timedelta(over + data.draw(st.integers(0, 60))), case.as_of - timedelta(over))
    exact = Exact(case.with_item(data.draw(extra(case, window=window))))
    index = [item.id for item in exact.evidence.items].index("extra")
    source = exact.evidence.source[index]
    given_reliability = exact.conditional([source], np.array([index]), exact.evidence.echo()[[index]])[0]
    assert np.all(np.ptp(given_reliability, axis=-1) <= 1e-12)


@given(st.data(), cases(alternatives=1))
def test_what_is_left_of_a_passed_claim_is_doubt_about_its_source(data: st.DataObject, case: Case) -> None:
    new = make_source("prophet", "C")
    case = make_case(case.question, case.items, (*case.sources, new), case.groups, case.as_of, histories=HISTORIES)
    claimed = {case.question.event.id: data.draw(st.floats(1.5, 20))}
    passed = (case.as_of - timedelta(14), case.as_of)
    item = data.draw(extra(case, source="prophet", window=passed, group=None, likelihood_ratio=claimed, standing=None))
    before, after = forecast_of(case), forecast_of(case.with_item(item))
    np.testing.assert_allclose(after.states, before.states, rtol=0, atol=1e-12)
    assert after.reliability["prophet"] < before.reliability["prophet"]


@given(st.data(), cases())
def test_probability_is_its_expectation_over_every_indicator(data: st.DataObject, case: Case) -> None:
    values = st.fixed_dictionaries(dict.fromkeys(case.question.hypotheses, st.floats(0.02, 0.98)))
    fields = st.fixed_dictionaries({"probability": values}, optional={"half_life": half_lives, "window": windows()})
    indicators = [make_indicator(f"sign-{index}", **data.draw(fields)) for index in range(data.draw(st.integers(1, 4)))]
    case = make_case(case.question, case.items, case.sources, case.groups, case.as_of, indicators, HISTORIES)
    forecast = forecast_of(case)
    rows = watch(forecast)
    assert {row.indicator.id for row in rows} == {indicator.id for indicator in indicators}
    for row in rows:
        assert row.chance * row.if_seen + (1 - row.chance) * row.if_not_seen == pytest.approx(forecast.event, abs=1e-12)
        assert 0 <= row.bits <= 1


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


@given(st.lists(components(), min_size=1, max_size=3), st.data(), st.integers(140, 420))
def test_without_evidence_the_posterior_is_the_prior_given_silence(
        prior: list[dict[str, object]], data: st.DataObject, length: int) -> None:
    question = make_question({"calm": 0.4, "covert": 0.6}, prior, length / 7)
    as_of = data.draw(st.integers(0, length - 2))
    weights = np.array([component.weight for component in question.prior])
    total = [float(weights / weights.sum() @ [cumulative(component, x, length / 7) for component in question.prior])
             for x in ((as_of + 1) / 7, length / 7)]
    p, fallen = total[1], total[0] / total[1]
    forecast = forecast_of(make_case(question, as_of=day(as_of), histories=HISTORIES))
    assert forecast.event == pytest.approx(p * (1 - fallen) / (1 - p * fallen), rel=1e-7, abs=1e-12)
    assert forecast.hypotheses["covert"] == pytest.approx(0.6 * (1 - forecast.event), abs=1e-12)


@given(cases(max_items=0))
def test_silence_never_raises_the_probability_of_an_event_without_evidence(case: Case) -> None:
    first = forecast_of(case.at(OPENS))
    assert forecast_of(case).event <= first.event + 1e-12


@given(st.data(), cases())
def test_a_fact_without_a_date_bears_on_no_never_state_in_the_mean(data: st.DataObject, case: Case) -> None:
    item = data.draw(extra(case, window=None))
    exact = Exact(case.with_item(item))
    index = [entry.id for entry in exact.evidence.items].index("extra")
    source = exact.evidence.source[index]
    given_reliability = exact.conditional([source], np.array([index]), exact.evidence.echo()[[index]])[0]
    never = given_reliability[:, :, 0, -1] - exact.nodes[source].log_weight
    np.testing.assert_allclose(np.array(case.question.shares) @ never, 0, atol=1e-9)


def test_what_is_published_after_the_as_of_date_is_not_known() -> None:
    question = make_question()
    item = make_item("late", date=day(10), likelihood_ratio={"strike": 5})
    case = make_case(question, [item], [make_source()], as_of=day(9))
    assert_same_headline(case, make_case(question, [], [make_source()], as_of=day(9)), 0.0)
    assert forecast_of(case.at(day(10))).event > forecast_of(case.without(["late"]).at(day(10))).event
