"""Copies of cited pages in archive/: what came, its text and its hash; a copy that is kept is never changed.

`archive/index.csv` has a row for each copy, `archive/NAME.txt` its text, and `archive/originals/` what came, byte for
byte. Reports link the text, since a saved page may hold scripts and the text cannot.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from forecast.core.errors import ForecastError, InputError, Problem, refuse
from forecast.core.pages import page_of, plain
from forecast.core.scalars import LARGEST, Refused, replaced
from forecast.records.evidence import Item
from forecast.records.result import Result
from forecast.records.types import parsed_day
from forecast.workspace.csv_tables import quoted, read_table
from forecast.workspace.files import contents
from forecast.workspace.writing import exchange, inside, locked

FOLDER = "archive"
INDEX = "archive/index.csv"
_NEEDED = ("item", "url", "date", "how", "media_type", "bytes", "sha256", "original", "text")
_COLUMNS = (*_NEEDED, "text_sha256")  # which earlier versions did not write
_HTML = ("text/html", "application/xhtml+xml")
_PDF = "application/pdf"
_CELLS: dict[str, tuple[Callable[[str], object], str]] = {
    "date": (parsed_day, "is not a date"),
    "how": (re.compile("network|file").fullmatch, "is neither network nor file"),
    "bytes": (re.compile(r"[0-9]{1,12}").fullmatch, "is not a number of bytes"),
    "sha256": (re.compile(r"[0-9a-f]{64}").fullmatch, "is not a hash"),
    "text_sha256": (re.compile(r"([0-9a-f]{64})?").fullmatch, "is not a hash"),
    "original": (re.compile(r"archive/originals/[a-z0-9-]+\.(html|txt|pdf)").fullmatch,
                 "is not a file of archive/originals/"),
    "text": (re.compile(r"(archive/[a-z0-9-]+\.txt)?").fullmatch, "is not a text in archive/")}
"""What the cells of a column must be, and what is wrong with those that are not."""
_CHARSET = re.compile(rb"(?:charset|<\?xml[^>]{1,80}encoding)\s*=\s*[\"']?([\w.:-]{1,40})", re.ASCII | re.IGNORECASE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_A_CHARSET = ("idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "utf-7")
_AS_BROWSERS = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030",
                "shift_jis": "cp932", "euc_kr": "cp949"}
"""What a name stands for on the web, where it is used for all that its system had under it (WHATWG, Encoding)."""


class Copy(Result):
    """One copy of a page, as the index has it."""

    item: str
    """The item for which it was kept."""
    url: str
    """Empty for what has no address."""
    date: date
    """The day on which it was kept."""
    how: Literal["network", "file"]
    media_type: str
    bytes: int
    sha256: str
    """Of what came, byte for byte."""
    original: str
    """Where that is, relative to the workspace."""
    text: str
    """Where its text is; empty if it has none, as a PDF."""
    text_sha256: str = ""
    """Of the text; empty if there is none, or an earlier version kept it."""

    @property
    def readable(self) -> str:
        """What a report may link: a text, or else a PDF."""
        return self.text or self.original


Kept = Literal["kept", "unchanged", "again"]
"""What was done with a page: kept, nothing since the newest copy is the same, or recorded as what it was once."""


class Page(NamedTuple):
    """What came from the network or a file."""

    content: bytes
    media_type: str
    how: Literal["network", "file"]
    charset: str = ""


@dataclass(frozen=True)
class Archive:
    """The copies of a workspace, the oldest first."""

    copies: tuple[Copy, ...] = ()
    index: bytes | None = None
    """The index as it was read; None if there is none."""
    columns: tuple[str, ...] = _COLUMNS
    """The columns of the index, in its order; somebody may have added others."""

    def by_item(self, items: Sequence[Item]) -> dict[str, Copy]:
        """The newest copies of the pages that items cite, or of those without a url, by the ids of the items."""
        newest = {_key(copy.url, copy.item): copy for copy in self.copies}
        return {item.id: newest[key] for item in items if (key := key_of(item)) in newest}


def key_of(item: Item) -> str:
    """What tells the page of one item from that of another."""
    return _key(item.url or "", item.id)


def _key(url: str, item: str) -> str:
    return page_of(url) or f"item {item}"


def read_archive(root: Path) -> Archive:
    """Read the index of a workspace's copies; raises `InputError` with everything that is wrong in it."""
    try:
        data = contents(inside(root, INDEX))
    except (FileNotFoundError, NotADirectoryError):
        return Archive()
    except OSError as error:
        raise InputError([Problem(INDEX, 1, "", f"cannot be read ({error.strerror or error})")]) from None
    except (Refused, ForecastError) as error:
        raise InputError([Problem(INDEX, 1, "", str(error).removeprefix(f"{INDEX}: "))]) from None
    table = read_table(data, _NEEDED, optional=_COLUMNS)
    problems = [Problem(INDEX, *flaw) for flaw in table.flaws]
    for column, (fits, what) in _CELLS.items():
        wrong = [(row.line, row.get(column)) for row in table.rows if not fits(row.get(column))]
        problems += [Problem(INDEX, line, column, f"{quoted(cell)} {what}; restore the index from a backup")
                     for line, cell in wrong]
    refuse(problems)
    copies = tuple(Copy.model_validate({name: row.get(name) for name in _COLUMNS}) for row in table.rows)
    return Archive(copies, data, table.columns)


def changed(root: Path, archive: Archive) -> list[str]:
    """The copies that are no longer what was kept, or are gone, and were not kept again with the same content."""
    whole = {copy: is_whole(root, copy) for copy in archive.copies}
    there = {(_key(copy.url, copy.item), copy.sha256) for copy, is_there in whole.items() if is_there}
    return [copy.original for copy in archive.copies if (_key(copy.url, copy.item), copy.sha256) not in there]


def is_whole(root: Path, copy: Copy) -> bool:
    """Whether a copy, and the text that was made of it, are what was kept."""
    hashes = {copy.original: copy.sha256} | ({copy.text: copy.text_sha256} if copy.text else {})
    with suppress(OSError, Refused, ForecastError):
        found = {path: sha256(contents(inside(root, path))).hexdigest() for path in hashes}
        return all(stated in ("", found[path]) for path, stated in hashes.items())
    return False


def keep(root: Path, item: Item, page: Page, today: date, saved: Path | None = None) -> tuple[Copy, Kept]:
    """Keep a copy of the page that an item cites, unless the newest one has this content; says what was done.

    A page that is again what an earlier copy holds has a new row in the index, of the same files.

    `saved` is the file that the page was read from; its copy is no wider. Raises `ForecastError` if it is neither a
    text nor a PDF, or cannot be written.
    """
    suffix, text = _contents_of(page)
    digest = sha256(page.content).hexdigest()
    with locked(root / FOLDER):
        archive = read_archive(root)
        known = [copy for copy in archive.copies if _key(copy.url, copy.item) == key_of(item)]
        alike = [copy for copy in known if copy.sha256 == digest and is_whole(root, copy)]
        if alike and known[-1].sha256 == digest:
            return alike[-1], "unchanged"
        if alike:
            again = alike[-1].model_copy(update={"item": item.id, "url": item.url or "", "date": today,
                                                 "how": page.how, "media_type": page.media_type})
            exchange(root, {INDEX: archive.index}, {INDEX: _extended(archive, again)})
            return again, "again"
        name = _free(root, item.id)
        made = Copy(item=item.id, url=item.url or "", date=today, how=page.how, media_type=page.media_type,
                    bytes=len(page.content), sha256=digest, original=f"{FOLDER}/originals/{name}{suffix}",
                    text="" if text is None else f"{FOLDER}/{name}.txt",
                    text_sha256="" if text is None else sha256(text.encode()).hexdigest())
        after = {made.original: page.content} | ({} if text is None else {made.text: text.encode()})
        exchange(root, {**dict.fromkeys(after), INDEX: archive.index},
                 {**after, INDEX: _extended(archive, made)}, dict.fromkeys(after, () if saved is None else (saved,)))
    return made, "kept"


def _free(root: Path, name: str) -> str:
    """A name of which no file is there."""
    number, candidate = 1, name
    while any((root / FOLDER).glob(f"{candidate}.*")) or any((root / FOLDER / "originals").glob(f"{candidate}.*")):
        number += 1
        candidate = f"{name}-{number}"
    return candidate


def _extended(archive: Archive, made: Copy) -> bytes:
    """The index with a row for one more copy below the others, which stay as they are, byte for byte."""
    before = archive.index or b""
    end = "\r\n" if b"\r\n" in before else "\n"
    text = io.StringIO(end if before and not before.endswith(b"\n") else "")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, lineterminator=end)
    if archive.index is None:
        writer.writerow(_COLUMNS)
    cells = made.model_dump()
    writer.writerow([cells.get(column, "") for column in archive.columns])
    return before + text.getvalue().encode()


def page_of_file(path: Path) -> Page:
    """A page that somebody saved; `ForecastError` if it cannot be kept."""
    try:
        content = contents(path)
    except Refused as error:
        raise ForecastError(f"{path}: {error}") from None
    if content.startswith(b"%PDF-"):
        return Page(content, _PDF, "file")
    is_html = path.suffix.lower() in (".html", ".htm", ".xhtml") or b"<html" in content[:4096].lower()
    return Page(content, "text/html" if is_html else "text/plain", "file")


def _contents_of(page: Page) -> tuple[str, str | None]:
    """The suffix of a page's original, and its text."""
    if len(page.content) > LARGEST:
        raise ForecastError(f"is larger than {LARGEST >> 20} MiB; keep a shorter one with --file")
    kind = page.media_type
    if kind == _PDF:
        return ".pdf", None
    if not (kind in (*_HTML, "application/json", "application/xml") or kind.startswith("text/")
            or kind.endswith(("+xml", "+json"))):
        raise ForecastError(f"is {kind or 'of no known type'}, of which no text can be kept; save what it says as a "
                            "text, a page or a PDF, and keep that with --file")
    if b"\0" in page.content[:4096] and not page.content.startswith(_UTF_16):
        raise ForecastError("is not a text; save it as a text, a page or a PDF, and keep that with --file")
    text = _decoded(page)
    return (".html", _lines(plain(text))) if kind in _HTML else (".txt", _lines(text))


def _lines(text: str) -> str:
    return replaced(text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n") + "\n"


def _decoded(page: Page) -> str:
    """The text of a page, in the encoding that it or its server names, else UTF-8, else Windows-1252."""
    if page.content.startswith(codecs.BOM_UTF8):
        return page.content.decode("utf-8-sig", "replace")
    if page.content.startswith(_UTF_16):
        return page.content.decode("utf-16", "replace")
    is_marked = page.media_type in _HTML or page.media_type.endswith("xml")
    named = _CHARSET.search(page.content[:4096]) if is_marked else None
    for charset in (page.charset, _of_page(named[1].decode()) if named else "", "utf-8"):
        with suppress(LookupError, ValueError):
            if charset and (name := codecs.lookup(charset).name) not in _NOT_A_CHARSET:
                return page.content.decode(_AS_BROWSERS.get(name, name))
    return page.content.decode("windows-1252", "replace")


def _of_page(charset: str) -> str:
    """The encoding that a page names; as it could be read, it is none that has two bytes for each letter."""
    return "utf-8" if charset.lower().startswith(("utf-16", "utf-32", "ucs-")) else charset
