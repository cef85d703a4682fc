"""The axes of charts over time: dates below, percents on the left."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from forecast.report.words import iso


class TimeAxis:
    """A time axis with its ticks on the first of a month or, for short times, on days."""

    def __init__(self, first: date, last: date, width: int) -> None:
        import altair as alt

        self.first, self.last, self.width = first, last, width
        ticks = _ticks(first, last, max(3, width // 70))
        expression = ("utcFormat(datum.value, datum.index == 0 || utcmonth(datum.value) == 0 ? '%b %Y' : '%b')"
                      if all(tick.day == 1 for tick in ticks)
                      else "utcFormat(datum.value, datum.index == 0 ? '%-d %b %Y' : '%-d %b')")
        self.scale = alt.Scale(type="utc", nice=False)
        self.axis = alt.Axis(title=None, grid=False, values=[moment(tick) for tick in ticks],
                             labelExpr=expression, labelFlush=False, labelOverlap="greedy")

    def x(self, day: date) -> float:
        """Where a date stands, in pixels."""
        return self.width * (day - self.first).days / (self.last - self.first).days


def _ticks(first: date, last: date, most: int) -> list[date]:
    if (last - first).days <= 28 * most // 2 and (last - first).days < 150:
        step = next(days for days in (1, 2, 7, 14, 28, 56) if (last - first).days / days <= most)
        return [first + timedelta(days=k * step) for k in range((last - first).days // step + 1)]
    months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    months = [day for day in months if first <= day <= last]
    step = next((step for step in (1, 2, 3, 6, 12, 24, 60, 120) if len(months) / step <= most), 240)
    return [day for day in months if (day.year * 12 + day.month - 1) % step == 0]


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
