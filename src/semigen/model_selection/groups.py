"""Labelled rows that belong together in cross-validation: those of a group, and copies of one another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.utils import _safe_indexing

from semigen.labels.classes import distinct
from semigen.labels.reading import read

NO_GROUP = -1

# Rows by which it is told how often rows are equal by chance.
_LOOKED_AT = 5000
# A column of fewer different values cannot tell rows apart.
_FEW_VALUES = 20
# Copies carry the label of their original.
_AGREEING = 0.95
# Chance makes pairs of equal rows; so many times as many are no chance, also where columns depend on each other.
_TIMES = 20.0


def encode_groups(groups: Any, labeled: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the number of each row's group, -1 where it has none.

    Parameters
    ----------
    groups : array-like of shape (n,)
        As labels may be held; None, NaN and the like where an unlabelled row belongs to no group that is known.
    labeled : array of bool of shape (n,)

    Raises
    ------
    ValueError
        If there are not as many groups as rows, or a labelled row has none.
    """
    values = read(groups, "groups")
    if len(values.present) != len(labeled):
        raise ValueError(f"groups has {len(values.present)} entries for {len(labeled)} rows; they must be as many.")
    lacking = np.flatnonzero(labeled & ~values.present)
    if len(lacking):
        raise ValueError(
            f"The labelled row {lacking[0]} belongs to no group, so it is unclear with which rows it may be held out; "
            "give each labelled row a group, a new one if it stands alone."
        )
    numbers = np.full(len(labeled), NO_GROUP)
    numbers[values.present] = distinct(values.given, targets=False)[1]
    return numbers


def groups_of_counting(
    groups: Any, labeled: NDArray[np.bool_], n_given: int, weights: NDArray[np.float64] | None
) -> NDArray[np.int64] | None:
    """Return the number of each counting row's group, -1 where it has none, as rows of X_unlabeled have.

    Parameters
    ----------
    groups : array-like of shape (n_given,), or None
        None where rows are in no groups; else as for `encode_groups`, of the rows of X.
    labeled : array of bool of shape (n,)
        Of the rows of X, then those of X_unlabeled.
    n_given : int
        Rows of X.
    weights : array of shape (n,) or None
        Rows of weight zero do not count.
    """
    if groups is None:
        return None
    number = np.full(len(labeled), NO_GROUP)
    number[:n_given] = encode_groups(groups, labeled[:n_given])
    return number if weights is None else number[weights > 0]


def equal_rows(X: Any) -> NDArray[np.int64]:
    """Return a number for each row of an array or a frame, the same for rows that are equal in every column."""
    number: dict[int, int] = {}
    rows = [hash(row.tobytes()) for row in _comparable(X)]
    return np.array([number.setdefault(row, len(number)) for row in rows], dtype=np.int64)


def copies(X: Any, codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a number for each labelled row, the same for rows that are copies of one another.

    Where columns hold few values, rows are equal by chance and are no copies: a test row that equals a training row is
    then what every later row will be as well. Equal rows count as copies if they carry the same label, and if there are
    twenty times as many pairs of them as columns that have nothing to do with each other would make: fewer than one, or
    more if a column has many values.

    Parameters
    ----------
    X : array or frame of shape (n, d)
        All rows, labelled or not.
    codes : array of shape (n,)
        Classes of rows, below zero for those without a label.
    """
    labeled = np.flatnonzero(codes >= 0)
    number = equal_rows(_safe_indexing(X, labeled))
    alone = np.arange(len(labeled))
    pairs = _pairs(np.bincount(number))
    if not pairs:
        return alone
    agreeing = _pairs(np.unique(np.column_stack([number, codes[labeled]]), axis=0, return_counts=True)[1])
    if agreeing < _AGREEING * pairs:
        return alone
    looked_at = np.linspace(0, len(codes) - 1, min(len(codes), _LOOKED_AT)).astype(np.int64)
    some = _comparable(_safe_indexing(X, looked_at))
    counts = [np.unique(column, return_counts=True)[1] for column in some.T]
    chance = float(np.prod([_pairs(count) / _pairs(np.array([len(some)])) for count in counts]))
    expected = chance * _pairs(np.array([len(labeled)]))
    telling = max(map(len, counts)) > _FEW_VALUES
    return number if pairs > _TIMES * expected and (telling or expected < 1) else alone


def n_copies(number: NDArray[np.int64]) -> int:
    """Return how many rows, numbered by `copies`, repeat an earlier one."""
    return len(number) - len(np.unique(number))


def of_copies(number: int) -> list[str]:
    """Return a sentence on labelled rows that are copies of others, if there are any."""
    if not number:
        return []
    rows = "labelled row is a copy of another" if number == 1 else "labelled rows are copies of others"
    return [f"{number:,} {rows}; copies were held out together, so that none was tested on what it had been taught."]


def joined(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers of the groups that two groupings of the same rows make together."""
    n_first, n_second = (int(each.max(initial=-1)) + 1 for each in (first, second))
    links = coo_array((np.ones(len(first)), (first, n_first + second)), shape=(n_first + n_second,) * 2)
    number: NDArray[np.int64] = connected_components(links, directed=False)[1][first].astype(np.int64)
    return number


def in_groups_of(groups: NDArray[np.int64] | None, test: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows that stay out of training when some are tested: these, and all rows of their groups."""
    if groups is None:
        return test
    return np.union1d(test, np.flatnonzero(np.isin(groups, groups[test]) & (groups != NO_GROUP)))


def _pairs(counts: NDArray[np.int64]) -> float:
    return float((counts.astype(np.float64) * (counts - 1)).sum() / 2)


def _comparable(X: Any) -> NDArray[Any]:
    """Return rows of numbers of which equal ones have the same bytes: text as numbers, zeros without a sign."""
    if isinstance(X, list | tuple) or (isinstance(X, np.ndarray) and X.dtype.kind in "biuf"):
        X = np.asarray(X)
    if not isinstance(X, np.ndarray) or X.dtype.kind not in "biuf":
        return np.column_stack([_numbered(column) for column in _columns(X)])
    return np.where(np.isnan(X), np.nan, X) + 0.0 if X.dtype.kind == "f" else X


def _columns(X: Any) -> Iterator[list[Any]]:
    """Return the columns of a frame of pandas, polars or Arrow, or of an array of objects, as lists."""
    if hasattr(X, "iloc"):
        yield from (X.iloc[:, j].tolist() for j in range(X.shape[1]))
    elif hasattr(X, "to_series"):
        yield from (X.to_series(j).to_list() for j in range(X.shape[1]))
    elif hasattr(X, "column"):
        yield from (X.column(j).to_pylist() for j in range(X.shape[1]))
    else:
        cells = np.asarray(X, dtype=object)
        yield from cells.reshape(len(cells), -1).T.tolist()


def _numbered(column: list[Any]) -> NDArray[np.int64]:
    number: dict[str, int] = {}
    return np.array([number.setdefault(repr(value), len(number)) for value in column], dtype=np.int64)
