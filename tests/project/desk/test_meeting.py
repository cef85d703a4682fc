"""Two analysts and more: one row for each disagreement, and nobody reads another's before saying his own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from forecast.core.errors import ForecastError
from forecast.desk import saving
from forecast.desk.opinions import Seat
from forecast.desk.page.results import meet
from forecast.desk.page.view import View, sees
from forecast.desk.session import Sitting
from forecast.records.opinion import DESK
from tests.project.desk.conftest import workspace

HALL = ("item", "union-hall", "likelihood_ratio", "strike")
BALLOT = ("item", "ballot-announced", "likelihood_ratio", "strike")


@pytest.fixture
def sitting(tmp_path: Path) -> Sitting:
    return Sitting(workspace(tmp_path / "toy"))


def test_nobody_disagrees_alone(sitting: Sitting) -> None:
    found = meet(sitting)
    assert (found.rows, found.pooled, found.unseen) == ((), None, 0)


def test_each_disagreement_is_a_row_the_largest_first(sitting: Sitting) -> None:
    sitting.seat(Seat("ann", "Ann"))
    sitting.move(HALL, 1.9)
    sitting.move(BALLOT, 8.0)
    sitting.move(("question", sitting.workspace.question.id, "prior", 1, "weight"), 0.1)
    found = meet(sitting)
    assert len(found.rows) == 3
    points = [row.points for row in found.rows]
    assert points == sorted(points, reverse=True)
    assert all(value > 0 for value in points)
    hall = next(row for row in found.rows if row.place[1] == "union-hall")
    assert hall.says == {DESK: "Open-ended strike 2 (1.2 to 3.3)", "ann": "Open-ended strike 1.9"}
    assert found.alone == {DESK: sitting.engine(DESK).forecast.event, "ann": sitting.forecast.event}
    assert min(found.alone.values()) < (found.pooled or 0) < max(found.alone.values())


def test_an_opinion_is_hidden_until_ones_own_is_stated(sitting: Sitting) -> None:
    sitting.seat(Seat("ann", "Ann"))
    sitting.move(HALL, 8.0)
    sitting.move(BALLOT, 8.0)
    sitting.seat(Seat("bob", "Bob", blind=True))
    assert sitting.hidden
    found = meet(sitting)
    assert (len(found.rows), found.unseen) == (0, 2)
    sitting.move(HALL, 1.0)
    found = meet(sitting)
    assert [row.place[1] for row in found.rows] == ["union-hall"]
    assert set(found.rows[0].says) == {DESK, "ann", "bob"}
    assert found.unseen == 1
    sitting.who = DESK
    assert len(meet(sitting).rows) == 2
    sitting.who = "bob"
    sitting.reveal()
    assert not sitting.hidden
    assert meet(sitting).unseen == 1


def test_who_agrees_with_the_files_makes_no_row(sitting: Sitting) -> None:
    sitting.seat(Seat("ann", "Ann"))
    sitting.move(HALL, 8.0)
    sitting.move(HALL, [1.2, 2, 3.3])
    assert meet(sitting).rows == ()


def test_opinions_that_are_filed_are_seated_and_pooled_beside_what_the_desk_holds_alone(tmp_path: Path) -> None:
    root = workspace(tmp_path / "toy")
    alone = Sitting(root).forecast.event
    (root / "evidence/opinions").mkdir()
    (root / "evidence/opinions/ann.yaml").write_text("""analyst: {id: ann, name: Ann, blind: true}
items:
  union-hall: {likelihood_ratio: {strike: [2, 4, 8]}, note: Halls are dear.}
prior:
  - {kind: elicited, probability: [0.2, 0.4, 0.6], weeks: [3, 10, 30], weight: 1}
""", encoding="utf-8")
    sitting = Sitting(root)
    found = meet(sitting)
    assert found.alone[DESK] == alone
    assert found.pooled == pytest.approx(sitting.forecast.event, rel=1e-9)
    assert [row.place for row in found.rows] == [("question", "toy", "prior"), ("item", "union-hall", "encoding")]
    assert found.rows[0].label == "Outside view"
    assert found.rows[0].says["ann"] == "Judgement 100% (40%)"
    assert sitting.move(("question", "toy", "prior", 2, "weight"), 0.9) == ""
    assert meet(sitting).alone[DESK] == alone
    sitting.give_reason(("question", "toy", "prior"), "Ann knows best.")
    with pytest.raises(ForecastError, match="pooled from several analysts"):
        saving.offer(sitting, View(saving="files", forms={"initials": "AB"}))
    sitting.who = "ann"
    assert sitting.unexplained == []
    assert not sitting.hidden


def test_a_prior_of_another_shape_disagrees_without_a_fault(tmp_path: Path) -> None:
    sitting = Sitting(workspace(tmp_path / "toy"))
    question, other = sitting.workspace.question.id, {"kind": "elicited", "probability": [0.2, 0.4, 0.6],
                                                      "weeks": [3.0, 10.0, 30.0], "weight": 1.0}
    assert sitting.move(("question", question, "prior", 1, "weight"), 0.1) == ""
    sitting.seat(Seat("ann", "Ann"))
    assert sitting.move(("question", question, "prior"), [other]) == ""
    assert meet(sitting).rows
    sitting.who = DESK
    assert meet(sitting).rows


def _of_ann(root: Path, opinions: str) -> Path:
    """A workspace whose union hall ann has encoded, with an opinion of hers or of bob's beside it."""
    for path in (root / "evidence").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("- id: union-hall\n", "- id: union-hall\n  analyst: ann\n"), encoding="utf-8")
    (root / "evidence/opinions").mkdir()
    for who in ("ann", "bob"):
        (root / f"evidence/opinions/{who}.yaml").write_text(f"analyst: {{id: {who}, blind: true}}\n" + (
            opinions if who == "bob" else ""), encoding="utf-8")
    return root


def test_an_item_that_names_its_analyst_is_that_analysts_own_and_not_the_desks(tmp_path: Path) -> None:
    sitting = Sitting(_of_ann(workspace(tmp_path / "toy"), "items: {union-hall: {likelihood_ratio: {strike: 4}}}\n"))
    (row,) = meet(sitting).rows
    assert row.says == {"ann": "Open-ended strike 2 (1.2 to 3.3)", "bob": "Open-ended strike 4"}
    sitting.who = "ann"
    assert not sitting.hidden
    assert sees(sitting, HALL)
    assert not sees(sitting, BALLOT)
    assert meet(sitting).unseen == 0


def test_an_analyst_changes_an_own_item_in_the_evidence_and_another_in_the_opinion(tmp_path: Path) -> None:
    sitting = Sitting(_of_ann(workspace(tmp_path / "toy"), "items: {union-hall: {likelihood_ratio: {strike: 4}}}\n"))
    sitting.who = "ann"
    assert sitting.move(HALL, 3.0) == ""
    pooled = meet(sitting).pooled
    assert sitting.move(BALLOT, 8.0) == ""
    for name in ("union-hall", "ballot-announced"):
        sitting.give_reason(("item", name), f"Of {name}.")
    offered = saving.offer(sitting, View(saving="files", forms={"initials": "AN"}))
    assert "Of union-hall." in offered.proposal.diff
    saving.write(sitting, View(saving="files"), offered)
    opinion = (sitting.root / "evidence/opinions/ann.yaml").read_text(encoding="utf-8")
    assert "ballot-announced" in opinion
    assert "union-hall" not in opinion
    assert sitting.problems == ()
    assert sitting.workspace.whole.item("union-hall").likelihood_ratio["strike"].stated == 3
    assert set(sitting.edits()) == {("item", "ballot-announced", "encoding")}
    sitting.revert(("item", "ballot-announced", "encoding"))
    assert meet(sitting).pooled == pytest.approx(pooled, rel=1e-9)


def test_an_item_dated_later_is_no_disagreement_and_ten_are_listed(tmp_path: Path) -> None:
    root = _of_ann(workspace(tmp_path / "toy"), "items: {union-hall: {likelihood_ratio: {strike: 4}}}\n")
    public = Sitting(root).workspace.whole.item("union-hall").date
    later = public + timedelta(7)
    for path in (root / "evidence").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(f"date: {public}", f"date: {later}"), encoding="utf-8")
    sitting = Sitting(root, str(public))
    assert meet(sitting).rows == ()
    assert sitting.look_from(str(later)) == ""
    found = meet(sitting)
    assert [row.place[1] for row in found.rows] == ["union-hall"]
    assert len(replace(found, rows=found.rows * 12).listed) == 10
