"""Who shares the work of many forecasts: processes of this machine, or the workers of a Dask cluster.

Nothing heavy is imported here, so that the processes can load the program while this one does. Why the standard
library's processes and not joblib's: docs/decisions/0018-any-machine.md.
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
from multiprocessing.connection import wait
from typing import Any

from forecast.core.errors import ForecastError, InputError

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""Any map that keeps the order: the built-in one, that of an executor, or that of a cluster."""

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

_ENVIRONMENT = {**dict.fromkeys(_THREADS, "1"), "PYTHONSAFEPATH": "1"}
"""What processes learn that start now: their libraries are to compute on one thread each, and the current folder,
which may be anybody's, is no place to import modules from."""


@contextmanager
def workers(jobs: int | None = None, cluster: str | None = None) -> Iterator[Map]:
    """Give a map that shares work among processes of this machine, or among the workers of a Dask cluster.

    `jobs` is the number of processes, by default one for each core; 1 keeps the work in this process. `cluster` is the
    address of the cluster's scheduler.
    """
    if cluster is not None:
        with _client(cluster) as client:
            yield cluster_map(client)
    elif (count := jobs or os.cpu_count() or 1) == 1:
        yield builtins.map
    else:
        prepare(jobs)
        others = multiprocessing.active_children()
        with _environment(), _Pool(count, _context(), _serve) as pool:
            try:
                yield pool.map
            except BaseException:  # an interrupt too: nobody waits for what is left to do
                for worker in multiprocessing.active_children():
                    if worker not in others:
                        worker.kill()
                raise


def prepare(jobs: int | None = None, cluster: str | None = None) -> None:
    """Let worker processes be made ready in the background; to be called before the program itself is loaded."""
    if cluster is None and jobs != 1 and "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing import forkserver

        _context()
        with _environment(), _deaf_children():
            forkserver.ensure_running()


def _context() -> Any:
    """Processes that begin fresh, from a server that has loaded the program once where there is one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["forecast.evaluation.backtest", "forecast.workspace.loader"])
    return context


class _Pool(ProcessPoolExecutor):
    """Processes of which an interrupt finds each either not begun or known, so that it can be ended.

    One that is begun and not yet known would go on and complain that what it shares with this process is gone.
    """

    def submit(self, *asked: Any, **named: Any) -> Any:
        """Ask for work, which may begin a process."""
        with _interrupts_later():
            return super().submit(*asked, **named)


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Let Ctrl+C wait until a step is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            signal.raise_signal(signal.SIGINT)


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


def _serve() -> None:
    """Make a process a worker: it ends with the process that it works for, and leaves interrupts to that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait until the parent has ended, however it did, and end too; a killed one can tell nobody."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "runs in workers only"
    wait([parent.sentinel])
    os._exit(1)


@contextmanager
def _environment() -> Iterator[None]:
    """Let the processes that start now find `_ENVIRONMENT`; afterwards everything is as it was."""
    kept = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
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
        raise ForecastError("a cluster needs Dask, which is not installed; install the extra of forecast-ledger, "
                            "in its checkout: pip install '.[cluster]'") from None
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
