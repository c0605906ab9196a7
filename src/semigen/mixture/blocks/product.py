"""The product of the densities of blocks: their cells, tables, prior and estimates taken together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.blocks.block import Block
from semigen.mixture.blocks.block_cells import Cells
from semigen.persistence.pickled import VersionedPart

BlockParameters = tuple[NDArray[np.float64], ...]
"""Parameters of each block; components are the last axis."""


@dataclass(frozen=True, eq=False)
class BlockCells:
    """The cells of rows in all blocks, numbered one block after the other."""

    blocks: tuple[Block, ...]
    cells: Cells

    def __len__(self) -> int:
        return len(self.cells)

    def take(self, rows: NDArray[np.int64] | slice) -> BlockCells:
        """Return some of the rows."""
        return BlockCells(self.blocks, self.cells.take(rows))

    def tables(self, parameters: BlockParameters) -> NDArray[np.float64]:
        """Return the log density of every cell under every component."""
        return tables_of(self.blocks, parameters)


def tables_of(blocks: Sequence[Block], parameters: BlockParameters) -> NDArray[np.float64]:
    """Return the log density of every cell under every component, of shape (cells, components)."""
    return np.concatenate([block.table(own) for block, own in zip(blocks, parameters, strict=True)])


@dataclass(frozen=True, eq=False)
class BlockPrior(VersionedPart):
    """What tables lean on where their rows say too little: rows that are distributed as all rows are.

    Up to a constant, its log density is the log likelihood of these rows.

    Attributes
    ----------
    blocks : tuple of Block
    pseudo_sums : array of shape (cells,)
    """

    blocks: tuple[Block, ...]
    pseudo_sums: NDArray[np.float64]

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.cumsum([block.n_cells for block in self.blocks])

    def mode(self, sums: NDArray[np.float64]) -> BlockParameters:
        """Return the parameters that maximise the expected penalised log-likelihood.

        Parameters
        ----------
        sums : array of shape (cells, components)
            Of responsibilities, by cell.
        """
        parts = np.split(sums + self.pseudo_sums[:, None], self._ends[:-1])
        return tuple(block.estimate(part) for block, part in zip(self.blocks, parts, strict=True))

    def log_density(self, parameters: BlockParameters) -> float:
        """Return the log density of the prior, up to a constant."""
        return float(self.pseudo_sums @ tables_of(self.blocks, parameters).sum(axis=1))


def prior_of(blocks: Sequence[Block], sums: NDArray[np.float64]) -> BlockPrior:
    """Return the prior from the sums of cells over all rows."""
    ends = np.cumsum([block.n_cells for block in blocks])
    parts = np.split(sums, ends[:-1])
    pseudo = [block.pseudo_sums(part) for block, part in zip(blocks, parts, strict=True)]
    return BlockPrior(tuple(blocks), np.concatenate(pseudo))
