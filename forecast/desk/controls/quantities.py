"""Numbers as they are typed, with sliders: ratios, chances, lengths of time, by themselves or with low and high."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from forecast.core import text as wording
from forecast.core.errors import ForecastError, did_you_mean
from forecast.desk.controls.forms import Fields, Texts, duration, number, percent, shown_percent, weeks
from forecast.records.elicitation import word_ratio
from forecast.records.types import WORDS, word_value

_E24 = (1.0, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.7, 3.0, 3.3, 3.6, 3.9, 4.3, 4.7, 5.1, 5.6, 6.2, 6.8, 7.5,
        8.2, 9.1)
"""Steps of a decade that are about equal on a log scale (IEC 60063)."""


@dataclass(frozen=True)
class Unit:
    """What a number counts."""

    show: Callable[[float], str]
    parse: Callable[[str], float]
    state: Callable[[float], Any] = lambda value: float(f"{value:.4g}")
    """A number as a file states it."""


RATIO = Unit(wording.ratio, lambda text: number(text, "1.5 or 1/4"))
SHARE = Unit(shown_percent, percent)
WEEKS = Unit(duration, weeks, duration)
PLAIN = Unit(lambda value: f"{value:.4g}", lambda text: number(text, "1.5"))


class Mark(NamedTuple):
    """A word below a slider; clicking it types the text."""

    value: float
    word: str
    text: str


Path = Literal["factors", "odds", "even"]
"""How low and high move along with the stated value."""


@dataclass(frozen=True)
class Quantity:
    """A number with a slider, by itself or with its low and high."""

    unit: Unit
    grid: tuple[float, ...]
    """Where the slider stops."""
    boxes: int = 3
    path: Path = "even"
    marks: tuple[Mark, ...] = ()
    needs_range: bool = False
    """Whether low and high cannot be left out."""

    def texts(self, value: Any) -> Texts:
        """Low, stated and high; empty ends where only a number is stated."""
        if self.boxes == 1:
            return (self.unit.show(self._plain(value)),)
        low, stated, high = self._ends(value)
        return tuple("" if each is None else self.unit.show(each) for each in (low, stated, high))

    def read(self, texts: Texts, now: Any, base: Any, part: str) -> Any:
        """The typed value; low and high move along with the stated one unless they were typed too."""
        for known in (base, now):
            if texts == self.texts(known):
                return known
        if self.boxes == 1:
            return self.unit.state(self._parse(texts[0], now, base))
        if self.unit is RATIO and (said := _in_words(texts[1])) is not None:
            return said
        low, stated, high = texts
        middle = self._parse(stated, now, base)
        before = self._ends(now)
        alone = part in ("slider", "stated") and (low, high) == (self.texts(now)[0], self.texts(now)[2])
        if alone and before[0] is not None and before[2] is not None:
            ends = [_along(self.path, before[1], middle, each) for each in (before[0], before[2])]
            most = 1.0 if self.unit is SHARE else math.inf
            high_end = max(min(ends[1], most), middle)
            return [self.unit.state(value) for value in (min(ends[0], middle), middle, high_end)]
        if not low.strip() and not high.strip() and not self.needs_range:
            return self.unit.state(middle)
        if not low.strip() or not high.strip():
            raise ForecastError("Write both low and high" + ("" if self.needs_range else ", or neither"))
        ends = [self._parse(each, now, base) for each in (low, high)]
        if not ends[0] <= middle <= ends[1]:
            raise ForecastError(f"{', '.join(texts)} is not in order; write low, stated, high")
        return [self.unit.state(value) for value in (ends[0], middle, ends[1])]

    def words(self, value: Any) -> str:
        low, stated, high = self._ends(value)
        text = self.unit.show(stated)
        if low is None or high is None or low == high:
            return text
        return f"{text} ({self.unit.show(low)} to {self.unit.show(high)})"

    def drawn(self, *known: Any) -> Fields:
        """The stops of the slider: its grid, and what is known: where it is, and where the files have it."""
        values = [self._ends(each)[1] for each in known]
        stops = {self.unit.show(each): each for each in (*values, *self._wide(values))}
        ordered = sorted(stops, key=lambda label: stops[label])
        names = ("stated",) if self.boxes == 1 else ("low", "stated", "high")
        return {"type": "scale", "boxes": names, "stops": ordered,
                "marks": sorted(({"at": self._place(mark.value, [stops[label] for label in ordered]),
                                  "word": mark.word, "text": mark.text} for mark in self.marks),
                                key=lambda mark: mark["at"])}

    def _wide(self, values: Sequence[float]) -> tuple[float, ...]:
        """The grid, further on by its own step where it does not hold what is stated."""
        if all(self.grid[0] <= value <= self.grid[-1] for value in values):
            return self.grid
        grid = list(self.grid)
        factor = grid[-1] / grid[-2]
        while self.path == "factors" and grid[-1] < max(values) < math.inf and len(grid) < 400:
            grid.append(grid[-1] * factor)
        while self.path == "factors" and 0 < min(values) < grid[0] and len(grid) < 400:
            grid.insert(0, grid[0] / factor)
        return tuple(float(f"{each:.3g}") for each in grid)

    @staticmethod
    def _place(value: float, stops: Sequence[float]) -> float:
        """Where a value lies among stops, in stops."""
        after = next((index for index, stop in enumerate(stops) if stop >= value), len(stops) - 1)
        if after == 0 or stops[after] == value:
            return after
        before = stops[after - 1]
        return after - 1 + (value - before) / (stops[after] - before)

    def _parse(self, text: str, now: Any, base: Any) -> float:
        """A number; what is shown of a known one is that one, with all its digits."""
        for known in (*self._ends(base), *self._ends(now)):
            if known is not None and text == self.unit.show(known):
                return known
        return self.unit.parse(text)

    def _ends(self, value: Any) -> tuple[float | None, float, float | None]:
        if isinstance(value, list | tuple):
            low, stated, high = map(self._plain, value)
            return low, stated, high
        return None, self._plain(value), None

    def _plain(self, value: Any) -> float:
        return self.unit.parse(value) if isinstance(value, str) else float(value)


def _along(path: Path, old: float, new: float, value: float) -> float:
    """Where low or high go when the stated value moves."""
    match path:
        case "factors":
            return value * new / old
        case "odds" if min(old, new, value) > 0 and max(old, new, value) < 1:
            odds = value / (1 - value) * (new / (1 - new)) / (old / (1 - old))
            return odds / (1 + odds)
        case _:
            return max(0.0, value + new - old)


_SAID = re.compile(r"(\w+)(?:\s+(for|against))?", re.IGNORECASE)


def _in_words(text: str) -> list[float] | None:
    """The ratio of a word such as “clearly against”, with its range; None if it is no word."""
    match = _SAID.fullmatch(text.strip())
    if match is None or not match[1].isalpha():
        return None
    word, side = match[1].lower(), (match[2] or "for").lower()
    if word not in WORDS:
        raise ForecastError(f"{text} is not a number or a word of the scale; {did_you_mean(word, WORDS)}")
    found = word_ratio(word, None if word == "nothing" else side)  # type: ignore[arg-type]
    ends = found.low or found.stated, found.stated, found.high or found.stated
    return [float(f"{value:.4g}") for value in ends]


def _decades(first: int, last: int) -> tuple[float, ...]:
    steps = [float(f"{step * 10.0 ** power:.3g}") for power in range(first, last) for step in _E24]
    return (*steps, 10.0 ** last)


_SCALE = tuple(Mark(word_value(word, side), word, f"{word} {side}" if value > 1 else word)
               for side in ("against", "for") for word, value in WORDS.items()
               if value <= 10 and (value > 1 or side == "for"))

RATIOS = Quantity(RATIO, _decades(-1, 1), path="factors", marks=_SCALE)
CHANCES = Quantity(SHARE, (0.005, 0.01, 0.02, 0.03, *(round(0.05 * k, 2) for k in range(1, 20)), 0.97, 0.98, 0.99,
                           0.995), path="odds")
SURE_CHANCES = Quantity(SHARE, CHANCES.grid, path="odds", needs_range=True)
FRACTIONS = Quantity(SHARE, tuple(round(0.05 * k, 2) for k in range(21)))
WEIGHTS = Quantity(SHARE, tuple(round(0.05 * k, 2) for k in range(21)), boxes=1)
SHARES = Quantity(SHARE, WEIGHTS.grid[1:], boxes=1)
SPANS = Quantity(WEEKS, (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 13.0, 17.0, 21.0, 26.0, 34.0, 43.0, 52.0, 78.0, 104.0,
                         156.0, 208.0), path="factors")
TIMINGS = Quantity(Unit(PLAIN.show, PLAIN.parse), SPANS.grid, path="factors", needs_range=True)
POWERS = Quantity(PLAIN, tuple(round(0.1 * k, 1) for k in range(21)))
ERRORS = Quantity(PLAIN, tuple(round(0.1 * k, 1) for k in range(21)))
NUMBERS = Quantity(PLAIN, (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0, 500.0), boxes=1,
                   path="factors")
FACTORS = Quantity(PLAIN, (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0), boxes=1, path="factors")
