"""A case in one file: as strict as a folder, and every problem names its own file and line."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.cli.app import main
from forecast.core.errors import InputError
from forecast.engine.exact import Exact
from forecast.workspace.archive import StoredReport
from forecast.workspace.gate.one_file import cases_in
from forecast.workspace.loader import Workspace, load, load_texts, reports_of, workspaces_in
from forecast.workspace.stored.issued import changed_inputs, input_hashes

CASE = """\
question:
  id: thing
  title: Will it?
  resolution: If it happens.
  opens: 2025-01-01
  horizon: 2025-06-30
  event: {id: happens, name: The thing}
  alternatives: [{id: otherwise, name: No thing}]
  reference: otherwise
  prior:
    - {kind: elicited, probability: [0.1, 0.2, 0.3], weeks: [2, 8, 20], weight: 1, analyst: a}
groups:
  - {id: own, name: Own, overlap: 0.3}
evidence:
  - {id: vote, title: A vote, date: 2025-01-05, source: press, analyst: a, group: own, rationale: Because,
     likelihood_ratio: {happens: [1.5, 2, 3]}}
  - {id: talk, title: Talk, date: 2025-01-06, source: official, analyst: a, group: shared, rationale: Because,
     window: [2025-02-01, 2025-03-01], kept: [0.2, 0.3, 0.5]}
indicators:
  - {id: next-vote, title: Another vote, by: 2025-02-01, probability: {happens: 0.5, otherwise: 0.2}, rationale: So}
opinions:
  b:
    analyst: {id: b, blind: true}
    items:
      vote: {likelihood_ratio: {happens: 1.2}}
      talk: {kept: 0.6}
    prior:
      - {kind: elicited, probability: 0.5, weeks: [2, 8, 20], weight: 3}
"""
DEFAULTS = """\
question:
  title: Not this one
  key_dates: [2025-03-01]
sources:
  - {id: press, name: Press, grade: C, checked: false}
  - {id: official, name: Official, grade: B, checked: false}
groups:
  - {id: shared, name: Shared, overlap: 0.6}
  - {id: own, name: Not this one, overlap: 0.9}
"""


def _written(folder: Path, case: str = CASE, defaults: str = DEFAULTS) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "defaults.yaml").write_text(defaults, encoding="utf-8")
    (folder / "thing.yaml").write_text(case, encoding="utf-8")
    return folder / "thing.yaml"


def _problems(path: Path) -> list[str]:
    with pytest.raises(InputError) as error:
        load(path)
    return str(error.value).splitlines()


def test_a_file_is_a_workspace_with_what_its_folder_shares(tmp_path: Path) -> None:
    loaded = load(_written(tmp_path))
    assert loaded.question.title == "Will it?"
    assert [str(day) for day in loaded.question.key_dates] == ["2025-03-01"]
    assert {group.id: group.overlap.stated for group in loaded.groups} == {"own": 0.3, "shared": 0.6}
    assert {source.id for source in loaded.sources} == {"press", "official"}
    assert [opinion.analyst.id for opinion in loaded.opinions] == ["b"]
    assert loaded.indicators[0].id == "next-vote"
    assert loaded.reports == tmp_path / "reports" / "thing"
    assert [component.analyst for component in loaded.case().question.prior] == ["a", "b"]
    assert 0 < Exact(loaded.case()).forecast.event < 1


def test_the_same_case_in_a_folder_has_the_same_forecast(tmp_path: Path) -> None:
    one = load(_written(tmp_path / "cases"))
    root = tmp_path / "folder"
    for path, text in _as_folder(one).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    folder = load(root)
    assert folder.case() == one.case()
    assert Exact(folder.case()).log_odds() == Exact(one.case()).log_odds()
    assert "evidence/opinions/b.yaml" in folder.inputs


def _as_folder(one: Workspace) -> dict[str, str]:
    parts = dict(re.findall(r"^(\w+):\n((?: .*\n)+)", CASE, re.MULTILINE))
    shared = dict(re.findall(r"^(\w+):\n((?: .*\n)+)", DEFAULTS, re.MULTILINE))
    opinion = "\n".join(line[4:] for line in parts["opinions"].splitlines()[1:])
    question = "\n".join(line[2:] for line in parts["question"].splitlines()) + "\nkey_dates: [2025-03-01]\n"
    return {"priors/question.yaml": question, "priors/sources.yaml": shared["sources"],
            "priors/groups.yaml": parts["groups"] + shared["groups"].splitlines()[0] + "\n",
            "evidence/all.yaml": parts["evidence"], "evidence/indicators.yaml": parts["indicators"],
            "evidence/opinions/b.yaml": opinion}


def test_a_case_is_loaded_again_from_what_a_report_stores(tmp_path: Path) -> None:
    loaded = load(_written(tmp_path))
    assert set(loaded.inputs) == {"thing.yaml", "defaults.yaml"}
    again = load_texts(loaded.inputs)
    assert again.case() == loaded.case()
    assert again.file == loaded.file == "thing.yaml"


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("source: press", "source: presss", "thing.yaml:15: evidence.vote.source: presss"),
    ("date: 2025-01-06", "date: 2025-02-30", "thing.yaml:17: evidence.talk.date: 2025-02-30"),
    ("id: talk", "id: vote", "thing.yaml:17: evidence.vote.id: vote is already in thing.yaml:15"),
    ("horizon: 2025-06-30", "horizon: soon", "thing.yaml:6: question.horizon: soon"),
    ("      talk: {kept: 0.6}", "      vote2: {kept: 0.6}", "thing.yaml:26: opinions.b.items.vote2: is not an item"),
    ("      vote: {likelihood_ratio: {happens: 1.2}}", "      vote: {kept: 0.6}",
     "thing.yaml:25: opinions.b.items.vote.kept: is for claims"),
    ("likelihood_ratio: {happens: 1.2}", "likelihood_ratio: {hapens: 1.2}",
     "thing.yaml:25: opinions.b.items.vote.likelihood_ratio.hapens: is not a hypothesis"),
    ("analyst: {id: b, blind: true}", "analyst: {id: c}", "thing.yaml:23: opinions.b.analyst.id: is c"),
    ("probability: 0.5, weeks", "probability: 1.5, weeks", "thing.yaml:28: opinions.b.prior[1].probability: 1.5"),
    ("indicators:", "indicatrs:", "thing.yaml:19: indicatrs: is not known here; did you mean indicators?"),
    ("opinions:\n  b:", "opinions:\n  - b:", "thing.yaml:21: opinions: is not a mapping"),
    ("groups:\n  - {id: own, name: Own, overlap: 0.3}", "groups: {id: own}", "thing.yaml:12: groups: is not a list"),
    ("reference: otherwise", "reference: [", "thing.yaml:"),
])
def test_a_problem_is_told_where_it_is(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in CASE
    told = _problems(_written(tmp_path, CASE.replace(old, new, 1)))
    assert any(line.replace(" is no ", " is not a ").startswith(expected) for line in told), told


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("opinions:\n  b:", "opinions:\n  a/b:", "thing.yaml:22: opinions: a/b is not an id"),
    ("opinions:\n  b:", "opinions:\n  .b:", "thing.yaml:22: opinions: .b is not an id"),
    ("opinions:\n  b:", "opinions:\n  - b:", "thing.yaml:21: opinions: is not a mapping"),
    ("  reference: otherwise", "  calibration: question.yaml\n  reference: otherwise",
     "thing.yaml:9: question.calibration: question.yaml is not a calibration"),
])
def test_a_mistake_is_told_once(tmp_path: Path, old: str, new: str, expected: str) -> None:
    (told,) = _problems(_written(tmp_path, CASE.replace(old, new, 1)))
    assert told.startswith(expected)


def test_a_case_that_is_a_list_is_told_once(tmp_path: Path) -> None:
    (told,) = _problems(_written(tmp_path, "- question\n"))
    assert told == "thing.yaml:1: is not a mapping; write question: and so on"


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("grade: B", "grade: Z", "defaults.yaml:6: sources.official.grade: Z"),
    ("[2025-03-01]", "[2026-03-01]", "defaults.yaml:3: question.key_dates[1]: 2026-03-01"),
    ("groups:", "evidence:", "defaults.yaml:7: evidence: is not known here"),
    ("question:\n  title: Not this one\n  key_dates: [2025-03-01]", "question: 3",
     "defaults.yaml:1: question: is not a mapping"),
    ("overlap: 0.6", "overlap: 6", "defaults.yaml:8: groups.shared.overlap: 6"),
])
def test_a_problem_of_the_shared_file_names_it(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in DEFAULTS
    told = _problems(_written(tmp_path, defaults=DEFAULTS.replace(old, new, 1)))
    assert any(line.startswith(expected) for line in told), told


def test_what_a_case_names_stays_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "past.csv").write_text("case,weeks,outcome\na,3,event\n", encoding="utf-8")
    reaching = CASE.replace("kind: elicited, probability: [0.1, 0.2, 0.3], weeks: [2, 8, 20]",
                            "kind: reference_class, file: ../past.csv")
    assert any("leaves" in line for line in _problems(_written(tmp_path / "cases", reaching)))
    (tmp_path / "cases" / "past.csv").symlink_to(tmp_path / "past.csv")
    inside = reaching.replace("../past.csv", "past.csv")
    assert any("leaves" in line for line in _problems(_written(tmp_path / "cases", inside)))
    (tmp_path / "cases" / "past.csv").unlink()
    (tmp_path / "cases" / "past.csv").write_bytes((tmp_path / "past.csv").read_bytes())
    loaded = load(tmp_path / "cases" / "thing.yaml")
    assert set(loaded.inputs) == {"thing.yaml", "defaults.yaml", "past.csv"}
    assert load_texts(loaded.inputs).case() == loaded.case()


def test_a_folder_of_cases_names_them_all(tmp_path: Path) -> None:
    case = _written(tmp_path)
    (tmp_path / "calibration.yaml").write_text("questions: 3\n", encoding="utf-8")
    assert cases_in(tmp_path) == workspaces_in(tmp_path) == workspaces_in(case) == [case]
    assert reports_of(tmp_path) == tmp_path / "reports"
    with pytest.raises(InputError, match="is not there"):
        workspaces_in(tmp_path / "nothing.yaml")
    with pytest.raises(InputError, match="is not there"):
        load(tmp_path / "nothing.yaml")


def test_hidden_files_are_no_cases_and_a_wrong_ending_is_named(tmp_path: Path) -> None:
    case = _written(tmp_path)
    (tmp_path / ".#thing.yaml").symlink_to("somebody@nowhere")
    assert workspaces_in(tmp_path) == [case]
    (tmp_path / "other.yml").write_bytes(case.read_bytes())
    with pytest.raises(InputError, match=r"other\.yml:1: is not read; rename it to other\.yaml"):
        workspaces_in(tmp_path)


@pytest.mark.parametrize(("target", "says"), [("nothing", "a link to nothing"), ("defaults.yaml", "cannot be read"),
                                              ("/etc/hostname", "leaves the folder")])
def test_shared_defaults_behind_a_link_that_leads_nowhere_are_a_problem(tmp_path: Path, target: str, says: str) -> None:
    case = _written(tmp_path)
    (tmp_path / "defaults.yaml").unlink()
    (tmp_path / "defaults.yaml").symlink_to(target)
    with pytest.raises(InputError, match=f"^defaults\\.yaml:1: .*{says}"):
        load(case)


CALIBRATION = """\
evidence_weight: [0.4, 0.8, 1.2]
shift: [-0.5, -0.1, 0.3]
slope: [0.7, 1, 1.2]
model_error: [0.1, 0.4, 0.9]
questions: 80
clusters: 50
date: 2026-01-01
"""


@pytest.mark.parametrize("calibrated", ["case", "defaults"])
def test_a_question_takes_its_calibration(tmp_path: Path, calibrated: str) -> None:
    line = "question:\n  calibration: calibration.yaml"
    case, defaults = (text.replace("question:", line, 1) if calibrated == name else text
                      for name, text in (("case", CASE), ("defaults", DEFAULTS)))
    path = _written(tmp_path, case, defaults)
    assert any("calibration" in told for told in _problems(path))
    (tmp_path / "calibration.yaml").write_text(CALIBRATION, encoding="utf-8")
    loaded = load(path)
    assert loaded.question.evidence_weight == (0.8, 0.4, 1.2)
    assert loaded.question.model_error == (0.4, 0.1, 0.9)
    assert loaded.case().calibration is not None
    assert loaded.case().calibration.questions == 80
    assert load_texts(loaded.inputs).case() == loaded.case()


@pytest.mark.parametrize(("broken", "expected"), [
    (CALIBRATION.replace("0.8", "2.8"), "calibration.yaml:1: evidence_weight: [0.4, 2.8, 1.2] is not in order"),
    (CALIBRATION + "more: 1\n", "calibration.yaml:8: more: is not known here"),
    ("- 1\n", "calibration.yaml:1: is not a mapping"),
    ("a: [\n", "calibration.yaml:"),
])
def test_a_wrong_calibration_is_told(tmp_path: Path, broken: str, expected: str) -> None:
    path = _written(tmp_path, CASE.replace("question:", "question:\n  calibration: calibration.yaml", 1))
    (tmp_path / "calibration.yaml").write_text(broken, encoding="utf-8")
    told = _problems(path)
    assert any(line.startswith(expected) for line in told), told


@pytest.mark.parametrize("field", ["evidence_weight: 0.5", "model_error: 0.3"])
def test_a_calibration_stands_alone(tmp_path: Path, field: str) -> None:
    path = _written(tmp_path, CASE.replace("question:", f"question:\n  calibration: calibration.yaml\n  {field}", 1))
    (tmp_path / "calibration.yaml").write_text(CALIBRATION, encoding="utf-8")
    name = field.split(":")[0]
    assert _problems(path) == [f"thing.yaml:3: question.{name}: is written beside calibration, which gives it; leave "
                               "out one of the two"]


def test_a_scenario_takes_no_other_calibration(tmp_path: Path) -> None:
    case = load(_written(tmp_path)).case()
    with pytest.raises(Exception, match="evidence_weight"):
        case.with_(question={"calibration": "other.yaml"})


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)), st.booleans(), st.integers(0, 700))
def test_whatever_a_file_holds_is_a_problem_and_no_more(tmp_path_factory: pytest.TempPathFactory, noise: bytes,
                                                        shared: bool, place: int) -> None:
    texts = {"thing.yaml": CASE.encode(), "defaults.yaml": DEFAULTS.encode()}
    name = "defaults.yaml" if shared else "thing.yaml"
    texts[name] = texts[name][:place] + noise + texts[name][place:]
    try:
        load_texts(texts)
    except InputError as error:
        assert all(problem.file in texts and problem.line > 0 for problem in error.problems)


def test_an_outcome_makes_no_backtest_stale_and_all_else_does(tmp_path: Path) -> None:
    before = input_hashes(load(_written(tmp_path)))
    told = CASE.replace("groups:\n", "  resolved: {outcome: happens, date: 2025-03-03}\n  hub: {team: a, model: b}\n"
                        "groups:\n").replace("Another vote", "One more vote")
    assert changed_inputs(before, input_hashes(load(_written(tmp_path, told)))) == []
    for old, new in (("overlap: 0.3", "overlap: 0.4"), ("kept: 0.6", "kept: 0.7"), ("[1.5, 2, 3]", "[1.5, 2, 4]"),
                     ("[2, 8, 20], weight: 1", "[2, 9, 20], weight: 1")):
        assert changed_inputs(before, input_hashes(load(_written(tmp_path, CASE.replace(old, new))))) == ["thing.yaml"]


@pytest.mark.parametrize("verb", ["backtest", "score"])
def test_each_verb_names_the_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                       capsys: pytest.CaptureFixture[str], verb: str) -> None:
    file = _written(tmp_path, CASE.replace("probability: 0.5", "probability: half"))
    monkeypatch.setattr(sys, "argv", ["forecast", verb, str(file)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert told.startswith(f"{file}:")
    assert "thing.yaml/" not in told


def test_a_report_of_a_case_in_one_file_is_named_by_its_place() -> None:
    assert StoredReport(Path("cases/reports/thing/2025-04-01")).name == "reports/thing/2025-04-01"
    assert StoredReport(Path("case/reports/2025-04-01")).name == "reports/2025-04-01"
