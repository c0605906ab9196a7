"""Rows that the tests of partitions share, in memory and in parts."""

from __future__ import annotations

import itertools

import numpy as np

from semigen import Partitions

K, D, N = 3, 4, 900
ENDS = (0, 130, 130, 420, 421, N)


def rows(seed: int = 0, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of three clouds, their classes, and labels of every thirtieth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, K, N)
    X = (2.5 * rng.normal(size=(K, D))[truth] + rng.normal(size=(N, D))).astype(dtype)
    return X, truth, np.where(np.arange(N) % 30 < 2, truth, -1)


def cut(*arrays: np.ndarray | None, ends: tuple[int, ...] = ENDS) -> list[tuple[np.ndarray | None, ...]]:
    """Parts of uneven sizes, one empty and one of a single row."""
    return [
        tuple(None if each is None else each[first:last] for each in arrays) for first, last in itertools.pairwise(ends)
    ]


def parts(*arrays: np.ndarray | None, ends: tuple[int, ...] = ENDS) -> Partitions:
    return Partitions(cut(*arrays, ends=ends))
