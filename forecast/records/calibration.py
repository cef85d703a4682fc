"""What resolved questions taught (`calibration.yaml`): written by `forecast calibrate`, taken by a question."""

from __future__ import annotations

from pydantic import Field

from forecast.records.types import Count, Day, Level, Nats, Record, Weight

TAKEN = ("evidence_weight", "model_error")
"""Fields of a question that its calibration gives, so that the question must not."""


class Calibration(Record):
    """How much evidence was worth on resolved questions, and how far off forecasts were.

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
