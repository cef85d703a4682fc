"""The page: self-contained, closed to the network, accessible, and deaf to what hostile texts ask for."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from forecast.report.pages.story import page

from forecast.report.charts.drawing import charts
from forecast.report.charts.style import COLOURS, DARK
from forecast.report.html import render_html
from forecast.report.index import index_rows, render_index
from tests.report.documents import hostile_document, plain_document
from tests.report.test_story import blocks, lines

DRAWN = ("text", "tspan", "g", "rect", "path")
"""Elements that a picture has more of when its labels have more lines."""

ELEMENTS = {
    "html", "head", "meta", "title", "style", "script", "body", "header", "nav", "main", "section", "footer", "aside",
    "div", "p", "h1", "h2", "h3", "a", "strong", "span", "code", "pre", "button", "ol", "ul", "li", "details",
    "summary",
    "figure", "figcaption", "table", "caption", "thead", "tbody", "tr", "th", "td",
    "svg", "g", "rect", "path", "line", "text", "tspan", "defs", "clippath"}


@cache
def rendered(hostile: bool) -> str:
    document = hostile_document() if hostile else plain_document()
    return render_html(document, charts(document))


class Parsed(HTMLParser):
    """Elements, attributes and texts of a page, and what its scripts and styles hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in self.raw:
            self.raw[self._inside][-1] += data
        else:
            self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(params=[False, True], ids=["plain", "hostile"])
def parsed(request: pytest.FixtureRequest) -> Parsed:
    return Parsed(rendered(request.param))


def policy(content: Parsed) -> dict[str, str]:
    text = next(meta["content"] for meta in content.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    return {name: value for name, _, value in (part.partition(" ") for part in text.split("; "))}


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_lets_nothing_in_but_the_page_s_own_scripts_and_style(parsed: Parsed) -> None:
    rules = policy(parsed)
    assert rules["default-src"] == "'none'"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    types = [attributes.get("type", "") for attributes in parsed.all("script")]
    assert types == ["application/json", "", ""]
    assert rules["script-src"].split() == [digest(code) for code in parsed.raw["script"][1:]]
    assert rules["style-src"] == digest(parsed.raw["style"][0])
    assert not any(word in " ".join(rules.values()) for word in ("unsafe", "http", "*"))


def test_the_policy_stands_before_everything_that_it_governs(parsed: Parsed) -> None:
    names = [name for name, _ in parsed.elements]
    assert parsed.elements[names.index("meta") + 1][1].get("http-equiv") == "Content-Security-Policy"
    assert names.index("style") > names.index("meta") + 1


def test_nothing_is_loaded_from_elsewhere(parsed: Parsed) -> None:
    for name, attributes in parsed.elements:
        assert not {"src", "srcset", "data", "poster", "ping", "action", "xlink:href"} & set(attributes)
        if "href" in attributes:
            assert name == "a"
            assert attributes["href"].startswith(("#", "https://news.example/"))
    assert "url(http" not in parsed.raw["style"][0]
    assert "@import" not in parsed.raw["style"][0]


def test_there_is_no_element_and_no_handler_that_the_page_does_not_make_itself(parsed: Parsed) -> None:
    assert {name for name, _ in parsed.elements} <= ELEMENTS
    for _, attributes in parsed.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes)


def test_a_hostile_page_has_the_elements_of_a_plain_one() -> None:
    plain, hostile = (Counter(name for name, _ in Parsed(rendered(kind)).elements if name not in DRAWN)
                      for kind in (False, True))
    assert plain == hostile


def test_a_page_is_below_two_and_a_half_megabytes(parsed: Parsed) -> None:
    assert len(rendered(True).encode()) < 2_500_000
    assert len(rendered(False).encode()) < 2_500_000


def test_there_is_one_main_heading_and_no_level_is_skipped(parsed: Parsed) -> None:
    levels = [int(name[1]) for name, _ in parsed.elements if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_there_are_landmarks_and_a_way_past_the_navigation(parsed: Parsed) -> None:
    assert all(len(parsed.all(name)) == 1 for name in ("header", "nav", "main", "footer"))
    names = [name for name, _ in parsed.elements]
    skip = parsed.elements[names.index("a")][1]
    assert skip["href"].removeprefix("#") in {attributes.get("id") for attributes in parsed.all("section")}


def test_ids_are_unique_and_what_refers_to_them_finds_them(parsed: Parsed) -> None:
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in parsed.elements:
        for target in (attributes.get("aria-labelledby"), attributes.get("href", "").partition("#")[2] or None):
            assert target is None or target in ids
        for target in re.findall(r"url\(#([^)]+)\)", " ".join(attributes.values())):
            assert target in ids


def test_every_chart_is_told_in_words(parsed: Parsed) -> None:
    pictures = [attributes for attributes in parsed.all("div") if attributes.get("class") == "picture"]
    assert len(pictures) == len(parsed.all("figure"))
    assert all(attributes["role"] == "img" and len(attributes["aria-label"]) > 30 for attributes in pictures)
    assert all(attributes["aria-hidden"] == "true" for attributes in parsed.all("svg"))


def test_every_table_has_a_caption_and_headers_with_a_scope(parsed: Parsed) -> None:
    assert len(parsed.all("table")) == len(parsed.all("caption")) > 5
    assert all(attributes.get("scope") in ("row", "col") for attributes in parsed.all("th"))


def test_the_language_and_the_title_are_stated(parsed: Parsed) -> None:
    assert parsed.all("html")[0]["lang"] == "en"
    assert len(parsed.all("title")) == 1


def test_every_text_of_the_report_is_on_the_page() -> None:
    told = re.sub(r"\s+", "", "".join(Parsed(rendered(False)).texts))
    for block in blocks(page(plain_document())):
        if type(block).__name__ != "Figure":
            for line in lines(block):
                assert re.sub(r"\s+", "", line) in told


def luminance(colour: str) -> float:
    parts = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [COLOURS, DARK], ids=["light", "dark"])
def test_texts_and_marks_stand_out_from_the_paper(colours: dict[str, str]) -> None:
    """WCAG 2.2 AA: 4.5 for texts, 3 for what carries meaning in a picture."""
    assert all(contrast(colours[name], colours["paper"]) >= 4.5 for name in ("ink", "muted"))
    assert all(contrast(colours[name], colours["paper"]) >= 3 for name in ("event", "away", "prior"))


def test_links_stand_out_in_both_themes() -> None:
    style = Parsed(rendered(False)).raw["style"][0]
    links = re.findall(r"--link: (#\w+)", style)
    assert contrast(links[0], COLOURS["paper"]) >= 4.5
    assert contrast(links[1], DARK["paper"]) >= 4.5


def test_the_list_of_reports_is_closed_too_and_newest_first() -> None:
    older, newer = plain_document(), hostile_document()
    older["as_of"] = "2031-04-01"
    older["engines"] = None
    content = Parsed(render_index(index_rows([older, newer])))
    assert policy(content) == {"default-src": "'none'", "style-src": digest(content.raw["style"][0]),
                               "img-src": "data:", "base-uri": "'none'", "form-action": "'none'"}
    assert content.all("script") == []
    assert [link["href"] for link in content.all("a")] == [f"{newer['as_of']}/report.html", "2031-04-01/report.html"]
    assert {name for name, _ in content.elements} <= ELEMENTS
    assert "".join(content.texts).count("unconfirmed") == 1


def test_a_list_without_reports_says_so() -> None:
    assert "no reports yet" in render_index([])
