"""The deterministic engine: one-dimensional quadrature for each source, sums over states, draws by composition.

Shares and prior parameters enter the mass linearly, and given the state sources are independent:

    P(k, b) ∝ E[mass(k)] · s̄_b · Π_sources ∫ Beta(dr) Π_{items of s} L_i(k, b; r)^κ
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from threading import Lock

import numpy as np

from forecast.core.numerics import Nodes, beta_nodes, logsumexp
from forecast.engine.bands import draw
from forecast.engine.encoding import Array, Evidence, Ints, Mask, averaged, evidence
from forecast.engine.forecast import Forecast
from forecast.engine.prior import Pool, pool
from forecast.records.case import Case

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

    def refined(self, factor: int) -> Exact:
        """The same engine with so many times the nodes; nothing else is computed anew."""
        finer = replace(self, refine=factor * self.refine)
        vars(finer).update(evidence=self.evidence, pool=self.pool)
        return finer

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

    def stacked(self, sources: Sequence[int]) -> Nodes:
        """The nodes of sources that have equally many; each of shape (source, node)."""
        return Nodes(*map(np.stack, zip(*(self.nodes[source] for source in sources), strict=True)))

    def batches(self, sources: Iterable[int]) -> Iterator[list[int]]:
        """Share out sources with equally many nodes, as many at a time as a block of work holds."""
        by_size = defaultdict[int, list[int]](list)
        for source in sources:
            by_size[len(self.nodes[source].r)].append(source)
        for size, equal in by_size.items():
            step = max(1, _CHUNK // (size * self.log_prior.size))
            yield from (equal[start:start + step] for start in range(0, len(equal), step))

    def log_likelihood(self, chosen: Ints, log_odds: Array, echo: Array) -> tuple[Array, Array]:
        """r of chosen items at log odds of their sources, (item, node), and log L − log g, (item, hypothesis, node)."""
        ev = self.evidence
        r, complement = averaged(log_odds, ev.slope[chosen, None], ev.level[chosen, None])
        return r, ev.log_likelihood(chosen, r, complement, echo)

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

    def conditional(self, sources: Sequence[int], chosen: Ints, echo: Array, heard: Array | None = None) -> Array:
        """Log of Beta weight × Π L^κ at each node of some sources; shape (source, alternative, node, subset, state).

        log L is linear in the reach, so that all states of all subsets cost one matrix product for each source.

        Parameters
        ----------
        sources : sequence of int
            Indices of the sources, ascending; they have equally many nodes.
        chosen : Ints
            Indices of their items, source by source; shape (n,). An item may stand there more than once, with
            different echo.
        echo : Array
            q of each of them; shape (n,).
        heard : Array, optional
            1 where a subset holds the item, else 0; shape (n, subset). One subset of all by default.
        """
        ev, nodes = self.evidence, self.stacked(sources)
        heard = np.ones((len(chosen), 1)) if heard is None else heard
        shape = (len(sources), len(ev.shares), nodes.r.shape[1], heard.shape[1], ev.reach.shape[1])
        total = np.empty((*shape[:3], shape[3] * shape[4]))
        total[:] = nodes.log_weight[:, None, :, None]
        own = np.searchsorted(sources, ev.source[chosen])
        # Some six numbers for each item, alternative and node are in memory at a time.
        step = max(1, _CHUNK // max(6 * shape[1] * shape[2], total.shape[3]))
        for start in range(0, len(chosen), step):
            part, place = chosen[start:start + step], own[start:start + step]
            log_l = self.log_likelihood(part, nodes.log_odds[place], echo[start:start + step])[1]
            slope, level = self.pieces(part, log_l)
            reach, here = ev.reach[part, None], heard[start:start + step, :, None]
            for source, rows in _runs(place):
                said = np.concatenate([slope[rows], level[rows]])
                always = np.broadcast_to(here[rows], (*here[rows].shape[:2], shape[4]))
                bears = np.concatenate([here[rows] * reach[rows], always])
                total[source] += said.transpose(1, 2, 0) @ bears.reshape(len(said), -1)
        return total.reshape(shape)

    def _varied(self, source: int, chosen: Ints, echo: Array, heard: Array) -> Array:
        """The same where each subset differs from the first one in a few items: the first one, and the differences."""
        change = heard - heard[:, :1]
        most = int(np.count_nonzero(change, axis=0).max(initial=0))
        if 4 * most > len(chosen):
            return self.conditional([source], chosen, echo, heard)
        slope, level = self.pieces(chosen, self.log_likelihood(chosen, self.nodes[source].log_odds, echo)[1])
        joint = np.repeat(self.conditional([source], chosen, echo, heard[:, :1]), heard.shape[1], axis=3)
        total = joint[0]
        for place in np.argsort(change == 0, axis=0, kind="stable")[:most]:
            sign, reach = change[place, np.arange(len(place))], self.evidence.reach[chosen[place]]
            total += (sign * slope[place].T).swapaxes(0, 1)[..., None] * reach
            total += (sign * level[place].T).swapaxes(0, 1)[..., None]
        return joint

    def _integrated(self, sources: Sequence[int], joint: Array) -> tuple[Array, Array]:
        """Log evidence of subsets of the sources' items in each state, and E[r | state]; (source, subset, state, …)."""
        r = self.stacked(sources).r
        top = joint.max(axis=2)
        joint -= top[:, :, None]
        flat = np.exp(joint, out=joint).reshape(*joint.shape[:3], -1)
        sums = np.stack([np.ones_like(r), r], axis=1)[:, None] @ flat
        total, moment = np.moveaxis(sums, 2, 0).reshape(2, *top.shape)
        return (np.log(total) + top).transpose(0, 2, 3, 1), (moment / total).transpose(0, 2, 3, 1)

    def source_terms(self, said: Mapping[int, Ints], echo: Array) -> dict[int, tuple[Array, Array]]:
        """Log evidence of what sources say in each state, and E[r | state]; each (state, alternative).

        Integrals are kept: scenarios and searches ask again and again for what they leave unchanged.

        Parameters
        ----------
        said : mapping from int to Ints
            Indices of the chosen items of each source, by the index of the source.
        echo : Array
            q of all items; shape (item,).
        """
        keys = {source: self._key(source, chosen, echo[chosen]) for source, chosen in said.items()}
        # One look: between a question and a second look another thread may have thrown it out.
        found = {source: kept for source, key in keys.items() if (kept := _INTEGRALS.get(key)) is not None}
        for batch in self.batches(sorted(said.keys() - found.keys())):
            chosen = np.concatenate([said[source] for source in batch])
            terms, means = self._integrated(batch, self.conditional(batch, chosen, echo[chosen]))
            found |= dict(zip(batch, zip(terms[:, 0], means[:, 0], strict=True), strict=True))
            _keep({keys[source]: found[source] for source in batch if keys[source] is not None})
        return found

    def _key(self, source: int, chosen: Ints, echo: Array) -> Hashable:
        """All the numbers that an integral depends on; None if it is too large to be kept."""
        ev, nodes = self.evidence, self.nodes[source]
        if len(chosen) * ev.reach.shape[1] > _MOST_KEPT:
            return None
        given = (nodes.r, nodes.log_weight, ev.log_lift[chosen], ev.reach[chosen], ev.undated[chosen],
                 ev.slope[chosen], ev.level[chosen], echo, ev.shares)
        return b"".join(part.tobytes() for part in given), tuple(part.shape for part in given), self.kappa

    @cached_property
    def _summed(self) -> tuple[Array, list[Array]]:
        """Unnormalised log posterior of the states, and E[r | state] of each source; each (state, alternative)."""
        said = {source: members for source, members in enumerate(self.members) if len(members)}
        terms = self.source_terms(said, self.evidence.echo())
        joint, means = self.log_prior.copy(), []
        for index, source in enumerate(self.case.sources):
            if index in terms:
                joint += terms[index][0]
                means.append(terms[index][1])
            else:
                alpha, beta = source.reliability(self.case.as_of)
                means.append(np.full(joint.shape, alpha / (alpha + beta)))
        return joint, means

    def log_joint(self) -> Array:
        """Unnormalised log posterior of the states; shape (state, alternative)."""
        return self._summed[0]

    def log_odds(self) -> float:
        """Log odds of the event by the horizon."""
        return log_odds(self.log_joint())

    def log_odds_of(self, subsets: Mask) -> Array:
        """Log odds of the event by the horizon from each of many subsets of the items.

        What a source says depends on which of its items a subset holds, and on their ranks in their groups. Each
        combination of these is integrated once.

        Parameters
        ----------
        subsets : Mask
            Whether a subset holds an item; shape (subset, item).

        Returns
        -------
        Array
            Shape (subset,).
        """
        step = max(1, 4 * _CHUNK // max(subsets.shape[1], self.log_prior.size))
        return np.concatenate([self._log_odds_of(subsets[start:start + step])
                               for start in range(0, len(subsets), step)] or [np.zeros(0)])

    def _log_odds_of(self, subsets: Mask) -> Array:
        rank = np.where(subsets, self.evidence.rank(subsets), -1)
        joint = np.repeat(self.log_prior[None], len(subsets), axis=0)
        for source, members in enumerate(self.members):
            if len(members):
                first, which = _distinct(rank[:, members])
                joint += self._terms(source, rank[np.ix_(first, members)])[which]
        return logsumexp(joint[:, :-1], axis=(1, 2)) - logsumexp(joint[:, -1], axis=1)

    def _terms(self, source: int, rank: Ints) -> Array:
        """Log evidence of subsets of a source's items, given each item's rank in it, −1 for one that it lacks."""
        ev, members = self.evidence, self.members[source]
        subset, column = np.nonzero(rank >= 0)
        ranks = rank.max(initial=0) + 1
        pairs, pair = np.unique(column * ranks + rank[subset, column], return_inverse=True)
        chosen = members[pairs // ranks]
        echo = (1 - ev.overlap[chosen]) ** (pairs % ranks)
        heard = np.zeros((len(pairs), len(rank)))
        heard[pair, subset] = 1
        states = ev.reach.shape[1]
        step = max(1, _CHUNK // (states * max(len(chosen), len(ev.shares) * len(self.nodes[source].r))))
        return np.concatenate([
            self._integrated([source], self._varied(source, chosen, echo, heard[:, start:start + step]))[0][0]
            for start in range(0, len(rank), step)])

    @cached_property
    def forecast(self) -> Forecast:
        """The posterior, labelled."""
        joint, means = self._summed
        states = np.exp(joint - logsumexp(joint))
        return Forecast(
            case=self.case, engine="exact", states=states, log_odds=log_odds(joint),
            prior_states=self.prior_states,
            reliability={source.id: float(np.sum(states * mean))
                         for source, mean in zip(self.case.sources, means, strict=True)},
            sampler=lambda: draw(self, states))


def _keep(integrals: Mapping[Hashable, tuple[Array, Array]]) -> None:
    """Keep integrals in the place of the oldest."""
    with _LOCK:
        _INTEGRALS.update(integrals)
        for old in list(islice(_INTEGRALS, max(0, len(_INTEGRALS) - MOST_INTEGRALS))):
            del _INTEGRALS[old]


def _runs(values: Ints) -> Iterator[tuple[int, slice]]:
    """Each value of an ascending array, and where it stands."""
    starts = np.flatnonzero(np.diff(values, prepend=-1))
    for start, stop in zip(starts, np.append(starts[1:], len(values)), strict=True):
        yield int(values[start]), slice(start, stop)


def _distinct(rows: Ints) -> tuple[Ints, Ints]:
    """Where each distinct row stands first, and which of them each row is; long rows are not sorted for it."""
    known: dict[bytes, int] = {}
    which = np.array([known.setdefault(row.tobytes(), len(known)) for row in rows])
    return np.unique(which, return_index=True)[1], which


def log_odds(joint: Array) -> float:
    """Log odds of the event from an unnormalised log posterior of the states; finite however extreme."""
    return float(logsumexp(joint[:-1]) - logsumexp(joint[-1]))


def forecast_exact(case: Case) -> Forecast:
    """Compute the exact posterior of a case."""
    return Exact(case).forecast
