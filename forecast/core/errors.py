"""The one family of errors that an analyst may meet.

Whatever an analyst can mend is a `ForecastError`; the command line prints its message and nothing else.
Anything that escapes as another exception is a fault of the package.
"""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Iterable, Sized
from dataclasses import dataclass

from forecast.core.text import shortened

_MANY = 500
"""Words among which the nearest is not looked for: it would take longer than to look it up."""


class ForecastError(Exception):
    """The input or the forecast is at fault, not the program; the message says what to do."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in one place, printed as ``file:line: field: what; instead``; what Python made has no file."""

    file: str
    line: int
    field: str
    what: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.file else ""
        return inert(where + (f"{self.field}: {self.what}" if self.field else self.what))


class InputError(ForecastError):
    """Every problem that one pass over a workspace, a case or the arguments found, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def of(cls, argument: str, what: str) -> InputError:
        """The error of one argument, by its name in Python; the command line knows by which option it was typed."""
        return cls([Problem("", 0, argument, what)])

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        """Pickle the problems, so that the error can travel between processes."""
        return type(self), (self.problems,)


def refuse(problems: Iterable[Problem]) -> None:
    """Raise `InputError` with problems; not if there are none."""
    if found := tuple(problems):
        raise InputError(found)


def whole(argument: str, value: object, *, least: int = 0, most: int = 2**31 - 1) -> int:
    """The whole number that an argument is, those of NumPy too; `InputError` if it is none, or too small or large."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or not least <= number <= most:
        edge = f"from {least}" if number <= most else f"of at most {most}"
        raise InputError.of(argument, f"{str(value)[:60]} is not a whole number {edge}; write one")
    return number


def flag(argument: str, value: object) -> bool:
    """The truth value that an argument is, those of NumPy too; `InputError` for what is merely true or false of one."""
    if type(value).__name__ != "bool":  # NumPy, which is not loaded here, calls its own the same
        raise InputError.of(argument, f"{str(value)[:60]} is neither True nor False; write one of the two")
    return bool(value)


def without_extra(what: str, extra: str, error: ModuleNotFoundError) -> ForecastError:
    """Say which extra to install for something that needs a library which is not there."""
    return ForecastError(f"{what} needs {error.name}; install the extra of forecast-ledger, in its checkout: "
                         f"pip install '.[{extra}]'")


def inert(text: str) -> str:
    """Replace control characters and direction marks, so that a quoted text cannot steer a terminal."""
    return text if text.isprintable() else "".join(map(_inert, text))


def _inert(character: str) -> str:
    if character.isprintable():
        return character
    # Such as the no-break space, which belongs to the typography of some languages.
    return " " if unicodedata.category(character) == "Zs" else "\N{REPLACEMENT CHARACTER}"


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Name the known word nearest to a wrong one or, if none is near, all of them and what to do otherwise."""
    from difflib import get_close_matches  # only where something is wrong: it would slow down every start

    if isinstance(known, Sized) and len(known) > _MANY:
        return f"write one of the {len(known):,} that are defined"
    words = sorted(set(known))
    near = [each for each in words if word in each.split("_")] or get_close_matches(word[:80], words, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    listed = f"write one of {shortened(words, 12)}" if words else ""
    return ", or ".join(filter(None, (listed, otherwise))) or "there is none yet"
