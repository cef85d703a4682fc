"""What others say stands on the page as it is in the document, beside ours and never in the headline."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from forecast.analysis.crowd import CrowdStudy
from forecast.cli import reports
from forecast.core.text import chance, percent, short
from forecast.engine.exact import Exact
from forecast.report.charts.style import NARROW, WIDE
from forecast.report.charts.through_time import history
from forecast.report.contents import assembly
from forecast.report.document import ReportDocument
from forecast.report.pages import front
from forecast.workspace.loader import load
from forecast.workspace.starting import init
from tests.builders import day
from tests.project.report.documents import CROWDS, HORIZON, earlier_document, engines, plain_document
from tests.project.report.reading import said, section


def _crowd() -> CrowdStudy:
    found = plain_document().crowd
    assert found is not None
    return found


def test_the_page_says_what_the_document_holds() -> None:
    content, found = front.page(plain_document(), [earlier_document()]), _crowd()
    crowd, desk = found.said
    assert crowd.last == (day(37), 0.42)
    told = said(content, "how-it-got-here")
    assert (f"Metaculus said {percent(0.42)} on {short(day(37))}; we say {chance(plain_document().event)}.") in told
    assert f"By {short(day(100))}: Desk b said 15% on {short(day(36))}; we say {chance(desk.ours)}." in told
    whole, early = found.pooled
    assert (whole.weights, early.weights) == ({"metaculus": 0.5}, {"desk-b": 0.25})
    trust = said(content, "trust")
    assert (f"Pooled with Metaculus in log odds, weight 0.5: {chance(whole.probability)}. Our forecast stays "
            f"{chance(plain_document().event)}.") in trust
    assert (f"By {short(day(100))}, pooled with Desk b in log odds, weight 0.25: {chance(early.probability)}.") in trust


def test_without_others_nothing_is_said_and_the_rest_is_the_same() -> None:
    alone = plain_document().model_copy(update={"crowd": None})
    with_it, without = (front.page(each, [earlier_document()]) for each in (plain_document(), alone))
    assert (with_it.head, with_it.notices, with_it.appendix) == (without.head, without.notices, without.appendix)
    for name in ("when", "why", "change-our-mind"):
        assert section(with_it, name) == section(without, name)
    assert "What others say" not in said(without, "how-it-got-here")
    assert "ooled" not in said(without, "trust")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_history_has_a_quiet_line_of_what_was_said_of_the_horizon(width: int) -> None:
    known, drawn = [earlier_document()], history(plain_document(), [earlier_document()], width)
    alone = history(plain_document().model_copy(update={"crowd": None}), known, width)
    assert drawn is not None
    assert alone is not None
    lines = [part for part in drawn["layer"] if part["mark"].get("interpolate") == "step-after"]
    assert [(row["day"], row["p"]) for row in lines[0]["data"]["values"]] == [
        (str(day(33)), 0.28), (str(day(34)), 0.345), (str(day(37)), 0.42), (str(day(40)), 0.42)]
    assert len(lines) == 1, "the desk spoke of another deadline"
    assert not [part for part in alone["layer"] if part["mark"].get("interpolate")]
    assert "others" in str(drawn["title"]["subtitle"])
    assert "others said" not in str(alone["title"]["subtitle"])
    assert ("Metaculus 42%" in str(drawn["layer"][-1])) is (width == WIDE)


def test_reports_from_before_are_read_and_are_the_same() -> None:
    alone = plain_document().model_copy(update={"crowd": None})
    stored = json.loads(alone.json_text())
    del stored["crowd"]
    assert ReportDocument.from_json(json.dumps(stored), "old") == alone
    assert reports._differing(stored, alone) == []
    assert reports._differing(stored, plain_document()) == ["/crowd"]


def test_a_report_stores_what_it_needs_to_say_it_again(tmp_path: Path) -> None:
    """With chains that are made up: the second engine has no part in it."""
    root = tmp_path / "w"
    init(root, date(2024, 1, 3))
    with (root / "priors/question.yaml").open("a") as question:
        question.write("pool: {market: 0.4}\n")
    market = root / "priors/outside/market.csv"
    market.parent.mkdir()
    market.write_text("date,probability\n2024-01-10T12:00Z,0.185\n2024-01-10T09:00Z,0.3\n2024-02-01,0.9\n")

    def sampled(exact: Exact) -> tuple[Any, Any]:
        return SimpleNamespace(diagnostics=SimpleNamespace(seed=7)), engines(exact)

    def fill(folder: Path, content: ReportDocument, *_: object) -> None:
        for name in ("forecast.json", "report.html", "report.md", "posterior.nc"):
            (folder / name).write_text(content.json_text(), encoding="utf-8")

    with patch("forecast.engine.nuts.agreement.engines", sampled), patch.object(assembly, "BREAK_EVENS", 0), \
            patch("forecast.cli.reports._fill", fill), patch("forecast.engine.nuts.kept_code.prepare", lambda: None):
        loaded = load(root)
        assert reports.report(loaded, loaded.case("2024-01-14")).endswith("written")
        market.unlink()
        folder = root / "reports/2024-01-14"
        assert reports.replay(folder).endswith("every number is the same")
    stored = json.loads((folder / "forecast.json").read_bytes())
    assert stored["crowd"]["said"][0]["values"] == [["2024-01-10", 0.185]]
    assert "priors/outside/market.csv" in stored["provenance"]["inputs"]


def test_what_others_say_is_in_no_file_for_the_hub() -> None:
    from forecast.report.hub import forecasts

    alone = plain_document().model_copy(update={"crowd": None})
    assert list(forecasts(plain_document())) == list(forecasts(alone))
    assert {each.by for crowd in CROWDS.values() for each in crowd.forecasts} == {HORIZON, day(100)}
