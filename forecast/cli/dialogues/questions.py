"""What `forecast new` asks: a table of questions.

A question says which field it fills, by which option it can be answered beforehand, and how a typed text is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from forecast.core.errors import ForecastError
from forecast.core.numerics import is_number
from forecast.core.scalars import Refused, scalar
from forecast.core.text import probability_of
from forecast.records.elicitation import word_ratio
from forecast.records.types import WORDS, parsed_day

ESTIMATE = "0.3, or low,stated,high"
"""How an estimate is typed."""
_ESTIMATES = f"{ESTIMATE} such as 0.2,0.3,0.45"

COUNTS = "3/4 for seen in three of four"
"""How counts are typed."""

_DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]+")
_NO_SCHEME = re.compile(r"www\.\S+|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+/\S*")

SCALE = ", ".join(f"{word} {ratio:g}" if ratio > 1 else word for word, ratio in WORDS.items())
"""The words that stand for ratios."""


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
    kept: str | None = None

    OPTIONS = {"probability": "--if", "counts": "--counts", "likelihood_ratio": "--ratio"}  # noqa: RUF012


def _number(text: str, instead: str = _ESTIMATES) -> Any:
    try:
        value = scalar(text.strip())
    except Refused as error:
        raise ForecastError(str(error)) from None
    if not is_number(value):
        raise ForecastError(f"{text.strip() or '(nothing)'}: not a number; write {instead}")
    return value


def _estimate(text: str, instead: str = _ESTIMATES, read: Callable[[str, str], Any] = _number) -> Any:
    values = [read(part, instead) for part in text.split(",")]
    if _DECIMAL_COMMA.fullmatch(text.strip()):
        raise ForecastError(f"{text.strip()} is two numbers; write {text.strip().replace(',', '.')} with a point, or "
                            "low,stated,high")
    return values[0] if len(values) == 1 else values


def _chance(text: str, instead: str = _ESTIMATES) -> Any:
    """A probability; percents, too."""
    return _estimate(text, instead, _share)


def _share(text: str, instead: str) -> Any:
    percent = probability_of(text) if text.strip().endswith("%") else None
    return _number(text, instead) if percent is None else percent


def _url(text: str) -> str:
    address = text.strip()
    if _NO_SCHEME.fullmatch(address):
        raise ForecastError(f"{address} is not a whole address; write https://{address}")
    return address


def _ratio(text: str) -> Any:
    """A ratio or [low, stated, high]; or a word, such as `clearly` or `strongly against`, rounded to two digits."""
    word, _, side = text.strip().lower().partition(" ")
    if word not in WORDS:
        return _estimate(text, HOW)
    if side.strip() not in ("", "for", "against"):
        raise ForecastError(f"{text.strip()}: write the word alone, or against behind it")
    stated = word_ratio(word, "against" if side.strip() == "against" else "for")  # type: ignore[arg-type]
    return [float(f"{value:.2g}") for value in (stated.low or 0, stated.stated, stated.high or 0)]


def _kind(text: str) -> Any:
    return text.strip().lower()


def _days(text: str) -> Any:
    days = [_day(part) for part in re.split(r"\.\.|,|\s+", text.strip(" []")) if part]
    if len(days) != 2:
        raise ForecastError(f"{text.strip() or '(nothing)'} is not a window; write first,last, such as "
                            "2027-03-01,2027-03-31")
    return days


def _day(text: str) -> Any:
    return parsed_day(text.strip()) or text.strip()


def _standing(text: str) -> Any:
    pairs = [part.partition("=") for part in text.split(",")]
    named = [(name.strip(), value) if sign else ("every", name) for name, sign, value in pairs]
    fields = {name: _day(value) for name, value in named}
    if len(fields) < len(named):
        raise ForecastError("states one thing twice; write it once, as in every=4w,at_most=13w")
    return fields


READERS: dict[str, Callable[[str], Any]] = {
    "probability": _chance, "counts": lambda text: [_number(part, COUNTS) for part in text.split("/")],
    "likelihood_ratio": _ratio, "kept": _chance}

QUESTIONS = (
    Question("title", "--title", "What became public?", is_needed=True),
    Question("date", "--date", "On which day did it become public?", _day),
    Question("source", "--source", "Who says it?", is_needed=True),
    Question("kind", "--about", "What is it about: a preparation (sign), times in which the event may well happen "
                                "(condition), or days that somebody names (claim)? (Enter: sign)",
             _kind),
    Question("window", "--window", "Which days does it speak of? (first,last, each as YYYY-MM-DD)", _days),
    Question("says", "--says", "Is it about a fact, which is discounted by its source, or about hearing this report "
                               "from this speaker? (fact, report; Enter: fact, or report where counts or kept are "
                               "stated)",
             _kind),
    Question("group", "--group", "Which group of items may share its origin? (Enter: none)"),
    Question("url", "--url", "Where can it be read? (Enter: nowhere)", _url),
    Question("credibility", "--credibility", "How credible is this report, from 1 confirmed to 5 improbable? "
                                             "(Enter: as its source)",
             lambda text: _number(text, "a whole number from 1 to 6")),
)
"""What is asked before the encoding. The window is asked of claims alone."""

LAST_QUESTIONS = (
    Question("standing", "--standing", "If it goes on: for which period are the values? (4w; Enter: it does not)",
             _standing),
    Question("rationale", "--rationale", "Why these numbers?", lambda text: text.strip() + "\n", is_needed=True),
)
"""What is asked after the encoding. The standing is not asked of claims."""

KINDS_OF_QUESTION = {
    "sign": ("How often would you see {thing} if the event were being prepared now, as a multiple of how often if it "
             "were not?"),
    "condition": ("How often is it so in times in which the event may well happen, as a multiple of how often in "
                  "others?"),
    "claim": "How often are such announcements, by such speakers, kept?"}
"""What is asked first of each kind."""

HOW = f"a word ({SCALE}), such as clearly or clearly against; or a number such as 1.5, or low,stated,high"
"""How a ratio is typed."""
