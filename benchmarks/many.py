"""Many at once: scenarios of one case, weeks of one question, items of one workspace."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.timing import Run, best, median
from forecast.analysis.scenarios import compare
from forecast.cli.commands import open_workspace
from forecast.evaluation.backtest import Dates, backtest
from forecast.records.case import Case
from forecast.records.scenario import Scenario, stated

FIRST, LAST = "2022-09-30", "2024-12-27"
FORECAST = str(Path(sys.executable).with_name("forecast"))


def scenarios(case: Case, count: int) -> dict[str, Scenario]:
    """Scenarios of every kind, no two alike but by chance: items dropped, sources, overlaps and half-lives changed."""
    rng = np.random.default_rng(count)
    items, sources, groups = ([each.id for each in records] for records in (case.active, case.sources, case.groups))

    def kinds() -> Iterator[dict[str, object]]:
        while True:
            grade, overlap = str(rng.choice(list("ABCDE"))), float(rng.uniform(0.1, 0.9))
            yield {"drop": tuple(map(str, rng.choice(items, 3, replace=False)))}
            yield {"sources": {str(rng.choice(sources)): {"grade": grade}}}
            yield {"groups": {str(rng.choice(groups)): {"overlap": overlap}}}
            yield {"question": {"half_life": f"{rng.uniform(4, 60):.2f}w"}}
            yield {"drop": (str(rng.choice(items)),), "groups": {str(rng.choice(groups)): {"overlap": overlap}}}

    return {f"{number}": stated({"name": f"{number}", **fields})
            for number, fields in zip(range(count), kinds(), strict=False)}


def of_scenarios(case: Case, count: int) -> float:
    """Seconds that so many scenarios of a case take in this process."""
    chosen, begun = scenarios(case, count), time.perf_counter()
    compare(case, chosen)
    return time.perf_counter() - begun


def of_weeks(case: Case) -> tuple[int, float]:
    """How many weeks the backtest has, and its seconds in this process alone."""
    dates = Dates(date.fromisoformat(FIRST), date.fromisoformat(LAST))
    return len(dates.inside(case.question)), best(lambda: backtest([case], dates), 2)


def processes(folder: Path, items: int) -> Iterator[tuple[str, Run]]:
    """The backtest of the real case, and verbs on a workspace of many items, as whole processes."""
    yield f"backtest --from {FIRST} --to {LAST} --no-charts", median(
        [FORECAST, "backtest", "--from", FIRST, "--to", LAST, "--no-charts"])
    large(folder, items)
    for verb in ("check", "update"):
        yield f"{verb}, {items:,} items", median([FORECAST, verb, "--workspace", str(folder)])


def large(folder: Path, items: int) -> None:
    """Write a workspace with the priors of the real case and so many items."""
    real, rng = open_workspace(Path()), np.random.default_rng(items)
    shutil.copytree("priors", folder / "priors")
    (folder / "evidence").mkdir()
    sources, event = [source.id for source in real.case().sources], real.question.event.id
    rows = (f"- id: item-{number}\n  title: Item {number}\n  date: 2022-10-{rng.integers(1, 31):02d}\n"
            f"  source: {rng.choice(sources)}\n  credibility: {rng.integers(1, 6)}\n  likelihood_ratio:\n"
            f"    {event}: [{ratio / 1.3:.4f}, {ratio:.4f}, {ratio * 1.3:.4f}]\n"
            f"  rationale: Drawn at random, to be many.\n"
            for number, ratio in enumerate(np.exp(rng.normal(0, 0.05, items))))
    (folder / "evidence" / "many.yaml").write_text("".join(rows))
