"""How an input of a case is put at a value: by records and not by functions, so that inputs pickle and compare."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from forecast.analysis.restated import moved
from forecast.records.case import Case
from forecast.records.question import Question
from forecast.records.types import Estimate


class Rewrite(ABC):
    """A way to put an input of a case at a value."""

    @abstractmethod
    def at(self, case: Case, value: float) -> Case:
        """The case with the input at a value."""


def rewritten(question: Question, **fields: Any) -> Question:
    """A question with fields replaced; what it had derived from the old ones is forgotten."""
    given = {name: getattr(question, name) for name in Question.model_fields} | fields
    return Question.model_construct(**given)


def _question(case: Case, **fields: Any) -> Case:
    return case.changed(question=rewritten(case.question, **fields))


@dataclass(frozen=True)
class EvidenceWeight(Rewrite):
    """The weight of all evidence."""

    def at(self, case: Case, value: float) -> Case:
        return _question(case, evidence_weight=Estimate(value))


@dataclass(frozen=True)
class Settled(Rewrite):
    """The ratio on which a panel has settled for an item."""

    item: str

    def at(self, case: Case, value: float) -> Case:
        settled = case.settled[self.item]
        there = settled._replace(log_value=(math.log(value), *settled.log_value[1:]))
        return case.changed(settled={**case.settled, self.item: there})


@dataclass(frozen=True)
class Value(Rewrite):
    """What an item states of a hypothesis."""

    item: str
    hypothesis: str

    def at(self, case: Case, value: float) -> Case:
        return case.holding(moved(case.item(self.item), case, self.hypothesis, value))


@dataclass(frozen=True)
class Overlap(Rewrite):
    """The overlap of a group."""

    group: str

    def at(self, case: Case, value: float) -> Case:
        groups = tuple(group.model_copy(update={"overlap": Estimate(value)}) if group.id == self.group else group
                       for group in case.groups)
        return case.changed(groups=groups)


@dataclass(frozen=True)
class Grades(Rewrite):
    """The grade of a source: one step worse (−1), as stated, and one step better (1)."""

    source: str
    worse: str
    stated: str
    better: str

    def __call__(self, step: float) -> str:
        return self.better if step > 0 else self.worse if step < 0 else self.stated

    def at(self, case: Case, value: float) -> Case:
        sources = tuple(each.model_copy(update={"grade": self(value)}) if each.id == self.source else each
                        for each in case.sources)
        return case.changed(sources=sources)


@dataclass(frozen=True)
class Process(Rewrite):
    """A field of the preparation or of the climate."""

    process: str
    field: str

    def at(self, case: Case, value: float) -> Case:
        process = getattr(case.question, self.process).model_copy(update={self.field: Estimate(value)})
        return _question(case, **{self.process: process})


@dataclass(frozen=True)
class Weight(Rewrite):
    """The share of the weights that a component of the prior has; the others keep theirs to each other."""

    index: int

    def at(self, case: Case, value: float) -> Case:
        rest = sum(c.weight for place, c in enumerate(case.question.prior) if place != self.index) or 1.0
        prior = tuple(c.model_copy(update={"weight": value if place == self.index else c.weight / rest * (1 - value)})
                      for place, c in enumerate(case.question.prior))
        return _question(case, prior=prior)


@dataclass(frozen=True)
class Component(Rewrite):
    """A field of a component of the prior."""

    index: int
    field: str

    def at(self, case: Case, value: float) -> Case:
        new = Estimate(value) if self.field == "probability" else value
        prior = tuple(component.model_copy(update={self.field: new}) if place == self.index else component
                      for place, component in enumerate(case.question.prior))
        return _question(case, prior=prior)


@dataclass(frozen=True)
class Share(Rewrite):
    """The share of an alternative; the others keep theirs to each other."""

    index: int

    def at(self, case: Case, value: float) -> Case:
        shares = case.question.shares
        rest = 1 - shares[self.index]
        alternatives = tuple(
            alternative.model_copy(update={"share": value if place == self.index else share * (1 - value) / rest})
            for place, (alternative, share) in enumerate(zip(case.question.alternatives, shares, strict=True)))
        return _question(case, alternatives=alternatives)
