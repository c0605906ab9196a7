"""Words that sentences share: figures, names, and what to type."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class Medium(StrEnum):
    """Where a sentence is read."""

    PYTHON = "python"
    COMMAND = "command"
    PAGE = "page"


def percent(share: float) -> str:
    """Return a share as 12.3 %."""
    return f"{100 * share:.1f} %"


def wrong_share(error: float) -> str:
    """Return an error as a share of rows: none, or 12.3 %."""
    return percent(error) if error else "none"


def span(low: float, high: float) -> str:
    """Return two shares as 12.3 to 45.6 %."""
    return f"{100 * low:.1f} to {percent(high)}"


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
    return f"It needs about {seconds:,.0f} s more; give {typed_budget(budget, medium)} (seconds)."


def typed_budget(seconds: float, medium: Medium) -> str:
    """Return what is typed for so many seconds, without a space at which a line may end."""
    return f"budget={seconds:g}" if medium is Medium.PYTHON else f"--budget={seconds:g}"


def budgets(seconds: float, seconds_for_all: float, medium: Medium) -> str:
    """Return what to type to compare one more classifier, and to compare all of them."""
    if seconds == seconds_for_all:
        return f"With {typed_budget(seconds, medium)} (seconds) it is compared as well."
    return (
        f"With {typed_budget(seconds, medium)} (seconds) one more is compared, with "
        f"{typed_budget(seconds_for_all, medium)} all of them."
    )
