"""What happened, and what that decides: how good the ratios of claims were, and what belongs in a source's record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from forecast.core.errors import ForecastError
from forecast.core.numerics import logsumexp
from forecast.engine.encoding import stated
from forecast.engine.exact import Exact
from forecast.records.case import Case
from forecast.records.evidence import KINDS, Item, Source, Tested
from forecast.records.question import Question
from forecast.records.result import Chance, Result


@dataclass(frozen=True)
class Outcome:
    """Whether and when the event happened, as far as it is known."""

    came: date | None
    """The day of the event; None if it had not happened by `until`."""
    until: date
    """The last day by whose end it is known whether the event had happened."""

    def decided(self, first: date, last: date) -> tuple[date, bool] | None:
        """When it was known whether the event happened from one day to another, and whether it did.

        None if that is not known, or if there is no such day.
        """
        if last < first:
            return None
        if self.came is not None and self.came <= last:
            return self.came, first <= self.came
        return (last, False) if last <= self.until else None


def resolved_as(question: Question) -> dict[str, str] | None:
    """How a question was resolved, as documents have it; None while it is open."""
    return None if question.resolved is None else question.resolved.model_dump(mode="json")


def outcome(question: Question, as_of: date | None = None) -> Outcome:
    """What is known of a question's outcome, from `resolved` or, up to a date, on the word of whoever gives the date.

    A resolved question is known up to its horizon. The calendar alone shows nothing of an open one: a day that has
    passed is no proof that nothing happened. Whoever gives an as-of date states, here as everywhere, that the event
    had not happened by its end unless `resolved` has it so. Raises `ForecastError` for an open question without a date.
    """
    resolved = question.resolved
    if resolved is None and as_of is None:
        raise ForecastError(
            f"{question.id}: has no outcome yet; when it has, write `resolved: {{outcome: {question.event.id}, date: "
            "YYYY-MM-DD}` (or the alternative that came true) into its question; while it is open, name an as-of "
            "date: up to it, deadlines that passed without the event are scored")
    until = min(as_of or question.horizon, question.horizon)
    return Outcome(resolved.date if resolved and question.decided_by(until) else None, until)


# Claims whose time has come.


class RanOut(Result):
    """A dated claim whose window passed without the event, and what that did to its source."""

    id: str
    source: str
    ended: date
    without: Chance
    """Mean reliability of the source without the claim."""
    reliability: Chance
    """Mean reliability of the source with it."""


def run_out(engine: Exact, after: date = date.min, joined: Collection[str] = ()) -> list[RanOut]:
    """List the active claims whose days had passed by the as-of date but not by one before it, by the ends of the days.

    The days of a claim that became public after its window had passed as soon as it was heard; those that `joined`
    since the earlier date, by their ids, may have been heard later still. The claim is left out and everything else
    kept, so that the difference is all that it did to its source: what it said, and that it did not happen.
    """
    case = engine.case
    now = engine.credit.means()
    found = sorted((item.window.last, index) for index, item in enumerate(case.active)
                   if item.window is not None and item.window.last <= case.as_of
                   and (after < max(item.window.last, item.date) or item.id in joined))
    rows = []
    for ended, index in found:
        chosen = np.ones(len(case.active), bool)
        chosen[index] = False
        item, source = case.active[index], int(engine.evidence.source[index])
        rows.append(RanOut(id=item.id, source=item.source, ended=ended, reliability=float(now[source]),
                           without=float(engine.credit.means(chosen)[source])))
    return rows


@dataclass(frozen=True)
class Judged:
    """An item whose ratio can be judged, because it is known whether what it speaks of came."""

    item: Item
    known: date
    """The day on which that was known."""
    came: bool
    log_ratio: float
    """Logarithm of the stated ratio, event to no event."""

    @property
    def lean(self) -> float:
        """Above 0 if it leans towards the event, below 0 if away from it; 0 if it leans neither way, to 9 decimals."""
        return round(self.log_ratio, 9)

    @property
    def right(self) -> bool:
        """Whether it leaned to the side that came true."""
        return self.lean > 0 if self.came else self.lean < 0

    @property
    def wrong(self) -> bool:
        """Whether it leaned to the other side."""
        return self.lean != 0 and not self.right


def judged(items: Iterable[Item], case: Case, outcome: Outcome) -> list[Judged]:
    """Judge every item whose time has come by the outcome; items that were retracted are left out."""
    found = []
    for item in items:
        known = outcome.decided(*span(item, case.question, outcome.until))
        before = outcome.came is None or item.date < outcome.came
        if known is not None and before and item.active(outcome.until):
            found.append(Judged(item, *known, log_ratio(item, case)))
    return found


def span(item: Item, question: Question, until: date) -> tuple[date, date]:
    """First and last day of the event that an item speaks of.

    A claim speaks of its window, as far as the question was open. A sign or a condition speaks of an event that is
    near: from the day after it to one lead of its process later (standing: after the last known day of its standing),
    and of none after the horizon.
    The first day is later than the last where all that was over before the question opened.
    """
    if item.window is not None:
        return max(item.window.first, question.opens), item.window.last
    first = max(item.date + timedelta(1), question.opens)
    process = question.processes[KINDS.index(item.kind)]
    since = item.standing.end(until) if item.standing else item.date
    days = min(7 * process.lead.stated, (question.horizon - since).days)
    return first, since + timedelta(int(days))


def log_ratio(item: Item, case: Case) -> float:
    """log R, how many times likelier an item is stated to be under the event than without it, before standing."""
    value, _ = stated(item, case)
    return float(value[0] - logsumexp(value[1:] + np.log(case.question.shares)))


class Proposal(Result):
    """A claim that is not an item and whose outcome is known, as a dated entry for its source's record."""

    source: str
    id: str
    title: str
    known: date
    """The day on which its outcome was known."""
    right: bool
    dated: bool
    """Whether the source's record has dated entries, so that this one can join them."""
    entry: str
    """The entry as `priors/sources.yaml` takes it."""


def proposals(drafts: Iterable[Item], items: Sequence[Item], sources: Iterable[Source], case: Case,
              outcome: Outcome) -> list[Proposal]:
    """Propose dated record entries for claims that are no items: drafts with a window whose outcome is known.

    A draft is a claim that the forecast ignores. One that leans towards the event was right if the event came
    inside its window, one that leans away if it did not; one that leans neither way proves nothing. Nothing is
    proposed for a claim that is an item, for its window does that work, nor for one that the record notes already.
    """
    known = {source.id: source for source in sources}
    ids, urls = {item.id for item in items}, {item.url for item in items if item.url}
    found = []
    for claim in judged((draft for draft in drafts if draft.window is not None), case, outcome):
        draft, source = claim.item, known.get(claim.item.source)
        is_item = draft.id in ids or draft.url in urls
        if source is not None and claim.lean and not is_item and draft.id not in _noted(source):
            right = claim.right
            found.append(Proposal(
                source=source.id, id=draft.id, title=draft.title, known=claim.known, right=right,
                dated=not isinstance(source.record, Tested),
                entry=f"- {{date: {claim.known}, right: {int(right)}, wrong: {int(not right)}, note: {draft.id}}}"))
    return sorted(found, key=lambda proposal: (proposal.source, proposal.known, proposal.id))


def _noted(source: Source) -> set[str]:
    """Words of the notes in a source's dated record."""
    entries = source.record if isinstance(source.record, tuple) else ()
    return {word.strip(".,;:()") for entry in entries for word in (entry.note or "").split()}
