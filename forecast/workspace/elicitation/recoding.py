"""A workspace encoded anew: the values of its items by blind encoders, everything else in its files as it was.

The first encoder's values take the place of the old ones, with his reason as rationale; each encoder gets a file in
`evidence/opinions/`. Items that keep their counts, and the prior, stay: an outside view is in the log for comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from forecast.core.errors import Problem, refuse
from forecast.records.elicitation import NeutralItem
from forecast.records.evidence import Item
from forecast.records.types import Steps
from forecast.workspace.editing import Proposal, proposal, with_records
from forecast.workspace.elicitation.collecting import Encoder, complete, encoding, opinion
from forecast.workspace.elicitation.neutral import NeutralFile
from forecast.workspace.files import OPINIONS
from forecast.workspace.loader import Workspace
from forecast.workspace.yaml.writer import mapping

Fields = dict[str, Any]

_SAME = ("date", "source", "window", "kind")
"""What an item and the fact that was encoded must agree on."""

_WIDTH = 104
"""Letters in a line of a reason."""


def recoded(workspace: Workspace, file: NeutralFile, found: Sequence[Encoder]) -> Proposal:
    """Propose a workspace with the values that encoders gave to its items; the first one's become those of the items.

    The items of the workspace have the ids and facts of the neutral case. Raises `InputError` if something is not
    encoded, or is not what was encoded.
    """
    complete([file], found, keeping=True)
    known = {item.id: item for item in workspace.items}
    problems = [problem for item in file.case.evidence for problem in _misfits(file, item, known.get(item.id))]
    problems += [Problem(str(file.path), 1, "evidence", f"{name} is an item of the workspace and not of the question")
                 for name in known.keys() - {item.id for item in file.case.evidence}]
    refuse(problems)
    question = workspace.question
    shares = {question.event.id: 0.0} | dict(zip((each.id for each in question.alternatives), question.shares,
                                                 strict=True))
    edits: dict[str, list[tuple[Steps, Fields]]] = {}
    for item in file.case.items:
        place = workspace.places["item", item.id]
        edits.setdefault(place.file, []).append((place.path, _values(file.id, item, known[item.id], found, shares)))
    opinions = {f"{OPINIONS}{each.id}.yaml": mapping(opinion(each, file, shares, own=each is found[0])).encode()
                for each in found}
    return proposal(workspace, {**with_records(workspace.inputs, edits), **opinions})


def _misfits(file: NeutralFile, item: NeutralItem, own: Item | None) -> list[Problem]:
    """Where a fact that was encoded is not the item of the workspace."""
    if own is None:
        return [Problem(str(file.path), 1, f"evidence.{item.id}", "is not an item of the workspace; add it there")]
    differing = [name for name in _SAME if getattr(item, name) != getattr(own, name)]
    differing += ["seen"] if item.seen and not own.seen else []
    return [Problem(str(file.path), 1, f"evidence.{item.id}.{name}", f"is {getattr(item, name)}, and in the workspace "
                    f"{getattr(own, name)}; encode it as it is there") for name in differing]


def _values(question: str, item: NeutralItem, own: Item, found: Sequence[Encoder], shares: Mapping[str, float]
            ) -> Fields:
    fields = encoding(question, item, found, shares)
    fields["rationale"] = f"{fill(fields['rationale'], _WIDTH, break_long_words=False)}\n"
    if not item.seen:  # the word is about what was looked for in vain, as the encoder was told
        return fields | {"seen": None, "says": "report"}
    if "says" not in fields and item.is_report != own.is_report:
        fields["says"] = "report" if item.is_report else "fact"
    return fields
