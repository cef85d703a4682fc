"""What `forecast update`, `explain`, `watch` and `breakeven` say, on one screen each."""

from __future__ import annotations

from forecast.core.pages import web_address
from forecast.core.text import chance, counted, day, percent, ratio, short, signed
from forecast.report.contents.what_if import BreakEvenDocument, ExplainDocument, UpdateDocument, WatchDocument
from forecast.report.page import (
    Block,
    Code,
    Faint,
    Figure,
    Move,
    Moves,
    Page,
    Paragraph,
    Section,
    Table,
    row,
)
from forecast.report.pages.appendix import item_path, ledger_blocks, watched
from forecast.report.pages.findings import until
from forecast.report.pages.front import key_dates, what_changed
from forecast.report.pages.head import answer
from forecast.report.pages.opinions import in_short, pooled, said
from forecast.report.pages.trust import calibrated
from forecast.report.words import admiralty, lift, moves_it, points, quoted

MOVERS = 6
"""Items that are listed as moving the forecast most."""


def update_page(document: UpdateDocument) -> Page:
    """A forecast on one screen."""
    weekly = Figure("weekly", "The chance of each week.", bars=tuple(week[2] for week in document.weeks),
                    ends=(short(document.weeks[0][0]), short(document.weeks[-1][1])))
    sections = [Section("when", "When", (*key_dates(document), weekly))]
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
    head = answer(document, document.change)
    if document.question.calibration or document.question.evidence_weight[1] != 1:
        head.append(Paragraph(calibrated(document.question, document.learned_on)))
    return Page(quoted(document.question.title), subtitle, tuple(sections), head=tuple(head))


def _movers(document: UpdateDocument) -> Block:
    told = [each for each in document.movers[:MOVERS] if moves_it(each.points)]
    if not told:
        count = len(document.movers)
        return Paragraph((f"None of the {count} items moves it." if count > 1 else "The one item does not move it.",))
    more = len(document.movers) - len(told)
    caption = "Points of the forecast (Shapley values)" + (f"; and {more} more" if more else "")
    return Moves(caption, tuple(Move(points(each.points, 1), each.points > 0, (quoted(each.title),))
                                for each in told))


def explain_page(document: ExplainDocument) -> Page:
    """What moves a forecast: the ledger, where the evidence goes, and every item with its weight."""
    blocks = ledger_blocks(document)
    ranked = sorted(document.evidence, key=lambda item: (-round(abs(item.shapley), 9), item.id))
    items = tuple(row(Code(item.id), item.kind, lift(item.lift), percent(item.reliability), f"{item.echo:.2f}",
                      lift(item.effective), signed(item.leave_one_out), signed(item.shapley),
                      points(item.shapley_points, 1)) for item in ranked)
    if items:
        blocks.append(Table("Every item, the heaviest first", (
            "Item", "Kind", "Stated", "Reliable", "Own", "Left", "Leave one out, dB", "Shapley, dB", "Points"), items,
            range(2, 9)))
    return Page(quoted(document.question.title), until(document, document.question),
                (Section("ledger", "", tuple(blocks)),))


def item_page(document: ExplainDocument) -> Page:
    """The path of one item, which alone the document tells."""
    (item,) = document.evidence
    address = web_address(item.url)
    first: list[Block] = [Paragraph((Code(address),))] if address else []
    in_ledger = next((signed(step.decibans) for step in document.ledger if step.id == item.id), "0.00")
    shares = (f"Leave one out {signed(item.leave_one_out)} dB, Shapley value {signed(item.shapley)} dB or "
              f"{points(item.shapley_points, 1)} points; in the ledger {in_ledger} dB.")
    lines: list[Block] = [Paragraph(line) for line in item_path(item, document)]
    subtitle = f"{quoted(item.source)} ({admiralty(item)}), {short(item.date)}; a {item.kind}"
    path = Section("path", "", (*first, *lines, Paragraph((Faint(shares),))))
    return Page(quoted(item.title), subtitle, (path,))


def watch_page(document: WatchDocument) -> Page:
    """The indicators of a forecast, by the information expected from looking."""
    passed = "the date of the only one has passed" if document.passed == 1 else (
        f"the dates of all {document.passed} have passed")
    where = "evidence/indicators.yaml, or indicators: in a case of one file"
    nothing = "No indicator is waited for on this date; " + (
        f"{passed}. Write another, or a later by, in {where}." if document.passed else f"write {where}.")
    found = watched(document.indicators, nothing)
    return Page(quoted(document.question.title), until(document, document.question),
                (Section("indicators", "", (found,)),))


def break_even_page(document: BreakEvenDocument) -> Page:
    """The ratio of an item that would take a forecast to a target."""
    now = (f"By {day(document.by)} the forecast is {chance(document.probability)}, with the item's lift of "
           f"{ratio(document.stated)}.")
    found = _needed(document, chance(document.target))
    return Page(quoted(document.title), "", (Section("ratio", "", (Paragraph((f"{now} {found}",)),)),))


def _needed(document: BreakEvenDocument, target: str) -> str:
    """The lift that takes the forecast to a target, or where it jumps past."""
    jump, side = (document.over, "over") if document.over is not None else (document.under, "under")
    reached = f"A lift of {ratio(document.ratio)} would take it to {target}" if document.ratio is not None else ""
    if jump is None:
        low, high = document.searched
        return f"{reached or f'No lift between 1/{ratio(1 / low)} and {ratio(high)} takes it to {target}'}."
    if reached:
        return f"{reached}; anything {side} {ratio(jump)} already takes it past that."
    return (f"Anything {side} {ratio(jump)} takes it past {target}: there the forecast jumps, and no lift gives "
            f"{target}.")
