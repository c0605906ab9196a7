"""Which block each column belongs to, by what it holds or by what a caller says, and how its cells are read."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from semigen._runtime.callers import outside
from semigen._validation import checked_rows, checked_sparse_rows
from semigen.mixture.blocks import COUNTS
from semigen.mixture.mixed.asked_blocks import CATEGORICAL, GAUSSIAN, IGNORED, KINDS, WORDS, assigned, is_auto, near
from semigen.mixture.mixed.indicators import Group, OtherValueWarning, category_of, indicator_groups
from semigen.mixture.mixed.rows import RawRows
from semigen.persistence.pickled import VersionedPart
from semigen.tables import sentences
from semigen.tables.cells import Cells, Distinct, Form, are_all_numbers, cells_of, columns_of, require_table
from semigen.tables.declare import declare, unfit_examples
from semigen.tables.errors import TableError
from semigen.tables.free_text import is_sparse
from semigen.tables.kinds import Asked, Column, Kind
from semigen.tables.values import read_column, words_of

_ASKED = {GAUSSIAN: Kind.NUMBER, CATEGORICAL: Kind.CATEGORY, **dict.fromkeys(COUNTS, Kind.NUMBER)}


@dataclass(frozen=True)
class ColumnReading(VersionedPart):
    """How one column is read.

    Attributes
    ----------
    name : str
    block : str
        One of `KINDS`.
    column : Column
        Its declaration.
    """

    name: str
    block: str
    column: Column


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
        n = cells[0].n
        if n < least_rows:
            raise ValueError(f"{name} has no rows.")
        numbers: list[NDArray[np.float64]] = []
        words: list[NDArray[np.float64]] = []
        categories: list[Distinct] = []
        texts: list[Distinct] = []
        counts: dict[str, list[NDArray[np.float64]]] = {kind: [] for kind in COUNTS}
        for each, own in zip(self.columns, cells, strict=True):
            if each.block == IGNORED:
                continue
            if each.block == CATEGORICAL:
                categories.append(_categories(own, each.column))
                continue
            if each.block == WORDS and not each.column.kind.numeric:
                texts.append(words_of(own))
                continue
            read = read_column(own, each.column)
            _warn_of_unfit(own, each.column, read.unfit)
            values = read.as_floats()
            if each.block == GAUSSIAN:
                _require_finite(values, each.name)
                numbers.append(values)
            elif each.block == WORDS:
                words.append(np.nan_to_num(_as_counts(values, each.name, whole=False), nan=0.0))
            else:
                counts[each.block].append(_as_counts(values, each.name, whole=True))
            categories += [_truths(read.indicators[word]) for word in each.column.indicators if word in read.indicators]
        return RawRows(
            np.column_stack(numbers) if numbers else np.empty((n, 0)),
            tuple(categories),
            {kind: np.column_stack(values) for kind, values in counts.items() if values},
            csr_matrix(np.column_stack(words)) if words else None,
            tuple(texts),
            self.n_columns,
        )

    @property
    def has_numbers(self) -> bool:
        """Whether some column holds numbers."""
        return bool(self.numbers())

    def numbers(self) -> list[Any]:
        """Return the names of the columns of numbers, or their numbers."""
        if self.sparse or self.columns:
            return [each.name for each in self.columns if each.block == GAUSSIAN]
        grouped = {j for group in self.groups for j in group}
        return [j for j in range(self.n_columns) if j not in grouped]

    def categories(self) -> list[str]:
        """Return the names of the columns of categories, as `read` returns them."""
        names = [
            f"column {group[0]}" if len(group) == 1 else f"columns {group[0]} to {group[-1]}" for group in self.groups
        ]
        for each in self.columns:
            if each.block == CATEGORICAL:
                names.append(each.name)
            elif each.block in (GAUSSIAN, *COUNTS) or (each.block == WORDS and each.column.kind.numeric):
                names += [sentences.indicator_name(each.name, word) for word in each.column.indicators]
        return names

    def counts(self) -> list[list[str]]:
        """Return the names of the columns of each kind of counts that there is."""
        found = [[each.name for each in self.columns if each.block == kind] for kind in COUNTS]
        return [names for names in found if names]

    def words(self) -> list[str] | None:
        """Return the names of the columns that count words; None if there are none."""
        if self.sparse:
            return [str(j) for j in range(self.n_columns)]
        found = [each.name for each in self.columns if each.block == WORDS and each.column.kind.numeric]
        return found or None

    def texts(self) -> list[str]:
        """Return the names of the columns of texts, as `read` returns them."""
        return [each.name for each in self.columns if each.block == WORDS and not each.column.kind.numeric]

    def by_block(self) -> dict[str, list[Any]]:
        """Return the names of columns by block, or their numbers."""
        if self.sparse:
            return {WORDS: list(range(self.n_columns))}
        if not self.columns:
            both = {GAUSSIAN: self.numbers(), CATEGORICAL: list(self.groups)}
            return {kind: names for kind, names in both.items() if names}
        found: dict[str, list[Any]] = {
            kind: [each.name if self.named else int(each.name) for each in self.columns if each.block == kind]
            for kind in KINDS
        }
        return {kind: names for kind, names in found.items() if names}

    def _of_array(self, X: NDArray[Any], name: str) -> RawRows:
        self._require_columns(X.shape[1], name)
        categories = tuple(category_of(X, group) for group in self.groups)
        for group, column in zip(self.groups, categories, strict=True):
            _warn_of_no_indicators(X[:, list(group)], group, column)
        return RawRows(X[:, self.numbers()], categories, {}, None, (), self.n_columns)

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
        return RawRows(np.empty((rows.shape[0], 0)), (), {}, rows, (), self.n_columns)

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
        absent = [each.name for each in self.columns if each.name not in by_name and each.block != IGNORED]
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
    if all(each.block == IGNORED for each in columns):
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
    kind: Asked | None = None if asked is None else _ASKED.get(asked)
    if asked == IGNORED:
        return ColumnReading(name, IGNORED, Column(name, Kind.IDENTIFIER))
    if asked is not None:
        _require_what_it_takes(name, cells, asked)
    if asked == WORDS:
        kind = Kind.NUMBER if cells.values is not None else Kind.TEXT
    if asked == GAUSSIAN and cells.form is not Form.NUMBERS and (found := declare(name, cells)).kind.numeric:
        # Dates and steps of a scale are numbers to it, as where nobody asks.
        return ColumnReading(name, GAUSSIAN, found)
    column = declare(name, cells, kind)
    if asked is not None:
        return ColumnReading(name, asked, column)
    if not column.kind.used:
        return ColumnReading(name, IGNORED, column)
    if column.kind is Kind.TEXT:
        return ColumnReading(name, WORDS, column)
    of_values = column.kind.numeric and column.kind is not Kind.BOOLEAN
    return ColumnReading(name, GAUSSIAN if of_values else CATEGORICAL, column)


def _require_what_it_takes(name: str, cells: Cells, asked: str) -> None:
    """Refuse cells that a block could not tell from gaps, or would count as what they are not."""
    if cells.form is Form.NESTED:
        raise TableError(
            f"The column {name!r} holds lists or bytes, of which blocks[{asked!r}] takes none. ' '.join(words) makes a "
            "text of a list of words."
        )
    if cells.form in (Form.DATES, Form.DURATIONS) and asked in (*COUNTS, WORDS):
        raise TableError(
            f"The column {name!r} holds {cells.form.value}, which are no counts. Put it into blocks['gaussian'], or "
            "into blocks['categorical']."
        )


def _categories(cells: Cells, column: Column) -> Distinct:
    if column.kind is not Kind.BOOLEAN:
        return words_of(cells)
    read = read_column(cells, column)
    _warn_of_unfit(cells, column, read.unfit)
    values = read.as_floats()
    return Distinct(["false", "true"], np.where(np.isnan(values), -1, np.nan_to_num(values)).astype(np.int64))


def _truths(mask: NDArray[np.bool_]) -> Distinct:
    return Distinct(["no", "yes"], mask.astype(np.int64))


def _as_counts(values: NDArray[np.float64], name: str, *, whole: bool) -> NDArray[np.float64]:
    """Return values, checked to be counts."""
    given = np.nan_to_num(values, nan=0.0, posinf=np.inf)
    odd = (given < 0) | ~np.isfinite(given) | ((given != np.round(given)) if whole else False)
    if odd.any():
        row = int(np.argmax(odd))
        what = "whole numbers from zero on" if whole else "zero or more"
        raise ValueError(
            f"The column {name!r} has {values[row]:g} in row {row}; counts are {what}. Put the column into "
            "blocks['gaussian'], or correct the value."
        )
    return values


def _require_finite(values: NDArray[np.float64], name: str) -> None:
    if np.isinf(values).any():
        row = int(np.argmax(np.isinf(values)))
        raise ValueError(f"The column {name!r} contains infinity in row {row}. Correct the value, or blank it.")


def _warn_of_no_indicators(values: NDArray[Any], group: Group, column: Distinct) -> None:
    """Warn of rows of an array in which columns of zeros and ones hold something else."""
    n_unfit = int(((column.codes < 0) & ~np.isnan(values).any(axis=1)).sum())
    if n_unfit:
        rows = "1 row has" if n_unfit == 1 else f"{n_unfit:,} rows have"
        said = (
            f"Column {group[0]} held zeros and ones in training; {rows} another value, which counts as missing."
            if len(group) == 1
            else f"Columns {group[0]} to {group[-1]} held exactly one 1 in every row in training; {rows} not, which "
            "counts as missing."
        )
        warnings.warn(said, OtherValueWarning, stacklevel=outside())


def _warn_of_unfit(cells: Cells, column: Column, unfit: NDArray[np.bool_]) -> None:
    """Warn of cells that do not fit what a column held in training."""
    n_unfit = int(unfit.sum())
    known = column.n_unfit if cells.n == column.n_rows else 0
    if n_unfit > max(known, len(unfit) * column.n_unfit / max(column.n_rows, 1)):
        new = [each for each in unfit_examples(cells, unfit) if each not in column.examples]
        if new:
            warnings.warn(sentences.of_new_cells(column, n_unfit, tuple(new)), stacklevel=outside())
