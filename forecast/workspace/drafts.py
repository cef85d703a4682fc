"""Rows of a table as drafts in evidence/drafts/, which forecasts ignore; nothing in a row is bent, lost or invented."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from forecast.core.errors import ForecastError, InputError, Problem
from forecast.core.scalars import Refused
from forecast.core.text import counted
from forecast.records.evidence import Group, Source
from forecast.records.types import parsed_day
from forecast.workspace.csv_tables import Flaw, Row, Table, read_table
from forecast.workspace.editing import entered, writing
from forecast.workspace.files import DRAFTS, contents
from forecast.workspace.loader import Workspace
from forecast.workspace.writing import exchange
from forecast.workspace.yaml_writer import entry

_LONGEST_ID = 60
_HEADER = "# Drafts: give each an encoding and a rationale, then move it to an evidence file.\n\n"
_FIELDS = ("date", "statement", "source", "url", "credibility", "group", "note", "rationale")
"""Columns that are fields of an item, or become one; the cells of others go into the note."""


@dataclass(frozen=True)
class Imported:
    """What an import made."""

    path: str
    """The file of drafts, relative to the workspace."""
    count: int
    noted: tuple[str, ...]
    """Columns that are no fields, whose cells were put into the notes."""

    def __str__(self) -> str:
        said = (f"{self.path}: {counted(self.count, 'draft')}; give each an encoding and a rationale, and move it to "
                "an evidence file")
        if self.noted:
            said += f"\nin the notes: {', '.join(self.noted)}"
        return said


def import_drafts(workspace: Workspace, path: Path, today: date) -> Imported:
    """Turn a CSV into drafts; it needs the columns date and statement.

    Raises
    ------
    ForecastError
        With everything that is wrong in the table, or if its drafts are there already.
    """
    try:
        table = read_table(contents(path), ("date", "statement"))
    except Refused as error:
        table = Table(flaws=[Flaw(error.line, "", str(error))])
    made = list(_Drafts(workspace, table, today).entries())
    if not made and not table.flaws:
        table.flaws.append(Flaw(1, "", "has no rows; write one for each draft"))
    if table.flaws:
        raise InputError(Problem(str(path), line, column, what) for line, column, what in table.flaws)
    target = f"{DRAFTS}{_file_name(path.stem)}.yaml"
    with writing(workspace.root):
        if os.path.lexists(workspace.root / target):
            raise ForecastError(f"{target}: is there already; move it away, or finish those drafts first")
        exchange(workspace.root, {target: None}, {target: (_HEADER + "\n".join(made)).encode()})
    return Imported(target, len(made), tuple(name for name in table.columns if name and name not in _FIELDS))


class _Drafts:
    """The drafts of one table: their ids, and those of their sources, are told apart."""

    def __init__(self, workspace: Workspace, table: Table, today: date) -> None:
        self.table = table
        self.today = today
        self.ids = _Names([*(item.id for item in workspace.items), *(each.id for each in workspace.indicators)])
        self.groups = _by_name(workspace.groups)
        self.known = _by_name(workspace.sources)
        self.sources = dict(self.known)
        """Ids of sources by their names, those that are new here among them."""
        self.source_ids = _Names(source.id for source in workspace.sources)

    def entries(self) -> Iterator[str]:
        for row in self.table.rows:
            try:
                wrong = list(_wrong_with_draft(row))
                for column, what in wrong:
                    self.table.refuse(row.line, column, what)
            except Refused as error:
                self.table.flaws.append(Flaw(error.line, "", str(error)))
                return
            if not wrong:
                yield entry(self._fields(row))

    def _fields(self, row: Row) -> dict[str, Any]:
        day, title = date.fromisoformat(row.get("date")), row.get("statement")
        source, group, credibility = row.get("source"), row.get("group"), row.get("credibility")
        notes = [row.get("note")] if row.get("note") else []
        if source and _folded(source) not in self.known:
            notes.append(f"Source: {source}")
        if group and _folded(group) not in self.groups:
            notes.append(f"Group: {group}")
        notes += [f"{name}: {cell}" for name, cell in row.cells.items() if cell and name not in _FIELDS]
        return {
            "id": self.ids.free(slug(title) or "draft"), "title": title, "date": day,
            "recorded": entered(day, self.today), "source": self._source(source) if source else None,
            "credibility": int(credibility) if credibility else None, "group": self.groups.get(_folded(group)),
            "url": row.get("url") or None, "note": "\n".join(notes) + "\n" if notes else None,
            "rationale": row.get("rationale") + "\n" if row.get("rationale") else None}

    def _source(self, name: str) -> str:
        """The id of a source: that of the one which has the name, or a new one for each name."""
        key = _folded(name)
        if key not in self.sources:
            self.sources[key] = self.source_ids.free(slug(name) or "source")
        return self.sources[key]


def _wrong_with_draft(row: Row) -> Iterator[tuple[str, str]]:
    if parsed_day(row.get("date")) is None:
        yield "date", f"{row.get('date')[:40] or 'an empty cell'} is not a date; write YYYY-MM-DD"
    if not row.get("statement"):
        yield "statement", "is empty; write what became public"
    if row.get("credibility") not in ("", *"123456"):
        yield "credibility", f"{row.get('credibility')[:40]} is not a credibility; write 1 to 6, or leave it empty"


class _Names:
    """Names that are taken, and the next number for each."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self.last: dict[str, int] = {}

    def free(self, name: str) -> str:
        """The name, or the first of name-2, name-3, … that is free; it is taken then."""
        candidate, number = name, self.last.get(name, 1)
        while candidate in self.taken:
            number += 1
            candidate = f"{name[:_LONGEST_ID - 1 - len(str(number))].rstrip('-')}-{number}"
        self.last[name] = number
        self.taken.add(candidate)
        return candidate


def _by_name(records: Sequence[Source] | Sequence[Group]) -> dict[str, str]:
    """Ids of records by their names and by themselves, which have the last word."""
    return {_folded(each.name): each.id for each in records} | {each.id: each.id for each in records}


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def slug(text: str) -> str:
    """What of a text may stand in an id; empty if nothing may."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_ID].rstrip("-")


def _file_name(stem: str) -> str:
    """A name for the drafts of a table: its own, in plain letters where that loses nothing."""
    if stem.isascii() and slug(stem):
        return slug(stem)
    return "".join(sign if sign.isprintable() else "-" for sign in stem).strip(" .") or "drafts"
