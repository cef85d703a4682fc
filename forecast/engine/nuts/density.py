"""The PyMC engine's density: the joint density of docs/model.md a second time, with the states summed out.

    log density = log prior(θ, z) + log ℓ(past cases) + log Σ_state mass · s · Π L^κ · exp(terms in z)

θ holds the parameters of the prior's components, the shares s of the alternatives and the reliabilities r of the
sources; z is where each value lies within its stated spread. Formulas follow the sections of that page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import ArrayLike
from pytensor.gradient import disconnected_grad

from forecast.core.cure_model import LOG_SCALE, LOG_SHAPE, PastCase, lognormal_share, merged
from forecast.core.numerics import Beta, beta_from_range
from forecast.engine.encoding import evidence
from forecast.records.case import Case
from forecast.records.question import Elicited, Exposure, ReferenceClass

Tensor = Any
"""A variable of PyTensor."""

_LEAST_MASS = 1e-300


def build(case: Case) -> pm.Model:
    """Write the density of a case as a PyMC model.

    The numbers of the case are data of free length, and a kind of component that its prior does not have is one of
    length 0. So one compiled function serves every case.
    """
    # Parameters come from records that cannot be wrong; no step needs to check them.
    with pm.Model(coords=_coords(case), check_bounds=False) as model:
        mass, past = _prior(case)
        log_joint = pt.log(pt.maximum(mass, _LEAST_MASS)) + pt.log(_shares(case))[:, None] + _items(case)
        top = disconnected_grad(log_joint.max())
        total = pt.log(pt.exp(log_joint - top).sum()) + top
        silence = pt.log(mass.sum())
        pm.Potential("past_cases", past)
        pm.Potential("states", total)
        pm.Deterministic("state_probability", pt.exp(log_joint - total), dims=("alternative", "state"))
        pm.Deterministic("log_likelihood", pt.stack([past, silence, total - silence]), dims="observation")
        model.add_coord("unknown", [unknown.name for unknown in model.free_RVs])
        pm.Deterministic("log_prior", pt.stack([pm.logp(x, x).sum() for x in model.free_RVs]), dims="unknown")
    return model


def _coords(case: Case) -> dict[str, Sequence[Any]]:
    hypotheses = case.question.hypotheses
    return {"hypothesis": hypotheses, "alternative": hypotheses[1:], "edge": ["start", "end"],
            "state": [*(str(first) for first, _ in case.weeks.spans), "never"],
            "item": [item.id for item in case.active], "source": [source.id for source in case.sources],
            "reference_class": [c.place for c in _components(case, ReferenceClass)],
            "exposure": [c.place for c in _components(case, Exposure)],
            "elicited": [c.place for c in _components(case, Elicited) if not _beta(c.record).is_point],
            "past_case": range(max(map(len, _histories(case)), default=0)),
            "observation": ["past_cases", "silence", "evidence"]}


def _data(name: str, values: ArrayLike, *dims: str) -> Tensor:
    return pm.Data(name, np.asarray(values, float), dims=dims)


# The prior over states


class _Component(NamedTuple):
    """A component of the pool that has a weight."""

    place: int
    """Its place in the question's list, from 1."""
    record: Any
    weight: float
    """All weights sum to one."""


def _components(case: Case, kind: type) -> list[_Component]:
    total = sum(component.weight for component in case.question.prior)
    return [_Component(place, component, component.weight / total)
            for place, component in enumerate(case.question.prior, 1)
            if isinstance(component, kind) and component.weight > 0]


class _Clock(NamedTuple):
    """The live weeks, and never, as the components see them."""

    log_time: Tensor
    """log x at the start and the end of each week; twice log H for never; (edge, state)."""
    side: Tensor
    """1 at the start and −1 at the end of a week, and 0 at the end of never, which has none; (edge, state)."""
    never: Tensor
    """1 for never, else 0; (state,)."""

    def mass(self, probability: Tensor, survival: Tensor) -> Tensor:
        """Mass of an event that comes with a probability and survives x with another.

        From (component,) and (component, edge, state) to (component, state).
        """
        fall = (self.side * survival).sum(axis=1)
        return probability[:, None] * fall + (1 - probability[:, None]) * self.never


def _clock(case: Case) -> _Clock:
    edges = case.weeks.edges
    never = np.eye(len(edges))[-1]
    return _Clock(_data("log_time", np.log([edges, np.append(edges[1:], edges[-1])]), "edge", "state"),
                  _data("side", [np.ones(len(edges)), never - 1], "edge", "state"), _data("never", never, "state"))


def _prior(case: Case) -> tuple[Tensor, Tensor]:
    """Mass of each state, F pooled (state,), and the log likelihood of past cases."""
    clock = _clock(case)
    reference, past = _reference(case, clock)
    return reference + _exposure(case, clock) + _elicited(case, clock), past


def _pooled(components: Sequence[_Component], mass: Tensor, dim: str) -> Tensor:
    weight = _data(f"{dim}_weight", [component.weight for component in components], dim)
    return (weight[:, None] * mass).sum(axis=0)


def _reference(case: Case, clock: _Clock) -> tuple[Tensor, Tensor]:
    """F(x) = π (1 − S(x)), S(x) = exp(−(x/λ)^γ), with the past cases that inform it."""
    dim = "reference_class"
    share = pm.Beta("reference_share", 2, 2, dims=dim)
    scale = pm.LogNormal("reference_scale", *LOG_SCALE, dims=dim)
    shape = pm.LogNormal("reference_shape", *LOG_SHAPE, dims=dim)
    power = shape[:, None, None] * (clock.log_time - pt.log(scale)[:, None, None])
    mass = clock.mass(share, pt.exp(-pt.exp(power)))
    return _pooled(_components(case, ReferenceClass), mass, dim), _past(case, share, scale, shape)


def _histories(case: Case) -> list[tuple[PastCase, ...]]:
    return [merged(case.histories[component.record.file]) for component in _components(case, ReferenceClass)]


def _past(case: Case, share: Tensor, scale: Tensor, shape: Tensor) -> Tensor:
    """Weighted log likelihood of the past cases; histories are filled up with cases of weight 0."""
    histories = _histories(case)
    size = (len(histories), max(map(len, histories), default=0))
    log_weeks, weight = np.zeros(size), {outcome: np.zeros(size) for outcome in ("event", "ended", "censored")}
    for row, history in enumerate(histories):
        for column, past in enumerate(history):
            log_weeks[row, column] = np.log(past.weeks)
            weight[past.outcome][row, column] = past.weight
    dims = ("reference_class", "past_case")
    log_t = _data("past_log_weeks", log_weeks, *dims)
    event, ended, censored = (_data(f"past_{outcome}", values, *dims) for outcome, values in weight.items())
    pi = share[:, None]
    log_power = shape[:, None] * (log_t - pt.log(scale)[:, None])
    power = pt.exp(log_power)
    log_f = pt.log(shape)[:, None] + log_power - log_t - power
    return (event * (pt.log(pi) + log_f) + ended * pt.log1p(-pi)
            + censored * pt.log(1 - pi + pi * pt.exp(-power))).sum()


def _exposure(case: Case, clock: _Clock) -> Tensor:
    """F(x) = 1 − e^(−ηx), η ~ Gamma(N + ½, rate W)."""
    dim, components = "exposure", _components(case, Exposure)
    rate = pm.Gamma("exposure_rate", _data("exposure_shape", [c.record.events + 0.5 for c in components], dim),
                    _data("exposure_weeks", [c.record.weeks for c in components], dim), dims=dim)
    survival = pt.exp(-rate[:, None, None] * pt.exp(clock.log_time))
    return _pooled(components, clock.mass(pt.ones_like(rate), survival), dim)


def _elicited(case: Case, clock: _Clock) -> Tensor:
    """F(x) = p·G(x)/G(H), p ~ Beta or known."""
    dim, edges, known = "elicited", case.weeks.edges, np.zeros(len(case.weeks.edges))
    components, betas, timings = [], [], []
    for component in _components(case, Elicited):
        beta, timing = _beta(component.record), np.diff(lognormal_share(edges, *component.record.weeks))
        if beta.is_point:
            known += component.weight * np.append(beta.mean * timing, 1 - beta.mean)
        else:
            components.append(component)
            betas.append(beta)
            timings.append(np.append(timing, 0))
    p = pm.Beta("elicited_probability", _data("elicited_alpha", [beta.alpha for beta in betas], dim),
                _data("elicited_beta", [beta.beta for beta in betas], dim), dims=dim)
    fall = _data("elicited_timing", np.reshape(timings, (len(timings), len(edges))), dim, "state")
    mass = p[:, None] * fall + (1 - p[:, None]) * clock.never
    return _pooled(components, mass, dim) + _data("known_mass", known, "state")


def _beta(component: Elicited) -> Beta:
    low, high = component.probability.bounds()
    beta = beta_from_range(low, component.probability.stated, high)
    if beta is None:
        raise ValueError("the gate lets no impossible range pass")
    return beta


def _shares(case: Case) -> Tensor:
    """s ~ Dirichlet(share_concentration · s̄), as the normalised Gammas that it is made of; (alternative,)."""
    alpha = case.question.share_concentration * np.array(case.question.shares)
    weight = pm.Gamma("share_weight", _data("share_alpha", alpha, "alternative"), 1, dims="alternative")
    return pm.Deterministic("share", weight / weight.sum(), dims="alternative")


# What the items say


def _items(case: Case) -> Tensor:
    """κ Σ log L of each state, with the terms in z; (alternative, state).

    With ℓ = κ log L and τ = κ σ r q v/L, an item adds to a state that it bears on with weight w, for the event and
    for the state's alternative alike, w (ℓ + τ z) − ½ w² τ²; and takes out the level n of all states.
    """
    ev, question, dims = evidence(case), case.question, ("item", "hypothesis")
    shape = (len(ev.items), len(question.hypotheses))
    yes, no = _reliabilities(case)
    echo, lift = _data("echo", ev.echo(), "item"), ev.log_lift
    # L/g = no + yes·v/g, divided by the larger of 1 and v/g, so that nothing overflows.
    largest = np.maximum(lift, 0)
    spoken = (echo * yes)[:, None] * _data("spoken", np.exp(lift - largest), *dims)
    total = (no + (1 - echo) * yes)[:, None] * _data("unspoken", np.exp(-largest), *dims) + spoken
    kappa = _data("evidence_weight", question.evidence_weight.stated)
    log_l = kappa * (pt.log(total) + _data("largest", largest, *dims))
    tau = kappa * _data("log_sd", ev.log_sd, *dims) * spoken / total
    push = log_l + tau * pm.Normal("z", dims=dims)
    event = _data("is_event", np.eye(shape[1])[0], "hypothesis")[:, None]
    reach = _data("reach", ev.reach, "item", "state")[:, None]
    weight = event * reach + (1 - event) * (1 - reach)
    said = (weight * (push[:, :, None] - weight * (tau**2)[:, :, None] / 2)).sum(axis=0)
    level = (_data("level", np.outer(ev.undated, np.append(0, ev.shares)), *dims) * log_l).sum()
    holds = np.hstack([np.ones((shape[1] - 1, 1)), np.eye(shape[1] - 1)])
    return (_data("holds", holds, "alternative", "hypothesis")[:, :, None] * said).sum(axis=1) - level


def _reliabilities(case: Case) -> tuple[Tensor, Tensor]:
    """r_i and 1 − r_i of each item, r ~ Beta by source: logit r_i = ½ logit r + ½ logit c, or logit r."""
    ev = evidence(case)
    parameters = np.reshape([source.reliability(case.as_of) for source in case.sources], (len(case.sources), 2))
    r = pm.Beta("reliability", _data("reliability_alpha", parameters[:, 0], "source"),
                _data("reliability_beta", parameters[:, 1], "source"), dims="source")
    own = _data("item_source", np.eye(len(case.sources))[ev.source], "item", "source")
    log_odds = (own * (pt.log(r) - pt.log1p(-r))).sum(axis=1)
    log_odds *= _data("credibility_slope", ev.slope, "item")
    log_odds += _data("credibility_level", ev.level, "item")
    return pt.sigmoid(log_odds), pt.sigmoid(-log_odds)
