"""How time and memory of the exact engine grow: `python -m benchmarks.sizes ITEMS WEEKS` measures one size."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np

from benchmarks.cases import case
from benchmarks.timing import best, process
from forecast.engine import exact
from forecast.records.case import Case

USUAL_WEEKS, USUAL_ITEMS = 119, 118
ITEMS = (10, 100, 1_000, 10_000, 100_000)
WEEKS = (26, 52, 104, 208, 520)


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Slope of log time over log size by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def measure(items: int, weeks: int) -> tuple[float, float]:
    """Seconds of one forecast in a process of its own, and the peak memory of that process in MiB."""
    run = process([sys.executable, "-m", "benchmarks.sizes", str(items), str(weeks)])
    seconds, memory = map(float, run.output.split()[-2:])
    return seconds, memory


def afresh(one: Case) -> None:
    """Compute a forecast with none of its integrals kept from an earlier one."""
    exact._INTEGRALS.clear()
    _ = exact.Exact(one).forecast


def main() -> None:
    """Print the seconds of one forecast, and the most memory that this process had."""
    items, weeks = map(int, sys.argv[1:])
    one = case(items, weeks, sources=40 if items > 1_000 else 12)
    afresh(case(10, weeks))   # the prior of so many weeks is kept
    print(best(lambda: afresh(one), 1 if items > 10_000 else 5))
    # What the system accounts to a child begins with the memory of its parent.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    print(int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024)  # type: ignore[index]


if __name__ == "__main__":
    main()
