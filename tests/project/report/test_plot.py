"""`forecast plot` and `forecast.plot`: the report's pictures, in files, in letters and in notebooks."""

from __future__ import annotations

import io
import pickle
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import forecast
from forecast.core.errors import ForecastError
from forecast.core.text import chance, tenth, whole
from forecast.engine.exact import Exact
from forecast.report.canvas import HEIGHT, Pen
from forecast.report.charts import drawing
from forecast.report.charts.bridge import MOST, ledger, parts
from forecast.report.charts.spec import Percents
from forecast.report.charts.style import WIDE
from forecast.report.document import ReportDocument, StepRow
from forecast.report.page import Curve, Curves, Mark, Page, Strip, Strips
from forecast.report.pages.plot import page, picture
from forecast.report.terminal import console, show
from forecast.report.words import outcome_chance
from tests.builders import day
from tests.project.report.documents import bare_document, case_of, earlier_document, plain_document
from tests.project.report.generated import sized
from tests.robustness.commands.typed import typed
from tests.robustness.reading.example import contents, written

NAMES = ("fan", "history", "timeline", "ledger")


def shown(content: Page, encoding: str = "utf-8") -> str:
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    show(content, console(out, 100))
    out.seek(0)
    return out.read()


# --- the pictures ----------------------------------------------------------------------------------------------------


def test_pictures_of_a_forecast_are_those_of_its_report() -> None:
    drawn = drawing.charts(plain_document())
    plots = case_of().forecast().plot
    for name, chart in (("fan", plots.cumulative()), ("weekly", plots.weekly()), ("timeline", plots.timeline())):
        again = chart.to_dict(validate=False)
        assert again["title"] == drawn[name]["title"]
        assert [part["encoding"] for part in again["layer"]] == [part["encoding"] for part in drawn[name]["layer"]]
        assert picture(name, plots._document) == drawn[name]


def test_the_history_is_that_of_the_reports_without_the_numbers_of_their_list() -> None:
    alone = picture("history", plain_document(), [earlier_document()])
    listed = drawing.charts(plain_document(), [earlier_document()])["history"]
    assert alone["layer"][:4] == listed["layer"][:4]
    assert "moves below" not in " ".join(alone["title"]["subtitle"])
    case = case_of()
    chart = case.forecast().plot.history([case.at(day(33)).forecast(), case.at(day(20)).forecast()])
    assert len(chart.to_dict(validate=False)["layer"][1]["encoding"]["x"]["axis"]["values"]) == 3


def test_what_cannot_be_drawn_is_refused_in_words() -> None:
    for draw in (lambda: picture("history", plain_document()), lambda: page("history", plain_document()),
                 lambda: picture("timeline", bare_document()), lambda: page("timeline", bare_document())):
        with pytest.raises(ForecastError, match=r"before 2031|no item was public"):
            draw()


def sizes() -> list[ReportDocument]:
    return [plain_document(), bare_document(), sized(plain_document(), 40, 3)]


@pytest.mark.parametrize("document", sizes(), ids=["plain", "bare", "forty"])
def test_each_bar_of_a_ledger_begins_where_the_one_before_it_ends(document: ReportDocument) -> None:
    found = parts(document.ledger, document.as_of)
    assert [part.after for part in found[:2]] == [step.probability for step in document.ledger[:2]]
    assert all(abs(before.after - after.before) < 0.0006 for before, after in pairwise(found))
    assert found[-1].after == pytest.approx(document.ledger[-1].probability, abs=0.0006)
    named = [part.label for part in found[2:] if "smaller item" not in part.label]
    assert len(named) == min(MOST, len(document.ledger) - 2)
    spec = ledger(document.ledger, document.as_of, document.question.horizon, WIDE)
    labels = [row["label"] for row in spec["layer"][2]["data"]["values"]]
    assert [label.rpartition("→ ")[2] for label in labels] == [tenth(part.after) for part in found]


@given(st.lists(st.floats(-0.04, 0.04), max_size=60))
def test_the_largest_items_of_a_ledger_have_bars_and_the_others_are_in_those_between(moves: list[float]) -> None:
    reached = np.clip(0.5 + np.cumsum([0.0, 0.0, *moves]), 0, 1).tolist()
    rows = [StepRow(kind=kind, id=name, label=name, decibans=0.0, points=points, total=0.0, probability=p)
            for kind, name, points, p in zip(["opening", "silence"] + ["item"] * len(moves),
                                             ["", "", *map(str, range(len(moves)))], [None, 0.0, *moves], reached,
                                             strict=True)]
    found = parts(rows, day(40))
    largest = sorted(range(len(moves)), key=lambda place: (-abs(moves[place]), str(place)))[:MOST]
    named = [part.label for part in found[2:] if "smaller" not in part.label]
    assert named == [str(place) for place in sorted(largest)]
    assert all(abs(before.after - after.before) < 0.0006 for before, after in pairwise(found))


# --- in letters ------------------------------------------------------------------------------------------------------


def pen(width: int = 80) -> Pen:
    return Pen(console(io.StringIO(), width), width)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20, unique_by=lambda point: point[0]))
def test_a_curve_passes_through_its_points(points: list[tuple[float, float]]) -> None:
    ordered = tuple(sorted(points))
    dots = Curve("◆", "dots", ordered, joined=False)
    drawn = pen().curves(Curves((Curve("•", "curve", ordered), dots), ()))
    axis = Percents(max(p for _, p in ordered), HEIGHT - 1, most=4)
    for place, p in ordered:
        column = drawn.left + round(place * (drawn.width - 1))
        at = [row for row, line in enumerate(drawn.lines) if line[column:column + 1] == "◆"]
        assert min(abs(row - axis.y(p)) for row in at) <= 0.5
    first, last = (drawn.left + round(place * (drawn.width - 1)) for place in (ordered[0][0], ordered[-1][0]))
    for column in range(first, last + 1):
        assert any(line[column:column + 1] in ("•", "◆") for line in drawn.lines)
    labels = [float(line.split("%")[0]) / 100 for line in drawn.lines if "%" in line]
    rows = [row for row, line in enumerate(drawn.lines) if "%" in line]
    assert labels == pytest.approx([axis.p(row) for row in rows], abs=0.51 * axis.p(HEIGHT - 2))


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_band_is_shaded_from_its_low_to_its_high(one: float, other: float) -> None:
    low, high = sorted((one, other))
    drawn = pen().curves(Curves((Curve("•", "curve", ((0.0, 1.0), (1.0, 1.0))),), ((0.0, low, low), (1.0, low, high))))
    axis = Percents(1.0, HEIGHT - 1, most=4)
    shaded = [row for row, line in enumerate(drawn.lines) if line.endswith(("░", "•"))]
    assert {*range(round(axis.y(high)), round(axis.y(low)) + 1), 0} == set(shaded)
    assert [line[drawn.left] for line in drawn.lines].count("░") == (round(axis.y(low)) != 0)


@pytest.mark.parametrize("width", [20, 60, 100])
def test_marks_lie_at_their_places_and_say_for_or_against(width: int) -> None:
    marks = (Mark(0, 0.5, 0.02), Mark(0.8, 1, -0.01))
    drawn = pen(width).strips(Strips((Strip("for", marks[:1]), Strip("against", marks[1:], "−1.0"))))
    told = "\n".join(drawn.lines)
    assert told.count("█") == round(0.5 * (drawn.width - 1)) + 1
    assert told.count("▒") == drawn.width - round(0.8 * (drawn.width - 1))
    dots = pen(width).strips(Strips((Strip("x", tuple(Mark(place, place, weight) for place, weight in (
        (0, 0.05), (0.25, 0.001), (0.5, -0.04), (0.75, -0.001), (1, 0.0)))),), dots=True))
    assert "".join("".join(dots.lines).split()) == "x▲+▼−·"


def test_what_a_terminal_draws_has_the_numbers_of_the_document() -> None:
    document, known = plain_document(), [earlier_document()]
    told = {name: shown(page(name, document, known)) for name in NAMES}
    assert f"{chance(document.event)} by " in told["fan"]
    assert all(f"{whole(p)} by " in told["fan"] for day, p in document.by.items() if day > document.as_of)
    assert all(f"{document.question.names[name]} {outcome_chance(name, p, document.question)}" in told["history"]
               for name, p in document.hypotheses.items())
    assert all(tenth(part.after) in told["ledger"] for part in parts(document.ledger, document.as_of))
    assert "Talks" in told["timeline"]
    for text in told.values():
        assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(("name", "signs"), [("fan", ".*-o"), ("history", ".*a+"), ("timeline", "^v"),
                                             ("ledger", "@=|")])
def test_pictures_say_the_same_in_letters_alone(name: str, signs: str) -> None:
    content = page(name, plain_document(), [earlier_document()])
    plain = shown(content, "ascii")
    assert "?" not in plain.replace("called?", "")
    assert set(signs) <= set(plain)
    assert _numbers(plain) == _numbers(shown(content))


def _numbers(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?%?", text)


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = written(tmp_path / "w", contents())
    monkeypatch.chdir(folder)
    return folder


def test_a_picture_is_written_and_written_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, words in (("a.svg", ("plot", "ledger")), ("a.png", ("plot", "fan")), ("a.png", ("plot", "timeline"))):
        done = typed(monkeypatch, *words, "-o", name)
        assert (done.code, done.out.decode(), done.err) == (0, f"{name}: written\n", b"")
    assert (root / "a.svg").read_text(encoding="utf-8").startswith("<svg ")
    with Image.open(root / "a.png") as image:
        assert image.format == "PNG"


@pytest.mark.parametrize("file", ["evidence/x.svg", "priors/x.png", "reports/2031-05-01/x.svg", "mine.svg", "mine.png",
                                  "link.svg"])
def test_a_picture_takes_the_place_of_a_picture_alone(root: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    for name in ("mine.svg", "mine.png"):
        (root / name).write_text("<svg>mine</svg>")
    (root / "link.svg").symlink_to("gone.svg")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    monkeypatch.setattr(drawing, "svg", lambda _: "<svg></svg>")
    monkeypatch.setattr(drawing, "png", lambda _, mark: mark)  # drawing is not what is tested
    done = typed(monkeypatch, "plot", "fan", "-o", file)
    assert (done.code, b"name another file" in done.err) == (1, True)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


# --- in Python -------------------------------------------------------------------------------------------------------


def test_a_case_has_its_forecast_and_its_tables() -> None:
    case = case_of()
    found, engine = case.forecast(), Exact(case)
    assert found == engine.forecast
    frame = found.to_frame()
    assert list(frame["probability"]) == found.by_week.tolist()
    assert [(first.date(), last.date()) for first, last in zip(frame["first"], frame["last"], strict=True)] == \
        found.days.spans
    assert (frame["low"] <= frame["cumulative"]).all()
    assert (frame["cumulative"] <= frame["high"]).all()
    first, _ = found.days.spans[0]
    assert float(found.weekly.sel(week=str(first))) == found.by_week[0]
    assert found.weekly.dims == ("week",)
    assert float(found.weekly.sum()) == pytest.approx(found.event)
    assert found.states.dims == ("process", "evidence")
    assert float(found.states.sel(process="climate", evidence="without")) == found.climate.prior
    dataset = found.to_dataset()
    assert dataset["hypotheses"].sel(evidence="with").to_series().to_dict() == found.hypotheses


def test_a_ledger_and_a_sensitivity_are_tables_pictures_and_lines() -> None:
    case = case_of(lambda text: f"{text} <script>" + "x" * 300)
    steps, swings = case.ledger(), case.sensitivity()
    frame = steps.to_frame()
    assert frame["decibans"].sum() == pytest.approx(case.forecast().decibans)
    assert np.isnan(frame["points"][0])
    assert frame["points"][1:].sum() == pytest.approx(case.forecast().event - frame["probability"][0])
    assert [(row.probability_low, row.probability_high) for row in swings.to_frame().itertuples()] == [
        swing.probabilities for swing in forecast.tornado(case)]
    for found in (steps, swings):
        assert pickle.loads(pickle.dumps(found)) == found
        assert str(found) == repr(found)
        assert len(repr(found)) < 300
        assert "<svg" in found._repr_html_()
        assert "<script" not in found._repr_html_()
        assert found.plot().to_dict(validate=False)["title"]["text"]
    assert steps != case.without([case.items[0].id]).ledger()


def test_a_case_that_states_nothing_has_nothing_to_draw() -> None:
    case = case_of()
    bare = replace(case, items=(), groups=(), indicators=())
    with pytest.raises(ForecastError, match="no item was public"):
        bare.forecast().plot.timeline()
    with pytest.raises(ForecastError, match="no forecast of this question is known"):
        bare.forecast().plot.history([case.forecast()])
