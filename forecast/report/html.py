"""The report as one self-contained page: no network, no inline handlers, the same on screen, phone and paper."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from forecast.report.charts.drawing import charts, specification, svg
from forecast.report.charts.style import COLOURS, DARK, NARROW, Chart
from forecast.report.page import Page
from forecast.report.pages.story import page
from forecast.report.words import Document


def render_html(document: Document, drawn: Mapping[str, Chart]) -> str:
    """Write the report of a document as one page.

    Parameters
    ----------
    document : dict
        The forecast document.
    drawn : mapping
        Its charts for wide screens and paper; those for phones are drawn here.
    """
    return render_page(page(document), drawn, charts(document, NARROW))


def render_page(content: Page, drawn: Mapping[str, Chart], phone: Mapping[str, Chart]) -> str:
    """Write any page with its charts for wide screens and paper, and for phones; both have the same names."""
    wide, narrow = ({name: specification(chart) for name, chart in each.items()} for each in (drawn, phone))
    pictures = {name: {"wide": _inline(svg(wide[name]), f"{name}-w"), "narrow": _inline(svg(narrow[name]), f"{name}-n")}
                for name in wide}
    return fill("report.html.j2", page=content, pictures=pictures, data=_json(_bundled(wide, narrow)),
                scripts=[_vega(), _asset("page.js")])


def fill(template: str, scripts: Iterable[str] = (), **values: Any) -> str:
    """Fill a page template; its policy allows its own style and scripts by their hashes, and nothing else."""
    style = _environment().get_template("page.css.j2").render(colours=COLOURS, dark=DARK)
    code = list(scripts)
    policy = "; ".join(["default-src 'none'", f"style-src {_hash(style)}", "img-src data:", "base-uri 'none'",
                        "form-action 'none'", *([f"script-src {' '.join(map(_hash, code))}"] if code else [])])
    text: str = _environment().get_template(template).render(style=style, scripts=code, policy=policy, **values)
    return text


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(loader=PackageLoader("forecast.report"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters["units"] = lambda text: re.sub(r" (?=(?:%|dB)(?!\w))", "\N{NO-BREAK SPACE}", text)
    return environment


@lru_cache(maxsize=1)
def _vega() -> str:
    """Vega, Vega-Lite, Vega-Embed and the expression interpreter, which needs no eval, as one script."""
    import vl_convert

    code = str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
    return code.replace("</script", "<\\/script").replace("<!--", "<\\!--")


@cache
def _asset(name: str) -> str:
    from importlib.resources import files

    return (files("forecast.report") / "templates" / name).read_text(encoding="utf-8")


def _inline(picture: str, prefix: str) -> str:
    """An SVG to stand in a page: ids of its own, and the size left to the style sheet."""
    def own(tag: re.Match[str]) -> str:
        return re.sub(r'(\sid="|url\(#)', rf"\1{prefix}-", tag[0])

    return re.sub(r"<[^>]+>", own, picture).replace("<svg ", '<svg focusable="false" aria-hidden="true" ', 1)


def _bundled(wide: Mapping[str, str], narrow: Mapping[str, str]) -> dict[str, Any]:
    """All specifications in one table; data that several charts share are in it once."""
    tables: dict[str, Any] = {}
    specs: dict[str, Any] = {}
    for size, drawn in (("wide", wide), ("narrow", narrow)):
        for name, specified in drawn.items():
            spec = json.loads(specified)
            names = {}
            for old, values in spec.pop("datasets", {}).items():
                key = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]
                tables[key] = values
                names[old] = key
            spec["uses"] = names
            specs.setdefault(name, {})[size] = spec
    return {"tables": tables, "charts": specs}


def _json(value: Any) -> str:
    """JSON that stays inside its script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return (text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
            .replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
