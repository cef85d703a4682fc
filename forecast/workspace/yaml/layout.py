"""Where everything is in a YAML text: values, comments, line ends. What a change does not touch stays as it is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import yaml

from forecast.workspace.yaml.reader import events

_COMMENT = re.compile(r"(?:^|(?<=[ \t\r\n\[{,]))#[^\r\n]*")
_BREAK = re.compile(r"\r\n?|\n")
_BLANK_TAIL = re.compile(r"(?:\r\n?|\n)[ \t\r\n]*\Z")


@dataclass(slots=True)
class Node:
    """One value and its place in the text, an anchor before it included."""

    kind: Literal["scalar", "list", "map", "alias"]
    start: int
    end: int = 0
    in_brackets: bool = False
    """Whether a list or mapping is written between brackets."""
    anchored: bool = False
    entries: list[Node] = field(default_factory=list)
    """The values of a list; the keys and values of a mapping, in turn."""

    @property
    def pairs(self) -> list[tuple[Node, Node]]:
        """Keys and values of a mapping, in the order of the text."""
        return list(zip(self.entries[::2], self.entries[1::2], strict=True))


class Splice(NamedTuple):
    """A piece of the text that is replaced."""

    start: int
    end: int
    new: str


class Layout:
    """A text that the gate accepts, with the places of its values and comments."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.end = len(text)
        """Where the content ends: before a mark of the end, or with the text."""
        self._bare = list(text)
        self.root = self._compose()
        bare = "".join(self._bare)
        self.comments = [match.span() for match in _COMMENT.finditer(bare)]
        self.bare = _COMMENT.sub(lambda match: " " * len(match[0]), bare)
        """The text without what scalars and comments hold, so that only marks are left."""
        self.starts = [0, *(match.end() for match in _BREAK.finditer(text))]
        """Where each line begins."""
        self.comment_rows = {self.row(start): start - self.line_start(start) for start, _ in self.comments
                             if self.is_blank(self.line_start(start), start)}
        """Lines that hold a comment alone, with its indentation."""
        breaks = Counter(_BREAK.findall(text))
        self.eol = max(breaks, key=lambda each: breaks[each]) if breaks else "\n"
        """How most lines of the text end."""

    def _compose(self) -> Node:
        open_nodes: list[Node] = []
        root = Node("scalar", 0)
        for event in events(self.text):
            match event:
                case yaml.CollectionEndEvent(end_mark=mark):
                    closed = open_nodes.pop()
                    ends = [entry.end for entry in closed.entries]
                    closed.end = mark.index if mark and closed.in_brackets else max(ends, default=closed.start)
                    continue
                case yaml.DocumentEndEvent(explicit=True, start_mark=mark) if mark:
                    self.end = mark.index
                    continue
                case yaml.NodeEvent():
                    node = self._node(event)
                case _:
                    continue
            if open_nodes:
                open_nodes[-1].entries.append(node)
            else:
                root = node
            if node.kind in ("list", "map"):
                open_nodes.append(node)
        return root

    def _node(self, event: Any) -> Node:
        start, end, anchored = event.start_mark.index, event.end_mark.index, event.anchor is not None
        match event:
            case yaml.AliasEvent():
                return Node("alias", start, end)
            case yaml.SequenceStartEvent():
                return Node("list", start, end, bool(event.flow_style), anchored)
            case yaml.MappingStartEvent():
                return Node("map", start, end, bool(event.flow_style), anchored)
        hidden = start
        if event.style in ("|", ">"):
            # Blank lines after a text in a block belong to the space between; its first line may end with a comment.
            end = start + len(_BLANK_TAIL.sub("", self.text[start:end]))
            first = _BREAK.search(self.text, start, end)
            hidden = first.end() if first else end
        self._bare[hidden:end] = "x" * (end - hidden)
        return Node("scalar", start, end, anchored=anchored)

    def row(self, position: int) -> int:
        """Number of the line of a position, from 0."""
        return bisect_right(self.starts, position) - 1

    def line_start(self, position: int) -> int:
        """Where the line of a position begins."""
        return self.starts[self.row(position)]

    def line_end(self, position: int) -> int:
        """Where the line of a position ends, its break included."""
        return self.row_start(self.row(position) + 1)

    def opens_line(self, position: int) -> bool:
        """Whether only space is before a position in its line."""
        return not self.text[self.line_start(position):position].strip()

    def row_start(self, row: int) -> int:
        """Where a line begins; the end of the text for the one after the last."""
        return self.starts[row] if row < len(self.starts) else len(self.text)

    def indent(self, position: int) -> int:
        """How far the first sign in the line of a position is indented."""
        line = self.text[self.line_start(position):self.line_end(position)]
        return len(line) - len(line.lstrip(" "))

    def is_blank(self, start: int, end: int) -> bool:
        """Whether nothing but space is between two positions."""
        return not self.text[start:end].strip()

    def comments_in(self, start: int, end: int) -> list[str]:
        """The comments between two positions, in their order."""
        return [self.text[a:b].rstrip() for a, b in self.comments if start <= a < end]

    def comments_above(self, position: int) -> int:
        """Where the comment lines begin that stand directly above a line and no deeper than it."""
        row = self.row(position)
        while self.comment_rows.get(row - 1, len(self.text)) <= self.indent(position):
            row -= 1
        return self.row_start(row)

    def dash(self, entry: Node) -> int:
        """Where the hyphen of an entry of a list stands."""
        return self.bare.rindex("-", 0, entry.start)

    def spliced(self, splices: Iterable[Splice]) -> str:
        """The text with some pieces replaced; new lines end as the others do. Pieces that only go may overlap."""
        parts, position, before = [], 0, ""
        for start, end, new in sorted(splices, key=lambda splice: splice[:2]):
            if start < position and (before or new):
                raise ValueError("two changes of one piece of the text")
            parts += [self.text[position:start], new.replace("\n", self.eol)]
            position, before = max(position, end), new
        return "".join((*parts, self.text[position:]))
