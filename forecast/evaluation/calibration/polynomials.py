"""Functions on the evidence weights, kept as Chebyshev polynomials: exact at their nodes, smooth between them."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from scipy.fft import dct

from forecast.core.numerics import Array

LARGEST = 4.0
"""The largest weight that is looked at; beyond it a function is taken to stay as it is."""

TOGETHER, APART = 25, 7
"""Nodes for one weight of all evidence, and for each weight of a kind."""


@cache
def nodes(count: int) -> Array:
    """Weights from 0 to 4 at which functions are computed, rising; shape (count,)."""
    return LARGEST / 2 * (1 - np.cos(np.pi * np.arange(count) / (count - 1)))


@cache
def grid(count: int, weights: int) -> Array:
    """All combinations of nodes of several weights, the last one running fastest; shape (count^weights, weights)."""
    return np.array(list(product(nodes(count), repeat=weights)))


def coefficients(values: Array, count: int, weights: int) -> Array:
    """Coefficients of the polynomials that have these values on a grid; from and to (…, count^weights)."""
    shaped = values.reshape(*values.shape[:-1], *[count] * weights)
    for axis in range(-weights, 0):
        shaped = dct(np.flip(shaped, axis), type=1, axis=axis) / (count - 1)
        ends = [slice(None)] * shaped.ndim
        ends[axis] = slice(None, None, count - 1)
        shaped[tuple(ends)] /= 2
    return shaped.reshape(values.shape)


def basis(weight: Array, count: int) -> Array:
    """Values of the polynomials whose coefficients these are; from (…, weight) to (…, count^weights)."""
    place = np.clip(weight, 0, LARGEST) * 2 / LARGEST - 1
    degree = np.arange(count)
    each = np.cos(degree * np.arccos(place)[..., None])
    result = each[..., 0, :]
    for axis in range(1, weight.shape[-1]):
        result = (result[..., :, None] * each[..., axis, None, :]).reshape(*result.shape[:-1], -1)
    return result
