"""What `forecast score` says: how good the forecasts were, beside baselines and outside forecasts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from forecast.core.proper_scores import ENOUGH
from forecast.core.text import band, counted, day, percent, score, short, signed
from forecast.evaluation.scoreboard import QuestionScores, Scoreboard
from forecast.evaluation.scores import CalibrationPart, Compared, Pairs, Parts, RatioScores, SeriesScores
from forecast.report.page import Block, Line, Listing, Page, Paragraph, Row, Section, Strong, Table, row
from forecast.report.words import quoted

FEW = 10
"""Items below which a score of ratios says little."""

SHOWN = 3
"""Items from which on a source has a row of its own."""

_NAMES = {"brier": "Brier score", "log": "Log score"}


def page(board: Scoreboard) -> Page:
    """Everything that a scoreboard says, question by question and then over all."""
    questions = board.questions
    sections = [Section(question.id, quoted(question.title), tuple(_question(question)))
                for question in questions]
    blocks: list[Block] = [Paragraph((f"Left out: {quoted(left.why)}",)) for left in board.left_out]
    if len(questions) > 1:
        blocks += _ratios(board.ratios, "Ratios of all questions")
    blocks += _calibration(board.calibration)
    sections.append(Section("all", "Over questions", tuple(blocks)))
    return Page(f"Scores of {counted(len(questions), 'question')}", "", tuple(sections))


def _question(question: QuestionScores) -> list[Block]:
    until = day(question.until)
    happened = f"It happened on {day(question.came)}." if question.came else f"It did not happen by {until}."
    blocks: list[Block] = [Paragraph((Strong(f"{happened} "), *verdict(question)), lead=True)]
    blocks += [Paragraph((f"Not scored: {quoted(each)}.",)) for each in question.stale]
    for series in question.series.values():
        blocks += _series(series)
    if question.ratios:
        blocks += _ratios(question.ratios, "Ratios of items whose time has come")
    return blocks + _proposals(question)


def verdict(question: QuestionScores) -> Line:
    """How good the forecasts were, in a sentence: the series that speaks for the question beside its prior."""
    series = question.series[question.speaker]
    beside = next((each for each in series.skill if each.name == "prior"), None)
    called = "The reports" if series.name == "reports" else f"The {quoted(series.name)}"
    said = f"{called} scored {score(series.all.brier.mean)} (Brier, 0 is best, 0.25 an even bet)"
    if beside is None or beside.brier.skill is None:
        return (f"{said}.",)
    skill = beside.brier.skill
    better = "better than" if skill > 0.005 else "worse than" if skill < -0.005 else "as good as"
    return (f"{said}, {better} the prior without evidence ({score(beside.brier.baseline)}).",)


def _series(series: SeriesScores) -> list[Block]:
    name = quoted(series.name)
    is_one_day = series.first == series.last
    dates = f", of {short(series.last)}" if is_one_day else f" from {short(series.first)} to {short(series.last)}"
    about = f"{counted(series.forecasts, 'forecast')}{dates}"
    blocks: list[Block] = [_parts_table(f"{name}: {label} of {about}", key, series) for key, label in _NAMES.items()]
    blocks.append(Paragraph((
        "Score = reliability − resolution + uncertainty. Where the outcome never varied, all of it is reliability. "
        f"Timing: CRPS {score(series.crps)} weeks, over the days until {day(series.until)}.",)))
    return [*blocks, *_skill(series)]


def _parts_table(caption: str, key: str, series: SeriesScores) -> Table:
    rows = [row(short(entry.by), "yes" if entry.outcome else "no", str(entry.pairs), *_parts(_of(entry, key)))
            for entry in series.deadlines]
    rows.append(row("All", "", str(series.all.pairs), *_parts(_of(series.all, key)), total=True))
    return Table(caption, ("By", "Happened", "Pairs", "Score", "Reliability", "Resolution", "Uncertainty"),
                 tuple(rows), range(2, 7))


def _of(entry: Pairs, key: str) -> Parts:
    return entry.brier if key == "brier" else entry.log


def _skill(series: SeriesScores) -> list[Block]:
    rows = [row(f"{quoted(entry.name)}: {entry.baseline}", str(entry.pairs), *_compared(entry.brier),
                *_compared(entry.log), *_compared(entry.crps)) for entry in series.skill]
    rows += [row(f"{quoted(entry.name)}: outside forecast", str(entry.matched), *_compared(entry.brier),
                 *_compared(entry.log), "", "") for entry in series.outside.values()]
    left_out = [Paragraph((
        f"{quoted(entry.name)}: {entry.left_out} of its rows are left out; we had made no forecast in the week up to "
        "their date, or their deadline was over, outside the question or is not yet decided.",))
        for entry in series.outside.values() if entry.left_out]
    return [Table("Skill: the share of a baseline's loss that is saved (negative: lost)",
                  ("Baseline", "Pairs", "Brier", "Skill", "Log", "Skill", "CRPS", "Skill"), tuple(rows),
                  range(1, 8)), *left_out]


def _parts(part: Parts) -> tuple[str, ...]:
    return tuple(map(score, (part.mean, part.reliability, part.resolution, part.uncertainty)))


def _compared(entry: Compared | None) -> tuple[str, str]:
    if entry is None:
        return "", ""
    return score(entry.baseline), "–" if entry.skill is None else f"{signed(100 * entry.skill, 0)}%"


def _ratios(rows: Iterable[RatioScores], title: str) -> list[Block]:
    rows, listed = list(rows), list[Row]()
    for by, group in groupby(rows, key=lambda each: each.by):
        told = [_ratio_row(each) for each in group if by != "source" or each.items >= SHOWN]
        if told and by != "all":
            listed.append(row(f"By {by}", *[""] * 8))
        listed += told
    few = sum(each.by == "source" and each.items < SHOWN for each in rows)
    notes = ["“Right” is out of those that lean one way or the other; “calibration” is what of the cost (Cllr, in "
             "bits) is miscalibration; “reliable” is how reliable the model had held the source before the outcome was "
             "known. The cost needs both outcomes; from fewer than "
             f"{FEW} items it says little."]
    if few:
        notes.append(f"{counted(few, 'source')} with fewer than {SHOWN} items {'is' if few == 1 else 'are'} left out "
                     "here; --json has them.")
    return [Table(f"{title}: cost of the ratios (1 = no information)", (
        "", "Items", "Happened", "Right", "Cost", "Calibration", "If it happened", "If not", "Reliable"), tuple(listed),
        range(1, 9)), *(Paragraph((note,)) for note in notes)]


def _ratio_row(each: RatioScores) -> Row:
    label = each.by if each.by == "all" else f"- {quoted(each.id)}"
    reliable = "–" if each.reliability is None else percent(each.reliability)
    return row(label, str(each.items), str(each.came), f"{each.right} of {each.right + each.wrong}",
               *map(score, (each.cllr, each.calibration, each.cost_came, each.cost_failed)), reliable)


def _proposals(question: QuestionScores) -> list[Block]:
    blocks: list[Block] = []
    for proposal in question.record_proposals:
        dated = "" if proposal.dated else " Its record there has no dates yet: date those counts first."
        said: Line = (f"For the record of {quoted(proposal.source)} in priors/sources.yaml:{dated}",)
        blocks += [Paragraph(said), Listing((quoted(proposal.entry),))]
    return blocks + [Paragraph((f"{quoted(path)} holds no complete item, so it is not a checked claim.",))
                     for path in question.unread_drafts]


def _calibration(part: CalibrationPart) -> list[Block]:
    if not part.curve:
        return [Paragraph((f"Calibration over questions is stated from {ENOUGH} of them; scored here: "
                           f"{part.questions}. All forecasts of one question share its fate, however many they are.",))]
    rows = tuple(row(percent(each.forecast), percent(each.frequency), band((each.low, each.high)))
                 for each in part.curve)
    told = []
    for key, label in _NAMES.items():
        mean, reliability, resolution, uncertainty = _parts(_of(part, key))
        told.append(Paragraph((f"{label} {mean}: reliability {reliability}, resolution {resolution}, uncertainty "
                               f"{uncertainty}.",)))
    return [Table(f"Calibration over {counted(part.questions, 'question')}, each of the same weight",
                  ("Forecast", "Happened", "If calibrated"), rows, range(3), most=8, evenly=True), *told]
