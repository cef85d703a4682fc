"""Bundles of STIX 2.1 as clippings: what says that something was seen or concluded, with its Admiralty code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from forecast.core.page_text import first_line
from forecast.core.scalars import Refused
from forecast.workspace.imports.clippings import Clipping, Clippings, tagged
from forecast.workspace.imports.json_files import Fields, Shape, entries, mappings, misfits, text, texts, told, walked

_TAKEN = ("report", "note", "opinion", "grouping", "observed-data", "sighting", "incident")
"""Objects that say something; the others are what they speak of."""
_SAID = ("abstract", "description", "content", "explanation")
_NAMED: dict[str, Shape] = {
    **dict.fromkeys(("type", "spec_version", "name", *_SAID, "created_by_ref", "confidence", "published"), "text"),
    "external_references": "mappings", "object_refs": "texts"}
_CODES = {"reliability": "grade", "credibility": "credibility"}
"""What a name of a property holds in which an extension states one half of an Admiralty code."""


def read_bundle(stated: Any) -> Clippings:
    """The reports, notes, opinions, groupings, observations, sightings and incidents of a bundle.

    Raises `Refused` if it is not a bundle, or holds none of these.
    """
    given = [each for part in mappings(stated) for each in entries(part.get("objects", []))]
    objects = mappings(given)
    by_id = {name: each for each in objects if (name := text(each, "id"))}
    taken = [each for each in objects if text(each, "type") in _TAKEN]
    if not taken:
        raise Refused(f"is not a STIX bundle that holds any of {', '.join(_TAKEN)}; export one of these")
    others = Counter(kind or "object without a type" for each in objects if (kind := text(each, "type")) not in _TAKEN)
    spoken = ", ".join(f"{number} {name}" for name, number in sorted(others.items()))
    left = [f"objects that drafts may speak of, but that say nothing by themselves: {spoken}"] if others else []
    left += misfits(len(given) - len(objects), "object")
    found = tuple(_clipping(each, number, by_id) for number, each in enumerate(taken, 1))
    return Clippings("stix", found, left_out=tuple(left))


def _clipping(stated: Fields, number: int, by_id: Mapping[str, Fields]) -> Clipping:
    author = by_id.get(text(stated, "created_by_ref"), {})
    references = mappings(stated.get("external_references", []))
    url = next((found for each in references if (found := text(each, "url"))), "")
    note = "\n".join(dict.fromkeys(filter(None, (text(stated, name) for name in _SAID))))
    kind = text(stated, "type")
    others = {"type": kind, **told(stated, _NAMED)}
    spoken = [_named(name, by_id) for name in texts(stated.get("object_refs"))]
    if sighted := text(stated, "sighting_of_ref"):
        spoken.insert(0, _named(sighted, by_id))
    if spoken:
        others["about"] = "; ".join(spoken)
    if references:
        others["references"] = "; ".join(" ".join(told(each).values()) for each in references)
    codes = _codes(author) | _codes(stated)
    for name in texts(stated.get("object_marking_refs")):
        codes |= _codes(by_id.get(name, {}))
    return Clipping(text(stated, "id") or f"{kind} {number}", date=text(stated, "published", "created"),
                    title=text(stated, "name") or first_line(note) or ": ".join((kind, *spoken[:1])),
                    source=text(author, "name"), url=url, grade=codes.get("grade", ""),
                    credibility=codes.get("credibility", ""), confidence=text(stated, "confidence"), note=note,
                    others=others)


def _codes(stated: Fields) -> dict[str, str]:
    """The halves of an Admiralty code in the labels, the extensions and the custom properties of an object."""
    found = tagged(texts(stated.get("labels")))
    custom = {name: value for name, value in stated.items() if name.startswith("x_") or name == "extensions"}
    for name, value in walked(custom):
        for half, field in _CODES.items():
            if half in name.lower():
                found.setdefault(field, value)
    return found


def _named(name: str, by_id: Mapping[str, Fields]) -> str:
    """An object by its name or value and its type, else by its id."""
    found = by_id.get(name, {})
    title = text(found, "name", "value", "pattern", "content")
    return f"{first_line(title, 80)} ({text(found, 'type')})" if title else name
