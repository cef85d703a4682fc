"""A report's folder: its page, its texts and its charts; and what derives from all reports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forecast.report.charts.drawing import charts, save_charts
from forecast.report.charts.style import NARROW
from forecast.report.document import CaseDocument, ReportDocument
from forecast.report.html import render_page
from forecast.report.markdown import appendix_markdown, page_markdown
from forecast.report.pages.front import page


def write_report(folder: Path, document: ReportDocument, earlier: Sequence[CaseDocument] = ()) -> None:
    """Write `report.html`, `report.md`, `report-full.md` and `charts/` of a report into its folder.

    Parameters
    ----------
    folder : Path
        The report's folder.
    document : ReportDocument
        The report.
    earlier : sequence of CaseDocument
        Earlier reports of the workspace.
    """
    content, wide = page(document, earlier), charts(document, earlier)
    save_charts(wide, folder / "charts")
    (folder / "report.html").write_text(render_page(content, wide, charts(document, earlier, NARROW)), encoding="utf-8")
    (folder / "report.md").write_text(page_markdown(content), encoding="utf-8")
    (folder / "report-full.md").write_text(appendix_markdown(content), encoding="utf-8")
