"""Cells of a column read as it is declared: numbers, moments or words, and the cells that do not fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.tables.cells import Cells, Distinct, Form
from semigen.tables.dates import read_dates
from semigen.tables.durations import read_durations
from semigen.tables.kinds import Column, Kind, Why
from semigen.tables.numbers import is_plain, read_numbers
from semigen.tables.vocabulary import MISSING, MISSING_BESIDE_NUMBERS, scale_of, truth

_DAY = 86_400_000_000
_EPOCH = np.datetime64("1970-01-01", "us")


@dataclass(frozen=True)
class Values:
    """A column that has been read.

    Attributes
    ----------
    numbers : array or None
        float64, datetime64[us] or timedelta64[us]; None for words.
    words : Distinct or None
    indicators : dict
        For each limit or word that has a column of its own, in which rows it stands.
    unfit : array of bool
        Cells that have a value, for which the kind has no room.
    """

    numbers: NDArray[Any] | None
    words: Distinct | None = None
    indicators: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    unfit: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def as_floats(self) -> NDArray[np.float64]:
        """Return numbers as they are, dates as days since 1970, durations as seconds; NaN for gaps."""
        assert self.numbers is not None
        if self.numbers.dtype.kind == "M":
            return _counted(self.numbers - _EPOCH, _DAY)
        if self.numbers.dtype.kind == "m":
            return _counted(self.numbers, 1_000_000)
        return self.numbers


def read_column(cells: Cells, column: Column) -> Values:
    """Read cells as a column was declared, whatever they hold now.

    Parameters
    ----------
    cells : Cells
    column : Column
    """
    way = (column.kind, repr(column.number), column.date, column.order, column.indicators)
    if way not in cells.known:
        cells.known[way] = _read(cells, column)
    read: Values = cells.known[way]
    return read


def _read(cells: Cells, column: Column) -> Values:
    if not column.kind.numeric:
        return Values(None, words_of(cells), unfit=np.zeros(cells.n, dtype=bool))
    if cells.form is Form.NESTED:
        return Values(np.full(cells.n, np.nan), indicators=_nowhere(cells, column), unfit=np.ones(cells.n, dtype=bool))
    if column.kind in (Kind.DATE, Kind.DURATION):
        return _moments(cells, column)
    if column.order or (column.kind is Kind.BOOLEAN and cells.form is Form.TEXTS):
        return _by_word(cells.distinct(), column)
    if cells.form is not Form.TEXTS:
        return _typed(cells, column)
    return _numbers(cells, column)


def words_of(cells: Cells) -> Distinct:
    """Return cells as words, without those that mean that there is none."""
    if cells.form is Form.NESTED:
        return Distinct([], np.full(cells.n, -1, dtype=np.int64))
    return without(cells.distinct(), MISSING)


def without(found: Distinct, missing: frozenset[str]) -> Distinct:
    """Return distinct texts without some, which are given in lower case."""
    kept = [i for i, text in enumerate(found.texts) if text.lower() not in missing]
    if len(kept) == len(found.texts):
        return found
    number = np.full(len(found.texts) + 1, -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    return Distinct([found.texts[i] for i in kept], number[found.codes])


def spread(of_texts: NDArray[Any], codes: NDArray[np.int64]) -> NDArray[Any]:
    """Return values of rows, given those of distinct texts; NaN, NaT or False where a row has no text."""
    nothing = np.zeros(1, dtype=of_texts.dtype)
    if of_texts.dtype.kind in "fmM":
        nothing[0] = np.array("nan" if of_texts.dtype.kind == "f" else "NaT", dtype=of_texts.dtype)
    return np.concatenate([of_texts, nothing])[codes]


def _typed(cells: Cells, column: Column) -> Values:
    """Read values that have a type of their own, so that no text is read."""
    assert cells.values is not None
    fits = cells.form is Form.NUMBERS
    # Whoever asks for numbers may have dates in mind; else a date is none, nor is a number but 0 and 1 a truth.
    floats = cells.values if fits else Values(cells.values).as_floats()
    unfit = np.zeros(cells.n, dtype=bool)
    if column.kind is Kind.BOOLEAN:
        unfit = ~np.isnan(floats) & ~np.isin(floats, (0.0, 1.0))
    elif not fits and column.why is not Why.ASKED:
        unfit = ~np.isnan(floats)
    floats = np.where(unfit, np.nan, floats) if unfit.any() else floats
    return Values(floats, indicators=_nowhere(cells, column), unfit=unfit)


def _nowhere(cells: Cells, column: Column) -> dict[str, NDArray[np.bool_]]:
    """Return the columns beside numbers of cells that are no texts, so that no limit and no word stands in them."""
    return {name: np.zeros(cells.n, dtype=bool) for name in column.indicators}


def _counted(durations: NDArray[Any], microseconds: int) -> NDArray[np.float64]:
    durations = durations.astype("timedelta64[us]")
    counted = durations.astype(np.int64) / microseconds
    counted[np.isnat(durations)] = np.nan
    return counted


def _numbers(cells: Cells, column: Column) -> Values:
    found, plain = cells.rest, cells.values
    if column.number.decimal == "," or found is None:
        found, plain = cells.distinct(), None
    read = read_numbers(found.texts, found.counts, column.number)
    values = spread(read.values, found.codes)
    given = _given(found, MISSING_BESIDE_NUMBERS)
    unfit = spread(given & np.isnan(read.values), found.codes)
    indicators = {}
    for name in column.indicators:
        chosen = [text == name or limit == name for text, limit in zip(found.texts, read.limits, strict=True)]
        indicators[name] = spread(np.array(chosen, dtype=bool), found.codes)
    if plain is not None:
        values = np.where(np.isnan(plain), values, plain)
    return Values(values, indicators=indicators, unfit=unfit)


def _given(found: Distinct, missing: frozenset[str]) -> NDArray[np.bool_]:
    """Return which distinct texts say something."""
    return np.array([text.lower() not in missing for text in found.texts], dtype=bool)


def _by_word(found: Distinct, column: Column) -> Values:
    """Read yes and no, or the steps of a scale."""
    if column.kind is Kind.BOOLEAN:
        level = {text: _truth(text) for text in found.texts}
    else:
        level = dict[str, float | None]({word: float(i) for i, word in enumerate(column.order)})
        for text in found.texts:
            alike = [i for i, word in enumerate(column.order) if word.lower() == text.lower()]
            level[text] = float(alike[0]) if alike else None
    of_texts = np.array([np.nan if level[text] is None else level[text] for text in found.texts], dtype=np.float64)
    given = _given(found, MISSING)
    return Values(spread(of_texts, found.codes), unfit=spread(given & np.isnan(of_texts), found.codes))


def _truth(text: str) -> float | None:
    said = truth(text)
    return float(text) if said is None and is_plain(text) and float(text) in (0.0, 1.0) else said


def _moments(cells: Cells, column: Column) -> Values:
    """Read dates or durations, whether they come as such, as whole numbers or as texts."""
    dates = column.kind is Kind.DATE
    if cells.form is (Form.DATES if dates else Form.DURATIONS):
        return Values(cells.values, unfit=np.zeros(cells.n, dtype=bool))
    source = column.date.source
    if dates and source in ("yyyymmdd", "seconds", "milliseconds"):
        numbers = cells.values if cells.form is Form.NUMBERS else _numbers(cells, column).numbers
        assert numbers is not None
        moments = dates_of_numbers(numbers.astype(np.float64), source)
        return Values(moments, unfit=np.isnat(moments) & ~np.isnan(numbers.astype(np.float64)))
    if cells.form is not Form.TEXTS:
        assert cells.values is not None
        kind = "datetime64[us]" if dates else "timedelta64[us]"
        if not dates and cells.form is Form.NUMBERS:
            # Numbers where durations were: seconds.
            micro = np.where(np.isnan(cells.values), 0, cells.values * 1e6).astype(np.int64).astype(kind)
            micro[np.isnan(cells.values)] = np.timedelta64("NaT")
            return Values(micro, unfit=np.zeros(cells.n, dtype=bool))
        return Values(np.full(cells.n, "NaT", dtype=kind), unfit=~_gaps(cells.values))
    found = cells.distinct()
    read = read_dates(found.texts, found.counts, column.date) if dates else read_durations(found.texts, column.date)
    given = _given(found, MISSING_BESIDE_NUMBERS)
    return Values(spread(read.values, found.codes), unfit=spread(given & np.isnat(read.values), found.codes))


def _gaps(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(np.isnan(values) if values.dtype.kind == "f" else np.isnat(values))


def dates_of_numbers(numbers: NDArray[np.float64], source: str) -> NDArray[np.datetime64]:
    """Return dates of whole numbers: 20260131, or seconds or milliseconds since 1970; NaT where there is none."""
    moments = np.full(len(numbers), "NaT", dtype="datetime64[us]")
    given = np.isfinite(numbers)
    if source != "yyyymmdd":
        scale = 1e6 if source == "seconds" else 1e3
        moments[given] = (numbers[given] * scale).astype(np.int64).astype("datetime64[us]")
        return moments
    whole = numbers[given].astype(np.int64)
    year, month, day = whole // 10_000, whole // 100 % 100, whole % 100
    months = (12 * (year - 1970) + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    there = (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("datetime64[M]") == months)
    there &= (year >= 1000) & (year < 3000)
    of_given = days.astype("datetime64[us]")
    of_given[~there] = np.datetime64("NaT")
    moments[given] = of_given
    return moments


def scale_order(texts: list[str]) -> tuple[str, ...]:
    """Return the words of a known scale from the lowest to the highest; none if it is unknown."""
    levels = scale_of(texts)
    return () if levels is None else tuple(sorted(levels, key=lambda text: levels[text]))
