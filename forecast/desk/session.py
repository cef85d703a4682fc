"""What one open page knows: the last good state of the files, one or two opinions, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from forecast.analysis.scenarios import Comparison
from forecast.core.errors import ForecastError, InputError
from forecast.desk.edits import BLANK
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.case import Case
from forecast.records.scenario import Scenario, apply
from forecast.workspace.loader import Workspace, load

FIRST, SECOND = "Analyst A", "Analyst B"

MOST_STEPS_BACK = 100

Fingerprint = frozenset[tuple[str, int, int]]


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


def _let_go(engine: Exact | None) -> None:
    """Free the arrays of an engine that is no longer used: it and its forecast refer to each other.

    Left to the garbage collector, the engines of some thirty changes would stay in memory.
    """
    if engine is not None:
        vars(engine).pop("forecast", None)


@dataclass
class Sitting:
    """The state of one page. Opinions are scenarios; whatever is shown is computed from them and the files."""

    root: Path
    workspace: Workspace = field(init=False)
    base: Exact = field(init=False)
    opinions: dict[str, Scenario] = field(default_factory=lambda: {FIRST: BLANK})
    who: str = FIRST
    problems: tuple[str, ...] = ()
    """The lines that `forecast check` prints, while files are wrong; the last good state stays."""
    refusal: str = ""
    """Why the last change was refused."""
    _seen: Fingerprint | None = None
    past: list[dict[str, Scenario]] = field(default_factory=list)
    """Opinions before each change, for Undo."""
    _engines: dict[str, tuple[Scenario, Exact]] = field(default_factory=dict)
    _before: dict[str, Forecast] = field(default_factory=dict)
    _moved: Exact | None = None
    _others: dict[str, Forecast] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._seen = fingerprint(self.root)
        self._take(load(self.root))

    def refresh(self) -> None:
        """Read the files if they changed; where they are wrong, keep what was read last and the check's lines."""
        now = fingerprint(self.root)
        if now == self._seen:
            return
        self._seen = now
        try:
            self._take(load(self.root))
        except InputError as error:
            self.problems = tuple(map(str, error.problems))
        except ForecastError as error:
            self.problems = (str(error),)

    def _take(self, workspace: Workspace) -> None:
        self.workspace, self.problems = workspace, ()
        self._others.clear()
        case = workspace.case()
        if not hasattr(self, "base") or case != self.base.case:
            self.base, self._moved = Exact(case), None
            self._engines.clear()
            self._before.clear()
            self._refit()

    def _refit(self) -> None:
        """Set opinions aside that no longer fit the files."""
        for name, scenario in self.opinions.items():
            try:
                apply(self.base.case, scenario)
            except ForecastError as error:
                self.opinions[name] = BLANK
                self.refusal = f"The files changed, and what was on the desk of {name} no longer fits: {error}"

    @property
    def scenario(self) -> Scenario:
        """The opinion of the analyst who speaks."""
        return self.opinions[self.who]

    @property
    def ground(self) -> Exact:
        """The engine of the base case as of the date on the desk, so that changes are not mixed with time."""
        return self._grounded(self.who)

    def _grounded(self, who: str) -> Exact:
        day = self.opinions[who].as_of
        if day is None:
            return self.base
        if self._moved is None or self._moved.case.as_of != day:
            _let_go(self._moved)
            self._moved = Exact(self.base.case.at(day))
            self._others.clear()
        return self._moved

    def engine(self, who: str | None = None) -> Exact:
        """The engine of an analyst's opinion."""
        name = who or self.who
        scenario = self.opinions[name]
        if scenario == BLANK:
            return self.base
        known = self._engines.get(name)
        if known is None or known[0] != scenario:
            known = self._engines[name] = (scenario, Exact(apply(self.base.case, scenario)))
        return known[1]

    def changes(self, who: str | None = None) -> bool:
        """Whether an analyst changes anything but the date."""
        return self.opinions[who or self.who].model_copy(update={"as_of": None}) != BLANK

    def called(self, who: str | None = None) -> str:
        """What an opinion is called: a single analyst needs no name."""
        return (who or self.who) if SECOND in self.opinions else BLANK.name

    @property
    def case(self) -> Case:
        """The case as the analyst who speaks sees it."""
        return self.engine().case

    @property
    def forecast(self) -> Forecast:
        """The forecast of the analyst who speaks."""
        return self.engine().forecast

    def attempt(self, change: Callable[[], Scenario]) -> None:
        """Change the opinion of the analyst who speaks; what does not fit is refused and changes nothing."""
        self.refusal = ""
        try:
            after = change()
            if after == self.scenario:
                return
            engine = Exact(apply(self.base.case, after))
            engine.forecast  # noqa: B018  a change that cannot be computed is refused too
        except ForecastError as error:
            self.refusal = str(error).replace(f"{BLANK.name}: ", "")
            return
        self._remember()
        self._before[self.who] = self.forecast
        _let_go(self._engines.pop(self.who, (None, None))[1])
        self.opinions[self.who] = after
        self._engines[self.who] = (after, engine)

    def _remember(self) -> None:
        self.past = [*self.past[-MOST_STEPS_BACK + 1:], dict(self.opinions)]

    def undo(self) -> None:
        """Take the last change back."""
        if self.past:
            self.refusal = ""
            self.opinions = self.past.pop()
            self.who = self.who if self.who in self.opinions else FIRST
            self._before.clear()
            self._refit()

    def begin(self, who: str, scenario: Scenario) -> None:
        """Give an analyst an opinion to begin with."""
        apply(self.base.case, scenario)
        self._remember()
        self._before.clear()
        self.opinions[who] = scenario.model_copy(update={"name": BLANK.name})

    def settle(self) -> None:
        """After the opinion has gone into the files: read them, and keep only what did not go there."""
        self.opinions[self.who] = BLANK.model_copy(update={"drop": self.scenario.drop, "as_of": self.scenario.as_of})
        self.past = []
        self.refresh()

    def leave(self) -> None:
        """Send the second analyst away."""
        self._remember()
        self.opinions.pop(SECOND, None)
        self.who = FIRST

    def all_changes(self, who: str | None = None) -> Comparison:
        """An opinion beside the base case as of its date, as `forecast compare --as-of DATE` shows it."""
        name = who or self.who
        scenario = self.opinions[name]
        return Comparison(name, scenario.name, scenario.story or "", self._grounded(name).forecast,
                          self.engine(name).forecast)

    def last_change(self) -> Comparison | None:
        """What the last change of the analyst who speaks did; None if there was none."""
        before = self._before.get(self.who)
        return Comparison(self.who, "Last change", "", before, self.forecast) if before else None

    def between(self) -> Comparison:
        """The second analyst beside the first."""
        return Comparison(SECOND, SECOND, "", self.engine(FIRST).forecast, self.engine(SECOND).forecast)

    def other(self, name: str) -> Comparison:
        """A scenario of the files beside the base case, as of the date on the desk."""
        ground, scenario = self.ground, self.workspace.scenarios[name]
        if self._others.get(name, ground.forecast).as_of != (scenario.as_of or ground.case.as_of):
            self._others.clear()
        if name not in self._others:
            self._others[name] = Exact(apply(ground.case, scenario)).forecast
        return Comparison(name, scenario.name, "", ground.forecast, self._others[name])
