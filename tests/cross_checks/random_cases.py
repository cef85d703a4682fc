"""Random cases in which every feature of the model is at work, from a seed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import numpy as np

from forecast.core.cure_model import PastCase
from forecast.records.case import Case
from tests.builders import OPENS, day, make_case, make_group, make_item, make_question, make_source

Rng = np.random.Generator


def random_case(seed: int) -> Case:
    """Twelve items of every encoding from five sources, two groups, and a pool of all three kinds of prior."""
    rng = np.random.default_rng(seed)
    names = ["calm", "covert", "partial", "none"][:1 + seed % 4]
    length = int(rng.integers(140, 300))
    question = make_question(
        {name: float(rng.uniform(0.2, 1)) for name in names}, _prior(rng), length / 7,
        reference=str(rng.choice(names)), half_life=f"{rng.integers(4, 30)}w",
        default_spread=float(rng.uniform(1.2, 2.5)), share_concentration=float(rng.uniform(4, 20)),
        evidence_weight=[1.0, 0.7, 1.2][seed % 3])
    as_of = OPENS + timedelta(int(rng.integers(30, length // 2)))
    grades = rng.choice(list("ABCDEF"), 5)
    records: list[Any] = [{"right": 3, "wrong": 2}, None, [{"date": day(20), "right": 2, "wrong": 1},
                                                           {"date": day(200), "right": 50, "wrong": 0}], None, None]
    sources = [make_source(f"s{index}", str(grade), record=record)
               for index, (grade, record) in enumerate(zip(grades, records, strict=True))]
    groups = [make_group([0.3, 0.6, 0.8], "g0"), make_group(0.25, "g1")]
    items = [_item(rng, index, question.hypotheses, question.reference, (as_of - OPENS).days) for index in range(12)]
    return make_case(question, items, sources, groups, as_of, histories={"past.csv": _history(rng)})


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


def _item(rng: Rng, index: int, hypotheses: tuple[str, ...], reference: str, known: int) -> Any:
    since = day(int(rng.integers(-30, known + 1)))
    fields: dict[str, Any] = {"date": since, "source": f"s{rng.integers(5)}"}
    fields |= _values(rng, index, hypotheses, reference)
    if rng.random() < 0.5:
        fields["credibility"] = int(rng.integers(1, 7))
    if rng.random() < 0.5:
        fields["group"] = f"g{rng.integers(2)}"
    if index % 4 == 1:
        start = day(int(rng.integers(0, 2 * known)))
        fields["window"] = [start, start + timedelta(int(rng.integers(5, 60)))]
    if index % 5 == 2:
        fields["standing"] = {"every": "5w", "at_most": "14w", "until": since + timedelta(int(rng.integers(10, 90)))}
    if index % 5 == 4:
        fields["standing"] = {"every": "6w"}
    if index % 6 == 5:
        fields["half_life"] = str(rng.choice(["never", "3w", "60d"]))
    if index == 9:
        fields["retracted"] = since + timedelta(5)
    return make_item(f"i{index}", **fields)


def _values(rng: Rng, index: int, hypotheses: tuple[str, ...], reference: str) -> dict[str, Any]:
    if index % 3 == 0:
        seen = {name: int(rng.integers(0, 8)) for name in hypotheses}
        return {"counts": {name: [count, count + int(rng.integers(0, 8))] for name, count in seen.items()},
                "seen": bool(rng.random() < 0.7)}
    if index % 3 == 1:
        stated = {name: float(rng.uniform(0.15, 0.6)) for name in hypotheses}
        return {"probability": {name: [p / 1.5, p, p * 1.5] for name, p in stated.items()},
                "seen": bool(rng.random() < 0.7)}
    ratios = {name: float(np.exp(rng.normal(0, 0.7))) for name in hypotheses if name != reference}
    bare = rng.random() < 0.5
    return {"likelihood_ratio": {name: ratio if bare else [ratio / 1.6, ratio, ratio * 1.8]
                                 for name, ratio in ratios.items()}}
