"""Clocks: the fastest of several runs in this process, and whole processes."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


def best(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of the fastest of several runs in this process."""
    taken = []
    gc.collect()
    gc.disable()  # as timeit does: what earlier work left behind would be paid for by this one
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    gc.enable()
    return min(taken)


@dataclass(frozen=True)
class Run:
    """A whole process: seconds on the clock and of the processor, and what it printed."""

    wall: float
    cpu: float
    output: str


def process(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Run:
    """Run a process to its end and account for it alone; what it compiles is kept, as where it is installed.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""} | dict(environment or {})) as child:
        assert child.stdout is not None
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} exits {child.returncode}:\n{output}")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, output)


def median(command: Sequence[str], times: int = 3) -> Run:
    """The run with the median time on the clock."""
    runs = sorted((process(command) for _ in range(times)), key=lambda run: run.wall)
    return runs[statistics.median_low(range(times))]
