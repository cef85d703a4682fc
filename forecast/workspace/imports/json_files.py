"""JSON as clippings: bundles of STIX 2.1 and events of MISP, as plain data in which nothing has an unexpected shape."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from forecast.core.pages import first_line
from forecast.core.scalars import Refused
from forecast.core.text import article
from forecast.workspace.imports.clippings import Clipping, Clippings, clean, tagged

Fields = Mapping[str, Any]
Shape = Literal["text", "texts", "mappings"]
"""What a field is read as, by the function of that name; `text` takes a number too."""


def read_json(text: str, instead: str = "export it again") -> Any:
    """The value of a JSON text; `Refused` if it is none, is nested too deeply, or names a field twice.

    `instead` is what whoever wrote it can do.
    """
    try:
        return json.loads(text, object_pairs_hook=_fields)
    except json.JSONDecodeError as error:
        raise Refused(f"is not JSON: {error.msg}; {instead}", error.lineno) from None
    except RecursionError:
        raise Refused(f"is nested too deeply to be read; {instead}") from None
    except ValueError:  # Python reads no number of more digits than any needs
        raise Refused(f"holds a number of thousands of digits; {instead}") from None


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise Refused(f"names {clean(twice)[:40]} twice in one object; keep one of the two")
    return found


def misfits(number: int, noun: str) -> list[str]:
    """What is said of so many entries that are not what a list should hold."""
    whole = "1 entry that is not " + article(noun) if number == 1 else f"{number} entries that are not {noun}s"
    return [whole] if number else []


def entries(value: Any) -> list[Any]:
    """What a list holds; anything else is a list of one."""
    return value if isinstance(value, list) else [value]


def mappings(value: Any) -> list[Fields]:
    """The mappings in a list; a mapping alone is a list of one."""
    return [entry for entry in entries(value) if isinstance(entry, dict)]


def text(fields: Fields, *names: str) -> str:
    """The first of some fields that is a text or a number and not empty."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and clean(value):
            return clean(value)
    return ""


def texts(value: Any) -> tuple[str, ...]:
    """The texts in a list."""
    return tuple(clean(each) for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def told(fields: Fields, taken: Mapping[str, Shape] | None = None) -> dict[str, str]:
    """Everything that fields state but for what is taken, in the shape in which it is taken; each as one text."""
    shapes = taken or {}
    return {clean(name): _told(value) for name, value in fields.items()
            if value not in (None, "", [], {}) and not _has_shape(value, shapes.get(name))}


def _has_shape(value: Any, shape: Shape | None) -> bool:
    match shape:
        case "text":
            return isinstance(value, str | int | float) and not isinstance(value, bool)
        case "texts":
            return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
        case "mappings":
            return all(isinstance(entry, dict) for entry in entries(value))
    return False


def _told(value: Any) -> str:
    if isinstance(value, str):
        return clean(value)
    return clean(json.dumps(value, ensure_ascii=False))


def walked(value: Any) -> Iterator[tuple[str, str]]:
    """The name and the text of each field in a value, however deep."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, list):
            waiting += current
        elif isinstance(current, dict):
            for name, part in current.items():
                if isinstance(part, str | int) and not isinstance(part, bool):
                    yield name, clean(part)
                else:
                    waiting.append(part)


# STIX: what says that something was seen or concluded, with its Admiralty code.

_TAKEN = ("report", "note", "opinion", "grouping", "observed-data", "sighting", "incident")
"""Objects that say something; the others are what they speak of."""
_SAID = ("abstract", "description", "content", "explanation")
_OF_OBJECTS: dict[str, Shape] = {
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
    found = tuple(_object(each, number, by_id) for number, each in enumerate(taken, 1))
    return Clippings("stix", found, left_out=tuple(left))


def _object(stated: Fields, number: int, by_id: Mapping[str, Fields]) -> Clipping:
    author = by_id.get(text(stated, "created_by_ref"), {})
    references = mappings(stated.get("external_references", []))
    url = next((found for each in references if (found := text(each, "url"))), "")
    note = "\n".join(dict.fromkeys(filter(None, (text(stated, name) for name in _SAID))))
    kind = text(stated, "type")
    others = {"type": kind, **told(stated, _OF_OBJECTS)}
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


# MISP: a clipping for each event, with the Admiralty code of its tags.

_OF_EVENTS: dict[str, Shape] = {
    **dict.fromkeys(("info", "date", "uuid"), "text"),
    **dict.fromkeys(("Orgc", "Org", "Tag", "Attribute", "Object", "EventReport"), "mappings")}


def read_events(stated: Any) -> Clippings:
    """The events in what MISP exports: one event, a list of them, or the response of a search.

    Raises `Refused` if it holds no event.
    """
    if isinstance(stated, dict):
        stated = stated.get("response", stated)
    given = [event for each in entries(stated)
             for event in (entries(each.get("Event", each)) if isinstance(each, dict) else [each])]
    events = [event for event in mappings(given) if "info" in event]
    if not events:
        raise Refused("is neither a STIX bundle nor an export of MISP events; export one of the two as JSON")
    left = ["of attributes, tags, reports and organisations all but type, value, comment, name and content: their "
            "ids, times and settings"]
    left += misfits(len(given) - len(events), "event")
    return Clippings("misp", tuple(_event(event, number) for number, event in enumerate(events, 1)),
                     left_out=tuple(left))


def _event(event: Fields, number: int) -> Clipping:
    attributes = mappings(event.get("Attribute", []))
    for each in mappings(event.get("Object", [])):
        attributes += mappings(each.get("Attribute", []))
    url = next((text(each, "value") for each in attributes if text(each, "type") == "link"), "")
    tags = tuple(text(each, "name") for each in mappings(event.get("Tag", [])))
    reports = [f"{text(each, 'name')}\n{text(each, 'content')}".strip()
               for each in mappings(event.get("EventReport", []))]
    lines = [line for each in attributes if (line := _attribute(each)) != f"link: {url}"]
    creator, owner = (text(next(iter(mappings(event.get(name))), {}), "name") for name in ("Orgc", "Org"))
    others = {"uuid": text(event, "uuid"), "tags": ", ".join(tags), "attributes": "; ".join(lines),
              "owner": owner if owner != creator and creator else "", **told(event, _OF_EVENTS)}
    codes = tagged(tags)
    return Clipping(text(event, "uuid") or f"event {number}", date=text(event, "date"), title=text(event, "info"),
                    source=creator or owner, url=url, grade=codes.get("grade", ""),
                    credibility=codes.get("credibility", ""), note="\n".join(reports),
                    others={name: value for name, value in others.items() if value})


def _attribute(stated: Fields) -> str:
    """The type, the value and the comment of an attribute; a value of another shape as it is."""
    value = text(stated, "value") or told({"": stated.get("value")}).get("", "")
    comment = text(stated, "comment")
    return f"{text(stated, 'type')}: {value}" + (f" ({comment})" if comment else "")
