"""The reports that the repository keeps: sealed, confirmed by both engines, and what its files give today."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecast.core.equality import differences
from forecast.workspace.archive import sound_reports
from tests import ROOT
from tests.stored import computed

CASES = (ROOT, ROOT / "examples/first-wave", ROOT / "examples/microsoft-activision")


@pytest.mark.parametrize("root", CASES, ids=lambda root: root.name)
def test_every_report_is_sealed_and_confirmed_and_the_newest_holds(root: Path) -> None:
    reports = sound_reports(root / "reports")
    assert [each.as_of for each in reports if not each.read()["engines"]["confirmed"]] == []
    newest = reports[-1]
    now = computed(root, newest.as_of)
    assert differences({name: newest.read()[name] for name in now}, now) == []
