"""Kinds of columns, declarations of what a column holds, and the thresholds that decide."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from semigen.tables.errors import TableError, listed

# A text or date column is one of numbers if so large a share of its cells that are not missing are numbers; the others
# become gaps, and frequent ones get a column that says where they stood.
MOSTLY_NUMBERS = 0.5
# Below that, a column of which so large a share are numbers is named, as it looks like one.
PARTLY_NUMBERS = 0.1
# The same for dates and durations; a date among words is rarer than a number.
MOSTLY_DATES = 0.5
# Where cells have different units that cannot be converted, one of them must have so large a share.
MAIN_UNIT = 0.8
# A value of a category gets a column of its own if so large a share of the rows has it, and two rows do: a column for
# each rare value costs accuracy (bench.accuracy.adult).
FREQUENT = 0.02
MOST_LEVELS = 20
# Whole numbers one after the other are a numbering of the rows, if there are so many.
NUMBERING = 20
# Cells of so many words on average are sentences, if more than so many differ, and so large a share of those given.
WORDS_OF_A_SENTENCE = 5
DISTINCT_SENTENCES = 20
SHARE_OF_DISTINCT_SENTENCES = 0.1
# Numbers that a text, or a sparse row, becomes.
DIMENSIONS = 50
# Ranges are steps of a scale if no more than so many differ.
MOST_RANGES = 50
# Limits alone are steps of a scale if so many differ, else categories.
FEWEST_STEPS = 3
# Distinct texts that are looked at to see which kind a column may be, before all are read.
LOOKED_AT = 2000
# Whole numbers are codes if so large a share of the cells, and so many different ones, join letters and digits.
CODED = 0.05
FEWEST_CODES = 3
# Examples of cells that did not fit.
EXAMPLES = 3


def frequent_share(n_rows: int) -> float:
    """Return the share of the rows above which a value gets a column of its own: two rows at least, at most half."""
    return min(max(FREQUENT, 2 / max(n_rows, 1)), 0.5)


class Kind(StrEnum):
    """What a column holds; an integer code is whole numbers that name something and measure nothing."""

    NUMBER = "number"
    CODE = "code"
    CATEGORY = "category"
    ORDERED = "ordered"
    DATE = "date"
    DURATION = "duration"
    BOOLEAN = "boolean"
    TEXT = "text"
    IDENTIFIER = "identifier"
    CONSTANT = "constant"

    @property
    def numeric(self) -> bool:
        """Whether it becomes one column of numbers."""
        return self in (Kind.NUMBER, Kind.ORDERED, Kind.DATE, Kind.DURATION, Kind.BOOLEAN)

    @property
    def used(self) -> bool:
        """Whether there is something in it to learn from."""
        return self not in (Kind.IDENTIFIER, Kind.CONSTANT)


# What people may say instead.
_SYNONYMS = {
    "integer code": Kind.CODE,
    "categorical": Kind.CATEGORY,
    "bool": Kind.BOOLEAN,
    "numeric": Kind.NUMBER,
    "float": Kind.NUMBER,
    "int": Kind.NUMBER,
    "datetime": Kind.DATE,
    "time": Kind.DURATION,
    "id": Kind.IDENTIFIER,
    "ordinal": Kind.ORDERED,
}


class Why(StrEnum):
    """Why a column got its kind, where that is not plain from the kind."""

    ASKED = "asked"
    BLANK = "blank"
    SAME = "same"
    NUMBERING = "numbering"
    NAMED_ID = "named id"
    PHONE = "phone"
    NO_FREQUENT = "no frequent value"
    NESTED = "nested"
    LEADING_ZEROS = "leading zeros"
    POSTAL = "postal"
    FEW_NUMBERS = "few numbers"
    LIMITS = "limits"
    UNITS = "units"
    CODES = "codes"
    FEW_VALUES = "few values"


class Ambiguity(StrEnum):
    """What could have been meant otherwise."""

    THOUSANDS = "thousands"
    DAY_OR_MONTH = "day or month"
    RATIO = "ratio"
    TWO_NUMBERS = "two numbers"


@dataclass(frozen=True)
class NumberFormat:
    """How numbers are written in a column.

    Attributes
    ----------
    decimal : {".", ","}
    thousands : str
        The signs that group digits; empty if none does.
    unit : str
        The unit or per cent sign behind the numbers, in which values are given; empty if there is none.
    currency : str
    factors : dict
        What numbers with each unit or magnitude are multiplied with; those with any other unit are not read.
    forms : tuple of str
        Other notations that occur: "limit", "range", "ratio", "hexadecimal", "footnote", "uncertainty" …
    """

    decimal: str = "."
    thousands: str = ""
    unit: str = ""
    currency: str = ""
    factors: Mapping[str, float] = field(default_factory=dict)
    forms: tuple[str, ...] = ()


@dataclass(frozen=True)
class DateFormat:
    """How dates, times or durations are written in a column.

    Attributes
    ----------
    day_first : bool
        Whether 3/4/2020 is the third of April.
    minutes_first : bool
        Whether 59:30 is minutes and seconds.
    first_year : int
        The first of the hundred years that two figures may mean.
    source : {"text", "type", "yyyymmdd", "seconds", "milliseconds"}
        Where the dates come from; the last three are whole numbers.
    clock : bool
        Whether durations are times of day.
    """

    day_first: bool = False
    minutes_first: bool = False
    first_year: int = 1969
    source: str = "text"
    clock: bool = False


@dataclass(frozen=True, repr=False)
class Column:
    """A column's declaration: its kind, how it is read, and what did not fit.

    Attributes
    ----------
    name : str
    kind : Kind
    why : Why or None
    number : NumberFormat
    date : DateFormat
    order : tuple of str
        Of an ordered column of words, its words from the lowest to the highest.
    missing_words : tuple of str
        Words that counted as missing.
    indicators : tuple of str
        What has a column of its own beside the numbers: "below", "above", and words.
    n_rows, n_missing, n_unfit : int
        Rows, cells without a value, and cells that had one which the kind has no room for.
    examples : tuple of str
        Some of the latter.
    share_of_numbers : float
        Of the cells that are not missing.
    ambiguity : Ambiguity or None
    example : str
        A cell, where it shows what the reason or the ambiguity is about.
    n_distinct : int
        Distinct values; 0 where they were not counted.
    n_frequent : int
        Of a category or code, values (a gap among them) that so many rows have that they get a column of their own.
    """

    name: str
    kind: Kind
    why: Why | None = None
    number: NumberFormat = NumberFormat()
    date: DateFormat = DateFormat()
    order: tuple[str, ...] = ()
    missing_words: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    n_rows: int = 0
    n_missing: int = 0
    n_unfit: int = 0
    examples: tuple[str, ...] = ()
    share_of_numbers: float = 0.0
    ambiguity: Ambiguity | None = None
    example: str = ""
    n_distinct: int = 0
    n_frequent: int = 0

    def __repr__(self) -> str:
        return f"Column({self.name!r}, {self.kind.value})"

    @property
    def used(self) -> bool:
        """Whether a classifier learns from it."""
        return self.kind.used and not (self.kind is Kind.CODE and not self.n_frequent)

    @property
    def looks_like_a_number(self) -> bool:
        """Whether somebody who sees the column would take it for a number although it is not used as one."""
        return not self.kind.numeric and self.kind is not Kind.CONSTANT and self.share_of_numbers >= PARTLY_NUMBERS


# A kind, or the words of an ordered column from the lowest to the highest.
Asked = Kind | tuple[str, ...]


def asked_kinds(column_kinds: Mapping[str, Any] | None, names: Iterable[str]) -> dict[str, Asked]:
    """Check what a caller says of columns.

    Parameters
    ----------
    column_kinds : mapping of name to kind, or to a list of words from the lowest to the highest; or None
    names : iterable of str
        The columns that there are.

    Raises
    ------
    TableError
        If a column or a kind is not known.
    """
    known = list(names)
    asked: dict[str, Asked] = {}
    for name, kind in (column_kinds or {}).items():
        if str(name) not in known:
            alike = difflib.get_close_matches(str(name), known, n=1)
            hint = f"did you mean {alike[0]!r}?" if alike else f"the columns are {listed(known, 10)}"
            raise TableError(f"a kind is given for the column {name!r}, which there is not; {hint}")
        asked[str(name)] = kind_named(kind, str(name))
    return asked


def kind_named(kind: Any, column: str) -> Asked:
    """Return the kind of this name, or the words of an order.

    Raises
    ------
    TableError
    """
    if isinstance(kind, str):
        if "<" in kind:
            return tuple(word.strip() for word in kind.split("<"))
        word = kind.strip().lower()
        if word in _SYNONYMS:
            return _SYNONYMS[word]
        try:
            return Kind(word)
        except ValueError:
            pass
    elif isinstance(kind, Sequence) and len(kind) > 1:
        return tuple(str(word) for word in kind)
    kinds = ", ".join(repr(each.value) for each in Kind)
    raise TableError(
        f"the column {column!r} cannot be of the kind {kind!r}; kinds are {kinds}, or an order as in 'low<medium<high'"
    )
