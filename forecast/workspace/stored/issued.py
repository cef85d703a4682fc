"""Forecasts as they were issued: read back from reports and backtests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from forecast.core.equality import ByValue
from forecast.core.errors import ForecastError
from forecast.core.numerics import Array, Ints
from forecast.core.scalars import Refused
from forecast.workspace.archive import sound_reports
from forecast.workspace.files import DRAFTS, INDICATORS, OUTSIDE, QUESTION, SCENARIOS, contents
from forecast.workspace.loader import Workspace
from forecast.workspace.stored.documents import StoredBacktest, loaded
from forecast.workspace.writing import inside
from forecast.workspace.yaml.reader import read

KNOWN_THEN = "-known-then"
"""Part of the name of a backtest that has what had been recorded by each date alone."""


MARK = b'"sha256"'
"""Stands at the beginning of every backtest."""


@dataclass(frozen=True, eq=False)
class Issued(ByValue):
    """One forecast of when the event comes, as it was stated on a day."""

    as_of: date
    days: Ints
    """The day before the first live one, the last day of each live week and the key dates to come, as ordinals; shape
    (day,)."""
    cumulative: Array
    """P(event by the end of that day); shape (day,), from 0."""
    prior: Array
    """The same without evidence; shape (day,)."""
    reliability: Mapping[str, float]
    """Mean reliability that each source had."""

    def by(self, days: Ints) -> Array:
        """P(event by the end of each day), linear between those that were stated; NaN after the horizon."""
        return np.interp(days, self.days, self.cumulative, right=np.nan)

    def prior_by(self, days: Ints) -> Array:
        """The same without evidence."""
        return np.interp(days, self.days, self.prior, right=np.nan)


@dataclass(frozen=True)
class Series:
    """The forecasts of one question that were issued one after another, in date order."""

    name: str
    forecasts: tuple[Issued, ...]
    rank: int = 2
    """0 for reports, which were issued at the time; 1 for what was known then; 2 for what was public then, which was
    written down later."""

    @property
    def standing(self) -> tuple[int, int]:
        """What decides which of several series speaks for a question; the least one does."""
        return self.rank, -len(self.forecasts)


@dataclass(frozen=True)
class Found:
    """Everything that was issued on a question."""

    series: tuple[Series, ...]
    stale: tuple[str, ...]
    """Reports and backtests that are not used: of another event, of files that have changed, copies; each with why."""


def series_of(reports: Path, question: str, inputs: Mapping[str, str], event: str | None = None) -> Found:
    """Read every series of forecasts of a question: those of its reports, and each of its backtests.

    `inputs` is what `input_hashes` says of the workspace as it is now, and `event` the id of its event; without that,
    reports of any event are taken. Raises `ForecastError` for a stored file that
    cannot be read, or was changed since it was written.
    """
    documents = [stored.document for stored in sound_reports(reports)]
    mine = [each for each in documents if each["question"]["id"] == question]
    others = [each for each in mine if event not in (None, each["question"]["event"])]
    stale = [f"report of {each['as_of']}: asks for {each['question']['event']}, and the question now for {event}"
             for each in others]
    mine = [each for each in mine if each not in others]
    found = [Series("reports", tuple(_issued(each, [week["prior"] for week in each["curve"]]) for each in mine), 0)]
    backtests = _backtests(reports, question)
    originals: dict[str, str] = {}
    for path in sorted(backtests, key=lambda path: (not path.name.startswith(question), len(path.name))):
        originals.setdefault(backtests[path]["sha256"], path.stem)
    for path, document in backtests.items():
        if (original := originals[document["sha256"]]) != path.stem:
            stale.append(f"backtest {path.stem}: is a copy of {original}; remove it")
            continue
        if (KNOWN_THEN in path.stem.removeprefix(question)) != document["known_then"]:
            what = "what was known then" if document["known_then"] else "what was public then"
            stale.append(f"backtest {path.stem}: was renamed, for it has {what}; run forecast backtest again")
            continue
        if changed := changed_inputs(document["inputs"], inputs):
            stale.append(f"backtest {path.stem}: {', '.join(changed)} changed since; run forecast backtest again")
            continue
        issued = tuple(_issued(row, row["prior_weeks"]) for row in document["rows"])
        found.append(Series(f"backtest {path.stem}", issued, 1 if document["known_then"] else 2))
    return Found(tuple(series for series in found if series.forecasts), tuple(stale))


def damage(reports: Path, question: str) -> list[str]:
    """Say what was changed since it was written among all that scores and changes of a question are taken from."""
    found = []
    for read_all in (sound_reports, partial(_backtests, question=question)):
        try:
            read_all(reports)
        except ForecastError as error:
            found.append(str(error))
    return found


def _backtests(reports: Path, question: str) -> dict[Path, dict[str, Any]]:
    """The stored backtests of a question, in the order of their names."""
    found = {}
    for path in sorted((reports / "backtest").glob("*.json")):
        if not (path.name.startswith(question) or _has_mark(path)):
            continue
        inside(reports, f"backtest/{path.name}")
        document = read_backtest(path)
        if document["question"]["id"] == question:
            found[path] = document
    return found


def _has_mark(path: Path) -> bool:
    """Whether a file whose name is not that of a backtest begins as one does; hidden ones are never read."""
    try:
        return not path.name.startswith(".") and MARK in contents(path)[:100]
    except (OSError, Refused):
        return False


def input_hashes(workspace: Workspace) -> dict[str, str]:
    """A hash of each file that bears on forecasts, by its path; of the question without what bears on none."""
    others = (INDICATORS, SCENARIOS, DRAFTS, OUTSIDE)
    found = {path: sha256(content).hexdigest() for path, content in workspace.inputs.items()
             if not path.startswith(others)}
    asked = workspace.question.model_dump(mode="json", exclude={"resolved", "hub", "pool"})
    if workspace.file is None:
        return found | {QUESTION: _hash(asked)}
    case = read(workspace.inputs[workspace.file]).value
    return found | {workspace.file: _hash(case | {"question": asked, "indicators": None})}


def _hash(content: object) -> str:
    return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def changed_inputs(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The paths of files that are not what they were, that have come, or that are gone."""
    return [path for path in sorted(then.keys() | now.keys()) if then.get(path) != now.get(path)]


def read_backtest(path: Path) -> dict[str, Any]:
    """Read a stored backtest; raises `ForecastError` if it cannot be used or was changed since it was written."""
    instead = "remove it, and run forecast backtest again"
    try:
        content = contents(path)
    except (OSError, Refused) as error:
        raise ForecastError(f"{path}: cannot be read ({error}); {instead}") from None
    document = loaded(path, content, StoredBacktest, instead)
    if document.get("sha256") != digest(document):
        raise ForecastError(f"{path}: was changed since it was written; {instead}")
    return document


def stamped(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document, as JSON has it, with its hash before it."""
    return {"sha256": digest(document), **document}


def digest(document: Mapping[str, Any]) -> str:
    """The hash of everything in a document but its own hash."""
    rest = {key: value for key, value in document.items() if key != "sha256"}
    return sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _issued(row: Mapping[str, Any], prior: list[float]) -> Issued:
    as_of = date.fromisoformat(row["as_of"])
    before = date.fromisoformat(row["weeks"][0][0]) - timedelta(1)  # which the event has not come by, for sure
    ends = [before, *(date.fromisoformat(last) for _, last, _ in row["weeks"])]
    weekly = [probability for _, _, probability in row["weeks"]]
    stated, silent = (_by_day(ends, each, row[name]) for each, name in ((weekly, "by"), (prior, "prior_by")))
    days = np.array([day.toordinal() for day in stated])
    return Issued(as_of, days, np.array(list(stated.values())), np.array(list(silent.values())), row["sources"])


def _by_day(ends: list[date], weekly: list[float], by: Mapping[str, float]) -> dict[date, float]:
    """P(event by the end of each day on which it was stated), in the order of the days."""
    total = np.clip(np.concatenate([[0.0], np.cumsum(np.array(weekly, float))]), 0.0, 1.0)
    key_dates = {date.fromisoformat(day): probability for day, probability in by.items()}
    ahead = {day: probability for day, probability in key_dates.items() if ends[0] < day <= ends[-1]}
    found = dict(sorted((dict(zip(ends, total.tolist(), strict=True)) | ahead).items()))
    # A key date's own sum may be below that of the weeks before it, by its last digit.
    return dict(zip(found, np.maximum.accumulate(list(found.values())).tolist(), strict=True))
