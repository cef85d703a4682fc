"""Console and Python blocks of documents: run as written, and compared with the output that stands below them.

`python -m tests.project.blocks README.md …` writes the output anew.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

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


def run(command: str) -> str:
    """Run a command in the repository, with this interpreter's `forecast`, in a terminal 100 columns wide."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False,
                          env={**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1"})
    return done.stdout + done.stderr


def run_script(code: str) -> str:
    """Run Python in the repository."""
    return run(f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}")


def rewrite(document: Path) -> None:
    """Put the output that a document's commands give now below them."""

    def fresh(match: re.Match[str]) -> str:
        commands = [part.partition("\n")[0] for part in re.split(r"^\$ ", match[1], flags=re.MULTILINE)[1:]]
        return "```console\n" + "".join(f"$ {command}\n{run(command)}" for command in commands) + "```"

    text = _BLOCK.sub(fresh, document.read_text(encoding="utf-8"))
    text = _SCRIPT.sub(lambda match: f"```python\n{match[1]}```\n\n```text\n{run_script(match[1])}```", text)
    document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(ROOT / name)
