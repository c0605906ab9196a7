"""Kinds of blocks, a file for each: its name, which columns are of it, how they are read, what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from semigen.mixture.blocks import COUNTS
from semigen.mixture.mixed.column_kinds.categorical import CategoricalKind
from semigen.mixture.mixed.column_kinds.counts import CountKind
from semigen.mixture.mixed.column_kinds.gaussian import GaussianKind
from semigen.mixture.mixed.column_kinds.ignored import IgnoredKind
from semigen.mixture.mixed.column_kinds.kind import BlockKind, KindOfCells
from semigen.mixture.mixed.column_kinds.words import TextKind, WordCountKind

GAUSSIAN, CATEGORICAL, WORD_COUNTS, IGNORED = GaussianKind(), CategoricalKind(), WordCountKind(), IgnoredKind()

# In the order of the blocks of a mixture. Counts of words and texts are both called 'words'.
KINDS: list[BlockKind] = [GAUSSIAN, CATEGORICAL, *map(CountKind, COUNTS.values()), WORD_COUNTS, TextKind(), IGNORED]


def by_block(columns: Mapping[BlockKind, Sequence[Any]]) -> list[tuple[KindOfCells, Sequence[Any]]]:
    """Return the columns of each block, given those of each kind; numbers are no block."""
    found: list[tuple[KindOfCells, Sequence[Any]]] = []
    for kind in KINDS:
        own = columns.get(kind, ())
        if isinstance(kind, KindOfCells) and len(own):
            found += [(kind, [each]) for each in own] if kind.apart else [(kind, own)]
    return found
