"""The one way to change the files of a workspace: proposed, checked by the gate, shown, and written under a lock.

Whatever a change does not mean stays as it was, byte for byte, or the change is refused in words.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from difflib import unified_diff
from pathlib import Path
from typing import Any

from forecast.core.errors import ForecastError, InputError, did_you_mean
from forecast.records.case import Case
from forecast.records.evidence import Indicator, Item
from forecast.records.types import Steps
from forecast.workspace.files import EVIDENCE, INDICATORS, Folder
from forecast.workspace.loader import Workspace, load, load_texts
from forecast.workspace.writing import ChangedError, exchange, locked, refuse_changed
from forecast.workspace.yaml.reader import read
from forecast.workspace.yaml.splicing import Fields, UnspliceableError, with_entry, with_fields, without_entry
from forecast.workspace.yaml.writer import entry, written

Files = Mapping[str, bytes]

_MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True)
class Proposal:
    """Files as they would be; the gate accepts the workspace with them in it, and nothing is written yet."""

    workspace: Workspace
    """The workspace as it would be."""
    before: Mapping[str, bytes | None]
    """What each file holds now, by path; None if there is none."""
    after: Files
    left_out: tuple[str, ...] = ()
    """What was asked for and does not go into the files."""
    made_from: tuple[Path, ...] = ()
    """Files elsewhere that they are made from."""

    @property
    def diff(self) -> str:
        """The unified diff."""
        return "".join(line for path, content in self.after.items()
                       for line in unified_diff((self.before[path] or b"").decode().splitlines(keepends=True),
                                                content.decode().splitlines(keepends=True), path, path))

    def write(self) -> None:
        """Write all files or none; raises `ChangedError` if one was changed since it was proposed."""
        root = self.workspace.root
        with writing(root):
            refuse_changed(root, self.before)
            checked(root, self.after)
            made_from = [*(root / path for path in self.before), *self.made_from]
            exchange(root, self.before, self.after, dict.fromkeys(self.after, made_from))


def writing(root: Path) -> AbstractContextManager[None]:
    """Let one process at a time change what analysts write; others wait."""
    return locked(root / "priors")


def checked(root: Path, after: Files) -> Workspace:
    """The workspace as it would be; the gate reads everything that is on disk now."""
    return replace(load_texts(ChainMap(dict(after), Folder(root))), root=root)  # type: ignore[arg-type]


def proposal(workspace: Workspace, after: Files, left_out: Sequence[str] = ()) -> Proposal:
    """Propose other contents for files of a workspace.

    Raises `InputError` with the problems that the workspace would have.
    """
    before = {path: workspace.inputs.get(path) for path in after}
    return Proposal(checked(workspace.root, after), before, after, tuple(left_out))


def propose(workspace: Workspace, fields: Fields, *, without: str | None = None) -> Proposal:
    """Add an item at the end of the evidence file of its month, and nothing else to that file.

    It may take the place of the indicator with the id `without`, whose comments go with it. Raises `ForecastError` if
    the item or the workspace with it would be wrong.
    """
    name = fields["id"]
    if ("item", name) in workspace.places:
        place = workspace.places["item", name]
        raise ForecastError(f"{name}: is an item already, in {place.file}:{place.line('id')}; write another id")
    after = with_item(workspace, workspace.inputs, fields, without=without)
    try:
        return proposal(workspace, after)
    except InputError as error:
        raise _in_the_item(error, name, after) from None


def _in_the_item(error: InputError, name: str, after: Files) -> ForecastError:
    """The problems of a new item without the places that they would have; others as they are."""
    path, *_ = after
    document = read(after[path])
    first = document.line((len(document.value) - 1,))
    own = [problem for problem in error.problems if problem.file == path and problem.line >= first]
    if len(own) < len(error.problems):
        return error
    told = ((name, problem.field.partition(".")[2], problem.what) for problem in own)
    return ForecastError("\n".join(": ".join(filter(None, parts)) for parts in told))


def write_item(workspace: Workspace, fields: Fields, *, without: str | None = None) -> Proposal:
    """Add an item to the files as they are by now, whoever changed them since the workspace was loaded.

    Raises `ForecastError` if it no longer fits, or the indicator that it replaces is no longer what it was.
    """
    root = workspace.root
    with writing(root):
        now = load(root)
        if without is not None and _indicator(now, without) != _indicator(workspace, without):
            raise ChangedError(f"{without}: was changed since in {INDICATORS}; run the command again")
        made = propose(now, fields, without=without)
        made_from = [root / path for path in made.before]
        exchange(root, made.before, made.after, dict.fromkeys(made.after, made_from))
    return made


def _indicator(workspace: Workspace, name: str) -> Indicator | None:
    return next((indicator for indicator in workspace.indicators if indicator.id == name), None)


def in_order(fields: Fields) -> dict[str, Any]:
    """The fields of an item in the order in which a file has them."""
    return {name: fields[name] for name in (*Item.model_fields, *fields) if name in fields}


def schema_line(workspace: Workspace, path: str, kind: str) -> str:
    """The first line of a new file, which names its schema to editors; nothing where that schema is not."""
    schema = f".schemas/{kind}.json"
    if not (workspace.root / schema).is_file():
        return ""
    return f"# yaml-language-server: $schema={'../' * path.count('/')}{schema}\n"


def with_item(workspace: Workspace, files: Files, fields: Fields, *, without: str | None = None) -> dict[str, bytes]:
    """Contents of the files that change if an item is added, and an indicator taken out; the item's file first."""
    fields = in_order(fields)
    changed: dict[str, bytes] = {}
    comments: list[str] = []
    if without is not None:
        before = files[INDICATORS]
        index = [entry["id"] for entry in read(before).value].index(without)
        with _in_file(INDICATORS):
            changed[INDICATORS], comments = without_entry(before, index)
    for path in _months(str(fields["date"])):
        with _in_file(path):
            head = schema_line(workspace, path, "evidence")
            begun = "\n".join((*filter(None, (head,)), *comments, entry(fields)))
            content = with_entry(files[path], fields, comments) if path in files else begun.encode()
        if content is not None:
            return {path: content, **changed}
    raise AssertionError("some file of the month is free")


def _months(day: str) -> Iterator[str]:
    """The evidence file of a month, and those that take its items where that one has no list to add to."""
    month = day[:7]
    if _MONTH.fullmatch(month) is None:
        raise ForecastError(f"{day} is not a date; write YYYY-MM-DD")
    yield f"{EVIDENCE}{month}.yaml"
    yield from (f"{EVIDENCE}{month}-{number}.yaml" for number in range(2, 1000))


@contextmanager
def _in_file(path: str) -> Iterator[None]:
    """Name the file in which a text could not be changed."""
    try:
        yield
    except UnspliceableError as error:
        raise ForecastError(f"{path}:{error.line}: {error}") from None


def with_records(files: Files, edits: Mapping[str, Sequence[tuple[Steps, Fields]]]) -> dict[str, bytes]:
    """Contents of files in which some fields of some records have other values, by path."""
    changed = {}
    for path, each in edits.items():
        with _in_file(path):
            changed[path] = with_fields(files[path], each)
    return changed


def from_indicator(case: Case, name: str, seen: bool, day: date) -> dict[str, Any]:
    """Fields of the item that an indicator becomes when it is seen, or when its date has passed.

    What `watch` said of either outcome is what the item does on its date. So one with a source that was not seen says
    `fact`: its values spoke of the thing, and the source is discounted.
    """
    found: dict[str, Indicator] = {indicator.id: indicator for indicator in case.indicators}
    if name not in found:
        raise ForecastError(f"{name}: no such indicator; "
                            f"{did_you_mean(name, found) if found else f'{INDICATORS} has none yet'}")
    stated = written(found[name])
    fields: dict[str, Any] = {"id": name, "title": stated["title"], "date": day}
    fields["probability"] = stated["probability"]
    if not seen:
        fields["seen"] = False
        if "source" in stated:
            fields["says"] = "fact"
    for field, value in stated.items():
        if field not in ("by", "rationale"):
            fields.setdefault(field, value)
    return fields | {"rationale": stated["rationale"]}


def entered(day: date, today: date) -> date | None:
    """What `recorded` says of an item that is entered today; nothing if it is dated later than that."""
    return today if day <= today else None
