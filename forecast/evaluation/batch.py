"""Backtests of one workspace or of hundreds: shared among processes or the workers of a cluster, and written."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from forecast.core.errors import ForecastError, InputError, Problem, refuse
from forecast.evaluation.backtest import Backtest, Dates, asked_twice, backtest, problems_in
from forecast.evaluation.parallel import workers
from forecast.workspace.loader import Workspace, find_workspace, load, reports_of, workspaces_in
from forecast.workspace.stored.issued import KNOWN_THEN, MARK, changed_inputs, read_backtest, stamped
from forecast.workspace.writing import locked, refuse_others, write_file

WEEK = 7
"""Days between two dates of a backtest by default."""


def run(folders: Sequence[Path], dates: Dates, *, known_then: bool = False, jobs: int | None = None,
        cluster: str | None = None, write: bool = True) -> dict[Path, Backtest]:
    """Backtest workspaces and, if `write` is true, write each one's `reports/backtest/ID.json`; by these files.

    Other intervals than a week, and `known_then`, are part of the file's name. A backtest that lacks dates of the one
    that is there, and is still good, goes beside it under its own dates. `jobs` and `cluster` are those of `workers`.

    Raises `ForecastError` if any workspace has problems, or a question has none of the dates; nothing is written then.
    """
    unique = distinct(folders)
    with workers(jobs, cluster) as shared, _progress("Forecasts") as progress:
        found = backtest(unique, dates, map=shared, known_then=known_then, progress=progress)
        result = {_place(folder, each): each for folder, each in zip(unique, found, strict=True)}
        if not write:
            return result
        for path in result:
            refuse_others(path, MARK)
        roots = [folder if folder.is_dir() else folder.parent for folder in unique]
        documents = {path: each.document() for path, each in result.items()}
        for root, (path, document) in zip(roots, documents.items(), strict=True):
            content = stamped(json.loads(document.json_text(indent=None)))
            with locked(path.parents[1]):
                made_from = [root / name for name in document.inputs]
                write_file(path, json.dumps(content, ensure_ascii=False).encode(), path.parents[2], made_from)
    return result


def _place(folder: Path, found: Backtest) -> Path:
    weeks, days_over = divmod(found.every, WEEK)
    every = f"{found.every}d" if days_over else f"{weeks}w"
    name = found.case.question.id + ("" if found.every == WEEK else f"-every-{every}") \
        + (KNOWN_THEN if found.known_then else "")
    path = reports_of(folder) / "backtest" / f"{name}.json"
    days = [str(row.as_of) for row in found.rows]
    if path.exists() and not _dates_worth_keeping(path, found.inputs) <= set(days):
        return path.with_name(f"{name}-{days[0]}-to-{days[-1]}.json")
    return path


def _dates_worth_keeping(path: Path, inputs: Mapping[str, str]) -> set[str]:
    """The dates of a stored backtest that was computed from the same inputs; none if it is of no use any more."""
    try:
        stored = read_backtest(path)
    except ForecastError:
        return set()
    return set() if changed_inputs(stored["inputs"], inputs) else {row["as_of"] for row in stored["rows"]}


def folders_of(folders: Sequence[Path] | None, workspace: Path | None) -> list[Path]:
    """The folders that were named, each once, or the workspace around the current folder; each must be there."""
    named = [*(folders or ()), *([workspace] if workspace else [])]
    found = [path for folder in named for path in workspaces_in(folder)]
    return distinct(found) or [find_workspace(Path.cwd())]


def distinct(paths: Iterable[Path]) -> list[Path]:
    """Paths without those that lead to where another one does."""
    return list({path.resolve(): path for path in paths}.values())


def open_all(folders: Iterable[Path]) -> list[Workspace]:
    """Load workspaces, each of another question; the problems of all of them are raised together.

    Raises `ForecastError` if two have the same question: what is made of both would count it twice.
    """
    found: list[Workspace] = []
    problems: list[Problem] = []
    asked: dict[str, Path] = {}
    repeated: ForecastError | None = None
    for folder in folders:
        try:
            found.append(load(folder))
        except InputError as error:
            problems += problems_in(folder, error.problems)
            continue
        name = found[-1].question.id
        if name in asked:
            repeated = repeated or asked_twice(name, asked[name], folder)
        asked[name] = folder
    refuse(problems)
    if repeated:
        raise repeated
    return found


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], object]]:
    """Show a bar on standard error if that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                  console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, of: bars.update(task, completed=done, total=of)
