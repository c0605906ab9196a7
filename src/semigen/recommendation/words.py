"""What was measured, in sentences for somebody who has to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from semigen.groups import n_copies, of_copies
from semigen.recommendation.choice import WORTH_IT
from semigen.recommendation.result import Calibration, CandidateResult, Misspecification
from semigen.recommendation.rows import Rows

# Labels a class below and above which the usual advice speaks of few and of many.
FEW_LABELS = 10
MANY_LABELS = 50
# Rows below which an average says little of probabilities: its interval is a quarter wide.
_TELLING = 50


def percent(share: float) -> str:
    """12.3 %."""
    return f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """12.3 percentage points: a difference between errors, not a share of one."""
    return f"{100 * difference:.1f} percentage points"


@dataclass(frozen=True)
class Advantage:
    """How the chosen candidate compares with the best of those that learn from labelled rows alone.

    Attributes
    ----------
    over : CandidateResult
        That one.
    told_apart : bool
        Whether the held-out rows show that their errors differ.
    elsewhere : float
        By how much the error of the chosen one was lower on other tables with as many labels.
    """

    over: CandidateResult
    told_apart: bool
    elsewhere: float


def verdict(
    chosen: CandidateResult,
    advantage: Advantage | None,
    n_unlabeled: int,
    guessing: float,
    others: Sequence[CandidateResult] = (),
) -> str:
    """What to use, and whether unlabelled rows make the difference.

    Parameters
    ----------
    chosen : CandidateResult
    advantage : Advantage or None
        None if nothing was measured that learns from labelled rows alone, or the chosen one does.
    n_unlabeled : int
    guessing : float
        Error of always guessing the most frequent class.
    others : sequence of CandidateResult
    """
    measured = f"{chosen.name} ({percent(chosen.error)} of held-out rows wrong)"
    guess = f"always guessing the most frequent class has {percent(guessing)} wrong"
    if chosen.error > guessing - WORTH_IT:
        return f"Nothing can be relied on yet: take {measured} for want of better, as {guess}."
    doubt = f" These rows do not prove it better than guessing: {guess}." if chosen.upper >= guessing else ""
    if not n_unlabeled:
        return f"Take {measured}; there are no unlabelled rows to learn from.{doubt}"
    if not chosen.uses_unlabeled:
        return f"{_on_labels_alone(measured, others)}{doubt}"
    if advantage is None:
        return f"Take {measured}; nothing that learns from labels alone could be measured beside it.{doubt}"
    alone = f"{advantage.over.name}, the best on labels alone, had {percent(advantage.over.error)} wrong"
    return f"Take {measured}: {alone}{_why(chosen, advantage)}{doubt}"


def _on_labels_alone(measured: str, others: Sequence[CandidateResult]) -> str:
    rivals = [each for each in others if each.uses_unlabeled]
    tried = [each for each in rivals if each.n_rounds]
    if not tried:
        return f"Take {measured}; nothing that learns from unlabelled rows too was measured beside it."
    if len(tried) == len(rivals):
        return f"Labels alone are as good as anything here: take {measured}, which looks at no unlabelled row."
    untried = [each.name for each in rivals if not each.n_rounds]
    return (
        f"Labels alone are as good as what else could be measured: take {measured}, which looks at no unlabelled row. "
        f"Nothing is known of {listed(untried)}."
    )


def _why(chosen: CandidateResult, advantage: Advantage) -> str:
    """Why it is taken rather than the best on labels alone: what rows show, and what is known of other tables."""
    fewer = chosen.error < advantage.over.error
    if fewer and advantage.told_apart:
        return ", and the held-out rows tell them apart."
    shown = "." if fewer else ", which is less." if chosen.error > advantage.over.error else ", too."
    # Rows may speak against the chosen one: errors are half of what candidates are compared by.
    rows = "These rows speak against it" if advantage.told_apart else "These rows cannot tell them apart for sure"
    if advantage.elsewhere >= WORTH_IT:
        known = f"on fifteen other tables with few labels its error was {points(advantage.elsewhere)} lower on average"
        return f"{shown} {rows}, but {known}."
    return f"{shown} {rows}{'' if fewer else '; its probabilities were the better ones'}."


def verdict_without_evidence(chosen: CandidateResult, budget: float, held_out: bool) -> str:
    """What to use if nothing was measured of it, and why nothing was."""
    if held_out:
        why = f"nothing could be compared in a budget of {budget:.3g} s. {chosen.detail}"
    else:
        why = "every class has a single label, so none could be held out, and what is known of other tables decided."
    return f"Take {chosen.name}, but without evidence: {why}"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Some names, in quotes as they may have commas, and how many more there are."""
    quoted = [f"“{name}”" for name in names]
    if len(quoted) > most:
        return f"{', '.join(quoted[:most])} and {len(quoted) - most} more"
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def evidence(rows: Rows, n_held_out: int, n_rounds: int, racing: Rows, guessing: float) -> list[str]:
    """What the comparison rests on."""
    labels = rows.labels
    sentences = []
    if n_held_out:
        times = "once" if n_rounds == 1 else f"{n_rounds} times at most"
        sentences.append(
            f"{n_held_out} labelled rows were held out {times}, with all others in training; intervals hold the error "
            "on new rows in 95 of 100 cases. What is expected of a candidate weighs these rows against how it did on "
            f"fifteen other tables. Always guessing the most frequent class has {percent(guessing)} wrong."
        )
    sentences += of_copies(n_copies(rows.copies))
    if rows.groups is not None:
        n_groups = len(np.unique(rows.groups[labels.labeled]))
        sentences.append(
            f"Labelled rows are of {n_groups} group{'s' if n_groups > 1 else ''}; a group's were held out together."
        )
    if len(racing.labels.codes) < len(labels.codes):
        sentences.append(
            f"Candidates were compared on {len(racing.labels.codes):,} rows drawn from {len(labels.codes):,}, and the "
            "chosen one was fitted to all."
        )
    single = labels.classes[labels.counts == 1].tolist()
    if single:
        shown = ", ".join(f"“{name}”" for name in single[:5]) + (
            f" and {len(single) - 5} more" if len(single) > 5 else ""
        )
        sentences.append(
            f"{shown} {'has a single label' if len(single) == 1 else 'have a single label each'}, which is never held "
            "out, so nothing is known of errors on such rows."
        )
    if not rows.size.n_unlabeled:
        sentences.append(
            "There are no unlabelled rows, so methods that only differ by them (self-training, label spreading) were "
            "left out."
        )
    return [*sentences, *rows.remarks]


def comparison(chosen: CandidateResult, others: Sequence[CandidateResult]) -> list[str]:
    """Why this one, if another did better on the held-out rows; who failed or had no time."""
    sentences = []
    measured = [each for each in others if np.isfinite(each.error) and each.status != "failed"]
    if measured and np.isfinite(chosen.error):
        lowest = min(measured, key=lambda each: each.error)
        if lowest.error < chosen.error:
            simpler = lowest.uses_unlabeled and not chosen.uses_unlabeled
            sentences.append(
                f"{lowest.name} had the lower error on the held-out rows ({percent(lowest.error)} against "
                f"{percent(chosen.error)}). "
                + (
                    f"That may be chance, and {chosen.name} is the simpler of the two."
                    if simpler
                    else f"{chosen.name} is expected to be ahead on new rows, when its probabilities and other tables "
                    "with as many labels are counted in."
                )
            )
    for status, words in (("no time", "had no time in this budget"), ("failed", "failed")):
        names = [each.name for each in others if each.status == status]
        if names:
            sentences.append(f"{', '.join(f'“{name}”' for name in names)} {words}; see the details of the candidates.")
    return sentences


def of_average(name: str, average_of: Mapping[str, float]) -> list[str]:
    """What an average consists of; nothing for a candidate that is none."""
    if not average_of:
        return []
    parts = ", ".join(f"{weight:g} × {member}" for member, weight in average_of.items())
    return [f"{name} averages class probabilities: {parts}."]


def of_labels(rows: Rows) -> str:
    """What the number of labels speaks for."""
    counts = rows.labels.counts
    typical, rarest = float(np.median(counts)), int(counts.min())
    many = (
        f"{rarest} {'label' if rarest == 1 else 'labels'} a class"
        if rarest == counts.max()
        else f"{rarest} to {counts.max()} labels a class"
    )
    if typical < FEW_LABELS:
        return f"{many}: few. Generative models need the fewest, and unlabelled rows have most to add."
    if typical < MANY_LABELS:
        return f"{many}: a moderate number. Labels alone often do as well where classes are no clouds."
    return f"{many}: many. Unlabelled rows have little to add, and labels alone are simpler."


def of_columns(rows: Rows) -> str:
    """What the number of columns speaks for."""
    size = rows.size
    if size.n_columns > size.n_rows:
        return (
            f"{size.n_columns} columns are more than the {size.n_rows} rows: no model of the columns is well "
            "determined, and classifiers that shrink, or features of fewer dimensions, are safer."
        )
    if size.n_columns > size.n_labeled:
        return (
            f"{size.n_columns} columns are more than the {size.n_labeled} labelled rows: what relates the columns has "
            "to be learnt from unlabelled rows, as mixtures and hybrids do."
        )
    return (
        f"{size.n_columns} columns, no more than the {size.n_labeled} labelled rows: that speaks for no kind of "
        "classifier and against none."
    )


def of_model(found: Misspecification | None, rows: Rows) -> str:
    """What the signs of misspecification speak for."""
    if found is None:
        why = "as values are missing" if rows.incomplete else "for too few rows, too few labels or too little time"
        return f"Whether the classes are Gaussian clouds was not measured, {why}."
    signs = []
    if found.suspicious:
        within, n = (sum(found.inside[name][i] for name in found.suspicious) for i in (0, 1))
        shown = ", ".join(map(str, found.suspicious[:5])) + (", ..." if len(found.suspicious) > 5 else "")
        signs.append(
            f"of {n} held-out rows of class {shown}, {within} lie in the ellipse that should hold half of them"
        )
    if found.density_gain > 0 and found.error_gain < -WORTH_IT:
        signs.append(
            "with the unlabelled rows a mixture describes held-out rows better and yet sorts them worse, by "
            f"{points(-found.error_gain)}"
        )
    if not signs:
        return "There is no sign that the classes are not Gaussian clouds, which is what mixtures assume."
    return f"The classes are hardly Gaussian clouds: {'; '.join(signs)}. That speaks against a single mixture."


def of_probabilities(found: Sequence[Calibration]) -> str:
    """Whether the probabilities of the first can be taken at their word."""
    if not found:
        return "Whether probabilities can be taken at their word was not measured."
    first = found[0]
    says = (
        f"{first.name} is {percent(first.confidence)} sure on average of held-out rows, and right in "
        f"{percent(first.accuracy)}"
    )
    if first.fair and first.n_rows < _TELLING:
        return f"{says}: nothing speaks against its probabilities, but {first.n_rows} rows tell little of them."
    if first.fair:
        return f"{says}: as sure as it should be on average, as far as {first.n_rows} rows tell."
    fault = "sure" if first.confidence > first.accuracy else "cautious"
    return f"{says}: it is too {fault}. Its probabilities rank rows, but do not mean what they say."


def of_missing(n_missing: int, n_cells: int) -> str:
    """What was done about missing values."""
    if not n_missing:
        return "No value is missing."
    return (
        f"{n_missing:,} of {n_cells:,} cells are blank: of numbers, mixtures use the density of what is there, and "
        "for the others gaps are filled and marked; blank text is a value of its own."
    )


def what_would_change_it(rows: Rows, advantage: Advantage | None) -> str:
    """What to do next."""
    if rows.labels.counts.min() < FEW_LABELS or (advantage is not None and not advantage.told_apart):
        return (
            "More labels would make this surer: rank_queries says which rows to label next, label_curve how the error "
            "falls with their number."
        )
    return "label_curve shows whether more labels would lower the error further."
