"""Rows of several kinds of columns: as they were read, and as blocks take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse, vstack

from semigen.mixture.blocks.block import Block
from semigen.mixture.blocks.block_cells import Cells, beside
from semigen.mixture.blocks.product import BlockCells
from semigen.tables.cells import Distinct


@dataclass(frozen=True, eq=False)
class RawRows:
    """Rows as they were read, before it is decided which values are rare.

    Attributes
    ----------
    numbers : array of shape (n, numbers)
        NaN where missing.
    columns : tuple of tuple of Distinct, array or sparse matrix
        The other columns, by the block that they become.
    n_columns : int
        Columns that were given.
    """

    numbers: NDArray[Any]
    columns: tuple[tuple[Any, ...], ...]
    n_columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.numbers), self.n_columns

    @property
    def dtype(self) -> Any:
        """Precision of the numbers."""
        return self.numbers.dtype

    def __len__(self) -> int:
        return len(self.numbers)

    def below(self, more: RawRows) -> RawRows:
        """Return these rows, then more."""
        pairs = zip(self.columns, more.columns, strict=True)
        columns = tuple(tuple(map(_joined, first, second)) for first, second in pairs)
        return RawRows(np.concatenate([self.numbers, more.numbers]), columns, self.n_columns)


def _joined(first: Any, second: Any) -> Any:
    """Return the rows of a column, then more."""
    if isinstance(first, Distinct):
        return _joined_texts(first, second)
    return csr_matrix(vstack([first, second])) if issparse(first) else np.concatenate([first, second])


def _joined_texts(first: Distinct, second: Distinct) -> Distinct:
    """Return the texts of rows, then those of more; those of the first keep their numbers."""
    number = {text: i for i, text in enumerate(first.texts)}
    new = np.array([*(number.setdefault(text, len(number)) for text in second.texts), -1], dtype=np.int64)
    return Distinct(list(number), np.concatenate([first.codes, new[second.codes]]))


@dataclass(frozen=True, eq=False)
class EncodedRows:
    """Rows as a mixture takes them.

    Attributes
    ----------
    numbers : array of shape (n, numbers)
        NaN where missing; a single column of NaN where no column holds numbers.
    blocks : tuple of Block
    values : tuple
        What each block makes cells of.
    n_columns : int
        Columns that were given.
    """

    numbers: NDArray[Any]
    blocks: tuple[Block, ...]
    values: tuple[Any, ...]
    n_columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.numbers), self.n_columns

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: Any) -> EncodedRows:
        return EncodedRows(self.numbers[rows], self.blocks, tuple(each[rows] for each in self.values), self.n_columns)

    def cells(self) -> BlockCells | None:
        """Return the cells of all blocks; None if all columns are numbers."""
        if not self.blocks:
            return None
        pairs = zip(self.blocks, self.values, strict=True)
        blocks = tuple(block.for_rows(values) for block, values in pairs)
        parts: Sequence[Cells] = [block.cells(values) for block, values in zip(blocks, self.values, strict=True)]
        return BlockCells(blocks, beside(parts))
