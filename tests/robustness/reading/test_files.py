"""Files that cannot be read as a whole, folders that hold what they should not, and files made to do harm."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from forecast.core.errors import ForecastError, InputError, Problem
from forecast.workspace.files import Folder
from forecast.workspace.loader import find_workspace, load, load_texts
from tests.robustness.reading.example import (
    CASES,
    FILES,
    GROUPS,
    INDICATORS,
    ITEMS,
    QUESTION,
    SCENARIO,
    SOURCES,
    contents,
    written,
)

MEBIBYTE = 2**20


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load(folder)
    return caught.value.problems


def only(folder: Path) -> tuple[str, int, str]:
    (problem,) = problems(folder)
    assert problem.field == ""
    return problem.file, problem.line, problem.what


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "workspace", contents())


WHOLE = {
    "empty": (b"", 1, "is empty"),
    "only a comment": (b"# nothing yet\n", 1, "is empty"),
    "UTF-16": ("id: ä".encode("utf-16"), 1, "UTF-16"),
    "UTF-16 without a mark": ("id: a".encode("utf-16-be"), 1, "UTF-16"),
    "Latin-1": ("- id: a\n  title: Über\n".encode("latin-1"), 1, "line 2"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 1, "is not UTF-8"),
    "a page": (b"<html><body>\n<p>No: YAML: here</p>", 2, "cannot be read"),
    "prose": (b"Strikes are rare.\n", 1, "is not a list"),
    "open bracket": (b"- {\n\n\n", 1, "brackets"),
    "open quotes": (b"- id: 'b\n\n\n", 1, "close the quotes"),
    "wrong indentation": (b"- id: a\n   title: b\n", 2, "indentation"),
    "null": (b"---\n...\n", 1, "is not a list"),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_that_is_wrong_as_a_whole_is_one_problem(folder: Path, kind: str) -> None:
    data, line, says = WHOLE[kind]
    (folder / "evidence/other.yaml").write_bytes(data)
    file, found, what = only(folder)
    assert (file, found) == ("evidence/other.yaml", line)
    assert says in what


@pytest.mark.parametrize("name", [QUESTION, SOURCES, GROUPS, INDICATORS, SCENARIO, CASES, ITEMS])
def test_an_empty_file_is_an_error_wherever_it_is(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"")
    assert Problem(name, 1, "", "") in {Problem(p.file, p.line, p.field, "") for p in problems(folder)}


@pytest.mark.parametrize("name", [QUESTION, SOURCES, GROUPS, INDICATORS, SCENARIO, CASES, ITEMS])
def test_a_byte_order_mark_does_no_harm(folder: Path, name: str) -> None:
    plain = load(folder)
    (folder / name).write_bytes(b"\xef\xbb\xbf" + FILES[name].encode())
    assert load(folder).case() == plain.case()


def test_a_list_without_entries_is_no_error(folder: Path) -> None:
    (folder / "evidence/none-yet.yaml").write_text("[]\n")
    assert len(load(folder).items) == 3


def test_sources_groups_indicators_and_evidence_may_be_missing(tmp_path: Path) -> None:
    workspace = load(written(tmp_path, {QUESTION: FILES[QUESTION].encode(), CASES: FILES[CASES].encode()}))
    assert (workspace.sources, workspace.groups, workspace.items, workspace.indicators) == ((), (), (), ())


def test_a_missing_question_is_said_beside_the_problems_of_other_files(folder: Path) -> None:
    (folder / QUESTION).unlink()
    (folder / SOURCES).write_text("- id: wire\n")
    found = {(problem.file, problem.field) for problem in problems(folder)}
    assert {(QUESTION, ""), (SOURCES, "wire.name"), (SOURCES, "wire.grade")} <= found


def test_a_single_item_need_not_be_a_list(folder: Path) -> None:
    (folder / "evidence/one.yaml").write_text(
        "id: one\ntitle: One\ndate: 2031-05-01\nsource: wire\nlikelihood_ratio: {strike: 2}\nrationale: Why not.\n")
    assert load(folder).items[-1].id == "one"
    (folder / "evidence/one.yaml").write_text("id: one\ntitle: One\ndate: soon\nsource: wire\nrationale: None.\n")
    assert [(p.line, p.field) for p in problems(folder)] == [(1, "one"), (3, "one.date")]


@pytest.mark.parametrize(("name", "says"), [
    ("evidence/a.yml", "rename it to a.yaml"), ("evidence/a.YAML", "rename it to a.yaml"),
    ("evidence/scenarios/a.yml", "rename it to a.yaml"), ("evidence/drafts/a.yml", "rename it to a.yaml"),
    ("priors/sources.yml", "rename it to sources.yaml"), ("evidence/scenarios/a+b.yaml", "rename it"),
    ("priors/Question.yaml", "rename it to question.yaml"), ("evidence/Indicators.yaml", "rename it to indicators"),
    ("evidence/2031-04.yaml.txt", "rename it to 2031-04.yaml"), ("priors/groups.yaml.txt", "rename it to groups.yaml"),
    ("evidence/a\nb.yaml", "rename it"),
])
def test_a_file_with_a_wrong_name_is_a_problem(folder: Path, name: str, says: str) -> None:
    written(folder, {name: b"name: What if\n"})
    file, line, what = only(folder)
    assert (file, line) == (name, 1)
    assert says in what


@pytest.mark.parametrize("name", ["evidence/old", "evidence/a.yaml", "evidence/scenarios/old", "evidence/drafts/old"])
def test_a_folder_where_none_belongs_is_a_problem(folder: Path, name: str) -> None:
    written(folder, {f"{name}/item.yaml": b"id: forgotten\n"})
    file, line, what = only(folder)
    assert (file, line) == (name, 1)
    assert "is a folder" in what


def test_files_of_other_kinds_and_hidden_ones_are_left_alone(folder: Path) -> None:
    written(folder, {"evidence/README.md": b"\xff", "evidence/.draft.yaml": b"{", "evidence/.git/x.yaml": b"{",
                     "priors/notes.yml": b"{", "priors/data/raw.csv": b"\xff"})
    assert len(load(folder).items) == 3


def test_drafts_are_listed_and_not_read(folder: Path) -> None:
    written(folder, {"evidence/drafts/a.yaml": b"- id: half\n"})
    workspace = load(folder)
    assert workspace.drafts == ("evidence/drafts/a.yaml",)
    assert "evidence/drafts/a.yaml" not in workspace.inputs


def test_a_file_over_sixteen_mebibytes_is_refused(folder: Path) -> None:
    (folder / ITEMS).write_bytes(b"#" * (16 * MEBIBYTE) + b"\n")
    assert "larger than 16 MiB" in next(p.what for p in problems(folder) if p.file == ITEMS)


def test_a_link_inside_the_workspace_is_followed_and_one_that_leaves_it_is_refused(folder: Path) -> None:
    (folder / "evidence/again.yaml").symlink_to(folder / GROUPS)
    assert "rumour.title" in {p.field for p in problems(folder)}
    (folder / "evidence/again.yaml").unlink()
    outside = folder.parent / "secret.yaml"
    outside.write_text("- id: secret\n")
    (folder / "evidence/again.yaml").symlink_to(outside)
    assert "link out of the workspace" in only(folder)[2]
    (folder / "evidence/again.yaml").unlink()
    (folder / "evidence/again.yaml").symlink_to("nowhere.yaml")
    assert "link to nothing" in only(folder)[2]
    (folder / "evidence/again.yaml").unlink()
    (folder / "evidence/again.yaml").symlink_to("again.yaml")
    assert only(folder)[0] == "evidence/again.yaml"


def test_a_table_that_a_link_takes_out_of_priors_is_refused(folder: Path) -> None:
    (folder / CASES).rename(folder / "cases.csv")
    (folder / CASES).symlink_to("../cases.csv")
    (problem,) = problems(folder)
    assert (problem.file, problem.line, problem.field) == (QUESTION, 18, "prior[1].file")
    assert "link out of priors/" in problem.what


def test_a_pipe_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "evidence/pipe.yaml")
    assert "not a regular file" in only(folder)[2]


def test_evidence_that_is_no_folder_is_a_problem(tmp_path: Path) -> None:
    files = {path: data for path, data in contents().items() if path.startswith("priors/")}
    folder = written(tmp_path, {**files, "evidence": b""})
    assert only(folder)[0] == "evidence"


def test_every_problem_of_every_file_is_found_in_one_pass(folder: Path) -> None:
    spoiled = {
        QUESTION: FILES[QUESTION].replace("lead: 13w", "lead: soon").replace("reference: calm", "reference: clam"),
        SOURCES: FILES[SOURCES].replace("grade: B", "grade: G"),
        GROUPS: FILES[GROUPS].replace("0.8]", "0.3]"),
        CASES: FILES[CASES].replace("12.5", "-1").replace("censored", "lost"),
        ITEMS: FILES[ITEMS].replace("credibility: 2", "credibility: 9").replace("source: wire", "source: wir")
        .replace("strike: 0.2", "strik: 0.2").replace("2031-04-02", "2031-04-31"),
        INDICATORS: "- id: fund-opened\n",
        SCENARIO: FILES[SCENARIO].replace("[overtime]", "[overtim]").replace("grade: E", "grade: H"),
        "evidence/broken.yaml": "- id: first\n  colour: red\n- id: second\n  note: a: b\n",
        "evidence/second.yaml": "- id: ballot\n",
        "evidence/wrong.yml": "",
    }
    written(folder, {path: text.encode() for path, text in spoiled.items()})
    found = {(problem.file, problem.line, problem.field) for problem in problems(folder)}
    assert found >= {
        (QUESTION, 10, "reference"), (QUESTION, 11, "preparation.lead"), (SOURCES, 3, "wire.grade"),
        (GROUPS, 3, "rumour.overlap"), (CASES, 2, "weeks"), (CASES, 4, "outcome"), (ITEMS, 5, "ballot.source"),
        (ITEMS, 6, "ballot.credibility"), (ITEMS, 18, "no-talks.probability"),
        (ITEMS, 18, "no-talks.probability.strik"), (ITEMS, 22, "overtime.date"), (INDICATORS, 1, "fund-opened.title"),
        (INDICATORS, 1, "fund-opened.by"), ("evidence/broken.yaml", 2, "first.colour"), ("evidence/broken.yaml", 4, ""),
        ("evidence/second.yaml", 1, "ballot.id"), ("evidence/second.yaml", 1, "ballot"), ("evidence/wrong.yml", 1, ""),
    }


def test_problems_are_printed_with_file_line_and_field() -> None:
    with pytest.raises(InputError) as caught:
        load_texts(contents(**{GROUPS: "- id: rumour\n  name: A rumour\n  overlap: much\n"}))
    assert str(caught.value) == ("priors/groups.yaml:3: rumour.overlap: much is not a number; "
                                 "write a number such as 0.3")


def test_a_quoted_text_cannot_steer_the_terminal() -> None:
    with pytest.raises(InputError) as caught:
        load_texts(contents(**{GROUPS: '- {id: rumour, name: x, overlap: "\\u202Eevil"}\n'}))
    assert "\u202e" not in str(caught.value)


HOSTILE = {
    "brackets": b"[" * (16 * MEBIBYTE),
    "braces": b"{a: " * (4 * MEBIBYTE),
    "dashes": b"- " * (8 * MEBIBYTE),
    "unknown aliases": b"a: *a\n" * (2 * MEBIBYTE),
    "repeated keys": b"a: 1\n" * (3 * MEBIBYTE),
    "empty items": b"- {}\n" * 20_000,
    "a bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(ord("b"), ord("z"))),
    "a deep chain of aliases": b"a0: &a0 [x]\n" + b"".join(
        b"a%d: &a%d [*a%d]\n" % (n, n, n - 1) for n in range(1, 999)),
    "a long number": b"- {id: a, credibility: " + b"9" * (15 * MEBIBYTE) + b"}\n",
    "a long key": b"a" * (15 * MEBIBYTE) + b": b\n",
    "many wrong keys": b"{id: a, " + b"".join(b"k%d: 1, " % n for n in range(20_000)) + b"}\n",
    "blank lines": b"\n" * (16 * MEBIBYTE),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_with_a_bounded_number_of_problems(kind: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError) as caught:
        load_texts(contents() | {"evidence/hostile.yaml": HOSTILE[kind]})
    assert 1 <= len(caught.value.problems) <= 20_001
    assert all(len(str(problem)) < 1000 for problem in caught.value.problems[:100])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**20, "kibibytes"


def test_a_workspace_is_found_by_walking_up(folder: Path) -> None:
    inside = folder / "evidence/scenarios"
    assert find_workspace(inside) == folder.resolve()
    (folder / QUESTION).unlink()
    assert find_workspace(inside) == folder.resolve()
    (folder / "evidence").rename(folder / "proof")
    with pytest.raises(ForecastError, match=r"none in .* or above; go to the folder that holds"):
        find_workspace(folder / "proof")


def test_looking_up_a_file_that_is_not_there_is_a_key_error(folder: Path) -> None:
    with pytest.raises(KeyError):
        Folder(folder)["evidence/none.yaml"]
    assert QUESTION in Folder(folder)
    assert len(Folder(folder)) == len(list(Folder(folder)))
