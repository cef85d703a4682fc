"""One picture of a forecast: for a file, or in letters for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import cycle

from forecast.core.errors import ForecastError
from forecast.core.text import band, chance, short, tenth, whole
from forecast.report.charts import bridge, through_time
from forecast.report.charts.spec import Spec
from forecast.report.charts.style import WIDE
from forecast.report.document import Answer, ChartDocument
from forecast.report.page import Curve, Curves, Figure, Mark, Page, Section, Strip, Strips
from forecast.report.pages import findings
from forecast.report.words import dates_ahead, event_name, moves_it, outcome_chance, points, quoted

EVENT, PRIOR, KEY_DATE, OTHERS = "•", "-", "◆", "abcdefghijklmnopqrstuvwxyz"
"""Signs of curves in a terminal."""

SPARE = timedelta(4)
"""Room at both ends of a timeline."""


def picture(name: str, document: ChartDocument, known: Sequence[Answer] = ()) -> Spec:
    """The fan, weekly, history, timeline or ledger as Vega-Lite has it; `ForecastError` if there is nothing to draw.

    The history is of earlier forecasts of the same question, in date order.
    """
    drawn: Spec | None
    match name:
        case "fan":
            drawn = through_time.fan(document, WIDE)
        case "weekly":
            drawn = through_time.weekly(document, WIDE)
        case "history":
            drawn = through_time.history(document, known, WIDE, alone=True)
        case "timeline":
            drawn = through_time.timeline(document, WIDE)
        case _:
            drawn = bridge.ledger(document.ledger, document.as_of, document.question.horizon, WIDE,
                                  document.question.opens)
    if drawn is None:
        raise _nothing(name, document.as_of)
    return drawn


def page(name: str, document: ChartDocument, known: Sequence[Answer] = ()) -> Page:
    """The fan, history, timeline or ledger in letters; takes and raises what `picture` does."""
    match name:
        case "fan":
            title, figure = findings.fan(document), _fan(document)
        case "history" if known:
            title, figure = findings.history(document, known), _history(document, known)
        case "timeline" if document.evidence:
            title, figure = findings.timeline(document), _timeline(document)
        case "ledger":
            title, figure = findings.bridge(document.event, document.ledger), _ledger(document)
        case _:
            raise _nothing(name, document.as_of)
    return Page(quoted(document.question.title), findings.until(document, document.question), (
        Section(name, title, (figure,)),))


def _nothing(name: str, as_of: date) -> ForecastError:
    return ForecastError(f"no forecast of this question is known from before {as_of}; write this one with forecast "
                         "report, and its history can be drawn on a later day" if name == "history" else
                         f"no item was public and active on {as_of}; name another date")


def _place(when: date, first: date, last: date) -> float:
    """Where a date lies between two others, from 0 to 1."""
    return (when - first).days / max(1, (last - first).days)


def _fan(document: ChartDocument) -> Figure:
    first, last = document.as_of, document.question.horizon
    corners = [(_place(each.day, first, last), each) for each in through_time.corners(document)]
    ahead = dates_ahead(document, document.question)
    curves = [Curve(PRIOR, f"{whole(document.curve[-1].prior_cumulative)} without the evidence",
                    tuple((place, each.prior) for place, each in corners)),
              Curve(EVENT, f"{chance(document.event)} by {short(last)}, 90% range {band(document.band)} (shaded)",
                    tuple((place, each.p) for place, each in corners))]
    if ahead:
        told = ", ".join(f"{whole(document.by[when])} by {short(when)}" for when in ahead)
        curves.append(Curve(KEY_DATE, told, tuple((_place(when, first, last), document.by[when]) for when in ahead),
                            joined=False))
    shaded = tuple((place, each.low, each.high) for place, each in corners)
    return Figure("fan", f"Chance that it has happened by each date: {event_name(document.question)}.",
                  ends=(short(first), short(last)), drawing=Curves(tuple(curves), shaded))


def _history(document: ChartDocument, known: Sequence[Answer]) -> Figure:
    reports = [*known, document]
    first, last = reports[0].as_of, document.as_of
    places = [_place(each.as_of, first, last) for each in reports]
    event, *others = document.hypotheses
    curves = [Curve("+", f"Being prepared now {whole(document.preparing.now)}",
                    tuple((place, each.preparing.now) for place, each in zip(places, reports, strict=True)))]
    for sign, name in [*reversed(list(zip(cycle(OTHERS), others, strict=False))), (EVENT, event)]:
        told = tuple((place, each.hypotheses[name]) for place, each in zip(places, reports, strict=True)
                     if name in each.hypotheses)
        curves.append(Curve(sign, f"{quoted(document.question.names[name])} "
                            f"{outcome_chance(name, document.hypotheses[name], document.question)}", told))
    shaded = tuple((place, *each.band) for place, each in zip(places, reports, strict=True))
    return Figure("history", "As stated in each report. Shaded: 90% range of the event.",
                  ends=(short(first), short(last)), drawing=Curves(tuple(curves), shaded))


def _timeline(document: ChartDocument) -> Figure:
    kept, labels = through_time.lanes(document)
    days = [item.date for item in document.evidence]
    first, last = min(days) - SPARE, max(*days, document.as_of) + SPARE
    marks: list[list[Mark]] = [[] for _ in labels]
    for item in document.evidence:
        place = _place(item.date, first, last)
        weight = item.shapley_points if moves_it(item.shapley_points) else 0.0
        marks[through_time.lane(item, kept)].append(Mark(place, place, weight))
    strips = tuple(Strip(label, tuple(found)) for label, found in zip(labels, marks, strict=True))
    return Figure("timeline", "By date and group. ▲ + for it, ▼ − against it; ▲ and ▼ move it most, · not at all.",
                  ends=(short(first), short(last)), drawing=Strips(strips, dots=True))


def _ledger(document: ChartDocument) -> Figure:
    opening, *others = bridge.parts(document.ledger, document.as_of, document.question.opens)
    low, high = bridge.extent([opening, *others])

    def at(p: float) -> float:
        return (p - low) / (high - low)

    strips = [Strip(opening.label, (Mark(at(opening.after), at(opening.after), 0.0),), tenth(opening.after))]
    for part in others:
        left, right = sorted((at(part.before), at(part.after)))
        added = round(part.after - part.before, 3)  # what is written as 0.0 is drawn as nothing
        strips.append(Strip(part.label, (Mark(left, right, added),), f"{points(part.after - part.before, 1)} → "
                            f"{tenth(part.after)}"))
    told = f"Chance by {short(document.question.horizon)}, in points. █ adds, ▒ takes off."
    return Figure("ledger", told + bridge.left_out(document.ledger),
                  ends=(tenth(low), tenth(high)), drawing=Strips(tuple(strips)))
