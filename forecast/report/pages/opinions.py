"""What others say: crowds, beside ours and never mixed with it; and analysts, who disagrees about what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from forecast.analysis.crowd import CrowdStudy, Pooled, Said
from forecast.analysis.panel import Disagreement, Member, Opinions, PanelStudy, Spread
from forecast.core.text import chance, counted, day, db, listed, percent, ratio, short, signed, whole
from forecast.records.case import Case
from forecast.report.page import Block, Line, Page, Paragraph, Row, Section, Strong, Table, row
from forecast.report.pages import findings
from forecast.report.words import crowd_name, quoted

MOST = 5
"""Series of others that are shown."""


def said(crowd: CrowdStudy | None, horizon: date) -> list[Block]:
    """What each of them said last, and what we say; nothing if there is nothing."""
    rows = crowd.said if crowd is not None else ()
    lines = [_said(row, horizon) for row in rows[:MOST]]
    if len(rows) > MOST:
        lines.append(f"{len(rows) - MOST} more in forecast.json.")
    return [findings.bullets(lines)] if len(lines) > 1 else [Paragraph((line,)) for line in lines]


def _said(row: Said, horizon: date) -> str:
    day, probability = row.last
    subject = "" if row.by == horizon else f"By {short(row.by)}: "
    return f"{subject}{crowd_name(row.name)} said {percent(probability)} on {short(day)}; we say {chance(row.ours)}."


def pooled(crowd: CrowdStudy | None, horizon: date) -> list[Line]:
    """Ours pooled with theirs, and how; nothing unless the question asks for it."""
    return [(Strong("With others. "), _pooled(row, horizon)) for row in (crowd.pooled if crowd is not None else ())]


def _pooled(row: Pooled, horizon: date) -> str:
    names = listed([crowd_name(name) for name in row.weights])
    weights = listed([f"{weight:g}" for weight in row.weights.values()])
    start = "Pooled" if row.by == horizon else f"By {short(row.by)}, pooled"
    return (f"{start} with {names} in log odds, weight{'s' if len(row.weights) > 1 else ''} {weights}: "
            f"{chance(row.probability)}. Our forecast stays {chance(row.ours)}.")


WIDEST = 5
"""Items of which a screen says how far the analysts lie apart."""


def panel_page(case: Case, study: PanelStudy) -> Page:
    """A panel as a page."""
    question = case.question
    subtitle = (f"As of {day(study.as_of)}: {chance(study.probability)} for “{quoted(question.event.name)}” by "
                f"{day(question.horizon)}, pooled")
    return Page(quoted(question.title), subtitle, (
        Section("members", "Who says it", (_members(study.members), _priors(study))),
        Section("items", "Where they disagree", tuple(_items(study)))))


def panel_blocks(study: PanelStudy) -> list[Block]:
    """The panel as a part of a longer page."""
    return [_members(study.members), _priors(study), *_items(study)]


def alone(by: Mapping[str, float]) -> str:
    """What each analyst would forecast alone."""
    return f"On each analyst's numbers alone: {listed([f'{whole(p)} ({quoted(name)})' for name, p in by.items()])}."


def in_short(opinions: Opinions) -> list[Block]:
    """How far the analysts lie apart."""
    told: list[Block] = [Paragraph((alone(opinions.alone),))]
    apart = _apart(opinions.spreads)
    more = len(apart) - WIDEST
    if apart:
        told.append(Table("Decibans from the lowest to the highest opinion"
                          + (f"; {more} more: forecast panel" if more > 0 else ""),
                          ("Item", "Opinions", "Spread"), tuple(
                              row(quoted(each.title), opinions_of(each.ratios), f"{each.spread:.1f}")
                              for each in apart[:WIDEST]), (2,)))
    if same := len(opinions.spreads) - len(apart):
        told.append(_agreed(same))
    return told


def _members(members: tuple[Member, ...]) -> Table:
    rows = tuple(row(quoted(each.id), f"{each.items}", _number(each.bias), _number(each.boldness, signs=False),
                     _number(each.noise, signs=False), whole(each.prior), whole(each.alone), whole(each.alone_next))
                 for each in members)
    return Table("Bias and noise in decibans; boldness is how many times as far as the others an analyst goes. Prior, "
                 "alone and 13 weeks are forecasts by the analyst's own numbers.",
                 ("Analyst", "Items", "Bias", "Boldness", "Noise", "Prior", "Alone", "13 weeks"), rows, range(1, 8))


def _number(value: float | None, *, signs: bool = True) -> str:
    if value is None:
        return "–"
    return signed(value) if signs else f"{value:.2f}"


def _priors(study: PanelStudy) -> Paragraph:
    by = ", ".join(f"{quoted(each.id)} {whole(each.with_prior)}" for each in study.members)
    return Paragraph((f"With the panel's evidence and one prior alone: {by}; the priors are worth "
                      f"{study.prior_worth:.1f} decibans.",))


def _items(study: PanelStudy) -> list[Block]:
    if not study.items:
        return [Paragraph(("No item is encoded by two analysts; they differ in the prior alone.",))]
    apart = _apart(study.items)
    same = len(study.items) - len(apart)
    agreed = [_agreed(same)] if same else []
    if not apart:
        return [*agreed]
    return [Table("What moves the forecast farthest comes first. Low and high: the forecast if the lowest or "
                 "the highest opinion of this one item were right.",
                  ("Item", "Opinions", "Pooled", "Spread", "Low", "High", "Worth"),
                  tuple(map(_item, apart)), range(2, 7)), *agreed]


def _apart[Each: Spread](items: Sequence[Each]) -> list[Each]:
    """The items on which analysts differ, by what a page shows of the spread."""
    return [item for item in items if round(item.spread, 1) > 0]


def _agreed(count: int) -> Paragraph:
    return Paragraph((f"On {counted(count, 'item')} they agree.",))


def opinions_of(ratios: Mapping[str, float]) -> str:
    """The lift that each analyst states."""
    return ", ".join(f"{quoted(name)} {ratio(value)}" for name, value in sorted(ratios.items()))


def _item(item: Disagreement) -> Row:
    return row(quoted(item.title), opinions_of(item.ratios), ratio(item.pooled), f"{item.spread:.1f}", whole(item.low),
               whole(item.high), db(item.worth))
