"""One text as a number, as people write them: signs, separators, units, limits, ranges and other notations."""

from __future__ import annotations

import re
from dataclasses import dataclass

from semigen.tables.units import CURRENCY, MAGNITUDES, canonical, is_known

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?[Ii]nf(?:inity)?")
_BODY = r"(?:\d+(?:[.,'’_ ]\d+)*[.,]?|[.,]\d+)"
_NUMBER = re.compile(
    rf"""(?P<bracket>\()?\s*
    (?:(?P<below><=|=<|[<≤]|(?i:under|below|(?:less|fewer)\ than|lt|up\ to|at\ most|unter|bis\ zu)\b)
      |(?P<above>>=|=>|[>≥]|(?i:over|above|more\ than|gt|mt|at\ least|über|mehr\ als)\b))?\s*
    (?P<about>~|≈|(?:circa|ca|approx|about|c)(?:\.\ ?|\ ))?\s*
    (?P<sign>[-+−–])?\s*(?P<before>{CURRENCY})?\s*(?P<sign_behind>[-+−–])?\s*
    (?P<body>{_BODY})
    (?:[eEdD](?P<exponent>[+-]?\d+)|\s?[x×*·]\s?10\s?(?:\^|\*\*|(?=[+−⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹-]))(?P<power>[+−-]?\d+|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))?\s*
    (?P<uncertainty>(?:±|\+/-|\+-)\s*[\d.,]+(?:[eE][+-]?\d+)?|\(\d+\)(?=\s*$))?\s*
    (?P<suffix>.*?)\s*(?P<closing>\))?""",
    re.VERBOSE,
)
# Digits in threes by commas, and money: the commonest of what programs do not write, and read several times as fast.
_COMMON = re.compile(r"([$€£¥])?(?:(\d{1,3}(?:,\d{3})+)(\.\d+)?|(\d+)(\.\d{1,2})?)")
_UNIT = re.compile(
    r"(?:/ ?|per )?[^\W\d_][\w/²³·.^°]{0,11}(?: [^\W\d_][\w/²³.]{0,7})?|[%‰°\"'″′★☆⭐](?: ?[CFcf])?|[Ωµμ]\w{0,3}"
    r"|(?:[Ss]q|fl|cu)\.? \w{1,4}"
)
_FOOTNOTE = re.compile(r"(?:\s*(?:\[[^\]]{1,3}\]|[*†‡§¹²³⁴⁵ᵃᵇᶜ]+))+$")
_MORE = r"(?:or|and|&|und) (?:more|over|above|up|older|greater|higher|later|mehr|älter)|more|plus"
_LESS = r"(?:or|and|und) (?:less|fewer|under|below|younger|lower|earlier|weniger|jünger)"
# Behind the unit, or before it: 65 years or older, 10 or more employees.
_ABOVE = re.compile(rf"(?:\+|\b(?:{_MORE}))$|^(?:{_MORE})\b", re.IGNORECASE)
_BELOW = re.compile(rf"\b(?:{_LESS})$|^(?:{_LESS})\b", re.IGNORECASE)
# Words in brackets behind a number: (estimated), (USD).
_REMARK = re.compile(r"(?<=.)\s*\([^()\d]*[^\W\d][^()\d]*\)$")
_AGE = re.compile(r"(?:yrs?|years?)\.?(?: old| of age)?")
_CURRENCY = re.compile(CURRENCY)
_MONEY_OF_BRACKET = re.compile(rf"^({CURRENCY})\s*\(")
_ENDS = re.compile(r"\s*(?:–|—|\.\.+|…|\bto\b|\bbis\b|\s-\s|(?<=[\w%])-(?=[\d$€£]))\s*")
_CUT = re.compile(r"[\[(]\s*([^,;\]]+)\s*[,;]\s*([^\])]+)[\])]")
# A time such as 13:25 is no ratio.
_FRACTION = re.compile(r"(?!\d?\d:[0-5]\d$)(?:(\d+)\s+)?(\d+(?:\.\d+)?)\s*[/:⁄]\s*(\d+(?:\.\d+)?)")
_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125, "⅜": 0.375, "⅝": 0.625, "⅞": 0.875}
_FEET = re.compile(
    r"(\d+)\s*(?:'|′|’|ft\.?|feet|foot)\s*(?:,|and)?\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:\"|″|”|''|in(?:ch(?:es)?)?\.?)?)?"
)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)", re.IGNORECASE)
_HEX = re.compile(r"0[xX][0-9a-fA-F]+")
_SUPERSCRIPTS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "+-0123456789-")
# Cells that Python cannot do arithmetic with are no numbers either; longer ones are text.
LONGEST = 60


@dataclass
class Reading:
    """A text read as a number, before its column has decided on the decimal sign and the unit."""

    value: float
    other: float | None = None  # where the sign between digits could be the other one
    votes: str = ""  # for the decimal sign that it must have
    grouping: str = ""
    unit: str = ""
    currency: str = ""
    form: str = ""
    limit: str = ""
    glued: bool = False  # a unit without a space before it
    bracketed: bool = False
    minus_behind: bool = False


def is_plain(text: str) -> bool:
    """Whether the text is a number as programs write it."""
    return _PLAIN.fullmatch(text) is not None


def read_number(text: str) -> Reading | None:
    """Return a text as a number as it would be by itself, or None."""
    if len(text) > LONGEST:
        return None
    if text[-1:] == ")" and (bare := _REMARK.sub("", text)) != text:
        reading = read_number(bare)
        if reading is not None:
            reading.form = reading.form or "remark"
        return reading
    if _PLAIN.fullmatch(text):
        left, dot, right = text.lstrip("+-").partition(".")
        reading = Reading(float(text), votes="." if dot else "")
        if dot and len(right) == 3 and right.isdigit() and 1 <= len(left) <= 3 and left[0] != "0":
            reading.votes, reading.other = "", float(text.replace(".", ""))
        return reading
    if match := _COMMON.fullmatch(text):
        return _common(match)
    if not any(map(str.isdigit, text)) and not set(text) & set(_VULGAR):
        return None
    special = _special(text)
    if special is not None:
        return special
    return _written_out(text) or _range(text)


def _common(match: re.Match[str]) -> Reading:
    """Return what `_written_out` returns of such a text."""
    currency, grouped, behind, whole, cents = match.groups()
    if grouped is None:
        return Reading(float(whole + (cents or "")), votes="." if cents else "", currency=currency or "")
    value = float(grouped.replace(",", "") + (behind or ""))
    if behind or grouped.count(",") > 1:
        return Reading(value, votes=".", grouping=",", currency=currency or "")
    as_decimal = float(grouped.replace(",", "."))
    if grouped[0] == "0":
        return Reading(as_decimal, votes=",", currency=currency or "")
    return Reading(value, as_decimal, grouping=",", currency=currency or "")


def _special(text: str) -> Reading | None:
    """Notations of their own: hexadecimal numbers, ordinals, fractions and ratios, feet and inches."""
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


def _range(text: str) -> Reading | None:
    """From a low number to a high one: the middle."""
    cut = _CUT.fullmatch(text)
    ends = list(cut.groups()) if cut else _ENDS.split(text)
    if len(ends) != 2 or any(len(end) > 1 and end[0] == "0" and end[1].isdigit() for end in ends):
        return None
    if cut and "inf" in text.lower():
        known = [float(end) for end in ends if is_plain(end)]
        return Reading(known[0], form="range") if known else None
    low, high = (_read_end(end) for end in ends)
    if low is None or high is None:
        return None
    if low.unit != high.unit and {low.unit, high.unit} <= set(MAGNITUDES):
        # As in 500 million to 1 billion.
        for end in (low, high):
            end.value, end.other, end.unit = end.value * MAGNITUDES[end.unit], None, ""
    if low.unit != high.unit and low.unit:
        return None
    # As in 10-20k, the word behind the second is meant for both.
    scale = MAGNITUDES.get(high.unit, 1.0) if not low.unit else 1.0
    if not low.value * scale < high.value * (MAGNITUDES.get(high.unit, 1.0)):
        return None
    if low.form or high.form:
        return None
    middle = (low.value + high.value) / 2
    other = None
    if low.other is not None and high.other is not None:
        other = (low.other + high.other) / 2
    return Reading(middle, other, low.votes or high.votes, unit=high.unit, currency=low.currency, form="range")


def _read_end(text: str) -> Reading | None:
    return read_number(text) if is_plain(text) and text[0].isdigit() else _written_out(text)


def _written_out(text: str) -> Reading | None:
    match = _NUMBER.fullmatch(_MONEY_OF_BRACKET.sub(r"(\1", text))
    if match is None:
        return None
    negative = sum(match[name] is not None and match[name] in "-−–" for name in ("sign", "sign_behind"))
    suffix = match["suffix"]
    bracketed = bool(match["bracket"] and match["closing"])
    if bracketed:
        negative += 1
    elif match["bracket"] or match["closing"]:
        return None
    reading = _digits(match["body"])
    if reading is None:
        return None
    # A year or a number of an entry, as in (2017), has nothing that money has.
    reading.bracketed = bracketed and match["body"].isdigit() and not match["before"] and not suffix
    if match["exponent"] or match["power"]:
        power = float("1e" + (match["exponent"] or match["power"]).translate(_SUPERSCRIPTS))
        reading.value *= power
        if reading.other is not None:
            # 1.234e5 has a decimal sign.
            reading.votes = "." if "." in match["body"] else ","
            reading.value = float(match["body"].replace(",", ".")) * power
            reading.other = None
    if match["below"] or match["above"]:
        reading.limit = "below" if match["below"] else "above"
    if match["about"]:
        reading.form = "about"
    if match["uncertainty"]:
        reading.form = "uncertainty"
    reading.currency = canonical(match["before"] or "")
    suffix = _FOOTNOTE.sub("", suffix) if suffix and not suffix.endswith(("m²", "m³")) else suffix
    if suffix != match["suffix"]:
        reading.form = "footnote"
    if suffix and not reading.limit and (behind := _ABOVE.search(suffix) or _BELOW.search(suffix)):
        reading.limit = "above" if _ABOVE.search(suffix) else "below"
        suffix = (suffix[: behind.start()] + suffix[behind.end() :]).strip()
    if suffix in ("-", "−", "–"):
        # Behind a decimal sign it stands for no cents.
        reading.minus_behind = match["body"][-1] not in ".,"
        negative, suffix = negative + reading.minus_behind, ""
    currency = _CURRENCY.search(suffix) if suffix else None
    if currency and not reading.currency and currency.end() == len(suffix):
        reading.currency, suffix = canonical(currency[0]), suffix[: currency.start()].strip()
    if suffix.startswith("+") and not reading.limit:
        # As in 10+ years.
        reading.limit, suffix = "above", suffix[1:].strip()
    scale, _, counted = suffix.partition(" ")
    if counted and scale in MAGNITUDES and scale not in ("mm", "MM", "mil"):
        reading.value *= MAGNITUDES[scale]
        suffix = counted
    if suffix and (not _UNIT.fullmatch(suffix) or not set(suffix) - set("xX")):
        return None
    if suffix and match["body"][-1] in ".," and not is_known(suffix):
        # The first of a list, as in "1. Married".
        return None
    if suffix:
        reading.unit = "years" if _AGE.fullmatch(suffix) else suffix
        reading.glued = match["suffix"] != "" and match.string[match.start("suffix") - 1] != " "
    if negative % 2:
        reading.value = -reading.value
        reading.other = None if reading.other is None else -reading.other
    if reading.limit and not reading.form:
        reading.form = "limit"
    return reading


def _digits(body: str) -> Reading | None:
    """Digits with signs between them: which of these is the decimal sign, and which group digits."""
    grouping = "".join(sorted(set(body) & set("'’_ ")))
    if grouping:
        if len(grouping) > 1:
            return None
        whole, mark, fraction = body, "", ""
        for sign in ".,":
            if sign in body:
                if mark or body.count(sign) > 1:
                    return None
                whole, mark, fraction = body.partition(sign)
        if grouping in fraction or not _grouped(whole.split(grouping)):
            return None
        return Reading(float(f"{whole.replace(grouping, '')}.{fraction}"), votes=mark, grouping=grouping)
    dots, commas = body.count("."), body.count(",")
    if not dots and not commas:
        return Reading(float(body))
    if dots and commas:
        mark = "." if body.rfind(".") > body.rfind(",") else ","
        group = "," if mark == "." else "."
        whole, _, fraction = body.rpartition(mark)
        if mark in whole or not _grouped(whole.split(group)):
            return None
        return Reading(float(f"{whole.replace(group, '')}.{fraction}"), votes=mark, grouping=group)
    mark = "." if dots else ","
    if dots + commas > 1:
        if not _grouped(body.split(mark)):
            return None
        return Reading(float(body.replace(mark, "")), votes="," if mark == "." else ".", grouping=mark)
    left, _, right = body.partition(mark)
    as_decimal, as_group = float(f"{left}.{right}"), float(left + right)
    if len(right) != 3 or not 1 <= len(left) <= 3 or left[0] == "0":
        return Reading(as_decimal, votes=mark)
    # The value with a decimal point, and that with a decimal comma.
    point, comma = (as_decimal, as_group) if mark == "." else (as_group, as_decimal)
    return Reading(point, comma, grouping=mark)


def _grouped(groups: list[str]) -> bool:
    """Whether digits come in threes, or as in India in twos but for the last three."""
    inner = {len(group) for group in groups[1:-1]}
    return len(groups) == 1 or (1 <= len(groups[0]) <= 3 and len(groups[-1]) == 3 and (inner <= {3} or inner <= {2}))
