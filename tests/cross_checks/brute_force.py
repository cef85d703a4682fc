"""The posterior by brute force: every way in which the event, the preparations and the false ones can have come about.

For each day of the event all hidden stories are written down, with their probability: that it came unprepared, or from
a start between two days of evidence, before or after the as-of date; and each path of the false chain through the days
of evidence. What is asked is summed over them. For a handful of days of evidence only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tests.cross_checks.plain import Shared

Path = tuple[bool, ...]


@dataclass(frozen=True)
class Story:
    """One way in which it can have come about, given the day of the event."""

    probability: float
    likelihood: float
    on: Path
    """Whether a process, true or false, was on at each day of evidence."""
    begun: bool
    """Whether the true one had begun by the as-of date."""
    false_now: bool
    """Whether a false one is on at the as-of date."""

    @property
    def weight(self) -> float:
        return self.probability * self.likelihood


def starts(process: Shared, day: int | None) -> Iterator[tuple[float, int, bool]]:
    """When the true one began: its probability, on how many days of evidence it was not on yet, and whether by a."""
    count = len(process.days)
    if day is None:
        yield 1.0, count, False
        return
    yield process.eta, count, False
    ends = [*process.days, process.as_of, day]
    begun_by = [process.decay(day - end) for end in ends]
    for index, share in enumerate(begun_by):
        before = begun_by[index - 1] if index else 0.0
        yield (1 - process.eta) * (share - before), min(index, count), index <= count


def chain(process: Shared) -> Iterator[tuple[float, Path]]:
    """Every path of the false chain through the days of evidence and the as-of date, with its probability."""
    times = [*process.days, process.as_of]
    for path in product([False, True], repeat=len(times)):
        probability = process.u if path[0] else 1 - process.u
        for before, after, since, until in zip(path, path[1:], times, times[1:], strict=False):
            to_on = process.u + ((1 - process.u) if before else -process.u) * process.decay(until - since)
            probability *= to_on if after else 1 - to_on
        yield probability, path


def stories(process: Shared, day: int | None) -> list[Story]:
    """Every story of an event of a day, or of none."""
    log_m = [process.log_m[f] for f in process.days]
    result = []
    for (first, late, begun), (second, path) in product(starts(process, day), chain(process)):
        on = tuple(false or index >= late for index, false in enumerate(path[:-1]))
        likelihood = math.exp(sum(m for m, there in zip(log_m, on, strict=True) if there))
        result.append(Story(first * second, likelihood, on, begun, path[-1]))
    return result
