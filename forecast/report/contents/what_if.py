"""What the verbs that compare, move and explain say, as typed documents: `--json`, and their pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date

from forecast.analysis.attribution import farthest, ledger, shapley
from forecast.analysis.crowd import CrowdStudy
from forecast.analysis.headline import Headline, headline_fields
from forecast.analysis.indicators import LIMIT, BreakEven
from forecast.analysis.outlook import Flow, flow
from forecast.analysis.panel import Opinions, opinions
from forecast.analysis.scenarios import Comparison, ComparisonTable
from forecast.analysis.thresholds import Study, TwoWay
from forecast.core import text
from forecast.engine.exact import Exact
from forecast.engine.forecast import Forecast
from forecast.records.result import Chance, Result
from forecast.report.contents.assembly import (
    answer_fields,
    crossing_row,
    curve,
    evidence_rows,
    indicator_rows,
    question_part,
    step_rows,
    swing_rows,
)
from forecast.report.document import (
    Answer,
    Asked,
    Change,
    CrossingRow,
    CurveRow,
    EvidenceRow,
    IndicatorRow,
    QuestionPart,
    StepRow,
    SwingRow,
)


class Difference(Result):
    """A scenario less the base case."""

    points: float
    """Of P(event), from −1 to 1."""
    decibans: float
    thirteen_weeks: float
    preparing: float
    by: dict[date, float | None]
    """Of P(event by each key date of the base case); None where the scenario's question has no such day."""


class WeightRow(Result):
    """How much more an item moves D than in the base case."""

    id: str
    title: str
    decibans: float


class BaseRow(Headline):
    """The base case of a comparison."""

    curve: tuple[CurveRow, ...]


def base_row(forecast: Forecast) -> BaseRow:
    """A forecast with its curve."""
    return BaseRow(**headline_fields(forecast), curve=curve(forecast))


class ScenarioRow(BaseRow):
    """One scenario beside the base case."""

    name: str
    title: str
    story: str
    difference: Difference
    steps: tuple[StepRow, ...]
    weights: tuple[WeightRow, ...]


class InteractionRow(Result):
    """Two scenarios at once, in decibans."""

    name: str
    first: float
    second: float
    both: float
    interaction: float


class UnknownRow(Result):
    """An item that a scenario changes, and that its date, or some of those of the matrix, cannot know."""

    scenario: str
    id: str
    title: str
    date: date


class MatrixPart(Result):
    """P(event) of the base case and of each scenario at many dates."""

    dates: tuple[date, ...]
    names: tuple[str, ...]
    probability: tuple[tuple[Chance, ...], ...]
    unknown: tuple[UnknownRow, ...]


class ComparisonDocument(Result):
    """Scenarios beside the base case."""

    question: QuestionPart
    base: BaseRow
    scenarios: tuple[ScenarioRow, ...]
    interactions: tuple[InteractionRow, ...]
    matrix: MatrixPart


def comparison_document(table: ComparisonTable) -> ComparisonDocument:
    """What `forecast compare` shows."""
    base = table.base
    return ComparisonDocument(
        question=question_part(base.case), base=base_row(base),
        scenarios=tuple(map(_scenario, table.rows)),
        interactions=tuple(InteractionRow(name=name, **asdict(each), interaction=each.interaction)
                           for name, each in table.interactions.items()),
        matrix=MatrixPart(dates=table.dates, names=("base", *(row.name for row in table.rows)),
                          probability=tuple(map(tuple, table.matrix.tolist())), unknown=tuple(_unknown(table))))


def _unknown(table: ComparisonTable) -> Iterator[UnknownRow]:
    """Items that a scenario adds, drops or revises, and that its own date or one of the others cannot know."""
    for row in table.rows:
        first = min([row.forecast.as_of, *table.dates])
        before, after = ({item.id: item for item in each.case.items} for each in (row.base, row.forecast))
        for name in sorted(before.keys() | after.keys()):
            item = after.get(name) or before[name]
            if before.get(name) != after.get(name) and item.date > first:
                yield UnknownRow(scenario=row.title, id=name, title=item.title, date=item.date)


def _scenario(row: Comparison) -> ScenarioRow:
    titles = {item.id: item.title for each in (row.base, row.forecast) for item in each.case.items}
    return ScenarioRow(
        **headline_fields(row.forecast), curve=curve(row.forecast), name=row.name, title=row.title, story=row.story,
        difference=Difference(points=row.points, decibans=row.decibans, by=row.by,
                              thirteen_weeks=row.forecast.next.probability - row.base.next.probability,
                              preparing=row.forecast.preparing.now - row.base.preparing.now),
        steps=step_rows(row.steps),
        weights=tuple(WeightRow(id=name, title=titles[name], decibans=value) for name, value in row.weights.items()))


class MapPart(Result):
    """P(event) with two inputs moved at once."""

    across: str
    down: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    probability: tuple[tuple[Chance, ...], ...]


class SensitivityDocument(Asked):
    """What every input does to a forecast: alone, two at once, and all at once up to the edges of its term."""

    range: tuple[float, float]
    """Edges of the term."""
    sensitivity: tuple[SwingRow, ...]
    leaving: tuple[SwingRow, ...]
    """Inputs that alone give the forecast another term."""
    crossings: tuple[CrossingRow, ...]
    maps: tuple[MapPart, ...]


def sensitivity_document(found: Study) -> SensitivityDocument:
    """What `forecast sensitivity` shows."""
    return SensitivityDocument(
        **headline_fields(found.base), question=question_part(found.base.case),
        range=text.range_of(found.base.event), sensitivity=swing_rows(found.swings),
        leaving=swing_rows(found.leaving), crossings=tuple(map(crossing_row, found.crossings)),
        maps=tuple(map(_map, found.maps)))


def _map(found: TwoWay) -> MapPart:
    return MapPart(across=found.across.label, down=found.down.label,
                   columns=tuple(map(found.across.words, found.columns)),
                   rows=tuple(map(found.down.words, found.rows)),
                   probability=tuple(map(tuple, found.probability.tolist())))


class ExplainDocument(Asked):
    """What moves a forecast, and what becomes of each item or of one."""

    ledger: tuple[StepRow, ...]
    flow: tuple[Flow, ...]
    evidence: tuple[EvidenceRow, ...]
    leave_one_out: dict[str, float]
    """In decibans, by the id of the item."""
    shapley: dict[str, float]
    """In decibans, by the id of the item."""
    opinions: Opinions | None
    """What each analyst of a panel states of the items, whose lift is pooled then; None if there is one analyst."""


def explain_document(engine: Exact, only: str | None = None) -> ExplainDocument:
    """What `forecast explain` shows, of all active items or of the one with an id.

    Raises `ForecastError` if no item has that id, or it does not speak on the as-of date.
    """
    case = engine.case
    if only is not None:
        case.active_item(only)
    rows = evidence_rows(engine, only)
    return ExplainDocument(**headline_fields(engine.forecast), question=question_part(case),
                           ledger=step_rows(ledger(engine)), flow=tuple(flow(engine)), evidence=rows,
                           leave_one_out={row.id: row.leave_one_out for row in rows},
                           shapley={row.id: row.shapley for row in rows}, opinions=opinions(case))


class WatchDocument(Asked):
    """What seeing each indicator, or not, would do."""

    indicators: tuple[IndicatorRow, ...]
    passed: int = 0
    """Indicators whose date has come."""


def watch_document(engine: Exact) -> WatchDocument:
    """What `forecast watch` shows."""
    rows = indicator_rows(engine)
    return WatchDocument(**headline_fields(engine.forecast), question=question_part(engine.case), indicators=rows,
                         passed=len(engine.case.indicators) - len(rows))


class BreakEvenDocument(Result):
    """The lift of one item that would take the forecast to a target."""

    id: str
    title: str
    by: date
    target: Chance
    stated: float
    """The lift R as stated, before standing."""
    ratio: float | None
    """The lift R that reaches the target; None if none of those that were looked at does."""
    over: float | None = None
    """A nearer lift, over which the forecast jumps past the target."""
    under: float | None = None
    """A nearer lift, under which the forecast jumps past the target."""
    searched: tuple[float, float] = (1 / LIMIT, LIMIT)
    """The lifts between which `ratio` was looked for: 1/1000 and 1000, or farther if `stated` lies beyond them."""
    probability: Chance


def break_even_document(found: BreakEven) -> BreakEvenDocument:
    """What `forecast breakeven` shows."""
    return BreakEvenDocument(id=found.item.id, title=found.item.title, by=found.by, target=found.target,
                             stated=found.stated, ratio=found.ratio, over=found.over, under=found.under,
                             searched=found.searched, probability=found.probability)


class MoverRow(Result):
    """An item and its share of the forecast."""

    id: str
    title: str
    points: float
    """Shapley value of P(event), from −1 to 1."""


class UpdateDocument(Answer):
    """What a screen shows of a forecast."""

    movers: tuple[MoverRow, ...]
    """Every active item, the farthest first."""
    change: Change | None
    """Since the newest earlier report."""
    crowd: CrowdStudy | None
    opinions: Opinions | None
    learned_on: int | None = None
    """How many resolved questions the calibration that the question takes was learned on."""


def update_document(forecast: Forecast, change: Change | None,
                    crowd: CrowdStudy | None = None) -> UpdateDocument:
    """What `forecast update` shows."""
    engine = Exact(forecast.case)
    shares = {name: share.points for name, share in shapley(engine).items()}
    titles = {item.id: item.title for item in engine.evidence.items}
    movers = tuple(MoverRow(id=name, title=titles[name], points=shares[name]) for name in farthest(shares))
    return UpdateDocument(**answer_fields(forecast), movers=movers, change=change, crowd=crowd,
                          opinions=opinions(forecast.case),
                          learned_on=forecast.case.calibration and forecast.case.calibration.questions)
