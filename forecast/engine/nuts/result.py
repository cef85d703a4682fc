"""The sampled forecast: the PyMC model's chains, how well they have mixed, and whether both engines agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from forecast.engine.encoding import evidence
from forecast.engine.exact import Exact
from forecast.engine.forecast import Draws, Forecast
from forecast.engine.nuts import kept_code
from forecast.records.case import Case

CHAINS, DRAWS, TUNE, SEED = 4, 1000, 500, 20220921
ACCEPT = (0.9, 0.99)
"""Target acceptance, and that of the one retry."""

R_HAT, ESS = 1.01, 400
"""What the chains must reach: R-hat at most, bulk and tail effective sample size at least; and no divergences."""

TOLERANCE = 0.002
"""Difference of the engines that is allowed beside four Monte-Carlo standard errors."""

TERMS = ("past_cases", "silence", "evidence")
"""What the likelihood is made of. They are no observations, of which one could be left out, and so each is a variable:
`az.loo` then refuses, where of one variable with three entries it would speak as of three observations."""

_DERIVED = ("state_probability", "log_likelihood", "log_prior")


@dataclass(frozen=True)
class Diagnostics:
    """How well the chains have mixed, over every unknown and every stated probability."""

    sampler: str
    chains: int
    draws: int
    seed: int
    target_accept: float
    r_hat: float
    ess_bulk: float
    ess_tail: float
    divergences: int
    mcse: Mapping[str, float]
    """Monte-Carlo standard error of each hypothesis's probability, and of the event's by each key date."""

    @property
    def passed(self) -> bool:
        """Whether the sample may be used."""
        return self.r_hat <= R_HAT and min(self.ess_bulk, self.ess_tail) >= ESS and self.divergences == 0


@dataclass(frozen=True)
class NutsResult:
    """A sampled forecast with its chains."""

    forecast: Forecast
    tree: Any
    """ArviZ `DataTree`: posterior, sample_stats, log_prior, log_likelihood, constant_data."""
    diagnostics: Diagnostics


@dataclass(frozen=True)
class Agreement:
    """One probability from both engines."""

    name: str
    exact: float
    nuts: float
    allowed: float
    """0.002 + 4 Monte-Carlo standard errors."""

    @property
    def agrees(self) -> bool:
        """Whether the difference is allowed."""
        return abs(self.exact - self.nuts) <= self.allowed


def agreement(exact: Forecast, sampled: NutsResult) -> list[Agreement]:
    """Hold every hypothesis and key date of the exact engine against the sampled ones."""
    stated, again = (_stated(forecast) for forecast in (exact, sampled.forecast))
    return [Agreement(name, p, again[name], TOLERANCE + 4 * sampled.diagnostics.mcse[name])
            for name, p in stated.items()]


def _stated(forecast: Forecast) -> dict[str, float]:
    return {**forecast.hypotheses, **{str(day): p for day, p in forecast.by_key_date.items()}}


def forecast_nuts(case: Case, *, draws: int = DRAWS, tune: int = TUNE, chains: int = CHAINS, seed: int = SEED,
                  progress: bool = False) -> NutsResult:
    """Sample the posterior of a case, once more with smaller steps if the chains have not passed.

    Parameters
    ----------
    case : Case
        The case.
    draws, tune, chains : int
        Draws kept and used up for tuning in each chain, and the number of chains.
    seed : int
        Seed of the chains; the same seed gives the same digits.
    progress : bool
        Whether to show a progress bar on standard error.
    """
    kept_code.prepare()
    from forecast.engine.nuts.density import build
    from forecast.engine.nuts.sampler import run

    model = build(case)
    for accept in ACCEPT:
        tree = run(model, draws=draws, tune=tune, chains=chains, seed=seed, target_accept=accept, progress=progress)
        kept_code.note()
        result = _result(case, tree, seed, accept)
        if result.diagnostics.passed:
            break
    return result


def _result(case: Case, tree: Any, seed: int, accept: float) -> NutsResult:
    states = tree.posterior["state_probability"]
    probabilities = _probabilities(case, states)
    flat = states.stack(each=("chain", "draw")).transpose("each", "state", "alternative").values
    mean = flat.mean(axis=0)
    drawn = {source.id: tree.posterior["reliability"].values[:, :, index].ravel()
             for index, source in enumerate(case.sources)}
    sample = Draws(flat[:, :-1].sum(axis=2), flat[:, -1], drawn)
    forecast = Forecast(
        case=case, engine="nuts", states=mean, log_odds=float(np.log(mean[:-1].sum()) - np.log(mean[-1].sum())),
        prior_states=Exact(case).prior_states,
        reliability={name: float(values.mean()) for name, values in drawn.items()}, sampler=lambda: sample)
    return NutsResult(forecast, _stored(case, tree, probabilities),
                      _diagnostics(tree, probabilities, seed, accept))


def _probabilities(case: Case, states: Any) -> Any:
    """Probability of each hypothesis, and of the event by each key date, at each draw."""
    import xarray as xr

    question, never = case.question, states.isel(state=-1).values
    weekly = states.isel(state=slice(None, -1)).sum("alternative").transpose("chain", "draw", "state").values
    never = states.isel(state=-1).transpose("chain", "draw", "alternative").values
    values = {question.event.id: weekly.sum(axis=-1),
              **{name: never[..., index] for index, name in enumerate(question.hypotheses[1:])},
              **{str(day): weekly @ case.weeks.share_until(day) for day in question.key_dates}}
    return xr.Dataset({name: (("chain", "draw"), value) for name, value in values.items()})


def _diagnostics(tree: Any, probabilities: Any, seed: int, accept: float) -> Diagnostics:
    import arviz as az

    from forecast.engine.nuts.sampler import NAME

    live = probabilities[[name for name, value in probabilities.items() if float(value.std()) > 0]]
    unknowns = tree.posterior.to_dataset().drop_vars(_DERIVED, errors="ignore")
    r_hat, bulk, tail = ([method(group) for group in (unknowns, live)] for method in (
        az.rhat, az.ess, lambda group: az.ess(group, method="tail")))
    errors = az.mcse(live)
    return Diagnostics(
        NAME, live.sizes["chain"], live.sizes["draw"], seed, accept, max(_values(r_hat)), min(_values(bulk)),
        min(_values(tail)), int(tree.sample_stats["diverging"].sum()),
        {str(name): float(errors[name]) if name in live else 0.0 for name in probabilities.data_vars})


def _values(groups: Iterable[Any]) -> list[float]:
    """All numbers of some summaries; what does not vary, such as the share of a single alternative, has none."""
    found = np.concatenate([np.ravel(value.values) for group in groups for value in group.data_vars.values()])
    return [float(number) for number in found if np.isfinite(number)]


def _stored(case: Case, tree: Any, probabilities: Any) -> Any:
    """The chains as ArviZ groups, with what power-scaling needs."""
    import xarray as xr

    ev, names = evidence(case), list(case.question.hypotheses)
    posterior = tree.posterior.to_dataset()
    kept = posterior.drop_vars(_DERIVED).drop_dims(["state"], errors="ignore")
    kept["event"] = probabilities[names[0]]
    kept["hypotheses"] = (("chain", "draw", "hypothesis"),
                          np.stack([probabilities[name].values for name in names], axis=-1))
    kept["week_probability"] = (("chain", "draw", "week"), posterior["state_probability"].sum("alternative").transpose(
        "chain", "draw", "state").values[..., :-1])
    labels = {"hypothesis": names, "week": [str(first) for first, _ in case.weeks.spans], "alternative": names[1:],
              "source": [source.id for source in case.sources], "item": [item.id for item in ev.items]}
    kept = _labelled(kept, labels)
    constant = xr.Dataset({"last_day": ("week", [str(last) for _, last in case.weeks.spans])})
    if ev.items:  # an item's ratio in a draw is exp(log_value + log_sd * z)
        constant = constant.assign({name: (("item", "hypothesis"), getattr(ev, name))
                                    for name in ("log_value", "log_sd")})
    prior, terms = posterior["log_prior"], posterior["log_likelihood"]
    tree = xr.DataTree.from_dict({
        "posterior": kept, "sample_stats": _labelled(tree.sample_stats.to_dataset(), labels),
        "log_likelihood": _labelled(_apart(terms, TERMS), labels),
        "log_prior": _labelled(_apart(prior, prior.coords["unknown"].values), labels),
        "constant_data": _labelled(constant, labels)})
    tree.attrs = {"inference_library": "nutpie", "inference_library_version": version("nutpie"),
                  "creation_library": "forecast-ledger"}
    return tree


def _labelled(dataset: Any, labels: Mapping[str, Any]) -> Any:
    """Put names on every dimension, known ones or numbers; chain and draw go first, as everywhere in ArviZ."""
    sizes = {name: size for value in dataset.data_vars.values() for name, size in value.sizes.items()}
    named = dataset.drop_vars(list(dataset.coords)).assign_coords(
        {name: labels.get(name, np.arange(size)) for name, size in sizes.items()})
    first = [name for name in ("chain", "draw") if name in sizes]
    return named.transpose(*first, ...)


def _apart(values: Any, names: Iterable[Any]) -> Any:
    """The entries along the last dimension as variables of their own."""
    import xarray as xr

    return xr.Dataset({str(name): values[..., index].drop_vars(values.dims[-1], errors="ignore")
                       for index, name in enumerate(names)})


def write_netcdf(result: NutsResult, path: Path) -> None:
    """Store the chains in single precision as netCDF; `arviz.from_netcdf` opens it.

    All draws are stored: neighbours lie on opposite sides of the middle, so that every second one of them alone
    would be worth a third of them all.
    """
    import xarray as xr

    groups = {}
    for name, group in result.tree.children.items():
        dataset = group.to_dataset()
        groups[name] = dataset.assign({key: value.astype(np.float32) for key, value in dataset.data_vars.items()
                                       if value.dtype == np.float64})
    packed = {f"/{name}": {str(key): {"zlib": True, "complevel": 5} for key, value in dataset.data_vars.items()
                           if value.dtype.kind in "fi" and value.ndim} for name, dataset in groups.items()}
    tree = xr.DataTree.from_dict(groups)
    tree.attrs = result.tree.attrs
    tree.to_netcdf(path, engine="netcdf4", encoding=packed)
