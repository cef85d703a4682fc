"""What if: identities of scenarios, of the cases that they share work between, and of the ways to another term."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast
from forecast.analysis.indicators import break_even
from forecast.analysis.scenarios import compare, interaction, matrix
from forecast.analysis.sensitivity import inputs, tornado
from forecast.analysis.thresholds import crossing, study, two_way
from forecast.core.errors import ForecastError
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.scenario import Scenario, apply, combine
from forecast.report.contents.what_if import break_even_document
from forecast.report.document import ReportDocument
from forecast.report.pages.appendix import appendix
from forecast.report.pages.screens import break_even_page
from tests import ROOT
from tests.builders import (
    day,
    forecast_of,
    known_source,
    make_case,
    make_group,
    make_item,
    make_question,
    make_source,
)
from tests.project.report.documents import case_of
from tests.strategies import cases

NOTHING = Scenario(name="Nothing")


@st.composite
def scenarios(draw: st.DrawFn, case: Case) -> Scenario:
    """A scenario that drops, revises and adds items, and changes sources, groups, the question and the date."""
    names = [item.id for item in case.items]
    dropped = draw(st.lists(st.sampled_from(names), unique=True, max_size=2)) if names else []
    fields: dict[str, Any] = {"name": "Drawn", "drop": tuple(dropped)}
    fields["revise"] = {name: {"credibility": draw(st.integers(1, 6))} for name in names[:2] if name not in dropped}
    fields["sources"] = {case.sources[0].id: {"grade": draw(st.sampled_from("ABCDEF"))}}
    fields["groups"] = {group.id: {"overlap": draw(st.floats(0, 1))} for group in case.groups[:1]}
    questions: list[dict[str, Any]] = [{}, {"preparation": {"lead": "5w"}},
                                       {"evidence_weight": 0.5, "climate": {"unprepared": 0.3}}]
    fields["question"] = draw(st.sampled_from(questions))
    fields["as_of"] = draw(st.sampled_from([None, min(case.as_of + timedelta(7), case.question.horizon - timedelta(1)),
                                            case.question.opens]))
    if draw(st.booleans()):
        fields["add"] = ({"id": "added", "title": "Added", "date": str(case.as_of), "source": case.sources[0].id,
                          "likelihood_ratio": {case.question.event.id: draw(st.floats(0.2, 5))}, "rationale": "Test."},)
    return Scenario(**fields)


@settings(max_examples=5)
@given(cases())
def test_a_scenario_that_changes_nothing_differs_by_exactly_nothing(case: Case) -> None:
    (row,) = compare(case, {"nothing": NOTHING})
    assert (row.decibans, row.points, row.steps) == (0.0, 0.0, [])
    assert set(row.weights.values()) <= {0.0}
    assert set(row.by.values()) <= {0.0}


@settings(max_examples=5)
@given(st.data(), cases(min_items=2))
def test_the_steps_of_a_scenario_sum_to_its_difference(data: st.DataObject, case: Case) -> None:
    scenario = data.draw(scenarios(case))
    (row,) = compare(case, {"drawn": scenario})
    assert sum(step.decibans for step in row.steps) == pytest.approx(row.decibans, abs=1e-9)
    assert row.forecast.log_odds == forecast_of(apply(case, scenario)).log_odds


@settings(max_examples=5)
@given(st.data(), cases(min_items=2))
def test_two_scenarios_and_their_interaction_sum_to_both(data: st.DataObject, case: Case) -> None:
    first = Scenario(name="First", sources={case.sources[0].id: {"grade": "E"}})
    second = Scenario(name="Second", drop=(data.draw(st.sampled_from([item.id for item in case.items])),))
    found = interaction(case, first, second)
    rows = compare(case, {"first": first, "second": second, "both": combine(first, second)})
    assert [row.decibans for row in rows] == [found.first, found.second, found.both]
    assert found.first + found.second + found.interaction == pytest.approx(found.both, abs=1e-12)


def test_two_scenarios_that_bear_on_different_items_of_one_source_interact() -> None:
    found = interaction(case_of(), Scenario(name="a", drop=("offer",)),
                        Scenario(name="b", sources={"rumour": {"grade": "A"}}))
    assert abs(found.interaction) > 0.1


def test_a_matrix_holds_the_forecast_of_each_scenario_as_of_each_date() -> None:
    case = case_of()
    doubt = Scenario(name="doubt", sources={"wire": {"grade": "E"}})
    dates = [case.as_of - timedelta(10), case.as_of]
    expected = [[Exact(apply(case.at(day), each)).forecast.event for day in dates] for each in (NOTHING, doubt)]
    np.testing.assert_array_equal(matrix(case, {"doubt": doubt}, dates), expected)


def test_python_states_what_a_file_states() -> None:
    case = case_of()
    fields: dict[str, Any] = {"drop": ("vote",), "sources": {"wire": {"grade": "E"}},
                              "question": {"preparation": {"lead": "4w"}}, "revise": {"offer": {"credibility": 5}},
                              "groups": {"talks": {"overlap": 0}}}
    assert case.with_(**fields) == apply(case, Scenario(name="x", **fields))
    assert case.with_() == case
    assert case.with_(as_of=str(case.as_of - timedelta(3))).as_of == case.as_of - timedelta(3)


def test_an_item_can_be_added_in_python_as_a_record_or_by_its_fields() -> None:
    case, item = case_of(), make_item("extra", likelihood_ratio={"strike": 2})
    fields = {name: getattr(item, name) for name in item.model_fields_set}
    assert case.with_(add=[item]) == case.with_(add=[fields]) == case.with_item(Item.model_validate(fields))


@pytest.mark.parametrize(("fields", "says"), [
    ({"drop": "vot"}, "did you mean vote"),
    ({"sources": {"wires": {"grade": "E"}}}, "did you mean wire"),
    ({"sources": {"wire": {"grade": "G"}}}, "sources.wire.grade"),
    ({"sources": ["wire"]}, "not a mapping"),
    ({"question": {"preparaton": {}}}, "did you mean preparation"),
    ({"as_of": "2031-13-01"}, "not a day"),
    ({"as_of": ""}, "as_of"),
    ({"add": [{"id": "x"}]}, "title: is missing"),
])
def test_what_python_gets_wrong_is_refused_as_in_a_file(fields: Any, says: str) -> None:
    with pytest.raises(ForecastError, match=says):
        case_of().with_(**fields)


def test_cases_are_compared_as_scenarios_are() -> None:
    case = case_of()
    (row,) = forecast.compare(case, {"no vote": case.with_(drop="vote")})
    assert (row.name, row.title, row.story) == ("no vote", "no vote", "")
    assert row.decibans == Exact(case.without(["vote"])).forecast.decibans - Exact(case).forecast.decibans != 0


def test_a_case_of_another_question_is_not_compared() -> None:
    with pytest.raises(ForecastError, match="other: asks walkout, and the base case strike; compare cases of one"):
        compare(case_of(), {"other": make_case(make_question(id="walkout"))})


@settings(max_examples=10)
@given(cases(alternatives=2))
def test_two_shares_of_one_whole_mirror_each_other_and_are_listed_by_name(case: Case) -> None:
    shares = [swing for swing in tornado(case) if swing.input.kind == "share"]
    assert [swing.input.id for swing in shares] == sorted(swing.input.id for swing in shares)
    for one, other in pairwise(shares):
        assert one.probabilities == pytest.approx(other.probabilities[::-1], abs=1e-9)


@settings(max_examples=5)
@given(cases(min_items=1))
def test_an_input_at_its_stated_place_leaves_the_forecast_as_it_is(case: Case) -> None:
    base = forecast_of(case).log_odds
    for each in inputs(case):
        assert forecast_of(each.move(case, 0.0)).log_odds == pytest.approx(base, abs=1e-9), each.label


@settings(max_examples=5)
@given(st.data(), cases(min_items=1))
def test_moving_an_input_in_two_steps_is_moving_it_in_one(data: st.DataObject, case: Case) -> None:
    each = data.draw(st.sampled_from(list(inputs(case))))
    first, second = data.draw(st.sampled_from([(-1.0, 1.0), (1.0, -1.0), (1.0, 0.0)]))
    there = forecast_of(each.move(each.move(case, first), second))
    assert there.log_odds == pytest.approx(forecast_of(each.move(case, second)).log_odds, abs=1e-9)


@pytest.mark.parametrize("share", [0.4, 0.66, 0.67, 0.9])
def test_a_component_that_is_given_most_of_the_weight_takes_nothing_from_the_others_for_good(share: float) -> None:
    prior = [{"kind": "exposure", "events": 1, "weeks": 60, "weight": share},
             {"kind": "elicited", "probability": 0.2, "weeks": [5, 10, 20], "weight": 0.6 * (1 - share)},
             {"kind": "elicited", "probability": 0.5, "weeks": [5, 10, 20], "weight": 0.4 * (1 - share)}]
    case = make_case(make_question(prior=prior))
    each = next(each for each in inputs(case) if each.kind == "prior weight" and each.id.startswith("prior 1 "))
    there = each.move(each.move(case, 9.0), -1.0)
    assert forecast_of(there).log_odds == pytest.approx(forecast_of(each.move(case, -1.0)).log_odds, abs=1e-6)


def test_a_crossing_reaches_its_target_alone_and_with_all_inputs_and_nothing_nearer_does() -> None:
    case = case_of()
    base = Exact(case).forecast.event
    for target in (base - 0.04, base + 0.04):
        found = crossing(case, target)
        assert found.alone
        assert found.together
        assert [abs(shift.place) for shift in found.alone] == sorted(abs(shift.place) for shift in found.alone)
        for shift in found.alone:
            reached = Exact(shift.input.move(case, shift.place)).forecast.event
            assert shift.input.steps or reached == pytest.approx(target, abs=1e-6)
        moved = case
        for shift in found.together:
            moved = shift.input.move(moved, shift.place)
        assert (Exact(moved).forecast.event - target) * (base - target) <= 0
        assert Exact(moved).forecast.event == pytest.approx(target, abs=1e-4)
        assert found.distance is not None
        # No single input that moves evenly gets there on a shorter way.
        assert found.distance <= 1.02 * min(1.644854 * abs(s.place) for s in found.alone if not s.input.steps)


def test_a_target_out_of_reach_has_no_crossing() -> None:
    found = crossing(case_of(), 1 - 1e-12)
    assert (found.alone, found.together, found.distance) == ((), (), None)


def test_a_study_agrees_with_the_tornado_and_its_maps_with_single_moves() -> None:
    case = case_of()
    found = study(case)
    assert [swing.width for swing in found.swings] == [swing.width for swing in tornado(case)]
    assert all(a.width >= b.width for a, b in pairwise(found.swings))
    by_label = {swing.input.label: swing for swing in found.swings}
    for each in found.maps:
        middle = each.probability[each.rows.index(0.0)]
        assert middle[each.columns.index(0.0)] == pytest.approx(found.base.event, abs=1e-12)
        swing = by_label[each.across.label]
        assert (middle[0], middle[-1]) == pytest.approx(swing.probabilities, abs=1e-12)
        alone = each.probability[:, each.columns.index(0.0)]
        assert (alone[0], alone[-1]) == pytest.approx(by_label[each.down.label].probabilities, abs=1e-12)


@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.5, 0.3, 0.2)])
def test_no_map_crosses_parts_of_one_whole(weights: tuple[float, ...]) -> None:
    rates = [{"kind": "exposure", "events": 4.0 ** place, "weeks": 60, "weight": weight}
             for place, weight in enumerate(weights)]
    case = make_case(make_question({"calm": 0.5, "talks": 0.3, "deal": 0.2}, rates))
    found = study(case, widest=100)
    assert {"prior weight", "share"} <= {swing.input.kind for swing in found.swings}
    together = [(each.across.kind, each.down.kind) for each in found.maps]
    assert ("prior", "prior weight") in together or ("prior weight", "prior") in together
    assert ("share", "share") not in together
    assert ("prior weight", "prior weight") not in together


def test_a_map_of_a_grade_has_three_places_and_is_symmetric() -> None:
    case = case_of()
    grade = next(each for each in inputs(case) if each.steps)
    other = next(each for each in inputs(case) if each.kind == "overlap")
    assert grade.label.startswith("Grade of ")
    assert other.label.startswith("Overlap of “")
    one, two = two_way(case, grade, other), two_way(case, other, grade)
    assert one.columns == two.rows == (-1.0, 0.0, 1.0)
    np.testing.assert_allclose(one.probability, two.probability.T, rtol=0, atol=1e-12)


def _rivals(ratio: float, about: str) -> Case:
    """Two items of one origin, of which the stronger, by a ratio of 3, is believed in full: P jumps there."""
    other = "condition" if about == "sign" else "sign"
    moved = make_item("moved", title="Moved", date=day(5), group="rumour", about=about,
                      likelihood_ratio={"strike": [ratio / 4, ratio, ratio * 4]})
    rival = make_item("rival", date=day(5), group="rumour", likelihood_ratio={"strike": 3}, about=other)
    return make_case(make_question(), [moved, rival], [make_source(grade="B")], [make_group(0.9)], day(60))


@pytest.mark.parametrize(("about", "ratio", "side"), [("sign", 2.0, "over"), ("condition", 2.0, "over"),
                                                      ("condition", 4.0, "under"), ("sign", 4.0, None)])
def test_a_target_that_the_forecast_jumps_past_is_told_with_where_it_jumps(about: str, ratio: float,
                                                                           side: str | None) -> None:
    below, above = (forecast_of(_rivals(value, about)).event for value in (3 - 1e-6, 3 + 1e-6))
    target = (below + above) / 2
    assert abs(below - above) > 0.01
    found = break_even(_rivals(ratio, about), "moved", target)
    assert {"over": found.over, "under": found.under} == {
        each: pytest.approx(3, abs=1e-6) if each == side else None for each in ("over", "under")}
    if found.ratio is not None:
        assert forecast_of(_rivals(found.ratio, about)).event == pytest.approx(target, abs=1e-9)
    (said,) = break_even_page(break_even_document(found)).sections[0].blocks
    assert ("nything" in str(said)) == (side is not None)
    assert f"nything {side} 3 " in str(said) or side is None
    assert "No lift between" not in str(said)


@pytest.mark.parametrize("own", [3000.0, 1 / 3000, 20.0])
def test_a_lift_is_looked_for_around_that_of_the_item_wherever_it_lies(own: float) -> None:
    claim = make_item("moved", title="Moved", date=day(5), likelihood_ratio={"strike": own}, window=[day(70), day(75)])
    case = make_case(make_question(), [claim], [known_source(0.9999, "wire")], as_of=day(60))
    now = forecast_of(case).event
    found = break_even(case, "moved", now)
    assert found.ratio == pytest.approx(own, rel=1e-6)
    low, high = found.searched
    assert low <= 1 / 1000 * (1 + 1e-9) < 1000 * (1 - 1e-9) <= high
    assert ((low, high) == pytest.approx((1 / 1000, 1000))) == (own == 20)
    missed = break_even(case, "moved", 0.999999)
    (said,) = break_even_page(break_even_document(missed)).sections[0].blocks
    assert f"No lift between 1/{1 / low:.0f} and {high:.0f} takes it to" in str(said)


def test_the_appendix_tells_a_jump_past_the_edge_of_the_term() -> None:
    stored = (ROOT / "reports/2022-12-02/forecast.json").read_bytes()
    document = ReportDocument.from_json(stored, "forecast.json")
    past = next(crossing for crossing in document.crossings if crossing.term == "likely")
    jump = next(shift for shift in past.alone if shift.kind == "ratio")
    jump = jump.model_copy(update={"value": f"anything over {jump.stated}"})
    row = next(row for row in document.break_even if (row.id, row.target) == (jump.id, past.target))
    document = document.model_copy(update={
        "crossings": (past.model_copy(update={"alone": (jump,)}),),
        "break_even": (row.model_copy(update={"ratio": None}),)})
    (said,) = [str(block) for section in appendix(document) for block in section.blocks
               if "How far one judgement must change" in str(block)]
    assert f"anything over {jump.stated}" in said
    assert "none" not in said
