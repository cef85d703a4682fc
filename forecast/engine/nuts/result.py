"""The sampled forecast: the PyMC model's chains, how well they have mixed, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from forecast.core.errors import whole
from forecast.core.numerics import Array
from forecast.engine.bands import Grid
from forecast.engine.exact import Exact
from forecast.engine.forecast import Draws, Forecast, Kept
from forecast.engine.nuts import kept_code
from forecast.records.case import Case

CHAINS, DRAWS, TUNE, SEED = 4, 1000, 500, 20220921
ACCEPT = (0.8, 0.99)
"""Target acceptance, and that of the one retry."""

R_HAT, ESS = 1.01, 400
"""What the chains must reach: R-hat at most, bulk and tail effective sample size at least; and no divergences."""

STRUCTURE = "forecast"
"""All models of cases differ in their data alone."""

_READ_OFF = ("span_probability", "doubted_span_probability", "alternative_probability")
_TERMS = ("log_likelihood_", "log_prior_")


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

    @property
    def why_not(self) -> str | None:
        """Why the sample may not be used; None if it may."""
        if self.passed:
            return None
        return (f"the chains have not mixed: R-hat {self.r_hat:.3f} (at most {R_HAT}), ESS "
                f"{min(self.ess_bulk, self.ess_tail):.0f}, {self.divergences} divergences")


@dataclass(frozen=True)
class NutsResult:
    """A sampled forecast with its chains."""

    forecast: Forecast
    tree: Any
    """ArviZ `DataTree`: see `forecast.engine.nuts.stored`."""
    diagnostics: Diagnostics


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

    Raises
    ------
    InputError
        If it is not a case, or a number is not a whole one, or too small.
    """
    engine = Exact(case)
    for name, value, least in (("draws", draws, 4), ("tune", tune, 1), ("chains", chains, 1), ("seed", seed, 0)):
        whole(name, value, least=least)
    kept_code.load()
    from forecast.engine.nuts.density import build
    from forecast.engine.nuts.sampler import run

    grid = Grid(engine)
    model = build(grid)
    for accept in ACCEPT:
        tree = run(model, STRUCTURE, draws=draws, tune=tune, chains=chains, seed=seed, target_accept=accept,
                   progress=progress)
        kept_code.note()
        result = _result(grid, tree, seed, accept)
        if result.diagnostics.passed:
            break
    return result


def _result(grid: Grid, tree: Any, seed: int, accept: float) -> NutsResult:
    from forecast.engine.nuts.stored import stored

    posterior = tree.posterior.to_dataset()
    probabilities = _probabilities(grid, posterior)
    return NutsResult(_forecast(grid, posterior), stored(grid, tree, probabilities),
                      _diagnostics(tree, posterior, probabilities, seed, accept))


def _forecast(grid: Grid, posterior: Any) -> Forecast:
    """What the draws say in the mean, and their spread as the band.

    Spans are what is sampled; the days of one span share its probability as they do in the exact engine.
    """
    engine, case = grid.engine, grid.engine.case
    spans, never = _live(grid, posterior["span_probability"])
    mean = posterior["span_probability"].mean(("chain", "draw")).values
    every_day = mean[grid.span_of_day] * grid.share_of_span
    event, rest = float(spans.mean(axis=0).sum()), float(never.mean())
    doubted, _ = _live(grid, posterior["doubted_span_probability"])
    reliability = {source.id: posterior["reliability"].values[..., index].ravel()
                   for index, source in enumerate(case.sources)}
    return replace(
        engine.forecast, engine="nuts", log_odds=float(np.log(event) - np.log(rest)),
        daily=every_day[:len(case.days)], never=rest,
        alternatives=posterior["alternative_probability"].mean(("chain", "draw")).values,
        preparing=engine.on(0, every_day), climate=engine.on(1, every_day),
        reliability={name: float(values.mean()) for name, values in reliability.items()},
        sampler=Kept(Draws(doubted, grid.ends, reliability)))


def _live(grid: Grid, probability: Any) -> tuple[Array, Array]:
    """P(event in each live span), and not by the horizon, in each draw; (draw, live) and (draw,)."""
    values = probability.stack(each=("chain", "draw")).transpose("each", "span").values
    return values[:, :grid.live], values[:, grid.live:].sum(axis=1)


def _probabilities(grid: Grid, posterior: Any) -> Any:
    """Probability of each hypothesis, and of the event by each key date, at each draw."""
    import xarray as xr

    question = grid.engine.case.question
    spans = posterior["span_probability"].transpose("chain", "draw", "span").values
    never = spans[..., grid.live:].sum(axis=-1)
    background = posterior["alternative_probability"].transpose("chain", "draw", "alternative").values
    values = {question.event.id: spans[..., :grid.live].sum(axis=-1)}
    values |= {name: never * background[..., index] for index, name in enumerate(question.hypotheses[1:])}
    values |= {str(day): spans[..., :_until(grid, day)].sum(axis=-1) for day in question.key_dates}
    return xr.Dataset({name: (("chain", "draw"), value) for name, value in values.items()})


def _until(grid: Grid, day: date) -> int:
    """How many live spans end by a key date, which is the end of one."""
    return int(np.searchsorted(grid.ends, grid.engine.case.days.until(day), side="right"))


def _diagnostics(tree: Any, posterior: Any, probabilities: Any, seed: int, accept: float) -> Diagnostics:
    import arviz as az

    from forecast.engine.nuts.sampler import NAME

    live = probabilities[[name for name, value in probabilities.items() if float(value.std()) > 0]]
    unknowns = posterior[[name for name in posterior.data_vars
                          if name not in _READ_OFF and not str(name).startswith(_TERMS)]]
    with np.errstate(all="ignore"):  # what does not vary has no R-hat
        r_hat, bulk, tail = ([method(group) for group in (unknowns, live)] for method in (
            az.rhat, az.ess, lambda group: az.ess(group, method="tail")))
        errors = az.mcse(live)
    return Diagnostics(
        NAME, posterior.sizes["chain"], posterior.sizes["draw"], seed, accept, max(_values(r_hat), default=1.0),
        min(_values(bulk), default=np.inf), min(_values(tail), default=np.inf),
        int(tree.sample_stats["diverging"].sum()),
        {str(name): float(errors[name]) if name in live else 0.0 for name in probabilities.data_vars})


def _values(groups: Any) -> list[float]:
    """All numbers of some summaries; what does not vary, such as the share of a single alternative, has none."""
    found = [np.ravel(value.values) for group in groups for value in group.data_vars.values()]
    return [float(number) for number in np.concatenate(found or [np.zeros(0)]) if np.isfinite(number)]
