"""What `forecast update` says: the answer, the weeks, what moves it, and what changed since the last report."""

from __future__ import annotations

from forecast.core.text import counted, day, short
from forecast.report.page import Block, Figure, Move, Moves, Page, Paragraph, Section
from forecast.report.pages.crowd import pooled, said
from forecast.report.pages.front import key_dates, what_changed
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
    return [*key_dates(document),
            Figure("weekly", "The chance of each week.", bars=tuple(week[2] for week in document.weeks),
                   ends=(short(document.weeks[0][0]), short(document.weeks[-1][1])))]


def _movers(document: UpdateDocument) -> Moves:
    more = len(document.movers) - MOVERS
    caption = "Points of the forecast (Shapley values)" + (f"; and {more} more" if more > 0 else "")
    return Moves(caption, tuple(Move(points(each.points, 1), each.points > 0, (quoted(each.title),))
                                for each in document.movers[:MOVERS]))
