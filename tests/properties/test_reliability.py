"""What a source's reliability does to what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.types import Estimate
from tests.builders import make_source
from tests.laws.same import assert_same_headline
from tests.strategies import cases, extra, fractions

tempered = st.just(1.0) | st.floats(0.1, 1)


@given(st.data(), cases())
def test_an_item_of_a_source_that_is_never_right_changes_nothing(data: st.DataObject, case: Case) -> None:
    liar = make_source("liar", "E", 0, 10**12)
    case = replace(case, sources=(*case.sources, liar))
    item = data.draw(extra(case, source="liar", credibility=None, standing=None))
    assert_same_headline(case, case.with_item(item), 1e-8)


@given(st.data(), cases(), fractions)
def test_as_reliability_falls_to_zero_every_state_becomes_equally_likely(
        data: st.DataObject, case: Case, echo: float) -> None:
    evidence = Exact(case.with_item(data.draw(extra(case)))).evidence
    everything = np.arange(len(evidence.items))
    ranges = []
    for r in (1e-6, 1e-9, 1e-12, 0.0):
        level = np.full(len(everything), r)
        log_l = evidence.log_likelihood(everything, level, 1 - level, np.full(len(everything), echo))
        ranges.append(np.ptp(log_l, axis=1))
    largest = np.exp(np.ptp(evidence.log_value, axis=1))
    for r, width in zip((1e-6, 1e-9, 1e-12), ranges, strict=False):
        assert np.all(width <= 2 * r * largest + 1e-12)
    assert np.all(ranges[-1] < 1e-14)


@given(st.data(), cases(evidence_weight=tempered))
def test_given_reliability_no_item_moves_odds_further_than_the_largest_ratio_of_its_values(
        data: st.DataObject, case: Case) -> None:
    exact = Exact(case.with_item(data.draw(extra(case))))
    echo = exact.evidence.echo()
    for index, source in enumerate(exact.evidence.source):
        moved = exact.conditional([source], np.array([index]), echo[[index]])[0]
        widest = np.ptp(exact.evidence.log_value[index])
        assert np.all(np.ptp(moved, axis=(0, 2, 3)) <= exact.kappa * widest + 1e-9)


@given(st.data(), cases(evidence_weight=tempered))
def test_an_item_of_a_new_source_moves_no_odds_further_than_its_largest_ratio(
        data: st.DataObject, case: Case) -> None:
    case = replace(case, sources=(*case.sources, make_source("new", "B")))
    item = data.draw(extra(case, source="new", group=None))
    before, after = Exact(case), Exact(case.with_item(item))
    possible = np.isfinite(before.log_prior)
    moved = after.log_joint()[possible] - before.log_joint()[possible]
    index = [entry.id for entry in after.evidence.items].index("extra")
    assert np.ptp(moved) <= after.kappa * np.ptp(after.evidence.log_value[index]) + 1e-9


@given(st.data(), cases(alternatives=1), st.floats(0.05, 20))
def test_a_mirrored_pair_cancels(data: st.DataObject, case: Case, ratio: float) -> None:
    event = case.question.event.id
    item = data.draw(extra(case, likelihood_ratio={event: ratio}, window=None, group=None))
    mirror = item.model_copy(update={"id": "mirror", "likelihood_ratio": {event: Estimate(1 / ratio)}})
    assert_same_headline(case, case.with_item(item).with_item(mirror))
