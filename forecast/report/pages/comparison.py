"""Scenarios beside the base case as a page: names, not ids, by size of difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from forecast.core.text import band, chance, counted, day, db, short, shortened, tenth, whole
from forecast.report.charts.scenarios import curves, differences
from forecast.report.charts.spec import Spec, present
from forecast.report.contents.what_if import BaseRow, ComparisonDocument, ScenarioRow, UnknownRow
from forecast.report.document import StepRow
from forecast.report.html import render_page
from forecast.report.page import (
    Block,
    Bullets,
    Figure,
    Heading,
    Line,
    Page,
    Paragraph,
    Row,
    Section,
    Strong,
    Table,
    row,
)
from forecast.report.pages.findings import until
from forecast.report.pages.head import of_question, outcomes
from forecast.report.words import change_label, dates_ahead, moves_it, paragraphs, points, quoted

MOST_STEPS, MOST_WEIGHTS, MOST_DATES = 8, 5, 4
"""Steps and items listed of each scenario, and key dates in the table."""

MOST_UNKNOWN = 2
"""Items named that a scenario changes and its own date cannot know."""

FELT = 0.5
"""Decibans from which on a change of an item's weight is worth a word."""


def render_comparison(document: ComparisonDocument) -> str:
    """Write a comparison as one self-contained page."""
    notices = tuple(of_question(document.question, document.base.as_of))
    return render_page(replace(page(document), notices=notices), partial(charts, document))


def charts(document: ComparisonDocument, width: int) -> dict[str, Spec]:
    """Draw the charts of a comparison."""
    scenarios = [(each.title, each) for each in document.scenarios]
    drawn = {"curves": curves(document.question, document.base, scenarios, width, keyed=True),
             "differences": differences(document, width)}
    return present(drawn)


def page(document: ComparisonDocument) -> Page:
    """Everything a comparison says, in its order."""
    ordered = sorted(document.scenarios, key=lambda each: (-abs(round(each.difference.points, 9)), each.name))
    base = document.base
    sections = [
        Section("side-by-side", "Side by side", (
            Figure("differences", "Difference of each scenario from the base case, in points: "
                   f"{'; '.join(map(_moved, ordered))}."), _table(document, ordered))),
        Section("when", "When", (Figure("curves", "Chance that it has happened by each date, of the base case and of "
                                        "each scenario; the table above has the numbers."),)),
        Section("what", "What makes the difference", tuple(_what(ordered, base, document.matrix.unknown)))]
    if document.interactions:
        sections.append(Section("together", "Two at once", (_interactions(document),)))
    if document.matrix.dates:
        # What a date cannot know, a scenario does not change there.
        first = min(document.matrix.dates)
        unknown = [Paragraph((f"“{quoted(each.title)}”, which “{quoted(each.scenario)}” changes, is public from "
                              f"{day(each.date)}; the dates before do not know it.",))
                   for each in document.matrix.unknown if each.date > first]
        sections.append(Section("through-time", "Through time", (_matrix(document), *unknown)))
    return Page(quoted(document.question.title), f"Scenarios. {until(base, document.question)}", tuple(sections),
                head=(Paragraph(_verdict(base, ordered), lead=True), outcomes(base.hypotheses, document.question)))


def _verdict(base: BaseRow, ordered: Sequence[ScenarioRow]) -> Line:
    """The base case and how far the scenarios take it, in a sentence."""
    if not ordered:
        return (Strong(f"The base case says {chance(base.event)}. "), "There is nothing to compare it with.")
    most = ordered[0]
    ends = [each.event for each in ordered]
    moved = moves_it(most.difference.points)
    if len(ordered) == 1:
        return (Strong(f"The base case says {chance(base.event)}, “{quoted(most.title)}” {whole(ends[0])}. "),
                f"That is {points(most.difference.points, 1)} points." if moved else "That is the same.")
    said = f"The base case says {chance(base.event)}, the scenarios {whole(min(ends))} to {whole(max(ends))}. "
    if not moved:
        return (Strong(said), "None of them makes a difference.")
    return (Strong(said),
            f"“{quoted(most.title)}” makes the largest difference: {points(most.difference.points, 1)} points.")


def _table(document: ComparisonDocument, ordered: Sequence[ScenarioRow]) -> Table:
    base = document.base
    coming = dates_ahead(base, document.question)
    ahead, left = coming[:MOST_DATES], len(coming[MOST_DATES:])

    def cells(label: str, each: BaseRow, moved: str, by: Mapping[date, float]) -> Row:
        # A scenario may be of a later date, or have a horizon before some of the key dates.
        said = (tenth(by[when]) if when in by and each.as_of < when else "–" for when in ahead)
        return row(label, Strong(tenth(each.event)), moved, band(each.band), tenth(each.next.probability),
                   tenth(each.preparing.now), *said)

    rows = [cells("Base case", base, "", base.by)]
    rows += [cells(quoted(each.title), each, points(each.difference.points, 1), _by(each, base)) for each in ordered]
    columns = ("Scenario", "By the horizon", "Points", "90% range", "Within 13 weeks", "Being prepared",
               *(f"By {short(when)}" for when in ahead))
    more = f" ({left} more of the key dates {'is' if left == 1 else 'are'} not shown)" if left else ""
    return Table(f"The base case and the scenarios, by size of difference{more}", columns, tuple(rows),
                 range(1, len(columns)))


def _by(scenario: ScenarioRow, base: BaseRow) -> dict[date, float]:
    """P(event by each key date) in a scenario: its own, and those of the base case that lie within its question."""
    moved = {when: base.by[when] + value for when, value in scenario.difference.by.items() if value is not None}
    return moved | scenario.by


def _moved(each: ScenarioRow) -> str:
    return f"{quoted(each.title)} {points(each.difference.points, 1)}"


def _what(ordered: Sequence[ScenarioRow], base: BaseRow, unknown: Sequence[UnknownRow]) -> list[Block]:
    blocks: list[Block] = []
    for each in ordered:
        blocks.append(Heading(quoted(each.title)))
        blocks += [Paragraph((text,)) for text in paragraphs(each.story)]
        moved = sorted((step for step in each.steps if abs(step.decibans) >= 0.005),
                       key=lambda step: -abs(step.decibans))
        told = tuple((f"{_label(step, each, base)}: {points(step.points or 0.0, 1)} points",)
                     for step in moved[:MOST_STEPS])
        blocks.append(Bullets(told) if told else Paragraph(("It makes no difference to the forecast.",)))
        if len(moved) > MOST_STEPS:
            rest = sum(step.points or 0.0 for step in moved[MOST_STEPS:])
            smaller = counted(len(moved) - MOST_STEPS, "smaller step")
            blocks.append(Paragraph((f"{smaller}: {points(rest, 1)} points.",)))
        blocks += _unknown(each, [item for item in unknown if item.scenario == each.title and item.date > each.as_of])
        blocks += _weights(each, {step.id for step in moved})
    return blocks


def _unknown(scenario: ScenarioRow, items: Sequence[UnknownRow]) -> list[Block]:
    """What a scenario changes and its own date cannot know: it does nothing there, or is taken away."""
    if not items:
        return []
    if len(items) == 1:
        return [Paragraph((f"“{quoted(items[0].title)}”, which it changes, is public from {day(items[0].date)}; the "
                           f"forecast as of {day(scenario.as_of)} does not know it.",))]
    told = [f"“{quoted(item.title)}” ({short(item.date)})" for item in sorted(items, key=lambda item: item.date)]
    return [Paragraph((f"{len(items)} items that it changes are not public yet as of "
                       f"{day(scenario.as_of)}: {shortened(told, MOST_UNKNOWN)}.",))]


def _label(step: StepRow, scenario: ScenarioRow, base: BaseRow) -> str:
    """What a step is; a scenario may be of an earlier date than the base case as well as of a later one."""
    if step.kind == "time":
        return f"As of {short(scenario.as_of)} instead of {short(base.as_of)}"
    return change_label(step)


def _weights(scenario: ScenarioRow, told: set[str]) -> list[Block]:
    """Items that the scenario leaves as they are, and that weigh more or less in it."""
    moved = [each for each in scenario.weights if abs(each.decibans) >= FELT and each.id not in told]
    if not moved:
        return []
    parts = shortened([f"{quoted(each.title)} {db(each.decibans)}" for each in moved], MOST_WEIGHTS, "; ")
    return [Paragraph((f"Items that weigh more or less in it (leave one out, decibans): {parts}.",))]


def _interactions(document: ComparisonDocument) -> Table:
    titles = {each.name: quoted(each.title) for each in document.scenarios}
    rows = [row(titles.get(each.name, quoted(each.name)),
                *map(db, (each.first, each.second, each.interaction, each.both))) for each in document.interactions]
    return Table("Decibans of each scenario alone, of their interaction, and of both together; the first three add up "
                 "to the fourth", ("Scenarios", "First", "Second", "Interaction", "Together"), tuple(rows),
                 range(1, 5))


def _matrix(document: ComparisonDocument) -> Table:
    matrix = document.matrix
    titles = {each.name: quoted(each.title) for each in document.scenarios} | {"base": "Base case"}
    rows = [row(titles[name], *map(tenth, line)) for name, line in zip(matrix.names, matrix.probability, strict=True)]
    return Table(f"The forecast by {day(document.question.horizon)}, made at each date",
                 ("Scenario", *(short(when) for when in matrix.dates)), tuple(rows), range(1, 1 + len(matrix.dates)))
