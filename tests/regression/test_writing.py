"""Files that are written: whose, by whom, beside whom, and what of them must stay as it was."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from codecs import BOM_UTF8
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forecast.cli.calibrating import refuse_taken
from forecast.cli.output import write_html
from forecast.core.errors import ForecastError, InputError
from forecast.desk.proposal import change_of_files
from forecast.evaluation.calibration.files import CALIBRATION_MARK, TITLE
from forecast.records.scenario import Scenario
from forecast.workspace import writing
from forecast.workspace.editing import proposal, propose, write_item
from forecast.workspace.loader import load
from forecast.workspace.starting import init
from forecast.workspace.writing import ChangedError, exchange, locked, mode_of_new, write_file, write_marked
from forecast.workspace.yaml.reader import read
from tests import ROOT
from tests.regression.conftest import IF, ITEM, NEW, Typed
from tests.robustness.commands.test_encode import CASE

MONTH = "evidence/2024-01.yaml"
FIELDS: dict[str, Any] = {
    "id": "added", "title": "T", "date": date(2024, 1, 10), "source": "paper",
    "probability": {"strike": 0.5, "talks": 0.3, "settled": 0.3}, "rationale": "Because.\n"}


def first(root: Path, name: str = MONTH) -> Path:
    path = root / name
    path.write_text(ITEM.format(id="first", date="2024-01-10"))
    return path


def files_of(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*")
            if path.is_file() and path.name != ".lock"}


def test_writers_at_once_lose_nothing(root: Path) -> None:
    workspace, names = load(root), [f"item-{number}" for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: write_item(workspace, FIELDS | {"id": name}), names))
    assert {*names} <= {item.id for item in load(root).items}


def test_of_two_items_of_one_name_at_once_the_second_is_refused(root: Path) -> None:
    workspace = load(root)

    def attempt(day: int) -> str:
        try:
            write_item(workspace, FIELDS | {"date": date(2024, 1 + day % 2, 10)})
        except ForecastError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(attempt, range(4)))
    assert said.count("") == 1
    assert sum("is an item already" in each for each in said) == 3
    load(root)


@pytest.mark.parametrize("answer", ["y\n", "n\n"])
def test_what_is_saved_while_somebody_is_asked_stays(root: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch,
                                                     answer: str) -> None:
    path = first(root)

    def confirm(*_: object, **__: object) -> bool:
        path.write_text(path.read_text() + "\n" + ITEM.format(id="colleague", date="2024-01-11"))
        return answer == "y\n"

    monkeypatch.setattr("typer.confirm", confirm)
    code, _, _ = typed("new", "mine", *NEW[:-1], answers="")
    assert code == 0
    found = {item.id for item in load(root).items}
    assert "colleague" in found
    assert ("mine" in found) == (answer == "y\n")


def test_an_indicator_that_was_changed_meanwhile_is_not_taken_out(root: Path, typed: Typed,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "evidence/indicators.yaml"

    def confirm(*_: object, **__: object) -> bool:
        path.write_text(path.read_text().replace("fills its strike", "fills a strike"))
        return True

    monkeypatch.setattr("typer.confirm", confirm)
    code, _, err = typed("new", "fund", "--from-indicator", "strike-pay-fund", "--source", "paper", "--date",
                         "2024-01-12", answers="")
    assert (code, "was changed since" in err) == (1, True)
    assert "fills a strike" in path.read_text()
    assert not (root / MONTH).exists()


def test_what_was_typed_is_printed_if_it_cannot_be_written(root: Path, typed: Typed,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    def confirm(*_: object, **__: object) -> bool:
        first(root).write_text("- id: [")
        return True

    monkeypatch.setattr("typer.confirm", confirm)
    code, _, err = typed("new", "mine", *NEW[2:-1], answers="The long title" + "\n" * 7)
    assert code == 1
    assert "title: The long title" in err
    assert "Nothing was written" in err
    assert f"{MONTH}:1" in err


BRACKETS = "[{id: other, title: T, date: 2024-01-10, source: union, likelihood_ratio: {strike: 1.2}, rationale: R}]\n"
SHAPES = {"indented": lambda text: "  " + text.replace("\n", "\n  ").rstrip(" "), "brackets": lambda _: BRACKETS,
          "one mapping": lambda text: text.replace("- ", "  ", 1).replace("\n  ", "\n")[2:]}


@pytest.mark.parametrize("name", ["ballot", "indicators", "2024-01-2"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_month_in_any_shape_costs_no_other_file(root: Path, typed: Typed, shape: str, name: str) -> None:
    (root / "evidence/items.yaml").rename(root / "evidence/ballot.yaml")
    (root / MONTH).write_text(SHAPES[shape](ITEM.format(id="other", date="2024-01-10")))
    before = files_of(root)
    assert typed("new", name, *NEW)[0] == 0
    after = files_of(root)
    for path, content in before.items():
        assert content in after[path] or shape == "indented"
    assert {item.id for item in load(root).items} == {"ballot-announced", "mediator-named", "other", name}


def test_a_file_that_ends_with_dots_is_added_to(root: Path, typed: Typed) -> None:
    path = first(root)
    path.write_text(path.read_text() + "...\n# After the end.\n")
    assert typed("new", "added", *NEW)[0] == 0
    assert path.read_text().endswith("    Because.\n...\n# After the end.\n")


def test_a_comment_goes_with_its_entry_to_the_item(root: Path, typed: Typed) -> None:
    path = root / "evidence/indicators.yaml"
    entry = path.read_text().split("\n", 1)[1]
    other = entry.replace("strike-pay-fund", "leave-cancelled")
    path.write_text(f"# What to look for.\n\n# Fund: asked.\n{entry}\n# Leave: counted.\n{other}")
    assert typed("new", "fund", "--from-indicator", "strike-pay-fund", "--source", "paper", "--date", "2024-01-12",
                 "--yes")[0] == 0
    assert path.read_text() == f"# What to look for.\n\n# Leave: counted.\n{other}"
    assert "# Fund: asked.\n- id: fund\n" in (root / MONTH).read_text()
    assert typed("new", "leave", "--from-indicator", "leave-cancelled", "--source", "paper", "--date", "2024-01-12",
                 "--yes")[0] == 0
    assert path.read_text() == "# What to look for.\n\n[]\n"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_the_mode_of_a_file_stays(root: Path, typed: Typed, mode: int) -> None:
    path = first(root)
    path.chmod(mode)
    assert typed("new", "added", *NEW)[0] == 0
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_mode_that_the_user_gives_new_files(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_file(tmp_path / "new.yaml", b"x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new.yaml").stat().st_mode) == 0o640


@pytest.mark.parametrize(("source", "words", "made"), [
    ("evidence/indicators.yaml", ("new", "fund", "--from-indicator", "strike-pay-fund", "--source", "paper", "--date",
                                  "2024-02-12", "--yes"), ["evidence/2024-02.yaml"]),
    ("page.html", ("archive", "ballot-announced", "--file", "page.html"), [
        "archive/ballot-announced.txt", "archive/originals/ballot-announced.html"]),
    ("table.csv", ("import", "table.csv"), ["evidence/drafts/table.yaml"])])
def test_what_is_made_from_a_private_file_is_private(root: Path, typed: Typed, source: str, words: tuple[str, ...],
                                                     made: list[str]) -> None:
    (root / "page.html").write_text("<html><p>In confidence</html>")
    (root / "table.csv").write_text("date,title\n2024-01-12,In confidence\n")
    before = files_of(root)
    (root / source).chmod(0o600)
    assert typed(*words)[0] == 0
    modes = {path: stat.S_IMODE((root / path).stat().st_mode) for path in files_of(root).keys() - before.keys()}
    assert {path: mode for path, mode in modes.items() if path != "archive/index.csv"} == dict.fromkeys(made, 0o600)
    assert modes.get("archive/index.csv", mode_of_new()) == mode_of_new()  # which holds names and hashes


def test_a_link_inside_the_workspace_is_written_through(root: Path, typed: Typed) -> None:
    (root / "desk").mkdir()
    target = first(root, "desk/january.yaml")
    (root / MONTH).symlink_to("../desk/january.yaml")
    assert typed("new", "added", *NEW)[0] == 0
    assert (root / MONTH).is_symlink()
    assert "id: added" in target.read_text()


BACKTEST = ("backtest", "--no-charts", "--jobs", "1", "--from", "2024-01-05", "--to", "2024-01-12")
OUT: dict[str, tuple[str, tuple[str, ...]]] = {
    "schema": (".schemas", ("schema", "--write", ".schemas")),
    "page": ("pages", ("compare", "--html", "pages/x.html")),
    "import": ("evidence/drafts", ("import", "table.csv")), "new": ("evidence", ("new", "added", *NEW)),
    "backtest": ("reports", BACKTEST), "backtests": ("reports/backtest", BACKTEST),
    "a dangling file": ("evidence/drafts/table.yaml", ("import", "table.csv"))}


@pytest.mark.parametrize("name", OUT)
def test_nothing_is_written_out_of_the_workspace_by_a_link(root: Path, typed: Typed, name: str) -> None:
    place, words = OUT[name]
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    (root / "table.csv").write_text("date,statement\n2024-01-10,Something\n")
    (root / "evidence/scenarios").mkdir()
    (root / "evidence/scenarios/a.yaml").write_text("name: x\ndrop: [ballot-announced]\n")
    path = root / place
    if path.is_dir():
        path.rename(elsewhere / path.name)
        path.symlink_to(elsewhere / path.name)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(elsewhere / "new" if path.suffix else elsewhere)
    before = files_of(elsewhere)
    code, _, err = typed(*words)
    assert code == 1
    assert "link" in err or "is there already" in err
    assert files_of(elsewhere) == before


def test_the_desk_writes_nothing_out_of_the_workspace_by_a_link(root: Path) -> None:
    workspace, elsewhere = load(root), root.parent / "elsewhere"
    elsewhere.mkdir()
    (root / "evidence/scenarios").symlink_to(elsewhere)
    with pytest.raises(ForecastError, match="leads out of the workspace"):
        proposal(workspace, {"evidence/scenarios/x.yaml": b"name: x\ndrop: [mediator-named]\n"}).write()
    assert files_of(elsewhere) == {}


@pytest.mark.parametrize("kind", ["link", "hard link", "folder"])
def test_a_lock_empties_no_file_and_follows_no_link(root: Path, typed: Typed, kind: str) -> None:
    victim, lock = root.parent / "victim", root / "reports/.lock"
    victim.write_text("precious")
    match kind:
        case "link":
            lock.symlink_to(victim)
        case "hard link":
            lock.hardlink_to(victim)
        case _:
            lock.mkdir()
    code, _, err = typed(*BACKTEST)
    assert (code, "remove it" in err) == ((0, False) if kind == "hard link" else (1, True))
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("words", [("update",), ("schema", "--write", "x"), ("init", "x"), ("hub", "x"),
                                   ("sensitivity", "--workspace", "{root}", "--html", "x.html")])
def test_a_command_in_a_folder_that_is_gone_says_so(root: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch,
                                                    words: tuple[str, ...]) -> None:
    gone = root.parent / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    code, _, err = typed(*(word.format(root=root) for word in words))
    assert (code, err) == (1, "forecast: the current folder is gone; go to another one with cd, and run the command "
                              "again\n")


def test_a_text_that_keeps_its_empty_lines_does_not_end_the_file(root: Path, typed: Typed) -> None:
    path = root / "evidence/indicators.yaml"
    text = path.read_text()
    start = text.index("  rationale:")
    path.write_text(text[:start] + "  rationale: |+\n    Because.\n\n")
    for name in ("fund", "other"):
        words = ("--from-indicator", "strike-pay-fund", "--source", "paper", "--yes") if name == "fund" else NEW
        assert typed("new", name, *words, "--date", "2024-01-12")[0] == 0
    assert "..." not in (root / MONTH).read_text()
    assert {"fund", "other"} <= {item.id for item in load(root).items}


def test_who_waits_too_long_for_a_lock_is_told_what_to_do(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_PATIENCE", 0)
    told = pytest.raises(ForecastError, match="run this one again")
    with locked(root / "priors"), ThreadPoolExecutor(1) as pool, told:
        pool.submit(write_item, load(root), FIELDS).result()


def test_two_files_are_written_both_or_not_at_all(root: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    before, true = files_of(root), Path.replace

    def failing(self: Path, target: Path) -> Path:
        if Path(target).name == "indicators.yaml":
            raise OSError(28, "No space left on device")
        return true(self, target)

    words = ("new", "fund", "--from-indicator", "strike-pay-fund", "--source", "paper", "--date", "2024-01-12", "--yes")
    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", failing)
        code, _, err = typed(*words)
    assert (code, "No space left" in err) == (1, True)
    assert files_of(root) == before
    assert typed(*words)[0] == 0
    first(root, "evidence/2024-01-x.yaml")
    both = {MONTH: b"[]\n", "evidence/indicators.yaml": b"[]\n"}
    before = files_of(root)
    with monkeypatch.context() as broken, pytest.raises(ForecastError, match="No space left"):
        broken.setattr(Path, "replace", failing)
        exchange(root, {path: before[path] for path in both}, both)
    assert files_of(root) == before


def test_a_new_file_replaces_nothing_that_came_meanwhile(root: Path) -> None:
    made = propose(load(root), FIELDS)
    first(root)
    before = files_of(root)
    with pytest.raises(ChangedError, match="is there already"):
        made.write()
    (root / MONTH).unlink()
    (root / MONTH).symlink_to("nowhere.yaml")
    with pytest.raises(ChangedError, match="is there already"):
        made.write()
    (root / MONTH).unlink()
    assert {MONTH: b"", **files_of(root)}.keys() == before.keys()


def test_the_ends_of_lines_are_those_of_the_file(root: Path, typed: Typed) -> None:
    path = first(root)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert typed("new", "added", *NEW)[0] == 0
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") > 10


@pytest.mark.parametrize("text", ["12e3", "no", "0o17", "1:30", "2024-01-10", "~", "x: y # z", "'", "- a", "{a}",
                                  "\u00e9…"])
def test_texts_are_read_back_as_they_were_typed(root: Path, typed: Typed, text: str) -> None:
    assert typed("new", "abc", "--title", text, *NEW[2:])[0] == 0
    assert next(item for item in load(root).items if item.id == "abc").title == text


def test_an_id_that_looks_like_a_number_is_written_as_a_text(root: Path, typed: Typed) -> None:
    assert typed("new", "3e7", *NEW)[0] == 0
    assert "3e7" in {item.id for item in load(root).items}


@pytest.mark.parametrize("file", ["evidence/items.yaml", "evidence/new.html", "priors/question.yaml", "notes.html",
                                  "link.html", "reports/index.html", "reports/feed.xml",
                                  "reports/2024-01-12/report.html", "reports/backtest/x.html", "archive/new.html",
                                  "archive/originals/page.html", "mail/2024-01-12/report.html",
                                  "mail/2024-01-12/charts/a.html"])
def test_a_page_takes_the_place_of_a_page_alone(root: Path, typed: Typed, file: str) -> None:
    (root / "notes.html").write_text("<!doctype html><p>mine")
    (root / "link.html").symlink_to("gone.html")
    for sealed in ("archive/originals/page.html", "mail/2024-01-12/report.html", "mail/2024-01-12/charts/a.html"):
        (root / sealed).parent.mkdir(parents=True, exist_ok=True)
        (root / sealed).write_bytes(writing.PAGE_MARK)
    (root / "mail/2024-01-12/SHA256SUMS").write_text("00  report.html\n00  charts/a.html\n")
    (root / "evidence/scenarios").mkdir()
    (root / "evidence/scenarios/a.yaml").write_text("name: x\ndrop: [ballot-announced]\n")
    before = files_of(root)
    code, _, err = typed("compare", "--as-of", "2024-01-12", "--html", file)
    assert (code, "name another file" in err) == (1, True)
    assert files_of(root) == before


def test_a_page_may_lie_beside_a_seal_that_does_not_name_it(root: Path, typed: Typed) -> None:
    (root / "SHA256SUMS").write_text("00  other.html\n")
    assert typed("sensitivity", "--as-of", "2024-01-12", "--html", "page.html")[0] == 0


def test_a_page_makes_its_folder_and_is_said_apart_from_the_output(tmp_path: Path,
                                                                   capsys: pytest.CaptureFixture[str]) -> None:
    write_html(tmp_path / "for/friday.html", f"<html><head>{writing.PAGE_MARK.decode()}</head>")
    assert (tmp_path / "for/friday.html").is_file()
    assert capsys.readouterr() == ("", f"… {tmp_path}/for/friday.html: written\n")


def test_a_page_of_the_program_is_replaced(tmp_path: Path) -> None:
    page = f"<html><head>{writing.PAGE_MARK.decode()}</head>"
    for text in ("one", "two"):
        write_marked(tmp_path / "page.html", (page + text).encode(), writing.PAGE_MARK)
        assert (tmp_path / "page.html").read_text() == page + text


def test_a_table_takes_the_place_of_a_table_alone(root: Path, typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "out").symlink_to(tmp_path / "elsewhere")
    (root / "notes.csv").write_text("mine\n")
    (root / "link.csv").symlink_to("notes.csv")
    shutil.rmtree(root / "reports")
    before = files_of(root)
    for table in ("priors/question.yaml", "priors/new.csv", "evidence/new.csv", "notes.csv", "link.csv", "out/x.csv",
                  "reports"):
        assert typed("calibrate", ".", "--commit", table)[0] == 1, table
    assert (files_of(root), [*(tmp_path / "elsewhere").iterdir()]) == (before, [])
    for _ in range(2):
        assert typed("calibrate", ".", "--commit", "forecasts.csv")[1] == "forecasts.csv: 1 forecast written\n"


def test_a_calibration_takes_the_place_of_a_calibration_alone(root: Path, typed: Typed, tmp_path: Path) -> None:
    (root / "page").mkdir()
    (root / "page/calibration.html").write_text("mine")
    (root / "notes").mkdir()
    (root / "notes/calibration.yaml").write_text("mine: 1\n")
    for folder in ("page", "notes"):
        code, _, err = typed("calibrate", ".", "--out", folder)
        assert (code, err.count("\n")) == (1, 1), "refused before anything is computed"
        assert "calibration." in err
    refuse_taken(tmp_path / "new")
    (root / "notes/calibration.yaml").write_text(f"{CALIBRATION_MARK}\nshift: 0\n")
    (root / "notes/calibration.html").write_text(f"<html><head>{writing.PAGE_MARK.decode()}</head>an earlier one")
    refuse_taken(root / "notes")
    (root / "notes/charts").mkdir()
    for name, text in (("calibration.html", "<p>mine"), ("calibration.md", "# My notes\n"), ("calibration.json", "{}"),
                       ("charts/reliability.svg", "<svg>mine</svg>"), ("charts/weights.png", "mine")):
        path = root / "notes" / name
        before = path.read_bytes() if path.exists() else None
        path.write_text(text)
        with pytest.raises(ForecastError, match=f"{name}: is there and was not written by forecast"):
            refuse_taken(root / "notes")
        path.unlink() if before is None else path.write_bytes(before)
    refuse_taken(root / "notes")


@pytest.mark.parametrize("name", ["calibration.md", "charts/reliability.svg", "charts/weights.png"])
def test_a_new_calibration_replaces_nothing(root: Path, name: str) -> None:
    (root / "out/charts").mkdir(parents=True)
    (root / "out" / name).write_text(f'# {TITLE} class="marks" \x89PNG')
    with pytest.raises(ForecastError, match=f"{name}: is there"):
        refuse_taken(root / "out")


def test_a_calibration_is_written_to_priors_and_not_to_what_is_read_there(root: Path, tmp_path: Path) -> None:
    for folder in ("priors", "priors/learned", "learned", "."):
        refuse_taken(root / folder)
    (root / "link").symlink_to("evidence")
    (root / "away").symlink_to(tmp_path)
    for folder in ("evidence", "evidence/drafts", "priors/outside", "priors/outside/x", "link", "away"):
        with pytest.raises(ForecastError, match="name another folder"):
            refuse_taken(root / folder)


def test_charts_of_a_backtest_take_the_place_of_its_charts_alone(root: Path, typed: Typed) -> None:
    words = ("backtest", "--every", "8w", "--jobs", "1")
    own = root / "reports/backtest/charts/w-every-8w-curve.svg"
    own.parent.mkdir(parents=True)
    own.write_text("<svg>mine</svg>")
    code, _, err = typed(*words)
    assert (code, own.read_text()) == (1, "<svg>mine</svg>")
    assert "w-every-8w-curve.svg: is there and was not written by forecast; move it away" in err
    assert not own.with_name("w-every-8w-outcomes.svg").exists()
    own.unlink()
    assert [typed(*words)[0] for _ in range(2)] == [0, 0]
    own.write_text("<svg>mine</svg>")
    assert (typed(*words)[0], own.read_text()) == (1, "<svg>mine</svg>")


def test_a_backtest_takes_the_place_of_a_backtest_alone(root: Path, typed: Typed) -> None:
    words = ("backtest", "--every", "8w", "--jobs", "1", "--no-charts")
    place = root / "reports/backtest/w-every-8w.json"
    place.parent.mkdir(parents=True)
    place.write_text("my notes")
    code, _, err = typed(*words)
    assert (code, place.read_text()) == (1, "my notes")
    assert "was not written by forecast; move it away" in err
    place.unlink()
    for _ in range(2):
        assert typed(*words)[0] == 0


def test_without_a_workspace_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("x")
    (tmp_path / "link").symlink_to("there")
    with pytest.raises(ForecastError, match="is a link"):
        write_file(tmp_path / "link", b"y")
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "there").read_text()) == (True, "x")


@pytest.mark.parametrize("folder", ["priors", "evidence", "evidence/schemas", "priors/x", "evidence/drafts", "archive",
                                    "out/new"])
def test_nothing_is_begun_among_what_is_read_or_behind_a_link_out(root: Path, typed: Typed, tmp_path: Path,
                                                                  folder: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (root / "out").symlink_to(elsewhere)
    (tmp_path / "one.yaml").write_text(CASE.format(name="one", first="2025-04-01"))
    before = files_of(root)
    why = "a link leads out of the workspace" if folder == "out/new" else "of a workspace"
    for words in (("schema", "--write", folder), ("init", f"{folder}/new"), ("hub", f"{folder}/hub", "."),
                  ("encode", str(tmp_path / "one.yaml"), "--analyst", "anna", "--out", folder)):
        code, _, err = typed(*words)
        assert (code, f"{why}; name another folder" in err) == (1, True), err
    with pytest.raises(ForecastError, match="out of the workspace"), locked(root / "out/deep/er"):
        pass
    assert (files_of(root), [*elsewhere.iterdir()]) == (before, [])


def test_schemas_take_the_place_of_schemas_alone(root: Path, typed: Typed) -> None:
    assert typed("schema", "--write", ".schemas")[1].startswith(".schemas: question.json")
    (root / ".schemas/question.json").write_text("{}")
    assert typed("schema", "--write", ".schemas")[0] == 1
    assert (root / ".schemas/question.json").read_text() == "{}"


AGREED = """# Agreed with the desk: keep the order.
---
- id:   paper-item      # aligned by hand
  title: Something that is told
    over two lines
  date: 2024-01-09
  source: paper
  likelihood_ratio: {strike: [1.1,1.3,1.60]}     # keep 1.60
  rationale: A reason.

- {id: other, title: Other, date: 2024-01-09, source: union,   # flow
   likelihood_ratio: {strike: [1.2, 1.5, 2]}, rationale: Why}
"""


def test_the_desk_changes_the_line_it_must_and_no_other(root: Path) -> None:
    (root / MONTH).write_text(AGREED)
    workspace = load(root)
    revise = {"other": {"likelihood_ratio": {"strike": [1.2, 1.7, 2]}}, "paper-item": {"credibility": 3}}
    made = change_of_files(workspace, workspace.case(date(2024, 1, 12)), Scenario(name="x", revise=revise))
    assert made.after[MONTH].decode() == AGREED.replace("1.5", "1.7").replace(
        "  rationale: A reason.", "  credibility: 3\n  rationale: A reason.")


def test_a_value_that_others_name_is_not_changed_for_them(root: Path) -> None:
    text = AGREED.replace("{strike: [1.1,1.3,1.60]}", "&same {strike: [1.1,1.3,1.60]}").replace(
        "{strike: [1.2, 1.5, 2]}", "*same")
    (root / MONTH).write_text(text)
    workspace = load(root)
    scenario = Scenario(name="x", revise={"paper-item": {"likelihood_ratio": {"strike": [1.1, 1.4, 1.6]}}})
    with pytest.raises(ForecastError, match=rf"{MONTH}:\d+: .*by hand"):
        change_of_files(workspace, workspace.case(date(2024, 1, 12)), scenario)


def test_a_write_protected_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.yaml"
    path.write_text("x")
    path.chmod(0o444)
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everything
    with pytest.raises(ForecastError, match="write-protected"):
        write_file(path, b"y")
    assert path.read_text() == "x"


def test_of_two_that_begin_one_workspace_the_second_takes_nothing_from_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "new"

    def attempt(_: int) -> bool:
        try:
            init(folder, date(2024, 1, 3))
        except (ForecastError, InputError):
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1
    assert load(folder).question.id == "new"
    assert list(tmp_path.glob(".making-*")) == []


def test_a_workspace_that_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "new"):
        with pytest.raises(ForecastError, match="not after --opens"):
            init(folder, date(2024, 1, 3), horizon=date(2024, 1, 3))
        with pytest.raises(ForecastError, match="more than 100 years"):
            init(folder, date(2024, 1, 3), horizon=date(2224, 1, 3))
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]


def test_options_of_an_encoding_do_not_go_with_an_indicator(typed: Typed, root: Path) -> None:
    code, _, err = typed("new", "fund", "--from-indicator", "strike-pay-fund", "--source", "paper", *IF, "--yes")
    assert (code, "leave out --if" in err) == (1, True)


def test_git_leaves_what_is_known_by_its_hash_as_it_is(root: Path) -> None:
    paths = ["reports/2024-01-05/report.md", "reports/index.html", "archive/page.html", "logs/ann.log.jsonl"]
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    for attributes in ((root / ".gitattributes").read_text(), (ROOT / ".gitattributes").read_text()):
        (root / ".gitattributes").write_text(attributes)
        command = ["git", "check-attr", "text", *paths]
        told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        assert told.stdout.splitlines() == [f"{path}: text: unset" for path in paths]


@pytest.mark.parametrize("kind", ["plain", "quoted", "a byte order mark", "brackets"])
def test_the_reason_for_a_change_of_the_question_is_written_or_named(root: Path, kind: str) -> None:
    path = root / "priors/question.yaml"
    text = path.read_text(encoding="utf-8") + "default_spread: 2\n"
    if kind == "quoted":
        text = text.replace("default_spread:", '"default_spread":')
    if kind == "brackets":
        text = json.dumps(read(text.encode()).value, default=str)
    path.write_bytes(BOM_UTF8 * (kind == "a byte order mark") + text.encode())
    workspace = load(root)
    made = change_of_files(workspace, workspace.case(date(2024, 1, 12)),
                           Scenario(name="x", question={"default_spread": 3}),
                           {("question", workspace.question.id, "default_spread"): "Wider."})
    written = made.after["priors/question.yaml"]
    assert written.startswith(BOM_UTF8) == (kind == "a byte order mark")
    assert (b"# Wider.\n" in written) == (kind != "brackets")
    assert any("default_spread" in each for each in made.left_out) == (kind == "brackets")
