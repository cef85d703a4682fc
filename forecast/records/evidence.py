"""The evidence: sources, groups, items and indicators (`priors/sources.yaml`, `groups.yaml`, `evidence/*.yaml`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from forecast.records.types import (
    Count,
    Day,
    Estimate,
    Fault,
    Fraction,
    Ident,
    Probability,
    Ratio,
    Record,
    Text,
    Weeks,
    WeeksOrNever,
    shown,
    wrong,
)

GRADES = {"A": 0.95, "B": 0.80, "C": 0.60, "D": 0.40, "E": 0.20, "F": 0.50}
"""Admiralty grades of a source and the mean reliability that each stands for (F: cannot be judged)."""

CREDIBILITIES = {1: 0.95, 2: 0.80, 3: 0.60, 4: 0.40, 5: 0.20}
"""Admiralty credibility of a report; 6 (cannot be judged) stands for no statement."""

ENCODINGS = {"counts": "how often such items came before", "probability": "how likely such an item is",
             "likelihood_ratio": "how many times likelier than under the reference"}
"""The encodings of an item, in the order in which analysts should prefer them."""

_GRADE_WEIGHT = 10.0


class Window(NamedTuple):
    """The days that a dated claim speaks of, both included."""

    first: Day
    last: Day


class Tally(NamedTuple):
    """How often such items came before: seen in so many of the comparable occasions."""

    seen: int
    of: int


def _pair(value: object) -> object:
    if isinstance(value, list | tuple) and len(value) == 2:
        return value
    raise wrong(f"{shown(value)} is no window; write [first day, last day]")


def _in_order(window: Window) -> Window:
    if window.last < window.first:
        raise wrong(f"ends on {window.last}, before it begins; write [first day, last day]")
    return window


def _tally(value: object) -> Tally:
    if not (isinstance(value, list | tuple) and len(value) == 2
            and all(type(entry) is int and entry >= 0 for entry in value)):
        raise wrong(f"{shown(value)} is no count; write [seen, of] with whole numbers from 0")
    seen, of = value
    if seen > of:
        raise wrong(f"seen {seen} is more than of {of}; write [seen, of] with seen ≤ of")
    if of > 10**15:
        raise wrong(f"{of} is more than can be counted; write a smaller number")
    return Tally(seen, of)


Days = Annotated[Window, BeforeValidator(_pair), AfterValidator(_in_order)]
Counts = Annotated[Tally, BeforeValidator(_tally),
                   WithJsonSchema({"type": "array", "items": {"type": "integer", "minimum": 0},
                                   "minItems": 2, "maxItems": 2})]


class Tested(Record):
    """Claims of a source that were checked before the question opened."""

    right: Count
    wrong: Count


class DatedTest(Record):
    """Claims of a source whose outcome became known on a day."""

    date: Day
    right: Count
    wrong: Count
    note: str | None = None


Checked = Annotated[
    Annotated[Tested, Tag("Tested")] | Annotated[tuple[DatedTest, ...], Field(strict=False), Tag("DatedTest")],
    Discriminator(lambda value: "DatedTest" if isinstance(value, list | tuple) else "Tested")]
"""A record of one kind or the other; the shape tells which."""


class Source(Record):
    """Who says it, and how far that can be trusted."""

    id: Ident
    name: Text
    grade: Literal["A", "B", "C", "D", "E", "F"]
    """Admiralty grade: A completely reliable to E unreliable, F cannot be judged."""
    record: Checked | None = None
    """Claims checked before the question opened or, with dates, from those days on."""
    note: str | None = None

    def reliability(self, as_of: date) -> tuple[float, float]:
        """Parameters (α, β) of the Beta of its reliability r as of a date, before the items of the case.

        Beta(10m + right, 10(1−m) + wrong) with m the mean of its grade; Beta(1 + right, 1 + wrong) for grade F.
        """
        if isinstance(self.record, Tested):
            right, false = self.record.right, self.record.wrong
        else:
            known = [test for test in self.record or () if test.date <= as_of]
            right, false = sum(test.right for test in known), sum(test.wrong for test in known)
        weight = 2.0 if self.grade == "F" else _GRADE_WEIGHT
        mean = GRADES[self.grade]
        return weight * mean + right, weight * (1 - mean) + false


class Group(Record):
    """Items that may share one origin, and how far they overlap."""

    id: Ident
    name: Text
    overlap: Fraction
    """How much of a further report the others have already told: 0 nothing, 1 everything."""
    note: str | None = None


class Standing(Record):
    """A fact that goes on, and speaks again in every period in which it could have ended."""

    every: Weeks
    """The period for which the item's values are stated."""
    at_most: WeeksOrNever | None = None
    """Time after which it speaks no more; four periods if left out."""
    until: Day | None = None
    """The day on which it ended."""

    def multiple(self, since: date, as_of: date) -> float:
        """How many periods have spoken by a date: min(at_most, weeks standing)/every, at_most 4·every by default."""
        limit = 4 * self.every if self.at_most is None else self.at_most
        return min(limit, (self.end(as_of) - since).days / 7) / self.every

    def end(self, as_of: date) -> date:
        """The last day of standing that is known on a date."""
        return as_of if self.until is None else min(as_of, self.until)


class Item(Record):
    """One piece of evidence: what became public when, who says it, and how likely that is under each hypothesis."""

    id: Ident
    title: Text
    date: Day
    """The day on which it became public."""
    recorded: Day | None = None
    """The day on which the analyst entered it; the date if left out."""
    source: Ident
    """The id of a source."""
    credibility: Annotated[int, Field(ge=1, le=6)] | None = None
    """Admiralty credibility of this report: 1 confirmed to 5 improbable, 6 cannot be judged."""
    group: Ident | None = None
    """The id of a group with which it may share its origin."""
    likelihood_ratio: dict[str, Ratio] | None = None
    """How many times likelier it is than under the reference, by hypothesis; left out: 1."""
    probability: dict[str, Probability] | None = None
    """How likely such an item is, by hypothesis."""
    counts: dict[str, Counts] | None = None
    """How often such items came before, by hypothesis: [seen, of]."""
    half_life: WeeksOrNever | None = None
    """Lead over which its decibans halve; the question's if left out, never with a window."""
    window: Days | None = None
    """The days that a dated claim speaks of, both included: [first, last]."""
    standing: Standing | None = None
    seen: bool = True
    """False: looked for, and not there."""
    retracted: Day | None = None
    """The day on which it was taken back."""
    url: str | None = None
    """Where it can be looked up."""
    note: str | None = None
    rationale: Text
    """Why these numbers."""

    def faults(self) -> Iterator[Fault]:
        """An item has exactly one encoding, one that can be negated if it was not seen, and nothing before its date."""
        given = [name for name in reversed(ENCODINGS) if getattr(self, name) is not None]
        if not given:
            yield Fault((), "says nothing; write likelihood_ratio, probability or counts")
        for extra in given[1:]:
            yield Fault((extra,), f"stands beside {given[0]}; write exactly one of the three encodings")
        if not self.seen and self.likelihood_ratio is not None:
            yield Fault(("seen",), "a likelihood ratio has no complement; state probability or counts with seen: false")
        later = {("recorded",): self.recorded, ("retracted",): self.retracted,
                 ("standing", "until"): self.standing and self.standing.until}
        for path, day in later.items():
            if day and self.date and day < self.date:
                yield Fault(path, f"{day} lies before the date {self.date}; write that day or a later one")

    @property
    def entered(self) -> Day:
        """The day on which an analyst knew it."""
        return self.recorded or self.date

    @property
    def encoding(self) -> tuple[str, dict[str, Estimate] | dict[str, Tally]]:
        """Name and values of the one encoding that is given."""
        for name in ("likelihood_ratio", "probability", "counts"):
            values = getattr(self, name)
            if values is not None:
                return name, values
        raise AssertionError("an item has an encoding")

    def active(self, as_of: Day) -> bool:
        """Whether it was public, and not retracted, on a date."""
        return self.date <= as_of and (self.retracted is None or self.retracted > as_of)


class Indicator(Record):
    """Something that could be seen by a date, and would tell the hypotheses apart."""

    id: Ident
    title: Text
    by: Day
    """The last day on which it could be seen."""
    probability: dict[str, Probability]
    """How likely it is to be seen by then, by hypothesis."""
    half_life: WeeksOrNever | None = None
    window: Days | None = None
    rationale: Text
    note: str | None = None
