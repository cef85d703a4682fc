"""The one family of errors that an analyst may meet.

Whatever an analyst can mend is a `ForecastError`; the command line prints its message and nothing else.
Anything that escapes as another exception is a fault of the package.
"""

from __future__ import annotations

import bisect
import difflib
from collections.abc import Iterable
from dataclasses import dataclass


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
    return "".join(character if character.isprintable() or character == " " else "\N{REPLACEMENT CHARACTER}"
                   for character in text)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Name the known word nearest to a wrong one, or all of them if none is near."""
    words = sorted(known)
    beside = bisect.bisect(words, word)
    # Among very many words only the alphabetical neighbours are compared: a typo seldom hits the first letters.
    nearby = words if len(words) <= 200 else words[max(0, beside - 20):beside + 20]
    near = difflib.get_close_matches(word[:80], nearby, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"write one of {', '.join(words[:12])}" if words else "none is defined"
