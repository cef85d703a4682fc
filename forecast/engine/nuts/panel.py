"""The panel of analysts a second time, in PyMC: the density of `engine.pooling`, sampled with NUTS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import helmert

from forecast.core.numerics import Array
from forecast.engine.nuts import kept_code
from forecast.engine.nuts.gated import sampled
from forecast.engine.pooling import BIAS, BOLDNESS, CENTRE, FREEDOM, NOISE, SPREAD, Pool


@dataclass(frozen=True, eq=False)
class SampledPool:
    """What NUTS finds of a panel."""

    pool: Pool
    error: Array
    """Monte-Carlo standard error of E[θ | y]; shape (item,)."""
    tree: Any
    """The chains, an ArviZ `DataTree`."""


def build(stated: Array) -> Any:
    """The density as a PyMC model; its numbers are data of free length, so that one compiled function serves all.

    Parameters
    ----------
    stated : Array
        Decibans, NaN where an analyst says nothing of an item; shape (item, analyst).
    """
    kept_code.load()
    import pymc as pm
    import pytensor.tensor as pt

    item, analyst = np.nonzero(np.isfinite(stated))
    items, analysts = stated.shape
    coords = {"item": range(items), "analyst": range(analysts), "contrast": range(analysts - 1),
              "statement": range(len(item))}
    with pm.Model(coords=coords, check_bounds=False) as model:
        contrasts = pm.Data("contrasts", helmert(analysts), dims=("contrast", "analyst"))
        own_item = pm.Data("own_item", np.eye(items)[item], dims=("statement", "item"))
        own_analyst = pm.Data("own_analyst", np.eye(analysts)[analyst], dims=("statement", "analyst"))
        centre, log_spread = pm.Normal("centre", *CENTRE), pm.Normal("log_spread", *SPREAD)
        bias = pm.Deterministic("bias", BIAS * pm.Normal("bias_contrast", dims="contrast") @ contrasts, dims="analyst")
        bold = pt.exp(BOLDNESS * pm.Normal("boldness_contrast", dims="contrast") @ contrasts)
        boldness = pm.Deterministic("boldness", bold / bold.mean(), dims="analyst")
        noise = pm.Deterministic("noise", pt.exp(pm.Normal("log_noise", *NOISE, dims="analyst")), dims="analyst")
        theta = pm.Deterministic("theta", centre + pt.exp(log_spread) * pm.Normal("place", dims="item"), dims="item")
        expected = own_analyst @ bias + (own_analyst @ boldness) * (own_item @ theta)
        pm.Potential("statements", pm.logp(
            pm.StudentT.dist(nu=FREEDOM, mu=expected, sigma=own_analyst @ noise),
            pm.Data("stated", stated[item, analyst], dims="statement")).sum())
    return model


def pool_nuts(stated: Array, *, draws: int = 2000) -> SampledPool:
    """Pool what analysts state by NUTS.

    Raises
    ------
    ForecastError
        If the chains do not mix.
    """
    model = build(stated)
    import arviz as az

    tree = sampled(model, "the panel", "panel", draws=draws, tune=1000)
    values = {name: tree["posterior"][name].values.reshape(-1, tree["posterior"][name].shape[-1])
              for name in ("theta", "bias", "boldness", "noise")}
    error = np.asarray(az.mcse(tree["posterior"].dataset[["theta"]])["theta"])
    return SampledPool(Pool(values["theta"].mean(axis=0), values["theta"].var(axis=0), values["bias"].mean(axis=0),
                            values["boldness"].mean(axis=0), values["noise"].mean(axis=0)), error, tree)
