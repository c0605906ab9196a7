"""The protocol of a kind of block."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semigen._runtime.callers import outside
from semigen.tables import sentences
from semigen.tables.cells import Cells, Form
from semigen.tables.declare import declare, unfit_examples
from semigen.tables.errors import TableError
from semigen.tables.kinds import Column, Kind
from semigen.tables.values import read_column

Array = NDArray[np.float64]
Told = list[list[tuple[float, str]]]
"""For each class, how much each value speaks for it, and the value in words."""


class Learnt(NamedTuple):
    """What was learnt of the columns of a block: the block, and what its kind keeps of each column beside it."""

    names: Sequence[Any]
    block: Any
    kept: tuple[Any, ...] = ()


class BlockKind(ABC):
    """A kind of column, as `blocks` names it."""

    name: str
    # What people may say instead; it is the first of the kinds that have this synonym.
    synonyms: ClassVar[tuple[str, ...]] = ()
    # What columns hold that are of this kind where nobody says so, and what those do that a caller says to be of it.
    default_for: ClassVar[tuple[Kind, ...]] = ()
    declared_as: ClassVar[Kind]
    takes_dates: ClassVar[bool] = True

    def asked(self, name: str, cells: Cells) -> Column:
        """Return how a column is read that a caller says to be of this kind.

        Raises
        ------
        TableError
            If its cells could not be told from gaps, or would count as what they are not.
        """
        if cells.form is Form.NESTED:
            raise TableError(
                f"The column {name!r} holds lists or bytes, of which blocks[{self.name!r}] takes none. "
                "' '.join(words) makes a text of a list of words."
            )
        if cells.form in (Form.DATES, Form.DURATIONS) and not self.takes_dates:
            raise TableError(
                f"The column {name!r} holds {cells.form.value}, which are no counts. Put it into blocks['gaussian'], "
                "or into blocks['categorical']."
            )
        return self.declared(name, cells)

    def declared(self, name: str, cells: Cells) -> Column:
        """Return how cells are read that are none of these."""
        return declare(name, cells, self.declared_as)

    def holds(self, column: Column) -> bool:
        """Return whether a column is of this kind, and not of another of the same name."""
        return True

    @abstractmethod
    def read(self, cells: Cells, column: Column) -> Any:
        """Return the values of a column, checked: an array of shape (n,) or a `Distinct`."""


class KindOfCells(BlockKind):
    """A kind whose columns are no numbers and become blocks of `mixture/blocks/`."""

    block: type
    # Whether each column is a block of its own.
    apart: ClassVar[bool] = False
    # The field of `BlockEncoder` for what is kept of each column, if that is more than the block itself holds.
    kept_in: ClassVar[str] = ""

    @abstractmethod
    def learn(self, columns: Sequence[Any], names: Sequence[Any], weights: Array) -> Learnt:
        """Return what the columns of a block say, whose rows count so much."""

    @abstractmethod
    def encoded(self, columns: Sequence[Any], learnt: Learnt) -> Any:
        """Return what the block makes cells of: an array or a sparse matrix with a row for each."""

    def warn_of_unseen(self, columns: Sequence[Any], learnt: Learnt) -> None:
        """Warn of values that training did not see, if they count as missing."""

    def fits(self, learnt: Learnt) -> bool:
        """Return whether parts of what was learnt go together, as they may not in a file."""
        n_kept = len(learnt.names) if self.kept_in else 0
        return type(learnt.block) is self.block and len(learnt.kept) == n_kept

    @abstractmethod
    def told(self, learnt: Learnt, parameters: Array, share: Array, weights: Array) -> Told:
        """Return what the parameters of a block say of each class.

        Parameters
        ----------
        learnt : Learnt
        parameters : array of shape (..., components)
        share : array of shape (classes, components)
            Of each component in its class.
        weights : array of shape (components,)
        """


def read_numbers(cells: Cells, column: Column) -> Array:
    """Return a column as numbers, NaN where missing; warn of cells that do not fit what it held in training."""
    read = read_column(cells, column)
    n_unfit = int(read.unfit.sum())
    known = column.n_unfit if cells.n == column.n_rows else 0
    if n_unfit > max(known, len(read.unfit) * column.n_unfit / max(column.n_rows, 1)):
        new = [each for each in unfit_examples(cells, read.unfit) if each not in column.examples]
        if new:
            warnings.warn(sentences.of_new_cells(column, n_unfit, tuple(new)), stacklevel=outside())
    return read.as_floats()


def told_in(form: str, names: Iterable[Any], weight: Array, own: Array, overall: Array) -> Told:
    """Return values in words, given their weights and sizes by class, and their sizes in all rows."""
    of_values = list(zip(names, overall, strict=True))
    return [
        [(float(w), form.format(name, p, q)) for w, p, (name, q) in zip(*of_class, of_values, strict=True)]
        for of_class in zip(weight, own, strict=True)
    ]


def told_of_cells(form: str, names: Iterable[Any], parameters: Array, share: Array, weights: Array) -> Told:
    """Return cells in words, given their log probabilities."""
    own, overall = share @ np.exp(parameters).T, weights @ np.exp(parameters).T
    weight = own * np.log(np.maximum(own, 1e-300) / np.maximum(overall, 1e-300))
    return told_in(form, names, weight, own, overall)
