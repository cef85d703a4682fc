"""JSON Schemas of the files that analysts write, for editors that complete and check while one types."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import ModelSchema, WithDefaultSchema

from forecast.records.evidence import ENCODINGS, Group, Indicator, Item, Source
from forecast.records.question import Question
from forecast.records.scenario import Scenario

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BY_NAME = ("properties", "$defs")
"""Parts of a schema whose keys are names of the analyst's, not words of JSON Schema."""
_ONE_ENCODING = {"oneOf": [{"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in ENCODINGS]}


def schemas() -> dict[str, Schema]:
    """JSON Schemas by kind of file: question, sources, groups, evidence, indicators and scenario.

    They are made from the records and say less than the gate does: what depends on several fields or on other files
    is left to `forecast check`.
    """
    return {
        "question": _finished(_schema(Question), "A question"),
        "sources": _finished(_schema(list[Source]), "Sources"),
        "groups": _finished(_schema(list[Group]), "Groups"),
        "evidence": _finished(_evidence(), "Evidence"),
        "indicators": _finished(_schema(list[Indicator]), "Indicators"),
        "scenario": _finished(_scenario(), "A scenario"),
    }


def plain_schema(kind: type[BaseModel]) -> Schema:
    """The JSON Schema of one record, without what only pydantic needs."""
    found: Schema = _plain(_schema(kind))
    return found


class _Described(GenerateJsonSchema):
    """Schemas that describe each field by the docstring below it, which also says what holds where it is left out.

    Pydantic itself would read the docstrings as each record is defined, which every start of the program would pay.
    """

    def model_schema(self, schema: ModelSchema) -> Schema:
        made = super().model_schema(schema)
        kind: type[BaseModel] = schema["cls"]
        for name, text in _docstrings(kind).items():
            made["properties"][name]["description"] = text
        return made

    def default_schema(self, schema: WithDefaultSchema) -> Schema:
        return self.generate_inner(schema["schema"])


def _schema(kind: Any) -> Schema:
    return TypeAdapter(kind).json_schema(ref_template="#/$defs/{model}", schema_generator=_Described)


@cache
def _docstrings(kind: type[BaseModel]) -> dict[str, str]:
    """The docstring below each field of a record."""
    found = {}
    for base in reversed(kind.__mro__[:kind.__mro__.index(BaseModel)]):
        for definition in ast.parse(dedent(inspect.getsource(base))).body:
            assert isinstance(definition, ast.ClassDef)
            for field, below in pairwise(definition.body):
                match field, below:
                    case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                        found[name] = inspect.cleandoc(text)
    return {name: text for name, text in found.items() if name in kind.model_fields}


def _finished(schema: Schema, title: str) -> Schema:
    return {"$schema": _DIALECT, **_plain(schema), "title": title}


def _plain(schema: Any) -> Any:
    """Drop defaults and the titles that pydantic makes from names: they tell an analyst nothing."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: {name: _plain(part) for name, part in value.items()} if key in _BY_NAME else _plain(value)
            for key, value in schema.items() if key not in ("title", "default")}


def _defined(kind: type[BaseModel]) -> tuple[Schema, Schema]:
    """The schema of a record, and those of the records in it."""
    schema = _schema(kind)
    return schema, schema.pop("$defs", {})


def _evidence() -> Schema:
    item, defs = _defined(Item)
    defs["Item"] = item | _ONE_ENCODING
    return {"$defs": defs, "description": "One item of evidence, or a list of items.",
            "anyOf": [{"$ref": "#/$defs/Item"}, {"type": "array", "items": {"$ref": "#/$defs/Item"}}]}


def _scenario() -> Schema:
    """A scenario's changes are the fields of a record, none of them required; null removes one that may be left out.

    Its name may be left out: it is that of its file.
    """
    scenario = _schema(Scenario)
    scenario.pop("required", None)
    defs = scenario.setdefault("$defs", {})
    properties = scenario["properties"]
    for field, kind in (("revise", Item), ("sources", Source), ("groups", Group), ("question", Question)):
        record, inner = _defined(kind)
        defs |= inner
        changes = _changes(record)
        changes["properties"].pop("calibration", None)  # it is taken with the whole workspace
        own = {key: value for key, value in properties[field].items() if key == "description"}
        properties[field] = own | (changes if field == "question" else
                                   {"type": "object", "additionalProperties": changes})
    item, inner = _defined(Item)
    defs |= inner | {"Item": item | _ONE_ENCODING}
    properties["add"] |= {"items": {"$ref": "#/$defs/Item"}}
    return scenario


def _changes(record: Schema) -> Schema:
    required = record.get("required", ())
    return {"type": "object", "additionalProperties": False,
            "properties": {name: field if name in required else _nullable(field)
                           for name, field in record["properties"].items() if name != "id"}}


def _nullable(field: Schema) -> Schema:
    own = {key: value for key, value in field.items() if key == "description"}
    return own | {"anyOf": [{key: value for key, value in field.items() if key != "description"}, {"type": "null"}]}
