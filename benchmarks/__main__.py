"""Measure everything in one run and write RESULTS.md: `make bench`.

Machines differ, and a shared one differs from itself within the hour. So each time stands beside a yardstick that is
measured just before it: a million additions in plain Python. Only these multiples carry over to other machines.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import calibrations
from benchmarks.cases import case, large
from benchmarks.timing import best, median, process
from forecast.analysis.attribution import leave_one_out, shapley
from forecast.analysis.scenarios import compare
from forecast.engine.exact import Exact
from forecast.engine.nuts.result import forecast_nuts
from forecast.evaluation.backtest import Dates, backtest
from forecast.records.case import Case
from forecast.workspace.loader import load

ROOT = Path()
DAY = "2022-12-02"
VERBS = ("--help", "check", f"update --as-of {DAY}", f"update --json --as-of {DAY}", f"explain --as-of {DAY}",
         f"compare leak-is-genuine information-war --as-of {DAY}", f"watch --as-of {DAY}",
         f"breakeven decree-not-annulled --target 0.5 --as-of {DAY}")
ITEMS = (100, 1_000, 10_000, 100_000)
DAYS = (182, 364, 728, 1_456)
FORECAST = str(Path(sys.executable).with_name("forecast"))


class Row(NamedTuple):
    """What was measured, seconds, and a remark."""

    what: str
    seconds: float
    remark: str = ""


def yardstick() -> float:
    """Seconds of a million additions in plain Python."""
    def additions() -> None:
        total = 0
        for number in range(1_000_000):
            total += number

    return best(additions, 3)


def once(work: Callable[[], object]) -> float:
    """Seconds of a single run."""
    return best(work, 1)


def real_case() -> Case:
    """The real case of this repository."""
    return load(ROOT).case(date.fromisoformat(DAY))


def engines() -> Iterator[Row]:
    """Both engines on the real case and on one of its size without a panel."""
    for name, one in (("real case", real_case()), ("118 items × 833 days", case(118, 833))):
        settled = Exact(one).settled
        yield Row(f"{name}: exact", best(lambda one=settled: Exact(one).forecast, 20), "opinions pooled before")
        yield Row(f"{name}: band and worth", best(lambda one=settled: Exact(one).forecast.band))
        engine = Exact(settled)
        yield Row(f"{name}: leave-one-out of all", best(lambda engine=engine: leave_one_out(engine)))
        yield Row(f"{name}: Shapley values", once(lambda engine=engine: shapley(engine)))
        forecast_nuts(one, draws=50, tune=50)  # compiled, or loaded from the disk
        yield Row(f"{name}: NUTS, warm", once(lambda one=one: forecast_nuts(one)))


def growth() -> Iterator[Row]:
    """The exact engine over items and over days, everything read anew, with the exponents of its growth."""
    for axis, values, cases in (("items", ITEMS, [case(items, 833) for items in ITEMS]),
                                ("days", DAYS, [case(118, days) for days in DAYS])):
        taken = [once(lambda one=one: Exact(one).forecast) for one in cases]
        rows = [f"{items:,} items × 833 days" for items in ITEMS] if axis == "items" else [
            f"118 items × {days} days" for days in DAYS]
        yield from (Row(row, seconds, "for the first time") for row, seconds in zip(rows, taken, strict=True))
        slope = np.polyfit(np.log(values[1:]), np.log(taken[1:]), 1)[0]
        yield Row(f"from {values[1]:,} to {values[-1]:,} {axis}", sum(taken[1:]), f"grows with the power {slope:.2f}")
    many = Exact(case(10_000, 833))
    yield Row("10,000 items: leave-one-out of all", once(lambda: leave_one_out(many)))


def at_once() -> Iterator[Row]:
    """Scenarios of one case, weeks of one question, cases of a calibration."""
    real = real_case()
    for one, count, remark in ((real, 100, "with a panel"),
                               (Exact(real).settled, 10_000, "opinions pooled before")):
        cases = _scenarios(one, count)
        yield Row(f"real case: {count:,} scenarios", once(lambda one=one, cases=cases: compare(one, cases)), remark)
    dates = Dates(date(2022, 9, 30), date(2024, 12, 27))
    yield Row(f"real case: backtest of {len(dates.inside(real.question))} weeks", once(lambda: backtest([real], dates)),
              "in one process, with bands")
    yield Row("1,000 cases at 25 evidence weights", calibrations.of_cases(1_000), "in two processes")


def _scenarios(real: Case, count: int) -> dict[str, Case]:
    """Cases that differ in the items they have, in a grade, in an overlap or in the lead of a preparation."""
    rng = np.random.default_rng(count)
    items, sources, groups = ([each.id for each in records] for records in (real.active, real.sources, real.groups))
    found = {}
    for number in range(count):
        drop = rng.choice(items, 3, replace=False).tolist()
        kinds: tuple[dict[str, object], ...] = (
            {"drop": drop}, {"sources": {str(rng.choice(sources)): {"grade": str(rng.choice(list("ABCDE")))}}},
            {"groups": {str(rng.choice(groups)): {"overlap": float(rng.uniform(0.1, 0.9))}}},
            {"question": {"preparation": {"lead": f"{rng.uniform(2, 30):.1f}w"}}})
        found[str(number)] = real.with_(**kinds[number % len(kinds)])
    return found


def processes() -> Iterator[Row]:
    """Whole processes; a report with nothing compiled, and once more."""
    for verb in VERBS:
        run = median([FORECAST, *verb.split()])
        yield Row(f"forecast {verb}", run.wall, f"{run.cpu:.2f} s of the processor")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large(folder / "large", ROOT, 10_000)
        run = median([FORECAST, "update", "--workspace", str(folder / "large")])
        yield Row("forecast update, 10,000 items", run.wall, f"{run.cpu:.2f} s of the processor")
        kept = {"PYTENSOR_FLAGS": f"base_compiledir={folder / 'compiled'}", "NUMBA_CACHE_DIR": str(folder / "numba")}
        command = [FORECAST, "report", "--force", "--as-of", DAY, "--workspace", str(folder / "real")]
        for part in ("priors", "evidence"):
            shutil.copytree(ROOT / part, folder / "real" / part)
        for state in ("nothing compiled", "compiled before"):
            run = process(command, kept)
            yield Row(f"forecast report, {state}", run.wall, f"{run.cpu:.0f} s of the processor")


SECTIONS = {"Engines": engines, "Growth": growth, "Many at once": at_once, "Whole processes": processes}


def seconds(value: float) -> str:
    """A duration as people say it."""
    return f"{value * 1e3:.2g} ms" if value < 0.0995 else f"{value:.2f} s" if value < 10 else f"{value:,.0f} s"


def multiple(value: float) -> str:
    """A number of yardsticks."""
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"


def machine() -> str:
    """Name what it ran on."""
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
                if line.startswith("model name")), platform.machine())
    return f"{cpu}, {os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    """Write the sections that are named, all by default, and print them as they come."""
    lines = ["# Results", "", f"{machine()}, on {time.strftime('%Y-%m-%d')}. One run. A yardstick is the time of a "
             "million additions in plain Python, measured just before; only multiples of it carry over to other "
             "machines.", ""]
    for title in sys.argv[1:] or SECTIONS:
        lines += [f"## {title}", "", "| | time | yardsticks | |", "|---|---:|---:|---|"]
        unit = yardstick()
        for row in SECTIONS[title]():
            lines.append(f"| {row.what} | {seconds(row.seconds)} | {multiple(row.seconds / unit)} | {row.remark} |")
            print(lines[-1], flush=True)
            unit = yardstick()
        lines.append("")
    if len(sys.argv) == 1:
        Path(__file__).with_name("RESULTS.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
