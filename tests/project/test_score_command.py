"""The verbs `backtest` and `score`, as an analyst types them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from forecast.cli.app import main
from forecast.workspace.stored.issued import read_backtest
from tests.project.test_score import workspace
from tests.robustness.reading.example import FILES, QUESTION

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Run a command and give its exit code and what it wrote."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["forecast", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return run


def test_a_backtest_prints_its_numbers_and_nothing_else(typed: Typed, tmp_path: Path) -> None:
    folder = str(workspace(tmp_path))
    words = ("backtest", folder, "--every", "4w", "--jobs", "1", "--no-charts")
    code, out, err = typed(*words, "--json")
    (document,) = json.loads(out)["backtests"]
    assert (code, err) == (0, "")
    assert not (tmp_path / "reports").exists()
    assert [row["as_of"] for row in document["rows"]][:2] == ["2031-03-01", "2031-03-29"]
    assert typed(*words)[0] == 0
    stored = read_backtest(tmp_path / "reports/backtest/harbour-strike-every-4w.json")
    assert {key: stored[key] for key in document} == document
    code, out, err = typed("score", folder, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["questions"][0]["came"] == "2031-10-01"


def test_no_question_is_counted_twice(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one, other = workspace(Path("w1")), workspace(Path("w2"))
    typed("backtest", "w1", "--every", "8w", "--jobs", "1", "--no-charts")
    once = typed("score", str(one), "--json")
    assert once[0] == 0
    for words in (("w1", "w1"), ("w1", "--workspace", "w1"), ("w1", "w2/../w1"), (str(tmp_path / "w1"), "w1")):
        assert typed("score", *words, "--json") == once
    code, out, err = typed("score", str(one), str(other))
    assert (code, out) == (1, "")
    assert "w1 and w2 both have the question harbour-strike; leave one of them out" in " ".join(err.split())


def test_a_page_that_is_not_drawn_anew_is_named(typed: Typed, tmp_path: Path) -> None:
    words = ("backtest", str(workspace(tmp_path)), "--to", "2031-03-20", "--jobs", "1", "--no-charts")
    assert "earlier run" not in typed(*words)[1]
    (tmp_path / "reports/backtest/harbour-strike.html").write_text("<p>42 %</p>", encoding="utf-8")
    assert "harbour-strike.html beside it is of an earlier run and may say other numbers" in typed(*words)[1]


def test_the_workspace_is_found_from_inside_it(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace(tmp_path) / "evidence")
    assert typed("backtest", "--to", "2031-03-20", "--jobs", "1", "--no-charts")[0] == 0
    code, out, err = typed("score")
    assert (code, err) == (0, "")
    assert "It happened on 1 October 2031" in " ".join(out.split())


def test_a_question_without_outcome_is_refused_with_what_to_write(typed: Typed, tmp_path: Path) -> None:
    folder = str(workspace(tmp_path, **{QUESTION: FILES[QUESTION]}))
    typed("backtest", folder, "--every", "8w", "--to", "2031-12-01", "--jobs", "1", "--no-charts")
    code, out, err = typed("score", folder)
    assert (code, out) == (1, "")
    assert err.startswith("forecast: harbour-strike: has no outcome yet; when it has, write `resolved:")
    assert typed("score", folder, "--as-of", "2031-07-01")[0] == 0


@pytest.mark.parametrize(("words", "code", "said"), [
    (("backtest", "no-such-folder"), 1, "no-such-folder: is not there; write a folder that holds"),
    (("score", "no-such-folder"), 1, "no-such-folder: is not there; write a folder that holds"),
    (("backtest", "--every", "0d"), 2, "0d is not a number of days; write a whole number and d or w"),
    (("backtest", "--from", "May"), 2, "May is not a date; write YYYY-MM-DD")])
def test_arguments_that_do_not_fit_are_refused(typed: Typed, words: tuple[str, ...], code: int, said: str) -> None:
    got, out, err = typed(*words)
    assert (got, out) == (code, "")
    assert said in " ".join(err.replace("│", " ").split())


def test_dates_outside_the_question_are_refused_and_nothing_is_written(typed: Typed, tmp_path: Path) -> None:
    folder = str(workspace(tmp_path))
    code, _, err = typed("backtest", folder, "--from", "2031-10-01", "--to", "2031-12-01", "--jobs", "1")
    assert code == 1
    assert err.startswith("forecast: --from and --to: ")
    assert "write dates between 2031-03-01 and 2031-09-30" in err
    assert not (tmp_path / "reports").exists()


def test_the_problems_of_every_folder_are_told(typed: Typed, tmp_path: Path) -> None:
    wrong = FILES[QUESTION].replace("reference: calm", "reference: clam")
    folders = [str(workspace(tmp_path / name, **{QUESTION: wrong})) for name in ("one", "two")]
    for verb in (("score",), ("backtest", "--jobs", "1")):
        code, out, err = typed(*verb, *folders)
        assert (code, out) == (1, "")
        assert [line.split(":")[0] for line in err.splitlines()] == [f"{folder}/{QUESTION}" for folder in folders]
