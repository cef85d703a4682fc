"""A simulation study of how signs are counted: writes docs/study.md (`make study`).

Worlds of two kinds, neither of them the one that the package supposes, and ratios that are stated perfectly. What is
scored is the probability of the event within thirteen weeks, against that of the prior alone.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item, Source
from forecast.records.question import Question
from forecast.records.types import Estimate

Array = NDArray[np.float64]
Rng = np.random.Generator

SEED, QUESTIONS = 1953, 250

OPENS = date(2031, 3, 1)
EVE = OPENS - timedelta(1)
WEEKS = 52
"""Length of every question."""

EVERY = 5
"""Weeks between forecasts of one question."""

LEAD = 8.0
"""Half-life of the time from a start, or a sign, to the event, in both truths."""

RATIOS = {"timid": 1.25, "moderate": 2.0, "bold": 4.0}
"""How much likelier a sign is while its process is on; one is looked for every week, and seen or not."""

TRUTHS = {"decays": "The likelihood decays with lead", "regimes": "Regimes, half of them dropped"}

VARIED: dict[str, dict[str, Any]] = {
    "T = 6 weeks": {"lead": Estimate(6.0)}, "T = 13 weeks": {"lead": Estimate(13.0)},
    "c = 0.3": {"carried_out": Estimate(0.3)}, "c = 0.8": {"carried_out": Estimate(0.8)}}
"""Settings that are not those of the truth."""


@dataclass(frozen=True)
class World:
    """A question with its signs, and the day on which the event falls, counted from the opening; infinite for never."""

    case: Case
    event: float


# --- two truths -----------------------------------------------------------------------------------------------------

def question(rng: Rng) -> Question:
    """A question of a year, whose prior is as varied as judgements are."""
    chance, median = float(rng.uniform(0.25, 0.75)), float(rng.uniform(10, 40))
    prior = {"kind": "elicited", "probability": chance, "weeks": [median / 3, median, median * 3], "weight": 1.0}
    return Question.model_validate({
        "id": "simulated", "title": "Does it happen?", "resolution": "It happens.", "opens": OPENS, "asked": EVE,
        "horizon": OPENS + timedelta(7 * WEEKS - 1), "event": {"id": "event", "name": "Event"},
        "alternatives": [{"id": "none", "name": "None"}], "reference": "none", "prior": [prior],
        "preparation": {"lead": f"{LEAD:g}w", "carried_out": 0.5, "unprepared": 0.1}})


def draw_world(rng: Rng, truth: str, ratio: float) -> World:
    """A world in which signs are what the truth makes of them."""
    asked = question(rng)
    daily = Exact(Case(asked, EVE)).prior
    days = len(daily.mass)
    drawn = int(rng.choice(days + 1, p=np.append(daily.mass, daily.rest) / (daily.mass.sum() + daily.rest)))
    event = float(drawn) if drawn < days else math.inf
    when = np.sort(rng.integers(-28, 7 * WEEKS, WEEKS + 4))
    on = (decaying if truth == "decays" else regimes)(rng, when, event, asked)
    likely, unlikely = ratio / (1 + ratio), 1 / (1 + ratio)
    # Half of the signs are likelier while it is on, half less likely; the analyst looks for each of them.
    towards = rng.random(len(when)) < 0.5
    chance = np.where(on == towards, likely, unlikely)
    seen = rng.random(len(when)) < chance
    items = [sign(index, int(number), likely if up else unlikely, bool(here))
             for index, (number, up, here) in enumerate(zip(when, towards, seen, strict=True))]
    return World(Case(asked, OPENS, (Source(id="known", name="Known", grade="A"),), (), tuple(items)), event)


def decaying(rng: Rng, when: NDArray[np.int64], event: float, asked: Question) -> NDArray[np.bool_]:
    """Each sign by itself tells of an event that is so far away with probability 2^(−lead/T), and else of nothing."""
    lead = np.maximum(event - when, 0.0)
    return (when <= event) & (rng.random(len(when)) < 2 ** (-lead / 7 / LEAD))


def regimes(rng: Rng, when: NDArray[np.int64], event: float, asked: Question) -> NDArray[np.bool_]:
    """Preparations that last as long as they do, nine events in ten have one; as many others are dropped."""
    def length() -> float:
        return float(rng.exponential(7 * LEAD / math.log(2)))

    spans = [(event - length(), event)] if event < math.inf and rng.random() < 0.9 else []
    chance = asked.prior[0].probability.stated  # type: ignore[union-attr]
    before = 7 * 6 * LEAD
    dropped = int(rng.poisson(0.9 * chance * (7 * WEEKS + before) / (7 * WEEKS)))
    for start in rng.uniform(-before, 7 * WEEKS, dropped):
        spans.append((float(start), float(start) + length()))
    return np.array([any(start <= number <= end for start, end in spans) for number in when], bool)


def sign(index: int, number: int, probability: float, seen: bool) -> Item:
    """A sign that was looked for on a day; its source is certain, so that its ratio is what is stated."""
    return Item.model_validate({
        "id": f"sign-{index}", "title": "A sign", "date": OPENS + timedelta(number), "source": "known", "seen": seen,
        "says": "report", "probability": {"event": probability, "none": 1 - probability}, "rationale": "Simulated."})


# --- ways to count --------------------------------------------------------------------------------------------------

Method = Callable[[Exact], float]
"""The probability of the event within thirteen weeks, by an engine that holds the case."""


def soon(engine: Exact, log_likelihood: Array) -> float:
    """The same given the log likelihood of every day, and 0 of never at all."""
    mass = engine.prior.since(engine.case.days.first)
    weight = mass * np.exp(log_likelihood)
    days = engine.case.days.until(engine.case.days.thirteen_weeks)
    return float(weight[:days].sum() / (weight.sum() + engine.prior.rest))


def by_prior(engine: Exact) -> float:
    """Nothing but the prior and silence."""
    return soon(engine, np.zeros(len(engine.prior.since(engine.case.days.first))))


def by_shared_preparation(engine: Exact) -> float:
    """The package, without what else a forecast holds."""
    log_days, log_rest = engine.states
    top = max(float(log_days.max()), log_rest)
    weight = np.exp(log_days - top)
    days = engine.case.days.until(engine.case.days.thirteen_weeks)
    return float(weight[:days].sum() / (weight.sum() + math.exp(log_rest - top)))


def independent(engine: Exact) -> float:
    """Every sign multiplies the odds of the event, whenever it may fall."""
    days = len(engine.prior.since(engine.case.days.first))
    return soon(engine, np.full(days, engine.evidence.log_lift.sum()))


def mixture(engine: Exact) -> float:
    """Every sign tells of a day with a probability that decays with lead, each by itself."""
    first = engine.case.days.first
    days = first + np.arange(len(engine.prior.since(first)))
    total = np.zeros(len(days))
    for day, log_lift in zip(engine.evidence.speaks, engine.evidence.log_lift, strict=True):
        total += np.log1p(2 ** (-(days - day) / 7 / LEAD) * np.expm1(log_lift))
    return soon(engine, total)


METHODS: dict[str, Method] = {"signs as independent": independent, "decay of each sign by itself": mixture,
                              "shared preparation (the package)": by_shared_preparation}


# --- scores ---------------------------------------------------------------------------------------------------------

def log_loss(p: float, came: bool) -> float:
    return -math.log(max(p if came else 1 - p, 1e-12))


def losses(world: World, methods: list[Method], settings: dict[str, Any]) -> Array:
    """Log loss of each method, and of the prior, on each date of a question; shape (date, method + 1)."""
    rows, case = [], with_preparation(world.case, settings)
    for week in range(4, WEEKS - 1, EVERY):
        number = 7 * week - 1
        if number >= world.event:
            break
        engine = Exact(case.at(OPENS + timedelta(number)))
        came = world.event <= (engine.case.days.thirteen_weeks - OPENS).days
        rows.append([log_loss(method(engine), came) for method in (by_prior, *methods)])
    return np.array(rows).reshape(-1, len(methods) + 1)


def with_preparation(case: Case, settings: dict[str, Any]) -> Case:
    preparation = case.question.preparation.model_copy(update=settings)
    asked = case.question.model_copy(update={"preparation": preparation})
    return Case(asked, case.as_of, case.sources, case.groups, case.items)


@dataclass(frozen=True)
class Gain:
    """How much smaller the log loss is than the prior's, in percent, with its standard error over questions."""

    percent: float
    error: float

    def __str__(self) -> str:
        return f"{self.percent:+.1f} ± {self.error:.1f}"


def gains(worlds: list[World], methods: list[Method], settings: dict[str, Any]) -> list[Gain]:
    """The gain of each method over the prior."""
    blocks = [block for world in worlds if len(block := losses(world, methods, settings))]
    total = np.array([block.sum(axis=0) for block in blocks])
    prior = total[:, 0].sum()
    result = []
    for column in range(1, total.shape[1]):
        ratio = total[:, column].sum() / prior
        error = math.sqrt(((total[:, column] - ratio * total[:, 0]) ** 2).sum()) / prior
        result.append(Gain(100 * (1 - ratio), 100 * error))
    return result


def worlds_of(truth: str, size: str, count: int, seed: int) -> list[World]:
    """The simulated questions of one cell of the table; the same whatever else is simulated."""
    rng = np.random.default_rng([seed, list(TRUTHS).index(truth), list(RATIOS).index(size)])
    return [draw_world(rng, truth, RATIOS[size]) for _ in range(count)]


# --- the page -------------------------------------------------------------------------------------------------------

def table(head: list[str], rows: Iterator[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def compared(count: int, seed: int) -> Iterator[list[str]]:
    for truth, (size, ratio) in product(TRUTHS, RATIOS.items()):
        found = gains(worlds_of(truth, size, count, seed), list(METHODS.values()), {})
        yield [TRUTHS[truth], f"{size} ({ratio:g} : 1)", *map(str, found)]


def varied(count: int, seed: int) -> Iterator[list[str]]:
    for truth, size in product(TRUTHS, ("moderate", "bold")):
        simulated = worlds_of(truth, size, count, seed)
        found = [gains(simulated, [by_shared_preparation], settings)[0] for settings in VARIED.values()]
        yield [TRUTHS[truth], size, *map(str, found)]


PAGE = """# How signs are counted: a simulation study

This page is made by `make study` (seed {seed}, {count} questions in each row); it is not written by hand.

What would a forecast gain from evidence whose ratios are stated perfectly, if the world worked differently from what
its method supposes? A question runs for {weeks} weeks, under a prior that the event is drawn from. A sign is looked for
every week, and seen or not; half of the signs speak for the event and half against it. Every {every} weeks the
probability of the event within the next thirteen weeks is scored by its logarithm. The tables give how much smaller the
loss is than the prior's, in percent, with the standard error over questions: above 0 the evidence helped, below 0 it
would have been better to ignore it.

Two truths. In the first, each sign by itself tells of an event that is `lead` away with probability 2^(−lead/{lead:g}
weeks). In the second, preparations last as long as they do (half-life {lead:g} weeks): nine events in ten have one, and
as many preparations lead to nothing.

{compared}

*Signs as independent* multiplies the odds of the event by every ratio, whenever the event may fall. *Decay of each sign
by itself* is the first truth, and so the best that can be done there. *Shared preparation* is what the package
computes, with the half-life of the truth, half of the preparations carried out and a tenth of the events unprepared.

With other settings than those of the truth, the shared preparation gains:

{varied}
"""


def page(count: int, seed: int, first: str, second: str) -> str:
    """The page around its two tables."""
    return PAGE.format(seed=seed, count=count, weeks=WEEKS, every=EVERY, lead=LEAD, compared=first, varied=second)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="simulated in each row")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path("docs/study.md"))
    options = parser.parse_args()
    start = time.perf_counter()
    first = table(["truth", "ratios", *METHODS], compared(options.questions, options.seed))
    second = table(["truth", "ratios", *VARIED], varied(options.questions, options.seed))
    text = page(options.questions, options.seed, first, second)
    options.out.write_text(text, encoding="utf-8")
    print(text)
    print(f"{options.out} written in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
