"""What takes longer than a number: worked out beside the page, on a copy, so that no key waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from forecast.analysis.indicators import watch
from forecast.desk.engines import Findings, findings
from forecast.desk.meeting import Meeting, meet
from forecast.desk.right import Picture, picture
from forecast.desk.session import Sitting

Key = tuple[Any, ...]
"""What a result was worked out from: it holds as long as these are the same objects."""


def same(one: Key | None, other: Key) -> bool:
    """Whether two keys hold the same objects; names are compared by what they are."""
    return one is not None and all(a is b or (isinstance(a, str | tuple) and a == b)
                                   for a, b in zip(one, other, strict=True))


@dataclass
class Settled:
    """The curve and the meeting, as last worked out, and from what."""

    curve_of: Key | None = None
    curve: Picture | None = None
    meeting_of: Key | None = None
    meeting: Meeting | None = None

    def is_of(self, sitting: Sitting, beside: Sequence[str]) -> bool:
        """Whether they are those of a sitting as it is now."""
        return same(self.curve_of, curve_key(sitting, beside)) and same(self.meeting_of, meeting_key(sitting))


def curve_key(sitting: Sitting, beside: Sequence[str]) -> Key:
    """What the curve is made from."""
    return sitting.engine(), sitting.base(), tuple(beside)


def meeting_key(sitting: Sitting) -> Key:
    """What a meeting is made from."""
    return sitting.state, sitting.who, sitting.workspace


@dataclass
class Work:
    """What has yet to be worked out for a page as it is now."""

    sitting: Sitting
    beside: tuple[str, ...]
    settled: Settled
    watched: bool
    """Whether the indicators are asked for."""
    findings: Findings | None = None

    def run(self, going: Callable[[], bool]) -> None:
        """Work it out step by step; no further step begins once the page has moved on.

        Parameters
        ----------
        going : callable
            Whether the page is still as it was.
        """
        sitting, settled = self.sitting, self.settled
        engine, found = sitting.engine(), sitting.findings
        if found is None or found.engine is not engine:
            found = findings(sitting.base(), engine, sitting.edits(), going)
        if found is not None and self.watched and found.watched is None and going():
            found = replace(found, watched=tuple(watch(engine)))
        self.findings = found
        if going() and not same(settled.curve_of, key := curve_key(sitting, self.beside)):
            settled.curve, settled.curve_of = picture(sitting, self.beside), key
        if going() and not same(settled.meeting_of, key := meeting_key(sitting)):
            settled.meeting, settled.meeting_of = meet(sitting), key


def work(sitting: Sitting, beside: Sequence[str], settled: Settled, watched: bool) -> Work:
    """What has yet to be worked out, on a copy: what is done on the page meanwhile does not touch it."""
    for who in sitting.seats:
        sitting.engine(who)
    copied = copy(sitting)
    copied.engines = sitting.engines.copied()
    return Work(copied, tuple(beside), copy(settled), watched)
