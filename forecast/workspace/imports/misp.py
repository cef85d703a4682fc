"""Events of MISP as clippings, one for each, with the Admiralty code of their tags."""

from __future__ import annotations

from typing import Any

from forecast.core.scalars import Refused
from forecast.workspace.imports.clippings import Clipping, Clippings, tagged
from forecast.workspace.imports.json_files import Fields, Shape, entries, mappings, misfits, text, told

_NAMED: dict[str, Shape] = {
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
    return Clippings("misp", tuple(_clipping(event, number) for number, event in enumerate(events, 1)),
                     left_out=tuple(left))


def _clipping(event: Fields, number: int) -> Clipping:
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
              "owner": owner if owner != creator and creator else "", **told(event, _NAMED)}
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
