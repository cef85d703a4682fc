"""Verbs that hand forecasts on to other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.options import Folders, Where, verb


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
