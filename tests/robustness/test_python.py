"""What is wrong in Python is refused in words: no call of a public name ends in the exception of a library."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

import forecast as fc
from forecast.records.faults import refusals
from forecast.records.types import Record, no_day, read_day
from tests.builders import make_item
from tests.project.report.documents import case_of

CASE = case_of()
NAME = CASE.active[0].id
DAY = CASE.question.horizon

WRONG = {"a number": -3, "a text": "nothing of the kind", "nothing": None, "a list": [1, "two"],
         "a mapping": {"a": {"b": 1}}, "a set": {1}, "a record": CASE.question, "a case": CASE, "a type": int}


def _calls() -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Every public name, and the methods of a case and a forecast, each with one place for a wrong value."""
    made = CASE.forecast()
    for kind in (fc.Item, fc.Source, fc.Group, fc.Indicator, fc.Question, fc.Scenario, fc.Ledger, fc.Sensitivity):
        yield kind.__name__, lambda value, kind=kind: kind(id=value, name=value, colour=value)
        yield f"{kind.__name__} of nothing else", lambda value, kind=kind: kind(title=value)
    for function in (fc.shapley, fc.watch, fc.leave_one_out, fc.ledger, fc.paths, fc.tornado, fc.forecast_nuts,
                     fc.Exact, fc.Ledger.of, fc.Sensitivity.of):
        yield function.__qualname__, lambda value, function=function: _unless(CASE, value, function)
    yield "Plots", fc.Plots
    yield "load", lambda value: fc.load(f"nowhere/{type(value).__name__}")
    yield "Dates", fc.Dates
    yield "Dates.every", lambda value: fc.Dates(every=value)
    yield "backtest", lambda value: _unless(CASE, value, fc.backtest)
    yield "backtest.dates", lambda value: _unless(None, value, lambda dates: fc.backtest([CASE], dates))
    yield "break_even", lambda value: _unless(CASE, value, lambda case: fc.break_even(case, NAME, 0.5))
    yield "break_even.name", lambda value: fc.break_even(CASE, value, 0.5)
    yield "break_even.target", lambda value: fc.break_even(CASE, NAME, value)
    yield "break_even.by", lambda value: _unless(None, value, lambda by: fc.break_even(CASE, NAME, 0.5, by))
    yield "calibrate", lambda value: fc.calibrate(value, DAY)
    yield "calibrate.cutoff", lambda value: fc.calibrate([], value)
    yield "compare", lambda value: _unless(CASE, value, lambda case: fc.compare(case, {"same": CASE}))
    yield "compare.scenarios", lambda value: fc.compare(CASE, value)
    yield "compare.scenario", lambda value: _unless(CASE, value, lambda case: fc.compare(CASE, {"x": case}))
    yield "shapley.permutations", lambda value: _unless(None, value, lambda count: fc.shapley(CASE, count))
    yield "shapley.seed", lambda value: fc.shapley(CASE, 2, value)
    yield "Case", lambda value: fc.Case(value, value)
    yield "Case.as_of", lambda value: fc.Case(CASE.question, value)
    for name in ("sources", "items", "histories", "settled", "former", "opinions"):
        yield f"Case.{name}", lambda value, name=name: fc.Case(CASE.question, CASE.as_of, **{name: value})
    for method in (CASE.at, CASE.moved_to, CASE.with_item, CASE.active_item, made.by, made.prior_by, made.band_by,
                   made.plot.history):
        yield method.__qualname__, method
    for name in ("drop", "revise", "add", "sources", "groups", "question", "as_of"):
        yield f"Case.with_.{name}", lambda value, name=name: CASE.with_(**{name: value})
    for name in ("draws", "tune", "chains", "seed"):
        yield f"Case.sample.{name}", lambda value, name=name: CASE.sample(**{name: value})


def _unless(right: Any, value: Any, call: Callable[[Any], Any]) -> Any:
    """Call it but with what is right there."""
    if value is not right:
        return call(value)
    raise fc.ForecastError("it is right")


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in _calls()])
def test_a_wrong_argument_is_refused_in_words(call: Callable[[Any], Any]) -> None:
    for value in WRONG.values():
        try:
            call(value)
        except fc.ForecastError as error:
            assert "pydantic" not in str(error)
            assert "object at 0x" not in str(error)


def test_every_public_name_is_called_with_something_wrong() -> None:
    called = {name.split(".")[0].split()[0] for name, _ in _calls()}
    assert {"ForecastError", "InputError"} == set(fc.__all__) - called


@pytest.mark.parametrize(("kind", "fields"), [
    (fc.Item, {"id": "Bad Id"}), (fc.Source, {"id": "wire", "name": "Wire", "grade": "G"}), (fc.Question, {"id": "x"}),
    (fc.Scenario, {"name": "x", "dropp": ("a",)}), (fc.Group, {"id": "g", "name": "G", "overlap": 1.5}),
    (fc.Indicator, {"id": "i", "title": " ", "by": "soon"})])
def test_records_are_refused_with_the_words_of_a_file(kind: type[Record], fields: dict[str, Any]) -> None:
    with pytest.raises(fc.InputError) as caught:
        kind(**fields)
    with pytest.raises(ValidationError) as raw:  # what reads a file wants pydantic's own
        kind.model_validate(fields)
    told = {fault.what for fault in refusals(raw.value, kind, fields)}
    assert {problem.what for problem in caught.value.problems} == told
    assert all(problem.field.startswith(kind.__name__.lower()) for problem in caught.value.problems)


def test_a_refusal_names_the_record_and_the_field() -> None:
    with pytest.raises(fc.InputError, match=r"^source\.wire\.grade: G is not known; write one of A, B, C, D, E, F$"):
        fc.Source(id="wire", name="Wire", grade="G")  # type: ignore[arg-type]


def test_a_record_that_is_right_is_copied_and_pickled() -> None:
    source = fc.Source(id="wire", name="Wire", grade="B")
    assert pickle.loads(pickle.dumps(source)) == copy.deepcopy(source) == source.model_copy() == source


@pytest.mark.parametrize("value", [
    date(2031, 4, 10), "2031-04-10", datetime(2031, 4, 10), np.datetime64("2031-04-10"), pd.Timestamp("2031-04-10"),
    np.datetime64("2031-04-10T00:00:00.000000000"), pd.Timestamp("2031-04-10", tz="Europe/Berlin")])
def test_a_day_is_read_from_whatever_means_a_day(value: Any) -> None:
    assert read_day(value) == date(2031, 4, 10)
    assert fc.Dates(value).start == date(2031, 4, 10)
    assert make_item("a", date=value, likelihood_ratio={"strike": 2.0}).date == date(2031, 4, 10)


@pytest.mark.parametrize("value", [
    datetime(2031, 4, 10, 5), pd.Timestamp("2031-04-10 00:00:01"), pd.NaT, np.datetime64("NaT"),
    np.datetime64("2031-04"), "10.4.2031", "2031-02-30", "2031-4-1", 5, None,
    np.array(["2031-04-10", "2031-04-11"], "datetime64[D]")])
def test_what_is_not_a_day_is_none(value: Any) -> None:
    assert read_day(value) is None
    assert "write" in no_day(value)


def test_dates_of_calls_are_dates_or_texts() -> None:
    made, day = CASE.forecast(), CASE.as_of + timedelta(30)
    assert made.by(str(day)) == made.by(np.datetime64(day)) == made.by(day)
    assert made.band_by(str(day)) == made.band_by(day)
    assert made.prior_by(str(day)) == made.prior_by(day)
    assert CASE.moved_to(str(day)) == CASE.moved_to(day)
    assert CASE.at(pd.Timestamp(day)) == CASE.at(day)
    assert fc.break_even(CASE, NAME, "50%", str(day)) == fc.break_even(CASE, NAME, 0.5, day)


def test_questions_to_a_forecast_take_the_case_or_its_engine() -> None:
    engine = fc.Exact(CASE)
    for function in (fc.shapley, fc.watch, fc.leave_one_out, fc.ledger, fc.paths):
        assert function(CASE) == function(engine)
    assert [swing.base for swing in fc.tornado(CASE)] == [swing.base for swing in fc.tornado(engine)]
    assert fc.break_even(CASE, NAME, 0.5) == fc.break_even(engine, NAME, 0.5)


def test_one_case_is_backtested_like_several() -> None:
    dates = fc.Dates(str(CASE.as_of), every=90)
    assert fc.backtest(CASE, dates) == fc.backtest([CASE], dates)


def test_one_earlier_forecast_is_drawn_like_several() -> None:
    later = CASE.at(CASE.as_of + timedelta(7)).forecast()
    assert later.plot.history(CASE.forecast()).to_dict() == later.plot.history([CASE.forecast()]).to_dict()


def test_nothing_shows_where_it_lies_in_memory() -> None:
    assert " at 0x" not in "".join(map(repr, fc.tornado(CASE)))
    for name in fc.__all__:
        if inspect.isfunction(value := getattr(fc, name)):
            assert " at 0x" not in str(inspect.signature(value))
