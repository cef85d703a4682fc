"""Measure the engines in one run and write RESULTS.md: `make bench`."""

from __future__ import annotations

import os
import platform
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.cases import case
from forecast.attribution import leave_one_out, shapley
from forecast.exact import Exact
from forecast.nuts import forecast_nuts


def best(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of the fastest of several runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def growth(sizes: list[int], seconds: list[float]) -> float:
    """Exponent of a power law fitted to the times."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def main() -> None:
    """Write one table."""
    usual = case(118, 119)
    exact = best(lambda: Exact(usual).forecast)
    engine = Exact(usual)
    rows = [("118 items × 119 weeks × 2 alternatives, exact", exact),
            ("… with band and worth", best(lambda: Exact(usual).forecast.band)),
            ("… leave-one-out of all", best(lambda: leave_one_out(engine), 2)),
            ("… Shapley, 200 permutations", best(lambda: shapley(engine), 1))]
    sizes = [100, 1_000, 10_000, 100_000]
    seconds = []
    for size in sizes:
        one = case(size, 119, sources=40)
        seconds.append(best(lambda one=one: Exact(one).forecast, 1 if size > 10_000 else 2))
        rows.append((f"{size:,} items × 119 weeks, exact", seconds[-1]))
    rows.append(("peak memory until here, GiB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20))
    forecast_nuts(usual, draws=100, tune=100)
    start = time.perf_counter()
    forecast_nuts(usual)
    warm = time.perf_counter() - start
    rows.append(("118 items × 119 weeks, NUTS 4 × (1,000 + 2,000), compiled before", warm))
    lines = ["# Results", "", f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors. "
             "Seconds, the fastest of a few runs in one process; only ratios carry over to other machines.", "",
             "| | |", "|---|---:|", *(f"| {name} | {value:.4g} |" for name, value in rows),
             f"| warm NUTS / exact | {warm / exact:,.0f} |",
             f"| exponent of the time from 1,000 to 100,000 items | {growth(sizes[1:], seconds[1:]):.2f} |", ""]
    Path(__file__).with_name("RESULTS.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
