"""Plain data that knows on which lines of a file it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from forecast.records.types import Steps


class Flaw(NamedTuple):
    """What is wrong with the YAML itself."""

    path: Steps
    line: int
    what: str


def _places(value: Any, path: Steps, seen: frozenset[int] = frozenset()) -> Iterator[tuple[int, Steps]]:
    """The `id` of each list and mapping of plain data, with the path that leads to it."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if entries is not None and id(value) not in seen:
        yield id(value), path
        for step, entry in entries:
            yield from _places(entry, (*path, step), seen | {id(value)})


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

    def __getstate__(self) -> dict[str, Any]:
        """Everything by its path: what an `id` meant is forgotten when the data are copied."""
        places = dict(_places(self.value, ()))
        return vars(self) | {
            "lines": {places[key]: lines for key, lines in self.lines.items() if key in places},
            "excuses": {(places[key], step) for key, step in self.excuses if key in places}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        keys = {path: key for key, path in _places(self.value, ())}
        self.lines = {keys[path]: lines for path, lines in state["lines"].items()}
        self.excuses = {(keys[path], step) for path, step in state["excuses"]}

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
