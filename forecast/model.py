"""The PyMC engine: the joint density of docs/model.md a second time, sampled with NUTS.

The states are summed out inside the model; the prior parameters, the shares of the alternatives, the reliabilities of
the sources and the place z of each value within its stated spread are sampled:

    log density = log prior(θ, z) + log ℓ(past cases) + log Σ_states mass · share · exp(κ Σ log L + terms in z)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import ArrayLike, NDArray
from pytensor.gradient import disconnected_grad
from pytensor.tensor import TensorVariable
from scipy.special import logit

from forecast.bayes import Beta, beta_from_range
from forecast.case import Case
from forecast.likelihood import Evidence, evidence
from forecast.question import Elicited, Exposure, ReferenceClass
from forecast.survival import LOG_SCALE, LOG_SHAPE, PastCase, lognormal_share, merged

Array = NDArray[np.float64]

_TINY = 1e-300


def build(case: Case) -> pm.Model:
    """Write the density of a case in PyMC.

    All numbers of the case are `pm.Data`, so that the same compiled code serves any case. Kinds of prior component
    that a question does not use have length 0.
    """
    ev = evidence(case)
    # Parameters come from records that cannot be wrong; checking them at each step costs a fifth of the time.
    with pm.Model(coords=_coords(case), check_bounds=False) as model:
        mass, past = _mass(case)
        share = _share(case)
        said = _said(case, ev)
        log_mass = pt.log(pt.maximum(mass, _TINY))
        log_joint = log_mass + pt.log(share)[:, None] + said
        total = _logsumexp(log_joint)
        silence = _logsumexp(log_mass)
        pm.Potential("past", past)
        pm.Potential("states", total)
        pm.Deterministic("state_probability", pt.exp(log_joint - total), dims=("alternative", "state"))
        pm.Deterministic("log_likelihood", pt.stack([past, silence, total - silence]), dims="likelihood")
        pm.Deterministic("log_prior", pt.stack([pm.logp(unknown, unknown).sum() for unknown in model.free_RVs]), dims="unknown")
    return model


def _coords(case: Case) -> dict[str, Any]:
    question = case.question
    kinds = {kind: [index for index, component in enumerate(question.prior, 1) if component.weight > 0 and isinstance(component, kind)] for kind in (ReferenceClass, Exposure, Elicited)}
    weeks = [str(first) for first, _ in case.weeks.spans]
    pasts = [merged(case.histories[c.file]) for c in question.prior if isinstance(c, ReferenceClass) and c.weight > 0]
    return dict(hypothesis=question.hypotheses, alternative=question.hypotheses[1:], state=[*weeks, "never"],
                edge=["start", "end"], item=[item.id for item in case.active], source=[s.id for s in case.sources],
                reference_class=kinds[ReferenceClass], exposure=kinds[Exposure],
                elicited=[i for i in kinds[Elicited] if not _beta(question.prior[i-1]).is_point],
                past_case=range(max(map(len, pasts), default=0)),
                likelihood=["past", "silence", "evidence"],
                unknown=["coming", "scale", "shape", "rate", "probability", "share", "reliability", "z"])


def _data(name: str, values: ArrayLike, *dims: str) -> TensorVariable:
    return pm.Data(name, np.asarray(values, float), dims=dims)


def _logsumexp(values: TensorVariable) -> TensorVariable:
    top = disconnected_grad(values.max())
    return pt.log(pt.exp(values - top).sum()) + top


def _beta(component: Elicited) -> Beta:
    low, high = component.probability.bounds()
    beta = beta_from_range(low, component.probability.stated, high)
    assert beta is not None
    return beta


def _mass(case: Case):
    question, edges = case.question, case.weeks.edges
    weights = np.array([c.weight for c in question.prior])
    pairs = [(c, w) for c, w in zip(question.prior, weights / weights.sum()) if w > 0]
    start, end = edges, np.append(edges[1:], edges[-1])
    sign = np.ones((2, len(edges))); sign[1] = -1; sign[1, -1] = 0
    log_time = _data("log_time", np.log([start, end]), "edge", "state")
    side = _data("side", sign, "edge", "state")
    never = _data("never", np.eye(len(edges))[-1], "state")

    def fall(survival):
        return (side * survival).sum(axis=1)

    # reference
    refs = [(c, w) for c, w in pairs if isinstance(c, ReferenceClass)]
    pi = pm.Beta("reference_share", 2, 2, dims="reference_class")
    scale = pm.LogNormal("reference_scale", *LOG_SCALE, dims="reference_class")
    shape = pm.LogNormal("reference_shape", *LOG_SHAPE, dims="reference_class")
    past = _past([merged(case.histories[c.file]) for c, _ in refs], pi, scale, shape)
    wr = _data("reference_weight", [w for _, w in refs], "reference_class")
    S = pt.exp(-pt.exp(shape[:, None, None] * (log_time - pt.log(scale)[:, None, None])))
    mass = (wr[:, None] * (pi[:, None] * fall(S) + (1 - pi[:, None]) * never)).sum(axis=0)
    # exposure
    exps = [(c, w) for c, w in pairs if isinstance(c, Exposure)]
    rate = pm.Gamma("exposure_rate", _data("exposure_shape", [c.events + .5 for c, _ in exps], "exposure"),
                    _data("exposure_weeks", [c.weeks for c, _ in exps], "exposure"), dims="exposure")
    wx = _data("exposure_weight", [w for _, w in exps], "exposure")
    mass += (wx[:, None] * fall(pt.exp(-rate[:, None, None] * pt.exp(log_time)))).sum(axis=0)
    # elicited
    eli = [(c, w, _beta(c)) for c, w in pairs if isinstance(c, Elicited)]
    known = sum((w * np.append(b.mean * _timing(c, edges), 1 - b.mean) for c, w, b in eli if b.is_point), np.zeros(len(edges)))
    eli = [(c, w, b) for c, w, b in eli if not b.is_point]
    p = pm.Beta("elicited_probability", _data("elicited_alpha", [b.alpha for *_, b in eli], "elicited"),
                _data("elicited_beta", [b.beta for *_, b in eli], "elicited"), dims="elicited")
    we = _data("elicited_weight", [w for _, w, _ in eli], "elicited")
    T = _data("elicited_timing", np.reshape([np.append(_timing(c, edges), 0) for c, *_ in eli], (len(eli), len(edges))), "elicited", "state")
    mass += (we[:, None] * (p[:, None] * T + (1 - p[:, None]) * never)).sum(axis=0)
    return mass + _data("known_mass", known, "state"), past


def _timing(c, edges):
    return np.diff(lognormal_share(edges, *c.weeks))


def _past(histories, pi, scale, shape):
    length = max(map(len, histories), default=0)
    log_weeks = np.zeros((len(histories), length))
    weight = {k: np.zeros((len(histories), length)) for k in ("event", "ended", "censored")}
    for i, cases in enumerate(histories):
        for j, c in enumerate(cases):
            log_weeks[i, j] = np.log(c.weeks)
            weight[c.outcome][i, j] = c.weight
    W = {k: _data(f"past_{k}", v, "reference_class", "past_case") for k, v in weight.items()}
    t = _data("past_log_weeks", log_weeks, "reference_class", "past_case")
    pi, scale, shape = pi[:, None], scale[:, None], shape[:, None]
    z = shape * (t - pt.log(scale))
    gone = pt.exp(z)
    ll = W["event"] * (pt.log(pi) + pt.log(shape) + z - t - gone) + W["ended"] * pt.log1p(-pi) + W["censored"] * pt.log(1 - pi + pi * pt.exp(-gone))
    return ll.sum()


def _share(case):
    q = case.question
    w = pm.Gamma("share_weight", _data("share_alpha", q.share_concentration * np.array(q.shares), "alternative"), 1, dims="alternative")
    return pm.Deterministic("share", w / w.sum(), dims="alternative")


def _said(case, ev: Evidence):
    q = case.question
    rel = np.array([s.reliability(case.as_of) for s in case.sources]).reshape(-1, 2)
    r = pm.Beta("reliability", _data("reliability_alpha", rel[:, 0], "source"), _data("reliability_beta", rel[:, 1], "source"), dims="source")
    z = pm.Normal("z", dims=("item", "hypothesis"))
    judged = ~np.isnan(ev.credibility)
    log_odds = (_data("item_source", np.eye(len(case.sources))[ev.source], "item", "source") * (pt.log(r) - pt.log1p(-r))).sum(axis=1)
    log_odds = log_odds * _data("credibility_slope", np.where(judged, .5, 1), "item") + _data("credibility_level", np.where(judged, logit(np.where(judged, ev.credibility, .5)) / 2, 0), "item")
    yes, no = pt.sigmoid(log_odds)[:, None], pt.sigmoid(-log_odds)[:, None]
    echo = _data("echo", ev.echo(), "item")[:, None]
    top = np.maximum(ev.log_lift, 0)
    dims = ("item", "hypothesis")
    high = echo * yes * _data("high", np.exp(ev.log_lift - top), *dims)
    blend = (no + (1 - echo) * yes) * _data("low", np.exp(-top), *dims) + high
    kappa = _data("kappa", q.evidence_weight.stated)
    log_l = kappa * (pt.log(blend) + _data("top", top, *dims))
    tau = kappa * _data("log_sd", ev.log_sd, *dims) * high / blend
    event = _data("is_event", np.eye(len(q.hypotheses))[0], "hypothesis")[:, None]
    reach = _data("reach", ev.reach, "item", "state")[:, None, :]
    bearing = 1 - event + (2 * event - 1) * reach
    said = (bearing * ((log_l + tau * z)[:, :, None] - bearing * (tau ** 2)[:, :, None] / 2)).sum(axis=0)
    neutral = (_data("neutral", ev.undated[:, None] * np.append(0, ev.shares), *dims) * log_l).sum()
    A = len(q.alternatives)
    either = _data("either", np.hstack([np.ones((A, 1)), np.eye(A)]), "alternative", "hypothesis")
    return (either[:, :, None] * said).sum(axis=1) - neutral
