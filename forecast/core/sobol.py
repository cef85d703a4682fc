"""Scrambled Sobol points, bit for bit those of `scipy.stats.qmc`, which takes a second to load.

A point is the sum, without carry, of direction numbers that its index chooses (Joe & Kuo 2008); they and a shift are
scrambled by random bits, so that no point lies on a corner (Matoušek 1998). `sobol.json` holds the first ten direction
numbers of thirty unknowns, as SciPy has them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Words = NDArray[np.uint32]

_BITS = 30
"""Bits of a point."""


def sobol(size: int, count: int, seed: int) -> Array:
    """Points that fill the unit cube evenly; shape (count, size).

    Parameters
    ----------
    size : int
        Number of unknowns.
    count : int
        Number of points, a power of two.
    seed : int
        Seed of the scrambling.
    """
    known, chosen = directions(), count.bit_length() - 1
    rng = np.random.default_rng(seed)
    if size > known.shape[0] or chosen > known.shape[1]:
        from scipy.stats import qmc

        return np.asarray(qmc.Sobol(size, rng=rng).random(count))
    (rng,) = rng.spawn(1)
    powers = 2 ** np.arange(_BITS, dtype=np.uint32)
    shift = rng.integers(2, size=(size, _BITS), dtype=np.uint32) @ powers
    mixing = np.tril(rng.integers(2, size=(size, _BITS, _BITS), dtype=np.uint32), -1) + np.eye(_BITS, dtype=np.uint32)
    digits = known.shape[1]
    stated = known[:size, None, :chosen] >> np.arange(digits - 1, -1, -1, dtype=np.uint32)[:, None] & 1
    scrambled = powers[::-1] @ (mixing[:, :, :digits] @ stated % 2)
    result = np.tile(shift, (count, 1))
    index = np.arange(count, dtype=np.uint32)
    for place in range(chosen):
        result ^= ((index ^ index >> 1) >> place & 1)[:, None] * scrambled[:, place]
    return result / 2.0**_BITS


@cache
def directions() -> Words:
    """Direction numbers by unknown and place, in units of two to the minus number of places."""
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    return np.array(json.loads(text), np.uint32)
