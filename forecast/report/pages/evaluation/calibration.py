"""What `forecast calibrate` says: what resolved questions teach, and whether it helps on those that were left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forecast.core.text import counted, day, score, signed
from forecast.evaluation.calibration.files import TITLE
from forecast.evaluation.calibration.results import CalibrationStudy, Part, Scores
from forecast.records.result import Range
from forecast.report.charts.calibration import TWO_SIDED, charted, weight_name
from forecast.report.page import Bullets, Figure, Notice, Page, Paragraph, Row, Section, Strong, Table, row
from forecast.report.words import capital, quoted


def page(study: CalibrationStudy) -> Page:
    """A calibration as a page."""
    learned = study.learned
    subtitle = (f"Learned on {counted(study.questions, 'question')} in {counted(study.clusters, 'cluster')} with "
                f"deadlines up to {day(study.cutoff)}; the event happened in {study.happened}")
    drawn = [Figure(f"gains-{place}", f"Gains over the {found.baseline} with ranges: {found.name}")
             for place, found in enumerate(charted(study), start=1)]
    never_in_sample = Paragraph((
        "Every calibrated forecast is by what all other clusters taught, never by its own. Gains are against the "
        "baseline of the table, better if positive, with standard errors by cluster. The thinnest of these posteriors "
        f"rests on {study.effective:.0f} draws.",))
    sections = [Section("learned", "What was learned", (
                    _learned(study), Figure("weights", "The evidence weight κ with its range, together and apart"),
                    _weights(study))),
                Section("scores", "Whether it helps", (never_in_sample, *drawn, *map(_scores, study.scores))),
                Section("reliability", "How reliable it is", (
                    Figure("reliability", "How often the event happened at each level of forecast"),)),
                Section("parts", "What helps", (_parts("kind", study.kinds), _parts("source", study.sources))),
                Section("ratios", "The ratios", (_costs(study), *_movement(study)))]
    if study.left_out:
        rows = tuple((f"{quoted(name)}: {why}",) for name, why in study.left_out.items())
        sections.append(Section("left-out", "Questions that do not count", (Bullets(rows),)))
    weight = (Strong(f"κ = {learned.evidence_weight[1]:g}"),
              f": the weight at which evidence is counted, {_ends(learned.evidence_weight)}")
    return Page(TITLE, subtitle, tuple(sections), tuple(_notices(study)),
                head=(Paragraph((_verdict(study),), lead=True), Paragraph(weight)))


def _notices(study: CalibrationStudy) -> Iterator[Notice]:
    if study.known:
        yield Notice("Outcomes were known", (
            f"For {study.known} of {counted(study.questions, 'question')} an encoder more likely than not knew how it "
            "was resolved. What encoders knew may be in their outside views, and then neither the scores nor the "
            "weight of evidence hold for questions whose outcome nobody knows.",))


def _verdict(study: CalibrationStudy) -> str:
    """What matters most, in two sentences."""
    found = next(each for each in study.scores if each.name == "first dates")
    ours = next(each for each in found.rows if each.name == "calibrated")
    error = ours.log_error or 0.0
    sure = abs(ours.log_gain) > TWO_SIDED * error > 0
    better = "better" if ours.log_gain > 0 else "worse"
    low, median, high = study.learned.evidence_weight
    whole = low is not None and high is not None and low <= 1 <= high
    return (f"On clusters that were left out, calibrated forecasts score {better} than the prior alone by "
            f"{abs(ours.log_gain):.3f} nats ± {error:.3f} a question, which is {'more' if sure else 'no more'} than "
            f"chance explains. Evidence is worth {median:g} times what was stated, and its range "
            f"{'holds' if whole else 'does not hold'} 1.")


def _ends(values: Range) -> str:
    low, _, high = values
    told = f"{low:g} to {high:g}" if low is not None and high is not None else f"{values[1]:g}"
    return told.replace("-", "−")


def _learned(study: CalibrationStudy) -> Table:
    both = study.learned != study.again
    rows = [("Evidence weight κ", study.learned.evidence_weight, study.again.evidence_weight),
            ("Shift a of log odds", study.learned.shift, study.again.shift),
            ("Slope b of the prior's log odds", study.learned.slope, study.again.slope),
            ("Model error ω between clusters", study.learned.model_error, study.again.model_error)]
    caption = (f"Median and 5–95% range, {study.engine}{', and integrated' if both else ''}. A question whose event "
               f"did not happen counts {study.no_weight:g} times.")
    cells = [(name, f"{found[1]:g}", _ends(found), f"{again[1]:g} ({_ends(again)})") for name, found, again in rows]
    columns = ("", "Median", "Range", "Integrated")
    shown = len(columns) if both else 3
    return Table(caption, columns[:shown], tuple(row(*each[:shown]) for each in cells), range(1, shown))


def _weights(study: CalibrationStudy) -> Table:
    rows = tuple(row(quoted(weight_name(each, name)), f"{each.questions}", f"{kappa[1]:g}", _ends(kappa))
                 for each in study.weights for name, kappa in each.kappa.items())
    return Table("The weight learned together and apart; before any question it is 1, its range 0.39 to 2.6.",
                 ("", "Questions", "κ", "Range"), rows, range(1, 4))


def _scores(found: Scores) -> Table:
    rows = tuple(row(quoted(each.name), score(each.brier), _gain(each.brier_gain, each.brier_error), score(each.log),
                     _gain(each.log_gain, each.log_error)) for each in found.rows)
    caption = (f"{capital(found.name)}: {counted(found.questions, 'question')} in "
               f"{counted(found.clusters, 'cluster')}, {found.happened} happened; gains against “{found.baseline}”")
    return Table(caption, ("", "Brier", "Gain", "Log score", "Gain"), rows, range(1, 5))


def _gain(gain: float, error: float | None) -> str:
    return f"{signed(gain, 3)} ± {'–' if error is None else f'{error:.3f}'}"


def _parts(what: str, parts: Sequence[Part]) -> Table:
    rows = tuple(row(quoted(each.name), f"{each.questions}", _gain(each.alone, each.alone_error),
                     _gain(each.added, each.added_error)) for each in parts)
    return Table(f"Gain in log score at κ = 1 by {what} of item: of these items alone over the prior, and of all items "
                 "over all but these.", (what.capitalize(), "Questions", "Alone", "Added"), rows, range(1, 4))


def _costs(study: CalibrationStudy) -> Table:
    rows: tuple[Row, ...] = tuple(row(quoted(each.name), f"{each.ratios}", score(each.cllr), score(each.calibration))
                                  for each in study.costs)
    return Table("Cost of the ratios as of first dates (1 = no information); the last column is what better "
                 "scaling would save.", ("", "Ratios", "Cost (Cllr)", "Of it calibration"), rows, range(1, 4))


def _movement(study: CalibrationStudy) -> list[Paragraph | Table]:
    parts: list[Paragraph | Table] = []
    if (found := study.movement) is not None:
        parts.append(Paragraph((
            f"Over {counted(found.questions, 'question')} with several dates, squared moves sum to {found.moved:.3f} "
            f"and the fall of p(1−p) to {found.learned:.3f} in the mean, outcomes included. The difference, "
            f"{_gain(found.excess, found.error)}, is nothing for forecasts that move no more than they learn.",)))
    if study.updates is not None:
        parts.append(_scores(study.updates))
    if (weight := study.crowd_weight) is not None:
        parts.append(Paragraph((f"In a pool of log odds the crowd would get a weight of {weight[1]:.2f} "
                                f"({weight[0]:.2f} to {weight[2]:.2f} as one cluster or another is left out).",)))
    return parts
