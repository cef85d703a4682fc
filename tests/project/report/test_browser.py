"""Pages in a real browser, opened from disk with the network off: Debian's Chromium, headless."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from forecast.evaluation.calibration.results import CalibrationStudy
from forecast.report.charts.calibration import charts
from forecast.report.folder import render_index
from forecast.report.html import render_page
from forecast.report.pages import comparison, sensitivity
from forecast.report.pages.evaluation import calibration
from tests import ROOT
from tests.project.report.documents import Word, comparison_of, earlier_document, plain_document, sensitivity_of
from tests.project.report.generated import CHINESE, CYRILLIC, LONG, URL, WORD, likely, retitled, reworded, sized
from tests.project.report.rendered import KINDS, backtest_of, rendered, rendered_backtest, rendered_report

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None or shutil.which("chromedriver") is None,
                       reason="chromium and chromium-driver are not installed")]

TEXTS = {"long": LONG, "cyrillic": CYRILLIC, "chinese": CHINESE, "word": WORD}

SIZES = {"long": (12, 6), "cyrillic": (0, 1), "chinese": (40, 6), "word": (12, 2)}
"""Items and alternatives of the report in each wording."""


def mixed() -> Word:
    """Every text is another one, long in its own way."""
    texts = cycle(TEXTS.values())
    return lambda _: next(texts)


def worded(name: str) -> str:
    """The report of a case of some size, whose every text has one wording."""
    document = retitled(sized(plain_document(), *SIZES[name], url=URL), TEXTS[name])
    return rendered_report(document, (earlier_document(),))


def said(event: float) -> str:
    """The report of a case whose event has a probability."""
    return rendered_report(likely(plain_document(), event), (earlier_document(),))


def calibrated() -> str:
    """The page of the committed calibration, whose tables have wide numbers."""
    stored = ROOT / "examples" / "proving-ground" / "calibration" / "calibration.json"
    study = CalibrationStudy.model_validate_json(stored.read_text(encoding="utf-8"))
    return render_page(calibration.page(study), partial(charts, study))


PAGES: dict[str, Callable[[], str]] = {
    **{f"{kind}.html": partial(rendered, kind) for kind in KINDS},
    **{f"{kind}-hostile.html": partial(rendered, kind, attacked=True) for kind in KINDS},
    **{f"report-{name}.html": partial(worded, name) for name in TEXTS},
    "index-mixed.html": lambda: render_index([earlier_document(), reworded(plain_document(), mixed())]),
    "comparison-mixed.html": lambda: comparison.render_comparison(comparison_of(mixed())),
    "sensitivity-mixed.html": lambda: sensitivity.render_sensitivity(reworded(sensitivity_of(), mixed())),
    "backtest-mixed.html": lambda: rendered_backtest(reworded(backtest_of(), mixed())),
    "calibration.html": calibrated,
    "report-never.html": partial(said, 0.0004), "report-surely.html": partial(said, 0.9996),
    "report-many.html": lambda: rendered_report(sized(plain_document(), 200, 6, URL), (earlier_document(),))}
"""Every page by its name; it is rendered when a test first opens it."""


@pytest.fixture(scope="session")
def folder(shared: Path) -> Path:
    """A folder of pages, one for all processes of a run."""
    root = shared / "pages"
    root.mkdir(exist_ok=True)
    return root


def page(folder: Path, name: str) -> Path:
    """A page on the disk."""
    path = folder / name
    with FileLock(f"{path}.lock"):
        if not path.exists():
            path.write_text(PAGES[name](), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


def resize(driver: Any, width: int) -> None:
    """Give the page another width; a narrow one is that of a telephone."""
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})


@pytest.fixture
def opened(chromium: Any, folder: Path) -> Callable[..., Any]:
    """Open a page at a width; what the browser complains of is collected from then on."""

    def at(name: str, width: int = 1024, **features: str) -> Any:
        resize(chromium, width)
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": [
            {"name": f"prefers-{key.replace('_', '-')}", "value": value} for key, value in features.items()]})
        chromium.get_log("browser")
        chromium.get(page(folder, name).as_uri())
        return chromium

    return at


# --- nothing is wider than its place ---------------------------------------------------------------------------------

WIDER = """
    document.querySelectorAll("details").forEach((part) => { part.open = true; });
    const told = (part) => `${part.tagName}.${part.className}: ${part.textContent.slice(0, 60)}`;
    const found = [];
    if (document.documentElement.scrollWidth > document.documentElement.clientWidth) found.push("the page");
    for (const part of document.querySelectorAll("body *:not(svg *)")) {
      if (!part.checkVisibility() || part.closest(".skip")) continue;
      if (getComputedStyle(part.closest("thead, caption") ?? part).position === "absolute") continue;  // for the ear
      const box = part.getBoundingClientRect();
      const place = part.parentElement.getBoundingClientRect();
      if (box.width && (box.right > place.right + 1.5 || box.left < place.left - 1.5)) found.push(told(part));
      if (part.scrollWidth > part.clientWidth + 1 && part.clientWidth && getComputedStyle(part).display !== "inline"
          && !part.closest("svg")) found.push(`inside ${told(part)}`);
    }
    return found.slice(0, 5);"""


@pytest.mark.parametrize("name", PAGES)
def test_no_element_is_wider_than_its_container(opened: Any, name: str) -> None:
    driver = opened(name, 1400)
    for width in (1400, 1024, 768, 390):
        resize(driver, width)
        assert driver.execute_script(WIDER) == [], f"{name} at {width}"


@pytest.mark.parametrize("name", ["report.html", "report-many.html", "report-long.html"])
def test_no_label_of_a_chart_is_cut_off(opened: Any, name: str) -> None:
    driver = opened(name, 1400)
    for width in (1400, 390):
        resize(driver, width)
        cut = driver.execute_script("""
            document.querySelectorAll("details").forEach((part) => { part.open = true; });
            const seen = [...document.querySelectorAll("figure svg")].filter((svg) => svg.checkVisibility());
            return seen.flatMap((svg) => {
              const place = svg.getBoundingClientRect();
              return [...svg.querySelectorAll("text")].filter((text) => {
                const box = text.getBoundingClientRect();
                return box.width && (box.right > place.right + 3 || box.left < place.left - 3);
              }).map((text) => text.textContent);
            });""")
        assert cut == [], f"{name} at {width}"


def test_labels_are_at_their_dots(opened: Any) -> None:
    for width in (1400, 390):
        placed = opened("report.html", width).execute_script("""
            const svg = [...document.querySelectorAll("[data-chart=fan] svg")].find((part) => part.checkVisibility());
            const middle = (part) => { const box = part.getBoundingClientRect();
              return [box.left, (box.top + box.bottom) / 2, box.right]; };
            const dots = [...svg.querySelectorAll(".mark-symbol path")].map(middle);
            const labels = [...svg.querySelectorAll(".mark-text.role-mark text")]
              .filter((text) => /^[0-9]+%/.test(text.textContent))
              .filter((text) => !/high|low|without/.test(text.textContent));
            return labels.map((label) => { const [left, y, right] = middle(label);
              return [label.textContent, Math.min(...dots.map(([a, at, b]) =>
                Math.hypot(Math.min(Math.abs(left - b), Math.abs(right - a)), y - at)))]; });""")
        assert len(placed) >= 3
        assert all(distance < 40 for _, distance in placed), placed


# --- what a page lets happen -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [f"{kind}{end}.html" for kind in KINDS for end in ("", "-hostile")])
def test_a_page_opens_from_disk_and_the_browser_has_no_complaint(opened: Any, name: str) -> None:
    driver = opened(name)
    assert driver.get_log("browser") == []
    loaded = driver.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert all(address.startswith("data:font/") for address in loaded)
    assert driver.execute_script("return window.hacked") is None
    foreign = "return document.querySelectorAll('img, iframe, object, embed, base, form').length"
    assert driver.execute_script(foreign) == 0
    links = driver.execute_script("return [...document.links].map((link) => link.protocol)")
    assert set(links) <= {"file:", "https:"}


def test_the_network_is_forbidden_to_the_page_itself(opened: Any) -> None:
    refused = opened("report.html").execute_async_script("""
        const done = arguments[0];
        document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective), {once: true});
        fetch("https://evil.example/").catch(() => {});""")
    assert refused == "connect-src"


def test_a_script_that_is_slipped_in_does_not_run(opened: Any) -> None:
    driver = opened("report.html")
    driver.execute_script("""
        const script = document.createElement("script");
        script.textContent = "window.hacked = 1";
        document.body.append(script);
        document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.hacked = 1'>");""")
    assert driver.execute_script("return window.hacked") is None


# --- charts ----------------------------------------------------------------------------------------------------------


def pointed(driver: Any, chart: str) -> str:
    """Point at the middle of the first mark of a chart that has something to say."""
    at = driver.execute_script(f"""
        const svg = [...document.querySelectorAll("[data-chart={chart}] svg")].find((part) => part.checkVisibility());
        const marks = [...svg.querySelectorAll("[data-tip]")];
        const mark = marks[Math.floor(marks.length / 2)];
        document.documentElement.style.scrollBehavior = "auto";
        mark.scrollIntoView({{block: "center"}});
        const box = mark.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];""")
    driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": at[0], "y": at[1]})
    return str(driver.execute_script("return document.querySelector('#tip').innerText"))


@pytest.mark.parametrize(("name", "chart", "told"), [
    ("report.html", "fan", "by its end"), ("report.html", "timeline", "points"),
    ("report.html", "history", "Report of"), ("report-hostile.html", "timeline", "<script>"),
    ("sensitivity.html", "map-1", "%")])
def test_pointing_at_a_chart_says_its_numbers(opened: Any, name: str, chart: str, told: str) -> None:
    driver = opened(name)
    assert told in pointed(driver, chart)
    assert driver.execute_script("return document.querySelectorAll('#tip *').length") == 0


def test_without_scripts_the_pictures_are_there(opened: Any, chromium: Any) -> None:
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        for width, kind in ((1024, "wide"), (390, "narrow")):
            driver = opened("report.html", width)
            pictures = driver.find_elements("css selector", f"main > section > figure .{kind} svg")
            assert len(pictures) >= 4
            assert all(picture.is_displayed() for picture in pictures)
            assert not driver.find_element("css selector", "#theme").is_displayed()
    finally:
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_charts_on_a_phone_can_be_read(opened: Any) -> None:
    sizes = opened("report.html", 390).execute_script(
        "return [...document.querySelectorAll('main > section > figure text')].filter((text) => text.checkVisibility())"
        ".map((text) => text.getBoundingClientRect().height)")
    assert min(sizes) > 9


def test_the_page_s_own_font_is_used(opened: Any) -> None:
    used = opened("report-cyrillic.html").execute_async_script("""
        const done = arguments[0];
        const loaded = () => [...document.fonts].filter((face) => face.status === "loaded").length;
        document.fonts.ready.then(() => done(loaded()));""")
    assert used >= 4  # Latin and Cyrillic, regular and bold


# --- light, dark, motion, keys ---------------------------------------------------------------------------------------

PAPER = "return getComputedStyle(document.body).backgroundColor"
INKS = """return [...new Set([...document.querySelectorAll('.wide text[fill="#1d2430"]')]
    .map((text) => getComputedStyle(text).fill))]"""


@pytest.mark.parametrize("kind", KINDS)
def test_the_switch_turns_the_theme_and_the_charts_with_it(opened: Any, kind: str) -> None:
    driver = opened(f"{kind}.html", color_scheme="light")
    button = driver.find_element("css selector", "#theme")
    assert [driver.execute_script(PAPER), driver.execute_script(INKS), button.text] == [
        "rgb(255, 255, 255)", ["rgb(29, 36, 48)"], "Dark"]
    button.send_keys("\ue007")
    assert [driver.execute_script(PAPER), driver.execute_script(INKS), button.text] == [
        "rgb(22, 26, 32)", ["rgb(233, 236, 241)"], "Light"]
    button.click()
    assert driver.execute_script(PAPER) == "rgb(255, 255, 255)"


def test_the_system_s_dark_theme_is_followed(opened: Any) -> None:
    driver = opened("report.html", color_scheme="dark")
    assert driver.execute_script(PAPER) == "rgb(22, 26, 32)"
    assert driver.find_element("css selector", "#theme").text == "Light"


def test_motion_is_reduced_where_that_is_preferred(opened: Any) -> None:
    how = "return getComputedStyle(document.documentElement).scrollBehavior"
    assert opened("report.html", reduced_motion="reduce").execute_script(how) == "auto"
    assert opened("report.html", reduced_motion="no-preference").execute_script(how) == "smooth"


def test_the_keyboard_reaches_links_switch_and_folded_parts_with_a_visible_focus(opened: Any) -> None:
    driver = opened("report.html")
    # A page without the window's focus, as another process may take it, does not hear the first key.
    driver.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    seen = []
    for _ in range(24):
        driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Tab", "code": "Tab",
                                                          "windowsVirtualKeyCode": 9})
        seen.append(driver.execute_script("const at = document.activeElement; return [at.className || at.id || "
                                          "at.tagName, getComputedStyle(at).outlineStyle]"))
    assert seen[0] == ["skip", "solid"]
    assert ["theme", "solid"] in seen
    assert ["SUMMARY", "solid"] in seen
    assert all(outline != "none" for name, outline in seen if name != "BODY")


CONTRAST = """
    const light = (colour) => {
      const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const colour = getComputedStyle(at).backgroundColor;
        if (!/^rgba.*, 0\\)$/.test(colour)) return colour;
      }
      return "rgb(255, 255, 255)";
    };
    const texts = "p, th, td, h1, h2, h3, li, a, summary, button, .faint, caption, .bar b, .moves strong, .card strong";
    return [...document.querySelectorAll(texts)]
      .filter((element) => element.checkVisibility() && element.innerText)
      .map((element) => [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a)
        .concat(element.innerText.slice(0, 40)))
      .map(([a, b, text]) => [(a + 0.05) / (b + 0.05), text]).filter(([ratio]) => ratio < LEAST);"""


def test_each_text_stands_out_from_what_is_behind_it(opened: Any) -> None:
    for scheme in ("light", "dark"):
        weak = opened("report-many.html", color_scheme=scheme).execute_script(CONTRAST.replace("LEAST", "4.5"))
        assert weak == []


def test_long_tables_of_items_have_a_filter(opened: Any) -> None:
    driver = opened("report-many.html")
    driver.execute_script("document.querySelector('#evidence').open = true")
    box = driver.find_element("css selector", "#evidence .filter")
    box.send_keys("lapses")
    shown = driver.execute_script("return [...document.querySelectorAll('#evidence tr.leads')]"
                                  ".filter((row) => !row.hidden).map((row) => row.innerText)")
    assert 0 < len(shown) < 200
    assert all("lapses" in text for text in shown)


# --- paper -----------------------------------------------------------------------------------------------------------


def printed(driver: Any) -> int:
    """How many A4 pages a page prints on; a process of the browser's makes them, which a busy machine may lose once."""
    from selenium.common.exceptions import WebDriverException

    try:
        made = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    except WebDriverException as error:
        if "Printing failed" not in str(error):
            raise
        made = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", base64.b64decode(made["data"])))


@pytest.mark.parametrize("name", ["report.html", "report-many.html", "report-surely.html"])
def test_the_front_prints_on_four_pages_in_light(opened: Any, name: str) -> None:
    driver = opened(name, color_scheme="dark")
    assert 1 <= printed(driver) <= 4
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert driver.execute_script(PAPER) == "rgb(255, 255, 255)"
    assert driver.execute_script("return document.querySelectorAll('details[open]').length") == 0


def test_all_of_it_is_printed_when_asked_for(opened: Any) -> None:
    front = printed(opened("report.html"))
    driver = opened("report.html")
    driver.get(driver.current_url + "?full")
    assert printed(driver) > front
