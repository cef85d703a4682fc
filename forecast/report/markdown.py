"""The report as Markdown (CommonMark with the tables of GFM), for a terminal or a wiki."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from forecast.report.page import (
    Block,
    Bullets,
    Cards,
    Code,
    Columns,
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
    Strong,
    Table,
)
from forecast.report.words import quoted

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#!~&$@{}]|(?<=[a-zA-Z]):(?=//)|(?<=www)\.)", re.IGNORECASE)
_START = re.compile(r"^(?:([-+=])(?=[\s=-]|$)|(\d+)([.)])(?=\s|$))")


WORDS = 1500
"""The most words of a page; where titles are so long that it has more, fewer of what moved the forecast are told."""


def page_markdown(content: Page) -> str:
    """Write a page as Markdown, without its appendix; charts are linked as charts/NAME.svg."""
    written = "\n\n".join(_parts(content)) + "\n"
    for most in (4, 3, 2, 1):
        if len(written.split()) <= WORDS:
            break
        sections = tuple(replace(part, blocks=_fewer(part.blocks, most)) for part in content.sections)
        written = "\n\n".join(_parts(replace(content, sections=sections))) + "\n"
    return written


def _fewer(blocks: Iterable[Block], most: int) -> tuple[Block, ...]:
    """Blocks in which at most so many moves are told."""
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Columns):
            found.append(Columns(tuple(_fewer(column, most) for column in block.columns)))
        else:
            found.append(replace(block, moves=block.moves[:most]) if isinstance(block, Moves) else block)
    return tuple(found)


def appendix_markdown(content: Page) -> str:
    """Write the appendix of a page as Markdown."""
    return "\n\n".join([f"# {escape(content.title)}", escape(content.subtitle),
                        *_sections(content.appendix)]) + "\n"


def escape(text: str) -> str:
    """A text that Markdown shows as it is: no markup, no link and no HTML comes of it."""
    plain = _SPECIAL.sub(r"\\\1", quoted(text))
    return _START.sub(lambda match: f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}", plain)


def _parts(content: Page) -> Iterator[str]:
    yield f"# {escape(content.title)}"
    if content.subtitle:
        yield escape(content.subtitle)
    for block in (*content.notices, *content.head):
        yield _block(block)
    yield from _sections(content.sections)


def _sections(sections: Iterable[Section]) -> Iterator[str]:
    number = 0
    for section in sections:
        if section.title:
            number += 1
            yield f"## {number}. {escape(section.title)}"
        for block in section.blocks:
            yield _block(block)


def _block(block: Block) -> str:
    match block:
        case Paragraph(runs):
            return _line(runs)
        case Notice(title, runs):
            return f"> **{escape(title)}.** {_line(runs)}"
        case Heading(text):
            return f"### {escape(text)}"
        case Figure(name, alt, caption):
            return f"![{escape(alt)}](charts/{name}.svg)" + (f"\n\n{escape(caption)}" if caption else "")
        case Table():
            return _table(block)
        case Bullets(items):
            return "\n".join(f"- {_line(item)}" for item in items)
        case Listing(lines):
            return "\n".join(f"    {quoted(line)}" for line in lines)
        case Outcomes(parts):
            return " · ".join(f"{escape(part.name)} **{escape(part.label)}**" for part in parts)
        case Cards(cards):
            return "\n".join(f"- **{escape(card.title)}**: {'. '.join(_line(line) for line in card.lines)}"
                             for card in cards)
        case Moves():
            return _moves(block)
        case Columns(columns):
            return "\n\n".join(_block(part) for column in columns for part in column)
        case Fold(title):
            # What a page folds away is in report.html; here it would bury the rest.
            return f"*{escape(title)}: in report.html.*"


def _moves(block: Moves) -> str:
    rows = [f"- **{escape(move.points)}** {_line(move.title)}" + (f" — {_line(move.note)}" if move.note else "")
            for move in block.moves]
    return "\n\n".join([f"**{escape(block.caption)}**", "\n".join(rows) or "Nothing."])


def _table(table: Table) -> str:
    head = "| " + " | ".join(escape(title) for title in table.columns) + " |"
    rule = "|" + "|".join(" ---: " if place in table.numeric else " --- " for place in range(len(table.columns))) + "|"
    rows = ["| " + " | ".join(" — ".join(_line(line) for line in cell) for cell in row.cells) + " |"
            for row in table.rows]
    parts = [f"**{escape(table.caption)}**", "\n".join([head, rule, *rows])]
    told = [_told(row) for row in table.rows if row.more]
    return "\n\n".join([*parts, "\n".join(told)] if told else parts)


def _told(row: Row) -> str:
    """What a row tells beyond its cells, as a list."""
    return "\n".join([f"- {_line(row.cells[0][0])}", *(f"  - {_line(line)}" for line in row.more)])


def _line(runs: Line) -> str:
    return "".join(map(_run, runs)).strip()


def _run(run: Run) -> str:
    match run:
        case Strong(text):
            inner = escape(text.strip())
            return f"**{inner}**{' ' if text.endswith(' ') else ''}"
        case Faint(text):
            return _spaced(text)
        case Code(text):
            return escape(text) if set("`|") & set(text) else f"`{quoted(text)}`"
        case Link(text, url):
            return f"[{escape(text)}](<{url}>)"
        case str():
            return _spaced(run)


def _spaced(text: str) -> str:
    """An escaped text with the spaces at its ends, which join it to its neighbours."""
    if not text.strip():
        return " " if text else ""
    return f"{' ' if text[0] == ' ' else ''}{escape(text)}{' ' if text[-1] == ' ' else ''}"
