"""The forecast itself as a record: what `update --json` promises, and what reports and backtests store."""

from __future__ import annotations

from datetime import date

from forecast.core import text
from forecast.engine import forecast as engine
from forecast.engine.forecast import Forecast
from forecast.records.result import Chance, Number, Result

Ends = tuple[Chance, Chance]
"""A 5-95 % range."""


class Preparing(Result):
    """Whether a hidden process is on: the preparation behind signs, or the climate behind conditions."""

    now: Chance
    leads_to_event: Chance
    prior: Chance
    false_share: Chance

    @classmethod
    def of(cls, found: engine.Preparing) -> Preparing:
        """The record of an engine's answer."""
        return cls(**found._asdict())


class Next(Result):
    """The event within the next thirteen weeks, cut at the horizon."""

    until: date
    probability: Chance
    prior: Chance


class Words(Result):
    """Numbers in words."""

    term: str
    """ICD 203 term of the probability."""
    precision: str
    """high, moderate or low, by the number of similar cases that the forecast is worth."""


class Headline(Result):
    """A forecast as of a date."""

    as_of: date
    engine: str
    items: int
    """Active items."""
    hypotheses: dict[str, Chance]
    """The event first."""
    prior: dict[str, Chance]
    """As of the date, without evidence."""
    by: dict[date, Chance]
    """P(event by each key date)."""
    next: Next
    preparing: Preparing
    climate: Preparing
    band: Ends
    worth: Number
    """Like cases; None if nothing is unknown."""
    weeks: tuple[tuple[date, date, Chance], ...]
    """First and last live day, and the probability that the event falls there."""
    sources: dict[str, Chance]
    """Mean reliability of each source."""
    decibans: float
    by_band: dict[date, Ends]
    next_band: Ends
    """5-95 % range of P(event within thirteen weeks)."""
    timing: dict[str, date | None]
    """Dates by which a share of the event has fallen, given that it happens."""
    words: Words

    @property
    def event(self) -> float:
        """P(event by the horizon)."""
        return next(iter(self.hypotheses.values()))


def headline(forecast: Forecast) -> Headline:
    """The record of a forecast."""
    return Headline(**headline_fields(forecast))


def headline_fields(forecast: Forecast) -> dict[str, object]:
    """The fields of a headline, for records that hold more."""
    soon = forecast.next
    return {
        "as_of": forecast.as_of, "engine": forecast.engine, "items": len(forecast.case.active),
        "hypotheses": forecast.hypotheses, "prior": forecast.prior, "by": forecast.by_key_date,
        "next": Next(until=soon.until, probability=soon.probability, prior=soon.prior),
        "preparing": Preparing.of(forecast.preparing), "climate": Preparing.of(forecast.climate),
        "band": tuple(forecast.band), "worth": forecast.worth,
        "weeks": tuple((*span, p) for span, p in zip(forecast.days.spans, forecast.by_week.tolist(), strict=True)),
        "sources": dict(forecast.reliability), "decibans": forecast.decibans,
        "by_band": {day: tuple(forecast.band_by(day)) for day in forecast.case.question.key_dates},
        "next_band": tuple(forecast.band_by(soon.until)),
        "timing": {f"{share:g}": day for share, day in forecast.timing.items()},
        "words": Words(term=text.term(forecast.event), precision=text.precision(forecast.worth)),
    }
