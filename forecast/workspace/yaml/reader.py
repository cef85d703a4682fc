"""YAML read into plain data that knows its lines: strict, without tags, and bounded whatever a file holds.

The events of LibYAML are turned into lists and mappings one by one, on a stack of our own, so that neither the depth
nor the aliases of a hostile file are followed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any, NamedTuple

import yaml

from forecast.core.scalars import Refused, decoded, scalar, unwritable
from forecast.records.types import Steps

try:
    from yaml._yaml import CParser as Parser
except ImportError:  # PyYAML was built without LibYAML: the same events, some ten times slower

    class Parser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):  # type: ignore[no-redef]
        """The events of PyYAML's own parser."""

        def __init__(self, text: str) -> None:
            yaml.reader.Reader.__init__(self, text)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)


DEEPEST = 50
"""Levels of the deepest nesting."""
MOST_VALUES = 800_000
"""Values in one file, each alias counted as all that it stands for."""
MOST_FLAWS = 1_000
"""Flaws after which a file is read no further."""

_TAB = re.compile(r"^ *(?:- +)*-?\t[ \t]*(?=[^\s#])", re.MULTILINE)
_TAB_HINT = "there is a tab in the indentation; write spaces"
_HINTS = {
    "mapping values are not allowed": "check the indentation, and put a text that holds ': ' in quotes",
    "could not find expected ':'": "write key: value, with a space after the colon",
    "cannot start any token": "put a text that begins with a special character in quotes",
    "unexpected end of stream": "close the quotes",
    "did not find expected": "check the indentation, the brackets and the quotes",
}


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


def read(data: bytes) -> Document:
    """Read one YAML file; whatever is wrong becomes a flaw of the document, and a syntax error ends the reading."""
    try:
        return _Reader(decoded(data)).run()
    except Refused as error:
        return Document(flaws=[Flaw((), error.line, str(error))], broken=True)


def events(text: str) -> Iterator[Any]:
    """The events of a text, with the positions of their marks in it."""
    parser = Parser(text)
    while (event := parser.get_event()) is not None:
        yield event


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is still open."""

    value: Any
    lines: Any
    line: int
    anchor: str | None
    before: int
    """Count of values before it."""
    is_list: bool
    awaits_key: bool
    key: Any = None
    """The key that waits for its value."""
    height: int = 1


class _Anchored(NamedTuple):
    value: Any
    size: int = 1
    height: int = 0


class _Halt(Exception):  # noqa: N818  it ends the reading of one file
    """Reading cannot go on: what is wrong, and where."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


_SKIP = object()
"""Stands for a key whose value is read but not kept."""


class _Reader:
    """The state of reading one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.document = Document()
        self.frames: list[_Frame] = []
        self.top: _Frame | None = None
        """The innermost frame."""
        self.keys: set[str] = set()
        """Plain keys that were found to be texts."""
        self.anchors: dict[str, _Anchored | None] = {}
        self.count = 0
        self.done = False
        self.tabs = "\t" in text
        self.spans: list[tuple[int, int]] = []
        """First and last line of each scalar over several lines, if the text has tabs at all."""

    def run(self) -> Document:
        try:
            parser = Parser(self.text)
            while (event := parser.get_event()) is not None:
                if event.__class__ is yaml.ScalarEvent:
                    self._scalar(event)
                else:
                    self._structure(event)
            if not self.done:
                raise _Halt(1, "is empty; write what belongs here, or remove the file")  # noqa: TRY301
            self._refuse_tabs()
        except _Halt as error:
            self._break_off(error.line, str(error))
        except yaml.MarkedYAMLError as error:
            self._break_off(*self._syntax(error))
        except yaml.YAMLError as error:
            self._break_off(1, f"is no YAML: {error}; write it anew")
        return self.document

    def _structure(self, event: Any) -> None:
        match event:
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.MappingStartEvent():
                self._open(event, {}, {})
            case yaml.SequenceStartEvent():
                self._open(event, [], [])
            case yaml.CollectionEndEvent():
                self._close()
            case yaml.DocumentStartEvent(start_mark=mark) if self.done and mark:
                raise _Halt(mark.line + 1, "a second document begins here; write one document a file")

    def _scalar(self, event: Any) -> None:
        # Nine events in ten come here, so that calls are spared.
        value, line = event.value, event.start_mark.line + 1
        if event.style or event.tag is not None:
            self._examine(event, line)
        elif self.top is not None and self.top.awaits_key:
            value = value if value in self.keys else self._plain_key(value, line)
        else:
            try:
                value = scalar(value)
            except Refused as error:
                self._flaw(line, str(error), excuse=True)
        if event.anchor:
            self.anchors[event.anchor] = _Anchored(value)
        if self.tabs and event.end_mark.line >= line:
            self.spans.append((line, event.end_mark.line + 1))
        self.count += 1
        if self.count > MOST_VALUES:
            self._count(line, 0)
        self._place(value, line)

    def _examine(self, event: Any, line: int) -> None:
        if event.tag is not None:
            self._flaw(line, f"the tag {event.tag} is not allowed; write the plain value", excuse=True)
        elif event.style == '"' and not event.value.isprintable() and (what := unwritable(event.value)) is not None:
            self._flaw(line, what, excuse=True)

    def _plain_key(self, text: str, line: int) -> Any:
        if text == "<<":
            self._flaw(line, "merge keys (<<) are not allowed; write the fields themselves")
            self.document.excuses.add((id(self.frames[-1].value), None))
            return _SKIP
        if text and (text[0] not in "0123456789+-.~nNtTfF" or isinstance(scalar(text[:100]), str)):
            self.keys.add(text)
            return text
        instead = self._with_a_point(text, line) or "write a name, or put it in quotes"
        self._flaw(line, f"the key {text[:100] or '(nothing)'} is not a text; {instead}")
        return _SKIP

    def _with_a_point(self, text: str, line: int) -> str | None:
        """What to write where a decimal comma parted a number from its decimals, which then look like a key."""
        frame = self.frames[-1]
        name, before = next(reversed(frame.value.items()), (None, None))
        if type(before) is not int or not text.isdecimal() or frame.lines.get(name) != line:
            return None
        return f"write decimals with a point, {before}.{text[:20]}"

    def _alias(self, event: Any) -> None:
        name, line = event.anchor, event.start_mark.line + 1
        anchored = self.anchors.get(name)
        if anchored is None:
            what = (f"the alias *{name} is inside what it names; write the value itself" if name in self.anchors
                    else f"the alias *{name} names nothing above; write &{name} before a value, or the value itself")
            self._flaw(line, what, excuse=True)
            anchored = _Anchored(_SKIP if self.top is not None and self.top.awaits_key else None)
        self._count(line, anchored.size, anchored.height)
        self._place(anchored.value, line, anchored.height)

    def _open(self, event: Any, value: Any, lines: Any) -> None:
        line = event.start_mark.line + 1
        if event.tag is not None:
            self._flaw(line, f"the tag {event.tag} is not allowed; write the plain value", excuse=True)
        if event.anchor:
            self.anchors[event.anchor] = None
        is_list = isinstance(value, list)
        self.top = _Frame(value, lines, line, event.anchor, self.count, is_list, not is_list)
        self.frames.append(self.top)
        self._count(line)

    def _close(self) -> None:
        frame = self.frames.pop()
        self.top = self.frames[-1] if self.frames else None
        self.document.lines[id(frame.value)] = frame.lines
        if frame.anchor:
            self.anchors[frame.anchor] = _Anchored(frame.value, self.count - frame.before, frame.height)
        self._place(frame.value, frame.line, frame.height)

    def _place(self, value: Any, line: int, height: int = 0) -> None:
        """Put a finished value where it belongs: at the top, as a key, under a key, or at the end of a list."""
        frame = self.top
        if frame is None:
            self.document.value, self.document.start, self.done = value, line, True
            return
        if height >= frame.height:
            frame.height = height + 1
        if frame.is_list:
            frame.value.append(value)
            frame.lines.append(line)
        elif frame.awaits_key:
            frame.key, frame.awaits_key = self._key(frame, value, line), False
        else:
            if frame.key is not _SKIP:
                frame.value[frame.key] = value
            frame.key, frame.awaits_key = None, True

    def _key(self, frame: _Frame, key: Any, line: int) -> Any:
        if key is _SKIP:
            return _SKIP
        if not isinstance(key, str):
            self._flaw(line, "a key is not a text; write a name")
            return _SKIP
        if key in frame.lines:
            self._flaw(line, f"is repeated here, first in line {frame.lines[key]}; keep one of the two", key)
            return _SKIP
        frame.lines[key] = line
        return key

    def _count(self, line: int, size: int = 1, height: int = 0) -> None:
        self.count += size
        if self.count > MOST_VALUES:
            raise _Halt(line, f"holds more than {MOST_VALUES:,} values, aliases written out; write fewer")
        if len(self.frames) + height > DEEPEST:
            raise _Halt(line, f"is nested more than {DEEPEST} levels deep; write it flatter")

    def _flaw(self, line: int, what: str, key: str | None = None, excuse: bool = False) -> None:
        """Note a flaw in the value or key that is read now; with `excuse`, what follows from it is not reported."""
        steps = [len(frame.value) if frame.is_list else frame.key for frame in self.frames]
        if key is not None:
            steps[-1] = key
        path = tuple(step for step in takewhile(lambda step: step is not None and step is not _SKIP, steps))
        self.document.flaws.append(Flaw(path, line, what))
        if excuse and self.frames:
            self.document.excuses.add((id(self.frames[-1].value), steps[-1]))
        if len(self.document.flaws) >= MOST_FLAWS:
            raise _Halt(line, f"has {MOST_FLAWS:,} flaws up to here; mend them first, the rest is not read")

    def _break_off(self, line: int, what: str) -> None:
        document = self.document
        document.flaws.append(Flaw((), line, what))
        document.broken = True
        if not self.done and self.frames and isinstance(self.frames[0].value, list):
            top = self.frames[0]
            document.value, document.start = top.value, top.line
            document.lines[id(top.value)] = top.lines

    def _syntax(self, error: yaml.MarkedYAMLError) -> tuple[int, str]:
        """Line and words for an error of the parser; what ends with the file is reported where it began."""
        problem, mark = error.problem or "", error.problem_mark or error.context_mark
        if mark is None:
            return 1, f"cannot be read: {problem}; write plain YAML"
        row = self.text[self.text.rfind("\n", 0, mark.index) + 1:mark.index + 100]
        if "tab character" in problem or _TAB.match(row):
            return mark.line + 1, _TAB_HINT
        line = mark.line + 1
        if not self.text[mark.index:].strip():
            began = error.context_mark.line + 1 if error.context_mark is not None else line
            line = min(began, self.frames[-1].line if began == line and self.frames else line)
        hint = next((hint for part, hint in _HINTS.items() if part in problem), "write plain YAML")
        return line, f"cannot be read: {problem}; {hint}"

    def _refuse_tabs(self) -> None:
        """LibYAML lets tabs pass where brackets are open; YAML 1.2 has no tabs in any indentation."""
        ends = [last for _, last in self.spans]
        line, counted = 1, 0
        for match in islice(_TAB.finditer(self.text), MOST_FLAWS) if self.tabs else ():
            line, counted = line + self.text.count("\n", counted, match.start()), match.start()
            span = bisect_left(ends, line)
            if span == len(ends) or line <= self.spans[span][0]:
                self.document.flaws.append(Flaw((), line, _TAB_HINT))
