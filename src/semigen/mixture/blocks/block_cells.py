"""Cells: what rows hold in columns that are no numbers, as compressed rows of indices into tables of log densities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix


@dataclass(frozen=True, eq=False)
class Cells:
    """Which cells each row has: a value of a category, a count, or a word; a value that is missing has none.

    Attributes
    ----------
    first : array of shape (n + 1,)
        Row i has the entries from first[i] to first[i + 1].
    numbers : array of int32
        Cell of each entry.
    times : array or None
        How often the row has it; None is once everywhere.
    n_cells : int
    """

    first: NDArray[np.int64]
    numbers: NDArray[np.int32]
    times: NDArray[np.float64] | None
    n_cells: int

    def __len__(self) -> int:
        return len(self.first) - 1

    def as_tuple(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64] | None, int]:
        """Return what the kernels take."""
        return self.first, self.numbers, self.times, self.n_cells

    def as_matrix(self) -> Any:
        """Return a sparse matrix of shape (rows, cells)."""
        times = np.ones(len(self.numbers)) if self.times is None else self.times
        return csr_matrix((times, self.numbers, self.first), shape=(len(self), self.n_cells))

    def take(self, rows: NDArray[np.int64] | slice) -> Cells:
        """Return the cells of some rows, in this order."""
        numbers = np.arange(len(self))[rows]
        counts = np.diff(self.first)[numbers]
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        entries = np.arange(first[-1]) + np.repeat(self.first[numbers] - first[:-1], counts)
        return Cells(first, self.numbers[entries], None if self.times is None else self.times[entries], self.n_cells)

    def sums(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sums of shares of rows, of shape (n, k), for each cell: an array of shape (cells, k)."""
        return np.asarray(self.as_matrix().T @ shares)


def beside(parts: Sequence[Cells]) -> Cells:
    """Return the cells of the same rows in several blocks; those of a later block are numbered after the others."""
    counts = [np.diff(each.first) for each in parts]
    total = np.sum(counts, axis=0)
    first = np.concatenate([[0], np.cumsum(total)]).astype(np.int64)
    numbers, times = np.empty(first[-1], dtype=np.int32), np.ones(first[-1])
    offset, begin = 0, first[:-1].copy()
    for part, count in zip(parts, counts, strict=True):
        entries = np.arange(len(part.numbers)) + np.repeat(begin - part.first[:-1], count)
        numbers[entries] = part.numbers + offset
        if part.times is not None:
            times[entries] = part.times
        offset, begin = offset + part.n_cells, begin + count
    once = all(each.times is None for each in parts)
    return Cells(first, numbers, None if once else times, offset)


def below(parts: Sequence[Cells]) -> Cells:
    """Return the cells of several sets of rows, one set after the other."""
    counts = np.concatenate([np.diff(each.first) for each in parts])
    times = None
    if any(each.times is not None for each in parts):
        times = np.concatenate([np.ones(len(e.numbers)) if e.times is None else e.times for e in parts])
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Cells(first, np.concatenate([each.numbers for each in parts]), times, parts[0].n_cells)


def of_values(codes: NDArray[np.int64], sizes: NDArray[np.int64]) -> Cells:
    """Return the cells of columns of which each row has one value.

    Parameters
    ----------
    codes : array of shape (n, columns)
        Number of the value within its column; below zero where it is missing.
    sizes : array of shape (columns,)
        Values of each column.
    """
    there = codes >= 0
    first = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    return Cells(first, (codes + offsets[:-1])[there].astype(np.int32), None, int(offsets[-1]))
