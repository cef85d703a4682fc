"""Sensitivity: the forecast with each stated input at its low and at its high, one at a time.

An input is a way of moving a case, between its low (−1), what is stated (0) and its high (1) or beyond; the engine is
exact, so differences carry no noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scipy.special import gammaincinv

from forecast.analysis.restated import between, ends
from forecast.analysis.rewrites import (
    Component,
    EvidenceWeight,
    Grades,
    Overlap,
    Process,
    Rewrite,
    Settled,
    Share,
    Value,
    Weight,
)
from forecast.core.numerics import Z95, decibans, probability
from forecast.core.text import brief, chance, number, proportion
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import GRADES, Item, Source
from forecast.records.question import Elicited, Exposure, Prior, Question
from forecast.records.types import Estimate

_ALL = 1 - 1e-9
"""The largest share of the weights that a component of the prior is given."""


@dataclass(frozen=True)
class Scale:
    """Where an input goes from its low (−1) through what is stated (0) to its high (1), and beyond."""

    low: float
    middle: float
    high: float
    odds: bool = False
    """Whether it moves by factors of its odds, and not of its own."""
    edges: tuple[float, float] | None = None
    """The least and the most that is possible, of an input that moves evenly; None: it moves by factors."""

    def value(self, place: float) -> float:
        """The value at a place."""
        if self.edges is None:
            return between(self.low, self.middle, self.high, place, odds=self.odds)
        end, (least, most) = self.high if place > 0 else self.low, self.edges
        return min(most, max(least, self.middle + abs(place) * (end - self.middle)))


@dataclass(frozen=True)
class Input:
    """One stated input of a case, and how it moves between its low and its high."""

    kind: str
    """ratio, overlap, evidence weight, grade, preparation, climate, prior, prior weight or share."""
    id: str
    """Id of the record that it belongs to."""
    label: str
    scale: Scale
    written: Callable[[float], str]
    """A value in words."""
    rewrite: Rewrite
    steps: bool = False
    """Whether it can only be at −1, 0 and 1."""
    stated: bool = True
    """Whether the file states its low and high; else they are a convention."""

    def words(self, place: float) -> str:
        """What it is at a place, in words."""
        return self.written(self.scale.value(place))

    def move(self, case: Case, place: float) -> Case:
        """Put the input of a case at a place, and leave all else."""
        return self.rewrite.at(case, self.scale.value(place))

    def __repr__(self) -> str:
        return f"Input({brief(self.label)!r}: {self.low} to {self.high})"

    @property
    def low(self) -> str:
        """What it is at its low."""
        return self.words(-1.0)

    @property
    def high(self) -> str:
        """What it is at its high."""
        return self.words(1.0)


class Reading(NamedTuple):
    """What is read off a forecast: D in decibans, P within thirteen weeks, P(preparing)."""

    decibans: float
    thirteen_weeks: float
    preparing: float

    @property
    def event(self) -> float:
        """P(event by the horizon)."""
        return probability(self.decibans)


def read(case: Case) -> Reading:
    """Compute a case and read the three headlines off it."""
    engine = Exact(case)
    return Reading(decibans(engine.log_odds()), probability(decibans(engine.log_odds(case.days.thirteen_weeks))),
                   engine.preparing.now)


@dataclass(frozen=True)
class Swing:
    """The forecast with one input at its low and at its high."""

    input: Input
    base: Reading
    low: Reading
    high: Reading

    def __repr__(self) -> str:
        low, high = map(chance, self.probabilities)
        return f"Swing({brief(self.input.label)!r}: {low} to {high})"

    @property
    def width(self) -> float:
        """How far D moves, in decibans."""
        values = [reading.decibans for reading in (self.base, self.low, self.high)]
        return max(values) - min(values)

    @property
    def probabilities(self) -> tuple[float, float]:
        """P(event) at low and at high."""
        return self.low.event, self.high.event


def tornado(case: Case | Exact) -> list[Swing]:
    """The forecast with every input of a case at its low and at its high, the widest swing of D first.

    Widths are rounded to 9 decimals: two shares of one whole mirror each other, and the last digit must not rank them.
    """
    case = Exact.of(case).settled
    base = read(case)
    swings = [Swing(each, base, read(each.move(case, -1.0)), read(each.move(case, 1.0))) for each in inputs(case)]
    return sorted(swings, key=lambda swing: (-round(swing.width, 9), swing.input.kind, swing.input.id,
                                             swing.input.label))


def inputs(case: Case) -> Iterator[Input]:
    """Every input that has a low and a high: stated ones, or by convention one step down and up."""
    question = case.question
    for item in case.active:
        yield from _values(case, item)
    for group in case.groups:
        if not group.overlap.bare and any(item.group == group.id for item in case.active):
            yield _even("overlap", group.id, f"Overlap of “{group.name}”", group.overlap, Overlap(group.id))
    if not question.evidence_weight.bare:
        yield _even("evidence weight", "", "Weight of all evidence", question.evidence_weight,
                    EvidenceWeight(), most=math.inf)
    used = {item.source for item in case.active}
    yield from (_grade(source) for source in case.sources if source.id in used)
    yield from _processes(question)
    yield from _prior(question)
    yield from _shares(question)


Words = Callable[[float], str]
"""A value in words."""


def _even(kind: str, name: str, label: str, range_: Estimate | tuple[float, float, float], rewrite: Rewrite,
          words: Words = number, least: float = 0.0, most: float = 1.0, stated: bool = True) -> Input:
    """An input that moves evenly, and beyond its low and high no further than to what is possible."""
    return Input(kind, name, label, Scale(*_ends(range_), edges=(least, most)), words, rewrite, stated=stated)


def _by_factors(kind: str, name: str, label: str, range_: Estimate | tuple[float, float, float], rewrite: Rewrite,
                words: Words = number, *, odds: bool = False) -> Input:
    """An input that moves by factors or, a probability, by factors of its odds."""
    return Input(kind, name, label, Scale(*_ends(range_), odds=odds), words, rewrite)


def _ends(range_: Estimate | tuple[float, float, float]) -> tuple[float, float, float]:
    if isinstance(range_, Estimate):
        low, high = range_.bounds()
        return low, range_.stated, high
    return range_


def _values(case: Case, item: Item) -> Iterator[Input]:
    """The values that an item states with a range; those of probabilities move by factors of their odds.

    Where a panel has settled on a value, that one moves, by what the analysts and their spread leave open.
    """
    if (settled := case.settled.get(item.id)) is not None:
        middle, wide = settled.log_value[0], Z95 * settled.log_sd[0]
        range_ = (math.exp(middle - wide), math.exp(middle), math.exp(middle + wide))
        yield _by_factors("ratio", item.id, f"{item.title} (pooled)", range_, Settled(item.id))
        return
    for name, range_ in ends(item, case).items():
        of = "" if name == case.question.event.id else f" ({case.question.names[name]})"
        yield _by_factors("ratio", item.id, f"{item.title}{of}", range_, Value(item.id, name),
                          odds=item.likelihood_ratio is None)


def _grade(source: Source) -> Input:
    letters = sorted(set(GRADES) - {"F"})
    place = letters.index(source.grade if source.grade in letters else "C")
    worse, better = letters[min(place + 1, len(letters) - 1)], letters[max(place - 1, 0)]
    grades = Grades(source.id, worse, source.grade, better)
    steps = Scale(-1.0, 0.0, 1.0, edges=(-math.inf, math.inf))
    return Input("grade", source.id, f"Grade of {source.name}", steps, grades, grades, steps=True, stated=False)


def _processes(question: Question) -> Iterator[Input]:
    for name in ("preparation", "climate"):
        process = getattr(question, name)
        if not process.lead.bare:
            yield _by_factors(name, "lead", f"Lead of the {name}", process.lead, Process(name, "lead"),
                              _weeks)
        if not process.carried_out.bare:
            yield _by_factors(name, "carried_out", f"Share of {name}s that end in the event", process.carried_out,
                              Process(name, "carried_out"), proportion, odds=True)
        if not process.unprepared.bare:
            yield _even(name, "unprepared", f"Share of events without a {name}", process.unprepared,
                        Process(name, "unprepared"), proportion)


def _weeks(weeks: float) -> str:
    return f"{number(weeks)} weeks"


def _prior(question: Question) -> Iterator[Input]:
    total = sum(component.weight for component in question.prior)
    for index, component in enumerate(question.prior):
        name = f"prior {index + 1} ({component.kind})"
        called = _called(question.prior, index)
        share = component.weight / total
        if 0 < share < _ALL:
            # Never all: that would leave the others no weight that could be given back.
            high = share * 1.5 if share * 1.5 < 1 else (1 + share) / 2
            yield _even("prior weight", name, f"Weight of {called}", (share / 2, share, high), Weight(index),
                        proportion, most=_ALL, stated=False)
        yield from _parameters(name, called, index, component)


_PRIORS = {"reference_class": "the prior from past cases", "exposure": "the rate prior",
           "elicited": "the judgement prior"}
"""What the components of a prior are called."""


def _called(prior: Sequence[Prior], index: int) -> str:
    """What a component is called, with its number where others are of its kind."""
    kind = prior[index].kind
    alike = [place for place, component in enumerate(prior) if component.kind == kind]
    return _PRIORS[kind] + (f" {alike.index(index) + 1}" if len(alike) > 1 else "")


def _parameters(name: str, called: str, index: int, component: Prior) -> Iterator[Input]:
    """What a component states with a range; the spread of a timing is not doubt about its median, and is left out."""
    match component:
        case Elicited(probability=stated) if not stated.bare and stated.low != stated.high:
            yield _by_factors("prior", name, f"Probability in {called}", stated, Component(index, "probability"),
                              proportion, odds=True)
        case Exposure(events=events, weeks=exposed):
            # 5, 50 and 95 % points of the rate's Gamma, each as the exposure that would give it as a mean.
            low, middle, high = (float(exposed * (events + 0.5) / gammaincinv(events + 0.5, p))
                                 for p in (0.05, 0.5, 0.95))
            scale = exposed / middle
            yield _by_factors("prior", name, f"Rate in {called}", (low * scale, exposed, high * scale),
                              Component(index, "weeks"), _Rate(events))


@dataclass(frozen=True)
class _Rate:
    """A rate in words, by the weeks of exposure."""

    events: float

    def __call__(self, weeks: float) -> str:
        return f"{self.events:g} in {number(weeks)} weeks"


def _shares(question: Question) -> Iterator[Input]:
    if len(question.alternatives) < 2:
        return
    for index, (alternative, share) in enumerate(zip(question.alternatives, question.shares, strict=True)):
        if share > 0 and (1 + share) / 2 < 1:  # a share next to one leaves the others nothing to vary
            yield _even("share", alternative.id, f"Share of “{alternative.name}”", (share / 2, share, (1 + share) / 2),
                        Share(index), proportion, least=1e-3, most=1 - 1e-3, stated=False)
