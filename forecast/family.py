"""Cases that differ little: what two of them have in common is integrated once."""

from __future__ import annotations

from dataclasses import dataclass, field

from forecast.case import Case
from forecast.exact import Exact
from forecast.likelihood import Array, Ints

Terms = dict[tuple[object, ...], tuple[Array, Array]]

MOST = 4096
"""Terms of sources that a family keeps; the oldest go first."""


class Family:
    """Exact engines of cases that differ little, such as the scenarios of one case.

    They share the terms of sources that are the same in several of them. A shared term is the one that would be
    computed anew, to the last digit.
    """

    def __init__(self) -> None:
        self._terms: Terms = {}

    def engine(self, case: Case) -> Exact:
        """The exact engine of a case."""
        return _Member(case, terms=self._terms)

    def decibans(self, case: Case) -> float:
        """D of a case."""
        return self.engine(case).forecast.decibans

    def event(self, case: Case) -> float:
        """P(event) of a case by its horizon."""
        return self.engine(case).forecast.event


@dataclass(frozen=True)
class _Member(Exact):
    terms: Terms = field(default_factory=dict, compare=False, repr=False)

    def source_term(self, source: int, chosen: Ints, echo: Array) -> tuple[Array, Array]:
        key = self._key(source, chosen, echo)
        if key not in self.terms:
            if len(self.terms) >= MOST:
                del self.terms[next(iter(self.terms))]
            self.terms[key] = super().source_term(source, chosen, echo)
        return self.terms[key]

    def _key(self, source: int, chosen: Ints, echo: Array) -> tuple[object, ...]:
        """Every number that the term of a source is made of."""
        ev, nodes = self.evidence, self.nodes[source]
        arrays = (ev.log_lift[chosen], ev.reach[chosen], ev.undated[chosen], ev.credibility[chosen], echo[chosen],
                  ev.shares, *nodes)
        return (self.kappa, *(array.tobytes() for array in arrays))
