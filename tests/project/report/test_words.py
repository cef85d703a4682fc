"""Texts of analysts, made inert, and their lines on a chart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.core.pages import host_of, web_address
from forecast.core.text import number, proportion, signed, span
from forecast.report.charts.rows import rows
from forecast.report.charts.style import width_of, wrap
from forecast.report.words import paragraphs, quoted


@given(st.text())
def test_a_quoted_text_is_one_printable_line(text: str) -> None:
    assert quoted(text).isprintable()
    assert quoted(quoted(text)) == quoted(text)


def test_a_direction_mark_is_replaced() -> None:
    assert quoted("a\u202eb\x1bc") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


@pytest.mark.parametrize("url", ["https://news.example/a?b=1&c=(2)", "http://news.example"])
def test_a_web_address_may_become_a_link(url: str) -> None:
    assert web_address(url) == url


@pytest.mark.parametrize("url", [
    None, "", "javascript:alert(1)", "data:text/html,x", "ftp://news.example", "https://", "https:///x",
    "//news.example", "https://news.example/<script>", 'https://news.example/"onclick=', "https://news.example/a b", "https://[::1",
    "https://news.example/\u202e", "https://news.example/\n", "JAVASCRIPT:https://news.example", " https://news.example"])
def test_anything_else_may_not(url: str | None) -> None:
    assert web_address(url) is None


def test_a_link_is_named_by_its_host() -> None:
    assert host_of("https://www.news.example:8080/a") == "news.example"


def test_paragraphs_are_parted_by_blank_lines_and_lists_by_their_dashes() -> None:
    text = "One\ntwo.\n\nThese:\n- a;\n  more;\n- b."
    assert paragraphs(text) == ["One two.", "These: - a; more; - b."]
    assert paragraphs(text, lists=True) == ["One two.", "These:", "- a; more;", "- b."]
    assert paragraphs(None) == []


@pytest.mark.parametrize(("first", "last", "told"), [
    ("2031-03-01", "2031-03-07", "1–7 Mar 2031"), ("2031-03-29", "2031-04-04", "29 Mar – 4 Apr 2031"),
    ("2031-12-29", "2032-01-04", "29 Dec 2031 – 4 Jan 2032"), ("2031-03-01", "2031-03-01", "1 Mar 2031")])
def test_a_span_repeats_nothing(first: str, last: str, told: str) -> None:
    assert span(first, last) == told


@pytest.mark.parametrize(("value", "told"), [
    (0.0000457, "0.0000457"), (0.487, "0.487"), (1.25, "1.25"), (22.6, "22.6"), (999.6, "1,000"), (4567, "4,570"),
    (1_520_000, "1,520,000")])
def test_a_number_has_three_digits_and_no_exponent(value: float, told: str) -> None:
    assert number(value) == told


@given(st.floats(0, 1))
def test_a_share_is_written_as_what_it_is(value: float) -> None:
    told = float(proportion(value).removesuffix("%")) / 100
    assert told == pytest.approx(value, abs=0.06 * min(value, 1 - value) + 1e-15)
    if min(value, 1 - value) >= 0.17:
        assert proportion(value) == f"{value:.0%}"


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert [signed(value) for value in (-0.001, 0.0, 0.004, -0.006)] == ["0.00", "0.00", "0.00", "−0.01"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.floats(5, 60))
def test_wrapping_loses_no_letter_and_keeps_to_the_width(text: str, limit: float) -> None:
    lines = wrap(text, limit)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width_of(line) <= limit for line in lines)


@given(st.lists(st.tuples(st.text(max_size=200), st.text(max_size=80)), min_size=1, max_size=8),
       st.sampled_from([328, 720]))
def test_labelled_rows_do_not_overlap(labels: list[tuple[str, str]], width: int) -> None:
    layout = rows(labels, width)
    assert list(layout.top[1:]) == list(layout.bottom[:-1])
    assert all(top < y < bottom for top, y, bottom in zip(layout.top, layout.centre, layout.bottom, strict=True))
    heights = [line["y"] for line in layout.lines]
    assert heights == sorted(set(heights))
    assert layout.left < layout.right
