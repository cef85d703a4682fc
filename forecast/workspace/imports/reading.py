"""Which format a file has, and its clippings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from forecast.core.errors import ForecastError, InputError, Problem, did_you_mean
from forecast.core.scalars import Refused, decoded
from forecast.workspace.csv_tables import Flaw
from forecast.workspace.files import contents
from forecast.workspace.imports.clippings import Clippings, Order
from forecast.workspace.imports.feeds import read_feed
from forecast.workspace.imports.json_files import read_bundle, read_events, read_json
from forecast.workspace.imports.tables import ACLED, GDELT, Map, read_clippings, read_gdelt

FORMATS = ("csv", "acled", "gdelt", "feed", "stix", "misp")
"""What can be imported."""
_TABLES = {"csv": Map({}), "acled": ACLED, "gdelt": GDELT}


@dataclass(frozen=True)
class Wanted:
    """How a file is to be read."""

    format: str | None = None
    """One of `FORMATS`; by default what the file looks like."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """From which columns of a table fields are taken, before what the format says."""
    dates: Order | None = None
    """How dates such as 12.1.2024 are meant."""
    decimal_comma: bool = False
    """Whether numbers are written as 2,5."""
    skip_known: bool = False
    """Whether what has the url of an item or of another draft is left out."""


def wanted(kind: str | None, columns: Mapping[str, str], dates: str | None, *, decimal_comma: bool,
           skip_known: bool) -> Wanted:
    """How a file is to be read, from what was typed; `ForecastError` if there is no such format or order."""
    order = (dates or "").upper() or None
    if kind is not None and kind not in FORMATS:
        raise ForecastError(f"--from {kind}: is not a format that is read; {did_you_mean(kind, FORMATS)}")
    if order not in (None, *get_args(Order)):
        raise ForecastError(f"--dates {dates}: is not an order; write DMY, MDY or YMD")
    return Wanted(kind, columns, cast("Order | None", order), decimal_comma, skip_known)


def read_file(path: Path, asked: Wanted) -> Clippings:
    """The clippings of a file; raises `InputError` with everything that is wrong with the file itself."""
    try:
        data = contents(path)
        kind = asked.format or _looks_like(data)
        found, flaws = _read(data, kind, asked.columns)
    except Refused as error:
        raise InputError([Problem(str(path), error.line, "", str(error))]) from None
    if flaws:
        raise InputError(Problem(str(path), *flaw) for flaw in flaws)
    return found


def _read(data: bytes, kind: str, columns: Mapping[str, str]) -> tuple[Clippings, list[Flaw]]:
    if kind in _TABLES:
        named = _TABLES[kind]
        chosen = Map({**named.columns, **columns}, named.headers, named.words)
        return read_gdelt(data, chosen) if kind == "gdelt" else read_clippings(data, chosen, kind)
    if columns:
        raise ForecastError(f"--map names the columns of a table, and this is read as {kind}; leave it out, or add "
                            "--from csv")
    if kind == "feed":
        return read_feed(data), []
    stated = read_json(decoded(data))
    return (read_bundle if kind == "stix" else read_events)(stated), []


def _looks_like(data: bytes) -> str:
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return "feed"
    if start.startswith((b"{", b"[")):
        return "stix" if b'"bundle"' in data else "misp"
    return "csv"
