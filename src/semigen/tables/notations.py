"""One text as a number, as people write them: plain, with affixes, as a range, a fraction, an ordinal and so on."""

from __future__ import annotations

import re

from semigen.tables.affixes import read_affixed
from semigen.tables.digits import Reading, may_be_group
from semigen.tables.units import MAGNITUDES

# Longer cells are text.
LONGEST = 60

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?[Ii]nf(?:inity)?")
# Commas between groups of three digits, and money: so common that a short cut pays, several times as fast.
_COMMON = re.compile(r"([$€£¥])?(?:(\d{1,3}(?:,\d{3})+)(\.\d+)?|(\d+)(\.\d{1,2})?)")
# Words in brackets behind a number: (estimated), (USD).
_REMARK = re.compile(r"(?<=.)\s*\([^()\d]*[^\W\d][^()\d]*\)$")
_ENDS = re.compile(r"\s*(?:–|—|\.\.+|…|\bto\b|\bbis\b|\s-\s|(?<=[\w%])-(?=[\d$€£]))\s*")
_INTERVAL = re.compile(r"[\[(]\s*([^,;\]]+)\s*[,;]\s*([^\])]+)[\])]")
# A time such as 13:25 is no ratio.
_FRACTION = re.compile(r"(?!\d?\d:[0-5]\d$)(?:(\d+)\s+)?(\d+(?:\.\d+)?)\s*[/:⁄]\s*(\d+(?:\.\d+)?)")
_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125, "⅜": 0.375, "⅝": 0.625, "⅞": 0.875}
_FEET = re.compile(
    r"(\d+)\s*(?:'|′|’|ft\.?|feet|foot)\s*(?:,|and)?\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:\"|″|”|''|in(?:ch(?:es)?)?\.?)?)?"
)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)", re.IGNORECASE)
_HEX = re.compile(r"0[xX][0-9a-fA-F]+")


def is_plain(text: str) -> bool:
    """Return whether the text is a number as programs write it."""
    return _PLAIN.fullmatch(text) is not None


def read_number(text: str) -> Reading | None:
    """Read a text as the number that it is by itself, whatever its column has; None if it is none."""
    if len(text) > LONGEST:
        return None
    if text[-1:] == ")" and (bare := _REMARK.sub("", text)) != text:
        reading = read_number(bare)
        if reading is not None:
            reading.form = reading.form or "remark"
        return reading
    if is_plain(text):
        return _read_plain(text)
    if match := _COMMON.fullmatch(text):
        return _read_common(match)
    if not any(map(str.isdigit, text)) and not set(text) & set(_VULGAR):
        return None
    return _read_special(text) or read_affixed(text) or _read_range(text)


def _read_plain(text: str) -> Reading:
    whole, point, behind = text.lstrip("+-").partition(".")
    if point and behind.isdigit() and may_be_group(whole, behind):
        return Reading(float(text), float(text.replace(".", "")))
    return Reading(float(text), decimal=point)


def _read_common(match: re.Match[str]) -> Reading:
    """Return what `read_affixed` returns for such a text."""
    currency, grouped, behind, whole, cents = match.groups(default="")
    if not grouped:
        return Reading(float(whole + cents), decimal="." if cents else "", currency=currency)
    value = float(grouped.replace(",", "") + behind)
    if behind or grouped.count(",") > 1:
        return Reading(value, decimal=".", grouping=",", currency=currency)
    as_decimal = float(grouped.replace(",", "."))
    if grouped[0] == "0":
        return Reading(as_decimal, decimal=",", currency=currency)
    return Reading(value, as_decimal, grouping=",", currency=currency)


def _read_special(text: str) -> Reading | None:
    """Read hexadecimal numbers, ordinals, fractions and ratios, feet and inches."""
    if _HEX.fullmatch(text):
        return Reading(float(int(text, 16)), form="hexadecimal")
    if match := _ORDINAL.fullmatch(text):
        return Reading(float(match[1]), form="ordinal")
    if match := _FRACTION.fullmatch(text):
        below, form = float(match[3]), "proportion" if ":" in text else "ratio"
        return Reading(float(match[1] or 0) + float(match[2]) / below, form=form) if below else None
    if text[-1] in _VULGAR and (text[:-1].strip().isdigit() or len(text) == 1):
        return Reading(float(text[:-1].strip() or 0) + _VULGAR[text[-1]], form="ratio")
    if (match := _FEET.fullmatch(text)) and match[2]:
        return Reading(12 * float(match[1]) + float(match[2]), form="feet and inches", unit="in")
    return None


def _read_range(text: str) -> Reading | None:
    """Read a range, as 10-20, 5 to 6 kg or [0, 5), as the middle between its ends."""
    interval = _INTERVAL.fullmatch(text)
    ends = list(interval.groups()) if interval else _ENDS.split(text)
    if len(ends) != 2 or any(len(end) > 1 and end[0] == "0" and end[1].isdigit() for end in ends):
        return None
    if interval and "inf" in text.lower():
        known = [float(end) for end in ends if is_plain(end)]
        return Reading(known[0], form="range") if known else None
    low, high = (_read_end(end) for end in ends)
    if low is None or high is None or low.form or high.form:
        return None
    if low.unit != high.unit and {low.unit, high.unit} <= set(MAGNITUDES):  # as in 500 million to 1 billion
        for end in (low, high):
            end.value, end.other, end.unit = end.value * MAGNITUDES[end.unit], None, ""
    if low.unit not in ("", high.unit):
        return None
    # The unit of the second end is meant for both: 10-20k goes from 10,000.
    magnitude = MAGNITUDES.get(high.unit, 1.0)
    if not low.value * (1.0 if low.unit else magnitude) < high.value * magnitude:
        return None
    other = None if low.other is None or high.other is None else (low.other + high.other) / 2
    return Reading(
        (low.value + high.value) / 2,
        other,
        low.decimal or high.decimal,
        unit=high.unit,
        currency=low.currency,
        form="range",
    )


def _read_end(text: str) -> Reading | None:
    return read_number(text) if is_plain(text) and text[0].isdigit() else read_affixed(text)
