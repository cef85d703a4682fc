"""The list of all reports: how the forecast has moved, what each said, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.core.text import band, chance, day, whole
from forecast.report.charts.style import NARROW, WIDE
from forecast.report.charts.through_time import history
from forecast.report.document import ReportDocument
from forecast.report.html import render_page
from forecast.report.page import Block, Figure, Line, Link, Notice, Page, Paragraph, Section, Strong, Table, row
from forecast.report.pages import findings
from forecast.report.pages.front import largest_moves
from forecast.report.track import comparable
from forecast.report.words import points, quoted, resolution


def index_page(documents: Sequence[ReportDocument]) -> Page:
    """All reports of a workspace, the newest first."""
    ordered = sorted(documents, key=lambda document: document.as_of)
    if not ordered:
        return Page("Reports", "There are no reports yet.")
    latest = ordered[-1]
    notices = []
    if latest.question.resolved:
        notices.append(Notice("This question has been decided", (f"{resolution(latest.question)}.",)))
    blocks: list[Block] = []
    known = comparable(latest, ordered)
    if known:
        blocks += [Figure("history", findings.history_alt(ordered)), *largest_moves(latest, known)]
    blocks += [_table(ordered), Paragraph((Link("All reports as a feed (Atom)", "feed.xml"),))]
    return Page(quoted(latest.question.title), "All reports", (Section("reports", "Reports", tuple(blocks)),),
                tuple(notices))


def _table(ordered: Sequence[ReportDocument]) -> Table:
    rows = []
    for document, before in zip(ordered[::-1], [*ordered[-2::-1], None], strict=True):
        link: Line = (Link(day(document.as_of), f"{document.as_of}/report.html"),)
        lines = [link] if document.engines.confirmed else [link, (Strong("unconfirmed"),)]
        moved = "" if before is None else points(document.event - before.event)
        rows.append(row(tuple(lines), Strong(chance(document.event)), moved, band(document.band),
                        whole(document.next.probability), whole(document.preparing.now), document.words.term))
    return Table("All reports, the newest first", ("Forecast of", "By the horizon", "Change, points", "90% range",
                                                   "Within 13 weeks", "Being prepared", "In words"), tuple(rows),
                 frozenset({1, 2, 3, 4, 5}))


def render_index(documents: Sequence[ReportDocument]) -> str:
    """Write the list of reports as one page; each report is at DATE/report.html beside it, the feed at feed.xml."""
    ordered = sorted(documents, key=lambda document: document.as_of)
    known = comparable(ordered[-1], ordered) if ordered else []
    wide, narrow = (history(ordered[-1], known, width) if known else None for width in (WIDE, NARROW))
    return render_page(index_page(ordered), {"history": wide} if wide else {}, {"history": narrow} if narrow else {})
