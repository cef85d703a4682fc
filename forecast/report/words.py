"""Texts that page, Markdown and charts share: inert quotations, and what the parts of a document are called."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from forecast.core.errors import inert
from forecast.core.text import band as band
from forecast.core.text import chance as chance
from forecast.core.text import counted as counted
from forecast.core.text import day as day
from forecast.core.text import fine as fine
from forecast.core.text import listed as listed
from forecast.core.text import short as short
from forecast.core.text import span as span
from forecast.core.text import tenth as tenth

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


def name_of(document: Document) -> str:
    """The name of the event."""
    return quoted(document["question"]["names"][document["question"]["event"]])


def event_of(document: Document) -> float:
    """P(event by the horizon)."""
    return float(document["hypotheses"][document["question"]["event"]])


def median(document: Document) -> str:
    """The date by which half of the probability of the event has fallen."""
    return short(document["timing"]["0.5"])


KINDS = {"time": "Time passed", "withdrawn": "Withdrawn", "revised": "Revised", "settings": "Settings", "new": "New",
         "others": "Others"}
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
            return f"Rate: {stated['events']:g} in {stated['weeks']:g} weeks"
        case _:
            low, middle, high = (100 * value for value in stated["probability"])
            spread = f" ({low:g}–{high:g})" if low < high else ""
            return f"Judgement: {middle:g}%{spread}, median {stated['weeks'][1]:g} weeks"
