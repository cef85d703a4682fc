"""Worker processes: they end with their parent, however it ends, and run nobody's code but the program's."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forecast.evaluation import parallel
from tests import ROOT
from tests.project.test_score import workspace
from tests.robustness.reading.example import QUESTION

COMMAND = (sys.executable, "-P", "-m", "forecast", "backtest", "--no-charts", "--jobs", "2")
PATIENCE = 120
"""Seconds after which something will not happen any more: far more than it takes on a machine that is busy."""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")]


def _processes(session: int) -> list[int]:
    """The processes of a session that still live."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its = path.read_text(encoding="utf-8").rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(its) == session and state not in "ZX":
            found.append(int(path.parent.name))
    return found


def _wait_for(session: int, least: int, most: int) -> None:
    end = time.monotonic() + PATIENCE
    while not least <= len(_processes(session)) <= most:
        assert time.monotonic() < end, f"{len(_processes(session))} processes"
        time.sleep(0.1)


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A backtest of many dates, with its workers at work."""
    root = workspace(tmp_path)
    text = (root / QUESTION).read_text(encoding="utf-8")
    (root / QUESTION).write_text(text.replace("horizon: 2031-12-31", "horizon: 2039-12-31").replace("resolved:", "#"),
                                 encoding="utf-8")
    process = subprocess.Popen([*COMMAND, "--every", "1d"], cwd=root, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, start_new_session=True,
                               env=os.environ | {"PYTHONPATH": str(ROOT)})
    _wait_for(process.pid, 5, 5)   # itself, the resource tracker, the fork server and two workers
    yield process
    for left in _processes(process.pid):
        os.kill(left, signal.SIGKILL)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_the_command(busy: subprocess.Popen[bytes], end: signal.Signals) -> None:
    os.kill(busy.pid, end)
    _, said = busy.communicate()   # ends when nobody holds its standard error open any more
    assert b"Traceback" not in said
    _wait_for(busy.pid, 0, 0)


def test_workers_run_no_module_of_the_current_folder(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    for name in ("socket", "signal", "selectors", "numpy", "forecast", "sitecustomize", "yaml"):
        (root / f"{name}.py").write_text("open('RAN', 'a').write(__name__)\n", encoding="utf-8")
    done = subprocess.run([*COMMAND, "--every", "8w"], cwd=root, capture_output=True, text=True, check=False,
                          env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert (done.returncode, done.stderr) == (0, "")
    assert not (root / "RAN").exists()


def test_an_interrupt_while_a_worker_begins_leaves_none_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    context = parallel._context()
    launch = context.Process._Popen

    def launched(process: Any) -> Any:
        made = launch(process)
        begun.append(made.pid)
        signal.raise_signal(signal.SIGINT)  # before the process is in the list of those that are active
        return made

    monkeypatch.setattr(context.Process, "_Popen", staticmethod(launched))
    with pytest.raises(KeyboardInterrupt), parallel.workers(2) as shared:
        list(shared(abs, [-1, -2]))
    assert len(begun) == 1
    assert multiprocessing.active_children() == []
    with pytest.raises(ProcessLookupError):
        os.kill(begun[0], 0)
