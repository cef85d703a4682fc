"""`forecast alert`: whether a headline has moved, in words, as JSON and as an exit code."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import pytest

from forecast.cli.app import main
from forecast.cli.reports import alert, change_since_last
from forecast.core.errors import ForecastError
from forecast.engine.exact import Exact
from forecast.workspace.loader import load
from tests.project.test_score import workspace
from tests.stored import content_of, store


@pytest.mark.parametrize(("points", "code"), [("0", 3), ("0.5", 3), ("99", 0)])
def test_the_exit_code_says_whether_it_has_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, points: str,
                                                 code: int, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["alert", "--points", points, "--since", "2031-03-05", "--as-of", "2031-05-01", "--workspace",
             str(workspace(tmp_path))]
    for more in ([], ["--json"]):
        monkeypatch.setattr(sys, "argv", ["forecast", *words, *more])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == code
    out = capsys.readouterr().out
    sentence, _, document = out.partition("\n")
    assert sentence.startswith("Moved by at least" if code else "Not moved by")
    assert json.loads(document)["moved"] is bool(code)


def test_without_a_report_or_a_date_there_is_nothing_to_compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                                capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["forecast", "alert", "--as-of", "2031-05-01", "--workspace",
                                      str(workspace(tmp_path))])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "name a date with --since" in capsys.readouterr().err


def test_a_later_day_cannot_be_compared_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["forecast", "alert", "--as-of", "2031-05-01", "--since", "2031-05-02",
                                      "--workspace", str(workspace(tmp_path))])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "--since 2031-05-02 lies after 2031-05-01" in capsys.readouterr().err


@pytest.mark.parametrize(("old", "new"), [("id: harbour-strike", "id: another"), ("2031-12-31", "2031-11-30")])
def test_a_report_of_another_question_is_not_compared_with(tmp_path: Path, old: str, new: str) -> None:
    before = load(workspace(tmp_path))
    store(tmp_path, content_of(before.case("2031-04-20"), before.inputs))
    assert alert(before, before.case("2031-05-01"), 5, None).since == date(2031, 4, 20)
    path = tmp_path / "priors/question.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ForecastError, match=r"reports/2031-04-20 asks .* another question by now; .* with --since"):
        alert(load(tmp_path), load(tmp_path).case("2031-05-01"), 5, None)


def test_nothing_has_changed_since_a_report_of_another_question(tmp_path: Path) -> None:
    before = load(workspace(tmp_path))
    store(tmp_path, content_of(before.case("2031-04-20"), before.inputs))
    assert change_since_last(before.reports, Exact(before.case("2031-05-01")).forecast) is not None
    path = tmp_path / "priors/question.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("id: harbour-strike", "id: another"), encoding="utf-8")
    assert change_since_last(before.reports, Exact(load(tmp_path).case("2031-05-01")).forecast) is None
