"""Charts: offline, deterministic, complete, in one palette, and data stays data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from forecast.report.charts.curves import cumulative
from forecast.report.charts.steps import ledger

from forecast.report.charts.drawing import charts, save_charts, specification, svg
from forecast.report.charts.levels import past_cases, yardstick
from forecast.report.charts.style import COLOURS, NARROW, WIDE, wrap
from tests.report.documents import HOSTILE, bare_document, hostile_document, plain_document

EXPECTED = {"yardstick", "change", "history", "cumulative", "weekly", "hazard", "ledger", "evidence", "sources",
            "hypotheses", "components", "tornado", "indicators", "reference-class-1"}


@cache
def specified(kind: str, width: int = WIDE) -> dict[str, str]:
    """The specifications of all charts of one of the documents, as JSON."""
    make = {"plain": plain_document, "hostile": hostile_document}[kind]
    return {name: specification(chart) for name, chart in charts(make(), width).items()}


def specs(kind: str, width: int = WIDE) -> dict[str, dict[str, Any]]:
    return {name: json.loads(text) for name, text in specified(kind, width).items()}


def walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, part in value.items():
            yield from walk(part, (*path, key))
    elif isinstance(value, list):
        for part in value:
            yield from walk(part, path)


def test_a_full_document_has_every_chart() -> None:
    assert set(specified("plain")) == EXPECTED


def test_every_specification_is_valid_vega_lite() -> None:
    for chart in charts(plain_document(), NARROW).values():
        assert chart.to_dict(validate=True)["$schema"].startswith("https://vega.github.io/schema/vega-lite/v6")


def test_a_document_without_evidence_has_those_that_it_can_have() -> None:
    assert set(charts(bare_document())) == {"yardstick", "cumulative", "weekly", "hazard", "ledger", "hypotheses",
                                            "components", "tornado"}


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_axes_have_a_unit_or_dates(width: int) -> None:
    for name, spec in specs("plain", width).items():
        shown = [(value["type"], value["axis"]) for path, value in walk(spec)
                 if path and path[-1] in ("x", "y") and isinstance(value, dict) and value.get("axis")]
        assert shown
        for kind, axis in shown:
            told = f"{axis.get('title')} {axis.get('labelExpr')}"
            assert kind == "temporal" or re.search(r"%|dB|[Ww]eeks", told), name


def test_every_chart_is_titled_and_says_how_to_read_it() -> None:
    for spec in specs("plain").values():
        assert spec["title"]["text"]
        assert spec["title"]["subtitle"]


def test_a_long_title_is_wrapped_and_not_cut() -> None:
    document = plain_document()
    document["question"]["names"]["strike"] = "A strike of the dockers and of all who work with them " * 4
    for draw in (yardstick, cumulative, ledger):
        title = draw(document, NARROW).to_dict()["title"]["text"]
        assert " ".join(title).count("dockers") == 4
        assert len(title) > 4


def test_colours_are_those_of_the_palette_so_that_the_page_can_turn_them() -> None:
    for text in specified("plain").values():
        used = {element.get(name) for element in ElementTree.fromstring(svg(text)).iter()
                for name in ("fill", "stroke")}
        assert used <= {*COLOURS.values(), "none", None}


def test_hostile_texts_are_data_and_titles_only() -> None:
    for spec in specs("hostile").values():
        for path, value in walk(spec):
            if isinstance(value, str) and ("hacked" in value or "datum['x']" in value):
                assert path[0] in ("datasets", "title")
            assert not any("hacked" in key for key in path)


def test_expressions_and_field_names_do_not_depend_on_the_texts() -> None:
    def code(kind: str) -> set[Any]:
        keys = ("labelExpr", "field", "expr", "test", "calculate", "filter")
        return {value for spec in specs(kind).values() for path, value in walk(spec)
                if path and path[-1] in keys and isinstance(value, str) and path[0] != "datasets"}

    assert code("plain") == code("hostile")


def test_a_hostile_picture_has_no_script_no_link_and_nothing_from_elsewhere() -> None:
    for text in specified("hostile").values():
        for element in ElementTree.fromstring(svg(text)).iter():
            assert element.tag.rpartition("}")[2] in {"svg", "g", "rect", "path", "text", "tspan", "line", "defs",
                                                      "clipPath"}
            assert not any(name.startswith("on") or name.endswith(("href", "style")) for name in element.attrib)


def test_two_drawings_are_the_same(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        svg.cache_clear()
        save_charts({"ledger": ledger(plain_document(), WIDE)}, tmp_path / folder)
    for name in ("ledger.svg", "ledger.png"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_each_chart_is_saved_as_svg_and_as_png(tmp_path: Path) -> None:
    drawn = {"yardstick": yardstick(plain_document(), WIDE), "ledger": ledger(plain_document(), WIDE)}
    save_charts(drawn, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.{kind}" for name in drawn for kind in ("svg", "png")}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in tmp_path.glob("*.png"))


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_chart_is_wider_than_its_place(width: int) -> None:
    for name, text in specified("hostile", width).items():
        assert float(ElementTree.fromstring(svg(text)).get("width", "inf")) <= width + 8, name


def test_the_waterfall_goes_from_the_first_total_to_the_last() -> None:
    document = plain_document()
    spec = specs("plain")["ledger"]
    bars = next(rows for rows in spec["datasets"].values() if rows and {"a", "b"} <= set(rows[0]))
    assert bars[0]["a"] == 0
    assert all(before["b"] == after["a"] for before, after in pairwise(bars))
    assert bars[-1]["b"] == pytest.approx(document["decibans"])
    assert len(bars) == len(document["ledger"]) + 1


def test_a_long_ledger_joins_small_items_and_still_adds_up() -> None:
    document = plain_document()
    opening, silence, *_ = document["ledger"]
    total, steps, evidence = silence["total"], [opening, silence], []
    for place in range(60):
        step = 1.0 if place % 5 == 4 else 0.01
        total += step
        steps.append({"kind": "item", "id": f"i{place:02}", "label": f"Item {place}", "decibans": step, "points": 0.0,
                       "total": total, "probability": 0.5})
        evidence.append(document["evidence"][0] | {"id": f"i{place:02}"})
    spec = json.loads(specification(ledger(document | {"ledger": steps, "evidence": evidence}, WIDE)))
    bars = next(rows for rows in spec["datasets"].values() if rows and {"a", "b"} <= set(rows[0]))
    assert len(bars) < 30
    assert all(before["b"] == after["a"] for before, after in pairwise(bars))
    assert bars[-1]["b"] == total
    assert "4 smaller items" in bars[2]["what"]


def test_past_cases_are_read_from_the_stored_input() -> None:
    assert [tuple(case.values()) for case in past_cases(plain_document(), 0)] == [
        ("Docks", 12, "event", 1), ("Mills", 30, "ended", 0.5), ("Rails", 26, "censored", 0.25)]
    assert past_cases(plain_document(), 1) == []


def test_hostile_labels_keep_all_their_letters() -> None:
    spec = specs("hostile")["evidence"]
    drawn = "".join(row["text"] for rows in spec["datasets"].values() for row in rows if "text" in row)
    assert "".join(" ".join(wrap(HOSTILE.split("\u202e")[0], 50)).split()) in "".join(drawn.split())
