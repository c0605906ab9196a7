"""Numbers as people write them, read by column: which sign is the decimal one, and which unit all have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.tables.kinds import MAIN_UNIT, NumberFormat
from semigen.tables.notations import LONGEST, Reading, is_plain, read_number
from semigen.tables.units import DOUBTFUL, MAGNITUDES, factors_to, is_known

__all__ = ["Numbers", "is_plain", "read_numbers"]

# Forms that decide how the signs of a column are read, or its dashes.
_SETTLED = frozenset({"open below", "open above", "bracketed"})
_DASHED_FEET = re.compile(r"([4-7])-(\d|1[01])")
_PLACE = re.compile(
    r"([NSEWO])?\s*(\d+(?:[.,]\d+)?)\s*([°º])?\s*(?:(\d+(?:[.,]\d+)?)\s*['′’]\s*)?(?:(\d+(?:[.,]\d+)?)\s*[\"″”]\s*)?([NSEWO])?"
)


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
    special = _places(texts) | _heights(texts, written)
    readings = [special.get(i) or read_number(text) for i, text in enumerate(texts)]
    found = [(reading, int(count)) for reading, count in zip(readings, counts, strict=True) if reading is not None]
    of_colons = sum(count for reading, count in found if reading.form == "proportion")
    if of_colons and (2 * of_colons < counts.sum() if written is None else "proportion" not in written.forms):
        # Among other numbers, 8:8 is none.
        readings = [None if reading and reading.form == "proportion" else reading for reading in readings]
        found = [(reading, count) for reading, count in found if reading.form != "proportion"]
    settled = _settled(found, written)
    if written is None:
        _alike(found)
    votes = Counter[str]()
    for reading, count in found:
        votes[reading.votes] += count
    sign = written.decimal if written else decimal or ("," if votes[","] > votes["."] + has_point else ".")
    for reading, _ in found:
        if reading.other is not None and sign == ",":
            reading.value, reading.other = reading.other, reading.value
    if written is None:
        written = _format(found, sign, settled, len(plain), has_point)
    values = np.array([_in_unit(reading, written) for reading in readings], dtype=np.float64)
    doubtful = [text for text, reading in zip(texts, readings, strict=True) if reading and reading.other is not None]
    # Beside 789, 1,234 is a thousand; where every number has a comma and three figures, it may be a decimal sign.
    small = any(reading.value < 1000 and not reading.grouping and not reading.votes for reading, _ in found)
    decided = decimal or votes[","] or votes["."] or has_point or small
    # A point before three digits is how most write decimals; a comma there may be either.
    unsure = [] if decided else [text for text in doubtful if "," in text]
    return Numbers(
        values,
        [reading.limit if reading else "" for reading in readings],
        written,
        unsure[0] if unsure else "",
        np.array([reading is not None and reading.form == "range" for reading in readings], dtype=bool),
        np.array([reading is not None and reading.form == "ordinal" for reading in readings], dtype=bool),
        np.array([reading is not None and _is_measured(reading) for reading in readings], dtype=bool),
    )


def _is_measured(reading: Reading) -> bool:
    """Whether it has a currency or a known unit, rather than a letter, as 171a has."""
    letter = reading.glued and reading.unit.isalpha() and len(reading.unit) == 1
    return bool(reading.currency) or (is_known(reading.unit) and not letter) or reading.unit.startswith("°")


def _settled(found: list[tuple[Reading, int]], written: NumberFormat | None) -> set[str]:
    """Take signs that every number has for no minus: (2017) is a year, and 40- beside 30-39 is 40 and more."""
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


def _heights(texts: Sequence[str], written: NumberFormat | None) -> dict[int, Reading]:
    """Heights such as 6-11 in feet and inches, if the texts are nothing else."""
    known = written is not None and "feet-inches" in written.forms
    if written is not None and not known:
        return {}
    if not known and not all(map(_DASHED_FEET.fullmatch, texts)):
        return {}
    matches = [_DASHED_FEET.fullmatch(text) for text in texts]
    pairs = [(int(match[1]), int(match[2])) for match in matches if match]
    # Ages have no 6-1, and games of tennis no 6-11.
    if not known and not (len(pairs) == len(texts) and any(b <= a for a, b in pairs) and any(b > 8 for _, b in pairs)):
        return {}
    return {
        i: Reading(12.0 * int(match[1]) + int(match[2]), form="feet-inches", unit="in")
        for i, match in enumerate(matches)
        if match
    }


def _places(texts: Sequence[str]) -> dict[int, Reading]:
    """Coordinates with a letter of the compass, where there is a degree sign or both letters occur."""
    matches = {i: match for i, text in enumerate(texts) if len(text) <= LONGEST and (match := _PLACE.fullmatch(text))}
    letters = {(match[1] or match[6]) for match in matches.values()} - {None}
    degrees = any(match[3] for match in matches.values())
    if not letters or not (degrees or {"N", "S"} <= letters or {"E", "W"} <= letters):
        return {}
    places = {}
    for i, match in matches.items():
        if (letter := match[1] or match[6]) and (bool(match[1]) != bool(match[6])):
            parts = [float(part.replace(",", ".")) if part else 0.0 for part in match.group(2, 4, 5)]
            value = parts[0] + parts[1] / 60 + parts[2] / 3600
            places[i] = Reading(-value if letter in "SW" else value, form="coordinate", unit="°")
    return places


def _alike(found: list[tuple[Reading, int]]) -> None:
    """Write "years" as "year", and "ntu" as "NTU", where both are units of a column."""
    counts = Counter[str]()
    for reading, count in found:
        counts[reading.unit] += count
    if len(counts) < 2:
        return
    known = {unit for unit in counts if is_known(unit) or unit in MAGNITUDES}
    usual = {unit.lower(): unit for unit in sorted(counts, key=lambda unit: counts[unit]) if unit not in known}
    for reading, _ in found:
        if len(reading.unit) > 1 and reading.unit.endswith("s") and reading.unit[:-1] in counts:
            reading.unit = reading.unit[:-1]
        if reading.unit not in known:
            reading.unit = usual.get(reading.unit.lower(), reading.unit)


def _format(
    found: list[tuple[Reading, int]], sign: str, settled: set[str], n_plain: int, has_point: bool
) -> NumberFormat:
    """How a column writes its numbers: the unit that most have, and what others are worth in it."""
    units, currencies, forms = Counter[str](), Counter[str](), Counter[str]()
    groups: set[str] = set()
    for reading, count in found:
        units[reading.unit] += count
        currencies[reading.currency] += count
        forms[reading.form] += count
        groups |= set(reading.grouping) - {sign}
    bare = n_plain + units.pop("", 0)
    currencies.pop("", 0)
    named = set(units)
    scales = {unit for unit in named if unit in MAGNITUDES}
    sure = bool(currencies or scales - DOUBTFUL or len(scales) > 1)
    if not sure and _letters(found, named - scales):
        # B beside A is no billion.
        scales = set()
    convertible = bool(named) and all(map(is_known, named)) and set(factors_to(min(named), named)) == named
    factors: dict[str, float] = {}
    if scales and (sure or (bare and not convertible)) and (currencies or not convertible):
        factors = {unit: MAGNITUDES[unit] for unit in scales}
        if sure and "m" in named:
            factors["m"] = 1e6
    others = {unit: count for unit, count in units.items() if unit not in factors}
    if bare > sum(others.values()):
        # Beside bare numbers, letters belong to codes, as in 20A, or are flags of measurements, as in 29.87s.
        letters = _letters(found, set(others))
        others = {unit: count for unit, count in others.items() if unit not in letters}
        if has_point or any(reading.value % 1 > 0 for reading, _ in found):
            factors |= dict.fromkeys((unit for unit in letters if len(unit) <= 2), 1.0)
            forms["flag"] += bool(letters)
    main = max(others, key=lambda unit: others[unit], default="")
    if main:
        known = factors_to(main, set(others))
        if set(known) == set(others):
            factors |= known
        elif others[main] >= MAIN_UNIT * sum(others.values()):
            factors[main] = 1.0
        else:
            main = ""
    # Money of several kinds is one quantity only if one of them is nearly all.
    money = max(currencies, key=lambda each: currencies[each], default="")
    if money and currencies[money] < MAIN_UNIT * sum(currencies.values()):
        money = ""
    return NumberFormat(
        sign,
        "".join(sorted(groups)),
        main,
        money,
        factors,
        tuple(sorted(form for form in {*forms, *settled} if form and (form in settled or forms[form]))),
    )


def _letters(found: list[tuple[Reading, int]], units: set[str]) -> set[str]:
    """Letters close behind digits that are no unit that is known, or single ones that are as often a part of a code."""
    letters = {
        reading.unit
        for reading, _ in found
        if reading.unit in units and reading.unit.isalpha() and (reading.glued or len(reading.unit) == 1)
    }
    several = len(letters) > 1
    return {unit for unit in letters if not is_known(unit) or (len(unit) == 1 and (several or unit.isupper()))}


def _in_unit(reading: Reading | None, written: NumberFormat) -> float:
    if reading is None or (reading.currency and reading.currency != written.currency):
        return np.nan
    if not reading.unit:
        return reading.value
    factor = written.factors.get(reading.unit)
    if factor is None:
        singular, plural = reading.unit.removesuffix("s"), f"{reading.unit}s"
        factor = written.factors.get(singular, written.factors.get(plural))
    if factor is None and not is_known(reading.unit):
        factor = {unit.lower(): factor for unit, factor in written.factors.items()}.get(reading.unit.lower())
    return np.nan if factor is None else reading.value * factor
