"""Measure everything in one run and write RESULTS.md: `make bench`."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from benchmarks import calibrations, many, others, sizes, verbs
from benchmarks.cases import case
from benchmarks.timing import best, process
from forecast.analysis.attribution import leave_one_out, shapley
from forecast.cli.commands import open_workspace
from forecast.engine.exact import Exact
from forecast.engine.nuts.result import forecast_nuts

Rows = Iterator[tuple[str, ...]]


def machine() -> str:
    """Name what it ran on."""
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    return f"{cpu}, {os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"


def seconds(value: float) -> str:
    """A duration as people say it."""
    return f"{value * 1e3:.2g} ms" if value < 0.0995 else f"{value:.2f} s" if value < 10 else f"{value:,.0f} s"


def engines() -> Rows:
    """The exact engine on the real case and on a usual one, and other roads to the same numbers."""
    real = open_workspace(Path()).case(date.fromisoformat(verbs.DAY))
    usual = case(sizes.USUAL_ITEMS, sizes.USUAL_WEEKS)
    for name, one in (("real case", real), ("118 items × 119 weeks × 2 alternatives", usual)):
        engine = Exact(one)
        exact = best(lambda one=one: sizes.afresh(one), 20)
        least = others.floor(engine)
        yield f"{name}: exact", seconds(exact), f"{exact / least:.1f} × the bare arithmetic ({seconds(least)})"
        yield f"{name}: band and worth", seconds(best(lambda one=one: Exact(one).forecast.band)), ""
        yield f"{name}: leave-one-out of all", seconds(best(lambda e=engine: leave_one_out(e), 3)), ""
        yield f"{name}: Shapley, 200 permutations", seconds(best(lambda e=engine: shapley(e), 1)), ""
        forecast_nuts(one, draws=50, tune=50)   # compiled, or loaded from disk
        start = time.perf_counter()
        forecast_nuts(one)
        nuts = time.perf_counter() - start
        yield f"{name}: NUTS 4 × (500 + 1,000), warm", seconds(nuts), f"{nuts / exact:,.0f} × exact"
        if one is real:
            what, needed, remark = others.by_monte_carlo(real, 0.001)
            yield f"{name}: {what}", seconds(needed), f"{needed / exact:,.0f} × exact; {remark}"
    many = case(1_000, 30)
    start = time.perf_counter()
    forecast_nuts(many)
    yield "1,000 items × 30 weeks: NUTS", seconds(time.perf_counter() - start), ""
    for items in (30, 300, 1_000):
        for what, taken, remark in others.by_network(others.network(items)):
            yield what, seconds(taken), remark


def growth() -> Rows:
    """Time and memory over items and over weeks, with the fitted exponents."""
    for axis, values in (("items", sizes.ITEMS), ("weeks", sizes.WEEKS)):
        taken = []
        for value in values:
            shape = (value, sizes.USUAL_WEEKS) if axis == "items" else (sizes.USUAL_ITEMS, value)
            spent, memory = sizes.measure(*shape)
            taken.append(spent)
            yield f"{shape[0]:,} items × {shape[1]} weeks", seconds(spent), f"{memory:,.0f} MiB at most"
        upper = len(values) // 2
        yield (f"exponent of the time in {axis}", f"{sizes.exponent(list(values), taken):.2f}",
               f"{sizes.exponent(list(values[upper:]), taken[upper:]):.2f} from {values[upper]:,} on")


def at_once() -> Rows:
    """Scenarios of one case, weeks of one question, cases of a calibration, items of one workspace."""
    real = open_workspace(Path()).case(date.fromisoformat(verbs.DAY))
    for count in (100, 10_000):
        yield f"real case: {count:,} scenarios", seconds(many.of_scenarios(real, count)), "in one process"
    weeks, taken = many.of_weeks(real)
    yield f"real case: backtest of {weeks} weeks", seconds(taken), "in one process, with bands"
    yield "1,000 cases at 25 evidence weights", seconds(calibrations.of_cases(1_000)), "in two processes"
    with tempfile.TemporaryDirectory() as name:
        for verb, run in many.processes(Path(name, "large"), 10_000):
            yield f"forecast {verb}", seconds(run.wall), f"{seconds(run.cpu)} of the processor"


def processes() -> Rows:
    """Whole processes, and where the time of one goes."""
    for name, run in verbs.verbs().items():
        yield f"forecast {name}", seconds(run.wall), f"{seconds(run.cpu)} of the processor"
    with tempfile.TemporaryDirectory() as name:
        for part in ("priors", "evidence"):
            shutil.copytree(part, Path(name, "workspace", part))
        for state, run in zip(("nothing compiled", "compiled before"), verbs.report(Path(name)), strict=True):
            yield f"forecast report, {state}", seconds(run.wall), f"{seconds(run.cpu)} of the processor"
    for what, taken in json.loads(process([sys.executable, "-m", "benchmarks.verbs"]).output).items():
        yield f"part of update: {what}", seconds(taken), ""


SECTIONS = {"Engines": engines, "Growth": growth, "Many at once": at_once, "Whole processes": processes}


def main() -> None:
    """Write the sections that are named, all by default, and print them as they come."""
    lines = ["# Results", "", f"{machine()}. One run; only the ratios carry over to other machines.", ""]
    for title in sys.argv[1:] or SECTIONS:
        lines += [f"## {title}", "", "| | | |", "|---|---:|---|"]
        for row in SECTIONS[title]():
            lines.append(f"| {' | '.join(row)} |")
            print(lines[-1], flush=True)
        lines.append("")
    if len(sys.argv) == 1:
        Path(__file__).with_name("RESULTS.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
