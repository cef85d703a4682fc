"""The forecast document as text, pictures and Hubverse rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from forecast.records.question import Question
from forecast.report.document import Document, plain

__all__ = ["derived_files", "past", "write_report"]


def write_report(folder: Path, document: Document, earlier: Iterable[Document] = ()) -> None:
    """Write `report.html`, `report.md` and `charts/` of a document into its folder.

    Parameters
    ----------
    folder : Path
        The report's folder.
    document : dict
        The forecast document.
    earlier : iterable of dict
        The documents of earlier reports, for the history of the forecast; the document's own `history` goes first.
    """
    from forecast.report.charts.drawing import charts, save_charts
    from forecast.report.html import render_html
    from forecast.report.markdown import render_markdown

    content = plain({"history": past([*earlier, document]), **document})
    drawn = charts(content)
    save_charts(drawn, folder / "charts")
    (folder / "report.html").write_text(render_html(content, drawn), encoding="utf-8")
    (folder / "report.md").write_text(render_markdown(content), encoding="utf-8")


def past(documents: Iterable[Document]) -> list[Document]:
    """The history of a forecast: what each report said of the same question, by date."""
    listed = sorted(documents, key=lambda document: document["as_of"])
    return [{"as_of": each["as_of"], "probability": each["hypotheses"][each["question"]["event"]],
             "band": list(each["band"]), "by": dict(each["by"])} for each in listed
            if each["question"]["event"] == listed[-1]["question"]["event"]]


def derived_files(documents: Sequence[Document], question: Question) -> dict[str, str]:
    """What derives from all reports: `index.html` and the files under `hub/`, by path relative to reports/."""
    from forecast.report.hub import hub_files
    from forecast.report.index import index_rows, render_index

    return {"index.html": render_index(index_rows(documents)),
            **{f"hub/{path}": text for path, text in hub_files(documents, question).items()}}
