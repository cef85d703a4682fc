"""The reports that the repository keeps: sealed, confirmed by both engines, and what its files give today."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forecast.core.sameness import differences
from forecast.engine.exact import Exact
from forecast.report.assembly import case_fields
from forecast.report.document import CaseDocument
from forecast.workspace.archive import sound_reports
from forecast.workspace.loader import load
from tests import ROOT

CASES = (ROOT, ROOT / "examples/first-wave", ROOT / "examples/microsoft-activision")


@pytest.mark.parametrize("root", CASES, ids=lambda root: root.name)
def test_every_report_is_sealed_and_confirmed_and_the_newest_holds(root: Path) -> None:
    reports = sound_reports(root / "reports")
    assert [each.as_of for each in reports if not each.read()["engines"]["confirmed"]] == []
    newest = reports[-1]
    exact = Exact(load(root).case(newest.as_of))
    now = json.loads(CaseDocument(**case_fields(exact)).json_text())
    assert differences({name: newest.read()[name] for name in now}, now) == []
