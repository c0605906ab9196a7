"""Patterns of missing values: NaN stands for what was not measured, and rows that lack the same columns go together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semigen import _core
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.scaling import Scaling

# Rows of a pattern from which on a factorisation of its own is worth its while: with dense covariances in 20 to 64
# columns, completing 16 rows one by one takes 0.7 of its time, and 32 rows 1.4. And rare patterns from which on their
# rows are completed one by one, so that nothing changes for rows of a few patterns.
_FEWEST_ROWS, _FEWEST_PATTERNS = 24, 16


class NothingMeasuredError(ValueError):
    """A column is missing in every row that counts."""


class Pattern(NamedTuple):
    """Rows in which the same columns were measured.

    Attributes
    ----------
    observed : array
        Numbers of those columns, rising.
    rows : array
        Numbers of the rows, rising.
    """

    observed: NDArray[np.int64]
    rows: NDArray[np.int64]


def patterns_of(X: NDArray[Any]) -> list[Pattern]:
    """Return the rows of X grouped by what they lack, in an order that does not depend on theirs."""
    bits = np.packbits(np.isnan(X), axis=1)
    # As whole words, whose order is that of their bits: sorting those is many times as fast as sorting bytes.
    padded = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8)))
    words = np.ascontiguousarray(padded).view(">u8").astype(np.uint64)
    by_pattern = np.lexsort(words.T[::-1])
    ordered = words[by_pattern]
    starts = np.flatnonzero(np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))[: len(X)])
    ends = np.append(starts[1:], len(X))[: len(starts)]
    measured = np.unpackbits(bits[by_pattern[starts]], axis=1, count=X.shape[1]) == 0
    observed = pieces(np.nonzero(measured)[1], np.cumsum(measured.sum(axis=1)))
    return [Pattern(*each) for each in zip(observed, pieces(by_pattern, ends), strict=True)]


def completes_rows(parameters: Parameters) -> bool:
    """Return whether rows can be completed one by one, whatever each lacks; others are passed over by patterns.

    The kernels that do it know Gaussian components only, whose weights do not depend on what a row lacks, and no noise.
    """
    if parameters.degrees_of_freedom is not None or parameters.noise is not None:
        return False
    return _core.completes_rows(parameters.form.core, parameters.n_features)


def rows_on_their_own(
    patterns: Sequence[Pattern], X: NDArray[Any], codes: NDArray[np.int64]
) -> tuple[list[Pattern], NDArray[np.int64]]:
    """Return the patterns that many rows have, and the rows of the others if these are many patterns.

    Those rows come in the order of their codes, and within a code by how many columns they lack: the kernels take rows
    that lie beside one another together, and as long as the one that lacks most.
    """
    frequent = [each for each in patterns if len(each.rows) >= _FEWEST_ROWS]
    if len(patterns) - len(frequent) < _FEWEST_PATTERNS:
        return list(patterns), np.zeros(0, dtype=np.int64)
    alone = np.concatenate([each.rows for each in patterns if len(each.rows) < _FEWEST_ROWS])
    lacking = np.isnan(X[alone]).sum(axis=1)
    return frequent, alone[np.lexsort((lacking, codes[alone]))]


def pieces(values: NDArray[Any], ends: NDArray[np.int64]) -> list[NDArray[Any]]:
    """Return views of the pieces of an array that end there; `np.split` takes longer than many a pattern's pass."""
    bounds = [0, *ends.tolist()]
    return [values[first:last] for first, last in pairwise(bounds)]


def measured_by_pattern(X: NDArray[Any], patterns: Sequence[Pattern]) -> Iterator[NDArray[Any]]:
    """Yield copies of what was measured, the rows and columns of each pattern; a column of zeros if it has none."""
    gathered = X[np.concatenate([each.rows for each in patterns])]
    values = gathered[~np.isnan(gathered)]
    first = 0
    for each in patterns:
        shape = len(each.rows), len(each.observed)
        last = first + shape[0] * shape[1]
        # The kernels want a column.
        yield values[first:last].reshape(shape) if shape[1] else np.zeros((shape[0], 1), dtype=X.dtype)
        first = last


def scaling_of_patterns(
    scaling: Scaling, patterns: Sequence[Pattern]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return centres and scales of each pattern's columns; of no column, those of a single one of zeros."""
    observed = np.concatenate([each.observed for each in patterns])
    ends = np.cumsum([len(each.observed) for each in patterns])
    nothing = np.zeros(1), np.ones(1)
    centres, scales = pieces(scaling.centre[observed], ends), pieces(scaling.scale[observed], ends)
    return (part if len(part[0]) else nothing for part in zip(centres, scales, strict=True))


def check_measured(weight: NDArray[np.float64]) -> None:
    """Refuse a column of which nothing can be learnt, by the weight of the rows in which each was measured.

    Raises
    ------
    NothingMeasuredError
        If a column is missing in every row that counts.
    """
    empty = np.flatnonzero(weight == 0)
    if len(empty):
        raise NothingMeasuredError(
            f"Column {empty[0]} of X is missing (NaN) in every row that counts, so nothing can be learnt of it; leave "
            "it out."
        )


def observed_weight(X: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight of the rows in which each column was measured."""
    total: NDArray[np.float64] = weights @ ~np.isnan(X)
    return total
