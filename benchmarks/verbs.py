"""Whole processes: every verb on the workspace of this repository, and where the time of `update` goes.

`python -m benchmarks.verbs` prints the seconds of each part of one `update`.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

from benchmarks.timing import Run, median, process

DAY = "2022-12-02"
VERBS = ("--help", "check", f"update --as-of {DAY}", f"update --json --as-of {DAY}", f"explain --as-of {DAY}",
         f"compare --as-of {DAY}", f"watch --as-of {DAY}", f"breakeven decree-not-annulled --target 0.5 --as-of {DAY}")


def verbs() -> dict[str, Run]:
    """The median of three runs of each verb that writes nothing."""
    command = str(Path(sys.executable).with_name("forecast"))
    return {verb: median([command, *verb.split()]) for verb in VERBS}


def report(folder: Path) -> tuple[Run, Run]:
    """`report` with nothing compiled yet, and once more."""
    command = [str(Path(sys.executable).with_name("forecast")), "report", "--as-of", DAY, "--force"]
    compiled = {"PYTENSOR_FLAGS": f"base_compiledir={folder / 'compiled'}", "NUMBA_CACHE_DIR": str(folder / "numba")}
    workspace = ["--workspace", str(folder / "workspace")]
    cold, warm = (process([*command, *workspace], compiled) for _ in range(2))
    return cold, warm


def parts() -> dict[str, float]:
    """Seconds of each part of one `update`, in order."""
    taken: dict[str, float] = {}
    last = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal last
        now = time.perf_counter()
        taken[name], last = now - last, now

    for name, modules in {"command line": ("forecast.cli.app",), "NumPy": ("numpy",), "SciPy": ("scipy.special",),
                          "records": ("pydantic", "forecast.records.case"),
                          "the rest of the program": ("forecast.cli.commands",),
                          "terminal": ("forecast.report.terminal",)}.items():
        for module in modules:
            importlib.import_module(module)
        lap(f"loading: {name}")
    from datetime import date

    from forecast.analysis.attribution import leave_one_out
    from forecast.cli import commands

    workspace = commands.open_workspace(Path())
    case = workspace.case(date.fromisoformat(DAY))
    lap("files of the workspace")
    forecast = commands.forecast(case)
    lap("forecast")
    _ = forecast.band
    lap("band")
    leave_one_out(commands.engine(case))
    lap("leave-one-out")
    commands.change_since_last(workspace.root, case)
    lap("change since the last report")
    return taken


if __name__ == "__main__":
    print(json.dumps(parts()))
