"""A part of the rows: from an array, a pair, or a frame to numbers, labels and weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen._validation import checked_rows, checked_weights, numbers


@dataclass(frozen=True, eq=False)
class Part:
    """Some of the rows.

    Attributes
    ----------
    X : array of shape (n, d)
        float32 or float64; NaN where a value is missing.
    y : array-like of shape (n,) or (n, classes), or None
        Labels as they are held, None where nothing is said of them.
    weights : array of shape (n,) or None
    names : tuple of str or None
        Of the columns.
    owned : bool
        Whether nobody else has X, so that it may be written to.
    """

    X: NDArray[Any]
    y: Any = None
    weights: NDArray[np.float64] | None = None
    names: tuple[str, ...] | None = None
    owned: bool = False

    @property
    def checksum(self) -> int:
        """A number that changes with the rows and their order: a sum of their bits, each word by its place."""
        values = np.ascontiguousarray(self.X).reshape(-1)
        whole = values[: len(values) - len(values) % 2].view(np.uint64)
        last = values[len(whole) * 8 // values.itemsize :].view(np.uint32)
        return int((whole * _places(len(whole))).sum()) + int(last.sum(dtype=np.uint64))

    def without(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.float64] | None]:
        """Return X and weights without the rows of these rising numbers, whose places the last rows take."""
        if not len(rows):
            return self.X, self.weights
        n_left = len(self.X) - len(rows)
        moved = np.setdiff1d(np.arange(n_left, len(self.X)), rows, assume_unique=True)

        def filled(values: NDArray[Any]) -> NDArray[Any]:
            changed = values if self.owned else values.copy()
            changed[rows[: len(moved)]] = changed[moved]
            return changed[:n_left]

        return filled(self.X), None if self.weights is None else filled(self.weights)


@dataclass(frozen=True)
class Columns:
    """Columns of frames, by name.

    Attributes
    ----------
    target : str or None
        The column of labels.
    features : tuple of str or None
        The columns to learn from; None takes all others, in the order of the first part.
    sample_weight : str or None
        The column of weights.
    """

    target: str | None = None
    features: tuple[str, ...] | None = None
    sample_weight: str | None = None

    def __post_init__(self) -> None:
        if self.features is None:
            return
        if not self.features:
            raise ValueError("features is empty: name the columns to learn from, or leave it out for all.")
        twice = {name for name in self.features if self.features.count(name) > 1}
        if twice:
            raise ValueError(f"features names {sorted(twice)} more than once.")
        for name in (self.target, self.sample_weight):
            if name in self.features:
                raise ValueError(f"{name!r} is among features, and cannot be learnt from: it holds labels, or weights.")

    @property
    def named(self) -> bool:
        """Whether anything is named."""
        return any(each is not None for each in (self.target, self.features, self.sample_weight))

    def features_of(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the columns to learn from, of a frame with columns of these names.

        Raises
        ------
        ValueError
            If one is not there.
        """
        for name in (*(self.features or ()), *(each for each in (self.target, self.sample_weight) if each is not None)):
            if name not in names:
                raise ValueError(f"has no column {name!r}; its columns are {list(names)}.")
        return self.features or tuple(name for name in names if name not in (self.target, self.sample_weight))

    def part_of(self, given: Any) -> Part:
        """Return a part as people hold it as numbers, labels and weights.

        Raises
        ------
        ValueError, TypeError
            If it is neither rows, a pair, a triple, nor a frame, or holds something else than numbers.
        """
        if isinstance(given, Part):
            return given
        if isinstance(given, tuple):
            if not 1 <= len(given) <= 3:
                raise ValueError(f"is a tuple of {len(given)}; rows, (X, y) and (X, y, weights) are taken.")
            X, y, weights = (*given, None, None)[:3]
            return _checked(X, y, weights, _names_of(X))
        names = _names_of(given)
        if names is None or not self.named:
            if self.named:
                raise ValueError(f"is a {type(given).__name__} without names of columns, and columns are named.")
            return _checked(given, None, None, names)
        features = self.features_of(names)
        column = dict(zip(names, given.columns, strict=True))
        y = None if self.target is None else given[column[self.target]]
        weights = None if self.sample_weight is None else given[column[self.sample_weight]]
        return _checked(given[[column[name] for name in features]], y, weights, features)

    def of(self, names: tuple[str, ...]) -> Columns:
        """Return the same with these features."""
        return replace(self, features=names)


def names_of_features(features: Iterable[str] | None) -> tuple[str, ...] | None:
    """Return names of columns as a tuple.

    Raises
    ------
    TypeError
        If it is a single text.
    """
    if isinstance(features, str):
        raise TypeError(f"features={features!r} must be a sequence of names, as [{features!r}].")
    return None if features is None else tuple(features)


def _places(n: int) -> NDArray[np.uint64]:
    """Return odd numbers, another for each place: a word times such a number tells every bit of the word."""
    return _odd_numbers(1 << n.bit_length())[:n]


# Parts of a file differ a little in their sizes, which is why it is powers of two that are kept.
@lru_cache(maxsize=4)
def _odd_numbers(n: int) -> NDArray[np.uint64]:
    return 2 * np.arange(n, dtype=np.uint64) + np.uint64(1)


def joined_labels(labels: Sequence[Any]) -> Any:
    """Return the labels of several parts as they are held: in one type, or as objects, which `encode` looks at."""
    if len(labels) == 1:
        return labels[0]
    arrays = [each for each in labels if isinstance(each, np.ndarray)]
    if len(arrays) == len(labels) and len({(each.dtype, each.shape[1:]) for each in arrays}) == 1:
        return np.concatenate(arrays)
    if any(each.ndim > 1 for each in arrays):
        shapes = sorted({each.shape[1:] for each in arrays})
        raise ValueError(
            "Some parts have probabilities of classes for labels, and others something else, or of other classes "
            f"(shapes of a row: {shapes}); they must be held alike."
        )
    every = [name for some in labels for name in _as_list(some)]
    joined = np.empty(len(every), dtype=object)
    joined[:] = every
    return joined


def _as_list(labels: Any) -> list[Any]:
    if hasattr(labels, "to_pylist"):
        return list(labels.to_pylist())
    if isinstance(labels, np.ndarray) and labels.dtype.kind in "biufSU":
        return list(labels.tolist())
    return list(labels)


def _checked_weights(weights: Any, rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return weights, which may all be zero in a part."""
    found = numbers(weights, "sample_weight")
    if len(found) and not found.any():
        return found.reshape(len(rows))
    return checked_weights(weights, rows) if len(rows) else np.empty(0)


def _names_of(X: Any) -> tuple[str, ...] | None:
    columns = getattr(X, "columns", None)
    return None if columns is None else tuple(map(str, columns))


def _checked(X: Any, y: Any, weights: Any, names: tuple[str, ...] | None) -> Part:
    rows = checked_rows(X, dtype=(np.float64, np.float32), missing_allowed=True, least_rows=0)
    if hasattr(y, "columns"):
        raise ValueError("has labels in a frame; give probabilities of classes as an array.")
    if y is not None and np.ndim(y) == 0:
        raise ValueError(f"has {y!r} for labels; there must be one for each row.")
    if y is not None and len(y) != len(rows):
        raise ValueError(f"has {len(rows)} rows and {len(y)} labels; they must be as many.")
    return Part(rows, y, None if weights is None else _checked_weights(weights, rows), names)
