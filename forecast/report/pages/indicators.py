"""What `forecast watch` and `forecast breakeven` say: what to look for, and how wrong an item would have to be."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.core.text import chance, day, ratio, short, whole
from forecast.report.document import IndicatorRow
from forecast.report.page import Block, Page, Paragraph, Section, Strong, Table, row
from forecast.report.pages.findings import until
from forecast.report.what_if import BreakEvenDocument, WatchDocument
from forecast.report.words import quoted


def page(document: WatchDocument) -> Page:
    """The indicators of a forecast, by the information expected from looking."""
    blocks: list[Block] = [Paragraph((
        "Nothing is being watched for; write evidence/indicators.yaml, or indicators: in a case of one file.",))]
    if document.indicators:
        blocks = [table(document.indicators)]
    return Page(quoted(document.question.title), until(document, document.question),
                (Section("indicators", "", tuple(blocks)),))


def table(indicators: Sequence[IndicatorRow]) -> Table:
    """Indicators with what seeing each of them, or not, would do."""
    rows = tuple(row(quoted(each.title), each.id, f"{short(each.by)}{'' if each.certain else ', as reported'}",
                     whole(each.chance), Strong(whole(each.if_seen)), whole(each.if_not_seen),
                     whole(each.soon_if_seen), f"{each.bits:.3f}") for each in indicators)
    return Table("What would change the forecast, by expected information; seen for certain unless “as reported”",
                 ("Indicator", "Id", "By", "Chance", "If seen", "If not", "13 weeks, if seen", "Bits"), rows,
                 frozenset({3, 4, 5, 6, 7}))


def break_even_page(document: BreakEvenDocument) -> Page:
    """The ratio of an item that would take a forecast to a target."""
    now = (f"By {day(document.by)} the forecast is {chance(document.probability)}, with the item's lift of "
           f"{ratio(document.stated)}.")
    target = chance(document.target)
    found = (f"No lift between 1/1000 and 1000 takes it to {target}." if document.ratio is None else
             f"A lift of {ratio(document.ratio)} would take it to {target}.")
    return Page(quoted(document.title), "", (Section("ratio", "", (Paragraph((f"{now} {found}",)),)),))
