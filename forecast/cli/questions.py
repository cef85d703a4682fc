"""What `forecast new` asks: a table of questions.

A question says which field it fills, by which option it can be answered beforehand, and how a typed text is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from forecast.core.errors import ForecastError
from forecast.core.scalars import Refused, scalar
from forecast.records.types import parsed_day

ESTIMATE = "0.3, or low,stated,high"
"""How an estimate is typed."""


@dataclass(frozen=True)
class Question:
    """One thing to ask."""

    field: str
    option: str
    words: str
    read: Callable[[str], Any] = str.strip
    is_needed: bool = False
    """Whether an item is nothing without it; what is not needed is asked only where the whole item is asked for."""


@dataclass(frozen=True)
class Stated:
    """An encoding as the command line gives it: `HYPOTHESIS=VALUE`, once for each hypothesis."""

    probability: Sequence[str] = ()
    counts: Sequence[str] = ()
    likelihood_ratio: Sequence[str] = ()

    OPTIONS = {"probability": "--if", "counts": "--counts", "likelihood_ratio": "--ratio"}  # noqa: RUF012


def _number(text: str) -> Any:
    try:
        value = scalar(text.strip())
    except Refused as error:
        raise ForecastError(str(error)) from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ForecastError(f"{text.strip() or '(nothing)'}: not a number; write {ESTIMATE} such as 0.2,0.3,0.45")
    return value


def _estimate(text: str) -> Any:
    values = [_number(part) for part in text.split(",")]
    return values[0] if len(values) == 1 else values


def _counts(text: str) -> Any:
    return [_number(part) for part in text.split("/")]


def _days(text: str) -> Any:
    return [_day(part) for part in re.split(r"\.\.|,|\s+", text.strip()) if part]


def _day(text: str) -> Any:
    return parsed_day(text.strip()) or text.strip()


def _standing(text: str) -> Any:
    pairs = [part.partition("=") for part in text.split(",")]
    return {(name.strip() if sign else "every"): _day(value if sign else name) for name, sign, value in pairs}


READERS: dict[str, Callable[[str], Any]] = {
    "probability": _estimate, "counts": _counts, "likelihood_ratio": _estimate}

QUESTIONS = (
    Question("title", "--title", "What became public?", is_needed=True),
    Question("source", "--source", "Who says it?", is_needed=True),
    Question("group", "--group", "In which group may it have one origin with others? (Enter: none)"),
    Question("url", "--url", "Where can it be read? (Enter: nowhere)"),
    Question("credibility", "--credibility", "How credible is this report, from 1 confirmed to 5 improbable? "
                                             "(Enter: as its source)", _number),
)
"""What is asked before the encoding."""

LAST_QUESTIONS = (
    Question("window", "--window", "Which days does it speak of? (first,last; Enter: of none)", _days),
    Question("standing", "--standing", "If it goes on: for which period are the values? (4w; Enter: it does not)",
             _standing),
    Question("rationale", "--rationale", "Why these numbers?", lambda text: text.strip() + "\n", is_needed=True),
)
"""What is asked after the encoding."""

OPTIONS_ALONE = (Question("about", "--about", ""), Question("says", "--says", ""))
"""What is not asked; the gate judges it."""
