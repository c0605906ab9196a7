"""How wide a cell the values of a column stand for: columns of few values have no density until they are spread."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Rows that are looked at; those of a file are not read as a whole.
_ROWS = 20_000

# Gaps between values may miss a multiple of the smallest one by so much of it: decimals are rounded in binary.
_TOLERANCE = 0.02


def cell_widths(X: NDArray[Any]) -> NDArray[np.float64]:
    """Step of the grid on which each column's values lie; 0 where they lie on none, 1 for a constant column.

    Values of counts, grades or flags stand for cells: a continuous density, asked to explain them as points, would
    rise without end over each. Uniform noise as wide as a cell makes log p(x) the log-probability of the cell,
    averaged over it, or a bound below that (Theis, van den Oord, Bethge, "A note on the evaluation of generative
    models", ICLR 2016).

    Parameters
    ----------
    X : array of shape (n, d)

    Returns
    -------
    array of shape (d,)
        In the units of X.
    """
    some = X[np.linspace(0, len(X) - 1, min(len(X), _ROWS)).astype(np.int64)]
    return np.array([_step(column) for column in some.T.astype(np.float64)])


def _step(column: NDArray[np.float64]) -> float:
    values = np.unique(column)
    if len(values) == 1:
        return 1.0
    if len(values) > len(column) / 2:
        return 0.0
    gaps = np.diff(values)
    multiples = gaps / gaps.min()
    return float(gaps.min()) if np.abs(multiples - np.round(multiples)).max() < _TOLERANCE else 0.0
