"""The desk in a real browser: what it shows is what the command line prints for the same change."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from forecast import wording
from forecast.report.words import tenth
from tests.desk.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONGEST_WAIT = 30.0


class Page:
    """The page as somebody sees it: numbers by name, and keys that are pressed."""

    def __init__(self, browser: Any, desk: Desk) -> None:
        self.browser = browser
        browser.get(f"http://127.0.0.1:{desk.port}/")
        self.until(lambda: "band" in self.text and self.probability)

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

    def press(self, key: str, keys: str) -> None:
        self.until(lambda: self.find(f".st-key-{key} input").send_keys(keys) or True)

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
    command = [sys.executable, "-m", "forecast", "compare", name, "--workspace", str(desk.root), "--json"]
    document = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    (row,) = document["scenarios"]
    return dict(row)


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
    page.press("w-ratio-strike", "\ue014" * 3)  # right, three times
    page.until(lambda: page.probability != before)
    time.sleep(1)
    row = saved(page, desk, "moved-ratio")
    assert page.probability == tenth(row["probability"])
    assert page.number("all-changes") == f"{wording.db(row['difference']['decibans'])} dB"


def test_an_item_that_is_switched_off_shows_what_compare_prints_without_it(page: Page, desk: Desk) -> None:
    page.click("w-switch-editor-union-hall", "input")
    page.until(lambda: page.number("all-changes") != "+0.00 dB")
    row = saved(page, desk, "without-hall")
    assert "union-hall" in (desk.root / "evidence/scenarios/without-hall.yaml").read_text()
    assert page.probability == tenth(row["probability"])
    assert page.number("this-change") == f"{wording.db(row['difference']['decibans'])} dB"


def test_a_later_as_of_date_shows_what_compare_prints_for_that_date(page: Page, desk: Desk) -> None:
    before = page.probability
    page.press("w-as-of", "\ue014" * 6)
    page.until(lambda: page.probability != before)
    time.sleep(1)
    row = saved(page, desk, "six-weeks-on")
    assert page.probability == tenth(row["probability"])


def test_a_broken_file_shows_the_lines_of_check_keeps_the_number_and_heals(page: Page, desk: Desk) -> None:
    file, before = desk.root / "evidence/halls.yaml", page.probability
    good = file.read_text(encoding="utf-8")
    command = [sys.executable, "-m", "forecast", "check", "--workspace", str(desk.root)]
    try:
        file.write_text(good.replace("[1.2, 2, 3.3]", "[1.2, 2, -3]"), encoding="utf-8")
        (line,) = subprocess.run(command, capture_output=True, text=True).stderr.splitlines()
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
    page.press("w-ratio-strike", "\ue014" * 2)
    page.until(lambda: page.number("all-changes") != "+0.00 dB")
    time.sleep(1)
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
        page.until(lambda: page.number("all-changes") == "+0.00 dB")
    finally:
        file.write_text(before, encoding="utf-8")


def test_two_analysts_see_their_difference_item_by_item(page: Page) -> None:
    page.browser.find_element("xpath", "//button[normalize-space()='Two analysts']").click()
    page.click("begin")
    page.until(lambda: "Send Analyst B away" in page.text and "Nothing is changed" in page.text)
    page.press("w-ratio-strike", "\ue012" * 4)
    page.until(lambda: "revised" in page.text.lower() and "Together" in page.text)


def test_the_page_asks_no_other_server(page: Page) -> None:
    asked = page.browser.execute_script(
        "return performance.getEntriesByType('resource').map(entry => new URL(entry.name).hostname)")
    assert set(asked) <= {"127.0.0.1", ""}
    assert not [entry for entry in page.browser.get_log("browser") if "Content Security Policy" in entry["message"]]
