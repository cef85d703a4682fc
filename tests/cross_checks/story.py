"""The story behind signs and conditions, acted out: preparations that lead to the event, and false ones.

Time is continuous, and measured in days. Nothing here uses the package's mathematics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.records.question import Process

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rng = np.random.Generator


@dataclass(frozen=True)
class Acted:
    """What happened in many worlds."""

    start: Array
    """When the preparation of the event began; infinite if there was none; shape (world,)."""
    false_on: Mask
    """Whether a false one was under way, at each time that was asked for; shape (time, world)."""
    times: Array

    @property
    def true_on(self) -> Mask:
        """Whether the preparation of the event was under way; shape (time, world)."""
        return self.start <= self.times[:, None]

    @property
    def on(self) -> Mask:
        """Whether either was."""
        return self.true_on | self.false_on

    def weight(self, log_m: Sequence[float]) -> Array:
        """Likelihood of the items: M of each time where it is on, else 1; as many as there are, in order."""
        return np.asarray(np.exp(np.array(log_m) @ self.on[:len(log_m)]))


def act(rng: Rng, process: Process, u: float, event: Array, times: Sequence[float]) -> Acted:
    """Act the story out in worlds whose event falls on some day, infinite where it never does.

    A share η of events comes unprepared; the preparation of the others began an exponential time before, with half-life
    T. False ones begin and end by themselves: a share u of the time, and forgotten with the same half-life.
    """
    half_life = 7 * process.lead.stated
    before = rng.exponential(half_life / math.log(2), len(event))
    prepared = (rng.random(len(event)) >= process.unprepared.stated) & np.isfinite(event)
    start = np.where(prepared, np.where(np.isfinite(event), event, 0.0) - before, np.inf)
    return Acted(start, false_chain(rng, u, half_life, times, len(event)), np.array(times, float))


def false_chain(rng: Rng, u: float, half_life: float, times: Sequence[float], count: int) -> Mask:
    """Whether a false process is on at each of some ascending times, by its holding times; shape (time, world)."""
    rate = math.log(2) / half_life
    on = rng.random(count) < u
    now, result = np.full(count, times[0] if len(times) else 0.0), np.zeros((len(times), count), bool)
    changes = now + _held(rng, on, u, rate)
    for index, time in enumerate(times):
        late = np.flatnonzero(changes <= time)
        while len(late):
            on[late] = ~on[late]
            changes[late] += _held(rng, on[late], u, rate)
            late = late[changes[late] <= time]
        result[index] = on
    return result


def _held(rng: Rng, on: Mask, u: float, rate: float) -> Array:
    """How long a state lasts: it ends at rate·(1−u) if on, and begins at rate·u if off."""
    ends = np.where(on, rate * (1 - u), rate * u)
    return rng.standard_exponential(len(on)) / np.maximum(ends, 1e-300)
