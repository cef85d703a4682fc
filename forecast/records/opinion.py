"""What other analysts hold of the items, and of the prior (`evidence/opinions/ANALYST.yaml`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import Field

from forecast.core.errors import did_you_mean
from forecast.records.evidence import ENCODINGS, Counts, Item
from forecast.records.question import Prior, Priors
from forecast.records.types import Fault, Ident, Probability, Ratio, Record, Share, Text, shown

DESK = "desk"
"""Whose an encoding is where the file names nobody."""


class Analyst(Record):
    """Who holds an opinion."""

    id: Ident
    name: Text | None = None
    blind: bool = False
    """Whether it was encoded before any forecast or other opinion was seen."""
    known: Share | None = None
    """The probability, as stated by the analyst beforehand, that he knew how the question was resolved; up to 1."""


class Encoding(Record):
    """What another analyst says that an item says: exactly one of the four encodings."""

    likelihood_ratio: dict[str, Ratio] | None = None
    """How many times likelier it is than under the reference, by hypothesis; left out: 1."""
    probability: dict[str, Probability] | None = None
    """How likely such an item is, by hypothesis."""
    counts: dict[str, Counts] | None = None
    """How often such items came before, by hypothesis: [seen, of]."""
    kept: Probability | None = None
    """Of announcements like this one, how many are kept; for claims alone."""
    note: str | None = None
    """Why these numbers."""

    def faults(self) -> Iterator[Fault]:
        """There is exactly one encoding."""
        given = [name for name in ENCODINGS if getattr(self, name) is not None]
        if not given:
            yield Fault((), "says nothing; write likelihood_ratio, probability, counts or, for a claim, kept")
        for extra in given[1:]:
            yield Fault((extra,), f"is written beside {given[0]}; write exactly one of the encodings")

    def misfits(self, item: Item) -> Iterator[Fault]:
        """What does not fit the item that it encodes."""
        if not item.seen and (self.likelihood_ratio is not None or self.kept is not None):
            name = "kept" if self.likelihood_ratio is None else "likelihood_ratio"
            yield Fault((name,), f"has no complement, and {item.id} was not seen; write probability or counts")
        if self.kept is None:
            return
        if item.window is None:
            yield Fault(("kept",), f"is for claims, and {item.id} is a {item.kind}; write likelihood_ratio")
        elif not item.is_report:
            yield Fault(("kept",), f"speaks of the report, speaker included, and {item.id} says a fact; write "
                                   "says: report there, or likelihood_ratio here")


class Opinion(Record):
    """Another analyst's encoding of items whose facts are in the evidence files, and perhaps his prior."""

    analyst: Analyst
    items: dict[Ident, Encoding] = Field(default_factory=dict)
    """Encodings by the id of the item."""
    prior: Priors = ()
    """His components of the prior; those of several analysts share their weight equally."""

    def faults(self) -> Iterator[Fault]:
        """A prior has a weight, and its components are the analyst's own."""
        if self.prior and not any(component.weight > 0 for component in self.prior):
            yield Fault(("prior",), "every weight is 0; give at least one component a weight above 0")
        for index, component in enumerate(self.prior or ()):
            if self.analyst and component.analyst not in (None, self.analyst.id):
                yield Fault(("prior", index, "analyst"), f"{component.analyst} is not {self.analyst.id}, whose opinion "
                                                         "this is; leave it out")

    def of(self, item: Item) -> Item | None:
        """An item as this analyst encodes it; None if he does not."""
        encoding = self.items.get(item.id)
        return None if encoding is None else encoded(item, encoding, self.analyst.id)

    def without(self, names: Iterable[str]) -> Opinion:
        """The opinion without what it says of some items."""
        gone = set(names)
        kept = {name: encoding for name, encoding in self.items.items() if name not in gone}
        return self if len(kept) == len(self.items) else self.model_copy(update={"items": kept})


class Settled(NamedTuple):
    """What a panel holds of an item, in the place of what its own analyst states; hypotheses with the event first."""

    log_value: tuple[float, ...]
    log_sd: tuple[float, ...]


def unsettled(settled: Mapping[str, Any], former: Mapping[str, Any], items: Mapping[str, Item], hypotheses: int
              ) -> Iterator[Fault]:
    """What is wrong with what has been worked out of a panel, by the ids of items, where Python states it."""
    for name, value in settled.items():
        if name not in items:
            yield Fault(("settled", name), f"is not an item; {did_you_mean(str(name), items)}")
        elif not isinstance(value, Settled) or any(len(part) != hypotheses for part in value):
            yield Fault(("settled", name), f"{shown(value)} is not what a panel holds of it; leave it out")
    for name, stated in former.items():
        if not isinstance(stated, tuple) or not all(isinstance(each, Item) and each.id == name for each in stated):
            yield Fault(("former", name), f"{shown(stated)} is not what analysts stated of it; leave it out")


def analyst_of(record: Item | Prior) -> str:
    """Whose an encoding, or a component of the prior, is."""
    return record.analyst or DESK


_ENCODED: dict[tuple[int, int, str], tuple[Item, Encoding, Item]] = {}
"""Items as others encode them, by the identities of what they are made from, so that many scenarios share them."""

_MOST_ENCODED = 50_000


def encoded(item: Item, encoding: Encoding, analyst: str) -> Item:
    """An item with another analyst's encoding; what its values speak of, fact or report, stays as it was."""
    key = id(item), id(encoding), analyst
    if key not in _ENCODED:
        fields: dict[str, Any] = {name: getattr(encoding, name) for name in ENCODINGS}
        fields |= {"says": "report" if item.is_report else "fact", "analyst": analyst}
        if len(_ENCODED) >= _MOST_ENCODED:
            _ENCODED.clear()
        _ENCODED[key] = item, encoding, item.model_copy(update=fields)
    return _ENCODED[key][-1]


def versions(item: Item, opinions: Iterable[Opinion]) -> tuple[Item, ...]:
    """An item as each analyst encodes it, its own first."""
    others = (opinion.of(item) for opinion in opinions)
    return (item, *(each for each in others if each is not None))


def pooled_prior(own: tuple[Prior, ...], opinions: Sequence[Opinion]) -> tuple[Prior, ...]:
    """The components of every analyst's prior, each analyst's with the same weight in all.

    Who gives all of his a weight of 0 takes no part. Where there is one analyst the components stay as they are.
    """
    by_analyst: dict[str, list[Prior]] = {}
    for component in own:
        by_analyst.setdefault(analyst_of(component), []).append(component)
    for opinion in opinions:
        for component in opinion.prior:
            by_analyst.setdefault(opinion.analyst.id, []).append(component)
    if len(by_analyst) < 2:
        return own
    return tuple(component for name, components in by_analyst.items() for component in _shared(name, components))


def _shared(analyst: str, components: Sequence[Prior]) -> Iterator[Prior]:
    total = sum(component.weight for component in components)
    for component in components if total > 0 else ():
        yield component.model_copy(update={"weight": component.weight / total, "analyst": analyst})


def priors_by_analyst(components: Iterable[Prior]) -> Mapping[str, tuple[Prior, ...]]:
    """The components of a prior by whose they are."""
    found: dict[str, tuple[Prior, ...]] = {}
    for component in components:
        found[analyst_of(component)] = (*found.get(analyst_of(component), ()), component)
    return found
