"""The text of HTML pages and fragments, and what of a text can be a title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import takewhile

# The parser of the standard library takes quadratic time for pages that are made to make it so.

BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "td", "th", "title", "tr", "ul"))
"""Elements that begin a line of their own."""
_HIDDEN = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "template", "noscript")}
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)|<[/!?]")
_MARK = re.compile(r">|=\s{0,9}[\"']")


def plain(page: str) -> str:
    """The text of an HTML page or fragment, a paragraph on each line; in one pass, whatever the page holds."""
    lines = (" ".join(line.split()) for line in "".join(_parts(page)).split("\n"))
    return "\n".join(line for line in lines if line)


def _parts(page: str) -> Iterator[str]:
    """The texts between the tags, and a line break for each tag of a block."""
    place = 0
    while (start := page.find("<", place)) >= 0:
        yield unescape(page[place:start])
        tag = _TAG.match(page, start)
        if tag is None:
            yield "<"
            place = start + 1
            continue
        if (place := _end(page, start, tag.end())) == 0:
            yield unescape(page[start:])
            return
        name = (tag[1] or "").lower()
        if name in BLOCKS:
            yield "\n"
        elif name in _HIDDEN and page[start + 1] != "/":
            closed = _HIDDEN[name].search(page, place)
            place = closed.start() if closed else len(page)
    yield unescape(page[place:])


def _end(page: str, start: int, place: int) -> int:
    """Where a tag or a comment ends; 0 if it does not."""
    if page.startswith("<!--", start):
        closed = page.find("-->", start + 4)
        return closed + 3 if closed >= 0 else 0
    while (mark := _MARK.search(page, place)) is not None and mark[0] != ">":
        place = page.find(mark[0][-1], mark.end()) + 1 or mark.end()
    return mark.end() if mark else 0


def first_line(text: str, most: int = 120) -> str:
    """The first line of a text, cut at a word if it is longer than a title should be."""
    line = text.strip().partition("\n")[0]
    if len(line) <= most:
        return line
    words = list(takewhile(lambda end: end <= most, (match.start() for match in re.finditer(r"\s+", line))))
    return f"{line[:words[-1] if words else most]} …"
