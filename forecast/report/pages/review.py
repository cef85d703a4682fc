"""A backtest as one page that needs no network, and its charts as SVG and PNG."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from forecast.core.text import signed
from forecast.evaluation.parallel import Map
from forecast.report.charts.style import NARROW, WIDE
from forecast.report.charts.timelines import moves, timelines
from forecast.report.document import plain
from forecast.report.html import _inline, fill
from forecast.report.page import Block, Figure, Notice, Page, Paragraph, Row, Section, Table, row
from forecast.report.words import Document, band, chance, counted, day, name_of, quoted, short, tenth
from forecast.workspace.archive import write_file

SIZES = {"wide": WIDE, "narrow": NARROW}


def write_charts(documents: dict[Path, Document], map: Map = map,
                 progress: Callable[[int, int], object] | None = None) -> None:
    """Write a page beside the JSON file of each backtest, and its charts under `charts/`.

    Parameters
    ----------
    documents : dict
        What `Backtest.document` gives, by the path of the JSON file.
    map : callable
        Shares out the drawing, as in `forecast.evaluation.backtest.backtest`.
    progress : callable, optional
        Called with the number of charts that are done and of all.
    """
    contents = {path: plain(document) for path, document in documents.items()}
    tasks = [(path, name, size, json.dumps(spec, sort_keys=True)) for path, content in contents.items()
             for size, width in SIZES.items() for name, spec in timelines(content, width).items()]
    drawn: dict[Path, dict[str, dict[str, str]]] = {path: {} for path in contents}
    pictures = map(_draw, [(spec, size == "wide") for _, _, size, spec in tasks])
    for done, ((path, name, size, _), (picture, image)) in enumerate(zip(tasks, pictures, strict=True), start=1):
        if progress:
            progress(done, len(tasks))
        drawn[path].setdefault(name, {})[size] = picture
        if size == "wide":
            stem = path.parent / "charts" / f"{path.stem}-{name}"
            write_file(stem.with_name(f"{stem.name}.svg"), picture.encode())
            write_file(stem.with_name(f"{stem.name}.png"), image)
    for path, content in contents.items():
        write_file(path.with_name(f"{path.stem}.html"), render_backtest(content, drawn[path]).encode())


def _draw(task: tuple[str, bool]) -> tuple[str, bytes]:
    """A chart as SVG and, for paper, as PNG of twice the size."""
    import vl_convert

    specified, paper = task
    picture = str(vl_convert.vegalite_to_svg(specified, allowed_base_urls=[]))
    return picture, vl_convert.svg_to_png(picture, scale=2) if paper else b""


def render_backtest(document: Document, pictures: dict[str, dict[str, str]]) -> str:
    """Write the page of a backtest.

    Parameters
    ----------
    document : dict
        The JSON-safe document of the backtest.
    pictures : dict
        SVG of each chart, `wide` and `narrow`, by the chart's name.
    """
    inline = {name: {size: _inline(picture, f"{name}-{size}") for size, picture in sizes.items()}
              for name, sizes in pictures.items()}
    return fill("backtest.html.j2", page=backtest_page(document, inline.keys()), pictures=inline)


def backtest_page(document: Document, drawn: Iterable[str]) -> Page:
    """Everything that the page of a backtest says, in its order."""
    question, rows = document["question"], document["rows"]
    last = rows[-1]
    figures = set(drawn)
    return Page(
        title=quoted(question["title"]),
        subtitle=f"Backtest from {day(rows[0]['as_of'])} to {day(last['as_of'])}",
        number=chance(last["hypotheses"][question["event"]]),
        words=f"by {day(question['horizon'])}, as of the last of {counted(len(rows), 'date')}; "
              f"{chance(rows[0]['hypotheses'][question['event']])} as of the first",
        notices=_notices(document),
        sections=tuple(Section(name, title, tuple(blocks)) for name, title, blocks in (
            ("forecast", "The forecast through time", [*_figure("curve", figures, document), *_moves(document)]),
            ("key-dates", "Key dates", [*_figure("deadlines", figures, document), _dates(document)]),
            ("hypotheses", "Hypotheses", _figure("hypotheses", figures, document)),
            ("sources", "What sources earned and lost", [*_figure("sources", figures, document), *_ran_out(document)])
        ) if blocks))


def brief_page(document: Document) -> Page:
    """The head of a backtest among many."""
    whole = backtest_page(document, {"curve"})
    return replace(whole, notices=(), sections=(Section("forecast", "", tuple(_figure("curve", {"curve"}, document))),))


def _notices(document: Document) -> tuple[Notice, ...]:
    resolved, names = document["question"]["resolved"], document["question"]["names"]
    said = [Notice("What each date knew", (
        "Each forecast uses only what was public on its date"
        + (" and had been recorded by then" if document["known_then"] else "")
        + ". Ratios, grades and the prior are those of today's files: who wrote them later may have known more.",))]
    if resolved:
        said.insert(0, Notice("Resolved", (f"{quoted(names[resolved['outcome']])}, on {day(resolved['date'])}.",)))
    return tuple(said)


_ALT = {"curve": "Line of the probability of the event by the horizon as of each date, with its band and the prior. ",
        "deadlines": "One line for each key date: its probability as of each date until it passed. ",
        "hypotheses": "Lines of the probabilities of all hypotheses as of each date. ",
        "sources": "One line for each source: its mean reliability as of each date. "}


def _figure(name: str, drawn: set[str], document: Document) -> list[Block]:
    rows, event = document["rows"], document["question"]["event"]
    first, last = short(rows[0]["as_of"]), short(rows[-1]["as_of"])
    alt = f"{_ALT[name]}From {first} to {last}; the numbers are in the table below."
    bars = tuple(each["hypotheses"][event] for each in rows) if name == "curve" else ()
    return [Figure(name, alt, bars=bars, ends=(first, last))] if name in drawn else []


def _moves(document: Document) -> list[Block]:
    """The largest moves, with what came and went on their dates."""
    titles = {item["id"]: quoted(item["title"]) for item in document["evidence"]}
    listed = [row(f"{move['number']}: {short(move['day'])}", f"{signed(100 * move['change'], 1)}", chance(move["p"]),
                  tuple((f"{sign}{titles.get(name, name)}",) for sign, names in (("", move["new"]), ("withdrawn: ",
                        move["gone"])) for name in names))
              for move in moves(document) if move["number"]]
    if not listed:
        return [Paragraph(("No evidence came between the dates.",))]
    return [Paragraph((f"Numbers stand at the {counted(len(listed), 'largest move')} of the probability from one date "
                       "to the next on which evidence came. A move holds all that happened in between, silence "
                       "included.",)),
            Table("The largest moves", ("Date", "Points", "Then", "What had become public since the date before"),
                  tuple(listed), frozenset({1, 2}))]


def _dates(document: Document) -> Table:
    """Every date with its numbers."""
    days, event = sorted(document["rows"][0]["by"]), document["question"]["event"]

    def line(each: Document) -> Row:
        return row(short(each["as_of"]), str(each["items"]), chance(each["hypotheses"][event]), band(each["band"]),
                   *(chance(each["by"][key]) if each["as_of"] < key else "–" for key in days))

    return Table("All dates", ("As of", "Items", name_of(document), "Band", *(f"by {short(key)}" for key in days)),
                 tuple(map(line, document["rows"])), frozenset(range(1, 4 + len(days))), folded=True, paper=False,
                 most=24, evenly=True)


def _ran_out(document: Document) -> list[Block]:
    """Each window that ran out, and what that did to the source."""
    names = {source["id"]: quoted(source["name"]) for source in document["sources"]}
    titles = {item["id"]: quoted(item["title"]) for item in document["evidence"]}
    claims = [claim for each in document["rows"] for claim in each["ran_out"]]
    if not claims:
        return [Paragraph(("No window of a dated claim ran out.",))]
    listed = (row(((short(claim["ended"]),), (titles.get(claim["id"], claim["id"]),)),
                  names[claim["source"]], tenth(claim["without"]), tenth(claim["reliability"]),
                  signed(100 * (claim["reliability"] - claim["without"]), 1)) for claim in claims)
    return [Paragraph(("A dated claim fails when its window passes without the event. What that did to its source is "
                       "the difference between the source's mean reliability with the claim and without it, as of the "
                       "first date after the window. The claim is an item, so it enters no record: its window has done "
                       "that work.",)),
            Table("Windows that ran out", ("Claim, and the end of its window", "Source", "Without it", "With it",
                                           "Points"), tuple(listed), frozenset({2, 3, 4}))]
