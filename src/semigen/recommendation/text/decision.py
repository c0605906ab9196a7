"""Sentences of the verdict: what to do, how wrong the labels will be, and compared with what."""

from __future__ import annotations

from typing import assert_never

from semigen.recommendation.text.more_labels import would_hardly_help
from semigen.recommendation.text.preference import why_preferred
from semigen.recommendation.text.wording import Medium, listed, more_time, percent, span, wrong_share
from semigen.recommendation.verdict import Caution, Decision, Unmeasured, Verdict

# Said where a table was labelled: it is no finding, as rows alone cannot show it.
PICKED_AT_RANDOM = (
    "All this holds if the labelled rows were picked at random. If they were not, the error on the others may be "
    "higher or lower."
)


def verdict(found: Verdict, medium: Medium = Medium.PYTHON) -> list[str]:
    """Return sentences: the decision, the classifier, how wrong the labels will be, and compared with what."""
    if found.unmeasured is not None:
        return [f"Use “{found.chosen}”, but without evidence: {_why_unmeasured(found.unmeasured, medium)}"]
    if found.decision is Decision.UNRELIABLE:
        return [
            "Do not rely on any of these classifiers yet: none makes fewer errors than answering "
            f"“{found.frequent}” for every row. {_remedy(found)}",
            f"The most promising is “{found.chosen}”.",
            _error_and_range(found),
            f"{_guessing(found)}.",
        ]
    return [_decision(found), *_classifier(found), _how_wrong(found), _beside_guessing(found), *_compared(found)]


def _decision(found: Verdict) -> str:
    match found.caution:
        case None:
            return f"Use “{found.chosen}”{_learns(found)}."
        case Caution.NOT_PROVED:
            return (
                f"Do not rely on the predicted labels yet: {_likely_wrong(found)}, and {found.n_held_out:,} labels "
                f"cannot show that this is better than answering “{found.frequent}” for every row. {_check(found)}"
            )
        case Caution.MANY_ERRORS:
            return f"Check every predicted label that you use: {_likely_wrong(found)}."
        case _:
            assert_never(found.caution)


def _remedy(found: Verdict) -> str:
    """Return what to do where no classifier is of use."""
    if would_hardly_help(found.more_labels):
        return "Add columns that tell the classes apart; more labels would hardly lower the error."
    return "Label more rows, or add columns that tell the classes apart."


def _check(found: Verdict) -> str:
    """Return what to do where a classifier may be of no use."""
    if would_hardly_help(found.more_labels):
        return "Check every row that you use; more labels would hardly lower the error."
    return "Label more rows to find out, or check every row that you use."


def _likely_wrong(found: Verdict) -> str:
    if not found.n_unlabeled:
        return f"about {percent(found.error)} are likely wrong"
    return f"about {found.n_wrong[0]:,} of {found.n_unlabeled:,} are likely wrong"


def _learns(found: Verdict) -> str:
    is_alone = found.decision is Decision.LABELS_ALONE and found.n_unlabeled
    return ", which learns from the labelled rows alone" if is_alone else ""


def _classifier(found: Verdict) -> list[str]:
    """Return which classifier the labels are of, where the decision does not name it."""
    return [] if found.caution is None else [f"The classifier that was chosen is “{found.chosen}”{_learns(found)}."]


def _why_unmeasured(found: Unmeasured, medium: Medium) -> str:
    if not found.budget:
        return "every class has a single label, so none could be held out, and what is known of other tables decided."
    return (
        f"nothing could be compared in a budget of {found.budget:.3g} s. "
        f"{more_time(found.more_seconds, found.needed, medium)}"
    )


def _how_wrong(found: Verdict) -> str:
    n, (wrong, least, most) = found.n_unlabeled, found.n_wrong
    if found.error == 0:
        rows = f"{most:,} of the {n:,} predicted labels" if n else "of the labels of new rows"
        return (
            f"It labelled none of the {found.n_held_out:,} held-out rows wrongly; still, up to "
            f"{f'{rows} ({percent(found.upper)})' if n else f'{percent(found.upper)} {rows}'} may be wrong."
        )
    if found.caution is not None or not n:
        return _error_and_range(found)
    return (
        f"Expect about {wrong:,} of the {n:,} predicted labels to be wrong ({percent(found.error)}); it may be "
        f"anything from {least:,} to {most:,} ({span(found.lower, found.upper)})."
    )


def _error_and_range(found: Verdict) -> str:
    _, least, most = found.n_wrong
    said = f"It labelled {wrong_share(found.error)} of the held-out rows wrongly; of"
    if not found.n_unlabeled:
        return f"{said} new rows, it may be anything from {span(found.lower, found.upper)}."
    return (
        f"{said} the {found.n_unlabeled:,} predicted labels, anything from {least:,} to {most:,} may be wrong "
        f"({span(found.lower, found.upper)})."
    )


def _guessing(found: Verdict) -> str:
    return f"Answering “{found.frequent}” for every row would be wrong in {percent(found.guessing)}"


def _beside_guessing(found: Verdict) -> str:
    if found.caution is not Caution.NOT_PROVED:
        return f"{_guessing(found)}; “{found.chosen}” is better than that beyond chance."
    where = f"inside the range {span(found.lower, found.upper)}"
    if found.guessing < found.lower:
        where = f"below the range {span(found.lower, found.upper)}"
    return f"{_guessing(found)}. That lies {where}, so the classifier may be no better than guessing."


def _compared(found: Verdict) -> list[str]:
    reference = found.reference
    if not found.n_unlabeled:
        return ["There are no unlabelled rows."]
    if reference is None:
        if found.decision is not Decision.LABELS_ALONE:
            return ["Nothing that learns from the labelled rows alone could be measured beside it."]
        if found.unknown:
            return [f"{listed(found.unknown)}, which learn from the unlabelled rows too, could not be measured."]
        return ["There was nothing that learns from unlabelled rows to compare it with."]
    kind = "from the unlabelled rows too" if found.decision is Decision.LABELS_ALONE else "from the labelled rows alone"
    return [
        f"“{reference.name}”, which learns {kind}, labelled {wrong_share(reference.error)} of the held-out rows "
        f"wrongly, against {percent(found.error)} by “{found.chosen}”.",
        why_preferred(found.chosen, found.error, reference, found.n_held_out),
    ]
