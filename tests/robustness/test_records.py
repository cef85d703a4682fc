"""Records made in Python: checked as strictly as files, and pickled and compared like any value."""

from __future__ import annotations

import dataclasses
import importlib
import pickle
import pkgutil
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

import forecast
from forecast.analysis.attribution import ledger
from forecast.analysis.indicators import break_even, watch
from forecast.analysis.item_path import paths
from forecast.analysis.scenarios import ComparisonTable, compare
from forecast.analysis.thresholds import two_way
from forecast.core.equality import ByValue, same
from forecast.core.errors import ForecastError, InputError, Problem
from forecast.engine.exact import Exact
from forecast.evaluation.backtest import Dates, backtest
from forecast.records.case import Case
from forecast.records.evidence import Item, Standing
from forecast.records.question import Question, Resolution
from forecast.records.types import (
    NEVER,
    Duration,
    Estimate,
    Fraction,
    Level,
    Nats,
    Probability,
    Ratio,
    Span,
    Weeks,
    WeeksOrNever,
    Weight,
)
from tests.builders import OPENS, day, make_indicator, make_item
from tests.project.report.documents import case_of
from tests.robustness.reading.example import contents
from tests.strategies import cases

Wrong = Callable[[Case], dict[str, Any]]

WRONG: dict[str, Wrong] = {
    "an unknown source": lambda case: {"items": (_item(case, source="nobody"),)},
    "an unknown group": lambda case: {"items": (_item(case, group="nothing"),)},
    "an unknown hypothesis": lambda case: {"items": (_item(case, likelihood_ratio={"strike": 2, "strke": 2}),)},
    "no ratio of the event": lambda case: {"items": (_item(case, likelihood_ratio={_other(case): 2.0}),)},
    "a ratio of the reference": lambda case: {
        "items": (_item(case, likelihood_ratio={"strike": 2.0, case.question.reference: 2.0}),)},
    "a probability left out": lambda case: {
        "items": (_item(case, likelihood_ratio=None, probability={"strike": 0.5}),)},
    "counts left out": lambda case: {"items": (_item(case, likelihood_ratio=None, counts={"strike": [1, 2]}),)},
    "an item twice": lambda case: {"items": (_item(case), _item(case))},
    "a source twice": lambda case: {"sources": (*case.sources, case.sources[0])},
    "an indicator twice": lambda case: {"indicators": (_indicator(case), _indicator(case))},
    "an indicator of another question": lambda case: {"indicators": (make_indicator("a", probability={"x": 0.5}),)},
    "past cases that were not read": lambda case: {"question": _question(case, prior=(
        {"kind": "reference_class", "file": "lost.csv", "weight": 1.0},))},
    "a date before the question": lambda case: {"as_of": case.question.begins - timedelta(1)},
    "a date after the question": lambda case: {"as_of": case.question.horizon},
    "a date after the event": lambda case: {"question": case.question.model_copy(
        update={"resolved": Resolution(outcome="strike", date=case.as_of)})},
    "a text that is not a date": lambda case: {"as_of": "1 May 2031"},
    "no date at all": lambda case: {"as_of": None},
    "no question": lambda case: {"question": "Will it happen?"},
    "a mapping for an item": lambda case: {"items": ({"id": "a"},)},
}


def _item(case: Case, **fields: Any) -> Item:
    given = {"likelihood_ratio": {"strike": 2.0}, "source": case.sources[0].id} | fields
    return make_item("wrong", **{name: value for name, value in given.items() if value is not None})


def _indicator(case: Case) -> Any:
    return make_indicator("sign", probability=dict.fromkeys(case.question.hypotheses, 0.5))


def _other(case: Case) -> str:
    return next((name for name in case.question.hypotheses[1:] if name != case.question.reference), "other")


def _question(case: Case, **fields: Any) -> Question:
    given = {name: getattr(case.question, name) for name in case.question.model_fields_set} | fields
    return Question.model_validate(given)


@given(case=cases(min_items=1, max_items=3))
def test_what_no_file_may_say_no_case_may_say(case: Case) -> None:
    for name, wrong in WRONG.items():
        with pytest.raises(InputError) as refused:
            replace(case, **wrong(case))
        assert refused.value.problems, name
        for problem in refused.value.problems:
            assert (problem.file, bool(problem.field)) == ("", True), name
            assert ";" in problem.what, "it says what to do"
            assert "--" not in str(problem)


@given(case=cases(max_items=5), data=st.data())
def test_a_case_that_is_right_is_taken_in_any_order_and_as_any_sequence(case: Case, data: st.DataObject) -> None:
    again = Case(case.question, str(case.as_of), list(case.sources), list(case.groups),  # type: ignore[arg-type]
                 iter(data.draw(st.permutations(case.items))), case.indicators, dict(case.histories))  # type: ignore[arg-type]
    assert again == case


NUMBERS = st.floats() | st.sampled_from([-100.5, -3.0, 0.0, 0.5, 1.0, 1.5, 10.0, 100.5])


def _taken(kind: Any, value: object) -> object:
    """What a type of the file format makes of a value; None where it refuses it."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return None


@given(kind=st.sampled_from([Ratio, Probability, Fraction, Weight, Nats, Level]),
       values=st.tuples(NUMBERS) | st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_an_estimate_may_hold_what_a_file_may_state_and_nothing_else(kind: Any, values: tuple[float, ...]) -> None:
    in_file = values[0] if len(values) == 1 else list(values)
    in_python = Estimate(*values) if len(values) == 1 else Estimate(values[1], values[0], values[2])
    assert _taken(kind, in_python) == _taken(kind, in_file)


@given(weeks=NUMBERS)
def test_a_duration_is_one_that_a_file_may_state(weeks: float) -> None:
    in_file = _taken(Weeks, f"{weeks:.19f}w")
    for kind in (Weeks, WeeksOrNever):
        if not (kind is WeeksOrNever and weeks == NEVER):
            assert (_taken(kind, Duration(weeks)) is None) == (in_file is None)
    assert (_taken(Span, Estimate(weeks)) is None) == (in_file is None)
    assert _taken(WeeksOrNever, NEVER) == NEVER


@pytest.mark.parametrize("changes", [
    {"question": {"evidence_weight": Estimate(-3.0)}},
    {"question": {"evidence_weight": Estimate(1.0, 0.5)}},
    {"question": {"preparation": {"carried_out": Estimate(1.7)}}},
    {"question": {"prior": [{"kind": "elicited", "probability": Estimate(1.2), "weeks": [3, 10, 30], "weight": 1}]}},
    {"revise": {"wrong": {"likelihood_ratio": {"strike": Estimate(float("nan"))}}}},
    {"revise": {"wrong": {"probability": {"strike": Estimate(1.5)}}}},
    {"revise": {"wrong": {"standing": {"every": Duration(-4.0)}}}},
])
def test_a_scenario_in_python_may_not_say_what_no_file_may_say(changes: dict[str, Any]) -> None:
    case = case_of()
    with pytest.raises(ForecastError, match="write"):
        case.with_item(_item(case)).with_(**changes)


def test_an_estimate_of_weeks_is_written_as_a_file_has_it() -> None:
    from forecast.workspace.yaml.writer import written

    case = case_of().with_(question={"preparation": {"lead": Estimate(4.0, 2.0, 13.0)}})
    assert written(case.question.preparation.lead) == ["2w", "4w", "13w"]
    assert Standing(every=Duration(4.0)).every == Duration(4.0)


def _results() -> dict[str, Any]:
    case = case_of()
    engine = Exact(case)
    changed = case.with_(drop=[case.items[0].id])
    (row,) = compare(case, {"without": changed})
    first, second = list(forecast.analysis.sensitivity.inputs(case))[:2]
    return {
        "case": case, "question": case.question, "item": case.items[0], "source": case.sources[0],
        "scenario": forecast.Scenario(name="x", drop=("a",)), "engine": engine, "forecast": engine.forecast,
        "draws": engine.forecast.draws, "comparison": row,
        "table": ComparisonTable(engine.forecast, (row,), {}, (day(3),), np.ones((2, 1))),
        "ledger": ledger(engine), "path": paths(engine)[0], "watched": watch(engine),
        "break-even": break_even(case, case.active[0].id, 0.5), "backtest": backtest([case], Dates(every=90)),
        "error": InputError([Problem("a.yaml", 3, "b", "is wrong; mend it")]),
        "sum": case.ledger(), "sensitivity": case.sensitivity(), "plots": engine.forecast.plot,
        "two inputs": (two_way(case, first, second), two_way(case, first, second)),
    }


def test_results_are_pickled_and_compared() -> None:
    results = _results()
    one, other = results.pop("two inputs")
    assert one == other
    for name, value in results.items():
        again = pickle.loads(pickle.dumps(value))
        if isinstance(value, InputError):
            assert (str(again), again.problems) == (str(value), value.problems)
        else:
            assert again == value, name
    forecasted = pickle.loads(pickle.dumps(results["forecast"]))
    assert forecasted.band == results["forecast"].band
    assert forecasted.worth == results["forecast"].worth


def test_a_workspace_is_pickled_with_the_lines_of_its_files() -> None:
    from forecast.workspace.lint import lint
    from forecast.workspace.loader import load_texts

    workspace = load_texts(contents())
    again = pickle.loads(pickle.dumps(workspace))
    assert again == workspace
    told = [str(problem) for problem in lint(workspace, workspace.case(day(60)))]
    assert told == [str(problem) for problem in lint(again, again.case(day(60)))]
    assert any(not text.startswith("evidence/items.yaml:1:") for text in told)
    with pytest.raises(TypeError):
        again.inputs["x"] = b""  # type: ignore[index]


@given(case=cases(max_items=4))
def test_forecasts_are_equal_if_and_only_if_their_numbers_are(case: Case) -> None:
    one, other = Exact(case).forecast, Exact(pickle.loads(pickle.dumps(case))).forecast
    assert one == other
    moved = replace(one, daily=np.roll(one.daily, 1))
    assert (one == moved) == bool(np.array_equal(one.daily, moved.daily))
    assert one != "a forecast"


def test_arrays_are_compared_number_by_number() -> None:
    a = np.array([1.0, np.nan])
    assert same(a, a.copy())
    assert not same(a, a[:1])
    assert not same(a, [1.0])
    assert same({"x": (a, 1)}, {"x": (a.copy(), 1)})
    assert not same({"x": a}, {"y": a})
    assert same(np.array(["a"]), np.array(["a"]))


PUBLIC_ROOMS = ("records", "analysis")


def test_no_public_record_with_arrays_compares_them_as_if_they_were_one_value() -> None:
    wrong = []
    for room in PUBLIC_ROOMS:
        package = importlib.import_module(f"forecast.{room}")
        for module in pkgutil.iter_modules(package.__path__, f"forecast.{room}."):
            own = vars(importlib.import_module(module.name)).values()
            records = [kind for kind in own if isinstance(kind, type) and dataclasses.is_dataclass(kind)]
            wrong += [kind.__name__ for kind in records if _has_arrays(kind) and not issubclass(kind, ByValue)]
    assert wrong == []


def _has_arrays(kind: Any) -> bool:
    return any(entry.compare and "Array" in str(entry.type) for entry in dataclasses.fields(kind))


def test_the_opening_is_a_date_of_the_question() -> None:
    assert case_of().at(OPENS).as_of == OPENS


def test_what_is_shown_of_an_object_is_short() -> None:
    results = [result if isinstance(result, tuple | list) else [result] for result in _results().values()]
    shown = list(chain.from_iterable(results))
    assert {repr(value) for value in shown if len(repr(value)) > 300} == set()
    told = repr(Exact(case_of()).forecast)
    assert re.fullmatch(r"\d+% \(\d+–\d+%\) by \d+ \w+ 2031; \d+% by .*; preparing \d+%; 5 items, exact", told), told


def test_a_notebook_shows_a_forecast_with_its_curve() -> None:
    case = case_of(lambda text: f"{text} <script>")
    page = Exact(case).forecast._repr_html_()
    assert "<polyline" in page
    assert "<script>" not in page
