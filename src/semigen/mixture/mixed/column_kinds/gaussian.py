"""Numbers, which have a Gaussian density together; dates and steps of a scale count as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from semigen.mixture.gaussian.scaling import in_original_units
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.mixed.column_kinds.kind import Array, BlockKind, Told, read_numbers, told_in
from semigen.tables.cells import Cells, Form
from semigen.tables.declare import declare
from semigen.tables.kinds import Column, Kind


class GaussianKind(BlockKind):
    """Numbers, which are no block of cells."""

    name = "gaussian"
    synonyms = ("number", "numbers", "numeric", "normal", "continuous")
    default_for = (Kind.NUMBER, Kind.ORDERED, Kind.DATE, Kind.DURATION)
    declared_as = Kind.NUMBER

    def declared(self, name: str, cells: Cells) -> Column:
        # Dates and steps of a scale are read as where nobody asks.
        if cells.form is not Form.NUMBERS and (found := declare(name, cells)).kind.numeric:
            return found
        return super().declared(name, cells)

    def read(self, cells: Cells, column: Column) -> Array:
        values = read_numbers(cells, column)
        if np.isinf(values).any():
            row = int(np.argmax(np.isinf(values)))
            raise ValueError(
                f"The column {column.name!r} contains infinity in row {row}. Correct the value, or blank it."
            )
        return values

    def told(self, names: Sequence[Any], fit: MixtureFit, share: Array, weights: Array) -> Told:
        """Return the means of each class."""
        if not names:
            return [[] for _ in share]
        means, _, _ = in_original_units(fit.parameters, fit.scaling)
        own, overall = share @ means, weights @ means
        deviation = np.sqrt(fit.scaling.variance) / fit.scaling.scale
        apart = np.abs(own - overall) / np.where(deviation > 0, deviation, 1.0)
        return told_in("{} is {:.4g} on average ({:.4g} in all)", names, apart**2 / 2, own, overall)
