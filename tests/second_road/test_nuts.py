"""The sampled engine against the exact one: nothing but values, reach and echo are shared between them."""

from dataclasses import replace
from pathlib import Path

import pytest

from forecast.engine.exact import Exact
from forecast.engine.nuts.result import NutsResult, agreement, forecast_nuts, write_netcdf
from forecast.workspace.loader import load
from tests.builders import make_item

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def sampled() -> NutsResult:
    case = load(ROOT / "tests/regression/vectors/6").case()
    return forecast_nuts(case, draws=1000)


def test_nuts_passes_its_checks_and_agrees_with_the_exact_engine(sampled: NutsResult) -> None:
    exact = Exact(sampled.forecast.case).forecast
    assert sampled.diagnostics.passed
    assert [row.name for row in agreement(exact, sampled) if not row.agrees] == []
    assert dict(sampled.forecast.reliability) == pytest.approx(dict(exact.reliability), abs=0.01)
    assert list(sampled.forecast.band) == pytest.approx(list(exact.band), abs=0.03)
    assert sampled.forecast.worth == pytest.approx(exact.worth, rel=0.15)


def test_an_item_more_is_noticed(sampled: NutsResult) -> None:
    case = sampled.forecast.case
    event = case.question.event.id
    extra = make_item("extra", source=case.sources[0].id, date=case.as_of, likelihood_ratio={event: 3.0})
    other = Exact(replace(case, items=(*case.items, extra))).forecast
    assert any(not row.agrees for row in agreement(other, sampled))


def test_the_stored_chains_open_in_arviz(sampled: NutsResult, tmp_path: Path) -> None:
    import arviz as az

    write_netcdf(sampled, tmp_path / "posterior.nc")
    tree = az.from_netcdf(tmp_path / "posterior.nc")
    assert {"posterior", "sample_stats", "log_prior", "log_likelihood", "constant_data"} <= set(tree.children)
    event = float(tree["posterior"]["event"].mean())
    assert event == pytest.approx(sampled.forecast.event, abs=0.02)
    assert (tmp_path / "posterior.nc").stat().st_size < 5_000_000
