"""Clippings as drafts in evidence/drafts/, which forecasts ignore; nothing in one is bent, lost or invented."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

from forecast.core.errors import ForecastError, InputError, Problem
from forecast.core.pages import page_of
from forecast.core.scalars import LARGEST, Refused, is_blank
from forecast.records.evidence import Group, Source
from forecast.workspace.csv_tables import MOST_FLAWS, number, quoted
from forecast.workspace.editing import entered, writing
from forecast.workspace.files import DRAFTS, Folder
from forecast.workspace.imports.clippings import (
    Clipping,
    Clippings,
    Code,
    Order,
    credibility_of,
    is_share,
    read_code,
    read_day,
)
from forecast.workspace.imports.outcome import Imported, NewSource, Remark
from forecast.workspace.imports.reading import Wanted, read_file
from forecast.workspace.loader import Workspace, load
from forecast.workspace.writing import exchange
from forecast.workspace.yaml.reader import MOST_VALUES, read
from forecast.workspace.yaml.writer import entry, inline

_LONGEST_ID = 60
_LARGEST = 8 * 2**20
"""Bytes of the largest file of drafts; what follows goes into another one."""
_HEADER = "# Drafts: give each an encoding and a rationale, then move it to an evidence file.\n"
_NEW_SOURCES = "# Sources that are not in priors/sources.yaml; each needs a grade from A to F there:\n"
_IDENT = re.compile(r"[a-z][a-z0-9-]{0,59}")
"""Ids of others that are taken over; mere numbers tell nobody anything."""

_NO_VALUE = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)|n/a|nan|none|null|[-–—]",
                       re.IGNORECASE)
"""What spreadsheets and scripts write into a cell that has no value."""


_NO_ADDRESS = re.compile(r"[^.:/]+")
"""What cannot be an address of any kind."""


def import_drafts(workspace: Workspace, path: Path, today: date, wanted: Wanted | None = None) -> Imported:
    """Turn a file that others wrote into drafts; a table needs columns for date and title.

    Raises `ForecastError` with everything that is wrong with the file itself, if no date in it can be read, or if its
    drafts are there already. What else is there is what the files of the workspace hold by now.
    """
    wanted = wanted or Wanted()
    found = read_file(path, wanted)
    with writing(workspace.root):
        now = load(workspace.root)  # others may have written since the workspace was loaded
        made = _Drafts(now, wanted, today, found)
        drafts = [fields for clipping in found.clippings if (fields := made.fields(clipping)) is not None]
        if not made.dated and made.unread:
            raise InputError(Problem(str(path), clipping.line, "date", made.undated(clipping.date))
                             for clipping in found.clippings[:MOST_FLAWS])
        files = _files(_file_name(path.stem), drafts, made)
        for target in files:
            if os.path.lexists(workspace.root / target):
                raise ForecastError(f"{target}: is there already; move it away, or finish those drafts first")
        exchange(workspace.root, dict.fromkeys(files), files, dict.fromkeys(files, (path,)))
    return Imported(files=tuple(files), format=found.kind, drafts=made.drafts, fields=dict(found.taken_from),
                    noted=tuple(made.noted), unread=tuple(made.unread), known=tuple(made.known),
                    skipped=tuple(made.skipped), sources=tuple(made.new_sources()), left_out=found.left_out)


@dataclass
class _Part:
    """One file of drafts: its texts, the sources that it names first, and how much of a file that is."""

    texts: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    size: int = 0
    values: int = 1

    def takes(self, size: int, values: int) -> bool:
        """Whether so many bytes and values more can still be read; anything can be put into an empty file."""
        return not self.texts or (self.size + size <= _LARGEST and self.values + values <= MOST_VALUES)

    def content(self) -> bytes:
        """The file; at its head stands how to go on, and which sources are new."""
        head = _HEADER + (_NEW_SOURCES if self.sources else "") + "".join(self.sources)
        return f"{head}\n{'\n'.join(self.texts)}".encode()


def _files(name: str, drafts: Iterable[Mapping[str, Any]], made: _Drafts) -> dict[str, bytes]:
    """Drafts in as many files as keep each small enough to be read; a new source is named where it comes first.

    Raises `ForecastError` if one draft alone could not be read.
    """
    unnamed = {each.id: f"# - {inline(each.model_dump(exclude_none=True))}\n" for each in made.new_sources()}
    parts: list[_Part] = []
    for fields in drafts:
        text, source = entry(fields), unnamed.pop(fields["source"], "")
        size = len((text + source).encode()) + 1
        values = 1 + 2 * sum(value is not None for value in fields.values())
        if size + len(_HEADER + _NEW_SOURCES) > LARGEST:
            raise ForecastError(f"{made.drafts[fields['id']]}: is too long for a draft that can be read; shorten it")
        if not (parts and parts[-1].takes(size, values)):
            parts.append(_Part())
        part = parts[-1]
        part.texts.append(text)
        part.sources += [source] if source else []
        part.size, part.values = part.size + size, part.values + values
    return {f"{DRAFTS}{name}{f'-{number}' if number > 1 else ''}.yaml": part.content()
            for number, part in enumerate(parts, 1)}


class _Drafts:
    """The drafts of one file: their ids, and those of their sources, are told apart."""

    def __init__(self, workspace: Workspace, wanted: Wanted, today: date, found: Clippings) -> None:
        self.wanted, self.today = wanted, today
        self.is_table = found.kind not in ("feed", "stix", "misp")
        """Whether somebody wrote its dates as he pleased."""
        self.has_shares = any(is_share(self._number(each.confidence)) for each in found.clippings)
        """Whether its confidences are numbers from 0 to 1."""
        waiting = _waiting(workspace)
        self.ids = _Names([*(item.id for item in workspace.items), *(each.id for each in workspace.indicators),
                           *(name for name, _, _ in waiting)])
        self.groups = _by_name(workspace.groups)
        self.known_sources = _by_name(workspace.sources)
        self.sources = dict(self.known_sources)
        """Ids of sources by their names, those that are new here among them."""
        self.source_ids = _Names(source.id for source in workspace.sources)
        self.names: dict[str, str] = {}
        """Names of new sources by their ids."""
        self.grades: dict[str, set[str]] = {}
        self.pages = {page_of(item.url): item.id for item in workspace.items if item.url}
        for name, url, path in waiting:
            self.pages.setdefault(page_of(url), f"{name} in {path}")
        self.pages.pop("", None)
        self.own_pages: dict[str, str] = {}
        self.places = set[str]()
        self.drafts: dict[str, str] = {}
        self.noted: dict[str, None] = {}
        self.unread: list[Remark] = []
        self.known: list[Remark] = []
        self.skipped: list[Remark] = []
        self.dated = False

    def fields(self, clipping: Clipping) -> dict[str, Any] | None:
        """The fields of a draft; None if it is to be left out."""
        if self._skips(clipping):
            return None
        if clipping.where in self.places:
            self.known.append(Remark(where=clipping.where, field="id", what="is in the file again, as another version; "
                                                                           "keep one draft of it"))
        self.places.add(clipping.where)
        notes: dict[str, str] = {}
        if is_blank(clipping.title):
            self.unread.append(Remark(where=clipping.where, field="title", what="is empty; write what became public"))
        clipping = self._valued(clipping, notes)
        day = self._day(clipping, notes)
        code = self._code(clipping, notes)
        name = self._id(clipping, notes)
        source = self._source(clipping, code, notes)
        group = self.groups.get(_folded(clipping.group))
        if clipping.group and group is None:
            notes["Group"] = clipping.group
        self.noted |= dict.fromkeys(clipping.others)
        lines = [clipping.note] if clipping.note else []
        lines += [f"{name}: {text}" for name, text in (*notes.items(), *clipping.others.items())]
        self.drafts[name] = clipping.where
        return {
            "id": name, "title": None if is_blank(clipping.title) else clipping.title, "date": day,
            "recorded": entered(day, self.today) if day else None, "source": source, "credibility": code.credibility,
            "group": group, "url": clipping.url or None, "note": "\n".join(lines) + "\n" if lines else None,
            "rationale": clipping.rationale + "\n" if clipping.rationale else None}

    def _skips(self, clipping: Clipping) -> bool:
        """Whether it is to be left out, since its page is that of an item or of another draft; tells so in any case."""
        page = page_of(clipping.url)
        if not page:
            return False
        if (here := self.pages.get(page)) is not None:
            remark = Remark(where=clipping.where, field="url", what=f"is that of {here}")
            (self.skipped if self.wanted.skip_known else self.known).append(remark)
            return self.wanted.skip_known
        if (first := self.own_pages.setdefault(page, clipping.where)) != clipping.where:
            self.known.append(Remark(where=clipping.where, field="url", what=f"is that of {first} too"))
        return False

    def _valued(self, clipping: Clipping, notes: dict[str, str]) -> Clipping:
        """A clipping without a title or a source that stands for none, of which drafts and sources would be made.

        A url that is no address is named, since it may be the cell of another column.
        """
        for name, instead in (("title", "write what became public"), ("source", "write its name")):
            text = getattr(clipping, name)
            if _NO_VALUE.fullmatch(text):
                self.unread.append(Remark(where=clipping.where, field=name,
                                          what=f"{text} is what programs write where there is none; {instead}"))
                notes[name.capitalize()] = text
                clipping = replace(clipping, **{name: ""})  # type: ignore[arg-type]
        if self.is_table and _NO_ADDRESS.fullmatch(clipping.url):
            self.unread.append(Remark(where=clipping.where, field="url", what=(
                f"{quoted(clipping.url)} is not an address; write one with https://, and check whether a comma has "
                "shifted the row")))
            notes["Url"] = clipping.url
        return clipping

    def _day(self, clipping: Clipping, notes: dict[str, str]) -> date | None:
        day = read_day(clipping.date, self.wanted.dates)
        if day is None:
            self.unread.append(Remark(where=clipping.where, field="date", what=self.undated(clipping.date)))
            if clipping.date:
                notes["Date"] = clipping.date
        else:
            self.dated = True
            if clipping.date != str(day):
                notes["Date"] = clipping.date
        return day

    def undated(self, text: str) -> str:
        """Why a text is not a date."""
        if not text:
            return "is empty; write YYYY-MM-DD"
        ordered = self.is_table or any(read_day(text, order) for order in get_args(Order))
        hint = "" if self.wanted.dates or not ordered else (
            ", or say how such dates are meant, with --dates DMY or MDY")
        return f"{quoted(text)} is not a date; write YYYY-MM-DD{hint}"

    def _code(self, clipping: Clipping, notes: dict[str, str]) -> Code:
        """The Admiralty code that is stated in one field or in two, else by the confidence."""
        grade, credibility = self._half("grade", clipping, notes), self._half("credibility", clipping, notes)
        found = Code(grade.grade or credibility.grade, credibility.credibility or grade.credibility)
        if not clipping.confidence:
            return found
        notes["Confidence"] = clipping.confidence
        confidence = self._number(clipping.confidence)
        stated = credibility_of(confidence)
        what = "is not a confidence" if stated is None else ""
        if self.has_shares and number(confidence) in (0, 1):
            stated, what = None, "may be a share of 1, as others in the file are"
        if what:
            self.unread.append(Remark(where=clipping.where, field="confidence",
                                      what=f"{clipping.confidence[:40]} {what}; write a whole number from 0 to 100"))
        return Code(found.grade, found.credibility or stated)

    def _half(self, field: str, clipping: Clipping, notes: dict[str, str]) -> Code:
        text = getattr(clipping, field)
        code = read_code(self._number(text))
        if field == "grade" and code is not None and code.credibility and not code.grade:
            code = None  # who graded sources by numbers did not say how sure a report is
        if code is None:
            instead = "grade; write A to F" if field == "grade" else "credibility; write 1 to 6"
            self.unread.append(Remark(where=clipping.where, field=field,
                                      what=f"{quoted(text)} is not a {instead}, or both as in B2"))
        if text and (code is None or text not in "123456"):
            notes[field.capitalize()] = text
        return code or Code()

    def _number(self, text: str) -> str:
        return text.replace(",", ".") if self.wanted.decimal_comma else text

    def _id(self, clipping: Clipping, notes: dict[str, str]) -> str:
        """An id that is free: the file's own where it is one, else one that is made from the title."""
        stated = clipping.id if _IDENT.fullmatch(clipping.id) else ""
        name = self.ids.free(stated or slug(clipping.title) or "draft")
        if clipping.id and name != clipping.id:
            notes["Id"] = clipping.id
            if stated:
                self.known.append(Remark(where=clipping.where, field="id",
                                         what=f"{stated} is taken; the draft is {name}"))
        return name

    def _source(self, clipping: Clipping, code: Code, notes: dict[str, str]) -> str | None:
        """The id of a source: that of the one which has the name, or a new one for each name."""
        if is_blank(clipping.source):
            return None
        key = _folded(clipping.source)
        if key not in self.sources:
            self.sources[key] = self.source_ids.free(slug(clipping.source) or "source")
            self.names[self.sources[key]] = clipping.source
        found = self.sources[key]
        if key not in self.known_sources:
            notes["Source"] = clipping.source
        if code.grade:
            self.grades.setdefault(found, set()).add(code.grade)
        return found

    def new_sources(self) -> Iterator[NewSource]:
        """The sources that the workspace does not have."""
        for found, name in self.names.items():
            grades = self.grades.get(found, set())
            yield NewSource(id=found, name=name, grade=min(grades) if len(grades) == 1 else None)


def _waiting(workspace: Workspace) -> list[tuple[str, str, str]]:
    """The id, the url and the file of each draft that is there; a file that cannot be read has none."""
    folder = Folder(workspace.root)
    found: list[tuple[str, str, str]] = []
    for path in workspace.drafts:
        try:
            entries = read(folder[path]).value
        except (Refused, KeyError):
            continue
        found += [(str(each.get("id") or ""), str(each.get("url") or ""), path)
                  for each in (entries if isinstance(entries, list) else [entries]) if isinstance(each, dict)]
    return found


class _Names:
    """Names that are taken, and the next number for each."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self.last: dict[str, int] = {}

    def free(self, name: str) -> str:
        """The name, or the first of name-2, name-3, … that is free; it is taken then."""
        candidate, number = name, self.last.get(name, 1)
        while candidate in self.taken:
            number += 1
            candidate = f"{name[:_LONGEST_ID - 1 - len(str(number))].rstrip('-')}-{number}"
        self.last[name] = number
        self.taken.add(candidate)
        return candidate


def _by_name(records: Sequence[Source] | Sequence[Group]) -> dict[str, str]:
    """Ids of records by their names and by themselves, which have the last word."""
    return {_folded(each.name): each.id for each in records} | {each.id: each.id for each in records}


def _folded(name: str) -> str:
    # A name looks the same whether its accents are letters of their own or not.
    return unicodedata.normalize("NFC", " ".join(name.split()).casefold())


def slug(text: str) -> str:
    """What of a text may stand in an id; empty if nothing may."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_ID].rstrip("-")


def _file_name(stem: str) -> str:
    """A name for the drafts of a table: its own, in plain letters where that loses nothing."""
    if stem.isascii() and slug(stem):
        return slug(stem)
    return "".join(sign if sign.isprintable() else "-" for sign in stem).strip(" .") or "drafts"
