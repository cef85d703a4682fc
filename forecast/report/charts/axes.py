"""The axes of charts over time: dates below, percents on the left."""

from __future__ import annotations

from datetime import date
from typing import Any

from forecast.report.words import iso


class TimeAxis:
    """A time axis with its ticks on the first of a month or, for short times, on days."""

    def __init__(self, first: date, last: date, width: int) -> None:
        import altair as alt

        self.first, self.last, self.width = first, last, width
        every = _every(first, last, max(3, width // 70))
        expression = ("utcFormat(datum.value, datum.index == 0 || utcmonth(datum.value) == 0 ? '%b %Y' : '%b')"
                      if every["interval"] in ("month", "year")
                      else "utcFormat(datum.value, datum.index == 0 ? '%-d %b %Y' : '%-d %b')")
        self.scale = alt.Scale(type="utc", nice=False)
        # Ticks are stated by their interval: the interpreter that needs no eval draws none at stated dates.
        self.axis = alt.Axis(title=None, grid=False, tickCount=every, labelExpr=expression, labelFlush=False,
                             labelOverlap="greedy")

    def x(self, day: date) -> float:
        """Where a date stands, in pixels."""
        return self.width * (day - self.first).days / (self.last - self.first).days


def _every(first: date, last: date, most: int) -> dict[str, Any]:
    """The interval of at most so many ticks: days or weeks for short times, else months or years."""
    days = (last - first).days
    if days <= 14 * most and days < 150:
        step = next(step for step in (1, 2, 7, 14, 28, 56) if days / step <= most)
        return {"interval": "day", "step": step} if step < 7 else {"interval": "week", "step": step // 7}
    step = next((step for step in (1, 2, 3, 6) if days / 30.4 / step <= most), 12)
    if step < 12:
        return {"interval": "month", "step": step}
    return {"interval": "year", "step": next(step for step in (1, 2, 5, 10, 20, 50) if days / 365 / step <= most)}


def moment(day: str | date) -> int:
    """A date as the axis counts: milliseconds since 1970, UTC."""
    return (iso(str(day)) - date(1970, 1, 1)).days * 86_400_000


def ceiling(top: float) -> float:
    """The end of an axis of probability that reaches just above a value."""
    return next(edge for edge in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
                if edge >= min(top * 1.02, 1))


def percents(top: float, unit: str = "") -> Any:
    """An axis of probability in percent; the unit stands beside its topmost number only in its title."""
    import altair as alt

    digits = 0 if top > 0.08 else 1 if top > 0.008 else 2
    title = f"Probability, % {unit}".strip() if unit else "Probability, %"
    return alt.Axis(title=title, tickCount=5, domain=False, ticks=False,
                    labelExpr=f"format(100 * datum.value, '.{digits}f') + ' %'")
