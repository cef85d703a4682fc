"""The question (`priors/question.yaml`): event, alternatives, prior and settings, and the calibration that it takes."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StrictStr, field_validator

from forecast.core.errors import Problem, did_you_mean, refuse
from forecast.core.numerics import beta_from_range, widest_range
from forecast.records.types import (
    UNIQUE,
    Count,
    Day,
    Estimate,
    Fault,
    Fraction,
    Ident,
    Level,
    Nats,
    NotNegative,
    Positive,
    Probability,
    Record,
    Share,
    Span,
    Text,
    Weight,
    dotted,
    of_length,
    repeated,
    shown,
    wrong,
)

LONGEST = 36525
"""Days from the opening to the horizon of the longest question."""


class Event(Record):
    """What is asked: the hypothesis that can come true on any day of the question."""

    id: Ident
    name: Text
    phrase: Text | None = None
    """What happens, as the words after "that" in a sentence: "Ruritania openly orders a second wave"."""


class Alternative(Record):
    """What the world looks like as long as the event has not happened, and if it never does."""

    id: Ident
    name: Text
    share: Positive = 1.0
    """Stated share among the alternatives; shares are normalised."""


Stater = Annotated[Ident | None, Field(description=(
    "Who stated it; the desk if left out. Components of several analysts share their weight equally."))]


class ReferenceClass(Record):
    """A prior learned from past cases: the share in which the event came, and after how long."""

    kind: Literal["reference_class"]
    file: Text
    """CSV with the columns case, weeks, outcome, weight; relative to priors/."""
    weight: NotNegative
    analyst: Stater = None


class Exposure(Record):
    """A prior from a rate: so many events in so many comparable weeks."""

    kind: Literal["exposure"]
    events: NotNegative
    """How often such an event came."""
    weeks: Positive
    """In so many weeks of comparable exposure."""
    weight: NotNegative
    analyst: Stater = None


class Elicited(Record):
    """A prior from judgement: how probable by the horizon, and when if it happens."""

    kind: Literal["elicited"]
    probability: Probability
    """Of the event by the horizon: [low, stated, high], the mean of a Beta and the ends of its 5-95 % range."""
    weeks: Annotated[tuple[Positive, Positive, Positive], Field(strict=False),
                     of_length(3, "is no timing; write [low, median, high] in weeks")]
    """[low, median, high] in weeks from the opening, given that the event comes; low < high."""
    weight: NotNegative
    analyst: Stater = None

    @field_validator("probability")
    @classmethod
    def _a_beta_fits(cls, value: Estimate) -> Estimate:
        low, high = value.bounds()
        if beta_from_range(low, value.stated, high) is None:
            raise wrong(f"no Beta with mean {value.stated:g} and a concentration of at least 2 has a 5-95 % range "
                        f"{high - low:.3g} wide; write low and high at most {widest_range(value.stated):.3f} apart")
        return value

    @field_validator("weeks")
    @classmethod
    def _in_order(cls, value: tuple[float, float, float]) -> tuple[float, float, float]:
        low, median, high = value
        if not (low <= median <= high and low < high):
            raise wrong(f"{shown(value)} is not in order; write [low, median, high], rising, with low < high")
        return value


Prior = Annotated[ReferenceClass | Exposure | Elicited, Field(discriminator="kind")]
Priors = Annotated[tuple[Prior, ...], Field(strict=False, max_length=100)]


class Process(Record):
    """What signs, or conditions, have in common: one hidden process that leads to the event, or to nothing."""

    lead: Span
    """Half-life of the time from its start to the event: 8w, or [4w, 8w, 16w]."""
    carried_out: Probability = Estimate(0.5)
    """Share of such processes that end in the event."""
    unprepared: Fraction = Estimate(0.1)
    """Share of events that come without it."""

    @field_validator("lead")
    @classmethod
    def _not_endless(cls, value: Estimate) -> Estimate:
        # Four leads of days beyond the horizon are computed.
        if max(value.stated, value.high or 0.0) > LONGEST / 7:
            raise wrong(f"is longer than the longest question; write a lead of at most {LONGEST // 7}w")
        return value


class Preparation(Process):
    """Behind signs: the event is being prepared."""

    lead: Span = Estimate(8.0)
    """Half-life of the time from the start of a preparation to the event; 8w if left out."""


class Climate(Process):
    """Behind conditions: things stand so that the event may well happen."""

    lead: Span = Estimate(52.0)
    """Half-life of the time from the start of a favourable climate to the event; 52w if left out."""


class Confidence(Record):
    """Analytic confidence in the sense of ICD 203: a judgement of sources and argument, not of the band's width."""

    level: Literal["low", "moderate", "high"]
    because: Text


class Hub(Record):
    """The names under which forecasts go to a Hubverse hub."""

    team: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9_]+$", max_length=60)]
    model: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9_]+$", max_length=60)]  # both are part of the names of files
    repository: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$")] | None = None
    """Where the hub is on GitHub: owner/name. Left out, nothing is said of it; Hubverse's own check wants it."""


class Resolution(Record):
    """What happened in the end, once it is known."""

    outcome: Ident
    date: Day


class Question(Record):
    """One question with its hypotheses, prior and settings."""

    id: Ident
    title: Text
    resolution: Text
    """Exactly what counts, what does not, and who decides."""
    opens: Day
    """The first day on which the event counts."""
    horizon: Day
    """The last day on which it counts."""
    event: Event
    alternatives: Annotated[tuple[Alternative, ...], Field(strict=False, min_length=1, max_length=100)]
    """What the world looks like while the event has not happened, and if it never does."""
    reference: Ident
    """The alternative against which likelihood ratios are stated."""
    asked: Day | None = None
    """The first date of which a forecast can be made, not after opens; opens if left out."""
    as_of: Annotated[tuple[Day, ...], Field(strict=False, max_length=1000, json_schema_extra=UNIQUE)] = ()
    """Dates as of which calibration forecasts it, the first of them being that of the encoders' outside view."""
    cluster: Ident | None = None
    """What it is about; questions of one cluster are wrong together, and are counted so."""
    domain: Text | None = None
    """Its field, such as military or legal."""
    preparation: Preparation = Preparation()
    """The process behind signs."""
    climate: Climate = Climate()
    """The process behind conditions."""
    key_dates: Annotated[tuple[Day, ...], Field(strict=False, max_length=1000, json_schema_extra=UNIQUE)] = ()
    """Dates by which the event's probability is reported."""
    prior: Annotated[tuple[Prior, ...], Field(strict=False, min_length=1, max_length=100)]
    """Components of the prior, pooled by their weights."""
    default_spread: Annotated[float, Field(ge=1, le=1e9, allow_inf_nan=False)] = 2.0
    """Factor either way that a bare likelihood ratio is given; 2 if left out."""
    share_concentration: Positive = 10.0
    """How many similar cases the shares of the alternatives are worth; 10 if left out."""
    evidence_weight: Weight = Estimate(1.0)
    """Power to which all evidence is taken, 1 if left out; [low, stated, high] for sensitivity."""
    model_error: Nats = Estimate(0.5)
    """What forecasts of this kind are off by, in natural log odds (standard deviation); 0.5 if left out."""
    calibration: Text | None = None
    """File in priors/ that forecast calibrate wrote: it gives evidence_weight and model_error."""
    pool: Annotated[dict[Text, Share], Field(min_length=1)] | None = None
    """Weights from 0 to 1 of forecasts of others, by the name of their file in priors/outside/, in a pool of log odds
    that stands beside the forecast and never changes it; ours has the rest."""
    reconstructed: Text | None = None
    """A sentence that says how, if the case was written after its outcome was known."""
    confidence: Confidence | None = None
    """Analytic confidence, with its reason."""
    hub: Hub | None = None
    resolved: Resolution | None = None
    """What happened, once it is known, and not before."""

    def __init__(self, /, **fields: Any) -> None:
        """Check what Python states, and that it leaves out what its calibration gives, as a file must."""
        super().__init__(**fields)
        faults = () if self.calibration is None else tuple(beside(self.model_fields_set))
        refuse(Problem("", 0, dotted(("question", self.id, *path)), what) for path, what in faults)

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # as in `records.types`

    @field_validator("reconstructed")
    @classmethod
    def _a_sentence(cls, value: str | None) -> str | None:
        if value is not None and value.strip().lower() in ("yes", "no", "y", "n", "on", "off"):
            raise wrong(f"{value.strip()} is not a sentence; write how the case was written, or leave it out")
        return value

    def faults(self) -> Iterator[Fault]:
        """Hypotheses have names of their own, dates lie inside the question, and the prior has a weight."""
        ids = [alternative.id for alternative in self.alternatives or ()]
        for index, name in repeated([self.event and self.event.id, *ids]):
            yield Fault(("alternatives", index - 1, "id"), f"{name} names two hypotheses; write another id")
        if self.reference and ids and self.reference not in ids:
            yield Fault(("reference",), f"{self.reference} is not an alternative; {did_you_mean(self.reference, ids)}")
        if self.resolved and self.event and ids and self.resolved.outcome not in (self.event.id, *ids):
            yield Fault(("resolved", "outcome"), f"{self.resolved.outcome} is not a hypothesis; "
                                                 f"{did_you_mean(self.resolved.outcome, (self.event.id, *ids))}")
        if self.prior and not any(component.weight > 0 for component in self.prior):
            yield Fault(("prior",), "every weight is 0; give at least one component a weight above 0")
        if self.pool and sum(self.pool.values()) > 1 + 1e-9:
            yield Fault(("pool",), f"the weights sum to {sum(self.pool.values()):g}; write weights that sum to at most "
                                   "1, of which ours has the rest")
        for field, days in (("key_dates", self.key_dates), ("as_of", self.as_of)):
            for index, day in repeated(days or ()):
                yield Fault((field, index), f"{day} is written twice; write it once")
        if self.opens and self.horizon:
            yield from self._misdated()

    def _misdated(self) -> Iterator[Fault]:
        if self.horizon <= self.opens:
            yield Fault(("horizon",), f"{self.horizon} lies not after opens {self.opens}; write a later date")
            return
        if self.asked and self.asked > self.opens:
            yield Fault(("asked",), f"{self.asked} is after opens {self.opens}; write that day or an earlier one, or "
                                    "leave it out")
        if (self.horizon - self.opens).days > LONGEST:
            yield Fault(("horizon",), f"{self.horizon} lies more than 100 years after opens; write an earlier date")
        inside = f"is outside the question; write a date from {self.opens} to {self.horizon}"
        for index, day in enumerate(self.key_dates or ()):
            if not self.opens <= day <= self.horizon:
                yield Fault(("key_dates", index), f"{day} {inside}")
        for index, day in enumerate(self.as_of or ()):
            if not self.begins <= day < self.horizon:
                yield Fault(("as_of", index), f"{day} is outside the question; write a date from {self.begins} to the "
                                              f"day before {self.horizon}")
        if self.resolved and self.resolved.date < (self.asked or self.opens):
            yield Fault(("resolved", "date"), f"{self.resolved.date} lies before the question, which begins on "
                                              f"{self.asked or self.opens}; write the day on which it was decided")
        elif (self.resolved and self.event and self.resolved.outcome == self.event.id
                and not self.opens <= self.resolved.date <= self.horizon):
            yield Fault(("resolved", "date"), f"{self.resolved.date} {inside}, since the event came")

    @property
    def identity(self) -> tuple[str, str]:
        """The ids of the question and of its event: with another, it is another question."""
        return self.id, self.event.id

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """Ids of all hypotheses, the event first."""
        return (self.event.id, *(alternative.id for alternative in self.alternatives))

    @property
    def names(self) -> dict[str, str]:
        """Names of all hypotheses by id, the event first."""
        return {self.event.id: self.event.name, **{a.id: a.name for a in self.alternatives}}

    @property
    def shares(self) -> tuple[float, ...]:
        """Stated shares of the alternatives, summing to one."""
        total = sum(alternative.share for alternative in self.alternatives)
        return tuple(alternative.share / total for alternative in self.alternatives)

    @property
    def begins(self) -> date:
        """The first date of which a forecast can be made."""
        return self.asked or self.opens

    @property
    def processes(self) -> tuple[Process, Process]:
        """What stands behind signs, and behind conditions."""
        return self.preparation, self.climate

    def decided_by(self, day: date) -> bool:
        """Whether the event had come by the end of a day."""
        return self.resolved is not None and self.resolved.outcome == self.event.id and self.resolved.date <= day


TAKEN = ("evidence_weight", "model_error")
"""Fields of a question that its calibration gives, so that the question must not."""


class Calibration(Record):
    """What resolved questions taught (`calibration.yaml`): how much evidence was worth, and how far off forecasts were.

    logit P = shift + slope·logit π + what the evidence adds at its weight κ, π being the prior given silence; questions
    of one cluster are off by a common amount with standard deviation `model_error`.
    """

    evidence_weight: Weight
    """κ: [5 %, median, 95 %] of what was learned."""
    shift: Level
    """a, in natural log odds."""
    slope: Level
    """b, of the prior's log odds."""
    model_error: Nats
    """ω, in natural log odds."""
    questions: Count
    """On how many questions it was learned."""
    clusters: Count
    """In how many clusters these are."""
    date: Day
    """The last day on which a deadline had to have passed."""
    by_analyst: dict[str, Weight] = Field(default_factory=dict)
    """κ of each analyst alone."""
    cases: dict[str, str] = Field(default_factory=dict)
    """SHA-256 of each case, by its id."""


def beside(fields: Container[str]) -> Iterator[Fault]:
    """Find the fields of a question that takes a calibration, and states what that one gives."""
    yield from (Fault((name,), "is written beside calibration, which gives it; leave out one of the two")
                for name in TAKEN if name in fields)


def learned(question: Question, calibration: Calibration | None) -> Question:
    """The question with what its calibration gives; what it states itself, as a scenario does, stays."""
    missing = () if calibration is None else set(TAKEN) - question.model_fields_set
    if not missing:
        return question
    return question.model_copy(update={name: getattr(calibration, name) for name in sorted(missing)})


def uncalibrated(question: Question, calibration: Calibration | None) -> Iterator[Fault]:
    """Find that the calibration of a question was not read, or that one was given to a question that takes none."""
    if calibration is not None and question.calibration is None:
        yield Fault(("calibration",), "is given to a question that names none; write its file in the question, such as "
                                      "calibration: calibration.yaml")
    if calibration is None and question.calibration is not None and not question.model_fields_set.issuperset(TAKEN):
        yield Fault(("question", "calibration"), f"{shown(question.calibration)} was not read; give the case its "
                                                 "calibration, or write evidence_weight and model_error instead")
