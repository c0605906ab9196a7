"""Names of classes and columns as a picture shows them: letter by letter, short enough, and still different."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

# Letters that there is room for: among the dots, in a legend or beside the axes, and along an axis.
ON_THE_PICTURE, BESIDE, ALONG = 12, 28, 60


def as_written(name: Any) -> str:
    """A name as matplotlib shows it letter by letter, in one line: a pair of dollars would start a formula."""
    return " ".join(str(name).split()).replace("$", r"\$")


def short_name(name: Any, longest: int = BESIDE) -> str:
    """One name, with its middle left out if it is long: names often differ at their ends."""
    return as_written(_without_middle(" ".join(str(name).split()), longest))


def short_names(names: Sequence[Any], longest: int = BESIDE) -> list[str]:
    """All names of a picture, shortened so that different ones stay different where that can be.

    Where leaving out the middle makes two alike, what all long names begin and end with is left out instead.
    """
    whole = [" ".join(str(name).split()) for name in names]
    short = [_without_middle(name, longest) for name in whole]
    long = [i for i, name in enumerate(whole) if len(name) > longest]
    if len(set(short)) < len(set(whole)) and len(long) > 1:
        begin = _n_alike([whole[i] for i in long])
        end = _n_alike([whole[i][begin:][::-1] for i in long])
        for i in long:
            kept = whole[i][begin : len(whole[i]) - end]
            short[i] = _without_middle(f"{'…' if begin else ''}{kept}{'…' if end else ''}", longest)
    return [as_written(name) for name in short]


def _without_middle(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    n_last = (longest - 1) // 2
    return f"{text[: math.ceil((longest - 1) / 2)]}…{text[len(text) - n_last :]}"


def _n_alike(names: Sequence[str]) -> int:
    """How many letters all names begin with."""
    return next(
        (j for j, letters in enumerate(zip(*names, strict=False)) if len(set(letters)) > 1), min(map(len, names))
    )
