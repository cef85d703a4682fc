"""What `forecast explain` says: what moves a forecast, or the path of one item from what it states to what it does."""

from __future__ import annotations

import math
from typing import Any

from forecast.core.text import day, db, percent, ranged, ratio, signed
from forecast.report.page import Block, Code, Line, Page, Paragraph, Row, Section, Table, row
from forecast.report.pages.grounds import HEAVIEST, ROUNDED, about, facts, heaviest, ledger, legend, reasons, weights
from forecast.report.words import Document, quoted


def page(document: Document) -> Page:
    """What moves a forecast: the ledger, and every item with its weight.

    Parameters
    ----------
    document : dict
        What `report.document.brief` and `report.document.attribution` give together.
    """
    title, when = quoted(document["question"]["title"]), day(document["as_of"])
    return Page(title, f"What moves the forecast as of {when}", "", "", (), (
        Section("ledger", "The ledger", tuple(ledger(document))),
        Section("items", "", tuple(_items(document)))))


def _items(document: Document) -> list[Block]:
    if not document["evidence"]:
        return []
    event, without, shapley = document["question"]["event"], document["leave_one_out"], document["shapley"]
    rows = [row(Code(item["id"]), item["source"], ranged(*item["stated"][event]), ratio(item["effective"][event]),
                percent(item["reliability"]), percent(item["echo"]), percent(item["reach"]),
                signed(without[item["id"]]), signed(shapley[item["id"]])) for item in heaviest(document)]
    return [*weights(document), Paragraph(legend(document)),
            Table(f"{HEAVIEST} ({ROUNDED}); ratios of the event", (
                "Item", "Source", "Stated", "Effective", "Reliable", "Own", "Reach", "Leave one out, dB",
                "Shapley, dB"),
                tuple(rows), frozenset(range(2, 9)))]


def item_page(document: Document) -> Page:
    """The path of one item, of which alone the document tells the `evidence`."""
    (item,) = document["evidence"]
    title, *lines = about(item, document)
    address: list[Line] = [(Code(quoted(item["url"])),)] if item["url"] else []
    said = [*(line for line in lines if not _is_link(line)), *address, facts(item)]
    blocks: list[Block] = [*map(Paragraph, said), _path(item, document["question"]), *map(Paragraph, reasons(item))]
    return Page("".join(run if isinstance(run, str) else run.text for run in title), "", "", "", (),
                (Section("path", "", tuple(blocks)),))


def _is_link(line: Line) -> bool:
    return any(not isinstance(run, str) and run.kind == "link" for run in line)


def _path(item: dict[str, Any], question: Document) -> Table:
    names = {name: quoted(label) for name, label in question["names"].items() if name != question["reference"]}

    def stage(label: str, values: dict[str, float]) -> Row:
        return row(label, *(ratio(values[name]) for name in names))

    rows = [row("Stated", *(ranged(*item["stated"][name]) for name in names)),
            stage(f"After standing (× {item['multiple']:.2f} in logs)", item["standing"]),
            stage(f"After reliability ({percent(item['reliability'])} reliable)", item["reliable"]),
            stage(f"After echo ({percent(item['echo'])} of its own)", item["echoed"]),
            stage(f"After reach ({percent(item['reach'])}, for an event in the coming week)", item["effective"])]
    rows.append(row("In decibans", *(db(10 * math.log10(item["effective"][name])) for name in names), total=True))
    reference = quoted(question["names"][question["reference"]])
    return Table(f"Likelihood ratios against “{reference}”, step by step", ("", *names.values()), tuple(rows),
                 frozenset(range(1, len(names) + 1)))
