"""What `forecast explain` says: what moves a forecast, or the path of one item from what it states to what it does."""

from __future__ import annotations

from forecast.core.addresses import web_address
from forecast.core.text import percent, ratio, short, signed
from forecast.report.page import Block, Code, Faint, Page, Paragraph, Section, Table, row
from forecast.report.pages.appendix import DECIBANS, ROUNDED, item_path, ledger_table
from forecast.report.pages.findings import until
from forecast.report.what_if import ExplainDocument
from forecast.report.words import points, quoted


def page(document: ExplainDocument) -> Page:
    """What moves a forecast: the ledger, where the evidence goes, and every item with its weight."""
    blocks: list[Block] = [
        ledger_table(document.ledger, document.as_of, "From the outside view to the forecast"),
        Paragraph((f"{ROUNDED} {DECIBANS}",)),
        Table("Where the evidence goes, in decibans", ("Stage", "For", "Against"),
              tuple(row(each.stage, f"{each.towards:.2f}", f"{each.away:.2f}") for each in document.flow),
              frozenset({1, 2}))]
    ranked = sorted(document.evidence, key=lambda item: (-round(abs(item.shapley), 9), item.id))
    items = tuple(row(Code(item.id), item.kind, _ratio(item.lift), percent(item.reliability), f"{item.echo:.2f}",
                      _ratio(item.effective), signed(item.leave_one_out), signed(item.shapley),
                      points(item.shapley_points, 1)) for item in ranked)
    if items:
        blocks.append(Table("Every item, the heaviest first", (
            "Item", "Kind", "Stated", "Reliable", "Own", "Left", "Leave one out, dB", "Shapley, dB", "Points"), items,
            frozenset(range(2, 9))))
    return Page(quoted(document.question.title), until(document), "", "", (), (Section("ledger", "", tuple(blocks)),))


def _ratio(value: float | None) -> str:
    return "∞" if value is None else ratio(value)


def item_page(document: ExplainDocument) -> Page:
    """The path of one item, which alone the document tells."""
    (item,) = document.evidence
    address = web_address(item.url)
    first: list[Block] = [Paragraph((Code(address),))] if address else []
    shares = (f"Leave one out {signed(item.leave_one_out)} dB, Shapley value {signed(item.shapley)} dB or "
              f"{points(item.shapley_points, 1)} points; in the ledger {_in_ledger(document, item.id)} dB.")
    lines: list[Block] = [Paragraph(line) for line in item_path(item, document)]
    return Page(quoted(item.title), f"{quoted(item.source)} ({item.grade}{item.credibility or ''}), "
                f"{short(item.date)}; a {item.kind}", "", "", (),
                (Section("path", "", (*first, *lines, Paragraph((Faint(shares),)))),))


def _in_ledger(document: ExplainDocument, name: str) -> str:
    return next((signed(step.decibans) for step in document.ledger if step.id == name), "0.00")
