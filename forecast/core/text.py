"""Numbers in words: ICD 203 terms of likelihood, analytic confidence, percents and dates."""

from __future__ import annotations

import math
from bisect import bisect_right
from datetime import date

TERMS = (
    (0.0, "almost no chance"),
    (0.05, "very unlikely"),
    (0.20, "unlikely"),
    (0.45, "roughly even chance"),
    (0.55, "likely"),
    (0.80, "very likely"),
    (0.95, "almost certain"),
)
"""Terms of likelihood with their lower edges (Intelligence Community Directive 203, 2015)."""

EDGES = tuple(edge for edge, _ in TERMS)


def term(probability: float) -> str:
    """Name a probability by its ICD 203 term; an edge belongs to the term above it."""
    return TERMS[bisect_right(EDGES, probability) - 1][1]


def range_of(probability: float) -> tuple[float, float]:
    """Lower and upper edge of the term of a probability."""
    index = bisect_right(EDGES, probability) - 1
    return EDGES[index], (*EDGES, 1.0)[index + 1]


def confidence(worth: float) -> str:
    """Analytic confidence: high if a forecast is worth ν ≥ 50 like cases, moderate if ν ≥ 10, else low."""
    return "high" if worth >= 50 else "moderate" if worth >= 10 else "low"


def percent(probability: float) -> str:
    """A whole percent; never 0 or 100 for what is neither impossible nor certain."""
    if 0 < probability < 0.005:
        return "under 1 %"
    if 0.995 <= probability < 1:
        return "over 99 %"
    return f"{100 * probability:.0f} %"


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign; nothing is written with a sign that rounds to zero."""
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def points(difference: float) -> str:
    """A difference of probabilities in percentage points, with its sign."""
    return signed(100 * difference, 1)


def db(decibans: float) -> str:
    """Decibans with sign."""
    return signed(decibans)


def ratio(value: float) -> str:
    """A likelihood ratio, with as many digits as matter."""
    if value >= 100 or value == 0:
        return f"{value:.0f}"
    return f"{value:.{max(2, 1 - math.floor(math.log10(value)))}f}".rstrip("0").rstrip(".")


def day(value: date | None) -> str:
    """A date in words, such as 2 December 2022."""
    return "never" if value is None else f"{value.day} {value:%B} {value.year}"


def counted(number: float, noun: str) -> str:
    """A number with its noun, such as 3 items or 1 item."""
    return f"{number if isinstance(number, int) else f'{number:g}'} {noun}{'' if number == 1 else 's'}"


def worth(value: float) -> str:
    """A forecast's worth in like cases."""
    return "any number of like cases" if math.isinf(value) else f"about {value:.0f} like cases"
