"""Texts that pages and charts share: inert quotations, addresses, and what the parts of a document are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from forecast.analysis.headline import Headline
from forecast.core.errors import inert
from forecast.core.pages import web_address
from forecast.core.text import chance, counted, day, ratio, short, signed, whole
from forecast.evaluation.backtest import BacktestQuestion
from forecast.report.document import CaseDocument, ComponentRow, EvidenceRow, QuestionPart, StepRow
from forecast.report.page import Line, Link

KINDS = {"withdrawn": "Withdrawn", "revised": "Revised", "settings": "Settings", "new": "New"}
"""What the causes of a change are called."""


def quoted(text: object) -> str:
    """An analyst's text on one line: no line breaks, control characters or direction marks."""
    return inert(" ".join(str(text).split()))


def paragraphs(text: str | None, lists: bool = False) -> list[str]:
    """An analyst's text by its paragraphs, each inert and on one line; entries of lists stand alone if asked for."""
    ends = r"\n\s*\n|\n(?=\s*- )" if lists else r"\n\s*\n"
    return [quoted(part) for part in re.split(ends, text or "") if part.strip()]


def capital(text: str) -> str:
    """A text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def dates_ahead(forecast: Headline, question: QuestionPart) -> list[date]:
    """The key dates to come before the horizon."""
    return [day for day in sorted(forecast.by) if forecast.as_of < day < question.horizon]


def crowd_name(file: str) -> str:
    """What forecasts of others are called, by the name of their file: Metaculus, Desk b."""
    return capital(quoted(re.sub(r"[-_]+", " ", file)))


def event_name(question: QuestionPart | BacktestQuestion) -> str:
    """The name of the event."""
    return quoted(question.names[question.event])


def outcome_chance(name: str, probability: float, question: QuestionPart) -> str:
    """The probability of an outcome: of the event as its term of likelihood has it, of others in whole percents."""
    return chance(probability) if name == question.event else whole(probability)


def resolution(question: QuestionPart | BacktestQuestion) -> str:
    """How a question was resolved, such as "A strike, 1 May 2031"; nothing while it is open."""
    found = question.resolved
    return f"{quoted(question.names.get(found['outcome'], found['outcome']))}, {day(found['date'])}" if found else ""


def happens(question: QuestionPart) -> str:
    """What happens, as the words after "that": the question's phrase, else the event by its name."""
    return quoted(question.phrase) if question.phrase else f"“{event_name(question)}” happens"


def change_label(row: StepRow) -> str:
    """What a step of a change is, with its cause."""
    if row.kind == "time":
        return "Time passed and nothing happened"
    return f"{KINDS[row.kind]}: {quoted(row.label)}"


def at_opening(opens: date, as_of: date) -> str:
    """When the outside view is that of the opening, which may be to come."""
    return "when the question opens" if as_of < opens else "when the question opened"


def step_label(row: StepRow, as_of: date, opens: date = date.min) -> str:
    """What a step of the ledger is; without the day on which the question opens, it has opened."""
    names = {"opening": f"Outside view {at_opening(opens, as_of)}", "silence": f"Nothing happened until {day(as_of)}"}
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


def linked(title: str, url: str | None) -> Link | str:
    """The title of an item, with a link to what it cites if that is on the web."""
    address = web_address(url)
    return Link(quoted(title), address) if address else quoted(title)


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
            return f"Judgement: {stated_percent(middle)}{spread}"


def stated_percent(share: float) -> str:
    """A percent that an analyst stated, with all its digits."""
    return f"{100 * share:g}%"


def likeliest(hypotheses: Mapping[str, float]) -> list[str]:
    """The outcomes that are likelier than all others, in whole percents as they are written."""
    most = whole(max(hypotheses.values()))
    return [name for name, p in hypotheses.items() if whole(p) == most]


def moves_it(share: float) -> bool:
    """Whether an item's share of a forecast is any as it is written, in tenths of a point."""
    return points(share, 1) != points(0.0, 1)


def points(value: float, digits: int = 0) -> str:
    """A difference of probabilities in whole points, or with decimals, with its sign."""
    return signed(100 * value, digits)


def counted_points(value: float, digits: int = 0) -> str:
    """A difference of probabilities with its sign and noun: "+3 points", "−1 point"."""
    told = points(value, digits)
    return f"{told} point" if told in ("+1", "−1") else f"{told} points"


def in_points(value: float) -> str:
    """The size of a difference of probabilities: "3 points", "1 point", "less than a point"."""
    size = abs(value)
    return "less than a point" if 100 * size < 0.5 else counted_points(size).removeprefix("+")


def lift(value: float | None) -> str:
    """A likelihood ratio, which is infinite where a document has none."""
    return "∞" if value is None else ratio(value)
