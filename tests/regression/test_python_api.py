"""What Python asked, and got a number that it had not asked for."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from threadpoolctl import threadpool_info

import forecast as fc
from forecast.core.cure_model import PastCase
from forecast.core.numerics import plain
from forecast.engine.nuts import result
from forecast.evaluation.calibration.readings import Pull, QuestionReading, Reading
from forecast.evaluation.threads import on_one_thread
from forecast.records.opinion import Settled
from forecast.records.question import Calibration
from forecast.workspace.csv_tables import past_cases
from tests.builders import STEADY, day, make_case, make_item, make_question, make_source
from tests.project.report.documents import case_of

CASE = case_of()
ITEM = CASE.active[0]
PAST = make_question(prior=[{"kind": "reference_class", "file": "past.csv", "weight": 1.0}])
LEARNED = Calibration(evidence_weight=[0.1, 0.2, 0.3], shift=0, slope=1, model_error=1.5, questions=10, clusters=5,
                      date="2030-01-01")
CUTOFF = date(2030, 1, 1)


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(fc.InputError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize("rows", [
    [("a", 10, "evnt", 1)], [("a", 10, "Event", 1)], [("a", -10, "event", 1)], [("a", 0, "event", 1)],
    [("a", "ten", "event", 1)], [("a", 10, "event", -1)], [("", 10, "event", 1)], [("a", 10, "event", 0)], [],
    [("a", 2e9, "ended", "x"), ("b", 1, "", 1)]])
def test_past_cases_made_in_python_are_refused_in_the_words_of_a_table(rows: list[tuple[Any, ...]]) -> None:
    table = "\n".join(["case,weeks,outcome,weight", *(",".join(map(str, row)) for row in rows)])
    told = refused(lambda: fc.Case(PAST, day(0), histories={"past.csv": [PastCase(*row) for row in rows]}))
    in_file = {flaw.what.removeprefix("an empty cell ") for flaw in past_cases(table.encode())[1]}
    assert in_file
    assert all(what in told for what in in_file)


@pytest.mark.parametrize("table", ["past", 5, [("a", 10, "event", 1)], [PastCase("a", np.nan, "event")],
                                   [PastCase("a", np.inf, "event")], [PastCase("a", True, "event")], None])
def test_what_is_no_table_of_past_cases_is_refused(table: Any) -> None:
    assert "histories.past.csv" in refused(lambda: fc.Case(PAST, day(0), histories={"past.csv": table}))


def test_past_cases_are_taken_from_any_sequence_with_numbers_of_numpy() -> None:
    one, other = PastCase("a", 10, "event"), PastCase("b", 20.0, "ended", 0.5)
    twins = [one._replace(weeks=np.int64(10)), other._replace(weight=np.float32(0.5))]
    cases = [fc.Case(PAST, day(0), histories={"past.csv": table}) for table in ((one, other), twins, iter(twins))]
    assert len({case.forecast().log_odds for case in cases}) == 1


@pytest.mark.parametrize(("field", "value"), [
    ("settled", {ITEM.id: 5}), ("settled", {"nobody": Settled((0.0, 0.0), (1.0, 1.0))}),
    ("settled", {ITEM.id: Settled((0.0,), (1.0,))}), ("former", {"x": 3}), ("former", {"x": (ITEM,)}),
    ("calibration", "calibration.yaml"), ("calibration", LEARNED)])
def test_what_has_been_worked_out_of_a_case_is_checked_where_it_is_given(field: str, value: Any) -> None:
    assert field in refused(lambda: replace(CASE, **{field: value}))


@pytest.mark.parametrize("fields", [
    {"source": "nobody"}, {"group": "nothing"}, {"likelihood_ratio": {"strke": 20}},
    {"likelihood_ratio": {"strike": 20, "strke": 2}}, {"likelihood_ratio": None, "probability": {"strike": 0.5}}])
def test_an_item_is_checked_against_the_case_that_it_joins(fields: dict[str, Any]) -> None:
    given = {"source": ITEM.source, "likelihood_ratio": {"strike": 2.0}} | fields
    item = make_item("new", **{name: value for name, value in given.items() if value is not None})
    assert refused(lambda: CASE.with_item(item)).startswith("item.new.")
    with pytest.raises(fc.ForecastError):
        CASE.with_(add=[item])


def test_an_id_or_a_field_that_a_case_does_not_have_is_refused() -> None:
    slip = ITEM.id[:-1]
    for call in (CASE.without, CASE.unopposed):
        assert f"did you mean {ITEM.id}?" in refused(lambda call=call: call([slip]))
        assert refused(lambda call=call: call(slip)) == refused(lambda call=call: call([slip]))
        for wrong in (None, 5, ITEM, [ITEM], [None]):
            assert "write" in refused(lambda call=call, wrong=wrong: call(wrong))
    assert CASE.without(ITEM.id) == CASE.without(each for each in [ITEM.id])
    assert "did you mean as_of?" in refused(lambda: CASE.changed(as_off=CASE.as_of))


def test_a_question_takes_its_calibration_or_is_refused() -> None:
    question = fc.Question(**{name: getattr(PAST, name) for name in PAST.model_fields_set}
                           | {"prior": [STEADY], "calibration": "learned.yaml"})
    by_hand = question.model_copy(update={"calibration": None, "evidence_weight": LEARNED.evidence_weight,
                                          "model_error": LEARNED.model_error})
    parts = {"sources": [make_source()], "items": [make_item("a", likelihood_ratio={"strike": 9.0})]}
    assert "learned.yaml was not read" in refused(lambda: fc.Case(question, day(1), **parts))
    case = fc.Case(question, day(1), **parts, calibration=LEARNED)
    assert case.forecast().band == fc.Case(by_hand, day(1), **parts).forecast().band
    assert case.with_(drop=["a"]).question == case.question == pickle.loads(pickle.dumps(case)).question
    assert case.with_(question={"evidence_weight": 3}).question.evidence_weight.stated == 3
    assert case.with_(question={"evidence_weight": None}).question.evidence_weight.stated == 1
    fields = {name: getattr(question, name) for name in question.model_fields_set}
    assert "beside calibration" in refused(lambda: fc.Question(**fields | {"model_error": 1}))


def _reading(name: str, outcome: bool) -> QuestionReading:
    pull = Pull(-1.0, np.zeros(25))
    reading = Reading(date(2029, 1, 1), {"desk": pull}, np.zeros(343), pull, {}, {}, ())
    return QuestionReading(name, name, date(2029, 6, 1), outcome, 0.0, (reading,), "")


@pytest.mark.parametrize("settings", [
    {"crowd": {"a": 30}}, {"crowd": {"a": -1}}, {"crowd": {"a": True}}, {"crowd": {"a": np.nan}},
    {"crowd": {"a": "30%"}}, {"crowd": {"z": 0.3}}, {"crowd": [0.3]}, *({"no_weight": wrong} for wrong in (
        -1, 0, np.nan, np.inf, "2", True, None)), {"sample": "no"}, {"sample": 0}])
def test_a_calibration_refuses_what_nobody_can_have_meant(settings: dict[str, Any]) -> None:
    questions = [_reading("a", True), _reading("b", False)]
    assert next(iter(settings)) in refused(lambda: fc.calibrate(questions, CUTOFF, **{"sample": False} | settings))


def test_a_question_teaches_once() -> None:
    one, other = _reading("a", True), _reading("b", False)
    assert "questions[3]: a is given twice" in refused(lambda: fc.calibrate([one, other, one], CUTOFF, sample=False))
    assert "is one question" in refused(lambda: fc.calibrate(one, CUTOFF, sample=False))  # type: ignore[arg-type]


def test_log_odds_are_those_of_the_date_or_there_are_none() -> None:
    engine, days = fc.Exact(CASE), CASE.days
    every = np.ones((1, len(engine.evidence)), bool)
    asked = [CASE.as_of + timedelta(step) for step in range(-3, len(days) + 9)]
    told = 0
    for by in asked:
        ways: list[Callable[[], Any]] = [
            lambda by=by: engine.log_odds(str(by)), lambda by=by: engine.log_odds_of(every, by)[0],
            lambda by=by: engine.log_odds_restated(0, engine.evidence.log_lift[:1], by)[0]]
        for way in ways:
            try:
                found = expit(way())
            except fc.InputError as error:
                assert f"forecast().by(\"{by}\")" in str(error)
                continue
            told += 1
            assert found == pytest.approx(engine.forecast.by(by), abs=1e-12)
    assert told >= 3 * len({days.horizon, days.thirteen_weeks})


@pytest.mark.parametrize("settings", [{"known_then": "no"}, {"known_then": 0}, {"known_then": None}, {"map": None},
                                      {"progress": 5}])
def test_a_backtest_is_told_yes_or_no_and_what_it_can_call(settings: dict[str, Any]) -> None:
    assert next(iter(settings)) in refused(lambda: fc.backtest(CASE, fc.Dates(every=90), **settings))


def test_another_event_is_another_question() -> None:
    question = make_question()
    other = question.model_copy(update={"event": question.event.model_copy(update={"id": "lockout"})})
    with pytest.raises(fc.ForecastError, match="x: asks lockout, and the base case strike"):
        fc.compare(make_case(question), {"x": make_case(other)})


def test_the_opening_adds_nothing_to_anything() -> None:
    assert [step.points is None for step in fc.ledger(CASE)] == [step.points is None for step in CASE.ledger().steps]
    assert fc.ledger(CASE)[0].points is None


def test_swings_pickle_and_compare() -> None:
    swings = fc.tornado(CASE)
    assert pickle.loads(pickle.dumps(swings)) == swings == fc.tornado(replace(CASE))
    assert fc.tornado(CASE.without([ITEM.id])) != swings
    assert {swing.input.kind for swing in swings} >= {"ratio", "grade", "prior weight"}


def threads() -> list[int]:
    return [each["num_threads"] for each in threadpool_info()]


def test_a_map_of_threads_leaves_the_libraries_as_they_were_and_gives_the_digits_of_any_other() -> None:
    before, dates = threads(), fc.Dates(str(CASE.as_of), every=60)
    alone = fc.backtest(CASE, dates)
    with ThreadPoolExecutor(3) as pool:
        assert fc.backtest(CASE, dates, map=pool.map) == alone
    assert threads() == before


def test_a_limit_lasts_until_the_last_is_done_with_it() -> None:
    before, entered, left = threads(), threading.Event(), threading.Event()

    def other() -> None:
        with on_one_thread():
            entered.set()
            left.wait(5)
            found.append(threads())

    found: list[list[int]] = []
    with on_one_thread():
        assert set(threads()) <= {1}
        thread = threading.Thread(target=other)
        thread.start()
        assert entered.wait(5)
    left.set()
    thread.join()
    assert (set(found[0]) <= {1}, threads()) == (True, before)


@pytest.mark.parametrize("path", [None, 5, b"toy", ["toy"]])
def test_what_is_no_path_is_not_loaded(path: Any) -> None:
    assert "root: " in refused(lambda: fc.load(path))


def test_numbers_of_numpy_are_what_they_are() -> None:
    fields: dict[str, Any] = {"id": "x", "title": "x", "date": CASE.as_of, "source": ITEM.source, "rationale": "r"}
    stated = {"likelihood_ratio": {"strike": 4}, "credibility": 2}, {"counts": {"strike": [1, 2]}, "seen": False}
    for plainly in stated:
        twin: Any = {"likelihood_ratio": {"strike": np.float32(4)}, "credibility": np.int64(2)}
        if "counts" in plainly:
            twin = {"counts": {"strike": [np.int64(1), np.uint8(2)]}, "seen": np.bool_(False)}
        assert fc.Item(**fields, **twin) == fc.Item(**fields, **plainly)
    changed = CASE.with_(question={"evidence_weight": np.int64(2), "share_concentration": np.float32(3)})
    assert changed == CASE.with_(question={"evidence_weight": 2, "share_concentration": 3.0})
    for wrong in (True, np.True_):
        assert "is not a number" in refused(lambda wrong=wrong: fc.Item(**fields, likelihood_ratio={"strike": wrong}))
    assert [type(value) for value in plain([np.int8(1), np.float64(2), np.bool_(True), "a", np.timedelta64(1, "D")])] \
        == [int, float, bool, str, np.timedelta64]
    assert fc.Dates(every=np.int64(7)) == fc.Dates(every=7)


def test_chains_that_have_not_mixed_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found = result.Diagnostics("s", 2, 8, 1, 0.8, 1.5, 9.0, 9.0, 3, {})
    sampled = result.NutsResult(CASE.forecast(), "the tree", found)
    monkeypatch.setattr(fc, "forecast_nuts", lambda case, **settings: sampled)
    with pytest.warns(UserWarning, match=r"have not mixed: R-hat 1\.500 .* 3 divergences; sample more draws"):
        assert CASE.sample(draws=8) == "the tree"
    right = replace(found, r_hat=1.0, ess_bulk=900.0, ess_tail=900.0, divergences=0)
    monkeypatch.setattr(fc, "forecast_nuts", lambda case, **settings: replace(sampled, diagnostics=right))
    assert CASE.sample() == "the tree"


def test_what_is_read_off_a_forecast_cannot_be_written_to() -> None:
    made = CASE.forecast()
    for values in (made.daily, made.by_week, made.cumulative, made.hazard, made.draws.spans, made.draws.event,
                   made.cumulative_band, *list(made.curves.values())[:2], pickle.loads(pickle.dumps(made)).daily):
        with pytest.raises(ValueError, match="read-only"):
            values[:] = 0
    made.hypotheses.clear()
    made.by_key_date.clear()
    assert made == CASE.forecast()
    assert sum(made.hypotheses.values()) == pytest.approx(1)
    frame = made.to_frame()
    frame.loc[:, "probability"] *= 100
    assert made.event == CASE.forecast().event
