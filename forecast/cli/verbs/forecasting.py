"""Verbs that say what the forecast is, and why."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.options import AsJson, AsOf, Page, Where, chance, choice, dated, picture, stated, verb
from forecast.cli.output import answer, print_json, show, tell, write_html
from forecast.core.errors import InputError
from forecast.core.text import counted


@verb("forecast check --strict")
def check(workspace: Where = None, as_of: AsOf = None,
          strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on warnings too")] = False,
          form: Annotated[str, typer.Option(
              "--format", metavar="<text|github>", **choice("text", "github"),
              help="text, or github for annotations at file and line")] = "text",
          as_json: AsJson = False) -> None:
    """Validate every file, then lint the reasoning."""
    from forecast.cli import commands
    from forecast.cli.checking import Checked, annotate, refuse_wrong
    from forecast.workspace.files import OUTSIDE
    from forecast.workspace.lint import lint

    try:
        loaded = commands.open_workspace(workspace)
        refuse_wrong(loaded)
        case = loaded.case(as_of)
    except InputError as error:
        if as_json:
            print_json(Checked.refused(error.problems))
        elif form == "github":
            annotate("error", error.problems, workspace)
            raise typer.Exit(1) from None
        raise
    warnings = lint(loaded, case)
    if as_json:
        print_json(Checked.of(loaded, case, warnings))
    else:
        if form == "github":
            annotate("error" if strict else "warning", warnings, workspace)
        else:
            print(*warnings, sep="\n", end="\n" if warnings else "")
        print(commands.told_ceiling(case))
        for name, crowd in loaded.crowds.items():
            print(f"{OUTSIDE}{name}.csv: {crowd.taken}")
        print(f"{counted(len(loaded.items), 'item')}, {counted(len(loaded.indicators), 'indicator')}, "
              f"{counted(len(loaded.scenarios), 'scenario')}: valid, {counted(len(warnings), 'warning')}")
    if strict and warnings:
        raise typer.Exit(1)


@verb("forecast update --as-of 2022-12-02")
def update(workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False,
           engine: Annotated[str, typer.Option(help="exact or nuts")] = "exact") -> None:
    """Show the forecast, what moved it, and what changed.

    Changes are those since the last report.
    """
    from forecast.analysis.crowd import beside
    from forecast.cli import commands
    from forecast.report.contents.in_numbers import update_headline

    loaded = commands.open_workspace(workspace)
    crowds = loaded.crowds
    result = commands.forecast(loaded.case(as_of), engine)
    crowd = beside(result, crowds)
    if as_json:
        print_json(update_headline(result, crowd))
    else:
        from forecast.cli import reports
        from forecast.report.contents.what_if import update_document
        from forecast.report.pages.screens import update_page

        show(update_page(update_document(result, reports.change_since_last(loaded.reports, result), crowd)))


@verb("forecast plot fan --as-of 2022-12-02 -o fan.svg")
def plot(name: Annotated[str, typer.Argument(
             metavar="PICTURE", show_default=False, **choice("fan", "history", "timeline", "ledger"),
             help="fan, the chance by each date; history, earlier reports; timeline, the evidence by date; or ledger, "
                  "what adds up to the forecast")],
         output: Annotated[Path | None, stated("Write an .svg or .png and not to the terminal", "-o", "--output",
                                               metavar="FILE", parser=picture)] = None,
         workspace: Where = None, as_of: AsOf = None) -> None:
    """Draw a forecast in the terminal or to a file."""
    from forecast.cli import commands, reports
    from forecast.report.charts.drawing import written
    from forecast.report.contents.assembly import chart_document
    from forecast.report.pages.plot import page
    from forecast.report.pages.plot import picture as drawn

    loaded = commands.open_workspace(workspace)
    document = chart_document(commands.forecast(loaded.case(as_of)))
    known = reports.earlier_reports(loaded, document) if name == "history" else []
    if output is None:
        show(page(name, document, known))
    else:
        written(drawn(name, document, known), output)
        print(f"{output}: written")


@verb("forecast report --as-of 2022-12-02")
def report(workspace: Where = None, as_of: AsOf = None,
           force: Annotated[bool, typer.Option("--force", help="Replace a report that differs")] = False,
           unconfirmed: Annotated[bool, typer.Option(
               "--unconfirmed", help="Write it although the engines differ, and say so at its head")] = False) -> None:
    """Write the report of a date, confirmed by both engines.

    It is written whole or not at all.
    """
    from forecast.cli import commands, reports

    loaded = commands.open_workspace(workspace)
    print(reports.report(loaded, loaded.case(as_of), force=force, unconfirmed=unconfirmed, tell=tell))


@verb("forecast replay reports/2022-12-02")
def replay(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A report folder")],
           workspace: Where = None) -> None:
    """Recompute a stored report, and compare every number."""
    from forecast.cli import commands, reports

    print(reports.replay(commands.report_folder(folder, workspace), tell))


@verb("forecast alert --points 5")
def alert(points: Annotated[float, typer.Option(min=0, max=100, help="How far a headline has to move")] = 5.0,
          since: Annotated[date | None, dated("Compare with what would have been said then (default: with the newest "
                                              "report)")] = None,
          workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Say by the exit code whether the forecast has moved.

    It is 3 if the forecast has moved, and 0 if it has not.
    """
    from forecast.cli import commands, reports

    loaded = commands.open_workspace(workspace)
    found = reports.alert(loaded, loaded.case(as_of), points, since)
    answer(found, lambda found: found.sentence, as_json=as_json)
    if found.moved:
        raise typer.Exit(3)


@verb("forecast explain decree-not-annulled --as-of 2022-12-02")
def explain(item: Annotated[str | None, typer.Argument(metavar="ITEM", help="Id of an active item",
                                                          show_default=False)] = None,
            workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show what moves the forecast, or one item step by step.

    The steps of an item lead from its stated ratio to its effective one, and to what that does.
    """
    from forecast.cli import commands
    from forecast.engine.exact import Exact
    from forecast.report.contents.what_if import explain_document
    from forecast.report.pages.screens import explain_page, item_page

    found = explain_document(Exact(commands.open_workspace(workspace).case(as_of)), item)
    answer(found, explain_page if item is None else item_page, as_json=as_json)


@verb("forecast compare leak-is-genuine --as-of 2022-12-02")
def compare(names: Annotated[list[str] | None, typer.Argument(
                metavar="SCENARIO", help="Names in evidence/scenarios/, or a+b for two at once (default: all)",
                show_default=False)] = None,
            workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False,
            html: Page = None,
            at: Annotated[list[date] | None, dated("Show a matrix of scenarios and as-of dates; repeatable",
                                                   "--at")] = None) -> None:
    """Put scenarios beside the base case; differences are exact."""
    from forecast.cli import commands
    from forecast.report.contents.what_if import comparison_document
    from forecast.report.pages.comparison import page, render_comparison

    found = comparison_document(commands.compare(commands.open_workspace(workspace), names or [], as_of, at or []))
    if html is not None:
        write_html(html, render_comparison(found))
    answer(found, page, as_json=as_json)


@verb("forecast sensitivity --as-of 2022-12-02")
def sensitivity(workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False, html: Page = None) -> None:
    """Move every input, and find what would change the wording.

    Each input goes from its low to its high; then the smallest changes that give the forecast another term are found.
    """
    from forecast.analysis.thresholds import study
    from forecast.cli import commands
    from forecast.report.contents.what_if import sensitivity_document
    from forecast.report.pages.sensitivity import page, render_sensitivity

    found = sensitivity_document(study(commands.open_workspace(workspace).case(as_of)))
    if html is not None:
        write_html(html, render_sensitivity(found))
    answer(found, page, as_json=as_json)


@verb("forecast panel")
def panel(workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Rank the disagreements of analysts by what they are worth.

    Analysts are ranked too: by bias, boldness and noise.
    """
    from forecast.analysis.panel import panel as study
    from forecast.cli import commands
    from forecast.report.pages.opinions import panel_page

    case = commands.open_workspace(workspace).case(as_of)
    found = study(case)
    answer(found, lambda study: panel_page(case, study), as_json=as_json)


@verb("forecast watch --as-of 2022-12-02")
def watch(workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Rank the indicators by the information expected from them."""
    from forecast.cli import commands
    from forecast.engine.exact import Exact
    from forecast.report.contents.what_if import watch_document
    from forecast.report.pages.screens import watch_page

    found = watch_document(Exact(commands.open_workspace(workspace).case(as_of)))
    answer(found, watch_page, as_json=as_json)


@verb("forecast breakeven decree-not-annulled --target 0.5 --as-of 2022-12-02")
def breakeven(item: Annotated[str, typer.Argument(metavar="ITEM", help="Id of an active item")],
              target: Annotated[float, typer.Option(parser=chance, metavar="P",
                                                    help="Probability to reach, such as 0.5 or 50%")],
              by: Annotated[date | None, dated("Date of the probability (default: the horizon)")] = None,
              workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Find the ratio that would take the forecast to a target.

    It is the item's lift: the event against the mix of the alternatives, as explain ITEM shows it.
    """
    from forecast.analysis.indicators import break_even
    from forecast.cli import commands
    from forecast.report.contents.what_if import break_even_document
    from forecast.report.pages.screens import break_even_page

    found = break_even_document(break_even(commands.open_workspace(workspace).case(as_of), item, target, by))
    answer(found, break_even_page, as_json=as_json)
