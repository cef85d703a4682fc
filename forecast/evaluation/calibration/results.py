"""What a calibration finds, as records."""

from __future__ import annotations

from datetime import date
from typing import Literal

from forecast.records.result import Number, Range, Result


class Scored(Result):
    """The scores of one way of forecasting, each question counting once; errors are clustered."""

    name: str
    brier: float
    log: float
    """Mean of −ln p(outcome), in nats."""
    brier_gain: float
    """By how much the Brier score is better than that of the table's baseline."""
    brier_error: Number
    """Standard error of the gain; None with one cluster."""
    log_gain: float
    log_error: Number


class Scores(Result):
    """Ways of forecasting on the same questions."""

    name: str
    baseline: str
    """The way against which gains are stated."""
    questions: int
    clusters: int
    happened: int
    rows: tuple[Scored, ...]


class Part(Result):
    """What the items of one kind, or of one source, do to the log score at κ = 1; positive is better."""

    name: str
    questions: int
    """In which there are such items."""
    alone: float
    """Gain of these items alone over the prior."""
    alone_error: Number
    added: float
    """Gain of all items over all but these."""
    added_error: Number


class RatioCost(Result):
    """The cost of likelihood ratios of the event by the deadline, in bits; 1 is that of saying nothing."""

    name: str
    ratios: int
    cllr: Number
    calibration: Number
    """The share of it that better scaling would save."""


class Weights(Result):
    """κ as one model learned it."""

    name: str
    questions: int
    kappa: dict[str, Range]
    """[5 %, median, 95 %], by what it is the weight of."""


class Movement(Result):
    """Whether forecasts move as much as they learn (Augenblick & Rabin 2021): both sums are equal in expectation."""

    questions: int
    moved: float
    """Mean sum of squared moves, the last one to the outcome."""
    learned: float
    """Mean fall of p(1−p)."""
    excess: float
    """moved − learned."""
    error: Number


class Curve(Result):
    """A reliability diagram: how often the event happened at each level, and where it would lie by chance."""

    level: tuple[float, ...]
    frequency: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


class Predicted(Result):
    """One question as of one date, by what all other clusters taught."""

    id: str
    cluster: str
    as_of: date
    outcome: bool
    probability: float
    stated: float
    """At κ = 1, not recalibrated."""
    prior: float
    """As stated."""
    crowd: Number = None
    pooled: Number = None
    """With the crowd, by a weight that the other clusters taught."""


class Learned(Result):
    """What the main regression found: [5 %, median, 95 %]."""

    evidence_weight: Range
    shift: Range
    slope: Range
    model_error: Range


class CalibrationStudy(Result):
    """Everything that resolved questions teach."""

    schema_version: Literal[1] = 1
    cutoff: date
    """Only deadlines up to this day count."""
    questions: int
    clusters: int
    happened: int
    no_weight: float
    """How much a question counts whose event did not happen."""
    left_out: dict[str, str]
    """Questions that do not count, and why."""
    learned: Learned
    engine: str
    again: Learned
    """The same, integrated instead of sampled."""
    effective: float
    """The fewest draws on which a prediction rests."""
    weights: tuple[Weights, ...]
    scores: tuple[Scores, ...]
    kinds: tuple[Part, ...]
    sources: tuple[Part, ...]
    costs: tuple[RatioCost, ...]
    movement: Movement | None
    updates: Scores | None
    """The last date of questions that have several, against the first."""
    crowd_weight: Range | None
    """Weight of the crowd in a pool of log odds, over clusters left out: least, of all, most."""
    reliability: Curve
    predictions: tuple[Predicted, ...]
    cases: dict[str, str]
    """SHA-256 of each case that counts, by its id."""
