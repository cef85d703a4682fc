"""What is computed, as records: frozen, typed, written as JSON and read back as strictly as what analysts write."""

from __future__ import annotations

import math
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from forecast.core.errors import ForecastError
from forecast.core.text import brief
from forecast.records.types import Estimate, dotted


def _finite(value: float | None) -> float | None:
    """NaN and ∞ are null in JSON, and None here."""
    return value if value is None or math.isfinite(value) else None


Number = Annotated[float | None, AfterValidator(_finite)]
"""A number that may be infinite or unknown, which is None."""

Chance = Annotated[float, AfterValidator(lambda value: _inside(value))]
"""A probability, in [0, 1]."""

Range = tuple[float | None, float, float | None]
"""[low, stated, high] as a file states them; low and high are None for a bare number."""


def _inside(value: float) -> float:
    if not -1e-9 <= value <= 1 + 1e-9:
        raise ValueError(f"{value} is not a probability")
    return min(max(value, 0.0), 1.0)


class Result(BaseModel):
    """A frozen record of something computed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __repr__(self) -> str:
        return brief(super().__repr__())

    def __str__(self) -> str:
        return repr(self)

    def json_text(self, indent: int | None = 1) -> str:
        """Write it as JSON at full precision, with a line end."""
        return self.model_dump_json(indent=indent) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, name: str) -> Self:
        """Read it back from JSON, as strictly as it was written.

        Raises
        ------
        ForecastError
            If the text is not such a record; the message begins with `name`.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first: Any = error.errors(include_url=False, include_input=False)[0]
            where = dotted(tuple(first["loc"])) or "it"
            what = first["msg"].removeprefix("Value error, ")
            what = f"{what[0].lower()}{what[1:]}"
            raise ForecastError(f"{name}: {where}: {what}; restore the file from a backup, or remove it") from None
        except RecursionError:
            raise ForecastError(f"{name}: is nested too deeply to be read; restore the file from a backup, or remove it"
                                ) from None


def range_of(estimate: Estimate) -> Range:
    """An estimate as the file states it."""
    return estimate.low, estimate.stated, estimate.high
