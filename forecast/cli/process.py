"""What a process sees to before the program is loaded: Ctrl+C ends it in one word, and its streams bear writing.

Only what Python itself has loaded is imported at first, so that there is nearly no moment at which Ctrl+C would print
where in the program it came.
"""

from __future__ import annotations

import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

INTERRUPTED = 130
"""The exit code of a command that was interrupted, as shells have it."""

_uncaught_before, _swallowed_before = sys.excepthook, sys.unraisablehook
_presses: list[int] = []


def prepare() -> None:
    """Make this process one of the command line."""
    sys.excepthook = _uncaught
    sys.unraisablehook = _swallowed
    _note_interrupts()
    _hold_streams()
    _forget_odd_sizes()
    _keep_libraries_quiet()


def interrupted() -> bool:
    """Whether Ctrl+C was pressed, whatever became of the interrupt on its way through libraries."""
    return bool(_presses)


def say_interrupted() -> None:
    """Say that the work was interrupted."""
    print("interrupted", file=sys.stderr, flush=True)


def _note_interrupts() -> None:
    import signal

    def note(number: int, _: object) -> None:
        _presses.append(number)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else somebody wants it to be ignored
        signal.signal(signal.SIGINT, note)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        say_interrupted()
    else:
        _uncaught_before(kind, error, trace)


def _swallowed(found: Any) -> None:
    """Raise an interrupt again that came where nothing can be raised, such as while an object was cleared away."""
    if not issubclass(found.exc_type, KeyboardInterrupt):
        _swallowed_before(found)
    elif not sys.is_finalizing():
        import _thread
        from threading import Timer

        Timer(0.01, _thread.interrupt_main).start()


def _hold_streams() -> None:
    """Put nothing in the place of streams that are closed, and let the others bear closed pipes and poor encodings.

    A file that is opened while standard output is closed would get its number, and with it whatever is printed.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            _send_nowhere(number)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115
        elif number and isinstance(stream, io.TextIOWrapper):
            setattr(sys, name, _bearing(stream, _Patient(stream.buffer, bears_all=name == "stderr")))


def _bearing(stream: io.TextIOWrapper, raw: _Patient) -> io.TextIOWrapper:
    from forecast.core.text import handler

    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=stream.encoding, errors=handler(stream.encoding),
                            line_buffering=stream.line_buffering, write_through=stream.write_through)


def _send_nowhere(number: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null != number:
        os.dup2(null, number)
        os.close(null)


class _Patient(io.RawIOBase):
    """A stream that ends no work because nobody reads what it writes: from then on it writes nowhere.

    Anything but a closed pipe is told once, unless the stream `bears_all`: there is nowhere else to tell it.
    """

    def __init__(self, buffer: Any, *, bears_all: bool) -> None:
        super().__init__()
        self._raw = getattr(buffer, "raw", buffer)
        self._bears_all = bears_all

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def isatty(self) -> bool:
        return bool(self._raw.isatty())

    def write(self, data: Any) -> int | None:
        try:
            written: int | None = self._raw.write(data)
        except OSError as error:
            _send_nowhere(self.fileno())
            if not self._bears_all and not isinstance(error, BrokenPipeError):
                raise OSError(error.errno, error.strerror, "standard output") from None
            return len(data)
        return written


def _forget_odd_sizes() -> None:
    """Let libraries see a size of the terminal only if it is one; they stumble over others, or show nothing."""
    for name in ("COLUMNS", "LINES"):
        stated = os.environ.get(name, "1")
        if not (stated.isascii() and stated.isdigit() and len(stated) <= 6 and int(stated)):
            del os.environ[name]


def _keep_libraries_quiet() -> None:
    """Let libraries warn those who ask for it, by -W or PYTHONWARNINGS, and nobody else; in helper processes too."""
    import warnings

    if not sys.warnoptions:
        warnings.simplefilter("ignore")
        os.environ["PYTHONWARNINGS"] = "ignore"
