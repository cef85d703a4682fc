"""An item's path from its stated to its effective ratio: standing, reliability, echo and reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from forecast.analysis.indicators import EXTREME, as_ratios
from forecast.core.numerics import decibans
from forecast.engine.encoding import averaged
from forecast.engine.exact import Exact
from forecast.records.evidence import Item
from forecast.records.types import Estimate


@dataclass(frozen=True)
class Path:
    """How much of what an item states reaches the forecast.

    Every mapping goes from a hypothesis to its ratio against the reference.
    """

    item: Item
    stated: dict[str, Estimate]
    """As stated, with low and high."""
    multiple: float
    """How many periods a standing condition has spoken; 1 for other items."""
    standing: dict[str, float]
    """After standing."""
    reliability: float
    """r_i: posterior mean of the source's reliability, averaged with the credibility."""
    reliable: dict[str, float]
    """After reliability."""
    echo: float
    """q_i: the probability that it adds something of its own."""
    echoed: dict[str, float]
    """After reliability and echo."""
    reach: float
    """w_i at the first live week."""
    effective: dict[str, float]
    """After reach: the ratio for an event in the first live week, and for the alternatives."""
    age: int
    """Days from its date to the as-of date."""

    def decibans(self, hypothesis: str) -> float:
        """The effective ratio of a hypothesis in decibans."""
        return decibans(float(np.log(self.effective[hypothesis])))


def paths(engine: Exact) -> list[Path]:
    """Follow each active item of a case; in date order."""
    case, ev, posterior = engine.case, engine.evidence, engine.forecast
    if not ev.items:
        return []
    question = case.question
    base = question.hypotheses.index(question.reference)
    # Sums of probabilities may end a rounding above one.
    mean = np.minimum([posterior.reliability[source.id] for source in case.sources], 1.0)[ev.source]
    r, complement = averaged(logit(mean), ev.slope, ev.level)
    echo, everything = ev.echo(), np.arange(len(ev.items))
    alone = ev.log_likelihood(everything, r, complement, np.ones(len(ev.items)))
    echoed = ev.log_likelihood(everything, r, complement, echo)
    near = ev.reach[:, :1]
    reached = np.hstack([near * echoed[:, :1] + (1 - near) * echoed[:, base:base + 1], echoed[:, 1:]])

    def ratios(log_value: np.ndarray, index: int) -> dict[str, float]:
        values = np.exp(np.clip(log_value[index] - log_value[index, base], -EXTREME, EXTREME))
        return dict(zip(question.hypotheses, map(float, values), strict=True))

    return [Path(item=item, stated=as_ratios(item, case),
                 multiple=item.standing.multiple(item.date, case.as_of) if item.standing else 1.0,
                 standing=ratios(ev.log_value, index), reliability=float(r[index]), reliable=ratios(alone, index),
                 echo=float(echo[index]), echoed=ratios(echoed, index), reach=float(near[index, 0]),
                 effective=ratios(reached, index), age=(case.as_of - item.date).days)
            for index, item in enumerate(ev.items)]


@dataclass(frozen=True)
class Independence:
    """How many independent reports the active items of a group amount to."""

    group: str
    name: str
    items: int
    effective: float
    """Σ q_i."""


def independence(engine: Exact) -> list[Independence]:
    """Effective number of independent reports by group, of those with active items."""
    echo = engine.evidence.echo()
    result = []
    for group in engine.case.groups:
        inside = [index for index, item in enumerate(engine.evidence.items) if item.group == group.id]
        if inside:
            result.append(Independence(group.id, group.name, len(inside), float(echo[inside].sum())))
    return result
