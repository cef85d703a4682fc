"""What the desk may write, once it is confirmed: a new scenario, or changes to the files with their comments kept."""

from __future__ import annotations

import io
import re
from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, unified_diff
from pathlib import Path
from typing import Any

from forecast.core.errors import ForecastError
from forecast.desk.edits import written
from forecast.records.case import Case
from forecast.records.evidence import ENCODINGS
from forecast.records.scenario import Scenario, apply
from forecast.workspace.archive import write_file
from forecast.workspace.editing import propose
from forecast.workspace.files import SCENARIOS, Folder
from forecast.workspace.loader import Workspace, load_texts

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
Edit = tuple[tuple[str | int, ...], Mapping[str, Any]]
"""Where a record stands in its file, and its new fields."""

_HEADER = "# yaml-language-server: $schema=../../.schemas/scenario.json\n"


@dataclass(frozen=True)
class Proposal:
    """Files as they would be; the gate accepts the workspace with them in it, and nothing is written yet."""

    root: Path
    before: Mapping[str, bytes | None]
    after: Mapping[str, bytes]
    left_out: tuple[str, ...] = ()
    """What is on the desk and does not go into the files."""

    @property
    def diff(self) -> str:
        """The unified diff."""
        return "".join(line for path, content in self.after.items()
                       for line in unified_diff((self.before[path] or b"").decode().splitlines(keepends=True),
                                                content.decode().splitlines(keepends=True), path, path))

    def write(self) -> None:
        """Write the files; raises `ForecastError` if one was changed since it was proposed."""
        for path, content in self.before.items():
            if _read(self.root, path) != content:
                raise ForecastError(f"{path}: was changed since; look at the proposal again")
        for path, content in self.after.items():
            write_file(self.root / path, content)


def scenario_file(workspace: Workspace, base: Case, scenario: Scenario, file: str, name: str,
                  story: str) -> Proposal:
    """A scenario as a new file in evidence/scenarios/, which reads back as exactly the case on the desk.

    Raises
    ------
    ForecastError
        If the file name does not fit or is taken, the scenario changes nothing, or the gate refuses it.
    """
    path = f"{SCENARIOS}{file}.yaml"
    if not _NAME.fullmatch(file):
        raise ForecastError(f"{file or '(no name)'}: no name for a file; write small letters, digits and hyphens")
    if _read(workspace.root, path) is not None:
        raise ForecastError(f"{path}: is there already; take another name")
    changes = _changes(scenario)
    if not changes:
        raise ForecastError("nothing is changed; a scenario needs a change to be one")
    text = _HEADER + _dumped({"name": name, "story": story.strip() + "\n" if story.strip() else None} | changes)
    checked = _checked(workspace.root, {path: text.encode()})
    if apply(base, checked.scenarios[file]) != apply(base, scenario):
        raise ForecastError(f"{path}: would not be read back as what is on the desk; nothing is written")
    return Proposal(workspace.root, {path: None}, {path: text.encode()})


def change_of_files(workspace: Workspace, base: Case, scenario: Scenario) -> Proposal:
    """The changes on the desk as changes of the evidence and the priors themselves, comments kept.

    Items that are switched off stay in the files, and a date is nothing that files state: both are left out.

    Raises
    ------
    ForecastError
        If there is nothing to write, or the gate refuses it.
    """
    texts = _edited(workspace, scenario)
    for fields in scenario.add:
        known = replace(workspace, inputs={**workspace.inputs, **texts})
        indicator = fields["id"] if fields["id"] in {each.id for each in workspace.indicators} else None
        texts |= propose(known, fields, without=indicator).files
    texts = {path: text for path, text in texts.items() if workspace.inputs.get(path) != text}
    if not texts:
        raise ForecastError("nothing on the desk belongs into the files: " + ("; ".join(_left_out(scenario))
                                                                            or "nothing is changed"))
    checked = _checked(workspace.root, texts)
    wanted = apply(base, scenario.model_copy(update={"drop": (), "as_of": None}))
    if checked.case(base.as_of).items != wanted.items or checked.question != wanted.question:
        raise ForecastError("the files would not be read back as what is on the desk; nothing is written")
    return Proposal(workspace.root, {path: _read(workspace.root, path) for path in texts}, texts,
                    tuple(_left_out(scenario)))


def _left_out(scenario: Scenario) -> Iterable[str]:
    if scenario.drop:
        yield (f"{', '.join(scenario.drop)} switched off: an item stays in its file; "
               "if it was taken back, write retracted: DATE there")
    if scenario.as_of:
        yield f"the as-of date {scenario.as_of}, which is an option of the commands"


def _changes(scenario: Scenario) -> dict[str, Any]:
    """Everything that a scenario changes, in the order of the file format."""
    fields = {name: written(getattr(scenario, name)) for name in ("as_of", "question", "sources", "groups", "revise",
                                                                   "drop", "add")}
    return {name: value for name, value in fields.items() if value}


def _checked(root: Path, texts: Mapping[str, bytes]) -> Workspace:
    """The workspace as it would be; the gate reads everything that is on disk now."""
    return load_texts(ChainMap(dict(texts), Folder(root)))  # type: ignore[arg-type]


def _read(root: Path, path: str) -> bytes | None:
    return (root / path).read_bytes() if (root / path).is_file() else None


def _edited(workspace: Workspace, scenario: Scenario) -> dict[str, bytes]:
    """The files of revised records with the new values in the places of the old ones."""
    edits: dict[str, list[Edit]] = {}
    records = [(kind, name, fields) for kind, part in (("item", "revise"), ("source", "sources"), ("group", "groups"))
               for name, fields in getattr(scenario, part).items()]
    if scenario.question:
        records.append(("question", workspace.question.id, scenario.question))
    for kind, name, fields in records:
        place = workspace.places[kind, name]
        edits.setdefault(place.file, []).append((place.path, written(fields)))

    return {file: _spliced(workspace.inputs[file].decode(), changes).encode() for file, changes in edits.items()}


def _set(record: Any, fields: Mapping[str, Any]) -> None:
    """Replace fields of a record where they stand; another encoding takes the place of the old one."""
    old = next((name for name in record if name in ENCODINGS), None)
    new = next((name for name in fields if name in ENCODINGS and fields[name] is not None), None)
    if old and new and old != new:
        place = list(record).index(old)
        del record[old]
        record.insert(place, new, _flow(fields[new]))
    for name, value in fields.items():
        if value is None:
            record.pop(name, None)
        elif name not in record and "rationale" in record:
            record.insert(list(record).index("rationale"), name, _flow(value))
        elif record.get(name) != value:
            _replace(record, name, value)


def _replace(record: Any, name: str | int, value: Any) -> None:
    """Put a value in the place of another; what stays the same inside keeps its look and its comments."""
    old = record[name] if not isinstance(record, dict) or name in record else None
    if isinstance(old, dict) and isinstance(value, dict) and old.keys() == value.keys():
        for key in value:
            if old[key] != value[key]:
                _replace(old, key, value[key])
    elif isinstance(old, list) and isinstance(value, list) and len(old) == len(value):
        for index, entry in enumerate(value):
            if old[index] != entry:
                _replace(old, index, entry)
    else:
        record[name] = _flow(value)


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10**6
    return yaml


def _flow(value: Any) -> Any:
    """Lists and mappings on one line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, list):
        sequence = CommentedSeq(map(_flow, value))
        sequence.fa.set_flow_style()
        return sequence
    if isinstance(value, dict):
        mapping = CommentedMap((name, _flow(entry)) for name, entry in value.items())
        mapping.fa.set_flow_style()
        return mapping
    return value


def _spliced(text: str, edits: Sequence[Edit]) -> str:
    """A file after edits, every line that they do not touch exactly as it was."""
    plain, changed = _round_trip(text, ()), _round_trip(text, edits)
    lines = text.splitlines(keepends=True)
    if len(plain) != len(lines):
        return "".join(changed)
    result: list[str] = []
    for kind, i, j, k, m in SequenceMatcher(None, plain, changed, autojunk=False).get_opcodes():
        if kind == "equal":
            result += lines[i:j]
        else:
            near = min(i, len(lines) - 1)
            indent = _indent(lines[near]) - _indent(plain[near])
            result += [" " * indent + line if indent > 0 else line for line in changed[k:m]]
    return "".join(result)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _round_trip(text: str, edits: Sequence[Edit]) -> list[str]:
    yaml, stream = _yaml(), io.StringIO()
    document = yaml.load(text)
    for path, fields in edits:
        record = document
        for step in path:
            record = record[step]
        _set(record, fields)
    yaml.dump(document, stream)
    return stream.getvalue().splitlines(keepends=True)


def _dumped(fields: Mapping[str, Any]) -> str:
    """A mapping in block style; what is short stands on one line, texts of several lines in block scalars."""
    stream = io.StringIO()
    _yaml().dump({name: _styled(value) for name, value in fields.items() if value is not None}, stream)
    return stream.getvalue()


def _styled(value: Any) -> Any:
    from ruamel.yaml.scalarstring import LiteralScalarString

    if isinstance(value, str):
        return LiteralScalarString(value) if "\n" in value else value
    if len(repr(value)) <= 100 and "\\n" not in repr(value):
        return _flow(value)
    if isinstance(value, dict):
        return {name: _styled(entry) for name, entry in value.items()}
    return [_styled(entry) for entry in value] if isinstance(value, list) else value
