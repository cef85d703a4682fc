"""Records made by hand for tests: what is left out takes a plain value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from forecast.core.cure_model import PastCase
from forecast.engine.bands import draw
from forecast.engine.exact import Exact
from forecast.engine.forecast import Draws, Forecast
from forecast.records.case import Case
from forecast.records.evidence import Group, Indicator, Item, Source
from forecast.records.question import Question

OPENS = date(2031, 3, 1)
"""The opening of every question that tests make."""

LATE = {"kind": "elicited", "probability": 0.3, "weeks": [15, 20, 30], "weight": 1.0}
"""A prior of known mean that expects nothing in the first weeks."""

STEADY = {"kind": "exposure", "events": 1, "weeks": 60, "weight": 1.0}
"""A prior that expects the event on every day."""


def day(number: int) -> date:
    """The day so many days after the opening."""
    return OPENS + timedelta(number)


def make_question(shares: Mapping[str, float] | None = None, prior: Iterable[Mapping[str, Any]] = (LATE,),
                  weeks: float = 40, **fields: Any) -> Question:
    """A question of so many weeks whose event is called `strike`; the last alternative is the reference."""
    shares = shares or {"calm": 1.0}
    given = {"id": "strike", "title": "Will the strike be called?", "resolution": "A strike is called.",
             "opens": OPENS, "horizon": day(round(7 * weeks) - 1), "event": {"id": "strike", "name": "Strike"},
             "alternatives": [{"id": name, "name": name, "share": share} for name, share in shares.items()],
             "reference": list(shares)[-1], "prior": [dict(component) for component in prior]}
    return Question.model_validate(given | fields)


def make_source(name: str = "wire", grade: str = "C", right: int = 0, wrong: int = 0, **fields: Any) -> Source:
    """A source with a record."""
    return Source.model_validate({"id": name, "name": name, "grade": grade,
                                  "record": {"right": right, "wrong": wrong}} | fields)


def known_source(reliability: float, name: str = "known") -> Source:
    """A source whose reliability is as good as known, since a billion of its claims were checked; it learns no more."""
    right = round(reliability * 10**9)
    return make_source(name, "F", right, 10**9 - right, checked=False)


def make_group(overlap: Any, name: str = "rumour", **fields: Any) -> Group:
    """A group of items that may share one origin."""
    return Group.model_validate({"id": name, "name": name, "overlap": overlap} | fields)


def make_item(name: str, **fields: Any) -> Item:
    """An item of source `wire`, public on the opening day: a sign, unless it is made a condition or a claim."""
    given = {"id": name, "title": name, "date": OPENS, "source": "wire", "rationale": "Stated for a test."}
    return Item.model_validate(given | fields)


def make_indicator(name: str, **fields: Any) -> Indicator:
    """Something that could be seen by the horizon."""
    given = {"id": name, "title": name, "by": day(10**4), "rationale": "Stated for a test."}
    return Indicator.model_validate(given | fields)


def make_case(question: Question, items: Iterable[Item] = (), sources: Iterable[Source] = (),
              groups: Iterable[Group] = (), as_of: date = OPENS, indicators: Iterable[Indicator] = (),
              histories: Mapping[str, tuple[PastCase, ...]] | None = None) -> Case:
    """A case from its parts."""
    return Case(question, as_of, tuple(sources), tuple(groups), tuple(items), tuple(indicators), histories or {})


def with_parts(case: Case, items: Iterable[Item] = (), sources: Iterable[Source] = (),
               groups: Iterable[Group] = ()) -> Case:
    """The case with more items, sources and groups."""
    return replace(case, items=(*case.items, *items), sources=(*case.sources, *sources),
                   groups=(*case.groups, *groups))


def forecast_of(case: Case) -> Forecast:
    """The exact forecast of a case."""
    return Exact(case).forecast


def draws_of(case: Case, count: int, seed: int) -> Draws:
    """So many draws for the band of a case, from a seed."""
    return draw(Exact(case), count, seed)
