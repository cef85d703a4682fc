"""What is read from workspaces that are right."""

from __future__ import annotations

import math
import sys
from datetime import date
from pathlib import Path

import pytest

from forecast.core.cure_model import PastCase
from forecast.core.errors import ForecastError
from forecast.core.scalars import scalar
from forecast.records.evidence import Tally, Window
from forecast.records.types import Estimate
from forecast.workspace.loader import load, load_texts
from forecast.workspace.yaml.reader import read
from tests import ROOT
from tests.robustness.reading.example import ITEMS, QUESTION, SCENARIO, contents, written

VECTORS = sorted((ROOT / "tests/regression/vectors").glob("*/priors"))


@pytest.mark.parametrize("priors", VECTORS, ids=lambda path: path.parent.name)
def test_a_good_workspace_loads_and_survives_being_stored(priors: Path) -> None:
    workspace = load(priors.parent)
    assert len(workspace.items) >= 14
    stored = load_texts(workspace.inputs)
    assert stored.case() == workspace.case()
    assert stored.inputs == workspace.inputs


def test_every_field_of_the_example_arrives_as_it_was_written(tmp_path: Path) -> None:
    workspace = load(written(tmp_path, contents()))
    ballot, no_talks, overtime = workspace.items
    assert (ballot.date, ballot.entered) == (date(2031, 3, 10), date(2031, 3, 12))
    assert ballot.likelihood_ratio == {"strike": Estimate(2, 1.5, 3), "slowdown": Estimate(1.2)}
    assert ballot.window == Window(date(2031, 4, 1), date(2031, 5, 31))
    assert workspace.groups[0].memory == 26
    assert workspace.question.preparation.lead == Estimate(13)
    assert no_talks.seen is False
    assert overtime.counts == {"strike": Tally(4, 5), "slowdown": Tally(3, 5), "calm": Tally(1, 6)}
    assert overtime.standing is not None
    assert (overtime.standing.every, overtime.standing.at_most) == (4, 12)
    assert workspace.histories == {"cases.csv": (PastCase("north", 12.5, "event", 0.5), PastCase("south", 30, "ended"),
                                                 PastCase("west", 8, "censored"))}
    assert workspace.question.evidence_weight == Estimate(0.8, 0.5, 1)
    assert list(workspace.scenarios) == ["doubt"]
    assert SCENARIO not in workspace.inputs
    assert workspace.places["item", "overtime"].line("retracted") == 26
    assert workspace.places["item", "overtime"].line("url") == 20


def test_the_case_is_as_of_today_or_of_the_newest_item_inside() -> None:
    workspace = load_texts(contents())
    assert workspace.case(today=date(2031, 5, 5)).as_of == date(2031, 5, 5)
    assert workspace.case(today=date(2040, 1, 1)).as_of == date(2031, 4, 2)
    assert workspace.case(date(2031, 6, 1)).as_of == date(2031, 6, 1)
    with pytest.raises(ForecastError, match="outside the question"):
        workspace.case(date(2031, 12, 31))


def test_a_question_that_the_event_resolved_has_no_forecast_from_that_day_on() -> None:
    resolved = "resolved: {outcome: strike, date: 2031-06-10}\nhub:"
    files = contents()
    files[QUESTION] = files[QUESTION].replace(b"hub:", resolved.encode())
    workspace = load_texts(files)
    assert workspace.case(date(2031, 6, 9)).as_of == date(2031, 6, 9)
    with pytest.raises(ForecastError, match="resolved on 2031-06-10"):
        workspace.case(date(2031, 6, 10))


def test_plain_aliases_are_allowed() -> None:
    files = contents()
    files[ITEMS] = files[ITEMS].replace(b"window: [", b"window: &spring [")
    files[ITEMS] = files[ITEMS].replace(b"  seen: false", b"  window: *spring\n  seen: false")
    items = load_texts(files).items
    assert items[0].window == items[1].window is not None


def test_line_numbers_hold_whatever_ends_the_lines() -> None:
    for end in (b"\n", b"\r\n"):
        document = read("a: ä\nb:\n  - |\n    x\n\n    y\n  - z\n".encode().replace(b"\n", end))
        assert [document.line(path) for path in [(), ("a",), ("b",), ("b", 0), ("b", 1), ("b", 2), ("c",)]] == \
            [1, 1, 2, 3, 7, 2, 1]


@pytest.mark.parametrize(("text", "value"), [
    ("yes", "yes"), ("no", "no"), ("on", "on"), ("y", "y"), ("true", True), ("FALSE", False), ("tRUE", "tRUE"),
    ("null", None), ("~", None), ("", None), ("none", "none"), ("12", 12), ("+12", 12), ("-3", -3), ("010", 10),
    ("0o17", 15), ("0x1F", 31), ("0b11", "0b11"), ("1_000", "1_000"), ("1:30", "1:30"), ("2022-09-21", "2022-09-21"),
    ("1.", 1.0), (".5", 0.5), ("-1.5e3", -1500.0), ("1e3", 1000.0), ("e3", "e3"), (".", "."), ("-", "-"),
    ("+.inf", math.inf), ("-.INF", -math.inf), ("inf", "inf"), ("nan", "nan"), ("1e999", math.inf), ("١", "١"),
    ("0x", "0x"), ("12 w", "12 w"),
])
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    found = scalar(text)
    assert (type(found), found) == (type(value), value)


def test_nan_is_written_with_a_point() -> None:
    assert math.isnan(scalar(".NaN"))


def test_without_libyaml_the_same_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_texts(contents())
    monkeypatch.delitem(sys.modules, "forecast.workspace.yaml.reader")
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)
    import forecast.workspace.yaml.reader as slow

    assert slow.Parser.__module__ == "forecast.workspace.yaml.reader"
    for path, data in first.inputs.items():
        if path.endswith(".yaml"):
            ours, theirs = read(data), slow.read(data)
            assert ours.value == theirs.value
            assert sorted(map(str, ours.lines.values())) == sorted(map(str, theirs.lines.values()))
