"""What must not matter to a forecast."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecast.engine.encoding import stated
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.question import Elicited, Question
from forecast.records.types import Estimate
from tests.builders import forecast_of
from tests.laws.same import assert_same_headline, assert_same_sources
from tests.strategies import cases, extra, spreads


@given(st.data(), cases(min_items=1))
def test_the_order_of_items_sources_and_groups_is_irrelevant(data: st.DataObject, case: Case) -> None:
    shuffled = replace(case, items=tuple(data.draw(st.permutations(case.items))),
                       sources=tuple(data.draw(st.permutations(case.sources))),
                       groups=tuple(data.draw(st.permutations(case.groups))))
    assert_same_headline(case, shuffled)


@given(st.data(), cases())
def test_an_item_that_says_nothing_changes_nothing_in_a_group_or_out_of_it(data: st.DataObject, case: Case) -> None:
    hypotheses, value = case.question.hypotheses, data.draw(st.floats(0.02, 0.98))
    others = {name: 1.0 for name in hypotheses if name != case.question.reference}
    ranged, seen = Estimate(value, value / 2, (1 + value) / 2), data.draw(st.booleans())
    says_nothing: dict[str, Any] = data.draw(st.sampled_from([
        {"likelihood_ratio": others}, {"probability": dict.fromkeys(hypotheses, ranged), "seen": seen},
        {"counts": dict.fromkeys(hypotheses, (3, 8)), "seen": seen}]))
    item = data.draw(extra(case, **says_nothing))
    assert_same_headline(case, case.with_item(item))


@given(st.data(), cases(), st.floats(0.01, 0.99))
def test_a_factor_common_to_the_probabilities_of_a_seen_item_changes_nothing(
        data: st.DataObject, case: Case, factor: float) -> None:
    values = {name: data.draw(st.floats(0.02, 0.98)) for name in case.question.hypotheses}
    item = data.draw(extra(case, probability=values, seen=True))
    scaled = {name: Estimate(factor * value) for name, value in values.items()}
    assert_same_headline(case.with_item(item), case.with_item(item.model_copy(update={"probability": scaled})))


def restated(item: Item, question: Question, reference: str) -> Item:
    """The item with its ratios stated against another alternative."""
    if item.likelihood_ratio is None:
        return item
    log_value, _ = stated(item, question.hypotheses, 1.0)
    base = log_value[question.hypotheses.index(reference)]
    values = {name: Estimate(float(np.exp(value - base)))
              for name, value in zip(question.hypotheses, log_value, strict=True) if name != reference}
    return item.model_copy(update={"likelihood_ratio": values})


@given(st.data(), cases(min_items=1))
def test_the_choice_of_reference_changes_no_headline(data: st.DataObject, case: Case) -> None:
    other = data.draw(st.sampled_from(case.question.hypotheses[1:]))
    swapped = replace(case, question=case.question.model_copy(update={"reference": other}),
                      items=tuple(restated(item, case.question, other) for item in case.items))
    assert_same_headline(case, swapped)


def respread(value: Any, factor: float, limit: float = math.inf) -> Any:
    """The same stated value with another low and high; counts stay."""
    if not isinstance(value, Estimate):
        return value
    return Estimate(value.stated, value.stated / factor, min(value.stated * factor, (value.stated + limit) / 2))


def respread_item(item: Item, factor: float) -> Item:
    name, values = item.encoding
    limit = 1.0 if name == "probability" else math.inf
    return item.model_copy(update={name: {h: respread(value, factor, limit) for h, value in values.items()}})


@given(cases(min_items=1), spreads, spreads, st.floats(0.5, 50))
def test_spreads_of_items_shares_overlaps_and_probability_change_no_headline(
        case: Case, factor: float, default: float, concentration: float) -> None:
    prior = tuple(component.model_copy(update={"probability": Estimate(component.probability.stated)})
                  if component.kind == "elicited" else component for component in case.question.prior)
    question = case.question.model_copy(update={
        "default_spread": default, "share_concentration": concentration, "prior": prior,
        "evidence_weight": respread(case.question.evidence_weight, factor)})
    groups = tuple(group.model_copy(update={"overlap": respread(group.overlap, factor, 1.0)}) for group in case.groups)
    items = tuple(respread_item(item, factor) for item in case.items)
    assert_same_headline(case, replace(case, question=question, groups=groups, items=items), 0.0)


@given(cases(min_items=1))
def test_the_range_of_weeks_is_no_spread_but_the_timing_itself(case: Case) -> None:
    judged = {"kind": "elicited", "probability": 0.5, "weight": 1.0}
    sharp, broad = (case.question.model_copy(update={"prior": (Elicited.model_validate(judged | {"weeks": weeks}),)})
                    for weeks in ([12, 15, 20], [2, 15, 90]))
    a, b = (forecast_of(replace(case, question=question).at(question.opens)) for question in (sharp, broad))
    assert np.abs(a.prior_weekly - b.prior_weekly).max() > 1e-3


@given(st.data(), cases(min_items=1), st.floats(0.05, 0.95))
def test_splitting_an_alternative_into_identical_parts_changes_no_headline(
        data: st.DataObject, case: Case, part: float) -> None:
    index = data.draw(st.integers(0, len(case.question.alternatives) - 1))
    whole = case.question.alternatives[index]
    twins = [whole.model_copy(update={"share": part * whole.share}),
             whole.model_copy(update={"id": "twin", "share": (1 - part) * whole.share})]
    rest = case.question.alternatives
    question = case.question.model_copy(update={"alternatives": (*rest[:index], *twins, *rest[index + 1:])})
    items = []
    for item in case.items:
        name, values = item.encoding
        copied = values | {"twin": values[whole.id]} if whole.id in values else values
        items.append(item.model_copy(update={name: copied}))
    a, b = forecast_of(case), forecast_of(replace(case, question=question, items=tuple(items)))
    np.testing.assert_allclose(a.weekly, b.weekly, rtol=0, atol=1e-9)
    joined = b.hypotheses | {whole.id: b.hypotheses[whole.id] + b.hypotheses["twin"]}
    for name, probability in a.hypotheses.items():
        np.testing.assert_allclose(joined[name], probability, rtol=0, atol=1e-9)
    assert_same_sources(a, b, 1e-9)


@given(cases())
def test_asking_again_gives_the_same_answer_and_nothing_is_mutated(case: Case) -> None:
    before = copy.deepcopy(case)
    first, again = forecast_of(case), Exact(copy.deepcopy(case)).forecast
    repeated = first.band, first.worth, first.cumulative_band.tolist()
    assert case == before
    assert np.array_equal(first.states, again.states)
    assert np.array_equal(first.prior_states, again.prior_states)
    assert first.reliability == again.reliability
    assert (again.band, again.worth, again.cumulative_band.tolist()) == repeated
    assert forecast_of(case).hypotheses == first.hypotheses


@given(cases())
def test_items_of_the_future_and_withdrawn_ones_are_not_heard(case: Case) -> None:
    heard = replace(case, items=tuple(item for item in case.items if item.date <= case.as_of
                                      and (item.retracted is None or item.retracted > case.as_of)))
    assert_same_headline(case, heard, 0.0)
