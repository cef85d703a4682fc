"""What must not matter to a forecast."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.engine.encoding import stated
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.question import Elicited, Question
from forecast.records.types import Estimate
from tests.builders import forecast_of, make_source, with_parts
from tests.properties.same import (
    assert_same_background,
    assert_same_event,
    assert_same_headline,
    assert_same_processes,
    assert_same_sources,
)
from tests.strategies import cases, choice, extra, probabilities, ratios, real, spreads, whole


@given(st.data(), cases(min_items=1))
def test_the_order_of_items_sources_groups_and_priors_is_irrelevant(data: st.DataObject, case: Case) -> None:
    prior = tuple(data.draw(st.permutations(case.question.prior)))
    shuffled = replace(case, items=tuple(data.draw(st.permutations(case.items))),
                       sources=tuple(data.draw(st.permutations(case.sources))),
                       groups=tuple(data.draw(st.permutations(case.groups))),
                       question=case.question.model_copy(update={"prior": prior}))
    assert_same_headline(case, shuffled)


# --- items that say one thing, or nothing ---------------------------------------------------------------------------

def saying_nothing_of_the_event(data: st.DataObject, question: Question) -> dict[str, Any]:
    """Values of which the event's is the alternatives' mean, so that R = 1, however they tell these apart."""
    encoding = data.draw(choice("probability", "likelihood_ratio", "counts"))
    event, *others = question.hypotheses
    if encoding == "counts":
        return {"counts": dict.fromkeys(question.hypotheses, (3, 8)), "seen": data.draw(st.booleans())}
    values = {name: data.draw(probabilities if encoding == "probability" else ratios) for name in others}
    if encoding == "likelihood_ratio":
        values[question.reference] = 1.0
    mean = math.fsum(share * values[name] for share, name in zip(question.shares, others, strict=True))
    if encoding == "probability":
        return {"probability": values | {event: mean}, "seen": data.draw(st.booleans())}
    return {"likelihood_ratio": {name: value for name, value in values.items() if name != question.reference}
            | {event: mean}}


@given(st.data(), cases(), choice("sign", "condition", "claim"))
def test_items_that_say_nothing_of_the_event_never_move_it_whatever_else_they_say(
        data: st.DataObject, case: Case, kind: str) -> None:
    others = [data.draw(extra(case, f"extra-{index}", kind=kind, standing=None,
                              **saying_nothing_of_the_event(data, case.question))) for index in range(3)]
    joined = with_parts(case, others)
    assert_same_event(case, joined)
    before, after = forecast_of(case), forecast_of(joined)
    assert_same_processes(before, after, 1e-9)
    assert_same_sources(before, after, 1e-9)


@given(st.data(), cases())
def test_a_claim_that_is_kept_as_often_as_the_prior_expects_says_nothing_of_the_event(
        data: st.DataObject, case: Case) -> None:
    claim = data.draw(extra(case, kind="claim", kept=0.5, standing=None))
    engine = Exact(case.with_item(claim))
    chance = float(engine.evidence.chance[[item.id for item in engine.evidence.items].index("extra")])
    assert_same_event(case, case.with_item(claim.model_copy(update={"kept": Estimate(chance)})))


def saying_nothing_of_the_background(data: st.DataObject, question: Question, kind: str) -> dict[str, Any]:
    """Values that are one and the same for all alternatives, so that every β = 1."""
    event, *others = question.hypotheses
    encoding = data.draw(choice("probability", "likelihood_ratio", "counts", *(["kept"] if kind == "claim" else [])))
    if encoding == "kept":
        return {"kept": data.draw(probabilities)}
    if encoding == "likelihood_ratio":
        return {"likelihood_ratio": {event: data.draw(ratios)}}
    if encoding == "counts":
        return {"counts": dict.fromkeys(others, (2, 9)) | {event: (7, 8)}, "seen": data.draw(st.booleans())}
    alike = data.draw(probabilities)
    return {"probability": dict.fromkeys(others, alike) | {event: data.draw(probabilities)},
            "seen": data.draw(st.booleans())}


@given(st.data(), cases(), choice("sign", "condition", "claim"))
def test_items_that_tell_no_alternatives_apart_never_move_the_background_given_reliability(
        data: st.DataObject, case: Case, kind: str) -> None:
    # A source of its own: a claim of another's that is over would teach what that one is worth.
    case = with_parts(case, sources=[make_source("new", "B")])
    fields = saying_nothing_of_the_background(data, case.question, kind)
    assert_same_background(case, case.with_item(data.draw(extra(case, kind=kind, source="new", **fields))))


@given(st.data(), cases(), real(0.01, 0.99))
def test_a_factor_common_to_the_probabilities_of_a_seen_item_changes_nothing(
        data: st.DataObject, case: Case, factor: float) -> None:
    values = {name: data.draw(probabilities) for name in case.question.hypotheses}
    item = data.draw(extra(case, probability=values, seen=True))
    scaled = {name: Estimate(factor * value) for name, value in values.items()}
    assert_same_headline(case.with_item(item), case.with_item(item.model_copy(update={"probability": scaled})))


# --- the same in other words ----------------------------------------------------------------------------------------

def restated(item: Item, case: Case, reference: str) -> Item:
    """The item with its ratios stated against another alternative."""
    if item.likelihood_ratio is None:
        return item
    log_value, _ = stated(item, case)
    hypotheses = case.question.hypotheses
    base = log_value[hypotheses.index(reference)]
    values = {name: Estimate(float(np.exp(value - base)))
              for name, value in zip(hypotheses, log_value, strict=True) if name != reference}
    return item.model_copy(update={"likelihood_ratio": values})


@given(st.data(), cases(min_items=1))
def test_the_choice_of_reference_changes_no_headline(data: st.DataObject, case: Case) -> None:
    other = data.draw(st.sampled_from(case.question.hypotheses[1:]))
    swapped = replace(case, question=case.question.model_copy(update={"reference": other}),
                      items=tuple(restated(item, case, other) for item in case.items))
    assert_same_headline(case, swapped)


@given(st.data(), cases(min_items=1), real(0.05, 0.95))
def test_splitting_an_alternative_into_identical_parts_changes_no_headline(
        data: st.DataObject, case: Case, part: float) -> None:
    index = data.draw(whole(0, len(case.question.alternatives) - 1))
    parent = case.question.alternatives[index]
    twins = [parent.model_copy(update={"share": part * parent.share}),
             parent.model_copy(update={"id": "twin", "share": (1 - part) * parent.share})]
    rest = case.question.alternatives
    question = case.question.model_copy(update={"alternatives": (*rest[:index], *twins, *rest[index + 1:])})
    split = replace(case, question=question, items=tuple(with_twin(item, parent.id, question) for item in case.items))
    assert_same_event(case, split)
    a, b = forecast_of(case), forecast_of(split)
    joined = b.hypotheses | {parent.id: b.hypotheses[parent.id] + b.hypotheses["twin"]}
    for name, probability in a.hypotheses.items():
        np.testing.assert_allclose(joined[name], probability, rtol=0, atol=1e-9)
    assert_same_sources(a, b, 1e-9)


def with_twin(item: Item, parent: str, question: Question) -> Item:
    """The item with the value of an alternative stated for its twin too."""
    if item.encoding == "kept":
        return item
    values = getattr(item, item.encoding)
    if parent in values:
        return item.model_copy(update={item.encoding: values | {"twin": values[parent]}})
    # The reference's ratio is one, and not written.
    return item


# --- spreads --------------------------------------------------------------------------------------------------------

def respread(value: Any, factor: float, limit: float = math.inf) -> Any:
    """The same stated value with another low and high; counts stay."""
    if not isinstance(value, Estimate):
        return value
    return Estimate(value.stated, value.stated / factor, min(value.stated * factor, (value.stated + limit) / 2))


def respread_item(item: Item, factor: float) -> Item:
    values = getattr(item, item.encoding)
    if item.encoding == "kept":
        return item.model_copy(update={"kept": respread(values, factor, 1.0)})
    limit = 1.0 if item.encoding == "probability" else math.inf
    return item.model_copy(update={item.encoding: {name: respread(value, factor, limit)
                                                   for name, value in values.items()}})


def respread_question(question: Question, factor: float) -> dict[str, Any]:
    prior = tuple(component.model_copy(update={"probability": Estimate(component.probability.stated)})
                  if isinstance(component, Elicited) else component for component in question.prior)
    processes = {name: process.model_copy(update={
        "lead": respread(process.lead, factor), "carried_out": respread(process.carried_out, factor, 1.0),
        "unprepared": respread(process.unprepared, factor, 1.0)})
        for name, process in (("preparation", question.preparation), ("climate", question.climate))}
    return processes | {"prior": prior, "evidence_weight": respread(question.evidence_weight, factor)}


@given(cases(min_items=1), spreads, spreads, real(0.5, 50), real(0, 2))
def test_the_spread_of_nothing_that_is_stated_changes_a_headline(
        case: Case, factor: float, default: float, concentration: float, error: float) -> None:
    question = case.question.model_copy(update=respread_question(case.question, factor) | {
        "default_spread": default, "share_concentration": concentration, "model_error": Estimate(error)})
    groups = tuple(group.model_copy(update={"overlap": respread(group.overlap, factor, 1.0)}) for group in case.groups)
    items = tuple(respread_item(item, factor) for item in case.items)
    assert_same_headline(case, replace(case, question=question, groups=groups, items=items), 0.0)


@given(st.data(), cases(min_items=1), whole(1, 1000))
def test_how_sure_the_reliability_of_a_source_is_changes_no_headline(
        data: st.DataObject, case: Case, answers: int) -> None:
    """Beta(1, 1) and Beta(1 + n, 1 + n) have one mean; what is over teaches neither of them."""
    versions = []
    for n in (0, answers):
        known = tuple(make_source(source.id, "F", n, n, checked=False) for source in case.sources)
        versions.append(replace(case, sources=known))
    assert_same_headline(*versions)


@given(cases(min_items=1))
def test_the_range_of_weeks_is_no_spread_but_the_timing_itself(case: Case) -> None:
    judged = {"kind": "elicited", "probability": 0.5, "weight": 1.0}
    sharp, broad = (case.question.model_copy(update={"prior": (Elicited.model_validate(judged | {"weeks": weeks}),)})
                    for weeks in ([12, 15, 20], [2, 15, 90]))
    a, b = (forecast_of(replace(case, question=question).at(question.opens)) for question in (sharp, broad))
    assert np.abs(a.prior_by_week - b.prior_by_week).max() > 1e-3


# --- asking again ---------------------------------------------------------------------------------------------------

@settings(max_examples=8)
@given(cases())
def test_asking_again_gives_the_same_answer_and_nothing_is_mutated(case: Case) -> None:
    before = copy.deepcopy(case)
    first, again = forecast_of(case), Exact(copy.deepcopy(case)).forecast
    repeated = first.band, first.worth, first.cumulative_band.tolist()
    assert case == before
    assert np.array_equal(first.daily, again.daily)
    assert np.array_equal(first.prior_daily, again.prior_daily)
    assert (first.hypotheses, first.reliability) == (again.hypotheses, again.reliability)
    assert (first.preparing, first.climate) == (again.preparing, again.climate)
    assert (again.band, again.worth, again.cumulative_band.tolist()) == repeated
    assert forecast_of(case).hypotheses == first.hypotheses


@given(cases())
def test_items_of_the_future_and_withdrawn_ones_are_not_heard(case: Case) -> None:
    heard = replace(case, items=tuple(item for item in case.items if item.date <= case.as_of
                                      and (item.retracted is None or item.retracted > case.as_of)))
    assert_same_headline(case, heard, 0.0)
