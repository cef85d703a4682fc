"""The deterministic engine: one-dimensional quadrature for each source, sums over states, draws by composition.

Shares and prior parameters enter the mass linearly, and given the state sources are independent:

    P(k, b) ∝ E[mass(k)] · s̄_b · Π_sources ∫ Beta(dr) Π_{items of s} L_i(k, b; r)^κ
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecast.bayes import Nodes, beta_nodes, logsumexp
from forecast.case import Case
from forecast.likelihood import Array, Evidence, Ints, Mask, averaged, evidence
from forecast.posterior import Draws, Forecast
from forecast.prior import Pool, pool

DRAWS = 4096
"""Number of draws for the band."""

_CHUNK = 2_000_000
"""Numbers in one block of work, which bounds the memory."""


@dataclass(frozen=True)
class Exact:
    """The exact posterior of a case, and of every subset of its items.

    Parameters
    ----------
    case : Case
        The case to compute.
    refine : int
        Factor on the number of quadrature nodes, to check by doubling.
    """

    case: Case
    refine: int = 1

    @cached_property
    def evidence(self) -> Evidence:
        """The active items as arrays."""
        return evidence(self.case)

    @cached_property
    def pool(self) -> Pool:
        """The prior over the live weeks and never."""
        return pool(self.case.question, self.case.histories, self.case.weeks.edges)

    @cached_property
    def log_prior(self) -> Array:
        """log E[mass(k)] + log s̄_b; shape (state, alternative)."""
        with np.errstate(divide="ignore"):
            return np.log(self.pool.mean)[:, None] + np.log(self.case.question.shares)

    @cached_property
    def kappa(self) -> float:
        """The stated evidence weight κ."""
        return self.case.question.evidence_weight.stated

    @cached_property
    def members(self) -> list[Ints]:
        """Indices of each source's items."""
        order = np.argsort(self.evidence.source, kind="stable")
        counts = np.bincount(self.evidence.source, minlength=len(self.case.sources))
        return np.split(order, np.cumsum(counts)[:-1]) if len(counts) else []

    @cached_property
    def nodes(self) -> list[Nodes]:
        """Quadrature nodes of each source, as many as its sharpest possible posterior needs."""
        result = []
        for source, members in zip(self.case.sources, self.members, strict=True):
            alpha, beta = source.reliability(self.case.as_of)
            sharpness = alpha + beta + self.kappa * len(members)
            # Steps of 32 keep the number of different rules small, so that they are found in the cache.
            count = 32 * int(np.ceil(1 + 0.25 * np.sqrt(sharpness)))
            result.append(beta_nodes(alpha, beta, self.refine * count))
        return result

    def conditional(self, source: int, chosen: Ints, echo: Array) -> Array:
        """Log of Beta weight × Π L^κ of a source's chosen items at each node; shape (state, alternative, node).

        log L is linear in the reach, so that all states of a source cost one matrix product.
        """
        ev, nodes = self.evidence, self.nodes[source]
        states, size = ev.reach.shape[1], len(ev.shares) * len(nodes.r)
        total = np.zeros((states, size))
        level = np.zeros((len(ev.shares), len(nodes.r)))
        step = max(1, _CHUNK // (size + len(nodes.r)))
        for start in range(0, len(chosen), step):
            part = chosen[start:start + step]
            r, complement = averaged(nodes.r, nodes.complement, ev.credibility[part, None])
            log_l = ev.log_likelihood(part, r, complement, echo[part])
            event, rest = log_l[:, :1], log_l[:, 1:]
            total += ev.reach[part].T @ (event - rest).reshape(len(part), size)
            neutral = ev.undated[part] @ np.einsum("nbm,b->nm", rest, ev.shares)
            level += rest.sum(axis=0) - neutral
        joint = self.kappa * (total.reshape(states, *level.shape) + level)
        return joint + nodes.log_weight

    def source_term(self, source: int, chosen: Ints, echo: Array) -> tuple[Array, Array]:
        """Log evidence of a source's chosen items in each state, and E[r | state]; each (state, alternative)."""
        joint = self.conditional(source, chosen, echo)
        top = joint.max(axis=2, keepdims=True)
        weight = np.exp(joint - top)
        total = weight.sum(axis=2)
        return np.log(total) + top[..., 0], weight @ self.nodes[source].r / total

    def log_joint(self, chosen: Mask | None = None) -> Array:
        """Unnormalised log posterior of the states from the chosen items; shape (state, alternative)."""
        echo = self.evidence.echo(chosen)
        joint = self.log_prior.copy()
        for source, members in enumerate(self.members):
            picked = members if chosen is None else members[chosen[members]]
            if len(picked):
                joint += self.source_term(source, picked, echo)[0]
        return joint

    def log_odds(self, chosen: Mask | None = None) -> float:
        """Log odds of the event by the horizon from the chosen items."""
        return log_odds(self.log_joint(chosen))

    @cached_property
    def forecast(self) -> Forecast:
        """The posterior, labelled."""
        echo = self.evidence.echo()
        joint = self.log_prior.copy()
        conditional_means = []
        for source, members in enumerate(self.members):
            if len(members):
                term, mean = self.source_term(source, members, echo)
                joint += term
            else:
                alpha, beta = self.case.sources[source].reliability(self.case.as_of)
                mean = np.full(joint.shape, alpha / (alpha + beta))
            conditional_means.append(mean)
        states = np.exp(joint - logsumexp(joint))
        return Forecast(
            case=self.case, engine="exact", states=states, log_odds=log_odds(joint),
            prior_states=np.exp(self.log_prior - logsumexp(self.log_prior)),
            reliability={source.id: float(np.sum(states * mean))
                         for source, mean in zip(self.case.sources, conditional_means, strict=True)},
            sampler=lambda: self.draw(states))

    def draw(self, states: Array, count: int = DRAWS, seed: int = 20220921) -> Draws:
        """Draw P(event | θ, z) from the posterior of the stated unknowns, by composition.

        A state is drawn, then the unknowns given the state; the probability of every state given those unknowns
        follows. The states are systematic draws, the rest pseudo-random with a fixed seed.
        """
        rng = np.random.default_rng(seed)
        ev, shares = self.evidence, self.evidence.shares
        alternatives = len(shares)
        flat = np.cumsum(states.ravel())
        state = np.searchsorted(flat, (np.arange(count) + 0.5) / count * flat[-1])
        state = np.minimum(state, states.size - 1)
        week, alternative = np.divmod(state, alternatives)
        reliability = self._draw_reliability(rng, state)
        given = np.eye(alternatives)[alternative]
        share = rng.standard_gamma(self.case.question.share_concentration * shares + given)
        share /= share.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore"):
            log_state = (np.log(self.pool.draw_given(rng, week))[:, None, :] + np.log(share)[:, :, None])
        echo = ev.echo()
        step = max(1, _CHUNK // (count * (alternatives + 1)))
        for start in range(0, len(ev.items), step):
            part = np.arange(start, min(start + step, len(ev.items)))
            log_state += self._draw_items(rng, part, reliability, echo, week, alternative)
        weight = np.exp(log_state - log_state.max(axis=(1, 2), keepdims=True))
        weight /= weight.sum(axis=(1, 2), keepdims=True)
        return Draws(weekly=weight[:, :, :-1].sum(axis=1), alternatives=weight[:, :, -1],
                     reliability=dict(zip((s.id for s in self.case.sources), reliability.T, strict=True)))

    def _draw_reliability(self, rng: np.random.Generator, state: Ints) -> Array:
        """Draw r of each source on its nodes, given the flat index of a state; shape (draw, source)."""
        echo = self.evidence.echo()
        seen, which = np.unique(state, return_inverse=True)
        result = np.empty((len(state), len(self.members)))
        for source, members in enumerate(self.members):
            nodes = self.nodes[source]
            joint = self.conditional(source, members, echo).reshape(-1, len(nodes.r))[seen]
            cumulative = np.cumsum(np.exp(joint - joint.max(axis=1, keepdims=True)), axis=1)
            cumulative /= cumulative[:, -1:]
            # One search serves all states: row i of the table is shifted by i.
            table = (cumulative + np.arange(len(seen))[:, None]).ravel()
            index = np.searchsorted(table, which + rng.random(len(state)), side="right")
            result[:, source] = nodes.r[np.minimum(index - which * len(nodes.r), len(nodes.r) - 1)]
        return result

    def _draw_items(self, rng: np.random.Generator, part: Ints, reliability: Array, echo: Array, week: Ints,
                    alternative: Ints) -> Array:
        """Log weight of every state from some items, at drawn r and ratios; shape (draw, alternative, state).

        With τ_h = κ σ_h r q v_h/L_h, the state (k, b) is multiplied by
        exp[w τ_e z_e + (1−w) τ_b z_b − ½(w² τ_e² + (1−w)² τ_b²)], a polynomial of second degree in the reach w.
        """
        ev = self.evidence
        draws = np.arange(len(week))
        r, complement = averaged(reliability[:, ev.source[part]].T, 1 - reliability[:, ev.source[part]].T,
                                 ev.credibility[part, None])
        log_l = ev.log_likelihood(part, r, complement, echo[part])
        lift = (ev.log_lift[part] + np.log(echo[part])[:, None])[:, :, None] + np.log(r)[:, None]
        tau = self.kappa * ev.log_sd[part][:, :, None] * np.exp(lift - log_l)
        z = rng.standard_normal(tau.shape)
        reach = ev.reach[part]
        here = reach[:, week]
        z[:, 0] += here * tau[:, 0]
        own = (slice(None), 1 + alternative, draws)
        z[own] += (1 - here) * tau[own]
        event, rest = log_l[:, :1], log_l[:, 1:]
        push = tau * z
        square = tau**2
        level = self.kappa * (rest - ev.undated[part][:, None, None]
                              * np.einsum("nbs,b->ns", rest, ev.shares)[:, None])
        constant = (level + push[:, 1:] - square[:, 1:] / 2).sum(axis=0)
        linear = self.kappa * (event - rest) + push[:, :1] - push[:, 1:] + square[:, 1:]
        quadratic = -(square[:, :1] + square[:, 1:]) / 2
        flat = (len(part), -1)
        total = linear.reshape(flat).T @ reach + quadratic.reshape(flat).T @ reach**2
        return np.swapaxes(total.reshape(len(ev.shares), len(week), -1) + constant[:, :, None], 0, 1)


def log_odds(joint: NDArray[np.float64]) -> float:
    """Log odds of the event from an unnormalised log posterior of the states; finite however extreme."""
    return float(logsumexp(joint[:-1])) - float(logsumexp(joint[-1]))


def forecast_exact(case: Case) -> Forecast:
    """Compute the exact posterior of a case."""
    return Exact(case).forecast
