"""Verbs about what items cite: copies of pages, and references."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.options import AsJson, Where, verb
from forecast.cli.output import inert_lines, print_json, tell
from forecast.core.errors import ForecastError, inert

Items = Annotated[list[str] | None, typer.Argument(metavar="ITEM", help="Ids of items (default: all)",
                                                   show_default=False)]


@verb("forecast archive decree-not-annulled --file page.html")
def archive(items: Items = None,
            file: Annotated[Path | None, typer.Option("--file", metavar="FILE", exists=True, dir_okay=False,
                                                      show_default=False,
                                                      help="Keep this file as the copy of one item's page")] = None,
            again: Annotated[bool, typer.Option("--again", help="Fetch pages too of which there is a copy")] = False,
            workspace: Where = None, as_json: AsJson = False) -> None:
    """Keep a copy of each cited page, with text and hash."""
    import sys

    from forecast.cli import commands
    from forecast.workspace.cited.archiving import archive_file, archive_pages
    from forecast.workspace.cited.fetching import Fetcher

    loaded = commands.open_folder(workspace)
    if file is None:
        found = archive_pages(loaded, items or [], date.today(), Fetcher(), again=again, tell=tell)
    elif len(items or []) == 1:
        found = archive_file(loaded, (items or [])[0], file, date.today())
    else:
        raise ForecastError("--file is the copy of one page; name one item: forecast archive ITEM --file FILE")
    if as_json:
        print_json(found)
    else:
        print(inert_lines("\n".join(found.lines())))
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
