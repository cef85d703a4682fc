"""What a command prints: pages, JSON, progress, and what an analyst can mend."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.core.errors import Problem, inert

if TYPE_CHECKING:
    from forecast.records.result import Result
    from forecast.report.page import Page

OPTIONS = {"as_of": "--as-of", "by": "--by", "target": "--target", "dates": "--from and --to", "cluster": "--cluster"}
"""By which option the arguments are typed that the package may refuse; it knows them by their names in Python."""


def tell(step: str) -> None:
    """Say on standard error what a long computation begins with next."""
    print(f"… {step}", file=sys.stderr, flush=True)


def print_json(value: Result | Mapping[str, Any] | list[dict[str, Any]]) -> None:
    """Print one JSON document; letters that the output cannot write are escaped, so that none is lost."""
    if isinstance(value, Mapping | list):
        text = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    else:
        text = value.json_text()
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = re.sub(r"[^\x00-\x7f]", lambda letter: json.dumps(letter[0])[1:-1], text)
    print(text, end="")


def inert_lines(text: str) -> str:
    """Lines in which no quoted text steers the terminal."""
    return "\n".join(map(inert, text.split("\n")))


def show(content: Page) -> None:
    """Write a page to standard output."""
    from forecast.report import terminal

    terminal.show(content)


def answer[R: Result](found: R, told: Callable[[R], Page | str], *, as_json: bool) -> None:
    """Write what a command has found: as JSON, or as the page or the lines that tell it."""
    if as_json:
        print_json(found)
    elif isinstance(shown := told(found), str):
        print(inert_lines(shown))
    else:
        show(shown)


def write_html(file: Path, page: str) -> None:
    """Write a page to the file that somebody named, and say so on standard error, apart from what is printed."""
    from forecast.workspace.writing import PAGE_MARK, write_marked

    write_marked(file, page.encode(), PAGE_MARK)
    tell(f"{file}: written")


def refused(problem: Problem) -> str:
    """A problem of a file as it is; one of an argument with the option by which it was typed."""
    if problem.file:
        return str(problem)
    if problem.field == "workspace":
        return f"forecast: workspace: {problem.what} with --workspace, or make one with forecast init"
    option = OPTIONS.get(problem.field)
    if option is None:
        return f"forecast: {problem}"
    typed = any(word.partition("=")[0] in option.split(" and ") for word in sys.argv[1:])
    return f"forecast: {option}: {problem.what}" if typed else f"forecast: {problem.what}"


def fail(message: str, error: BaseException) -> None:
    """End with a message."""
    if os.environ.get("FORECAST_DEBUG"):
        raise error
    print(inert_lines(message), file=sys.stderr)
    sys.exit(1)
