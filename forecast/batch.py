"""Backtests of one workspace or of hundreds: shared among processes or the workers of a cluster, and written."""

from __future__ import annotations

import builtins
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from forecast.backtest import Backtest, Dates, Map, backtest, problems_in
from forecast.document import dumps
from forecast.errors import ForecastError, InputError, Problem
from forecast.store import locked, write_file
from forecast.workspace import Workspace, find_workspace, load

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


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
                write_file(path, dumps(document, indent=None).encode())
        if charts:
            from forecast.report.review import write_charts

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
def workers(jobs: int | None = None, cluster: str | None = None) -> Iterator[Map]:
    """Give a map that shares work among processes of this machine, or among the workers of a Dask cluster."""
    if cluster is not None:
        with _client(cluster) as client:
            yield cluster_map(client)
        return
    count = jobs or os.cpu_count() or 1
    if count == 1:
        yield builtins.map
        return
    # Workers compute on one thread each, which their libraries learn when they are loaded.
    kept = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        with ProcessPoolExecutor(count, _context()) as pool:
            yield pool.map
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _context() -> Any:
    """Processes that begin fresh, from a server that has loaded the program once where there is one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["forecast.backtest", "forecast.workspace"])
    return context


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise ForecastError("--cluster: Dask is not installed; install the extra with pip install 'forecast[cluster]'"
                            ) from None
    try:
        return Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise ForecastError(f"--cluster {address}: no scheduler answers ({error}); write an address such as "
                            "tcp://127.0.0.1:8786") from None


def cluster_map(client: Any) -> Map:
    """Give the map of a Dask client: the tasks go straight to its workers, and the results come in their order."""
    def shared(function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterable[Any]:
        if given := list(tasks):
            for future in client.map(function, client.scatter(given, hash=False), pure=False):
                yield future.result()

    return shared


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
