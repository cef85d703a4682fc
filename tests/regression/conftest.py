"""A workspace of the past, and the command line on it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from forecast.cli.app import main
from forecast.workspace.starting import init

Typed = Callable[..., tuple[int, str, str]]

ITEM = """- id: {id}
  title: Something about {id}
  date: {date}
  source: union
  likelihood_ratio: {{strike: [1.1, 1.3, 1.6]}}
  url: https://example.org/{id}
  rationale: A reason.
"""


class Terminal(io.StringIO):
    """Answers that somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy workspace, opened on 3 January 2024; it is the current folder."""
    folder = tmp_path / "w"
    init(folder, date(2024, 1, 3))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Run a command, with answers typed at a terminal if there are any; gives exit code, output and messages."""

    def run(*words: str, answers: str | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["forecast", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO() if answers is None else Terminal(answers))
        with pytest.raises(SystemExit) as ended:
            main()
        code, out_err = int(ended.value.code or 0), capsys.readouterr()
        assert "a fault of the program" not in out_err.err
        return code, out_err.out, out_err.err

    return run


IF = ("--if", "strike=0.5", "--if", "talks=0.3", "--if", "settled=0.3")
NEW = ("--title", "T", "--source", "paper", "--date", "2024-01-10", *IF, "--rationale", "Because.", "--yes")
"""Everything that a new item needs."""
