"""Backtests: each date knows what was public on it, whoever computes it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_limits

from forecast.analysis.headline import headline
from forecast.core.errors import InputError
from forecast.engine.exact import Exact
from forecast.evaluation.backtest import Backtest, Dates, Row, backtest
from forecast.evaluation.batch import run
from forecast.evaluation.parallel import cluster_map, workers
from forecast.evaluation.resolution import run_out
from forecast.records.case import Case
from forecast.records.evidence import Source
from forecast.records.question import Resolution
from forecast.report.charts.backtests import charts
from forecast.report.charts.style import NARROW, WIDE
from forecast.report.pages.evaluation.backtest import write_charts
from forecast.workspace.stored.issued import read_backtest
from tests.builders import OPENS, day, make_case, make_group, make_item, make_question, make_source
from tests.project.report.documents import HOSTILE, case_of
from tests.project.report.rendered import vega_lite
from tests.robustness.reading.example import FILES, QUESTION

DATES = Dates(day(6), day(90), 14)
"""Some dates of the made-up strike: before, between and after its items."""


def rows_of(case: Case, **options: Any) -> tuple[Row, ...]:
    (found,) = backtest([case], DATES, **options)
    return found.rows


def until(rows: tuple[Row, ...], last: date) -> list[Row]:
    return [row for row in rows if row.as_of < last]


def resolved(case: Case, outcome: str, when: date) -> Case:
    known = Resolution(outcome=outcome, date=when)
    return replace(case, as_of=OPENS, question=case.question.model_copy(update={"resolved": known}))


def workspace(folder: Path, **changes: str) -> Path:
    """Write the small workspace that is right, with changes."""
    for path, text in (FILES | changes).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def test_each_row_is_the_forecast_of_its_date() -> None:
    case = case_of()
    for row in rows_of(case):
        with threadpool_limits(1):
            own = headline(Exact(case.at(row.as_of)).forecast)
        bands = {"band", "by_band", "next_band", "worth", "words"}   # from fewer draws
        assert row.model_dump(include=set(type(own).model_fields) - bands) == own.model_dump(exclude=bands)
        assert row.band == pytest.approx(own.band, abs=0.03)


def test_a_later_item_moves_nothing_earlier() -> None:
    case, planted = case_of(), day(34)
    before = rows_of(case)
    after = rows_of(case.with_item(make_item("leak", date=planted, source="wire", group="talks",
                                             likelihood_ratio={"strike": [5, 9, 12]})))
    assert until(after, planted) == until(before, planted)
    assert [row.decibans for row in after] != [row.decibans for row in before]


@pytest.mark.parametrize("later", [
    pytest.param(lambda case: case.with_item(case.item("leader").model_copy(update={"retracted": day(34)})),
                 id="a retraction"),
    pytest.param(lambda case: case.with_item(case.item("contract").model_copy(update={
        "standing": case.item("contract").standing.model_copy(update={"until": day(34)})})), id="an end of standing"),
    pytest.param(lambda case: replace(case, sources=tuple(
        make_source("rumour", "D", record=[{"date": day(34), "right": 0, "wrong": 9}]) if source.id == "rumour"
        else source for source in case.sources)), id="a dated record")])
def test_what_became_known_later_moves_nothing_earlier(later: Callable[[Case], Case]) -> None:
    case = replace(case_of(), sources=tuple(Source(id=source.id, name=source.name, grade=source.grade)
                                            for source in case_of().sources))
    before, after = rows_of(case), rows_of(later(case))
    assert until(after, day(34)) == until(before, day(34))
    assert after[-1].decibans != before[-1].decibans


@pytest.mark.parametrize("outcome", ["strike", "calm"])
def test_the_outcome_moves_nothing(outcome: str) -> None:
    before, after = rows_of(case_of()), rows_of(resolved(case_of(), outcome, day(60)))
    assert until(after, day(60)) == until(before, day(60))
    assert (after[-1].as_of < day(60)) is (outcome == "strike")


def test_known_then_drops_what_was_recorded_later() -> None:
    case = case_of()
    item = case.item("no-fund")
    assert item.recorded == day(60) > item.date
    public, known, without = rows_of(case), rows_of(case, known_then=True), rows_of(case.without([item.id]))
    assert until(known, item.recorded) == until(without, item.recorded) != until(public, item.recorded)
    assert [row.decibans for row in known if row.as_of >= item.recorded] \
        == [row.decibans for row in public if row.as_of >= item.recorded]
    assert next(row.as_of for row in known if item.id in row.new) >= item.recorded


def test_new_and_withdrawn_items_stand_in_the_row_that_first_knew() -> None:
    case = case_of().with_item(make_item("gone", date=day(10), retracted=day(40), likelihood_ratio={"strike": 2}))
    rows = rows_of(case)
    assert [name for row in rows for name in row.new].count("gone") == 1
    assert [row.as_of for row in rows if row.gone] == [day(48)]
    assert sorted(name for row in rows for name in row.new) == sorted(item.id for item in case.items)


def test_a_window_that_ran_out_is_told_once_with_what_it_did_to_its_source() -> None:
    case = case_of()
    (claim,) = [claim for row in rows_of(case) for claim in row.ran_out]
    assert (claim.id, claim.source, claim.ended) == ("leader", "rumour", day(50))
    then = case.at(day(62))
    assert claim.reliability == Exact(then).forecast.reliability["rumour"]
    assert claim.without == pytest.approx(Exact(then.without(["leader"])).forecast.reliability["rumour"], abs=1e-12)
    assert claim.reliability < claim.without


@pytest.mark.parametrize("known_then", [False, True])
@pytest.mark.parametrize("recorded", [8, 30])
def test_a_claim_that_became_public_after_its_window_is_told_when_it_was_heard(known_then: bool, recorded: int) -> None:
    late = make_item("late", date=day(8), recorded=day(recorded), window=[day(1), day(5)],
                     likelihood_ratio={"strike": 4.0})
    case = make_case(make_question(), [late], [make_source()])
    (row,) = [row for row in rows_of(case, known_then=known_then) if row.ran_out]
    assert row.new == tuple(claim.id for claim in row.ran_out) == ("late",)


def test_dropping_one_claim_is_computed_as_if_it_had_never_been_made() -> None:
    """Also where it echoes others of its group, whose ranks change, in other sources too."""
    claims = [make_item(f"claim-{index}", date=day(index), source=source, group="rumour",
                        likelihood_ratio={"strike": ratio}, window=[day(10), day(20 + index)])
              for index, (source, ratio) in enumerate([("wire", 4), ("paper", 3), ("wire", 2), ("paper", 0.5)])]
    case = make_case(make_question({"calm": 0.6, "slow": 0.4}), claims,
                     [make_source("wire"), make_source("paper", "D")], [make_group(0.7)], day(40))
    found = run_out(Exact(case))
    assert [claim.id for claim in found] == [f"claim-{index}" for index in range(4)]
    for claim in found:
        without = Exact(case.without([claim.id])).forecast
        assert claim.without == pytest.approx(without.reliability[claim.source], abs=1e-12)
    assert run_out(Exact(case), after=day(21))[0].id == "claim-2"


def test_dates_are_those_inside_the_question_and_before_the_event() -> None:
    question = case_of().question
    assert Dates().inside(question)[:2] == (OPENS, day(7))
    assert Dates().inside(question)[-1] < question.horizon
    assert Dates(day(-10), day(12), 7).inside(question) == (day(4), day(11))
    assert Dates(today=day(30)).inside(question)[-1] == day(28)
    assert Dates(today=day(-5)).inside(question) == Dates(today=day(9999)).inside(question) == Dates().inside(question)
    assert Dates(stop=day(50), today=day(30)).inside(question)[-1] == day(49)
    came = resolved(case_of(), "strike", day(20)).question
    assert Dates(every=10).inside(came) == (day(0), day(10))
    assert Dates(every=10).inside(resolved(case_of(), "calm", day(20)).question)[-1] > day(20)


def test_no_date_inside_the_question_is_refused_with_what_to_write() -> None:
    came = resolved(case_of(), "strike", day(20)).question
    with pytest.raises(InputError, match=rf"write dates between {OPENS} and {day(19)}"):
        Dates(day(25), day(90)).inside(came)


@pytest.mark.slow
def test_the_digits_do_not_depend_on_the_map() -> None:
    case, other = case_of(), resolved(case_of(), "strike", day(60))
    serial = [each.rows for each in backtest([case, other], DATES)]
    with ProcessPoolExecutor(2, get_context("forkserver")) as processes, ThreadPoolExecutor(1) as thread:
        for shared in (processes.map, thread.map):
            assert [each.rows for each in backtest([case, other], DATES, map=shared)] == serial
    assert backtest([other], DATES)[0].rows == serial[1]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_digits_are_the_same_on_a_dask_cluster(tmp_path: Path) -> None:
    from distributed import Client, LocalCluster

    folders = [workspace(tmp_path / name) for name in ("one", "two")]
    serial = [each.rows for each in backtest([case_of(), *folders], DATES)]
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster, \
            Client(cluster) as client:
        for shared in (cluster_map(client), lambda function, tasks: client.gather(client.map(function, tasks))):
            assert [each.rows for each in backtest([case_of(), *folders], DATES, map=shared)] == serial


def test_progress_counts_every_forecast() -> None:
    seen: list[tuple[int, int]] = []
    count = len(rows_of(case_of(), progress=lambda done, of: seen.append((done, of))))
    assert seen[-1] == (count, count)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_folders_are_read_and_written_beside_their_files(tmp_path: Path) -> None:
    folders = [workspace(tmp_path / name) for name in ("one", "two")]
    found = run(folders, Dates(every=28), jobs=1)
    assert list(found) == [folder / "reports/backtest/harbour-strike-every-4w.json" for folder in folders]
    document = read_backtest(next(iter(found)))
    assert document == {"sha256": document["sha256"]} | found[next(iter(found))].document().model_dump(mode="json")
    assert all(item["date"] <= document["rows"][-1]["as_of"] for item in document["evidence"])
    run(folders[:1], Dates(every=28), known_then=True, jobs=1)
    assert {path.name for path in (folders[0] / "reports/backtest").iterdir()} \
        == {"harbour-strike-every-4w.json", "harbour-strike-every-4w-known-then.json"}


def test_the_problems_of_all_folders_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    wrong = FILES[QUESTION].replace("horizon: 2031-12-31", "horizon: 2031-12-32")
    folders = [workspace(tmp_path / "right"), workspace(tmp_path / "one", **{QUESTION: wrong}),
               workspace(tmp_path / "two", **{QUESTION: wrong})]
    with pytest.raises(InputError) as refused:
        run(folders, Dates(), jobs=1)
    for name in ("one", "two"):
        assert f"{tmp_path / name}/priors/question.yaml:5: horizon:" in str(refused.value)
    assert not any((folder / "reports").exists() for folder in folders)


def test_workers_share_work_among_processes() -> None:
    with workers(jobs=2) as shared:
        assert list(shared(abs, [-1, 2, -3])) == [1, 2, 3]
    with workers(jobs=1) as alone:
        assert alone is map


@pytest.fixture(scope="module")
def strike() -> Backtest:
    case = resolved(case_of(lambda text: f"{text} {HOSTILE}"), "strike", day(97))
    return backtest([case], Dates(day(2), None, 7))[0]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_chart_of_a_backtest_is_valid_vega_lite(strike: Backtest, width: int) -> None:
    drawn = charts(strike.document(), width)
    assert set(drawn) == {"curve", "outcomes", "key-dates"}
    for spec in drawn.values():
        vega_lite().validate(spec)


def test_a_single_date_has_a_page_too(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    documents = {path: each.document() for path, each in
                 run([folder], Dates(date(2031, 4, 1), date(2031, 4, 1)), jobs=1).items()}
    write_charts(documents)
    page = (folder / "reports/backtest/harbour-strike.html").read_text(encoding="utf-8")
    assert "All outcomes" in page


@pytest.mark.slow
def test_the_page_of_a_backtest_is_the_same_each_time_it_is_drawn(strike: Backtest, tmp_path: Path) -> None:
    path = tmp_path / "reports/backtest/strike.json"
    path.parent.mkdir(parents=True)
    write_charts({path: strike.document()})
    names = ("curve", "outcomes", "key-dates")
    assert {name.name for name in (path.parent / "charts").iterdir()} \
        == {f"strike-{name}.{kind}" for name in names for kind in ("svg", "png")}
    before = {name: name.read_bytes() for name in tmp_path.rglob("*.*") if name.is_file()}
    write_charts({path: strike.document()})
    assert {name: name.read_bytes() for name in tmp_path.rglob("*.*") if name.is_file()} == before
