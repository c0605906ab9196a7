"""Sentences of `SemiSupervisedGMM.report`: what was learnt besides the classes' shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.labels import as_objects
from semigen.mixture.gaussian.no_class import NoClass
from semigen.mixture.gaussian.student_t import LEAST, MOST, PER_COMPONENT
from semigen.mixture.suspect_labels import SuspectLabels

Array = NDArray[np.float64]

# Confusions that are named, and their least probability.
_NAMED, _LEAST_NAMED = 3, 0.02
# With so many degrees of freedom a t distribution is hard to tell from a Gaussian.
_ALMOST_NORMAL = 50.0


def sentences(mixture: Any) -> list[str]:
    """Return what there is to say of a fitted mixture, a paragraph for each option; nothing of a plain one.

    Parameters
    ----------
    mixture : SemiSupervisedGMM
    """
    fit, classes, class_prior = mixture._fit, as_objects(mixture.classes_), mixture.class_prior_
    said = [mixture._report] if hasattr(mixture, "supervised_") else []
    if fit.options.drawn_by_class:
        said.append(of_class_prior(classes, class_prior, mixture.n_labeled_, mixture.n_unlabeled_))
    if fit.label_mechanism is not None:
        said.append(str(fit.label_mechanism))
    if fit.confusion is not None:
        suspects, estimated = mixture.__dict__.get("suspect_labels_"), fit.parameters.confusion is not None
        said.append(of_label_noise(classes, class_prior, fit.confusion, suspects, estimated=estimated))
    if fit.parameters.degrees_of_freedom is not None:
        whose = [classes[k] for k in mixture.component_class_]
        said.append(of_tails(whose, fit.parameters.degrees_of_freedom, fit.options.learnt_degrees))
    of_no_class = [of_noise(fit.no_class)] if mixture.noise is not None else []
    if mixture.novelty is not None:
        of_no_class.append(of_novelty(fit.no_class))
    if "outlier_threshold_" in mixture.__dict__:
        threshold, rate = mixture.outlier_threshold_, mixture.false_alarm
        of_no_class.append(of_unknown_label(mixture.unknown_label, threshold, rate, mixture.n_held_out_))
    return [*said, " ".join(of_no_class)] if of_no_class else said


def of_class_prior(classes: Sequence[Any], class_prior: Array, n_labeled: NDArray[np.int64], n_unlabeled: int) -> str:
    """Say how frequent classes are, beside how often they are labelled."""
    if not n_unlabeled:
        return "No unlabelled row says how frequent the classes are: those with labels count as equally probable."
    share = n_labeled / max(n_labeled.sum(), 1)
    of_class = (
        f"{name!r} {prior:.1%} ({labels:.1%} of the labels)"
        for name, prior, labels in zip(classes, class_prior, share, strict=True)
    )
    return f"Class probabilities by the {n_unlabeled:,} unlabelled rows: {', '.join(of_class)}."


def of_label_noise(
    classes: Sequence[Any], class_prior: Array, confusion: Array, suspects: SuspectLabels | None, *, estimated: bool
) -> str:
    """Say how many labels are wrong, and which classes are mistaken for which.

    Parameters
    ----------
    classes : sequence
    class_prior : array of shape (classes,)
    confusion : array of shape (annotators, classes, classes)
        Probabilities of the labels that rows of each class get.
    suspects : SuspectLabels or None
    estimated : bool
        Whether `confusion` was estimated, not given.
    """
    said = []
    if suspects is not None and len(suspects):
        wrong = suspects.probability
        said.append(
            f"Of {len(wrong):,} given labels about {wrong.sum():,.0f} are wrong ({wrong.mean():.0%}); "
            f"{(wrong > 0.5).sum():,} are more likely wrong than right, the first ones in suspect_labels_."
        )
    how = "with an estimated probability of" if estimated else "with probability"
    for number, of_one in enumerate(confusion):
        who = f"Annotator {number}" if len(confusion) > 1 else "A label"
        right = float(class_prior @ np.diag(of_one))
        often = _often_mistaken(of_one, classes)
        said.append(f"{who} is right {how} {right:.0%}{f' ({often})' if often else ''}.")
    return " ".join(said)


def _often_mistaken(confusion: Array, classes: Sequence[Any]) -> str:
    apart = np.where(np.eye(len(classes)) > 0, 0.0, confusion)
    most = np.argsort(-apart, axis=None, kind="stable")[:_NAMED]
    pairs = [divmod(int(each), len(classes)) for each in most if apart.flat[each] >= _LEAST_NAMED]
    return "; ".join(f"class {classes[y]!r} is called {classes[g]!r} in {confusion[y, g]:.0%}" for y, g in pairs)


def of_tails(classes_of_components: Sequence[Any], degrees: Array, learnt: str | None) -> str:
    """Say which degrees of freedom components have, and how these were learnt; None if they were given."""
    if learnt == PER_COMPONENT:
        of_component = (
            f"{name!r} {_shown(nu)}" for name, nu in zip(classes_of_components, degrees.tolist(), strict=True)
        )
        return f"Degrees of freedom of the components of each class: {', '.join(of_component)}."
    if learnt is None:
        return f"All components have {_shown(degrees[0])} degrees of freedom, which were given."
    return f"All components share {_shown(degrees[0])} degrees of freedom: {_how_heavy(float(degrees[0]))}."


def _shown(degrees_of_freedom: float) -> str:
    return f"{degrees_of_freedom:.3g}"


def _how_heavy(degrees_of_freedom: float) -> str:
    if degrees_of_freedom <= LEAST:
        return "as few as are allowed, so that rows far out hardly count"
    if degrees_of_freedom >= MOST:
        return "as many as are allowed, so that distribution='normal' would do as well"
    if degrees_of_freedom > _ALMOST_NORMAL:
        return "tails are hardly heavier than those of Gaussians"
    return "tails are heavier than those of Gaussians, and rows far out count less"


def of_noise(beside: NoClass | None) -> str:
    """Say how many rows are noise."""
    return f"Noise: {0.0 if beside is None else beside.noise_weight:.1%} of the rows without a label."


def of_novelty(beside: NoClass | None) -> str:
    """Say how many novel components there are, and how many rows are theirs."""
    if beside is None or not beside.n_novel:
        return "Unknown classes: none found."
    components = f"{beside.n_novel} novel component{'' if beside.n_novel == 1 else 's'}"
    return f"Unknown classes: {components} with {beside.novel_weight:.1%} of the rows that are no noise."


def of_unknown_label(unknown_label: Any, threshold: float, false_alarm: float, n_held_out: int) -> str:
    """Say which rows are answered by the unknown label."""
    return (
        f"predict answers {unknown_label!r} where outlier_score is above {threshold:.3g}, which at most "
        f"{false_alarm:.1%} of the rows of known classes are expected to be: that threshold is from {n_held_out:,} "
        "labelled rows, each scored by a fit without it."
    )
