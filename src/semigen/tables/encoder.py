"""A transformer of scikit-learn that makes numbers of a table, column by column, as they are declared."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import check_is_fitted

from semigen.persistence.saves import Saves
from semigen.tables import sentences
from semigen.tables.cells import Cells, Distinct, Form, are_all_numbers, as_table, cells_of, columns_of
from semigen.tables.declare import declare_table, unfit_examples
from semigen.tables.errors import TableError
from semigen.tables.free_text import SparseReduction, TextVectors, is_sparse
from semigen.tables.kinds import DIMENSIONS, MOST_LEVELS, Column, Kind, frequent_share
from semigen.tables.values import read_column, words_of

BLANK = "(blank)"


class TableEncoder(TransformerMixin, Saves, BaseEstimator):  # type: ignore[misc]
    """Make numbers of the columns of a table, as they were declared.

    Numbers, dates (as days since 1970), durations (as seconds), truth values (as 1 and 0) and steps of a scale become
    one column each, with NaN for gaps, and a column of zeros and ones for limits such as "<18" and for words that stand
    often where a number would. Categories and codes become a column of zeros and ones for each frequent value,
    "(blank)" among them; rare values share one, which values that training did not see join. Free text becomes TF-IDF,
    reduced by truncated SVD to 50 numbers.

    Parameters
    ----------
    columns : sequence of Column, optional
        Declarations, as `encoder_for` finds them in a whole table; by default `fit` declares the columns of its rows.
    column_kinds : mapping of name to kind, optional
        What the caller knows better, where `columns` is not given.

    Attributes
    ----------
    columns_ : tuple of Column
    n_features_in_ : int
    """

    def __init__(self, columns: Any = None, column_kinds: Mapping[str, Any] | None = None):
        self.columns = columns
        self.column_kinds = column_kinds

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn which values are frequent, and the words of free texts.

        Parameters
        ----------
        X : pandas or polars DataFrame, series, or array-like of shape (n, d)
        y : ignored

        Returns
        -------
        self
        """
        declared = declare_table(X, self.column_kinds) if self.columns is None else self.columns
        self.columns_ = tuple(declared)
        self.n_features_in_ = len(self.columns_)
        self._named = hasattr(as_table(X), "columns")
        self.__dict__.pop("feature_names_in_", None)
        if self._named:
            self.feature_names_in_ = np.array([column.name for column in self.columns_], dtype=object)
        self._parts: dict[int, OneHotEncoder | TextVectors] = {}
        for j, (column, cells) in enumerate(zip(self.columns_, self._cells(X), strict=True)):
            if not column.used or column.kind.numeric:
                continue
            words = words_of(cells)
            if column.kind is Kind.TEXT:
                self._parts[j] = TextVectors().fit(_texts(words))
            else:
                one_hot = OneHotEncoder(
                    handle_unknown="infrequent_if_exist",
                    min_frequency=frequent_share(cells.n),
                    max_categories=MOST_LEVELS,
                    sparse_output=False,
                ).set_output(transform="default")
                self._parts[j] = one_hot.fit(_boxed(words))
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Return the numbers of a table with the same columns, in whatever order these are.

        Parameters
        ----------
        X : pandas or polars DataFrame, series, or array-like of shape (n, d)

        Returns
        -------
        array of shape (n, features)

        Warns
        -----
        UserWarning
            If cells do not fit the kind that their column had in training.
        """
        check_is_fitted(self)
        blocks = []
        for j, (column, cells) in enumerate(zip(self.columns_, self._cells(X), strict=True)):
            if not column.used:
                continue
            if column.kind.numeric:
                blocks += self._numbers(column, cells)
                continue
            words, part = words_of(cells), self._parts[j]
            if isinstance(part, TextVectors):
                blocks.append(part.transform(_texts(words)))
            else:
                self._warn_of_unseen(column, words, part)
                blocks.append(np.asarray(part.transform(_boxed(words)), dtype=np.float64))
        return np.hstack(blocks)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the names of the numbers: of the column, and behind that of a value where there are several."""
        check_is_fitted(self)
        names: list[str] = []
        for j, column in enumerate(self.columns_):
            if not column.used:
                continue
            if column.kind.numeric:
                names += [column.name, *(sentences.indicator_name(column.name, each) for each in column.indicators)]
            elif isinstance(part := self._parts[j], TextVectors):
                names += [f"{column.name} {each}" for each in part.reduction_.get_feature_names_out()]
            else:
                names += part.get_feature_names_out([column.name]).tolist()
        return np.array(names, dtype=object)

    def _numbers(self, column: Column, cells: Cells) -> list[NDArray[np.float64]]:
        read = read_column(cells, column)
        n_unfit = int(read.unfit.sum())
        known = column.n_unfit if cells.n == column.n_rows else 0
        if n_unfit > max(known, len(read.unfit) * column.n_unfit / max(column.n_rows, 1)):
            examples = unfit_examples(cells, read.unfit)
            new = [each for each in examples if each not in column.examples and each not in column.indicators]
            if new or cells.form is not Form.TEXTS:
                warnings.warn(sentences.of_new_cells(column, n_unfit, tuple(new)), stacklevel=3)
        floats = read.as_floats()
        return [floats[:, None], *(mask.astype(np.float64)[:, None] for mask in self._masks(column, read, cells.n))]

    @staticmethod
    def _masks(column: Column, read: Any, n: int) -> list[NDArray[np.bool_]]:
        return [read.indicators.get(name, np.zeros(n, dtype=bool)) for name in column.indicators]

    def _warn_of_unseen(self, column: Column, words: Distinct, part: OneHotEncoder) -> None:
        known = set(part.categories_[0].tolist())
        counts = words.counts
        unseen = [i for i, text in enumerate(words.texts) if text not in known and counts[i]]
        rare = part.infrequent_categories_[0] is not None
        # Names and codes of which most are rare have new ones in every sample; values all of which were frequent do
        # not.
        if unseen and not rare:
            new = tuple(words.texts[i] for i in unseen[:3])
            warnings.warn(sentences.of_unseen(column, int(counts[unseen].sum()), new), stacklevel=4)

    def _cells(self, X: Any) -> list[Cells]:
        """Return the cells of each declared column, by name where both sides have names, else by position."""
        columns = columns_of(X)
        names = [name for name, _ in columns]
        declared = [column.name for column in self.columns_]
        told_by_name = self._named and len(set(declared)) == len(declared) and not hasattr(X, "name")
        if not told_by_name or not hasattr(as_table(X), "columns"):
            if len(columns) != len(declared):
                raise TableError(f"X has {len(columns)} columns, and the encoder was fitted to {len(declared)}.")
            return [cells_of(column) for _, column in columns]
        absent = [name for name in declared if name not in names]
        if absent:
            alike = difflib.get_close_matches(absent[0], names, n=1)
            hint = f" (there is {alike[0]!r})" if alike else ""
            raise TableError(f"X has no column {absent[0]!r}{hint}, which the encoder was fitted to.")
        by_name = dict(columns)
        return [cells_of(by_name[name]) for name in declared]

    def __sklearn_tags__(self) -> Any:
        """Say that text and gaps are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.allow_nan = True
        return tags


def encoder_for(X: Any, column_kinds: Mapping[str, Any] | None = None) -> TableEncoder | SparseReduction | None:
    """Choose the encoder that makes numbers of a table's columns, or None if all of them are numbers.

    Each column is read as what it holds: numbers, also with units, currencies or words for gaps among them; dates,
    durations, truth values, categories, steps of a scale, or free text (`TableEncoder` says what becomes of each).
    Gaps in numbers stay gaps, NaN: what is best done about them depends on the model behind. A mixture with
    ``missing="marginal"`` takes them as they are; others want ``SimpleImputer(add_indicator=True)`` between. Columns
    that say nothing are left out with a warning: constant ones, those that number the rows, and text without a frequent
    value, such as names. So is every column named that looks like a number and is not used as one.

    Parameters
    ----------
    X : pandas or polars DataFrame, series, array-like of shape (n, d), or sparse matrix
        Sparse rows get a truncated SVD.
    column_kinds : mapping of name to kind, optional
        Overrules what the columns look like: "number", "code", "category", "ordered", "date", "duration", "boolean",
        "text", "identifier" (which leaves a column out), or the words of a scale from the lowest to the highest.

    Returns
    -------
    TableEncoder, SparseReduction or None
        Not fitted; it reads new rows as it read these.

    Raises
    ------
    ValueError
        If no column is left, or no cell of a column is of the kind that was asked for.

    Examples
    --------
    >>> import pandas as pd
    >>> from semigen import encoder_for
    >>> table = pd.DataFrame({"age": [31, None, 54, 47], "plan": ["free", "team", "team", "free"]})
    >>> encoder_for(table).fit_transform(table)
    array([[31.,  1.,  0.],
           [nan,  0.,  1.],
           [54.,  0.,  1.],
           [47.,  1.,  0.]])
    >>> encoder_for(table[["age"]]) is None
    True
    >>> prices = pd.DataFrame({"price": ["$1,200", "n.d.", "$950", "$1,020"]})
    >>> encoder_for(prices).fit_transform(prices).ravel()
    array([1200.,   nan,  950., 1020.])
    """
    if is_sparse(X):
        if X.shape[1] > DIMENSIONS:
            warnings.warn(sentences.of_sparse(X.shape[1]), stacklevel=2)
        return SparseReduction()
    if not hasattr(X, "columns") and not column_kinds and _is_numeric_array(X):
        return None
    columns = declare_table(X, column_kinds)
    for sentence in sentences.warnings_of(columns):
        warnings.warn(sentence, stacklevel=2)
    if not any(column.used for column in columns):
        raise ValueError("No column is left to learn from: each is blank, constant, or has another value in every row.")
    if all(column.used for column in columns) and _plain_numbers(X, columns):
        return None
    return TableEncoder(tuple(columns))


def _is_numeric_array(X: Any) -> bool:
    return not isinstance(X, np.ma.MaskedArray) and are_all_numbers(X)


def _plain_numbers(X: Any, columns: list[Column]) -> bool:
    """Return whether NumPy makes numbers of all columns by itself, with no pandas.NA, mask, date or object."""
    if isinstance(X, np.ma.MaskedArray) or any(column.kind not in (Kind.NUMBER, Kind.BOOLEAN) for column in columns):
        return False
    return all(
        np.asarray(column).dtype.kind in "biuf" and not hasattr(getattr(column, "dtype", None), "na_value")
        for _, column in columns_of(X)
    )


def _boxed(words: Distinct) -> NDArray[np.object_]:
    """Return the words of rows as one column of objects, "(blank)" where there is none."""
    texts = np.array([*words.texts, BLANK], dtype=object)
    return texts[words.codes][:, None]


def _texts(words: Distinct) -> list[str]:
    return [words.texts[code] if code >= 0 else "" for code in words.codes.tolist()]
