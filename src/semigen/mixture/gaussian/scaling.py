"""The coordinates in which a mixture computes: columns centred and scaled by powers of two.

Units must not matter: a column in nanometres is as good as one in light years. Scaling by powers of two changes no
digit, so a fit is the same to the last bit whatever power of two a column is multiplied by, and variances neither
overflow nor vanish.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.rows.missing_patterns import Pattern, observed_weight, pieces
from semigen.persistence.pickled import VersionedPart

# Values that are looked at in one go: few enough that Ctrl-C is heard soon, and that copies are small.
_BLOCK = 1 << 20
# A column whose standard deviation is this small beside its values is constant up to rounding.
_CONSTANT = 16 * np.finfo(np.float64).eps
# Standard deviations outside 2^-508 ... 2^508 have squares that float64 cannot hold.
_LARGEST_SCALE = {np.dtype(np.float64): 2.0**508, np.dtype(np.float32): 2.0**120}


@dataclass(frozen=True, eq=False)
class Coordinates(VersionedPart):
    """The map z = (x - centre) * scale, and the variances of the columns of z: about 1, or 0 for a constant column."""

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    variance: NDArray[np.float64]

    @property
    def log_volume(self) -> float:
        """Sum of log scale: log p(x) = log p(z) + log_volume."""
        return float(np.log(self.scale).sum())

    def of_patterns(self, patterns: Sequence[Pattern]) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Return centres and scales of each pattern's columns; of no column, those of a single one of zeros."""
        observed = np.concatenate([each.observed for each in patterns])
        ends = np.cumsum([len(each.observed) for each in patterns])
        nothing = np.zeros(1), np.ones(1)
        centres, scales = pieces(self.centre[observed], ends), pieces(self.scale[observed], ends)
        return (part if len(part[0]) else nothing for part in zip(centres, scales, strict=True))

    def apply(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return the rows of X in these coordinates, in float64."""
        return (X - self.centre) * self.scale


def coordinates_of(
    X: NDArray[Any], weights: NDArray[np.float64], *, common_scale: bool = False, incomplete: bool = False
) -> Coordinates:
    """Choose coordinates for rows with the given weights (zero weight equals absence).

    Parameters
    ----------
    X : array of shape (n, d)
    weights : array of shape (n,)
    common_scale : bool, default=False
        One scale for all columns, which a spherical covariance needs.
    incomplete : bool, default=False
        Whether NaN stands for a missing value. Each column needs a row that has it and counts.

    Raises
    ------
    ValueError
        If a column varies so much, or so little, that its variance is not a floating-point number.
    """
    # Columns first shrink to at most 1, so that their squares stay within range.
    largest = _largest(X, weights)
    shrink = _power_of_two(largest)
    # Missing values count for nothing: a column's moments are those of the rows in which it was measured.
    total = observed_weight(X, weights) if incomplete else weights.sum()
    mean = _blockwise(X, weights, incomplete, lambda block: block * shrink) / total
    variance = _blockwise(X, weights, incomplete, lambda block: (block * shrink - mean) ** 2) / total
    constant = np.sqrt(variance) <= _CONSTANT * np.maximum(np.abs(mean), np.finfo(np.float64).tiny)
    variance = np.where(constant, 0.0, variance)
    _check_range(np.sqrt(variance) / shrink, constant)

    # The kernels know the centre in the precision of the rows; everybody must mean the same point.
    centre = (mean / shrink).astype(X.dtype).astype(np.float64)
    if common_scale:
        # Compared in the units of the data: the widest column decides.
        deviation = np.sqrt(variance) / shrink
        widest = deviation.max()
        scale = np.full(len(mean), _power_of_two(np.array(widest if widest > 0 else 1.0)))
        return Coordinates(centre, _within(X.dtype, scale), (deviation * scale) ** 2)
    stretch = _power_of_two(np.sqrt(np.where(constant, 1.0, variance)))
    scale = _within(X.dtype, shrink * stretch)
    return Coordinates(centre, scale, variance * (scale / shrink) ** 2)


def _largest(X: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest absolute value of every column, among the rows that count."""
    largest = np.zeros(X.shape[1])
    for some in _blocks(X):
        block = X[some][weights[some] > 0]
        largest = np.maximum(largest, np.fmax.reduce(np.abs(block), axis=0, initial=0))
    return largest


def _blockwise(X: NDArray[Any], weights: NDArray[np.float64], incomplete: bool, function: Any) -> NDArray[np.float64]:
    """Weighted sum of function(rows) over all rows, a block at a time: never a copy of X."""
    total = np.zeros(X.shape[1])
    for some in _blocks(X):
        counts = weights[some] > 0
        rows = X[some] if counts.all() else X[some][counts]
        values = function(rows.astype(np.float64, copy=False))
        if incomplete:
            values[np.isnan(values)] = 0.0
        total += weights[some][counts] @ values
    return total


def _blocks(X: NDArray[Any]) -> Iterator[slice]:
    """Slices of the rows, the same for every machine."""
    size = int(np.clip(_BLOCK // X.shape[1], 16, 8192))
    return (slice(first, first + size) for first in range(0, len(X), size))


def _power_of_two(size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round 1 / size to a power of two; 1 where size is zero."""
    exponent = np.round(np.log2(np.where(size > 0, size, 1.0)))
    power: NDArray[np.float64] = np.ldexp(1.0, -np.clip(exponent, -1000, 1000).astype(int))
    return power


def _check_range(deviation: NDArray[np.float64], constant: NDArray[np.bool_]) -> None:
    limit = _LARGEST_SCALE[np.dtype(np.float64)]
    beyond = np.flatnonzero(~constant & ~((deviation < limit) & (deviation > 1 / limit)))
    if len(beyond):
        raise ValueError(
            f"Column {beyond[0]} of X varies by about {deviation[beyond[0]]:.0e}, and the square of that is not a "
            "floating-point number. Rescale the column, or leave it out."
        )


def _within(dtype: Any, scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scales that the dtype of the rows can hold."""
    limit = _LARGEST_SCALE[np.dtype(dtype)]
    return np.clip(scale, 1 / limit, limit)
