"""The command line: words typed → calls → words printed. Verbs are thin; heavy imports wait until one needs them."""

from __future__ import annotations

import gc
import os
import sys

from forecast.cli import process
from forecast.cli.options import app
from forecast.cli.output import fail, refused
from forecast.cli.verbs import forecasting, learning, sharing, stating  # noqa: F401 - each registers some
from forecast.core.errors import ForecastError, InputError


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
        if error.filename is None and not _has_folder():
            fail("forecast: the current folder is gone; go to another one with cd, and run the command again", error)
        fail(f"forecast: {error.filename or 'the file system'}: {error.strerror or error}; "
              "nothing was lost, mend it and run the command again", error)
    except UnicodeDecodeError as error:
        fail(f"forecast: what was typed is not {error.encoding}; type it so, or set PYTHONIOENCODING", error)
    except MemoryError as error:
        fail("forecast: the memory of this machine does not suffice for this workspace", error)
    except Exception as error:
        if "_FORECAST_COMPLETE" in os.environ:
            fail("forecast: _FORECAST_COMPLETE is for the shell alone, when Tab is pressed; unset it", error)
        fail(f"forecast: a fault of the program, not of your files ({type(error).__name__}: {error}); "
              "FORECAST_DEBUG=1 shows where", error)


def _has_folder() -> bool:
    """Whether the current folder is still there."""
    try:
        os.getcwd()  # noqa: PTH109  what a path does, too
    except FileNotFoundError:
        return False
    return True


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
