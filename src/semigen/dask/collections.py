"""Collections of Dask and Parquet files as lists of parts, one for each partition."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import uuid4

import numpy as np
from dask.delayed import Delayed, delayed

from semigen.mixture.partitions.part import Columns, Part, joined_labels, names_of_features


@dataclass(frozen=True)
class Collection:
    """Partitions of rows, not yet read.

    Attributes
    ----------
    partitions : sequence of Delayed
        Each gives what `Columns.part_of` reads.
    columns : Columns
    given : object
        The collection that it was made of, whose kind predictions have.
    """

    partitions: Sequence[Delayed]
    columns: Columns
    given: Any

    def parts(self, *, labels: bool) -> list[Delayed]:
        """Return the parts, to be read on the workers."""
        columns = self.columns if labels else replace(self.columns, target=None)
        read, this = delayed(_part), uuid4().hex
        return [
            read(each, columns, number, dask_key_name=f"semigen-read-{this}-{number}")
            for number, each in enumerate(self.partitions)
        ]


def collection_of(
    X: Any,
    y: Any = None,
    target: str | None = None,
    features: Iterable[str] | None = None,
    sample_weight: str | None = None,
) -> Collection:
    """Return a collection of Dask, or a path to Parquet files, as partitions.

    Parameters
    ----------
    X : dask Array, DataFrame or Bag, or path
    y : dask Array or Series, optional
        Labels of an Array or a DataFrame, partitioned as it is.
    target : str, optional
        The column of labels, of a DataFrame or a file.
    features : sequence of str, optional
        The columns to learn from, of a DataFrame or a file.
    sample_weight : str, optional
        The column of weights, of a DataFrame or a file.

    Raises
    ------
    TypeError, ValueError
        If it is something else, or X and y are not partitioned alike.
    """
    columns = Columns(target, names_of_features(features), sample_weight)
    kind = type(X).__name__
    if isinstance(X, str | os.PathLike):
        _refuse(y, "a Parquet path")
        return _of_files(os.fspath(X), columns)
    if not hasattr(X, "to_delayed"):
        raise TypeError(
            f"X is a {kind}; DaskSemiSupervisedGMM takes a dask Array, DataFrame or Bag, or a path to Parquet files. "
            "SemiSupervisedGMM takes arrays, frames, Arrow data sets and semigen.Partitions."
        )
    if hasattr(X, "columns"):
        names = tuple(map(str, X.columns))
        try:
            columns = columns.of(columns.features_of(names))
        except ValueError as error:
            raise ValueError(f"The DataFrame {error}") from None
        return _beside(X.to_delayed(), y, columns, X)
    if hasattr(X, "chunks"):
        if columns.named:
            raise ValueError(
                "target=, features= and sample_weight= name columns, and those of a dask Array have no names: give y=, "
                "and rows with weights as a DataFrame or a Bag."
            )
        if X.ndim != 2:
            raise ValueError(f"X has {X.ndim} dimensions; rows and columns are wanted.")
        rows = X.rechunk({1: -1}) if X.numblocks[1] > 1 else X
        return _beside(rows.to_delayed().ravel(), y, columns, X)
    _refuse(y, "a Bag")
    return Collection(list(X.to_delayed()), columns, X)


def _refuse(y: Any, what: str) -> None:
    if y is not None:
        raise ValueError(f"y is given beside {what}, whose rows bring their labels: with target=, or as pairs (X, y).")


def _beside(partitions: Iterable[Delayed], y: Any, columns: Columns, given: Any) -> Collection:
    """Return partitions with those of y beside them."""
    listed = list(partitions)
    if y is None:
        return Collection(listed, columns, given)
    if columns.target is not None:
        raise ValueError(f"Labels are given twice: as y, and as the column {columns.target!r}.")
    if columns.sample_weight is not None:
        raise ValueError("sample_weight= names a column beside target=, and labels are given as y: name theirs too.")
    if not hasattr(y, "to_delayed"):
        raise TypeError(f"y is a {type(y).__name__}; beside a {type(given).__name__} it must be a collection of Dask.")
    labels = list(np.ravel(y.to_delayed()))
    if len(labels) != len(listed):
        raise ValueError(
            f"X has {len(listed)} partitions and y has {len(labels)}; rows must be partitioned alike, as by "
            "y.rechunk(X.chunks[0])."
        )
    together = delayed(_pair, pure=False)
    return Collection(
        [together(*pair, columns.features) for pair in zip(listed, labels, strict=True)], Columns(), given
    )


def _pair(X: Any, y: Any, features: Sequence[str] | None) -> tuple[Any, Any]:
    return (X if features is None else seen_by(X, features)), y


def seen_by(frame: Any, names: Sequence[str]) -> Any:
    """Return the columns of a frame that have these names, as text."""
    column = {str(name): name for name in frame.columns}
    missing = [name for name in names if name not in column]
    if missing:
        raise ValueError(f"There is no column {missing[0]!r}; the columns are {list(column)}.")
    return frame[[column[name] for name in names]]


def _part(given: Any, columns: Columns, number: int) -> Part:
    """Read a partition: rows, a pair, a frame, or, of a Bag, a list of these."""
    try:
        if isinstance(given, list):
            return _joined([columns.part_of(each) for each in given])
        # The result of a task may be asked again, so that nobody may write to it.
        return replace(columns.part_of(given), owned=False)
    except (ValueError, TypeError) as error:
        raise type(error)(f"Partition {number}: {error}") from None


def _joined(parts: Sequence[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        raise ValueError("has no item: drop empty partitions of the Bag before the fit.")
    if len({(each.y is None, each.weights is None) for each in parts}) > 1:
        raise ValueError("has labels, or weights, in some of its items and not in others.")
    y = None if parts[0].y is None else joined_labels([each.y for each in parts])
    weights = None if parts[0].weights is None else np.concatenate([each.weights for each in parts])
    return Part(np.concatenate([each.X for each in parts]), y, weights, parts[0].names)


def _of_files(path: str, columns: Columns) -> Collection:
    this = uuid4().hex
    found = _opened(path, columns, this)
    read = delayed(_row_group, pure=False)
    groups = found.row_groups()
    if not groups:
        raise ValueError(f"The files of {path!r} have no rows.")
    return Collection([read(path, *each, found.columns, this) for each in groups], found.columns, path)


@lru_cache(maxsize=8)
def _opened(path: str, columns: Columns, this: str) -> Any:
    """Return the rows of files, which each process lists and checks once for a collection; `this` is its name."""
    from semigen.mixture.partitions.arrow import of_files

    return of_files(path, columns)


def _row_group(path: str, file: int, group: int, columns: Columns, this: str) -> Part:
    """Read a row group of a file, by their numbers."""
    from semigen.mixture.partitions.arrow import ArrowPartitions

    names = [*(columns.features or ()), *(name for name in (columns.target, columns.sample_weight) if name is not None)]
    rows = ArrowPartitions(_opened(path, columns, this).row_group(file, group, names), **vars(columns))
    parts = list(rows.read(labels=columns.target is not None))
    return _joined(parts) if parts else Part(np.empty((0, len(columns.features or ()))), names=columns.features)
