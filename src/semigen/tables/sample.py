"""A sample of a table that memory does not hold: its labelled rows, and some of the others, drawn at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from semigen.tables.cells import Cells
from semigen.tables.chunks import Chunk, ChunkedTable
from semigen.tables.errors import TableError
from semigen.tables.frames import declare_columns
from semigen.tables.kinds import NUMBERING, Column, Kind, Why
from semigen.tables.read_table import LabelledTable, Reading, Whole, names_to_learn_from
from semigen.tables.target import check_labels, given_labels
from semigen.tables.values import read_column

# Rows that are kept, if these have no more cells than that.
MOST_LABELED, MOST_OTHERS = 100_000, 20_000
_MOST_CELLS = 4_000_000
# Of each class, so many rows are kept if there are more labelled rows than that.
_FEWEST_OF_CLASS = 10
# Of n values drawn from a range of less than n² / 40, twenty pairs at least are expected to be the same.
_SEEN_TWICE = 40
# Different labels: beyond these it is no column of classes.
_MOST_CLASSES = 10_000


def sample_labelled(
    table: ChunkedTable, chunks: Iterable[Chunk], target: str, how: Reading, seed: int, warn: Callable[[str], None]
) -> LabelledTable:
    """Read a table part by part, keep a sample of its rows, find the labels, and declare the columns by the sample.

    Which rows are drawn depends on the seed and the number of rows, not on how they are parted.

    Parameters
    ----------
    table : ChunkedTable
    chunks : iterable of Chunk
        All of the table.
    target : str
    how : Reading
    seed : int
    warn : callable
        Is told what the result may suffer from.

    Raises
    ------
    TableError
        If the table cannot be read, or is not fit to learn from.
    """
    rng = np.random.default_rng(seed)
    names: list[str] = []
    counts: Counter[Any] = Counter()
    n_rows = n_marked = 0
    labeled = others = _Drawn(0, 0)
    for chunk in chunks:
        if not names:
            names = names_to_learn_from(chunk.frame, target, how, warn)
            at_most = max(_MOST_CELLS // chunk.frame.width, 1)
            labeled = _Drawn(min(MOST_LABELED, at_most), _FEWEST_OF_CLASS)
            others = _Drawn(min(MOST_OTHERS, at_most), 0)
        labels, marked = given_labels(chunk.frame, target, how.unlabeled)
        n_rows, n_marked = chunk.end, n_marked + marked
        counts.update(dict(labels.drop_nulls().value_counts().iter_rows()))
        if len(counts) > _MOST_CLASSES:
            raise TableError(
                f"the target {target!r} has more than {_MOST_CLASSES:,} different labels; give the column of classes"
            )
        keys, numbers = rng.random(chunk.frame.height), np.arange(chunk.first, chunk.end)
        given = labels.is_not_null().to_numpy()
        labeled.add(chunk.frame, labels, keys, numbers, given)
        others.add(chunk.frame, labels, keys, numbers, ~given)
    distinct = pl.Series(list(counts), dtype=labels.dtype)
    missed = how.unlabeled if how.unlabeled is not None and not n_marked else None
    check_labels(distinct, sum(counts.values()), target, missed, warn)
    frame, labels, numbers = _joined(labeled, others)
    columns, cells = declare_columns(frame, names, how.column_kinds, how.decimal, table.separator)
    columns = [_as_in_file(column, cells[column.name], numbers, n_rows) for column in columns]
    whole = Whole(n_rows, numbers, counts)
    return LabelledTable(table.path, frame, target, how, labels, columns, cells, table.remarks, whole)


class _Drawn:
    """The rows with the smallest keys of those that were added, and so many at least of each class.

    Parameters
    ----------
    most : int
    of_class : int
    """

    def __init__(self, most: int, of_class: int):
        self._most = most
        self._of_class = of_class
        self._largest = np.inf
        self.frames: list[pl.DataFrame] = []
        self.labels: list[pl.Series] = []
        self._keys: list[NDArray[np.float64]] = []
        self.numbers: list[NDArray[np.int64]] = []

    def add(
        self,
        frame: pl.DataFrame,
        labels: pl.Series,
        keys: NDArray[np.float64],
        numbers: NDArray[np.int64],
        wanted: NDArray[np.bool_],
    ) -> None:
        """Draw from some of these rows as well."""
        # Rare classes are seen when rows are thrown out only.
        rows = np.flatnonzero(wanted if self._of_class else wanted & (keys < self._largest))
        self.frames.append(frame[rows])
        self.labels.append(labels[rows])
        self._keys.append(keys[rows])
        self.numbers.append(numbers[rows])
        if sum(map(len, self._keys)) > 2 * self._most:
            self.shrink()

    def shrink(self) -> None:
        """Throw out the rows that are not drawn."""
        keys, labels = np.concatenate(self._keys), pl.concat(self.labels)
        if len(keys) <= self._most:
            return
        rank = pl.col("key").rank("ordinal")
        drawn = (rank <= self._most) | (rank.over("label") <= self._of_class)
        rows = np.flatnonzero(pl.DataFrame({"key": keys, "label": labels}).select(drawn).to_series().to_numpy())
        self._largest = float(np.partition(keys, self._most - 1)[self._most - 1])
        self.frames = [pl.concat(self.frames)[rows]]
        self.labels = [labels[rows]]
        self._keys = [keys[rows]]
        self.numbers = [np.concatenate(self.numbers)[rows]]


def _joined(labeled: _Drawn, others: _Drawn) -> tuple[pl.DataFrame, pl.Series, NDArray[np.int64]]:
    """Return the rows that were drawn in the order of the file, their labels and their numbers."""
    labeled.shrink()
    others.shrink()
    numbers = np.concatenate([*labeled.numbers, *others.numbers])
    order = np.argsort(numbers)
    frame = pl.concat([*labeled.frames, *others.frames])[order]
    return frame, pl.concat([*labeled.labels, *others.labels])[order], numbers[order]


def _as_in_file(column: Column, cells: Cells, numbers: NDArray[np.int64], n_rows: int) -> Column:
    """Return the declaration of a column as one that numbers the rows of the file, if a sample of it looks so."""
    if column.kind is not Kind.NUMBER or column.why is Why.ASKED or column.n_missing or column.indicators:
        return column
    values = read_column(cells, column).as_floats()
    if len(values) < NUMBERING or not (values == np.floor(values)).all():
        return column
    span = np.ptp(values)
    # So many whole numbers in so small a range would show several of them twice, were it no numbering.
    shuffled = span < n_rows and len(values) ** 2 > _SEEN_TWICE * span and len(np.unique(values)) == len(values)
    numbering = shuffled or not np.ptp(values - numbers)
    return replace(column, kind=Kind.IDENTIFIER, why=Why.NUMBERING) if numbering else column
