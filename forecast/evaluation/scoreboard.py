"""What `forecast score` says of one workspace or of many: scores, ratios, what sources earned, and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from forecast.core.errors import ForecastError, InputError, Problem, refuse
from forecast.core.scalars import Refused
from forecast.evaluation.backtest import problems_in
from forecast.evaluation.resolution import Judged, Outcome, Proposal, judged, outcome, proposals, resolved_as
from forecast.evaluation.scores import (
    CalibrationPart,
    RatioScores,
    Scored,
    SeriesScores,
    calibration,
    ratio_scores,
    reliability_given,
    scored,
    series_scores,
)
from forecast.records.evidence import Item
from forecast.records.result import Number, Result
from forecast.workspace.crowd import Outside
from forecast.workspace.files import Folder
from forecast.workspace.loader import Workspace, load_texts
from forecast.workspace.stored.issued import input_hashes, series_of

SEED = 1950
"""Seed of the resampling."""


class ClaimScore(Result):
    """An item whose time has come."""

    id: str
    source: str
    encoding: str
    kind: str
    log_ratio: Number
    known: date
    came: bool
    right: bool
    reliability: Number


class QuestionScores(Result):
    """Everything that is scored of one question."""

    id: str
    title: str
    event: str
    phrase: str | None
    names: dict[str, str]
    resolved: dict[str, str] | None
    came: date | None
    until: date
    speaker: str
    """The series that speaks for the question."""
    stale: tuple[str, ...]
    """Reports and backtests that are not scored: of another event, or of files that have changed."""
    series: dict[str, SeriesScores]
    """By their names."""
    claims: tuple[ClaimScore, ...]
    ratios: tuple[RatioScores, ...]
    record_proposals: tuple[Proposal, ...]
    unread_drafts: tuple[str, ...]


class LeftOut(Result):
    """A question that could not be scored."""

    id: str
    why: str


class Scoreboard(Result):
    """What `forecast score` says."""

    as_of: date | None
    questions: tuple[QuestionScores, ...]
    left_out: tuple[LeftOut, ...]
    calibration: CalibrationPart
    ratios: tuple[RatioScores, ...]
    """Of all questions together; none of a single one."""


@dataclass(frozen=True)
class _Judgement:
    """One workspace set beside its outcome."""

    workspace: Workspace
    outcome: Outcome
    series: dict[str, Scored]
    """The series that can be scored, by name."""
    claims: list[Judged]
    given: list[float]
    """The reliability that the model had given each claim's source; NaN if there was no forecast."""
    others: dict[str, tuple[Outside, ...]]
    """Outside forecasts by the name of their file."""

    speaker: str
    """The series that speaks for the question among others: its reports or, without any, what was known then."""
    stale: tuple[str, ...]
    """Reports and backtests that are not scored: of another event, or of files that have changed."""

    @property
    def main(self) -> Scored:
        """The series that speaks for the question."""
        return self.series[self.speaker]


def scoreboard(workspaces: Sequence[Workspace], as_of: date | None = None) -> Scoreboard:
    """Score every series of forecasts of every workspace, and pool over the questions.

    With a date, what was known by then is scored, up to which an open question had no event; by default every question
    that is resolved, to its horizon. Raises `ForecastError` with what each workspace lacks if none can be scored.
    """
    done, left_out = [], []
    problems: list[Problem] = []
    for workspace in workspaces:
        try:
            done.append(_judgement(workspace, as_of))
        except InputError as error:
            problems += problems_in(workspace.root, error.problems) if len(workspaces) > 1 else error.problems
        except ForecastError as error:
            left_out.append(LeftOut(id=workspace.question.id, why=str(error)))
    refuse(problems)
    if not done:
        raise ForecastError("; ".join(entry.why for entry in left_out) or "no workspace to score")
    together: list[RatioScores] = []
    if len(done) > 1:
        rows = ratio_scores([claim for each in done for claim in each.claims],
                            [given for each in done for given in each.given])
        # Sources of different workspaces have nothing to do with each other.
        together = [row for row in rows if row.by != "source"]
    return Scoreboard(as_of=as_of, questions=tuple(map(_question, done)), left_out=tuple(left_out),
                      calibration=calibration([each.main for each in done], np.random.default_rng(SEED)),
                      ratios=tuple(together))


def _judgement(workspace: Workspace, as_of: date | None) -> _Judgement:
    question = workspace.question
    others = {name: crowd.forecasts for name, crowd in workspace.crowds.items()}
    known = outcome(question, as_of)
    found = series_of(workspace.reports, question.id, input_hashes(workspace), question.event.id)
    if not found.series:
        raise ForecastError(f"{question.id}: there is nothing to score; "
                            + ("; ".join(found.stale) or
                               "run forecast backtest, or forecast report as of dates before the outcome"))
    cases = {series.name: case for series in found.series if (case := scored(question, known, series)) is not None}
    first = min(each.forecasts[0].as_of for each in found.series)
    if known.came is not None and known.came <= first:
        raise ForecastError(f"{question.id}: there is nothing to score; the event came on {known.came}, no later than "
                            f"the first forecast, of {first}")
    if not cases:
        raise ForecastError(f"{question.id}: no deadline had passed by {known.until} after the first forecast; "
                            "score it as of a later date, or write earlier key_dates into its question")
    claims = judged(workspace.items, workspace.whole, known)
    main = min((series for series in found.series if series.name in cases), key=lambda series: series.standing)
    return _Judgement(workspace, known, cases, claims, reliability_given(claims, main), others, main.name, found.stale)


def _question(each: _Judgement) -> QuestionScores:
    question, known = each.workspace.question, each.outcome
    drafts, unread = draft_claims(each.workspace)
    proposed = proposals(drafts, each.workspace.items, each.workspace.sources, each.workspace.whole, known)
    return QuestionScores(
        id=question.id, title=question.title, event=question.event.id, phrase=question.event.phrase,
        names=question.names, came=known.came, until=known.until, resolved=resolved_as(question),
        series={name: series_scores(case, name, each.others) for name, case in each.series.items()},
        speaker=each.speaker, stale=each.stale,
        claims=tuple(_claim(claim, given) for claim, given in zip(each.claims, each.given, strict=True)),
        ratios=tuple(ratio_scores(each.claims, each.given)), record_proposals=tuple(proposed),
        unread_drafts=tuple(unread))


def _claim(claim: Judged, given: float) -> ClaimScore:
    return ClaimScore(id=claim.item.id, source=claim.item.source, encoding=claim.item.encoding, kind=claim.item.kind,
                      log_ratio=claim.log_ratio, known=claim.known, came=claim.came, right=claim.right,
                      reliability=given)


def draft_claims(workspace: Workspace) -> tuple[list[Item], list[str]]:
    """Read the drafts of a workspace as claims that are no items; also names the files that are not yet complete."""
    priors = {path: content for path, content in workspace.inputs.items() if path.startswith("priors/")}
    found: list[Item] = []
    unread = []
    for path in workspace.drafts:
        try:
            found += load_texts(priors | {"evidence/draft.yaml": Folder(workspace.root)[path]}).items
        except (InputError, KeyError, Refused):
            unread.append(path)
    return found, unread
