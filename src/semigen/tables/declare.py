"""The kind of each column, decided from all of its cells or given by the caller."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.labels import is_missing
from semigen.tables.bits import is_bit
from semigen.tables.cells import Cells, Distinct, Form, cells_of, columns_of
from semigen.tables.dates import read_dates
from semigen.tables.durations import read_durations
from semigen.tables.errors import TableError
from semigen.tables.identifiers import (
    FEWEST_FIGURES,
    are_codes,
    example_of,
    may_be_days,
    may_be_two_numbers,
    named_as,
    why_no_quantity,
)
from semigen.tables.kinds import (
    DISTINCT_SENTENCES,
    EXAMPLES,
    LOOKED_AT,
    MOSTLY_DATES,
    MOSTLY_NUMBERS,
    NUMBERING,
    PARTLY_NUMBERS,
    SHARE_OF_DISTINCT_SENTENCES,
    WORDS_OF_A_SENTENCE,
    Ambiguity,
    Asked,
    Column,
    DateFormat,
    Kind,
    NumberFormat,
    Why,
    asked_kinds,
    frequent_share,
)
from semigen.tables.numbers import Numbers, is_plain, read_numbers
from semigen.tables.values import dates_of_numbers, read_column, scale_order, without
from semigen.tables.vocabulary import MISSING, MISSING_BESIDE_NUMBERS, are_truths

# Whole numbers are dates if all of them are, as in 20260131, or between 2001 and 2039 in seconds since 1970.
_OF_DAYS = (19_000_101, 21_001_231)
_OF_SECONDS = (1.0e9, 2.2e9)
_FEWEST_DATES = 20


def declare_table(X: Any, column_kinds: Any = None) -> list[Column]:
    """Declare every column of a table.

    Parameters
    ----------
    X : pandas or polars DataFrame, pyarrow Table, series, or array-like of shape (n, d)
    column_kinds : mapping of name to kind, optional
        What the caller knows better.

    Raises
    ------
    TableError
        If a name or a kind is not known, or no cell is of a kind that was asked for.
    """
    columns = columns_of(X)
    asked = asked_kinds(column_kinds, (name for name, _ in columns))
    return [declare(name, cells_of(column), asked.get(name)) for name, column in columns]


def declare(name: str, cells: Cells, asked: Asked | None = None, decimal: str | None = None) -> Column:
    """Decide what a column holds and how it is read.

    Parameters
    ----------
    name : str
    cells : Cells
    asked : Kind or order, optional
        What the caller says it is.
    decimal : {".", ","}, optional
    """
    if asked is not None:
        return _checked(_as_asked(name, cells, asked, decimal), cells)
    column = Column(name, Kind.CATEGORY, n_rows=cells.n)
    if cells.form is Form.NESTED:
        return replace(column, kind=Kind.IDENTIFIER, why=Why.NESTED)
    if cells.form is not Form.TEXTS:
        return _of_values(column, cells)
    if cells.categorical:
        return _of_words(column, without(cells.distinct(), MISSING), cells)
    return _of_texts(column, cells, decimal)


def _of_values(column: Column, cells: Cells) -> Column:
    """Declare a column of numbers, dates or durations that came as such."""
    assert cells.values is not None
    missing = is_missing(cells.values)
    column = replace(column, n_missing=int(missing.sum()))
    given = cells.values[~missing] if missing.any() else cells.values
    if not len(given):
        return replace(column, kind=Kind.CONSTANT, why=Why.BLANK)
    low, high = given.min(), given.max()
    if low == high and len(given) == cells.n > 1:
        return replace(column, kind=Kind.CONSTANT, why=Why.SAME)
    if cells.form is Form.DATES:
        return replace(column, kind=Kind.DATE, date=DateFormat(source="type"))
    if cells.form is Form.DURATIONS:
        return replace(column, kind=Kind.DURATION, date=DateFormat(source="type", clock=cells.clock))
    column = replace(column, share_of_numbers=1.0)
    if cells.boolean:
        return replace(column, kind=Kind.BOOLEAN)
    return _of_numbers(column, given, cells)


def _of_numbers(column: Column, given: NDArray[np.float64], cells: Cells) -> Column:
    """Declare a column of plain numbers: yes and no, dates, numberings, codes, or numbers."""
    low, high, n = float(given.min()), float(given.max()), len(given)
    column = replace(column, kind=Kind.NUMBER)
    if not (np.isfinite(low) and np.isfinite(high)):
        return column
    if low == 0 and high == 1 and bool(is_bit(given).all()):
        return replace(column, kind=Kind.BOOLEAN)
    named = named_as(column.name)
    named_id, postal = named is Why.NAMED_ID, named is Why.POSTAL
    numbering = n == column.n_rows >= NUMBERING and high - low == n - 1
    may_be_dates = n >= _FEWEST_DATES and (_OF_DAYS[0] <= low <= high <= _OF_DAYS[1] or _source(low, high))
    if not (named or numbering or may_be_dates) or not bool((given == np.floor(given)).all()):
        return column
    if numbering and len(np.unique(given)) == n:
        return replace(column, kind=Kind.IDENTIFIER, why=Why.NUMBERING)
    if named is Why.PHONE and low >= FEWEST_FIGURES:
        return replace(column, kind=Kind.IDENTIFIER, why=Why.PHONE)
    if postal:
        return _with_frequent(replace(column, kind=Kind.CODE, why=Why.POSTAL), without(cells.distinct(), MISSING))
    if named_id and n >= NUMBERING and len(np.unique(given)) == n:
        return replace(column, kind=Kind.IDENTIFIER, why=Why.NAMED_ID)
    if may_be_dates and low < high:
        source = _source(low, high) or "yyyymmdd"
        if source != "yyyymmdd" or not np.isnat(dates_of_numbers(given, source)).any():
            return replace(column, kind=Kind.DATE, date=DateFormat(source=source))
    return column


def _source(low: float, high: float) -> str:
    if _OF_SECONDS[0] <= low <= high <= _OF_SECONDS[1]:
        return "seconds"
    return "milliseconds" if 1e3 * _OF_SECONDS[0] <= low <= high <= 1e3 * _OF_SECONDS[1] else ""


def _of_texts(column: Column, cells: Cells, decimal: str | None) -> Column:
    found, plain = cells.rest, cells.values
    assert found is not None
    if plain is not None and (_may_be_truths(found, plain) or _has_decimal_comma(found, decimal)):
        found, plain = cells.distinct(), None
    n_plain = 0 if plain is None else int((~np.isnan(plain)).sum())
    words = without(found, MISSING)
    if not words.texts and not n_plain:
        return replace(column, kind=Kind.CONSTANT, why=Why.BLANK, n_missing=cells.n)
    if not n_plain and are_truths(words.texts):
        return replace(column, kind=Kind.BOOLEAN, n_missing=int((words.codes < 0).sum()))
    given = without(found, MISSING_BESIDE_NUMBERS)
    counts = given.counts
    n_given = n_plain + int(counts.sum())
    if n_given:
        numbers = read_numbers(given.texts, counts, None, decimal, plain)
        share = (n_plain + int(counts[~np.isnan(numbers.values)].sum())) / n_given
        moments = None if n_plain > n_given / 2 else _of_moments(column, given, counts, share)
        if moments is not None:
            return _with_missing(moments, found, cells, n_given)
        column = replace(column, share_of_numbers=share)
        why = why_no_quantity(column.name, given, numbers, plain) if share >= MOSTLY_NUMBERS else None
        if share >= MOSTLY_NUMBERS and why is None:
            return _of_written_numbers(column, cells, found, given, numbers, plain, n_given)
        if why is not None:
            column = replace(column, why=why, example=example_of(why, given, numbers))
        elif (measured := int(counts[numbers.is_measured].sum()) / n_given) > max(share, PARTLY_NUMBERS):
            column = replace(column, why=Why.UNITS, share_of_numbers=measured)
        elif share > 0:
            column = replace(column, why=Why.FEW_NUMBERS)
    words = without(cells.distinct(), MISSING)
    if column.why in (Why.LEADING_ZEROS, Why.POSTAL):
        column = replace(column, kind=Kind.CODE, n_missing=int((words.codes < 0).sum()))
        return _with_frequent(column, words)
    return _of_words(column, words, cells)


def _may_be_truths(found: Distinct, plain: NDArray[np.float64]) -> bool:
    """Return whether the plain numbers are zeros and ones beside words for yes and no."""
    low, high = np.nanmin(plain), np.nanmax(plain)
    return bool(low >= 0 and high <= 1) and are_truths([*without(found, MISSING).texts, "0", "1"])


def _has_decimal_comma(found: Distinct, decimal: str | None) -> bool:
    if decimal is None and not any("," in text for text in found.texts):
        return False
    return decimal == "," or read_numbers(found.texts, found.counts).written.decimal == ","


def _of_moments(column: Column, given: Distinct, counts: NDArray[np.int64], share: float) -> Column | None:
    """Declare a column of texts as dates or durations, if it is nearer to these than to numbers."""
    some, of_some = given.texts[:LOOKED_AT], counts[:LOOKED_AT]
    total = of_some.sum()
    for kind in (Kind.DATE, Kind.DURATION):
        found = read_dates(some, of_some) if kind is Kind.DATE else read_durations(some)
        fitting = of_some[~np.isnat(found.values)].sum() / max(total, 1)
        unread = [text for text, value in zip(some, found.values, strict=True) if np.isnat(value)]
        if fitting < MOSTLY_DATES or fitting < share or are_codes(unread, 1 - fitting):
            continue
        if len(some) < len(given.texts):
            found = read_dates(given.texts, counts) if kind is Kind.DATE else read_durations(given.texts)
        return replace(column, kind=kind, date=found.written, ambiguity=found.ambiguity, example=found.example)
    return None


def _of_written_numbers(
    column: Column,
    cells: Cells,
    found: Distinct,
    given: Distinct,
    numbers: Numbers,
    plain: NDArray[np.float64] | None,
    n_given: int,
) -> Column:
    """Declare a column of texts that are mostly numbers: how they are written, and what stands beside them."""
    column = replace(column, kind=Kind.NUMBER, number=numbers.written)
    if numbers.ambiguous:
        column = replace(column, ambiguity=Ambiguity.THOUSANDS, example=numbers.ambiguous)
    elif plain is None and (ratio := may_be_days(given.texts)):
        column = replace(column, ambiguity=Ambiguity.RATIO, example=ratio)
    elif plain is None and (pair := may_be_two_numbers(given.texts)):
        column = replace(column, ambiguity=Ambiguity.TWO_NUMBERS, example=pair)
    counts = given.counts
    values = numbers.values[given.codes[given.codes >= 0]]
    if plain is not None:
        values = np.concatenate([values, plain[~np.isnan(plain)]])
    values = values[~np.isnan(values)]
    if _are_steps(numbers, counts, n_given):
        column = replace(column, kind=Kind.ORDERED)
    elif all(is_plain(text) for text, value in zip(given.texts, numbers.values, strict=True) if not np.isnan(value)):
        n_missing = cells.n - n_given
        if values.min() == values.max() and n_given == cells.n == len(values) > 1:
            return replace(column, kind=Kind.CONSTANT, why=Why.SAME)
        if n_given == len(values):
            column = _of_numbers(replace(column, n_missing=n_missing), values, cells)
    if column.kind in (Kind.NUMBER, Kind.ORDERED):
        column = replace(column, indicators=_indicators(given, numbers, n_given, cells.n))
    return _with_missing(column, found, cells, n_given)


def _are_steps(numbers: Numbers, counts: NDArray[np.int64], n_given: int) -> bool:
    """Return whether most cells are ranges or ordinals (1st), or all that are numbers are limits (10,000+)."""
    limited = np.array([bool(limit) for limit in numbers.limits], dtype=bool)
    steps = numbers.is_range | numbers.is_ordinal
    return bool(counts[steps].sum() > n_given / 2 or (counts[limited | steps].sum() == n_given))


def _indicators(given: Distinct, numbers: Numbers, n_given: int, n_rows: int) -> tuple[str, ...]:
    """Return limits, and words that often stand where a number would."""
    counts = given.counts
    limits = np.array(numbers.limits, dtype=object)
    names = []
    for side in ("below", "above"):
        n_limits = int(counts[limits == side].sum())
        if 2 <= n_limits < n_given:
            names.append(side)
    frequent = frequent_share(n_rows) * n_rows
    unread = [i for i in np.flatnonzero(np.isnan(numbers.values)) if counts[i] >= frequent]
    words = (given.texts[i] for i in sorted(unread, key=lambda i: -counts[i]))
    # The word "below" says what "<18" does, and has the same column.
    return tuple(dict.fromkeys((*names, *words)))


def _with_missing(column: Column, found: Distinct, cells: Cells, n_given: int) -> Column:
    """Note the words that counted as missing, and the cells that did not fit."""
    missing = [text for text in found.texts if text.lower() in MISSING_BESIDE_NUMBERS]
    column = replace(column, missing_words=tuple(missing[:10]), n_missing=cells.n - n_given)
    return _checked(column, cells) if column.kind.numeric else column


def _checked(column: Column, cells: Cells) -> Column:
    """Note the number of cells that do not fit, and examples."""
    if not column.kind.numeric:
        return column
    values = read_column(cells, column)
    n_unfit = int(values.unfit.sum())
    if not n_unfit:
        return column
    if column.why is Why.ASKED and not (~is_missing(values.as_floats())).any():
        example = unfit_examples(cells, values.unfit)
        raise TableError(
            f"the column {column.name!r} was asked to be of the kind {column.kind.value!r}, but no cell reads as one"
            f"{f': {example[0]!r}' if example else ''}"
        )
    return replace(column, n_unfit=n_unfit, examples=unfit_examples(cells, values.unfit))


def unfit_examples(cells: Cells, unfit: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return a few distinct texts among these cells, in their order."""
    if cells.form is Form.NESTED:
        return ()
    found = cells.distinct()
    codes = found.codes[unfit]
    return tuple(found.texts[code] for code in dict.fromkeys(codes[:10_000].tolist()) if code >= 0)[:EXAMPLES]


def _of_words(column: Column, words: Distinct, cells: Cells) -> Column:
    """Declare a column of words that are no numbers: constant, a scale, categories, sentences, or names."""
    column = replace(column, n_missing=int((words.codes < 0).sum()), n_distinct=len(words.texts))
    if not words.texts:
        return replace(column, kind=Kind.CONSTANT, why=Why.BLANK)
    if len(words.texts) == 1 and not column.n_missing and cells.n > 1:
        return replace(column, kind=Kind.CONSTANT, why=Why.SAME)
    order = cells.order or (() if cells.categorical else scale_order(words.texts))
    if order:
        return replace(column, kind=Kind.ORDERED, order=order)
    if not cells.categorical and are_sentences(words):
        return replace(column, kind=Kind.TEXT)
    column = _with_frequent(column, words)
    if not column.n_frequent:
        why = column.why if column.why in (Why.PHONE, Why.UNITS) else Why.NO_FREQUENT
        return replace(column, kind=Kind.IDENTIFIER, why=why)
    return column


def _with_frequent(column: Column, words: Distinct) -> Column:
    counts = np.append(words.counts, (words.codes < 0).sum())
    n_frequent = int((counts >= frequent_share(column.n_rows) * column.n_rows)[counts > 0].sum())
    return replace(column, n_frequent=n_frequent, n_distinct=len(words.texts))


def are_sentences(words: Distinct) -> bool:
    """Return whether cells are free text: many words each, and seldom the same."""
    counts = words.counts
    n_given = int(counts.sum())
    if len(words.texts) <= max(DISTINCT_SENTENCES, SHARE_OF_DISTINCT_SENTENCES * n_given):
        return False
    some, of_some = words.texts[:LOOKED_AT], counts[:LOOKED_AT]
    n_words = np.array([len(text.split()) for text in some])
    return bool((n_words * of_some).sum() >= WORDS_OF_A_SENTENCE * of_some.sum())


def _as_asked(name: str, cells: Cells, asked: Asked, decimal: str | None) -> Column:
    """Declare a column as the caller says it is."""
    column = Column(name, Kind.ORDERED if isinstance(asked, tuple) else asked, Why.ASKED, n_rows=cells.n)
    if isinstance(asked, tuple):
        return replace(column, order=asked)
    if cells.form is Form.NESTED:
        return column
    if not asked.numeric:
        words = without(cells.distinct(), MISSING)
        return _with_frequent(replace(column, n_missing=int((words.codes < 0).sum())), words)
    found = declare(name, cells, None, decimal)
    if found.kind is asked:
        return replace(found, why=Why.ASKED)
    if cells.form is not Form.TEXTS:
        if asked is Kind.DATE and cells.form is Form.NUMBERS:
            assert cells.values is not None
            given = cells.values[np.isfinite(cells.values)]
            low, high = (given.min(), given.max()) if len(given) else (0.0, 0.0)
            source = "yyyymmdd" if _OF_DAYS[0] <= low <= high <= _OF_DAYS[1] else ""
            source = source or ("milliseconds" if high > 1e11 else "seconds")
            return replace(column, date=DateFormat(source=source))
        return column
    given = without(cells.distinct(), MISSING_BESIDE_NUMBERS)
    counts = given.counts
    if asked is Kind.DATE:
        return replace(column, date=read_dates(given.texts, counts).written)
    if asked is Kind.DURATION:
        return replace(column, date=read_durations(given.texts).written)
    if asked is Kind.ORDERED and (order := scale_order(given.texts)):
        return replace(column, order=order)
    numbers = read_numbers(given.texts, counts, None, decimal)
    indicators = _indicators(given, numbers, int(counts.sum()), cells.n)
    number = NumberFormat() if asked is Kind.BOOLEAN else numbers.written
    return replace(column, number=number, indicators=() if asked is Kind.BOOLEAN else indicators)
