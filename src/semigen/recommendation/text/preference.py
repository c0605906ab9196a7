"""Sentences on why one classifier is preferred to another: what held-out rows show of the two, and what decided."""

from __future__ import annotations

from typing import assert_never

from semigen.recommendation.choice import WORTH_IT
from semigen.recommendation.text.wording import points
from semigen.recommendation.verdict import Ground, Reference


def why_preferred(chosen: str, error: float, other: Reference, n_held_out: int) -> str:
    """Return whether the difference between two errors is sure, and why one of them was chosen.

    Parameters
    ----------
    chosen : str
    error : float
        Of the chosen classifier.
    other : Reference
    n_held_out : int
        Rows that both errors are of.
    """
    return f"{_difference(error, other, n_held_out)}{_what_decided(chosen, other)}"


def _difference(error: float, other: Reference, n_held_out: int) -> str:
    difference = other.error - error
    if other.ground is Ground.SHOWN:
        least = "" if other.by_chance is None else f" ({points(other.by_chance)} at most)"
        return f"The difference of {points(difference)} is more than chance explains{least}."
    if difference == 0:
        # By the rule of three, what no row of n shows may still happen in three of n.
        hidden = max(other.by_chance or 0.0, 3 / max(n_held_out, 1))
        below = "any difference" if hidden >= 1 else f"a difference of less than {points(hidden)}"
        return f"The two errors are the same; {n_held_out:,} rows cannot show {below}."
    seen = f"That is {points(abs(difference))} {'more' if difference > 0 else 'less'}, which may be chance"
    if other.by_chance is None:
        return f"{seen}."
    explained = f"up to {points(other.by_chance)}" if other.by_chance < 1 else "any difference"
    return f"{seen}: chance alone explains {explained} here."


def _what_decided(chosen: str, other: Reference) -> str:
    known = f"on other tables like this one (about {other.n_similar:.0f})"
    match other.ground:
        case Ground.KNOWN if other.elsewhere >= WORTH_IT:
            return f" What decided: {known}, “{chosen}” made fewer errors, by {points(other.elsewhere)} on average."
        case Ground.KNOWN:
            return (
                " What decided: how both, and classifiers of the same kinds, did on other tables speaks for "
                f"“{chosen}”."
            )
        case Ground.PROBABILITIES:
            return (
                f" What decided: the probabilities of “{chosen}” fit the hidden labels better, as it was surer where "
                "it was right, or less sure where it was wrong."
            )
        case Ground.NOT_WORTH_IT:
            return f" “{other.name}” was not chosen, as {_not_worth_it(chosen, other, known)}."
        case Ground.FEWER:
            return f" “{chosen}” was chosen for its lower error here."
        case Ground.SHOWN:
            return ""
        case _:
            assert_never(other.ground)


def _not_worth_it(chosen: str, other: Reference, known: str) -> str:
    if other.n_similar < 1:
        return "no other table is like this one, and the held-out rows do not prove that it lowers the error"
    if other.elsewhere >= WORTH_IT:
        return f"{known}, “{chosen}” made fewer errors, by {points(other.elsewhere)} on average"
    if other.elsewhere > -WORTH_IT:
        return (
            f"{known}, its error was about that of “{chosen}”, and the held-out rows here do not prove a lower one. "
            "Then what needs the labelled rows alone is chosen"
        )
    return (
        f"the held-out rows here do not prove that its error is lower. Then what needs the labelled rows alone is "
        f"chosen, although {known} the other made fewer errors, by {points(-other.elsewhere)} on average"
    )
