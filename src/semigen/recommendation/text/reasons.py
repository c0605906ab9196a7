"""Sentences of what a verdict rests on: the reasons, and what became of each candidate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, assert_never

from semigen.model_selection.groups import of_copies
from semigen.recommendation.findings import (
    FEW_LABELS,
    MANY_LABELS,
    Amount,
    Average,
    Calibration,
    Clouds,
    Columns,
    Copies,
    Failures,
    Finding,
    Gaps,
    Groups,
    HeldOutLabels,
    Labels,
    LowerError,
    Misspecification,
    NextStep,
    NoUnlabeledRows,
    OutOfTime,
    Remark,
    Sample,
    SingleLabels,
    Status,
    Sureness,
)
from semigen.recommendation.text.more_labels import QUESTION, more_labels, would_hardly_help
from semigen.recommendation.text.preference import why_preferred
from semigen.recommendation.text.wording import Medium, budgets, listed, percent, points, wrong_share

if TYPE_CHECKING:
    from semigen.recommendation.result import CandidateResult

# Rows below which an average says little of probabilities: its interval is a quarter wide.
_TELLING = 50
# A difference in error below this is none.


def sentences(findings: Iterable[Finding], medium: Medium = Medium.PYTHON) -> list[str]:
    """Return a sentence or two for each finding, and none for those that say nothing."""
    return [said for each in findings if (said := sentence(each, medium))]


def sentence(finding: Finding, medium: Medium = Medium.PYTHON) -> str:
    """Return what to say of a finding; nothing if there is nothing to say."""
    match finding:
        case Average(name, weights, stacked):
            parts = ", ".join(f"{weight:g} × {member}" for member, weight in weights.items())
            if stacked:
                return (
                    f"“{name}” averages the class probabilities of several classifiers. They begin with these weights: "
                    f"{parts}. The better one of them told hidden labels, the more it counts in the end."
                )
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
            compared = f"Classifiers were compared on {n_rows:,} rows drawn from {of:,}"
            return f"{compared}; the chosen one was fitted to the whole table afterwards."
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
        f"The labels of {found.n_rows:,} rows were hidden, one part after the other, and predicted by classifiers that "
        f"had learnt from all other rows.{times} Each range of an error holds the error on new rows in 95 of 100 cases."
    )
    if found.n_similar >= 1:
        return (
            f"{said} How the classifiers did on other tables counts as well; about {found.n_similar:.0f} of these are "
            "like this one."
        )
    return f"{said} No table that was measured before is like this one, so these rows alone decide."


def _of_lower_error(found: LowerError) -> str:
    other = found.other
    return (
        f"“{other.name}” labelled fewer of the held-out rows wrongly than “{found.chosen}”, {wrong_share(other.error)} "
        f"against {percent(found.chosen_error)}, and was not chosen. "
        f"{why_preferred(found.chosen, found.chosen_error, other, found.n_held_out)}"
    )


def _of_time(found: OutOfTime, medium: Medium) -> str:
    many = "could not be compared for lack of time"
    said = f"{listed(found.names)} {many}"
    if len(found.names) > 1:
        said = f"{len(found.names)} classifiers {many}: {listed(found.names)}"
    return f"{said}. {budgets(found.budget, found.budget_for_all, medium)}"


def of_status(candidate: CandidateResult) -> str:
    """Return what became of a candidate."""
    match candidate.status:
        case Status.FAILED:
            return candidate.failure
        case Status.NO_TIME if candidate.budget:
            tried = f"Given up after {candidate.seconds:,.0f} s without a result" if candidate.began else "Not begun"
            return f"{tried}: it needs about {candidate.more_seconds:,.0f} s more than was left."
        case Status.NO_TIME:
            return "It averages the answers of others, and not all of these could be measured."
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
            return (
                f"{many}: few, as {'every' if found.most < FEW_LABELS else 'some'} class has fewer than {FEW_LABELS}. "
                f"With so few, unlabelled rows help most often{_here(found, expected=True)}."
            )
        case Amount.MODERATE:
            return (
                f"{many}: a moderate number, as the class with the fewest has {FEW_LABELS} or more and fewer than "
                f"{MANY_LABELS}. With so many, unlabelled rows usually help only where the rows of each class gather "
                f"around one centre{_here(found, expected=False)}."
            )
        case Amount.MANY:
            return (
                f"{many}: many, as every class has {MANY_LABELS} or more. With so many, unlabelled rows usually help "
                f"little{_here(found, expected=False)}."
            )
        case _:
            assert_never(found.amount)


def _here(found: Labels, *, expected: bool) -> str:
    """Return whether the chosen classifier learns from the unlabelled rows; with "but" where that was not expected."""
    joined = ", and" if found.unlabeled_chosen == expected else "; but"
    which = "learns from them" if found.unlabeled_chosen else "does without them"
    return f"{joined} the classifier that was chosen here {which}"


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
        return f"Whether the rows of each class gather in a Gaussian cloud was not measured, {why}."
    signs = []
    if found.suspicious:
        within, n = (sum(found.inside[name][i] for name in found.suspicious) for i in (0, 1))
        one = len(found.suspicious) == 1
        of_them = f"“{found.suspicious[0]}” were a cloud" if one else f"{listed(found.suspicious, 5)} were clouds"
        signs.append(
            f"if {of_them}, about half of {'its' if one else 'their'} {n} held-out rows would lie near "
            f"{'its centre' if one else 'their centres'}; {within} do"
        )
    if found.density_gain > 0 and found.harm_is_proved:
        signs.append(
            "a mixture that learns from the unlabelled rows as well labels more of the held-out rows wrongly than one "
            f"that does not, by {points(-found.error_gain)}: the groups that it finds are not the classes"
        )
    if not signs:
        return (
            "Nothing that was seen speaks against what mixtures assume: that the rows of each class gather in a "
            "Gaussian cloud."
        )
    return f"The classes are hardly Gaussian clouds: {'; '.join(signs)}. That speaks against a single mixture."


def of_probabilities(found: Calibration | None) -> str:
    """Return whether the probabilities of a classifier can be taken at their word."""
    if found is None:
        return "Whether probabilities can be taken at their word was not measured."
    says = (
        f"“{found.name}” was {percent(found.confidence)} sure of its answers for held-out rows on average, and right "
    )
    says += f"in {percent(found.accuracy)}"
    if found.fair and found.n_rows < _TELLING:
        return f"{says}: {found.n_rows} rows are too few to tell whether it is too sure or too cautious."
    if found.fair:
        return f"{says}: the difference is within chance for {found.n_rows:,} rows."
    fault = "sure" if found.confidence > found.accuracy else "cautious"
    return f"{says}: it is too {fault}. Its probabilities rank rows, but do not mean what they say."


def _of_gaps(n_missing: int, n_cells: int) -> str:
    return (
        f"{n_missing:,} of {n_cells:,} cells are blank. Mixtures learn from the numbers that a row has; for the other "
        "classifiers the mean of the column is filled in, and marked. Blank text counts as a value of its own."
    )


def _next_step(found: NextStep, medium: Medium) -> str:
    changes = []
    hardly = would_hardly_help(found.measured)
    if found.more_labels and not hardly:
        of = f", most of all of {listed(found.rarest)}" if found.rarest else ""
        changes.append(f"more labels{of}")
    if found.late is not None:
        changes.append("more time, to compare more classifiers")
    if not changes and not (found.more_labels and hardly):
        return "Neither more labels nor more time is likely to change the choice."
    said = f"What may change the choice: {'; '.join(changes)}." if changes else ""
    if found.more_labels and hardly:
        but = "More labels would show more surely which classifier is best, and hardly lower the error of this one."
        said = f"{said} {but}".strip()
    if found.late is not None:
        said += f" {budgets(found.late.budget, found.late.budget_for_all, medium)}"
    if found.more_labels and medium is Medium.PYTHON:
        said += " rank_queries says which rows to label next, label_curve how the error falls with their number."
    if found.measured is not None and medium is not Medium.PAGE:
        # On the page it stands at the picture.
        said += f" {QUESTION} {more_labels(found.measured)}"
    elif found.more_labels and medium is Medium.COMMAND:
        said += " A report (--report FILE.html) says which rows to label first."
    return said
