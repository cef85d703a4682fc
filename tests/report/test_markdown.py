"""The report as Markdown: readable, complete, and without anything that an analyst could have slipped in."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from forecast.report.pages.story import page
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from forecast.report.markdown import escape, render_markdown
from forecast.report.page import Figure
from forecast.report.words import quoted
from tests.report.documents import HOSTILE, hostile_document, plain_document
from tests.report.test_story import blocks, lines

PARSER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def tokens(text: str) -> list[Token]:
    flat = []
    for token in PARSER.parse(text):
        flat += [token, *(token.children or [])]
    return flat


def shown(text: str) -> str:
    """What a reader sees of a Markdown text, without any markup."""
    return "".join(token.content if token.type in ("text", "code_inline", "code_block") else " "
                   for token in tokens(text) if token.type != "inline")


@given(st.text(max_size=60) | st.text("`*_[]<>|#!~&$@{}\\-+=.1) :/wht\n", max_size=40))
def test_an_escaped_text_is_shown_as_it_is(text: str) -> None:
    assert {token.type for token in tokens(escape(text))} <= {"paragraph_open", "inline", "text", "paragraph_close",
                                                             "text_special"}
    assert " ".join(PARSER.render(escape(text)).split()) == (f"<p>{escaped(text)}</p>" if quoted(text) else "")


def escaped(text: str) -> str:
    return quoted(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


@pytest.mark.parametrize("address", ["https://evil.example", "www.evil.example", "me@evil.example"])
def test_no_bare_address_becomes_a_link_on_a_wiki(address: str) -> None:
    assert address not in escape(f"see {address} now")


def test_a_hostile_report_has_no_markup_of_its_authors() -> None:
    parsed = tokens(render_markdown(hostile_document()))
    assert not {"html_inline", "html_block"} & {token.type for token in parsed}
    targets = {str(token.attrs.get("href", token.attrs.get("src"))) for token in parsed
               if token.type in ("link_open", "image")}
    allowed = r"charts/[a-z0-9-]+\.svg|https://news\.example/vote\?a=1&b=2"
    assert all(re.fullmatch(allowed, target) for target in targets)
    assert "\u202e" not in render_markdown(hostile_document())


def test_a_hostile_text_is_readable() -> None:
    told = " ".join(shown(render_markdown(hostile_document())).split())
    assert quoted(HOSTILE) in told


def test_the_sections_are_the_same_and_headings_are_ordered() -> None:
    document = plain_document()
    levels = [int(token.tag[1]) for token in tokens(render_markdown(document)) if token.type == "heading_open"]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert levels.count(2) == len(page(document).sections)


def test_every_text_of_the_report_is_in_it() -> None:
    document = plain_document()
    told = re.sub(r"\s+", "", shown(render_markdown(document)))
    for block in blocks(page(document)):
        if not isinstance(block, Figure):
            for line in lines(block):
                assert re.sub(r"\s+", "", line) in told


def test_every_chart_is_linked_beside_it() -> None:
    document = plain_document()
    text = render_markdown(document)
    for block in blocks(page(document)):
        if isinstance(block, Figure):
            assert f"](charts/{block.name}.svg)" in text


def test_tables_stay_tables_whatever_their_cells_say() -> None:
    plain, hostile = ([token.type for token in tokens(render_markdown(make())) if token.type in ("tr_open", "td_open")]
                      for make in (plain_document, hostile_document))
    assert plain == hostile
