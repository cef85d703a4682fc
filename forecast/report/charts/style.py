"""The visual language that all charts share: palette, type and the width of texts.

Colours follow Okabe & Ito (2008): vermilion is the event and all that speaks for it, blue all that speaks against
it, grey the prior. No chart relies on colour alone. The page maps every colour to a light or a dark one by style
sheet, so that a chart is drawn once for both.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

Records = list[dict[str, Any]]

WIDE, NARROW = 840, 328
"""Widths in pixels for a page or paper, and for a phone."""

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The renderer brings the first one along, and the others have its metrics: text is as wide everywhere."""

COLOURS = {"ink": "#1d2430", "muted": "#57606e", "line": "#b9c1cb", "grid": "#e9ecf0", "paper": "#ffffff",
           "event": "#d55e00", "away": "#0072b2", "prior": "#7b8592"}
"""The palette in light."""

DARK = {"ink": "#e9ecf1", "muted": "#a9b3c0", "line": "#4a5462", "grid": "#2b323c", "paper": "#161a20",
        "event": "#f98b45", "away": "#56b4e9", "prior": "#98a2af"}
"""The palette in dark."""

SHADES = ("#b94c00", "#005f9e", "#5d6873", "#00735a", "#94527a", "#8a5a00", "#2d6f9b")
"""Shades of the colours of outcomes in which their labels can be read on paper; marks keep the colours themselves."""

PALE_SHADES = ("#f98b45", "#56b4e9", "#98a2af", "#2bb894", "#d993ba", "#e6a82e", "#7cc4f2")
"""The same in dark."""

COLOURS |= {f"label-{place}": shade for place, shade in enumerate(SHADES)}
DARK |= {f"label-{place}": shade for place, shade in enumerate(PALE_SHADES)}

INK, MUTED, LINE, GRID, PAPER = (COLOURS[name] for name in ("ink", "muted", "line", "grid", "paper"))
EVENT, AWAY, PRIOR = (COLOURS[name] for name in ("event", "away", "prior"))

PALETTE = (EVENT, AWAY, PRIOR, "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Colours of outcomes, the event first; from Okabe & Ito (2008)."""

LABELS = dict(zip(PALETTE, SHADES, strict=True))
"""The colour of a label by that of its mark."""

DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2, 1, 2], [10, 4], [3, 5])
"""Dashes of outcomes, the event first, so that none is told by its colour alone."""

SIZE, LEADING, TITLE = 12, 15, 17
"""Size of texts inside a chart and the distance of their lines, and size of its title, in pixels."""

CONFIG: dict[str, Any] = {
    "font": FONT, "background": PAPER, "padding": {"left": 1, "top": 4, "right": 4, "bottom": 4}, "aria": False,
    "view": {"stroke": None},
    "axis": {"labelColor": MUTED, "titleColor": MUTED, "titleFontWeight": "normal", "labelFontSize": 11,
             "titleFontSize": 11, "gridColor": GRID, "domainColor": LINE, "tickColor": LINE, "labelPadding": 5,
             "titlePadding": 8, "labelFlush": False},
    "title": {"color": INK, "fontSize": TITLE, "fontWeight": "bold", "subtitleColor": MUTED, "subtitleFontSize": 12,
              "anchor": "start", "offset": 14, "subtitlePadding": 5, "lineHeight": 22, "subtitleLineHeight": 16},
    "text": {"color": INK, "fontSize": SIZE},
}


LETTER, LETTER_BOLD = 0.545, 0.585
"""Width of an average letter of the font, in units of its size."""


def wrap(text: str, limit: float) -> list[str]:
    """Break a text into lines at most `limit` average letters wide; a word that is wider is broken too."""
    lines, used = [""], 0.0
    for word in text.split():
        for part in _broken(word, limit):
            size = width_of(part)
            if lines[-1] and used + 1 + size > limit:
                lines.append(part)
                used = size
            else:
                used += size + bool(lines[-1])
                lines[-1] = f"{lines[-1]} {part}".strip()
    return lines


def _broken(word: str, limit: float) -> Iterator[str]:
    part, used = "", 0.0
    for letter in word:
        if part and used + _letter(letter) > limit:
            yield part
            part, used = "", 0.0
        part += letter
        used += _letter(letter)
    yield part


def width_of(text: str) -> float:
    """Width of a text in average letters of the font."""
    return sum(map(_letter, text))


def _letter(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF" or letter == "\N{REPLACEMENT CHARACTER}":
        return 2.0
    if letter in "mMW@%—шщжюыфмШЩЖЮЫФМ":
        return 1.75
    if letter.isupper() or letter == "w":
        return 1.35
    return 0.5 if letter in "iljtf.,:;'|!()[] " else 1.0
