"""The PyMC engine's density: the joint density of docs/model.md a second time, with days and backgrounds summed out.

    p(θ, s, z, r, ε | data) ∝ p(θ) · p(s) · Π_i p(z_i) · Π_s p(r_s) · p(ε)                the unknowns
                              · ℓ(past cases | θ)
                              · Σ_k mass(k; θ) · L(k) · exp(Σ_i t_ik z_i − ½ t_ik²)       the day of the event
                              · Σ_b s_b · Π_i B_ib                                        the background

θ are the parameters of the prior's components, s the shares of the alternatives, and z_i says where the lift of item i
lies within its stated spread. k runs over spans of days, live and beyond the horizon, and never at all (`Grid`). L and
B are what the exact engine makes of the stated values at the mean reliabilities r̄.

The reliabilities r have their own checks alone, and ε, the error of the model, its prior alone. Neither bears on the
weights of days (the cut; Plummer 2015, doi:10.1007/s11222-014-9503-z): both enter only what is generated from a draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import ArrayLike
from pytensor.configdefaults import config

from forecast.core.cure_model import LOG_SCALE, LOG_SHAPE, PastCase, lognormal_shares, merged
from forecast.core.numerics import Array, Beta, beta_from_range
from forecast.engine.bands import Grid
from forecast.records.case import Case
from forecast.records.question import Elicited, Exposure, ReferenceClass

Tensor = Any
"""A variable of PyTensor."""

OUTCOMES = ("event", "ended", "censored")
"""How a past case can have gone."""

_LARGEST_POWER = 600.0
"""Natural log of the largest (x/λ)^γ: S is 0 long before, and its slope stays a number."""
_LARGEST_LIKELIHOOD = 650.0
"""Natural log of the largest L, relative to the level; only where there is next to no mass is it larger."""


def build(grid: Grid) -> pm.Model:
    """Write the density of a case as a PyMC model.

    The numbers of the case are data of free length, and a kind of component that its prior does not have is one of
    length 0. So the model always has the same structure, and one compiled function serves every case. Sums are written
    as sums rather than as products of matrices, since a compiler takes as long for one product as for twenty sums.
    """
    # Parameters come from records that cannot be wrong, so that no step needs to check them.
    with config.change_flags(traceback__limit=0), pm.Model(coords=model_coords(grid), check_bounds=False) as model:
        mass, past_cases = _prior(grid)
        likelihood, level = _likelihood(grid)
        day = mass * likelihood * pt.exp(_spread(grid))
        background, background_level = _background(grid)
        days, backgrounds = pt.log(day.sum()), pt.log(background.sum())
        reliability, checks = _reliability(grid)
        doubt = _doubt(grid, reliability)

        pm.Potential("past_cases", past_cases)
        pm.Potential("checks", checks)
        pm.Potential("days", days)
        pm.Potential("backgrounds", backgrounds)

        # What is read off at each draw: the headline, what r and ε would make of it, and the terms of the density.
        pm.Deterministic("span_probability", day / day.sum(), dims="span")
        doubted = day * pt.exp(doubt)
        pm.Deterministic("doubted_span_probability", doubted / doubted.sum(), dims="span")
        pm.Deterministic("alternative_probability", background / background.sum(), dims="alternative")
        silence = pt.log(mass.sum())
        pm.Deterministic("log_likelihood_past_cases", past_cases)
        pm.Deterministic("log_likelihood_silence", silence)
        pm.Deterministic("log_likelihood_evidence", days + level - silence + backgrounds + background_level)
        for unknown in model.free_RVs:
            own = checks if unknown is reliability else 0.0
            pm.Deterministic(f"log_prior_{unknown.name}", pm.logp(unknown, unknown).sum() + own)
    return model


def model_coords(grid: Grid) -> dict[str, Sequence[Any]]:
    """What the places along each dimension of the model are called."""
    case = grid.engine.case
    ranged = [part.place for part in components(case, Elicited) if not beta_of(part.record).is_point]
    return {"span": [*(str(date.fromordinal(day)) for day in grid.first.tolist()), "never"],
            "alternative": case.question.hypotheses[1:],
            "item": [item.id for item in case.active],
            "source": [source.id for source in case.sources],
            "profile": range(len(grid.slopes.profiles)),
            "reference_class": [part.place for part in components(case, ReferenceClass)],
            "exposure": [part.place for part in components(case, Exposure)],
            "elicited": ranged,
            "past_case": range(max(map(len, _histories(case)), default=0)),
            "check": range(max((len(known.factors) for known in grid.engine.reliabilities), default=0))}


def _data(name: str, values: ArrayLike, *dims: str) -> Tensor:
    return pm.Data(name, np.asarray(values, float), dims=dims)


# --- the prior over days -----------------------------------------------------------------------------------------


class Part(NamedTuple):
    """A component of the pool that has a weight."""

    place: int
    """Its place in the question's list, from 1: the label of its unknowns."""
    record: Any
    weight: float
    """All weights sum to one."""


def components(case: Case, kind: type) -> list[Part]:
    """The components of one kind that have a weight."""
    total = sum(component.weight for component in case.question.prior)
    return [Part(place, component, component.weight / total)
            for place, component in enumerate(case.question.prior, 1)
            if isinstance(component, kind) and component.weight > 0]


def beta_of(component: Elicited) -> Beta:
    """The distribution of the probability that is stated."""
    low, high = component.probability.bounds()
    beta = beta_from_range(low, component.probability.stated, high)
    if beta is None:
        raise ValueError("the gate lets no impossible range pass")
    return beta


class _Clock(NamedTuple):
    """The spans as the components see them; each of shape (span,).

    What does not happen by the horizon falls into the later spans in fixed shares, which sum to one.
    """

    start: Tensor
    """x at the start of a live span; H for later ones."""
    end: Tensor
    """x at the end of a live span; H for later ones, whose end does not count."""
    log_start: Tensor
    log_end: Tensor
    live: Tensor
    """1 for live spans, else 0."""
    later: Tensor
    """0 for live spans, else the share of what does not happen by the horizon."""

    def mass(self, chance: Tensor, start: Tensor, end: Tensor) -> Tensor:
        """Mass of an event that happens at all with a chance, and outlasts the start and the end of a span.

        From (component,) and twice (component, span) to (component, span).
        """
        happens = (self.live + self.later) * (start - self.live * end)
        return chance[:, None] * happens + (1 - chance[:, None]) * self.later


def _clock(grid: Grid) -> _Clock:
    edges, beyond = grid.edges, np.full(len(grid.split), grid.edges[-1])
    start, end = np.append(edges[:-1], beyond), np.append(edges[1:], beyond)
    return _Clock(_data("start", start, "span"), _data("end", end, "span"),
                  _data("log_start", np.log(np.maximum(start, 1e-300)), "span"),
                  _data("log_end", np.log(end), "span"),
                  _data("live", _live(grid), "span"), _data("later", _later(grid), "span"))


def _live(grid: Grid) -> Array:
    return np.append(np.ones(grid.live), np.zeros(len(grid.split)))


def _later(grid: Grid) -> Array:
    return np.append(np.zeros(grid.live), grid.split)


def _prior(grid: Grid) -> tuple[Tensor, Tensor]:
    """Mass of each span, Σ_j w_j mass_j (span,), and the log likelihood of past cases."""
    clock = _clock(grid)
    reference, past_cases = _reference(grid, clock)
    return reference + _exposure(grid, clock) + _elicited(grid, clock), past_cases


def _pooled(parts: Sequence[Part], mass: Tensor, dim: str) -> Tensor:
    weight = _data(f"{dim}_weight", [part.weight for part in parts], dim)
    return (weight[:, None] * mass).sum(axis=0)


def _reference(grid: Grid, clock: _Clock) -> tuple[Tensor, Tensor]:
    """F(x) = π (1 − S(x)), S(x) = exp(−(x/λ)^γ), with the past cases that inform it."""
    dim, case = "reference_class", grid.engine.case
    pi = pm.Beta("reference_share", 2, 2, dims=dim)
    scale = pm.LogNormal("reference_scale", *LOG_SCALE, dims=dim)
    shape = pm.LogNormal("reference_shape", *LOG_SHAPE, dims=dim)
    start, end = (pt.exp(-pt.exp(_log_power(log_x, scale, shape))) for log_x in (clock.log_start, clock.log_end))
    mass = _pooled(components(case, ReferenceClass), clock.mass(pi, start, end), dim)
    return mass, _past_cases(case, pi, scale, shape)


def _log_power(log_x: Tensor, scale: Tensor, shape: Tensor) -> Tensor:
    """Natural log of (x/λ)^γ; (component, x)."""
    return pt.minimum(shape[:, None] * (log_x - pt.log(scale)[:, None]), _LARGEST_POWER)


def _histories(case: Case) -> list[tuple[PastCase, ...]]:
    return [merged(case.histories[part.record.file]) for part in components(case, ReferenceClass)]


def _past_cases(case: Case, pi: Tensor, scale: Tensor, shape: Tensor) -> Tensor:
    """Σ w log ℓ: log π f(t) if the event came, log(1 − π) if it ended without, log(1 − π + π S(t)) if censored.

    A history that is shorter than another is filled up with cases of weight 0.
    """
    histories = _histories(case)
    size = (len(histories), max(map(len, histories), default=0))
    log_weeks, weight = np.zeros(size), {outcome: np.zeros(size) for outcome in OUTCOMES}
    for row, history in enumerate(histories):
        for column, past in enumerate(history):
            log_weeks[row, column] = np.log(past.weeks)
            weight[past.outcome][row, column] = past.weight
    dims = ("reference_class", "past_case")
    log_t = _data("past_log_weeks", log_weeks, *dims)
    event, ended, censored = (_data(f"past_{outcome}", weight[outcome], *dims) for outcome in OUTCOMES)
    pi, log_power = pi[:, None], _log_power(log_t, scale, shape)
    power = pt.exp(log_power)
    log_f = pt.log(shape)[:, None] + log_power - log_t - power
    return (event * (pt.log(pi) + log_f) + ended * pt.log1p(-pi)
            + censored * pt.log(1 - pi + pi * pt.exp(-power))).sum()


def _exposure(grid: Grid, clock: _Clock) -> Tensor:
    """F(x) = 1 − e^(−hx), h ~ Gamma(n + ½, rate W)."""
    dim, parts = "exposure", components(grid.engine.case, Exposure)
    rate = pm.Gamma("exposure_rate", _data("exposure_shape", [part.record.events + 0.5 for part in parts], dim),
                    _data("exposure_weeks", [part.record.weeks for part in parts], dim), dims=dim)
    start, end = (pt.exp(-rate[:, None] * x) for x in (clock.start, clock.end))
    return _pooled(parts, clock.mass(pt.ones_like(rate), start, end), dim)


def _elicited(grid: Grid, clock: _Clock) -> Tensor:
    """F(x) = p·G(x)/G(H), p ~ Beta. A p that is stated without a range is no unknown."""
    dim, beyond = "elicited", np.zeros(len(grid.split))
    parts, timings, known = [], [], np.zeros(len(grid.mass))
    for part in components(grid.engine.case, Elicited):
        timing = np.append(lognormal_shares(grid.edges, *part.record.weeks), beyond)
        beta = beta_of(part.record)
        if beta.is_point:
            known += part.weight * (beta.mean * timing + (1 - beta.mean) * _later(grid))
        else:
            parts.append(part)
            timings.append(timing)
    betas = [beta_of(part.record) for part in parts]
    p = pm.Beta("elicited_probability", _data("elicited_alpha", [beta.alpha for beta in betas], dim),
                _data("elicited_beta", [beta.beta for beta in betas], dim), dims=dim)
    timing = _data("elicited_timing", np.reshape(timings, (len(parts), len(known))), dim, "span")
    mass = p[:, None] * timing + (1 - p[:, None]) * clock.later
    return _pooled(parts, mass, dim) + _data("known_mass", known, "span")


# --- what the items say ------------------------------------------------------------------------------------------


def _likelihood(grid: Grid) -> tuple[Tensor, Tensor]:
    """L of each span by the stated values (span,), relative to a level near its mode, of which the log is returned."""
    log_posterior = np.log(np.maximum(grid.mass, np.finfo(float).tiny)) + grid.log_likelihood
    level = log_posterior.max()
    log_l = np.minimum(grid.log_likelihood - level, _LARGEST_LIKELIHOOD)
    return _data("likelihood", np.exp(log_l), "span"), _data("likelihood_level", level)


def _spread(grid: Grid) -> Tensor:
    """Σ_i t_ik z_i − ½ t_ik², z_i ~ N(0, 1): what the spread of the stated values moves; (span,).

    The items share a few profiles over the spans, t_ik = Σ_p c_ip profile_p(k), so that one sum over items serves all.
    """
    z = pm.Normal("z", dims="item")
    profiles, c = grid.slopes.profiles, grid.by_lift[:, None] * grid.slopes.shares
    by_profile = (z[:, None] * _data("c", c, "item", "profile")).sum(axis=0)
    moved = (by_profile[:, None] * _data("profiles", profiles, "profile", "span")).sum(axis=0)
    return moved - _data("half_squares", grid.squares / 2, "span")


def _background(grid: Grid) -> tuple[Tensor, Tensor]:
    """s_b Π_i B_ib (alternative,), relative to a level of which the log is returned; s ~ Dirichlet(concentration · s̄).

    A Dirichlet is a vector of Gammas, divided by their sum.
    """
    question, log_b = grid.engine.case.question, grid.engine.heard.log_background.sum(axis=0)
    alpha = _data("share_alpha", question.share_concentration * np.array(question.shares), "alternative")
    weight = pm.Gamma("share_weight", alpha, 1, dims="alternative")
    share = pm.Deterministic("share", weight / weight.sum(), dims="alternative")
    level = log_b.max()
    return share * _data("background", np.exp(log_b - level), "alternative"), _data("background_level", level)


def _reliability(grid: Grid) -> tuple[Tensor, Tensor]:
    """r_s ~ Beta (source,), and the log of what its checks multiply the density by, factors (a + b r)^n.

    A source that has fewer checks than another is filled up with factors of n = 0.
    """
    known = grid.engine.reliabilities
    r = pm.Beta("reliability", _data("reliability_alpha", [each.alpha for each in known], "source"),
                _data("reliability_beta", [each.beta for each in known], "source"), dims="source")
    most = max((len(each.factors) for each in known), default=0)
    factors = np.tile([1.0, 0.0, 0.0], (len(known), most, 1))
    for row, each in zip(factors, known, strict=True):
        row[:len(each.factors)] = np.reshape(each.factors, (-1, 3))
    a, b, n = (_data(f"check_{name}", factors[..., index], "source", "check") for index, name in enumerate("abn"))
    return r, (n * pt.log(a + b * r[:, None])).sum()


def _doubt(grid: Grid, r: Tensor) -> Tensor:
    """What r and ε would move: Σ_s (r_s − r̄_s) Σ_{i of s} G_ik ∂ log R̃_i/∂ r_s, and ε on every live day; (span,)."""
    mean = _data("mean_reliability", [each.mean for each in grid.engine.reliabilities], "source")
    slopes = _data("reliability_slopes", grid.source_slopes @ grid.slopes.profiles, "source", "span")
    error = _data("model_error", grid.engine.case.question.model_error.stated) * pm.Normal("error")
    return ((r - mean)[:, None] * slopes).sum(axis=0) + error * _data("is_live", _live(grid), "span")
