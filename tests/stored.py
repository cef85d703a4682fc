"""Stored reports without the minute that computing one takes: exact numbers, made-up chains, pages of one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.report.contents.assembly import case_fields
from forecast.report.document import CaseDocument
from forecast.workspace.archive import StoredReport, sound_reports, write_report_folder
from forecast.workspace.loader import load
from forecast.workspace.stored.issued import stamped
from tests.project.report.documents import report_of

Content = dict[str, Any]


def content_of(case: Case, inputs: Mapping[str, bytes] | None = None) -> Content:
    """What the forecast.json of a report says."""
    files = {path: text.decode() for path, text in (inputs or {"priors/question.yaml": b"id: made-up\n"}).items()}
    content: Content = json.loads(report_of(case, files=files).json_text())
    return content


def computed(root: Path, as_of: date) -> Content:
    """What a report of a workspace says by the exact engine alone, computed from its files."""
    exact = Exact(load(root).case(as_of))
    content: Content = json.loads(CaseDocument(**case_fields(exact)).json_text())
    return content


def store(root: Path, content: Content) -> StoredReport:
    """Write a report as `forecast report` does."""
    report = StoredReport(root / "reports" / str(content["as_of"]))
    before = sound_reports(root / "reports", report.as_of)

    def fill(folder: Path) -> None:
        (folder / "forecast.json").write_text(json.dumps(content), encoding="utf-8")
        for name in ("report.html", "report.md", "posterior.nc"):
            (folder / name).write_text(f"{name} of {content['as_of']}\n", encoding="utf-8")
        (folder / "charts").mkdir()
        (folder / "charts/cumulative.svg").write_text("<svg/>", encoding="utf-8")

    write_report_folder(report, fill, before[-1] if before else None)
    return report


def store_backtest(root: Path, content: Content, name: str = "strike") -> Path:
    """Write a backtest as `forecast backtest` does."""
    path = root / "reports/backtest" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(stamped(json.loads(json.dumps(content)))), encoding="utf-8")
    return path
