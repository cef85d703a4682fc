"""Draws of what would be forecast if the stated unknowns were known: the band and the worth of a forecast.

Items whose reach falls off alike move the states together, so that only sums over them need be drawn: their number is
that of the different half-lives and open windows, not that of the items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from forecast.core.numerics import entries_below
from forecast.engine.encoding import Array, Ints, half_life
from forecast.engine.forecast import Draws

if TYPE_CHECKING:
    from forecast.engine.exact import Exact

DRAWS = 8192
"""Number of draws for the band: its ends, between 0 and 1, then have a standard error of 0.006 at most."""

SEED = 20220921

_CLOSER = 2
"""How many times closer the nodes lie between which reliabilities are drawn than those over which they are summed."""

_BLOCK = 1_000_000
"""Numbers in one block of work, which bounds the memory."""

Rng = np.random.Generator
Single = NDArray[np.float32]
Table = TypeVar("Table", Array, Single)


def draw(engine: Exact, states: Array, count: int = DRAWS, seed: int = SEED) -> Draws:
    """Draw P(event | θ, z) from the posterior of the stated unknowns, by composition.

    A state is drawn, then the unknowns given the state; the probability of every state given those unknowns follows.
    The states are systematic draws, the rest is pseudo-random with a fixed seed. Draws are in single precision, whose
    error is far below theirs.

    Parameters
    ----------
    engine : Exact
        The engine of the case.
    states : Array
        Posterior probability of each state; shape (state, alternative).
    count, seed : int
        Number of draws, and the seed of the generator.
    """
    rng = np.random.default_rng(seed)
    engine = engine.refined(_CLOSER)
    shares = engine.evidence.shares
    cumulative = np.cumsum(states.ravel())
    state = np.searchsorted(cumulative, (np.arange(count) + 0.5) / count * cumulative[-1])
    state = np.minimum(state, states.size - 1)
    week, alternative = np.divmod(state, len(shares))
    drawn, which = np.unique(state, return_inverse=True)
    sums = _Sums(engine, drawn)
    places = [source.draw(rng, which) for source in sums.sources]
    given = engine.case.question.share_concentration * shares + np.eye(len(shares))[alternative]
    share = rng.standard_gamma(given).astype(np.float32)
    mass = engine.pool.draw_given(rng, week)
    weekly, never = np.empty((count, mass.shape[1] - 1)), np.empty((count, len(shares)))
    size = max(64, _BLOCK // (sums.size + len(shares) * mass.shape[1]))
    for start in range(0, count, size):
        block = slice(start, start + size)
        log_weight = sums.draw(rng, [place.of(block) for place in places], week[block], alternative[block])
        with np.errstate(divide="ignore"):
            log_weight += np.log(mass[block]) + np.log(share[block].T)[:, :, None]
        log_weight -= log_weight.max(axis=(0, 2))[:, None]
        weight = np.exp(log_weight, out=log_weight)
        summed = weight.sum(axis=0)
        total = summed.sum(axis=1, keepdims=True, dtype=float)
        weekly[block] = summed[:, :-1] / total
        never[block] = weight[:, :, -1].T / total
    reliability = {source.id: place.read(nodes.r)
                   for source, nodes, place in zip(engine.case.sources, engine.nodes, places, strict=True)}
    return Draws(weekly, never, reliability)


class _Places(NamedTuple):
    """Where draws lie between the nodes of a source: at a node, and by a fraction on the way to the next one."""

    node: Ints
    fraction: Single

    def of(self, block: slice) -> _Places:
        """The places of some draws."""
        return _Places(self.node[block], self.fraction[block])

    def read(self, table: Table) -> Table:
        """Values between those at the nodes; from (…, node) to (…, draw)."""
        value = table.take(self.node, axis=-1)
        return value + self.fraction * (table.take(self.node + 1, axis=-1) - value)


@dataclass(frozen=True)
class _Source:
    """What the items of one source add up to at the nodes of its reliability."""

    cumulative: Array
    """Distribution function of r given each drawn state, at the nodes; (state, node), of one row without items."""
    table: Single
    """Sums over its items; shape (row, node)."""
    rows: list[slice]
    """The rows of the sums over all sources to which those of the table are added, part by part."""

    def draw(self, rng: Rng, state: Ints) -> _Places:
        """Draw the reliability given drawn states, between the nodes as its distribution function is."""
        rows, size = self.cumulative.shape
        row, u = state if rows > 1 else np.zeros_like(state), rng.random(len(state))
        node = np.clip(entries_below(self.cumulative, row, u) - 1, 0, size - 2)
        low = self.cumulative[row, node]
        step = np.maximum(self.cumulative[row, node + 1] - low, np.finfo(float).tiny)
        return _Places(node, np.clip((u - low) / step, 0, 1).astype(np.float32))

    def add(self, place: _Places, total: Single) -> None:
        """Add what the source says at drawn places to the sums over all sources; shape (row, draw)."""
        said, start = place.read(self.table), 0
        for rows in self.rows:
            total[rows] += said[start:(start := start + rows.stop - rows.start)]


def _distribution(log_weight: Array) -> Array:
    """Distribution function at nodes of some log weight, each of which lies half below itself; (…, node)."""
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    upper = np.cumsum(weight, axis=-1)
    return (upper - weight / 2) / upper[..., -1:]


@dataclass(frozen=True)
class _Sums:
    """Sums over items of what moves the states, for each profile of reach, at the nodes of each source.

    With w_i = c_i u(k) for the items of a profile u, and τ_h = κ σ_h r q v_h/L_h, the exponent of the state (k, b)
    is level_b + A_b − ½a_b + Σ_u [(slope_b + Z − B_b + h_b) u − ½(e + f_b) u²], where

        level_b = κ Σ (log L_b − n)    slope_b = κ Σ c (log L_event − log L_b)
        e = Σ c² τ_event²    a_b = Σ τ_b²    h_b = Σ c τ_b²    f_b = Σ c² τ_b²

    and Z, A_b and B_b, the sums of c τ_event z_event, τ_b z_b and c τ_b z_b, are normal with variances e, a_b, f_b and
    Cov(A_b, B_b) = h_b.
    """

    engine: Exact
    drawn: Ints
    """Flat states that are drawn, ascending."""

    @cached_property
    def profiles(self) -> tuple[Array, Array, Ints]:
        """Profiles u (profile, state) with a maximum of one; c (item,); and each item's profile, −1 for one of none."""
        ev, default = self.engine.evidence, self.engine.case.question.half_life
        scale = ev.reach.max(axis=1, initial=0.0)
        known: dict[object, int] = {}
        own, first = np.full(len(ev.items), -1), list[int]()
        for index, item in enumerate(ev.items):
            if scale[index] > 0:
                own[index] = known.setdefault((half_life(item, default), item.window), len(known))
                if own[index] == len(first):
                    first.append(index)
        return ev.reach[first] / scale[first, None], scale, own

    @cached_property
    def echo(self) -> Array:
        """q of each item; shape (item,)."""
        return self.engine.evidence.echo()

    @property
    def size(self) -> int:
        """Numbers that are summed for each draw."""
        alternatives = len(self.engine.evidence.shares)
        return 2 * alternatives + len(self.profiles[0]) * (1 + 3 * alternatives)

    @cached_property
    def sources(self) -> list[_Source]:
        """What each source's items add up to."""
        return [self._source(source, members) for source, members in enumerate(self.engine.members)]

    def _source(self, source: int, members: Ints) -> _Source:
        """Sum over the items of a source at its nodes, block by block of items."""
        nodes, alternatives = self.engine.nodes[source], len(self.engine.evidence.shares)
        if not len(members):
            return _Source(_distribution(nodes.log_weight[None]), np.zeros((0, len(nodes.r)), np.float32), [])
        profiles, scale, own = self.profiles
        known = np.setdiff1d(own[members], [-1])
        here = own[members] == known[:, None]
        always = np.zeros((2 * alternatives, len(nodes.r)))
        near = np.zeros((len(known), (1 + 3 * alternatives) * len(nodes.r)))
        size = max(1, _BLOCK // (len(nodes.r) * (1 + alternatives)))
        for start in range(0, len(members), size):
            part = members[start:start + size]
            slope, level, square = self._pieces(source, part)
            always += np.concatenate([level, square[:, 1:]], axis=1).sum(axis=0)
            c = scale[part, None, None]
            each = np.concatenate([c**2 * square[:, :1], c * slope, c * square[:, 1:], c**2 * square[:, 1:]], axis=1)
            near += here[:, start:start + size] @ each.reshape(len(part), -1)
        tables = near.reshape(len(known), 1 + 3 * alternatives, len(nodes.r))
        week, alternative = np.divmod(self.drawn, alternatives)
        joint = nodes.log_weight + always[alternative]
        for b in range(alternatives):
            these = alternative == b
            joint[these] += profiles[np.ix_(known, week[these])].T @ tables[:, 1 + b]
        rows = [slice(0, len(always)), *(slice(first, first + tables.shape[1])
                                         for first in len(always) + known * tables.shape[1])]
        return _Source(_distribution(joint), np.concatenate([always, *tables]).astype(np.float32), rows)

    def _pieces(self, source: int, items: Ints) -> tuple[Array, Array, Array]:
        """κ(log L_event − log L_b), κ(log L_b − n) and τ² of items at the nodes of their source; (item, …, node)."""
        engine, ev, echo = self.engine, self.engine.evidence, self.echo[items]
        r, log_l = engine.log_likelihood(items, engine.nodes[source].log_odds, echo)
        spoken = np.exp(ev.log_lift[items][:, :, None] - log_l) * (echo[:, None] * r)[:, None]
        tau = engine.kappa * ev.log_sd[items][:, :, None] * spoken
        return *engine.pieces(items, log_l), tau**2

    def draw(self, rng: Rng, places: Sequence[_Places], week: Ints, alternative: Ints) -> Single:
        """Log weight of every state from the items, at drawn r and ratios; shape (alternative, draw, state)."""
        profiles, alternatives, draws = self.profiles[0].astype(np.float32), len(self.engine.evidence.shares), len(week)
        total = np.zeros((self.size, draws), np.float32)
        for source, place in zip(self.sources, places, strict=True):
            source.add(place, total)
        level, a = total[:2 * alternatives].reshape(2, alternatives, draws)
        near = total[2 * alternatives:].reshape(len(profiles), 1 + 3 * alternatives, draws)
        e, (slope, h, f) = near[:, :1], (near[:, 1 + part * alternatives:][:, :alternatives] for part in range(3))
        # The weight of the drawn state itself tilts its own z, of mean w τ_event and (1 − w) τ_b.
        here = profiles[:, None, week]
        mine = alternative == np.arange(alternatives)[:, None]
        z = rng.standard_normal(f.shape, np.float32)
        root = np.sqrt(f)
        ratio = np.divide(h, root, out=np.zeros_like(h), where=root > 0)
        come = np.sqrt(e) * rng.standard_normal(e.shape, np.float32) + here * e
        leave = root * z + mine * (h - here * f)
        rest = np.sqrt(np.maximum(a - (ratio**2).sum(axis=0), 0)) * rng.standard_normal(a.shape, np.float32)
        stay = rest + (ratio * z).sum(axis=0) + mine * (a - (here * h).sum(axis=0))
        terms = np.concatenate([(level + stay - a / 2)[None], slope + come - leave + h, (e + f) / -2])
        powers = np.concatenate([np.ones_like(profiles, shape=(1, profiles.shape[1])), profiles, profiles**2])
        log_weight: Single = (terms.reshape(len(terms), -1).T @ powers).reshape(alternatives, draws, -1)
        return log_weight
