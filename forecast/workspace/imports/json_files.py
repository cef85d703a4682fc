"""JSON that others wrote, as plain data in which nothing has an unexpected shape."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from forecast.core.scalars import Refused
from forecast.workspace.imports.clippings import clean

Fields = Mapping[str, Any]


def read_json(text: str) -> Any:
    """The value of a JSON text; `Refused` if it is none, or is nested too deeply to be read."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused(f"is not JSON: {error.msg}; export it again", error.lineno) from None
    except RecursionError:
        raise Refused("is nested too deeply to be read; export it again") from None
    except ValueError as error:  # a number of more digits than any needs
        raise Refused(f"is not JSON that can be read ({error}); export it again") from None


def mappings(value: Any) -> list[Fields]:
    """The mappings in a list; a mapping alone is a list of one."""
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, dict)]


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


def told(fields: Fields, apart_from: tuple[str, ...]) -> dict[str, str]:
    """Everything else that fields state, each as one text."""
    return {clean(name): _told(value) for name, value in fields.items()
            if name not in apart_from and value not in (None, "", [], {})}


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
