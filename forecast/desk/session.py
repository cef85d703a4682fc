"""What one open page knows: the last good state of the files, what analysts change on top, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from forecast.analysis.attribution import shapley
from forecast.core.errors import ForecastError, InputError
from forecast.desk.edits import NAME, Edits, changed, edits_of, scenario
from forecast.desk.inputs import ENCODING, stated, subject
from forecast.desk.naming import label
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.records.opinion import DESK
from forecast.records.references import misdated
from forecast.records.scenario import Scenario, apply
from forecast.records.types import Steps
from forecast.workspace.archive import stored_reports
from forecast.workspace.loader import Workspace, load

MOST_STEPS_BACK = 100

_WHERE = re.compile(rf"^(?:{re.escape(NAME)}: )?(?:[\w.\[\]-]+: )*")
"""What an error says of its place: the page shows it there."""

Fingerprint = frozenset[tuple[str, int, int]]
Reasons = Mapping[Steps, str]


def fingerprint(root: Path) -> Fingerprint:
    """Paths, sizes and times of all that a workspace may be read from."""
    found = set()
    for folder in ("priors", "evidence"):
        for path in (root / folder).rglob("*"):
            try:
                state = path.stat()
            except OSError:
                continue
            found.add((str(path), state.st_mtime_ns, state.st_size))
    return frozenset(found)


@dataclass(frozen=True)
class State:
    """What can be undone: the changes of each analyst, and the date."""

    seats: Mapping[str, Edits]
    as_of: date


@dataclass(frozen=True)
class Seat:
    """One analyst at the desk."""

    id: str
    name: str
    blind: bool = False
    """Whether this analyst encodes before any forecast or other opinion is seen."""
    filed: bool = False
    """Whether the workspace has a file of this analyst's opinion."""


def in_words(error: ForecastError) -> str:
    """What is wrong, without the place at which it is shown."""
    return "; ".join(dict.fromkeys(_WHERE.sub("", line) for line in str(error).splitlines()))


def _let_go(engine: Exact | None) -> None:
    """Free the arrays of an engine that is no longer used: it and its forecast refer to each other.

    Left to the garbage collector, the engines of some thirty changes would stay in memory.
    """
    if engine is not None:
        vars(engine).pop("forecast", None)


@dataclass
class Sitting:
    """The state of one page. Whatever is shown is computed from it and the files.

    Parameters
    ----------
    root : Path
        The folder of the workspace.
    asked : str, optional
        The as-of date that the address of the page names.
    """

    root: Path
    asked: str | None = None
    workspace: Workspace = field(init=False)
    state: State = field(init=False)
    seats: dict[str, Seat] = field(init=False)
    who: str = DESK
    reasons: dict[str, dict[Steps, str]] = field(default_factory=dict)
    """Why each analyst changed what; nothing typed here is ever undone."""
    problems: tuple[str, ...] = ()
    """The lines that `forecast check` prints, while files are wrong; the last good state stays."""
    notice: str = ""
    """What the page has to say about what it did, or did not do."""
    past: list[tuple[State, str]] = field(default_factory=list)
    """States before each change, and the gesture that made it."""
    _seen: Fingerprint | None = None
    _bases: dict[bool, Exact] = field(default_factory=dict)
    _engines: dict[str, tuple[Edits, Exact]] = field(default_factory=dict)
    _others: dict[str, Exact] = field(default_factory=dict)
    _weights: dict[str, tuple[Exact, dict[str, float]]] = field(default_factory=dict)
    _effects: dict[str, tuple[Exact, dict[Steps, float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._seen = fingerprint(self.root)
        self.workspace = load(self.root)
        self.state = State(MappingProxyType({DESK: {}}), self._first_date())
        self._seat_all()

    # --- files and dates --------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the files if they changed; where they are wrong, keep what was read last and the check's lines."""
        now = fingerprint(self.root)
        if now == self._seen:
            return
        self._seen = now
        try:
            workspace = load(self.root)
        except InputError as error:
            self.problems = tuple(map(str, error.problems))
        except ForecastError as error:
            self.problems = (str(error),)
        else:
            self.problems = ()
            self._take(workspace)

    def _take(self, workspace: Workspace) -> None:
        before, self.workspace = self.workspace, workspace
        self._others.clear()
        if workspace.whole == before.whole:
            return
        if misdated(workspace.question, self.state.as_of) is not None:
            self.state = replace(self.state, as_of=self._first_date())
        self._forget()
        self.past = []
        self._seat_all()
        self._refit()

    def _refit(self) -> None:
        """Let go of changes that the files have by now, and set those aside that no longer fit them, with a word."""
        seats, lost = {}, []
        for who, edits in self.state.seats.items():
            base, kept = self.base(who).case, dict[Steps, Any]()
            for place, value in edits.items():
                try:
                    if stated(base, place) != value:
                        apply(base, scenario(base, kept | {place: value}))
                        kept[place] = value
                except (ForecastError, LookupError, AttributeError, TypeError):
                    lost.append(label(base, base, place))
            seats[who] = kept
        self.state = replace(self.state, seats=MappingProxyType(seats))
        if lost:
            self.notice = f"The files have changed, and what was changed here no longer fits: {', '.join(lost)}."

    def _forget(self) -> None:
        for engine in (*self._bases.values(), *(each for _, each in self._engines.values()), *self._others.values()):
            _let_go(engine)
        for kept in (self._bases, self._engines, self._others, self._weights, self._effects):
            kept.clear()

    def _first_date(self) -> date:
        """The date of the address, else of the last report, else the one of every command."""
        if self.asked:
            try:
                return self.dated(self.asked)
            except ForecastError as error:
                self.notice = f"?as_of={self.asked}: {in_words(error)}"
        reports = [day for day in self.report_dates if misdated(self.workspace.question, day) is None]
        return max(reports, default=self.workspace.case().as_of)

    def dated(self, text: str) -> date:
        """The date that a text says, if the question can be forecast as of it; else `ForecastError`."""
        try:
            day = date.fromisoformat(text.strip())
        except ValueError:
            raise ForecastError(f"{text} is not a date; write YYYY-MM-DD") from None
        if (what := misdated(self.workspace.question, day)) is not None:
            raise ForecastError(what)
        return day

    @property
    def report_dates(self) -> list[date]:
        """The dates of the reports of the workspace."""
        return [report.as_of for report in stored_reports(self.workspace.reports)]

    @property
    def stops(self) -> list[date]:
        """Dates at which there is something to see: reports, days with evidence, and where the desk is."""
        question = self.workspace.question
        days = {*self.report_dates, *(item.date for item in self.workspace.items), self.workspace.case().as_of}
        return sorted({self.state.as_of, *(day for day in days if misdated(question, day) is None)})

    # --- cases and forecasts ----------------------------------------------------------------------------------------

    def base(self, who: str | None = None) -> Exact:
        """The files as of the date of the desk: as the panel has them or, for another analyst, as the desk has them."""
        panel = (who or self.who) == DESK
        known = self._bases.get(panel)
        if known is None or known.case.as_of != self.state.as_of:
            _let_go(known)
            case = self.workspace.whole if panel else self.plain
            known = self._bases[panel] = Exact(case.at(self.state.as_of))
        return known

    @property
    def plain(self) -> Case:
        """The files without other analysts' opinions."""
        return self.workspace.whole.changed(question=self.workspace.question, opinions=())

    def edits(self, who: str | None = None) -> Edits:
        """The changes of an analyst."""
        return self.state.seats[who or self.who]

    def scenario(self, who: str | None = None) -> Scenario:
        """The changes of an analyst as a scenario on top of the files."""
        return scenario(self.base(who).case, self.edits(who))

    def engine(self, who: str | None = None) -> Exact:
        """The engine of what an analyst holds."""
        name = who or self.who
        base, edits = self.base(name), self.edits(name)
        if not edits:
            return base
        known = self._engines.get(name)
        if known is None or known[0] is not edits or known[1].case.as_of != self.state.as_of:
            _let_go(known and known[1])
            known = self._engines[name] = (edits, Exact(apply(base.case, scenario(base.case, edits))))
        return known[1]

    @property
    def case(self) -> Case:
        """The case as the analyst who speaks sees it."""
        return self.engine().case

    @property
    def forecast(self) -> Forecast:
        """The forecast of the analyst who speaks."""
        return self.engine().forecast

    def with_edits(self, edits: Edits, who: str | None = None) -> Exact:
        """The engine of other changes, which is not kept."""
        base = self.base(who).case
        return Exact(apply(base, scenario(base, edits)))

    def other(self, name: str) -> Exact:
        """A scenario of the files, as of the date of the desk unless it names one."""
        base, found = self.base(DESK).case, self.workspace.scenarios[name]
        known = self._others.get(name)
        if known is None or known.case.as_of != (found.as_of or base.as_of):
            known = self._others[name] = Exact(apply(base, found))
        return known

    # --- what takes longer, and waits until nothing moves -----------------------------------------------------------

    @property
    def settled(self) -> bool:
        """Whether everything that takes longer is there."""
        engine = self.engine()
        known = (self._weights.get(self.who), self._effects.get(self.who))
        return "draws" in vars(engine.forecast) and all(each and each[0] is engine for each in known)

    def settle(self) -> None:
        """Work out the range, what each item does, and what each change does."""
        engine = self.engine()
        engine.forecast.draws  # noqa: B018
        self._weights[self.who] = engine, {name: share.points for name, share in shapley(engine).items()}
        now, edits = engine.forecast.event, self.edits()
        effects = {}
        for place in edits:
            rest = {other: value for other, value in edits.items() if other != place}
            try:
                effects[place] = now - self.with_edits(rest).forecast.event
            except ForecastError:
                continue  # without this one, the others do not fit together
        self._effects[self.who] = engine, effects

    @property
    def weights(self) -> dict[str, float]:
        """What each item adds to the probability, as last worked out."""
        return self._weights.get(self.who, (None, dict[str, float]()))[1]

    @property
    def effects(self) -> dict[Steps, float]:
        """What each change adds to the probability, as last worked out."""
        return self._effects.get(self.who, (None, dict[Steps, float]()))[1]

    # --- changes ----------------------------------------------------------------------------------------------------

    def move(self, place: Steps, value: Any, gesture: str = "") -> str:
        """Change one value of the analyst who speaks; what does not fit is refused and changes nothing.

        Parameters
        ----------
        place, value
            What is moved, and to where, as a file states it.
        gesture : str
            Changes of one gesture, such as dragging a slider, are undone together.

        Returns
        -------
        str
            Why it was refused, in words; empty if it was not.
        """
        return self._attempt(lambda: changed(self.base().case, self.case, self.edits(), place, value), gesture)

    def revert(self, place: Steps) -> str:
        """Take one change back, and leave the others."""
        return self._attempt(lambda: {other: value for other, value in self.edits().items() if other != place}, "")

    def load(self, name: str) -> str:
        """Put a scenario of the files in the place of all changes; nothing for the files as they are."""
        found = self.workspace.scenarios.get(name)
        if found is not None and found.as_of is not None:
            self.look_from(str(found.as_of))
        return self._attempt(lambda: edits_of(self.base().case, found) if found else {}, "")

    def _attempt(self, change: Callable[[], Edits], gesture: str) -> str:
        self.notice = ""
        before = self.edits()
        try:
            after = change()
            if after == before:
                return ""
            engine = self.with_edits(after)
            engine.forecast  # noqa: B018  a change that cannot be computed is refused too
        except ForecastError as error:
            return in_words(error)
        self._remember(gesture)
        self.state = replace(self.state, seats=MappingProxyType({**self.state.seats, self.who: after}))
        if after:
            _let_go(self._engines.pop(self.who, (None, None))[1])
            self._engines[self.who] = after, engine
        return ""

    def _remember(self, gesture: str) -> None:
        if not (gesture and self.past and self.past[-1][1] == f"{self.who}: {gesture}"):
            self.past = [*self.past[-MOST_STEPS_BACK + 1:], (self.state, f"{self.who}: {gesture}" if gesture else "")]

    def look_from(self, text: str, gesture: str = "") -> str:
        """Look from another date; says why not, if that cannot be."""
        try:
            day = self.dated(text)
        except ForecastError as error:
            return in_words(error)
        if day != self.state.as_of:
            self._remember(gesture)
            self.state = replace(self.state, as_of=day)
            self._others.clear()
        return ""

    def undo(self) -> None:
        """Take the last change back, whoever made it."""
        if self.past:
            self.notice = ""
            self.state, _ = self.past.pop()
            self.seats = {who: seat for who, seat in self.seats.items() if who in self.state.seats}
            self.who = self.who if self.who in self.state.seats else DESK
            self._others.clear()

    # --- reasons ----------------------------------------------------------------------------------------------------

    def give_reason(self, about: Steps, text: str) -> None:
        """Say why something is changed."""
        self.reasons.setdefault(self.who, {})[about] = text

    def reason(self, about: Steps, who: str | None = None) -> str:
        """Why something is changed; empty if nobody said."""
        return self.reasons.get(who or self.who, {}).get(about, "")

    @property
    def unexplained(self) -> list[Steps]:
        """What is changed, goes into files, and has no reason yet."""
        changes = dict.fromkeys(subject(place) for place in self.edits() if place[2] != "off")
        return [each for each in changes if not self.reason(each).strip()]

    # --- analysts ---------------------------------------------------------------------------------------------------

    def _seat_all(self) -> None:
        """A seat for the desk and for each analyst whose opinion is in a file; those who came here keep theirs."""
        from forecast.desk.meeting import filed_edits, filed_reasons

        kept = {} if not hasattr(self, "seats") else {who: seat for who, seat in self.seats.items() if not seat.filed}
        self.seats = {DESK: Seat(DESK, "The desk")}
        seats: dict[str, Edits] = {DESK: self.state.seats[DESK]}
        for opinion in self.workspace.opinions:
            analyst = opinion.analyst
            self.seats[analyst.id] = Seat(analyst.id, analyst.name or analyst.id, analyst.blind, filed=True)
            seats[analyst.id] = filed_edits(self.plain, opinion)
            known = self.reasons.setdefault(analyst.id, {})
            self.reasons[analyst.id] = filed_reasons(opinion) | {about: text for about, text in known.items() if text}
        for who, seat in kept.items():
            if who != DESK and who not in seats:
                self.seats[who], seats[who] = seat, self.state.seats[who]
        self.state = replace(self.state, seats=MappingProxyType(seats))
        self.who = self.who if self.who in seats else DESK

    def seat(self, seat: Seat) -> None:
        """Give an analyst a seat, and the word."""
        self._remember("")
        self.seats[seat.id] = seat
        self.state = replace(self.state, seats=MappingProxyType({**self.state.seats, seat.id: {}}))
        self.who = seat.id

    def reveal(self) -> None:
        """Show the forecast to an analyst who was blind until now."""
        self.seats[self.who] = replace(self.seats[self.who], blind=False)

    @property
    def hidden(self) -> bool:
        """Whether the forecast is hidden from the analyst who speaks."""
        seat = self.seats[self.who]
        return seat.blind and not seat.filed

    def sees(self, name: str) -> bool:
        """Whether the analyst who speaks may see what others say of an item: not before saying it himself."""
        return self.who == DESK or ("item", name, ENCODING) in self.edits()

    def written(self) -> None:
        """After changes have gone into the files: read them, and keep only what did not go there."""
        self.reasons.pop(self.who, None)
        self._seen = None
        self.refresh()
