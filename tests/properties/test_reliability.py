"""What a source's reliability does to what it says, and what teaches it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from forecast.engine.encoding import effective
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import GRADES
from forecast.records.question import Question
from forecast.records.types import Estimate
from tests.builders import (
    LATE,
    day,
    forecast_of,
    make_case,
    make_group,
    make_item,
    make_question,
    make_source,
    with_parts,
)
from tests.properties.same import assert_same_event, assert_same_headline
from tests.strategies import cases, choice, extra, fractions, ratios, real, whole

Array = NDArray[np.float64]

kinds = choice("sign", "condition", "claim")


@given(st.data(), cases(), kinds)
def test_an_item_of_a_source_that_is_never_right_changes_nothing(data: st.DataObject, case: Case, kind: str) -> None:
    case = with_parts(case, sources=[make_source("liar", "E", 0, 10**12)])
    fact = {"says": "fact", "credibility": None, "standing": None, "likelihood_ratio": {
        name: data.draw(ratios) for name in case.question.hypotheses if name != case.question.reference}}
    item = data.draw(extra(case, kind=kind, source="liar", **fact))
    assert_same_headline(case, case.with_item(item), 1e-8)


@given(st.lists(real(-400, 400), min_size=1, max_size=20), fractions)
def test_what_is_left_never_exceeds_what_is_said_nor_the_bound_of_its_reliability(
        log_lifts: list[float], rho: float) -> None:
    log_lift = np.array(log_lifts)
    left = effective(log_lift, np.full(len(log_lift), rho))
    assert np.all(np.abs(left) <= np.abs(log_lift) * (1 + 1e-12))
    assert np.all(left * log_lift >= 0)
    if rho < 1:
        assert np.all(np.abs(left) <= (np.log1p(rho) - np.log1p(-rho)) * (1 + 1e-12))
    np.testing.assert_allclose(effective(-log_lift, np.full(len(log_lift), rho)), -left, rtol=1e-9, atol=1e-15)


@given(real(-20, 20), real(0, 1), real(0, 1))
def test_more_reliability_leaves_more_of_what_is_said(log_lift: float, one: float, other: float) -> None:
    less, more = np.abs(effective(np.array(log_lift), np.array(sorted([one, other]))))
    assert less <= more + 1e-12


@pytest.mark.parametrize(("grade", "bound"), [("E", 1.5), ("C", 4.0), ("A", 39.0)])
@pytest.mark.parametrize("ratio", [1e9, 1e300])
def test_a_source_never_gives_more_than_its_grade_allows_whatever_it_claims(
        grade: str, bound: float, ratio: float) -> None:
    item = make_item("claim", likelihood_ratio={"strike": ratio}, window=[day(1), day(279)])
    engine = Exact(make_case(make_question(), [item], [make_source(grade=grade)]))
    assert np.exp(engine.heard.log_lift[0]) == pytest.approx(bound, rel=1e-5)
    assert bound == pytest.approx((1 + GRADES[grade]) / (1 - GRADES[grade]))


def log_likelihood(engine: Exact, log_lift: Array) -> Array:
    """Log L of every day, live and beyond the horizon, and of never at all, given log R̃ of each item."""
    evidence, prior = engine.evidence, engine.prior
    first = engine.case.days.first
    days = first + np.arange(len(prior.since(first)))
    total = np.zeros(len(days))
    for process, lift in zip(engine.processes, engine.lifts(log_lift), strict=True):
        total += process.log_likelihood(days, lift)
    for index in np.flatnonzero(evidence.kind == 2):
        total += np.where((evidence.first[index] <= days) & (days <= evidence.last[index]), log_lift[index], 0.0)
    return np.append(total, 0.0)


@given(cases(min_items=2))
def test_given_the_echoes_no_item_moves_the_odds_of_two_days_or_of_a_day_and_never_further_than_what_is_left_of_it(
        case: Case) -> None:
    engine = Exact(case)
    log_lift = engine.heard.log_lift
    for index, own in enumerate(log_lift):
        moved = log_likelihood(engine, log_lift) - log_likelihood(
            engine, np.where(np.arange(len(log_lift)) == index, 0.0, log_lift))
        assert np.ptp(moved) <= abs(own) + 1e-9


def pair(data: st.DataObject, question: Question) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    """Ratios R and 1/R, whatever both say of the background."""
    event, *others = question.hypotheses
    values = {name: 1.0 if name == question.reference else data.draw(ratios) for name in others}
    mean = sum(share * values[name] for share, name in zip(question.shares, others, strict=True))
    ratio = data.draw(ratios)
    stated = {name: Estimate(value) for name, value in values.items() if name != question.reference}
    return stated | {event: Estimate(ratio * mean)}, stated | {event: Estimate(mean / ratio)}


@given(st.data(), cases(), kinds)
def test_a_mirrored_pair_cancels(data: st.DataObject, case: Case, kind: str) -> None:
    one, other = pair(data, case.question)
    # A source of its own: what is over teaches what that one is worth, and both items alike.
    case = with_parts(case, sources=[make_source("new", "B")])
    item = data.draw(extra(case, kind=kind, source="new", group=None, standing=None, likelihood_ratio=one))
    mirror = item.model_copy(update={"id": "mirror", "likelihood_ratio": other})
    assert_same_event(case, with_parts(case, [item, mirror]))


@given(st.data(), cases())
def test_two_claims_about_the_same_days_that_mirror_each_other_cancel_whenever_they_were_made(
        data: st.DataObject, case: Case) -> None:
    one, other = pair(data, case.question)
    case = with_parts(case, sources=[make_source("new", "B", checked=False)])
    item = data.draw(extra(case, kind="claim", source="new", group=None, standing=None, likelihood_ratio=one))
    earlier = item.date - timedelta(data.draw(whole(0, 100)))
    mirror = item.model_copy(update={"id": "mirror", "likelihood_ratio": other, "date": earlier})
    assert_same_event(case, with_parts(case, [item, mirror]))


# --- what teaches it ------------------------------------------------------------------------------------------------

@given(cases(min_items=1))
def test_nothing_but_claims_that_are_over_teaches_the_reliability_of_a_source(case: Case) -> None:
    opens, as_of = case.question.opens, case.as_of
    open_ones = tuple(item for item in case.items if item.window is None or not opens <= item.window.last <= as_of)
    bare, heard = replace(case, items=()), replace(case, items=open_ones)
    assert forecast_of(heard).reliability == forecast_of(bare).reliability


@given(cases(min_items=1))
def test_a_kind_of_source_learns_from_no_claim(case: Case) -> None:
    case = replace(case, sources=tuple(source.model_copy(update={"checked": False}) for source in case.sources))
    assert forecast_of(case).reliability == forecast_of(replace(case, items=())).reliability


def with_prophet(case: Case, grade: str) -> Case:
    """The case, open already, with one source and one group more."""
    opened = replace(case, as_of=max(case.as_of, case.question.opens))
    return with_parts(opened, sources=[make_source("prophet", grade)], groups=[make_group(0.5, "choir")])


def failed(case: Case, ratio: float) -> dict[str, Any]:
    """Fields of a claim of R = ratio whose days are over."""
    return {"kind": "claim", "source": "prophet", "window": (case.as_of - timedelta(10), case.as_of), "says": "fact",
            "standing": None, "likelihood_ratio": {case.question.event.id: ratio},
            "date": case.as_of - timedelta(11)}


@given(st.data(), cases(), choice(*"ABCDEF"), ratios)
def test_a_claim_that_failed_lowers_its_source_and_one_that_was_right_raises_it(
        data: st.DataObject, case: Case, grade: str, ratio: float) -> None:
    case = with_prophet(case, grade)
    before = forecast_of(case).reliability["prophet"]
    after = forecast_of(case.with_item(data.draw(extra(case, **failed(case, ratio))))).reliability["prophet"]
    assert after < before if ratio > 1 else after > before


@given(st.data(), cases(), st.lists(real(1.1, 20), min_size=2, max_size=5))
def test_of_claims_of_one_source_group_and_direction_only_the_most_definite_is_held_against_it(
        data: st.DataObject, case: Case, stated: list[float]) -> None:
    case = with_prophet(case, "B")
    claims = [data.draw(extra(case, f"extra-{index}", group="choir", **failed(case, ratio)))
              for index, ratio in enumerate(stated)]
    worst = claims[int(np.argmax(stated))]
    together, alone = (forecast_of(with_parts(case, some)).reliability["prophet"] for some in (claims, [worst]))
    assert together == pytest.approx(alone, abs=1e-12)
    apart = [claim.model_copy(update={"group": None}) for claim in claims]
    assert forecast_of(with_parts(case, apart)).reliability["prophet"] < together


def test_a_claim_at_ten_to_one_that_failed_costs_nearly_a_whole_wrong_answer_and_a_timid_one_little() -> None:
    question = make_question()

    def after(ratio: float | None, wrong: int = 0) -> float:
        items = [] if ratio is None else [make_item("claim", likelihood_ratio={"strike": ratio},
                                                    window=[day(1), day(10)])]
        case = make_case(question, items, [make_source(wrong=wrong)], as_of=day(20))
        return forecast_of(case).reliability["wire"]

    none, answer = after(None), after(None, wrong=1)
    cost = {ratio: (none - after(ratio)) / (none - answer) for ratio in (1.25, 10.0)}
    assert 0.6 < cost[10.0] < 1
    assert cost[1.25] < 0.1


def test_a_denial_of_what_would_hardly_have_happened_anyway_earns_little() -> None:
    denial = make_item("denial", likelihood_ratio={"strike": 0.1}, window=[day(1), day(10)])

    def earned(prior: dict[str, Any]) -> float:
        case = make_case(make_question(prior=[prior]), [denial], [make_source()], as_of=day(20))
        return forecast_of(case).reliability["wire"] - forecast_of(case.without(["denial"])).reliability["wire"]

    expected_soon = {"kind": "elicited", "probability": 0.9, "weeks": [0.5, 1, 2], "weight": 1.0}
    assert 0 < earned(LATE) < 0.05 * earned(expected_soon)
