"""Sensitivity: D with each stated input at its low and its high, one at a time.

An input is a pair of rewrites of the case, Case → Case; the engine is exact, so differences carry no noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from forecast.bayes import Z95, probability
from forecast.case import Case
from forecast.evidence import GRADES, Item
from forecast.exact import Exact
from forecast.fields import NEVER, Estimate
from forecast.likelihood import half_life, stated
from forecast.question import Elicited, Exposure, Prior, Question
from forecast.watch import EXTREME, as_ratios

Rewrite = Callable[[Case], Case]
"""A stated change of a case."""


@dataclass(frozen=True)
class Input:
    """One stated input of a case, and the two rewrites that put it at its low and at its high."""

    kind: str
    """ratio, overlap, weight of evidence, grade, half-life, prior or share."""
    id: str
    """Id of the record that it belongs to."""
    label: str
    low: str
    high: str
    at_low: Rewrite
    at_high: Rewrite


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
    """D with every input of a case at its low and at its high, the widest swing first."""
    base = Exact(case).forecast.decibans
    swings = [Swing(each, base, *(Exact(rewrite(case)).forecast.decibans for rewrite in (each.at_low, each.at_high)))
              for each in inputs(case)]
    return sorted(swings, key=lambda swing: (-swing.width, swing.input.kind, swing.input.id, swing.input.label))


def inputs(case: Case) -> Iterator[Input]:
    """Every input that has a low and a high: stated ones, or by convention one step down and up."""
    for item in case.active:
        yield from _ratios(case, item)
    for group in case.groups:
        if any(item.group == group.id for item in case.active) and not group.overlap.bare:
            low, high = group.overlap.bounds()
            yield Input("overlap", group.id, group.name, f"{low:g}", f"{high:g}",
                        *(_overlap(group.id, value) for value in (low, high)))
    weight = case.question.evidence_weight
    if not weight.bare:
        low, high = weight.bounds()
        yield Input("evidence weight", "", "Weight of all evidence", f"{low:g}", f"{high:g}",
                    *(_question(evidence_weight=Estimate(value)) for value in (low, high)))
    used = {item.source for item in case.active}
    for source in case.sources:
        if source.id in used:
            letters = sorted(set(GRADES) - {"F"})
            place = letters.index(source.grade) if source.grade in letters else letters.index("C")
            worse, better = letters[min(place + 1, len(letters) - 1)], letters[max(place - 1, 0)]
            yield Input("grade", source.id, source.name, worse, better,
                        *(_grade(source.id, letter) for letter in (worse, better)))
    span = case.question.half_life
    if span != NEVER and any(half_life(item, span) == span for item in case.active):
        yield Input("half-life", "", "Half-life of the evidence", f"{span / 2:g}w", f"{span * 2:g}w",
                    *(_question(half_life=value) for value in (span / 2, span * 2)))
    yield from _prior(case.question)
    yield from _shares(case.question)


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
        ratio, factor = as_ratios(item, case)[name].stated, math.exp(min(Z95 * sd, EXTREME))
        yield Input("ratio", item.id, f"{item.title} ({case.question.names[name]})", f"{ratio / factor:.3g}",
                    f"{ratio * factor:.3g}", *(_shift(item, name, step * Z95 * sd) for step in (-1, 1)))


def _shift(item: Item, name: str, shift: float) -> Rewrite:
    return lambda case: shifted(case, item, {name: shift})


def _overlap(name: str, value: float) -> Rewrite:
    return lambda case: replace(case, groups=tuple(
        group.model_copy(update={"overlap": Estimate(value)}) if group.id == name else group
        for group in case.groups))


def _grade(name: str, letter: str) -> Rewrite:
    return lambda case: replace(case, sources=tuple(
        source.model_copy(update={"grade": letter}) if source.id == name else source for source in case.sources))


def _question(**fields: object) -> Rewrite:
    return lambda case: replace(case, question=rewritten(case.question, **fields))


def rewritten(question: Question, **fields: object) -> Question:
    """A question with fields replaced; what it had derived from the old ones is forgotten."""
    given = {name: getattr(question, name) for name in Question.model_fields} | fields
    return Question.model_construct(**given)


def _prior(question: Question) -> Iterator[Input]:
    total = sum(component.weight for component in question.prior)
    for index, component in enumerate(question.prior):
        name = f"prior {index + 1} ({component.kind})"
        if 0 < component.weight < total:
            share = component.weight / total
            low, high = share / 2, min(1.0, share * 1.5)
            yield Input("prior weight", name, f"Weight of {name}", f"{low:.2f}", f"{high:.2f}",
                        *(_component(index, weight=_weight_for(question, index, value)) for value in (low, high)))
        yield from _parameters(name, index, component)


def _weight_for(question: Question, index: int, share: float) -> float:
    """The weight that gives a component a share, the others' weights being kept."""
    others = sum(component.weight for place, component in enumerate(question.prior) if place != index)
    return others * share / (1 - share) if share < 1 else 1e9 * max(others, 1.0)


def _parameters(name: str, index: int, component: Prior) -> Iterator[Input]:
    match component:
        case Elicited(probability=stated_probability, weeks=weeks):
            low, high = stated_probability.bounds()
            if low < high:
                yield Input("prior", name, f"Probability in {name}", f"{low:g}", f"{high:g}",
                            *(_component(index, probability=Estimate(value)) for value in (low, high)))
            first, _, last = weeks
            yield Input("prior", name, f"Median weeks in {name}", f"{first:g}", f"{last:g}",
                        *(_component(index, weeks=(first, value, last)) for value in (first, last)))
        case Exposure(events=events, weeks=exposed):
            spread = math.exp(Z95 / math.sqrt(events + 0.5))
            low, high = exposed * spread, exposed / spread
            yield Input("prior", name, f"Rate in {name}", f"{events:g} in {low:.3g} weeks",
                        f"{events:g} in {high:.3g} weeks",
                        *(_component(index, weeks=float(value)) for value in (low, high)))


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
        low, high = share / 2, (1 + share) / 2
        if high < 1:  # a share next to one leaves the others nothing to vary
            yield Input("share", alternative.id, f"Share of {alternative.name}", f"{low:.2f}", f"{high:.2f}",
                        *(_share(index, value) for value in (low, high)))


def _share(index: int, value: float) -> Rewrite:
    def rewrite(case: Case) -> Case:
        shares = case.question.shares
        rest = 1 - shares[index]
        alternatives = tuple(
            alternative.model_copy(update={"share": value if place == index else share * (1 - value) / rest})
            for place, (alternative, share) in enumerate(zip(case.question.alternatives, shares, strict=True)))
        return replace(case, question=rewritten(case.question, alternatives=alternatives))

    return rewrite
