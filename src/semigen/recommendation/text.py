"""Sentences of what was found, for somebody who has to decide; each medium says what its reader can type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from semigen.model_selection.groups import of_copies
from semigen.recommendation.findings import (
    Amount,
    Average,
    Calibration,
    Clouds,
    Columns,
    Copies,
    Decision,
    Failures,
    Finding,
    Gaps,
    Ground,
    Groups,
    HeldOutLabels,
    Labels,
    LowerError,
    Misspecification,
    NextStep,
    NoUnlabeledRows,
    OutOfTime,
    Reference,
    Remark,
    Sample,
    SingleLabels,
    Status,
    Sureness,
    Unmeasured,
    Verdict,
)

if TYPE_CHECKING:
    from semigen.recommendation.result import CandidateResult

# Rows below which an average says little of probabilities: its interval is a quarter wide.
_TELLING = 50
# A difference in error below this is none.
_NOTHING = 0.005


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


def verdict(found: Verdict, medium: Medium = Medium.PYTHON) -> list[str]:
    """Return sentences: the decision, how wrong it will be, compared with what, and how sure that is."""
    if found.unmeasured is not None:
        return [f"Use “{found.chosen}”, but without evidence: {_why_unmeasured(found.unmeasured, medium)}"]
    if found.decision is Decision.UNRELIABLE:
        return [
            "Do not rely on any of these classifiers yet.",
            f"None is better than guessing: the most promising, “{found.chosen}”, labels {percent(found.error)} of the "
            f"rows wrongly ({percent(found.lower)} to {percent(found.upper)} fits what was seen).",
            f"Always guessing “{found.frequent}” labels {percent(found.guessing)} of the rows wrongly.",
            "Label more rows, or add columns that tell the classes apart.",
        ]
    is_alone = found.decision is Decision.LABELS_ALONE and found.n_unlabeled
    alone = ", which learns from the labelled rows alone" if is_alone else ""
    return [f"Use “{found.chosen}”{alone}.", _how_wrong(found), *_compared(found), _beside_guessing(found)]


def _why_unmeasured(found: Unmeasured, medium: Medium) -> str:
    if not found.budget:
        return "every class has a single label, so none could be held out, and what is known of other tables decided."
    return (
        f"nothing could be compared in a budget of {found.budget:.3g} s. "
        f"{_more_time(found.more_seconds, found.needed, medium)}"
    )


def _more_time(seconds: float, budget: float, medium: Medium) -> str:
    return f"It needs about {seconds:,.0f} s more; give {_typed_budget(budget, medium)}."


def _how_wrong(found: Verdict) -> str:
    if found.error == 0:
        return f"It labelled no held-out row wrongly; up to {percent(found.upper)} wrong labels fit what was seen."
    return (
        f"Expect {percent(found.error)} wrong labels; anything from {percent(found.lower)} to {percent(found.upper)} "
        "fits what was seen."
    )


def _beside_guessing(found: Verdict) -> str:
    guessing = f"Always guessing “{found.frequent}” would give {percent(found.guessing)} wrong labels"
    if found.upper >= found.guessing:
        return f"{guessing}; “{found.chosen}” is not proved better than that, so check its labels before you use them."
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
    if found.error == reference.error:
        seen = "That is as low"
    else:
        seen = (
            "That difference may be chance" if found.error < reference.error else "That is lower, which may be chance"
        )
    match reference.ground:
        case Ground.SHOWN:
            return "Chance does not explain that difference."
        case Ground.KNOWN:
            return (
                f"{seen}, but on tables like this one “{found.chosen}” had fewer errors than “{reference.name}”, by "
                f"{points(reference.elsewhere)} on average."
            )
        case Ground.PROBABILITIES:
            return f"{seen}; the probabilities of “{found.chosen}” were the better ones."
        case Ground.SIMPLER:
            return (
                f"{seen}; with other tables counted in, “{found.chosen}” is expected to do as well without unlabelled "
                "rows."
            )
        case Ground.FEWER:
            return f"{seen}."
        case _:
            assert_never(reference.ground)


def sentences(findings: Iterable[Finding], medium: Medium = Medium.PYTHON) -> list[str]:
    """Return a sentence or two for each finding, and none for those that say nothing."""
    return [said for each in findings if (said := sentence(each, medium))]


def sentence(finding: Finding, medium: Medium = Medium.PYTHON) -> str:
    """Return what to say of a finding; nothing if there is nothing to say."""
    match finding:
        case Average(name, weights):
            parts = ", ".join(f"{weight:g} × {member}" for member, weight in weights.items())
            return f"“{name}” averages class probabilities: {parts}."
        case HeldOutLabels():
            return _of_evidence(finding)
        case Copies(n_rows):
            return " ".join(of_copies(n_rows))
        case Groups(number):
            return (
                f"Labelled rows are of {number:,} group{'s' if number > 1 else ''}; a group's were held out together."
            )
        case Sample(n_rows, of):
            return f"Classifiers were compared on {n_rows:,} rows drawn from {of:,}; the chosen one learnt from all."
        case SingleLabels(classes):
            have = "has a single label" if len(classes) == 1 else "have a single label each"
            return f"{listed(classes, 5)} {have}, which is never held out, so nothing is known of errors on such rows."
        case NoUnlabeledRows():
            return (
                "There are no unlabelled rows, so methods that only differ by them (self-training, label spreading) "
                "were left out."
            )
        case Remark(said):
            return said
        case LowerError():
            return _of_lower_error(finding)
        case Failures(names):
            where = "; see the details of the candidates" if medium is Medium.PYTHON else ""
            return f"{listed(names)} failed{where}."
        case OutOfTime():
            return _of_time(finding, medium)
        case Labels():
            return _of_labels(finding)
        case Columns():
            return _of_columns(finding)
        case Clouds(found, incomplete):
            return _of_clouds(found, incomplete)
        case Sureness(found):
            return of_probabilities(found)
        case Gaps(n_missing, n_cells):
            return _of_gaps(n_missing, n_cells)
        case NextStep():
            return _next_step(finding, medium)
        case _:
            assert_never(finding)


def _of_evidence(found: HeldOutLabels) -> str:
    times = "" if found.n_rounds == 1 else f" That was done up to {found.n_rounds} times."
    said = (
        f"The labels of {found.n_rows:,} rows were hidden, a fold at a time, and guessed by classifiers that had "
        f"learnt from all other rows.{times} Intervals hold the error on new rows in 95 of 100 cases."
    )
    if found.n_similar >= 1:
        return (
            f"{said} The choice weighs these rows against how the classifiers did on other tables, of which about "
            f"{found.n_similar:.0f} are like this one."
        )
    return f"{said} No table that was measured before is like this one, so these rows alone decide."


def _of_lower_error(found: LowerError) -> str:
    said = (
        f"“{found.name}” had the lower error on the held-out rows ({percent(found.error)} against "
        f"{percent(found.chosen_error)}). "
    )
    if found.is_chance:
        return f"{said}That may be chance, and “{found.chosen}” needs no unlabelled rows."
    return (
        f"{said}That may be chance: “{found.chosen}” is expected to be ahead on new rows, when its probabilities and "
        "other tables are counted in."
    )


def _of_time(found: OutOfTime, medium: Medium) -> str:
    flag = _typed_budget(found.budget, medium)
    who = "It" if len(found.names) == 1 else "The first of them"
    return (
        f"{listed(found.names)} had no time. {who} needs about {found.seconds:,.0f} s more than was left; {flag} gives "
        "enough."
    )


def _typed_budget(seconds: float, medium: Medium) -> str:
    """Return what is typed for so many seconds."""
    return f"budget={seconds:g}" if medium is Medium.PYTHON else f"--budget {seconds:g}"


def of_status(candidate: CandidateResult, medium: Medium = Medium.PYTHON) -> str:
    """Return what became of a candidate."""
    match candidate.status:
        case Status.FAILED:
            return candidate.failure
        case Status.NO_TIME if candidate.budget:
            return _more_time(candidate.more_seconds, candidate.budget, medium)
        case Status.NO_TIME:
            return "It averages what others say, and not all of them could be measured."
        case Status.NOT_MEASURED:
            return "No label could be held out to measure it."
        case Status.DROPPED_EARLY:
            return f"Behind after round {candidate.n_rounds}, so the time went to others."
        case _:
            return f"Compared in {candidate.n_rounds} round{'s' if candidate.n_rounds > 1 else ''}."


def _of_labels(found: Labels) -> str:
    many = f"{found.fewest} to {found.most} labels a class"
    if found.fewest == found.most:
        many = f"{found.fewest} {'label' if found.fewest == 1 else 'labels'} a class"
    match found.amount:
        case Amount.FEW:
            return f"{many}: few. With so few, unlabelled rows usually have most to add."
        case Amount.MODERATE:
            return f"{many}: a moderate number. Labels alone often do as well where classes are no clouds."
        case Amount.MANY:
            return f"{many}: many. Unlabelled rows have little to add, and labels alone are simpler."
        case _:
            assert_never(found.amount)


def _of_columns(found: Columns) -> str:
    if found.n_columns > found.n_rows:
        return (
            f"{found.n_columns:,} columns are more than the {found.n_rows:,} rows: no model of the columns is well "
            "determined, and classifiers that shrink, or features of fewer dimensions, are safer."
        )
    if found.n_columns > found.n_labeled:
        return (
            f"{found.n_columns:,} columns are more than the {found.n_labeled:,} labelled rows: what relates the "
            "columns has to be learnt from unlabelled rows, as mixtures and hybrids do."
        )
    return ""


def _of_clouds(found: Misspecification | None, incomplete: bool) -> str:
    if found is None:
        why = "as values are missing" if incomplete else "for too few rows, too few labels or too little time"
        return f"Whether the classes are Gaussian clouds was not measured, {why}."
    signs = []
    if found.suspicious:
        within, n = (sum(found.inside[name][i] for name in found.suspicious) for i in (0, 1))
        shown = ", ".join(map(str, found.suspicious[:5])) + (", ..." if len(found.suspicious) > 5 else "")
        signs.append(
            f"of {n} held-out rows of class {shown}, {within} lie in the ellipse that should hold half of them"
        )
    if found.density_gain > 0 and found.error_gain < -_NOTHING:
        signs.append(
            "with the unlabelled rows a mixture describes held-out rows better and yet sorts them worse, by "
            f"{points(-found.error_gain)}"
        )
    if not signs:
        return "There is no sign that the classes are not Gaussian clouds, which is what mixtures assume."
    return f"The classes are hardly Gaussian clouds: {'; '.join(signs)}. That speaks against a single mixture."


def of_probabilities(found: Calibration | None) -> str:
    """Return whether the probabilities of a classifier can be taken at their word."""
    if found is None:
        return "Whether probabilities can be taken at their word was not measured."
    says = f"“{found.name}” is {percent(found.confidence)} sure of held-out rows on average, and right in "
    says += percent(found.accuracy)
    if found.fair and found.n_rows < _TELLING:
        return f"{says}: {found.n_rows} rows are too few to tell whether it is too sure or too cautious."
    if found.fair:
        return f"{says}: the difference is within chance for {found.n_rows:,} rows."
    fault = "sure" if found.confidence > found.accuracy else "cautious"
    return f"{says}: it is too {fault}. Its probabilities rank rows, but do not mean what they say."


def _of_gaps(n_missing: int, n_cells: int) -> str:
    return (
        f"{n_missing:,} of {n_cells:,} cells are blank. Of numbers, mixtures use the density of what is there, and for "
        "other classifiers gaps are filled and marked; blank text is a value of its own."
    )


def _next_step(found: NextStep, medium: Medium) -> str:
    changes = []
    if found.more_labels:
        of = f", most of all of {listed(found.rarest)}" if found.rarest else ""
        changes.append(f"more labels{of}")
    if found.budget:
        changes.append(f"more time ({_typed_budget(found.budget, medium)}), in which others are compared as well")
    if not changes:
        return "Neither more labels nor more time is likely to change the choice."
    said = f"What may change the choice: {'; '.join(changes)}."
    if found.more_labels and medium is Medium.PYTHON:
        said += " rank_queries says which rows to label next, label_curve how the error falls with their number."
    if found.more_labels and medium is Medium.COMMAND:
        said += " --report FILE.html says which rows to label first."
    return said
