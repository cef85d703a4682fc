"""What every input does to a forecast, as a page in the style of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from forecast.core import text
from forecast.core.text import chance, percent, tenth
from forecast.report.charts.levels import tornado
from forecast.report.charts.scenarios import two_way
from forecast.report.charts.spec import Spec, present
from forecast.report.contents.what_if import SensitivityDocument
from forecast.report.document import ShiftRow, SwingRow
from forecast.report.html import render_page
from forecast.report.page import Block, Figure, Heading, Page, Paragraph, Section, Table, row
from forecast.report.pages.findings import until
from forecast.report.pages.head import of_question
from forecast.report.words import capital, quoted

LISTED = 15
"""Inputs that a terminal lists."""

TOGETHER = 10
"""Shifts listed of the smallest joint change."""


def render_sensitivity(document: SensitivityDocument) -> str:
    """Write a study of sensitivity as one self-contained page."""
    notices = tuple(of_question(document.question, document.as_of))
    return render_page(replace(page(document), notices=notices), partial(charts, document))


def charts(document: SensitivityDocument, width: int) -> dict[str, Spec]:
    """Draw the charts of a study."""
    drawn = {"tornado": tornado(document.sensitivity, document.event, width)}
    for place, each in enumerate(document.maps, start=1):
        drawn[f"map-{place}"] = two_way(each, document.words.term, width)
    return present(drawn)


def page(document: SensitivityDocument) -> Page:
    """Everything a study says, in its order."""
    sections = [Section("holds", "Does the wording hold?", tuple(_holds(document))),
                Section("wrong", "How wrong would we have to be?", tuple(_crossings(document)))]
    if document.maps:
        sections.append(Section("two", "Two inputs at once", tuple(_maps(document))))
    return Page(quoted(document.question.title), f"Sensitivity. {until(document, document.question)}", tuple(sections))


def _holds(document: SensitivityDocument) -> list[Block]:
    swings, leaving = document.sensitivity, document.leaving
    term = document.words.term
    said = f"“{capital(term)}” means {text.reach(*document.range)}. {_kept(len(swings), len(swings) - len(leaving))}"
    blocks: list[Block] = [Paragraph((said,), lead=True)]
    if leaving:
        blocks.append(_table("Inputs that alone change the wording", leaving, folded=False))
    if swings:
        blocks += [Figure("tornado", "How far each input moves the forecast; the table below has all inputs."),
                   _table("All inputs at their lows and highs", swings, folded=True)]
    return blocks


def _kept(inputs: int, leave: int) -> str:
    """How many inputs leave the wording as it is."""
    if inputs == 0:
        return "No input has a stated range."
    moved = "was moved alone to its low and to its high, and"
    if inputs == 1:
        return f"The one input {moved} {'leaves' if leave else 'does not leave'} the wording as it is."
    leaves = "leaves" if leave == 1 else "leave"
    return f"Each of {inputs} inputs {moved} {leave} of them {leaves} the wording as it is."


def _table(caption: str, swings: Sequence[SwingRow], *, folded: bool) -> Table:
    def at(probability: float) -> tuple[tuple[str], ...]:
        return ((chance(probability, 1),), (text.term(probability),))

    rows = tuple(row(quoted(swing.label), f"{swing.low} to {swing.high}{'' if swing.by_file else ' (by convention)'}",
                     *map(at, swing.probability), f"{abs(swing.decibans[1] - swing.decibans[0]):.2f}")
                 for swing in swings)
    return Table(caption, ("Input", "Low to high", "At low", "At high", "Low to high, dB"), rows,
                 range(2, 5), folded=folded, most=LISTED)


def _crossings(document: SensitivityDocument) -> list[Block]:
    blocks: list[Block] = [Paragraph((
        "How far one judgement, or all of them together, must change to change our wording. A change is measured on "
        "the way from the stated value to its low or high; all together, in standard deviations, of which low and high "
        "are 1.64 away, as if the inputs were independent.",))]
    for crossing in document.crossings:
        blocks.append(Heading(f"To “{crossing.term}”: {percent(crossing.target)}"))
        if crossing.alone:
            blocks.append(_shifts("Each of these does it alone", crossing.alone))
        else:
            blocks.append(Paragraph(("No input does it alone between its low and its high.",)))
        if crossing.distance is None:
            blocks.append(Paragraph(("No joint change within six standard deviations was found that does it.",)))
        else:
            together = crossing.together
            of = f"; the {TOGETHER} largest shifts of {len(together)}" if len(together) > TOGETHER else ""
            blocks.append(_shifts(f"All together: {crossing.distance:.2f} standard deviations are enough{of}",
                                  together[:TOGETHER]))
    return blocks


def _shifts(caption: str, shifts: Sequence[ShiftRow]) -> Table:
    rows = tuple(row(quoted(shift.label), shift.kind, shift.stated, shift.value,
                     f"{percent(abs(shift.place))} to its {'high' if shift.place > 0 else 'low'}") for shift in shifts)
    return Table(caption, ("Input", "Kind", "Stated", "Instead", "Of the way"), rows, range(2, 5))


def _maps(document: SensitivityDocument) -> list[Block]:
    blocks: list[Block] = [Paragraph(("The widest inputs, two by two.",))]
    for place, each in enumerate(document.maps, start=1):
        across, down = quoted(each.across), quoted(each.down)
        rows = tuple(row(name, *map(tenth, line)) for name, line in zip(each.rows, each.probability, strict=True))
        blocks += [Figure(f"map-{place}", f"The forecast by {down} and {across}; the table below has the numbers."),
                   Table(f"{down} (down) and {across} (across)", ("", *each.columns), rows,
                         range(1, 1 + len(each.columns)), folded=True, paper=False)]
    return blocks
