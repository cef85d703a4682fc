"""What `forecast explain` says: what moves a forecast, or the path of one item from what it states to what it does."""

from __future__ import annotations

from forecast.core.pages import web_address
from forecast.core.text import percent, short, signed
from forecast.report.page import Block, Code, Faint, Page, Paragraph, Section, Table, row
from forecast.report.pages.appendix import item_path, ledger_blocks
from forecast.report.pages.findings import until
from forecast.report.what_if import ExplainDocument
from forecast.report.words import admiralty, lift, points, quoted


def page(document: ExplainDocument) -> Page:
    """What moves a forecast: the ledger, where the evidence goes, and every item with its weight."""
    blocks = ledger_blocks(document)
    ranked = sorted(document.evidence, key=lambda item: (-round(abs(item.shapley), 9), item.id))
    items = tuple(row(Code(item.id), item.kind, lift(item.lift), percent(item.reliability), f"{item.echo:.2f}",
                      lift(item.effective), signed(item.leave_one_out), signed(item.shapley),
                      points(item.shapley_points, 1)) for item in ranked)
    if items:
        blocks.append(Table("Every item, the heaviest first", (
            "Item", "Kind", "Stated", "Reliable", "Own", "Left", "Leave one out, dB", "Shapley, dB", "Points"), items,
            frozenset(range(2, 9))))
    return Page(quoted(document.question.title), until(document, document.question),
                (Section("ledger", "", tuple(blocks)),))


def item_page(document: ExplainDocument) -> Page:
    """The path of one item, which alone the document tells."""
    (item,) = document.evidence
    address = web_address(item.url)
    first: list[Block] = [Paragraph((Code(address),))] if address else []
    shares = (f"Leave one out {signed(item.leave_one_out)} dB, Shapley value {signed(item.shapley)} dB or "
              f"{points(item.shapley_points, 1)} points; in the ledger {_in_ledger(document, item.id)} dB.")
    lines: list[Block] = [Paragraph(line) for line in item_path(item, document)]
    subtitle = f"{quoted(item.source)} ({admiralty(item)}), {short(item.date)}; a {item.kind}"
    path = Section("path", "", (*first, *lines, Paragraph((Faint(shares),))))
    return Page(quoted(item.title), subtitle, (path,))


def _in_ledger(document: ExplainDocument, name: str) -> str:
    return next((signed(step.decibans) for step in document.ledger if step.id == name), "0.00")
