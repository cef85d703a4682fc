"""How values are typed: read from boxes, shown in them, and named. What is wrong is said in plain words.

A value is what a file states: a number, [low, stated, high], a duration such as 8w, a text; None where it is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from forecast.core.errors import ForecastError, did_you_mean
from forecast.records.types import NEVER, Duration, parsed_day
from forecast.workspace.yaml.writer import written

Texts = tuple[str, ...]
"""What stands in the boxes of an input."""

Fields = dict[str, Any]
"""What the page draws, as JSON."""


def number(text: str, example: str) -> float:
    """The number that a text says."""
    plain = text.strip().replace("−", "-").replace("\u00a0", "")
    if re.fullmatch(r"-?\d+,\d+", plain):
        raise ForecastError(f"{text} has a comma; write {plain.replace(',', '.')}")
    over = re.fullmatch(r"(\d+(?:\.\d+)?)\s*[/:]\s*(\d+(?:\.\d+)?)", plain)
    try:
        value = float(over[1]) / float(over[2]) if over else float(plain)
    except (ValueError, ZeroDivisionError):
        raise ForecastError(f"{text or 'Nothing'} is not a number; write one such as {example}") from None
    if not math.isfinite(value):
        raise ForecastError(f"{text} is not a number to compute with; write one such as {example}")
    return value


def percent(text: str) -> float:
    """A share: 35%, 35 or 0.35."""
    plain = text.strip()
    if plain.endswith("%"):
        return number(plain[:-1], "35%") / 100
    value = number(plain, "35%")
    return value / 100 if value > 1 else value


def shown_percent(value: float) -> str:
    """A share with three digits."""
    return f"{float(f'{100 * value:.3g}'):g}%"


def weeks(text: str) -> float:
    """A length of time in weeks: 8w, 10d, 8 weeks or never."""
    plain = text.strip().lower()
    if plain == "never":
        return NEVER
    match = re.fullmatch(r"([\d.]+)\s*(w|d|weeks?|days?)?", plain)
    if match is None:
        raise ForecastError(f"{text or 'Nothing'} is not a length of time; write one such as 8w or 10d")
    length = number(match[1], "8w")
    return length / 7 if (match[2] or "w").startswith("d") else length


def duration(length: float) -> str:
    """A length of time as a file states it."""
    text: str = written(Duration(length))
    return text if len(text) < 8 else f"{length:.4g}w"


class Form(Protocol):
    """One way to type a value."""

    def texts(self, value: Any) -> Texts:
        """What stands in the boxes."""

    def read(self, texts: Texts, now: Any, base: Any, part: str) -> Any:
        """The value that is typed; `ForecastError` if there is none.

        `now` is what it was, `base` what the files state, `part` which box, or the slider, was moved.
        """

    def words(self, value: Any) -> str:
        """A value in a sentence."""

    def drawn(self, *known: Any) -> Fields:
        """What the page needs beside the texts, with the values that a slider has to stop at."""


@dataclass(frozen=True)
class Choice:
    """One of a few."""

    options: Mapping[Any, str]
    """Labels by value; None for what is left out."""
    few: bool = False
    """Whether all of them are shown side by side."""

    def texts(self, value: Any) -> Texts:
        return ("" if value is None else str(value),)

    def read(self, texts: Texts, now: Any, base: Any, part: str) -> Any:
        for value in self.options:
            if texts == self.texts(value):
                return value
        known = did_you_mean(texts[0], self.options.values())
        raise ForecastError(f"{texts[0] or 'Nothing'} cannot be chosen; {known}")

    def words(self, value: Any) -> str:
        return self.options.get(value, str(value))

    def drawn(self, *known: Any) -> Fields:
        return {"type": "few" if self.few else "choice",
                "options": [["" if key is None else str(key), label] for key, label in self.options.items()]}


@dataclass(frozen=True)
class Switch:
    """On or off; on is what it is by default, and left out."""

    off: Any = False
    """The value of what is off."""

    def texts(self, value: Any) -> Texts:
        return ("off" if value == self.off else "on",)

    def read(self, texts: Texts, now: Any, base: Any, part: str) -> Any:
        if texts[0] == "off":
            return self.off
        return base if self.texts(base) == ("on",) else None

    def words(self, value: Any) -> str:
        return self.texts(value)[0]

    def drawn(self, *known: Any) -> Fields:
        return {"type": "switch"}


@dataclass(frozen=True)
class Line:
    """A text on one line, read and shown by two functions; nothing typed leaves the value out."""

    show: Callable[[Any], str]
    parse: Callable[[str], Any]
    example: str = ""
    nothing: str = "none"

    def texts(self, value: Any) -> Texts:
        return ("" if value is None else self.show(value),)

    def read(self, texts: Texts, now: Any, base: Any, part: str) -> Any:
        typed = texts[0].strip()
        return base if texts == self.texts(base) else self.parse(typed) if typed else None

    def words(self, value: Any) -> str:
        return self.texts(value)[0] or self.nothing

    def drawn(self, *known: Any) -> Fields:
        return {"type": "line", "example": self.example}


def _day(text: str) -> str:
    found = parsed_day(text.strip())
    if found is None:
        raise ForecastError(f"{text} is not a date; write YYYY-MM-DD")
    return str(found)


def _days(text: str) -> list[str]:
    parts = re.split(r"\s*(?:to|–|\.\.|,|\s)\s*", text.strip())
    if len(parts) != 2:
        raise ForecastError(f"{text} is not a window; write its first and last day, such as 2023-01-08 to 2023-01-31")
    return [_day(part) for part in parts]


_COUNT = re.compile(r"(\d+)\s*(?:of|/|out of)\s*(\d+)", re.IGNORECASE)


def _counts(text: str) -> list[int]:
    match = _COUNT.fullmatch(text.strip())
    if match is None:
        raise ForecastError(f"{text or 'Nothing'} is not a count; write how many of how many, such as 3 of 4")
    return [int(match[1]), int(match[2])]


def _standing(text: str) -> Fields:
    found: Fields = {}
    for part in filter(None, re.split(r"\s*[,;]\s*", text)):
        match = re.fullmatch(r"(every|at most|until)?\s*(\S+)", part, re.IGNORECASE)
        if match is None:
            raise ForecastError(f"{part} says nothing of how it stands; write such as every 4w, at most 13w, until "
                                "2023-02-01")
        name = (match[1] or "every").lower().replace(" ", "_")
        found[name] = _day(match[2]) if name == "until" else duration(weeks(match[2]))
    return found


def _shown_standing(value: Fields) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value[name]}" for name in ("every", "at_most", "until")
                     if value.get(name) is not None)


_RECORD = re.compile(r"(?:(\d{4}-\d\d-\d\d):?\s*)?(\d+) right,? (\d+) wrong(?:,? base ([\d.]+%?))?", re.IGNORECASE)


def _record(text: str) -> Any:
    entries = []
    for part in filter(None, re.split(r"\s*;\s*", text)):
        match = _RECORD.fullmatch(part)
        if match is None:
            raise ForecastError(f"{part} is not a record; write such as 3 right, 5 wrong, base 30%")
        entry: Fields = {} if match[1] is None else {"date": _day(match[1])}
        entry |= {"right": int(match[2]), "wrong": int(match[3])}
        entries.append(entry | ({} if match[4] is None else {"base": percent(match[4])}))
    if len(entries) == 1 and "date" not in entries[0]:
        return entries[0]
    if any("date" not in entry for entry in entries):
        raise ForecastError("Several records need their dates; write such as 2022-10-01: 3 right, 5 wrong; ...")
    return entries


def _shown_record(value: Any) -> str:
    entries = value if isinstance(value, list) else [value]
    return "; ".join(map(_shown_entry, entries))


def _shown_entry(entry: Fields) -> str:
    day = f"{entry['date']}: " if "date" in entry else ""
    base = f", base {shown_percent(entry['base'])}" if entry.get("base") else ""
    return f"{day}{entry['right']} right, {entry['wrong']} wrong{base}"


@dataclass(frozen=True)
class Records(Line):
    """Checked claims; notes of dated ones stay."""

    def read(self, texts: Texts, now: Any, base: Any, part: str) -> Any:
        found = super().read(texts, now, base, part)
        notes = {entry["date"]: entry["note"] for entry in base if "note" in entry} if isinstance(base, list) else {}
        if not isinstance(found, list):
            return found
        return [entry | ({"note": notes[entry["date"]]} if entry["date"] in notes else {}) for entry in found]


DAY = Line(str, _day, "YYYY-MM-DD")
WINDOW = Line(lambda value: f"{value[0]} to {value[1]}", _days, "2023-01-08 to 2023-01-31")
COUNTS = Line(lambda value: f"{value[0]} of {value[1]}", _counts, "3 of 4")
STANDING = Line(_shown_standing, _standing, "every 4w, at most 13w, until 2023-02-01", "does not go on")
RECORD = Records(_shown_record, _record, "3 right, 5 wrong, base 30%")
MEMORY = Line(lambda value: value if isinstance(value, str) else duration(value),
              lambda text: duration(weeks(text)), "26w, or never", "26w")
