"""Words that sentences share: figures, names, what to type, and why one classifier is preferred to another."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import assert_never

from semigen.recommendation.choice import WORTH_IT
from semigen.recommendation.findings import Ground


class Medium(StrEnum):
    """Where a sentence is read."""

    PYTHON = "python"
    COMMAND = "command"
    PAGE = "page"


def percent(share: float) -> str:
    """Return a share as 12.3 %."""
    return f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """Return a difference between errors, as in 12.3 percentage points."""
    return f"{100 * difference:.1f} percentage points"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Return some names, in quotes as they may have commas, and how many more there are."""
    quoted = [f"“{name}”" for name in names]
    if len(quoted) > most:
        return f"{', '.join(quoted[:most])} and {len(quoted) - most} more"
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def more_time(seconds: float, budget: float, medium: Medium) -> str:
    """Return how much time a classifier needs besides, and what to type for it."""
    return f"It needs about {seconds:,.0f} s more; give {typed_budget(budget, medium)}."


def typed_budget(seconds: float, medium: Medium) -> str:
    """Return what is typed for so many seconds."""
    return f"budget={seconds:g}" if medium is Medium.PYTHON else f"--budget {seconds:g}"


def up_to(by_chance: float | None) -> str:
    """Return how large a difference chance explains, as a clause; nothing if it is not known."""
    if by_chance is None:
        return ""
    return f", which explains {f'up to {points(by_chance)}' if by_chance < 1 else 'any difference'} here"


def on_what_ground(ground: Ground, chosen: str, other: str, elsewhere: float) -> str:
    """Return why one was preferred to the other, if it was not for the errors on held-out rows, as a clause."""
    match ground:
        case Ground.KNOWN if elsewhere >= WORTH_IT:
            return (
                f"; but on tables like this one “{chosen}” had fewer errors than “{other}”, by {points(elsewhere)} on "
                "average"
            )
        case Ground.KNOWN:
            return f"; but what is known of both, and of classifiers like them, from other tables speaks for “{chosen}”"
        case Ground.PROBABILITIES:
            return f"; but the probabilities of “{chosen}” were the better ones"
        case Ground.SIMPLER:
            return (
                f"; “{chosen}” is the simpler one, as it needs no unlabelled rows, and these are expected to lower the "
                f"error by less than {points(WORTH_IT)}"
            )
        case Ground.FEWER | Ground.SHOWN:
            return ""
        case _:
            assert_never(ground)
