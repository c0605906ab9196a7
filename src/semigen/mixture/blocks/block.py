"""The protocol of a block: columns of one kind, and the density that a component has in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.blocks.block_cells import Cells

# Rows that the prior of a column is worth: as many as 'auto' takes for variances (`shrinkage`).
PSEUDO_ROWS = 2.0


class Block(ABC):
    """Columns of one kind, independent of one another given the component.

    Each value that a row may have is a cell, and a component's density is a table with a log density for every cell:
    that is all a pass reads and sums (`csrc/include/semigen/simd/cells.hpp`). The prior of a component is a few rows
    that are distributed as all rows are: pseudo-sums of cells, so that an M step is one estimate from sums.
    """

    kind: ClassVar[str]

    @property
    @abstractmethod
    def n_cells(self) -> int:
        """Values of all columns together."""

    @abstractmethod
    def for_rows(self, values: Any) -> Block:
        """Return the block with a cell for each value of these rows."""

    @abstractmethod
    def cells(self, values: Any) -> Cells:
        """Return the cells of rows."""

    @abstractmethod
    def pseudo_sums(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sums of the rows that the prior is worth, from those of all rows; of shape (cells,)."""

    @abstractmethod
    def estimate(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the parameters that maximise sum(sums * table), a column for each component.

        Parameters
        ----------
        sums : array of shape (cells, components)
            Weights of rows by cell and component, those of the prior included.
        """

    @abstractmethod
    def table(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log density of every cell under every component, of shape (cells, components)."""

    def shape(self, n_columns: int) -> tuple[int, ...]:
        """Return the shape of a component's parameters in so many columns."""
        return (self.n_cells,)


def of_each_column(values: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return sums over the cells of each column, of shape (columns, ...)."""
    return np.asarray(np.add.reduceat(values, offsets[:-1], axis=0))


def as_all_rows(sums: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return `PSEUDO_ROWS` in each column, in the proportions of these sums; in equal parts where all sums are zero."""
    sizes = np.diff(offsets)
    total = np.repeat(of_each_column(sums, offsets), sizes)
    return np.asarray(
        PSEUDO_ROWS * np.where(total > 0, sums / np.where(total > 0, total, 1.0), 1 / np.repeat(sizes, sizes))
    )
