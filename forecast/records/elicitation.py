"""What an encoder answers before and while he sees the evidence, and the question that he is given without numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from forecast.core.errors import did_you_mean
from forecast.core.numerics import beta_from_range, widest_range
from forecast.records.evidence import Group, Item
from forecast.records.question import Priors, Question
from forecast.records.types import (
    WORDS,
    Estimate,
    Fault,
    Ident,
    Positive,
    Probability,
    Record,
    Share,
    Text,
    of_length,
    parsed_day,
    repeated,
    shown,
    word_value,
    wrong,
)

Word = Literal["nothing", "barely", "somewhat", "clearly", "strongly", "decisive"]
Side = Literal["for", "against"]


def word_ratio(word: Word, side: Side | None) -> Estimate:
    """The likelihood ratio of a word, with a range of half a step either way in logs.

    A step leads from a word to its neighbour, so that the ranges of neighbours touch in the geometric mean of their
    ratios: somewhat is [√(1.25·2), 2, √(2·4)] = [1.58, 2, 2.83]. Below nothing lies barely on the other side; above
    decisive the step is taken to be as long as the one below it. Against is the reciprocal.
    """
    ladder = [math.log(ratio) for ratio in WORDS.values()]
    ladder = [-ladder[1], *ladder, 2 * ladder[-1] - ladder[-2]]
    at = 1 + list(WORDS).index(word)
    low, high = (ladder[at - 1] + ladder[at]) / 2, (ladder[at] + ladder[at + 1]) / 2
    if side == "against":
        low, high = -high, -low
    return Estimate(word_value(word, side), math.exp(low), math.exp(high))


class LeftOut(Record):
    """A fact that is not an item, and why."""

    fact: Text
    why: Literal["silence", "clock", "background", "no fact", "repeated"]


class SourceName(Record):
    """A source that has no grade yet."""

    id: Ident
    name: Text


class NeutralQuestion(Question):
    """A question without a prior."""

    prior: Priors = ()
    """Left out: the encoders state it."""


class NeutralItem(Item):
    """An item without numbers."""

    rationale: Text = "not encoded"
    keep: Literal["counts"] | None = None
    """counts: it is encoded by data, and not encoded again."""

    def faults(self) -> Iterator[Fault]:
        """No encoding is missing here; everything else is as in an item."""
        yield from (fault for fault in super().faults() if fault.path)

    @property
    def takes_kept(self) -> bool:
        """Whether its encoder may say how many such announcements are kept, which speaks of hearing the report."""
        return self.kind == "claim" and self.is_report and self.seen


class NeutralCase(Record):
    """One question with its facts, before anybody has put a number to them."""

    question: NeutralQuestion
    evidence: Annotated[tuple[NeutralItem, ...], Field(strict=False)] = ()
    left_out: Annotated[tuple[LeftOut, ...], Field(strict=False)] = ()
    sources: Annotated[tuple[SourceName, ...], Field(strict=False)] = ()
    groups: Annotated[tuple[Group, ...], Field(strict=False)] = ()

    def faults(self) -> Iterator[Fault]:
        """Ids are unique, and groups exist."""
        known = {group.id for group in self.groups or ()}
        for index, name in repeated(item.id for item in self.evidence or ()):
            yield Fault(("evidence", index, "id"), f"{name} is used twice; write another id")
        for index, item in enumerate(self.evidence or ()):
            if item.group is not None and item.group not in known:
                yield Fault(("evidence", index, "group"), f"{item.group} is not a group; "
                                                          f"{did_you_mean(item.group, known)}")

    @property
    def first(self) -> date:
        """The date of the outside view.

        It is the first as-of date or, where none is stated, `asked`; without that the date of the newest item that was
        not recorded on a day of its own, else the opening.
        """
        question = self.question
        if question.as_of:
            return min(question.as_of)
        if question.asked is not None:
            return question.asked
        return max((item.date for item in self.evidence if item.recorded is None and item.date < question.horizon),
                   default=question.opens)

    def block(self, item: NeutralItem) -> date:
        """The date on which an item is shown: the first one, or the later day on which it was recorded."""
        return max(self.first, item.entered)

    @property
    def items(self) -> tuple[NeutralItem, ...]:
        """The items to encode, in the order in which they are shown: by block, date and id."""
        encoded = (item for item in self.evidence if item.keep is None)
        return tuple(sorted(encoded, key=lambda item: (self.block(item), item.date, item.id)))


def _moment(value: Any) -> Any:
    """A day or a number of weeks; pydantic's union would explain neither."""
    found = parsed_day(value) if isinstance(value, str) else value
    if isinstance(found, bool) or not isinstance(found, int | float | date):
        raise wrong(f"{shown(value)} is neither a date nor a number of weeks; write YYYY-MM-DD or a number")
    return found


Moment = Annotated[date | float, BeforeValidator(_moment)]


class OutsideView(Record):
    """What an encoder holds likely before he has seen any item."""

    question: Ident
    known: Share
    """The probability that he knows how the question was resolved."""
    known_outcome: Ident | None = None
    """The hypothesis that he believes came true."""
    probability: Probability
    """Of the event by the deadline, as of the first date, given that it had not happened: [low, stated, high]."""
    quartiles: Annotated[tuple[Moment, Moment, Moment], Field(strict=False),
                         of_length(3, "is not three dates or weeks; write the quartiles [25 %, 50 %, 75 %]")]
    """When 25, 50 and 75 % of it will have happened, given that it happens: dates, or weeks after the first date."""
    shares: dict[str, Positive] | None = None
    """How the alternatives share the rest, where there are several; normalised."""
    reference_class: Text
    """Like which cases."""
    reason: Text

    @field_validator("probability")
    @classmethod
    def _a_beta_fits(cls, value: Estimate) -> Estimate:
        if value.low is None or value.high is None:
            raise wrong(f"{value.stated:g} has no range; write [low, stated, high]")
        if beta_from_range(value.low, value.stated, value.high) is None:
            raise wrong(f"no Beta with mean {value.stated:g} has a 5-95 % range {value.high - value.low:.3g} wide; "
                        f"write low and high at most {widest_range(value.stated):.3f} apart")
        return value

    def faults(self) -> Iterator[Fault]:
        """Quartiles are all dates or all weeks, and never fall."""
        if self.quartiles and len({isinstance(moment, date) for moment in self.quartiles}) > 1:
            yield Fault(("quartiles",), "mixes dates and weeks; write three of one kind")

    def weeks(self, first: date) -> tuple[float, float, float]:
        """The quartiles in weeks after the first date."""
        low, middle, high = ((moment - first).days / 7 if isinstance(moment, date) else float(moment)
                             for moment in self.quartiles)
        return low, middle, high

    def misfits(self, case: NeutralCase) -> Iterator[Fault]:
        """What does not fit the question that it answers."""
        question = case.question
        if self.question != question.id:
            yield Fault(("question",), f"{self.question} is not the question that is asked; answer {question.id}")
            return
        if self.known_outcome is not None and self.known_outcome not in question.hypotheses:
            yield Fault(("known_outcome",), f"{self.known_outcome} is not a hypothesis; "
                                            f"{did_you_mean(self.known_outcome, question.hypotheses)}")
        yield from self._untimely(case)
        yield from self._unshared([alternative.id for alternative in question.alternatives])

    def _untimely(self, case: NeutralCase) -> Iterator[Fault]:
        question, weeks = case.question, self.weeks(case.first)
        if any(later < earlier for earlier, later in pairwise(weeks)):
            yield Fault(("quartiles",), "falls; write the 25, 50 and 75 % points in this order")
        end = (question.horizon - case.first).days / 7
        start = max((question.opens - case.first).days, 0) / 7
        if not all(start <= week <= end and week > 0 for week in weeks):
            yield Fault(("quartiles",), f"lies outside the question; write dates after {case.first}, from "
                                        f"{question.opens} to {question.horizon} (at most {end:.4g} weeks)")

    def _unshared(self, alternatives: list[str]) -> Iterator[Fault]:
        if len(alternatives) == 1:
            return
        if self.shares is None:
            yield Fault(("shares",), f"is missing; write how {', '.join(alternatives)} share what is left if the event "
                                     "does not happen")
        elif set(self.shares) != set(alternatives):
            yield Fault(("shares",), f"names {', '.join(self.shares)}; write one number for each of "
                                     f"{', '.join(alternatives)}")


class Leaning(Record):
    """A word for or against an alternative, measured against the reference."""

    word: Word
    side: Side | None = None

    def faults(self) -> Iterator[Fault]:
        """Every word but nothing takes a side."""
        if self.word:
            yield from _sides(self.word, self.side)


class ItemView(Record):
    """What an encoder makes of one item."""

    question: Ident
    item: Ident
    word: Word | None = None
    """How much it says."""
    side: Side | None = None
    """Whether it speaks for or against the event; left out with nothing."""
    kept: Probability | None = None
    """For a claim that announces the event: of announcements like this one, how many are kept?"""
    background: dict[str, Leaning] | None = None
    """Where there are several alternatives: what it says for or against one of them, against the reference."""
    reason: Text

    def faults(self) -> Iterator[Fault]:
        """One of the two encodings, and a side for every word but nothing."""
        if self.word is None and self.kept is None:
            yield Fault(("word",), "is missing; write a word and for or against or, for an announcement, kept")
        if self.word is not None and self.kept is not None:
            yield Fault(("kept",), "cannot go with word; write one of the two")
        if self.word:
            yield from _sides(self.word, self.side)
        elif self.word is None and self.side:
            yield Fault(("side",), "cannot go with kept, which has none; leave it out")

    def misfits(self, case: NeutralCase, item: NeutralItem) -> Iterator[Fault]:
        """What does not fit the item that it answers."""
        if (self.question, self.item) != (case.question.id, item.id):
            yield Fault(("item",), f"{self.item} of {self.question} is not the item that is asked; "
                                   f"answer {item.id} of {case.question.id}")
            return
        if self.kept is not None and item.kind != "claim":
            yield Fault(("kept",), f"is for claims, and {item.id} is a {item.kind}; write a word and for or against")
        elif self.kept is not None and not item.takes_kept:
            what = "says a fact" if item.seen else "was not seen"
            yield Fault(("kept",), f"speaks of the report, speaker included, and {item.id} {what}; write a word and "
                                   "for or against")
        others = [each.id for each in case.question.alternatives if each.id != case.question.reference]
        for name in self.background or ():
            if name not in others:
                what = f"write one of {', '.join(others)}" if others else "leave out background"
                yield Fault(("background", name), f"is not an alternative beside the reference; {what}")

    def unheard(self) -> Iterator[Fault]:
        """What it says and nothing is made of; answers that were written before this was refused may hold it."""
        if self.kept is not None and self.background:
            yield Fault(("background",), "cannot go with kept, which says nothing of the alternatives; leave it out, "
                                         "or write a word in the place of kept")


def _sides(word: Word, side: Side | None) -> Iterator[Fault]:
    if word != "nothing" and side is None:
        yield Fault(("side",), "is missing; write for or against")
    if word == "nothing" and side:
        yield Fault(("side",), "cannot go with nothing, which takes no side; leave it out")
