"""Partitions: rows that come in parts, again for every pass over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from semigen.mixture.partitions.part import Columns, Part, names_of_features


class Partitions:
    """Rows that come in parts, which are read again for every pass over them.

    For what no memory holds: `SemiSupervisedGMM` and `SemiSupervisedGMMCV` learn from it, and predict for it part by
    part. Parquet files, Arrow data sets and lazy frames of polars are taken as they are; this class is for anything
    else.

    Parameters
    ----------
    parts : iterable or callable
        Yields the parts, the same ones each time that it is iterated over: arrays ``X``, pairs ``(X, y)``, triples
        ``(X, y, weights)``, or frames. A function without arguments is called for a new iterator each time. What can
        be iterated over once only, as a generator, is refused.
    target : str, optional
        The column of labels, in frames.
    features : sequence of str, optional
        The columns to learn from, in frames. Default: all but `target` and `sample_weight`.
    sample_weight : str, optional
        The column of weights, in frames.

    Notes
    -----
    A fit depends on how rows are partitioned to rounding only: a hundred thousand rows a part are read and summed at
    full speed, and two parts must fit into memory.

    Examples
    --------
    >>> import numpy as np
    >>> from semigen import Partitions, SemiSupervisedGMM
    >>> def parts():
    ...     for seed in range(4):  # or read file after file
    ...         rng = np.random.default_rng(seed)
    ...         truth = rng.integers(0, 2, 1000)
    ...         y = np.where(np.arange(1000) < 5, truth, -1)  # five labels a part
    ...         yield rng.normal(size=(1000, 3)) + 3 * truth[:, None], y
    >>> model = SemiSupervisedGMM().fit(Partitions(parts))
    >>> model.n_labeled_.sum(), model.n_unlabeled_
    (np.int64(20), 3980)
    >>> sum(len(predicted) for predicted in model.predict(Partitions(parts)))
    4000
    """

    def __init__(
        self,
        parts: Iterable[Any] | Callable[[], Iterable[Any]],
        *,
        target: str | None = None,
        features: Iterable[str] | None = None,
        sample_weight: str | None = None,
    ):
        if isinstance(parts, Iterator):
            raise ValueError(
                f"parts is a {type(parts).__name__}, which can be iterated over once, and a fit passes over the rows "
                "many times: pass a function that makes it, or an object that can be iterated over again, as a list."
            )
        if not (callable(parts) or isinstance(parts, Iterable)):
            raise TypeError(f"parts must be iterable, or a function that returns something iterable; it is {parts!r}.")
        if isinstance(parts, str | bytes | np.ndarray | tuple) or hasattr(parts, "columns"):
            raise TypeError(
                f"parts is one {type(parts).__name__}, and a sequence of parts is wanted, as a list of pairs (X, y). "
                "Rows in memory, and paths, are passed to fit as they are."
            )
        self._parts = parts
        self.columns = Columns(target, names_of_features(features), sample_weight)

    def __iter__(self) -> Iterator[Part]:
        """Read the parts, one after the other, with their labels."""
        return self.read(labels=True)

    def read(self, *, labels: bool) -> Iterator[Part]:
        """Read the parts, one after the other.

        Parameters
        ----------
        labels : bool
            Whether the labels are wanted. A source that would have to read them apart may leave them out.

        Raises
        ------
        ValueError, TypeError
            If a part cannot be read as rows of numbers; says which.
        """
        parts = self._parts() if callable(self._parts) else self._parts
        for number, given in enumerate(parts):
            try:
                part = self.columns.part_of(given)
            except (ValueError, TypeError) as error:
                raise type(error)(f"Partition {number}: {error}") from None
            if self.columns.features is None and part.names is not None and self.columns.named:
                # Later parts may have their columns in another order.
                self.columns = self.columns.of(part.names)
            yield part

    def reads(self, path: str) -> bool:
        """Return whether the rows are known to come from this file."""
        return False

    def named(self, columns: Columns) -> Partitions:
        """Return the same rows with these columns; weights as before where it names none."""
        changed = copy(self)
        changed.columns = replace(columns, sample_weight=columns.sample_weight or self.columns.sample_weight)
        return changed

    def of_columns(self, names: tuple[str, ...]) -> Partitions:
        """Return the same rows without labels, seen by these columns where columns have names."""
        changed = copy(self)
        changed.columns = Columns(features=names)
        return changed
