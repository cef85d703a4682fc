"""How good the forecasts were: proper scores against the outcome, beside baselines and outside forecasts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from forecast.core import proper_scores as scoring
from forecast.core.numerics import Array, Ints, Mask
from forecast.engine.prior import prior
from forecast.evaluation.resolution import Judged, Outcome
from forecast.records.evidence import Item
from forecast.records.question import Exposure, Question
from forecast.records.result import Number, Result
from forecast.workspace.crowd import Outside
from forecast.workspace.stored.issued import Issued, Series

BASELINES = {"prior": "the prior given silence, without evidence",
             "exposure": "the exposure rate alone, given silence",
             "half": "50% for every day",
             "previous": "the forecast before, as it was stated"}
"""The baselines by name."""


class Parts(Result):
    """A mean score and what it is made of: reliability − resolution + uncertainty."""

    mean: Number
    reliability: Number
    resolution: Number
    uncertainty: Number
    count: int


class Compared(Result):
    """A mean score beside that of a baseline, and the share of its loss that is saved."""

    score: Number
    baseline: Number
    skill: Number


class Pairs(Result):
    """Scores of pairs of forecasts and deadlines."""

    pairs: int
    brier: Parts
    log: Parts


class DeadlineScores(Pairs):
    """The pairs of one deadline."""

    by: date
    outcome: int
    """1 if the event had happened by then, else 0."""


class SkillRow(Result):
    """Scores beside those of a baseline, where both say something."""

    name: str
    baseline: str
    """What the baseline is."""
    pairs: int
    brier: Compared
    log: Compared
    crps: Compared


class OutsideRow(Result):
    """Scores beside those of somebody else's forecasts of the same time."""

    name: str
    matched: int
    left_out: int
    brier: Compared | None
    log: Compared | None


class DateScores(Result):
    """The scores of one forecast."""

    as_of: date
    crps: Number
    brier: Number
    log: Number


class SeriesScores(Result):
    """All scores of one series of forecasts."""

    name: str
    forecasts: int
    first: date
    last: date
    deadlines: tuple[DeadlineScores, ...]
    all: Pairs
    crps: Number
    """Mean score of the timing, in weeks."""
    until: date
    """The last day over which the timing is scored."""
    skill: tuple[SkillRow, ...]
    outside: dict[str, OutsideRow]
    """By the names of their files."""
    by_date: tuple[DateScores, ...]


class RatioScores(Result):
    """How good stated ratios were, of some kind of items."""

    by: str
    """all, source, encoding or kind."""
    id: str
    items: int
    right: int
    """Items that leaned to the side that came true."""
    wrong: int = 0
    """Items that leaned to the other side; the rest leaned neither way."""
    reliability: Number
    """Mean reliability that the model had given the sources before the outcome was known."""
    cllr: Number
    calibration: Number
    came: int
    failed: int
    cost_came: Number
    cost_failed: Number


class CurvePoint(Result):
    """A level of the calibration curve."""

    forecast: float
    frequency: float
    low: float
    high: float


class CalibrationPart(Pairs):
    """Scores over many questions, each of which weighs the same."""

    questions: int
    needed: int
    """Questions from which on a curve is stated."""
    curve: tuple[CurvePoint, ...]


FRESH = 7
"""Days for which a forecast may be set beside an outside one that was made later."""


@dataclass(frozen=True)
class Scored:
    """One series of forecasts of a question, beside what happened."""

    question: Question
    outcome: Outcome
    forecasts: tuple[Issued, ...]
    """Those issued before the event and before the last day of which the outcome is known."""

    @cached_property
    def as_of(self) -> Ints:
        """The dates of the forecasts, as ordinals; shape (forecast,)."""
        return np.array([forecast.as_of.toordinal() for forecast in self.forecasts], int)

    @cached_property
    def days(self) -> Ints:
        """Every day of the question of which the outcome is known, as an ordinal; shape (day,)."""
        return np.arange(self.question.opens.toordinal(), self.outcome.until.toordinal() + 1)

    @cached_property
    def happened(self) -> Array:
        """1 from the day of the event on, else 0; shape (day,)."""
        came = np.inf if self.outcome.came is None else self.outcome.came.toordinal()
        return (self.days >= came).astype(float)

    @cached_property
    def live(self) -> Mask:
        """Whether a day lay ahead of a forecast; shape (forecast, day)."""
        return self.days > self.as_of[:, None]

    @cached_property
    def deadlines(self) -> tuple[date, ...]:
        """Key dates and horizon, as far as the outcome is known."""
        known = {*self.question.key_dates, self.question.horizon}
        return tuple(sorted(day for day in known if self.question.opens <= day <= self.outcome.until))

    @cached_property
    def cumulative(self) -> Mapping[str, Array]:
        """P(event by the end of each day) as the forecast and each baseline state it.

        Shape (forecast, day) each; NaN for every day on which one of them says nothing.
        """
        stated = np.array([forecast.by(self.days) for forecast in self.forecasts])
        found = {"forecast": stated,
                 "prior": np.array([forecast.prior_by(self.days) for forecast in self.forecasts]),
                 "exposure": self._exposure(),
                 "half": np.full(stated.shape, 0.5),
                 "previous": np.vstack([np.full((1, len(self.days)), np.nan), stated[:-1]])}
        return {name: np.where(self.live, values, 0.0) for name, values in found.items() if values is not None}

    def _exposure(self) -> Array | None:
        """The prior's exposure components by themselves, given silence; None if it has none."""
        rates = tuple(part for part in self.question.prior if isinstance(part, Exposure) and part.weight > 0)
        if not rates:
            return None
        question, rows = self.question.model_copy(update={"prior": rates}), []
        for forecast in self.forecasts:
            known = prior(question, {})
            as_of = np.array([forecast.as_of.toordinal()])
            rows.append(np.where(self.days <= question.horizon.toordinal(),
                                 1 - known.left(self.days) / known.left(as_of), np.nan))
        return np.array(rows)

    @cached_property
    def columns(self) -> Ints:
        """Places of the deadlines among the days; shape (deadline,)."""
        return np.array([day.toordinal() - self.days[0] for day in self.deadlines], int)

    def pairs(self, name: str = "forecast") -> Mask:
        """Forecasts and deadlines ahead of them for which the forecast and a baseline both say something."""
        given = self.cumulative["forecast"] + self.cumulative[name]
        return self.live[:, self.columns] & ~np.isnan(given[:, self.columns])

    def at_deadlines(self, name: str, pairs: Mask) -> Array:
        """Probabilities that the forecast or a baseline states for chosen pairs; shape (pair,)."""
        return self.cumulative[name][:, self.columns][pairs]

    def outcomes(self, pairs: Mask) -> Array:
        """What happened by the deadlines of chosen pairs, 1 or 0; shape (pair,)."""
        return np.broadcast_to(self.happened[self.columns], pairs.shape)[pairs]

    def timing(self, name: str) -> Array:
        """Score of the date of each forecast in weeks; NaN where nothing is said of some day; shape (forecast,)."""
        came = None if not self.happened.any() else int(np.argmax(self.happened))
        return scoring.timing(self.cumulative[name], came)


def scored(question: Question, outcome: Outcome, series: Series) -> Scored | None:
    """Set a series beside the outcome; None if no forecast is left that can be scored."""
    last = outcome.until if outcome.came is None else min(outcome.until, outcome.came)
    kept = tuple(each for each in series.forecasts if question.begins <= each.as_of < last)
    found = Scored(question, outcome, kept)
    return found if kept and found.deadlines and found.pairs().any() else None


def series_scores(case: Scored, name: str, others: Mapping[str, Iterable[Outside]]) -> SeriesScores:
    """All scores of one series: by deadline, of the timing, and the skill against each baseline and outsider."""
    pairs, timing = case.pairs(), case.timing("forecast")
    numbers = np.arange(len(case.deadlines))
    chosen = [pairs & (numbers == index) for index in numbers]
    deadlines = tuple(
        DeadlineScores(by=day, outcome=int(case.happened[case.columns[index]]), **_parts(case, only))
        for index, (day, only) in enumerate(zip(case.deadlines, chosen, strict=True)) if only.any())
    return SeriesScores(
        name=name, forecasts=len(case.forecasts), first=case.forecasts[0].as_of, last=case.forecasts[-1].as_of,
        deadlines=deadlines, all=Pairs(**_parts(case, pairs)), crps=_mean(timing), until=case.outcome.until,
        skill=tuple(_skill(case, baseline) for baseline in case.cumulative if baseline != "forecast"),
        outside={other: outside_scores(case, other, rows) for other, rows in others.items()},
        by_date=tuple(_by_date(case, pairs, timing)))


def _by_date(case: Scored, pairs: Mask, timing: Array) -> Iterator[DateScores]:
    for index, (forecast, crps) in enumerate(zip(case.forecasts, timing.tolist(), strict=True)):
        row = pairs & (np.arange(len(case.forecasts)) == index)[:, None]
        if row.any():
            scores = {key: _mean(score(case.at_deadlines("forecast", row), case.outcomes(row)))
                      for key, score in scoring.SCORES.items()}
            yield DateScores(as_of=forecast.as_of, crps=crps, **scores)


def _parts(case: Scored, pairs: Mask) -> dict[str, Any]:
    stated, outcomes = case.at_deadlines("forecast", pairs), case.outcomes(pairs)
    return {"pairs": len(stated)} | {name: Parts(**asdict(scoring.decompose(score, stated, outcomes)))
                                     for name, score in scoring.SCORES.items()}


def _skill(case: Scored, baseline: str) -> SkillRow:
    """Mean scores of the forecast and of a baseline where both say something, and the skill."""
    pairs = case.pairs(baseline)
    outcomes = case.outcomes(pairs)
    found = {name: _compared(*(score(case.at_deadlines(who, pairs), outcomes) for who in ("forecast", baseline)))
             for name, score in scoring.SCORES.items()}
    both = np.array([case.timing(who) for who in ("forecast", baseline)])
    crps = _compared(*both[:, ~np.isnan(both).any(axis=0)])
    return SkillRow(name=baseline, baseline=BASELINES[baseline], pairs=int(pairs.sum()), crps=crps, **found)


def _compared(ours: Array, theirs: Array) -> Compared:
    return Compared(score=_mean(ours), baseline=_mean(theirs), skill=scoring.skill(_mean(ours), _mean(theirs)))


def _mean(values: Array) -> float:
    """Mean of what is not NaN; NaN if there is nothing."""
    known = values[~np.isnan(values)]
    return float(np.mean(known)) if len(known) else np.nan


def outside_scores(case: Scored, name: str, others: Iterable[Outside]) -> OutsideRow:
    """Score outside forecasts beside ours of the same time.

    An outside forecast is matched with the newest of ours that was as of its date or at most six days earlier, so
    that ours never knew more; and both are scored for the same deadline, which need not be a key date. It is left
    out if we had none, or if its deadline was over, lies outside the question or is not yet decided.
    """
    ours, theirs, happened, total = [], [], [], 0
    for other in others:
        total += 1
        place = int(np.searchsorted(case.as_of, other.date.toordinal(), side="right")) - 1
        column = other.by.toordinal() - int(case.days[0])
        came = case.outcome.came is not None and case.outcome.came <= other.date
        if place < 0 or column < 0 or came or not other.date < other.by <= case.outcome.until \
                or other.date.toordinal() - case.as_of[place] >= FRESH \
                or np.isnan(case.cumulative["forecast"][place, column]):
            continue
        ours.append(case.cumulative["forecast"][place, column])
        theirs.append(other.probability)
        happened.append(case.happened[column])
    mine, yours, what = np.array(ours), np.array(theirs), np.array(happened)
    found = {kind: _compared(score(mine, what), score(yours, what)) if len(mine) else None
             for kind, score in scoring.SCORES.items()}
    return OutsideRow(name=name, matched=len(mine), left_out=total - len(mine), **found)


def ratio_scores(claims: Sequence[Judged], given: Sequence[float]) -> list[RatioScores]:
    """Score the stated ratios of items whose time has come: all, by source, by encoding and by kind.

    `given` is the reliability that the model had given each one's source; NaN if none.
    """
    rows = []
    for kind, label in _LABELS.items():
        names = [label(claim.item) for claim in claims]
        for name in sorted(set(names)):
            chosen = [index for index, own in enumerate(names) if own == name]
            reliability = np.array([given[index] for index in chosen])
            score = scoring.ratio_score(np.array([claims[index].log_ratio for index in chosen]),
                                        np.array([float(claims[index].came) for index in chosen]))
            rows.append(RatioScores(by=kind, id=name, items=len(chosen), reliability=_mean(reliability),
                                    right=sum(claims[index].right for index in chosen),
                                    wrong=sum(claims[index].wrong for index in chosen), **asdict(score)))
    return rows


_LABELS: Mapping[str, Callable[[Item], str]] = {
    "all": lambda item: "all", "source": lambda item: item.source, "encoding": lambda item: item.encoding,
    "kind": lambda item: item.kind}


def reliability_given(claims: Iterable[Judged], series: Series) -> list[float]:
    """The reliability of each claim's source in the newest forecast from the claim on and before its outcome."""
    return [next((forecast.reliability.get(claim.item.source, np.nan) for forecast in reversed(series.forecasts)
                  if claim.item.date <= forecast.as_of < claim.known), np.nan) for claim in claims]


def calibration(cases: Sequence[Scored], rng: np.random.Generator) -> CalibrationPart:
    """Calibration and scores over many questions, each of which weighs the same; the curve once there are enough."""
    pairs = [case.pairs() for case in cases]
    chosen = list(zip(cases, pairs, strict=True))
    stated = np.concatenate([case.at_deadlines("forecast", own) for case, own in chosen])
    outcomes = np.concatenate([case.outcomes(own) for case, own in chosen])
    number = np.repeat(np.arange(len(cases)), [int(own.sum()) for own in pairs])
    weight = 1 / np.bincount(number)[number]
    found = {name: Parts(**asdict(scoring.decompose(score, stated, outcomes, weight)))
             for name, score in scoring.SCORES.items()}
    points: tuple[CurvePoint, ...] = ()
    if len(cases) >= scoring.ENOUGH:
        curve = scoring.calibration(stated, outcomes, number, rng)
        columns = zip(curve.level, curve.frequency, curve.low, curve.high, strict=True)
        points = tuple(CurvePoint(forecast=float(p), frequency=float(f), low=float(low), high=float(high))
                       for p, f, low, high in columns)
    return CalibrationPart(questions=len(cases), needed=scoring.ENOUGH, pairs=len(stated), curve=points, **found)
