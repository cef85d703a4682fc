"""What `forecast score` says: how good the forecasts were, beside baselines and outside forecasts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import groupby

from forecast.core.proper_scores import ENOUGH
from forecast.core.text import band, counted, day, percent, score, short, signed
from forecast.report.page import Block, Line, Listing, Page, Paragraph, Row, Section, Table, row
from forecast.report.words import Document, quoted

FEW = 10
"""Items below which a score of ratios says little."""

SHOWN = 3
"""Items from which on a source has a row of its own."""

_NAMES = {"brier": "Brier score", "log": "Log score"}


def page(board: Document) -> Page:
    """Everything that a scoreboard says, question by question and then over all."""
    questions = board["questions"]
    sections = [Section(question["id"], quoted(question["title"]), tuple(_question(question)))
                for question in questions]
    blocks: list[Block] = [Paragraph((f"Left out: {quoted(left['why'])}",)) for left in board["left_out"]]
    if len(questions) > 1:
        blocks += _ratios(board["ratios"], "Ratios of all questions")
    blocks += _calibration(board["calibration"])
    return Page(f"Scores of {counted(len(questions), 'question')}", "", "", "", (),
                (*sections, Section("all", "Over questions", tuple(blocks))))


def _question(question: Document) -> list[Block]:
    until = day(question["until"])
    happened = f"It happened on {day(question['came'])}" if question["came"] else f"It had not happened by {until}"
    blocks: list[Block] = [Paragraph((f"{happened}. What was known by {until} is scored; scores are losses, so that 0 "
                                      "is best.",))]
    for name, series in question["series"].items():
        blocks += _series(quoted(name), series)
    if question["ratios"]:
        blocks += _ratios(question["ratios"], "Ratios of items whose time has come")
    return blocks + _proposals(question)


def _series(name: str, series: Document) -> list[Block]:
    about = f"{counted(series['forecasts'], 'forecast')} from {short(series['from'])} to {short(series['to'])}"
    blocks: list[Block] = [_parts_table(f"{name}: {label} of {about}", key, series) for key, label in _NAMES.items()]
    blocks.append(Paragraph((
        "Score = reliability − resolution + uncertainty. Where the outcome never varied, all of it is reliability. "
        f"Timing: CRPS {score(series['timing']['crps'])} weeks, over the days until "
        f"{day(series['timing']['until'])}.",)))
    return [*blocks, *_skill(series)]


def _parts_table(caption: str, key: str, series: Document) -> Table:
    rows = [row(short(entry["by"]), "yes" if entry["outcome"] else "no", str(entry["pairs"]), *_parts(entry[key]))
            for entry in series["deadlines"]]
    rows.append(row("All", "", str(series["all"]["pairs"]), *_parts(series["all"][key]), total=True))
    return Table(caption, ("By", "Happened", "Pairs", "Score", "Reliability", "Resolution", "Uncertainty"),
                 tuple(rows), frozenset(range(2, 7)))


def _skill(series: Document) -> list[Block]:
    rows = [row(f"{quoted(name)}: {entry['baseline']}", str(entry["pairs"]), *_compared(entry["brier"]),
                *_compared(entry["log"]), *_compared(entry["crps"])) for name, entry in series["skill"].items()]
    rows += [row(f"{quoted(other)}: outside forecast", str(entry["matched"]), *_compared(entry["brier"]),
                 *_compared(entry["log"]), "", "") for other, entry in series["outside"].items()]
    left_out = [Paragraph((
        f"{quoted(other)}: {entry['left_out']} of its rows are left out; we had made no forecast in the week up to "
        "their date, or their deadline was over, outside the question or is not yet decided.",))
        for other, entry in series["outside"].items() if entry["left_out"]]
    return [Table("Skill: the share of a baseline's loss that is saved (negative: lost)",
                  ("Baseline", "Pairs", "Brier", "Skill", "Log", "Skill", "CRPS", "Skill"), tuple(rows),
                  frozenset(range(1, 8))), *left_out]


def _parts(part: Document) -> tuple[str, ...]:
    return tuple(score(part[key]) for key in ("mean", "reliability", "resolution", "uncertainty"))


def _compared(entry: Document | None) -> tuple[str, str]:
    if entry is None:
        return "", ""
    skill = entry["skill"]
    return score(entry["baseline"]), f"{signed(100 * skill, 0)}%" if math.isfinite(skill) else "–"


def _ratios(rows: Iterable[Document], title: str) -> list[Block]:
    rows, listed = list(rows), list[Row]()
    for by, group in groupby(rows, key=lambda each: each["by"]):
        if by != "all":
            listed.append(row(f"By {by}", *[""] * 8))
        listed += [_ratio_row(each) for each in group if by != "source" or each["items"] >= SHOWN]
    few = sum(each["by"] == "source" and each["items"] < SHOWN for each in rows)
    notes = ["“Calibration” is what of Cllr is calibration; “reliable” is how reliable the model had held the source "
             f"before the outcome was known. Cllr needs both outcomes; from fewer than {FEW} items it says little."]
    if few:
        notes.append(f"{counted(few, 'source')} with fewer than {SHOWN} items {'is' if few == 1 else 'are'} left out "
                     "here; --json has them.")
    return [Table(f"{title}: Cllr in bits (1: as good as saying nothing)", (
        "", "Items", "Happened", "Right", "Cllr", "Calibration", "If it happened", "If not", "Reliable"), tuple(listed),
        frozenset(range(1, 9))), *(Paragraph((note,)) for note in notes)]


def _ratio_row(each: Document) -> Row:
    label = each["by"] if each["by"] == "all" else f"- {quoted(each['id'])}"
    reliable = "–" if math.isnan(each["reliability"]) else percent(each["reliability"])
    return row(label, *(str(each[key]) for key in ("items", "came", "right")),
               *(score(each[key]) for key in ("cllr", "calibration", "cost_came", "cost_failed")), reliable)


def _proposals(question: Document) -> list[Block]:
    blocks: list[Block] = []
    for proposal in question["record_proposals"]:
        dated = "" if proposal["dated"] else (" Its record there has no dates yet: date the counts that stand there "
                                              "first.")
        said: Line = (f"For the record of {quoted(proposal['source'])} in priors/sources.yaml:{dated}",)
        blocks += [Paragraph(said), Listing((quoted(proposal["entry"]),))]
    return blocks + [Paragraph((f"{quoted(path)} holds no complete item, so that it is no checked claim.",))
                     for path in question["unread_drafts"]]


def _calibration(part: Document) -> list[Block]:
    if "curve" not in part:
        return [Paragraph((f"Calibration over questions is stated from {ENOUGH} of them; scored here: "
                           f"{part['questions']}. All forecasts of one question share its fate, however many they "
                           "are.",))]
    rows = tuple(row(percent(each["forecast"]), percent(each["frequency"]), band((each["low"], each["high"])))
                 for each in part["curve"])
    told = []
    for key, label in _NAMES.items():
        mean, reliability, resolution, uncertainty = _parts(part[key])
        told.append(Paragraph((f"{label} {mean}: reliability {reliability}, resolution {resolution}, uncertainty "
                               f"{uncertainty}.",)))
    return [Table(f"Calibration over {part['questions']} questions, each of the same weight",
                  ("Forecast", "Happened", "If calibrated"), rows, frozenset({0, 1, 2}), most=8, evenly=True), *told]
