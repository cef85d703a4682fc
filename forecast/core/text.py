"""Words and numbers as every output writes them, each in one place: percents, decibans, dates and ICD 203 terms."""

from __future__ import annotations

import codecs
import math
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache

TERMS = (
    (0.0, "almost no chance"),
    (0.05, "very unlikely"),
    (0.20, "unlikely"),
    (0.45, "roughly even chance"),
    (0.55, "likely"),
    (0.80, "very likely"),
    (0.95, "almost certain"),
)
"""Terms of likelihood with their lower edges (Intelligence Community Directive 203, 2015)."""

EDGES = tuple(edge for edge, _ in TERMS)

_NEAR = 0.03
"""A rounding by less than this part of a share, and of what is left of it, leaves it what it is."""


def term(probability: float) -> str:
    """Name a probability by its ICD 203 term; an edge belongs to the term above it."""
    return TERMS[_place(probability)][1]


def range_of(probability: float) -> tuple[float, float]:
    """Lower and upper edge of the term of a probability."""
    place = _place(probability)
    return EDGES[place], (*EDGES, 1.0)[place + 1]


def _place(probability: float) -> int:
    # A sum of probabilities may end a rounding below zero, which is no certainty.
    return max(0, bisect_right(EDGES, probability) - 1)


def precision(worth: float) -> str:
    """How firm a forecast is: high if it is worth ν ≥ 50 similar cases, moderate if ν ≥ 10, else low."""
    return "high" if worth >= 50 else "moderate" if worth >= 10 else "low"


def firmness(worth: float) -> str:
    """The same in words; never with a number that would call for a higher precision."""
    if math.isinf(worth):
        return "as firm as a rate that is known"
    whole = round(worth)
    near = "about" if precision(whole) == precision(worth) else "just under"
    return f"as firm as a rate seen in {near} {counted(whole, 'similar case')}"


def percent(share: float, digits: int = 0) -> str:
    """A percent, whole unless digits are asked for; never 0 or 100 for what is neither nothing nor all."""
    written = f"{100 * share:.{digits}f}"
    if float(written) == 0:
        return f"under {10 ** -digits:.{digits}f}%" if share > 0 else f"{0:.{digits}f}%"
    if float(written) == 100 and share < 1:
        return f"over {100 - 10 ** -digits:.{digits}f}%"
    return f"{written}%"


def probability_of(text: str) -> float | None:
    """The probability that is written as 0.5 or 50%; None if the text is no such number."""
    number = text.strip()
    try:
        return float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        return None


def chance(probability: float, least: int = 0) -> str:
    """A forecast with so few decimals, none unless asked for, that the number belongs to its own term of likelihood."""
    for digits in range(least, 3):
        if term(round(probability, 2 + digits)) == term(probability):
            return _stated(probability, digits)
    return f"just under {percent(round(probability, 2))}"


def _stated(probability: float, digits: int = 0) -> str:
    """A probability that was computed: what rounds to one is never certain."""
    return percent(min(probability, math.nextafter(1, 0)), digits)


def whole(probability: float) -> str:
    """A whole percent, for all probabilities but the forecast, which stands beside its term of likelihood."""
    return _stated(probability)


def tenth(probability: float) -> str:
    """A percent with one decimal, for comparisons."""
    return _stated(probability, 1)


def fine(probability: float) -> str:
    """A percent with two significant digits, for weeks; with eight decimals at the most."""
    if probability <= 0 or probability >= 0.01:
        return _stated(probability, 1) if probability > 0 else "0%"
    return _stated(probability, min(8, 1 - math.floor(math.log10(100 * probability))))


def band(ends: Iterable[float]) -> str:
    """A 5-95 % range, such as 29–62%."""
    low, high = map(_stated, ends)
    if low == high:
        return low
    return f"{low.removesuffix('%')}–{high}" if low[0].isdigit() and high[0].isdigit() else f"{low} to {high}"


def reach(low: float, high: float) -> str:
    """The probabilities that a term of likelihood covers, such as 45 to 55%."""
    return f"{100 * low:.0f} to {100 * high:.0f}%"


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign; nothing is written with a sign that rounds to zero."""
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def points(difference: float) -> str:
    """A difference of probabilities in percentage points, with its sign."""
    return signed(100 * difference, 1)


def db(decibans: float) -> str:
    """Decibans with sign."""
    return signed(decibans)


def ratio(value: float) -> str:
    """A likelihood ratio, with as many digits as matter."""
    if value >= 100 or value == 0:
        return f"{value:.0f}"
    return _short(f"{value:.{max(2, 1 - math.floor(math.log10(value)))}f}")


def ranged(low: float, stated: float, high: float) -> str:
    """A stated ratio with its low and high, if it has them, such as 1.2 (1.05 to 1.5)."""
    return ratio(stated) if low == high else f"{ratio(stated)} ({ratio(low)} to {ratio(high)})"


def number(value: float) -> str:
    """A number with three digits, never with an exponent."""
    digits = Decimal(f"{value:.3g}")
    return f"{digits:,.0f}" if abs(digits) >= 1000 else f"{digits:f}"


def proportion(value: float) -> str:
    """A share as a percent: whole, or with two digits of it and of what is left where a whole one would be another."""
    least = min(value, 1 - value)
    if least <= 0 or abs(round(value, 2) - value) <= _NEAR * least:
        return f"{value:.0%}"
    digits = max(0, 1 - math.floor(math.log10(100 * least)))
    return f"{_short(f'{100 * value:.{digits}f}')}%"


def _short(written: str) -> str:
    """A decimal number without the zeros at its end."""
    return written.rstrip("0").rstrip(".")


def score(value: float | None) -> str:
    """A score with three decimals; a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    return "∞" if math.isinf(value) else f"{value:.3f}".replace("-", "−")


def counted(number: float, noun: str) -> str:
    """A number with its noun, such as 3 items or 1 item."""
    return f"{number if isinstance(number, int) else f'{number:g}'} {noun}{'' if number == 1 else 's'}"


def article(noun: str) -> str:
    """A noun with its article, such as an item or a source."""
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _date(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def day(value: date | str | None) -> str:
    """A date in words, such as 2 December 2022."""
    if value is None:
        return "never"
    when = _date(value)
    return f"{when.day} {when:%B} {when.year}"


def short(value: date | str) -> str:
    """A date in short, such as 2 Dec 2022."""
    when = _date(value)
    return f"{when.day} {when:%b} {when.year}"


def span(first: date | str, last: date | str) -> str:
    """Two dates, such as 3–9 Dec 2022."""
    a, b = _date(first), _date(last)
    if a == b:
        return short(b)
    if (a.year, a.month) == (b.year, b.month):
        return f"{a.day}–{short(b)}"
    return f"{a.day} {a:%b}{'' if a.year == b.year else f' {a.year}'} – {short(b)}"


def listed(texts: Sequence[str], last: str = "and") -> str:
    """An enumeration, such as a, b and c."""
    return f"{', '.join(texts[:-1])} {last} {texts[-1]}" if len(texts) > 1 else "".join(texts)


def shortened(texts: Sequence[str], most: int, separator: str = ", ") -> str:
    """The first of many texts, and how many more there are."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return separator.join(texts[:most]) + more


def brief(text: str, most: int = 160) -> str:
    """A text in one line, cut where it is longer than so many letters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most - 2]}…)"


# What an output that is not UTF-8 can show. A minus that became a question mark would make a loss of a gain, so each
# sign has a plainer substitute that says the same.

_PLAINER = {
    **dict.fromkeys("−‐‑‒–—―─", "-"), **dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‘’‚‛′", "'"),
    **dict.fromkeys("\N{NO-BREAK SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}", " "),
    "…": "...", "→": "->", "←": "<-", "×": "x", "·": "-", "•": "*", "≤": "<=", "≥": ">=", "≈": "~", "±": "+/-",
    "∞": "inf", "κ": "kappa", "ν": "nu", "ρ": "rho", "σ": "sigma", "√": "sqrt", "²": "2", "½": "1/2",
    "ß": "ss", "æ": "ae", "œ": "oe", "Æ": "AE", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L",
    "ı": "i",
}
UNKNOWN = "?"
"""What stands for a letter that has no substitute."""


def encodable(text: str, encoding: str) -> str:
    """A text that an encoding can write, such as that of standard output: plainer signs replace what it lacks."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_plainer(sign, encoding) for sign in text)
    return text


@cache
def _plainer(sign: str, encoding: str) -> str:
    """A sign as an encoding can write it."""
    letters = "".join(letter for letter in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(letter))
    for text in (sign, _PLAINER.get(sign, ""), letters):
        if text or unicodedata.combining(sign):
            try:
                text.encode(encoding)
            except UnicodeEncodeError:
                continue
            return text
    return UNKNOWN


def handler(encoding: str) -> str:
    """Register the substitutes for an encoding; returns the name by which a stream's `errors` knows them."""

    def replace(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        # The error names the codec (charmap), not the encoding (cp1252), so that this has to be known from outside.
        return "".join(_plainer(sign, encoding) for sign in error.object[error.start:error.end]), error.end

    name = f"forecast.{encoding}"
    codecs.register_error(name, replace)
    return name
