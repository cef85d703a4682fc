"""The Hubverse files, read back with the official package."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import hubdata
import pytest
import yaml
from hubdata.create_target_data_schema import TargetType

from forecast.records.question import Question, Resolution
from forecast.report.document import ReportDocument
from forecast.report.hub import forecasts, hub_files
from tests.project.report.documents import case_of, plain_document

QUESTION = case_of().question


def two_reports() -> list[ReportDocument]:
    return [plain_document().model_copy(update={"as_of": date(2031, 4, 1)}), plain_document()]


def written(folder: Path, question: Question = QUESTION) -> Path:
    for path, text in hub_files(two_reports(), question).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def ended(outcome: str, day: date) -> Question:
    return QUESTION.model_copy(update={"resolved": Resolution(outcome=outcome, date=day)})


def test_the_official_package_reads_every_forecast_back(tmp_path: Path) -> None:
    table = hubdata.connect_hub(written(tmp_path)).to_table().to_pylist()
    assert {row["model_id"] for row in table} == {"desk-ledger"}
    for report in two_reports():
        read = {(row["target"], str(row["target_date"]), row["output_type"], row["output_type_id"]): row["value"]
                for row in table if row["origin_date"] == report.as_of}
        assert read == dict(forecasts(report))


def test_the_columns_have_the_types_that_the_configuration_states(tmp_path: Path) -> None:
    types = {field.name: str(field.type) for field in hubdata.connect_hub(written(tmp_path)).schema}
    assert types == {"origin_date": "date32[day]", "target": "string", "target_date": "date32[day]",
                     "output_type": "string", "output_type_id": "string", "value": "double", "model_id": "string"}


def test_the_header_is_in_the_agreed_order(tmp_path: Path) -> None:
    path = written(tmp_path) / "model-output/desk-ledger/2031-04-01-desk-ledger.csv"
    assert path.read_text().splitlines()[0] == "origin_date,target,target_date,output_type,output_type_id,value"


def test_masses_sum_to_one_and_the_cumulative_curve_never_falls() -> None:
    told = list(forecasts(plain_document()))
    masses: dict[tuple[str, str], float] = {}
    for (target, day, kind, _), value in told:
        if kind == "pmf":
            masses[target, day] = masses.get((target, day), 0) + value
    assert len(masses) == 5
    assert all(total == pytest.approx(1) for total in masses.values())
    curve = [value for (_, _, kind, _), value in told if kind == "cdf"]
    assert curve == sorted(curve)
    assert curve[-1] == pytest.approx(plain_document().event)


def test_every_report_forecasts_what_the_configuration_asks_for(tmp_path: Path) -> None:
    hub = hubdata.connect_hub(written(tmp_path))
    rounds = hub.tasks["rounds"]
    assert len(rounds) == 1
    for task in rounds[0]["model_tasks"]:
        assert task["task_ids"]["origin_date"]["optional"] == ["2031-04-01", str(plain_document().as_of)]
        (kind, asked), = task["output_type"].items()
        given = {row[3] for row, _ in forecasts(plain_document())
                 if row[0] == task["task_ids"]["target"]["required"][0] and row[2] == kind}
        assert given == set(asked["output_type_id"]["required"])


def test_a_question_with_other_key_dates_is_another_round(tmp_path: Path) -> None:
    question = plain_document().question
    fewer = question.model_copy(update={"key_dates": question.key_dates[1:]})
    other = plain_document().model_copy(update={"as_of": date(2031, 4, 1), "question": fewer})
    files = hub_files([other, plain_document()], QUESTION)
    assert files["hub-config/tasks.json"].count('"round_id"') == 2


def test_there_is_no_outcome_before_it_is_known(tmp_path: Path) -> None:
    assert not any(path.startswith("target-data") for path in hub_files(two_reports(), QUESTION))


@pytest.mark.parametrize(("outcome", "day", "true"), [
    ("strike", date(2031, 6, 6), {"yes", "strike"}), ("strike", date(2031, 6, 9), {"yes", "strike"}),
    ("strike", date(2031, 6, 10), {"no", "strike"}), ("slow", QUESTION.horizon, {"no", "slow"})])
def test_the_outcome_is_read_back_too(tmp_path: Path, outcome: str, day: date, true: set[str]) -> None:
    folder = written(tmp_path, ended(outcome, day))
    table = hubdata.connect_target_data(folder, TargetType.ORACLE_OUTPUT).to_table().to_pylist()
    by_june = [row for row in table if row["target"] == "event by date" and row["target_date"] == date(2031, 6, 9)]
    kind = [row for row in table if row["target"] == "hypothesis"]
    assert {row["output_type_id"] for row in by_june + kind if row["oracle_value"] == 1} == true
    curve = {row["output_type_id"]: row["oracle_value"] for row in table if row["target"] == "event date"}
    assert all(value == (outcome == "strike" and date.fromisoformat(end) >= day) for end, value in curve.items())
    (week,) = (row["output_type_id"] for row in table if row["target"] == "event week" and row["oracle_value"] == 1)
    reached = [end for end, value in curve.items() if value]
    assert week == (min(reached) if reached else "never")
    series = hubdata.connect_target_data(folder, TargetType.TIME_SERIES).to_table().to_pylist()
    assert {row["observation"] for row in series if row["target_date"] == date(2031, 6, 9)} == {float("yes" in true)}


def test_the_metadata_are_yaml_and_name_team_and_model() -> None:
    metadata = yaml.safe_load(hub_files(two_reports(), QUESTION)["model-metadata/desk-ledger.yml"])
    assert (metadata["team_abbr"], metadata["model_abbr"]) == ("desk", "ledger")


def test_without_names_or_reports_there_is_no_hub() -> None:
    assert hub_files([plain_document()], QUESTION.model_copy(update={"hub": None})) == {}
    assert hub_files([], QUESTION) == {}
