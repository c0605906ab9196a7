"""Times of day and durations as people write them, read by column to the microsecond."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

import numpy as np

from semigen.tables.dates import LONGEST, TIME, Dates, offset, since_midnight
from semigen.tables.kinds import DateFormat

_CLOCK = re.compile(TIME)
_COUNTED = re.compile(
    r"(?P<sign>[-+])?(?:(?P<days>\d+)\s*d(?:ays?)?,?\s*)?(?P<hours>\d{1,4}):(?P<minutes>\d\d)(?::(?P<seconds>\d\d(?:[.,]\d{1,9})?))?"
)
_HOUR = re.compile(r"(?P<hour>\d{1,2})\s*(?P<half>[AaPp])\.?[Mm]\.?")
_SPELLED = re.compile(r"(\d{1,3})\s?h\s?([0-5]\d)(?:\s?['′m]\s?(?:([0-5]\d)\s?[\"″s])?)?")
# As of a pace: 7:42/mi.
_EACH = re.compile(r"\s?/\s?(?:mi|mile|km)$")
# Read in columns of durations only: about 5 min, <1 h, 5 or more days, 10-15 s, 1 1/2 hours, 1-hour.
_ABOUT = re.compile(
    r"^(?:~|≈|[<>]=?|about|approx(?:imately|\.)?:?|circa|ca\.?|around|almost|over|under|(?:less|more) than"
    r"|at (?:least|most)|up to)\s*|\s*(?:\(?\?\)?|\+|or (?:more|less))$",
    re.IGNORECASE,
)
_WITHIN = re.compile(r"(?<=\d)\s*(?:\+/-|\+|or (?:more|less))(?=\s)", re.IGNORECASE)
_FROM_TO = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:-|–|to)\s*(\d+(?:[.,]\d+)?)(\s*[A-Za-zµ]+\.?)")
_FRACTION = re.compile(r"(?:(\d+)\s+)?(\d+)/([1-9]\d*)\s*(?=[A-Za-z])")
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


def read_durations(texts: Sequence[str], written: DateFormat | None = None) -> Dates:
    """Read the distinct texts of a column as times of day, or as durations.

    Parameters
    ----------
    texts : sequence of str
    written : DateFormat, optional
        As found before.
    """
    rough = written is not None
    if written is None:
        counted = [match for text in texts if len(text) <= LONGEST and (match := _COUNTED.fullmatch(text))]
        short = [match for match in counted if match["seconds"] is None]
        # Two figures are minutes and seconds beside three, if they are no time of a day.
        minutes_first = any(int(match["hours"]) > 24 for match in short) and len(short) < len(counted)
        plain = [match for match in counted if match["days"] is None and match["sign"] is None]
        clock = bool(plain) and all(int(match["hours"]) <= 24 for match in plain)
        halves = any(
            (match := _CLOCK.fullmatch(text) or _HOUR.fullmatch(text)) and match["half"]
            for text in texts
            if len(text) <= LONGEST
        )
        written = DateFormat(minutes_first=minutes_first, clock=(clock or halves) and not minutes_first)
    texts_of_units = [text for text in texts if len(text) <= LONGEST and any(map(str.isdigit, text))]
    found = {unit.lower() for text in texts_of_units for _, unit in _PART.findall(text)}
    sure = bool(found & set(_UNITS) - _DOUBTFUL)
    seconds = [_seconds(text, written, sure, rough) if len(text) <= LONGEST else None for text in texts]
    values = [np.timedelta64("NaT") if each is None else np.timedelta64(round(each * 1e6), "us") for each in seconds]
    worded = any(_PART.match(text) for text, each in zip(texts, seconds, strict=True) if each is not None)
    clock = written.clock and not worded
    return Dates(
        np.array(values, dtype="timedelta64[us]"), DateFormat(minutes_first=written.minutes_first, clock=clock)
    )


def _seconds(text: str, written: DateFormat, sure: bool, rough: bool = False) -> float | None:
    if not any(map(str.isdigit, text)):
        return None
    text = _EACH.sub("", text)
    if match := _COUNTED.fullmatch(text):
        hours, minutes = int(match["hours"]), int(match["minutes"])
        seconds = float((match["seconds"] or "0").replace(",", "."))
        if written.minutes_first and match["seconds"] is None:
            hours, minutes, seconds = 0, hours, float(minutes)
        elif minutes > 59 or seconds >= 61:
            return None
        total = 86400.0 * int(match["days"] or 0) + 3600.0 * hours + 60.0 * minutes + seconds
        # A negative Timedelta is written as "-1 days +23:00:00" by pandas, and with one sign elsewhere.
        return -total if match["sign"] == "-" else total
    if match := _LAP.fullmatch(text):
        return 60.0 * int(match["minutes"]) + float(match["seconds"].replace(",", "."))
    if match := _SPELLED.fullmatch(text):
        return 3600.0 * int(match[1]) + 60.0 * int(match[2]) + int(match[3] or 0)
    if (match := _HOUR.fullmatch(text)) and 1 <= int(match["hour"]) <= 12:
        return 3600.0 * (int(match["hour"]) % 12 + 12 * (match["half"] in "Pp"))
    if match := _CLOCK.fullmatch(text):
        try:
            return (since_midnight(match) - offset(match["zone"])) / datetime.timedelta(seconds=1)
        except ValueError:
            return None
    if text[0] in "-P" and len(text) > 2 and (match := _ISO_DURATION.fullmatch(text)):
        parts = match.groups()[1:]
        total = sum(float(part) * worth for part, worth in zip(parts, _OF_ISO, strict=True) if part)
        return -total if match["sign"] else total
    seconds_of_units = _of_units(text, sure)
    return _roughly(text, sure) if rough and seconds_of_units is None else seconds_of_units


def _roughly(text: str, sure: bool) -> float | None:
    """Return a limit or an estimate as if it were exact, and a range as its middle."""
    text = _WITHIN.sub("", _ABOUT.sub("", text)).strip()
    text = _FRACTION.sub(lambda match: f"{int(match[1] or 0) + int(match[2]) / int(match[3]):.6f} ", text)
    if match := _FROM_TO.fullmatch(text):
        low, high = (_of_units(end + match[3], sure) for end in match.group(1, 2))
        return None if low is None or high is None else (low + high) / 2
    return _of_units(re.sub(r"(?<=\d)-(?=[A-Za-z])", " ", text), sure)


def _of_units(text: str, sure: bool) -> float | None:
    """Read numbers with units of time, as 1 h 30 min or 3 weeks."""
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
