"""The command line in a process of its own, or in this one behind streams like those of a process."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from forecast.cli import app
from forecast.core.text import handler
from tests import ROOT

VERBS: tuple[tuple[str, ...], ...] = (
    ("--help",), ("--version",), ("check",), ("update",), ("update", "--json"), ("explain",), ("explain", "ballot"),
    ("explain", "--json"), ("compare",), ("compare", "doubt", "--at", "2031-05-01", "--at", "2031-06-01"),
    ("plot", "timeline"), ("sensitivity",), ("watch",), ("breakeven", "ballot", "--target", "0.5"), ("schema",),
    ("backtest", "--every", "8w", "--jobs", "1", "--no-charts"), ("score", "--as-of", "2031-08-01"),
    ("update", "--help"), ("explain", "nothing"), ("update", "--as-of", "1999-01-01"), ("init", "new"),
    ("new", "vote", "--title", "Голосование −1", "--source", "wire", "--rationale", "x", "--if", "strike=0.3", "--if",
     "slowdown=0.2", "--if", "calm=0.1", "--yes"))
"""Every verb that does not sample, draw or serve, and what is refused; those that write come last."""


class Done(NamedTuple):
    """What came of a command."""

    code: int
    out: bytes
    err: bytes


def typed(monkeypatch: pytest.MonkeyPatch, *words: str, encoding: str = "utf-8") -> Done:
    """Run a command in this process, with streams of an encoding."""
    streams = []
    for name in ("stdout", "stderr"):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors=handler(encoding))
        monkeypatch.setattr(sys, name, stream)
        streams.append(stream)
    monkeypatch.setattr(sys, "argv", ["forecast", *words])
    with pytest.raises(SystemExit) as ended:
        app.main()
    for stream in streams:
        stream.flush()
    return Done(int(ended.value.code or 0), *(stream.buffer.getvalue() for stream in streams))  # type: ignore[attr-defined]


def started(words: tuple[str, ...], folder: Path, redirected: str = "", code: str = "", **environment: str) -> Done:
    """Run a command in a process, with redirections as a shell writes them, and Python that runs before it."""
    program = f"import sys\n{code}\nfrom forecast.__main__ import main\nmain()"
    done = subprocess.run(["bash", "-c", f'exec "$0" -c "$1" "${{@:2}}" {redirected}', sys.executable, program, *words],
                          cwd=folder, capture_output=True, check=False, timeout=120,
                          env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | environment)
    return Done(done.returncode, done.stdout, done.stderr)
