"""What people hold rows in that come in parts: Parquet files, Arrow tables and data sets, lazy frames, partitions."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from semigen.mixture.partitions.part import names_of_features
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
    y, sample_weight, X_unlabeled
        None where rows come in parts, which bring their own.
    target, features
        Names of columns.

    Raises
    ------
    ValueError
        If something is given twice, or for rows in memory.
    """
    listed = names_of_features(features)
    source = _source(X, target, listed, with_labels=y is None)
    if source is None:
        if target is not None or listed is not None:
            raise ValueError(
                f"target= and features= name columns of rows that come in parts, and X is a {type(X).__name__}: give "
                "y=, and the columns to learn from as X; or an Arrow table, or semigen.Partitions."
            )
        return None
    beside = {"y": y, "sample_weight": sample_weight, "X_unlabeled": X_unlabeled}
    for name, value in beside.items():
        if value is not None:
            raise ValueError(
                f"{name} is given beside rows that come in parts ({type(X).__name__}); these bring their own: name the "
                "column of labels with target=, or let semigen.Partitions yield (X, y) or (X, y, weights)."
            )
    return source


def rows_of(X: Any, names: tuple[str, ...] | None) -> Partitions | None:
    """Return rows that come in parts without labels, seen by the columns of these names; None for rows in memory."""
    if isinstance(X, Partitions):
        return X if names is None else X.of_columns(names)
    return _source(X, None, names, with_labels=False)


def _source(X: Any, target: str | None, features: tuple[str, ...] | None, *, with_labels: bool) -> Partitions | None:
    if isinstance(X, Partitions):
        if target is not None or features is not None:
            return Partitions(X._parts, target=target, features=features, sample_weight=X.columns.sample_weight)
        return X
    package, name = type(X).__module__.partition(".")[0], type(X).__name__
    if isinstance(X, str | os.PathLike):
        from semigen.mixture.partitions.arrow import of_files

        return of_files(os.fspath(X), target, features)
    if package == "pyarrow" and (name.endswith("Dataset") or (name == "Table" and with_labels)):
        from semigen.mixture.partitions.arrow import ArrowPartitions

        return ArrowPartitions(X, target=target, features=features)
    if package == "polars" and name == "LazyFrame":
        from semigen.mixture.partitions.arrow import of_lazy_frame

        return of_lazy_frame(X, target, features)
    return None
