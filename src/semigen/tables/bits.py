"""Columns of bits among columns of numbers: zeros and ones, and grey pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Values this near to 0 or 1 are 0 or 1: a scaler in single precision rounds to 1.0000001.
ROUNDING = 1e-6

# In an image, at least this share of the rows are black or white at the typical grey pixel. A column that a scaler
# brought to [0, 1] has two such rows, the smallest and the largest.
_PIXELS_AT_ENDS = 0.1

# Rows looked at in one go, so that a table on disk is never in memory as a whole.
_ROWS_AT_ONCE = 16384


def is_bit(values: NDArray[Any], rounding: float = 0.0) -> NDArray[np.bool_]:
    """Return which values are 0 or 1, up to rounding; a gap (NaN) is neither."""
    result: NDArray[np.bool_] = (np.abs(values) <= rounding) | (np.abs(values - 1) <= rounding)
    return result


def columns_of_bits(X: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which columns are bits: those of zeros and ones, and all columns of images.

    Grey pixels are means of bits. Values in [0, 1] alone make no column one of bits, as every column has them after a
    scaler. Images are recognised by pixels that are black or white in many rows, rather than in the smallest and the
    largest only.

    Parameters
    ----------
    X : array of floats of shape (n, d), without gaps
    """
    n_rows, n_columns = X.shape
    n_at_ends = np.zeros(n_columns)
    lowest, highest = np.full(n_columns, np.inf, dtype=X.dtype), np.full(n_columns, -np.inf, dtype=X.dtype)
    for first in range(0, n_rows, _ROWS_AT_ONCE):
        rows = X[first : first + _ROWS_AT_ONCE]
        n_at_ends += is_bit(rows, ROUNDING).sum(axis=0)
        lowest, highest = np.minimum(lowest, rows.min(axis=0)), np.maximum(highest, rows.max(axis=0))
    varies = highest - lowest > ROUNDING
    binary = n_at_ends == n_rows
    grey = varies & ~binary
    is_image = (
        lowest.min() >= -ROUNDING
        and highest.max() <= 1 + ROUNDING
        and (binary.all() or (grey.any() and float(np.median((n_at_ends[grey] - 2) / n_rows)) >= _PIXELS_AT_ENDS))
    )
    return np.ones(n_columns, dtype=bool) if is_image else binary & varies
