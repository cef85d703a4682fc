"""`forecast calibrate` from folders of cases to its files, wherever the work is done."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from forecast.cli import calibrating
from forecast.cli.app import app
from forecast.core.errors import ForecastError, InputError
from forecast.evaluation.calibration.files import calibration_text, committed, read_crowd, recalibrated
from forecast.evaluation.calibration.readings import QuestionReading, read_questions
from forecast.evaluation.calibration.results import CalibrationStudy, Scores
from forecast.evaluation.calibration.study import calibrate, calibration_of
from forecast.evaluation.parallel import cluster_map
from forecast.report.charts import drawing
from forecast.report.charts.calibration import charts
from forecast.report.charts.style import NARROW, WIDE
from forecast.report.pages.evaluation.calibration import page
from forecast.workspace.loader import load, workspaces_in
from forecast.workspace.yaml.reader import read
from tests.project.report.rendered import vega_lite

CASE = """\
question:
  id: {id}
  title: Will {id} happen?
  resolution: If it happens.
  opens: 2025-01-01
  horizon: {horizon}
  as_of: [2025-01-15, 2025-02-20]
  event: {{id: happens, name: The thing}}
  alternatives: [{{id: otherwise, name: No thing}}]
  reference: otherwise
  cluster: {cluster}
  prior:
    - {{kind: elicited, probability: [0.1, {level}, 0.7], weeks: [4, 12, 25], weight: 1, analyst: a}}
{resolved}evidence:
  - {{id: vote, title: A vote, date: 2025-01-05, source: press, analyst: a, about: condition, rationale: Because,
     likelihood_ratio: {{happens: {ratio}}}}}
  - {{id: talk, title: Talk, date: 2025-02-10, source: official, analyst: a, rationale: Because,
     window: [2025-02-21, 2025-06-30], kept: 0.4}}
opinions:
  a: {{analyst: {{id: a, blind: true, known: {known}}}}}
  b:
    analyst: {{id: b, blind: true}}
    items: {{vote: {{likelihood_ratio: {{happens: 1.2}}}}, talk: {{kept: 0.6}}}}
"""
DEFAULTS = """\
sources:
  - {id: press, name: Press, grade: B, checked: false}
  - {id: official, name: Official, grade: B, checked: false}
"""


def write_case(folder: Path, number: int, resolved: str = "otherwise", horizon: str = "2025-06-30") -> None:
    folder.mkdir(exist_ok=True)
    (folder / "defaults.yaml").write_text(DEFAULTS, encoding="utf-8")
    told = f"  resolved: {{outcome: {resolved}, date: 2025-06-01}}\n" if resolved else ""
    (folder / f"thing-{number}.yaml").write_text(CASE.format(
        id=f"thing-{number}", horizon=horizon, cluster=f"cluster-{number // 2}", level=0.2 + 0.04 * (number % 5),
        ratio=(0.3, 0.6, 1.5, 4)[number % 4], resolved=told, known=0.9 if number % 3 == 0 else 0.1), encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve resolved questions in six clusters, one that runs on, one that nobody has resolved."""
    cases = tmp_path_factory.mktemp("ground") / "cases"
    for number in range(12):
        write_case(cases, number, "happens" if number % 4 == 3 or number == 4 else "otherwise")
    write_case(cases, 12, "happens", horizon="2027-06-30")
    write_case(cases, 13, "")
    return cases


@pytest.fixture(scope="module")
def questions(folder: Path) -> list[QuestionReading]:
    return read_questions(workspaces_in(folder))


@pytest.fixture(scope="module")
def study(questions: list[QuestionReading]) -> CalibrationStudy:
    crowd = {"thing-0": 0.2, "thing-3": 0.7, "thing-5": 0.1, "thing-7": 0.6}
    return calibrate(questions, date(2026, 1, 1), no_weight=1.5, crowd=crowd, sample=False)


def test_only_deadlines_that_have_passed_count(study: CalibrationStudy, questions: list[QuestionReading]) -> None:
    """One that was resolved early counts at its deadline, or early ones, which mostly happened, would count twice."""
    assert study.left_out == {"thing-12": "its deadline, 2027-06-30, has not passed",
                              "thing-13": "how it was resolved is not stated"}
    assert (study.questions, study.clusters, study.happened, study.known) == (12, 6, 4, 4)
    with pytest.raises(ForecastError):
        calibrate(questions, date(2025, 6, 29), sample=False)


def test_a_study_says_everything_once_and_is_read_again(study: CalibrationStudy) -> None:
    assert CalibrationStudy.model_validate_json(study.json_text()) == study
    names = {each.name for each in study.scores}
    assert {"all dates", "first dates", "without questions an encoder believed to know",
            "beside the crowd, first dates"} <= names
    assert [each.name for each in study.weights][:3] == ["together", "kinds", "analysts"]
    assert len(study.predictions) == 24
    beside = next(each for each in study.scores if each.name == "beside the crowd, first dates")
    assert (beside.questions, beside.baseline) == (4, "crowd")
    assert study.updates is not None
    assert study.movement is not None


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_chart_is_valid_vega_lite(study: CalibrationStudy, width: int) -> None:
    drawn = charts(study, width)
    assert set(drawn) == {"reliability", "weights", "gains-1", "gains-2"}
    for spec in drawn.values():
        vega_lite().validate(spec)


@pytest.mark.parametrize("lost", ["calibrated", "base rate", "prior"])
def test_a_lost_certainty_is_told_and_the_rest_is_drawn(study: CalibrationStudy, lost: str) -> None:
    def without(table: Scores) -> Scores:
        gone = [row.name for row in table.rows if lost in (row.name, table.baseline)]
        return table.model_copy(update={"rows": tuple(
            row.model_copy(update={"log_gain": -math.inf, "log_error": None}) if row.name in gone else row
            for row in table.rows)})

    told = study.model_copy(update={"scores": tuple(map(without, study.scores))})
    drawn = charts(told, WIDE)
    assert sum(name.startswith("gains") for name in drawn) == (1 if lost == "prior" else 2)
    for spec in drawn.values():
        json.dumps(spec, allow_nan=False)
        vega_lite().validate(spec)
    if lost != "prior":
        assert f"infinite: {lost}." in json.dumps(drawn["gains-1"])
        assert ("infinitely worse than" in json.dumps(drawn["gains-1"])) == (lost == "calibrated")
    page(told)


def test_the_page_says_first_that_outcomes_were_known(study: CalibrationStudy) -> None:
    content = page(study)
    assert "For 4 of 12 questions" in str(content.notices[0].runs[0])
    assert page(study.model_copy(update={"known": 0})).notices == ()


def test_the_command_writes_what_a_question_takes(folder: Path, tmp_path: Path) -> None:
    crowd = tmp_path / "crowd.csv"
    crowd.write_text("id,probability\nthing-0,0.2\nthing-3,0.7\nthing-99,0.7\n", encoding="utf-8")
    ran = CliRunner().invoke(app, ["calibrate", str(folder), "--as-of", "2026-01-01", "--no-nuts", "--crowd",
                                   str(crowd), "--weigh-no", "1.5", "--jobs", "1", "--out", str(tmp_path / "out")])
    assert ran.exit_code == 0, ran.output
    assert "crowd.csv: not one of the questions, and not used: thing-99" in ran.output.replace("\n", "")
    found = CalibrationStudy.model_validate_json((tmp_path / "out/calibration.json").read_text(encoding="utf-8"))
    for name in ("md", "html"):
        assert "What resolved questions teach" in (tmp_path / f"out/calibration.{name}").read_text(encoding="utf-8")
    assert (tmp_path / "out/charts/reliability.svg").is_file()
    write_case(tmp_path / "taken", 1)
    (tmp_path / "taken/calibration.yaml").write_bytes((tmp_path / "out/calibration.yaml").read_bytes())
    shared = "question: {calibration: calibration.yaml}\n" + DEFAULTS
    (tmp_path / "taken/defaults.yaml").write_text(shared, encoding="utf-8")
    workspace = load(tmp_path / "taken/thing-1.yaml")
    assert workspace.calibration == calibration_of(found)
    assert workspace.question.evidence_weight.stated == found.learned.evidence_weight[1]


def test_forecasts_to_commit_are_complete(folder: Path, tmp_path: Path, study: CalibrationStudy) -> None:
    ran = CliRunner().invoke(app, ["calibrate", str(folder / "thing-13.yaml"), "--commit", str(tmp_path / "all.csv")])
    assert "2 forecasts written" in ran.output
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        plain = list(csv.DictReader(file))
    learned = list(csv.DictReader(committed([folder / "thing-13.yaml"], calibration_of(study)).splitlines()))
    for before, after in zip(plain, learned, strict=True):
        assert all(before.values())
        assert all(after.values())
        assert before["p"] == before["p_kappa1"]
        assert (before["p_prior"], before["p_kappa1"]) == (after["p_prior"], after["p_kappa1"])
        assert before["p"] != after["p"]


def test_ids_that_look_like_numbers_are_read_back(tmp_path: Path, study: CalibrationStudy) -> None:
    learned = calibration_of(study)
    first, *_ = learned.cases.values()
    odd = learned.model_copy(update={"cases": dict.fromkeys(("2031", "1e3", "null"), first),
                                     "by_analyst": {"3e7": learned.shift}})
    found = read(calibration_text(odd).encode())
    assert not found.flaws
    assert list(found.value["cases"]) == ["1e3", "2031", "null"]
    assert list(found.value["by_analyst"]) == ["3e7"]


def test_what_has_happened_is_not_forecast(tmp_path: Path) -> None:
    write_case(tmp_path / "cases", 0, "happens")
    path = tmp_path / "cases/thing-0.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("date: 2025-06-01", "date: 2025-02-01"), encoding="utf-8")
    with pytest.raises(ForecastError, match="had happened by 2025-02-20"):
        committed([path])


def test_a_recalibrated_forecast_is_the_mean_over_clusters(study: CalibrationStudy) -> None:
    learned = calibration_of(study)
    u = np.random.default_rng(5).normal(0, learned.model_error.stated, 400_000)
    linear = learned.shift.stated + learned.slope.stated * -1.2 + 0.7 + u
    assert recalibrated(-1.2, 0.7, learned) == pytest.approx(float(np.mean(1 / (1 + np.exp(-linear)))), abs=2e-3)
    assert recalibrated(-1.2, 0.7, None) == pytest.approx(1 / (1 + np.exp(0.5)))


@pytest.mark.parametrize(("text", "expected"), [
    ("name,probability\nx,0.1\n", r"crowd\.csv:1: has no column id"),
    ("id,probability\nx,often\n", r"crowd\.csv:2: probability: often is not"),
    ("id,probability\nx,1.5\n", r"crowd\.csv:2: probability: 1\.5 is not"),
    ("id,probability\nx,nan\n", r"crowd\.csv:2: probability: nan is not"),
    ("id,probability\nx,0.1\nx,0.1\n", r"crowd\.csv:3: id: x is repeated here"),
    ("id,probability\n,0.1\n", r"crowd\.csv:2: id: is empty"),
    ("id,probability\nx\n", r"crowd\.csv:2: probability: an empty cell")])
def test_a_wrong_crowd_is_told(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "crowd.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=expected):
        read_crowd(tmp_path / "crowd.csv")


def test_every_problem_of_every_case_is_told(folder: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        write_case(tmp_path / "cases", number)
        path = tmp_path / f"cases/thing-{number}.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("source: press", "source: pres"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_questions(workspaces_in(tmp_path / "cases"))
    assert {Path(problem.file).name for problem in caught.value.problems} == {"thing-1.yaml", "thing-2.yaml"}
    with pytest.raises(InputError, match="is the id of two questions"):
        read_questions([folder / "thing-1.yaml", folder / "thing-1.yaml"])


def test_a_case_counts_once_however_often_it_is_named(folder: Path, tmp_path: Path) -> None:
    case, table = folder / "thing-13.yaml", tmp_path / "all.csv"
    (tmp_path / "link").symlink_to(folder)
    ran = CliRunner().invoke(app, ["calibrate", str(case), str(tmp_path / "link/thing-13.yaml"), str(case), "--commit",
                                   str(table)])
    assert "2 forecasts written" in ran.output
    write_case(tmp_path / "other", 13)
    ran = CliRunner().invoke(app, ["calibrate", str(case), str(tmp_path / "other/thing-13.yaml"), "--commit",
                                   str(tmp_path / "none.csv")])
    assert (ran.exit_code, (tmp_path / "none.csv").exists()) == (1, False)
    assert "thing-13.yaml both have the question thing-13" in str(ran.exception)


def test_each_id_that_is_repeated_is_told_with_its_file(folder: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        write_case(tmp_path / "other", number)
    others = [tmp_path / f"other/thing-{number}.yaml" for number in (1, 2)]
    with pytest.raises(InputError) as caught:
        read_questions([folder / "thing-3.yaml", folder / "thing-2.yaml", folder / "thing-1.yaml", *others])
    assert [problem.file for problem in caught.value.problems] == list(map(str, others))
    assert f"the other one in {folder / 'thing-1.yaml'}" in str(caught.value.problems[0])


def test_a_calibration_is_written_whole_or_not_at_all(study: CalibrationStudy, tmp_path: Path,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "pictures", lambda drawn: dict.fromkeys((f"{name}.svg" for name in drawn),
                                                                         b'<svg class="marks">'))
    calibrating.write(study, tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert sorted(path.name for path in before if path.suffix == ".svg") == ["gains-1.svg", "gains-2.svg",
                                                                             "reliability.svg", "weights.svg"]
    page_of_it = tmp_path / "out/calibration.html"
    page_of_it.unlink()
    page_of_it.mkdir()
    monkeypatch.setattr(calibrating, "refuse_taken", lambda *_: None)  # it was made after that was looked at
    with pytest.raises(ForecastError, match="what was there is untouched"):
        calibrating.write(study.model_copy(update={"effective": 3.0}), tmp_path / "out")
    del before[page_of_it]
    assert {path: path.read_bytes() for path in before} == before


def same(one: Sequence[QuestionReading], other: Sequence[QuestionReading]) -> bool:
    """Whether two readings are the same to the last digit."""
    return [each.digest for each in one] == [each.digest for each in other] and all(
        np.array_equal(a.main.together, b.main.together) and np.array_equal(a.apart, b.apart) and a.items == b.items
        for first, second in zip(one, other, strict=True)
        for a, b in zip(first.readings, second.readings, strict=True))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_dask_cluster_of_two_processes_reads_the_same(folder: Path, questions: list[QuestionReading]) -> None:
    from distributed import Client, LocalCluster

    paths = workspaces_in(folder)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster, \
            Client(cluster) as client:
        assert same(read_questions(paths, map=cluster_map(client)), questions)
