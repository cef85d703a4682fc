"""When two values are equal, arrays among them, and what counts as the same number in a forecast computed again."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from forecast.core.text import number


class ByValue:
    """A dataclass (with `eq=False`) whose records are equal if all their fields are, array by array.

    Fields that are declared with `compare=False` do not count. Records that hold arrays cannot be hashed.
    """

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        compared = [entry.name for entry in fields(self) if entry.compare]  # type: ignore[arg-type]
        return all(same(getattr(self, name), getattr(other, name)) for name in compared)


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal, arrays among them number by number; not a number equals itself."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        a, b = np.asarray(a), np.asarray(b)
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == b.dtype.kind == "f"))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, list | tuple) and type(a) is type(b):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


# When a forecast is computed again, on this machine or on another, exact numbers (probabilities, decibans, ratios) are
# sums, and differ from processor to processor in their last digits alone. Bands and what is made of them come from
# draws with a fixed seed: a difference in the last digit moves a draw, and through it a quantile, by far less than the
# draws themselves leave open (about one per cent). The second engine's chains go their own ways on every processor, and
# agree within their Monte-Carlo errors.

EXACT = 1e-9
"""Relative difference within which two exact numbers are the same."""

NOTHING = 1e-12
"""Absolute difference within which they are: what is left where terms cancel."""

SAMPLED = 2e-5
"""Relative difference within which numbers made of the same draws are the same: five times the largest that was seen
between processors, and a five-hundredth of what the draws leave open."""

SAMPLED_FIELDS = frozenset({"band", "by_band", "next_band", "worth"})
"""Fields of a document that are made of draws, wherever they stand and with all that is in them."""

CURVE_BANDS = frozenset({"low", "high"})
"""Fields of a row of the curve that are made of draws."""

_EXPONENT = re.compile(r"\d(\.\d+)?e[+-]\d+")
"""A number as labels of older reports write it if it is large; now they write it out."""

CHAINS = 0.002
"""Difference of two probabilities from chains that is allowed beside four Monte-Carlo standard errors."""

Steps = tuple[str, ...]


def differences(stored: Any, computed: Any) -> list[str]:
    """Name the places in which two documents differ: texts at all, numbers by more than they may."""
    return ["/" + "/".join(place) for place in _differing(stored, computed, ())]


def _differing(stored: Any, computed: Any, place: Steps) -> Iterator[Steps]:
    if isinstance(stored, Mapping) and isinstance(computed, Mapping):
        for key in sorted(stored.keys() | computed.keys(), key=str):
            if key in stored and key in computed:
                yield from _differing(stored[key], computed[key], (*place, str(key)))
            else:
                yield (*place, str(key))
    elif isinstance(stored, list) and isinstance(computed, list) and len(stored) == len(computed):
        for index, pair in enumerate(zip(stored, computed, strict=True)):
            yield from _differing(*pair, (*place, str(index)))
    elif _is_number(stored) and _is_number(computed):
        if not _is_near(stored, computed, place):
            yield place
    elif isinstance(stored, str) and isinstance(computed, str):
        if stored != computed and _EXPONENT.sub(_written_out, stored) != computed:
            yield place
    elif stored != computed or isinstance(stored, bool) != isinstance(computed, bool):
        yield place


def _is_near(one: float, other: float, place: Steps) -> bool:
    is_sampled = not SAMPLED_FIELDS.isdisjoint(place) or (place[0] == "curve" and place[-1] in CURVE_BANDS)
    return math.isclose(one, other, rel_tol=SAMPLED if is_sampled else EXACT, abs_tol=NOTHING)


def _written_out(found: re.Match[str]) -> str:
    return number(float(found[0]))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def differing_chains(stored: Mapping[str, Any], computed: Mapping[str, Any]) -> list[str]:
    """Name the probabilities in which two runs of the second engine differ by more than their errors explain."""
    found = []
    for kind in ("hypotheses", "by"):
        for name, value in computed[kind].items():
            errors: Sequence[float] = [run["mcse"].get(name, 0.0) for run in (stored, computed)]
            there = stored[kind].get(name)
            if there is None or abs(value - there) > CHAINS + 4 * math.hypot(*errors):
                found.append(f"/engines/nuts/{kind}/{name}")
    return found
