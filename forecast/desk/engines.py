"""The engines of one open page: each is kept until what it was made from changes, and then let go at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from forecast.analysis.attribution import shapley
from forecast.analysis.indicators import Watch
from forecast.core.errors import ForecastError
from forecast.desk.edits import Edits, scenario
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.scenario import Scenario, apply
from forecast.records.types import Steps


def let_go(engine: Exact | None) -> None:
    """Free the arrays of an engine that is no longer used: it and its forecast refer to each other.

    Left to the garbage collector, the engines of some thirty changes would stay in memory.
    """
    if engine is not None:
        vars(engine).pop("forecast", None)


def with_edits(base: Exact, edits: Edits) -> Exact:
    """The engine of changes on top of another."""
    return Exact(apply(base.case, scenario(base.case, edits)))


@dataclass(frozen=True)
class Findings:
    """What takes longer than a number, as worked out for one engine."""

    engine: Exact
    band: tuple[float, float]
    """The range; kept here, since the engine's forecast is let go with the next change."""
    worth: float
    weights: dict[str, float]
    """What each item adds to the probability."""
    effects: dict[Steps, float]
    """What each change adds to the probability."""
    watched: tuple[Watch, ...] | None
    """The indicators, the most informative first; None where nobody has asked for them."""


def findings(base: Exact, engine: Exact, edits: Edits, going: Callable[[], bool]) -> Findings | None:
    """Work out the range, and what each item and each change between two engines does.

    None if it is given up on the way: `going` is asked before each step.
    """
    forecast = engine.forecast
    band, worth = forecast.band, forecast.worth
    effects = {}
    for place in edits:
        if not going():
            return None
        rest = {other: value for other, value in edits.items() if other != place}
        try:
            without = with_edits(base, rest)
            effects[place] = forecast.event - without.forecast.event
            let_go(without)
        except ForecastError:
            continue  # without this one, the others do not fit together
    if not going():
        return None
    weights = {name: share.points for name, share in shapley(engine).items()}
    return Findings(engine, band, worth, weights, effects, None)


@dataclass
class Engines:
    """The engines of the files, of each analyst, and of scenarios beside them."""

    _bases: dict[bool, Exact] = field(default_factory=dict)
    _held: dict[str, tuple[Exact, Edits, Exact]] = field(default_factory=dict)
    _others: dict[str, tuple[Exact, Exact]] = field(default_factory=dict)
    found: dict[str, Findings] = field(default_factory=dict)
    """What takes longer, as last worked out for each analyst; perhaps for an earlier engine."""

    def base(self, panel: bool, whole: Callable[[], Case], as_of: date) -> Exact:
        """The files as of a date, with the panel's opinions or without."""
        known = self._bases.get(panel)
        if known is None or known.case.as_of != as_of:
            let_go(known)
            known = self._bases[panel] = Exact(whole().at(as_of))
        return known

    def of(self, who: str, base: Exact, edits: Edits) -> Exact:
        """What an analyst holds."""
        if not edits:
            return base
        known = self._held.get(who)
        if known is None or known[0] is not base or known[1] is not edits:
            return self.keep(who, base, edits, with_edits(base, edits))
        return known[2]

    def keep(self, who: str, base: Exact, edits: Edits, engine: Exact) -> Exact:
        """Keep an engine in the place of the one before."""
        before = self._held.pop(who, None)
        if before is not None and before[2] is not engine:
            let_go(before[2])
        self._held[who] = base, edits, engine
        return engine

    def other(self, name: str, base: Exact, found: Scenario) -> Exact:
        """A scenario of the files, as of their date unless it names one."""
        known = self._others.get(name)
        if known is None or known[0] is not base:
            let_go(known and known[1])
            known = self._others[name] = base, Exact(apply(base.case, found))
        return known[1]

    def copied(self) -> Engines:
        """The same engines, kept apart: what is let go here stays there."""
        return Engines(dict(self._bases), dict(self._held), dict(self._others), dict(self.found))

    def forget(self) -> None:
        """Let everything go: the files are others."""
        held = [engine for _, _, engine in self._held.values()]
        others = [engine for _, engine in self._others.values()]
        for engine in (*self._bases.values(), *held, *others):
            let_go(engine)
        for kept in (self._bases, self._held, self._others, self.found):
            kept.clear()
