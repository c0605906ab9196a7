"""Columns that nothing is learnt from."""

from __future__ import annotations

from semigen.mixture.mixed.column_kinds.kind import BlockKind
from semigen.tables.cells import Cells
from semigen.tables.kinds import Column, Kind


class IgnoredKind(BlockKind):
    """Columns that are not read: they are constant, name their rows, or are to be left out."""

    name = "ignored"
    synonyms = ("drop",)
    default_for = (Kind.IDENTIFIER, Kind.CONSTANT)

    def asked(self, name: str, cells: Cells) -> Column:
        return Column(name, Kind.IDENTIFIER)

    def read(self, cells: Cells, column: Column) -> None: ...
