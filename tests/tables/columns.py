"""Sixty columns as people write them down, and the kind that a person would give each."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

N = 120
_rng = np.random.default_rng(7)


def _floats(scale: float = 10.0, digits: int = 2) -> list[float]:
    return np.abs(_rng.normal(5 * scale, scale, N)).round(digits).tolist()


def _ints(low: int, high: int) -> list[int]:
    return _rng.integers(low, high, N).tolist()


def _each(write: Callable[[float], str], values: list[float]) -> list[str]:
    return [write(value) for value in values]


def _with(cells: list[str], words: list[str], every: int = 7) -> list[str]:
    """Every so many cells, one of the words instead."""
    return [words[(i // every) % len(words)] if i % every == 0 else cell for i, cell in enumerate(cells)]


def _choice(words: list[str]) -> list[str]:
    return _rng.choice(words, N).tolist()


def _grouped(value: float, group: str, decimal: str) -> str:
    return f"{value:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", group)


def _dates(form: str) -> list[str]:
    start = np.datetime64("2019-01-01T08:30:15")
    moments = start + _rng.integers(0, 86400 * 900, N).astype("timedelta64[s]")
    return [moment.astype(object).strftime(form) for moment in moments]


_WORDS = re.findall(r"\w+", "the parcel came late and the box was open please send a new one thanks for your kind help")


def _sentence() -> str:
    return " ".join(_rng.choice(_WORDS, 9).tolist())


_MONEY = (1234.5 * np.abs(_rng.normal(3, 1, N))).round(2).tolist()

# Named by the issue.
LISTED: dict[str, tuple[list[str], str]] = {
    "n.d.": (_with(_each(str, _floats()), ["n.d."]), "number"),
    "#N/A": (_with(_each(str, _floats()), ["#N/A"]), "number"),
    "dash": (_with(_each(str, _floats()), ["-"]), "number"),
    "point": (_with(_each(str, _floats()), ["."]), "number"),
    "limit": (_with(_each(str, _ints(18, 60)), ["<18"]), "number"),
    "backslash": (_with(_each(str, _floats()), ["\\N"]), "number"),
    "NaT": (_with(_each(str, _floats()), ["NaT", "<NA>"], 4), "number"),
    "hex": (_each(lambda v: hex(int(v)), _ints(1000, 90000)), "number"),
    "thousands": (_each(lambda v: f"{v:,.2f}", _MONEY), "number"),
    "percent": (_each(lambda v: f"{v}%", _floats()), "number"),
    "spend": (_with(_each(lambda v: f"${v:,.2f}", _MONEY), [""]), "number"),
    "behind": (_each(lambda v: f"{_grouped(v, '.', ',')} €", _MONEY), "number"),
    "comma": (_each(lambda v: str(v).replace(".", ","), _floats()), "number"),
    "apostrophe": (_each(lambda v: _grouped(v, "'", "."), _MONEY), "number"),
    "minus": (_each(lambda v: str(v - 50).replace("-", "−"), _floats()), "number"),
    "brackets": (_each(lambda v: f"({v:,.2f})" if v > 4000 else f"{v:,.2f}", _MONEY), "number"),
    "zulu": (_dates("%Y-%m-%dT%H:%M:%SZ"), "date"),
    "offset": (_dates("%Y-%m-%dT%H:%M:%S+02:00"), "date"),
    "micro": (_dates("%Y-%m-%d %H:%M:%S.123456"), "date"),
    "no seconds": (_dates("%Y-%m-%d %H:%M"), "date"),
    "d/m/Y": (_dates("%d/%m/%Y"), "date"),
    "d.m.Y": (_dates("%d.%m.%Y"), "date"),
    "m/d/Y": (_dates("%m/%d/%Y"), "date"),
    "clock": (_dates("%H:%M"), "duration"),
    "duration": (_each(lambda v: f"0 days {int(v) % 24:02d}:{int(v) % 60:02d}:30", _ints(0, 5000)), "duration"),
    "message": ([_sentence() for _ in range(N)], "text"),
    "name": ([f"P-{i:04d}x" for i in range(N)], "identifier"),
    "row": ([str(i) for i in range(N)], "identifier"),
    "farm": (["home"] * N, "constant"),
    "plan": (_choice(["free", "team", "firm"]), "category"),
}

# Not named by it: from public tables, spreadsheets and forms.
OTHERS: dict[str, tuple[list[str], str]] = {
    "age": (_with(_each(str, _ints(17, 90)), ["?"]), "number"),
    "weight": (_each(lambda v: f"{v} kg", _floats()), "number"),
    "mixed units": (_each(lambda v: f"{v:.1f} kg" if v > 50 else f"{1000 * v:.0f} g", _floats()), "number"),
    "height": (_each(lambda v: f"{int(v) // 12}'{int(v) % 12}\"", _ints(58, 80)), "number"),
    "plus minus": (_each(lambda v: f"{v} ± 0.3", _floats()), "number"),
    "footnotes": (_with(_each(str, _floats()), ["12.5*", "13.1 [2]", "11†"], 6), "number"),
    "scientific": (_each(lambda v: f"{v:.3e}", _floats(1e6)), "number"),
    "swiss": (_each(lambda v: f"CHF {_grouped(v, '’', '.')}", _MONEY), "number"),
    "french": (_each(lambda v: _grouped(v, "\u202f", ","), _MONEY), "number"),
    "fifa": (_each(lambda v: f"€{v / 1000:.1f}M" if v > 3000 else f"€{v:.0f}K", _MONEY), "number"),
    "installs": (_each(lambda v: f"{10 ** (v % 6 + 1):,}+", _ints(0, 100)), "ordered"),
    "latitude": (_each(lambda v: f"{v}°{'N' if v > 50 else 'S'}", _floats()), "number"),
    "ratio": (_each(lambda v: f"{v % 7 + 1}/{v % 5 + 2}", _ints(0, 100)), "number"),
    "fahrenheit": (_each(lambda v: f"{v}°F", _floats()), "number"),
    "ages": (_choice(["10-19", "20-29", "30-39", "40-49"]), "ordered"),
    "likert": (_choice(["strongly disagree", "disagree", "neutral", "agree", "strongly agree"]), "ordered"),
    "size": (_choice(["S", "M", "L", "XL"]), "ordered"),
    "class": (_choice(["1st", "2nd", "3rd"]), "ordered"),
    "smoker": (_choice(["ja", "nein"]), "boolean"),
    "flag": (_choice(["t", "f"]), "boolean"),
    "zero one": (_choice(["0", "1"]), "boolean"),
    "Yes": (_with(_choice(["Yes", "no", "Y", "N"]), ["NA"]), "boolean"),
    "plz": (_choice(["01067", "80331", "04109", "20095"]), "code"),
    "A11": (_choice(["A11", "A12", "A13", "A14"]), "category"),
    "phone": ([f"+49 30 {int(v)}" for v in _rng.integers(1e6, 9e6, N)], "identifier"),
    "month": (_dates("%b %Y"), "date"),
    "quarter": ([f"{2010 + int(v) % 9}-Q{int(v) % 4 + 1}" for v in _ints(0, 90)], "date"),
    "week": ([f"{2010 + int(v) % 9}-W{int(v) % 50 + 1:02d}" for v in _ints(0, 900)], "date"),
    "yyyymmdd": (_dates("%Y%m%d"), "date"),
    "runtime": (_each(lambda v: f"{int(v) // 60 + 1}h {int(v) % 60}m", _ints(60, 200)), "duration"),
}

COLUMNS = LISTED | OTHERS
