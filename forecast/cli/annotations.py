"""Problems as workflow commands: GitHub shows them in a change beside the line that they name.

The format: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from forecast.cli.output import refused
from forecast.core.errors import Problem, inert
from forecast.workspace.loader import find_workspace


def annotate(level: Literal["error", "warning"], problems: Iterable[Problem], workspace: Path | None) -> None:
    """Print a workflow command for each problem; files are named as in the repository in which the workspace lies."""
    for problem in problems:
        if problem.file:
            where = f" file={_property(_in_repository(problem.file, workspace))},line={problem.line}"
            what = f"{problem.field}: {problem.what}" if problem.field else problem.what
        else:
            where, what = "", refused(problem)
        print(f"::{level}{where}::{_escaped(inert(what))}")


def _in_repository(file: str, workspace: Path | None) -> str:
    folder = workspace or find_workspace(Path.cwd())
    root = folder.parent if folder.is_file() else folder
    return os.path.relpath(root / file, os.environ.get("GITHUB_WORKSPACE") or None)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
