"""Rows of several kinds of columns: as they were read, and as blocks take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

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
    categories, texts : tuple of Distinct
        A column each.
    counts : dict of str to array
        For each kind of counts, an array of shape (n, columns), NaN where missing.
    words : sparse matrix of shape (n, words), or None
    n_columns : int
        Columns that were given.
    """

    numbers: NDArray[Any]
    categories: tuple[Distinct, ...]
    counts: dict[str, NDArray[np.float64]]
    words: Any
    texts: tuple[Distinct, ...]
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

    def __getitem__(self, rows: Any) -> RawRows:
        def some(values: Any) -> Any:
            return Distinct(values.texts, values.codes[rows]) if isinstance(values, Distinct) else values[rows]

        return RawRows(
            some(self.numbers),
            tuple(map(some, self.categories)),
            {kind: some(values) for kind, values in self.counts.items()},
            None if self.words is None else some(self.words),
            tuple(map(some, self.texts)),
            self.n_columns,
        )

    def below(self, more: RawRows) -> RawRows:
        """Return these rows, then more."""
        return RawRows(
            np.concatenate([self.numbers, more.numbers]),
            tuple(map(_joined_words, self.categories, more.categories)),
            {kind: np.concatenate([values, more.counts[kind]]) for kind, values in self.counts.items()},
            None if self.words is None else csr_matrix(vstack([self.words, more.words])),
            tuple(map(_joined_words, self.texts, more.texts)),
            self.n_columns,
        )


def _joined_words(first: Distinct, second: Distinct) -> Distinct:
    """Return the words of rows, then those of more; those of the first keep their numbers."""
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
