"""Tables as people have them: which columns are numbers, dates or text, and the encoder that makes numbers of them."""

from __future__ import annotations

import datetime
import warnings
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.utils import _safe_indexing

from semigen.checks import check_dense
from semigen.labels import is_missing

__all__ = ["ColumnKinds", "column_kinds", "encoder_for"]

# A value of text gets a column of its own if so large a share of the rows has it, and two rows do: a column for each
# rare value costs accuracy (bench.accuracy.adult).
_FREQUENT = 0.02
_MOST_LEVELS = 20
# Whole numbers one after the other are a numbering of the rows, if there are so many.
_NUMBERING = 20
_BLANK = "(blank)"


@dataclass(frozen=True)
class ColumnKinds:
    """What the columns of a table hold, by position, and which of them say nothing.

    Attributes
    ----------
    numbers, dates, texts : list of int
        Positions of the columns to use.
    left_out : dict
        For each name of a column that is not used, the reason.
    frequent : float
        Share of the rows above which a text value gets a column of its own.
    """

    numbers: list[int] = field(default_factory=list)
    dates: list[int] = field(default_factory=list)
    texts: list[int] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    frequent: float = _FREQUENT

    @property
    def used(self) -> list[int]:
        """Positions of all columns that are used."""
        return sorted([*self.numbers, *self.dates, *self.texts])


def encoder_for(X: Any) -> ColumnTransformer | None:
    """Choose the encoder that makes numbers of a table's columns, or None if all of them are numbers.

    Numbers stay as they are, with NaN for gaps: what is best done about a gap depends on the model behind. A mixture
    with ``missing="marginal"`` takes them as they are; others want ``SimpleImputer(add_indicator=True)`` between.
    Dates become days. Text becomes a column of zeros and ones for each frequent value, "(blank)" among them; rare
    values share one, which values that training did not see join. Columns that say nothing are left out with a
    warning: constant ones, those that number the rows, and text without a frequent value, such as names.

    Parameters
    ----------
    X : pandas or polars DataFrame, or array-like of shape (n, d)

    Returns
    -------
    ColumnTransformer or None
        Not fitted.

    Raises
    ------
    TypeError
        If X is sparse.
    ValueError
        If no column is left.

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
    """
    check_dense(X)
    if not hasattr(X, "columns") and are_all_numbers(X):
        return None
    kinds = column_kinds(X)
    for name, why in kinds.left_out.items():
        warnings.warn(f"The column {name!r} is left out: {why}.", stacklevel=2)
    if not kinds.used:
        raise ValueError("No column is left to learn from: each is blank, constant, or has another value in every row.")
    if not kinds.left_out and len(kinds.numbers) == len(kinds.used) and _plain_numbers(X, kinds.numbers):
        return None
    one_hot = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=kinds.frequent,
        max_categories=_MOST_LEVELS,
        sparse_output=False,
    )
    parts = [
        ("numbers", FunctionTransformer(as_numbers, feature_names_out="one-to-one"), kinds.numbers),
        ("dates", FunctionTransformer(as_days, feature_names_out="one-to-one"), kinds.dates),
        ("text", make_pipeline(FunctionTransformer(as_words, feature_names_out="one-to-one"), one_hot), kinds.texts),
    ]
    return ColumnTransformer([(name, step, _places(X, columns)) for name, step, columns in parts if columns])


def column_kinds(X: Any) -> ColumnKinds:
    """Sort the columns of a table into numbers, dates and text, and those that say nothing.

    Parameters
    ----------
    X : pandas or polars DataFrame, or array-like of shape (n, d)
    """
    table = X if hasattr(X, "columns") else np.asarray(X, dtype=object)
    n, d = table.shape
    kinds = ColumnKinds(frequent=min(max(_FREQUENT, 2 / max(n, 1)), 0.5))
    for j, name in enumerate(getattr(table, "columns", range(d))):
        column = _safe_indexing(table, j, axis=1)
        values = cells(table, j)
        given = values[~is_missing(values)]
        if not len(given):
            why, group = "it is blank in every row", kinds.numbers
        elif str(getattr(column, "dtype", "")) != "category" and _are_numbers(given):
            why, group = _why_numbers_say_nothing(given, n), kinds.numbers
        elif _are_dates(given):
            why, group = _why_same(given, n), kinds.dates
        else:
            why, group = _why_text_says_nothing(_words(values), kinds.frequent), kinds.texts
        if why:
            kinds.left_out[str(name)] = why
        else:
            group.append(j)
    return kinds


def cells(X: Any, j: int) -> NDArray[Any]:
    """Cells of a column, text as Python objects: in an array of text each takes as much memory as the longest."""
    column = _safe_indexing(X, j, axis=1)
    # What NumPy itself makes of a polars column of text is such an array.
    return np.asarray(column.to_numpy() if hasattr(column, "to_numpy") else column)


def are_all_numbers(X: Any) -> bool:
    """Whether an array, a frame or lists hold numbers only."""
    if hasattr(X, "__array__"):
        return np.asarray(X).dtype.kind in "biuf"
    return all(isinstance(value, Real | np.bool_) for value in np.asarray(X, dtype=object).flat)


def as_numbers(X: Any) -> NDArray[np.float64]:
    """Columns of numbers as float64, NaN where missing."""
    return _by_column(X, _numbers)


def as_days(X: Any) -> NDArray[np.float64]:
    """Columns of dates as days, NaN where missing."""
    return _by_column(X, _days)


def as_words(X: Any) -> NDArray[Any]:
    """Columns of anything as text, "(blank)" where missing."""
    return _by_column(X, _words)


def _by_column(X: Any, change: Any) -> NDArray[Any]:
    columns = [change(cells(X, j)) for j in range(X.shape[1])]
    return np.stack(columns, axis=1)


def _numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    if values.dtype == object:
        values = np.where(is_missing(values), np.nan, values)
    return values.astype(np.float64)


def _days(values: NDArray[Any]) -> NDArray[np.float64]:
    if values.dtype.kind == "M":
        since = values.astype("datetime64[s]") - np.datetime64("0001-01-01", "s")
        days: NDArray[np.float64] = since / np.timedelta64(1, "D") + 1
        return days
    missing = is_missing(values)
    return np.array([np.nan if gap else _day(value) for value, gap in zip(values, missing, strict=True)])


def _day(value: datetime.date) -> float:
    """Days since the year 1, in the time zone in which the value is written."""
    if not isinstance(value, datetime.datetime):
        return float(value.toordinal())
    return value.toordinal() + (value.hour * 3600 + value.minute * 60 + value.second) / 86400


def _words(values: NDArray[Any]) -> NDArray[Any]:
    missing = is_missing(values)
    words = np.empty(len(values), dtype=object)
    words[:] = [_BLANK if gap else _word(value) for value, gap in zip(values, missing, strict=True)]
    return words


def _word(value: Any) -> str:
    # Codes of categories turn into floats where a frame has gaps, and must not turn into other categories.
    whole = isinstance(value, float | np.floating) and np.isfinite(value) and value == int(value)
    return str(int(value) if whole else value).strip() or _BLANK


def _are_numbers(given: NDArray[Any]) -> bool:
    return given.dtype.kind in "biuf" or (
        given.dtype == object and all(isinstance(value, Real | Decimal | np.bool_) for value in given)
    )


def _are_dates(given: NDArray[Any]) -> bool:
    return given.dtype.kind == "M" or (
        given.dtype == object and all(isinstance(value, datetime.date) for value in given)
    )


def _why_same(given: NDArray[Any], n: int) -> str:
    """Why a column without gaps says nothing; gaps beside a single value say something."""
    return "it has the same value in every row" if n > 1 and len(given) == n and (given == given[0]).all() else ""


def _why_numbers_say_nothing(given: NDArray[Any], n: int) -> str:
    if len(given) == n >= _NUMBERING and (np.diff(np.sort(_numbers(given))) == 1).all():
        return "it numbers the rows"
    return _why_same(given, n)


def _why_text_says_nothing(words: NDArray[Any], frequent: float) -> str:
    counts = Counter(words)
    n_frequent = sum(count >= frequent * len(words) for count in counts.values())
    if len(counts) == 1:
        return "it has the same value in every row"
    if n_frequent == 0:
        return f"none of its {len(counts):,} values is frequent, as in names, notes or identifiers"
    return ""


def _plain_numbers(X: Any, columns: list[int]) -> bool:
    """Whether NumPy makes numbers of all columns by itself; pandas.NA and Python objects it does not."""
    return all(cells(X, j).dtype.kind in "biuf" for j in columns)


def _places(X: Any, columns: list[int]) -> list[Any]:
    """Names of columns, by which they are found in whatever order they come; positions where names are no names."""
    names = list(getattr(X, "columns", []))
    if names and all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
        return [names[j] for j in columns]
    return columns
