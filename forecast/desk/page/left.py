"""The left column: tables of items, sources and indicators, the drawer of one record, and the question's own inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forecast.analysis.indicators import Watch
from forecast.analysis.restated import as_ratios
from forecast.core import text as wording
from forecast.core.pages import host_of, web_address
from forecast.desk.controls.inputs import ADDED, ENCODING, TITLES, inputs_of, model_inputs, one_word, prior_inputs
from forecast.desk.opinions import is_open
from forecast.desk.page.view import Section, View, is_blinded, is_changed, record_of, sections, sees
from forecast.desk.session import Sitting
from forecast.records.case import Case
from forecast.records.evidence import Group, Item, Source
from forecast.records.types import Steps
from forecast.report.words import paragraphs, quoted

COLUMNS = {"title": "Item", "kind": "Kind", "source": "Source", "ratio": "Ratio", "weight": "Points",
           "changed": "Changed"}
"""Columns of the table of items, by which it can be sorted; also by date."""


@dataclass(frozen=True)
class Row:
    """One item of the table."""

    id: str
    title: str
    day: date
    kind: str
    source: str
    grade: str
    ratio: float | None
    """None for one that the analyst who speaks has yet to encode."""
    weight: float | None
    """In points, as last worked out; None for one that does not count."""
    is_changed: bool
    needs_why: bool
    state: str
    """off, retracted or supposed; empty for all others."""


def item_rows(sitting: Sitting, view: View) -> list[Row]:
    """The items that were public on the date of the desk, in the order that is asked for."""
    base, now = sitting.base().case, sitting.case
    items = {item.id: (item, base) for item in base.items} | {item.id: (item, now) for item in now.items}
    held = {item.id for item in now.items}
    rows = [_row(sitting, item, case, item.id in held) for item, case in items.values()
            if item.date <= sitting.state.as_of]
    key = _SORTED.get(view.sort, _SORTED["date"])
    rows.sort(key=lambda row: (row.day, row.id), reverse=True)
    rows.sort(key=key, reverse=view.descending)
    view.order = [row.id for row in rows]
    return rows


def _row(sitting: Sitting, item: Item, case: Case, is_held: bool) -> Row:
    sources = {source.id: source for source in case.sources}
    source, found = sources[item.source], sitting.findings
    weight = found.weights.get(item.id) if found and is_held else None
    about: Steps = ("item", item.id)
    ratio = as_ratios(item, case)[case.question.event.id].stated
    supposed, is_seen = (*about, ADDED) in sitting.edits(), sees(sitting, (*about, ENCODING))
    state = "supposed" if supposed else "off" if not is_held else "" if item.active(case.as_of) else "retracted"
    return Row(item.id, quoted(item.title), item.date, item.kind, quoted(source.name),
               f"{source.grade}{item.credibility or ''}", ratio if is_seen else None,
               weight if is_seen and not sitting.hidden else None, is_changed(sitting, about),
               about in sitting.unexplained, state)


_SORTED: dict[str, Callable[[Row], Any]] = {
    "date": lambda row: row.day, "title": lambda row: row.title.lower(), "kind": lambda row: row.kind,
    "source": lambda row: (row.source.lower(), row.grade), "ratio": lambda row: row.ratio or 0.0,
    "weight": lambda row: abs(round(row.weight or 0.0, 9)), "changed": lambda row: (row.is_changed, row.needs_why)}


@dataclass(frozen=True)
class Drawer:
    """One record with its inputs."""

    id: str
    title: str
    facts: str
    story: tuple[str, ...]
    """Why the files state what they state, by paragraphs."""
    shows_story: bool
    """Whether the analyst who speaks may read it: it gives away what the desk thinks of the item."""
    note: tuple[str, ...]
    url: str | None
    host: str
    section: Section
    is_off: bool
    before: str | None
    after: str | None
    """The records before and after this one, in the order of the table."""


def drawer(sitting: Sitting, view: View) -> Drawer | None:
    """The record that is open; None if none is, or it is gone."""
    about = view.chosen
    found = None if about is None else record_of(sitting, about)
    if about is None or not isinstance(found, Item | Source | Group):
        view.chosen = None
        return None
    held = {item.id for item in sitting.case.items}
    is_off = isinstance(found, Item) and found.id not in held
    case = sitting.base().case if is_off else sitting.case
    (section, *_) = sections(sitting, view, inputs_of(case, found))
    url = web_address(found.url) if isinstance(found, Item) else None
    before, after = _neighbours(sitting, view, about)
    return Drawer(one_word(about), quoted(found.title if isinstance(found, Item) else found.name),
                  _facts(case, found), tuple(paragraphs(found.rationale) if isinstance(found, Item) else ()),
                  not isinstance(found, Item) or sees(sitting, (*about, ENCODING)),
                  () if sitting.hidden else tuple(paragraphs(found.note, lists=True)), url, host_of(url) if url else "",
                  section, is_off, before, after)


def _facts(case: Case, found: Item | Source | Group) -> str:
    match found:
        case Item():
            source = next(each for each in case.sources if each.id == found.source)
            return f"{quoted(source.name)} ({source.grade}{found.credibility or ''}), {wording.day(found.date)}"
        case Source():
            return wording.counted(_counts(case, "source")[found.id], "item")
        case _:
            return f"Group of {wording.counted(_counts(case, 'group')[found.id], 'item')}"


def _counts(case: Case, kind: str) -> Counter[str]:
    """How many items speak of each source, or group, by its id."""
    return Counter(getattr(item, kind) for item in case.active)


def _neighbours(sitting: Sitting, view: View, about: Steps) -> tuple[str | None, str | None]:
    records = () if about[0] == "item" else getattr(sitting.case, f"{about[0]}s")
    ids = view.order if about[0] == "item" else [record.id for record in records]
    if about[1] not in ids:
        return None, None
    at = ids.index(str(about[1]))
    names = [f"{about[0]}/{name}" for name in ids]
    return names[at - 1] if at else None, names[at + 1] if at + 1 < len(names) else None


@dataclass(frozen=True)
class SourceLine:
    """A source, or a group, in its table."""

    id: str
    name: str
    grade: str
    means: str
    """How far it is trusted; of a group its overlap."""
    items: int
    is_changed: bool


def source_lines(sitting: Sitting) -> list[SourceLine]:
    """The sources, those with the most items first."""
    trusted = sitting.forecast.reliability
    return _lines(sitting, "source", [
        (each, each.grade, wording.percent(trusted[each.id]) if each.id in trusted else "")
        for each in sitting.case.sources])


def group_lines(sitting: Sitting) -> list[SourceLine]:
    """The groups, those with the most items first."""
    return _lines(sitting, "group", [(each, "", wording.percent(each.overlap.stated)) for each in sitting.case.groups])


def _lines(sitting: Sitting, kind: str, records: Sequence[tuple[Source | Group, str, str]]) -> list[SourceLine]:
    items = _counts(sitting.case, kind)
    lines = [SourceLine(f"{kind}/{each.id}", quoted(each.name), grade, means, items[each.id],
                        is_changed(sitting, (kind, each.id))) for each, grade, means in records]
    return sorted(lines, key=lambda line: (-line.items, line.name.lower()))


@dataclass(frozen=True)
class IndicatorLine:
    """Something not yet seen, and what seeing it would do."""

    watched: Watch
    seen: bool | None
    """Whether it is supposed on the desk to be seen, or not."""


def indicator_lines(sitting: Sitting) -> list[IndicatorLine] | None:
    """The indicators, the most informative first; None while that is not worked out yet."""
    found = sitting.findings
    if found is None or found.watched is None:
        return None
    added = {str(place[1]): value.get("seen", True) for place, value in sitting.edits().items() if place[2] == ADDED}
    return [IndicatorLine(each, added.get(each.indicator.id)) for each in found.watched]


def prior_sections(sitting: Sitting, view: View) -> list[Section]:
    """The outside view: weights, every parameter, and the shares of the alternatives."""
    inputs = prior_inputs(sitting.case.question)
    if is_blinded(sitting, ("question", sitting.case.question.id, "prior")):
        inputs = (each for each in inputs if is_open(each.place))  # the shares are the desk's opinion too
    return sections(sitting, view, inputs, TITLES)


def model_sections(sitting: Sitting, view: View) -> list[Section]:
    """The processes, and how far evidence is trusted as a whole."""
    return sections(sitting, view, model_inputs(sitting.case.question), TITLES)
