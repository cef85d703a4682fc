"""Tables as clippings: any columns by a map, and the rows of ACLED and GDELT as maps that have names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from forecast.core.errors import ForecastError, did_you_mean
from forecast.core.pages import host_of
from forecast.core.scalars import Refused
from forecast.workspace.csv_tables import Flaw, Layout, Row, Table, read_table
from forecast.workspace.imports.clippings import FIELDS, Clipping, Clippings

_ALIASES = {"statement": "title"}
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_EXCEL = re.compile(rb"\"?sep=(.)\"?(?=\r?\n)", re.IGNORECASE)
"""The first row by which Excel is told what separates cells."""
_JOINT = "+"
_NEEDED = ("date", "title")
"""What every table has to have, even in a column that another field is taken from, too."""


@dataclass(frozen=True)
class Map:
    """From which columns of a table each field is taken."""

    columns: Mapping[str, str]
    """The column of each field; several that are joined by + become one text, with commas between them."""
    headers: tuple[tuple[str, ...], ...] = ()
    """The columns of files whose first row does not name them; their number tells which."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What the codes of a column stand for, where the column becomes a field."""


def parsed_map(texts: Sequence[str]) -> dict[str, str]:
    """A map as it is typed, date=Date,title=Headline; a column may hold a comma.

    Raises `ForecastError` if it is no map, or names a field that there is not.
    """
    found: dict[str, str] = {}
    for text in texts:
        names = list(re.finditer(r"(?:^|,)\s*(\w+)\s*=", text))
        if not names or names[0].start() != 0:
            raise ForecastError(f"--map {text}: is not a map; write FIELD=COLUMN,FIELD=COLUMN, such as "
                                "date=Date,title=Headline")
        ends = [*(match.start() for match in names[1:]), len(text)]
        for match, end in zip(names, ends, strict=True):
            name = _ALIASES.get(match[1], match[1])
            if name not in FIELDS:
                raise ForecastError(f"--map {match[1]}: is not a field of a draft; {did_you_mean(match[1], FIELDS)}")
            if name in found:
                raise ForecastError(f"--map {match[1]}: is mapped twice; name one column, or join several by "
                                    f"{_JOINT}: {name}=One{_JOINT}Other")
            found[name] = text[match.end():end].strip()
            if not found[name]:
                raise ForecastError(f"--map {match[1]}=: names no column; write {match[1]}=COLUMN, or leave it out")
    return found


def read_clippings(data: bytes, chosen: Map, kind: str = "table") -> tuple[Clippings, list[Flaw]]:
    """Read the rows of a table, and find everything that is wrong with the table itself.

    Cells are separated by commas, semicolons, tabs or bars, whichever its first row has most of. A field that the map
    does not name is taken from the column of its name.
    """
    layout, data = _layout(data, chosen)
    table = read_table(data, (), layout=layout)
    if not table.columns:
        return Clippings(kind, ()), _empty(table)
    try:
        sources = _sources(table.columns, chosen, layout.separator)
    except Refused as error:
        return Clippings(kind, ()), [Flaw(error.line, "", str(error))]
    used = {column for columns in sources.values() for column in columns}
    rows = tuple(_clipping(row, sources, used, chosen) for row in table.rows)
    taken = {name: _JOINT.join(columns) for name, columns in sources.items()}
    return Clippings(kind, rows, taken), _empty(table)


def _empty(table: Table) -> list[Flaw]:
    if not table.rows and not table.flaws:
        table.flaws.append(Flaw(1, "", "has no rows; write one for each draft"))
    return table.flaws


def _layout(data: bytes, chosen: Map) -> tuple[Layout, bytes]:
    """What separates the cells of a table, and the table with an empty row in the place of what told so."""
    if (told := _EXCEL.match(data.removeprefix(b"\xef\xbb\xbf"))) is not None:
        separator = told[1].decode("latin-1")
        return Layout(separator if separator in _SEPARATORS else ","), data[data.index(told[0]) + len(told[0]):]
    first = data.lstrip(b"\xef\xbb\xbf\r\n").partition(b"\n")[0].decode(errors="replace")
    unquoted = re.sub(r'"[^"]*"', "", first)
    separator = max(_SEPARATORS, key=unquoted.count)
    for names in chosen.headers:
        if unquoted.count("\t") == len(names) - 1 and names[0] not in first:
            return Layout("\t", quotes=False, columns=names), data
    return Layout(separator), data


def _sources(columns: tuple[str, ...], chosen: Map, separator: str) -> dict[str, tuple[str, ...]]:
    """The columns from which each field is taken; `Refused` if one is not there."""
    found: dict[str, tuple[str, ...]] = {}
    there = {_same(column): column for column in columns}
    for name, column in chosen.columns.items():
        parts = [column] if _same(column) in there else [part.strip() for part in column.split(_JOINT)]
        missing = [part for part in parts if _same(part) not in there]
        if missing:
            raise Refused(f"has no column {missing[0]} for {name}; {did_you_mean(missing[0], filter(None, columns))}")
        found[name] = tuple(there[_same(part)] for part in parts)
    named = {column for parts in found.values() for column in parts}
    for column in columns:
        name = _ALIASES.get(column.casefold(), column.casefold())
        if name in FIELDS and name != "confidence" and name not in found and (column not in named or name in _NEEDED):
            found[name] = (column,)
    if missing := [name for name in _NEEDED if name not in found]:
        raise Refused(f"has no column {', '.join(missing)}, but {', '.join(filter(None, columns))}, with "
                      f"{_SEPARATORS[separator]} between the cells; name the columns: --map date=COLUMN,title=COLUMN")
    return found


def _same(name: str) -> str:
    """A name as it looks, whether its accents are letters of their own or not."""
    return unicodedata.normalize("NFC", name)


def _clipping(row: Row, sources: Mapping[str, tuple[str, ...]], used: set[str], chosen: Map) -> Clipping:
    fields = {name: ", ".join(_cells(row, columns, chosen)) for name, columns in sources.items()}
    others = {name: cell for name, cell in row.cells.items() if cell and name not in used}
    for columns in sources.values():
        if len(columns) > 1:  # joined, so that the cells can no longer be told apart
            others |= {column: row.get(column) for column in columns if row.get(column)}
    return Clipping(f"line {row.line}", row.line, **fields, others=others)


def _cells(row: Row, columns: tuple[str, ...], chosen: Map) -> Iterator[str]:
    for column in columns:
        if cell := row.get(column):
            yield chosen.words.get(column, {}).get(cell, cell)


# Maps that have names.

ACLED = Map({"date": "event_date", "title": "sub_event_type+actor1+location+country", "source": "source",
             "note": "notes"})
"""Armed Conflict Location & Event Data: the day is that of the event, and the text is what ACLED's coder wrote."""

_ROOTS = dict(zip((f"{number:02}" for number in range(1, 21)), (
    "makes a public statement", "appeals", "expresses an intent to cooperate", "consults", "cooperates diplomatically",
    "cooperates materially", "provides aid", "yields", "investigates", "demands", "disapproves", "rejects",
    "threatens", "protests", "exhibits force posture", "reduces relations", "coerces", "assaults", "fights",
    "uses mass violence"), strict=True))
"""What the root codes of CAMEO stand for."""


def _actor(name: str) -> tuple[str, ...]:
    return tuple(f"{name}{part}" for part in (
        "Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code", "Religion2Code", "Type1Code",
        "Type2Code", "Type3Code"))


def _place(name: str, *more: str) -> tuple[str, ...]:
    return tuple(f"{name}Geo_{part}" for part in ("Type", "FullName", "CountryCode", "ADM1Code", *more, "Lat", "Long",
                                                  "FeatureID"))


def _events(*more: str) -> tuple[str, ...]:
    """The columns of GDELT's table of events; the second version has a code more for each place."""
    return ("GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate", *_actor("Actor1"), *_actor("Actor2"),
            "IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass", "GoldsteinScale", "NumMentions",
            "NumSources", "NumArticles", "AvgTone", *_place("Actor1", *more), *_place("Actor2", *more),
            *_place("Action", *more), "DATEADDED", "SOURCEURL")


GDELT = Map({"date": "SQLDATE", "title": "Actor1Name+EventRootCode+Actor2Name+ActionGeo_FullName", "url": "SOURCEURL"},
            (_events("ADM2Code"), _events()), {"EventRootCode": _ROOTS})
"""GDELT's table of events, of either version, with a first row or without; the source is the host of the address."""


def read_gdelt(data: bytes, chosen: Map) -> tuple[Clippings, list[Flaw]]:
    """Read GDELT's events; the host of the article is the source, since nothing else names one."""
    found, flaws = read_clippings(data, chosen, "GDELT")
    rows = tuple(each if each.source else replace(each, source=host_of(each.url)) for each in found.clippings)
    return Clippings(found.kind, rows, {"source": "the host of SOURCEURL", **found.taken_from}), flaws
