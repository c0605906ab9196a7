"""The way a column writes its numbers: the unit that most have, and what the others are worth in it."""

from __future__ import annotations

from collections import Counter

import numpy as np

from semigen.tables.digits import Reading
from semigen.tables.kinds import MAIN_UNIT, NumberFormat
from semigen.tables.units import DOUBTFUL, MAGNITUDES, factors_to, is_known

# The readings of distinct texts, each with the number of its cells.
Counted = list[tuple[Reading, int]]


def unify_units(found: Counted) -> None:
    """Write "years" as "year", and "ntu" as "NTU", where both are units of a column."""
    counts = _cells_with("unit", found)
    if len(counts) < 2:
        return
    known = {unit for unit in counts if is_known(unit) or unit in MAGNITUDES}
    usual = {unit.lower(): unit for unit in sorted(counts, key=lambda unit: counts[unit]) if unit not in known}
    for reading, _ in found:
        if len(reading.unit) > 1 and reading.unit.endswith("s") and reading.unit[:-1] in counts:
            reading.unit = reading.unit[:-1]
        if reading.unit not in known:
            reading.unit = usual.get(reading.unit.lower(), reading.unit)


def number_format(found: Counted, decimal: str, settled: set[str], n_plain: int, has_point: bool) -> NumberFormat:
    """Decide on the unit and the currency of a column.

    Parameters
    ----------
    found : list of (Reading, int)
    decimal : str
        The decimal sign.
    settled : set of str
        Forms that were decided before.
    n_plain : int
        Plain numbers beside the texts.
    has_point : bool
        Whether one of these has a fraction.
    """
    units, currencies, forms = (_cells_with(name, found) for name in ("unit", "currency", "form"))
    n_bare = n_plain + units.pop("", 0)
    currencies.pop("", 0)
    factors = _magnitudes(found, set(units), bool(currencies), n_bare)
    others = {unit: count for unit, count in units.items() if unit not in factors}
    if n_bare > sum(others.values()):
        # Beside bare numbers, letters belong to codes, as in 20A, or are flags of measurements, as in 29.87s.
        letters = _letters(found, set(others))
        others = {unit: count for unit, count in others.items() if unit not in letters}
        if has_point or any(reading.value % 1 > 0 for reading, _ in found):
            factors |= dict.fromkeys((unit for unit in letters if len(unit) <= 2), 1.0)
            forms["flag"] += bool(letters)
    main = max(others, key=lambda unit: others[unit], default="")
    converted = factors_to(main, set(others)) if main else {}
    if set(converted) == set(others):
        factors |= converted
    elif others[main] >= MAIN_UNIT * sum(others.values()):
        factors[main] = 1.0
    else:
        main = ""
    # Money of several kinds is one quantity only if one of them is nearly all.
    currency = max(currencies, key=lambda each: currencies[each], default="")
    if currencies[currency] < MAIN_UNIT * sum(currencies.values()):
        currency = ""
    return NumberFormat(
        decimal,
        "".join(sorted({mark for reading, _ in found for mark in reading.grouping} - {decimal})),
        main,
        currency,
        factors,
        tuple(sorted((settled | {form for form, count in forms.items() if count}) - {""})),
    )


def in_unit(reading: Reading | None, written: NumberFormat) -> float:
    """Return the number in the unit of its column; NaN if it cannot be converted, or is none."""
    if reading is None or (reading.currency and reading.currency != written.currency):
        return np.nan
    unit = reading.unit
    if not unit:
        return reading.value
    names = [name for name in (unit, unit.removesuffix("s"), f"{unit}s") if name in written.factors]
    if names:
        return reading.value * written.factors[names[0]]
    if is_known(unit):
        return np.nan
    return reading.value * {name.lower(): factor for name, factor in written.factors.items()}.get(unit.lower(), np.nan)


def _cells_with(attribute: str, found: Counted) -> Counter[str]:
    counts = Counter[str]()
    for reading, count in found:
        counts[getattr(reading, attribute)] += count
    return counts


def _magnitudes(found: Counted, units: set[str], has_currency: bool, n_bare: int) -> dict[str, float]:
    """Return what "k", "million" and the like multiply with, where they are no units."""
    magnitudes = {unit for unit in units if unit in MAGNITUDES}
    sure = bool(has_currency or magnitudes - DOUBTFUL or len(magnitudes) > 1)
    if not magnitudes or (not sure and _letters(found, units - magnitudes)):  # B beside A is no billion
        return {}
    convertible = all(map(is_known, units)) and set(factors_to(min(units), units)) == units
    if not (sure or (n_bare and not convertible)) or not (has_currency or not convertible):
        return {}
    factors = {unit: MAGNITUDES[unit] for unit in magnitudes}
    if sure and "m" in units:
        factors["m"] = 1e6
    return factors


def _letters(found: Counted, units: set[str]) -> set[str]:
    """Return units that may be letters of codes: unknown ones close behind digits, and single letters."""
    letters = {
        reading.unit
        for reading, _ in found
        if reading.unit in units and reading.unit.isalpha() and (reading.glued or len(reading.unit) == 1)
    }
    several = len(letters) > 1
    return {unit for unit in letters if not is_known(unit) or (len(unit) == 1 and (several or unit.isupper()))}
