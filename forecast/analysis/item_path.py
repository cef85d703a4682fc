"""What becomes of an item: from what it states, step by step, to what it does to the forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from forecast.analysis.restated import as_ratios
from forecast.core.numerics import decibans
from forecast.core.text import ratio
from forecast.engine.encoding import CLAIM, effective
from forecast.engine.exact import Exact
from forecast.engine.signs import Shared
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.result import Result
from forecast.records.types import Estimate


@dataclass(frozen=True)
class Sharing:
    """What a sign or condition does through the process that it shares with others.

    On its day f the process is on with probability u·w before it speaks, with w the lift carried to that day. All items
    of the day together have M; then the lift is v = M·w/(1 − u·w + u·w·M). The lift as of the date is v_now, and
    S(k)/S(never at all) = 1 + (1−η)·2^(−(k−a)/T)·(v_now − 1).
    """

    process: str
    """preparation or climate."""
    lead_days: float
    """T."""
    unprepared: float
    """η."""
    false_share: float
    """u."""
    day: int
    """f, as an ordinal."""
    lift_before: float
    """w, on its day, before its items."""
    together: float
    """M, of all items of its day."""
    others: int
    """How many items of its day there are beside it."""
    lift_after: float
    """v, on its day, after its items."""
    lift_now: float
    """v as of the date, with all items."""
    lift_without: float
    """v as of the date, without this one."""
    tomorrow: tuple[float, float]
    """S(the first live day)/S(never at all), without it and with it."""
    at_horizon: tuple[float, float]
    """S(the horizon)/S(never at all), without it and with it."""


@dataclass(frozen=True)
class Effect:
    """A probability without an item and with it, all else kept."""

    without: float
    with_it: float

    @property
    def points(self) -> float:
        """What the item adds."""
        return self.with_it - self.without


@dataclass(frozen=True)
class Path:
    """How an item's stated values become two numbers, R̃ and B, and what these do.

    Each lift is a ratio of the event against the mix of alternatives; backgrounds go by alternative.
    """

    item: Item
    age: int
    """Days from its date to the as-of date."""
    stated: dict[str, Estimate]
    """Ratios against the reference by hypothesis; with low and high where the file states them."""
    periods: float
    """How many periods a standing fact has spoken; 1 for other items."""
    chance: float | None
    """p of a claim: the prior's chance, on its date, that the event falls into what is left of its window."""
    lift: float
    """R, after standing."""
    background: dict[str, float]
    """β by alternative, after standing."""
    source: float
    """r̄ of its source."""
    reliability: float
    """r_i: r̄ averaged with the credibility; 1 for a report."""
    reliable: float
    """The lift after reliability."""
    stronger: int
    """j, how many stronger items of its group it echoes."""
    overlap: float
    """ρ of its group, 0 without one."""
    echo: float
    """q = (1 − ρ)^j."""
    echoed: float
    """The lift after reliability and echo."""
    weight: float
    """κ."""
    effective: float
    """R̃."""
    effective_background: dict[str, float]
    """B by alternative."""
    sharing: Sharing | None
    """Of signs and conditions."""
    window: tuple[int, int] | None
    """First and last of the days, as ordinals, of which a claim still speaks; None if there are none, or it is none."""
    decibans: float
    """D with it less D without it."""
    horizon: Effect
    """P(event by the horizon)."""
    thirteen_weeks: Effect
    """P(event within the next thirteen weeks)."""

    def __repr__(self) -> str:
        return f"Path({self.item.id!r}: {ratio(self.lift)} stated, {ratio(self.effective)} left)"


def paths(engine: Exact | Case) -> list[Path]:
    """Follow each active item of a case; in date order."""
    engine = Exact.of(engine)
    return [path(engine, index) for index in range(len(engine.evidence))]


def path(engine: Exact, index: int) -> Path:
    """Follow one active item, by its place in date order."""
    case, ev, heard = engine.case, engine.evidence, engine.heard
    item = ev.items[index]
    reliability, echo = float(heard.reliability[index]), float(heard.echo[index])
    names = case.question.hypotheses[1:]
    rank = int(ev.ranks(heard.reliability)[0][index])
    days = case.days
    without = np.ones((1, len(ev)), bool)
    without[0, index] = False
    log_odds, log_odds_without = engine.log_odds(), float(engine.log_odds_of(without)[0])
    soon = days.thirteen_weeks
    both = np.concatenate([without, np.ones((1, len(ev)), bool)])
    near = expit(engine.log_odds_of(both, soon))
    first, last = int(ev.first[index]), int(ev.last[index])
    live = None if ev.kind[index] != CLAIM or ev.silent[index] else (max(first, days.first), last)

    def ratio(log_value: np.ndarray) -> float:
        return float(np.exp(log_value))

    return Path(
        item=item, age=(case.as_of - item.date).days, stated=as_ratios(item, case),
        periods=item.standing.multiple(item.date, case.as_of) if item.standing else 1.0,
        chance=float(ev.chance[index]) if ev.kind[index] == CLAIM else None,
        lift=ratio(ev.log_lift[index]), background=dict(zip(names, np.exp(ev.log_background[index]).tolist(),
                                                            strict=True)),
        source=engine.forecast.reliability[item.source], reliability=reliability,
        reliable=ratio(effective(ev.log_lift[index], heard.reliability[index])), stronger=rank,
        overlap=float(ev.overlap[index]), echo=echo,
        echoed=ratio(effective(ev.log_lift[index:index + 1], np.array([echo * reliability]))[0]), weight=engine.kappa,
        effective=ratio(heard.log_lift[index]),
        effective_background=dict(zip(names, np.exp(heard.log_background[index]).tolist(), strict=True)),
        sharing=None if ev.kind[index] == CLAIM else _sharing(engine, index, without),
        window=live, decibans=decibans(log_odds - log_odds_without),
        horizon=Effect(float(expit(log_odds_without)), float(expit(log_odds))),
        thirteen_weeks=Effect(float(near[0]), float(near[1])))


def _sharing(engine: Exact, index: int, without: np.ndarray) -> Sharing:
    ev, kind = engine.evidence, int(engine.evidence.kind[index])
    process = engine.processes[kind]
    log_m = engine.by_day(engine.heard.log_lift)[kind]
    place = int(np.searchsorted(process.days, ev.speaks[index]))
    before, after = _lifts(process, log_m)
    now = float(process.lift(log_m))
    then = float(engine.lifts(engine.log_lifts_in(without))[kind][0])
    ends = np.array([engine.case.days.first, engine.case.days.horizon.toordinal()])
    likelihood = np.exp(process.log_likelihood(ends, np.array([then, now])))
    same_day = engine.members[kind]
    return Sharing(
        process=("preparation", "climate")[kind], lead_days=process.half_life, unprepared=process.unprepared,
        false_share=process.share, day=int(ev.speaks[index]), lift_before=before[place],
        together=float(np.exp(log_m[place])), others=int((ev.speaks[same_day] == ev.speaks[index]).sum()) - 1,
        lift_after=after[place], lift_now=now, lift_without=then,
        tomorrow=(float(likelihood[0, 0]), float(likelihood[1, 0])),
        at_horizon=(float(likelihood[0, 1]), float(likelihood[1, 1])))


def _lifts(process: Shared, log_m: np.ndarray) -> tuple[list[float], list[float]]:
    """w and v of each day of evidence."""
    before, after, last = [], [], 1.0
    for m, decay in zip(np.exp(np.clip(log_m, -700, 700)).tolist(), process.decay.tolist(), strict=False):
        w = 1 + decay * (last - 1)
        last = m * w / (1 - process.share * w + process.share * w * m)
        before.append(w)
        after.append(last)
    return before, after


class Independence(Result):
    """How many independent reports the active items of a group amount to."""

    id: str
    name: str
    items: int
    effective: float
    """Σ q_i."""


def independence(engine: Exact) -> list[Independence]:
    """Effective number of independent reports by group, of those with active items."""
    result = []
    for index, group in enumerate(engine.case.groups):
        inside = engine.evidence.group == index
        if inside.any():
            result.append(Independence(id=group.id, name=group.name, items=int(inside.sum()),
                                       effective=float(engine.heard.echo[inside].sum())))
    return result
