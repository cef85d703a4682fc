"""What `forecast update` says: the answer, the weeks, what moves it, and what changed since the last report."""

from __future__ import annotations

from forecast.core.text import band, chance, counted, day, short
from forecast.report.page import Block, Figure, Move, Moves, Page, Paragraph, Section, Table, row
from forecast.report.pages.crowd import pooled, said
from forecast.report.pages.front import what_changed
from forecast.report.pages.head import answer
from forecast.report.pages.panel import in_short
from forecast.report.what_if import UpdateDocument
from forecast.report.words import points, quoted

MOVERS = 6
"""Items that are listed as moving the forecast most."""


def page(document: UpdateDocument) -> Page:
    """A forecast on one screen."""
    sections = [Section("when", "When", tuple(_when(document)))]
    if document.movers:
        sections.append(Section("movers", "What moves it most", (_movers(document),)))
    if document.opinions:
        sections.append(Section("panel", "Where analysts differ", tuple(in_short(document.opinions))))
    horizon = document.question.horizon
    beside = [*said(document.crowd, horizon), *(Paragraph(line) for line in pooled(document.crowd, horizon))]
    if beside:
        sections.append(Section("crowd", "What others say", tuple(beside)))
    if document.change:
        sections.append(Section("what-changed", "What changed", tuple(what_changed(document, document.change))))
    subtitle = f"As of {day(document.as_of)}: {counted(document.items, 'item')}, {document.engine} engine"
    return Page(quoted(document.question.title), subtitle, tuple(sections),
                head=tuple(answer(document, document.change)))


def _when(document: UpdateDocument) -> list[Block]:
    ahead = [when for when in sorted(document.by) if when > document.as_of]
    rows = tuple(row(day(when), chance(document.by[when]), band(document.by_band[when]),
                     chance(document.prior_by[when]))
                 for when in ahead)
    figure = Figure("weekly", "The chance of each week.", bars=tuple(week[2] for week in document.weeks),
                    ends=(short(document.weeks[0][0]), short(document.weeks[-1][1])))
    if not rows:
        return [figure]
    return [Table("Chance that it has happened, by key date", ("By the end of", "Forecast", "90% range",
                                                              "Without the evidence"), rows, frozenset({1, 2, 3})),
            figure]


def _movers(document: UpdateDocument) -> Moves:
    more = len(document.movers) - MOVERS
    caption = "Points of the forecast (Shapley values)" + (f"; and {more} more" if more > 0 else "")
    return Moves(caption, tuple(Move(points(each.points, 1), each.points > 0, (quoted(each.title),))
                                for each in document.movers[:MOVERS]))
