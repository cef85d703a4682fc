"""The verbs as plain functions: from a folder to a workspace, a forecast, and scenarios beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from forecast.analysis.outlook import STRONG, ceiling
from forecast.analysis.scenarios import ComparisonTable, interaction, matrix, named
from forecast.analysis.scenarios import compare as compare_with
from forecast.core import text
from forecast.core.errors import ForecastError, InputError
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.workspace.gate.one_file import is_case
from forecast.workspace.loader import Workspace, find_workspace, load


def workspace_place(folder: Path | None = None) -> Path:
    """The folder or file of a workspace: the one named, or the one found by walking up from the current folder."""
    if folder is not None and not folder.is_dir() and not (folder.is_file() and is_case(folder)):
        what = "is not read" if folder.exists() else "no such folder"
        raise ForecastError(f"--workspace {folder}: {what}; write the folder that holds priors/ and evidence/, "
                            "or a file NAME.yaml that holds a whole case")
    return folder if folder is not None else find_workspace(Path.cwd())


def open_workspace(folder: Path | None = None) -> Workspace:
    """Load the workspace in a folder or file, or the one found by walking up from the current folder."""
    return load(workspace_place(folder))


def report_folder(typed: Path, folder: Path | None) -> Path:
    """The folder of a stored report as it is typed: from the workspace or, if none is named, from here first.

    Raises `ForecastError` if it is that of another workspace than the one named.
    """
    if folder is None and os.path.lexists(typed):
        return typed
    try:
        place = workspace_place(folder)
    except InputError:
        return typed  # whatever is not there is told of as it was typed
    root = place.parent if place.is_file() else place
    inside = root / typed
    if os.path.lexists(inside):
        return inside
    is_elsewhere = os.path.lexists(typed) and not typed.resolve().is_relative_to(root.resolve())
    if is_elsewhere:
        raise ForecastError(f"{typed}: is not in {root}; write a folder there, such as reports/2022-12-02")
    return typed


def open_folder(folder: Path | None = None) -> Workspace:
    """Load a workspace to whose files something is to be added, which must be a folder."""
    workspace = open_workspace(folder)
    if workspace.file is not None:
        raise ForecastError(f"{workspace.file} holds a whole case; add to it by hand, or make a folder with forecast "
                            "init")
    return workspace


def forecast(case: Case, engine: str = "exact") -> Forecast:
    """Compute a forecast with one of the two engines."""
    if engine == "exact":
        return Exact(case).forecast
    if engine == "nuts":
        from forecast.engine.nuts.result import forecast_nuts

        return forecast_nuts(case).forecast
    raise ForecastError(f"--engine {engine}: no such engine; write exact or nuts")


def told_ceiling(case: Case) -> str:
    """How far one sign could take the forecast of a case, in a sentence."""
    found = ceiling(Exact(case))
    return (f"ceiling as of {case.as_of}: one certain sign would take the forecast to {text.chance(found.sure)}, one "
            f"of {STRONG:.0f}:1 to {text.chance(found.strong)}, none to {text.chance(found.prior)}")


def compare(workspace: Workspace, names: Sequence[str], as_of: date | None, at: Sequence[date]) -> ComparisonTable:
    """Scenarios of a workspace beside its base case, all of them by default; `a+b` is both at once.

    The base case is that of the as-of date or, without one, of the last date of the matrix.
    """
    case, dates = workspace.case(as_of or max(at, default=None)), tuple(dict.fromkeys(at))
    chosen = {name: named(workspace.scenarios, name) for name in names or sorted(workspace.scenarios)}
    if not chosen and workspace.file is not None:
        raise ForecastError(f"{workspace.file} holds a whole case, which has no scenarios; make a folder with forecast "
                            "init, and write them there")
    if not chosen:
        raise ForecastError("no scenarios in evidence/scenarios/; write one as NAME.yaml, with a name and a story")
    return ComparisonTable(
        Exact(case).forecast, tuple(compare_with(case, chosen)),
        {name: interaction(case, *(workspace.scenarios[part] for part in name.split("+")))
         for name in chosen if name.count("+") == 1},
        dates, matrix(case, chosen, dates))
