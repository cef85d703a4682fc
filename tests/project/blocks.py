"""Console blocks of documents: run as written, and compared with the output that stands below them.

`python -m tests.project.blocks README.md …` writes the output anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


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
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1"})
    return done.stdout + done.stderr


def rewrite(document: Path) -> None:
    """Put the output that a document's commands give now below them."""

    def fresh(match: re.Match[str]) -> str:
        commands = [part.partition("\n")[0] for part in re.split(r"^\$ ", match[1], flags=re.MULTILINE)[1:]]
        return "```console\n" + "".join(f"$ {command}\n{run(command)}" for command in commands) + "```"

    document.write_text(_BLOCK.sub(fresh, document.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(ROOT / name)
