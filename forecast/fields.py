"""The scalar types of the file format: what an analyst writes, parsed once into what cannot be wrong."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

NEVER = math.inf
"""A half-life or a standing that does not end, in weeks."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([wd])")
_ESTIMATE_SCHEMA = {"anyOf": [{"type": "number"},
                              {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}]}


class Record(BaseModel):
    """A frozen record of the workspace: unknown fields are refused, and types are not bent to fit."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


def wrong(what: str) -> PydanticCustomError:
    """Build an error in the analyst's words; the text says what is wrong and what to write instead."""
    return PydanticCustomError("wrong", "{what}", {"what": what})


def shown(value: object) -> str:
    """Quote a value that was read, short enough for one line of a message."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _day(value: Any) -> date:
    if type(value) is date:
        return value
    if isinstance(value, str) and _DATE.fullmatch(value) and value.isascii():
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise wrong(f"{value} is not a day of the calendar; write an existing date, YYYY-MM-DD") from None
    raise wrong(f"{shown(value)} is no date; write YYYY-MM-DD")


def _weeks(value: Any) -> float:
    if isinstance(value, float) and value > 0:
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    number = float(match[1]) if match else 0.0
    if match is None or not 0 < number < math.inf:
        raise wrong(f"{shown(value)} is no duration; write a positive number and w or d, such as 13w or 10d")
    return number if match[2] == "w" else number / 7


def _weeks_or_never(value: Any) -> float:
    return NEVER if value == "never" else _weeks(value)


def _word(value: str) -> str:
    if not value.strip():
        raise wrong("is empty; write a text")
    return value


Day = Annotated[date, BeforeValidator(_day),
                WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"})]
"""A calendar day, written YYYY-MM-DD."""

Text = Annotated[str, AfterValidator(_word)]
"""A text that is not blank."""

Ident = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
"""A name by which other files refer to a record."""

Weeks = Annotated[float, BeforeValidator(_weeks),
                  WithJsonSchema({"type": "string", "pattern": r"^[0-9.]+[wd]$"})]
"""A duration in weeks, written 13w or 10d."""

WeeksOrNever = Annotated[float, BeforeValidator(_weeks_or_never),
                         WithJsonSchema({"type": "string", "pattern": r"^([0-9.]+[wd]|never)$"})]
"""A duration in weeks or `never` (infinite)."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


class Estimate(NamedTuple):
    """A stated value with its low and high; a bare number has neither.

    The stated value carries the headline; low and high carry the band and the sensitivity.
    """

    stated: float
    low: float | None = None
    high: float | None = None

    @property
    def bare(self) -> bool:
        """Whether only a number was given."""
        return self.low is None

    def bounds(self, spread: float = 1.0) -> tuple[float, float]:
        """Low and high; for a bare number stated/spread and stated·spread."""
        if self.low is None or self.high is None:
            return self.stated / spread, self.stated * spread
        return self.low, self.high


def _number(value: Any, lowest: float, highest: float, closed: bool) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(f"{shown(value)} is no number; write a number such as 1.5")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise wrong(f"{shown(value)} is not finite; write a number such as 1.5")
    if not (lowest <= number <= highest if closed else lowest < number < highest):
        if highest == math.inf:
            raise wrong(f"{shown(value)} is {'below' if closed else 'not above'} {lowest:g}; write a "
                        f"{'number from 0' if closed else 'positive number'}")
        edge = "from 0 to 1, both included" if closed else "between 0 and 1, both excluded"
        raise wrong(f"{shown(value)} is out of range; write a number {edge}")
    return number


def _estimate(lowest: float, highest: float, closed: bool) -> Any:
    def parse(value: Any) -> Estimate:
        if isinstance(value, Estimate):
            return value
        if not isinstance(value, list | tuple):
            return Estimate(_number(value, lowest, highest, closed))
        if len(value) != 3:
            raise wrong(f"{shown(value)} has {len(value)} entries; write a number or [low, stated, high]")
        low, stated, high = (_number(entry, lowest, highest, closed) for entry in value)
        if not low <= stated <= high:
            raise wrong(f"{shown(value)} is not in order; write [low, stated, high] with low ≤ stated ≤ high")
        return Estimate(stated, low, high)

    return BeforeValidator(parse)


Ratio = Annotated[Estimate, _estimate(0, math.inf, False), WithJsonSchema(_ESTIMATE_SCHEMA)]
"""A likelihood ratio, in (0, ∞)."""

Probability = Annotated[Estimate, _estimate(0, 1, False), WithJsonSchema(_ESTIMATE_SCHEMA)]
"""A probability that claims no certainty, in (0, 1)."""

Fraction = Annotated[Estimate, _estimate(0, 1, True), WithJsonSchema(_ESTIMATE_SCHEMA)]
"""An overlap, in [0, 1]."""

Weight = Annotated[Estimate, _estimate(0, math.inf, True), WithJsonSchema(_ESTIMATE_SCHEMA)]
"""An evidence weight, in [0, ∞)."""
