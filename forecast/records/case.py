"""A case: one question with all its evidence, seen at one date. Everything downstream starts from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

from forecast.core.cure_model import PastCase
from forecast.core.errors import ForecastError, did_you_mean
from forecast.core.weeks import LiveWeeks
from forecast.records.evidence import Group, Indicator, Item, Source
from forecast.records.question import Question


@dataclass(frozen=True)
class Case:
    """Question, sources, groups, items and indicators as of a date; frozen.

    Items may lie in the future of the as-of date, or be retracted before it: `active` holds those that speak.
    The order in which items are given is irrelevant.
    """

    question: Question
    as_of: date
    sources: tuple[Source, ...] = ()
    groups: tuple[Group, ...] = ()
    items: tuple[Item, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    histories: Mapping[str, tuple[PastCase, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", tuple(sorted(self.items, key=lambda item: (item.date, item.id))))

    @cached_property
    def active(self) -> tuple[Item, ...]:
        """Items that were public, and not retracted, on the as-of date; by date and id."""
        return tuple(item for item in self.items if item.active(self.as_of))

    @cached_property
    def weeks(self) -> LiveWeeks:
        """The live weeks of the question."""
        return LiveWeeks(self.question.opens, self.question.horizon, self.as_of)

    def at(self, as_of: date) -> Case:
        """The same case as of another date.

        Raises
        ------
        ForecastError
            If the date is outside the question, or the event had come by its end.
        """
        opens, horizon = self.question.opens, self.question.horizon
        if not opens <= as_of < horizon:
            raise ForecastError(f"--as-of {as_of} is outside the question; "
                                f"write a date from {opens} to the day before {horizon}")
        if self.question.decided_by(as_of):
            resolved = self.question.resolved
            day = resolved.date if resolved else as_of
            raise ForecastError(f"resolved on {day}: the event had come by {as_of}; write an earlier --as-of")
        return replace(self, as_of=as_of)

    def known_then(self) -> Case:
        """Only the items that an analyst had entered by the as-of date."""
        return replace(self, items=tuple(item for item in self.items if item.entered <= self.as_of))

    def without(self, ids: Iterable[str]) -> Case:
        """The case without some of its items."""
        gone = frozenset(ids)
        return replace(self, items=tuple(item for item in self.items if item.id not in gone))

    def with_item(self, item: Item) -> Case:
        """The case with an item added, or put in the place of the one that has its id."""
        return replace(self, items=(*(other for other in self.items if other.id != item.id), item))

    def with_(self, *, drop: Iterable[str] = (), revise: Mapping[str, Mapping[str, Any]] | None = None,
              add: Iterable[Mapping[str, Any] | Item] = (), sources: Mapping[str, Mapping[str, Any]] | None = None,
              groups: Mapping[str, Mapping[str, Any]] | None = None, question: Mapping[str, Any] | None = None,
              as_of: date | str | None = None) -> Case:
        """The case under a scenario that is stated in Python; checked as strictly as a file of scenarios.

        Parameters
        ----------
        drop : iterable of str
            Ids of items that are left out.
        revise, sources, groups : mapping
            Fields to replace in items, sources and groups, by the record's id; None removes one.
        add : iterable of Item or mapping
            Whole items, with the fields of a file.
        question : mapping
            Fields of the question to replace; lists are replaced whole.
        as_of : date or str
            The date as of which the forecast is made instead.

        Raises
        ------
        ForecastError
            With everything that is wrong: unknown ids or fields, bad values, references to nothing.

        Examples
        --------
        >>> case = forecast.load(".").case()
        >>> case.with_(sources={"wire": {"grade": "E"}}, question={"half_life": "never"})
        """
        from forecast.records.scenario import apply, given, stated

        fields = {"drop": (drop,) if isinstance(drop, str) else tuple(drop), "revise": revise, "sources": sources,
                  "groups": groups, "question": question, "as_of": as_of,
                  "add": tuple(given(item) if isinstance(item, Item) else item for item in add)}
        return apply(self, stated({"name": "case.with_"} | {
            name: value for name, value in fields.items() if value not in (None, ())}))

    def active_item(self, name: str) -> Item:
        """Look up an active item by its id.

        Raises
        ------
        ForecastError
            If there is none of that id, or it does not speak on the as-of date.
        """
        found = next((item for item in self.items if item.id == name), None)
        if found is None:
            raise ForecastError(f"{name}: no such item; {did_you_mean(name, [item.id for item in self.items])}")
        if found.date > self.as_of:
            raise ForecastError(f"{name}: is public from {found.date}, after the as-of date {self.as_of}; "
                                "write a later as-of date")
        if not found.active(self.as_of):
            raise ForecastError(f"{name}: was retracted on {found.retracted}; write an earlier as-of date")
        return found

    def item(self, name: str) -> Item:
        """Look up an item by its id; raises `KeyError`."""
        for item in self.items:
            if item.id == name:
                return item
        raise KeyError(name)


def default_as_of(question: Question, items: Iterable[Item], today: date) -> date:
    """Today or, where today lies outside the question, the date of the newest item inside (none: the opening)."""
    if question.opens <= today < question.horizon and not question.decided_by(today):
        return today
    inside = [item.date for item in items
              if question.opens <= item.date < question.horizon and not question.decided_by(item.date)]
    return max(inside, default=question.opens)
