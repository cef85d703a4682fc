"""The verbs that write, on workspaces and tables spoilt at random: done, or refused in words; nothing else moves."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random

import pytest

from forecast.cli.app import main
from forecast.cli.verbs import stating
from forecast.workspace.loader import load
from tests.robustness import FUZZED
from tests.robustness.hostile.fuzzer import Files, spoilt, spoilt_table
from tests.robustness.reading.example import contents, written
from tests.robustness.styles import evidence
from tests.robustness.test_tables import OUTSIDE, TIMELINE

CASES = FUZZED // 25
"""Spoilt workspaces."""
NEW = ("--title", "T", "--source", "wire", "--date", "2031-03-15", "--ratio", "strike=2", "--rationale", "R", "--yes",
       "--as-of", "2031-05-01")
VERBS = (("check", "--as-of", "2031-05-01"), ("new", "added", *NEW), ("import", "table.csv"),
         ("new", "fund", "--from-indicator", "fund-opened", *NEW[2:6], *NEW[10:]))


class Then(date):
    """A calendar on which the workspace is of today."""

    @classmethod
    def today(cls) -> date:  # type: ignore[override]
        return date(2031, 5, 1)


def spoilt_workspace(random: Random) -> Files:
    """A workspace with something spoilt in it, the month's file in any style."""
    files = contents() | {"evidence/2031-03.yaml": evidence(random, ["ann", "bob"])}
    if random.random() < 0.5:
        files = spoilt(files, random)
    files = {path: data for path, data in files.items() if not path.endswith("/") and len(path.encode()) < 200}
    outside, timeline = (spoilt_table(text, random) for text in (OUTSIDE, TIMELINE))
    return files | {"priors/outside/market.csv": outside, "table.csv": timeline}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numbers at the edge of what can be computed
def test_no_verb_that_writes_ends_in_a_fault_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                            capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(stating, "date", Then)
    seen = Counter[tuple[str, int]]()
    for number in range(CASES):
        random, root = Random(f"verbs-{number}"), tmp_path / "w"
        try:
            written(root, spoilt_workspace(random))
        except OSError:  # two things of one name
            shutil.rmtree(root)
            continue
        monkeypatch.chdir(root)
        for words in VERBS:
            before = state(root)
            monkeypatch.setattr(sys, "argv", ["forecast", *words])
            with pytest.raises(SystemExit) as ended:
                main()
            code, said = int(ended.value.code or 0), capsys.readouterr().err
            assert code in (0, 1), (number, words)
            assert "a fault of the program" not in said, (number, words, said)
            after = state(root)
            if code == 1 or words[0] == "check":
                assert after == before, (number, words)
            if code == 0 and words[0] == "new":
                assert words[1] in {item.id for item in load(root).items}, (number, words)
            seen[words[0], code] += 1
        monkeypatch.chdir(tmp_path)
        shutil.rmtree(root)
    assert min(seen[verb, code] for verb in ("new", "import", "check") for code in (0, 1)) > 0


def state(root: Path) -> Files:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name != ".lock"}
