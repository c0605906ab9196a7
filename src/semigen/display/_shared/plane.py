"""A plane through rows, to draw them on: two of their columns, or their first two principal components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA


@dataclass(frozen=True)
class Plane:
    """Where rows of d columns come to lie on paper; a line where there is one column only.

    Attributes
    ----------
    origin : array of shape (d,)
    onto : array of shape (d, 2) or (d, 1)
        ``(row - origin) @ onto`` is where a row is drawn.
    back : array of shape (2, d) or (1, d)
        ``origin + place @ back`` is the row of the plane at a place; ``back @ onto`` is the identity.
    names : tuple of str
        Of the axes.
    """

    origin: NDArray[np.float64]
    onto: NDArray[np.float64]
    back: NDArray[np.float64]
    names: tuple[str, ...]

    @property
    def width(self) -> int:
        """Two; one for a line."""
        return int(self.onto.shape[1])

    def apply(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where rows are drawn, of shape (n, 2) or (n, 1)."""
        places: NDArray[np.float64] = (rows - self.origin) @ self.onto
        return places

    def rows_at(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the rows of the plane at these places, of shape (n, d)."""
        return self.origin + places @ self.back


def plane_through(rows: NDArray[np.float64], names: Sequence[str], columns: Sequence[int | str] | None = None) -> Plane:
    """Return the plane of two columns, or that of the principal components of standardised columns.

    Parameters
    ----------
    rows : array of shape (n, d)
        Complete ones.
    names : sequence of str
        Of the columns.
    columns : sequence of one or two numbers or names, optional
        By default the columns themselves where there are no more than two; else principal components.

    Returns
    -------
    Plane
        That of columns goes through the medians of the others.

    Raises
    ------
    ValueError
        If columns are named that are not there, or not one or two.
    """
    if columns is not None:
        return _of_columns(rows, names, [_number_of(column, names) for column in _one_or_two(columns)])
    scale = rows.std(axis=0) if len(rows) else np.zeros(rows.shape[1])
    if rows.shape[1] <= 2 or len(rows) < 3 or not (scale > 0).any():
        return _of_columns(rows, names, list(range(min(rows.shape[1], 2))))
    scale[scale == 0] = 1
    centre = rows.mean(axis=0)
    components = PCA(2, random_state=0).fit((rows - centre) / scale)
    directions = components.components_
    labels = [
        f"principal component {i} ({share:.0%} of the variance)"
        for i, share in enumerate(components.explained_variance_ratio_, start=1)
    ]
    return Plane(centre, directions.T / scale[:, None], directions * scale, tuple(labels))


def _of_columns(rows: NDArray[np.float64], names: Sequence[str], columns: list[int]) -> Plane:
    back = np.zeros((len(columns), rows.shape[1]))
    back[np.arange(len(columns)), columns] = 1
    origin = np.median(rows, axis=0) if len(rows) else np.zeros(rows.shape[1])
    origin[columns] = 0
    return Plane(origin, back.T.copy(), back, tuple(names[j] for j in columns))


def _one_or_two(columns: Sequence[int | str]) -> list[int | str]:
    listed: list[int | str] = [columns] if isinstance(columns, str | Integral) else list(columns)
    if len(listed) not in (1, 2) or len(set(listed)) != len(listed):
        raise ValueError(f"columns={columns!r} must name one or two different columns.")
    return listed


def _number_of(column: Any, names: Sequence[str]) -> int:
    if isinstance(column, str):
        if column not in names:
            raise ValueError(f"columns names {column!r}, and the columns are {list(names)[:20]}.")
        return list(names).index(column)
    if isinstance(column, bool) or not isinstance(column, Integral):
        raise ValueError(f"columns names {column!r}, which is neither the number of a column nor the name of one.")
    if not 0 <= int(column) < len(names):
        raise ValueError(f"columns names column {column}, and the columns go from 0 to {len(names) - 1}.")
    return int(column)
