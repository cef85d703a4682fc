"""Copies of one report: how often they count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from tests.builders import forecast_of, make_group
from tests.laws.same import assert_same_headline
from tests.strategies import cases, extra


def copies(item: Item, count: int, group: str | None) -> list[Item]:
    return [item.model_copy(update={"id": f"copy-{index}", "group": group}) for index in range(count)]


def with_copies(case: Case, item: Item, count: int, overlap: float | None) -> Case:
    """The case with copies of an item, in a group of their own if an overlap is given."""
    if overlap is not None:
        case = replace(case, groups=(*case.groups, make_group(overlap, "copies")))
    return replace(case, items=(*case.items, *copies(item, count, None if overlap is None else "copies")))


@given(st.data(), cases(), st.integers(2, 6))
def test_with_overlap_one_copies_count_as_one(data: st.DataObject, case: Case, count: int) -> None:
    item = data.draw(extra(case, group=None))
    assert_same_headline(with_copies(case, item, 1, None), with_copies(case, item, count, 1.0))


@given(st.data(), cases(), st.integers(2, 6))
def test_with_overlap_zero_copies_count_as_independent_reports(data: st.DataObject, case: Case, count: int) -> None:
    item = data.draw(extra(case, group=None))
    assert_same_headline(with_copies(case, item, count, None), with_copies(case, item, count, 0.0))


@given(st.data(), cases(), st.floats(0.05, 1), st.integers(1, 12))
def test_copies_count_as_no_more_than_the_inverse_of_their_overlap(
        data: st.DataObject, case: Case, overlap: float, count: int) -> None:
    exact = Exact(with_copies(case, data.draw(extra(case, group=None)), count, overlap))
    mine = np.array([item.group == "copies" for item in exact.evidence.items])
    echo = exact.evidence.echo()[mine]
    np.testing.assert_allclose(np.sort(echo)[::-1], (1 - overlap) ** np.arange(count))
    assert echo.sum() <= 1 / overlap + 1e-12


@given(st.data(), cases())
def test_with_overlap_one_the_strongest_of_each_direction_speaks_alone(data: st.DataObject, case: Case) -> None:
    case = replace(case, groups=tuple(group.model_copy(update={"overlap": make_group(1.0).overlap})
                                      for group in case.groups))
    exact = Exact(case)
    echo = exact.evidence.echo()
    heard = {item.id for item, q in zip(exact.evidence.items, echo, strict=True) if q > 0}
    alone = replace(case, items=tuple(item for item in case.items if item.id in heard))
    np.testing.assert_allclose(forecast_of(alone).states, exact.forecast.states, rtol=0, atol=1e-12)
