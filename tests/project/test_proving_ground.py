"""The proving ground is what its commands make of its logs: nothing in it was written or changed by hand."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from forecast.evaluation.calibration.files import HEADER, committed
from forecast.evaluation.calibration.readings import digest_of
from forecast.evaluation.calibration.results import CalibrationStudy
from forecast.evaluation.calibration.study import calibration_of
from forecast.report.html import render_page
from forecast.report.markdown import page_markdown
from forecast.report.pages.evaluation.calibration import page
from forecast.workspace.elicitation.chained_log import ChainedLog
from forecast.workspace.elicitation.collecting import case_fields, encoders, outcomes, recoded
from forecast.workspace.elicitation.neutral import read_neutral
from forecast.workspace.loader import load, workspaces_in
from forecast.workspace.yaml.reader import read
from forecast.workspace.yaml.writer import case_text
from tests.project.blocks import ROOT

GROUND = ROOT / "examples" / "proving-ground"
LOGS = [GROUND / "encodings" / f"{name}.log.jsonl" for name in ("a", "b")]
COUNTS = {"open": 98, "sealed": 64}


def rows_of(table: Path) -> dict[tuple[str, str], dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return {(row["id"], row["as_of"]): row for row in csv.DictReader(file)}


def numbers_of(row: dict[str, str]) -> list[float]:
    return [float(row[name]) for name in HEADER[2:]]


def study() -> CalibrationStudy:
    return CalibrationStudy.model_validate_json((GROUND / "calibration" / "calibration.json").read_text("utf-8"))


def same(one: Any, other: Any) -> bool:
    """Whether two contents are the same, numbers to four digits: what is fitted may differ in the last ones."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == pytest.approx(other, rel=1e-4) if isinstance(one, float) else one == other)


@pytest.mark.parametrize("name", COUNTS)
def test_cases_are_what_their_encoders_said(name: str) -> None:
    """The logs are checked line by line when they are read; all cases fit them, and every seventh is made again."""
    found = encoders(LOGS)
    resolved = outcomes(GROUND / "outcomes.csv") if name == "open" else {}
    files = read_neutral([GROUND / "neutral" / name])
    assert [problem for file in files for each in found for problem in each.missing(file)] == []
    assert {file.id for file in files} == {path.stem for path in workspaces_in(GROUND / name)}
    assert len(files) == COUNTS[name]
    for file in files[::7]:
        made = read(case_text(case_fields(file, found, resolved.get(file.id)))).value
        assert same(made, read((GROUND / name / f"{file.id}.yaml").read_bytes()).value)


@pytest.mark.parametrize("log", LOGS, ids=["a", "b"])
def test_both_encoders_answered_everything_the_sealed_questions_first(log: Path) -> None:
    lines = ChainedLog(log).lines
    asked = [line["question"] for line in lines if line["entry"] == "outside"]
    sealed = {path.stem for path in workspaces_in(GROUND / "sealed")}
    assert len(asked) == 164
    assert set(asked[:64]) == sealed
    assert sum(line["entry"] == "item" for line in lines) == 743


def test_the_sealed_forecasts_are_what_the_command_gives() -> None:
    written = rows_of(GROUND / "sealed.csv")
    again = committed(workspaces_in(GROUND / "sealed"))
    for row in csv.DictReader(again.splitlines()):
        assert numbers_of(row) == pytest.approx(numbers_of(written.pop((row["id"], row["as_of"]))), abs=1e-9)
    assert written == {}


def test_every_sealed_question_has_a_forecast_for_each_of_its_dates() -> None:
    written = rows_of(GROUND / "sealed.csv")
    asked = {(path.stem, str(day)) for path in workspaces_in(GROUND / "sealed") for day in load(path).question.as_of}
    assert set(written) == asked
    assert all(0 < value < 1 for row in written.values() for value in numbers_of(row))


def test_learning_changed_nothing_that_was_forecast_before() -> None:
    """The evidence as stated gives what was committed before the answers were opened."""
    before, after = rows_of(GROUND / "as-stated-sealed.csv"), rows_of(GROUND / "sealed.csv")
    assert before.keys() == after.keys()
    for key, row in before.items():
        for name in ("p_prior", "p_kappa1"):
            assert float(after[key][name]) == pytest.approx(float(row[name]), abs=1e-6)


def test_no_sealed_case_knows_its_outcome() -> None:
    assert all(load(path).question.resolved is None for path in workspaces_in(GROUND / "sealed"))


def test_the_calibration_is_of_the_cases_that_are_there() -> None:
    found, written = study(), (GROUND / "calibration" / "calibration.yaml").read_bytes()
    assert (GROUND / "sealed" / "calibration.yaml").read_bytes() == written
    taken = load(workspaces_in(GROUND / "sealed")[0]).calibration
    assert taken == calibration_of(found)
    now = {path.stem: digest_of(load(path)) for path in workspaces_in(GROUND / "open")}
    assert found.cases == now
    assert found.questions == len(now)
    assert found.left_out == {}


def test_both_engines_learned_the_same() -> None:
    found = study()
    assert found.engine == "sampled with NUTS"
    for name in ("evidence_weight", "shift", "slope", "model_error"):
        sampled, integrated = getattr(found.learned, name), getattr(found.again, name)
        assert abs(sampled[1] - integrated[1]) < 0.1 * (sampled[2] - sampled[0])


def test_predictions_on_the_page_are_of_the_first_and_later_dates_of_every_question() -> None:
    found = study()
    asked = {(path.stem, day) for path in workspaces_in(GROUND / "open") for day in load(path).question.as_of}
    known = {(each.id, each.as_of) for each in found.predictions}
    assert known <= asked
    assert {name for name, _ in known} == {name for name, _ in asked}
    dropped = asked - known
    assert all(load(GROUND / "open" / f"{name}.yaml").question.decided_by(day) for name, day in dropped)


@pytest.mark.parametrize(("root", "name"), [(ROOT, "second-mobilization"),
                                            (ROOT / "examples/first-wave", "first-wave")])
def test_the_real_cases_hold_what_their_encoders_said(root: Path, name: str) -> None:
    workspace = load(root)
    file = read_neutral([GROUND / "neutral" / "real" / f"{name}.yaml"])[0]
    again = recoded(workspace, file, encoders(LOGS))
    assert {path: text for path, text in again.after.items() if text != again.before[path]} == {}
    assert {item.analyst for item in workspace.items if item.counts is None} == {"a"}
    assert workspace.question.evidence_weight.stated == 1
    assert workspace.calibration is None


def test_the_page_is_made_of_the_numbers_beside_it() -> None:
    assert (GROUND / "calibration" / "calibration.md").read_text("utf-8") == page_markdown(page(study()))


def body(html: str) -> list[str]:
    """The lines of a page between its figures."""
    lines = re.sub("<figure.*?</figure>", "", html[html.index("<body"):], flags=re.DOTALL).splitlines()
    return [line for line in lines if line]


def test_the_html_says_the_same_and_draws_each_chart() -> None:
    """All but the pictures themselves, which take seconds to draw."""
    html = (GROUND / "calibration" / "calibration.html").read_text("utf-8")
    assert body(html) == body(render_page(page(study())))
    drawn = {path.stem for path in (GROUND / "calibration" / "charts").glob("*.svg")}
    assert set(re.findall('<figure data-chart="([^"]+)">', html)) == drawn
