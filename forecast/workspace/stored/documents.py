"""Stored documents: read strictly, so that what was changed by hand never becomes a number.

What a report holds beyond this is shown and compared, but nothing is derived from it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, model_validator

from forecast.core.errors import ForecastError
from forecast.records.types import parsed_day

LARGEST = 256 * 2**20
"""Bytes of the largest stored document that is read."""

SLACK = 1e-9
"""How far a probability may lie outside [0, 1], and a sum beside what it should be: rounding, and nothing else."""


def _day(value: object) -> date:
    found = parsed_day(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("is not a date")
    return found


Day = Annotated[date, PlainValidator(_day)]
Chance = Annotated[float, Field(ge=-SLACK, le=1 + SLACK, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Size = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Part(BaseModel):
    """A part of a stored document; what is not read is not looked at."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class StoredQuestion(Part):
    """The question of a stored forecast."""

    id: str
    title: str
    opens: Day
    horizon: Day
    event: str
    names: dict[str, str]
    key_dates: list[Day]


class StoredForecast(Part):
    """A forecast as `update --json` prints it."""

    as_of: Day
    hypotheses: dict[str, Chance]
    by: dict[Day, Chance]
    prior_by: dict[Day, Chance]
    band: tuple[Chance, Chance]
    worth: Size | None
    decibans: Number | None
    weeks: list[tuple[Day, Day, Chance]] = Field(min_length=1)
    sources: dict[str, Chance]

    def faults(self, question: StoredQuestion) -> Iterator[str]:
        """What cannot be, in view of the question."""
        if self.as_of >= question.horizon:
            yield "as_of: is not before the horizon"
        if self.hypotheses.keys() != question.names.keys() or question.event not in self.hypotheses:
            yield "hypotheses: are not those of the question"
            return
        if not math.isclose(sum(self.hypotheses.values()), 1, abs_tol=SLACK):
            yield "hypotheses: do not sum to 1"
        event = self.hypotheses[question.event]
        if not math.isclose(sum(p for _, _, p in self.weeks), event, abs_tol=SLACK):
            yield "weeks: do not sum to the probability of the event"
        yield from self._faults_of_days(question)
        chances = [p for _, p in sorted(self.by.items())]
        if any(later < earlier - SLACK for earlier, later in pairwise([*chances, event])):
            yield "by: falls with time"
        if self.band[0] > self.band[1]:
            yield "band: begins above its end"

    def _faults_of_days(self, question: StoredQuestion) -> Iterator[str]:
        before = max(self.as_of, question.opens - timedelta(1))
        for first, last, _ in self.weeks:
            if first != before + timedelta(1) or last < first:
                yield f"weeks: {first} to {last} does not follow {before}"
                return
            before = last
        if before != question.horizon:
            yield "weeks: do not end with the horizon"
        for name, found in (("by", self.by), ("prior_by", self.prior_by)):
            if set(found) != set(question.key_dates):
                yield f"{name}: does not have the key dates of the question"


class BacktestRow(StoredForecast):
    """A forecast of a backtest."""

    prior_weeks: list[Chance]

    def faults(self, question: StoredQuestion) -> Iterator[str]:
        """What cannot be, in view of the question."""
        yield from super().faults(question)
        if len(self.prior_weeks) != len(self.weeks):
            yield "prior_weeks: are not as many as the weeks"


class CurveRow(Part):
    """A live week."""

    first: Day
    last: Day
    probability: Chance
    cumulative: Chance
    low: Chance
    high: Chance
    prior: Chance


class StoredChains(Part):
    """The second engine's forecast."""

    hypotheses: dict[str, Chance]
    by: dict[str, Chance]
    mcse: dict[str, Size]
    band: tuple[Chance, Chance]
    worth: Size | None
    seed: int
    chains: int
    passed: bool


class StoredAgreement(Part):
    """One probability from both engines."""

    name: str
    exact: Chance
    nuts: Chance
    difference: Number
    allowed: Size
    agrees: bool


class StoredEngines(Part):
    """Both engines."""

    confirmed: bool
    nuts: StoredChains | None
    agreement: list[StoredAgreement]


class StoredChange(Part):
    """The change since an earlier report."""

    since: Day
    decibans: Number | None
    probability: Chance


class StoredInput(Part):
    """An input file as it was."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    text: str


class StoredProvenance(Part):
    """What a report was made from."""

    inputs: dict[str, StoredInput] = Field(min_length=1)


class StoredWords(Part):
    """The forecast in words."""

    term: str
    precision: str


class StoredReportDocument(StoredForecast):
    """What is read of a report's forecast.json."""

    question: StoredQuestion
    words: StoredWords
    curve: list[CurveRow]
    engines: StoredEngines
    change: StoredChange | None
    provenance: StoredProvenance

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _refuse([*self.faults(self.question), *self._faults_of_report()])
        return self

    def _faults_of_report(self) -> Iterator[str]:
        if [(row.first, row.last, row.probability) for row in self.curve] != self.weeks:
            yield "curve: is not that of the weeks"
        if self.change is not None and self.change.since >= self.as_of:
            yield "change: is not since an earlier day"
        for path, stored in self.provenance.inputs.items():
            if sha256(stored.text.encode("utf-8", "surrogatepass")).hexdigest() != stored.sha256:
                yield f"{path}: was changed since the report was written"


class StoredBacktest(Part):
    """What is read of a backtest."""

    question: StoredQuestion
    known_then: bool
    every: int = Field(ge=1)
    inputs: dict[str, str]
    rows: list[BacktestRow] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _refuse([fault for row in self.rows for fault in row.faults(self.question)])
        days = [row.as_of for row in self.rows]
        _refuse([] if days == sorted(set(days)) else ["rows: are not in the order of their dates"])
        return self


def _refuse(faults: list[str]) -> None:
    if faults:
        raise ValueError("; ".join(faults[:3]))


def loaded(path: Path, data: bytes, kind: type[Part], instead: str) -> dict[str, Any]:
    """Parse a stored document and make sure that it can be used.

    Raises `ForecastError`, with the path and with what to do instead, if it is not JSON or not of its kind.
    """
    try:
        content = json.loads(data.decode(), parse_constant=_refused)
        json.dumps(content, ensure_ascii=False).encode()  # half of a surrogate pair could not be written again
    except (ValueError, RecursionError) as error:
        raise ForecastError(f"{path}: cannot be read ({error}); {instead}") from None
    try:
        kind.model_validate_json(data)
    except ValidationError as error:
        raise ForecastError(f"{path}: is not what it was written as ({_first(error)}); {instead}") from None
    return dict(content)


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


def _first(error: ValidationError) -> str:
    detail = error.errors(include_url=False, include_input=False)[0]
    where = "/".join(str(step) for step in detail["loc"])
    what = detail["msg"].removeprefix("Value error, ")
    return f"{where}: {what[:1].lower()}{what[1:]}" if where else what
