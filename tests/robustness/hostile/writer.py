"""`forecast report` without the computing: what it writes is a document at hand, marked by a version."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from forecast.cli import reports
from forecast.report.document import ReportDocument
from forecast.workspace.archive import StoredReport
from forecast.workspace.loader import load, load_texts
from forecast.workspace.writing import SEAL
from tests.robustness.reading.example import FILES, contents
from tests.stored import content_of

DAY, WEEK_LATER = DAYS = date(2031, 5, 1), date(2031, 5, 8)
PIECES = 6
"""Files of a report that stand for its pictures."""


def prepare(root: Path) -> None:
    """Make a small workspace, and beside its folders what its reports say."""
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for day in DAYS:
        (root / f"content-{day}.json").write_text(_content(day), encoding="utf-8")


@cache
def _content(day: date) -> str:
    workspace = load_texts(contents())
    return json.dumps(content_of(workspace.case(day), workspace.inputs))


@contextmanager
def computed(root: Path, version: str, day: date = DAY) -> Iterator[None]:
    """Let a report say what is at hand, marked by a version, and its chains be a text."""
    content = ReportDocument.from_json((root / f"content-{day}.json").read_bytes(), "content")
    told = content.model_copy(update={"worth": float(version)})
    with (patch("forecast.cli.reports.build", lambda *_: (told, SimpleNamespace(tree=version))),
          patch("forecast.engine.nuts.stored.write_netcdf", _write_chains)):
        yield


def write(root: Path, version: str, day: date = DAY, force: bool = True, begins: Callable[[], object] = bool) -> str:
    """Write the report of a date as one version, through all that `forecast report` does after computing."""
    workspace = load(root)
    with computed(root, version, day), patch("forecast.report.folder.write_report", _write_pages):
        begins()
        return reports.report(workspace, workspace.case(day), force=force)


def _write_chains(version: Any, path: Path) -> None:
    path.write_bytes(f"{version}\n".encode() * 100_000)


def _write_pages(folder: Path, told: ReportDocument, _: object) -> None:
    (folder / "charts").mkdir()
    for number in range(PIECES):
        (folder / "charts" / f"{number}.svg").write_text(f"{told.worth:g}\n" * 3000, encoding="utf-8")


def count_steps(last: int | None = None) -> Callable[[], int]:
    """Count what is asked of the file system from now on, and let the process be killed at one step."""
    steps = count()
    done = [0]

    def hook(event: str, _: object) -> None:
        if event.startswith(("open", "os.", "shutil.", "tempfile.", "fcntl.")):
            done[0] = next(steps)
            if done[0] == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return lambda: done[0]


def version_of(root: Path, day: date = DAY) -> str | None:
    """The version of the report of a date, which must be whole and of one version; None if there is none."""
    folder = root / "reports" / str(day)
    if not folder.exists():
        return None
    charts = sorted((folder / "charts").iterdir())
    assert {path.name for path in folder.iterdir()} == {"forecast.json", "posterior.nc", "charts", SEAL}
    assert StoredReport(folder).changes() == []
    assert [path.name for path in charts] == [f"{number}.svg" for number in range(PIECES)]
    version = f"{json.loads((folder / 'forecast.json').read_text(encoding='utf-8'))['worth']:g}"
    assert (folder / "posterior.nc").read_text(encoding="utf-8") == f"{version}\n" * 100_000
    assert {path.read_text(encoding="utf-8") for path in charts} == {f"{version}\n" * 3000}
    return version


def scratch(root: Path) -> list[Path]:
    """What is left of writing that did not come to its end."""
    return list(root.rglob(".making-*"))
