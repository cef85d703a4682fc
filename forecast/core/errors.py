"""The one family of errors that an analyst may meet.

Whatever an analyst can mend is a `ForecastError`; the command line prints its message and nothing else.
Anything that escapes as another exception is a fault of the package.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sized
from dataclasses import dataclass

_MANY = 500
"""Words among which the nearest is not looked for: it would take longer than to look it up."""


class ForecastError(Exception):
    """The input or the forecast is at fault, not the program; the message says what to do."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in one place of a workspace, printed as ``file:line: field: what; instead``."""

    file: str
    line: int
    field: str
    what: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return inert(where + (f"{self.field}: {self.what}" if self.field else self.what))


class InputError(ForecastError):
    """Every problem that one pass over a workspace found, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def inert(text: str) -> str:
    """Replace control characters and direction marks, so that a quoted text cannot steer a terminal."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() or character == " " else "\N{REPLACEMENT CHARACTER}"
                   for character in text)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Name the known word nearest to a wrong one, or all of them if none is near."""
    if isinstance(known, Sized) and len(known) > _MANY:
        return f"write one of the {len(known):,} that are defined"
    words = sorted(known)
    near = difflib.get_close_matches(word[:80], words, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"write one of {', '.join(words[:12])}" if words else "none is defined"
