"""Points that fill a cube evenly: those of SciPy, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

from forecast.core.importance import directions, sobol


@pytest.mark.parametrize("size", [1, 6, 9, 30, 33])
@pytest.mark.parametrize("count", [1, 512, 1024, 2048])
def test_points_are_those_of_scipy(size: int, count: int) -> None:
    for seed in range(4):
        points = sobol(size, count, seed)
        assert points.tobytes() == qmc.Sobol(size, rng=np.random.default_rng(seed)).random(count).tobytes()
        assert points.shape == (count, size)


def test_direction_numbers_are_those_of_scipy() -> None:
    unknowns, places = directions().shape
    plain = qmc.Sobol(unknowns, scramble=False).random(2**places) * 2**places
    gray = np.arange(2**places) ^ np.arange(2**places) >> 1
    assert directions().T.tolist() == plain[np.argsort(gray)[2 ** np.arange(places)]].tolist()
