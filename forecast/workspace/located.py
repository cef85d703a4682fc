"""Plain data that knows on which lines of a file it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from forecast.records.types import Steps


class Flaw(NamedTuple):
    """What is wrong with the YAML itself."""

    path: Steps
    line: int
    what: str


@dataclass
class Document:
    """One file as plain lists, mappings and scalars, and the line of everything in it."""

    value: Any = None
    flaws: list[Flaw] = field(default_factory=list)
    broken: bool = False
    """Whether reading stopped early; `value` then holds the entries of a top list that were complete."""
    start: int = 1
    lines: dict[int, Any] = field(default_factory=dict)
    """For each list and mapping, by its `id`: the line of each entry, and of each key."""
    excuses: set[tuple[int, str | int | None]] = field(default_factory=set)

    def line(self, path: Steps = ()) -> int:
        """Line of the key or entry that a path leads to, or of the nearest thing above it that exists."""
        return self._follow(path)[0]

    def excused(self, path: Steps) -> bool:
        """Whether a flaw is already reported there, so that nothing need be said of what follows from it."""
        _, spot, value = self._follow(path)
        return spot in self.excuses or (id(value), None) in self.excuses

    def _follow(self, path: Steps) -> tuple[int, tuple[int, str | int | None], Any]:
        line, value = self.start, self.value
        spot: tuple[int, str | int | None] = (0, None)
        for step in path:
            lines = self.lines.get(id(value), ())
            if not (step in lines if isinstance(value, dict) else isinstance(step, int) and step < len(lines)):
                break
            line, spot, value = lines[step], (id(value), step), value[step]
        return line, spot, value
