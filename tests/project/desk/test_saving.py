"""What the desk writes: what is on it and nothing else, with reasons that are signed."""

from __future__ import annotations

import json
import random
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from forecast.cli.app import app
from forecast.core.errors import ForecastError
from forecast.desk import saving
from forecast.desk.actions import act
from forecast.desk.controls.inputs import OFF, Input, inputs_of, stated
from forecast.desk.edits import Edits, changed, refitted, scenario
from forecast.desk.opinions import Seat
from forecast.desk.page.page import Page
from forecast.desk.page.view import View
from forecast.desk.proposal import change_of_files, scenario_file
from forecast.desk.session import Sitting
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.scenario import Scenario, apply
from forecast.records.types import Steps
from forecast.workspace.loader import load
from forecast.workspace.yaml.writer import written
from tests import ROOT
from tests.project.desk.conftest import workspace

HALL = ("item", "union-hall", "likelihood_ratio", "strike")


@pytest.fixture
def sitting(tmp_path: Path) -> Sitting:
    return Sitting(workspace(tmp_path / "toy"))


def changed_lines(diff: str) -> list[str]:
    return [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def test_every_item_of_the_real_case_is_written_as_it_was_read() -> None:
    items = load(ROOT).items
    assert len(items) > 50
    for item in items:
        assert Item.model_validate(written(item)) == item


def test_a_saved_scenario_reads_back_as_the_case_on_the_desk(sitting: Sitting) -> None:
    sitting.move(HALL, 5.0)
    sitting.move(("source", "paper", "grade"), "E")
    sitting.move(("question", sitting.workspace.question.id, "prior", 0, "weight"), 0.05)
    story = "One line.\n\nAnother: yes."
    given = (sitting.workspace, sitting.base().case, sitting.scenario(), "mine", "Mine: all of it", story)
    scenario_file(*given).write()
    found = load(sitting.root).scenarios["mine"]
    assert apply(sitting.base().case, found) == sitting.case
    assert found.story == "One line.\n\nAnother: yes.\n"
    with pytest.raises(ForecastError, match="is there already"):
        scenario_file(*given)


@pytest.mark.parametrize("file", ["", "../mine", "a+b", "Mine", "x" * 61])
def test_a_scenario_goes_nowhere_but_into_its_folder(sitting: Sitting, file: str) -> None:
    sitting.move(HALL, 5.0)
    with pytest.raises(ForecastError, match="cannot name a file"):
        scenario_file(sitting.workspace, sitting.base().case, sitting.scenario(), file, "Mine", "")


def test_a_scenario_needs_a_change(sitting: Sitting) -> None:
    with pytest.raises(ForecastError, match="nothing is changed"):
        scenario_file(sitting.workspace, sitting.base().case, sitting.scenario(), "mine", "Mine", "")


def test_why_is_required_and_goes_into_the_note_with_date_and_initials(sitting: Sitting) -> None:
    view = View(saving="files", forms={"initials": "AB"})
    sitting.move(HALL, [1.2, 3.0, 3.3])
    sitting.move(("source", "union", "grade"), "E")
    with pytest.raises(ForecastError, match="Say why for: The union has booked a hall"):
        saving.offer(sitting, view)
    sitting.give_reason(("item", "union-hall"), "Halls were booked\nin 2019 too.")
    sitting.give_reason(("source", "union"), "It was wrong twice.")
    with pytest.raises(ForecastError, match="Write your initials"):
        saving.offer(sitting, View(saving="files"))
    offered = saving.offer(sitting, view)
    signed = f"{date.today()} AB: "
    assert f"+    {signed}Halls were booked in 2019 too.\n" in offered.proposal.diff
    before = sitting.forecast.event
    assert saving.write(sitting, view, offered) == "Written: evidence/halls.yaml, priors/sources.yaml"
    now = load(sitting.root).case(sitting.state.as_of)
    assert now.item("union-hall").note == f"{signed}Halls were booked in 2019 too.\n"
    assert sitting.edits() == {}
    assert sitting.reasons.get("desk", {}) == {}
    assert sitting.forecast.event == before
    text = (sitting.root / "evidence/halls.yaml").read_text(encoding="utf-8")
    assert "# a comment that must stay" in text
    assert "# Halls are booked in quiet years too." in text


def test_a_reason_for_the_question_is_a_comment_above_its_field(sitting: Sitting) -> None:
    question = sitting.workspace.question.id
    sitting.move(("question", question, "preparation", "lead"), "6w")
    sitting.give_reason(("question", question, "preparation"), "Ballots take longer now.")
    saving.offer(sitting, View(saving="files", forms={"initials": "AB"})).proposal.write()
    lines = (sitting.root / "priors/question.yaml").read_text(encoding="utf-8").splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("preparation:"))
    assert lines[at - 1] == f"# {date.today()} AB: Ballots take longer now."
    assert "6w" in lines[at]


@pytest.mark.parametrize("field", ["credibility", "group"])
def test_a_value_that_is_taken_away_needs_its_reason_too(sitting: Sitting, field: str) -> None:
    file = sitting.root / "evidence/halls.yaml"
    group = sitting.workspace.groups[0].id
    file.write_text(file.read_text(encoding="utf-8") + f"  credibility: 2\n  group: {group}\n", encoding="utf-8")
    sitting.refresh()
    view = View(saving="files", forms={"initials": "AB"})
    sitting.move(("item", "union-hall", field), None)
    assert sitting.unexplained == [("item", "union-hall")]
    with pytest.raises(ForecastError, match="Say why for"):
        saving.offer(sitting, view)
    sitting.give_reason(("item", "union-hall"), "Nobody knows.")
    saving.offer(sitting, view).proposal.write()
    item = load(sitting.root).case().item("union-hall")
    assert (getattr(item, field), item.note) == (None, f"{date.today()} AB: Nobody knows.\n")


@pytest.mark.parametrize("source", ["", "  source: union\n"])
@pytest.mark.parametrize("seen", [True, False])
def test_what_is_supposed_is_no_evidence_and_the_command_is_named_that_writes_it(sitting: Sitting, source: str,
                                                                                seen: bool) -> None:
    file = sitting.root / "evidence/indicators.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("  rationale:", f"{source}  rationale:"), encoding="utf-8")
    sitting.refresh()
    (name,) = (each.id for each in sitting.workspace.indicators)
    view = View(saving="files", forms={"initials": "AB", "file": "mine", "name": "Mine"})
    act(sitting, view, {"do": "suppose", "id": name, "seen": seen})
    command = (f"forecast new {name} --from-indicator {name}{'' if seen else ' --not-seen'} --date DAY"
               f"{'' if source else ' --source SOURCE'}")
    with pytest.raises(ForecastError, match=f"^nothing on the desk .*{command}$"):
        saving.offer(sitting, view)
    sitting.move(HALL, 5.0)
    sitting.give_reason(("item", "union-hall"), "Why not.")
    offered = saving.offer(sitting, view)
    assert list(offered.proposal.after) == ["evidence/halls.yaml"]
    assert offered.proposal.left_out[0].endswith(command)
    saving.write(sitting, view, offered)
    assert (list(sitting.edits()), sitting.notice) == ([("item", name, "added")], "")
    assert name in {each.id for each in load(sitting.root).indicators}
    view.saving = "scenario"
    assert f"id: {name}" in saving.offer(sitting, view).proposal.diff


def test_an_item_that_the_desk_writes_is_recorded_on_the_day(sitting: Sitting) -> None:
    today, base = date.today(), sitting.base().case
    fields = {**written(base.item("union-hall")), "id": "new", "date": str(today)}
    scenario = Scenario(name="x", add=(fields, fields | {"id": "later", "date": str(today + timedelta(days=1))}))
    made = change_of_files(sitting.workspace, base, scenario)
    assert {item.id: item.recorded for item in made.workspace.items}["new"] == today
    assert "later" not in {item.id for item in made.workspace.items}
    assert made.left_out[0].startswith("later, which is dated")


def test_what_is_left_out_stays_in_the_files_with_a_word(sitting: Sitting) -> None:
    sitting.move(("item", "union-hall", "off"), True)
    view = View(saving="files", forms={"initials": "AB"})
    with pytest.raises(ForecastError, match="union-hall left out: an item stays in its file"):
        saving.offer(sitting, view)


def test_an_opinion_is_written_to_its_own_file(sitting: Sitting) -> None:
    sitting.seat(Seat("ann", "Ann", blind=True))
    view = View(saving="files", forms={"initials": "AN"})
    with pytest.raises(ForecastError, match="nothing is stated yet"):
        saving.offer(sitting, view)
    sitting.move(HALL, [1.0, 1.2, 1.5])
    with pytest.raises(ForecastError, match="Say why for"):
        saving.offer(sitting, view)
    sitting.give_reason(("item", "union-hall"), "Halls are cheap.")
    saving.write(sitting, view, saving.offer(sitting, view))
    (opinion,) = load(sitting.root).opinions
    assert (opinion.analyst.id, opinion.analyst.name, opinion.analyst.blind) == ("ann", "Ann", True)
    assert opinion.items["union-hall"].note == f"{date.today()} AN: Halls are cheap."
    assert sitting.who == "ann"
    assert sitting.seats["ann"].filed
    assert stated(sitting.case, HALL) == [1.0, 1.2, 1.5]
    sitting.move(HALL, [1.0, 1.3, 1.5])
    with pytest.raises(ForecastError, match="Say why for"):
        saving.offer(sitting, view)
    sitting.give_reason(("item", "union-hall"), "Not that cheap.")
    saving.offer(sitting, view).proposal.write()
    (opinion,) = load(sitting.root).opinions
    signed = f"{date.today()} AN: "
    assert opinion.items["union-hall"].note == f"{signed}Halls are cheap.\n{signed}Not that cheap."


OPINION = """# Ann's own file.
analyst: {id: ann, name: Ann}
items:
  # Talked over with the union's press officer.
  union-hall:
    likelihood_ratio:
      strike: [1.10, 1.3, 2]   # lower than the desk
    note: |
      Ann was there.

      Twice.
# From the paper's archive.
prior:
  - {kind: elicited, analyst: ann, probability: [0.05, 0.10, 0.2], weeks: [3, 10, 30], weight: 1}  # three rounds
"""


def test_a_change_of_an_opinion_touches_the_lines_it_must_and_no_other(sitting: Sitting) -> None:
    path = sitting.root / "evidence/opinions/ann.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(OPINION, encoding="utf-8")
    sitting.refresh()
    sitting.who, view = "ann", View(saving="files", forms={"initials": "AN"})
    signed, question = f"{date.today()} AN: ", sitting.workspace.question.id
    other = next(item.id for item in sitting.case.items if item.id != "union-hall" and item.likelihood_ratio)

    def lines(about: Steps, place: Steps, value: object) -> list[str]:
        assert sitting.move(place, value) == ""
        with pytest.raises(ForecastError, match="Say why for"):
            saving.offer(sitting, view)
        sitting.give_reason(about, "So.")
        offered = saving.offer(sitting, view)
        saving.write(sitting, view, offered)
        return changed_lines(offered.proposal.diff)

    assert lines(("item", other), ("item", other, "likelihood_ratio", "strike"), 2.0) == [
        f"+  {other}: {{likelihood_ratio: {{strike: 2.0}}, note: '{signed}So.'}}"]
    assert lines(("item", "union-hall"), HALL, [1.1, 1.4, 2]) == [
        "-      strike: [1.10, 1.3, 2]   # lower than the desk",
        "+      strike: [1.10, 1.4, 2]   # lower than the desk", f"+      {signed}So."]
    prior = ("question", question, "prior")
    assert lines(prior, (*prior, 0, "probability"), [0.05, 0.15, 0.2]) == [
        f"+# {signed}So.", f"-{OPINION.splitlines()[-1]}", f"+{OPINION.splitlines()[-1].replace('0.10', '0.15')}"]


def test_the_reason_for_a_new_outside_view_is_a_comment_above_it(sitting: Sitting) -> None:
    sitting.seat(Seat("ann", "Ann"))
    prior = ("question", sitting.workspace.question.id, "prior")
    assert sitting.move((*prior, 0, "weight"), 0.05) == ""
    sitting.give_reason(prior, "Few such cases.")
    made = saving.offer(sitting, View(saving="files", forms={"initials": "AN"})).proposal
    assert f"\n+# {date.today()} AN: Few such cases.\n+prior:" in made.diff


def test_a_file_that_changed_since_is_not_overwritten(sitting: Sitting) -> None:
    sitting.move(HALL, 5.0)
    proposal = change_of_files(sitting.workspace, sitting.base().case, sitting.scenario())
    file = sitting.root / "evidence/halls.yaml"
    file.write_text(file.read_text() + "# mine\n")
    with pytest.raises(ForecastError, match="was changed since"):
        proposal.write()
    assert file.read_text().endswith("# mine\n")


def test_a_change_of_the_real_files_touches_the_lines_it_must_and_no_other() -> None:
    sitting = Sitting(ROOT)
    base, count = sitting.base().case, 1
    for item in base.items[::9]:
        count += 1
        assert sitting.move(("item", item.id, "credibility"), 4 if item.credibility != 4 else 3) == ""
    for source in base.sources[::3]:
        count += 1
        assert sitting.move(("source", source.id, "grade"), "E" if source.grade != "E" else "D") == ""
    assert sitting.move(("question", base.question.id, "prior", 0, "weight"), 0.45) == ""
    lines = changed_lines(change_of_files(sitting.workspace, base, sitting.scenario()).diff)
    assert count <= len(lines) <= 2 * count + 2
    for line in lines:
        assert any(word in line for word in ("credibility", "grade", "weight")), line


# --- what is written is no change any more --------------------------------------------------------------------------

MORE = """- {id: unseen, title: No fund, date: DAY, source: paper, probability: {strike: 0.3, settled: 0.6, talks: 0.5},
   seen: false, rationale: r}
- {id: kept, title: The leader says in a month, date: DAY, source: union, kept: 0.4, window: [DAY, LAST], rationale: r}
- {id: counted, title: A fund, date: DAY, source: paper, rationale: r,
   counts: {strike: [6, 8], settled: [2, 9], talks: [1, 4]}}
- {id: lasting, title: The contract has lapsed, date: DAY, source: paper, about: condition, rationale: r,
   standing: {every: 4w}, likelihood_ratio: {strike: [1.05, 1.2, 1.4]}}
"""
"""Items with fields that others leave out, and the other way round."""


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an item of each encoding, and a group without a memory."""
    root = workspace(tmp_path_factory.mktemp("desk") / "toy")
    question = load(root).question
    text = MORE.replace("DAY", str(question.opens)).replace("LAST", str(question.key_dates[0]))
    (root / "evidence/more.yaml").write_text(text, encoding="utf-8")
    return root


TYPED = ["", "never", "3w", "every 3w, at most 9w", "3 of 5", "5 right, 2 wrong"]


def another(each: Input, case: Case, rng: random.Random) -> Any:
    """Some value of an input, as somebody would type or choose it; `ForecastError` if it cannot be read."""
    now = stated(case, each.place)
    texts, drawn = each.form.texts(now), each.form.drawn(now, now)
    known = {"scale": drawn.get("stops"), "switch": ["on", "off"], "line": TYPED}.get(
        drawn["type"], [key for key, _ in drawn.get("options", ())])
    middle = len(texts) // 2
    return each.form.read((*texts[:middle], rng.choice(known or TYPED), *texts[middle + 1:]), now, now, "slider")


def session(case: Case, rng: random.Random) -> Edits:
    """Changes of many inputs, one after the other, of which none is refused."""
    edits: Edits = {}
    now = case
    records = [*case.items, *case.sources, *case.groups, case.question]
    for each in [each for about in records for each in inputs_of(case, about) if each.place[2] != OFF]:
        try:
            after = changed(case, now, edits, each.place, another(each, now, rng))
            now, edits = apply(case, scenario(case, after)), after
        except (ForecastError, LookupError, TypeError):
            continue  # it does not fit what was changed before
    return edits


@pytest.mark.parametrize("seed", range(4))
def test_nothing_of_what_is_written_is_a_change_any_more(all_kinds: Path, seed: int) -> None:
    loaded = load(all_kinds)
    case, rng = loaded.case(), random.Random(seed)
    edits = session(case, rng)
    assert len(edits) > 15
    made = change_of_files(loaded, case, scenario(case, edits)).workspace
    assert refitted(made.whole.at(case.as_of), edits, lambda place: False) == ({}, [])


@pytest.mark.parametrize(("name", "text"), [
    ("item/unseen/seen", "on"), ("item/unseen/how", "likelihood_ratio"), ("item/kept/how", "probability"),
    ("item/counted/how", "likelihood_ratio"), ("item/lasting/about", ""), ("item/union-hall/says", "report")])
def test_a_change_that_was_written_is_not_written_again(all_kinds: Path, tmp_path: Path, name: str, text: str) -> None:
    page = Page(shutil.copytree(all_kinds, tmp_path / "toy"))
    sitting = page.sitting
    page.act({"do": "enter", "id": name, "part": "text", "text": text})
    assert len(sitting.edits()) == 1
    sitting.give_reason(("item", name.split("/")[1]), "It is so.")
    page.act({"do": "saving", "id": "files"})
    page.act({"do": "fill", "id": "initials", "text": "AB"})
    for said in ("Written: evidence/", ""):
        page.act({"do": "propose"})
        page.act({"do": "confirm"})
        page.begin()
        assert page.view.said.startswith(said)
        assert (sitting.edits(), sitting.notice) == ({}, "")
    notes = "".join(path.read_text(encoding="utf-8") for path in (sitting.root / "evidence").glob("*.yaml"))
    assert notes.count("AB: It is so.") == 1


@pytest.mark.parametrize("place", [("group", "wage-round", "memory"), ("item", "union-hall", "seen"),
                                   ("source", "union", "checked")])
def test_to_leave_out_what_the_files_leave_out_is_no_change(sitting: Sitting, place: tuple[str, ...]) -> None:
    assert stated(sitting.case, place) is not None
    assert sitting.move(place, None) == ""
    assert sitting.edits() == {}


def test_files_that_changed_since_they_were_shown_are_shown_again(tmp_path: Path) -> None:
    page = Page(workspace(tmp_path / "toy"))
    page.sitting.move(HALL, 5.0)
    page.sitting.give_reason(("item", "union-hall"), "It is so.")
    page.act({"do": "saving", "id": "files"})
    page.act({"do": "fill", "id": "initials", "text": "AB"})
    file = page.sitting.root / "evidence/halls.yaml"
    for has_looked in (False, True):
        page.act({"do": "propose"})
        assert page.view.offer is not None
        file.write_text(file.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
        if has_looked:
            page.sitting.move(HALL, 6.0)
        page.act({"do": "confirm"})
        assert page.view.errors["save"].endswith("press “Show what would be written” again")
        assert "run the command" not in page.parts()["top"]
        page.begin()
    page.act({"do": "propose"})
    page.act({"do": "confirm"})
    assert page.view.said == "Written: evidence/halls.yaml"


@pytest.mark.parametrize("days", [0, 5])
def test_the_command_that_the_desk_names_prints_the_number_that_the_desk_shows(tmp_path: Path, days: int) -> None:
    page = Page(workspace(tmp_path / "toy"))
    sitting = page.sitting
    assert sitting.look_from(str(date.fromordinal(sitting.state.as_of.toordinal() + days))) == ""
    sitting.move(HALL, 5.0)
    page.act({"do": "saving", "id": "scenario"})
    for box, text in (("file", "mine"), ("name", "Mine")):
        page.act({"do": "fill", "id": box, "text": text})
    page.act({"do": "propose"})
    page.act({"do": "confirm"})
    command = page.view.said.partition("On the command line: forecast ")[2].split()
    assert ("--as-of" in command) == bool(days)
    told = CliRunner().invoke(app, [*command, "--workspace", str(sitting.root), "--json"])
    (row,) = json.loads(told.stdout)["scenarios"]
    assert row["hypotheses"]["strike"] == pytest.approx(sitting.forecast.event, rel=1e-12)


def test_no_command_is_named_for_what_an_analyst_sees_without_the_others(tmp_path: Path) -> None:
    root = workspace(tmp_path / "toy")
    (root / "evidence/opinions").mkdir()
    (root / "evidence/opinions/ann.yaml").write_text(
        "analyst: {id: ann}\nitems: {union-hall: {likelihood_ratio: {strike: 4}}}\n", encoding="utf-8")
    sitting = Sitting(root)
    sitting.seat(Seat("bob", "Bob"))
    sitting.move(("item", "ballot-announced", "likelihood_ratio", "strike"), 3.0)
    view = View(saving="scenario", forms={"file": "mine", "name": "Mine"})
    assert saving.write(sitting, view, saving.offer(sitting, view)) == "Written: evidence/scenarios/mine.yaml."
