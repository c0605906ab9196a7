"""Cells of later rows, read as a sample was declared, and counts of those that do not fit."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from semigen.tables import sentences
from semigen.tables.cells import Cells, cells_of
from semigen.tables.declare import unfit_examples
from semigen.tables.kinds import EXAMPLES, MOST_LEVELS, Column, Kind, frequent_share
from semigen.tables.notation_changes import check_notation
from semigen.tables.values import read_column, words_of

if TYPE_CHECKING:
    import polars as pl


@dataclass
class _Tally:
    """Cells that do not fit a column, and a few of them."""

    n: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, n: int, examples: Sequence[str]) -> None:
        self.n += n
        self.examples += [each for each in examples if each not in self.examples][: EXAMPLES - len(self.examples)]


@dataclass(frozen=True)
class SeenColumns:
    """What is known of the columns that a classifier learnt from, by which later rows are read.

    Attributes
    ----------
    columns : tuple of Column
        As they were declared; only those that are used.
    values : dict of str to tuple of str
        Of columns with few values, none of them rare: all values.
    medians : dict of str to float, bool, datetime or timedelta
        Of typed columns without a gap.
    """

    columns: tuple[Column, ...]
    values: Mapping[str, tuple[str, ...]]
    medians: Mapping[str, Any]

    def with_decimal(self, decimal: str) -> SeenColumns:
        """Return the same, of tables whose numbers have this decimal sign."""
        columns = tuple(
            replace(column, number=replace(column.number, decimal=decimal)) if column.kind is Kind.NUMBER else column
            for column in self.columns
        )
        return replace(self, columns=columns)

    @property
    def typed_names(self) -> set[str]:
        """What the typed columns are called, those beside numbers that say where a limit or a word stands included."""
        beside = (sentences.indicator_name(each.name, name) for each in self.columns for name in each.indicators)
        return {*(column.name for column in self.columns), *beside}

    @classmethod
    def of(
        cls, columns: Sequence[Column], cells: Mapping[str, Cells], typed: pl.DataFrame | None = None
    ) -> SeenColumns:
        """Look at the rows that a classifier learns from, or at a sample of them.

        Parameters
        ----------
        columns : sequence of Column
        cells : mapping of str to Cells
        typed : DataFrame, optional
            The rows as typed columns, where later ones are wanted so.
        """
        used = tuple(column for column in columns if column.used)
        values = {
            column.name: tuple(words_of(cells[column.name]).texts)
            for column in used
            if _knows_all(column, cells[column.name])
        }
        # Of words a gap is one.
        ordered = [] if typed is None else [each for each in typed if str(each.dtype) not in ("String", "Categorical")]
        medians = {each.name: each.sort()[len(each) // 2] for each in ordered if not each.null_count()}
        return cls(used, values, medians)


class NewCells:
    """Reads the cells of one part of a table after the other, and counts those that do not fit their column.

    Parameters
    ----------
    seen : SeenColumns
        Of the rows that were learnt from, or a sample of them.
    of_another_table : bool, default=False
        Whether the rows are of another table, which may write numbers and dates in another way; that is refused.
    """

    def __init__(self, seen: SeenColumns, of_another_table: bool = False):
        self.seen = seen
        self._of_another_table = of_another_table
        self._columns = seen.columns
        self._unfit = {column.name: _Tally() for column in self._columns if column.kind.numeric}
        self._unseen = {name: _Tally() for name in seen.values}
        self._known = {name: set(values) for name, values in seen.values.items()}
        self._medians = seen.medians
        self._n_filled = dict.fromkeys(self._medians, 0)
        self._n_rows = 0

    def of(self, frame: pl.DataFrame) -> dict[str, Cells]:
        """Return the cells of the next rows.

        Raises
        ------
        TableError
            If they are of another table, and written in another way.
        """
        self._n_rows += frame.height
        # Texts may all be dates in these rows; the sample knew better.
        cells = {column.name: cells_of(frame[column.name], column.kind is not Kind.DATE) for column in self._columns}
        for column in self._columns:
            some = cells[column.name]
            if self._of_another_table:
                check_notation(column, some)
            if column.name in self._unfit:
                unfit = read_column(some, column).unfit
                if unfit.any():
                    known = (*column.examples, *column.indicators)
                    examples = [each for each in unfit_examples(some, unfit) if each not in known]
                    self._unfit[column.name].add(int(unfit.sum()), examples)
            elif column.name in self._unseen:
                words = words_of(some)
                new = [i for i, text in enumerate(words.texts) if text not in self._known[column.name]]
                self._unseen[column.name].add(int(words.counts[new].sum()), [words.texts[i] for i in new])
        return cells

    def typed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the typed columns of the next rows, with the median in gaps of columns that have none in the sample.

        A classifier that saw no gap in a column may take none there.

        Raises
        ------
        TableError
            If a cell is infinite.
        """
        # Imported here, as polars is optional in Python.
        from semigen.tables.frames import typed_frame

        typed = typed_frame(frame, self._columns, self.of(frame), can_ignore=not self._of_another_table)
        gaps = {name: n for name in self._medians if (n := typed[name].null_count())}
        for name, n in gaps.items():
            self._n_filled[name] += n
        return typed.with_columns(typed[name].fill_null(self._medians[name]) for name in gaps)

    def warnings(self) -> list[str]:
        """Return a sentence for each column with cells that do not fit what the sample held."""
        said = []
        for column in self._columns:
            unfit, unseen = self._unfit.get(column.name), self._unseen.get(column.name)
            if unfit is not None and self._has_more_unfit(column, unfit.n):
                said.append(sentences.of_new_cells(column, unfit.n, unfit.examples or column.examples))
            if unseen is not None and unseen.n:
                said.append(sentences.of_unseen(column, unseen.n, unseen.examples))
        return said + [sentences.of_new_gaps(name, n) for name, n in self._n_filled.items() if n]

    def _has_more_unfit(self, column: Column, n: int) -> bool:
        """Return whether more cells do not fit than in training, or twice as large a share of them."""
        return n > column.n_unfit or n * column.n_rows > 2 * column.n_unfit * self._n_rows


@contextmanager
def counted_here() -> Iterator[None]:
    """Keep encoders from warning of the cells of each part of a table, which `NewCells` counts and tells of once."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The column ", UserWarning)
        yield


def _knows_all(column: Column, cells: Cells) -> bool:
    """Return whether a column has so few values that one the sample lacks is worth a word, as none of them is rare."""
    if column.kind not in (Kind.CATEGORY, Kind.CODE):
        return False
    counts = words_of(cells).counts
    return len(counts) <= MOST_LEVELS and bool(np.all(counts >= frequent_share(cells.n) * cells.n))
