"""All charts of a report by name, and their pictures."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from forecast.report.charts import curves, levels, steps
from forecast.report.charts.style import WIDE, Chart
from forecast.report.words import Document

_CHARTS: dict[str, Callable[[Document, int], Chart | None]] = {
    "yardstick": levels.yardstick, "change": steps.change, "history": curves.history,
    "cumulative": curves.cumulative, "weekly": curves.weekly, "hazard": curves.hazard, "ledger": steps.ledger,
    "evidence": steps.evidence, "sources": levels.sources, "hypotheses": levels.hypotheses,
    "components": levels.components, "tornado": steps.tornado, "indicators": levels.indicators,
}


def charts(document: Document, width: int = WIDE) -> dict[str, Chart]:
    """Draw every chart that a document has the numbers for.

    Parameters
    ----------
    document : dict
        The forecast document.
    width : int
        Width in pixels: `style.WIDE` for a page or paper, `style.NARROW` for a phone.

    Returns
    -------
    dict
        Altair charts by name; past cases are named reference-class-1 and so on, by prior component.
    """
    drawn = {name: draw(document, width) for name, draw in _CHARTS.items()}
    for place in range(len(document["components"])):
        drawn[f"reference-class-{place + 1}"] = levels.reference_class(document, place, width)
    return {name: chart for name, chart in drawn.items() if chart is not None}


def specification(chart: Chart) -> str:
    """The Vega-Lite specification of a chart as JSON; data that layers share are in it once."""
    # Altair validates as charts are built; once more takes as long as all the rest.
    drawn = chart.to_dict(validate=False)
    drawn["datasets"] = _shared(drawn, {})
    return json.dumps(drawn, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _shared(part: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Put a name in the place of each table of data in a specification; returns the tables by name."""
    known = {json.dumps(values): name for name, values in found.items()}
    if isinstance(part.get("data"), dict) and "values" in part["data"]:
        values = part["data"]["values"]
        name = known.get(json.dumps(values), f"data{len(found)}")
        found[name] = values
        part["data"] = {"name": name}
    for layer in part.get("layer", []):
        _shared(layer, found)
    return found


@lru_cache(maxsize=128)
def svg(specified: str) -> str:
    """Draw a specification as SVG, offline and the same everywhere."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(specified, allowed_base_urls=[]))


def save_charts(drawn: Mapping[str, Chart], folder: Path) -> None:
    """Write each chart as SVG and as PNG (twice the size, for sharp print)."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in drawn.items():
        picture = svg(specification(chart))
        (folder / f"{name}.svg").write_text(picture, encoding="utf-8")
        (folder / f"{name}.png").write_bytes(png(picture))


def png(picture: str) -> bytes:
    """Paint an SVG as PNG, in a palette of its own: an eighth of the size, and nobody sees the difference."""
    import vl_convert
    from PIL import Image

    painted = Image.open(io.BytesIO(vl_convert.svg_to_png(picture, scale=2))).convert("RGB")
    kept = io.BytesIO()
    painted.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
    return kept.getvalue()
