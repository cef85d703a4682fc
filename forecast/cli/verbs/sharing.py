"""Verbs that keep what others wrote, and hand on: copies, references, a hub, and answers to an assistant."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.options import AsJson, Folders, Where, stated, verb
from forecast.cli.output import answer, print_json, tell
from forecast.core.errors import ForecastError, inert

Items = Annotated[list[str] | None, typer.Argument(metavar="ITEM", help="Ids of items (default: all)",
                                                   show_default=False)]


@verb("forecast archive decree-not-annulled --file page.html")
def archive(items: Items = None,
            file: Annotated[Path | None, stated("Keep this file as the copy of one item's page", "--file",
                                                metavar="FILE", exists=True, dir_okay=False)] = None,
            again: Annotated[bool, typer.Option("--again", help="Fetch pages too of which there is a copy")] = False,
            workspace: Where = None, as_json: AsJson = False) -> None:
    """Keep a copy of each cited page, with text and hash."""
    import sys

    from forecast.cli import commands
    from forecast.workspace.cited.archiving import archive_file, archive_pages
    from forecast.workspace.cited.fetching import Fetcher

    loaded = commands.open_folder(workspace)
    if file is None:
        found = archive_pages(loaded, items or [], date.today(), Fetcher().page, again=again, tell=tell)
    elif len(items or []) == 1:
        found = archive_file(loaded, (items or [])[0], file, date.today())
    else:
        raise ForecastError("--file is the copy of one page; name one item: forecast archive ITEM --file FILE")
    answer(found, lambda found: "\n".join(found.lines()), as_json=as_json)
    for failed in found.failed:
        print(inert(f"{failed.item}: {failed.what}"), file=sys.stderr)
    if found.failed:
        raise typer.Exit(1)


@verb("forecast cite --format csl")
def cite(items: Items = None,
         style: Annotated[str, typer.Option("--format", help="bibtex or csl, which is JSON")] = "bibtex",
         workspace: Where = None, as_json: AsJson = False) -> None:
    """Print references to what items cite, as BibTeX or CSL-JSON."""
    from forecast.cli import commands
    from forecast.workspace.cited.archiving import chosen
    from forecast.workspace.cited.references import bibtex, csl

    if style not in ("bibtex", "csl"):
        raise ForecastError(f"--format {style}: is not a format; write bibtex or csl")
    loaded = commands.open_workspace(workspace)
    cited = chosen(loaded, items) if items else list(loaded.items)
    copies = loaded.archive.by_item(cited)
    sources = {source.id: source for source in loaded.sources}
    if as_json or style == "csl":
        print_json(csl(cited, sources, copies))
    else:
        print(bibtex(cited, sources, copies), end="")


@verb("forecast hub my-hub first-question second-question")
def hub(folder: Annotated[Path, typer.Argument(metavar="HUB", help="Folder of the hub; it need not be there")],
        folders: Folders = None, workspace: Where = None) -> None:
    """Write the reports of several workspaces as one Hubverse hub."""
    from forecast.cli.hubs import write_hub
    from forecast.evaluation.batch import folders_of

    print(write_hub(folder, folders_of(folders, workspace)))


@verb("forecast mcp .")
def mcp(folders: Folders = None, workspace: Where = None) -> None:
    """Answer an assistant's questions (Model Context Protocol).

    Questions come on standard input, answers go to standard output; nothing is written.
    """
    from forecast.core.errors import without_extra
    from forecast.evaluation.batch import folders_of

    try:
        from forecast.cli.mcp.server import serve
    except ModuleNotFoundError as error:
        raise without_extra("the server", "mcp", error) from None
    serve(folders_of(folders, workspace))
