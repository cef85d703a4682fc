"""The page in a real browser, opened from disk with the network off: Debian's Chromium, headless."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from forecast.report.charts.drawing import charts
from forecast.report.html import render_html
from forecast.report.index import index_rows, render_index
from forecast.report.pages.comparison import render_comparison
from forecast.report.pages.sensitivity import render_sensitivity
from tests.report.documents import (
    comparison_document,
    hostile,
    hostile_document,
    plain_document,
    sensitivity_document,
)

pytestmark = pytest.mark.browser

DESKTOP, PHONE = (1100, 900), (360, 740)

PLAIN, HOSTILE = "2031-04-10/report.html", "2031-04-11/report.html"
COMPARISON, SENSITIVITY = "comparison.html", "sensitivity.html"
PAGES = [PLAIN, HOSTILE, "index.html", COMPARISON, SENSITIVITY]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of reports: a plain one and a hostile one, with their list, and hostile pages of the other kinds."""
    root = tmp_path_factory.mktemp("reports")
    plain, attacked = plain_document(), hostile_document()
    attacked["as_of"] = "2031-04-11"
    for document in (plain, attacked):
        (root / document["as_of"]).mkdir()
        text = render_html(document, charts(document))
        (root / document["as_of"] / "report.html").write_text(text, encoding="utf-8")
    (root / "index.html").write_text(render_index(index_rows([plain, attacked])), encoding="utf-8")
    (root / COMPARISON).write_text(render_comparison(comparison_document(hostile)), encoding="utf-8")
    (root / SENSITIVITY).write_text(render_sensitivity(sensitivity_document(hostile)), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


@pytest.fixture
def opened(chromium: Any, reports: Path) -> Callable[..., Any]:
    """Open a report at a size; what the browser complains of is collected from then on."""

    def at(name: str, size: tuple[int, int] = DESKTOP, **features: str) -> Any:
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE})
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": f"prefers-{key.replace('_', '-')}", "value": value} for key, value in features.items()]})
        chromium.get_log("browser")
        chromium.get((reports / name).as_uri())
        return chromium

    return at


def until(driver: Any, condition: str) -> Any:
    """Wait for a JavaScript expression to become true; returns its value."""
    for _ in range(300):
        value = driver.execute_script(f"return {condition}")
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{condition} has not come true")


def all_charts_alive(driver: Any) -> None:
    """Scroll through the page until every chart has been drawn by the browser."""
    for place in range(driver.execute_script("return document.querySelectorAll('figure').length")):
        driver.execute_script("document.querySelectorAll('figure')[arguments[0]].scrollIntoView()", place)
        until(driver, f"document.querySelectorAll('figure')[{place}].classList.contains('is-live')")


def pointed(driver: Any, chart: str, box: str, across: float, down: float) -> str:
    """Point into a chart until it tells something; `box` is a JavaScript expression of the place to point at."""
    driver.execute_script(f"document.querySelector('[data-chart={chart}]').scrollIntoView({{block: 'center'}})")
    until(driver, f"document.querySelector('[data-chart={chart}].is-live')")
    for _ in range(100):
        at = driver.execute_script(f"return ({box}).toJSON()")
        for nudge in (0, 2):
            driver.execute_cdp_cmd("Input.dispatchMouseEvent", {
                "type": "mouseMoved", "x": at["x"] + across * at["width"] + nudge, "y": at["y"] + down * at["height"]})
        if told := driver.execute_script("return document.querySelector('#vg-tooltip-element.visible')?.innerText"):
            return str(told)
        time.sleep(0.1)
    raise AssertionError(f"{chart} tells nothing")


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_page_opens_from_disk_and_the_browser_has_no_complaint(opened: Any, name: str, size: tuple[int, int]) -> None:
    driver = opened(name, size)
    all_charts_alive(driver)
    assert driver.get_log("browser") == []
    loaded = driver.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert loaded == []


def test_the_network_is_forbidden_to_the_page_itself(opened: Any) -> None:
    driver = opened(PLAIN)
    refused = driver.execute_async_script("""
        const done = arguments[0];
        document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective), {once: true});
        fetch("https://evil.example/").catch(() => {});""")
    assert refused == "connect-src"


def test_a_script_that_is_slipped_in_does_not_run(opened: Any) -> None:
    driver = opened(PLAIN)
    driver.execute_script("""
        const script = document.createElement("script");
        script.textContent = "window.hacked = 1";
        document.body.append(script);
        document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.hacked = 1'>");""")
    assert driver.execute_script("return window.hacked") is None


def test_a_chart_that_is_alive_says_what_its_picture_says(opened: Any) -> None:
    driver = opened(PLAIN)
    all_charts_alive(driver)
    said = driver.execute_script("""
        const words = (part) => [...part.querySelectorAll("svg text")].map((text) => text.textContent).sort();
        return [...document.querySelectorAll("figure")].map((figure) =>
          [figure.dataset.chart, words(figure.querySelector(".wide")), words(figure.querySelector(".live"))]);""")
    for name, picture, alive in said:
        assert alive == picture, name


def test_pointing_at_a_chart_tells_its_numbers(opened: Any) -> None:
    svg = "document.querySelector('[data-chart=cumulative] .live svg').getBoundingClientRect()"
    told = pointed(opened(PLAIN), "cumulative", svg, 0.5, 0.6)
    assert "Has come by its end" in told
    assert "%" in told


@pytest.mark.parametrize(("name", "chart", "tells"), [(COMPARISON, "curves", "Has come"),
                                                      (COMPARISON, "differences", "Moves"),
                                                      (SENSITIVITY, "map-1", "Forecast"),
                                                      (SENSITIVITY, "tornado", "From low to high")])
def test_pointing_at_a_comparison_or_a_study_tells_its_numbers(opened: Any, name: str, chart: str, tells: str) -> None:
    mark = ".mark-symbol path" if chart == "curves" else ".mark-rect path"
    widest = f"""[...document.querySelectorAll("[data-chart={chart}] .live {mark}")]
        .map((part) => part.getBoundingClientRect()).filter((box) => box.top > 0 && box.bottom < innerHeight)
        .reduce((most, box) => (box.width >= most.width ? box : most))"""
    assert tells in pointed(opened(name, reduced_motion="reduce"), chart, widest, 0.5, 0.5)


@pytest.mark.parametrize("name", [COMPARISON, SENSITIVITY])
def test_a_comparison_and_a_study_turn_dark_with_their_charts(opened: Any, name: str) -> None:
    driver = opened(name, color_scheme="light", reduced_motion="reduce")
    all_charts_alive(driver)
    driver.find_element("css selector", "#theme").click()
    assert driver.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(22, 26, 32)"
    inks = driver.execute_script("""return [...document.querySelectorAll('.live text[fill="#1d2430"]')]
        .map((text) => getComputedStyle(text).fill)""")
    assert inks
    assert set(inks) == {"rgb(233, 236, 241)"}


def test_a_hostile_text_is_plain_text_in_a_tooltip_too(opened: Any) -> None:
    driver = opened(HOSTILE)
    svg = "document.querySelector('[data-chart=evidence] .live svg').getBoundingClientRect()"
    assert "<script>" in pointed(driver, "evidence", svg, 0.3, 0.5)
    assert driver.execute_script("return document.querySelectorAll('#vg-tooltip-element :is(img, script)').length") == 0


@pytest.mark.parametrize("name", [HOSTILE, COMPARISON, SENSITIVITY])
def test_hostile_texts_run_nothing_and_add_nothing(opened: Any, name: str) -> None:
    driver = opened(name)
    all_charts_alive(driver)
    assert driver.execute_script("return window.hacked") is None
    foreign = "return document.querySelectorAll('img, iframe, object, embed, base, form:not(.live form)').length"
    assert driver.execute_script(foreign) == 0
    assert driver.execute_script("return document.scripts.length") == 3
    links = driver.execute_script("return [...document.links].map((link) => link.protocol)")
    assert set(links) <= {"file:", "https:"}


def test_the_switch_turns_the_theme_and_the_charts_with_it(opened: Any) -> None:
    driver = opened(PLAIN, color_scheme="light")
    until(driver, "document.querySelector('[data-chart=yardstick].is-live')")
    paper = "return getComputedStyle(document.body).backgroundColor"
    ink = "return getComputedStyle(document.querySelector('[data-chart=yardstick] .live text[fill=\"#1d2430\"]')).fill"
    before = driver.execute_script(paper), driver.execute_script(ink)
    button = driver.find_element("css selector", "#theme")
    assert button.text == "Dark"
    button.send_keys("\ue007")
    after = driver.execute_script(paper), driver.execute_script(ink)
    assert button.text == "Light"
    assert before == ("rgb(255, 255, 255)", "rgb(29, 36, 48)")
    assert after == ("rgb(22, 26, 32)", "rgb(233, 236, 241)")
    button.click()
    assert (driver.execute_script(paper), driver.execute_script(ink)) == before


def test_the_system_s_dark_theme_is_followed(opened: Any) -> None:
    driver = opened(PLAIN, color_scheme="dark")
    assert driver.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(22, 26, 32)"
    assert driver.find_element("css selector", "#theme").text == "Light"


def test_motion_is_reduced_where_that_is_preferred(opened: Any) -> None:
    how = "return getComputedStyle(document.documentElement).scrollBehavior"
    assert opened(PLAIN, reduced_motion="reduce").execute_script(how) == "auto"
    assert opened(PLAIN, reduced_motion="no-preference").execute_script(how) == "smooth"


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_never_scrolls_sideways(opened: Any, name: str) -> None:
    driver = opened(name, PHONE)
    driver.execute_script("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    all_charts_alive(driver)
    width = driver.execute_script("return document.documentElement.scrollWidth")
    assert width == driver.execute_script("return document.documentElement.clientWidth") == PHONE[0]


def test_charts_on_a_phone_are_those_drawn_for_it(opened: Any) -> None:
    driver = opened(PLAIN, PHONE)
    until(driver, "document.querySelector('[data-chart=yardstick].is-live')")
    sizes = driver.execute_script("return [...document.querySelectorAll('[data-chart=yardstick] text')]"
                                  ".filter((text) => text.checkVisibility())"
                                  ".map((text) => text.getBoundingClientRect().height)")
    assert min(sizes) > 9


def test_without_scripts_the_pictures_are_there(opened: Any, chromium: Any) -> None:
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        driver = opened(PLAIN)
        pictures = driver.find_elements("css selector", "figure .wide svg")
        assert pictures
        assert all(picture.is_displayed() for picture in pictures)
        assert not driver.find_element("css selector", "#theme").is_displayed()
    finally:
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_page_prints_with_everything_unfolded_and_in_light(opened: Any, tmp_path: Path) -> None:
    driver = opened(PLAIN, color_scheme="dark")
    driver.execute_script("""
        window.unfolded = [];
        addEventListener("beforeprint", () => {
          window.unfolded = [...document.querySelectorAll("details")].map((part) => part.open);
        });""")
    made = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pdf = base64.b64decode(made["data"])
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 50_000
    unfolded = driver.execute_script("return window.unfolded")
    assert unfolded.count(True) >= len(plain_document()["evidence"]) + 2
    assert driver.execute_script("return document.querySelectorAll('details[open]').length") == 0
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    shown = driver.execute_script("return [getComputedStyle(document.body).backgroundColor,"
                                  "getComputedStyle(document.querySelector('nav')).display,"
                                  "getComputedStyle(document.querySelector('.wide')).display]")
    assert shown == ["rgb(255, 255, 255)", "none", "block"]


def test_the_keyboard_reaches_links_switch_and_folded_parts_with_a_visible_focus(opened: Any) -> None:
    driver = opened(PLAIN)
    seen = []
    for _ in range(14):
        driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Tab", "code": "Tab",
                                                          "windowsVirtualKeyCode": 9})
        seen.append(driver.execute_script("const at = document.activeElement; return [at.className || at.id || "
                                          "at.tagName, getComputedStyle(at).outlineStyle]"))
    assert seen[0] == ["skip", "solid"]
    assert ["theme", "solid"] in seen
    assert all(outline != "none" for _, outline in seen)
    assert any(name == "scroll" for name, _ in seen)


def test_each_text_stands_out_from_what_is_behind_it(opened: Any) -> None:
    for scheme in ("light", "dark"):
        driver = opened(PLAIN, color_scheme=scheme)
        worst = driver.execute_script("""
            const light = (colour) => {
              const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => part / 255)
                .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
              return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const behind = (element) => {
              for (let at = element; at; at = at.parentElement) {
                const colour = getComputedStyle(at).backgroundColor;
                if (!/, 0\\)$/.test(colour)) return colour;
              }
              return "rgb(255, 255, 255)";
            };
            const texts = "p, th, td, h1, h2, h3, li, a, summary, button, .faint, caption";
            const found = [...document.querySelectorAll(texts)]
              .filter((element) => element.checkVisibility() && element.innerText)
              .map((element) => [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a))
              .map(([a, b]) => (a + 0.05) / (b + 0.05));
            return Math.min(...found);""")
        assert worst >= 4.5
