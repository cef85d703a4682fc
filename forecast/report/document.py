"""A report as one typed document, written as JSON and validated when it is read back; `assembly` makes it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from forecast.analysis.attribution import Kind as StepKind
from forecast.analysis.crowd import CrowdStudy
from forecast.analysis.headline import Headline
from forecast.analysis.item_path import Independence
from forecast.analysis.outlook import Ahead, Ceiling, Flow
from forecast.analysis.panel import PanelStudy
from forecast.engine.nuts.agreement import Compared
from forecast.evaluation.resolution import RanOut
from forecast.records.evidence import Kind as ItemKind
from forecast.records.result import Chance, Number, Range, Result

Day = date

SCHEMA_VERSION: Literal[2] = 2


class ProcessPart(Result):
    """What a question states of a hidden process."""

    lead_weeks: Range
    carried_out: Range
    unprepared: Range


class QuestionPart(Result):
    """A question as reports have it."""

    id: str
    title: str
    resolution: str
    opens: date
    asked: date | None
    horizon: date
    event: str
    phrase: str | None
    reference: str
    names: dict[str, str]
    shares: dict[str, float]
    evidence_weight: Range
    model_error: Range
    calibration: str | None
    preparation: ProcessPart
    climate: ProcessPart
    key_dates: tuple[date, ...]
    hub: dict[str, str] | None
    resolved: dict[str, str] | None
    reconstructed: str | None
    confidence: dict[str, str] | None

    @property
    def identity(self) -> tuple[str, str]:
        """The ids of the question and of its event: with another, it is another question."""
        return self.id, self.event


class CurveRow(Result):
    """One live week."""

    first: date
    last: date
    probability: Chance
    cumulative: Chance
    low: Chance
    high: Chance
    hazard: Chance
    prior: Chance
    prior_cumulative: Chance


class EdgeRow(Result):
    """The curve at the end of a day within a week, where it bends."""

    day: Day
    cumulative: Chance
    low: Chance
    high: Chance
    prior_cumulative: Chance


class StepRow(Result):
    """One row of a ledger or of a change."""

    kind: StepKind
    id: str
    label: str
    decibans: float
    points: float | None
    """None where there is nothing before it, as at the opening."""
    total: float
    probability: Chance


class SharingPart(Result):
    """What a sign or condition does through its process; see `analysis.item_path.Sharing`."""

    process: str
    lead_days: float
    unprepared: float
    false_share: float
    day: date
    lift_before: float
    together: Number
    others: int
    lift_after: float
    lift_now: float
    lift_without: float
    tomorrow: tuple[float, float]
    at_horizon: tuple[float, float]


class ItemRow(Result):
    """An item as it is stated."""

    id: str
    title: str
    date: date
    recorded: Day | None
    source: str
    grade: str
    credibility: int | None
    group: str | None
    kind: ItemKind
    says: Literal["fact", "report"]
    encoding: str
    values: dict[str, Range | tuple[int, int]]
    """As the file states them, by hypothesis; of `kept`, by the event."""
    url: str | None
    rationale: str
    note: str | None
    seen: bool
    window: tuple[Day, Day] | None
    standing: bool
    analyst: str | None


class EvidenceRow(ItemRow):
    """An active item, what it states, and what is left of that; see `analysis.item_path.Path`."""

    age_days: int
    stated: dict[str, Range]
    """Ratios against the reference."""
    periods: float
    chance: float | None
    lift: Number
    background: dict[str, Number]
    source_reliability: Chance
    reliability: Chance
    reliable: Number
    stronger: int
    overlap: float
    echo: float
    echoed: Number
    weight: float
    effective: Number
    effective_background: dict[str, Number]
    sharing: SharingPart | None
    live_window: tuple[Day, Day] | None
    """The days of which a claim still speaks."""
    leave_one_out: float
    """D with it less D without it."""
    without: Chance
    """P(event) without it."""
    soon_without: Chance
    """P(event within thirteen weeks) without it."""
    shapley: float
    """Shapley value of D, in decibans."""
    shapley_points: float
    """Shapley value of P(event), from −1 to 1."""


class SourceRow(Result):
    """What a source was given and what it has earned or lost."""

    id: str
    name: str
    grade: str
    checked: bool
    given: Chance
    """By its grade alone."""
    now: Chance
    """With its record and its closed claims."""
    items: int


class ComponentRow(Result):
    """A component of the prior, and the forecast that it would give alone."""

    kind: Literal["reference_class", "exposure", "elicited"]
    weight: float
    stated: dict[str, Any]
    opening: Chance
    prior: Chance
    posterior: Chance
    by: dict[date, Chance]


class IndicatorRow(Result):
    """What seeing an indicator, or not, would do."""

    id: str
    title: str
    by: date
    certain: bool
    """Whether it is taken as certain, since no source is named."""
    chance: Chance
    if_seen: Chance
    if_not_seen: Chance
    soon_if_seen: Chance
    soon_if_not_seen: Chance
    bits: float


class BreakEvenRow(Result):
    """The ratio of an item that would take the forecast into another term."""

    id: str
    title: str
    target: float
    term: str
    stated: float
    ratio: float | None


class SwingRow(Result):
    """An input at its low and at its high."""

    kind: str
    id: str
    label: str
    by_file: bool
    """Whether the file states low and high."""
    low: str
    high: str
    decibans: tuple[float, float]
    probability: tuple[Chance, Chance]
    thirteen_weeks: tuple[Chance, Chance]
    preparing: tuple[Chance, Chance]


class ShiftRow(Result):
    """An input that is moved."""

    kind: str
    id: str
    label: str
    stated: str
    value: str
    place: float


class CrossingRow(Result):
    """What takes the forecast across an edge of its term."""

    target: float
    term: str
    alone: tuple[ShiftRow, ...]
    together: tuple[ShiftRow, ...]
    distance: float | None


class Change(Result):
    """What changed since an earlier report."""

    since: date
    decibans: float
    probability: Chance
    steps: tuple[StepRow, ...]
    thirteen_weeks: tuple[Chance, Chance]
    """Then and now."""
    preparing: tuple[Chance, Chance]
    """Then and now."""


class StoredInput(Result):
    """An input file as it was."""

    sha256: str
    text: str


class Provenance(Result):
    """What a report was made from and with."""

    versions: dict[str, str]
    seed: int
    inputs: dict[str, StoredInput]
    commands: tuple[str, ...]


class CopyRow(Result):
    """A copy of the page that an item cites."""

    date: date
    """The day on which it was kept."""
    path: str
    """Where it can be read, relative to the workspace."""
    sha256: str
    """Of what came, byte for byte."""


class Asked(Headline):
    """A forecast with its question."""

    question: QuestionPart


class Answer(Asked):
    """What the head of every page says."""

    prior_by: dict[date, Chance]
    """P(event by each key date) without evidence."""


class ChartDocument(Answer):
    """What the pictures of a forecast show: its weeks, its ledger and its evidence."""

    schema_version: Literal[2] = SCHEMA_VERSION
    curve: tuple[CurveRow, ...]
    ledger: tuple[StepRow, ...]
    evidence: tuple[EvidenceRow, ...]
    groups: tuple[Independence, ...]


class PlotDocument(ChartDocument):
    """What the pictures of a forecast at hand show."""

    edges: tuple[EdgeRow, ...]


class CaseDocument(ChartDocument):
    """Everything that is derived from one case alone."""

    reliability: tuple[SourceRow, ...]
    components: tuple[ComponentRow, ...]
    indicators: tuple[IndicatorRow, ...]
    break_even: tuple[BreakEvenRow, ...]
    sensitivity: tuple[SwingRow, ...]
    crossings: tuple[CrossingRow, ...]
    flow: tuple[Flow, ...]
    ceiling: Ceiling
    ahead: tuple[Ahead, ...]
    closed_claims: tuple[RanOut, ...]
    panel: PanelStudy | None
    """Where several analysts have stated something."""
    copies: dict[str, CopyRow] = Field(default_factory=dict)
    """Copies of cited pages by the ids of the items, as they were when the report was written."""


class ReportDocument(CaseDocument):
    """A report: a case, the change since the last report, both engines, and what all was made from."""

    change: Change | None
    crowd: CrowdStudy | None = None
    """What others say, beside ours; reports from before this field have none."""
    edges: tuple[EdgeRow, ...] = ()
    """Where the curve bends within a week; reports from before this field have none."""
    engines: Compared
    provenance: Provenance
