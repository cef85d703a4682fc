"""The stored reports of several workspaces, written as one Hubverse hub."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from forecast.cli.reports import read_reports
from forecast.core.errors import ForecastError
from forecast.core.text import counted
from forecast.evaluation.batch import distinct, open_all
from forecast.records.question import Hub
from forecast.report.hub import Entry, joint_hub_files, joint_title, model_name, of_question
from forecast.workspace.loader import Workspace
from forecast.workspace.writing import exchange, locked, named, refuse_read

_BESIDE = {"README.md", "LICENSE"}
"""Files that a new hub may have beside it."""


def write_hub(folder: Path, paths: Sequence[Path]) -> str:
    """Write all stored reports of some workspaces as one hub, whole or not at all; says what it did.

    Raises `ForecastError` if the questions do not fit into one hub, a report was changed, or something else is in the
    folder.
    """
    refuse_read(folder)
    folders = distinct(paths)
    workspaces = dict(zip(folders, open_all(folders), strict=True))
    hub, entries = _shared_hub(workspaces), list(_entries(workspaces))
    files = {path: text.encode() for path, text in joint_hub_files(entries, hub).items()}
    root = Path(os.path.abspath(folder))  # noqa: PTH100  links stay in it
    _refuse_others(folder, hub, files)
    with locked(root), named(root):
        there = {path: (root / path).read_bytes() if (root / path).exists() else None for path in files}
        changed = [path for path, content in files.items() if there[path] != content]
        exchange(root, {path: there[path] for path in changed}, {path: files[path] for path in changed})
    reports = counted(sum(len(entry.documents) for entry in entries), "report")
    told = f"{folder}: {counted(len(entries), 'question')}, {reports}: {'written' if changed else 'unchanged'}"
    if hub.repository is None:
        told += ("; Hubverse wants to know where the hub is on GitHub: write repository: owner/name beside team and "
                 "model in each question")
    return told


def _shared_hub(workspaces: Mapping[Path, Workspace]) -> Hub:
    """The hub that all questions name."""
    found: dict[Path, Hub] = {}
    for path, workspace in workspaces.items():
        question = workspace.question
        if question.hub is None:
            raise ForecastError(f"{path}: its question names no hub; write hub: {{team: …, model: …}} into it")
        first = next(iter(found), path)
        if question.hub != found.get(first, question.hub):
            raise ForecastError(f"{first} names the hub {_told(found[first])}, and {path} {_told(question.hub)}; write "
                                "the same into both questions, or make a hub of each")
        found[path] = question.hub
    return next(iter(found.values()))


def _told(hub: Hub) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in hub.model_dump(exclude_none=True).items()) + "}"


def _entries(workspaces: Mapping[Path, Workspace]) -> Iterator[Entry]:
    for path, workspace in workspaces.items():
        stored = read_reports(workspace.reports)
        documents = of_question(stored, workspace.question)
        if not documents:
            of = f" of {' and '.join(dict.fromkeys(workspace.question.identity))}" if stored else ""
            raise ForecastError(f"{path}: has no report{of}; write one with forecast report, or leave it out")
        yield Entry(workspace.question, documents)


def _refuse_others(folder: Path, hub: Hub, files: Iterable[str]) -> None:
    """Refuse a folder that holds something else than this hub, or files of it that nothing here would renew."""
    config = folder / "hub-config/admin.json"
    if not config.exists():
        others = [path.name for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
        if set(others) - _BESIDE:
            raise ForecastError(f"{folder}: is not empty and not a hub of forecast; name a new folder")
        return
    try:
        title = json.loads(config.read_bytes())["name"]
    except (ValueError, TypeError, KeyError, OSError, RecursionError):
        title = None
    if title != joint_title(hub):
        raise ForecastError(f"{config}: is not that of the hub of {model_name(hub)}; name a new folder")
    mine = [*folder.glob(f"model-output/{model_name(hub)}/*.csv"), *folder.glob("target-data/*.csv")]
    left = sorted({path.relative_to(folder).as_posix() for path in mine} - set(files))
    if left:
        raise ForecastError(f"{folder / left[0]}: comes from no report of these workspaces; name its workspace too, or "
                            "move the file away")
