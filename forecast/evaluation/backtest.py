"""A backtest: the exact forecast as of every week, with what was public then."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from forecast.analysis.headline import Headline, headline_fields
from forecast.core.errors import ForecastError, InputError, Problem, flag, refuse, whole
from forecast.core.text import counted
from forecast.engine.bands import draw
from forecast.engine.exact import Exact
from forecast.evaluation.parallel import Map
from forecast.evaluation.resolution import RanOut, log_ratio, resolved_as, run_out
from forecast.evaluation.threads import on_one_thread
from forecast.records.case import Case
from forecast.records.question import Question
from forecast.records.result import Chance, Number, Result
from forecast.records.types import day_of, dotted, shown
from forecast.workspace.loader import load
from forecast.workspace.stored.issued import input_hashes

Day = date

DRAWS = 1024
"""Draws for the band of each date, an eighth of those of a single forecast: its ends are as good as a chart shows."""

TASKS = 16
"""How many tasks the work is split into at least, so that there is something to share."""


@dataclass(frozen=True)
class Dates:
    """Every so many days from one date to another, dates or texts; an end left out is that of the question."""

    start: date | None = None
    stop: date | None = None
    every: int = 7
    """Days between two dates, at least 1."""
    today: date | None = None
    """The day after which nothing is known yet: where it lies inside a question, that one's last date by default."""

    def __post_init__(self) -> None:
        for name in ("start", "stop", "today"):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, day_of(name, value))
        object.__setattr__(self, "every", whole("every", self.every, least=1))

    def inside(self, question: Question) -> tuple[date, ...]:
        """The dates inside a question and before its event, if that came; `InputError` if there is none."""
        start = self.start or question.begins
        last = question.horizon - timedelta(1)
        present = self.today if self.today and question.begins <= self.today < last else last
        stop = min(self.stop or present, last)
        days = (start + timedelta(step) for step in range(0, (stop - start).days + 1, self.every))
        found = tuple(day for day in days if day >= question.begins and not question.decided_by(day))
        if not found:
            until = question.horizon - timedelta(1)
            if question.resolved and question.decided_by(until):
                until = question.resolved.date - timedelta(1)
            raise InputError.of("dates", f"{question.id}: no date from {start} to {stop} can be forecast; "
                                         f"write dates between {question.begins} and {until}")
        return found


class Row(Headline):
    """The forecast of one date, with bands from fewer draws."""

    prior_weeks: tuple[float, ...]
    """The weekly probabilities without evidence."""
    prior_by: dict[Day, Chance]
    """P(event by each key date) without evidence."""
    new: tuple[str, ...]
    """Ids of items that joined since the date before."""
    gone: tuple[str, ...]
    ran_out: tuple[RanOut, ...]
    """Claims whose window closed since the date before."""


class BacktestQuestion(Result):
    """The question of a backtest."""

    id: str
    title: str
    opens: Day
    horizon: Day
    event: str
    phrase: str | None
    names: dict[str, str]
    key_dates: tuple[Day, ...]
    resolved: dict[str, str] | None
    reconstructed: str | None


class BacktestSource(Result):
    """A source of a backtest."""

    id: str
    name: str
    grade: str


class BacktestItem(Result):
    """An item of a backtest."""

    id: str
    title: str
    date: Day
    recorded: Day | None
    source: str
    kind: str
    log_ratio: Number
    """log R as stated, before standing."""


class BacktestDocument(Result):
    """Everything that a backtest says, as one document."""

    question: BacktestQuestion
    known_then: bool
    every: int
    """Days between two dates."""
    inputs: dict[str, str]
    """Hash of each file that it was computed from, by path."""
    sources: tuple[BacktestSource, ...]
    evidence: tuple[BacktestItem, ...]
    rows: tuple[Row, ...]


class BacktestsDocument(Result):
    """What `forecast backtest --json` prints."""

    backtests: tuple[BacktestDocument, ...]


@dataclass(frozen=True)
class Backtest:
    """The forecasts of one case at many dates, in date order."""

    case: Case
    known_then: bool
    every: int
    """Days between two dates."""
    inputs: Mapping[str, str]
    """Hash of each file that it was computed from, by path; none for a case that was made in Python."""
    rows: tuple[Row, ...]

    def __repr__(self) -> str:
        return f"Backtest({self.case.question.id!r}: {counted(len(self.rows), 'date')})"

    def document(self) -> BacktestDocument:
        """Everything that a backtest says, as one document."""
        question, last = self.case.question, self.rows[-1].as_of
        public = self.case.at(last)
        items = (public.known_then() if self.known_then else public).items
        return BacktestDocument(
            question=BacktestQuestion(
                id=question.id, title=question.title, opens=question.opens, horizon=question.horizon,
                event=question.event.id, phrase=question.event.phrase, names=question.names,
                key_dates=question.key_dates, reconstructed=question.reconstructed, resolved=resolved_as(question)),
            known_then=self.known_then, every=self.every, inputs=dict(self.inputs),
            sources=tuple(BacktestSource(id=source.id, name=source.name, grade=source.grade)
                          for source in self.case.sources),
            evidence=tuple(BacktestItem(id=item.id, title=item.title, date=item.date, recorded=item.recorded,
                                        source=item.source, kind=item.kind, log_ratio=log_ratio(item, self.case))
                           for item in items if item.date <= last),
            rows=self.rows)


def backtest(cases: Iterable[Case | Path | str] | Case | Path | str, dates: Dates | None = None, *,
             map: Map = builtins.map, known_then: bool = False,
             progress: Callable[[int, int], object] | None = None) -> list[Backtest]:
    """Compute the exact forecast of every case as of many dates, each with what was public on that date.

    Parameters
    ----------
    cases : iterable of Case, Path or str
        Cases, or folders of workspaces, which are read where the map runs; one alone, too.
    dates : Dates, optional
        Such as `forecast.Dates("2022-10-01", every=14)`. Each case takes those inside its question and before its
        event; every week by default.
    map : callable
        Shares out the work: `map(function, tasks)` gives the results in the order of the tasks. The digits do not
        depend on it, for every task computes on one thread and knows nothing of the others. A map of threads may be
        given, too; numerical libraries are then on one thread in the whole process until the last task is done.
    known_then : bool
        Leave out items that had not been recorded by the date.
    progress : callable, optional
        Called with the number of forecasts that are done and of all.

    Raises
    ------
    ForecastError
        For folders that are no valid workspaces (all problems of all of them), or a question in which no date lies.
    """
    dates, known_then = Dates() if dates is None else dates, flag("known_then", known_then)
    for name, given in (("map", map), ("progress", progress or print)):
        if not callable(given):
            raise InputError.of(name, f"{shown(given)} cannot be called; write a function, or leave it out")
    if not isinstance(dates, Dates):
        raise InputError.of("dates", f"{shown(dates)} is not a range of dates; write one such as "
                                     "forecast.Dates(\"2022-10-01\", \"2022-12-31\", every=7)")
    read = _loaded(_given(cases), map)
    loaded = [each.case for each in read]
    chosen = [dates.inside(case.question) for case in loaded]
    tasks = [(index, task) for index, (case, days) in enumerate(zip(loaded, chosen, strict=True))
             for task in _split(case, days, known_then, -(-TASKS // max(1, len(loaded))))]
    rows: list[list[Row]] = [[] for _ in loaded]
    done, total = 0, sum(len(days) for days in chosen)
    for (index, task), found in zip(tasks, map(_forecasts, [task for _, task in tasks]), strict=True):
        rows[index] += found
        done += len(task.steps)
        if progress:
            progress(done, total)
    return [Backtest(each.case, known_then, dates.every, each.inputs, tuple(sorted(own, key=lambda row: row.as_of)))
            for each, own in zip(read, rows, strict=True)]


@dataclass(frozen=True)
class _Task:
    """Some dates of one case, each with the date before it."""

    case: Case
    steps: tuple[tuple[date | None, date], ...]
    known_then: bool


def _split(case: Case, days: tuple[date, ...], known_then: bool, parts: int) -> list[_Task]:
    """Deal out dates like cards: forecasts grow cheaper as weeks pass and dearer as items come."""
    steps = tuple(zip((None, *days), days, strict=False))
    return [_Task(_bare(case), steps[part::parts], known_then) for part in range(min(parts, len(steps)))]


def _bare(case: Case) -> Case:
    """A case that can be pickled for another process: records alone, no cached values, plain dictionaries."""
    return case.changed(histories=dict(case.histories), indicators=())


def _forecasts(task: _Task) -> list[Row]:
    # One thread: how a sum is split among threads changes its last digits, and workers would compete.
    with on_one_thread():
        return [_row(task.case, before, day, task.known_then) for before, day in task.steps]


def _row(case: Case, before: date | None, day: date, known_then: bool) -> Row:
    engine = Exact(_seen(case, day, known_then))
    forecast = replace(engine.forecast, sampler=lambda: draw(engine, DRAWS))
    now = {item.id for item in engine.case.active}
    then = {item.id for item in _seen(case, before, known_then).active} if before else set[str]()
    new = tuple(sorted(now - then))
    return Row(
        **headline_fields(forecast), prior_weeks=tuple(forecast.prior_by_week.tolist()),
        prior_by={date: forecast.prior_by(date) for date in case.question.key_dates},
        new=new, gone=tuple(sorted(then - now)), ran_out=tuple(run_out(engine, before or date.min, new)))


def _seen(case: Case, day: date, known_then: bool) -> Case:
    """A case with nothing that became public, or under `known_then` was entered, after a day."""
    there = case.at(day)
    there = there.known_then() if known_then else there
    return there.changed(items=there.active)


def _given(cases: Iterable[Case | Path | str] | Case | Path | str) -> list[Case | Path]:
    """What is to be backtested, one or many; `InputError` for anything that is neither a case nor a folder."""
    many = cases if isinstance(cases, Iterable) and not isinstance(cases, str) else [cases]
    found = [Path(each) if isinstance(each, str) else each for each in many]
    refuse(Problem("", 0, dotted(("cases", index)), f"{shown(each)} is neither a case nor a folder; write a case such "
                                                    "as forecast.load(\".\").case(), or the path of a workspace")
           for index, each in enumerate(found) if not isinstance(each, Case | Path))
    return found


@dataclass(frozen=True)
class _Read:
    """A case, and the hashes of the files that it comes from."""

    case: Case
    inputs: Mapping[str, str]


def _loaded(cases: list[Case | Path], map: Map) -> list[_Read]:
    """Read the cases that are folders; the problems of all of them are raised together."""
    folders = [case for case in cases if isinstance(case, Path)]
    found = dict(zip(folders, map(_read, folders), strict=True))
    problems = [problem for folder, each in found.items() if isinstance(each, tuple)
                for problem in problems_in(folder, each)]
    refuse(problems)
    return [found[case] if isinstance(case, Path) else _Read(case, {}) for case in cases]


def problems_in(folder: Path, problems: Iterable[Problem]) -> list[Problem]:
    """Problems of one workspace among several: its folder, or that of its one file, before the name of each file."""
    place = folder.parent if folder.is_file() else folder
    return [replace(problem, file=str(place / problem.file)) for problem in problems]


def asked_twice(question: str, one: Path, other: Path) -> ForecastError:
    """Two workspaces that ask one question, which whatever is made of both would count twice."""
    return ForecastError(f"{one} and {other} both have the question {question}; leave one of them out, or give it "
                         "another id")


def _read(folder: Path) -> _Read | tuple[Problem, ...]:
    try:
        workspace = load(folder)
    except InputError as error:
        return error.problems
    return _Read(_bare(workspace.case(workspace.question.begins)), input_hashes(workspace))
