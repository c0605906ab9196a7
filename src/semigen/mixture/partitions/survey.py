"""The first pass over parts: labelled rows, a sample of the others, ranges, counts and checksums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.labels import UNLABELED_CODE, encode, is_matrix
from semigen.mixture.partitions.part import Part

# Unlabelled rows that are kept for starts, for what is examined after a fit, and for the choice of a guard or of a
# cross-validation: as many as fit into so many values, this many at most.
MOST_SAMPLED = 20_000
_MOST_VALUES = 4_000_000


@dataclass(frozen=True, eq=False)
class Survey:
    """What the first pass finds in some of the rows; that of several parts is their sum.

    Attributes
    ----------
    labeled : dict of int to array
        Numbers of the rows with some label, by the number of the part.
    checks : dict of int to tuple
        Rows and checksum of each part.
    names : tuple of str or None
        Of the columns.
    dtypes : frozenset
        Precisions of the parts.
    X, weights : arrays
        The rows with some label, and what they count.
    y : tuple
        Their labels as they are held, part by part.
    sample, sample_weights, keys : arrays
        Unlabelled rows with the smallest keys, which are drawn at random.
    n_unlabeled : int
        Unlabelled rows, also those of weight zero.
    weight : float
        What they count together.
    measured : array of shape (d,)
        Weight of those in which each column was measured.
    largest : array of shape (d,)
        Largest absolute values among them.
    gaps : tuple of (int, str) or None
        The first part and column with a missing value.
    weighted : bool
        Whether some part brought weights.
    """

    labeled: dict[int, NDArray[np.int64]]
    checks: dict[int, tuple[int, int]]
    names: tuple[str, ...] | None
    dtypes: frozenset[Any]
    X: NDArray[Any]
    weights: NDArray[np.float64]
    y: tuple[Any, ...]
    sample: NDArray[Any]
    sample_weights: NDArray[np.float64]
    keys: NDArray[np.float64]
    n_unlabeled: int
    weight: float
    measured: NDArray[np.float64]
    largest: NDArray[np.float64]
    gaps: tuple[int, str] | None
    weighted: bool

    def __add__(self, other: Survey) -> Survey:
        self._check_alike(other)
        keys = np.concatenate([self.keys, other.keys])
        kept = _smallest(keys, self.X.shape[1])
        return Survey(
            self.labeled | other.labeled,
            self.checks | other.checks,
            self.names or other.names,
            self.dtypes | other.dtypes,
            np.concatenate([self.X, other.X]),
            np.concatenate([self.weights, other.weights]),
            self.y + other.y,
            np.concatenate([self.sample, other.sample])[kept],
            np.concatenate([self.sample_weights, other.sample_weights])[kept],
            keys[kept],
            self.n_unlabeled + other.n_unlabeled,
            self.weight + other.weight,
            self.measured + other.measured,
            np.maximum(self.largest, other.largest),
            self.gaps or other.gaps,
            self.weighted or other.weighted,
        )

    def _check_alike(self, other: Survey) -> None:
        """Refuse parts that disagree on their columns."""
        mine, theirs = min(self.checks), min(other.checks)
        if self.X.shape[1] != other.X.shape[1]:
            raise ValueError(
                f"Partition {theirs} has {other.X.shape[1]} columns and partition {mine} has {self.X.shape[1]}; they "
                "must be the same ones."
            )
        if self.names is not None and other.names is not None and self.names != other.names:
            at = next(j for j, pair in enumerate(zip(self.names, other.names, strict=True)) if pair[0] != pair[1])
            raise ValueError(
                f"Column {at} is {other.names[at]!r} in partition {theirs} and {self.names[at]!r} in partition "
                f"{mine}: give target=, or features=, and columns are found by their names."
            )


def survey(
    number: int, part: Part, unlabeled: object, classes: Iterable[Any] | None, seed: int, matrices: bool = True
) -> Survey:
    """Return what a part holds.

    Parameters
    ----------
    number : int
        Of the part.
    part : Part
    unlabeled, classes
        Those of the estimator, by which labelled rows are told.
    seed : int
        Of the sample, which depends on it and on the number of the part.
    matrices : bool, default=True
        Whether labels may be probabilities, in a column for each class.

    Raises
    ------
    ValueError
        If a value is infinite, or labels cannot be read; says where.
    """
    X = part.X
    finite = bool(np.isfinite(X.sum(dtype=np.float64)))
    absent = np.zeros(X.shape[1], dtype=bool) if finite else np.isnan(X).any(axis=0)
    if not finite and np.isinf(X).any():
        j = int(np.flatnonzero(np.isinf(X).any(axis=0))[0])
        raise ValueError(f"Partition {number}: {_column(part, j)} contains infinity; rows must be finite numbers.")
    if not matrices and part.y is not None and is_matrix(part.y):
        raise ValueError(
            f"Partition {number}: y has several columns, and labels of several annotators are not taken of rows that "
            "come in parts. Give one column of labels, or rows in memory."
        )
    try:
        labeled = _with_some_label(part, unlabeled, classes)
    except ValueError as error:
        raise ValueError(f"Partition {number}: {error}") from None
    check, with_labels = (len(X), part.checksum), X[labeled]
    of_labeled = np.ones(len(labeled)) if part.weights is None else part.weights[labeled]
    # This may write to X.
    others, weights = part.without(labeled)
    if weights is not None and not weights.all():
        others, weights = others[weights > 0], weights[weights > 0]
    of_others = np.ones(len(others)) if weights is None else weights
    keys = np.random.default_rng([seed, number]).random(len(others))
    kept = _smallest(keys, X.shape[1])
    return Survey(
        labeled={number: labeled},
        checks={number: check},
        names=part.names,
        dtypes=frozenset([X.dtype]),
        X=with_labels,
        weights=of_labeled,
        y=() if part.y is None or not len(labeled) else (_taken(part.y, labeled),),
        sample=others[kept],
        sample_weights=of_others[kept],
        keys=keys[kept],
        n_unlabeled=len(X) - len(labeled),
        weight=float(of_others.sum()),
        measured=np.full(X.shape[1], of_others.sum()) if not absent.any() else of_others @ ~np.isnan(others),
        largest=_largest(others),
        gaps=(number, _column(part, int(absent.argmax()))) if absent.any() else None,
        weighted=part.weights is not None,
    )


def _largest(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return the largest absolute value of each column, 0 where there is none."""
    if not len(rows):
        return np.zeros(rows.shape[1])
    ends = np.fmax.reduce(rows, axis=0), -np.fmin.reduce(rows, axis=0)
    largest: NDArray[np.float64] = np.nan_to_num(np.maximum(*ends)).astype(np.float64)
    return largest


def _with_some_label(part: Part, unlabeled: object, classes: Iterable[Any] | None) -> NDArray[np.int64]:
    if part.y is None or not len(part.X):
        return np.empty(0, dtype=np.int64)
    y, rows = part.y, np.arange(len(part.X))
    if hasattr(y, "is_valid"):
        # Of an Arrow array, most of which is null: what is not takes little time.
        rows = np.flatnonzero(np.asarray(y.is_valid()))
        y = _taken(y, rows)
    codes = encode(y, unlabeled=unlabeled, classes=classes, unsure=True).codes
    return np.asarray(rows[codes != UNLABELED_CODE])


def _taken(y: Any, rows: NDArray[np.int64]) -> Any:
    """Return some labels, in the type that they are held in."""
    if hasattr(y, "iloc"):
        return y.iloc[rows]
    if hasattr(y, "take") and hasattr(y, "to_pylist"):
        return y.take(rows)
    if hasattr(y, "gather"):
        return y.gather(rows)
    return y[rows] if isinstance(y, np.ndarray) else [y[i] for i in rows.tolist()]


def _smallest(keys: NDArray[np.float64], n_features: int) -> NDArray[np.int64]:
    """Return the numbers of the smallest keys, in their order, as many as are kept of rows with so many columns."""
    most = max(min(MOST_SAMPLED, _MOST_VALUES // n_features), 1)
    some = np.argpartition(keys, most - 1)[:most] if len(keys) > most else np.arange(len(keys))
    return some[np.argsort(keys[some], kind="stable")]


def _column(part: Part, j: int) -> str:
    return f"column {j}" if part.names is None else f"column {part.names[j]!r}"
