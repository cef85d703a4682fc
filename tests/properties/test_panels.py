"""Laws of panels: what one analyst alone states is never touched, and who is named first does not matter."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.attribution import leave_one_out
from forecast.analysis.panel import Opinions, Spread, opinions, panel
from forecast.analysis.scenarios import compare
from forecast.analysis.thresholds import study
from forecast.core.errors import ForecastError, InputError
from forecast.engine.exact import Exact
from forecast.engine.panel import DECIBAN, alone, analysts
from forecast.engine.pooling import pool
from forecast.records.case import Case
from forecast.records.opinion import Opinion, pooled_prior
from forecast.records.question import Elicited
from forecast.report.pages.opinions import in_short
from tests.builders import day, make_case, make_item, make_question, make_source

OWN = {"one": 2.0, "two": 0.7, "three": 5.0}
HIGH = {"kind": "elicited", "probability": 0.6, "weeks": [5, 15, 30], "weight": 7.0}


def _opinion(name: str, ratios: dict[str, float], **fields: Any) -> Opinion:
    items = {item: {"likelihood_ratio": {"strike": [ratio / 1.5, ratio, ratio * 1.5]}}
             for item, ratio in ratios.items()}
    return Opinion.model_validate({"analyst": {"id": name, "blind": True}, "items": items} | fields)


def _case(*opinions: Opinion, shares: dict[str, float] | None = None, **item: Any) -> Case:
    items = [make_item(name, likelihood_ratio={"strike": [ratio / 2, ratio, ratio * 2]}, **item)
             for name, ratio in OWN.items()]
    case = make_case(make_question(shares), items, [make_source()], as_of=day(10))
    question = case.question.model_copy(update={"prior": pooled_prior(case.question.prior, opinions)})
    return replace(case, opinions=opinions, question=question)


def test_a_case_of_one_analyst_is_the_same_to_the_last_digit() -> None:
    case = _case()
    assert Exact(case).settled is case
    assert Exact(case.changed(opinions=(_opinion("b", {}),))).evidence.log_lift.tolist() == \
        Exact(case).evidence.log_lift.tolist()


def test_an_item_that_one_analyst_has_encoded_keeps_his_value() -> None:
    before, after = Exact(_case()).evidence, Exact(_case(_opinion("b", {"two": 3.0}))).evidence
    assert [item.id for item in after.items] == ["one", "three", "two"]
    assert after.log_lift[:2].tolist() == before.log_lift[:2].tolist()
    assert before.log_lift[2] < after.log_lift[2] < math.log(3.0)


def test_what_the_panel_leaves_open_joins_the_spread() -> None:
    other = _opinion("b", {"two": 3.0})
    engine = Exact(_case(other))
    found = pool(np.array([[10 * math.log10(3.0), 10 * math.log10(0.7)]]))  # analysts by name: b, desk
    own = math.log(2) / 1.6448536269514722
    stated = math.log(1.5) / 1.6448536269514722
    assert engine.evidence.log_lift[2] == pytest.approx(found.mean[0] * DECIBAN, rel=1e-12)
    assert engine.evidence.log_lift_sd[2] == pytest.approx(
        math.sqrt((own**2 + stated**2) / 2 + found.variance[0] * DECIBAN**2), rel=1e-6)


@given(st.lists(st.tuples(st.floats(-15, 15), st.floats(-15, 15), st.floats(-15, 15)), min_size=1, max_size=4),
       st.permutations(range(3)))
def test_the_order_of_analysts_and_items_does_not_matter(rows: list[tuple[float, float, float]],
                                                         order: list[int]) -> None:
    stated = np.array(rows)
    found, other = pool(stated), pool(stated[::-1][:, order])
    assert other.mean[::-1].tolist() == found.mean.tolist()
    assert other.variance[::-1].tolist() == found.variance.tolist()


@given(st.floats(-12, 12), st.floats(-12, 12))
def test_a_pool_of_two_lies_between_them_or_nearer_to_nothing(first: float, second: float) -> None:
    mean = float(pool(np.array([[first, second]])).mean[0])
    assert min(first, second, 0) - 0.1 <= mean <= max(first, second, 0) + 0.1


def test_a_mirrored_panel_is_mirrored() -> None:
    stated = np.array([[3.0, 5.0], [-2.0, 1.0], [8.0, np.nan]])
    assert pool(-stated).mean == pytest.approx(-pool(stated).mean, abs=0.05)


def test_the_same_panel_gives_the_same_digits() -> None:
    stated = np.array([[3.0, 5.0], [-2.0, 1.0]])
    first = pool(stated).mean.tolist()
    pool.__globals__["_pool"].cache_clear()
    assert pool(stated).mean.tolist() == first


def test_backgrounds_are_pooled_apart_and_keep_their_mean() -> None:
    shares = {"covert": 0.7, "none": 0.3}
    items = {"one": {"likelihood_ratio": {"strike": 1.0, "covert": 4.0}},
             "two": {"likelihood_ratio": {"strike": 2.0}}}
    case = _case(Opinion.model_validate({"analyst": {"id": "b"}, "items": items}), shares=shares)
    evidence = Exact(case).evidence
    assert np.exp(evidence.log_background) @ list(shares.values()) == pytest.approx(1)
    first = list(evidence.items).index(case.item("one"))
    assert 0 < evidence.log_background[first, 0] - evidence.log_background[first, 1] < math.log(4.0)


def test_priors_of_several_analysts_share_their_weight_equally() -> None:
    case = _case(_opinion("b", {}, prior=[HIGH, HIGH | {"weight": 14.0}]), _opinion("c", {}, prior=[HIGH]))
    by_analyst: dict[str | None, float] = {}
    for component in case.question.prior:
        by_analyst[component.analyst] = by_analyst.get(component.analyst, 0) + component.weight
    assert by_analyst == pytest.approx({"desk": 1, "b": 1, "c": 1})
    assert [component.weight for component in case.question.prior if component.analyst == "b"] == pytest.approx(
        [1 / 3, 2 / 3])
    again = pooled_prior(case.question.prior, ())
    assert [component.weight for component in again] == [component.weight for component in case.question.prior]


def test_each_analyst_alone_is_the_case_with_his_numbers() -> None:
    theirs = {"one": 1.0, "two": 4.0, "three": 0.5}
    case = _case(_opinion("b", theirs, prior=[HIGH]))
    assert analysts(case) == ("b", "desk")
    assert Exact(alone(case, "desk")).log_odds() == Exact(_case()).log_odds()
    items = [make_item(name, likelihood_ratio={"strike": ratio}) for name, ratio in theirs.items()]
    hand = make_case(make_question(prior=[HIGH]), items, [make_source()], as_of=day(10))
    assert Exact(alone(case, "b")).log_odds() == pytest.approx(Exact(hand).log_odds(), abs=1e-12)


def test_opinions_give_way_to_another_encoding_and_to_nothing_else() -> None:
    case = _case(_opinion("b", {"one": 8.0, "two": 1.5}))
    pooled = Exact(case).evidence.log_lift
    graded = case.with_(revise={"one": {"credibility": 3}})
    assert Exact(graded).evidence.log_lift.tolist() == pooled.tolist()
    restated = case.with_(revise={"one": {"likelihood_ratio": {"strike": 3.0}}})
    first = [item.id for item in restated.active].index("one")
    assert Exact(restated).evidence.log_lift[first] == pytest.approx(math.log(3.0))


def test_an_item_that_a_scenario_drops_still_tells_who_leans_which_way() -> None:
    case = _case(_opinion("b", {"one": 8.0, "two": 1.5, "three": 9.0}))
    pooled = {item.id: lift for item, lift in zip(case.active, Exact(case).evidence.log_lift.tolist(), strict=True)}
    for name, moved in leave_one_out(Exact(case)).items():
        dropped = case.with_(drop=[name])
        left = dict(zip([item.id for item in dropped.active], Exact(dropped).evidence.log_lift.tolist(), strict=True))
        assert left == {other: lift for other, lift in pooled.items() if other != name}
        (row,) = compare(case, {"dropped": dropped})
        assert row.decibans == pytest.approx(-moved, abs=1e-9)
        assert [(step.id, step.decibans) for step in row.steps] == [(name, pytest.approx(-moved, abs=1e-9))]
        assert {spread.id for spread in panel(dropped).items} == set(left)
    assert case.with_(drop=["one"]).with_(drop=["two"]) == case.with_(drop=["one", "two"])
    assert not Exact(case.with_(drop=list(OWN))).evidence.items


def test_an_item_that_a_scenario_states_anew_leaves_the_others_as_they_are() -> None:
    case = _case(_opinion("b", {"one": 8.0, "two": 1.5}))
    restated = case.with_(revise={"two": {"likelihood_ratio": {"strike": 3.0}}})
    before, after = (Exact(each).evidence.log_lift.tolist() for each in (case, restated))
    assert [item.id for item in case.active] == ["one", "three", "two"]
    assert after == [*before[:2], pytest.approx(math.log(3.0))]
    assert pickle.loads(pickle.dumps(restated)) == restated
    again = restated.with_(revise={"two": {"likelihood_ratio": {"strike": 0.5}}})
    assert Exact(again).evidence.log_lift.tolist() == [*before[:2], pytest.approx(math.log(0.5))]


def test_a_scenario_that_changes_what_analysts_say_is_pooled_anew() -> None:
    case = _case(_opinion("b", {"one": 8.0, "two": 1.5}))
    later = case.with_(drop=["two"], as_of=day(20))
    assert Exact(later).evidence.log_lift.tolist() == Exact(case).evidence.log_lift[:2].tolist()
    ahead = case.with_(revise={"two": {"date": day(15)}})
    assert Exact(ahead).evidence.log_lift.tolist() == Exact(_case(_opinion("b", {"one": 8.0}))).evidence.log_lift[
        :2].tolist()
    assert Exact(ahead.at(day(16))).evidence.log_lift.tolist() == Exact(case).evidence.log_lift.tolist()
    surer = case.with_(question={"prior": [HIGH]})
    assert Exact(surer).forecast.prior_never != Exact(case).forecast.prior_never


def test_a_settled_case_is_the_case() -> None:
    case = _case(_opinion("b", {"one": 8.0, "two": 1.5}), about="condition")
    settled = Exact(case).settled
    assert not settled.opinions
    assert Exact(settled).log_odds() == Exact(case).log_odds()
    found = study(case)
    labels = [swing.input.label for swing in found.swings if swing.input.kind == "ratio"]
    assert sorted(labels) == ["one (pooled)", "three", "two (pooled)"]
    for swing in found.swings:
        low, high = sorted(swing.probabilities)
        assert low - 1e-12 <= found.base.event <= high + 1e-12, swing.input.label


def test_the_study_says_what_a_disagreement_is_worth() -> None:
    case = _case(_opinion("b", {"one": 8.0, "two": 0.6, "three": 5.0}, prior=[HIGH]))
    found = panel(case)
    assert found.items[0].id == "one"
    assert found.items[-1].spread == pytest.approx(0, abs=1e-9)
    assert found.items[-1].worth == pytest.approx(0, abs=1e-9)
    by_id = {member.id: member for member in found.members}
    assert by_id["b"].alone == pytest.approx(Exact(alone(case, "b")).forecast.event)
    assert by_id["b"].prior > by_id["desk"].prior
    assert by_id["desk"].with_prior < found.probability < by_id["b"].with_prior
    assert found.prior_worth > 1
    with pytest.raises(ForecastError, match="opinion"):
        panel(_case())


def test_the_screen_says_of_opinions_what_the_study_says() -> None:
    case = _case(_opinion("b", {"two": 3.0, "one": 2.0}))
    short, full = opinions(case), panel(case)
    assert short is not None
    assert short.alone == {each.id: each.alone for each in full.members}
    known = {each.id: each for each in full.items}
    assert {each.id for each in short.spreads} == known.keys() == {"one", "two"}
    for each in short.spreads:
        assert (each.ratios, each.spread) == (known[each.id].ratios, known[each.id].spread)
    assert [each.spread for each in short.spreads] == sorted((each.spread for each in full.items), reverse=True)
    assert opinions(_case()) is None


@given(st.lists(st.tuples(st.sampled_from([-6.0, 0.0, 3.0]), st.sampled_from([-3.0, 0.0, 6.0])),
                min_size=1, max_size=6))
def test_items_that_are_stated_alike_are_pooled_alike_and_count_each(rows: list[tuple[float, float]]) -> None:
    table = np.array([*rows, *rows, *rows])
    whole = pool(table)
    assert np.array_equal(whole.mean[:len(rows)], whole.mean[len(rows):2 * len(rows)])
    assert np.allclose(whole.mean, pool(table + 1e-9 * np.arange(len(table))[:, None]).mean, atol=1e-4)


def test_a_case_made_in_python_checks_its_opinions() -> None:
    with pytest.raises(InputError, match=r"opinion\.b\.items\.four: is not an item"):
        _case(_opinion("b", {"four": 2.0}))
    with pytest.raises(InputError, match="desk's own encoding"):
        _case(_opinion("desk", {"one": 2.0}))
    with pytest.raises(InputError, match="b has two opinions"):
        _case(_opinion("b", {"one": 2.0}), _opinion("b", {"two": 2.0}))


def test_who_gives_all_components_no_weight_takes_no_part() -> None:
    silent = HIGH | {"weight": 0.0, "analyst": "c"}
    own, opinion = HIGH | {"probability": 0.3}, _opinion("b", {}, prior=[HIGH])
    alone_with_b = pooled_prior(make_question(prior=[own]).prior, [opinion])
    assert pooled_prior(make_question(prior=[own, silent]).prior, [opinion]) == alone_with_b
    assert [each.weight for each in pooled_prior(make_question(prior=[own, silent]).prior, ())] == [1.0]


def test_pooled_priors_are_components_of_the_question() -> None:
    case = _case(_opinion("b", {}, prior=[HIGH]))
    assert all(isinstance(component, Elicited) for component in case.question.prior)
    assert len(case.question.prior) == 2


def test_items_on_which_analysts_agree_are_not_counted_among_the_differences() -> None:
    spreads = tuple(Spread(id=f"i{place}", title=f"Item {place}", ratios={"a": 1.0, "b": 1.0 + spread}, spread=spread)
                    for place, spread in enumerate((3.0, 2.0, 0.04, 0.0)))
    said = str(in_short(Opinions(alone={"a": 0.4, "b": 0.5}, spreads=spreads)))
    assert "Item 1" in said
    assert "Item 2" not in said
    assert "more: forecast panel" not in said
    assert "On 2 items they agree." in said
    alike = str(in_short(Opinions(alone={"a": 0.4}, spreads=spreads[3:])))
    assert "Decibans" not in alike
