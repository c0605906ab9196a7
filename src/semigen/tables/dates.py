"""Dates, times of day and durations as people write them, read by column to the microsecond."""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.tables.kinds import Ambiguity, DateFormat

_MONTHS = {
    **{name: i for i, name in enumerate(re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec"), 1)},
    **{"mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "avr": 4, "jui": 6, "aoû": 8, "déc": 12},
    **{"ene": 1, "abr": 4, "ago": 8, "dic": 12},
}
_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?(?:\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d))?"
)
_THEN = rf"(?:(?:T|,?\s+|:)(?:{_TIME}))?"
_WEEKDAY = r"(?:(?:[A-Za-zäöü]{2,9})\.?,?\s+)?"
_NUMERIC = re.compile(rf"(?P<a>\d{{1,4}})(?P<mark>[./-])\s?(?P<b>\d{{1,2}})(?P=mark)\s?(?P<c>\d{{2}}|\d{{4}}){_THEN}")
_DAY_MONTH = re.compile(
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[ /-]?\s?(?P<month>[A-Za-zäéû]{{3,9}})\.?,?[ /-]?"
    rf"(?P<year>\d{{4}}|\d\d){_THEN}"
)
_MONTH_DAY = re.compile(
    rf"{_WEEKDAY}(?P<month>[A-Za-zäéû]{{3,9}})\.?[ -](?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[ -](?P<year>\d{{4}}){_THEN}"
)
_CTIME = re.compile(rf"[A-Za-z]{{3}}\s+(?P<month>[A-Za-z]{{3}})\s+(?P<day>\d{{1,2}})\s+{_TIME}\s+(?P<year>\d{{4}})")
_YEAR_MONTH = re.compile(r"(?P<year>\d{4})(?:[-/.]|[Mm])(?P<month>\d{1,2})|(?P<month2>\d{1,2})[/.-](?P<year2>\d{4})")
_NAMED_MONTH = re.compile(r"(?P<month>[A-Za-zäéû]{3,9})\.?[ ,/-]*(?P<year>\d{4}|'?\d\d)")
_QUARTER = re.compile(r"(?P<year>\d{4})[ -/]?[Qq](?P<quarter>[1-4])|[Qq](?P<quarter2>[1-4])[ -/]?(?P<year2>\d{4})")
_SEASON = re.compile(r"(?P<year>(?:19|20)\d\d)[/–-](?P<next>\d\d(?:\d\d)?)")
_WEEK = re.compile(r"(?P<year>\d{4})-?[Ww](?P<week>\d{1,2})(?:-(?P<day>[1-7]))?")
_CLOCK = re.compile(_TIME)
_COUNTED = re.compile(
    r"(?P<sign>-)?(?:(?P<days>\d+)\s*d(?:ays?)?,?\s*)?(?P<hours>\d{1,4}):(?P<minutes>\d\d)(?::(?P<seconds>\d\d(?:[.,]\d{1,9})?))?"
)
_LAP = re.compile(r"(?P<minutes>\d{1,3}):(?P<seconds>[0-5]\d[.,]\d{1,6})")
_ISO_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_OF_ISO = (31557600.0, 2629800.0, 604800.0, 86400.0, 3600.0, 60.0, 1.0)
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([A-Za-zµ]+)\.?(?:\s*,|\s+and\b|\s+und\b)?\s*")
_UNITS = {
    **dict.fromkeys(("us", "µs", "microseconds", "microsecond"), 1e-6),
    **dict.fromkeys(("ms", "msec", "milliseconds", "millisecond"), 1e-3),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sek", "sekunden"), 1.0),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "minuten"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden"), 3600.0),
    **dict.fromkeys(("d", "day", "days", "tag", "tage"), 86400.0),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks", "woche", "wochen"), 604800.0),
    **dict.fromkeys(("mo", "mos", "mon", "month", "months", "monat", "monate"), 2629800.0),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years", "jahr", "jahre", "jahren"), 31557600.0),
}
# A metre or a million more often than a minute, unless hours or seconds stand beside it.
_DOUBTFUL = frozenset({"m", "d", "w", "y"})
_LONGEST = 60
# Two figures of a year: as in strptime, 69 is 1969 and 68 is 2068.
_PIVOT = 69
_EPOCH = datetime.datetime(1970, 1, 1)
_MICROSECOND = datetime.timedelta(microseconds=1)


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
    if written is None:
        day, month, points, unsure = 0, 0, 0, ""
        for text, count in zip(texts, counts, strict=True):
            match = _NUMERIC.fullmatch(text) if len(text) <= _LONGEST and text[4:5] != "-" else None
            if match is None or len(match["a"]) > 2:
                continue
            day += int(count) * (int(match["a"]) > 12 >= int(match["b"]))
            month += int(count) * (int(match["b"]) > 12 >= int(match["a"]))
            points += match["mark"] != "/"
            if int(match["a"]) <= 12 and int(match["b"]) <= 12 and match["a"] != match["b"]:
                unsure = unsure or text
        written = DateFormat(day_first=day > month or (day == month and points > 0))
        ambiguous = unsure if day == month else ""
    read = _Reader(written.day_first)
    return Dates(
        np.array([read(text) if len(text) <= _LONGEST else None for text in texts], dtype="datetime64[us]"),
        written,
        Ambiguity.DAY_OR_MONTH if ambiguous else None,
        ambiguous,
    )


@dataclass(frozen=True)
class _Reader:
    """Reads one text as a date, in UTC where it names a zone."""

    day_first: bool

    def __call__(self, text: str) -> datetime.datetime | None:
        if len(text) >= 10 and text[:4].isdigit() and text[4] == "-" == text[7]:
            with contextlib.suppress(ValueError, OverflowError):
                return _in_utc(datetime.datetime.fromisoformat(text))
        if not any(map(str.isdigit, text)):
            return None
        for pattern, reader in _READERS:
            if match := pattern.fullmatch(text):
                try:
                    if (found := reader(match, self.day_first)) is not None:
                        return found
                except (ValueError, OverflowError):
                    # As of the 31st of February.
                    continue
        return None


def _in_utc(value: datetime.datetime) -> datetime.datetime:
    return value if value.tzinfo is None else value.astimezone(datetime.UTC).replace(tzinfo=None)


def _numeric(match: re.Match[str], day_first: bool) -> datetime.datetime | None:
    a, b, c = match["a"], match["b"], match["c"]
    if len(a) == 4:
        return _at(int(a), int(b), int(c), match) if len(c) == 2 else None
    if len(a) == 3:
        return None
    first, second = int(a), int(b)
    day, month = (first, second) if day_first else (second, first)
    return _at(_year(c), month, day, match)


def _named(match: re.Match[str], _: bool) -> datetime.datetime | None:
    month = _MONTHS.get(match["month"].lower()[:3])
    return None if month is None else _at(_year(match["year"]), month, int(match["day"]), match)


def _named_month(match: re.Match[str], _: bool) -> datetime.datetime | None:
    month = _MONTHS.get(match["month"].lower()[:3])
    return None if month is None else datetime.datetime(_year(match["year"].lstrip("'")), month, 1)


def _year_month(match: re.Match[str], _: bool) -> datetime.datetime | None:
    year = int(match["year"] or match["year2"])
    return datetime.datetime(year, int(match["month"] or match["month2"]), 1) if 1000 <= year < 3000 else None


def _quarter(match: re.Match[str], _: bool) -> datetime.datetime:
    quarter = int(match["quarter"] or match["quarter2"])
    return datetime.datetime(int(match["year"] or match["year2"]), 3 * quarter - 2, 1)


def _season(match: re.Match[str], _: bool) -> datetime.datetime | None:
    """As in 2019/20: from one year to the next."""
    year = int(match["year"])
    return datetime.datetime(year, 1, 1) if int(match["next"]) % 100 == (year + 1) % 100 else None


def _week(match: re.Match[str], _: bool) -> datetime.datetime:
    day = datetime.date.fromisocalendar(int(match["year"]), int(match["week"]), int(match["day"] or 1))
    return datetime.datetime(day.year, day.month, day.day)


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], bool], datetime.datetime | None]], ...] = (
    (_NUMERIC, _numeric),
    (_DAY_MONTH, _named),
    (_MONTH_DAY, _named),
    (_CTIME, _named),
    (_YEAR_MONTH, _year_month),
    (_NAMED_MONTH, _named_month),
    (_QUARTER, _quarter),
    (_WEEK, _week),
    (_SEASON, _season),
)


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= _PIVOT else 2000)


def _at(year: int, month: int, day: int, match: re.Match[str]) -> datetime.datetime:
    date = datetime.datetime(year, month, day)
    if match["hour"] is None:
        return date
    return _in_utc(date + _since_midnight(match)) - _offset(match["zone"])


def _offset(zone: str | None) -> datetime.timedelta:
    if not zone or zone[0] not in "+-":
        return datetime.timedelta()
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    offset = datetime.timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == "-" else offset


def _since_midnight(match: re.Match[str]) -> datetime.timedelta:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(match[0])
        hour = hour % 12 + 12 * (match["half"] in "Pp")
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError(match[0])
    microseconds = int((match["fraction"] or "0").ljust(6, "0")[:6])
    return datetime.timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microseconds)


def read_durations(texts: Sequence[str], written: DateFormat | None = None) -> Dates:
    """Read the distinct texts of a column as times of day, or as durations.

    Parameters
    ----------
    texts : sequence of str
    written : DateFormat, optional
        As found before.
    """
    if written is None:
        counted = [match for text in texts if len(text) <= _LONGEST and (match := _COUNTED.fullmatch(text))]
        short = [match for match in counted if match["seconds"] is None]
        # Two figures are minutes and seconds beside three, if they are no time of a day.
        minutes_first = any(int(match["hours"]) > 24 for match in short) and len(short) < len(counted)
        plain = [match for match in counted if match["days"] is None and match["sign"] is None]
        clock = bool(plain) and all(int(match["hours"]) <= 24 for match in plain)
        halves = any((match := _CLOCK.fullmatch(text)) and match["half"] for text in texts if len(text) <= _LONGEST)
        written = DateFormat(minutes_first=minutes_first, clock=(clock or halves) and not minutes_first)
    texts_of_units = [text for text in texts if len(text) <= _LONGEST and any(map(str.isdigit, text))]
    found = {unit.lower() for text in texts_of_units for _, unit in _PART.findall(text)}
    sure = bool(found & set(_UNITS) - _DOUBTFUL)
    seconds = [_seconds(text, written, sure) if len(text) <= _LONGEST else None for text in texts]
    values = [np.timedelta64("NaT") if each is None else np.timedelta64(round(each * 1e6), "us") for each in seconds]
    worded = any(_PART.match(text) for text, each in zip(texts, seconds, strict=True) if each is not None)
    clock = written.clock and not worded
    return Dates(
        np.array(values, dtype="timedelta64[us]"), DateFormat(minutes_first=written.minutes_first, clock=clock)
    )


def _seconds(text: str, written: DateFormat, sure: bool) -> float | None:
    if not any(map(str.isdigit, text)):
        return None
    if match := _COUNTED.fullmatch(text):
        hours, minutes = int(match["hours"]), int(match["minutes"])
        seconds = float((match["seconds"] or "0").replace(",", "."))
        if written.minutes_first and match["seconds"] is None:
            hours, minutes, seconds = 0, hours, float(minutes)
        elif minutes > 59 or seconds >= 61:
            return None
        total = 86400.0 * int(match["days"] or 0) + 3600.0 * hours + 60.0 * minutes + seconds
        # A negative Timedelta is written as "-1 days +23:00:00" by pandas, and with one sign elsewhere.
        return -total if match["sign"] else total
    if match := _LAP.fullmatch(text):
        return 60.0 * int(match["minutes"]) + float(match["seconds"].replace(",", "."))
    if match := _CLOCK.fullmatch(text):
        try:
            return (_since_midnight(match) - _offset(match["zone"])) / datetime.timedelta(seconds=1)
        except ValueError:
            return None
    if text[0] in "-P" and len(text) > 2 and (match := _ISO_DURATION.fullmatch(text)):
        parts = match.groups()[1:]
        total = sum(float(part) * worth for part, worth in zip(parts, _OF_ISO, strict=True) if part)
        return -total if match["sign"] else total
    return _of_units(text, sure)


def _of_units(text: str, sure: bool) -> float | None:
    """As in 1 h 30 min, or 3 weeks."""
    at, total = 0, 0.0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            return None
        unit = match[2].lower()
        worth = 60.0 if unit == "m" and sure else _UNITS.get(unit)
        if worth is None or (unit in _DOUBTFUL and not sure):
            return None
        total += float(match[1].replace(",", ".")) * worth
        at = match.end()
    return total
