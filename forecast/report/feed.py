"""The reports of a workspace as an Atom feed (RFC 4287), for readers who want to hear of each new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid5
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from forecast.core.text import chance, day, short
from forecast.report.document import ReportDocument
from forecast.report.pages.head import notices, verdict
from forecast.report.words import quoted

_NAMESPACE = UUID("5f0c1e0a-4a0e-5d7e-9b57-6d1f2c8e3a41")
"""Ids are made of the question and the date, so that a report which is written again keeps its own."""


def feed(documents: Sequence[ReportDocument]) -> str:
    """Write all reports as a feed, the newest first; its links are relative to it, and its times are those of reports.

    Parameters
    ----------
    documents : sequence of ReportDocument
        The reports of a workspace, at least one.
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
