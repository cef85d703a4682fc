"""When two values are equal, arrays among them, and what counts as the same number in a forecast computed again."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from forecast.core.numerics import is_number
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
# agree within their Monte-Carlo errors; those errors, too, are known but roughly.

EXACT = 1e-9
"""Relative difference within which two exact numbers are the same."""

NOTHING = 1e-12
"""Absolute difference within which they are: what is left where terms cancel."""

SAMPLED = 2e-5
"""Relative difference within which numbers made of the same draws are the same: five times the largest that was seen
between processors, and a five-hundredth of what the draws leave open."""

SAMPLED_FIELDS = frozenset({"band", "by_band", "next_band", "worth"})
"""Fields of a document that are made of draws, wherever they stand and with all that is in them."""

CURVES = frozenset({"curve", "edges"})
"""Fields of a document whose rows are those of a curve."""

CURVE_BANDS = frozenset({"low", "high"})
"""Fields of a row of a curve that are made of draws."""

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
    elif is_number(stored) and is_number(computed):
        if not _is_near(stored, computed, place):
            yield place
    elif isinstance(stored, str) and isinstance(computed, str):
        if stored != computed and _EXPONENT.sub(_written_out, stored) != computed:
            yield place
    elif stored != computed or isinstance(stored, bool) != isinstance(computed, bool):
        yield place


def _is_near(one: float, other: float, place: Steps) -> bool:
    is_sampled = not SAMPLED_FIELDS.isdisjoint(place) or (place[0] in CURVES and place[-1] in CURVE_BANDS)
    return math.isclose(one, other, rel_tol=SAMPLED if is_sampled else EXACT, abs_tol=NOTHING)


def _written_out(found: re.Match[str]) -> str:
    return number(float(found[0]))


def differing_engines(stored: Mapping[str, Any], computed: Mapping[str, Any]) -> list[str]:
    """Name what differs in two comparisons of both engines: exact numbers, and sampled ones beyond their errors.

    How the chains have mixed and what is shown of their unknowns is another thing with every run, and not compared.
    """
    parts = _exact_part(stored), _exact_part(computed)
    found = [f"/engines{place}" for place in differences(*parts)] + _contradictions(stored)
    if stored["nuts"] is None or computed["nuts"] is None:
        return found
    for one, other in zip(stored["agreement"], computed["agreement"], strict=False):
        if not _is_like(one["allowed"], other["allowed"]):
            found.append(f"/engines/agreement/{other['name']}/allowed")
    return found + differing_chains(stored["nuts"], computed["nuts"])


def _exact_part(engines: Mapping[str, Any]) -> dict[str, Any]:
    """What is the same in every run, and that there were chains."""
    nuts = engines["nuts"]
    return {"agreement": [{"name": row["name"], "exact": row["exact"]} for row in engines["agreement"]],
            "nuts": None if nuts is None else {name: nuts[name] for name in ("seed", "chains")}}


def _contradictions(engines: Mapping[str, Any]) -> list[str]:
    """Name what does not follow from the rest of a comparison of both engines."""
    found, nuts = [], engines["nuts"]
    stated = {} if nuts is None else {**nuts["hypotheses"], **nuts["by"]}
    for row in engines["agreement"]:
        off = row["nuts"] - row["exact"]
        right = {"nuts": stated.get(row["name"]), "difference": off, "agrees": abs(off) <= row["allowed"]}
        found += [f"/engines/agreement/{row['name']}{place}"
                  for place in differences({name: row[name] for name in right}, right)]
    agree = nuts is not None and nuts["passed"] and all(row["agrees"] for row in engines["agreement"])
    return found + (["/engines/confirmed"] if engines["confirmed"] != agree else [])


def differing_chains(stored: Mapping[str, Any], computed: Mapping[str, Any]) -> list[str]:
    """Name what two runs of the second engine differ in by more than the errors of the computed one explain.

    The stored errors allow nothing: they are on trial, too.
    """
    found = []
    for kind in ("hypotheses", "by"):
        for name in sorted(stored[kind].keys() | computed[kind].keys()):
            one, other = stored[kind].get(name), computed[kind].get(name)
            allowed = CHAINS + 4 * math.sqrt(2) * computed["mcse"].get(name, 0.0)
            if one is None or other is None or abs(one - other) > allowed:
                found.append(f"/engines/nuts/{kind}/{name}")
    errors = sorted(stored["mcse"].keys() | computed["mcse"].keys())
    found += [f"/engines/nuts/mcse/{name}" for name in errors
              if not _is_like(stored["mcse"].get(name), computed["mcse"].get(name))]
    ends = zip(stored["band"], computed["band"], strict=True)
    found += [] if all(_is_like(*pair) for pair in ends) else ["/engines/nuts/band"]
    return found + ([] if _is_like(stored["worth"], computed["worth"]) else ["/engines/nuts/worth"])


def _is_like(one: float | None, other: float | None) -> bool:
    """Whether two numbers that chains give but roughly are of one size; each may be the double of the other."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= max(abs(one), abs(other)) / 2 + CHAINS / 4
