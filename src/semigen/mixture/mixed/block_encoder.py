"""Blocks learnt from rows: which values are frequent, which words there are; rows brought to what blocks take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.blocks.block import Block
from semigen.mixture.mixed.column_kinds.categorical import Levels
from semigen.mixture.mixed.column_kinds.kind import KindOfCells, Learnt
from semigen.mixture.mixed.rows import EncodedRows, RawRows
from semigen.persistence.pickled import VersionedPart

Columns = Sequence[tuple[KindOfCells, Sequence[Any]]]
"""The kind of each block, and the names of its columns."""


@dataclass(frozen=True, eq=False)
class BlockEncoder(VersionedPart):
    """What makes blocks of rows that were read.

    Attributes
    ----------
    levels : tuple of Levels
        Of each column of categories.
    vocabularies : tuple of tuple of str
        Of each column of texts.
    blocks : tuple of Block
    """

    levels: tuple[Levels, ...]
    vocabularies: tuple[tuple[str, ...], ...]
    blocks: tuple[Block, ...]

    def learnt(self, columns: Columns) -> list[tuple[KindOfCells, Learnt]]:
        """Return what was learnt of the columns of each block."""
        kept = {"levels": iter(self.levels), "vocabularies": iter(self.vocabularies)}
        return [
            (kind, Learnt(names, block, tuple(islice(kept.get(kind.kept_in, iter(())), len(names)))))
            for (kind, names), block in zip(columns, self.blocks, strict=True)
        ]

    def encode(self, rows: RawRows, columns: Columns, *, warn: bool = False) -> EncodedRows:
        """Return rows as their blocks take them; warn of values that training did not see, if asked."""
        values = []
        for (kind, learnt), own in zip(self.learnt(columns), rows.columns, strict=True):
            if warn:
                kind.warn_of_unseen(own, learnt)
            values.append(kind.encoded(own, learnt))
        numbers = rows.numbers
        if not numbers.shape[1]:
            # A column in which nothing was measured has a density of one, and stands for no column.
            numbers = np.full((len(rows), 1), np.nan)
        return EncodedRows(numbers, self.blocks, tuple(values), rows.n_columns)

    def fits(self, columns: Columns) -> bool:
        """Return whether it may have been learnt from these columns."""
        if len(columns) != len(self.blocks):
            return False
        learnt = self.learnt(columns)
        n_kept = sum(len(each.kept) for _, each in learnt)
        return n_kept == len(self.levels) + len(self.vocabularies) and all(kind.fits(each) for kind, each in learnt)


def encoder_of(rows: RawRows, columns: Columns, weights: NDArray[np.float64]) -> BlockEncoder:
    """Learn from rows, by what each counts, which values are frequent and which words there are.

    Warns
    -----
    UserWarning
        If a category has rare values only, which are all one to the mixture.

    Raises
    ------
    ValueError
        If no text has a word that another has.
    """
    kept: dict[str, tuple[Any, ...]] = {"levels": (), "vocabularies": (), "": ()}
    blocks = []
    for (kind, names), own in zip(columns, rows.columns, strict=True):
        learnt = kind.learn(own, names, weights)
        kept[kind.kept_in] += learnt.kept
        blocks.append(learnt.block)
    return BlockEncoder(kept["levels"], kept["vocabularies"], tuple(blocks))
