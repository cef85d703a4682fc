"""Chains that have mixed, or none: any model sampled with the gate of the second engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.core.errors import ForecastError
from forecast.engine.nuts.result import ACCEPT, CHAINS, DRAWS, ESS, R_HAT, SEED, TUNE


def sampled(model: Any, what: str, structure: str, *, draws: int = DRAWS, tune: int = TUNE) -> Any:
    """Sample a PyMC model; once more with smaller steps if the chains have not mixed.

    Parameters
    ----------
    model : pm.Model
        Its variables are continuous.
    what : str
        What it is, for the error.
    structure : str
        A name for all models that differ from this one in their data alone.
    draws, tune : int
        For each of the chains.

    Returns
    -------
    xr.DataTree
        Groups `posterior` and `sample_stats`.

    Raises
    ------
    ForecastError
        If R-hat, effective sample sizes or divergences are beyond what `engine.nuts.result` allows.
    """
    from forecast.engine.nuts.sampler import run

    told = ""
    for accept in ACCEPT:
        tree = run(model, structure, draws=draws, tune=tune, chains=CHAINS, seed=SEED, target_accept=accept)
        if not (told := unmixed(tree, [variable.name for variable in model.free_RVs])):
            return tree
    raise ForecastError(f"the chains of {what} have not mixed: {told}")


def unmixed(tree: Any, names: list[str]) -> str:
    """What is wrong with chains, in words; empty if they may be used."""
    import arviz as az

    chosen = tree["posterior"].dataset[[name for name in names if name in tree["posterior"].dataset]]
    r_hat = _worst(az.rhat(chosen), max)
    bulk, tail = (_worst(az.ess(chosen, method=method), min) for method in ("bulk", "tail"))
    divergences = int(tree["sample_stats"]["diverging"].sum())
    faults = [f"R-hat {r_hat:.3f} (at most {R_HAT})"] if r_hat > R_HAT else []
    faults += [f"effective sample size {min(bulk, tail):.0f} (at least {ESS})"] if min(bulk, tail) < ESS else []
    return ", ".join(faults + ([f"divergent transitions {divergences} (none)"] if divergences else []))


def _worst(found: Any, choose: Any) -> float:
    return float(choose(choose(np.ravel(values.values)) for values in found.data_vars.values() if values.size))
