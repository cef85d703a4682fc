"""From results to documents: what every part of a document is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from itertools import islice
from typing import Any

from forecast.analysis.attribution import Step, farthest, leave_one_out, ledger, shapley
from forecast.analysis.headline import headline_fields
from forecast.analysis.indicators import break_even, watch
from forecast.analysis.item_path import Path, independence, paths
from forecast.analysis.outlook import ceiling, flow, if_nothing_happens
from forecast.analysis.panel import panel
from forecast.analysis.restated import as_ratios
from forecast.analysis.rewrites import rewritten
from forecast.analysis.sensitivity import Swing
from forecast.analysis.thresholds import Crossing, Shift, study
from forecast.core import text
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.engine.panel import analysts
from forecast.evaluation.resolution import resolved_as, run_out
from forecast.records.case import Case
from forecast.records.evidence import Item, Tally
from forecast.records.question import Elicited, Prior, Process
from forecast.records.result import Range, range_of
from forecast.records.types import Estimate
from forecast.report.document import (
    BreakEvenRow,
    ComponentRow,
    CrossingRow,
    CurveRow,
    EdgeRow,
    EvidenceRow,
    IndicatorRow,
    ItemRow,
    PlotDocument,
    ProcessPart,
    QuestionPart,
    SharingPart,
    ShiftRow,
    SourceRow,
    StepRow,
    SwingRow,
)

BREAK_EVENS = 5
"""The items that move a forecast most whose break-even ratios a report states."""


def answer_fields(forecast: Forecast) -> dict[str, Any]:
    """The fields of an answer, for documents that hold more."""
    return headline_fields(forecast) | {
        "question": question_part(forecast.case),
        "prior_by": {day: forecast.prior_by(day) for day in forecast.case.question.key_dates}}


def chart_fields(forecast: Forecast, engine: Exact) -> dict[str, Any]:
    """The fields of what the pictures of a forecast show; the engine is that of its case."""
    return answer_fields(forecast) | {"curve": curve(forecast), "ledger": step_rows(ledger(engine)),
                                      "evidence": evidence_rows(engine), "groups": tuple(independence(engine))}


def chart_document(forecast: Forecast) -> PlotDocument:
    """What the pictures of a forecast show."""
    fields = chart_fields(forecast, Exact(forecast.case))
    return PlotDocument(**fields, edges=edges(forecast, fields["evidence"]))


def case_fields(engine: Exact) -> dict[str, Any]:
    """The fields of a `CaseDocument`: everything that is derived from one case alone."""
    forecast, case = engine.forecast, engine.case
    charted = chart_fields(forecast, engine)
    found = study(case, widest=0)
    return charted | {
        "reliability": source_rows(engine), "components": component_rows(case), "indicators": indicator_rows(engine),
        "break_even": break_even_rows(case, forecast, {row.id: row.shapley for row in charted["evidence"]}),
        "sensitivity": swing_rows(found.swings), "crossings": tuple(map(crossing_row, found.crossings)),
        "flow": tuple(flow(engine)), "ceiling": ceiling(engine), "ahead": tuple(if_nothing_happens(engine)),
        "closed_claims": tuple(run_out(engine)), "panel": panel(case) if analysts(case) else None}


def question_part(case: Case) -> QuestionPart:
    """The question of a case."""
    question = case.question
    return QuestionPart(
        id=question.id, title=question.title, resolution=question.resolution, opens=question.opens,
        asked=question.asked, horizon=question.horizon, event=question.event.id, phrase=question.event.phrase,
        reference=question.reference, names=question.names,
        shares=dict(zip(question.hypotheses[1:], question.shares, strict=True)),
        evidence_weight=range_of(question.evidence_weight), model_error=range_of(question.model_error),
        calibration=question.calibration, preparation=_process(question.preparation),
        climate=_process(question.climate), key_dates=question.key_dates,
        hub=question.hub and question.hub.model_dump(exclude_none=True), reconstructed=question.reconstructed,
        confidence=question.confidence and question.confidence.model_dump(),
        resolved=resolved_as(question))


def _process(process: Process) -> ProcessPart:
    return ProcessPart(lead_weeks=range_of(process.lead), carried_out=range_of(process.carried_out),
                       unprepared=range_of(process.unprepared))


def curve(forecast: Forecast) -> tuple[CurveRow, ...]:
    """The weekly curves with band and prior; one row for each live week."""
    columns = {name: values.tolist() for name, values in forecast.curves.items()}
    return tuple(CurveRow(first=first, last=last, **{name: values[week] for name, values in columns.items()})
                 for week, (first, last) in enumerate(forecast.days.spans))


def edges(forecast: Forecast, evidence: Iterable[EvidenceRow]) -> tuple[EdgeRow, ...]:
    """The curve where it bends within a week: at the last day before the days that a claim names, and at their last."""
    windows = [item.live_window for item in evidence if item.live_window is not None]
    days = {day for first, last in windows for day in (first - timedelta(1), last)}
    inside = [day for day in sorted(days) if forecast.as_of < day < forecast.case.question.horizon]
    weeks = {last for _, last in forecast.days.spans}
    rows = []
    for day in (day for day in inside if day not in weeks):
        low, high = forecast.band_by(day)
        rows.append(EdgeRow(day=day, cumulative=forecast.by(day), low=low, high=high,
                            prior_cumulative=forecast.prior_by(day)))
    return tuple(rows)


def step_rows(rows: Iterable[Step]) -> tuple[StepRow, ...]:
    """Rows of a ledger or of a change."""
    return tuple(StepRow(kind=row.kind, id=row.id, label=row.label, decibans=row.decibans,
                         points=row.points, total=row.total,
                         probability=row.probability) for row in rows)


def item_rows(case: Case) -> tuple[ItemRow, ...]:
    """Every active item as it is stated, by date and id."""
    grades = _grades(case)
    return tuple(ItemRow(**_item_fields(item, case, grades[item.source])) for item in case.active)


def _grades(case: Case) -> dict[str, str]:
    return {source.id: source.grade for source in case.sources}


def _item_fields(item: Item, case: Case, grade: str) -> dict[str, Any]:
    return {
        "id": item.id, "title": item.title, "date": item.date, "recorded": item.recorded, "source": item.source,
        "grade": grade, "credibility": item.credibility, "group": item.group, "kind": item.kind,
        "says": "report" if item.is_report else "fact", "encoding": item.encoding,
        "values": stated_values(item, case), "url": item.url, "rationale": item.rationale, "note": item.note,
        "seen": item.seen, "window": item.window and tuple(item.window), "standing": item.standing is not None,
        "analyst": item.analyst}


def evidence_rows(engine: Exact, only: str | None = None) -> tuple[EvidenceRow, ...]:
    """Every active item, or the one of an id, with what is left of it and what it does."""
    case, found = engine.case, paths(engine)
    shares, alone = shapley(engine), leave_one_out(engine)
    grades = _grades(case)
    return tuple(_evidence(path, case, grades[path.item.source], shares[path.item.id], alone[path.item.id])
                 for path in found if only in (None, path.item.id))


def _evidence(path: Path, case: Case, grade: str, share: tuple[float, float], alone: float) -> EvidenceRow:
    item = path.item
    window = path.window and (date.fromordinal(path.window[0]), date.fromordinal(path.window[1]))
    sharing = path.sharing and SharingPart(**asdict(path.sharing) | {"day": date.fromordinal(path.sharing.day)})
    return EvidenceRow(
        **_item_fields(item, case, grade), age_days=path.age,
        stated={name: range_of(value) for name, value in as_ratios(item, case).items()}, periods=path.periods,
        chance=path.chance, lift=path.lift, background=path.background, source_reliability=path.source,
        reliability=path.reliability, reliable=path.reliable, stronger=path.stronger, overlap=path.overlap,
        echo=path.echo, echoed=path.echoed, weight=path.weight, effective=path.effective,
        effective_background=path.effective_background, sharing=sharing,
        live_window=window, leave_one_out=alone, without=path.horizon.without,
        soon_without=path.thirteen_weeks.without, shapley=share[0], shapley_points=share[1])


def stated_values(item: Item, case: Case) -> dict[str, Range | tuple[int, int]]:
    """What an item states, in the terms of its file."""
    if item.kept is not None:
        return {case.question.event.id: range_of(item.kept)}
    values: Mapping[str, Estimate | Tally] = getattr(item, item.encoding)
    return {name: range_of(value) if isinstance(value, Estimate) else (value.seen, value.of)
            for name, value in values.items()}


def source_rows(engine: Exact) -> tuple[SourceRow, ...]:
    """What each source was given and what it has earned or lost."""
    case, rows = engine.case, []
    for source in case.sources:
        alpha, beta = source.prior
        rows.append(SourceRow(id=source.id, name=source.name, grade=source.grade, checked=source.checked,
                              given=alpha / (alpha + beta), now=engine.forecast.reliability[source.id],
                              items=sum(item.source == source.id for item in case.active)))
    return tuple(rows)


def component_rows(case: Case) -> tuple[ComponentRow, ...]:
    """Each prior component: its weight, and the forecast that it would give alone, before and after the evidence."""
    total = sum(component.weight for component in case.question.prior)
    rows = []
    for component in case.question.prior:
        alone = component.model_copy(update={"weight": 1.0})
        forecast = Exact(case.changed(question=rewritten(case.question, prior=(alone,)))).forecast
        opening = Exact(forecast.case.changed(as_of=case.question.opens, items=())).forecast
        rows.append(ComponentRow(kind=component.kind, weight=component.weight / total, stated=_stated(component),
                                 opening=opening.event, prior=float(forecast.prior_daily.sum()),
                                 posterior=forecast.event, by=forecast.by_key_date))
    return tuple(rows)


def _stated(component: Prior) -> dict[str, Any]:
    """What a prior component states, estimates as [low, stated, high]."""
    told = component.model_dump(mode="json", exclude={"weight", "kind"})
    return told | ({"probability": list(range_of(component.probability))} if isinstance(component, Elicited) else {})


def indicator_rows(engine: Exact) -> tuple[IndicatorRow, ...]:
    """Indicators by expected information."""
    return tuple(IndicatorRow(
        id=row.indicator.id, title=row.indicator.title, by=row.indicator.by, certain=row.indicator.source is None,
        chance=row.chance, if_seen=row.if_seen, if_not_seen=row.if_not_seen, soon_if_seen=row.soon_if_seen,
        soon_if_not_seen=row.soon_if_not_seen, bits=row.bits) for row in watch(engine))


def break_even_rows(case: Case, forecast: Forecast, moves: Mapping[str, float]) -> tuple[BreakEvenRow, ...]:
    """Ratios that would take the forecast into the next term, up or down, of the items that move it most."""
    targets = [edge for edge in text.range_of(forecast.event) if 0 < edge < 1]
    rows = []
    for name in islice(farthest(moves), BREAK_EVENS):
        for target in targets:
            found = break_even(case, name, target)
            beyond = target if target > forecast.event else target - 1e-9
            rows.append(BreakEvenRow(id=name, title=found.item.title, target=target, term=text.term(beyond),
                                     stated=found.stated, ratio=found.ratio))
    return tuple(rows)


def swing_rows(swings: Iterable[Swing]) -> tuple[SwingRow, ...]:
    """Inputs at their lows and highs."""
    return tuple(SwingRow(
        kind=row.input.kind, id=row.input.id, label=row.input.label, by_file=row.input.stated, low=row.input.low,
        high=row.input.high, decibans=(row.low.decibans, row.high.decibans), probability=row.probabilities,
        thirteen_weeks=(row.low.thirteen_weeks, row.high.thirteen_weeks),
        preparing=(row.low.preparing, row.high.preparing)) for row in swings)


def crossing_row(crossing: Crossing) -> CrossingRow:
    """What takes the forecast across an edge of its term."""
    return CrossingRow(target=crossing.target, term=crossing.term, alone=shift_rows(crossing.alone),
                       together=shift_rows(crossing.together), distance=crossing.distance)


def shift_rows(shifts: Iterable[Shift]) -> tuple[ShiftRow, ...]:
    """Inputs that are moved."""
    return tuple(ShiftRow(kind=row.input.kind, id=row.input.id, label=row.input.label, stated=row.input.words(0.0),
                          value=_moved_to(row), place=row.place) for row in shifts)


def _moved_to(shift: Shift) -> str:
    """Where an input is moved to, in words that differ from what is stated.

    Where two items of a group are equally strong, the least change of one decides which of them echoes the other.
    """
    stated, value = shift.input.words(0.0), shift.input.words(shift.place)
    return value if value != stated else f"anything {'over' if shift.place > 0 else 'under'} {stated}"
