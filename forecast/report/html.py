"""The report as one self-contained page: no network, no inline handlers, the same on screen, phone and paper."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from forecast.report.charts.drawing import specification, svg
from forecast.report.charts.spec import Spec
from forecast.report.charts.style import COLOURS, DARK
from forecast.report.page import Outcomes, Page


def render_page(content: Page, wide: Mapping[str, Spec], narrow: Mapping[str, Spec]) -> str:
    """Write a page as one self-contained file.

    Parameters
    ----------
    content : Page
        What it says.
    wide, narrow : mapping
        Its charts by name, for screens and paper and for phones; one that a page names and these lack is left out.
    """
    pictures = {name: {"wide": _inline(svg(specification(wide[name])), f"{name}-w"),
                       "narrow": _inline(svg(specification(narrow[name])), f"{name}-n")}
                for name in wide if name in narrow}
    return fill("report.html.j2", page=content, pictures=pictures, scripts=[_asset("page.js")],
                rules=_widths(content))


def fill(template: str, scripts: Iterable[str] = (), rules: str = "", **values: Any) -> str:
    """Fill a page template; its policy allows its own style and scripts by their hashes, and nothing else.

    `rules` join its style.
    """
    style = _environment().get_template("page.css.j2").render(colours=COLOURS, dark=DARK) + rules
    code = list(scripts)
    scripted = [f"script-src {' '.join(map(_hash, code))}"] if code else []
    policy = "; ".join(["default-src 'none'", f"style-src {_hash(style)}", "img-src data:", "base-uri 'none'",
                        "form-action 'none'", *scripted])
    text: str = _environment().get_template(template).render(style=style, scripts=code, policy=policy, **values)
    return text


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _widths(content: Page) -> str:
    """How wide each part of the bar of outcomes is; the policy allows no style beside the marks."""
    parts = [part for block in content.head if isinstance(block, Outcomes) for part in block.parts]
    return "".join(f".bar .part-{place} {{ flex-grow: {part.probability:.4f}; }}\n" for place, part in enumerate(parts))


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(loader=PackageLoader("forecast.report"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters["units"] = lambda text: re.sub(r" (?=dB(?!\w))", "\N{NO-BREAK SPACE}", text)
    return environment


@cache
def _asset(name: str) -> str:
    from importlib.resources import files

    return (files("forecast.report") / "templates" / name).read_text(encoding="utf-8")


def _inline(picture: str, prefix: str) -> str:
    """An SVG to stand in a page: ids of its own, the size left to the style sheet, descriptions for the pointer."""
    def own(tag: re.Match[str]) -> str:
        return re.sub(r'(\sid="|url\(#)', rf"\1{prefix}-", _TOLD.sub(r'data-tip="\1"', tag[0]))

    return re.sub(r"<[^>]+>", own, picture).replace("<svg ", '<svg focusable="false" aria-hidden="true" ', 1)


_TOLD = re.compile(r'aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="[^"]* mark"')
"""A description of a mark."""
