"""New workspaces, new items and drafts: files are written only when the gate accepts the workspace with them in it."""

from __future__ import annotations

import codecs
import csv
import io
import re
import shutil
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import yaml

from forecast.core.errors import ForecastError, did_you_mean
from forecast.core.scalars import Refused, decoded
from forecast.records.case import Case
from forecast.records.evidence import Indicator
from forecast.records.json_schema import schemas
from forecast.records.types import NEVER, parsed_day, shown
from forecast.workspace.archive import write_file
from forecast.workspace.files import contents
from forecast.workspace.loader import Workspace, load, load_texts

_TEMPLATE = ("priors/question.yaml", "priors/sources.yaml", "priors/groups.yaml", "evidence/items.yaml",
             "evidence/indicators.yaml")
_HEADER = "# yaml-language-server: $schema=../.schemas/evidence.json\n"
_LONGEST_ID = 60


def init(folder: Path, today: date) -> Workspace:
    """Make a fresh workspace of a toy question that opens today and runs for half a year.

    Raises
    ------
    ForecastError
        If the folder is there and not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ForecastError(f"{folder}: is there and not empty; name a new folder")
    try:
        _fill(folder, today)
    except (ForecastError, OSError):
        for made in folder.glob("*/"):  # it was empty before
            shutil.rmtree(made, ignore_errors=True)
        raise
    return load(folder)


def _fill(folder: Path, today: date) -> None:
    dates = {"opens": today, "horizon": today + timedelta(weeks=26), "key_date": today + timedelta(weeks=8)}
    template = files("forecast.workspace") / "template"
    for name in _TEMPLATE:
        text = Template((template / name).read_text(encoding="utf-8")).substitute(dates)
        write_file(folder / name, text.encode())
    write_schemas(folder / ".schemas")
    (folder / "reports").mkdir()


def write_schemas(folder: Path) -> None:
    """Write the JSON Schemas to which the first line of each file points."""
    from forecast.report.document import dumps

    for name, content in schemas().items():
        write_file(folder / f"{name}.json", dumps(content).encode())


@dataclass(frozen=True)
class Proposal:
    """Files as they would be with something added, checked by the gate but not yet written."""

    workspace: Workspace
    files: Mapping[str, bytes]

    def write(self) -> None:
        """Write the files that differ."""
        for path, content in self.files.items():
            write_file(self.workspace.root / path, content)


def friday(day: date) -> date:
    """The Friday on or after a day."""
    return day + min(timedelta(days=(4 - day.weekday()) % 7), date.max - day)


def propose(workspace: Workspace, fields: Mapping[str, Any], *, without: str | None = None) -> Proposal:
    """Add an item at the end of the evidence file of its month, comments and order of the file kept.

    Parameters
    ----------
    workspace : Workspace
        The workspace as it is.
    fields : Mapping
        The item's fields, as a file would state them.
    without : str, optional
        Id of an indicator that the item replaces.

    Raises
    ------
    InputError
        With the problems that the workspace would have.
    """
    changed = {}
    path = f"evidence/{str(fields['date'])[:7]}.yaml"
    before = workspace.inputs.get(path, _HEADER.encode()).decode()
    if not re.search(r"^- ", before, re.MULTILINE) and path in workspace.inputs:
        path, before = f"evidence/{fields['id']}.yaml", _HEADER
    changed[path] = f"{before.rstrip()}\n\n{_entry(fields)}".encode()
    if without is not None:
        source = "evidence/indicators.yaml"
        changed[source] = _without_entry(workspace.inputs[source].decode(), without).encode()
    checked = load_texts({**workspace.inputs, **changed})
    return Proposal(replace(checked, root=workspace.root), changed)


def _entry(fields: Mapping[str, Any]) -> str:
    """One entry of a list of items, prose in block scalars and estimates on one line."""
    lines = []
    for name, value in fields.items():
        if name in ("rationale", "note") and value:
            body = "".join(f"    {line}".rstrip() + "\n" for line in str(value).strip().splitlines())
            lines.append(f"  {name}: |\n{body}")
        elif value is not None:
            flow = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False)
            lines.append(f"  {name}: {flow.removesuffix('...' + chr(10)).rstrip()}\n")
    return "- " + "".join(lines).removeprefix("  ")


def _without_entry(text: str, name: str) -> str:
    """A list of entries in block style without the one that has an id; its comments go with it."""
    parts = re.split(r"^(?=- )", text, flags=re.MULTILINE)
    kept = [part for part in parts if not re.match(rf"- (?:\{{\s*)?id: {re.escape(name)}\b(?!-)", part)]
    if len(kept) == len(parts):
        raise ForecastError(f"{name}: its entry in evidence/indicators.yaml could not be singled out; "
                            "begin it with “- id:” or take it out by hand")
    return "".join(kept) if len(kept) > 1 else "".join(kept).rstrip() + "\n[]\n"


def from_indicator(case: Case, name: str, seen: bool, day: date) -> dict[str, Any]:
    """Fields of the item that an indicator becomes when it is seen, or when its date has passed."""
    found: dict[str, Indicator] = {indicator.id: indicator for indicator in case.indicators}
    if name not in found:
        raise ForecastError(f"{name}: no such indicator; {did_you_mean(name, found)}")
    indicator = found[name]
    given = indicator.model_fields_set
    fields: dict[str, Any] = {"id": indicator.id, "title": indicator.title, "date": day}
    fields["probability"] = {hypothesis: _written(value) for hypothesis, value in indicator.probability.items()}
    if not seen:
        fields["seen"] = False
    if indicator.half_life is not None:
        fields["half_life"] = "never" if indicator.half_life == NEVER else f"{indicator.half_life * 7:.10g}d"
    if "window" in given and indicator.window is not None:
        fields["window"] = list(indicator.window)
    fields["rationale"] = indicator.rationale
    return fields


def _written(value: Any) -> Any:
    return value.stated if value.bare else [value.low, value.stated, value.high]


def drafts(workspace: Workspace, table: Path) -> tuple[str, int]:
    """Turn a CSV with the columns date, statement, source and url into drafts, which forecasts ignore.

    Returns
    -------
    path, count
        The draft file, relative to the workspace, and how many drafts it holds.
    """
    rows = _rows(table)
    wanted = {"date", "statement"}
    if not rows or not wanted <= set(rows[0][1]):
        raise ForecastError(f"{table}:1: needs the columns date and statement, and may have source and url; "
                            f"it has {', '.join(map(str, rows[0][1])) if rows else 'no rows'}")
    taken = {item.id for item in workspace.items}
    entries = []
    for line, row in rows:
        day = parsed_day((row["date"] or "").strip())
        if day is None:
            raise ForecastError(f"{table}:{line}: date: {shown(row['date'])} is no date; write YYYY-MM-DD")
        name = _free(_slug(row["statement"] or "draft"), taken)
        taken.add(name)
        entries.append(_entry({
            "id": name, "title": (row["statement"] or "").strip() or name, "date": day, "recorded": friday(day),
            "source": _slug(row.get("source") or "unknown"), "url": (row.get("url") or "").strip() or None}))
    path = f"evidence/drafts/{_slug(table.stem)}.yaml"
    if (workspace.root / path).exists():
        raise ForecastError(f"{path}: is there already; move it away, or finish those drafts first")
    header = "# Drafts: give each an encoding and a rationale, then move it to an evidence file.\n\n"
    write_file(workspace.root / path, (header + "\n".join(entries)).encode())
    return path, len(entries)


def _rows(table: Path) -> list[tuple[int, dict[str, str | None]]]:
    """Each row of a table by its columns, with the line on which it ends."""
    try:
        text = decoded(contents(table).removeprefix(codecs.BOM_UTF8))
    except Refused as error:
        raise ForecastError(f"{table}:{error.line}: {error}") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise ForecastError(f"{table}:{reader.line_num}: is no CSV: {error}; write cells separated by commas") from None


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_ID].rstrip("-") or "draft"


def _free(name: str, taken: set[str]) -> str:
    """The name, or the first of name-2, name-3, … that is free."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name[:_LONGEST_ID - 4]}-{number}"
    return candidate
