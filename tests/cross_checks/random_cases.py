"""Random cases in which every feature of the model is at work, from a seed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

import numpy as np

from forecast.core.cure_model import PastCase
from forecast.records.case import Case
from forecast.records.evidence import Item
from tests.builders import day, make_case, make_group, make_item, make_question, make_source
from tests.strategies import NAMES

Rng = np.random.Generator

KINDS = ("sign", "condition", "claim")


def random_case(seed: int, count: int = 18, longest: int = 30) -> Case:
    """Items of every encoding and kind from five sources, two groups, and a pool of all three kinds of prior.

    The climate has a half-life of at most `longest` weeks, of which there are four beyond the horizon.
    """
    rng = np.random.default_rng(seed)
    names = NAMES[:1 + seed % 6]
    length = int(rng.integers(140, 300))
    question = make_question(
        {name: float(rng.uniform(0.2, 1)) for name in names}, _prior(rng), length / 7,
        reference=str(rng.choice(names)), default_spread=float(rng.uniform(1.2, 2.5)), asked=day(-30),
        share_concentration=float(rng.uniform(4, 20)), evidence_weight=[1.0, 0.7, 1.2][seed % 3],
        model_error=float(rng.uniform(0, 0.6)), preparation=_process(rng, 3, 12), climate=_process(rng, 10, longest))
    as_of = day(-10) if seed % 5 == 4 else day(int(rng.integers(60, length // 2)))
    test = {"right": 3, "wrong": 2}
    records: list[Any] = [test | {"base": 0.3}, None, [test | {"date": day(-20), "base": 0.1}, test | {"date": day(40)},
                                                       {"date": day(200), "right": 50, "wrong": 0}], None, test]
    sources = [make_source(f"s{index}", str(grade), record=record, checked=index < 4)
               for index, (grade, record) in enumerate(zip(rng.choice(list("ABCDEF"), 5), records, strict=True))]
    groups = [make_group([0.3, 0.6, 0.8], "g0"), make_group(0.25, "g1", memory=["never", "5w"][seed % 2])]
    items = [_item(rng, index, question.hypotheses, question.reference, as_of) for index in range(count)]
    return make_case(question, items, sources, groups, as_of, histories={"past.csv": _history(rng)})


def _process(rng: Rng, shortest: int, longest: int) -> dict[str, Any]:
    return {"lead": f"{rng.integers(shortest, longest + 1)}w", "carried_out": float(rng.uniform(0.3, 0.8)),
            "unprepared": float(rng.uniform(0, 0.4))}


def _prior(rng: Rng) -> list[dict[str, Any]]:
    median = float(rng.uniform(8, 30))
    kinds: list[dict[str, Any]] = [
        {"kind": "reference_class", "file": "past.csv"},
        {"kind": "exposure", "events": int(rng.integers(0, 4)), "weeks": float(rng.uniform(20, 90))},
        {"kind": "elicited", "probability": [0.2, 0.4, 0.65], "weeks": [median / 3, median, median * 2.5]}]
    return [kind | {"weight": float(rng.uniform(0.2, 1))} for kind in kinds]


def _history(rng: Rng) -> tuple[PastCase, ...]:
    outcomes: list[Literal["event", "ended", "censored"]] = ["event", "event", "ended", "censored"]
    return tuple(PastCase(f"past-{index}", float(rng.uniform(3, 70)), outcome, float(rng.choice([0.3, 0.5, 1.0])))
                 for index, outcome in enumerate(outcomes))


def _item(rng: Rng, index: int, hypotheses: tuple[str, ...], reference: str, as_of: date) -> Item:
    kind = KINDS[index % 3]
    since = as_of - timedelta(int(rng.integers(0, 90)))
    fields: dict[str, Any] = {"date": since, "source": f"s{rng.integers(5)}"}
    fields |= _values(rng, index, hypotheses, reference)
    if rng.random() < 0.5:
        fields["credibility"] = int(rng.integers(1, 7))
    if rng.random() < 0.6:
        fields["group"] = f"g{rng.integers(2)}"
    if kind == "claim":
        # Over, from its own day on, ahead, or beyond the horizon.
        first = [since, as_of - timedelta(40), as_of + timedelta(int(rng.integers(1, 90))), day(330)][index // 3 % 4]
        fields["window"] = [first, first + timedelta(int(rng.integers(5, 40)))]
        if index % 9 == 8:
            fields = {key: value for key, value in fields.items() if key not in {"counts", "probability", "seen",
                      "likelihood_ratio", "says"}} | {"kept": [0.1, 0.25, 0.5]}
    else:
        fields["about"] = kind
    if index % 7 == 2:
        fields["standing"] = {"every": "5w", "at_most": "14w", "until": since + timedelta(int(rng.integers(10, 90)))}
    if index % 7 == 4:
        fields["standing"] = {"every": "6w"}
    if index == 9:
        fields["retracted"] = since + timedelta(5)
    return make_item(f"i{index:02}", **fields)


def _values(rng: Rng, index: int, hypotheses: tuple[str, ...], reference: str) -> dict[str, Any]:
    says = {"says": [None, "fact", "fact", "report"][rng.integers(4)]}
    if index % 4 == 0:
        seen = {name: int(rng.integers(0, 8)) for name in hypotheses}
        return says | {"counts": {name: [count, count + int(rng.integers(0, 8))] for name, count in seen.items()},
                       "seen": bool(rng.random() < 0.7)}
    if index % 4 == 1:
        stated = {name: float(rng.uniform(0.15, 0.6)) for name in hypotheses}
        return says | {"probability": {name: [p / 1.5, p, p * 1.5] for name, p in stated.items()},
                       "seen": bool(rng.random() < 0.7)}
    ratios = {name: float(np.exp(rng.normal(0, 0.7))) for name in hypotheses if name != reference}
    bare = rng.random() < 0.5
    return says | {"likelihood_ratio": {name: ratio if bare else [ratio / 1.6, ratio, ratio * 1.8]
                                        for name, ratio in ratios.items()}}
