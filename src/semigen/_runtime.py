"""Threads, and the BLAS that they share: how many there are, how work is dealt among them, and how it is stopped."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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

    OpenBLAS ends the process where it cannot map its buffer; NumPy raises MemoryError instead.
    """
    try:
        np.empty(2 * _BLAS_BUFFER, dtype=np.uint8)
    except MemoryError:
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

    @contextmanager
    def entered(self) -> Iterator[None]:
        """The first to enter sets the limit, the last to leave lifts it."""
        with self._lock:
            _have_blas_buffers()
            if self._inside == 0:
                self._limiter = _threadpools().limit(limits=1, user_api="blas")
            self._inside += 1
        try:
            yield
        finally:
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
    """Keeps fits in daemon threads out of the interpreter's last moments.

    Until Python 3.14 an interpreter that shuts down unwinds the stacks of threads that ask for the GIL, which aborts
    the process where C++ code lies on them (NumPy's, for example). At exit no fit begins, and those that run are
    stopped and get a moment to end; their threads then wait for the end of the process.
    """

    _patience = 1.0  # seconds

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._closing = False
        self._cancellation = _core.cancellation()
        atexit.register(self._close)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While a fit runs on a daemon thread; elsewhere it does nothing."""
        if not threading.current_thread().daemon:
            yield
            return
        self._count(1)
        _core.heed(self._cancellation)
        try:
            yield
        finally:
            _core.heed(None)
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._lock:
            if not (self._closing and change > 0):
                self._running += change
            closing = self._closing
        if closing:
            threading.Event().wait()

    def _close(self) -> None:
        with self._lock:
            self._closing = True
        self._cancellation.cancel()
        patient_until = time.monotonic() + self._patience
        while self._running and time.monotonic() < patient_until:
            time.sleep(0.001)


_exit = _Exit()


def stopped_at_exit() -> AbstractContextManager[None]:
    """While this is entered on a daemon thread, the end of the interpreter stops what runs, instead of aborting."""
    return _exit.watched()


def in_threads(function: Callable[..., Result], work: Sequence[tuple[Any, ...]], threads: int) -> list[Result]:
    """Call a function with each tuple of arguments, on several threads; return the results in order.

    If the caller is interrupted, or a call fails, passes of the others stop within a block of rows, and all threads
    have ended before the exception goes on: none is left to the end of the interpreter, which it would abort.
    """
    if threads <= 1:
        return [function(*each) for each in work]
    config, errors, cancellation = get_config(), np.geterr(), _core.cancellation()

    def call(arguments: tuple[Any, ...]) -> Result:
        if cancellation.cancelled:
            raise KeyboardInterrupt
        with config_context(**config), np.errstate(**errors):
            return function(*arguments)

    with ThreadPoolExecutor(threads, initializer=_core.heed, initargs=(cancellation,)) as executor:
        calls = [executor.submit(call, each) for each in work]
        try:
            return [each.result() for each in calls]
        except BaseException:
            cancellation.cancel()
            executor.shutdown(wait=False, cancel_futures=True)
            raise
