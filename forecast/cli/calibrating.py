"""`forecast calibrate`: from resolved cases to a calibration and its page, or from open ones to forecasts to commit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path

from forecast.core.errors import ForecastError
from forecast.core.text import counted
from forecast.evaluation.calibration.files import CALIBRATION_MARK, HEADER, calibration_text, committed, read_crowd
from forecast.evaluation.calibration.readings import read_questions
from forecast.evaluation.calibration.results import CalibrationStudy
from forecast.evaluation.calibration.study import calibrate, calibration_of
from forecast.evaluation.parallel import workers
from forecast.workspace.loader import workspaces_in
from forecast.workspace.writing import refuse_others, refuse_place, write_file, write_marked


def learn(folders: Iterable[Path], cutoff: date, crowd: Path | None, no_weight: float, *, sample: bool,
          jobs: int | None, cluster: str | None, tell: Callable[[str], object]) -> CalibrationStudy:
    """Read cases and learn from them."""
    paths = [path for folder in folders for path in workspaces_in(folder)]
    values = None if crowd is None else read_crowd(crowd)
    tell(f"{counted(len(paths), 'case')} at every weight of their evidence")
    with workers(jobs, cluster) as shared:
        questions = read_questions(paths, map=shared)
    return calibrate(questions, cutoff, no_weight=no_weight, crowd=values, sample=sample, tell=tell)


def write(study: CalibrationStudy, folder: Path) -> str:
    """Write what was learned; says where."""
    from forecast.report.charts.calibration import charts
    from forecast.report.charts.drawing import pictures
    from forecast.report.charts.style import WIDE
    from forecast.report.html import render_page
    from forecast.report.markdown import page_markdown
    from forecast.report.pages.evaluation.calibration import page

    content = page(study)
    texts = {"calibration.yaml": calibration_text(calibration_of(study)), "calibration.json": study.json_text(),
             "calibration.md": page_markdown(content),
             "calibration.html": render_page(content, partial(charts, study))}
    for name, data in pictures(charts(study, WIDE)).items():
        write_file(folder / "charts" / name, data)
    for name, text in texts.items():
        write_file(folder / name, text.encode())
    return f"written: {', '.join(str(folder / name) for name in texts)}"


def refuse_taken(folder: Path) -> None:
    """Raise `ForecastError` if a file that is to be written would replace one that no calibration wrote."""
    refuse_others(folder / "calibration.yaml", CALIBRATION_MARK.encode())
    if not (folder / "calibration.yaml").exists():
        for name in ("calibration.json", "calibration.md", "calibration.html"):
            if os.path.lexists(folder / name):
                raise ForecastError(f"{folder / name}: is there, and not of a calibration; name another folder")


def commit(folders: Iterable[Path], table: Path) -> str:
    """Write forecasts of cases by the calibration that they take; says where."""
    paths = [path for folder in folders for path in workspaces_in(folder)]
    columns = ",".join(HEADER[:7]).encode()
    refuse_place(table, columns)  # before anything is computed
    text = committed(paths)
    write_marked(table, text.encode(), columns)
    return f"{table}: {counted(text.count(chr(10)) - 1, 'forecast')} written"
