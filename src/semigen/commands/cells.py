"""From the cells of a column to values: numbers, dates or text, with null where a cell is blank."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

MISSING_WORDS = ("na", "n/a", "nan", "null", "none", "?")
# Beside other words it is an answer: no garage, no symptoms.
_AN_ANSWER = "none"
# A column of which so large a share are numbers is one of numbers, in which the other cells are mistakes.
_NEARLY_ALL = 0.9
_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")


def blank_or_text(column: pl.Series) -> pl.Series:
    """A text column stripped, with null for the cells that are blank or say in words that they are."""
    return _without_words(column, MISSING_WORDS) if column.dtype == pl.String else column


def _without_words(column: pl.Series, words: Sequence[str]) -> pl.Series:
    text = column.str.strip_chars()
    return without(text, (text == "") | text.str.to_lowercase().is_in(words))


def as_numbers(column: pl.Series) -> pl.Series:
    """Return float64, with null for what is missing or not a number; true and false are 1 and 0."""
    if column.dtype.is_float():
        return column.cast(pl.Float64).fill_nan(None)
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.cast(pl.Float64)
    if column.dtype != pl.String:
        return pl.repeat(None, len(column), dtype=pl.Float64, eager=True)
    words = column.str.to_lowercase()
    if len(words) > words.null_count() and words.drop_nulls().is_in(["true", "false"]).all():
        return (words == "true").cast(pl.Float64)
    return column.cast(pl.Float64, strict=False)


def as_values(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A column as float64, dates or text, whichever its cells are, and the mask of cells that could not be read.

    Only in a column of numbers a few other cells are taken for mistakes, and left blank; a column of lists or bytes is
    returned as it is.
    """
    none = pl.repeat(False, len(column), dtype=pl.Boolean, eager=True)
    kind = column.dtype
    if isinstance(kind, pl.Categorical | pl.Enum) or kind == pl.Time:
        return column.cast(pl.String), none
    if kind.is_temporal() or kind.is_nested() or kind in (pl.Binary, pl.Object):
        return column, none
    text = blank_or_text(column)
    numbers = as_numbers(text)
    unread = text.is_not_null() & numbers.is_null()
    if kind != pl.String:
        return numbers, none
    answers = _without_words(column, [word for word in MISSING_WORDS if word != _AN_ANSWER])
    if text.null_count() == len(text):
        # Of nothing but blanks and such answers, there is no number that these could be missing beside.
        return (numbers if answers.null_count() == len(text) else answers), none
    if unread.sum() <= (1 - _NEARLY_ALL) * (len(text) - text.null_count()):
        return numbers, unread
    for form in _DATES:
        dates = text.str.to_datetime(form, strict=False)
        if dates.null_count() == text.null_count():
            return dates, none
    return answers, none


def without(column: pl.Series, dropped: pl.Series) -> pl.Series:
    """The column with null in some cells."""
    return column.set(dropped.fill_null(False), None) if dropped.any() else column
