"""Backtests and scores → words in a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from rich.console import Console

from forecast.core import text as wording
from forecast.core.proper_scores import ENOUGH
from forecast.evaluation.backtest import Backtest
from forecast.report.document import Document
from forecast.report.terminal import sparkline, table, text
from forecast.report.words import band

FEW = 10
"""Items below which a score of ratios says little."""

SHOWN = 3
"""Items from which on a source has a row of its own."""


def backtests(out: Console, found: Mapping[Path, Backtest], charts: bool) -> None:
    """Each backtest: the forecast through time in one line and in a table, and where it was written."""
    for path, each in found.items():
        question, rows = each.case.question, each.rows
        event = question.event.id
        out.print(text(question.title, "bold"))
        dates = wording.counted(len(rows), "date")
        out.print(text(f"{dates} from {rows[0]['as_of']} to {rows[-1]['as_of']}, each with what was public"
                       f"{' and recorded' if each.known_then else ''} then"))
        if len(found) == 1:
            horizon = str(question.horizon)
            days = [day for day in sorted(rows[0]["by"]) if day != horizon]
            out.print(table(f"P({question.event.name}) by each day, in percent",
                            ("as of", "items", *(_two_lines(day) for day in (*days, horizon)), "band"),
                            [(row["as_of"], row["items"],
                              *(_bare(row["by"][day]) if row["as_of"] < day else "" for day in days),
                              _bare(row["hypotheses"][event]), band(row["band"]).removesuffix(" %"))
                             for row in _thinned(rows)], wide=-1, tight=True))
        values = [row["hypotheses"][event] for row in rows]
        out.print(text(f"{sparkline([row['hypotheses'][event] for row in _thinned(rows, 60)])} from "
                       f"{wording.percent(values[0])} to {wording.percent(values[-1])}; lowest "
                       f"{wording.percent(min(values))}, highest {wording.percent(max(values))}"))
        out.print(text(f"{path}{' and, for reading, ' + path.stem + '.html' if charts else ''}"))


def _two_lines(day: str) -> str:
    return f"{day[:4]}\n{day[5:]}"


def _bare(probability: float) -> str:
    return wording.percent(probability).removesuffix(" %").replace("under ", "<").replace("over ", ">")


def _thinned(rows: tuple[Document, ...], most: int = 24) -> list[Document]:
    """At most so many rows, evenly spread, the last one among them."""
    step = -(-len(rows) // most)
    return list(rows[::-1][::step][::-1])


def scores(out: Console, board: Document) -> None:
    """Everything that `forecast score` says."""
    for question in board["questions"]:
        _question(out, question)
    for left in board["left_out"]:
        out.print(text(f"Left out: {left['why']}"))
    if len(board["questions"]) > 1:
        _ratios(out, board["ratios"], "Ratios of all questions")
    _calibration(out, board["calibration"])


def _question(out: Console, question: Document) -> None:
    out.print(text(question["title"], "bold"))
    came = f"It came on {question['came']}" if question["came"] else f"It had not come by {question['until']}"
    out.print(text(f"{came}; scored is what was known by {question['until']}. Scores are losses: 0 is best."))
    for name, series in question["series"].items():
        _series(out, name, series)
    if question["ratios"]:
        _ratios(out, question["ratios"], "Ratios of items whose time has come")
    _proposals(out, question)


def _series(out: Console, name: str, series: Document) -> None:
    rows = [(entry["by"], "yes" if entry["outcome"] else "no", entry["pairs"], *_parts(entry["brier"]),
             *_parts(entry["log"])) for entry in series["deadlines"]]
    rows.append(("all", "", series["all"]["pairs"], *_parts(series["all"]["brier"]), *_parts(series["all"]["log"])))
    out.print(table(f"{name}: {series['forecasts']} forecasts from {series['from']} to {series['to']}",
                    ("by", "came", "n", "Brier", "rel.", "res.", "unc.", "log", "rel.", "res.", "unc."), rows,
                    wide=-1, tight=True))
    out.print(text("Score = reliability − resolution + uncertainty. Where the outcome never varied, all of it is "
                   "reliability."))
    out.print(text(f"Timing: CRPS {_number(series['timing']['crps'])} weeks, over the days until "
                   f"{series['timing']['until']}."))
    skills = [(f"{baseline}: {entry['baseline']}", entry["pairs"], *_compared(entry["brier"]), *_compared(entry["log"]),
               *_compared(entry["crps"])) for baseline, entry in series["skill"].items()]
    skills += [(f"{other}: outside forecast", entry["matched"], *_compared(entry["brier"]), *_compared(entry["log"]),
                "", "") for other, entry in series["outside"].items()]
    out.print(table("Skill: the share of a baseline's loss that is saved (negative: lost)",
                    ("baseline", "n", "Brier", "skill", "log", "skill", "CRPS", "skill"), skills, tight=True))
    for other, entry in series["outside"].items():
        if entry["left_out"]:
            out.print(text(f"{other}: {entry['left_out']} of its rows are left out; we had made no forecast in the "
                           "week up to their date, or their deadline was over, outside the question or is not yet "
                           "decided."))


def _parts(part: Document) -> tuple[str, ...]:
    return tuple(_number(part[key]) for key in ("mean", "reliability", "resolution", "uncertainty"))


def _compared(entry: Document | None) -> tuple[str, str]:
    if entry is None:
        return "", ""
    return _number(entry["baseline"]), f"{wording.signed(100 * entry['skill'], 0)} %" \
        if math.isfinite(entry["skill"]) else "–"


def _ratios(out: Console, rows: Iterable[Document], title: str) -> None:
    rows, listed = list(rows), []
    for by, group in groupby(rows, key=lambda row: row["by"]):
        shown = [row for row in group if by != "source" or row["items"] >= SHOWN]
        listed += [(f"by {by}", *[""] * 8)] if by != "all" else []
        listed += [(f"  {row['id']}" if by != "all" else by, row["items"], row["came"], row["right"],
                    *(_number(row[key]) for key in ("cllr", "calibration", "cost_came", "cost_failed")),
                    "–" if math.isnan(row["reliability"]) else wording.percent(row["reliability"])) for row in shown]
    out.print(table(f"{title}: Cllr in bits (1: as good as saying nothing)",
                    ("", "items", "came", "right", "Cllr", "cal.", "if it\ncame", "if\nnot", "rel."), listed,
                    tight=True))
    few = sum(row["by"] == "source" and row["items"] < SHOWN for row in rows)
    out.print(text("cal.: what of Cllr is calibration. rel.: reliability that the model had given the source before "
                   f"the outcome was known. Cllr needs both outcomes; from fewer than {FEW} items it says little."))
    if few:
        sources = wording.counted(few, "source")
        out.print(text(f"{sources} with fewer than {SHOWN} items left out here; --json has all."))


def _proposals(out: Console, question: Document) -> None:
    for proposal in question["record_proposals"]:
        out.print(text(f"For the record of {proposal['source']} in priors/sources.yaml: {proposal['entry']}"))
        if not proposal["dated"]:
            out.print(text("    its record has no dates; date the counts that stand there first"))
    for path in question["unread_drafts"]:
        out.print(text(f"{path}: not a complete item, so it is no checked claim"))


def _calibration(out: Console, part: Document) -> None:
    if "curve" not in part:
        out.print(text(f"Calibration over questions is stated from {ENOUGH} of them; scored here: {part['questions']}. "
                       "All forecasts of one question share its fate, however many they are."))
        return
    out.print(table(f"Calibration over {part['questions']} questions, each of the same weight",
                    ("forecast", "came", "if calibrated"),
                    [(wording.percent(row["forecast"]), wording.percent(row["frequency"]),
                      band([row["low"], row["high"]])) for row in part["curve"][::4]]))
    for name in ("brier", "log"):
        mean, *parts = _parts(part[name])
        out.print(text(f"{name.capitalize()} score {mean}: reliability {parts[0]}, resolution {parts[1]}, uncertainty "
                       f"{parts[2]}"))


def _number(value: float) -> str:
    return "–" if math.isnan(value) else "∞" if math.isinf(value) else f"{value:.3f}".replace("-", "−")
