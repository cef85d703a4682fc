"""Texts that page, Markdown and charts share: inert quotations, numbers and dates as a report writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from forecast.core import text as wording
from forecast.core.errors import inert

Document = dict[str, Any]
"""The JSON-safe forecast document of `forecast.document`, with what the pipeline adds."""


def quoted(text: object) -> str:
    """An analyst's text on one line: no line breaks, control characters or direction marks."""
    return inert(" ".join(str(text).split()))


def paragraphs(text: str | None, lists: bool = False) -> list[str]:
    """An analyst's text by its paragraphs, each inert and on one line; entries of lists stand alone if asked for."""
    ends = r"\n\s*\n|\n(?=\s*- )" if lists else r"\n\s*\n"
    return [quoted(part) for part in re.split(ends, text or "") if part.strip()]


def web_address(url: str | None) -> str | None:
    """An address that may become a link: http or https, with a host and nothing that could break out of a link."""
    if not url or not re.fullmatch(r"https?://[^\s<>\"'`{}|\\^\[\]]+", url, re.ASCII | re.IGNORECASE):
        return None
    if not url.isascii() or not url.isprintable():
        return None
    try:
        return url if urlsplit(url).hostname else None
    except ValueError:
        return None


def host(url: str) -> str:
    """The host of an address, as a short name for a link."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def iso(day: str) -> date:
    """A stored date."""
    return date.fromisoformat(day)


def day(value: str) -> str:
    """A stored date in words, such as 2 December 2022."""
    return wording.day(iso(value))


def short(value: str) -> str:
    """A stored date in short, such as 2 Dec 2022."""
    when = iso(value)
    return f"{when.day} {when:%b} {when.year}"


def span(first: str, last: str) -> str:
    """Two stored dates, such as 3–9 Dec 2022."""
    a, b = iso(first), iso(last)
    if a == b:
        return short(last)
    if (a.year, a.month) == (b.year, b.month):
        return f"{a.day}–{short(last)}"
    return f"{a.day} {a:%b}{'' if a.year == b.year else f' {a.year}'} – {short(last)}"


def chance(probability: float) -> str:
    """A whole percent; with a decimal where the whole one would belong to another term of likelihood."""
    if wording.term(probability) != wording.term(round(probability, 2)) and 0.005 <= probability < 0.995:
        return f"{100 * probability:.1f} %"
    return wording.percent(probability)


def fine(probability: float) -> str:
    """A percent with two significant digits, for weeks."""
    if probability == 0:
        return "0 %"
    if probability < 1e-4:
        return "under 0.01 %"
    return f"{100 * probability:.{2 if probability < 0.01 else 1}f} %"


def tenth(probability: float) -> str:
    """A percent with one decimal, for comparisons."""
    return f"{100 * probability:.1f} %"


def band(ends: Iterable[float]) -> str:
    """A 5-95 % range, such as 29–62 %."""
    low, high = (wording.percent(end) for end in ends)
    return low if low == high else f"{low.removesuffix(' %')}–{high}"


def name_of(document: Document) -> str:
    """The name of the event."""
    return quoted(document["question"]["names"][document["question"]["event"]])


def event_of(document: Document) -> float:
    """P(event by the horizon)."""
    return float(document["hypotheses"][document["question"]["event"]])


def median(document: Document) -> str:
    """The date by which half of the probability of the event has fallen."""
    return short(document["timing"]["0.5"])


def shown(values: Iterable[float], start: float = 0.0, digits: int = 2) -> list[float]:
    """Round steps so that what is shown adds up: differences of the rounded running totals.

    Each differs from its own value by at most one unit of the last digit.
    """
    total, before, result = start, round(start, digits), []
    for value in values:
        total += value
        result.append(round(round(total, digits) - before, digits))
        before = round(total, digits)
    return result


def listed(texts: Sequence[str]) -> str:
    """An enumeration, such as a, b and c."""
    return f"{', '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else "".join(texts)


def counted(number: float, noun: str) -> str:
    """A number with its noun, such as 3 items or 1 item."""
    return wording.counted(number, noun)


KINDS = {"time": "Time passed", "withdrawn": "Withdrawn", "revised": "Revised", "settings": "Settings", "new": "New"}
"""What the causes of a change are called."""


def change_label(row: dict[str, Any]) -> str:
    """What a step of a change is, with its cause."""
    if row["kind"] == "time":
        return "Time passed, with the inputs of the last report"
    return f"{KINDS[row['kind']]}: {quoted(row['label'])}"


def step_label(row: dict[str, Any]) -> str:
    """What a step of the ledger is."""
    return "No event so far" if row["kind"] == "silence" else quoted(row["label"])


def source_name(document: Document, source: str) -> str:
    """The name of a source by its id."""
    return next((quoted(row["name"]) for row in document["reliability"] if row["id"] == source), source)


def admiralty(item: dict[str, Any]) -> str:
    """Grade of the source and credibility of the report, such as B2."""
    return f"{item['grade']}{item['credibility'] or ''}"


def item_note(document: Document, item: dict[str, Any]) -> str:
    """Date, source and Admiralty code of an item."""
    return f"{short(item['date'])} · {source_name(document, item['source'])}, {admiralty(item)}"


def component_label(component: dict[str, Any]) -> str:
    """A prior component and what it states."""
    stated = component["stated"]
    match component["kind"]:
        case "reference_class":
            return f"Past cases ({quoted(stated['file'])})"
        case "exposure":
            return f"Rate: {stated['events']:g} in {counted(stated['weeks'], 'week')}"
        case _:
            low, middle, high = (100 * value for value in stated["probability"])
            spread = f" ({low:g}–{high:g})" if low < high else ""
            return f"Judgement: {middle:g} %{spread}, median {counted(stated['weeks'][1], 'week')}"
