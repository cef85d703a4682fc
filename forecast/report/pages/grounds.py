"""Why: the ledger and the order-free view, each item from its stated to its effective ratio, groups and sources."""

from __future__ import annotations

from typing import Any

from forecast.analysis.attribution import farthest
from forecast.core import text as wording
from forecast.core.text import points, signed
from forecast.report.page import Block, Cell, Code, Faint, Figure, Heading, Line, Link, Paragraph, Strong, Table, row
from forecast.report.words import (
    Document,
    admiralty,
    counted,
    day,
    event_of,
    host,
    paragraphs,
    quoted,
    short,
    source_name,
    span,
    step_label,
    tenth,
    web_address,
)

ROUNDED = "rounded one by one, so that they may not add up"
"""What is said of numbers that belong to a sum."""

HEAVIEST = "Items, the heaviest first"

DECIBANS = ("Ten decibans (dB) are a factor of ten in the odds and three about a factor of two; near even odds one "
            "deciban is worth some six percentage points.")


def why(document: Document) -> list[Block]:
    """The ledger, what each item weighs, each item, groups and sources."""
    items, groups = _items(document), _groups(document)
    return [*ledger(document), *weights(document), *items, *groups, *_sources(document)]


def steps_table(caption: str, start: tuple[str, dict[str, Any]], steps: list[tuple[str, dict[str, Any]]]) -> Table:
    """Steps from a start to the forecast, in decibans and points; each number is rounded by itself."""
    label, first = start
    rows = [row(label, "", "", signed(first["decibans"]), tenth(first["probability"]), total=True)]
    rows += [row(text, signed(step["decibans"]), points(step["points"]), signed(step["total"]),
                 tenth(step["probability"])) for text, step in steps]
    last = steps[-1][1] if steps else first | {"total": first["decibans"]}
    rows.append(row("Together, the forecast", signed(last["total"] - first["decibans"]),
                    points(last["probability"] - first["probability"]), signed(last["total"]),
                    tenth(last["probability"]), total=True))
    return Table(f"{caption} ({ROUNDED})", ("Step", "Adds, dB", "Adds, points", "Reaches, dB", "Reaches"), tuple(rows),
                 frozenset({1, 2, 3, 4}), folded=True)


def ledger(document: Document) -> list[Block]:
    """From the opening of the question to the forecast, step by step."""
    opening, silence, *items = document["ledger"]
    sentence = (f"When the question opened the prior said {tenth(opening['probability'])}. The silence until "
                f"{day(document['as_of'])} takes it to {tenth(silence['probability'])}. "
                f"{_moved(items, document)}")
    return [Paragraph((sentence, " ", DECIBANS)),
            Figure("ledger", f"Waterfall in decibans from the prior, {tenth(opening['probability'])}, through silence, "
                   f"{tenth(silence['probability'])}, to the forecast, {tenth(event_of(document))}; the table below "
                   "has every item."),
            steps_table("The ledger, step by step", (step_label(opening), opening),
                        [(step_label(step), step) for step in (silence, *items)])]


def _moved(items: list[dict[str, Any]], document: Document) -> str:
    if not items:
        return "There is no evidence yet."
    verb = "takes" if len(items) == 1 else "take"
    return f"Evidence, {counted(len(items), 'item')}, {verb} it to {tenth(event_of(document))}."


def weights(document: Document) -> list[Block]:
    """What the two measures of an item's weight mean."""
    if not document["evidence"]:
        return []
    shapley = document["shapley"]
    first = max(document["evidence"], key=lambda item: abs(shapley[item["id"]]))
    return [
        Heading("What each item weighs, whatever the order"),
        Paragraph(("In the ledger an item that repeats an earlier one looks small because it comes late. The ",
                   Strong("Shapley value"), " shares the whole movement out fairly, over all orders; it sums to the "
                   "same total. ", Strong("Leave one out"), " says what would be missing without the item, all others "
                   "kept.")),
        Figure("evidence", f"Bars of each item's weight in decibans; the heaviest is “{quoted(first['title'])}” with "
               f"{signed(shapley[first['id']])} dB. The table below has every item.")]


def leave_one_out_table(moves: dict[str, float], titles: dict[str, str], most: int) -> Table:
    """The items without which a forecast would move farthest, with their ids; a terminal shows so many of them."""
    rows = [row(Code(name), quoted(titles[name]), signed(moves[name])) for name in farthest(moves)]
    return Table("What would be missing without the item, all others kept", ("Item", "Title", "Leave one out, dB"),
                 tuple(rows), frozenset({2}), most=most)


def _items(document: Document) -> list[Block]:
    if not document["evidence"]:
        return []
    shapley, without = document["shapley"], document["leave_one_out"]
    items = heaviest(document)
    rows = [row(about(item, document), _ratios(item, document), wording.percent(item["reliability"]),
                wording.percent(item["echo"]), wording.percent(item["reach"]), f"{item['age_days']} d",
                signed(without[item["id"]]), signed(shapley[item["id"]]), more=tuple(_more(item, document)))
            for item in items]
    rows.append(row("All items together", *([""] * 6), signed(sum(shapley.values())), total=True))
    return [Heading("Each item, from its stated to its effective ratio"), Paragraph(legend(document)),
            Table(f"{HEAVIEST} ({ROUNDED})",
                  ("Item", "Ratio, stated → effective", "Reliable", "Own", "Reach", "Age", "Leave one out, dB",
                   "Shapley, dB"), tuple(rows), frozenset({2, 3, 4, 5, 6, 7}))]


def heaviest(document: Document) -> list[dict[str, Any]]:
    """The items by their Shapley values, the heaviest first."""
    shapley = document["shapley"]
    return sorted(document["evidence"], key=lambda item: (-abs(shapley[item["id"]]), item["id"]))


def legend(document: Document) -> Line:
    """What the columns of a table of items mean."""
    question = document["question"]
    names = question["names"]
    others = "; ".join(f"{h}: {quoted(name)}" for h, name in names.items() if h != question["reference"])
    return (f"Ratios compare with “{quoted(names[question['reference']])}” ({others}). ", Strong("Reliable"),
            ": probability that the report tells the worlds apart at all. ", Strong("Own"), ": probability that it "
            "adds something to what its group already says. ", Strong("Reach"), ": how far it bears on an event in the "
            "coming week; it fades with age or follows its window. The effective ratio is what is left of the stated "
            "one after all three.")


def about(item: dict[str, Any], document: Document) -> Cell:
    """Title, date, source and Admiralty code of an item, with a link to where it was published."""
    line = f"{short(item['date'])} · {source_name(document, item['source'])}, {admiralty(item)}"
    group = next((f" · group “{quoted(g['name'])}”" for g in document["groups"] if g["id"] == item["group"]), "")
    lines: list[Line] = [(Strong(quoted(item["title"])),), (Faint(line + group),)]
    address = web_address(item["url"])
    if address:
        lines.append((Link(host(address), address),))
    elif item["url"]:
        lines.append((Faint(quoted(item["url"])),))
    if item["recorded"] > document["as_of"]:
        lines.append((Strong("hindsight"), Faint(f": entered on {short(item['recorded'])}")))
    if not item["seen"]:
        lines.append((Faint("looked for, and not there"),))
    return tuple(lines)


def _ratios(item: dict[str, Any], document: Document) -> Cell:
    """An item's ratio for each hypothesis but the reference, as stated and what is left of it, one in a line."""
    lines: list[Line] = []
    for name, (_, stated, _) in item["stated"].items():
        if name != document["question"]["reference"]:
            lines.append((Faint(f"{name}{FIXED}"), f"{wording.ratio(stated)}{FIXED}→{FIXED}",
                          Strong(wording.ratio(item["effective"][name]))))
    return tuple(lines)


FIXED = "\N{NO-BREAK SPACE}"

ENCODINGS = {"likelihood_ratio": "a likelihood ratio", "probability": "probabilities", "counts": "counts"}
"""How an item may be stated."""


def _more(item: dict[str, Any], document: Document) -> list[Line]:
    """Why these numbers, and the path from the stated to the effective ratio."""
    lines = [*reasons(item), facts(item)]
    stages = f"stated → {'standing → ' if item['multiple'] != 1 else ''}reliable → own → reach"
    for name, (low, middle, high) in item["stated"].items():
        if name != document["question"]["reference"]:
            limits = "" if low == high else f" ({wording.ratio(low)}–{wording.ratio(high)})"
            path = [*([item["standing"][name]] if item["multiple"] != 1 else []), item["reliable"][name],
                    item["echoed"][name], item["effective"][name]]
            lines.append((Faint(f"{name}, {stages}: "), f"{wording.ratio(middle)}{limits} → ",
                          " → ".join(wording.ratio(value) for value in path)))
    return lines


def reasons(item: dict[str, Any]) -> list[Line]:
    """Why these numbers, in the analyst's words."""
    return [*((text,) for text in paragraphs(item["rationale"])),
            *((Strong("Note. "), text) for text in paragraphs(item["note"]))]


def facts(item: dict[str, Any]) -> Line:
    """How an item is stated."""
    said = [f"stated as {ENCODINGS[item['encoding']]}"]
    if item["window"]:
        said.append(f"speaks of {span(*item['window'])}")
    if item["multiple"] != 1:
        said.append(f"standing, counted {item['multiple']:.2g} times")
    return (Faint("Id "), Code(item["id"]), Faint(f"; {'; '.join(said)}."))


def _groups(document: Document) -> list[Block]:
    if not document["evidence"]:
        return []
    grouped = [row(quoted(group["name"]), str(group["items"]), f"{group['effective']:.2f}")
               for group in document["groups"]]
    alone = sum(1 for item in document["evidence"] if not item["group"])
    total = alone + sum(group["effective"] for group in document["groups"])
    rows = [*grouped, *([row("Items without a group", str(alone), f"{alone:.2f}")] if alone else []),
            row("Together", str(len(document["evidence"])), f"{total:.2f}", total=True)]
    return [Heading("How many independent reports there are"),
            Paragraph((f"Items that may repeat each other share a group. {counted(len(document['evidence']), 'item')} "
                       f"count as about {total:.0f} independent reports.",)),
            Table("Effective number of independent reports, by group", ("Group", "Items", "Count as"), tuple(rows),
                  frozenset({1, 2}))]


def _sources(document: Document) -> list[Block]:
    used = [source for source in document["reliability"] if source["items"]]
    if not used:
        return []
    used.sort(key=lambda source: (-abs(source["posterior"] - source["prior"]), source["id"]))
    rows = [row(quoted(source["name"]), source["grade"], str(source["items"]), tenth(source["prior"]),
                tenth(source["posterior"]), signed(100 * (source["posterior"] - source["prior"]), 1))
            for source in used]
    most = used[0]
    change = 100 * (most["posterior"] - most["prior"])
    verb = "earned" if change > 0 else "lost"
    sentence = ("No source has earned or lost anything worth telling." if abs(change) < 0.05 else
                f"{quoted(most['name'])} has {verb} most: {signed(change, 1)} points.")
    return [Heading("What sources have earned and lost"),
            Paragraph((f"A source whose dated claims fail, or whose reports fit badly with the rest, loses reliability "
                       f"in all that it says. {sentence}",)),
            Figure("sources", "The reliability of each source as graded and as the evidence leaves it; the table below "
                   "has the numbers."),
            Table("Reliability of the sources that speak",
                  ("Source", "Grade", "Items", "By grade and record", "Now", "Change, points"), tuple(rows),
                  frozenset({2, 3, 4, 5}), folded=True)]
