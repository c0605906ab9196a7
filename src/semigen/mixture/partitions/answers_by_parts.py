"""Predictions for rows that come in parts: made part by part when they are asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from semigen._files import replacing
from semigen.mixture.partitions.engine import read_ahead
from semigen.mixture.partitions.partitions import Partitions
from semigen.mixture.partitions.sources import comes_in_parts, rows_of

Class = TypeVar("Class", bound=type)


class PartitionedAnswers:
    """Answers for rows that come in parts, one array for each part, computed anew whenever they are iterated over.

    Parameters
    ----------
    source : Partitions
    answer : callable
        From the rows of a part to an array.
    names : sequence of str
        Of the columns of the answers.
    """

    def __init__(self, source: Partitions, answer: Callable[[NDArray[Any]], NDArray[Any]], names: Sequence[str]):
        self._source = source
        self._answer = answer
        self.names = list(names)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        """Read, and answer part by part."""
        for part in read_ahead(self._source.read(labels=False)):
            yield self._answer(part.X) if len(part.X) else self._answer(np.zeros((1, part.X.shape[1])))[:0]

    def to_parquet(self, path: str) -> None:
        """Write the answers to a Parquet file, part by part; the file is written whole or not at all.

        Parameters
        ----------
        path : str

        Raises
        ------
        ValueError
            If it is the file that the rows are read from, or would lie among such files.
        """
        if self._source.reads(path):
            raise ValueError(f"{str(path)!r} is where the rows are read from; write the answers elsewhere.")
        import pyarrow as pa
        import pyarrow.parquet as pq

        with replacing(Path(path)) as file:
            writer = None
            try:
                for answers in self:
                    columns = answers[:, None] if answers.ndim == 1 else answers
                    table = pa.table({name: columns[:, j] for j, name in enumerate(self.names)})
                    writer = writer or pq.ParquetWriter(file, table.schema)
                    writer.write_table(table)
            finally:
                if writer is not None:
                    writer.close()
            if writer is None:
                raise ValueError("There is no partition: nothing to write.")


def predicts_by_parts(*methods: str, in_memory: Sequence[str]) -> Callable[[Class], Class]:
    """Return a class decorator: these methods answer rows that come in parts by `PartitionedAnswers`.

    Those `in_memory` refuse such rows, and say what to do.
    """

    def decorate(cls: Class) -> Class:
        for name in methods:
            setattr(cls, name, _by_parts(getattr(cls, name)))
        for name in in_memory:
            setattr(cls, name, _in_memory(getattr(cls, name)))
        return cls

    return decorate


def _by_parts(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def run(self: Any, X: Any, *positional: Any, **named: Any) -> Any:
        names = getattr(self, "feature_names_in_", None)
        source = rows_of(X, None if names is None else tuple(names))
        if source is None:
            return method(self, X, *positional, **named)
        check_is_fitted(self)
        answer = partial(_without_names, method, self)
        some = answer(np.zeros((1, self.n_features_in_)))
        labels = [method.__name__] if some.ndim == 1 else [str(each) for each in columns_of(self, some.shape[1])]
        return PartitionedAnswers(source, answer, labels)

    return run


def _in_memory(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def run(self: Any, X: Any, *positional: Any, **named: Any) -> Any:
        if comes_in_parts(X):
            raise ValueError(
                f"{method.__name__} takes rows in memory, and X is a {type(X).__name__}, which comes in parts: call it "
                "for each part, as in `for part in semigen.Partitions(...)`, with part.X and part.y."
            )
        return method(self, X, *positional, **named)

    return run


def _without_names(method: Callable[..., Any], model: Any, rows: NDArray[Any]) -> Any:
    with warnings.catch_warnings():
        # The columns were found by their names when the part was read.
        warnings.filterwarnings("ignore", "X does not have valid feature names", UserWarning)
        return method(model, rows)


def columns_of(model: Any, n: int) -> Sequence[Any]:
    """Return what columns of answers are called: the classes, or numbers where there are not as many."""
    return model.classes_ if n == len(model.classes_) else range(n)
