"""From an encoder's outside view to a component of the prior.

An encoder says of a first date a: the event happens by the deadline with probability p, given that it has not happened
by a; and, given that it happens, these are the quartiles of its date. A component is stated as of the opening,
F(x) = p′·G(x)/G(H), with x in weeks from the opening. With x_a = x(a), 0 where a lies before the opening, and the share
g = G(x_a)/G(H) of what silence up to a has removed,

    p′ = p/(1 − g + p·g)        so that        (F(H) − F(x_a))/(1 − F(x_a)) = p

G is the log-normal that gives the quartiles, among the days after a, the shares ¼, ½ and ¾ as nearly as it can. Where
many do nearly as well, one is taken that is near the log-normal through the quartiles, counted from the opening, and
that has little before a, of which the encoder says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np
from scipy.optimize import least_squares

from forecast.core.cure_model import lognormal_share
from forecast.core.numerics import Z95, Array, beta_from_range, inside_unit, widest_range
from forecast.records.question import Elicited
from forecast.records.types import Estimate

_QUARTER = 0.6744897501960817
"""The upper quartile of the standard normal."""

_EVEN = np.array([0.25, 0.5, 0.75])
_HOLD = 0.01
"""Weight of a change of log m or log σ against one of a share."""
_REMOVED = 0.1
"""Weight of the share that falls before the day of the view, of which the encoder says nothing."""
_WIDTHS = (0.05, 3.0)
"""The least and the largest σ of a timing."""
_DIGITS = 6
"""Significant digits of what is written."""


def component(probability: Estimate, quartiles: Sequence[float], first: date, opens: date, horizon: date, *,
              analyst: str, weight: float = 1.0) -> Elicited:
    """The component of the prior that an outside view stands for.

    Parameters
    ----------
    probability : Estimate
        Of the event by the horizon as of the first date, given that it had not happened by then.
    quartiles : sequence of float
        Weeks after the first date by which 25, 50 and 75 % of it will have happened, given that it happens.
    first, opens, horizon : date
        The date of the view, the first day on which the event counts, and the last one.
    analyst : str
        Whose it is.
    weight : float
        Of the component.
    """
    since = max((first - opens).days + 1, 0) / 7
    start = ((first - opens).days + 1) / 7
    end = ((horizon - opens).days + 1) / 7
    weeks = timing([start + week for week in quartiles], since, end)
    removed = float(lognormal_share(np.array([since, end]), *weeks)[0])
    low, high = probability.bounds()
    stated, low, high = (as_of_opening(p, removed) for p in (probability.stated, low, high))
    if beta_from_range(low, stated, high) is None:
        narrower = 0.999 * widest_range(stated) / (high - low)
        low, high = stated - narrower * (stated - low), stated + narrower * (high - stated)
    exact = stated, low, high
    stated, low, high = (inside_unit(p, _DIGITS) for p in exact)
    if beta_from_range(low, stated, high) is None:  # near 0 or 1 it is the last digits that tell
        stated, low, high = exact
    told = Estimate(stated, low, high)
    return Elicited(kind="elicited", probability=told, weeks=weeks, weight=weight, analyst=analyst)


def as_of_opening(probability: float, removed: float) -> float:
    """p′, of which p is left once silence has removed the share g of it."""
    return probability / (1 - removed + probability * removed)


def timing(quartiles: Sequence[float], since: float, end: float) -> tuple[float, float, float]:
    """[5 %, median, 95 %] in weeks from the opening of the log-normal with these quartiles from `since` to `end`.

    Parameters
    ----------
    quartiles : sequence of float
        Weeks from the opening, rising.
    since, end : float
        Weeks from the opening to the end of the day of the view, and of the horizon.
    """
    weeks = np.maximum(np.asarray(quartiles, float), 1 / 14)
    log_median = math.log(weeks[1])
    log_width = math.log(np.clip(math.log(weeks[2] / weeks[0]) / (2 * _QUARTER), *_WIDTHS))
    points = np.array([since, *weeks, end])

    def misses(unknowns: Array) -> Array:
        share = lognormal_share(points, *_ends(unknowns))
        total = max(share[-1] - share[0], 1e-12)
        held = [*(_HOLD * (unknowns - [log_median, log_width])), _REMOVED * share[0]]
        return np.append((share[1:-1] - share[0]) / total - _EVEN, held)

    bounds = ([log_median - 4, math.log(_WIDTHS[0])], [log_median + 4, math.log(_WIDTHS[1])])
    start = np.clip([log_median, log_width], np.array(bounds[0]) + 1e-6, np.array(bounds[1]) - 1e-6)
    low, middle, high = _ends(least_squares(misses, start, bounds=bounds, xtol=1e-12, ftol=1e-12, gtol=1e-12).x)
    low, middle, high = (float(f"{week:.{_DIGITS}g}") for week in (low, middle, high))
    return low, middle, high


def _ends(unknowns: Array) -> tuple[float, float, float]:
    log_median, log_width = unknowns.tolist()
    wide = Z95 * math.exp(log_width)
    return math.exp(log_median - wide), math.exp(log_median), math.exp(log_median + wide)
