"""Numbers as they are written: one rule for all, and nothing certain that is not."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.core.text import EDGES, TERMS, band, chance, counted, fine, firmness, percent, shortened, tenth, term

OPEN = st.floats(0, 1, exclude_min=True, exclude_max=True)


@given(p=OPEN | st.sampled_from([0.005, 0.0005, 0.995, 0.9995, 5e-324, math.nextafter(1, 0)]))
def test_what_is_neither_impossible_nor_certain_is_never_written_as_0_or_100(p: float) -> None:
    for text in (percent(p), percent(p, 1), percent(p, 2), chance(p), tenth(p), fine(p), *band((p, p)).split("–")):
        assert not re.fullmatch(r"(0|100)(\.0*)?%", text)
        assert re.fullmatch(r"(under |over |just under )?\d+(\.\d+)?%", text)


@given(p=st.sampled_from([1.0, 1 + 2e-16, 1.0000000000000016]))
def test_a_computed_probability_that_rounds_to_one_is_not_called_certain(p: float) -> None:
    assert (chance(p), tenth(p), fine(p), band((p, p))) == ("over 99%", "over 99.9%", "over 99.9%", "over 99%")
    assert percent(p) == "100%", "all of a share may well be meant"


def test_a_rounding_below_zero_is_no_certainty() -> None:
    assert term(-3e-15) == TERMS[0][1]
    assert percent(-3e-15) == "0%"


@given(p=OPEN, q=OPEN)
def test_a_band_reads_in_one_way_only(p: float, q: float) -> None:
    text = band(sorted((p, q)))
    assert re.fullmatch(r"\d+–\d+%|\d+%|(under |over )?\d+%( to (over )?\d+%)?", text)


@pytest.mark.parametrize(("value", "said"), [
    (1.2, "as firm as a rate seen in about 1 similar case"), (23.4, "as firm as a rate seen in about 23 similar cases"),
    (9.6, "as firm as a rate seen in just under 10 similar cases"), (math.inf, "as firm as a rate that is known")])
def test_a_worth_never_reads_as_more_precise_than_it_is(value: float, said: str) -> None:
    assert firmness(value) == said


@pytest.mark.parametrize("least", [0, 1])
@given(p=OPEN | st.tuples(st.sampled_from(EDGES[1:]), st.floats(-1e-3, 1e-3)).map(sum))
def test_a_number_beside_its_term_is_not_rounded_into_the_next_one(p: float, least: int) -> None:
    text = chance(p, least)
    number = float(re.sub(r"[^\d.]", "", text)) / 100
    assert term(round(number, 6)) == term(p) or text.startswith("just under") or re.match("over|under", text)


@given(count=st.integers(0, 40), most=st.integers(1, 20))
def test_a_list_that_is_cut_says_how_many_more_there_are(count: int, most: int) -> None:
    text = shortened([f"x{number}" for number in range(count)], most)
    assert len(re.findall(r"x\d+", text)) == min(count, most)
    assert text.endswith(f" and {count - most} more") == (count > most)
    assert counted(count, "item").endswith("s") == (count != 1)
