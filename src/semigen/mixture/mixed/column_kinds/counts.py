"""Counts: each distribution of them in `mixture/blocks/` is a kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from semigen.mixture.blocks.counts import Counts
from semigen.mixture.mixed.column_kinds.kind import Array, KindOfCells, Learnt, Told, read_numbers, told_in
from semigen.tables.cells import Cells
from semigen.tables.kinds import Column, Kind


class CountKind(KindOfCells):
    """Counts by a distribution whose first parameters are means."""

    synonyms = ("count", "counts")
    declared_as = Kind.NUMBER
    takes_dates = False

    def __init__(self, block: type[Counts]):
        self.name, self.block = block.kind, block

    def read(self, cells: Cells, column: Column) -> Array:
        return read_counts(cells, column, whole=True)

    def learn(self, columns: Sequence[Array], names: Sequence[Any], weights: Array) -> Learnt:
        return Learnt(names, self.block(()))

    def encoded(self, columns: Sequence[Array], learnt: Learnt) -> Array:
        return np.column_stack(columns)

    def told(self, learnt: Learnt, parameters: Array, share: Array, weights: Array) -> Told:
        mean = parameters if parameters.ndim == 2 else parameters[0]
        own, overall = share @ mean.T, weights @ mean.T
        weight = own * np.log(own / overall) - own + overall
        return told_in("{} is {:.3g} on average ({:.3g} in all)", learnt.names, weight, own, overall)


def read_counts(cells: Cells, column: Column, *, whole: bool) -> Array:
    """Return a column of numbers, checked to be counts, NaN where missing."""
    values = read_numbers(cells, column)
    given = np.nan_to_num(values, nan=0.0, posinf=np.inf)
    odd = (given < 0) | ~np.isfinite(given) | ((given != np.round(given)) if whole else False)
    if odd.any():
        row = int(np.argmax(odd))
        what = "whole numbers from zero on" if whole else "zero or more"
        raise ValueError(
            f"The column {column.name!r} has {values[row]:g} in row {row}; counts are {what}. Put the column into "
            "blocks['gaussian'], or correct the value."
        )
    return values
