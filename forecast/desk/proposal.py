"""What the desk may write, once it is confirmed: a new scenario, or changes to the files with their comments kept."""

from __future__ import annotations

import os
import re
from collections import ChainMap
from collections.abc import Iterable
from typing import Any

from forecast.core.errors import ForecastError
from forecast.records.case import Case
from forecast.records.scenario import Scenario, apply
from forecast.records.types import Steps
from forecast.workspace.editing import Proposal, proposal, with_item, with_records
from forecast.workspace.files import SCENARIOS
from forecast.workspace.loader import Workspace
from forecast.workspace.splicing import Fields
from forecast.workspace.yaml_writer import mapping, written

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_HEADER = "# yaml-language-server: $schema=../../.schemas/scenario.json\n"


def scenario_file(workspace: Workspace, base: Case, scenario: Scenario, file: str, name: str,
                  story: str) -> Proposal:
    """A scenario as a new file in evidence/scenarios/, which reads back as exactly the case on the desk.

    Raises
    ------
    ForecastError
        If the file name does not fit or is taken, the scenario changes nothing, or the gate refuses it.
    """
    path = f"{SCENARIOS}{file}.yaml"
    if not _NAME.fullmatch(file):
        raise ForecastError(f"{file or '(no name)'}: no name for a file; write small letters, digits and hyphens")
    if os.path.lexists(workspace.root / path):
        raise ForecastError(f"{path}: is there already; take another name")
    changes = _changes(scenario)
    if not changes:
        raise ForecastError("nothing is changed; a scenario needs a change to be one")
    text = _HEADER + mapping({"name": name, "story": story.strip() + "\n" if story.strip() else None} | changes)
    made = proposal(workspace, {path: text.encode()})
    if apply(base, made.workspace.scenarios[file]) != apply(base, scenario):
        raise ForecastError(f"{path}: would not be read back as what is on the desk; nothing is written")
    return made


def change_of_files(workspace: Workspace, base: Case, scenario: Scenario) -> Proposal:
    """The changes on the desk as changes of the evidence and the priors themselves, comments kept.

    Items that are switched off stay in the files, and a date is nothing that files state: both are left out.

    Raises
    ------
    ForecastError
        If there is nothing to write, or the gate refuses it.
    """
    texts = _edited(workspace, scenario)
    for fields in scenario.add:
        indicator = fields["id"] if fields["id"] in {each.id for each in workspace.indicators} else None
        texts |= with_item(ChainMap(texts, dict(workspace.inputs)), fields, without=indicator)
    texts = {path: text for path, text in texts.items() if workspace.inputs.get(path) != text}
    left_out = list(_left_out(scenario))
    if not texts:
        why = "; ".join(left_out) or "nothing is changed"
        raise ForecastError(f"nothing on the desk belongs into the files: {why}")
    made = proposal(workspace, texts, left_out)
    wanted = apply(base, scenario.model_copy(update={"drop": (), "as_of": None}))
    if made.workspace.case(base.as_of).items != wanted.items or made.workspace.question != wanted.question:
        raise ForecastError("the files would not be read back as what is on the desk; nothing is written")
    return made


def _left_out(scenario: Scenario) -> Iterable[str]:
    if scenario.drop:
        yield (f"{', '.join(scenario.drop)} switched off: an item stays in its file; "
               "if it was taken back, write retracted: DATE there")
    if scenario.as_of:
        yield f"the as-of date {scenario.as_of}, which is an option of the commands"


def _changes(scenario: Scenario) -> dict[str, Any]:
    """Everything that a scenario changes, in the order of the file format."""
    fields = {name: written(getattr(scenario, name)) for name in ("as_of", "question", "sources", "groups", "revise",
                                                                   "drop", "add")}
    return {name: value for name, value in fields.items() if value}


def _edited(workspace: Workspace, scenario: Scenario) -> dict[str, bytes]:
    """The files of revised records with the new values in the places of the old ones."""
    edits: dict[str, list[tuple[Steps, Fields]]] = {}
    records = [(kind, name, fields) for kind, part in (("item", "revise"), ("source", "sources"), ("group", "groups"))
               for name, fields in getattr(scenario, part).items()]
    if scenario.question:
        records.append(("question", workspace.question.id, scenario.question))
    for kind, name, fields in records:
        place = workspace.places[kind, name]
        edits.setdefault(place.file, []).append((place.path, written(fields)))
    return with_records(workspace.inputs, edits)
