"""Categories and truths: which values of each column are frequent."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen._runtime.callers import outside
from semigen.mixture.blocks.categorical import Categorical
from semigen.mixture.mixed.column_kinds.kind import Array, KindOfCells, Learnt, Told, read_numbers, told_of_cells
from semigen.persistence.pickled import VersionedPart
from semigen.tables.cells import Cells, Distinct
from semigen.tables.kinds import Column, Kind
from semigen.tables.values import words_of

# A value that rows of less weight have shares a probability with all other rare ones, and with those that training did
# not see.
_FREQUENT = 5.0
# Rows up to which every value is kept: of few, five are many.
_FEW_ROWS = 50


@dataclass(frozen=True, eq=False)
class Levels(VersionedPart):
    """The values of a column that have a probability of their own.

    Attributes
    ----------
    texts : tuple of str
    pools : bool
        Whether rare values share one more probability. Where they do not, values that training did not see count as
        missing.
    """

    texts: tuple[str, ...]
    pools: bool

    @property
    def size(self) -> int:
        """Probabilities of the column."""
        return len(self.texts) + self.pools

    def codes(self, column: Distinct) -> NDArray[np.int64]:
        """Return the number of each row's value; -1 where it is missing, or was never seen."""
        number = {text: k for k, text in enumerate(self.texts)}
        other = len(self.texts) if self.pools else -1
        of_texts = np.array([*(number.get(text, other) for text in column.texts), -1], dtype=np.int64)
        return of_texts[column.codes]


def levels_of(column: Distinct, weights: Array) -> Levels:
    """Return the values of a column that are frequent enough."""
    there = column.codes >= 0
    weight = np.bincount(column.codes[there], weights[there], minlength=len(column.texts))
    least = _FREQUENT if weights.sum() > _FEW_ROWS else 0.0
    kept = sorted(text for text, own in zip(column.texts, weight, strict=True) if own > 0 and own >= least)
    rare = bool(((weight > 0) & (weight < least)).any())
    return Levels(tuple(kept), rare or not kept)


class CategoricalKind(KindOfCells):
    """Categories, of which all columns are one block."""

    name = "categorical"
    synonyms = ("nominal", "factor", "boolean")
    default_for = (Kind.CODE, Kind.CATEGORY, Kind.BOOLEAN)
    declared_as = Kind.CATEGORY
    block = Categorical
    kept_in = "levels"

    def read(self, cells: Cells, column: Column) -> Distinct:
        if column.kind is not Kind.BOOLEAN:
            return words_of(cells)
        values = read_numbers(cells, column)
        return Distinct(["false", "true"], np.where(np.isnan(values), -1, np.nan_to_num(values)).astype(np.int64))

    def learn(self, columns: Sequence[Distinct], names: Sequence[Any], weights: Array) -> Learnt:
        levels = tuple(levels_of(column, weights) for column in columns)
        for name, own, column in zip(names, levels, columns, strict=True):
            if not own.texts and len(column.texts) > 1:
                warnings.warn(
                    f"The column {name!r} says nothing: no value occurs in {_FREQUENT:g} rows, and rarer ones are "
                    "taken for the same. Join values that belong together, or leave the column out.",
                    stacklevel=outside(),
                )
        return Learnt(names, Categorical(np.array([each.size for each in levels], dtype=np.int64)), levels)

    def encoded(self, columns: Sequence[Distinct], learnt: Learnt) -> NDArray[np.int64]:
        return np.column_stack([levels.codes(column) for levels, column in zip(learnt.kept, columns, strict=True)])

    def warn_of_unseen(self, columns: Sequence[Distinct], learnt: Learnt) -> None:
        for name, column, codes in zip(learnt.names, columns, self.encoded(columns, learnt).T, strict=True):
            n = int(((column.codes >= 0) & (codes < 0)).sum())
            if n:
                said, so = ("1 row has a value", "it counts") if n == 1 else (f"{n:,} rows have values", "they count")
                warnings.warn(
                    f"The column {name!r}: {said} that training did not see; {so} as missing.",
                    stacklevel=outside(),
                )

    def fits(self, learnt: Learnt) -> bool:
        return super().fits(learnt) and np.array_equal(learnt.block.sizes, [each.size for each in learnt.kept])

    def told(self, learnt: Learnt, parameters: Array, share: Array, weights: Array) -> Told:
        cells = [
            f"{name} = {text}"
            for name, levels in zip(learnt.names, learnt.kept, strict=True)
            for text in (*levels.texts, *(["another value"] if levels.pools else []))
        ]
        return told_of_cells("{} {:.1%} ({:.1%} in all)", cells, parameters, share, weights)
