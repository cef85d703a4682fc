"""Thousands of spoilt workspaces: each gives a sound forecast, or messages that name a file and a line of it."""

from __future__ import annotations

import math
import re
import resource
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random
from types import FrameType

import pytest

from forecast.core.errors import ForecastError, InputError
from forecast.engine.exact import Exact
from forecast.workspace.files import QUESTION
from forecast.workspace.lint import lint
from forecast.workspace.loader import load, load_texts
from tests.robustness import FUZZED
from tests.robustness.hostile.fuzzer import Files, spoilt, workspaces

WORKSPACES = workspaces()
SECONDS, MEMORY = 30, 2 * 2**30
TODAY = date(2031, 5, 1)

_BREAK = re.compile(rb"\r\n?|\n")


class Hung(BaseException):
    """A case took too long; no handler of the program may take it for something else."""


@contextmanager
def bounded() -> Iterator[None]:
    """Allow a case half a minute of the processor and two gibibytes more than there are."""
    def stop(_: int, __: FrameType | None) -> None:
        raise Hung

    limits = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    before = signal.signal(signal.SIGPROF, stop)
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, limits[1]))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_AS, limits)


def outcome(files: Files, root: Path | None = None) -> str:
    """What becomes of a workspace: `valid` with a sound forecast, or `refused` with a place for every problem."""
    try:
        workspace = load_texts(files) if root is None else load(root)
        case = workspace.case(None, TODAY)
    except InputError as error:
        assert error.problems
        lines = {name: len(_BREAK.findall(content or b"")) + 1 for name, content in files.items()}
        for problem in error.problems:
            if problem.field == "as_of" and not problem.file:
                assert re.match(r"resolved on \d{4}-\d{2}-\d{2}: ", problem.what), "all else has a file and a line"
                continue
            assert problem.file in files or f"{problem.file}/" in files or problem.file == QUESTION, problem
            assert 1 <= problem.line <= lines.get(problem.file, 1), problem
            assert str(problem).isprintable()
        return "refused"
    lint(workspace, case)
    try:
        forecast = Exact(case).forecast
    except ForecastError as error:
        assert "the past cases lie too close together" in str(error), "all else is found before anything is computed"
        assert str(error).startswith(tuple(f"priors/{table}:" for table in case.histories))
        return "refused"
    values = (*forecast.hypotheses.values(), *forecast.prior.values(), *forecast.by_key_date.values(),
              *forecast.reliability.values(), *map(float, forecast.by_week))
    assert all(0 <= value <= 1 + 1e-9 for value in values)
    assert math.isclose(sum(forecast.hypotheses.values()), 1)
    assert math.isfinite(forecast.decibans)
    return "valid"


@pytest.mark.parametrize("name", WORKSPACES)
def test_a_spoilt_workspace_gives_a_sound_forecast_or_a_place_for_every_problem(name: str) -> None:
    seen = Counter[str]()
    for number in range(-(-FUZZED // len(WORKSPACES))):
        files = spoilt(WORKSPACES[name], Random(f"{name}-{number}"))
        try:
            with bounded():
                seen[outcome(files)] += 1
        except BaseException as error:
            error.add_note(f'files = spoilt(WORKSPACES["{name}"], Random("{name}-{number}"))')
            raise
    assert min(seen["valid"], seen["refused"]) > 0, "neither all deadly nor all harmless"
