"""Reports and backtests on disk: what was changed since is named, and nothing that is not the program's is lost."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest

from forecast.cli import app, reports
from forecast.cli.checking import refuse_wrong
from forecast.core.errors import ForecastError
from forecast.engine.exact import Exact
from forecast.evaluation.backtest import Dates
from forecast.evaluation.batch import run
from forecast.evaluation.scoreboard import scoreboard
from forecast.report.contents.track import said_a_month_ago
from forecast.report.document import ReportDocument
from forecast.report.folder import index_page
from forecast.report.hub import forecasts
from forecast.report.page import Table
from forecast.workspace.archive import StoredReport, sound_reports
from forecast.workspace.loader import load
from forecast.workspace.writing import SEAL, mode_of_new
from tests import ROOT
from tests.project.report.documents import earlier_case, earlier_document, report_of
from tests.project.test_score import workspace
from tests.robustness.reading.example import ITEMS, QUESTION
from tests.stored import Content, content_of, store

DAYS = [date(2031, 5, 1), date(2031, 5, 8), date(2031, 5, 15)]
RESOLVED = ("resolved: {outcome: strike, date: 2031-10-01}", "")


@cache
def _content(day: date) -> str:
    with TemporaryDirectory() as folder:
        loaded = load(workspace(Path(folder)))
    return json.dumps(content_of(loaded.case(day), loaded.inputs))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with three reports."""
    workspace(tmp_path)
    since = None
    for day in DAYS:
        change = since and {"since": str(since), "decibans": 0.0, "probability": 0.5, "steps": [],
                            "thirteen_weeks": [0.2, 0.2], "preparing": [0.3, 0.3]}
        store(tmp_path, json.loads(_content(day)) | {"change": change})
        since = day
    return tmp_path


def report(root: Path, day: date, force: bool = False, **changes: Any) -> str:
    """`forecast report`, with what it computes at hand; pages and chains are short ones."""
    loaded = load(root)
    content = ReportDocument.from_json(json.dumps(json.loads(_content(day)) | changes), "content")
    with patch("forecast.cli.reports.build", lambda *_: (content, None)), \
            patch("forecast.cli.reports._fill", lambda folder, told, *_: _fill(folder, told)):
        return reports.report(loaded, loaded.case(day), force=force)


def _fill(folder: Path, content: ReportDocument) -> None:
    (folder / "forecast.json").write_text(content.json_text(), encoding="utf-8")
    for name in ("report.html", "report.md", "posterior.nc"):
        (folder / name).write_text("new", encoding="utf-8")
    (folder / "charts").mkdir()
    (folder / "charts/cumulative.svg").write_text("new", encoding="utf-8")


def rewrite(path: Path, change: Callable[[Content], object]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def sealed_again(folder: Path) -> None:
    """What somebody does who knows of the seal."""
    lines = []
    for line in (folder / SEAL).read_text(encoding="utf-8").splitlines():
        path = line.partition("  ")[2]
        lines.append(f"{hashlib.sha256((folder / path).read_bytes()).hexdigest()}  {path}\n")
    (folder / SEAL).write_text("".join(lines), encoding="utf-8")


def never_computed(*_: object) -> None:
    raise AssertionError("nothing is computed for what is refused")


def _linked(path: Path) -> None:
    shutil.copy(path, path.with_name("elsewhere"))
    path.unlink()
    path.symlink_to("elsewhere")


SPOILT: dict[str, Callable[[Path], object]] = {
    "a page": lambda folder: (folder / "report.html").write_text("certain", encoding="utf-8"),
    "chains": lambda folder: (folder / "posterior.nc").write_bytes(b"garbage"),
    "a text that is gone": lambda folder: (folder / "report.md").unlink(),
    "a chart": lambda folder: (folder / "charts/cumulative.svg").write_text("<svg />", encoding="utf-8"),
    "a folder of charts that is a link": lambda folder: ((folder / "charts").rename(folder / "other"),
                                                         (folder / "charts").symlink_to("other")),
    "a page that is a link": lambda folder: _linked(folder / "report.html"),
    "a probability": lambda folder: rewrite(folder / "forecast.json", lambda content: content["hypotheses"].update(
        strike=0.999, slowdown=0.0005, calm=0.0005)),
    "white space": lambda folder: rewrite(folder / "forecast.json", lambda _: None),
    "an input and its hash": lambda folder: rewrite(folder / "forecast.json", lambda content: content["provenance"][
        "inputs"][ITEMS].update(text="[]\n", sha256=hashlib.sha256(b"[]\n").hexdigest())),
    "the seal": lambda folder: (folder / SEAL).write_text("nothing\n", encoding="utf-8"),
    "no seal": lambda folder: (folder / SEAL).unlink(),
    "the whole report": shutil.rmtree,
}


@pytest.mark.parametrize("what", SPOILT)
def test_whatever_was_changed_in_a_past_report_is_named_and_gives_no_number(root: Path, what: str) -> None:
    folder = root / "reports" / str(DAYS[1])
    SPOILT[what](folder)
    before = _files(root)
    with patch("forecast.cli.reports.build", never_computed):
        for refusing in (lambda: report_alone(root, date(2031, 5, 22)),
                         lambda: reports.rebuild(root / "reports", load(root).case(DAYS[2])),
                         lambda: scoreboard([load(root)]), lambda: refuse_wrong(load(root)),
                         lambda: reports.replay(root / "reports" / str(DAYS[2]))):
            with pytest.raises(ForecastError, match=f"reports/{DAYS[1]}"):
                refusing()
        if folder.exists() and what != "no seal":
            with pytest.raises(ForecastError, match=f"reports/{DAYS[1]}/"):
                reports.replay(folder)
    assert _files(root) == before


def report_alone(root: Path, day: date) -> str:
    loaded = load(root)
    return reports.report(loaded, loaded.case(day))


def _files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*")
            if path.is_file() and path.name != ".lock"}


def test_a_report_that_is_sealed_again_no_longer_fits_the_one_after_it(root: Path) -> None:
    folder = root / "reports" / str(DAYS[0])
    rewrite(folder / "forecast.json", lambda content: content.update(worth=99.0))
    sealed_again(folder)
    assert StoredReport(folder).changes() == []
    with pytest.raises(ForecastError, match=f"reports/{DAYS[0]} is not the report that reports/{DAYS[1]} was written "
                                            "after"):
        sound_reports(root / "reports")


def test_the_seal_is_one_that_sha256sum_checks(root: Path) -> None:
    folder = root / "reports" / str(DAYS[1])
    done = subprocess.run(["sha256sum", "--check", "--strict", SEAL], cwd=folder, capture_output=True, text=True,
                          check=True)
    assert f"../{DAYS[0]}/{SEAL}: OK" in done.stdout
    assert len(done.stdout.splitlines()) == 6


def cut(folder: Path, *ends: str) -> None:
    """Take out of a seal the lines that end so."""
    lines = (folder / SEAL).read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / SEAL).write_text("".join(line for line in lines if not line.rstrip().endswith(ends)), encoding="utf-8")


def _all_refuse(root: Path, match: str) -> None:
    """Whatever derives something from all reports names it."""
    with patch("forecast.cli.reports.build", never_computed):
        for refusing in (lambda: report_alone(root, date(2031, 5, 22)), lambda: scoreboard([load(root)]),
                         lambda: reports.rebuild(root / "reports", load(root).case(DAYS[2]))):
            with pytest.raises(ForecastError, match=match):
                refusing()


@pytest.mark.parametrize("name", ["forecast.json", "report.html", "report.md", "posterior.nc", "report-full.md",
                                  "charts/cumulative.svg"])
def test_a_line_of_a_seal_cannot_be_cut_out(root: Path, name: str) -> None:
    folder = root / "reports" / str(DAYS[2])
    cut(folder, f"  {name}")
    (folder / name).write_text("other", encoding="utf-8")
    match = f"reports/{DAYS[2]}/{SEAL} (does not name {name}, as|is missing)"
    _all_refuse(root, match)
    with patch("forecast.cli.reports.build", never_computed), pytest.raises(ForecastError, match=match):
        reports.replay(folder)


@pytest.mark.parametrize("path", ["./report.md", "charts//cumulative.svg", "report.md/."])
def test_a_seal_names_a_file_in_one_way_only(root: Path, path: str) -> None:
    folder = root / "reports" / str(DAYS[2])
    plain = str(Path(path))
    text = (folder / SEAL).read_text(encoding="utf-8")
    (folder / SEAL).write_text(text.replace(f"  {plain}\n", f"  {path}\n"), encoding="utf-8")
    _all_refuse(root, f"{SEAL} names {path}, which is not a file of the report")
    with pytest.raises(ForecastError, match=f"{SEAL} names {path}"):
        reports.replay(folder)


def test_the_link_to_the_report_before_cannot_be_cut_out(root: Path) -> None:
    cut(root / "reports" / str(DAYS[2]), f"{DAYS[1]}/{SEAL}")
    shutil.rmtree(root / "reports" / str(DAYS[1]))
    match = f"reports/{DAYS[1]}, since which reports/{DAYS[2]} tells the change, is not in reports/{DAYS[2]}/{SEAL}"
    _all_refuse(root, match)
    with pytest.raises(ForecastError, match=match):
        reports.replay(root / "reports" / str(DAYS[2]))


def test_a_later_report_disproves_one_that_was_sealed_again(root: Path) -> None:
    folder = root / "reports" / str(DAYS[1])
    rewrite(folder / "forecast.json", lambda content: content.update(worth=99.0))
    sealed_again(folder)
    match = f"reports/{DAYS[1]} is not the report that reports/{DAYS[2]} was written after"
    with pytest.raises(ForecastError, match=match):
        sound_reports(root / "reports", DAYS[2])
    with pytest.raises(ForecastError, match=match):
        report_alone(root, date(2031, 5, 10))
    with patch("forecast.cli.reports.build", never_computed), pytest.raises(ForecastError, match=match):
        reports.replay(folder)
    with pytest.raises(ForecastError, match=match):
        reports.alert(load(root), load(root).case(date(2031, 5, 10)), 5, None)
    assert [each.as_of for each in sound_reports(root / "reports", DAYS[1])] == DAYS[:1]
    assert [each.as_of for each in sound_reports(root / "reports", DAYS[2], replacing=True)] == DAYS[:2]


@pytest.mark.parametrize("left", ["report.html", "posterior.nc", "report-full.md", "charts/cumulative.svg"])
def test_what_is_left_of_a_report_is_named(root: Path, left: str) -> None:
    folder = root / "reports" / str(DAYS[2])
    shutil.rmtree(folder)
    (folder / left).parent.mkdir(parents=True)
    (folder / left).write_text("left", encoding="utf-8")
    _all_refuse(root, f"reports/{DAYS[2]}/{SEAL} is missing")


def test_a_picture_that_no_seal_names_is_kept_under_another_name(root: Path) -> None:
    folder = root / "reports" / str(DAYS[2])
    (folder / "charts/mine.svg").write_text("mine", encoding="utf-8")
    assert report(root, DAYS[2], force=True) == f"reports/{DAYS[2]}: written"
    assert (folder / "charts/mine.svg.changed-1").read_text(encoding="utf-8") == "mine"
    assert sound_reports(root / "reports")


def test_reports_are_written_anew_the_earliest_first(root: Path) -> None:
    (root / "reports" / str(DAYS[0]) / "report.md").write_text("other", encoding="utf-8")
    with pytest.raises(ForecastError, match=r"written; but the list of reports .* as they were"):
        report(root, DAYS[0], force=True, worth=5.0)
    with pytest.raises(ForecastError, match=f"reports/{DAYS[2]} is|reports/{DAYS[1]} is"):
        report(root, DAYS[1], force=True)
    assert report(root, DAYS[2], force=True) == f"reports/{DAYS[2]}: written"
    assert sound_reports(root / "reports")
    assert f"{DAYS[2]}/report.html" in (root / "reports/index.html").read_text(encoding="utf-8")


def test_what_other_processors_compute_is_the_same_and_more_is_not(root: Path) -> None:
    day = DAYS[2]
    path = root / "reports" / str(day) / "forecast.json"
    original = path.read_bytes()
    same = {"change": json.loads(original)["change"]}

    def elsewhere(content: Content) -> None:
        content["band"] = [end * (1 + 1e-6) for end in content["band"]]
        content["worth"] *= 1 - 1e-6
        for week in content["curve"]:
            week["low"], week["high"] = week["low"] * (1 + 4e-6), week["high"] * (1 - 4e-6)
        content["hypotheses"] = {name: p * (1 + 1e-13) for name, p in content["hypotheses"].items()}

    rewrite(path, elsewhere)
    said = report(root, day, **same)
    assert said.startswith(f"reports/{day}: unchanged, every number is the same; but reports/{day}/forecast.json was")
    for change_of in (lambda content: content["band"].__setitem__(0, content["band"][0] * 1.02),
                      lambda content: content["hypotheses"].update(strike=content["hypotheses"]["strike"] + 1e-6),
                      lambda content: content["ledger"][0].update(label="Another one"),
                      lambda content: content["engines"]["nuts"]["hypotheses"].update(strike=0.9)):
        path.write_bytes(original)
        rewrite(path, change_of)
        with pytest.raises(ForecastError, match=r"differs in|is not what it was written as"):
            report(root, day, **same)
    path.write_bytes(original)
    assert report(root, day, **same) == f"reports/{day}: unchanged"


ENGINES: dict[str, tuple[Callable[[Content], object], str]] = {
    "an exact number": (lambda engines: engines["agreement"][0].update(exact=0.99), "/engines/agreement/0/exact"),
    "a difference": (lambda engines: engines["agreement"][0].update(difference=0.1), "/engines/.*/difference"),
    "what is allowed": (lambda engines: engines["agreement"][0].update(allowed=1.0), "/engines/agreement/.*/allowed"),
    "a row": (lambda engines: engines["agreement"].pop(), "/engines/agreement"),
    "that they agree": (lambda engines: engines["agreement"][0].update(agrees=False), "agrees, /engines/confirmed"),
    "that they confirm each other": (lambda engines: engines.update(confirmed=False), "/engines/confirmed"),
    "errors, and what they excuse": (lambda engines: (
        engines["nuts"]["mcse"].update(dict.fromkeys(engines["nuts"]["mcse"], 10.0)),
        engines["nuts"]["hypotheses"].update(strike=0.999)), "/engines/nuts/hypotheses/strike, .*/engines/nuts/mcse"),
    "an error": (lambda engines: engines["nuts"]["mcse"].update(strike=0.01), "/engines/nuts/mcse/strike"),
    "a probability too many": (lambda engines: engines["nuts"]["by"].update({"2031-06-01": 0.1}), "/engines/nuts/by"),
    "a band": (lambda engines: engines["nuts"].update(band=[0.0, 0.01]), "/engines/nuts/band"),
    "a seed": (lambda engines: engines["nuts"].update(seed=8), "/engines/nuts/seed"),
    "no chains": (lambda engines: engines.update(nuts=None), "/engines/nuts")}


@pytest.mark.parametrize("what", ENGINES)
def test_numbers_of_both_engines_are_compared_too(what: str) -> None:
    change_of, match = ENGINES[what]
    content = ReportDocument.from_json(_content(DAYS[0]), "content")
    stored = json.loads(content.json_text())
    stored["engines"]["nuts"]["mcse"]["strike"] *= 1.2
    stored["engines"]["agreement"][0]["allowed"] *= 1.1
    assert reports._differing(stored, content) == []
    change_of(stored["engines"])
    assert re.search(match, ", ".join(reports._differing(stored, content)))


def test_what_is_made_from_a_private_file_is_private(root: Path) -> None:
    (root / ITEMS).chmod(0o640)
    assert report(root, DAYS[2] + timedelta(weeks=1)) == f"reports/{DAYS[2] + timedelta(weeks=1)}: written"
    folder = root / "reports" / str(DAYS[2] + timedelta(weeks=1))
    made = [path for path in folder.rglob("*") if path.is_file()] + [_backtest(root)]
    assert {path.stat().st_mode & 0o777 for path in made} == {mode_of_new() & 0o640}
    assert (root / "reports/index.html").stat().st_mode & 0o777 == mode_of_new()


def test_force_keeps_what_is_not_the_reports_own(root: Path) -> None:
    folder = root / "reports" / str(DAYS[2])
    (folder / "notes.md").write_text("mine", encoding="utf-8")
    (folder / "notes.md").chmod(0o600)
    (folder / "appendix/scans").mkdir(parents=True)
    (folder / "appendix/scan.txt").write_text("mine too", encoding="utf-8")
    (folder / "source").symlink_to("/nowhere")
    (folder / "report.md").write_text("with my remarks", encoding="utf-8")
    (folder / "report.html").chmod(0o640)
    folder.chmod(0o750)
    assert report(root, DAYS[2], force=True) == f"reports/{DAYS[2]}: written"
    assert (folder / "notes.md").read_text(encoding="utf-8") == "mine"
    assert (folder / "notes.md").stat().st_mode & 0o777 == 0o600
    assert (folder / "appendix/scan.txt").read_text(encoding="utf-8") == "mine too"
    assert (folder / "appendix/scans").is_dir()
    assert (folder / "source").readlink() == Path("/nowhere")
    assert (folder / "report.md.changed-1").read_text(encoding="utf-8") == "with my remarks"
    assert (folder / "report.md").read_text(encoding="utf-8") == "new"
    assert (folder / "report.html").stat().st_mode & 0o777 == 0o640
    assert folder.stat().st_mode & 0o777 == 0o750
    assert StoredReport(folder).changes() == []


def test_what_would_be_in_the_way_of_the_report_is_not_written_over(root: Path) -> None:
    folder = root / "reports" / str(DAYS[2])
    lines = (folder / SEAL).read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / SEAL).write_text("".join(line for line in lines if "charts" not in line), encoding="utf-8")
    with pytest.raises(ForecastError, match=r"charts/cumulative\.svg: is not the report's own, and in the way"):
        report(root, DAYS[2], force=True)
    assert (folder / "charts/cumulative.svg").read_text(encoding="utf-8") == "<svg/>"


def test_notes_that_were_there_before_the_report_stay(root: Path) -> None:
    day = date(2031, 5, 22)
    (root / "reports" / str(day)).mkdir()
    (root / "reports" / str(day) / "notes.md").write_text("ahead", encoding="utf-8")
    assert report(root, day) == f"reports/{day}: written"
    assert (root / "reports" / str(day) / "notes.md").read_text(encoding="utf-8") == "ahead"


def test_other_inputs_are_refused_before_anything_is_computed(root: Path) -> None:
    text = (root / QUESTION).read_text(encoding="utf-8")
    (root / QUESTION).write_text(text.replace(*RESOLVED), encoding="utf-8")
    with patch("forecast.cli.reports.build", never_computed), \
            pytest.raises(ForecastError, match=rf"made from other inputs \({QUESTION}\)"):
        report_alone(root, DAYS[2])


def test_a_list_that_cannot_be_made_leaves_the_report_and_says_so(root: Path) -> None:
    day = date(2031, 5, 22)
    with patch("forecast.report.folder.render_index", side_effect=KeyError("words")), \
            pytest.raises(ForecastError, match=rf"reports/{day}: written; but the list of reports"):
        report(root, day)
    assert StoredReport(root / "reports" / str(day)).changes() == []


def test_the_list_compares_reports_of_one_question_only(root: Path) -> None:
    reports_of_one = [reports.read_report(each) for each in sound_reports(root / "reports")]
    later = [ReportDocument.from_json(json.dumps(json.loads(report.json_text()) | {"hypotheses": {
        "strike": 0.2, "slowdown": 0.4, "calm": 0.4}}), "report") for report in reports_of_one]
    asked = later[1].question.model_copy(update={"horizon": date(2032, 3, 1)})
    told = [reports_of_one[0], later[1].model_copy(update={"question": asked}), later[2]]
    (table,) = [block for block in index_page(told).sections[0].blocks if isinstance(block, Table)]
    moved = [re.search(r"\d", str(row.cells[2])) is not None for row in table.rows]
    assert moved == [True, False, False], "the one in the middle has another horizon"


@pytest.mark.parametrize("days", [28, 30, 34, 35])
def test_looking_back_tells_what_was_said_of_that_very_day(days: int) -> None:
    report = earlier_document()
    case = earlier_case()
    now = report.as_of + timedelta(days)
    later = report.model_copy(update={"as_of": now})
    assert said_a_month_ago(later, [report]) == (report.as_of, pytest.approx(Exact(case).forecast.by(now), abs=1e-3))


def test_looking_back_to_before_the_opening_is_told_too() -> None:
    case = earlier_case()
    asked = case.changed(question=case.question.model_copy(update={"asked": case.question.opens - timedelta(60)}))
    early = asked.at(case.question.opens - timedelta(30))
    report = report_of(early)
    later = report.model_copy(update={"as_of": case.question.opens + timedelta(2)})
    (told, chance) = said_a_month_ago(later, [report]) or (None, 0)
    assert told == early.as_of
    assert chance == pytest.approx(Exact(early).forecast.by(later.as_of), abs=5e-3)  # linear within a week


def test_the_hub_states_complements_that_are_not_below_zero() -> None:
    report = earlier_document()
    names = list(report.hypotheses)
    edge = report.question.horizon
    certain = ReportDocument.from_json(report.model_copy(update={
        "by": dict.fromkeys(report.by, 1 - 2e-16) | {edge: 1 + 2e-15},
        "hypotheses": dict.fromkeys(names, 3e-21) | {names[0]: 1 + 2e-15}}).json_text(), "report")
    assert all(0 <= value <= 1 for _, value in forecasts(certain))


def _backtest(root: Path, every: int = 14, **given: Any) -> Path:
    (path,) = run([root], Dates(every=every, **given), jobs=1)
    return path


def _scored(root: Path) -> Any:
    (question,) = scoreboard([load(root)]).questions
    return question


CHANGES = {
    "a ratio": (ITEMS, "strike", "strike"), "a source": ("priors/sources.yaml", "grade: C", "grade: D"),
    "a group": ("priors/groups.yaml", "0.6", "0.7"), "a past case": ("priors/cases.csv", "south,30", "south,31"),
    "the question": (QUESTION, "weeks: 40", "weeks: 41")}


@pytest.mark.parametrize("what", CHANGES)
def test_a_backtest_of_other_inputs_is_named_and_not_scored(tmp_path: Path, what: str) -> None:
    file, old, new = CHANGES[what]
    root = workspace(tmp_path)
    _backtest(root)
    assert set(_scored(root).series) == {"backtest harbour-strike-every-2w"}
    text = (root / file).read_text(encoding="utf-8")
    (root / file).write_text(text.replace(old, new) + "\n", encoding="utf-8")
    with pytest.raises(ForecastError, match=f"every-2w: {file} changed since; run forecast backtest again"):
        scoreboard([load(root)])
    _backtest(root, 28)
    found = _scored(root)
    assert set(found.series) == {"backtest harbour-strike-every-4w"}
    assert found.stale == (f"backtest harbour-strike-every-2w: {file} changed since; run forecast backtest again",)


def test_an_outcome_that_is_written_down_makes_no_backtest_stale(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    text = (root / QUESTION).read_text(encoding="utf-8")
    (root / QUESTION).write_text(text.replace(*RESOLVED), encoding="utf-8")
    _backtest(root, stop=date(2031, 9, 20))
    (root / QUESTION).write_text(text, encoding="utf-8")
    assert _scored(root).stale == ()


def test_a_backtest_of_fewer_dates_goes_beside_the_one_that_is_there(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    whole = _backtest(root)
    part = _backtest(root, start=date(2031, 4, 12), stop=date(2031, 5, 10))
    assert part.name == "harbour-strike-every-2w-2031-04-12-to-2031-05-10.json"
    assert _backtest(root) == whole
    assert _scored(root).speaker == "backtest harbour-strike-every-2w"


def test_reports_speak_first_then_what_was_known_then(root: Path) -> None:
    _backtest(root)
    assert _scored(root).speaker == "reports"
    shutil.rmtree(root / "reports" / str(DAYS[2]))
    shutil.rmtree(root / "reports" / str(DAYS[1]))
    shutil.rmtree(root / "reports" / str(DAYS[0]))
    run([root], Dates(every=56), known_then=True, jobs=1)
    assert _scored(root).speaker == "backtest harbour-strike-every-8w-known-then"


def test_a_backtest_that_was_changed_by_hand_is_not_scored(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    path = _backtest(root)
    rewrite(path, lambda content: content["rows"][0].update(items=3))
    for refusing in (lambda: scoreboard([load(root)]), lambda: refuse_wrong(load(root))):
        with pytest.raises(ForecastError, match=rf"{path.name}: was changed since it was written"):
            refusing()


def test_all_this_holds_on_the_command_line(root: Path) -> None:
    (root / "reports" / str(DAYS[1]) / "report.md").unlink()
    for words in (("score",), ("check",), ("replay", f"reports/{DAYS[1]}"), ("report", "--as-of", "2031-05-22")):
        done = subprocess.run([sys.executable, "-m", "forecast", *words], cwd=root, capture_output=True, text=True,
                              check=False, env=os.environ | {"PYTHONPATH": str(ROOT)})
        assert (done.returncode, done.stdout) == (1, "")
        assert f"reports/{DAYS[1]}" in done.stderr
        assert "Traceback" not in done.stderr
        assert "fault of the program" not in done.stderr


def test_a_report_to_replay_is_found_as_every_workspace_is(
        root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(reports, "replay", lambda folder, tell: str(folder.resolve()))
    name, elsewhere = f"reports/{DAYS[1]}", tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "reports" / str(DAYS[1])).mkdir(parents=True)

    def replayed(place: Path, *words: str) -> str:
        monkeypatch.chdir(place)
        monkeypatch.setattr(sys, "argv", ["forecast", "replay", *words])
        with pytest.raises(SystemExit):
            app.main()
        return "".join(capsys.readouterr()).strip()

    found = str((root / name).resolve())
    assert replayed(root, name) == replayed(root / "evidence", name) == found
    assert replayed(elsewhere, str(root / name)) == found
    assert replayed(elsewhere, name, "--workspace", str(root)) == found, "not the one that lies here"
    assert replayed(root / "reports", str(DAYS[1]), "--workspace", "..") == found
    assert replayed(elsewhere, name) == str((elsewhere / name).resolve())
    gone = "reports/2031-01-01"
    (elsewhere / gone).mkdir()
    assert replayed(elsewhere, gone, "--workspace", str(root)) == \
        f"forecast: {gone}: is not in {root}; write a folder there, such as reports/2022-12-02"
    assert "nowhere: no such folder" in replayed(root, name, "--workspace", "nowhere")
