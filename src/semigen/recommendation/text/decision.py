"""Sentences of the verdict: what to do, how wrong the labels will be, and compared with what."""

from __future__ import annotations

from typing import assert_never

from semigen.recommendation.findings import MANY_ERRORS, Caution, Decision, Ground, Reference, Unmeasured, Verdict
from semigen.recommendation.text.wording import Medium, listed, more_time, on_what_ground, percent, points, up_to


def verdict(found: Verdict, medium: Medium = Medium.PYTHON) -> list[str]:
    """Return sentences: the decision and how sure it is, how wrong the labels will be, and compared with what."""
    if found.unmeasured is not None:
        return [f"Use “{found.chosen}”, but without evidence: {_why_unmeasured(found.unmeasured, medium)}"]
    if found.decision is Decision.UNRELIABLE:
        return [
            "Do not rely on any of these classifiers yet: none is better than always guessing the most frequent class, "
            f"“{found.frequent}”.",
            f"The most promising, “{found.chosen}”, labels {percent(found.error)} of the rows wrongly "
            f"({percent(found.lower)} to {percent(found.upper)} fits what was seen).",
            f"Always guessing “{found.frequent}” labels {percent(found.guessing)} of the rows wrongly.",
            "Label more rows, or add columns that tell the classes apart.",
        ]
    return [_decision(found), _how_wrong(found), _beside_guessing(found), *_compared(found)]


def _decision(found: Verdict) -> str:
    is_alone = found.decision is Decision.LABELS_ALONE and found.n_unlabeled
    alone = ", which learns from the labelled rows alone" if is_alone else ""
    match found.caution:
        case None:
            return f"Use “{found.chosen}”{alone}."
        case Caution.NOT_PROVED:
            return (
                f"Do not use the labels of “{found.chosen}” unchecked: it is the best choice here, but not proved "
                f"better than always guessing the most frequent class, “{found.frequent}”."
            )
        case Caution.MANY_ERRORS:
            return (
                f"Use “{found.chosen}”{alone and alone + ','} only where you can check its labels: "
                f"{100 * MANY_ERRORS:.0f} % of them or more are expected to be wrong."
            )
        case _:
            assert_never(found.caution)


def _why_unmeasured(found: Unmeasured, medium: Medium) -> str:
    if not found.budget:
        return "every class has a single label, so none could be held out, and what is known of other tables decided."
    return (
        f"nothing could be compared in a budget of {found.budget:.3g} s. "
        f"{more_time(found.more_seconds, found.needed, medium)}"
    )


def _how_wrong(found: Verdict) -> str:
    if found.error == 0:
        return f"It labelled no held-out row wrongly; up to {percent(found.upper)} wrong labels fit what was seen."
    return (
        f"Expect {percent(found.error)} wrong labels; anything from {percent(found.lower)} to {percent(found.upper)} "
        "fits what was seen."
    )


def _beside_guessing(found: Verdict) -> str:
    guessing = f"Always guessing “{found.frequent}” would give {percent(found.guessing)} wrong labels"
    if found.caution is Caution.NOT_PROVED:
        return (
            f"{guessing}, which fits what was seen as well: more labels are needed to tell whether "
            f"“{found.chosen}” is better than that."
        )
    return f"{guessing}; “{found.chosen}” is better than that beyond chance."


def _compared(found: Verdict) -> list[str]:
    reference = found.reference
    if not found.n_unlabeled:
        return ["There are no unlabelled rows."]
    if found.decision is Decision.LABELS_ALONE:
        if reference is not None:
            had = percent(reference.error)
            return [
                f"“{reference.name}”, the best that learns from the unlabelled rows too, had {had}.",
                _why_preferred(found, reference),
            ]
        if found.unknown:
            return [f"{listed(found.unknown)}, which learn from the unlabelled rows too, could not be measured."]
        return ["There was nothing that learns from unlabelled rows to compare it with."]
    if reference is None:
        return ["Nothing that learns from the labelled rows alone could be measured beside it."]
    return [
        f"“{reference.name}”, the best that learns from the labelled rows alone, had {percent(reference.error)}.",
        _why_preferred(found, reference),
    ]


def _why_preferred(found: Verdict, reference: Reference) -> str:
    difference = abs(found.error - reference.error)
    if reference.ground is Ground.SHOWN:
        least = "" if reference.by_chance is None else f" ({points(reference.by_chance)} at most)"
        return f"The difference of {points(difference)} is more than chance explains{least}."
    if difference == 0:
        seen = "That is the same error"
    elif found.error < reference.error:
        seen = f"The difference of {points(difference)} may be chance{up_to(reference.by_chance)}"
    else:
        seen = f"That is lower by {points(difference)}, but may be chance{up_to(reference.by_chance)}"
    return f"{seen}{on_what_ground(reference.ground, found.chosen, reference.name, reference.elsewhere)}."
