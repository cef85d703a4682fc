"""Synthetic cases and workspaces of any size, the same for the same arguments."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from forecast.records.case import Case
from forecast.records.evidence import Group, Item, Source
from forecast.records.question import Question

OPENS = date(2030, 1, 7)
AS_OF = OPENS + timedelta(days=120)
SOURCES, MEMBERS = 12, 12
"""Sources, and items of each group."""


def case(items: int, days: int) -> Case:
    """A case with so many active items and live days: nearly half signs, two in five conditions, the rest claims."""
    question = Question.model_validate({
        "id": "synthetic", "title": "Synthetic", "resolution": "Synthetic.", "opens": OPENS,
        "horizon": AS_OF + timedelta(days=days), "event": {"id": "event", "name": "Event"},
        "alternatives": [{"id": "covert", "name": "Covert", "share": 0.6},
                         {"id": "none", "name": "None", "share": 0.4}],
        "reference": "none", "preparation": {"lead": "8w"}, "climate": {"lead": "26w"},
        "prior": [{"kind": "exposure", "events": 1, "weeks": 60, "weight": 0.5},
                  {"kind": "elicited", "probability": [0.15, 0.35, 0.6], "weeks": [6, 25, 90], "weight": 0.5}]})
    groups = [Group.model_validate({"id": f"group-{number}", "name": f"Group {number}", "overlap": 0.6})
              for number in range(max(1, items // MEMBERS))]
    sources = [Source(id=f"source-{number}", name=f"Source {number}", grade="ABCDEF"[number % 6])
               for number in range(SOURCES)]
    found = [Item.model_validate(each) for each in stated(items, len(groups), days)]
    return Case(question, AS_OF, sources, groups, found)


def stated(items: int, groups: int, days: int) -> Iterator[dict[str, Any]]:
    """Items as a file would state them."""
    rng = np.random.default_rng([items, groups, days])
    for number in range(items):
        ratio, background = np.exp(rng.normal(0, (0.5, 0.3))).tolist()
        day = AS_OF - timedelta(days=int(rng.integers(0, 180)))
        item = {"id": f"item-{number}", "title": f"Item {number}", "date": day, "source": f"source-{number % SOURCES}",
                "rationale": "Drawn at random, to be many.", "credibility": int(rng.integers(1, 6)),
                "group": f"group-{rng.integers(groups)}",
                "likelihood_ratio": {"event": [ratio / 1.5, ratio, ratio * 1.5], "covert": background}}
        kind = rng.random()
        if 0.45 <= kind < 0.85:
            item["about"] = "condition"
        elif kind >= 0.85:
            first = day + timedelta(days=int(rng.integers(1, days)))
            item["window"] = [first, first + timedelta(days=20)]
        yield item


def large(folder: Path, real: Path, items: int) -> None:
    """Write a workspace with the priors of a real one and so many items."""
    rng = np.random.default_rng(items)
    shutil.copytree(real / "priors", folder / "priors")
    (folder / "evidence").mkdir()
    rows = (f"- id: item-{number}\n  title: Item {number}\n  date: 2022-10-{rng.integers(1, 31):02d}\n"
            f"  source: isw\n  credibility: {rng.integers(1, 6)}\n  rationale: Drawn at random, to be many.\n"
            f"  likelihood_ratio: {{open: [{ratio / 1.3:.4f}, {ratio:.4f}, {ratio * 1.3:.4f}]}}\n"
            for number, ratio in enumerate(np.exp(rng.normal(0, 0.05, items))))
    (folder / "evidence" / "many.yaml").write_text("".join(rows), encoding="utf-8")
