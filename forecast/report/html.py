"""The report as one self-contained page: no network, no inline handlers, the same on screen, phone and paper."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
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
    drawn = {"w": {name: specification(chart) for name, chart in wide.items()},
             "n": {name: specification(chart) for name, chart in narrow.items()}}
    pictures = {name: {"wide": _inline(svg(drawn["w"][name]), f"{name}-w"),
                       "narrow": _inline(svg(drawn["n"][name]), f"{name}-n")}
                for name in drawn["w"] if name in drawn["n"]}
    live = [_asset("page.js")]
    return fill("report.html.j2", page=content, pictures=pictures,
                data=_json(_bundled(drawn["w"], drawn["n"])), vega=_packed_vega() if pictures else "", scripts=live,
                extra=[_vega()] if pictures else [], rules=_widths(content))


def fill(template: str, scripts: Iterable[str] = (), extra: Iterable[str] = (), rules: str = "",
         **values: Any) -> str:
    """Fill a page template; its policy allows its own style and scripts by their hashes, and nothing else.

    Scripts of `extra` may be added by the page itself, when it has unpacked them; `rules` join its style.
    """
    style = _environment().get_template("page.css.j2").render(colours=COLOURS, dark=DARK) + rules
    code = list(scripts)
    scripted = [f"script-src {' '.join(map(_hash, [*code, *extra]))}"] if code else []
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


@lru_cache(maxsize=1)
def _vega() -> str:
    """Vega, Vega-Lite, Vega-Embed and the expression interpreter, which needs no eval, as one script."""
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


@lru_cache(maxsize=1)
def _packed_vega() -> str:
    """The same, compressed to a third, as text; the page unpacks it when a chart comes near."""
    return base64.b64encode(gzip.compress(_vega().encode(), 9, mtime=0)).decode()


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
