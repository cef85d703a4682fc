"""Values that are typed as a line of text: dates, windows, counts, and what goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from forecast.core.errors import ForecastError
from forecast.desk.forms import Fields, Line, Texts
from forecast.desk.quantities import duration, percent, shown_percent, weeks
from forecast.records.types import parsed_day


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
        """The records, with the notes that the files have for these dates."""
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
