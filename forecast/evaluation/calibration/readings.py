"""What the exact engine says of resolved questions at every evidence weight: the data of a calibration."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import batched, chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecast.core.errors import ForecastError, InputError, Problem, refuse
from forecast.core.numerics import Array
from forecast.engine.exact import Exact
from forecast.engine.panel import alone, analysts
from forecast.evaluation.calibration.model import APART, TOGETHER, basis, coefficients, grid
from forecast.evaluation.parallel import Map
from forecast.evaluation.threads import on_one_thread
from forecast.records.case import Case, default_as_of
from forecast.records.evidence import KINDS
from forecast.records.opinion import analyst_of
from forecast.records.types import Estimate, repeated
from forecast.workspace.loader import Workspace, load

BOLD = 10.0
"""A likelihood ratio beyond which an item may decide a question alone."""

PANEL = "panel"
"""Who forecasts where several analysts are pooled."""

_BATCH = 16
"""Cases in one task."""


@dataclass(frozen=True, eq=False)
class Pull:
    """How far evidence pulls the log odds of the event by the deadline, by its weight: e(κ) = logit p(κ) − logit π."""

    prior: float
    """logit π, the prior given silence."""
    together: Array
    """Coefficients of e in κ; shape (25,)."""

    def at_one(self) -> float:
        """e(1)."""
        return float(basis(np.ones(1), TOGETHER) @ self.together)


@dataclass(frozen=True, eq=False)
class Reading:
    """One question as of one date."""

    as_of: date
    pulls: Mapping[str, Pull]
    """Of the panel, if there is one, and of each analyst alone."""
    apart: Array
    """Coefficients of e in the weights of signs, conditions and claims, as the first of `pulls` has it; (343,)."""
    timid: Pull
    """Of the first of `pulls` without the items beyond 10:1."""
    kinds: Mapping[str, tuple[float, float]]
    """e(1) with the items of one kind alone, and without them, for kinds that there are."""
    sources: Mapping[str, tuple[float, float]]
    """The same for the items of one source."""
    items: tuple[tuple[str, float], ...]
    """Kind of each item, and e(1) with it alone."""

    @property
    def main(self) -> Pull:
        """The panel's or, without one, the analyst's."""
        return next(iter(self.pulls.values()))


@dataclass(frozen=True, eq=False)
class QuestionReading:
    """One question with everything that a calibration needs of it."""

    id: str
    cluster: str
    horizon: date
    outcome: bool | None
    """Whether the event happened; None while it is not known."""
    known: float
    """The largest probability that an encoder gave to knowing the outcome."""
    readings: tuple[Reading, ...]
    """By date."""
    digest: str
    """SHA-256 of its files."""


def read_questions(paths: Sequence[Path], *, map: Map = builtins.map) -> list[QuestionReading]:
    """Read cases and compute what a calibration needs of each; where the map runs, and on one thread there.

    Raises `InputError` with every problem of every case.
    """
    batches = list(batched(paths, _BATCH))
    found: list[QuestionReading] = []
    places: list[Path] = []
    problems: list[Problem] = []
    for path, each in zip(paths, chain.from_iterable(map(_read_batch, batches)), strict=True):
        if isinstance(each, QuestionReading):
            found.append(each)
            places.append(path)
        else:
            problems += each
    first = {each.id: path for each, path in zip(reversed(found), reversed(places), strict=True)}
    problems += [Problem(str(places[index]), 1, "question.id", f"{name} is the id of two questions, the other one in "
                                                               f"{first[name]}; write another one")
                 for index, name in repeated(each.id for each in found)]
    refuse(problems)
    return found


def _read_batch(paths: Sequence[Path]) -> list[QuestionReading | list[Problem]]:
    with on_one_thread():
        return [_read(path) for path in paths]


def _read(path: Path) -> QuestionReading | list[Problem]:
    folder = path if path.is_dir() else path.parent
    try:
        workspace = load(path)
        case, question = workspace.whole, workspace.question
        days = question.as_of or (default_as_of(question, workspace.items, date.max),)
        readings = [reading(case.at(day).known_then()) for day in sorted(days) if not question.decided_by(day)]
    except InputError as error:  # its problems travel between processes, the error would not
        return [replace(problem, file=f"{folder}/{problem.file}") if problem.file else
                replace(problem, file=str(path), line=1) for problem in error.problems]
    except ForecastError as error:
        return [Problem(str(path), 1, "", str(error))]
    known = max((opinion.analyst.known or 0.0 for opinion in workspace.opinions), default=0.0)
    outcome = None if question.resolved is None else question.resolved.outcome == question.event.id
    return QuestionReading(question.id, question.cluster or question.id, question.horizon, outcome, known,
                           tuple(readings), digest_of(workspace))


def digest_of(workspace: Workspace) -> str:
    """SHA-256 of everything that bears on a case's forecasts."""
    return sha256(b"".join(text for _, text in sorted(workspace.inputs.items()))).hexdigest()


def reading(case: Case) -> Reading:
    """One case as of its date."""
    case = weighing(case, Estimate(1.0))
    engine, names = Exact(case), analysts(case)
    main = PANEL if names else next(iter({analyst_of(item) for item in case.active}), "desk")
    pulls = {main: pull(engine)} | {name: pull(Exact(alone(case, name))) for name in names}
    bold = [item.id for item, value in zip(engine.evidence.items, engine.evidence.log_lift.tolist(), strict=True)
            if abs(value) > np.log(BOLD) + 1e-6]
    kind = np.array(KINDS)[engine.evidence.kind] if len(engine.evidence) else np.zeros(0, str)
    source = np.array([item.source for item in engine.evidence.items], str)
    return Reading(
        as_of=case.as_of, pulls=pulls, apart=_apart(engine),
        timid=pull(Exact(engine.settled.without(bold))) if bold else pulls[main],
        kinds=_parts(engine, kind), sources=_parts(engine, source), items=_items(engine))


def weighing(case: Case, weight: Estimate) -> Case:
    """A case whose evidence counts at another weight."""
    return case.changed(question=case.question.model_copy(update={"evidence_weight": weight}))


def pull(engine: Exact) -> Pull:
    """e(κ) of a case on 25 nodes from 0 to 4, and logit π."""
    weight = np.broadcast_to(grid(TOGETHER, 1), (TOGETHER, len(engine.evidence)))
    log_odds = engine.log_odds_weighted(weight)
    return Pull(float(log_odds[0]), coefficients(log_odds - log_odds[0], TOGETHER, 1))


def _apart(engine: Exact) -> Array:
    log_odds = engine.log_odds_weighted(grid(APART, len(KINDS))[:, engine.evidence.kind])
    return coefficients(log_odds - log_odds[0], APART, len(KINDS))


def _parts(engine: Exact, label: NDArray[np.str_]) -> dict[str, tuple[float, float]]:
    """e(1) with the items of one label alone, and without them."""
    names = sorted(set(label.tolist()))
    if not names:
        return {}
    alone = np.array([label == name for name in names])
    log_odds = engine.log_odds_of(np.concatenate([alone, ~alone, np.zeros((1, len(label)), bool)]))
    pulled = (log_odds[:-1] - log_odds[-1]).reshape(2, len(names))
    return {name: (float(with_it), float(without)) for name, with_it, without in zip(names, *pulled, strict=True)}


def _items(engine: Exact) -> tuple[tuple[str, float], ...]:
    items = engine.evidence.items
    if not items:
        return ()
    log_odds = engine.log_odds_of(np.eye(len(items) + 1, len(items), dtype=bool))
    alone = (log_odds[:-1] - log_odds[-1]).tolist()
    return tuple((item.kind, value) for item, value in zip(items, alone, strict=True))
