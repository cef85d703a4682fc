"""Texts that pages and charts share: inert quotations, addresses, and what the parts of a document are called."""

from __future__ import annotations

import re
from datetime import date
from typing import Protocol

from forecast.core.errors import inert
from forecast.core.text import counted, day, short, signed
from forecast.report.document import CaseDocument, ComponentRow, EvidenceRow, QuestionPart, StepRow
from forecast.report.page import Line, Link

KINDS = {"time": "Time passed", "withdrawn": "Withdrawn", "revised": "Revised", "settings": "Settings", "new": "New",
         "others": "Others"}
"""What the causes of a change are called."""


class Asked(Protocol):
    """A question, as far as its event and the names of its answers go."""

    @property
    def event(self) -> str:
        """Id of the event."""

    @property
    def names(self) -> dict[str, str]:
        """Names of the answers by their ids."""


def quoted(text: object) -> str:
    """An analyst's text on one line: no line breaks, control characters or direction marks."""
    return inert(" ".join(str(text).split()))


def paragraphs(text: str | None, lists: bool = False) -> list[str]:
    """An analyst's text by its paragraphs, each inert and on one line; entries of lists stand alone if asked for."""
    ends = r"\n\s*\n|\n(?=\s*- )" if lists else r"\n\s*\n"
    return [quoted(part) for part in re.split(ends, text or "") if part.strip()]


def crowd_name(file: str) -> str:
    """What forecasts of others are called, by the name of their file: Metaculus, Desk b."""
    name = quoted(re.sub(r"[-_]+", " ", file))
    return name[:1].upper() + name[1:]


def event_name(question: Asked) -> str:
    """The name of the event."""
    return quoted(question.names[question.event])


def happens(question: QuestionPart) -> str:
    """What happens, as the words after "that": the question's phrase, else the event by its name."""
    return quoted(question.phrase) if question.phrase else f"“{event_name(question)}” happens"


def change_label(row: StepRow) -> str:
    """What a step of a change is, with its cause."""
    if row.kind == "time":
        return "Time passed and nothing happened"
    return f"{KINDS[row.kind]}: {quoted(row.label)}"


def step_label(row: StepRow, as_of: date) -> str:
    """What a step of the ledger is."""
    names = {"opening": "Outside view when the question opened", "silence": f"Nothing happened until {day(as_of)}"}
    return names.get(row.kind) or quoted(row.label)


def source_names(document: CaseDocument) -> dict[str, str]:
    """Names of the sources by their ids."""
    return {row.id: quoted(row.name) for row in document.reliability}


def admiralty(item: EvidenceRow) -> str:
    """Grade of the source and credibility of the report, such as B2."""
    return f"{item.grade}{item.credibility or ''}"


def item_note(item: EvidenceRow, sources: dict[str, str]) -> str:
    """Source, Admiralty code and date of an item."""
    return f"{sources[item.source]} ({admiralty(item)}), {short(item.date)}"


def copy_link(item: EvidenceRow, document: CaseDocument) -> Line:
    """A link to the copy of the page that an item cites, from a report's folder; nothing if there is none."""
    copy = document.copies.get(item.id)
    return () if copy is None else (" · ", Link(f"copy of {short(copy.date)}", f"../../{copy.path}"))


def component_label(component: ComponentRow) -> str:
    """What a prior component is, and what it states."""
    stated = component.stated
    match component.kind:
        case "reference_class":
            return f"Past cases ({quoted(stated['file'])})"
        case "exposure":
            return f"Rate: {stated['events']:g} in {counted(stated['weeks'], 'week')}"
        case _:
            low, middle, high = stated["probability"]
            spread = "" if low is None or low == high else f" ({100 * low:g} to {100 * high:g})"
            return f"Judgement: {100 * middle:g}%{spread}"


def points(value: float, digits: int = 0) -> str:
    """A difference of probabilities in whole points, or with decimals, with its sign."""
    return signed(100 * value, digits)


def in_points(value: float) -> str:
    """A difference of probabilities in words: "3 points", "1 point", "under 1 point"."""
    size = abs(100 * value)
    if size < 0.5:
        return "less than a point"
    return f"{size:.0f} point{'' if f'{size:.0f}' == '1' else 's'}"
