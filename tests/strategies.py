"""Generators of cases that use every feature of the model, for property tests."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from forecast.core.cure_model import PastCase
from forecast.records.case import Case
from forecast.records.evidence import Group, Item, Source
from forecast.records.question import Question
from tests.builders import OPENS, day, make_case, make_group, make_item, make_question, make_source

HISTORIES: Mapping[str, tuple[PastCase, ...]] = {
    "strikes.csv": (PastCase("a", 12.5, "event"), PastCase("b", 30.0, "event", 0.4),
                    PastCase("c", 22.0, "censored", 0.5), PastCase("d", 3.0, "ended", 0.3)),
    "quiet.csv": (PastCase("a", 60.0, "censored"), PastCase("b", 4.0, "ended"), PastCase("c", 90.0, "censored", 0.2)),
    "none.csv": (),
}
"""Past cases of a few reference classes; few, because each is learned once."""

WIDEST = 0.3
"""Width of the widest 5-95 % range that generated Betas have."""

ratios: SearchStrategy[float] = st.floats(-3, 3).map(math.exp)
probabilities: SearchStrategy[float] = st.floats(0.02, 0.98)
spreads: SearchStrategy[float] = st.floats(1, 3)
fractions: SearchStrategy[float] = st.sampled_from([0.0, 1.0]) | st.floats(0, 1)
shares: SearchStrategy[float] = st.floats(0.05, 1)
half_lives: SearchStrategy[str] = st.just("never") | st.integers(7, 280).map("{}d".format)
weights: SearchStrategy[Any] = st.just(1.0) | st.floats(0.1, 1) | st.just([0.5, 0.8, 1.1]) | st.just(1.4)


@st.composite
def ranged(draw: DrawFn, stated: SearchStrategy[float], below: float = math.inf) -> Any:
    """A bare number, or [low, stated, high] with high below a limit."""
    value = draw(stated)
    if draw(st.booleans()):
        return value
    up = draw(spreads)
    high = value * up if below == math.inf else value + (below - value) * (1 - 1 / up)
    return [value / draw(spreads), value, high]


def overlaps() -> SearchStrategy[Any]:
    """A bare overlap, or [low, stated, high]."""
    return fractions | fractions.map(lambda rho: [rho / 2, rho, (1 + rho) / 2])


@st.composite
def elicited(draw: DrawFn) -> dict[str, Any]:
    """A judgement of how probable the event is, and when it comes."""
    stated, median = draw(st.floats(0.1, 0.9)), draw(st.floats(3, 60))
    width = draw(st.just(0.0) | st.floats(0.01, WIDEST))
    low = max(stated - width / 2, 0.01)
    high = min(low + width, 0.99)
    times = [median / draw(st.floats(1.2, 4)), median, median * draw(st.floats(1.2, 4))]
    chance: Any = [min(low, stated), stated, max(high, stated)] if width else stated
    return {"kind": "elicited", "probability": chance, "weeks": times, "weight": draw(shares)}


def components() -> SearchStrategy[dict[str, Any]]:
    """A component of the prior, of any kind."""
    exposure = st.fixed_dictionaries({"kind": st.just("exposure"), "events": st.sampled_from([0.0, 1.0, 2.5, 9.0]),
                                      "weeks": st.floats(5, 300), "weight": shares})
    reference_class = st.fixed_dictionaries({"kind": st.just("reference_class"), "weight": shares,
                                             "file": st.sampled_from(sorted(HISTORIES))})
    return elicited() | exposure | reference_class


@st.composite
def questions(draw: DrawFn, alternatives: int | None, evidence_weight: SearchStrategy[Any]) -> Question:
    """A question with 1-4 alternatives, 20-60 weeks that need not end on a whole one, and any mix of priors."""
    count = alternatives or draw(st.integers(1, 4))
    names = ["calm", "covert", "partial", "none"][:count]
    prior = draw(st.lists(components(), min_size=1, max_size=3))
    return make_question(
        {name: draw(shares) for name in names}, prior, draw(st.integers(140, 420)) / 7,
        reference=draw(st.sampled_from(names)), half_life=draw(half_lives), default_spread=draw(spreads),
        share_concentration=draw(st.floats(1, 30)), evidence_weight=draw(evidence_weight))


@st.composite
def sources(draw: DrawFn) -> list[Source]:
    """A few sources of every grade, without a record, with a plain or with a dated one."""
    result = []
    for index in range(draw(st.integers(1, 4))):
        test = st.fixed_dictionaries({"right": st.integers(0, 20), "wrong": st.integers(0, 20)})
        dated = st.builds(lambda tally, when: tally | {"date": when}, test, days(0, 400))
        record = draw(st.none() | test | st.lists(dated, max_size=3))
        result.append(make_source(f"source-{index}", draw(st.sampled_from("ABCDEF")), record=record))
    return result


@st.composite
def groups(draw: DrawFn) -> list[Group]:
    """No group, or a few, of any overlap."""
    return [make_group(draw(overlaps()), f"group-{index}") for index in range(draw(st.integers(0, 2)))]


def days(first: int, last: int) -> SearchStrategy[date]:
    """A day, counted from the opening."""
    return st.integers(first, last).map(day)


def stated_values(question: Question) -> SearchStrategy[dict[str, Any]]:
    """One of the three encodings; the item was seen, or looked for in vain."""
    others = [name for name in question.hypotheses if name != question.reference]
    value = ranged(ratios)
    ratio = st.fixed_dictionaries({question.event.id: value}, optional=dict.fromkeys(others[1:], value))
    probability = st.fixed_dictionaries(dict.fromkeys(question.hypotheses, ranged(probabilities, below=1)))
    tally = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda pair: [pair[0], sum(pair)])
    counts = st.fixed_dictionaries(dict.fromkeys(question.hypotheses, tally))
    return (st.fixed_dictionaries({"likelihood_ratio": ratio})
            | st.fixed_dictionaries({"probability": probability}, optional={"seen": st.booleans()})
            | st.fixed_dictionaries({"counts": counts}, optional={"seen": st.booleans()}))


@st.composite
def windows(draw: DrawFn) -> list[date]:
    """A window of days, both included."""
    first = draw(days(-20, 400))
    return [first, first + timedelta(draw(st.integers(0, 120)))]


@st.composite
def items(draw: DrawFn, /, name: str, question: Question, known_sources: list[Source], known_groups: list[Group],
          latest: int = 250, **fixed: Any) -> Item:
    """An item with any features, not later than a day; `fixed` fields are taken as they are."""
    since = fixed.get("date") or draw(days(-60, latest))
    later = st.integers(0, 200).map(lambda number: since + timedelta(number))
    standing = st.fixed_dictionaries({"every": st.integers(2, 12).map("{}w".format)},
                                     optional={"at_most": half_lives, "until": later})
    optional = {"credibility": st.integers(1, 6), "half_life": half_lives, "window": windows(), "standing": standing,
                "retracted": later}
    if known_groups:
        optional["group"] = st.sampled_from([group.id for group in known_groups])
    fields = draw(st.fixed_dictionaries(
        {"date": st.just(since), "source": st.sampled_from([source.id for source in known_sources])},
        optional={name: strategy for name, strategy in optional.items() if name not in fixed}))
    values = {} if fixed.keys() & {"likelihood_ratio", "probability", "counts"} else draw(stated_values(question))
    return make_item(name, **(fields | values | fixed))


@st.composite
def cases(draw: DrawFn, min_items: int = 0, max_items: int = 12, alternatives: int | None = None,
          evidence_weight: SearchStrategy[Any] = weights) -> Case:
    """A case with everything; the as-of date is anywhere in the question."""
    question = draw(questions(alternatives, evidence_weight))
    told, grouped = draw(sources()), draw(groups())
    count = draw(st.integers(min_items, max_items))
    evidence = [draw(items(f"item-{index}", question, told, grouped)) for index in range(count)]
    as_of = OPENS + timedelta(draw(st.integers(0, (question.horizon - OPENS).days - 1)))
    return make_case(question, evidence, told, grouped, as_of, histories=HISTORIES)


def extra(case: Case, name: str = "extra", **fixed: Any) -> SearchStrategy[Item]:
    """One more item that is active in a case, with any features that are not fixed."""
    latest = (case.as_of - OPENS).days
    return items(name, case.question, list(case.sources), list(case.groups), latest, **({"retracted": None} | fixed))
