"""The desk: a local page on which analysts move what they stated and see what it does; it holds no mathematics.

`session` is what one open page knows, `edits` how a change rewrites a case, `opinions` what analysts hold, `saving`
what may be written; `controls` lists all that can be moved, `page` draws it, `actions` are what can be done there, and
`security` decides who may open it.
"""

from __future__ import annotations

import os
import socket
import sys
import webbrowser
from pathlib import Path
from threading import Timer

from forecast.core.errors import ForecastError, without_extra

ADDRESS = "127.0.0.1"


def run(root: Path, port: int = 8501, *, browser: bool = True) -> None:
    """Serve the desk of a workspace on this machine alone, until it is interrupted, and open its page in the browser.

    Raises `ForecastError` if the extra `desk` is not installed, the port is taken, or the workspace cannot be
    forecast.
    """
    try:
        import uvicorn

        from forecast.desk.server import application
    except ModuleNotFoundError as error:
        raise without_extra("the desk", "desk", error) from None
    _refuse_taken(port)
    _warm(root)
    address = f"http://{ADDRESS}:{port}"
    sys.setswitchinterval(0.001)  # a key that comes while something longer is worked out gets its turn at once
    print(f"The desk is open on {address}, on this machine alone; Ctrl+C closes it", flush=True)
    if browser:
        Timer(0.5, webbrowser.open, (address,)).start()
    # What goes wrong is told on the page; a page that goes away amid a message, or Ctrl+C amid an answer, is no fault.
    level = "warning" if os.environ.get("FORECAST_DEBUG") else "critical"
    uvicorn.run(application(root.resolve(), port), host=ADDRESS, port=port, log_level=level,
                timeout_graceful_shutdown=2)


def _warm(root: Path) -> None:
    """Draw a page once: what is imported and compiled for it is there when the first one is opened."""
    from forecast.desk.page.page import Page

    page = Page(root.resolve())
    page.settle()
    page.parts()


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise ForecastError(f"--port {port}: {error.strerror}; take another one") from None
