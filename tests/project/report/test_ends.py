"""Pages at their ends: hours before the horizon, over thirty years, at next to no chance, on a phone."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.scenarios import ComparisonTable, compare
from forecast.core.text import fine, short, whole
from forecast.engine.exact import Exact
from forecast.evaluation.calibration.files import calibration_text
from forecast.records.question import Calibration
from forecast.report.charts.drawing import specification, svg
from forecast.report.charts.spec import Days, Percents, Plot, Spec
from forecast.report.charts.style import COLOURS, DARK, LABELS, LETTER, NARROW, WIDE, width_of
from forecast.report.charts.through_time import fan, history, weekly
from forecast.report.contents.assembly import question_part
from forecast.report.contents.periods import MOST, periods, weeks_each
from forecast.report.contents.track import comparable
from forecast.report.contents.what_if import comparison_document, update_document
from forecast.report.document import CurveRow, ReportDocument, StoredInput
from forecast.report.page import Page, Table
from forecast.report.pages import comparison, findings, front, head
from forecast.report.pages.screens import update_page
from tests.builders import day, make_case, make_question
from tests.project.report.documents import (
    case_of,
    comparison_of,
    earlier_document,
    plain_document,
    report_of,
)
from tests.project.report.generated import likely, sized
from tests.project.report.reading import blocks, lines, plain, said, table
from tests.project.report.test_charts import every_chart, words_of


@cache
def last_day() -> ReportDocument:
    """A report of the day before a horizon."""
    question = make_question(weeks=3, key_dates=[day(20)])
    return report_of(make_case(question, as_of=day(19)), nuts=False, files={})


@cache
def stretched(weeks: int) -> ReportDocument:
    """A report of a question of so many weeks, each of the same hazard."""
    document, rows, left = plain_document(), [], 1.0
    for week in range(weeks):
        first = document.as_of + timedelta(1 + 7 * week)
        p, hazard = left * 0.002, 0.002
        left -= p
        rows.append(CurveRow(first=first, last=first + timedelta(6), probability=p, cumulative=1 - left,
                             low=0.5 * (1 - left), high=1 - left**2, hazard=hazard, prior=p,
                             prior_cumulative=1 - left))
    question = document.question.model_copy(update={"horizon": rows[-1].last})
    return document.model_copy(update={"question": question, "curve": tuple(rows)})


def prepared() -> ReportDocument:
    """A report in which a preparation is all but certain, and likelier than anything else."""
    document = plain_document()
    return document.model_copy(update={"preparing": document.preparing.model_copy(update={"now": 0.98})})


# --- nothing is outside the axes --------------------------------------------------------------------------------------


def outside(spec: Spec) -> Iterator[tuple[Any, Any]]:
    """Places of lines, areas, bars and dots beyond the ends of the axis that they are on."""
    for part in spec["layer"]:
        for channel in ("x", "y") if part["mark"]["type"] != "text" else ():
            place = part["encoding"].get(channel, {})
            if not place.get("axis"):
                continue
            fields = [place["field"], *(part["encoding"][end]["field"] for end in (f"{channel}2",)
                                        if end in part["encoding"])]
            lowest, highest = place["scale"]["domain"]
            for row in part["data"]["values"]:
                for value in (row[field] for field in fields):
                    at = 86_400_000 * (date.fromisoformat(value) - date(1970, 1, 1)).days if isinstance(
                        value, str) else value
                    if not lowest <= at <= highest:
                        yield value, (lowest, highest)


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("document", [plain_document(), last_day(), stretched(200), prepared()],
                         ids=["plain", "last day", "long", "prepared"])
def test_nothing_is_drawn_outside_the_axes(document: ReportDocument, width: int) -> None:
    drawn = (fan(document, width), weekly(document, width),
             history(document, comparable(document, [earlier_document()]), width))
    assert [place for spec in drawn if spec for place in outside(spec)] == []


def test_a_day_before_the_horizon_the_fan_is_as_wide_as_ever() -> None:
    drawn = ElementTree.fromstring(svg(specification(fan(last_day(), WIDE))))
    assert float(drawn.get("width", "inf")) <= WIDE + 14


@given(st.lists(st.tuples(st.integers(0, 60), st.floats(0, 1), st.booleans()), min_size=1, max_size=8,
                unique_by=lambda each: each[0]), st.floats(0, 1))
def test_numbers_of_moves_are_inside_the_plot_and_beside_other_lines(moves: list[tuple[int, float, bool]],
                                                                     level: float) -> None:
    x, y = Days(day(0), day(60), 600), Percents(1.0, 220)
    line = [{"day": str(day(0)), "p": level}, {"day": str(day(60)), "p": level}]
    places = [(day(at), p, number, rose) for number, (at, p, rose) in enumerate(sorted(moves), 1)]
    rim, told = Plot(x, y).numbers(places, [line])
    assert rim["data"] == told["data"]
    for row in told["data"]["values"]:
        middle = y.y(row["y"])
        assert 5.9 <= middle <= y.height - 5.9
        assert len(moves) > 1 or abs(middle - y.y(level)) >= 8.9


# --- what is said is true in few days ---------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [plain_document(), last_day()], ids=["plain", "last day"])
def test_the_day_of_the_even_chance_is_not_said_to_be_after_it(document: ReportDocument) -> None:
    by_when = " ".join(" ".join(lines(block)) for block in head.answer(document, None))
    assert "before" not in f"{findings.fan(document)} {by_when}"
    assert f"at least an even chance that it is by {'then' if document is last_day() else ''}" in by_when


@pytest.mark.parametrize("as_of", [0, 10, 18, 19])
def test_at_least_half_of_it_falls_by_the_day_that_is_named(as_of: int) -> None:
    forecast = Exact(make_case(make_question(weeks=3), as_of=day(as_of))).forecast
    median = forecast.timing[0.5]
    assert median is not None
    assert forecast.by(median) >= 0.5 * forecast.event
    assert median == day(as_of + 1) or forecast.by(median - timedelta(1)) < 0.5 * forecast.event


def test_a_coming_day_is_named_by_its_date() -> None:
    ahead = plain_document().ahead[0]
    document = plain_document().model_copy(update={"ahead": (ahead,)})
    assert findings.ahead(document).startswith(f"If nothing happens until {short(ahead.day)}, the forecast will be "
                                               f"{whole(ahead.event)}")


@pytest.mark.parametrize(("alternatives", "others"), [(2, None), (3, None), (4, 2)])
def test_one_other_outcome_is_named(alternatives: int, others: int | None) -> None:
    document = likely(sized(plain_document(), 2, alternatives), 0.8)
    told = plain(head.verdict(document))
    _, *names = document.hypotheses
    assert [document.question.names[name] in told for name in names].count(True) == min(alternatives, 3 if not others
                                                                                          else 2)
    assert ("others" in told) is (others is not None)
    assert "1 others" not in told


# --- long questions ---------------------------------------------------------------------------------------------------


@given(st.integers(1, 2000))
def test_periods_add_up_to_the_weeks_that_they_join(weeks: int) -> None:
    curve = stretched(2000).curve[:weeks]
    found = periods(curve)
    assert len(found) <= MOST
    assert found == curve or weeks_each(curve) > 1
    assert (found[0].first, found[-1].last) == (curve[0].first, curve[-1].last)
    assert all(one.last + timedelta(1) == other.first for one, other in pairwise(found))
    assert math.fsum(row.probability for row in found) == pytest.approx(curve[-1].cumulative, rel=1e-12)
    for before, row in zip((0.0, *(row.cumulative for row in found)), found, strict=False):
        assert row.cumulative - before == pytest.approx(row.probability, rel=1e-9)
        assert row.hazard == pytest.approx(row.probability / (1 - before), rel=1e-9)


def test_a_short_question_has_every_week_and_a_long_one_says_how_many_it_joins() -> None:
    assert periods(plain_document().curve) == plain_document().curve
    document = stretched(1565)
    content = front.page(document)
    rows = table(content, "Chance of each 13 weeks").rows
    assert len(rows) == len(periods(document.curve)) == 121
    assert "stands for 13 weeks" in said(content, "when")
    for spec in (fan(document, NARROW), weekly(document, NARROW)):
        assert sum("tip" in row for part in spec["layer"] for row in part["data"]["values"]) == 121


def test_narrow_bars_have_no_rim() -> None:
    for document, width, rimmed in ((plain_document(), WIDE, True), (stretched(150), NARROW, False)):
        assert ("stroke" in weekly(document, width)["layer"][0]["mark"]) is rimmed


# --- next to no chance ------------------------------------------------------------------------------------------------


@given(st.floats(1e-7, 0.0099))
def test_a_small_chance_of_a_week_has_two_significant_digits(p: float) -> None:
    written = float(fine(p).removesuffix("%")) / 100
    assert written == pytest.approx(p, rel=0.051)
    assert len(fine(p).removesuffix("%").replace(".", "").lstrip("0")) in (2, 3)


def test_the_table_of_weeks_has_a_number_in_each_cell() -> None:
    found = next(block for block in blocks(front.page(likely(plain_document(), 0.0004)))
                 if isinstance(block, Table) and block.caption == "Chance of each week")
    cells = [plain(line) for row in found.rows for cell in row.cells for line in cell]
    assert not [text for text in cells if "under" in text or "over" in text]


# --- scenarios, phones and colours ------------------------------------------------------------------------------------


def test_two_scenarios_at_once_are_named() -> None:
    told = said(comparison.page(comparison_of()), "together")
    assert "No vote + Doubt" in told
    assert "no-vote" not in told


def test_key_dates_that_have_no_column_are_counted() -> None:
    case = case_of().with_(question={"key_dates": [day(number) for number in (60, 90, 120, 150, 180, 210)]})
    found = ComparisonTable(Exact(case).forecast, tuple(compare(case, {"same": case})), {}, (), np.zeros((2, 0)))
    content = comparison.page(comparison_document(found))
    caption = table(content, "The base case and the scenarios").caption
    assert caption == "The base case and the scenarios, by size of difference (2 more of the key dates are not shown)"


def test_every_curve_of_a_phone_is_named() -> None:
    told = " ".join(words_of(comparison.charts(comparison_of(), NARROW)["curves"]))
    assert all(each.title in told for each in comparison_of().scenarios)


def test_labels_of_two_inputs_have_room_below_their_cells() -> None:
    maps = [spec for name, spec in every_chart(NARROW).items() if name.startswith("map-")]
    assert maps
    for spec in maps:
        labels = json.loads(spec["layer"][0]["encoding"]["x"]["axis"]["labelExpr"].removesuffix("[datum.value]"))
        assert all(width_of(line) * 11 * LETTER <= spec["width"] / len(labels) for label in labels for line in label)


def luminance(colour: str) -> float:
    shares = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour: str, paper: str) -> float:
    dark, light = sorted((luminance(colour), luminance(paper)))
    return (light + 0.05) / (dark + 0.05)


def test_labels_have_shades_of_the_colours_of_their_marks() -> None:
    assert all(shade in COLOURS.values() for shade in LABELS.values())


def test_each_text_of_a_chart_stands_out_from_paper_in_both_themes() -> None:
    names = {value: name for name, value in COLOURS.items()}
    of_seven = history(sized(plain_document(), 3, 6), [sized(earlier_document(), 2, 6)], WIDE) or {}
    for name, spec in (every_chart(WIDE) | {"of seven": of_seven}).items():
        for text in ElementTree.fromstring(svg(specification(spec))).iter("{http://www.w3.org/2000/svg}text"):
            fill = text.get("fill", "")
            if text.get("stroke") or not text.text:  # the rim below a label
                continue
            assert contrast(fill, COLOURS["paper"]) >= 4.5, (name, text.text)
            assert contrast(DARK[names[fill]], DARK["paper"]) >= 4.5, (name, text.text)


# --- calibration ------------------------------------------------------------------------------------------------------


def test_a_page_says_on_how_many_questions_its_weight_was_learned() -> None:
    taught = Calibration.model_validate({"evidence_weight": [0.3, 0.665, 1.2], "shift": [-0.3, 0.2, 0.7],
                                         "slope": [0.9, 1.2, 1.5], "model_error": [0.07, 0.6, 1.3],
                                         "questions": 98, "clusters": 30, "date": day(0)})
    case = case_of()
    taking = case.question.model_copy(update={"calibration": "learned.yaml", "evidence_weight": taught.evidence_weight})
    calibrated = replace(case, question=taking, calibration=taught)
    told = "Evidence counts at κ = 0.665 of its weight, learned on 98 resolved questions (learned.yaml)."
    assert told in everything(update_page(update_document(Exact(calibrated).forecast, None)))
    assert "Evidence counts" not in everything(update_page(update_document(Exact(case).forecast, None)))

    document = plain_document().model_copy(update={"question": question_part(calibrated)})
    assert told.replace("98 resolved", "resolved") in everything(front.page(document))
    stored = StoredInput(sha256="", text=calibration_text(taught))
    made = document.provenance.model_copy(update={"inputs": {"priors/learned.yaml": stored}})
    assert told in everything(front.page(document.model_copy(update={"provenance": made})))


def everything(content: Page) -> str:
    return " ".join(line for block in blocks(content) for line in lines(block))
