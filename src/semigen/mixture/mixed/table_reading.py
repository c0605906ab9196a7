"""Which block each column belongs to, by what it holds or by what a caller says, and how its cells are read."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from semigen._runtime.callers import outside
from semigen._validation import checked_rows, checked_sparse_rows
from semigen.mixture.mixed.asked_blocks import assigned, is_auto, kind_names, near
from semigen.mixture.mixed.column_kinds import CATEGORICAL, GAUSSIAN, IGNORED, KINDS, WORD_COUNTS, by_block
from semigen.mixture.mixed.column_kinds.kind import BlockKind, KindOfCells
from semigen.mixture.mixed.indicators import Group, category_of, indicator_groups
from semigen.mixture.mixed.rows import RawRows
from semigen.persistence.pickled import VersionedPart
from semigen.tables import sentences
from semigen.tables.cells import Cells, Distinct, are_all_numbers, cells_of, columns_of, require_table
from semigen.tables.declare import declare
from semigen.tables.errors import TableError
from semigen.tables.free_text import is_sparse
from semigen.tables.kinds import Column
from semigen.tables.values import read_column


@dataclass(frozen=True)
class ColumnReading(VersionedPart):
    """How one column is read.

    Attributes
    ----------
    name : str
    block : str
        The name of its kind.
    column : Column
        Its declaration.
    """

    name: str
    block: str
    column: Column

    @property
    def kind(self) -> BlockKind:
        """The kind of block that it is of."""
        return next(kind for kind in KINDS if kind.name == self.block and kind.holds(self.column))


@dataclass(frozen=True, eq=False)
class TableReading(VersionedPart):
    """How the columns of a table are read, found by their names where it has names.

    Attributes
    ----------
    columns : tuple of ColumnReading
        Empty if all rows are an array of numbers, or sparse.
    groups : tuple of tuple of int
        Of an array of numbers, the columns of zeros and ones that are a category each.
    named : bool
    n_columns : int
    sparse : bool
        Whether rows are sparse counts of words.
    """

    columns: tuple[ColumnReading, ...]
    named: bool
    n_columns: int
    sparse: bool = False
    groups: tuple[Group, ...] = ()

    def read(self, X: Any, name: str = "X", least_rows: int = 1) -> RawRows:
        """Return checked rows.

        Raises
        ------
        ValueError
            If columns are absent, or cells hold what their block cannot.
        """
        if self.sparse:
            return self._of_sparse(X, name, least_rows)
        if not self.columns:
            precisions = (np.float64, np.float32)
            rows = checked_rows(X, dtype=precisions, missing_allowed=True, name=name, least_rows=least_rows)
            return self._of_array(rows, name)
        cells = self._cells(X, name)
        if cells[0].n < least_rows:
            raise ValueError(f"{name} has no rows.")
        found: dict[BlockKind, list[Any]] = defaultdict(list)
        for each, own in zip(self.columns, cells, strict=True):
            found[each.kind].append(each.kind.read(own, each.column))
            found[CATEGORICAL] += [_truths(own, each.column, word) for word in each.column.indicators]
        numbers = found[GAUSSIAN]
        return self._rows(np.column_stack(numbers) if numbers else np.empty((cells[0].n, 0)), found)

    def names(self) -> dict[BlockKind, Sequence[Any]]:
        """Return the names of the columns of each kind, as `read` reads them, or their numbers."""
        if self.sparse:
            return {WORD_COUNTS: range(self.n_columns)}
        found: dict[BlockKind, list[Any]] = defaultdict(list)
        if not self.columns:
            grouped = {j for group in self.groups for j in group}
            found[GAUSSIAN] = [j for j in range(self.n_columns) if j not in grouped]
            found[CATEGORICAL] = [
                f"columns {group[0]} to {group[-1]}" if len(group) > 1 else f"column {group[0]}"
                for group in self.groups
            ]
        for each in self.columns:
            found[each.kind].append(each.name)
            found[CATEGORICAL] += [sentences.indicator_name(each.name, word) for word in each.column.indicators]
        return dict(found)

    def blocks(self) -> list[tuple[KindOfCells, Sequence[Any]]]:
        """Return the kind of each block, and the names of its columns."""
        return by_block(self.names())

    def numbers(self) -> Sequence[Any]:
        """Return the names of the columns of numbers, or their numbers."""
        return self.names().get(GAUSSIAN, [])

    def by_block(self) -> dict[str, list[Any]]:
        """Return the names of columns by block, or their numbers."""
        if self.sparse:
            return {WORD_COUNTS.name: list(range(self.n_columns))}
        found: dict[str, list[Any]] = {
            kind: [each.name if self.named else int(each.name) for each in self.columns if each.block == kind]
            for kind in kind_names()
        }
        if not self.columns:
            found[GAUSSIAN.name], found[CATEGORICAL.name] = list(self.numbers()), list(self.groups)
        return {kind: names for kind, names in found.items() if names}

    def _of_array(self, X: NDArray[Any], name: str) -> RawRows:
        self._require_columns(X.shape[1], name)
        return self._rows(X[:, self.numbers()], {CATEGORICAL: [category_of(X, group) for group in self.groups]})

    def _of_sparse(self, X: Any, name: str, least_rows: int) -> RawRows:
        if not is_sparse(X):
            X = csr_matrix(checked_rows(X, name=name, least_rows=least_rows))
        why = "Sparse rows are counts of words"
        rows = checked_sparse_rows(X, name=name, least_rows=least_rows, why=why)
        self._require_columns(rows.shape[1], name)
        if rows.nnz and rows.data.min() < 0:
            raise ValueError(
                f"{name} is sparse and has negative entries; sparse rows are taken for counts of words, which are zero "
                "or more. Pass dense rows for columns of other numbers."
            )
        return self._rows(np.empty((rows.shape[0], 0)), {WORD_COUNTS: [rows]})

    def _rows(self, numbers: NDArray[Any], found: Mapping[BlockKind, list[Any]]) -> RawRows:
        """Return rows, given the values of the columns of each kind."""
        return RawRows(numbers, tuple(tuple(columns) for _, columns in by_block(found)), self.n_columns)

    def _require_columns(self, given: int, name: str) -> None:
        if given != self.n_columns:
            raise ValueError(
                f"{name} has {given} features, but SemiSupervisedMixture is expecting {self.n_columns} features as "
                "input."
            )

    def _cells(self, X: Any, name: str) -> list[Cells]:
        if is_sparse(X):
            raise TypeError(
                f"{name} is sparse, and the mixture was fitted to columns of a table; pass rows like those."
            )
        given = columns_of(X)
        if not self.named:
            self._require_columns(len(given), name)
            return [cells_of(column) for _, column in given]
        by_name = dict(given)
        if not hasattr(X, "columns") and not hasattr(X, "column_names"):
            self._require_columns(len(given), name)
            by_name = {each.name: column for each, (_, column) in zip(self.columns, given, strict=True)}
        absent = [each.name for each in self.columns if each.name not in by_name and each.block != IGNORED.name]
        if absent:
            raise TableError(
                f"{name} has no column {absent[0]!r}, which the mixture was fitted to.{near(absent[0], by_name)}"
            )
        nothing = np.full(len(given[0][1]), np.nan)
        return [cells_of(by_name.get(each.name, nothing)) for each in self.columns]


def reading_of(X: Any, blocks: Any) -> TableReading:
    """Decide how the columns of a table are read.

    Parameters
    ----------
    X : frame, array-like of shape (n, d), or sparse matrix
    blocks : "auto" or mapping of kind to columns

    Raises
    ------
    ValueError
        If a kind or a column is not known, or a column is in two blocks.
    """
    require_table(X)
    if is_sparse(X):
        _require_auto(blocks)
        return TableReading((), False, int(X.shape[1]), sparse=True)
    is_frame = hasattr(X, "columns") or hasattr(X, "column_names") or hasattr(X, "to_frame")
    if not is_frame and is_auto(blocks) and _is_array_of_numbers(X):
        rows = checked_rows(X, missing_allowed=True)
        return TableReading((), False, rows.shape[1], groups=indicator_groups(rows))
    given = columns_of(X)
    if given and not len(given[0][1]):
        raise ValueError("X has no rows.")
    names = [name for name, _ in given]
    if is_frame and len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise TableError(f"Two columns are named {twice!r}, so that blocks cannot tell them apart; rename one.")
    asked = {} if is_auto(blocks) else assigned(blocks, names)
    columns = tuple(_column(name, cells_of(column), asked.get(name)) for name, column in given)
    for sentence in sentences.warnings_of((each.column for each in columns if each.name not in asked), of_blocks=True):
        warnings.warn(sentence, stacklevel=outside())
    if all(each.block == IGNORED.name for each in columns):
        raise ValueError("No column is left to learn from: each is blank, constant, ignored, or a name of its row.")
    return TableReading(columns, is_frame, len(columns))


def counting_rows(X: Any, sample_weight: Any) -> Any:
    """Return the rows that count: weight zero equals absence. Weights that are none are refused later."""
    try:
        counts = np.asarray(sample_weight, dtype=float) != 0
        some = counts.shape == (_num_samples(X),) and counts.any() and not counts.all()
    except (TypeError, ValueError):
        return X
    return _safe_indexing(X, np.flatnonzero(counts)) if some and not is_sparse(X) else X


def _require_auto(blocks: Any) -> None:
    if not is_auto(blocks):
        raise ValueError(
            "Sparse rows are one block, counts of words, so blocks must be 'auto'. For other blocks beside them, pass "
            "a frame with a column of texts."
        )


def _is_array_of_numbers(X: Any) -> bool:
    # Complex numbers are refused by the check of such arrays.
    return not isinstance(X, np.ma.MaskedArray) and (are_all_numbers(X) or np.iscomplexobj(X))


def _column(name: str, cells: Cells, asked: str | None) -> ColumnReading:
    """Return how a column is read, as a caller asks, or by what it holds."""
    if asked is not None:
        kind = next(kind for kind in KINDS if kind.name == asked)
        return ColumnReading(name, asked, kind.asked(name, cells))
    column = declare(name, cells)
    return ColumnReading(name, next(kind.name for kind in KINDS if column.kind in kind.default_for), column)


def _truths(cells: Cells, column: Column, word: str) -> Distinct:
    """Return the category that says where a limit or a word stands beside the numbers of a column."""
    return Distinct(["no", "yes"], read_column(cells, column).indicators[word].astype(np.int64))
