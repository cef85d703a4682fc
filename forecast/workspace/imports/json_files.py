"""JSON that others wrote, as plain data in which nothing has an unexpected shape."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from forecast.core.scalars import Refused
from forecast.core.text import article
from forecast.workspace.imports.clippings import clean

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
