"""Verbs that make and change what analysts state, and the desk."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from forecast.cli.options import AsJson, AsOf, Where, dated, stated, verb
from forecast.cli.output import answer, print_json


@verb("forecast init my-question")
def init(folder: Annotated[Path, typer.Argument(metavar="FOLDER",
                                                help="Folder to make; its name becomes the id of the question")],
         title: Annotated[str | None, stated("What you ask; the rest is then left for you to fill in (default: a toy "
                                             "question)")] = None,
         opens: Annotated[date | None, dated("First day that counts (default: today)")] = None,
         horizon: Annotated[date | None, dated("Last day (default: half a year later)")] = None) -> None:
    """Make a fresh workspace with a toy question that passes check.

    With --title it holds that question instead, with placeholders and without evidence.
    """
    from forecast.workspace.starting import init as make

    made = make(folder, date.today(), title, opens, horizon)
    then = "forecast update" if title is None else "fill in priors/question.yaml"
    print(f"{folder}: “{made.question.title}” is ready; cd {quote(str(folder))}, then {then}")


@verb("forecast new no-closing-decree --from-indicator closing-decree --not-seen")
def new(name: Annotated[str, typer.Argument(metavar="ID", help="Id of the new item")],
        title: Annotated[str | None, stated("What became public")] = None,
        source: Annotated[str | None, stated("Id of the source")] = None,
        day: Annotated[date | None, dated("Day it became public (default: the as-of date, or today if that is earlier)",
                                          "--date")] = None,
        how_often: Annotated[list[str] | None, stated(
            "How often you would see this under a hypothesis: 0.3 or 0.2,0.3,0.45; once for each", "--if",
            metavar="HYPOTHESIS=P")] = None,
        counts: Annotated[list[str] | None, stated(
            "In how many comparable cases it was seen, such as 3/4; once for each hypothesis",
            metavar="HYPOTHESIS=SEEN/OF")] = None,
        ratio: Annotated[list[str] | None, stated(
            "How many times likelier it is than under the reference: 1.5, 1.2,1.5,2 or a word, such as clearly against",
            metavar="HYPOTHESIS=R")] = None,
        window: Annotated[str | None, stated("Days of which a dated claim speaks", metavar="FIRST,LAST")] = None,
        standing: Annotated[str | None, stated(
            "It goes on, and the values are for so long: 4w, or every=4w,at_most=13w,until=DATE",
            metavar="EVERY")] = None,
        kept: Annotated[str | None, stated("Of a claim: the share of such announcements that are kept, 0.2 or "
                                           "0.1,0.2,0.35", metavar="SHARE")] = None,
        about: Annotated[str | None, stated("sign or condition; a claim has a window")] = None,
        says: Annotated[str | None, stated("fact or report")] = None,
        rationale: Annotated[str | None, stated("Why these numbers")] = None,
        credibility: Annotated[int | None, stated("Admiralty", min=1, max=6)] = None,
        group: Annotated[str | None, stated("Id of a group")] = None,
        url: Annotated[str | None, stated("Where it can be read")] = None,
        indicator: Annotated[str | None, stated("Take title and numbers from an indicator, which it replaces",
                                                "--from-indicator", metavar="ID")] = None,
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
            columns: Annotated[list[str] | None, stated(
                "Columns of a table: date, title, source, url, grade, credibility, confidence, group, note, rationale, "
                "id; One+Other joins two", "--map", metavar="FIELD=COLUMN,...")] = None,
            kind: Annotated[str | None, stated("csv, acled, gdelt, feed, stix or misp (default: as the file looks)",
                                               "--from", metavar="FORMAT")] = None,
            dates: Annotated[str | None, stated("How dates such as 12.1.2024 are meant: DMY, MDY or YMD",
                                                metavar="ORDER")] = None,
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
    answer(found, str, as_json=as_json)


@verb("forecast schema")
def schema(folder: Annotated[Path | None, stated("Folder to write them to", "--write")] = None) -> None:
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
