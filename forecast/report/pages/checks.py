"""What the forecast rests on and how it was made: alternatives, assumptions, indicators, engines, provenance."""

from __future__ import annotations

import math
import sys
from typing import Any

from forecast.core import text as wording
from forecast.core.text import signed
from forecast.report.charts.levels import past_cases
from forecast.report.page import (
    Block,
    Bullets,
    Cell,
    Code,
    Faint,
    Figure,
    Heading,
    Line,
    Listing,
    Paragraph,
    Row,
    Strong,
    Table,
    row,
)
from forecast.report.words import (
    Document,
    chance,
    component_label,
    counted,
    day,
    event_of,
    paragraphs,
    quoted,
    short,
    tenth,
)


def alternatives(document: Document) -> list[Block]:
    """Alternatives and what speaks for them, assumptions, and what would change our mind."""
    return [*_hypotheses(document), *_assumptions(document), *_sensitivity(document),
            Heading("What would change our mind"), *indicators(document),
            *_break_even(document)]


def _hypotheses(document: Document) -> list[Block]:
    names = document["question"]["names"]
    rows = [row(quoted(names[h]), Strong(chance(p)), chance(document["prior"][h]), _speaking(document, h, 1),
                _speaking(document, h, -1)) for h, p in document["hypotheses"].items()]
    return [Heading("Alternatives and what speaks for them"),
            Figure("hypotheses", "The probability of each hypothesis without and with the evidence: " + "; ".join(
                f"{quoted(names[h])} from {chance(document['prior'][h])} to {chance(p)}"
                for h, p in document["hypotheses"].items()) + "."),
            Table("Each hypothesis, and the items that tell most for it and against it",
                  ("Hypothesis", "Forecast", "Without evidence", "Speaks most for it", "Speaks most against it"),
                  tuple(rows), frozenset({1, 2})),
            Paragraph((Faint("In brackets: decibans of the item's effective ratio for this hypothesis against the "
                             "others, each at its present probability; for the event, of one in the coming week."),))]


def _speaking(document: Document, hypothesis: str, sign: int) -> Cell:
    """The three items whose effective ratio tells most for a hypothesis, or against it."""
    others = {h: p for h, p in document["hypotheses"].items() if h != hypothesis}
    rest = sum(others.values())
    weights = []
    for item in document["evidence"]:
        mean = sum(p * item["effective"][h] for h, p in others.items()) / rest if rest > 0 else 1.0
        ratio = math.log10(item["effective"][hypothesis]) - math.log10(max(mean, sys.float_info.min))
        weights.append((10 * ratio, item))
    told = [pair for pair in weights if sign * pair[0] >= LEAST]
    told.sort(key=lambda pair: (-sign * pair[0], pair[1]["id"]))
    lines = tuple((quoted(item["title"]), Faint(f" ({signed(weight, 1)})")) for weight, item in told[:3])
    return lines or (("nothing",),)


LEAST = 0.05
"""Decibans below which an item is not said to speak for a hypothesis."""


def _assumptions(document: Document) -> list[Block]:
    question, parts = document["question"], document["components"]
    days = sorted(date for date in document["by"] if date > document["as_of"])[:3]
    rows = [row(component_label(part), wording.percent(part["weight"]), chance(part["opening"]), chance(part["prior"]),
                Strong(chance(part["posterior"])), *(chance(part["by"][date]) for date in days)) for part in parts]
    rows.append(row("All together", "", chance(document["ledger"][0]["probability"]),
                    chance(document["prior"][question["event"]]), Strong(chance(event_of(document))),
                    *(chance(document["by"][date]) for date in days), total=True))
    figures: list[Block] = []
    for place in range(len(parts)):
        cases = past_cases(document, place)
        if cases:
            figures.append(Figure(f"reference-class-{place + 1}", f"{counted(len(cases), 'past case')}, each a line as "
                                  "long as it was followed and as thick as it weighs, with its outcome."))
    return [Heading("Assumptions"), Bullets(tuple(_stated(document))),
            Figure("components", "What each part of the prior would say alone: " + "; ".join(
                f"{component_label(part)}, {chance(part['posterior'])}" for part in parts) + "."),
            Table("What each part of the prior would say alone, by "
                  f"{day(question['horizon'])}" + (" and by the next key dates" if days else ""),
                  ("Part", "Weight", "At the opening", "Now, without evidence", "With the evidence",
                   *(f"By {short(date)}" for date in days)), tuple(rows), frozenset(range(1, 5 + len(days)))), *figures]


def _stated(document: Document) -> list[Line]:
    """The assumptions that no item supports, in sentences."""
    question = document["question"]
    low, weight, high = question["evidence_weight"]
    shares = "; ".join(f"{quoted(question['names'][h])} {wording.percent(share)}"
                       for h, share in question["shares"].items())
    life = question["half_life_weeks"]
    fading = ("An item that has no half-life of its own bears on near and far dates alike." if life is None else
              f"An item that has no half-life of its own bears half as much on an event {life:g} weeks further off.")
    tempered = ("All evidence counts in full." if low == weight == high == 1 else
                f"All evidence counts at a weight of {weight:g}" + (f" ({low:g}–{high:g})." if low < high else "."))
    return [(f"As long as the event has not come, the world is: {shares}.",), (fading,), (tempered,),
            ("Reports count as repeating each other as far as the overlap of their group states, and not otherwise.",),
            ("With the probability that a source is not reliable, its report would have come in any world.",)]


def _sensitivity(document: Document) -> list[Block]:
    swings = document["sensitivity"]
    if not swings:
        return []
    widest = swings[0]
    rows = [row(quoted(swing["label"]), f"{swing['low']} to {swing['high']}", tenth(swing["probability"][0]),
                tenth(swing["probability"][1]), f"{max(_ends(document, swing)) - min(_ends(document, swing)):.2f}")
            for swing in swings]
    ends = " to ".join(tenth(p) for p in sorted(widest["probability"]))
    return [Paragraph((f"Of all stated inputs, “{quoted(widest['label'])}” matters most: between its low and its high "
                       f"the forecast goes from {ends}.",)),
            Figure("tornado", f"How far each stated input moves the forecast; the widest is "
                   f"“{quoted(widest['label'])}”. The table below has all inputs."),
            Table("Every stated input at its low and at its high, one at a time",
                  ("Input", "Low to high", "Forecast at low", "At high", "Moves, dB"), tuple(rows),
                  frozenset({2, 3, 4}), folded=True, paper=False)]


def _ends(document: Document, swing: dict[str, Any]) -> tuple[float, ...]:
    return (document["decibans"], *swing["decibans"])


def indicators(document: Document) -> list[Block]:
    """What to look for, and what seeing it would do."""
    listed = document["indicators"]
    if not listed:
        return [Paragraph(("No indicators have been stated.",))]
    first = listed[0]
    rows = [row(((quoted(each["title"]),), (Faint(each["id"]),)), day(each["by"]), wording.percent(each["chance"]),
                chance(each["if_seen"]), chance(each["if_not_seen"]), f"{1000 * each['bits']:.1f}")
            for each in listed]
    return [Paragraph((f"The most telling thing to look for: “{quoted(first['title'])}”, by {day(first['by'])}. Seen, "
                       f"it would take the forecast to {chance(first['if_seen'])}; not seen, to "
                       f"{chance(first['if_not_seen'])}.",)),
            Figure("indicators", "What seeing, or not seeing, each indicator would do to the forecast; the table below "
                   "has the numbers."),
            Table("Indicators, by the information expected from looking", (
                "Indicator", "By", "Chance of being seen", "Forecast if seen", "If not seen", "Millibits"), tuple(rows),
                frozenset({2, 3, 4, 5}))]


def _break_even(document: Document) -> list[Block]:
    listed = document["break_even"]
    if not listed:
        return []
    rows = [row(quoted(each["title"]), wording.ratio(each["stated"]),
                f"{chance(each['target'])}, into “{each['term']}”",
                "none between 1/1000 and 1000" if each["ratio"] is None else wording.ratio(each["ratio"]))
            for each in listed]
    return [Paragraph(("How differently an item would have to be judged, all else kept, to take the forecast into the "
                       "next term of likelihood:",)),
            Table("Break-even ratios of the items that weigh most",
                  ("Item", "Stated ratio of the event", "To reach", "It would have to be"), tuple(rows),
                  frozenset({1, 3}))]


def machine(document: Document) -> list[Block]:
    """Both engines and their difference, diagnostics, power scaling, prior and posterior of parameters."""
    engines = document.get("engines")
    first = ("The deterministic engine computes the posterior by quadrature; two runs give the same digits. ")
    if not engines or not engines.get("nuts"):
        return [Paragraph((first, "The second engine, NUTS in PyMC, has not run for this report, so nothing here "
                           "confirms it."))]
    return [Paragraph((first, "The second engine samples the same model with NUTS in PyMC. ",
                       Strong("They agree." if engines["confirmed"] else "They do not confirm each other."))),
            _agreement(document, engines), _diagnostics(engines["nuts"]), *_power_scaling(engines),
            *_parameters(engines)]


def _agreement(document: Document, engines: dict[str, Any]) -> Table:
    rows = [row(about(document, part["name"]), f"{100 * part['exact']:.2f} %", f"{100 * part['nuts']:.2f} %",
                signed(100 * part["difference"]), f"{100 * part['allowed']:.2f}",
                "yes" if part["agrees"] else Strong("no"))
            for part in engines["agreement"]]
    return Table("Both engines, and their difference in percentage points",
                 ("Probability", "Exact", "NUTS", "Difference", "Allowed", "Agrees"), tuple(rows),
                 frozenset({1, 2, 3, 4}))


def about(document: Document, name: str) -> str:
    """What a compared number is about: a hypothesis by its name, or a key date."""
    names = document["question"]["names"]
    return quoted(names.get(name, name))


def _diagnostics(nuts: dict[str, Any]) -> Table:
    rows = [row("R-hat, largest", _number(nuts["r_hat"], 4), "at most 1.01"),
            row("Effective sample size, bulk, smallest", _number(nuts["ess_bulk"], 0), "at least 400"),
            row("Effective sample size, tail, smallest", _number(nuts["ess_tail"], 0), "at least 400"),
            row("Divergences", str(nuts["divergences"]), "none"),
            row("All passed", Strong("yes" if nuts["passed"] else "no"), "", total=True)]
    return Table(f"Checks of the sampler: {quoted(nuts['sampler'])}, {counted(nuts['chains'], 'chain')} of "
                 f"{nuts['draws']} draws, target acceptance {nuts['target_accept']:g}, seed {nuts['seed']}",
                 ("Check", "Value", "Asked for"), tuple(rows), frozenset({1}))


def _number(value: float | None, digits: int) -> str:
    return "not known" if value is None else f"{value:.{digits}f}"


def _power_scaling(engines: dict[str, Any]) -> list[Block]:
    told = [(part["name"], row(quoted(part["name"]), _number(part["prior"], 3), _number(part["likelihood"], 3),
                               quoted(part["diagnosis"] or ""))) for part in engines["power_scaling"]]
    if not told:
        return []
    return [Paragraph(("Power scaling asks how the posterior would move if the prior, or the evidence, counted a "
                       "little more or less. A value above 0.05 is worth a look; both above it say that "
                       "prior and evidence pull apart.",)),
            *_split("Power-scaling sensitivity", ("Quantity", "To the prior", "To the evidence", "Diagnosis"), told)]


def _parameters(engines: dict[str, Any]) -> list[Block]:
    told = [(part["name"], row(quoted(part["name"]), _three(part["prior"]), _three(part["posterior"])))
            for part in engines["parameters"]]
    return _split("Mean and 5–95 % range, before and after", ("Parameter", "Prior", "Posterior"), told)


def _split(caption: str, columns: tuple[str, ...], told: list[tuple[str, Row]]) -> list[Block]:
    """One table of the main parameters, and a folded one of the sources' reliabilities, which are many."""
    main = tuple(line for name, line in told if not name.startswith("reliability"))
    sources = tuple(line for name, line in told if name.startswith("reliability"))
    return [Table(f"{caption}: {what}", columns, lines, frozenset({1, 2}), folded=folded)
            for what, lines, folded in (("main parameters", main, False), ("reliability of sources", sources, True))
            if lines]


def _three(values: list[float]) -> str:
    low, mean, high = (f"{value:.3g}" for value in values)
    return f"{mean} ({low}–{high})"


def provenance(document: Document) -> list[Block]:
    """What exactly was asked, inputs with hashes, versions, seed, commands to replay, and what is hindsight."""
    question, made = document["question"], document.get("provenance")
    blocks: list[Block] = [Heading("What exactly is asked"),
                           *_prose(question["resolution"]),
                           Paragraph((f"The question opened on {day(question['opens'])} and runs to "
                                      f"{day(question['horizon'])}. Its id is ", Code(question["id"]), "."))]
    if question["resolved"]:
        outcome, date = question["resolved"]["outcome"], question["resolved"]["date"]
        blocks.append(Paragraph((Strong("Resolved. "), f"The inputs already say how it ended: “"
                                 f"{quoted(question['names'][outcome])}”, {day(date)}.")))
    return [*blocks, *_hindsight(document), *(_made(made) if made else [])]


def _prose(text: str) -> list[Block]:
    """An analyst's text by its paragraphs and lists."""
    blocks: list[Block] = []
    for part in paragraphs(text, lists=True):
        last = blocks[-1] if blocks else None
        if not part.startswith("- "):
            blocks.append(Paragraph((part,)))
        elif isinstance(last, Bullets):
            blocks[-1] = Bullets((*last.items, (part.removeprefix("- "),)))
        else:
            blocks.append(Bullets(((part.removeprefix("- "),),)))
    return blocks


def _hindsight(document: Document) -> list[Block]:
    late = document["hindsight"]
    if not late:
        return [Heading("Hindsight"), Paragraph(("Every item was entered by the as-of date.",))]
    rows = [row(quoted(item["title"]), day(item["date"]), day(item["recorded"])) for item in late]
    return [Heading("Hindsight"),
            Paragraph((f"{counted(len(late), 'item')} had become public by the as-of date but "
                       f"{'was' if len(late) == 1 else 'were'} entered later, when more was known.",)),
            Table("Entered after the as-of date", ("Item", "Public since", "Entered"), tuple(rows))]


def _made(made: dict[str, Any]) -> list[Block]:
    files = tuple(row(Code(quoted(path)), Code(entry["sha256"])) for path, entry in sorted(made["inputs"].items()))
    versions = ", ".join(f"{quoted(name)} {quoted(number)}" for name, number in sorted(made["versions"].items()))
    return [Heading("How it was made"), Table("Inputs and their SHA-256", ("File", "SHA-256"), files),
            Paragraph((Strong("Versions. "), f"{versions}.")), Paragraph((Strong("Seed. "), f"{made['seed']}.")),
            Paragraph(("To compute it again, from this report's folder or from the workspace:",)),
            Listing(tuple(quoted(command) for command in made["commands"]))]
