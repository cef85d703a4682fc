"""References to what a workspace cites, as BibTeX and as CSL-JSON: one entry for each item, under its id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from forecast.core.errors import inert
from forecast.core.pages import web_address
from forecast.records.evidence import Item, Source
from forecast.workspace.cited.copies import Copy

_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
            **{sign: f"\\{sign}" for sign in "{}$&#%_"}}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def bibtex(items: Iterable[Item], sources: Mapping[str, Source], copies: Mapping[str, Copy]) -> str:
    """Entries that BibTeX and biblatex read; the source stands as author, and titles keep their capitals."""
    return "\n".join(_entry(item, sources[item.source].name, copies.get(item.id)) for item in items)


def _entry(item: Item, source: str, copy: Copy | None) -> str:
    fields = "".join(f"  {name} = {value},\n" for name, value in _fields(item, source, copy))
    return f"@misc{{{item.id},\n{fields}}}\n"


def _fields(item: Item, source: str, copy: Copy | None) -> Iterator[tuple[str, str]]:
    yield "author", f"{{{{{_latex(source)}}}}}"
    yield "title", f"{{{{{_latex(item.title)}}}}}"
    yield "year", f"{{{item.date.year}}}"
    yield "month", _MONTHS[item.date.month - 1]
    yield "day", f"{{{item.date.day}}}"
    if url := _url(item):
        encoded = re.sub(r"[\\{}]", lambda sign: f"%{ord(sign[0]):02X}", url)
        yield "url", f"{{{encoded}}}"
        if visited := _visited(copy):
            yield "urldate", f"{{{visited}}}"


def _visited(copy: Copy | None) -> date | None:
    """The day on which the address was visited; None if a copy was made of a file, which may be older than that."""
    return copy.date if copy is not None and copy.how == "network" else None


def _latex(text: str) -> str:
    return "".join(_SPECIAL.get(sign, sign) for sign in _line(text))


def _line(text: str) -> str:
    return inert(" ".join(text.split()))


def _url(item: Item) -> str:
    return web_address(item.url) or _line(item.url or "")


def csl(items: Iterable[Item], sources: Mapping[str, Source], copies: Mapping[str, Copy]) -> list[dict[str, Any]]:
    """Entries of CSL-JSON, for citeproc, pandoc and reference managers."""
    return [_csl(item, sources[item.source].name, copies.get(item.id)) for item in items]


def _csl(item: Item, source: str, copy: Copy | None) -> dict[str, Any]:
    day = item.date
    found: dict[str, Any] = {"id": item.id, "type": "webpage" if item.url else "document", "title": _line(item.title),
                             "author": [{"literal": _line(source)}],
                             "issued": {"date-parts": [[day.year, day.month, day.day]]}}
    if item.url:
        found["URL"] = _url(item)
    if visited := _visited(copy):
        found["accessed"] = {"date-parts": [[visited.year, visited.month, visited.day]]}
    if copy is not None:
        found["archive_location"] = copy.readable
    return found
