"""Notations that only a whole column shows: heights in feet and inches, and geographic degrees."""

from __future__ import annotations

import re
from collections.abc import Sequence

from semigen.tables.digits import Reading
from semigen.tables.kinds import NumberFormat
from semigen.tables.notations import LONGEST

_DASHED_FEET = re.compile(r"([4-7])-(\d|1[01])")
_DEGREES = re.compile(
    r"""(?P<before>[NSEWO])?\s*
    (?P<degrees>\d+(?:[.,]\d+)?)\s*(?P<sign>[°º])?\s*
    (?:(?P<minutes>\d+(?:[.,]\d+)?)\s*['′’]\s*)?
    (?:(?P<seconds>\d+(?:[.,]\d+)?)\s*["″”]\s*)?
    (?P<behind>[NSEWO])?""",
    re.VERBOSE,
)


def read_heights(texts: Sequence[str], written: NumberFormat | None) -> dict[int, Reading]:
    """Read heights such as 6-11 in feet and inches, if the texts are nothing else."""
    matches = [_DASHED_FEET.fullmatch(text) for text in texts]
    pairs = [(int(match[1]), int(match[2])) for match in matches if match]
    if written is not None:
        if "feet-inches" not in written.forms:
            return {}
    # Ages have no 6-1, and games of tennis no 6-11.
    elif len(pairs) < len(texts) or not (any(b <= a for a, b in pairs) and any(b > 8 for _, b in pairs)):
        return {}
    return {
        i: Reading(12.0 * int(match[1]) + int(match[2]), form="feet-inches", unit="in")
        for i, match in enumerate(matches)
        if match
    }


def read_degrees(texts: Sequence[str]) -> dict[int, Reading]:
    """Read latitudes and longitudes, where there is a degree sign or both letters of the compass occur."""
    matches = {i: match for i, text in enumerate(texts) if len(text) <= LONGEST and (match := _DEGREES.fullmatch(text))}
    letters = {match["before"] or match["behind"] for match in matches.values()} - {None}
    has_sign = any(match["sign"] for match in matches.values())
    if not letters or not (has_sign or {"N", "S"} <= letters or {"E", "W"} <= letters):
        return {}
    readings = {}
    for i, match in matches.items():
        if bool(match["before"]) != bool(match["behind"]):
            parts = (part or "0" for part in match.group("degrees", "minutes", "seconds"))
            degrees, minutes, seconds = (float(part.replace(",", ".")) for part in parts)
            value = degrees + minutes / 60 + seconds / 3600
            south_or_west = (match["before"] or match["behind"]) in "SW"
            readings[i] = Reading(-value if south_or_west else value, form="coordinate", unit="°")
    return readings
