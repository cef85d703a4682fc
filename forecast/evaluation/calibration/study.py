"""A calibration from beginning to end: which questions count, what they teach, and whether that helps on others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from scipy.special import expit, logit

from forecast.core.errors import ForecastError, InputError, Problem, did_you_mean, flag, refuse
from forecast.core.numerics import Array, Mask, is_number, plain
from forecast.evaluation.calibration import scoring
from forecast.evaluation.calibration.model import Fitted, Rows, fit, fit_nuts, rows_of
from forecast.evaluation.calibration.readings import PANEL, Pull, QuestionReading, Reading
from forecast.evaluation.calibration.results import CalibrationStudy, Learned, Predicted, Scores, Weights
from forecast.records.evidence import KINDS
from forecast.records.question import Calibration
from forecast.records.result import range_of
from forecast.records.types import day_of, dotted, repeated, shown

LEAST_WEIGHT, MOST_WEIGHT = 0.01, 100
"""How much, at least and at most, a question counts whose event did not happen."""

KNOWN = 0.5
"""The probability of knowing the outcome from which an encoder is taken to have known it."""


def calibrate(questions: Iterable[QuestionReading], cutoff: date | str, *, no_weight: float = 1.0,
              crowd: Mapping[str, float] | None = None, sample: bool = True,
              tell: Callable[[str], object] | None = None) -> CalibrationStudy:
    """Learn from resolved questions, and score what was learned on clusters that were left out.

    Parameters
    ----------
    questions : iterable of QuestionReading
        As `forecast.evaluation.calibration.readings.read_questions` reads them, resolved or not; only those whose
        deadline has passed count, at their deadline.
    cutoff : date or str
        The last day on which a deadline had to have passed.
    no_weight : float
        How much a question counts whose event did not happen, if events are over-represented; from 0.01 to 100.
    crowd : mapping, optional
        The probability that a crowd stated as of the first date, by the question's id.
    sample : bool
        Whether the main regression is sampled with NUTS and not only integrated.
    tell : callable, optional
        Called with what begins next.

    Raises
    ------
    InputError
        If a question was not read or is given twice, or what a crowd said is no probability of one of the questions.
    ForecastError
        If nothing can be learned, or what is integrated and what is sampled do not agree.
    """
    cutoff, tell, sample = day_of("cutoff", cutoff), tell or _say_nothing, flag("sample", sample)
    no_weight, crowd = plain(no_weight), {} if crowd is None else plain(crowd)
    if not is_number(no_weight) or not LEAST_WEIGHT <= no_weight <= MOST_WEIGHT:
        raise InputError.of("no_weight", f"{shown(no_weight)} is not a weight; write a number from {LEAST_WEIGHT} to "
                                         f"{MOST_WEIGHT}")
    given = tuple(questions) if isinstance(questions, Iterable) and not isinstance(questions, str) else (questions,)
    _refuse_unread(given)
    if isinstance(questions, QuestionReading):
        raise InputError.of("questions", f"{questions.id} is one question; write a list of several")
    _refuse_improbable(crowd, {each.id for each in given})
    used, left_out = _chosen(given, cutoff)
    data = _Data(used, no_weight, crowd)
    tell("what the questions teach")
    integrated = fit(data.rows)
    main = integrated
    if sample:
        tell("the same with NUTS, which takes a minute or two")
        main = fit_nuts(data.rows)
        _refuse_disagreement(integrated, main)
    tell("how that does on clusters that are left out")
    return _Study(data, main, integrated).result(cutoff, left_out, "sampled with NUTS" if sample else "integrated")


def _say_nothing(_: str) -> None:
    """Tell nobody what begins next."""


def _refuse_unread(questions: Sequence[object]) -> None:
    """Raise `InputError` unless they are questions that were read, each of them once."""
    refuse(Problem("", 0, dotted(("questions", index)),
                   f"{shown(each)} is not a question that was read; read folders by "
                   "forecast.evaluation.calibration.readings.read_questions([path, ...])")
           for index, each in enumerate(questions) if not isinstance(each, QuestionReading))
    again = repeated(each.id for each in questions if isinstance(each, QuestionReading))
    refuse(Problem("", 0, dotted(("questions", index)), f"{name} is given twice; leave it out here")
           for index, name in again)


def _refuse_improbable(crowd: object, known: Collection[str]) -> None:
    """Raise `InputError` unless a crowd's probabilities are some, of the questions that there are."""
    if not isinstance(crowd, Mapping):
        raise InputError.of("crowd", f"{shown(crowd)} is not a mapping; write {{id: probability}}")
    unknown = [str(name) for name in crowd if name not in known]
    refuse(Problem("", 0, dotted(("crowd", name)), f"is not one of the questions; {did_you_mean(name, known)}")
           for name in unknown)
    refuse(Problem("", 0, dotted(("crowd", name)), f"{shown(value)} is not a probability; write a number from 0 to 1")
           for name, value in crowd.items() if not is_number(value) or not 0 <= value <= 1)


def calibration_of(study: CalibrationStudy) -> Calibration:
    """What a question takes."""
    by_analyst = next((each.kappa for each in study.weights if each.name == "analysts"), {})
    counted = study.model_dump(include={"questions", "clusters", "cases"})
    return Calibration.model_validate(
        study.learned.model_dump() | counted | {"date": study.cutoff, "by_analyst": by_analyst})


def _chosen(questions: Sequence[QuestionReading], cutoff: date) -> tuple[list[QuestionReading], dict[str, str]]:
    """The questions that count, and why the others do not."""
    left_out = {}
    for each in questions:
        if each.horizon > cutoff:
            left_out[each.id] = f"its deadline, {each.horizon}, has not passed"
        elif each.outcome is None:
            left_out[each.id] = "how it was resolved is not stated"
        elif not each.readings:
            left_out[each.id] = "no date of it lies before the event"
    return [each for each in questions if each.id not in left_out], left_out


def _refuse_disagreement(integrated: Fitted, sampled: Fitted) -> None:
    """Both ways must give the same median of κ within a tenth of its band, which is beyond what chance allows."""
    one, other = integrated.weight, sampled.weight
    width = other.bounds()[1] - other.bounds()[0]
    if abs(one.stated - other.stated) > 0.1 * width + 0.01:
        raise ForecastError(f"integrated, the evidence weight is {one.stated:g}, and sampled {other.stated:g}; nothing "
                            "is written")


@dataclass(frozen=True, eq=False)
class _Data:
    """The questions that count as rows, one for each date."""

    questions: Sequence[QuestionReading]
    no_weight: float
    crowd_by_id: Mapping[str, float]

    @cached_property
    def pairs(self) -> list[tuple[int, Reading]]:
        """Question and date of each row."""
        return [(index, reading) for index, each in enumerate(self.questions) for reading in each.readings]

    def _rows(self, chosen: Sequence[tuple[int, str, Pull, Array]]) -> Rows:
        """Rows from question, forecaster, prior and coefficients."""
        asked = [self.questions[index] for index, *_ in chosen]
        numbers = {index: number for number, index in enumerate(dict.fromkeys(index for index, *_ in chosen))}
        return rows_of([numbers[index] for index, *_ in chosen], [each.cluster for each in asked],
                       [name for _, name, _, _ in chosen], [pull.prior for _, _, pull, _ in chosen],
                       [coefficients for *_, coefficients in chosen], [bool(each.outcome) for each in asked],
                       self.no_weight)

    @cached_property
    def rows(self) -> Rows:
        """The forecaster of each question: its panel or, without one, its analyst."""
        return self.of([True] * len(self.questions))

    def of(self, chosen: Sequence[bool]) -> Rows:
        """The same for some questions."""
        return self._rows([(index, next(iter(reading.pulls)), reading.main, reading.main.together)
                           for index, reading in self.pairs if chosen[index]])

    @cached_property
    def timid(self) -> Rows:
        """Without items beyond 10:1."""
        return self._rows([(index, next(iter(reading.pulls)), reading.timid, reading.timid.together)
                           for index, reading in self.pairs])

    @cached_property
    def apart(self) -> Rows:
        """With a weight for each kind."""
        return self._rows([(index, "", reading.main, reading.apart) for index, reading in self.pairs])

    @cached_property
    def analysts(self) -> Rows | None:
        """Each analyst alone; None where there is no panel."""
        chosen = [(index, name, pull, pull.together) for index, reading in self.pairs
                  for name, pull in reading.pulls.items() if name != PANEL]
        names = {name for _, name, _, _ in chosen}
        return self._rows(chosen) if len(names) > 1 else None

    @cached_property
    def readings(self) -> list[Reading]:
        """One for each row."""
        return [reading for _, reading in self.pairs]

    @cached_property
    def first(self) -> Mask:
        """Whether a row is the first of its question."""
        return np.array([reading is self.questions[index].readings[0] for index, reading in self.pairs])

    @cached_property
    def last(self) -> Mask:
        """Whether a row is the last of a question that has several."""
        return np.array([reading is self.questions[index].readings[-1] for index, reading in self.pairs]) & ~self.first

    @cached_property
    def crowd(self) -> Array:
        """What the crowd said, on first dates alone; NaN elsewhere."""
        values = [self.crowd_by_id.get(self.questions[index].id, np.nan) for index, _ in self.pairs]
        return np.where(self.first, np.array(values, float), np.nan)

    @cached_property
    def known(self) -> list[bool]:
        """Whether an encoder believed to know how a question was resolved."""
        return [each.known >= KNOWN for each in self.questions]


def _learned(fitted: Fitted) -> Learned:
    return Learned(evidence_weight=range_of(fitted.weight), shift=range_of(fitted.estimate(fitted.shift)),
                   slope=range_of(fitted.estimate(fitted.slope)), model_error=range_of(fitted.estimate(fitted.error)))


@dataclass(frozen=True, eq=False)
class _Study:
    data: _Data
    main: Fitted
    integrated: Fitted

    @cached_property
    def ways(self) -> dict[str, Array]:
        """Log odds by ways of forecasting, by what they are called."""
        rows, stated = self.data.rows, np.array([each.main.at_one() for each in self.data.readings])
        return {"calibrated": self.main.log_odds(), "as stated (κ = 1)": rows.prior + stated, "prior": rows.prior,
                "prior, recalibrated": fit(rows.without_evidence()).log_odds(),
                "base rate": logit(scoring.base_rate(rows)), "even odds": np.zeros(len(rows))}

    @cached_property
    def calibrated(self) -> Array:
        """What the first of them states, as probabilities."""
        return self.main.predicted()

    @cached_property
    def timid(self) -> Fitted:
        """What is learned without items beyond 10:1."""
        return fit(self.data.timid)

    @cached_property
    def crowd_pool(self) -> scoring.CrowdPool | None:
        """Our forecasts pooled with the crowd's."""
        if not np.isfinite(self.data.crowd).any():
            return None
        return scoring.with_crowd(self.calibrated, self.data.crowd, self.data.rows)

    def result(self, cutoff: date, left_out: Mapping[str, str], engine: str) -> CalibrationStudy:
        data, rows, pool = self.data, self.data.rows, self.crowd_pool
        day = [reading.as_of.toordinal() for reading in data.readings]
        return CalibrationStudy(
            cutoff=cutoff, questions=len(data.questions), clusters=len(np.unique(rows.cluster)),
            happened=sum(bool(each.outcome) for each in data.questions), known=sum(data.known),
            no_weight=data.no_weight,
            left_out=dict(left_out), learned=_learned(self.main), engine=engine, again=_learned(self.integrated),
            effective=self.main.effective, weights=tuple(self._weights()), scores=tuple(self._scores()),
            kinds=scoring.parts("kinds", data.readings, rows), sources=scoring.parts("sources", data.readings, rows),
            costs=scoring.costs(data.readings, rows, data.first),
            movement=scoring.movement(self.calibrated, day, rows), updates=self._updates(),
            crowd_weight=None if pool is None else pool.weight,
            reliability=scoring.reliability(self.calibrated, rows, data.no_weight),
            predictions=tuple(self._predictions()),
            cases={each.id: each.digest for each in data.questions})

    def _weights(self) -> Iterator[Weights]:
        """κ of everything together, by kind, by analyst, and where something is left out."""
        data, count = self.data, len(self.data.questions)
        together = {"all evidence": range_of(self.main.weight)}
        yield Weights(name="together", questions=count, kappa=together)
        apart = fit(data.apart)
        yield Weights(name="kinds", questions=count, kappa={
            f"{kind}s": range_of(apart.estimate(apart.kappa[:, index])) for index, kind in enumerate(KINDS)})
        if data.analysts is not None:
            alone = fit(data.analysts)
            yield Weights(name="analysts", questions=count, kappa={
                name: range_of(alone.estimate(alone.kappa[:, index]))
                for index, name in enumerate(data.analysts.forecasters)})
        yield Weights(name="without items beyond 10:1", questions=count,
                      kappa={"all evidence": range_of(self.timid.weight)})
        unknown = [not known for known in data.known]
        rest = data.of(unknown)
        if any(data.known) and rest.can_teach:
            yield Weights(name="without questions an encoder believed to know", questions=sum(unknown),
                          kappa={"all evidence": range_of(fit(rest).weight)})

    def _scores(self) -> Iterator[Scores]:
        data, rows, ways = self.data, self.data.rows, self.ways
        known = np.array([data.known[index] for index, _ in data.pairs])
        tables = [scoring.scores("all dates", ways, rows, np.full(len(rows), True), "prior"),
                  scoring.scores("first dates", ways, rows, data.first, "prior")]
        if known.any():
            tables += [scoring.scores("without questions an encoder believed to know", ways, rows, ~known, "prior"),
                       scoring.scores("questions an encoder believed to know", ways, rows, known, "prior")]
        timid = self.timid.log_odds()
        tables.append(scoring.scores("without items beyond 10:1", ways | {"calibrated": timid}, rows,
                                     np.full(len(rows), True), "prior"))
        if self.crowd_pool is not None:
            there = np.isfinite(data.crowd)
            crowd = np.clip(np.where(there, data.crowd, 0.5), 1e-3, 1 - 1e-3)
            pooled = np.where(there, self.crowd_pool.probability, 0.5)
            tables.append(scoring.scores("beside the crowd, first dates", ways | {
                "crowd": logit(crowd), "pooled with the crowd": logit(pooled)}, rows, there, "crowd"))
        yield from (table for table in tables if table is not None)

    def _updates(self) -> Scores | None:
        """The last dates of questions with several, scored beside what was said on the first one."""
        data, calibrated = self.data, self.ways["calibrated"]
        before = np.full(len(calibrated), np.nan)
        first = {data.pairs[row][0]: calibrated[row] for row in np.flatnonzero(data.first)}
        for row, (index, _) in enumerate(data.pairs):
            before[row] = first[index]
        return scoring.scores("last dates", {"then": calibrated, "as on the first date": before}, data.rows, data.last,
                              "as on the first date")

    def _predictions(self) -> Iterator[Predicted]:
        pool = self.crowd_pool
        for row, (index, reading) in enumerate(self.data.pairs):
            question = self.data.questions[index]
            crowd = float(self.data.crowd[row])
            yield Predicted(
                id=question.id, cluster=question.cluster, as_of=reading.as_of, outcome=bool(question.outcome),
                probability=float(self.calibrated[row]), stated=float(expit(self.ways["as stated (κ = 1)"][row])),
                prior=float(expit(self.ways["prior"][row])), crowd=crowd,
                pooled=None if pool is None else float(pool.probability[row]))
