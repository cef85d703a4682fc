"""Eight synthetic workspaces, and what an independent implementation of the model makes of each.

Probabilities were stated to seven decimals by that implementation; band and worth by its Monte Carlo with 400,000
draws. The workspaces use nearly every feature of the file format; README.md beside them says more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecast.core import cure_model as survival
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.workspace.loader import load
from tests.builders import draws_of

VECTORS = sorted(path.parent for path in (Path(__file__).parent / "vectors").glob("*/expected.json"))


def close(value: Any) -> Any:
    """To 1e-6, the precision in which probabilities were stated and compared."""
    return pytest.approx(value, rel=0, abs=1e-6)


@cache
def case_of(folder: Path) -> Case:
    return load(folder).case(date.fromisoformat(expected(folder)["as_of"]))


@cache
def expected(folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return result


@cache
def forecast_of(folder: Path) -> Forecast:
    return Exact(case_of(folder)).forecast


vector = pytest.mark.parametrize("folder", VECTORS, ids=lambda folder: folder.name)


def test_there_are_eight_vectors() -> None:
    assert len(VECTORS) == 8


@vector
def test_probabilities_of_hypotheses_key_dates_weeks_and_sources(folder: Path) -> None:
    forecast, known = forecast_of(folder), expected(folder)
    assert len(forecast.case.active) == known["items"]
    assert forecast.hypotheses == close(known["hypotheses"])
    assert forecast.prior == close(known["prior"])
    assert {str(day): p for day, p in forecast.by_key_date.items()} == close(known["by"])
    assert forecast.reliability == close(known["sources"])
    assert [[str(first), str(last)] for first, last in forecast.weeks.spans] == [week[:2] for week in known["weeks"]]
    assert list(forecast.weekly) == close([week[2] for week in known["weeks"]])


@vector
def test_decibans(folder: Path) -> None:
    # They are stated to six decimals, which is finer than 1e-6 in probability unless the event is near certain.
    assert forecast_of(folder).decibans == pytest.approx(expected(folder)["decibans"], rel=0, abs=1e-5)


@vector
def test_echo_and_reach_of_every_item(folder: Path) -> None:
    evidence, known = Exact(case_of(folder)).evidence, expected(folder)
    names = [item.id for item in evidence.items]
    assert dict(zip(names, evidence.echo(), strict=True)) == close(known["echo"])
    assert dict(zip(names, evidence.reach[:, 0], strict=True)) == close(known["reach"])


@vector
def test_band_and_worth(folder: Path) -> None:
    forecast, known = forecast_of(folder), expected(folder)
    # Their ends have a standard error of up to 0.008, since a forecast makes do with a few thousand draws.
    assert list(forecast.band) == pytest.approx(known["band"], rel=0, abs=0.02)
    assert forecast.worth == pytest.approx(known["worth"], rel=0.08)


@vector
def test_band_and_worth_from_many_draws(folder: Path) -> None:
    forecast, known = forecast_of(folder), expected(folder)
    event = draws_of(forecast, 50_000, 1).event
    assert list(np.quantile(event, [0.05, 0.95])) == pytest.approx(known["band"], rel=0, abs=0.008)
    p = known["hypotheses"][forecast.case.question.event.id]
    assert p * (1 - p) / event.var() - 1 == pytest.approx(known["worth"], rel=0.04)


@vector
def test_twice_the_nodes_for_reliability_move_nothing(folder: Path) -> None:
    finer = Exact(case_of(folder), refine=2).forecast
    np.testing.assert_allclose(finer.states, forecast_of(folder).states, rtol=0, atol=1e-9)
    assert finer.reliability == pytest.approx(forecast_of(folder).reliability, rel=0, abs=1e-9)


@vector
def test_twice_the_nodes_for_past_cases_move_nothing(folder: Path) -> None:
    case = case_of(folder)
    coarse = [survival.learn(cases) for cases in case.histories.values()]
    fine = [survival.learn(cases, refine=2) for cases in case.histories.values()]
    for one, other in zip(coarse, fine, strict=True):
        first, second = (model.cell_mean @ (1 - model.survival(case.weeks.edges)) for model in (one, other))
        np.testing.assert_allclose(first, second, rtol=0, atol=1e-6)
        assert one.means() == pytest.approx(other.means(), rel=1e-5)


RUN = """
import sys
from pathlib import Path
from tests.golden import test_vectors
found = test_vectors.forecast_of(Path(sys.argv[1]))
print(found.states.tobytes().hex(), found.reliability, found.band, found.worth)
"""


def test_two_processes_give_the_same_digits() -> None:
    root = Path(__file__).parents[2]
    runs = {subprocess.run([sys.executable, "-c", RUN, str(VECTORS[3])], env=os.environ | {"PYTHONHASHSEED": seed},
                           cwd=root, capture_output=True, text=True, check=True).stdout for seed in ("1", "2")}
    assert len(runs) == 1


@vector
def test_two_runs_give_the_same_digits(folder: Path) -> None:
    first, again = forecast_of(folder), Exact(case_of(folder)).forecast
    assert np.array_equal(first.states, again.states)
    assert first.reliability == again.reliability
    assert first.band == again.band
    assert first.worth == again.worth
