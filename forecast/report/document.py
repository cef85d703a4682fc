"""The forecast as one JSON document: what `update --json` prints and what a report stores."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from forecast.analysis.attribution import Step, farthest, leave_one_out, ledger, shapley
from forecast.analysis.indicators import break_even, watch
from forecast.analysis.item_path import Path, independence, paths
from forecast.analysis.scenarios import ComparisonTable
from forecast.analysis.sensitivity import Swing, rewritten, tornado
from forecast.analysis.thresholds import Shift, Study
from forecast.core import text as wording
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.question import Elicited, Prior
from forecast.records.types import Estimate

Document = dict[str, Any]

BREAK_EVENS = 5
"""The items that move a forecast most whose break-even ratios a report states."""


def headline(forecast: Forecast) -> Document:
    """The forecast itself, in the keys that `update --json` promises."""
    days = forecast.case.question.key_dates
    return {
        "as_of": str(forecast.as_of), "engine": forecast.engine, "items": len(forecast.case.active),
        "hypotheses": forecast.hypotheses, "prior": forecast.prior,
        "by": {str(day): value for day, value in forecast.by_key_date.items()},
        "band": list(forecast.band), "worth": forecast.worth,
        "weeks": [[str(first), str(last), float(p)]
                  for (first, last), p in zip(forecast.weeks.spans, forecast.weekly, strict=True)],
        "sources": dict(forecast.reliability), "decibans": forecast.decibans,
        "by_band": {str(day): list(forecast.band_by(day)) for day in days},
        "timing": {f"{share:g}": None if day is None else str(day) for share, day in forecast.timing.items()},
        "words": {"term": wording.term(forecast.event), "confidence": wording.confidence(forecast.worth)},
    }


def steps(rows: Iterable[Step]) -> list[Document]:
    """Rows of a ledger or of a change."""
    return [{"kind": row.kind, "id": row.id, "label": row.label, "decibans": row.decibans, "points": row.points,
             "total": row.total, "probability": row.probability} for row in rows]


def document(engine: Exact) -> Document:
    """Everything that is derived from one case alone; the report adds the change and the second engine."""
    forecast, case = engine.forecast, engine.case
    attributed = attribution(engine)
    return headline(forecast) | attributed | {
        "question": _question(case),
        "curve": _curve(forecast),
        "groups": [{"id": g.group, "name": g.name, "items": g.items, "effective": g.effective}
                   for g in independence(engine)],
        "reliability": _reliability(forecast),
        "components": _components(case),
        "indicators": indicators(forecast),
        "break_even": _break_evens(case, forecast, attributed["leave_one_out"]),
        "sensitivity": swings(tornado(case)),
        "hindsight": [{"id": item.id, "title": item.title, "date": str(item.date), "recorded": str(item.entered)}
                      for item in case.active if item.entered > case.as_of],
    }


def attribution(engine: Exact, only: str | None = None) -> Document:
    """What moves a forecast, item by item; of one item alone if its id is given."""
    found = paths(engine)
    if only is not None:
        item = engine.case.active_item(only)
        found = [path for path in found if path.item.id == item.id]
    kept = {path.item.id for path in found}
    return {"ledger": steps(ledger(engine)),
            "leave_one_out": {name: value for name, value in leave_one_out(engine).items() if name in kept},
            "shapley": {name: value for name, value in shapley(engine).items() if name in kept},
            "evidence": [_evidence(path, engine.case) for path in found]}


def indicators(forecast: Forecast) -> list[Document]:
    """Indicators by expected information."""
    return [{"id": row.indicator.id, "title": row.indicator.title, "by": str(row.indicator.by),
             "chance": row.chance, "if_seen": row.if_seen, "if_not_seen": row.if_not_seen, "bits": row.bits}
            for row in watch(forecast)]


def swings(rows: Iterable[Swing]) -> list[Document]:
    """Inputs at their lows and highs."""
    return [{"kind": row.input.kind, "id": row.input.id, "label": row.input.label, "low": row.input.low,
             "high": row.input.high, "decibans": [row.low, row.high], "probability": list(row.probabilities)}
            for row in rows]


def _question(case: Case) -> Document:
    question = case.question
    return {"id": question.id, "title": question.title, "resolution": question.resolution,
            "opens": str(question.opens), "horizon": str(question.horizon), "event": question.event.id,
            "reference": question.reference, "names": question.names,
            "shares": dict(zip(question.hypotheses[1:], question.shares, strict=True)),
            "evidence_weight": _estimate(question.evidence_weight),
            "half_life_weeks": question.half_life,
            "key_dates": [str(day) for day in question.key_dates],
            "hub": None if question.hub is None else {"team": question.hub.team, "model": question.hub.model},
            "resolved": None if question.resolved is None else
            {"outcome": question.resolved.outcome, "date": str(question.resolved.date)}}


def _curve(forecast: Forecast) -> list[Document]:
    """The weekly curves with band and prior; one row for each live week."""
    prior_cumulative = forecast.prior_weekly.cumsum()
    low, high = forecast.cumulative_band
    return [{"first": str(first), "last": str(last), "probability": float(forecast.weekly[k]),
             "cumulative": float(forecast.cumulative[k]), "low": float(low[k]), "high": float(high[k]),
             "hazard": float(forecast.hazard[k]), "prior": float(forecast.prior_weekly[k]),
             "prior_cumulative": float(prior_cumulative[k])}
            for k, (first, last) in enumerate(forecast.weeks.spans)]


def _estimate(value: Estimate) -> list[float]:
    low, high = value.bounds()
    return [low, value.stated, high]


def _evidence(path: Path, case: Case) -> Document:
    item: Item = path.item
    return {"id": item.id, "title": item.title, "date": str(item.date), "recorded": str(item.entered),
            "source": item.source, "grade": next(s.grade for s in case.sources if s.id == item.source),
            "credibility": item.credibility, "group": item.group, "encoding": item.encoding[0], "url": item.url,
            "rationale": item.rationale, "note": item.note, "seen": item.seen,
            "window": None if item.window is None else [str(day) for day in item.window],
            "stated": {h: _estimate(value) for h, value in path.stated.items()},
            "multiple": path.multiple, "standing": path.standing, "reliability": path.reliability,
            "reliable": path.reliable, "echo": path.echo, "echoed": path.echoed, "reach": path.reach,
            "effective": path.effective, "age_days": path.age}


def _reliability(forecast: Forecast) -> list[Document]:
    """What each source was given and what it has earned or lost."""
    case = forecast.case
    rows = []
    for source in case.sources:
        alpha, beta = source.reliability(case.as_of)
        rows.append({"id": source.id, "name": source.name, "grade": source.grade, "prior": alpha / (alpha + beta),
                     "posterior": forecast.reliability[source.id],
                     "items": sum(item.source == source.id for item in case.active)})
    return rows


def _stated(component: Prior) -> Document:
    """What a prior component states, estimates as [low, stated, high]."""
    told = component.model_dump(mode="json", exclude={"weight", "kind"})
    return told | ({"probability": _estimate(component.probability)} if isinstance(component, Elicited) else {})


def _components(case: Case) -> list[Document]:
    """Each prior component: its weight, and the forecast that it would give alone, before and after the evidence."""
    total = sum(component.weight for component in case.question.prior)
    rows = []
    for component in case.question.prior:
        alone = component.model_copy(update={"weight": 1.0})
        forecast = Exact(replace(case, question=rewritten(case.question, prior=(alone,)))).forecast
        opening = Exact(replace(forecast.case, as_of=case.question.opens, items=())).forecast
        rows.append({"kind": component.kind, "weight": component.weight / total,
                     "stated": _stated(component),
                     "opening": opening.event, "prior": forecast.prior[case.question.event.id],
                     "posterior": forecast.event,
                     "by": {str(day): value for day, value in forecast.by_key_date.items()}})
    return rows


def _break_evens(case: Case, forecast: Forecast, attribution: Mapping[str, float]) -> list[Document]:
    """Ratios that would take the forecast into the next term, up or down, of the items that move it most."""
    movers = farthest(attribution)[:BREAK_EVENS]
    targets = [edge for edge in wording.range_of(forecast.event) if 0 < edge < 1]
    rows = []
    for name in movers:
        for target in targets:
            found = break_even(case, name, target)
            rows.append({"id": name, "title": found.item.title, "target": target,
                         "term": wording.term(target if target > forecast.event else target - 1e-9),
                         "stated": found.stated, "ratio": found.ratio})
    return rows


def comparison(table: ComparisonTable) -> Document:
    """Scenarios beside the base case."""
    titles = {item.id: item.title for each in (table.base, *(row.forecast for row in table.rows))
              for item in each.case.items}
    return {"base": headline(table.base) | {"curve": _curve(table.base)}, "question": _question(table.base.case),
            "scenarios": [headline(row.forecast) | {
                "curve": _curve(row.forecast),
                "name": row.name, "title": row.title, "story": row.story, "probability": row.forecast.event,
                "difference": {"points": row.points, "decibans": row.decibans,
                               "by": {str(day): value for day, value in row.by.items()}},
                "steps": steps(row.steps),
                "weights": [{"id": name, "title": titles[name], "decibans": value}
                            for name, value in row.weights.items()]} for row in table.rows],
            "interactions": {name: {"first": each.first, "second": each.second, "both": each.both,
                                    "interaction": each.interaction} for name, each in table.interactions.items()},
            "matrix": {"dates": [str(day) for day in table.dates],
                       "names": ["base", *(row.name for row in table.rows)], "probability": table.matrix.tolist()}}


def sensitivity(found: Study) -> Document:
    """What every input does to a forecast: alone, two at once, and all at once up to the edges of its term."""
    def shifts(rows: Iterable[Shift]) -> list[Document]:
        return [{"kind": row.input.kind, "id": row.input.id, "label": row.input.label, "stated": row.input.value(0.0),
                 "value": row.input.value(row.place), "place": row.place} for row in rows]

    low, high = wording.range_of(found.base.event)
    return headline(found.base) | {
        "question": _question(found.base.case), "range": [low, high],
        "sensitivity": swings(found.swings), "leaving": swings(found.leaving),
        "crossings": [{"target": each.target, "term": each.term, "alone": shifts(each.alone),
                       "together": shifts(each.together), "distance": each.distance} for each in found.crossings],
        "maps": [{"across": each.across.label, "down": each.down.label,
                  "columns": [each.across.value(place) for place in each.columns],
                  "rows": [each.down.value(place) for place in each.rows],
                  "probability": each.probability.tolist()} for each in found.maps]}


def plain(value: Any) -> Any:
    """Make a document JSON-safe: NaN and ∞ become null, tuples lists, dates text."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, date):
        return str(value)
    if isinstance(value, bool | str | int) or value is None:
        return value
    number = float(value)
    return number if math.isfinite(number) else None


def dumps(value: Document, indent: int | None = 1) -> str:
    """Write a document as JSON at full precision."""
    return json.dumps(plain(value), ensure_ascii=False, indent=indent, allow_nan=False) + "\n"
