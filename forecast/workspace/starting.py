"""A fresh workspace of a toy question, and the JSON Schemas to which the first lines of files point."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from string import Template

from forecast.core.errors import ForecastError, InputError
from forecast.core.scalars import is_blank, unwritable
from forecast.records.json_schema import Schema, schemas
from forecast.workspace.imports.drafts import slug
from forecast.workspace.loader import Workspace, load
from forecast.workspace.writing import SCRATCH, named, refuse_read, write_file
from forecast.workspace.yaml.writer import inline

_FILES = {"toy": ("priors/question.yaml", "priors/sources.yaml", "priors/groups.yaml", "evidence/items.yaml",
                  "evidence/indicators.yaml"),
          "own": ("priors/question.yaml", "priors/sources.yaml")}
"""What is made of the toy and, without its evidence, of somebody's own question."""
_TITLE = "Will the drivers of the city call an open-ended strike?"
_AS_THEY_ARE = "reports/** -text\narchive/** -text\n*.log.jsonl -text\n"
"""What Git is to leave as it is, for it is known by its hash: other ends of lines would be a change."""
_KEY_DATE = timedelta(weeks=8)
_LENGTH = timedelta(weeks=26)


def init(folder: Path, today: date, title: str | None = None, opens: date | None = None,
         horizon: date | None = None) -> Workspace:
    """Make a fresh workspace, whole or not at all; the name of its folder becomes the id of the question.

    The question is a toy or, if there is a title, that one, with placeholders and without evidence. It opens today,
    unless `opens` names another day, and ends after half a year, unless `horizon` does. Raises `ForecastError` if the
    folder is there and not empty, or a day does not fit.
    """
    first = opens or today
    last = horizon or first + min(_LENGTH, date.max - first)
    if last <= first:
        raise ForecastError(f"--horizon {last} is not after --opens {first}; write a later day")
    if title is not None and is_blank(title):
        raise ForecastError("--title is empty; write what is asked")
    if title is not None and (what := unwritable(title)) is not None:
        raise ForecastError(f"--title {title}: {what}")
    with named(folder):
        refuse_read(folder)
        _refuse_taken(folder, *(folder.iterdir() if folder.is_dir() else [folder]))
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=folder.parent))
    try:
        with named(folder):
            _fill(scratch, "own" if title else "toy", {
                "id": inline(slug(folder.resolve().name) or "my-question"), "title": inline(title or _TITLE),
                "opens": first, "horizon": last, "key_date": first + min(_KEY_DATE, last - first),
                "weeks": ", ".join(f"{(last - first).days / 7 * part:.4g}" for part in (0.25, 0.5, 0.75))})
        _check(scratch)
        with named(folder):
            _move(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return load(folder)


def _check(folder: Path) -> None:
    try:
        load(folder)
    except InputError as error:
        raise ForecastError("; ".join(f"{problem.field}: {problem.what}" for problem in error.problems)) from None


def _fill(folder: Path, kind: str, values: dict[str, object]) -> None:
    template = files("forecast.workspace") / "template" / kind
    for name in _FILES[kind]:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(Template((template / name).read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
    write_schemas(folder / ".schemas")
    (folder / ".gitignore").write_text(f".lock\n{SCRATCH}*\n", encoding="utf-8")
    (folder / ".gitattributes").write_text(_AS_THEY_ARE, encoding="utf-8")
    for name in ("evidence", "reports"):
        (folder / name).mkdir(exist_ok=True)


def _move(scratch: Path, folder: Path) -> None:
    """Move what was made to its place; of two that make it at once, the second takes nothing from the first."""
    folder.mkdir(exist_ok=True)
    moved: list[Path] = []
    try:
        for part in sorted(scratch.iterdir()):
            target = folder / part.name
            _refuse_taken(folder, target)
            part.rename(target)
            moved.append(target)
    except (ForecastError, OSError):
        for target in moved:
            with suppress(OSError):
                target.rename(scratch / target.name)
        raise


def _refuse_taken(folder: Path, *places: Path) -> None:
    if any(os.path.lexists(place) for place in places):
        raise ForecastError(f"{folder}: holds files already; name a new folder")


def write_schemas(folder: Path) -> list[Path]:
    """Write the JSON Schemas by which an editor completes and checks; says which files they are.

    Raises `ForecastError` if something else has the name of one of them.
    """
    refuse_read(folder)
    written = {folder / f"{name}.json": schema for name, schema in schemas().items()}
    for path, schema in written.items():
        with named(path):
            if os.path.lexists(path) and not _is_schema(path, schema):
                raise ForecastError(f"{path}: is there and is not such a schema; name another folder, or move it away")
    for path, schema in written.items():
        write_file(path, (json.dumps(schema, ensure_ascii=False, indent=1) + "\n").encode())
    return list(written)


def _is_schema(path: Path, schema: Schema) -> bool:
    """Whether a file is an earlier version of a schema."""
    if path.is_symlink() or not path.is_file():
        return False
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and (found.get("$schema"), found.get("title")) == (schema["$schema"],
                                                                                       schema["title"])
