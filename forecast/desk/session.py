"""What one open page knows: the last good state of the files, what analysts change on top, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from forecast.core.errors import ForecastError, InputError
from forecast.desk.controls.inputs import ADDED, OFF, record, subject
from forecast.desk.controls.naming import label
from forecast.desk.edits import Edits, State, changed, edits_of, in_words, merged, refitted, scenario
from forecast.desk.engines import Engines, Findings, with_edits
from forecast.desk.files import Fingerprint, dated, fingerprint, first_date
from forecast.desk.opinions import Seat, filed_edits, is_open, seat_of
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.records.evidence import Item
from forecast.records.faults import misdated
from forecast.records.opinion import DESK, analyst_of
from forecast.records.scenario import Scenario
from forecast.records.types import Steps
from forecast.workspace.loader import Workspace, load

MOST_STEPS_BACK = 100
"""Changes that can be undone one after the other."""


@dataclass
class Sitting:
    """The state of one page. Whatever is shown is computed from it and the files.

    `asked` is the as-of date that the address of the page names.
    """

    root: Path
    asked: str | None = None
    workspace: Workspace = field(init=False)
    state: State = field(init=False)
    known: dict[str, Seat] = field(default_factory=dict)
    """Everybody who has had a seat here; who has one now is part of the state."""
    who: str = DESK
    """Whose opinion is being changed."""
    filed: dict[str, Edits] = field(default_factory=dict)
    """The opinions that are in files, by analyst."""
    reasons: dict[str, dict[Steps, str]] = field(default_factory=dict)
    """Why each analyst changed what; nothing typed here is ever undone."""
    problems: tuple[str, ...] = ()
    """The lines that `forecast check` prints, while files are wrong; the last good state stays."""
    notice: str = ""
    """What the page has to say about what it did, or did not do."""
    past: list[tuple[State, str]] = field(default_factory=list)
    """States before each change, and the gesture that made it."""
    engines: Engines = field(default_factory=Engines)
    _seen: Fingerprint | None = None

    def __post_init__(self) -> None:
        self._seen = fingerprint(self.root)
        self.workspace = load(self.root)
        self.state = State(MappingProxyType({DESK: {}}), first_date(self.workspace))
        why = self.look_from(self.asked) if self.asked else ""
        self.notice = f"?as_of={self.asked}: {why}" if why else ""
        self.past = []
        self._seat_all()

    def refresh(self) -> None:
        """Read the files if they changed; where they are wrong, keep what was read last and the check's lines."""
        now = fingerprint(self.root)
        if now == self._seen:
            return
        self._seen, self.problems = now, ()
        try:
            self._take(load(self.root))
        except InputError as error:
            self.problems = tuple(map(str, error.problems))
        except ForecastError as error:
            self.problems = (str(error),)

    def _take(self, workspace: Workspace) -> None:
        before, self.workspace = self.workspace, workspace
        self.engines.forget()
        if workspace.whole == before.whole:
            return
        said = []
        if misdated(workspace.question, was := self.state.as_of) is not None:
            self.state = replace(self.state, as_of=first_date(workspace))
            said = [f"The files have changed, and {was} lies outside the question now; this is {self.state.as_of}."]
        self.past = []
        self._seat_all()
        if lost := self._refit():
            said.append(f"The files have changed, and what was changed here no longer fits: {', '.join(lost)}.")
        self.notice = " ".join(said) or self.notice

    def _refit(self) -> list[str]:
        """Let go of changes that the files have by now, and set those aside that no longer fit; what those are."""
        seats, lost = {}, []
        for who, edits in self.state.seats.items():
            base = self.base(who).case
            seats[who], gone = refitted(base, edits, partial(self._is_opinion, who))
            lost += [label(base, base, place) for place in gone]
        self.state = replace(self.state, seats=MappingProxyType(seats))
        return lost

    def written(self) -> None:
        """After changes have gone into the files: read them, and keep only what did not go there."""
        self.reasons.pop(self.who, None)
        left = {place: value for place, value in self.edits().items() if self._stays(place)}
        self._put(self.who, left if self.who == DESK else self.filed.get(self.who, {}))
        self._seen = None
        self.refresh()

    def base(self, who: str | None = None) -> Exact:
        """The files as of the date of the desk: as the panel has them or, for another analyst, as the desk has them."""
        panel = (who or self.who) == DESK
        return self.engines.base(panel, lambda: self.workspace.whole if panel else self.plain, self.state.as_of)

    @property
    def plain(self) -> Case:
        """The files without other analysts' opinions."""
        return self.workspace.whole.changed(question=self.workspace.question, opinions=())

    def edits(self, who: str | None = None) -> Edits:
        """The changes of an analyst."""
        return self.state.seats[who or self.who]

    def parted(self, who: str) -> tuple[Edits, Edits]:
        """The changes of an analyst: of what the files hold as the analyst's own, and what is stated beside it."""
        edits = self.edits(who)
        own = {place: value for place, value in edits.items() if self.holds(who, place)}
        return own, {place: value for place, value in edits.items() if place not in own}

    def scenario(self, who: str | None = None) -> Scenario:
        """The changes of an analyst as a scenario on top of the files."""
        return scenario(self.base(who).case, self.edits(who))

    def engine(self, who: str | None = None) -> Exact:
        """The engine of what an analyst holds."""
        name = who or self.who
        return self.engines.of(name, self.base(name), self.edits(name))

    def other(self, name: str) -> Exact:
        """A scenario of the files, as of the date of the desk unless it names one."""
        return self.engines.other(name, self.base(DESK), self.workspace.scenarios[name])

    @property
    def case(self) -> Case:
        """The case as the analyst who speaks sees it."""
        return self.engine().case

    @property
    def forecast(self) -> Forecast:
        """The forecast of the analyst who speaks."""
        return self.engine().forecast

    @property
    def findings(self) -> Findings | None:
        """What takes longer, as last worked out; unless `settled`, it is a change behind."""
        return self.engines.found.get(self.who)

    @property
    def settled(self) -> bool:
        """Whether everything that takes longer is there."""
        return self.findings is not None and self.findings.engine is self.engine()

    @property
    def is_changed(self) -> bool:
        """Whether anybody has changed something that is in no file yet."""
        return any(edits != self.filed.get(who, {}) for who, edits in self.state.seats.items())

    def holds(self, who: str, place: Steps) -> bool:
        """Whether a place in the files is an analyst's own: what an item says is its analyst's, all else the desk's."""
        item = record(self.workspace.whole, place) if place[0] == "item" and is_open(place) else None
        return who == (analyst_of(item) if isinstance(item, Item) else DESK)

    def move(self, place: Steps, value: Any, gesture: str = "") -> str:
        """Change one value of the analyst who speaks, as a file states it; says in words why it is refused, if it is.

        What is refused changes nothing. Changes of one gesture, such as dragging a slider, are undone together.
        """
        is_opinion = self._is_opinion(self.who, place)
        return self._attempt(lambda: changed(self.base().case, self.case, self.edits(), place, value, is_opinion),
                             gesture)

    def _is_opinion(self, who: str, place: Steps) -> bool:
        """Whether a change is stated beside the files, and stays where it agrees with them."""
        return who != DESK and not self.holds(who, place)

    def revert(self, place: Steps, gesture: str = "") -> str:
        """Take one change back, and leave the others."""
        return self._attempt(lambda: {other: value for other, value in self.edits().items() if other != place}, gesture)

    def load(self, name: str) -> str:
        """Put a scenario of the files in the place of all changes; nothing for the files as they are."""
        found = self.workspace.scenarios.get(name)
        if name and found is None:
            return f"The files have no scenario {name} any more"
        if found is not None and found.as_of is not None and (why := self.look_from(str(found.as_of))):
            return why
        return self._attempt(lambda: edits_of(self.base().case, found) if found else {}, "")

    def _attempt(self, change: Callable[[], Edits], gesture: str) -> str:
        self.notice = ""
        before, base = self.edits(), self.base()
        try:
            after = change()
            if after == before:
                return ""
            engine = with_edits(base, after)
            engine.forecast  # noqa: B018  a change that cannot be computed is refused too
        except ForecastError as error:
            return in_words(error)
        self._remember(self.state, gesture)
        self._put(self.who, after)
        self.engines.keep(self.who, base, after, engine)
        return ""

    def _put(self, who: str, edits: Edits) -> None:
        self.state = replace(self.state, seats=MappingProxyType({**self.state.seats, who: edits}))

    def _remember(self, state: State, gesture: str = "") -> None:
        made = f"{self.who}: {gesture}" if gesture else ""
        if not made or not self.past or self.past[-1][1] != made:
            self.past = [*self.past[-MOST_STEPS_BACK + 1:], (state, made)]

    def look_from(self, text: str, gesture: str = "") -> str:
        """Look from another date; says why not, if that cannot be."""
        before = self.state
        try:
            self.state = replace(before, as_of=dated(self.workspace.question, text))
            for who in before.seats:
                self.engine(who).forecast  # noqa: B018  what is changed must fit the date too
        except ForecastError as error:
            self.state = before
            return in_words(error)
        if self.state != before:
            self._remember(before, gesture)
        return ""

    def undo(self) -> None:
        """Take the last change back, whoever made it."""
        if self.past:
            self.notice = ""
            self.state, _ = self.past.pop()
            self.who = self.who if self.who in self.state.seats else DESK

    def give_reason(self, about: Steps, text: str) -> None:
        """Say why something is changed."""
        self.reasons.setdefault(self.who, {})[about] = text

    def reason(self, about: Steps) -> str:
        """Why something is changed; empty if nobody said."""
        return self.reasons.get(self.who, {}).get(about, "")

    @property
    def explainable(self) -> list[Steps]:
        """What is changed and goes into files, so that it needs a reason."""
        filed = self.filed.get(self.who, {})
        return list(dict.fromkeys(
            subject(place) for place, value in self.edits().items()
            if not self._stays(place) and (place not in filed or filed[place] != value)))

    def _stays(self, place: Steps) -> bool:
        """Whether a change goes into no file: an item that is switched off, or an indicator that is supposed."""
        return place[2] == OFF or (place[2] == ADDED and place[1] in {each.id for each in self.workspace.indicators})

    @property
    def unexplained(self) -> list[Steps]:
        """What needs a reason and has none yet."""
        return [each for each in self.explainable if not self.reason(each).strip()]

    def _seat_all(self) -> None:
        """Seat the desk and each analyst whose opinion is in a file; what is not in the files yet stays."""
        seats: dict[str, Edits] = {DESK: self.state.seats[DESK]}
        held = {who: edits for who, edits in self.state.seats.items() if who != DESK}
        known, self.known = self.known, {DESK: Seat(DESK, "The desk")}
        before, self.filed = self.filed, {}
        for opinion in self.workspace.opinions:
            who = opinion.analyst.id
            filed, was = seat_of(opinion), known.get(who)
            # Who has looked is not blind any more, whatever the file says until it is written.
            self.known[who] = replace(filed, blind=False) if was and not was.blind else filed
            self.filed[who] = filed_edits(self.plain, opinion)
            seats[who] = merged(before.get(who, {}), self.filed[who], held.get(who, before.get(who, {})))
        for who in sorted({analyst_of(item) for item in self.workspace.items} - seats.keys()):
            self.known[who], self.filed[who] = Seat(who, who, filed=True), {}
            seats[who] = merged(before.get(who, {}), {}, held.get(who, {}))
        for who, edits in held.items():
            unsaved = merged(before.get(who, {}), {}, edits)
            if who not in seats and (unsaved or not known[who].filed):
                self.known[who], seats[who] = replace(known[who], filed=False), unsaved
        self.state = replace(self.state, seats=MappingProxyType(seats))
        self.who = self.who if self.who in seats else DESK

    def seat(self, seat: Seat) -> None:
        """Give an analyst a seat, and the word."""
        self._remember(self.state)
        self.known[seat.id] = seat
        self._put(seat.id, {})
        self.who = seat.id

    def unseat(self) -> None:
        """Let an analyst go who came here, with what he stated; `undo` brings both back."""
        if self.who != DESK and not self.known[self.who].filed:
            self._remember(self.state)
            rest = {who: edits for who, edits in self.state.seats.items() if who != self.who}
            self.state, self.who = replace(self.state, seats=MappingProxyType(rest)), DESK

    @property
    def seats(self) -> dict[str, Seat]:
        """Who has a seat now."""
        return {who: self.known[who] for who in self.state.seats}

    def reveal(self) -> None:
        """Show the forecast to an analyst who was blind until now."""
        self.known[self.who] = replace(self.known[self.who], blind=False)

    @property
    def hidden(self) -> bool:
        """Whether the forecast is hidden from the analyst who speaks."""
        has_stated = self.filed.get(self.who) or self.who in map(analyst_of, self.workspace.items)
        return self.known[self.who].blind and not has_stated
