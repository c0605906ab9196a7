"""Dates as people write them, read by column to the microsecond."""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from semigen.tables.kinds import Ambiguity, DateFormat

_MONTHS = {
    **{name: i for i, name in enumerate(re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec"), 1)},
    **{"mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "avr": 4, "jui": 6, "aoû": 8, "déc": 12},
    **{"ene": 1, "abr": 4, "ago": 8, "dic": 12},
}
# Hours by which clocks are ahead of UTC. Names that are those of several zones, such as IST, are not read.
_ZONES = {
    **dict.fromkeys(("Z", "UTC", "GMT", "WET"), 0),
    **{"CET": 1, "MEZ": 1, "WEST": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "AEST": 10},
    **{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7},
}
TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    rf"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?(?:\s*(?P<zone>{'|'.join(_ZONES)}|[+-]\d\d:?\d\d|[+-]\d\d))?"
)
_THEN = rf"(?:(?:T|,?\s+|:)(?:{TIME}))?"
_WEEKDAY = r"(?:(?:[A-Za-zäöü]{2,9})\.?,?\s+)?"
_NUMERIC = re.compile(rf"(?P<a>\d{{1,4}})(?P<mark>[./-])\s?(?P<b>\d{{1,2}})(?P=mark)\s?(?P<c>\d{{2}}|\d{{4}}){_THEN}")
_DAY_MONTH = re.compile(
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[ /-]?\s?(?P<month>[A-Za-zäéû]{{3,9}})\.?,?[ /-]?"
    rf"(?P<year>\d{{4}}|\d\d){_THEN}"
)
_MONTH_DAY = re.compile(
    rf"{_WEEKDAY}(?P<month>[A-Za-zäéû]{{3,9}})\.?[ -](?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[ -](?P<year>\d{{4}}){_THEN}"
)
_CTIME = re.compile(rf"[A-Za-z]{{3}}\s+(?P<month>[A-Za-z]{{3}})\s+(?P<day>\d{{1,2}})\s+{TIME}\s+(?P<year>\d{{4}})")
_CHARACTERS = re.compile(
    rf"(?P<year>\d{{4}})[年년]\s?(?P<month>\d{{1,2}})[月월]\s?(?:(?P<day>\d{{1,2}})[日号號일])?{_THEN}"
)
_YEAR_MONTH = re.compile(r"(?P<year>\d{4})(?:[-/.]|[Mm])(?P<month>\d{1,2})|(?P<month2>\d{1,2})[/.-](?P<year2>\d{4})")
_NAMED_MONTH = re.compile(
    r"(?P<month>[A-Za-zäéû]{3,9})\.?[ ,/-]*(?P<year>\d{4}|'?\d\d)"
    r"|(?P<year2>\d{4})[ ,/-]+(?P<month2>[A-Za-zäéû]{3,9})\.?"
)
_QUARTER = re.compile(
    r"(?P<year>\d{4})[ -/]?[Qq](?P<quarter>[1-4])|[Qq](?P<quarter2>[1-4])[ -/]?(?P<year2>\d{4})"
    r"|(?P<year3>(?:19|20)\d\d):(?P<quarter3>[1-4])"
)
_SEASON = re.compile(r"(?P<year>(?:19|20)\d\d)[/–-](?P<next>\d\d(?:\d\d)?)")
_BARE_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_WEEK = re.compile(r"(?P<year>\d{4})[ -]?[Ww](?P<week>\d{1,2})(?:-(?P<day>[1-7]))?")
LONGEST = 60
# Two figures of a year: as in strptime, 69 is 1969 and 68 is 2068; unless a column then has dates after this year.
_LATEST = 2040
_FOUR_FIGURES = re.compile(r"\d{4}")
_EPOCH = datetime.datetime(1970, 1, 1)


@dataclass(frozen=True)
class Dates:
    """What the distinct texts of a column are as dates, or as durations.

    Attributes
    ----------
    values : array of datetime64[us] or timedelta64[us]
        NaT where a text is none.
    written : DateFormat
    ambiguity : Ambiguity or None
    example : str
        A text that could be read otherwise.
    """

    values: NDArray[np.datetime64] | NDArray[np.timedelta64]
    written: DateFormat
    ambiguity: Ambiguity | None = None
    example: str = ""


def read_dates(texts: Sequence[str], counts: NDArray[np.int64], written: DateFormat | None = None) -> Dates:
    """Read the distinct texts of a column as dates; what the day is where both could be is decided by all of them.

    Parameters
    ----------
    texts : sequence of str
    counts : array
        Cells with each text.
    written : DateFormat, optional
        As found before.
    """
    ambiguous = ""
    # Years alone are numbers, unless the column is known to hold dates.
    years = written is not None
    if written is None:
        day, month, points, unsure = 0, 0, 0, ""
        for text, count in zip(texts, counts, strict=True):
            match = _NUMERIC.fullmatch(text) if len(text) <= LONGEST and text[4:5] != "-" else None
            if match is None or len(match["a"]) > 2:
                continue
            day += int(count) * (int(match["a"]) > 12 >= int(match["b"]))
            month += int(count) * (int(match["b"]) > 12 >= int(match["a"]))
            points += match["mark"] != "/"
            if int(match["a"]) <= 12 and int(match["b"]) <= 12 and match["a"] != match["b"]:
                unsure = unsure or text
        written = DateFormat(day_first=day > month or (day == month and points > 0))
        ambiguous = unsure if day == month else ""
    read = _Reader(written.day_first, written.first_year, years)
    found = [read(text) if len(text) <= LONGEST else None for text in texts]
    if not years and any(value is not None and value.year > _LATEST for value in found):
        given = [(value.year, _FOUR_FIGURES.search(text)) for text, value in zip(texts, found, strict=True) if value]
        in_full = [year for year, figures in given if figures]
        first_year = max(in_full) - 99 if in_full else _first_year({year % 100 for year, _ in given})
        written = replace(written, first_year=first_year)
        read = _Reader(written.day_first, written.first_year, years)
        found = [read(text) if len(text) <= LONGEST else None for text in texts]
    return Dates(
        np.array(found, dtype="datetime64[us]"),
        written,
        Ambiguity.DAY_OR_MONTH if ambiguous else None,
        ambiguous,
    )


def _first_year(figures: set[int]) -> int:
    """Return the first year that two figures mean: behind the widest gap between those that occur."""
    ordered = sorted(figures)
    gaps = [(later - earlier) % 100 or 100 for earlier, later in zip(ordered, [*ordered[1:], ordered[0]], strict=True)]
    last = ordered[int(np.argmax(gaps))]
    first = ordered[(int(np.argmax(gaps)) + 1) % len(ordered)]
    return last + (2000 if last + 2000 <= _LATEST else 1900) - (last - first) % 100


@dataclass(frozen=True)
class _Reader:
    """Reads one text as a date, in UTC where it names a zone."""

    day_first: bool
    first_year: int = DateFormat.first_year
    years: bool = False

    def __call__(self, text: str) -> datetime.datetime | None:
        if self.years and _BARE_YEAR.fullmatch(text):
            return datetime.datetime(int(text), 1, 1)
        if len(text) >= 10 and text[:4].isdigit() and text[4] == "-" == text[7]:
            with contextlib.suppress(ValueError, OverflowError):
                return _in_utc(datetime.datetime.fromisoformat(text))
        if not any(map(str.isdigit, text)):
            return None
        for pattern, reader in _READERS:
            if match := pattern.fullmatch(text):
                try:
                    if (found := reader(match, self)) is not None:
                        return found
                except (ValueError, OverflowError):
                    # As of the 31st of February.
                    continue
        return None


def _in_utc(value: datetime.datetime) -> datetime.datetime:
    return value if value.tzinfo is None else value.astimezone(datetime.UTC).replace(tzinfo=None)


def _numeric(match: re.Match[str], how: _Reader) -> datetime.datetime | None:
    a, b, c = match["a"], match["b"], match["c"]
    if len(a) == 4:
        return _at(int(a), int(b), int(c), match) if len(c) == 2 else None
    if len(a) == 3:
        return None
    first, second = int(a), int(b)
    day, month = (first, second) if how.day_first else (second, first)
    return _at(_year(c, how), month, day, match)


def _named(match: re.Match[str], how: _Reader) -> datetime.datetime | None:
    month = _MONTHS.get(match["month"].lower()[:3])
    return None if month is None else _at(_year(match["year"], how), month, int(match["day"]), match)


def _named_month(match: re.Match[str], how: _Reader) -> datetime.datetime | None:
    month = _MONTHS.get((match["month"] or match["month2"]).lower()[:3])
    return (
        None
        if month is None
        else datetime.datetime(_year((match["year"] or match["year2"]).lstrip("'"), how), month, 1)
    )


def _year_month(match: re.Match[str], _: _Reader) -> datetime.datetime | None:
    year = int(match["year"] or match["year2"])
    return datetime.datetime(year, int(match["month"] or match["month2"]), 1) if 1000 <= year < 3000 else None


def _characters(match: re.Match[str], _: _Reader) -> datetime.datetime:
    return _at(int(match["year"]), int(match["month"]), int(match["day"] or 1), match)


def _quarter(match: re.Match[str], _: _Reader) -> datetime.datetime:
    year, quarter = (int(next(filter(None, match.group(name, f"{name}2", f"{name}3")))) for name in ("year", "quarter"))
    return datetime.datetime(year, 3 * quarter - 2, 1)


def _season(match: re.Match[str], _: _Reader) -> datetime.datetime | None:
    """Read a season, as 2019/20, which goes from one year to the next."""
    year = int(match["year"])
    return datetime.datetime(year, 1, 1) if int(match["next"]) % 100 == (year + 1) % 100 else None


def _week(match: re.Match[str], _: _Reader) -> datetime.datetime:
    day = datetime.date.fromisocalendar(int(match["year"]), int(match["week"]), int(match["day"] or 1))
    return datetime.datetime(day.year, day.month, day.day)


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], _Reader], datetime.datetime | None]], ...] = (
    (_NUMERIC, _numeric),
    (_DAY_MONTH, _named),
    (_MONTH_DAY, _named),
    (_CTIME, _named),
    (_CHARACTERS, _characters),
    (_YEAR_MONTH, _year_month),
    (_NAMED_MONTH, _named_month),
    (_QUARTER, _quarter),
    (_WEEK, _week),
    (_SEASON, _season),
)


def _year(text: str, how: _Reader) -> int:
    year = int(text)
    return year if len(text) == 4 else how.first_year + (year - how.first_year) % 100


def _at(year: int, month: int, day: int, match: re.Match[str]) -> datetime.datetime:
    date = datetime.datetime(year, month, day)
    if match["hour"] is None:
        return date
    return _in_utc(date + since_midnight(match)) - offset(match["zone"])


def offset(zone: str | None) -> datetime.timedelta:
    """Return how much later than in UTC it is in a zone such as +02:00 or CET."""
    if not zone or zone[0] not in "+-":
        return datetime.timedelta(hours=_ZONES[zone] if zone else 0)
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    offset = datetime.timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == "-" else offset


def since_midnight(match: re.Match[str]) -> datetime.timedelta:
    """Return the time of day of a match of `TIME`.

    Raises
    ------
    ValueError
        If there is no such time.
    """
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(match[0])
        hour = hour % 12 + 12 * (match["half"] in "Pp")
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError(match[0])
    microseconds = int((match["fraction"] or "0").ljust(6, "0")[:6])
    return datetime.timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microseconds)
