"""What a report says, whatever its form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from forecast.report.pages.story import page, prior_by
from hypothesis import given
from hypothesis import strategies as st

from forecast.core import text as wording
from forecast.engine.exact import Exact
from forecast.report.charts.drawing import charts
from forecast.report.page import Block, Bullets, Figure, Listing, Notice, Page, Paragraph, Section, Table
from forecast.report.words import chance, day, event_of, tenth
from tests.report.documents import Document, bare_document, case_of, engines, hostile_document, plain_document


def blocks(content: Page) -> Iterator[Block]:
    for section in content.sections:
        yield from section.blocks


def lines(block: Block) -> Iterator[str]:
    """The texts of a block, line by line."""
    match block:
        case Paragraph(runs) | Notice(_, runs):
            yield "".join(run if isinstance(run, str) else run.text for run in runs)
        case Bullets(items):
            yield from ("".join(run if isinstance(run, str) else run.text for run in item) for item in items)
        case Table():
            for row in block.rows:
                for line in (*(line for cell in row.cells for line in cell), *row.more):
                    yield "".join(run if isinstance(run, str) else run.text for run in line)
        case Figure(_, alt, caption):
            yield from (alt, caption)
        case Listing(told):
            yield from told


def section(content: Page, name: str) -> Section:
    return next(part for part in content.sections if part.id == name)


def text_of(part: Section) -> str:
    return "\n".join(line for block in part.blocks for line in lines(block))


def table(content: Page, caption: str) -> Table:
    return next(block for block in blocks(content) if isinstance(block, Table) and block.caption.startswith(caption))


def column(rows: Table, place: int) -> list[str]:
    return ["".join(run if isinstance(run, str) else run.text for line in row.cells[place] for run in line)
            for row in rows.rows]


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("%", "") or 0)


def test_the_bottom_line_names_term_probability_band_key_dates_and_median() -> None:
    document = plain_document()
    said = next(lines(section(page(document), "bottom-line").blocks[0]))
    later = [date for date in document["by"] if date > document["as_of"]]
    for told in (wording.term(event_of(document)), chance(event_of(document)), day(document["question"]["horizon"]),
                 day(document["timing"]["0.5"]), *map(day, later), *(chance(document["by"][date]) for date in later)):
        assert told in said
    assert 2 <= len(re.findall(r"\.(?: |$)", said)) <= 3


@pytest.mark.parametrize("make", [plain_document, bare_document, hostile_document])
def test_probability_and_confidence_never_stand_in_one_sentence(make: Callable[[], Document]) -> None:
    for block in blocks(page(make())):
        for line in lines(block):
            for sentence in re.split(r"(?<=[.:;]) ", line):
                if "confidence" in sentence:
                    assert "%" not in sentence
                    assert not any(term in sentence for _, term in wording.TERMS)


def test_the_confidence_says_what_it_leaves_out() -> None:
    said = text_of(section(page(plain_document()), "bottom-line"))
    assert "like cases" in said
    assert "leaves out model error" in said
    assert "dependence" in said


def test_a_forecast_without_unknowns_is_worth_any_number_of_cases() -> None:
    document = plain_document() | {"worth": None}
    assert "any number of like cases" in text_of(section(page(document), "bottom-line"))


def _rounded(values: list[float]) -> list[float]:
    return [round(value, 2) + 0.0 for value in values]


@pytest.mark.parametrize(("caption", "steps"), [
    ("The change since", lambda document: document["change"]["steps"]),
    ("The ledger", lambda document: document["ledger"][1:])])
def test_each_step_is_rounded_by_itself(caption: str, steps: Callable[[Document], list[Document]]) -> None:
    document = plain_document()
    shown = [number(text) for text in column(table(page(document), caption), 1)]
    assert shown[1:-1] == _rounded([step["decibans"] for step in steps(document)])
    assert shown[-1] == round(document["decibans"] - steps(document)[0]["total"] + steps(document)[0]["decibans"], 2)


def test_each_shapley_value_is_rounded_by_itself() -> None:
    document = plain_document()
    shapley = document["shapley"]
    shown = [number(text) for text in column(table(page(document), "Items"), 7)]
    heaviest = sorted(shapley, key=lambda name: (-abs(shapley[name]), name))
    assert shown[:-1] == _rounded([shapley[name] for name in heaviest])
    assert shown[-1] == round(document["decibans"] - document["ledger"][1]["total"], 2)


@given(st.floats(0.006, 0.995, exclude_max=True))
def test_a_probability_is_never_shown_as_one_of_another_term(p: float) -> None:
    shown = chance(p)
    stated = float(shown.removeprefix("just under ").removesuffix("%")) / 100
    assert wording.term(round(stated, 6) - 1e-9 * shown.startswith("just")) == wording.term(p)


@pytest.mark.parametrize("make", [plain_document, bare_document, hostile_document])
def test_every_figure_has_its_chart_and_every_chart_its_figure(make: Callable[[], Document]) -> None:
    document = make()
    named = [block.name for block in blocks(page(document)) if isinstance(block, Figure)]
    assert len(named) == len(set(named))
    assert set(named) == set(charts(document))


def test_every_row_has_a_cell_for_every_column() -> None:
    for block in blocks(page(plain_document())):
        if isinstance(block, Table):
            assert {len(row.cells) for row in block.rows} == {len(block.columns)}
            assert all(place < len(block.columns) for place in block.numeric)


def test_every_item_is_told_with_source_grade_ratios_echo_reach_and_age() -> None:
    document = plain_document()
    items = table(page(document), "Items")
    assert len(items.rows) == len(document["evidence"]) + 1
    for item in document["evidence"]:
        row = next(row for row in items.rows if any(item["id"] == getattr(run, "text", "") for line in row.more
                                                    for run in line))
        told = "\n".join(lines(Table("", (), (row,))))
        source = next(source for source in document["reliability"] if source["id"] == item["source"])
        for fact in (item["title"], source["name"], f", {item['grade']}", wording.ratio(item["stated"]["strike"][1]),
                     wording.ratio(item["effective"]["strike"]), wording.percent(item["echo"]),
                     wording.percent(item["reach"]), f"{item['age_days']} d", item["rationale"].strip()):
            assert fact in told


def test_a_confirmed_report_has_no_notice_at_its_head() -> None:
    assert page(plain_document()).notices == ()


@pytest.mark.parametrize("compared", [None, {"nuts": False}, {"agrees": False}])
def test_an_unconfirmed_report_says_so_at_its_head(compared: dict[str, bool] | None) -> None:
    told = None if compared is None else engines(Exact(case_of()), **compared)
    notices = page(plain_document() | {"engines": told}).notices
    assert [notice.title for notice in notices] == ["Unconfirmed"]
    assert next(lines(notices[0]))


def test_engines_that_differ_are_named_where_they_differ() -> None:
    document = plain_document() | {"engines": engines(Exact(case_of()), agrees=False)}
    said = next(lines(page(document).notices[0]))
    assert "Go-slow" in said
    assert document["question"]["key_dates"][1] in said


def test_what_was_entered_later_is_marked_as_hindsight_in_both_places() -> None:
    document = plain_document()
    assert [late["id"] for late in document["hindsight"]] == ["no-fund"]
    content = page(document)
    marked = [row for row in table(content, "Items").rows
              if any(getattr(run, "text", "") == "hindsight" for cell in row.cells for line in cell for run in line)]
    assert len(marked) == 1
    assert column(table(content, "Entered after"), 0) == ["No strike fund"]


def test_a_first_report_says_that_there_is_none_to_compare_with() -> None:
    assert "first report" in text_of(section(page(bare_document()), "what-changed"))


def test_the_change_names_its_direction_and_its_main_cause() -> None:
    document = plain_document()
    said = text_of(section(page(document), "what-changed"))
    moved = event_of(document) - document["change"]["probability"]
    assert ("risen" if moved > 0 else "fallen") in said
    assert tenth(document["change"]["probability"]) in said
    largest = max(document["change"]["steps"], key=lambda step: abs(step["decibans"]))
    assert largest["label"] in said or largest["kind"] == "time"


def test_the_prior_by_the_horizon_is_the_prior() -> None:
    document = plain_document()
    assert prior_by(document, document["question"]["horizon"]) == pytest.approx(document["prior"]["strike"])
    assert prior_by(document, document["as_of"]) == 0


def test_a_resolved_question_says_how_it_ended() -> None:
    document = plain_document()
    document["question"]["resolved"] = {"outcome": "slow", "date": "2031-12-05"}
    assert "Go-slow”, 5 December 2031" in text_of(section(page(document), "provenance"))


def test_provenance_lists_every_input_with_its_hash() -> None:
    document = plain_document()
    files = table(page(document), "Inputs")
    assert column(files, 0) == sorted(document["provenance"]["inputs"])
    assert column(files, 1) == [entry["sha256"] for _, entry in sorted(document["provenance"]["inputs"].items())]
