"""What the desk may write: a scenario, an opinion, or changes to the files with reasons.

Comments stay. A reason goes into the note of the record that it is for, with its date and initials; a field of the
question has no note, and gets a comment above it, as an analyst's prior does. An indicator that is supposed is no
evidence: what nobody has stated of it, such as its day, does not go into the files.
"""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF8
from collections import ChainMap
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from forecast.core.errors import ForecastError
from forecast.core.scalars import decoded
from forecast.records.case import Case
from forecast.records.opinion import Analyst, Opinion
from forecast.records.scenario import Changes, Scenario, apply
from forecast.records.types import Steps
from forecast.workspace.editing import Proposal, proposal, schema_line, with_item, with_records
from forecast.workspace.files import OPINIONS, QUESTION, SCENARIOS
from forecast.workspace.loader import Workspace
from forecast.workspace.yaml.layout import Layout, Splice
from forecast.workspace.yaml.reader import read
from forecast.workspace.yaml.splicing import Fields
from forecast.workspace.yaml.writer import mapping, written

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")

Notes = Mapping[Steps, str]
"""Signed reasons by what they are for: a record, or a field of the question."""


def refused_name(text: str) -> str:
    """What is wrong with the name of a new file; empty if nothing is."""
    if _NAME.fullmatch(text):
        return ""
    return f"{text or 'Nothing'} cannot name a file; write small letters, digits and hyphens"


# --- a scenario -----------------------------------------------------------------------------------------------------


def scenario_file(workspace: Workspace, base: Case, scenario: Scenario, file: str, name: str,
                  story: str) -> Proposal:
    """A scenario as a new file in evidence/scenarios/, which reads back as exactly the case on the desk.

    Raises `ForecastError` if the file name does not fit or is taken, the scenario changes nothing, or the gate
    refuses it.
    """
    path = f"{SCENARIOS}{file}.yaml"
    if (why := refused_name(file)):
        raise ForecastError(why)
    if os.path.lexists(workspace.root / path):
        raise ForecastError(f"{path}: is there already; take another name")
    changes = _changes(scenario)
    if not changes:
        raise ForecastError("nothing is changed; a scenario needs a change to be one")
    told = {"name": name, "story": story.strip() + "\n" if story.strip() else None}
    head = schema_line(workspace, path, "scenario")
    made = proposal(workspace, {path: (head + mapping(told | changes)).encode()})
    if apply(base, made.workspace.scenarios[file]) != apply(base, scenario):
        raise ForecastError(f"{path}: would not be read back as what is on the desk; nothing is written")
    return made


def _changes(scenario: Scenario) -> dict[str, Any]:
    """Everything that a scenario changes, in the order of the file format."""
    fields = {name: written(getattr(scenario, name)) for name in ("question", "sources", "groups", "revise", "drop",
                                                                   "add")}
    return {name: value for name, value in fields.items() if value}


# --- an opinion -----------------------------------------------------------------------------------------------------


def opinion_file(workspace: Workspace, opinion: Opinion, notes: Notes | None = None) -> Proposal:
    """An analyst's opinion as evidence/opinions/ANALYST.yaml, or as a change of that file.

    A reason for the prior goes above it; those for items are in the opinion. Raises `ForecastError` if nothing is
    changed, or the gate refuses it.
    """
    path, fields = f"{OPINIONS}{opinion.analyst.id}.yaml", written(opinion)
    if path in workspace.inputs:
        filed = read(workspace.inputs[path]).value
        gone = {name: None for name in ("items", "prior") if name in filed}
        edit = gone | fields | {"analyst": _analyst(filed["analyst"], opinion.analyst)}
        after = with_records(workspace.inputs, {path: [((), edit)]})
    else:
        after = {path: mapping(fields).encode()}
    if after == {path: workspace.inputs.get(path)}:
        raise ForecastError("nothing is changed in this opinion")
    after[path], left_out = _explained(path, after[path], notes or {})
    made = proposal(workspace, after, left_out)
    found = next(each for each in made.workspace.opinions if each.analyst.id == opinion.analyst.id)
    if (found.analyst.blind, found.items, found.prior) != (opinion.analyst.blind, opinion.items, opinion.prior):
        raise ForecastError(f"{path}: would not be read back as what is on the desk; nothing is written")
    return made


def _analyst(filed: Mapping[str, Any], now: Analyst) -> dict[str, Any]:
    """The analyst as the file has him, and whether he is still blind."""
    return {**filed, "blind": now.blind} if bool(filed.get("blind")) != now.blind else dict(filed)


# --- the files themselves -------------------------------------------------------------------------------------------


def change_of_files(workspace: Workspace, base: Case, scenario: Scenario, notes: Notes | None = None,
                    today: date | None = None) -> Proposal:
    """The changes on the desk as changes of the evidence and the priors themselves, comments kept.

    Items that are switched off stay in the files, and what is supposed is no evidence: both are left out. Items that
    are added are recorded today. The notes are reasons as they go into the files. Raises `ForecastError` if there is
    nothing to write, or the gate refuses it.
    """
    entered, not_known = _entered(workspace, scenario, today or date.today())
    left_out = [*_left_out(scenario), *not_known]
    scenario = _annotated(base, entered, notes or {})
    texts = _edited(workspace, scenario)
    for fields in scenario.add:
        texts |= with_item(workspace, ChainMap(texts, dict(workspace.inputs)), fields)
    texts = {path: text for path, text in texts.items() if workspace.inputs.get(path) != text}
    if not texts:
        why = "; ".join(left_out) or "nothing is changed"
        raise ForecastError(f"nothing on the desk belongs into the files: {why}")
    if QUESTION in texts:
        texts[QUESTION], unsaid = _explained(QUESTION, texts[QUESTION], notes or {})
        left_out += unsaid
    made = proposal(workspace, texts, left_out)
    wanted = apply(base, scenario.model_copy(update={"drop": ()}))
    found = made.workspace.whole.at(base.as_of)
    if (found.items, found.question, found.sources, found.groups) != (
            wanted.items, wanted.question, wanted.sources, wanted.groups):
        raise ForecastError("the files would not be read back as what is on the desk; nothing is written")
    return made


def _annotated(base: Case, scenario: Scenario, notes: Notes) -> Scenario:
    """The scenario with each reason in the note of its record."""
    kept = {("item", item.id): item.note for item in base.items}
    kept |= {("source", source.id): source.note for source in base.sources}
    kept |= {("group", group.id): group.note for group in base.groups}

    def noted(kind: str, name: str, fields: Changes) -> Changes:
        note = notes.get((kind, name))
        old = fields.get("note", kept.get((kind, name))) or ""
        return fields if note is None else fields | {"note": "\n".join(filter(None, (old.rstrip(), note))) + "\n"}

    return scenario.model_copy(update={
        "revise": {name: noted("item", name, fields) for name, fields in scenario.revise.items()},
        "sources": {name: noted("source", name, fields) for name, fields in scenario.sources.items()},
        "groups": {name: noted("group", name, fields) for name, fields in scenario.groups.items()},
        "add": tuple(noted("item", str(fields["id"]), fields) for fields in scenario.add)})


def _entered(workspace: Workspace, scenario: Scenario, today: date) -> tuple[Scenario, list[str]]:
    """The scenario with the items that go into the files, each as entered today; and what to do with the others."""
    indicators = {each.id: each for each in workspace.indicators}
    kept, left_out = [], []
    for fields in scenario.add:
        name, found = str(fields["id"]), indicators.get(fields["id"])
        if found is not None:
            what, option = ("its day", "") if found.source else ("its day and its source", " --source SOURCE")
            seen = "" if fields.get("seen", True) else " --not-seen"
            left_out.append(f"{name}, which is supposed; once it is known, state {what}: forecast new {name} "
                            f"--from-indicator {name}{seen} --date DAY{option}")
        elif str(fields["date"]) > str(today):
            left_out.append(f"{name}, which is dated {fields['date']}, after today; save it as a scenario")
        else:
            kept.append(fields | {"recorded": today})
    return scenario.model_copy(update={"add": tuple(kept)}), left_out


def _explained(path: str, data: bytes, notes: Notes) -> tuple[bytes, list[str]]:
    """A file with the reasons above the fields of the question that they are for; those that cannot stand there."""
    reasons = {str(about[2]): note for about, note in notes.items() if about[0] == "question"}
    commented = _commented(data, reasons)
    if commented is not None:
        return commented, []
    return data, [f"the reasons for {', '.join(reasons)}: {path} stands between brackets, where no comment is put; "
                  "write them there by hand"]


def _commented(data: bytes, comments: Mapping[str, str]) -> bytes | None:
    """A file with a comment above each of some of its top-level fields; None if none can stand there."""
    if not comments:
        return data
    layout = Layout(decoded(data))
    if layout.root.in_brackets:
        return None
    splices = []
    for name, (key, _) in zip(read(data).value, layout.root.pairs, strict=True):
        if name in comments:
            start = layout.line_start(key.start)
            splices.append(Splice(start, start, "".join(f"# {line}\n" for line in comments[name].splitlines())))
    return BOM_UTF8 * data.startswith(BOM_UTF8) + layout.spliced(splices).encode()


def _left_out(scenario: Scenario) -> Iterable[str]:
    if scenario.drop:
        yield (f"{', '.join(scenario.drop)} left out: an item stays in its file; "
               "if it was taken back, say since when it is retracted")


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
