"""Report folders on disk: read, compared and written so that none is ever half there."""

from __future__ import annotations

import ctypes
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from forecast.core.errors import ForecastError
from forecast.records.types import parsed_day
from forecast.workspace.writing import SCRATCH, named

TOLERANCE = 1e-9
"""How far apart, absolute or relative, two numbers may be that are called the same."""

_PARTS = {"as_of": str, "question": dict, "hypotheses": dict, "by": dict, "weeks": list, "evidence": list,
          "engines": dict, "provenance": dict}
"""Parts without which a document is no stored forecast."""


@dataclass(frozen=True)
class StoredReport:
    """One report folder."""

    folder: Path

    @property
    def as_of(self) -> date:
        """The date that the folder is named after."""
        return date.fromisoformat(self.folder.name)

    @cached_property
    def document(self) -> dict[str, Any]:
        """Its forecast.json; raises `ForecastError` if that cannot be read or is none."""
        path = self.folder / "forecast.json"
        try:
            loaded = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ForecastError(f"{path}: cannot be read ({error}); restore it from a backup or remove the folder"
                                ) from None
        if not isinstance(loaded, dict) or parsed_day(str(loaded.get("as_of"))) is None \
                or not all(isinstance(loaded.get(name), kind) for name, kind in _PARTS.items()):
            raise ForecastError(f"{path}: is no stored forecast; restore it from a backup or remove the folder")
        return loaded

    @property
    def inputs(self) -> dict[str, bytes]:
        """The input files as they were, by path; raises `ForecastError` if one is not what the report was made from."""
        stored = self.document["provenance"].get("inputs")
        try:
            found = {path: entry["text"].encode() for path, entry in stored.items()}
            changed = [path for path, text in found.items() if sha256(text).hexdigest() != stored[path]["sha256"]]
        except (AttributeError, KeyError, TypeError):
            changed = ["its inputs"]
        if changed:
            raise ForecastError(f"{self.folder / 'forecast.json'}: {', '.join(changed)}: changed since the report was "
                                "written; restore it from a backup or remove the folder")
        return found


def stored_reports(root: Path) -> list[StoredReport]:
    """All report folders of a workspace, by date."""
    folder = root / "reports"
    if not folder.is_dir():
        return []
    return [StoredReport(path) for path in sorted(folder.iterdir())
            if parsed_day(path.name) is not None and (path / "forecast.json").is_file()]


def newest_before(root: Path, as_of: date) -> StoredReport | None:
    """The newest report with an earlier as-of date."""
    return max((report for report in stored_reports(root) if report.as_of < as_of),
               key=lambda report: report.as_of, default=None)


def write_folder(target: Path, fill: Callable[[Path], None]) -> None:
    """Write a folder whole or not at all, and put it in the place of one that is there.

    It is filled beside its place, flushed to disk, and renamed; an old folder is exchanged with it in one step.

    Raises
    ------
    ForecastError
        If it cannot be written; what was there is untouched.
    """
    with named(target):
        _write_folder(target, fill)


def _write_folder(target: Path, fill: Callable[[Path], None]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{target.name}-", dir=target.parent))
    try:
        scratch.chmod(0o755)
        fill(scratch)
        for path in sorted(scratch.rglob("*")):
            _flush(path)
        _flush(scratch)
        if target.exists():
            _exchange(scratch, target)
        else:
            scratch.rename(target)
        _flush(target.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(new: Path, old: Path) -> None:
    """Exchange two folders in one step of the file system (Linux's renameat2)."""
    at_cwd, exchange = -100, 2
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None or rename(at_cwd, os.fsencode(new), at_cwd, os.fsencode(old), exchange) != 0:
        raise ForecastError(f"{old}: this file system cannot exchange two folders in one step; "
                            "move the old report away and run the command again")


def differences(stored: Any, computed: Any, path: str = "") -> list[str]:
    """Name the places in which two documents differ, numbers by more than `TOLERANCE`."""
    if isinstance(stored, dict) and isinstance(computed, dict):
        missing = [f"{path}/{key}" for key in sorted(stored.keys() ^ computed.keys())]
        return missing + [each for key in stored if key in computed
                          for each in differences(stored[key], computed[key], f"{path}/{key}")]
    if isinstance(stored, list) and isinstance(computed, list):
        if len(stored) != len(computed):
            return [path]
        return [each for index, (a, b) in enumerate(zip(stored, computed, strict=True))
                for each in differences(a, b, f"{path}/{index}")]
    if _number(stored) and _number(computed):
        return [] if math.isclose(stored, computed, rel_tol=TOLERANCE, abs_tol=TOLERANCE) else [path]
    return [] if stored == computed else [path]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
