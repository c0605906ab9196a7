"""The warning of a suspect fit: its findings in one sentence, and what to do about them."""

from __future__ import annotations

from collections.abc import Sequence

from semigen.diagnostics.suspicions import (
    DisagreementWithReference,
    GuessedLabels,
    ImprobableLabels,
    Overconfidence,
    ShiftedClass,
    Sign,
    Suspicion,
    TooFewRows,
    UnbalancedAnswers,
    WildValues,
)

# Findings that a sentence holds; the attribute has all.
_MOST_SAID = 3


class SuspectFitWarning(UserWarning):
    """A fit shows signs of being wrong; the attribute `suspicions_` of the estimator holds them as values.

    It comes once per fit that a user calls: not for the fits that estimators, `recommend` and `label_curve` make for
    themselves, nor for those of cross-validation or of the members of an ensemble. A model that `load` reads has no
    findings: they are of a fit. To silence it:
    ``warnings.filterwarnings("ignore", category=semigen.SuspectFitWarning)``.
    """


def sentence_of(suspicions: Sequence[Suspicion], safer: str) -> str:
    """Return one sentence that tells of the findings, and of the remedies.

    Parameters
    ----------
    suspicions : sequence of findings
        At least one, the first of them told.
    safer : str
        What else to fit, as in "guard=True or SemiSupervisedGMMCV".
    """
    said = "; ".join(map(_clause, suspicions[:_MOST_SAID]))
    remedies = dict.fromkeys(_remedy(each, safer) for each in suspicions[:_MOST_SAID])
    return f"This fit may be wrong: {said}. Remedy: {'; '.join(remedies)}."


def _clause(found: Suspicion) -> str:
    match found:
        case WildValues():
            cells = "one cell" if found.n_cells == 1 else f"{found.n_cells} cells"
            return (
                f"{cells} of {_column(found.column)} (such as {found.value:g}) make {found.share:.0%} of its variance"
            )
        case TooFewRows(label=None):
            return f"{found.n_rows:,.0f} rows are few for a covariance of {found.n_columns} columns"
        case TooFewRows():
            return (
                f"class {found.label!r} has {found.n_rows:,.0f} rows, {found.n_labels:,} of them labelled, for a "
                f"covariance of {found.n_columns} columns"
            )
        case ShiftedClass():
            return (
                f"the {found.n_labels} labelled rows of class {found.label!r} lie {found.distance:.1f} standard "
                f"deviations from where the fit has that class in {_column(found.column)}"
            )
        case ImprobableLabels():
            return (
                f"{found.n_contradicted} of {found.n_labels} given labels are less probable than another class, where "
                f"the fit's own probabilities expect {found.n_expected:.1f}"
            )
        case Overconfidence():
            return (
                f"on {found.n_labels} labels held out its answers have a mean probability of "
                f"{found.mean_probability:.2f}, and {found.hit_rate:.2f} are right"
            )
        case DisagreementWithReference():
            return (
                f"a least-squares classifier of the labels alone has {found.reference_accuracy:.0%} of them right when "
                f"left out, and the fit agrees with it on {found.agreement:.0%} of the unlabelled rows"
            )
        case GuessedLabels():
            which = "labels held out" if found.held_out else "given labels"
            return (
                f"of {found.n_labels} {which} it has {found.recall:.0%} right as a mean over the classes, hardly "
                f"better than guessing ({found.guessing:.0%})"
            )
        case UnbalancedAnswers():
            return (
                f"class {found.label!r} is {found.share_of_answers:.0%} of the answers and "
                f"{found.share_of_labels:.0%} of the labels"
            )


def _remedy(found: Suspicion, safer: str) -> str:
    match found.sign:
        case Sign.WILD_VALUES:
            return f"correct or leave out {_column(found.column)}" if isinstance(found, WildValues) else safer
        case Sign.TOO_FEW_ROWS:
            return "fewer columns, as by PCA in front"
        case Sign.SHIFTED_CLASS:
            return f"check that labelled and unlabelled rows were measured alike, or try {safer}"
        case Sign.IMPROBABLE_LABELS:
            return f"check these labels, or try {safer}"
        case _:
            return f"try {safer}"


def _column(column: str | int) -> str:
    return f"column {column!r}"
