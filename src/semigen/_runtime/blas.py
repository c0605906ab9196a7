"""The BLAS that SciPy lends to the compiled core: its buffers, and a limit of one thread for each caller."""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.linalg
from threadpoolctl import ThreadpoolController

from semigen import _blas, _core

_core.install_blas(_blas.table())

# SciPy's OpenBLAS keeps a buffer per calling thread and has room for this many.
MOST_BLAS_THREADS = 64
# Bytes of such a buffer, and what else a first call takes. NumPy and SciPy bring a library each.
_BLAS_BUFFER = 34 << 20


@lru_cache(maxsize=1)
def _threadpools() -> ThreadpoolController:
    """Return the libraries found in the process; looking for them takes milliseconds, so it is done once."""
    return ThreadpoolController()


@lru_cache(maxsize=1)
def _have_blas_buffers() -> None:
    """Let NumPy's and SciPy's BLAS allocate their buffers, once it is known that there is memory for them.

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
    """A limit of one BLAS thread. It belongs to the process, so the callers that want it are counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limiter: Any = None
        self._thread = threading.local()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        """Forget, in a forked child, the threads that were inside or held the lock: it has none of them."""
        self._lock = threading.Lock()
        if self._inside and not getattr(self._thread, "inside", 0):
            self._limiter.restore_original_limits()
        self._inside = getattr(self._thread, "inside", 0)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Set the limit when the first caller enters, and lift it when the last one leaves."""
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
    """Return a context in which BLAS uses the calling thread only, as the core's own threads share the work.

    Small problems need it too. OpenBLAS's threads keep spinning after a small eigendecomposition, on the cores that the
    next pass wants: a fit of 569 rows in 30 columns took five times as long without.
    """
    return _limit.entered()
