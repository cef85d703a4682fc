"""Several questions in one hub: by the official schemas, and with targets that others can score."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import hubdata
import jsonschema
import pandas
import pytest
from hubdata.create_target_data_schema import TargetType

from forecast.cli.app import main
from forecast.cli.hubs import write_hub
from forecast.cli.reports import rebuild
from forecast.core.errors import ForecastError
from forecast.workspace.loader import load
from tests.robustness.reading.example import QUESTION, contents, written
from tests.stored import Content, content_of, store

SCHEMAS = Path(__file__).parent / "hubverse"
IDS = ["origin_date", "question", "target", "target_date"]
MODEL = "model-output/desk-ledger"
HUB = b"hub: {team: desk, model: ledger}"
LOCATED = b"hub: {team: desk, model: ledger, repository: desk/all-of-ours}"
ENDED = "harbour-ended-a-long-time-before-the-horizon"
CAME = date(2031, 6, 3)
DAYS = ("2031-04-20", "2031-04-27")


def workspace(root: Path, **changes: bytes) -> Path:
    """A small workspace, with some texts of its question replaced."""
    files = contents()
    for old, new in changes.items():
        old_text = {"id": b"id: harbour-strike", "hub": HUB, "end": b"default_spread: 2"}[old]
        assert files[QUESTION].count(old_text) == 1
        files[QUESTION] = files[QUESTION].replace(old_text, new)
    return written(root, files)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Content]:
    """Two reports of the small workspace."""
    loaded = load(workspace(tmp_path_factory.mktemp("first")))
    return [content_of(loaded.case(day)) for day in DAYS]


@pytest.fixture
def content(reports: list[Content]) -> Content:
    """The first of them."""
    return reports[0]


@pytest.fixture
def two(tmp_path: Path, reports: list[Content]) -> tuple[Path, Path]:
    """A question that is open, with two reports, and one that was decided, with one."""
    is_open = workspace(tmp_path / "open", hub=LOCATED)
    ended = workspace(tmp_path / "ended", hub=LOCATED, id=f"id: {ENDED}".encode(),
                      end=f"resolved: {{outcome: strike, date: {CAME}}}\ndefault_spread: 2".encode())
    for content in reports:
        store(is_open, content)
    store(ended, reports[0] | {"question": reports[0]["question"] | {"id": ENDED}})
    return is_open, ended


def problems(hub: Path, kind: str) -> list[str]:
    """What the official schema of a configuration file has against it."""
    schema = json.loads((SCHEMAS / f"{kind}-schema.json").read_text(encoding="utf-8"))
    stated = json.loads((hub / f"hub-config/{kind}.json").read_text(encoding="utf-8"))
    assert stated["schema_version"] == schema["$id"]
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(stated)]


@pytest.mark.parametrize("kind", ["admin", "tasks", "target-data"])
def test_the_official_schemas_find_nothing_wrong(tmp_path: Path, two: tuple[Path, Path], kind: str) -> None:
    write_hub(tmp_path / "hub", two)
    assert problems(tmp_path / "hub", kind) == []


@pytest.mark.parametrize("kind", ["admin", "tasks", "target-data"])
def test_nor_do_they_with_the_hub_of_one_question(tmp_path: Path, two: tuple[Path, Path], kind: str) -> None:
    for root in two:
        rebuild(root / "reports", load(root).whole)
        assert problems(root / "reports/hub", kind) == []


def model_tasks(hub: Path) -> Iterator[dict[str, Any]]:
    for each in json.loads((hub / "hub-config/tasks.json").read_text(encoding="utf-8"))["rounds"]:
        yield from each["model_tasks"]


def test_every_day_is_one_round_that_asks_for_what_was_forecast(tmp_path: Path, two: tuple[Path, Path]) -> None:
    write_hub(tmp_path / "hub", two)
    rows = hubdata.connect_hub(tmp_path / "hub").to_table().to_pandas()
    rows = rows.astype({"origin_date": str, "target_date": str})
    asked, days = set(), []
    for task in model_tasks(tmp_path / "hub"):
        ids, ((kind, output),) = task["task_ids"], task["output_type"].items()
        days.append(tuple(ids["origin_date"]["optional"]))
        asked |= {(day, question, target, due, kind, label) for day in ids["origin_date"]["optional"]
                  for question in ids["question"]["required"] for target in ids["target"]["required"]
                  for due in ids["target_date"]["required"] for label in output["output_type_id"]["required"]}
        (metadata,) = task["target_metadata"]
        assert metadata["target_keys"]["target"] in ids["target"]["required"]
    assert set(days) == {(day,) for day in DAYS}
    given = list(rows[[*IDS, "output_type", "output_type_id"]].itertuples(index=False, name=None))
    assert len(given) == len(set(given))
    assert set(given) == asked


def test_a_target_is_one_question_s_and_has_one_short_name(tmp_path: Path, two: tuple[Path, Path]) -> None:
    write_hub(tmp_path / "hub", two)
    names: dict[str, set[str]] = {}
    for task in model_tasks(tmp_path / "hub"):
        (metadata,) = task["target_metadata"]
        assert metadata["target_keys"]["target"].startswith(task["task_ids"]["question"]["required"][0])
        names.setdefault(metadata["target_id"], set()).add(metadata["target_keys"]["target"])
    assert len(names) == 8
    assert all(len(keys) == 1 for keys in names.values())


def test_what_came_can_be_scored_by_joining_two_tables(tmp_path: Path, two: tuple[Path, Path],
                                                       content: Content) -> None:
    """As hubEvals does it: the columns that both have, one output type, the log of what the truth was given."""
    write_hub(tmp_path / "hub", two)
    forecast = hubdata.connect_hub(tmp_path / "hub").to_table().to_pandas()
    oracle = hubdata.connect_target_data(tmp_path / "hub", TargetType.ORACLE_OUTPUT).to_table().to_pandas()
    assert set(oracle["question"]) == {ENDED}
    ended = forecast[(forecast["question"] == ENDED) & (forecast["output_type"] == "pmf")]
    joined = ended.merge(oracle, validate="many_to_one")
    assert len(joined) == len(ended)
    tasks = joined.groupby(IDS)
    assert (tasks["oracle_value"].sum() == 1).all()
    assert (tasks["value"].sum() - 1).abs().max() < 1e-9
    came = joined[joined["oracle_value"] == 1]
    came.index = came["target"].str.removeprefix(f"{ENDED} ")
    assert came.loc["hypothesis", ["output_type_id", "value"]].tolist() == ["strike", content["hypotheses"]["strike"]]
    assert came.loc["event by date", ["output_type_id", "value"]].tolist() == ["yes", content["by"]["2031-06-30"]]
    (week,) = (week for week in content["curve"] if week["first"] <= str(CAME) <= week["last"])
    assert came.loc["event week", ["output_type_id", "value"]].tolist() == [week["last"], week["probability"]]


def test_the_time_series_is_whether_the_event_had_come(tmp_path: Path, two: tuple[Path, Path]) -> None:
    write_hub(tmp_path / "hub", two)
    series = hubdata.connect_target_data(tmp_path / "hub", TargetType.TIME_SERIES).to_table().to_pylist()
    assert series == [{"question": ENDED, "target": f"{ENDED} event by date", "target_date": date(2031, 6, 30),
                       "observation": 1.0}]


def test_each_file_has_every_question_of_its_day(tmp_path: Path, two: tuple[Path, Path]) -> None:
    assert write_hub(tmp_path / "hub", two) == f"{tmp_path / 'hub'}: 2 questions, 3 reports: written"
    for day, questions in zip(DAYS, ({"harbour-strike", ENDED}, {"harbour-strike"}), strict=True):
        table = pandas.read_csv(tmp_path / "hub" / MODEL / f"{day}-desk-ledger.csv")
        assert set(table["question"]) == questions
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "hub").rglob("*.*")}
    assert write_hub(tmp_path / "hub", [*two, two[0]]).endswith("unchanged")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "hub").rglob("*.*")} == before


def test_a_hub_without_an_address_says_what_to_write(tmp_path: Path, content: Content) -> None:
    root = workspace(tmp_path / "open")
    store(root, content)
    assert "write repository: owner/name beside team and model" in write_hub(tmp_path / "hub", [root])
    assert problems(tmp_path / "hub", "tasks") == []


def test_questions_that_do_not_fit_together_are_refused_and_nothing_is_written(tmp_path: Path, two: tuple[Path, Path],
                                                                              content: Content) -> None:
    is_open, _ = two
    other = workspace(tmp_path / "other", hub=b"hub: {team: desk, model: other}", id=b"id: other")
    nameless = workspace(tmp_path / "nameless", hub=b"", id=b"id: other")
    bare = workspace(tmp_path / "bare", hub=LOCATED, id=b"id: bare")
    again = workspace(tmp_path / "again", hub=LOCATED)
    for folder, message in (
            (other, "other {team: desk, model: other}; write the same into both questions, or make a hub of each"),
            (nameless, r"nameless: its question names no hub; write hub: \{team"),
            (bare, "bare: has no report; write one with forecast report, or leave it out"),
            (again, "both have the question harbour-strike; leave one of them out, or give it another id")):
        with pytest.raises(ForecastError, match=message):
            write_hub(tmp_path / "hub", [is_open, folder])
    with pytest.raises(ForecastError, match="no number is taken from a report that was changed"):
        (is_open / "reports" / DAYS[0] / "report.md").write_text("changed")
        write_hub(tmp_path / "hub", [is_open])
    assert not (tmp_path / "hub").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, two: tuple[Path, Path]) -> None:
    is_open, ended = two
    with pytest.raises(ForecastError, match="is not empty and not a hub of forecast; name a new folder"):
        write_hub(is_open, [is_open])
    write_hub(tmp_path / "hub", two)
    with pytest.raises(ForecastError, match=r"oracle-output\.csv: comes from no report of these workspaces"):
        write_hub(tmp_path / "hub", [is_open])
    with pytest.raises(ForecastError, match=r"04-27-desk-ledger\.csv: comes from no report of these workspaces"):
        write_hub(tmp_path / "hub", [ended])
    config = tmp_path / "hub/hub-config/admin.json"
    config.write_text('{"name": "US COVID-19 Forecast Hub"}')
    with pytest.raises(ForecastError, match="is not that of the hub of desk-ledger; name a new folder"):
        write_hub(tmp_path / "hub", two)
    assert config.read_text() == '{"name": "US COVID-19 Forecast Hub"}'


def test_the_verb_takes_folders_and_files(tmp_path: Path, two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch,
                                          capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["forecast", "hub", str(tmp_path / "hub"), *map(str, two)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert capsys.readouterr().out == f"{tmp_path / 'hub'}: 2 questions, 3 reports: written\n"


def changed(root: Path, old: bytes, new: bytes) -> None:
    """Change the question of a workspace after its reports were written."""
    path = root / QUESTION
    assert path.read_bytes().count(old) == 1
    path.write_bytes(path.read_bytes().replace(old, new))


def outcomes(root: Path) -> dict[tuple[str, str, str], int]:
    """What the hub of one question says came, by target, date and label."""
    rebuild(root / "reports", load(root).whole)
    path = root / "reports/hub/target-data/oracle-output.csv"
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]] if path.exists() else []
    return {(target, due, label): int(value) for target, due, _, label, value in rows}


RESOLVED = f"resolved: {{outcome: strike, date: {CAME}}}\ndefault_spread: 2".encode()
CHANGES = {"a later horizon": (b"horizon: 2031-12-31", b"horizon: 2032-02-29"),
           "an earlier horizon": (b"horizon: 2031-12-31", b"horizon: 2031-11-30"),
           "an earlier opening": (b"opens: 2031-03-01", b"opens: 2031-02-25"),
           "another alternative": (b"slowdown", b"go-slow")}


@pytest.mark.parametrize("change", CHANGES)
def test_a_report_is_held_to_what_it_asked_however_the_question_was_changed(tmp_path: Path, reports: list[Content],
                                                                           change: str) -> None:
    root = workspace(tmp_path, end=RESOLVED)
    for each in reports:
        store(root, each)
    before = outcomes(root)
    assert sum(before[key] for key in before if key[0] == "event week") == 1
    old, new = CHANGES[change]
    for path in (root / QUESTION, *root.glob("evidence/**/*.yaml")):
        path.write_bytes(path.read_bytes().replace(old, new))
    assert outcomes(root) == before


def test_outcomes_that_nobody_knows_are_left_out(tmp_path: Path, reports: list[Content]) -> None:
    root = workspace(tmp_path, end=b"resolved: {outcome: calm, date: 2031-11-30}\ndefault_spread: 2")
    store(root, reports[0])
    known = outcomes(root)
    assert known["event week", "2031-12-31", "never"] == 1
    changed(root, b"horizon: 2031-12-31", b"horizon: 2031-11-30")
    left = outcomes(root)
    assert left == {key: value for key, value in known.items()
                    if (key[0] == "event date" and key[2] <= "2031-11-30") or key[0] == "event by date"}
    assert left
    changed(root, b"opens: 2031-03-01", b"opens: 2031-03-08")
    assert outcomes(root) == {}


@pytest.mark.parametrize(("old", "new"), [(b"id: harbour-strike", b"id: another"),
                                          (b"event: {id: strike,", b"event: {id: walk-out,")])
def test_reports_of_another_question_are_not_of_this_one(tmp_path: Path, reports: list[Content], old: bytes,
                                                         new: bytes) -> None:
    root = workspace(tmp_path)
    store(root, reports[0])
    rebuild(root / "reports", load(root).whole)
    for path in (root / QUESTION, *root.glob("evidence/**/*.yaml")):
        text = path.read_bytes().replace(old, new)
        path.write_bytes(text.replace(b"strike: ", b"walk-out: ") if b"walk-out" in new else text)
    rebuild(root / "reports", load(root).whole)
    assert not list(root.glob("reports/hub/model-output/*/*"))
    assert DAYS[0] not in (root / "reports/index.html").read_text()
    assert not (root / "reports/feed.xml").exists()
    with pytest.raises(ForecastError, match="has no report of"):
        write_hub(tmp_path / "hub", [root])


def test_what_no_report_makes_any_more_is_removed_if_it_is_ours(tmp_path: Path, reports: list[Content]) -> None:
    root = workspace(tmp_path, end=RESOLVED)
    stored = [store(root, each) for each in reports]
    reports_of, hub = root / "reports", root / "reports/hub"
    assert rebuild(reports_of, load(root).whole) == []
    strange = hub / "model-output/others-model/2031-04-20-others-model.csv"
    strange.parent.mkdir()
    strange.write_text("origin_date,target,target_date,output_type,output_type_id,value\n")
    shutil.rmtree(stored[1].folder)
    changed(root, b"resolved: {outcome: strike, date: 2031-06-03}\n", b"")
    assert rebuild(reports_of, load(root).whole) == ["hub/model-output/others-model/2031-04-20-others-model.csv"]
    assert [path.name for path in (hub / MODEL).iterdir()] == [f"{DAYS[0]}-desk-ledger.csv"]
    assert not (hub / "target-data").exists()
    changed(root, b"team: desk", b"team: office")
    rebuild(reports_of, load(root).whole)
    assert sorted(path.name for path in (hub / "model-output").iterdir()) == ["office-ledger", "others-model"]
    assert [path.name for path in (hub / "model-metadata").iterdir()] == ["office-ledger.yml"]
    assert strange.exists()
