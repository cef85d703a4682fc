"""Synthetic cases of any size, the same for the same arguments."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from forecast.records.case import Case
from forecast.records.evidence import Group, Item, Source
from forecast.records.question import Question

OPENS = date(2030, 1, 7)


def case(items: int, weeks: int, alternatives: int = 2, sources: int = 12, group_share: float = 0.4) -> Case:
    """A case with so many items, live weeks and alternatives; items lie in the first day so that all are active."""
    rng = np.random.default_rng([items, weeks, alternatives, sources])
    names = [f"world-{index}" for index in range(alternatives)]
    question = Question.model_validate({
        "id": "synthetic", "title": "Synthetic", "resolution": "Synthetic.", "opens": OPENS,
        "horizon": OPENS + timedelta(days=7 * weeks), "event": {"id": "event", "name": "Event"},
        "alternatives": [{"id": name, "name": name} for name in names], "reference": names[0], "half_life": "20w",
        "prior": [{"kind": "exposure", "events": 1, "weeks": 60, "weight": 0.5},
                  {"kind": "elicited", "probability": [0.15, 0.35, 0.6], "weeks": [6, 25, 90], "weight": 0.5}]})
    groups = max(1, items // 12)
    records = []
    for index in range(items):
        ratio = float(np.exp(rng.normal(0, 0.5)))
        item = {"id": f"item-{index}", "title": f"Item {index}",
                "date": OPENS - timedelta(days=int(rng.integers(0, 60))), "source": f"source-{rng.integers(sources)}",
                "rationale": "Synthetic.",
                "likelihood_ratio": {"event": [ratio / 1.5, ratio, ratio * 1.5],
                                     **{name: float(np.exp(rng.normal(0, 0.3))) for name in names[1:]}}}
        if rng.random() < 0.5:
            item["credibility"] = int(rng.integers(1, 6))
        if rng.random() < group_share:
            item["group"] = f"group-{rng.integers(groups)}"
        if rng.random() < 0.2:
            first = OPENS + timedelta(days=int(rng.integers(7, 7 * weeks - 14)))
            item["window"] = [first, first + timedelta(days=20)]
        records.append(Item.model_validate(item))
    return Case(question, OPENS,
                tuple(Source(id=f"source-{i}", name=f"Source {i}", grade="ABCDEF"[i % 6]) for i in range(sources)),
                tuple(Group.model_validate({"id": f"group-{i}", "name": f"Group {i}", "overlap": 0.6})
                      for i in range(groups)),
                tuple(records))
