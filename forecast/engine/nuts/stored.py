"""The chains as an ArviZ `DataTree`, and on disk as netCDF.

Groups: posterior (the unknowns, P(event), P(event by each key date to come), P(span), and `doubted_event`, which makes
the band), prior, sample_stats, log_prior and log_likelihood (a variable for each term), posterior_predictive (the span
in which the event falls), observed_data (the past cases, if a reference class has any), constant_data (the days of each
span, the stated lifts). Every dimension is labelled, and every variable of the posterior says what it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast import __version__
from forecast.core.cure_model import LOG_SCALE, LOG_SHAPE, PastCase
from forecast.core.numerics import Array
from forecast.engine.bands import Grid
from forecast.records.case import Case
from forecast.records.question import Elicited, Exposure, ReferenceClass

PRIOR_DRAWS = 4000
"""Draws of each unknown from its own prior."""

SEED = 1

MEANINGS = {
    "reference_share": "share of past cases in which the event comes", "reference_scale": "Weibull scale, in weeks",
    "reference_shape": "Weibull shape", "exposure_rate": "events per week",
    "elicited_probability": "P(event by the horizon) by judgement", "z": "place of the lift in its stated spread",
    "reliability": "reliability of the source", "error": "error of the model, in standard deviations",
    "share": "share among the alternatives without the evidence", "span_probability": "P(event in the span)",
    "alternative_probability": "P(alternative | no event)", "event": "P(event by the horizon)",
    "doubted_event": "P(event by the horizon), reliabilities and the error of the model drawn",
    "event_by": "P(event by the key date)", "hypothesis_probability": "P(hypothesis)"}
"""What the variables of the posterior are."""


def stored(grid: Grid, tree: Any, probabilities: Any) -> Any:
    """The chains as ArviZ groups, with what power-scaling needs.

    The terms of the likelihood (past_cases, silence, evidence) are no observations, of which one could be left out, and
    so each is a variable: `az.loo` then refuses, where of one variable with three entries it would speak as of three
    observations.
    """
    import xarray as xr

    posterior, labels = tree.posterior.to_dataset(), _labels(grid)
    terms = {kind: {str(name).removeprefix(f"{kind}_"): posterior[name] for name in posterior.data_vars
                    if str(name).startswith(f"{kind}_")} for kind in ("log_likelihood", "log_prior")}
    terms["log_prior"] = {name: term for name, term in terms["log_prior"].items() if name in posterior}
    kept = posterior.drop_vars([name for name in posterior.data_vars if str(name).startswith(("log_", "share_weight"))])
    kept = kept.drop_vars("doubted_span_probability")
    kept["doubted_event"] = posterior["doubted_span_probability"].isel(span=slice(grid.live)).sum("span")
    kept["event"] = probabilities[grid.engine.case.question.event.id]
    for probability, dim in (("hypothesis_probability", "hypothesis"), ("event_by", "key_date")):
        if labels[dim]:
            columns = [probabilities[label].values for label in labels[dim]]
            kept[probability] = (("chain", "draw", dim), np.stack(columns, axis=-1))
    groups = {"posterior": kept, "sample_stats": tree.sample_stats.to_dataset(), "prior": _prior(grid),
              **{kind: xr.Dataset(found) for kind, found in terms.items()},
              "posterior_predictive": _predictive(posterior), "constant_data": _constant(grid)}
    if past := past_cases(grid.engine.case):
        groups["observed_data"] = observed(past)
    result = xr.DataTree.from_dict({name: _labelled(group, labels) for name, group in groups.items()})
    for variable_name, variable in result["posterior"].data_vars.items():
        variable.attrs["long_name"] = MEANINGS[str(variable_name)]
    for node in result.subtree:
        node.attrs = _made_by(grid.engine.case)
    return result


def _made_by(case: Case) -> dict[str, str]:
    """What every group says of itself, as ArviZ has it but for the hour."""
    return {"inference_library": "nutpie", "inference_library_version": version("nutpie"),
            "creation_library": "forecast-ledger", "creation_library_version": __version__,
            "creation_library_language": "Python", "question": case.question.id, "title": case.question.title,
            "as_of": str(case.as_of)}


def _labels(grid: Grid) -> dict[str, Any]:
    from forecast.engine.nuts.density import model_coords

    case = grid.engine.case
    to_come = [str(day) for day in case.question.key_dates if day > case.as_of]
    return model_coords(grid) | {"hypothesis": list(case.question.hypotheses), "key_date": to_come,
                                 "past_case": [past.case for _, past in past_cases(case)]}


def _prior(grid: Grid) -> Any:
    """Draws of the unknowns of the prior, and of the reliabilities by their records, before any of it was heard."""
    import xarray as xr

    from forecast.engine.nuts.density import beta_of, components

    rng, case = np.random.default_rng(SEED), grid.engine.case
    found: dict[str, tuple[str, list[Array]]] = {}

    def add(name: str, dim: str, values: Array) -> None:
        found.setdefault(name, (dim, []))[1].append(values)

    for _ in components(case, ReferenceClass):
        add("reference_share", "reference_class", rng.beta(2, 2, PRIOR_DRAWS))
        add("reference_scale", "reference_class", rng.lognormal(*LOG_SCALE, PRIOR_DRAWS))
        add("reference_shape", "reference_class", rng.lognormal(*LOG_SHAPE, PRIOR_DRAWS))
    for part in components(case, Exposure):
        add("exposure_rate", "exposure", rng.gamma(part.record.events + 0.5, 1 / part.record.weeks, PRIOR_DRAWS))
    for part in components(case, Elicited):
        if not (beta := beta_of(part.record)).is_point:
            add("elicited_probability", "elicited", rng.beta(beta.alpha, beta.beta, PRIOR_DRAWS))
    for known in grid.engine.reliabilities:
        add("reliability", "source", rng.beta(known.alpha, known.beta, PRIOR_DRAWS))
    return xr.Dataset({name: (("chain", "draw", dim), np.stack(columns, axis=-1)[None])
                       for name, (dim, columns) in found.items()})


def _predictive(posterior: Any) -> Any:
    """The span in which the event falls, drawn with the probabilities of each draw, doubts included."""
    import xarray as xr

    cumulative = posterior["doubted_span_probability"].transpose("chain", "draw", "span").values.cumsum(axis=-1)
    drawn = np.random.default_rng(SEED).random((*cumulative.shape[:2], 1)) * cumulative[..., -1:]
    return xr.Dataset({"event_span": (("chain", "draw"), (drawn > cumulative).sum(axis=-1).astype(np.int16))})


def past_cases(case: Case) -> list[tuple[int, PastCase]]:
    """Every past case as its file has it, with the place of its reference class among the components."""
    from forecast.engine.nuts.density import components

    return [(part.place, past) for part in components(case, ReferenceClass)
            for past in case.histories[part.record.file]]


def observed(rows: Sequence[tuple[int, PastCase]]) -> Any:
    """The past cases; what else is observed, the items and the silence, enters by what they are worth."""
    import xarray as xr

    columns = {"component": [place for place, _ in rows], "weeks": [past.weeks for _, past in rows],
               "outcome": [past.outcome for _, past in rows], "weight": [past.weight for _, past in rows]}
    return xr.Dataset({name: ("past_case", values) for name, values in columns.items()})


def _constant(grid: Grid) -> Any:
    """The days of each span, and the stated log lifts: the lift of an item in a draw is exp(log_lift + sd z).

    The last span is never at all, and has no days.
    """
    import xarray as xr

    ends = np.append(grid.first[1:] - 1, grid.first[-1])
    constant = xr.Dataset({"first_day": ("span", _days(grid.first)), "last_day": ("span", _days(ends))})
    evidence = grid.engine.evidence
    if len(evidence):
        constant = constant.assign(log_lift=("item", evidence.log_lift), log_lift_sd=("item", evidence.log_lift_sd))
    return constant


def _days(ordinals: NDArray[np.int64]) -> NDArray[np.datetime64]:
    return np.array([*map(date.fromordinal, ordinals.tolist()), None], "datetime64[s]")


def _labelled(dataset: Any, labels: Mapping[str, Any]) -> Any:
    """Put names on every dimension, known ones or numbers; chain and draw go first, as everywhere in ArviZ."""
    sizes = {name: size for value in dataset.data_vars.values() for name, size in value.sizes.items()}
    named = dataset.drop_vars(list(dataset.coords)).assign_coords(
        {name: list(labels.get(name, range(size))) for name, size in sizes.items()})
    first = [name for name in ("chain", "draw") if name in sizes]
    return named.transpose(*first, ...).drop_attrs()  # the libraries would note the hour


def write_netcdf(tree: Any, path: Path) -> None:
    """Store chains in single precision as netCDF; `arviz.from_netcdf` opens it.

    All draws are stored: neighbours lie on opposite sides of the middle, so that every second one of them alone
    would be worth a third of them all.
    """
    import xarray as xr

    groups = {}
    for name, group in tree.children.items():
        dataset = group.to_dataset()
        groups[name] = dataset.assign({key: value.astype(np.float32) for key, value in dataset.data_vars.items()
                                       if value.dtype == np.float64})
    packed = {f"/{name}": {str(key): {"zlib": True, "complevel": 5} for key, value in dataset.data_vars.items()
                           if value.dtype.kind in "fi" and value.ndim} for name, dataset in groups.items()}
    result = xr.DataTree.from_dict(groups)
    result.attrs = tree.attrs
    result.to_netcdf(path, engine="netcdf4", encoding=packed)
