"""Verbs that hand forecasts on to other programs."""

from __future__ import annotations

from forecast.cli.options import Folders, Where, verb


@verb("forecast mcp .")
def mcp(folders: Folders = None, workspace: Where = None) -> None:
    """Answer a program's questions on standard input and output, by the Model Context Protocol; writes nothing."""
    from forecast.core.errors import without_extra
    from forecast.evaluation.batch import folders_of

    try:
        from forecast.cli.mcp_server import serve
    except ModuleNotFoundError as error:
        raise without_extra("the server", "mcp", error) from None
    serve(folders_of(folders, workspace))
