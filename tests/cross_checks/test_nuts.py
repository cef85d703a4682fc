"""The PyMC engine: its density against plain formulas, and what it samples against the exact engine."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import arviz as az
import matplotlib.pyplot
import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray
from scipy import special, stats

from forecast.core.cure_model import LOG_SCALE, LOG_SHAPE
from forecast.engine.bands import Grid
from forecast.engine.exact import Exact
from forecast.engine.nuts import stored
from forecast.engine.nuts.agreement import agreement
from forecast.engine.nuts.density import build
from forecast.engine.nuts.result import STRUCTURE, NutsResult, forecast_nuts
from forecast.engine.nuts.sampler import Bound, bound, run
from forecast.records.case import Case
from forecast.records.question import Elicited, Exposure, ReferenceClass
from tests.builders import make_item
from tests.cross_checks.plain import RANGE, Plain, live, log_likelihoods
from tests.cross_checks.plain_bands import masses
from tests.cross_checks.random_cases import random_case
from tests.project.report.documents import case_of as made_up_case
from tests.regression.test_vectors import VECTORS, case_of

Array = NDArray[np.float64]

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

SEEDS = (0, 1, 3)


# --- the density ----------------------------------------------------------------------------------------------------

@cache
def grid_of(seed: int) -> Grid:
    return Grid(Exact(random_case(seed, longest=10)))


@cache
def bound_of(seed: int) -> Bound:
    return bound(build(grid_of(seed)), STRUCTURE)


@cache
def point_of(seed: int) -> tuple[Array, dict[str, Array]]:
    """A place near the middle of the prior, and what the model reports there."""
    problem = bound_of(seed)
    x = problem.start(seed)
    return x, {name: value[0] for name, value in problem.report(x[None]).items()}


def cumulative_at(case: Case, point: dict[str, Array]) -> Array:
    """F on the day before the first live one and on each live day, at the parameters of a point; shape (day + 1,)."""
    opens, days = case.question.opens.toordinal(), live(case)
    x = np.maximum([(day - opens + 1) / 7 for day in range(days.start - 1, days.stop)], 1e-12)
    places = {ReferenceClass: 0, Exposure: 0, Elicited: 0}
    total, pooled = sum(component.weight for component in case.question.prior), np.zeros(len(x))
    for component in case.question.prior:
        index = places[type(component)]
        places[type(component)] += 1
        match component:
            case ReferenceClass():
                share, scale, shape = (point[f"reference_{name}"][index] for name in ("share", "scale", "shape"))
                reached = share * -np.expm1(-((x / scale) ** shape))
            case Exposure():
                reached = -np.expm1(-point["exposure_rate"][index] * x)
            case Elicited():
                low, median, high = component.weeks
                timing = special.ndtr(np.log(x / median) / (np.log(high / low) / RANGE))
                reached = point["elicited_probability"][index] * timing / timing[-1]
        pooled += component.weight / total * reached
    return pooled


@pytest.mark.parametrize("seed", SEEDS)
def test_the_days_have_the_probabilities_that_plain_formulas_give_them(seed: int) -> None:
    """With every item at its stated value, z = 0, where the spread leaves exp(−½ Σ t²) alone."""
    grid, (x, _) = grid_of(seed), point_of(seed)
    case, problem = grid.engine.case, bound_of(seed)
    names = [variable.name for variable in build(grid).free_RVs]
    stated = x.copy()
    stated[problem.places[names.index("z")][0]] = 0
    point = {name: value[0] for name, value in problem.report(stated[None]).items()}
    plain = Plain(case)
    log_days, log_rest = log_likelihoods(plain.prior, plain.heard)
    joint = masses(plain, cumulative_at(case, point)[None])[0] * np.exp(np.append(log_days, log_rest))
    ends = np.append(0, grid.ends)
    by_span = np.array([joint[first:last].sum() for first, last in pairwise(ends)])
    found = point["span_probability"] * np.exp(grid.squares / 2)
    expected = by_span / joint.sum()
    np.testing.assert_allclose(found[:grid.live] / found.sum(), expected, atol=2e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_prior_of_each_unknown_is_the_stated_one(seed: int) -> None:
    case, (_, point) = grid_of(seed).engine.case, point_of(seed)
    known = {"z": stats.norm.logpdf(point["z"]).sum(), "error": stats.norm.logpdf(point["error"]),
             "reference_share": stats.beta.logpdf(point["reference_share"], 2, 2).sum()}
    for name, (mean, sd) in {"reference_scale": LOG_SCALE, "reference_shape": LOG_SHAPE}.items():
        known[name] = stats.lognorm.logpdf(point[name], sd, scale=np.exp(mean)).sum()
    rates = [part for part in case.question.prior if isinstance(part, Exposure)]
    known["exposure_rate"] = sum(stats.gamma.logpdf(rate, part.events + 0.5, scale=1 / part.weeks)
                                 for rate, part in zip(point["exposure_rate"], rates, strict=True))
    # PyTensor folds constants in single precision.
    assert {name: float(point[f"log_prior_{name}"]) for name in known} == pytest.approx(known, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_is_that_of_the_density(seed: int) -> None:
    problem, (x, _), step = bound_of(seed), point_of(seed), 1e-6
    found = [(problem.log_density(x + step * e)[0] - problem.log_density(x - step * e)[0]) / (2 * step)
             for e in np.eye(len(x))]
    np.testing.assert_allclose(problem.log_density(x)[1], found, rtol=1e-4, atol=1e-4)


# --- what is sampled ------------------------------------------------------------------------------------------------

@cache
def sampled() -> NutsResult:
    return forecast_nuts(case_of(next(folder for folder in VECTORS if folder.name == "6")), draws=1000)


def test_the_chains_pass_their_checks_and_agree_with_the_exact_engine() -> None:
    exact = Exact(sampled().forecast.case).forecast
    assert sampled().diagnostics.passed
    assert [row.name for row in agreement(exact, sampled()) if not row.agrees] == []
    # A reliability has a standard deviation of at most 0.3 and an effective sample size in the thousands.
    assert dict(sampled().forecast.reliability) == pytest.approx(dict(exact.reliability), abs=0.015)
    assert list(sampled().forecast.band) == pytest.approx(list(exact.band), abs=0.03)
    assert sampled().forecast.worth == pytest.approx(exact.worth, rel=0.15)


def test_an_item_more_is_noticed() -> None:
    case = sampled().forecast.case
    extra = make_item("extra", source=case.sources[0].id, date=case.as_of,
                      likelihood_ratio={case.question.event.id: 30.0}, says="report")
    other = Exact(replace(case, items=(*case.items, extra))).forecast
    assert any(not row.agrees for row in agreement(other, sampled()))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> xr.DataTree:
    """The chains as somebody opens them who has nothing but the file."""
    path = tmp_path_factory.mktemp("chains") / "posterior.nc"
    stored.write_netcdf(sampled().tree, path)
    return az.from_netcdf(path)


def test_the_stored_chains_open_in_arviz(tree: xr.DataTree) -> None:
    assert {"posterior", "prior", "sample_stats", "log_prior", "log_likelihood", "posterior_predictive",
            "constant_data"} == set(tree.children)
    assert float(tree["posterior"]["event"].mean()) == pytest.approx(sampled().forecast.event, abs=0.02)
    assert Path(tree.encoding["source"]).stat().st_size < 5_000_000


def test_every_dimension_is_labelled_as_the_case_has_it(tree: xr.DataTree) -> None:
    case = sampled().forecast.case
    to_come = [day for day in case.question.key_dates if day > case.as_of]
    posterior, constant = tree["posterior"], tree["constant_data"]
    for name, labels in {"hypothesis": case.question.hypotheses, "source": [each.id for each in case.sources],
                         "item": [each.id for each in case.active], "key_date": to_come}.items():
        assert posterior[name].values.tolist() == list(map(str, labels))
    for day in to_come:
        found = posterior["event_by"].sel(key_date=str(day))
        assert float(found.mean()) == pytest.approx(sampled().forecast.by(day), abs=1e-5)
    first, last = constant["first_day"].values, constant["last_day"].values
    assert [*map(str, first[:-1].astype("datetime64[D]")), "never"] == posterior["span"].values.tolist()
    assert np.all(first[1:-1] == last[:-2] + np.timedelta64(1, "D"))
    assert np.isnat(last[-1])


def test_the_observed_data_are_the_past_cases_of_the_file() -> None:
    case = made_up_case()
    observed = stored.observed(stored.past_cases(case))
    (history,) = case.histories.values()
    assert observed["outcome"].values.tolist() == [past.outcome for past in history]
    assert observed["weeks"].values.tolist() == [past.weeks for past in history]
    assert observed["component"].values.tolist() == [1] * len(history)


def test_every_group_says_what_it_is_of_and_nothing_of_the_hour_or_the_machine(tree: xr.DataTree,
                                                                               tmp_path: Path) -> None:
    case = sampled().forecast.case
    for node in tree.subtree:
        assert (node.attrs["question"], node.attrs["as_of"]) == (case.question.id, str(case.as_of))
        assert node.attrs["inference_library"] == "nutpie"
        assert "created_at" not in node.attrs
    assert all(variable.attrs["long_name"] for variable in tree["posterior"].data_vars.values())
    content = Path(tree.encoding["source"]).read_bytes()
    assert str(tmp_path.parent).encode() not in content
    stored.write_netcdf(sampled().tree, tmp_path / "again.nc")
    assert (tmp_path / "again.nc").read_bytes() == content


def test_what_people_call_first_works_on_the_file(tree: xr.DataTree) -> None:
    names = ["hypothesis_probability", "event_by"]
    table = az.summary(tree, var_names=names)
    assert f"hypothesis_probability[{sampled().forecast.case.question.event.id}]" in table.index
    assert not table.isna().any(axis=None)
    matplotlib.use("Agg")
    for plot in (az.plot_forest, az.plot_trace, az.plot_rank, az.plot_dist):
        plot(tree, var_names=names)
    az.plot_energy(tree)
    az.plot_prior_posterior(tree, var_names=["reliability"])
    matplotlib.pyplot.close("all")
    assert not az.diagnose(tree)


def test_a_case_gives_its_chains() -> None:
    with pytest.warns(UserWarning, match="have not mixed"):
        tree = sampled().forecast.case.sample(draws=20, tune=20, chains=2, seed=1)
    assert dict(tree["posterior"].sizes)["draw"] == 20
    assert "log_likelihood" in tree.children


def test_the_same_seed_gives_the_same_digits_and_another_does_not() -> None:
    model = build(grid_of(0))
    first, again, other = (
        run(model, STRUCTURE, draws=50, tune=50, chains=2, seed=seed, target_accept=0.9)["posterior"].dataset[
            "span_probability"].values for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
