"""The feed is what RFC 4287 asks of one, whatever texts are in it, and tells no time but that of reports."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from forecast.core.text import chance
from forecast.report.document import ReportDocument
from forecast.report.folder import feed
from tests.project.report.documents import hostile_document, plain_document

ATOM = "{http://www.w3.org/2005/Atom}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

ONCE = {"feed": {"id", "title", "updated"}, "entry": {"id", "title", "updated"}}
"""What sections 4.1.1 and 4.1.2 want exactly once."""

AT_MOST_ONCE = {"feed": {"generator", "icon", "logo", "rights", "subtitle"},
                "entry": {"content", "published", "rights", "source", "summary"}}
REPEATED = {"feed": {"author", "category", "contributor", "link", "entry"},
            "entry": {"author", "category", "contributor", "link"}}


def flaws(element: Element) -> list[str]:
    """What RFC 4287 forbids in a feed or an entry."""
    kind = element.tag.removeprefix(ATOM)
    names = Counter(child.tag.removeprefix(ATOM) for child in element)
    found = [f"{name} {names[name]} times" for name in sorted(ONCE[kind]) if names[name] != 1]
    found += [f"{name} more than once" for name in sorted(AT_MOST_ONCE[kind]) if names[name] > 1]
    found += [f"{name} is not known" for name in names if name not in
              ONCE[kind] | AT_MOST_ONCE[kind] | REPEATED[kind]]
    found += [f"{time.text} is not a time" for time in element.findall(f"{ATOM}updated")
              if not TIME.fullmatch(time.text or "")]
    found += [f"{each.text} is not an absolute IRI" for each in element.findall(f"{ATOM}id")
              if not urlsplit(each.text or "").scheme]
    found += ["a person without a name" for author in element.findall(f"{ATOM}author")
              if not author.findtext(f"{ATOM}name")]
    links = Counter((link.get("type"), link.get("hreflang")) for link in element.findall(f"{ATOM}link")
                    if link.get("rel", "alternate") == "alternate")
    found += [f"two alternates of {type_}" for type_, count in links.items() if count > 1]
    if kind == "entry" and not links and not names["content"]:
        found.append("neither an alternate nor a content")
    return found


def reports(document: ReportDocument) -> list[ReportDocument]:
    certain = dict.fromkeys(document.hypotheses, 0.0) | {document.question.event: 1.0}
    return [document.model_copy(update={"as_of": date(2031, 3, 4), "hypotheses": certain}), document]


@pytest.mark.parametrize("document", [plain_document(), hostile_document()], ids=["plain", "hostile"])
def test_the_feed_has_all_that_the_rfc_requires_and_nothing_that_it_forbids(document: ReportDocument) -> None:
    root = ElementTree.fromstring(feed(reports(document)))
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    assert [flaws(element) for element in (root, *entries)] == [[], [], []]
    assert root.findall(f"{ATOM}author"), "section 4.1.1: an author of the feed, if not of each entry"
    assert len({element.findtext(f"{ATOM}id") for element in (root, *entries)}) == 3


def test_a_flawed_feed_is_seen() -> None:
    spoilt = feed(reports(plain_document())).replace("<name>desk</name>", "").replace("Z</updated>", "</updated>")
    assert len(flaws(ElementTree.fromstring(spoilt))) == 2


def test_entries_are_the_reports_the_newest_first_with_relative_links() -> None:
    entries = ElementTree.fromstring(feed(reports(plain_document()))).findall(f"{ATOM}entry")
    newest = plain_document()
    assert [entry.findtext(f"{ATOM}updated") for entry in entries] == [f"{newest.as_of}T00:00:00Z",
                                                                       "2031-03-04T00:00:00Z"]
    assert [link.get("href") for entry in entries for link in entry.findall(f"{ATOM}link")] == [
        f"{newest.as_of}/report.html", "2031-03-04/report.html"]
    assert [chance(p) in (entry.findtext(f"{ATOM}title") or "") for entry, p in
            zip(entries, (newest.event, 1.0), strict=True)] == [True, True]


def test_what_was_in_the_feed_stays_when_a_report_joins_it() -> None:
    first, both = feed(reports(plain_document())[:1]), feed(reports(plain_document()))
    entry = re.search(r"<entry>.*</entry>", first, re.DOTALL)
    assert entry is not None
    assert entry[0] in both
    assert re.findall(r"<id>.*</id>", first)[0] == re.findall(r"<id>.*</id>", both)[0]
