"""Report folders on disk: written so that none is ever half there, and read so that no change goes unnoticed."""

from __future__ import annotations

import ctypes
import itertools
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from forecast.core.errors import ForecastError
from forecast.core.text import shortened
from forecast.records.types import parsed_day
from forecast.workspace.stored.documents import LARGEST, StoredReportDocument, loaded
from forecast.workspace.writing import SCRATCH, SEAL, mode_of_new, named

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_BEFORE = re.compile(rf"\.\./(\d{{4}}-\d{{2}}-\d{{2}})/{SEAL}", re.ASCII)
_DOCUMENT = "forecast.json"
_ALWAYS = (_DOCUMENT, "report.html", "report.md", "posterior.nc")
"""Files that every report has; they are its own, wherever they came from."""

_PAGES = (*_ALWAYS, "report-full.md")
_PICTURES = (".png", ".svg")


@dataclass(frozen=True)
class StoredReport:
    """One report folder."""

    folder: Path

    @property
    def as_of(self) -> date:
        """The date that the folder is named after."""
        return date.fromisoformat(self.folder.name)

    @property
    def name(self) -> str:
        """What messages call it; a case of one file has a folder of its own in reports/."""
        place = self.folder.parent
        before = "reports/" if place.parent.name == "reports" else ""
        return f"{before}{place.name}/{self.folder.name}"

    @property
    def is_there(self) -> bool:
        """Whether the folder holds a report, or what is left of one."""
        return os.path.lexists(self.folder / SEAL) or bool(self.own_files())

    def own_files(self) -> list[str]:
        """The files in the folder that only a report has there, sealed or not; the analyst's own have other names."""
        charts = self.folder / "charts"
        pictures = [path for path in sorted(charts.iterdir()) if path.suffix in _PICTURES] if charts.is_dir() else []
        return [*(name for name in _PAGES if os.path.lexists(self.folder / name)),
                *(f"charts/{path.name}" for path in pictures)]

    def seal(self) -> dict[str, str] | None:
        """The hashes that were written with the report, by path; None if they are gone or are none."""
        content = _content(self.folder / SEAL)
        if content is None:
            return None
        lines = [_LINE.fullmatch(line) for line in content.decode(errors="replace").splitlines()]
        found = {line[2]: line[1] for line in lines if line}
        return found if len(found) == len(lines) and _DOCUMENT in found else None

    def changes(self) -> list[str]:
        """Name everything that is not as it was written: a file that is another one or gone, or the report before.

        Raises `ForecastError` if its forecast.json is as it was written, but cannot be used.
        """
        return self._changes() or self._unlinked(self.document)

    def _changes(self, which: Callable[[str], bool] = lambda _: True) -> list[str]:
        """Name what is not as it was written among some paths of the report, by default among all."""
        if self.folder.is_symlink():
            return [f"{self.name} is a link"]
        seal = self.seal()
        if seal is None:
            return [f"{self.name}/{SEAL} is missing or is not a list of hashes"]
        changes = [change for path, digest in seal.items() if which(path) and (change := self._change(path, digest))]
        unsealed = [path for path in self.own_files() if path not in seal and which(path)]
        if unsealed:
            changes.append(f"{self.name}/{SEAL} does not name {shortened(unsealed, 3)}, as it does all of a report; "
                           "move away what is yours")
        return changes

    def _unlinked(self, document: Mapping[str, Any]) -> list[str]:
        """Say if the report tells a change since an earlier one, and its seal does not name one of that day on."""
        change = document["change"]
        # Another report may have been written while this one was computed, so that the seal names a later one.
        if change is None or date.fromisoformat(change["since"]) <= max(self._days_sealed(), default=date.min):
            return []
        return [f"reports/{change['since']}, since which {self.name} tells the change, is not in {self.name}/{SEAL}"]

    def _days_sealed(self) -> list[date]:
        """The days of the reports before it that the seal names: one, or none."""
        return [day for path in self.seal() or () if (day := _day_before(path)) is not None]

    def changes_of(self, day: date) -> list[str]:
        """Say if the report of a day is not the one that its seal names."""
        return self._changes(lambda path: _day_before(path) == day)

    def disproves(self, until: date) -> list[str]:
        """Name what, by its seal, is not as it was written among the reports before a date; or say that it was cut."""
        links = self._changes(lambda path: (day := _day_before(path)) is not None and day < until)
        return links or self._unlinked(self.read())

    def _change(self, path: str, digest: str) -> str | None:
        before = _BEFORE.fullmatch(path)
        plain = PurePosixPath(path).as_posix() == path  # or the seal would name a file without its being found there
        if before is None and (not plain or path.startswith("/") or ".." in path.split("/")):
            return f"{self.name}/{SEAL} names {path}, which is not a file of the report"
        content = None if self._is_elsewhere(path) else _content(self.folder / path)
        if content is not None and sha256(content).hexdigest() == digest:
            return None
        if before is not None:
            return f"reports/{before[1]} is not the report that {self.name} was written after"
        if content is None:
            return f"{self.name}/{path} is gone or is not a file"
        return f"{self.name}/{path} was changed"

    def _is_elsewhere(self, path: str) -> bool:
        """Whether a link leads from the folder to where a file of it lies."""
        return any((self.folder / parent).is_symlink() for parent in PurePosixPath(path).parents)

    @cached_property
    def document(self) -> dict[str, Any]:
        """Its forecast.json, as it was written; raises `ForecastError` if it was changed since, or cannot be used."""
        self.refuse_changed(lambda path: path == _DOCUMENT)
        return self.read()

    def read(self) -> dict[str, Any]:
        """Its forecast.json, whether it was changed since or not; `ForecastError` if it cannot be used."""
        path = self.folder / _DOCUMENT
        content = _content(path)
        if content is None:
            raise ForecastError(f"{path}: cannot be read or is not a file; {self._instead}")
        found = loaded(path, content, StoredReportDocument, self._instead)
        if found["as_of"] != self.folder.name:
            raise ForecastError(f"{path}: is the report of {found['as_of']}; {self._instead}")
        return found

    def refuse_changed(self, which: Callable[[str], bool] | None = None) -> None:
        """Raise `ForecastError` if the seal is broken for some of the files, by default for any."""
        changes = self._changes(which) and self._changes() if which else self.changes()
        if changes:
            raise ForecastError(f"{'; '.join(changes)}: {self._instead}")

    @property
    def _instead(self) -> str:
        return (f"restore it from a backup, or write the report again with forecast report --as-of {self.folder.name} "
                "--force")

    @property
    def inputs(self) -> dict[str, bytes]:
        """The input files as they were, by path."""
        return {path: entry["text"].encode() for path, entry in self.document["provenance"]["inputs"].items()}


def _day_before(path: str) -> date | None:
    """The day of the report before, if a path of a seal is that of its seal."""
    before = _BEFORE.fullmatch(path)
    return before and parsed_day(before[1])


def _content(path: Path) -> bytes | None:
    """What a file holds; None for anything else than a file, and for what a link leads to."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    with os.fdopen(handle, "rb") as stream:
        found = os.fstat(handle)
        return stream.read() if stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST else None


def stored_reports(folder: Path, until: date = date.max) -> list[StoredReport]:
    """All reports before a date in the folder that a workspace has for them, in their order."""
    if not folder.is_dir():
        return []
    found = [StoredReport(path) for path in sorted(folder.iterdir()) if parsed_day(path.name) is not None]
    return [report for report in found if report.is_there and report.as_of < until]


def sound_reports(folder: Path, until: date = date.max, *, replacing: bool = False) -> list[StoredReport]:
    """The same; raises `ForecastError` if anything in any of them is not as it was written.

    Later reports are asked too whether these are the ones that they were written after, unless the report of the date
    is being replaced: then they have to be written anew, the earliest first.
    """
    reports = stored_reports(folder)
    found = [report for report in reports if report.as_of < until]
    changes = [change for report in found for change in report.changes()]
    if not replacing:
        changes += [change for report in reports[len(found):] for change in report.disproves(until)]
    if changes:
        raise ForecastError(f"{'; '.join(dict.fromkeys(changes))}: no number is taken from a report that was changed; "
                            "restore it from a backup, or write it again with forecast report --as-of DATE --force, "
                            "the earliest first")
    return found


def refuse_disproved(report: StoredReport) -> None:
    """Raise `ForecastError` if a report is not the one that a later report beside it was written after."""
    later = [each for each in stored_reports(report.folder.parent) if each.as_of > report.as_of and each.seal()]
    changes = [change for each in later for change in each.changes_of(report.as_of)]
    if changes:
        raise ForecastError(f"{'; '.join(changes)}: restore it from a backup, or write both again with forecast report "
                            "--as-of DATE --force, the earliest first")


def newest_before(folder: Path, as_of: date) -> StoredReport | None:
    """The newest report with an earlier as-of date; raises `ForecastError` if a later one was not written after it."""
    found = next(reversed(stored_reports(folder, as_of)), None)
    if found is not None:
        refuse_disproved(found)
    return found


def write_report_folder(report: StoredReport, fill: Callable[[Path], None], before: StoredReport | None,
                        made_from: Collection[Path] = ()) -> None:
    """Write a report whole or not at all, and put it in the place of one that is there.

    `fill` writes its files into a folder beside its place, which is sealed with the seal of the report before it,
    flushed to disk, and renamed; an old folder is exchanged with it in one step. What is not the report's own in an old
    folder stays there. New files are no wider than the files that the report is made from.

    Raises `ForecastError` if it cannot be written; what was there is untouched then.
    """
    target = report.folder
    with named(target), ExitStack() as stack:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise ForecastError(f"{target}: is not a folder; move it away, and run the command again")
        scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{target.name}-", dir=target.parent))
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        fill(scratch)
        (scratch / SEAL).write_text(_sealed(scratch, before), encoding="utf-8")
        mode = mode_of_new(made_from)
        for path in sorted(scratch.rglob("*")):
            if path.is_file():
                path.chmod(mode)
            _flush(path)
        if target.exists():
            _keep_others(report, scratch)
            shutil.copymode(target, scratch)
            _flush(scratch)
            _exchange(scratch, target)
        else:
            mask = os.umask(0o077)
            os.umask(mask)
            scratch.chmod(0o777 & ~mask)
            _flush(scratch)
            scratch.rename(target)
        _flush(target.parent)


def _sealed(folder: Path, before: StoredReport | None) -> str:
    files = {path.relative_to(folder).as_posix(): path.read_bytes()
             for path in sorted(folder.rglob("*")) if path.is_file()}
    if before is not None:
        files[f"../{before.folder.name}/{SEAL}"] = (before.folder / SEAL).read_bytes()
    return "".join(f"{sha256(content).hexdigest()}  {path}\n" for path, content in files.items())


def _keep_others(report: StoredReport, new: Path) -> None:
    """Link what is not the report's own from the old folder into the new one, and what was changed under another name.

    A file that goes in the place of an old one takes over its mode.
    """
    own = report.seal() or dict.fromkeys([*_ALWAYS, *_paths(new)], "")
    looks_own = report.own_files()
    for path in _paths(report.folder):
        old, place = report.folder / path, new / path
        if path == SEAL:
            continue
        if path not in own and path not in _ALWAYS:
            if os.path.lexists(place):
                raise ForecastError(f"{old}: is not the report's own, and in the way of a file that is; move it away, "
                                    "and run the command again")
            # A picture that no seal names would be taken for one of the report's, whose seal was cut.
            _link(old, _free(place, report.folder) if path in looks_own else place)
        elif (content := _content(old)) is None or own.get(path, "") not in ("", sha256(content).hexdigest()):
            _link(old, _free(place, report.folder))
        elif place.is_file():
            shutil.copymode(old, place)


def _free(place: Path, old: Path) -> Path:
    """A name beside a file of the new folder that neither it nor the old one has."""
    names = (place.with_name(f"{place.name}.changed-{count}") for count in itertools.count(1))
    return next(name for name in names if not os.path.lexists(name) and not os.path.lexists(old / name.name))


def _link(old: Path, new: Path) -> None:
    """Give what is there another name too; where the file system cannot, copy it."""
    new.parent.mkdir(parents=True, exist_ok=True)
    if old.is_dir() and not old.is_symlink():
        new.mkdir()
        shutil.copystat(old, new)
        return
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError:
        shutil.copy2(old, new, follow_symlinks=False)


def _paths(folder: Path) -> list[str]:
    """What a folder holds, by its path in there: files, links, and folders that are empty."""
    found = sorted(folder.rglob("*"))
    return [path.relative_to(folder).as_posix() for path in found
            if path.is_symlink() or not path.is_dir() or not any(path.iterdir())]


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
