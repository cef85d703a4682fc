"""Reports that are killed while they are written, written twice at once, or written to a full disk."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from shutil import rmtree
from typing import Any

import pytest

from forecast.core.errors import ForecastError
from forecast.workspace.archive import StoredReport
from forecast.workspace.editing import proposal
from forecast.workspace.imports.drafts import import_drafts
from forecast.workspace.loader import load
from forecast.workspace.starting import init, write_schemas
from forecast.workspace.writing import write_file
from tests import ROOT
from tests.project.report.documents import earlier_document
from tests.robustness.hostile.writer import DAY, WEEK_LATER, count_steps, prepare, scratch, version_of, write

KILLS = int(os.environ.get("FORECAST_KILLS", "2"))
"""Moments of each of two reports at which it is killed, of some two hundred, beside the ends and the middle."""
REPORT_KILLS = int(os.environ.get("FORECAST_REPORT_KILLS", "1"))
"""Kills of runs of `forecast report` while they draw and write."""
LONGEST_DRAWING = 4.0
"""Seconds after which a report of a small workspace is in its place."""

Starts = Callable[..., Connection]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small workspace."""
    prepare(tmp_path)
    return tmp_path


@pytest.fixture
def start() -> Iterator[Starts]:
    """Start a process that writes a report, and says when it begins, what came of it and how many steps it took."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.robustness.hostile.writer", "forecast.engine.nuts.result",
                                    "forecast.report.hub", "forecast.report.folder", "filelock._unix"])
    begun: list[Any] = []

    def run(*arguments: Any, last: int | None = None) -> Connection:
        here, there = context.Pipe()
        process = context.Process(target=_told, args=(there, last, arguments))
        begun.append(process)
        process.start()
        there.close()
        assert here.recv() == "begins"
        return here

    yield run
    for process in begun:
        process.kill()
        process.join()


def _told(pipe: Connection, last: int | None, arguments: tuple[Any, ...]) -> None:
    # The server that it comes from may have been started while another test kept memory short.
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    steps: list[Callable[[], int]] = []

    def begins() -> None:
        pipe.send("begins")
        steps.append(count_steps(last))

    try:
        root, version, *rest = arguments
        day, force = (*rest, DAY, True)[:2] if not rest else (*rest, True)[:2]
        said = write(root, version, day, force, begins)
    except ForecastError as error:
        said = f"refused: {error}"
    pipe.send(said)
    pipe.send(steps[0]())


@pytest.mark.parametrize("there", [False, True], ids=["a first report", "a report that is there"])
def test_a_kill_at_any_moment_leaves_the_old_state_or_the_new(root: Path, start: Starts, there: bool) -> None:
    if there:
        write(root, "0")
    pipe = start(root, "0")
    assert pipe.recv() == f"reports/{DAY}: written"
    steps = pipe.recv()
    seen, left = set(), 0
    for last in sorted({1, steps // 4, steps - 1, *Random(2031).sample(range(steps), min(KILLS, steps))}):
        version = str(last + 1)
        if there:
            write(root, "0")
        else:
            rmtree(root / "reports")
        with pytest.raises(EOFError):
            start(root, version, last=last).recv()
        found = version_of(root)
        assert found in ("0" if there else None, version)
        seen.add(found)
        left += bool(scratch(root))
        said = write(root, version, force=found != version)
        assert said == f"reports/{DAY}: {'unchanged' if found == version else 'written'}"
        assert version_of(root) == version
        assert scratch(root) == []
        assert f"{DAY}/report.html" in (root / "reports/index.html").read_text(encoding="utf-8")
    assert "0" in seen or None in seen, "some kills came before the report was in its place"
    assert len(seen) > 1, "some came after"
    assert left, "and some in between"


def test_a_report_that_is_there_whole_gets_the_index_that_a_kill_took_from_it(root: Path) -> None:
    write(root, "1")
    (root / "reports/index.html").unlink()
    assert write(root, "1", force=False) == f"reports/{DAY}: unchanged"
    assert (root / "reports/index.html").is_file()


def test_what_a_kill_left_of_a_file_is_removed_by_the_next_writer_of_that_file(tmp_path: Path) -> None:
    left, other = tmp_path / ".making-items[1].yaml-x", tmp_path / ".making-other.yaml-x"
    for path in (left, other):
        path.write_bytes(b"half")
    write_file(tmp_path / "items[1].yaml", b"whole")
    assert {path.name for path in tmp_path.iterdir()} == {"items[1].yaml", other.name}


def test_two_reports_at_once_are_both_whole(root: Path, start: Starts) -> None:
    days = [DAY, WEEK_LATER]
    runs = [start(root, "1", day) for day in days]
    assert sorted(pipe.recv() for pipe in runs) == [f"reports/{day}: written" for day in days]
    index = (root / "reports/index.html").read_text(encoding="utf-8")
    for day in days:
        assert version_of(root, day) == "1"
        assert f"{day}/report.html" in index
    assert scratch(root) == []


@pytest.mark.parametrize("same", [True, False])
def test_of_two_reports_of_one_date_the_second_finds_the_first(root: Path, start: Starts, same: bool) -> None:
    for turn in range(2):
        rmtree(root / "reports", ignore_errors=True)
        versions = [str(10 * turn), str(10 * turn + (not same))]
        runs = [start(root, version, DAY, False) for version in versions]
        said = sorted(pipe.recv() for pipe in runs)
        assert said[-1] == f"reports/{DAY}: written"
        assert said[0].startswith(f"reports/{DAY}: unchanged" if same else
                                  f"refused: reports/{DAY} is there and differs")
        assert version_of(root) in versions
        assert scratch(root) == []


@contextmanager
def full_disk(room: int = 0) -> Iterator[None]:
    """Let no file grow beyond a size: what a full disk does, without the rights to mount one."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def _state(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*")
            if path.is_file() and path.name != ".lock"}


@pytest.mark.parametrize("room", [0, 5000, 100_000])
def test_a_report_for_which_there_is_no_room_leaves_the_one_that_is_there(root: Path, room: int) -> None:
    write(root, "1")
    before = _state(root)
    with full_disk(room), pytest.raises(ForecastError, match=rf"reports/{DAY}: cannot be written \(File too large\)"):
        write(root, "2")
    assert _state(root) == before


@pytest.mark.filterwarnings("default")
def test_the_file_of_chains_tells_of_a_full_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np
    import xarray

    from forecast.cli.reports import _fill

    # A test with a cluster, in this process, leaves xarray locks that ask a scheduler which is gone.
    monkeypatch.setattr("xarray.backends.locks.get_dask_scheduler", lambda *_, **__: None)
    draws = np.random.default_rng(1).random((1000, 1000))
    tree = xarray.DataTree.from_dict({"posterior": xarray.Dataset({"event": (("chain", "draw"), draws)})})
    result: Any = type("Result", (), {"tree": tree})
    with full_disk(2_000_000), pytest.raises(OSError, match="is the disk full"):
        _fill(tmp_path, earlier_document(), [], result)


Writing = Callable[[Path], object]
SCENARIO = "evidence/scenarios/new.yaml"


def _drafts(root: Path) -> object:
    table = root / "timeline.csv"
    table.write_text("date,statement\n2031-04-01,A rumour\n", encoding="utf-8")
    with full_disk():
        return import_drafts(load(root), table, DAY)


WRITERS: dict[str, Writing] = {
    "init": lambda root: init(root / "new", DAY), "schema": lambda root: write_schemas(root / "new"), "import": _drafts,
    "desk": lambda root: proposal(load(root), {SCENARIO: b"name: New\ndrop: [overtime]\n"}).write()}


@pytest.mark.parametrize("name", WRITERS)
def test_what_finds_no_room_is_named_and_nothing_is_lost(root: Path, name: str) -> None:
    if name == "import":
        (root / "timeline.csv").write_text("date,statement\n2031-04-01,A rumour\n", encoding="utf-8")
    before = _state(root)
    with full_disk() if name != "import" else full_disk(10**6), \
            pytest.raises(ForecastError, match=r"/(new|evidence)\b.*: cannot be written \(File too large\)"):
        WRITERS[name](root)
    assert _state(root) == before
    assert scratch(root) == []


COMMANDS = {"new": ("new", "rumour", "--date", "2024-04-10", "--title", "A rumour", "--source", "wire", "--rationale",
                    "x", "--if", "strike=0.3", "--if", "slowdown=0.2", "--if", "calm=0.1", "--yes"),
            "backtest": ("backtest", "--every", "8w", "--jobs", "1"), "compare": ("compare", "--html", "new.html")}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_without_room_says_so_and_exits_with_one(root: Path, monkeypatch: pytest.MonkeyPatch, name: str,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    from forecast.cli.app import main

    before = _state(root)
    monkeypatch.chdir(root)
    monkeypatch.setattr(sys, "argv", ["forecast", *COMMANDS[name]])
    with full_disk(), pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert "cannot be written (File too large)" in said
    assert len(said.splitlines()) == 1
    assert _state(root) == before
    assert scratch(root) == []


DRAWING = """
import sys
from pathlib import Path
from forecast.__main__ import main
from tests.robustness.hostile.writer import computed
with computed(Path(sys.argv.pop(1)), "2"):
    main()
"""


@pytest.mark.slow
def test_a_report_that_is_drawn_survives_its_kills_too(root: Path) -> None:
    command = [sys.executable, "-c", DRAWING, str(root), "report", "--as-of", str(DAY), "--force"]
    environment, folder = os.environ | {"PYTHONPATH": str(ROOT)}, root / "reports" / str(DAY)
    random = Random(1)
    write(root, "1")
    before = _state(folder)
    for _ in range(REPORT_KILLS):
        process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, start_new_session=True)
        assert any("charts and pages" in line for line in process.stderr or ())
        time.sleep(random.uniform(0, LONGEST_DRAWING))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        after = _state(folder)
        if after != before:
            assert StoredReport(folder).inputs == load(root).inputs
            assert after["report.html"].rstrip().endswith(b"</html>")
            assert after.keys() >= {"report.md", "forecast.json", "posterior.nc", "charts/cumulative.svg"}
        before = after
    # The next writer clears away what the killed one was making.
    write(root, "2")
    assert version_of(root) == "2"
    assert scratch(root) == []
