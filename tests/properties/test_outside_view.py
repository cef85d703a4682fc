"""An outside view as of a first date becomes a prior as of the opening that says the same on that date."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from forecast.core.cure_model import lognormal_share, lognormal_shares
from forecast.core.numerics import Z95, inside_unit
from forecast.engine.prior import Prior, prior
from forecast.records.types import Estimate
from forecast.workspace.elicitation.outside_view import as_of_opening, component, timing
from tests.builders import OPENS, make_question


def _prior(view: Estimate, quartiles: list[float], first: date, horizon: date) -> Prior:
    stated = component(view, quartiles, first, OPENS, horizon, analyst="a")
    low, high = stated.probability.bounds()
    fields = {"kind": "elicited", "probability": [low, stated.probability.stated, high], "weeks": list(stated.weeks),
              "weight": 1.0, "analyst": "a"}
    return prior(make_question(prior=[fields], horizon=horizon), {})


@given(st.integers(-60, 80), st.integers(15, 300), st.floats(0.01, 0.97), st.floats(-3, 3), st.floats(0.1, 0.9))
def test_the_prior_given_silence_is_what_was_stated(first: int, length: int, p: float, bend: float, wide: float
                                                    ) -> None:
    day = OPENS + timedelta(first)
    horizon = max(day, OPENS) + timedelta(length)
    start, end = max((OPENS - day).days, 0) / 7, (horizon - day).days / 7
    quarters = np.array([0.25, 0.5, 0.75])
    place = np.log1p(quarters * np.expm1(bend)) / bend if abs(bend) > 1e-6 else quarters
    quartiles = np.maximum(start + place * (end - start), 1 / 7)
    reach = wide * min(p, 1 - p)
    found = _prior(Estimate(p, p - reach, p + reach), quartiles.tolist(), day, horizon)
    left = found.left(np.array([day.toordinal(), horizon.toordinal()]))
    assert 1 - left[1] / left[0] == pytest.approx(p, abs=5e-6)
    days = day.toordinal() + np.round(7 * quartiles).astype(int)
    share = (left[0] - found.left(days)) / (left[0] - left[1])
    assert share == pytest.approx(quarters, abs=0.08 + 0.5 * 7 / length)
    assert left[0] > 0.3  # silence may not have removed most of what was expected


@given(st.sampled_from([0.1, 0.3, 0.7, 0.9]), st.integers(200, 600), st.floats(0.5, 2), st.floats(2, 8),
       st.floats(20, 36))
def test_what_a_long_silence_leaves_keeps_its_digits(p: float, first: int, early: float, middle: float, late: float
                                                     ) -> None:
    """Quartiles soon after a late first date: nearly everything was expected before it."""
    day = OPENS + timedelta(first)
    horizon = day + timedelta(400)
    reach = 0.5 * min(p, 1 - p)
    found = _prior(Estimate(p, p - reach, p + reach), [early, middle, late], day, horizon)
    left = found.left(np.array([day.toordinal(), horizon.toordinal()]))
    assert 1 - left[1] / left[0] == pytest.approx(p, abs=2e-5)


@given(st.floats(1e-6, 1 - 1e-6), st.integers(3, 8))
def test_a_probability_is_rounded_on_both_sides(value: float, digits: int) -> None:
    rounded = inside_unit(value, digits)
    assert rounded == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits))
    assert 1 - rounded == pytest.approx(1 - value, rel=0.51 * 10.0 ** (2 - digits))
    if value < 0.9:
        assert rounded == float(f"{value:.{digits}g}")


@given(st.floats(1, 30), st.floats(0.2, 1.2), st.floats(0, 0.8))
def test_quartiles_of_a_log_normal_give_it_back(median: float, width: float, place: float) -> None:
    since = place * median
    stated = median * np.exp(-Z95 * width), median, median * np.exp(Z95 * width)
    end = since + 4 * median
    points = np.linspace(since, end, 20001)
    share = lognormal_share(points, *stated)
    share = (share - share[0]) / (share[-1] - share[0])
    quartiles = np.interp([0.25, 0.5, 0.75], share, points)
    found = lognormal_share(np.array([since, *quartiles, end]), *timing(quartiles.tolist(), since, end))
    assert (found[1:-1] - found[0]) / (found[-1] - found[0]) == pytest.approx([0.25, 0.5, 0.75], abs=0.05)


@given(st.floats(0.001, 0.999), st.floats(0, 0.99))
def test_silence_takes_back_what_the_opening_adds(p: float, removed: float) -> None:
    opening = as_of_opening(p, removed)
    assert opening * (1 - removed) / (1 - opening * removed) == pytest.approx(p, rel=1e-9)
    assert opening >= p - 1e-12


def test_a_view_before_the_opening_is_one_as_of_the_opening() -> None:
    first, horizon = OPENS - timedelta(30), OPENS + timedelta(60)
    found = component(Estimate(0.3, 0.2, 0.4), [5.0, 7.0, 9.0], first, OPENS, horizon, analyst="a")
    assert found.probability == (0.3, 0.2, 0.4)
    weeks = np.array([5.0, 7.0, 9.0, 91 / 7]) - 29 / 7  # from the opening, up to the horizon
    assert lognormal_share(weeks, *found.weeks)[:3] == pytest.approx([0.25, 0.5, 0.75], abs=0.05)


def test_a_range_that_no_beta_has_is_made_narrower() -> None:
    found = component(Estimate(0.3, 0.02, 0.85), [1.0, 2.0, 3.0], OPENS + timedelta(20), OPENS,
                      OPENS + timedelta(60), analyst="a")
    low, high = found.probability.bounds()
    assert low < found.probability.stated < high


@given(st.floats(0.5, 10), st.floats(1.05, 8), st.integers(1, 400))
def test_what_is_left_of_a_judgement_late_in_the_question_keeps_its_digits(median: float, spread: float,
                                                                          days: int) -> None:
    edges = np.arange(days + 1) / 7
    found = lognormal_shares(edges, median / spread, median, median * spread)
    sigma = np.log(spread) / Z95
    upper = norm.sf(np.log(np.maximum(edges, 1e-300) / median) / sigma)
    late = np.flatnonzero(edges[:-1] > median)
    expected = (upper[late] - upper[late + 1]) / (1 - upper[-1] if len(late) else 1)
    assert found[late] == pytest.approx(expected, rel=1e-9, abs=1e-300)
    assert found == pytest.approx(np.diff(lognormal_share(edges, median / spread, median, median * spread)), abs=1e-15)
