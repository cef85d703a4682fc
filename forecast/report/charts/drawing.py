"""All charts of a report by name, and their pictures."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from forecast.report.charts.bridge import bridge, flow
from forecast.report.charts.levels import past_cases, sources, tornado
from forecast.report.charts.spec import Spec, present
from forecast.report.charts.style import WIDE
from forecast.report.charts.through_time import fan, history, timeline, weekly
from forecast.report.contents.track import comparable
from forecast.report.document import CaseDocument
from forecast.workspace.writing import PICTURE_MARKS, write_marked


def charts(document: CaseDocument, earlier: Sequence[CaseDocument] = (), width: int = WIDE) -> dict[str, Spec]:
    """Draw every chart that a document has the numbers for, at a width in pixels: `style.WIDE` or `style.NARROW`."""
    drawn: dict[str, Spec | None] = {
        "fan": fan(document, width), "weekly": weekly(document, width),
        "history": history(document, comparable(document, earlier), width), "bridge": bridge(document, width),
        "timeline": timeline(document, width), "flow": flow(document, width), "sources": sources(document, width),
        "tornado": tornado(document.sensitivity, document.event, width)}
    for place in range(len(document.components)):
        drawn[f"past-cases-{place + 1}"] = past_cases(document, place, width)
    return present(drawn)


def specification(spec: Spec) -> str:
    """A Vega-Lite specification as JSON; data that layers share are in it once."""
    tables: dict[str, list[Spec]] = {}
    names: dict[str, str] = {}

    def shared(part: Spec) -> Spec:
        part = dict(part)
        if "data" in part:
            values = part["data"]["values"]
            name = names.setdefault(json.dumps(values, sort_keys=True), f"data{len(names)}")
            tables[name] = values
            part["data"] = {"name": name}
        for key in ("layer", "vconcat"):
            if key in part:
                part[key] = [shared(each) for each in part[key]]
        return part

    whole = shared(spec) | {"datasets": tables}
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=128)
def svg(specified: str) -> str:
    """Draw a specification as SVG, offline and the same everywhere."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(specified, allowed_base_urls=[]))


def save_charts(drawn: Mapping[str, Spec], folder: Path) -> None:
    """Write each chart into a folder that is being made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in pictures(drawn).items():
        (folder / name).write_bytes(data)


def pictures(drawn: Mapping[str, Spec]) -> dict[str, bytes]:
    """Each chart as SVG and as PNG (twice the size, for sharp print), by the name of its file."""
    found: dict[str, bytes] = {}
    for name, chart in drawn.items():
        picture = svg(specification(chart))
        found |= {f"{name}.svg": picture.encode(), f"{name}.png": png(picture)}
    return found


def picture_names(drawn: Iterable[str]) -> list[str]:
    """The names of the files that charts become."""
    return [f"{name}{end}" for name in drawn for end in PICTURE_MARKS]


def written(spec: Spec, path: Path) -> None:
    """Write a chart to the file that somebody named, as its end says: SVG or PNG, with the mark of the program."""
    mark, picture = PICTURE_MARKS[path.suffix], svg(specification(spec))
    if path.suffix == ".svg":
        head, start, rest = picture.partition(">")
        write_marked(path, f"{head}{start}{mark.decode()}{rest}".encode(), mark)
    else:
        write_marked(path, png(picture, mark), mark)


def png(picture: str, mark: bytes = b"") -> bytes:
    """Paint an SVG as PNG, in a palette of its own: an eighth of the size, and nobody sees the difference.

    The mark is the keyword and text of an entry in its head, with a zero byte between them; none if empty.
    """
    import vl_convert
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    painted = Image.open(io.BytesIO(vl_convert.svg_to_png(picture, scale=2))).convert("RGB")
    kept = io.BytesIO()
    told = PngInfo()
    if mark:
        told.add(b"tEXt", mark)
    painted.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        kept, "PNG", optimize=True, pnginfo=told)
    return kept.getvalue()
