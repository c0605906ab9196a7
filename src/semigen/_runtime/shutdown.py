"""Cancellation of fits on daemon threads when the interpreter exits: they would abort the process."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from semigen import _core


class _Exit:
    """A stop of fits on daemon threads when the interpreter exits.

    Until Python 3.14 an interpreter that shuts down unwinds the stacks of threads that ask for the GIL, which aborts
    the process where C++ code lies on them (NumPy's, for example). At exit no fit begins, and those that run are
    cancelled and get a second to end; their threads then wait for the end of the process.
    """

    _patience = 1.0  # seconds

    def __init__(self) -> None:
        self.cancellation = _core.cancellation()
        self.closing = False
        self._begin_anew()
        atexit.register(self._close)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        """Count from zero: at first, and in a forked child, which has none of the counted threads."""
        self._lock = threading.Lock()
        self._running = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count what runs inside on a daemon thread, and let `_close` cancel it; do nothing on other threads."""
        if not threading.current_thread().daemon:
            yield
            return
        self._count(1)
        heeded = _core.heed(_core.heeded() or self.cancellation)
        try:
            yield
        finally:
            _core.heed(heeded)
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._lock:
            if not (self.closing and change > 0):
                self._running += change
            closing = self.closing
        if closing:
            threading.Event().wait()

    def _close(self) -> None:
        with self._lock:
            self.closing = True
        self.cancellation.cancel()
        patient_until = time.monotonic() + self._patience
        while self._running > 0 and time.monotonic() < patient_until:
            time.sleep(0.001)


at_exit = _Exit()


def stopped_at_exit() -> AbstractContextManager[None]:
    """Return a context in which the end of the interpreter cancels what a daemon thread runs."""
    return at_exit.watched()
