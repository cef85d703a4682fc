"""A long session of random clicks ends as it began: no error, no refusal left behind, no growth."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.desk.conftest import workspace

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

APP = Path(__file__).parents[2] / "forecast/desk/page.py"
AT_ONCE = 5
"""Changes that reach the page before it is drawn anew, as when somebody is faster than it."""


def resident() -> int:
    """Memory of this process, in megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 2**20


def act(page: Any, rng: random.Random) -> None:
    """Move, switch, choose or write at random; nothing is saved."""
    kinds = (page.select_slider, page.toggle, page.selectbox, page.button_group, page.text_input, page.multiselect)
    widgets = [widget for kind in kinds for widget in kind if not str(widget.key).startswith("scenario-")]
    widget = rng.choice(widgets)
    if widget in page.toggle:
        widget.set_value(not widget.value)
    elif widget in page.text_input:
        widget.set_value(rng.choice(["", "13w", "10d", "never", "soon", "2031-01-01 2031-02-01", "13w 2w"]))
    elif widget in page.multiselect:
        widget.set_value(rng.sample(widget.options, rng.randint(0, len(widget.options))))
    elif widget in page.button_group:
        widget.set_value(rng.choice(widget.options))
    elif widget in page.selectbox:
        widget.select_index(rng.randrange(len(widget.options)))
    else:
        label, dated = rng.choice(widget.options), widget.key.startswith("w-as-of")
        widget.set_value(datetime.strptime(label, "%d %B %Y").date() if dated else float(label))


def press(page: Any, rng: random.Random) -> None:
    """Press a button; a second analyst comes and goes, changes are undone, a change of the files is looked at."""
    rng.choice([button for button in page.button if button.key != "confirm"]).click()


def test_five_hundred_random_actions_leave_no_error_and_no_growth(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    testing = pytest.importorskip("streamlit.testing.v1")
    root = workspace(tmp_path / "toy")
    (root / "evidence/scenarios").mkdir()
    (root / "evidence/scenarios/no-hall.yaml").write_text("name: No hall\ndrop: [union-hall]\n", encoding="utf-8")
    files = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    monkeypatch.setenv("FORECAST_DESK_WORKSPACE", str(root))
    page, rng = testing.AppTest.from_file(str(APP), default_timeout=60).run(), random.Random(1953)
    halfway = 0
    for turn in range(100):
        for _ in range(AT_ONCE - 1):
            act(page, rng)
        press(page, rng)
        page.run()
        assert not page.exception, page.exception
        assert [metric.label for metric in page.metric][1:] == ["This change", "All changes"]
        halfway = resident() if turn == 50 else halfway
    assert resident() - halfway < 40
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == files
