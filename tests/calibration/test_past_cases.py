"""What past cases teach is calibrated: true parameters rank uniformly in their posterior."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from forecast.core.cure_model import CureModel, PastCase, learn
from tests.calibration.uniform import FAILS, PASSES, p_value
from tests.calibration.worlds import draw_parameters, draw_past_cases

Array = NDArray[np.float64]

COUNT = 30


@cache
def worlds() -> list[tuple[tuple[float, float, float], tuple[PastCase, ...]]]:
    """True parameters, and the cases that they make."""
    rng = np.random.default_rng(20180418)
    drawn = [draw_parameters(rng) for _ in range(COUNT)]
    return [(parameters, draw_past_cases(rng, parameters)) for parameters in drawn]


def places(model: CureModel, parameters: tuple[float, ...]) -> list[float]:
    """Ranks of π, λ and γ in their posterior."""
    cells = model.weight.sum(axis=0)
    result = []
    for nodes, weight, truth in zip((model.share, model.scale, model.shape), (model.weight.sum(axis=1), cells, cells),
                                    parameters, strict=True):
        order = np.argsort(nodes)
        mass = weight[order]
        result.append(float(np.interp(truth, nodes[order], np.cumsum(mass) - mass / 2, 0, 1)))
    return result


def ranks(weight: float, count: int) -> Array:
    """Ranks of the true parameters where each past case is counted with a weight; shape (world, 3)."""
    return np.array([places(learn(tuple(case._replace(weight=weight) for case in cases)), parameters)
                     for parameters, cases in worlds()[:count]])


def test_parameters_rank_uniformly() -> None:
    for column in ranks(1.0, COUNT).T:
        assert p_value(column) > PASSES


def test_past_cases_counted_ten_times_are_found_out() -> None:
    assert min(p_value(column) for column in ranks(10.0, 24).T) < FAILS


def test_past_cases_are_of_every_kind() -> None:
    assert {case.outcome for _, cases in worlds() for case in cases} == {"event", "ended", "censored"}
