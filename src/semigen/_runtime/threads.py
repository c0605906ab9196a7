"""Threads, and the BLAS that they share: how many there are, how work is dealt among them, and how it is stopped."""

from __future__ import annotations

import atexit
import mmap
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import scipy.linalg
from sklearn import config_context, get_config
from threadpoolctl import ThreadpoolController

from semigen import _blas, _core

_core.install_blas(_blas.table())

Result = TypeVar("Result")

# SciPy's OpenBLAS keeps a buffer per calling thread and has room for this many.
_MOST_BLAS_THREADS = 64
# Bytes of such a buffer, and what else a first call takes. NumPy and SciPy bring a library each.
_BLAS_BUFFER = 34 << 20


@lru_cache(maxsize=1)
def _threadpools() -> ThreadpoolController:
    """Libraries found in the process. Looking for them takes milliseconds, so it is done once."""
    return ThreadpoolController()


@lru_cache(maxsize=1)
def _have_blas_buffers() -> None:
    """Let NumPy's and SciPy's BLAS take their buffers while it is known that they can be had.

    OpenBLAS ends the process where it cannot map its buffer.
    """
    try:
        mmap.mmap(-1, 2 * _BLAS_BUFFER).close()
    except OSError:
        raise MemoryError(
            f"BLAS takes {2 * _BLAS_BUFFER >> 20} MB for its buffers, and the process may not have so much; raise its "
            "limit."
        ) from None
    some = np.eye(100)
    np.linalg.cholesky(some @ some)
    scipy.linalg.cholesky(scipy.linalg.blas.dgemm(1.0, some, some))


class _BlasLimit:
    """Keeps BLAS single-threaded while anybody is inside. The limit belongs to the process, so entries are counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limiter: Any = None
        self._thread = threading.local()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        """In a forked child: the threads that were inside, or held the lock, are not there."""
        self._lock = threading.Lock()
        if self._inside and not getattr(self._thread, "inside", 0):
            self._limiter.restore_original_limits()
        self._inside = getattr(self._thread, "inside", 0)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """The first to enter sets the limit, the last to leave lifts it."""
        with self._lock:
            _have_blas_buffers()
            if self._inside == 0:
                self._limiter = _threadpools().limit(limits=1, user_api="blas")
            self._inside += 1
        self._thread.inside = getattr(self._thread, "inside", 0) + 1
        try:
            yield
        finally:
            self._thread.inside -= 1
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    self._limiter.restore_original_limits()


_limit = _BlasLimit()


def single_threaded_blas() -> AbstractContextManager[None]:
    """While this is entered, BLAS uses the thread that calls it: the core's own threads do the work side by side.

    Small problems need it too. OpenBLAS's threads keep spinning after a small eigendecomposition, on the cores that the
    next pass wants: a fit of 569 rows in 30 columns took five times as long without.
    """
    return _limit.entered()


def effective_threads(n_jobs: int | None) -> int:
    """Threads for a fit: all that OpenMP would use for None or -1, one fewer for -2, and so on."""
    if n_jobs == 0:
        raise ValueError("n_jobs=0 has no meaning; use a positive number, or None or -1 for all threads.")
    available = _core.default_threads()
    threads = available if n_jobs is None else n_jobs if n_jobs > 0 else available + 1 + n_jobs
    return max(1, min(threads, _MOST_BLAS_THREADS))


class _Exit:
    """Keeps what runs in daemon threads out of the interpreter's last moments.

    Until Python 3.14 an interpreter that shuts down unwinds the stacks of threads that ask for the GIL, which aborts
    the process where C++ code lies on them (NumPy's, for example). At exit no fit begins, and those that run are
    stopped and get a moment to end; their threads then wait for the end of the process.
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
        """At first, and in a forked child, which has none of the threads that were counted."""
        self._lock = threading.Lock()
        self._running = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While something runs on a daemon thread; elsewhere it does nothing."""
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


_exit = _Exit()


def stopped_at_exit() -> AbstractContextManager[None]:
    """While this is entered on a daemon thread, the end of the interpreter stops what runs, instead of aborting."""
    return _exit.watched()


class _Calls:
    """Calls of a function that threads take from a list, one after the other."""

    def __init__(self, function: Callable[..., Any], work: Sequence[tuple[Any, ...]]):
        self._function, self._work = function, work
        self._next = iter(range(len(work)))
        self._lock = threading.Lock()
        self._config, self._errors = get_config(), np.geterr()
        self.cancellation = _core.cancellation(_core.heeded() or _exit.cancellation)
        self.results: list[Any] = [None] * len(work)
        self.failure: BaseException | None = None

    def take(self) -> None:
        """Make calls until there are none left, or one fails, or somebody cancels them."""
        try:
            with config_context(**self._config), np.errstate(**self._errors), _exit.watched():
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
    have ended before the exception goes on: none is left to the end of the interpreter, which it would abort.
    """
    if threads <= 1 or _exit.closing:
        return [function(*each) for each in work]
    calls = _Calls(function, work)
    # Daemons, so that the interpreter does not wait for what a daemon thread has begun; _Exit stops them.
    helpers: list[threading.Thread] = []
    try:
        for _ in range(min(threads, len(work))):
            helpers.append(threading.Thread(target=calls.take, daemon=True))
            try:
                helpers[-1].start()
            except RuntimeError:
                # The system refuses more threads; those that there are do the work.
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
