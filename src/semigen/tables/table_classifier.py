"""A classifier of the rows of tables, with what it takes to read them: what `semigen label --save` writes."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from semigen._validation import is_missing_value
from semigen.persistence.saves import Saves
from semigen.tables.cells import columns_of
from semigen.tables.errors import TableError, listed
from semigen.tables.new_cells import NewCells, SeenColumns, counted_here

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class HeldOut:
    """Errors of a classifier on labelled rows that were held out, as shares.

    Attributes
    ----------
    error : float
    lower, upper : float
        Ends of a 95 % interval.
    n_rows : int
        The labelled rows that were held out in turn.
    """

    error: float
    lower: float
    upper: float
    n_rows: int


@dataclass(frozen=True)
class Origin:
    """Where a classifier comes from.

    Attributes
    ----------
    file : str
        The name of the table that it learnt from, without its folder.
    target : str
        The column of labels.
    unlabeled : str or None
        The text that marked rows without a label there.
    saved : str
        When, in UTC, by ISO 8601.
    model : str
        What it is called at the command line.
    n_rows : int
        Rows of the table.
    counts : dict of label to int
        Labelled rows of each class.
    not_used : tuple of str
        Columns that it did not learn from.
    held_out : HeldOut or None
        None if it was compared with no other.
    """

    file: str
    target: str
    unlabeled: str | None
    saved: str
    model: str
    n_rows: int
    counts: Mapping[Any, int] = field(default_factory=dict)
    not_used: tuple[str, ...] = ()
    held_out: HeldOut | None = None


class TableClassifier(ClassifierMixin, Saves, BaseEstimator):  # type: ignore[misc]
    """Classify rows of tables that are like the one that a classifier has learnt from.

    Columns are found by their names, in whatever order; further ones are not looked at. Cells are read as they were in
    the table that was learnt from: numbers with units, dates, categories and text. ``semigen label --save`` makes one,
    `semigen.load` reads it; it has no ``fit``.

    Parameters
    ----------
    classifier : classifier
        Fitted; takes typed columns, or numbers.
    seen : SeenColumns
        The columns, and how they are read.
    of_numbers : bool
        Whether `classifier` takes a matrix of numbers.
    origin : Origin
        The table that was learnt from, and when.

    Attributes
    ----------
    classes_ : array of shape (k,)

    Examples
    --------
    >>> import semigen
    >>> import polars as pl
    >>> model = semigen.load("flowers.semigen")  # doctest: +SKIP
    >>> model.predict(pl.read_csv("new.csv", infer_schema=False))  # doctest: +SKIP
    """

    def __init__(self, classifier: Any, seen: SeenColumns, of_numbers: bool, origin: Origin):
        self.classifier = classifier
        self.seen = seen
        self.of_numbers = of_numbers
        self.origin = origin

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes, in the order of the columns of probabilities."""
        classes: NDArray[Any] = self.classifier.classes_
        return classes

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : polars or pandas DataFrame, or pyarrow Table
            With the columns that were learnt from.

        Returns
        -------
        array of shape (n,)

        Raises
        ------
        ValueError
            If a column is absent, or a cell infinite.

        Warns
        -----
        UserWarning
            If cells do not fit what their column held in training.
        """
        labels: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probabilities of the classes.

        Parameters
        ----------
        X : polars or pandas DataFrame, or pyarrow Table
            With the columns that were learnt from.

        Returns
        -------
        array of shape (n, k)

        Raises
        ------
        ValueError
            If a column is absent, or a cell infinite.

        Warns
        -----
        UserWarning
            If cells do not fit what their column held in training.
        """
        new_cells = NewCells(self.seen, of_another_table=True)
        table = self._used_columns(X)
        rows = self.rows_of(table, new_cells)
        for sentence in new_cells.warnings():
            warnings.warn(sentence, stacklevel=2)
        return self.proba_of_rows(rows)

    def check_columns(self, names: list[str]) -> None:
        """Refuse a table without the columns that were learnt from.

        Raises
        ------
        TableError
        """
        absent = [column.name for column in self.seen.columns if column.name not in names]
        if not absent:
            return
        others = [name for name in names if name not in {column.name for column in self.seen.columns}]
        alike = difflib.get_close_matches(absent[0], others, n=1) or [
            name for name in others if name.strip().lower() == absent[0].strip().lower()
        ]
        what = f"there is no column {absent[0]!r}" if len(absent) == 1 else f"there are no columns {listed(absent)}"
        hint = f"; rename {alike[0]!r} if it holds {absent[0]!r}" if alike else ""
        raise TableError(f"{what}, which the model learnt from{hint}")

    def rows_of(self, table: pl.DataFrame, new_cells: NewCells) -> Any:
        """Return some rows of a table as the classifier takes them; `new_cells` counts what does not fit.

        Raises
        ------
        TableError
            If a cell is infinite.
        """
        if not self.of_numbers:
            return new_cells.typed(table)
        # Imported here, as polars is optional in Python.
        from semigen.tables.frames import matrix_of

        return matrix_of(self.seen.columns, new_cells.of(table), can_ignore=False)[0]

    def proba_of_rows(self, rows: Any) -> NDArray[np.float64]:
        """Return the probabilities of the classes of rows that `rows_of` has returned."""
        with counted_here():
            return np.asarray(self.classifier.predict_proba(rows))

    def _used_columns(self, X: Any) -> pl.DataFrame:
        """Return the columns that are looked at, of a frame of any kind."""
        try:
            import polars as pl
        except ImportError as error:
            raise ImportError('reading tables needs polars: pip install "semigen[cli]"') from error
        if not hasattr(X, "columns") or isinstance(X, np.ndarray):
            raise TypeError(f"X is a {type(X).__name__}; give a DataFrame, whose columns have names.")
        columns = dict(columns_of(X))
        self.check_columns(list(columns))
        table = {}
        for name in (column.name for column in self.seen.columns):
            try:
                table[name] = pl.Series(name, columns[name])
            except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
                # Objects of several kinds, of which Arrow makes no column: as they are called.
                cells = np.asarray(columns[name], dtype=object)
                table[name] = pl.Series(name, [None if is_missing_value(each) else str(each) for each in cells])
        return pl.DataFrame(table)

    def __sklearn_is_fitted__(self) -> bool:
        """Say that it is, as it is made of a fitted classifier."""
        return True
