"""Scenarios: rewrites that touch what they name and nothing else, alone and joined."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from forecast.analysis.scenarios import named
from forecast.core.errors import ForecastError
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.scenario import Scenario, apply, combine
from forecast.records.types import NEVER, Estimate
from forecast.workspace.loader import load_texts
from tests.robustness.reading.example import contents


@pytest.fixture
def case() -> Case:
    return load_texts(contents()).case(date(2031, 5, 1))


def scenario(**fields: Any) -> Scenario:
    return Scenario(name="What if", **fields)


def whole(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "title": name, "date": "2031-04-20", "source": "wire", "likelihood_ratio": {"strike": 2},
            "rationale": "For a test."} | fields


def only_differ(case: Case, other: Case, *names: str) -> bool:
    unchanged = {"question", "as_of", "sources", "groups", "items", "indicators", "histories"} - set(names)
    return all(getattr(case, name) == getattr(other, name) for name in unchanged)


def test_a_scenario_that_says_nothing_changes_nothing(case: Case) -> None:
    assert apply(case, scenario()) == case


@pytest.mark.parametrize("name", ["ballot", "no-talks", "overtime"])
def test_restating_every_field_of_an_item_changes_nothing(case: Case, name: str) -> None:
    item = case.item(name)
    given = {field: getattr(item, field) for field in item.model_fields_set if field != "id"}
    assert apply(case, scenario(revise={name: given})) == case


def test_nothing_of_the_case_is_mutated(case: Case) -> None:
    before = case.items, case.sources, case.groups, case.question
    apply(case, scenario(drop=("ballot",), revise={"overtime": {"note": None}}, sources={"wire": {"grade": "E"}},
                         groups={"rumour": {"overlap": 0, "memory": "never"}}, question={"default_spread": 3},
                         add=(whole("new"),)))
    assert (case.items, case.sources, case.groups, case.question) == before


def test_dropped_items_are_gone_and_added_ones_are_there(case: Case) -> None:
    result = apply(case, scenario(drop=("ballot",), add=(whole("new"),)))
    assert [item.id for item in result.items] == ["no-talks", "overtime", "new"]
    assert only_differ(case, result, "items")


def test_a_dropped_item_may_be_added_anew(case: Case) -> None:
    result = apply(case, scenario(drop=("ballot",), add=(whole("ballot"),)))
    assert result.item("ballot") == Item.model_validate(whole("ballot"))


def test_a_revised_field_is_replaced_and_null_removes_one(case: Case) -> None:
    changes = {"credibility": 5, "group": None, "window": None}
    result = apply(case, scenario(revise={"ballot": changes})).item("ballot")
    assert (result.credibility, result.group, result.window) == (5, None, None)
    assert result.likelihood_ratio == case.item("ballot").likelihood_ratio


def test_another_encoding_replaces_the_old_one(case: Case) -> None:
    counts = {"strike": [3, 4], "slowdown": [1, 4], "calm": [1, 9]}
    result = apply(case, scenario(revise={"ballot": {"counts": counts}})).item("ballot")
    assert result.encoding == "counts"
    assert result.likelihood_ratio is None


def test_a_mapping_and_a_list_are_replaced_whole(case: Case) -> None:
    result = apply(case, scenario(revise={"ballot": {"likelihood_ratio": {"strike": 0.5}}},
                                  question={"key_dates": ["2031-07-31"]}))
    assert result.item("ballot").likelihood_ratio == {"strike": Estimate(0.5)}
    assert result.question.key_dates == (date(2031, 7, 31),)


def test_sources_groups_question_and_date_are_rewritten(case: Case) -> None:
    result = apply(case, scenario(sources={"union": {"grade": "E"}},
                                  groups={"rumour": {"overlap": [0, 0.1, 0.2], "memory": "never"}},
                                  question={"preparation": {"lead": "5w"}}, as_of=date(2031, 4, 1)))
    assert [source.grade for source in result.sources] == ["B", "E"]
    assert result.sources[1].record == case.sources[1].record
    assert result.groups[0].overlap == Estimate(0.1, 0, 0.2)
    assert result.groups[0].memory == NEVER
    assert result.question.preparation.lead == Estimate(5)
    assert result.as_of == date(2031, 4, 1)
    assert only_differ(case, result, "sources", "groups", "question", "as_of")


def test_the_scenario_of_a_file_is_what_apply_takes() -> None:
    workspace = load_texts(contents())
    result = apply(workspace.case(), workspace.scenarios["doubt"])
    assert [item.id for item in result.items] == ["ballot", "no-talks", "denial"]
    assert result.as_of == date(2031, 4, 10)


def test_new_hypotheses_need_values_in_every_item(case: Case) -> None:
    alternatives = [{"id": "slowdown", "name": "a"}, {"id": "calm", "name": "b"}, {"id": "lockout", "name": "c"}]
    with pytest.raises(ForecastError, match="no-talks any more: its probability leaves out lockout"):
        apply(case, scenario(question={"alternatives": alternatives}))
    values = {"strike": 0.2, "slowdown": 0.3, "calm": 0.4, "lockout": 0.4}
    with pytest.raises(ForecastError, match="indicator fund-opened any more"):
        apply(case, scenario(question={"alternatives": alternatives}, drop=("overtime",),
                             revise={"no-talks": {"probability": values}}))


@pytest.mark.parametrize(("fields", "says"), [
    ({"drop": ("balot",)}, "did you mean ballot"),
    ({"revise": {"balot": {}}}, "did you mean ballot"),
    ({"revise": {"ballot": {"retracted": "2031-01-01"}}}, "before the date"),
    ({"revise": {"ballot": {"source": "wir"}}}, "did you mean wire"),
    ({"revise": {"ballot": {"likelihood_ratio": {"strik": 2}}}}, "did you mean strike"),
    ({"revise": {"ballot": {"likelihood_ratio": None}}}, "says nothing"),
    ({"add": (whole("ballot"),)}, "is an item already"),
    ({"add": (whole("new"), whole("new"))}, "is an item already"),
    ({"sources": {"wire": {"id": "fire"}}}, "cannot be replaced"),
    ({"question": {"horizon": "2031-04-30"}}, "outside the question"),
    ({"question": {"reference": "slowdown"}}, "item ballot any more"),
    ({"question": {"resolved": {"outcome": "strike", "date": "2031-04-20"}, "key_dates": None}}, "resolved on"),
    ({"as_of": date(2032, 1, 1)}, "outside the question"),
])
def test_a_scenario_that_does_not_fit_the_case_is_refused(case: Case, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ForecastError, match=says):
        apply(case, scenario(**fields))


PAIRS = {
    "different parts": ({"drop": ("ballot",)}, {"sources": {"wire": {"grade": "E"}}}),
    "different fields of one record": ({"revise": {"ballot": {"credibility": 4}}},
                                       {"revise": {"ballot": {"note": "x"}}}),
    "the second drops what the first revises": ({"revise": {"ballot": {"credibility": 4}}}, {"drop": ("ballot",)}),
    "the second drops what the first adds": ({"add": (whole("new"),)}, {"drop": ("new",)}),
    "the second revises what the first adds": ({"add": (whole("new"),)}, {"revise": {"new": {"group": "rumour"}}}),
    "the second adds what the first drops": ({"drop": ("ballot",)}, {"add": (whole("ballot"),)}),
    "the second replaces what the first adds": ({"add": (whole("new"),)},
                                                {"drop": ("new",), "add": (whole("new", source="union"),)}),
    "two fields of the question": ({"question": {"evidence_weight": 0.5}}, {"question": {"default_spread": 3}}),
    "a date and a group": ({"as_of": date(2031, 4, 5)}, {"groups": {"rumour": {"overlap": 1}}}),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_two_joined_scenarios_do_what_one_after_the_other_does(case: Case, kind: str) -> None:
    first, second = (scenario(**fields) for fields in PAIRS[kind])
    assert apply(case, combine(first, second)) == apply(apply(case, first), second)


def test_two_scenarios_may_drop_one_item(case: Case) -> None:
    both = combine(scenario(drop=("ballot", "overtime")), scenario(drop=("overtime", "no-talks")))
    assert apply(case, both).items == ()


@pytest.mark.parametrize(("first", "second", "says"), [
    ({"as_of": date(2031, 4, 5)}, {"as_of": date(2031, 4, 5)}, "as_of"),
    ({"revise": {"ballot": {"note": "x"}}}, {"revise": {"ballot": {"note": "x"}}}, r"ballot\.note"),
    ({"revise": {"ballot": {"likelihood_ratio": {"strike": 2}}}},
     {"revise": {"ballot": {"probability": {"strike": 0.2, "slowdown": 0.3, "calm": 0.4}}}}, r"ballot\.probability"),
    ({"sources": {"wire": {"grade": "A"}}}, {"sources": {"wire": {"grade": "E"}}}, r"wire\.grade"),
    ({"groups": {"rumour": {"overlap": 0}}}, {"groups": {"rumour": {"overlap": 1}}}, r"rumour\.overlap"),
    ({"question": {"default_spread": 4}}, {"question": {"default_spread": 5}}, r"question\.default_spread"),
    ({"revise": {"ballot": {"likelihood_ratio": {"strike": 2}}}},
     {"revise": {"ballot": {"probability": {"strike": 0.2, "slowdown": 0.3, "calm": 0.4}}}},
     r"both set ballot\.likelihood_ratio, the second as ballot\.probability; take it out of one of them$"),
    ({"revise": {"ballot": {"likelihood_ratio": {"strike": 2}}}},
     {"revise": {"ballot": {"likelihood_ratio": {"strike": 3}}}}, r"both set ballot\.likelihood_ratio; take"),
    ({"drop": ("ballot",)}, {"revise": {"ballot": {"note": "x"}}}, "the first drops it"),
    ({"add": (whole("new"),)}, {"add": (whole("new"),)}, "new"),
    ({"add": (whole("new"),)}, {"revise": {"new": {"title": "x"}}}, r"new\.title"),
])
def test_two_scenarios_that_set_one_field_cannot_be_joined(first: Any, second: Any, says: str) -> None:
    with pytest.raises(ForecastError, match=says):
        combine(scenario(**first), scenario(**second))


@pytest.mark.parametrize("name", ["", "+", "doubt+", "+doubt"])
def test_an_empty_name_of_a_scenario_is_called_so(name: str) -> None:
    with pytest.raises(ForecastError) as refused:
        named({"doubt": scenario()}, name)
    assert str(refused.value).startswith(f"{name or '""'}: a name is empty; write that of a scenario")
