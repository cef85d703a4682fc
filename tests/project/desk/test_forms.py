"""What is typed in a box: read as it is meant, shown as it is stated, and refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.core.errors import ForecastError
from forecast.desk.controls import forms, quantities
from forecast.desk.controls.forms import Choice, Form, Switch


@pytest.mark.parametrize(("typed", "value"), [
    ("2.5", 2.5), ("1/4", 0.25), ("1:4", 0.25), (" 3 ", 3.0), ("clearly for", [2.828, 4.0, 6.325]),
    ("clearly", [2.828, 4.0, 6.325]), ("barely against", [0.632, 0.8, 0.894]), ("nothing", [0.894, 1.0, 1.118])])
def test_a_ratio_is_typed_as_a_number_or_a_word(typed: str, value: Any) -> None:
    assert quantities.RATIOS.read(("", typed, ""), 1.5, 1.5, "stated") == pytest.approx(value, rel=1e-2)


@pytest.mark.parametrize(("form", "typed", "value"), [
    (quantities.WEIGHTS, ("35%",), 0.35), (quantities.WEIGHTS, ("35",), 0.35), (quantities.WEIGHTS, ("0.35",), 0.35),
    (quantities.SPANS, ("", "8w", ""), "8w"), (quantities.SPANS, ("", "10 days", ""), "10d"),
    (forms.WINDOW, ("2023-01-08 to 2023-01-31",), ["2023-01-08", "2023-01-31"]),
    (forms.WINDOW, ("2023-01-08 2023-01-31",), ["2023-01-08", "2023-01-31"]), (forms.WINDOW, ("",), None),
    (forms.COUNTS, ("3 of 4",), [3, 4]), (forms.COUNTS, ("3/4",), [3, 4]),
    (forms.STANDING, ("every 4w, at most 13w",), {"every": "4w", "at_most": "13w"}),
    (forms.RECORD, ("3 right, 5 wrong, base 30%",), {"right": 3, "wrong": 5, "base": 0.3})])
def test_other_values_are_typed_as_one_says_them(form: Form, typed: tuple[str, ...], value: Any) -> None:
    now = {quantities.WEIGHTS: 0.5, quantities.SPANS: "26w"}.get(form)  # type: ignore[call-overload]
    assert form.read(typed, now, now, "text") == value


@pytest.mark.parametrize(("form", "typed", "says"), [
    (quantities.RATIOS, ("", "1,5", ""), "has a comma; write 1.5"),
    (quantities.RATIOS, ("", "many", ""), "not a number or a word of the scale"),
    (quantities.RATIOS, ("2", "1", "3"), "not in order; write low, stated, high"),
    (quantities.RATIOS, ("1", "2", ""), "Write both low and high"),
    (quantities.RATIOS, ("", "", ""), "is not a number"), (quantities.SPANS, ("", "soon", ""), "not a length of time"),
    (forms.DAY, ("2023-02-30",), "is not a date; write YYYY-MM-DD"),
    (forms.WINDOW, ("2023-01-08",), "write its first and last day"),
    (forms.COUNTS, ("many",), "write how many of how many"), (forms.RECORD, ("often",), "is not a record"),
    (Choice({"A": "reliable"}), ("Z",), "cannot be chosen")])
def test_what_cannot_be_read_is_refused_with_what_to_write(form: Form, typed: tuple[str, ...], says: str) -> None:
    now = "26w" if form is quantities.SPANS else 1.5 if form is quantities.RATIOS else None
    with pytest.raises(ForecastError, match=says):
        form.read(typed, now, now, "text")


@given(stated=st.floats(0.05, 20), low=st.floats(0.1, 1), high=st.floats(1, 5), to=st.floats(0.05, 20))
def test_low_and_high_of_a_ratio_move_along_with_it(stated: float, low: float, high: float, to: float) -> None:
    now, typed = [low * stated, stated, high * stated], f"{to:.3g}"
    texts = quantities.RATIOS.texts(now)
    found = quantities.RATIOS.read((texts[0], typed, texts[2]), now, now, "stated")
    if typed != texts[1]:
        assert (found[0] / found[1], found[2] / found[1]) == pytest.approx((low, high), rel=2e-3)


@given(st.one_of(st.floats(0.01, 100), st.tuples(st.floats(0.1, 1), st.just(1.0), st.floats(1, 9)).map(list)))
def test_what_is_shown_is_read_back_as_it_was(value: Any) -> None:
    assert quantities.RATIOS.read(quantities.RATIOS.texts(value), value, value, "stated") == value
    drawn = quantities.RATIOS.drawn(value, value)
    assert quantities.RATIOS.texts(value)[1] in drawn["stops"]


@pytest.mark.parametrize("off", [False, True])
def test_a_switch_says_off_for_its_own_value_alone(off: bool) -> None:
    switch = Switch(off)
    assert switch.texts(off) == ("off",)
    assert switch.texts(None) == ("on",) == switch.texts(not off)
    assert switch.read(("on",), off, off, "text") is None
    assert switch.read(("off",), None, None, "text") is off
    assert switch.read(("on",), off, not off, "text") is (not off)
