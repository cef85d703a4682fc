"""Both engines side by side, as a report states them: agreement, mixing, power-scaling, prior and posterior."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import numpy as np

from forecast.engine.exact import Exact
from forecast.engine.forecast import BAND, Forecast
from forecast.engine.nuts.result import R_HAT, NutsResult, agreement, forecast_nuts
from forecast.records.case import Case
from forecast.records.question import Elicited, Exposure, ReferenceClass
from forecast.report.document import Document

PRIOR_DRAWS = 20_000


def engines(exact: Exact, *, progress: bool = False) -> tuple[NutsResult, Document]:
    """Run the second engine, and hold it against the first.

    Returns
    -------
    sampled, compared
        The sampled forecast, and what a report says of both engines; `compared["failures"]` names what keeps one from
        confirming the other.
    """
    sampled = forecast_nuts(exact.case, progress=progress)
    rows, found = agreement(exact.forecast, sampled), sampled.diagnostics
    failures = [f"{row.name} is {row.exact:.4f} exactly and {row.nuts:.4f} sampled, {row.allowed:.4f} apart at most"
                for row in rows if not row.agrees]
    if not found.passed:
        failures.append(f"the chains have not mixed: R-hat {found.r_hat:.3f} (at most {R_HAT}), ESS "
                        f"{min(found.ess_bulk, found.ess_tail):.0f}, {found.divergences} divergences")
    return sampled, {
        "exact": _stated(exact.forecast),
        "nuts": _stated(sampled.forecast) | {
            "sampler": found.sampler, "chains": found.chains, "draws": found.draws, "seed": found.seed,
            "r_hat": found.r_hat, "ess_bulk": found.ess_bulk, "ess_tail": found.ess_tail,
            "divergences": found.divergences, "target_accept": found.target_accept, "passed": found.passed,
            "mcse": dict(found.mcse), "band": list(sampled.forecast.band), "worth": sampled.forecast.worth},
        "agreement": [{"name": row.name, "exact": row.exact, "nuts": row.nuts, "difference": row.nuts - row.exact,
                       "allowed": row.allowed, "agrees": row.agrees} for row in rows],
        "confirmed": not failures, "failures": failures,
        "power_scaling": power_scaling(sampled), "parameters": parameters(exact.case, sampled)}


def _stated(forecast: Forecast) -> Document:
    return {"hypotheses": forecast.hypotheses,
            "by": {str(day): value for day, value in forecast.by_key_date.items()}}


def power_scaling(sampled: NutsResult) -> list[Document]:
    """How far P(event) and the unknowns move if prior or evidence is made a little stronger or weaker.

    Kallioinen et al. 2023, doi:10.1007/s11222-023-10366-5, as ArviZ computes it.
    """
    import arviz as az

    names = [str(name) for name, value in sampled.tree["posterior"].data_vars.items()
             if set(value.dims) <= {"chain", "draw", "reference_class", "exposure", "elicited", "source"}]
    logging.getLogger("arviz_stats").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # What ArviZ says to a reader of its table, the report says in its own words.
        warnings.simplefilter("ignore")
        table = az.psense_summary(sampled.tree, var_names=names, round_to=6)
    return [{"name": str(name), "prior": float(row["prior"]), "likelihood": float(row["likelihood"]),
             "diagnosis": str(row["diagnosis"])} for name, row in table.iterrows()]


def parameters(case: Case, sampled: NutsResult) -> list[Document]:
    """Five per cent points and mean of the main unknowns, before and after the evidence."""
    rng = np.random.default_rng(0)
    laws: dict[str, Any] = {}
    used = [component for component in case.question.prior if component.weight > 0]
    kinds = {"reference": ReferenceClass, "exposure": Exposure, "elicited": Elicited}
    for index, component in enumerate(used, start=1):
        for name, draw in _prior_draws(component, rng).items():
            place = [other for other in used if isinstance(other, kinds[name.split("_")[0]])].index(component)
            laws[f"{name}, prior component {index}"] = (draw, name, place)
    for index, source in enumerate(case.sources):
        alpha, beta = source.reliability(case.as_of)
        laws[f"reliability of {source.id}"] = (rng.beta(alpha, beta, PRIOR_DRAWS), "reliability", index)
    posterior = sampled.tree["posterior"]
    rows = []
    for label, (before, name, place) in laws.items():
        if name in posterior:
            after = posterior[name].values[..., place].ravel()
            rows.append({"name": label.replace("_", " "), "prior": _ends(before), "posterior": _ends(after)})
    return rows


def _prior_draws(component: Any, rng: np.random.Generator) -> dict[str, Any]:
    from forecast.core.cure_model import LOG_SCALE, LOG_SHAPE
    from forecast.core.numerics import beta_from_range

    match component:
        case ReferenceClass():
            return {"reference_share": rng.beta(2, 2, PRIOR_DRAWS),
                    "reference_scale": rng.lognormal(*LOG_SCALE, PRIOR_DRAWS),
                    "reference_shape": rng.lognormal(*LOG_SHAPE, PRIOR_DRAWS)}
        case Exposure(events=events, weeks=weeks):
            return {"exposure_rate": rng.gamma(events + 0.5, 1 / weeks, PRIOR_DRAWS)}
        case Elicited(probability=stated):
            low, high = stated.bounds()
            fit = beta_from_range(low, stated.stated, high)
            if fit is not None and not fit.is_point:
                return {"elicited_probability": rng.beta(fit.alpha, fit.beta, PRIOR_DRAWS)}
    return {}


def _ends(values: Any) -> list[float]:
    low, high = np.quantile(values, BAND)
    return [float(low), float(values.mean()), float(high)]
