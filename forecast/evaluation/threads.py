"""Numerical libraries on one thread, for as long as anything in the process asks for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


class _Limit:
    """One thread for the whole process, from when the first asks for it until the last is done.

    Two limits that overlap would each take the other's for what was there before. Nor may any of those who ask for it
    set it: it may be done before the others, and what one thread has set no other may set back. So a thread of its own
    sets it, and waits.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking = 0
        self._released = threading.Event()
        self._keeper: threading.Thread | None = None

    def enter(self) -> None:
        """Ask for it."""
        with self._lock:
            if self._asking == 0:
                is_set = threading.Event()
                self._released.clear()
                self._keeper = threading.Thread(target=self._keep, args=(is_set,), daemon=True)
                self._keeper.start()
                is_set.wait()
            self._asking += 1

    def leave(self) -> None:
        """Be done."""
        with self._lock:
            self._asking -= 1
            if self._asking == 0 and self._keeper is not None:
                self._released.set()
                self._keeper.join()

    def _keep(self, is_set: threading.Event) -> None:
        with threadpool_limits(1):
            is_set.set()
            self._released.wait()


_LIMIT = _Limit()


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Compute on one thread; what was there before comes back when the last one that asked for it is done."""
    _LIMIT.enter()
    try:
        with threadpool_limits(1):  # of libraries that have a limit for each thread
            yield
    finally:
        _LIMIT.leave()
