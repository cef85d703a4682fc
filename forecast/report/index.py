"""The list of all reports, with their headlines."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.report.html import fill
from forecast.report.words import Document, band, chance, day, event_of, quoted, short


def index_rows(documents: Sequence[Document]) -> list[dict[str, str]]:
    """What the list says of each report, the newest first."""
    return [{"folder": document["as_of"], "day": day(document["as_of"]), "title": quoted(document["question"]["title"]),
             "number": chance(event_of(document)), "term": document["words"]["term"],
             "band": band(document["band"]), "horizon": short(document["question"]["horizon"]),
             "confidence": document["words"]["confidence"], "confirmed": "" if _confirmed(document) else "unconfirmed"}
            for document in sorted(documents, key=lambda document: document["as_of"], reverse=True)]


def _confirmed(document: Document) -> bool:
    return bool((document.get("engines") or {}).get("confirmed"))


def render_index(rows: Sequence[dict[str, str]]) -> str:
    """Write the list of reports as one page; each report is at FOLDER/report.html beside it."""
    return fill("index.html.j2", rows=list(rows))
