"""Nothing is lost: what a document says is on its page or folded in it, in Markdown too, and no page is too long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.report.charts import backtests, drawing
from forecast.report.charts.style import NARROW, WIDE
from forecast.report.document import CopyRow
from forecast.report.folder import render_index, write_report
from forecast.report.html import render_page
from forecast.report.markdown import appendix_markdown, page_markdown
from forecast.report.page import Block, Figure, Fold, Page, Table
from forecast.report.pages import comparison, front, sensitivity
from forecast.report.pages.evaluation.backtest import backtest_page
from forecast.report.words import paragraphs
from tests.project.report.documents import (
    bare_document,
    comparison_of,
    earlier_document,
    hostile_document,
    plain_document,
    sensitivity_of,
)
from tests.project.report.generated import CHINESE, LONG, TEXTS, URL, WRITTEN, retitled, sized
from tests.project.report.reading import Parsed, blocks, lines, shown, squeezed, tokens
from tests.project.report.rendered import KINDS, backtest_of, rendered, rendered_report, report_page

WORDS, BYTES = 1500, 1_200_000
"""The most that report.md and report.html hold."""


def pages() -> dict[str, tuple[Page, set[str]]]:
    """A page of every kind with the names of its charts."""
    first, second = earlier_document(), plain_document()
    compared, studied, tested = comparison_of(), sensitivity_of(), backtest_of()
    return {
        "report": (front.page(second, [first]), set(drawing.charts(second, [first]))),
        "bare": (front.page(bare_document()), set(drawing.charts(bare_document()))),
        "hostile": (front.page(hostile_document()), set(drawing.charts(hostile_document()))),
        "comparison": (comparison.page(compared), set(comparison.charts(compared, WIDE))),
        "sensitivity": (sensitivity.page(studied), set(sensitivity.charts(studied, WIDE))),
        "backtest": (backtest_page(tested), set(backtests.charts(tested, WIDE)))}


# --- the tree ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["report", "bare", "hostile", "comparison", "sensitivity", "backtest"])
def test_every_chart_has_its_figure(kind: str) -> None:
    content, charts = pages()[kind]
    named = [block.name for block in blocks(content) if isinstance(block, Figure)]
    assert len(named) == len(set(named))
    assert charts <= set(named)


@pytest.mark.parametrize("kind", ["report", "comparison", "sensitivity", "backtest"])
def test_every_figure_of_a_full_page_has_its_chart(kind: str) -> None:
    content, charts = pages()[kind]
    assert {block.name for block in blocks(content) if isinstance(block, Figure)} == charts


@pytest.mark.parametrize("kind", ["report", "bare", "comparison", "sensitivity", "backtest"])
def test_every_row_has_a_cell_for_every_column(kind: str) -> None:
    for block in blocks(pages()[kind][0]):
        if isinstance(block, Table):
            assert {len(row.cells) for row in block.rows} <= {len(block.columns)}
            assert all(place < len(block.columns) for place in block.numeric)


# --- the texts of analysts --------------------------------------------------------------------------------------------


def written(value: Any) -> Iterator[str]:
    """Every text of a document that an analyst wrote, by paragraphs."""
    if isinstance(value, dict):
        for key, entry in value.items():
            if key in WRITTEN and isinstance(entry, str):
                yield from (part.removeprefix("- ") for part in paragraphs(entry, lists=key == "resolution"))
            elif key == "names":
                yield from entry.values()
            else:
                yield from written(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from written(entry)


def test_every_text_of_the_document_is_on_the_page_or_folded_in_it() -> None:
    told = Parsed(rendered("report")).shown
    fields = plain_document().model_dump(exclude={"sensitivity", "crossings", "change", "crowd"})
    fields["ledger"] = fields["ledger"][2:]  # the opening and the silence have names of the page's own
    fields["engines"]["agreement"] = []  # named by ids
    assert len(set(written(fields))) > 20
    for text in written(fields):
        assert squeezed(text) in told, text


@settings(max_examples=20)
@given(items=st.integers(0, 12), alternatives=st.integers(1, 6), text=TEXTS)
def test_a_page_of_any_size_and_wording_says_every_text_in_its_tree(items: int, alternatives: int, text: str) -> None:
    document = retitled(sized(plain_document(), items, alternatives), text)
    content = front.page(document, [earlier_document()])
    told = squeezed("\n".join(line for block in blocks(content) for line in lines(block)) + content.title)
    for each in written(document.model_dump(exclude={"sensitivity", "crossings"})):
        assert squeezed(each) in told


# --- HTML and Markdown ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_of_a_page_is_in_its_html(kind: str) -> None:
    told = Parsed(rendered(kind)).shown
    content = report_page() if kind == "report" else pages()[kind][0] if kind != "index" else None
    for block in blocks(content) if content else ():
        for line in lines(block):
            assert squeezed(line) in told, line


def within(parts: Iterator[Block] | tuple[Block, ...]) -> Iterator[Block]:
    """Blocks that Markdown tells: all but what a page folds away in the middle."""
    for part in parts:
        if not isinstance(part, Fold):
            yield part


def unfolded(content: Page) -> Page:
    """A page without what it folds away."""
    sections = tuple(type(part)(part.id, part.title, tuple(within(part.blocks))) for part in content.sections)
    return Page(content.title, content.subtitle, sections, content.notices, content.head)


def test_the_markdown_says_what_the_page_says() -> None:
    told = squeezed(shown(page_markdown(report_page())))
    for block in blocks(unfolded(report_page())):
        for line in lines(block):
            assert squeezed(line) in told, line


def test_the_appendix_is_in_a_file_of_its_own() -> None:
    content = report_page()
    told = squeezed(shown(appendix_markdown(content)))
    for block in blocks(Page("", "", content.appendix)):
        for line in lines(block):
            assert squeezed(line) in told, line


@pytest.mark.parametrize("write", [page_markdown, appendix_markdown])
def test_headings_of_the_markdown_are_ordered(write: Any) -> None:
    levels = [int(token.tag[1]) for token in tokens(write(report_page())) if token.type == "heading_open"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_a_report_folder_holds_page_texts_and_pictures(tmp_path: Path) -> None:
    write_report(tmp_path, bare_document())
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "report.md", "report-full.md", "charts"}
    texts = [(tmp_path / name).read_text(encoding="utf-8") for name in ("report.md", "report-full.md")]
    linked = set(re.findall(r"\]\((charts/[^)]+)\)", "\n".join(texts)))
    there = {f"charts/{path.name}" for path in (tmp_path / "charts").glob("*.svg")}
    assert linked <= there
    assert there - linked <= {"charts/weekly.svg"}  # what a page folds away is named there alone


def test_the_list_links_every_report_the_newest_first() -> None:
    links = [link["href"] for link in Parsed(rendered("index")).all("a") if link["href"].endswith("report.html")]
    assert links == [f"{each.as_of}/report.html" for each in (plain_document(), earlier_document())]
    assert "no reports yet" in render_index([])


# --- how much it is ---------------------------------------------------------------------------------------------------


def words(text: str) -> int:
    return len(text.split())


def test_a_short_report_stays_short_whatever_is_in_it() -> None:
    for text in (None, LONG, CHINESE):
        for items, alternatives in ((0, 1), (12, 2), (200, 6)):
            document = sized(plain_document(), items, alternatives, URL)
            document = document if text is None else retitled(document, text)
            assert words(page_markdown(front.page(document, [earlier_document()]))) <= WORDS


def test_the_largest_report_stays_small() -> None:
    document = retitled(sized(plain_document(), 200, 6, URL), LONG)
    assert len(rendered_report(document, (earlier_document(),)).encode()) <= BYTES


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_stays_small(kind: str) -> None:
    assert len(rendered(kind, attacked=True).encode()) <= BYTES


def test_charts_are_drawn_for_phones_too() -> None:
    assert set(drawing.charts(plain_document(), (), NARROW)) == set(drawing.charts(plain_document(), (), WIDE))


def test_a_report_links_the_page_and_its_copy() -> None:
    document = plain_document()
    names = [item.id for item in document.evidence if item.url]
    kept = {name: CopyRow(date=date(2031, 5, 1), path=f"archive/{name}.txt", sha256="0" * 64) for name in names}
    content = front.page(document.model_copy(update={"copies": kept}))
    html, text = render_page(content), appendix_markdown(content)
    assert names
    for name in names:
        assert f'href="../../archive/{name}.txt"' in html
        assert f"[copy of 1 May 2031](<../../archive/{name}.txt>)" in text
    assert "archive/" not in render_page(front.page(document))
