"""The exact engine: sums over days, of a case and of every subset of its items. No integral, no random number.

    log L(k) = log S_preparation(k) + log S_climate(k) + Σ_claims w_ik log R̃_i
    P(k) ∝ E[mass(k)] L(k)        P(b) ∝ s̄_b Π_i B_ib        P(k, b) = P(k) P(b)

Both processes are affine in 2^(−k/T) (`signs`), so that between the days on which claims begin and end a sum over
days needs four sums of the prior alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np

from forecast.core.equality import ByValue
from forecast.core.errors import InputError
from forecast.core.numerics import Array, Ints, Mask, logsumexp, pairs_within
from forecast.core.text import shortened
from forecast.engine import changes
from forecast.engine.bands import draw
from forecast.engine.encoding import CLAIM, Evidence, effective, effective_background, evidence
from forecast.engine.forecast import Forecast, Preparing
from forecast.engine.panel import settle
from forecast.engine.prior import Prior, prior
from forecast.engine.reliability import Credit, Reliability, credit
from forecast.engine.signs import Shared, shared
from forecast.records.case import Case
from forecast.records.types import day_of, shown

_CELLS = 4_000_000
"""Numbers in one block of work, which bounds the memory."""


class Heard(NamedTuple):
    """What is left of each item: its reliability, echo, and effective numbers."""

    reliability: Array
    """r_i; shape (item,)."""
    echo: Array
    """q_i; shape (item,)."""
    background_echo: Array
    """q′_i; shape (item,)."""
    log_lift: Array
    """log R̃; shape (item,)."""
    log_background: Array
    """log B; shape (item, alternative)."""


@dataclass(frozen=True, eq=False)
class Spans:
    """Runs of days, live and beyond the horizon, in which every claim says the same and no date of interest lies."""

    first: Ints
    """First day of each span, as an ordinal; shape (span,)."""
    last: Ints
    """Last day of each span; shape (span,)."""
    sums: Array
    """Σ mass over the days of a span, times 1, the weights of either process, and both; shape (4, span)."""
    claims: Ints
    """Indices of the items that are claims about any of these days; shape (claim,)."""
    covers: Mask
    """Whether a claim speaks of a span; shape (claim, span)."""

    def until(self, day: int) -> int:
        """How many spans end by a day, which must be the last one of a span, or lie before them."""
        return int(np.searchsorted(self.last, day, side="right"))


@dataclass(frozen=True, eq=False)
class Exact(ByValue):
    """The exact posterior of a case, and of every subset of its items."""

    case: Case

    def __post_init__(self) -> None:
        if not isinstance(self.case, Case):
            raise InputError.of("case", f"{shown(self.case)} is not a case; make one, such as "
                                        "forecast.load(\".\").case()")

    def __repr__(self) -> str:
        return f"Exact({self.case!r})"

    @classmethod
    def of(cls, given: Exact | Case) -> Exact:
        """The engine of a case, or an engine as it is; `InputError` for anything else."""
        return given if isinstance(given, Exact) else cls(given)

    MANY: ClassVar[int] = 400
    """Items beyond which subsets are computed from what each item changes, and not each from all of its items."""

    @cached_property
    def prior(self) -> Prior:
        """Mass of each day from the opening on, beyond the horizon too."""
        return prior(self.case.question, self.case.histories)

    @cached_property
    def settled(self) -> Case:
        """The case with one value for each item: the panel's, where several analysts have encoded it."""
        return settle(self.case, self.prior)

    @cached_property
    def evidence(self) -> Evidence:
        """The active items as arrays."""
        return evidence(self.settled, self.prior)

    @cached_property
    def credit(self) -> Credit:
        """What teaches the reliability of sources."""
        return credit(self.case, self.evidence)

    @cached_property
    def kappa(self) -> float:
        """The stated evidence weight κ."""
        return self.case.question.evidence_weight.stated

    @cached_property
    def members(self) -> tuple[Ints, Ints]:
        """Indices of signs and of conditions, by the day on which they speak; each of shape (item,)."""
        order = np.argsort(self.evidence.speaks, kind="stable")
        return tuple(order[self.evidence.kind[order] == kind] for kind in range(CLAIM))

    @cached_property
    def processes(self) -> tuple[Shared, Shared]:
        """The preparation behind signs and the climate behind conditions, as of the date."""
        live, as_of = self.case.days.first, self.case.as_of.toordinal()
        preparation, climate = (
            shared(process, self.prior, live, as_of, np.unique(self.evidence.speaks[members]))
            for process, members in zip(self.case.question.processes, self.members, strict=True))
        return preparation, climate

    @cached_property
    def starts(self) -> tuple[Ints, Ints]:
        """Where the items of each day of evidence begin among the members of a process; each of shape (n,)."""
        first, second = (np.flatnonzero(np.diff(self.evidence.speaks[members], prepend=-1)) for members in self.members)
        return first, second

    # --- the whole case -----------------------------------------------------------------------------------------

    @cached_property
    def reliabilities(self) -> list[Reliability]:
        """The reliability of each source."""
        return self.credit.of()

    @cached_property
    def heard(self) -> Heard:
        """What is left of each active item."""
        ev = self.evidence
        reliability = ev.reliability(np.array([known.mean for known in self.reliabilities]))
        rank, background_rank = ev.ranks(reliability)
        echo, background_echo = (1 - ev.overlap) ** rank, (1 - ev.overlap) ** background_rank
        rho = (background_echo * reliability)[:, None]
        return Heard(reliability, echo, background_echo, self.kappa * effective(ev.log_lift, echo * reliability),
                     self.kappa * effective_background(ev.log_background, rho))

    def by_day(self, log_lift: Array) -> tuple[Array, Array]:
        """log M of each day of evidence of either process; from (…, item) to (…, n)."""
        first, second = (
            np.add.reduceat(log_lift[..., members], starts, axis=-1) if len(members)
            else np.zeros((*log_lift.shape[:-1], 0))
            for members, starts in zip(self.members, self.starts, strict=True))
        return first, second

    def lifts(self, log_lift: Array) -> tuple[Array, Array]:
        """v of either process; from (…, item) to (…,)."""
        first, second = (process.lift(log_m)
                         for process, log_m in zip(self.processes, self.by_day(log_lift), strict=True))
        return first, second

    @cached_property
    def lift(self) -> tuple[float, float]:
        """v of either process, as of the date."""
        preparation, climate = (float(lift) for lift in self.lifts(self.heard.log_lift))
        return preparation, climate

    @cached_property
    def states(self) -> tuple[Array, float]:
        """Log of mass × likelihood of each day, live and beyond the horizon, and of never at all; not normalised."""
        log_lift, first = self.heard.log_lift, self.case.days.first
        mass = self.prior.since(first)
        day = np.arange(first, first + len(mass))
        with np.errstate(divide="ignore"):
            total = np.log(mass)
        for process, lift in zip(self.processes, self.lift, strict=True):
            total = total + process.log_likelihood(day, np.array(lift))
        ends = np.zeros(len(mass) + 1)
        for claim in self.spans.claims:
            ends[max(self.evidence.first[claim] - first, 0)] += log_lift[claim]
            ends[min(self.evidence.last[claim] + 1 - first, len(mass))] -= log_lift[claim]
        return total + np.cumsum(ends)[:-1], float(np.log(self.prior.rest))

    @cached_property
    def spans(self) -> Spans:
        """The spans into which claims, key dates, the next thirteen weeks and the horizon cut the days."""
        ev, days, prior = self.evidence, self.case.days, self.prior
        mass = prior.since(days.first)
        end = days.first + len(mass)
        claims = np.flatnonzero((ev.kind == CLAIM) & ~ev.silent)
        dates = [day.toordinal() + 1 for day in (*self.case.question.key_dates, days.thirteen_weeks, days.horizon)]
        cuts = np.unique(np.concatenate([[days.first, end], dates, ev.first[claims], ev.last[claims] + 1]))
        first = cuts[(cuts >= days.first) & (cuts < end)]
        last = np.append(first[1:], end) - 1
        preparation, climate = (process.weight(np.arange(days.first, end)) for process in self.processes)
        terms = np.stack([mass, mass * preparation, mass * climate, mass * preparation * climate])
        return Spans(first, last, np.add.reduceat(terms, first - days.first, axis=1), claims,
                     (ev.first[claims, None] <= first) & (ev.last[claims, None] >= last))

    def log_odds(self, by: date | str | None = None) -> float:
        """Log odds of the event by a date: the horizon if left out, else a key date or the end of thirteen weeks.

        Raises `InputError` for another date, of which the forecast knows the probability: `case.forecast().by(date)`.
        """
        lifts = np.array([self.lift[0]]), np.array([self.lift[1]])
        claims = self.heard.log_lift[None, self.spans.claims] @ self.spans.covers
        return float(self.log_odds_given(lifts, claims, self._asked(by))[0])

    def _asked(self, by: date | str | None) -> date:
        """The date that is asked for, which must be the last day of a span: of others the sums know nothing."""
        horizon, first = self.case.question.horizon, self.case.days.first
        day = horizon if by is None else day_of("by", by)
        if not (first <= day.toordinal() <= horizon.toordinal() and day.toordinal() in self.spans.last):
            dates = (*self.case.question.key_dates, self.case.days.thirteen_weeks, horizon)
            known = sorted({str(each) for each in dates if each.toordinal() >= first})
            raise InputError.of("by", f"{day} is no key date ahead; write one of {shortened(known, 12)}, or ask "
                                      f"case.forecast().by(\"{day}\") for its probability")
        return day

    def log_odds_weighted(self, weight: Array) -> Array:
        """Log odds of the event by the horizon, with log R̃ of each item multiplied; from (row, item) to (row,)."""
        return self._log_odds(weight * self.heard.log_lift, self.case.question.horizon)

    def _log_odds(self, log_lift: Array, by: date) -> Array:
        """Log odds of the event by a date, given log R̃ of each item; from (row, item) to (row,)."""
        spans = self.spans
        return self.log_odds_given(self.lifts(log_lift), log_lift[:, spans.claims] @ spans.covers, by)

    def log_odds_given(self, lifts: tuple[Array, Array], log_claims: Array, by: date) -> Array:
        """Log odds of the event by a date, given v of either process and what claims say of each span.

        From (row,) for either process and (row, span) to (row,).
        """
        spans = self.spans
        preparation, climate = (lift[:, None] - 1 for lift in lifts)
        m, a, b, ab = spans.sums
        likelihood = m + preparation * a + climate * (b + preparation * ab)
        log_mass = np.log(np.maximum(likelihood, np.finfo(float).tiny)) + log_claims
        by_then = spans.until(by.toordinal())
        rest = np.full((len(log_mass), 1), np.log(self.prior.rest))
        result: Array = logsumexp(log_mass[:, :by_then], axis=1) - logsumexp(
            np.concatenate([log_mass[:, by_then:], rest], axis=1), axis=1)
        return result

    # --- subsets of its items -----------------------------------------------------------------------------------

    def log_odds_of(self, subsets: Mask, by: date | str | None = None) -> Array:
        """Log odds of the event by a date, given each of many subsets of the items.

        What is left of an item depends on which others a subset holds: stronger ones of its group, and claims that
        teach its source. Each combination is computed once.

        Parameters
        ----------
        subsets : Mask
            Whether a subset holds an item; shape (subset, item).
        by : date, optional
            The horizon if left out, else a key date or the last of the next thirteen weeks.

        Returns
        -------
        Array
            Shape (subset,).

        Raises
        ------
        InputError
            For another date.
        """
        by = self._asked(by)
        step = max(1, _CELLS // max(len(self.evidence), len(self.pairs), 1))
        return np.concatenate([self._log_odds(self.log_lifts_in(subsets[start:start + step]), by)
                               for start in range(0, len(subsets), step)] or [np.zeros(0)])

    def log_odds_without_each(self) -> Array:
        """Log odds of the event by the horizon without each of the items in turn; shape (item,)."""
        count = len(self.evidence)
        if count <= self.MANY:
            return self.log_odds_of(~np.eye(count, dtype=bool))
        return changes.without_each(self)

    def log_odds_joining(self, order: Ints) -> Array:
        """Log odds before the items of an order, and after each of them joined; those outside it are there already.

        Shape (len(order) + 1,).
        """
        count = len(self.evidence)
        if count > self.MANY:
            return changes.joining(self, order)
        place = np.full(count, -1)
        place[order] = np.arange(len(order))
        return self.log_odds_of(place < np.arange(len(order) + 1)[:, None])

    @cached_property
    def pairs(self) -> Ints:
        """Pairs of items that can echo each other for the event, the earlier one first; shape (pair, 2)."""
        ev = self.evidence
        ranked = np.flatnonzero((ev.group >= 0) & (ev.direction != 0) & ~ev.silent)
        return pairs_within(2 * ev.group[ranked] + (ev.direction[ranked] > 0), ev.day[ranked], ev.memory[ranked],
                            ranked)

    def log_lifts_in(self, subsets: Mask) -> Array:
        """log R̃ of each item in each subset, 0 where it is not there; shape (subset, item)."""
        ev = self.evidence
        means, which = self.credit.means_in(subsets)
        reliability, level = ev.reliability(means), which[:, ev.source]
        strength = np.take_along_axis(ev.strength(reliability), level, axis=0)
        rank = np.zeros(subsets.shape, int)
        early, late = self.pairs.T
        if len(early):
            # The earlier of two equally strong items is the stronger one.
            first = strength[:, early] >= strength[:, late]
            both = subsets[:, early] & subsets[:, late]
            for target, echoes in ((late, both & first), (early, both & ~first)):
                order = np.argsort(target, kind="stable")
                starts = np.flatnonzero(np.diff(target[order], prepend=-1))
                rank[:, target[order][starts]] += np.add.reduceat(echoes[:, order], starts, axis=1, dtype=int)
        ranks = np.arange(rank.max(initial=0) + 1)
        echo = (1 - ev.overlap) ** ranks[:, None]
        left = self.kappa * effective(ev.log_lift, echo * reliability[:, None])
        return np.where(subsets, left[level, rank, np.arange(len(ev))], 0.0)

    # --- one item restated ----------------------------------------------------------------------------------------

    def log_odds_restated(self, item: int, log_lifts: Array, by: date | str | None = None) -> Array:
        """Log odds of the event by a date, had one item another ratio; echo and direction are those that it then has.

        Parameters
        ----------
        item : int
            Index among the active items.
        log_lifts : Array
            log R after standing; shape (value,).
        by : date, optional
            The horizon if left out, else a key date or the last of the next thirteen weeks.

        Returns
        -------
        Array
            Shape (value,).

        Raises
        ------
        InputError
            For another date.
        """
        rows = np.array([self._heard_if(item, log_lift) for log_lift in log_lifts.tolist()])
        return self._log_odds(rows, self._asked(by))

    def _heard_if(self, item: int, log_lift: float) -> Array:
        """log R̃ of each item, if one had another log R; shape (item,)."""
        changed = self.evidence.log_lift.copy()
        changed[item] = log_lift
        ev = replace(self.evidence, log_lift=changed)
        reliability = ev.reliability(credit(self.case, ev).means())
        return self.kappa * ev.left(ev.rank(reliability), reliability)

    # --- results ------------------------------------------------------------------------------------------------

    def on(self, index: int, days: Array) -> Preparing:
        """Whether a process is on as of the date, if the event falls on each day, from now on, with a probability.

        Parameters
        ----------
        index : int
            0 for the preparation, 1 for the climate.
        days : Array
            P(event on each day), live and beyond the horizon; shape (day,).
        """
        process, lift, first = self.processes[index], self.lift[index], self.case.days.first
        begun = days * process.begun(np.arange(first, first + len(days)), lift)
        true = float(begun.sum())
        return Preparing(true + (1 - true) * process.share * lift, float(begun[:len(self.case.days)].sum()),
                         process.prior, process.share)

    @property
    def preparing(self) -> Preparing:
        """Whether the event is being prepared now."""
        return self.forecast.preparing

    @property
    def climate(self) -> Preparing:
        """Whether things stand so that the event may well happen."""
        return self.forecast.climate

    @cached_property
    def forecast(self) -> Forecast:
        """The posterior, labelled."""
        days = self.case.days
        log_days, log_rest = self.states
        log_never = logsumexp(np.append(log_days[len(days):], log_rest))
        total = logsumexp(np.append(log_days[:len(days)], log_never))
        every_day = np.exp(log_days - total)
        mass = self.prior.since(days.first)
        left = float(mass.sum() + self.prior.rest)
        shares = np.array(self.case.question.shares)
        log_shares = np.log(shares) + self.heard.log_background.sum(axis=0)
        return Forecast(
            case=self.case, engine="exact", log_odds=self.log_odds(),
            daily=every_day[:len(days)], never=float(np.exp(log_never - total)),
            alternatives=np.exp(log_shares - logsumexp(log_shares)),
            prior_daily=mass[:len(days)] / left,
            prior_never=float(mass[len(days):].sum() + self.prior.rest) / left, prior_alternatives=shares,
            preparing=self.on(0, every_day), climate=self.on(1, every_day),
            reliability={source.id: known.mean
                         for source, known in zip(self.case.sources, self.reliabilities, strict=True)},
            sampler=lambda: draw(self))
