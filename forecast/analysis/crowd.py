"""What others forecast, beside ours: nothing here moves a forecast of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from forecast.core.numerics import log_odds_pool, of_crowd
from forecast.engine.forecast import Forecast
from forecast.records.result import Chance, Result
from forecast.workspace.crowd import Crowd


class Said(Result):
    """What one file says of one deadline up to the as-of date, and what we say of it."""

    name: str
    """The file in priors/outside/, without .csv."""
    by: date
    values: tuple[tuple[date, Chance], ...]
    """The last value of each day that has one, in order."""
    ours: Chance
    """P(event by the deadline)."""

    @property
    def last(self) -> tuple[date, float]:
        """The newest value and its day."""
        return self.values[-1]


class Pooled(Result):
    """Ours pooled with what others say of one deadline, in log odds."""

    by: date
    weights: dict[str, float]
    """By the name of the file; ours has the rest."""
    ours: Chance
    probability: Chance


class CrowdStudy(Result):
    """What others say beside a forecast."""

    said: tuple[Said, ...]
    """By deadline, the horizon first, and by name."""
    pooled: tuple[Pooled, ...]
    """By deadline, the horizon first; where the question says `pool`."""


def beside(forecast: Forecast, crowds: Mapping[str, Crowd]) -> CrowdStudy | None:
    """Set beside a forecast what others had said by its as-of date of deadlines to come; None if there is nothing.

    Parameters
    ----------
    forecast : Forecast
        Ours.
    crowds : mapping
        What others say, by the name of the file.
    """
    rows = [row for name, crowd in crowds.items() for row in _said(forecast, name, crowd)]
    horizon = forecast.case.question.horizon
    rows.sort(key=lambda row: (row.by != horizon, row.by, row.name))
    weights = forecast.case.question.pool or {}
    deadlines = dict.fromkeys(row.by for row in rows if row.name in weights)
    pooled = tuple(_pooled([row for row in rows if row.by == by and row.name in weights], weights) for by in deadlines)
    return CrowdStudy(said=tuple(rows), pooled=pooled) if rows else None


def _said(forecast: Forecast, name: str, crowd: Crowd) -> list[Said]:
    question = forecast.case.question
    known: dict[date, list[tuple[date, float]]] = {}
    for each in crowd.forecasts:
        if each.date <= forecast.as_of < each.by and question.opens <= each.by <= question.horizon:
            known.setdefault(each.by, []).append((each.date, each.probability))
    return [Said(name=name, by=by, values=tuple(values), ours=forecast.by(by)) for by, values in known.items()]


def _pooled(rows: list[Said], weights: Mapping[str, float]) -> Pooled:
    chosen = {row.name: weights[row.name] for row in rows}
    ours = rows[0].ours
    sources = [(1 - sum(chosen.values()), ours),
               *((weights[row.name], float(of_crowd(row.last[1]))) for row in rows)]
    # One without weight has no say, not even where it is certain.
    share, probability = np.array([source for source in sources if source[0] > 0]).T
    return Pooled(by=rows[0].by, weights=chosen, ours=ours, probability=float(log_odds_pool(share, probability)))
