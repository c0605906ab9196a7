"""Values in whatever holds them (lists, NumPy, pandas, polars, Arrow), told from those that are missing."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import DataConversionWarning

from semigen._runtime.callers import outside
from semigen._validation import boxed, is_missing_value


@dataclass(frozen=True)
class Values:
    """A value for each row that has one.

    Attributes
    ----------
    given : array of shape (rows with a value,)
        An array of numbers, text, bytes or dates as it came, or of Python objects.
    present : array of bool of shape (n,)
        Mask of the rows that have one.
    """

    given: NDArray[Any]
    present: NDArray[np.bool_]

    def without(self, dropped: NDArray[np.bool_]) -> Values:
        """Return the values without those of a mask."""
        present = self.present.copy()
        present[np.flatnonzero(present)[dropped]] = False
        return Values(self.given[~dropped], present)


def read(values: Any, name: str = "y") -> Values:
    """Return the values of a column, exactly as they were given, and which rows have one.

    No value passes through a type that could not hold it: integers beside gaps stay integers.

    Raises
    ------
    ValueError
        If there is more than one column, or a value that equals no other one, not even itself, such as a list.
    """
    values = _one_column(values, name)
    if isinstance(values, np.ma.MaskedArray):
        present = ~np.ma.getmaskarray(values)
        inner = _of_array(np.ma.getdata(values)[present])
        return _narrowed(inner, present)
    if isinstance(values, np.ndarray):
        return _of_array(values)
    if hasattr(values, "to_pylist"):
        return _of_objects(values.to_pylist())
    if hasattr(values, "is_null") and hasattr(values, "drop_nulls"):
        return _of_polars(values)
    if hasattr(values, "isna") and hasattr(values, "dtype") and not hasattr(values, "levels"):
        return _of_pandas(values)
    if hasattr(values, "to_list"):
        return _of_objects(values.to_list())
    if isinstance(values, list | tuple):
        return _of_objects(values)
    return _of_array(np.asarray(values))


def is_missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return a mask of None, NaN, NaT, pandas.NA and what is masked."""
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values), dtype=bool)
    if values.dtype.kind in "mM":
        return np.asarray(np.isnat(values), dtype=bool)
    if values.dtype.kind not in "OT":
        return np.zeros(len(values), dtype=bool)
    return np.array([is_missing_value(value) for value in values.tolist()], dtype=bool)


def _one_column(values: Any, name: str) -> Any:
    """Return what has one dimension; of a table or a matrix with a single column, that one."""
    if isinstance(values, list | tuple):
        if not any(isinstance(value, list | tuple | np.ndarray) for value in values):
            return values
        matrix = np.ma.array(values) if any(np.ma.isMaskedArray(row) for row in values) else _matrix(values, name)
        return _one_column(matrix, name)
    shape = getattr(values, "shape", None)
    if shape is None or (hasattr(values, "to_pylist") and not hasattr(values, "column_names")):
        return values
    shape = tuple(shape)
    if len(shape) == 2 and shape[1] == 1:
        warnings.warn(
            f"A column-vector {name} was passed when a 1d array was expected. Please change the shape of {name} to "
            "(n_samples,).",
            DataConversionWarning,
            stacklevel=outside(),
        )
        if hasattr(values, "iloc"):
            return values.iloc[:, 0]
        if hasattr(values, "column_names"):
            return values.column(0)
        return values.to_series(0) if hasattr(values, "to_series") else values.reshape(-1)
    if len(shape) != 1:
        raise ValueError(
            f"{name} must have one dimension, one label per row, but its shape is {shape}. If labels are tuples, pass "
            "a pandas Series or an object array of them."
        )
    return values


def _matrix(values: Any, name: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} holds lists of different lengths, and must have one label per row.") from None


def _of_array(values: NDArray[Any]) -> Values:
    if values.ndim != 1:
        raise ValueError(f"y must have one dimension, one label per row, but its shape is {values.shape}.")
    if values.dtype.kind == "T":
        values = values.astype(object)
    present = ~is_missing(values)
    return Values(values[present], present)


def _of_objects(values: Any) -> Values:
    kinds = set(map(type, values))
    if kinds == {float} or (kinds == {int} and min(values) >= -(2**63) and max(values) < 2**63):
        return _of_array(np.array(values))
    return _of_array(boxed(values))


def _narrowed(inner: Values, present: NDArray[np.bool_]) -> Values:
    """Return the values of some rows, of which some turned out to be missing as well."""
    both = present.copy()
    both[present] = inner.present
    return Values(inner.given, both)


def _of_pandas(values: Any) -> Values:
    present = ~np.asarray(values.isna(), dtype=bool)
    given = values[present]
    kind = getattr(values.dtype, "numpy_dtype", None)
    if kind is not None and kind.kind in "biuf":
        array = np.asarray(given.to_numpy(dtype=kind))
    elif isinstance(values.dtype, np.dtype) or getattr(values.dtype, "name", "") == "category":
        array = np.asarray(given)
    else:
        array = np.asarray(given, dtype=object)
    return _narrowed(_of_array(array), present)


def _of_polars(values: Any) -> Values:
    present = ~values.is_null().to_numpy()
    given = values.drop_nulls()
    simple = given.dtype.is_numeric() and not given.dtype.is_decimal() and "128" not in str(given.dtype)
    if simple or str(given.dtype).startswith(("Boolean", "Datetime", "Duration")):
        return _narrowed(_of_array(np.asarray(given.to_numpy())), present)
    return _narrowed(_of_objects(given.to_list()), present)
