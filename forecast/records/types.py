"""The scalar types of the file format: what an analyst writes, parsed once into what cannot be wrong."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Annotated, Any, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from forecast.core.errors import InputError, Problem
from forecast.core.numerics import is_number, plain
from forecast.core.scalars import Refused, is_blank, replaced, scalar
from forecast.core.text import brief


class Duration(float):
    """A length of time in weeks; a type of its own, so that a bare number in a file is not taken for one."""


NEVER = Duration(math.inf)
"""A half-life or a standing that does not end, in weeks."""

SMALLEST, LARGEST = 1e-9, 1e9
"""Range of weights, shares and durations: what lies beyond is a slip, and would leave floating point."""

MOST_FAULTS = 1000
"""Faults that are told of one record."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})([T ]00:00(:00(\.0+)?)?([+-]\d{2}:\d{2})?)?", re.ASCII)
_LENGTH = re.compile(r"([0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})([wd])")


Steps = tuple[str | int, ...]
"""Keys and indices that lead to a place in a record or file."""


class Fault(NamedTuple):
    """What is wrong in one place of a record, in the analyst's words."""

    path: Steps
    what: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (dotted(self.path), self.what)))


def dotted(path: Steps) -> str:
    """Write a path as analysts read it, entries of lists counted from one: prior[2].weeks."""
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


class Record(BaseModel):
    """A frozen record of the workspace: unknown fields are refused, and types are not bent to fit."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def __init__(self, /, **fields: Any) -> None:
        """Check what Python states as strictly as a file; `InputError` with everything that is wrong."""
        fields = plain(fields)
        try:
            self.__pydantic_validator__.validate_python(fields, self_instance=self)
        except ValidationError as error:
            raise _refused(error, type(self), fields) from None

    # What pydantic knows by this is not called where a file is read, which wants pydantic's own error.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        return brief(super().__repr__())

    def faults(self) -> Iterator[Fault]:
        """Contradictions between fields that are right by themselves; a record with any is refused.

        Where some fields are wrong by themselves, the others are examined all the same: a wrong field is False then.
        """
        return iter(())

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = tuple(islice(self.faults(), MOST_FAULTS + 1))
        if faults:
            text = "; ".join(map(str, faults))
            raise PydanticCustomError("contradictory", "{what}", {"what": text, "faults": faults})
        return self


def _refused(error: ValidationError, kind: type[Record], fields: dict[str, Any]) -> InputError:
    """What is wrong with a record that Python makes; places begin with its kind and, if it has one, its id."""
    from forecast.records.faults import refusals  # which knows every record, and so imports this module

    name = fields.get("id")
    place: Steps = (kind.__name__.lower(),)
    if isinstance(name, str) and re.fullmatch(IDENT, name):
        place = (*place, name)
    return InputError(Problem("", 0, dotted(place + fault.path), fault.what)
                      for fault in refusals(error, kind, fields))


def repeated[Name](names: Iterable[Name]) -> Iterator[tuple[int, Name]]:
    """The names that are given again, each with its index."""
    seen = set[Name]()
    for index, name in enumerate(names):
        if name in seen:
            yield index, name
        seen.add(name)


def wrong(what: str) -> PydanticCustomError:
    """Build an error in the analyst's words; the text says what is wrong and what to write instead."""
    return PydanticCustomError("wrong", "{what}", {"what": replaced(what)})


def shown(value: object) -> str:
    """Quote a value as a file would state it, short enough for one line of a message."""
    match value:
        case None:
            text = "an empty value"
        case bool():
            text = "true" if value else "false"
        case str():
            text = value if not is_blank(value) and isinstance(_resolved(value), str) else f'"{value}"'
        case dict():
            text = "{" + ", ".join(f"{key}: {_part(entry)}" for key, entry in list(value.items())[:4]) + "}"
        case list() | tuple():
            text = "[" + ", ".join(_part(entry) for entry in value[:12]) + "]"
        case _:
            text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _resolved(text: str) -> object:
    try:
        return scalar(text)
    except Refused:
        return text


def _part(value: object) -> str:
    return "..." if isinstance(value, dict | list | tuple) else shown(value)


def parsed_day(text: str) -> date | None:
    """The day that is written YYYY-MM-DD, and no other way; None if there is none."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def read_day(value: object) -> date | None:
    """The day that a date, a text, or a time at midnight such as those of pandas and NumPy is; None if it is none."""
    if type(value) is date:
        return value
    if isinstance(value, str):
        return parsed_day(value)
    found = _MIDNIGHT.fullmatch(str(value)) if isinstance(value, datetime) or hasattr(value, "dtype") else None
    return parsed_day(found[1]) if found else None


def no_day(value: object) -> str:
    """What is wrong with what is not a day, and what to write instead."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        return f"{value} is not a day of the calendar; write an existing date, YYYY-MM-DD"
    if isinstance(value, datetime) or hasattr(value, "dtype"):
        return f"{shown(value)} is not a whole day; write a date, or its text YYYY-MM-DD"
    return f"{shown(value)} is not a date; write YYYY-MM-DD"


def day_of(argument: str, value: object) -> date:
    """The day that an argument is; `InputError` if it is none."""
    if (day := read_day(value)) is None:
        raise InputError.of(argument, no_day(value))
    return day


def _day(value: Any) -> date:
    if (day := read_day(value)) is None:
        raise wrong(no_day(value))
    return day


def _weeks(value: Any) -> Duration:
    if isinstance(value, Duration):
        return _in_weeks(value)
    match = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    number = float(match[1]) if match else 0.0
    if match is None or number == 0:
        raise wrong(f"{shown(value)} is not a duration; write a positive number and w or d, such as 13w or 10d")
    return _within(number if match[2] == "w" else number / 7, value)


def _within(weeks: float, value: Any) -> Duration:
    """A number of weeks, stated as some value, if it can be computed with."""
    if not SMALLEST <= weeks <= LARGEST:
        raise wrong(f"{shown(value)} is too {'long' if weeks > 1 else 'short'}; "
                    f"write a duration from {SMALLEST:g} to {LARGEST:g} weeks")
    return Duration(weeks)


def _weeks_or_never(value: Any) -> Duration:
    is_never = value == "never" or (isinstance(value, Duration) and value == NEVER)
    return NEVER if is_never else _weeks(value)


def _sized(value: float) -> float:
    if value and not SMALLEST <= value <= LARGEST:
        raise wrong(f"{value:g} is too {'large' if value > 1 else 'small'}; "
                    f"write a number from {SMALLEST:g} to {LARGEST:g}")
    return value


def of_length(count: int, misfit: str) -> BeforeValidator:
    """Accept lists of so many entries; `misfit` says what another value is not, and what to write instead."""
    def checked(value: object) -> object:
        if isinstance(value, list | tuple) and len(value) == count:
            return value
        raise wrong(f"{shown(value)} {misfit}")

    return BeforeValidator(checked)


def _word(value: str) -> str:
    if is_blank(value):
        raise wrong("is empty; write a text")
    return value


DATE = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
"""What a day looks like, as a regular expression; whether the month is so long is for the format of the schema."""

Day = Annotated[date, BeforeValidator(_day),
                WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{DATE}$"})]
"""A calendar day, written YYYY-MM-DD."""

UNIQUE: dict[str, Any] = {"uniqueItems": True}
"""What a schema says of a list that holds nothing twice."""

Text = Annotated[str, AfterValidator(_word), Field(json_schema_extra={"pattern": r"\S"})]
"""A text that is not blank."""

IDENT = r"[a-z0-9][a-z0-9-]{0,59}"
"""What an id is, as a regular expression."""

Ident = Annotated[str, Field(pattern=f"^{IDENT}$")]
"""A name by which other files refer to a record."""

DURATION = r"(?=.*[1-9])([0-9]+(\.[0-9]*)?|\.[0-9]+)[wd]"
"""What a duration is, as a regular expression."""

_DURATION = {"type": "string", "pattern": f"^{DURATION}$"}

Weeks = Annotated[float, PlainValidator(_weeks), WithJsonSchema(_DURATION)]
"""A duration, written 13w or 10d."""

WeeksOrNever = Annotated[float, PlainValidator(_weeks_or_never),
                         WithJsonSchema({"type": "string", "pattern": f"^({DURATION}|never)$"})]
"""A duration in weeks or `never` (infinite)."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, json_schema_extra={"maximum": LARGEST}),
                     AfterValidator(_sized)]
"""A number above 0 of a size that can be computed with."""

NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False, json_schema_extra={"maximum": LARGEST}),
                        AfterValidator(_sized)]
"""A number from 0 of a size that can be computed with."""

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""A part of a whole, in [0, 1]."""

Count = Annotated[int, Field(ge=0, le=10**15)]
"""A whole number from 0."""


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
            return max(self.stated / spread, sys.float_info.min), min(self.stated * spread, sys.float_info.max)
        return self.low, self.high


WORDS = {"nothing": 1.0, "barely": 1.25, "somewhat": 2.0, "clearly": 4.0, "strongly": 10.0, "decisive": 30.0}
"""How much an item says for or against the event, in words, and the likelihood ratio that each word stands for."""


def word_value(word: str, side: str | None) -> float:
    """The likelihood ratio that a word of the scale stands for; against is the reciprocal."""
    return 1 / WORDS[word] if side == "against" else WORDS[word]


def _in_numbers(text: str) -> str | None:
    """The ratio that a word of the scale stands for, for those who write it into a file; None for any other text."""
    word, _, side = text.strip().lower().partition(" ")
    if word not in WORDS or side.strip() not in ("", "for", "against"):
        return None
    return f"{word_value(word, side.strip()):.3g}"


def _number(value: Any, lowest: float, highest: float, closed: bool) -> float:
    example = 0.3 if highest <= 1 else 1.5
    if isinstance(value, str) and highest == math.inf and (ratio := _in_numbers(value)) is not None:
        raise wrong(f"{shown(value)} is a word for {ratio}; in a file write {ratio} or, around it, [low, stated, high]")
    if not is_number(value):
        raise wrong(f"{shown(value)} is not a number; write a number such as {example}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise wrong(f"{shown(value)} is not finite; write a number such as {example}")
    if not (lowest <= number <= highest if closed else lowest < number < highest):
        if highest == math.inf:
            raise wrong(f"{shown(value)} is not above {lowest:g}; write a positive number")
        edge = f"from {lowest:g} to {highest:g}" if closed else f"above {lowest:g} and below {highest:g}"
        raise wrong(f"{shown(value)} is out of range; write a number {edge}")
    return number


def _stated(value: Any, number: Callable[[Any], float], kind: str) -> Estimate:
    """A number of some kind, or three of them; an Estimate made in Python is held to what a file may state."""
    if isinstance(value, Estimate):
        value = value.stated if value.low is None and value.high is None else [value.low, value.stated, value.high]
    if not isinstance(value, list | tuple):
        return Estimate(number(value))
    if len(value) != 3:
        count = "1 entry" if len(value) == 1 else f"{len(value)} entries"
        raise wrong(f"{shown(value)} has {count}; write a {kind} or [low, stated, high]")
    low, stated, high = _all_of(value, number)
    if not low <= stated <= high:
        raise wrong(f"{shown(value)} is not in order; write [low, stated, high] with low ≤ stated ≤ high")
    return Estimate(stated, low, high)


def _all_of(values: Iterable[Any], number: Callable[[Any], float]) -> list[float]:
    """Numbers of some kind; one error with what is wrong with each that is none."""
    numbers, told = [], []
    for value in values:
        try:
            numbers.append(number(value))
        except PydanticCustomError as error:
            told.append(error.message())
    if told:
        faults = tuple(Fault((), what) for what in dict.fromkeys(told))
        raise PydanticCustomError("several", "{what}", {"what": "; ".join(dict.fromkeys(told)), "faults": faults})
    return numbers


def _estimate(lowest: float, highest: float, closed: bool) -> BeforeValidator:
    return BeforeValidator(lambda value: _stated(
        value, lambda entry: _number(entry, lowest, highest, closed), "number"))


def _schema(lowest: float, highest: float, closed: bool) -> WithJsonSchema:
    names = ("minimum", "maximum") if closed else ("exclusiveMinimum", "exclusiveMaximum")
    number = {"type": "number"} | {name: edge for name, edge in zip(names, (lowest, highest), strict=True)
                                   if edge < math.inf}
    return WithJsonSchema(_or_three(number))


def _or_three(one: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 3, "maxItems": 3,
                            "description": "[low, stated, high]"}]}


Ratio = Annotated[Estimate, _estimate(0, math.inf, False), _schema(0, math.inf, False)]
"""A likelihood ratio, in (0, ∞)."""

Probability = Annotated[Estimate, _estimate(0, 1, False), _schema(0, 1, False)]
"""A probability that claims no certainty, in (0, 1)."""

Fraction = Annotated[Estimate, _estimate(0, 1, True), _schema(0, 1, True)]
"""An overlap, in [0, 1]."""

Weight = Annotated[Estimate, _estimate(0, 100, True), _schema(0, 100, True)]
"""An evidence weight, in [0, 100]."""

Nats = Annotated[Estimate, _estimate(0, 10, True), _schema(0, 10, True)]
"""A standard deviation in natural log odds, in [0, 10]."""

Level = Annotated[Estimate, _estimate(-100, 100, True), _schema(-100, 100, True)]
"""A number of either sign, such as a shift in log odds."""


def _span(value: Any) -> Estimate:
    """A duration, or three of them; the numbers of an Estimate made in Python are weeks already."""
    return _stated(value, _in_weeks if isinstance(value, Estimate) else _weeks, "duration")


def _in_weeks(value: Any) -> Duration:
    return _within(_number(value, 0, math.inf, False), value)


Span = Annotated[Estimate, PlainValidator(_span),
                 PlainSerializer(lambda value: value), WithJsonSchema(_or_three(_DURATION))]
"""A duration in weeks that may be stated with its low and high, such as 8w or [4w, 8w, 16w]."""
