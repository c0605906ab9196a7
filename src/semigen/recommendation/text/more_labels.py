"""Sentences on whether more labels would help, and on what follows from that for other advice."""

from __future__ import annotations

from typing import assert_never

from semigen.model_selection.more_labels import FEWEST_DRAWS, WORTH_LABELLING, Help, MoreLabels
from semigen.recommendation.text.wording import percent, points

QUESTION = "Would more labels help?"


def more_labels(found: MoreLabels) -> str:
    """Return whether more labels would lower the error: yes, no or that it cannot be told, and why."""
    match found.help:
        case Help.YES:
            return (
                f"Yes, more labels are likely to lower the error. {_seen(found)} That fall of {points(found.fall)} is "
                f"more than chance explains ({points(found.by_chance)} at most)."
            )
        case Help.NO:
            return (
                f"No, more labels of this kind would hardly lower the error. {_seen(found)} Even with the luck of the "
                f"draw allowed for, twice as many labels lower it by less than {points(WORTH_LABELLING)}."
            )
        case Help.CANNOT_TELL if found.n_draws < FEWEST_DRAWS:
            draws = "one draw" if found.n_draws == 1 else f"{found.n_draws} draws"
            return (
                f"That cannot be told from {draws} of the labels, and there was time for no more. {_seen(found)} More "
                "draws, as label_curve makes them in Python, would show how much of that is luck."
            )
        case Help.CANNOT_TELL:
            explained = f"up to {points(found.by_chance)}" if found.by_chance < 1 else "any difference"
            return f"That cannot be told. {_seen(found)} Chance alone explains {explained} here."
        case _:
            assert_never(found.help)


def _seen(found: MoreLabels) -> str:
    went = "stayed at" if percent(found.error_few) == percent(found.error_many) else "went from {} to"
    return (
        f"With {found.many:,} labels instead of {found.few:,}, the error of “{found.name}” "
        f"{went.format(percent(found.error_few))} {percent(found.error_many)}."
    )


def would_hardly_help(found: MoreLabels | None) -> bool:
    """Return whether it was measured that more labels would hardly lower the error."""
    return found is not None and found.help is Help.NO
