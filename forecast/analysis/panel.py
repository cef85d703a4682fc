"""A panel of analysts: where they disagree, what that is worth on the forecast, and who leans which way."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from forecast.core.errors import ForecastError
from forecast.core.numerics import decibans, probability
from forecast.engine.exact import Exact
from forecast.engine.panel import DECIBAN, Encoded, alone, analysts, encoded
from forecast.engine.pooling import Pool
from forecast.records.case import Case
from forecast.records.opinion import priors_by_analyst
from forecast.records.result import Chance, Result


class Spread(Result):
    """One item that several analysts have encoded."""

    id: str
    title: str
    ratios: dict[str, float]
    """R as each analyst states it, before standing."""
    spread: float
    """From the lowest to the highest opinion, in decibans."""


class Opinions(Result):
    """What each analyst of a panel would forecast alone, and how far they lie apart."""

    alone: dict[str, Chance]
    """P(event) by the numbers of one analyst."""
    spreads: tuple[Spread, ...]
    """The widest first."""


class Disagreement(Spread):
    """The same, with what it is worth on the forecast."""

    pooled: float
    """R of the panel."""
    deviation: float
    """Standard deviation of the pooled R in decibans, the analysts' own spread included."""
    low: Chance
    """P(event) if the lowest opinion of this item were right, and all else as the panel has it."""
    high: Chance
    """P(event) if the highest were."""
    worth: float
    """How far that moves the forecast, in decibans."""


class Member(Result):
    """One analyst."""

    id: str
    blind: bool | None
    """Whether he encoded before he saw a forecast or another opinion; None where nothing says so."""
    items: int
    """How many of the items that others have encoded too."""
    bias: float | None
    """b in decibans: how far he leans towards the event."""
    boldness: float | None
    """c: how many times as far as the others he goes."""
    noise: float | None
    """σ in decibans."""
    alone: Chance
    """P(event) by his numbers alone."""
    alone_next: Chance
    """P(event within thirteen weeks) by his numbers alone."""
    prior: Chance
    """His own prior as of the date, without evidence; the pooled one if he states none."""
    with_prior: Chance
    """P(event) by his prior and the panel's evidence."""


class PanelStudy(Result):
    """What a panel makes of a case, and where it disagrees."""

    as_of: date
    probability: Chance
    """P(event by the horizon) as the panel has it."""
    next: Chance
    """P(event within thirteen weeks)."""
    prior: Chance
    """As of the date, without evidence."""
    prior_worth: float
    """How far the priors of the analysts would move the forecast, in decibans."""
    members: tuple[Member, ...]
    """By the noise of what they state."""
    items: tuple[Disagreement, ...]
    """What moves the forecast farthest first."""


def opinions(case: Case) -> Opinions | None:
    """What a panel's members say, without what that is worth on the forecast; None if there is one analyst."""
    names = analysts(case)
    if not names:
        return None
    alike = _Study(case, Exact(case)).spreads()
    return Opinions(alone={name: Exact(alone(case, name)).forecast.event for name in names},
                    spreads=tuple(sorted(alike, key=lambda row: (-round(row.spread, 9), row.id))))


def panel(case: Case) -> PanelStudy:
    """Study the panel of a case.

    Raises
    ------
    ForecastError
        If only one analyst has stated anything.
    """
    names = analysts(case)
    if not names:
        raise ForecastError("one analyst has encoded this case; write another's opinion to evidence/opinions/ID.yaml, "
                            "or under opinions: in a case of one file")
    study = _Study(case, Exact(case))
    forecast = study.exact.forecast
    members = tuple(sorted((study.member(name) for name in names), key=lambda each: (each.noise or math.inf, each.id)))
    reached = [decibans(_log_odds(study.with_prior(name))) for name in names]
    return PanelStudy(
        as_of=case.as_of, probability=forecast.event, next=forecast.next.probability,
        prior=1 - forecast.prior_never, prior_worth=max(reached) - min(reached), members=members,
        items=tuple(sorted(study.items(), key=lambda row: (-round(row.worth, 9), row.id))))


@dataclass(frozen=True)
class _Study:
    case: Case
    exact: Exact

    @cached_property
    def found(self) -> Encoded:
        return encoded(self.case, self.exact.prior)

    def spreads(self) -> Iterator[Spread]:
        """Each item that several analysts have encoded."""
        stated_lifts = self.found.lift[:len(self.found.items)].tolist()
        for item, lifts in zip(self.found.items, stated_lifts, strict=True):
            stated = {name: value for name, value in zip(self.found.analysts, lifts, strict=True) if np.isfinite(value)}
            yield Spread(id=item.id, title=item.title, spread=max(stated.values()) - min(stated.values()),
                         ratios={name: 10 ** (value / 10) for name, value in stated.items()})

    def items(self) -> Iterator[Disagreement]:
        """The same, with what the lowest and the highest opinion of each would do."""
        found = self.found
        if not found.items:
            return
        pooled, deviation = found.pooled, found.pooled_sd
        for row, spread in enumerate(self.spreads()):
            ends = [self._reached(spread.id, float(end(found.lift[row]))) for end in (np.nanmin, np.nanmax)]
            yield Disagreement(
                **spread.model_dump(), pooled=10 ** (float(pooled.mean[row]) / 10), deviation=float(deviation[row]),
                low=probability(ends[0]), high=probability(ends[1]), worth=abs(ends[1] - ends[0]))

    def _reached(self, name: str, lift: float) -> float:
        """D with another lift, in decibans, of one item."""
        settled = self.exact.settled.settled
        moved = settled[name]._replace(log_value=(lift * DECIBAN, *settled[name].log_value[1:]))
        return decibans(_log_odds(self.exact.settled.changed(settled={**settled, name: moved})))

    def member(self, name: str) -> Member:
        """One analyst, and what he would forecast alone."""
        found, own = self.found, Exact(alone(self.case, name)).forecast
        opinion = next((each for each in self.case.opinions if each.analyst.id == name), None)
        column = found.analysts.index(name) if name in found.analysts else None
        pooled: Pool | None = None if column is None else found.pooled
        return Member(
            id=name, blind=None if opinion is None else opinion.analyst.blind,
            items=0 if column is None else int(np.isfinite(found.lift[:, column]).sum()),
            bias=None if pooled is None else float(pooled.bias[column]),
            boldness=None if pooled is None else float(pooled.boldness[column]),
            noise=None if pooled is None else float(pooled.noise[column]),
            alone=own.event, alone_next=own.next.probability, prior=1 - own.prior_never,
            with_prior=probability(decibans(_log_odds(self.with_prior(name)))))

    def with_prior(self, name: str) -> Case:
        """The panel's evidence with the prior of one analyst."""
        settled = self.exact.settled
        own = priors_by_analyst(settled.question.prior).get(name)
        if own is None:
            return settled
        return settled.changed(question=settled.question.model_copy(update={"prior": own}))


def _log_odds(case: Case) -> float:
    return Exact(case).log_odds()
