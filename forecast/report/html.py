"""The report as one self-contained page: no network, no inline handlers, the same on screen, phone and paper."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from forecast.report.charts.drawing import specification, svg
from forecast.report.charts.spec import Spec
from forecast.report.charts.style import COLOURS, DARK, NARROW, WIDE, width_of
from forecast.report.page import Cell, Outcomes, Page, Part, Table


def render_page(content: Page, charts: Callable[[int], Mapping[str, Spec]] = lambda _: {}) -> str:
    """Write a page as one self-contained file.

    Its charts are drawn by their names at two widths, for screens and paper and for phones; one that a page names and
    these lack is left out.
    """
    wide, narrow = charts(WIDE), charts(NARROW)
    pictures = {name: {"wide": _inline(svg(specification(wide[name])), f"{name}-w"),
                       "narrow": _inline(svg(specification(narrow[name])), f"{name}-n")}
                for name in wide if name in narrow}
    told = f"{content}{''.join(map(str, pictures.values()))}"
    return fill("report.html.j2", page=content, pictures=pictures, scripts=[_asset("page.js")],
                rules=_fonts(told) + _widths(content))


def fill(template: str, scripts: Iterable[str] = (), rules: str = "", **values: Any) -> str:
    """Fill a page template; its policy allows its own style and scripts by their hashes, and nothing else.

    `rules` join its style.
    """
    style = _environment().get_template("page.css.j2").render(colours=COLOURS, dark=DARK) + rules
    code = list(scripts)
    scripted = [f"script-src {' '.join(map(_hash, code))}"] if code else []
    policy = "; ".join(["default-src 'none'", f"style-src {_hash(style)}", "font-src data:", "base-uri 'none'",
                        "form-action 'none'", *scripted])
    text: str = _environment().get_template(template).render(style=style, scripts=code, policy=policy, **values)
    return text


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_SUBSETS = {
    "latin": ("U+0-FF,U+131,U+152-153,U+2BB-2BC,U+2C6,U+2DA,U+2DC,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,"
              "U+2215,U+FEFF,U+FFFD", ""),
    "latin-ext": ("U+100-2BA,U+1E00-1E9F,U+1EF2-1EFF,U+20A0-20AB,U+2C60-2C7F,U+A720-A7FF",
                  "\u0100-\u02ba\u1e00-\u1eff"),
    "cyrillic": ("U+400-45F,U+490-491,U+4B0-4B1,U+2116", "\u0400-\u045f\u0490\u0491\u2116")}
"""Parts of the font: which letters each has, and those by which a page needs it."""


def _fonts(told: str) -> str:
    """The font that charts are laid out for, as far as a page needs it: labels fit whatever a machine has installed."""
    used = [name for name, (_, letters) in _SUBSETS.items() if not letters or re.search(f"[{letters}]", told)]
    return "".join(_face(name, weight) for name in used for weight in (400, 700))


@cache
def _face(name: str, weight: int) -> str:
    font = base64.b64encode((files("forecast.report") / "fonts" / f"{name}-{weight}.woff2").read_bytes()).decode()
    return (f'@font-face {{ font-family: "Report Sans"; font-weight: {weight}; unicode-range: {_SUBSETS[name][0]}; '
            f'src: url(data:font/woff2;base64,{font}) format("woff2"); }}\n')


def _widths(content: Page) -> str:
    """How wide each part of the bar of outcomes is; the policy allows no style beside the marks."""
    parts = [part for block in content.head if isinstance(block, Outcomes) for part in block.parts]
    return "".join(f".bar .part-{place} {{ flex-grow: {part.probability:.4f}; }}\n" for place, part in enumerate(parts))


BAR, LETTER_OF_BAR = 690, 9.0
"""Least width of the bar of outcomes on a wide screen, and of an average bold letter in it, in pixels."""


def _fits(part: Part) -> bool:
    """Whether the name of an outcome has room in its part of the bar."""
    return width_of(f"{part.name} {part.label}") * LETTER_OF_BAR + 24 < part.probability * BAR


ACROSS, FIRST, PHONE, LETTER_OF_CELL = 4, 124, 356, 8.0
"""Columns that a phone shows side by side, room for the first of them and for all in pixels, and of a letter."""


def _stacked(table: Table) -> bool:
    """Whether a phone shows each row of a table as a card: it has many columns, or numbers that are wide together."""
    if len(table.columns) > ACROSS:
        return True
    widest = [max((_width(row.cells[column]) for row in table.rows), default=0.0) for column in table.numeric]
    return FIRST + sum(widest) > PHONE


def _width(cell: Cell) -> float:
    """How wide a cell is that does not wrap, with the room beside it."""
    texts = ("".join(run if isinstance(run, str) else run.text for run in line) for line in cell)
    return 12 + LETTER_OF_CELL * max(map(width_of, texts), default=0.0)


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(loader=PackageLoader("forecast.report"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters["kind"] = lambda part: type(part).__name__.lower()
    environment.filters["fits"] = environment.tests["fits"] = _fits
    environment.tests["stacked"] = _stacked
    environment.filters["units"] = lambda text: _GLUED.sub("\N{NO-BREAK SPACE}", text)
    return environment


_GLUED = re.compile(r" (?=dB(?!\w))|(?<=\d) (?=(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{4})")
"""Spaces at which no line ends: before a unit, and between the day and the month of a date."""


@cache
def _asset(name: str) -> str:
    return (files("forecast.report") / "templates" / name).read_text(encoding="utf-8")


def _inline(picture: str, prefix: str) -> str:
    """An SVG to stand in a page: ids of its own, the size left to the style sheet, descriptions for the pointer."""
    def own(tag: re.Match[str]) -> str:
        return re.sub(r'(\sid="|url\(#)', rf"\1{prefix}-", _TOLD.sub(r'data-tip="\1"', tag[0]))

    return re.sub(r"<[^>]+>", own, picture).replace("<svg ", '<svg focusable="false" aria-hidden="true" ', 1)


_TOLD = re.compile(r'aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="[^"]* mark"')
"""A description of a mark."""
