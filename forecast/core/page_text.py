"""The text of HTML pages and fragments, and what of a text can be a title."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import takewhile


class _Text(HTMLParser):
    """The text of a page: without its scripts, with a line for each block."""

    _BLOCKS = ("address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption",
               "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "li", "main",
               "nav", "ol", "p", "pre", "section", "table", "td", "th", "title", "tr", "ul")
    _HIDDEN = ("script", "style", "template", "noscript")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.hidden and tag in self._HIDDEN:
            self.hidden = tag
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self.hidden:
            self.hidden = ""
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def plain(page: str) -> str:
    """The text of an HTML page or fragment, a paragraph on each line."""
    reader = _Text()
    reader.feed(page)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def first_line(text: str, most: int = 120) -> str:
    """The first line of a text, cut at a word if it is longer than a title should be."""
    line = text.strip().partition("\n")[0]
    if len(line) <= most:
        return line
    words = list(takewhile(lambda end: end <= most, (match.start() for match in re.finditer(r"\s+", line))))
    return f"{line[:words[-1] if words else most]} …"
