"""What one page knows: changes on top of the files, taken back one by one, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from forecast.core.errors import InputError
from forecast.desk.controls.inputs import Input, inputs_of, stated
from forecast.desk.edits import edits_of, scenario
from forecast.desk.opinions import Seat
from forecast.desk.session import Sitting
from forecast.records.opinion import DESK
from forecast.records.scenario import apply
from forecast.records.types import Duration, Steps
from forecast.workspace.loader import load
from forecast.workspace.yaml.writer import written
from tests import ROOT
from tests.project.desk.conftest import workspace

HALL = ("item", "union-hall", "likelihood_ratio", "strike")


@pytest.fixture
def sitting(tmp_path: Path) -> Sitting:
    return Sitting(workspace(tmp_path / "toy"))


def moves(sitting: Sitting, each: Input) -> Iterator[object]:
    """Two other values of an input that is chosen or has a slider."""
    now = stated(sitting.case, each.place)
    texts, drawn = each.form.texts(now), each.form.drawn(now, now)
    texts_of = {"scale": drawn.get("stops"), "switch": ["on", "off"]}.get(
        drawn["type"], [key for key, _ in drawn.get("options", ())])
    middle = len(texts) // 2
    for text in (texts_of or ())[:2]:
        if text != texts[middle]:
            yield each.form.read((*texts[:middle], text, *texts[middle + 1:]), now, now, "slider")


def test_every_input_of_the_real_case_can_be_moved_and_put_back() -> None:
    sitting = Sitting(ROOT)
    case = sitting.case
    items = {item.kind + item.encoding: item for item in case.active}
    few = case.changed(items=tuple(items.values()), sources=case.sources[:2], groups=case.groups[:2])
    moved = set()
    for each in [each for about in (*few.items, *few.sources, *few.groups, few.question)
                 for each in inputs_of(few, about)]:
        for value in moves(sitting, each):
            if sitting.move(each.place, value) == "":
                moved.add(each.label.partition(": ")[2] or each.label)
                (place,) = sitting.edits()
                assert apply(sitting.base().case, sitting.scenario()) == sitting.case
                assert sitting.revert(place) == ""
        assert sitting.edits() == {}
    assert moved >= {"Counts", "Kind", "Source", "Group", "Credibility", "Grade", "Overlap", "weight", "events",
                     "probability", "lead", "carried out", "events without", "Weight of all evidence (κ)",
                     "Model error"}


def test_what_goes_back_to_the_files_leaves_no_trace(sitting: Sitting) -> None:
    question = sitting.workspace.question.id
    before = sitting.forecast.event
    others: dict[Steps, object] = {
        HALL: 5.0, ("source", "union", "grade"): "E", ("question", question, "prior", 0, "weight"): 0.05,
        ("item", "union-hall", "credibility"): 3, ("item", "mediator-named", "off"): True}
    values = {place: stated(sitting.base().case, place) for place in others}
    for place, value in others.items():
        assert sitting.move(place, value) == ""
    assert sitting.forecast.event != before
    assert len(sitting.edits()) == len(others)
    for place, value in values.items():
        assert sitting.move(place, value) == ""
    assert sitting.edits() == {}
    assert sitting.forecast.event == before


def test_any_change_is_taken_back_alone(sitting: Sitting) -> None:
    places: list[Steps] = [HALL, ("source", "union", "grade"), ("item", "mediator-named", "off")]
    for place, value in zip(places, (5.0, "E", True), strict=True):
        sitting.move(place, value)
    kept = dict(sitting.edits())
    for place in kept:
        assert sitting.revert(place) == ""
        assert sitting.edits() == {other: value for other, value in kept.items() if other != place}
        sitting.undo()
        assert sitting.edits() == kept


def test_undo_takes_back_one_gesture_after_the_other(sitting: Sitting) -> None:
    sitting.move(HALL, 3.0)
    for value in (3.5, 4.0, 4.5):
        sitting.move(HALL, value, "dragging")
    sitting.undo()
    assert stated(sitting.case, HALL) == 3.0
    sitting.undo()
    assert sitting.edits() == {}


@pytest.mark.parametrize(("place", "value", "says"), [
    (HALL, -1.0, "write a positive number"),
    (("item", "union-hall", "standing"), {"every": "soon"}, "write a positive number"),
    (("item", "union-hall", "window"), ["2020-01-02", "2020-01-01"], ""), (("source", "union", "grade"), "Z", "")])
def test_a_refused_change_says_why_and_changes_nothing(sitting: Sitting, place: tuple[str, ...], value: object,
                                                       says: str) -> None:
    before = sitting.case
    refused = sitting.move(place, value)
    assert refused
    assert says in refused
    assert sitting.case == before
    assert sitting.past == []


def test_a_scenario_becomes_changes_and_the_same_scenario_again() -> None:
    loaded = load(ROOT)
    sitting = Sitting(ROOT)
    for name, found in loaded.scenarios.items():
        assert sitting.load(name) == "", name
        assert sitting.case == apply(loaded.whole.at(sitting.state.as_of), found), name
        base = sitting.base().case
        assert apply(base, scenario(base, edits_of(base, sitting.scenario()))) == sitting.case


def test_the_desk_opens_on_the_last_report_or_on_the_date_that_is_asked_for() -> None:
    assert Sitting(ROOT).state.as_of == date(2022, 12, 2)
    assert Sitting(ROOT, "2023-03-01").state.as_of == date(2023, 3, 1)
    wrong = Sitting(ROOT, "1999-01-01")
    assert wrong.state.as_of == date(2022, 12, 2)
    assert wrong.notice.startswith("?as_of=1999-01-01: ")


def test_a_date_that_does_not_fit_is_refused(sitting: Sitting) -> None:
    for text in ("", "soon", "2022-02-30", str(sitting.workspace.question.horizon)):
        assert sitting.look_from(text)
    later = sitting.state.as_of + timedelta(days=21)
    sitting.move(HALL, 5.0)
    assert sitting.look_from(str(later)) == ""
    assert sitting.forecast.as_of == later
    assert len(sitting.edits()) == 1
    sitting.undo()
    assert sitting.state.as_of < later


def test_a_broken_file_keeps_the_last_good_state(sitting: Sitting) -> None:
    sitting.move(HALL, 5.0)
    before, file = sitting.forecast, sitting.root / "evidence/halls.yaml"
    good = file.read_bytes()
    file.write_bytes(good.replace(b"source: union", b"source: onion"))
    sitting.refresh()
    with pytest.raises(InputError) as raised:
        load(sitting.root)
    assert sitting.problems == tuple(map(str, raised.value.problems))
    assert sitting.forecast is before
    file.write_bytes(good)
    sitting.refresh()
    assert sitting.problems == ()
    assert stated(sitting.case, HALL) == 5.0


def test_a_change_that_no_longer_fits_the_files_is_set_aside_with_a_word(sitting: Sitting) -> None:
    sitting.move(HALL, 5.0)
    sitting.move(("source", "union", "grade"), "E")
    (sitting.root / "evidence/halls.yaml").unlink()
    sitting.refresh()
    assert list(sitting.edits()) == [("source", "union", "grade")]
    assert "union-hall" in sitting.notice


def test_what_the_files_have_by_now_is_no_change_any_more(sitting: Sitting) -> None:
    sitting.move(HALL, [1.2, 3.0, 3.3])
    file = sitting.root / "evidence/halls.yaml"
    file.write_bytes(file.read_bytes().replace(b"[1.2, 2, 3.3]", b"[1.2, 3, 3.3]"))
    sitting.refresh()
    assert sitting.edits() == {}


def test_each_analyst_changes_what_is_his_alone(sitting: Sitting) -> None:
    sitting.move(HALL, 5.0)
    desk = sitting.forecast.event
    sitting.seat(Seat("ann", "Ann"))
    assert sitting.edits() == {}
    sitting.move(HALL, 0.5)
    assert sitting.forecast.event < desk
    sitting.who = DESK
    assert sitting.forecast.event == desk


@pytest.mark.parametrize(("weeks", "text"), [(13, "13w"), (10 / 7, "10d"), (float("inf"), "never"), (2.5, "2.5w")])
def test_durations_are_written_as_analysts_do(weeks: float, text: str) -> None:
    assert written(Duration(weeks)) == text


def test_who_came_to_the_desk_is_removed_and_brought_back(sitting: Sitting) -> None:
    sitting.seat(Seat("ann", "Ann"))
    sitting.move(HALL, 0.5)
    sitting.unseat()
    assert (list(sitting.seats), sitting.who) == ([DESK], DESK)
    sitting.unseat()
    assert list(sitting.seats) == [DESK]
    sitting.undo()
    assert sitting.edits("ann") != {}


OPINION = """analyst: {id: ann, name: Ann}
items:
  union-hall: {likelihood_ratio: {strike: [2, 4, 8]}, note: Halls are dear.}
"""


def test_what_analysts_have_not_saved_outlives_other_changes_of_the_files(tmp_path: Path) -> None:
    root = workspace(tmp_path / "toy")
    opinions = root / "evidence/opinions"
    opinions.mkdir()
    (opinions / "ann.yaml").write_text(OPINION, encoding="utf-8")
    sitting = Sitting(root)
    sitting.who, mine = "ann", ("item", "mediator-named", "encoding")
    assert sitting.move((*mine[:2], "likelihood_ratio"), {"strike": 0.5}) == ""
    filed = sitting.filed["ann"]
    (opinions / "ann.yaml").write_text(OPINION.replace("8", "9"), encoding="utf-8")
    sitting.refresh()
    assert sitting.filed["ann"] != filed
    assert sitting.edits() == sitting.filed["ann"] | {mine: {"likelihood_ratio": {"strike": 0.5}}}
    sitting.revert(("item", "union-hall", "encoding"))
    (root / "priors/groups.yaml").write_text("- {id: other, name: Other, overlap: 0.5}\n", encoding="utf-8")
    sitting.refresh()
    assert list(sitting.edits()) == [mine], "what was taken back is not put there again"
    (opinions / "ann.yaml").unlink()
    sitting.refresh()
    assert list(sitting.edits("ann")) == [mine], "what was not saved stays when its file is gone"


def test_a_scenario_that_is_gone_takes_no_changes_with_it(sitting: Sitting) -> None:
    sitting.move(HALL, 5.0)
    assert "no scenario" in sitting.load("gone-meanwhile")
    assert sitting.edits()


@pytest.mark.parametrize("text", ["20310301", "2031-W09-6", " ", "2031-02-30"])
def test_dates_are_written_as_everywhere_else(sitting: Sitting, text: str) -> None:
    assert "write YYYY-MM-DD" in sitting.look_from(text)


def test_a_date_that_the_files_no_longer_hold_is_left_with_a_word(sitting: Sitting) -> None:
    question = sitting.root / "priors/question.yaml"
    opens = sitting.workspace.question.opens
    assert sitting.look_from(str(opens)) == ""
    later = opens + timedelta(3)
    question.write_text(question.read_text(encoding="utf-8").replace(f"opens: {opens}", f"opens: {later}"),
                        encoding="utf-8")
    sitting.refresh()
    assert (sitting.problems, sitting.state.as_of >= later) == ((), True)
    assert sitting.notice == (f"The files have changed, and {opens} lies outside the question now; this is "
                              f"{sitting.state.as_of}.")
