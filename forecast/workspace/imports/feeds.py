"""RSS and Atom files as clippings. A file that declares a document type is refused, so that no entity is followed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from forecast.core.pages import BLOCKS, first_line, plain
from forecast.core.scalars import LARGEST, Refused
from forecast.workspace.imports.clippings import Clipping, Clippings, clean

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DEEPEST = 100
"""Levels of the deepest nesting."""
_CHANGED = ("updated", "modified")
_DAYS = ("pubdate", "published", "issued", "date", *_CHANGED)
"""Elements that say when it was published, those first that say it best; those last stay in the note."""
_TEXTS = ("description", "summary", "encoded", "content")


def read_feed(data: bytes) -> Clippings:
    """The entries of an RSS 2.0, RSS 1.0 or Atom file.

    Raises `Refused` if it is not well formed, declares a document type, or holds no entries.
    """
    from xml.etree import ElementTree

    if len(data) > LARGEST:
        raise Refused(f"is larger than {LARGEST >> 20} MiB; split it into several files")
    lines = _checked(data)
    root = ElementTree.fromstring(data)
    entries = [element for element in root.iter() if _name(element) in ("item", "entry")]
    if not entries:
        raise Refused("has no entries; export it as RSS or Atom, or name its format with --from")
    source = _title(root)
    return Clippings("feed", tuple(_clipping(entry, number, line, source) for number, (entry, line)
                                   in enumerate(zip(entries, lines, strict=True), 1)))


def _checked(data: bytes) -> list[int]:
    """The lines on which entries begin; `Refused` for what an XML file of entries need not have."""
    from xml.parsers import expat

    parser = expat.ParserCreate(namespace_separator="}")
    depth, lines = 0, []

    def begin(name: str, _: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise Refused(f"is nested more than {_DEEPEST} levels deep; export it again", parser.CurrentLineNumber)
        if _local(name).lower() in ("item", "entry"):
            lines.append(parser.CurrentLineNumber)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def declared(*_: Any) -> None:
        raise Refused("declares a document type, which may hide entities; remove <!DOCTYPE …>",
                      parser.CurrentLineNumber)

    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = begin, end, declared
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Refused(f"is not well-formed XML ({expat.ErrorString(error.code)}); save it again from its address",
                      error.lineno) from None
    except (LookupError, ValueError):
        raise Refused("names an encoding that cannot be read; save it as UTF-8") from None
    return lines


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _name(element: Element) -> str:
    return _local(element.tag).lower() if isinstance(element.tag, str) else ""


def _title(root: Element) -> str:
    """The title of the feed itself."""
    for element in (root, *root):
        if _name(element) in ("rss", "rdf", "feed", "channel"):
            for child in element:
                if _name(child) == "title":
                    return clean(_text(child))
    return ""


def _clipping(entry: Element, number: int, line: int, feed: str) -> Clipping:
    parts: dict[str, list[Element]] = {}
    for child in entry:
        parts.setdefault(_name(child), []).append(child)
    texts = list(dict.fromkeys(text for name in _TEXTS for child in parts.get(name, []) if (text := _text(child))))
    title = next(map(_line, parts.get("title", [])), "")
    day, url, source = _first(parts, _DAYS), _address(parts), _source(parts) or feed
    others: dict[str, list[str]] = {}
    for name, children in parts.items():
        if name not in _TEXTS:
            told = (" ".join(_told(child)).strip() for child in children if not url or child.get("href") != url)
            known = ("", title, url, source) if name in _CHANGED else ("", title, day, url, source)
            others[name] = [text for text in told if text not in known]
    beside = [f"{_local(name)}={clean(value)}" for name, value in entry.attrib.items() if clean(value) not in ("", url)]
    loose = (" ".join(clean(text or "").split()) for text in (entry.text, *(child.tail for child in entry)))
    others.setdefault("entry", []).extend([*beside, *filter(None, loose)])
    return Clipping(f"entry {number}", line, date=day, title=title or first_line("\n".join(texts)), source=source,
                    url=url, note="\n".join(texts),
                    others={name: "; ".join(told) for name, told in others.items() if told})


def _source(parts: dict[str, list[Element]]) -> str:
    """From where an entry was taken over, if it says so: the text of RSS, the title of Atom."""
    for element in parts.get("source", []):
        titles = [child for child in element if _name(child) == "title"]
        return _line(titles[0] if titles else element)
    return ""


def _first(parts: dict[str, list[Element]], names: tuple[str, ...]) -> str:
    return next((text for name in names for child in parts.get(name, []) if (text := _line(child))), "")


def _address(parts: dict[str, list[Element]]) -> str:
    """The address of the entry's page: that of an Atom link which is no other relation, or the text of an RSS link."""
    for link in parts.get("link", []):
        if link.get("rel", "alternate") == "alternate" and (url := clean(link.get("href") or link.text or "")):
            return url
    for guid in parts.get("guid", []):
        if guid.get("isPermaLink", "true") == "true" and clean(guid.text or "").startswith(("http://", "https://")):
            return clean(guid.text or "")
    return ""


def _line(element: Element) -> str:
    return " ".join(_text(element).split())


def _text(element: Element) -> str:
    """The text of an element, without the marks of HTML that may be in it, escaped or not."""
    text = "".join(_broken(element))
    return clean(plain(text) if len(element) == 0 else "\n".join(filter(None, map(str.strip, text.split("\n")))))


def _broken(element: Element) -> Iterator[str]:
    """The texts in an element, with line breaks where paragraphs and the like begin and end."""
    yield element.text or ""
    for child in element:
        gap = "\n" if _name(child) in BLOCKS else ""
        yield gap
        yield from _broken(child)
        yield gap + (child.tail or "")


def _told(element: Element) -> Iterator[str]:
    """The texts and the attributes of an element and of what is in it."""
    for each in element.iter():
        if text := " ".join(clean(each.text or "").split()):
            yield plain(text).replace("\n", " ")
        for name, value in each.attrib.items():
            yield f"{_local(name)}={clean(value)}"
        if each is not element and (tail := " ".join(clean(each.tail or "").split())):
            yield tail
