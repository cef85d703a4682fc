"""Records → words in a terminal. Texts of analysts are shown, never interpreted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from forecast.analysis.attribution import Step, farthest
from forecast.analysis.indicators import BreakEven, Watch
from forecast.analysis.item_path import Path
from forecast.analysis.scenarios import Comparison, ComparisonTable
from forecast.analysis.thresholds import Crossing, Study
from forecast.core import text as wording
from forecast.core.errors import inert
from forecast.engine.forecast import Forecast
from forecast.records.case import Case

MANY, SMALL = 12, 0.05
"""Rows of a change from which on those of fewer decibans are gathered in one."""

NARROWEST = 20
"""Characters below which the column that gives way does not shrink."""

_BARS = " ▁▂▃▄▅▆▇█"


def console() -> Console:
    """A console on standard output; plain where that is no terminal."""
    return Console(highlight=False, emoji=False, soft_wrap=True)


def text(value: object, style: str = "") -> Text:
    """A text of an analyst or of ours, inert."""
    return Text("\n".join(map(inert, str(value).split("\n"))), style=style)


class _Uncut(Table):
    """A table that is rather wider than its page than cut off or torn inside its numbers."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        needed = Measurement.get(console, options.update(max_width=10_000), self).minimum
        return super().__rich_console__(console, options.update(max_width=max(options.max_width, needed)))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], wide: int = 0, *,
          tight: bool = False) -> Table:
    """A table of texts up to column `wide`, which gives way where the page is narrow, and of numbers after it."""
    result = _Uncut(title=text(title, "bold"), title_justify="left", box=SIMPLE_HEAD, pad_edge=False,
                    padding=(0, 1, 0, 0) if tight else (0, 1))
    cells = [[entry if isinstance(entry, Text) else text(entry) for entry in row] for row in rows]
    for index, column in enumerate(columns):
        longest = max(cell_len(line) for lines in (column, *(row[index].plain for row in cells))
                      for line in lines.split("\n"))
        result.add_column(text(column), justify="left" if index <= wide else "right", overflow="fold",
                          min_width=min(longest, NARROWEST) if index == wide else longest)
    for row in cells:
        result.add_row(*row)
    return result


def sparkline(values: Sequence[float]) -> str:
    """One bar for each value, from none to the largest."""
    top = max(values, default=0.0)
    return "".join(_BARS[round(8 * value / top)] if top > 0 else _BARS[0] for value in values)


def forecast(out: Console, result: Forecast, movers: dict[str, float], since: str | None,
             changes: Sequence[Step]) -> None:
    """The forecast on one screen: words, whole percents, key dates, weeks, movers and the change since a report."""
    case = result.case
    question = case.question
    out.print(text(question.title, "bold"))
    items = wording.counted(len(case.active), "item")
    out.print(text(f"As of {wording.day(case.as_of)}: {items}, {result.engine} engine"))
    out.print()
    out.print(text(f"{wording.term(result.event).capitalize()}: {wording.percent(result.event)} for "
                   f"“{question.event.name}” by {wording.day(question.horizon)} "
                   f"(5-95 % band {_band(result.band)})."))
    out.print(text(f"Analytic confidence is {wording.confidence(result.worth)}: worth "
                   f"{wording.worth(result.worth)}. It leaves out model error and dependence."))
    median = result.timing[0.5]
    out.print(text(f"If it comes, as likely before as after {wording.day(median)}."))
    out.print()
    if question.key_dates:
        rows = [(wording.day(day), wording.percent(p), _band(result.band_by(day)))
                for day, p in result.by_key_date.items()]
        out.print(table("By when", ("date", "probability", "5-95 %"), rows))
    rows = [(question.names[name], wording.percent(p), wording.percent(result.prior[name]))
            for name, p in result.hypotheses.items()]
    out.print(table("Hypotheses", ("", "now", "without evidence"), rows))
    out.print(text("Week by week", "bold"))
    for line in weekly_chart(result, width=min(out.width, 100)):
        out.print(text(line))
    out.print()
    largest = farthest(movers)[:6]
    if largest:
        titles = {item.id: item.title for item in case.active}
        out.print(table("What moves it most (without it, in decibans)", ("item", "", "decibans"),
                        [(name, titles[name], wording.db(movers[name])) for name in largest], wide=1))
    if since is not None:
        out.print(steps_table(f"Change since the report of {since}", _without_small(changes)))


def weekly_chart(result: Forecast, width: int) -> list[str]:
    """The probability of each live week as bars, with the first and the last week named."""
    weekly = list(map(float, result.weekly))
    per_bar = -(-len(weekly) // max(10, width - 2))
    bars = [sum(weekly[start:start + per_bar]) for start in range(0, len(weekly), per_bar)]
    first, last = result.weeks.spans[0][0], result.weeks.spans[-1][1]
    line = sparkline(bars)
    unit = "one week" if per_bar == 1 else f"{per_bar} weeks"
    gap = max(1, len(line) - 20)
    return [line, f"{first}{' ' * gap}{last}", f"highest bar: {100 * max(bars):.1f} % in {unit}"]


def steps_table(title: str, steps: Sequence[Step]) -> Table:
    """Rows of a ledger or of a change, with their sum."""
    rows: list[Sequence[object]] = [
        (step.id or step.kind, step.label, wording.db(step.decibans), wording.points(step.points),
         wording.percent(step.probability)) for step in steps]
    total = sum(step.decibans for step in steps)
    rows.append(("sum", "", wording.db(total), "", wording.percent(steps[-1].probability) if steps else ""))
    return table(title, ("", "", "decibans", "points", "then"), rows, wide=1)


def _without_small(steps: Sequence[Step]) -> list[Step]:
    """Rows with those that nobody would see gathered in one, where there are many; the sum stays the same."""
    small = [step for step in steps if step.id and abs(step.decibans) < SMALL]
    if len(steps) <= MANY or len(small) < 2:
        return list(steps)
    kept = [step for step in steps if step not in small]
    rest = Step("item", "others", f"{len(small)} items of less than {SMALL} decibans each",
                sum(step.decibans for step in small), steps[-1].total)
    return [*kept, rest]


def attribution(out: Console, ledger: Sequence[Step], leave: dict[str, float], shapley: dict[str, float],
                paths: Sequence[Path], case: Case) -> None:
    """Ledger, leave-one-out and Shapley values of all items, each shown as ratios against the reference."""
    out.print(steps_table("Ledger: from the opening prior to the forecast", ledger))
    event, reference = case.question.event.id, case.question.names[case.question.reference]
    rows = [(path.item.id, path.item.source, _ratio(path.stated[event]), wording.ratio(path.effective[event]),
             f"{path.echo:.2f}", f"{path.reach:.2f}", wording.db(leave[path.item.id]),
             wording.db(shapley[path.item.id])) for path in paths]
    out.print(table(f"Items, as ratios of “{case.question.event.name}” to “{reference}”",
                    ("item", "source", "stated", "effective", "echo", "reach", "without it", "Shapley"), rows, wide=1))


def path(out: Console, result: Path, case: Case) -> None:
    """One item's path from its stated to its effective ratios."""
    question, item = case.question, result.item
    out.print(text(item.title, "bold"))
    out.print(text(f"{item.id}: {item.date}, source {item.source}, {item.encoding[0]}, {result.age} days old"))
    names = [name for name in question.hypotheses if name != question.reference]
    stages: list[tuple[str, Any]] = [
        ("stated", lambda h: _ratio(result.stated[h])),
        (f"after standing (× {result.multiple:.2f} in logs)", lambda h: wording.ratio(result.standing[h])),
        (f"after reliability {result.reliability:.2f}", lambda h: wording.ratio(result.reliable[h])),
        (f"after echo {result.echo:.2f}", lambda h: wording.ratio(result.echoed[h])),
        (f"after reach {result.reach:.2f} (event next week)", lambda h: wording.ratio(result.effective[h])),
        ("in decibans", lambda h: wording.db(result.decibans(h))),
    ]
    out.print(table(f"Likelihood ratios against “{question.names[question.reference]}”",
                    ("", *(question.names[name] for name in names)),
                    [(label, *(show(name) for name in names)) for label, show in stages]))
    out.print(text(item.rationale.rstrip()))


def watched(out: Console, rows: Sequence[Watch], result: Forecast) -> None:
    """Indicators by expected information, with a sentence for each."""
    out.print(table("Indicators, by the information expected from them",
                    ("indicator", "by", "chance", "if seen", "if not", "bits"),
                    [(row.indicator.id, str(row.indicator.by), wording.percent(row.chance),
                      wording.percent(row.if_seen), wording.percent(row.if_not_seen), f"{row.bits:.4f}")
                     for row in rows], wide=1))
    for row in rows:
        out.print(text(watch_sentence(row, result)))


def watch_sentence(row: Watch, result: Forecast) -> str:
    """Say what seeing an indicator, or not, would do; another term of likelihood is named."""
    def to(probability: float) -> str:
        term = wording.term(probability)
        return wording.percent(probability) + (f", {term}" if term != wording.term(result.event) else "")

    return (f"{row.indicator.title}: seen by {wording.day(row.indicator.by)} (chance "
            f"{wording.percent(row.chance)}), it would take the forecast from {wording.percent(result.event)} to "
            f"{to(row.if_seen)}; not seen, to {to(row.if_not_seen)}.")


def comparison(out: Console, shown: ComparisonTable) -> None:
    """Scenarios beside the base case, what makes the differences, interactions, and scenarios through time."""
    base = shown.base
    days = base.case.question.key_dates
    rows: list[Sequence[object]] = [("base", wording.percent(base.event), _band(base.band), "", "")]
    rows += [(row.name, wording.percent(row.forecast.event), _band(row.forecast.band), wording.points(row.points),
              wording.db(row.decibans)) for row in shown.rows]
    out.print(table(f"As of {wording.day(base.as_of)}", ("", "probability", "5-95 %", "points", "decibans"), rows))
    if days:
        everything = [("base", base), *((row.name, row.forecast) for row in shown.rows)]
        out.print(table("By when", ("", *(f"{day.day} {day:%b %y}" for day in days)), [
            (name, *(wording.percent(each.by(day)) for day in days)) for name, each in everything]))
    for row in shown.rows:
        out.print(text(comparison_sentence(row)))
    for name, both in shown.interactions.items():
        out.print(text(f"{name}: {wording.db(both.both)} decibans together, {wording.db(both.first)} and "
                       f"{wording.db(both.second)} alone; interaction {wording.db(both.interaction)}."))
    if shown.dates:
        names = ["base", *(row.name for row in shown.rows)]
        out.print(table("Through time", ("", *map(str, shown.dates)),
                        [(name, *map(wording.percent, line)) for name, line in
                         zip(names, shown.matrix, strict=True)]))


def comparison_sentence(row: Comparison, most: int = 4) -> str:
    """Say what a scenario supposes, what that makes of the forecast, and which records and items make it."""
    steps = sorted((step for step in row.steps if _felt(step.decibans)), key=lambda step: -abs(step.decibans))
    named = {step.id for step in steps}
    items = [(name, value) for name, value in row.weights.items() if abs(value) >= SMALL and name not in named]
    what = ", ".join(f"{_step_name(step)} {wording.db(step.decibans)}" for step in steps[:most])
    more = ", ".join(f"{name} {wording.db(value)}" for name, value in items[:most - 1])
    return (f"{row.name}: {row.title}: {100 * row.forecast.event:.1f} %, {wording.term(row.forecast.event)}. "
            f"{what or 'No difference'}"
            f"{f' and {len(steps) - most} smaller' if len(steps) > most else ''}."
            f"{f' Items that weigh more or less: {more}.' if more else ''}")


def _step_name(step: Step) -> str:
    return f"{step.id} ({step.label})" if step.id == "question" else step.id or step.kind


def _felt(decibans: float) -> bool:
    """Whether a number of decibans is not shown as zero."""
    return abs(decibans) >= 0.005


def break_even(out: Console, found: BreakEven) -> None:
    """The ratio that would take the forecast to a target."""
    out.print(text(found.item.title, "bold"))
    out.print(text(f"P(event by {found.by}) is {wording.percent(found.probability)} at the stated ratio "
                   f"{wording.ratio(found.stated)}."))
    if found.ratio is None:
        out.print(text(f"No ratio takes it to {wording.percent(found.target)}: none between 1/1000 and 1000."))
    else:
        out.print(text(f"A ratio of {wording.ratio(found.ratio)} would take it to {wording.percent(found.target)}."))


def sensitivity(out: Console, found: Study, most: int = 15) -> None:
    """How the term of a forecast holds as inputs move: one at a time, up to its edges, and two at once."""
    term, (low, high) = wording.term(found.base.event), wording.range_of(found.base.event)
    out.print(text(found.base.case.question.title, "bold"))
    out.print(text(f"As of {wording.day(found.base.as_of)}: {wording.percent(found.base.event)}, “{term}” "
                   f"({100 * low:.0f} to {100 * high:.0f} %). Of {len(found.swings)} inputs, each moved alone to its "
                   f"low and its high, {len(found.swings) - len(found.leaving)} leave the term as it is."))

    def marked(probability: float) -> str:
        return f"{wording.percent(probability)} {' ' if wording.term(probability) == term else '*'}"

    rows = [(s.input.label, f"{s.input.low} to {s.input.high}", *map(marked, s.probabilities), f"{s.width:.2f}")
            for s in found.swings[:most]]
    out.print(table(f"The {len(rows)} widest of {len(found.swings)} inputs, at low and at high (* another term)",
                    ("", "low to high", "at low  ", "at high  ", "dB wide"), rows))
    for crossing in found.crossings:
        out.print(text(f"To “{crossing.term}” ({100 * crossing.target:.0f} %)", "bold"))
        for line in crossing_sentences(crossing):
            out.print(text(line))
    for each in found.maps[:1]:
        columns = [each.across.value(place) for place in each.columns]
        out.print(table(f"{each.down.label} (down) and {each.across.label} (across)", ("", *columns),
                        [(each.down.value(place), *map(wording.percent, line))
                         for place, line in zip(each.rows, each.probability, strict=True)]))


def crossing_sentences(crossing: Crossing, most: int = 5) -> list[str]:
    """Say which inputs would take a forecast to the edge of its term, alone and together."""
    lines = [f"Alone: {shift.input.label}: {shift.input.value(shift.place)} instead of {shift.input.value(0.0)}."
             for shift in crossing.alone[:most]]
    if len(crossing.alone) > most:
        lines.append(f"{len(crossing.alone) - most} more would do it alone.")
    if not crossing.alone:
        lines.append("No input does it alone between its low and its high.")
    if crossing.distance is None:
        return [*lines, "No change of all inputs at once was found that does it."]
    parts = "; ".join(f"{shift.input.label}: {shift.input.value(shift.place)} instead of {shift.input.value(0.0)}"
                      for shift in crossing.together[:most])
    return [*lines, f"All at once, {crossing.distance:.2f} standard deviations suffice. Most of it: {parts}."]


def _band(band: tuple[float, float]) -> str:
    return f"{wording.percent(band[0])} to {wording.percent(band[1])}"


def _ratio(value: Any) -> str:
    low, high = value.bounds()
    if low == high:
        return wording.ratio(value.stated)
    return f"{wording.ratio(value.stated)} ({wording.ratio(low)} to {wording.ratio(high)})"
