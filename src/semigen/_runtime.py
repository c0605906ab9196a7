"""The loaded extension: SciPy's BLAS is handed to the core once, and kept single-threaded while the core uses it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController

from semigen import _blas, _core

_core.install_blas(_blas.table())

# SciPy's OpenBLAS keeps a buffer per calling thread and has room for this many.
_MOST_BLAS_THREADS = 64


@lru_cache(maxsize=1)
def _threadpools() -> ThreadpoolController:
    """Libraries found in the process. Looking for them takes milliseconds, so it is done once."""
    return ThreadpoolController()


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
