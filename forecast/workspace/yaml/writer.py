"""Values as YAML text that every reader takes for the same: what YAML 1.1 or 1.2 would read otherwise is quoted."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import yaml

from forecast.records.types import Duration, Estimate, Record, parsed_day

_Base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # PyYAML may have been built without LibYAML
_SHORT = 100
"""Characters of a value that goes on one line."""


class _Block(dict[str, Any]):
    """A mapping with one field on each line."""


class _Entries(list[Any]):
    """A list with one entry on each line."""


class _Prose(str):
    """A text that stands below its name, as it is."""

    __slots__ = ()


class _Dumper(_Base):  # type: ignore[misc]
    """PyYAML's writer, with the numbers of YAML 1.2 beside those of YAML 1.1 and without aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _CaseDumper(_Dumper):
    """The same for whole cases: long texts below their names, lists and small mappings on one line."""


class _Line(dict[str, Any]):
    """A mapping on one line."""


_STR, _MAP, _SEQ = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(
    r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"), list("-+.0123456789"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"0o[0-7]+$"), ["0"])
_Dumper.add_representer(str, lambda dumper, value: dumper.represent_scalar(
    _STR, value, style='"' if re.search(r"[\r\n]", value) else None))
_Dumper.add_representer(_Block, lambda dumper, value: dumper.represent_mapping(
    _MAP, value, flow_style=False))
_Dumper.add_representer(_Entries, lambda dumper, value: dumper.represent_sequence(
    _SEQ, value, flow_style=False))
_Dumper.add_representer(_Prose, lambda dumper, value: dumper.represent_scalar(_STR, str(value), style="|"))
_CaseDumper.add_representer(_Line, lambda dumper, value: dumper.represent_mapping(_MAP, value, flow_style=True))
_CaseDumper.add_representer(str, lambda dumper, value: dumper.represent_scalar(
    _STR, value, style="|" if "\n" in value else None))
_CaseDumper.add_representer(list, lambda dumper, value: dumper.represent_sequence(
    _SEQ, value, flow_style=all(not isinstance(part, dict | list) for part in value)))


def _dumped(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, width=10**6,
                          sort_keys=False)
    return _unended(text)


def _unended(text: str) -> str:
    """A document without the three dots that PyYAML puts behind a text that keeps its empty lines at the end."""
    return text.removesuffix("...\n") if text.endswith("\n...\n") else text


def inline(value: Any) -> str:
    """A value on one line, safe between brackets too."""
    return _dumped([value]).rstrip("\n")[1:-1]


def entry(fields: Mapping[str, Any]) -> str:
    """One entry of a list: a field on each line, rationale and note as prose; fields that are None are left out."""
    return _dumped(_Entries([_Block({name: _prose(name, value) for name, value in fields.items()
                                     if value is not None})]))


def field(name: str, value: Any) -> str:
    """One field of a mapping, with its line break."""
    return _dumped(_Block({name: _prose(name, value)}))


def mapping(fields: Mapping[str, Any]) -> str:
    """A mapping in which short values are on one line, and longer ones below their names."""
    return _dumped(_Block({name: _styled(value) for name, value in fields.items() if value is not None}))


def case_text(fields: Mapping[str, Any]) -> bytes:
    """A case as the text of its file."""
    text: str = yaml.dump(_laid_out(fields), Dumper=_CaseDumper, allow_unicode=True, width=110, sort_keys=False)
    return _unended(text).encode()


def _laid_out(value: Any, depth: int = 0) -> Any:
    if isinstance(value, Mapping):
        parts = {name: _laid_out(part, depth + 1) for name, part in value.items()}
        has_lines = any(isinstance(part, str) and "\n" in part for part in parts.values())
        return _Line(parts) if depth > 1 and len(repr(parts)) < 90 and not has_lines else parts
    if isinstance(value, list):
        return [_laid_out(part, depth + 1) for part in value]
    return parsed_day(value) or value if isinstance(value, str) else value


def _prose(name: str, value: Any) -> Any:
    if isinstance(value, str) and (name in ("rationale", "note") or "\n" in value):
        return _Prose(value)
    return value


def _styled(value: Any) -> Any:
    if isinstance(value, str):
        return _Prose(value) if "\n" in value else value
    if len(repr(value)) <= _SHORT and "\\n" not in repr(value):
        return value
    if isinstance(value, dict):
        return _Block({name: _styled(part) for name, part in value.items()})
    return _Entries([_styled(part) for part in value]) if isinstance(value, list) else value


def written(value: Any) -> Any:
    """A value of a record as a file would state it; what a file leaves out is left out."""
    match value:
        case Estimate():
            if value.bare:
                return written(value.stated)
            return [written(part) for part in (value.low, value.stated, value.high)]
        case Duration():
            return _duration(value)
        case Record():
            return {name: written(getattr(value, name)) for name in type(value).model_fields
                    if name in value.model_fields_set and getattr(value, name) is not None}
        case Mapping():
            return {str(name): written(part) for name, part in value.items()}
        case list() | tuple():
            return [written(part) for part in value]
        case _:
            return value


def _duration(weeks: Duration) -> str:
    if math.isinf(weeks):
        return "never"
    days = round(7 * weeks)
    return f"{days}d" if days % 7 and days / 7 == weeks else f"{float(weeks):.17g}w"
