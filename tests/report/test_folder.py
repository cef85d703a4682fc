"""What a report writes, and what derives from all of them."""

from __future__ import annotations

import re
from pathlib import Path

from forecast.report import derived_files, past, write_report
from tests.report.documents import bare_document, case_of, plain_document


def test_a_report_folder_holds_page_text_and_pictures(tmp_path: Path) -> None:
    write_report(tmp_path, bare_document())
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "report.md", "charts"}
    linked = set(re.findall(r"\]\((charts/[^)]+)\)", (tmp_path / "report.md").read_text(encoding="utf-8")))
    assert linked == {f"charts/{path.name}" for path in (tmp_path / "charts").glob("*.svg")}


def test_the_history_is_that_of_the_same_event_by_date() -> None:
    first, second, other = plain_document(), plain_document(), plain_document()
    first["as_of"], other["as_of"] = "2031-03-20", "2031-03-25"
    other["question"]["event"], other["hypotheses"]["sit-in"] = "sit-in", 0.5
    assert [each["as_of"] for each in past([second, other, first])] == ["2031-03-20", second["as_of"]]


def test_the_list_and_the_hub_derive_from_all_reports() -> None:
    earlier = plain_document()
    earlier["as_of"] = "2031-04-01"
    files = derived_files([earlier, plain_document()], case_of().question)
    assert {path.split("/")[0] for path in files} == {"index.html", "hub"}
    assert "2031-04-01/report.html" in files["index.html"]
    assert sum(path.startswith("hub/model-output/desk-ledger/") for path in files) == 2
