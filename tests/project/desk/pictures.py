"""Take the pictures of the desk that the guide shows: `python -m tests.project.desk.pictures` in the checkout.

The desk is opened on a copy of the files: nothing that is done for a picture stays.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests import ROOT
from tests.project.desk.conftest import free_port, wait_for

IMAGES = ROOT / "docs/images"
MOVED, OWN = "samus-last-chance", "kolesnikov-unlikely"


class Hand:
    """A hand and an eye at the desk."""

    def __init__(self, port: int) -> None:
        from selenium import webdriver

        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                         "--window-size=1400,1040", "--hide-scrollbars"):
            options.add_argument(argument)
        self.browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        self.browser.get(f"http://127.0.0.1:{port}/")

    def find(self, selector: str) -> Any:
        for _ in range(200):
            if found := self.browser.find_elements("css selector", selector):
                return found[0]
            time.sleep(0.1)
        raise AssertionError(selector)

    def click(self, selector: str) -> None:
        self.find(selector)
        self.browser.execute_script("document.querySelector(arguments[0]).click()", selector)

    def state(self, item: str, ratio: str, why: str) -> None:
        """Open an item, move its ratio, and say why."""
        self.click("[data-do=tab][data-id=items]")
        self.find("[data-row]")
        self.click(f"[data-do=choose][data-id='item/{item}']")
        box = self.find(f"[id='drawer-item/{item}'] input.stated")
        self.browser.execute_script("arguments[0].focus(); arguments[0].select()", box)
        box.send_keys(f"{ratio}\t")
        self.find("[data-why]").send_keys(why)

    def picture(self, name: str) -> None:
        """Take a picture once all is worked out."""
        time.sleep(2)
        self.browser.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
        self.find("#curve svg")
        for _ in range(100):
            if not self.browser.find_elements("css selector", ".stale"):
                break
            time.sleep(0.1)
        self.browser.save_screenshot(str(IMAGES / f"{name}.png"))


def take(port: int) -> None:
    """One meeting, in three pictures."""
    hand = Hand(port)
    try:
        hand.state(MOVED, "2", "He has been right about the last two offensives.")
        hand.picture("desk-items")
        hand.click("[data-do=speak][data-id='+']")
        hand.find("[data-fill=analyst]").send_keys("Ann Lee")
        hand.click("[data-seat] button")
        hand.find("[data-do=speak][data-id=ann-lee]")
        hand.state(MOVED, "0.8", "An argument of need is made in every war.")
        hand.state(OWN, "0.5", "Polls of the autumn say the same.")
        hand.click("[data-do=choose][data-id='']")
        hand.picture("desk-analysts")
        hand.click("[data-do=speak][data-id=desk]")
        hand.click("[data-do=saving][data-id=files]")
        hand.find("[data-fill=initials]").send_keys("JS")
        hand.click("[data-do=propose]")
        hand.find(".diff")
        hand.picture("desk-writing")
    finally:
        hand.browser.quit()


def main() -> None:
    """Serve a copy of the files, and take the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("priors", "evidence", "reports"):
            shutil.copytree(ROOT / name, Path(folder) / name)
        port = free_port()
        command = [sys.executable, "-m", "forecast", "desk", "--workspace", folder, "--port", str(port), "--no-browser"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            wait_for(port, process)
            take(port)
        finally:
            process.terminate()
            process.communicate(timeout=20)


if __name__ == "__main__":
    main()
