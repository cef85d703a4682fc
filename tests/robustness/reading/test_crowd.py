"""Exports of forecasting platforms as they come, and `pool`: read, told, or refused with the line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from forecast.core.errors import InputError
from forecast.workspace.crowd import Outside, read_crowd
from forecast.workspace.loader import load, load_texts
from tests.regression.conftest import Typed, root, typed
from tests.robustness.reading.example import FILES, QUESTION, contents, written

__all__ = ["root", "typed"]

HORIZON = date(2031, 12, 31)
METACULUS = """\
Question ID,Forecaster ID,Forecaster Username,Is Bot,Start Time,End Time,Forecaster Count,Probability Yes
40348,,recency_weighted,,2031-04-01 08:40:44.575108+00:00,2031-04-01 22:30:10.908193+00:00,1,0.69
40348,,recency_weighted,,2031-04-01 22:30:10.908193+00:00,2031-04-03 00:20:00+00:00,2,0.595
40348,,unweighted,,2031-04-02 22:30:10.908193+00:00,,2,0.1
40348,17,someone,False,2031-04-02 23:30:10+00:00,,,0.99
40348,,recency_weighted,,2031-04-03 00:20:00+00:00,,14,0.75
"""
MANIFOLD = """\
id,contractId,answerId,createdTime,outcome,probBefore,probAfter,isRedemption
c,xYz,,1933035000000,NO,0.4,0.35,false
b,xYz,,1932948700000,YES,0.3,0.4,false
a,xYz,,1932948600000,YES,0.25,0.3,false
"""
POLYMARKET = """\
"Date (UTC)","Timestamp (UTC)","Price"
"04-02-2031 23:59","1932940740","0.185"
"04-03-2031 00:00","1932940800","0.205"
"04-03-2031 12:00","1932984000","20.5%"
"""
EXPORTS = {"metaculus": METACULUS, "manifold": MANIFOLD, "polymarket": POLYMARKET}


def read(text: str) -> list[tuple[str, float]]:
    found, flaws = read_crowd(text.encode(), HORIZON)
    assert flaws == []
    assert {each.by for each in found.forecasts} == {HORIZON}
    return [(str(each.date), each.probability) for each in found.forecasts]


def test_exports_are_read_as_they_come() -> None:
    assert read(METACULUS) == [("2031-04-01", 0.595), ("2031-04-03", 0.75)]
    assert read(MANIFOLD) == [("2031-04-03", 0.4), ("2031-04-04", 0.35)]
    assert read(POLYMARKET) == [("2031-04-02", 0.185), ("2031-04-03", 0.205)]
    assert read("date,probability\n2031-04-02,35%\n") == [("2031-04-02", 0.35)]


@pytest.mark.parametrize("name", EXPORTS)
def test_the_order_of_rows_does_not_matter(name: str) -> None:
    head, *rows = EXPORTS[name].splitlines()
    assert read("\n".join([head, *reversed(rows)])) == read(EXPORTS[name])
    assert read("\r\n".join(["\ufeff" + head, *rows, *rows, ""])) == read(EXPORTS[name])


def test_a_column_by_names_the_deadline_of_an_export() -> None:
    text = POLYMARKET.replace('"Price"', '"Price",by').replace('5"\n', '5",2031-06-30\n').replace('%"', '%",2031-07-31')
    found, flaws = read_crowd(text.encode(), HORIZON)
    assert (flaws, found.dated) == ([], True)
    assert found.forecasts[1:] == (Outside(date(2031, 4, 3), date(2031, 6, 30), 0.205),
                                   Outside(date(2031, 4, 3), date(2031, 7, 31), 0.205))


@pytest.mark.parametrize(("name", "old", "new", "line", "column", "says"), [
    ("metaculus", "40348,,recency_weighted,,2031-04-03", "7,,recency_weighted,,2031-04-03", 6, "Question ID",
     "7 is not 40348 as in line 2; keep the rows of one question"),
    ("metaculus", "recency_weighted", "unweighted", 1, "", "no row whose Forecaster Username is recency_weighted"),
    ("metaculus", ",14,0.75", ",14,", 6, "Probability Yes", "an empty cell is not a probability"),
    ("metaculus", "2031-04-03 00:20:00+00:00,,", "3 April,,", 6, "Start Time", "3 April is not a date"),
    ("manifold", "b,xYz,", "b,xYz,yes", 3, "answerId", "yes is not an empty cell"),
    ("manifold", "1932948700000", "19329487000000000", 3, "createdTime", "is not a date"),
    ("manifold", "1932948600000", "1932948700000", 4, "probAfter", "another probability for the day"),
    ("polymarket", '"Price"', '"Strike"', 1, "", "has no column Price"),
    ("polymarket", "0.185", "0,185", 2, "Price", "0,185 is not a probability"),
    ("polymarket", '"0.185"', "0,185", 2, "", "has 4 cells"),
    ("polymarket", "0.205", "1.205", 3, "Price", "1.205 is not a probability"),
    ("polymarket", '"0.205"', '"0.205","more"', 3, "", "has 4 cells"),
    ("polymarket", '"1932940800"', '"04-03-2031"', 3, "Timestamp (UTC)", "is not a date")])
def test_what_does_not_fit_is_refused_with_its_line(name: str, old: str, new: str, line: int, column: str,
                                                    says: str) -> None:
    _, (flaw,) = read_crowd(EXPORTS[name].replace(old, new).encode(), HORIZON)
    assert (flaw.line, flaw.column) == (line, column)
    assert says in flaw.what
    assert ";" in flaw.what, "says what to write instead"


def test_digits_of_other_scripts_are_no_times() -> None:
    _, flaws = read_crowd("date,by,probability\n١٢٣٤٥٦٧٨٩,2031-08-31,0.3\n".encode(), date(2031, 8, 31))
    assert [(flaw.line, flaw.column) for flaw in flaws] == [(2, "date")]


def test_an_empty_table_is_refused() -> None:
    for text in ("date,probability\n", "", "Timestamp (UTC),Price\n"):
        assert len(read_crowd(text.encode(), HORIZON)[1]) == 1


@pytest.mark.parametrize(("pool", "problem"), [
    ("{market: 0.5}", None), ("{market: 0}", None), ("{market: 1}", None),
    ("{markte: 0.5}", "pool.markte: is not a table in priors/outside/; did you mean market?"),
    ("{market: 1.5}", "pool.market: 1.5 is above 1"), ("{market: -1}", "pool.market: -1 is below 0"),
    ("{market: .nan}", "pool.market"), ("{market: 50%}", "pool.market: 50% is not a number"), ("{}", "pool: is empty"),
    ("0.5", "pool: 0.5 is not a mapping"), ("{market: 0.7, desk-b: 0.7}", "pool: the weights sum to 1.4")])
def test_a_pool_names_tables_and_weights(pool: str, problem: str | None) -> None:
    files = contents() | {f"priors/outside/{name}.csv": POLYMARKET.encode() for name in ("market", "desk-b")}
    files[QUESTION] += f"pool: {pool}\n".encode()
    if problem is None:
        assert (load_texts(files).question.pool or {}).keys() == {"market"}
        return
    with pytest.raises(InputError) as refused:
        load_texts(files)
    (found,) = refused.value.problems
    assert (found.file, found.line) == (QUESTION, FILES[QUESTION].count("\n") + 1)
    assert problem in str(found)


def test_a_pool_without_any_table_says_where_to_put_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"pool\.market: is not a table in priors/outside/; put market\.csv there"):
        load(written(tmp_path, contents() | {QUESTION: FILES[QUESTION].encode() + b"pool: {market: 1}\n"}))


def test_check_says_what_it_took_and_no_forecast_changes(root: Path, typed: Typed) -> None:
    before = json.loads(typed("update", "--as-of", "2024-01-14", "--json")[1])
    assert before["crowd"] is None
    assert "What others say" not in typed("update", "--as-of", "2024-01-14")[1]
    (root / "priors/outside").mkdir()
    (root / "priors/outside/polymarket.csv").write_text('"Timestamp (UTC)","Price"\n1705060800,0.205\n')
    with (root / QUESTION).open("a") as question:
        question.write("pool: {polymarket: 0.25}\n")
    said = typed("check", "--as-of", "2024-01-14")[1]
    assert ("priors/outside/polymarket.csv: read as a price history of Polymarket: 1 day, 2024-01-12, the last value "
            "of each day in UTC, for the event by 2024-07-03, the horizon, since it has no column by\n") in said
    after = json.loads(typed("update", "--as-of", "2024-01-14", "--json")[1])
    (row,), (pooled,) = (after["crowd"][key] for key in ("said", "pooled"))
    assert row["values"] == [["2024-01-12", 0.205]]
    event = after["hypotheses"]["strike"]
    assert row["ours"] == pooled["ours"] == pytest.approx(event)
    assert 0.205 < pooled["probability"] < event
    assert after | {"crowd": None} == before
    told = " ".join(typed("update", "--as-of", "2024-01-14")[1].split())
    assert f"Polymarket said 20% on 12 Jan 2024; we say {100 * event:.0f}%." in told
    assert f"in log odds, weight 0.25: {100 * pooled['probability']:.0f}%. Our forecast stays" in told
    assert json.loads(typed("update", "--as-of", "2024-01-11", "--json")[1])["crowd"] is None
