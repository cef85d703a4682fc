"""The weeks of a question for reading: one by one, or in a long question several together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import batched

from forecast.report.document import CurveRow

MOST = 160
"""Rows and bars that a page has for the weeks of a question: those of three years."""

TOGETHER = (1, 4, 13, 52)
"""Weeks that a row may join."""


def weeks_each(curve: Sequence[CurveRow]) -> int:
    """How many weeks a row joins, so that there are not too many rows."""
    return next((weeks for weeks in TOGETHER if len(curve) <= weeks * MOST), TOGETHER[-1])


def periods(curve: Sequence[CurveRow]) -> tuple[CurveRow, ...]:
    """The live weeks, or in a long question several of them as one; what is true of the parts adds up."""
    weeks = weeks_each(curve)
    return tuple(curve) if weeks == 1 else tuple(_joined(part) for part in batched(curve, weeks))


def _joined(weeks: Sequence[CurveRow]) -> CurveRow:
    first, last = weeks[0].first, weeks[-1]
    probability = math.fsum(week.probability for week in weeks)
    prior = math.fsum(week.prior for week in weeks)
    hazard = 1 - math.prod(1 - week.hazard for week in weeks)
    return last.model_copy(update={"first": first, "probability": probability, "prior": prior, "hazard": hazard})
