"""Threads of a fit: how many there are, and calls of a function on several of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from sklearn import config_context, get_config

from semigen import _core
from semigen._runtime.blas import MOST_BLAS_THREADS
from semigen._runtime.shutdown import at_exit

Result = TypeVar("Result")


def effective_threads(n_jobs: int | None) -> int:
    """Return the number of threads of a fit: all that OpenMP would use for None or -1, one fewer for -2, and so on."""
    if n_jobs == 0:
        raise ValueError("n_jobs=0 has no meaning; use a positive number, or None or -1 for all threads.")
    available = _core.default_threads()
    threads = available if n_jobs is None else n_jobs if n_jobs > 0 else available + 1 + n_jobs
    return max(1, min(threads, MOST_BLAS_THREADS))


class _Calls:
    """Calls of a function that threads take from a list, one after another."""

    def __init__(self, function: Callable[..., Any], work: Sequence[tuple[Any, ...]]):
        self._function, self._work = function, work
        self._next = iter(range(len(work)))
        self._lock = threading.Lock()
        self._config, self._errors = get_config(), np.geterr()
        self.cancellation = _core.cancellation(_core.heeded() or at_exit.cancellation)
        self.results: list[Any] = [None] * len(work)
        self.failure: BaseException | None = None

    def take(self) -> None:
        """Make calls until there are none left, or one fails, or somebody cancels them."""
        try:
            with config_context(**self._config), np.errstate(**self._errors), at_exit.watched():
                heeded = _core.heed(self.cancellation)
                try:
                    while (number := self._number()) is not None:
                        self.results[number] = self._function(*self._work[number])
                finally:
                    _core.heed(heeded)
        except BaseException as error:
            with self._lock:
                self.failure = self.failure or error
            self.cancellation.cancel()

    def _number(self) -> int | None:
        with self._lock:
            return None if self.cancellation.cancelled else next(self._next, None)


def in_threads(function: Callable[..., Result], work: Sequence[tuple[Any, ...]], threads: int) -> list[Result]:
    """Call a function with each tuple of arguments, on several threads; return the results in order.

    If the caller is interrupted, or a call fails, passes of the others stop within a block of rows, and all threads
    have ended before the exception is raised again: one left at exit would abort the interpreter.
    """
    if threads <= 1 or at_exit.closing:
        return [function(*each) for each in work]
    calls = _Calls(function, work)
    # Daemon threads, so that the interpreter does not wait for them at exit; `shutdown` stops what they run.
    helpers: list[threading.Thread] = []
    try:
        for _ in range(min(threads, len(work))):
            helpers.append(threading.Thread(target=calls.take, daemon=True))
            try:
                helpers[-1].start()
            except RuntimeError:
                # The system refuses more threads; those that run do the work.
                helpers.pop()
                break
        if not helpers:
            calls.take()
        for helper in helpers:
            helper.join()
    except BaseException:
        calls.cancellation.cancel()
        for helper in helpers:
            if helper.ident is not None:
                helper.join()
        raise
    if calls.failure is not None:
        raise calls.failure
    if calls.cancellation.cancelled:
        raise KeyboardInterrupt
    return calls.results
