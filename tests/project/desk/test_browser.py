"""The desk in a real browser: what a hand does, what an eye sees, and nothing beyond this machine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from typer.testing import CliRunner

from forecast.cli.app import app
from forecast.core.errors import InputError
from forecast.core.text import tenth
from forecast.workspace.loader import load
from tests.project.desk.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONGEST_WAIT = 20.0
RIGHT, TAB, ENTER, ESCAPE = "\ue014", "\ue004", "\ue007", "\ue00c"
HALL = "item/union-hall/likelihood_ratio/strike"

WIDER = """return [...document.querySelectorAll("main *, #top *")].filter(one => {
  const part = one.closest("#left, #middle, #answers, #top");
  if (!part || one.closest("svg, .skip, .scroll, .diff, .few")) return false;
  const box = one.getBoundingClientRect(), room = part.getBoundingClientRect();
  return box.width && (box.right > room.right + 1 || box.left < room.left - 13);
}).map(one => one.outerHTML.slice(0, 120))"""
"""What sticks out of its column."""

SCROLLS = """return [...document.querySelectorAll("#answers *, html")].filter(one =>
  !one.closest("svg") && one.clientWidth && one.scrollWidth > one.clientWidth + 1
).map(one => one.outerHTML.slice(0, 120))"""
"""What scrolls sideways, or would if it could."""


class Page:
    """The page as somebody sees it: numbers by name, and keys that are pressed."""

    def __init__(self, browser: Any, desk: Desk, question: str = "") -> None:
        self.browser = browser
        browser.get(f"http://127.0.0.1:{desk.port}/desk.css")  # no script runs there that would put it back
        browser.execute_script("sessionStorage.clear()")
        browser.get(f"http://127.0.0.1:{desk.port}/{question}")
        self.until(lambda: self.probability and "range" in self.text("middle"))

    def until(self, seen: Callable[[], Any]) -> Any:
        from selenium.common.exceptions import StaleElementReferenceException

        end = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < end:
            try:
                if found := seen():
                    return found
            except StaleElementReferenceException:
                pass
            time.sleep(0.02)
        raise AssertionError(self.browser.find_element("css selector", "body").text)

    def find(self, selector: str) -> Any:
        return self.until(lambda: next(iter(self.browser.find_elements("css selector", selector)), None))

    def text(self, part: str) -> str:
        return " ".join(self.find(f"#{part}").text.split())

    @property
    def probability(self) -> str:
        return str(self.find("#probability").text)

    def click(self, selector: str) -> None:
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'}); arguments[0].click()",
                                    self.find(selector))

    def do(self, what: str, name: str = "") -> None:
        self.click(f'[data-do="{what}"]' + (f'[data-id="{name}"]' if name else ""))

    def box(self, name: str) -> Any:
        """A box, with the focus in it and all of it chosen."""
        found = self.find(f'[id="{name}"]')
        self.browser.execute_script("arguments[0].focus(); arguments[0].select && arguments[0].select()", found)
        return found

    def strike(self, key: str) -> None:
        """Strike a key: whatever has the focus takes it, as from a hand."""
        from selenium.webdriver import ActionChains

        ActionChains(self.browser).send_keys(key).perform()

    def open(self, item: str = "union-hall") -> None:
        self.do("choose", f"item/{item}")
        self.find("article.drawer")


@pytest.fixture
def page(chromium: Any, desk: Desk) -> Iterator[Page]:
    made = Page(chromium, desk)
    yield made
    said = [entry["message"] for entry in chromium.get_log("browser") if entry["level"] == "SEVERE"]
    assert [message for message in said if "favicon.ico" not in message] == []
    asked = chromium.execute_script(
        "return performance.getEntriesByType('resource').map(entry => new URL(entry.name).hostname)")
    assert set(asked) <= {"127.0.0.1", ""}


def test_what_is_typed_moves_the_number_and_compare_prints_it_too(page: Page, desk: Desk) -> None:
    before = page.probability
    page.open()
    page.box(f"{HALL}:stated").send_keys("4.5")
    page.until(lambda: page.probability != before)
    page.do("saving", "scenario")
    for name, text in (("file", "from-the-desk"), ("name", "From the desk")):
        page.find(f'[data-fill="{name}"]').send_keys(text)
    page.do("propose")
    page.do("confirm")
    page.until(lambda: "Written: evidence/scenarios/from-the-desk.yaml" in page.text("top"))
    told = CliRunner().invoke(app, ["compare", "from-the-desk", "--workspace", str(desk.root), "--json"])
    (row,) = json.loads(told.stdout)["scenarios"]
    assert page.probability == tenth(row["hypotheses"]["strike"])
    (desk.root / "evidence/scenarios/from-the-desk.yaml").unlink()


def test_keys_that_come_faster_than_the_page_follows_are_not_lost(page: Page) -> None:
    page.open()
    slider = page.box(f"{HALL}:slider")
    start = int(slider.get_attribute("value"))
    for _ in range(8):
        page.strike(RIGHT)
    assert int(slider.get_attribute("value")) == start + 8
    stop = page.browser.execute_script("return arguments[0].dataset.stops.split('|')[arguments[0].value]", slider)
    page.until(lambda: page.find(f'[id="{HALL}:stated"]').get_attribute("value") == stop)
    page.strike(TAB)
    page.browser.execute_script("document.activeElement.blur()")
    page.do("undo")
    page.until(lambda: "as in the files" in page.text("middle"))


def test_what_was_typed_stays_with_the_error_beside_it(page: Page) -> None:
    before = page.probability
    page.open()
    page.box(f"{HALL}:stated").send_keys(f"1,5{TAB}")
    page.until(lambda: "has a comma; write 1.5" in page.text("left"))
    assert page.find(f'[id="{HALL}:stated"]').get_attribute("value") == "1,5"
    assert page.probability == before


def test_why_is_required_and_written(page: Page, desk: Desk) -> None:
    file = desk.root / "evidence/halls.yaml"
    good = file.read_text(encoding="utf-8")
    page.open()
    page.click(f'[data-enter="{HALL}"][data-text="clearly for"]')
    page.until(lambda: page.browser.find_elements("css selector", ".why.needed"))
    page.do("saving", "files")
    page.find("[data-fill=initials]").send_keys("AB")
    page.do("propose")
    page.until(lambda: "Say why for: The union has booked a hall" in page.text("top"))
    page.find("[data-why]").send_keys("It booked halls in 2019 too.")
    page.until(lambda: not page.browser.find_elements("css selector", ".why.needed"))
    page.do("propose")
    page.until(lambda: f"{date.today()} AB: It booked halls in 2019 too." in page.text("top"))
    assert file.read_text(encoding="utf-8") == good
    try:
        page.do("confirm")
        page.until(lambda: "Written: evidence/halls.yaml" in page.text("top"))
        assert "AB: It booked halls in 2019 too." in file.read_text(encoding="utf-8")
        page.until(lambda: "as in the files" in page.text("middle"))
    finally:
        file.write_text(good, encoding="utf-8")


def test_two_analysts_see_where_they_disagree(page: Page) -> None:
    page.do("speak", "+")
    page.find("[data-fill=analyst]").send_keys("Ann")
    page.click("[data-seat] button")
    page.until(lambda: "Where you disagree" in page.text("right"))
    page.open()
    page.box(f"{HALL}:stated").send_keys(f"1.2{TAB}")
    page.until(lambda: "The union has booked" in page.find("table.differences").text)
    row = page.find("table.differences tbody tr").text
    assert "The desk: Open-ended strike 2 (1.2 to 3.3)\nAnn: Open-ended strike 1.2\n" in row
    page.do("unseat")
    page.until(lambda: "Where you disagree" not in page.text("right"))


def test_four_analysts_disagree_without_scrolling_sideways(page: Page) -> None:
    for name, ratio in (("Ann Obermeier-Vogelsang", "0.2"), ("Bob", "1.3"), ("Constance of the second desk", "7")):
        page.do("speak", "+")
        page.find("[data-fill=analyst]").send_keys(name)
        page.click("[data-seat] button")
        page.find(f'[aria-pressed=true][data-id="{name.lower().replace(" ", "-")}"]')
        page.do("tab", "items")
        page.open()
        page.box(f"{HALL}:stated").send_keys(f"{ratio}{TAB}")
    page.until(lambda: len(page.browser.find_elements("css selector", ".differences .opinions div")) == 4)
    try:
        for width in (1400, 1024, 768, 390):
            page.browser.set_window_size(width, 1000)
            assert page.browser.execute_script(SCROLLS) == [], width
            assert page.browser.execute_script(WIDER) == [], width
    finally:
        page.browser.set_window_size(1600, 1500)


def test_the_address_names_the_date_and_a_page_that_is_loaded_again_loses_nothing(page: Page, desk: Desk) -> None:
    day = load(desk.root).case().as_of.replace(day=28)
    again = Page(page.browser, desk, f"?as_of={day}")
    assert again.find("#as-of").get_attribute("value") == str(day)
    again.open()
    again.box(f"{HALL}:stated").send_keys(f"4{TAB}")
    again.until(lambda: "Changes (1)" in again.text("middle"))
    again.browser.refresh()
    again.until(lambda: "Changes (1)" in again.text("middle"))


def test_a_broken_file_shows_the_lines_of_check_and_heals(page: Page, desk: Desk) -> None:
    file, before = desk.root / "evidence/halls.yaml", page.probability
    good = file.read_text(encoding="utf-8")
    try:
        file.write_text(good.replace("[1.2, 2, 3.3]", "[1.2, 2, -3]"), encoding="utf-8")
        with pytest.raises(InputError) as raised:
            load(desk.root)
        (line,) = map(str, raised.value.problems)
        page.until(lambda: line in page.text("top"))
        assert page.probability == before
        file.write_text(good.replace("[1.2, 2, 3.3]", "[1.2, 3, 3.3]"), encoding="utf-8")
        page.until(lambda: line not in page.text("top") and page.probability != before)
    finally:
        file.write_text(good, encoding="utf-8")
    page.until(lambda: page.probability == before)


def test_nothing_sticks_out_of_its_column(page: Page) -> None:
    try:
        for width in (1400, 1024, 768, 390):
            page.browser.set_window_size(width, 1000)
            for tab in ("items", "sources", "prior", "model", "indicators"):
                page.do("tab", tab)
                page.find(f'[data-id="{tab}"][aria-pressed=true]')
                assert page.browser.execute_script(WIDER) == [], (width, tab)
            page.do("tab", "items")
            page.open()
            page.click("details.more:not([open]) summary")
            assert page.browser.execute_script(WIDER) == [], width
    finally:
        page.browser.set_window_size(1600, 1500)


def test_every_part_is_reached_by_keys_alone(page: Page) -> None:
    page.open()
    page.box("as-of")
    wanted = {"as-of", f"{HALL}:stated", f"{HALL}:low", f"{HALL}:high", f"{HALL}:slider", "item/union-hall/off:text",
              "why:item/union-hall"}
    for _ in range(60):
        wanted.discard(page.browser.execute_script("return document.activeElement.id"))
        page.strike(TAB)
    assert wanted == set()


def focused(page: Page) -> str:
    return str(page.browser.execute_script("return document.activeElement.textContent"))


def test_enter_goes_into_an_item_and_escape_back_to_its_row_among_the_rows_that_were_asked_for(page: Page) -> None:
    title = "The union has booked a hall for four weeks"
    page.find("#filter").send_keys("hall")
    page.until(lambda: page.text("count") == "1 of 3")
    row = page.find('.title [data-id="item/union-hall"]')
    page.browser.execute_script("arguments[0].focus()", row)
    page.strike(ENTER)
    page.until(lambda: page.browser.find_elements("css selector", "article.drawer") and focused(page) == title)
    assert page.browser.execute_script("return document.activeElement.tagName") == "H2"
    page.strike(ESCAPE)
    page.until(lambda: page.browser.find_elements("css selector", "#filter") and focused(page) == title)
    assert page.browser.execute_script("return document.activeElement.dataset.id") == "item/union-hall"
    assert page.find("#filter").get_attribute("value") == "hall"
    assert page.text("count") == "1 of 3"
    page.open()
    page.click('[data-walk="after"]')
    page.until(lambda: focused(page) == "↓")


IN_VIEW = """const box = document.querySelector(arguments[0])?.getBoundingClientRect();
return !!box && box.top >= 0 && box.bottom <= innerHeight"""


def test_on_a_phone_an_item_that_is_opened_is_in_view(page: Page) -> None:
    try:
        page.browser.set_window_size(390, 800)
        page.open()
        page.until(lambda: page.browser.execute_script(IN_VIEW, ".drawer h2"))
        page.click("[data-escape]")
        page.until(lambda: page.browser.execute_script(IN_VIEW, '.title [data-id="item/union-hall"]'))
    finally:
        page.browser.set_window_size(1600, 1500)
