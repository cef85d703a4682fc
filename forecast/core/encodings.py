"""What an output that is not UTF-8 can show: signs are replaced by plainer ones that say the same, never left out.

A minus that became a question mark would make a loss of a gain, so each sign has a substitute of its own.
"""

from __future__ import annotations

import codecs
import unicodedata
from functools import cache

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
    """A text that an encoding can write: what it lacks is replaced by what is plainer.

    Parameters
    ----------
    text : str
        Any text.
    encoding : str
        Name of an encoding, such as that of standard output.
    """
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
