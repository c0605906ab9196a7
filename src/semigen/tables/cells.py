"""A column of any container, as typed values or as its distinct texts; text never becomes an array of fixed width."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, StrEnum
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import _safe_indexing

from semigen._validation import is_missing_value
from semigen.labels import is_missing
from semigen.tables.errors import TableError

_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f\u2003\u2002\u3000\t\r\n", " "))
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d)?$")
_SAID_TO_BE_TEXT = re.compile(r"=\"([^\"]*)\"|'([-+$€£]?[\d.,]+)")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


class Form(StrEnum):
    """What a container holds, before anybody asks what it means."""

    NUMBERS = "numbers"
    DATES = "dates"
    DURATIONS = "durations"
    TEXTS = "texts"
    NESTED = "nested"


@dataclass(frozen=True)
class Distinct:
    """Distinct texts, tidied, and the number of that of each row; -1 where there is none."""

    texts: list[str]
    codes: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Rows of each text."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))


@dataclass(frozen=True)
class Cells:
    """The cells of a column.

    Attributes
    ----------
    form : Form
    values : array or None
        Of float64, datetime64[us] or timedelta64[us], with NaN or NaT for gaps. Of texts, the plain numbers among them,
        if these were told apart beforehand.
    rest : Distinct or None
        Of texts, those that are no plain numbers.
    of_all : callable
        Gives all texts, plain numbers or not.
    """

    form: Form
    n: int
    values: NDArray[Any] | None = None
    rest: Distinct | None = None
    of_all: Callable[[], Distinct] | None = None
    categorical: bool = False
    order: tuple[str, ...] = ()
    boolean: bool = False
    clock: bool = False
    # What was read of these cells already, for each way of reading.
    known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def distinct(self) -> Distinct:
        """Return all cells as texts."""
        if self.of_all is not None:
            if "distinct" not in self.known:
                self.known["distinct"] = self.of_all()
            found: Distinct = self.known["distinct"]
            return found
        assert self.values is not None
        values, codes = np.unique(self.values, return_inverse=True)
        codes = codes.astype(np.int64)
        codes[is_missing(self.values)] = -1
        return _tidied([word(value) for value in values.tolist()], codes)


def columns_of(X: Any) -> list[tuple[str, Any]]:
    """Return the names and columns of a table; a single column of text is a table as well."""
    X = as_table(X)
    names = [str(name) for name in getattr(X, "columns", range(X.shape[1]))]
    if type(X).__module__.startswith("pyarrow"):
        return [(str(name), X.column(j)) for j, name in enumerate(X.column_names)]
    if isinstance(X, np.ndarray):
        # Indexing by scikit-learn would lose a mask.
        return [(name, X[:, j]) for j, name in enumerate(names)]
    return [(name, _safe_indexing(X, j, axis=1)) for j, name in enumerate(names)]


def as_table(X: Any) -> Any:
    """Return something with columns: a frame as it is, a series as a frame, lists as an array of objects."""
    require_table(X)
    if type(X).__module__.startswith("pyarrow") and hasattr(X, "column_names"):
        return X
    if hasattr(X, "columns"):
        return X
    if hasattr(X, "to_frame"):
        return X.to_frame()
    array = X if isinstance(X, np.ndarray) else np.asarray(X, dtype=object)
    if array.ndim == 0:
        raise TableError(f"{type(X).__name__} is no table; pass a frame, or rows of equal length")
    return array.reshape(-1, 1) if array.ndim == 1 else array


def require_table(X: Any) -> None:
    """Refuse what looks like a table and is none.

    Raises
    ------
    TableError
        If it is a dict, or a LazyFrame of polars.
    """
    if isinstance(X, Mapping) and not issparse(X):
        raise TableError("a dict is no table; pandas.DataFrame(X) makes one of lists by column")
    if type(X).__module__.startswith("polars") and type(X).__name__ == "LazyFrame":
        raise TableError("a LazyFrame has no cells yet; pass X.collect()")


def are_all_numbers(X: Any) -> bool:
    """Return whether an array, a frame or lists hold numbers only.

    Of lists with a word in them NumPy would make an array of text, each cell as wide as the longest.
    """
    if hasattr(X, "__array__"):
        return np.asarray(X).dtype.kind in "biuf"
    return all(isinstance(value, Real | np.bool_) for value in np.asarray(X, dtype=object).flat)


def cells_of(column: Any, declared: bool = False) -> Cells:
    """Look at a column of pandas, polars, pyarrow or NumPy.

    Parameters
    ----------
    column : series or array
    declared : bool, default=False
        Whether it is known what the column holds, no dates: texts of polars are then not looked at for dates, nor for
        codes that look like numbers.
    """
    module = type(column).__module__.partition(".")[0]
    if module == "polars":
        return _of_polars(column, declared)
    if module == "pandas":
        return _of_pandas(column)
    if module == "pyarrow":
        values = column.to_pylist()
        # Parquet and pandas keep categories as dictionaries, whatever their names look like.
        return _of_names(values, categorical=True) if "dictionary" in str(column.type) else _of_objects(values)
    if isinstance(column, np.ma.MaskedArray):
        boxed = np.array(np.ma.getdata(column), dtype=object)
        boxed[np.ma.getmaskarray(column)] = None
        return _of_objects(boxed.tolist())
    return _of_array(np.asarray(column))


def word(value: Any) -> str:
    """Return a value as text; codes that a gap in a frame turned into floats become whole numbers again."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="backslashreplace")
    whole = isinstance(value, float | np.floating) and np.isfinite(value) and value == int(value)
    return str(int(value) if whole else value)


def tidy(text: str) -> str:
    """Return text as it looks: composed characters, plain spaces, nothing invisible, no space at the ends.

    Nor has it the signs by which spreadsheets are told that a number is text: ="27" and '27.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_SPACES).translate(_INVISIBLE)
    text = text.strip()
    if text[:1] in ("=", "'") and (match := _SAID_TO_BE_TEXT.fullmatch(text)):
        text = (match[1] or match[2] or "").strip()
    return text


def _tidied(texts: Sequence[str], codes: NDArray[np.int64]) -> Distinct:
    """Tidy distinct texts; blank ones become none."""
    number: dict[str, int] = {}
    new = np.empty(len(texts) + 1, dtype=np.int64)
    new[-1] = -1
    for i, text in enumerate(texts):
        clean = tidy(text)
        new[i] = number.setdefault(clean, len(number)) if clean else -1
    return Distinct(list(number), new[codes])


def _numbers(values: NDArray[Any], boolean: bool = False) -> Cells:
    return Cells(Form.NUMBERS, len(values), values.astype(np.float64, copy=False), boolean=boolean)


def _dates(values: NDArray[Any]) -> Cells:
    return Cells(Form.DATES, len(values), values.astype("datetime64[us]", copy=False))


def _durations(values: NDArray[Any], clock: bool = False) -> Cells:
    return Cells(Form.DURATIONS, len(values), values.astype("timedelta64[us]", copy=False), clock=clock)


def _texts(found: Distinct, categorical: bool = False, order: tuple[str, ...] = ()) -> Cells:
    return Cells(Form.TEXTS, len(found.codes), rest=found, of_all=lambda: found, categorical=categorical, order=order)


def _of_polars(column: Any, declared: bool) -> Cells:
    import polars as pl

    kind = column.dtype
    if kind == pl.Boolean or kind.is_numeric() or kind == pl.Null:
        numbers = column.cast(pl.Float64)
        return _numbers(numbers.fill_null(float("nan")).to_numpy(), kind == pl.Boolean)
    if kind == pl.Date or kind == pl.Datetime:
        return _dates(column.cast(pl.Datetime("us")).to_numpy())
    if kind == pl.Duration:
        return _durations(column.cast(pl.Duration("us")).to_numpy())
    if kind == pl.Time:
        return _durations(column.cast(pl.Duration("us")).to_numpy(), clock=True)
    if isinstance(kind, pl.Categorical | pl.Enum):
        return _texts(_factorised(column.cast(pl.String)), categorical=True)
    if kind == pl.Object:
        return _of_objects(column.to_list())
    if kind != pl.String:
        return Cells(Form.NESTED, len(column))
    nothing = Distinct([], np.full(len(column), -1))
    if declared:
        plain = column.cast(pl.Float64, strict=False)
        if plain.null_count() == column.null_count() and not plain.is_nan().any():
            return _plain(column, plain, nothing)
    text = column.str.strip_chars()
    dates = None if declared else _iso_dates(text)
    if dates is not None:
        return _dates(dates.to_numpy())
    plain = text.cast(pl.Float64, strict=False).fill_nan(None)
    # Signs that a number is none: leading zeros, and a plus, as of telephones. Who reads the words finds out.
    coded = text.str.starts_with("0") & ~text.str.starts_with("0.") & (text.str.len_bytes() > 1)
    if (coded | text.str.starts_with("+")).any() or plain.null_count() == len(plain):
        return _texts(_factorised(column))
    rest = _factorised(column.set(plain.is_not_null(), None)) if plain.null_count() > column.null_count() else None
    return _plain(column, plain, nothing if rest is None else rest)


def _plain(column: Any, plain: Any, rest: Distinct) -> Cells:
    """Return texts of which most are plain numbers."""
    values = plain.fill_null(float("nan")).to_numpy()
    return Cells(Form.TEXTS, len(column), values, rest, partial(_factorised, column))


def _iso_dates(text: Any) -> Any:
    """Return dates if every cell that is not blank is one as programs write it, else None."""
    import polars as pl

    example = text.drop_nulls().head(1).to_list()
    if not example or not _ISO.match(example[0]):
        return None
    form = "%Y-%m-%d" if len(example[0]) == 10 else f"%Y-%m-%d{example[0][10]}%H:%M:%S"
    dates = text.str.to_datetime(form, strict=False, time_unit="us")
    n_blank = text.null_count() + int((text.str.len_bytes() == 0).sum())
    return dates if dates.null_count() == n_blank and isinstance(dates.dtype, pl.Datetime) else None


def _factorised(column: Any) -> Distinct:
    """Return the distinct texts of a polars column."""
    import polars as pl

    found = column.unique(maintain_order=True).drop_nulls()
    if not len(found):
        return Distinct([], np.full(len(column), -1))
    codes = column.replace_strict(found, pl.int_range(len(found), eager=True), default=-1, return_dtype=pl.Int64)
    return _tidied(found.to_list(), codes.fill_null(-1).to_numpy())


def _of_pandas(column: Any) -> Cells:
    kind = column.dtype
    if hasattr(column, "cat") and str(kind) == "category":
        words = [word(each) for each in kind.categories.tolist()]
        found = _tidied(words, np.asarray(column.cat.codes, dtype=np.int64))
        return _texts(found, categorical=True, order=tuple(map(tidy, words)) if kind.ordered else ())
    if isinstance(kind, np.dtype) and kind.kind != "O":
        return _of_array(column.to_numpy())
    # Extension types: of pandas (nullable, periods, time zones) and of Arrow.
    letter = getattr(kind, "kind", "O")
    if letter in "biuf":
        return _numbers(column.to_numpy(dtype=np.float64, na_value=np.nan), letter == "b")
    if letter == "M" and not str(kind).startswith("period"):
        return _dates(np.array(column.to_numpy(dtype="datetime64[us]", na_value=np.datetime64("NaT"))))
    if letter == "m":
        return _durations(np.array(column.to_numpy(dtype="timedelta64[us]", na_value=np.timedelta64("NaT"))))
    if str(kind) in ("str", "string") or str(kind).startswith(("string[", "large_string[")):
        codes, found = column.factorize()
        return _texts(_tidied(list(found), codes.astype(np.int64)))
    return _of_objects(column.tolist())


def _of_array(values: NDArray[Any]) -> Cells:
    letter = values.dtype.kind
    if letter in "biuf":
        return _numbers(values, letter == "b")
    if letter == "M":
        return _dates(values)
    if letter == "m":
        return _durations(values)
    return _of_objects(values.tolist())


def _of_objects(values: list[Any]) -> Cells:
    """Look at Python objects: numbers, dates or durations if all are, else texts."""
    boxed = np.empty(len(values), dtype=object)
    boxed[:] = values
    missing = is_missing(boxed)
    given = boxed[~missing]
    types = set(map(type, given.tolist()))
    if not len(given):
        return _numbers(np.full(len(values), np.nan))
    if all(issubclass(each, Real | Decimal | np.bool_) for each in types):
        numbers = np.full(len(values), np.nan)
        numbers[~missing] = given.astype(np.float64)
        return _numbers(numbers, boolean=types <= {bool, np.bool_})
    if all(issubclass(each, datetime.date | np.datetime64) for each in types):
        return _dates(_filled("datetime64[us]", missing, [_utc(value) for value in given]))
    if all(hasattr(each, "start_time") for each in types):
        return _dates(_filled("datetime64[us]", missing, [_utc(value.start_time) for value in given]))
    if all(issubclass(each, datetime.timedelta | np.timedelta64) for each in types):
        return _durations(_filled("timedelta64[us]", missing, given.tolist()))
    if all(issubclass(each, datetime.time) for each in types):
        return _durations(_filled("timedelta64[us]", missing, [_since_midnight(value) for value in given]), clock=True)
    if any(issubclass(each, list | dict | set | tuple | np.ndarray) for each in types):
        return Cells(Form.NESTED, len(values))
    return _of_names(values)


def _of_names(values: list[Any], categorical: bool = False) -> Cells:
    """Look at Python objects by what they are called."""
    number: dict[str, int] = {}
    codes = [-1 if is_missing_value(value) else number.setdefault(word(value), len(number)) for value in values]
    return _texts(_tidied(list(number), np.array(codes, dtype=np.int64)), categorical)


def _filled(dtype: str, missing: NDArray[np.bool_], given: list[Any]) -> NDArray[Any]:
    values = np.full(len(missing), "NaT", dtype=dtype)
    values[~missing] = np.array(given, dtype=dtype)
    return values


def _utc(value: Any) -> Any:
    """Return a date or time as NumPy takes it: in UTC, without its zone."""
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.UTC).replace(tzinfo=None)
        # pandas has nanoseconds, of which it would warn.
        return value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value
    return value


def _since_midnight(value: datetime.time) -> datetime.timedelta:
    return datetime.timedelta(
        hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond
    )
