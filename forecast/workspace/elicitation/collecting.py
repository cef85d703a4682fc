"""From neutral cases and the logs of their encoders to cases that can be forecast, or to new values in a workspace.

The first encoder's ratios become those of the items, and those of the others opinions. A word for the event is its lift
R, how much likelier the item is if it happens than if not; so v_event = R·Σ s̄ v_b, the leanings towards alternatives
being ratios against the reference.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

from forecast.core.errors import ForecastError, InputError, Problem, refuse
from forecast.core.numerics import inside_unit
from forecast.core.scalars import Refused
from forecast.records.elicitation import ItemView, NeutralCase, NeutralItem, OutsideView, word_ratio
from forecast.records.evidence import Item
from forecast.records.types import SMALLEST, Estimate, Steps, parsed_day
from forecast.workspace.csv_tables import Flaw, Row, quoted, table_by_id
from forecast.workspace.editing import Proposal, proposal, with_records
from forecast.workspace.elicitation.chained_log import ChainedLog
from forecast.workspace.elicitation.neutral import NeutralFile
from forecast.workspace.elicitation.outside_view import component
from forecast.workspace.elicitation.session import Answered, changed, replayed
from forecast.workspace.files import OPINIONS
from forecast.workspace.gate.one_file import Beside
from forecast.workspace.loader import Workspace, load_texts
from forecast.workspace.writing import exchange, locked, refuse_read
from forecast.workspace.yaml.reader import read
from forecast.workspace.yaml.writer import case_text, mapping

Fields = dict[str, Any]

_DIGITS = 3
"""Significant digits of the ratio that a word stands for."""


class Outcome(NamedTuple):
    """How a question was resolved, and when."""

    outcome: str
    date: date


@dataclass(frozen=True)
class Encoder:
    """One encoder and everything that he has answered."""

    id: str
    answered: Answered
    path: Path

    def view(self, question: str) -> OutsideView:
        """His outside view of a question."""
        return self.answered.outside[question].answer

    def item(self, question: str, name: str) -> ItemView:
        """What he makes of an item."""
        return self.answered.items[question][name].answer

    def missing(self, file: NeutralFile) -> Iterator[Problem]:
        """What of a question he has not answered, or was not asked as it now is."""
        if file.id not in self.answered.outside:
            yield Problem(str(file.path), 1, "question", f"{self.id} has not encoded it; run forecast encode")
            return
        for name in self.answered.left(file.id):
            yield Problem(str(file.path), 1, f"evidence.{name}", f"{self.id} has not encoded it; run forecast encode")
        yield from changed(file, self.answered, self.id)


def outcomes(table: Path) -> dict[str, Outcome]:
    """Read how questions were resolved: a CSV with the columns id, outcome (an id, or 1 and 0) and date.

    Raises `InputError` with every row that cannot be read.
    """
    return table_by_id(table, ("outcome", "date"), _outcome)


def _outcome(row: Row) -> Outcome | Flaw:
    day = parsed_day(row.get("date"))
    if not row.get("outcome"):
        return Flaw(row.line, "outcome", "is empty; write the id of a hypothesis, or 1 or 0")
    if day is None:
        return Flaw(row.line, "date", f"{quoted(row.get('date'))} is not a date; write YYYY-MM-DD")
    return Outcome(row.get("outcome"), day)


def encoders(logs: Sequence[Path]) -> list[Encoder]:
    """Read the logs of encoders, each by its own name ANALYST.log.jsonl.

    Raises `InputError` if a log is not what was written, or is not there.
    """
    found = []
    for path in logs:
        analyst = path.name.removesuffix(".log.jsonl")
        if analyst == path.name or not path.is_file():
            raise InputError([Problem(str(path), 1, "", "is not a log; name a file ANALYST.log.jsonl that forecast "
                                                        "encode wrote")])
        found.append(Encoder(analyst, replayed(ChainedLog(path), analyst), path))
    if len({each.id for each in found}) < len(found):
        raise InputError([Problem(str(logs[-1]), 1, "", "is the log of an encoder who is named twice; name each once")])
    return found


def _refuse_incomplete(files: Sequence[NeutralFile], found: Sequence[Encoder], *, keeping: bool = False) -> None:
    """Raise `InputError` with everything that an encoder has not answered, or was not asked as it now is.

    Items may keep counts that the questions do not hold only if `keeping` is true.
    """
    problems = [problem for file in files for each in found for problem in each.missing(file)]
    problems += [Problem(str(file.path), 1, f"evidence.{item.id}", "keeps its counts, which only a folder holds")
                 for file in files for item in file.case.evidence if item.keep and not keeping]
    refuse(problems)


def case_fields(file: NeutralFile, found: Sequence[Encoder], outcome: Outcome | None = None) -> Fields:
    """A whole case in one file, from the facts and what encoders made of them; the first one's values come first.

    All of them have encoded it; `outcome` is how it was resolved, if that may be known.
    """
    stated, case, first = file.fields, file.case, found[0]
    question = dict(stated["question"])
    if case.first < case.question.opens:
        question["asked"] = question.get("asked", str(case.first))
    shares = _shares(case, found)
    if len(case.question.alternatives) > 1:
        question["alternatives"] = [dict(fields) | {"share": _share(shares[str(fields["id"])])}
                                    for fields in question["alternatives"]]
    question["prior"] = [_component(first, case)]
    if outcome is not None:
        question["resolved"] = {"outcome": _hypothesis(outcome.outcome, case), "date": str(outcome.date)}
    items = [_encoded(fields, item) | _encoding(file.id, item, found, shares)
             for fields, item in zip(stated.get("evidence") or [], case.evidence, strict=True)]
    opinions = {each.id: _opinion(each, file, shares, own=each is first) for each in found}
    for each in found[1:]:
        prior = _component(each, case)
        del prior["analyst"]
        opinions[each.id]["prior"] = [prior]
    result = {"question": question, "groups": stated.get("groups"), "evidence": items, "opinions": opinions}
    return {name: value for name, value in result.items() if value}


def _hypothesis(outcome: str, case: NeutralCase) -> str:
    """The hypothesis that came true; 1 is the event, 0 the only alternative."""
    named = {"1": case.question.event.id}
    if len(case.question.alternatives) == 1:
        named["0"] = case.question.alternatives[0].id
    return named.get(outcome, outcome)


def _encoded(fields: Fields, item: NeutralItem) -> Fields:
    """The facts of an item as they stand beside the word for it."""
    if item.seen:
        return dict(fields)
    # The word is about what was looked for in vain, as the encoder was told.
    return {name: value for name, value in fields.items() if name != "seen"} | {"says": "report"}


def _encoding(question: str, item: NeutralItem, found: Sequence[Encoder], shares: Mapping[str, float]) -> Fields:
    """The fields by which the first encoder's answer to an item becomes one of its encodings."""
    view = found[0].item(question, item.id)
    fields: Fields = {"analyst": found[0].id} | values(view, shares)
    if any(each.item(question, item.id).kept is not None for each in found):
        fields["says"] = "report"  # what is kept speaks of the report, speaker included
    return fields | {"rationale": view.reason}


def values(view: ItemView, shares: Mapping[str, float]) -> Fields:
    """The encoding that an answer stands for.

    `shares` has the event's id first, with 0, and then the shares of the alternatives, the reference among them.
    """
    if view.kept is not None:
        low, high = view.kept.bounds()
        return {"kept": view.kept.stated if view.kept.bare else [inside_unit(p, _DIGITS) for p in (
            low, view.kept.stated, high)]}
    assert view.word is not None  # one of the two is given
    event = next(iter(shares))
    leanings = {name: word_ratio(each.word, each.side) for name, each in (view.background or {}).items()}
    mean = sum(share * (leanings[name].stated if name in leanings else 1.0)
               for name, share in shares.items() if name != event)
    lift = word_ratio(view.word, view.side)
    low, high = lift.bounds()
    ratio = Estimate(lift.stated * mean, low * mean, high * mean)
    return {"likelihood_ratio": {event: _written(ratio)} | {
        name: _written(each) for name, each in leanings.items() if each.stated != 1}}


def _written(value: Estimate) -> float | list[float]:
    if value.low is None or value.high is None:
        return value.stated
    return [float(f"{part:.{_DIGITS}g}") for part in (value.low, value.stated, value.high)]


def _shares(case: NeutralCase, found: Sequence[Encoder]) -> dict[str, float]:
    """The event, and the shares of the alternatives as the encoders have them in the mean."""
    names = [each.id for each in case.question.alternatives]
    if len(names) == 1:
        return {case.question.event.id: 0.0, names[0]: 1.0}
    views = [each.view(case.question.id).shares or {} for each in found]
    mean = {name: sum(view[name] / sum(view.values()) for view in views) / len(views) for name in names}
    return {case.question.event.id: 0.0} | mean


def _share(share: float) -> float:
    """A share to four decimals; a small one, to four digits, never becomes 0, nor smaller than a file may have it."""
    return round(share, 4) or max(float(f"{share:.4g}"), SMALLEST)


def _component(encoder: Encoder, case: NeutralCase) -> Fields:
    """An encoder's component of the prior, as a file states it."""
    view, question = encoder.view(case.question.id), case.question
    found = component(view.probability, view.weeks(case.first), case.first, question.opens, question.horizon,
                      analyst=encoder.id)
    low, high = found.probability.bounds()
    return {"kind": "elicited", "probability": [low, found.probability.stated, high], "weeks": list(found.weeks),
            "weight": 1, "analyst": encoder.id}


def _opinion(encoder: Encoder, file: NeutralFile, shares: Mapping[str, float], *, own: bool) -> Fields:
    """Who an encoder is and, unless his values are the case's own, what he holds of its items."""
    result: Fields = {"analyst": {"id": encoder.id, "blind": True, "known": encoder.view(file.id).known}}
    if own:
        return result
    answers = {item.id: encoder.item(file.id, item.id) for item in file.case.items}
    return result | {"items": {name: values(answer, shares) | {"note": answer.reason}
                               for name, answer in answers.items()}}


def collect(files: Sequence[NeutralFile], found: Sequence[Encoder], folder: Path,
            resolved: Mapping[str, Outcome] | None = None, *, force: bool = False) -> list[Path]:
    """Write a case ID.yaml for each question, all of them or none; `defaults.yaml` beside them holds the sources.

    Raises `InputError` if something is not encoded, a case would not pass the gate, or another one is there and
    `force` is false.
    """
    refuse_read(folder)
    _refuse_incomplete(files, found)
    if not folder.is_dir():
        raise ForecastError(f"{folder}: is no folder; make it, and put a defaults.yaml into it that names the sources")
    there = Beside(folder)
    texts = {f"{file.id}.yaml": case_text(case_fields(file, found, (resolved or {}).get(file.id))) for file in files}
    before: dict[str, bytes | None] = {}
    problems: list[Problem] = []
    for name, text in texts.items():
        try:
            load_texts(ChainMap({name: text}, there))  # type: ignore[arg-type]
            before[name] = there.get(name)
            if before[name] not in (None, text) and not force:
                problems.append(Problem(name, 1, "", "is there and differs; --force replaces it"))
        except InputError as error:
            problems += error.problems
        except Refused as error:
            problems.append(Problem(name, 1, "", str(error)))
    if problems:
        raise InputError(replace(problem, file=f"{folder}/{problem.file}") for problem in problems)
    changed = {name: text for name, text in texts.items() if before[name] != text}
    with locked(folder):
        exchange(folder, {name: before[name] for name in changed}, changed,
                 dict.fromkeys(changed, _sources(files, found)))
    return [folder / name for name in texts]


def _sources(files: Iterable[NeutralFile], found: Iterable[Encoder]) -> tuple[Path, ...]:
    """The files that a case is made from."""
    return (*(file.path for file in files), *(each.path for each in found))


# A workspace encoded anew.

_SAME = ("date", "source", "window", "kind")
"""What an item and the fact that was encoded must agree on."""

_WIDTH = 104
"""Letters in a line of a reason."""


def recoded(workspace: Workspace, file: NeutralFile, found: Sequence[Encoder]) -> Proposal:
    """Propose a workspace whose items have the values of blind encoders, everything else in its files as it was.

    The items have the ids and facts of the neutral case. The first encoder's values take the place of the old ones,
    with his reason as rationale; each encoder gets a file in `evidence/opinions/`, or his values go into the one that
    he has. Items that keep their counts, and everybody's prior, stay: an outside view is in the log for comparison.
    Raises `InputError` if something is not encoded, or is not what was encoded; `ForecastError` if a file has to be
    changed by hand.
    """
    _refuse_incomplete([file], found, keeping=True)
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
    opinions: dict[str, bytes] = {}
    for each in found:
        path, fields = f"{OPINIONS}{each.id}.yaml", _opinion(each, file, shares, own=each is found[0])
        if path in workspace.inputs:
            encoded = {item.id for item in file.case.items}
            edits[path] = [((), _in_opinion(read(workspace.inputs[path]).value, fields, encoded))]
        else:
            opinions[path] = mapping(fields).encode()
    made = proposal(workspace, {**with_records(workspace.inputs, edits), **opinions})
    return replace(made, made_from=_sources([file], found))


def _in_opinion(old: Fields, new: Fields, encoded: Collection[str]) -> Fields:
    """The fields that change in the file of an opinion: a name, a prior and what was said of other items stay.

    So does the note of an item, below the reason; and items are left out which the evidence now has from the encoder.
    """
    before = old.get("items") or {}
    items = {name: fields for name, fields in before.items() if name not in encoded}
    for name, fields in new.get("items", {}).items():
        note = before.get(name, {}).get("note") or ""
        told = note if fields["note"] in note else f"{fields['note']}\n{note}".rstrip()
        items[name] = fields | {"note": told}
    in_order = {name: items[name] for name in (*before, *items) if name in items}
    return {"analyst": old["analyst"] | new["analyst"], "items": in_order or None}


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
    fields = _encoding(question, item, found, shares)
    fields["rationale"] = f"{fill(fields['rationale'], _WIDTH, break_long_words=False)}\n"
    if not item.seen:  # the word is about what was looked for in vain, as the encoder was told
        return fields | {"seen": None, "says": "report"}
    if "says" not in fields and item.is_report != own.is_report:
        fields["says"] = "report" if item.is_report else "fact"
    return fields
