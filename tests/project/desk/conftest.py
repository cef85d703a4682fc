"""A workspace to work on, the desk that serves it, and a headless browser that looks at it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from forecast.workspace.starting import init

ITEM = """- id: union-hall
  title: The union has booked a hall for four weeks   # a comment that must stay
  date: {today}
  source: union
  # Halls are booked in quiet years too.
  likelihood_ratio: {{strike: [1.2, 2, 3.3]}}
  rationale: Halls are booked before strikes more often than before talks.
"""


@dataclass(frozen=True)
class Desk:
    """A served workspace."""

    root: Path
    port: int
    process: subprocess.Popen[str]


def workspace(folder: Path) -> Path:
    """The toy workspace with one more item, whose ratio is stated in the file."""
    init(folder, date.today())
    (folder / "evidence/halls.yaml").write_text(ITEM.format(today=date.today()), encoding="utf-8")
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    root, port = workspace(tmp_path_factory.mktemp("desk") / "toy"), free_port()
    command = [sys.executable, "-m", "forecast", "desk", "--workspace", str(root), "--port", str(port), "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        wait_for(port, process)
        yield Desk(root, port, process)
    finally:
        process.terminate()
        said = process.communicate(timeout=20)[0]
    assert "Traceback" not in said, said


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    for _ in range(300):
        assert process.poll() is None, process.communicate()[0]
        try:
            with urlopen(f"http://127.0.0.1:{port}/"):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the desk does not answer")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver")
    driver = shutil.which("chromedriver")
    if driver is None:
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--window-size=1600,1500"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield browser
    browser.quit()
