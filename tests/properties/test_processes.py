"""Signs share one preparation, conditions one climate: how far they can move the odds, and what they lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.types import Estimate
from tests.builders import STEADY, day, forecast_of, make_case, make_item, make_question, make_source, with_parts
from tests.strategies import cases, choice, extra, flag, probabilities, real, whole

Array = NDArray[np.float64]

PROCESSES = ("sign", "condition")

SURE = 1e15
"""A ratio that leaves no doubt."""


def with_evidence_weight_one(case: Case) -> Case:
    return replace(case, question=case.question.model_copy(update={"evidence_weight": Estimate(1.0)}))


def report(case: Case, kind: str, name: str = "extra", ratio: float = SURE, number: int = 0) -> Item:
    """A report of known ratio, public some days before the as-of date."""
    event = case.question.event.id
    when = day((case.as_of - day(0)).days - number)
    return make_item(name, about=kind, date=when, says="report", source=case.sources[0].id,
                     likelihood_ratio={event: ratio})


def posterior(engine: Exact) -> tuple[Array, float]:
    """P(k) of each day, live and beyond the horizon, and P(never at all)."""
    log_days, log_rest = engine.states
    joint = np.exp(np.append(log_days, log_rest) - max(log_days.max(), log_rest))
    return joint[:-1] / joint.sum(), float(joint[-1] / joint.sum())


def days_of(engine: Exact) -> NDArray[np.int64]:
    first = engine.case.days.first
    return first + np.arange(len(engine.prior.since(first)))


@given(st.data(), cases(), choice(*PROCESSES), st.lists(real(-60, 60), max_size=8))
def test_however_many_items_they_multiply_the_odds_of_a_day_and_never_by_less_than_one_over_u(
        data: st.DataObject, case: Case, kind: str, log_ratios: list[float]) -> None:
    items = [report(case, kind, f"extra-{index}", float(np.exp(value)), data.draw(whole(0, 120)))
             for index, value in enumerate(log_ratios)]
    engine = Exact(with_parts(case, items))
    process = engine.processes[PROCESSES.index(kind)]
    lift = engine.lifts(engine.heard.log_lift)[PROCESSES.index(kind)]
    moved = np.exp(process.log_likelihood(days_of(engine), lift))
    if process.share > 0:
        assert np.all(moved <= (1 + 1e-12) / process.share)
    # However much is said against it, a preparation can begin tomorrow.
    assert np.all(moved >= 1 - process.weight(days_of(engine)) - 1e-12)


@given(st.lists(real(-8, 8), max_size=8), real(0.02, 0.98), real(0, 0.5))
def test_items_that_are_not_sure_stay_strictly_below_one_over_u(
        log_ratios: list[float], carried_out: float, unprepared: float) -> None:
    question = make_question(prior=[STEADY], preparation={"carried_out": carried_out, "unprepared": unprepared})
    case = make_case(question, (), [make_source()], as_of=day(60))
    items = [report(case, "sign", f"extra-{index}", float(np.exp(value)), 5 * index)
             for index, value in enumerate(log_ratios)]
    engine = Exact(with_parts(case, items))
    lift = float(engine.lifts(engine.heard.log_lift)[0])
    assert 0 <= lift < 1 / engine.processes[0].share


@given(cases(max_items=0), choice(*PROCESSES))
def test_one_sure_sign_leads_to_the_event_sooner_or_later_with_the_share_that_is_carried_out(
        case: Case, kind: str) -> None:
    case = with_evidence_weight_one(case)
    process = case.question.processes[PROCESSES.index(kind)]
    assume(process.unprepared.stated < 0.999)
    engine = Exact(case.with_item(report(case, kind)))
    shared = engine.processes[PROCESSES.index(kind)]
    lift = float(engine.lifts(engine.heard.log_lift)[PROCESSES.index(kind)])
    by_day, _ = posterior(engine)
    leads = float(by_day @ shared.begun(days_of(engine), lift))
    if shared.share < 0.5:
        assert leads == pytest.approx(process.carried_out.stated, abs=1e-6)
    else:
        assert leads >= process.carried_out.stated - 1e-6
    found = engine.preparing if kind == "sign" else engine.climate
    assert found.now == pytest.approx(1, abs=1e-6)
    assert found.leads_to_event <= leads + 1e-12


@given(cases(max_items=0), choice(*PROCESSES))
def test_without_evidence_the_process_is_on_with_its_prior_probability(case: Case, kind: str) -> None:
    forecast = forecast_of(case)
    found = forecast.preparing if kind == "sign" else forecast.climate
    assert found.now == pytest.approx(found.prior, abs=1e-12)


@settings(max_examples=30)
@given(st.data(), cases(alternatives=1, evidence_weight=st.just(1.0)), choice("sign", "condition", "claim"))
def test_probability_is_its_expectation_over_seeing_something_and_not(
        data: st.DataObject, case: Case, kind: str) -> None:
    event, alternative = case.question.hypotheses
    values = {event: data.draw(probabilities), alternative: data.draw(probabilities)}
    fields: dict[str, Any] = {"probability": values, "says": "report", "group": None, "standing": None,
                              "date": case.as_of}
    seen = data.draw(extra(case, kind=kind, seen=True, **fields))
    unseen = seen.model_copy(update={"seen": False})
    before, *after = (forecast_of(each) for each in (case, case.with_item(seen), case.with_item(unseen)))
    on = {"sign": before.preparing.now, "condition": before.climate.now, "claim": inside(case, seen)}[kind]
    chance = on * values[event] + (1 - on) * values[alternative]
    for part in ("daily", "preparing", "climate"):
        now, if_seen, if_unseen = (np.array(getattr(each, part)) for each in (before, *after))
        np.testing.assert_allclose(chance * if_seen + (1 - chance) * if_unseen, now, rtol=0, atol=1e-9)
    assert chance * after[0].event + (1 - chance) * after[1].event == pytest.approx(before.event, abs=1e-10)


def inside(case: Case, claim: Item) -> float:
    """P(the event falls into the window of a claim)."""
    if claim.window is None:
        return 0.0
    engine = Exact(case)
    by_day, _ = posterior(engine)
    days = days_of(engine)
    covered = (claim.window.first.toordinal() <= days) & (days <= claim.window.last.toordinal())
    return float(by_day @ covered)


@given(cases(max_items=0), choice(*PROCESSES), real(1.5, 1000), whole(0, 60), whole(1, 60), flag)
def test_an_item_of_a_process_wears_off_as_time_passes(
        case: Case, kind: str, ratio: float, age: int, more: int, towards: bool) -> None:
    case = with_evidence_weight_one(case)
    items = [report(case, kind, "extra", ratio if towards else 1 / ratio, number) for number in (age, age + more)]
    none, recent, old = (forecast_of(each).log_odds for each in (case, *(case.with_item(item) for item in items)))
    assert abs(old - none) <= abs(recent - none) + 1e-9
    assert (recent - none) * (1 if towards else -1) >= -1e-9


@given(st.data(), cases(min_items=1))
def test_items_of_one_process_and_day_are_one_number(data: st.DataObject, case: Case) -> None:
    """Two reports of R and S on one day are one of R·S."""
    case = with_evidence_weight_one(case)
    kind, one, other = data.draw(choice(*PROCESSES)), data.draw(real(0.1, 9)), data.draw(real(0.1, 9))
    two = [report(case, kind, "extra-0", one), report(case, kind, "extra-1", other)]
    np.testing.assert_allclose(forecast_of(with_parts(case, two)).daily,
                               forecast_of(case.with_item(report(case, kind, "extra", one * other))).daily, atol=1e-12)
