"""Numbers as people write them: signs, separators, units, limits, ranges and other notations, read by column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.tables.kinds import MAIN_UNIT, NumberFormat
from semigen.tables.units import CURRENCY, DOUBTFUL, MAGNITUDES, canonical, factors_to, is_known

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?[Ii]nf(?:inity)?")
_BODY = r"(?:\d+(?:[.,'’_ ]\d+)*[.,]?|[.,]\d+)"
_NUMBER = re.compile(
    rf"""(?P<bracket>\()?\s*
    (?:(?P<below><=|=<|[<≤]|(?i:under|below|less\ than|up\ to|at\ most|unter|bis\ zu)\b)
      |(?P<above>>=|=>|[>≥]|(?i:over|above|more\ than|at\ least|über|mehr\ als)\b))?\s*
    (?P<about>~|≈|(?:circa|ca|approx|about|c)(?:\.\ ?|\ ))?\s*
    (?P<sign>[-+−–])?\s*(?P<before>{CURRENCY})?\s*(?P<sign_behind>[-+−–])?\s*
    (?P<body>{_BODY})
    (?:[eEdD](?P<exponent>[+-]?\d+)|\s?[x×*·]\s?10\s?(?:\^|\*\*)?(?P<power>[+-−]?\d+|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))?\s*
    (?P<uncertainty>(?:±|\+/-|\+-)\s*[\d.,]+(?:[eE][+-]?\d+)?|\(\d+\)(?=\s*$))?\s*
    (?P<suffix>.*?)\s*(?P<closing>\))?""",
    re.VERBOSE,
)
# Digits in threes by commas, and money: the commonest of what programs do not write, and read several times as fast.
_COMMON = re.compile(r"([$€£¥])?(?:(\d{1,3}(?:,\d{3})+)(\.\d+)?|(\d+)(\.\d{1,2})?)")
_UNIT = re.compile(
    r"[^\W\d_][\w/²³·.^°]{0,11}(?: [^\W\d_][\w/²³.]{0,7})?|[%‰°\"'″′](?: ?[CFcf])?|[Ωµμ]\w{0,3}|(?:sq|fl|cu)\.? \w{1,4}"
)
_FOOTNOTE = re.compile(r"(?:\s*(?:\[[^\]]{1,3}\]|[*†‡§¹²³⁴⁵ᵃᵇᶜ]+))+$")
_ABOVE = re.compile(
    r"(?:\+|or more|or over|or above|and more|and over|and up|and above|& over|und mehr|more|plus)$", re.IGNORECASE
)
_BELOW = re.compile(r"(?:or less|or fewer|or under|or below|and under|and below|und weniger)$", re.IGNORECASE)
_CURRENCY = re.compile(CURRENCY)
_MONEY_OF_BRACKET = re.compile(rf"^({CURRENCY})\s*\(")
_ENDS = re.compile(r"\s*(?:–|—|\.\.+|…|\bto\b|\bbis\b|\s-\s|(?<=[\w%])-(?=[\d$€£]))\s*")
_CUT = re.compile(r"[\[(]\s*([^,;\]]+)\s*[,;]\s*([^\])]+)[\])]")
_FRACTION = re.compile(r"(?:(\d+)\s+)?(\d+(?:\.\d+)?)\s*[/:⁄]\s*(\d+(?:\.\d+)?)")
_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125, "⅜": 0.375, "⅝": 0.625, "⅞": 0.875}
_FEET = re.compile(r"(\d+)\s*(?:'|′|’|ft\.?|feet)\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:\"|″|”|''|in(?:ch(?:es)?)?\.?)?)?")
_PLACE = re.compile(
    r"([NSEWO])?\s*(\d+(?:[.,]\d+)?)\s*([°º])?\s*(?:(\d+(?:[.,]\d+)?)\s*['′’]\s*)?(?:(\d+(?:[.,]\d+)?)\s*[\"″”]\s*)?([NSEWO])?"
)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)", re.IGNORECASE)
_HEX = re.compile(r"0[xX][0-9a-fA-F]+")
_SUPERSCRIPTS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "+-0123456789-")
# Cells that Python cannot do arithmetic with are no numbers either; longer ones are text.
_LONGEST = 60


@dataclass
class _Reading:
    """A text read as a number, before its column has decided on the decimal sign and the unit."""

    value: float
    other: float | None = None  # where the sign between digits could be the other one
    votes: str = ""  # for the decimal sign that it must have
    grouping: str = ""
    unit: str = ""
    currency: str = ""
    form: str = ""
    limit: str = ""


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
    plain_votes: bool = False,
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
    plain_votes : bool, default=False
        Whether the column has plain numbers with a decimal point besides these texts.
    """
    places = _places(texts)
    readings = [places.get(i) or _read(text) for i, text in enumerate(texts)]
    found = [(reading, int(count)) for reading, count in zip(readings, counts, strict=True) if reading is not None]
    if written is None:
        _singular(found)
    votes = Counter[str]()
    for reading, count in found:
        votes[reading.votes] += count
    sign = written.decimal if written else decimal or ("," if votes[","] > votes["."] + plain_votes else ".")
    for reading, _ in found:
        if reading.other is not None and sign == ",":
            reading.value, reading.other = reading.other, reading.value
    if written is None:
        written = _format(found, sign)
    values = np.array([_in_unit(reading, written) for reading in readings], dtype=np.float64)
    doubtful = [text for text, reading in zip(texts, readings, strict=True) if reading and reading.other is not None]
    # Beside 789, 1,234 is a thousand; where every number has a comma and three figures, it may be a decimal sign.
    small = any(reading.value < 1000 and not reading.grouping and not reading.votes for reading, _ in found)
    decided = decimal or votes[","] or votes["."] or plain_votes or small
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


def _is_measured(reading: _Reading) -> bool:
    return bool(reading.currency) or is_known(reading.unit) or reading.unit.startswith("°")


def is_plain(text: str) -> bool:
    """Whether the text is a number as programs write it."""
    return _PLAIN.fullmatch(text) is not None


def _read(text: str) -> _Reading | None:
    if len(text) > _LONGEST:
        return None
    if _PLAIN.fullmatch(text):
        left, dot, right = text.lstrip("+-").partition(".")
        reading = _Reading(float(text), votes="." if dot else "")
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


def _common(match: re.Match[str]) -> _Reading:
    """Return what `_written_out` returns of such a text."""
    currency, grouped, behind, whole, cents = match.groups()
    if grouped is None:
        return _Reading(float(whole + (cents or "")), votes="." if cents else "", currency=currency or "")
    value = float(grouped.replace(",", "") + (behind or ""))
    if behind or grouped.count(",") > 1:
        return _Reading(value, votes=".", grouping=",", currency=currency or "")
    as_decimal = float(grouped.replace(",", "."))
    if grouped[0] == "0":
        return _Reading(as_decimal, votes=",", currency=currency or "")
    return _Reading(value, as_decimal, grouping=",", currency=currency or "")


def _special(text: str) -> _Reading | None:
    """Notations of their own: hexadecimal numbers, ordinals, fractions and ratios, feet and inches."""
    if _HEX.fullmatch(text):
        return _Reading(float(int(text, 16)), form="hexadecimal")
    if match := _ORDINAL.fullmatch(text):
        return _Reading(float(match[1]), form="ordinal")
    if match := _FRACTION.fullmatch(text):
        below = float(match[3])
        return _Reading(float(match[1] or 0) + float(match[2]) / below, form="ratio") if below else None
    if text[-1] in _VULGAR and (text[:-1].strip().isdigit() or len(text) == 1):
        return _Reading(float(text[:-1].strip() or 0) + _VULGAR[text[-1]], form="ratio")
    if (match := _FEET.fullmatch(text)) and match[2]:
        return _Reading(12 * float(match[1]) + float(match[2]), form="feet and inches", unit="in")
    return None


def _places(texts: Sequence[str]) -> dict[int, _Reading]:
    """Coordinates with a letter of the compass, where there is a degree sign or both letters occur."""
    matches = {i: match for i, text in enumerate(texts) if len(text) <= _LONGEST and (match := _PLACE.fullmatch(text))}
    letters = {(match[1] or match[6]) for match in matches.values()} - {None}
    degrees = any(match[3] for match in matches.values())
    if not letters or not (degrees or {"N", "S"} <= letters or {"E", "W"} <= letters):
        return {}
    places = {}
    for i, match in matches.items():
        if (letter := match[1] or match[6]) and (bool(match[1]) != bool(match[6])):
            parts = [float(part.replace(",", ".")) if part else 0.0 for part in match.group(2, 4, 5)]
            value = parts[0] + parts[1] / 60 + parts[2] / 3600
            places[i] = _Reading(-value if letter in "SW" else value, form="coordinate", unit="°")
    return places


def _range(text: str) -> _Reading | None:
    """From a low number to a high one: the middle."""
    cut = _CUT.fullmatch(text)
    ends = list(cut.groups()) if cut else _ENDS.split(text)
    if len(ends) != 2 or any(len(end) > 1 and end[0] == "0" and end[1].isdigit() for end in ends):
        return None
    if cut and "inf" in text:
        known = [float(end) for end in ends if is_plain(end)]
        return _Reading(known[0], form="range") if known else None
    low, high = (_read_end(end) for end in ends)
    if low is None or high is None:
        return None
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
    return _Reading(middle, other, low.votes or high.votes, unit=high.unit, currency=low.currency, form="range")


def _read_end(text: str) -> _Reading | None:
    return _read(text) if is_plain(text) and text[0].isdigit() else _written_out(text)


def _written_out(text: str) -> _Reading | None:
    match = _NUMBER.fullmatch(_MONEY_OF_BRACKET.sub(r"(\1", text))
    if match is None:
        return None
    negative = sum(match[name] is not None and match[name] in "-−–" for name in ("sign", "sign_behind"))
    suffix = match["suffix"]
    if match["bracket"] and match["closing"]:
        negative += 1
    elif match["bracket"] or match["closing"]:
        return None
    reading = _digits(match["body"])
    if reading is None:
        return None
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
    suffix = _FOOTNOTE.sub("", suffix) if not suffix.endswith(("m²", "m³")) else suffix
    if suffix != match["suffix"]:
        reading.form = "footnote"
    if not reading.limit and (behind := _ABOVE.search(suffix) or _BELOW.search(suffix)):
        reading.limit = "above" if _ABOVE.search(suffix) else "below"
        suffix = suffix[: behind.start()].strip()
    if suffix in ("-", "−", "–"):
        # Behind a decimal sign it stands for no cents.
        negative, suffix = negative + (match["body"][-1] not in ".,"), ""
    currency = _CURRENCY.search(suffix)
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
    reading.unit = suffix
    if negative % 2:
        reading.value = -reading.value
        reading.other = None if reading.other is None else -reading.other
    if reading.limit and not reading.form:
        reading.form = "limit"
    return reading


def _digits(body: str) -> _Reading | None:
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
        return _Reading(float(f"{whole.replace(grouping, '')}.{fraction}"), votes=mark, grouping=grouping)
    dots, commas = body.count("."), body.count(",")
    if not dots and not commas:
        return _Reading(float(body))
    if dots and commas:
        mark = "." if body.rfind(".") > body.rfind(",") else ","
        group = "," if mark == "." else "."
        whole, _, fraction = body.rpartition(mark)
        if mark in whole or not _grouped(whole.split(group)):
            return None
        return _Reading(float(f"{whole.replace(group, '')}.{fraction}"), votes=mark, grouping=group)
    mark = "." if dots else ","
    if dots + commas > 1:
        if not _grouped(body.split(mark)):
            return None
        return _Reading(float(body.replace(mark, "")), votes="," if mark == "." else ".", grouping=mark)
    left, _, right = body.partition(mark)
    as_decimal, as_group = float(f"{left}.{right}"), float(left + right)
    if len(right) != 3 or not 1 <= len(left) <= 3 or left[0] == "0":
        return _Reading(as_decimal, votes=mark)
    # The value with a decimal point, and that with a decimal comma.
    point, comma = (as_decimal, as_group) if mark == "." else (as_group, as_decimal)
    return _Reading(point, comma, grouping=mark)


def _grouped(groups: list[str]) -> bool:
    """Whether digits come in threes, or as in India in twos but for the last three."""
    inner = {len(group) for group in groups[1:-1]}
    return len(groups) == 1 or (1 <= len(groups[0]) <= 3 and len(groups[-1]) == 3 and (inner <= {3} or inner <= {2}))


def _singular(found: list[tuple[_Reading, int]]) -> None:
    """Write "years" as "year" where both are units of a column."""
    units = {reading.unit for reading, _ in found}
    for reading, _ in found:
        if reading.unit.endswith("s") and reading.unit[:-1] in units:
            reading.unit = reading.unit[:-1]


def _format(found: list[tuple[_Reading, int]], sign: str) -> NumberFormat:
    """How a column writes its numbers: the unit that most have, and what others are worth in it."""
    units, currencies, forms = Counter[str](), Counter[str](), Counter[str]()
    groups: set[str] = set()
    for reading, count in found:
        units[reading.unit] += count
        currencies[reading.currency] += count
        forms[reading.form] += count
        groups |= set(reading.grouping) - {sign}
    bare = units.pop("", 0)
    currencies.pop("", 0)
    named = set(units)
    scales = {unit for unit in named if unit in MAGNITUDES}
    sure = bool(currencies or scales - DOUBTFUL or len(scales) > 1)
    convertible = bool(named) and all(map(is_known, named)) and set(factors_to(min(named), named)) == named
    factors: dict[str, float] = {}
    if scales and (sure or (bare and not convertible)) and (currencies or not convertible):
        factors = {unit: MAGNITUDES[unit] for unit in scales}
        if sure and "m" in named:
            factors["m"] = 1e6
    others = {unit: count for unit, count in units.items() if unit not in factors}
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
        tuple(sorted(form for form in forms if form)),
    )


def _in_unit(reading: _Reading | None, written: NumberFormat) -> float:
    if reading is None or (reading.currency and reading.currency != written.currency):
        return np.nan
    if not reading.unit:
        return reading.value
    factor = written.factors.get(reading.unit)
    if factor is None:
        singular, plural = reading.unit.removesuffix("s"), f"{reading.unit}s"
        factor = written.factors.get(singular, written.factors.get(plural))
    return np.nan if factor is None else reading.value * factor
