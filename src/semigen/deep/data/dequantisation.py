"""Dequantisation: the width of the cell that each value of a column of few values stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Most rows that are examined, so that files are not read as a whole.
_ROWS = 20_000

# Least share of the rows whose value occurs more than once: values of measurements repeat by chance now and then.
_LEAST_SHARED = 0.1

# The smallest gap between values is one step of their grid, or at most so many if no two neighbours occur.
_MOST_STEPS = 10

# Tolerance for multiples of the step, as a share of it: decimals are rounded in binary.
_TOLERANCE = 0.01

# A density is unbounded at a value on no grid that at least this share of the rows has.
_ATOM = 0.05


def cell_widths(X: NDArray[Any]) -> NDArray[np.float64]:
    """Return the step of the grid on which each column's values lie: 0 if they lie on none, 1 for a constant column.

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
    return np.array([_step(*np.unique(column, return_counts=True)) for column in _looked_at(X).T])


def reject_atoms(X: NDArray[Any], cells: NDArray[np.float64], names: Sequence[str] | None) -> None:
    """Refuse values on no grid that many rows have, as zeros among measurements, where no noise spreads them.

    Raises
    ------
    ValueError
    """
    for number, column in enumerate(_looked_at(X).T):
        values, counts = np.unique(column, return_counts=True)
        if cells[number] == 0 and counts.max() >= max(2, _ATOM * len(column)):
            called = f"Column {number}" if names is None else f"Column {names[number]!r}"
            raise ValueError(
                f"{called} has the value {values[counts.argmax()]:g} in {counts.max() / len(column):.0%} of the rows "
                "and lies on no grid: its density would be unbounded there. Give input_noise > 0, or leave the "
                "column out."
            )


def _looked_at(X: NDArray[Any]) -> NDArray[np.float64]:
    some: NDArray[np.float64] = X[np.linspace(0, len(X) - 1, min(len(X), _ROWS)).astype(np.int64)].astype(np.float64)
    return some


def _step(values: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    if len(values) == 1:
        return 1.0
    if counts[counts > 1].sum() < _LEAST_SHARED * counts.sum():
        return 0.0
    gaps = np.diff(values)
    for steps in range(1, _MOST_STEPS + 1):
        multiples = gaps * (steps / gaps.min())
        if np.abs(multiples - np.round(multiples)).max() < _TOLERANCE:
            return float(gaps.min() / steps)
    return 0.0
