"""What is measured can be measured: the cases are sound, and the parts of the package are where they are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks.cases import case, large
from forecast.engine.exact import Exact
from forecast.workspace.loader import load
from tests.project.blocks import ROOT


@pytest.mark.parametrize("items", [0, 1, 60])
def test_a_synthetic_case_has_so_many_items_and_days(items: int) -> None:
    one = case(items, 100)
    assert (len(one.active), len(one.days)) == (items, 100)
    assert 0 < Exact(one).forecast.event < 1


def test_a_large_workspace_is_a_workspace(tmp_path: Path) -> None:
    large(tmp_path, ROOT, 50)
    assert len(load(tmp_path).items) == 50


def test_what_was_measured_is_written_beside_the_yardstick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SECTIONS", {"One": lambda: iter([bench.Row("a sum", 2.0, "twice")])})
    monkeypatch.setattr(bench, "yardstick", lambda: 0.5)
    monkeypatch.setattr(bench, "__file__", str(tmp_path / "x.py"))
    monkeypatch.setattr("sys.argv", ["benchmarks"])
    bench.main()
    assert "| a sum | 2.00 s | 4 | twice |" in (tmp_path / "RESULTS.md").read_text(encoding="utf-8").splitlines()
