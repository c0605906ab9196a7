"""Digits with marks between them, as 1,234.5 or 1 234,5: their value, or both values where a mark has two meanings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Reading:
    """A text read as a number, before its column has decided on the decimal sign and the unit.

    Attributes
    ----------
    value : float
        With a decimal point, where that is not known.
    other : float or None
        The value with a decimal comma, where the text does not say which it has, as 1,234 and 1.234.
    decimal : str
        The decimal sign, where the text says which it has.
    grouping : str
        The mark between groups of digits.
    unit, currency : str
    form : str
        A notation other than plain digits, as "range" or "footnote".
    limit : {"", "below", "above"}
    glued : bool
        Whether the unit follows the digits without a space.
    bracketed : bool
        Whether brackets are all that makes it negative, as in (2017).
    minus_behind : bool
    """

    value: float
    other: float | None = None
    decimal: str = ""
    grouping: str = ""
    unit: str = ""
    currency: str = ""
    form: str = ""
    limit: str = ""
    glued: bool = False
    bracketed: bool = False
    minus_behind: bool = False

    def negate(self) -> None:
        """Change the sign."""
        self.value = -self.value
        self.other = None if self.other is None else -self.other


def read_digits(body: str) -> Reading | None:
    """Read digits, of which some may be parted by a point, a comma, a space, an apostrophe or an underscore."""
    separators = set(body) & set("'’_ ")
    if len(separators) > 1:
        return None
    marks = [mark for mark in ".," if mark in body]
    if separators:
        return None if len(marks) > 1 else _grouped(body, separators.pop(), "".join(marks))
    if not marks:
        return Reading(float(body))
    if len(marks) == 2:
        group, decimal = sorted(marks, key=body.rfind)
        return _grouped(body, group, decimal)
    mark = marks[0]
    if body.count(mark) > 1:
        if not _are_groups(body.split(mark)):
            return None
        return Reading(float(body.replace(mark, "")), decimal="," if mark == "." else ".", grouping=mark)
    return _with_one_mark(body, mark)


def may_be_group(whole: str, behind: str) -> bool:
    """Return whether the mark between these digits may group them, as in 1,234, rather than be a decimal sign."""
    return len(behind) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0"


def _with_one_mark(body: str, mark: str) -> Reading:
    whole, _, behind = body.partition(mark)
    as_decimal, as_group = float(f"{whole}.{behind}"), float(whole + behind)
    if not may_be_group(whole, behind):
        return Reading(as_decimal, decimal=mark)
    with_point, with_comma = (as_decimal, as_group) if mark == "." else (as_group, as_decimal)
    return Reading(with_point, with_comma, grouping=mark)


def _grouped(body: str, group: str, decimal: str) -> Reading | None:
    """Read digits whose marks have one meaning each; `decimal` is empty where there is no decimal sign."""
    whole, _, fraction = body.partition(decimal) if decimal else (body, "", "")
    if set(fraction) & {group, decimal} or not _are_groups(whole.split(group)):
        return None
    return Reading(float(f"{whole.replace(group, '')}.{fraction}"), decimal=decimal, grouping=group)


def _are_groups(groups: list[str]) -> bool:
    """Return whether digits come in threes, or as in India in twos but for the last three."""
    inner = {len(group) for group in groups[1:-1]}
    return len(groups) == 1 or (1 <= len(groups[0]) <= 3 and len(groups[-1]) == 3 and (inner <= {3} or inner <= {2}))
