"""Questions that were resolved as the model of a calibration has it, and rows made of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from forecast.engine.exact import Exact
from forecast.evaluation.calibration.model import Rows, rows_of
from forecast.evaluation.calibration.readings import Pull, pull
from tests.builders import day, known_source, make_case, make_item, make_question

STATED = 10**0.4
"""Every item was said to be worth four decibans."""

ITEMS = 4
LEVELS = (0.1, 0.2, 0.35, 0.5)


@cache
def pull_of(level: float, ups: int) -> Pull:
    """What the exact engine makes of four reports on the whole question, so many of them for the event."""
    question = make_question(prior=[{"kind": "elicited", "probability": level, "weeks": [4, 12, 25], "weight": 1.0}],
                             model_error=0)
    items = [make_item(f"report-{number}", source="known", says="report", window=[day(1), question.horizon],
                       likelihood_ratio={"strike": STATED if number < ups else 1 / STATED})
             for number in range(ITEMS)]
    return pull(Exact(make_case(question, items, [known_source(0.99)], as_of=day(0))))


def rows_from(pulls: Sequence[Pull], outcomes: Sequence[bool], clusters: Sequence[str] = (),
              no_weight: float = 1.0) -> Rows:
    """One row for each question, all by the same forecaster; each a cluster of its own by default."""
    count = len(pulls)
    return rows_of(range(count), clusters or [f"cluster-{number:03}" for number in range(count)], ["a"] * count,
                   [each.prior for each in pulls], [each.together for each in pulls], outcomes, no_weight)


def resolved(seed: int, count: int, kappa: float) -> Rows:
    """Questions whose event happened by the prior, with reports that were worth κ times what was stated."""
    rng = np.random.default_rng([2029, seed])
    ratio = STATED**kappa
    pulls, outcomes = [], []
    for level in rng.choice(LEVELS, count).tolist():
        prior = 1 / (1 + np.exp(-pull_of(level, 0).prior))
        happened = bool(rng.random() < prior)
        ups = rng.binomial(ITEMS, ratio / (1 + ratio) if happened else 1 / (1 + ratio))
        pulls.append(pull_of(level, int(ups)))
        outcomes.append(happened)
    return rows_from(pulls, outcomes)
