"""Both engines side by side, as a report states them: agreement, mixing, power-scaling, prior and posterior."""

from __future__ import annotations

import logging
import warnings
from dataclasses import asdict
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecast.engine.exact import Exact
from forecast.engine.forecast import BAND, Forecast
from forecast.engine.nuts.result import NutsResult, forecast_nuts
from forecast.records.result import Chance, Number, Result

TOLERANCE = 0.002
"""Difference of the engines that is allowed beside four Monte-Carlo standard errors."""

_UNKNOWN = {"chain", "draw", "reference_class", "exposure", "elicited", "source"}
"""Dimensions of what power-scaling looks at."""


class Agreement(Result):
    """One probability from both engines."""

    name: str
    exact: Chance
    nuts: Chance
    difference: float
    allowed: float
    """0.002 + 4 Monte-Carlo standard errors."""
    agrees: bool


class Sampled(Result):
    """What the second engine says, and how well its chains have mixed."""

    hypotheses: dict[str, Chance]
    by: dict[date, Chance]
    band: tuple[Chance, Chance]
    worth: Number
    sampler: str
    chains: int
    draws: int
    seed: int
    target_accept: float
    r_hat: float
    ess_bulk: float
    ess_tail: float
    divergences: int
    passed: bool
    mcse: dict[str, float]


class Scaling(Result):
    """How far an unknown moves if prior or evidence is made a little stronger or weaker."""

    name: str
    prior: Number
    likelihood: Number
    diagnosis: str


class Unknown(Result):
    """5 % point, mean and 95 % point of an unknown, before and after the evidence."""

    name: str
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]


class Compared(Result):
    """Both engines side by side."""

    confirmed: bool
    failures: tuple[str, ...]
    """What keeps one engine from confirming the other."""
    nuts: Sampled | None
    agreement: tuple[Agreement, ...]
    power_scaling: tuple[Scaling, ...]
    parameters: tuple[Unknown, ...]


def engines(exact: Exact, *, progress: bool = False) -> tuple[NutsResult, Compared]:
    """Run the second engine, and hold it against the first."""
    sampled = forecast_nuts(exact.case, progress=progress)
    rows, found = agreement(exact.forecast, sampled), sampled.diagnostics
    failures = [f"{row.name} is {row.exact:.4f} exactly and {row.nuts:.4f} sampled, {row.allowed:.4f} apart at most"
                for row in rows if not row.agrees]
    if (why := found.why_not) is not None:
        failures.append(why)
    return sampled, Compared(
        confirmed=not failures, failures=tuple(failures), nuts=_sampled(sampled), agreement=tuple(rows),
        power_scaling=power_scaling(sampled), parameters=parameters(sampled))


def agreement(exact: Forecast, sampled: NutsResult) -> list[Agreement]:
    """Hold every hypothesis and key date of the exact engine against the sampled ones."""
    again = _stated(sampled.forecast)
    return [_row(name, p, again[name], TOLERANCE + 4 * sampled.diagnostics.mcse[name])
            for name, p in _stated(exact).items()]


def _row(name: str, exact: float, nuts: float, allowed: float) -> Agreement:
    return Agreement(name=name, exact=exact, nuts=nuts, difference=nuts - exact, allowed=allowed,
                     agrees=abs(nuts - exact) <= allowed)


def _stated(forecast: Forecast) -> dict[str, float]:
    return {**forecast.hypotheses, **{str(day): p for day, p in forecast.by_key_date.items()}}


def _sampled(sampled: NutsResult) -> Sampled:
    forecast, found = sampled.forecast, sampled.diagnostics
    return Sampled(hypotheses=forecast.hypotheses, by=forecast.by_key_date, band=forecast.band, worth=forecast.worth,
                   passed=found.passed, **asdict(found))


def power_scaling(sampled: NutsResult) -> tuple[Scaling, ...]:
    """How far P(event) and the unknowns move if prior or evidence is made a little stronger or weaker.

    Kallioinen et al. 2023, doi:10.1007/s11222-023-10366-5, as ArviZ computes it.
    """
    import arviz as az

    names = [str(name) for name, value in sampled.tree["posterior"].data_vars.items()
             if set(value.dims) <= _UNKNOWN and float(value.std()) > 0]
    logging.getLogger("arviz_stats").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # What ArviZ says to a reader of its table, the report says in its own words.
        warnings.simplefilter("ignore")
        table = az.psense_summary(sampled.tree, var_names=names, round_to=6)
    return tuple(Scaling(name=str(name), prior=float(row["prior"]), likelihood=float(row["likelihood"]),
                         diagnosis=str(row["diagnosis"])) for name, row in table.iterrows())


def parameters(sampled: NutsResult) -> tuple[Unknown, ...]:
    """Five per cent points and mean of the unknowns of the prior, and of each reliability, before and after."""
    before, after = sampled.tree["prior"], sampled.tree["posterior"]
    rows = []
    for name, values in before.data_vars.items():
        (dim,) = set(values.dims) - {"chain", "draw"}
        for place, label in enumerate(values.coords[dim].values.tolist()):
            told = f"reliability of {label}" if dim == "source" else f"{name}, prior component {label}"
            rows.append(Unknown(name=told.replace("_", " "), prior=_ends(values.values[..., place]),
                                posterior=_ends(after[name].values[..., place])))
    return tuple(rows)


def _ends(values: NDArray[np.float64]) -> tuple[float, float, float]:
    low, high = np.quantile(values, BAND)
    return float(low), float(values.mean()), float(high)
