"""What people hold rows in that come in parts: Parquet files, Arrow tables and data sets, lazy frames, partitions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from semigen.mixture.partitions.part import Columns, names_of_features
from semigen.mixture.partitions.partitions import Partitions


def partitions_of(
    X: Any,
    y: Any = None,
    sample_weight: Any = None,
    X_unlabeled: Any = None,
    *,
    target: str | None = None,
    features: Iterable[str] | None = None,
) -> Partitions | None:
    """Return rows that come in parts as `Partitions`; None for rows in memory.

    Parameters
    ----------
    X : Partitions, path, Arrow data set or table, polars LazyFrame, or rows in memory
    y, X_unlabeled
        None where rows come in parts, which bring their own.
    sample_weight : str, optional
        The column of weights, where rows come in parts.
    target, features
        Names of columns.

    Raises
    ------
    ValueError
        If something is given twice, or for rows in memory.
    """
    listed = names_of_features(features)
    weight = sample_weight if isinstance(sample_weight, str) else None
    columns = Columns(target, listed, weight)
    source = _source(X, columns, with_labels=y is None)
    if source is None:
        if columns.named:
            raise ValueError(
                "target=, features= and sample_weight= name columns of rows that come in parts, and X is a "
                f"{type(X).__name__}: give labels as y=, weights as numbers, and the columns to learn from as X; or an "
                "Arrow table, or semigen.Partitions."
            )
        return None
    beside = {"y": y, "sample_weight": None if weight else sample_weight, "X_unlabeled": X_unlabeled}
    for name, value in beside.items():
        if value is not None:
            raise ValueError(
                f"{name} is given beside rows that come in parts ({type(X).__name__}); these bring their own: name the "
                "columns of labels and weights with target= and sample_weight=, or let semigen.Partitions yield (X, y) "
                "or (X, y, weights)."
            )
    return source


def comes_in_parts(X: Any) -> bool:
    """Return whether these are rows that come in parts, without reading them; an Arrow table is held in memory."""
    package, name = type(X).__module__.partition(".")[0], type(X).__name__
    of_package = (package, name) == ("polars", "LazyFrame") or (package == "pyarrow" and name.endswith("Dataset"))
    return of_package or isinstance(X, Partitions | str | os.PathLike)


def rows_of(X: Any, names: tuple[str, ...] | None) -> Partitions | None:
    """Return rows that come in parts without labels, seen by the columns of these names; None for rows in memory."""
    if isinstance(X, Partitions):
        return X if names is None else X.of_columns(names)
    return _source(X, Columns(features=names), with_labels=False)


def _source(X: Any, columns: Columns, *, with_labels: bool) -> Partitions | None:
    if isinstance(X, Partitions):
        return X.named(columns) if columns.named else X
    if isinstance(X, Iterator):
        raise ValueError(
            f"X is a {type(X).__name__}, which can be iterated over once: pass an array, or rows in parts as "
            "semigen.Partitions, with a function that makes the parts anew."
        )
    package, name = type(X).__module__.partition(".")[0], type(X).__name__
    if isinstance(X, str | os.PathLike):
        from semigen.mixture.partitions.arrow import of_files

        return of_files(os.fspath(X), columns)
    if package == "pyarrow" and (name.endswith("Dataset") or (name == "Table" and with_labels)):
        from semigen.mixture.partitions.arrow import ArrowPartitions

        return ArrowPartitions(X, **vars(columns))
    if package == "polars" and name == "LazyFrame":
        from semigen.mixture.partitions.arrow import of_lazy_frame

        return of_lazy_frame(X, columns)
    return None
