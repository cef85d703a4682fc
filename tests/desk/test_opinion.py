"""A click rewrites a scenario, and the scenario alone says what is on the desk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forecast.analysis.restated import as_ratios
from forecast.core.errors import ForecastError, InputError
from forecast.desk.edits import BLANK, dated, regraded, restated, revised, reweighted, switched
from forecast.desk.proposal import change_of_files, scenario_file
from forecast.desk.session import FIRST, SECOND, Sitting
from forecast.records.evidence import Item
from forecast.records.scenario import apply
from forecast.records.types import Duration, Estimate
from forecast.workspace.loader import load
from forecast.workspace.yaml_writer import written
from tests.desk.conftest import workspace

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def sitting(tmp_path: Path) -> Sitting:
    return Sitting(workspace(tmp_path / "toy"))


def doubled(sitting: Sitting, name: str) -> None:
    case = sitting.case
    ratios = as_ratios(case.item(name), case)
    low, high = ratios["strike"].bounds()
    ratios["strike"] = Estimate(2 * ratios["strike"].stated, 2 * low, 2 * high)
    sitting.attempt(lambda: revised(sitting.scenario, sitting.base.case, name,
                                    restated(case.item(name), ratios, case.question.reference)))


def test_what_goes_back_to_the_files_leaves_no_trace(sitting: Sitting) -> None:
    base = sitting.base.case
    weight = base.question.prior[0].weight
    changed = reweighted(regraded(switched(BLANK, "union-hall", False), base, "union", "E"), base, 0, 0.05)
    changed = dated(revised(changed, base, "union-hall", {"credibility": 3}), base, date(2099, 1, 1))
    assert apply(base, changed.model_copy(update={"as_of": None})) != base
    grade = next(source.grade for source in base.sources if source.id == "union")
    back = reweighted(regraded(switched(changed, "union-hall", True), base, "union", grade), base, 0, weight)
    assert dated(revised(back, base, "union-hall", {"credibility": None}), base, base.as_of).model_dump(
        exclude={"revise"}) == BLANK.model_dump(exclude={"revise"})


def test_an_item_restated_as_ratios_gives_the_same_forecast(sitting: Sitting) -> None:
    before, case = sitting.forecast.decibans, sitting.case
    for item in case.active:
        changes = restated(item, as_ratios(item, case), case.question.reference)
        after = revised(sitting.scenario, sitting.base.case, item.id, changes)
        sitting.attempt(lambda after=after: after)
        assert not sitting.refusal
    assert sitting.scenario.revise
    assert sitting.forecast.decibans == pytest.approx(before, abs=0.01)


def test_every_item_of_the_real_case_is_written_as_it_was_read() -> None:
    items = load(REPOSITORY).items
    assert len(items) > 50
    for item in items:
        assert Item.model_validate(written(item)) == item


@pytest.mark.parametrize(("weeks", "text"), [(13, "13w"), (10 / 7, "10d"), (float("inf"), "never"), (2.5, "2.5w")])
def test_durations_are_written_as_analysts_do(weeks: float, text: str) -> None:
    assert written(Duration(weeks)) == text


def test_a_refused_change_says_why_and_changes_nothing(sitting: Sitting) -> None:
    before = sitting.case
    sitting.attempt(lambda: revised(sitting.scenario, sitting.base.case, "union-hall", {"standing": {"every": "soon"}}))
    assert "standing" in sitting.refusal
    assert "write a positive number" in sitting.refusal
    assert sitting.case == before


def test_undo_takes_back_one_change_after_the_other(sitting: Sitting) -> None:
    doubled(sitting, "union-hall")
    once = sitting.scenario
    doubled(sitting, "union-hall")
    sitting.undo()
    assert sitting.scenario == once
    sitting.undo()
    assert sitting.scenario == BLANK


def test_a_broken_file_keeps_the_last_good_state(sitting: Sitting) -> None:
    doubled(sitting, "union-hall")
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


def test_an_opinion_that_no_longer_fits_the_files_is_set_aside_with_a_word(sitting: Sitting) -> None:
    sitting.attempt(lambda: switched(sitting.scenario, "union-hall", False))
    (sitting.root / "evidence/halls.yaml").unlink()
    sitting.refresh()
    assert sitting.scenario == BLANK
    assert "union-hall" in sitting.refusal


def test_the_difference_between_two_analysts_adds_up_over_the_items(sitting: Sitting) -> None:
    sitting.begin(SECOND, BLANK)
    sitting.who = SECOND
    doubled(sitting, "union-hall")
    made = sitting.between()
    assert made.decibans != 0
    assert sum(step.decibans for step in made.steps) == pytest.approx(made.decibans, abs=1e-9)
    assert sitting.opinions[FIRST] == BLANK


def test_a_saved_scenario_reads_back_as_the_case_on_the_desk(sitting: Sitting) -> None:
    base = sitting.base.case
    doubled(sitting, "union-hall")
    sitting.attempt(lambda: regraded(sitting.scenario, base, "paper", "E"))
    sitting.attempt(lambda: reweighted(sitting.scenario, base, 0, 0.05))
    story = "One line.\n\nAnother: yes."
    scenario_file(sitting.workspace, base, sitting.scenario, "mine", "Mine: all of it", story).write()
    found = load(sitting.root).scenarios["mine"]
    assert apply(base, found) == sitting.case
    assert found.story == "One line.\n\nAnother: yes.\n"


@pytest.mark.parametrize("file", ["", "../mine", "a+b", "Mine", "x" * 61])
def test_a_scenario_goes_nowhere_but_into_its_folder(sitting: Sitting, file: str) -> None:
    doubled(sitting, "union-hall")
    with pytest.raises(ForecastError, match="no name for a file"):
        scenario_file(sitting.workspace, sitting.base.case, sitting.scenario, file, "Mine", "")


def test_a_scenario_overwrites_nothing_and_needs_a_change(sitting: Sitting) -> None:
    with pytest.raises(ForecastError, match="nothing is changed"):
        scenario_file(sitting.workspace, sitting.base.case, BLANK, "mine", "Mine", "")
    doubled(sitting, "union-hall")
    given = (sitting.workspace, sitting.base.case, sitting.scenario, "mine", "Mine", "")
    scenario_file(*given).write()
    with pytest.raises(ForecastError, match="is there already"):
        scenario_file(*given)


def test_a_file_that_changed_since_is_not_overwritten(sitting: Sitting) -> None:
    doubled(sitting, "union-hall")
    proposal = change_of_files(sitting.workspace, sitting.base.case, sitting.scenario)
    file = sitting.root / "evidence/halls.yaml"
    file.write_text(file.read_text() + "# mine\n")
    with pytest.raises(ForecastError, match="was changed since"):
        proposal.write()
    assert file.read_text().endswith("# mine\n")


def test_a_change_of_the_real_files_touches_the_lines_it_must_and_no_other() -> None:
    sitting = Sitting(REPOSITORY)
    base, changed = sitting.base.case, BLANK
    for item in base.items[::7]:
        changed = revised(changed, base, item.id, {"credibility": 4 if item.credibility != 4 else 3})
    for source in base.sources[::3]:
        changed = regraded(changed, base, source.id, "E" if source.grade != "E" else "D")
    changed = reweighted(changed, base, 0, 0.45)
    proposal = change_of_files(sitting.workspace, base, changed)
    added = [line for line in proposal.diff.splitlines() if line[0] in "+-" and line[:3] not in ("+++", "---")]
    touched = len(changed.revise) + len(changed.sources) + 1
    assert touched <= len(added) <= 2 * touched + 2
    assert all(word in line for line in added for word in [next(
        (word for word in ("credibility", "grade", "weight") if word in line), "nothing of the change")])
