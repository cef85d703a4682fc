"""Documents of any size and wording, made from one that was computed: pages must hold whatever analysts write.

Nothing is computed anew. Items, ledger and inputs are repeated or left out, alternatives share what the event leaves,
and every text that an analyst writes goes through a function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import cycle, islice
from typing import Any

from hypothesis import strategies as st

from forecast.records.result import Result
from forecast.report.document import ReportDocument

Word = Callable[[str], str]

WRITTEN = {"title", "name", "label", "story", "rationale", "note", "resolution", "reconstructed", "phrase", "because",
           "across", "down"}
"""Fields that hold what analysts write."""

LONG = "A very long account of what the union, the owners and the ministry said that week, by the hour, and why"
CYRILLIC = "Профсоюз объявляет забастовку на всех предприятиях отрасли, сообщают источники в правлении"
CHINESE = "工会宣布罢工并要求所有港口的工人在下周一之前停止工作，据两位不愿透露姓名的人士称"
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
URL = "https://news.example/" + "a-very-long-path/" * 16 + "?q=" + "x" * 10

TEXTS = st.one_of(
    st.text("abc XYZ-", min_size=1, max_size=200), st.text("абвгд ЁЖ", min_size=1, max_size=120),
    st.text("工会宣布罢工，", min_size=1, max_size=120), st.text("가나다 ", min_size=1, max_size=60),
    st.text("e\u0301o\u0308 ", min_size=1, max_size=60), st.just("w" * 300), st.just("\N{NO-BREAK SPACE}à la une"),
    st.sampled_from([LONG, CYRILLIC, CHINESE, WORD])).filter(str.strip)
"""What analysts may write."""


def reworded[Document: Result](document: Document, word: Word) -> Document:
    """A document in which every text that an analyst writes is another one."""
    return type(document).model_validate(_reworded(document.model_dump(), word))


def retitled[Document: Result](document: Document, title: str) -> Document:
    """A document whose every text is the same one."""
    return reworded(document, lambda _: title)


def _reworded(value: Any, word: Word) -> Any:
    if isinstance(value, Mapping):
        return {key: word(entry) if key in WRITTEN and isinstance(entry, str)
                else {name: word(text) for name, text in entry.items()} if key in ("names", "titles")
                else _reworded(entry, word) for key, entry in value.items()}
    return [_reworded(entry, word) for entry in value] if isinstance(value, list | tuple) else value


def sized(document: ReportDocument, items: int, alternatives: int, url: str | None = None) -> ReportDocument:
    """A report with so many items and alternatives."""
    fields = document.model_dump()
    opening, silence, *steps = fields["ledger"]
    fields |= {"items": items, "evidence": _repeated(fields["evidence"], items),
               "ledger": [opening, silence, *_repeated(steps, items)],
               "sensitivity": _repeated(fields["sensitivity"], items),
               "break_even": fields["break_even"][:items]}
    for item in fields["evidence"] if url else []:
        item["url"] = url
    if not items:
        fields |= {"groups": [], "closed_claims": [], "indicators": []}
        for each in fields["reliability"]:
            each["items"] = 0
    names = [fields["question"]["event"], *_names(fields["question"]["names"], alternatives)]
    return ReportDocument.model_validate(_among(fields, names))


def likely(document: ReportDocument, event: float) -> ReportDocument:
    """A report in which the event has another probability; everything cumulative goes with it."""
    fields = document.model_dump()
    factor = event / document.event
    others = (1 - event) / (1 - document.event)
    fields["hypotheses"] = {name: p * (factor if name == document.question.event else others)
                            for name, p in document.hypotheses.items()}
    fields["band"] = [min(1.0, p * factor) for p in document.band]
    fields["by"] = {day: min(1.0, p * factor) for day, p in document.by.items()}
    for row in fields["curve"]:
        row |= {name: min(1.0, row[name] * factor) for name in ("probability", "cumulative", "low", "high")}
    return ReportDocument.model_validate(fields)


def _repeated(rows: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """So many rows, each with an id of its own."""
    return [row | {"id": f"{row['id']}-{place}"} for place, row in enumerate(islice(cycle(rows), count))]


def _names(known: Mapping[str, str], count: int) -> list[str]:
    others = list(known)[1:]
    return [*others, *(f"other-{place}" for place in range(count))][:count]


def _among(fields: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The document among these answers: the event keeps its probability, the others share the rest."""
    event, *others = names
    question = fields["question"]
    question["names"] = {name: question["names"].get(name, f"Outcome {name}") for name in names}
    question["shares"] = dict.fromkeys(others, 1 / len(others))
    for key in ("hypotheses", "prior"):
        rest = 1 - fields[key][event]
        sizes = range(len(others), 0, -1)
        parts = [rest * size / sum(sizes) for size in sizes]
        fields[key] = {event: fields[key][event]} | dict(zip(others, parts, strict=True))
    for item in fields["evidence"]:
        for key in ("values", "stated", "background", "effective_background"):
            item[key] = {name: value for name, value in item[key].items() if name in names}
    return fields
