"""The report as sections: what it says, in which order, after the analytic standards of ICD 203.

This module holds the order and what a decision maker reads: the bottom line, what changed, and when. `grounds` holds
why, `checks` what it rests on and how it was made.
"""

from __future__ import annotations

from typing import Any

from forecast.core import text as wording
from forecast.core.text import signed
from forecast.report.page import Block, Figure, Line, Notice, Page, Paragraph, Section, Strong, Table, row
from forecast.report.pages.checks import about, alternatives, machine, provenance
from forecast.report.pages.grounds import DECIBANS, steps_table, why
from forecast.report.words import (
    Document,
    band,
    chance,
    change_label,
    day,
    event_of,
    fine,
    iso,
    listed,
    name_of,
    quoted,
    short,
    tenth,
)


def page(document: Document) -> Page:
    """Everything a report says, in its order."""
    question = document["question"]
    return Page(
        title=quoted(question["title"]),
        subtitle=f"Forecast as of {day(document['as_of'])}",
        number=chance(event_of(document)),
        words=f"{document['words']['term']} by {day(question['horizon'])}; 5–95% band {band(document['band'])}",
        notices=tuple(_notices(document)),
        sections=(
            Section("bottom-line", "Bottom line", tuple(bottom_line(document))),
            Section("what-changed", "What changed", tuple(what_changed(document))),
            Section("when", "When", tuple(when(document))),
            Section("why", "Why", tuple(why(document))),
            Section("alternatives", "Alternatives, assumptions, and what would change our mind",
                    tuple(alternatives(document)), "Alternatives"),
            Section("machine", "How sure is the machine", tuple(machine(document)), "Machine"),
            Section("provenance", "Provenance", tuple(provenance(document)))))


def _notices(document: Document) -> list[Notice]:
    """What must be said before anything else."""
    engines = document.get("engines")
    if engines and engines["confirmed"]:
        return []
    if not engines or not engines.get("nuts"):
        return [Notice("Unconfirmed", ("Only the exact engine has computed these numbers; no second engine has "
                                       "confirmed them.",))]
    apart = [about(document, part["name"]) for part in engines["agreement"] if not part["agrees"]]
    reasons = [f"The two engines differ by more than is allowed in {', '.join(apart)}."] if apart else []
    if not engines["nuts"]["passed"]:
        reasons.append("The sampler of the second engine has not passed its checks.")
    return [Notice("Unconfirmed", (" ".join([*reasons, "Section 6 has the details."]),))]


def bottom_line(document: Document) -> list[Block]:
    """Three sentences in words and numbers; confidence in a sentence of its own."""
    p, names = event_of(document), document["question"]["names"]
    rest = [f"{quoted(names[h])}, {chance(q)}" for h, q in document["hypotheses"].items()
            if h != document["question"]["event"]]
    return [Paragraph(_judgement(document), lead=True),
            Figure("yardstick", f"The probability, {chance(p)}, on the seven-step scale of likelihood: "
                   f"{wording.term(p)}; 5–95% band {band(document['band'])}."),
            Paragraph((f"The rest of the probability: {'; '.join(rest)}.",)),
            Paragraph(_confidence(document)),
            Paragraph(("It counts what is uncertain about the stated inputs: rates, shares, reliabilities and ratios. "
                       "It leaves out ", Strong("model error"), " (another model, another reading of the question) "
                       "and ", Strong("dependence"), " between reports beyond the overlaps that are stated.")),
            *_key_dates(document)]


def _judgement(document: Document) -> Line:
    """What is asked, how likely it is, how likely by the next key dates, and when if it comes."""
    p, timing, horizon = event_of(document), document["timing"], document["question"]["horizon"]
    term, name = wording.term(p), f"“{name_of(document)}”"
    opening = "There is " if term.endswith("chance") else "It is "
    ahead = [date for date in sorted(document["by"]) if document["as_of"] < date < horizon][:3]
    dates = [f"{chance(document['by'][date])} by {day(date)}" for date in ahead]
    median: Line = () if not timing["0.5"] else (
        " If it comes, the median date is ", Strong(day(timing["0.5"])),
        f", and nine chances in ten lie between {day(timing['0.05'])} and {day(timing['0.95'])}.")
    return (opening, Strong(f"a {term}" if term.startswith("roughly") else term), f" that {name} happens by "
            f"{day(horizon)}: the probability is ", Strong(chance(p)),
            f", with a 5–95% band of {band(document['band'])}.", f" It is {listed(dates)}." if dates else "", *median)


def _confidence(document: Document) -> Line:
    nu = document["worth"]
    worth = wording.worth(float("inf") if nu is None else nu)
    return ("Our analytic confidence is ", Strong(document["words"]["confidence"]), f": the forecast is worth {worth}.")


def _key_dates(document: Document) -> list[Block]:
    days = sorted(date for date in document["by"] if date > document["as_of"])
    if not days:
        return []
    rows = [row(day(date), Strong(chance(document["by"][date])), band(document["by_band"][date]),
                chance(prior_by(document, date))) for date in days]
    return [Table("Probability that it has come, by key date",
                  ("By the end of", "Forecast", "5–95% band", "Prior alone"), tuple(rows), frozenset({1, 2, 3}))]


def prior_by(document: Document, until: str) -> float:
    """P(event by a day) of the prior alone; a week that the day cuts counts in proportion to its days."""
    total = 0.0
    for week in document["curve"]:
        days = (iso(week["last"]) - iso(week["first"])).days + 1
        total += week["prior"] * min(1.0, max(0.0, ((iso(until) - iso(week["first"])).days + 1) / days))
    return total


def what_changed(document: Document) -> list[Block]:
    """The change since the last report and why, with the history of the forecast."""
    since = document.get("change")
    history = document.get("history") or []
    figure = [Figure("history", _history_alt(document))] if len(history) > 1 else []
    if not since:
        return [Paragraph(("This is the first report on this question; there is none to compare it with.",)), *figure]
    steps, p = since["steps"], event_of(document)
    points = 100 * (p - since["probability"])
    moved = "hardly moved:" if abs(points) < 0.05 else "risen" if points > 0 else "fallen"
    largest = sorted(steps, key=lambda step: -abs(step["decibans"]))[:2]
    causes = listed([f"{_cause(step)} ({signed(100 * step['points'], 1)} points)" for step in largest])
    return [
        Paragraph((f"Since the report of {day(since['since'])} the probability has ", Strong(moved),
                   f" from {tenth(since['probability'])} to {tenth(p)}, by {abs(points):.1f} points "
                   f"({signed(document['decibans'] - since['decibans'])} dB). What moved it most: {causes}."),
                  lead=True),
        Figure("change", f"Waterfall in decibans from {tenth(since['probability'])} to {tenth(p)}; the table below has "
               "each step.", DECIBANS),
        steps_table(f"The change since {day(since['since'])}, step by step",
                    (f"Report of {day(since['since'])}", since), [(change_label(step), step) for step in steps]),
        *figure]


def _cause(step: dict[str, Any]) -> str:
    """What a step of a change is, inside a sentence."""
    label = quoted(step["label"])
    return {"time": "the passing of time", "withdrawn": f"the withdrawal of “{label}”",
            "revised": f"the revision of “{label}”", "settings": f"changed settings ({label})",
            "new": f"the new item “{label}”"}[step["kind"]]


def _history_alt(document: Document) -> str:
    parts = [f"{short(past['as_of'])} {chance(past['probability'])}" for past in document["history"][-8:]]
    return f"The forecast in the reports so far: {', '.join(parts)}."


def when(document: Document) -> list[Block]:
    """Cumulative curve, weekly timing and hazard, beside what the prior alone would say."""
    p, prior = event_of(document), document["prior"][document["question"]["event"]]
    peak = max(document["curve"], key=lambda week: week["probability"])
    urgent = max(document["curve"], key=lambda week: week["hazard"])
    horizon = day(document["question"]["horizon"])
    blocks: list[Block] = [
        Paragraph((f"The prior alone, after the silence so far, would say {chance(prior)} by {horizon}; with the "
                   f"evidence it is {chance(p)}.",)),
        Figure("cumulative", f"Curve of the probability that the event has come by each date, from 0 % on "
               f"{day(document['as_of'])} to {chance(p)} on {horizon}, band {band(document['band'])}; the prior alone "
               f"ends at {chance(prior)}."),
        Figure("weekly", f"Bars of the probability of each week; the highest is {fine(peak['probability'])} in the "
               f"week from {day(peak['first'])}.", bars=tuple(week["probability"] for week in document["curve"]),
               ends=(short(document["curve"][0]["first"]), short(document["curve"][-1]["last"]))),
        Figure("hazard", f"The chance that the event comes in a week, given that it has not come before; the highest "
               f"is {fine(urgent['hazard'])} in the week from {day(urgent['first'])}.",
               "A curve that falls says that each quiet week makes the next one less pressing.")]
    return [*blocks, *_timing_table(document), _weeks_table(document)]


def _timing_table(document: Document) -> list[Block]:
    timing = document["timing"]
    if not timing["0.5"]:
        return []
    rows = [row(f"{100 * float(share):g}%", day(value)) for share, value in timing.items()]
    return [Table("When it comes, given that it comes", ("Share of the probability that has fallen", "By the end of"),
                  tuple(rows))]


def _weeks_table(document: Document) -> Table:
    rows = tuple(row(day(week["first"]), fine(week["probability"]), tenth(week["cumulative"]),
                     band((week["low"], week["high"])), fine(week["hazard"]), tenth(week["prior_cumulative"]))
                 for week in document["curve"])
    return Table("Week by week",
                 ("Week from", "In the week", "By its end", "5–95% band", "Hazard", "Prior alone, by its end"), rows,
                 frozenset({1, 2, 3, 4, 5}), folded=True, paper=False)
