"""Pages as readers and programs find them: their blocks, their lines, and what their HTML and Markdown show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

from forecast.report.page import (
    Block,
    Bullets,
    Cards,
    Columns,
    Figure,
    Fold,
    Heading,
    Line,
    Listing,
    Moves,
    Notice,
    Outcomes,
    Page,
    Paragraph,
    Section,
    Table,
)

MARKDOWN = MarkdownIt("commonmark").enable("table").enable("strikethrough")


# --- the tree ---------------------------------------------------------------------------------------------------------


def blocks(content: Page, appendix: bool = True) -> Iterator[Block]:
    """Every block of a page in its order, folded and side by side ones too."""
    yield from _within((*content.notices, *content.head))
    for part in (*content.sections, *(content.appendix if appendix else ())):
        yield from _within(part.blocks)


def _within(parts: Iterable[Block]) -> Iterator[Block]:
    for part in parts:
        if isinstance(part, Columns):
            for column in part.columns:
                yield from _within(column)
        elif isinstance(part, Fold):
            yield from _within(part.blocks)
        else:
            yield part


def plain(line: Line) -> str:
    """A line without its marks."""
    return "".join(run if isinstance(run, str) else run.text for run in line)


def lines(block: Block) -> Iterator[str]:
    """The texts of a block, line by line; of a figure what stands below it."""
    match block:
        case Paragraph(runs):
            yield plain(runs)
        case Notice(title, runs):
            yield from (title, plain(runs))
        case Heading(text):
            yield text
        case Bullets(items):
            yield from map(plain, items)
        case Listing(told):
            yield from told
        case Figure(_, _, caption):
            yield caption
        case Outcomes(parts):
            for part in parts:
                yield from (part.name, part.label)
        case Cards(cards):
            for card in cards:
                yield card.title
                yield from map(plain, card.lines)
        case Moves(caption, moves):
            yield caption
            for move in moves:
                yield from (move.points, plain(move.title), plain(move.note))
        case Table():
            yield from _lines_of(block)


def _lines_of(table: Table) -> Iterator[str]:
    yield from (table.caption, *table.columns)
    for row in table.rows:
        for cell in row.cells:
            yield from map(plain, cell)
        yield from map(plain, row.more)


def section(content: Page, name: str) -> Section:
    """A section or a part of the appendix by its id."""
    return next(part for part in (*content.sections, *content.appendix) if part.id == name)


def said(content: Page, name: str) -> str:
    """All that a section says."""
    part = section(content, name)
    whole = Page("", "", (part,))
    return "\n".join(line for block in blocks(whole) for line in lines(block))


def table(content: Page, caption: str) -> Table:
    """A table by how its caption begins."""
    return next(block for block in blocks(content) if isinstance(block, Table) and block.caption.startswith(caption))


def column(rows: Table, place: int) -> list[str]:
    """The texts of a column."""
    return [" ".join(map(plain, row.cells[place])) for row in rows.rows]


def squeezed(text: str) -> str:
    """A text without its spaces, of which each form has its own."""
    return re.sub(r"\s+", "", text)


# --- HTML -------------------------------------------------------------------------------------------------------------


class Parsed(HTMLParser):
    """Elements, attributes and texts of a page, and what its scripts and styles hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in self.raw:
            self.raw[self._inside][-1] += data
        else:
            self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def shown(self) -> str:
        """All its texts, without spaces."""
        return squeezed("".join(self.texts))


# --- Markdown ---------------------------------------------------------------------------------------------------------


def tokens(text: str) -> list[Token]:
    """What a parser of Markdown finds, flat."""
    flat = []
    for token in MARKDOWN.parse(text):
        flat += [token, *(token.children or [])]
    return flat


def shown(text: str) -> str:
    """What a reader sees of a Markdown text, without any markup."""
    return "".join(token.content if token.type in ("text", "code_inline", "code_block") else " "
                   for token in tokens(text) if token.type != "inline")
