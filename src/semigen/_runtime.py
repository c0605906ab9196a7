"""The loaded extension: SciPy's BLAS is handed to the core once, and kept single-threaded while the core uses it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from threadpoolctl import ThreadpoolController

from semigen import _blas, _core

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_core.install_blas(_blas.table())

# SciPy's OpenBLAS keeps a buffer per calling thread and has room for this many.
_MOST_BLAS_THREADS = 64


@lru_cache(maxsize=1)
def _threadpools() -> ThreadpoolController:
    """Libraries found in the process. Looking for them takes milliseconds, so it is done once."""
    return ThreadpoolController()


def single_threaded_blas() -> AbstractContextManager[Any]:
    """While this is entered, BLAS uses the thread that calls it: the core's own threads do the work side by side."""
    limit: AbstractContextManager[Any] = _threadpools().limit(limits=1, user_api="blas")
    return limit


def effective_threads(n_jobs: int | None) -> int:
    """Threads for a fit: all that OpenMP would use for None or -1, one fewer for -2, and so on."""
    if n_jobs == 0:
        raise ValueError("n_jobs=0 has no meaning; use a positive number, or None or -1 for all threads.")
    available = _core.default_threads()
    threads = available if n_jobs is None else n_jobs if n_jobs > 0 else available + 1 + n_jobs
    return max(1, min(threads, _MOST_BLAS_THREADS))
