"""Arrays that live in files, and two of them read as one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def is_mapped(X: Any) -> bool:
    """Return whether an array is a window into a file."""
    if isinstance(X, JoinedRows):
        return True
    while X is not None:
        if isinstance(X, np.memmap):
            return True
        X = getattr(X, "base", None)
    return False


class JoinedRows:
    """The rows of one array and then those of another, without a copy of either.

    It answers to what the readers of rows ask: length, shape, dtype, slices of rows, rows by number, one column.
    """

    def __init__(self, first: NDArray[Any], second: NDArray[Any]):
        self._parts = (first, second)
        self.dtype = first.dtype
        self.shape = (len(first) + len(second), first.shape[1])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, wanted: Any) -> NDArray[Any]:
        first, second = self._parts
        if isinstance(wanted, tuple):
            rows, column = wanted
            return np.concatenate([first[:, column], second[:, column]])[rows]
        if isinstance(wanted, slice):
            start, stop, _ = wanted.indices(len(self))
            border = len(first)
            of_first = first[min(start, border) : min(stop, border)]
            of_second = second[max(start - border, 0) : max(stop - border, 0)]
            return np.concatenate([of_first, of_second.astype(self.dtype, copy=False)])
        taken = np.empty((len(wanted), self.shape[1]), dtype=self.dtype)
        of_first = wanted < len(first)
        taken[of_first] = first[wanted[of_first]]
        taken[~of_first] = second[wanted[~of_first] - len(first)]
        return taken
