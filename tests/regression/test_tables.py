"""Tables as people and platforms write them: what was bent, dropped or invented once."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.core.errors import InputError
from forecast.evaluation.calibration.files import read_crowd as calibration_crowd
from forecast.report.page import Table
from forecast.report.pages.appendix import appendix
from forecast.workspace.crowd import Outside, read_crowd
from forecast.workspace.csv_tables import past_cases, read_table
from forecast.workspace.imports.drafts import _Names
from forecast.workspace.yaml.reader import read
from tests.project.report.documents import plain_document
from tests.regression.conftest import Typed

OUTSIDE = b"date,by,probability\n"
BY = date(2024, 7, 3)


def probabilities(data: bytes) -> list[float]:
    found, flaws = read_crowd(data, BY)
    assert flaws == []
    return [each.probability for each in found.forecasts]


@pytest.mark.parametrize("row", [
    "2024-01-12,2024-07-03,0,35", '2024-01-12,2024-07-03,"0,35"', "2024-01-12,2024-07-03,35", "2024-01-12,2024-07-03,",
    "2024-01-12,2024-07-03", "12.01.2024,2024-07-03,0.3", "2024-01-12T25:00,2024-07-03,0.3",
    "2024-01-12,2024-01-11,0.3", "2024-01-12,2024-07-03,-0.1", "2024-01-12,2024-07-03,101%",
    "2024-01-12,2024-07-03,true"])
def test_a_row_of_outside_forecasts_that_does_not_fit_is_refused(row: str) -> None:
    found, flaws = read_crowd(OUTSIDE + row.encode(), BY)
    assert (found.forecasts, [flaw.line for flaw in flaws]) == ((), [2])


def test_exports_of_platforms_are_read() -> None:
    rows = (b'\xef\xbb\xbf"by", "date", "probability", "forecasters"\n2024-07-03,2024-01-12T18:00:00.123Z,35 %,12\n'
            b"2024-07-03,2024-01-13 01:30:00+02:00,0.5%,13\n,,,\n\n")
    found, flaws = read_crowd(rows, date(2025, 1, 1))
    assert (found.forecasts, flaws) == ((Outside(date(2024, 1, 12), BY, 0.005),), [])


def test_of_one_day_and_deadline_one_forecast_counts() -> None:
    once = OUTSIDE + b"2024-01-12,2024-07-03,0.9\n2024-01-19,2024-07-03,0.1\n"
    assert probabilities(once) == probabilities(once + b"2024-01-19,2024-07-03,0.1\n" * 9) == [0.9, 0.1]
    timed = b"2024-01-19T10:00Z,2024-07-03,0.3\n2024-01-19T12:00Z,2024-07-03,0.2\n2024-01-19T11:00Z,2024-07-03,0.4\n"
    assert probabilities(OUTSIDE + timed) == [0.2]


def test_two_forecasts_of_one_day_that_contradict_are_refused() -> None:
    _, flaws = read_crowd(OUTSIDE + b"2024-01-19,2024-07-03,0.1\n2024-01-19,2024-07-03,0.9\n", BY)
    assert [flaw.line for flaw in flaws] == [3]
    assert "line 2" in flaws[0].what


@pytest.mark.parametrize(("name", "says"), [
    ("x.csv", "is not a date"), ("x.CSV", "save it as x.csv"), ("x.tsv", "save it as x.csv"),
    ("deep/x.csv", "is a folder")])
def test_check_reads_every_file_that_score_reads(root: Path, typed: Typed, name: str, says: str) -> None:
    path = root / "priors/outside" / name
    path.parent.mkdir(parents=True)
    path.write_text("date,by,probability\n12.01.2024,2024-07-03,12%\n")
    code, out, err = typed("check")
    assert (code, out) == (1, "")
    assert err.startswith(f"priors/outside/{name.split('/')[0]}:")
    assert says in err
    assert typed("update", "--json")[::2] == (1, err), "what is shown beside a forecast is as strict as the rest"
    assert typed("watch", "--json")[0] == 0, "they bear on no forecast"


def test_two_tables_that_would_be_shown_by_one_name_are_refused(root: Path, typed: Typed) -> None:
    (root / "priors/outside").mkdir()
    for name in ("desk_b", "Desk-B", "desk-c"):
        (root / f"priors/outside/{name}.csv").write_text("date,by,probability\n2024-01-12,2024-07-03,12%\n")
    code, _, err = typed("check")
    assert (code, err) == (1, "priors/outside/desk_b.csv:1: has a name that reads like Desk-B.csv where both are "
                              "shown; rename one\n")


def test_hidden_files_and_notes_beside_outside_forecasts_are_left_alone(root: Path, typed: Typed) -> None:
    (root / "priors/outside").mkdir()
    for name in (".x.csv", "._x.csv", "README.md"):
        (root / "priors/outside" / name).write_text("?")
    assert typed("check")[0] == 0


TABLES = {"blanks in the header": b"case, weeks, outcome\na,12,event\n",
          "a mark": b"\xef\xbb\xbfcase,weeks,outcome\na,12,event\n",
          "blank rows": b"case,weeks,outcome\n\na,12,event\n,,\n\n",
          "quotes": b'"case", "weeks", "outcome"\r\n"a", "12", event\r\n'}


@pytest.mark.parametrize("name", TABLES)
def test_the_report_lists_the_past_cases_that_the_model_reads(name: str) -> None:
    report = plain_document()
    stored = report.provenance.inputs["priors/cases.csv"].model_copy(update={"text": TABLES[name].decode()})
    made = report.provenance.model_copy(update={"inputs": {"priors/cases.csv": stored}})
    (case,), flaws = past_cases(TABLES[name])
    assert flaws == []
    assert case == ("a", 12.0, "event", 1.0)
    (listed,) = [block for section in appendix(report.model_copy(update={"provenance": made}))
                 for block in section.blocks if isinstance(block, Table) and block.caption.startswith("1 past case of")]
    assert [cell[0] for cell in listed.rows[0].cells] == [("a",), ("12",), ("event",), ("1",)]


def imported(root: Path, typed: Typed, text: str, name: str = "table") -> list[dict[str, Any]]:
    (root / f"{name}.csv").write_text(text, encoding="utf-8")
    code, out, err = typed("import", f"{name}.csv")
    assert (code, err) == (0, "")
    found = read((root / out.split(":")[0]).read_bytes())
    assert found.flaws == []
    return list(found.value)


@pytest.mark.parametrize(("text", "lines"), [
    ("date,statement,source,url\n2024-01-10,No wave, says the spokesman,Wire,https://example.org/1\n", [2]),
    ("date,statement,statement\n2024-01-10,One,Two\n", [1]),
    ("date,statement\n1.2.24,a\n2.2.24,b\n\n3.2.24,c\n", [2, 3, 5]),
    ("date;statement\n2024-01-10;a;b\n", [2]), ("date,statement\n", [1]), ("date\n2024-01-10\n", [1]),
    ("date,statement,\n2024-01-10,a,lost\n", [2]), ('date,statement\n2024-01-10,"a\n', [2])])
def test_an_import_that_does_not_fit_is_refused_line_by_line(root: Path, typed: Typed, text: str,
                                                             lines: list[int]) -> None:
    (root / "table.csv").write_text(text)
    code, out, err = typed("import", "table.csv")
    assert (code, out) == (1, "")
    assert [line.split(": ")[0] for line in err.splitlines()] == [f"table.csv:{line}" for line in lines]
    assert not (root / "evidence/drafts").exists()


def test_blank_rows_below_a_table_are_skipped(root: Path, typed: Typed) -> None:
    assert len(imported(root, typed, "date,statement,source,url\n2024-01-10,x,Wire,\n,,,\n,,,\n")) == 1


def test_sources_of_any_script_stay_apart_and_keep_their_names(root: Path, typed: Typed) -> None:
    drafts = imported(root, typed, (
        "date,statement,source\n2024-01-10,First,Газета Один\n2024-01-11,Second,Вестник Два\n"
        "2024-01-11,Third,Газета  один\n2024-01-12,Fourth,Газета union\n2024-01-12,Fifth,The union\n"
        "2024-01-12,Sixth,paper\n2024-01-12,Seventh,\n"))
    sources = [draft.get("source") for draft in drafts]
    assert sources[0] == sources[2]
    assert sources[4:] == ["union", "paper", None]
    assert len({*sources}) == 6
    assert [draft.get("note") for draft in drafts[:2]] == ["Source: Газета Один\n", "Source: Вестник Два\n"]


def test_tables_of_any_script_have_drafts_of_their_own(root: Path, typed: Typed) -> None:
    for name in ("Хроника", "Вестник"):
        imported(root, typed, "date,statement\n2024-01-10,Что-то\n", name)
    assert sorted(path.name for path in (root / "evidence/drafts").iterdir()) == ["Вестник.yaml", "Хроника.yaml"]
    assert typed("check", "--as-of", "2024-01-12")[0] == 0
    code, _, err = typed("import", "Хроника.csv")
    assert (code, "is there already" in err) == (1, True)


def test_what_is_no_field_is_noted_and_named(root: Path, typed: Typed) -> None:
    (root / "graded.csv").write_text("date,statement,source,grade,credibility,recorded\n"
                                     "2024-01-10,Something,Wire,B,5,2024-01-11\n")
    code, out, _ = typed("import", "graded.csv")
    assert (code, out.splitlines()[1:3]) == (0, ["taken: title from statement", "in the notes: recorded"])
    (draft,) = read((root / "evidence/drafts/graded.yaml").read_bytes()).value
    assert (draft["credibility"], draft["recorded"]) == (5, str(date.today()))
    assert draft["note"] == "Grade: B\nSource: Wire\nrecorded: 2024-01-11\n"


def test_drafts_are_read_back_as_they_were(root: Path, typed: Typed) -> None:
    drafts = imported(root, typed, "date,statement,url\n2024-01-10,12e3,no\n2024-01-10,3e7,0o17\n2024-01-10,1:30,~\n")
    assert [(draft["title"], draft["url"]) for draft in drafts] == [("12e3", "no"), ("3e7", "0o17"), ("1:30", "~")]
    assert [draft["id"] for draft in drafts] == ["12e3", "3e7", "1-30"]


def test_the_names_of_many_like_rows_are_found_in_one_step_each() -> None:
    class Counting(set[str]):
        asked = 0

        def __contains__(self, name: object) -> bool:
            self.asked += 1
            return super().__contains__(name)

    names, count = _Names(["clash"]), 20_000
    names.taken = Counting(names.taken)
    found = {names.free("clash") for _ in range(count)} | {names.free("x" * 60) for _ in range(count)}
    assert len(found) == 2 * count
    assert max(map(len, found)) == 60
    assert names.taken.asked <= 5 * count


def test_one_thing_is_not_called_several(root: Path, typed: Typed) -> None:
    (root / "a.csv").write_text("date,statement\n2024-01-10,Something\n")
    assert typed("import", "a.csv")[1].startswith("evidence/drafts/a.yaml: 1 draft from csv;")
    assert "1 indicator, 0 scenarios: valid, 1 warning\n" in typed("check", "--as-of", "2024-01-04")[1]
    assert json.loads(typed("update", "--as-of", "2024-01-04", "--json")[1])["items"] == 2


# Cells too many, columns under other names, cases that are repeated.

CASE_ROWS = b"case,weeks,outcome,weight,note\n"


@pytest.mark.parametrize("row", ["2024-01-12,2024-07-03,0,35,", "2024-01-12,2024-07-03,0.35,,", ",,,0.3,,,"])
def test_a_row_with_a_cell_too_many_is_refused_though_it_is_blank(row: str) -> None:
    found, flaws = read_crowd(b"date,by,probability,comment\n" + row.encode(), BY)
    assert (found.forecasts, [flaw.line for flaw in flaws]) == ((), [2])
    assert flaws[0].what.startswith(f"has {row.count(',') + 1} cells, the first row has 4; ")


def test_a_shifted_past_case_has_no_weight_of_its_own() -> None:
    assert [flaw.line for flaw in past_cases(CASE_ROWS + b"a,5,event,0,5,\nb,3,ended,1,\n")[1]] == [2]


def test_a_shifted_row_of_an_import_is_refused(root: Path, typed: Typed) -> None:
    (root / "a.csv").write_text("date,title,source,url\n2024-01-12,Union calls strike, drivers say,The local paper,\n")
    code, out, err = typed("import", "a.csv")
    assert (code, out, err.split(";")[0]) == (1, "", "a.csv:2: has 5 cells, the first row has 4")


def test_a_table_may_be_padded_with_blank_cells_in_all_its_rows() -> None:
    rows = b"case,weeks,outcome,weight,,\na,5,event,0.5,,\n,,,,,\n,,,,,,,,\nb,3,ended,,,\n"
    cases, flaws = past_cases(rows)
    assert (flaws, [case.weight for case in cases]) == ([], [0.5, 1.0])
    assert [flaw.line for flaw in past_cases(rows + b"c,5,event,0,5,\nd,5,event,0,5,,\n")[1]] == [6, 7]


SHORT = "an empty cell is left off: the row has {} cells, the first row has {}; write the separators of empty cells too"


def test_a_row_with_a_cell_too_few_is_refused_in_every_table(root: Path, typed: Typed) -> None:
    assert past_cases(CASE_ROWS + b"a,5,event,1\nb,3,ended,1,\n\n")[1] == [(2, "note", SHORT.format(4, 5))]
    assert read_crowd(b"date,by,probability,note,\n2024-01-12,2024-07-03,0.3,\n2024-01-12,2024-07-03,0.3\n", BY)[1] == [
        (2, "", SHORT.format(4, 5)), (3, "note", SHORT.format(3, 5))]
    (root / "a.csv").write_text("date;title;source;url\n2024-01-12;Union calls strike;Wire\n")
    code, out, err = typed("import", "a.csv")
    assert (code, out, err) == (1, "", f"a.csv:2: url: {SHORT.format(3, 4)}\n")


def test_a_row_that_a_comma_in_its_title_has_shifted_is_named(root: Path, typed: Typed) -> None:
    (root / "a.csv").write_text("date,title,source,url\n2024-01-12,Strike, drivers say,The local paper\n"
                                "2024-01-12,Strike,Wire,example.org/a\n")
    told = json.loads(typed("import", "a.csv", "--json")[1])
    (shifted,) = told["unread"]
    assert (shifted["where"], shifted["field"], shifted["what"].split(";")[0]) == (
        "line 2", "url", "The local paper is not an address")
    drafts = read((root / told["files"][0]).read_bytes()).value
    assert ["Url: The local paper\n" in draft["note"] for draft in drafts] == [True, False]


@given(st.data())
def test_only_rows_as_long_as_the_header_are_read(data: st.DataObject) -> None:
    columns = data.draw(st.integers(1, 5))
    lengths = data.draw(st.lists(st.integers(1, 7), max_size=6))
    rows = [",".join(str(place) for place in range(length)) for length in (columns, *lengths)]
    table = read_table("\n".join(rows).encode(), ())
    assert [row.line for row in table.rows] == [line for line, each in enumerate(lengths, 2) if each == columns]
    assert [flaw.line for flaw in table.flaws] == [line for line, each in enumerate(lengths, 2) if each != columns]


CUT = "is 0 with 35 in the next cell; write 0.35 if a comma has cut that in two, else 0.0"


def test_a_decimal_that_a_comma_has_cut_in_two_is_not_read_as_0(tmp_path: Path) -> None:
    assert read_crowd(b"date,by,probability,note\n2024-01-12,2024-07-03,0,35\n", BY)[1] == [(2, "probability", CUT)]
    assert past_cases(CASE_ROWS + b"a,5,event,0,35\nb,3,ended,1,1995\n")[1] == [(2, "weight", CUT)]
    crowd = tmp_path / "crowd.csv"
    crowd.write_text("id,probability,note\nq1,0,35\n")
    with pytest.raises(InputError) as caught:
        calibration_crowd(crowd)
    assert str(caught.value) == f"{crowd}:2: probability: {CUT}"


@pytest.mark.parametrize("rows", [b"by,probability,date,note\n2024-07-03,0,1705017600,35\n",
                                  b"date,by,note,probability\n2024-01-12,2024-07-03,5,0\n",
                                  b"date,by,probability,note\n2024-01-12,2024-07-03,0,\n",
                                  b"date,by,probability,note\n2024-01-12,2024-07-03,0,35 people\n",
                                  b"date,by,probability,note\n2024-01-12,2024-07-03,0.0,35\n"])
def test_a_0_that_nothing_follows_is_a_0(rows: bytes) -> None:
    found, flaws = read_crowd(rows, BY)
    assert (flaws, [each.probability for each in found.forecasts]) == ([], [0])


@pytest.mark.parametrize("name", ["Weight", "WEIGHT", "weights", "wieght", "weigth", "weigh", "Weighs", "wight"])
def test_weights_under_another_name_are_refused(name: str) -> None:
    _, (flaw,) = past_cases(f"case,weeks,outcome,{name}\na,5,event,0.5\n".encode())
    assert flaw == (1, "", f"has a column {name}, which is read only as weight; write it so, or give it quite another "
                           "name")


@pytest.mark.parametrize("name", ["height", "freight", "Weight,weight", "way", "w", "weight_kg", "[weight]"])
def test_columns_of_another_meaning_are_left_alone(name: str) -> None:
    assert past_cases(f"case,weeks,outcome,{name}\na,5,event,0.5{',' * name.count(',')}\n".encode())[1] == []


def test_a_deadline_in_capitals_is_not_replaced_by_the_horizon() -> None:
    found, flaws = read_crowd(b"date,By,probability\n2024-01-12,2024-02-03,0.3\n", BY)
    assert (found.forecasts, [flaw.what[:30] for flaw in flaws]) == ((), ["has a column By, which is read"])
    assert read_crowd(b"date,buy,b,probability\n2024-01-12,1,1,0.3\n", BY)[1] == []


def test_a_table_of_past_cases_of_which_none_counts_is_refused() -> None:
    rows = b"case,weeks,outcome,weight\na,5,event,0\nb,3,ended,0\n"
    assert [flaw[:2] for flaw in past_cases(rows)[1]] == [(1, "weight")]
    assert past_cases(rows + b"c,3,ended,0.1\n")[1] == []


def test_a_digit_is_no_grade(root: Path, typed: Typed) -> None:
    (root / "a.csv").write_text("date,title,source,grade,credibility\n2024-01-10,A,Wire,2,\n2024-01-11,B,Wire,B3,\n"
                                "2024-01-12,C,Wire,4 - Doubtful,1\n")
    code, out, _ = typed("import", "a.csv", "--json")
    told = json.loads(out)
    assert (code, [(each["where"], each["field"]) for each in told["unread"]]) == (
        0, [("line 2", "grade"), ("line 4", "grade")])
    assert told["unread"][0]["what"] == "2 is not a grade; write A to F, or both as in B2"
    drafts = read((root / told["files"][0]).read_bytes()).value
    assert [draft.get("credibility") for draft in drafts] == [None, 3, 1]
    assert [draft["note"].splitlines()[0] for draft in drafts] == ["Grade: 2", "Grade: B3", "Grade: 4 - Doubtful"]
