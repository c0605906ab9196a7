"""Checks of rows, weights and other numbers: no mask, date or text becomes a number unnoticed.

scikit-learn's `check_array` reads what NumPy makes of its argument, and NumPy drops the mask of a masked array, counts
dates in nanoseconds and parses text. So every array of numbers that a caller gives passes through `plain` first.
"""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import check_array
from sklearn.utils.validation import _check_feature_names, _check_n_features, _check_sample_weight

from semigen._runtime.callers import outside

FILL_GAPS = (
    "Fill the gaps first: SimpleImputer(add_indicator=True) in a pipeline keeps where they were, and "
    "OrdinalEncoder(encoded_missing_value=-1) makes a category of them."
)
_REMEDY_FOR_TEXT = (
    "Rows must be numbers; of columns of text, sklearn.preprocessing.OrdinalEncoder makes codes for "
    "likelihood='categorical', and OneHotEncoder makes columns of zeros and ones for any model."
)
_REMEDY_FOR_SPARSE = (
    "Sparse data was passed, but rows must be dense: X.toarray() makes them so; in a pipeline, "
    "OneHotEncoder(sparse_output=False), or sparse_threshold=0 of the ColumnTransformer."
)
_REMEDY_FOR_DATES = (
    "Models take numbers: semigen.encoder_for makes them of dates and durations in a frame, in a pipeline before the "
    "model; or divide a duration, or a date less another one, by np.timedelta64(1, 'D')."
)

_DATES = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)
# pandas' own, told by their names so that pandas need not be imported.
_DATES_OF_PANDAS = ("Period", "Timestamp", "Timedelta", "BaseOffset")
_MISSING_BY_NAME = ("NAType", "NaTType", "MaskedConstant")

# Squares of values, added up over rows, must be floating-point numbers.
_LARGEST = 1e145


def is_missing_value(value: object) -> bool:
    """Return whether one value is None, NaN, NaT, pandas.NA or masked."""
    if value is None or type(value).__name__ in _MISSING_BY_NAME:
        return True
    if isinstance(value, float | np.floating | np.datetime64 | np.timedelta64):
        return bool(value != value)
    return isinstance(value, Decimal) and value.is_nan()


def checked_rows(
    X: Any,
    *,
    dtype: Any = np.float64,
    missing_allowed: bool = False,
    estimator: Any = None,
    reset: bool = False,
    name: str = "X",
    least_rows: int = 1,
    remedy_for_missing: str = FILL_GAPS,
    remedy_for_text: str = _REMEDY_FOR_TEXT,
) -> NDArray[Any]:
    """Return rows as an array of numbers, NaN where a value is missing.

    Parameters
    ----------
    X : array-like or frame of shape (n, d)
    dtype : type or tuple of types
        The precisions that rows may keep; anything else is brought to the first.
    missing_allowed : bool
    estimator : estimator, optional
        Whose number and names of features the rows must have, or set if `reset`.
    reset : bool
    name : str
        Of the argument, for messages.
    least_rows : int
    remedy_for_missing, remedy_for_text : str
        What a message advises.

    Raises
    ------
    ValueError
        If there are dates, text, infinite values, or missing ones that are not allowed.
    TypeError
        If the rows are sparse.
    """
    if estimator is not None:
        _check_feature_names(estimator, X, reset=reset)
    # Sums of large numbers, by which scikit-learn looks for infinite ones, may themselves be none.
    with input_explained(remedy_for_missing, remedy_for_text), np.errstate(over="ignore", invalid="ignore"):
        rows: NDArray[Any] = check_array(
            plain(X, name),
            dtype=dtype,
            ensure_all_finite="allow-nan" if missing_allowed else True,
            ensure_min_samples=least_rows,
            estimator=estimator,
            input_name=name,
        )
    if estimator is not None:
        _check_n_features(estimator, rows, reset=reset)
    return rows


def checked_sparse_rows(
    X: Any,
    *,
    estimator: Any = None,
    name: str = "X",
    least_rows: int = 1,
    why: str = "Sparse rows are reduced by truncated SVD, which needs all values",
) -> Any:
    """Return sparse rows as a compressed matrix of finite numbers, row after row.

    Parameters
    ----------
    X : sparse matrix or array
    estimator : estimator, optional
    name : str, default="X"
    least_rows : int, default=1
    why : str
        Why no value may be missing, for the message.

    Raises
    ------
    ValueError
        If a value is missing or infinite.
    """
    rows = check_array(
        X,
        accept_sparse="csr",
        dtype=np.float64,
        ensure_all_finite=False,
        ensure_min_samples=least_rows,
        estimator=estimator,
        input_name=name,
    )
    odd = np.flatnonzero(~np.isfinite(rows.data))
    if len(odd):
        # Entries lie row after row.
        row, column = int(np.searchsorted(rows.indptr, odd[0], side="right")) - 1, int(rows.indices[odd[0]])
        value = "NaN" if np.isnan(rows.data[odd[0]]) else "infinity"
        raise ValueError(
            f"{name} is sparse and contains {value} in row {row}, column {column}. {why}: an entry that "
            "is left out is zero, not missing. Fill the gaps first, as SimpleImputer does without making the rows "
            "dense; or, with few columns, pass X.toarray() and missing='marginal' where the model has it."
        )
    return rows


def checked_weights(sample_weight: Any, rows: Any) -> NDArray[np.float64]:
    """Return a weight per row, checked.

    Raises
    ------
    ValueError
        If a weight is masked, missing, negative, no number, or there are not as many as rows.
    """
    _refuse_masked(sample_weight, "sample_weight", "a weight of zero leaves a row out")
    weights: NDArray[np.float64] = _check_sample_weight(
        plain(sample_weight, "sample_weight"), rows, dtype=np.float64, ensure_non_negative=True
    )
    return weights


def numbers(values: Any, name: str) -> NDArray[np.float64]:
    """Return an option as an array of numbers.

    Raises
    ------
    ValueError
        If a value is masked or no number.
    """
    _refuse_masked(values, name, "give a number")
    try:
        return np.asarray(plain(values, name), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers in the shape of an array: {error}.") from None


def plain(X: Any, name: str = "X") -> Any:
    """Return `X` such that NumPy reads every number in it as what it is: masked and missing values are NaN.

    What has neither masks nor objects is returned as it is, without a copy.

    Raises
    ------
    ValueError
        If there are dates, durations or text.
    """
    if issparse(X) or X is None or np.isscalar(X):
        return X
    if hasattr(X, "columns") and len(getattr(X, "shape", ())) == 2:
        return _plain_frame(X, name)
    if isinstance(X, list | tuple):
        X = np.ma.array(X) if any(np.ma.isMaskedArray(row) for row in X) else X
    elif not isinstance(X, np.ndarray) and hasattr(X, "dtype") and hasattr(X, "to_numpy"):
        return _plain_values(_of_series(X), name)
    if isinstance(X, np.ma.MaskedArray):
        return _unmasked(X, name)
    try:
        return _plain_values(np.asarray(X) if not isinstance(X, np.ndarray) else X, name)
    except ValueError as error:
        if "inhomogeneous" in str(error):
            raise ValueError(f"The rows of {name} are not of the same length, or its cells hold lists.") from None
        raise


def unmasked(X: Any) -> Any:
    """Return a masked array as a plain one with NaN under the mask, and anything else as it is."""
    return plain(X) if isinstance(X, np.ma.MaskedArray) else X


def warn_of_other_index(X: Any, **others: Any) -> None:
    """Warn if X and what goes with its rows have indexes, as pandas' objects do, that differ: only order counts."""
    index = _index_of(X)
    for name, values in others.items():
        other = _index_of(values)
        if index is None or other is None or len(other) != len(index) or other.equals(index):
            continue
        same = bool(other.is_unique and index.is_unique and other.isin(index).all())
        what = "the same index in another order" if same else "indexes that differ"
        remedy = f"{name}.loc[X.index]" if same else f"X.join({name}.rename({name!r}), how='inner')"
        warnings.warn(
            f"X and {name} have {what}, and rows are taken in order: the first of X goes with the first of {name}. If "
            f"they belong together by their index, {remedy} puts them right; if not, {name}.to_numpy() says so.",
            stacklevel=outside(),
        )


def _index_of(values: Any) -> Any:
    """Return the index of a pandas object; methods of that name, as lists have, do not count."""
    index = getattr(values, "index", None)
    return index if hasattr(index, "equals") else None


def check_magnitude(X: NDArray[Any], names: Sequence[str] | None = None) -> None:
    """Refuse columns (of these names) with numbers whose squares cannot be computed with; gaps (NaN) are let pass."""
    largest = np.fmax(np.fmax.reduce(X, axis=0, initial=0), -np.fmin.reduce(X, axis=0, initial=0))
    beyond = np.flatnonzero(largest > _LARGEST)
    if len(beyond):
        j = int(beyond[0])
        raise ValueError(
            f"Column {j if names is None else repr(names[j])} of X goes up to {largest[j]:.0e}, and the square of that "
            "cannot be computed with. Rescale the column, or leave it out; if such a number stands for a missing "
            "value, leave the cell blank (NaN)."
        )


@contextmanager
def input_explained(remedy_for_missing: str = FILL_GAPS, remedy_for_text: str = _REMEDY_FOR_TEXT) -> Iterator[None]:
    """Add to errors about text, missing values or sparse matrices, raised in this context, what to do about them."""
    try:
        yield
    except TypeError as error:
        if not str(error).startswith("Sparse data was passed"):
            raise
        raise TypeError(_REMEDY_FOR_SPARSE) from None
    except ValueError as error:
        if "contains NaN" in str(error):
            raise ValueError(f"{str(error).splitlines()[0]} {remedy_for_missing}") from None
        if not str(error).startswith("could not convert string to float"):
            raise
        raise ValueError(f"{error}. {remedy_for_text}") from None


def _refuse_masked(values: Any, name: str, remedy: str) -> None:
    mask = np.ma.getmask(values)
    if mask is not np.ma.nomask and np.any(mask):
        raise ValueError(f"{name} is masked at {np.argwhere(mask)[0].tolist()}, and must not be: {remedy}.")


def _unmasked(X: Any, name: str) -> NDArray[Any]:
    values, mask = np.ma.getdata(X), np.ma.getmaskarray(X)
    if values.dtype.kind in "MmV":
        return _plain_values(values, name)
    if values.dtype.kind in "OUST":
        # Text under the mask does not matter, so only what is seen is looked at.
        seen = values.astype(object)
        seen[mask] = None
        return _plain_values(seen, name)
    if not mask.any():
        return np.asarray(values)
    floating = values if values.dtype.kind in "fc" else values.astype(np.float64)
    return np.where(mask, np.asarray(np.nan, dtype=floating.dtype), floating)


def _plain_values(values: NDArray[Any], name: str, column: str | None = None) -> NDArray[Any]:
    """Return values as numbers; those that are already are not copied."""
    kind = values.dtype.kind
    if kind in "biufc":
        return values
    if kind in "Mm":
        raise ValueError(_dates_refused(values.dtype, name, column))
    if kind == "V":
        raise ValueError(
            f"{_called(name, column)} is a structured array with the fields {values.dtype.names}; "
            "numpy.lib.recfunctions.structured_to_unstructured makes columns of them."
        )
    listed = values.astype(object).ravel().tolist()
    floats = np.array([_number(value, name, column) for value in listed], dtype=np.float64)
    return floats.reshape(values.shape)


def _number(value: Any, name: str, column: str | None) -> float:
    if is_missing_value(value):
        return np.nan
    if isinstance(value, str | bytes):
        _refuse_text(value, name, column)
    if isinstance(value, _DATES) or type(value).__name__ in _DATES_OF_PANDAS:
        raise ValueError(_dates_refused(type(value).__name__, name, column))
    if isinstance(value, complex | np.complexfloating):
        raise ValueError(f"Complex data not supported: {_called(name, column)} holds {value!r}.")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(
            f"{_called(name, column)} holds {str(value)[:20]}..., which is too large for a float."
        ) from None
    except TypeError as error:
        raise TypeError(
            f"{_called(name, column)} holds a {type(value).__name__}, and rows must be numbers: {error}."
        ) from None


def _refuse_text(value: str | bytes, name: str, column: str | None) -> None:
    try:
        float(value)
    except ValueError:
        raise ValueError(f"could not convert string to float: {value!r}") from None
    raise ValueError(
        f"{_called(name, column)} holds numbers written as text, such as {value!r}, and text is not read as numbers "
        "unasked. If all of it is numbers, .astype(float) says so (of a pandas column, pandas.to_numeric)."
    )


def _dates_refused(what: object, name: str, column: str | None) -> str:
    return f"{_called(name, column)} holds dates or durations ({what}). {_REMEDY_FOR_DATES}"


def _called(name: str, column: str | None) -> str:
    return name if column is None else f"Column {column!r} of {name}"


def _plain_frame(X: Any, name: str) -> Any:
    """Return a frame as it is if NumPy reads all its columns as the numbers they are, else an array."""
    names = list(getattr(X, "column_names", X.columns))
    dtypes = getattr(X, "dtypes", None)
    if hasattr(X, "iloc") and dtypes is not None and all(isinstance(d, np.dtype) and d.kind in "biuf" for d in dtypes):
        return X
    columns = [_column(X, j) for j in range(len(names))]
    floats = [_plain_values(values, name, column=str(called)) for values, called in zip(columns, names, strict=True)]
    if not floats:
        return X
    stored = {values.dtype for values in floats}
    dtype = np.float32 if stored == {np.dtype(np.float32)} else np.float64
    return np.column_stack([values.astype(dtype, copy=False) for values in floats])


def _column(X: Any, j: int) -> NDArray[Any]:
    if hasattr(X, "iloc"):
        return _of_series(X.iloc[:, j])
    if hasattr(X, "to_series"):
        return _of_series(X.to_series(j))
    return _of_series(X.column(j))


def _of_series(series: Any) -> NDArray[Any]:
    """Return a column of pandas, polars or Arrow as an array: numbers with NaN for gaps, or objects."""
    if hasattr(series, "isna"):
        kind = getattr(series.dtype, "kind", "O")
        if isinstance(series.dtype, np.dtype):
            return np.asarray(series)
        if kind in "biuf" and not str(series.dtype).startswith(("period", "interval", "category")):
            return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
        return np.asarray(series, dtype=object)
    if hasattr(series, "to_pylist"):
        return boxed(series.to_pylist())
    if series.dtype.is_numeric() and not series.dtype.is_decimal():
        return np.asarray(series.to_numpy())
    return boxed(series.to_list())


def boxed(values: Sequence[Any]) -> NDArray[np.object_]:
    """Return Python objects as an array of them, whatever they are: NumPy would take sequences for rows."""
    return np.fromiter(values, dtype=object, count=len(values))
