"""Predictions on a cluster: lazy collections of the kind of the rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.dask.collections import collection_of, seen_by
from semigen.mixture.partitions.part import Columns

Answer = Callable[[Any], NDArray[Any]]


def answered(X: Any, answer: Answer, some: NDArray[Any], names: Sequence[str] | None, classes: Sequence[str]) -> Any:
    """Return answers for a collection of rows.

    Parameters
    ----------
    X : dask Array, DataFrame or Bag, or path to Parquet files
    answer : callable
        From the rows of a partition to its answers.
    some : array of shape (1,) or (1, k)
        Answers of the same kind.
    names : sequence of str or None
        The columns that rows are seen by, where they have names.
    classes : sequence of str
        Names of the columns of answers; of the answer itself if it has none.

    Returns
    -------
    dask Array, Series, DataFrame or Bag
    """
    whole = _Whole(answer, some)
    if hasattr(X, "columns"):
        seen = X if names is None else seen_by(X, names)
        return seen.map_partitions(_Framed(whole, list(classes)), meta=_Framed(whole, list(classes)).meta())
    if hasattr(X, "chunks"):
        rows = X.rechunk({1: -1}) if X.numblocks[1] > 1 else X
        if some.ndim == 1:
            return rows.map_blocks(whole, dtype=some.dtype, drop_axis=1, meta=some[:0])
        return rows.map_blocks(whole, dtype=some.dtype, chunks=(rows.chunks[0], (some.shape[1],)), meta=some[:0])
    if isinstance(X, str | os.PathLike):
        import dask.bag as db
        from dask.delayed import delayed

        parts = [delayed(_in_list)(each) for each in collection_of(X, features=names).partitions]
        return db.from_delayed(parts).map(whole)  # type: ignore[no-untyped-call]
    if not hasattr(X, "to_delayed"):
        raise TypeError(
            f"X is a {type(X).__name__}; a dask Array, DataFrame or Bag, or a path, is answered lazily. For rows in "
            "memory take to_local()."
        )
    return X.map(whole)


def _in_list(part: Any) -> list[Any]:
    return [part]


class _Whole:
    """Answers also for no row, for pairs and for parts."""

    def __init__(self, answer: Answer, some: NDArray[Any]):
        self._answer = answer
        self._some = some

    def __call__(self, given: Any) -> NDArray[Any]:
        rows = given if hasattr(given, "columns") else Columns().part_of(given).X
        return self._answer(rows) if len(rows) else self._some[:0]


class _Framed:
    """Answers as a Series or a frame with the index of the rows."""

    def __init__(self, whole: _Whole, names: list[str]):
        self._whole = whole
        self._names = names

    def __call__(self, rows: Any) -> Any:
        return self._framed(self._whole(rows), rows.index)

    def meta(self) -> Any:
        return self._framed(self._whole(np.empty((0, 1))), None)

    def _framed(self, answers: NDArray[Any], index: Any) -> Any:
        import pandas as pd

        if answers.ndim == 1:
            return pd.Series(answers, index=index, name=self._names[0])
        return pd.DataFrame(answers, index=index, columns=self._names)
