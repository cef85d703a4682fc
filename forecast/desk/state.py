"""What a desk remembers: a state that can be undone, the files that it has seen, and errors in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forecast.core.errors import ForecastError
from forecast.desk.edits import NAME, Edits

MOST_STEPS_BACK = 100
"""Changes that can be undone one after the other."""

_WHERE = re.compile(rf"^(?:{re.escape(NAME)}: )?(?:[\w.\[\]-]+: )*")
"""What an error says of its place: the page shows it there."""

Fingerprint = frozenset[tuple[str, int, int]]


def fingerprint(root: Path) -> Fingerprint:
    """Paths, sizes and times of all that a workspace may be read from."""
    found = set()
    for folder in ("priors", "evidence"):
        for path in (root / folder).rglob("*"):
            try:
                state = path.stat()
            except OSError:
                continue
            found.add((str(path), state.st_mtime_ns, state.st_size))
    return frozenset(found)


@dataclass(frozen=True)
class State:
    """What can be undone: the changes of each analyst, and the date."""

    seats: Mapping[str, Edits]
    as_of: date


def in_words(error: ForecastError) -> str:
    """What is wrong, without the place at which it is shown."""
    return "; ".join(dict.fromkeys(_WHERE.sub("", line) for line in str(error).splitlines()))
