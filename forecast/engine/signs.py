"""The hidden process that signs share, or conditions: one preparation, one climate.

An event of day k is prepared from a start τ on, k − τ exponential with half-life T; a share η of events comes without.
False preparations, a stationary two-state chain, are under way a share u of the time. While one is on, true or false,
each of its items has likelihood R̃, else 1.

With M_j the product of R̃ on the j-th day of evidence f_j, and d_j = 2^(−(f_j − f_{j−1})/T) (d_1 = 0), the recursion

    w_j = 1 − d_j + d_j·v_{j−1}        v_j = M_j·w_j / (1 − u·w_j + u·w_j·M_j)

gives everything: u·v_j is the filtered probability that the false chain is on, and Π (1 − u·w_j + u·w_j·M_j) = F_n is
the likelihood under it. Carried on to the as-of date a, v = 1 + 2^(−(a − f_n)/T)·(v_n − 1) is the *lift*, and

    S(k)/S(never at all) = 1 + (1−η)·2^(−(k − a)/T)·(v − 1),

since the sum over starts of docs/model.md telescopes (docs/decisions/0016). Whatever the items say, 0 ≤ v < 1/u.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecast.core.numerics import Array, Ints
from forecast.engine.prior import Prior
from forecast.records.question import Process

MOST_ON = 0.5
"""u, the share of the time in which a false process is on, is at most one half."""

_RAREST = 1e-150
"""What u = 0 is computed with, so that the lift stays below a number however much is said."""


@dataclass(frozen=True, eq=False)
class Shared:
    """One process as of a date, and the days of its items."""

    half_life: float
    """T in days."""
    unprepared: float
    """η."""
    share: float
    """u."""
    prior: float
    """P(on) as of the date without evidence: ρ + (1−ρ)u."""
    as_of: int
    """a, as an ordinal."""
    days: Ints
    """f, the distinct days of its items, ascending, none after a; shape (n,)."""

    @cached_property
    def decay(self) -> Array:
        """d of each day of evidence, 0 for the first, and of the way from the last one to a; shape (n + 1,)."""
        steps = np.diff(self.days, append=self.as_of)
        return np.concatenate([[0.0], np.exp2(-steps / self.half_life)])

    def lift(self, log_m: Array) -> Array:
        """v, how many times likelier the process is on now than without evidence, under the false chain.

        Parameters
        ----------
        log_m : Array
            log M of each day of evidence; shape (…, n).

        Returns
        -------
        Array
            Shape (…,), in [0, 1/u].
        """
        u, inverse = max(self.share, _RAREST), np.exp(-np.clip(log_m, -700, 700))
        # One row is faster in plain numbers than in arrays of one.
        columns = inverse.tolist() if log_m.ndim == 1 else np.moveaxis(inverse, -1, 0)
        v = 1.0 if log_m.ndim == 1 else np.ones(log_m.shape[:-1])
        for d, column in zip(self.decay.tolist(), columns, strict=False):
            w = 1 + d * (v - 1)
            v = w / ((1 - u * w) * column + u * w)
        return np.asarray(1 + self.decay[-1] * (v - 1))

    def weight(self, day: Ints) -> Array:
        """(1−η)·2^(−(k − a)/T) of days k after the as-of date; shape of `day`."""
        return (1 - self.unprepared) * np.exp2((self.as_of - day) / self.half_life)

    def log_likelihood(self, day: Ints, lift: Array) -> Array:
        """log S(k)/S(never at all); (…,) and (day,) to (…, day)."""
        return np.log1p(self.weight(day) * (lift[..., None] - 1))

    def begun(self, day: Ints, lift: float) -> Array:
        """P(the true process has begun by a | the event falls on day k); shape of `day`."""
        weight = self.weight(day)
        return weight * lift / (1 + weight * (lift - 1))

    def smoothed(self, log_m: Array) -> tuple[Array, Array]:
        """G: how the log likelihood of a day moves with log M of each day of evidence.

        ∂ log S(k)/∂ log M_j = φ_j + e(k)·ψ_j, with e(k) = weight(k)/(1 + weight(k)·(v − 1)) and 0 for never at all: the
        smoothed probability that the process was on, given the day k and all its items.

        Returns
        -------
        phi, psi : Array
            Each of shape (n,).
        """
        count, u, d = len(self.days), max(self.share, _RAREST), self.decay
        v, carried, gained = np.empty(count), np.empty(count), np.empty(count)
        m = np.exp(np.clip(log_m, -700, 700))
        last = 1.0
        for j in range(count):
            w = 1 + d[j] * (last - 1)
            likelihood = 1 + u * w * (m[j] - 1)
            v[j] = last = m[j] * w / likelihood
            carried[j] = d[j] * m[j] / likelihood / likelihood   # ∂v_j/∂v_{j−1}
            gained[j] = d[j] * u * (m[j] - 1) / likelihood   # ∂ log F_j/∂v_{j−1} of the new factor
        phi, psi = np.empty(count), np.empty(count)
        later, kept = 0.0, float(d[-1])
        for j in reversed(range(count)):
            moved = v[j] * (1 - u * v[j])   # ∂v_j/∂ log M_j
            phi[j], psi[j] = u * v[j] + later * moved, kept * moved
            later, kept = gained[j] + later * carried[j], kept * carried[j]
        return phi, psi


def shared(process: Process, prior: Prior, live: int, as_of: int, days: Ints) -> Shared:
    """A process as of a date, its false share u from the prior.

    ρ = (1−η) Σ mass(k) 2^(−(k−a)/T) / Σ mass, days beyond the horizon in both sums and never at all in the second;
    u = min(½, ρ(1−c)/(c(1−ρ))).

    Parameters
    ----------
    process : Process
        Lead, carried out, unprepared.
    prior : Prior
        Mass of each day.
    live, as_of : int
        The first live day, and the as-of date, as ordinals.
    days : Ints
        Distinct days of its items, ascending; shape (n,).
    """
    mass = prior.since(live)
    half_life, unprepared = 7 * process.lead.stated, process.unprepared.stated
    offset = np.exp2((as_of - live - np.arange(len(mass))) / half_life)
    rho = (1 - unprepared) * float(mass @ offset) / float(mass.sum() + prior.rest)
    carried_out = process.carried_out.stated
    share = min(MOST_ON, rho * (1 - carried_out) / (carried_out * (1 - rho))) if rho < 1 else MOST_ON
    return Shared(half_life, unprepared, share, rho + (1 - rho) * share, as_of, days)
