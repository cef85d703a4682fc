"""A page loads nothing, lets nothing in, and is deaf to what hostile texts ask for; so is its Markdown."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.report.charts.drawing import specification, svg
from forecast.report.charts.style import WIDE
from forecast.report.markdown import appendix_markdown, escape, page_markdown
from forecast.report.words import quoted
from tests.project.report.documents import HOSTILE
from tests.project.report.reading import MARKDOWN, Parsed, shown, tokens
from tests.project.report.rendered import KINDS, rendered, report_charts, report_page

DRAWN = ("text", "tspan", "g", "rect", "path", "line")
"""Elements of which a picture has more, or fewer, when its labels are longer."""

ELEMENTS = {
    "html", "head", "meta", "title", "style", "script", "body", "header", "main", "section", "aside", "div", "p",
    "h1", "h2", "h3", "a", "strong", "b", "i", "span", "code", "pre", "button", "ol", "ul", "li", "details", "summary",
    "figure", "figcaption", "table", "caption", "thead", "tbody", "tr", "th", "td",
    "svg", "g", "rect", "path", "line", "text", "tspan", "defs", "clippath"}

PAGES = [(kind, attacked) for kind in KINDS for attacked in (False, True)]


@pytest.fixture(params=PAGES, ids=lambda page: f"{page[0]}{'-hostile' if page[1] else ''}")
def parsed(request: pytest.FixtureRequest) -> Parsed:
    return Parsed(rendered(*request.param))


# --- the page ---------------------------------------------------------------------------------------------------------


def policy(content: Parsed) -> dict[str, str]:
    text = next(meta["content"] for meta in content.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    return {name: value for name, _, value in (part.partition(" ") for part in text.split("; "))}


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_lets_nothing_in_but_the_page_s_own_scripts_and_style(parsed: Parsed) -> None:
    rules = policy(parsed)
    assert rules["default-src"] == "'none'"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    assert parsed.all("script") == [{}]
    assert rules["script-src"] == digest(parsed.raw["script"][0])
    assert rules["style-src"] == digest(parsed.raw["style"][0])
    assert not any(word in " ".join(rules.values()) for word in ("unsafe", "http", "*"))


def test_the_policy_stands_before_everything_that_it_governs(parsed: Parsed) -> None:
    names = [name for name, attributes in parsed.elements
             if name in ("style", "script", "body") or "http-equiv" in attributes]
    assert names[0] == "meta"


def test_nothing_is_loaded_from_elsewhere(parsed: Parsed) -> None:
    for name, attributes in parsed.elements:
        assert not {"src", "srcset", "data", "poster", "ping", "action", "xlink:href"} & set(attributes)
        if "href" in attributes:
            assert name == "a"
            assert re.match(r"#|https://news\.example/|(\.\./)?(index\.html|feed\.xml|2031-\d\d-\d\d/report\.html)$",
                            attributes["href"])
    assert set(re.findall(r"url\(([a-z]*)", parsed.raw["style"][0])) <= {"data"}
    assert "@import" not in parsed.raw["style"][0]


def test_there_is_no_element_and_no_handler_that_the_page_does_not_make_itself(parsed: Parsed) -> None:
    assert {name for name, _ in parsed.elements} <= ELEMENTS
    for _, attributes in parsed.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_page_has_the_elements_of_a_plain_one(kind: str) -> None:
    plain, hostile = (Counter(name for name, _ in Parsed(rendered(kind, attacked)).elements if name not in DRAWN)
                      for attacked in (False, True))
    assert plain == hostile


# --- its pictures -----------------------------------------------------------------------------------------------------


def walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, part in value.items():
            yield from walk(part, (*path, key))
    elif isinstance(value, list):
        for part in value:
            yield from walk(part, path)


def test_hostile_texts_are_data_and_titles_only() -> None:
    for spec in report_charts(True, WIDE).values():
        for path, value in walk(spec):
            if isinstance(value, str) and ("hacked" in value or "datum['x']" in value):
                assert "values" in path or path[0] == "title"
            assert not any("hacked" in key for key in path)


def test_expressions_and_field_names_do_not_depend_on_the_texts() -> None:
    keys = ("labelExpr", "field", "expr", "test", "calculate", "filter")

    def code(attacked: bool) -> set[Any]:
        return {value for spec in report_charts(attacked, WIDE).values() for path, value in walk(spec)
                if path and path[-1] in keys and isinstance(value, str) and "values" not in path}

    assert code(False) == code(True)


def test_a_hostile_picture_has_no_script_no_link_and_nothing_from_elsewhere() -> None:
    for spec in report_charts(True, WIDE).values():
        for element in ElementTree.fromstring(svg(specification(spec))).iter():
            assert element.tag.rpartition("}")[2] in {"svg", "g", "rect", "path", "text", "tspan", "line", "defs",
                                                      "clipPath"}
            assert not any(name.startswith("on") or name.endswith(("href", "style")) for name in element.attrib)


# --- Markdown ---------------------------------------------------------------------------------------------------------


@given(st.text(max_size=60) | st.text("`*_[]<>|#!~&$@{}\\-+=.1) :/wht\n", max_size=40))
def test_an_escaped_text_is_shown_as_it_is(text: str) -> None:
    assert {token.type for token in tokens(escape(text))} <= {"paragraph_open", "inline", "text", "paragraph_close",
                                                             "text_special"}
    assert " ".join(MARKDOWN.render(escape(text)).split()) == (f"<p>{in_html(text)}</p>" if quoted(text) else "")


def in_html(text: str) -> str:
    return quoted(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


@pytest.mark.parametrize("address", ["https://evil.example", "www.evil.example", "me@evil.example"])
def test_no_bare_address_becomes_a_link_on_a_wiki(address: str) -> None:
    assert address not in escape(f"see {address} now")


@pytest.mark.parametrize("written", [page_markdown, appendix_markdown])
def test_a_hostile_report_has_no_markup_of_its_authors(written: Any) -> None:
    text = written(report_page(attacked=True))
    parsed = tokens(text)
    assert not {"html_inline", "html_block"} & {token.type for token in parsed}
    targets = {str(token.attrs.get("href", token.attrs.get("src"))) for token in parsed
               if token.type in ("link_open", "image")}
    allowed = r"charts/[a-z0-9-]+\.svg|https://news\.example/vote\?a=1&b=2"
    assert all(re.fullmatch(allowed, target) for target in targets)
    assert "\u202e" not in text
    assert quoted(HOSTILE) in " ".join(shown(text).split())


def test_tables_stay_tables_whatever_their_cells_say() -> None:
    plain, hostile = ([token.type for token in tokens(appendix_markdown(report_page(attacked)))
                       if token.type in ("tr_open", "td_open")] for attacked in (False, True))
    assert plain == hostile
