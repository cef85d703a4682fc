"""The desk in a real browser: what it shows is what the command line prints for the same change."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from forecast.cli.app import app
from forecast.core import text as wording
from forecast.core.errors import InputError
from forecast.core.text import tenth
from forecast.workspace.loader import load
from tests.desk.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONGEST_WAIT = 30.0
LEFT, RIGHT, TAB = "\ue012", "\ue014", "\ue004"

DRAWN = "[data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
"""The page when its script has run to its end."""


class Page:
    """The page as somebody sees it: numbers by name, and keys that are pressed."""

    def __init__(self, browser: Any, desk: Desk) -> None:
        self.browser = browser
        browser.get(f"http://127.0.0.1:{desk.port}/")
        self.until(lambda: "like cases" in self.text)
        self.settle()

    def find(self, selector: str) -> Any:
        return self.until(lambda: next(iter(self.browser.find_elements("css selector", selector)), None))

    def until(self, seen: Callable[[], Any]) -> Any:
        from selenium.common.exceptions import StaleElementReferenceException

        end = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < end:
            try:
                if found := seen():
                    return found
            except StaleElementReferenceException:
                pass
            time.sleep(0.05)
        raise AssertionError(self.text)

    @property
    def text(self) -> str:
        return str(self.browser.find_element("css selector", "body").text)

    def number(self, key: str) -> str:
        return str(self.find(f".st-key-{key} [data-testid=stMetricValue]").text)

    @property
    def probability(self) -> str:
        return self.number("probability")

    def settle(self) -> None:
        """Wait until the page has been drawn to its end and has said the same for a while."""
        said, since = self.text, time.monotonic()

        def quiet() -> bool:
            nonlocal said, since
            now = self.text
            if now != said or not self.browser.find_elements("css selector", DRAWN):
                said, since = now, time.monotonic()
            return time.monotonic() - since > 0.6

        self.until(quiet)

    def strike(self, key: str) -> None:
        """Strike a key: whatever has the focus takes it, as from a hand."""
        from selenium.webdriver import ActionChains

        ActionChains(self.browser).send_keys(key).perform()

    def focus(self, key: str) -> str:
        """Give the focus to a slider, once it is there and can be moved; what it shows then."""
        return str(self.until(lambda: self.browser.execute_script(
            "const slider = arguments[0]; slider.focus(); return document.activeElement == slider && slider.value",
            self.find(f"[class*=st-key-w-{key}] input:enabled"))))

    def move(self, key: str, keys: str) -> None:
        """Move a slider stop by stop."""
        for one in keys:
            before = self.focus(key)
            self.strike(one)
            self.until(lambda before=before: self.focus(key) != before)
        self.settle()

    def hold(self, key: str, keys: str) -> None:
        """Press keys as fast as one repeats that is held, and faster than the page follows.

        They go to whatever has the focus: a widget that is drawn anew under the hand would lose them.
        """
        self.focus(key)
        for one in keys:
            self.strike(one)
            time.sleep(0.03)
        self.settle()

    def tab_to(self, key: str) -> None:
        """Press the tab key until an input has the focus."""
        for _ in range(25):
            self.strike(TAB)
            if self.browser.execute_script(f"return document.activeElement.closest('[class*=st-key-{key}]') != null"):
                return
        raise AssertionError(f"{key} cannot be reached")

    def click(self, key: str, inside: str = "button") -> None:
        element = self.find(f".st-key-{key} {inside}")
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'}); arguments[0].click()", element)

    def say(self, key: str, text: str) -> None:
        element = self.find(f".st-key-{key} input, .st-key-{key} textarea")
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.send_keys(text)

    def open(self, key: str) -> None:
        self.click(key, "summary")


@pytest.fixture
def page(chromium: Any, desk: Desk) -> Page:
    return Page(chromium, desk)


def compared(desk: Desk, name: str) -> dict[str, Any]:
    told = CliRunner().invoke(app, ["compare", name, "--workspace", str(desk.root), "--json"])
    (row,) = json.loads(told.stdout)["scenarios"]
    return row | {"probability": row["hypotheses"]["strike"]}


def saved(page: Page, desk: Desk, name: str) -> dict[str, Any]:
    """Save what is on the desk as a scenario, and have the command line compute it."""
    page.open("saving")
    page.say("scenario-file", name)
    page.say("scenario-name", "From the desk")
    page.say("scenario-story", "Moved in a test.")
    page.find("[data-testid=stFormSubmitButton] button").click()
    page.until(lambda: f"forecast compare {name}" in page.text)
    assert (desk.root / f"evidence/scenarios/{name}.yaml").is_file()
    return compared(desk, name)


def test_a_moved_slider_shows_what_compare_prints_for_the_same_change(page: Page, desk: Desk) -> None:
    before = page.probability
    page.move("stated-union-hall-strike", RIGHT * 4)
    assert page.probability != before
    row = saved(page, desk, "moved-ratio")
    low, stated, high = load(desk.root).scenarios["moved-ratio"].revise["union-hall"]["likelihood_ratio"]["strike"]
    assert (stated, stated / low, high / stated) == pytest.approx((3.0, 2 / 1.2, 3.3 / 2), rel=1e-3)
    assert page.probability == tenth(row["probability"])
    assert page.number("all-changes") == f"{wording.db(row['difference']['decibans'])} dB"


def test_an_item_that_is_switched_off_shows_what_compare_prints_without_it(page: Page, desk: Desk) -> None:
    page.click("w-switch-editor-union-hall-0", "input")
    page.settle()
    row = saved(page, desk, "without-hall")
    assert "union-hall" in (desk.root / "evidence/scenarios/without-hall.yaml").read_text()
    assert page.probability == tenth(row["probability"])
    assert page.number("this-change") == f"{wording.db(row['difference']['decibans'])} dB"


def test_a_later_as_of_date_shows_what_compare_prints_for_that_date(page: Page, desk: Desk) -> None:
    before = page.probability
    page.move("as-of", RIGHT * 6)
    assert page.probability != before
    assert page.number("all-changes") == "none"
    row = saved(page, desk, "six-weeks-on")
    assert page.probability == tenth(row["probability"])


def test_keys_that_come_faster_than_the_page_follows_are_not_lost(page: Page) -> None:
    before, text = page.probability, page.text
    page.hold("as-of", RIGHT * 20)
    page.until(lambda: page.probability != before)
    page.hold("as-of", LEFT * 20)
    page.until(lambda: page.probability == before)
    day = next(line for line in text.splitlines() if ", as of " in line)
    page.until(lambda: day in page.text)


def test_a_broken_file_shows_the_lines_of_check_keeps_the_number_and_heals(page: Page, desk: Desk) -> None:
    file, before = desk.root / "evidence/halls.yaml", page.probability
    good = file.read_text(encoding="utf-8")
    try:
        file.write_text(good.replace("[1.2, 2, 3.3]", "[1.2, 2, -3]"), encoding="utf-8")
        with pytest.raises(InputError) as raised:
            load(desk.root)
        (line,) = map(str, raised.value.problems)
        page.until(lambda: line in " ".join(page.text.split()))
        assert page.probability == before
        file.write_text(good.replace("[1.2, 2, 3.3]", "[1.2, 3, 3.3]"), encoding="utf-8")
        page.until(lambda: line not in " ".join(page.text.split()) and page.probability != before)
    finally:
        file.write_text(good, encoding="utf-8")
    page.until(lambda: page.probability == before)


def test_a_proposed_change_is_shown_first_and_keeps_every_comment(page: Page, desk: Desk) -> None:
    file = desk.root / "evidence/halls.yaml"
    before = file.read_text(encoding="utf-8")
    page.move("stated-union-hall-strike", RIGHT * 2)
    try:
        page.open("proposing")
        page.click("propose")
        page.until(lambda: "-  likelihood_ratio" in page.text)
        assert file.read_text(encoding="utf-8") == before
        page.click("confirm")
        page.until(lambda: "Written: evidence/halls.yaml" in page.text)
        after = file.read_text(encoding="utf-8")
        changed = [(old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]
        assert [old.split(":")[0] for old, _ in changed] == ["  likelihood_ratio"]
        page.until(lambda: page.number("all-changes") == "none")
    finally:
        file.write_text(before, encoding="utf-8")


def test_two_analysts_see_their_difference_item_by_item(page: Page) -> None:
    page.browser.find_element("xpath", "//button[normalize-space()='Two analysts']").click()
    page.click("begin")
    page.until(lambda: "Send Analyst B away" in page.text and "Nothing is changed" in page.text)
    page.move("stated-union-hall-strike", LEFT * 4)
    rows = [row.text.split() for row in page.browser.find_elements("css selector", "table tr")]
    (item,) = [row for row in rows if row[:2] == ["Revised:", "The"]]
    assert item[-4:-2] == ["2", "1.3"]
    assert item[-2:] == next(row for row in rows if row[0] == "Together")[-2:]


def test_the_page_asks_no_other_server(page: Page) -> None:
    asked = page.browser.execute_script(
        "return performance.getEntriesByType('resource').map(entry => new URL(entry.name).hostname)")
    assert set(asked) <= {"127.0.0.1", ""}
    assert not [entry for entry in page.browser.get_log("browser") if "Content Security Policy" in entry["message"]]


def test_every_input_is_reached_and_moved_by_keys_alone(page: Page) -> None:
    for key in ("start", "around", "w-as-of", "part", "order", "w-chosen", "w-switch-editor"):
        page.tab_to(key)
    for changed in (True, False):
        page.strike(" ")
        page.until(lambda changed=changed: (page.number("all-changes") != "none") == changed)
        page.settle()
    for key in ("w-stated", "w-low", "w-high", "w-credibility", "w-group", "w-window", "view", "saving"):
        page.tab_to(key)
