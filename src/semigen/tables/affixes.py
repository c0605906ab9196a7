"""Numbers with something before or behind their digits: sign, currency, limit, exponent, unit, footnote."""

from __future__ import annotations

import re

from semigen.tables.digits import Reading, read_digits
from semigen.tables.units import CURRENCY, MAGNITUDES, canonical, is_known

_MINUS = ("-", "−", "–")
_NUMBER = re.compile(
    rf"""(?P<bracket>\()?\s*
    (?:(?P<below><=|=<|[<≤]|(?i:under|below|(?:less|fewer)\ than|lt|up\ to|at\ most|unter|bis\ zu)\b)
      |(?P<above>>=|=>|[>≥]|(?i:over|above|more\ than|gt|mt|at\ least|über|mehr\ als)\b))?\s*
    (?P<about>~|≈|(?:circa|ca|approx|about|c)(?:\.\ ?|\ ))?\s*
    (?P<sign>[-+−–])?\s*(?P<before>{CURRENCY})?\s*(?P<sign_behind>[-+−–])?\s*
    (?P<body>\d+(?:[.,'’_ ]\d+)*[.,]?|[.,]\d+)
    (?:[eEdD](?P<exponent>[+-]?\d+)|\s?[x×*·]\s?10\s?(?:\^|\*\*|(?=[+−⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹-]))(?P<power>[+−-]?\d+|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))?\s*
    (?P<uncertainty>(?:±|\+/-|\+-)\s*[\d.,]+(?:[eE][+-]?\d+)?|\(\d+\)(?=\s*$))?\s*
    (?P<suffix>.*?)\s*(?P<closing>\))?""",
    re.VERBOSE,
)
_SUPERSCRIPTS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "+-0123456789-")
_MONEY_OF_BRACKET = re.compile(rf"^({CURRENCY})\s*\(")
_CURRENCY = re.compile(CURRENCY)
_FOOTNOTE = re.compile(r"(?:\s*(?:\[[^\]]{1,3}\]|[*†‡§¹²³⁴⁵ᵃᵇᶜ]+))+$")
# Limits in words stand behind the unit or before it: 65 years or older, 10 or more employees.
_MORE = r"(?:or|and|&|und) (?:more|over|above|up|older|greater|higher|later|mehr|älter)|more|plus"
_LESS = r"(?:or|and|und) (?:less|fewer|under|below|younger|lower|earlier|weniger|jünger)"
_ABOVE = re.compile(rf"(?:\+|\b(?:{_MORE}))$|^(?:{_MORE})\b", re.IGNORECASE)
_BELOW = re.compile(rf"\b(?:{_LESS})$|^(?:{_LESS})\b", re.IGNORECASE)
_UNIT = re.compile(
    r"(?:/ ?|per )?[^\W\d_][\w/²³·.^°]{0,11}(?: [^\W\d_][\w/²³.]{0,7})?|[%‰°\"'″′★☆⭐](?: ?[CFcf])?|[Ωµμ]\w{0,3}"
    r"|(?:[Ss]q|fl|cu)\.? \w{1,4}"
)
_AGE = re.compile(r"(?:yrs?|years?)\.?(?: old| of age)?")


def read_affixed(text: str) -> Reading | None:
    """Read digits with what stands before and behind them; None if any of that is unknown."""
    match = _NUMBER.fullmatch(_MONEY_OF_BRACKET.sub(r"(\1", text))
    if match is None or bool(match["bracket"]) != bool(match["closing"]):
        return None
    reading = read_digits(match["body"])
    if reading is None:
        return None
    if match["exponent"] or match["power"]:
        _multiply_by_power(reading, match)
    reading.currency = canonical(match["before"] or "")
    reading.limit = "below" if match["below"] else "above" if match["above"] else ""
    reading.form = "uncertainty" if match["uncertainty"] else "about" if match["about"] else ""
    unit = _read_suffix(reading, match)
    if unit and not _read_unit(reading, unit, match):
        return None
    in_brackets = bool(match["bracket"])
    # A year or the number of an entry, as in (2017), is bare, where money in brackets is not.
    reading.bracketed = in_brackets and match["body"].isdigit() and not match["before"] and not match["suffix"]
    if ((match["sign"] in _MINUS) + (match["sign_behind"] in _MINUS) + in_brackets + reading.minus_behind) % 2:
        reading.negate()
    if reading.limit:
        reading.form = reading.form or "limit"
    return reading


def _multiply_by_power(reading: Reading, match: re.Match[str]) -> None:
    power = float("1e" + (match["exponent"] or match["power"]).translate(_SUPERSCRIPTS))
    reading.value *= power
    if reading.other is not None:  # digits before an exponent are not grouped: 1.234e5 has a decimal sign
        reading.decimal = "." if "." in match["body"] else ","
        reading.value = float(match["body"].replace(",", ".")) * power
        reading.other = None


def _read_suffix(reading: Reading, match: re.Match[str]) -> str:
    """Take footnote, limit, minus, currency and magnitude from what stands behind the digits; return the rest."""
    suffix = match["suffix"]
    if not suffix:
        return ""
    if not suffix.endswith(("m²", "m³")):
        suffix = _FOOTNOTE.sub("", suffix)
        if suffix != match["suffix"]:
            reading.form = "footnote"
    if not reading.limit and (words := _ABOVE.search(suffix) or _BELOW.search(suffix)):
        reading.limit = "above" if words.re is _ABOVE else "below"
        suffix = (suffix[: words.start()] + suffix[words.end() :]).strip()
    if suffix in _MINUS:
        reading.minus_behind = match["body"][-1] not in ".,"  # as in "5.-", where it stands for no cents
        return ""
    currency = _CURRENCY.search(suffix)
    if currency and not reading.currency and currency.end() == len(suffix):
        reading.currency, suffix = canonical(currency[0]), suffix[: currency.start()].strip()
    if suffix.startswith("+") and not reading.limit:  # as in "10+ years"
        reading.limit, suffix = "above", suffix[1:].strip()
    magnitude, _, counted = suffix.partition(" ")
    if counted and magnitude in MAGNITUDES and magnitude not in ("mm", "MM", "mil"):
        reading.value *= MAGNITUDES[magnitude]
        return counted
    return suffix


def _read_unit(reading: Reading, unit: str, match: re.Match[str]) -> bool:
    """Take a unit; return False if it cannot be one."""
    if not _UNIT.fullmatch(unit) or set(unit) <= set("xX"):
        return False
    if match["body"][-1] in ".," and not is_known(unit):  # the first of a list, as in "1. Married"
        return False
    reading.unit = "years" if _AGE.fullmatch(unit) else unit
    reading.glued = match.string[match.start("suffix") - 1] != " "
    return True
