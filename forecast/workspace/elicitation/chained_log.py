"""A log to which lines can only be added: each holds the hash of the one before, so that a change shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from forecast.core.errors import ForecastError, InputError, Problem
from forecast.core.scalars import Refused
from forecast.workspace.files import contents
from forecast.workspace.writing import locked, write_file

START = "0" * 64
"""What stands for the hash of the line before the first."""


def canonical(fields: Mapping[str, Any]) -> str:
    """Mappings as text, the same for the same content."""
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def hash_of(fields: Mapping[str, Any]) -> str:
    """SHA-256 of a line without its own hash."""
    return hashlib.sha256(canonical({name: value for name, value in fields.items() if name != "hash"}).encode()
                          ).hexdigest()


class ChainedLog:
    """The lines of a file, checked when it is read and again whenever one is added.

    No clock time is kept: what the log shows is order, and that nothing was changed. To show it to others, tell them
    the hash of the last line (`head`): whoever has it can check every line before.

    Raises `InputError` if a line is not what was written; names the line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = _read(path)

    @property
    def head(self) -> str:
        """The hash of the last line."""
        return str(self.lines[-1]["hash"]) if self.lines else START

    def append(self, fields: Mapping[str, Any]) -> str:
        """Add a line and return its hash; the file is replaced in one step, so that a line is there whole or not.

        Raises `ForecastError` if the file is no longer what was read.
        """
        line = {"n": len(self.lines) + 1, **fields, "before": self.head}
        line["hash"] = hash_of(line)
        with locked(self.path.parent):
            if _read(self.path) != self.lines:
                raise ForecastError(f"{self.path}: was changed by another session meanwhile; run the command again")
            written = [*self.lines, line]
            write_file(self.path, "".join(canonical(each) + "\n" for each in written).encode())
        self.lines = written
        return str(line["hash"])


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        text = contents(path).decode()
    except FileNotFoundError:
        return []
    except (OSError, Refused, UnicodeDecodeError) as error:
        raise ForecastError(f"{path}: cannot be read ({error}); restore it from a backup") from None
    lines: list[dict[str, Any]] = []
    for number, (line, what) in enumerate(_checked(text), start=1):
        if what:
            raise InputError([Problem(str(path), number, "", f"{what}; restore the log from a backup")])
        lines.append(line)
    return lines


def _checked(text: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Each line, and what is wrong with it."""
    before = START
    for number, written in enumerate(text.removesuffix("\n").split("\n") if text else (), start=1):
        try:
            line = json.loads(written)
            is_whole = canonical(line) == written and line["hash"] == hash_of(line)
        except (ValueError, TypeError, KeyError, RecursionError):
            yield {}, "is not a line of the log"
            return
        if not is_whole:
            yield line, "was changed after it had been written: its hash does not fit it"
        elif (line.get("n"), line.get("before")) != (number, before):
            yield line, "does not follow the line above it: a line was removed, added or moved here"
        else:
            yield line, ""
        before = line["hash"]
