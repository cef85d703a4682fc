"""Who shares the work of many forecasts: processes of this machine, or the workers of a Dask cluster.

Nothing heavy is imported here, so that the processes can load the program while this one does.
"""

from __future__ import annotations

import builtins
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from forecast.core.errors import ForecastError, InputError

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""Any map that keeps the order: the built-in one, that of an executor, or that of a cluster."""

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@contextmanager
def workers(jobs: int | None = None, cluster: str | None = None) -> Iterator[Map]:
    """Give a map that shares work among processes of this machine, or among the workers of a Dask cluster.

    Parameters
    ----------
    jobs : int, optional
        Number of processes, by default one for each core; 1 keeps the work in this process.
    cluster : str, optional
        Address of the cluster's scheduler.
    """
    if cluster is not None:
        with _client(cluster) as client:
            yield cluster_map(client)
    elif (count := jobs or os.cpu_count() or 1) == 1:
        yield builtins.map
    else:
        prepare(jobs)
        with _one_thread_each(), ProcessPoolExecutor(count, _context()) as pool:
            yield pool.map


def prepare(jobs: int | None = None, cluster: str | None = None) -> None:
    """Let worker processes be made ready in the background; to be called before the program itself is loaded."""
    if cluster is None and jobs != 1 and "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing import forkserver

        _context()
        with _one_thread_each(), _deaf_children():
            forkserver.ensure_running()


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Leave Ctrl+C, which reaches every process of a terminal, to this one: those that start now inherit deafness."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _context() -> Any:
    """Processes that begin fresh, from a server that has loaded the program once where there is one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["forecast.evaluation.backtest", "forecast.workspace.loader"])
    return context


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Tell the libraries of processes that start now to compute on one thread; they learn it when they are loaded."""
    kept = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise ForecastError("a cluster needs Dask, which is not installed; "
                            "pip install 'forecast[cluster]'") from None
    try:
        return Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise InputError.of("cluster", f"no scheduler answers at {address} ({error}); write an address such as "
                                       "tcp://127.0.0.1:8786") from None


def cluster_map(client: Any) -> Map:
    """Give the map of a Dask client: the tasks go straight to its workers, and the results come in their order."""

    def shared(function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterable[Any]:
        if given := list(tasks):
            for future in client.map(function, client.scatter(given, hash=False), pure=False):
                yield future.result()

    return shared
