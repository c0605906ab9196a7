"""Errors of the chosen classifier and of labels alone against the number of labels."""

from __future__ import annotations

import numpy as np

from semigen.display.curve import FEWEST_FOR_A_BAND
from semigen.model_selection.any_classifier import labels_with_gaps
from semigen.model_selection.label_curves import LabelCurve, label_curve
from semigen.model_selection.more_labels import would_more_labels_help
from semigen.recommendation import text
from semigen.report.contents import MORE_LABELS, Picture, Place
from semigen.report.pictures.drawing import draw_picture
from semigen.report.pictures.material import FEWEST_HELD_OUT, Material

# Numbers of labels at most, and draws of each, as many as there is time for.
_SIZES, _REPEATS = 6, (8, 5, 3, 2)
_FEWEST_OF_A_CLASS = 3


def picture(material: Material) -> Picture | None:
    """Draw the curve of errors, or say why not; without labels alone where there is no time for both.

    None where nothing was compared.
    """
    from semigen.display import LabelCurveDisplay

    if not material.found.candidates[material.found.chosen].n_rounds:
        return None
    curve = material.curve or measured_curve(material)
    if curve is None or material.fitted is None:
        reason = _too_slow(material) if _are_enough(material) else _too_few(material)
        return Picture(Place.CLASSIFIERS, text.QUESTION, None, "", reason, anchor=MORE_LABELS)
    told = would_more_labels_help(curve, curve.names[0])
    return draw_picture(
        lambda ax: LabelCurveDisplay.from_curve(curve, ax=ax),
        4.8,
        Place.CLASSIFIERS,
        text.QUESTION,
        f"Chart of the error of {' and '.join(curve.names)} against the number of labels.",
        how_to_read(curve, int(material.fitted[1].counts.sum())),
        "" if told is None else text.more_labels(told),
        MORE_LABELS,
    )


def measured_curve(material: Material) -> LabelCurve | None:
    """Measure the errors of the chosen classifier, the first of the curve, and of the baseline by number of labels.

    None where labels or time do not suffice for it.

    Raises
    ------
    ValueError
        If fits with fewer labels fail.
    """
    if material.fitted is None or not _are_enough(material):
        return None
    planned = _planned(material)
    if planned is None:
        return None
    names, n_repeats = planned
    X, labels, groups = material.fitted
    return label_curve(
        {name: material.compared[name].estimator for name in names},
        X,
        labels_with_gaps(labels.classes, labels.codes),
        n_repeats=n_repeats,
        groups=None if groups is None else np.where(groups < 0, np.nan, groups),
        unlabeled=None,
        random_state=material.seed,
    )


def _are_enough(material: Material) -> bool:
    """Return whether some labels of every class can be left out, and others tested."""
    return material.fitted is not None and bool(material.labels.counts.min() >= _FEWEST_OF_A_CLASS)


def _too_few(material: Material) -> str:
    counts = material.labels.counts
    return (
        f"That was not measured: it takes {FEWEST_HELD_OUT} labels or more, {_FEWEST_OF_A_CLASS} of each class at "
        f"least. There are {counts.sum():,}, and {counts.min():,} of the rarest class."
    )


def _planned(material: Material) -> tuple[list[str], int] | None:
    """Return which classifiers are drawn, and how many draws of labels there is time for; None for too little time."""
    for names in (list(material.compared), list(material.compared)[:1]):
        of_fit = sum(material.seconds_of_fit(name) for name in names)
        for n_repeats in _REPEATS:
            if _SIZES * n_repeats * of_fit <= material.seconds:
                return names, n_repeats
    return None


def _too_slow(material: Material) -> str:
    name = next(iter(material.compared))
    return (
        f"That was not measured: {name} would have to learn from many parts of the labels again, at about "
        f"{material.seconds_of_fit(name):.2g} s each, which takes too long for a report."
    )


def how_to_read(curve: LabelCurve, n_labeled: int) -> str:
    """Return how to read the curve."""
    n_repeats = curve.errors.shape[2]
    shown = (
        "the band around the line holds eight of ten of them"
        if n_repeats >= FEWEST_FOR_A_BAND
        else f"each small dot is one of them, as {n_repeats} are too few for a band"
    )
    return (
        f"How the error falls when there are more labels. {n_repeats} times, {curve.n_test} of the {n_labeled:,} "
        "labelled rows were drawn at random and tested, and the classifier learnt from some of the other labels: so "
        f"the line ends at {curve.sizes[-1]:,} labels, fewer than there are. A large dot is the mean of these trials, "
        f"and {shown}. The error at the top of this page is another one: it is of a classifier that learnt from more "
        "labels."
    )
