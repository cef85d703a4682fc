"""A backtest as one page that needs no network, and its charts as SVG and PNG beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from forecast.core.text import band, counted, day, score, short, signed, tenth, whole
from forecast.evaluation.backtest import BacktestDocument, Row
from forecast.report.charts.backtests import charts, moves
from forecast.report.charts.drawing import picture_names, pictures
from forecast.report.charts.style import WIDE
from forecast.report.html import render_page
from forecast.report.page import Block, Figure, Notice, Page, Paragraph, Section, Strong, Table, row
from forecast.report.page import Row as TableRow
from forecast.report.pages.head import of_question
from forecast.report.words import event_name, points, quoted
from forecast.workspace.writing import refuse_others_pictures, write_file

NEWS = 4
"""Items listed beside a move."""


def write_charts(documents: Mapping[Path, BacktestDocument]) -> None:
    """Write a page beside the JSON file of each backtest, and its charts under `charts/`.

    Raises `ForecastError` before the first of them if something else is in the place of any.
    """
    drawn = {path: charts(document, WIDE) for path, document in documents.items()}
    for path, each in drawn.items():
        places = [path.parent / "charts" / f"{path.stem}-{name}" for name in picture_names(each)]
        refuse_others_pictures(path.with_name(f"{path.stem}.html"), places)
    for path, document in documents.items():
        for name, data in pictures(drawn[path]).items():
            write_file(path.parent / "charts" / f"{path.stem}-{name}", data, path.parents[2], [path])
        page = render_page(backtest_page(document), partial(charts, document))
        write_file(path.with_name(f"{path.stem}.html"), page.encode(), path.parents[2], [path])


def backtest_page(document: BacktestDocument) -> Page:
    """Everything that the page of a backtest says, in its order."""
    rows = document.rows
    return Page(
        quoted(document.question.title), f"Backtest from {day(rows[0].as_of)} to {day(rows[-1].as_of)}", (
            Section("forecast", "The forecast through time", (_figure("curve", document), *_moves(document))),
            Section("outcomes", "All outcomes", (_figure("outcomes", document),)),
            Section("key-dates", "Key dates", (_figure("key-dates", document), _dates(document))),
            Section("claims", "Claims whose days passed", tuple(_ran_out(document)))),
        notices=tuple(_notices(document)), head=(Paragraph(_verdict(document), lead=True),))


def brief_page(document: BacktestDocument) -> Page:
    """The head of a backtest among many."""
    whole = backtest_page(document)
    return replace(whole, notices=(), sections=(Section("forecast", "", (_figure("curve", document),)),))


def _verdict(document: BacktestDocument) -> tuple[str | Strong, ...]:
    """How good it was: the mean Brier score by the horizon beside that of the prior, if the question is decided."""
    rows, question = document.rows, document.question
    first, last = rows[0], rows[-1]
    ends = list(dict.fromkeys((whole(first.event), whole(last.event))))
    ran = (f"{counted(len(rows), 'forecast')} of “{event_name(question)}” by {day(question.horizon)}"
           f"{', from' if len(ends) > 1 else ':'} {' to '.join(ends)}.")
    if question.resolved is None:
        return (ran, " It is not decided yet.")
    came = float(question.resolved["outcome"] == question.event)
    ours = sum((row.event - came) ** 2 for row in rows) / len(rows)
    prior = sum((row.prior[question.event] - came) ** 2 for row in rows) / len(rows)
    better = "better than" if ours < prior - 5e-4 else "worse than" if ours > prior + 5e-4 else "as good as"
    return (Strong(f"Mean Brier score {score(ours)}, {better} the prior without evidence ({score(prior)}). "), ran)


def _notices(document: BacktestDocument) -> Iterable[Notice]:
    yield from of_question(document.question)
    known = " and had been recorded by then" if document.known_then else ""
    yield Notice("What each date knew", (
        f"Each forecast uses only what was public on its date{known}. Ratios, grades and the prior are those of "
        "today's files: whoever wrote them later may have known more.",))


_ALT = {"curve": "Line of the forecast as of each date, with its range and the prior. ",
        "outcomes": "Lines of the chances of all outcomes as of each date. ",
        "key-dates": "One line for each key date: its chance as of each date until it passed. "}


def _figure(name: str, document: BacktestDocument) -> Figure:
    rows = document.rows
    first, last = short(rows[0].as_of), short(rows[-1].as_of)
    bars = tuple(each.event for each in rows) if name == "curve" else ()
    return Figure(name, f"{_ALT[name]}From {first} to {last}.", bars=bars, ends=(first, last),
                  drawn="The forecast as of each date.")


def _moves(document: BacktestDocument) -> list[Block]:
    """The largest moves, with the items that joined or left on their dates."""
    titles = {item.id: quoted(item.title) for item in document.evidence}

    def told(new: tuple[str, ...], gone: tuple[str, ...]) -> tuple[tuple[str], ...]:
        lines = [*((titles.get(name, name),) for name in new),
                 *((f"withdrawn: {titles.get(name, name)}",) for name in gone)]
        left = len(lines) - NEWS
        return (*lines[:NEWS], (f"and {left} more",)) if left > 1 else tuple(lines)

    listed = [row(f"{move.number}: {short(move.day)}", points(move.change, 1), whole(move.event),
                  told(move.new, move.gone)) for move in moves(document) if move.number]
    if not listed:
        return [Paragraph(("No evidence arrived between the dates.",))]
    return [Table("The largest moves from one date to the next on which evidence arrived",
                  ("Date", "Points", "Then", "What had become public since the date before"), tuple(listed),
                  range(1, 3)),
            Paragraph(("Each step includes everything since the previous date.",))]


def _dates(document: BacktestDocument) -> Table:
    """Every date with its numbers."""
    days = sorted(document.rows[0].by)

    def line(each: Row) -> TableRow:
        return row(short(each.as_of), str(each.items), whole(each.event), band(each.band),
                   whole(each.next.probability), whole(each.preparing.now),
                   *(whole(each.by[when]) if each.as_of < when else "–" for when in days))

    columns = ("As of", "Items", "By the horizon", "90% range", "13 weeks", "Being prepared",
               *(f"by {short(when)}" for when in days))
    return Table("All dates", columns, tuple(map(line, document.rows)), range(1, len(columns)), folded=True,
                 paper=False, most=24, evenly=True)


def _ran_out(document: BacktestDocument) -> list[Block]:
    """Each window that ran out, and what that did to the source."""
    names = {source.id: quoted(source.name) for source in document.sources}
    titles = {item.id: quoted(item.title) for item in document.evidence}
    claims = [claim for each in document.rows for claim in each.ran_out]
    if not claims:
        return [Paragraph(("No claim's days ran out without the event.",))]
    listed = tuple(row(((short(claim.ended),), (titles.get(claim.id, claim.id),)), names[claim.source],
                       tenth(claim.without), tenth(claim.reliability),
                       signed(100 * (claim.reliability - claim.without), 1)) for claim in claims)
    return [Table("Claims whose days passed without the event, and the reliability of their source", (
        "Claim, and the end of its days", "Source", "Without it", "With it", "Points"), listed, range(2, 5))]
