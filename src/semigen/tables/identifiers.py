"""Digits that are no quantity: identifiers, postal codes, telephones, codes, and numbers beside names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from semigen.tables.cells import Distinct
from semigen.tables.kinds import CODED, FEWEST_CODES, FEWEST_STEPS, LOOKED_AT, MOST_RANGES, MOSTLY_NUMBERS, Why
from semigen.tables.numbers import Numbers, is_plain

_BEFORE = r"(?:.*[ _.\-])?"
_NAMED = {
    Why.NAMED_ID: re.compile(rf"{_BEFORE}(?i:id|uuid|guid)|.*[a-z0-9]I[Dd]", re.DOTALL),
    Why.POSTAL: re.compile(
        rf"{_BEFORE}(?:zip|zip[ _.\-]?code|post(?:al)?[ _.\-]?code|plz|cep)", re.IGNORECASE | re.DOTALL
    ),
    Why.PHONE: re.compile(
        rf"{_BEFORE}(?:tele)?(?:phone|fax|mobile|tel|telefon)[ _.\-]?(?:no|nr|num|number)?\.?",
        re.IGNORECASE | re.DOTALL,
    ),
}
# A telephone has seven figures at least.
FEWEST_FIGURES = 1e6
_PHONE = re.compile(r"\+\d{8,}|\d{3}-\d{4}")
_WHOLE = re.compile(r"\d+")
# Versions, as in 4.0.3 and up; and letters close to digits, as in 20A and S-1042.
_VERSION = re.compile(r"v?\d+\.\d+\.\d+(?:[. a-z][\w. ]*)?")
_CODE = re.compile(rf"[A-Za-z]{{1,3}}-?\d+[A-Za-z]{{0,2}}|\d+[A-Za-z]{{1,3}}\d*|{_VERSION.pattern}")
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})")
_PAIR = re.compile(r"(\d{1,6})\s?/\s?(\d{1,6})")


def named_as(name: str) -> Why | None:
    """Return what the name of a column says of whole numbers in it: identifiers, postal codes or telephones."""
    return next((why for why, pattern in _NAMED.items() if pattern.fullmatch(name)), None)


def are_codes(unread: Sequence[str], share: float) -> bool:
    """Return whether cells that are no numbers, so large a share of all, are codes that join letters and digits.

    Parameters
    ----------
    unread : sequence of str
        Their distinct texts.
    share : float
    """
    n_codes = sum(map(bool, map(_CODE.fullmatch, unread)))
    return share >= CODED and n_codes >= max(FEWEST_CODES, len(unread) / 2)


def may_be_days(texts: Sequence[str]) -> str:
    """Return a fraction such as 8/29 if all texts are fractions that might be days of a year, else nothing."""
    matches = [_DAY.fullmatch(text) for text in texts]
    days = [(int(match[1]), int(match[2])) for match in matches if match]
    if len(days) < len(texts) or len(days) < FEWEST_STEPS or any(not 1 <= month <= 12 for month, _ in days):
        return ""
    return next((text for text, (_, day) in zip(texts, days, strict=True) if day > 12), "")


def may_be_two_numbers(texts: Sequence[str]) -> str:
    """Return a text such as 120/80 if most texts divide a whole number by a smaller one, else nothing."""
    pairs = [(text, int(match[1]), int(match[2])) for text in texts if (match := _PAIR.fullmatch(text))]
    improper = [text for text, first, second in pairs if first > second > 1]
    return improper[0] if 2 * len(improper) > len(texts) and len(improper) >= FEWEST_STEPS else ""


def why_no_quantity(name: str, given: Distinct, numbers: Numbers, plain: NDArray[np.float64] | None) -> Why | None:
    """Return why numbers are no quantity although most cells are numbers, or None.

    Parameters
    ----------
    name : str
        Of the column.
    given : Distinct
        Texts that are not missing, without plain numbers that were told apart.
    numbers : Numbers
        What they are as numbers.
    plain : array or None
        The plain numbers, NaN elsewhere.
    """
    counts = given.counts
    is_read = ~np.isnan(numbers.values)
    read = [text for text, known in zip(given.texts, is_read, strict=True) if known]
    unread = [text for text, known in zip(given.texts, is_read, strict=True) if not known]
    n_plain = 0 if plain is None else int((~np.isnan(plain)).sum())
    n_given = n_plain + int(counts.sum())
    if plain is None and any(len(text) > 1 and text[0] == "0" for text in read) and all(map(_WHOLE.fullmatch, read)):
        return Why.LEADING_ZEROS
    phones = sum(int(count) for text, count in zip(given.texts, counts, strict=True) if _PHONE.fullmatch(text))
    if phones >= MOSTLY_NUMBERS * n_given:
        return Why.PHONE
    if numbers.is_range.sum() > MOST_RANGES and counts[numbers.is_range].sum() > n_given / 2:
        return Why.NO_FREQUENT
    values = numbers.values[is_read]
    if plain is not None:
        values = np.concatenate([values, np.unique(plain[~np.isnan(plain)])])
    values = values[np.isfinite(values)]
    few = len(np.unique(values)) < FEWEST_STEPS
    if few and not n_plain and all(numbers.limits):
        # As in <=50K and >50K: two classes rather than a quantity.
        return Why.LIMITS
    share = float(counts[~is_read].sum()) / n_given
    whole = bool(len(values)) and not (values % 1).any() and all(map(is_plain, read))
    named = named_as(name) if unread and whole else None
    if named is Why.POSTAL or (named is Why.PHONE and values.min() >= FEWEST_FIGURES):
        return named
    if few and share >= CODED:
        return Why.FEW_VALUES
    codes = unread if whole else [text for text in unread if _VERSION.fullmatch(text)]
    return Why.CODES if are_codes(codes, share) else None


def example_of(why: Why, given: Distinct, numbers: Numbers) -> str:
    """Return a text that shows why numbers are no quantity."""
    some = given.texts[:LOOKED_AT]
    if why in (Why.CODES, Why.FEW_VALUES):
        return next(text for text, value in zip(some, numbers.values, strict=False) if np.isnan(value))
    return min(some, key=lambda text: text[0] not in "0+")
