"""Numbers as people write them, read by column: which sign is the decimal one, and which unit all have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.tables.digits import Reading
from semigen.tables.feet_and_degrees import read_degrees, read_heights
from semigen.tables.kinds import NumberFormat
from semigen.tables.notations import is_plain, read_number
from semigen.tables.number_format import Counted, in_unit, number_format, unify_units
from semigen.tables.units import is_known

__all__ = ["Numbers", "is_plain", "read_numbers"]

# Forms that decide how the signs of a column are read, or its dashes.
_SETTLED = frozenset({"open below", "open above", "bracketed"})


@dataclass(frozen=True)
class Numbers:
    """What the distinct texts of a column are as numbers.

    Attributes
    ----------
    values : array
        NaN where a text is none.
    limits : list of str
        "below" or "above" for each text that is a limit.
    written : NumberFormat
    ambiguous : str
        A text that could be read otherwise, where no other decided.
    is_range : array of bool
    is_ordinal : array of bool
    is_measured : array of bool
        Whether a text is a number with a known unit, whether that could be converted or not.
    """

    values: NDArray[np.float64]
    limits: list[str]
    written: NumberFormat
    ambiguous: str
    is_range: NDArray[np.bool_]
    is_ordinal: NDArray[np.bool_]
    is_measured: NDArray[np.bool_]


def read_numbers(
    texts: Sequence[str],
    counts: NDArray[np.int64],
    written: NumberFormat | None = None,
    decimal: str | None = None,
    plain: NDArray[np.float64] | None = None,
) -> Numbers:
    """Read the distinct texts of a column as numbers.

    Parameters
    ----------
    texts : sequence of str
    counts : array
        Cells with each text.
    written : NumberFormat, optional
        How the numbers of this column are written, found before; by default it is found here.
    decimal : {".", ","}, optional
        The decimal sign, where the caller knows it.
    plain : array, optional
        The plain numbers that the column has besides these texts, NaN elsewhere.
    """
    plain = np.zeros(0) if plain is None else plain[np.isfinite(plain)]
    has_point = bool((plain % 1 != 0).any())
    readings = _readings(texts, counts, written)
    found = [(reading, int(count)) for reading, count in zip(readings, counts, strict=True) if reading is not None]
    settled = _settle_signs(found, written)
    if written is None:
        unify_units(found)
    n_with = {sign: sum(count for reading, count in found if reading.decimal == sign) for sign in ".,"}
    sign = written.decimal if written else decimal or ("," if n_with[","] > n_with["."] + has_point else ".")
    if sign == ",":
        for reading, _ in found:
            if reading.other is not None:
                reading.value, reading.other = reading.other, reading.value
    if written is None:
        written = number_format(found, sign, settled, len(plain), has_point)
    # Beside 789, 1,234 is a thousand; where every number has a comma and three figures, it may be a decimal sign.
    small = any(reading.value < 1000 and not reading.grouping and not reading.decimal for reading, _ in found)
    decided = decimal or any(n_with.values()) or has_point or small
    # A point before three digits is how most write decimals; a comma there may be either.
    doubtful = (text for text, reading in zip(texts, readings, strict=True) if reading and reading.other is not None)
    return Numbers(
        np.array([in_unit(reading, written) for reading in readings], dtype=np.float64),
        [reading.limit if reading else "" for reading in readings],
        written,
        "" if decided else next((text for text in doubtful if "," in text), ""),
        _which(readings, lambda reading: reading.form == "range"),
        _which(readings, lambda reading: reading.form == "ordinal"),
        _which(readings, _is_measured),
    )


def _which(readings: Sequence[Reading | None], holds: Callable[[Reading], bool]) -> NDArray[np.bool_]:
    return np.array([reading is not None and holds(reading) for reading in readings], dtype=bool)


def _is_measured(reading: Reading) -> bool:
    """Return whether a number has a currency or a known unit, rather than a letter, as 171a has."""
    letter = reading.glued and reading.unit.isalpha() and len(reading.unit) == 1
    return bool(reading.currency) or (is_known(reading.unit) and not letter) or reading.unit.startswith("°")


def _readings(texts: Sequence[str], counts: NDArray[np.int64], written: NumberFormat | None) -> list[Reading | None]:
    """Read each text by itself, or as the notation of the whole column says."""
    of_column = read_degrees(texts) | read_heights(texts, written)
    readings = [of_column.get(i) or read_number(text) for i, text in enumerate(texts)]
    proportions = _which(readings, lambda reading: reading.form == "proportion")
    most = 2 * counts[proportions].sum() >= counts.sum() if written is None else "proportion" in written.forms
    if most:
        return readings
    # Among other numbers, 8:8 is none.
    return [None if is_one else reading for reading, is_one in zip(readings, proportions, strict=True)]


def _settle_signs(found: Counted, written: NumberFormat | None) -> set[str]:
    """Take signs that every number has for no minus: (2017) is a year, and 40- beside 30-39 is 40 and more.

    Return the forms that say so.
    """
    forms = set() if written is None else set(written.forms) & _SETTLED
    readings = [reading for reading, _ in found]
    if not any(reading.minus_behind or reading.bracketed for reading in readings):
        return forms
    if written is None and len(readings) > 1:
        behind = [reading.minus_behind for reading in readings]
        if any(behind) and (all(behind) or any(reading.limit or reading.form == "range" for reading in readings)):
            forms.add("open below" if any(reading.limit == "above" for reading in readings) else "open above")
        if all(reading.bracketed for reading in readings):
            forms.add("bracketed")
    side = "below" if "open below" in forms else "above" if "open above" in forms else ""
    for reading in readings:
        if side and reading.minus_behind:
            reading.limit, reading.form = side, "limit"
        if (side and reading.minus_behind) or ("bracketed" in forms and reading.bracketed):
            reading.value = abs(reading.value)
            reading.other = None if reading.other is None else abs(reading.other)
    return forms
