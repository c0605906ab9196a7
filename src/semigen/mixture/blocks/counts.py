"""Counts: how often something happened, 0, 1, 2, ...; what Poisson's and the negative binomial distribution share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.blocks.block import Block, as_all_rows, of_each_column
from semigen.mixture.blocks.block_cells import Cells, of_values
from semigen.persistence.pickled import VersionedPart


@dataclass(frozen=True, eq=False)
class Counts(VersionedPart, Block):
    """Columns of counts, with a cell for each count that some row has.

    Attributes
    ----------
    values : tuple of arrays
        The counts of each column that rows have, rising.
    """

    values: tuple[NDArray[np.float64], ...]

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """First cell of each column, and the number of cells."""
        return np.concatenate([[0], np.cumsum([len(each) for each in self.values])])

    @cached_property
    def column(self) -> NDArray[np.int64]:
        """Column of each cell."""
        return np.repeat(np.arange(len(self.values)), np.diff(self.offsets))

    @cached_property
    def count(self) -> NDArray[np.float64]:
        """Count of each cell."""
        return np.concatenate(self.values)

    @property
    def n_cells(self) -> int:
        """Values of all columns together."""
        return int(self.offsets[-1])

    def for_rows(self, values: NDArray[np.float64]) -> Self:
        """Return the block with a cell for each count of these rows, of shape (n, columns), NaN where missing."""
        return replace(self, values=distinct_counts(values))

    def cells(self, values: NDArray[np.float64]) -> Cells:
        """Return the cells of rows."""
        codes = np.column_stack(
            [
                np.where(np.isnan(x), -1, np.searchsorted(known, x))
                for x, known in zip(values.T, self.values, strict=True)
            ]
        )
        return of_values(codes, np.diff(self.offsets))

    def pseudo_sums(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sums of the rows that the prior is worth."""
        return as_all_rows(sums, self.offsets)

    def shape(self, n_columns: int) -> tuple[int, ...]:
        """Return the shape of a component's parameters in so many columns."""
        return (n_columns,)

    def means(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of each column under each component, of shape (columns, components)."""
        total = of_each_column(sums, self.offsets)
        # Zero has no logarithm; where all counts are zero, any mean as small as this is as likely to rounding.
        return np.maximum(of_each_column(sums * self.count[:, None], self.offsets) / total, 1e-12)


def distinct_counts(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return the counts of each column, rising; a column without any has a zero, so that it has a cell."""
    found = (np.unique(x[~np.isnan(x)]) for x in values.T)
    return tuple(each if len(each) else np.zeros(1) for each in found)
