"""Errors of the chosen classifier and of labels alone against the number of labels."""

from __future__ import annotations

import numpy as np

from semigen.model_selection.any_classifier import labels_with_gaps
from semigen.model_selection.label_curves import label_curve
from semigen.report.contents import Picture, Place
from semigen.report.pictures.drawing import draw_picture
from semigen.report.pictures.material import Material

# Sizes at most, and draws of each; a round of the comparison had so many fits.
_SIZES, _REPEATS, _FITS_OF_A_ROUND = 6, 8, 5

_HOW_TO_READ = (
    "How the error falls when there are more labels, measured with fewer labels than there are. If the lines "
    "still fall at the right end, more labels are worth their price. If they are flat, more labels of this kind "
    "will change little."
)


def picture(material: Material) -> Picture | None:
    """Draw the curve of errors, if there are labels and time enough."""
    from semigen.display import LabelCurveDisplay

    if material.fitted is None:
        return None
    X, labels, groups = material.fitted
    n_fits = len(material.compared) * _SIZES * _REPEATS
    if n_fits * material.seconds_of_round / _FITS_OF_A_ROUND > material.seconds or labels.counts.min() <= 2:
        return None
    curve = label_curve(
        {name: each.estimator for name, each in material.compared.items()},
        X,
        labels_with_gaps(labels.classes, labels.codes),
        n_repeats=_REPEATS,
        groups=None if groups is None else np.where(groups < 0, np.nan, groups),
        unlabeled=None,
        random_state=material.seed,
    )
    return draw_picture(
        lambda ax: LabelCurveDisplay.from_curve(curve, ax=ax),
        4.8,
        Place.CLASSIFIERS,
        "Would more labels help?",
        f"Chart of the error of {' and '.join(curve.names)} against the number of labels.",
        _HOW_TO_READ,
    )
