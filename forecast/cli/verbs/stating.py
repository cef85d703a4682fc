"""Verbs that make and change what analysts state, and the desk."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from forecast.cli.options import AsJson, AsOf, Where, day, verb
from forecast.cli.output import inert_lines, print_json


@verb("forecast init my-question")
def init(folder: Annotated[Path, typer.Argument(metavar="FOLDER",
                                                help="Folder to make; its name becomes the id of the question")],
         title: Annotated[str | None, typer.Option(
             help="What you ask; the rest is then left for you to fill in (default: a toy question)",
             show_default=False)] = None,
         opens: Annotated[date | None, typer.Option(parser=day, metavar="DATE", show_default=False,
                                                    help="First day that counts (default: today)")] = None,
         horizon: Annotated[date | None, typer.Option(parser=day, metavar="DATE", show_default=False,
                                                      help="Last day (default: half a year later)")] = None) -> None:
    """Make a fresh workspace with a toy question that passes check.

    With --title it holds that question instead, with placeholders and without evidence.
    """
    from forecast.workspace.starting import init as make

    made = make(folder, date.today(), title, opens, horizon)
    then = "forecast update" if title is None else "fill in priors/question.yaml"
    print(f"{folder}: “{made.question.title}” is ready; cd {quote(str(folder))}, then {then}")


@verb("forecast new decree-annulled --from-indicator closing-decree --not-seen")
def new(name: Annotated[str, typer.Argument(metavar="ID", help="Id of the new item")],
        title: Annotated[str | None, typer.Option(help="What became public", show_default=False)] = None,
        source: Annotated[str | None, typer.Option(help="Id of the source", show_default=False)] = None,
        day: Annotated[date | None, typer.Option(
            "--date", parser=day, metavar="DATE", show_default=False,
            help="Day it became public (default: the as-of date, or today if that is earlier)")] = None,
        how_often: Annotated[list[str] | None, typer.Option(
            "--if", metavar="HYPOTHESIS=P", show_default=False,
            help="How often you would see this under a hypothesis: 0.3 or 0.2,0.3,0.45; once for each")] = None,
        counts: Annotated[list[str] | None, typer.Option(
            "--counts", metavar="HYPOTHESIS=SEEN/OF", show_default=False,
            help="In how many comparable cases it was seen, such as 3/4; once for each hypothesis")] = None,
        ratio: Annotated[list[str] | None, typer.Option(
            "--ratio", metavar="HYPOTHESIS=R", show_default=False,
            help="How many times likelier it is than under the reference: 1.5, 1.2,1.5,2 or a word, such as clearly "
                 "against")] = None,
        window: Annotated[str | None, typer.Option(metavar="FIRST,LAST", show_default=False,
                                                   help="Days of which a dated claim speaks")] = None,
        standing: Annotated[str | None, typer.Option(
            metavar="EVERY", show_default=False,
            help="It goes on, and the values are for so long: 4w, or every=4w,at_most=13w,until=DATE")] = None,
        kept: Annotated[str | None, typer.Option(
            metavar="SHARE", show_default=False,
            help="Of a claim: the share of such announcements that are kept, 0.2 or 0.1,0.2,0.35")] = None,
        about: Annotated[str | None, typer.Option(help="sign or condition; a claim has a window", show_default=False)
                         ] = None,
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
    """Write a new item, asking for what is missing.

    What the item does to the forecast is shown before it is written.
    """
    from forecast.cli import commands
    from forecast.cli.dialogues import new_item as prompts
    from forecast.cli.dialogues.questions import Stated

    given = {"title": title, "date": None if day is None else str(day), "source": source,
             "credibility": None if credibility is None else str(credibility), "group": group, "url": url,
             "rationale": rationale, "window": window, "standing": standing, "about": about, "says": says}
    prompts.new_item(commands.open_folder(workspace),
                     prompts.Wanted(name, as_of, indicator, seen=seen, yes=yes, dry_run=dry_run), given,
                     Stated(how_often or [], counts or [], ratio or [], kept), date.today())


@verb("forecast import clippings.csv --map date=Published,title=Headline")
def import_(file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False,
                                                 help="A CSV, an RSS or Atom feed, a STIX 2.1 bundle or MISP events")],
            columns: Annotated[list[str] | None, typer.Option(
                "--map", metavar="FIELD=COLUMN,...", show_default=False,
                help="Columns of a table: date, title, source, url, grade, credibility, confidence, group, note, "
                     "rationale, id; One+Other joins two")] = None,
            kind: Annotated[str | None, typer.Option(
                "--from", metavar="FORMAT", show_default=False,
                help="csv, acled, gdelt, feed, stix or misp (default: as the file looks)")] = None,
            dates: Annotated[str | None, typer.Option(
                metavar="ORDER", show_default=False, help="How dates such as 12.1.2024 are meant: DMY, MDY or YMD")
                ] = None,
            decimal_comma: Annotated[bool, typer.Option("--decimal-comma", help="Numbers are written as 2,5")] = False,
            skip_known: Annotated[bool, typer.Option(
                "--skip-known", help="Leave out, and name, what has the url of an item or of a draft")] = False,
            workspace: Where = None, as_json: AsJson = False) -> None:
    """Turn what others wrote into drafts of items.

    Drafts lie in evidence/drafts/, and forecasts ignore them.
    """
    from forecast.cli import commands
    from forecast.workspace.imports.drafts import import_drafts
    from forecast.workspace.imports.reading import wanted
    from forecast.workspace.imports.tables import parsed_map

    asked = wanted(kind, parsed_map(columns or []), dates, decimal_comma=decimal_comma, skip_known=skip_known)
    found = import_drafts(commands.open_folder(workspace), file, date.today(), asked)
    if as_json:
        print_json(found)
    else:
        print(inert_lines(str(found)))


@verb("forecast schema")
def schema(folder: Annotated[Path | None, typer.Option("--write", help="Folder to write them to",
                                                       show_default=False)] = None) -> None:
    """Print or write JSON Schemas of the files, for editors."""
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
