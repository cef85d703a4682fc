"""Events of MISP as clippings, one for each, with the Admiralty code of their tags."""

from __future__ import annotations

from typing import Any

from forecast.core.scalars import Refused
from forecast.workspace.imports.clippings import Clipping, Clippings, tagged
from forecast.workspace.imports.json_files import Fields, mappings, text, told

_NAMED = ("info", "date", "Orgc", "Org", "Tag", "Attribute", "Object", "EventReport", "uuid")


def read_events(stated: Any) -> Clippings:
    """The events in what MISP exports: one event, a list of them, or the response of a search.

    Raises
    ------
    Refused
        If it holds no event.
    """
    if isinstance(stated, dict):
        stated = stated.get("response", stated)
    events = [event for each in mappings(stated) for event in mappings(each.get("Event", each)) if "info" in event]
    if not events:
        raise Refused("is neither a STIX bundle nor an export of MISP events; export one of the two as JSON")
    return Clippings("misp", tuple(_clipping(event, number) for number, event in enumerate(events, 1)),
                     left_out=("of attributes, tags, reports and organisations all but type, value, comment, name and "
                               "content: their ids, times and settings",))


def _clipping(event: Fields, number: int) -> Clipping:
    attributes = mappings(event.get("Attribute", []))
    for each in mappings(event.get("Object", [])):
        attributes += mappings(each.get("Attribute", []))
    links = [text(each, "value") for each in attributes if text(each, "type") == "link"]
    tags = tuple(text(each, "name") for each in mappings(event.get("Tag", [])))
    reports = [f"{text(each, 'name')}\n{text(each, 'content')}".strip()
               for each in mappings(event.get("EventReport", []))]
    lines = [_attribute(each) for each in attributes if text(each, "value") != (links[0] if links else "")]
    others = {"uuid": text(event, "uuid"), "tags": ", ".join(tags), "attributes": "; ".join(lines),
              **told(event, _NAMED)}
    author = next(iter(mappings(event.get("Orgc", event.get("Org", [])))), {})
    codes = tagged(tags)
    return Clipping(text(event, "uuid") or f"event {number}", date=text(event, "date"), title=text(event, "info"),
                    source=text(author, "name"), url=links[0] if links else "", grade=codes.get("grade", ""),
                    credibility=codes.get("credibility", ""), note="\n".join(reports),
                    others={name: value for name, value in others.items() if value})


def _attribute(stated: Fields) -> str:
    comment = text(stated, "comment")
    return f"{text(stated, 'type')}: {text(stated, 'value')}" + (f" ({comment})" if comment else "")
