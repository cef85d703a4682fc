"""Copies of one report: how often they count, for the event and for the background."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import Item
from tests.builders import (
    day,
    forecast_of,
    make_case,
    make_group,
    make_item,
    make_question,
    make_source,
    with_parts,
)
from tests.properties.same import assert_same_event, assert_same_headline
from tests.strategies import cases, choice, extra, real, whole

kinds = choice("sign", "condition", "claim")


def with_copies(case: Case, item: Item, count: int, overlap: float | None) -> Case:
    """The case with copies of an item, in a group of their own if an overlap is given."""
    group = None if overlap is None else "copies"
    copies = [item.model_copy(update={"id": f"copy-{index}", "group": group}) for index in range(count)]
    return with_parts(case, copies, groups=() if overlap is None else [make_group(overlap, "copies")])


def drawn(data: st.DataObject, case: Case, kind: str) -> tuple[Case, Item]:
    """An item of a source that learns nothing, so that reliability is given."""
    case = with_parts(case, sources=[make_source("new", "B", checked=False)])
    return case, data.draw(extra(case, kind=kind, source="new", group=None))


@given(st.data(), cases(), kinds, whole(2, 6))
def test_with_overlap_one_copies_count_as_one(data: st.DataObject, case: Case, kind: str, count: int) -> None:
    case, item = drawn(data, case, kind)
    assert_same_headline(with_copies(case, item, 1, None), with_copies(case, item, count, 1.0))


@given(st.data(), cases(), kinds, whole(2, 6))
def test_with_overlap_zero_copies_multiply(data: st.DataObject, case: Case, kind: str, count: int) -> None:
    case, item = drawn(data, case, kind)
    assert_same_headline(with_copies(case, item, count, None), with_copies(case, item, count, 0.0))


@given(st.data(), cases(), real(0.05, 1), whole(1, 12))
def test_copies_count_as_no_more_than_the_inverse_of_their_overlap(
        data: st.DataObject, case: Case, overlap: float, count: int) -> None:
    item = make_item("copy", source=case.sources[0].id, date=case.as_of,
                     likelihood_ratio={case.question.event.id: data.draw(real(1.1, 9))})
    engine = Exact(with_copies(case, item, count, overlap))
    mine = np.array([item.group == "copies" for item in engine.evidence.items])
    echo = engine.heard.echo[mine]
    np.testing.assert_allclose(np.sort(echo)[::-1], (1 - overlap) ** np.arange(count))
    assert echo.sum() <= 1 / overlap + 1e-12


@given(cases(min_items=3))
def test_with_overlap_one_the_strongest_of_each_direction_speaks_alone(case: Case) -> None:
    groups = tuple(group.model_copy(update={"overlap": make_group(1.0).overlap, "memory": math.inf})
                   for group in case.groups)
    # What is over must teach nothing, or leaving it out would change more than the echo.
    sources = tuple(source.model_copy(update={"checked": False}) for source in case.sources)
    case = replace(case, groups=groups, sources=sources)
    engine = Exact(case)
    heard = {item.id for item, *q in zip(engine.evidence.items, engine.heard.echo, engine.heard.background_echo,
                                         strict=True) if max(q) > 0}
    alone = replace(case, items=tuple(item for item in case.items if item.id in heard))
    np.testing.assert_allclose(forecast_of(alone).daily, engine.forecast.daily, rtol=0, atol=1e-12)
    np.testing.assert_allclose(forecast_of(alone).alternatives, engine.forecast.alternatives, rtol=0, atol=1e-12)


def echoes(items: list[Item], as_of: int = 300, **group: Any) -> list[float]:
    """q of items of one group, by date and id."""
    question = make_question({"calm": 0.4, "covert": 0.6}, weeks=60)
    case = make_case(question, items, [make_source()], [make_group(0.5, **group)], day(as_of))
    return Exact(case).heard.echo.tolist()


def said(name: str, number: int, ratio: float = 4.0, **fields: Any) -> Item:
    """A report of the group, public on a day."""
    return make_item(name, date=day(number), group="rumour", likelihood_ratio={"strike": ratio}, **fields)


@pytest.mark.parametrize(("memory", "days"), [({}, 182), ({"memory": "26w"}, 182), ({"memory": "3w"}, 21),
                                              ({"memory": "1d"}, 1)])
def test_what_is_as_old_as_the_memory_of_its_group_is_echoed_and_what_is_older_is_not(
        memory: dict[str, str], days: int) -> None:
    assert echoes([said("a", 0), said("b", days)], **memory) == [1.0, 0.5]
    assert echoes([said("a", 0), said("b", days + 1)], **memory) == [1.0, 1.0]
    assert echoes([said("a", 0), said("b", 299)], memory="never") == [1.0, 0.5]


def test_a_later_report_that_is_stronger_silences_an_earlier_one_and_equal_ones_go_by_date_and_id() -> None:
    assert echoes([said("a", 0, 2.0), said("b", 5, 9.0)]) == [0.5, 1.0]
    assert echoes([said("b", 0), said("a", 5)]) == [1.0, 0.5]
    assert echoes([said("b", 0), said("a", 0), said("c", 0)]) == [1.0, 0.5, 0.25]


def test_reports_of_two_directions_do_not_echo_each_other_whatever_their_kind() -> None:
    assert echoes([said("a", 0), said("b", 1, 0.25), said("c", 2, about="condition")]) == [1.0, 1.0, 0.5]


def test_a_claim_that_is_over_silences_nobody_for_the_event() -> None:
    over, ahead = (said("a", 0, 30.0, window=[day(1), day(last)]) for last in (300, 301))
    assert echoes([over, said("b", 1)]) == [1.0, 1.0]
    assert echoes([ahead, said("b", 1)]) == [1.0, 0.5]


@given(st.data(), cases(min_items=2))
def test_a_claim_that_is_over_never_moves_the_event_through_its_group(data: st.DataObject, case: Case) -> None:
    case = with_parts(case, sources=[make_source("new", "A", checked=False)])
    over = case.as_of - timedelta(data.draw(whole(0, 40)))
    claim = data.draw(extra(case, kind="claim", source="new", window=(over - timedelta(5), over)))
    assert_same_event(case, case.with_item(claim))


def test_the_background_has_echoes_of_its_own() -> None:
    """Two items that favour one alternative echo each other for the background, though they disagree on the event."""
    fields: dict[str, Any] = {"date": day(3), "group": "rumour"}
    items = [make_item("a", likelihood_ratio={"strike": 9, "covert": 3}, **fields),
             make_item("b", likelihood_ratio={"strike": 0.5, "covert": 2}, **fields),
             make_item("c", likelihood_ratio={"strike": 1, "covert": 0.5}, **fields)]
    question = make_question({"calm": 0.4, "covert": 0.6}, reference="calm")
    engine = Exact(make_case(question, items, [make_source()], [make_group(0.5)], day(5)))
    assert engine.heard.background_echo.tolist() == [1.0, 0.5, 1.0]
    assert engine.heard.echo.tolist() == [1.0, 1.0, 0.5]
