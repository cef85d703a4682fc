"""A case: one question with all its evidence, seen at one date. Everything downstream starts from it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import forecast as public  # its names are looked up when called: a record reaches the rooms above it by them alone
from forecast.core.cure_model import PastCase
from forecast.core.days import LiveDays
from forecast.core.errors import ForecastError, InputError, Problem, did_you_mean, refuse
from forecast.core.numerics import plain
from forecast.core.text import article, counted
from forecast.records.evidence import ENCODINGS, Group, Indicator, Item, Source
from forecast.records.faults import between, dangling, misdated, names, opposed
from forecast.records.history import tables_of, unlearnable
from forecast.records.opinion import Opinion, Settled, unsettled
from forecast.records.question import Calibration, Question, learned, uncalibrated
from forecast.records.types import Fault, Record, day_of, dotted, no_day, read_day, shown

if TYPE_CHECKING:
    from xarray import DataTree

_KINDS: dict[str, type[Record]] = {"sources": Source, "groups": Group, "items": Item, "indicators": Indicator,
                                   "opinions": Opinion}
"""What the records of a case are, by the name of their list."""


_MAPPINGS = ("histories", "settled", "former")


def listed(value: Any) -> Any:
    """What was given one after the other as a tuple; anything else stays as it is, to be refused in words."""
    return tuple(value) if isinstance(value, Iterable) else value


@dataclass(frozen=True)
class Case:
    """Question, sources, groups, items and indicators as of a date; frozen, and checked as strictly as files are.

    Items may lie in the future of the as-of date, or be retracted before it: `active` holds those that speak.
    The order in which items are given is irrelevant. What a record states was checked when it was made, and is not
    checked here again: change one with `with_`, since pydantic's `model_copy(update=...)` checks nothing.

    Parameters
    ----------
    question : Question
        The question.
    as_of : date or str
        The last day on which anything is known.
    sources, groups, items, indicators : iterable of records
        What the analyst stated.
    histories : mapping
        Past cases by the file that a reference class names: lists of `forecast.core.cure_model.PastCase`.
    opinions : iterable of Opinion
        What other analysts hold of the items.
    calibration : Calibration
        What the calibration that the question names has taught; the question takes its evidence weight and model error.

    Raises
    ------
    InputError
        With everything that is wrong between the records: ids given twice, unknown sources, groups and hypotheses,
        past cases that are wrong or were not read, a calibration that was not, a date outside the question.
    """

    question: Question
    as_of: date
    sources: tuple[Source, ...] = ()
    groups: tuple[Group, ...] = ()
    items: tuple[Item, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    histories: Mapping[str, tuple[PastCase, ...]] = field(default_factory=dict)
    opinions: tuple[Opinion, ...] = ()
    """What other analysts hold of the items. Their priors are among the components of the question's."""
    settled: Mapping[str, Settled] = field(default_factory=dict)
    """What a panel holds of items, by their ids, where that has been worked out already."""
    former: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    """What several analysts state of items that a scenario drops or states anew, by their ids: nothing of the event any
    more, but still who of them leans which way."""
    calibration: Calibration | None = None
    """What resolved questions taught, if the question takes it."""

    def __post_init__(self) -> None:
        given = {name: listed(getattr(self, name)) for name in _KINDS}
        if isinstance(self.histories, Mapping):
            given["histories"] = tables_of(self.histories)
        self._set(given | {"as_of": read_day(self.as_of) or self.as_of})
        _refuse(list(self._mistyped()) or list(self._contradictions()))
        self._set({name: MappingProxyType(dict(getattr(self, name))) for name in _MAPPINGS})
        self._set({"items": _in_order(self.items), "question": learned(self.question, self.calibration)})

    def _set(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        items = f"{len(self.active)} of {counted(len(self.items), 'item')}"
        return f"Case({self.question.id!r} as of {self.as_of}: {items})"

    @classmethod
    def unchecked(cls, **fields: Any) -> Case:
        """A case of all its fields, which are known to fit together, such as those that came through the gate."""
        case = object.__new__(cls)
        case._set(fields | {"items": _in_order(fields["items"])})
        return case

    def changed(self, **changes: Any) -> Case:
        """The case with other records in the place of some, which are known to fit; nothing is checked anew.

        Raises `InputError` for a field that a case does not have.
        """
        stated = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        refuse(Problem("", 0, name, f"is not known here; {did_you_mean(name, stated)}")
               for name in changes if name not in stated)
        return Case.unchecked(**stated | changes)

    def _mistyped(self) -> Iterator[Fault]:
        """What is not a record at all, so that nothing else can be said of it."""
        if not isinstance(self.question, Question):
            yield Fault(("question",), f"{shown(self.question)} is not a Question; make one with forecast.Question")
        if read_day(self.as_of) is None:
            yield Fault(("as_of",), no_day(self.as_of))
        for name in _MAPPINGS:
            if not isinstance(given := getattr(self, name), Mapping):
                yield Fault((name,), f"{shown(given)} is not a mapping; write {{name: value}}")
        if self.calibration is not None and not isinstance(self.calibration, Calibration):
            yield Fault(("calibration",), f"{shown(self.calibration)} is not a Calibration; give the one of a "
                                          "workspace, such as forecast.load(\".\").calibration")
        for name, kind in _KINDS.items():
            records = getattr(self, name)
            if not isinstance(records, tuple):
                yield Fault((name,), f"{shown(records)} is not a list; write [one, another]")
                continue
            for index, record in enumerate(records):
                if not isinstance(record, kind):
                    yield Fault((name, index), f"{shown(record)} is not {article(kind.__name__)}; make one first")

    def _contradictions(self) -> Iterator[Fault]:
        yield from between(self.question, self.sources, self.groups, self.items, self.indicators, self.histories)
        yield from unlearnable(self.histories)
        yield from uncalibrated(self.question, self.calibration)
        items = {item.id: item for item in self.items}
        yield from opposed(self.opinions, items, names(self.question, None, None))
        yield from unsettled(self.settled, self.former, items, len(self.question.hypotheses))
        if (what := misdated(self.question, self.as_of)) is not None:
            yield Fault(("as_of",), what)

    def __reduce__(self) -> tuple[Callable[..., Case], tuple[Any, ...]]:
        """Pickle what is stated, which was checked, and nothing that was computed from it."""
        stated = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return _restored, tuple((stated | {name: dict(getattr(self, name)) for name in _MAPPINGS}).values())

    @cached_property
    def active(self) -> tuple[Item, ...]:
        """Items that were public, and not retracted, on the as-of date; by date and id."""
        return tuple(item for item in self.items if item.active(self.as_of))

    @cached_property
    def days(self) -> LiveDays:
        """The live days of the question."""
        return LiveDays(self.question.opens, self.question.horizon, self.as_of)

    def at(self, as_of: date | str) -> Case:
        """The same case as of another date, or text such as 2022-12-02.

        Raises
        ------
        InputError
            If it is not a date or outside the question, or the event had happened by its end.
        """
        day = day_of("as_of", as_of)
        if (what := misdated(self.question, day)) is not None:
            raise InputError.of("as_of", what)
        return self.changed(as_of=day)

    def moved_to(self, as_of: date | str) -> Case:
        """The case of a later date if nothing new is heard until then: what is active and known now, and no event.

        Raises
        ------
        InputError
            If it is not a date, or not between the as-of date and the horizon.
        """
        day = day_of("as_of", as_of)
        if not self.as_of <= day < self.question.horizon:
            raise InputError.of("as_of", f"{day} is not a later date of the question; write a date from {self.as_of} "
                                         f"to the day before {self.question.horizon}")
        return self.changed(as_of=day, items=tuple(item.known(self.as_of) for item in self.active),
                            sources=tuple(source.known(self.as_of) for source in self.sources))

    def known_then(self) -> Case:
        """Only the items that an analyst had entered by the as-of date."""
        return self.changed(items=tuple(item for item in self.items if item.entered <= self.as_of))

    def without(self, ids: Iterable[str]) -> Case:
        """The case without some of its items, or without one; `InputError` for what is not the id of an item."""
        gone = self._named(ids)
        return self.changed(items=tuple(item for item in self.items if item.id not in gone))

    def with_item(self, item: Item) -> Case:
        """The case with an item added, or put in the place of the one that has its id.

        If it is encoded otherwise than before, this is what counts, whatever others hold of it.

        Raises
        ------
        InputError
            If the item does not fit the case: its source, group or hypotheses are unknown to it.
        """
        if not isinstance(item, Item):
            raise InputError.of("item", f"{shown(item)} is not an item; make one with forecast.Item")
        case = self.holding(item)
        known = names(case.question, {source.id for source in case.sources}, {group.id for group in case.groups})
        found = [*dangling(vars(item), known), *(fault for opinion in case.opinions if item.id in opinion.items
                                                 for fault in opinion.items[item.id].misfits(item))]
        _refuse(Fault(("item", item.id, *path), what) for path, what in found)
        return case

    def holding(self, item: Item) -> Case:
        """The case `with_item`, of one that is known to fit; it is not checked."""
        before = next((other for other in self.items if other.id == item.id), None)
        is_as_it_was = before is None or all(getattr(before, name) == getattr(item, name) for name in ENCODINGS)
        case = self if is_as_it_was else self.unopposed([item.id])
        return case.changed(items=(*(other for other in self.items if other.id != item.id), item))

    def unopposed(self, ids: Iterable[str]) -> Case:
        """The case without what other analysts, or the panel, hold of some items; `InputError` for an unknown id."""
        gone = self._named(ids)
        return self.changed(opinions=tuple(opinion.without(gone) for opinion in self.opinions),
                            settled={name: value for name, value in self.settled.items() if name not in gone})

    def _named(self, ids: Any) -> frozenset[str]:
        """The ids of items that were given, one or many; `InputError` with all that are none."""
        many = [ids] if isinstance(ids, str) else listed(ids)
        if not isinstance(many, list | tuple) or isinstance(ids, Item):  # a record gives its fields one by one
            raise InputError.of("ids", f"{shown(ids)} is not an id; write the ids of items, [one, another]")
        known = {item.id for item in self.items}
        refuse(Problem("", 0, dotted(("ids", index)), f"{shown(name)} is not an item; {did_you_mean(str(name), known)}")
               for index, name in enumerate(many) if not isinstance(name, str) or name not in known)
        return frozenset(many)

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
        >>> case.with_(sources={"wire": {"grade": "E"}}, question={"evidence_weight": 0.5})
        """
        from forecast.records.scenario import apply, given, stated

        added = listed(add)
        if isinstance(added, tuple):
            added = tuple(given(item) if isinstance(item, Item) else item for item in added)
        fields = {"drop": (drop,) if isinstance(drop, str) else listed(drop), "revise": revise, "sources": sources,
                  "groups": groups, "question": question, "as_of": as_of, "add": added}
        left_out = [name for name, value in fields.items() if value is None or (isinstance(value, tuple) and not value)]
        changes = {name: plain(value) for name, value in fields.items() if name not in left_out}
        return apply(self, stated({"name": "case.with_"} | changes))

    def forecast(self) -> public.Forecast:
        """Compute the exact forecast."""
        return public.Exact(self).forecast

    def ledger(self) -> public.Ledger:
        """Decompose the forecast into the outside view, silence, and each item in date order."""
        return public.Ledger.of(self)

    def sensitivity(self) -> public.Sensitivity:
        """Compute the forecast with each input at its low and at its high, the widest swing first."""
        return public.Sensitivity.of(self)

    def sample(self, **settings: Any) -> DataTree:
        """Sample the posterior with PyMC, which takes from half a minute to some minutes.

        Chains that have not mixed after one retry are given all the same, with a Python warning that says so; whether
        they have is `diagnostics.passed` of what `forecast.forecast_nuts` gives.

        Parameters
        ----------
        **settings
            `draws`, `tune`, `chains`, `seed` and `progress`, as those of `forecast.forecast_nuts`.

        Returns
        -------
        DataTree
            The chains as ArviZ has them, with what was sampled and what is read off it.
        """
        sampled = public.forecast_nuts(self, **settings)
        if (why := sampled.diagnostics.why_not) is not None:
            warnings.warn(f"{why}; sample more draws, and state nothing from these", stacklevel=2)
        return sampled.tree

    def active_item(self, name: str) -> Item:
        """Look up an active item by its id.

        Raises
        ------
        ForecastError
            If there is none of that id, or it does not speak on the as-of date.
        """
        found = next((item for item in self.items if item.id == name), None)
        if found is None:
            raise ForecastError(f"{name}: no such item; {did_you_mean(str(name), [item.id for item in self.items])}")
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


def _restored(*stated: Any) -> Case:
    """A case from its fields, in their order, as it was pickled."""
    given = dict(zip([entry.name for entry in fields(Case)], stated, strict=True))
    return Case.unchecked(**given | {name: MappingProxyType(given[name]) for name in _MAPPINGS})


def _refuse(faults: Iterable[Fault]) -> None:
    """Raise `InputError` with faults; not if there are none."""
    refuse(Problem("", 0, dotted(path), what) for path, what in faults)


def _in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: (item.date, item.id)))


def default_as_of(question: Question, items: Iterable[Item], today: date) -> date:
    """Today or, where today lies outside the question, the date of the newest item inside (none: the opening)."""
    if question.begins <= today < question.horizon and not question.decided_by(today):
        return today
    inside = [item.date for item in items
              if question.begins <= item.date < question.horizon and not question.decided_by(item.date)]
    return max(inside, default=question.opens)
