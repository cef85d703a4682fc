"""Eight synthetic workspaces, and what an independent implementation of the model makes of each.

Band and worth are that implementation's Monte Carlo with 80,000 draws, the rest its sums. The workspaces use nearly
every feature of the file format; README.md beside them says how good each number is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecast.core.cure_model import PastCase, learn
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.workspace.loader import load
from tests import ROOT
from tests.builders import draws_of

VECTORS = sorted(path.parent for path in (Path(__file__).parent / "vectors").glob("*/expected.json"))


def close(value: Any) -> Any:
    """To 5e-7, as good as probabilities are where past cases are integrated."""
    return pytest.approx(value, rel=0, abs=5e-7)


@cache
def case_of(folder: Path) -> Case:
    return load(folder).case(date.fromisoformat(expected(folder)["as_of"]))


@cache
def expected(folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return result


@cache
def engine_of(folder: Path) -> Exact:
    return Exact(case_of(folder))


def forecast_of(folder: Path) -> Forecast:
    return engine_of(folder).forecast


vector = pytest.mark.parametrize("folder", VECTORS, ids=lambda folder: folder.name)


def test_every_number_of_eight_vectors_is_tested() -> None:
    assert len(VECTORS) == 8
    tested = {"as_of", "items", "hypotheses", "prior", "by", "next", "preparing", "sources", "weeks", "decibans",
              "effective", "echo", "band", "worth"}
    assert {name for folder in VECTORS for name in expected(folder)} == tested


@vector
def test_active_items(folder: Path) -> None:
    assert len(case_of(folder).active) == expected(folder)["items"]


@vector
def test_hypotheses_with_and_without_evidence(folder: Path) -> None:
    forecast, known = forecast_of(folder), expected(folder)
    assert forecast.hypotheses == close(known["hypotheses"])
    assert forecast.prior == close(known["prior"])


@vector
def test_key_dates_and_weeks(folder: Path) -> None:
    forecast, known = forecast_of(folder), expected(folder)
    assert {str(day): p for day, p in forecast.by_key_date.items()} == close(known["by"])
    assert [[str(first), str(last)] for first, last in forecast.days.spans] == [week[:2] for week in known["weeks"]]
    assert list(forecast.by_week) == close([week[2] for week in known["weeks"]])


@vector
def test_the_next_thirteen_weeks(folder: Path) -> None:
    found, known = forecast_of(folder).next, expected(folder)["next"]
    assert str(found.until) == known["until"]
    assert (found.probability, found.prior) == close((known["probability"], known["prior"]))


@vector
def test_whether_it_is_being_prepared(folder: Path) -> None:
    assert forecast_of(folder).preparing._asdict() == close(expected(folder)["preparing"])


@vector
def test_sources(folder: Path) -> None:
    assert forecast_of(folder).reliability == close(expected(folder)["sources"])


@vector
def test_decibans(folder: Path) -> None:
    # 5e-7 in a probability of one percent is 2e-4 decibans.
    assert forecast_of(folder).decibans == pytest.approx(expected(folder)["decibans"], rel=0, abs=2e-5)


@vector
def test_what_is_left_of_every_item(folder: Path) -> None:
    engine, known = engine_of(folder), expected(folder)
    names = [item.id for item in engine.evidence.items]
    assert dict(zip(names, np.exp(engine.heard.log_lift), strict=True)) == pytest.approx(known["effective"], rel=5e-7)
    echoes = np.column_stack([engine.heard.echo, engine.heard.background_echo]).tolist()
    assert dict(zip(names, echoes, strict=True)) == {name: close(pair) for name, pair in known["echo"].items()}


@vector
def test_band_and_worth(folder: Path) -> None:
    forecast, known = forecast_of(folder), expected(folder)
    assert list(forecast.band) == pytest.approx(known["band"], rel=0, abs=0.02)
    assert forecast.worth == pytest.approx(known["worth"], rel=0.08)


@vector
def test_band_and_worth_from_many_draws(folder: Path) -> None:
    known, event = expected(folder), draws_of(case_of(folder), 60_000, 1).event
    assert list(np.quantile(event, [0.05, 0.95])) == pytest.approx(known["band"], rel=0, abs=0.01)
    assert event.mean() * (1 - event.mean()) / event.var() - 1 == pytest.approx(known["worth"], rel=0.04)


# --- reference classes whose posterior is a ridge -------------------------------------------------------------------

def events(weeks: Sequence[float]) -> tuple[PastCase, ...]:
    """Past cases in each of which the event happened after so many weeks."""
    return tuple(PastCase(f"case-{index}", float(time), "event") for index, time in enumerate(weeks))


AT = 206 + 1 / 7
RIDGES = {
    "equally spaced from 207 to 209": (events(np.linspace(207, 209, 40)), {206.0: 0.0801341, AT: 0.0927253}),
    "207, 208 and 209 in turn": (events([207 + index % 3 for index in range(40)]), {206.0: 0.1328762, AT: 0.1480331}),
    "all at 208": (events([208] * 40), {208.0: 0.5990447}),
}


@pytest.mark.parametrize("name", RIDGES)
def test_a_reference_class_whose_cases_lie_close_together(name: str) -> None:
    """The numbers of README.md, by an independent trapezoid; past cases are promised to be good to 1e-5."""
    cases, known = RIDGES[name]
    assert learn(cases).cumulative(np.array(list(known))) == pytest.approx(list(known.values()), abs=1e-5)


# --- the same digits every time -------------------------------------------------------------------------------------

RUN = """
import sys
from pathlib import Path
from tests.regression.test_vectors import forecast_of
for folder in sys.argv[1:]:
    found = forecast_of(Path(folder))
    print(found.daily.tobytes().hex(), found.reliability, found.preparing, found.band, found.worth)
"""


def test_two_processes_give_the_same_digits_whatever_they_computed_before() -> None:
    some = [str(folder) for folder in (VECTORS[3], VECTORS[1])]

    def lines(seed: str, *folders: str) -> set[str]:
        run = subprocess.run([sys.executable, "-c", RUN, *folders], env=os.environ | {"PYTHONHASHSEED": seed},
                             cwd=ROOT, capture_output=True, text=True, check=True)
        return set(run.stdout.splitlines())

    assert lines("1", *some) == lines("2", *reversed(some))


@vector
def test_two_runs_give_the_same_digits(folder: Path) -> None:
    first, again = forecast_of(folder), Exact(case_of(folder)).forecast
    assert np.array_equal(first.daily, again.daily)
    assert (first.log_odds, first.preparing, first.climate) == (again.log_odds, again.preparing, again.climate)
    assert first.reliability == again.reliability
    assert (first.band, first.worth) == (again.band, again.worth)
