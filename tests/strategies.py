"""Generators of cases that use every feature of the model, for property tests.

Values are drawn from a few primitive strategies that are made once: making strategies while cases are generated would
take ten times as long as the forecasts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
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
    "none.csv": (PastCase("a", 1.0, "censored", 1e-9),),  # as good as none; a table without a row is refused
}
"""Past cases of a few reference classes; few, because each is learned once."""

CHANCES: tuple[Any, ...] = (0.12, 0.5, 0.85, (0.15, 0.3, 0.45), (0.3, 0.31, 0.33), (0.45, 0.7, 0.75))
"""Judgements of how probable the event is; few, because the Beta of each is fitted once."""

NAMES = ("calm", "covert", "partial", "none", "frozen", "split")
"""Names of the alternatives, of which a question has one to six."""

ENCODINGS = ("likelihood_ratio", "probability", "counts", "kept")

BEYOND = 700
"""Days after the opening on which some windows begin: behind every horizon, most of them among the days beyond it."""


@cache
def whole(low: int, high: int) -> SearchStrategy[int]:
    """A whole number, both ends included."""
    return st.integers(low, high)


@cache
def real(low: float, high: float) -> SearchStrategy[float]:
    """A number, both ends included."""
    return st.floats(low, high)


@cache
def choice(*options: Any) -> SearchStrategy[Any]:
    """One of some options."""
    return st.sampled_from(options)


flag = st.booleans()
ratios: SearchStrategy[float] = real(0.05, 3).map(math.exp) | real(-3, -0.05).map(math.exp)
probabilities: SearchStrategy[float] = real(0.02, 0.98)
spreads: SearchStrategy[float] = real(1, 3)
shares: SearchStrategy[float] = real(0.05, 1)
fractions: SearchStrategy[float] = choice(0.0, 1.0) | real(0, 1)
weights: SearchStrategy[Any] = choice(1.0, (0.5, 0.8, 1.1), 1.4) | real(0.1, 1)


def days(first: int, last: int) -> SearchStrategy[date]:
    """A day, counted from the opening."""
    return whole(first, last).map(day)


def _ranged(draw: DrawFn, value: float, limit: float = math.inf) -> Any:
    """A bare number, or [low, stated, high] with high below a limit."""
    if draw(flag):
        return value
    up = draw(spreads)
    high = value * up if limit == math.inf else value + (limit - value) * (1 - 1 / up)
    return value / draw(spreads), value, high


def _weeks(draw: DrawFn) -> str:
    """A duration."""
    return f"{draw(whole(7, 280))}d" if draw(flag) else f"{draw(whole(1, 40))}w"


# --- the question ---------------------------------------------------------------------------------------------------

@st.composite
def components(draw: DrawFn) -> dict[str, Any]:
    """A component of the prior, of any kind."""
    kind = draw(choice("elicited", "exposure", "reference_class"))
    weight = {"kind": kind, "weight": draw(shares)}
    if kind == "exposure":
        return weight | {"events": draw(choice(0.0, 1.0, 2.5, 9.0)), "weeks": draw(real(5, 300))}
    if kind == "reference_class":
        return weight | {"file": draw(choice(*sorted(HISTORIES)))}
    median = draw(real(3, 60))
    times = median / draw(real(1.2, 4)), median, median * draw(real(1.2, 4))
    return weight | {"probability": draw(choice(*CHANCES)), "weeks": times}


def _process(draw: DrawFn, shortest: int, longest: int) -> dict[str, Any]:
    """A preparation or a climate whose lead is that many weeks; any part may be left out, or be [low, stated, high]."""
    fields: dict[str, Any] = {}
    if draw(flag):
        lead = f"{draw(whole(shortest, longest))}w"
        fields["lead"] = lead if draw(flag) else ("1w", lead, "90w")
    if draw(flag):
        fields["carried_out"] = _ranged(draw, draw(real(0.1, 0.95)), 1.0)
    if draw(flag):
        eta = draw(fractions)
        fields["unprepared"] = eta if draw(flag) else (eta / 2, eta, (1 + eta) / 2)
    return fields


def _question(draw: DrawFn, alternatives: int | None, evidence_weight: SearchStrategy[Any]) -> Question:
    """A question with 1-6 alternatives, 20-60 weeks that need not end on a whole one, and any mix of priors."""
    names = NAMES[:alternatives or draw(whole(1, len(NAMES)))]
    length, each = draw(whole(140, 420)), components()
    return make_question(
        {name: draw(shares) for name in names}, [draw(each) for _ in range(draw(whole(1, 3)))], length / 7,
        reference=draw(choice(*names)), default_spread=draw(spreads), share_concentration=draw(real(1, 30)),
        evidence_weight=draw(evidence_weight), asked=day(-draw(whole(0, 120))) if draw(flag) else None,
        model_error=draw(choice(0.0, 0.5) | real(0, 1)), preparation=_process(draw, 2, 12),
        key_dates=list(dict.fromkeys(day(draw(whole(0, length - 1))) for _ in range(draw(whole(0, 3))))),
        climate=_process(draw, 10, 60))


# --- sources and groups ---------------------------------------------------------------------------------------------

def _source(draw: DrawFn, name: str) -> Source:
    """A source of any grade, without a record, with a plain or a dated one; or a kind of source."""
    kind = draw(choice("none", "plain", "dated"))
    record: Any = _test(draw) if kind == "plain" else None
    if kind == "dated":
        record = [_test(draw) | {"date": day(draw(whole(-100, 400)))} for _ in range(draw(whole(0, 3)))]
    return make_source(name, draw(choice(*"ABCDEF")), checked=draw(choice(True, True, False)), record=record)


def _test(draw: DrawFn) -> dict[str, Any]:
    counts = {"right": draw(whole(0, 20)), "wrong": draw(whole(0, 20))}
    return counts | {"base": draw(real(0, 0.9))} if draw(flag) else counts


def _group(draw: DrawFn, name: str) -> Group:
    """A group of any overlap and memory."""
    rho = draw(choice(0.3, 0.6, 0.9) | fractions)
    memory = draw(choice("26w", "26w", "never", "never", "1d", "3w", None)) or _weeks(draw)
    return make_group(rho if draw(flag) else (rho / 2, rho, (1 + rho) / 2), name, memory=memory)


# --- items ----------------------------------------------------------------------------------------------------------

def _stated(draw: DrawFn, question: Question, claim: bool) -> dict[str, Any]:
    """One of the encodings; the item was seen, or looked for in vain."""
    encoding = draw(choice(*ENCODINGS if claim else ENCODINGS[:3]))
    if encoding == "kept":
        return {"kept": _ranged(draw, draw(probabilities), 1.0)}
    fields: dict[str, Any] = {"says": draw(choice(None, None, "fact", "report"))}
    if encoding == "likelihood_ratio":
        event, *others = (name for name in question.hypotheses if name != question.reference)
        named = [event, *(name for name in others if draw(flag))]
        return fields | {encoding: {name: _ranged(draw, draw(ratios)) for name in named}}
    fields["seen"] = draw(flag)
    if encoding == "probability":
        return fields | {encoding: {name: _ranged(draw, draw(probabilities), 1.0) for name in question.hypotheses}}
    seen = [draw(whole(0, 12)) for _ in question.hypotheses]
    return fields | {encoding: {name: (count, count + draw(whole(0, 12)))
                                for name, count in zip(question.hypotheses, seen, strict=True)}}


def _window(draw: DrawFn, since: date, as_of: date) -> tuple[date, date]:
    """Days of a claim: over already, closed before the opening, from its own day on, ahead, or beyond the horizon."""
    match draw(choice("own", "over", "early", "inside", "inside", "beyond")):
        case "own":
            first = since
        case "over":
            return as_of - timedelta(draw(whole(20, 60))), as_of - timedelta(draw(whole(0, 20)))
        case "early":
            first = day(-draw(whole(100, 200)))
        case "inside":
            first = day(draw(whole(-20, 400)))
        case _:
            first = day(draw(whole(BEYOND, 4000)))
    return first, first + timedelta(draw(whole(0, 120)))


def _standing(draw: DrawFn, since: date) -> dict[str, Any]:
    fields: dict[str, Any] = {"every": f"{draw(whole(2, 12))}w"}
    if draw(flag):
        fields["at_most"] = "never" if draw(flag) else _weeks(draw)
    if draw(flag):
        fields["until"] = since + timedelta(draw(whole(0, 200)))
    return fields


@st.composite
def items(draw: DrawFn, /, name: str, case: Case, latest: int | None = None, **fixed: Any) -> Item:
    """An item of a case with any features, up to some days after the opening.

    Fields in `fixed` are taken as they are; `kind` fixes whether it is a sign, a condition or a claim.
    """
    kind = fixed.pop("kind", None) or draw(choice("sign", "condition", "claim"))
    since = fixed.get("date") or day(draw(whole(-150, (case.as_of - OPENS).days if latest is None else latest)))
    fields: dict[str, Any] = {"date": since, "source": draw(choice(*(source.id for source in case.sources)))}
    if kind == "claim":
        fields["window"] = _window(draw, since, case.as_of)
    elif kind == "condition" or draw(flag):
        fields["about"] = kind
    if draw(flag):
        fields["credibility"] = draw(whole(1, 6))
    if case.groups and draw(choice(True, True, False)):
        fields["group"] = draw(choice(*(group.id for group in case.groups)))
    if draw(choice(True, False, False)):
        fields["standing"] = _standing(draw, since)
    if draw(choice(True, False, False, False)):
        fields["retracted"] = since + timedelta(draw(whole(0, 200)))
    if not fixed.keys() & {*ENCODINGS}:
        fields |= _stated(draw, case.question, kind == "claim")
    return make_item(name, **(fields | fixed))


@st.composite
def cases(draw: DrawFn, min_items: int = 0, max_items: int = 10, alternatives: int | None = None,
          evidence_weight: SearchStrategy[Any] = weights) -> Case:
    """A case with everything; the as-of date is anywhere in the question, before its opening too if it was asked."""
    question = _question(draw, alternatives, evidence_weight)
    early = question.begins < question.opens and draw(flag)
    first, last = (question.begins, question.opens) if early else (question.opens, question.horizon)
    as_of = first + timedelta(draw(whole(0, (last - first).days - 1)))
    sources = [_source(draw, f"source-{index}") for index in range(draw(whole(1, 4)))]
    groups = [_group(draw, f"group-{index}") for index in range(draw(choice(1, 0, 1, 2)))]
    bare = make_case(question, (), sources, groups, as_of, histories=HISTORIES)
    # Some items lie ahead of the as-of date.
    latest = (as_of - OPENS).days + 20
    # The larger of two numbers: cases of few items say little.
    count = max(draw(whole(min_items, max_items)), draw(whole(min_items, max_items)))
    evidence = [draw(items(f"item-{index}", bare, latest)) for index in range(count)]
    if groups and max_items > 2 and draw(choice(True, False, False)):
        evidence[2:] = [*evidence[4:], *_chorus(draw, bare)]
    return make_case(question, evidence, sources, groups, as_of, histories=HISTORIES)


def _chorus(draw: DrawFn, case: Case) -> list[Item]:
    """Two claims of one source and one group that are over: only the more definite one can be counted against it."""
    fixed = {"kind": "claim", "source": case.sources[0].id, "group": case.groups[0].id, "says": "fact",
             "retracted": None, "window": (case.as_of - timedelta(draw(whole(10, 40))), case.as_of)}
    event = case.question.event.id
    return [draw(items(f"chorus-{index}", case, likelihood_ratio={event: draw(ratios)}, **fixed)) for index in range(2)]


def extra(case: Case, name: str = "extra", **fixed: Any) -> SearchStrategy[Item]:
    """One more item that is active in a case, with any features that are not fixed."""
    return items(name, case, **({"retracted": None} | fixed))
