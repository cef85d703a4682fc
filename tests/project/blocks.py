"""Console and Python blocks of documents: run as written, and compared with the output that stands below them.

The commands of a document stand alone, in the repository; those of a session are typed one after another in a new
folder, and a block below *In `FILE`:* is a file that the reader writes. `python -m tests.project.blocks README.md …`
writes the output anew.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from functools import cache
from pathlib import Path
from unittest import mock

from forecast.cli import app
from tests import ROOT

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

SESSIONS = {ROOT / "docs/tutorial.md"}
"""Documents whose commands are typed one after another."""

_STEP = re.compile(r"(?:In `(?P<file>[^`]+)`:\n\n```\w+|^```console)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_PROGRESS = re.compile(r"^… .*\n", re.MULTILINE)

_SCRIPT = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def scripts(document: Path) -> list[tuple[str, str]]:
    """Each Python block of a document that a block of text follows, and that text, which is what it prints."""
    return [(code, output) for code, output in _SCRIPT.findall(document.read_text(encoding="utf-8"))]


def outputs(document: Path) -> list[tuple[str, str]]:
    """Each command of a document's console blocks, with the output that stands below it."""
    found = []
    for block in _BLOCK.findall(document.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def run(command: str, folder: Path = ROOT) -> str:
    """Run a command in a folder, in a terminal 100 columns wide; `forecast` without a shell, in this process."""
    with chdir(folder), mock.patch.dict(os.environ, COLUMNS="100", NO_COLOR="1", LC_ALL="C.UTF-8"):
        first, *rest = command.split(" | ", 1)
        if not first.startswith("forecast ") or set(first) & set("|&;<>$`*?~"):
            return _run_by_shell(command)
        printed = _typed_once(first) if folder == ROOT else _typed(first)
        return _run_by_shell(*rest, printed) if rest else printed


def _run_by_shell(command: str, typed: str = "") -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", command], input=typed, capture_output=True, text=True, check=False,
                          env={**os.environ, "PATH": path})
    return done.stdout + done.stderr


def _typed(command: str) -> str:
    with mock.patch.object(sys, "argv", shlex.split(command)):
        return _printed(app.main)


_typed_once = cache(_typed)
"""For what several documents show a part of."""


def run_script(code: str) -> str:
    """Run Python in the repository."""
    with chdir(ROOT):
        return _printed(lambda: exec(code, {"__name__": "__main__"}))


def _printed(action: Callable[[], None]) -> str:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), suppress(SystemExit):
        action()
    return out.getvalue() + err.getvalue()


def played(document: Path, folder: Path) -> str:
    """A session's text, with what its commands print in an empty folder; progress, which varies, is left out."""
    here = folder

    def play(step: re.Match[str]) -> str:
        nonlocal here
        if step["file"]:
            (here / step["file"]).write_text(step["text"], encoding="utf-8")
            return step[0]
        shown = []
        for part in re.split(r"^\$ ", step["text"], flags=re.MULTILINE)[1:]:
            command = part.partition("\n")[0]
            if command.startswith("cd "):
                here /= command.removeprefix("cd ")
                shown.append(f"$ {command}\n")
            else:
                shown.append(f"$ {command}\n{_PROGRESS.sub('', run(command, here))}")
        return f"```console\n{''.join(shown)}```"

    return _STEP.sub(play, document.read_text(encoding="utf-8"))


def fresh(document: Path) -> str:
    """A document's text, with what its commands print now."""
    if document in SESSIONS:
        with tempfile.TemporaryDirectory() as folder:
            return played(document, Path(folder))

    def shown(match: re.Match[str]) -> str:
        commands = [part.partition("\n")[0] for part in re.split(r"^\$ ", match[1], flags=re.MULTILINE)[1:]]
        return "```console\n" + "".join(f"$ {command}\n{run(command)}" for command in commands) + "```"

    text = _BLOCK.sub(shown, document.read_text(encoding="utf-8"))
    return _SCRIPT.sub(lambda match: f"```python\n{match[1]}```\n\n```text\n{run_script(match[1])}```", text)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        (ROOT / name).write_text(fresh(ROOT / name), encoding="utf-8")
