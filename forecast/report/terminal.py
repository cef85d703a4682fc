"""Pages in a terminal: sentences are wrapped, tables fitted, and no line is wider than the terminal.

The third renderer of a page, beside `html` and `markdown`. Texts of analysts are shown, never interpreted.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from rich.box import SIMPLE_HEAD, Box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from forecast.core.errors import inert
from forecast.core.text import encodable
from forecast.report.canvas import Canvas, Pen
from forecast.report.page import (
    Block,
    Bullets,
    Cards,
    Cell,
    Code,
    Columns,
    Curves,
    Faint,
    Figure,
    Fold,
    Heading,
    Line,
    Link,
    Listing,
    Moves,
    Notice,
    Outcomes,
    Page,
    Paragraph,
    Row,
    Run,
    Section,
    Strips,
    Strong,
    Table,
)

NARROWEST, USUAL = 20, 80
"""Characters of the narrowest terminal that is written for, and of one that does not say how wide it is."""

HEIGHT = 25
"""Lines of a terminal, which nothing here depends on."""

READABLE = 100
"""Characters beyond which a sentence is wrapped however wide the terminal is."""

GAP = 2
"""Characters between two columns."""

SHORT, TEXT, WORD = 20, 12, 28
"""Characters up to which cells are not wrapped, to which longer ones give way, and up to which a word is not torn."""

_PLAIN_BOX = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


def console(file: IO[str] | None = None, width: int | None = None) -> Console:
    """A console, on standard output unless a file is named, as wide as its terminal; plain where that is none."""
    return Console(file=file, width=max(NARROWEST, width or columns(file or sys.stdout)), height=HEIGHT,
                   highlight=False, emoji=False, markup=False)


def columns(stream: IO[str]) -> int:
    """How wide the terminal of a stream is: by COLUMNS, else as it says itself, else as wide as is usual."""
    stated = os.environ.get("COLUMNS", "")
    if re.fullmatch(r"[0-9]{1,6}", stated, re.ASCII) and int(stated) > 0:
        return int(stated)
    try:
        return os.get_terminal_size(stream.fileno()).columns or USUAL
    except (OSError, ValueError):  # no terminal, or no file at all
        return USUAL


def show(content: Page, out: Console | None = None) -> None:
    """Write a page to a terminal."""
    _Screen(out or console()).page(content)


@dataclass(frozen=True)
class _Screen:
    """A console, and how each kind of block is written to it."""

    out: Console

    def page(self, content: Page) -> None:
        self.sentence((Strong(content.title),))
        if content.subtitle:
            self.sentence((content.subtitle,))
        self.blocks([*content.notices, *content.head, *_blocks(content.sections)])

    def blocks(self, blocks: Iterable[Block]) -> None:
        """Write blocks, with an empty line before each but one that follows its heading."""
        before: Block | None = None
        for block in blocks:
            if not isinstance(before, Heading):
                self.out.print()
            self.block(block)
            before = block

    def block(self, block: Block) -> None:
        match block:
            case Paragraph(runs):
                self.sentence(runs)
            case Notice(title, runs):
                self.sentence((Strong(f"{title}. "), *runs))
            case Heading(text):
                self.sentence((Strong(text),))
            case Figure():
                self.figure(block)
            case Table():
                self.table(block)
            case Bullets(items):
                for item in items:
                    self.sentence(item, bullet="- ")
            case Listing(lines):
                for text in lines:
                    self.sentence((Code(text),))
            case Outcomes(parts):
                self.sentence((" · ".join(f"{part.name} {part.label}" for part in parts),))
            case Cards(cards):
                for card in cards:
                    self.sentence((Strong(card.title), *_joined_lines(card.lines)), bullet="- ")
            case Moves():
                self.moves(block)
            case Columns(columns):
                self.blocks(part for column in columns for part in column)
            case Fold(title):
                self.sentence((Faint(f"{title}: on the page."),))

    def moves(self, block: Moves) -> None:
        """Write what moved a forecast, the numbers below each other."""
        self.sentence((Strong(block.caption),))
        width = max((cell_len(move.points) for move in block.moves), default=0)
        for move in block.moves:
            number = " " * (width - cell_len(move.points)) + move.points
            self.sentence((*move.title, *((" – ", *move.note) if move.note else ())), bullet=f"{number}  ")

    def sentence(self, runs: Line, bullet: str = "") -> None:
        """Write a text, wrapped between words; what follows the first line stands below its first word."""
        room = min(self.out.width, READABLE) - len(bullet)
        for place, line in enumerate(self.text(runs).wrap(self.out, room, overflow="fold")):
            line.rstrip()
            self.out.print(Text(" " * len(bullet) if place else bullet) + line, soft_wrap=True)

    def text(self, runs: Line) -> Text:
        """A line as it is shown: inert, and in signs that the output can write."""
        return Text.assemble(*((encodable(inert(_text_of(run)), self.out.encoding), _STYLES.get(type(run), ""))
                               for run in runs))

    def figure(self, figure: Figure) -> None:
        pen, drawing = Pen(self.out, min(self.out.width, READABLE)), figure.drawing
        said = figure.drawn or figure.alt
        if isinstance(drawing, Curves):
            self.canvas(figure, pen.curves(drawing))
            for curve in reversed(drawing.curves):
                self.sentence((curve.name,), bullet=f"{pen.written(curve.sign)} ")
        elif isinstance(drawing, Strips):
            self.canvas(figure, pen.strips(drawing))
        elif figure.bars:
            bars = pen.bars(figure.bars)
            self.canvas(figure, bars)
            said += f" Each bar: the mean of {bars.joined} of them." if bars.joined > 1 else ""
        else:
            return
        self.sentence((Faint(pen.written(said)),))

    def canvas(self, figure: Figure, drawn: Canvas) -> None:
        """Write lines that were drawn, and what stands below the ends of their axis."""
        for line in drawn.lines:
            self.out.print(Text(line.rstrip()), soft_wrap=True)
        first, last = (encodable(inert(end), self.out.encoding) for end in figure.ends)
        gap = drawn.width - cell_len(first) - cell_len(last)
        self.sentence((f"{first}{' ' * gap}{last}" if gap > 0 else f"{first} – {last}",), bullet=" " * drawn.left)

    def table(self, table: Table) -> None:
        """Write a table, below each other as many columns at a time as fit, each time with the first one."""
        self.sentence((Strong(table.caption),))
        rows, note = _chosen(table)
        found = [self.column(table, rows, place) for place in range(len(table.columns))]
        for place, chosen in enumerate(_bands(found, self.out.width)):
            if place:
                self.out.print()
            self.grid(chosen, rows)
        if note:
            self.sentence((Faint(note),))

    def column(self, table: Table, rows: Sequence[Row], place: int) -> _Column:
        """A column with its cells, and how wide it wants to be and must be."""
        title = self.text((table.columns[place],))
        cells = [self.cell(row.cells[place]) for row in rows]
        lines = [line for cell in cells for line in cell.plain.split("\n")]
        longest = max(map(cell_len, lines), default=0)
        least = longest if longest <= SHORT else max(TEXT, _longest_word(lines))
        return _Column(title, cells, place in table.numeric, max(1, cell_len(title.plain), longest),
                       max(1, least, self.two_lines(title)))

    def two_lines(self, title: Text) -> int:
        """How wide a title is in two lines."""
        word = max(1, _longest_word([title.plain]))
        return next(width for width in range(word, word + cell_len(title.plain) + 1)
                    if width == SHORT or len(title.wrap(self.out, width)) <= 2)

    def cell(self, cell: Cell) -> Text:
        return Text("\n").join(map(self.text, cell))

    def grid(self, chosen: Sequence[_Column], rows: Sequence[Row]) -> None:
        plain = encodable("─", self.out.encoding) != "─"
        grid = Grid(box=_PLAIN_BOX if plain else SIMPLE_HEAD, show_edge=False, pad_edge=False,
                    padding=(0, GAP - 1, 0, 0), header_style="")
        for column, width in zip(chosen, _widths(chosen, self.out.width), strict=True):
            grid.add_column(column.title, width=width, overflow="fold", justify="right" if column.numeric else "left")
        for place, row in enumerate(rows):
            grid.add_row(*(column.cells[place] for column in chosen), style="bold" if row.total else "")
        for line in self.lines(grid):
            self.out.print(line, soft_wrap=True)

    def lines(self, drawn: RenderableType) -> Iterator[Text]:
        """The lines of what has been drawn, without spaces at their ends."""
        for segments in self.out.render_lines(drawn, pad=False):
            line = Text.assemble(*((segment.text, segment.style or "") for segment in segments))
            line.rstrip()
            yield line


_STYLES = {Strong: "bold", Faint: "dim"}


@dataclass(frozen=True)
class _Column:
    """A column of a table as it is shown."""

    title: Text
    cells: list[Text]
    numeric: bool
    wanted: int
    """Characters of its longest line."""
    least: int
    """Characters that it has at least, unless hardly anything fits."""


def _text_of(run: Run) -> str:
    """What a run says; a link whose text does not say where it leads tells it."""
    match run:
        case str():
            return run
        case Link(text, url):
            return text if text in url else f"{text} ({url})"
        case Strong(text) | Faint(text) | Code(text):
            return text


def _joined_lines(lines: Sequence[Line]) -> Iterator[Run]:
    """Short lines as one, after a title."""
    for place, line in enumerate(lines):
        yield ". " if place else ": "
        yield from line


def _blocks(sections: Iterable[Section]) -> Iterator[Block]:
    for section in sections:
        shown = [block for block in section.blocks if not isinstance(block, Figure) or block.bars or block.drawing]
        if section.title and shown:
            yield Heading(section.title)
        yield from shown


def _chosen(table: Table) -> tuple[Sequence[Row], str]:
    """The rows of a table that are shown, and what is said of the others."""
    rows, most = table.rows, table.most
    if not most or len(rows) <= most:
        return rows, ""
    if table.evenly:
        places = [len(rows) - 1 - round(place * (len(rows) - 1) / max(1, most - 1)) for place in range(most)]
        return [rows[place] for place in reversed(places)], f"{most} of {len(rows)} rows, evenly spread"
    return rows[:most], f"and {len(rows) - most} more"


def _bands(found: Sequence[_Column], room: int) -> Iterator[list[_Column]]:
    """Share out columns that do not fit beside each other; each part begins with the first one."""
    first, *others = found
    label = min(first.least, max(SHORT, room // 3) if room > 2 * SHORT else room // 3)
    band, used = [first], label
    for column in others:
        if len(band) > 1 and used + GAP + column.least > room:
            yield band
            band, used = [first], label
        band.append(column)
        used += GAP + column.least
    yield band


def _widths(chosen: Sequence[_Column], room: int) -> list[int]:
    """Widths of columns that fit beside each other: what they must have, and a fair share of what is left."""
    left = room - GAP * (len(chosen) - 1)
    widths = [column.least for column in chosen]
    while sum(widths) > left:  # only where hardly any column fits: the widest gives way
        widths[widths.index(max(widths))] -= 1
    for numeric in (False, True):  # texts first: a column of numbers only has its title to spread
        while hungry := [place for place, column in enumerate(chosen)
                         if column.numeric == numeric and widths[place] < column.wanted]:
            share = (left - sum(widths)) // len(hungry)
            if share < 1:
                break
            for place in hungry:
                widths[place] = min(chosen[place].wanted, widths[place] + share)
    return widths


def _longest_word(lines: Iterable[str]) -> int:
    words = [word for line in lines for word in line.split()]
    return min(WORD, max(map(cell_len, words), default=0))
