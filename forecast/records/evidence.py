"""The evidence: sources, groups, items and indicators (`priors/sources.yaml`, `groups.yaml`, `evidence/*.yaml`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from forecast.records.types import (
    Count,
    Day,
    Fault,
    Fraction,
    Ident,
    Probability,
    Ratio,
    Record,
    Text,
    Weeks,
    WeeksOrNever,
    of_length,
    shown,
    wrong,
)

GRADES = {"A": 0.95, "B": 0.80, "C": 0.60, "D": 0.40, "E": 0.20, "F": 0.50}
"""Admiralty grades of a source and the mean reliability that each stands for (F: cannot be judged)."""

CREDIBILITIES = {1: 0.95, 2: 0.80, 3: 0.60, 4: 0.40, 5: 0.20}
"""Admiralty credibility of a report; 6 (cannot be judged) stands for no statement."""

ENCODINGS = {"counts": "how often such items came before", "probability": "how likely such an item is",
             "likelihood_ratio": "how many times likelier than under the reference",
             "kept": "how many announcements like this one are kept"}
"""The encodings of an item, in the order in which analysts should prefer them; `kept` is for claims alone."""

Kind = Literal["sign", "condition", "claim"]
KINDS: tuple[Kind, ...] = ("sign", "condition", "claim")
"""What an item speaks of: a preparation, the climate, or days."""

_GRADE_WEIGHT = 10.0


class Window(NamedTuple):
    """The days that a dated claim speaks of, both included."""

    first: Day
    last: Day


class Tally(NamedTuple):
    """How often such items came before: seen in so many of the comparable occasions."""

    seen: int
    of: int


def _in_order(window: Window) -> Window:
    if window.last < window.first:
        raise wrong(f"ends on {window.last}, before it begins; write [first day, last day]")
    return window


def _tally(value: object) -> Tally:
    if not (isinstance(value, list | tuple) and len(value) == 2
            and all(type(entry) is int and entry >= 0 for entry in value)):
        raise wrong(f"{shown(value)} is not a count; write [seen, of] with whole numbers from 0")
    seen, of = value
    if seen > of:
        raise wrong(f"{seen} seen out of {of} is impossible; write [seen, of] with seen ≤ of")
    if of > 10**15:
        raise wrong(f"{of} is more than can be counted; write a smaller number")
    return Tally(seen, of)


_PREFERRED_LAST = ("likelihood_ratio", "probability", "counts", "kept")
"""The encodings in the order in which the first that is given is kept beside others."""

Chance = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
"""How often something happens anyway, from 0 to below 1."""

Credibility = Annotated[int, Field(ge=1, le=6)]
Days = Annotated[Window, of_length(2, "is not a window; write [first day, last day]"), AfterValidator(_in_order)]
Counts = Annotated[Tally, BeforeValidator(_tally),
                   WithJsonSchema({"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 10**15},
                                   "minItems": 2, "maxItems": 2})]


class Tested(Record):
    """Claims of a source that were checked before the question opened."""

    right: Count
    wrong: Count
    base: Chance = 0.0
    """How often such claims come true anyway; 0 if left out."""


class DatedTest(Record):
    """Claims of a source whose outcome became known on a day."""

    date: Day
    right: Count
    wrong: Count
    base: Chance = 0.0
    """How often such claims come true anyway; 0 if left out."""
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

    checked: bool = True
    """False for a kind of source rather than a speaker: it earns and loses nothing by claims that are items here."""

    @property
    def prior(self) -> tuple[float, float]:
        """Parameters (α, β) of the Beta that its grade stands for: Beta(10m, 10(1−m)), for grade F Beta(1, 1)."""
        weight = 2.0 if self.grade == "F" else _GRADE_WEIGHT
        mean = GRADES[self.grade]
        return weight * mean, weight * (1 - mean)

    def tests(self, as_of: date) -> tuple[Tested | DatedTest, ...]:
        """The entries of its record that count on a date: an undated one always, a dated one from its date on."""
        if self.record is None or isinstance(self.record, Tested):
            return () if self.record is None else (self.record,)
        return tuple(test for test in self.record if test.date <= as_of)

    def known(self, as_of: date) -> Source:
        """The source without what its record tells of later days."""
        return self.model_copy(update={"record": self.tests(as_of)}) if isinstance(self.record, tuple) else self


class Group(Record):
    """Items that may share one origin, and how far they overlap."""

    id: Ident
    name: Text
    overlap: Fraction
    """How much of a further report the others have already told: 0 nothing, 1 everything."""
    memory: WeeksOrNever = 26.0
    """How far apart in time two items may be and still echo each other: 26w if left out, or never."""
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
    """The day on which the analyst entered it; left out where nobody said."""
    source: Ident
    """The id of a source."""
    about: Literal["sign", "condition"] | None = None
    """sign: of a preparation (if left out); condition: of the climate. An item with a window is a claim."""
    says: Literal["fact", "report"] | None = None
    """fact: the values speak of what is reported; report: of hearing it from this speaker. By default report for
    counts, kept and what was not seen, else fact."""
    analyst: Ident | None = None
    """Who encoded it; the desk if left out."""
    credibility: Credibility | None = None
    """Admiralty credibility of this report: 1 confirmed to 5 improbable, 6 cannot be judged."""
    group: Ident | None = None
    """The id of a group with which it may share its origin."""
    likelihood_ratio: dict[str, Ratio] | None = None
    """How many times likelier it is than under the reference, by hypothesis; left out: 1."""
    probability: dict[str, Probability] | None = None
    """How likely such an item is, by hypothesis."""
    counts: dict[str, Counts] | None = None
    """How often such items came before, by hypothesis: [seen, of]."""
    kept: Probability | None = None
    """Of announcements like this one, how many are kept; for claims alone."""
    window: Days | None = None
    """The days that a claim speaks of, both included: [first, last]."""
    standing: Standing | None = None
    """A fact that goes on: how often it speaks, and until when."""
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
        given = [name for name in _PREFERRED_LAST if getattr(self, name) is not None]
        if not given:
            yield Fault((), "says nothing; write likelihood_ratio, probability, counts or, for a claim, kept")
        for extra in given[1:]:
            yield Fault((extra,), f"cannot go with {given[0]}; write exactly one of the encodings")
        if not self.seen and (self.likelihood_ratio is not None or self.kept is not None):
            yield Fault(("seen",), f"{given[0]} has no complement; state probability or counts with seen: false")
        if self.window is not None and self.about is not None:
            yield Fault(("about",), "cannot go with window, which makes it a claim; leave out one of the two")
        if self.kept is not None and self.window is None:
            yield Fault(("kept",), "is for claims; write the window of days that the announcement names")
        if self.kept is not None and self.says == "fact":
            yield Fault(("says",), "kept speaks of the report, speaker included; leave out says")
        later = {("recorded",): self.recorded, ("retracted",): self.retracted,
                 ("standing", "until"): self.standing and self.standing.until}
        for path, day in later.items():
            if day and self.date and day < self.date:
                yield Fault(path, f"{day} lies before the date {self.date}; write that day or a later one")

    @property
    def kind(self) -> Kind:
        """Sign, condition or claim."""
        return "claim" if self.window is not None else self.about or "sign"

    @property
    def is_report(self) -> bool:
        """Whether its values already speak of hearing the report, so that no reliability is applied to them."""
        if self.says is not None:
            return self.says == "report"
        return self.counts is not None or self.kept is not None or not self.seen

    @property
    def entered(self) -> Day:
        """The day on which an analyst knew it, for all that is said: `recorded`, else the date."""
        return self.recorded or self.date

    @property
    def encoding(self) -> str:
        """Name of the one encoding that is given."""
        return next(name for name in ENCODINGS if getattr(self, name) is not None)

    def active(self, as_of: Day) -> bool:
        """Whether it was public, and not retracted, on a date."""
        return self.date <= as_of and (self.retracted is None or self.retracted > as_of)

    def known(self, as_of: Day) -> Item:
        """An active item without what later days tell of it: that it was retracted, or stands no more."""
        standing = self.standing
        if standing is not None and standing.until is not None and standing.until > as_of:
            standing = standing.model_copy(update={"until": None})
        return self.model_copy(update={"retracted": None, "standing": standing})


class Indicator(Record):
    """Something that could be seen by a date, and would tell the hypotheses apart."""

    id: Ident
    title: Text
    by: Day
    """The last day on which it could be seen."""
    probability: dict[str, Probability]
    """How likely it is to be seen by then, by hypothesis."""
    about: Literal["sign", "condition"] | None = None
    """sign if left out, or condition; with a window it is a claim."""
    window: Days | None = None
    """The days that it would speak of, both included: [first, last]."""
    source: Ident | None = None
    """The id of the source that would report it; certain if left out."""
    credibility: Credibility | None = None
    """Admiralty credibility that the report would have."""
    rationale: Text
    """Why these numbers."""
    note: str | None = None

    def faults(self) -> Iterator[Fault]:
        """With a window it is a claim, and says nothing else of what it is about."""
        if self.window is not None and self.about is not None:
            yield Fault(("about",), "cannot go with window, which makes it a claim; leave out one of the two")

    @property
    def kind(self) -> Kind:
        """Sign, condition or claim."""
        return "claim" if self.window is not None else self.about or "sign"
