"""What every format is read into, and how dates and Admiralty codes of others are understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple

from forecast.core.scalars import replaced
from forecast.records.types import parsed_day
from forecast.workspace.csv_tables import moment, number

Order = Literal["DMY", "MDY", "YMD"]
"""In which order a table writes day, month and year."""

FIELDS = ("date", "title", "source", "url", "grade", "credibility", "confidence", "group", "note", "rationale", "id")
"""What a clipping may state; the first is the only one that a table must have."""


@dataclass(frozen=True)
class Clipping:
    """One thing that became public, in the words of its file."""

    where: str
    """Its place there, such as line 3."""
    line: int = 1
    date: str = ""
    title: str = ""
    source: str = ""
    url: str = ""
    grade: str = ""
    credibility: str = ""
    confidence: str = ""
    """From 0 to 100; read as a credibility where none is stated."""
    group: str = ""
    note: str = ""
    rationale: str = ""
    id: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    """Whatever else is stated, by its name."""


@dataclass(frozen=True)
class Clippings:
    """What a file holds."""

    kind: str
    clippings: tuple[Clipping, ...]
    taken_from: Mapping[str, str] = field(default_factory=dict)
    """What each field was taken from, where the file names it otherwise."""
    left_out: tuple[str, ...] = ()
    """What became no draft of its own, and why."""


# Dates.

_NUMBERS = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:,?[T ]+\d{1,2}:\d{2}(?::\d{2})?)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{6}Z?)?", re.ASCII)
_MAIL = re.compile(r"(?:[A-Za-z]{3}, ?)?\d{1,2} [A-Za-z]{3} \d{4} \d{2}:\d{2}.*", re.ASCII)
_SHORT_MAIL = re.compile(r"([A-Za-z]{3}), ?\d{1,2} [A-Za-z]{3} \d{2} \d{2}:\d{2}.*", re.ASCII)
"""Dates of RSS may have two digits of the year; the weekday tells whether the century is right."""
_WORDS = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})[ ,-]+(\d{4})|([A-Za-z]{3,9}) (\d{1,2}),? (\d{4})", re.ASCII)
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_day(text: str, order: Order | None = None) -> date | None:
    """The day in a text, that of UTC if it has a time zone; None if it has none that can be read in one way alone.

    A text may be 2024-01-12, 2024-01-12T18:00:00Z, 20240112, 12 January 2024 or Fri, 12 Jan 2024 18:00:00 GMT. Dates
    such as 12.1.2024 are read if an order says how they are meant.
    """
    if (found := moment(text)) is not None:
        return found[0]
    if match := _COMPACT.fullmatch(text):
        return parsed_day("-".join(match.groups()))
    if _MAIL.fullmatch(text):
        return _mailed(text)
    if match := _SHORT_MAIL.fullmatch(text):
        return _mailed(text, match[1].lower())
    if match := _WORDS.fullmatch(text):
        day, month, year = match.group(1, 2, 3) if match[1] else match.group(5, 4, 6)
        return _dated(year, _month(month), day)
    if order and (match := _NUMBERS.fullmatch(text)):
        parts = dict(zip(order, match.group(1, 3, 4), strict=True))
        return _dated(parts["Y"], parts["M"], parts["D"])
    return None


def _dated(year: str, month: str, day: str) -> date | None:
    return parsed_day(f"{year}-{month:>02}-{day:>02}")


def _month(word: str) -> str:
    """The number of a month; 0 if there is none of the name."""
    names = [number for number, name in enumerate(_MONTHS, 1) if word.lower() in (name, name[:3])]
    return str(names[0] if names else 0)


def _mailed(text: str, weekday: str = "") -> date | None:
    """The day in a date of a mail; None if it is none, or not of this weekday where one is given."""
    try:
        found = parsedate_to_datetime(text)
        if weekday and _WEEKDAYS[found.weekday()] != weekday:
            return None
        return (found.astimezone(UTC) if found.tzinfo else found).date()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


# Admiralty codes.

_CODE = re.compile(r"(?:([A-F])(?:\s*[-/]?\s*([1-6]))?|([1-6])(?:\.0*)?)(?:\s*[-–—:(](?!\s*[A-F]\b)\D*)?",
                   re.ASCII | re.IGNORECASE)
_TAG = re.compile(r"admiralty-scale:(source-reliability|information-credibility)=\"?([a-f1-6])\"?", re.IGNORECASE)
_LONGEST_CODE = 100
_SCALE = ((80, 1), (60, 2), (40, 3), (20, 4), (0, 5))
"""Least confidence of each credibility: STIX 2.1, appendix A, Admiralty credibility."""


class Code(NamedTuple):
    """A grade of a source from A to F, and a credibility of a report from 1 to 6."""

    grade: str | None = None
    credibility: int | None = None


def read_code(text: str) -> Code | None:
    """The Admiralty code in a text such as B, 2, B2 or “2 - Probably true”; None if it is none."""
    if not text:
        return Code()
    match = _CODE.fullmatch(text) if len(text) <= _LONGEST_CODE else None
    if match is None:
        return None
    digit = match[2] or match[3]
    return Code(match[1] and match[1].upper(), int(digit) if digit else None)


def tagged(tags: tuple[str, ...]) -> dict[str, str]:
    """The grade and the credibility among tags of MISP's admiralty-scale taxonomy."""
    names = {"source-reliability": "grade", "information-credibility": "credibility"}
    return {names[match[1].lower()]: match[2].upper() for tag in tags if (match := _TAG.fullmatch(tag.strip()))}


def credibility_of(confidence: str) -> int | None:
    """The credibility that a confidence from 0 to 100 stands for; None if it is no such number."""
    text = confidence.removesuffix("%").strip()
    if re.fullmatch(r"\d{1,3}(\.0*)?", text, re.ASCII) is None or float(text) > 100:
        return None
    return next(credibility for least, credibility in _SCALE if float(text) >= least)


def is_share(confidence: str) -> bool:
    """Whether a confidence lies between 0 and 1, so that 1 beside it is no hundredth."""
    return 0 < number(confidence) < 1


def clean(text: object) -> str:
    """A text from JSON or XML as a YAML file may hold it: what can be no letter there is replaced, and shows."""
    return replaced(str(text)).strip()
