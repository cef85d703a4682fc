"""What `forecast update` says: the bottom line, the weeks, what moves it, and what changed since the last report."""

from __future__ import annotations

from typing import Any

from forecast.core.text import counted
from forecast.report.page import Block, Page, Section, Table
from forecast.report.pages.grounds import leave_one_out_table
from forecast.report.pages.story import bottom_line, what_changed, when
from forecast.report.words import Document, day, quoted

MOVERS = 6
"""Items that are listed as moving the forecast most."""

MANY, SMALL = 12, 0.05
"""Steps of a change from which on those of fewer decibans are gathered in one."""


def page(document: Document) -> Page:
    """A forecast on one screen.

    Parameters
    ----------
    document : dict
        What `report.document.brief` gives, with the `change` since the last report or None, `leave_one_out` and the
        `titles` of the active items by id.
    """
    sections = [Section("bottom-line", "", tuple(bottom_line(document))),
                Section("when", "When", tuple(block for block in when(document) if not _folded(block))),
                Section("movers", "What moves it most", tuple(_movers(document)))]
    if document["change"]:
        gathered = document["change"] | {"steps": _gathered(document["change"]["steps"])}
        sections.append(Section("what-changed", "What changed",
                                tuple(what_changed(document | {"change": gathered, "history": []}))))
    subtitle = f"As of {day(document['as_of'])}: {counted(document['items'], 'item')}, {document['engine']} engine"
    return Page(quoted(document["question"]["title"]), subtitle, "", "", (), tuple(sections))


def _folded(block: Block) -> bool:
    return isinstance(block, Table) and block.folded


def _movers(document: Document) -> list[Block]:
    if not document["leave_one_out"]:
        return []
    return [leave_one_out_table(document["leave_one_out"], document["titles"], MOVERS)]


def _gathered(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps with those that nobody would see gathered in one, where there are many; the sum stays the same."""
    small = [step for step in steps if step["id"] and abs(step["decibans"]) < SMALL]
    if len(steps) <= MANY or len(small) < 2:
        return steps
    last = steps[-1]
    return [*(step for step in steps if step not in small),
            {"kind": "others", "id": "", "label": f"{len(small)} steps of less than {SMALL} dB each",
             "decibans": sum(step["decibans"] for step in small), "points": sum(step["points"] for step in small),
             "total": last["total"], "probability": last["probability"]}]
