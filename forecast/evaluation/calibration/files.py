"""What a calibration reads beside its cases, and what it writes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.special import expit, log_expit

from forecast.core.errors import ForecastError
from forecast.engine.exact import Exact
from forecast.engine.panel import alone, analysts
from forecast.evaluation.backtest import asked_twice
from forecast.evaluation.calibration.readings import weighing
from forecast.records.case import Case, default_as_of
from forecast.records.opinion import analyst_of
from forecast.records.question import Calibration
from forecast.records.types import Estimate
from forecast.workspace.csv_tables import Flaw, Row, cut_in_two, improbable, probability, table_by_id
from forecast.workspace.loader import load
from forecast.workspace.yaml.writer import inline

HEADER = ("id", "as_of", "p", "p_prior", "p_kappa1", "p13", "preparing", "analyst_a", "analyst_b")
"""Columns of committed forecasts; more analysts than two get columns of their own."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)


def read_crowd(table: Path) -> dict[str, float]:
    """What a crowd said of questions: a CSV with the columns id and probability.

    Raises `InputError` with every row that cannot be read.
    """
    return table_by_id(table, ("probability",), _chance)


def _chance(row: Row) -> float | Flaw:
    cell = row.get("probability")
    value = probability(cell)
    what = cut_in_two(row, "probability", ("id",)) if 0 <= value <= 1 else improbable(cell)
    return value if what is None else Flaw(row.line, "probability", what)


CALIBRATION_MARK = "# Written by forecast calibrate; a question takes it by calibration: FILE."
"""First line of every calibration."""

TITLE = "What resolved questions teach"
"""Title of the page that goes with a calibration."""


def calibration_text(learned: Calibration) -> str:
    """A calibration as the file that a question takes."""
    lines = [CALIBRATION_MARK]
    lines += [f"{name}: {_range(getattr(learned, name))}"
              for name in ("evidence_weight", "shift", "slope", "model_error")]
    lines += [f"questions: {learned.questions}", f"clusters: {learned.clusters}", f"date: {learned.date}"]
    lines += ["by_analyst:"] if learned.by_analyst else []
    lines += [f"  {inline(name)}: {_range(value)}" for name, value in learned.by_analyst.items()]
    lines += ["cases:"] if learned.cases else []
    lines += [f'  {inline(name)}: "{digest}"' for name, digest in sorted(learned.cases.items())]
    return "\n".join(lines) + "\n"


def _range(value: Estimate) -> str:
    low, high = value.bounds()
    return f"[{low:g}, {value.stated:g}, {high:g}]"


def committed(paths: Sequence[Path], learned: Calibration | None = None) -> str:
    """Forecasts of cases at their as-of dates, as a CSV to commit before anybody knows how they were resolved.

    `p` is by the deadline: a + b·logit π + e(κ), over clusters that are off by ω, where there is a calibration;
    `p_prior` is π and `p_kappa1` what the evidence makes of it as stated. `p13` is within thirteen weeks: the engine's
    at κ, changed by as much as p by the deadline is. What analysts would say alone is at κ, not recalibrated. The
    calibration is `learned` or, by default, that which each case takes.

    Raises `ForecastError` if two cases have one id, or the event of one has happened.
    """
    rows: list[dict[str, str]] = []
    places: dict[str, Path] = {}
    for path in paths:
        for row in _forecasts(path, learned):
            if (first := places.setdefault(row["id"], path)) != path:
                raise asked_twice(row["id"], first, path)
            rows.append(row)
    names = sorted({name for row in rows for name in row} - set(HEADER))
    text = io.StringIO()
    writer = csv.DictWriter(text, [*HEADER, *names], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _forecasts(path: Path, learned: Calibration | None) -> Iterator[dict[str, str]]:
    workspace = load(path)
    case, taken = workspace.whole, learned or workspace.calibration
    question = workspace.question
    for day in sorted(question.as_of or (default_as_of(question, workspace.items, question.horizon),)):
        if question.decided_by(day):
            raise ForecastError(f"{question.id}: the event had happened by {day}; a forecast of it cannot be committed")
        yield _row(case.at(day).known_then(), taken)


def _row(case: Case, learned: Calibration | None) -> dict[str, str]:
    weight = case.question.evidence_weight if learned is None else learned.evidence_weight
    as_stated, weighted = Exact(weighing(case, Estimate(1.0))), Exact(weighing(case, weight))
    prior = float(as_stated.log_odds_weighted(np.zeros((1, len(as_stated.evidence))))[0])
    found = weighted.forecast
    p = recalibrated(prior, weighted.log_odds() - prior, learned)
    row = {"id": case.question.id, "as_of": str(case.as_of), "p": p, "p_prior": float(expit(prior)),
           "p_kappa1": as_stated.forecast.event, "p13": found.next.probability * p / found.event,
           "preparing": found.preparing.now}
    for name in analysts(case) or {analyst_of(item) for item in case.active}:
        row[f"analyst_{name}"] = Exact(alone(weighted.case, name)).forecast.event
    return {name: value if isinstance(value, str) else f"{value:.10g}" for name, value in row.items()}


def recalibrated(prior: float, pull: float, learned: Calibration | None) -> float:
    """P(event by the deadline) as a calibration has it: E over u ~ N(0, ω²) of expit(a + b·logit π + e + u)."""
    if learned is None:
        return float(expit(prior + pull))
    linear = learned.shift.stated + learned.slope.stated * prior + pull
    return float(np.exp(log_expit(linear + learned.model_error.stated * _NODES)) @ _WEIGHTS / _WEIGHTS.sum())
