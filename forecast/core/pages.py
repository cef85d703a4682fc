"""Web pages: when two addresses are one page's and whose they are, and the text that is in HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from itertools import takewhile
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

_CAMPAIGN = re.compile(r"(utm_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|_ga)$", re.IGNORECASE)
"""Parts of an address that say who sent the reader, not what is read."""


def page_of(url: str) -> str:
    """What tells one page from another: an address without its scheme, www., marks of campaigns, last slash and #…."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip(".").removeprefix("www."), parts.port
    except ValueError:
        return url.strip()
    if not host:
        return url.strip()
    with suppress(UnicodeError):
        host = host.encode("idna").decode()
    asked = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _CAMPAIGN.match(pair[0]))
    shown_port = "" if port in (None, 80, 443) else f":{port}"
    return f"{host}{shown_port}{unquote(parts.path).rstrip('/')}{'?' + urlencode(asked) if asked else ''}"


def host_of(url: str) -> str:
    """The host of an address without www.; empty if it has none."""
    try:
        return (urlsplit(url.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def web_address(url: str | None) -> str | None:
    """An address that may become a link: http or https, with a host; percent-encoded where it is not ASCII."""
    if not url or not url.isprintable() or re.search(r"[\s<>\"'`{}|\\^\[\]]", url):
        return None
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return None
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
        return urlunsplit((parts.scheme, host, quote(parts.path, safe="/%:@!$&()*+,;=~-._"),
                           quote(parts.query, safe="/%:@!$&()*+,;=~-._?"),
                           quote(parts.fragment, safe="/%:@!$&()*+,;=~-._?")))
    except (ValueError, UnicodeError):
        return None


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
