"""The deterministic engine: one-dimensional quadrature for each source, sums over states, draws by composition.

Shares and prior parameters enter the mass linearly, and given the state sources are independent:

    P(k, b) ∝ E[mass(k)] · s̄_b · Π_sources ∫ Beta(dr) Π_{items of s} L_i(k, b; r)^κ
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import numpy as np

from forecast.bayes import Nodes, beta_nodes, logsumexp
from forecast.case import Case
from forecast.draws import draw
from forecast.likelihood import Array, Evidence, Ints, Mask, averaged, evidence
from forecast.posterior import Forecast
from forecast.prior import Pool, pool

_CHUNK = 2_000_000
"""Numbers in one block of work, which bounds the memory."""

_INTEGRALS: dict[Hashable, tuple[Array, Array]] = {}
"""What sources say, by all the numbers that it depends on; the oldest go first."""

_LOCK = Lock()

MOST_INTEGRALS, _MOST_KEPT = 4096, 5_000
"""How many integrals are kept, and over how many items × states at most: some 200 MB if all are so large."""


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
        return pool(self.case.question, self.case.histories, self.case.weeks)

    @cached_property
    def log_prior(self) -> Array:
        """log E[mass(k)] + log s̄_b; shape (state, alternative)."""
        return self.pool.log_mean[:, None] + np.log(self.case.question.shares)

    @property
    def prior_states(self) -> Array:
        """Probability of each state without evidence; shape (state, alternative)."""
        return np.exp(self.log_prior - logsumexp(self.log_prior))

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
            ranges = np.ptp(self.evidence.log_lift[members], axis=1)
            sharpness, tilt = alpha + beta + self.kappa * len(members), 2 * self.kappa * float(ranges.sum())
            result.append(beta_nodes(alpha, beta, sharpness, tilt, float(ranges.max(initial=0.0)), self.refine))
        return result

    def log_likelihood(self, source: int, chosen: Ints, echo: Array) -> tuple[Array, Array]:
        """r of chosen items at their source's nodes, (item, node), and log L − log g, (item, hypothesis, node)."""
        ev, nodes = self.evidence, self.nodes[source]
        r, complement = averaged(nodes.r, nodes.complement, ev.credibility[chosen, None])
        return r, ev.log_likelihood(chosen, r, complement, echo[chosen])

    def pieces(self, chosen: Ints, log_l: Array) -> tuple[Array, Array]:
        """What chosen items add to κ log Π L at their source's nodes: a part that the reach multiplies, and a level.

        Parameters
        ----------
        chosen, log_l : Ints, Array
            Indices of the items, and their log likelihood; shape (item, hypothesis, node).

        Returns
        -------
        slope, level : Array
            log L_event − log L_b and log L_b − n, times κ; each of shape (item, alternative, node).
        """
        ev, event, rest = self.evidence, log_l[:, :1], log_l[:, 1:]
        neutral = ev.undated[chosen, None] * np.einsum("nbm,b->nm", rest, ev.shares)
        return self.kappa * (event - rest), self.kappa * (rest - neutral[:, None])

    def conditional(self, source: int, chosen: Ints, echo: Array) -> Array:
        """Log of Beta weight × Π L^κ of a source's chosen items at each node; shape (state, alternative, node).

        log L is linear in the reach, so that all states of a source cost one matrix product.
        """
        ev, nodes = self.evidence, self.nodes[source]
        size = len(ev.shares) * len(nodes.r)
        total = np.zeros((ev.reach.shape[1], size))
        step = max(1, _CHUNK // size)
        for start in range(0, len(chosen), step):
            part = chosen[start:start + step]
            slope, level = self.pieces(part, self.log_likelihood(source, part, echo)[1])
            total += ev.reach[part].T @ slope.reshape(len(part), size)
            total += level.sum(axis=0).reshape(size)
        return total.reshape(len(total), len(ev.shares), -1) + nodes.log_weight

    def source_term(self, source: int, chosen: Ints, echo: Array) -> tuple[Array, Array]:
        """Log evidence of a source's chosen items in each state, and E[r | state]; each (state, alternative).

        Integrals are kept: scenarios, attributions and searches ask again and again for what they leave unchanged.
        """
        ev, nodes = self.evidence, self.nodes[source]
        if len(chosen) * ev.reach.shape[1] > _MOST_KEPT:
            return self._integrated(source, chosen, echo)
        given = (nodes.r, nodes.log_weight, ev.log_lift[chosen], ev.reach[chosen], ev.undated[chosen],
                 ev.credibility[chosen], echo[chosen], ev.shares)
        key = b"".join(part.tobytes() for part in given), tuple(part.shape for part in given), self.kappa
        found = _INTEGRALS.get(key)
        if found is None:
            found = self._integrated(source, chosen, echo)
            with _LOCK:
                if len(_INTEGRALS) >= MOST_INTEGRALS:
                    del _INTEGRALS[next(iter(_INTEGRALS))]
                _INTEGRALS[key] = found
        return found

    def _integrated(self, source: int, chosen: Ints, echo: Array) -> tuple[Array, Array]:
        joint = self.conditional(source, chosen, echo)
        shape, r = joint.shape[:2], self.nodes[source].r
        joint = joint.reshape(-1, len(r))
        top = joint.max(axis=1, keepdims=True)
        weight = np.exp(np.subtract(joint, top, out=joint), out=joint)
        total, moment = (weight @ np.stack([np.ones_like(r), r], axis=1)).T
        return (np.log(total) + top[:, 0]).reshape(shape), (moment / total).reshape(shape)

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
            prior_states=self.prior_states,
            reliability={source.id: float(np.sum(states * mean))
                         for source, mean in zip(self.case.sources, conditional_means, strict=True)},
            sampler=lambda: draw(self, states))


def log_odds(joint: Array) -> float:
    """Log odds of the event from an unnormalised log posterior of the states; finite however extreme."""
    return float(logsumexp(joint[:-1]) - logsumexp(joint[-1]))


def forecast_exact(case: Case) -> Forecast:
    """Compute the exact posterior of a case."""
    return Exact(case).forecast
