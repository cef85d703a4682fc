"""Forecasts as they were issued: read back from reports and backtests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.core.equality import ByValue
from forecast.core.errors import ForecastError
from forecast.workspace.archive import stored_reports

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Issued(ByValue):
    """One forecast of when the event comes, as it was stated on a day."""

    as_of: date
    ends: Ints
    """The as-of date and the last day of each live week, as ordinals; shape (week + 1,)."""
    cumulative: Array
    """P(event by the end of that day); shape (week + 1,), from 0."""
    prior: Array
    """The same without evidence; shape (week + 1,)."""
    reliability: Mapping[str, float]
    """Mean reliability that each source had."""

    def by(self, days: Ints) -> Array:
        """P(event by the end of each day), linear in the live days of a week; NaN after the horizon."""
        return np.interp(days, self.ends, self.cumulative, right=np.nan)

    def prior_by(self, days: Ints) -> Array:
        """The same without evidence."""
        return np.interp(days, self.ends, self.prior, right=np.nan)


@dataclass(frozen=True)
class Series:
    """The forecasts of one question that were issued one after another, in date order."""

    name: str
    forecasts: tuple[Issued, ...]


def series_of(reports: Path, question: str) -> list[Series]:
    """Read every series of forecasts of a question: those of its reports, and each of its backtests.

    Raises
    ------
    ForecastError
        For a stored file that cannot be read.
    """
    found = [Series("reports", _issued(
        (stored.folder / "forecast.json", stored.document) for stored in stored_reports(reports)
        if _question(stored.folder / "forecast.json", stored.document) == question))]
    for path in sorted((reports / "backtest").glob("*.json")):
        document = _loaded(path)
        if _question(path, document) == question:
            found.append(Series(f"backtest {path.stem}", _issued((path, row) for row in document["rows"])))
    return [series for series in found if series.forecasts]


def _loaded(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        document["rows"][0]
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        raise ForecastError(f"{path}: is no backtest; remove it and run forecast backtest again") from None
    return document


def _question(path: Path, document: Mapping[str, Any]) -> str:
    try:
        return str(document["question"]["id"])
    except (LookupError, TypeError):
        raise _unusable(path) from None


def _unusable(path: Path) -> ForecastError:
    return ForecastError(f"{path}: holds no forecast that can be scored; restore it from a backup or write it again")


def _issued(rows: Iterable[tuple[Path, Mapping[str, Any]]]) -> tuple[Issued, ...]:
    return tuple(sorted((_one(path, row) for path, row in rows), key=lambda each: each.as_of))


def _one(path: Path, row: Mapping[str, Any]) -> Issued:
    try:
        as_of = date.fromisoformat(row["as_of"])
        ends = [as_of.toordinal(), *(date.fromisoformat(last).toordinal() for _, last, _ in row["weeks"])]
        weekly = [probability for _, _, probability in row["weeks"]]
        prior = row["prior_weeks"] if "prior_weeks" in row else [week["prior"] for week in row["curve"]]
        return Issued(as_of, np.array(ends), _running(weekly), _running(prior), row["sources"])
    except (LookupError, TypeError, ValueError):
        raise _unusable(path) from None


def _running(weekly: list[float]) -> Array:
    total: Array = np.concatenate([[0.0], np.cumsum(np.array(weekly, float))])
    return np.minimum(total, 1.0)
