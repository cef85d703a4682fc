"""Charts: valid, offline, deterministic, complete, in one palette, as wide as their place, and true to the document."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.cli.reports import _differing
from forecast.core.text import chance, whole
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.report.charts import backtests, drawing
from forecast.report.charts.bridge import bridge
from forecast.report.charts.drawing import save_charts, specification, svg
from forecast.report.charts.levels import sources
from forecast.report.charts.spec import Days, Percents, Plot, Spec
from forecast.report.charts.style import COLOURS, NARROW, PALETTE, WIDE, width_of
from forecast.report.charts.through_time import corners, fan, timeline
from forecast.report.contents.assembly import chart_document, chart_fields
from forecast.report.document import ChartDocument, ReportDocument
from forecast.report.pages import comparison, sensitivity
from tests.builders import STEADY, day, make_case, make_item, make_question, make_source
from tests.project.report.documents import (
    bare_document,
    case_of,
    comparison_of,
    plain_document,
    sensitivity_of,
)
from tests.project.report.generated import CHINESE, CYRILLIC, LONG, WORD, retitled, sized
from tests.project.report.rendered import backtest_of, report_charts, vega_lite

EXPECTED = {"fan", "weekly", "history", "bridge", "timeline", "flow", "sources", "tornado", "past-cases-1"}


@cache
def every_chart(width: int) -> dict[str, Spec]:
    """The charts of all kinds of pages."""
    return (report_charts(False, width) | comparison.charts(comparison_of(), width)
            | sensitivity.charts(sensitivity_of(), width) | backtests.charts(backtest_of(), width))


def words_of(spec: Spec) -> list[str]:
    """The texts of a chart's marks."""
    marks = [part for part in spec["layer"] if part["mark"]["type"] == "text"]
    rows = [row for part in marks for row in part["data"]["values"]]
    return [str(row.get("label", row.get("text", row.get("plus")))) for row in rows]


def test_a_full_document_has_every_chart() -> None:
    assert set(report_charts(False, WIDE)) == EXPECTED


def test_a_document_without_evidence_has_those_that_it_can_have() -> None:
    assert set(drawing.charts(bare_document())) == EXPECTED - {"history", "timeline", "flow", "sources"}


def test_every_specification_is_valid_vega_lite() -> None:
    for name, spec in every_chart(NARROW).items():
        assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/v6"), name
        bare = [part | {"data": {"values": []}} for part in spec["layer"]]  # any data are valid, and slow to check
        vega_lite().validate(spec | {"layer": bare})


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_chart_is_titled_and_says_how_to_read_it(width: int) -> None:
    for name, spec in every_chart(width).items():
        assert spec["title"]["text"], name
        assert spec["title"]["subtitle"], name


def test_axes_have_percents_or_dates() -> None:
    for name, spec in every_chart(WIDE).items():
        for part in spec["layer"]:
            for channel in ("x", "y"):
                encoding = part["encoding"].get(channel, {})
                if encoding.get("type") == "quantitative" and encoding.get("axis"):
                    assert "'%'" in encoding["axis"]["labelExpr"], name
                if encoding.get("type") == "temporal":
                    assert "utcFormat" in encoding["axis"]["labelExpr"], name


@pytest.mark.parametrize("text", [LONG, CYRILLIC, CHINESE, WORD])
def test_long_names_are_wrapped_and_not_cut(text: str) -> None:
    document = retitled(plain_document(), text)
    for draw in (fan, bridge):
        for width in (WIDE, NARROW):
            title = draw(document, width)["title"]
            told = "".join("".join([*title["text"], *title["subtitle"]]).split())
            assert draw is bridge or "".join(text.split()) in told


def test_colours_are_those_of_the_palette_so_that_the_page_can_turn_them() -> None:
    for name, spec in every_chart(WIDE).items():
        drawn = ElementTree.fromstring(svg(specification(spec))).iter()
        used = {element.get(key) for element in drawn for key in ("fill", "stroke")}
        assert used <= {*COLOURS.values(), *PALETTE, "none", "transparent", None}, name


def test_two_drawings_are_the_same(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        svg.cache_clear()
        save_charts({"bridge": bridge(plain_document(), WIDE)}, tmp_path / folder)
    for name in ("bridge.svg", "bridge.png"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_chart_is_wider_than_its_place(width: int) -> None:
    for name, spec in every_chart(width).items():
        assert wide(spec) <= width + 14, name
    for text in (LONG, CYRILLIC, CHINESE, WORD):
        document = retitled(plain_document(), text)
        for draw in (fan, bridge, timeline):
            assert wide(draw(document, width) or {}) <= width + 14, text


def wide(spec: Spec) -> float:
    """How wide a chart is drawn, its title and labels included."""
    return float(ElementTree.fromstring(svg(specification(spec))).get("width", "inf"))


# --- the numbers -----------------------------------------------------------------------------------------------------


def sizes() -> list[ReportDocument]:
    return [plain_document(), bare_document(), sized(plain_document(), 40, 6), sized(plain_document(), 1, 1)]


@pytest.mark.parametrize(("given", "now"), [(0.6, 0.2), (0.2, 0.6), (0.6, 0.58), (0.02, 0.99), (0.99, 0.02)])
def test_the_number_of_a_source_stands_at_its_full_dot_and_away_from_the_hollow_one(given: float, now: float) -> None:
    document = plain_document()
    trusted = document.reliability[0].model_copy(update={"given": given, "now": now, "items": 1})
    drawn = sources(document.model_copy(update={"reliability": (trusted,)}), WIDE)
    assert drawn is not None
    labels = [part for part in drawn["layer"] if part["mark"]["type"] == "text" and part["encoding"]["x"].get(
        "field") == "side"]
    (row,) = (row for part in labels for row in part["data"]["values"])
    assert row["label"] == whole(now)
    assert abs(row["side"] - row["now"]) <= 14
    assert (row["side"] > row["now"]) == (row["align"] == "left") == (now > given)


@pytest.mark.parametrize("document", sizes(), ids=["plain", "bare", "forty", "one"])
def test_the_bridge_ends_at_the_forecast(document: ReportDocument) -> None:
    told = words_of(bridge(document, WIDE))
    opening, silence = document.ledger[0].probability, document.ledger[1].probability
    assert told[0] == whole(opening)
    assert told[1].endswith(f"→ {whole(silence)}")
    assert told[2].endswith(f"→ {chance(document.event)}")


@pytest.mark.parametrize("document", sizes(), ids=["plain", "bare", "forty", "one"])
def test_the_fan_says_the_key_dates_of_the_document(document: ReportDocument) -> None:
    told = " ".join(words_of(fan(document, WIDE)))
    for when, probability in document.by.items():
        if document.as_of < when < document.question.horizon:
            assert whole(probability) in told
    assert chance(document.event) in told


def test_every_curve_ends_at_its_forecast() -> None:
    curve = next(part for part in fan(plain_document(), WIDE)["layer"] if part["mark"].get("strokeWidth") == 2.5)
    values = [row["p"] for row in curve["data"]["values"]]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(plain_document().event)


def abrupt() -> Case:
    """A case whose curve is steep on one day in the middle of a week, on which a key date lies."""
    claim = make_item("leader", date=day(20), kept=0.9, window=[day(25), day(25)])
    question = make_question(prior=[STEADY], key_dates=[day(25), day(100)])
    return make_case(question, [claim], [make_source("wire", "B")], as_of=day(22))


@pytest.mark.parametrize("case", [abrupt(), case_of()], ids=["abrupt", "plain"])
def test_every_dot_of_the_fan_lies_on_its_curve_and_in_its_range(case: Case) -> None:
    found = case.forecast()
    for document in (chart_document(found), ChartDocument(**chart_fields(found, Exact(case)))):
        at = {each.day: each for each in corners(document)}
        ahead = [when for when in document.by if document.as_of < when < document.question.horizon]
        assert {when: at[when].p for when in ahead} == {when: document.by[when] for when in ahead}
        assert all(each.low <= each.p <= each.high for each in at.values())
        assert list(at) == sorted(at)


def test_a_curve_bends_where_a_claim_begins_and_ends_to_speak() -> None:
    document = chart_document(abrupt().forecast())
    found = {each.day: each.p for each in corners(document)}
    assert {when: found[when] for when in (day(24), day(25))} == {
        when: abrupt().forecast().by(when) for when in (day(24), day(25))}
    assert found[day(24)] < 0.1 < 0.8 < found[day(25)]
    curve = next(part for part in fan(document, WIDE)["layer"] if part["mark"].get("strokeWidth") == 2.5)
    assert len(curve["data"]["values"]) == len(found)


def test_a_report_from_before_the_bends_were_kept_is_read_drawn_and_replayed() -> None:
    document = plain_document()
    fields = json.loads(document.json_text())
    assert fields.pop("edges")
    old = ReportDocument.from_json(json.dumps(fields), "forecast.json")
    assert old.edges == ()
    assert fan(old, WIDE)["title"] == fan(document, WIDE)["title"]
    assert _differing(fields, document) == []
    assert _differing(json.loads(document.json_text()), document) == []


def test_the_rim_of_a_label_is_round() -> None:
    rims = [part["mark"] for part in fan(plain_document(), WIDE)["layer"]
            if part["mark"]["type"] == "text" and "stroke" in part["mark"]]
    assert rims
    assert all(mark.get("strokeJoin") == "round" for mark in rims), "corners of letters would stick out as spikes"


# --- labels -----------------------------------------------------------------------------------------------------------


def boxes(part: Spec, x: Days | None, y: Percents) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of labels; of end labels from the end of their line."""
    found = []
    for row in part["data"]["values"]:
        left = 0.0 if x is None else x.width * (row["x"] - Days(x.first, x.last, 1).at(0)) / max(
            1, Days(x.first, x.last, 1).at(1) - Days(x.first, x.last, 1).at(0))
        middle = y.y(row["y"])
        found.append((left, middle - 7, left + width_of(row["label"]) * 7, middle + 7))
    return found


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["Yes 4%", LONG, CYRILLIC[:40]])), min_size=1, max_size=7))
def test_labels_of_lines_never_lie_on_each_other(ends: list[tuple[float, str]]) -> None:
    y = Percents(1.0, 220)
    labels = [(p, label, "#000000") for p, label in ends]
    part = Plot(Days(day(0), day(9), 600), y).end_labels(labels, "2031-01-01", 190)
    placed = sorted(y.y(row["y"]) for row in part["data"]["values"])
    assert all(below - above >= 14.9 for above, below in pairwise(placed))
    assert "".join("".join(row["label"] for row in part["data"]["values"]).split())


def test_labels_at_the_top_do_not_move_those_below_that_have_room() -> None:
    y = Percents(1.0, 220)
    ends = [(p, f"{p:.0%}", "#000000") for p in (0.1, 0.97, 0.98, 0.99)]
    part = Plot(Days(day(0), day(9), 600), y).end_labels(ends, "2031-01-01", 190)
    placed = {row["label"]: y.y(row["y"]) for row in part["data"]["values"]}
    assert placed["10%"] == pytest.approx(y.y(0.1))
    assert 7 <= placed["99%"] < placed["98%"] < placed["97%"] < 50


def test_of_two_dots_close_together_each_has_its_label_on_its_own_side() -> None:
    x, y = Days(day(0), day(240), 600), Percents(0.6, 300)
    first, second = (day(55), 0.08, "8% by 30 Jun 2031"), (day(73), 0.11, "11% by 18 Jul 2031")
    part = Plot(x, y).dot_labels([first, second])
    placed = {row["label"]: box for row, box in zip(part["data"]["values"], boxes(part, x, y), strict=True)}
    assert placed[first[2]][2] < x.x(first[0])
    assert placed[second[2]][0] > x.x(second[0])


def test_every_line_of_key_dates_is_labelled_where_it_begins() -> None:
    document = backtest_of()
    spec = backtests.key_dates(document, WIDE)
    labels = next(part for part in spec["layer"] if part["mark"]["type"] == "text")
    begun = [part["data"]["values"][0] for part in spec["layer"] if part["mark"]["type"] == "line"]
    assert len(begun) == len(labels["data"]["values"]) > 1
    assert {row["day"] for row in begun} == {row["day"] for row in labels["data"]["values"]}


@given(st.lists(st.integers(1, 700), min_size=1, max_size=6, unique=True))
def test_labels_of_dots_never_lie_on_each_other_and_are_at_their_dots(days: list[int]) -> None:
    first = date(2031, 1, 1)
    x, y = Days(first, first + timedelta(710), 600), Percents(0.5, 250)
    points = [(first + timedelta(day), 0.5 * day / 710, f"{day % 100}% by {day} Mar 2031") for day in sorted(days)]
    part = Plot(x, y).dot_labels(points)
    at = {label: (x.x(day), y.y(p)) for day, p, label in points}
    for row, box in zip(part["data"]["values"], boxes(part, x, y), strict=True):
        dot = at[row["label"]]
        assert min(abs(box[0] - dot[0]), abs(box[2] - dot[0])) <= 40
        assert abs((box[1] + box[3]) / 2 - dot[1]) <= 42
    for one, other in pairwise(boxes(part, x, y)):
        assert one[3] <= other[1] + 2 or other[3] <= one[1] + 2 or one[2] <= other[0] + 2 or other[2] <= one[0] + 2


def test_pictures_say_their_numbers_to_the_pointer() -> None:
    def tips(name: str) -> list[str]:
        drawn = svg(specification(every_chart(WIDE)[name]))
        return re.findall(r'aria-label="([^"]+)" role="[^"]+" aria-roledescription="[^"]+ mark"', drawn)

    assert len(tips("fan")) == len(plain_document().curve)
    assert len(tips("timeline")) == len(plain_document().evidence)
    assert len(tips("history")) == 2
    assert all("%" in tip for name in ("fan", "history", "map-1") for tip in tips(name))


def test_data_are_in_a_specification_once() -> None:
    spec: dict[str, Any] = json.loads(specification(report_charts(False, WIDE)["fan"]))
    assert all("values" not in part["data"] for part in spec["layer"])
    assert len(spec["datasets"]) < len(spec["layer"]) + 1
