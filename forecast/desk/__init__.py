"""The desk: a local page on which analysts move what they stated and see what it does; it holds no mathematics.

`sitting` is what one open page knows, `opinion` how a click rewrites a scenario, `proposal` what may be written;
`app`, `inputs`, `answers` and `writing` are the page, and `guard` stands at its door.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from forecast.core.errors import ForecastError

ADDRESS = "127.0.0.1"
WORKSPACE = "FORECAST_DESK_WORKSPACE"
"""Environment variable by which the page learns its workspace."""

_SETTINGS = {
    "server.address": ADDRESS, "server.enableCORS": True, "server.enableXsrfProtection": True,
    "server.corsAllowedOrigins": [], "server.fileWatcherType": "none", "server.enableStaticServing": False,
    "browser.gatherUsageStats": False, "client.toolbarMode": "minimal", "client.showErrorDetails": "none",
    "logger.hideWelcomeMessage": True, "runner.magicEnabled": False,
    # Else a click that comes while the page is drawn begins a second thread beside the first, on the same state.
    "runner.fastReruns": False,
    "theme.base": "light", "theme.primaryColor": "#0072b2", "theme.textColor": "#1d2430", "theme.font": "sans-serif",
    "theme.baseFontSize": 17,
}


def run(root: Path, port: int = 8501, *, browser: bool = True) -> None:
    """Serve the desk of a workspace on this machine alone, until it is interrupted.

    Parameters
    ----------
    root : Path
        Folder of the workspace.
    port : int
        Port on 127.0.0.1.
    browser : bool
        Whether to open the page.

    Raises
    ------
    ForecastError
        If the extra `desk` is not installed or the port is taken.
    """
    try:
        import streamlit
        from starlette.middleware import Middleware
    except ModuleNotFoundError:
        raise ForecastError("the desk needs Streamlit; install the extra of forecast-ledger, in its checkout: "
                            "pip install '.[desk]'") from None
    from forecast.desk.security import Guard

    _refuse_taken(port)
    _warm(root)
    os.environ[WORKSPACE] = str(root.resolve())
    app = streamlit.App(Path(__file__).with_name("app.py"), middleware=[Middleware(Guard, port=port)],
                        on_script_error=_told)
    print(f"The desk is open on http://{ADDRESS}:{port}, on this machine alone; Ctrl+C closes it", flush=True)
    app.run(config={**_SETTINGS, "server.port": port, "server.headless": not browser,
                    "server.allowedHosts": [ADDRESS, "localhost"]})


def _warm(root: Path) -> None:
    """Import and compute once what every page needs: pages that open at one time would import in each other's way."""
    import altair  # noqa: F401
    import pandas  # noqa: F401

    from forecast.analysis.attribution import ledger
    from forecast.desk import controls, results, saving  # noqa: F401
    from forecast.engine.exact import Exact
    from forecast.report.charts import steps  # noqa: F401
    from forecast.report.pages import comparison  # noqa: F401
    from forecast.workspace.loader import load

    engine = Exact(load(root).case())
    ledger(engine)
    engine.forecast.draws  # noqa: B018


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise ForecastError(f"--port {port}: {error.strerror}; take another one") from None


def _told(error: Exception) -> bool:
    """Say on the page that the program is at fault, in the words of the command line and without a traceback."""
    import streamlit

    streamlit.error(f"A fault of the program, not of your files ({type(error).__name__}: {error}). "
                    "Nothing was written; reload the page.")
    return True
