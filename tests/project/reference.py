"""docs/reference.md: every field of every file that analysts write, made from the schemas.

`python -m tests.project.reference` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forecast.records.json_schema import schemas
from forecast.records.types import DATE, DURATION, IDENT
from tests.project.blocks import ROOT

PAGE = ROOT / "docs/reference.md"

FILES = {"question": "priors/question.yaml", "sources": "priors/sources.yaml, a list",
         "groups": "priors/groups.yaml, a list", "evidence": "evidence/*.yaml, lists",
         "indicators": "evidence/indicators.yaml, a list", "scenario": "evidence/scenarios/NAME.yaml"}

HEAD = """\
# Every field of every file

Made from the schemas by `python -m tests.project.reference`; `forecast schema` prints the same for editors. A value in
the form *number or [low, stated, high]* is an estimate: the stated value moves the forecast, and low and high its band.
Durations are written as weeks or days: `8w`, `10d`. Dates are `YYYY-MM-DD`. What is wrong beyond a single field, and
what depends on other files, `forecast check` tells.
"""

OWN_FILE = {"Item": "evidenceyaml-lists"}
"""Records that a file has a list of, with the anchor of its heading."""

PATTERNS = {f"^{DURATION}$": "a duration", f"^({DURATION}|never)$": "a duration or never", f"^{IDENT}$": "an id",
            f"^{DATE}$": "a date"}
EDGES = {"minimum": "from {:g}", "exclusiveMinimum": "above {:g}", "maximum": "to {:g}",
         "exclusiveMaximum": "below {:g}"}


def reference() -> str:
    """The whole page."""
    page, known = HEAD, set[str]()
    for kind, schema in schemas().items():
        names = set(schema.get("$defs", {}))
        page += "".join(_file(kind, schema, known))
        known |= names
    return page


def _file(kind: str, schema: dict[str, Any], known: set[str]) -> Iterator[str]:
    """The records of a file that no file before it has."""
    yield f"\n## {FILES[kind]}\n"
    names = schema.get("$defs", {})
    yield from _table(_record(schema, names), names)
    for name, part in sorted(names.items()):
        if part.get("properties") and name not in known:
            yield f"\n### {name}\n"
            yield from _table(part, names)


def _record(schema: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    """The record that a file holds, or of which it holds a list."""
    schema = schema.get("items", next(iter(schema.get("anyOf", [schema]))))
    return names.pop(schema["$ref"].rpartition("/")[2]) if "$ref" in schema else schema


def _table(record: dict[str, Any], names: dict[str, Any]) -> Iterator[str]:
    if described := record.get("description"):
        yield f"\n{_inline(described)}\n"
    yield "\n| field | value | what it is |\n|---|---|---|\n"
    needed = record.get("required", [])
    for name, field in record.get("properties", {}).items():
        value = _value(field, names) + ("" if name in needed else ", or left out")
        yield f"| `{name}` | {value} | {_inline(field.get('description', ''))} |\n"


def _inline(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _value(field: dict[str, Any], names: dict[str, Any]) -> str:
    """What may be written, in words."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        part = names.get(name, {})
        return f"[{name}](#{OWN_FILE.get(name, name.lower())})" if part.get("properties") else _value(part, names)
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    for kind in ("anyOf", "oneOf"):
        if kind in field:
            parts = [_value(part, names) for part in field[kind] if part.get("type") != "null"]
            return " or ".join(dict.fromkeys(parts))
    return _plain(field, names)


def _plain(field: dict[str, Any], names: dict[str, Any]) -> str:
    match field.get("type"):
        case "array":
            if field.get("description") == "[low, stated, high]":
                return "[low, stated, high]"
            parts = field.get("prefixItems") or [field.get("items", {})]
            inner = ", ".join(dict.fromkeys(_value(part, names) for part in parts))
            return f"a list of {len(parts)}: {inner}" if "prefixItems" in field else f"a list: {inner}"
        case "object":
            inner = field.get("additionalProperties") or next(iter(field.get("patternProperties", {}).values()), {})
            return f"a mapping: {_value(inner, names)}" if isinstance(inner, dict) else "a mapping"
        case "number" | "integer" as kind:
            edges = [words.format(field[edge]) for edge, words in EDGES.items() if edge in field]
            return " ".join(["a whole number" if kind == "integer" else "a number", *edges])
        case "boolean":
            return "true or false"
        case "string":
            return PATTERNS.get(field.get("pattern", ""), "a text")
        case _:
            return "anything"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
