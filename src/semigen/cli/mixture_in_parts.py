"""A mixture of Gaussians that learns from all rows of a table that is read part by part."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import IO, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from semigen import Partitions, SemiSupervisedGMM
from semigen._runtime.blas import single_threaded_blas
from semigen.cli.answers import codes_of
from semigen.cli.console import Console
from semigen.cli.learning import LabelOptions, Learnt, fit_mixture, warn_of_numbers
from semigen.cli.model_option import AUTO
from semigen.cli.refusal import CommandError
from semigen.cli.table_input import Input
from semigen.diagnostics import suspicions_of
from semigen.mixture.cv.in_parts import fitted_to_parts
from semigen.mixture.partitions.engine import InThisProcess
from semigen.mixture.partitions.part import Part
from semigen.mixture.partitions.surveyed import first_pass
from semigen.tables.chunks import ChunkedTable, locating
from semigen.tables.frames import columns_of_numbers, number_matrix
from semigen.tables.new_cells import NewCells, counted_here
from semigen.tables.target import given_labels


class NumbersOnDisk(Partitions):
    """Parts of rows of numbers, with their labels, in a file of their own.

    Parameters
    ----------
    file : binary file
        Empty, open for writing and reading.
    classes : sequence
    n_columns : int
    """

    def __init__(self, file: IO[bytes], classes: list[Any], n_columns: int):
        super().__init__([])
        self._file = file
        self._names = np.array([*classes, None], dtype=object)
        self._heights: list[int] = []
        self._lowest, self._highest = np.full(n_columns, np.inf), np.full(n_columns, -np.inf)
        self._n_missing = np.zeros(n_columns, dtype=np.int64)

    @property
    def n_columns(self) -> int:
        """Columns of numbers."""
        return len(self._lowest)

    @property
    def incomplete(self) -> bool:
        """Whether a value is missing somewhere."""
        return bool(self._n_missing.any())

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Which columns have the same value in every row."""
        same: NDArray[np.bool_] = (self._lowest == self._highest) & (self._n_missing == 0)
        return same

    def append(self, X: NDArray[np.float64], labels: pl.Series) -> None:
        """Write the next part.

        Parameters
        ----------
        X : array of shape (n, d)
        labels : Series
            Null where a row has none.
        """
        codes = codes_of(labels, self._names[:-1].tolist()).astype(np.int32)
        try:
            self._file.write(np.ascontiguousarray(X).data)
            self._file.write(codes.data)
            self._file.flush()
        except OSError as error:
            raise CommandError(
                f"the numbers of the rows ({X.nbytes // max(len(X), 1)} bytes each), which lie in a hidden file beside "
                f"the output meanwhile, cannot be written: {error.strerror}; write the output to a larger disk"
            ) from error
        self._heights.append(len(X))
        self._lowest = np.fmin(self._lowest, np.fmin.reduce(X, axis=0))
        self._highest = np.fmax(self._highest, np.fmax.reduce(X, axis=0))
        self._n_missing += np.isnan(X).sum(axis=0)

    def read(self, *, labels: bool) -> Iterator[Part]:
        """Read the parts, one after the other."""
        at = 0
        for height in self._heights:
            X, codes = np.empty((height, self.n_columns)), np.empty(height, dtype=np.int32)
            at += os.preadv(self._file.fileno(), [X.data, codes.data], at)
            yield Part(X, self._names[codes] if labels else None, owned=True)


def learn_in_parts(
    given: Input, table: ChunkedTable, new_cells: NewCells, file: IO[bytes], options: LabelOptions, console: Console
) -> tuple[Learnt, NumbersOnDisk]:
    """Return a mixture fitted to all rows of a table, and these as numbers, part by part.

    Parameters
    ----------
    given : Input
        A sample of the table.
    table : ChunkedTable
    new_cells : NewCells
        Reads the columns of numbers.
    file : binary file
        Empty; holds the numbers meanwhile.
    options : LabelOptions
    console : Console

    Raises
    ------
    CommandError
        If the mixture cannot learn from them.
    """
    rows, names = number_matrix(given.table, given.columns, given.cells)
    columns = columns_of_numbers(given.table, given.columns)
    numbers = NumbersOnDisk(file, list(given.counts), len(names))
    _write(numbers, table, given, lambda frame: number_matrix(frame, columns, new_cells.of(frame))[0], console)
    constant = [name for name, same in zip(names, numbers.constant, strict=True) if same]
    warn_of_numbers(given, names, rows, constant, console)
    given.say_what_was_read(names, console)
    console.say("the mixture learns from all rows")
    model = fit_mixture(lambda mixture: mixture.fit(numbers), numbers.incomplete, options, console)
    return Learnt(model, rows, suspicions_of(model, names), f"--model {AUTO}"), numbers


def refit_in_parts(
    learnt: Learnt, given: Input, table: ChunkedTable, new_cells: NewCells, file: IO[bytes], console: Console
) -> tuple[Learnt, NumbersOnDisk | None]:
    """Return a mixture that a sample has chosen fitted to all rows, and these as numbers; others as they are, and None.

    It starts where the fit to the sample has ended, and unlabelled rows count together what they did there, so that
    the balance with the labelled rows is the one that held-out labels have judged.

    Parameters
    ----------
    learnt : Learnt
        From the sample.
    given : Input
        The sample.
    table : ChunkedTable
    new_cells : NewCells
        Makes typed columns of further rows.
    file : binary file
        Empty; holds the numbers meanwhile.
    console : Console

    Raises
    ------
    CommandError
        If the mixture cannot learn from them.
    """
    steps = [step for _, step in learnt.model.steps] if isinstance(learnt.model, Pipeline) else [learnt.model]
    *encoders, mixture = steps
    if not isinstance(mixture, SemiSupervisedGMM):
        console.say("the classifier has learnt from that sample alone, and labels all rows")
        return learnt, None

    def encoded(frame: pl.DataFrame) -> NDArray[np.float64]:
        rows: Any = new_cells.typed(frame)
        with counted_here():
            for encoder in encoders:
                rows = encoder.transform(rows)
        return rows if isinstance(rows, np.ndarray) else rows.cast(pl.Float64).to_numpy()

    numbers = NumbersOnDisk(file, list(given.counts), mixture.n_features_in_)
    _write(numbers, table, given, encoded, console)
    console.say("the mixture learns from all rows, the unlabelled ones counting together what they did in the sample")
    engine = InThisProcess(numbers)
    try:
        with console.working("learning"), single_threaded_blas():
            found = first_pass(clone(mixture), engine)
            [fitted] = fitted_to_parts([mixture], [FunctionTransformer()], engine, found, given.labels.null_count())
    except ValueError as error:
        raise CommandError(str(error)) from error
    return replace(learnt, model=fitted, encoders=tuple(encoders)), numbers


def _write(
    numbers: NumbersOnDisk,
    table: ChunkedTable,
    given: Input,
    to_numbers: Callable[[pl.DataFrame], NDArray[np.float64]],
    console: Console,
) -> None:
    for chunk in console.watching(table, f"reading the numbers of {table.path}"):
        labels, _ = given_labels(chunk.frame, given.target, given.how.unlabeled)
        with locating(chunk):
            X = to_numbers(chunk.frame)
        numbers.append(X, labels)
