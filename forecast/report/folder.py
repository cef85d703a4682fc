"""A report's folder with its page, texts and charts; and what derives from all reports: their list and a feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from uuid import UUID, uuid5
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from forecast.core.text import band, chance, day, short, whole
from forecast.report.charts.drawing import charts, save_charts
from forecast.report.charts.spec import present
from forecast.report.charts.through_time import history
from forecast.report.contents.track import comparable
from forecast.report.document import CaseDocument, ReportDocument
from forecast.report.html import render_page
from forecast.report.markdown import appendix_markdown, page_markdown
from forecast.report.page import (
    Block,
    Figure,
    Line,
    Link,
    Page,
    Paragraph,
    Section,
    Strong,
    Table,
    row,
)
from forecast.report.pages import findings
from forecast.report.pages.front import largest_moves, page
from forecast.report.pages.head import notices, of_question, verdict
from forecast.report.words import points, quoted


def write_report(folder: Path, document: ReportDocument, earlier: Sequence[CaseDocument] = ()) -> None:
    """Write `report.html`, `report.md`, `report-full.md` and `charts/` of a report into its folder.

    The earlier reports of the workspace are in its history.
    """
    content = page(document, earlier)
    save_charts(charts(document, earlier), folder / "charts")
    html = render_page(content, partial(charts, document, earlier))
    (folder / "report.html").write_text(html, encoding="utf-8")
    (folder / "report.md").write_text(page_markdown(content), encoding="utf-8")
    (folder / "report-full.md").write_text(appendix_markdown(content), encoding="utf-8")


def index_page(documents: Sequence[ReportDocument]) -> Page:
    """All reports of a workspace, the newest first."""
    ordered = sorted(documents, key=lambda document: document.as_of)
    if not ordered:
        return Page("Reports", "There are no reports yet.")
    latest = ordered[-1]
    blocks: list[Block] = []
    known = comparable(latest, ordered)
    if known:
        blocks += [Figure("history", findings.history_alt(ordered)), *largest_moves(latest, known)]
    blocks += [_table(ordered), Paragraph((Link("All reports as a feed (Atom)", "feed.xml"),))]
    return Page(quoted(latest.question.title), "All reports", (Section("reports", "Reports", tuple(blocks)),),
                tuple(of_question(latest.question)))


def _table(ordered: Sequence[ReportDocument]) -> Table:
    rows = []
    for document in ordered[::-1]:
        known = comparable(document, ordered)
        link: Line = (Link(day(document.as_of), f"{document.as_of}/report.html"),)
        lines = [link] if document.engines.confirmed else [link, (Strong("unconfirmed"),)]
        moved = points(document.event - known[-1].event) if known else ""
        rows.append(row(tuple(lines), Strong(chance(document.event)), moved, band(document.band),
                        whole(document.next.probability), whole(document.preparing.now), document.words.term))
    return Table("All reports, the newest first", ("Forecast of", "By the horizon", "Change, points", "90% range",
                                                   "Within 13 weeks", "Being prepared", "In words"), tuple(rows),
                 range(1, 6))


def render_index(documents: Sequence[ReportDocument]) -> str:
    """Write the list of reports as one page; each report is at DATE/report.html beside it, the feed at feed.xml."""
    ordered = sorted(documents, key=lambda document: document.as_of)
    known = comparable(ordered[-1], ordered) if ordered else []
    return render_page(index_page(ordered), lambda width: present(
        {"history": history(ordered[-1], known, width) if known else None}))


_NAMESPACE = UUID("5f0c1e0a-4a0e-5d7e-9b57-6d1f2c8e3a41")
"""Ids are made of the question and the date, so that a report which is written again keeps its own."""


def feed(documents: Sequence[ReportDocument]) -> str:
    """Write all reports, at least one, as an Atom feed (RFC 4287), the newest first.

    Its links are relative to it, and its times are those of reports.
    """
    ordered = sorted(documents, key=lambda document: document.as_of, reverse=True)
    latest, root = ordered[0], Element("feed", xmlns="http://www.w3.org/2005/Atom")
    _text(root, "id", _id(latest))
    _text(root, "title", quoted(latest.question.title))
    _text(root, "updated", _time(latest.as_of))
    _text(SubElement(root, "author"), "name", quoted((latest.question.hub or {}).get("team", "forecast")))
    SubElement(root, "link", rel="self", type="application/atom+xml", href="feed.xml")
    SubElement(root, "link", rel="alternate", type="text/html", href="index.html")
    for document in ordered:
        _add(root, document)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _add(root: Element, document: ReportDocument) -> None:
    entry = SubElement(root, "entry")
    _text(entry, "id", _id(document, str(document.as_of)))
    _text(entry, "title", f"{day(document.as_of)}: {chance(document.event)} by {short(document.question.horizon)}")
    _text(entry, "updated", _time(document.as_of))
    SubElement(entry, "link", rel="alternate", type="text/html", href=f"{document.as_of}/report.html")
    answer = "".join(run if isinstance(run, str) else run.text for run in verdict(document))
    warnings = "".join(f" {notice.title}." for notice in notices(document))
    _text(entry, "summary", answer + warnings)


def _id(document: ReportDocument, part: str = "") -> str:
    asked = document.question
    return uuid5(_NAMESPACE, f"{asked.id} {asked.opens} {part}").urn


def _time(when: date) -> str:
    return f"{when}T00:00:00Z"


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
