"""Categories: each component has a probability for every value of a column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.blocks.block import Block, as_all_rows, of_each_column
from semigen.mixture.blocks.block_cells import Cells, of_values
from semigen.persistence.pickled import VersionedPart


@dataclass(frozen=True, eq=False)
class Categorical(VersionedPart, Block):
    """Categories with a Dirichlet prior: two rows distributed as all rows are.

    The parameters are log probabilities, of shape (cells, components).

    Attributes
    ----------
    sizes : array of shape (columns,)
        Values of each column.
    """

    kind: ClassVar[str] = "categorical"
    sizes: NDArray[np.int64]

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """First cell of each column, and the number of cells."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    @property
    def n_cells(self) -> int:
        """Values of all columns together."""
        return int(self.offsets[-1])

    def for_rows(self, values: Any) -> Block:
        """Return the block itself: values are those of training."""
        return self

    def cells(self, values: NDArray[np.int64]) -> Cells:
        """Return the cells of rows with these codes, of shape (n, columns); below zero where a value is missing."""
        return of_values(values, self.sizes)

    def pseudo_sums(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sums of two rows, in the proportions of all rows and one more row of each value.

        That one more keeps the probability of a value that no row has above zero.
        """
        return as_all_rows(sums + 1.0, self.offsets)

    def estimate(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log shares of the values of each column."""
        return np.asarray(np.log(sums / np.repeat(of_each_column(sums, self.offsets), self.sizes, axis=0)))

    def table(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the parameters, which are log probabilities of cells."""
        return parameters
