"""The command line: words typed → calls → words printed. Verbs are thin; heavy imports wait until one needs them."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli import process
from forecast.cli.output import fail, print_json, refused, show, tell
from forecast.core.errors import ForecastError, InputError
from forecast.core.text import counted

app = typer.Typer(name="forecast", no_args_is_help=True, add_completion=True, rich_markup_mode=None,
                  pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]},
                  help="Whether, and when, one event will happen: evidence as likelihood ratios, one posterior.",
                  epilog="Example: forecast init my-question")


def _day(value: str) -> date:
    from forecast.records.types import parsed_day

    if (day := parsed_day(value)) is None:
        raise typer.BadParameter(f"{value} is not a date; write YYYY-MM-DD")
    return day


def _days(value: str) -> int:
    match = re.fullmatch(r"([1-9][0-9]{0,4})([dw])", value)
    if match is None:
        raise typer.BadParameter(f"{value} is not a number of days; write a whole number and d or w, such as 7d or 2w")
    return int(match[1]) * (7 if match[2] == "w" else 1)


def _print_version(asked: bool) -> None:
    if asked:
        from forecast import __version__

        print(f"forecast {__version__}")
        raise typer.Exit


Where = Annotated[Path | None, typer.Option("--workspace", help="Folder or file of the workspace",
                                            show_default=False)]
AsOf = Annotated[date | None, typer.Option("--as-of", parser=_day, metavar="DATE", show_default=False,
                                           help="Last day on which anything is known (default: today or, outside "
                                                "the question, the newest item's date)")]
Folders = Annotated[list[Path] | None, typer.Argument(metavar="DIR", show_default=False,
                                                      help="Folders of workspaces (default: found upwards)")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else")]
Page = Annotated[Path | None, typer.Option("--html", metavar="FILE", show_default=False,
                                           help="Write a page in the style of the report")]


def verb[F: Callable[..., None]](example: str) -> Callable[[F], F]:
    """Register a command whose help ends with an example to copy."""
    return app.command(example.split()[1], epilog=f"Example: {example}")


@app.callback()
def options(version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_print_version,
                                                  help="Print the version")] = False) -> None:
    """Take the options that stand before a verb."""


@verb("forecast check --strict")
def check(workspace: Where = None, as_of: AsOf = None,
          strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on warnings too")] = False) -> None:
    """Validate every file, then lint the reasoning."""
    from forecast.cli import commands
    from forecast.workspace.loader import check as read_all

    loaded = commands.open_workspace(workspace, read_all)
    case = loaded.case(as_of)
    warnings = commands.lint(loaded, case)
    for warning in warnings:
        print(warning)
    print(commands.told_ceiling(case))
    print(f"{counted(len(loaded.items), 'item')}, {counted(len(loaded.indicators), 'indicator')}, "
          f"{counted(len(loaded.scenarios), 'scenario')}: valid, {counted(len(warnings), 'warning')}")
    if strict and warnings:
        raise typer.Exit(1)


@verb("forecast update --as-of 2022-12-02")
def update(workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False,
           engine: Annotated[str, typer.Option(help="exact or nuts")] = "exact") -> None:
    """Compute the forecast and show it with what moved it and what changed since the last report."""
    from forecast.cli import commands

    loaded = commands.open_workspace(workspace)
    case = loaded.case(as_of)
    result = commands.forecast(case, engine)
    if as_json:
        from forecast.analysis.headline import headline

        print_json(headline(result))
    else:
        from forecast.report.pages.update import page
        from forecast.report.what_if import update_document

        show(page(update_document(result, commands.change_since_last(loaded.reports, result))))


@verb("forecast report --as-of 2022-12-02")
def report(workspace: Where = None, as_of: AsOf = None,
           force: Annotated[bool, typer.Option("--force", help="Replace a report that differs")] = False,
           unconfirmed: Annotated[bool, typer.Option(
               "--unconfirmed", help="Write it although the engines differ, and say so at its head")] = False) -> None:
    """Write the report of a date with both engines, whole or not at all."""
    from forecast.cli import commands

    loaded = commands.open_workspace(workspace)
    print(commands.report(loaded, loaded.case(as_of), force=force, unconfirmed=unconfirmed, tell=tell))


@verb("forecast replay reports/2022-12-02")
def replay(folder: Annotated[Path, typer.Argument(help="A report folder")]) -> None:
    """Recompute a report from what it stored, and say whether every number is the same."""
    from forecast.cli import commands

    print(commands.replay(folder, tell))


@verb("forecast explain decree-not-annulled")
def explain(item: Annotated[str | None, typer.Argument(help="Id of an active item", show_default=False)] = None,
            workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show what moves the forecast, or one item's path from its stated to its effective ratio."""
    from forecast.cli import commands
    from forecast.report.pages.explain import item_page, page
    from forecast.report.what_if import explain_document

    found = explain_document(commands.engine(commands.open_workspace(workspace).case(as_of)), item)
    if as_json:
        print_json(found)
    else:
        show(page(found) if item is None else item_page(found))


@verb("forecast compare leak-is-genuine information-war")
def compare(names: Annotated[list[str] | None, typer.Argument(
                metavar="[SCENARIO]...", help="Names in evidence/scenarios/, or a+b for two at once (default: all)",
                show_default=False)] = None,
            workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False,
            html: Page = None,
            at: Annotated[list[date] | None, typer.Option(
                "--at", parser=_day, metavar="DATE", show_default=False,
                help="Show a matrix of scenarios and as-of dates; repeatable")] = None) -> None:
    """Put scenarios beside the base case; differences are exact."""
    from forecast.cli import commands
    from forecast.report.pages.comparison import page
    from forecast.report.what_if import comparison_document

    found = comparison_document(commands.compare(commands.open_workspace(workspace), names or [], as_of, at or []))
    if html is not None:
        commands.write_comparison(found, html)
    if as_json:
        print_json(found)
    else:
        show(page(found))


@verb("forecast sensitivity --as-of 2022-12-02")
def sensitivity(workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False, html: Page = None) -> None:
    """Move every input from low to high, and find the smallest changes that would give the forecast another term."""
    from forecast.analysis.thresholds import study
    from forecast.cli import commands
    from forecast.report.pages.sensitivity import page
    from forecast.report.what_if import sensitivity_document

    found = sensitivity_document(study(commands.open_workspace(workspace).case(as_of)))
    if html is not None:
        commands.write_sensitivity(found, html)
    if as_json:
        print_json(found)
    else:
        show(page(found))


@verb("forecast panel")
def panel(workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Rank items by what the disagreement of analysts is worth, and analysts by bias, boldness and noise."""
    from forecast.analysis.panel import panel as study
    from forecast.cli import commands
    from forecast.report.pages.panel import page

    case = commands.open_workspace(workspace).case(as_of)
    found = study(case)
    if as_json:
        print_json(found)
    else:
        show(page(case, found))


@verb("forecast watch")
def watch(workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Rank the indicators by the information expected from them."""
    from forecast.cli import commands
    from forecast.report.pages.indicators import page
    from forecast.report.what_if import watch_document

    found = watch_document(commands.engine(commands.open_workspace(workspace).case(as_of)))
    if as_json:
        print_json(found)
    else:
        show(page(found))


@verb("forecast breakeven decree-not-annulled --target 0.5")
def breakeven(item: Annotated[str, typer.Argument(help="Id of an active item")],
              target: Annotated[float, typer.Option(help="Probability to reach, such as 0.5")],
              by: Annotated[date | None, typer.Option(parser=_day, metavar="DATE", show_default=False,
                                                      help="Date of the probability (default: the horizon)")] = None,
              workspace: Where = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Find the ratio of an item that would take the forecast to a target."""
    from forecast.analysis.indicators import break_even
    from forecast.cli import commands
    from forecast.report.pages.indicators import break_even_page
    from forecast.report.what_if import break_even_document

    found = break_even_document(break_even(commands.open_workspace(workspace).case(as_of), item, target, by))
    if as_json:
        print_json(found)
    else:
        show(break_even_page(found))


@verb("forecast backtest --from 2022-09-30 --to 2024-12-27")
def backtest(folders: Folders = None, workspace: Where = None,
             start: Annotated[date | None, typer.Option("--from", parser=_day, metavar="DATE", show_default=False,
                                                        help="First date (default: the opening)")] = None,
             stop: Annotated[date | None, typer.Option("--to", parser=_day, metavar="DATE", show_default=False,
                                                       help="Last date (default: today, or the question's end)")
                             ] = None,
             every: Annotated[int, typer.Option(parser=_days, metavar="DURATION",
                                                help="Time from date to date, such as 7d or 2w")] = "7d",  # type: ignore[assignment]
             known_then: Annotated[bool, typer.Option(
                 "--known-then", help="Leave out what had not been recorded by the date")] = False,
             jobs: Annotated[int | None, typer.Option(min=1, show_default=False,
                                                      help="Processes (default: one for each core)")] = None,
             cluster: Annotated[str | None, typer.Option(metavar="ADDRESS", show_default=False,
                                                         help="Compute on the Dask cluster of this scheduler")] = None,
             charts: Annotated[bool, typer.Option("--charts/--no-charts", help="Draw charts and a page")] = True,
             as_json: AsJson = False) -> None:
    """Forecast as of each week with what was public then, and write it to reports/backtest/ with charts."""
    from forecast.evaluation import parallel as workers

    workers.prepare(jobs, cluster)
    from forecast.evaluation import batch
    from forecast.evaluation.backtest import Dates

    found = batch.run(batch.folders_of(folders, workspace), Dates(start, stop, every, date.today()),
                      known_then=known_then, jobs=jobs, cluster=cluster, write=not as_json)
    documents = {path: each.document() for path, each in found.items()}
    if as_json:
        from forecast.evaluation.backtest import BacktestsDocument

        print_json(BacktestsDocument(backtests=tuple(documents.values())))
        return
    from forecast.report.pages.backtest import backtest_page, brief_page, write_charts

    if charts:
        write_charts(documents)
    for path, document in documents.items():
        show(backtest_page(document) if len(documents) == 1 else brief_page(document))
        print(f"\n{path}{f' and, for reading, {path.stem}.html' if charts else ''}")


@verb("forecast score")
def score(folders: Folders = None, workspace: Where = None,
          as_of: Annotated[date | None, typer.Option(
              "--as-of", parser=_day, metavar="DATE", show_default=False,
              help="Score what was known by then; an open question had no event (default: by `resolved`)")] = None,
          as_json: AsJson = False) -> None:
    """Score reports and backtests against the outcome, beside baselines and outside forecasts."""
    from forecast.evaluation import batch
    from forecast.evaluation.scoreboard import scoreboard

    board = scoreboard(batch.open_all(batch.folders_of(folders, workspace)), as_of)
    if as_json:
        print_json(board)
    else:
        from forecast.report.pages.scores import page

        show(page(board))


@verb("forecast calibrate examples/proving-ground/open --out calibration/")
def calibrate(folders: Annotated[list[Path], typer.Argument(
                  metavar="DIR...", help="Resolved cases: folders, files, or folders of files")],
              out: Annotated[Path | None, typer.Option(
                  metavar="DIR", show_default=False,
                  help="Folder for calibration.yaml, calibration.json and calibration.md")] = None,
              cutoff: Annotated[date | None, typer.Option(
                  "--as-of", parser=_day, metavar="DATE", show_default=False,
                  help="Last day on which a deadline had to have passed (default: today)")] = None,
              crowd: Annotated[Path | None, typer.Option(
                  metavar="CSV", exists=True, dir_okay=False, show_default=False,
                  help="What a crowd said on first dates, as id,probability")] = None,
              weigh_no: Annotated[float, typer.Option(
                  min=0.01, max=100, help="How much a question counts whose event did not happen")] = 1.0,
              sample: Annotated[bool, typer.Option("--nuts/--no-nuts", help="Sample what was integrated, too")] = True,
              commit: Annotated[Path | None, typer.Option(
                  metavar="CSV", show_default=False,
                  help="Learn nothing; write forecasts of the cases by the calibration that they take")] = None,
              jobs: Annotated[int | None, typer.Option(min=1, show_default=False,
                                                       help="Processes (default: one for each core)")] = None,
              cluster: Annotated[str | None, typer.Option(
                  metavar="ADDRESS", show_default=False, help="Compute on the Dask cluster of this scheduler")] = None,
              as_json: AsJson = False) -> None:
    """Learn from resolved questions how much evidence is worth, and score that on questions left out."""
    from forecast.evaluation import parallel as workers

    workers.prepare(jobs, cluster)
    from forecast.cli import calibrating

    if commit is not None:
        print(calibrating.commit(folders, commit))
        return
    study = calibrating.learn(folders, cutoff or date.today(), crowd, weigh_no, sample=sample, jobs=jobs,
                              cluster=cluster, tell=tell)
    if out is not None:
        tell(calibrating.write(study, out))
    if as_json:
        print(study.json_text(), end="")
    else:
        from forecast.report.pages.calibration import page

        show(page(study))


@verb("forecast init my-question")
def init(folder: Annotated[Path, typer.Argument(help="Folder to make; its name becomes the id of the question")],
         title: Annotated[str | None, typer.Option(help="What is asked", show_default=False)] = None,
          opens: Annotated[date | None, typer.Option(parser=_day, metavar="DATE", show_default=False,
                                                    help="First day that counts (default: today)")] = None,
         horizon: Annotated[date | None, typer.Option(parser=_day, metavar="DATE", show_default=False,
                                                      help="Last day (default: half a year later)")] = None) -> None:
    """Make a fresh workspace with a toy question that passes check."""
    from forecast.workspace.starting import init as make

    made = make(folder, date.today(), title, opens, horizon)
    print(f"{folder}: “{made.question.title}” is ready; cd {folder}, then forecast update")


@verb("forecast new decree-annulled --from-indicator closing-decree --not-seen")
def new(name: Annotated[str, typer.Argument(metavar="ID", help="Id of the new item")],
        title: Annotated[str | None, typer.Option(help="What became public", show_default=False)] = None,
        source: Annotated[str | None, typer.Option(help="Id of the source", show_default=False)] = None,
        day: Annotated[date | None, typer.Option("--date", parser=_day, metavar="DATE", show_default=False,
                                                 help="Day it became public (default: the as-of date)")] = None,
        how_often: Annotated[list[str] | None, typer.Option(
            "--if", metavar="HYPOTHESIS=P", show_default=False,
            help="How often you would see this under a hypothesis: 0.3 or 0.2,0.3,0.45; once for each")] = None,
        counts: Annotated[list[str] | None, typer.Option(
            "--counts", metavar="HYPOTHESIS=SEEN/OF", show_default=False,
            help="In how many comparable cases it was seen, such as 3/4; once for each hypothesis")] = None,
        ratio: Annotated[list[str] | None, typer.Option(
            "--ratio", metavar="HYPOTHESIS=R", show_default=False,
            help="How many times likelier it is than under the reference: 1.5 or 1.2,1.5,2")] = None,
        window: Annotated[str | None, typer.Option(metavar="FIRST,LAST", show_default=False,
                                                   help="Days of which a dated claim speaks")] = None,
        standing: Annotated[str | None, typer.Option(
            metavar="EVERY", show_default=False,
            help="It goes on, and the values are for so long: 4w, or every=4w,at_most=13w,until=DATE")] = None,
        about: Annotated[str | None, typer.Option(help="sign or condition", show_default=False)] = None,
        says: Annotated[str | None, typer.Option(help="fact or report", show_default=False)] = None,
        rationale: Annotated[str | None, typer.Option(help="Why these numbers", show_default=False)] = None,
        credibility: Annotated[int | None, typer.Option(min=1, max=6, help="Admiralty", show_default=False)] = None,
        group: Annotated[str | None, typer.Option(help="Id of a group", show_default=False)] = None,
        url: Annotated[str | None, typer.Option(help="Where it can be read", show_default=False)] = None,
        indicator: Annotated[str | None, typer.Option(
            "--from-indicator", metavar="ID", help="Take title and numbers from an indicator, which it replaces",
            show_default=False)] = None,
        seen: Annotated[bool, typer.Option("--seen/--not-seen", help="Whether what was looked for was there")] = True,
        yes: Annotated[bool, typer.Option("--yes", help="Write without asking")] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it, and write nothing")] = False,
        workspace: Where = None, as_of: AsOf = None) -> None:
    """Write a new item; asks for what is missing, and shows what it does to the forecast before it is written."""
    from forecast.cli import commands, prompts
    from forecast.cli.questions import Stated

    given = {"title": title, "source": source, "credibility": None if credibility is None else str(credibility),
             "group": group, "url": url, "rationale": rationale, "window": window, "standing": standing,
             "about": about, "says": says}
    prompts.new_item(commands.open_folder(workspace),
                     prompts.Wanted(name, as_of, day, indicator, seen=seen, yes=yes, dry_run=dry_run), given,
                     Stated(how_often or [], counts or [], ratio or []), date.today())


@verb("forecast encode questions/ --analyst a --out encodings/")
def encode(questions: Annotated[list[Path], typer.Argument(metavar="QUESTION...",
                                                           help="Neutral cases: YAML files, or folders of them")],
           out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the log ANALYST.log.jsonl; with "
                                                                 "--collect, of the cases")],
           analyst: Annotated[str | None, typer.Option(help="Id of the encoder", show_default=False)] = None,
           as_json: Annotated[bool, typer.Option(
               "--json", help="Requests as lines of JSON on stdout, answers as lines of JSON from stdin")] = False,
           at_once: Annotated[bool, typer.Option(
               "--at-once", help="With --json: show all items of a date together, once the outside view is stored; "
                                 "the log says so")] = False,
           collected: Annotated[list[Path] | None, typer.Option(
               "--collect", metavar="LOG", show_default=False,
               help="Make cases from the log of an encoder, once for each; the first one's values come first")] = None,
           outcomes: Annotated[Path | None, typer.Option(
               metavar="CSV", exists=True, dir_okay=False, show_default=False,
               help="With --collect: how questions were resolved, as id,outcome,date")] = None,
           force: Annotated[bool, typer.Option("--force", help="With --collect: replace cases that differ")] = False
           ) -> None:
    """Take the outside view of each question, then its items one by one, into a log that shows the order."""
    from forecast.cli import encoding

    if collected:
        print(encoding.collect(questions, collected, out, outcomes, force=force))
        return
    raise typer.Exit(encoding.encode(questions, encoding.checked_analyst(analyst), out, as_json=as_json,
                                     at_once=at_once))


@verb("forecast import timeline.csv")
def import_(table: Annotated[Path, typer.Argument(metavar="CSV", exists=True, dir_okay=False,
                                                  help="Columns date, statement; source, url, credibility, group, note "
                                                       "if there are any")],
            workspace: Where = None) -> None:
    """Turn the rows of a CSV into drafts in evidence/drafts/, which forecasts ignore."""
    from forecast.cli import commands
    from forecast.workspace.drafts import import_drafts

    print(import_drafts(commands.open_folder(workspace), table, date.today()))


@verb("forecast schema")
def schema(folder: Annotated[Path | None, typer.Option("--write", help="Folder to write them to",
                                                       show_default=False)] = None) -> None:
    """Print the JSON Schemas of the files that analysts write, or write them for an editor."""
    from forecast.records.json_schema import schemas
    from forecast.workspace.starting import write_schemas

    if folder is None:
        print_json(schemas())
    else:
        print(f"{folder}: {', '.join(path.name for path in write_schemas(folder))}")


@verb("forecast desk --port 8501")
def desk(workspace: Where = None,
         port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1")] = 8501,
         no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page")] = False) -> None:
    """Open the what-if page, on this machine alone."""
    from forecast.cli import commands
    from forecast.desk import run

    run(commands.open_folder(workspace).root, port, browser=not no_browser)


def main() -> None:
    """Run a command; print what an analyst can mend, and never a traceback."""
    # Libraries and files are loaded and kept: the collector need not look for cycles among them again and again.
    gc.set_threshold(100_000, 50, 50)
    try:
        _run()
    except InputError as error:
        fail("\n".join(map(refused, error.problems)), error)
    except ForecastError as error:
        fail(f"forecast: {error}", error)
    except OSError as error:
        fail(f"forecast: {error.filename or 'the file system'}: {error.strerror or error}; "
              "nothing was lost, mend it and run the command again", error)
    except UnicodeDecodeError as error:
        fail(f"forecast: what was typed is not {error.encoding}; type it so, or set PYTHONIOENCODING", error)
    except MemoryError as error:
        fail("forecast: the memory of this machine does not suffice for this workspace", error)
    except Exception as error:
        fail(f"forecast: a fault of the program, not of your files ({type(error).__name__}: {error}); "
              "FORECAST_DEBUG=1 shows where", error)


def _run() -> None:
    """Run a command until what it prints is written; a library may have made another error of Ctrl+C."""
    try:
        try:
            app(prog_name="forecast")
        except SystemExit as ended:
            if ended.code == process.INTERRUPTED:
                raise KeyboardInterrupt from None
            sys.stdout.flush()
            raise
        except Exception:
            if process.interrupted():
                raise KeyboardInterrupt from None
            raise
    except KeyboardInterrupt:
        process.say_interrupted()
        sys.exit(process.INTERRUPTED)


if __name__ == "__main__":
    main()
