"""`forecast calibrate`: from resolved cases to a calibration and its page, or from open ones to forecasts to commit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path

from forecast.core.errors import ForecastError
from forecast.core.text import counted, shortened
from forecast.evaluation.calibration.files import (
    CALIBRATION_MARK,
    HEADER,
    TITLE,
    calibration_text,
    committed,
    read_crowd,
)
from forecast.evaluation.calibration.readings import read_questions
from forecast.evaluation.calibration.results import CalibrationStudy
from forecast.evaluation.calibration.study import calibrate, calibration_of
from forecast.evaluation.parallel import workers
from forecast.workspace.loader import workspaces_in
from forecast.workspace.writing import (
    PAGE_MARK,
    exchange,
    leads_out,
    locked,
    named,
    refuse_others,
    refuse_others_pictures,
    refuse_place,
    refuse_read,
    write_marked,
)

_MARKS = {"calibration.yaml": CALIBRATION_MARK.encode(), "calibration.json": b'"no_weight"',
          "calibration.md": f"# {TITLE}".encode(), "calibration.html": PAGE_MARK}
"""What stands in the head of each file that a calibration writes, and tells it from those of others."""
_CHARTS = ("charts/reliability.svg", "charts/reliability.png", "charts/weights.svg", "charts/weights.png")
"""Those that every calibration has."""


def _cases(folders: Iterable[Path]) -> list[Path]:
    """Each case that folders hold, once, however often and by whatever way it is named."""
    paths = [path for folder in folders for path in workspaces_in(folder)]
    return list({path.resolve(): path for path in paths}.values())


def learn(folders: Iterable[Path], cutoff: date, crowd: Path | None, no_weight: float, *, sample: bool,
          jobs: int | None, cluster: str | None, tell: Callable[[str], object]) -> CalibrationStudy:
    """Read cases and learn from them."""
    paths = _cases(folders)
    values = None if crowd is None else read_crowd(crowd)
    tell(f"{counted(len(paths), 'case')} at every weight of their evidence")
    with workers(jobs, cluster) as shared:
        questions = read_questions(paths, map=shared)
    known = {each.id for each in questions}
    if unknown := sorted((values or {}).keys() - known):
        tell(f"{crowd}: not one of the questions, and not used: {shortened(unknown, 8)}")
    used = {name: value for name, value in (values or {}).items() if name in known}
    return calibrate(questions, cutoff, no_weight=no_weight, crowd=used, sample=sample, tell=tell)


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
    after = {f"charts/{name}": data for name, data in pictures(charts(study, WIDE)).items()}
    after |= {name: text.encode() for name, text in texts.items()}
    refuse_taken(folder, [path for path in after if path not in texts])
    root = Path(os.path.realpath(folder))
    with locked(root), named(folder):
        there = {path: (root / path).read_bytes() if (root / path).exists() else None for path in after}
        changed = {path: content for path, content in after.items() if there[path] != content}
        exchange(root, {path: there[path] for path in changed}, changed)
    return f"written: {', '.join(str(folder / name) for name in texts)}"


def refuse_taken(folder: Path, charts: Iterable[str] = _CHARTS) -> None:
    """Raise `ForecastError` if a file that is to be written would replace one that no calibration wrote.

    The same if the folder is one that a workspace is read from, priors/ excepted, or behind a link out of it.
    """
    refuse_read(folder, priors=True)
    if leads_out(folder / "calibration.yaml"):
        raise ForecastError(f"{folder}: a link leads out of the workspace; name another folder")
    for name, mark in _MARKS.items():
        refuse_others(folder / name, mark)
        if name != "calibration.yaml" and not (folder / "calibration.yaml").exists():
            refuse_others(folder / name, b"")
    refuse_others_pictures(folder / "calibration.html", [folder / name for name in charts])


def commit(folders: Iterable[Path], table: Path) -> str:
    """Write forecasts of cases by the calibration that they take; says where."""
    paths = _cases(folders)
    columns = ",".join(HEADER[:7]).encode()
    refuse_place(table, columns)  # before anything is computed
    text = committed(paths)
    write_marked(table, text.encode(), columns)
    return f"{table}: {counted(text.count(chr(10)) - 1, 'forecast')} written"
