"""What resolved questions teach: how reliable forecasts were, the weight of evidence, and what each way gains."""

from __future__ import annotations

import math
from typing import NamedTuple

from forecast.core.text import counted, listed, signed
from forecast.evaluation.calibration.results import CalibrationStudy, Scored, Scores, Weights
from forecast.report.charts.rows import rows
from forecast.report.charts.spec import DOT, Percents, Spec, as_is, chart, layer, narrow
from forecast.report.charts.style import AWAY, EVENT, GRID, INK, LINE, MUTED, PRIOR, Records

TWO_SIDED = 1.645
"""Standard errors on either side that hold nine of ten."""

WEIGHTS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Weights of evidence that the axis names."""


def charted(study: CalibrationStudy) -> list[Scores]:
    """The tables of scores that are drawn: against the prior, and against a crowd if there is one.

    Where the baseline has an infinite log score there is nothing to draw.
    """
    return [each for each in study.scores if each.name in ("first dates", "beside the crowd, first dates")
            and any(math.isfinite(way.log_gain) for way in _ways(each))]


def _ways(found: Scores) -> list[Scored]:
    """The ways of forecasting whose gains are drawn, the baseline's and even odds aside."""
    return [each for each in found.rows if each.name not in (found.baseline, "even odds")]


def weight_name(found: Weights, name: str) -> str:
    """What a weight is the weight of."""
    if len(found.kappa) > 1:
        return f"{name} alone" if found.name == "analysts" else name
    return f"all evidence, {found.name}" if found.name != "together" else "all evidence"


def charts(study: CalibrationStudy, width: int) -> dict[str, Spec]:
    """Every chart of a calibration by its name, at a width in pixels."""
    drawn = {"reliability": reliability(study, width), "weights": weights(study, width)}
    return drawn | {f"gains-{place}": gains(study, found, width) for place, found in enumerate(charted(study), start=1)}


def reliability(study: CalibrationStudy, width: int) -> Spec:
    """How often the event happened at each level of forecast, with bars of consistency and every question."""
    small = narrow(width)
    size = (width - 70, 260) if small else (520, 380)
    curve = study.reliability
    points: Records = [{"x": level, "p": frequency, "low": low, "high": high} for level, frequency, low, high in zip(
        curve.level, curve.frequency, curve.low, curve.high, strict=True)]
    told: Records = [{"x": each.probability, "p": float(each.outcome), "tone": EVENT if each.outcome else AWAY,
                      "name": each.id} for each in study.predictions]
    x, y = _percent_axis("What was forecast"), Percents(1.0, size[1], "How often it happened")
    high = {"field": "high"}
    layers = [layer(points, {"type": "area", "color": PRIOR, "opacity": 0.14}, x=x, y=y("low"), y2=high),
              layer(points[::2], {"type": "rule", "color": PRIOR, "opacity": 0.7}, x=x, y=y("low"), y2=high),
              layer([{"x": 0.0, "p": 0.0}, {"x": 1.0, "p": 1.0}], {"type": "line", "color": LINE,
                    "strokeDash": [5, 4]}, x=x, y=y("p")),
              layer(points, {"type": "line", "color": EVENT, "strokeWidth": 2.5}, x=x, y=y("p")),
              layer(told, {"type": "tick", "thickness": 1, "size": 11, "orient": "vertical", "opacity": 0.75}, x=x,
                    y=y("p"), color=as_is("tone"), tooltip=[{"field": "name", "type": "nominal"}])]  # type: ignore[arg-type]
    outside = sum(not low <= frequency <= high for low, frequency, high in zip(
        curve.low, curve.frequency, curve.high, strict=True))
    title = f"Outside the bars at {outside / len(curve.level):.0%} of the levels; chance alone puts 10% there"
    return chart(layers, size, title, "Forecasts that clusters left out were given. Bars: where calibrated forecasts "
                 "would lie in nine of ten cases. Ticks above: questions whose event happened; below: whose event did "
                 "not.", width)


def _percent_axis(title: str) -> Spec:
    return {"field": "x", "type": "quantitative", "scale": {"domain": [0, 1], "nice": False},
            "axis": {"title": title, "values": [0, 0.2, 0.4, 0.6, 0.8, 1], "grid": False,
                     "labelExpr": "format(100 * datum.value, '.0f') + '%'"}}


def weights(study: CalibrationStudy, width: int) -> Spec:
    """The evidence weight, learned together and apart."""
    labels = [(weight_name(each, name), counted(each.questions, "question"))
              for each in study.weights for name in each.kappa]
    ranges = [kappa for each in study.weights for kappa in each.kappa.values()]
    layout = rows(labels, width, margin=20, space=6)
    axis = layout.axis(10, 10)

    def at(kappa: float | None) -> float:
        place = math.log(max(kappa or 0.0, 0.125) / 0.125) / math.log(8.0 / 0.125)
        return axis(min(place, 1.0))

    placed = layout.place([{"from": at(low), "to": at(high), "median": at(median), "label": f"{median:.2g}"}
                           for low, median, high in ranges])
    ticks = [{"x": at(value), "top": 0.0, "bottom": layout.height, "label": f"κ = {value:g}",
              "tone": MUTED if value == 1 else GRID} for value in WEIGHTS]
    below = {"type": "text", "baseline": "top", "dy": 6, "color": MUTED, "fontSize": 11}
    layers = [layout.rules(ticks, {}, "x", color=as_is("tone")),
              layout.marks(ticks, below, "x", "bottom", text={"field": "label"}),
              layout.spans(placed, {"color": EVENT, "opacity": 0.45}, "from", "to"),
              layout.marks(placed, DOT | {"size": 70, "color": EVENT}, "median")]
    low, median, high = study.learned.evidence_weight
    within = (low or 0.0) <= 1 <= (high or math.inf)
    return layout.drawn(
        layers, f"Evidence counts {median:g} times what was stated; once is {'within' if within else 'outside'} the "
        "range", "Median and 5–95% range of the evidence weight κ.", below=22)


class _Gain(NamedTuple):
    name: str
    gain: float
    low: float
    high: float


def gains(study: CalibrationStudy, found: Scores, width: int) -> Spec:
    """What each way of forecasting gains in log score over a baseline, with ranges."""
    ways = [_Gain(each.name, each.log_gain, each.log_gain - TWO_SIDED * (each.log_error or 0.0),
                  each.log_gain + TWO_SIDED * (each.log_error or 0.0))
            for each in _ways(found) if math.isfinite(each.log_gain)]
    layout = rows([(each.name, "") for each in ways], width, margin=20, space=18)
    lowest, highest = min(0.0, *(each.low for each in ways)), max(0.0, *(each.high for each in ways))
    at = layout.axis(10, 10, lowest, max(highest, lowest + 1e-6))
    placed = layout.place([{"from": at(each.low), "to": at(each.high), "gain": at(each.gain),
                            "label": signed(each.gain, 3), "tone": EVENT if each.gain >= 0 else AWAY}
                           for each in ways])
    zero = [{"x": at(0.0), "top": 0.0, "bottom": layout.height}]
    above = {"type": "text", "dy": -10, "fontSize": 11, "color": MUTED}
    layers = [layout.rules(zero, {"color": INK}, "x"),
              layout.spans(placed, {"opacity": 0.45}, "from", "to", color=as_is("tone")),
              layout.marks(placed, DOT | {"size": 70}, "gain", color=as_is("tone")),
              layout.marks(placed, above, "gain", text={"field": "label"})]
    ours = next((each for each in ways if each.name == "calibrated"), None)
    verdict = "infinitely worse than"
    if ours is not None:
        verdict = ("better than" if ours.low > 0 else "worse than" if ours.high < 0 else "indistinguishable from")
    lost = [each.name for each in _ways(found) if not math.isfinite(each.log_gain)]
    left = f" Not drawn, since their log score is infinite: {listed(lost)}." if lost else ""
    known = f" Encoders believed to know the outcomes of {study.known} of {study.questions}." if study.known else ""
    return layout.drawn(layers, f"Calibrated forecasts are {verdict} the {found.baseline}",
                        f"Gain in log score over the {found.baseline}, in nats, with 90% ranges by cluster: "
                        f"{counted(found.questions, 'question')}; right of the line is better.{left}{known}")
