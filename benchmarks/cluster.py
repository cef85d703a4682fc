"""How backtests of many workspaces speed up on a local Dask cluster: `python -m benchmarks.cluster`.

The same cases are forecast at the same dates by one worker and by two, each a process of one thread, and the digits
are compared. Loading Dask and starting the workers is not counted, since a cluster is there already. How much two
processes can gain on this machine at all is measured beside it: two that share nothing, each with half of the cases.
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import date, timedelta
from typing import Any

import numpy as np

from forecast.evaluation.backtest import Dates, backtest
from forecast.evaluation.parallel import cluster_map
from forecast.records.case import Case
from forecast.records.evidence import Group, Item, Source
from forecast.records.question import Question

OPENS = date(2030, 1, 4)


def workspaces(count: int, weeks: int, items: int = 20) -> list[Case]:
    """Questions of a unit, each with a horizon half a year after the backtest and items spread over its weeks."""
    return [_case(number, weeks, items) for number in range(count)]


def _case(number: int, weeks: int, items: int) -> Case:
    rng = np.random.default_rng([number, weeks, items])
    days = 7 * weeks
    question = Question.model_validate({
        "id": f"question-{number}", "title": f"Question {number}", "resolution": "Synthetic.", "opens": OPENS,
        "horizon": OPENS + timedelta(days + 180), "event": {"id": "event", "name": "Event"},
        "alternatives": [{"id": "quiet", "name": "Quiet"}, {"id": "none", "name": "None"}], "reference": "none",
        "key_dates": [OPENS + timedelta(days), OPENS + timedelta(days + 90)],
        "prior": [{"kind": "exposure", "events": 1, "weeks": 60, "weight": 0.5},
                  {"kind": "elicited", "probability": [0.15, 0.35, 0.6], "weeks": [6, 25, 90], "weight": 0.5}]})
    records = []
    for index in range(items):
        ratio, public = float(np.exp(rng.normal(0, 0.4))), OPENS + timedelta(int(rng.integers(days)))
        record: dict[str, Any] = {
            "id": f"item-{index}", "title": f"Item {index}", "date": public, "rationale": "Synthetic.",
            "source": f"source-{rng.integers(5)}", "likelihood_ratio": {"event": [ratio / 1.5, ratio, ratio * 1.5]}}
        if rng.random() < 0.3:
            record["group"] = "group"
        if rng.random() < 0.25:
            record["window"] = [public + timedelta(10), public + timedelta(40)]
        records.append(Item.model_validate(record))
    sources = tuple(Source.model_validate({"id": f"source-{index}", "name": f"Source {index}", "grade": grade})
                    for index, grade in enumerate("BCCDF"))
    return Case(question, OPENS, sources, (Group.model_validate({"id": "group", "name": "Group", "overlap": 0.6}),),
                tuple(records))


def measure(count: int, weeks: int, workers: int) -> tuple[float, list[Any]]:
    """Seconds that a cluster of so many workers takes, and what it found."""
    from distributed import Client, LocalCluster

    cases = workspaces(count, weeks)
    dates = Dates(OPENS, OPENS + timedelta(7 * (weeks - 1)))
    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster, \
            Client(cluster) as client:
        client.wait_for_workers(workers)
        shared = cluster_map(client)
        backtest(cases[:workers], Dates(OPENS, OPENS), map=shared)   # every worker loads the program
        begun = time.perf_counter()
        found = backtest(cases, dates, map=shared)
        return time.perf_counter() - begun, [each.rows for each in found]


def apart(count: int, weeks: int, processes: int) -> float:
    """Seconds that so many processes take which share nothing and are given equal parts of the cases."""
    from forecast.evaluation.parallel import workers

    with workers(processes) as shared:
        parts = [(count, weeks, part, processes) for part in range(processes)]
        list(shared(_part, [(processes, 1, part, processes) for part in range(processes)]))   # the program is loaded
        return max(shared(_part, parts))


def _part(task: tuple[int, int, int, int]) -> float:
    count, weeks, part, parts = task
    cases, begun = workspaces(count, weeks)[part::parts], time.perf_counter()
    backtest(cases, Dates(OPENS, OPENS + timedelta(7 * (weeks - 1))))
    return time.perf_counter() - begun


def main() -> None:
    """Print what one worker and two take, and the speed-up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspaces", type=int, default=500)
    parser.add_argument("--weeks", type=int, default=52)
    options = parser.parse_args()
    # Workers inherit it; without it their linear algebra would start a thread for each core.
    os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    forecasts = options.workspaces * options.weeks
    print(f"{options.workspaces} workspaces x {options.weeks} weeks = {forecasts} forecasts with bands, "
          f"{os.cpu_count()} cores")
    one, alone = measure(options.workspaces, options.weeks, 1)
    print(f"one worker   {one:7.1f} s   {1000 * one / forecasts:.1f} ms each", flush=True)
    two, together = measure(options.workspaces, options.weeks, 2)
    print(f"two workers  {two:7.1f} s   speed-up {one / two:.2f}")
    print(f"the digits are {'the same' if alone == together else 'NOT the same'}", flush=True)
    few = min(options.workspaces, 48)
    possible = apart(few, options.weeks, 1) / apart(few, options.weeks, 2)
    print(f"two processes that share nothing, {few} workspaces: speed-up {possible:.2f}")


if __name__ == "__main__":
    main()
