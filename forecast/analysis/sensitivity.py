"""Sensitivity: D with each stated input at its low and at its high, one at a time.

An input is a way of moving a case, between its low (−1), what is stated (0) and its high (1) or beyond; the engine is
exact, so differences carry no noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from forecast.analysis.indicators import EXTREME, as_ratios
from forecast.core.numerics import Z95, probability
from forecast.engine.encoding import half_life, stated
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import GRADES, Item, Source
from forecast.records.question import Elicited, Exposure, Prior, Question
from forecast.records.types import NEVER, Estimate

_ALL = 1 - 1e-9
"""The largest share of the weights that a component of the prior is given."""

Move = Callable[[Case, float, float], Case]
"""Move an input of a case from one place to another: −1 is its low, 0 what is stated, 1 its high."""


@dataclass(frozen=True)
class Input:
    """One stated input of a case, and how it moves between its low and its high."""

    kind: str
    """ratio, overlap, evidence weight, grade, half-life, prior, prior weight or share."""
    id: str
    """Id of the record that it belongs to."""
    label: str
    value: Callable[[float], str]
    """What it is at a place, in words; empty where it has no value."""
    move: Move
    steps: bool = False
    """Whether it can only be at −1, 0 and 1."""

    @property
    def low(self) -> str:
        """What it is at its low."""
        return self.value(-1.0)

    @property
    def high(self) -> str:
        """What it is at its high."""
        return self.value(1.0)

    def at(self, case: Case, place: float) -> Case:
        """The case with this input at a place, and all else as stated."""
        return self.move(case, 0.0, place)


@dataclass(frozen=True)
class Swing:
    """P(event) with one input at its low and at its high."""

    input: Input
    base: float
    """D of the case in decibans."""
    low: float
    """D with the input at its low."""
    high: float
    """D with the input at its high."""

    @property
    def width(self) -> float:
        """How far D moves, in decibans."""
        return max(self.base, self.low, self.high) - min(self.base, self.low, self.high)

    @property
    def probabilities(self) -> tuple[float, float]:
        """P(event) at low and at high."""
        return probability(self.low), probability(self.high)


def tornado(case: Case) -> list[Swing]:
    """D with every input of a case at its low and at its high, the widest swing first.

    Widths are rounded to 9 decimals: two shares of one whole mirror each other, and the last digit must not rank them.
    """
    base = Exact(case).forecast.decibans
    swings = [Swing(each, base, *(Exact(each.at(case, place)).forecast.decibans for place in (-1.0, 1.0)))
              for each in inputs(case)]
    return sorted(swings, key=lambda swing: (-round(swing.width, 9), swing.input.kind, swing.input.id,
                                             swing.input.label))


def inputs(case: Case) -> Iterator[Input]:
    """Every input that has a low and a high: stated ones, or by convention one step down and up."""
    for item in case.active:
        yield from _ratios(case, item)
    for group in case.groups:
        if any(item.group == group.id for item in case.active) and not group.overlap.bare:
            yield _linear("overlap", group.id, group.name, group.overlap, _overlap(group.id))
    weight = case.question.evidence_weight
    if not weight.bare:
        yield _linear("evidence weight", "", "Weight of all evidence", weight,
                      lambda value: _question(evidence_weight=Estimate(value)), most=math.inf)
    used = {item.source for item in case.active}
    yield from (_grade(source) for source in case.sources if source.id in used)
    span = case.question.half_life
    if span != NEVER and any(half_life(item, span) == span for item in case.active):
        yield _geometric("half-life", "", "Half-life of the evidence", (span / 2, span, span * 2), "{:.3g}w",
                         lambda value: _question(half_life=value))
    yield from _prior(case.question)
    yield from _shares(case.question)


Rewrite = Callable[[Case], Case]
"""A stated change of a case."""


def _linear(kind: str, name: str, label: str, range_: Estimate | tuple[float, float, float],
            rewrite: Callable[[float], Rewrite], form: str = "{:.3g}", most: float = 1.0, least: float = 0.0) -> Input:
    """An input that moves evenly, and beyond its low and high no further than to what is possible."""
    low, middle, high = (range_.bounds()[0], range_.stated, range_.bounds()[1]) if isinstance(
        range_, Estimate) else range_

    def value(place: float) -> float:
        end = high if place > 0 else low
        return min(most, max(least, middle + abs(place) * (end - middle)))

    return Input(kind, name, label, lambda place: form.format(value(place)),
                 lambda case, _, place: rewrite(value(place))(case))


def _geometric(kind: str, name: str, label: str, range_: tuple[float, float, float], form: str,
               rewrite: Callable[[float], Rewrite]) -> Input:
    """An input that moves by factors."""
    low, middle, high = range_

    def value(place: float) -> float:
        return middle * math.pow((high if place > 0 else low) / middle, abs(place))

    return Input(kind, name, label, lambda place: form.format(value(place)),
                 lambda case, _, place: rewrite(value(place))(case))


def spreads(case: Case, item: Item) -> list[tuple[str, float]]:
    """Hypotheses of an item whose stated value has a spread, with the standard deviation of its log."""
    question = case.question
    _, log_sd = stated(item, question.hypotheses, question.default_spread)
    return [(name, float(sd)) for name, sd in zip(question.hypotheses, log_sd, strict=True) if sd > 0]


def shifted(case: Case, item: Item, shifts: Mapping[str, float]) -> Case:
    """Restate an item as ratios with log v of some hypotheses shifted; the reference keeps ratio 1."""
    question = case.question
    log_ratio = {name: math.log(ratio.stated) + shifts.get(name, 0.0)
                 for name, ratio in as_ratios(item, case).items()}
    level = log_ratio.pop(question.reference)
    values = {name: Estimate(math.exp(max(-EXTREME, min(value - level, EXTREME)))) for name, value in log_ratio.items()}
    return case.with_item(item.model_copy(update={
        "likelihood_ratio": values, "probability": None, "counts": None, "seen": True}))


def _ratios(case: Case, item: Item) -> Iterator[Input]:
    for name, sd in spreads(case, item):
        yield _ratio(item, name, case.question.names[name], as_ratios(item, case)[name].stated,
                     min(Z95 * sd, EXTREME))


def _ratio(item: Item, name: str, hypothesis: str, ratio: float, reach: float) -> Input:
    def move(case: Case, before: float, place: float) -> Case:
        return shifted(case, case.item(item.id), {name: (place - before) * reach})

    return Input("ratio", item.id, f"{item.title} ({hypothesis})",
                 lambda place: f"{ratio * math.exp(place * reach):.3g}", move)


def _overlap(name: str) -> Callable[[float], Rewrite]:
    return lambda value: lambda case: replace(case, groups=tuple(
        group.model_copy(update={"overlap": Estimate(value)}) if group.id == name else group
        for group in case.groups))


def _grade(source: Source) -> Input:
    letters = sorted(set(GRADES) - {"F"})
    place = letters.index(source.grade if source.grade in letters else "C")
    worse, better = letters[min(place + 1, len(letters) - 1)], letters[max(place - 1, 0)]

    def value(step: float) -> str:
        return better if step > 0 else worse if step < 0 else source.grade

    def move(case: Case, _: float, step: float) -> Case:
        return replace(case, sources=tuple(
            each.model_copy(update={"grade": value(step)}) if each.id == source.id else each for each in case.sources))

    return Input("grade", source.id, source.name, value, move, steps=True)


def _question(**fields: Any) -> Rewrite:
    return lambda case: replace(case, question=rewritten(case.question, **fields))


def rewritten(question: Question, **fields: Any) -> Question:
    """A question with fields replaced; what it had derived from the old ones is forgotten."""
    given = {name: getattr(question, name) for name in Question.model_fields} | fields
    return Question.model_construct(**given)


def _prior(question: Question) -> Iterator[Input]:
    total = sum(component.weight for component in question.prior)
    for index, component in enumerate(question.prior):
        name = f"prior {index + 1} ({component.kind})"
        if 0 < component.weight < total:
            share = component.weight / total
            if share < _ALL:
                # Never all: that would leave the others no weight that could be given back.
                high = share * 1.5 if share * 1.5 < 1 else (1 + share) / 2
                yield _linear("prior weight", name, f"Weight of {name}", (share / 2, share, high), _weight(index),
                              "{:.2f}", most=_ALL)
        yield from _parameters(name, index, component)


def _weight(index: int) -> Callable[[float], Rewrite]:
    """Give a component a share of the weights; the others keep theirs to each other."""
    def rewrite(share: float) -> Rewrite:
        def rewritten_prior(case: Case) -> Case:
            rest = sum(c.weight for place, c in enumerate(case.question.prior) if place != index) or 1.0
            prior = tuple(c.model_copy(update={"weight": share if place == index else c.weight / rest * (1 - share)})
                          for place, c in enumerate(case.question.prior))
            return replace(case, question=rewritten(case.question, prior=prior))

        return rewritten_prior

    return rewrite


def _parameters(name: str, index: int, component: Prior) -> Iterator[Input]:
    match component:
        case Elicited(probability=stated_probability, weeks=weeks):
            low, high = stated_probability.bounds()
            if low < high:
                yield _linear("prior", name, f"Probability in {name}", stated_probability,
                              lambda value: _component(index, probability=Estimate(value)), least=1e-3, most=1 - 1e-3)
            first, middle, last = weeks
            yield _geometric("prior", name, f"Median weeks in {name}", (first, middle, last), "{:.3g}",
                             lambda value: _component(index, weeks=(first, value, last)))
        case Exposure(events=events, weeks=exposed):
            spread = math.exp(Z95 / math.sqrt(events + 0.5))
            yield _geometric("prior", name, f"Rate in {name}", (exposed * spread, exposed, exposed / spread),
                             f"{events:g} in {{:.3g}} weeks", lambda value: _component(index, weeks=value))


def _component(index: int, **fields: object) -> Rewrite:
    def rewrite(case: Case) -> Case:
        prior = tuple(component.model_copy(update=fields) if place == index else component
                      for place, component in enumerate(case.question.prior))
        return replace(case, question=rewritten(case.question, prior=prior))

    return rewrite


def _shares(question: Question) -> Iterator[Input]:
    if len(question.alternatives) < 2:
        return
    for index, (alternative, share) in enumerate(zip(question.alternatives, question.shares, strict=True)):
        if share > 0 and (1 + share) / 2 < 1:  # a share next to one leaves the others nothing to vary
            yield _linear("share", alternative.id, f"Share of {alternative.name}", (share / 2, share, (1 + share) / 2),
                          _share(index), "{:.2f}", least=1e-3, most=1 - 1e-3)


def _share(index: int) -> Callable[[float], Rewrite]:
    def rewrite(value: float) -> Rewrite:
        def rewritten_shares(case: Case) -> Case:
            shares = case.question.shares
            rest = 1 - shares[index]
            alternatives = tuple(
                alternative.model_copy(update={"share": value if place == index else share * (1 - value) / rest})
                for place, (alternative, share) in enumerate(zip(case.question.alternatives, shares, strict=True)))
            return replace(case, question=rewritten(case.question, alternatives=alternatives))

        return rewritten_shares

    return rewrite
