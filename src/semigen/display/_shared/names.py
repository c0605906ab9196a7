"""Names of classes and columns as a picture shows them: letter by letter, short enough, and still different."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from semigen._legible import legible, without_middle

# Letters that there is room for: among the dots, in a legend or beside the axes, and along an axis.
ON_THE_PICTURE, BESIDE, ALONG = 12, 28, 60


def as_written(name: Any) -> str:
    """Return a name that matplotlib shows as it is, in one line: a pair of dollars would start a formula."""
    return _in_a_line(name).replace("$", r"\$")


def short_name(name: Any, longest: int = BESIDE) -> str:
    """Return a name with its middle left out if it is long: names often differ at their ends."""
    return as_written(without_middle(_in_a_line(name), longest))


def short_names(names: Sequence[Any], longest: int = BESIDE) -> list[str]:
    """Return all names of a picture, shortened so that different ones stay different where that can be.

    Where leaving out the middle makes two alike, what all long names begin and end with is left out instead.
    """
    return [as_written(name) for name in _shortened(names, longest)]


def in_lines(names: Sequence[Any], width: int = BESIDE, longest: int = ALONG) -> list[str]:
    """Return all names of a picture in lines of this width, shortened as by `short_names` only beyond `longest`."""
    return ["\n".join(map(as_written, textwrap.wrap(name, width))) for name in _shortened(names, longest)]


def _shortened(names: Sequence[Any], longest: int) -> list[str]:
    whole = [_in_a_line(name) for name in names]
    short = [without_middle(name, longest) for name in whole]
    long = [i for i, name in enumerate(whole) if len(name) > longest]
    if len(set(short)) < len(set(whole)) and len(long) > 1:
        begin = _n_alike([whole[i] for i in long])
        end = _n_alike([whole[i][begin:][::-1] for i in long])
        for i in long:
            kept = whole[i][begin : len(whole[i]) - end]
            short[i] = without_middle(f"{'…' if begin else ''}{kept}{'…' if end else ''}", longest)
    return short


def _in_a_line(name: Any) -> str:
    return legible(" ".join(str(name).split()))


def _n_alike(names: Sequence[str]) -> int:
    """Return the number of letters that all names begin with."""
    return next(
        (j for j, letters in enumerate(zip(*names, strict=False)) if len(set(letters)) > 1), min(map(len, names))
    )
