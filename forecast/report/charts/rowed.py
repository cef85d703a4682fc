"""What charts of labelled rows share: axes of decibans and of percent, and rows that answer the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forecast.core.numerics import probability
from forecast.report.charts.style import AWAY, INK, PAPER, Chart, Records, Rows, plot, tinted

MOST = 15
"""Rows that a chart of the largest ones shows; the tables hold all."""


def deciban_axes(layout: Rows, values: Sequence[float]) -> tuple[Any, list[Chart]]:
    """An encoding of a field in decibans, and layers that carry its axis: below in decibans, on top in percent.

    Layers of one chart that each had the axis would draw it over and over.
    """
    import altair as alt

    low, high = min(values), max(values)
    low, high = min(low, high - 0.5), max(high, low + 0.5)
    pad = (high - low) * 0.04
    scale = alt.Scale(domain=[low - pad, high + pad], range=[layout.left + 2, layout.right], nice=False, zero=False)
    ticks = 3 if layout.narrow else 5
    bottom = alt.Axis(title="Log odds, decibans (dB)", tickCount=ticks, domain=False, ticks=False, orient="bottom",
                      labelExpr="datum.value == 0 ? '0' : format(datum.value, '+~f')")
    odds = "1 / (1 + pow(10, -datum.value / 10))"
    digits = 0 if probability(high) - probability(low) > 0.15 else 1
    top = alt.Axis(title="Probability, %", tickCount=ticks, domain=False, ticks=False, grid=False, orient="top",
                   labelExpr=f"format(100 * {odds}, abs({odds} - 0.5) > 0.45 ? '.1f' : '.{digits}f') + ' %'")
    axes = [plot([{"x": low}]).mark_point(opacity=0, color=PAPER).encode(x=alt.X("x:Q", scale=scale, axis=axis))
            for axis in (bottom, top)]
    return lambda field: alt.X(f"{field}:Q", scale=scale, axis=None), axes


def percent_axis(layout: Rows, title: str) -> Any:
    """An encoding of a field in percent, from 0 to 100."""
    import altair as alt

    scale = alt.Scale(domain=[0, 1], range=[layout.left + 8, layout.right], nice=False)
    axis = alt.Axis(title=title, values=[0, 0.25, 0.5, 0.75, 1], domain=False, ticks=False,
                    labelExpr="format(100 * datum.value, '.0f') + ' %'")
    return lambda field: alt.X(f"{field}:Q", scale=scale, axis=axis)


def hover(placed: Records, layout: Rows, width: int, **tooltip: str) -> Chart:
    """An invisible stripe over each row that tells its fields, by title, and is tinted under the pointer."""
    import altair as alt

    pointed = alt.selection_point(name="pointed", on="pointerover", clear="pointerout", empty=False)
    return plot(placed).mark_rect(color=AWAY).encode(
        x=alt.XValue(0), x2=alt.X2Value(width), y=layout.y("top"), y2=alt.Y2("bottom:Q"),
        fillOpacity=tinted(pointed, 0.08),
        tooltip=[alt.Tooltip(f"{field}:N", title=title) for field, title in tooltip.items()]).add_params(pointed)


def reference_line(placed: Records, layout: Rows, x: Any, value: float, **mark: Any) -> Chart:
    """A vertical line at a value; on a narrow chart only where no label stands."""
    ends = ("upper", "lower") if layout.narrow else ("top", "bottom")
    lines = [{"x": value, "from": row[ends[0]], "to": row[ends[1]]} for row in placed]
    return plot(lines).mark_rule(color=INK, **mark).encode(
        x=x("x"), y=layout.y("from"), y2="to:Q")
