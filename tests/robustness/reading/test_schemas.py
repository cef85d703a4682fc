"""The JSON Schemas: they let good files pass, and stop what an editor can see."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from forecast.records.json_schema import schemas
from forecast.workspace.yaml.reader import read
from tests import ROOT
from tests.robustness.reading.example import FILES, GROUPS, INDICATORS, ITEMS, QUESTION, SCENARIO, SOURCES

SCHEMAS = schemas()
KINDS = {QUESTION: "question", SOURCES: "sources", GROUPS: "groups", ITEMS: "evidence", INDICATORS: "indicators",
         SCENARIO: "scenario"}


def parsed(file: str) -> Any:
    return read(FILES[file].encode()).value


def passes(kind: str, value: Any) -> bool:
    return bool(Draft202012Validator(SCHEMAS[kind]).is_valid(value))


@pytest.mark.parametrize("kind", KINDS.values())
def test_a_schema_is_valid_itself_and_describes_its_fields(kind: str) -> None:
    schema = SCHEMAS[kind]
    Draft202012Validator.check_schema(schema)
    assert "description" in str(schema)


@pytest.mark.parametrize("file", KINDS)
def test_a_good_file_passes_and_an_unknown_field_does_not(file: str) -> None:
    value = parsed(file)
    assert passes(KINDS[file], value)
    spoiled = copy.deepcopy(value)
    (spoiled[0] if isinstance(spoiled, list) else spoiled)["colour"] = "red"
    assert not passes(KINDS[file], spoiled)


WORKSPACES = [ROOT, *sorted((ROOT / "tests/regression/vectors").glob("[0-9]"))]


@pytest.mark.parametrize("root", WORKSPACES, ids=lambda at: at.name)
def test_every_file_of_a_good_workspace_passes(root: Path) -> None:
    files = {file: KINDS.get(str(file.relative_to(root)), "evidence")
             for folder in ("priors", "evidence") for file in (root / folder).glob("*.yaml")}
    files |= dict.fromkeys((root / "evidence/scenarios").glob("*.yaml"), "scenario")
    assert len(files) >= 4
    assert [file.name for file, kind in files.items() if not passes(kind, read(file.read_bytes()).value)] == []


@pytest.mark.parametrize(("file", "change"), [
    (QUESTION, lambda q: q.update(half_life=13)),
    (QUESTION, lambda q: q["prior"][1].update(kind="guess")),
    (QUESTION, lambda q: q.pop("event")),
    (SOURCES, lambda s: s[0].update(grade="G")),
    (GROUPS, lambda g: g[0].update(overlap=1.5)),
    (ITEMS, lambda i: i[0].update(probability={"strike": 0.5})),
    (ITEMS, lambda i: i[0].pop("likelihood_ratio")),
    (ITEMS, lambda i: i[0]["likelihood_ratio"].update(strike=0)),
    (ITEMS, lambda i: i[0].update(date="1 April")),
    (SCENARIO, lambda s: s["revise"]["ballot"].update(likelihood=3)),
    (SCENARIO, lambda s: s["add"][0].pop("source")),
    (SCENARIO, lambda s: s["question"].update(calibration="calibration.yaml")),
    *((SCENARIO, lambda s, field=field: s["revise"]["ballot"].update({field: None}))
      for field in ("title", "date", "source", "rationale")),
    (SCENARIO, lambda s: s["sources"]["union"].update(grade=None)),
    (SCENARIO, lambda s: s["question"].update(prior=None)),
    (QUESTION, lambda q: q.update(key_dates=["2031-06-30", "2031-06-30"])),
    (QUESTION, lambda q: q.update(as_of=["2031-06-30", "2031-06-30"])),
    (ITEMS, lambda i: i[2]["counts"].update(strike=[1, 10**16])),
])
def test_what_an_editor_can_see_is_refused(file: str, change: Any) -> None:
    value = parsed(file)
    change(value)
    assert not passes(KINDS[file], value)


def test_null_removes_a_field_in_a_scenario_alone() -> None:
    value = parsed(SCENARIO)
    value["revise"]["ballot"] = {"group": None, "likelihood_ratio": None}
    assert passes("scenario", value)
