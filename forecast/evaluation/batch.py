"""Backtests of one workspace or of hundreds: shared among processes or the workers of a cluster, and written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from forecast.core.errors import ForecastError, InputError, Problem
from forecast.evaluation.backtest import Backtest, Dates, backtest, problems_in
from forecast.evaluation.parallel import workers
from forecast.report.document import dumps
from forecast.workspace.loader import Workspace, find_workspace, load
from forecast.workspace.writing import locked, write_file


def run(folders: Sequence[Path], dates: Dates, *, known_then: bool = False, jobs: int | None = None,
        cluster: str | None = None, charts: bool = True) -> dict[Path, Backtest]:
    """Backtest workspaces and write each one's `reports/backtest/ID.json`, with a page and charts beside it.

    Parameters
    ----------
    folders : sequence of Path
        Folders of workspaces; the same one twice counts once.
    dates : Dates
        The dates of the backtests.
    known_then : bool
        Leave out items that had not been recorded by the date; the file is then named `ID-known-then.json`.
    jobs : int, optional
        Number of processes; by default one for each core.
    cluster : str, optional
        Address of the scheduler of a Dask cluster, whose workers then compute.
    charts : bool
        Whether to draw.

    Returns
    -------
    dict
        Backtests by the file that each was written to.

    Raises
    ------
    ForecastError
        If any workspace has problems, or a question has none of the dates; nothing is written then.
    """
    unique = list({folder.resolve(): folder for folder in folders}.values())
    with workers(jobs, cluster) as shared, _progress() as progress:
        found = backtest(unique, dates, map=shared, known_then=known_then, progress=progress("Forecasts"))
        suffix = "-known-then" if known_then else ""
        result = {folder / "reports" / "backtest" / f"{each.case.question.id}{suffix}.json": each
                  for folder, each in zip(unique, found, strict=True)}
        documents = {path: each.document() for path, each in result.items()}
        for path, document in documents.items():
            with locked(path.parents[1]):
                write_file(path, dumps(document, indent=None).encode(), path.parents[2])
        if charts:
            from forecast.report.pages.review import write_charts

            write_charts(documents, shared, progress("Charts"))
    return result


def folders_of(folders: Sequence[Path] | None, workspace: Path | None) -> list[Path]:
    """The folders that were named, or the workspace around the current folder; each must be there."""
    named = [*(folders or ()), *([workspace] if workspace else [])]
    for folder in named:
        if not folder.is_dir():
            raise ForecastError(f"{folder}: no such folder; write folders that hold priors/ and evidence/")
    return named or [find_workspace(Path.cwd())]


def open_all(folders: Iterable[Path]) -> list[Workspace]:
    """Load workspaces; the problems of all of them are raised together."""
    found: list[Workspace] = []
    problems: list[Problem] = []
    for folder in folders:
        try:
            found.append(load(folder))
        except InputError as error:
            problems += problems_in(folder, error.problems)
    if problems:
        raise InputError(problems)
    return found


@contextmanager
def _progress() -> Iterator[Callable[[str], Callable[[int, int], object]]]:
    """Show bars on standard error if that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                  console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        def bar(title: str) -> Callable[[int, int], object]:
            task = bars.add_task(title, total=None)
            return lambda done, of: bars.update(task, completed=done, total=of)

        yield bar
