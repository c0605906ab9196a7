"""Columns of zeros and ones in arrays: which belong together, as the values of one category."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen._runtime.callers import outside
from semigen.tables.cells import Distinct

Group = tuple[int, ...]


class OtherValueWarning(UserWarning):
    """Columns of zeros and ones hold something else, which counts as missing."""


def indicator_groups(X: NDArray[Any]) -> tuple[Group, ...]:
    """Return groups of neighbouring columns of zeros and ones of which each row has exactly one 1.

    A column of zeros and ones that belongs to no such group is a group of its own. A row may lack all of a group.

    Parameters
    ----------
    X : array of shape (n, columns)
    """
    truths = ((X == 0) | (X == 1) | np.isnan(X)).all(axis=0)
    groups: list[Group] = []
    j = 0
    while j < X.shape[1]:
        if not truths[j]:
            j += 1
            continue
        end = _end_of_group(X, truths, j)
        groups.append(tuple(range(j, end)))
        j = end
    return tuple(groups)


def has_categories(X: NDArray[Any]) -> bool:
    """Return whether some column holds zeros and ones, both: a constant one tells nothing of a row."""
    zeros, ones = X == 0, X == 1
    return bool(((zeros | ones | np.isnan(X)).all(axis=0) & zeros.any(axis=0) & ones.any(axis=0)).any())


def _end_of_group(X: NDArray[Any], truths: NDArray[np.bool_], first: int) -> int:
    """Return the column behind the group that begins at one."""
    total = np.zeros(len(X))
    for j in range(first, X.shape[1]):
        if not truths[j]:
            break
        total = total + X[:, j]
        if (total > 1).any():
            break
        if ((total == 1) | np.isnan(total)).all() and j > first:
            return j + 1
    return first + 1


def category_of(X: NDArray[Any], group: Group) -> Distinct:
    """Return the value of each row in a group of columns: that of its 1, or that of a single column.

    Warns
    -----
    OtherValueWarning
        If rows have values that none had in training; these count as missing.
    """
    values = X[:, list(group)]
    missing, single = np.isnan(values).any(axis=1), len(group) == 1
    given = np.nan_to_num(values)
    fits = np.isin(given[:, 0], (0, 1)) if single else (given == 1).sum(axis=1) == 1
    codes = np.where(fits & ~missing, given[:, 0] if single else given.argmax(axis=1), -1).astype(np.int64)
    n_unfit = int((~fits & ~missing).sum())
    if n_unfit:
        rows = "1 row has" if n_unfit == 1 else f"{n_unfit:,} rows have"
        said = (
            f"Column {group[0]} held zeros and ones in training; {rows} another value, which counts as missing."
            if single
            else f"Columns {group[0]} to {group[-1]} held exactly one 1 in every row in training; {rows} not, which "
            "counts as missing."
        )
        warnings.warn(said, OtherValueWarning, stacklevel=outside())
    return Distinct(["0", "1"] if single else [str(j) for j in group], codes)
